/*
 * codec_stride.c
 *	  Arithmetic series: a first value and a stride for each run.
 *
 * Times that tick evenly take no bytes beyond these.
 *
 *	  frame of first values, one a run | frame of strides, one for each run
 *	  that has two values or more
 */
#include "base/wide.h"
#include "codec/codec_part.h"

/* Returns the number of strides, or -1 when a run is not an arithmetic series. */
static int
find_strides(const SydraInts *ints, uint64_t *firsts, uint64_t *strides)
{
	int			count = 0;

	for (int run = 0; run < ints->spans->count; run++)
	{
		const uint64_t *values = ints->values + ints->spans->start[run];
		int			n = ints->spans->start[run + 1] - ints->spans->start[run];
		uint64_t	stride;

		firsts[run] = values[0];
		if (n == 1)
			continue;
		stride = values[1] - values[0];
		for (int i = 2; i < n; i++)
			if (values[i] - values[i - 1] != stride)
				return -1;
		strides[count++] = stride;
	}
	return count;
}

size_t
sydra_stride_measure(const SydraInts *ints)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	strides[SYDRA_VECTOR_ROWS];
	int			count = find_strides(ints, firsts, strides);

	if (count < 0)
		return SIZE_MAX;
	return sydra_for_measure(firsts, ints->spans->count) + sydra_for_measure(strides, count);
}

void
sydra_stride_write(SydraWriter *writer, const SydraInts *ints)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	strides[SYDRA_VECTOR_ROWS];
	int			count = find_strides(ints, firsts, strides);

	sydra_for_put(writer, firsts, ints->spans->count);
	sydra_for_put(writer, strides, count);
}

/* By adding, which wide registers do and multiplying they do not. */
SYDRA_WIDE static void
fill_run(uint64_t *values, int count, uint64_t first, uint64_t stride)
{
	for (int i = 0; i < count; i++, first += stride)
		values[i] = first;
}

bool
sydra_stride_read(SydraReader *reader, uint64_t *values, const SydraSpans *spans)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	strides[SYDRA_VECTOR_ROWS];
	int			count = 0;

	for (int run = 0; run < spans->count; run++)
		count += spans->start[run + 1] - spans->start[run] > 1;
	if (!sydra_for_read(reader, firsts, spans->count) ||
		!sydra_for_read(reader, strides, count))
		return false;

	count = 0;
	for (int run = 0; run < spans->count; run++)
	{
		int			n = spans->start[run + 1] - spans->start[run];

		fill_run(values + spans->start[run], n, firsts[run], n > 1 ? strides[count++] : 0);
	}
	return true;
}
