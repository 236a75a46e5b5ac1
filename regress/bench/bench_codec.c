/*
 * bench_codec.c
 *	  How small and how fast the codecs are on inputs of known shape.
 *
 * A line an input: the encoding of its first vector, bytes a value, and
 * millions of values encoded and decoded a second on one core.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/codec.h"

#define VECTORS 64
#define ROWS SYDRA_VECTOR_ROWS
#define TOTAL (VECTORS * ROWS)
#define DAY_2024 INT64_C(757382400000000)	/* 2024-01-01 since 2000, us */

static uint64_t seed = 42;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * UINT64_C(0x2545F4914F6CDD1D);
}

static double
next_unit(void)
{
	return (double) (next_random() >> 11) / 9007199254740992.0;
}

static double
next_normal(void)
{
	return sqrt(-2 * log(1 - next_unit())) * cos(6.283185307179586 * next_unit());
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

typedef enum Class
{
	INT64, FLOAT64, FLOAT32, BYTES
} Class;

static union
{
	SydraCodecBytes bytes[TOTAL];
	int64_t		int64[TOTAL];
	double		float64[TOTAL];
	float		float32[TOTAL];
}			values, decoded;

#define TEXT_MAX 100

static uint8_t encoded[VECTORS][ROWS * (TEXT_MAX + 8) + 200];
static char texts[TOTAL][TEXT_MAX];
static uint64_t memory[1 << 18];	/* scratch to encode, buffer to decode */
static size_t sizes[VECTORS];
static SydraCodecRuns *runs;

static size_t
encode(Class class, int vector)
{
	size_t		first = (size_t) vector * ROWS;
	uint8_t    *out = encoded[vector];

	switch (class)
	{
		case INT64:
			return sydra_codec_encode_int64(values.int64 + first, ROWS, runs, out,
											sizeof(encoded[0]));
		case FLOAT64:
			return sydra_codec_encode_float64(values.float64 + first, ROWS, runs, out,
											  sizeof(encoded[0]));
		case FLOAT32:
			return sydra_codec_encode_float32(values.float32 + first, ROWS, runs, out,
											  sizeof(encoded[0]));
		case BYTES:
			if (sydra_codec_scratch_bytes(values.bytes + first, ROWS) > sizeof(memory))
				abort();
			return sydra_codec_encode_bytes(values.bytes + first, ROWS, memory, out,
											sizeof(encoded[0]));
	}
	return 0;
}

static bool
decode(Class class, int vector)
{
	size_t		first = (size_t) vector * ROWS;
	const uint8_t *in = encoded[vector];
	size_t		buffer_size;

	switch (class)
	{
		case INT64:
			return sydra_codec_decode_int64(in, sizes[vector], decoded.int64 + first, ROWS,
											runs);
		case FLOAT64:
			return sydra_codec_decode_float64(in, sizes[vector], decoded.float64 + first,
											  ROWS, runs);
		case FLOAT32:
			return sydra_codec_decode_float32(in, sizes[vector], decoded.float32 + first,
											  ROWS, runs);
		case BYTES:
			return sydra_codec_size_bytes(in, sizes[vector], ROWS, 4, &buffer_size) &&
				buffer_size <= sizeof(memory) &&
				sydra_codec_decode_bytes(in, sizes[vector], ROWS, 4, memory, buffer_size,
										 decoded.bytes + first);
	}
	return false;
}

static void
report(const char *name, Class class)
{
	double		start;
	double		encode_s;
	double		decode_s;
	size_t		size = 0;
	int			rounds = 0;
	size_t		width = class == FLOAT32 ? 4 : 8;

	start = now();
	do
	{
		size = 0;
		for (int vector = 0; vector < VECTORS; vector++)
			size += sizes[vector] = encode(class, vector);
		rounds++;
		encode_s = now() - start;
	} while (encode_s < 0.1);
	encode_s /= rounds;

	rounds = 0;
	start = now();
	do
	{
		for (int vector = 0; vector < VECTORS; vector++)
			if (!decode(class, vector))
				abort();
		rounds++;
		decode_s = now() - start;
	} while (decode_s < 0.1);
	decode_s /= rounds;

	/* Bytes stand in memory that every vector takes again. */
	if (class != BYTES && memcmp(&values, &decoded, width * TOTAL) != 0)
	{
		fprintf(stderr, "%s: decoded values differ\n", name);
		exit(1);
	}
	printf("%-34s %-11s %8.3f %9.0f %9.0f\n", name, sydra_codec_name(encoded[0][0]),
		   (double) size / TOTAL, TOTAL / encode_s / 1e6, TOTAL / decode_s / 1e6);
}

static void
fill_times(const char *name, double jitter_us, double gap_share)
{
	int64_t		time = DAY_2024;

	for (int i = 0; i < TOTAL; i++)
	{
		if (next_unit() < gap_share)
			time += (int64_t) (next_unit() * 600) * 10000000;
		time += 10000000;
		values.int64[i] = time + (int64_t) (next_normal() * jitter_us);
	}
	report(name, INT64);
}

static void
fill_walk(const char *name, double spread, double scale, bool single)
{
	double		walk = 50;

	for (int i = 0; i < TOTAL; i++)
	{
		walk += next_normal() * spread;
		if (walk < 0 || walk > 100)
			walk = 50;
		if (single)
			values.float32[i] = (float) (round(walk * scale) / scale);
		else
			values.float64[i] = scale > 0 ? round(walk * scale) / scale : walk;
	}
	report(name, single ? FLOAT32 : FLOAT64);
}

static void
fill_texts(const char *name, const char *format, int distinct)
{
	for (int i = 0; i < TOTAL; i++)
	{
		int			number = (int) (next_random() >> 40) % distinct;

		values.bytes[i].data = texts[i];
		values.bytes[i].length = snprintf(texts[i], TEXT_MAX, format, number, number * 7 % 1000);
	}
	report(name, BYTES);
}

int
main(void)
{
	uint16_t	starts[ROWS / 16];
	SydraCodecRuns short_runs = {starts, ROWS / 16};
	int64_t		counter = 0;

	printf("%-34s %-11s %8s %9s %9s\n", "input", "encoding", "B/value", "enc M/s", "dec M/s");
	fill_times("time, even", 0, 0);
	fill_times("time, even, 0.2% gaps", 0, 0.002);
	fill_times("time, 1 ms jitter", 1000, 0);

	for (int i = 0; i < TOTAL; i++)
		values.int64[i] = (int64_t) (next_random() % 1000);
	report("int, uniform below 1000", INT64);
	for (int i = 0; i < TOTAL; i++)
		values.int64[i] = (int64_t) next_random();
	report("int, all 64 bits", INT64);
	for (int i = 0; i < TOTAL; i++)
		values.int64[i] = counter += (int64_t) (next_random() % 5000);
	report("int, counter", INT64);
	for (int i = 0; i < TOTAL; i++)
		values.int64[i] = i / 50 % 7;
	report("int, stays 50 rows", INT64);

	for (int run = 0; run < ROWS / 16; run++)
		starts[run] = (uint16_t) (run * 16);
	runs = &short_runs;
	for (int i = 0; i < TOTAL; i++)
		values.int64[i] = DAY_2024 + i % 16 * 10000000;
	report("time, even, runs of 16", INT64);
	for (int i = 0; i < TOTAL; i++)
		values.float64[i] = round(1000.0 * (i / 16 * 7919 % 100) + next_normal() * 100) / 100;
	report("float8, decimals, runs of 16", FLOAT64);
	runs = NULL;

	fill_walk("float8, walk 0.5, 2 decimals", 0.5, 100, false);
	fill_walk("float8, walk 5, 2 decimals", 5, 100, false);
	for (int i = 0; i < TOTAL; i++)
		values.float64[i] = round(next_unit() * 10000) / 100;
	report("float8, uniform, 2 decimals", FLOAT64);
	for (int i = 0; i < TOTAL; i++)
		values.float64[i] = (double) (counter += (int64_t) (next_random() % 100));
	report("float8, whole counter", FLOAT64);
	for (int i = 0; i < TOTAL; i++)
		values.float64[i] = next_unit() < 0.01 ? NAN : round(next_unit() * 1e5) / 1000;
	report("float8, 3 decimals, 1% NaN", FLOAT64);
	for (int i = 0; i < TOTAL; i++)
		values.float64[i] = i / 20 % 9 / 8.0;
	report("float8, stays 20 rows", FLOAT64);
	fill_walk("float8, walk, real", 0.5, 0, false);
	for (int i = 0; i < TOTAL; i++)
	{
		uint64_t	bits = next_random();

		memcpy(values.float64 + i, &bits, 8);
	}
	report("float8, any bits", FLOAT64);
	fill_walk("float4, walk 0.5, 2 decimals", 0.5, 100, true);
	fill_texts("text, 100 hosts", "host-%d.example.net", 100);
	fill_texts("text, jsonb-like, distinct", "{\"host\": \"h%d\", \"used\": %d}", 1 << 24);
	return 0;
}
