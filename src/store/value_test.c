/*
 * value_test.c
 *	  Comparisons of numbers, as PostgreSQL's btree operator families define them.
 *
 * NaN equals NaN and is greater than any other number; null passes no comparison.  In C, NaN is
 * neither less than a number nor equal to it, so that "not less" and "not less or equal" are right
 * of a stored NaN; a comparison with NaN is turned into one with an infinity.
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "store/value_test.h"
#include "vector/valid.h"

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_float(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID;
}

static int
find_strategy(Oid opno, Oid family_type, bool (*is_ours) (Oid type), Oid *right_type)
{
	Oid			family = lookup_type_cache(family_type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	int			strategy;
	Oid			left_type;

	if (!op_in_opfamily(opno, family))
		return 0;
	get_op_opfamily_properties(opno, family, false, &strategy, &left_type, right_type);
	return is_ours(left_type) && is_ours(*right_type) ? strategy : 0;
}

int
sydra_value_test_strategy(Oid opno, Oid *right_type)
{
	int			strategy;

	if (!OidIsValid(opno))
		return 0;
	strategy = find_strategy(opno, INT4OID, is_integer, right_type);
	return strategy != 0 ? strategy : find_strategy(opno, FLOAT8OID, is_float, right_type);
}

static void
avoid_nan(SydraValueTest *test)
{
	static const struct
	{
		int			strategy;
		double		sign;
	}			equivalents[] = {
		[BTLessStrategyNumber] = {BTLessEqualStrategyNumber, 1},
		[BTLessEqualStrategyNumber] = {BTGreaterEqualStrategyNumber, -1},
		[BTEqualStrategyNumber] = {BTGreaterStrategyNumber, 1},
		[BTGreaterEqualStrategyNumber] = {BTGreaterStrategyNumber, 1},
		[BTGreaterStrategyNumber] = {BTLessStrategyNumber, -1}
	};

	test->real = equivalents[test->strategy].sign * get_float8_infinity();
	test->strategy = equivalents[test->strategy].strategy;
}

void
sydra_value_test_set(SydraValueTest *test, Datum number)
{
	switch (test->type)
	{
		case INT2OID:
			test->integer = DatumGetInt16(number);
			return;
		case INT4OID:
			test->integer = DatumGetInt32(number);
			return;
		case INT8OID:
			test->integer = DatumGetInt64(number);
			return;
		case FLOAT4OID:
			test->real = DatumGetFloat4(number);
			break;
		case FLOAT8OID:
			test->real = DatumGetFloat8(number);
			break;
		default:
			elog(ERROR, "type %u is no number's", test->type);
	}
	if (isnan(test->real))
		avoid_nan(test);
}

/* A row is read before its place is written: selected may be rows. */
#define SELECT_ROWS(condition) \
	for (int i = 0; i < count; i++) \
	{ \
		uint16		row = rows != NULL ? rows[i] : i; \
		\
		value = values[row]; \
		selected[passed] = row; \
		passed += (condition); \
	}

#define DEFINE_SELECT(name, stored_type, type) \
static int \
name(int strategy, type number, const stored_type *values, const uint16 *rows, int count, \
	 uint16 *selected) \
{ \
	int			passed = 0; \
	type		value; \
	\
	switch (strategy) \
	{ \
		case BTLessStrategyNumber: \
			SELECT_ROWS(value < number); \
			break; \
		case BTLessEqualStrategyNumber: \
			SELECT_ROWS(value <= number); \
			break; \
		case BTEqualStrategyNumber: \
			SELECT_ROWS(value == number); \
			break; \
		case BTGreaterEqualStrategyNumber: \
			SELECT_ROWS(!(value < number)); \
			break; \
		case BTGreaterStrategyNumber: \
			SELECT_ROWS(!(value <= number)); \
			break; \
	} \
	return passed; \
}

DEFINE_SELECT(select_integers, int64, int64)
DEFINE_SELECT(select_doubles, double, double)
DEFINE_SELECT(select_floats, float, double)

int
sydra_value_test_select(const SydraValueTest *test, const SydraVector *vector, const uint16 *rows,
						int count, uint16 *selected)
{
	if (vector->valid != NULL)
	{
		count = sydra_valid_rows(vector->valid, rows, 0, count, selected);
		rows = selected;
	}
	switch (vector->kind)
	{
		case SYDRA_KIND_INT:
			return select_integers(test->strategy, test->integer, vector->values, rows, count,
								   selected);
		case SYDRA_KIND_FLOAT:
			return select_doubles(test->strategy, test->real, vector->values, rows, count,
								  selected);
		case SYDRA_KIND_FLOAT4:
			return select_floats(test->strategy, test->real, vector->values, rows, count,
								 selected);
		default:
			elog(ERROR, "kind %s is no number's", sydra_kind_name(vector->kind));
	}
}

static bool
passes(const SydraValueTest *test, int strategy, uint64 bits)
{
	SydraValueTest bound = *test;
	SydraVector vector = {.kind = is_integer(test->type) ? SYDRA_KIND_INT : SYDRA_KIND_FLOAT,
		.count = 1,.values = &bits
	};
	uint16		selected;

	bound.strategy = strategy;
	return sydra_value_test_select(&bound, &vector, NULL, 1, &selected) > 0;
}

bool
sydra_value_test_may_pass(const SydraValueTest *test, uint64 min, uint64 max)
{
	switch (test->strategy)
	{
		case BTEqualStrategyNumber:
			return passes(test, BTLessEqualStrategyNumber, min) &&
				passes(test, BTGreaterEqualStrategyNumber, max);
		case BTLessStrategyNumber:
		case BTLessEqualStrategyNumber:
			return passes(test, test->strategy, min);
		default:
			return passes(test, test->strategy, max);
	}
}
