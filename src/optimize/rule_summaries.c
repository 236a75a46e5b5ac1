/*
 * rule_summaries.c
 *	  Aggregates of whole segments from what their headers say, without decoding a value.
 *
 * Which segments these are the scan finds out: those whose rows all count, and all fall into one
 * group.  Here it is made sure that every aggregate can be had so, and that each key is the same
 * for all rows of a series, or is the bucket.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "function/registry.h"
#include "optimize/rule.h"

/* Whether the language's value is the one that the segment describes. */
static bool
is_described(const SydraPlanScan *scan, const SydraTerm *argument)
{
	const SydraTableColumn *attribute;

	if (argument->type != SYDRA_TERM_COLUMN ||
		scan->scan_columns[argument->column].type != SYDRA_SCAN_ATTRIBUTE)
		return false;
	attribute = sydra_table_column(scan->table, scan->scan_columns[argument->column].attnum);
	if (attribute == NULL ||
		(attribute->role != SYDRA_ROLE_FIELD && attribute->role != SYDRA_ROLE_TIME))
		return false;
	switch (attribute->basetype)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return argument->kind == SYDRA_KIND_INT;
		case FLOAT4OID:
		case FLOAT8OID:
			return argument->kind == SYDRA_KIND_FLOAT;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return argument->kind == SYDRA_KIND_TIME;
		default:
			return false;
	}
}

static bool
are_calls_known(const SydraPlanAggregate *aggregate, const SydraPlanScan *scan)
{
	ListCell   *cell;

	foreach(cell, aggregate->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		if (call->distinct || call->filter != NULL ||
			call->function->aggregate->summarize == NULL ||
			list_length(call->arguments) > 1 ||
			(call->arguments != NIL && !is_described(scan, linitial(call->arguments))))
			return false;
	}
	return true;
}

static bool
is_time(const SydraTerm *term, const SydraPlanScan *scan)
{
	return term->type == SYDRA_TERM_COLUMN && term->column == sydra_rule_time_column(scan);
}

static bool
are_keys_known(const SydraPlanAggregate *aggregate, const SydraPlanScan *scan)
{
	ListCell   *cell;

	foreach(cell, aggregate->keys)
		if (foreach_current_index(cell) == aggregate->bucket_key ?
			!is_time(lsecond(((const SydraTerm *) lfirst(cell))->arguments), scan) :
			!sydra_rule_is_of_series(lfirst(cell), scan))
			return false;
	return true;
}

SydraPlan *
sydra_rule_summaries(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		SydraPlanAggregate *aggregate = (SydraPlanAggregate *) node;
		SydraPlanScan *scan = (SydraPlanScan *) node->input;

		if (node->type != SYDRA_PLAN_AGGREGATE || scan->plan.type != SYDRA_PLAN_SCAN ||
			scan->reader != NULL || scan->tests != NIL || scan->firsts || scan->lasts ||
			!are_calls_known(aggregate, scan) || !are_keys_known(aggregate, scan))
			continue;
		aggregate->summarizes = scan->summarized = true;
		sydra_rule_fired(node, "segment_statistics");
	}
	return plan;
}
