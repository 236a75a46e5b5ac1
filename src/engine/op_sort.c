/*
 * op_sort.c
 *	  Sorts all rows.
 */
#include "postgres.h"

#include "engine/row_sorter.h"

typedef struct OpSort
{
	SydraOp		operator;
	SydraRowSorter *sorter;
	bool		consumed;
} OpSort;

/* No row past the last of those that are wanted so far can be one of them; one beside it can. */
static void
narrow_scan(const OpSort *sort)
{
	int64		time;

	if (!sydra_row_sorter_bound(sort->sorter, &time))
		return;
	if (((const SydraPlanSort *) sort->operator.plan)->keys[0].descending)
		sydra_op_scan_narrow(sort->operator.input, time, PG_INT64_MAX);
	else if (time < PG_INT64_MAX)
		sydra_op_scan_narrow(sort->operator.input, PG_INT64_MIN, time + 1);
}

static bool
next_sorted(SydraOp *operator, SydraBatch **batch)
{
	OpSort	   *sort = (OpSort *) operator;
	SydraBatch *input;

	while (!sort->consumed && sydra_operator_next(operator->input, &input))
	{
		sydra_row_sorter_add(sort->sorter, input);
		if (((const SydraPlanSort *) operator->plan)->narrows)
			narrow_scan(sort);
	}
	sort->consumed = true;
	return sydra_row_sorter_next(sort->sorter, batch);
}

static void
close_sorter(SydraOp *operator)
{
	sydra_row_sorter_close(((OpSort *) operator)->sorter);
}

SydraOp *
sydra_op_sort_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	const SydraPlanSort *planned = (const SydraPlanSort *) plan;
	OpSort	   *sort;

	if (planned->unless_one && sydra_op_scan_is_of_one_series(input))
		return input;
	sort = palloc0(sizeof(OpSort));
	sort->operator.plan = plan;
	sort->operator.execution = execution;
	sort->operator.input = input;
	sort->operator.next = next_sorted;
	sort->operator.close = close_sorter;
	sort->sorter = sydra_row_sorter_create(execution, plan, planned->key_count, planned->keys,
										   planned->limit);
	return &sort->operator;
}
