/*
 * Bytes from anywhere, decoded as a vector and encoded as one: decoding says
 * false or gives values that come back to the bit, and any values do.
 *
 * Input: class byte | count, two bytes | length of runs, a byte | the rest.
 */
#include "codec_check.h"
#include "fuzz.h"

#define HEADER 4

static void
make_even_runs(SydraCodecRuns *runs, uint16_t *starts, int count, int length)
{
	runs->start = starts;
	runs->count = 0;
	for (int at = 0; at == 0 || at < count; at += length)
		starts[runs->count++] = (uint16_t) at;
}

static void
round_trip(const CodecClass *class, const void *values, int count, const SydraCodecRuns *runs)
{
	size_t		bound = class->bound(values, count);
	uint8_t    *out = malloc(bound);
	void	   *decoded = malloc(class->values_size(count));
	size_t		size = class->encode(values, count, runs, out, bound);

	require(size > 0 && size <= bound);
	require(class->decode(out, size, decoded, count, runs));
	require(class->equal(values, decoded, count));
	free(decoded);
	free(out);
}

/* The input cut into values: each takes its length from its first byte. */
static int
cut_bytes(const uint8_t *in, size_t size, SydraCodecBytes *values, int count)
{
	int			n = 0;

	while (n < count && size > 0)
	{
		size_t		length = *in++;

		size--;
		length = length < size ? length : size;
		values[n].data = (const char *) in;
		values[n++].length = (int32_t) length;
		in += length;
		size -= length;
	}
	return n;
}

static void
encode_input(const CodecClass *class, const uint8_t *in, size_t size, int count,
			 const SydraCodecRuns *runs)
{
	void	   *values = malloc(class->values_size(count));

	if (class == &class_bytes)
	{
		count = cut_bytes(in, size, values, count);
		round_trip(class, values, count, NULL);
	}
	else if (size >= class->values_size(count))
	{
		memcpy(values, in, class->values_size(count));
		round_trip(class, values, count, runs);
	}
	free(values);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	static const CodecClass *const classes[] = {
		&class_int64, &class_float64, &class_float32, &class_bool, &class_bytes
	};
	const CodecClass *class;
	uint16_t	starts[SYDRA_VECTOR_ROWS];
	SydraCodecRuns runs;
	SydraCodecRuns *given = NULL;
	void	   *decoded;
	int			count;

	if (size < HEADER)
		return 0;
	class = classes[in[0] % 5];
	count = (in[1] | in[2] << 8) % (SYDRA_VECTOR_ROWS + 1);
	if (in[3] > 0)
	{
		make_even_runs(&runs, starts, count, in[3]);
		given = &runs;
	}
	in += HEADER;
	size -= HEADER;

	decoded = malloc(class->values_size(count));
	if (class->decode(in, size, decoded, count, given) && class != &class_bytes)
		round_trip(class, decoded, count, given);
	free(decoded);
	encode_input(class, in, size, count, given);
	return 0;
}
