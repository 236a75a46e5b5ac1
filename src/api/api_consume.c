/*
 * api_consume.c
 *	  Rows that have come since a consumer last asked, each once.
 *
 * What is new is told by who wrote it: a row knows the transaction that did, in the head, in a segment
 * and after a merge.  A consumer has a watermark, the number of a transaction, and its rows are those of
 * the transactions from there up to the oldest that a fresh snapshot finds running.  All before that one
 * have ended, prepared ones too, and the snapshot sees what they have committed; a subtransaction has a
 * greater number than the one it is part of, and so is over when its number is passed.  Thus between two
 * watermarks no row is missing, and none comes later.  The new watermark is written in the transaction
 * that is given the rows: they are taken exactly once if they are put to use in it.
 *
 * A transaction that runs long holds everything back that was written after it began.
 *
 * Rows of the head have 32 bits of their transaction's number, the rest is concluded from what is current.
 * Those must not become ambiguous: rows that are half the way to it have to be sealed first.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "base/catalog_row.h"
#include "base/compat.h"
#include "base/object_id.h"
#include "base/sql_function.h"
#include "store/cursor.h"
#include "store/store.h"

SYDRA_FUNCTION(sydra_create_consumer);
SYDRA_FUNCTION(sydra_drop_consumer);
SYDRA_FUNCTION(sydra_consume);

typedef enum ConsumerColumn
{
	CONSUMER_RELID,
	CONSUMER_NAME,
	CONSUMER_WATERMARK,
	CONSUMER_COLUMNS
} ConsumerColumn;

static const char *const consumer_columns[] = {"relid", "name", "watermark"};

typedef struct Consumer
{
	bool		exists;
	ItemPointerData tid;		/* of its row in the catalog */
	Oid			relid;
	uint64		watermark;		/* rows of transactions before it have been given */
	bool		is_done;		/* this command has asked before */
} Consumer;

/* Rows of the head are at most so many transactions old. */
#define HEAD_AGE_MAX (UINT64CONST(1) << 30)

/* A watermark that has fallen behind by so much is stored, rows or none. */
#define STORE_AGE (1 << 20)

/* The catalog -----------------------------------------------------------------------------------*/

static Relation
open_catalog(AttrNumber *attnums)
{
	return sydra_catalog_open("consumer", RowExclusiveLock, consumer_columns, attnums,
							  CONSUMER_COLUMNS);
}

/* As it is now, whatever the transaction's snapshot. */
static Consumer
read_consumer(Relation catalog, const AttrNumber *attnums, text *name)
{
	Consumer	consumer = {0};
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		isnull;

	ScanKeyInit(&key, attnums[CONSUMER_NAME], BTEqualStrategyNumber, F_TEXTEQ,
				PointerGetDatum(name));
	scan = systable_beginscan(catalog, sydra_object_catalog("consumer_pkey"), true, SnapshotSelf,
							  1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Datum		watermark = heap_getattr(tuple, attnums[CONSUMER_WATERMARK], tupdesc, &isnull);

		consumer.exists = true;
		consumer.tid = tuple->t_self;
		consumer.relid = DatumGetObjectId(heap_getattr(tuple, attnums[CONSUMER_RELID], tupdesc,
													   &isnull));
		consumer.watermark = U64FromFullTransactionId(DatumGetFullTransactionId(watermark));
		consumer.is_done =
			TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)) &&
			HeapTupleHeaderGetCmin(tuple->t_data) == GetCurrentCommandId(false);
	}
	systable_endscan(scan);
	return consumer;
}

static void
insert_consumer(Relation catalog, const AttrNumber *attnums, text *name, const Consumer *consumer)
{
	Datum		values[CONSUMER_COLUMNS];

	values[CONSUMER_RELID] = ObjectIdGetDatum(consumer->relid);
	values[CONSUMER_NAME] = PointerGetDatum(name);
	values[CONSUMER_WATERMARK] =
		FullTransactionIdGetDatum(FullTransactionIdFromU64(consumer->watermark));
	(void) sydra_catalog_insert(catalog, attnums, values, NULL, CONSUMER_COLUMNS,
								HEAP_INSERT_NO_LOGICAL);
}

