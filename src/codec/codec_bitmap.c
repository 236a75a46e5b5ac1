/*
 * codec_bitmap.c
 *	  Booleans, and which rows are null: all, none, runs or a bit each.
 *
 *	  none, all: nothing
 *	  bitmap: a bit each, eight a byte, low ones first
 *	  run length: the first value, a byte | lengths of the runs, which take turns
 */
#include "codec/codec_part.h"

static inline bool
bit_at(const uint64_t *bits, int i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

/* Returns the number of runs, or more than limit when there are too many. */
static int
find_runs(const uint64_t *bits, int count, uint64_t *lengths, int limit)
{
	int			run_count = 0;
	int			start = 0;

	for (int i = 1; i <= count && run_count <= limit; i++)
	{
		if (i < count && bit_at(bits, i) == bit_at(bits, start))
			continue;
		lengths[run_count++] = (uint64_t) (i - start);
		start = i;
	}
	return run_count;
}

void
sydra_bitmap_write(SydraWriter *writer, const uint64_t *bits, int count)
{
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	size_t		size = ((size_t) count + 7) / 8;
	int			limit = (int) size;
	int			run_count = find_runs(bits, count, lengths, limit);

	if (run_count <= 1)
		sydra_stream_put_byte(writer, count > 0 && bit_at(bits, 0) ?
							  SYDRA_ENCODING_BOOL_ALL : SYDRA_ENCODING_BOOL_NONE);
	else if (run_count <= limit && 1 + sydra_rle_measure(lengths, run_count) < size)
	{
		sydra_stream_put_byte(writer, SYDRA_ENCODING_BOOL_RLE);
		sydra_stream_put_byte(writer, bit_at(bits, 0));
		sydra_rle_write(writer, lengths, run_count);
	}
	else
	{
		sydra_stream_put_byte(writer, SYDRA_ENCODING_BOOL_BITMAP);
		for (int i = 0; i < count; i += 8)
		{
			uint64_t	byte = bits[i / 64] >> (i % 64) & 0xff;

			if (count - i < 8)
				byte &= ((uint64_t) 1 << (count - i)) - 1;
			sydra_stream_put_byte(writer, (int) byte);
		}
	}
}

static void
set_range(uint64_t *bits, int start, int end)
{
	while (start < end)
	{
		int			bit = start % 64;
		int			n = 64 - bit < end - start ? 64 - bit : end - start;

		bits[start / 64] |= UINT64_MAX >> (64 - n) << bit;
		start += n;
	}
}

static bool
read_bitmap(SydraReader *reader, uint64_t *bits, int count)
{
	const uint8_t *in = sydra_stream_take(reader, ((size_t) count + 7) / 8);

	if (!in)
		return false;
	for (int i = 0; i < count; i += 8)
		bits[i / 64] |= (uint64_t) in[i / 8] << (i % 64);
	/* Bits beyond the last value are not the encoder's. */
	return count % 64 == 0 || bits[count / 64] >> (count % 64) == 0;
}

static bool
read_runs(SydraReader *reader, uint64_t *bits, int count)
{
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	int			value = sydra_stream_take_byte(reader);
	int			run_count;
	int			row = 0;

	if (value > 1 || count == 0 || !sydra_rle_read(reader, lengths, &run_count, count))
		return false;
	for (int run = 0; run < run_count; run++)
	{
		int			end = row + (int) lengths[run];

		if (value)
			set_range(bits, row, end);
		value = !value;
		row = end;
	}
	return true;
}

bool
sydra_bitmap_read(SydraReader *reader, uint64_t *bits, int count)
{
	int			encoding = sydra_stream_take_byte(reader);

	memset(bits, 0, ((size_t) count + 63) / 64 * sizeof(uint64_t));
	switch (encoding)
	{
		case SYDRA_ENCODING_BOOL_NONE:
			return !reader->failed;
		case SYDRA_ENCODING_BOOL_ALL:
			set_range(bits, 0, count);
			return count > 0;
		case SYDRA_ENCODING_BOOL_BITMAP:
			return count > 0 && read_bitmap(reader, bits, count);
		case SYDRA_ENCODING_BOOL_RLE:
			return read_runs(reader, bits, count);
	}
	return false;
}
