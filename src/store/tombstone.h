/*
 * Tombstones: which rows of segments have been deleted, or updated and so replaced by rows of the
 * head.
 *
 * A row of a segment is visible to a snapshot that sees the segment and none of the row's
 * tombstones.  Who adds one holds the segment's lock (segment_lock.h): a row never gets two that
 * last.
 */
#ifndef SYDRA_TOMBSTONE_H
#define SYDRA_TOMBSTONE_H

#include "storage/itemptr.h"
#include "utils/snapshot.h"

#include "store/directory.h"

#define SYDRA_TOMBSTONE_DELETED 'd'
#define SYDRA_TOMBSTONE_UPDATED 'u'
#define SYDRA_TOMBSTONE_MOVED 'm' /* to another partition */

typedef struct SydraTombstone
{
	char		kind;
	TransactionId xid;			/* who wrote it */
	bool		own;			/* this transaction */
	CommandId	cid;			/* of the command that wrote it, when own */
	ItemPointerData successor;	/* in the head, when updated; its xmin is xid */
	Oid			head;			/* the relfilenode that successor is an address in */
} SydraTombstone;

/* One bit a row of a segment. */
static inline bool
sydra_tombstone_test(const uint64 *dead, int row)
{
	return (dead[row / 64] >> (row % 64) & 1) != 0;
}

/*
 * Whether any row of the storage may be dead to the snapshot.  The answer holds for as long as the
 * snapshot does; it is yes for a snapshot that is not an MVCC one.
 */
extern bool sydra_tombstone_any(int64 storage_id, Snapshot snapshot);

/*
 * The rows of a segment that are dead to the snapshot, in the current context; NULL when none is.
 */
extern uint64 *sydra_tombstone_read(const SydraSegment *segment, Snapshot snapshot);

/* Whether that finds no damage; if it does, *fault says which. */
extern bool sydra_tombstone_is_sound(const SydraSegment *segment, Snapshot snapshot, char **fault);

/*
 * The tombstone of a row that the snapshot sees; stone may be NULL.  SnapshotAny sees also those that
 * were removed with their segment.
 */
extern bool sydra_tombstone_find(int64 storage_id, int64 segno, int row, Snapshot snapshot,
								 SydraTombstone *stone);

/* How many rows of the storage are dead to the snapshot. */
extern double sydra_tombstone_count(int64 storage_id, Snapshot snapshot);

/*
 * The same for each of these segments, all that the snapshot sees; and how many tombstones mean
 * segments that are not there any more.
 */
extern int64 sydra_tombstone_count_each(int64 storage_id, const SydraSegment *segments, int count,
										Snapshot snapshot, int *dead);

/* Deletes the tombstones that the snapshot sees of segments that are not there any more. */
extern void sydra_tombstone_forget_orphans(int64 storage_id, const SydraSegment *segments,
										   int count, Snapshot snapshot);

/*
 * Marks a row for the command cid.  The row of the catalog that says so may be written later:
 * everything here that reads has it written first, and so have the end of the transaction, the
 * beginning of a subtransaction and that of every query.
 */
extern void sydra_tombstone_delete(const SydraSegment *segment, int row, CommandId cid, char kind);
extern void sydra_tombstone_update(const SydraSegment *segment, int row, CommandId cid,
								   const ItemPointerData *successor, Oid head);
extern void sydra_tombstone_flush(void);

/* Deletes the tombstones of a segment that goes away, for the command cid. */
extern void sydra_tombstone_remove(const SydraSegment *segment, CommandId cid);

/*
 * A line (char *) to *faults for each tombstone that means no row of these segments, all that the
 * snapshot sees, or one that is dead already.
 */
extern void sydra_tombstone_verify(int64 storage_id, const SydraSegment *segments, int count,
								   Snapshot snapshot, List **faults);

#endif
