/*
 * row_feed.c
 *	  A table's rows through PostgreSQL's own planner and executor.
 *
 * Where row security holds, which rows there are is for the policies to say, and these are
 * expressions of any kind: with subqueries, functions, settings.  So the rows are asked for with a
 * SELECT of the table's columns, built as a tree, that the rewriter puts the policies into as into
 * any other.  Nothing of the user's but bounds of time, whose operators are leakproof, is asked of
 * a row before the policies are.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/stratnum.h"
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

	/* For the xids of sealed rows. */
	ItemPointerData tid;		/* of the last row */
	TransactionId xmin;
	SydraStore	store;
	SydraSegment segment;		/* that is open */
	SydraSegmentReader *reader; /* NULL: none is */
	int			vector;			/* whose xids are read; -1: none */
	SydraVectorInfo info;
	SydraVector xids;
};

static Query *build_query(SydraRowFeed *feed, const SydraReader *reader, int64 time_min,
						  int64 time_max, bool addresses);
static void choose_columns(SydraRowFeed *feed, const AttrNumber *wanted, int wanted_count);

static bool
wants_xids(const AttrNumber *wanted, int wanted_count)
{
	for (int i = 0; i < wanted_count; i++)
		if (wanted[i] == SYDRA_CURSOR_WRITE_XID)
			return true;
	return false;
}

SydraRowFeed *
sydra_row_feed_open(Relation rel, const SydraTable *table, Snapshot snapshot,
					const SydraReader *reader, int64 time_min, int64 time_max,
					const AttrNumber *wanted, int wanted_count, bool twice)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra row feed",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraRowFeed *feed = palloc0(sizeof(SydraRowFeed));
	Query	   *query;
	PlannedStmt *plan;

	feed->context = context;
	feed->rel = rel;
	feed->table = table;
	feed->snapshot = snapshot;
	feed->vector = -1;
	choose_columns(feed, wanted, wanted_count);
	query = build_query(feed, reader, time_min, time_max, wants_xids(wanted, wanted_count));
	query = linitial_node(Query, QueryRewrite(query));
	plan = pg_plan_query(query, reader->source, 0, NULL);
	feed->query = CreateQueryDesc(plan, reader->source, snapshot, InvalidSnapshot, None_Receiver,
								  NULL, NULL, 0);
	ExecutorStart(feed->query, 0);
	if (twice)
		feed->kept = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(caller);
	return feed;
}

static void
choose_columns(SydraRowFeed *feed, const AttrNumber *wanted, int wanted_count)
{
	const SydraTable *table = feed->table;

	feed->attnums = palloc(sizeof(AttrNumber) * Max(table->column_count, 1));
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		bool		chosen = column->attnum == table->time_attnum ||
			column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS;

		for (int j = 0; j < wanted_count && !chosen; j++)
			chosen = wanted[j] == column->attnum;
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

static Query *
build_query(SydraRowFeed *feed, const SydraReader *reader, int64 time_min, int64 time_max,
			bool addresses)
{
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query = makeNode(Query);
	ParseNamespaceItem *item = addRangeTableEntryForRelation(pstate, feed->rel, AccessShareLock,
															 NULL, false, true);
	List	   *bounds = NIL;

	addNSItemToQuery(pstate, item, true, false, false);
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->canSetTag = true;
	for (int i = 0; i < feed->column_count; i++)
		add_target(query, make_column_var(feed->rel, feed->attnums[i]));
	if (addresses)
	{
		add_target(query, makeVar(1, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid, 0));
		add_target(query, makeVar(1, MinTransactionIdAttributeNumber, XIDOID, -1, InvalidOid, 0));
	}
	if (time_min != PG_INT64_MIN)
		bounds = lappend(bounds, make_bound(feed, BTGreaterEqualStrategyNumber, time_min));
	if (time_max != PG_INT64_MAX)
		bounds = lappend(bounds, make_bound(feed, BTLessStrategyNumber, time_max));
	sydra_compat_take_tables(query, pstate, reader->user, reader->columns);
	query->jointree = makeFromExpr(pstate->p_joinlist, (Node *) make_ands_explicit(bounds));
	if (bounds == NIL)
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

	if (!sydra_tid_is_segment(&feed->tid))
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
