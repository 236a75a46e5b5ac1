/*
 * am_modify.c
 *	  UPDATE, DELETE and row locks.
 *
 * A row of a segment is locked by locking its segment, deleted by a tombstone, and updated by a
 * tombstone that tells where in the head its new version is.
 *
 * Where later rows of a series and time replace earlier ones (store/dedup.h), the earlier ones go with
 * the one that has replaced them: else its end would bring them back.
 *
 * Rows of the head are heapam's.  When a seal has taken one of them away between a statement's
 * snapshot and its turn, heapam finds the mark that a move to another partition leaves; the
 * statement then fails with 40001 instead of passing over a row that lives on in a segment.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "catalog/catalog.h"
#include "catalog/pg_publication.h"
#include "pgstat.h"
#include "port/pg_bitutils.h"
#include "storage/itemptr.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "base/background.h"
#include "base/compat.h"
#include "base/error.h"
#include "store/dedup.h"
#include "store/directory.h"
#include "store/segment_drop.h"
#include "store/segment_lock.h"
#include "store/store.h"
#include "store/tombstone.h"

static void
check_moved(Relation rel, TM_Result result, const TM_FailureData *failure)
{
	if ((result == TM_Updated || result == TM_Deleted) &&
		ItemPointerIndicatesMovedPartitions(&failure->ctid))
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row was moved into a segment by concurrent compaction, retry"),
				rel->rd_rel->relispartition ?
				errdetail("The row was in partition \"%s\"; it may also have been moved to another "
						  "partition.", RelationGetRelationName(rel)) :
				errdetail("The row is in table \"%s\".", RelationGetRelationName(rel)));
}

/*
 * Subscribers could not tell which row is meant: its deletion or update would have to be decoded
 * from what is written about it, and is not.
 */
static void
check_published(Relation rel, bool update)
{
	PublicationDesc publication;

	if (!RelationIsLogicallyLogged(rel))
		return;
	RelationBuildPublicationDesc(rel, &publication);
	if (update ? publication.pubactions.pubupdate : publication.pubactions.pubdelete)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
				SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED,
							 "%s of sealed rows of the published table \"%s\" is not supported",
							 update ? "UPDATE" : "DELETE", RelationGetRelationName(rel)),
				errhint("Take the table out of the publication, or publish only its INSERTs."));
}

/*
 * What has become of a row of a segment that is locked, as heapam would tell it of one of its own.
 */
static TM_Result
judge_row(Relation rel, SydraSegmentLock *lock, const ItemPointerData *tid, CommandId cid,
		  TM_FailureData *failure, SydraTombstone *stone)
{
	const SydraSegment *segment = sydra_segment_lock_segment(lock);
	const SydraSegmentFate *gone = sydra_segment_lock_gone(lock);
	int32		tidseg;
	int			row;

	sydra_tid_decode(tid, &tidseg, &row);
	if (row < 0 || row >= segment->nrows)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s has no row %d", segment->segno,
					   sydra_store_table_name(RelationGetRelid(rel)), row));
	failure->ctid = *tid;
	failure->xmax = InvalidTransactionId;
	failure->cmax = InvalidCommandId;
	failure->traversed = false;
	if (gone == NULL && !sydra_segment_lock_is_dead(lock, row))
		return TM_Ok;
	if (!sydra_tombstone_find(segment->storage_id, segment->segno, row,
							  gone ? SnapshotAny : SnapshotSelf, stone))
	{
		if (gone == NULL)
			return TM_Ok;

		/* The row went with its segment. */
		stone->kind = SYDRA_TOMBSTONE_DELETED;
		stone->xid = gone->xid;
		stone->own = gone->own;
		stone->cid = gone->cid;
	}
	failure->xmax = stone->xid;
	if (stone->own && stone->cid >= cid)
	{
		failure->cmax = stone->cid;
		return TM_SelfModified;
	}
	if (stone->own)
		return TM_Invisible;
	if (stone->kind == SYDRA_TOMBSTONE_DELETED)
		return TM_Deleted;
	if (stone->kind == SYDRA_TOMBSTONE_MOVED)
		ItemPointerSetMovedPartitions(&failure->ctid);
	else if (stone->head == rel->rd_rel->relfilenode)
		failure->ctid = stone->successor;
	else
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row was moved by a rewrite of the table, retry"),
				errdetail("The row belongs to table \"%s\".", RelationGetRelationName(rel)));
	return TM_Updated;
}

