/*
 * codec_alp_rd.c
 *	  Real doubles (ALP-RD; Afroozeh, Kuffo and Boncz, SIGMOD 2024).
 *
 * Values of one measurement share sign, exponent and the first digits.  Each
 * is cut in two: the left part, of at most 16 bits, is one of eight in a
 * dictionary, else an exception; the right part is stored as it is.
 *
 *	  right width byte | entry count byte | entries, 16 bits each |
 *	  packed codes | packed right parts | exception count, varint |
 *	  [positions | left parts, 16 bits each]
 */
#include "codec/bitpack.h"
#include "codec/codec_part.h"

#define LEFT_WIDTH 16
#define ENTRIES_MAX 8
#define SAMPLE 64
#define EXCEPTION_BITS (LEFT_WIDTH + 10)

static int
find_entry(const SydraAlpRd *rd, uint64_t left)
{
	for (int code = 0; code < rd->entry_count; code++)
		if (rd->entries[code] == left)
			return code;
	return -1;
}

/* The commonest left parts of a sample; returns how many values have another. */
static int
choose_entries(const uint64_t *sample, int count, SydraAlpRd *rd)
{
	uint64_t	lefts[SAMPLE];
	int			uses[SAMPLE];
	int			n = 0;
	int			missed = count;

	for (int i = 0; i < count; i++)
	{
		uint64_t	left = sample[i] >> rd->right_width;
		int			at = 0;

		while (at < n && lefts[at] != left)
			at++;
		if (at == n)
		{
			lefts[n] = left;
			uses[n++] = 0;
		}
		uses[at]++;
	}

	for (rd->entry_count = 0; rd->entry_count < n && rd->entry_count < ENTRIES_MAX;)
	{
		int			most = 0;

		for (int i = 1; i < n; i++)
			if (uses[i] > uses[most])
				most = i;
		missed -= uses[most];
		uses[most] = 0;
		rd->entries[rd->entry_count++] = (uint16_t) lefts[most];
	}
	return missed;
}

static int
code_width(const SydraAlpRd *rd)
{
	return sydra_stream_bits((uint64_t) rd->entry_count - 1);
}

static size_t
measure(const SydraAlpRd *rd, int count)
{
	size_t		size = 2 + (size_t) rd->entry_count * 2 +
		sydra_bitpack_size(count, code_width(rd)) +
		sydra_bitpack_size(count, rd->right_width) +
		(size_t) sydra_stream_varint_size((uint64_t) rd->exception_count);

	if (rd->exception_count > 0)
		size += sydra_positions_size(rd->exception_count) +
			sydra_bitpack_size(rd->exception_count, LEFT_WIDTH);
	return size;
}

void
sydra_alp_rd_plan(const SydraFloats *floats, SydraAlpRd *rd)
{
	uint64_t	sample[SAMPLE];
	int			n = floats->count < SAMPLE ? floats->count : SAMPLE;
	int			best = n * floats->total_bits;
	SydraAlpRd	candidate;

	memset(rd, 0, sizeof(*rd));
	rd->size = SIZE_MAX;
	for (int i = 0; i < n; i++)
		sample[i] = floats->bits[i * floats->count / n];
	for (int width = floats->total_bits - LEFT_WIDTH; width < floats->total_bits; width++)
	{
		int			bits;

		candidate.right_width = width;
		bits = choose_entries(sample, n, &candidate) * EXCEPTION_BITS;
		bits += n * (width + code_width(&candidate));
		if (bits < best)
		{
			best = bits;
			*rd = candidate;
			rd->size = 0;
		}
	}
	if (rd->size == SIZE_MAX)
		return;

	rd->exception_count = 0;
	for (int i = 0; i < floats->count; i++)
		rd->exception_count += find_entry(rd, floats->bits[i] >> rd->right_width) < 0;
	rd->size = measure(rd, floats->count);
}

static void
put_packed(SydraWriter *writer, const uint64_t *values, int count, int width)
{
	uint8_t    *out = sydra_stream_reserve(writer, sydra_bitpack_size(count, width));

	if (out)
		sydra_bitpack_pack(values, count, 0, width, out);
}

