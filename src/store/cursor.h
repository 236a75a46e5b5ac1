/*
 * Rows of one sydra table as batches: head and segments, each row once, under one snapshot.
 */
#ifndef SYDRA_CURSOR_H
#define SYDRA_CURSOR_H

#include "access/relscan.h"
#include "port/atomics.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "series/dictionary.h"
#include "series/tag_predicate.h"
#include "store/directory.h"
#include "store/row_feed.h"
#include "store/segment_reader.h"
#include "store/value_test.h"
#include "vector/batch.h"

/* Column numbers that are no attribute: in SydraCursorSpec.columns beside attnums. */
#define SYDRA_CURSOR_WRITE_XID	(-100)	/* SYDRA_KIND_INT: 64-bit xid of the writing transaction */

/* What the processes of a parallel scan share: each segment and each head block is read by one. */
typedef struct SydraCursorShared
{
	ParallelBlockTableScanDescData head;
	bool		salvage;		/* damaged segments are left out */
	pg_atomic_uint32 next_segment;
	pg_atomic_uint32 list_length;	/* of the first to read the directory, plus one; 0 none yet */
} SydraCursorShared;

/* Whether the rows of a series are wanted; asked once a series. */
typedef bool (*SydraSeriesFilter) (void *arg, SydraDictionary *dictionary, uint32 series);

/*
 * Whether rows of any of the series first .. last with time_min <= time <= time_max may be wanted;
 * asked before they are read, as often as they might be.
 */
typedef bool (*SydraSpanFilter) (void *arg, uint32 first, uint32 last, int64 time_min,
								 int64 time_max);

/* Takes a segment whose rows are all wanted off the cursor; false leaves its rows to be read. */
typedef bool (*SydraSegmentTaker) (void *arg, const SydraSegment *segment);

/* Likewise one that is open, none of whose rows is dead and which holds no column that is a tag now. */
typedef bool (*SydraSegmentReading) (void *arg, const SydraSegment *segment,
									 const SydraSegmentReader *reader);

typedef struct SydraCursorSpec
{
	const SydraTable *table;
	int64		time_min;		/* rows with time_min <= time < time_max; PG_INT64_MIN and */
	int64		time_max;		/* PG_INT64_MAX mean unbounded, infinities included */
	uint64		xid_min;		/* segments without a row of xid_min <= write xid < xid_max are */
	uint64		xid_max;		/* left out; 0: none is */
	SydraTagPredicate *tags;	/* NULL: every series */
	SydraTagPredicate *texts;	/* of columns: for whoever can leave out rows by them; or NULL */
	SydraSeriesFilter series_filter;	/* beside tags; NULL: every series */
	void	   *filter_arg;
	bool		filter_unseen;	/* it may be asked of series that the snapshot sees no row of */
	SydraSegmentTaker take_whole;	/* NULL: all rows are read */
	void	   *take_arg;
	SydraSegmentReading take_known; /* NULL: likewise */
	SydraSpanFilter wants_span; /* NULL: all rows are read */
	void	   *reading_arg;	/* of these two */
	bool		all_series;		/* the dictionary knows every series before the first batch */
	bool		series_order;	/* see below; with all_series, not in parallel */
	int			time_order;		/* see below; not in parallel, nor with series_order */
	SydraCursorShared *shared;	/* NULL: not in parallel */
	const SydraReader *reader;	/* whose policies choose among the rows; NULL: all are shown */
	TupleDesc	tupdesc;		/* of the rows, when it is not the relation's any more; or NULL */
	bool		unsorted;		/* see sydra_cursor_open() */
	int			test_count;		/* what the rows must pass */
	const SydraValueTest *tests;
	bool		one_per_series; /* a single row of each series, whichever: there is nothing else to ask */
	int			column_count;
	const AttrNumber *columns;	/* each TIME, FIELD or SYDRA_CURSOR_WRITE_XID; tags come by run */
} SydraCursorSpec;

/* What a scan has read and skipped so far. */
typedef struct SydraCursorStats
{
	int64		segments_total;
	int64		segments_pruned;
	int64		segments_read;
	int64		segments_taken; /* as a whole, unread */
	int64		vectors_read;
	int64		vectors_pruned;
	int64		rows_segments;	/* rows decoded */
	int64		rows_pruned;	/* rows of segments and vectors left out; dead ones too */
	int64		rows_head;		/* head rows looked at */
	int64		series_matched;
} SydraCursorStats;			/* those of a parallel scan's processes add up */

typedef struct SydraCursor SydraCursor;

/*
 * The caller holds a lock on the relation and a registered snapshot, and has checked privileges.
 * Everything lives in a child of the current memory context.
 *
 * Unsorted: only the rows that are not in a segment sorted by today's series, the head's and those
 * of segments with another signature, and all of them: also those that later ones of the same
 * series and time replace.
 */
extern SydraCursor *sydra_cursor_open(Relation rel, Snapshot snapshot, const SydraCursorSpec *spec);

/*
 * The next batch, at least one row selected; false at the end.  Columns in the order of the spec, in
 * the kinds of SydraTable (FLOAT4 and DATUM as stored).  The batch is the cursor's: valid until the
 * next call.  Rows come segment by segment, sorted by (series, time, write order) inside each,
 * head last in physical order; through policies in the order that PostgreSQL gives them; among rows of equal (series, time, write xid) the earlier-written
 * comes first, so a stable sort on these keeps the order of writing.
 *
 * With series_order the head comes first and the segments by time, and batch->settled tells which
 * rows are in place: no segment to come has a row of one of the batch's series before that time.
 * Of the head none is.  Among rows of equal (series, time, write xid) those of a batch of lesser
 * place come first.
 *
 * With time_order 1 the segments come by their first times, the head last; with -1 the head comes
 * first and then the segments from the last times back, each from its end.  Equal rows as above.
 */
extern bool sydra_cursor_next(SydraCursor *cursor, SydraBatch **batch);

/* From now on rows with time_min <= time < time_max alone are wanted, which were wanted before. */
extern void sydra_cursor_narrow(SydraCursor *cursor, int64 time_min, int64 time_max);

/* The address of a row of the last batch; not where policies choose the rows. */
extern void sydra_cursor_tid(const SydraCursor *cursor, int row, ItemPointer tid);

/*
 * The dictionary that the batches' runs refer to; it grows while the head is read, unless all_series
 * has made it whole.
 */
extern SydraDictionary *sydra_cursor_dictionary(SydraCursor *cursor);

/* With all_series: whether all rows to come are of one series. */
extern bool sydra_cursor_has_one_series(SydraCursor *cursor);
extern const SydraCursorStats *sydra_cursor_stats(const SydraCursor *cursor);
extern void sydra_cursor_close(SydraCursor *cursor);

/*
 * What all cursors of this process have read that are closed; and what has come to it since it was
 * before, added to a sum.
 */
extern const SydraCursorStats *sydra_cursor_totals(void);
extern void sydra_cursor_add_since(const SydraCursorStats *before, SydraCursorStats *sum);

/* Before the first process opens its cursor, and before each new round. */
extern void sydra_cursor_share(SydraCursorShared *shared, Relation rel);
extern void sydra_cursor_share_again(SydraCursorShared *shared, Relation rel);

#endif
