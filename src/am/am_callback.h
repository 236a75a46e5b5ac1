/*
 * The callbacks of the access method that are not heapam's own, and what they share.
 *
 * Every one first asks whether it has to do with a segment at all, and hands over to heapam when
 * not.
 */
#ifndef SYDRA_AM_CALLBACK_H
#define SYDRA_AM_CALLBACK_H

#include "access/tableam.h"

#include "base/compat.h"
#include "store/directory.h"
#include "store/store.h"

/* heapam's routine, that ours is a copy of. */
extern const TableAmRoutine *sydra_am_heap(void);

/* Whether a relation uses our routine. */
extern bool sydra_am_is_ours(Relation rel);

/* am_scan.c */
extern TableScanDesc sydra_am_scan_begin(Relation rel, Snapshot snapshot, int nkeys,
										 struct ScanKeyData *key, ParallelTableScanDesc parallel,
										 uint32 flags);
extern void sydra_am_scan_end(TableScanDesc scan);
extern void sydra_am_scan_rescan(TableScanDesc scan, struct ScanKeyData *key, bool set_params,
								 bool allow_strat, bool allow_sync, bool allow_pagemode);
extern bool sydra_am_scan_getnextslot(TableScanDesc scan, ScanDirection direction,
									  TupleTableSlot *slot);
extern Size sydra_am_scan_parallel_estimate(Relation rel);
extern Size sydra_am_scan_parallel_initialize(Relation rel, ParallelTableScanDesc parallel);
extern void sydra_am_scan_parallel_reinitialize(Relation rel, ParallelTableScanDesc parallel);

/* am_sample.c */
extern bool sydra_am_sample_next_block(TableScanDesc scan, struct SampleScanState *state);
extern bool sydra_am_sample_next_tuple(TableScanDesc scan, struct SampleScanState *state,
									   TupleTableSlot *slot);

/* am_analyze.c */
extern bool sydra_am_analyze_next_block(TableScanDesc scan, SYDRA_COMPAT_ANALYZE_PARAMETERS);
extern bool sydra_am_analyze_next_tuple(TableScanDesc scan, TransactionId oldest_xmin,
										double *live_rows, double *dead_rows,
										TupleTableSlot *slot);

/* am_fetch.c */
extern bool sydra_am_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot,
									   TupleTableSlot *slot);
extern bool sydra_am_fetch_tid_valid(TableScanDesc scan, ItemPointer tid);
extern void sydra_am_fetch_latest_tid(TableScanDesc scan, ItemPointer tid);
extern bool sydra_am_fetch_satisfies(Relation rel, TupleTableSlot *slot, Snapshot snapshot);

/* Stores a row of a segment in a slot of the kind BufferHeapTuple. */
extern void sydra_am_fetch_sealed(Relation rel, const SydraStore *store,
								  const SydraSegment *segment, int row, TupleTableSlot *slot);

/* Whether the head has a row at an address that was written by xmin. */
extern bool sydra_am_fetch_is_version(Relation rel, const ItemPointerData *tid,
									  TransactionId xmin);

/* am_insert.c */
extern void sydra_am_insert_row(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
								struct BulkInsertStateData *bulk);
extern void sydra_am_insert_rows(Relation rel, TupleTableSlot **slots, int count, CommandId cid,
								 int options, struct BulkInsertStateData *bulk);

/* am_modify.c */
extern TM_Result sydra_am_modify_delete(Relation rel, ItemPointer tid, CommandId cid,
										Snapshot snapshot, Snapshot crosscheck, bool wait,
										TM_FailureData *failure, bool changing_partition);
extern TM_Result sydra_am_modify_update(Relation rel, ItemPointer tid, TupleTableSlot *slot,
										CommandId cid, Snapshot snapshot, Snapshot crosscheck,
										bool wait, TM_FailureData *failure, LockTupleMode *mode,
										TU_UpdateIndexes *update_indexes);
extern TM_Result sydra_am_modify_lock(Relation rel, ItemPointer tid, Snapshot snapshot,
									  TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
									  LockWaitPolicy wait_policy, uint8 flags,
									  TM_FailureData *failure);


/*
 * Deletes all rows of a segment that the snapshot sees and drops it; *rows is their number.  False
 * when a row has changed since the snapshot: then they have to be deleted one by one.
 */
extern bool sydra_am_modify_delete_segment(Relation rel, const SydraSegment *segment,
										   Snapshot snapshot, CommandId cid, int64 *rows);

/* am_rewrite.c */
extern void sydra_am_rewrite_finish_bulk_insert(Relation rel, int options);
extern void sydra_am_rewrite_truncate(Relation rel);
extern void sydra_am_rewrite_copy_for_cluster(Relation old_table, Relation new_table,
											  Relation old_index, bool use_sort,
											  TransactionId oldest_xmin,
											  TransactionId *xid_cutoff,
											  MultiXactId *multi_cutoff, double *tuples,
											  double *vacuumed, double *recently_dead);
extern bool sydra_am_rewrite_needs_toast(Relation rel);
extern Oid	sydra_am_rewrite_toast_am(Relation rel);

/* am_vacuum.c */
extern void sydra_am_vacuum(Relation rel, struct VacuumParams *params,
							BufferAccessStrategy strategy);

/* Gives a head without a page an empty one: ANALYZE visits a table block by block. */
extern void sydra_am_vacuum_anchor(Relation rel);

/* am_estimate.c */
extern void sydra_am_estimate_size(Relation rel, int32 *attr_widths, BlockNumber *pages,
								   double *tuples, double *allvisfrac);

/* am_index.c */
extern double sydra_am_index_build(Relation rel, Relation index, struct IndexInfo *info,
								   bool allow_sync, bool anyvisible, bool progress,
								   BlockNumber start_block, BlockNumber block_count,
								   IndexBuildCallback callback, void *callback_state,
								   TableScanDesc scan);
extern void sydra_am_index_validate(Relation rel, Relation index, struct IndexInfo *info,
									Snapshot snapshot, struct ValidateIndexState *state);

#endif
