/*
 * am_fetch.c
 *	  Rows by address.
 *
 * The address of a sealed row names its segment; the row is there exactly when the snapshot sees
 * the segment.
 */
#include "postgres.h"

#include "storage/predicate.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "am/am_row.h"
#include "am/am_scan.h"

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

bool
sydra_am_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	SydraStore	store;
	SydraSegment segment;
	SydraRowSource *source;
	int			row;

	if (!sydra_tid_is_segment(tid))
		return sydra_am_heap()->tuple_fetch_row_version(rel, tid, snapshot, slot);

	ExecClearTuple(slot);
	if (IsMVCCSnapshot(snapshot))
		PredicateLockRelation(rel, snapshot);
	if (!find_segment(rel, tid, snapshot, &store, &segment, &row))
		return false;
	source = sydra_am_row_open(rel, slot->tts_tupleDescriptor, &store);
	sydra_am_row_turn(source, &segment);
	sydra_am_row_store(source, row, slot);
	sydra_am_row_close(source);
	return true;
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
	return find_segment(base->rs_rd, tid, base->rs_snapshot, &store, &segment, &row);
}

/* A sealed row has no later version. */
void
sydra_am_fetch_latest_tid(TableScanDesc base, ItemPointer tid)
{
	SydraScan  *scan = sydra_am_scan_union(base);

	if (scan == NULL)
		sydra_am_heap()->tuple_get_latest_tid(base, tid);
	else if (!sydra_tid_is_segment(tid))
		sydra_am_heap()->tuple_get_latest_tid(scan->heap, tid);
}

bool
sydra_am_fetch_satisfies(Relation rel, TupleTableSlot *slot, Snapshot snapshot)
{
	SydraStore	store;
	SydraSegment segment;
	int			row;

	if (!sydra_tid_is_segment(&slot->tts_tid))
		return sydra_am_heap()->tuple_satisfies_snapshot(rel, slot, snapshot);
	return find_segment(rel, &slot->tts_tid, snapshot, &store, &segment, &row);
}
