/*
 * op_project.c
 *	  Computes columns.  Rows keep their places, so the input's selection holds for the output.
 */
#include "postgres.h"

#include "engine/operator.h"
#include "function/eval.h"

typedef struct OpProject
{
	SydraOp operator;
	SydraEval **expressions;
	SydraBatch	batch;
} OpProject;

static bool
next_projected(SydraOp *operator, SydraBatch **batch)
{
	OpProject  *project = (OpProject *) operator;
	SydraBatch *input;

	if (!sydra_operator_next(operator->input, &input))
		return false;
	for (int i = 0; i < project->batch.column_count; i++)
		project->batch.columns[i] = *sydra_eval_run(project->expressions[i], input);
	project->batch.count = input->count;
	project->batch.selected = input->selected;
	project->batch.selected_count = input->selected_count;
	*batch = &project->batch;
	return true;
}

SydraOp *
sydra_op_project_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpProject  *project = palloc0(sizeof(OpProject));
	List	   *expressions = ((const SydraPlanProject *) plan)->expressions;

	project->operator.plan = plan;
	project->operator.execution = execution;
	project->operator.input = input;
	project->operator.next = next_projected;
	project->batch.column_count = plan->column_count;
	project->batch.columns = palloc0(sizeof(SydraVector) * Max(plan->column_count, 1));
	project->expressions = palloc(sizeof(SydraEval *) * Max(plan->column_count, 1));
	for (int i = 0; i < plan->column_count; i++)
		project->expressions[i] = sydra_eval_open(list_nth(expressions, i), execution->source);
	return &project->operator;
}
