/*
 * api_typed.c
 *	  sydraql('...') in FROM has the columns of its query, with no column list.
 *
 * FROM, * and names are resolved before any hook runs, so the columns must be right in the first
 * analysis.  The steps, in the order in which they happen:
 *
 *	  1  The literal is read by sydra.query_in() while the statement is analysed.  It describes the
 *		 query and lends its columns to the type cache's entry of sydra.result, the type that
 *		 sydraql() returns.
 *	  2  The parser reads that entry at once and makes the range table entry.
 *	  3  When the statement is analysed the entry is taken back, and the call is turned into
 *		 sydraql_to_recordset() with a column list.  That is what views store, what pg_dump
 *		 writes and what runs; so nothing that outlives the analysis depends on the trick.
 *
 * Where no hook runs after the analysis (rules, policies, BEGIN ATOMIC) the call is refused.  The
 * columns lent are taken back at the end of any analysis, utility statement, transaction and
 * subtransaction, around any planning and before any execution.
 *
 * A call whose text is not constant has no literal that would set its own columns right again, so
 * it may not stand in a statement that lends.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "api/api_query.h"
#include "api/api_typed.h"
#include "base/compat.h"
#include "base/object_id.h"
#include "base/sql_function.h"

/* The extension's objects, found through the extension itself and never through search_path. */
typedef struct Names
{
	bool		known;			/* false: look again */
	Oid			call;			/* sydraql(sydra.query, jsonb); invalid when there is none */
	Oid			recordset;		/* sydraql_to_recordset(text, jsonb) */
	Oid			result_type;
} Names;

/*
 * Columns lent to the type cache.  The cache holds one reference on its descriptor and we one on
 * each of the two, because an invalidation may make the cache drop what it has at any time.
 */
typedef struct Loan
{
	TypeCacheEntry *entry;
	TupleDesc	lent;			/* NULL: nothing is lent */
	TupleDesc	own;			/* what the entry had */
} Loan;

typedef struct Conversion
{
	const Names *names;
	bool		lent;			/* a literal has lent its columns during the analysis */
	List	   *in_from;		/* calls that stand where they may */
} Conversion;

static Names names;
static uint64 names_generation; /* grows when a type or function of the database changes */
static Loan loan;

static post_parse_analyze_hook_type previous_post_parse_analyze;
static object_access_hook_type previous_object_access;
static planner_hook_type previous_planner;
static ExecutorStart_hook_type previous_executor_start;
static ProcessUtility_hook_type previous_utility;

SYDRA_FUNCTION(sydra_query_in);

static void lend_columns(Oid result_type, const char *source);
static void take_back(void);
static void drop_reference(TupleDesc columns);
static bool is_analysing(void);
static const Names *find_names(void);
static void find_functions(Oid schema, Names *found);
static Oid	find_extension_schema(void);
static void forget_names(Datum argument, int cache, uint32 hash);
static void finish_analysis(ParseState *pstate, Query *query, JumbleState *jumble);
static Query *find_query(Query *query, IntoClause **into);
static bool convert_node(Node *node, void *argument);
static void convert_query(Query *query, Conversion *conversion);
static void convert_function_entry(RangeTblEntry *entry, Conversion *conversion);
static void convert_call(RangeTblFunction *function, const char *source, const Names *found);
static void replace_type(List *types, const Names *found);
static const char *constant_text(FuncExpr *call);
static void add_tables(Query *query, Index call, const char *source);
static void watch_objects(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id,
						  void *argument);
static PlannedStmt *plan_statement(Query *parse, const char *text, int options,
								   ParamListInfo parameters);
static void start_execution(QueryDesc *query, int flags);
static void run_utility(PlannedStmt *statement, const char *text, bool read_only,
						ProcessUtilityContext context, ParamListInfo parameters,
						QueryEnvironment *environment, DestReceiver *receiver,
						QueryCompletion *completion);
static void end_transaction(XactEvent event, void *argument);
static void end_subtransaction(SubXactEvent event, SubTransactionId self, SubTransactionId parent,
							   void *argument);

void
sydra_api_typed_init(void)
{
	previous_post_parse_analyze = post_parse_analyze_hook;
	post_parse_analyze_hook = finish_analysis;
	previous_object_access = object_access_hook;
	object_access_hook = watch_objects;
	previous_planner = planner_hook;
	planner_hook = plan_statement;
	previous_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = start_execution;
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = run_utility;
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	CacheRegisterSyscacheCallback(PROCOID, forget_names, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, forget_names, (Datum) 0);
}

