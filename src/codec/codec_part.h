/*
 * codec_part.h
 *	  What the codecs offer each other, and codec.c.
 *
 * Each measures exactly what it would write, so that choosing costs no bytes,
 * and reads back what it wrote from a reader that may hold anything.  A
 * measure of SIZE_MAX says that the values are not of the codec's kind.
 */
#ifndef SYDRA_CODEC_PART_H
#define SYDRA_CODEC_PART_H

#include "codec/codec.h"
#include "codec/codec_stream.h"

/*
 * The runs of a vector that have values: start ascends strictly from 0, and
 * start[count] is the number of values.
 */
typedef struct SydraSpans
{
	uint16_t	start[SYDRA_VECTOR_ROWS + 1];
	int			count;
} SydraSpans;

extern void sydra_spans_set_one(SydraSpans *spans, int count);

/* Integers, unsigned because their differences wrap. */
typedef struct SydraInts
{
	const uint64_t *values;
	int			count;
	const SydraSpans *spans;
} SydraInts;

/* Frame of reference. */
extern void sydra_for_put(SydraWriter *writer, const uint64_t *values, int count);
extern size_t sydra_for_measure(const uint64_t *values, int count);
extern bool sydra_for_read(SydraReader *reader, uint64_t *values, int count);

/* Of so many values at most. */
#define SYDRA_FOR_SAMPLE 32
extern void sydra_for_middle(int64_t *sample, int count, int64_t *low, int64_t *high);

extern size_t sydra_for_runs_measure(const SydraInts *ints);
extern void sydra_for_runs_write(SydraWriter *writer, const SydraInts *ints);
extern bool sydra_for_runs_read(SydraReader *reader, uint64_t *values,
								const SydraSpans *spans);

/* Numbers below 1024 in ascending order. */
extern size_t sydra_positions_size(int count);
extern void sydra_positions_put(SydraWriter *writer, const uint16_t *positions, int count);
extern bool sydra_positions_read(SydraReader *reader, uint16_t *positions, int count,
								 int limit);

extern size_t sydra_stride_measure(const SydraInts *ints);
extern void sydra_stride_write(SydraWriter *writer, const SydraInts *ints);
extern bool sydra_stride_read(SydraReader *reader, uint64_t *values,
							  const SydraSpans *spans);

extern size_t sydra_delta_measure(const SydraInts *ints);
extern void sydra_delta_write(SydraWriter *writer, const SydraInts *ints);
extern bool sydra_delta_read(SydraReader *reader, uint64_t *values,
							 const SydraSpans *spans);

extern size_t sydra_delta2_measure(const SydraInts *ints);
extern void sydra_delta2_write(SydraWriter *writer, const SydraInts *ints);
extern bool sydra_delta2_read(SydraReader *reader, uint64_t *values,
							  const SydraSpans *spans);

/* Lengths of runs of equal values; they add up to count. */
extern int	sydra_rle_count(const uint64_t *values, int count);
extern int	sydra_rle_collapse(const uint64_t *values, int count, uint64_t *heads,
							   uint64_t *lengths);
extern size_t sydra_rle_measure(const uint64_t *lengths, int run_count);
extern void sydra_rle_write(SydraWriter *writer, const uint64_t *lengths, int run_count);
extern bool sydra_rle_read(SydraReader *reader, uint64_t *lengths, int *run_count,
						   int count);
extern void sydra_rle_expand(const uint64_t *heads, const uint64_t *lengths,
							 int run_count, uint64_t *values);

/* Multiples of a divisor, counted from the first value. */
extern bool sydra_scaled_divide(const uint64_t *values, int count, uint64_t *divisor,
								uint64_t *quotients);
extern size_t sydra_scaled_measure(uint64_t first, uint64_t divisor);
extern void sydra_scaled_write(SydraWriter *writer, uint64_t first, uint64_t divisor);
extern bool sydra_scaled_read(SydraReader *reader, uint64_t *first, uint64_t *divisor);
extern void sydra_scaled_multiply(uint64_t first, uint64_t divisor, uint64_t *values,
								  int count);

