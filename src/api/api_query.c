/*
 * api_query.c
 *	  sydraQL from text to rows: parse, analyse, check privileges, plan, run.
 *
 * The rows are those of the statement's snapshot.  PostgreSQL materialises what a function in FROM
 * gives; a SELECT with constant text is no function any more when it runs, but api_stream.c's scan.
 *
 * Privileges are those of the calling user, or inside a view those of its owner: PostgreSQL notes
 * at a view's range table entries, functions included, as whom they are to be checked.  That holds
 * for a constant query text only, as nothing but it is the owner's own.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "analyze/by_id.h"
#include "analyze/constant.h"
#include "analyze/query.h"
#include "api/api_delete.h"
#include "api/api_diagnostic.h"
#include "api/api_insert.h"
#include "api/api_metric.h"
#include "api/api_query.h"
#include "api/api_result.h"
#include "api/api_show.h"
#include "api/api_stats.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/object_id.h"
#include "base/setting.h"
#include "base/sql_function.h"
#include "engine/engine.h"
#include "lang/parser.h"
#include "optimize/optimize.h"
#include "optimize/rule.h"
#include "plan/explain.h"
#include "plan/plan_build.h"

SYDRA_FUNCTION(sydra_to_recordset);
SYDRA_FUNCTION(sydra_to_json);
SYDRA_FUNCTION(sydra_describe);
SYDRA_FUNCTION(sydra_explain);

static SydraQuery *analyze_query(const char *source, Jsonb *parameters, SydraStats *stats);
static void refuse_on_standby(const SydraStatement *statement, const char *source);
static TupleDesc describe_result(const SydraQuery *query);
static SydraResult *begin_result(FunctionCallInfo fcinfo);
static bool is_reading(const SydraQuery *query);
static void run_query(const SydraQuery *query, SydraResult *result, SydraStats *stats);
static void open_selection(SydraSelection *selection, const SydraQuery *query, SydraPlan *plan,
						   Snapshot snapshot);
static void run_plan(const SydraQuery *query, SydraPlan *plan, SydraResult *result,
					 SydraStats *stats);
static void refuse_to_write(const char *what);
static void run_insert(const SydraInsertion *insertion, SydraStats *stats);
static SydraPlan *plan_delete(const SydraQuery *query);
static void run_delete(const SydraQuery *query, SydraPlan *plan, SydraStats *stats);
static void explain_query(const SydraQuery *query, SydraResult *result, SydraStats *stats);
static SydraPlan *plan_select(const SydraQuery *query);
static Oid	find_user(FunctionCallInfo fcinfo);
static const FunctionScan *find_scan(const Plan *plan, const Node *call);
static const FunctionScan *find_scan_in(List *plans, const Node *call);
static void check_privileges(const SydraQuery *query);
static void check_column_list(TupleDesc expected, TupleDesc columns);
static void add_tables_of(const SydraSelect *select, List **tables);
static void add_table_of(const SydraSource *source, List **tables);
static void add_series(const SydraSeries *series, List **tables);
static Oid	find_series(const SydraSeries *series);

TupleDesc
sydra_query_describe(const char *source)
{
	SydraStats	stats = {0};

	return describe_result(analyze_query(source, NULL, &stats));
}

static SydraQuery *
analyze_query(const char *source, Jsonb *parameters, SydraStats *stats)
{
	SydraStatement *statement = sydra_parse(source, strlen(source));
	SydraQuery *query;

	sydra_stats_stage(stats, &stats->stages.parse_ms);
	if (RecoveryInProgress())
		refuse_on_standby(statement, source);
	query = sydra_analyze(statement, source, parameters);
	sydra_stats_stage(stats, &stats->stages.validate_ms);
	return query;
}

/* Before analysis, which would ask for a lock that cannot be had there. */
static void
refuse_on_standby(const SydraStatement *statement, const char *source)
{
	while (statement->kind == SYDRA_STATEMENT_EXPLAIN)
		statement = statement->explain->statement;
	if (statement->kind == SYDRA_STATEMENT_INSERT || statement->kind == SYDRA_STATEMENT_DELETE)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_READ_ONLY),
				SYDRA_ERRMSG(SYDRA_ERR_READ_ONLY, "%s cannot run during recovery",
							 statement->kind == SYDRA_STATEMENT_INSERT ? "INSERT" : "DELETE"),
				sydra_errposition(SYDRA_ERR_READ_ONLY, source, statement->span.start));
}

