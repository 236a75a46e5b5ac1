/*
 * quantile.c
 *	  Exact quantiles.
 *
 * Doubles are compared as integers whose order is theirs.  Of many values a histogram of the first
 * 16 bits tells which few of them have to be looked at again; among these, and among few, the value
 * is found by partitioning around chosen ones.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/wide.h"
#include "function/quantile.h"

#define FIRST_ROOM 16
#define MOST_ROOM 65536

/* Fewer values than this are not worth a histogram. */
#define HISTOGRAM_VALUES 16384
#define HISTOGRAM_SHIFT 48
#define HISTOGRAM_SIZE 65536

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

/* Those of the keys of a block whose first bits are from low to high; gives their number. */
static int64
pick_keys(const SydraQuantileBlock *block, uint64 low, uint64 high, uint64 *picked)
{
	int64		count = 0;

	for (int i = 0; i < block->count; i++)
	{
		uint64		key = key_of(block->values[i]);

		picked[count] = key;
		count += (key >> HISTOGRAM_SHIFT) - low <= high - low;
	}
	return count;
}

static uint32 *
count_keys(const SydraQuantile *quantile)
{
	uint32	   *counts = palloc0(sizeof(uint32) * HISTOGRAM_SIZE);

	for (const SydraQuantileBlock *block = quantile->first; block != NULL; block = block->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < block->count; i++)
			counts[key_of(block->values[i]) >> HISTOGRAM_SHIFT]++;
	}
	return counts;
}

/* Many values: only those that share their first bits with the wanted two are sorted out. */
static void
find_pair_among_many(const SydraQuantile *quantile, int64 place, uint64 *pair)
{
	uint32	   *counts = count_keys(quantile);
	int64		before = 0;
	int64		picked = 0;
	uint64		low = 0;
	uint64		high;
	uint64	   *keys;

	while (before + counts[low] <= place)
		before += counts[low++];
	high = low;
	picked = counts[low];
	while (before + picked <= place + 1)
		picked += counts[++high];
	/* Picking writes one key behind those that stay. */
	keys = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint64) * (picked + 1));
	picked = 0;
	for (const SydraQuantileBlock *block = quantile->first; block != NULL; block = block->next)
	{
		CHECK_FOR_INTERRUPTS();
		picked += pick_keys(block, low, high, keys + picked);
	}
	select_pair(keys, picked, place - before, pair);
	pfree(keys);
	pfree(counts);
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
	return low + share * (high - low);
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
	if (quantile->count < HISTOGRAM_VALUES)
		find_pair_among_few(quantile, place, pair);
	else
		find_pair_among_many(quantile, place, pair);
	if (exact >= place + 1)
		return value_of(pair[1]);
	return sydra_quantile_between(value_of(pair[0]), value_of(pair[1]), exact - place);
}
