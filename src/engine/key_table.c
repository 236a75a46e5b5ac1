/*
 * key_table.c
 *	  Tuples of values -> small numbers, by open addressing.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "engine/key_table.h"

typedef struct Entry
{
	uint32		hash;
	int32		length;
	const char *key;
} Entry;

struct SydraKeyTable
{
	MemoryContext context;
	uint32		count;
	uint32		room;			/* of entries */
	Entry	   *entries;
	uint32		slot_mask;
	uint32	   *slots;			/* number + 1; 0: free */
	char	   *block;			/* where the next keys go */
	int			block_left;
};

#define FIRST_SLOTS 64
#define BLOCK_BYTES 8192

SydraKeyTable *
sydra_key_table_create(void)
{
	SydraKeyTable *table = palloc0(sizeof(SydraKeyTable));

	table->context = CurrentMemoryContext;
	table->room = FIRST_SLOTS / 2;
	table->entries = palloc(sizeof(Entry) * table->room);
	table->slot_mask = FIRST_SLOTS - 1;
	table->slots = palloc0(sizeof(uint32) * FIRST_SLOTS);
	return table;
}

static void
grow(SydraKeyTable *table)
{
	MemoryContext caller_context = MemoryContextSwitchTo(table->context);
	uint32		slots = (table->slot_mask + 1) * 2;

	table->room *= 2;
	table->entries = repalloc_huge(table->entries, sizeof(Entry) * table->room);
	pfree(table->slots);
	table->slots = palloc_extended(sizeof(uint32) * slots, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->slot_mask = slots - 1;
	for (uint32 i = 0; i < table->count; i++)
	{
		uint32		slot = table->entries[i].hash & table->slot_mask;

		while (table->slots[slot] != 0)
			slot = (slot + 1) & table->slot_mask;
		table->slots[slot] = i + 1;
	}
	MemoryContextSwitchTo(caller_context);
}

static const char *
copy_key(SydraKeyTable *table, const char *key, int length)
{
	char	   *copy;

	if (length > BLOCK_BYTES / 4)
		copy = MemoryContextAlloc(table->context, length);
	else
	{
		if (length > table->block_left)
		{
			table->block = MemoryContextAlloc(table->context, BLOCK_BYTES);
			table->block_left = BLOCK_BYTES;
		}
		copy = table->block;
		table->block += length;
		table->block_left -= length;
	}
	if (length > 0)
		memcpy(copy, key, length);
	return copy;
}

uint32
sydra_key_table_add(SydraKeyTable *table, const char *key, int length, bool *is_new)
{
	uint32		hash = hash_bytes((const unsigned char *) key, length);
	uint32		slot = hash & table->slot_mask;

	for (; table->slots[slot] != 0; slot = (slot + 1) & table->slot_mask)
	{
		const Entry *entry = &table->entries[table->slots[slot] - 1];

		if (entry->hash == hash && entry->length == length &&
			memcmp(entry->key, key, length) == 0)
		{
			*is_new = false;
			return table->slots[slot] - 1;
		}
	}
	*is_new = true;
	if (table->count == table->room)
	{
		grow(table);
		for (slot = hash & table->slot_mask; table->slots[slot] != 0;)
			slot = (slot + 1) & table->slot_mask;
	}
	table->entries[table->count] = (Entry) {hash, length, copy_key(table, key, length)};
	table->slots[slot] = ++table->count;
	return table->count - 1;
}

const char *
sydra_key_table_key(const SydraKeyTable *table, uint32 number)
{
	return table->entries[number].key;
}

void
sydra_key_append(StringInfo key, const SydraVector *vector, int row)
{
	bool		isnull = sydra_vector_is_null(vector, row);

	appendStringInfoChar(key, isnull ? 0 : 1);
	if (isnull)
		return;
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			appendStringInfoChar(key, ((const char *) vector->values)[row]);
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			appendBinaryStringInfo(key, (const char *) &((const int64 *) vector->values)[row],
								   sizeof(int64));
			return;
		case SYDRA_KIND_FLOAT:
			{
				double		value = sydra_vector_float8(vector, row);

				/* Equal values have equal bytes. */
				if (value == 0)
					value = 0;
				else if (isnan(value))
					value = NAN;
				appendBinaryStringInfo(key, (const char *) &value, sizeof(double));
				return;
			}
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			{
				SydraBytes	bytes = sydra_vector_bytes(vector, row);

				appendBinaryStringInfo(key, (const char *) &bytes.length, sizeof(int32));
				if (bytes.length > 0)
					appendBinaryStringInfo(key, bytes.data, bytes.length);
				return;
			}
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "kind %d is no key", (int) vector->kind);
}

bool
sydra_key_read(const char **key, SydraVector *vector, int row)
{
	const char *at = *key;
	bool		isnull = *at++ == 0;

	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			((uint8 *) vector->values)[row] = isnull ? 0 : *at++;
			break;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
		case SYDRA_KIND_FLOAT:
			((int64 *) vector->values)[row] = 0;
			if (!isnull)
			{
				memcpy(&((int64 *) vector->values)[row], at, sizeof(int64));
				at += sizeof(int64);
			}
			break;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			{
				SydraBytes	bytes = {NULL, 0};

				if (!isnull)
				{
					memcpy(&bytes.length, at, sizeof(int32));
					bytes.data = at + sizeof(int32);
					at = bytes.data + bytes.length;
				}
				((SydraBytes *) vector->values)[row] = bytes;
				break;
			}
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			elog(ERROR, "kind %d is no key", (int) vector->kind);
	}
	*key = at;
	return !isnull;
}
