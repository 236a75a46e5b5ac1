/*
 * directory.c
 *	  The rows of sydra_catalog.segment.
 *
 * One table for all metrics of the database: a btree does not mind, and no metric needs catalogs of
 * its own.  Scans read it with the snapshot that they read the head with, never with another one.
 *
 * Who has found a segment keeps the catalog locked against VACUUM FULL until the end of the transaction:
 * that would take the mark of a row that has moved away, and with it what a modifier of the segment
 * that comes after its merge has to go by.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "series/table.h"
#include "store/chunk.h"
#include "store/directory.h"
#include "store/tombstone.h"

#define DRAWS_MAX 10000
#define ESTIMATES_MAX 64
#define ESTIMATE_AGE_MS 10000

typedef enum SegmentColumn
{
	SEGMENT_STORAGE_ID,
	SEGMENT_SEGNO,
	SEGMENT_TIDSEG,
	SEGMENT_CHUNK_ID,
	SEGMENT_LEVEL,
	SEGMENT_KIND,
	SEGMENT_NROWS,
	SEGMENT_NBYTES,
	SEGMENT_NCHUNKS,
	SEGMENT_EXTENTS,
	SEGMENT_TMIN,
	SEGMENT_TMAX,
	SEGMENT_SMIN,
	SEGMENT_SMAX,
	SEGMENT_XID_LO,
	SEGMENT_XID_HI,
	SEGMENT_CREATOR,
	SEGMENT_SCHEMA_GEN,
	SEGMENT_PLACE,				/* from version 1.1 on; null: sydra_directory_place() */
	SEGMENT_COLUMNS
} SegmentColumn;

static const char *const segment_columns[] = {
	"storage_id", "segno", "tidseg", "chunk_id", "level", "kind", "nrows", "nbytes", "nchunks",
	"extents", "tmin", "tmax", "smin", "smax", "xid_lo", "xid_hi", "creator", "schema_gen"
};

typedef struct Estimate
{
	Oid			catalog;
	int64		storage_id;		/* 0: unused */
	TimestampTz made;
	double		segments;
	double		rows;
	double		chunks;
} Estimate;

static Estimate estimates[ESTIMATES_MAX];

static Relation
open_directory(LOCKMODE mode, AttrNumber *attnums)
{
	Relation	rel = sydra_catalog_open("segment", mode, segment_columns, attnums, SEGMENT_PLACE);

	attnums[SEGMENT_PLACE] = get_attnum(RelationGetRelid(rel), "place");
	return rel;
}

static void
read_row(Relation rel, const AttrNumber *attnums, HeapTuple tuple, SydraSegment *segment)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	Datum		row[MaxTupleAttributeNumber];
	bool		nulls[MaxTupleAttributeNumber];
	Datum		values[SEGMENT_COLUMNS];
	ArrayType  *extents;

	heap_deform_tuple(tuple, tupdesc, row, nulls);
	for (int i = 0; i < SEGMENT_PLACE; i++)
		values[i] = row[attnums[i] - 1];
	segment->storage_id = DatumGetInt64(values[SEGMENT_STORAGE_ID]);
	segment->segno = DatumGetInt64(values[SEGMENT_SEGNO]);
	segment->tidseg = DatumGetInt32(values[SEGMENT_TIDSEG]);
	segment->chunk_id = DatumGetObjectId(values[SEGMENT_CHUNK_ID]);
	segment->level = DatumGetInt16(values[SEGMENT_LEVEL]);
	segment->kind = DatumGetChar(values[SEGMENT_KIND]);
	/* One that claims no rows is opened all the same: that tells. */
	segment->nrows = Min(Max(DatumGetInt32(values[SEGMENT_NROWS]), 1), SYDRA_SEGMENT_ROWS_MAX + 1);
	segment->nbytes = DatumGetInt32(values[SEGMENT_NBYTES]);
	segment->nchunks = DatumGetInt32(values[SEGMENT_NCHUNKS]);
	segment->tmin = DatumGetInt64(values[SEGMENT_TMIN]);
	segment->tmax = DatumGetInt64(values[SEGMENT_TMAX]);
	segment->smin = DatumGetInt32(values[SEGMENT_SMIN]);
	segment->smax = DatumGetInt32(values[SEGMENT_SMAX]);
	segment->xid_lo = DatumGetFullTransactionId(values[SEGMENT_XID_LO]);
	segment->xid_hi = DatumGetFullTransactionId(values[SEGMENT_XID_HI]);
	segment->creator = DatumGetFullTransactionId(values[SEGMENT_CREATOR]);
	segment->schema_gen = DatumGetInt32(values[SEGMENT_SCHEMA_GEN]);
	segment->place = sydra_directory_place(segment->segno);
	if (attnums[SEGMENT_PLACE] != InvalidAttrNumber && !nulls[attnums[SEGMENT_PLACE] - 1])
		segment->place = DatumGetInt64(row[attnums[SEGMENT_PLACE] - 1]);
	segment->self = tuple->t_self;

	extents = DatumGetArrayTypePCopy(values[SEGMENT_EXTENTS]);
	segment->extent_count = 0;
	if (ARR_NDIM(extents) == 1 && !ARR_HASNULL(extents) && ARR_ELEMTYPE(extents) == INT4OID &&
		ARR_DIMS(extents)[0] > 0 &&
		ARR_DIMS(extents)[0] <= (ARR_SIZE(extents) - ARR_DATA_OFFSET(extents)) / sizeof(int32))
		segment->extent_count = ARR_DIMS(extents)[0] / 2;
	segment->extents = (SydraExtent *) ARR_DATA_PTR(extents);
}

