/*
 * Segments become fewer and better ones, without the rows that are dead.
 */
#ifndef SYDRA_MERGE_H
#define SYDRA_MERGE_H

typedef enum SydraMergeOutcome
{
	SYDRA_MERGE_DONE,			/* nothing more to merge */
	SYDRA_MERGE_MORE,			/* a step was made: go on in a new transaction */
	SYDRA_MERGE_YIELDED,		/* somebody waits for the table or its rows; nothing was done */
	SYDRA_MERGE_BUSY,			/* locked by somebody else, in part at least, or gone */
	SYDRA_MERGE_REFUSED			/* see reason */
} SydraMergeOutcome;

typedef struct SydraMergeResult
{
	SydraMergeOutcome outcome;
	const char *reason;			/* a sentence's part: "it has no time column" */
} SydraMergeResult;

/*
 * Makes one step, in the caller's transaction, which must be READ COMMITTED, have done nothing else,
 * and be committed right afterwards: locks are held until then.  By hand it waits for the table and
 * merges what workers leave for later.
 */
extern void sydra_merge_table(Oid relid, bool by_hand, SydraMergeResult *result);

#endif
