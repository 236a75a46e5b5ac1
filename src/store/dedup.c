/*
 * dedup.c
 *	  Finds the rows that later ones of the same series and time replace.
 *
 * Segments are sorted by series and time, so that two of them are compared as two sorted lists are
 * merged, each leaping to where the other stands; only vectors in which both have something are
 * decoded, and only of segments whose times and series overlap.  What is not sorted, the head and
 * segments from before other columns became tags, is made sorted first, as runs of keys
 * (key_run.h).
 *
 * A row is replaced when any other list has a later one of its series and time, so that lists are
 * compared two by two and none has to be merged: for the rows of a segment when the segment is read,
 * for those in runs at once.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "store/bulk.h"
#include "store/cursor.h"
#include "store/dedup.h"
#include "store/key_run.h"
#include "store/missing.h"
#include "store/salvage.h"
#include "store/segment_reader.h"
#include "store/store.h"
#include "store/tombstone.h"

#define HEAD_SOURCE PG_UINT32_MAX	/* SydraKey.source; a segment's is its index */
#define BLOCK_WORDS ((MaxHeapTuplesPerPage + 63) / 64)
#define GROUP_BLOCKS 256
#define NEAR_ROWS 4
#define OPEN_LISTS 8

/* The place of a row in the order of writing. */
typedef struct Order
{
	uint64		xid;
	uint32		source;
	uint64		place;
} Order;

/* The rows of a segment or of a run, by series and time, and the one that it stands at. */
typedef struct KeyList
{
	MemoryContext context;
	bool		end;
	uint32		series;
	int64		time;
	int64		row;
	const SydraKey *key;		/* of a run; NULL: this is a segment */

	SydraKeyReader keys;

	int			segment;		/* index */
	SydraSegmentReader *reader;
	const uint64 *dead;
	const SydraRun *runs;
	int			run_count;
	int			run;			/* that row is in */
	int			vector;			/* that times are of, -1 none */
	int			first_row;		/* of the vector */
	int			row_count;
	const int64 *times;
} KeyList;

/* Bits of the rows of neighbouring blocks of the head. */
typedef struct BlockGroup
{
	uint64		bits[GROUP_BLOCKS][BLOCK_WORDS];
} BlockGroup;

struct SydraDedup
{
	MemoryContext context;
	Relation	rel;
	const SydraTable *table;
	Snapshot	snapshot;
	bool		own_snapshot;
	SydraStore	store;
	int64		time_min;
	int64		time_last;		/* inclusive */

	int			segment_count;
	SydraSegment *segments;		/* in the order of writing, as far as transactions do not tell */
	int		   *by_segno;
	bool		any_dead;
	int			sorted_count;
	int		   *by_time;		/* the segments that are sorted by today's series, by tmin */
	int64	   *reach;			/* the greatest tmax up to there */
	bool	   *distinct;		/* of a segment: opened, and no two rows have the same key */

	SydraCursor *cursor;		/* that has read what is in the runs; it owns the dictionary */
	SydraKeyRuns *runs;
	uint32		last_source;	/* of the last key that is a segment's */
	uint64	  **unsorted;		/* by segment: rows of those in runs that are replaced, or NULL */
	BlockGroup **head;			/* by group of blocks; NULL: no row of it is replaced */
	uint32		group_count;

	int			open_next;		/* of the lists kept open for _others */
	KeyList    *open[OPEN_LISTS];
};

static void sort_segments(SydraDedup *dedup, bool salvage);
static void collect_runs(SydraDedup *dedup, TupleDesc tupdesc);
static void compare_runs(SydraDedup *dedup);

