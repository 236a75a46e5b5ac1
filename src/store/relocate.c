/*
 * relocate.c
 *	  Copies a table's segments to a new TOAST relation.
 *
 * Every chunk goes whose directory row somebody may still see, old snapshots included.  The copies
 * are frozen: the new file is nobody's until the transaction commits, and its chunks are found
 * through the directory alone.  The directory's hints become wrong, which readers notice; VACUUM
 * sets them right.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/object_id.h"
#include "store/directory.h"
#include "store/relocate.h"
#include "store/tombstone.h"

/* Chunk ids below this are the store's own; the server draws none of them. */
#define RESERVED_IDS 100

static bool
is_dead(Relation directory, const SydraSegment *segment, TransactionId oldest_xmin)
{
	Buffer		buffer = ReadBuffer(directory, ItemPointerGetBlockNumber(&segment->self));
	bool		dead = true;
	Page		page;
	ItemId		item;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	item = PageGetItemId(page, ItemPointerGetOffsetNumber(&segment->self));
	if (ItemIdIsNormal(item))
	{
		HeapTupleData tuple;

		tuple.t_self = segment->self;
		tuple.t_tableOid = RelationGetRelid(directory);
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		dead = HeapTupleSatisfiesVacuum(&tuple, oldest_xmin, buffer) == HEAPTUPLE_DEAD;
	}
	UnlockReleaseBuffer(buffer);
	return dead;
}

static int
compare_ids(const void *a, const void *b)
{
	Oid			left = *(const Oid *) a;
	Oid			right = *(const Oid *) b;

	return (left > right) - (left < right);
}

/* The chunk ids of all segments that are not dead to everybody, sorted. */
static Oid *
list_chunk_ids(const SydraStore *store, TransactionId oldest_xmin, int *count)
{
	Relation	directory = table_open(sydra_object_catalog("segment"), AccessShareLock);
	SydraSegment *segments;
	Oid		   *ids;
	int			segment_count;

	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX, SnapshotAny,
									&segment_count);
	ids = palloc(sizeof(Oid) * Max(segment_count, 1));
	*count = 0;
	for (int i = 0; i < segment_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_dead(directory, &segments[i], oldest_xmin))
			ids[(*count)++] = segments[i].chunk_id;
	}
	table_close(directory, AccessShareLock);
	qsort(ids, *count, sizeof(Oid), compare_ids);
	return ids;
}

static double
count_rows(const SydraStore *store)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SydraSegment *segments;
	int			count;
	double		rows = 0;

	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX, snapshot,
									&count);
	for (int i = 0; i < count; i++)
		rows += segments[i].nrows;
	rows -= sydra_tombstone_count(store->storage_id, snapshot);
	UnregisterSnapshot(snapshot);
	return Max(rows, 0);
}

static void
copy_chunks(Relation source, Relation target, const Oid *ids, int count)
{
	BulkInsertState bulk = GetBulkInsertState();
	CommandId	cid = GetCurrentCommandId(true);
	TupleDesc	tupdesc = RelationGetDescr(target);
	Relation   *indexes;
	int			index_count;
	TableScanDesc scan;
	HeapTuple	tuple;

	(void) toast_open_indexes(target, RowExclusiveLock, &indexes, &index_count);
	scan = table_beginscan_strat(source, SnapshotAny, 0, NULL, true, false);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Datum		values[3];
		bool		nulls[3];
		HeapTuple	copy;
		Oid			id;

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(tuple, tupdesc, values, nulls);
		id = DatumGetObjectId(values[0]);
		if (id >= RESERVED_IDS && bsearch(&id, ids, count, sizeof(Oid), compare_ids) == NULL)
			continue;
		copy = heap_form_tuple(tupdesc, values, nulls);
		heap_insert(target, copy, cid, HEAP_INSERT_SKIP_FSM | HEAP_INSERT_FROZEN |
					HEAP_INSERT_NO_LOGICAL, bulk);
		for (int i = 0; i < index_count; i++)
			index_insert(indexes[i], values, nulls, &copy->t_self, target, UNIQUE_CHECK_YES,
						 false, NULL);
		heap_freetuple(copy);
	}
	table_endscan(scan);
	toast_close_indexes(indexes, index_count, NoLock);
	FreeBulkInsertState(bulk);
}

double
sydra_relocate_segments(Relation source, Relation target, const SydraStore *store,
						TransactionId oldest_xmin)
{
	Relation	source_toast = table_open(store->toast_relid, AccessShareLock);
	Relation	target_toast = table_open(target->rd_rel->reltoastrelid, RowExclusiveLock);
	Oid		   *ids;
	int			count;

	ids = list_chunk_ids(store, oldest_xmin, &count);
	copy_chunks(source_toast, target_toast, ids, count);
	pfree(ids);
	table_close(target_toast, NoLock);
	table_close(source_toast, NoLock);
	return count_rows(store);
}
