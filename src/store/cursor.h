/*
 * Rows of one sydra table as batches: head and segments, each row once, under one snapshot.
 */
#ifndef SYDRA_CURSOR_H
#define SYDRA_CURSOR_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "series/dictionary.h"
#include "series/tag_predicate.h"
#include "vector/batch.h"

/* Column numbers that are no attribute: in SydraCursorSpec.columns beside attnums. */
#define SYDRA_CURSOR_WRITE_XID	(-100)	/* SYDRA_KIND_INT: 64-bit xid of the writing transaction */

typedef struct SydraCursorSpec
{
	const SydraTable *table;
	int64		time_min;		/* rows with time_min <= time < time_max; PG_INT64_MIN and */
	int64		time_max;		/* PG_INT64_MAX mean unbounded, infinities included */
	SydraTagPredicate *tags;	/* NULL: every series */
	int			column_count;
	const AttrNumber *columns;	/* each TIME, FIELD or SYDRA_CURSOR_WRITE_XID; tags come by run */
} SydraCursorSpec;

/* What a scan has read and skipped so far. */
typedef struct SydraCursorStats
{
	int64		segments_total;
	int64		segments_pruned;
	int64		vectors_read;
	int64		vectors_pruned;
	int64		rows_segments;	/* rows decoded */
	int64		rows_head;		/* head rows looked at */
	int64		series_matched;
} SydraCursorStats;

typedef struct SydraCursor SydraCursor;

/*
 * The caller holds a lock on the relation and a registered snapshot, and has checked privileges.
 * Everything lives in a child of the current memory context.
 */
extern SydraCursor *sydra_cursor_open(Relation rel, Snapshot snapshot, const SydraCursorSpec *spec);

/*
 * The next batch, at least one row selected; false at the end.  Columns in the order of the spec, in
 * the kinds of SydraTable (FLOAT4 and DATUM as stored).  The batch is the cursor's: valid until the
 * next call.  Rows come segment by segment, sorted by (series, time, write order) inside each,
 * head last in physical order; among rows of equal (series, time, write xid) the earlier-written
 * comes first, so a stable sort on these keeps the order of writing.
 */
extern bool sydra_cursor_next(SydraCursor *cursor, SydraBatch **batch);

/* The dictionary that the batches' runs refer to; it grows while the head is read. */
extern SydraDictionary *sydra_cursor_dictionary(SydraCursor *cursor);
extern const SydraCursorStats *sydra_cursor_stats(const SydraCursor *cursor);
extern void sydra_cursor_close(SydraCursor *cursor);

#endif
