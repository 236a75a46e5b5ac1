/*
 * codec_int.c
 *	  Which encoding suits some integers.
 *
 * Every candidate is measured and the smallest wins, except that one which
 * decodes faster may be a little larger.
 *
 *	  encoding byte | bytes of the encoding
 *
 * A constant is the value as a zigzag varint.  Run lengths are followed by
 * the values of the runs, integers in turn, but not run lengths again; a
 * divisor by the quotients, and they are neither.
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
	if (sydra_rle_count(ints->values, ints->count) == 1)
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

/* Direct, or divided first. */
static void
plan_single(const SydraInts *ints, SydraIntPlan *plan)
{
	uint64_t	quotients[SYDRA_VECTOR_ROWS];
	uint64_t	divisor;
	SydraInts	divided = {quotients, ints->count, ints->spans};
	SydraIntPlan divided_plan;
	size_t		size;

	plan_direct(ints, plan);
	/* At less than a bit a value there is little to win. */
	if (plan->size * 8 <= (size_t) ints->count ||
		!sydra_scaled_divide(ints->values, ints->count, &divisor, quotients))
		return;
	plan_direct(&divided, &divided_plan);
	size = 1 + sydra_scaled_measure(ints->values[0], divisor) + divided_plan.size;
	if (size < plan->size - plan->size / 16)
	{
		plan->encoding = SYDRA_ENCODING_INT_SCALED;
		plan->size = size;
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

	run_ints.count = sydra_rle_count(ints->values, ints->count);
	if (run_ints.count < 2 || run_ints.count > ints->count / 2)
		return;
	sydra_rle_collapse(ints->values, ints->count, heads, lengths);
	sydra_spans_set_one(&spans, run_ints.count);
	plan_single(&run_ints, &run_plan);
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
	plan_single(ints, plan);
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
	plan_single(&run_ints, &plan);
	sydra_int_write(writer, &run_ints, &plan);
}

static void
write_scaled(SydraWriter *writer, const SydraInts *ints)
{
	uint64_t	quotients[SYDRA_VECTOR_ROWS];
	uint64_t	divisor;
	SydraInts	divided = {quotients, ints->count, ints->spans};
	SydraIntPlan plan;

	sydra_scaled_divide(ints->values, ints->count, &divisor, quotients);
	sydra_scaled_write(writer, ints->values[0], divisor);
	plan_direct(&divided, &plan);
	sydra_int_write(writer, &divided, &plan);
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
		case SYDRA_ENCODING_INT_SCALED:
			write_scaled(writer, ints);
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
read_single(SydraReader *reader, int encoding, uint64_t *values, int count,
			const SydraSpans *spans)
{
	uint64_t	first;
	uint64_t	divisor;

	if (encoding != SYDRA_ENCODING_INT_SCALED)
		return read_direct(reader, encoding, values, count, spans);
	if (!sydra_scaled_read(reader, &first, &divisor) ||
		!read_direct(reader, sydra_stream_take_byte(reader), values, count, spans))
		return false;
	sydra_scaled_multiply(first, divisor, values, count);
	return true;
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
	if (!read_single(reader, sydra_stream_take_byte(reader), heads, run_count, &spans))
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
	return read_single(reader, encoding, values, count, spans);
}
