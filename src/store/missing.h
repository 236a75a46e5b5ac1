/*
 * What rows from before ADD COLUMN have in a column, once PostgreSQL has forgotten it.
 */
#ifndef SYDRA_MISSING_H
#define SYDRA_MISSING_H

#include "series/table.h"
#include "store/store.h"

/* Keeps the missing values of a table's columns: VACUUM FULL is about to clear them. */
extern void sydra_missing_keep(Relation rel, const SydraStore *store);

/*
 * The table with what was kept put back in: the same description when nothing was, else a copy in
 * the current context.  Whoever reads segments describes their table so.
 */
extern const SydraTable *sydra_missing_restore(const SydraTable *table, const SydraStore *store);

#endif