static TupleDesc
describe_result(const SydraQuery *query)
{
	TupleDesc	columns;

	if (query->explain)
	{
		columns = CreateTemplateTupleDesc(1);
		TupleDescInitEntry(columns, 1, "plan",
						   query->explain_format == SYDRA_EXPLAIN_JSON ? JSONOID : TEXTOID, -1, 0);
		return columns;
	}
	columns = CreateTemplateTupleDesc(query->column_count);
	for (int i = 0; i < query->column_count; i++)
		TupleDescInitEntry(columns, i + 1, query->columns[i].name, query->columns[i].typid, -1, 0);
	return columns;
}

/* sydraql_to_recordset(query text, parameters jsonb) RETURNS SETOF record */
Datum
sydra_to_recordset(PG_FUNCTION_ARGS)
{
	SydraResult *result = begin_result(fcinfo);
	SydraQuery *query;
	TupleDesc	expected = ((ReturnSetInfo *) fcinfo->resultinfo)->expectedDesc;
	SydraStats	stats;
	Oid			caller;
	int			security;

	sydra_stats_begin(&stats);
	GetUserIdAndSecContext(&caller, &security);
	SetUserIdAndSecContext(find_user(fcinfo), security | SECURITY_LOCAL_USERID_CHANGE);
	query = analyze_query(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_JSONB_P(1), &stats);
	check_privileges(query);

	/* What is written is written as that user; policies may ask who calls. */
	if (is_reading(query))
		SetUserIdAndSecContext(caller, security);
	sydra_result_set_columns(result, describe_result(query));
	if (expected != NULL)
		check_column_list(expected, sydra_result_columns(result));
	run_query(query, result, &stats);
	SetUserIdAndSecContext(caller, security);
	sydra_result_end(result);
	sydra_stats_end(&stats);
	return (Datum) 0;
}

/*
 * sydraql_to_json(query text, parameters jsonb) RETURNS SETOF jsonb, and
 * sydraql(query sydra.query, parameters jsonb) with a text that is no constant
 */
Datum
sydra_to_json(PG_FUNCTION_ARGS)
{
	SydraResult *result = begin_result(fcinfo);
	SydraQuery *query;
	SydraStats	stats;

	sydra_stats_begin(&stats);
	query = analyze_query(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_JSONB_P(1), &stats);
	check_privileges(query);
	sydra_result_set_columns(result, describe_result(query));
	sydra_result_as_json(result);
	run_query(query, result, &stats);
	sydra_result_end(result);
	sydra_stats_end(&stats);
	return (Datum) 0;
}

/* sydraql_describe(query text) RETURNS TABLE ("position" integer, name text, type regtype) */
Datum
sydra_describe(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc	columns;

	InitMaterializedSRF(fcinfo, 0);
	columns = sydra_query_describe(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		Datum		values[] = {
			Int32GetDatum(i + 1),
			CStringGetTextDatum(NameStr(column->attname)),
			ObjectIdGetDatum(column->atttypid)
		};
		bool		nulls[3] = {false};

		tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * sydraql_explain(query text, parameters jsonb) RETURNS TABLE (plan text), of the query or of the
 * EXPLAIN that the text is
 */
Datum
sydra_explain(PG_FUNCTION_ARGS)
{
	SydraResult *result = begin_result(fcinfo);
	TupleDesc	columns = CreateTemplateTupleDesc(1);
	const char *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SydraQuery *query;
	SydraStats	stats;

	sydra_stats_begin(&stats);
	query = analyze_query(source, PG_GETARG_JSONB_P(1), &stats);
	if (query->show != NULL)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
				SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED, "SHOW has no plan"),
				sydra_errposition(SYDRA_ERR_NOT_SUPPORTED, source, query->statement_offset),
				errhint("SELECT, INSERT and DELETE have one."));
	check_privileges(query);
	query->explain = true;
	TupleDescInitEntry(columns, 1, "plan", TEXTOID, -1, 0);
	sydra_result_set_columns(result, columns);
	explain_query(query, result, &stats);
	sydra_result_end(result);
	sydra_stats_end(&stats);
	return (Datum) 0;
}

