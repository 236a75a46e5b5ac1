/*
 * codec_alp.c
 *	  Decimals as integers (ALP; Afroozeh, Kuffo and Boncz, SIGMOD 2024).
 *
 * Measurements are mostly decimals: 21.37 is 2137 * 10^-2.  With an exponent
 * and a factor shared by the vector,
 *
 *	  integer = round(value * 10^exponent * 10^-factor)
 *	  value   = integer * 10^factor * 10^-exponent
 *
 * in doubles; a high exponent with a high factor often gives exactly the
 * value back where 10^-2 alone would be off in the last place.  A value that
 * does not come back to the bit (NaN, -0.0, infinities, real doubles) is an
 * exception; in its place stands the integer before it, which packs well.
 * Whole numbers are exponent 0.  Floats take the same road through doubles
 * and are rounded at the end.
 *
 *	  exponent byte | factor byte | integers | exception count, varint |
 *	  [positions | 0, and all their bits, or 1, and the bits they share]
 */
#include "codec/bitpack.h"
#include "codec/codec_part.h"

#define EXPONENT_MAX 18
#define SAMPLE 32
#define SAMPLE_MISSES 8
#define EXCEPTION_BITS(total_bits) ((total_bits) + 10)

/*
 * Added to a double below 2^51 in size, this leaves the nearest integer in the
 * low bits of the sum; no rounding instruction, so the loops vectorise.
 */
#define ROUNDER 6755399441055744.0	/* 1.5 * 2^52 */
#define ROUNDER_BITS UINT64_C(0x4338000000000000)
#define INTEGER_LIMIT 2251799813685248.0	/* 2^51 */

static const double power[EXPONENT_MAX + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
};

static const double inverse[EXPONENT_MAX + 1] = {
	1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9,
	1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18
};

