/*
 * rule.c
 *	  What the rules share.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "analyze/constant.h"
#include "analyze/infer_call.h"
#include "optimize/rule.h"
#include "plan/explain.h"

void
sydra_rule_fired(SydraPlan *plan, const char *rule)
{
	ListCell   *cell;

	foreach(cell, plan->rules)
		if (strcmp(lfirst(cell), rule) == 0)
			return;
	plan->rules = lappend(plan->rules, unconstify(char *, rule));
}

void
sydra_rule_pushed(SydraPlanScan *scan, const SydraPlanFilter *filter, const SydraTerm *condition,
				  const char *by)
{
	SydraPlanPredicate *predicate = palloc(sizeof(SydraPlanPredicate));

	predicate->condition = sydra_explain_term(condition, scan->plan.columns);
	predicate->origin = filter->origin;
	predicate->by = by;
	scan->predicates = lappend(scan->predicates, predicate);
}

void
sydra_rule_remove(SydraPlan **link)
{
	SydraPlan  *node = *link;
	ListCell   *cell;

	*link = node->input;
	foreach(cell, node->rules)
		sydra_rule_fired(*link, lfirst(cell));
}

SydraPlanScan *
sydra_rule_scan_below(SydraPlan *plan)
{
	while (plan != NULL && (plan->type == SYDRA_PLAN_FILTER || plan->type == SYDRA_PLAN_ORDER))
		plan = plan->input;
	return plan != NULL && plan->type == SYDRA_PLAN_SCAN ? (SydraPlanScan *) plan : NULL;
}

int
sydra_rule_time_column(const SydraPlanScan *scan)
{
	for (int i = 0; i < scan->plan.column_count; i++)
		if (scan->scan_columns[i].type == SYDRA_SCAN_ATTRIBUTE &&
			scan->scan_columns[i].attnum == scan->table->time_attnum)
			return i;
	return -1;
}

bool
sydra_rule_is_of_series(const SydraTerm *term, const SydraPlanScan *scan)
{
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_COLUMN)
		return sydra_query_is_of_series(scan->table, &scan->scan_columns[term->column]);
	foreach(cell, term->arguments)
		if (!sydra_rule_is_of_series(lfirst(cell), scan))
			return false;
	return true;
}

List *
sydra_rule_split(SydraTerm *condition)
{
	List	   *parts = NIL;
	ListCell   *cell;

	check_stack_depth();
	if (!sydra_constant_calls(condition, "and"))
		return list_make1(condition);
	foreach(cell, condition->arguments)
		parts = list_concat(parts, sydra_rule_split(lfirst(cell)));
	return parts;
}

SydraTerm *
sydra_rule_join(List *conditions)
{
	return conditions == NIL ? NULL : sydra_infer_call_and(conditions);
}

SydraPlan *
sydra_rule_push_filters(SydraPlan *plan, const char *source, SydraRulePush push)
{
	SydraPlan **link = &plan;

	while (*link != NULL)
	{
		SydraPlan  *node = *link;
		SydraPlanScan *scan = node->type == SYDRA_PLAN_FILTER ? sydra_rule_scan_below(node) : NULL;

		if (scan != NULL)
			push((SydraPlanFilter *) node, scan, source);
		if (scan != NULL && ((SydraPlanFilter *) node)->condition == NULL)
			sydra_rule_remove(link);
		else
			link = &node->input;
	}
	return plan;
}

SydraTerm *
sydra_rule_change_arguments(SydraTerm *term, SydraTermChange change, void *context)
{
	List	   *arguments = NIL;
	bool		changed = false;
	SydraTerm  *copy;
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraTerm  *argument = change(lfirst(cell), context);

		changed = changed || argument != lfirst(cell);
		arguments = lappend(arguments, argument);
	}
	if (!changed)
		return term;
	copy = palloc(sizeof(SydraTerm));
	*copy = *term;
	copy->arguments = arguments;
	return copy;
}

static List *
change_list(List *terms, SydraTermChange change, void *context)
{
	List	   *changed = NIL;
	ListCell   *cell;

	foreach(cell, terms)
		changed = lappend(changed, change(lfirst(cell), context));
	return changed;
}

static void
change_aggregate(SydraPlanAggregate *aggregate, SydraTermChange change, void *context)
{
	List	   *calls = NIL;
	ListCell   *cell;

	aggregate->keys = change_list(aggregate->keys, change, context);
	foreach(cell, aggregate->calls)
	{
		SydraAggregateCall *call = palloc(sizeof(SydraAggregateCall));

		*call = *(SydraAggregateCall *) lfirst(cell);
		call->arguments = change_list(call->arguments, change, context);
		if (call->filter)
			call->filter = change(call->filter, context);
		calls = lappend(calls, call);
	}
	aggregate->calls = calls;
}

void
sydra_rule_change_terms(SydraPlan *plan, SydraTermChange change, void *context)
{
	switch (plan->type)
	{
		case SYDRA_PLAN_FILTER:
			((SydraPlanFilter *) plan)->condition =
				change(((SydraPlanFilter *) plan)->condition, context);
			return;
		case SYDRA_PLAN_PROJECT:
			((SydraPlanProject *) plan)->expressions =
				change_list(((SydraPlanProject *) plan)->expressions, change, context);
			return;
		case SYDRA_PLAN_ORDER:
			((SydraPlanOrder *) plan)->keys =
				change_list(((SydraPlanOrder *) plan)->keys, change, context);
			return;
		case SYDRA_PLAN_AGGREGATE:
			change_aggregate((SydraPlanAggregate *) plan, change, context);
			return;
		case SYDRA_PLAN_FILL:
			if (((SydraPlanFill *) plan)->having)
				((SydraPlanFill *) plan)->having =
					change(((SydraPlanFill *) plan)->having, context);
			return;
		case SYDRA_PLAN_VALUES:
		case SYDRA_PLAN_SCAN:
		case SYDRA_PLAN_NUMBER:
		case SYDRA_PLAN_WINDOW: /* its arguments are columns of a Project below */
		case SYDRA_PLAN_JOIN:
		case SYDRA_PLAN_SORT:
		case SYDRA_PLAN_LIMIT:
			return;
	}
	elog(ERROR, "unknown plan node %d", (int) plan->type);
}
