/*
 * series_rank.c
 *	  Numbers for series in the order of their tags.
 *
 * The dictionary's ranks are dense, so they move when the head brings a new series, but rows with the
 * old ones have been given out by then.  So a series keeps its first number, and one that comes later
 * gets a number between its neighbours'.  Numbers start wide apart; series that come in order, rising
 * or falling, take little of a gap each time.
 */
#include "postgres.h"

#include "engine/series_rank.h"

/* Beyond the first and last number there is room for 2^22 series at this distance. */
#define DISTANCE (INT64CONST(1) << 40)

/* What part of a gap series take that come in order. */
#define PART 256

struct SydraSeriesRank
{
	uint32		count;			/* series numbered: ids 1 .. count */
	uint32		room;
	int64	   *numbers;		/* by id */
	uint32		last;			/* the series numbered last; 0: none */
};

SydraSeriesRank *
sydra_series_rank_create(void)
{
	SydraSeriesRank *rank = palloc0(sizeof(SydraSeriesRank));

	rank->room = 64;
	rank->numbers = palloc(sizeof(int64) * rank->room);
	return rank;
}

int64
sydra_series_rank(const SydraSeriesRank *rank, uint32 series)
{
	Assert(series > 0 && series <= rank->count);
	return rank->numbers[series];
}

typedef struct Ranked
{
	uint32		series;
	int32		rank;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
	const Ranked *x = a;
	const Ranked *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

/*
 * Numbers the newcomers order[start .. end), which stand between two known series (or none: 0).
 */
static void
number_gap(SydraSeriesRank *rank, const Ranked *order, int start, int end, uint32 before,
		   uint32 after)
{
	int64		low;
	int64		step;
	int			distinct = 1;

	for (int i = start + 1; i < end; i++)
		distinct += order[i].rank != order[i - 1].rank;
	if (before == 0 && after == 0)
	{
		low = 0;
		step = DISTANCE;
	}
	else if (after == 0)
	{
		low = rank->numbers[before];
		step = DISTANCE;
	}
	else if (before == 0)
	{
		low = rank->numbers[after] - DISTANCE * (distinct + 1);
		step = DISTANCE;
	}
	else
	{
		int64		gap = rank->numbers[after] - rank->numbers[before];

		low = rank->numbers[before];
		step = gap / (distinct + 1);
		/* Close to the one that came last, when they come in order. */
		if (before == rank->last)
			step = Max(step / PART, Min(step, 1));
		else if (after == rank->last)
		{
			step = Max(step / PART, Min(step, 1));
			low = rank->numbers[after] - step * (distinct + 1);
		}
		if (step == 0)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many new series between two known ones"),
					errhint("Seal the table, then ask again."));
	}
	for (int i = start; i < end; i++)
	{
		if (i == start || order[i].rank != order[i - 1].rank)
			low += step;
		rank->numbers[order[i].series] = low;
	}
}

void
sydra_series_rank_extend(SydraSeriesRank *rank, SydraDictionary *dictionary)
{
	uint32		count = sydra_dictionary_max(dictionary);
	const int32 *ranks;
	Ranked	   *order;
	uint32		before = 0;

	if (count == rank->count)
		return;
	if (count >= rank->room)
	{
		rank->room = Max(count + 1, rank->room * 2);
		rank->numbers = repalloc_huge(rank->numbers, sizeof(int64) * rank->room);
	}
	ranks = sydra_dictionary_ranks(dictionary);
	order = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Ranked) * count);
	for (uint32 i = 0; i < count; i++)
		order[i] = (Ranked) {i + 1, ranks[i + 1]};
	qsort(order, count, sizeof(Ranked), compare_ranked);
	for (uint32 i = 0; i < count;)
	{
		uint32		end = i;

		/* Of series with equal tags the known ones stand first. */
		if (order[i].series <= rank->count)
		{
			before = order[i++].series;
			continue;
		}
		if (before != 0 && ranks[before] == order[i].rank)
		{
			rank->numbers[order[i].series] = rank->numbers[before];
			i++;
			continue;
		}
		while (end < count && order[end].series > rank->count)
			end++;
		number_gap(rank, order, i, end, before, end < count ? order[end].series : 0);
		i = end;
	}
	rank->last = count;
	rank->count = count;
	pfree(order);
}
