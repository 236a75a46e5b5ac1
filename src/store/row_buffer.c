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
#define ADD_MAX 128				/* rows that are added together */
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

/* Whoever adds rows asks for each of them: counted only where it changes. */
static void
note_allocated(SydraRowBuffer *buffer)
{
	buffer->allocated = MemoryContextMemAllocated(buffer->context, true);
}

SydraRowBuffer *
sydra_row_buffer_create(const SydraTable *table, TupleDesc tupdesc, SydraDictionary *dictionary)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra row buffer",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraRowBuffer *buffer = palloc0(sizeof(SydraRowBuffer));

	buffer->context = context;
	buffer->arena_context = AllocSetContextCreate(context, "sydra row buffer values",
												  ALLOCSET_DEFAULT_SIZES);
	buffer->table = table;
	buffer->dictionary = dictionary;
	buffer->natts = tupdesc->natts;
	buffer->columns = palloc0(sizeof(SydraBufferColumn) * Max(table->column_count, 1));
	buffer->references = palloc(sizeof(SydraTableColumn *) * Max(table->column_count, 1));
	for (int i = 0; i < table->column_count; i++)
	{
		if (table->columns[i].typbyval)
			buffer->fixed_bytes += sizeof(int64);
		else
			buffer->references[buffer->reference_count++] = &table->columns[i];
		if (table->columns[i].role != SYDRA_ROLE_FIELD)
			continue;
		buffer->columns[buffer->column_count].column = &table->columns[i];
		buffer->columns[buffer->column_count].kind = stored_kind(table->columns[i].kind);
		buffer->columns[buffer->column_count].att = table->columns[i].attnum - 1;
		buffer->columns[buffer->column_count].typlen = table->columns[i].typlen;
		buffer->column_count++;
	}
	buffer->xid_min = PG_UINT64_MAX;
	note_allocated(buffer);
	MemoryContextSwitchTo(caller);
	return buffer;
}

void
sydra_row_buffer_clear(SydraRowBuffer *buffer)
{
	for (int i = 0; i < buffer->column_count; i++)
		buffer->columns[i].has_nulls = false;
	MemoryContextReset(buffer->arena_context);
	buffer->arena_left = buffer->arena_bytes = 0;
	buffer->xid_min = PG_UINT64_MAX;
	buffer->xid_max = 0;
	buffer->bytes_max = 0;
	buffer->count = 0;
	note_allocated(buffer);
}

void
sydra_row_buffer_strip(SydraRowBuffer *buffer, SydraRowLoader *loader, void *arg)
{
	for (int i = 0; i < buffer->column_count && buffer->capacity > 0; i++)
	{
		pfree(buffer->columns[i].values);
		pfree(buffer->columns[i].nulls);
	}
	buffer->column_count = 0;
	MemoryContextReset(buffer->arena_context);
	buffer->arena_left = buffer->arena_bytes = 0;
	buffer->loader = loader;
	buffer->loader_arg = arg;
	note_allocated(buffer);
}

static void *
grow(SydraRowBuffer *buffer, void *array, int capacity, Size element)
{
	if (array == NULL)
		return MemoryContextAllocHuge(buffer->context, element * capacity);
	return repalloc_huge(array, element * capacity);
}

static void
make_room(SydraRowBuffer *buffer, int count)
{
	int			capacity;

	if (count <= buffer->capacity - buffer->count)
		return;
	StaticAssertStmt(ADD_MAX <= CAPACITY_MIN, "twice the capacity is enough");
	capacity = Max(CAPACITY_MIN, buffer->capacity * 2);
	buffer->times = grow(buffer, buffer->times, capacity, sizeof(int64));
	buffer->xids = grow(buffer, buffer->xids, capacity, sizeof(uint64));
	if (buffer->has_tids)
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
	note_allocated(buffer);
}

