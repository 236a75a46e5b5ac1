/*
 * cursor.c
 *	  The rows of a table, a batch at a time.
 *
 * First the segments, in the order of the directory, then the head.  All is read with one snapshot,
 * so whatever a seal has moved between the two is seen once.
 *
 * Segments are left out by time, by the series that they span and by the least and greatest values
 * of their columns, vectors by time and by their runs.  What remains of a vector is named by a
 * selection, and only the columns asked for are decoded, those that are tested first.
 *
 * Types can change from a tag's to a field's and back without a rewrite.  A segment that holds as a
 * column what is a tag now is not sorted by today's series: its rows are resolved one by one.  A
 * field that was a tag comes from the series.
 *
 * Where policies choose among the rows, PostgreSQL's executor gives all of them, sealed or not, and
 * they are taken as those of the head are: nothing is asked of a row before the policies were.
 *
 * Rows that later ones of the same series and time replace are left out as dead ones are (dedup.h).
 *
 * In parallel, each process takes segments one at a time, from lists that are equal because the
 * snapshot and the range are, and then shares the head's blocks as heapam's scans do.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/bulk.h"
#include "store/cursor_part.h"
#include "store/missing.h"
#include "store/salvage.h"
#include "store/tombstone.h"

#define COUNTERS (sizeof(SydraCursorStats) / sizeof(int64))

StaticAssertDecl(sizeof(SydraCursorStats) % sizeof(int64) == 0, "the statistics are all int64");

static SydraCursorStats totals; /* of closed cursors */

static void choose_segments(SydraCursor *cursor);
static void order_segments(SydraCursor *cursor);
static void sort_by_time(SydraCursor *cursor);
static bool next_vector(SydraCursor *cursor);

SydraCursor *
sydra_cursor_open(Relation rel, Snapshot snapshot, const SydraCursorSpec *spec)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra cursor",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraCursor *cursor = palloc0(sizeof(SydraCursor));

	sydra_bulk_flush(RelationGetRelid(rel));
	cursor->context = context;
	cursor->batch_context = AllocSetContextCreate(context, "sydra cursor batch",
												  ALLOCSET_DEFAULT_SIZES);
	cursor->dead_context = AllocSetContextCreate(context, "sydra dead rows",
												 ALLOCSET_START_SMALL_SIZES);
	cursor->rel = rel;
	cursor->snapshot = snapshot;
	cursor->spec = *spec;

	/* After the snapshot was taken: see sydra_store_find(). */
	if (spec->reader == NULL && sydra_store_find(rel, &cursor->store))
		cursor->spec.table = sydra_missing_restore(spec->table, &cursor->store);
	else
		cursor->store.storage_id = 0;
	spec = &cursor->spec;
	cursor->batch.columns = palloc0(sizeof(SydraVector) * Max(spec->column_count, 1));
	cursor->batch.column_count = spec->column_count;
	cursor->batch.runs = cursor->runs;
	cursor->rooms = palloc0(sizeof(SydraColumnRoom) * Max(spec->column_count, 1));
	for (int i = 0; i < spec->column_count; i++)
		cursor->rooms[i].column = sydra_table_column(spec->table, spec->columns[i]);
	if (!spec->table->plain)
		PredicateLockRelation(rel, snapshot);
	cursor->salvage = spec->shared ? spec->shared->salvage : sydra_salvage_wanted(rel);
	cursor->dictionary = sydra_dictionary_open(spec->table, cursor->store.storage_id);
	if (!spec->unsorted && !spec->one_per_series && spec->reader == NULL)
		cursor->dedup = sydra_dedup_open(rel, cursor->spec.table, spec->tupdesc, snapshot,
										 spec->time_min, spec->time_max, cursor->salvage);
	if (cursor->store.storage_id != 0)
		choose_segments(cursor);
	sydra_cursor_head_open(cursor);
	if (spec->all_series)
		sydra_cursor_series_meet(cursor);
	if (spec->series_order)
		order_segments(cursor);
	if (spec->time_order != 0)
		sort_by_time(cursor);
	MemoryContextSwitchTo(caller);
	return cursor;
}