static inline uint64_t
bits_of(double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline double
double_of(uint64_t bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Exact for integers that an encoder made; some number for others. */
static inline double
decode_integer(uint64_t integer, double factor, double exponent)
{
	return (double_of(integer + ROUNDER_BITS) - ROUNDER) * factor * exponent;
}

static inline uint64_t
encode_integer(double value, double exponent, double factor, bool *in_range)
{
	double		scaled = value * exponent * factor;

	*in_range = scaled > -INTEGER_LIMIT && scaled < INTEGER_LIMIT;
	return bits_of(scaled + ROUNDER) - ROUNDER_BITS;
}

static inline uint64_t
float_bits_of(double value)
{
	float		narrow = (float) value;
	uint32_t	bits;

	memcpy(&bits, &narrow, sizeof(bits));
	return bits;
}

static inline bool
comes_back(uint64_t integer, uint64_t bits, double factor, double exponent, int total_bits)
{
	double		value = decode_integer(integer, factor, exponent);

	return (total_bits == 64 ? bits_of(value) : float_bits_of(value)) == bits;
}

/* Bits a value that a sample promises, or best when it promises no less. */
static int
estimate(const SydraFloats *sample, int exponent, int factor, int best)
{
	int64_t		min = INT64_MAX;
	int64_t		max = INT64_MIN;
	int			misses = 0;
	int			bits;

	for (int i = 0; i < sample->count; i++)
	{
		bool		in_range;
		uint64_t	integer = encode_integer(sample->values[i], power[exponent],
											 inverse[factor], &in_range);

		if (!in_range || !comes_back(integer, sample->bits[i], power[factor],
									 inverse[exponent], sample->total_bits))
		{
			misses++;
			if (misses > SAMPLE_MISSES ||
				misses * EXCEPTION_BITS(sample->total_bits) >= best * sample->count)
				return best;
			continue;
		}
		min = (int64_t) integer < min ? (int64_t) integer : min;
		max = (int64_t) integer > max ? (int64_t) integer : max;
	}
	if (misses == sample->count)
		return best;
	bits = sydra_stream_bits((uint64_t) max - (uint64_t) min) +
		(misses * EXCEPTION_BITS(sample->total_bits) + sample->count - 1) / sample->count;
	return bits < best ? bits : best;
}

/* More decimals make larger integers, so the first that fit all are best. */
static bool
choose_exponent(const SydraFloats *sample, SydraAlp *alp)
{
	int			best = sample->total_bits;

	for (int decimals = 0; decimals <= EXPONENT_MAX; decimals++)
	{
		int			last = decimals == 0 ? 0 : EXPONENT_MAX;

		for (int exponent = decimals; exponent <= last; exponent++)
		{
			int			bits = estimate(sample, exponent, exponent - decimals, best);

			if (bits < best)
			{
				best = bits;
				alp->exponent = exponent;
				alp->factor = exponent - decimals;
			}
		}
	}
	return best < sample->total_bits;
}

SYDRA_WIDE static void
encode_all64(const double *values, const uint64_t *bits, int count, double power_e,
			 double inverse_f, double power_f, double inverse_e,
			 uint64_t *integers, uint64_t *misses)
{
	for (int i = 0; i < count; i++)
	{
		double		scaled = values[i] * power_e * inverse_f;
		uint64_t	integer = bits_of(scaled + ROUNDER) - ROUNDER_BITS;
		double		value = decode_integer(integer, power_f, inverse_e);
		uint64_t	outside = !(scaled > -INTEGER_LIMIT && scaled < INTEGER_LIMIT);

		integers[i] = integer;
		misses[i] = (bits_of(value) ^ bits[i]) | outside;
	}
}

static void
encode_all32(const SydraFloats *floats, const SydraAlp *alp, uint64_t *integers,
			 uint64_t *misses)
{
	for (int i = 0; i < floats->count; i++)
	{
		bool		in_range;

		integers[i] = encode_integer(floats->values[i], power[alp->exponent],
									 inverse[alp->factor], &in_range);
		misses[i] = !in_range ||
			!comes_back(integers[i], floats->bits[i], power[alp->factor],
						inverse[alp->exponent], 32);
	}
}

static bool
same_bits(const SydraFloats *floats, const SydraAlp *alp)
{
	for (int i = 1; i < alp->exception_count; i++)
		if (floats->bits[alp->exceptions[i]] != floats->bits[alp->exceptions[0]])
			return false;
	return true;
}

static size_t
measure_exceptions(const SydraFloats *floats, const SydraAlp *alp)
{
	int			stored = same_bits(floats, alp) ? 1 : alp->exception_count;

	if (alp->exception_count == 0)
		return 1;
	return (size_t) sydra_stream_varint_size((uint64_t) alp->exception_count) + 1 +
		sydra_positions_size(alp->exception_count) +
		sydra_bitpack_size(stored, floats->total_bits);
}

/* Encodes all values with the chosen exponent and factor. */
static void
plan_all(const SydraFloats *floats, SydraAlp *alp)
{
	SydraInts	ints = {alp->integers, floats->count, floats->spans};
	uint64_t	misses[SYDRA_VECTOR_ROWS];
	uint64_t	filler = 0;
	int			first = -1;

	if (floats->total_bits == 64)
		encode_all64(floats->values, floats->bits, floats->count, power[alp->exponent],
					 inverse[alp->factor], power[alp->factor], inverse[alp->exponent],
					 alp->integers, misses);
	else
		encode_all32(floats, alp, alp->integers, misses);

	alp->exception_count = 0;
	for (int i = 0; i < floats->count; i++)
	{
		if (misses[i] == 0)
		{
			if (first < 0)
				first = i;
			filler = alp->integers[i];
		}
		else
		{
			alp->exceptions[alp->exception_count++] = (uint16_t) i;
			alp->integers[i] = filler;
		}
	}

	alp->size = SIZE_MAX;
	if (first < 0)
		return;
	for (int i = 0; i < first; i++)
		alp->integers[i] = alp->integers[first];
	sydra_int_plan(&ints, &alp->plan);
	alp->size = 2 + alp->plan.size + measure_exceptions(floats, alp);
}

/* Up to SAMPLE values, evenly from the given positions, or from all when NULL. */
static void
take_sample(const SydraFloats *floats, const uint16_t *positions, int count,
			double *values, uint64_t *bits, SydraFloats *sample)
{
	*sample = *floats;
	sample->values = values;
	sample->bits = bits;
	sample->count = count < SAMPLE ? count : SAMPLE;
	for (int i = 0; i < sample->count; i++)
	{
		int			at = i * count / sample->count;

		if (positions)
			at = positions[at];
		values[i] = floats->values[at];
		bits[i] = floats->bits[at];
	}
}

void
sydra_alp_plan(const SydraFloats *floats, SydraAlp *alp)
{
	SydraFloats sample;
	double		values[SAMPLE];
	uint64_t	bits[SAMPLE];
	SydraAlp	other;

	alp->size = SIZE_MAX;
	alp->exception_count = 0;
	take_sample(floats, NULL, floats->count, values, bits, &sample);
	if (!choose_exponent(&sample, alp))
		return;
	plan_all(floats, alp);

	/* Many exceptions: the sample missed a kind of value; look at those. */
	if (alp->exception_count <= floats->count / 16)
		return;
	take_sample(floats, alp->exceptions, alp->exception_count, values, bits, &sample);
	if (!choose_exponent(&sample, &other))
		return;
	plan_all(floats, &other);
	if (other.size < alp->size)
		*alp = other;
}

static void
write_exceptions(SydraWriter *writer, const SydraFloats *floats, const SydraAlp *alp)
{
	uint64_t	bits[SYDRA_VECTOR_ROWS];
	bool		same = same_bits(floats, alp);
	int			stored = same ? 1 : alp->exception_count;
	uint8_t    *out;

	for (int i = 0; i < stored; i++)
		bits[i] = floats->bits[alp->exceptions[i]];
	sydra_positions_put(writer, alp->exceptions, alp->exception_count);
	sydra_stream_put_byte(writer, same);
	out = sydra_stream_reserve(writer, sydra_bitpack_size(stored, floats->total_bits));
	if (out)
		sydra_bitpack_pack(bits, stored, 0, floats->total_bits, out);
}

void
sydra_alp_write(SydraWriter *writer, const SydraFloats *floats, const SydraAlp *alp)
{
	SydraInts	ints = {alp->integers, floats->count, floats->spans};

	sydra_stream_put_byte(writer, alp->exponent);
	sydra_stream_put_byte(writer, alp->factor);
	sydra_int_write(writer, &ints, &alp->plan);
	sydra_stream_put_varint(writer, (uint64_t) alp->exception_count);
	if (alp->exception_count > 0)
		write_exceptions(writer, floats, alp);
}

/* What stands before the values can be computed. */
typedef struct Parts
{
	double		factor;
	double		exponent;
	uint64_t	integers[SYDRA_VECTOR_ROWS];
	int			exception_count;
	uint16_t	positions[SYDRA_VECTOR_ROWS];
	uint64_t	exceptions[SYDRA_VECTOR_ROWS];
} Parts;

static bool
read_exceptions(SydraReader *reader, Parts *parts, int count, int total_bits)
{
	int			n = parts->exception_count;
	int			same;
	int			stored;
	const uint8_t *in;

	if (!sydra_positions_read(reader, parts->positions, n, count))
		return false;
	same = sydra_stream_take_byte(reader);
	if (same > 1)
		return false;
	stored = same ? 1 : n;
	in = sydra_stream_take(reader, sydra_bitpack_size(stored, total_bits));
	if (!in)
		return false;
	sydra_bitpack_unpack(in, stored, 0, total_bits, parts->exceptions);
	for (int i = stored; i < n; i++)
		parts->exceptions[i] = parts->exceptions[0];
	return true;
}

static bool
read_parts(SydraReader *reader, Parts *parts, int count, const SydraSpans *spans,
		   int total_bits)
{
	int			exponent = sydra_stream_take_byte(reader);
	int			factor = sydra_stream_take_byte(reader);
	uint64_t	exception_count;

	if (exponent > EXPONENT_MAX || factor > exponent ||
		!sydra_int_read(reader, parts->integers, count, spans))
		return false;
	exception_count = sydra_stream_take_varint(reader);
	if (reader->failed || exception_count > (uint64_t) count)
		return false;
	parts->factor = power[factor];
	parts->exponent = inverse[exponent];
	parts->exception_count = (int) exception_count;
	return exception_count == 0 || read_exceptions(reader, parts, count, total_bits);
}

SYDRA_WIDE static void
decode_all64(const uint64_t *integers, double factor, double exponent, double *values,
			 int count)
{
	for (int i = 0; i < count; i++)
		values[i] = decode_integer(integers[i], factor, exponent);
}

SYDRA_WIDE static void
decode_all32(const uint64_t *integers, double factor, double exponent, float *values,
			 int count)
{
	for (int i = 0; i < count; i++)
		values[i] = (float) decode_integer(integers[i], factor, exponent);
}

bool
sydra_alp_read64(SydraReader *reader, double *values, int count, const SydraSpans *spans)
{
	Parts		parts;

	if (!read_parts(reader, &parts, count, spans, 64))
		return false;
	decode_all64(parts.integers, parts.factor, parts.exponent, values, count);
	for (int i = 0; i < parts.exception_count; i++)
		memcpy(values + parts.positions[i], parts.exceptions + i, sizeof(double));
	return true;
}

bool
sydra_alp_read32(SydraReader *reader, float *values, int count, const SydraSpans *spans)
{
	Parts		parts;

	if (!read_parts(reader, &parts, count, spans, 32))
		return false;
	decode_all32(parts.integers, parts.factor, parts.exponent, values, count);
	for (int i = 0; i < parts.exception_count; i++)
	{
		uint32_t	bits = (uint32_t) parts.exceptions[i];

		memcpy(values + parts.positions[i], &bits, sizeof(float));
	}
	return true;
}