/* Integers in the encoding that suits them: an encoding byte, then its bytes. */
typedef struct SydraIntPlan
{
	SydraEncoding encoding;
	size_t		size;			/* bytes, the encoding byte included */
} SydraIntPlan;

extern void sydra_int_plan(const SydraInts *ints, SydraIntPlan *plan);
extern void sydra_int_write(SydraWriter *writer, const SydraInts *ints,
							const SydraIntPlan *plan);
extern bool sydra_int_read(SydraReader *reader, uint64_t *values, int count,
						   const SydraSpans *spans);

/*
 * Floats of either width.  bits are the values' own bit patterns; value is
 * the same number as a double, which for a float is exact except that a
 * signalling NaN may turn quiet.
 */
typedef struct SydraFloats
{
	const double *values;
	const uint64_t *bits;
	int			count;
	int			total_bits;		/* 64 or 32 */
	const SydraSpans *spans;
} SydraFloats;

/* Decimals as integers: value = integer * 10^factor * 10^-exponent. */
typedef struct SydraAlp
{
	int			exponent;
	int			factor;
	bool		near;			/* values are this many bit patterns off: */
	uint64_t	residuals[SYDRA_VECTOR_ROWS];
	int			exception_count;
	uint16_t	exceptions[SYDRA_VECTOR_ROWS];
	uint64_t	integers[SYDRA_VECTOR_ROWS];
	SydraIntPlan plan;
	size_t		size;			/* SIZE_MAX when these are not decimals */
} SydraAlp;

extern void sydra_alp_plan(const SydraFloats *floats, SydraAlp *alp);
extern void sydra_alp_write(SydraWriter *writer, const SydraFloats *floats,
							const SydraAlp *alp);
extern bool sydra_alp_read64(SydraReader *reader, bool near, double *values, int count,
							 const SydraSpans *spans);
extern bool sydra_alp_read32(SydraReader *reader, bool near, float *values, int count,
							 const SydraSpans *spans);

/* Real doubles: few different high parts, and low parts as they are. */
typedef struct SydraAlpRd
{
	int			right_width;
	int			entry_count;
	uint16_t	entries[8];
	int			exception_count;
	size_t		size;
} SydraAlpRd;

extern void sydra_alp_rd_plan(const SydraFloats *floats, SydraAlpRd *rd);
extern void sydra_alp_rd_write(SydraWriter *writer, const SydraFloats *floats,
							   const SydraAlpRd *rd);
extern bool sydra_alp_rd_read(SydraReader *reader, uint64_t *bits, int count,
							  int total_bits);

/* Floats in the encoding that suits them: an encoding byte, then its bytes. */
extern void sydra_float_write(SydraWriter *writer, const SydraFloats *floats);
extern bool sydra_float_read64(SydraReader *reader, double *values, int count,
							   const SydraSpans *spans);
extern bool sydra_float_read32(SydraReader *reader, float *values, int count,
							   const SydraSpans *spans);

extern void sydra_bitmap_write(SydraWriter *writer, const uint64_t *bits, int count);
extern bool sydra_bitmap_read(SydraReader *reader, uint64_t *bits, int count);

/*
 * A block: values one after another, compressed or not.  The payload of an
 * opened block is the reader's.
 */
typedef struct SydraBlock
{
	SydraEncoding encoding;
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	int			count;
	size_t		total;			/* sum of the lengths */
	const uint8_t *payload;
	size_t		payload_size;
} SydraBlock;

extern size_t sydra_block_scratch(size_t total);
extern void sydra_block_write(SydraWriter *writer, const SydraCodecBytes *values,
							  int count, void *scratch, size_t scratch_size);
extern bool sydra_block_open(SydraReader *reader, int count, SydraBlock *block);
extern size_t sydra_block_workspace(const SydraBlock *block);
extern bool sydra_block_unpack(const SydraBlock *block, char *out, void *workspace);

/* Bytes: a dictionary where values repeat, else a block. */
extern void sydra_codec_dictionary_write(SydraWriter *writer, const SydraCodecBytes *values,
										 int count, void *scratch, size_t scratch_size);
extern bool sydra_codec_dictionary_open(SydraReader *reader, int count, uint64_t *codes,
										SydraBlock *block);

#endif							/* SYDRA_CODEC_PART_H */
