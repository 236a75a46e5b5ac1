/*
 * Null bitmaps by the word, and the lists of rows that selections are.
 */
#ifndef SYDRA_VALID_H
#define SYDRA_VALID_H

#include "vector/vector.h"

/*
 * Rows that are valid in both.  Either may be NULL (no nulls); room is used when needed and the
 * result is NULL, one of the two, or room.
 */
extern uint64 *sydra_valid_and(uint64 *a, uint64 *b, int count, uint64 *room);

/* Bits [0, count) set or clear; those behind are clear. */
extern void sydra_valid_fill(uint64 *valid, int count, bool value);

/* Whether all of [start, end) are valid. */
extern bool sydra_valid_all(const uint64 *valid, int start, int end);

/*
 * The rows of [start, end), or of rows[start .. end), that are valid; gives their number.  list has
 * room for end - start.
 */
extern int	sydra_valid_rows(const uint64 *valid, const uint16 *rows, int start, int end,
							 uint16 *list);

/* The rows (of rows[0 .. count), or 0 .. count - 1) where a boolean vector is true. */
extern int	sydra_select_true(const SydraVector *condition, const uint16 *rows, int count,
							  uint16 *list);

/* Likewise where it is anything but the given value: null, or the other one. */
extern int	sydra_select_not(const SydraVector *condition, bool value, const uint16 *rows, int count,
							 uint16 *list);

static inline void
sydra_valid_clear(uint64 *valid, int row)
{
	valid[row / 64] &= ~(UINT64CONST(1) << (row % 64));
}

static inline void
sydra_valid_set(uint64 *valid, int row)
{
	valid[row / 64] |= UINT64CONST(1) << (row % 64);
}

static inline bool
sydra_valid_get(const uint64 *valid, int row)
{
	return (valid[row / 64] >> (row % 64)) & 1;
}

#endif
