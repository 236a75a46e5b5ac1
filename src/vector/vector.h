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
	bool		same;			/* it is known that all rows have what the first has */
} SydraVector;

static inline bool
sydra_vector_is_null(const SydraVector *vector, int row)
{
	return vector->valid != NULL &&
		(vector->valid[row / 64] & (UINT64CONST(1) << (row % 64))) == 0;
}

/* The order of two texts: by bytes, a prefix first. */
static inline int
sydra_bytes_compare(SydraBytes a, SydraBytes b)
{
	int			order;

	if (a.data == b.data && a.length == b.length)
		return 0;
	order = memcmp(a.data, b.data, Min(a.length, b.length));
	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static inline bool
sydra_bytes_equal(SydraBytes a, SydraBytes b)
{
	return a.length == b.length && (a.data == b.data || memcmp(a.data, b.data, a.length) == 0);
}

static inline double
sydra_float8_of_bits(uint64 bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* NaN equals NaN and is greatest. */
static inline int
sydra_float8_compare(double a, double b)
{
	if (a != a || b != b)
		return (a != a) - (b != b);
	return (a > b) - (a < b);
}

/* The order of two values that are not null, of one kind, by row; DATUM has none. */
extern int	sydra_vector_compare(const SydraVector *a, int row_a, const SydraVector *b, int row_b);

/* Whether any of the values equals the one before it. */
extern bool sydra_vector_has_ties(const int64 *values, int count);

/* Whether none is less than it; ties tells the other as well. */
extern bool sydra_vector_is_rising(const int64 *values, int count, bool *ties);

/* Copies one element, nullness apart. */
static inline void
sydra_vector_copy_element(SydraVector *target, int target_row, const SydraVector *source, int row)
{
	switch (target->kind)
	{
		case SYDRA_KIND_BOOL:
			((uint8 *) target->values)[target_row] = ((const uint8 *) source->values)[row];
			break;
		case SYDRA_KIND_FLOAT4:
			((float *) target->values)[target_row] = ((const float *) source->values)[row];
			break;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
		case SYDRA_KIND_FLOAT:
			((int64 *) target->values)[target_row] = ((const int64 *) source->values)[row];
			break;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			((SydraBytes *) target->values)[target_row] = ((const SydraBytes *) source->values)[row];
			break;
		case SYDRA_KIND_NULL:
			break;
	}
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
