/*
 * What the targets of libFuzzer share.
 */
#ifndef SYDRA_FUZZ_H
#define SYDRA_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant. */
static inline void
require(int truth)
{
	if (!truth)
		abort();
}

/* Of the exact size, so that a byte read past the end is seen.  To be freed. */
static inline char *
copy_exact(const uint8_t *data, size_t size)
{
	char	   *copy = malloc(size > 0 ? size : 1);

	memcpy(copy, data, size);
	return copy;
}

#endif
