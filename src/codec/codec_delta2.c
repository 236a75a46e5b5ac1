/*
 * codec_delta2.c
 *	  Differences of differences: values that move at a steady pace.
 *
 * What Gorilla (Pelkonen et al., VLDB 2015) does to times, with a frame in
 * place of its prefix code, so that all widths are equal and decode at once.
 *
 *	  frame of first values, one a run | frame of first differences, one for
 *	  each run of two values or more | frame of differences of differences
 */
#include "codec/codec_part.h"

typedef struct Parts
{
	uint64_t	firsts[SYDRA_VECTOR_ROWS];
	uint64_t	paces[SYDRA_VECTOR_ROWS];
	uint64_t	changes[SYDRA_VECTOR_ROWS];
	int			pace_count;
	int			change_count;
} Parts;

static void
count_parts(const SydraSpans *spans, Parts *parts)
{
	parts->pace_count = 0;
	parts->change_count = 0;
	for (int run = 0; run < spans->count; run++)
	{
		int			n = spans->start[run + 1] - spans->start[run];

		parts->pace_count += n > 1;
		parts->change_count += n > 2 ? n - 2 : 0;
	}
}

static void
find_parts(const SydraInts *ints, Parts *parts)
{
	uint64_t   *pace = parts->paces;
	uint64_t   *change = parts->changes;

	count_parts(ints->spans, parts);
	for (int run = 0; run < ints->spans->count; run++)
	{
		const uint64_t *values = ints->values + ints->spans->start[run];
		int			n = ints->spans->start[run + 1] - ints->spans->start[run];

		parts->firsts[run] = values[0];
		if (n > 1)
			*pace++ = values[1] - values[0];
		for (int i = 2; i < n; i++)
			*change++ = values[i] - 2 * values[i - 1] + values[i - 2];
	}
}

/* Whether the middle of a sample of the second differences is narrower than that of the first. */
static bool
is_steady(const SydraInts *ints)
{
	int64_t		paces[SYDRA_FOR_SAMPLE];
	int64_t		changes[SYDRA_FOR_SAMPLE];
	int64_t		low;
	int64_t		high;
	uint64_t	width;

	for (int i = 0; i < SYDRA_FOR_SAMPLE; i++)
	{
		const uint64_t *at = ints->values + 2 + i * (ints->count - 2) / SYDRA_FOR_SAMPLE;

		paces[i] = (int64_t) (at[0] - at[-1]);
		changes[i] = (int64_t) (at[0] - 2 * at[-1] + at[-2]);
	}
	sydra_for_middle(paces, SYDRA_FOR_SAMPLE, &low, &high);
	width = (uint64_t) high - (uint64_t) low;
	sydra_for_middle(changes, SYDRA_FOR_SAMPLE, &low, &high);
	return (uint64_t) high - (uint64_t) low < width;
}

/* One long run that is not steady is not measured. */
size_t
sydra_delta2_measure(const SydraInts *ints)
{
	Parts		parts;

	if (ints->spans->count == 1 && ints->count >= 4 * SYDRA_FOR_SAMPLE && !is_steady(ints))
		return SIZE_MAX;
	find_parts(ints, &parts);
	return sydra_for_measure(parts.firsts, ints->spans->count) +
		sydra_for_measure(parts.paces, parts.pace_count) +
		sydra_for_measure(parts.changes, parts.change_count);
}

void
sydra_delta2_write(SydraWriter *writer, const SydraInts *ints)
{
	Parts		parts;

	find_parts(ints, &parts);
	sydra_for_put(writer, parts.firsts, ints->spans->count);
	sydra_for_put(writer, parts.paces, parts.pace_count);
	sydra_for_put(writer, parts.changes, parts.change_count);
}

bool
sydra_delta2_read(SydraReader *reader, uint64_t *values, const SydraSpans *spans)
{
	Parts		parts;
	const uint64_t *pace = parts.paces;
	const uint64_t *change = parts.changes;

	count_parts(spans, &parts);
	if (!sydra_for_read(reader, parts.firsts, spans->count) ||
		!sydra_for_read(reader, parts.paces, parts.pace_count) ||
		!sydra_for_read(reader, parts.changes, parts.change_count))
		return false;

	for (int run = 0; run < spans->count; run++)
	{
		int			start = spans->start[run];
		int			end = spans->start[run + 1];
		uint64_t	value = parts.firsts[run];
		uint64_t	delta;

		values[start] = value;
		if (end - start < 2)
			continue;
		delta = *pace++;
		values[start + 1] = value += delta;
		for (int i = start + 2; i < end; i++)
		{
			delta += *change++;
			values[i] = value += delta;
		}
	}
	return true;
}