static SydraResult *
begin_result(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	if (set == NULL || !IsA(set, ReturnSetInfo) || !(set->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("rows of a sydraQL query cannot be taken here"),
				errhint("Call the function in FROM."));
	return sydra_result_begin(set);
}

/* Rows of a table, past which nothing is written or told. */
static bool
is_reading(const SydraQuery *query)
{
	return query->type == SYDRA_QUERY_SELECT ||
		(query->type == SYDRA_QUERY_SHOW && OidIsValid(query->relid));
}

static SydraPlan *
plan_select(const SydraQuery *query)
{
	return sydra_optimize(sydra_plan_build(query), query->source);
}

static void
open_selection(SydraSelection *selection, const SydraQuery *query, SydraPlan *plan,
			   Snapshot snapshot)
{
	sydra_stats_stage(&selection->stats, &selection->stats.stages.plan_ms);
	selection->snapshot = RegisterSnapshot(snapshot);
	selection->execution = sydra_engine_open(plan, selection->snapshot, query->source,
											 query->explain);
	sydra_stats_stage(&selection->stats, &selection->stats.stages.execute_ms);
}

static void
close_selection(SydraSelection *selection)
{
	SydraStats *stats = &selection->stats;
	SydraEngineUse use;

	sydra_stats_resume(stats);
	sydra_engine_close(selection->execution, &use);
	UnregisterSnapshot(selection->snapshot);
	stats->rows = use.rows;
	stats->memory = use.memory;
	sydra_stats_stage(stats, &stats->stages.execute_ms);
}

/* No more rows than that are asked for. */
static void
limit_query(SydraQuery *query, int64 wanted)
{
	if (wanted >= 0 && query->limit_by == NIL)
		query->limit = query->limit < 0 ? wanted : Min(query->limit, wanted);
}

/* As a user, or InvalidOid: the caller. */
static SydraQuery *
analyze_as(const char *source, Jsonb *parameters, Oid user, SydraStats *stats)
{
	SydraQuery *query;
	Oid			caller;
	int			security;

	GetUserIdAndSecContext(&caller, &security);
	SetUserIdAndSecContext(OidIsValid(user) ? user : caller,
						   security | SECURITY_LOCAL_USERID_CHANGE);
	query = analyze_query(source, parameters, stats);
	check_privileges(query);
	SetUserIdAndSecContext(caller, security);
	return query;
}

void
sydra_query_open(SydraSelection *selection, const char *source, Jsonb *parameters, int64 wanted,
				 Oid user, TupleDesc expected, Snapshot snapshot)
{
	SydraQuery *query;

	sydra_stats_begin(&selection->stats);
	query = analyze_as(source, parameters, user, &selection->stats);
	check_column_list(expected, describe_result(query));
	limit_query(query, wanted);
	open_selection(selection, query, plan_select(query), snapshot);
}

bool
sydra_query_next(SydraSelection *selection, SydraBatch **batch)
{
	bool		found;

	sydra_stats_resume(&selection->stats);
	found = sydra_engine_next(selection->execution, batch);
	sydra_stats_stage(&selection->stats, &selection->stats.stages.execute_ms);
	return found;
}

void
sydra_query_close(SydraSelection *selection)
{
	close_selection(selection);
	sydra_stats_end(&selection->stats);
}

char *
sydra_query_explain(const char *source, Jsonb *parameters, int64 wanted, Oid user)
{
	SydraStats	stats = {0};
	SydraQuery *query = analyze_as(source, parameters, user, &stats);
	SydraExplained explained = {.format = SYDRA_EXPLAIN_TEXT};

	limit_query(query, wanted);
	explained.plan = plan_select(query);
	return sydra_explain_write(&explained);
}

static void
run_query(const SydraQuery *query, SydraResult *result, SydraStats *stats)
{
	if (query->explain)
	{
		explain_query(query, result, stats);
		return;
	}
	switch (query->type)
	{
		case SYDRA_QUERY_SELECT:
			run_plan(query, plan_select(query), result, stats);
			return;
		case SYDRA_QUERY_INSERT:
			run_insert(query->insertion, stats);
			sydra_result_add_count(result, stats->rows);
			return;
		case SYDRA_QUERY_DELETE:
			run_delete(query, plan_delete(query), stats);
			sydra_result_add_count(result, stats->rows);
			return;
		case SYDRA_QUERY_SHOW:
			sydra_show_run(query, result, stats);
			sydra_stats_stage(stats, &stats->stages.execute_ms);
			return;
	}
	elog(ERROR, "unknown query type %d", (int) query->type);
}

/* EXPLAIN ANALYZE measures every operator, and the rows go nowhere. */
static void
run_plan(const SydraQuery *query, SydraPlan *plan, SydraResult *result, SydraStats *stats)
{
	SydraSelection selection = {.stats = *stats};
	SydraBatch *batch;

	open_selection(&selection, query, plan, GetActiveSnapshot());
	while (sydra_query_next(&selection, &batch))
	{
		CHECK_FOR_INTERRUPTS();
		if (!query->explain)
			sydra_result_add(result, batch);
	}
	close_selection(&selection);
	*stats = selection.stats;
}

static void
refuse_to_write(const char *what)
{
	if (XactReadOnly)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_READ_ONLY),
				SYDRA_ERRMSG(SYDRA_ERR_READ_ONLY, "cannot %s in a read-only transaction", what),
				errhint("%s", sydra_error_hint(SYDRA_ERR_READ_ONLY)));
}

