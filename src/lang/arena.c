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
#define FIRST_CAPACITY 4

void *
sydra_arena_open(SydraArena *arena, size_t size)
{
	char	   *bytes;

	if (arena->block_size == 0)
		arena->block_size = FIRST_BLOCK;
	else if (arena->block_size < LARGEST_BLOCK)
		arena->block_size *= 2;

	/* What is large gets its own block; the open one stays open. */
	if (size > arena->block_size / 4)
		return arena->alloc(arena->context, size);
	bytes = arena->alloc(arena->context, arena->block_size);
	arena->next = bytes + size;
	arena->end = bytes + arena->block_size;
	return bytes;
}

char *
sydra_arena_copy(SydraArena *arena, const char *text, size_t length)
{
	char	   *copy = sydra_arena_cut(arena, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *
sydra_arena_grow(SydraArena *arena, void *items, int count, size_t item_size)
{
	void	   *larger;

	if (count == 0)
		return sydra_arena_cut(arena, FIRST_CAPACITY * item_size);
	/* Capacities are powers of two, and full when count is one. */
	if (count < FIRST_CAPACITY || (count & (count - 1)) != 0)
		return items;
	larger = sydra_arena_cut(arena, 2 * (size_t) count * item_size);
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
	text = sydra_arena_cut(arena, (size_t) length + 1);
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
