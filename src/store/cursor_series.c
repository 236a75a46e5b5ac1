/*
 * cursor_series.c
 *	  Which series a cursor wants, and of which series a segment's rows are.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/cursor_part.h"

/* Whether a series satisfies the predicate. */
typedef enum Match
{
	MATCH_UNKNOWN,
	MATCH_YES,
	MATCH_NO
} Match;

bool
sydra_cursor_series_filtered(const SydraCursor *cursor)
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

bool
sydra_cursor_series_matches(SydraCursor *cursor, uint32 series)
{
	if (!sydra_cursor_series_filtered(cursor))
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

void
sydra_cursor_series_settle(SydraCursor *cursor, uint32 series)
{
	if (cursor->spec.one_per_series)
		cursor->matches[series] = MATCH_NO;
}

bool
sydra_cursor_series_early(const SydraCursor *cursor)
{
	return cursor->dead == NULL || cursor->spec.series_filter == NULL ||
		cursor->spec.filter_unseen;
}

bool
sydra_cursor_series_any(SydraCursor *cursor, const SydraSegment *segment)
{
	if (!sydra_cursor_series_filtered(cursor) ||
		(cursor->spec.series_filter != NULL && !cursor->spec.filter_unseen))
		return true;
	for (int64 series = Max(segment->smin, 1);
		 series <= Min(segment->smax, (int64) sydra_dictionary_persistent_max(cursor->dictionary));
		 series++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!sydra_dictionary_has(cursor->dictionary, (uint32) series) ||
			sydra_cursor_series_matches(cursor, (uint32) series))
			return true;
	}
	return false;
}

bool
sydra_cursor_series_whole(SydraCursor *cursor, const SydraSegment *segment, int32 signature)
{
	const SydraCursorSpec *spec = &cursor->spec;

	if (segment->tmin < spec->time_min ||
		(segment->tmax >= spec->time_max && spec->time_max != PG_INT64_MAX))
		return false;
	if (!sydra_cursor_series_filtered(cursor))
		return true;
	if (segment->schema_gen != signature ||
		(spec->series_filter != NULL && !spec->filter_unseen))
		return false;
	for (int64 series = segment->smin; series <= segment->smax; series++)
	{
		CHECK_FOR_INTERRUPTS();
		if (sydra_dictionary_has(cursor->dictionary, (uint32) series) &&
			!sydra_cursor_series_matches(cursor, (uint32) series))
			return false;
	}
	return true;
}

bool
sydra_cursor_series_held(const SydraCursor *cursor, const SydraSegmentReader *reader)
{
	const SydraTable *table = cursor->spec.table;

	for (int i = 0; i < table->column_count; i++)
		if ((table->columns[i].role == SYDRA_ROLE_TAG ||
			 table->columns[i].role == SYDRA_ROLE_TAGS) &&
			sydra_segment_has(reader, table->columns[i].attnum))
			return true;
	return false;
}

bool
sydra_cursor_series_take(SydraCursor *cursor, const SydraVectorInfo *info)
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
		any = any || cursor->resolve_rows || !sydra_cursor_series_early(cursor) ||
			sydra_cursor_series_matches(cursor, run->series);
	}
	return any;
}

void
sydra_cursor_series_resolve(SydraCursor *cursor, int vector, int count)
{
	const SydraTable *table = cursor->spec.table;
	int			natts = sydra_cursor_row_type(cursor)->natts;
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
		if (sydra_cursor_series_take(cursor, &info))
			sydra_cursor_series_resolve(cursor, vector, info.count);
	}
	MemoryContextSwitchTo(caller);
}

void
sydra_cursor_series_meet(SydraCursor *cursor)
{
	int32		signature = sydra_table_signature(cursor->spec.table);
	MemoryContext caller;
	TableScanDesc scan = NULL;
	uint32		series;

	for (int i = 0; i < cursor->segment_count; i++)
	{
		if (cursor->segments[i].schema_gen == signature ||
			!sydra_cursor_may_read(cursor, &cursor->segments[i]))
			continue;
		cursor->next_segment = i + 1;
		cursor->reader = sydra_segment_open(cursor->rel, &cursor->store, cursor->spec.table,
											&cursor->segments[i]);
		cursor->resolve_rows = sydra_cursor_series_held(cursor, cursor->reader);
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
		 sydra_cursor_head_next(cursor); rows++)
	{
		if (rows % SYDRA_BATCH_ROWS == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(cursor->batch_context);
		}
		sydra_cursor_head_matches(cursor, &series);
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
		found += sydra_dictionary_has(cursor->dictionary, series) &&
			sydra_cursor_series_matches(cursor, series);
	}
	return found < 2;
}
