/*
 * Rows -> sealed segments, in three steps so that a seal can drop rows between them: collect,
 * encode in memory, write.
 */
#ifndef SYDRA_SEGMENT_WRITER_H
#define SYDRA_SEGMENT_WRITER_H

#include "executor/tuptable.h"
#include "series/dictionary.h"
#include "store/directory.h"
#include "store/store.h"

/* Rows on their way into segments, held by column. */
typedef struct SydraRowBuffer SydraRowBuffer;

extern SydraRowBuffer *sydra_row_buffer_create(const SydraTable *table, TupleDesc tupdesc,
											   SydraDictionary *dictionary);

/*
 * Adds a row that is in the head at tid.  False, and nothing added, when the row cannot stand in a segment: time null or
 * infinite, a value over 1 MB, tags over 64 kB, or over 16 MB in all.
 */
extern bool sydra_row_buffer_add(SydraRowBuffer *buffer, TupleTableSlot *slot,
								 const ItemPointerData *tid, FullTransactionId xid);

/*
 * The same for a row that is not in the head, and whose series is known; the slot's tags are not
 * looked at and may be null.  series 0: they tell.
 */
extern bool sydra_row_buffer_add_to(SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 series,
									FullTransactionId xid);

/* Takes the rows from the given one on out again; before encoding. */
extern void sydra_row_buffer_cut(SydraRowBuffer *buffer, int count);

extern int	sydra_row_buffer_count(const SydraRowBuffer *buffer);
extern Size sydra_row_buffer_bytes(const SydraRowBuffer *buffer);
extern const ItemPointerData *sydra_row_buffer_tid(const SydraRowBuffer *buffer, int row);

/*
 * Adds rows that are nowhere else, except those that cannot stand in a segment: their slots are
 * moved to the front, and their number is given.
 */
extern int	sydra_row_buffer_add_new(SydraRowBuffer *buffer, TupleTableSlot **slots, int count,
									 FullTransactionId xid);

/* Memory that the next rows take beyond their own bytes: 0 while there is room. */
extern Size sydra_row_buffer_growth(const SydraRowBuffer *buffer, int count);

/*
 * Adds rows of a stripped buffer to another one, with their values: these, by number, in ascending
 * order.
 */
typedef void SydraRowLoader(void *arg, const uint32 *rows, int count, SydraRowBuffer *values);

/*
 * Forgets the values of all rows, and of those added from now on, but not where they belong.
 * sydra_row_buffer_write() has them loaded again, a segment at a time.
 */
extern void sydra_row_buffer_strip(SydraRowBuffer *buffer, SydraRowLoader *loader, void *arg);

/* Forgets all rows, and keeps most of the memory for others. */
extern void sydra_row_buffer_clear(SydraRowBuffer *buffer);

/* Takes a row out again, before or after encoding. */
extern void sydra_row_buffer_exclude(SydraRowBuffer *buffer, int row);
extern bool sydra_row_buffer_is_excluded(const SydraRowBuffer *buffer, int row);

/*
 * Sorts by (series, time, xid, order added), cuts into segments as row_order.c tells, and
 * encodes each in memory.  Unknown series become persistent.
 */
typedef struct SydraSegmentImage SydraSegmentImage;

extern List *sydra_row_buffer_encode(SydraRowBuffer *buffer, Relation rel, const SydraStore *store);

/* What the directory says of segments beside what is in them. */
typedef struct SydraSegmentOrigin
{
	char		kind;
	int16		level;
	CommandId	cid;			/* the directory rows are those of this command */
	int64		place;			/* of the first, the next ones have those after it; -1: the last */
	int64		place_end;		/* all below this are free */
	bool		whole;			/* without addresses for all rows none is written */
} SydraSegmentOrigin;

typedef struct SydraSegmentTotals
{
	int			segments;
	int64		rows;
	int64		bytes;
	uint32	   *left;			/* rows that were not written, in the caller's context, or NULL */
	int			left_count;
} SydraSegmentTotals;

/*
 * Both steps at once, segment after segment, with the memory of one.  The buffer keeps its rows.
 * Rows that no addresses were left for are not written.
 */
extern SydraSegmentTotals sydra_row_buffer_write(SydraRowBuffer *buffer, Relation rel,
												 const SydraStore *store,
												 const SydraSegmentOrigin *origin);

/* A row as it was added, as a virtual tuple; values by reference are in the current context. */
extern void sydra_row_buffer_form(const SydraRowBuffer *buffer, int row, TupleTableSlot *slot);

/* Rows of the buffer that an image holds; after exclusions _refresh encodes the image anew without
 * them; false when none is left. */
extern bool sydra_segment_image_refresh(SydraSegmentImage *image, SydraRowBuffer *buffer);

/* Gives the rows of an image their addresses; false when none are left. */
extern bool sydra_segment_image_reserve(SydraSegmentImage *image, const SydraStore *store);

/*
 * Writes the chunks into the TOAST relation, then the directory row, last.  The image has addresses.
 */
extern void sydra_segment_image_write(SydraSegmentImage *image, Relation rel,
									  const SydraStore *store, const SydraSegmentOrigin *origin);

extern int	sydra_segment_image_rows(const SydraSegmentImage *image);

#endif
