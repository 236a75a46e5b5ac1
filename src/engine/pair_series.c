/*
 * pair_series.c
 *	  Finds the pairs of neighbouring samples, series by series, while groups come and go.
 *
 * Groups are mostly a bucket of time and tags: a series enters each once, so that one open sum a
 * series is enough, added to its group when the series goes on.  Other groups may be entered again;
 * then there is a sum for each series in each group.
 *
 * Of samples with equal times the one written last counts.  It may come in a later call, so what the
 * last pair was added to is kept as it was before.
 */
#include "postgres.h"

#include "engine/key_table.h"
#include "engine/pair_series.h"

/* What the pairs of a series in a group come to, when it may come back. */
typedef struct GroupSum
{
	SydraGroup *group;
	SydraPairSum sum;
} GroupSum;

typedef struct Series
{
	bool		met;
	bool		paired;			/* last is the end of a pair that is in *sum */
	SydraSample last;
	SydraSample before;			/* the beginning of that pair */
	SydraPairSum saved;			/* *sum without that pair */
	SydraGroup *group;			/* of last */
	SydraPairSum sum;			/* of the series in group; unused when it may come back */
	GroupSum   *group_sum;		/* then this */
} Series;

/* Of one series in one group, in order, their times rising. */
typedef struct Samples
{
	const int64 *times;
	const double *values;
	int			count;
	bool		settled;		/* none to come has the time of the last */
} Samples;

struct SydraPairSeries
{
	MemoryContext context;
	const SydraPairing *pairing;
	int			state_offset;
	bool		revisits;
	int64		series_room;
	Series	   *series;			/* by rank */
	SydraKeyTable *keys;		/* group and rank */
	GroupSum  **group_sums;
	uint32		group_sum_count;
	uint32		group_sum_room;
};

SydraPairSeries *
sydra_pair_series_create(const SydraPairing *pairing, int state_offset, bool revisits)
{
	SydraPairSeries *pairs = palloc0(sizeof(SydraPairSeries));

	pairs->context = CurrentMemoryContext;
	pairs->pairing = pairing;
	pairs->state_offset = state_offset;
	pairs->revisits = revisits;
	if (revisits)
		pairs->keys = sydra_key_table_create();
	return pairs;
}

