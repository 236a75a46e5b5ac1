/*
 * Counts of values in ranges of equal width, and of those below and above.
 */
#ifndef SYDRA_HISTOGRAM_H
#define SYDRA_HISTOGRAM_H

#define SYDRA_HISTOGRAM_MOST 10000

typedef struct SydraHistogram
{
	double		low;
	double		high;
	int64		ranges;
	int64	   *counts;			/* ranges + 2 of them; NULL: no value yet */
} SydraHistogram;

/* What is wrong with the arguments, or NULL. */
extern const char *sydra_histogram_fault(double low, double high, int64 ranges);

extern void sydra_histogram_open(SydraHistogram *histogram, double low, double high, int64 ranges,
								 MemoryContext context);

/* Where a value is counted: 0 below low, ranges + 1 from high on; NaN is greatest. */
extern int	sydra_histogram_place(const SydraHistogram *histogram, double value);

/* The counts as an array of int8, in the current memory context. */
extern Datum sydra_histogram_array(const SydraHistogram *histogram);

#endif
