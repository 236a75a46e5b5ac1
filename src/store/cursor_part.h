/*
 * The inside of SydraCursor, and what its files offer each other.
 */
#ifndef SYDRA_CURSOR_PART_H
#define SYDRA_CURSOR_PART_H

#include "utils/rel.h"

#include "store/cursor.h"
#include "store/dedup.h"
#include "store/series_order.h"
#include "store/store.h"

/* Room for the values of one column of a batch that the cursor fills itself. */
typedef struct SydraColumnRoom
{
	const SydraTableColumn *column; /* NULL: the xids */
	void	   *values;
	uint64		valid[SYDRA_VALID_WORDS];
} SydraColumnRoom;

struct SydraCursor
{
	MemoryContext context;
	MemoryContext batch_context;	/* values of one batch */
	Relation	rel;
	Snapshot	snapshot;
	SydraCursorSpec spec;
	SydraStore	store;
	SydraDictionary *dictionary;
	SydraCursorStats stats;

	uint8	   *matches;		/* Match, by series */
	uint32		match_capacity;

	int			segment_count;
	SydraSegment *segments;
	int			next_segment;	/* the open one is before it */
	SydraSegmentReader *reader; /* NULL between segments */
	SydraDedup *dedup;			/* NULL: every row counts */
	bool		salvage;		/* damaged segments are left out */
	bool		any_dead;		/* some row may have a tombstone */
	uint64	   *dead;			/* the open segment's rows that do not count, or NULL */
	MemoryContext dead_context;
	int			next_vector;	/* that are taken in turn */
	int			vector;			/* the one read */
	int			first_row;		/* of that */
	bool		resolve_rows;	/* the open segment holds what is a tag now */
	SydraSeriesOrder *order;	/* with series_order */
	int		   *places;			/* with time_order: of the segments in the order of writing */

	TableScanDesc head;			/* NULL when it is at its end */
	SydraRowFeed *feed;			/* stands for segments and head; NULL: none, or at its end */
	TupleTableSlot *slot;
	AttrNumber	slot_attributes;	/* the head's rows are deformed up to here */
	TransactionId head_xmin;	/* of the last of its rows whose writer was asked for */
	uint64		head_xid;		/* the same in 64 bits */

	ItemPointerData head_tids[SYDRA_BATCH_ROWS];

	SydraBatch	batch;
	SydraColumnRoom *rooms;
	uint16		selected[SYDRA_BATCH_ROWS];
	SydraRun	runs[SYDRA_BATCH_ROWS];
};

/* Of the rows of the head. */
static inline TupleDesc
sydra_cursor_row_type(const SydraCursor *cursor)
{
	return cursor->spec.tupdesc ? cursor->spec.tupdesc : RelationGetDescr(cursor->rel);
}

/* Leaves of the batch's rows those that pass all tests; false when there are none. */
extern bool sydra_cursor_apply_tests(SydraCursor *cursor);

/* False for a damaged segment that is to be left out. */
extern bool sydra_cursor_may_read(SydraCursor *cursor, const SydraSegment *segment);

/* Whether not all series are wanted, and whether one is. */
extern bool sydra_cursor_series_filtered(const SydraCursor *cursor);
extern bool sydra_cursor_series_matches(SydraCursor *cursor, uint32 series);

/* A row of the series is out: with one_per_series no other is wanted. */
extern void sydra_cursor_series_settle(SydraCursor *cursor, uint32 series);

/*
 * Whether a filter may be asked about the series of a run before one of its rows is known to be
 * there.
 */
extern bool sydra_cursor_series_early(const SydraCursor *cursor);

/* Whether any series that a segment may hold matches, or one that is missing might. */
extern bool sydra_cursor_series_any(SydraCursor *cursor, const SydraSegment *segment);

/*
 * Whether every row that a segment may hold is wanted.  A series in between that it does not hold
 * may make the answer no.
 */
extern bool sydra_cursor_series_whole(SydraCursor *cursor, const SydraSegment *segment,
									  int32 signature);

/* Whether a segment holds what is a tag now: its rows' series are others than it is sorted by. */
extern bool sydra_cursor_series_held(const SydraCursor *cursor, const SydraSegmentReader *reader);

/* Puts the vector's runs into the batch; false when none of them matches. */
extern bool sydra_cursor_series_take(SydraCursor *cursor, const SydraVectorInfo *info);

/*
 * Makes the batch's runs anew from the tags as they are now: some from columns of the segment, the
 * others from its series, or missing in both.
 */
extern void sydra_cursor_series_resolve(SydraCursor *cursor, int vector, int count);

/*
 * Enters every series that the rows to come may have.  Segments name theirs in the dictionary that
 * is stored; the head's rows have to be looked at, and those of segments whose tags are not today's.
 */
extern void sydra_cursor_series_meet(SydraCursor *cursor);

extern void sydra_cursor_head_open(SydraCursor *cursor);
extern void sydra_cursor_head_close(SydraCursor *cursor);

/* The next batch with rows that pass all tests; false at the end. */
extern bool sydra_cursor_head_batch(SydraCursor *cursor);

/* Row by row: puts it into the slot, and tells whether it is wanted; then *series is its series. */
extern bool sydra_cursor_head_next(SydraCursor *cursor);
extern bool sydra_cursor_head_matches(SydraCursor *cursor, uint32 *series);

/* Points a column of the batch to its room, where all is null until set. */
extern void sydra_cursor_room_clear(SydraCursor *cursor, int number);

/* Puts the row in the slot into all columns. */
extern void sydra_cursor_room_put(SydraCursor *cursor, int row);

/* A column without nulls says so. */
extern void sydra_cursor_room_finish(SydraCursor *cursor, int number, int count);

/* A column that the segment does not hold: a tag when it was written, or not there yet. */
extern void sydra_cursor_room_fill(SydraCursor *cursor, int number, int count);

#endif
