/*
 * codec.c
 *	  The classes of values, as others call them; the encodings are below.
 */
#include "codec/codec.h"
#include "codec/codec_part.h"

/* Above any header: bases, counts, widths, each of ten bytes at most. */
#define HEADERS 64

static bool
is_vector(int count)
{
	return count >= 0 && count <= SYDRA_VECTOR_ROWS;
}

void
sydra_spans_set_one(SydraSpans *spans, int count)
{
	spans->count = count > 0;
	spans->start[0] = 0;
	spans->start[spans->count] = (uint16_t) count;
}

/* False when the runs are not those of count values. */
static bool
set_spans(SydraSpans *spans, const SydraCodecRuns *runs, int count)
{
	int			n = 0;

	if (!is_vector(count))
		return false;
	if (!runs)
	{
		sydra_spans_set_one(spans, count);
		return true;
	}
	if (runs->count < 1 || runs->count > SYDRA_VECTOR_ROWS || runs->start[0] != 0)
		return false;
	for (int run = 0; run < runs->count; run++)
	{
		int			end = run + 1 < runs->count ? runs->start[run + 1] : count;

		if (end > count || end < runs->start[run])
			return false;
		if (end > runs->start[run])
			spans->start[n++] = runs->start[run];
	}
	spans->start[n] = (uint16_t) count;
	spans->count = n;
	return true;
}

static SydraWriter
open_writer(uint8_t *out, size_t out_size)
{
	SydraWriter writer = {out, out + out_size, false};

	return writer;
}

static size_t
close_writer(const SydraWriter *writer, const uint8_t *out)
{
	return writer->failed ? 0 : (size_t) (writer->at - out);
}

static SydraReader
open_reader(const uint8_t *in, size_t size)
{
	SydraReader reader = {in, in + size, false};

	return reader;
}

/* An encoder leaves nothing behind its last byte. */
static bool
close_reader(const SydraReader *reader)
{
	return !reader->failed && reader->at == reader->end;
}

size_t
sydra_codec_bound_int64(int count)
{
	return is_vector(count) ? HEADERS + (size_t) count * sizeof(int64_t) : 0;
}

size_t
sydra_codec_encode_int64(const int64_t *values, int count, const SydraCodecRuns *runs,
						 uint8_t *out, size_t out_size)
{
	SydraWriter writer = open_writer(out, out_size);
	SydraSpans	spans;
	SydraInts	ints = {(const uint64_t *) values, count, &spans};
	SydraIntPlan plan;

	if (!set_spans(&spans, runs, count))
		return 0;
	sydra_int_plan(&ints, &plan);
	sydra_int_write(&writer, &ints, &plan);
	return close_writer(&writer, out);
}

bool
sydra_codec_decode_int64(const uint8_t *in, size_t size, int64_t *values, int count,
						 const SydraCodecRuns *runs)
{
	SydraReader reader = open_reader(in, size);
	SydraSpans	spans;

	return set_spans(&spans, runs, count) &&
		sydra_int_read(&reader, (uint64_t *) values, count, &spans) &&
		close_reader(&reader);
}

size_t
sydra_codec_bound_float64(int count)
{
	return is_vector(count) ? HEADERS + (size_t) count * sizeof(double) : 0;
}

size_t
sydra_codec_encode_float64(const double *values, int count, const SydraCodecRuns *runs,
						   uint8_t *out, size_t out_size)
{
	SydraWriter writer = open_writer(out, out_size);
	SydraSpans	spans;
	uint64_t	bits[SYDRA_VECTOR_ROWS];
	SydraFloats floats = {values, bits, count, 64, &spans};

	if (!set_spans(&spans, runs, count))
		return 0;
	if (count > 0)
		memcpy(bits, values, (size_t) count * sizeof(double));
	sydra_float_write(&writer, &floats);
	return close_writer(&writer, out);
}

bool
sydra_codec_decode_float64(const uint8_t *in, size_t size, double *values, int count,
						   const SydraCodecRuns *runs)
{
	SydraReader reader = open_reader(in, size);
	SydraSpans	spans;

	return set_spans(&spans, runs, count) &&
		sydra_float_read64(&reader, values, count, &spans) &&
		close_reader(&reader);
}

