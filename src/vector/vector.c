/*
 * vector.c
 *	  The order of values.
 */
#include "postgres.h"

#include "base/wide.h"
#include "vector/vector.h"

int
sydra_vector_compare(const SydraVector *a, int row_a, const SydraVector *b, int row_b)
{
	Assert(a->kind == b->kind);
	switch (a->kind)
	{
		case SYDRA_KIND_BOOL:
			return (int) ((const uint8 *) a->values)[row_a] - ((const uint8 *) b->values)[row_b];
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			{
				int64		x = sydra_vector_int64(a, row_a);
				int64		y = sydra_vector_int64(b, row_b);

				return (x > y) - (x < y);
			}
		case SYDRA_KIND_FLOAT:
			return sydra_float8_compare(sydra_vector_float8(a, row_a),
										sydra_vector_float8(b, row_b));
		case SYDRA_KIND_FLOAT4:
			return sydra_float8_compare(((const float *) a->values)[row_a],
										((const float *) b->values)[row_b]);
		case SYDRA_KIND_TEXT:
			return sydra_bytes_compare(sydra_vector_bytes(a, row_a),
									   sydra_vector_bytes(b, row_b));
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "no order for kind %d", (int) a->kind);
}

SYDRA_WIDE bool
sydra_vector_has_ties(const int64 *values, int count)
{
	uint64		ties = 0;

	for (int i = 1; i < count; i++)
		ties |= values[i] == values[i - 1];
	return ties != 0;
}

SYDRA_WIDE bool
sydra_vector_is_rising(const int64 *values, int count, bool *ties)
{
	uint64		falls = 0;
	uint64		repeats = 0;

	for (int i = 1; i < count; i++)
	{
		falls |= values[i] < values[i - 1];
		repeats |= values[i] == values[i - 1];
	}
	*ties = repeats != 0;
	return falls == 0;
}
