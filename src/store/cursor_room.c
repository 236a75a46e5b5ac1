/*
 * cursor_room.c
 *	  Columns of a batch that the cursor fills itself: with rows of the head, and with what a segment
 *	  does not hold.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/cursor_part.h"

static void
set_value(SydraColumnRoom *room, SydraVector *vector, int row, Datum value)
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

void
sydra_cursor_room_clear(SydraCursor *cursor, int number)
{
	SydraColumnRoom *room = &cursor->rooms[number];
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
	SydraColumnRoom *room = &cursor->rooms[number];
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

void
sydra_cursor_room_finish(SydraCursor *cursor, int number, int count)
{
	SydraColumnRoom *room = &cursor->rooms[number];
	SydraVector *vector = &cursor->batch.columns[number];
	int			words = count / 64;
	bool		full = count % 64 == 0 ||
		room->valid[words] == (UINT64CONST(1) << (count % 64)) - 1;

	for (int word = 0; full && word < words; word++)
		full = room->valid[word] == PG_UINT64_MAX;
	vector->count = count;
	vector->valid = full ? NULL : room->valid;
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
	TransactionId xmin;

	if (cursor->feed != NULL)
		return sydra_row_feed_xid(cursor->feed);
	xmin = HeapTupleHeaderGetRawXmin(((HeapTupleTableSlot *) cursor->slot)->tuple->t_data);
	if (xmin != cursor->head_xmin)
	{
		cursor->head_xmin = xmin;
		cursor->head_xid = U64FromFullTransactionId(sydra_store_widen_xid(xmin));
	}
	return cursor->head_xid;
}

void
sydra_cursor_room_put(SydraCursor *cursor, int row)
{
	SydraBatch *batch = &cursor->batch;
	TupleTableSlot *slot = cursor->slot;

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

void
sydra_cursor_room_fill(SydraCursor *cursor, int number, int count)
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
	sydra_cursor_room_finish(cursor, number, count);
	MemoryContextSwitchTo(caller);
}
