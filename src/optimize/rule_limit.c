/*
 * rule_limit.c
 *	  A sort of which only the first rows are wanted need not keep the others; and where it sorts the
 *	  scan's rows by time, the scan need not read what can no longer be one of them.
 *
 * The scan then begins at the end that is wanted.  That changes the order in which rows that are
 * equal in all else come, so a last key puts them back in the order of writing.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "common/int.h"

#include "optimize/rule.h"
#include "plan/plan_build.h"

/* What stands between a sort and the scan whose rows it sorts. */
typedef struct Below
{
	SydraPlanProject *project;
	SydraPlanScan *scan;
} Below;

static bool
find_below(const SydraPlanSort *sort, Below *below)
{
	const SydraTerm *key;

	if (sort->key_count == 0 || sort->plan.input->type != SYDRA_PLAN_PROJECT)
		return false;
	below->project = (SydraPlanProject *) sort->plan.input;
	below->scan = sydra_rule_scan_below(below->project->plan.input);
	key = list_nth(below->project->expressions, sort->keys[0].column);
	return below->scan != NULL && below->scan->reader == NULL && !below->scan->series_order &&
		key->type == SYDRA_TERM_COLUMN && key->column == sydra_rule_time_column(below->scan);
}

static void
add_column(SydraPlan *plan, const SydraPlanColumn *column)
{
	SydraPlanColumn *columns = palloc(sizeof(SydraPlanColumn) * (plan->column_count + 1));

	memcpy(columns, plan->columns, sizeof(SydraPlanColumn) * plan->column_count);
	columns[plan->column_count++] = *column;
	plan->columns = columns;
}

/* The place of each row, from the scan up to the limit. */
static void
add_place(SydraPlanLimit *limit, SydraPlanSort *sort, const Below *below)
{
	SydraPlanScan *scan = below->scan;
	int			number = scan->plan.column_count;
	SydraScanColumn *scan_columns = palloc(sizeof(SydraScanColumn) * (number + 1));
	SydraSortKey *keys = palloc(sizeof(SydraSortKey) * (sort->key_count + 1));
	SydraPlanColumn *column = sydra_plan_build_column("place", SYDRA_KIND_INT, INT8OID);

	memcpy(scan_columns, scan->scan_columns, sizeof(SydraScanColumn) * number);
	scan_columns[number] = (SydraScanColumn) {.type = SYDRA_SCAN_PLACE};
	scan->scan_columns = scan_columns;
	add_column(&scan->plan, column);
	for (SydraPlan *node = below->project->plan.input; node != &scan->plan; node = node->input)
		add_column(node, column);

	memcpy(keys, sort->keys, sizeof(SydraSortKey) * sort->key_count);
	keys[sort->key_count++] = (SydraSortKey) {.column = below->project->plan.column_count};
	sort->keys = keys;
	below->project->expressions = lappend(below->project->expressions,
										  sydra_plan_build_reference(column, number));
	add_column(&below->project->plan, column);
	add_column(&sort->plan, column);
	add_column(&limit->plan, column);
}

SydraPlan *
sydra_rule_limit(SydraPlan *plan, const char *source)
{
	SydraPlan  *above = NULL;

	for (SydraPlan *node = plan; node != NULL; above = node, node = node->input)
	{
		SydraPlanLimit *limit = (SydraPlanLimit *) node;
		SydraPlanSort *sort = (SydraPlanSort *) node->input;
		Below		below;
		int64		wanted;

		if (node->type != SYDRA_PLAN_LIMIT || sort->plan.type != SYDRA_PLAN_SORT ||
			limit->limit < 0 || limit->by_count > 0 ||
			pg_add_s64_overflow(limit->limit, limit->offset, &wanted))
			continue;
		sort->limit = wanted;
		sydra_rule_fired(&sort->plan, "limit_pushdown");
		/* The hidden column needs somebody above who leaves it out. */
		if (above == NULL || above->type != SYDRA_PLAN_PROJECT || !find_below(sort, &below))
			continue;
		sort->narrows = true;
		below.scan->time_order = sort->keys[0].descending ? -1 : 1;
		add_place(limit, sort, &below);
		sydra_rule_fired(&below.scan->plan, "limit_pushdown");
	}
	return plan;
}