/* NULL when the table is gone: its consumers are left behind until they are collected. */
static Relation
open_table(const Consumer *consumer, LOCKMODE mode)
{
	return consumer->exists ? try_relation_open(consumer->relid, mode) : NULL;
}

static void
check_owner(Oid relid)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/* The consumer of that name, which is locked, and its table; for the table's owner. */
static Relation
open_consumed(Relation catalog, const AttrNumber *attnums, text *name, LOCKMODE mode,
			  Consumer *consumer)
{
	Relation	rel;

	*consumer = read_consumer(catalog, attnums, name);
	rel = open_table(consumer, mode);
	if (rel == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("consumer \"%s\" does not exist", text_to_cstring(name)),
				errhint("sydra.consumer_status lists them; sydra.create_consumer() makes one."));
	check_owner(consumer->relid);
	return rel;
}

/* One transaction at a time has a consumer, or a name for one, until it ends. */
static void
lock_name(text *name)
{
	uint32		hash = DatumGetUInt32(hash_any((unsigned char *) VARDATA_ANY(name),
											   VARSIZE_ANY_EXHDR(name)));

	sydra_store_lock(sydra_object_catalog("consumer"), SYDRA_LOCK_CONSUMER, hash, ExclusiveLock,
					 false);
}

static void
check_table(Relation rel)
{
	if (!sydra_table_is_sydra(rel))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is not a sydra table", RelationGetRelationName(rel)),
				rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ?
				errhint("Make a consumer of each partition.") :
				errhint("Rows of tables made with USING sydra tell which transaction wrote them."));
	if (sydra_table_describe(rel)->has_virtual)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("rows of \"%s\" cannot be consumed, as it has virtual columns",
					   RelationGetRelationName(rel)),
				errhint("Make its generated columns STORED."));
}

/* create_consumer(name text, metric regclass) RETURNS void */
Datum
sydra_create_consumer(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	Consumer	consumer = {.relid = PG_GETARG_OID(1)};
	AttrNumber	attnums[CONSUMER_COLUMNS];
	Relation	rel;
	Relation	catalog;
	Consumer	present;

	PreventCommandIfReadOnly("sydra.create_consumer()");
	lock_name(name);
	rel = relation_open(consumer.relid, AccessShareLock);
	check_owner(consumer.relid);
	check_table(rel);
	catalog = open_catalog(attnums);
	present = read_consumer(catalog, attnums, name);
	if (present.exists)
	{
		Relation	other = open_table(&present, AccessShareLock);

		if (other != NULL)
			ereport(ERROR,
					errcode(ERRCODE_DUPLICATE_OBJECT),
					errmsg("consumer \"%s\" already exists", text_to_cstring(name)));
		sydra_catalog_delete(catalog, &present.tid);
	}
	insert_consumer(catalog, attnums, name, &consumer);
	table_close(catalog, NoLock);
	relation_close(rel, NoLock);
	PG_RETURN_VOID();
}

/* drop_consumer(name text) RETURNS void */
Datum
sydra_drop_consumer(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	AttrNumber	attnums[CONSUMER_COLUMNS];
	Relation	catalog;
	Relation	rel;
	Consumer	consumer;

	PreventCommandIfReadOnly("sydra.drop_consumer()");
	lock_name(name);
	catalog = open_catalog(attnums);
	rel = open_consumed(catalog, attnums, name, AccessShareLock, &consumer);
	sydra_catalog_delete(catalog, &consumer.tid);
	relation_close(rel, NoLock);
	table_close(catalog, NoLock);
	PG_RETURN_VOID();
}

/* Rows ------------------------------------------------------------------------------------------*/

