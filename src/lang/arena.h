/*
 * Where trees live.  Nodes are cut from blocks and freed all at once, by whoever owns the blocks
 * (in the server a memory context).
 */
#ifndef SYDRA_ARENA_H
#define SYDRA_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

typedef struct SydraArena
{
	/*
	 * Gives size bytes, aligned for any type.  Does not return without them: palloc raises, a
	 * program outside the server exits or jumps.
	 */
	void	   *(*alloc) (void *context, size_t size);
	void	   *context;			/* handed to alloc */

	/* The arena's own; start with zeros. */
	char	   *next;
	char	   *end;
	size_t		block_size;
} SydraArena;

#if defined(__GNUC__)
#define SYDRA_PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define SYDRA_PRINTF_LIKE(text, first)
#endif

#define SYDRA_ARENA_ALIGNMENT 8

/* Memory that the open block has no room for; size is a multiple of the alignment. */
extern void *sydra_arena_open(SydraArena *arena, size_t size);

/* Aligned, not zeroed. */
static inline void *
sydra_arena_cut(SydraArena *arena, size_t size)
{
	char	   *bytes = arena->next;

	size = (size + SYDRA_ARENA_ALIGNMENT - 1) & ~(size_t) (SYDRA_ARENA_ALIGNMENT - 1);
	if (size > (size_t) (arena->end - bytes))
		return sydra_arena_open(arena, size);
	arena->next = bytes + size;
	return bytes;
}

/* Aligned, zeroed. */
static inline void *
sydra_arena_alloc(SydraArena *arena, size_t size)
{
	return memset(sydra_arena_cut(arena, size), 0, size);
}

/* A NUL-terminated copy of text[0, length). */
extern char *sydra_arena_copy(SydraArena *arena, const char *text, size_t length);

/*
 * An array with room for one element more than count: items itself, or a copy twice its size when
 * count has used it up.  Capacity is derived from count, so always grow one by one from 0.  The new
 * element is not zeroed.
 */
extern void *sydra_arena_grow(SydraArena *arena, void *items, int count, size_t item_size);

/* Formats like snprintf. */
extern char *sydra_arena_printf(SydraArena *arena, const char *format,...) SYDRA_PRINTF_LIKE(2, 3);
extern char *sydra_arena_vprintf(SydraArena *arena, const char *format, va_list args)
			SYDRA_PRINTF_LIKE(2, 0);

#endif
