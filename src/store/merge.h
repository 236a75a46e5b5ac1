/*
 * Segments become fewer and better ones, without the rows that are dead.
 */
#ifndef SYDRA_MERGE_H
#define SYDRA_MERGE_H

#include "access/transam.h"

#include "series/table.h"

typedef enum SydraMergeOutcome
{
	SYDRA_MERGE_DONE,			/* nothing more to merge */
	SYDRA_MERGE_MORE,			/* a step was made: go on in a new transaction */
	SYDRA_MERGE_YIELDED,		/* somebody waits for the table or its rows; nothing was done */
	SYDRA_MERGE_BUSY,			/* locked by somebody else, in part at least, or gone */
	SYDRA_MERGE_REFUSED			/* see reason */
} SydraMergeOutcome;

#define SYDRA_MERGE_DAMAGED_MAX 64

/* As often, one time after the other, a step is given up for modifiers who wait. */
#define SYDRA_MERGE_PATIENCE 4

/* The steps of one merge are given the same one, zeroed before the first. */
typedef struct SydraMergeResult
{
	SydraMergeOutcome outcome;
	const char *reason;			/* a sentence's part: "it has no time column" */
	FullTransactionId started;	/* the next one when the first step began */
	int			yielded;		/* one time after the other */
	int			damaged_count;	/* segments that have been warned of, and are not looked at again */
	int64		damaged[SYDRA_MERGE_DAMAGED_MAX];
} SydraMergeResult;

/*
 * Makes one step, in the caller's transaction, which must be READ COMMITTED, have done nothing else,
 * and be committed right afterwards: locks are held until then.  By hand it waits for the table and
 * merges what workers leave for later.
 *
 * Damaged segments are left alone with a WARNING, and so are all when no row addresses are left.
 */
extern void sydra_merge_table(Oid relid, bool by_hand, SydraMergeResult *result);

/*
 * Whether the segments of a store that were written last, what this transaction has written included,
 * are such that a worker would join some.  Takes a fraction of a millisecond.
 */
extern bool sydra_merge_is_due(const SydraTable *table, int64 storage_id);

#endif