bool
sydra_cursor_next(SydraCursor *cursor, SydraBatch **batch)
{
	MemoryContext caller;
	bool		found;

	MemoryContextReset(cursor->batch_context);
	caller = MemoryContextSwitchTo(cursor->context);
	if (cursor->spec.series_order || cursor->spec.time_order < 0)
		found = sydra_cursor_head_batch(cursor) || next_vector(cursor);
	else
		found = next_vector(cursor) || sydra_cursor_head_batch(cursor);
	MemoryContextSwitchTo(caller);
	*batch = &cursor->batch;
	return found;
}

void
sydra_cursor_narrow(SydraCursor *cursor, int64 time_min, int64 time_max)
{
	cursor->spec.time_min = Max(cursor->spec.time_min, time_min);
	cursor->spec.time_max = Min(cursor->spec.time_max, time_max);
}

SydraDictionary *
sydra_cursor_dictionary(SydraCursor *cursor)
{
	return cursor->dictionary;
}

const SydraCursorStats *
sydra_cursor_stats(const SydraCursor *cursor)
{
	return &cursor->stats;
}

void
sydra_cursor_tid(const SydraCursor *cursor, int row, ItemPointer tid)
{
	if (cursor->reader == NULL)
		*tid = cursor->head_tids[row];
	else
		sydra_tid_encode(tid, cursor->segments[cursor->next_segment - 1].tidseg,
						 cursor->first_row + row);
}

const SydraCursorStats *
sydra_cursor_totals(void)
{
	return &totals;
}

void
sydra_cursor_add_since(const SydraCursorStats *before, SydraCursorStats *sum)
{
	for (int i = 0; i < COUNTERS; i++)
		((int64 *) sum)[i] += ((const int64 *) &totals)[i] - ((const int64 *) before)[i];
}

/*
 * What serves another scan is part of that one.  Where PostgreSQL's executor gives the rows, its own
 * scan has counted, if there is one of ours.
 */
static bool
counts(const SydraCursor *cursor)
{
	char		relkind = cursor->rel->rd_rel->relkind;

	if (cursor->spec.unsorted)
		return false;
	return cursor->spec.reader == NULL ||
		(cursor->spec.table->plain && (relkind == RELKIND_RELATION ||
									   relkind == RELKIND_FOREIGN_TABLE ||
									   relkind == RELKIND_MATVIEW));
}

void
sydra_cursor_close(SydraCursor *cursor)
{
	if (counts(cursor))
		for (int i = 0; i < COUNTERS; i++)
			((int64 *) &totals)[i] += ((const int64 *) &cursor->stats)[i];
	sydra_cursor_head_close(cursor);
	if (cursor->reader != NULL)
		sydra_segment_close(cursor->reader);
	if (cursor->dedup != NULL)
		sydra_dedup_close(cursor->dedup);
	MemoryContextDelete(cursor->context);
}

void
sydra_cursor_share(SydraCursorShared *shared, Relation rel)
{
	table_block_parallelscan_initialize(rel, &shared->head.base);
	shared->salvage = sydra_salvage_wanted(rel);
	pg_atomic_init_u32(&shared->next_segment, 0);
	pg_atomic_init_u32(&shared->list_length, 0);
}

void
sydra_cursor_share_again(SydraCursorShared *shared, Relation rel)
{
	table_block_parallelscan_reinitialize(rel, &shared->head.base);
	pg_atomic_write_u32(&shared->next_segment, 0);
	pg_atomic_write_u32(&shared->list_length, 0);
}

/* Whether a span of times, both inclusive, meets the range. */
static bool
is_in_range(const SydraCursor *cursor, int64 first, int64 last)
{
	const SydraCursorSpec *spec = &cursor->spec;

	return last >= spec->time_min && (first < spec->time_max || spec->time_max == PG_INT64_MAX);
}

/* Segments -------------------------------------------------------------------------------------*/

/*
 * Segments are chosen by what was the time when they were written.
 */
