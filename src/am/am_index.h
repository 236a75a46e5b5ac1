/*
 * Indexes on sydra tables: none.
 */
#ifndef SYDRA_AM_INDEX_H
#define SYDRA_AM_INDEX_H

/*
 * Refuses an index when it is entered in the catalog, before CONCURRENTLY has committed anything.
 */
extern void sydra_am_index_init(void);

#endif
