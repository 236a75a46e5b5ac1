/*
 * Sealed rows as heap tuples, in the slots that heapam's rows come in.
 */
#ifndef SYDRA_AM_ROW_H
#define SYDRA_AM_ROW_H

#include "executor/tuptable.h"
#include "store/directory.h"
#include "store/store.h"

typedef struct SydraRowSource SydraRowSource;

/*
 * Gives rows of the type tupdesc: the slot's, which in ALTER TABLE is not the relation's any more.
 * Lives in a child of the current memory context, which holds everything below as well.
 */
extern SydraRowSource *sydra_am_row_open(Relation rel, TupleDesc tupdesc, const SydraStore *store);
extern void sydra_am_row_close(SydraRowSource *source);

/*
 * Lets go of all but memory, so that the source can outlast its query.  Before its next use it is
 * resumed, with the relation as it is then; false when that has other columns or another store now.
 */
extern void sydra_am_row_pause(SydraRowSource *source);
extern bool sydra_am_row_resume(SydraRowSource *source, Relation rel, TupleDesc tupdesc,
								const SydraStore *store);

/* Turns to a segment. */
extern void sydra_am_row_turn(SydraRowSource *source, const SydraSegment *segment);

/* Whether the segment is sound; when it is not a warning has told. */
extern bool sydra_am_row_check(SydraRowSource *source, const SydraSegment *segment,
							   Snapshot snapshot);

/*
 * Stores a row of the segment in a slot of the kind BufferHeapTuple.  The slot owns the tuple.
 */
extern void sydra_am_row_store(SydraRowSource *source, int row, TupleTableSlot *slot);

#endif
