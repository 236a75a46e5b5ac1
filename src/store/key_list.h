/*
 * The rows of a segment or of a run of keys (key_run.h), by series and time: for dedup.c.
 */
#ifndef SYDRA_KEY_LIST_H
#define SYDRA_KEY_LIST_H

#include "store/key_run.h"
#include "store/segment_reader.h"
#include "store/store.h"
#include "utils/snapshot.h"

#define SYDRA_KEY_HEAD PG_UINT32_MAX	/* SydraKey.source; a segment's is its index */

/* What lists are made of.  It is the caller's, and stays while they are open. */
typedef struct SydraKeySources
{
	Relation	rel;
	const SydraTable *table;
	Snapshot	snapshot;
	SydraStore	store;
	SydraSegment *segments;		/* in the order of writing, as far as transactions do not tell */
	bool		any_dead;
	bool	   *distinct;		/* of a segment: opened, and no two rows have the same key */
	SydraKeyRuns *runs;
} SydraKeySources;

/* The place of a row in the order of writing. */
typedef struct SydraKeyOrder
{
	uint64		xid;
	uint32		source;
	uint64		place;
} SydraKeyOrder;

/* A list, and the row that it stands at. */
typedef struct SydraKeyList
{
	MemoryContext context;
	const SydraKeySources *sources;
	bool		end;
	uint32		series;
	int64		time;
	int64		row;
	const SydraKey *key;		/* of a run; NULL: this is a segment */

	SydraKeyReader keys;

	int			segment;		/* index */
	SydraSegmentReader *reader;
	const uint64 *dead;
	const SydraRun *runs;
	int			run_count;
	int			run;			/* that row is in */
	int			vector;			/* that times are of, -1 none */
	int			first_row;		/* of the vector */
	int			row_count;
	const int64 *times;
} SydraKeyList;

/* In the current memory context; they stand nowhere yet. */
extern SydraKeyList *sydra_key_list_open_run(const SydraKeySources *sources, int run);
extern SydraKeyList *sydra_key_list_open_segment(const SydraKeySources *sources, int segment);
extern void sydra_key_list_close(SydraKeyList *list);

extern void sydra_key_list_rewind(SydraKeyList *list);
extern void sydra_key_list_next(SydraKeyList *list);

/* Moves forward to the first row that is not before (series, time). */
extern void sydra_key_list_leap(SydraKeyList *list, uint32 series, int64 time);

/* Of the row that a list stands at: its number in its segment, if it is in one. */
extern bool sydra_key_list_is_live(const SydraKeyList *list);
extern int	sydra_key_list_row(const SydraKeyList *list);
extern void sydra_key_list_order(SydraKeyList *list, SydraKeyOrder *order);
extern void sydra_key_list_tid(const SydraKeyList *list, ItemPointer tid);

extern bool sydra_key_list_is_earlier(const SydraKeyOrder *a, const SydraKeyOrder *b);

/* Is told of the row that a list stands at. */
typedef void SydraKeyMark(void *arg, const SydraKeyList *list);

/* Marks the rows of a list that live ones of another list replace, or later ones of the same list. */
extern void sydra_key_list_compare(SydraKeyList *list, SydraKeyList *other, SydraKeyMark *mark,
								   void *arg);
extern void sydra_key_list_compare_within(SydraKeyList *list, SydraKeyMark *mark, void *arg);

#endif
