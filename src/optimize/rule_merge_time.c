/*
 * rule_merge_time.c
 *	  Several bounds of time in one AND become at most two: the latest from below, the earliest from
 *	  above.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "analyze/constant.h"
#include "analyze/time_range.h"
#include "optimize/rule.h"

static SydraTerm *
make_bound(const SydraPlanScan *scan, int time, const char *operator, int64 at, int offset)
{
	SydraTerm  *column = palloc0(sizeof(SydraTerm));
	SydraTerm  *constant = sydra_constant_make(SYDRA_KIND_TIME, offset);
	SydraTerm  *bound = palloc0(sizeof(SydraTerm));
	SydraKind	kinds[2] = {SYDRA_KIND_TIME, SYDRA_KIND_TIME};
	int			position;

	column->type = SYDRA_TERM_COLUMN;
	column->kind = SYDRA_KIND_TIME;
	column->typid = TIMESTAMPTZOID;
	column->offset = offset;
	column->column = time;
	constant->typid = TIMESTAMPTZOID;
	constant->value.isnull = false;
	constant->value.integer = at;
	bound->type = SYDRA_TERM_CALL;
	bound->typid = BOOLOID;
	bound->offset = offset;
	bound->arguments = list_make2(column, constant);
	if (sydra_operator_resolve(operator, 2, kinds, &bound->function, &bound->kind, &position) !=
		SYDRA_RESOLVED)
		elog(ERROR, "operator %s is missing", operator);
	return bound;
}

static void
merge(SydraPlanFilter *filter, const SydraPlanScan *scan, const char *source)
{
	int			time = sydra_rule_time_column(scan);
	SydraTimeRange merged = sydra_time_range_all();
	List	   *others = NIL;
	List	   *parts = sydra_rule_split(filter->condition);
	List	   *bounds = NIL;
	int			read = 0;
	int			offset = filter->condition->offset;
	ListCell   *cell;

	foreach(cell, parts)
	{
		bool		exact;
		SydraTimeRange range = sydra_time_range_of(lfirst(cell), time, source, &exact);

		if (!exact || (range.min == PG_INT64_MIN && range.max == PG_INT64_MAX))
		{
			others = lappend(others, lfirst(cell));
			continue;
		}
		merged = sydra_time_range_intersect(merged, range);
		read++;
	}
	if (sydra_time_range_is_empty(merged))
		bounds = list_make1(sydra_constant_bool(false, offset));
	else
	{
		if (merged.min != PG_INT64_MIN)
			bounds = lappend(bounds, make_bound(scan, time, ">=", merged.min, offset));
		if (merged.max != PG_INT64_MAX)
			bounds = lappend(bounds, make_bound(scan, time, "<", merged.max, offset));
	}
	if (list_length(bounds) >= read)
		return;
	filter->condition = sydra_rule_join(list_concat(bounds, others));
	sydra_rule_fired(&filter->plan, "time_merging");
}

SydraPlan *
sydra_rule_merge_time(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		SydraPlanScan *scan = node->type == SYDRA_PLAN_FILTER ? sydra_rule_scan_below(node) : NULL;

		if (scan != NULL)
			merge((SydraPlanFilter *) node, scan, source);
	}
	return plan;
}
