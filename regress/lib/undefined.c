/*
 * undefined.c
 *	  Looks at a byte that nobody has written.
 *
 * Linked into sydraql.so by make check-valgrind, which asks for it as the library is loaded: it must
 * not go unseen.
 */
#include "postgres.h"

/* More than a memory context keeps in a block, where bytes may have been written for others. */
#define FRESH_SIZE (64 * 1024)

static void __attribute__((constructor))
probe(void)
{
	if (getenv("SYDRA_UNDEFINED_PROBE") != NULL)
	{
		volatile char *bytes = palloc(FRESH_SIZE);

		if (bytes[FRESH_SIZE / 2] == 1)
			elog(LOG, "byte %d is 1", FRESH_SIZE / 2);
	}
}
