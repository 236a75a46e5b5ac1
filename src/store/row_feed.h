/*
 * Rows of a table that PostgreSQL's own executor gives: those that the table's policies show.
 */
#ifndef SYDRA_ROW_FEED_H
#define SYDRA_ROW_FEED_H

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "series/table.h"

/* Who reads: what is checked is what would be for a SELECT in SQL. */
typedef struct SydraReader
{
	Oid			user;			/* whose privileges and policies hold: the caller, or a view's owner */
	const Bitmapset *columns;	/* that the query uses: attnum - FirstLowInvalidHeapAttributeNumber */
	const char *source;			/* the query's text, for error contexts */
} SydraReader;

typedef struct SydraRowFeed SydraRowFeed;

/*
 * Rows of that table alone, no inheritance, with time_min <= time < time_max (PG_INT64_MIN and
 * PG_INT64_MAX are no bounds); wanted are attnums, SYDRA_CURSOR_WRITE_XID among them or not.  The
 * caller holds a lock on the relation and a registered snapshot.  Lives in a child of the current
 * context.  With twice, all rows can be had once more.
 */
extern SydraRowFeed *sydra_row_feed_open(Relation rel, const SydraTable *table, Snapshot snapshot,
										 const SydraReader *reader, int64 time_min, int64 time_max,
										 const AttrNumber *wanted, int wanted_count,
										 bool twice);

/*
 * Stores the next row's wanted columns, its time and its tags in a virtual slot of the table's row
 * type, where the others are null; by-reference values are valid until the next call.  False at the
 * end.
 */
extern bool sydra_row_feed_next(SydraRowFeed *feed, TupleTableSlot *slot);

/* Which transaction wrote the last row, in 64 bits; only when SYDRA_CURSOR_WRITE_XID is wanted. */
extern uint64 sydra_row_feed_xid(SydraRowFeed *feed);

/* Gives the same rows from the first on; after the last one, and once. */
extern void sydra_row_feed_rewind(SydraRowFeed *feed);
extern void sydra_row_feed_close(SydraRowFeed *feed);

#endif
