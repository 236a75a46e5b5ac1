/*
 * Locks on rows of segments.  A segment is locked as a whole, in the mode that heap locks a row
 * in, until the transaction ends.
 */
#ifndef SYDRA_SEGMENT_LOCK_H
#define SYDRA_SEGMENT_LOCK_H

#include "nodes/lockoptions.h"
#include "utils/relcache.h"

#include "store/directory.h"

typedef struct SydraSegmentLock SydraSegmentLock;

/*
 * Locks the segment that a row is in; NULL when that would mean waiting and wait is false.  A
 * segment whose rows have moved elsewhere raises 40001; whether one was deleted as a whole
 * sydra_segment_lock_gone() tells.  The result is good until the transaction, or the
 * subtransaction, ends.
 */
extern SydraSegmentLock *sydra_segment_lock(Relation rel, const ItemPointerData *tid,
											LockTupleMode mode, bool wait);

/* Without extents. */
extern const SydraSegment *sydra_segment_lock_segment(const SydraSegmentLock *lock);

/* How the segment was deleted; NULL: it is there. */
extern const SydraSegmentFate *sydra_segment_lock_gone(const SydraSegmentLock *lock);

/* Tells that this transaction has just dropped the segment, in the command cid. */
extern void sydra_segment_lock_note_gone(SydraSegmentLock *lock, CommandId cid);

/*
 * Whether a row has a tombstone, of whatever command.  Nobody else adds one while the lock is
 * held in a mode above LockTupleKeyShare.
 */
extern bool sydra_segment_lock_is_dead(SydraSegmentLock *lock, int row);

/* Tells that this transaction has just added the row's tombstone. */
extern void sydra_segment_lock_note_dead(SydraSegmentLock *lock, int row);

#endif
