/*
 * Integers and floats come back to the bit from every encoding, whatever
 * their shape, count and runs, and damage to the bytes is survived.
 */
#include <float.h>
#include <math.h>

#include "codec_check.h"

#define ROWS SYDRA_VECTOR_ROWS
#define DAY_2024 INT64_C(757382400000000)

static const int counts[] = {0, 1, 2, 63, 64, 65, 255, 256, 257, 1023, 1024};

#define COUNTS ((int) (sizeof(counts) / sizeof(counts[0])))

/* Each shape fills a vector; run is the number of the value's run. */
typedef struct IntShape
{
	const char *name;
	int			encoding;		/* of 1024 values in one run, 0 when any */
	int64_t		(*value) (int i, int run, int64_t previous);
} IntShape;

static int64_t
add(int64_t left, int64_t right)
{
	return (int64_t) ((uint64_t) left + (uint64_t) right);
}

static int64_t
int_constant(int i, int run, int64_t previous)
{
	(void) i, (void) run, (void) previous;
	return INT64_MIN;
}

static int64_t
int_even(int i, int run, int64_t previous)
{
	(void) run, (void) previous;
	return DAY_2024 + i * INT64_C(10000000);
}

static int64_t
int_wrapping(int i, int run, int64_t previous)
{
	(void) i, (void) run;
	return add(previous, INT64_MAX / 3);
}

static int64_t
int_even_with_gaps(int i, int run, int64_t previous)
{
	(void) run;
	return i == 0 ? DAY_2024 : previous + 10000000 + (i % 211 == 0 ? 86400000000 : 0);
}

static int64_t
int_jitter(int i, int run, int64_t previous)
{
	(void) run, (void) previous;
	return DAY_2024 + i * INT64_C(10000000) + next_below(1000) - 500;
}

static int64_t
int_seconds(int i, int run, int64_t previous)
{
	(void) run;
	return i == 0 ? -DAY_2024 : previous + (next_below(600) - 20) * INT64_C(1000000);
}

static int64_t
int_seconds_stay(int i, int run, int64_t previous)
{
	return i % 20 ? previous : int_seconds(i, run, previous);
}

static int64_t
int_half_range(int i, int run, int64_t previous)
{
	(void) i, (void) run, (void) previous;
	return next_below(2) ? INT64_MIN : 0;
}

static int64_t
int_counter(int i, int run, int64_t previous)
{
	(void) run;
	return i % 400 == 399 ? 0 : add(previous, next_below(3000));
}

static int64_t
int_square(int i, int run, int64_t previous)
{
	(void) run, (void) previous;
	return (int64_t) i * i * 1000 + next_below(3);
}

static int64_t
int_level(int i, int run, int64_t previous)
{
	(void) i, (void) previous;
	return run * INT64_C(1000000007) + next_below(100);
}

static int64_t
int_stays(int i, int run, int64_t previous)
{
	(void) run, (void) previous;
	return (int64_t) (i / 37 * 7919 % 64) << 30;
}

static int64_t
int_extremes(int i, int run, int64_t previous)
{
	static const int64_t values[] = {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN + 1};

	(void) i, (void) run, (void) previous;
	return values[next_below(6)];
}

static int64_t
int_outliers(int i, int run, int64_t previous)
{
	(void) run, (void) previous;
	return i % 97 == 5 ? (int64_t) next_random() : next_below(16);
}

static int64_t
int_uniform(int i, int run, int64_t previous)
{
	(void) i, (void) run, (void) previous;
	return next_below(1000) - 500;
}

static int64_t
int_random(int i, int run, int64_t previous)
{
	(void) i, (void) run, (void) previous;
	return (int64_t) next_random();
}