/*
 * sydra.query is text.  Read by the parser it also tells the parser what sydraql() returns.
 */
Datum
sydra_query_in(PG_FUNCTION_ARGS)
{
	char	   *source = PG_GETARG_CSTRING(0);

	if (is_analysing())
	{
		ErrorContextCallback *parser = error_context_stack;
		const Names *found = find_names();

		/* The parser's own callback would hide the place in the sydraQL text by that of the literal. */
		error_context_stack = parser->previous;
		if (OidIsValid(found->call))
			lend_columns(found->result_type, source);
		error_context_stack = parser;
	}
	PG_RETURN_TEXT_P(cstring_to_text(source));
}

/*
 * Whether the value is a literal that the parser is just reading: the innermost error context is
 * then the parser's own, which is known only by what it looks like when the parser sets it up.
 */
static bool
is_analysing(void)
{
	ParseCallbackState state;
	ParseState *pstate;
	bool		result;

	if (error_context_stack == NULL)
		return false;
	pstate = make_parsestate(NULL);
	setup_parser_errposition_callback(&state, pstate, 0);
	cancel_parser_errposition_callback(&state);
	result = error_context_stack->callback == state.errcallback.callback;
	free_parsestate(pstate);
	return result;
}

static void
lend_columns(Oid result_type, const char *source)
{
	TupleDesc	columns = sydra_query_describe(source);
	MemoryContext previous;
	TupleDesc	lent;

	take_back();
	previous = MemoryContextSwitchTo(CacheMemoryContext);
	lent = CreateTupleDescCopy(columns);
	MemoryContextSwitchTo(previous);
	lent->tdtypeid = result_type;
	lent->tdtypmod = -1;

	loan.entry = lookup_type_cache(result_type, TYPECACHE_TUPDESC);
	loan.own = loan.entry->tupDesc;
	lent->tdrefcount = 2;		/* the cache's and ours; its reference on own becomes ours */
	loan.lent = lent;
	loan.entry->tupDesc = lent;
}

/* Touches no catalog: it also runs while a transaction aborts. */
static void
take_back(void)
{
	if (loan.lent == NULL)
		return;
	if (loan.entry->tupDesc == loan.lent)
	{
		loan.entry->tupDesc = loan.own;
		drop_reference(loan.lent);
	}
	else
		drop_reference(loan.own);
	drop_reference(loan.lent);
	loan.lent = NULL;
}

static void
drop_reference(TupleDesc columns)
{
	Assert(columns->tdrefcount > 0);
	if (--columns->tdrefcount == 0)
		FreeTupleDesc(columns);
}

static const Names *
find_names(void)
{
	uint64		generation = names_generation;
	Names		found = {0};
	Oid			schema;

	if (names.known)
		return &names;
	schema = find_extension_schema();
	if (OidIsValid(schema))
		find_functions(schema, &found);
	found.known = generation == names_generation;
	names = found;
	return &names;
}

Oid
sydra_api_typed_recordset(void)
{
	return find_names()->recordset;
}

/* There is one sydraql() in the schema, and its types are found through it. */
static void
find_functions(Oid schema, Names *found)
{
	Oid			recordset_types[] = {TEXTOID, JSONBOID};
	Oid		   *argument_types;
	int			argument_count;
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum("sydraql"));

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronamespace == schema)
			found->call = proc->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(found->call))
		return;
	found->result_type = get_func_signature(found->call, &argument_types, &argument_count);
	found->recordset = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
									   CStringGetDatum("sydraql_to_recordset"),
									   PointerGetDatum(buildoidvector(recordset_types, 2)),
									   ObjectIdGetDatum(schema));
}

