/*
 * am_scan.c
 *	  Sequential scans: first the head, then the segments, each row once.
 *
 * Both are read with one snapshot: a seal deletes rows of the head and publishes their segment in
 * one transaction, which the snapshot sees as a whole or not at all.
 *
 * Rows that later ones of the same series and time replace are left out as dead ones are (dedup.h).
 *
 * Backward, the order is turned round.  In parallel, the workers share the head's blocks as
 * heapam's do and then take segments one at a time, from lists that are equal because the snapshot
 * is.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/transam.h"
#include "access/valid.h"
#include "access/xact.h"
#include "pgstat.h"
#include "storage/procarray.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "am/am_scan.h"
#include "base/compat.h"
#include "store/bulk.h"
#include "store/salvage.h"
#include "store/tombstone.h"

typedef struct ParallelScan
{
	ParallelBlockTableScanDescData heap;
	bool		salvage;		/* damaged segments are left out */
	pg_atomic_uint32 next_segment;
	pg_atomic_uint32 list_length;	/* of the first to read the directory, plus one; 0 none yet */
} ParallelScan;

/*
 * A missing store is proof that there are no segments only for a snapshot older than the look.  A
 * scan with SnapshotAny is heapam's own, rewriting the head, and takes the descriptor to be its own
 * too.
 */
TableScanDesc
sydra_am_scan_begin(Relation rel, Snapshot snapshot, int nkeys, struct ScanKeyData *key,
					ParallelTableScanDesc parallel, uint32 flags)
{
	SydraScan  *scan;
	SydraStore	store;
	bool		known;
	bool		keeps_last;

	if (snapshot == SnapshotAny)
		return heap_beginscan(rel, snapshot, nkeys, key, parallel, flags);
	sydra_bulk_flush(RelationGetRelid(rel));
	known = sydra_store_find(rel, &store);
	keeps_last = sydra_store_keeps_last(rel);
	if (!known && !keeps_last && (snapshot == NULL || IsMVCCSnapshot(snapshot)))
		return heap_beginscan(rel, snapshot, nkeys, key, parallel, flags);

	scan = palloc0(sizeof(SydraScan));
	scan->heap = heap_beginscan(rel, snapshot, nkeys, key, parallel, flags & ~SO_TEMP_SNAPSHOT);
	scan->base = *scan->heap;
	scan->base.rs_flags = flags | SYDRA_SCAN_UNION;
	scan->keeps_last = keeps_last;
	scan->store_known = known;
	if (known)
		scan->store = store;
	scan->context = AllocSetContextCreate(CurrentMemoryContext, "sydra scan",
										  ALLOCSET_DEFAULT_SIZES);
	scan->turned = -1;
	scan->salvage = parallel ? ((ParallelScan *) parallel)->salvage : sydra_salvage_wanted(rel);
	return &scan->base;
}

void
sydra_am_scan_end(TableScanDesc base)
{
	SydraScan  *scan = sydra_am_scan_union(base);

	if (scan == NULL)
	{
		heap_endscan(base);
		return;
	}
	if (scan->rows)
		sydra_am_row_close(scan->rows);
	if (scan->dedup)
		sydra_dedup_close(scan->dedup);
	heap_endscan(scan->heap);
	if (base->rs_flags & SO_TEMP_SNAPSHOT)
		UnregisterSnapshot(base->rs_snapshot);
	if (scan->own_snapshot)
		UnregisterSnapshot(scan->own_snapshot);
	MemoryContextDelete(scan->context);
	pfree(scan);
}

/* A snapshot that changes from look to look needs a new list each time. */
void
sydra_am_scan_rescan(TableScanDesc base, struct ScanKeyData *key, bool set_params,
					 bool allow_strat, bool allow_sync, bool allow_pagemode)
{
	SydraScan  *scan = sydra_am_scan_union(base);

	if (scan == NULL)
	{
		heap_rescan(base, key, set_params, allow_strat, allow_sync, allow_pagemode);
		return;
	}
	heap_rescan(scan->heap, key, set_params, allow_strat, allow_sync, allow_pagemode);
	scan->started = false;
	scan->in_segments = false;
	scan->sample_next = 0;
	if ((scan->listed || scan->dedup) && !IsMVCCSnapshot(base->rs_snapshot))
	{
		if (scan->rows)
			sydra_am_row_close(scan->rows);
		if (scan->dedup)
			sydra_dedup_close(scan->dedup);
		scan->rows = NULL;
		scan->dedup = NULL;
		scan->turned = -1;
		scan->listed = false;
		scan->dead = NULL;
		scan->dead_context = NULL;
		scan->sample_ends = NULL;
		MemoryContextReset(scan->context);
	}
}