static void
run_insert(const SydraInsertion *insertion, SydraStats *stats)
{
	SydraMetricName name = {
		.schema = unconstify(char *, insertion->schema),
		.table = unconstify(char *, insertion->table)
	};
	SydraInsertColumn *columns = palloc(insertion->column_count * sizeof(SydraInsertColumn));
	Oid			relid = insertion->relid;

	refuse_to_write("insert");
	sydra_stats_stage(stats, &stats->stages.plan_ms);
	for (int i = 0; i < insertion->column_count; i++)
	{
		columns[i].name = insertion->columns[i].name;
		columns[i].type = insertion->columns[i].type;
		columns[i].values = insertion->columns[i].values;
		columns[i].nulls = insertion->columns[i].nulls;
	}
	SPI_connect();
	if (!OidIsValid(relid))
		relid = sydra_metric_create(&name);
	stats->rows = sydra_insert_rows(relid, columns, insertion->column_count,
									insertion->row_count);
	SPI_finish();
	sydra_stats_stage(stats, &stats->stages.execute_ms);
}

/* A comparison with null, which is true of no row, nor is its opposite. */
static bool
is_never_true(const SydraTerm *term)
{
	ListCell   *cell;

	if (term->type == SYDRA_TERM_CONST)
		return term->value.isnull || !term->value.boolean;
	if (sydra_constant_calls(term, "not"))
	{
		const SydraTerm *negated = linitial(term->arguments);

		return negated->type != SYDRA_TERM_CONST && is_never_true(negated);
	}
	if (!sydra_constant_calls(term, "=") && !sydra_constant_calls(term, "!=") &&
		!sydra_constant_calls(term, "<") && !sydra_constant_calls(term, "<=") &&
		!sydra_constant_calls(term, ">") && !sydra_constant_calls(term, ">=") &&
		!sydra_constant_calls(term, "like") && !sydra_constant_calls(term, "=~"))
		return false;
	foreach(cell, term->arguments)
	{
		const SydraTerm *argument = lfirst(cell);

		if (argument->type == SYDRA_TERM_CONST && argument->value.isnull)
			return true;
	}
	return false;
}

/*
 * The scan for the rows of a DELETE.  A condition that is left over is one that the scan cannot
 * have; NULL: it holds for no row.
 */
