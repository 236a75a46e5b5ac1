/*
 * rule_columns.c
 *	  Projection pruning: the scan reads what somebody above still looks at.
 *
 * After tags and times have moved into the scan most conditions' columns are no longer needed.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "optimize/rule.h"

static SydraTerm *
mark_used(SydraTerm *term, void *used)
{
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_COLUMN)
		((bool *) used)[term->column] = true;
	foreach(cell, term->arguments)
		mark_used(lfirst(cell), used);
	return term;
}

static SydraTerm *
renumber(SydraTerm *term, void *numbers)
{
	SydraTerm  *copy;

	if (term->type != SYDRA_TERM_COLUMN)
		return sydra_rule_change_arguments(term, renumber, numbers);
	copy = palloc(sizeof(SydraTerm));
	*copy = *term;
	copy->column = ((int *) numbers)[term->column];
	return copy;
}

/* Nodes that see the scan's columns: its filters and the first node that makes new ones. */
static bool
sees_scan(const SydraPlan *node)
{
	return node->input != NULL && sydra_rule_scan_below(node->input) != NULL;
}

static void
prune(SydraPlan *plan, SydraPlanScan *scan)
{
	int			before = scan->plan.column_count;
	bool	   *used = palloc0(sizeof(bool) * Max(before, 1));
	int		   *numbers = palloc0(sizeof(int) * Max(before, 1));
	int			count = 0;

	for (SydraPlan *node = plan; node != NULL; node = node->input)
		if (sees_scan(node))
			sydra_rule_change_terms(node, mark_used, used);
	for (int i = 0; i < before; i++)
	{
		if (!used[i])
			continue;
		numbers[i] = count;
		scan->scan_columns[count] = scan->scan_columns[i];
		scan->plan.columns[count] = scan->plan.columns[i];
		count++;
	}
	if (count == before)
		return;
	scan->plan.column_count = count;
	sydra_rule_fired(&scan->plan, "projection_pruning");
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		if (!sees_scan(node))
			continue;
		sydra_rule_change_terms(node, renumber, numbers);
		if (node->type == SYDRA_PLAN_FILTER || node->type == SYDRA_PLAN_ORDER)
		{
			node->column_count = count;
			node->columns = scan->plan.columns;
		}
	}
}

SydraPlan *
sydra_rule_columns(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
		if (node->type == SYDRA_PLAN_SCAN)
			prune(plan, (SydraPlanScan *) node);
	return plan;
}
