/*
 * Keys of rows in order, in runs: as many as fit into memory are sorted, and past the first run
 * they go to a temporary file.
 */
#ifndef SYDRA_KEY_RUN_H
#define SYDRA_KEY_RUN_H

#include "storage/itemptr.h"

typedef struct SydraKey
{
	int64		time;
	uint64		xid;			/* who wrote the row */
	uint32		series;
	uint32		source;			/* the caller's; among rows of one transaction the order of writing */
	ItemPointerData tid;		/* the same within one source */
} SydraKey;

typedef struct SydraKeyRuns SydraKeyRuns;

/*
 * In a child of the current memory context.  Files belong to the current resource owner, unless they
 * are closed first.
 */
extern SydraKeyRuns *sydra_key_runs_create(void);
extern void sydra_key_runs_add(SydraKeyRuns *runs, const SydraKey *key);

/* After the last key. */
extern void sydra_key_runs_finish(SydraKeyRuns *runs);
extern void sydra_key_runs_close(SydraKeyRuns *runs);

extern int	sydra_key_runs_count(const SydraKeyRuns *runs);
extern int64 sydra_key_runs_length(const SydraKeyRuns *runs, int run);

/* The least and greatest time and series of a run's keys. */
extern void sydra_key_runs_span(const SydraKeyRuns *runs, int run, int64 *time_min,
								int64 *time_max, uint32 *series_min, uint32 *series_max);

/* Reads one run.  The room of its keys is the caller's, and a reader's alone. */
typedef struct SydraKeyReader
{
	SydraKeyRuns *runs;
	int			run;
	SydraKey   *room;			/* of one block, allocated at the first need */
	int64		block;			/* in the room, -1 none */
} SydraKeyReader;

/* The key at a place below the run's length; good until the next call. */
extern const SydraKey *sydra_key_runs_get(SydraKeyReader *reader, int64 place);

/* The first place from start on whose key is not before (series, time); the length when none is. */
extern int64 sydra_key_runs_find(SydraKeyReader *reader, int64 start, uint32 series, int64 time);

#endif
