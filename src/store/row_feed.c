/*
 * row_feed.c
 *	  A table's rows through PostgreSQL's own planner and executor.
 *
 * Where row security holds, which rows there are is for the policies to say, and these are
 * expressions of any kind: with subqueries, functions, settings.  So the rows are asked for with a
 * SELECT of the table's columns, built as a tree, that the rewriter puts the policies into as into
 * any other.  Nothing of the user's but bounds of time, equalities of texts and comparisons of numbers,
 * whose operators are leakproof, is asked of a row before the policies are.
 *
 * Tables that are none of ours are read in the same way: partitions and views are the planner's and
 * the rewriter's business, a foreign table its wrapper's, and whatever indexes there are serve.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "store/cursor.h"
#include "store/directory.h"
#include "store/row_feed.h"
#include "store/segment_reader.h"

struct SydraRowFeed
{
	MemoryContext context;
	Relation	rel;
	const SydraTable *table;
	Snapshot	snapshot;
	QueryDesc  *query;
	Tuplestorestate *kept;		/* the rows so far, or NULL */
	TupleTableSlot *kept_slot;	/* NULL until they are read again */
	int			column_count;	/* of the table among those selected, which come first */
	AttrNumber *attnums;
	uint64		row_count;		/* given so far */

	/* For the xids, and those of sealed rows. */
	bool		xids_known;
	ItemPointerData tid;		/* of the last row */
	TransactionId xmin;
	SydraStore	store;
	SydraSegment segment;		/* that is open */
	SydraSegmentReader *reader; /* NULL: none is */
	int			vector;			/* whose xids are read; -1: none */
	SydraVectorInfo info;
	SydraVector xids;
};

static Query *build_query(SydraRowFeed *feed, const SydraCursorSpec *spec);
static void choose_columns(SydraRowFeed *feed, const SydraCursorSpec *spec);

/* Whether rows tell what wrote them: those of ours, and of a heap without children of other kinds. */
static bool
wants_xids(Relation rel, const SydraCursorSpec *spec)
{
	if (spec->table->plain && (rel->rd_rel->relam != HEAP_TABLE_AM_OID ||
							   rel->rd_rel->relkind != RELKIND_RELATION ||
							   rel->rd_rel->relhassubclass))
		return false;
	for (int i = 0; i < spec->column_count; i++)
		if (spec->columns[i] == SYDRA_CURSOR_WRITE_XID)
			return true;
	return false;
}

SydraRowFeed *
sydra_row_feed_open(Relation rel, Snapshot snapshot, const SydraCursorSpec *spec)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra row feed",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraRowFeed *feed = palloc0(sizeof(SydraRowFeed));
	Query	   *query;
	PlannedStmt *plan;

	feed->context = context;
	feed->rel = rel;
	feed->table = spec->table;
	feed->snapshot = snapshot;
	feed->vector = -1;
	choose_columns(feed, spec);
	query = linitial_node(Query, QueryRewrite(build_query(feed, spec)));
	plan = pg_plan_query(query, spec->reader->source, 0, NULL);
	feed->query = CreateQueryDesc(plan, spec->reader->source, snapshot, InvalidSnapshot,
								  None_Receiver, NULL, NULL, 0);
	ExecutorStart(feed->query, 0);
	if (spec->all_series)
		feed->kept = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(caller);
	return feed;
}

static void
choose_columns(SydraRowFeed *feed, const SydraCursorSpec *spec)
{
	const SydraTable *table = feed->table;

	feed->attnums = palloc(sizeof(AttrNumber) * Max(table->column_count, 1));
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		bool		chosen = column->attnum == table->time_attnum ||
			column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS;

		for (int j = 0; j < spec->column_count && !chosen; j++)
			chosen = spec->columns[j] == column->attnum;
		if (chosen)
			feed->attnums[feed->column_count++] = column->attnum;
	}
}

static void
add_target(Query *query, Var *var)
{
	query->targetList = lappend(query->targetList,
								makeTargetEntry((Expr *) var, list_length(query->targetList) + 1,
												NULL, false));
}

static Var *
make_column_var(Relation rel, AttrNumber attnum)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);

	return makeVar(1, attnum, attribute->atttypid, attribute->atttypmod, attribute->attcollation,
				   0);
}