/* What has been written by from <= transaction < to. */
typedef struct Intake
{
	const SydraTable *table;
	uint64		from;
	uint64		to;
	uint64		oldest;			/* rows of the head are of this transaction or later ones */
	int64		rows;
	SydraCursor *cursor;
	MemoryContext batch_context;
	ReturnSetInfo *result;
	Datum	   *values;
	bool	   *nulls;
} Intake;

/* Those of a run have them in common. */
static void
take_tags(Intake *intake, uint32 series)
{
	for (int i = 0; i < intake->table->column_count; i++)
	{
		const SydraTableColumn *column = &intake->table->columns[i];

		if (sydra_table_holds_tags(column))
			sydra_dictionary_datum(sydra_cursor_dictionary(intake->cursor), series, column->attnum,
								   &intake->values[column->attnum - 1],
								   &intake->nulls[column->attnum - 1]);
	}
}

static void
put_row(Intake *intake, const SydraBatch *batch, int row)
{
	const SydraVector *vector = batch->columns + 1;

	for (int i = 0; i < intake->table->column_count; i++)
	{
		const SydraTableColumn *column = &intake->table->columns[i];
		int			place = column->attnum - 1;

		if (sydra_table_holds_tags(column))
			continue;
		intake->nulls[place] = sydra_vector_is_null(vector, row);
		if (!intake->nulls[place])
			intake->values[place] = sydra_table_vector_to_datum(column, vector, row);
		vector++;
	}
	tuplestore_putvalues(intake->result->setResult, intake->result->setDesc, intake->values,
						 intake->nulls);
	intake->rows++;
}

static void
raise_old_head(const SydraTable *table)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("rows of table %s are too old to tell whether they have been consumed",
				   sydra_store_table_name(table->relid)),
			errdetail("They are in the head since more than %llu transactions ago.",
					  (unsigned long long) HEAD_AGE_MAX),
			errhint("CALL sydra.seal() on it; rows that cannot be sealed have to be written anew, by UPDATE."));
}

static bool
is_of_head(const Intake *intake, int row)
{
	ItemPointerData tid;

	sydra_cursor_tid(intake->cursor, row, &tid);
	return !sydra_tid_is_segment(&tid);
}

static void
take_batch(Intake *intake, const SydraBatch *batch)
{
	int			run = 0;
	int			known_run = -1; /* whose tags are in values */

	for (int i = 0; i < batch->selected_count; i++)
	{
		int			row = batch->selected ? batch->selected[i] : i;
		uint64		xid = (uint64) sydra_vector_int64(&batch->columns[0], row);

		if (xid < intake->oldest && xid >= FirstNormalTransactionId && is_of_head(intake, row))
			raise_old_head(intake->table);
		if (xid < intake->from || xid >= intake->to)
			continue;
		while (run + 1 < batch->run_count && batch->runs[run + 1].first_row <= row)
			run++;
		if (run != known_run)
			take_tags(intake, batch->runs[run].series);
		known_run = run;
		put_row(intake, batch, row);
	}
}

static void
take_rows(Intake *intake, Relation rel, Snapshot snapshot)
{
	const SydraTable *table = intake->table;
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * (table->column_count + 1));
	SydraCursorSpec spec = {
		.table = table,
		.time_min = PG_INT64_MIN,
		.time_max = PG_INT64_MAX,
		.xid_min = intake->from,
		.xid_max = intake->to,
		.columns = attnums
	};
	SydraBatch *batch;
	int			natts = intake->result->setDesc->natts;

	attnums[spec.column_count++] = SYDRA_CURSOR_WRITE_XID;
	for (int i = 0; i < table->column_count; i++)
		if (!sydra_table_holds_tags(&table->columns[i]))
			attnums[spec.column_count++] = table->columns[i].attnum;
	intake->values = palloc0(sizeof(Datum) * natts);
	intake->nulls = palloc(sizeof(bool) * natts);
	memset(intake->nulls, true, natts);
	intake->batch_context = AllocSetContextCreate(CurrentMemoryContext, "sydra consume",
												  ALLOCSET_DEFAULT_SIZES);
	intake->cursor = sydra_cursor_open(rel, snapshot, &spec);
	for (;;)
	{
		MemoryContext caller;

		MemoryContextReset(intake->batch_context);
		CHECK_FOR_INTERRUPTS();
		if (!sydra_cursor_next(intake->cursor, &batch))
			break;
		caller = MemoryContextSwitchTo(intake->batch_context);
		take_batch(intake, batch);
		MemoryContextSwitchTo(caller);
	}
	sydra_cursor_close(intake->cursor);
	MemoryContextDelete(intake->batch_context);
}

