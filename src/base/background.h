/*
 * Starting background workers by library and function name, so that what notices the need for one
 * includes nothing above it.
 *
 * Workers of one database exclude each other by a lock, and those of the cluster count themselves
 * by locks: no shared memory is needed, so the library need not be preloaded.
 */
#ifndef SYDRA_BACKGROUND_H
#define SYDRA_BACKGROUND_H

#include "postmaster/bgworker.h"
#include "utils/relcache.h"

/* Called once, from _PG_init(). */
extern void sydra_background_init(void);

/*
 * Rows were put into the head of a sydra table.  When the transaction commits with a head that is
 * worth sealing, a worker is started.  Cheap: called for each row.
 */
extern void sydra_background_note_insert(Relation rel, int rows);

/* A worker is to be started when the transaction commits, which it is about to. */
extern void sydra_background_want(void);

/*
 * Describes a worker that runs a function of this library in a database and is not started again.
 * The caller registers it.
 */
extern void sydra_background_describe(BackgroundWorker *worker, const char *function,
									  const char *name, Oid database);

/*
 * The worker's own: takes the database's lock and one of the cluster's sydraql.max_workers, for
 * the life of the process.  False: others have them.
 */
extern bool sydra_background_enter(Oid database);

/* Gives back what _enter took. */
extern void sydra_background_leave(void);

/* How many workers of the cluster may still be started.  Needs a transaction. */
extern int	sydra_background_free_slots(void);

/* Whether somebody waits to drop or to copy the database that we are connected to. */
extern bool sydra_background_in_the_way(Oid database);

#endif