static const IntShape int_shapes[] = {
	{"constant", SYDRA_ENCODING_INT_CONSTANT, int_constant},
	{"even", SYDRA_ENCODING_INT_STRIDE, int_even},
	{"wrapping stride", SYDRA_ENCODING_INT_STRIDE, int_wrapping},
	{"even with gaps", SYDRA_ENCODING_INT_DELTA, int_even_with_gaps},
	{"jitter", SYDRA_ENCODING_INT_DELTA, int_jitter},
	{"counter", SYDRA_ENCODING_INT_DELTA, int_counter},
	{"seconds", SYDRA_ENCODING_INT_SCALED, int_seconds},
	{"seconds that stay", SYDRA_ENCODING_INT_RLE, int_seconds_stay},
	{"half the range apart", SYDRA_ENCODING_INT_SCALED, int_half_range},
	{"square", SYDRA_ENCODING_INT_DELTA2, int_square},
	{"levels by run", SYDRA_ENCODING_INT_FOR, int_level},
	{"stays", SYDRA_ENCODING_INT_RLE, int_stays},
	{"extremes", SYDRA_ENCODING_INT_FOR, int_extremes},
	{"outliers", SYDRA_ENCODING_INT_FOR, int_outliers},
	{"uniform", SYDRA_ENCODING_INT_FOR, int_uniform},
	{"random", SYDRA_ENCODING_INT_FOR, int_random}
};

static void
fill_ints(const IntShape *shape, const SydraCodecRuns *runs, int64_t *values, int count)
{
	int			run = 0;

	for (int i = 0; i < count; i++)
	{
		while (runs && run + 1 < runs->count && runs->start[run + 1] <= i)
			run++;
		values[i] = shape->value(i, run, i > 0 ? values[i - 1] : 0);
	}
}

static const IntShape *
find_int_shape(const char *name)
{
	const IntShape *shape = int_shapes;

	while (strcmp(shape->name, name) != 0)
		shape++;
	return shape;
}

static void
test_int_shapes(void)
{
	int64_t		values[ROWS];
	uint16_t	starts[ROWS];
	SydraCodecRuns runs;
	uint8_t    *encoded;

	for (size_t s = 0; s < sizeof(int_shapes) / sizeof(int_shapes[0]); s++)
	{
		const IntShape *shape = &int_shapes[s];

		fill_ints(shape, NULL, values, ROWS);
		check_vector(shape->name, &class_int64, values, ROWS, NULL, shape->encoding);
		for (int c = 0; c < COUNTS; c++)
		{
			fill_ints(shape, NULL, values, counts[c]);
			check_round_trip(&class_int64, values, counts[c], NULL, &encoded);
			free(encoded);
			for (int longest = 1; longest <= 300; longest = longest * 3 + 1)
			{
				make_runs(&runs, starts, counts[c], longest);
				fill_ints(shape, &runs, values, counts[c]);
				check_round_trip(&class_int64, values, counts[c], &runs, &encoded);
				free(encoded);
			}
		}
		make_runs(&runs, starts, 400, 20);
		fill_ints(shape, &runs, values, 400);
		check_vector(shape->name, &class_int64, values, 400, &runs, 0);
	}
	fill_ints(find_int_shape("levels by run"), &runs, values, 400);
	check_vector("levels by run", &class_int64, values, 400, &runs,
				 SYDRA_ENCODING_INT_FOR_RUNS);
}

/* Every width of packed bits, around every border of the packing. */
static void
test_widths(void)
{
	int64_t		values[ROWS];
	uint8_t    *encoded;

	for (int width = 0; width <= 64; width++)
		for (int c = 0; c < COUNTS; c++)
			for (int base = -1; base <= 1; base++)
			{
				for (int i = 0; i < counts[c]; i++)
				{
					uint64_t	value = width == 0 ? 0 : next_random() >> (64 - width);

					values[i] = add((int64_t) value, base * INT64_C(0x7000000000000000));
				}
				check_round_trip(&class_int64, values, counts[c], NULL, &encoded);
				free(encoded);
			}
	OK(true, "int64: every width");
}

