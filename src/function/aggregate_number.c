/*
 * aggregate_number.c
 *	  count sum avg min max spread stddev variance.
 *
 * A state takes whole slices.  Sums of float8 are compensated and kept as two doubles.  Variances
 * merge the exact moments of each slice (Chan, Golub, LeVeque 1979); a slice of one row is Welford's
 * step.
 */
#include "postgres.h"

#include <math.h>

#include "base/error.h"
#include "base/wide.h"
#include "function/float_sum.h"
#include "function/kernels.h"
#include "function/slice.h"

#define LANES 8

/* count */

static void
update_count(void *state, const SydraAggregateInput *input)
{
	*(int64 *) state += input->end - input->start;
}

static bool
result_count(const void *state, SydraValue *value)
{
	value->integer = *(const int64 *) state;
	return true;
}

static bool
summarize_count(void *state, const SydraSegmentStatistics *statistics)
{
	*(int64 *) state += statistics->count;
	return true;
}

const SydraAggregate sydra_aggregate_count = {
	sizeof(int64), update_count, result_count,.summarize = summarize_count
};

/* Sums of integers: 128 bits cannot overflow, the result may. */

typedef struct IntSum
{
	int64		count;
	int64		high;			/* in units of 2^32 */
	uint64		low;			/* below 2^32 after every update */
} IntSum;

SYDRA_WIDE static void
update_sum_int(void *state, const SydraAggregateInput *input)
{
	IntSum	   *sum = state;
	int64		room[SYDRA_BATCH_ROWS];
	const int64 *restrict values = sydra_slice_int(input, room);
	int			count = input->end - input->start;
	int64		high = 0;
	uint64		low = sum->low;

	for (int i = 0; i < count; i++)
	{
		high += values[i] >> 32;
		low += (uint32) values[i];
	}
	sum->count += count;
	sum->high += high + (int64) (low >> 32);
	sum->low = (uint32) low;
}

static bool
summarize_sum_int(void *state, const SydraSegmentStatistics *statistics)
{
	IntSum	   *sum = state;
	uint64		low = sum->low + (uint32) statistics->sum_low;

	if (statistics->count == 0)
		return true;
	/* The halves of 32 bits above would leave no room for more. */
	if (!statistics->has_sum ||
		statistics->sum_high != ((int64) statistics->sum_low < 0 ? -1 : 0))
		return false;
	sum->count += statistics->count;
	sum->high += ((int64) statistics->sum_low >> 32) + (int64) (low >> 32);
	sum->low = (uint32) low;
	return true;
}

static bool
result_sum_int(const void *state, SydraValue *value)
{
	const IntSum *sum = state;

	if (sum->high < PG_INT32_MIN || sum->high > PG_INT32_MAX)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_NUMERIC_OVERFLOW),
				SYDRA_ERRMSG(SYDRA_ERR_NUMERIC_OVERFLOW, "integer out of range in \"sum\""),
				errdetail("The sum does not fit into 64 bits."),
				errhint("Sum floating point values instead, for example sum(x * 1.0)."));
	value->integer = (int64) (((uint64) sum->high << 32) | sum->low);
	return sum->count > 0;
}

const SydraAggregate sydra_aggregate_sum_int = {
	sizeof(IntSum), update_sum_int, result_sum_int,.summarize = summarize_sum_int
};

static bool
result_avg_int(const void *state, SydraValue *value)
{
	const IntSum *sum = state;

	if (sum->count == 0)
		return false;
	value->real = ((double) sum->high * 4294967296.0 + (double) sum->low) / (double) sum->count;
	return true;
}

const SydraAggregate sydra_aggregate_avg_int = {
	sizeof(IntSum), update_sum_int, result_avg_int,.summarize = summarize_sum_int
};

/* Sums of floats */

static void
update_sum_float(void *state, const SydraAggregateInput *input)
{
	double		room[SYDRA_BATCH_ROWS];

	sydra_float_sum_add(state, sydra_slice_float(input, room), input->end - input->start);
}

static bool
result_sum_float(const void *state, SydraValue *value)
{
	const SydraFloatSum *sum = state;

	value->real = sydra_float_sum_total(sum);
	return sum->count > 0;
}

static bool
result_avg_float(const void *state, SydraValue *value)
{
	const SydraFloatSum *sum = state;

	if (sum->count == 0)
		return false;
	value->real = sydra_float_sum_total(sum) / (double) sum->count;
	return true;
}

const SydraAggregate sydra_aggregate_sum_float = {
	sizeof(SydraFloatSum), update_sum_float, result_sum_float
};
const SydraAggregate sydra_aggregate_avg_float = {
	sizeof(SydraFloatSum), update_sum_float, result_avg_float
};

/* Extremes of integers and times */

typedef struct IntRange
{
	int64		count;
	int64		min;
	int64		max;
} IntRange;

