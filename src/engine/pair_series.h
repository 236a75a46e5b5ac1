/*
 * The series that an aggregate of pairs has met: the last sample of each, and what its pairs come to
 * so far.
 */
#ifndef SYDRA_PAIR_SERIES_H
#define SYDRA_PAIR_SERIES_H

#include "engine/group_table.h"
#include "function/pair.h"
#include "vector/vector.h"

typedef struct SydraPairSeries SydraPairSeries;

/*
 * For an aggregate whose states begin at state_offset of the groups', in the current memory context.
 * revisits: a series may come back to a group that it has left.
 */
extern SydraPairSeries *sydra_pair_series_create(const SydraPairing *pairing, int state_offset,
												 bool revisits);

/* Rows of a batch; those of each series are in order from call to call. */
typedef struct SydraPairRows
{
	const SydraVector **arguments;	/* value, perhaps unit, time, rank, write order; no value is null */
	int			argument_count;
	const uint16 *rows;			/* rows[start .. end), or start .. end - 1 when this is NULL */
	int			start;
	int			end;
	bool		distinct;		/* the times of the batch are finite and rise, no two of them alike */
} SydraPairRows;

extern void sydra_pair_series_add(SydraPairSeries *pairs, SydraGroup *group,
								  const SydraPairRows *rows);

/* Adds to the groups what is still open. */
extern void sydra_pair_series_finish(SydraPairSeries *pairs);

#endif