/* Bases and strides of runs take part in the frames, too. */
static void
test_even_runs(void)
{
	int64_t		values[ROWS];
	uint16_t	starts[ROWS];
	SydraCodecRuns runs;
	uint8_t    *encoded;

	make_runs(&runs, starts, ROWS, 17);
	for (int run = 0; run < runs.count; run++)
	{
		int			end = run + 1 < runs.count ? starts[run + 1] : ROWS;

		for (int i = starts[run]; i < end; i++)
			values[i] = DAY_2024 + (i - starts[run]) * INT64_C(10000000);
	}
	OK(check_round_trip(&class_int64, values, ROWS, &runs, &encoded) < 32,
	   "int64: even times of short runs take no bytes");
	OK(encoded[0] == SYDRA_ENCODING_INT_STRIDE, "int64: even runs are strides");
	free(encoded);
}

/* What is no vector is refused on both sides. */
static void
test_refusals(void)
{
	static const uint16_t late[] = {1, 2};
	static const uint16_t back[] = {0, 5, 3};
	static const uint16_t beyond[] = {0, 11};
	static const uint16_t fine[] = {0, 0, 3, 3, 10, 10};
	SydraCodecRuns runs[] = {{late, 2}, {back, 3}, {beyond, 2}, {fine, 0}, {fine, -1}};
	SydraCodecRuns all_fine = {fine, 6};
	int64_t		values[10] = {5, 3, 8, 1, 2, 9, 1, 7, 2, 1};
	int64_t		decoded[10];
	uint8_t		out[200];
	size_t		size = sydra_codec_encode_int64(values, 10, &all_fine, out, sizeof(out));

	OK(size > 0 && sydra_codec_decode_int64(out, size, decoded, 10, &all_fine) &&
	   memcmp(values, decoded, sizeof(values)) == 0, "runs may be empty");
	for (int i = 0; i < 5; i++)
	{
		REQUIRE(sydra_codec_encode_int64(values, 10, &runs[i], out, sizeof(out)) == 0);
		REQUIRE(!sydra_codec_decode_int64(out, size, decoded, 10, &runs[i]));
		REQUIRE(!sydra_codec_decode_float64(out, size, (double *) decoded, 10, &runs[i]));
	}
	OK(true, "runs that are not those of the values are refused");
	OK(sydra_codec_encode_int64(values, -1, NULL, out, sizeof(out)) == 0 &&
	   sydra_codec_encode_int64(values, ROWS + 1, NULL, out, sizeof(out)) == 0 &&
	   sydra_codec_bound_int64(ROWS + 1) == 0 && sydra_codec_bound_float64(-1) == 0 &&
	   !sydra_codec_decode_int64(out, size, decoded, -1, NULL) &&
	   !sydra_codec_decode_int64(out, size, decoded, ROWS + 1, NULL),
	   "counts out of range are refused");
}

typedef struct FloatShape
{
	const char *name;
	int			encoding;		/* of 1024 values, 0 when any */
	double		(*value) (int i, double previous);
} FloatShape;

