/*
 * relocate.c
 *	  Copies a table's segments to a new TOAST relation.
 *
 * Every chunk goes whose directory row somebody may still see, old snapshots included.  The copies
 * are frozen: the new file is nobody's until the transaction commits, and its chunks are found
 * through the directory alone.  The directory's hints become wrong, which readers notice; VACUUM
 * sets them right.  Chunks that only old snapshots need are deleted as soon as they are copied, which
 * hides them from nobody and leaves them to VACUUM.
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

typedef struct ChunkOwner
{
	Oid			chunk_id;
	bool		dropped;		/* only old snapshots see the segment */
} ChunkOwner;

static HTSV_Result
judge(Relation directory, const SydraSegment *segment, TransactionId oldest_xmin)
{
	Buffer		buffer = ReadBuffer(directory, ItemPointerGetBlockNumber(&segment->self));
	HTSV_Result result = HEAPTUPLE_DEAD;
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
		result = HeapTupleSatisfiesVacuum(&tuple, oldest_xmin, buffer);
	}
	UnlockReleaseBuffer(buffer);
	return result;
}

static int
compare_owners(const void *a, const void *b)
{
	Oid			left = ((const ChunkOwner *) a)->chunk_id;
	Oid			right = ((const ChunkOwner *) b)->chunk_id;

	return (left > right) - (left < right);
}

/* All segments that are not dead to everybody, by chunk id. */
static ChunkOwner *
list_owners(const SydraStore *store, TransactionId oldest_xmin, int *count)
{
	Relation	directory = table_open(sydra_object_catalog("segment"), AccessShareLock);
	SydraSegment *segments;
	ChunkOwner *owners;
	int			segment_count;

	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX, SnapshotAny,
									&segment_count);
	owners = palloc(sizeof(ChunkOwner) * Max(segment_count, 1));
	*count = 0;
	for (int i = 0; i < segment_count; i++)
	{
		HTSV_Result state = judge(directory, &segments[i], oldest_xmin);

		CHECK_FOR_INTERRUPTS();
		if (state == HEAPTUPLE_DEAD)
			continue;
		owners[*count].chunk_id = segments[i].chunk_id;
		owners[(*count)++].dropped = state == HEAPTUPLE_RECENTLY_DEAD;
	}
	table_close(directory, AccessShareLock);
	qsort(owners, *count, sizeof(ChunkOwner), compare_owners);
	return owners;
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
copy_chunks(Relation source, Relation target, const ChunkOwner *owners, int count)
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
		ChunkOwner	key;
		const ChunkOwner *owner;
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(tuple, tupdesc, values, nulls);
		key.chunk_id = DatumGetObjectId(values[0]);
		owner = bsearch(&key, owners, count, sizeof(ChunkOwner), compare_owners);
		if (key.chunk_id >= RESERVED_IDS && owner == NULL)
			continue;
		copy = heap_form_tuple(tupdesc, values, nulls);
		heap_insert(target, copy, cid, HEAP_INSERT_SKIP_FSM | HEAP_INSERT_FROZEN |
					HEAP_INSERT_NO_LOGICAL, bulk);
		for (int i = 0; i < index_count; i++)
			index_insert(indexes[i], values, nulls, &copy->t_self, target, UNIQUE_CHECK_YES,
						 false, NULL);
		if (owner != NULL && owner->dropped &&
			heap_delete(target, &copy->t_self, cid, InvalidSnapshot, false, &failure,
						false) != TM_Ok)
			elog(ERROR, "could not delete a copied chunk of relation \"%s\"",
				 RelationGetRelationName(target));
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
	ChunkOwner *owners;
	int			count;

	owners = list_owners(store, oldest_xmin, &count);
	copy_chunks(source_toast, target_toast, owners, count);
	pfree(owners);
	table_close(target_toast, NoLock);
	table_close(source_toast, NoLock);
	return count_rows(store);
}
