/*
 * am_fetch.c
 *	  Rows by address.
 *
 * The address of a sealed row names its segment; the row is there exactly when the snapshot sees
 * the segment and no tombstone of the row.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "storage/proc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "am/am_row.h"
#include "am/am_scan.h"
#include "base/compat.h"
#include "store/dedup.h"
#include "store/tombstone.h"

static bool
find_segment(Relation rel, const ItemPointerData *tid, Snapshot snapshot, SydraStore *store,
			 SydraSegment *segment, int *row)
{
	int32		tidseg;

	sydra_tid_decode(tid, &tidseg, row);
	return sydra_store_find(rel, store) &&
		sydra_directory_find(store->storage_id, tidseg, snapshot, segment) &&
		*row >= 0 && *row < segment->nrows;
}

/*
 * With SnapshotAny a row is there whatever has become of it: triggers ask for what they were
 * fired by.
 */
static bool
find_row(Relation rel, const ItemPointerData *tid, Snapshot snapshot, SydraStore *store,
		 SydraSegment *segment, int *row)
{
	return find_segment(rel, tid, snapshot, store, segment, row) &&
		(snapshot == SnapshotAny ||
		 !sydra_tombstone_find(store->storage_id, segment->segno, *row, snapshot, NULL));
}

/*
 * The rows that a statement changes are fetched one by one, most of them in the order of the
 * scan: a few segments stay open in memory until the transaction ends.
 */
#define SOURCES 4

typedef struct CachedSource
{
	LocalTransactionId transaction; /* whose memory it is in; InvalidLocalTransactionId: unused */
	Oid			relid;
	SydraSegment segment;		/* without extents */
	SydraRowSource *rows;
} CachedSource;

static CachedSource sources[SOURCES];

static CachedSource *
find_source(Oid relid, int64 storage_id, int32 tidseg)
{
	for (int i = 0; i < SOURCES; i++)
		if (sources[i].transaction == sydra_compat_local_xid() && sources[i].relid == relid &&
			sources[i].segment.storage_id == storage_id && sources[i].segment.tidseg == tidseg)
			return &sources[i];
	return NULL;
}

/* The place of a segment, else the next to be used anew. */
static CachedSource *
choose_source(Oid relid, const SydraSegment *segment)
{
	static int	next = 0;
	CachedSource *source = find_source(relid, segment->storage_id, segment->tidseg);

	if (source == NULL)
	{
		next = (next + 1) % SOURCES;
		source = &sources[next];
	}
	return source;
}

void
sydra_am_fetch_sealed(Relation rel, const SydraStore *store, const SydraSegment *segment, int row,
					  TupleTableSlot *slot)
{
	CachedSource *source = choose_source(RelationGetRelid(rel), segment);
	SydraRowSource *rows = source->transaction == sydra_compat_local_xid() ? source->rows : NULL;
	bool		open = rows != NULL && source->relid == RelationGetRelid(rel) &&
		source->segment.segno == segment->segno;

	/* An error leaves the place unused. */
	source->transaction = InvalidLocalTransactionId;
	if (rows != NULL &&
		(!open || !sydra_am_row_resume(rows, rel, slot->tts_tupleDescriptor, store)))
	{
		sydra_am_row_close(rows);
		rows = NULL;
	}
	if (rows == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);

		rows = sydra_am_row_open(rel, slot->tts_tupleDescriptor, store);
		MemoryContextSwitchTo(caller);
		sydra_am_row_turn(rows, segment);
	}
	sydra_am_row_store(rows, row, slot);
	sydra_am_row_pause(rows);
	source->transaction = sydra_compat_local_xid();
	source->relid = RelationGetRelid(rel);
	source->segment = *segment;
	source->segment.extents = NULL;
	source->segment.extent_count = 0;
	source->rows = rows;
}

/* Fetches a row, visible or not, of a segment that is open already; false when it is not. */
static bool
fetch_again(Relation rel, const ItemPointerData *tid, TupleTableSlot *slot)
{
	CachedSource *source;
	SydraSegment segment;
	SydraStore	store;
	int32		tidseg;
	int			row;

	sydra_tid_decode(tid, &tidseg, &row);
	if (!sydra_store_find(rel, &store))
		return false;
	source = find_source(RelationGetRelid(rel), store.storage_id, tidseg);
	if (source == NULL || row < 0 || row >= source->segment.nrows ||
		!sydra_am_row_resume(source->rows, rel, slot->tts_tupleDescriptor, &store))
		return false;
	segment = source->segment;
	sydra_am_fetch_sealed(rel, &store, &segment, row, slot);
	return true;
}

/* Whether a row that the snapshot sees is replaced by a later one of its series and time. */
static bool
is_replaced(Relation rel, Snapshot snapshot, TupleTableSlot *slot)
{
	SydraDedup *dedup = IsMVCCSnapshot(snapshot) ? sydra_dedup_share(rel, snapshot) : NULL;
	SydraDedupRow *rows;
	bool		replaced = false;
	int			count;

	if (dedup == NULL)
		return false;
	sydra_dedup_others(dedup, slot, &rows, &count);
	for (int i = 0; i < count; i++)
		replaced = replaced || rows[i].newer;
	return replaced;
}

static bool
fetch_version(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	SydraStore	store;
	SydraSegment segment;
	int			row;

	if (!sydra_tid_is_segment(tid))
		return sydra_am_heap()->tuple_fetch_row_version(rel, tid, snapshot, slot);
	if (snapshot == SnapshotAny && fetch_again(rel, tid, slot))
		return true;

	ExecClearTuple(slot);
	if (IsMVCCSnapshot(snapshot))
		PredicateLockRelation(rel, snapshot);
	if (!find_row(rel, tid, snapshot, &store, &segment, &row))
		return false;
	sydra_am_fetch_sealed(rel, &store, &segment, row, slot);
	return true;
}