static Node *
make_bound(const SydraRowFeed *feed, StrategyNumber strategy, int64 time)
{
	Oid			family = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			comparison = get_opfamily_member(family, TIMESTAMPTZOID, TIMESTAMPTZOID, strategy);
	Expr	   *column = (Expr *) make_column_var(feed->rel, feed->table->time_attnum);

	if (exprType((Node *) column) != TIMESTAMPTZOID)
		column = (Expr *) makeRelabelType(column, TIMESTAMPTZOID, -1, InvalidOid,
										  COERCE_IMPLICIT_CAST);
	return (Node *) make_opclause(comparison, BOOLOID, false, column,
								  (Expr *) makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(int64),
													 Int64GetDatum(time), false, true),
								  InvalidOid, InvalidOid);
}

/* Rows without a time are no points. */
static Node *
make_time_test(const SydraRowFeed *feed)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) make_column_var(feed->rel, feed->table->time_attnum);
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return (Node *) test;
}

/* A column that holds text, as an expression of that type, or NULL. */
static Expr *
make_text_column(const SydraRowFeed *feed, const char *key, Oid *collation)
{
	const SydraTableColumn *column = sydra_table_column_by_name(feed->table, key);
	Var		   *var;

	if (column == NULL || (column->basetype != TEXTOID && column->basetype != VARCHAROID))
		return NULL;
	var = make_column_var(feed->rel, column->attnum);
	*collation = column->collation;
	if (column->typid == TEXTOID)
		return (Expr *) var;
	return (Expr *) makeRelabelType((Expr *) var, TEXTOID, -1, column->collation,
									COERCE_IMPLICIT_CAST);
}

static Const *
make_text(SydraBytes bytes)
{
	return makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
					 PointerGetDatum(cstring_to_text_with_len(bytes.data, bytes.length)), false,
					 false);
}

/* The missing tag and '' are one to the language, and two to an index. */
static bool
means_missing(const SydraRowFeed *feed, const SydraTagPredicate *tags)
{
	const SydraTableColumn *column = sydra_table_column_by_name(feed->table, tags->key);

	for (int i = 0; i < tags->value_count && column->role == SYDRA_ROLE_TAG; i++)
		if (tags->values[i].length == 0)
			return true;
	return false;
}

static Node *
make_equality(const SydraRowFeed *feed, const SydraTagPredicate *tags)
{
	Oid			collation;
	Expr	   *column = make_text_column(feed, tags->key, &collation);
	ScalarArrayOpExpr *any;
	ArrayExpr  *array;

	if (column == NULL || means_missing(feed, tags))
		return NULL;
	if (tags->value_count == 1)
		return (Node *) make_opclause(TextEqualOperator, BOOLOID, false, column,
									  (Expr *) make_text(tags->values[0]), InvalidOid, collation);
	array = makeNode(ArrayExpr);
	array->array_typeid = TEXTARRAYOID;
	array->element_typeid = TEXTOID;
	array->location = -1;
	for (int i = 0; i < tags->value_count; i++)
		array->elements = lappend(array->elements, make_text(tags->values[i]));
	any = makeNode(ScalarArrayOpExpr);
	any->opno = TextEqualOperator;
	any->opfuncid = F_TEXTEQ;
	any->useOr = true;
	any->inputcollid = collation;
	any->args = list_make2(column, array);
	any->location = -1;
	return (Node *) any;
}

/*
 * Conditions that every row of the predicate satisfies, and that are equalities of one column: what
 * an index is for.  The predicate is asked again above.
 */
static List *
make_tag_conditions(const SydraRowFeed *feed, const SydraTagPredicate *tags)
{
	List	   *conditions = NIL;
	Node	   *equality;
	ListCell   *cell;

	check_stack_depth();
	if (tags == NULL)
		return NIL;
	if (tags->op == SYDRA_TAG_AND)
	{
		foreach(cell, tags->arguments)
			conditions = list_concat(conditions, make_tag_conditions(feed, lfirst(cell)));
		return conditions;
	}
	if (tags->op != SYDRA_TAG_EQ && tags->op != SYDRA_TAG_IN)
		return NIL;
	equality = make_equality(feed, tags);
	return equality ? list_make1(equality) : NIL;
}

