/*
 * Rows of the head become segments.
 */
#ifndef SYDRA_SEAL_H
#define SYDRA_SEAL_H

#include "storage/block.h"

typedef struct SydraSealOptions
{
	bool		by_hand;		/* waits for locks, and takes on what workers leave for later */
	int64		time_before;	/* rows of this time and later stay */
	int			min_pages;		/* a smaller head is left alone */
	BlockNumber start_block;	/* where the scan of the head begins */
} SydraSealOptions;

typedef enum SydraSealOutcome
{
	SYDRA_SEAL_DONE,			/* nothing more to seal */
	SYDRA_SEAL_MORE,			/* the batch was full: go on at next_block, in a new transaction */
	SYDRA_SEAL_YIELDED,			/* somebody waits for the table; nothing was done */
	SYDRA_SEAL_BUSY,			/* locked by somebody else, or gone */
	SYDRA_SEAL_REFUSED			/* see reason */
} SydraSealOutcome;

typedef struct SydraSealResult
{
	SydraSealOutcome outcome;
	int64		rows;			/* sealed by this call */
	int			segments;
	BlockNumber next_block;
	const char *reason;			/* a sentence's part: "it has no time column" */
} SydraSealResult;

/*
 * Seals one batch (sydraql.seal_batch_rows) of a table, in the caller's transaction, which must be
 * READ COMMITTED, have done nothing else, and be committed right afterwards: locks are held until
 * then. The result is also entered in sydra_catalog.seal_status.
 */
extern void sydra_seal_table(Oid relid, const SydraSealOptions *options, SydraSealResult *result);

/*
 * Enters a reason why a table is not sealed, such as an error's message, in a transaction of its
 * own.  The next call that seals takes it out.
 */
extern void sydra_seal_note(Oid relid, const char *reason);

#endif
