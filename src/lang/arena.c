/*
 * arena.c
 *	  Memory of a tree.
 *
 * Blocks double in size up to a limit: a short query costs one small block, a long one few large.
 */
#include "lang/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BLOCK 4096
#define LARGEST_BLOCK (1024 * 1024)
#define ALIGNMENT 8
#define FIRST_CAPACITY 4

/* Not zeroed. */
static inline void *
cut_bytes(SydraArena *arena, size_t size)
{
	char	   *bytes;

	size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
	if (size > (size_t) (arena->end - arena->next))
	{
		if (arena->block_size == 0)
			arena->block_size = FIRST_BLOCK;
		else if (arena->block_size < LARGEST_BLOCK)
			arena->block_size *= 2;

		/* What is large gets its own block; the open one stays open. */
		if (size > arena->block_size / 4)
			return arena->alloc(arena->context, size);
		arena->next = arena->alloc(arena->context, arena->block_size);
		arena->end = arena->next + arena->block_size;
	}
	bytes = arena->next;
	arena->next += size;
	return bytes;
}

void *
sydra_arena_alloc(SydraArena *arena, size_t size)
{
	return memset(cut_bytes(arena, size), 0, size);
}

char *
sydra_arena_copy(SydraArena *arena, const char *text, size_t length)
{
	char	   *copy = cut_bytes(arena, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *
sydra_arena_grow(SydraArena *arena, void *items, int count, size_t item_size)
{
	void	   *larger;

	if (count == 0)
		return cut_bytes(arena, FIRST_CAPACITY * item_size);
	/* Capacities are powers of two, and full when count is one. */
	if (count < FIRST_CAPACITY || (count & (count - 1)) != 0)
		return items;
	larger = cut_bytes(arena, 2 * (size_t) count * item_size);
	memcpy(larger, items, (size_t) count * item_size);
	return larger;
}

char *
sydra_arena_vprintf(SydraArena *arena, const char *format, va_list args)
{
	va_list		again;
	char	   *text;
	int			length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length < 0)
		length = 0;
	text = cut_bytes(arena, (size_t) length + 1);
	text[0] = '\0';
	vsnprintf(text, (size_t) length + 1, format, again);
	va_end(again);
	return text;
}

char *
sydra_arena_printf(SydraArena *arena, const char *format,...)
{
	va_list		args;
	char	   *text;

	va_start(args, format);
	text = sydra_arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
