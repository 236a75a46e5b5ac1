/*
 * api_stream.c
 *	  SydraQuery: sydraql_to_recordset() of a constant SELECT gives its rows as they are asked for.
 *
 * PostgreSQL would run the function to its end and keep all rows.  Here the planner gets a custom
 * scan in the function scan's place, which opens the query when the first row is asked for: a LIMIT
 * or a cursor above stops it.  INSERT and DELETE stay with the function, as they have to run to
 * their end, and so does a call whose rows are wanted as a whole: whole-row variables, WITH
 * ORDINALITY, ROWS FROM, and arguments that are other tables' columns.
 *
 * Where the rows go straight to a constant LIMIT the query is told, so that it need not sort the rest.
 *
 * A rescan runs the query again.  As that costs what the first scan did, the planner puts a
 * Materialize between where it is worth it.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_proc.h"
#include "commands/explain.h"
#include "common/int.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "api/api_datum.h"
#include "api/api_query.h"
#include "api/api_stream.h"
#include "api/api_typed.h"
#include "base/compat.h"

typedef struct SydraQueryState
{
	CustomScanState custom;
	const char *source;
	ExprState  *parameters;
	int64		wanted;			/* rows that are asked for at most; -1: all */
	Oid			user;			/* as whom privileges are checked; InvalidOid: the caller */
	SydraDatumColumn *columns;	/* of the present batch */
	MemoryContext context;		/* of one run of the query */
	MemoryContext scratch;		/* of one batch */

	bool		started;
	bool		running;		/* the selection is open */
	SydraSelection selection;
	const SydraBatch *batch;	/* NULL: none yet, or no more */
	int			batch_rows;
	int			position;		/* the next row of the batch */
} SydraQueryState;

static set_rel_pathlist_hook_type previous_hook;

static Plan *plan_stream(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
						 List *restrictions, List *custom_plans);
static Node *create_state(CustomScan *plan);
static void begin_stream(CustomScanState *node, EState *estate, int flags);
static TupleTableSlot *exec_stream(CustomScanState *node);
static void end_stream(CustomScanState *node);
static void rescan_stream(CustomScanState *node);
static void explain_stream(CustomScanState *node, List *ancestors, ExplainState *explain);

static const CustomPathMethods path_methods = {
	.CustomName = "SydraQuery",
	.PlanCustomPath = plan_stream
};

static const CustomScanMethods scan_methods = {
	.CustomName = "SydraQuery",
	.CreateCustomScanState = create_state
};

static const CustomExecMethods exec_methods = {
	.CustomName = "SydraQuery",
	.BeginCustomScan = begin_stream,
	.ExecCustomScan = exec_stream,
	.EndCustomScan = end_stream,
	.ReScanCustomScan = rescan_stream,
	.ExplainCustomScan = explain_stream
};

/* Planning -------------------------------------------------------------------------------------*/

/* The text of a call that can be streamed, or NULL. */
static const char *
find_source(const RangeTblEntry *entry)
{
	const FuncExpr *call;
	const Const *literal;
	char	   *source;

	if (entry->rtekind != RTE_FUNCTION || entry->funcordinality ||
		list_length(entry->functions) != 1)
		return NULL;
	call = (FuncExpr *) linitial_node(RangeTblFunction, entry->functions)->funcexpr;
	if (!IsA(call, FuncExpr) || call->funcid != sydra_api_typed_recordset())
		return NULL;
	literal = linitial(call->args);
	if (!IsA(literal, Const) || literal->constisnull)
		return NULL;
	source = TextDatumGetCString(literal->constvalue);
	return sydra_query_is_select(source) ? source : NULL;
}

static bool
needs_whole_rows(const RelOptInfo *rel)
{
	Bitmapset  *needed = NULL;
	ListCell   *cell;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &needed);
	foreach(cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &needed);
	return bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, needed);
}

/* A constant that LIMIT or OFFSET gives, or the default where there is none; -1: another expression. */
static int64
get_count(const Node *count, int64 none)
{
	const Const *constant = (const Const *) count;

	if (count == NULL || (IsA(count, Const) && constant->constisnull))
		return none;
	return IsA(count, Const) ? DatumGetInt64(constant->constvalue) : -1;
}