static double
of_bits(uint64_t bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static double
float_constant(int i, double previous)
{
	(void) i, (void) previous;
	return of_bits(UINT64_C(0x7ff8dead0000beef));
}

static double
float_walk(int i, double previous)
{
	return i == 0 ? 50 : round(previous * 100 + next_below(200) - 100) / 100;
}

static double
float_decimals(int i, double previous)
{
	static const double scale[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};

	(void) previous;
	return (next_below(2000000) - 1000000) / scale[i / 8 % 7];
}

/* Decimals that are up to three last places off, now and then none at all. */
static double
float_near(int i, double previous)
{
	double		value = next_below(100000) / 1000.0 + 1;

	(void) previous;
	for (int step = next_below(4); step > 0; step--)
		value = nextafter(value, i % 2 ? 0 : 100);
	return i % 150 == 9 ? NAN : value;
}

static double
float_whole(int i, double previous)
{
	(void) i;
	return previous + next_below(100);
}

static double
float_large(int i, double previous)
{
	(void) previous;
	/* Around the largest integers that doubles, and the codec, tell apart. */
	return ldexp(1, 49 + i % 6) + next_below(5) - 2;
}

static double
float_rare_oddities(int i, double previous)
{
	static const double odd[] = {NAN, INFINITY, -INFINITY, -0.0, DBL_MIN, DBL_MAX, 1.0 / 3};

	(void) previous;
	return i % 61 == 7 ? odd[next_below(7)] : next_below(5000) / 8.0;
}

static double
float_missing(int i, double previous)
{
	(void) i, (void) previous;
	return next_below(5) == 0 ? of_bits(UINT64_C(0x7ff8000000000001)) : next_below(5000) / 10.0;
}

static double
float_stays(int i, double previous)
{
	return i % 31 == 0 ? next_below(1000000) / 7.0 : previous;
}

static double
float_real(int i, double previous)
{
	(void) i, (void) previous;
	return 20 + next_below(1 << 30) / 3e9;
}

static double
float_real_with_outliers(int i, double previous)
{
	(void) previous;
	return i % 100 == 3 ? of_bits(next_random()) : 20 + next_below(1 << 30) / 3e9;
}

static double
float_signs(int i, double previous)
{
	(void) i, (void) previous;
	return next_below(2) ? 0.0 : -0.0;
}

static double
float_hostile(int i, double previous)
{
	static const uint64_t odd[] = {
		UINT64_C(0x7ff0000000000001), UINT64_C(0xfff7ffffffffffff),
		UINT64_C(0x7ff8000000000000), UINT64_C(0xffffffffffffffff), 1,
		UINT64_C(0x8000000000000001), UINT64_C(0x000fffffffffffff),
		UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000),
		UINT64_C(0x7fefffffffffffff), UINT64_C(0x8000000000000000)
	};

	(void) i, (void) previous;
	return of_bits(odd[next_below(11)]);
}

static double
float_random(int i, double previous)
{
	(void) i, (void) previous;
	return of_bits(next_random());
}

static const FloatShape float_shapes[] = {
	{"constant NaN", SYDRA_ENCODING_FLOAT_CONSTANT, float_constant},
	{"walk", SYDRA_ENCODING_FLOAT_ALP, float_walk},
	{"decimals", SYDRA_ENCODING_FLOAT_ALP, float_decimals},
	{"nearly decimals", SYDRA_ENCODING_FLOAT_ALP_NEAR, float_near},
	{"whole", SYDRA_ENCODING_FLOAT_ALP, float_whole},
	{"large", 0, float_large},
	{"rare oddities", SYDRA_ENCODING_FLOAT_ALP, float_rare_oddities},
	{"missing", SYDRA_ENCODING_FLOAT_ALP, float_missing},
	{"stays", SYDRA_ENCODING_FLOAT_RLE, float_stays},
	{"real", SYDRA_ENCODING_FLOAT_ALP_RD, float_real},
	{"real with outliers", SYDRA_ENCODING_FLOAT_ALP_RD, float_real_with_outliers},
	{"signs", 0, float_signs},
	{"hostile", 0, float_hostile},
	{"random", SYDRA_ENCODING_FLOAT_PLAIN, float_random}
};

static void
fill_doubles(const FloatShape *shape, double *values, int count)
{
	for (int i = 0; i < count; i++)
		values[i] = shape->value(i, i > 0 ? values[i - 1] : 0);
}

static void
test_float_shapes(void)
{
	double		values[ROWS];
	uint16_t	starts[ROWS];
	SydraCodecRuns runs;
	uint8_t    *encoded;

	for (size_t s = 0; s < sizeof(float_shapes) / sizeof(float_shapes[0]); s++)
	{
		const FloatShape *shape = &float_shapes[s];

		fill_doubles(shape, values, ROWS);
		check_vector(shape->name, &class_float64, values, ROWS, NULL, shape->encoding);
		for (int c = 0; c < COUNTS; c++)
			for (int longest = 1; longest <= 300; longest = longest * 3 + 1)
			{
				make_runs(&runs, starts, counts[c], longest);
				fill_doubles(shape, values, counts[c]);
				check_round_trip(&class_float64, values, counts[c],
								 longest == 1 ? NULL : &runs, &encoded);
				free(encoded);
			}
		make_runs(&runs, starts, 65, 20);
		fill_doubles(shape, values, 65);
		check_vector(shape->name, &class_float64, values, 65, &runs, 0);
	}
}

