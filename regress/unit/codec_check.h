/*
 * What the codec tests ask of every vector, whatever its class:
 *
 *	  it comes back to the bit; an output one byte short is refused; every
 *	  truncation and a byte too many decode to false; and every flipped bit
 *	  decodes to false or to some values, inside buffers of exact size.
 *
 * Buffers are allocated at their exact sizes so that the sanitizers see the
 * first byte that is touched outside.
 */
#ifndef SYDRA_CODEC_CHECK_H
#define SYDRA_CODEC_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "tap.h"

static uint64_t random_state = 20240101;

static inline uint64_t
next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(0x2545F4914F6CDD1D);
}

static inline int
next_below(int limit)
{
	return (int) (next_random() >> 33) % limit;
}

/* A class of values.  Sizes are in bytes. */
typedef struct CodecClass
{
	const char *name;
	size_t		(*values_size) (int count);
	size_t		(*bound) (const void *values, int count);
	size_t		(*encode) (const void *values, int count, const SydraCodecRuns *runs,
						   uint8_t *out, size_t out_size);
	bool		(*decode) (const uint8_t *in, size_t size, void *values, int count,
						   const SydraCodecRuns *runs);
	bool		(*equal) (const void *left, const void *right, int count);
} CodecClass;

static inline size_t
size_of_64(int count)
{
	return (size_t) count * 8;
}

static inline size_t
size_of_32(int count)
{
	return (size_t) count * 4;
}

static inline size_t
size_of_bits(int count)
{
	return ((size_t) count + 63) / 64 * 8;
}

static inline bool
equal_64(const void *left, const void *right, int count)
{
	return memcmp(left, right, size_of_64(count)) == 0;
}

static inline bool
equal_32(const void *left, const void *right, int count)
{
	return memcmp(left, right, size_of_32(count)) == 0;
}

/* Bits beyond count are ignored on the left and 0 on the right. */
static inline bool
equal_bits(const void *left, const void *right, int count)
{
	const uint64_t *expected = left;
	const uint64_t *got = right;

	for (int word = 0; word < (count + 63) / 64; word++)
	{
		uint64_t	mask = UINT64_MAX;

		if (count - word * 64 < 64)
			mask >>= 64 - (count - word * 64);
		if (got[word] != (expected[word] & mask))
			return false;
	}
	return true;
}

static inline size_t
bound_int64(const void *values, int count)
{
	(void) values;
	return sydra_codec_bound_int64(count);
}

static inline size_t
encode_int64(const void *values, int count, const SydraCodecRuns *runs, uint8_t *out,
			 size_t out_size)
{
	return sydra_codec_encode_int64(values, count, runs, out, out_size);
}

static inline bool
decode_int64(const uint8_t *in, size_t size, void *values, int count,
			 const SydraCodecRuns *runs)
{
	return sydra_codec_decode_int64(in, size, values, count, runs);
}

static inline size_t
bound_float64(const void *values, int count)
{
	(void) values;
	return sydra_codec_bound_float64(count);
}

static inline size_t
encode_float64(const void *values, int count, const SydraCodecRuns *runs, uint8_t *out,
			   size_t out_size)
{
	return sydra_codec_encode_float64(values, count, runs, out, out_size);
}

static inline bool
decode_float64(const uint8_t *in, size_t size, void *values, int count,
			   const SydraCodecRuns *runs)
{
	return sydra_codec_decode_float64(in, size, values, count, runs);
}

static inline size_t
bound_float32(const void *values, int count)
{
	(void) values;
	return sydra_codec_bound_float32(count);
}

static inline size_t
encode_float32(const void *values, int count, const SydraCodecRuns *runs, uint8_t *out,
			   size_t out_size)
{
	return sydra_codec_encode_float32(values, count, runs, out, out_size);
}

static inline bool
decode_float32(const uint8_t *in, size_t size, void *values, int count,
			   const SydraCodecRuns *runs)
{
	return sydra_codec_decode_float32(in, size, values, count, runs);
}

static inline size_t
bound_bool(const void *values, int count)
{
	(void) values;
	return sydra_codec_bound_bool(count);
}

static inline size_t
encode_bool(const void *values, int count, const SydraCodecRuns *runs, uint8_t *out,
			size_t out_size)
{
	(void) runs;
	return sydra_codec_encode_bool(values, count, out, out_size);
}

static inline bool
decode_bool(const uint8_t *in, size_t size, void *values, int count,
			const SydraCodecRuns *runs)
{
	(void) runs;
	return sydra_codec_decode_bool(in, size, values, count);
}

