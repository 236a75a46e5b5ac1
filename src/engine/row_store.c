/*
 * row_store.c
 *	  Rows kept side by side.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/operator.h"
#include "engine/row_store.h"
#include "vector/valid.h"

#define TEXTS_BYTES 65536

SydraRowStore *
sydra_row_store_create(const SydraPlan *plan)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra rows",
												  ALLOCSET_DEFAULT_SIZES);
	SydraRowStore *store = MemoryContextAllocZero(context, sizeof(SydraRowStore));
	int			offset = MAXALIGN((plan->column_count + 7) / 8);

	store->context = context;
	store->column_count = plan->column_count;
	store->kinds = MemoryContextAlloc(context, sizeof(SydraKind) * Max(plan->column_count, 1));
	store->offsets = MemoryContextAlloc(context, sizeof(int) * Max(plan->column_count, 1));
	for (int i = 0; i < plan->column_count; i++)
	{
		store->kinds[i] = plan->columns[i].kind;
		store->offsets[i] = offset;
		offset += sydra_kind_is_bytes(plan->columns[i].kind) ? sizeof(SydraBytes) : sizeof(int64);
	}
	store->row_size = offset;
	return store;
}

static SydraBytes
keep_bytes(SydraRowStore *store, SydraBytes bytes)
{
	SydraBytes	kept = {NULL, bytes.length};
	char	   *copy;

	if (bytes.length == 0)
		return (SydraBytes) {"", 0};
	/* A datum may be looked into where it lies, so it is aligned. */
	if (MAXALIGN(bytes.length) > store->texts_left)
	{
		if (bytes.length > TEXTS_BYTES / 4)
		{
			copy = MemoryContextAllocHuge(store->context, bytes.length);
			memcpy(copy, bytes.data, bytes.length);
			kept.data = copy;
			return kept;
		}
		store->texts = MemoryContextAlloc(store->context, TEXTS_BYTES);
		store->texts_left = TEXTS_BYTES;
	}
	copy = store->texts;
	store->texts += MAXALIGN(bytes.length);
	store->texts_left -= MAXALIGN(bytes.length);
	memcpy(copy, bytes.data, bytes.length);
	kept.data = copy;
	return kept;
}

/* Rows of one series share their tags: a text is copied when it is another than the row before's. */
static void
add_bytes(SydraRowStore *store, const SydraVector *vector, const SydraBatch *batch, char *target)
{
	SydraBytes	last = {NULL, -1};
	SydraBytes	kept = {"", 0};

	for (int i = 0; i < sydra_batch_rows(batch); i++, target += store->row_size)
	{
		int			row = sydra_batch_row(batch, i);
		SydraBytes	bytes = sydra_vector_bytes(vector, row);

		if (sydra_vector_is_null(vector, row))
		{
			*(SydraBytes *) target = (SydraBytes) {"", 0};
			continue;
		}
		if (bytes.data != last.data || bytes.length != last.length)
		{
			last = bytes;
			kept = keep_bytes(store, bytes);
		}
		*(SydraBytes *) target = kept;
	}
}

static void
add_numbers(SydraRowStore *store, const SydraVector *vector, const SydraBatch *batch, char *target)
{
	int			rows = sydra_batch_rows(batch);

	for (int i = 0; i < rows; i++, target += store->row_size)
	{
		int			row = sydra_batch_row(batch, i);

		if (vector->kind == SYDRA_KIND_BOOL)
			*(int64 *) target = ((const uint8 *) vector->values)[row];
		else
			*(int64 *) target = ((const int64 *) vector->values)[row];
	}
}

char *
sydra_row_store_add(SydraRowStore *store, const SydraBatch *batch)
{
	int			rows = sydra_batch_rows(batch);
	char	   *first = MemoryContextAllocHuge(store->context, (Size) rows * store->row_size);

	if (store->column_count > 0)
		for (int i = 0; i < rows; i++)
			memset(first + (Size) i * store->row_size, 0, store->offsets[0]);
	for (int column = 0; column < store->column_count; column++)
	{
		const SydraVector *vector = &batch->columns[column];
		char	   *target = first + store->offsets[column];

		if (sydra_kind_is_bytes(store->kinds[column]))
			add_bytes(store, vector, batch, target);
		else
			add_numbers(store, vector, batch, target);
		if (vector->valid == NULL)
			continue;
		for (int i = 0; i < rows; i++)
			if (!sydra_valid_get(vector->valid, sydra_batch_row(batch, i)))
				((uint8 *) first)[(Size) i * store->row_size + column / 8] |= 1 << (column % 8);
	}
	return first;
}

char *
sydra_row_store_copy(SydraRowStore *store, const char *row)
{
	char	   *copy = MemoryContextAlloc(store->context, store->row_size);

	memcpy(copy, row, store->row_size);
	for (int column = 0; column < store->column_count; column++)
		if (sydra_kind_is_bytes(store->kinds[column]))
			*(SydraBytes *) (copy + store->offsets[column]) =
				keep_bytes(store, sydra_row_bytes(store, row, column));
	return copy;
}

static void
read_nulls(char *const *rows, int count, int column, SydraVector *vector)
{
	uint8		nulls = 0;

	for (int i = 0; i < count; i++)
		nulls |= sydra_row_is_null(rows[i], column);
	vector->valid = NULL;
	if (!nulls)
		return;
	vector->valid = palloc(sizeof(uint64) * SYDRA_VALID_WORDS);
	sydra_valid_fill(vector->valid, count, true);
	for (int i = 0; i < count; i++)
		if (sydra_row_is_null(rows[i], column))
			sydra_valid_clear(vector->valid, i);
}

void
sydra_row_store_read(const SydraRowStore *store, char *const *rows, int count, SydraBatch *batch)
{
	for (int column = 0; column < store->column_count; column++)
	{
		SydraVector *vector = &batch->columns[column];
		int			offset = store->offsets[column];

		vector->count = count;
		if (vector->kind == SYDRA_KIND_BOOL)
			for (int i = 0; i < count; i++)
				((uint8 *) vector->values)[i] = *(const int64 *) (rows[i] + offset) != 0;
		else if (sydra_kind_is_bytes(vector->kind))
			for (int i = 0; i < count; i++)
				((SydraBytes *) vector->values)[i] = *(const SydraBytes *) (rows[i] + offset);
		else
			for (int i = 0; i < count; i++)
				((int64 *) vector->values)[i] = *(const int64 *) (rows[i] + offset);
		read_nulls(rows, count, column, vector);
	}
	batch->count = count;
}

SydraValue
sydra_row_store_value(const SydraRowStore *store, const char *row, int column)
{
	SydraKind	kind = store->kinds[column];
	SydraValue	value = {.isnull = sydra_row_is_null(row, column)};

	if (value.isnull)
		return value;
	if (sydra_kind_is_bytes(kind))
		value.bytes = sydra_row_bytes(store, row, column);
	else if (kind == SYDRA_KIND_FLOAT)
		value.real = sydra_row_float8(store, row, column);
	else if (kind == SYDRA_KIND_BOOL)
		value.boolean = sydra_row_int64(store, row, column) != 0;
	else
		value.integer = sydra_row_int64(store, row, column);
	return value;
}
