/*
 * codec.h
 *	  Values to bytes and back, a vector of at most 1024 at a time.
 *
 * Pure C: nothing here allocates, raises or knows the server.  An encoder
 * returns the bytes it wrote, or 0 when the output is too small or the input
 * is not a vector (count out of range, runs out of order, bytes over the
 * cap); given an output of the bound for its class it never fails.  A
 * decoder returns false on bytes that no encoder wrote, and reads and writes
 * inside its buffers whatever the bytes; the values are then unspecified.
 *
 * Nulls are not encoded: the values of a vector are its non-null values, one
 * after another, and count is their number (0 is a vector too).  Which rows
 * they belong to is a stream of its own, sydra_codec_encode_bool() over the
 * validity bits.
 *
 * The bytes do not say how many values they hold, nor where runs start: the
 * reader knows both, and passes what the writer passed.  The first byte is
 * the encoding, see sydra_codec_name().
 */
#ifndef SYDRA_CODEC_H
#define SYDRA_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYDRA_VECTOR_ROWS 1024

/* Most bytes that the values of one vector may take decoded. */
#define SYDRA_CODEC_BYTES_MAX ((size_t) 64 << 20)

/* On disk, so append only: a number never changes its meaning. */
typedef enum SydraEncoding
{
	SYDRA_ENCODING_NONE = 0,	/* no encoder writes it */
	SYDRA_ENCODING_INT_CONSTANT = 1,
	SYDRA_ENCODING_INT_STRIDE = 2,
	SYDRA_ENCODING_INT_FOR = 3,
	SYDRA_ENCODING_INT_FOR_RUNS = 4,
	SYDRA_ENCODING_INT_DELTA = 5,
	SYDRA_ENCODING_INT_DELTA2 = 6,
	SYDRA_ENCODING_INT_RLE = 7,
	SYDRA_ENCODING_INT_SCALED = 8,
	SYDRA_ENCODING_FLOAT_CONSTANT = 16,
	SYDRA_ENCODING_FLOAT_RLE = 17,
	SYDRA_ENCODING_FLOAT_ALP = 18,
	SYDRA_ENCODING_FLOAT_ALP_RD = 19,
	SYDRA_ENCODING_FLOAT_PLAIN = 20,
	SYDRA_ENCODING_FLOAT_ALP_NEAR = 21,
	SYDRA_ENCODING_BOOL_NONE = 32,
	SYDRA_ENCODING_BOOL_ALL = 33,
	SYDRA_ENCODING_BOOL_BITMAP = 34,
	SYDRA_ENCODING_BOOL_RLE = 35,
	SYDRA_ENCODING_BYTES_CONSTANT = 48,
	SYDRA_ENCODING_BYTES_DICTIONARY = 49,
	SYDRA_ENCODING_BYTES_RLE = 50,	/* a dictionary, its codes as runs */
	SYDRA_ENCODING_BYTES_PLAIN = 51,
	SYDRA_ENCODING_BYTES_LZ4 = 52,
	SYDRA_ENCODING_BYTES_ZSTD = 53
} SydraEncoding;

/*
 * Where the series runs of a vector start, as positions among its non-null
 * values: start[0] is 0, and none is before the one before it or after
 * count; equal starts are runs whose values are all null.  At most
 * SYDRA_VECTOR_ROWS runs.  Numbers are encoded run by run where that pays, so
 * that short series can share a vector.  NULL stands for one run.
 */
typedef struct SydraCodecRuns
{
	const uint16_t *start;
	int			count;
} SydraCodecRuns;

/* One value of a bytes vector: text, a tag, the data of any varlena. */
typedef struct SydraCodecBytes
{
	const char *data;
	int32_t		length;
} SydraCodecBytes;

/* Integers of any width, times and other values of fixed width as int64. */
extern size_t sydra_codec_bound_int64(int count);
extern size_t sydra_codec_encode_int64(const int64_t *values, int count,
									   const SydraCodecRuns *runs,
									   uint8_t *out, size_t out_size);
extern bool sydra_codec_decode_int64(const uint8_t *in, size_t size,
									 int64_t *values, int count,
									 const SydraCodecRuns *runs);

/* Lossless to the bit: NaN payloads, -0.0 and infinities come back. */
extern size_t sydra_codec_bound_float64(int count);
extern size_t sydra_codec_encode_float64(const double *values, int count,
										 const SydraCodecRuns *runs,
										 uint8_t *out, size_t out_size);
extern bool sydra_codec_decode_float64(const uint8_t *in, size_t size,
									   double *values, int count,
									   const SydraCodecRuns *runs);

extern size_t sydra_codec_bound_float32(int count);
extern size_t sydra_codec_encode_float32(const float *values, int count,
										 const SydraCodecRuns *runs,
										 uint8_t *out, size_t out_size);
extern bool sydra_codec_decode_float32(const uint8_t *in, size_t size,
									   float *values, int count,
									   const SydraCodecRuns *runs);

/*
 * Booleans and validity: bit i of word i / 64 is value i.  Both sides have
 * (count + 63) / 64 words; bits beyond count are ignored and come back 0.
 */
extern size_t sydra_codec_bound_bool(int count);
extern size_t sydra_codec_encode_bool(const uint64_t *bits, int count,
									  uint8_t *out, size_t out_size);
extern bool sydra_codec_decode_bool(const uint8_t *in, size_t size,
									uint64_t *bits, int count);

/*
 * Bytes.  Encoding wants a scratch of sydra_codec_scratch_bytes() bytes,
 * aligned to 8.  Both sizes are 0 when the values cannot share a vector (a
 * negative length, or more than SYDRA_CODEC_BYTES_MAX with 16 bytes added to
 * each value): put fewer rows into it.
 *
 * To decode, ask for the buffer size first: it is checked against the bytes
 * and never above SYDRA_CODEC_BYTES_MAX plus a MB.  The buffer is aligned to 8, and
 * values[i].data points into it, so it lives as long as they do.  Before each
 * value are room bytes (0..8) for the caller, a varlena header say, and these
 * start at a multiple of 8.  Equal values may share their bytes, and their
 * room: values with equal data pointers are equal.
 */
extern size_t sydra_codec_bound_bytes(const SydraCodecBytes *values, int count);
extern size_t sydra_codec_scratch_bytes(const SydraCodecBytes *values, int count);
extern size_t sydra_codec_encode_bytes(const SydraCodecBytes *values, int count,
									   void *scratch, uint8_t *out, size_t out_size);
extern bool sydra_codec_size_bytes(const uint8_t *in, size_t size, int count,
								   int room, size_t *buffer_size);
extern bool sydra_codec_decode_bytes(const uint8_t *in, size_t size, int count,
									 int room, void *buffer, size_t buffer_size,
									 SydraCodecBytes *values);

/* For people: "for", "alp", ...; NULL when no encoding has this number. */
extern const char *sydra_codec_name(int encoding);

#endif							/* SYDRA_CODEC_H */
