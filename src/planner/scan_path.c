/*
 * scan_path.c
 *	  Offers the planner a SydraScan wherever it would read a sydra table from end to end.
 *
 * System columns but the table's and the row's address are left to the sequential scan, and so is
 * WHERE CURRENT OF to the scan by address.
 *
 * The costs are made from what the directory says, and from nothing that another path says.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class_d.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "base/setting.h"
#include "planner/planner.h"
#include "planner/scan_clause.h"
#include "planner/scan_state.h"
#include "series/table.h"
#include "store/directory.h"
#include "store/store.h"

/* Of cpu_operator_cost: what a value costs to decode, and a segment to be left out. */
#define DECODE_COST 0.02
#define PRUNE_COST 0.05

/* Of cpu_tuple_cost: a row of a segment needs no tuple. */
#define ROW_COST 0.5

/* What is known of a table before it is read. */
typedef struct TableFacts
{
	SydraScanColumns columns;
	double		segments;
	double		segment_rows;
	double		segment_chunks;
	double		head_pages;
	double		stored_columns; /* those that segments hold */
	double		read_columns;	/* those of them that are needed */
} TableFacts;

static set_rel_pathlist_hook_type previous_hook;

static Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
					   List *restrictions, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "SydraScan",
	.PlanCustomPath = plan_scan
};

/*
 * Segments are chosen by the time column of the day they were written on.  Where that was another
 * one, time is a column like any.
 */
static AttrNumber
find_time(const SydraTable *table, int64 storage_id)
{
	Snapshot	snapshot = RegisterSnapshot(ActiveSnapshotSet() ? GetActiveSnapshot() :
											GetLatestSnapshot());
	AttrNumber	time = table->time_attnum;

	if (time != 0 && sydra_directory_other_time(storage_id, time, snapshot))
		time = 0;
	UnregisterSnapshot(snapshot);
	return time;
}

static void
gather_facts(Relation relation, const Bitmapset *needed, TableFacts *facts)
{
	const SydraTable *table = sydra_table_describe(relation);
	bool		all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, needed);
	SydraStore	store;

	memset(facts, 0, sizeof(*facts));
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		int			member = column->attnum - FirstLowInvalidHeapAttributeNumber;

		if (column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS)
		{
			facts->columns.tags = bms_add_member(facts->columns.tags, member);
			continue;
		}
		facts->stored_columns++;
		facts->read_columns += all || bms_is_member(member, needed);
	}
	facts->columns.time = table->time_attnum;
	facts->head_pages = RelationGetNumberOfBlocks(relation);
	if (!sydra_store_find(relation, &store))
		return;
	facts->columns.time = find_time(table, store.storage_id);
	facts->segments = sydra_directory_estimate_segments(store.storage_id);
	sydra_directory_estimate(store.storage_id, &facts->segment_rows, &facts->segment_chunks);
}

/* Whether somebody is shown each row that a DELETE takes from a table. */
static bool
shows_deleted_rows(Oid relid)
{
	Relation	relation = table_open(relid, NoLock);
	TriggerDesc *triggers = relation->trigdesc;
	bool		shows = triggers != NULL &&
		(triggers->trig_delete_before_row || triggers->trig_delete_after_row ||
		 triggers->trig_delete_instead_row || triggers->trig_delete_old_table);

	table_close(relation, NoLock);
	return shows;
}

/*
 * Whether the scan's rows are deleted, all of them, with nobody looking: then those of a segment may
 * be deleted at once.
 */
static bool
may_drop_segments(PlannerInfo *root, RelOptInfo *rel, const SydraScanClauses *clauses)
{
	const Query *query = root->parse;

	return query->commandType == CMD_DELETE && query->canSetTag && root->query_level == 1 &&
		query->returningList == NIL && clauses->rows == NIL && clauses->values == NIL &&
		bms_is_member(rel->relid, root->all_result_relids) &&
		bms_membership(root->all_baserels) == BMS_SINGLETON &&
		!shows_deleted_rows(planner_rt_fetch(rel->relid, root)->relid) &&
		!shows_deleted_rows(planner_rt_fetch(query->resultRelation, root)->relid);
}

/*
 * The work is divided among so many processes.  Segments that are dropped cost next to nothing, and
 * save the statement what their rows would cost it further up.
 */