/* Floats take the shapes of doubles, rounded, and bit patterns of their own. */
static void
test_float32(void)
{
	double		doubles[ROWS];
	float		values[ROWS];
	uint8_t    *encoded;

	for (size_t s = 0; s < sizeof(float_shapes) / sizeof(float_shapes[0]); s++)
	{
		const FloatShape *shape = &float_shapes[s];

		for (int c = 0; c < COUNTS; c++)
		{
			fill_doubles(shape, doubles, counts[c]);
			for (int i = 0; i < counts[c]; i++)
				values[i] = fabs(doubles[i]) > FLT_MAX ? (float) INFINITY : (float) doubles[i];
			check_round_trip(&class_float32, values, counts[c], NULL, &encoded);
			free(encoded);
		}
		check_vector(shape->name, &class_float32, values, 257, NULL, 0);
	}
	for (int i = 0; i < ROWS; i++)
	{
		uint32_t	bits = (uint32_t) (next_random() >> 32);

		/* Among them NaNs that a conversion would make quiet. */
		if (i % 9 == 0)
			bits = UINT32_C(0x7f800001) + (uint32_t) next_below(1 << 20);
		memcpy(values + i, &bits, sizeof(bits));
	}
	check_vector("any bits", &class_float32, values, ROWS, NULL, SYDRA_ENCODING_FLOAT_PLAIN);
	for (int i = 0; i < ROWS; i++)
		values[i] = (float) (next_below(3000) / 100.0);
	check_vector("decimals", &class_float32, values, ROWS, NULL, SYDRA_ENCODING_FLOAT_ALP);
	for (int i = 0; i < ROWS; i++)
		values[i] = ((float) (next_random() >> 40) / 3e7f + 1) * 1e-20f;
	check_vector("real", &class_float32, values, ROWS, NULL, SYDRA_ENCODING_FLOAT_ALP_RD);
}

/* What measurements cost: the promises of doc/storage.md rest on these. */
static void
test_sizes(void)
{
	double		walk[ROWS];
	int64_t		times[ROWS];
	uint8_t    *encoded;

	for (int i = 0; i < ROWS; i++)
		walk[i] = float_walk(i, i > 0 ? walk[i - 1] : 0);
	OK(check_round_trip(&class_float64, walk, ROWS, NULL, &encoded) <= ROWS * 10 / 8,
	   "a walk with two decimals takes 10 bits a value at most");
	free(encoded);
	for (int i = 0; i < ROWS; i++)
		walk[i] = float_near(1, 0);
	OK(check_round_trip(&class_float64, walk, ROWS, NULL, &encoded) <= ROWS * 21 / 8,
	   "five digits some last places off take 21 bits a value at most");
	free(encoded);
	fill_ints(find_int_shape("even"), NULL, times, ROWS);
	OK(check_round_trip(&class_int64, times, ROWS, NULL, &encoded) <= 24,
	   "even times take 24 bytes a vector at most");
	free(encoded);
	fill_ints(find_int_shape("even with gaps"), NULL, times, ROWS);
	OK(check_round_trip(&class_int64, times, ROWS, NULL, &encoded) <= 64,
	   "even times with four gaps take 64 bytes a vector at most");
	free(encoded);
	for (int i = 0; i < ROWS; i++)
		times[i] = DAY_2024 + (i * 60 + next_below(16)) * INT64_C(1000000);
	OK(check_round_trip(&class_int64, times, ROWS, NULL, &encoded) <= ROWS * 6 / 8,
	   "times in seconds pay for seconds");
	free(encoded);
}

int
main(void)
{
	test_widths();
	test_int_shapes();
	test_even_runs();
	test_refusals();
	test_float_shapes();
	test_float32();
	test_sizes();
	check_garbage(&class_int64, 1, 9);
	check_garbage(&class_float64, 16, 22);
	check_garbage(&class_float32, 16, 22);
	return tap_done();
}
