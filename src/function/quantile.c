/*
 * quantile.c
 *	  Exact quantiles.
 *
 * Doubles are compared as integers whose order is theirs.  Of many values a sample tells between
 * which two the wanted one is, so that few have to be looked at again (Floyd and Rivest 1975); among
 * few it is found by partitioning around chosen ones.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/wide.h"
#include "function/float_sum.h"
#include "function/quantile.h"

#define FIRST_ROOM 16
#define MOST_ROOM 65536

/* Fewer are not worth a sample. */
#define MANY_KEYS 4096
#define SAMPLE_KEYS 512

/* Keys that are made at once. */
#define CHUNK 1024

struct SydraQuantileBlock
{
	SydraQuantileBlock *next;
	int			count;
	int			room;
	double		values[FLEXIBLE_ARRAY_MEMBER];
};

static void
add_block(SydraQuantile *quantile, MemoryContext context)
{
	int			room = quantile->last == NULL ? FIRST_ROOM :
		Min(quantile->last->room * 2, MOST_ROOM);
	SydraQuantileBlock *block = MemoryContextAlloc(context, offsetof(SydraQuantileBlock, values) +
												   sizeof(double) * room);

	block->next = NULL;
	block->count = 0;
	block->room = room;
	if (quantile->last == NULL)
		quantile->first = block;
	else
		quantile->last->next = block;
	quantile->last = block;
}

void
sydra_quantile_add(SydraQuantile *quantile, const double *values, int count, MemoryContext context)
{
	quantile->count += count;
	while (count > 0)
	{
		SydraQuantileBlock *block = quantile->last;
		int			part;

		if (block == NULL || block->count == block->room)
		{
			add_block(quantile, context);
			block = quantile->last;
		}
		part = Min(count, block->room - block->count);
		memcpy(block->values + block->count, values, sizeof(double) * part);
		block->count += part;
		values += part;
		count -= part;
	}
}

const double *
sydra_quantile_next(const SydraQuantile *quantile, SydraQuantileBlock **block, int *count)
{
	*block = *block == NULL ? quantile->first : (*block)->next;
	if (*block == NULL)
		return NULL;
	*count = (*block)->count;
	return (*block)->values;
}

/* The order of the keys is that of the values; all NaN are one, the greatest. */
static inline uint64
key_of(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	bits ^= bits >> 63 ? PG_UINT64_MAX : UINT64CONST(1) << 63;
	return value != value ? PG_UINT64_MAX : bits;
}

static double
value_of(uint64 key)
{
	uint64		bits = key ^ (key >> 63 ? UINT64CONST(1) << 63 : PG_UINT64_MAX);
	double		value;

	if (key == PG_UINT64_MAX)
		return NAN;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

SYDRA_WIDE static void
make_keys(const double *restrict values, int count, uint64 *restrict keys)
{
	for (int i = 0; i < count; i++)
		keys[i] = key_of(values[i]);
}

/*
 * Brings the key of a place in order to that place; those before are no greater, those behind no
 * less.  The pivots are drawn, so that no order of the input is bad.
 */
static void
select_key(uint64 *keys, int64 count, int64 place)
{
	int64		low = 0;
	int64		high = count - 1;
	uint64		seed = UINT64CONST(0x9e3779b97f4a7c15);

	while (low < high)
	{
		int64		left = low;
		int64		right = high;
		uint64		pivot;

		CHECK_FOR_INTERRUPTS();
		seed = seed * UINT64CONST(6364136223846793005) + 1442695040888963407;
		pivot = keys[low + (int64) ((seed >> 33) % (uint64) (high - low + 1))];
		while (left <= right)
		{
			while (keys[left] < pivot)
				left++;
			while (keys[right] > pivot)
				right--;
			if (left <= right)
			{
				uint64		key = keys[left];

				keys[left++] = keys[right];
				keys[right--] = key;
			}
		}
		/* What is between right and left equals the pivot. */
		if (place <= right)
			high = right;
		else if (place >= left)
			low = left;
		else
			return;
	}
}

static uint64
least_key(const uint64 *keys, int64 count)
{
	uint64		least = PG_UINT64_MAX;

	for (int64 i = 0; i < count; i++)
		least = Min(least, keys[i]);
	return least;
}

/* The keys at a place and the one behind it, of count > place + 1. */
static void
select_pair(uint64 *keys, int64 count, int64 place, uint64 *pair)
{
	select_key(keys, count, place);
	pair[0] = keys[place];
	pair[1] = least_key(keys + place + 1, count - place - 1);
}

/* Between these the keys at the wanted two places are thought to be, both inclusive. */
typedef struct Window
{
	uint64		low;
	uint64		high;
} Window;

static inline bool
is_inside(Window window, uint64 key)
{
	return key - window.low <= window.high - window.low;
}

/* The key at a rank of the sample; past its ends all that are less, or greater, are let in. */
static uint64
key_at_rank(uint64 *sample, double rank)
{
	if (rank < 1)
		return 0;
	if (rank >= SAMPLE_KEYS - 1)
		return PG_UINT64_MAX;
	select_key(sample, SAMPLE_KEYS, (int64) rank);
	return sample[(int64) rank];
}

/* Five standard deviations to both sides of where the place is in the sample. */
static Window
guess_window(uint64 *sample, int64 place, int64 count)
{
	double		fraction = (double) place / (double) count;
	double		rank = fraction * SAMPLE_KEYS;
	double		margin = 5 * sqrt(rank * (1 - fraction)) + 2;
	Window		window;

	window.low = key_at_rank(sample, rank - margin);
	window.high = key_at_rank(sample, rank + margin);
	return window;
}

/* Drawn, so that no order of the values is bad. */
static int64
draw_place(uint64 *seed, int64 count)
{
	*seed = *seed * UINT64CONST(6364136223846793005) + 1442695040888963407;
	return (int64) ((*seed >> 33) % (uint64) count);
}

/* Narrows keys down until few are left. */
static void
find_pair_of_keys(uint64 *keys, int64 count, int64 place, uint64 *pair)
{
	uint64		seed = count;

	while (count >= MANY_KEYS)
	{
		uint64		sample[SAMPLE_KEYS];
		Window		window;
		int64		below = 0;
		int64		inside = 0;
		int64		picked = 0;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < SAMPLE_KEYS; i++)
			sample[i] = keys[draw_place(&seed, count)];
		window = guess_window(sample, place, count);
		for (int64 i = 0; i < count; i++)
		{
			below += keys[i] < window.low;
			inside += is_inside(window, keys[i]);
		}
		if (place < below || place + 1 >= below + inside || inside > count / 2)
			break;
		for (int64 i = 0; i < count; i++)
		{
			uint64		key = keys[i];

			keys[picked] = key;
			picked += is_inside(window, key);
		}
		place -= below;
		count = inside;
	}
	select_pair(keys, count, place, pair);
}

