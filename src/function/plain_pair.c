/*
 * plain_pair.c
 *	  increase rate irate delta integral time_weighted_avg as aggregates of plain SQL.
 *
 * A group is one series.  Rows come in any order, so the samples are kept and put in order at the
 * end; of equal times the one that came last counts.  A moving frame drops its rows in the order in
 * which it took them in.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/error.h"
#include "base/sql_function.h"
#include "function/pair.h"
#include "function/plain_state.h"

SYDRA_FUNCTION(sydra_plain_pair_add);
SYDRA_FUNCTION(sydra_plain_pair_remove);
SYDRA_FUNCTION(sydra_plain_pair_combine);
SYDRA_FUNCTION(sydra_plain_pair_write);
SYDRA_FUNCTION(sydra_plain_pair_read);
SYDRA_FUNCTION(sydra_plain_delta);
SYDRA_FUNCTION(sydra_plain_increase);
SYDRA_FUNCTION(sydra_plain_integral);
SYDRA_FUNCTION(sydra_plain_irate);
SYDRA_FUNCTION(sydra_plain_rate);
SYDRA_FUNCTION(sydra_plain_time_weighted_avg);

#define FIRST_ROOM 16
#define SAMPLES_MOST (PG_INT32_MAX / 2)

typedef struct Samples
{
	int64		unit_us;
	int32		first;			/* those before have left the frame */
	int32		count;			/* the end of those that are there */
	int32		room;
	bool		unsorted;
	SydraSample *samples;
} Samples;

static void
make_room(Samples *state, int64 more, MemoryContext context)
{
	int64		room = Max(state->room, FIRST_ROOM);
	SydraSample *samples;
	int32		kept = state->count - state->first;

	if (state->count + more <= state->room)
		return;
	while (room < kept + more)
		room *= 2;
	if (room > SAMPLES_MOST)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("too many samples in one group"));
	samples = MemoryContextAllocHuge(context, sizeof(SydraSample) * room);
	if (state->samples != NULL)
	{
		memcpy(samples, state->samples + state->first, sizeof(SydraSample) * kept);
		pfree(state->samples);
	}
	state->samples = samples;
	state->first = 0;
	state->count = kept;
	state->room = room;
}

static void
add_sample(Samples *state, SydraSample sample, MemoryContext context)
{
	make_room(state, 1, context);
	if (state->count > state->first && state->samples[state->count - 1].time > sample.time)
		state->unsorted = true;
	state->samples[state->count++] = sample;
}

/* (state internal, value float8, time timestamptz [, unit interval]); nulls are passed over. */
Datum
sydra_plain_pair_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	Samples    *state = sydra_plain_state(fcinfo, sizeof(Samples));

	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		const Interval *unit = PG_GETARG_INTERVAL_P(3);

		state->unit_us = unit->day * USECS_PER_DAY + unit->time;
		if (unit->month != 0 || state->unit_us <= 0)
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
					SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
								 "unit of \"integral\" must be a positive interval without months"));
	}
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		add_sample(state, (SydraSample) {PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_FLOAT8(1)}, context);
	PG_RETURN_POINTER(state);
}

/* The row that came first leaves. */
Datum
sydra_plain_pair_remove(PG_FUNCTION_ARGS)
{
	Samples    *state = sydra_plain_state(fcinfo, sizeof(Samples));

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	if (state->first == state->count ||
		state->samples[state->first].time != PG_GETARG_TIMESTAMPTZ(2))
		elog(ERROR, "a row leaves that has not come first");
	state->first++;
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_pair_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	const Samples *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	Samples    *state;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	state = sydra_plain_state(fcinfo, sizeof(Samples));
	state->unit_us = Max(state->unit_us, other->unit_us);
	make_room(state, other->count - other->first, context);
	for (int32 i = other->first; i < other->count; i++)
		add_sample(state, other->samples[i], context);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_pair_write(PG_FUNCTION_ARGS)
{
	const Samples *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, state->unit_us);
	pq_sendint32(&buffer, state->count - state->first);
	pq_sendbytes(&buffer, (const char *) (state->samples + state->first),
				 sizeof(SydraSample) * (state->count - state->first));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_pair_read(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;
	Samples    *state = palloc0(sizeof(Samples));
	int32		count;

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	state->unit_us = pq_getmsgint64(&buffer);
	count = pq_getmsgint(&buffer, sizeof(int32));
	if (count < 0 || count > (buffer.len - buffer.cursor) / sizeof(SydraSample))
		elog(ERROR, "bytes are no samples");
	make_room(state, count, CurrentMemoryContext);
	pq_copymsgbytes(&buffer, (char *) state->samples, sizeof(SydraSample) * count);
	state->count = count;
	for (int32 i = 1; i < count; i++)
		state->unsorted = state->unsorted || state->samples[i - 1].time > state->samples[i].time;
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

typedef struct PlacedSample
{
	SydraSample sample;
	int32		place;			/* in the order of arrival */
} PlacedSample;

static int
compare_samples(const void *a, const void *b)
{
	const PlacedSample *x = a;
	const PlacedSample *y = b;

	if (x->sample.time != y->sample.time)
		return x->sample.time < y->sample.time ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Copies the samples in order; gives their number. */
static int
order_samples(const Samples *state, int64 *times, double *values)
{
	int			count = state->count - state->first;
	PlacedSample *placed;

	if (!state->unsorted)
	{
		for (int i = 0; i < count; i++)
		{
			times[i] = state->samples[state->first + i].time;
			values[i] = state->samples[state->first + i].value;
		}
		return count;
	}
	placed = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(PlacedSample) * count);
	for (int i = 0; i < count; i++)
		placed[i] = (PlacedSample) {state->samples[state->first + i], i};
	qsort(placed, count, sizeof(PlacedSample), compare_samples);
	for (int i = 0; i < count; i++)
	{
		times[i] = placed[i].sample.time;
		values[i] = placed[i].sample.value;
	}
	pfree(placed);
	return count;
}

static Datum
finish(FunctionCallInfo fcinfo, const SydraPairing *pairing)
{
	const Samples *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	SydraPairSum sum = {0};
	SydraPairTotal total = {0};
	int64	   *time_room;
	double	   *value_room;
	const int64 *times;
	const double *values;
	double		result;
	int			count;

	if (state == NULL || state->count - state->first < 2)
		PG_RETURN_NULL();
	times = time_room = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(int64) * (state->count - state->first));
	values = value_room = MemoryContextAllocHuge(CurrentMemoryContext,
												 sizeof(double) * (state->count - state->first));
	count = order_samples(state, time_room, value_room);
	CHECK_FOR_INTERRUPTS();
	count = sydra_pair_clean(&times, &values, count, time_room, value_room);
	if (count < 2)
		PG_RETURN_NULL();
	pairing->add(&sum, (SydraSample) {times[0], values[0]}, times + 1, values + 1, count - 1);
	pairing->close(&total, &sum);
	total.unit_us = state->unit_us;
	pfree(time_room);
	pfree(value_room);
	if (!pairing->result(&total, &result))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}

#define FINISH(name, pairing) \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	return finish(fcinfo, pairing); \
}

FINISH(sydra_plain_delta, &sydra_pair_delta)
FINISH(sydra_plain_increase, &sydra_pair_increase)
FINISH(sydra_plain_integral, &sydra_pair_integral)
FINISH(sydra_plain_irate, &sydra_pair_irate)
FINISH(sydra_plain_rate, &sydra_pair_rate)
FINISH(sydra_plain_time_weighted_avg, &sydra_pair_weighted)
