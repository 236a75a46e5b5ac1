/*
 * Rows that come in bulk go into segments at once, without passing through the head.
 */
#ifndef SYDRA_BULK_H
#define SYDRA_BULK_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

struct BulkInsertStateData;

/* Called once, from _PG_init(). */
extern void sydra_bulk_init(void);

/*
 * The callback multi_insert.  Where rows may go into segments they are kept, until there are enough
 * of them or sydra_bulk_finish() is called; else they are in the head on return.
 */
extern void sydra_bulk_insert(Relation rel, TupleTableSlot **slots, int count, CommandId cid,
							  int options, struct BulkInsertStateData *bulk);

/*
 * Writes what is kept for a table, so that it is visible as if it had been written when it came.
 * Whoever is about to read a table calls this first; costs nothing when nothing is kept.
 */
extern void sydra_bulk_flush(Oid relid);

/* The bulk insert into a table is over: nothing is kept after this. */
extern void sydra_bulk_finish(Oid relid);

/* The table is cut: what is kept for it goes too. */
extern void sydra_bulk_discard(Oid relid);

/* Whether anything is kept, for whatever table. */
extern bool sydra_bulk_pending(void);

#endif