/* Locks a row of a segment to change it; NULL when it cannot be changed, *result then tells why. */
static SydraSegmentLock *
lock_to_change(Relation rel, const ItemPointerData *tid, CommandId cid, Snapshot crosscheck,
			   bool wait, LockTupleMode mode, TM_FailureData *failure, TM_Result *result)
{
	SydraSegmentLock *lock = sydra_segment_lock(rel, tid, mode, wait);
	const SydraSegment *segment;
	SydraTombstone stone;
	SydraSegment seen;

	if (lock == NULL)
	{
		*result = TM_BeingModified;
		return NULL;
	}
	*result = judge_row(rel, lock, tid, cid, failure, &stone);
	if (*result != TM_Ok)
		return NULL;

	/* Who gives a crosscheck wants to know of rows that were not there yet then. */
	segment = sydra_segment_lock_segment(lock);
	if (crosscheck != InvalidSnapshot &&
		!sydra_directory_find(segment->storage_id, segment->tidseg, crosscheck, &seen))
	{
		*result = TM_Updated;
		return NULL;
	}
	CheckForSerializableConflictIn(rel, NULL, InvalidBlockNumber);
	return lock;
}

static int
row_number(const ItemPointerData *tid)
{
	int32		tidseg;
	int			row;

	sydra_tid_decode(tid, &tidseg, &row);
	return row;
}

static TM_Result
delete_sealed(Relation rel, const ItemPointerData *tid, CommandId cid, Snapshot crosscheck,
			  bool wait, TM_FailureData *failure, bool changing_partition)
{
	SydraSegmentLock *lock;
	TM_Result	result;

	check_published(rel, false);
	lock = lock_to_change(rel, tid, cid, crosscheck, wait, LockTupleExclusive, failure, &result);
	if (lock == NULL)
		return result;
	sydra_tombstone_delete(sydra_segment_lock_segment(lock), row_number(tid), cid,
						   changing_partition ? SYDRA_TOMBSTONE_MOVED : SYDRA_TOMBSTONE_DELETED);
	sydra_segment_lock_note_dead(lock, row_number(tid));
	pgstat_count_heap_delete(rel);
	return TM_Ok;
}

/* Whether the snapshot sees all that has become of a segment's rows; *count is that of the living. */
static bool
sees_all(const SydraSegment *segment, Snapshot snapshot, int64 *count)
{
	Size		size = sizeof(uint64) * (segment->nrows / 64 + 1);
	uint64	   *now = sydra_tombstone_read(segment, SnapshotSelf);
	uint64	   *seen = sydra_tombstone_read(segment, snapshot);
	bool		same = (now == NULL) == (seen == NULL) &&
		(now == NULL || memcmp(now, seen, size) == 0);

	*count = segment->nrows;
	if (now != NULL)
	{
		*count -= pg_popcount((const char *) now, size);
		pfree(now);
	}
	if (seen != NULL)
		pfree(seen);
	return same;
}

/* The first makes the counters of this subtransaction where there are none. */
static void
count_deletes(Relation rel, int64 rows)
{
	if (rows == 0)
		return;
	pgstat_count_heap_delete(rel);
	if (rel->pgstat_info != NULL && rel->pgstat_info->trans != NULL)
		rel->pgstat_info->trans->tuples_deleted += rows - 1;
}

/*
 * An update that the snapshot does not see has left its successor in the head, and a row that is
 * gone already may have to be told of: such rows are for those who look at each.
 */
bool
sydra_am_modify_delete_segment(Relation rel, const SydraSegment *segment, Snapshot snapshot,
							   CommandId cid, int64 *rows)
{
	SydraSegmentLock *lock;
	ItemPointerData tid;
	SydraStore	store;

	check_published(rel, false);
	sydra_tid_encode(&tid, segment->tidseg, 0);
	lock = sydra_segment_lock(rel, &tid, LockTupleExclusive, true);
	if (sydra_segment_lock_gone(lock) != NULL || !sydra_store_find(rel, &store) ||
		!sees_all(segment, snapshot, rows))
		return false;
	CheckForSerializableConflictIn(rel, NULL, InvalidBlockNumber);
	sydra_segment_drop(&store, sydra_segment_lock_segment(lock), cid, false);
	sydra_segment_lock_note_gone(lock, cid);
	count_deletes(rel, *rows);
	return true;
}

