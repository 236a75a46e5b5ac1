/*
 * shim.c
 *	  palloc() and ereport() without a server.
 *
 * Memory contexts are lists of blocks.  Only what the targets' code calls is here: the linker
 * names what is missing.
 */
#include "postgres.h"

#include <setjmp.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "parser/parse_coerce.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "shim.h"
#include "store/store.h"

/* A block's place in its context's ring; the bytes follow. */
typedef struct Block
{
	struct Block *next;
	struct Block *last;
} Block;

StaticAssertDecl(sizeof(Block) == 16, "what follows is aligned as malloc() aligns");

typedef struct Context
{
	Block		ring;
	struct Context *next;
} Context;

MemoryContext CurrentMemoryContext;
volatile sig_atomic_t InterruptPending;

static Context *contexts;
static jmp_buf on_error;
static int	state;

/* Memory ---------------------------------------------------------------------------------------*/

static void
free_blocks(Context *context)
{
	while (context->ring.next != &context->ring)
		pfree(context->ring.next + 1);
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size least, Size initial,
							  Size most)
{
	Context    *context = malloc(sizeof(Context));

	context->ring.next = context->ring.last = &context->ring;
	context->next = contexts;
	contexts = context;
	return (MemoryContext) context;
}

void
MemoryContextDelete(MemoryContext context)
{
	free_blocks((Context *) context);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	Block	   *ring = &((Context *) context)->ring;
	Block	   *block;

	require(AllocSizeIsValid(size));
	block = malloc(sizeof(Block) + size);
	block->next = ring->next;
	block->last = ring;
	ring->next->last = block;
	ring->next = block;
	return block + 1;
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return memset(MemoryContextAlloc(context, size), 0, size);
}

void *
palloc(Size size)
{
	return MemoryContextAlloc(CurrentMemoryContext, size);
}

void *
palloc0(Size size)
{
	return MemoryContextAllocZero(CurrentMemoryContext, size);
}

void
pfree(void *pointer)
{
	Block	   *block = (Block *) pointer - 1;

	block->last->next = block->next;
	block->next->last = block->last;
	free(block);
}

char *
MemoryContextStrdup(MemoryContext context, const char *text)
{
	return strcpy(MemoryContextAlloc(context, strlen(text) + 1), text);
}

char *
pstrdup(const char *text)
{
	return MemoryContextStrdup(CurrentMemoryContext, text);
}

char *
psprintf(const char *format,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return pstrdup(text);
}

/* Of the lists that are made here nobody reads more than whether they are empty. */
List *
lappend(List *list, void *datum)
{
	static List some;

	return &some;
}

/* Errors ---------------------------------------------------------------------------------------*/

int
shim_run(void (*function) (void *argument), void *argument)
{
	state = 0;
	CurrentMemoryContext = AllocSetContextCreateInternal(NULL, "run", 0, 0, 0);
	if (setjmp(on_error) == 0)
		function(argument);
	while (contexts != NULL)
	{
		Context    *context = contexts;

		contexts = context->next;
		free_blocks(context);
		free(context);
	}
	return state;
}

bool
errstart(int level, const char *domain)
{
	return level >= ERROR;
}

bool
errstart_cold(int level, const char *domain)
{
	return level >= ERROR;
}

int
errcode(int sqlerrcode)
{
	state = sqlerrcode;
	return 0;
}

int
errmsg(const char *format,...)
{
	return 0;
}

int
errmsg_internal(const char *format,...)
{
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	require(state != 0);
	longjmp(on_error, 1);
}

/* A failed Assert.  What it is called with has changed between versions, and nobody looks at it. */
extern void fail_assertion(void) __asm__("ExceptionalCondition");

void
fail_assertion(void)
{
	abort();
}

void
ProcessInterrupts(void)
{
}

/* What the store asks of its surroundings ------------------------------------------------------*/

bool
IsBinaryCoercible(Oid source, Oid target)
{
	return source == target;
}

char *
sydra_store_table_name(Oid relid)
{
	return pstrdup("fuzz");
}