/* The schema that the user installed into, or InvalidOid. */
static Oid
find_extension_schema(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("sydraql"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

static void
forget_names(Datum argument, int cache, uint32 hash)
{
	names.known = false;
	names_generation++;
}

static void
finish_analysis(ParseState *pstate, Query *query, JumbleState *jumble)
{
	IntoClause *into = NULL;
	Query	   *target = find_query(query, &into);
	bool		lent = loan.lent != NULL;

	take_back();

	/* A utility statement may run without a transaction that could read the catalogs. */
	if (target != NULL && target->commandType != CMD_UTILITY)
	{
		Conversion	conversion = {.names = find_names(), .lent = lent};

		if (OidIsValid(conversion.names->call))
		{
			convert_node((Node *) target, &conversion);
			if (into != NULL && into->viewQuery != NULL)
				into->viewQuery = (void *) copyObject(target);	/* Node * before 18 */
		}
	}
	if (previous_post_parse_analyze)
		previous_post_parse_analyze(pstate, query, jumble);
}

/* The query inside CREATE TABLE AS, EXPLAIN and DECLARE. */
static Query *
find_query(Query *query, IntoClause **into)
{
	while (query != NULL && query->commandType == CMD_UTILITY)
	{
		Node	   *statement = query->utilityStmt;
		Node	   *inner = NULL;

		if (statement != NULL && IsA(statement, CreateTableAsStmt))
		{
			*into = ((CreateTableAsStmt *) statement)->into;
			inner = ((CreateTableAsStmt *) statement)->query;
		}
		else if (statement != NULL && IsA(statement, ExplainStmt))
			inner = ((ExplainStmt *) statement)->query;
		else if (statement != NULL && IsA(statement, DeclareCursorStmt))
			inner = ((DeclareCursorStmt *) statement)->query;
		query = inner != NULL && IsA(inner, Query) ? (Query *) inner : NULL;
	}
	return query;
}

static bool
convert_node(Node *node, void *argument)
{
	Conversion *conversion = argument;
	const Names *found = conversion->names;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		convert_query((Query *) node, conversion);
		return query_tree_walker((Query *) node, convert_node, conversion, 0);
	}
	if (IsA(node, Var) && ((Var *) node)->vartype == found->result_type)
		((Var *) node)->vartype = RECORDOID;
	if (IsA(node, SetOperationStmt))
		replace_type(((SetOperationStmt *) node)->colTypes, found);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == found->call &&
		!list_member_ptr(conversion->in_from, node))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("sydraql() cannot stand outside FROM"),
				errhint("Write SELECT ... FROM sydraql(...), or use sydraql_to_json()."));
	return expression_tree_walker(node, convert_node, conversion);
}

static void
convert_query(Query *query, Conversion *conversion)
{
	int			count = list_length(query->rtable);
	ListCell   *cell;

	/* Entries that are added on the way are none of ours. */
	for (int i = 0; i < count; i++)
	{
		RangeTblEntry *entry = list_nth_node(RangeTblEntry, query->rtable, i);
		ListCell   *function;

		replace_type(entry->coltypes, conversion->names);
		if (entry->rtekind != RTE_FUNCTION)
			continue;
		convert_function_entry(entry, conversion);
		foreach(function, entry->functions)
		{
			FuncExpr   *call = (FuncExpr *) lfirst_node(RangeTblFunction, function)->funcexpr;

			if (IsA(call, FuncExpr) && call->funcid == conversion->names->recordset &&
				constant_text(call) != NULL)
				add_tables(query, i + 1, constant_text(call));
		}
	}
	foreach(cell, query->cteList)
		replace_type(lfirst_node(CommonTableExpr, cell)->ctecoltypes, conversion->names);
}

static void
convert_function_entry(RangeTblEntry *entry, Conversion *conversion)
{
	const Names *found = conversion->names;
	int			converted = 0;
	ListCell   *cell;

	foreach(cell, entry->functions)
	{
		RangeTblFunction *function = lfirst_node(RangeTblFunction, cell);
		FuncExpr   *call = (FuncExpr *) function->funcexpr;

		if (!IsA(call, FuncExpr) || call->funcid != found->call)
			continue;
		conversion->in_from = lappend(conversion->in_from, call);
		if (constant_text(call) == NULL)
		{
			if (conversion->lent)
				ereport(ERROR,
						errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("sydraql() with a text that is not constant cannot stand beside "
							   "a constant one"),
						errhint("Use sydraql_to_json() for it."));
			continue;
		}
		if (converted++ > 0)
			ereport(ERROR,
					errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("sydraql() cannot stand twice in one ROWS FROM"),
					errhint("Use sydraql_to_recordset(...) AS (...) there, with column lists."));
		convert_call(function, constant_text(call), found);
	}
}

