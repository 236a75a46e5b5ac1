/*
 * op_measured.c
 *	  What stands around an operator whose rows, time and memory are to be told.
 *
 * The operator works in a memory context of its own.  Time is that of its calls, which call those of
 * its inputs.
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "engine/operator.h"

typedef struct OpMeasured
{
	SydraOp		operator;		/* its input is the operator that is measured */
	SydraPlanActual *actual;
	MemoryContext context;
	instr_time	start;
	MemoryContext caller_context;
	SydraCursorStats read_before;	/* when it reads */
} OpMeasured;

static void
begin_call(OpMeasured *measured)
{
	if (measured->actual->reads)
		measured->read_before = *sydra_cursor_totals();
	measured->caller_context = MemoryContextSwitchTo(measured->context);
	INSTR_TIME_SET_CURRENT(measured->start);
}

static void
end_call(OpMeasured *measured)
{
	SydraPlanActual *actual = measured->actual;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, measured->start);
	MemoryContextSwitchTo(measured->caller_context);
	actual->ms += INSTR_TIME_GET_MILLISEC(end);
	actual->memory = Max(actual->memory, MemoryContextMemAllocated(measured->context, true));
	if (actual->reads)
		sydra_cursor_add_since(&measured->read_before, &actual->read);
}

static bool
next_measured(SydraOp *operator, SydraBatch **batch)
{
	OpMeasured *measured = (OpMeasured *) operator;
	bool		found;

	begin_call(measured);
	found = operator->input->next(operator->input, batch);
	end_call(measured);
	if (found)
		measured->actual->rows += sydra_batch_rows(*batch);
	return found;
}

static void
close_measured(SydraOp *operator)
{
	OpMeasured *measured = (OpMeasured *) operator;
	SydraOp    *inner = operator->input;

	if (inner->close != NULL)
	{
		begin_call(measured);
		inner->close(inner);
		end_call(measured);
		inner->close = NULL;
	}
}

SydraOp *
sydra_op_measured_begin(SydraExecution *execution, SydraPlan *plan)
{
	OpMeasured *measured = palloc0(sizeof(OpMeasured));

	/* With the plan: the execution's memory is gone when it is read. */
	plan->actual = MemoryContextAllocZero(GetMemoryChunkContext(plan), sizeof(SydraPlanActual));
	plan->actual->reads = plan->type == SYDRA_PLAN_SCAN;
	measured->operator.plan = plan;
	measured->operator.execution = execution;
	measured->operator.next = next_measured;
	measured->operator.close = close_measured;
	measured->actual = plan->actual;
	measured->context = AllocSetContextCreate(execution->context, "sydra operator",
											  ALLOCSET_DEFAULT_SIZES);
	begin_call(measured);
	return &measured->operator;
}

void
sydra_op_measured_end(SydraOp *operator, SydraOp *inner)
{
	operator->input = inner;
	end_call((OpMeasured *) operator);
}
