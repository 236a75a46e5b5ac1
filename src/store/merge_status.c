/*
 * merge_status.c
 *	  Figures of merging for sydra.status, and the queue of what is to be merged.
 *
 * The queue is a table to which a modifier adds a row at its commit, so that a request is there
 * exactly when its tombstones are.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "store/merge_status.h"

typedef enum StatusColumn
{
	STATUS_STORAGE_ID,
	STATUS_LAST_MERGE,
	STATUS_ROWS,
	STATUS_SEGMENTS,
	STATUS_BYTES,
	STATUS_FIRST_BYTES,
	STATUS_DELETE_DELAY,
	STATUS_COLUMNS
} StatusColumn;

static const char *const status_columns[] = {
	"storage_id", "last_merge", "rows", "segments", "bytes", "first_bytes", "delete_delay"
};

typedef enum RequestColumn
{
	REQUEST_RELID,
	REQUEST_REQUESTED,
	REQUEST_COLUMNS
} RequestColumn;

static const char *const request_columns[] = {"relid", "requested"};

bool
sydra_merge_status_exists(void)
{
	return sydra_object_has_catalog("merge_request");
}

/*
 * Adds work, unless NULL, and enters a delay, unless negative.  Only one backend writes the row: it
 * holds the SEAL lock.
 */
static void
write_status(int64 storage_id, const SydraMergeWork *work, int64 delay_us)
{
	AttrNumber	attnums[STATUS_COLUMNS];
	Relation	catalog = sydra_catalog_open("merge_status", RowExclusiveLock, status_columns,
											 attnums, STATUS_COLUMNS);
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	Datum	   *values = palloc0(sizeof(Datum) * tupdesc->natts);
	bool	   *nulls = palloc(sizeof(bool) * tupdesc->natts);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	old;

	ScanKeyInit(&key, attnums[STATUS_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	scan = systable_beginscan(catalog, sydra_object_catalog("merge_status_pkey"), true,
							  SnapshotSelf, 1, &key);
	old = systable_getnext(scan);
	memset(nulls, true, sizeof(bool) * tupdesc->natts);
	if (HeapTupleIsValid(old))
		heap_deform_tuple(old, tupdesc, values, nulls);
	values[attnums[STATUS_STORAGE_ID] - 1] = Int64GetDatum(storage_id);
	nulls[attnums[STATUS_STORAGE_ID] - 1] = false;
	for (int i = STATUS_ROWS; i <= STATUS_FIRST_BYTES; i++)
	{
		int			place = attnums[i] - 1;
		int64		added = 0;

		if (work != NULL)
			added = i == STATUS_ROWS ? work->rows : i == STATUS_SEGMENTS ? work->segments :
				i == STATUS_BYTES ? work->bytes : work->first_bytes;
		values[place] = Int64GetDatum(DatumGetInt64(values[place]) + added);
		nulls[place] = false;
	}
	if (work != NULL)
	{
		values[attnums[STATUS_LAST_MERGE] - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
		nulls[attnums[STATUS_LAST_MERGE] - 1] = false;
	}
	if (delay_us >= 0)
	{
		Interval   *delay = palloc0(sizeof(Interval));

		delay->time = delay_us;
		values[attnums[STATUS_DELETE_DELAY] - 1] = IntervalPGetDatum(delay);
		nulls[attnums[STATUS_DELETE_DELAY] - 1] = false;
	}
	sydra_catalog_replace(catalog, old, values, nulls);
	systable_endscan(scan);
	table_close(catalog, RowExclusiveLock);
}

void
sydra_merge_status_add(int64 storage_id, const SydraMergeWork *work)
{
	write_status(storage_id, work, -1);
}

void
sydra_merge_status_request(Oid relid)
{
	AttrNumber	attnums[REQUEST_COLUMNS];
	Relation	catalog = sydra_catalog_open("merge_request", RowExclusiveLock, request_columns,
											 attnums, REQUEST_COLUMNS);
	Datum		values[REQUEST_COLUMNS];

	values[REQUEST_RELID] = ObjectIdGetDatum(relid);
	values[REQUEST_REQUESTED] = TimestampTzGetDatum(GetCurrentTimestamp());
	sydra_catalog_insert(catalog, attnums, values, NULL, REQUEST_COLUMNS, HEAP_INSERT_NO_LOGICAL);
	table_close(catalog, RowExclusiveLock);
}

List *
sydra_merge_status_requested(Snapshot snapshot)
{
	AttrNumber	attnums[REQUEST_COLUMNS];
	Relation	catalog = sydra_catalog_open("merge_request", RowExclusiveLock, request_columns,
											 attnums, REQUEST_COLUMNS);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, snapshot, 0, NULL);
	List	   *tables = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Oid			relid;

		CHECK_FOR_INTERRUPTS();
		relid = DatumGetObjectId(heap_getattr(tuple, attnums[REQUEST_RELID],
											  RelationGetDescr(catalog), &isnull));
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
			tables = list_append_unique_oid(tables, relid);
		else
			sydra_catalog_delete(catalog, &tuple->t_self);
	}
	systable_endscan(scan);
	table_close(catalog, NoLock);
	return tables;
}

void
sydra_merge_status_settle(Oid relid, int64 storage_id, Snapshot snapshot)
{
	AttrNumber	attnums[REQUEST_COLUMNS];
	Relation	catalog = sydra_catalog_open("merge_request", RowExclusiveLock, request_columns,
											 attnums, REQUEST_COLUMNS);
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	TimestampTz oldest = DT_NOEND;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, attnums[REQUEST_RELID], BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, InvalidOid, false, snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		TimestampTz requested;

		CHECK_FOR_INTERRUPTS();
		requested = DatumGetTimestampTz(heap_getattr(tuple, attnums[REQUEST_REQUESTED], tupdesc,
													 &isnull));
		oldest = Min(oldest, requested);
		sydra_catalog_delete(catalog, &tuple->t_self);
	}
	systable_endscan(scan);
	table_close(catalog, RowExclusiveLock);
	if (oldest != DT_NOEND && storage_id != 0)
		write_status(storage_id, NULL, Max(GetCurrentTimestamp() - oldest, 0));
}
