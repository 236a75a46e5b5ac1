/*
 * float_sum.c
 *	  Adds many values to a compensated sum.
 */
#include "postgres.h"

#include "base/wide.h"
#include "function/float_sum.h"

#define LANES 8

/* Half of the lanes, spelt out: compilers do not find them in a loop. */
typedef double Half __attribute__((vector_size(LANES / 2 * sizeof(double))));

#define ADD_HALF(sums, rests, values) \
	do { \
		Half		addends_; \
		Half		totals_; \
		Half		parts_; \
	\
		memcpy(&addends_, values, sizeof(addends_)); \
		totals_ = (sums) + addends_; \
		parts_ = totals_ - (sums); \
		(rests) += ((sums) - (totals_ - parts_)) + (addends_ - parts_); \
		(sums) = totals_; \
	} while (0)

SYDRA_WIDE void
sydra_float_sum_add(SydraFloatSum *state, const double *restrict values, int count)
{
	double		sum = 0;		/* of what fills no half */
	double		rest = 0;
	int			i = 0;

	state->count += count;
	if (count >= LANES)
	{
		Half		sums[2] = {0};
		Half		rests[2] = {0};
		double		upper;

		for (; i + LANES <= count; i += LANES)
		{
			ADD_HALF(sums[0], rests[0], values + i);
			ADD_HALF(sums[1], rests[1], values + i + LANES / 2);
		}
		if (i + LANES / 2 <= count)
		{
			ADD_HALF(sums[0], rests[0], values + i);
			i += LANES / 2;
		}
		ADD_HALF(sums[0], rests[0], &sums[1]);
		rests[0] += rests[1];
		sum = sums[0][0];
		upper = sums[0][2];
		rest = (rests[0][0] + rests[0][1]) + (rests[0][2] + rests[0][3]);
		SYDRA_FLOAT_ADD(sum, rest, sums[0][1]);
		SYDRA_FLOAT_ADD(upper, rest, sums[0][3]);
		SYDRA_FLOAT_ADD(sum, rest, upper);
	}
	for (; i < count; i++)
		SYDRA_FLOAT_ADD(sum, rest, values[i]);
	SYDRA_FLOAT_ADD(state->sum, state->rest, sum);
	state->rest += rest;
}
