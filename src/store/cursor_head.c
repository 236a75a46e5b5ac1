/*
 * cursor_head.c
 *	  The rows of the head, or those that PostgreSQL's executor gives in their place, as batches.
 *
 * They are looked at one by one, and only those wanted are put into a batch.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/cursor_part.h"

static void
open_feed(SydraCursor *cursor)
{
	const SydraCursorSpec *spec = &cursor->spec;

	Assert(spec->shared == NULL);
	cursor->slot = MakeSingleTupleTableSlot(RelationGetDescr(cursor->rel), &TTSOpsVirtual);
	cursor->feed = sydra_row_feed_open(cursor->rel, cursor->snapshot, spec);
}

void
sydra_cursor_head_open(SydraCursor *cursor)
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
	cursor->slot = MakeSingleTupleTableSlot(sydra_cursor_row_type(cursor), &TTSOpsBufferHeapTuple);
	cursor->head = heap_beginscan(cursor->rel, cursor->snapshot, 0, NULL,
								  cursor->spec.shared ? &cursor->spec.shared->head.base : NULL,
								  SO_TYPE_SEQSCAN | SO_ALLOW_STRAT | SO_ALLOW_PAGEMODE);
}

void
sydra_cursor_head_close(SydraCursor *cursor)
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

bool
sydra_cursor_head_matches(SydraCursor *cursor, uint32 *series)
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
	return sydra_cursor_series_matches(cursor, *series);
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
	sydra_cursor_room_put(cursor, row);
}

bool
sydra_cursor_head_next(SydraCursor *cursor)
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
		sydra_cursor_room_clear(cursor, i);
	CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(cursor->batch_context);
	while (count < SYDRA_BATCH_ROWS && sydra_cursor_head_next(cursor))
	{
		cursor->stats.rows_head++;
		if ((cursor->stats.rows_head & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (cursor->dedup != NULL && sydra_dedup_head(cursor->dedup, &cursor->slot->tts_tid))
			continue;
		if (sydra_cursor_head_matches(cursor, &series))
		{
			put_head_row(cursor, count++, series);
			sydra_cursor_series_settle(cursor, series);
		}
	}
	MemoryContextSwitchTo(cursor->context);
	if (count < SYDRA_BATCH_ROWS)
		sydra_cursor_head_close(cursor);
	for (int i = 0; i < cursor->spec.column_count; i++)
		sydra_cursor_room_finish(cursor, i, count);
	batch->count = count;
	batch->selected_count = count;
}

bool
sydra_cursor_head_batch(SydraCursor *cursor)
{
	while (cursor->head != NULL || cursor->feed != NULL)
	{
		MemoryContextReset(cursor->batch_context);
		fill_head_batch(cursor);
		if (sydra_cursor_apply_tests(cursor))
			return true;
	}
	return false;
}
