/*
 * Exact quantiles: all values are kept, and the ones at a place of their order selected.
 */
#ifndef SYDRA_QUANTILE_H
#define SYDRA_QUANTILE_H

typedef struct SydraQuantileBlock SydraQuantileBlock;

/* Zero at first. */
typedef struct SydraQuantile
{
	int64		count;
	SydraQuantileBlock *first;
	SydraQuantileBlock *last;
} SydraQuantile;

extern void sydra_quantile_add(SydraQuantile *quantile, const double *values, int count,
							   MemoryContext context);

/* The values, block by block; *block is NULL before the first.  NULL at the end. */
extern const double *sydra_quantile_next(const SydraQuantile *quantile, SydraQuantileBlock **block,
										 int *count);

/*
 * The value at fraction (0 .. 1) of the order, on the line between its neighbours, as
 * percentile_cont has it; NaN is greatest.  There is a value at least.
 */
extern double sydra_quantile_at(const SydraQuantile *quantile, double fraction);

/* The same between two neighbouring values. */
extern double sydra_quantile_between(double low, double high, double share);

#endif
