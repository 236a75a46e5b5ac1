/*
 * cursor.c
 *	  The rows of a table, a batch at a time.
 *
 * First the segments, in the order of the directory, then the head.  All is read with one snapshot,
 * so whatever a seal has moved between the two is seen once.
 *
 * Segments are left out by time, by the series that they span and by the least and greatest values
 * of their columns, vectors by time and by their runs.  What remains of a vector is named by a
 * selection, and only the columns asked for are decoded, those that are tested first.  Rows of the
 * head are looked at one by one and only those wanted are put into a batch.
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

#include "access/heapam.h"
#include "access/tableam.h"
#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/bulk.h"
#include "store/cursor.h"
#include "store/dedup.h"
#include "store/missing.h"
#include "store/salvage.h"
#include "store/segment_reader.h"
#include "store/series_order.h"
#include "store/store.h"
#include "store/tombstone.h"

/* Whether a series satisfies the predicate. */
typedef enum Match
{
	MATCH_UNKNOWN,
	MATCH_YES,
	MATCH_NO
} Match;

/* Room for the values of one column of a batch that the cursor fills itself. */
typedef struct ColumnRoom
{
	const SydraTableColumn *column; /* NULL: the xids */
	void	   *values;
	uint64		valid[SYDRA_VALID_WORDS];
} ColumnRoom;

struct SydraCursor
{
	MemoryContext context;
	MemoryContext batch_context;	/* values of one batch */
	Relation	rel;
	Snapshot	snapshot;
	SydraCursorSpec spec;
	SydraStore	store;
	SydraDictionary *dictionary;
	SydraCursorStats stats;

	uint8	   *matches;		/* Match, by series */
	uint32		match_capacity;

	int			segment_count;
	SydraSegment *segments;
	int			next_segment;	/* the open one is before it */
	SydraSegmentReader *reader; /* NULL between segments */
	SydraDedup *dedup;			/* NULL: every row counts */
	bool		salvage;		/* damaged segments are left out */
	bool		any_dead;		/* some row may have a tombstone */
	uint64	   *dead;			/* the open segment's rows that do not count, or NULL */
	MemoryContext dead_context;
	int			next_vector;	/* that are taken in turn */
	int			vector;			/* the one read */
	int			first_row;		/* of that */
	bool		resolve_rows;	/* the open segment holds what is a tag now */
	SydraSeriesOrder *order;	/* with series_order */
	int		   *places;			/* with time_order: of the segments in the order of writing */

	TableScanDesc head;			/* NULL when it is at its end */
	SydraRowFeed *feed;			/* stands for segments and head; NULL: none, or at its end */
	TupleTableSlot *slot;
	AttrNumber	slot_attributes;	/* the head's rows are deformed up to here */

	ItemPointerData head_tids[SYDRA_BATCH_ROWS];

	SydraBatch	batch;
	ColumnRoom *rooms;
	uint16		selected[SYDRA_BATCH_ROWS];
	SydraRun	runs[SYDRA_BATCH_ROWS];
};

#define COUNTERS (sizeof(SydraCursorStats) / sizeof(int64))

StaticAssertDecl(sizeof(SydraCursorStats) % sizeof(int64) == 0, "the statistics are all int64");

static SydraCursorStats totals; /* of closed cursors */

static void choose_segments(SydraCursor *cursor);
static void open_head(SydraCursor *cursor);
static void meet_series(SydraCursor *cursor);
static void order_segments(SydraCursor *cursor);
static void sort_by_time(SydraCursor *cursor);
static bool next_vector(SydraCursor *cursor);
static bool next_head_batch(SydraCursor *cursor);

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
	cursor->rooms = palloc0(sizeof(ColumnRoom) * Max(spec->column_count, 1));
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
	open_head(cursor);
	if (spec->all_series)
		meet_series(cursor);
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
		found = next_head_batch(cursor) || next_vector(cursor);
	else
		found = next_vector(cursor) || next_head_batch(cursor);
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

