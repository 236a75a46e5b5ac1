/*
 * key_list.c
 *	  Goes through rows by series and time, and compares two such lists.
 *
 * Two lists are compared as two sorted lists are merged, each leaping to where the other stands; of a
 * segment only vectors in which both have something are decoded.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/rel.h"

#include "store/cursor.h"
#include "store/key_list.h"
#include "store/tombstone.h"

#define NEAR_ROWS 4

SydraKeyList *
sydra_key_list_open_run(const SydraKeySources *sources, int run)
{
	SydraKeyList *list = palloc0(sizeof(SydraKeyList));

	list->context = CurrentMemoryContext;
	list->sources = sources;
	list->keys.runs = sources->runs;
	list->keys.run = run;
	list->keys.block = -1;
	return list;
}

SydraKeyList *
sydra_key_list_open_segment(const SydraKeySources *sources, int segment)
{
	SydraKeyList *list = palloc0(sizeof(SydraKeyList));

	list->context = CurrentMemoryContext;
	list->sources = sources;
	list->segment = segment;
	list->reader = sydra_segment_open(sources->rel, &sources->store, sources->table,
									  &sources->segments[segment]);
	list->runs = sydra_segment_runs(list->reader, &list->run_count);
	list->vector = -1;
	if (sources->any_dead)
		list->dead = sydra_tombstone_read(&sources->segments[segment], sources->snapshot);
	sources->distinct[segment] = sydra_segment_distinct(list->reader);
	return list;
}

void
sydra_key_list_close(SydraKeyList *list)
{
	if (list->reader != NULL)
		sydra_segment_close(list->reader);
	pfree(list);
}

static int
run_end(const SydraKeyList *list, int run)
{
	return run + 1 < list->run_count ? list->runs[run + 1].first_row :
		sydra_segment_row_count(list->reader);
}

static void
load_vector(SydraKeyList *list, int vector)
{
	MemoryContext caller;
	SydraVectorInfo info;
	SydraVector times;

	if (list->vector == vector)
		return;
	caller = MemoryContextSwitchTo(list->context);
	sydra_segment_vector_info(list->reader, vector, &info);
	list->vector = -1;
	if (!sydra_segment_read(list->reader, list->sources->table->time_attnum, vector, &times))
		elog(ERROR, "the time column of table \"%s\" has changed",
			 RelationGetRelationName(list->sources->rel));
	list->vector = vector;
	list->first_row = info.first_row;
	list->row_count = info.count;
	list->times = times.values;
	MemoryContextSwitchTo(caller);
}

static void
stand_at(SydraKeyList *list, int64 row)
{
	list->row = row;
	if (list->reader == NULL)
	{
		list->end = row >= sydra_key_runs_length(list->sources->runs, list->keys.run);
		if (list->end)
			return;
		list->key = sydra_key_runs_get(&list->keys, row);
		list->series = list->key->series;
		list->time = list->key->time;
		return;
	}
	list->end = row >= sydra_segment_row_count(list->reader);
	if (list->end)
		return;
	while (row >= run_end(list, list->run))
		list->run++;
	if (list->vector < 0 || row < list->first_row || row >= list->first_row + list->row_count)
		load_vector(list, sydra_segment_vector_of(list->reader, (int) row));
	list->series = list->runs[list->run].series;
	list->time = list->times[row - list->first_row];
}

void
sydra_key_list_rewind(SydraKeyList *list)
{
	list->run = 0;
	stand_at(list, 0);
}

/* The greatest time that a run has in a vector. */
static int64
run_time_max(SydraKeyList *list, int run, int vector)
{
	SydraVectorInfo info;
	int			last;

	sydra_segment_vector_info(list->reader, vector, &info);
	if (info.run_count == 1)
		return info.time_max;
	load_vector(list, vector);
	last = Min(run_end(list, run), list->first_row + list->row_count) - 1;
	return list->times[last - list->first_row];
}

/* The first row of a run, from row on, whose time is not before; the run's end when there is none. */
static int
find_time(SydraKeyList *list, int run, int row, int64 time)
{
	int			end = run_end(list, run);
	int			low = sydra_segment_vector_of(list->reader, row);
	int			high = sydra_segment_vector_of(list->reader, end - 1);
	int			last;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (run_time_max(list, run, middle) < time)
			low = middle + 1;
		else
			high = middle;
	}
	load_vector(list, low);
	row = Max(row, list->first_row);
	last = Min(end, list->first_row + list->row_count);
	while (row < last)
	{
		int			middle = (row + last) / 2;

		if (list->times[middle - list->first_row] < time)
			row = middle + 1;
		else
			last = middle;
	}
	return row;
}