static void
draw_sample(const SydraQuantile *quantile, uint64 *sample)
{
	uint64		seed = quantile->count;
	int			drawn = 0;
	int64		before = 0;

	/* From each block as many as are its share, so that none has to be found. */
	for (const SydraQuantileBlock *block = quantile->first; block != NULL; block = block->next)
	{
		int			end;

		before += block->count;
		end = (int) ((double) before / (double) quantile->count * SAMPLE_KEYS);
		for (; drawn < end; drawn++)
			sample[drawn] = key_of(block->values[draw_place(&seed, block->count)]);
	}
	for (; drawn < SAMPLE_KEYS; drawn++)
		sample[drawn] = key_of(quantile->last->values[draw_place(&seed, quantile->last->count)]);
}

/* Copies the keys that are inside; gives their number, and how many are below. */
static int64
pick_keys(const SydraQuantile *quantile, Window window, uint64 *picked, int64 *below)
{
	int64		count = 0;

	for (const SydraQuantileBlock *block = quantile->first; block != NULL; block = block->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int start = 0; start < block->count; start += CHUNK)
		{
			uint64		keys[CHUNK];
			int			length = Min(CHUNK, block->count - start);

			make_keys(block->values + start, length, keys);
			for (int i = 0; i < length; i++)
			{
				picked[count] = keys[i];
				count += is_inside(window, keys[i]);
				*below += keys[i] < window.low;
			}
		}
	}
	return count;
}

/* Many values: those that are near to the wanted two, as a sample tells, are kept. */
static void
find_pair_among_many(const SydraQuantile *quantile, int64 place, uint64 *pair)
{
	uint64		sample[SAMPLE_KEYS];
	/* Picking writes one key behind those that stay. */
	uint64	   *keys = MemoryContextAllocHuge(CurrentMemoryContext,
											  sizeof(uint64) * (quantile->count + 1));
	int64		below = 0;
	int64		count;
	Window		window;

	draw_sample(quantile, sample);
	window = guess_window(sample, place, quantile->count);
	count = pick_keys(quantile, window, keys, &below);
	if (place < below || place + 1 >= below + count)
	{
		below = 0;
		count = pick_keys(quantile, (Window) {0, PG_UINT64_MAX}, keys, &below);
	}
	find_pair_of_keys(keys, count, place - below, pair);
	pfree(keys);
}

static void
find_pair_among_few(const SydraQuantile *quantile, int64 place, uint64 *pair)
{
	uint64	   *keys = palloc(sizeof(uint64) * quantile->count);
	int64		count = 0;

	for (const SydraQuantileBlock *block = quantile->first; block != NULL; block = block->next)
	{
		make_keys(block->values, block->count, keys + count);
		count += block->count;
	}
	select_pair(keys, count, place, pair);
	pfree(keys);
}

double
sydra_quantile_between(double low, double high, double share)
{
	/* Two infinities are no distance apart. */
	if (share == 0 || low == high)
		return low;
	return sydra_float_between(low, high, share);
}

double
sydra_quantile_at(const SydraQuantile *quantile, double fraction)
{
	double		exact = fraction * (double) (quantile->count - 1);
	int64		place = (int64) floor(exact);
	uint64		pair[2];

	if (quantile->count == 1)
		return value_of(key_of(quantile->first->values[0]));
	/* The last one is the second of the last two. */
	if (place == quantile->count - 1)
		place--;
	if (quantile->count < MANY_KEYS)
		find_pair_among_few(quantile, place, pair);
	else
		find_pair_among_many(quantile, place, pair);
	if (exact >= place + 1)
		return value_of(pair[1]);
	return sydra_quantile_between(value_of(pair[0]), value_of(pair[1]), exact - place);
}
