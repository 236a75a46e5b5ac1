/*
 * codec_stream.h
 *	  The bytes of one vector, written front to back and read the same way.
 *
 * A writer that is out of space, and a reader that is asked for more than is
 * left, stays failed; so the codecs check once, where they need the answer.
 * All numbers are little-endian.
 */
#ifndef SYDRA_CODEC_STREAM_H
#define SYDRA_CODEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct SydraWriter
{
	uint8_t    *at;
	uint8_t    *end;
	bool		failed;
} SydraWriter;

typedef struct SydraReader
{
	const uint8_t *at;
	const uint8_t *end;
	bool		failed;
} SydraReader;

/* The next size bytes to fill, or NULL. */
static inline uint8_t *
sydra_stream_reserve(SydraWriter *writer, size_t size)
{
	uint8_t    *at = writer->at;

	if (writer->failed || (size_t) (writer->end - at) < size)
	{
		writer->failed = true;
		return NULL;
	}
	writer->at += size;
	return at;
}

/* The next size bytes, or NULL. */
static inline const uint8_t *
sydra_stream_take(SydraReader *reader, size_t size)
{
	const uint8_t *at = reader->at;

	if (reader->failed || (size_t) (reader->end - at) < size)
	{
		reader->failed = true;
		return NULL;
	}
	reader->at += size;
	return at;
}

static inline void
sydra_stream_put_byte(SydraWriter *writer, int byte)
{
	uint8_t    *at = sydra_stream_reserve(writer, 1);

	if (at)
		*at = (uint8_t) byte;
}

static inline int
sydra_stream_take_byte(SydraReader *reader)
{
	const uint8_t *at = sydra_stream_take(reader, 1);

	return at ? *at : 0;
}

static inline uint64_t
sydra_stream_zigzag(uint64_t value)
{
	return (value << 1) ^ (0 - (value >> 63));
}

static inline uint64_t
sydra_stream_unzigzag(uint64_t value)
{
	return (value >> 1) ^ (0 - (value & 1));
}

/* How many bits the value needs: 0 for 0, 64 at most. */
static inline int
sydra_stream_bits(uint64_t value)
{
	return value == 0 ? 0 : 64 - __builtin_clzll(value);
}

static inline int
sydra_stream_varint_size(uint64_t value)
{
	return value == 0 ? 1 : (sydra_stream_bits(value) + 6) / 7;
}

/* Seven bits a byte, low ones first, the high bit on all bytes but the last. */
static inline void
sydra_stream_put_varint(SydraWriter *writer, uint64_t value)
{
	while (value >= 0x80)
	{
		sydra_stream_put_byte(writer, (int) (value & 0x7f) | 0x80);
		value >>= 7;
	}
	sydra_stream_put_byte(writer, (int) value);
}

static inline uint64_t
sydra_stream_take_varint(SydraReader *reader)
{
	uint64_t	value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		int			byte = sydra_stream_take_byte(reader);

		value |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			/* One spelling for each number, and none beyond 64 bits. */
			if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1))
				reader->failed = true;
			return value;
		}
	}
	reader->failed = true;
	return 0;
}

static inline uint64_t
sydra_stream_load64(const uint8_t *in)
{
	uint64_t	value;

	memcpy(&value, in, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static inline void
sydra_stream_store64(uint8_t *out, uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	memcpy(out, &value, sizeof(value));
}

static inline uint32_t
sydra_stream_load32(const uint8_t *in)
{
	uint32_t	value;

	memcpy(&value, in, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	return value;
}

static inline void
sydra_stream_store32(uint8_t *out, uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	memcpy(out, &value, sizeof(value));
}

#endif							/* SYDRA_CODEC_STREAM_H */