static void
cost_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *custom, const TableFacts *facts,
		  const SydraScanClauses *clauses, double divisor)
{
	Path	   *path = &custom->path;
	double		chosen = clauselist_selectivity(root, clauses->time, rel->relid, JOIN_INNER, NULL) *
		clauselist_selectivity(root, clauses->series, rel->relid, JOIN_INNER, NULL);
	double		width = facts->read_columns / Max(facts->stored_columns, 1);
	double		head_rows = Max(rel->tuples - facts->segment_rows, 0);
	double		rows = facts->segment_rows * chosen;
	double		passing = clauselist_selectivity(root, clauses->values, rel->relid, JOIN_INNER,
												 NULL);
	QualCost	row_cost;
	Cost		startup;
	Cost		run;

	cost_qual_eval(&row_cost, clauses->rows, root);
	startup = row_cost.startup + path->pathtarget->cost.startup +
		facts->segments * (PRUNE_COST * cpu_operator_cost + chosen * cpu_tuple_cost);
	if (may_drop_segments(root, rel, clauses))
		run = (facts->head_pages * seq_page_cost + head_rows * cpu_tuple_cost) / divisor;
	else
		run = facts->segment_chunks * chosen * width * seq_page_cost +
			facts->head_pages * seq_page_cost +
			(rows * DECODE_COST * cpu_operator_cost *
			 (1 + facts->read_columns + list_length(clauses->values)) +
			 head_rows * (cpu_tuple_cost + 2 * cpu_operator_cost) +
			 rows * passing * ROW_COST * cpu_tuple_cost +
			 (rows + head_rows * chosen) * passing * row_cost.per_tuple) / divisor;
	path->rows = clamp_row_est((path->param_info ? path->param_info->ppi_rows : rel->rows) /
							   divisor);
	path->startup_cost = startup;
	path->total_cost = startup + run + path->pathtarget->cost.per_tuple * path->rows;
}

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *rel, const TableFacts *facts,
		  const SydraScanClauses *clauses, int workers)
{
	CustomPath *custom = makeNode(CustomPath);
	double		divisor = workers;
	int			member = -1;

	custom->path.pathtype = T_CustomScan;
	custom->path.parent = rel;
	custom->path.pathtarget = rel->reltarget;
	custom->path.param_info = get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	custom->path.parallel_aware = workers > 0;
	custom->path.parallel_safe = rel->consider_parallel;
	custom->path.parallel_workers = workers;
	custom->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	custom->methods = &path_methods;
	custom->custom_private = list_make1_int(facts->columns.time);
	while ((member = bms_next_member(facts->columns.tags, member)) >= 0)
		custom->custom_private = lappend_int(custom->custom_private, member);
	if (workers == 0)
		divisor = 1;
	else if (parallel_leader_participation)
		divisor += Max(1 - 0.3 * workers, 0);
	cost_scan(root, rel, custom, facts, clauses, divisor);
	return custom;
}

static bool
has_current_of(const RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, rel->baserestrictinfo)
		if (IsA(lfirst_node(RestrictInfo, cell)->clause, CurrentOfExpr))
			return true;
	return false;
}

/* Whether the planner reads this relation's own rows. */
static bool
is_plain_read(RelOptInfo *rel, RangeTblEntry *rte)
{
	return (rel->reloptkind == RELOPT_BASEREL || rel->reloptkind == RELOPT_OTHER_MEMBER_REL) &&
		rte->rtekind == RTE_RELATION && !rte->inh && rte->tablesample == NULL &&
		(rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_MATVIEW) &&
		!IS_DUMMY_REL(rel) && !has_current_of(rel);
}

/* The columns that the scan has to give or to test; false when one of them is beyond it. */
static bool
find_needed(RelOptInfo *rel, Bitmapset **needed)
{
	ListCell   *cell;

	*needed = NULL;
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, needed);
	foreach(cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, needed);
	for (int attnum = FirstLowInvalidHeapAttributeNumber + 1; attnum < 0; attnum++)
		if (attnum != TableOidAttributeNumber && attnum != SelfItemPointerAttributeNumber &&
			bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, *needed))
			return false;
	return true;
}

static void
add_paths(PlannerInfo *root, RelOptInfo *rel, Relation relation, const Bitmapset *needed)
{
	TableFacts	facts;
	SydraScanClauses clauses;
	ParamPathInfo *parameters = get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	List	   *restrictions = rel->baserestrictinfo;
	int			workers;

	gather_facts(relation, needed, &facts);
	if (parameters != NULL)
		restrictions = list_concat_copy(restrictions, parameters->ppi_clauses);
	sydra_scan_clause_sort(root, rel, restrictions, &facts.columns, &clauses);
	add_path(rel, &make_path(root, rel, &facts, &clauses, 0)->path);
	if (!rel->consider_parallel || rel->lateral_relids != NULL)
		return;
	workers = compute_parallel_worker(rel, rel->pages, -1, max_parallel_workers_per_gather);
	if (workers > 0)
		add_partial_path(rel, &make_path(root, rel, &facts, &clauses, workers)->path);
}

static void
offer_scan(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	Relation	relation;
	Bitmapset  *needed;

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (!sydra_setting_enable_scan || !is_plain_read(rel, rte))
		return;
	relation = table_open(rte->relid, NoLock);
	if (sydra_am_is_ours(relation) && find_needed(rel, &needed))
		add_paths(root, rel, relation, needed);
	table_close(relation, NoLock);
}

static Plan *
plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *restrictions,
		  List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	SydraScanColumns columns = {.time = linitial_int(path->custom_private)};
	SydraScanClauses clauses;

	for (int i = 1; i < list_length(path->custom_private); i++)
		columns.tags = bms_add_member(columns.tags, list_nth_int(path->custom_private, i));
	sydra_scan_clause_sort(root, rel, restrictions, &columns, &clauses);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(clauses.rows, false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_exprs = list_make3(sydra_scan_clause_compare(root, rel, clauses.time),
									extract_actual_clauses(clauses.series, false),
									sydra_scan_clause_compare(root, rel, clauses.values));
	scan->custom_private = list_make3_int(columns.time, clauses.unseen,
										  may_drop_segments(root, rel, &clauses));
	scan->methods = &sydra_scan_state_methods;
	return &scan->scan.plan;
}

void
sydra_planner_init(void)
{
	RegisterCustomScanMethods(&sydra_scan_state_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_scan;
}