static int
compare_segments(const void *a, const void *b)
{
	return sydra_directory_compare(a, b);
}

SydraSegment *
sydra_directory_read(int64 storage_id, int64 time_min, int64 time_max, Snapshot snapshot,
					 int *count)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(AccessShareLock, attnums);
	int			capacity = 64;
	SydraSegment *segments = palloc(sizeof(SydraSegment) * capacity);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	*count = 0;
	ScanKeyInit(&keys[0], attnums[SEGMENT_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	ScanKeyInit(&keys[1], attnums[SEGMENT_TMAX], BTGreaterEqualStrategyNumber, F_INT8GE,
				Int64GetDatum(time_min));
	scan = systable_beginscan(rel, sydra_object_catalog("segment_time"), true, snapshot, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == capacity)
		{
			capacity *= 2;
			segments = repalloc_huge(segments, sizeof(SydraSegment) * capacity);
		}
		read_row(rel, attnums, tuple, &segments[*count]);
		if (segments[*count].tmin <= time_max)
			(*count)++;
	}
	systable_endscan(scan);
	table_close(rel, NoLock);
	qsort(segments, *count, sizeof(SydraSegment), compare_segments);
	return segments;
}

static SysScanDesc
begin_tidseg_scan(Relation rel, const AttrNumber *attnums, int64 storage_id, int32 tidseg,
				  Snapshot snapshot)
{
	ScanKeyData keys[2];

	ScanKeyInit(&keys[0], attnums[SEGMENT_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	ScanKeyInit(&keys[1], attnums[SEGMENT_TIDSEG], BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(tidseg));
	return systable_beginscan(rel, sydra_object_catalog("segment_tidseg"), true, snapshot, 2, keys);
}

/* Finds the row of a tidseg; segment may be NULL. */
static bool
probe_tidseg(Relation rel, const AttrNumber *attnums, int64 storage_id, int32 tidseg,
			 Snapshot snapshot, SydraSegment *segment)
{
	SysScanDesc scan = begin_tidseg_scan(rel, attnums, storage_id, tidseg, snapshot);
	HeapTuple	tuple = systable_getnext(scan);
	bool		found = HeapTupleIsValid(tuple);

	if (found && segment != NULL)
		read_row(rel, attnums, tuple, segment);
	systable_endscan(scan);
	return found;
}

bool
sydra_directory_find(int64 storage_id, int32 tidseg, Snapshot snapshot, SydraSegment *segment)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(AccessShareLock, attnums);
	bool		found = probe_tidseg(rel, attnums, storage_id, tidseg, snapshot, segment);

	table_close(rel, NoLock);
	return found;
}

/* From one end of what is visible, in the order of segno; gives the number that was found. */
static int
read_from_end(int64 storage_id, ScanDirection direction, Snapshot snapshot, SydraSegment *segments,
			  int count_max)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(AccessShareLock, attnums);
	Relation	index = index_open(sydra_object_catalog("segment_pkey"), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	int			count = 0;

	ScanKeyInit(&key, attnums[SEGMENT_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	scan = systable_beginscan_ordered(rel, index, snapshot, 1, &key);
	while (count < count_max &&
		   HeapTupleIsValid(tuple = systable_getnext_ordered(scan, direction)))
		read_row(rel, attnums, tuple, &segments[count++]);
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return count;
}

SydraSegment *
sydra_directory_read_newest(int64 storage_id, int count_max, Snapshot snapshot, int *count)
{
	SydraSegment *segments = palloc(sizeof(SydraSegment) * count_max);

	*count = read_from_end(storage_id, BackwardScanDirection, snapshot, segments, count_max);
	qsort(segments, *count, sizeof(SydraSegment), compare_segments);
	return segments;
}

bool
sydra_directory_other_time(int64 storage_id, AttrNumber time, Snapshot snapshot)
{
	SydraSegment first;

	return read_from_end(storage_id, ForwardScanDirection, snapshot, &first, 1) == 1 &&
		sydra_table_signature_time(first.schema_gen) != time;
}

/*
 * The probe with SnapshotAny: also a row that only an old snapshot sees, or that VACUUM has yet to
 * remove, keeps its addresses.
 */
bool
sydra_directory_draw(int64 storage_id, int64 *segno, int32 *tidseg)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(AccessShareLock, attnums);
	Oid			sequence = sydra_object_catalog("segno_seq");
	bool		taken = true;

	for (int i = 0; taken && i < DRAWS_MAX; i++)
	{
		CHECK_FOR_INTERRUPTS();
		*segno = nextval_internal(sequence, false);
		*tidseg = (int32) (*segno % SYDRA_TIDSEG_COUNT);
		taken = probe_tidseg(rel, attnums, storage_id, *tidseg, SnapshotAny, NULL);
	}
	table_close(rel, AccessShareLock);
	return !taken;
}

static Datum
form_extents(const SydraExtent *extents, int count)
{
	Datum	   *elements = palloc(sizeof(Datum) * 2 * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		elements[2 * i] = Int32GetDatum((int32) extents[i].start);
		elements[2 * i + 1] = Int32GetDatum(extents[i].length);
	}
	return PointerGetDatum(construct_array(elements, 2 * count, INT4OID, sizeof(int32), true,
										   TYPALIGN_INT));
}

static void
forget_estimate(int64 storage_id)
{
	for (int i = 0; i < ESTIMATES_MAX; i++)
		if (estimates[i].storage_id == storage_id)
			estimates[i].storage_id = 0;
}

void
sydra_directory_add(const SydraSegment *segment, CommandId cid)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(RowExclusiveLock, attnums);
	Datum		values[SEGMENT_COLUMNS];
	bool		nulls[SEGMENT_COLUMNS] = {false};

	values[SEGMENT_STORAGE_ID] = Int64GetDatum(segment->storage_id);
	values[SEGMENT_SEGNO] = Int64GetDatum(segment->segno);
	values[SEGMENT_TIDSEG] = Int32GetDatum(segment->tidseg);
	values[SEGMENT_CHUNK_ID] = ObjectIdGetDatum(segment->chunk_id);
	values[SEGMENT_LEVEL] = Int16GetDatum(segment->level);
	values[SEGMENT_KIND] = CharGetDatum(segment->kind);
	values[SEGMENT_NROWS] = Int32GetDatum(segment->nrows);
	values[SEGMENT_NBYTES] = Int32GetDatum(segment->nbytes);
	values[SEGMENT_NCHUNKS] = Int32GetDatum(segment->nchunks);
	values[SEGMENT_EXTENTS] = form_extents(segment->extents, segment->extent_count);
	values[SEGMENT_TMIN] = Int64GetDatum(segment->tmin);
	values[SEGMENT_TMAX] = Int64GetDatum(segment->tmax);
	values[SEGMENT_SMIN] = Int32GetDatum(segment->smin);
	values[SEGMENT_SMAX] = Int32GetDatum(segment->smax);
	values[SEGMENT_XID_LO] = FullTransactionIdGetDatum(segment->xid_lo);
	values[SEGMENT_XID_HI] = FullTransactionIdGetDatum(segment->xid_hi);
	values[SEGMENT_CREATOR] = FullTransactionIdGetDatum(segment->creator);
	values[SEGMENT_SCHEMA_GEN] = Int32GetDatum(segment->schema_gen);
	values[SEGMENT_PLACE] = Int64GetDatum(segment->place);
	nulls[SEGMENT_PLACE] = segment->place == sydra_directory_place(segment->segno);
	sydra_catalog_insert_as(rel, attnums, values, nulls,
							attnums[SEGMENT_PLACE] == InvalidAttrNumber ? SEGMENT_PLACE :
							SEGMENT_COLUMNS, cid, HEAP_INSERT_NO_LOGICAL);
	table_close(rel, RowExclusiveLock);
	forget_estimate(segment->storage_id);
}

/* The row is looked for anew: the catalog may have been rewritten since it was read. */
void
sydra_directory_remove(const SydraSegment *segment, CommandId cid, bool moved)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(RowExclusiveLock, attnums);
	SysScanDesc scan = begin_tidseg_scan(rel, attnums, segment->storage_id, segment->tidseg,
										 SnapshotSelf);
	HeapTuple	tuple = systable_getnext(scan);
	TM_FailureData failure;

	if (!HeapTupleIsValid(tuple) ||
		heap_delete(rel, &tuple->t_self, cid, InvalidSnapshot, true, &failure, moved) != TM_Ok)
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("segment " INT64_FORMAT " was removed concurrently, retry",
					   segment->segno));
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	forget_estimate(segment->storage_id);
}