static SydraBytes
copy_bytes(SydraRowBuffer *buffer, SydraBytes bytes)
{
	SydraBytes	copy = {buffer->arena, bytes.length};

	if (bytes.length > buffer->arena_left)
	{
		buffer->arena = MemoryContextAlloc(buffer->arena_context, ARENA_BLOCK);
		buffer->arena_left = ARENA_BLOCK;
		buffer->arena_bytes += ARENA_BLOCK;
		note_allocated(buffer);
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
	if (column->typlen == -1 && VARATT_IS_SHORT(DatumGetPointer(value)) &&
		!VARATT_IS_EXTERNAL(DatumGetPointer(value)))
		return VARSIZE_SHORT(DatumGetPointer(value)) - VARHDRSZ_SHORT;
	if (column->typlen == -1)
		return toast_raw_datum_size(value) - VARHDRSZ;
	return column->typlen == -2 ? strlen(DatumGetPointer(value)) + 1 : column->typlen;
}

/* Whether the row can stand in a segment, and how many bytes it has. */
static bool
measure_row(const SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 *bytes)
{
	AttrNumber	time_attnum = buffer->table->time_attnum;
	Size		total = buffer->fixed_bytes;
	Size		tags = 0;
	int64		time;

	if (time_attnum == 0 || slot->tts_isnull[time_attnum - 1])
		return false;
	time = DatumGetInt64(slot->tts_values[time_attnum - 1]);
	if (time == DT_NOBEGIN || time == DT_NOEND)
		return false;
	for (int i = 0; i < buffer->reference_count; i++)
	{
		const SydraTableColumn *column = buffer->references[i];
		Size		size;

		if (slot->tts_isnull[column->attnum - 1])
			continue;
		size = value_bytes(column, slot->tts_values[column->attnum - 1]);
		if (size > VALUE_BYTES_MAX)
			return false;
		if (column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS)
			tags += size;
		else
			total += size + sizeof(int64);
	}
	*bytes = (uint32) total;
	return total <= ROW_BYTES_MAX && tags <= TAG_BYTES_MAX;
}

static SydraBytes
add_bytes(SydraRowBuffer *buffer, Datum value, int16 typlen)
{
	SydraBytes	bytes = sydra_table_datum_bytes(value, typlen);
	SydraBytes	copy = copy_bytes(buffer, bytes);

	/* A detoasted copy begins with a header of four bytes. */
	if (typlen == -1 && VARATT_IS_EXTENDED(DatumGetPointer(value)) &&
		!VARATT_IS_SHORT(DatumGetPointer(value)))
		pfree(unconstify(char *, bytes.data) - VARHDRSZ);
	return copy;
}

/* The element of a null is zero. */
static inline void
set_value(SydraRowBuffer *buffer, SydraBufferColumn *column, int row, Datum value, bool isnull)
{
	int16		typlen = column->typlen;

	column->nulls[row] = isnull;
	column->has_nulls |= isnull;
	switch (column->kind)
	{
		case SYDRA_STORED_INT:
			((int64 *) column->values)[row] = isnull ? 0 : typlen == sizeof(int64) ?
				DatumGetInt64(value) : sydra_table_datum_to_int(value, typlen);
			break;
		case SYDRA_STORED_FLOAT8:
			((double *) column->values)[row] = isnull ? 0 : DatumGetFloat8(value);
			break;
		case SYDRA_STORED_FLOAT4:
			((float *) column->values)[row] = isnull ? 0 : DatumGetFloat4(value);
			break;
		case SYDRA_STORED_BOOL:
			((uint8 *) column->values)[row] = isnull ? 0 : DatumGetBool(value);
			break;
		case SYDRA_STORED_BYTES:
			if (isnull)
				memset(&((SydraBytes *) column->values)[row], 0, sizeof(SydraBytes));
			else
				((SydraBytes *) column->values)[row] = add_bytes(buffer, value, typlen);
			break;
	}
}

/*
 * Adds rows that can stand in a segment, but for their tids; bytes are those that each takes.
 * series 0: their tags tell.
 */
static void
add_rows(SydraRowBuffer *buffer, TupleTableSlot **slots, const uint32 *bytes, int count,
		 uint32 series, FullTransactionId xid)
{
	int			time = buffer->table->time_attnum - 1;

	if (count == 0)
		return;
	make_room(buffer, count);
	for (int i = 0; i < count; i++)
	{
		int			row = buffer->count + i;

		buffer->times[row] = DatumGetInt64(slots[i]->tts_values[time]);
		buffer->xids[row] = U64FromFullTransactionId(xid);
		buffer->series[row] = series != 0 ? series :
			sydra_dictionary_resolve_slot(buffer->dictionary, slots[i]);
		buffer->excluded[row] = false;
		buffer->bytes[row] = bytes[i] + 2 * sizeof(int64);
		buffer->bytes_max = Max(buffer->bytes_max, buffer->bytes[row]);
	}
	buffer->xid_min = Min(buffer->xid_min, U64FromFullTransactionId(xid));
	buffer->xid_max = Max(buffer->xid_max, U64FromFullTransactionId(xid));
	for (int i = 0; i < buffer->column_count; i++)
	{
		SydraBufferColumn *column = &buffer->columns[i];
		int			att = column->att;

		for (int j = 0; j < count; j++)
			set_value(buffer, column, buffer->count + j, slots[j]->tts_values[att],
					  slots[j]->tts_isnull[att]);
	}
	buffer->count += count;
}

static bool
add_row(SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 series, FullTransactionId xid)
{
	uint32		bytes;

	Assert(slot->tts_tupleDescriptor->natts == buffer->natts);
	slot_getallattrs(slot);
	if (!measure_row(buffer, slot, &bytes))
		return false;
	add_rows(buffer, &slot, &bytes, 1, series, xid);
	return true;
}

bool
sydra_row_buffer_add(SydraRowBuffer *buffer, TupleTableSlot *slot, const ItemPointerData *tid,
					 FullTransactionId xid)
{
	Assert(buffer->count == 0 || buffer->has_tids);
	buffer->has_tids = true;
	if (!add_row(buffer, slot, 0, xid))
		return false;
	buffer->tids[buffer->count - 1] = *tid;
	return true;
}

bool
sydra_row_buffer_add_to(SydraRowBuffer *buffer, TupleTableSlot *slot, uint32 series,
						FullTransactionId xid)
{
	Assert(!buffer->has_tids);
	return add_row(buffer, slot, series, xid);
}

void
sydra_row_buffer_cut(SydraRowBuffer *buffer, int count)
{
	Assert(count <= buffer->count);
	buffer->count = count;
}

int
sydra_row_buffer_add_new(SydraRowBuffer *buffer, TupleTableSlot **slots, int count,
						 FullTransactionId xid)
{
	uint32		bytes[ADD_MAX];
	TupleTableSlot *accepted[ADD_MAX];
	int			accepted_count = 0;
	int			refused_count = 0;

	Assert(!buffer->has_tids);
	for (int i = 0; i < count; i++)
	{
		slot_getallattrs(slots[i]);
		if (!measure_row(buffer, slots[i], &bytes[accepted_count]))
		{
			slots[refused_count++] = slots[i];
			continue;
		}
		accepted[accepted_count++] = slots[i];
		if (accepted_count == ADD_MAX)
		{
			add_rows(buffer, accepted, bytes, accepted_count, 0, xid);
			accepted_count = 0;
		}
	}
	add_rows(buffer, accepted, bytes, accepted_count, 0, xid);
	return refused_count;
}

static Datum
get_datum(const SydraBufferColumn *column, int row)
{
	int16		typlen = column->typlen;

	switch (column->kind)
	{
		case SYDRA_STORED_INT:
			return sydra_table_int_to_datum(((const int64 *) column->values)[row], typlen);
		case SYDRA_STORED_FLOAT8:
			return Float8GetDatum(((const double *) column->values)[row]);
		case SYDRA_STORED_FLOAT4:
			return Float4GetDatum(((const float *) column->values)[row]);
		case SYDRA_STORED_BOOL:
			return BoolGetDatum(((const uint8 *) column->values)[row] != 0);
		case SYDRA_STORED_BYTES:
			return sydra_table_bytes_to_datum(((const SydraBytes *) column->values)[row], typlen);
	}
	elog(ERROR, "unknown stored kind %d", (int) column->kind);
}

void
sydra_row_buffer_form(const SydraRowBuffer *buffer, int row, TupleTableSlot *slot)
{
	const SydraTable *table = buffer->table;
	int			field = 0;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, sizeof(bool) * buffer->natts);
	for (int i = 0; i < table->column_count; i++)
	{
		AttrNumber	attnum = table->columns[i].attnum;
		Datum	   *value = &slot->tts_values[attnum - 1];
		bool	   *isnull = &slot->tts_isnull[attnum - 1];

		switch (table->columns[i].role)
		{
			case SYDRA_ROLE_TIME:
				*value = Int64GetDatum(buffer->times[row]);
				*isnull = false;
				break;
			case SYDRA_ROLE_TAG:
			case SYDRA_ROLE_TAGS:
				sydra_dictionary_datum(buffer->dictionary, buffer->series[row], attnum, value,
									   isnull);
				break;
			case SYDRA_ROLE_FIELD:
				*isnull = buffer->columns[field].nulls[row];
				if (!*isnull)
					*value = get_datum(&buffer->columns[field], row);
				field++;
				break;
		}
	}
	ExecStoreVirtualTuple(slot);
}

Size
sydra_row_buffer_growth(const SydraRowBuffer *buffer, int count)
{
	Size		row = sizeof(int64) + sizeof(uint64) + 2 * sizeof(uint32) + sizeof(bool);

	if (count <= buffer->capacity - buffer->count)
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
	return buffer->allocated;
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
