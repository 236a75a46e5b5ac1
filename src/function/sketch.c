/*
 * sketch.c
 *	  DDSketch (Masson, Rim, Lee, VLDB 2019): values are counted in buckets whose borders grow by a
 *	  constant factor, so that the middle of a bucket is near to all of it.
 *
 * The mapping is the linearly interpolated one: between powers of two the buckets are 64 equal
 * ones, and a value's bucket is the first bits of its exponent and mantissa.  The widest is 1/64 of
 * its lower border, the middle of it at most 1/128 away from any value: 0.8 %.  Nothing is ever
 * merged into wider buckets, so the bound holds for every value that has a full exponent; smaller
 * magnitudes count as zero.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "libpq/pqformat.h"
#include "utils/memutils.h"

#include "function/quantile.h"
#include "function/sketch.h"

#define INDEX_SHIFT 46			/* of the 52 bits of mantissa 6 count */
#define INFINITE_INDEX (0x7FF << (52 - INDEX_SHIFT))
#define INDEX_COUNT (INFINITE_INDEX + 1)
#define ROOM_STEP 64

static inline int32
index_of(double magnitude)
{
	uint64		bits;

	memcpy(&bits, &magnitude, sizeof(bits));
	return (int32) (bits >> INDEX_SHIFT);
}

