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
 * Decimals that went through arithmetic are a few last places off: 94.798
 * arrives as 94.79799999999999.  Where many are, the vector is near: each
 * value has a residual, its bit pattern less that of the decimal.
 *
 *	  exponent byte | factor byte | integers | exception count, varint |
 *	  [positions | 0, and all their bits, or 1, and the bits they share] |
 *	  when near, a frame of residuals
 */
#include <math.h>

#include "codec/bitpack.h"
#include "codec/codec_part.h"

#define EXPONENT_MAX 18
#define EXPONENT_BEST 14		/* gives back almost every decimal; tried first */
#define SAMPLE 32
#define SAMPLE_MISSES 8
#define EXCEPTION_BITS(total_bits) ((total_bits) + 10)
#define RESIDUAL_MAX 16
#define NEAR_DECIMALS_MAX 9
#define OUTSIDE ((uint64_t) 1 << 62)	/* a residual that no limit allows */

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

/* The value's bit pattern less that of the integer's decimal. */
static inline uint64_t
find_residual(double value, uint64_t bits, const SydraAlp *alp, int total_bits,
			  uint64_t *integer)
{
	bool		in_range;
	double		decimal;

	*integer = encode_integer(value, power[alp->exponent], inverse[alp->factor], &in_range);
	if (!in_range)
		return OUTSIDE;
	decimal = decode_integer(*integer, power[alp->factor], inverse[alp->exponent]);
	return bits - (total_bits == 64 ? bits_of(decimal) : float_bits_of(decimal));
}

static inline bool
is_exception(uint64_t residual, bool near)
{
	uint64_t	limit = near ? RESIDUAL_MAX : 0;

	return residual + limit > 2 * limit;
}

/*
 * Bits a value that a sample promises, or best when it promises no less.  exact: each value is
 * its decimal to the bit.
 */
static int
estimate(const SydraFloats *sample, const SydraAlp *alp, int best, bool *exact)
{
	int64_t		min = INT64_MAX;
	int64_t		max = INT64_MIN;
	uint64_t	residuals = 0;
	int			misses = 0;
	int			bits;

	*exact = false;
	for (int i = 0; i < sample->count; i++)
	{
		uint64_t	integer;
		uint64_t	residual = find_residual(sample->values[i], sample->bits[i], alp,
											 sample->total_bits, &integer);

		if (is_exception(residual, alp->near))
		{
			misses++;
			if (misses > SAMPLE_MISSES ||
				misses * EXCEPTION_BITS(sample->total_bits) >= best * sample->count)
				return best;
			continue;
		}
		residuals |= sydra_stream_zigzag(residual);
		min = (int64_t) integer < min ? (int64_t) integer : min;
		max = (int64_t) integer > max ? (int64_t) integer : max;
	}
	if (misses == sample->count)
		return best;
	bits = sydra_stream_bits((uint64_t) max - (uint64_t) min) + sydra_stream_bits(residuals) +
		(misses * EXCEPTION_BITS(sample->total_bits) + sample->count - 1) / sample->count;
	*exact = misses == 0 && residuals == 0;
	return bits < best ? bits : best;
}

/* False when no exponent and factor make the sample smaller. */
static bool
choose_exponent(const SydraFloats *sample, bool near, SydraAlp *alp)
{
	int			best = sample->total_bits;
	int			most = near ? NEAR_DECIMALS_MAX : EXPONENT_MAX;
	int			exponent = -1;
	int			factor = 0;
	bool		all_exact = false;

	/* More decimals only make larger integers of what is exact already. */
	alp->near = near;
	for (int decimals = 0; decimals <= most && !all_exact; decimals++)
	{
		int			count = decimals == 0 ? 1 : EXPONENT_MAX + 1 - decimals;
		int			first = decimals < EXPONENT_BEST ? EXPONENT_BEST - decimals : 0;

		for (int i = 0; i < count && !all_exact; i++)
		{
			bool		exact;
			int			bits;

			alp->factor = (first + i) % count;
			alp->exponent = decimals + alp->factor;
			bits = estimate(sample, alp, best, &exact);
			if (bits < best)
			{
				best = bits;
				exponent = alp->exponent;
				factor = alp->factor;
				all_exact = exact;
			}
		}
	}
	alp->exponent = exponent;
	alp->factor = factor;
	return exponent >= 0;
}

SYDRA_WIDE static void
encode_all64(const double *values, const uint64_t *bits, int count, double power_e,
			 double inverse_f, double power_f, double inverse_e,
			 uint64_t *integers, uint64_t *residuals)
{
	for (int i = 0; i < count; i++)
	{
		double		scaled = values[i] * power_e * inverse_f;
		uint64_t	integer = bits_of(scaled + ROUNDER) - ROUNDER_BITS;
		uint64_t	residual = bits[i] - bits_of(decode_integer(integer, power_f, inverse_e));

		integers[i] = integer;
		residuals[i] = scaled > -INTEGER_LIMIT && scaled < INTEGER_LIMIT ? residual : OUTSIDE;
	}
}