static SydraPlan *
plan_delete(const SydraQuery *query)
{
	SydraPlan  *plan = sydra_optimize_deletion(sydra_plan_build_rows(query), query->source);
	bool		never = false;

	for (; plan->type == SYDRA_PLAN_FILTER; plan = plan->input)
	{
		ListCell   *cell;

		foreach(cell, sydra_rule_split(((SydraPlanFilter *) plan)->condition))
		{
			const SydraTerm *left = lfirst(cell);

			if (is_never_true(left))
				never = true;
			else if (left->type != SYDRA_TERM_CONST)
				ereport(ERROR,
						sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
						SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED,
									 "DELETE takes comparisons of tags with constants alone"),
						sydra_errposition(SYDRA_ERR_NOT_SUPPORTED, query->source, left->offset),
						errhint("Use SQL's DELETE on the metric's table."));
		}
	}
	return never ? NULL : plan;
}

static void
run_delete(const SydraQuery *query, SydraPlan *plan, SydraStats *stats)
{
	SydraPlanScan none = {
		.relid = query->relid,.metric = query->metric,.table = query->table
	};

	refuse_to_write("delete");
	sydra_stats_stage(stats, &stats->stages.plan_ms);
	SPI_connect();
	stats->rows = sydra_delete_rows(plan ? (SydraPlanScan *) plan : &none);
	SPI_finish();
	sydra_stats_stage(stats, &stats->stages.execute_ms);
}

/* What is explained has been planned, and with ANALYZE run. */
static void
explain_plan(const SydraQuery *query, SydraExplained *explained, SydraStats *stats)
{
	SydraPlan  *plan = NULL;

	if (query->type == SYDRA_QUERY_SELECT)
		plan = plan_select(query);
	else if (query->type == SYDRA_QUERY_DELETE)
	{
		plan = plan_delete(query);
		explained->deleted_from = query->metric;
	}
	explained->plan = plan;
	explained->insertion = query->insertion;
	if (!query->explain_runs)
		sydra_stats_stage(stats, &stats->stages.plan_ms);
	else if (query->type == SYDRA_QUERY_SELECT)
		run_plan(query, plan, NULL, stats);
	else if (query->type == SYDRA_QUERY_DELETE)
		run_delete(query, plan, stats);
	else
		run_insert(query->insertion, stats);
}

static void
explain_query(const SydraQuery *query, SydraResult *result, SydraStats *stats)
{
	SydraExplained explained = {.format = query->explain_format};
	SydraPlanActual actual = {0};
	char	   *text;

	explain_plan(query, &explained, stats);
	if (query->explain_runs)
	{
		explained.stages = &stats->stages;
		explained.actual = &actual;
		actual.rows = stats->rows;
		actual.ms = stats->stages.execute_ms;
		actual.reads = query->type == SYDRA_QUERY_DELETE;
		actual.read = stats->read;
	}
	text = sydra_explain_write(&explained);
	if (query->explain_format == SYDRA_EXPLAIN_JSON)
	{
		sydra_result_add_text(result, text);
		return;
	}
	for (char *line = text; line != NULL;)
	{
		char	   *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		sydra_result_add_text(result, line);
		line = end ? end + 1 : NULL;
	}
}

/* As whom the call is checked: see the file's head. */
static Oid
find_user(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	Node	   *call = fcinfo->flinfo->fn_expr;
	EState	   *state = set->econtext ? set->econtext->ecxt_estate : NULL;
	const FunctionScan *scan;
	Oid			user;

	if (call == NULL || !IsA(call, FuncExpr) || state == NULL || state->es_plannedstmt == NULL ||
		!IsA(linitial(((FuncExpr *) call)->args), Const))
		return GetUserId();
	scan = find_scan(state->es_plannedstmt->planTree, call);
	if (scan == NULL)
		scan = find_scan_in(state->es_plannedstmt->subplans, call);
	if (scan == NULL)
		return GetUserId();
	user = sydra_compat_check_as_user(state->es_plannedstmt, scan->scan.scanrelid);
	return OidIsValid(user) ? user : GetUserId();
}

