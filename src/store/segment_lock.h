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
 * segment that is not there any more raises 40001.  The result is good until the transaction, or
 * the subtransaction, ends.
 */
extern SydraSegmentLock *sydra_segment_lock(Relation rel, const ItemPointerData *tid,
											LockTupleMode mode, bool wait);

/* Without extents. */
extern const SydraSegment *sydra_segment_lock_segment(const SydraSegmentLock *lock);

/*
 * Whether a row has a tombstone, of whatever command.  Nobody else adds one while the lock is
 * held in a mode above LockTupleKeyShare.
 */
extern bool sydra_segment_lock_is_dead(SydraSegmentLock *lock, int row);

/* Tells that this transaction has just added the row's tombstone. */
extern void sydra_segment_lock_note_dead(SydraSegmentLock *lock, int row);

#endif