/*
 * A removed row stays where it is for as long as a snapshot sees it, and with it the mark that a row
 * moved to another partition has.
 */
static bool
read_fate(HeapTuple tuple, SydraSegmentFate *fate)
{
	HeapTupleHeader header = tuple->t_data;

	if ((header->t_infomask & (HEAP_XMAX_INVALID | HEAP_XMAX_IS_MULTI)) != 0 ||
		HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask))
		return false;
	fate->xid = HeapTupleHeaderGetRawXmax(header);
	fate->own = TransactionIdIsCurrentTransactionId(fate->xid);
	if (!fate->own && !TransactionIdDidCommit(fate->xid))
		return false;
	fate->cid = fate->own ? HeapTupleHeaderGetCmax(header) : InvalidCommandId;
	fate->moved = HeapTupleHeaderIndicatesMovedPartitions(header);
	return true;
}

bool
sydra_directory_fate(int64 storage_id, int32 tidseg, SydraSegmentFate *fate)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	rel = open_directory(AccessShareLock, attnums);
	SysScanDesc scan = begin_tidseg_scan(rel, attnums, storage_id, tidseg, SnapshotAny);
	HeapTuple	tuple;
	bool		found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		found = read_fate(tuple, fate);
		if (found)
			read_row(rel, attnums, tuple, &fate->segment);
	}
	fate->segment.extents = NULL;
	fate->segment.extent_count = 0;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Only a copy of the whole store moves chunks, and closes gaps as it goes: when the oldest and the
 * newest segment are where they should be, so are the others.
 */