static bool
take_packed(SydraReader *reader, uint64_t *values, int count, int width)
{
	const uint8_t *in = sydra_stream_take(reader, sydra_bitpack_size(count, width));

	if (in)
		sydra_bitpack_unpack(in, count, 0, width, values);
	return in != NULL;
}

void
sydra_alp_rd_write(SydraWriter *writer, const SydraFloats *floats, const SydraAlpRd *rd)
{
	uint64_t	codes[SYDRA_VECTOR_ROWS];
	uint64_t	lefts[SYDRA_VECTOR_ROWS];
	uint16_t	positions[SYDRA_VECTOR_ROWS];
	int			n = 0;

	for (int i = 0; i < floats->count; i++)
	{
		uint64_t	left = floats->bits[i] >> rd->right_width;
		int			code = find_entry(rd, left);

		codes[i] = code < 0 ? 0 : (uint64_t) code;
		if (code < 0)
		{
			positions[n] = (uint16_t) i;
			lefts[n++] = left;
		}
	}

	sydra_stream_put_byte(writer, rd->right_width);
	sydra_stream_put_byte(writer, rd->entry_count);
	for (int code = 0; code < rd->entry_count; code++)
	{
		sydra_stream_put_byte(writer, rd->entries[code] & 0xff);
		sydra_stream_put_byte(writer, rd->entries[code] >> 8);
	}
	put_packed(writer, codes, floats->count, code_width(rd));
	put_packed(writer, floats->bits, floats->count, rd->right_width);
	sydra_stream_put_varint(writer, (uint64_t) n);
	if (n > 0)
	{
		sydra_positions_put(writer, positions, n);
		put_packed(writer, lefts, n, LEFT_WIDTH);
	}
}

static bool
read_entries(SydraReader *reader, SydraAlpRd *rd)
{
	rd->entry_count = sydra_stream_take_byte(reader);
	if (rd->entry_count < 1 || rd->entry_count > ENTRIES_MAX)
		return false;
	for (int code = 0; code < rd->entry_count; code++)
	{
		rd->entries[code] = (uint16_t) sydra_stream_take_byte(reader);
		rd->entries[code] |= (uint16_t) (sydra_stream_take_byte(reader) << 8);
	}
	return !reader->failed;
}

static bool
read_exceptions(SydraReader *reader, uint64_t *bits, int count, int right_width,
				int total_bits)
{
	uint64_t	lefts[SYDRA_VECTOR_ROWS];
	uint16_t	positions[SYDRA_VECTOR_ROWS];
	uint64_t	n = sydra_stream_take_varint(reader);

	if (reader->failed || n > (uint64_t) count)
		return false;
	if (n == 0)
		return true;
	if (!sydra_positions_read(reader, positions, (int) n, count) ||
		!take_packed(reader, lefts, (int) n, LEFT_WIDTH))
		return false;
	for (uint64_t i = 0; i < n; i++)
	{
		uint64_t   *value = bits + positions[i];

		if (lefts[i] >> (total_bits - right_width) != 0)
			return false;
		*value &= ((uint64_t) 1 << right_width) - 1;
		*value |= lefts[i] << right_width;
	}
	return true;
}

bool
sydra_alp_rd_read(SydraReader *reader, uint64_t *bits, int count, int total_bits)
{
	SydraAlpRd	rd;
	uint64_t	codes[SYDRA_VECTOR_ROWS];
	uint64_t	lefts[ENTRIES_MAX] = {0};

	rd.right_width = sydra_stream_take_byte(reader);
	if (rd.right_width < total_bits - LEFT_WIDTH || rd.right_width >= total_bits ||
		!read_entries(reader, &rd) ||
		!take_packed(reader, codes, count, code_width(&rd)) ||
		!take_packed(reader, bits, count, rd.right_width))
		return false;

	/* A code has three bits at most, so an unknown one reads a zero. */
	for (int code = 0; code < rd.entry_count; code++)
	{
		if (rd.entries[code] >> (total_bits - rd.right_width) != 0)
			return false;
		lefts[code] = (uint64_t) rd.entries[code] << rd.right_width;
	}
	for (int i = 0; i < count; i++)
		bits[i] |= lefts[codes[i]];
	return read_exceptions(reader, bits, count, rd.right_width, total_bits);
}