size_t
sydra_codec_bound_float32(int count)
{
	return is_vector(count) ? HEADERS + (size_t) count * sizeof(float) : 0;
}

size_t
sydra_codec_encode_float32(const float *values, int count, const SydraCodecRuns *runs,
						   uint8_t *out, size_t out_size)
{
	SydraWriter writer = open_writer(out, out_size);
	SydraSpans	spans;
	uint64_t	bits[SYDRA_VECTOR_ROWS];
	double		doubles[SYDRA_VECTOR_ROWS];
	SydraFloats floats = {doubles, bits, count, 32, &spans};

	if (!set_spans(&spans, runs, count))
		return 0;
	for (int i = 0; i < count; i++)
	{
		uint32_t	narrow;

		memcpy(&narrow, values + i, sizeof(narrow));
		bits[i] = narrow;
		doubles[i] = values[i];
	}
	sydra_float_write(&writer, &floats);
	return close_writer(&writer, out);
}

bool
sydra_codec_decode_float32(const uint8_t *in, size_t size, float *values, int count,
						   const SydraCodecRuns *runs)
{
	SydraReader reader = open_reader(in, size);
	SydraSpans	spans;

	return set_spans(&spans, runs, count) &&
		sydra_float_read32(&reader, values, count, &spans) &&
		close_reader(&reader);
}

size_t
sydra_codec_bound_bool(int count)
{
	return is_vector(count) ? HEADERS + (size_t) count / 8 : 0;
}

size_t
sydra_codec_encode_bool(const uint64_t *bits, int count, uint8_t *out, size_t out_size)
{
	SydraWriter writer = open_writer(out, out_size);

	if (!is_vector(count))
		return 0;
	sydra_bitmap_write(&writer, bits, count);
	return close_writer(&writer, out);
}

bool
sydra_codec_decode_bool(const uint8_t *in, size_t size, uint64_t *bits, int count)
{
	SydraReader reader = open_reader(in, size);

	return is_vector(count) && sydra_bitmap_read(&reader, bits, count) &&
		close_reader(&reader);
}

/* Sum of the lengths; false when the values cannot share a vector. */
static bool
add_lengths(const SydraCodecBytes *values, int count, size_t *total)
{
	size_t		left = SYDRA_CODEC_BYTES_MAX - 16 * SYDRA_VECTOR_ROWS;

	*total = 0;
	if (!is_vector(count))
		return false;
	for (int i = 0; i < count; i++)
	{
		if (values[i].length < 0 || (size_t) values[i].length > left - *total)
			return false;
		*total += (size_t) values[i].length;
	}
	return true;
}

size_t
sydra_codec_bound_bytes(const SydraCodecBytes *values, int count)
{
	size_t		total;

	/* Codes and lengths, at most twice, are integers below 2^26. */
	if (!add_lengths(values, count, &total))
		return 0;
	return total + 2 * HEADERS + (size_t) count * 8;
}

size_t
sydra_codec_scratch_bytes(const SydraCodecBytes *values, int count)
{
	size_t		total;

	return add_lengths(values, count, &total) ? sydra_block_scratch(total) : 0;
}

size_t
sydra_codec_encode_bytes(const SydraCodecBytes *values, int count, void *scratch,
						 uint8_t *out, size_t out_size)
{
	SydraWriter writer = open_writer(out, out_size);
	size_t		total;

	if (!add_lengths(values, count, &total))
		return 0;
	sydra_codec_dictionary_write(&writer, values, count, scratch, sydra_block_scratch(total));
	return close_writer(&writer, out);
}

/*
 * Bytes from the start of one decoded value to the start of the next; never
 * 0, so that an empty value has a place of its own.
 */
static size_t
step(uint64_t length, int room)
{
	size_t		size = ((size_t) length + (size_t) room + 7) & ~(size_t) 7;

	return size > 0 ? size : 8;
}

