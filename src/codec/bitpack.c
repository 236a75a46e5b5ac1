/*
 * bitpack.c
 *	  Numbers of equal width, side by side.
 *
 * The layout is that of FastLanes (Afroozeh and Boncz, VLDB 2023) in small:
 * 256 values make a group of 32 rows and 8 lanes, value i in row i / 8 and
 * lane i % 8.  Each lane packs its 32 values into width words of 32 bits, and
 * the words of the lanes alternate, so that one instruction shifts a whole
 * row and rows come out in order.
 *
 *	  words of a group:  lane 0 word 0 | lane 1 word 0 | ... | lane 7 word 0 |
 *						 lane 0 word 1 | ...
 *
 * Fewer than 256 values at the end are one stream of bits, low ones first,
 * so that short vectors pay for what they hold.  Of values wider than 32 bits
 * the low words come first, as they are, and the rest packed.
 */
#include <stdbool.h>
#include <string.h>

#include "codec/bitpack.h"
#include "codec/codec_stream.h"

#define LANES 8
#define ROWS 32
#define GROUP (LANES * ROWS)

typedef uint32_t Row __attribute__((vector_size(LANES * 4)));

static inline uint32_t
mask_of(int width)
{
	return width == 32 ? UINT32_MAX : ((uint32_t) 1 << width) - 1;
}

static inline void
load_row(const uint8_t *in, Row *row)
{
	memcpy(row, in, sizeof(Row));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (int lane = 0; lane < LANES; lane++)
		(*row)[lane] = __builtin_bswap32((*row)[lane]);
#endif
}

static inline void
store_row(uint8_t *out, const Row *row)
{
	memcpy(out, row, sizeof(Row));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (int lane = 0; lane < LANES; lane++)
		sydra_stream_store32(out + lane * 4, (*row)[lane]);
#endif
}

/* width is 1..32; in has width rows. */
SYDRA_WIDE static void
unpack_group(const uint8_t *in, int width, uint32_t *out)
{
	uint32_t	mask = mask_of(width);
	uint32_t	shift = 0;
	Row			word;

	load_row(in, &word);
	for (int row = 0; row < ROWS; row++)
	{
		Row			value = word >> shift;

		shift += (uint32_t) width;
		if (shift >= 32 && row < ROWS - 1)
		{
			in += sizeof(Row);
			load_row(in, &word);
			shift -= 32;
			if (shift > 0)
				value |= word << ((uint32_t) width - shift);
		}
		value &= mask;
		memcpy(out + row * LANES, &value, sizeof(Row));
	}
}

SYDRA_WIDE static void
pack_group(const uint32_t *values, int width, uint8_t *out)
{
	uint32_t	mask = mask_of(width);
	uint32_t	shift = 0;
	Row			word = {0};

	for (int row = 0; row < ROWS; row++)
	{
		Row			value;

		memcpy(&value, values + row * LANES, sizeof(Row));
		value &= mask;
		word |= value << shift;
		shift += (uint32_t) width;
		if (shift >= 32)
		{
			store_row(out, &word);
			out += sizeof(Row);
			shift -= 32;
			if (shift > 0)
				word = value >> ((uint32_t) width - shift);
			else
				word ^= word;
		}
	}
}

/* Up to GROUP values, width 1..32, size bytes. */
static void
unpack_rest(const uint8_t *in, size_t size, int width, uint32_t *out, int count)
{
	uint8_t		bytes[GROUP * 4 + 8];
	uint32_t	mask = mask_of(width);

	memcpy(bytes, in, size);
	memset(bytes + size, 0, 8);
	for (int i = 0; i < count; i++)
	{
		int			bit = i * width;

		out[i] = (uint32_t) (sydra_stream_load64(bytes + (bit >> 3)) >> (bit & 7)) & mask;
	}
}

static void
pack_rest(const uint32_t *values, int width, int count, uint8_t *out)
{
	uint32_t	mask = mask_of(width);
	uint64_t	word = 0;
	int			bits = 0;

	for (int i = 0; i < count; i++)
	{
		word |= (uint64_t) (values[i] & mask) << bits;
		for (bits += width; bits >= 8; bits -= 8)
		{
			*out++ = (uint8_t) word;
			word >>= 8;
		}
	}
	if (bits > 0)
		*out = (uint8_t) word;
}

SYDRA_WIDE static void
fill(uint64_t value, uint64_t *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = value;
}

SYDRA_WIDE static void
widen(const uint32_t *in, uint64_t base, uint64_t *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = base + in[i];
}

SYDRA_WIDE static void
widen_halves(const uint32_t *low, const uint32_t *high, uint64_t base,
			 uint64_t *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = base + (low[i] | (uint64_t) high[i] << 32);
}

SYDRA_WIDE static void
narrow(const uint64_t *in, uint64_t base, int shift, uint32_t *out, int count)
{
	for (int i = 0; i < count; i++)
		out[i] = (uint32_t) ((in[i] - base) >> shift);
}

/* Width 1..32: bytes of the next count <= GROUP values. */
static size_t
part_size(int count, int width)
{
	return ((size_t) count * (size_t) width + 7) / 8;
}

static void
pack_part(const uint32_t *values, int width, int count, uint8_t *out)
{
	if (count == GROUP)
		pack_group(values, width, out);
	else
		pack_rest(values, width, count, out);
}

static void
unpack_part(const uint8_t *in, int width, uint32_t *values, int count)
{
	if (count == GROUP)
		unpack_group(in, width, values);
	else
		unpack_rest(in, part_size(count, width), width, values, count);
}

size_t
sydra_bitpack_size(int count, int width)
{
	size_t		size = 0;

	if (width > 32)
	{
		size = (size_t) count * 4;
		width -= 32;
	}
	/* A full group has no padding, so this is the sum over all parts. */
	return size + part_size(count, width);
}

void
sydra_bitpack_pack(const uint64_t *values, int count, uint64_t base, int width,
				   uint8_t *out)
{
	uint8_t    *low = out;
	int			shift = 0;

	if (width == 0)
		return;
	if (width > 32)
	{
		shift = 32;
		width -= 32;
		out += (size_t) count * 4;
	}

	for (int first = 0; first < count; first += GROUP)
	{
		uint32_t	part[GROUP];
		int			n = count - first < GROUP ? count - first : GROUP;

		if (shift > 0)
		{
			narrow(values + first, base, 0, part, n);
			for (int i = 0; i < n; i++, low += 4)
				sydra_stream_store32(low, part[i]);
		}
		narrow(values + first, base, shift, part, n);
		pack_part(part, width, n, out);
		out += part_size(n, width);
	}
}

void
sydra_bitpack_unpack(const uint8_t *in, int count, uint64_t base, int width,
					 uint64_t *values)
{
	const uint8_t *low = in;
	bool		wide = width > 32;

	if (width == 0)
	{
		fill(base, values, count);
		return;
	}
	if (wide)
	{
		width -= 32;
		in += (size_t) count * 4;
	}

	for (int first = 0; first < count; first += GROUP)
	{
		uint32_t	part[GROUP];
		int			n = count - first < GROUP ? count - first : GROUP;

		unpack_part(in, width, part, n);
		in += part_size(n, width);
		if (wide)
		{
			uint32_t	words[GROUP];

			for (int i = 0; i < n; i++, low += 4)
				words[i] = sydra_stream_load32(low);
			widen_halves(words, part, base, values + first, n);
		}
		else
			widen(part, base, values + first, n);
	}
}