static const FunctionScan *
find_scan(const Plan *plan, const Node *call)
{
	const FunctionScan *found = NULL;

	if (plan == NULL)
		return NULL;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_FunctionScan:
			{
				ListCell   *cell;

				foreach(cell, ((const FunctionScan *) plan)->functions)
				{
					if (lfirst_node(RangeTblFunction, cell)->funcexpr == call)
						return (const FunctionScan *) plan;
				}
				break;
			}
		case T_SubqueryScan:
			found = find_scan(((const SubqueryScan *) plan)->subplan, call);
			break;
		case T_Append:
			found = find_scan_in(((const Append *) plan)->appendplans, call);
			break;
		case T_MergeAppend:
			found = find_scan_in(((const MergeAppend *) plan)->mergeplans, call);
			break;
		case T_CustomScan:
			found = find_scan_in(((const CustomScan *) plan)->custom_plans, call);
			break;
		default:
			break;
	}
	if (found == NULL)
		found = find_scan(plan->lefttree, call);
	return found ? found : find_scan(plan->righttree, call);
}

static const FunctionScan *
find_scan_in(List *plans, const Node *call)
{
	const FunctionScan *found = NULL;
	ListCell   *cell;

	foreach(cell, plans)
	{
		if (found == NULL)
			found = find_scan(lfirst(cell), call);
	}
	return found;
}

bool
sydra_query_is_allowed(const SydraQuery *query)
{
	Oid			user = GetUserId();
	Oid			relid = query->relid;
	Bitmapset  *columns = query->columns_used;
	int			column = -1;
	bool		allowed = true;

	if (pg_class_aclcheck(relid, user, ACL_SELECT) == ACLCHECK_OK)
		return true;
	if (bms_is_empty(columns))
		allowed = pg_attribute_aclcheck_all(relid, user, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attnum = column + FirstLowInvalidHeapAttributeNumber;

		if (attnum == InvalidAttrNumber)
			allowed &= pg_attribute_aclcheck_all(relid, user, ACL_SELECT,
												 ACLMASK_ALL) == ACLCHECK_OK;
		else
			allowed &= pg_attribute_aclcheck(relid, attnum, user, ACL_SELECT) == ACLCHECK_OK;
	}
	return allowed;
}

/* What the executor of an INSERT or DELETE would ask of its table, which only its plan is told of. */
static void
check_told_privileges(const SydraQuery *query)
{
	Oid			relid = query->type == SYDRA_QUERY_INSERT ? query->insertion->relid : query->relid;
	AclMode		mode = query->type == SYDRA_QUERY_INSERT ? ACL_INSERT : ACL_DELETE | ACL_SELECT;
	AclResult	result;

	if (!query->explain || query->type == SYDRA_QUERY_SHOW || !OidIsValid(relid))
		return;
	result = pg_class_aclmask(relid, GetUserId(), mode, ACLMASK_ALL) == mode ?
		ACLCHECK_OK : ACLCHECK_NO_PRIV;
	if (result == ACLCHECK_NO_PRIV && mode == ACL_INSERT)
		result = pg_attribute_aclcheck_all(relid, GetUserId(), ACL_INSERT, ACLMASK_ANY);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, get_relkind_objtype(get_rel_relkind(relid)), get_rel_name(relid));
}

/* SELECT on the columns used.  Row security is for the scan; INSERT and DELETE are for their executor. */
static void
check_privileges(const SydraQuery *query)
{
	ListCell   *cell;

	if (!is_reading(query))
	{
		check_told_privileges(query);
		return;
	}
	if (query->subquery != NULL)
		check_privileges(query->subquery);
	foreach(cell, query->joins)
		check_privileges(((const SydraQueryJoin *) lfirst(cell))->right);
	if (OidIsValid(query->relid) && !sydra_query_is_allowed(query))
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(query->relid)),
					   get_rel_name(query->relid));
}

/* "bucket timestamp with time zone, avg double precision": a column list that fits. */
static char *
write_column_list(TupleDesc columns)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		appendStringInfo(&list, "%s%s %s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(column->attname)),
						 format_type_with_typemod(column->atttypid, column->atttypmod));
	}
	return list.data;
}

