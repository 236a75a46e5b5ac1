/*
 * row_buffer.c
 *	  Rows on their way into segments.
 *
 * Held by column, so that sorting moves row numbers only.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "store/row_buffer.h"

#define VALUE_BYTES_MAX (1024 * 1024)
#define ROW_BYTES_MAX (16 * 1024 * 1024)
#define TAG_BYTES_MAX (64 * 1024)
#define CAPACITY_MIN 1024		/* rows */
#define ARENA_BLOCK (4 * 1024 * 1024)

static SydraStoredKind
stored_kind(SydraKind kind)
{
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			return SYDRA_STORED_BOOL;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			return SYDRA_STORED_INT;
		case SYDRA_KIND_FLOAT:
			return SYDRA_STORED_FLOAT8;
		case SYDRA_KIND_FLOAT4:
			return SYDRA_STORED_FLOAT4;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			return SYDRA_STORED_BYTES;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			break;
	}
	elog(ERROR, "kind %s is not stored", sydra_kind_name(kind));
}

/* Bytes of a value of the kind in SydraBufferColumn.values. */
static Size
get_value_size(SydraStoredKind kind)
{
	switch (kind)
	{
		case SYDRA_STORED_INT:
			return sizeof(int64);
		case SYDRA_STORED_FLOAT8:
			return sizeof(double);
		case SYDRA_STORED_FLOAT4:
			return sizeof(float);
		case SYDRA_STORED_BOOL:
			return sizeof(uint8);
		case SYDRA_STORED_BYTES:
			return sizeof(SydraBytes);
	}
	elog(ERROR, "unknown stored kind %d", (int) kind);
}

SydraRowBuffer *
sydra_row_buffer_create(const SydraTable *table, TupleDesc tupdesc, SydraDictionary *dictionary)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra row buffer",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraRowBuffer *buffer = palloc0(sizeof(SydraRowBuffer));

	buffer->context = context;
	buffer->table = table;
	buffer->dictionary = dictionary;
	buffer->natts = tupdesc->natts;
	buffer->columns = palloc0(sizeof(SydraBufferColumn) * Max(table->column_count, 1));
	for (int i = 0; i < table->column_count; i++)
	{
		if (table->columns[i].role != SYDRA_ROLE_FIELD)
			continue;
		buffer->columns[buffer->column_count].column = &table->columns[i];
		buffer->columns[buffer->column_count].kind = stored_kind(table->columns[i].kind);
		buffer->column_count++;
	}
	MemoryContextSwitchTo(caller);
	return buffer;
}

static void *
grow(SydraRowBuffer *buffer, void *array, int capacity, Size element)
{
	if (array == NULL)
		return MemoryContextAllocHuge(buffer->context, element * capacity);
	return repalloc_huge(array, element * capacity);
}

static void
make_room(SydraRowBuffer *buffer)
{
	int			capacity;

	if (buffer->count < buffer->capacity)
		return;
	capacity = Max(CAPACITY_MIN, buffer->capacity * 2);
	buffer->times = grow(buffer, buffer->times, capacity, sizeof(int64));
	buffer->xids = grow(buffer, buffer->xids, capacity, sizeof(uint64));
	buffer->tids = grow(buffer, buffer->tids, capacity, sizeof(ItemPointerData));
	buffer->series = grow(buffer, buffer->series, capacity, sizeof(uint32));
	buffer->excluded = grow(buffer, buffer->excluded, capacity, sizeof(bool));
	buffer->bytes = grow(buffer, buffer->bytes, capacity, sizeof(uint32));
	for (int i = 0; i < buffer->column_count; i++)
	{
		SydraBufferColumn *column = &buffer->columns[i];

		column->values = grow(buffer, column->values, capacity,
							  get_value_size(column->kind));
		column->nulls = grow(buffer, column->nulls, capacity, sizeof(bool));
	}
	buffer->capacity = capacity;
}

static SydraBytes
copy_bytes(SydraRowBuffer *buffer, SydraBytes bytes)
{
	SydraBytes	copy = {buffer->arena, bytes.length};

	if (bytes.length > buffer->arena_left)
	{
		buffer->arena = MemoryContextAlloc(buffer->context, ARENA_BLOCK);
		buffer->arena_left = ARENA_BLOCK;
		buffer->arena_bytes += ARENA_BLOCK;
		copy.data = buffer->arena;
	}
	memcpy(buffer->arena, bytes.data, bytes.length);
	buffer->arena += bytes.length;
	buffer->arena_left -= bytes.length;
	return copy;
}

/* Bytes of a by-reference value when detoasted, found without detoasting it. */
static Size
value_bytes(const SydraTableColumn *column, Datum value)
{
	if (column->typlen == -1)
		return toast_raw_datum_size(value) - VARHDRSZ;
	return column->typlen == -2 ? strlen(DatumGetPointer(value)) + 1 : column->typlen;
}

/* Whether the row can stand in a segment, and how many bytes it has. */
static bool
measure_row(const SydraTable *table, TupleTableSlot *slot, uint32 *bytes)
{
	Size		total = 0;
	Size		tags = 0;
	int64		time;

	if (table->time_attnum == 0 || slot->tts_isnull[table->time_attnum - 1])
		return false;
	time = DatumGetInt64(slot->tts_values[table->time_attnum - 1]);
	if (time == DT_NOBEGIN || time == DT_NOEND)
		return false;
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		Size		size = sizeof(int64);

		if (slot->tts_isnull[column->attnum - 1])
			continue;
		if (!column->typbyval)
			size = value_bytes(column, slot->tts_values[column->attnum - 1]);
		if (size > VALUE_BYTES_MAX)
			return false;
		if (column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS)
			tags += size;
		else
			total += size;
	}
	*bytes = (uint32) total;
	return total <= ROW_BYTES_MAX && tags <= TAG_BYTES_MAX;
}

