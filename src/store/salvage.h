/*
 * sydraql.skip_damaged: reading what is left of a table with damaged segments.
 */
#ifndef SYDRA_SALVAGE_H
#define SYDRA_SALVAGE_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "series/dictionary.h"
#include "store/directory.h"
#include "store/store.h"

/*
 * Whether a scan that begins now may leave damaged segments out.  Not when this transaction has
 * changed or locked rows of the table, or is about to: a statement that writes must see every row
 * or fail.
 */
extern bool sydra_salvage_wanted(Relation rel);

/* Whether a segment may be read to its end; warns when it may not.  The dictionary is tolerant. */
extern bool sydra_salvage_check(Relation rel, const SydraStore *store, const SydraTable *table,
								SydraDictionary *dictionary, const SydraSegment *segment,
								Snapshot snapshot);

/* Takes those that may not out of a list, without a word; gives the number that is left. */
extern int	sydra_salvage_keep_sound(Relation rel, const SydraStore *store, const SydraTable *table,
									 SydraSegment *segments, int count, Snapshot snapshot);

#endif
