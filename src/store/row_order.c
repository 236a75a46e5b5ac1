/*
 * row_order.c
 *	  In which order buffered rows go into segments, and where one segment ends.
 *
 * Fewer and bigger segments win, because each costs a directory row, a header and a decision.  So
 * all rows of a batch are sorted by (series, time) and dealt out to segments of up to 65,280 rows,
 * ending where a series ends if one does in the second half of the segment.  Series with a thousand
 * rows or more still let a scan skip by time, vector by vector.  A batch of many series with few
 * rows each does not: it is cut by time first, into as many windows as leave each series some 256
 * rows and each window a full segment and two hours.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/row_buffer.h"
#include "store/row_order.h"

#define SEGMENT_RAW_MAX (16 * 1024 * 1024)
#define WINDOW_RUN 256			/* rows of a series worth a window of their own */
#define WINDOW_MIN_US (2 * USECS_PER_HOUR)
#define WINDOW_RUN_MAX 1024
#define SAMPLE_MAX 4096

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const SydraRowBuffer *buffer = arg;
	uint32		left = *(const uint32 *) a;
	uint32		right = *(const uint32 *) b;

	if (buffer->times[left] != buffer->times[right])
		return buffer->times[left] < buffer->times[right] ? -1 : 1;
	if (buffer->xids[left] != buffer->xids[right])
		return buffer->xids[left] < buffer->xids[right] ? -1 : 1;
	return (left > right) - (left < right);
}

/* Of two rows added in this order. */
static inline bool
in_order(const SydraRowBuffer *buffer, uint32 left, uint32 right)
{
	if (buffer->times[left] != buffer->times[right])
		return buffer->times[left] < buffer->times[right];
	return buffer->xids[left] <= buffer->xids[right];
}

static int
compare_int64(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return (left > right) - (left < right);
}

static int
compare_uint32(const void *a, const void *b)
{
	uint32		left = *(const uint32 *) a;
	uint32		right = *(const uint32 *) b;

	return (left > right) - (left < right);
}

/*
 * Gives every series of the rows its persistent id, in an array by dictionary id, and all these ids
 * in ascending order.
 */
static uint32 *
persist_series(SydraRowBuffer *buffer, Relation rel, const SydraStore *store,
			   uint32 **sorted, int *sorted_count)
{
	uint32		max = sydra_dictionary_max(buffer->dictionary);
	uint32	   *persistent = MemoryContextAllocHuge(CurrentMemoryContext,
													sizeof(uint32) * ((Size) max + 1));
	uint32	   *local = palloc_extended(sizeof(uint32) * ((Size) max + 1), MCXT_ALLOC_HUGE);
	uint32	   *ids;
	int			count = 0;

	memset(persistent, 0, sizeof(uint32) * ((Size) max + 1));
	for (int row = 0; row < buffer->count; row++)
	{
		uint32		series = buffer->series[row];

		if (!buffer->excluded[row] && persistent[series] == 0)
		{
			persistent[series] = 1;
			local[count++] = series;
		}
	}
	ids = palloc_extended(sizeof(uint32) * Max(count, 1), MCXT_ALLOC_HUGE);
	sydra_dictionary_persist(buffer->dictionary, rel, store->storage_id, local, ids, count);
	for (int i = 0; i < count; i++)
		persistent[local[i]] = ids[i];
	qsort(ids, count, sizeof(uint32), compare_uint32);
	pfree(local);
	*sorted = ids;
	*sorted_count = count;
	return persistent;
}

/* What is known of a series while its rows are dealt out. */
typedef struct Dealt
{
	uint32		last;			/* row */
	bool		any;
	bool		unsorted;
} Dealt;

/*
 * Sorts rows by (series, time, xid, order added): deals them out by series, which keeps their
 * order, then sorts what is not yet in order.
 */
