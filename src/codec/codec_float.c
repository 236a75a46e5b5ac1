/*
 * codec_float.c
 *	  Which encoding suits some floats.
 *
 * Decimals are tried first; real doubles only where decimals do badly, for
 * they save little.  Run lengths hold where values repeat, whatever the
 * values of the runs are.
 *
 *	  encoding byte | bytes of the encoding
 *
 * Constant and plain are bit patterns as they are; run lengths are followed
 * by the values of the runs, floats in turn, but not run lengths again.
 */
#include "codec/bitpack.h"
#include "codec/codec_part.h"

typedef struct FloatPlan
{
	SydraEncoding encoding;
	size_t		size;
	SydraAlp	alp;
	SydraAlpRd	rd;
} FloatPlan;

static void
plan_direct(const SydraFloats *floats, FloatPlan *plan)
{
	size_t		plain = sydra_bitpack_size(floats->count, floats->total_bits);

	if (sydra_rle_count(floats->bits, floats->count) <= 1)
	{
		plan->encoding = SYDRA_ENCODING_FLOAT_CONSTANT;
		plan->size = 1 + sydra_bitpack_size(floats->count > 0, floats->total_bits);
		return;
	}
	plan->encoding = SYDRA_ENCODING_FLOAT_PLAIN;
	plan->size = 1 + plain;

	sydra_alp_plan(floats, &plan->alp);
	if (plan->alp.size < plan->size)
	{
		plan->encoding = plan->alp.near ?
			SYDRA_ENCODING_FLOAT_ALP_NEAR : SYDRA_ENCODING_FLOAT_ALP;
		plan->size = 1 + plan->alp.size;
	}
	if (plan->size < plain / 2)
		return;
	sydra_alp_rd_plan(floats, &plan->rd);
	if (plan->rd.size < plan->size - 1)
	{
		plan->encoding = SYDRA_ENCODING_FLOAT_ALP_RD;
		plan->size = 1 + plan->rd.size;
	}
}

static void
put_bits(SydraWriter *writer, const uint64_t *bits, int count, int total_bits)
{
	uint8_t    *out = sydra_stream_reserve(writer, sydra_bitpack_size(count, total_bits));

	if (out)
		sydra_bitpack_pack(bits, count, 0, total_bits, out);
}

static void
write_direct(SydraWriter *writer, const SydraFloats *floats, const FloatPlan *plan)
{
	sydra_stream_put_byte(writer, (int) plan->encoding);
	switch ((int) plan->encoding)
	{
		case SYDRA_ENCODING_FLOAT_CONSTANT:
			put_bits(writer, floats->bits, floats->count > 0, floats->total_bits);
			break;
		case SYDRA_ENCODING_FLOAT_PLAIN:
			put_bits(writer, floats->bits, floats->count, floats->total_bits);
			break;
		case SYDRA_ENCODING_FLOAT_ALP:
		case SYDRA_ENCODING_FLOAT_ALP_NEAR:
			sydra_alp_write(writer, floats, &plan->alp);
			break;
		case SYDRA_ENCODING_FLOAT_ALP_RD:
			sydra_alp_rd_write(writer, floats, &plan->rd);
			break;
	}
}

/* Writes run lengths, and the runs' values, if that is smaller than limit. */
static bool
write_runs(SydraWriter *writer, const SydraFloats *floats, size_t limit)
{
	double		values[SYDRA_VECTOR_ROWS];
	uint64_t	heads[SYDRA_VECTOR_ROWS];
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	SydraFloats run_floats = {values, heads, 0, floats->total_bits, &spans};
	FloatPlan	plan;
	int			row = 0;

	run_floats.count = sydra_rle_count(floats->bits, floats->count);
	if (run_floats.count < 2 || run_floats.count > floats->count / 2)
		return false;
	sydra_rle_collapse(floats->bits, floats->count, heads, lengths);
	for (int run = 0; run < run_floats.count; run++)
	{
		values[run] = floats->values[row];
		row += (int) lengths[run];
	}
	sydra_spans_set_one(&spans, run_floats.count);
	plan_direct(&run_floats, &plan);
	if (1 + sydra_rle_measure(lengths, run_floats.count) + plan.size >= limit)
		return false;

	sydra_stream_put_byte(writer, SYDRA_ENCODING_FLOAT_RLE);
	sydra_rle_write(writer, lengths, run_floats.count);
	write_direct(writer, &run_floats, &plan);
	return true;
}

void
sydra_float_write(SydraWriter *writer, const SydraFloats *floats)
{
	FloatPlan	plan;

	plan_direct(floats, &plan);
	if (!write_runs(writer, floats, plan.size - plan.size / 16))
		write_direct(writer, floats, &plan);
}

