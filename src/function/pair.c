/*
 * pair.c
 *	  increase rate irate delta integral time_weighted_avg.
 *
 * A counter that falls has been reset and counts from zero again, so the later sample is then all
 * that is known of the increase.  Nothing is extrapolated beyond the samples.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "base/wide.h"
#include "function/pair.h"
#include "vector/vector.h"

/* Samples that are looked at at once. */
#define CHUNK SYDRA_BATCH_ROWS

/* NaN is no less than anything.  A mask takes the place of a branch. */
static inline double
increase(double before, double value)
{
	uint64		bits;

	memcpy(&bits, &before, sizeof(bits));
	bits &= value >= before ? PG_UINT64_MAX : 0;
	memcpy(&before, &bits, sizeof(before));
	return value - before;
}

static inline double
area(double before, double value, int64 length_us)
{
	return (before * 0.5 + value * 0.5) * (double) length_us;
}

/*
 * Calls of term(p, q, length) for every pair, summed with care.
 */
#define ADD(name, term) \
SYDRA_WIDE static void \
name##_terms(SydraSample before, const int64 *restrict times, const double *restrict values, \
			 int count, double *restrict terms) \
{ \
	terms[0] = term(before.value, values[0], times[0] - before.time); \
	for (int i = 1; i < count; i++) \
		terms[i] = term(values[i - 1], values[i], times[i] - times[i - 1]); \
} \
static void \
name(SydraPairSum *sum, SydraSample before, const int64 *times, const double *values, int count) \
{ \
	double		terms[CHUNK]; \
	\
	sum->time_us += times[count - 1] - before.time; \
	if (count == 1) \
	{ \
		SYDRA_FLOAT_ADD(sum->sum.sum, sum->sum.rest, \
						term(before.value, values[0], times[0] - before.time)); \
		sum->sum.count++; \
		return; \
	} \
	while (count > 0) \
	{ \
		int			chunk = Min(count, CHUNK); \
	\
		name##_terms(before, times, values, chunk, terms); \
		sydra_float_sum_add(&sum->sum, terms, chunk); \
		before = (SydraSample) {times[chunk - 1], values[chunk - 1]}; \
		times += chunk; \
		values += chunk; \
		count -= chunk; \
	} \
}

#define INCREASE(p, q, length) increase(p, q)
#define DIFFERENCE(p, q, length) ((q) - (p))
#define AREA(p, q, length) area(p, q, length)
#define HELD(p, q, length) ((p) * (double) (length))

ADD(add_increases, INCREASE)
ADD(add_differences, DIFFERENCE)
ADD(add_areas, AREA)
ADD(add_held, HELD)

/* The last pair alone counts. */
static void
take_last(SydraPairSum *sum, SydraSample before, const int64 *times, const double *values, int count)
{
	if (count > 1)
		before = (SydraSample) {times[count - 2], values[count - 2]};
	sum->sum = (SydraFloatSum) {1, increase(before.value, values[count - 1]), 0};
	sum->time_us = times[count - 1] - before.time;
}

static void
close_sum(SydraPairTotal *total, const SydraPairSum *sum)
{
	sydra_float_sum_merge(&total->sum, &sum->sum);
	total->sum.count++;
	total->time_us += sum->time_us;
}

static void
close_rate(SydraPairTotal *total, const SydraPairSum *sum)
{
	double		seconds = (double) sum->time_us / USECS_PER_SEC;

	SYDRA_FLOAT_ADD(total->sum.sum, total->sum.rest, sydra_float_sum_total(&sum->sum) / seconds);
	total->sum.count++;
}

static bool
result_sum(const SydraPairTotal *total, double *value)
{
	*value = sydra_float_sum_total(&total->sum);
	return total->sum.count > 0;
}

static bool
result_integral(const SydraPairTotal *total, double *value)
{
	int64		unit_us = total->unit_us == 0 ? USECS_PER_SEC : total->unit_us;

	*value = sydra_float_sum_total(&total->sum) / (double) unit_us;
	return total->sum.count > 0;
}

static bool
result_weighted(const SydraPairTotal *total, double *value)
{
	*value = sydra_float_sum_total(&total->sum) / (double) total->time_us;
	return total->sum.count > 0;
}

const SydraPairing sydra_pair_delta = {false, add_differences, close_sum, result_sum};
const SydraPairing sydra_pair_increase = {false, add_increases, close_sum, result_sum};
const SydraPairing sydra_pair_integral = {false, add_areas, close_sum, result_integral};
const SydraPairing sydra_pair_irate = {false, take_last, close_rate, result_sum};
const SydraPairing sydra_pair_rate = {false, add_increases, close_rate, result_sum};
const SydraPairing sydra_pair_weighted = {true, add_held, close_sum, result_weighted};

int
sydra_pair_clean(const int64 **times, const double **values, int count, int64 *time_room,
				 double *value_room)
{
	int			kept = 0;

	if (count == 0 ||
		(!TIMESTAMP_NOT_FINITE((*times)[0]) && !TIMESTAMP_NOT_FINITE((*times)[count - 1]) &&
		 !sydra_vector_has_ties(*times, count)))
		return count;
	for (int i = 0; i < count; i++)
	{
		if (TIMESTAMP_NOT_FINITE((*times)[i]) ||
			(i + 1 < count && (*times)[i] == (*times)[i + 1]))
			continue;
		time_room[kept] = (*times)[i];
		value_room[kept++] = (*values)[i];
	}
	*times = time_room;
	*values = value_room;
	return kept;
}