static void
sort_rows(const SydraRowBuffer *buffer, const uint32 *persistent, const uint32 *ids, int id_count,
		  uint32 *rows, int count)
{
	uint32		id_max = id_count > 0 ? ids[id_count - 1] : 0;
	uint32	   *places = palloc_extended(sizeof(uint32) * ((Size) id_max + 2),
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32	   *dealt = palloc_extended(sizeof(uint32) * Max(count, 1), MCXT_ALLOC_HUGE);
	Dealt	   *series = palloc_extended(sizeof(Dealt) * ((Size) id_max + 1),
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < count; i++)
		places[persistent[buffer->series[rows[i]]] + 1]++;
	for (uint32 id = 1; id <= id_max + 1; id++)
		places[id] += places[id - 1];
	for (int i = 0; i < count; i++)
	{
		uint32		row = rows[i];
		uint32		id = persistent[buffer->series[row]];

		if (series[id].any && !in_order(buffer, series[id].last, row))
			series[id].unsorted = true;
		series[id].any = true;
		series[id].last = row;
		dealt[places[id]++] = row;
	}

	/* Each place is where its series ends now. */
	for (uint32 id = 0; id <= id_max; id++)
	{
		uint32		start = id > 0 ? places[id - 1] : 0;

		if (!series[id].unsorted)
			continue;
		CHECK_FOR_INTERRUPTS();
		qsort_arg(dealt + start, places[id] - start, sizeof(uint32), compare_rows, (void *) buffer);
	}
	memcpy(rows, dealt, sizeof(uint32) * count);
	pfree(series);
	pfree(dealt);
	pfree(places);
}

uint32 *
sydra_row_order_keep_last(SydraRowBuffer *buffer)
{
	uint32		max = sydra_dictionary_max(buffer->dictionary);
	uint32	   *same = palloc_extended(sizeof(uint32) * ((Size) max + 1), MCXT_ALLOC_HUGE);
	uint32	   *rows = palloc_extended(sizeof(uint32) * Max(buffer->count, 1), MCXT_ALLOC_HUGE);
	uint32	   *lasts = palloc_extended(sizeof(uint32) * Max(buffer->count, 1), MCXT_ALLOC_HUGE);
	int			count = 0;

	for (uint32 series = 0; series <= max; series++)
		same[series] = series;
	for (int row = 0; row < buffer->count; row++)
	{
		lasts[row] = row;
		if (!buffer->excluded[row])
			rows[count++] = row;
	}
	sort_rows(buffer, same, &max, 1, rows, count);
	for (int i = count - 2; i >= 0; i--)
	{
		uint32		row = rows[i];
		uint32		next = rows[i + 1];

		if (buffer->series[row] != buffer->series[next] || buffer->times[row] != buffer->times[next])
			continue;
		lasts[row] = lasts[next];
		buffer->excluded[row] = true;
	}
	pfree(rows);
	pfree(same);
	return lasts;
}

/* Times that begin the windows after the first. */
static int64 *
choose_windows(const SydraRowBuffer *buffer, int row_count, int series_count, int *window_count)
{
	int64	   *sample = palloc(sizeof(int64) * SAMPLE_MAX);
	int			step = Max(1, (buffer->count + SAMPLE_MAX - 1) / SAMPLE_MAX);
	int			sampled = 0;
	double		span;
	double		windows;

	*window_count = 1;
	if (series_count == 0 || row_count / series_count >= WINDOW_RUN_MAX)
		return sample;
	for (int row = 0; row < buffer->count && sampled < SAMPLE_MAX; row += step)
		if (!buffer->excluded[row])
			sample[sampled++] = buffer->times[row];
	if (sampled == 0)
		return sample;
	qsort(sample, sampled, sizeof(int64), compare_int64);
	span = (double) sample[sampled - 1] - (double) sample[0];
	windows = Min((double) row_count / series_count / WINDOW_RUN,
				  Min((double) row_count / SYDRA_SEGMENT_ROWS_MAX, span / WINDOW_MIN_US));
	*window_count = Max(1, Min((int) windows, sampled));
	for (int i = 1; i < *window_count; i++)
		sample[i - 1] = sample[(int64) i * sampled / *window_count];
	return sample;
}

int
sydra_row_order_full(const SydraTable *table)
{
	Size		row = 2 * sizeof(int64);

	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].typbyval)
			row += sizeof(int64);
	return (int) Min(SYDRA_SEGMENT_ROWS_MAX, SEGMENT_RAW_MAX / row);
}

/* Where a segment that begins with row start of count has enough. */
static int
find_segment_end(const SydraRowBuffer *buffer, const uint32 *rows, int start, int count)
{
	int			end = Min(count, start + SYDRA_SEGMENT_ROWS_MAX);
	Size		raw = buffer->bytes[rows[start]];

	if ((Size) buffer->bytes_max * (end - start) <= SEGMENT_RAW_MAX)
		return end;
	for (int row = start + 1; row < end; row++)
	{
		raw += buffer->bytes[rows[row]];
		if (raw > SEGMENT_RAW_MAX)
			return row;
	}
	return end;
}

static void
add_cut(SydraRowOrder *order, int start)
{
	if (order->count == order->capacity)
	{
		order->capacity = Max(16, order->capacity * 2);
		order->starts = order->starts == NULL ? palloc(sizeof(int) * order->capacity) :
			repalloc(order->starts, sizeof(int) * order->capacity);
	}
	order->starts[order->count++] = start;
}

/* The rows from start on are sorted. */
static void
cut_segments(const SydraRowBuffer *buffer, SydraRowOrder *order, int start)
{
	const uint32 *rows = order->rows;

	while (start < order->row_count)
	{
		int			end = find_segment_end(buffer, rows, start, order->row_count);
		int			border = end;

		while (end < order->row_count && border > start + (end - start) / 2 &&
			   buffer->series[rows[border]] == buffer->series[rows[border - 1]])
			border--;
		if (border > start + (end - start) / 2)
			end = border;
		add_cut(order, start);
		start = end;
	}
}

SydraRowOrder *
sydra_row_order_cut(SydraRowBuffer *buffer, Relation rel, const SydraStore *store)
{
	SydraRowOrder *order = palloc0(sizeof(SydraRowOrder));
	uint32	   *ids;
	int			id_count;
	int			row_count = 0;
	int			window_count;
	int64	   *windows;

	order->persistent = persist_series(buffer, rel, store, &ids, &id_count);
	order->rows = palloc_extended(sizeof(uint32) * Max(buffer->count, 1), MCXT_ALLOC_HUGE);
	for (int row = 0; row < buffer->count; row++)
		row_count += !buffer->excluded[row];
	windows = choose_windows(buffer, row_count, id_count, &window_count);
	for (int window = 0; window < window_count; window++)
	{
		int64		from = window == 0 ? PG_INT64_MIN : windows[window - 1];
		int64		to = window == window_count - 1 ? PG_INT64_MAX : windows[window];
		int			start = order->row_count;

		for (int row = 0; row < buffer->count; row++)
			if (!buffer->excluded[row] && buffer->times[row] >= from && buffer->times[row] < to)
				order->rows[order->row_count++] = row;
		sort_rows(buffer, order->persistent, ids, id_count, order->rows + start,
				  order->row_count - start);
		cut_segments(buffer, order, start);
	}
	pfree(windows);
	pfree(ids);
	return order;
}

int
sydra_row_order_end(const SydraRowOrder *order, int segment)
{
	return segment + 1 < order->count ? order->starts[segment + 1] : order->row_count;
}