static void
check_time_column(SydraCursor *cursor)
{
	AttrNumber	now = cursor->spec.table->time_attnum;

	if (now == 0 ||
		(cursor->spec.time_min == PG_INT64_MIN && cursor->spec.time_max == PG_INT64_MAX) ||
		!sydra_directory_other_time(cursor->store.storage_id, now, cursor->snapshot))
		return;
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("table %s has another time column than when its rows were sealed",
				   sydra_store_table_name(RelationGetRelid(cursor->rel))),
			errhint("Make the former one NOT NULL again, or rewrite the table: ALTER TABLE ... "
					"SET ACCESS METHOD heap, then sydra."));
}

/* Whether this process is the first to have read the directory. */
static bool
announce_segments(SydraCursor *cursor)
{
	uint32		announced = (uint32) cursor->segment_count + 1;
	uint32		length = 0;

	if (cursor->spec.shared == NULL)
		return true;
	if (pg_atomic_compare_exchange_u32(&cursor->spec.shared->list_length, &length, announced))
		return true;
	if (length != announced)
		elog(ERROR, "parallel workers see different segments of table \"%s\"",
			 RelationGetRelationName(cursor->rel));
	return false;
}

/* Moves on to the next segment, in parallel to one that nobody has taken; false at the end. */
static bool
take_segment(SydraCursor *cursor)
{
	uint32		taken;

	if (cursor->next_segment >= cursor->segment_count)
		return false;
	if (cursor->spec.shared == NULL)
	{
		cursor->next_segment++;
		return true;
	}
	taken = pg_atomic_fetch_add_u32(&cursor->spec.shared->next_segment, 1);
	cursor->next_segment = (int) Min(taken, (uint32) cursor->segment_count) + 1;
	return cursor->next_segment <= cursor->segment_count;
}

static void
choose_segments(SydraCursor *cursor)
{
	const SydraCursorSpec *spec = &cursor->spec;
	int64		last = spec->time_max == PG_INT64_MAX ? PG_INT64_MAX : spec->time_max - 1;
	double		total;
	double		rows;
	double		chunks;

	check_time_column(cursor);
	if (spec->time_min > last)
		return;
	cursor->segments = sydra_directory_read(cursor->store.storage_id, spec->time_min, last,
											cursor->snapshot, &cursor->segment_count);

	if (cursor->salvage)
		sydra_dictionary_tolerate(cursor->dictionary);
	cursor->any_dead = cursor->segment_count > 0 &&
		sydra_tombstone_any(cursor->store.storage_id, cursor->snapshot);

	/* Those left out by the index are not counted one by one. */
	if (announce_segments(cursor))
	{
		total = sydra_directory_estimate_segments(cursor->store.storage_id);
		cursor->stats.segments_total = Max((int64) total, cursor->segment_count);
		cursor->stats.segments_pruned = cursor->stats.segments_total - cursor->segment_count;
		sydra_directory_estimate(cursor->store.storage_id, &rows, &chunks);
		for (int i = 0; i < cursor->segment_count; i++)
			rows -= cursor->segments[i].nrows;
		cursor->stats.rows_pruned = Max((int64) rows, 0);
	}
	if (sydra_cursor_series_filtered(cursor))
		sydra_dictionary_load(cursor->dictionary);
}

static void
read_dead(SydraCursor *cursor, const SydraSegment *segment)
{
	MemoryContext caller = MemoryContextSwitchTo(cursor->dead_context);

	MemoryContextReset(cursor->dead_context);
	cursor->dead = cursor->any_dead ? sydra_tombstone_read(segment, cursor->snapshot) : NULL;
	if (cursor->dedup != NULL)
		cursor->dead = sydra_dedup_segment(cursor->dedup, segment, cursor->dead);
	MemoryContextSwitchTo(caller);
}

/* Whether a row of the open segment may pass all tests. */
static bool
may_pass_tests(const SydraCursor *cursor)
{
	const SydraCursorSpec *spec = &cursor->spec;

	for (int i = 0; i < spec->test_count; i++)
	{
		const SydraValueTest *test = &spec->tests[i];
		SydraSegmentStatistics statistics;

		if (!sydra_segment_statistics(cursor->reader, spec->columns[test->column], &statistics))
			continue;
		if (statistics.count == 0 ||
			(statistics.has_range &&
			 !sydra_value_test_may_pass(test, statistics.min, statistics.max)))
			return false;
	}
	return true;
}

