/*
 * rule_last_point.c
 *	  For the first or last value of each series only the ends of it are read.
 *
 * The scan begins at the end that is wanted and passes over what cannot hold an earlier, or a later,
 * row of a series than it has seen.  A null is no value, so a row counts as seen only when none of
 * the values is null.
 */
#include "postgres.h"

#include "function/registry.h"
#include "optimize/rule.h"

/* Notes what a call looks at; false when that is more than the ends of the series. */
static bool
note_call(const SydraAggregateCall *call, SydraPlanScan *ends)
{
	const SydraTerm *value = call->arguments != NIL ? linitial(call->arguments) : NULL;
	const char *name = sydra_function_name(call->function);
	bool		first = strcmp(name, "first") == 0;

	if ((!first && strcmp(name, "last") != 0) || call->distinct || call->filter != NULL ||
		value == NULL || value->type != SYDRA_TERM_COLUMN)
		return false;
	ends->firsts = ends->firsts || first;
	ends->lasts = ends->lasts || !first;
	ends->chosen = bms_add_member(ends->chosen, value->column);
	return true;
}

static bool
find_ends(const SydraPlanAggregate *aggregate, const SydraPlanScan *scan, SydraPlanScan *ends)
{
	ListCell   *cell;

	foreach(cell, aggregate->keys)
		if (!sydra_rule_is_of_series(lfirst(cell), scan))
			return false;
	foreach(cell, aggregate->calls)
		if (!note_call(lfirst(cell), ends))
			return false;
	return aggregate->calls != NIL;
}

SydraPlan *
sydra_rule_last_point(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		SydraPlanScan *scan = (SydraPlanScan *) node->input;
		SydraPlanScan ends = {0};

		if (node->type != SYDRA_PLAN_AGGREGATE || scan->plan.type != SYDRA_PLAN_SCAN ||
			scan->reader != NULL || scan->series_order ||
			!find_ends((SydraPlanAggregate *) node, scan, &ends))
			continue;
		scan->firsts = ends.firsts;
		scan->lasts = ends.lasts;
		scan->chosen = ends.chosen;
		scan->time_order = ends.lasts ? -1 : 1;
		sydra_rule_fired(&scan->plan, "last_point");
	}
	return plan;
}