SydraDedup *
sydra_dedup_open(Relation rel, const SydraTable *table, TupleDesc tupdesc, Snapshot snapshot,
				 int64 time_min, int64 time_max, bool salvage)
{
	MemoryContext context;
	MemoryContext caller;
	SydraDedup *dedup;

	if (!sydra_store_keeps_last(rel) || table->time_attnum == InvalidAttrNumber)
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "sydra dedup", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	dedup = palloc0(sizeof(SydraDedup));
	dedup->context = context;
	dedup->rel = rel;
	dedup->table = table;
	dedup->own_snapshot = snapshot == NULL || !IsMVCCSnapshot(snapshot);
	dedup->snapshot = dedup->own_snapshot ? RegisterSnapshot(GetLatestSnapshot()) : snapshot;
	dedup->time_min = time_min;
	dedup->time_last = time_max == PG_INT64_MAX ? PG_INT64_MAX : time_max - 1;
	if (dedup->time_min <= dedup->time_last)
	{
		sort_segments(dedup, salvage);
		collect_runs(dedup, tupdesc);
		compare_runs(dedup);
	}
	MemoryContextSwitchTo(caller);
	return dedup;
}

void
sydra_dedup_close(SydraDedup *dedup)
{
	for (int i = 0; i < OPEN_LISTS; i++)
		if (dedup->open[i] != NULL && dedup->open[i]->reader != NULL)
			sydra_segment_close(dedup->open[i]->reader);
	if (dedup->runs != NULL)
		sydra_key_runs_close(dedup->runs);
	if (dedup->cursor != NULL)
		sydra_cursor_close(dedup->cursor);
	if (dedup->own_snapshot)
		UnregisterSnapshot(dedup->snapshot);
	MemoryContextDelete(dedup->context);
}

/* Lists ----------------------------------------------------------------------------------------*/

static KeyList *
open_run(SydraDedup *dedup, int run)
{
	KeyList    *list = palloc0(sizeof(KeyList));

	list->context = CurrentMemoryContext;
	list->keys.runs = dedup->runs;
	list->keys.run = run;
	list->keys.block = -1;
	return list;
}

static KeyList *
open_segment(SydraDedup *dedup, int segment)
{
	KeyList    *list = palloc0(sizeof(KeyList));

	list->context = CurrentMemoryContext;
	list->segment = segment;
	list->reader = sydra_segment_open(dedup->rel, &dedup->store, dedup->table,
									  &dedup->segments[segment]);
	list->runs = sydra_segment_runs(list->reader, &list->run_count);
	list->vector = -1;
	if (dedup->any_dead)
		list->dead = sydra_tombstone_read(&dedup->segments[segment], dedup->snapshot);
	dedup->distinct[segment] = sydra_segment_distinct(list->reader);
	return list;
}

static void
close_list(KeyList *list)
{
	if (list->reader != NULL)
		sydra_segment_close(list->reader);
	pfree(list);
}

static int
run_end(const KeyList *list, int run)
{
	return run + 1 < list->run_count ? list->runs[run + 1].first_row :
		sydra_segment_row_count(list->reader);
}

static void
load_vector(SydraDedup *dedup, KeyList *list, int vector)
{
	MemoryContext caller;
	SydraVectorInfo info;
	SydraVector times;

	if (list->vector == vector)
		return;
	caller = MemoryContextSwitchTo(list->context);
	sydra_segment_vector_info(list->reader, vector, &info);
	list->vector = -1;
	if (!sydra_segment_read(list->reader, dedup->table->time_attnum, vector, &times))
		elog(ERROR, "the time column of table \"%s\" has changed",
			 RelationGetRelationName(dedup->rel));
	list->vector = vector;
	list->first_row = info.first_row;
	list->row_count = info.count;
	list->times = times.values;
	MemoryContextSwitchTo(caller);
}

