/*
 * An arena whose blocks belong to one input.
 */
#ifndef SYDRA_FUZZ_BLOCKS_H
#define SYDRA_FUZZ_BLOCKS_H

#include "fuzz.h"
#include "lang/arena.h"

typedef struct Block
{
	struct Block *next;
	_Alignas(16) char bytes[];
} Block;

static Block *blocks;

static inline void *
alloc_block(void *context, size_t size)
{
	Block	   *block = malloc(sizeof(Block) + size);

	(void) context;
	require(block != NULL);
	memset(block->bytes, 0xAA, size);
	block->next = blocks;
	blocks = block;
	return block->bytes;
}

static inline void
free_blocks(void)
{
	while (blocks != NULL)
	{
		Block	   *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

#endif
