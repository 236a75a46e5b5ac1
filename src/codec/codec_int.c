/*
 * codec_int.c
 *	  Which encoding suits some integers.
 *
 * Every candidate is measured and the smallest wins, except that one which
 * decodes faster may be a little larger.
 *
 *	  encoding byte | bytes of the encoding
 *
 * A constant is the value as a zigzag varint; run lengths are followed by the
 * values of the runs, integers in turn, but not run lengths again.
 */
#include "codec/codec_part.h"

static size_t
measure(SydraEncoding encoding, const SydraInts *ints)
{
	switch ((int) encoding)
	{
		case SYDRA_ENCODING_INT_FOR:
			return sydra_for_measure(ints->values, ints->count);
		case SYDRA_ENCODING_INT_FOR_RUNS:
			return sydra_for_runs_measure(ints);
		case SYDRA_ENCODING_INT_DELTA:
			return sydra_delta_measure(ints);
		case SYDRA_ENCODING_INT_DELTA2:
			return sydra_delta2_measure(ints);
	}
	return SIZE_MAX;
}

static void
plan_direct(const SydraInts *ints, SydraIntPlan *plan)
{
	/* Fastest to decode first; later ones must be smaller by a sixteenth. */
	static const SydraEncoding candidates[] = {
		SYDRA_ENCODING_INT_FOR_RUNS,
		SYDRA_ENCODING_INT_DELTA,
		SYDRA_ENCODING_INT_DELTA2
	};
	size_t		size;

	plan->encoding = SYDRA_ENCODING_INT_CONSTANT;
	if (ints->count == 0)
	{
		plan->size = 1;
		return;
	}
	if (sydra_rle_collapse(ints->values, ints->count, NULL, NULL) == 1)
	{
		plan->size = 1 +
			(size_t) sydra_stream_varint_size(sydra_stream_zigzag(ints->values[0]));
		return;
	}

	plan->encoding = SYDRA_ENCODING_INT_FOR;
	plan->size = 1 + measure(SYDRA_ENCODING_INT_FOR, ints);
	size = sydra_stride_measure(ints);
	if (size < plan->size)
	{
		plan->encoding = SYDRA_ENCODING_INT_STRIDE;
		plan->size = 1 + size;
		return;
	}
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
	{
		size = measure(candidates[i], ints);
		if (size < plan->size - plan->size / 16)
		{
			plan->encoding = candidates[i];
			plan->size = 1 + size;
		}
	}
}

static void
plan_runs(const SydraInts *ints, SydraIntPlan *plan)
{
	uint64_t	heads[SYDRA_VECTOR_ROWS];
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	SydraInts	run_ints = {heads, 0, &spans};
	SydraIntPlan run_plan;
	size_t		size;

	run_ints.count = sydra_rle_collapse(ints->values, ints->count, heads, lengths);
	if (run_ints.count < 2 || run_ints.count > ints->count / 2)
		return;
	sydra_spans_set_one(&spans, run_ints.count);
	plan_direct(&run_ints, &run_plan);
	size = 1 + sydra_rle_measure(lengths, run_ints.count) + run_plan.size;
	if (size < plan->size - plan->size / 16)
	{
		plan->encoding = SYDRA_ENCODING_INT_RLE;
		plan->size = size;
	}
}

void
sydra_int_plan(const SydraInts *ints, SydraIntPlan *plan)
{
	plan_direct(ints, plan);
	plan_runs(ints, plan);
}

static void
write_runs(SydraWriter *writer, const SydraInts *ints)
{
	uint64_t	heads[SYDRA_VECTOR_ROWS];
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	SydraInts	run_ints = {heads, 0, &spans};
	SydraIntPlan plan;

	run_ints.count = sydra_rle_collapse(ints->values, ints->count, heads, lengths);
	sydra_spans_set_one(&spans, run_ints.count);
	sydra_rle_write(writer, lengths, run_ints.count);
	plan_direct(&run_ints, &plan);
	sydra_int_write(writer, &run_ints, &plan);
}

void
sydra_int_write(SydraWriter *writer, const SydraInts *ints, const SydraIntPlan *plan)
{
	sydra_stream_put_byte(writer, (int) plan->encoding);
	if (ints->count == 0)
		return;
	switch ((int) plan->encoding)
	{
		case SYDRA_ENCODING_INT_CONSTANT:
			sydra_stream_put_varint(writer, sydra_stream_zigzag(ints->values[0]));
			break;
		case SYDRA_ENCODING_INT_STRIDE:
			sydra_stride_write(writer, ints);
			break;
		case SYDRA_ENCODING_INT_FOR:
			sydra_for_put(writer, ints->values, ints->count);
			break;
		case SYDRA_ENCODING_INT_FOR_RUNS:
			sydra_for_runs_write(writer, ints);
			break;
		case SYDRA_ENCODING_INT_DELTA:
			sydra_delta_write(writer, ints);
			break;
		case SYDRA_ENCODING_INT_DELTA2:
			sydra_delta2_write(writer, ints);
			break;
		case SYDRA_ENCODING_INT_RLE:
			write_runs(writer, ints);
			break;
	}
}

static bool
read_constant(SydraReader *reader, uint64_t *values, int count)
{
	uint64_t	value = sydra_stream_unzigzag(sydra_stream_take_varint(reader));

	for (int i = 0; i < count; i++)
		values[i] = value;
	return !reader->failed;
}

static bool
read_direct(SydraReader *reader, int encoding, uint64_t *values, int count,
			const SydraSpans *spans)
{
	if (count == 0)
		return encoding == SYDRA_ENCODING_INT_CONSTANT;
	switch (encoding)
	{
		case SYDRA_ENCODING_INT_CONSTANT:
			return read_constant(reader, values, count);
		case SYDRA_ENCODING_INT_STRIDE:
			return sydra_stride_read(reader, values, spans);
		case SYDRA_ENCODING_INT_FOR:
			return sydra_for_read(reader, values, count);
		case SYDRA_ENCODING_INT_FOR_RUNS:
			return sydra_for_runs_read(reader, values, spans);
		case SYDRA_ENCODING_INT_DELTA:
			return sydra_delta_read(reader, values, spans);
		case SYDRA_ENCODING_INT_DELTA2:
			return sydra_delta2_read(reader, values, spans);
	}
	return false;
}

static bool
read_runs(SydraReader *reader, uint64_t *values, int count)
{
	uint64_t	heads[SYDRA_VECTOR_ROWS];
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	int			run_count;

	if (count == 0 || !sydra_rle_read(reader, lengths, &run_count, count))
		return false;
	sydra_spans_set_one(&spans, run_count);
	if (!read_direct(reader, sydra_stream_take_byte(reader), heads, run_count, &spans))
		return false;
	sydra_rle_expand(heads, lengths, run_count, values);
	return true;
}

/* spans are those of count values. */
bool
sydra_int_read(SydraReader *reader, uint64_t *values, int count, const SydraSpans *spans)
{
	int			encoding = sydra_stream_take_byte(reader);

	if (reader->failed)
		return false;
	if (encoding == SYDRA_ENCODING_INT_RLE)
		return read_runs(reader, values, count);
	return read_direct(reader, encoding, values, count, spans);
}
