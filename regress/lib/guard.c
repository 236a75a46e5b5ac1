/*
 * guard.c
 *	  Red zones for what sydraql.so allocates in a server that AddressSanitizer does not know.
 *
 * Linked into sydraql.so by make check-asan, with --wrap for each function below.  What is larger
 * than a memory context's chunks is a malloc() of its own, so every smaller size is made as large,
 * and what was not asked for is poisoned.  free() takes the poison back: a chunk that is used after
 * pfree() or after its context is reported too.
 */
#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "utils/memutils.h"

/* One more than any context keeps in a block. */
#define SIZE_LEAST (8 * 1024 + 1)

extern void *__real_MemoryContextAllocExtended(MemoryContext context, Size size, int flags);
extern void *__real_repalloc(void *pointer, Size size);
extern void *__real_repalloc_huge(void *pointer, Size size);

extern Size __real_GetMemoryChunkSpace(void *pointer);

extern void *__wrap_palloc(Size size);
extern void *__wrap_palloc0(Size size);
extern void *__wrap_palloc_extended(Size size, int flags);
extern void *__wrap_MemoryContextAlloc(MemoryContext context, Size size);
extern void *__wrap_MemoryContextAllocZero(MemoryContext context, Size size);
extern void *__wrap_MemoryContextAllocZeroAligned(MemoryContext context, Size size);
extern void *__wrap_MemoryContextAllocHuge(MemoryContext context, Size size);
extern void *__wrap_MemoryContextAllocExtended(MemoryContext context, Size size, int flags);
extern void *__wrap_repalloc(void *pointer, Size size);
extern void *__wrap_repalloc_huge(void *pointer, Size size);
extern Size __wrap_GetMemoryChunkSpace(void *pointer);

/* When asked, reads one byte too far as the library is loaded: this must not go unseen. */
static void __attribute__((constructor))
probe(void)
{
	if (getenv("SYDRA_GUARD_PROBE") != NULL)
	{
		volatile char *bytes = palloc(10);

		elog(LOG, "byte 10 of 10 is %d", bytes[10]);
	}
}

static void *
poison_rest(void *pointer, Size size)
{
	if (pointer != NULL && size < SIZE_LEAST)
		ASAN_POISON_MEMORY_REGION((char *) pointer + size, SIZE_LEAST - size);
	return pointer;
}

void *
__wrap_MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	void	   *pointer = __real_MemoryContextAllocExtended(context, Max(size, SIZE_LEAST),
															flags & ~MCXT_ALLOC_ZERO);

	if (pointer != NULL && (flags & MCXT_ALLOC_ZERO))
		memset(pointer, 0, size);
	return poison_rest(pointer, size);
}

void *
__wrap_palloc(Size size)
{
	return __wrap_MemoryContextAllocExtended(CurrentMemoryContext, size, 0);
}

void *
__wrap_palloc0(Size size)
{
	return __wrap_MemoryContextAllocExtended(CurrentMemoryContext, size, MCXT_ALLOC_ZERO);
}

void *
__wrap_palloc_extended(Size size, int flags)
{
	return __wrap_MemoryContextAllocExtended(CurrentMemoryContext, size, flags);
}

void *
__wrap_MemoryContextAlloc(MemoryContext context, Size size)
{
	return __wrap_MemoryContextAllocExtended(context, size, 0);
}

void *
__wrap_MemoryContextAllocZero(MemoryContext context, Size size)
{
	return __wrap_MemoryContextAllocExtended(context, size, MCXT_ALLOC_ZERO);
}

void *
__wrap_MemoryContextAllocZeroAligned(MemoryContext context, Size size)
{
	return __wrap_MemoryContextAllocExtended(context, size, MCXT_ALLOC_ZERO);
}

void *
__wrap_MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return __wrap_MemoryContextAllocExtended(context, size, MCXT_ALLOC_HUGE);
}

void *
__wrap_repalloc(void *pointer, Size size)
{
	return poison_rest(__real_repalloc(pointer, Max(size, SIZE_LEAST)), size);
}

void *
__wrap_repalloc_huge(void *pointer, Size size)
{
	return poison_rest(__real_repalloc_huge(pointer, Max(size, SIZE_LEAST)), size);
}

/* Who asks for it may use it all. */
Size
__wrap_GetMemoryChunkSpace(void *pointer)
{
	Size		space = __real_GetMemoryChunkSpace(pointer);

	if (space >= SIZE_LEAST)
		ASAN_UNPOISON_MEMORY_REGION(pointer, SIZE_LEAST);
	return space;
}