static void
stand_at(SydraDedup *dedup, KeyList *list, int64 row)
{
	list->row = row;
	if (list->reader == NULL)
	{
		list->end = row >= sydra_key_runs_length(dedup->runs, list->keys.run);
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
		load_vector(dedup, list, sydra_segment_vector_of(list->reader, (int) row));
	list->series = list->runs[list->run].series;
	list->time = list->times[row - list->first_row];
}

static void
rewind_list(SydraDedup *dedup, KeyList *list)
{
	list->run = 0;
	stand_at(dedup, list, 0);
}

/* The greatest time that a run has in a vector. */
static int64
run_time_max(SydraDedup *dedup, KeyList *list, int run, int vector)
{
	SydraVectorInfo info;
	int			last;

	sydra_segment_vector_info(list->reader, vector, &info);
	if (info.run_count == 1)
		return info.time_max;
	load_vector(dedup, list, vector);
	last = Min(run_end(list, run), list->first_row + list->row_count) - 1;
	return list->times[last - list->first_row];
}

/* The first row of a run, from row on, whose time is not before; the run's end when there is none. */
static int
find_time(SydraDedup *dedup, KeyList *list, int run, int row, int64 time)
{
	int			end = run_end(list, run);
	int			low = sydra_segment_vector_of(list->reader, row);
	int			high = sydra_segment_vector_of(list->reader, end - 1);
	int			last;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (run_time_max(dedup, list, run, middle) < time)
			low = middle + 1;
		else
			high = middle;
	}
	load_vector(dedup, list, low);
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
find_run(const KeyList *list, int start, uint32 series)
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
is_before(const KeyList *list, uint32 series, int64 time)
{
	return list->series < series || (list->series == series && list->time < time);
}

/* Moves forward to the first row that is not before (series, time). */
static void
leap(SydraDedup *dedup, KeyList *list, uint32 series, int64 time)
{
	if (list->reader == NULL)
	{
		stand_at(dedup, list, sydra_key_runs_find(&list->keys, list->row, series, time));
		return;
	}
	for (int step = 0; step < NEAR_ROWS; step++)
	{
		if (list->end || !is_before(list, series, time))
			return;
		stand_at(dedup, list, list->row + 1);
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
			row = find_time(dedup, list, list->run, row, time);
		stand_at(dedup, list, row);
	}
}

static bool
is_live(const KeyList *list)
{
	return list->dead == NULL || !sydra_tombstone_test(list->dead, (int) list->row);
}

static uint64
place_in_head(const ItemPointerData *tid)
{
	return (uint64) ItemPointerGetBlockNumberNoCheck(tid) << 16 |
		ItemPointerGetOffsetNumberNoCheck(tid);
}

static int
row_of(const ItemPointerData *tid)
{
	int32		tidseg;
	int			row;

	sydra_tid_decode(tid, &tidseg, &row);
	return row;
}

static void
read_order(SydraDedup *dedup, KeyList *list, Order *order)
{
	const SydraSegment *segment;
	MemoryContext caller;
	SydraVector xids;

	if (list->reader == NULL)
	{
		order->xid = list->key->xid;
		order->source = list->key->source;
		order->place = order->source == HEAD_SOURCE ? place_in_head(&list->key->tid) :
			row_of(&list->key->tid);
		return;
	}
	segment = &dedup->segments[list->segment];
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

static bool
is_earlier(const Order *a, const Order *b)
{
	if (a->xid != b->xid)
		return a->xid < b->xid;
	if (a->source != b->source)
		return a->source < b->source;
	return a->place < b->place;
}

static void
read_tid(SydraDedup *dedup, const KeyList *list, ItemPointer tid)
{
	if (list->reader == NULL)
		*tid = list->key->tid;
	else
		sydra_tid_encode(tid, dedup->segments[list->segment].tidseg, (int) list->row);
}

/* Comparing ------------------------------------------------------------------------------------*/

static void
set_bit(uint64 *bits, int number)
{
	bits[number / 64] |= UINT64CONST(1) << (number % 64);
}

static uint64 *
make_bits(const SydraSegment *segment)
{
	return palloc0(sizeof(uint64) * (segment->nrows / 64 + 1));
}

static void
mark_head(SydraDedup *dedup, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumber(tid);
	uint32		group = block / GROUP_BLOCKS;

	if (dedup->head[group] == NULL)
		dedup->head[group] = MemoryContextAllocZero(dedup->context, sizeof(BlockGroup));
	set_bit(dedup->head[group]->bits[block % GROUP_BLOCKS], ItemPointerGetOffsetNumber(tid) - 1);
}

/* Marks the row that a list stands at; *bits are those of its segment, made when needed. */
static void
mark_row(SydraDedup *dedup, const KeyList *list, uint64 **bits)
{
	if (list->reader != NULL)
	{
		if (*bits == NULL)
			*bits = make_bits(&dedup->segments[list->segment]);
		set_bit(*bits, (int) list->row);
	}
	else if (list->key->source == HEAD_SOURCE)
		mark_head(dedup, &list->key->tid);
	else
	{
		uint64	  **unsorted = &dedup->unsorted[list->key->source];

		if (*unsorted == NULL)
		{
			MemoryContext caller = MemoryContextSwitchTo(dedup->context);

			*unsorted = make_bits(&dedup->segments[list->key->source]);
			MemoryContextSwitchTo(caller);
		}
		set_bit(*unsorted, row_of(&list->key->tid));
	}
}

/* Both stand at the same key: marks the rows of one that are earlier than the other's last. */
static void
meet(SydraDedup *dedup, KeyList *list, KeyList *other, uint64 **bits)
{
	uint32		series = list->series;
	int64		time = list->time;
	bool		found = false;
	Order		last;
	Order		order;

	for (; !other->end && other->series == series && other->time == time;
		 stand_at(dedup, other, other->row + 1))
	{
		if (!is_live(other))
			continue;
		read_order(dedup, other, &last);
		found = true;
	}
	for (; !list->end && list->series == series && list->time == time;
		 stand_at(dedup, list, list->row + 1))
	{
		if (!found || !is_live(list))
			continue;
		read_order(dedup, list, &order);
		if (is_earlier(&order, &last))
			mark_row(dedup, list, bits);
	}
}

static void
compare_lists(SydraDedup *dedup, KeyList *list, KeyList *other, uint64 **bits)
{
	rewind_list(dedup, list);
	rewind_list(dedup, other);
	for (int64 count = 0; !list->end && !other->end; count++)
	{
		if (count % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (is_before(list, other->series, other->time))
			leap(dedup, list, other->series, other->time);
		else if (is_before(other, list->series, list->time))
			leap(dedup, other, list->series, list->time);
		else
			meet(dedup, list, other, bits);
	}
}

/* Marks the rows of a list that later ones of the same list replace. */
static void
compare_within(SydraDedup *dedup, KeyList *list, uint64 **bits)
{
	KeyList		earlier = *list;
	SydraKey	key;
	bool		any = false;

	/* Earlier stands at the last live row; it is only looked at, never moved. */
	for (rewind_list(dedup, list); !list->end; stand_at(dedup, list, list->row + 1))
	{
		if (list->row % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (!is_live(list))
			continue;
		if (any && earlier.series == list->series && earlier.time == list->time)
			mark_row(dedup, &earlier, bits);
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

/* Segments -------------------------------------------------------------------------------------*/

static int
compare_times(const void *a, const void *b, void *arg)
{
	const SydraSegment *segments = arg;
	int64		left = segments[*(const int *) a].tmin;
	int64		right = segments[*(const int *) b].tmin;

	return (left > right) - (left < right);
}

static int
compare_segnos(const void *a, const void *b, void *arg)
{
	const SydraSegment *segments = arg;
	int64		left = segments[*(const int *) a].segno;
	int64		right = segments[*(const int *) b].segno;

	return (left > right) - (left < right);
}

static void
sort_segments(SydraDedup *dedup, bool salvage)
{
	int32		signature = sydra_table_signature(dedup->table);
	int64		reach = PG_INT64_MIN;

	if (!sydra_store_find(dedup->rel, &dedup->store))
		return;
	dedup->segments = sydra_directory_read(dedup->store.storage_id, dedup->time_min,
										   dedup->time_last, dedup->snapshot,
										   &dedup->segment_count);
	if (salvage)
		dedup->segment_count = sydra_salvage_keep_sound(dedup->rel, &dedup->store, dedup->table,
														dedup->segments, dedup->segment_count,
														dedup->snapshot);
	dedup->any_dead = dedup->segment_count > 0 &&
		sydra_tombstone_any(dedup->store.storage_id, dedup->snapshot);
	dedup->by_segno = palloc(sizeof(int) * Max(dedup->segment_count, 1));
	for (int i = 0; i < dedup->segment_count; i++)
		dedup->by_segno[i] = i;
	qsort_arg(dedup->by_segno, dedup->segment_count, sizeof(int), compare_segnos, dedup->segments);
	dedup->by_time = palloc(sizeof(int) * Max(dedup->segment_count, 1));
	dedup->reach = palloc(sizeof(int64) * Max(dedup->segment_count, 1));
	dedup->distinct = palloc0(sizeof(bool) * Max(dedup->segment_count, 1));
	dedup->unsorted = palloc0(sizeof(uint64 *) * Max(dedup->segment_count, 1));
	for (int i = 0; i < dedup->segment_count; i++)
		if (dedup->segments[i].schema_gen == signature)
			dedup->by_time[dedup->sorted_count++] = i;
	qsort_arg(dedup->by_time, dedup->sorted_count, sizeof(int), compare_times, dedup->segments);
	for (int i = 0; i < dedup->sorted_count; i++)
		dedup->reach[i] = reach = Max(reach, dedup->segments[dedup->by_time[i]].tmax);
}

/* What a row may share its key with. */
typedef struct Span
{
	int64		time_min;
	int64		time_max;
	int64		series_min;
	int64		series_max;
} Span;

/* How many of by_time begin in time. */
static int
count_begun(const SydraDedup *dedup, int64 time)
{
	int			low = 0;
	int			high = dedup->sorted_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (dedup->segments[dedup->by_time[middle]].tmin <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The next segment, before *position of by_time, that meets a span; -1 when there is none.  Begins
 * at count_begun().
 */
static int
next_meeting(const SydraDedup *dedup, const Span *span, int *position)
{
	while (*position > 0 && dedup->reach[*position - 1] >= span->time_min)
	{
		int			index = dedup->by_time[--*position];
		const SydraSegment *segment = &dedup->segments[index];

		if (segment->tmax >= span->time_min && segment->tmin <= span->time_max &&
			segment->smax >= span->series_min && segment->smin <= span->series_max)
			return index;
	}
	return -1;
}

static void
get_run_span(const SydraDedup *dedup, int run, Span *span)
{
	uint32		series_min;
	uint32		series_max;

	sydra_key_runs_span(dedup->runs, run, &span->time_min, &span->time_max, &series_min,
						&series_max);
	span->series_min = series_min;
	span->series_max = series_max;
}

static bool
run_meets(const SydraDedup *dedup, int run, const Span *span)
{
	Span		own;

	get_run_span(dedup, run, &own);
	return own.time_max >= span->time_min && own.time_min <= span->time_max &&
		own.series_max >= span->series_min && own.series_min <= span->series_max;
}

static void
get_segment_span(const SydraDedup *dedup, const SydraSegment *segment, Span *span)
{
	span->time_min = Max(segment->tmin, dedup->time_min);
	span->time_max = Min(segment->tmax, dedup->time_last);
	span->series_min = segment->smin;
	span->series_max = segment->smax;
}

/* -1 when the snapshot does not see it. */
static int
find_segment(const SydraDedup *dedup, int64 segno)
{
	int			low = 0;
	int			high = dedup->segment_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (dedup->segments[dedup->by_segno[middle]].segno < segno)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == dedup->segment_count || dedup->segments[dedup->by_segno[low]].segno != segno)
		return -1;
	return dedup->by_segno[low];
}

/* The rows of a sorted segment that are replaced, in the current context; NULL when none is. */
static uint64 *
compare_segment(SydraDedup *dedup, int index)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "sydra dedup segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	uint64	   *bits = make_bits(&dedup->segments[index]);
	uint64	   *marked = bits;
	Span		span;
	KeyList    *list;
	int			position;
	int			other;
	bool		any = false;

	MemoryContextSwitchTo(scratch);
	get_segment_span(dedup, &dedup->segments[index], &span);
	list = open_segment(dedup, index);
	if (!dedup->distinct[index])
		compare_within(dedup, list, &marked);
	position = count_begun(dedup, span.time_max);
	while ((other = next_meeting(dedup, &span, &position)) >= 0)
	{
		KeyList    *other_list;

		if (other == index)
			continue;
		other_list = open_segment(dedup, other);
		compare_lists(dedup, list, other_list, &marked);
		close_list(other_list);
	}
	for (int run = 0; run < sydra_key_runs_count(dedup->runs); run++)
		if (run_meets(dedup, run, &span))
			compare_lists(dedup, list, open_run(dedup, run), &marked);
	close_list(list);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	for (int word = 0; word <= dedup->segments[index].nrows / 64; word++)
		any = any || bits[word] != 0;
	return any ? bits : NULL;
}

uint64 *
sydra_dedup_segment(SydraDedup *dedup, const SydraSegment *segment, uint64 *dead)
{
	int			index = find_segment(dedup, segment->segno);
	uint64	   *bits;

	if (index < 0)
		return dead;
	if (segment->schema_gen != sydra_table_signature(dedup->table))
		bits = dedup->unsorted[index];
	else
		bits = compare_segment(dedup, index);
	if (bits == NULL)
		return dead;
	if (dead == NULL)
		dead = make_bits(segment);
	for (int word = 0; word <= segment->nrows / 64; word++)
		dead[word] |= bits[word];
	return dead;
}

bool
sydra_dedup_alone(SydraDedup *dedup, const SydraSegment *segment)
{
	int			index = find_segment(dedup, segment->segno);
	int			position;
	int			other;
	Span		span;

	if (index < 0 || segment->schema_gen != sydra_table_signature(dedup->table))
		return false;
	get_segment_span(dedup, segment, &span);
	position = count_begun(dedup, span.time_max);
	while ((other = next_meeting(dedup, &span, &position)) >= 0)
		if (other != index)
			return false;
	for (int run = 0; run < sydra_key_runs_count(dedup->runs); run++)
		if (run_meets(dedup, run, &span))
			return false;
	close_list(open_segment(dedup, index));
	return dedup->distinct[index];
}

bool
sydra_dedup_head(const SydraDedup *dedup, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumber(tid);
	uint32		group = block / GROUP_BLOCKS;

	return group < dedup->group_count && dedup->head[group] != NULL &&
		sydra_tombstone_test(dedup->head[group]->bits[block % GROUP_BLOCKS],
							 ItemPointerGetOffsetNumber(tid) - 1);
}

/* Runs -----------------------------------------------------------------------------------------*/

static void
add_key(SydraDedup *dedup, const SydraBatch *batch, int row, uint32 series)
{
	int32		tidseg;
	int			segment_row;
	SydraKey	key;

	memset(&key, 0, sizeof(key));
	key.time = sydra_vector_int64(&batch->columns[0], row);
	key.xid = (uint64) sydra_vector_int64(&batch->columns[1], row);
	key.series = series;
	key.source = HEAD_SOURCE;
	sydra_cursor_tid(dedup->cursor, row, &key.tid);
	if (sydra_tid_is_segment(&key.tid))
	{
		sydra_tid_decode(&key.tid, &tidseg, &segment_row);
		while (dedup->segments[dedup->last_source].tidseg != tidseg)
			dedup->last_source = (dedup->last_source + 1) % dedup->segment_count;
		key.source = dedup->last_source;
	}
	else
		dedup->group_count = Max(dedup->group_count,
								 ItemPointerGetBlockNumber(&key.tid) / GROUP_BLOCKS + 1);
	sydra_key_runs_add(dedup->runs, &key);
}

static void
collect_runs(SydraDedup *dedup, TupleDesc tupdesc)
{
	AttrNumber	columns[] = {dedup->table->time_attnum, SYDRA_CURSOR_WRITE_XID};
	SydraCursorSpec spec = {
		.table = dedup->table,
		.time_min = dedup->time_min,
		.time_max = dedup->time_last == PG_INT64_MAX ? PG_INT64_MAX : dedup->time_last + 1,
		.tupdesc = tupdesc,
		.unsorted = true,
		.column_count = lengthof(columns),
		.columns = columns
	};
	SydraBatch *batch;

	dedup->runs = sydra_key_runs_create();
	dedup->cursor = sydra_cursor_open(dedup->rel, dedup->snapshot, &spec);
	while (sydra_cursor_next(dedup->cursor, &batch))
	{
		int			run = 0;

		for (int i = 0; i < batch->selected_count; i++)
		{
			int			row = batch->selected ? batch->selected[i] : i;

			while (run + 1 < batch->run_count && batch->runs[run + 1].first_row <= row)
				run++;
			add_key(dedup, batch, row, batch->runs[run].series);
		}
	}
	sydra_key_runs_finish(dedup->runs);
	dedup->head = palloc0(sizeof(BlockGroup *) * Max(dedup->group_count, 1));
}

/* Marks the rows of a run that others replace. */
static void
compare_run(SydraDedup *dedup, int run)
{
	KeyList    *list = open_run(dedup, run);
	Span		span;
	int			position;
	int			segment;

	get_run_span(dedup, run, &span);
	compare_within(dedup, list, NULL);
	for (int other = 0; other < sydra_key_runs_count(dedup->runs); other++)
		if (other != run && run_meets(dedup, other, &span))
			compare_lists(dedup, list, open_run(dedup, other), NULL);
	position = count_begun(dedup, span.time_max);
	while ((segment = next_meeting(dedup, &span, &position)) >= 0)
	{
		KeyList    *other = open_segment(dedup, segment);

		compare_lists(dedup, list, other, NULL);
		close_list(other);
	}
}

static void
compare_runs(SydraDedup *dedup)
{
	MemoryContext scratch = AllocSetContextCreate(dedup->context, "sydra dedup runs",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	for (int run = 0; run < sydra_key_runs_count(dedup->runs); run++)
	{
		MemoryContextReset(scratch);
		compare_run(dedup, run);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}

/* One row's others -----------------------------------------------------------------------------*/

static KeyList *
find_open(SydraDedup *dedup, int segment)
{
	MemoryContext caller;
	KeyList   **place;

	for (int i = 0; i < OPEN_LISTS; i++)
		if (dedup->open[i] != NULL && dedup->open[i]->segment == segment)
			return dedup->open[i];
	place = &dedup->open[dedup->open_next++ % OPEN_LISTS];
	if (*place != NULL)
	{
		KeyList    *list = *place;

		*place = NULL;
		MemoryContextDelete(list->context);
	}
	caller = MemoryContextSwitchTo(AllocSetContextCreate(dedup->context, "sydra dedup list",
														 ALLOCSET_DEFAULT_SIZES));
	*place = open_segment(dedup, segment);
	MemoryContextSwitchTo(caller);
	return *place;
}

typedef struct Others
{
	ItemPointerData own;
	bool		seen;			/* the row itself was met */
	Order		order;			/* its place, then */
	int			count;
	int			capacity;
	SydraDedupRow *rows;
	Order	   *orders;
} Others;

static void
add_others(SydraDedup *dedup, KeyList *list, uint32 series, int64 time, Others *others)
{
	rewind_list(dedup, list);
	if (!list->end)
		leap(dedup, list, series, time);
	for (; !list->end && list->series == series && list->time == time;
		 stand_at(dedup, list, list->row + 1))
	{
		ItemPointerData tid;
		Order		order;

		if (!is_live(list))
			continue;
		read_tid(dedup, list, &tid);
		read_order(dedup, list, &order);
		if (ItemPointerEquals(&tid, &others->own))
		{
			others->seen = true;
			others->order = order;
			continue;
		}
		if (others->count == others->capacity)
		{
			others->capacity = Max(8, others->capacity * 2);
			others->rows = others->rows == NULL ?
				palloc(sizeof(SydraDedupRow) * others->capacity) :
				repalloc(others->rows, sizeof(SydraDedupRow) * others->capacity);
			others->orders = others->orders == NULL ?
				palloc(sizeof(Order) * others->capacity) :
				repalloc(others->orders, sizeof(Order) * others->capacity);
		}
		others->rows[others->count].tid = tid;
		others->orders[others->count++] = order;
	}
	if (list->reader != NULL)
		sydra_segment_pause(list->reader);
}

bool
sydra_dedup_others(SydraDedup *dedup, TupleTableSlot *slot, SydraDedupRow **rows, int *count)
{
	Others		others = {.own = slot->tts_tid};
	bool		isnull;
	uint32		series;
	int64		time;
	Span		span;
	int			position;
	int			segment;

	slot_getallattrs(slot);
	time = DatumGetInt64(slot_getattr(slot, dedup->table->time_attnum, &isnull));
	series = sydra_dictionary_resolve_slot(sydra_cursor_dictionary(dedup->cursor), slot);
	span = (Span) {time, time, series, series};
	position = count_begun(dedup, time);
	while ((segment = next_meeting(dedup, &span, &position)) >= 0)
		add_others(dedup, find_open(dedup, segment), series, time, &others);
	for (int run = 0; run < sydra_key_runs_count(dedup->runs); run++)
		if (run_meets(dedup, run, &span))
		{
			KeyList    *list = open_run(dedup, run);

			add_others(dedup, list, series, time, &others);
			if (list->keys.room != NULL)
				pfree(list->keys.room);
			pfree(list);
		}
	for (int i = 0; i < others.count; i++)
		others.rows[i].newer = others.seen && is_earlier(&others.order, &others.orders[i]);
	*rows = others.rows;
	*count = others.count;
	return others.seen;
}

/* Sharing --------------------------------------------------------------------------------------*/

typedef struct Shared
{
	Oid			relid;
	int64		storage_id;
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
	SubTransactionId subtransaction;	/* whose memory and files it has */
	MemoryContext context;
	SydraDedup *dedup;			/* NULL: there is none */
} Shared;

static Shared shared;

static void
close_shared(void)
{
	SydraDedup *dedup = shared.dedup;

	shared.dedup = NULL;
	if (dedup == NULL)
		return;
	sydra_dedup_close(dedup);
	MemoryContextDelete(shared.context);
}

/*
 * After an error: what a segment's reader had open is let go of by its owner.  The file's may be a
 * transaction that goes on.
 */
static void
drop_shared(void)
{
	SydraDedup *dedup = shared.dedup;

	shared.dedup = NULL;
	if (dedup == NULL)
		return;
	sydra_key_runs_close(dedup->runs);
	MemoryContextDelete(shared.context);
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		close_shared();
	else if (event == XACT_EVENT_ABORT)
		drop_shared();
}

/* A snapshot after a rollback to a savepoint may look like one before. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent,
				   void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		drop_shared();
	else if (event == SUBXACT_EVENT_PRE_COMMIT_SUB && shared.subtransaction == subxact)
		close_shared();
}

SydraDedup *
sydra_dedup_share(Relation rel, Snapshot snapshot)
{
	static bool registered = false;
	Shared		wanted = {
		.relid = RelationGetRelid(rel),
		.xmin = snapshot->xmin,
		.xmax = snapshot->xmax,
		.xcnt = snapshot->xcnt,
		.subxcnt = snapshot->subxcnt,
		.curcid = snapshot->curcid,
		.subtransaction = GetCurrentSubTransactionId()
	};
	SydraStore	store;

	if (!sydra_store_keeps_last(rel))
		return NULL;
	if (sydra_store_find(rel, &store))
		wanted.storage_id = store.storage_id;
	if (shared.dedup == NULL || shared.relid != wanted.relid ||
		shared.storage_id != wanted.storage_id || shared.xmin != wanted.xmin ||
		shared.xmax != wanted.xmax || shared.xcnt != wanted.xcnt ||
		shared.subxcnt != wanted.subxcnt || shared.curcid != wanted.curcid)
	{
		MemoryContext caller;
		ResourceOwner owner = CurrentResourceOwner;

		close_shared();
		if (!registered)
		{
			RegisterXactCallback(end_transaction, NULL);
			RegisterSubXactCallback(end_subtransaction, NULL);
			registered = true;
		}
		wanted.context = AllocSetContextCreate(CurTransactionContext, "sydra shared dedup",
											   ALLOCSET_SMALL_SIZES);
		caller = MemoryContextSwitchTo(wanted.context);
		CurrentResourceOwner = CurTransactionResourceOwner;
		wanted.dedup = sydra_dedup_open(rel, sydra_table_describe(rel), NULL, snapshot,
										PG_INT64_MIN, PG_INT64_MAX, false);
		CurrentResourceOwner = owner;
		MemoryContextSwitchTo(caller);
		shared = wanted;
	}
	if (shared.dedup != NULL)
	{
		shared.dedup->rel = rel;
		shared.dedup->snapshot = snapshot;
	}
	return shared.dedup;
}
