/*
 * Approximate quantiles: a sketch whose answers are at most 1 % from the value, and that merges.
 */
#ifndef SYDRA_SKETCH_H
#define SYDRA_SKETCH_H

#include "lib/stringinfo.h"

/* Counts of values by the first bits of their magnitude. */
typedef struct SydraSketchSide
{
	int32		low;			/* the index of counts[0] */
	int32		room;
	int64		total;
	int64	   *counts;
} SydraSketchSide;

/* Zero at first. */
typedef struct SydraSketch
{
	int64		count;			/* NaN included */
	int64		zeros;			/* and what is nearly */
	int64		nans;
	double		min;			/* of what is no NaN, if there is any */
	double		max;
	SydraSketchSide negative;
	SydraSketchSide positive;
} SydraSketch;

extern void sydra_sketch_add(SydraSketch *sketch, const double *values, int count,
							 MemoryContext context);
extern void sydra_sketch_merge(SydraSketch *sketch, const SydraSketch *other,
							   MemoryContext context);

/* The value at fraction (0 .. 1) of the order, of one value at least; NaN is greatest. */
extern double sydra_sketch_at(const SydraSketch *sketch, double fraction);

/* As bytes for another process, and back, in the current memory context. */
extern void sydra_sketch_write(const SydraSketch *sketch, StringInfo buffer);
extern SydraSketch *sydra_sketch_read(StringInfo buffer);

#endif