/* sydraql('...') becomes sydraql_to_recordset('...') AS (...). */
static void
convert_call(RangeTblFunction *function, const char *source, const Names *found)
{
	FuncExpr   *call = (FuncExpr *) function->funcexpr;
	Const	   *literal = linitial_node(Const, call->args);
	TupleDesc	columns = sydra_query_describe(source);

	if (columns->natts != function->funccolcount)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("sydraql() cannot stand beside another sydra.query literal"),
				errhint("Use sydraql_to_recordset(...) AS (...) there."));
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		function->funccolnames = lappend(function->funccolnames,
										 makeString(pstrdup(NameStr(column->attname))));
		function->funccoltypes = lappend_oid(function->funccoltypes, column->atttypid);
		function->funccoltypmods = lappend_int(function->funccoltypmods, column->atttypmod);
		function->funccolcollations = lappend_oid(function->funccolcollations,
												  column->attcollation);
	}
	literal->consttype = TEXTOID;
	literal->constcollid = DEFAULT_COLLATION_OID;
	call->funcid = found->recordset;
	call->funcresulttype = RECORDOID;
	call->inputcollid = DEFAULT_COLLATION_OID;
}

/* Columns that hold whole rows. */
static void
replace_type(List *types, const Names *found)
{
	ListCell   *cell;

	foreach(cell, types)
	{
		if (lfirst_oid(cell) == found->result_type)
			lfirst_oid(cell) = RECORDOID;
	}
}

/* The query text of a call, or NULL when it is not known before the statement runs. */
static const char *
constant_text(FuncExpr *call)
{
	Const	   *literal = (Const *) linitial(call->args);

	if (!IsA(literal, Const) || literal->constisnull)
		return NULL;
	return TextDatumGetCString(literal->constvalue);
}

/*
 * The metric's table stands in the range table too, referenced by nothing: so a view depends on it,
 * and plans are locked and forgotten with it.  No privilege is asked for there: the call itself
 * checks them, with the columns that the query uses.
 */
static void
add_tables(Query *query, Index call, const char *source)
{
	ParseState *pstate = make_parsestate(NULL);
	List	   *tables = sydra_query_tables(source);
	ListCell   *cell;

	/* Something has to tell the call's owner. */
	if (tables == NIL)
		tables = list_make1_oid(sydra_object_catalog("storage"));
	foreach(cell, tables)
	{
		Relation	rel = try_table_open(lfirst_oid(cell), AccessShareLock);
		RangeTblEntry *entry;

		if (rel == NULL)
			continue;
		entry = addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false,
											  false)->p_rte;
		sydra_compat_append_unasked(query, entry, call);
		table_close(rel, NoLock);
	}
	free_parsestate(pstate);
}

static void
watch_objects(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *argument)
{
	if (previous_object_access)
		previous_object_access(access, class_id, object_id, sub_id, argument);
	if (loan.lent == NULL || (access != OAT_POST_CREATE && access != OAT_POST_ALTER))
		return;
	if (class_id == ProcedureRelationId || class_id == RewriteRelationId ||
		class_id == PolicyRelationId)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("sydraql() cannot be used in a rule, a policy or a BEGIN ATOMIC body"),
				errhint("Use sydraql_to_recordset(...) AS t(...) there."));
}

/*
 * Arguments of EXECUTE are analysed before it plans, and planning may analyse the body of an SQL
 * function, both without a hook at the end.
 */
static PlannedStmt *
plan_statement(Query *parse, const char *text, int options, ParamListInfo parameters)
{
	PlannedStmt *plan;

	take_back();
	if (previous_planner)
		plan = previous_planner(parse, text, options, parameters);
	else
		plan = standard_planner(parse, text, options, parameters);
	take_back();
	return plan;
}

static void
start_execution(QueryDesc *query, int flags)
{
	take_back();
	if (previous_executor_start)
		previous_executor_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

/* Utility statements analyse expressions, such as defaults, by themselves. */
static void
run_utility(PlannedStmt *statement, const char *text, bool read_only,
			ProcessUtilityContext context, ParamListInfo parameters,
			QueryEnvironment *environment, DestReceiver *receiver, QueryCompletion *completion)
{
	if (previous_utility)
		previous_utility(statement, text, read_only, context, parameters, environment, receiver,
						 completion);
	else
		standard_ProcessUtility(statement, text, read_only, context, parameters, environment,
								receiver, completion);
	take_back();
}

static void
end_transaction(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		take_back();
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId self, SubTransactionId parent,
				   void *argument)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		take_back();
}
