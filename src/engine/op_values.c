/*
 * op_values.c
 *	  One row without columns: what SELECT without FROM reads.
 */
#include "postgres.h"

#include "engine/operator.h"

typedef struct OpValues
{
	SydraOp operator;
	SydraBatch	batch;
	bool		done;
} OpValues;

static bool
next_row(SydraOp *operator, SydraBatch **batch)
{
	OpValues   *values = (OpValues *) operator;

	if (values->done)
		return false;
	values->done = true;
	values->batch.count = 1;
	*batch = &values->batch;
	return true;
}

SydraOp *
sydra_op_values_open(SydraExecution *execution, const SydraPlan *plan)
{
	OpValues   *values = palloc0(sizeof(OpValues));

	values->operator.plan = plan;
	values->operator.execution = execution;
	values->operator.next = next_row;
	return &values->operator;
}