static inline size_t
bound_bytes(const void *values, int count)
{
	return sydra_codec_bound_bytes(values, count);
}

static inline size_t
encode_bytes(const void *values, int count, const SydraCodecRuns *runs, uint8_t *out,
			 size_t out_size)
{
	void	   *scratch = malloc(sydra_codec_scratch_bytes(values, count));
	size_t		size = sydra_codec_encode_bytes(values, count, scratch, out, out_size);

	(void) runs;
	free(scratch);
	return size;
}

static inline size_t
size_of_bytes(int count)
{
	return (size_t) count * sizeof(SydraCodecBytes);
}

static void *bytes_buffer;		/* of the values decoded last */

/* Decodes with every kind of room; the last is kept. */
static inline bool
decode_bytes(const uint8_t *in, size_t size, void *values, int count,
			 const SydraCodecRuns *runs)
{
	static const int rooms[] = {0, 8, 4};
	SydraCodecBytes *bytes = values;
	bool		decoded = false;

	(void) runs;
	for (int i = 0; i < 3; i++)
	{
		size_t		buffer_size;

		free(bytes_buffer);
		bytes_buffer = NULL;
		if (!sydra_codec_size_bytes(in, size, count, rooms[i], &buffer_size))
			return false;
		bytes_buffer = malloc(buffer_size);
		REQUIRE(count == 0 ||
				!sydra_codec_decode_bytes(in, size, count, rooms[i], bytes_buffer,
										  buffer_size - 1, values));
		decoded = sydra_codec_decode_bytes(in, size, count, rooms[i], bytes_buffer,
										   buffer_size, values);
		if (!decoded)
			continue;
		for (int row = 0; row < count; row++)
		{
			char	   *start = (char *) bytes[row].data - rooms[i];
			volatile char last = 0;

			REQUIRE(((uintptr_t) start & 7) == 0);
			memset(start, 0x55, (size_t) rooms[i]);
			if (bytes[row].length > 0)
				last = bytes[row].data[bytes[row].length - 1];
			(void) last;
		}
	}
	return decoded;
}

static inline bool
equal_bytes(const void *left, const void *right, int count)
{
	const SydraCodecBytes *expected = left;
	const SydraCodecBytes *got = right;

	for (int i = 0; i < count; i++)
	{
		if (got[i].length != expected[i].length ||
			(got[i].length > 0 &&
			 memcmp(got[i].data, expected[i].data, (size_t) got[i].length) != 0))
			return false;
		/* Values that share a place are equal. */
		if (i > 0 && got[i].data == got[i - 1].data && got[i].length != got[i - 1].length)
			return false;
	}
	return true;
}

static const CodecClass class_int64 = {
	"int64", size_of_64, bound_int64, encode_int64, decode_int64, equal_64
};
static const CodecClass class_float64 = {
	"float64", size_of_64, bound_float64, encode_float64, decode_float64, equal_64
};
static const CodecClass class_float32 = {
	"float32", size_of_32, bound_float32, encode_float32, decode_float32, equal_32
};
static const CodecClass class_bool = {
	"bool", size_of_bits, bound_bool, encode_bool, decode_bool, equal_bits
};
static const CodecClass class_bytes = {
	"bytes", size_of_bytes, bound_bytes, encode_bytes, decode_bytes, equal_bytes
};

/* Decodes from memory of exactly this size. */
static inline bool
decode_exact(const CodecClass *class, const uint8_t *in, size_t size, void *values, int count,
			 const SydraCodecRuns *runs)
{
	uint8_t    *exact = malloc(size);
	bool		decoded;

	if (size > 0)
		memcpy(exact, in, size);
	decoded = class->decode(exact, size, values, count, runs);
	free(exact);
	return decoded;
}

/* Encodes into *encoded, allocated, and checks that it comes back. */
static inline size_t
check_round_trip(const CodecClass *class, const void *values, int count,
				 const SydraCodecRuns *runs, uint8_t **encoded)
{
	size_t		bound = class->bound(values, count);
	uint8_t    *out = malloc(bound);
	size_t		size = class->encode(values, count, runs, out, bound);
	void	   *decoded = malloc(class->values_size(count));
	uint8_t    *small;

	REQUIRE(size > 0 && size <= bound);
	REQUIRE(sydra_codec_name(out[0]) != NULL);
	REQUIRE(decode_exact(class, out, size, decoded, count, runs) &&
			class->equal(values, decoded, count));

	small = malloc(size - 1);
	REQUIRE(class->encode(values, count, runs, small, size - 1) < size);
	REQUIRE(class->encode(values, count, runs, small, 0) == 0);
	free(small);
	free(decoded);
	*encoded = out;
	return size;
}

