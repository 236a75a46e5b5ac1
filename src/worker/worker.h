/*
 * Background workers.
 */
#ifndef SYDRA_WORKER_H
#define SYDRA_WORKER_H

/* Registers the launcher when the library is being preloaded.  Called once, from _PG_init(). */
extern void sydra_worker_init(void);

#endif
