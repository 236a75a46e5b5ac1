/*
 * op_number.c
 *	  Numbers rows, each by itself or those of the same keys alike.
 */
#include "postgres.h"

#include "engine/key_table.h"
#include "engine/operator.h"

typedef struct OpNumber
{
	SydraOp		operator;
	int64		number;			/* of the last row; -1: there was none */
	StringInfoData key;			/* of the row at hand */
	StringInfoData last_key;
	SydraBatch	batch;			/* the input's, but for the column */
	SydraVector *columns;
	int64		numbers[SYDRA_BATCH_ROWS];
} OpNumber;

/* Whether the row is of other keys than the one before it. */
static bool
begins_key(OpNumber *number, const SydraPlanNumber *planned, const SydraBatch *input, int row)
{
	StringInfoData last = number->last_key;

	number->last_key = number->key;
	number->key = last;
	resetStringInfo(&number->key);
	for (int i = 0; i < planned->key_count; i++)
		sydra_key_append(&number->key, &input->columns[planned->keys[i]], row);
	return number->number < 0 || number->key.len != number->last_key.len ||
		memcmp(number->key.data, number->last_key.data, number->key.len) != 0;
}

static bool
next_numbered(SydraOp *operator, SydraBatch **batch)
{
	OpNumber   *number = (OpNumber *) operator;
	const SydraPlanNumber *planned = (const SydraPlanNumber *) operator->plan;
	SydraBatch *input;

	if (!sydra_operator_next(operator->input, &input))
		return false;
	for (int i = 0; i < sydra_batch_rows(input); i++)
	{
		int			row = sydra_batch_row(input, i);

		if (!planned->by_keys || begins_key(number, planned, input, row))
			number->number++;
		number->numbers[row] = number->number;
	}
	number->batch = *input;
	memcpy(number->columns, input->columns, sizeof(SydraVector) * input->column_count);
	number->columns[planned->column] = (SydraVector) {
		.kind = SYDRA_KIND_INT,.count = input->count,.values = number->numbers
	};
	number->batch.columns = number->columns;
	*batch = &number->batch;
	return true;
}

SydraOp *
sydra_op_number_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpNumber   *number = palloc0(sizeof(OpNumber));

	number->operator.plan = plan;
	number->operator.execution = execution;
	number->operator.input = input;
	number->operator.next = next_numbered;
	number->number = -1;
	number->columns = palloc(sizeof(SydraVector) * plan->column_count);
	initStringInfo(&number->key);
	initStringInfo(&number->last_key);
	return &number->operator;
}
