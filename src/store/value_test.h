/*
 * Comparisons of a column of numbers with one number, a vector at a time.
 */
#ifndef SYDRA_VALUE_TEST_H
#define SYDRA_VALUE_TEST_H

#include "vector/vector.h"

typedef struct SydraValueTest
{
	int			column;			/* of a cursor's batch */
	int			strategy;		/* btree's: column < number ... */
	Oid			type;			/* of the number: int2, int4, int8, float4, float8 */
	int64		integer;
	double		real;
} SydraValueTest;

/* The strategy of a comparison of two integers or of two floats, of any widths; 0 when it is none. */
extern int	sydra_value_test_strategy(Oid opno, Oid *right_type);

extern void sydra_value_test_set(SydraValueTest *test, Datum number);

/*
 * The rows (of rows[0 .. count), or 0 .. count - 1 when rows is NULL) that pass; gives their
 * number.  selected may be rows.
 */
extern int	sydra_value_test_select(const SydraValueTest *test, const SydraVector *vector,
									const uint16 *rows, int count, uint16 *selected);

/*
 * Whether any value may pass of those, none of them null, between two: bit patterns of int64 or
 * double, as the number is an integer or not.
 */
extern bool sydra_value_test_may_pass(const SydraValueTest *test, uint64 min, uint64 max);

#endif