/*
 * The new version goes into the head.  The cumulative statistics count it as inserted and the old
 * one as deleted, as the head has no dead row of it.
 */
static TM_Result
update_sealed(Relation rel, const ItemPointerData *tid, TupleTableSlot *slot, CommandId cid,
			  Snapshot crosscheck, bool wait, TM_FailureData *failure)
{
	SydraSegmentLock *lock;
	TM_Result	result;

	check_published(rel, true);
	lock = lock_to_change(rel, tid, cid, crosscheck, wait, LockTupleNoKeyExclusive, failure,
						  &result);
	if (lock == NULL)
		return result;
	sydra_background_note_insert(rel, 1);
	sydra_am_heap()->tuple_insert(rel, slot, cid, HEAP_INSERT_NO_LOGICAL, NULL);
	sydra_tombstone_update(sydra_segment_lock_segment(lock), row_number(tid), cid, &slot->tts_tid,
						   rel->rd_rel->relfilenode);
	sydra_segment_lock_note_dead(lock, row_number(tid));
	pgstat_count_heap_delete(rel);
	return TM_Ok;
}

/* Somebody else may have been faster: then the row is gone, or has a version that is newer than all. */
static void
delete_replaced(Relation rel, SydraDedupRow *row, CommandId cid)
{
	TM_FailureData failure;
	TM_Result	result;

	if (row->newer)
		return;
	if (sydra_tid_is_segment(&row->tid))
		delete_sealed(rel, &row->tid, cid, InvalidSnapshot, true, &failure, false);
	else
	{
		result = sydra_am_heap()->tuple_delete(rel, &row->tid, cid, InvalidSnapshot,
											   InvalidSnapshot, true, &failure, false);
		check_moved(rel, result, &failure);
	}
}

/*
 * The rows that one which has just been deleted or updated had replaced, as the statement's snapshot
 * sees them.  When it does not see that row, a newer version that the statement went on to, it is
 * those as of now.
 */
static void
delete_all_replaced(Relation rel, const ItemPointerData *tid, CommandId cid, Snapshot snapshot)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra replaced rows",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	ItemPointerData address = *tid;
	SydraDedup *dedup = NULL;
	SydraDedupRow *rows;
	int			count;

	if (!sydra_am_fetch_row_version(rel, &address, SnapshotAny, slot))
		elog(ERROR, "a row of table \"%s\" is not where it was deleted",
			 RelationGetRelationName(rel));
	if (snapshot != InvalidSnapshot && IsMVCCSnapshot(snapshot))
		dedup = sydra_dedup_share(rel, snapshot);
	if (dedup == NULL || !sydra_dedup_others(dedup, slot, &rows, &count))
	{
		const SydraTable *table = sydra_table_describe(rel);
		bool		isnull;
		int64		time = DatumGetInt64(slot_getattr(slot, table->time_attnum, &isnull));

		dedup = sydra_dedup_open(rel, table, NULL, InvalidSnapshot, time,
								 time == PG_INT64_MAX ? time : time + 1, false);
		sydra_dedup_others(dedup, slot, &rows, &count);
		sydra_dedup_close(dedup);
	}
	for (int i = 0; i < count; i++)
		delete_replaced(rel, &rows[i], cid);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

TM_Result
sydra_am_modify_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
					   Snapshot crosscheck, bool wait, TM_FailureData *failure,
					   bool changing_partition)
{
	TM_Result	result;

	if (sydra_tid_is_segment(tid))
		result = delete_sealed(rel, tid, cid, crosscheck, wait, failure, changing_partition);
	else
	{
		result = sydra_am_heap()->tuple_delete(rel, tid, cid, snapshot, crosscheck, wait, failure,
											   changing_partition);
		check_moved(rel, result, failure);
	}
	if (result == TM_Ok && sydra_store_keeps_last(rel))
		delete_all_replaced(rel, tid, cid, snapshot);
	return result;
}

