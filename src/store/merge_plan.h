/*
 * Which segments a merge is to replace next.  Knows no disk: it is told of all segments of a store.
 */
#ifndef SYDRA_MERGE_PLAN_H
#define SYDRA_MERGE_PLAN_H

#include "store/directory.h"

/* Rows of worn segments that must be dead before a worker begins. */
#define SYDRA_MERGE_DEAD_MIN 1024

/* So many segments are joined at least, and are never too many for a step. */
#define SYDRA_MERGE_FANIN 8

typedef struct SydraMergeInput
{
	const SydraSegment *segment;
	int			dead;			/* rows that have a tombstone */
	bool		left_alone;		/* not to be chosen */
	bool		chosen;
} SydraMergeInput;

typedef struct SydraMergeLimits
{
	bool		by_hand;		/* takes on what is hardly worth it */
	FullTransactionId started;	/* by hand: what was written from here on is not worn yet */
	int			rows_max;		/* live rows of a step of many segments */
	int			full_rows;		/* no segment of the table has more */
} SydraMergeLimits;

typedef enum SydraMergeChoice
{
	SYDRA_MERGE_NOTHING,
	SYDRA_MERGE_DROP,			/* the chosen have no live row */
	SYDRA_MERGE_REWRITE			/* the live rows of the chosen are to be written anew */
} SydraMergeChoice;

/* Whether so many of a segment's rows are dead that it is worth writing anew. */
static inline bool
sydra_merge_plan_is_worn(int rows, int dead)
{
	return dead > 0 && (int64) dead * 10 >= rows;
}

/* Sets chosen of each input.  They are all segments of a store, in the order of writing. */
extern SydraMergeChoice sydra_merge_plan(SydraMergeInput *inputs, int count,
										 const SydraMergeLimits *limits);

/*
 * Takes inputs out of the chosen that cannot be replaced without changing the order of rows; gives
 * the number that is left.
 */
extern int	sydra_merge_plan_keep_order(SydraMergeInput *inputs, int count);

#endif