/*
 * A dirty snapshot tells whom to wait for.  The directory's scan has left the last row's answer
 * there, which may be of another segment than the one whose rows are returned.
 */
static void
report_creator(SydraScan *scan, const SydraSegment *segment)
{
	Snapshot	snapshot = scan->base.rs_snapshot;
	TransactionId creator = XidFromFullTransactionId(segment->creator);

	snapshot->xmin = snapshot->xmax = InvalidTransactionId;
	snapshot->speculativeToken = 0;
	if (!TransactionIdIsCurrentTransactionId(creator) && TransactionIdIsInProgress(creator))
		snapshot->xmin = creator;
}

void
sydra_am_scan_list(SydraScan *scan, Snapshot snapshot)
{
	MemoryContext caller;

	if (scan->listed)
		return;
	if (!scan->store_known)
		scan->store_known = sydra_store_find(scan->base.rs_rd, &scan->store);
	caller = MemoryContextSwitchTo(scan->context);
	scan->segment_count = 0;
	scan->any_dead = false;
	if (scan->store_known)
	{
		scan->segments = sydra_directory_read(scan->store.storage_id, PG_INT64_MIN, PG_INT64_MAX,
											  snapshot, &scan->segment_count);
		scan->any_dead = sydra_tombstone_any(scan->store.storage_id, snapshot);
	}
	scan->dead_context = AllocSetContextCreate(scan->context, "sydra dead rows",
											   ALLOCSET_START_SMALL_SIZES);
	MemoryContextSwitchTo(caller);
	scan->snapshot = snapshot;
	scan->listed = true;
}

void
sydra_am_scan_dedup(SydraScan *scan, TupleTableSlot *slot)
{
	MemoryContext caller;

	if (!scan->keeps_last || scan->dedup != NULL)
		return;
	caller = MemoryContextSwitchTo(scan->context);
	scan->dedup = sydra_dedup_open(scan->base.rs_rd,
								   sydra_table_describe_as(scan->base.rs_rd,
														   slot->tts_tupleDescriptor),
								   slot->tts_tupleDescriptor, scan->base.rs_snapshot,
								   PG_INT64_MIN, PG_INT64_MAX, scan->salvage);
	scan->keeps_last = scan->dedup != NULL;
	MemoryContextSwitchTo(caller);
}

/* False when the segment is left out. */
static bool
turn_to(SydraScan *scan, int segment, TupleTableSlot *slot)
{
	MemoryContext caller;

	if (scan->turned == segment)
		return !scan->left_out;
	caller = MemoryContextSwitchTo(scan->context);
	if (scan->rows == NULL)
		scan->rows = sydra_am_row_open(scan->base.rs_rd, slot->tts_tupleDescriptor, &scan->store);
	scan->left_out = scan->salvage &&
		!sydra_am_row_check(scan->rows, &scan->segments[segment], scan->snapshot);
	if (!scan->left_out)
	{
		sydra_am_row_turn(scan->rows, &scan->segments[segment]);
		MemoryContextReset(scan->dead_context);
		MemoryContextSwitchTo(scan->dead_context);
		scan->dead = scan->any_dead ?
			sydra_tombstone_read(&scan->segments[segment], scan->snapshot) : NULL;
		if (scan->dedup)
			scan->dead = sydra_dedup_segment(scan->dedup, &scan->segments[segment], scan->dead);
	}
	MemoryContextSwitchTo(caller);
	scan->turned = segment;
	return !scan->left_out;
}

bool
sydra_am_scan_store(SydraScan *scan, int segment, int row, TupleTableSlot *slot)
{
	if (!turn_to(scan, segment, slot))
		return false;
	if (scan->dead != NULL && sydra_tombstone_test(scan->dead, row))
		return false;
	sydra_am_row_store(scan->rows, row, slot);
	return true;
}

/* The next segment that no other worker has taken; segment_count when there is none. */
static int
claim_segment(SydraScan *scan)
{
	ParallelScan *parallel = (ParallelScan *) scan->base.rs_parallel;
	uint32		length = 0;
	uint32		claimed;

	if (!pg_atomic_compare_exchange_u32(&parallel->list_length, &length,
										(uint32) scan->segment_count + 1) &&
		length != (uint32) scan->segment_count + 1)
		elog(ERROR, "parallel workers see different segments of table \"%s\"",
			 RelationGetRelationName(scan->base.rs_rd));
	claimed = pg_atomic_fetch_add_u32(&parallel->next_segment, 1);
	return claimed < (uint32) scan->segment_count ? (int) claimed : scan->segment_count;
}

