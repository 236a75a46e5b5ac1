/*
 * Booleans and bytes come back from every encoding, and damage to the bytes
 * is survived.
 */
#include "codec_check.h"

#define ROWS SYDRA_VECTOR_ROWS

static const int counts[] = {0, 1, 2, 63, 64, 65, 1023, 1024};

#define COUNTS ((int) (sizeof(counts) / sizeof(counts[0])))

static void
fill_bits(uint64_t *bits, int density)
{
	for (int word = 0; word < ROWS / 64; word++)
	{
		bits[word] = 0;
		for (int bit = 0; bit < 64; bit++)
			bits[word] |= (uint64_t) (next_below(1000) < density) << bit;
	}
}

static void
test_bools(void)
{
	static const int densities[] = {0, 1, 20, 500, 999, 1000};
	uint64_t	bits[ROWS / 64];

	for (int c = 0; c < COUNTS; c++)
		for (int d = 0; d < 6; d++)
		{
			int			encoding = 0;

			fill_bits(bits, densities[d]);
			if (densities[d] == 0 || counts[c] == 0)
				encoding = SYDRA_ENCODING_BOOL_NONE;
			else if (densities[d] == 1000)
				encoding = SYDRA_ENCODING_BOOL_ALL;
			else if (densities[d] == 500 && counts[c] > 2)
				encoding = SYDRA_ENCODING_BOOL_BITMAP;
			check_vector("density", &class_bool, bits, counts[c], NULL, encoding);
		}
	for (int word = 0; word < ROWS / 64; word++)
		bits[word] = word % 5 < 3 ? 0 : UINT64_MAX << word;
	check_vector("runs", &class_bool, bits, ROWS, NULL, SYDRA_ENCODING_BOOL_RLE);
	check_vector("runs", &class_bool, bits, 700, NULL, SYDRA_ENCODING_BOOL_RLE);
}

static char pool[1 << 22];

typedef struct BytesShape
{
	const char *name;
	int			encoding;		/* of 1024 values, 0 when any */
	SydraCodecBytes (*value) (int i);
} BytesShape;

/* Text that is in the pool for good. */
static SydraCodecBytes
print_text(const char *format, int number)
{
	static size_t used;
	SydraCodecBytes value;

	if (used > sizeof(pool) / 2)
		used = 0;
	value.data = pool + used;
	value.length = snprintf(pool + used, 200, format, number, number * 31);
	used += (size_t) value.length;
	return value;
}

static SydraCodecBytes
bytes_constant(int i)
{
	(void) i;
	return print_text("eu-west-1", 0);
}

static SydraCodecBytes
bytes_empty(int i)
{
	SydraCodecBytes value = {NULL, 0};

	(void) i;
	return value;
}

static SydraCodecBytes
bytes_tags(int i)
{
	return print_text("host-%04d.example.net", (i * 7919) % 37);
}

static SydraCodecBytes
bytes_states(int i)
{
	return print_text("state number %d", i / 90);
}

static SydraCodecBytes
bytes_mixed(int i)
{
	return i % 3 == 0 ? bytes_empty(i) : print_text("%d", next_below(4));
}

static SydraCodecBytes
bytes_json(int i)
{
	return print_text("{\"host\": \"a%d\", \"usage\": %d, \"idle\": true}", i * 17 + next_below(9));
}

/* Neither can do anything about the first 600 bytes, and both about the rest. */
static SydraCodecBytes
bytes_padded(int i)
{
	SydraCodecBytes value = {pool + sizeof(pool) / 2 + i * 900, 900};

	return value;
}

static SydraCodecBytes
bytes_random(int i)
{
	SydraCodecBytes value = {pool + sizeof(pool) / 4 * 3 + i * 20, 20};

	return value;
}

static const BytesShape shapes[] = {
	{"constant", SYDRA_ENCODING_BYTES_CONSTANT, bytes_constant},
	{"empty", SYDRA_ENCODING_BYTES_CONSTANT, bytes_empty},
	{"tags", SYDRA_ENCODING_BYTES_DICTIONARY, bytes_tags},
	{"states", SYDRA_ENCODING_BYTES_RLE, bytes_states},
	{"short and empty", SYDRA_ENCODING_BYTES_DICTIONARY, bytes_mixed},
	{"json", SYDRA_ENCODING_BYTES_ZSTD, bytes_json},
	{"random, padded", SYDRA_ENCODING_BYTES_LZ4, bytes_padded},
	{"random", SYDRA_ENCODING_BYTES_PLAIN, bytes_random}
};

