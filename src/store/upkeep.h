/*
 * What moving rows into segments and merging segments have in common: they work on a table beside
 * its users and give way to them.
 */
#ifndef SYDRA_UPKEEP_H
#define SYDRA_UPKEEP_H

#include "series/table.h"

/* Opens a table with RowExclusiveLock; NULL when it is gone, or, unless wait, locked. */
extern Relation sydra_upkeep_open(Oid relid, bool wait);

/*
 * Why nothing can be moved or merged, as a sentence's part, or NULL.  What only makes it pointless
 * for now does not count when asked for by hand.
 */
extern const char *sydra_upkeep_refusal(Relation rel, const SydraTable *table, bool by_hand);

/* Whether somebody waits for a lock on the table that ours is in the way of. */
extern bool sydra_upkeep_in_the_way(Relation rel);

/* Waits a little, for others to go first. */
extern void sydra_upkeep_pause(void);

/*
 * Waits up to sydraql.seal_max_delay for statements that modify rows of the table to end, and keeps
 * others from starting until this transaction has ended.  Without it they may fail with 40001, no
 * more.  While it waits it asks whether to give up, unless give_up is NULL; then it returns false.
 */
extern bool sydra_upkeep_close_gate(Oid relid, bool (*give_up) (void *arg), void *arg);

#endif