static void
enter_segments(SydraScan *scan, ScanDirection direction)
{
	sydra_am_scan_list(scan, scan->base.rs_snapshot);
	scan->in_segments = true;
	if (ScanDirectionIsBackward(direction))
	{
		scan->segment = scan->segment_count;
		scan->row = 0;
	}
	else
	{
		scan->segment = scan->base.rs_parallel ? claim_segment(scan) : 0;
		scan->row = -1;
	}
}

/* Moves to the next row of a segment; false past the last. */
static bool
step_forward(SydraScan *scan)
{
	while (scan->segment < scan->segment_count)
	{
		if (++scan->row < scan->segments[scan->segment].nrows)
			return true;
		scan->segment = scan->base.rs_parallel ? claim_segment(scan) : scan->segment + 1;
		scan->row = -1;
	}
	return false;
}

/* Moves to the row before; false before the first. */
static bool
step_backward(SydraScan *scan)
{
	while (--scan->row < 0)
	{
		if (--scan->segment < 0)
			return false;
		scan->row = scan->segments[scan->segment].nrows;
	}
	return true;
}

static bool
get_segment_row(SydraScan *scan, ScanDirection direction, TupleTableSlot *slot)
{
	while (ScanDirectionIsBackward(direction) ? step_backward(scan) : step_forward(scan))
	{
		if (!turn_to(scan, scan->segment, slot))
		{
			CHECK_FOR_INTERRUPTS();
			continue;
		}
		if (scan->dead != NULL && sydra_tombstone_test(scan->dead, scan->row))
			continue;
		sydra_am_row_store(scan->rows, scan->row, slot);
		if (scan->base.rs_nkeys > 0 &&
			!sydra_compat_key_test(ExecFetchSlotHeapTuple(slot, false, NULL),
								   slot->tts_tupleDescriptor, scan->base.rs_nkeys,
								   scan->base.rs_key))
			continue;
		if (scan->base.rs_snapshot->snapshot_type == SNAPSHOT_DIRTY)
			report_creator(scan, &scan->segments[scan->segment]);
		pgstat_count_heap_getnext(scan->base.rs_rd);
		return true;
	}
	return false;
}

bool
sydra_am_scan_getnextslot(TableScanDesc base, ScanDirection direction, TupleTableSlot *slot)
{
	SydraScan  *scan = sydra_am_scan_union(base);

	if (scan == NULL)
		return heap_getnextslot(base, direction, slot);

	if (!scan->started)
		sydra_am_scan_dedup(scan, slot);
	if (!scan->started && ScanDirectionIsBackward(direction))
		enter_segments(scan, direction);
	scan->started = true;
	if (scan->in_segments && get_segment_row(scan, direction, slot))
		return true;
	if (scan->in_segments && ScanDirectionIsForward(direction))
	{
		ExecClearTuple(slot);
		return false;
	}
	scan->in_segments = false;
	while (heap_getnextslot(scan->heap, direction, slot))
		if (sydra_am_scan_counts(scan, &slot->tts_tid))
			return true;
	if (ScanDirectionIsForward(direction))
	{
		enter_segments(scan, direction);
		if (get_segment_row(scan, direction, slot))
			return true;
	}
	else
		scan->started = false;
	ExecClearTuple(slot);
	return false;
}

Size
sydra_am_scan_parallel_estimate(Relation rel)
{
	return sizeof(ParallelScan);
}

Size
sydra_am_scan_parallel_initialize(Relation rel, ParallelTableScanDesc base)
{
	ParallelScan *parallel = (ParallelScan *) base;

	table_block_parallelscan_initialize(rel, base);
	parallel->salvage = sydra_salvage_wanted(rel);
	pg_atomic_init_u32(&parallel->next_segment, 0);
	pg_atomic_init_u32(&parallel->list_length, 0);
	return sizeof(ParallelScan);
}

void
sydra_am_scan_parallel_reinitialize(Relation rel, ParallelTableScanDesc base)
{
	ParallelScan *parallel = (ParallelScan *) base;

	table_block_parallelscan_reinitialize(rel, base);
	pg_atomic_write_u32(&parallel->next_segment, 0);
}