bool
sydra_cursor_apply_tests(SydraCursor *cursor)
{
	SydraBatch *batch = &cursor->batch;

	for (int i = 0; i < cursor->spec.test_count && batch->selected_count > 0; i++)
	{
		const SydraValueTest *test = &cursor->spec.tests[i];
		int			passed = sydra_value_test_select(test, &batch->columns[test->column],
													 batch->selected, batch->selected_count,
													 cursor->selected);

		if (passed < batch->selected_count)
			batch->selected = cursor->selected;
		batch->selected_count = passed;
	}
	return batch->selected_count > 0;
}

bool
sydra_cursor_may_read(SydraCursor *cursor, const SydraSegment *segment)
{
	return !cursor->salvage ||
		sydra_salvage_check(cursor->rel, &cursor->store, cursor->spec.table, cursor->dictionary,
							segment, cursor->snapshot);
}

static void
prune_segment(SydraCursor *cursor, const SydraSegment *segment)
{
	cursor->stats.segments_pruned++;
	cursor->stats.rows_pruned += segment->nrows;
}

static bool
may_have_writers(const SydraCursor *cursor, const SydraSegment *segment)
{
	const SydraCursorSpec *spec = &cursor->spec;

	return spec->xid_max == 0 || (U64FromFullTransactionId(segment->xid_hi) >= spec->xid_min &&
								  U64FromFullTransactionId(segment->xid_lo) < spec->xid_max);
}

/*
 * Opens the next segment that may have rows.  One whose series do not match is left out unseen, if
 * the same columns were tags when it was written: else only its own columns tell whether these are
 * still its series.
 */
static bool
open_segment(SydraCursor *cursor)
{
	int32		signature = sydra_table_signature(cursor->spec.table);

	while (take_segment(cursor))
	{
		SydraSegment *segment = &cursor->segments[cursor->next_segment - 1];

		CHECK_FOR_INTERRUPTS();
		if (segment->schema_gen == signature && cursor->spec.unsorted)
			continue;
		if (!sydra_cursor_may_read(cursor, segment))
			continue;
		/* The range may have been narrowed since they were chosen. */
		if (!is_in_range(cursor, segment->tmin, segment->tmax) ||
			!may_have_writers(cursor, segment))
		{
			prune_segment(cursor, segment);
			continue;
		}
		if (segment->schema_gen == signature && cursor->spec.wants_span != NULL &&
			!cursor->spec.wants_span(cursor->spec.reading_arg, segment->smin, segment->smax,
									 segment->tmin, segment->tmax))
		{
			prune_segment(cursor, segment);
			continue;
		}
		if (segment->schema_gen == signature && !sydra_cursor_series_any(cursor, segment))
		{
			prune_segment(cursor, segment);
			continue;
		}
		if (cursor->spec.take_whole != NULL &&
			sydra_cursor_series_whole(cursor, segment, signature) &&
			(cursor->dedup == NULL || sydra_dedup_alone(cursor->dedup, segment)) &&
			cursor->spec.take_whole(cursor->spec.take_arg, segment))
		{
			cursor->stats.segments_taken++;
			continue;
		}
		cursor->reader = sydra_segment_open(cursor->rel, &cursor->store, cursor->spec.table,
											segment);
		if (!may_pass_tests(cursor))
		{
			sydra_segment_close(cursor->reader);
			cursor->reader = NULL;
			prune_segment(cursor, segment);
			continue;
		}
		cursor->resolve_rows = cursor->spec.unsorted ||
			sydra_cursor_series_held(cursor, cursor->reader);
		read_dead(cursor, segment);
		if (cursor->spec.take_known != NULL && cursor->dead == NULL && !cursor->resolve_rows &&
			sydra_cursor_series_whole(cursor, segment, signature) &&
			cursor->spec.take_known(cursor->spec.reading_arg, segment, cursor->reader))
		{
			sydra_segment_close(cursor->reader);
			cursor->reader = NULL;
			cursor->stats.segments_taken++;
			continue;
		}
		cursor->next_vector = 0;
		cursor->stats.segments_read++;
		return true;
	}
	return false;
}