static bool
hints_hold(const SydraStore *store)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra hints",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraSegment *segments;
	int			oldest = 0;
	int			newest = 0;
	int			count;
	bool		hold;

	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX, SnapshotSelf,
									&count);
	for (int i = 1; i < count; i++)
	{
		if (segments[i].segno < segments[oldest].segno)
			oldest = i;
		if (segments[i].segno > segments[newest].segno)
			newest = i;
	}
	hold = count == 0 || (sydra_chunk_hints_hold(store, &segments[oldest]) &&
						  sydra_chunk_hints_hold(store, &segments[newest]));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return hold;
}

static void
overwrite_extents(Relation catalog, const AttrNumber *attnums, const SydraSegment *segment,
				  const SydraExtent *extents)
{
	ScanKeyData keys[2];
	HeapTuple	tuple;
	Datum		stored;
	bool		isnull;
	void	   *state;

	ScanKeyInit(&keys[0], attnums[SEGMENT_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(segment->storage_id));
	ScanKeyInit(&keys[1], attnums[SEGMENT_SEGNO], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(segment->segno));
	systable_inplace_update_begin(catalog, sydra_object_catalog("segment_pkey"), true, NULL, 2,
								  keys, &tuple, &state);
	if (!HeapTupleIsValid(tuple))
		return;
	stored = heap_getattr(tuple, attnums[SEGMENT_EXTENTS], RelationGetDescr(catalog), &isnull);
	memcpy(ARR_DATA_PTR((ArrayType *) DatumGetPointer(stored)), extents,
		   sizeof(SydraExtent) * segment->extent_count);
	systable_inplace_update_finish(state, tuple);
}

/*
 * The row is overwritten where it stands, so it cannot grow: as many extents as it has, the rest
 * of the chunks are found by the index.
 */
void
sydra_directory_refresh_hints(Relation rel, int64 storage_id)
{
	AttrNumber	attnums[SEGMENT_COLUMNS];
	Relation	catalog = open_directory(RowExclusiveLock, attnums);
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	SydraStore	store;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!sydra_store_find(rel, &store) || store.storage_id != storage_id || hints_hold(&store))
	{
		table_close(catalog, RowExclusiveLock);
		return;
	}
	ScanKeyInit(&key, attnums[SEGMENT_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	scan = systable_beginscan(catalog, sydra_object_catalog("segment_pkey"), true, SnapshotSelf,
							  1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		HeapTuple	copy = heap_copytuple(tuple);
		SydraSegment segment;
		SydraExtent *extents;
		bool		isnull;
		ArrayType  *stored;

		CHECK_FOR_INTERRUPTS();
		read_row(catalog, attnums, copy, &segment);
		extents = palloc(sizeof(SydraExtent) * Max(segment.extent_count, 1));
		sydra_chunk_locate(&store, &segment, extents, segment.extent_count);
		stored = (ArrayType *) DatumGetPointer(heap_getattr(copy, attnums[SEGMENT_EXTENTS], tupdesc,
															&isnull));
		if (memcmp(extents, segment.extents, sizeof(SydraExtent) * segment.extent_count) != 0 &&
			!VARATT_IS_EXTENDED(stored))
		{
			overwrite_extents(catalog, attnums, &segment, extents);
		}
		pfree(extents);
		heap_freetuple(copy);
	}
	systable_endscan(scan);
	table_close(catalog, RowExclusiveLock);
}

static Estimate *
get_estimate(int64 storage_id)
{
	Oid			catalog = sydra_object_catalog("segment");
	TimestampTz now = GetCurrentTimestamp();
	Estimate   *oldest = &estimates[0];
	MemoryContext context;
	MemoryContext caller;
	Snapshot	snapshot;
	SydraSegment *segments;
	double		dead;
	int			count;

	for (int i = 0; i < ESTIMATES_MAX; i++)
	{
		Estimate   *estimate = &estimates[i];

		if (estimate->storage_id == storage_id && estimate->catalog == catalog)
		{
			if (!TimestampDifferenceExceeds(estimate->made, now, ESTIMATE_AGE_MS))
				return estimate;
			oldest = estimate;
			break;
		}
		if (estimate->made < oldest->made)
			oldest = estimate;
	}
	snapshot = RegisterSnapshot(ActiveSnapshotSet() ? GetActiveSnapshot() : GetLatestSnapshot());
	context = AllocSetContextCreate(CurrentMemoryContext, "sydra estimate", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	segments = sydra_directory_read(storage_id, PG_INT64_MIN, PG_INT64_MAX, snapshot, &count);
	dead = sydra_tombstone_count(storage_id, snapshot);
	UnregisterSnapshot(snapshot);
	oldest->catalog = catalog;
	oldest->storage_id = storage_id;
	oldest->made = now;
	oldest->segments = count;
	oldest->rows = 0;
	oldest->chunks = 0;
	for (int i = 0; i < count; i++)
	{
		oldest->rows += segments[i].nrows;
		oldest->chunks += segments[i].nchunks;
	}
	oldest->rows = Max(oldest->rows - dead, 0);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return oldest;
}

void
sydra_directory_estimate(int64 storage_id, double *rows, double *chunks)
{
	Estimate   *estimate = get_estimate(storage_id);

	*rows = estimate->rows;
	*chunks = estimate->chunks;
}

double
sydra_directory_estimate_segments(int64 storage_id)
{
	return get_estimate(storage_id)->segments;
}
