/*
 * series_order.c
 *	  In which order to read segments, and which rows have to wait for those of later segments.
 *
 * What one transaction has sealed is cut out of one sorted run, so its segments are read as they were
 * written; the transactions follow each other by their first times.  Series are seldom in step, so
 * the segments of two seals mostly overlap a little in time, though of each series the one goes on
 * where the other ends.  Therefore segments are asked series by series: of a segment that is still
 * to come and overlaps, a summary of where each series begins is kept until it has been read.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "store/series_order.h"

/* Where the series of a segment begin, by number. */
typedef struct Summary
{
	int			count;
	uint32	   *series;
	int64	   *first;			/* at most the series' first time */
} Summary;

struct SydraSeriesOrder
{
	MemoryContext context;
	Relation	rel;
	const SydraStore *store;
	const SydraTable *table;
	const SydraSegment *segments;
	int			count;
	bool		trusted;
	Summary   **summaries;		/* by segment; NULL: not asked for yet, or read */
	int		   *places;			/* by segment: in the order of writing */
	int64	   *earliest;		/* by segment: the least tmin from it on */
	int			released;		/* summaries of the segments before are gone */
};

typedef struct SortedSegment
{
	SydraSegment segment;
	int			place;
	int64		batch_min;		/* least tmin of what its transaction has written */
} SortedSegment;

static int
compare_creators(const void *a, const void *b)
{
	uint64		x = U64FromFullTransactionId(((const SortedSegment *) a)->segment.creator);
	uint64		y = U64FromFullTransactionId(((const SortedSegment *) b)->segment.creator);

	return (x > y) - (x < y);
}

#define COMPARE(x, y) \
	do { \
		if ((x) != (y)) \
			return (x) < (y) ? -1 : 1; \
	} while (0)

static int
compare_segments(const void *a, const void *b)
{
	const SortedSegment *x = a;
	const SortedSegment *y = b;

	COMPARE(x->batch_min, y->batch_min);
	COMPARE(U64FromFullTransactionId(x->segment.creator),
			U64FromFullTransactionId(y->segment.creator));
	COMPARE(x->place, y->place);
	return 0;
}

static void
sort_segments(SydraSegment *segments, int count, int *places)
{
	SortedSegment *sorted = MemoryContextAllocHuge(CurrentMemoryContext,
												   sizeof(SortedSegment) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		sorted[i].segment = segments[i];
		sorted[i].place = i;
	}
	qsort(sorted, count, sizeof(SortedSegment), compare_creators);
	for (int start = 0, end; start < count; start = end)
	{
		int64		least = PG_INT64_MAX;

		for (end = start; end < count && compare_creators(&sorted[start], &sorted[end]) == 0; end++)
			least = Min(least, sorted[end].segment.tmin);
		for (int i = start; i < end; i++)
			sorted[i].batch_min = least;
	}
	qsort(sorted, count, sizeof(SortedSegment), compare_segments);
	for (int i = 0; i < count; i++)
	{
		segments[i] = sorted[i].segment;
		places[i] = sorted[i].place;
	}
	pfree(sorted);
}

SydraSeriesOrder *
sydra_series_order_open(Relation rel, const SydraStore *store, const SydraTable *table,
						SydraSegment *segments, int count, bool trusted)
{
	SydraSeriesOrder *order = palloc0(sizeof(SydraSeriesOrder));

	order->places = palloc(sizeof(int) * Max(count, 1));
	sort_segments(segments, count, order->places);
	order->context = CurrentMemoryContext;
	order->rel = rel;
	order->store = store;
	order->table = table;
	order->segments = segments;
	order->count = count;
	order->trusted = trusted;
	order->summaries = palloc0(sizeof(Summary *) * Max(count, 1));
	order->earliest = palloc(sizeof(int64) * (count + 1));
	order->earliest[count] = PG_INT64_MAX;
	for (int i = count - 1; i >= 0; i--)
		order->earliest[i] = Min(order->earliest[i + 1], segments[i].tmin);
	return order;
}

/* A vector of several runs tells only when the first of them begins, which is early enough. */
static Summary *
summarize(const SydraSegmentReader *reader)
{
	Summary    *summary = palloc(sizeof(Summary));
	const SydraRun *runs = sydra_segment_runs(reader, &summary->count);

	summary->series = palloc(sizeof(uint32) * Max(summary->count, 1));
	summary->first = palloc(sizeof(int64) * Max(summary->count, 1));
	for (int i = 0; i < summary->count; i++)
	{
		SydraVectorInfo info;

		sydra_segment_vector_info(reader, sydra_segment_vector_of(reader, runs[i].first_row), &info);
		summary->series[i] = runs[i].series;
		summary->first[i] = info.time_min;
	}
	return summary;
}

static const Summary *
get_summary(SydraSeriesOrder *order, int segment)
{
	if (order->summaries[segment] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(order->context);
		SydraSegmentReader *reader = sydra_segment_open(order->rel, order->store, order->table,
														&order->segments[segment]);

		order->summaries[segment] = summarize(reader);
		sydra_segment_close(reader);
		MemoryContextSwitchTo(caller);
	}
	return order->summaries[segment];
}

static void
release_summaries(SydraSeriesOrder *order, int end)
{
	for (; order->released < end; order->released++)
	{
		Summary    *summary = order->summaries[order->released];

		if (summary == NULL)
			continue;
		pfree(summary->series);
		pfree(summary->first);
		pfree(summary);
		order->summaries[order->released] = NULL;
	}
}

/* PG_INT64_MAX when the series is not there. */
static int64
find_first(const Summary *summary, uint32 series)
{
	int			low = 0;
	int			high = summary->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (summary->series[middle] < series)
			low = middle + 1;
		else
			high = middle;
	}
	return low < summary->count && summary->series[low] == series ? summary->first[low] :
		PG_INT64_MAX;
}

/* The same of one segment to come, for all runs of the vector. */
static int64
settled_by(SydraSeriesOrder *order, int segment, const SydraVectorInfo *info,
		   const SydraRun *runs)
{
	const SydraSegment *later = &order->segments[segment];
	int64		settled = PG_INT64_MAX;

	for (int i = 0; i < info->run_count; i++)
	{
		uint32		series = runs[info->first_run + i].series;

		if (series < (uint32) later->smin || series > (uint32) later->smax)
			continue;
		settled = Min(settled, find_first(get_summary(order, segment), series));
	}
	return settled;
}

int64
sydra_series_order_settled(SydraSeriesOrder *order, int segment, const SydraVectorInfo *info,
						   const SydraRun *runs)
{
	int64		settled = PG_INT64_MAX;

	if (!order->trusted)
		return PG_INT64_MIN;
	release_summaries(order, segment + 1);
	for (int i = segment + 1; i < order->count && order->earliest[i] <= info->time_max; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (order->segments[i].tmin <= info->time_max)
			settled = Min(settled, settled_by(order, i, info, runs));
		if (settled <= info->time_min)
			break;
	}
	return settled;
}

int64
sydra_series_order_place(const SydraSeriesOrder *order, int segment)
{
	return order->places[segment];
}
