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
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
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
#include "utils/syscache.h"
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
} Consumer;

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

/* Those of tables that are gone are left behind until they are collected. */
static bool
is_of_table(const Consumer *consumer)
{
	return consumer->exists && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(consumer->relid));
}

static Consumer
require_consumer(Relation catalog, const AttrNumber *attnums, text *name)
{
	Consumer	consumer = read_consumer(catalog, attnums, name);

	if (!is_of_table(&consumer))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("consumer \"%s\" does not exist", text_to_cstring(name)),
				errhint("sydra.consumer_status lists them; sydra.create_consumer() makes one."));
	return consumer;
}

static void
check_owner(Oid relid)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/* One transaction at a time has a consumer, until it ends. */
static void
lock_consumer(Oid relid, text *name)
{
	uint32		hash = DatumGetUInt32(hash_any((unsigned char *) VARDATA_ANY(name),
											   VARSIZE_ANY_EXHDR(name)));

	sydra_store_lock(relid, SYDRA_LOCK_CONSUMER, hash, ExclusiveLock, false);
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
	rel = relation_open(consumer.relid, AccessShareLock);
	check_owner(consumer.relid);
	if (!sydra_table_is_sydra(rel))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is not a sydra table", RelationGetRelationName(rel)),
				rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ?
				errhint("Make a consumer of each partition.") :
				errhint("Rows of tables made with USING sydra tell which transaction wrote them."));
	catalog = open_catalog(attnums);
	present = read_consumer(catalog, attnums, name);
	if (is_of_table(&present))
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_OBJECT),
				errmsg("consumer \"%s\" already exists", text_to_cstring(name)));
	if (present.exists)
		sydra_catalog_delete(catalog, &present.tid);
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
	Consumer	consumer;

	PreventCommandIfReadOnly("sydra.drop_consumer()");
	catalog = open_catalog(attnums);
	consumer = require_consumer(catalog, attnums, name);
	check_owner(consumer.relid);
	lock_consumer(consumer.relid, name);
	consumer = require_consumer(catalog, attnums, name);
	sydra_catalog_delete(catalog, &consumer.tid);
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
	SydraCursor *cursor;
	MemoryContext batch_context;
	ReturnSetInfo *result;
	Datum	   *values;
	bool	   *nulls;
} Intake;

static bool
is_tag(const SydraTableColumn *column)
{
	return column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS;
}

/* Those of a run have them in common. */
static void
take_tags(Intake *intake, uint32 series)
{
	for (int i = 0; i < intake->table->column_count; i++)
	{
		const SydraTableColumn *column = &intake->table->columns[i];

		if (is_tag(column))
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

		if (is_tag(column))
			continue;
		intake->nulls[place] = sydra_vector_is_null(vector, row);
		if (!intake->nulls[place])
			intake->values[place] = sydra_table_vector_to_datum(column, vector, row);
		vector++;
	}
	tuplestore_putvalues(intake->result->setResult, intake->result->setDesc, intake->values,
						 intake->nulls);
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
		if (!is_tag(&table->columns[i]))
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
	catalog = open_catalog(attnums);
	consumer = require_consumer(catalog, attnums, name);
	rel = relation_open(consumer.relid, AccessShareLock);
	check_owner(consumer.relid);
	check_type(fcinfo, consumer.relid, name);
	if (check_enable_rls(consumer.relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("rows of \"%s\" cannot be consumed under row security",
					   RelationGetRelationName(rel)),
				errhint("Let a role consume that its policies do not hold for."));
	lock_consumer(consumer.relid, name);
	consumer = require_consumer(catalog, attnums, name);
	InitMaterializedSRF(fcinfo, 0);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	intake.table = sydra_table_describe(rel);
	intake.from = consumer.watermark;
	intake.to = U64FromFullTransactionId(sydra_store_widen_xid(snapshot->xmin));
	intake.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (intake.from < intake.to)
	{
		take_rows(&intake, rel, snapshot);
		sydra_catalog_delete(catalog, &consumer.tid);
		consumer.watermark = intake.to;
		insert_consumer(catalog, attnums, name, &consumer);
	}
	UnregisterSnapshot(snapshot);
	relation_close(rel, NoLock);
	table_close(catalog, NoLock);
	return (Datum) 0;
}
