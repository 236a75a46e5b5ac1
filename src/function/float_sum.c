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
	int			i = 0;

	state->count += count;
	if (count >= 2 * LANES)
	{
		Half		sums[2] = {0};
		Half		rests[2] = {0};

		for (; i + LANES <= count; i += LANES)
		{
			ADD_HALF(sums[0], rests[0], values + i);
			ADD_HALF(sums[1], rests[1], values + i + LANES / 2);
		}
		for (int lane = 0; lane < LANES; lane++)
		{
			SYDRA_FLOAT_ADD(state->sum, state->rest, sums[lane * 2 / LANES][lane % (LANES / 2)]);
			state->rest += rests[lane * 2 / LANES][lane % (LANES / 2)];
		}
	}
	for (; i < count; i++)
		SYDRA_FLOAT_ADD(state->sum, state->rest, values[i]);
}