static void
close_head(SydraCursor *cursor)
{
	if (cursor->head == NULL && cursor->feed == NULL)
		return;
	ExecDropSingleTupleTableSlot(cursor->slot);
	if (cursor->feed != NULL)
		sydra_row_feed_close(cursor->feed);
	else
		GetHeapamTableAmRoutine()->scan_end(cursor->head);
	cursor->head = NULL;
	cursor->feed = NULL;
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
	close_head(cursor);
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

static TupleDesc
row_type(const SydraCursor *cursor)
{
	return cursor->spec.tupdesc ? cursor->spec.tupdesc : RelationGetDescr(cursor->rel);
}

/* Series ---------------------------------------------------------------------------------------*/

static bool
filters_series(const SydraCursor *cursor)
{
	return cursor->spec.tags != NULL || cursor->spec.series_filter != NULL ||
		cursor->spec.one_per_series;
}

static bool
ask_filters(SydraCursor *cursor, uint32 series)
{
	const SydraCursorSpec *spec = &cursor->spec;

	return (spec->tags == NULL ||
			sydra_tag_predicate_matches(spec->tags, cursor->dictionary, series)) &&
		(spec->series_filter == NULL ||
		 spec->series_filter(spec->filter_arg, cursor->dictionary, series));
}

static bool
series_matches(SydraCursor *cursor, uint32 series)
{
	if (!filters_series(cursor))
		return true;
	if (series >= cursor->match_capacity)
	{
		uint32		capacity = Max(1024, cursor->match_capacity);

		while (capacity <= Max(series, sydra_dictionary_max(cursor->dictionary)))
			capacity *= 2;
		if (cursor->matches == NULL)
			cursor->matches = MemoryContextAllocHuge(cursor->context, capacity);
		else
			cursor->matches = repalloc_huge(cursor->matches, capacity);
		memset(cursor->matches + cursor->match_capacity, MATCH_UNKNOWN,
			   capacity - cursor->match_capacity);
		cursor->match_capacity = capacity;
	}
	if (cursor->matches[series] == MATCH_UNKNOWN)
	{
		bool		matches = ask_filters(cursor, series);

		cursor->matches[series] = matches ? MATCH_YES : MATCH_NO;
		cursor->stats.series_matched += matches;
	}
	return cursor->matches[series] == MATCH_YES;
}

/* A row of the series is out: with one_per_series no other is wanted. */
static void
settle_series(SydraCursor *cursor, uint32 series)
{
	if (cursor->spec.one_per_series)
		cursor->matches[series] = MATCH_NO;
}

/*
 * Whether a filter may be asked about the series of a run before one of its rows is known to be
 * there.
 */
static bool
may_ask_early(const SydraCursor *cursor)
{
	return cursor->dead == NULL || cursor->spec.series_filter == NULL ||
		cursor->spec.filter_unseen;
}

/* Whether a span of times, both inclusive, meets the range. */
static bool
is_in_range(const SydraCursor *cursor, int64 first, int64 last)
{
	const SydraCursorSpec *spec = &cursor->spec;

	return last >= spec->time_min && (first < spec->time_max || spec->time_max == PG_INT64_MAX);
}

/* Whether any series that a segment may hold matches, or one that is missing might. */
static bool
any_series_matches(SydraCursor *cursor, const SydraSegment *segment)
{
	if (!filters_series(cursor) ||
		(cursor->spec.series_filter != NULL && !cursor->spec.filter_unseen))
		return true;
	for (int64 series = Max(segment->smin, 1);
		 series <= Min(segment->smax, (int64) sydra_dictionary_persistent_max(cursor->dictionary));
		 series++)
		if (!sydra_dictionary_has(cursor->dictionary, (uint32) series) ||
			series_matches(cursor, (uint32) series))
			return true;
	return false;
}

/*
 * Whether every row that a segment may hold is wanted.  A series in between that it does not hold
 * may make the answer no.
 */
static bool
wants_whole(SydraCursor *cursor, const SydraSegment *segment, int32 signature)
{
	const SydraCursorSpec *spec = &cursor->spec;

	if (segment->tmin < spec->time_min ||
		(segment->tmax >= spec->time_max && spec->time_max != PG_INT64_MAX))
		return false;
	if (!filters_series(cursor))
		return true;
	if (segment->schema_gen != signature ||
		(spec->series_filter != NULL && !spec->filter_unseen))
		return false;
	for (int64 series = segment->smin; series <= segment->smax; series++)
		if (sydra_dictionary_has(cursor->dictionary, (uint32) series) &&
			!series_matches(cursor, (uint32) series))
			return false;
	return true;
}

/* Whether today's series of a segment's rows are those that it is sorted by. */
static bool
may_hold_tags(const SydraCursor *cursor, const SydraSegmentReader *reader)
{
	const SydraTable *table = cursor->spec.table;

	for (int i = 0; i < table->column_count; i++)
		if ((table->columns[i].role == SYDRA_ROLE_TAG ||
			 table->columns[i].role == SYDRA_ROLE_TAGS) &&
			sydra_segment_has(reader, table->columns[i].attnum))
			return true;
	return false;
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
	if (filters_series(cursor))
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

/* Leaves of the batch's rows those that pass all tests; false when there are none. */
static bool
apply_tests(SydraCursor *cursor)
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

/* False for a damaged segment that is to be left out. */
static bool
may_read(SydraCursor *cursor, const SydraSegment *segment)
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
		if (!may_read(cursor, segment))
			continue;
		/* The range may have been narrowed since they were chosen. */
		if (!is_in_range(cursor, segment->tmin, segment->tmax))
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
		if (segment->schema_gen == signature && !any_series_matches(cursor, segment))
		{
			prune_segment(cursor, segment);
			continue;
		}
		if (cursor->spec.take_whole != NULL && wants_whole(cursor, segment, signature) &&
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
		cursor->resolve_rows = cursor->spec.unsorted || may_hold_tags(cursor, cursor->reader);
		read_dead(cursor, segment);
		if (cursor->spec.take_known != NULL && cursor->dead == NULL && !cursor->resolve_rows &&
			wants_whole(cursor, segment, signature) &&
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

/* Puts the vector's runs into the batch; false when none of them matches. */
static bool
take_runs(SydraCursor *cursor, const SydraVectorInfo *info)
{
	SydraBatch *batch = &cursor->batch;
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(cursor->reader, &run_count);
	bool		any = false;

	batch->run_count = info->run_count;
	for (int i = 0; i < info->run_count; i++)
	{
		const SydraRun *run = &runs[info->first_run + i];

		if (run->series > sydra_dictionary_persistent_max(cursor->dictionary))
			ereport(ERROR,
					errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("segment " INT64_FORMAT
						   " of table %s is damaged: series %u does not exist",
						   cursor->segments[cursor->next_segment - 1].segno,
						   sydra_store_table_name(RelationGetRelid(cursor->rel)), run->series));
		cursor->runs[i].series = run->series;
		cursor->runs[i].first_row = Max(run->first_row - info->first_row, 0);
		any = any || cursor->resolve_rows || !may_ask_early(cursor) ||
			series_matches(cursor, run->series);
	}
	return any;
}

/*
 * Makes the batch's runs anew from the tags as they are now: some from columns of the segment, the
 * others from its series, or missing in both.
 */
static void
resolve_rows(SydraCursor *cursor, int vector, int count)
{
	const SydraTable *table = cursor->spec.table;
	int			natts = row_type(cursor)->natts;
	Datum	   *values = palloc0(sizeof(Datum) * natts);
	bool	   *isnull = palloc0(sizeof(bool) * natts);
	SydraVector *held = palloc0(sizeof(SydraVector) * table->column_count);
	SydraRun   *stored = palloc(sizeof(SydraRun) * cursor->batch.run_count);
	int			run = 0;
	int			run_count = 0;

	memcpy(stored, cursor->runs, sizeof(SydraRun) * cursor->batch.run_count);
	for (int i = 0; i < table->column_count; i++)
		if ((table->columns[i].role == SYDRA_ROLE_TAG ||
			 table->columns[i].role == SYDRA_ROLE_TAGS) &&
			!sydra_segment_read(cursor->reader, table->columns[i].attnum, vector, &held[i]))
			held[i].values = NULL;
	for (int row = 0; row < count; row++)
	{
		uint32		series;

		while (run + 1 < cursor->batch.run_count && stored[run + 1].first_row <= row)
			run++;
		for (int i = 0; i < table->column_count; i++)
		{
			const SydraTableColumn *column = &table->columns[i];
			int			place = column->attnum - 1;

			if (column->role != SYDRA_ROLE_TAG && column->role != SYDRA_ROLE_TAGS)
				continue;
			if (held[i].values != NULL)
			{
				isnull[place] = sydra_vector_is_null(&held[i], row);
				if (!isnull[place])
					values[place] = sydra_table_vector_to_datum(column, &held[i], row);
			}
			else
				sydra_dictionary_datum(cursor->dictionary, stored[run].series, column->attnum,
									   &values[place], &isnull[place]);
		}
		series = sydra_dictionary_resolve(cursor->dictionary, values, isnull);
		if (run_count > 0 && cursor->runs[run_count - 1].series == series)
			continue;
		cursor->runs[run_count].series = series;
		cursor->runs[run_count++].first_row = row;
	}
	cursor->batch.run_count = run_count;
}

static bool
all_series_match(SydraCursor *cursor)
{
	for (int i = 0; i < cursor->batch.run_count; i++)
		if (!series_matches(cursor, cursor->batch.runs[i].series))
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

		if (may_ask_early(cursor) && !series_matches(cursor, batch->runs[i].series))
			continue;
		for (int row = batch->runs[i].first_row; row < end; row++)
		{
			cursor->selected[selected] = row;
			if ((times == NULL ||
				 (times[row] >= time_min && (unbounded || times[row] < time_max))) &&
				(cursor->dead == NULL || !sydra_tombstone_test(cursor->dead, first_row + row)))
				selected++;
		}
		if (selected > before && !series_matches(cursor, batch->runs[i].series))
			selected = before;
		if (selected > before && cursor->spec.one_per_series)
		{
			selected = before + 1;
			settle_series(cursor, batch->runs[i].series);
		}
	}
	batch->selected = selected < count ? cursor->selected : NULL;
	batch->selected_count = selected;
	return selected > 0;
}

/* Room ----------------------------------------------------------------------------------------*/

static void
set_value(ColumnRoom *room, SydraVector *vector, int row, Datum value)
{
	const SydraTableColumn *column = room->column;
	SydraBytes	bytes;

	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			((uint8 *) vector->values)[row] = DatumGetBool(value);
			break;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			((int64 *) vector->values)[row] = sydra_table_datum_to_int(value, column->typlen);
			break;
		case SYDRA_KIND_FLOAT:
			((double *) vector->values)[row] = DatumGetFloat8(value);
			break;
		case SYDRA_KIND_FLOAT4:
			((float *) vector->values)[row] = DatumGetFloat4(value);
			break;
		case SYDRA_KIND_TEXT:
			((SydraBytes *) vector->values)[row] = sydra_table_datum_bytes(value, column->typlen);
			break;
		case SYDRA_KIND_DATUM:
			bytes.data = DatumGetPointer(value);
			bytes.length = datumGetSize(value, false, column->typlen);
			((SydraBytes *) vector->values)[row] = bytes;
			break;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			elog(ERROR, "kind %s is not stored", sydra_kind_name(vector->kind));
	}
}

/* Points a column of the batch to its room, where all is null until set. */
static void
clear_room(SydraCursor *cursor, int number)
{
	ColumnRoom *room = &cursor->rooms[number];
	SydraVector *vector = &cursor->batch.columns[number];

	vector->kind = room->column == NULL ? SYDRA_KIND_INT : room->column->kind;
	if (room->values == NULL)
		room->values = palloc0(sydra_kind_size(vector->kind) * SYDRA_BATCH_ROWS);
	memset(room->valid, 0, sizeof(room->valid));
	vector->values = room->values;
	vector->valid = room->valid;
	vector->count = 0;
}

static void
put_value(SydraCursor *cursor, int number, int row, Datum value, bool isnull)
{
	ColumnRoom *room = &cursor->rooms[number];
	SydraVector *vector = &cursor->batch.columns[number];
	Size		size = sydra_kind_size(vector->kind);

	if (isnull)
		memset((char *) room->values + size * row, 0, size);
	else
	{
		room->valid[row / 64] |= UINT64CONST(1) << (row % 64);
		set_value(room, vector, row, value);
	}
}

/* A column without nulls says so. */
static void
finish_room(SydraCursor *cursor, int number, int count)
{
	ColumnRoom *room = &cursor->rooms[number];
	SydraVector *vector = &cursor->batch.columns[number];
	int			words = count / 64;
	bool		full = count % 64 == 0 ||
		room->valid[words] == (UINT64CONST(1) << (count % 64)) - 1;

	for (int word = 0; full && word < words; word++)
		full = room->valid[word] == PG_UINT64_MAX;
	vector->count = count;
	vector->valid = full ? NULL : room->valid;
}

/* A column that the segment does not hold: a tag when it was written, or not there yet. */
static void
fill_column(SydraCursor *cursor, int number, int count)
{
	const SydraTableColumn *column = cursor->rooms[number].column;
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(cursor->reader, &run_count);
	SydraVectorInfo info;
	MemoryContext caller = MemoryContextSwitchTo(cursor->batch_context);

	sydra_segment_vector_info(cursor->reader, cursor->vector, &info);
	for (int i = 0; i < info.run_count; i++)
	{
		int			run = info.first_run + i;
		int			start = Max(runs[run].first_row - info.first_row, 0);
		int			end = run + 1 < run_count ?
			Min(runs[run + 1].first_row - info.first_row, count) : count;
		Datum		value;
		bool		isnull;

		sydra_dictionary_datum(cursor->dictionary, runs[run].series, column->attnum, &value,
							   &isnull);
		for (int row = start; row < end; row++)
			put_value(cursor, number, row, value, isnull);
	}
	finish_room(cursor, number, count);
	MemoryContextSwitchTo(caller);
}

static void
read_column(SydraCursor *cursor, int number, int vector, int count)
{
	if (sydra_segment_read(cursor->reader, cursor->spec.columns[number], vector,
						   &cursor->batch.columns[number]))
		return;
	if (cursor->rooms[number].column == NULL)
		elog(ERROR, "column %d does not exist", cursor->spec.columns[number]);
	clear_room(cursor, number);
	fill_column(cursor, number, count);
}

/* False when no row is left. */
static bool
read_columns(SydraCursor *cursor, int vector, int count)
{
	const SydraCursorSpec *spec = &cursor->spec;

	for (int i = 0; i < spec->test_count; i++)
		read_column(cursor, spec->tests[i].column, vector, count);
	if (!apply_tests(cursor))
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
	if (!is_in_range(cursor, info.time_min, info.time_max) || !take_runs(cursor, &info) ||
		!wants_runs(cursor, &info))
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

		resolve_rows(cursor, vector, info.count);
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

/* Head -----------------------------------------------------------------------------------------*/

static void
open_feed(SydraCursor *cursor)
{
	const SydraCursorSpec *spec = &cursor->spec;

	Assert(spec->shared == NULL);
	cursor->slot = MakeSingleTupleTableSlot(RelationGetDescr(cursor->rel), &TTSOpsVirtual);
	cursor->feed = sydra_row_feed_open(cursor->rel, cursor->snapshot, spec);
}

static void
open_head(SydraCursor *cursor)
{
	const SydraTable *table = cursor->spec.table;

	cursor->slot_attributes = table->time_attnum;
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAG || table->columns[i].role == SYDRA_ROLE_TAGS)
			cursor->slot_attributes = Max(cursor->slot_attributes, table->columns[i].attnum);
	for (int i = 0; i < cursor->spec.column_count; i++)
		cursor->slot_attributes = Max(cursor->slot_attributes, cursor->spec.columns[i]);
	if (cursor->spec.reader != NULL)
	{
		open_feed(cursor);
		return;
	}
	cursor->slot = MakeSingleTupleTableSlot(row_type(cursor), &TTSOpsBufferHeapTuple);
	cursor->head = heap_beginscan(cursor->rel, cursor->snapshot, 0, NULL,
								  cursor->spec.shared ? &cursor->spec.shared->head.base : NULL,
								  SO_TYPE_SEQSCAN | SO_ALLOW_STRAT | SO_ALLOW_PAGEMODE);
}

/* Whether the row in the slot is wanted; then *series is its series. */
static bool
head_row_matches(SydraCursor *cursor, uint32 *series)
{
	const SydraCursorSpec *spec = &cursor->spec;
	TupleTableSlot *slot = cursor->slot;

	if (spec->table->time_attnum != 0)
	{
		bool		isnull;
		int64		time = DatumGetInt64(slot_getattr(slot, spec->table->time_attnum, &isnull));

		if (time < spec->time_min || (time >= spec->time_max && spec->time_max != PG_INT64_MAX))
			return false;
	}
	slot_getsomeattrs(slot, cursor->slot_attributes);
	*series = sydra_dictionary_resolve_slot(cursor->dictionary, slot);
	return series_matches(cursor, *series);
}

/* A value that outlives the slot: flat, in the batch's context. */
static Datum
keep_value(const SydraTableColumn *column, Datum value)
{
	if (column->typbyval)
		return value;
	if (column->typlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return datumCopy(value, false, column->typlen);
}

static uint64
write_xid(SydraCursor *cursor)
{
	HeapTuple	tuple;

	if (cursor->feed != NULL)
		return sydra_row_feed_xid(cursor->feed);
	tuple = ((HeapTupleTableSlot *) cursor->slot)->tuple;
	return U64FromFullTransactionId(sydra_store_widen_xid(HeapTupleHeaderGetRawXmin(tuple->t_data)));
}

static void
put_head_row(SydraCursor *cursor, int row, uint32 series)
{
	SydraBatch *batch = &cursor->batch;
	TupleTableSlot *slot = cursor->slot;

	cursor->head_tids[row] = slot->tts_tid;
	if (batch->run_count == 0 || batch->runs[batch->run_count - 1].series != series)
	{
		batch->runs[batch->run_count].series = series;
		batch->runs[batch->run_count++].first_row = row;
	}
	for (int i = 0; i < cursor->spec.column_count; i++)
	{
		const SydraTableColumn *column = cursor->rooms[i].column;
		bool		isnull;
		Datum		value;

		if (column == NULL)
		{
			((int64 *) batch->columns[i].values)[row] = (int64) write_xid(cursor);
			cursor->rooms[i].valid[row / 64] |= UINT64CONST(1) << (row % 64);
			continue;
		}
		isnull = slot->tts_isnull[column->attnum - 1];
		value = slot->tts_values[column->attnum - 1];
		put_value(cursor, i, row, isnull ? value : keep_value(column, value), isnull);
	}
}

static bool
next_head_row(SydraCursor *cursor)
{
	if (cursor->feed != NULL)
		return sydra_row_feed_next(cursor->feed, cursor->slot);
	return GetHeapamTableAmRoutine()->scan_getnextslot(cursor->head, ForwardScanDirection,
													   cursor->slot);
}

/* The next rows of the head, at least one unless it is at its end then; they are not tested yet. */
static void
fill_head_batch(SydraCursor *cursor)
{
	SydraBatch *batch = &cursor->batch;
	int			count = 0;
	uint32		series;

	batch->run_count = 0;
	batch->selected = NULL;
	batch->settled = PG_INT64_MIN;
	batch->place = PG_INT64_MAX;
	for (int i = 0; i < cursor->spec.column_count; i++)
		clear_room(cursor, i);
	CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(cursor->batch_context);
	while (count < SYDRA_BATCH_ROWS && next_head_row(cursor))
	{
		cursor->stats.rows_head++;
		if ((cursor->stats.rows_head & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (cursor->dedup != NULL && sydra_dedup_head(cursor->dedup, &cursor->slot->tts_tid))
			continue;
		if (head_row_matches(cursor, &series))
		{
			put_head_row(cursor, count++, series);
			settle_series(cursor, series);
		}
	}
	MemoryContextSwitchTo(cursor->context);
	if (count < SYDRA_BATCH_ROWS)
		close_head(cursor);
	for (int i = 0; i < cursor->spec.column_count; i++)
		finish_room(cursor, i, count);
	batch->count = count;
	batch->selected_count = count;
}

static bool
next_head_batch(SydraCursor *cursor)
{
	while (cursor->head != NULL || cursor->feed != NULL)
	{
		MemoryContextReset(cursor->batch_context);
		fill_head_batch(cursor);
		if (apply_tests(cursor))
			return true;
	}
	return false;
}

/* All series beforehand -------------------------------------------------------------------------*/

/* The rows of a segment that is not sorted by today's series. */
static void
meet_segment_series(SydraCursor *cursor)
{
	MemoryContext caller = MemoryContextSwitchTo(cursor->batch_context);

	for (int vector = 0; vector < sydra_segment_vector_count(cursor->reader); vector++)
	{
		SydraVectorInfo info;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(cursor->batch_context);
		sydra_segment_vector_info(cursor->reader, vector, &info);
		if (take_runs(cursor, &info))
			resolve_rows(cursor, vector, info.count);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Enters every series that the rows to come may have.  Segments name theirs in the dictionary that
 * is stored; the head's rows have to be looked at, and those of segments whose tags are not today's.
 */
static void
meet_series(SydraCursor *cursor)
{
	int32		signature = sydra_table_signature(cursor->spec.table);
	MemoryContext caller;
	TableScanDesc scan = NULL;
	uint32		series;

	for (int i = 0; i < cursor->segment_count; i++)
	{
		if (cursor->segments[i].schema_gen == signature || !may_read(cursor, &cursor->segments[i]))
			continue;
		cursor->next_segment = i + 1;
		cursor->reader = sydra_segment_open(cursor->rel, &cursor->store, cursor->spec.table,
											&cursor->segments[i]);
		cursor->resolve_rows = may_hold_tags(cursor, cursor->reader);
		if (cursor->resolve_rows)
			meet_segment_series(cursor);
		sydra_segment_close(cursor->reader);
		cursor->reader = NULL;
	}
	cursor->next_segment = 0;

	if (cursor->feed == NULL)
		scan = heap_beginscan(cursor->rel, cursor->snapshot, 0, NULL, NULL,
							  SO_TYPE_SEQSCAN | SO_ALLOW_STRAT | SO_ALLOW_PAGEMODE);
	caller = MemoryContextSwitchTo(cursor->batch_context);
	for (int64 rows = 0; scan ? heap_getnextslot(scan, ForwardScanDirection, cursor->slot) :
		 next_head_row(cursor); rows++)
	{
		if (rows % SYDRA_BATCH_ROWS == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(cursor->batch_context);
		}
		head_row_matches(cursor, &series);
	}
	MemoryContextSwitchTo(caller);
	if (scan != NULL)
		heap_endscan(scan);
	else
		sydra_row_feed_rewind(cursor->feed);
	ExecClearTuple(cursor->slot);
}

bool
sydra_cursor_has_one_series(SydraCursor *cursor)
{
	uint32		max = sydra_dictionary_max(cursor->dictionary);
	int			found = 0;

	Assert(cursor->spec.all_series);
	for (uint32 series = 1; series <= max && found < 2; series++)
	{
		CHECK_FOR_INTERRUPTS();
		found += sydra_dictionary_has(cursor->dictionary, series) && series_matches(cursor, series);
	}
	return found < 2;
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