static void
encode_all(const SydraFloats *floats, SydraAlp *alp)
{
	if (floats->total_bits == 64)
		encode_all64(floats->values, floats->bits, floats->count, power[alp->exponent],
					 inverse[alp->factor], power[alp->factor], inverse[alp->exponent],
					 alp->integers, alp->residuals);
	else
		for (int i = 0; i < floats->count; i++)
			alp->residuals[i] = find_residual(floats->values[i], floats->bits[i], alp, 32,
											  &alp->integers[i]);
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
	uint64_t	filler = 0;
	int			first = -1;

	encode_all(floats, alp);
	alp->exception_count = 0;
	for (int i = 0; i < floats->count; i++)
	{
		if (!is_exception(alp->residuals[i], alp->near))
		{
			if (first < 0)
				first = i;
			filler = alp->integers[i];
		}
		else
		{
			alp->exceptions[alp->exception_count++] = (uint16_t) i;
			alp->integers[i] = filler;
			alp->residuals[i] = 0;
		}
	}

	alp->size = SIZE_MAX;
	if (first < 0)
		return;
	for (int i = 0; i < first; i++)
		alp->integers[i] = alp->integers[first];
	sydra_int_plan(&ints, &alp->plan);
	alp->size = 2 + alp->plan.size + measure_exceptions(floats, alp);
	if (alp->near)
		alp->size += sydra_for_measure(alp->residuals, floats->count);
}

/*
 * Up to SAMPLE finite values, evenly from the given positions, or from all
 * when NULL.  Others are exceptions whatever the exponent.
 */
static void
take_sample(const SydraFloats *floats, const uint16_t *positions, int count,
			double *values, uint64_t *bits, SydraFloats *sample)
{
	int			n = 0;
	int			parts = count < SAMPLE ? count : SAMPLE;

	for (int part = 0; part < parts; part++)
	{
		int			end = (part + 1) * count / parts;

		for (int i = part * count / parts; i < end; i++)
		{
			int			at = positions ? positions[i] : i;

			if (!isfinite(floats->values[at]))
				continue;
			values[n] = floats->values[at];
			bits[n++] = floats->bits[at];
			break;
		}
	}
	*sample = *floats;
	sample->values = values;
	sample->bits = bits;
	sample->count = n;
}

/* Plans for what the sample shows; keeps *alp when that is no smaller. */
static void
try_sample(const SydraFloats *floats, const SydraFloats *sample, bool near, SydraAlp *alp)
{
	SydraAlp	other;

	if (sample->count == 0 || !choose_exponent(sample, near, &other))
		return;
	plan_all(floats, &other);
	if (other.size < alp->size)
		*alp = other;
}

void
sydra_alp_plan(const SydraFloats *floats, SydraAlp *alp)
{
	SydraFloats sample;
	double		values[SAMPLE];
	uint64_t	bits[SAMPLE];

	alp->size = SIZE_MAX;
	take_sample(floats, NULL, floats->count, values, bits, &sample);
	try_sample(floats, &sample, false, alp);

	/*
	 * No decimals, or many exceptions.  The sample may have missed a kind of
	 * value, or they are decimals no more.
	 */
	if (alp->size != SIZE_MAX && alp->exception_count <= floats->count / 16)
		return;
	try_sample(floats, &sample, true, alp);
	if (alp->size == SIZE_MAX || alp->exception_count <= floats->count / 16)
		return;
	take_sample(floats, alp->exceptions, alp->exception_count, values, bits, &sample);
	try_sample(floats, &sample, false, alp);
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
	if (alp->near)
		sydra_for_put(writer, alp->residuals, floats->count);
}

/* What stands before the values can be computed. */
typedef struct Parts
{
	double		factor;
	double		exponent;
	uint64_t	integers[SYDRA_VECTOR_ROWS];
	uint64_t	residuals[SYDRA_VECTOR_ROWS];	/* when near */
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
read_parts(SydraReader *reader, bool near, Parts *parts, int count,
		   const SydraSpans *spans, int total_bits)
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
	if (exception_count > 0 && !read_exceptions(reader, parts, count, total_bits))
		return false;
	return !near || sydra_for_read(reader, parts->residuals, count);
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

SYDRA_WIDE static void
add_residuals64(const uint64_t *residuals, double *values, int count)
{
	for (int i = 0; i < count; i++)
		values[i] = double_of(bits_of(values[i]) + residuals[i]);
}

static void
add_residuals32(const uint64_t *residuals, float *values, int count)
{
	for (int i = 0; i < count; i++)
	{
		uint32_t	bits;

		memcpy(&bits, values + i, sizeof(bits));
		bits += (uint32_t) residuals[i];
		memcpy(values + i, &bits, sizeof(bits));
	}
}

bool
sydra_alp_read64(SydraReader *reader, bool near, double *values, int count,
				 const SydraSpans *spans)
{
	Parts		parts;

	if (!read_parts(reader, near, &parts, count, spans, 64))
		return false;
	decode_all64(parts.integers, parts.factor, parts.exponent, values, count);
	if (near)
		add_residuals64(parts.residuals, values, count);
	for (int i = 0; i < parts.exception_count; i++)
		memcpy(values + parts.positions[i], parts.exceptions + i, sizeof(double));
	return true;
}

bool
sydra_alp_read32(SydraReader *reader, bool near, float *values, int count,
				 const SydraSpans *spans)
{
	Parts		parts;

	if (!read_parts(reader, near, &parts, count, spans, 32))
		return false;
	decode_all32(parts.integers, parts.factor, parts.exponent, values, count);
	if (near)
		add_residuals32(parts.residuals, values, count);
	for (int i = 0; i < parts.exception_count; i++)
	{
		uint32_t	bits = (uint32_t) parts.exceptions[i];

		memcpy(values + parts.positions[i], &bits, sizeof(float));
	}
	return true;
}
