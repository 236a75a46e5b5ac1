/*
 * Takes a segment away: its directory row, its tombstones and its chunks.
 */
#ifndef SYDRA_SEGMENT_DROP_H
#define SYDRA_SEGMENT_DROP_H

#include "store/directory.h"
#include "store/store.h"

/*
 * For the command cid.  The caller has locked the segment in AccessExclusiveLock and then seen its
 * directory row with SnapshotSelf.  Moved: the rows live on in other segments, and who waits for one
 * gets 40001; else they are deleted.  Old snapshots go on to see them all.
 */
extern void sydra_segment_drop(const SydraStore *store, const SydraSegment *segment,
							   CommandId cid, bool moved);

#endif
