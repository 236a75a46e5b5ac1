/*
 * The bytes of segments in the table's TOAST relation.
 *
 * A segment is a stream of bytes, cut into chunks of SYDRA_CHUNK_PAYLOAD bytes (the last is
 * shorter), each a row of the TOAST relation that fills a page.  No other file knows that.
 */
#ifndef SYDRA_CHUNK_H
#define SYDRA_CHUNK_H

#include "access/htup_details.h"
#include "utils/relcache.h"

#include "store/directory.h"
#include "store/segment_format.h"
#include "store/store.h"

/* What stands before the payload of each chunk; checked on every read. */
typedef struct SydraChunkHdr
{
	uint32		magic;
	uint32		segno_lo;
	uint32		segno_hi;
	uint32		seq;			/* of the chunk in its segment, from 0 */
	uint32		crc;			/* crc32c of the payload, then of the words above */
} SydraChunkHdr;

/*
 * 44 bytes of the page stay free, so that one with some line pointers left over from earlier rows
 * still takes a chunk.  The payload starts at a multiple of 64 in the page.
 */
#define SYDRA_CHUNK_TUPLE MAXALIGN_DOWN(BLCKSZ - 72)
#define SYDRA_CHUNK_PAYLOAD (SYDRA_CHUNK_TUPLE - 24 - 12 - (int) sizeof(SydraChunkHdr))

/* Most (start, length) pairs of a directory row; chunks past them are found by the index. */
#define SYDRA_EXTENTS_MAX 32

/*
 * Writes a stream as the chunks of segment->segno: sets chunk_id, nchunks, nbytes and the extents,
 * these in the current context.
 */
extern void sydra_chunk_write(const SydraStore *store, const uint8 *bytes, int32 length,
							  SydraSegment *segment);

/*
 * Reads chunks of one segment.  Between open and close the TOAST relation is locked; buffers are
 * not kept.
 */
typedef struct SydraChunkReader SydraChunkReader;

extern SydraChunkReader *sydra_chunk_open(const SydraStore *store, const SydraSegment *segment);

/*
 * Copies the payload of a chunk, SYDRA_CHUNK_PAYLOAD bytes or what the last one has.  False when it
 * is not there or damaged: *fault then says how, and in which block.
 */
extern bool sydra_chunk_read(SydraChunkReader *reader, int seq, uint8 *payload, char **fault);
extern void sydra_chunk_close(SydraChunkReader *reader);

/* Lets go of the TOAST relation until the next chunk is read: a reader can then outlast its query. */
extern void sydra_chunk_pause(SydraChunkReader *reader);

/* The block that a chunk was read from. */
extern BlockNumber sydra_chunk_block(const SydraChunkReader *reader, int seq);

/* Whether bytes and chunks, as the directory has them, can be those of a segment. */
static inline bool
sydra_chunk_sizes_fit(const SydraSegment *segment)
{
	return segment->nbytes > 0 && segment->nbytes <= SYDRA_SEGMENT_BYTES_MAX &&
		segment->nchunks == (segment->nbytes + SYDRA_CHUNK_PAYLOAD - 1) / SYDRA_CHUNK_PAYLOAD;
}

/* Whether a segment's first and last hints lead to its chunks. */
extern bool sydra_chunk_hints_hold(const SydraStore *store, const SydraSegment *segment);

/*
 * Where a segment's chunks are now: count extents at most, the rest of the array set to empty
 * ones.  For hints that VACUUM FULL has made stale.
 */
extern void sydra_chunk_locate(const SydraStore *store, const SydraSegment *segment,
							   SydraExtent *extents, int count);

/* Deletes a segment's chunks, for the command cid. */
extern void sydra_chunk_delete(const SydraStore *store, const SydraSegment *segment,
							   CommandId cid);

/* A line (char *) to *faults for each chunk of a live row whose segment is not among these. */
extern void sydra_chunk_find_orphans(const SydraStore *store, const SydraSegment *segments,
									 int count, Snapshot snapshot, List **faults);

#endif