/* A comparison of a number, which the cursor makes again; NULL when its type's index has no such. */
static Node *
make_test(const SydraRowFeed *feed, AttrNumber attnum, const SydraValueTest *test)
{
	const SydraTableColumn *column = sydra_table_column(feed->table, attnum);
	Oid			family = lookup_type_cache(column->basetype, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			comparison = get_opfamily_member(family, column->basetype, test->type,
												 test->strategy);
	Expr	   *number = (Expr *) make_column_var(feed->rel, attnum);
	Datum		value = test->type == INT8OID ? Int64GetDatum(test->integer) :
		Float8GetDatum(test->real);

	if (!OidIsValid(comparison))
		return NULL;
	if (column->typid != column->basetype)
		number = (Expr *) makeRelabelType(number, column->basetype, -1, InvalidOid,
										  COERCE_IMPLICIT_CAST);
	return (Node *) make_opclause(comparison, BOOLOID, false, number,
								  (Expr *) makeConst(test->type, -1, InvalidOid, sizeof(int64),
													 value, false, FLOAT8PASSBYVAL),
								  InvalidOid, InvalidOid);
}

static List *
make_tests(const SydraRowFeed *feed, const SydraCursorSpec *spec)
{
	List	   *conditions = NIL;

	for (int i = 0; i < spec->test_count; i++)
	{
		Node	   *condition = make_test(feed, spec->columns[spec->tests[i].column],
										  &spec->tests[i]);

		if (condition != NULL)
			conditions = lappend(conditions, condition);
	}
	return conditions;
}

static List *
make_conditions(const SydraRowFeed *feed, const SydraCursorSpec *spec)
{
	List	   *conditions = NIL;

	if (feed->table->plain)
		conditions = lappend(conditions, make_time_test(feed));
	if (spec->time_min != PG_INT64_MIN)
		conditions = lappend(conditions,
							 make_bound(feed, BTGreaterEqualStrategyNumber, spec->time_min));
	if (spec->time_max != PG_INT64_MAX)
		conditions = lappend(conditions, make_bound(feed, BTLessStrategyNumber, spec->time_max));
	conditions = list_concat(conditions, make_tag_conditions(feed, spec->tags));
	conditions = list_concat(conditions, make_tag_conditions(feed, spec->texts));
	return list_concat(conditions, make_tests(feed, spec));
}

static Query *
build_query(SydraRowFeed *feed, const SydraCursorSpec *spec)
{
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query = makeNode(Query);
	ParseNamespaceItem *item = addRangeTableEntryForRelation(pstate, feed->rel, AccessShareLock,
															 NULL, feed->table->plain, true);
	List	   *conditions = make_conditions(feed, spec);

	addNSItemToQuery(pstate, item, true, false, false);
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->canSetTag = true;
	for (int i = 0; i < feed->column_count; i++)
		add_target(query, make_column_var(feed->rel, feed->attnums[i]));
	feed->xids_known = wants_xids(feed->rel, spec);
	if (feed->xids_known)
	{
		add_target(query, makeVar(1, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid, 0));
		add_target(query, makeVar(1, MinTransactionIdAttributeNumber, XIDOID, -1, InvalidOid, 0));
	}
	sydra_compat_take_tables(query, pstate, spec->reader->user, spec->reader->columns);
	query->jointree = makeFromExpr(pstate->p_joinlist, (Node *) make_ands_explicit(conditions));
	if (conditions == NIL)
		query->jointree->quals = NULL;
	free_parsestate(pstate);
	return query;
}

static TupleTableSlot *
next_row(SydraRowFeed *feed)
{
	EState	   *estate = feed->query->estate;
	MemoryContext caller;
	TupleTableSlot *row;

	if (feed->kept_slot != NULL)
		return tuplestore_gettupleslot(feed->kept, true, false, feed->kept_slot) ?
			feed->kept_slot : NULL;

	/* Nodes allocate when they are first asked, and keep it. */
	caller = MemoryContextSwitchTo(estate->es_query_cxt);
	ResetPerTupleExprContext(estate);
	row = ExecProcNode(feed->query->planstate);
	if (TupIsNull(row))
		row = NULL;
	else if (feed->kept != NULL)
		tuplestore_puttupleslot(feed->kept, row);
	MemoryContextSwitchTo(caller);
	return row;
}

bool
sydra_row_feed_next(SydraRowFeed *feed, TupleTableSlot *slot)
{
	TupleTableSlot *row;

	ExecClearTuple(slot);
	row = next_row(feed);
	if (row == NULL)
		return false;
	feed->row_count++;
	slot_getallattrs(row);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	for (int i = 0; i < feed->column_count; i++)
	{
		slot->tts_values[feed->attnums[i] - 1] = row->tts_values[i];
		slot->tts_isnull[feed->attnums[i] - 1] = row->tts_isnull[i];
	}
	if (row->tts_tupleDescriptor->natts > feed->column_count)
	{
		feed->tid = *(ItemPointer) DatumGetPointer(row->tts_values[feed->column_count]);
		feed->xmin = DatumGetTransactionId(row->tts_values[feed->column_count + 1]);
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

/* Turns to the segment of a row; rows of one come together. */
static void
open_segment(SydraRowFeed *feed, int32 tidseg)
{
	if (feed->reader != NULL)
		sydra_segment_close(feed->reader);
	feed->reader = NULL;
	feed->vector = -1;
	if (!sydra_store_find(feed->rel, &feed->store) ||
		!sydra_directory_find(feed->store.storage_id, tidseg, feed->snapshot, &feed->segment))
		elog(ERROR, "segment of a row of table \"%s\" is not there",
			 RelationGetRelationName(feed->rel));
	feed->reader = sydra_segment_open(feed->rel, &feed->store, feed->table, &feed->segment);
}

static uint64
read_sealed_xid(SydraRowFeed *feed)
{
	int32		tidseg;
	int			row;
	int			vector;

	sydra_tid_decode(&feed->tid, &tidseg, &row);
	if (feed->reader == NULL || feed->segment.tidseg != tidseg)
		open_segment(feed, tidseg);
	vector = sydra_segment_vector_of(feed->reader, row);
	if (vector != feed->vector)
	{
		sydra_segment_vector_info(feed->reader, vector, &feed->info);
		if (!sydra_segment_read(feed->reader, SYDRA_CURSOR_WRITE_XID, vector, &feed->xids))
			elog(ERROR, "a segment of table \"%s\" has no xids",
				 RelationGetRelationName(feed->rel));
		feed->vector = vector;
	}
	return (uint64) sydra_vector_int64(&feed->xids, row - feed->info.first_row);
}

uint64
sydra_row_feed_xid(SydraRowFeed *feed)
{
	MemoryContext caller;
	uint64		xid;

	if (!feed->xids_known)
		return feed->row_count;
	if (feed->table->plain || !sydra_tid_is_segment(&feed->tid))
		return U64FromFullTransactionId(sydra_store_widen_xid(feed->xmin));
	caller = MemoryContextSwitchTo(feed->context);
	xid = read_sealed_xid(feed);
	MemoryContextSwitchTo(caller);
	return xid;
}

void
sydra_row_feed_rewind(SydraRowFeed *feed)
{
	MemoryContext caller = MemoryContextSwitchTo(feed->context);

	Assert(feed->kept != NULL && feed->kept_slot == NULL);
	feed->kept_slot = MakeSingleTupleTableSlot(feed->query->tupDesc, &TTSOpsMinimalTuple);
	tuplestore_rescan(feed->kept);
	feed->row_count = 0;
	MemoryContextSwitchTo(caller);
}

void
sydra_row_feed_close(SydraRowFeed *feed)
{
	if (feed->kept_slot != NULL)
		ExecDropSingleTupleTableSlot(feed->kept_slot);
	if (feed->kept != NULL)
		tuplestore_end(feed->kept);
	if (feed->reader != NULL)
		sydra_segment_close(feed->reader);
	ExecutorFinish(feed->query);
	ExecutorEnd(feed->query);
	FreeQueryDesc(feed->query);
	MemoryContextDelete(feed->context);
}
