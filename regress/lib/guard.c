/*
 * guard.c
 *	  Red zones for what sydraql.so allocates in a server that AddressSanitizer does not know.
 *
 * Linked into sydraql.so by make check-asan, with --wrap for each function below.  What is larger
 * than a memory context's chunks is a malloc() of its own, so every smaller size is made as large,
 * and what was not asked for is poisoned.  free() takes the poison back: a chunk that is used after
 * pfree() or after its context is reported too.
 *
 * MemoryContextMemAllocated() leaves the red zones out, so that limits of memory mean what they mean
 * without them.
 */
#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* The most that any context keeps in a block. */
#define GUARDED_MAX (8 * 1024)

/* Behind it is the trailer, and the most that a context puts before a chunk. */
#define CHUNK_HEADER_MAX 16
#define CHUNK_SIZE (GUARDED_MAX + sizeof(Trailer) + CHUNK_HEADER_MAX)

/* What an allocation set puts before a block. */
#define BLOCK_HEADER 40

#define BUCKETS 4096
#define MAGIC UINT64CONST(0x5ed2a5ed2a5ed2a1)

/* At GUARDED_MAX of what is guarded. */
typedef struct Trailer
{
	uint64		magic;			/* MAGIC, and the chunk's address */
	Size		size;			/* as asked for */
} Trailer;

/* What the red zones of one context take. */
typedef struct Zones
{
	MemoryContext context;
	Size		bytes;
	MemoryContextCallback forget;
	struct Zones *next;
} Zones;

extern void *__real_MemoryContextAllocExtended(MemoryContext context, Size size, int flags);
extern void *__real_repalloc(void *pointer, Size size);
extern void *__real_repalloc_huge(void *pointer, Size size);
extern void __real_pfree(void *pointer);
extern Size __real_GetMemoryChunkSpace(void *pointer);
extern Size __real_MemoryContextMemAllocated(MemoryContext context, bool recurse);

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
extern void __wrap_pfree(void *pointer);
extern Size __wrap_GetMemoryChunkSpace(void *pointer);
extern Size __wrap_MemoryContextMemAllocated(MemoryContext context, bool recurse);

static Zones *buckets[BUCKETS];

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

/* Zones -----------------------------------------------------------------------------------------*/

static Zones **
find_zones(MemoryContext context)
{
	Zones	  **at = &buckets[((uintptr_t) context >> 6) % BUCKETS];

	while (*at != NULL && (*at)->context != context)
		at = &(*at)->next;
	return at;
}

/* Called when the context is reset or goes. */
static void
forget_zones(void *context)
{
	Zones	  **at = find_zones(context);
	Zones	   *zones = *at;

	*at = zones->next;
	free(zones);
}

static Zones *
get_zones(MemoryContext context)
{
	Zones	  **at = find_zones(context);

	if (*at == NULL)
	{
		*at = calloc(1, sizeof(Zones));
		(*at)->context = context;
		(*at)->forget.func = forget_zones;
		(*at)->forget.arg = context;
		MemoryContextRegisterResetCallback(context, &(*at)->forget);
	}
	return *at;
}

/* How much larger the guarded chunk is than what an allocation set would have made of the size. */
static Size
measure_zone(Size size)
{
	return CHUNK_SIZE + BLOCK_HEADER - pg_nextpower2_size_t(Max(size, 8));
}

static Trailer *
get_trailer(void *pointer)
{
	return (Trailer *) ((char *) pointer + GUARDED_MAX);
}

/* Looks at poisoned bytes. */
static bool __attribute__((no_sanitize("address")))
is_guarded(void *pointer, Size *size)
{
	Trailer    *trailer = get_trailer(pointer);

	if (__real_GetMemoryChunkSpace(pointer) < CHUNK_SIZE ||
		trailer->magic != (MAGIC ^ (uintptr_t) pointer))
		return false;
	*size = trailer->size;
	return true;
}

static void *
guard(void *pointer, Size size)
{
	if (pointer != NULL && size <= GUARDED_MAX)
	{
		Trailer    *trailer = get_trailer(pointer);

		trailer->magic = MAGIC ^ (uintptr_t) pointer;
		trailer->size = size;
		get_zones(GetMemoryChunkContext(pointer))->bytes += measure_zone(size);
		ASAN_POISON_MEMORY_REGION((char *) pointer + size, CHUNK_SIZE - size);
	}
	return pointer;
}

/* Before a chunk is freed, or another size. */
static void
unguard(void *pointer)
{
	Size		size;

	if (!is_guarded(pointer, &size))
		return;
	get_zones(GetMemoryChunkContext(pointer))->bytes -= measure_zone(size);
	ASAN_UNPOISON_MEMORY_REGION(pointer, CHUNK_SIZE);
	get_trailer(pointer)->magic = 0;
}

static Size
get_chunk_size(Size size)
{
	return size <= GUARDED_MAX ? CHUNK_SIZE : size;
}

static Size
sum_zones(MemoryContext context, bool recurse)
{
	Zones	   *zones = *find_zones(context);
	Size		bytes = zones == NULL ? 0 : zones->bytes;

	if (recurse)
		for (MemoryContext child = context->firstchild; child != NULL; child = child->nextchild)
			bytes += sum_zones(child, true);
	return bytes;
}

/* The server's functions ------------------------------------------------------------------------*/

void *
__wrap_MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	void	   *pointer = __real_MemoryContextAllocExtended(context, get_chunk_size(size),
															flags & ~MCXT_ALLOC_ZERO);

	if (pointer != NULL && (flags & MCXT_ALLOC_ZERO))
		memset(pointer, 0, size);
	return guard(pointer, size);
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
	unguard(pointer);
	return guard(__real_repalloc(pointer, get_chunk_size(size)), size);
}

void *
__wrap_repalloc_huge(void *pointer, Size size)
{
	unguard(pointer);
	return guard(__real_repalloc_huge(pointer, get_chunk_size(size)), size);
}

/* What the server frees of ours stays counted as a zone until its context goes. */
void
__wrap_pfree(void *pointer)
{
	unguard(pointer);
	__real_pfree(pointer);
}

Size
__wrap_GetMemoryChunkSpace(void *pointer)
{
	Size		size;

	return is_guarded(pointer, &size) ? size + CHUNK_HEADER_MAX
		: __real_GetMemoryChunkSpace(pointer);
}

Size
__wrap_MemoryContextMemAllocated(MemoryContext context, bool recurse)
{
	Size		bytes = __real_MemoryContextMemAllocated(context, recurse);
	Size		zones = sum_zones(context, recurse);

	return bytes > zones ? bytes - zones : 0;
}