/* Reads all but the bytes themselves; data_size is where the values end. */
static bool
open_bytes(const uint8_t *in, size_t size, int count, int room, uint64_t *codes,
		   SydraBlock *block, size_t *data_size)
{
	SydraReader reader = open_reader(in, size);

	if (!is_vector(count) || room < 0 || room > 8 ||
		!sydra_codec_dictionary_open(&reader, count, codes, block) ||
		!close_reader(&reader))
		return false;
	*data_size = 0;
	for (int i = 0; i < block->count; i++)
		*data_size += step(block->lengths[i], room);
	return *data_size <= SYDRA_CODEC_BYTES_MAX;
}

bool
sydra_codec_size_bytes(const uint8_t *in, size_t size, int count, int room,
					   size_t *buffer_size)
{
	uint64_t	codes[SYDRA_VECTOR_ROWS];
	SydraBlock	block;

	if (!open_bytes(in, size, count, room, codes, &block, buffer_size))
		return false;
	*buffer_size += sydra_block_workspace(&block);
	return true;
}

/* Moves values that stand side by side to where they belong, last first. */
static void
spread(const SydraBlock *block, int room, char *buffer, size_t data_size, char **places)
{
	char	   *from = buffer + block->total;
	char	   *to = buffer + data_size;

	for (int i = block->count - 1; i >= 0; i--)
	{
		size_t		length = (size_t) block->lengths[i];

		from -= length;
		to -= step(length, room);
		memmove(to + room, from, length);
		places[i] = to + room;
	}
}

bool
sydra_codec_decode_bytes(const uint8_t *in, size_t size, int count, int room,
						 void *buffer, size_t buffer_size, SydraCodecBytes *values)
{
	uint64_t	codes[SYDRA_VECTOR_ROWS];
	char	   *places[SYDRA_VECTOR_ROWS];
	SydraBlock	block;
	size_t		data_size;

	if (!open_bytes(in, size, count, room, codes, &block, &data_size) ||
		data_size + sydra_block_workspace(&block) > buffer_size ||
		!sydra_block_unpack(&block, buffer, (char *) buffer + data_size))
		return false;
	spread(&block, room, buffer, data_size, places);
	for (int i = 0; i < count; i++)
	{
		values[i].data = places[codes[i]];
		values[i].length = (int32_t) block.lengths[codes[i]];
	}
	return true;
}

const char *
sydra_codec_name(int encoding)
{
	switch (encoding)
	{
		case SYDRA_ENCODING_INT_CONSTANT:
		case SYDRA_ENCODING_FLOAT_CONSTANT:
		case SYDRA_ENCODING_BYTES_CONSTANT:
			return "constant";
		case SYDRA_ENCODING_INT_STRIDE:
			return "stride";
		case SYDRA_ENCODING_INT_FOR:
			return "for";
		case SYDRA_ENCODING_INT_FOR_RUNS:
			return "for_runs";
		case SYDRA_ENCODING_INT_DELTA:
			return "delta";
		case SYDRA_ENCODING_INT_DELTA2:
			return "delta2";
		case SYDRA_ENCODING_INT_RLE:
		case SYDRA_ENCODING_FLOAT_RLE:
		case SYDRA_ENCODING_BOOL_RLE:
		case SYDRA_ENCODING_BYTES_RLE:
			return "run_length";
		case SYDRA_ENCODING_INT_SCALED:
			return "scaled";
		case SYDRA_ENCODING_FLOAT_ALP:
			return "alp";
		case SYDRA_ENCODING_FLOAT_ALP_NEAR:
			return "alp_near";
		case SYDRA_ENCODING_FLOAT_ALP_RD:
			return "alp_rd";
		case SYDRA_ENCODING_FLOAT_PLAIN:
		case SYDRA_ENCODING_BYTES_PLAIN:
			return "plain";
		case SYDRA_ENCODING_BOOL_NONE:
			return "none";
		case SYDRA_ENCODING_BOOL_ALL:
			return "all";
		case SYDRA_ENCODING_BOOL_BITMAP:
			return "bitmap";
		case SYDRA_ENCODING_BYTES_DICTIONARY:
			return "dictionary";
		case SYDRA_ENCODING_BYTES_LZ4:
			return "lz4";
		case SYDRA_ENCODING_BYTES_ZSTD:
			return "zstd";
	}
	return NULL;
}