/* How many of the scan's rows the statement takes at most; -1: all. */
static int64
find_wanted(const PlannerInfo *root, const RelOptInfo *rel)
{
	const Query *query = root->parse;
	int64		limit = get_count(query->limitCount, -1);
	int64		offset = get_count(query->limitOffset, 0);
	int64		wanted;

	if (root->limit_tuples < 0 || limit < 0 || offset < 0 ||
		query->limitOption != LIMIT_OPTION_COUNT || query->sortClause != NIL ||
		rel->baserestrictinfo != NIL || bms_membership(root->all_baserels) != BMS_SINGLETON ||
		pg_add_s64_overflow(limit, offset, &wanted))
		return -1;
	return wanted;
}

/* As the function scan costs, but that the first row comes at once. */
static void
offer_stream(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *entry)
{
	CustomPath *custom;
	QualCost	filter;

	if (previous_hook)
		previous_hook(root, rel, rti, entry);
	if (rel->reloptkind != RELOPT_BASEREL || IS_DUMMY_REL(rel) || rel->lateral_relids != NULL ||
		find_source(entry) == NULL || needs_whole_rows(rel))
		return;
	custom = makeNode(CustomPath);
	custom->path.pathtype = T_CustomScan;
	custom->path.parent = rel;
	custom->path.pathtarget = rel->reltarget;
	custom->path.rows = rel->rows;
	cost_qual_eval(&filter, rel->baserestrictinfo, root);
	custom->path.startup_cost = filter.startup + rel->reltarget->cost.startup;
	custom->path.total_cost = custom->path.startup_cost +
		(cpu_tuple_cost + filter.per_tuple) * rel->tuples +
		rel->reltarget->cost.per_tuple * rel->rows;
	custom->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	custom->custom_private = list_make1(makeString(psprintf(INT64_FORMAT, find_wanted(root, rel))));
	custom->methods = &path_methods;
	rel->pathlist = NIL;
	add_path(rel, &custom->path);
}

static Plan *
plan_stream(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
			List *restrictions, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	RangeTblEntry *entry = planner_rt_fetch(rel->relid, root);
	RangeTblFunction *function = linitial(entry->functions);

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(restrictions, false);
	scan->flags = path->flags;
	scan->custom_exprs = list_make1(function->funcexpr);
	scan->custom_private = path->custom_private;
	for (int i = 0; i < function->funccolcount; i++)
	{
		Var		   *column = makeVar(rel->relid, i + 1, list_nth_oid(function->funccoltypes, i),
									 list_nth_int(function->funccoltypmods, i),
									 list_nth_oid(function->funccolcollations, i), 0);

		scan->custom_scan_tlist = lappend(scan->custom_scan_tlist,
										  makeTargetEntry((Expr *) column, i + 1,
														  strVal(list_nth(entry->eref->colnames, i)),
														  false));
	}
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

/* Running --------------------------------------------------------------------------------------*/

static Node *
create_state(CustomScan *plan)
{
	SydraQueryState *state = palloc0(sizeof(SydraQueryState));

	NodeSetTag(state, T_CustomScanState);
	state->custom.methods = &exec_methods;
	return (Node *) state;
}

static void
begin_stream(CustomScanState *node, EState *estate, int flags)
{
	SydraQueryState *state = (SydraQueryState *) node;
	const CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	const FuncExpr *call = linitial_node(FuncExpr, plan->custom_exprs);
	int			entry = bms_singleton_member(plan->custom_relids);
	AclResult	allowed = object_aclcheck(ProcedureRelationId, call->funcid, GetUserId(),
										  ACL_EXECUTE);

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FUNCTION, get_func_name(call->funcid));
	state->source = TextDatumGetCString(linitial_node(Const, call->args)->constvalue);
	state->wanted = pg_strtoint64(strVal(linitial(plan->custom_private)));
	state->parameters = ExecInitExpr(lsecond(call->args), &node->ss.ps);
	state->user = sydra_compat_check_as_user(estate->es_plannedstmt, entry);
	state->columns = sydra_datum_columns(node->ss.ss_ScanTupleSlot->tts_tupleDescriptor);
	state->context = AllocSetContextCreate(estate->es_query_cxt, "sydra query scan",
										   ALLOCSET_DEFAULT_SIZES);
	state->scratch = AllocSetContextCreate(estate->es_query_cxt, "sydra query scan's batch",
										   ALLOCSET_DEFAULT_SIZES);
}

