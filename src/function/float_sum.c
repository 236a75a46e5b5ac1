/*
 * float_sum.c
 *	  Adds many values to a compensated sum.
 */
#include "postgres.h"

#include "base/wide.h"
#include "function/float_sum.h"

#define LANES 8

SYDRA_WIDE void
sydra_float_sum_add(SydraFloatSum *state, const double *restrict values, int count)
{
	double		sums[LANES] = {0};
	double		rests[LANES] = {0};
	int			i = 0;

	state->count += count;
	if (count >= 2 * LANES)
	{
		for (; i + LANES <= count; i += LANES)
			for (int lane = 0; lane < LANES; lane++)
				SYDRA_FLOAT_ADD(sums[lane], rests[lane], values[i + lane]);
		for (int lane = 0; lane < LANES; lane++)
		{
			SYDRA_FLOAT_ADD(state->sum, state->rest, sums[lane]);
			state->rest += rests[lane];
		}
	}
	for (; i < count; i++)
		SYDRA_FLOAT_ADD(state->sum, state->rest, values[i]);
}