/* Whether a row of one of the batch's runs may be wanted. */
static bool
wants_runs(const SydraCursor *cursor, const SydraVectorInfo *info)
{
	if (cursor->spec.wants_span == NULL || cursor->resolve_rows)
		return true;
	for (int i = 0; i < cursor->batch.run_count; i++)
		if (cursor->spec.wants_span(cursor->spec.reading_arg, cursor->runs[i].series,
									cursor->runs[i].series, info->time_min, info->time_max))
			return true;
	return false;
}

static bool
all_series_match(SydraCursor *cursor)
{
	for (int i = 0; i < cursor->batch.run_count; i++)
		if (!sydra_cursor_series_matches(cursor, cursor->batch.runs[i].series))
			return false;
	return true;
}

/*
 * Names the rows within the time range whose series match and that are not dead; false when there
 * are none.  Times is NULL when all are within.
 */
static bool
select_rows(SydraCursor *cursor, const int64 *times, int first_row, int count)
{
	SydraBatch *batch = &cursor->batch;
	int64		time_min = cursor->spec.time_min;
	int64		time_max = cursor->spec.time_max;
	bool		unbounded = time_max == PG_INT64_MAX;
	int			selected = 0;

	if (times == NULL && cursor->dead == NULL && !cursor->spec.one_per_series &&
		all_series_match(cursor))
	{
		batch->selected = NULL;
		batch->selected_count = count;
		return true;
	}
	for (int i = 0; i < batch->run_count; i++)
	{
		int			end = i + 1 < batch->run_count ? batch->runs[i + 1].first_row : count;
		int			before = selected;

		if (sydra_cursor_series_early(cursor) &&
			!sydra_cursor_series_matches(cursor, batch->runs[i].series))
			continue;
		for (int row = batch->runs[i].first_row; row < end; row++)
		{
			cursor->selected[selected] = row;
			if ((times == NULL ||
				 (times[row] >= time_min && (unbounded || times[row] < time_max))) &&
				(cursor->dead == NULL || !sydra_tombstone_test(cursor->dead, first_row + row)))
				selected++;
		}
		if (selected > before && !sydra_cursor_series_matches(cursor, batch->runs[i].series))
			selected = before;
		if (selected > before && cursor->spec.one_per_series)
		{
			selected = before + 1;
			sydra_cursor_series_settle(cursor, batch->runs[i].series);
		}
	}
	batch->selected = selected < count ? cursor->selected : NULL;
	batch->selected_count = selected;
	return selected > 0;
}

static void
read_column(SydraCursor *cursor, int number, int vector, int count)
{
	if (sydra_segment_read(cursor->reader, cursor->spec.columns[number], vector,
						   &cursor->batch.columns[number]))
		return;
	if (cursor->rooms[number].column == NULL)
		elog(ERROR, "column %d does not exist", cursor->spec.columns[number]);
	sydra_cursor_room_clear(cursor, number);
	sydra_cursor_room_fill(cursor, number, count);
}

/* False when no row is left. */
static bool
read_columns(SydraCursor *cursor, int vector, int count)
{
	const SydraCursorSpec *spec = &cursor->spec;

	for (int i = 0; i < spec->test_count; i++)
		read_column(cursor, spec->tests[i].column, vector, count);
	if (!sydra_cursor_apply_tests(cursor))
		return false;
	/* A column that was tested is not decoded again. */
	for (int i = 0; i < spec->column_count; i++)
		read_column(cursor, i, vector, count);
	return true;
}

