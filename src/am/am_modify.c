/*
 * am_modify.c
 *	  UPDATE, DELETE and row locks.
 *
 * Rows of the head are heapam's.  When a seal has taken one of them away between a statement's
 * snapshot and its turn, heapam finds the mark that a move to another partition leaves; the
 * statement then fails with 40001 instead of passing over a row that lives on in a segment.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "base/compat.h"
#include "base/error.h"
#include "store/directory.h"
#include "store/store.h"

pg_noreturn static void
refuse_sealed(Relation rel, const char *statement)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
			SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED,
						 "%s of sealed rows of table \"%s\" is not supported by this version",
						 statement, RelationGetRelationName(rel)),
			errhint("Restrict the statement to rows that are not sealed yet, or rewrite the table "
					"without these rows."));
}

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

TM_Result
sydra_am_modify_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
					   Snapshot crosscheck, bool wait, TM_FailureData *failure,
					   bool changing_partition)
{
	TM_Result	result;

	if (sydra_tid_is_segment(tid))
		refuse_sealed(rel, changing_partition ? "UPDATE" : "DELETE");
	result = sydra_am_heap()->tuple_delete(rel, tid, cid, snapshot, crosscheck, wait, failure,
										   changing_partition);
	check_moved(rel, result, failure);
	return result;
}

TM_Result
sydra_am_modify_update(Relation rel, ItemPointer tid, TupleTableSlot *slot, CommandId cid,
					   Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *failure,
					   LockTupleMode *mode, TU_UpdateIndexes *update_indexes)
{
	TM_Result	result;

	if (sydra_tid_is_segment(tid))
		refuse_sealed(rel, "UPDATE");
	result = sydra_am_heap()->tuple_update(rel, tid, slot, cid, snapshot, crosscheck, wait,
										   failure, mode, update_indexes);
	check_moved(rel, result, failure);
	return result;
}

static const char *
name_lock(LockTupleMode mode)
{
	switch (mode)
	{
		case LockTupleKeyShare:
			return "SELECT FOR KEY SHARE";
		case LockTupleShare:
			return "SELECT FOR SHARE";
		case LockTupleNoKeyExclusive:
			return "SELECT FOR NO KEY UPDATE";
		case LockTupleExclusive:
			return "SELECT FOR UPDATE";
	}
	pg_unreachable();
}

/*
 * heapam follows a chain of updates by itself and speaks of partitions where it ends in a moved
 * row, so that the first step is taken without following.
 */
TM_Result
sydra_am_modify_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
					 CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
					 TM_FailureData *failure)
{
	TM_Result	result;

	if (sydra_tid_is_segment(tid))
		refuse_sealed(rel, name_lock(mode));
	result = sydra_am_heap()->tuple_lock(rel, tid, snapshot, slot, cid, mode, wait_policy,
										 flags & ~TUPLE_LOCK_FLAG_FIND_LAST_VERSION, failure);
	check_moved(rel, result, failure);
	if (result == TM_Updated && (flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
		result = sydra_am_heap()->tuple_lock(rel, tid, snapshot, slot, cid, mode, wait_policy,
											 flags, failure);
	return result;
}