/* The function is strict: without parameters there are no rows. */
static void
start(SydraQueryState *state)
{
	ScanState  *scan = &state->custom.ss;
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	bool		isnull;
	Datum		parameters = ExecEvalExpr(state->parameters, scan->ps.ps_ExprContext, &isnull);

	state->started = true;
	if (!isnull)
	{
		sydra_query_open(&state->selection, state->source, DatumGetJsonbPCopy(parameters),
						 state->wanted, state->user,
						 scan->ss_ScanTupleSlot->tts_tupleDescriptor,
						 scan->ps.state->es_snapshot);
		state->running = true;
	}
	MemoryContextSwitchTo(caller);
}

static void
stop(SydraQueryState *state)
{
	if (state->running)
		sydra_query_close(&state->selection);
	state->running = false;
	state->batch = NULL;
	MemoryContextReset(state->context);
	MemoryContextReset(state->scratch);
}

static bool
next_batch(SydraQueryState *state)
{
	MemoryContext caller;
	SydraBatch *batch;

	if (!state->started)
		start(state);
	if (!state->running)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (!sydra_query_next(&state->selection, &batch))
	{
		stop(state);
		return false;
	}
	MemoryContextReset(state->scratch);
	caller = MemoryContextSwitchTo(state->scratch);
	sydra_datum_read(state->columns,
					 state->custom.ss.ss_ScanTupleSlot->tts_tupleDescriptor->natts, batch);
	MemoryContextSwitchTo(caller);
	state->batch = batch;
	state->batch_rows = batch->selected ? batch->selected_count : batch->count;
	state->position = 0;
	return true;
}

static TupleTableSlot *
next_row(ScanState *node)
{
	SydraQueryState *state = (SydraQueryState *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	int			row;

	ExecClearTuple(slot);
	while (state->batch == NULL || state->position == state->batch_rows)
		if (!next_batch(state))
			return slot;
	row = state->position++;
	if (state->batch->selected)
		row = state->batch->selected[row];
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = state->columns[i].values[row];
		slot->tts_isnull[i] = state->columns[i].nulls[row];
	}
	return ExecStoreVirtualTuple(slot);
}

/* Rows of other tables are fetched again, never these: they are kept as a whole where that may be. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
exec_stream(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
end_stream(CustomScanState *node)
{
	stop((SydraQueryState *) node);
}

static void
rescan_stream(CustomScanState *node)
{
	SydraQueryState *state = (SydraQueryState *) node;

	stop(state);
	state->started = false;
	ExecScanReScan(&node->ss);
}

static void
explain_plan(char *plan, ExplainState *explain)
{
	if (explain->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyText("sydraQL Plan", plan, explain);
		return;
	}
	appendStringInfoSpaces(explain->str, explain->indent * 2);
	appendStringInfoString(explain->str, "sydraQL Plan:\n");
	for (char *line = strtok(plan, "\n"); line != NULL; line = strtok(NULL, "\n"))
	{
		appendStringInfoSpaces(explain->str, explain->indent * 2 + 2);
		appendStringInfo(explain->str, "%s\n", line);
	}
}

/* Parameters that are not known yet may change the plan: then it is the text alone. */
static void
explain_stream(CustomScanState *node, List *ancestors, ExplainState *explain)
{
	SydraQueryState *state = (SydraQueryState *) node;
	const CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	const Const *parameters = lsecond(linitial_node(FuncExpr, plan->custom_exprs)->args);

	ExplainPropertyText("sydraQL", state->source, explain);
	if (IsA(parameters, Const) && !parameters->constisnull)
		explain_plan(sydra_query_explain(state->source, DatumGetJsonbP(parameters->constvalue),
										 state->wanted, state->user),
					 explain);
}

void
sydra_api_stream_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = offer_stream;
}