static void
add_value(SydraRowBuffer *buffer, SydraBufferColumn *column, Datum value)
{
	int			row = buffer->count;
	int16		typlen = column->column->typlen;
	SydraBytes	bytes;

	switch (column->kind)
	{
		case SYDRA_STORED_INT:
			((int64 *) column->values)[row] = sydra_table_datum_to_int(value, typlen);
			break;
		case SYDRA_STORED_FLOAT8:
			((double *) column->values)[row] = DatumGetFloat8(value);
			break;
		case SYDRA_STORED_FLOAT4:
			((float *) column->values)[row] = DatumGetFloat4(value);
			break;
		case SYDRA_STORED_BOOL:
			((uint8 *) column->values)[row] = DatumGetBool(value);
			break;
		case SYDRA_STORED_BYTES:
			bytes = sydra_table_datum_bytes(value, typlen);
			((SydraBytes *) column->values)[row] = copy_bytes(buffer, bytes);

			/* A detoasted copy begins with a header of four bytes. */
			if (typlen == -1 && VARATT_IS_EXTENDED(DatumGetPointer(value)) &&
				!VARATT_IS_SHORT(DatumGetPointer(value)))
				pfree(unconstify(char *, bytes.data) - VARHDRSZ);
			break;
	}
}

/* Whether there is to be a row more: then room for it is made, and its number of bytes entered. */
static bool
begin_row(SydraRowBuffer *buffer, TupleTableSlot *slot)
{
	uint32		bytes;

	Assert(slot->tts_tupleDescriptor->natts == buffer->natts);
	slot_getallattrs(slot);
	if (!measure_row(buffer->table, slot, &bytes))
		return false;
	make_room(buffer);
	buffer->bytes[buffer->count] = bytes + 2 * sizeof(int64);
	return true;
}

static void
add_row(SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 series, const ItemPointerData *tid,
		FullTransactionId xid)
{
	int			row = buffer->count;

	buffer->times[row] = DatumGetInt64(slot->tts_values[buffer->table->time_attnum - 1]);
	buffer->xids[row] = U64FromFullTransactionId(xid);
	buffer->tids[row] = *tid;
	buffer->series[row] = series;
	buffer->excluded[row] = false;
	for (int i = 0; i < buffer->column_count; i++)
	{
		SydraBufferColumn *column = &buffer->columns[i];
		AttrNumber	attnum = column->column->attnum;
		Size		size = get_value_size(column->kind);

		column->nulls[row] = slot->tts_isnull[attnum - 1];
		if (column->nulls[row])
			memset((char *) column->values + size * row, 0, size);
		else
			add_value(buffer, column, slot->tts_values[attnum - 1]);
	}
	buffer->count++;
}

bool
sydra_row_buffer_add(SydraRowBuffer *buffer, TupleTableSlot *slot, const ItemPointerData *tid,
					 FullTransactionId xid)
{
	if (!begin_row(buffer, slot))
		return false;
	add_row(buffer, slot, sydra_dictionary_resolve_slot(buffer->dictionary, slot), tid, xid);
	return true;
}

bool
sydra_row_buffer_add_to(SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 series,
						FullTransactionId xid)
{
	ItemPointerData nowhere;

	if (!begin_row(buffer, slot))
		return false;
	ItemPointerSetInvalid(&nowhere);
	add_row(buffer, slot, series, &nowhere, xid);
	return true;
}

void
sydra_row_buffer_cut(SydraRowBuffer *buffer, int count)
{
	Assert(count <= buffer->count);
	buffer->count = count;
}

bool
sydra_row_buffer_accepts(const SydraTable *table, TupleTableSlot *slot)
{
	uint32		bytes;

	return measure_row(table, slot, &bytes);
}

Size
sydra_row_buffer_growth(const SydraRowBuffer *buffer)
{
	Size		row = sizeof(int64) + sizeof(uint64) + sizeof(ItemPointerData) +
		2 * sizeof(uint32) + sizeof(bool);

	if (buffer->count < buffer->capacity)
		return 0;
	for (int i = 0; i < buffer->column_count; i++)
		row += get_value_size(buffer->columns[i].kind) + sizeof(bool);
	return row * Max(buffer->capacity, CAPACITY_MIN);
}

int
sydra_row_buffer_count(const SydraRowBuffer *buffer)
{
	return buffer->count;
}

Size
sydra_row_buffer_bytes(const SydraRowBuffer *buffer)
{
	return MemoryContextMemAllocated(buffer->context, true);
}

const ItemPointerData *
sydra_row_buffer_tid(const SydraRowBuffer *buffer, int row)
{
	return &buffer->tids[row];
}

void
sydra_row_buffer_exclude(SydraRowBuffer *buffer, int row)
{
	buffer->excluded[row] = true;
}

bool
sydra_row_buffer_is_excluded(const SydraRowBuffer *buffer, int row)
{
	return buffer->excluded[row];
}