static bool
read_vector(SydraCursor *cursor, int vector)
{
	const SydraCursorSpec *spec = &cursor->spec;
	const int64 *times = NULL;
	SydraVectorInfo info;
	SydraVector time_vector;

	sydra_segment_vector_info(cursor->reader, vector, &info);
	if (!is_in_range(cursor, info.time_min, info.time_max) ||
		!sydra_cursor_series_take(cursor, &info) || !wants_runs(cursor, &info))
	{
		cursor->stats.vectors_pruned++;
		cursor->stats.rows_pruned += info.count;
		return false;
	}
	cursor->stats.vectors_read++;
	if (!cursor->spec.one_per_series)
		cursor->stats.rows_segments += info.count;
	pgstat_count_index_tuples(cursor->rel, info.count); /* for any relation: tuples returned */
	if (info.time_min < spec->time_min ||
		(info.time_max >= spec->time_max && spec->time_max != PG_INT64_MAX))
	{
		if (!sydra_segment_read(cursor->reader, spec->table->time_attnum, vector, &time_vector))
			elog(ERROR, "the time column of table \"%s\" has changed",
				 RelationGetRelationName(cursor->rel));
		times = time_vector.values;
	}
	if (cursor->resolve_rows)
	{
		MemoryContext caller = MemoryContextSwitchTo(cursor->batch_context);

		sydra_cursor_series_resolve(cursor, vector, info.count);
		MemoryContextSwitchTo(caller);
	}
	cursor->first_row = info.first_row;
	cursor->batch.count = info.count;
	if (cursor->places != NULL)
		cursor->batch.place = (int64) cursor->places[cursor->next_segment - 1] *
			SYDRA_SEGMENT_ROWS_MAX + info.first_row;
	if (cursor->order != NULL)
	{
		int			run_count;
		const SydraRun *runs = sydra_segment_runs(cursor->reader, &run_count);

		cursor->batch.settled = sydra_series_order_settled(cursor->order, cursor->next_segment - 1,
														   &info, runs);
		cursor->batch.place = sydra_series_order_place(cursor->order, cursor->next_segment - 1);
	}
	if (!select_rows(cursor, times, info.first_row, info.count))
		return false;
	return read_columns(cursor, vector, info.count);
}

static bool
next_vector(SydraCursor *cursor)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (cursor->reader == NULL && !open_segment(cursor))
			return false;
		while (cursor->next_vector < sydra_segment_vector_count(cursor->reader))
		{
			int			number = cursor->next_vector++;

			cursor->vector = cursor->spec.time_order < 0 ?
				sydra_segment_vector_count(cursor->reader) - 1 - number : number;
			if (read_vector(cursor, cursor->vector))
				return true;
		}
		sydra_segment_close(cursor->reader);
		cursor->reader = NULL;
	}
}

/* Segments whose tags are not today's are not sorted by today's series. */
static void
order_segments(SydraCursor *cursor)
{
	int32		signature = sydra_table_signature(cursor->spec.table);
	bool		trusted = sydra_dictionary_ranks_differ(cursor->dictionary);

	for (int i = 0; i < cursor->segment_count; i++)
		trusted = trusted && cursor->segments[i].schema_gen == signature;
	cursor->order = sydra_series_order_open(cursor->rel, &cursor->store, cursor->spec.table,
											cursor->segments, cursor->segment_count, trusted);
}

typedef struct TimedSegment
{
	SydraSegment segment;
	int			place;
} TimedSegment;

static int
compare_first_times(const void *a, const void *b)
{
	const TimedSegment *x = a;
	const TimedSegment *y = b;

	if (x->segment.tmin != y->segment.tmin)
		return x->segment.tmin < y->segment.tmin ? -1 : 1;
	return x->place - y->place;
}

static int
compare_last_times(const void *a, const void *b)
{
	const TimedSegment *x = a;
	const TimedSegment *y = b;

	if (x->segment.tmax != y->segment.tmax)
		return x->segment.tmax > y->segment.tmax ? -1 : 1;
	return y->place - x->place;
}

static void
sort_by_time(SydraCursor *cursor)
{
	int			count = cursor->segment_count;
	TimedSegment *sorted = MemoryContextAllocHuge(cursor->context,
												  sizeof(TimedSegment) * Max(count, 1));

	cursor->places = MemoryContextAllocHuge(cursor->context, sizeof(int) * Max(count, 1));
	for (int i = 0; i < count; i++)
		sorted[i] = (TimedSegment) {cursor->segments[i], i};
	qsort(sorted, count, sizeof(TimedSegment),
		  cursor->spec.time_order > 0 ? compare_first_times : compare_last_times);
	for (int i = 0; i < count; i++)
	{
		cursor->segments[i] = sorted[i].segment;
		cursor->places[i] = sorted[i].place;
	}
	pfree(sorted);
}