SYDRA_WIDE static void
update_range_int(void *state, const SydraAggregateInput *input)
{
	IntRange   *range = state;
	int64		room[SYDRA_BATCH_ROWS];
	const int64 *restrict values = sydra_slice_int(input, room);
	int			count = input->end - input->start;
	int64		min = range->count ? range->min : PG_INT64_MAX;
	int64		max = range->count ? range->max : PG_INT64_MIN;

	for (int i = 0; i < count; i++)
	{
		min = values[i] < min ? values[i] : min;
		max = values[i] > max ? values[i] : max;
	}
	range->count += count;
	range->min = min;
	range->max = max;
}

static bool
summarize_range_int(void *state, const SydraSegmentStatistics *statistics)
{
	IntRange   *range = state;
	int64		min = (int64) statistics->min;
	int64		max = (int64) statistics->max;

	if (statistics->count == 0)
		return true;
	if (!statistics->has_range)
		return false;
	range->min = range->count ? Min(range->min, min) : min;
	range->max = range->count ? Max(range->max, max) : max;
	range->count += statistics->count;
	return true;
}

static bool
result_min_int(const void *state, SydraValue *value)
{
	const IntRange *range = state;

	value->integer = range->min;
	return range->count > 0;
}

static bool
result_max_int(const void *state, SydraValue *value)
{
	const IntRange *range = state;

	value->integer = range->max;
	return range->count > 0;
}

static bool
result_spread_int(const void *state, SydraValue *value)
{
	const IntRange *range = state;

	if (range->count > 0 && __builtin_sub_overflow(range->max, range->min, &value->integer))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_NUMERIC_OVERFLOW),
				SYDRA_ERRMSG(SYDRA_ERR_NUMERIC_OVERFLOW, "integer out of range in \"spread\""),
				errdetail("The difference does not fit into 64 bits."),
				errhint("Spread floating point values instead, for example spread(x * 1.0)."));
	return range->count > 0;
}

const SydraAggregate sydra_aggregate_min_int = {
	sizeof(IntRange), update_range_int, result_min_int,.summarize = summarize_range_int
};
const SydraAggregate sydra_aggregate_max_int = {
	sizeof(IntRange), update_range_int, result_max_int,.summarize = summarize_range_int
};
const SydraAggregate sydra_aggregate_spread_int = {
	sizeof(IntRange), update_range_int, result_spread_int,.summarize = summarize_range_int
};

/*
 * Extremes of floats; NaN is greatest, so it is the minimum only of nothing but NaN.  Which of 0.0
 * and -0.0 is met first depends on how rows are stored: an extreme that is zero is given as 0.0.
 */

typedef struct FloatRange
{
	int64		count;			/* NaN included */
	int64		nans;
	double		min;			/* of what is no NaN */
	double		max;
} FloatRange;

SYDRA_WIDE static void
update_range_float(void *state, const SydraAggregateInput *input)
{
	FloatRange *range = state;
	double		room[SYDRA_BATCH_ROWS];
	const double *restrict values = sydra_slice_float(input, room);
	int			count = input->end - input->start;
	bool		fresh = range->count == range->nans;
	double		mins[LANES];
	double		maxs[LANES];
	int64		nans = 0;
	int			i = 0;

	for (int lane = 0; lane < LANES; lane++)
	{
		mins[lane] = fresh ? INFINITY : range->min;
		maxs[lane] = fresh ? -INFINITY : range->max;
	}
	for (; i + LANES <= count; i += LANES)
		for (int lane = 0; lane < LANES; lane++)
		{
			double		value = values[i + lane];

			mins[lane] = value < mins[lane] ? value : mins[lane];
			maxs[lane] = value > maxs[lane] ? value : maxs[lane];
			nans += value != value;
		}
	for (; i < count; i++)
	{
		mins[0] = values[i] < mins[0] ? values[i] : mins[0];
		maxs[0] = values[i] > maxs[0] ? values[i] : maxs[0];
		nans += values[i] != values[i];
	}
	for (int lane = 1; lane < LANES; lane++)
	{
		mins[0] = mins[lane] < mins[0] ? mins[lane] : mins[0];
		maxs[0] = maxs[lane] > maxs[0] ? maxs[lane] : maxs[0];
	}
	range->count += count;
	range->nans += nans;
	range->min = mins[0];
	range->max = maxs[0];
}

static bool
result_min_float(const void *state, SydraValue *value)
{
	const FloatRange *range = state;

	value->real = range->count > range->nans ? range->min + 0.0 : NAN;
	return range->count > 0;
}

static bool
result_max_float(const void *state, SydraValue *value)
{
	const FloatRange *range = state;

	value->real = range->nans == 0 ? range->max + 0.0 : NAN;
	return range->count > 0;
}

static bool
result_spread_float(const void *state, SydraValue *value)
{
	const FloatRange *range = state;

	value->real = range->nans == 0 ? range->max - range->min + 0.0 : NAN;
	return range->count > 0;
}

