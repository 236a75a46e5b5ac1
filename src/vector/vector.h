/*
 * One column of a batch.
 */
#ifndef SYDRA_VECTOR_H
#define SYDRA_VECTOR_H

#include "vector/kind.h"

#define SYDRA_BATCH_ROWS 1024
#define SYDRA_VALID_WORDS (SYDRA_BATCH_ROWS / 64)

/* Bytes that somebody else owns. */
typedef struct SydraBytes
{
	const char *data;
	int32		length;
} SydraBytes;

/*
 * At most SYDRA_BATCH_ROWS values of one kind.  The values belong to whoever made the batch and
 * are overwritten by its next batch: copy what is to outlive it.  The element of a null row is
 * unspecified (but readable; SydraBytes there have length 0).
 */
typedef struct SydraVector
{
	SydraKind	kind;
	int			count;			/* rows, nulls included */
	uint64	   *valid;			/* a bit per row, set when not null; NULL when no row is null */
	void	   *values;			/* count elements of the kind's C type */
} SydraVector;

static inline bool
sydra_vector_is_null(const SydraVector *vector, int row)
{
	return vector->valid != NULL &&
		(vector->valid[row / 64] & (UINT64CONST(1) << (row % 64))) == 0;
}

static inline int64
sydra_vector_int64(const SydraVector *vector, int row)
{
	return ((const int64 *) vector->values)[row];
}

static inline double
sydra_vector_float8(const SydraVector *vector, int row)
{
	return ((const double *) vector->values)[row];
}

static inline SydraBytes
sydra_vector_bytes(const SydraVector *vector, int row)
{
	return ((const SydraBytes *) vector->values)[row];
}

#endif
