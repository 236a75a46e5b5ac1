/*
 * bitpack.h
 *	  Numbers of equal width, side by side.
 */
#ifndef SYDRA_BITPACK_H
#define SYDRA_BITPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

/* Bytes that count values take at width bits each (0..64). */
extern size_t sydra_bitpack_size(int count, int width);

/*
 * Writes the low width bits of values[i] - base, exactly
 * sydra_bitpack_size() bytes.  Unpacking adds the base again, modulo 2^64.
 * At most SYDRA_VECTOR_ROWS values.
 */
extern void sydra_bitpack_pack(const uint64_t *values, int count, uint64_t base,
							   int width, uint8_t *out);
extern void sydra_bitpack_unpack(const uint8_t *in, int count, uint64_t base,
								 int width, uint64_t *values);

#endif							/* SYDRA_BITPACK_H */
