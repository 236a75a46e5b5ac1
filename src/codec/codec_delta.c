/*
 * codec_delta.c
 *	  Differences from the value before: counters, walks, uneven times.
 *
 * The frame takes the place of zigzag: differences around any centre pack
 * into as few bits, and a leap (a counter that starts again, a gap in time)
 * is an exception of the frame.
 *
 *	  frame of first values, one a run | frame of differences, run after run
 */
#include "codec/codec_part.h"

/* Returns the number of differences. */
static int
find_deltas(const SydraInts *ints, uint64_t *firsts, uint64_t *deltas)
{
	int			count = 0;

	for (int run = 0; run < ints->spans->count; run++)
	{
		int			start = ints->spans->start[run];

		firsts[run] = ints->values[start];
		for (int i = start + 1; i < ints->spans->start[run + 1]; i++)
			deltas[count++] = ints->values[i] - ints->values[i - 1];
	}
	return count;
}

size_t
sydra_delta_measure(const SydraInts *ints)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	deltas[SYDRA_VECTOR_ROWS];
	int			count = find_deltas(ints, firsts, deltas);

	return sydra_for_measure(firsts, ints->spans->count) + sydra_for_measure(deltas, count);
}

void
sydra_delta_write(SydraWriter *writer, const SydraInts *ints)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	deltas[SYDRA_VECTOR_ROWS];
	int			count = find_deltas(ints, firsts, deltas);

	sydra_for_put(writer, firsts, ints->spans->count);
	sydra_for_put(writer, deltas, count);
}

bool
sydra_delta_read(SydraReader *reader, uint64_t *values, const SydraSpans *spans)
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	deltas[SYDRA_VECTOR_ROWS];
	const uint64_t *delta = deltas;

	if (!sydra_for_read(reader, firsts, spans->count) ||
		!sydra_for_read(reader, deltas, spans->start[spans->count] - spans->count))
		return false;

	for (int run = 0; run < spans->count; run++)
	{
		uint64_t	value = firsts[run];
		int			end = spans->start[run + 1];

		values[spans->start[run]] = value;
		for (int i = spans->start[run] + 1; i < end; i++)
			values[i] = value += *delta++;
	}
	return true;
}