static void
check_column_list(TupleDesc expected, TupleDesc columns)
{
	bool		fits = expected->natts == columns->natts;

	for (int i = 0; fits && i < columns->natts; i++)
		fits = TupleDescAttr(expected, i)->atttypid == TupleDescAttr(columns, i)->atttypid;
	if (!fits)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_TYPE_MISMATCH),
				SYDRA_ERRMSG(SYDRA_ERR_TYPE_MISMATCH,
							 "the column list does not fit the query"),
				errdetail("The list is (%s).", write_column_list(expected)),
				errhint("Write AS t(%s).", write_column_list(columns)));
}

/* NULL: it does not parse, or is no SELECT. */
static const SydraStatement *
parse_reading(const char *source)
{
	SydraArena	arena = sydra_api_arena();
	SydraDiagnostics diagnostics = {.arena = &arena};
	SydraParserInput input = {
		.source = source,
		.length = strlen(source),
		.arena = &arena,
		.diagnostics = &diagnostics,
		.char_length = sydra_api_char_length()
	};
	SydraStatement *statement;

	if (input.length > sydra_setting_max_query_length)
		return NULL;
	statement = sydra_parser_parse(&input);
	if (statement == NULL || (statement->kind != SYDRA_STATEMENT_SELECT &&
							  statement->kind != SYDRA_STATEMENT_SHOW))
		return NULL;
	return statement;
}

bool
sydra_query_is_select(const char *source)
{
	const SydraStatement *statement = parse_reading(source);

	return statement != NULL && statement->kind == SYDRA_STATEMENT_SELECT;
}

List *
sydra_query_tables(const char *source)
{
	const SydraStatement *statement = parse_reading(source);
	List	   *tables = NIL;

	if (statement != NULL && statement->kind == SYDRA_STATEMENT_SELECT)
		add_tables_of(statement->select, &tables);
	else if (statement != NULL)
		add_series(&statement->show->series, &tables);
	return tables;
}

static void
add_tables_of(const SydraSelect *select, List **tables)
{
	check_stack_depth();
	if (select->from == NULL)
		return;
	add_table_of(select->from, tables);
	for (int i = 0; i < select->join_count; i++)
		add_table_of(&select->joins[i].source, tables);
}

static void
add_table_of(const SydraSource *source, List **tables)
{
	if (source->subquery != NULL)
		add_tables_of(source->subquery, tables);
	else
		add_series(&source->series, tables);
}

/*
 * A SHOW of no metric has one of no parts.  A view with BY_ID is restored before there is a row: so that
 * there is a table then, one of ours stands beside the metric's.
 */
static void
add_series(const SydraSeries *series, List **tables)
{
	Oid			relid = InvalidOid;

	if (series->kind == SYDRA_SERIES_BY_ID)
		*tables = list_append_unique_oid(*tables, sydra_object_catalog("storage"));
	if (series->kind != SYDRA_SERIES_NAME || series->name.part_count > 0)
		relid = find_series(series);
	if (OidIsValid(relid))
		*tables = list_append_unique_oid(*tables, relid);
}

static Oid
find_series(const SydraSeries *series)
{
	SydraMetricName name = {0};
	StringInfoData table;

	switch (series->kind)
	{
		case SYDRA_SERIES_STRING:
			return sydra_metric_split(series->string, &name) == NULL ?
				sydra_metric_find(&name) : InvalidOid;
		case SYDRA_SERIES_NAME:
			initStringInfo(&table);
			for (int i = series->name.part_count > 1 ? 1 : 0; i < series->name.part_count; i++)
				appendStringInfo(&table, "%s%s", table.len > 0 ? "." : "",
								 series->name.parts[i].text);
			if (series->name.part_count > 1)
				name.schema = pstrdup(series->name.parts[0].text);
			name.table = table.data;
			return table.len < NAMEDATALEN ? sydra_metric_find(&name) : InvalidOid;
		case SYDRA_SERIES_BY_ID:
			return sydra_by_id_table(series->id);
	}
	return InvalidOid;
}
