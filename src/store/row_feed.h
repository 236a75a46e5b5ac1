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
 * The rows that the spec of a cursor asks for (store/cursor.h), of ours without those of tables that
 * inherit, and some more: of its conditions on tags only those are asked here that an index could
 * answer.  The caller holds a lock on the relation and a registered snapshot; the spec lives as long
 * as the feed, which lives in a child of the current context.  With spec->all_series all rows can be
 * had once more.
 */
struct SydraCursorSpec;
extern SydraRowFeed *sydra_row_feed_open(Relation rel, Snapshot snapshot,
										 const struct SydraCursorSpec *spec);

/*
 * Stores the next row's wanted columns, its time and its tags in a virtual slot of the table's row
 * type, where the others are null; by-reference values are valid until the next call.  False at the
 * end.
 */
extern bool sydra_row_feed_next(SydraRowFeed *feed, TupleTableSlot *slot);

/*
 * Which transaction wrote the last row, in 64 bits; only when SYDRA_CURSOR_WRITE_XID is wanted.  Of a
 * table that does not tell it the place of the row among those given.
 */
extern uint64 sydra_row_feed_xid(SydraRowFeed *feed);

/* Gives the same rows from the first on; after the last one, and once. */
extern void sydra_row_feed_rewind(SydraRowFeed *feed);
extern void sydra_row_feed_close(SydraRowFeed *feed);

#endif
