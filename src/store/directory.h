/*
 * The directory: one row a segment in sydra_catalog.segment.  A segment is visible to a snapshot
 * exactly when its row is.
 */
#ifndef SYDRA_DIRECTORY_H
#define SYDRA_DIRECTORY_H

#include "access/transam.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

typedef struct SydraExtent
{
	BlockNumber start;
	int32		length;
} SydraExtent;

typedef struct SydraSegment
{
	int64		storage_id;
	int64		segno;			/* never reused */
	int64		place;			/* in the order of writing, see sydra_directory_place() */
	int32		tidseg;			/* segno modulo 2^23, unique in a storage: row addresses */
	Oid			chunk_id;		/* in the TOAST relation */
	int16		level;
	char		kind;			/* i ingested, c sealed, m merged */
	int32		nrows;
	int32		nbytes;			/* of the encoded segment */
	int32		nchunks;
	int			extent_count;	/* hints where the chunks are */
	SydraExtent *extents;
	int64		tmin;			/* both inclusive, as stored */
	int64		tmax;
	int32		smin;			/* series ids, both inclusive */
	int32		smax;
	FullTransactionId xid_lo;	/* of the source rows */
	FullTransactionId xid_hi;
	FullTransactionId creator;	/* who published it */
	int32		schema_gen;		/* sydra_table_signature() when it was written */
	ItemPointerData self;		/* of the directory row */
} SydraSegment;

/*
 * Segments visible to the snapshot whose [tmin, tmax] meets [time_min, time_max], in the order of
 * writing; an array in the current memory context.
 */
extern SydraSegment *sydra_directory_read(int64 storage_id, int64 time_min, int64 time_max,
										  Snapshot snapshot, int *count);

/* The same of the last ones that were written: count_max of them at most, of any time. */
extern SydraSegment *sydra_directory_read_newest(int64 storage_id, int count_max,
												 Snapshot snapshot, int *count);

/* The visible segment with the row addresses of tidseg; false when there is none. */
extern bool sydra_directory_find(int64 storage_id, int32 tidseg, Snapshot snapshot,
								 SydraSegment *segment);

/*
 * Whether the segments were written when another column was the time.  All of a store have the same
 * one: no segment is added with another, else times could not choose among them.
 */
extern bool sydra_directory_other_time(int64 storage_id, AttrNumber time, Snapshot snapshot);

/* Draws segno and a free tidseg for a new segment; false when the address space is used up. */
extern bool sydra_directory_draw(int64 storage_id, int64 *segno, int32 *tidseg);

/* Publishes a segment: the last write of a seal.  No CommandCounterIncrement. */
extern void sydra_directory_add(const SydraSegment *segment, CommandId cid);

/*
 * Takes the row of a segment away, for the command cid.  Moved: the segment's rows live on elsewhere;
 * else they are deleted.  Who comes too late learns which from sydra_directory_fate().
 */
extern void sydra_directory_remove(const SydraSegment *segment, CommandId cid, bool moved);

/* What has become of a segment that a snapshot saw and SnapshotSelf does not see. */
typedef struct SydraSegmentFate
{
	SydraSegment segment;		/* without extents */
	bool		moved;
	TransactionId xid;			/* who removed it */
	bool		own;			/* this transaction */
	CommandId	cid;			/* of the command that removed it, when own */
} SydraSegmentFate;

/* False when nothing is known, or nobody who committed has removed it. */
extern bool sydra_directory_fate(int64 storage_id, int32 tidseg, SydraSegmentFate *fate);

/*
 * Rows of equal series, time and transaction stand in the order they were written: in the order of
 * their segments by place, then segno.  A new segment is the last one; what a merge writes takes
 * the place of what it replaces, or one of the free places after it.
 */
#define SYDRA_DIRECTORY_PLACE_STEP 65536

static inline int64
sydra_directory_place(int64 segno)
{
	return segno * SYDRA_DIRECTORY_PLACE_STEP;
}

static inline int
sydra_directory_compare(const SydraSegment *a, const SydraSegment *b)
{
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (a->segno > b->segno) - (a->segno < b->segno);
}

/* Replaces the extents of a directory row in place: hints only, not transactional. */
extern void sydra_directory_refresh_hints(Relation rel, int64 storage_id);

/*
 * Sums over what the current snapshot sees, cached for 10 s unless this backend has published
 * since: estimates only.
 */
extern void sydra_directory_estimate(int64 storage_id, double *rows, double *chunks);
extern double sydra_directory_estimate_segments(int64 storage_id);

/*
 * Row addresses: block 0x80000000 | tidseg << 8 | row >> 8, offset
 * (row & 0xFF) + 1.
 */
#define SYDRA_TID_SEGMENT_BIT 0x80000000U
#define SYDRA_SEGMENT_ROWS_MAX 65280
#define SYDRA_TIDSEG_COUNT (1 << 23)

static inline bool
sydra_tid_is_segment(const ItemPointerData *tid)
{
	return (ItemPointerGetBlockNumberNoCheck(tid) & SYDRA_TID_SEGMENT_BIT) != 0;
}

static inline void
sydra_tid_encode(ItemPointer tid, int32 tidseg, int32 row)
{
	ItemPointerSet(tid, SYDRA_TID_SEGMENT_BIT | ((uint32) tidseg << 8) | ((uint32) row >> 8),
				   (row & 0xFF) + 1);
}

static inline void
sydra_tid_decode(const ItemPointerData *tid, int32 *tidseg, int32 *row)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);

	*tidseg = (block & ~SYDRA_TID_SEGMENT_BIT) >> 8;
	*row = (int32) ((block & 0xFF) << 8) + ItemPointerGetOffsetNumberNoCheck(tid) - 1;
}

#endif