bool
sydra_am_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	if (!fetch_version(rel, tid, snapshot, slot))
		return false;
	if (!is_replaced(rel, snapshot, slot))
		return true;
	ExecClearTuple(slot);
	return false;
}

bool
sydra_am_fetch_tid_valid(TableScanDesc base, ItemPointer tid)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	SydraStore	store;
	SydraSegment segment;
	int			row;

	if (scan == NULL)
		return sydra_am_heap()->tuple_tid_valid(base, tid);
	if (!ItemPointerIsValid(tid) || !sydra_tid_is_segment(tid))
		return sydra_am_heap()->tuple_tid_valid(scan->heap, tid);
	return find_segment(base->rs_rd, tid, SnapshotAny, &store, &segment, &row);
}

/*
 * A cursor may stand on a row of a segment that is gone: deleted, which is like any row deleted
 * since, or merged with others, and then the row has another address.
 */
static void
check_moved(Relation rel, const ItemPointerData *tid)
{
	SydraSegmentFate fate;
	SydraStore	store;
	int32		tidseg;
	int			row;

	sydra_tid_decode(tid, &tidseg, &row);
	if (sydra_store_find(rel, &store) &&
		sydra_directory_fate(store.storage_id, tidseg, &fate) && fate.moved)
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row was moved by concurrent compaction, retry"),
				errdetail("The row belongs to table \"%s\".", RelationGetRelationName(rel)));
}

/*
 * Whether a row of the head, or the version that it has been updated to last, was moved away by
 * somebody else.  The caller's snapshot, older than that, keeps VACUUM from removing them.
 */
static bool
was_moved(Relation rel, const ItemPointerData *tid)
{
	HeapTupleData tuple = {.t_self = *tid};
	TransactionId writer = InvalidTransactionId;
	bool		moved = false;
	bool		more = true;

	while (more)
	{
		TransactionId xmax;
		Buffer		buffer;

		CHECK_FOR_INTERRUPTS();
		if (!heap_fetch(rel, SnapshotAny, &tuple, &buffer, false))
			return false;
		xmax = HeapTupleHeaderGetUpdateXid(tuple.t_data);
		more = (writer == InvalidTransactionId ||
				TransactionIdEquals(HeapTupleHeaderGetXmin(tuple.t_data), writer)) &&
			(tuple.t_data->t_infomask & HEAP_XMAX_INVALID) == 0 &&
			!HEAP_XMAX_IS_LOCKED_ONLY(tuple.t_data->t_infomask) &&
			!TransactionIdIsCurrentTransactionId(xmax) && TransactionIdDidCommit(xmax);
		moved = more && HeapTupleHeaderIndicatesMovedPartitions(tuple.t_data);
		more = more && !moved && !ItemPointerEquals(&tuple.t_self, &tuple.t_data->t_ctid);
		writer = xmax;
		tuple.t_self = tuple.t_data->t_ctid;
		ReleaseBuffer(buffer);
	}
	return moved;
}

static void
find_latest_in_head(TableScanDesc base, ItemPointer tid)
{
	HeapTupleData tuple = {0};
	Buffer		buffer;

	sydra_am_heap()->tuple_get_latest_tid(base, tid);
	tuple.t_self = *tid;
	if (heap_fetch(base->rs_rd, base->rs_snapshot, &tuple, &buffer, false))
		ReleaseBuffer(buffer);
	else if (was_moved(base->rs_rd, tid))
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row was moved into a segment by concurrent compaction, retry"),
				errdetail("The row belongs to table \"%s\".",
						  RelationGetRelationName(base->rs_rd)));
}

/*
 * Where a sealed row was updated its latest version is looked for in the head; a successor whose
 * place is not known any more leaves the address as it is.
 */
void
sydra_am_fetch_latest_tid(TableScanDesc base, ItemPointer tid)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	SydraStore	store;
	SydraSegment segment;
	SydraTombstone stone;
	int			row;

	if (scan == NULL)
		sydra_am_heap()->tuple_get_latest_tid(base, tid);
	else if (!sydra_tid_is_segment(tid))
		find_latest_in_head(scan->heap, tid);
	else if (!find_segment(base->rs_rd, tid, base->rs_snapshot, &store, &segment, &row))
		check_moved(base->rs_rd, tid);
	else if (sydra_tombstone_find(store.storage_id, segment.segno, row, base->rs_snapshot,
								  &stone) &&
			 stone.kind == SYDRA_TOMBSTONE_UPDATED &&
			 stone.head == base->rs_rd->rd_rel->relfilenode &&
			 sydra_am_fetch_is_version(base->rs_rd, &stone.successor, stone.xid))
	{
		*tid = stone.successor;
		find_latest_in_head(scan->heap, tid);
	}
}

bool
sydra_am_fetch_is_version(Relation rel, const ItemPointerData *tid, TransactionId xmin)
{
	HeapTupleData tuple;
	Buffer		buffer;
	bool		same;

	tuple.t_self = *tid;
	if (!heap_fetch(rel, SnapshotAny, &tuple, &buffer, false))
		return false;
	same = TransactionIdEquals(HeapTupleHeaderGetRawXmin(tuple.t_data), xmin);
	ReleaseBuffer(buffer);
	return same;
}

bool
sydra_am_fetch_satisfies(Relation rel, TupleTableSlot *slot, Snapshot snapshot)
{
	SydraStore	store;
	SydraSegment segment;
	int			row;

	if (!sydra_tid_is_segment(&slot->tts_tid))
		return sydra_am_heap()->tuple_satisfies_snapshot(rel, slot, snapshot);
	return find_row(rel, &slot->tts_tid, snapshot, &store, &segment, &row);
}