/*
 * Puts large numbers wherever a number may stand, with so much behind them
 * that they do not fail for want of bytes.
 */
static inline void
check_large_numbers(const CodecClass *class, const uint8_t *encoded, size_t size, int count,
					const SydraCodecRuns *runs)
{
	static const char *const numbers[] = {
		"\xff\x0f", "\xff\x7f", "\x80\x80\x04", "\xff\xff\xff\xff\x07",
		"\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	};
	size_t		tail = 30000;
	uint8_t    *bytes = malloc(size + 10 + tail);
	void	   *decoded = malloc(class->values_size(count));

	for (size_t at = 1; at < size && at < 40; at++)
		for (int number = 0; number < 6; number++)
		{
			size_t		length = strlen(numbers[number]);
			size_t		rest = size - at - 1;

			memcpy(bytes, encoded, at);
			memcpy(bytes + at, numbers[number], length);
			memcpy(bytes + at + length, encoded + at + 1, rest);
			memset(bytes + at + length + rest, 0, tail);
			class->decode(bytes, at + length + rest + tail, decoded, count, runs);
		}
	free(decoded);
	free(bytes);
}

/* Damages the bytes in every way that takes one bit or the end. */
static inline void
check_damage(const CodecClass *class, uint8_t *encoded, size_t size, int count,
			 const SydraCodecRuns *runs)
{
	void	   *decoded = malloc(class->values_size(count));
	uint8_t    *longer = malloc(size + 1);

	for (size_t end = 0; end < size; end++)
		REQUIRE(!decode_exact(class, encoded, end, decoded, count, runs));
	memcpy(longer, encoded, size);
	longer[size] = 0;
	REQUIRE(!class->decode(longer, size + 1, decoded, count, runs));
	free(longer);

	/* One allocation of exact size for all flips. */
	longer = malloc(size);
	memcpy(longer, encoded, size);
	for (size_t bit = 0; bit < size * 8; bit++)
	{
		longer[bit / 8] ^= (uint8_t) (1 << bit % 8);
		class->decode(longer, size, decoded, count, runs);
		longer[bit / 8] ^= (uint8_t) (1 << bit % 8);
	}
	free(longer);
	free(decoded);
	check_large_numbers(class, encoded, size, count, runs);
}

/* Both, and that the encoder chose what it should; 0 when any will do. */
static inline void
check_vector(const char *name, const CodecClass *class, const void *values, int count,
			 const SydraCodecRuns *runs, int encoding)
{
	uint8_t    *encoded;
	size_t		size = check_round_trip(class, values, count, runs, &encoded);
	char		text[200];

	if (encoding != 0 && encoded[0] != encoding)
		printf("# %s: %s\n", name, sydra_codec_name(encoded[0]));
	REQUIRE(encoding == 0 || encoded[0] == encoding);
	check_damage(class, encoded, size, count, runs);
	free(encoded);
	snprintf(text, sizeof(text), "%s: %s, %d values", class->name, name, count);
	OK(true, text);
}

/* Runs of random length, some of them empty. */
static inline void
make_runs(SydraCodecRuns *runs, uint16_t *starts, int count, int longest)
{
	int			at = 0;

	runs->start = starts;
	runs->count = 0;
	while (runs->count < SYDRA_VECTOR_ROWS && at <= count)
	{
		starts[runs->count++] = (uint16_t) at;
		at += next_below(longest + 1);
	}
}

/* Bytes that begin like a vector of the class and go on at random. */
static inline void
check_garbage(const CodecClass *class, int first_encoding, int last_encoding)
{
	char		text[100];

	for (int round = 0; round < 20000; round++)
	{
		int			count = next_below(40) == 0 ? SYDRA_VECTOR_ROWS : next_below(70);
		size_t		size = (size_t) next_below(200);
		uint8_t    *bytes = malloc(size);
		void	   *decoded = malloc(class->values_size(count));

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t) (next_random() >> (32 + next_below(8)));
		if (size > 0)
			bytes[0] = (uint8_t) (first_encoding +
								  next_below(last_encoding - first_encoding + 1));
		class->decode(bytes, size, decoded, count, NULL);
		free(bytes);
		free(decoded);
	}
	snprintf(text, sizeof(text), "%s: bytes at random", class->name);
	OK(true, text);
}

#endif							/* SYDRA_CODEC_CHECK_H */
