/*
 * codec_scaled.c
 *	  Multiples: times in whole seconds or milliseconds, prices in fives.
 *
 * A first value and the greatest divisor that all distances from it share;
 * the quotients are small integers, encoded like any others.
 *
 *	  first value, zigzag varint | divisor, varint
 */
#include "codec/codec_part.h"

static inline uint64_t
magnitude(uint64_t distance)
{
	return distance >> 63 ? 0 - distance : distance;
}

static uint64_t
find_divisor(const uint64_t *values, int count)
{
	uint64_t	divisor = 0;

	for (int i = 1; i < count && divisor != 1; i++)
	{
		uint64_t	rest = divisor;

		divisor = magnitude(values[i] - values[0]);
		while (rest != 0)
		{
			uint64_t	next = divisor % rest;

			divisor = rest;
			rest = next;
		}
	}
	return divisor;
}

/* Fills quotients; false when nothing but 1 divides the distances. */
bool
sydra_scaled_divide(const uint64_t *values, int count, uint64_t *divisor,
					uint64_t *quotients)
{
	*divisor = find_divisor(values, count);
	if (*divisor < 2)
		return false;
	for (int i = 0; i < count; i++)
	{
		uint64_t	distance = values[i] - values[0];
		uint64_t	quotient = magnitude(distance) / *divisor;

		quotients[i] = distance >> 63 ? 0 - quotient : quotient;
	}
	return true;
}

size_t
sydra_scaled_measure(uint64_t first, uint64_t divisor)
{
	return (size_t) sydra_stream_varint_size(sydra_stream_zigzag(first)) +
		(size_t) sydra_stream_varint_size(divisor);
}

void
sydra_scaled_write(SydraWriter *writer, uint64_t first, uint64_t divisor)
{
	sydra_stream_put_varint(writer, sydra_stream_zigzag(first));
	sydra_stream_put_varint(writer, divisor);
}

bool
sydra_scaled_read(SydraReader *reader, uint64_t *first, uint64_t *divisor)
{
	*first = sydra_stream_unzigzag(sydra_stream_take_varint(reader));
	*divisor = sydra_stream_take_varint(reader);
	return !reader->failed && *divisor >= 2;
}

void
sydra_scaled_multiply(uint64_t first, uint64_t divisor, uint64_t *values, int count)
{
	for (int i = 0; i < count; i++)
		values[i] = first + values[i] * divisor;
}
