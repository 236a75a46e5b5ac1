/*
 * rule_time.c
 *	  Time pushdown: the scan reads no row outside the range that the conditions imply.
 *
 * Conditions that say no more than their range leave the filter; of the others (an OR, say) the
 * range is only the hull, and they stay.
 */
#include "postgres.h"

#include "analyze/time_range.h"
#include "optimize/rule.h"

static void
push(SydraPlanFilter *filter, SydraPlanScan *scan, const char *source)
{
	List	   *left = NIL;
	int			time = sydra_rule_time_column(scan);
	ListCell   *cell;

	foreach(cell, sydra_rule_split(filter->condition))
	{
		SydraTerm  *part = lfirst(cell);
		bool		exact;
		SydraTimeRange range = sydra_time_range_of(part, time, source, &exact);

		if (range.min == PG_INT64_MIN && range.max == PG_INT64_MAX)
		{
			left = lappend(left, part);
			continue;
		}
		scan->range = sydra_time_range_intersect(scan->range, range);
		sydra_rule_pushed(scan, filter, part, exact ? "time" : "time, and by the filter");
		sydra_rule_fired(&scan->plan, "time_pushdown");
		if (!exact)
			left = lappend(left, part);
	}
	filter->condition = sydra_rule_join(left);
}

SydraPlan *
sydra_rule_time(SydraPlan *plan, const char *source)
{
	return sydra_rule_push_filters(plan, source, push);
}