static void
test_shapes(void)
{
	SydraCodecBytes values[ROWS];
	uint8_t    *encoded;

	for (size_t at = sizeof(pool) / 4 * 3; at < sizeof(pool); at++)
		pool[at] = (char) (next_random() >> 40);
	for (size_t at = 0; at < sizeof(pool) / 4; at++)
		pool[sizeof(pool) / 2 + at] = at % 900 < 600 ? (char) (next_random() >> 40) : 0;
	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++)
	{
		for (int c = 0; c < COUNTS; c++)
		{
			for (int i = 0; i < counts[c]; i++)
				values[i] = shapes[s].value(i);
			check_round_trip(&class_bytes, values, counts[c], NULL, &encoded);
			if (counts[c] == ROWS && encoded[0] != shapes[s].encoding)
				printf("# %s: %s\n", shapes[s].name, sydra_codec_name(encoded[0]));
			REQUIRE(counts[c] < ROWS || encoded[0] == shapes[s].encoding);
			free(encoded);
		}
		/* Each bit is flipped, so long values are few. */
		check_vector(shapes[s].name, &class_bytes, values,
					 values[0].length > 100 ? 6 : 65, NULL, 0);
	}
}

/* A vector of long values, up to the cap and over it. */
static void
test_large(void)
{
	size_t		each = 1 << 20;
	int			most = (int) (SYDRA_CODEC_BYTES_MAX / each) - 1;
	char	   *large = malloc(each);
	SydraCodecBytes *values = malloc(ROWS * sizeof(SydraCodecBytes));
	uint8_t    *encoded;

	for (size_t i = 0; i < each; i++)
		large[i] = (char) (next_random() >> 60);
	for (int i = 0; i < ROWS; i++)
	{
		values[i].data = large + i;
		values[i].length = (int32_t) each - ROWS;
	}
	check_round_trip(&class_bytes, values, most, NULL, &encoded);
	free(encoded);
	OK(true, "bytes: a vector of nearly 64 MB");
	OK(sydra_codec_bound_bytes(values, most + 2) == 0 &&
	   sydra_codec_scratch_bytes(values, most + 2) == 0 &&
	   sydra_codec_encode_bytes(values, most + 2, NULL, NULL, 0) == 0,
	   "bytes: more than 64 MB are refused");
	values[3].length = -1;
	OK(sydra_codec_bound_bytes(values, 4) == 0, "bytes: a negative length is refused");
	free(values);
	free(large);
}

/* Sizes on disk are not believed beyond the cap: nothing is allocated for them. */
static void
test_cap(void)
{
	static const uint8_t most[] = {
		SYDRA_ENCODING_BYTES_LZ4, SYDRA_ENCODING_INT_CONSTANT, 0x80, 0x80, 0x80, 0x40,
		5, 0x40, 'a', 'b', 'c', 'd'
	};
	size_t		size;

	OK(sydra_codec_size_bytes(most, sizeof(most), 1, 0, &size) &&
	   size == SYDRA_CODEC_BYTES_MAX, "bytes: a claim of 64 MB may be true");
	OK(!sydra_codec_size_bytes(most, sizeof(most), 1, 8, &size) &&
	   !sydra_codec_size_bytes(most, sizeof(most), 2, 0, &size),
	   "bytes: a claim of more is refused");
	OK(!sydra_codec_size_bytes(most, sizeof(most), 1, -1, &size) &&
	   !sydra_codec_size_bytes(most, sizeof(most), 1, 9, &size), "bytes: room is 0 to 8");
}

/*
 * zstd works in memory of a size computed beforehand, for every size of
 * block.  Were it too small, the block would not be compressed by zstd.
 */
static void
test_workspace(void)
{
	SydraCodecBytes value = {malloc(1 << 20), 0};
	char	   *text = (char *) value.data;
	uint8_t    *encoded;

	for (int i = 0; i < 1 << 20; i++)
		text[i] = "0123456789abcdef"[next_below(12)];
	for (int length = 300; length < 1 << 20; length += length / 7)
	{
		size_t		size;

		value.length = length;
		size = check_round_trip(&class_bytes, &value, 1, NULL, &encoded);
		REQUIRE(size < (size_t) length * 5 / 9 + 80);
		free(encoded);
	}
	OK(true, "bytes: blocks of all sizes are compressed");
	free(text);
}

int
main(void)
{
	test_bools();
	test_shapes();
	test_large();
	test_cap();
	test_workspace();
	check_garbage(&class_bool, 32, 36);
	check_garbage(&class_bytes, 48, 53);
	free(bytes_buffer);
	return tap_done();
}
