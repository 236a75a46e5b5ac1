/*
 * Which rows are replaced by later ones: in a table whose dedup is 'last', of the rows of one series
 * with the same time that a snapshot sees the last-written alone is a row of the table.
 *
 * Later is who has the greater xid; of one transaction first the rows of segments, in the
 * directory's order, then those of the head, by address.  Seals and merges keep this order.
 */
#ifndef SYDRA_DEDUP_H
#define SYDRA_DEDUP_H

#include "executor/tuptable.h"

#include "series/table.h"
#include "store/directory.h"

typedef struct SydraDedup SydraDedup;

/*
 * NULL when every row of the table counts.  Else everything is told for rows with
 * time_min <= time < time_max, as in SydraCursorSpec.  A snapshot that is not an MVCC one is
 * answered as of now.  Tupdesc: see SydraCursorSpec.
 *
 * With salvage, for a reader that leaves damaged segments out, these replace nothing.
 *
 * The table is described as today, and described in memory that lasts as long.  All lives in a child
 * of the current memory context.
 */
extern SydraDedup *sydra_dedup_open(Relation rel, const SydraTable *table, TupleDesc tupdesc,
									Snapshot snapshot, int64 time_min, int64 time_max,
									bool salvage);
extern void sydra_dedup_close(SydraDedup *dedup);

/*
 * Adds the replaced rows of a segment to its dead ones, a bit each; the result, which may be NULL
 * as dead may, is in the current context.
 */
extern uint64 *sydra_dedup_segment(SydraDedup *dedup, const SydraSegment *segment, uint64 *dead);

/* Whether it is known that no row of a segment replaces another one, or is replaced. */
extern bool sydra_dedup_alone(SydraDedup *dedup, const SydraSegment *segment);

/* Whether a row of the head is replaced. */
extern bool sydra_dedup_head(const SydraDedup *dedup, const ItemPointerData *tid);

typedef struct SydraDedupRow
{
	ItemPointerData tid;
	bool		newer;			/* than the row asked about */
} SydraDedupRow;

/*
 * The other rows of the series and time of a row in a slot, dead ones left out, in the current
 * context.  False: the snapshot does not see the row itself, and none counts as newer.
 */
extern bool sydra_dedup_others(SydraDedup *dedup, TupleTableSlot *slot, SydraDedupRow **rows,
							   int *count);

/*
 * One for rows of any time, that is kept for the next call with an equal snapshot, at most until
 * the transaction ends.  NULL as above.
 */
extern SydraDedup *sydra_dedup_share(Relation rel, Snapshot snapshot);

#endif
