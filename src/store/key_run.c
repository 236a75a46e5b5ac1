/*
 * key_run.c
 *	  Sorted keys, beyond what memory holds.
 *
 * Runs are not merged: who looks for equal keys looks in each of them.  Of a run in the file the
 * first key of each block stays in memory, so that a key is found by reading one block.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "store/key_run.h"

#define RUN_KEYS (1024 * 1024)
#define BLOCK_KEYS 1024
#define FIRST_CAPACITY 1024

StaticAssertDecl(sizeof(SydraKey) == 32 && BLOCK_KEYS * sizeof(SydraKey) % BLCKSZ == 0,
				 "a block of keys is whole blocks of a file");

typedef struct KeyRun
{
	int64		length;
	int64		time_min;
	int64		time_max;
	uint32		series_min;
	uint32		series_max;
	SydraKey   *keys;			/* NULL: in the file */
	int64		first_block;	/* there, in blocks of keys */
	SydraKey   *firsts;			/* of each block there */
} KeyRun;

struct SydraKeyRuns
{
	MemoryContext context;
	SydraKey   *keys;			/* those that are not in a run yet */
	int			count;
	int			capacity;
	BufFile    *file;
	int64		file_blocks;
	int			run_count;
	int			run_capacity;
	KeyRun	   *runs;
};

static int
compare_keys(const SydraKey *left, const SydraKey *right)
{
	if (left->series != right->series)
		return left->series < right->series ? -1 : 1;
	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	if (left->xid != right->xid)
		return left->xid < right->xid ? -1 : 1;
	if (left->source != right->source)
		return left->source < right->source ? -1 : 1;
	return ItemPointerCompare(unconstify(ItemPointerData *, &left->tid),
							  unconstify(ItemPointerData *, &right->tid));
}

#define ST_SORT sort_keys
#define ST_ELEMENT_TYPE SydraKey
#define ST_COMPARE(a, b) compare_keys(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static bool
is_before(const SydraKey *key, uint32 series, int64 time)
{
	return key->series < series || (key->series == series && key->time < time);
}

SydraKeyRuns *
sydra_key_runs_create(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra keys",
												  ALLOCSET_DEFAULT_SIZES);
	SydraKeyRuns *runs = MemoryContextAllocZero(context, sizeof(SydraKeyRuns));

	runs->context = context;
	return runs;
}

static KeyRun *
add_run(SydraKeyRuns *runs)
{
	KeyRun	   *run;

	if (runs->run_count == runs->run_capacity)
	{
		runs->run_capacity = Max(8, runs->run_capacity * 2);
		runs->runs = runs->runs == NULL ?
			MemoryContextAlloc(runs->context, sizeof(KeyRun) * runs->run_capacity) :
			repalloc(runs->runs, sizeof(KeyRun) * runs->run_capacity);
	}
	run = &runs->runs[runs->run_count++];
	memset(run, 0, sizeof(KeyRun));
	sort_keys(runs->keys, runs->count);
	run->length = runs->count;
	run->series_min = runs->keys[0].series;
	run->series_max = runs->keys[runs->count - 1].series;
	run->time_min = PG_INT64_MAX;
	run->time_max = PG_INT64_MIN;
	for (int i = 0; i < runs->count; i++)
	{
		run->time_min = Min(run->time_min, runs->keys[i].time);
		run->time_max = Max(run->time_max, runs->keys[i].time);
	}
	return run;
}

