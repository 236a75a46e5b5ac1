/*
 * compare.c
 *	  = != < <= > >= over every kind.
 *
 * NaN equals NaN and is greatest; texts are compared by bytes.
 */
#include "postgres.h"

#include "function/call.h"

#define LOOP(name, type, expression) \
void \
name(SydraCall *call) \
{ \
	const type *restrict x = SYDRA_ARGUMENT(call, 0, type); \
	const type *restrict y = SYDRA_ARGUMENT(call, 1, type); \
	uint8	   *restrict result = SYDRA_RESULT(call, uint8); \
	\
	for (int i = 0; i < call->count; i++) \
	{ \
		type		a = x[i]; \
		type		b = y[i]; \
	\
		result[i] = (expression); \
	} \
}

#define TEXT(name, expression) \
void \
name(SydraCall *call) \
{ \
	const SydraBytes *x = SYDRA_ARGUMENT(call, 0, SydraBytes); \
	const SydraBytes *y = SYDRA_ARGUMENT(call, 1, SydraBytes); \
	uint8	   *result = SYDRA_RESULT(call, uint8); \
	\
	memset(result, 0, call->count); \
	SYDRA_FOR_ROWS(call, row) \
	{ \
		SydraBytes	a = x[row]; \
		SydraBytes	b = y[row]; \
	\
		result[row] = (expression); \
	} \
}

#define COMPARE(word, operator, float_expression, text_expression) \
LOOP(sydra_compare_##word##_int, int64, a operator b) \
LOOP(sydra_compare_##word##_bool, uint8, a operator b) \
LOOP(sydra_compare_##word##_float, double, float_expression) \
TEXT(sydra_compare_##word##_text, text_expression)

COMPARE(eq, ==, (a == b) | ((a != a) & (b != b)), sydra_bytes_equal(a, b))
COMPARE(ne, !=, (a != b) & ((a == a) | (b == b)), !sydra_bytes_equal(a, b))
COMPARE(lt, <, (a < b) | ((a == a) & (b != b)), sydra_bytes_compare(a, b) < 0)
COMPARE(le, <=, (a <= b) | (b != b), sydra_bytes_compare(a, b) <= 0)
COMPARE(gt, >, (a > b) | ((a != a) & (b == b)), sydra_bytes_compare(a, b) > 0)
COMPARE(ge, >=, (a >= b) | (a != a), sydra_bytes_compare(a, b) >= 0)