/* The first run, from start on, whose series is not before. */
static int
find_run(const SydraKeyList *list, int start, uint32 series)
{
	int			low = start;
	int			high = list->run_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (list->runs[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_before(const SydraKeyList *list, uint32 series, int64 time)
{
	return list->series < series || (list->series == series && list->time < time);
}

void
sydra_key_list_leap(SydraKeyList *list, uint32 series, int64 time)
{
	if (list->reader == NULL)
	{
		stand_at(list, sydra_key_runs_find(&list->keys, list->row, series, time));
		return;
	}
	for (int step = 0; step < NEAR_ROWS; step++)
	{
		if (list->end || !is_before(list, series, time))
			return;
		stand_at(list, list->row + 1);
	}
	while (!list->end && is_before(list, series, time))
	{
		int			row = (int) list->row;

		if (list->series < series)
		{
			list->run = find_run(list, list->run, series);
			if (list->run == list->run_count)
			{
				list->end = true;
				return;
			}
			row = list->runs[list->run].first_row;
		}
		if (list->runs[list->run].series == series)
			row = find_time(list, list->run, row, time);
		stand_at(list, row);
	}
}

void
sydra_key_list_next(SydraKeyList *list)
{
	stand_at(list, list->row + 1);
}

bool
sydra_key_list_is_live(const SydraKeyList *list)
{
	return list->dead == NULL || !sydra_tombstone_test(list->dead, (int) list->row);
}

static uint64
place_in_head(const ItemPointerData *tid)
{
	return (uint64) ItemPointerGetBlockNumberNoCheck(tid) << 16 |
		ItemPointerGetOffsetNumberNoCheck(tid);
}

int
sydra_key_list_row(const SydraKeyList *list)
{
	int32		tidseg;
	int			row;

	if (list->reader != NULL)
		return (int) list->row;
	sydra_tid_decode(&list->key->tid, &tidseg, &row);
	return row;
}

void
sydra_key_list_order(SydraKeyList *list, SydraKeyOrder *order)
{
	const SydraSegment *segment;
	MemoryContext caller;
	SydraVector xids;

	if (list->reader == NULL)
	{
		order->xid = list->key->xid;
		order->source = list->key->source;
		order->place = order->source == SYDRA_KEY_HEAD ? place_in_head(&list->key->tid) :
			sydra_key_list_row(list);
		return;
	}
	segment = &list->sources->segments[list->segment];
	order->source = list->segment;
	order->place = list->row;
	order->xid = U64FromFullTransactionId(segment->xid_lo);
	if (FullTransactionIdEquals(segment->xid_lo, segment->xid_hi))
		return;
	caller = MemoryContextSwitchTo(list->context);
	if (!sydra_segment_read(list->reader, SYDRA_CURSOR_WRITE_XID, list->vector, &xids))
		elog(ERROR, "segment " INT64_FORMAT " does not tell who wrote it", segment->segno);
	order->xid = (uint64) sydra_vector_int64(&xids, (int) list->row - list->first_row);
	MemoryContextSwitchTo(caller);
}

bool
sydra_key_list_is_earlier(const SydraKeyOrder *a, const SydraKeyOrder *b)
{
	if (a->xid != b->xid)
		return a->xid < b->xid;
	if (a->source != b->source)
		return a->source < b->source;
	return a->place < b->place;
}

void
sydra_key_list_tid(const SydraKeyList *list, ItemPointer tid)
{
	if (list->reader == NULL)
		*tid = list->key->tid;
	else
		sydra_tid_encode(tid, list->sources->segments[list->segment].tidseg, (int) list->row);
}

/* Comparing ------------------------------------------------------------------------------------*/

/* Both stand at the same key: marks the rows of one that are earlier than the other's last. */
static void
meet(SydraKeyList *list, SydraKeyList *other, SydraKeyMark *mark, void *arg)
{
	uint32		series = list->series;
	int64		time = list->time;
	bool		found = false;
	SydraKeyOrder last;
	SydraKeyOrder order;

	for (; !other->end && other->series == series && other->time == time;
		 stand_at(other, other->row + 1))
	{
		if (!sydra_key_list_is_live(other))
			continue;
		sydra_key_list_order(other, &last);
		found = true;
	}
	for (; !list->end && list->series == series && list->time == time;
		 stand_at(list, list->row + 1))
	{
		if (!found || !sydra_key_list_is_live(list))
			continue;
		sydra_key_list_order(list, &order);
		if (sydra_key_list_is_earlier(&order, &last))
			mark(arg, list);
	}
}

void
sydra_key_list_compare(SydraKeyList *list, SydraKeyList *other, SydraKeyMark *mark, void *arg)
{
	sydra_key_list_rewind(list);
	sydra_key_list_rewind(other);
	for (int64 count = 0; !list->end && !other->end; count++)
	{
		if (count % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (is_before(list, other->series, other->time))
			sydra_key_list_leap(list, other->series, other->time);
		else if (is_before(other, list->series, list->time))
			sydra_key_list_leap(other, list->series, list->time);
		else
			meet(list, other, mark, arg);
	}
}

void
sydra_key_list_compare_within(SydraKeyList *list, SydraKeyMark *mark, void *arg)
{
	SydraKeyList earlier = *list;
	SydraKey	key;
	bool		any = false;

	/* Earlier stands at the last live row; it is only looked at, never moved. */
	for (sydra_key_list_rewind(list); !list->end; stand_at(list, list->row + 1))
	{
		if (list->row % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (!sydra_key_list_is_live(list))
			continue;
		if (any && earlier.series == list->series && earlier.time == list->time)
			mark(arg, &earlier);
		earlier.series = list->series;
		earlier.time = list->time;
		earlier.row = list->row;
		if (list->reader == NULL)
		{
			key = *list->key;
			earlier.key = &key;
		}
		any = true;
	}
}