/* The middle of a bucket. */
static double
middle_of(int32 index)
{
	uint64		bits = ((uint64) index << INDEX_SHIFT) | (UINT64CONST(1) << (INDEX_SHIFT - 1));
	double		value;

	if (index == INFINITE_INDEX)
		return INFINITY;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Makes room for the buckets from low to high. */
static void
cover(SydraSketchSide *side, int32 low, int32 high, MemoryContext context)
{
	SydraSketchSide grown = *side;

	if (side->room > 0)
	{
		if (low >= side->low && high < side->low + side->room)
			return;
		low = Min(low, side->low);
		high = Max(high, side->low + side->room - 1);
	}
	/* A side that grows again and again grows by its own size. */
	grown.low = Max(0, (low - (low < side->low ? side->room / 2 : 0)) / ROOM_STEP * ROOM_STEP);
	grown.room = Min((high - grown.low) / ROOM_STEP * ROOM_STEP + ROOM_STEP +
					 (high >= side->low + side->room ? side->room / 2 : 0),
					 INDEX_COUNT - grown.low);
	grown.counts = MemoryContextAllocZero(context, sizeof(int64) * grown.room);
	if (side->room > 0)
	{
		memcpy(grown.counts + (side->low - grown.low), side->counts, sizeof(int64) * side->room);
		pfree(side->counts);
	}
	*side = grown;
}

static inline void
count_value(SydraSketchSide *side, int32 index, MemoryContext context)
{
	if ((uint32) (index - side->low) >= (uint32) side->room)
		cover(side, index, index, context);
	side->counts[index - side->low]++;
	side->total++;
}

void
sydra_sketch_add(SydraSketch *sketch, const double *values, int count, MemoryContext context)
{
	bool		fresh = sketch->count == sketch->nans;
	double		min = fresh ? INFINITY : sketch->min;
	double		max = fresh ? -INFINITY : sketch->max;

	for (int i = 0; i < count; i++)
	{
		double		value = values[i];

		if (value >= DBL_MIN)
			count_value(&sketch->positive, index_of(value), context);
		else if (value <= -DBL_MIN)
			count_value(&sketch->negative, index_of(-value), context);
		else if (value == value)
			sketch->zeros++;
		else
			sketch->nans++;
		min = value < min ? value : min;
		max = value > max ? value : max;
	}
	sketch->count += count;
	sketch->min = min;
	sketch->max = max;
}

static void
merge_side(SydraSketchSide *side, const SydraSketchSide *other, MemoryContext context)
{
	if (other->total == 0)
		return;
	cover(side, other->low, other->low + other->room - 1, context);
	for (int32 i = 0; i < other->room; i++)
		side->counts[other->low - side->low + i] += other->counts[i];
	side->total += other->total;
}

void
sydra_sketch_merge(SydraSketch *sketch, const SydraSketch *other, MemoryContext context)
{
	if (other->count > other->nans)
	{
		bool		fresh = sketch->count == sketch->nans;

		sketch->min = fresh ? other->min : Min(sketch->min, other->min);
		sketch->max = fresh ? other->max : Max(sketch->max, other->max);
	}
	sketch->count += other->count;
	sketch->zeros += other->zeros;
	sketch->nans += other->nans;
	merge_side(&sketch->negative, &other->negative, context);
	merge_side(&sketch->positive, &other->positive, context);
}

/* The bucket that the value of a place among those of a side is in. */
static double
find_on_side(const SydraSketchSide *side, int64 place)
{
	for (int32 i = 0; i < side->room; i++)
	{
		place -= side->counts[i];
		if (place < 0)
			return middle_of(side->low + i);
	}
	elog(ERROR, "a sketch has fewer values than it counts");
}

static double
find_place(const SydraSketch *sketch, int64 place)
{
	double		value;

	if (place >= sketch->count - sketch->nans)
		return NAN;
	if (place < sketch->negative.total)
		value = -find_on_side(&sketch->negative, sketch->negative.total - 1 - place);
	else if (place < sketch->negative.total + sketch->zeros)
		value = 0;
	else
		value = find_on_side(&sketch->positive, place - sketch->negative.total - sketch->zeros);
	/* The least and the greatest are known. */
	if (place == 0)
		return sketch->min;
	if (place == sketch->count - sketch->nans - 1)
		return sketch->max;
	return Max(sketch->min, Min(value, sketch->max));
}

double
sydra_sketch_at(const SydraSketch *sketch, double fraction)
{
	double		exact = fraction * (double) (sketch->count - 1);
	int64		place = (int64) floor(exact);

	if (exact == place)
		return find_place(sketch, place);
	return sydra_quantile_between(find_place(sketch, place), find_place(sketch, place + 1),
								  exact - place);
}

static void
write_side(const SydraSketchSide *side, StringInfo buffer)
{
	pq_sendint32(buffer, side->low);
	pq_sendint32(buffer, side->room);
	pq_sendint64(buffer, side->total);
	for (int32 i = 0; i < side->room; i++)
		pq_sendint64(buffer, side->counts[i]);
}

void
sydra_sketch_write(const SydraSketch *sketch, StringInfo buffer)
{
	pq_sendint64(buffer, sketch->count);
	pq_sendint64(buffer, sketch->zeros);
	pq_sendint64(buffer, sketch->nans);
	pq_sendfloat8(buffer, sketch->min);
	pq_sendfloat8(buffer, sketch->max);
	write_side(&sketch->negative, buffer);
	write_side(&sketch->positive, buffer);
}

static void
read_side(SydraSketchSide *side, StringInfo buffer)
{
	side->low = pq_getmsgint(buffer, sizeof(int32));
	side->room = pq_getmsgint(buffer, sizeof(int32));
	side->total = pq_getmsgint64(buffer);
	if (side->low < 0 || side->room < 0 || side->room > INDEX_COUNT - side->low)
		elog(ERROR, "bytes are no sketch");
	side->counts = palloc(sizeof(int64) * Max(side->room, 1));
	for (int32 i = 0; i < side->room; i++)
		side->counts[i] = pq_getmsgint64(buffer);
}

SydraSketch *
sydra_sketch_read(StringInfo buffer)
{
	SydraSketch *sketch = palloc0(sizeof(SydraSketch));

	sketch->count = pq_getmsgint64(buffer);
	sketch->zeros = pq_getmsgint64(buffer);
	sketch->nans = pq_getmsgint64(buffer);
	sketch->min = pq_getmsgfloat8(buffer);
	sketch->max = pq_getmsgfloat8(buffer);
	read_side(&sketch->negative, buffer);
	read_side(&sketch->positive, buffer);
	return sketch;
}