TM_Result
sydra_am_modify_update(Relation rel, ItemPointer tid, TupleTableSlot *slot, CommandId cid,
					   Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *failure,
					   LockTupleMode *mode, TU_UpdateIndexes *update_indexes)
{
	TM_Result	result;

	if (sydra_tid_is_segment(tid))
	{
		*mode = LockTupleNoKeyExclusive;
		*update_indexes = TU_None;
		result = update_sealed(rel, tid, slot, cid, crosscheck, wait, failure);
	}
	else
	{
		result = sydra_am_heap()->tuple_update(rel, tid, slot, cid, snapshot, crosscheck, wait,
											   failure, mode, update_indexes);
		check_moved(rel, result, failure);
	}
	if (result == TM_Ok && sydra_store_keeps_last(rel))
		delete_all_replaced(rel, tid, cid, snapshot);
	return result;
}

static TM_Result lock_sealed(Relation rel, ItemPointer tid, Snapshot snapshot,
							 TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
							 LockWaitPolicy wait_policy, uint8 flags, TM_FailureData *failure);

/*
 * heapam follows a chain of updates by itself and speaks of partitions where it ends in a moved
 * row, so that the first step is taken without following.
 */
TM_Result
sydra_am_modify_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
					 CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
					 TM_FailureData *failure)
{
	ItemPointerData address;
	TM_Result	result;

	/*
	 * Who applies logical changes gives the address in a slot that a sealed row was copied to, where
	 * only the tuple has it still.
	 */
	if (!ItemPointerIsValid(tid) && TTS_IS_BUFFERTUPLE(slot) && !TTS_EMPTY(slot))
	{
		address = ((HeapTupleTableSlot *) slot)->tuple->t_self;
		tid = &address;
	}
	if (sydra_tid_is_segment(tid))
		return lock_sealed(rel, tid, snapshot, slot, cid, mode, wait_policy, flags, failure);
	result = sydra_am_heap()->tuple_lock(rel, tid, snapshot, slot, cid, mode, wait_policy,
										 flags & ~TUPLE_LOCK_FLAG_FIND_LAST_VERSION, failure);
	check_moved(rel, result, failure);
	if (result == TM_Updated && (flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
		result = sydra_am_heap()->tuple_lock(rel, tid, snapshot, slot, cid, mode, wait_policy,
											 flags, failure);
	return result;
}

/*
 * Goes on to the version in the head that an update has made.  It cannot have been vacuumed away:
 * the caller's snapshot is older than the update.
 */
static TM_Result
lock_successor(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
			   CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
			   TM_FailureData *failure)
{
	TM_Result	result;

	if (ItemPointerIndicatesMovedPartitions(&failure->ctid))
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("tuple to be locked was already moved to another partition due to "
					   "concurrent update"));
	if (!sydra_am_fetch_is_version(rel, &failure->ctid, failure->xmax))
		return TM_Deleted;
	*tid = failure->ctid;
	result = sydra_am_modify_lock(rel, tid, snapshot, slot, cid, mode, wait_policy, flags, failure);
	failure->traversed = true;
	return result;
}

static TM_Result
lock_sealed(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot, CommandId cid,
			LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags, TM_FailureData *failure)
{
	SydraSegmentLock *lock = sydra_segment_lock(rel, tid, mode, wait_policy == LockWaitBlock);
	SydraTombstone stone;
	SydraStore	store;
	TM_Result	result;

	ExecClearTuple(slot);
	if (lock == NULL && wait_policy == LockWaitSkip)
		return TM_WouldBlock;
	if (lock == NULL)
		ereport(ERROR,
				errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("could not obtain lock on row in relation \"%s\"",
					   RelationGetRelationName(rel)));
	result = judge_row(rel, lock, tid, cid, failure, &stone);
	if (result == TM_Updated && (flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
		return lock_successor(rel, tid, snapshot, slot, cid, mode, wait_policy, flags, failure);
	if (result == TM_Ok && sydra_store_find(rel, &store))
		sydra_am_fetch_sealed(rel, &store, sydra_segment_lock_segment(lock), row_number(tid),
							  slot);
	return result;
}