static Series *
get_series(SydraPairSeries *pairs, int64 rank)
{
	if (rank >= pairs->series_room)
	{
		int64		room = Max(rank + 1, Max(pairs->series_room * 2, 16));
		Series	   *grown = MemoryContextAllocExtended(pairs->context, sizeof(Series) * room,
													   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (pairs->series_room > 0)
		{
			memcpy(grown, pairs->series, sizeof(Series) * pairs->series_room);
			pfree(pairs->series);
		}
		pairs->series = grown;
		pairs->series_room = room;
	}
	return &pairs->series[rank];
}

static SydraPairTotal *
get_total(const SydraPairSeries *pairs, SydraGroup *group)
{
	return (SydraPairTotal *) (group->states + pairs->state_offset);
}

static void
close_sum(const SydraPairSeries *pairs, SydraGroup *group, const SydraPairSum *sum)
{
	if (sum->sum.count > 0)
		pairs->pairing->close(get_total(pairs, group), sum);
}

static GroupSum *
find_group_sum(SydraPairSeries *pairs, SydraGroup *group, const Series *series)
{
	struct
	{
		SydraGroup *group;
		int64		rank;
	}			key = {group, series - pairs->series};
	bool		is_new;
	uint32		number = sydra_key_table_add(pairs->keys, (const char *) &key, sizeof(key), &is_new);
	GroupSum   *sum;

	if (!is_new)
		return pairs->group_sums[number];
	if (number == pairs->group_sum_room)
	{
		pairs->group_sum_room = Max(64, pairs->group_sum_room * 2);
		pairs->group_sums = pairs->group_sums == NULL ?
			MemoryContextAlloc(pairs->context, sizeof(GroupSum *) * pairs->group_sum_room) :
			repalloc_huge(pairs->group_sums, sizeof(GroupSum *) * pairs->group_sum_room);
	}
	sum = MemoryContextAllocZero(pairs->context, sizeof(GroupSum));
	sum->group = group;
	pairs->group_sums[number] = sum;
	pairs->group_sum_count++;
	return sum;
}

/* The sum of the group that the series is in. */
static inline SydraPairSum *
current_sum(Series *series)
{
	return series->group_sum ? &series->group_sum->sum : &series->sum;
}

static void
enter_group(SydraPairSeries *pairs, Series *series, SydraGroup *group, int64 unit_us)
{
	if (series->group == group)
		return;
	get_total(pairs, group)->unit_us = unit_us;
	if (pairs->revisits)
		series->group_sum = find_group_sum(pairs, group, series);
	else if (series->group != NULL)
	{
		close_sum(pairs, series->group, &series->sum);
		memset(&series->sum, 0, sizeof(series->sum));
	}
	series->group = group;
}

/*
 * The first of new samples has the time of the last one and takes its place; gives the number of
 * samples that are done with.
 */
static int
correct_last(const SydraPairSeries *pairs, Series *series, double value)
{
	if (series->paired && !pairs->pairing->of_first)
	{
		*current_sum(series) = series->saved;
		series->last = series->before;
		series->paired = false;
		return 0;
	}
	/* A pair that ends here is the same for any value. */
	series->last.value = value;
	return 1;
}

/* The last of the samples, if it may be corrected. */
static void
add_last_pair(SydraPairSeries *pairs, Series *series, const int64 *times, const double *values,
			  int count)
{
	series->before = series->last;
	if (count > 1)
	{
		pairs->pairing->add(current_sum(series), series->last, times, values, count - 1);
		series->before = (SydraSample) {times[count - 2], values[count - 2]};
	}
	series->saved = *current_sum(series);
	pairs->pairing->add(current_sum(series), series->before, times + count - 1,
						values + count - 1, 1);
	series->paired = true;
}

static void
add_pairs(SydraPairSeries *pairs, Series *series, SydraGroup *group, int64 unit_us,
		  const Samples *samples, int done)
{
	const SydraPairing *pairing = pairs->pairing;
	const int64 *times = samples->times + done;
	const double *values = samples->values + done;
	int			count = samples->count - done;

	series->paired = false;
	if (pairing->of_first)
	{
		pairing->add(current_sum(series), series->last, times, values, 1);
		enter_group(pairs, series, group, unit_us);
		if (count > 1)
			pairing->add(current_sum(series), (SydraSample) {times[0], values[0]}, times + 1,
						 values + 1, count - 1);
	}
	else
	{
		enter_group(pairs, series, group, unit_us);
		if (samples->settled)
			pairing->add(current_sum(series), series->last, times, values, count);
		else
			add_last_pair(pairs, series, times, values, count);
	}
	series->last = (SydraSample) {times[count - 1], values[count - 1]};
}

static void
add_samples(SydraPairSeries *pairs, Series *series, SydraGroup *group, int64 unit_us,
			const Samples *samples)
{
	int			done = 0;

	if (!series->met)
	{
		series->met = true;
		series->last = (SydraSample) {samples->times[0], samples->values[0]};
		done = 1;
	}
	else if (samples->times[0] == series->last.time)
		done = correct_last(pairs, series, samples->values[0]);
	if (done > 0)
		enter_group(pairs, series, group, unit_us);
	if (done < samples->count)
		add_pairs(pairs, series, group, unit_us, samples, done);
}

void
sydra_pair_series_add(SydraPairSeries *pairs, SydraGroup *group, const SydraPairRows *added)
{
	const SydraVector *time = added->arguments[added->argument_count - 3];
	const double *all_values = added->arguments[0]->values;
	const int64 *all_times = time->values;
	const int64 *ranks = added->arguments[added->argument_count - 2]->values;
	const uint16 *rows = added->rows;
	int64		unit_us = added->argument_count > 4 ? sydra_vector_int64(added->arguments[1], 0) : 0;
	int64		time_room[SYDRA_BATCH_ROWS];
	double		value_room[SYDRA_BATCH_ROWS];

#define ROW(at) (rows ? rows[at] : (at))
	for (int start = added->start, next; start < added->end; start = next)
	{
		Samples		samples = {all_times + start, all_values + start};
		int64		rank = ranks[ROW(start)];

		/* A series' rows stand side by side, so the last tells of all between. */
		next = added->end;
		if (ranks[ROW(next - 1)] != rank)
			for (next = start + 1; ranks[ROW(next)] == rank;)
				next++;
		if (rows != NULL)
		{
			for (int i = start; i < next; i++)
			{
				time_room[i - start] = all_times[rows[i]];
				value_room[i - start] = all_values[rows[i]];
			}
			samples.times = time_room;
			samples.values = value_room;
		}
		samples.count = added->distinct ? next - start :
			sydra_pair_clean(&samples.times, &samples.values, next - start, time_room, value_room);
		samples.settled = added->distinct && rows == NULL && next < time->count &&
			ranks[next] == rank;
		if (samples.count > 0)
			add_samples(pairs, get_series(pairs, rank), group, unit_us, &samples);
	}
#undef ROW
}

void
sydra_pair_series_finish(SydraPairSeries *pairs)
{
	for (uint32 i = 0; i < pairs->group_sum_count; i++)
		close_sum(pairs, pairs->group_sums[i]->group, &pairs->group_sums[i]->sum);
	if (pairs->revisits)
		return;
	for (int64 rank = 0; rank < pairs->series_room; rank++)
		if (pairs->series[rank].group != NULL)
			close_sum(pairs, pairs->series[rank].group, &pairs->series[rank].sum);
}
