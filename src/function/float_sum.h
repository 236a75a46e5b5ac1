/*
 * Compensated sums of float8: Neumaier 1974, with the error of each addition by Knuth's branch-free
 * form, so that several chains run side by side.
 */
#ifndef SYDRA_FLOAT_SUM_H
#define SYDRA_FLOAT_SUM_H

#include <math.h>

typedef struct SydraFloatSum
{
	int64		count;
	double		sum;
	double		rest;			/* what rounding took from sum; senseless once that is not finite */
} SydraFloatSum;

/* Adds value to sum and the error of doing so to rest. */
#define SYDRA_FLOAT_ADD(sum, rest, value) \
	do { \
		double		addend_ = (value); \
		double		total_ = (sum) + addend_; \
		double		part_ = total_ - (sum); \
	\
		(rest) += ((sum) - (total_ - part_)) + (addend_ - part_); \
		(sum) = total_; \
	} while (0)

extern void sydra_float_sum_add(SydraFloatSum *sum, const double *values, int count);

static inline double
sydra_float_total(double sum, double rest)
{
	return isfinite(sum) ? sum + rest : sum;
}

static inline double
sydra_float_sum_total(const SydraFloatSum *sum)
{
	return sydra_float_total(sum->sum, sum->rest);
}

/* On the way from one value to another; the distance of two that are finite may be infinite. */
static inline double
sydra_float_between(double from, double to, double share)
{
	double		distance = to - from;

	if (isinf(distance) && isfinite(from) && isfinite(to))
		return from * (1 - share) + to * share;
	return from + distance * share;
}

/* Adds the one sum to the other; the count is the caller's. */
static inline void
sydra_float_sum_merge(SydraFloatSum *sum, const SydraFloatSum *other)
{
	SYDRA_FLOAT_ADD(sum->sum, sum->rest, other->sum);
	sum->rest += other->rest;
}

#endif
