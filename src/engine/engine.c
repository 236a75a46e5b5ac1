/*
 * engine.c
 *	  Opens the operators of a plan, hands out the rows of the topmost, and ends a query that goes
 *	  over its limits.
 *
 * Time is looked at once a batch.  Memory is looked at where it grows without bound: in the scan,
 * and where groups and sorted rows are kept.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/error.h"
#include "base/setting.h"
#include "engine/operator.h"

static SydraOp *
open_alone(SydraExecution *execution, const SydraPlan *plan, SydraOp *input, SydraOp *second)
{
	switch (plan->type)
	{
		case SYDRA_PLAN_VALUES:
			return sydra_op_values_open(execution, plan);
		case SYDRA_PLAN_SCAN:
			return sydra_op_scan_open(execution, plan);
		case SYDRA_PLAN_NUMBER:
			return sydra_op_number_open(execution, plan, input);
		case SYDRA_PLAN_FILTER:
			return sydra_op_filter_open(execution, plan, input);
		case SYDRA_PLAN_PROJECT:
			return sydra_op_project_open(execution, plan, input);
		case SYDRA_PLAN_ORDER:
			return sydra_op_order_open(execution, plan, input);
		case SYDRA_PLAN_JOIN:
			return sydra_op_join_open(execution, plan, input, second);
		case SYDRA_PLAN_AGGREGATE:
			return sydra_op_aggregate_open(execution, plan, input);
		case SYDRA_PLAN_FILL:
			return sydra_op_fill_open(execution, plan, input);
		case SYDRA_PLAN_WINDOW:
			return sydra_op_window_open(execution, plan, input);
		case SYDRA_PLAN_SORT:
			return sydra_op_sort_open(execution, plan, input);
		case SYDRA_PLAN_LIMIT:
			return sydra_op_limit_open(execution, plan, input);
	}
	elog(ERROR, "unknown plan node %d", (int) plan->type);
}

static SydraOp *
open_operator(SydraExecution *execution, SydraPlan *plan)
{
	SydraOp    *input = NULL;
	SydraOp    *second = NULL;
	SydraOp    *measured;
	SydraOp    *opened;

	check_stack_depth();
	if (plan->input != NULL)
		input = open_operator(execution, plan->input);
	if (plan->second != NULL)
		second = open_operator(execution, plan->second);
	if (!execution->measured)
		return open_alone(execution, plan, input, second);
	measured = sydra_op_measured_begin(execution, plan);
	opened = open_alone(execution, plan, input, second);
	plan->actual->left_out = opened == input;
	sydra_op_measured_end(measured, opened);
	return measured;
}

SydraExecution *
sydra_engine_open(SydraPlan *plan, Snapshot snapshot, const char *source, bool measured)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra query",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller_context = MemoryContextSwitchTo(context);
	SydraExecution *execution = palloc0(sizeof(SydraExecution));

	execution->source = source;
	execution->snapshot = snapshot;
	execution->context = context;
	execution->measured = measured;
	if (sydra_setting_max_query_duration > 0)
		execution->deadline = GetCurrentTimestamp() +
			sydra_setting_max_query_duration * INT64CONST(1000);
	execution->top = open_operator(execution, plan);
	MemoryContextSwitchTo(caller_context);
	return execution;
}

static void
check_deadline(const SydraExecution *execution)
{
	if (execution->deadline == 0 || GetCurrentTimestamp() < execution->deadline)
		return;
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_QUERY_TIMEOUT),
			SYDRA_ERRMSG(SYDRA_ERR_QUERY_TIMEOUT, "query took longer than %d ms",
						 sydra_setting_max_query_duration),
			errdetail("It was stopped while it ran."),
			errhint("Narrow the time range, or raise sydraql.max_query_duration."));
}

bool
sydra_operator_next(SydraOp *operator, SydraBatch **batch)
{
	CHECK_FOR_INTERRUPTS();
	check_deadline(operator->execution);
	return operator->next(operator, batch);
}

static Size
see_memory(SydraExecution *execution)
{
	Size		used = MemoryContextMemAllocated(execution->context, true);

	execution->memory = Max(execution->memory, used);
	return used;
}

bool
sydra_execution_is_half_full(const SydraExecution *execution)
{
	return MemoryContextMemAllocated(execution->context, true) >
		(Size) sydra_setting_query_mem * 1024 / 2;
}

void
sydra_execution_check_memory(SydraExecution *execution)
{
	sydra_error_check_memory(see_memory(execution));
}

void
sydra_execution_check_points(int64 rows)
{
	if (rows <= sydra_setting_max_points)
		return;
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_TOO_MANY_POINTS),
			SYDRA_ERRMSG(SYDRA_ERR_TOO_MANY_POINTS, "query gives more than %d rows",
						 sydra_setting_max_points),
			errdetail("It came to " INT64_FORMAT " rows.", rows),
			errhint("Narrow the time range, widen the buckets, add a LIMIT, or raise "
					"sydraql.max_points."));
}

bool
sydra_engine_next(SydraExecution *execution, SydraBatch **batch)
{
	MemoryContext caller_context = MemoryContextSwitchTo(execution->context);
	bool		found;

	/* What the caller does with a batch takes none of the query's time. */
	if (execution->deadline != 0 && execution->paused != 0)
		execution->deadline += GetCurrentTimestamp() - execution->paused;
	found = sydra_operator_next(execution->top, batch);
	if (execution->deadline != 0)
		execution->paused = GetCurrentTimestamp();
	MemoryContextSwitchTo(caller_context);
	if (!found)
		return false;
	execution->rows += sydra_batch_rows(*batch);
	sydra_execution_check_points(execution->rows);
	return true;
}

static void
close_operator(SydraOp *operator)
{
	if (operator->close != NULL)
		operator->close(operator);
	if (operator->input != NULL)
		close_operator(operator->input);
	if (operator->second != NULL)
		close_operator(operator->second);
}

void
sydra_engine_close(SydraExecution *execution, SydraEngineUse *use)
{
	see_memory(execution);
	use->rows = execution->rows;
	use->memory = execution->memory;
	close_operator(execution->top);
	MemoryContextDelete(execution->context);
}