/* What the second argument is a null of. */
static void
check_type(FunctionCallInfo fcinfo, Oid relid, text *name)
{
	char	   *table;

	if (get_typ_typrelid(get_fn_expr_argtype(fcinfo->flinfo, 1)) == relid)
		return;
	table = sydra_store_table_name(relid);
	ereport(ERROR,
			errcode(ERRCODE_DATATYPE_MISMATCH),
			errmsg("consumer \"%s\" gives rows of table %s", text_to_cstring(name), table),
			errhint("Write sydra.consume('%s', NULL::%s).", text_to_cstring(name),
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
											   get_rel_name(relid))));
}

/* The head of a table that nobody has asked about for so long may hold anything. */
static void
check_age(const Consumer *consumer, const Intake *intake, text *name)
{
	if (consumer->watermark != 0 && intake->to - intake->from > HEAD_AGE_MAX)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("consumer \"%s\" has not asked for more than %llu transactions",
					   text_to_cstring(name), (unsigned long long) HEAD_AGE_MAX),
				errhint("Drop it, and begin anew."));
}

/* consume(consumer text, metric anyelement) RETURNS SETOF anyelement */
Datum
sydra_consume(PG_FUNCTION_ARGS)
{
	AttrNumber	attnums[CONSUMER_COLUMNS];
	Intake		intake = {0};
	text	   *name;
	Relation	catalog;
	Relation	rel;
	Consumer	consumer;
	Snapshot	snapshot;

	PreventCommandIfReadOnly("sydra.consume()");
	PreventCommandIfParallelMode("sydra.consume()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("the name of a consumer is not null"));
	name = PG_GETARG_TEXT_PP(0);
	lock_name(name);
	catalog = open_catalog(attnums);

	/* Every row counts: with this lock no damaged segment is left out. */
	rel = open_consumed(catalog, attnums, name, RowShareLock, &consumer);
	check_table(rel);
	check_type(fcinfo, consumer.relid, name);
	if (check_enable_rls(consumer.relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("rows of \"%s\" cannot be consumed under row security",
					   RelationGetRelationName(rel)),
				errhint("Let a role consume that its policies do not hold for."));
	InitMaterializedSRF(fcinfo, 0);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	intake.table = sydra_table_describe(rel);
	intake.from = consumer.watermark;
	intake.to = U64FromFullTransactionId(sydra_store_widen_xid(snapshot->xmin));
	intake.oldest = intake.to > HEAD_AGE_MAX ? intake.to - HEAD_AGE_MAX : 0;
	intake.result = (ReturnSetInfo *) fcinfo->resultinfo;
	check_age(&consumer, &intake, name);
	if (intake.from < intake.to && !consumer.is_done)
	{
		take_rows(&intake, rel, snapshot);
		if (intake.rows > 0 || intake.to - intake.from >= STORE_AGE)
		{
			sydra_catalog_delete(catalog, &consumer.tid);
			consumer.watermark = intake.to;
			insert_consumer(catalog, attnums, name, &consumer);
		}
	}
	UnregisterSnapshot(snapshot);
	relation_close(rel, NoLock);
	table_close(catalog, NoLock);
	return (Datum) 0;
}
