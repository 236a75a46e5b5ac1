/*
 * op_filter.c
 *	  Rows for which a condition is true.  Nothing is moved: the batch gets a selection.
 */
#include "postgres.h"

#include "engine/operator.h"
#include "function/eval.h"
#include "vector/valid.h"

typedef struct OpFilter
{
	SydraOp operator;
	SydraEval  *condition;
	SydraBatch	batch;			/* the input's, with another selection */
	uint16		selected[SYDRA_BATCH_ROWS];
} OpFilter;

static bool
next_selected(SydraOp *operator, SydraBatch **batch)
{
	OpFilter   *filter = (OpFilter *) operator;
	SydraBatch *input;

	while (sydra_operator_next(operator->input, &input))
	{
		int			count;

		count = sydra_select_true(sydra_eval_run(filter->condition, input), input->selected,
								  sydra_batch_rows(input), filter->selected);
		if (count == 0)
			continue;
		filter->batch = *input;
		if (count < sydra_batch_rows(input))
		{
			filter->batch.selected = filter->selected;
			filter->batch.selected_count = count;
		}
		*batch = &filter->batch;
		return true;
	}
	return false;
}

SydraOp *
sydra_op_filter_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpFilter   *filter = palloc0(sizeof(OpFilter));

	filter->operator.plan = plan;
	filter->operator.execution = execution;
	filter->operator.input = input;
	filter->operator.next = next_selected;
	filter->condition = sydra_eval_open(((const SydraPlanFilter *) plan)->condition,
										execution->source);
	return &filter->operator;
}