static bool
take_bits(SydraReader *reader, uint64_t *bits, int count, int total_bits)
{
	const uint8_t *in = sydra_stream_take(reader, sydra_bitpack_size(count, total_bits));

	if (in)
		sydra_bitpack_unpack(in, count, 0, total_bits, bits);
	return in != NULL;
}

static bool
read_constant(SydraReader *reader, uint64_t *bits, int count, int total_bits)
{
	uint64_t	value = 0;

	if (!take_bits(reader, &value, count > 0, total_bits))
		return false;
	for (int i = 0; i < count; i++)
		bits[i] = value;
	return true;
}

static bool
read_alp(SydraReader *reader, bool near, uint64_t *bits, int count, int total_bits,
		 const SydraSpans *spans)
{
	double		doubles[SYDRA_VECTOR_ROWS];
	float		floats[SYDRA_VECTOR_ROWS];

	if (total_bits == 64)
	{
		if (!sydra_alp_read64(reader, near, doubles, count, spans))
			return false;
		memcpy(bits, doubles, (size_t) count * sizeof(double));
		return true;
	}
	if (!sydra_alp_read32(reader, near, floats, count, spans))
		return false;
	for (int i = 0; i < count; i++)
	{
		uint32_t	narrow;

		memcpy(&narrow, floats + i, sizeof(narrow));
		bits[i] = narrow;
	}
	return true;
}

static bool
read_direct(SydraReader *reader, int encoding, uint64_t *bits, int count, int total_bits,
			const SydraSpans *spans)
{
	if (count == 0)
		return encoding == SYDRA_ENCODING_FLOAT_CONSTANT;
	switch (encoding)
	{
		case SYDRA_ENCODING_FLOAT_CONSTANT:
			return read_constant(reader, bits, count, total_bits);
		case SYDRA_ENCODING_FLOAT_PLAIN:
			return take_bits(reader, bits, count, total_bits);
		case SYDRA_ENCODING_FLOAT_ALP:
			return read_alp(reader, false, bits, count, total_bits, spans);
		case SYDRA_ENCODING_FLOAT_ALP_NEAR:
			return read_alp(reader, true, bits, count, total_bits, spans);
		case SYDRA_ENCODING_FLOAT_ALP_RD:
			return sydra_alp_rd_read(reader, bits, count, total_bits);
	}
	return false;
}

static bool
read_runs(SydraReader *reader, uint64_t *bits, int count, int total_bits)
{
	uint64_t	heads[SYDRA_VECTOR_ROWS];
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	int			run_count;

	if (count == 0 || !sydra_rle_read(reader, lengths, &run_count, count))
		return false;
	sydra_spans_set_one(&spans, run_count);
	if (!read_direct(reader, sydra_stream_take_byte(reader), heads, run_count, total_bits,
					 &spans))
		return false;
	sydra_rle_expand(heads, lengths, run_count, bits);
	return true;
}

static bool
read_bits(SydraReader *reader, int encoding, uint64_t *bits, int count, int total_bits,
		  const SydraSpans *spans)
{
	if (reader->failed)
		return false;
	if (encoding == SYDRA_ENCODING_FLOAT_RLE)
		return read_runs(reader, bits, count, total_bits);
	return read_direct(reader, encoding, bits, count, total_bits, spans);
}

bool
sydra_float_read64(SydraReader *reader, double *values, int count, const SydraSpans *spans)
{
	uint64_t	bits[SYDRA_VECTOR_ROWS];
	int			encoding = sydra_stream_take_byte(reader);

	/* The commonest by far, and worth saving a copy. */
	if (encoding == SYDRA_ENCODING_FLOAT_ALP && count > 0)
		return sydra_alp_read64(reader, false, values, count, spans);
	if (!read_bits(reader, encoding, bits, count, 64, spans))
		return false;
	memcpy(values, bits, (size_t) count * sizeof(double));
	return true;
}

bool
sydra_float_read32(SydraReader *reader, float *values, int count, const SydraSpans *spans)
{
	uint64_t	bits[SYDRA_VECTOR_ROWS];
	int			encoding = sydra_stream_take_byte(reader);

	if (encoding == SYDRA_ENCODING_FLOAT_ALP && count > 0)
		return sydra_alp_read32(reader, false, values, count, spans);
	if (!read_bits(reader, encoding, bits, count, 32, spans))
		return false;
	for (int i = 0; i < count; i++)
	{
		uint32_t	narrow = (uint32_t) bits[i];

		memcpy(values + i, &narrow, sizeof(float));
	}
	return true;
}
