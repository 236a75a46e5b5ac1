/*
 * op_limit.c
 *	  LIMIT n BY k, then OFFSET, then LIMIT: rows are left out of the selection.
 *
 * With BY the limit counts rows of each key, and OFFSET passes over rows of what is left.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/key_table.h"
#include "engine/operator.h"

typedef struct OpLimit
{
	SydraOp operator;
	int64		to_skip;
	int64		to_give;		/* PG_INT64_MAX: no limit for all rows together */
	SydraKeyTable *keys;		/* BY; else NULL */
	int64	   *counts;			/* rows so far, by key */
	uint32		counts_room;
	StringInfoData key;
	SydraBatch	batch;			/* the input's, with another selection */
	uint16		selected[SYDRA_BATCH_ROWS];
} OpLimit;

/* Whether a row is among the first of its key. */
static bool
take_by_key(OpLimit *limit, const SydraPlanLimit *planned, const SydraBatch *batch, int row)
{
	uint32		number;
	bool		is_new;

	resetStringInfo(&limit->key);
	for (int i = 0; i < planned->by_count; i++)
		sydra_key_append(&limit->key, &batch->columns[planned->by[i]], row);
	number = sydra_key_table_add(limit->keys, limit->key.data, limit->key.len, &is_new);
	if (is_new)
	{
		if (number == limit->counts_room)
		{
			limit->counts_room *= 2;
			limit->counts = repalloc_huge(limit->counts, sizeof(int64) * limit->counts_room);
			sydra_execution_check_memory(limit->operator.execution);
		}
		limit->counts[number] = 0;
	}
	return ++limit->counts[number] <= planned->limit;
}

static int
select_rows(OpLimit *limit, const SydraPlanLimit *planned, const SydraBatch *batch)
{
	int			count = 0;

	for (int i = 0; i < sydra_batch_rows(batch); i++)
	{
		int			row = sydra_batch_row(batch, i);

		if (limit->keys != NULL && !take_by_key(limit, planned, batch, row))
			continue;
		if (limit->to_skip > 0)
		{
			limit->to_skip--;
			continue;
		}
		if (limit->to_give == 0)
			break;
		if (limit->to_give != PG_INT64_MAX)
			limit->to_give--;
		limit->selected[count++] = row;
	}
	return count;
}

static bool
next_limited(SydraOp *operator, SydraBatch **batch)
{
	OpLimit    *limit = (OpLimit *) operator;
	SydraBatch *input;

	while (limit->to_give > 0 && sydra_operator_next(operator->input, &input))
	{
		int			count = select_rows(limit, (const SydraPlanLimit *) operator->plan, input);

		if (count == 0)
			continue;
		limit->batch = *input;
		if (count < sydra_batch_rows(input))
		{
			limit->batch.selected = limit->selected;
			limit->batch.selected_count = count;
		}
		*batch = &limit->batch;
		return true;
	}
	return false;
}

SydraOp *
sydra_op_limit_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpLimit    *limit = palloc0(sizeof(OpLimit));
	const SydraPlanLimit *planned = (const SydraPlanLimit *) plan;

	limit->operator.plan = plan;
	limit->operator.execution = execution;
	limit->operator.input = input;
	limit->operator.next = next_limited;
	limit->to_skip = planned->offset;
	limit->to_give = PG_INT64_MAX;
	if (planned->by_count > 0)
	{
		limit->keys = sydra_key_table_create();
		limit->counts_room = 64;
		limit->counts = palloc(sizeof(int64) * limit->counts_room);
		initStringInfo(&limit->key);
	}
	else if (planned->limit >= 0)
		limit->to_give = planned->limit;
	return &limit->operator;
}
