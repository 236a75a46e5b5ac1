/*
 * group_table.c
 *	  The groups of an aggregate, by open addressing over two numbers.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/group_table.h"

struct SydraGroupTable
{
	MemoryContext context;
	Size		group_size;
	uint32		count;
	uint32		room;
	SydraGroup **groups;
	uint32		slot_mask;
	uint32	   *slots;			/* number + 1; 0: free */
	uint32		last;			/* number of the group found last */
	char	   *block;
	int			block_left;		/* groups */
};

#define FIRST_SLOTS 256
#define BLOCK_GROUPS 64

SydraGroupTable *
sydra_group_table_create(int states_size)
{
	SydraGroupTable *table = palloc0(sizeof(SydraGroupTable));

	table->context = CurrentMemoryContext;
	table->group_size = MAXALIGN(offsetof(SydraGroup, states) + states_size);
	table->room = FIRST_SLOTS / 2;
	table->groups = palloc(sizeof(SydraGroup *) * table->room);
	table->slot_mask = FIRST_SLOTS - 1;
	table->slots = palloc0(sizeof(uint32) * FIRST_SLOTS);
	return table;
}

/* Every bit of the result depends on every bit of the value. */
static inline uint64
mix(uint64 value)
{
	value ^= value >> 32;
	value *= UINT64CONST(0xd6e8feb86659fd93);
	value ^= value >> 32;
	value *= UINT64CONST(0xd6e8feb86659fd93);
	return value ^ (value >> 32);
}

static inline uint32
hash_group(uint32 prefix, int64 bucket, bool bucket_null)
{
	return (uint32) mix((uint64) bucket ^
								 ((uint64) prefix * UINT64CONST(0x9e3779b97f4a7c15)) ^ bucket_null);
}

static void
grow(SydraGroupTable *table)
{
	MemoryContext caller_context = MemoryContextSwitchTo(table->context);
	uint32		slots = (table->slot_mask + 1) * 2;

	table->room *= 2;
	table->groups = repalloc_huge(table->groups, sizeof(SydraGroup *) * table->room);
	pfree(table->slots);
	table->slots = palloc_extended(sizeof(uint32) * slots, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	table->slot_mask = slots - 1;
	for (uint32 i = 0; i < table->count; i++)
	{
		const SydraGroup *group = table->groups[i];
		uint32		slot = hash_group(group->prefix, group->bucket, group->bucket_null) &
			table->slot_mask;

		while (table->slots[slot] != 0)
			slot = (slot + 1) & table->slot_mask;
		table->slots[slot] = i + 1;
	}
	MemoryContextSwitchTo(caller_context);
}

static SydraGroup *
add_group(SydraGroupTable *table)
{
	SydraGroup *group;

	if (table->count == table->room)
		grow(table);
	if (table->block_left == 0)
	{
		table->block = MemoryContextAllocZero(table->context, table->group_size * BLOCK_GROUPS);
		table->block_left = BLOCK_GROUPS;
	}
	group = (SydraGroup *) table->block;
	table->block += table->group_size;
	table->block_left--;
	table->groups[table->count++] = group;
	return group;
}

static inline bool
is_group(const SydraGroup *group, uint32 prefix, int64 bucket, bool bucket_null)
{
	return group->prefix == prefix && group->bucket == bucket && group->bucket_null == bucket_null;
}

SydraGroup *
sydra_group_table_find(SydraGroupTable *table, uint32 prefix, int64 bucket, bool bucket_null)
{
	uint32		hash;
	SydraGroup *group;
	uint32		slot;

	/* Series after series meets the same buckets in the same order. */
	if (table->last + 1 < table->count)
	{
		group = table->groups[table->last + 1];
		if (is_group(group, prefix, bucket, bucket_null))
		{
			table->last++;
			return group;
		}
	}
	hash = hash_group(prefix, bucket, bucket_null);
	for (slot = hash & table->slot_mask; table->slots[slot] != 0;
		 slot = (slot + 1) & table->slot_mask)
	{
		group = table->groups[table->slots[slot] - 1];
		if (is_group(group, prefix, bucket, bucket_null))
		{
			table->last = table->slots[slot] - 1;
			return group;
		}
	}
	table->last = table->count;
	group = add_group(table);
	group->prefix = prefix;
	group->bucket = bucket;
	group->bucket_null = bucket_null;
	/* Growing has moved the slots. */
	for (slot = hash & table->slot_mask; table->slots[slot] != 0;)
		slot = (slot + 1) & table->slot_mask;
	table->slots[slot] = table->count;
	return group;
}

uint32
sydra_group_table_count(const SydraGroupTable *table)
{
	return table->count;
}

SydraGroup *
sydra_group_table_get(const SydraGroupTable *table, uint32 number)
{
	return table->groups[number];
}