/* How many are NaN is not known. */
static bool
summarize_range_float(void *state, const SydraSegmentStatistics *statistics)
{
	FloatRange *range = state;
	double		min = sydra_float8_of_bits(statistics->min);
	double		max = sydra_float8_of_bits(statistics->max);
	bool		fresh = range->count == range->nans;

	if (statistics->count == 0)
		return true;
	if (!statistics->has_range || isnan(max))
		return false;
	range->min = fresh || min < range->min ? min : range->min;
	range->max = fresh || max > range->max ? max : range->max;
	range->count += statistics->count;
	return true;
}

const SydraAggregate sydra_aggregate_min_float = {
	sizeof(FloatRange), update_range_float, result_min_float,.summarize = summarize_range_float
};
const SydraAggregate sydra_aggregate_max_float = {
	sizeof(FloatRange), update_range_float, result_max_float,.summarize = summarize_range_float
};
const SydraAggregate sydra_aggregate_spread_float = {
	sizeof(FloatRange), update_range_float, result_spread_float,.summarize = summarize_range_float
};

/* Variance */

typedef struct Moments
{
	double		count;
	double		mean;
	double		rest;			/* what rounding took from mean */
	double		squares;		/* of the distances from the mean */
} Moments;

/* Of values whose sum is past the range of float8, if none of them is infinite or NaN. */
static double
mean_of_large(const double *values, int count)
{
	double		mean = 0;

	for (int i = 0; i < count; i++)
		mean += values[i] / count;
	return mean;
}

/* Two passes: the second corrects what rounding did to the mean. */
SYDRA_WIDE static Moments
measure(const double *restrict values, int count)
{
	Moments		slice = {count, values[0], 0, 0};
	double		sums[LANES] = {0};
	double		squares[LANES] = {0};
	double		rest = 0;
	int			i = 0;

	if (count == 1)
	{
		/* An infinite or NaN value has no distance from itself. */
		slice.squares = values[0] - values[0];
		return slice;
	}
	for (; i + LANES <= count; i += LANES)
		for (int lane = 0; lane < LANES; lane++)
			sums[lane] += values[i + lane];
	for (; i < count; i++)
		sums[0] += values[i];
	for (int lane = 1; lane < LANES; lane++)
		sums[0] += sums[lane];
	slice.mean = sums[0] / count;
	if (!isfinite(slice.mean))
		slice.mean = mean_of_large(values, count);

	memset(sums, 0, sizeof(sums));
	for (i = 0; i + LANES <= count; i += LANES)
		for (int lane = 0; lane < LANES; lane++)
		{
			double		distance = values[i + lane] - slice.mean;

			sums[lane] += distance;
			squares[lane] += distance * distance;
		}
	for (; i < count; i++)
	{
		double		distance = values[i] - slice.mean;

		sums[0] += distance;
		squares[0] += distance * distance;
	}
	for (int lane = 0; lane < LANES; lane++)
	{
		rest += sums[lane];
		slice.squares += squares[lane];
	}
	/* Past the range of float8 there is nothing to correct. */
	if (isinf(slice.squares))
		return slice;
	slice.squares -= rest * rest / count;
	slice.rest = rest / count;
	return slice;
}

static void
update_moments(void *state, const SydraAggregateInput *input)
{
	Moments    *all = state;
	double		room[SYDRA_BATCH_ROWS];
	const double *values = sydra_slice_float(input, room);
	Moments		slice;
	double		count;
	double		distance;

	if (input->start >= input->end)
		return;
	slice = measure(values, input->end - input->start);
	if (all->count == 0)
	{
		*all = slice;
		return;
	}
	count = all->count + slice.count;
	/* Finite values more will not make it finite again. */
	if (isinf(all->squares) && !isnan(slice.squares))
	{
		all->count = count;
		return;
	}
	distance = (slice.mean - all->mean) + (slice.rest - all->rest);
	all->squares += slice.squares + distance * distance * (all->count * slice.count / count);
	SYDRA_FLOAT_ADD(all->mean, all->rest, distance * (slice.count / count));
	all->count = count;
}

static bool
result_variance(const void *state, SydraValue *value)
{
	const Moments *all = state;

	if (all->count < 2)
		return false;
	value->real = all->squares / (all->count - 1);
	return true;
}

static bool
result_var_pop(const void *state, SydraValue *value)
{
	const Moments *all = state;

	if (all->count < 1)
		return false;
	value->real = all->squares / all->count;
	return true;
}

static bool
result_stddev(const void *state, SydraValue *value)
{
	if (!result_variance(state, value))
		return false;
	value->real = sqrt(value->real);
	return true;
}

static bool
result_stddev_pop(const void *state, SydraValue *value)
{
	if (!result_var_pop(state, value))
		return false;
	value->real = sqrt(value->real);
	return true;
}

const SydraAggregate sydra_aggregate_variance = {sizeof(Moments), update_moments, result_variance};
const SydraAggregate sydra_aggregate_var_pop = {sizeof(Moments), update_moments, result_var_pop};
const SydraAggregate sydra_aggregate_stddev = {sizeof(Moments), update_moments, result_stddev};
const SydraAggregate sydra_aggregate_stddev_pop = {
	sizeof(Moments), update_moments, result_stddev_pop
};
