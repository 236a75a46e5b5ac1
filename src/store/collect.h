/*
 * Rows of the extension's catalogs that no table's file needs any more.
 */
#ifndef SYDRA_COLLECT_H
#define SYDRA_COLLECT_H

#include "nodes/pg_list.h"

/* Keeps others from collecting to the end of the transaction; false when another does. */
extern bool sydra_collect_lock(void);

/*
 * The storage ids (int64 *, in the current context) that no file carries or ever will again.  NIL
 * also when that cannot be told now, because some table is locked.  The caller has the lock.
 */
extern List *sydra_collect_find(void);

/*
 * Deletes up to so many rows of such an id.  Gives how many: fewer than limit means that there are
 * no more.
 */
extern int sydra_collect_delete(int64 storage_id, int limit);

/* Deletes what is noted of tables that are gone; gives how many rows that were.  Under the lock. */
extern int sydra_collect_status(void);

#endif
