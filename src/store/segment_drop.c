/*
 * segment_drop.c
 *	  Taking a segment away.
 *
 * All is deleted by one transaction, as rows of heaps are: who sees the directory row sees the
 * tombstones, and VACUUM leaves the chunks for as long as that may be.
 */
#include "postgres.h"

#include "store/chunk.h"
#include "store/segment_drop.h"
#include "store/tombstone.h"

void
sydra_segment_drop(const SydraStore *store, const SydraSegment *segment, CommandId cid, bool moved)
{
	sydra_directory_remove(segment, cid, moved);
	sydra_tombstone_remove(segment, cid);
	sydra_chunk_delete(store, segment, cid);
}