static void
write_run(SydraKeyRuns *runs)
{
	KeyRun	   *run = add_run(runs);
	int64		blocks = (run->length + BLOCK_KEYS - 1) / BLOCK_KEYS;

	if (runs->file == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(runs->context);

		runs->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	run->first_block = runs->file_blocks;
	run->firsts = MemoryContextAlloc(runs->context, sizeof(SydraKey) * blocks);
	for (int64 block = 0; block < blocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		run->firsts[block] = runs->keys[block * BLOCK_KEYS];

		/* The last block is filled up: what follows begins at a block of the file. */
		BufFileWrite(runs->file, &runs->keys[block * BLOCK_KEYS], BLOCK_KEYS * sizeof(SydraKey));
	}
	runs->file_blocks += blocks;
	runs->count = 0;
}

void
sydra_key_runs_add(SydraKeyRuns *runs, const SydraKey *key)
{
	if (runs->count == RUN_KEYS)
		write_run(runs);
	if (runs->count == runs->capacity)
	{
		runs->capacity = Max(BLOCK_KEYS, runs->capacity * 2);
		runs->keys = runs->keys == NULL ?
			MemoryContextAllocZero(runs->context, sizeof(SydraKey) * runs->capacity) :
			repalloc(runs->keys, sizeof(SydraKey) * runs->capacity);
	}
	runs->keys[runs->count++] = *key;
}

void
sydra_key_runs_finish(SydraKeyRuns *runs)
{
	if (runs->count == 0)
		return;
	add_run(runs)->keys = runs->keys;
	runs->keys = NULL;
	runs->count = runs->capacity = 0;
}

void
sydra_key_runs_close(SydraKeyRuns *runs)
{
	if (runs->file != NULL)
		BufFileClose(runs->file);
	MemoryContextDelete(runs->context);
}

int
sydra_key_runs_count(const SydraKeyRuns *runs)
{
	return runs->run_count;
}

int64
sydra_key_runs_length(const SydraKeyRuns *runs, int run)
{
	return runs->runs[run].length;
}

void
sydra_key_runs_span(const SydraKeyRuns *runs, int run, int64 *time_min, int64 *time_max,
					uint32 *series_min, uint32 *series_max)
{
	*time_min = runs->runs[run].time_min;
	*time_max = runs->runs[run].time_max;
	*series_min = runs->runs[run].series_min;
	*series_max = runs->runs[run].series_max;
}

const SydraKey *
sydra_key_runs_get(SydraKeyReader *reader, int64 place)
{
	SydraKeyRuns *runs = reader->runs;
	const KeyRun *run = &runs->runs[reader->run];
	int64		block = place / BLOCK_KEYS;

	if (run->keys != NULL)
		return &run->keys[place];
	if (reader->room == NULL)
	{
		reader->room = palloc(BLOCK_KEYS * sizeof(SydraKey));
		reader->block = -1;
	}
	if (reader->block != block)
	{
		CHECK_FOR_INTERRUPTS();
		reader->block = -1;
		if (BufFileSeekBlock(runs->file, (run->first_block + block) *
							 (int64) (BLOCK_KEYS * sizeof(SydraKey) / BLCKSZ)) != 0)
			ereport(ERROR,
					errcode_for_file_access(),
					errmsg("could not seek in a temporary file: %m"));
		BufFileReadExact(runs->file, reader->room, BLOCK_KEYS * sizeof(SydraKey));
		reader->block = block;
	}
	return &reader->room[place % BLOCK_KEYS];
}

/* The first of [low, high) that is not before the key. */
static int64
search(const SydraKey *keys, int64 low, int64 high, uint32 series, int64 time)
{
	while (low < high)
	{
		int64		middle = (low + high) / 2;

		if (is_before(&keys[middle], series, time))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64
sydra_key_runs_find(SydraKeyReader *reader, int64 start, uint32 series, int64 time)
{
	const KeyRun *run = &reader->runs->runs[reader->run];
	int64		place;
	int64		block;
	int64		blocks;

	/* Most often it is near. */
	for (int step = 0; step < 4; step++, start++)
		if (start >= run->length || !is_before(sydra_key_runs_get(reader, start), series, time))
			return start;
	if (run->keys != NULL)
		return search(run->keys, start, run->length, series, time);
	blocks = (run->length + BLOCK_KEYS - 1) / BLOCK_KEYS;
	block = search(run->firsts, start / BLOCK_KEYS + 1, blocks, series, time) - 1;
	place = Max(start, block * BLOCK_KEYS);
	(void) sydra_key_runs_get(reader, place);
	return block * BLOCK_KEYS +
		search(reader->room, place % BLOCK_KEYS,
			   Min(BLOCK_KEYS, run->length - block * BLOCK_KEYS), series, time);
}
