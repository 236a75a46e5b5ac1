/*
 * math.c
 *	  Arithmetic and the functions of numbers.
 *
 * Loops run over all rows of a batch, wanted or not, so that they have no branches; what went wrong
 * is only noted there, and looked for afterwards among the rows that are asked for and not null.
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "base/wide.h"
#include "function/call.h"

#define RADIANS_PER_DEGREE 0.0174532925199432957692

pg_noreturn static void raise_overflow(const SydraCall *call, const char *kind);

static void
raise_overflow(const SydraCall *call, const char *kind)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NUMERIC_OVERFLOW),
			SYDRA_ERRMSG(SYDRA_ERR_NUMERIC_OVERFLOW, "%s out of range in \"%s\"", kind,
						 strcmp(call->function->name, "neg") == 0 ? "-" : call->function->name),
			sydra_errposition(SYDRA_ERR_NUMERIC_OVERFLOW, call->source, call->offset),
			strcmp(kind, "integer") == 0 ? 0 :
			errhint("float8 ends at 1.8e308: scale the values down."));
}

/* By their bits, which compilers compare many at a time. */
SYDRA_WIDE static bool
has_infinite(const double *values, int count)
{
	uint64		found = 0;

	for (int i = 0; i < count; i++)
	{
		uint64		bits;

		memcpy(&bits, &values[i], sizeof(bits));
		found |= (bits & PG_INT64_MAX) == UINT64CONST(0x7ff) << 52;
	}
	return found != 0;
}

/*
 * A float8 may be infinite only when an argument was.
 */
static void
check_infinite(const SydraCall *call)
{
	const double *result = SYDRA_RESULT(call, double);

	if (!has_infinite(result, call->count))
		return;
	SYDRA_FOR_ROWS(call, row)
	{
		bool		excused = !isinf(result[row]) || sydra_vector_is_null(call->result, row);

		for (int i = 0; i < call->argument_count && !excused; i++)
			excused = call->arguments[i]->kind == SYDRA_KIND_FLOAT &&
				isinf(SYDRA_ARGUMENT(call, i, double)[row]);
		if (!excused)
			raise_overflow(call, "float8");
	}
}

/* Integers: result = the wrapped value, wrong = negative when it wrapped. */
#define INT_KERNEL(name, expression, wrong, check) \
void \
name(SydraCall *call) \
{ \
	const int64 *restrict x = SYDRA_ARGUMENT(call, 0, int64); \
	const int64 *restrict y = SYDRA_ARGUMENT(call, call->argument_count - 1, int64); \
	int64	   *restrict result = SYDRA_RESULT(call, int64); \
	int64		wrapped = 0; \
	\
	for (int i = 0; i < call->count; i++) \
	{ \
		int64		a = x[i]; \
		int64		b = y[i]; \
		int64		r = (int64) (expression); \
	\
		(void) b; \
		result[i] = r; \
		wrapped |= (wrong); \
	} \
	if (wrapped >= 0) \
		return; \
	SYDRA_FOR_ROWS(call, row) \
	{ \
		int64		a = x[row]; \
		int64		b = y[row]; \
		int64		r; \
	\
		(void) b; \
		if (!sydra_vector_is_null(call->result, row) && (check)) \
			raise_overflow(call, "integer"); \
		(void) r; \
	} \
}

INT_KERNEL(sydra_math_add_int, (uint64) a + (uint64) b, (a ^ r) & (b ^ r),
		   __builtin_add_overflow(a, b, &r))
INT_KERNEL(sydra_math_subtract_int, (uint64) a - (uint64) b, (a ^ b) & (a ^ r),
		   __builtin_sub_overflow(a, b, &r))
INT_KERNEL(sydra_math_negate_int, -(uint64) a, a & r, __builtin_sub_overflow((int64) 0, a, &r))
INT_KERNEL(sydra_math_abs_int, a < 0 ? -(uint64) a : (uint64) a, r,
		   a < 0 && __builtin_sub_overflow((int64) 0, a, &r))

void
sydra_math_multiply_int(SydraCall *call)
{
	const int64 *x = SYDRA_ARGUMENT(call, 0, int64);
	const int64 *y = SYDRA_ARGUMENT(call, 1, int64);
	int64	   *result = SYDRA_RESULT(call, int64);
	bool		wrapped = false;

	for (int i = 0; i < call->count; i++)
		wrapped |= __builtin_mul_overflow(x[i], y[i], &result[i]);
	if (!wrapped)
		return;
	SYDRA_FOR_ROWS(call, row)
	{
		int64		r;

		if (!sydra_vector_is_null(call->result, row) && __builtin_mul_overflow(x[row], y[row], &r))
			raise_overflow(call, "integer");
	}
}

void
sydra_math_mod_int(SydraCall *call)
{
	const int64 *x = SYDRA_ARGUMENT(call, 0, int64);
	const int64 *y = SYDRA_ARGUMENT(call, 1, int64);
	int64	   *result = SYDRA_RESULT(call, int64);
	bool		zero = false;

	for (int i = 0; i < call->count; i++)
	{
		zero |= y[i] == 0;
		/* The least integer % -1 traps. */
		result[i] = y[i] == 0 || y[i] == -1 ? 0 : x[i] % y[i];
	}
	if (!zero)
		return;
	for (int i = 0; i < call->count; i++)
		if (y[i] == 0)
			sydra_call_set_null(call, i);
}

void
sydra_math_identity(SydraCall *call)
{
	memcpy(call->result->values, call->arguments[0]->values,
		   call->count * sydra_kind_size(call->result->kind));
}

void
sydra_math_to_float(SydraCall *call)
{
	const int64 *restrict x = SYDRA_ARGUMENT(call, 0, int64);
	double	   *restrict result = SYDRA_RESULT(call, double);

	for (int i = 0; i < call->count; i++)
		result[i] = (double) x[i];
}

void
sydra_math_sign_int(SydraCall *call)
{
	const int64 *restrict x = SYDRA_ARGUMENT(call, 0, int64);
	int64	   *restrict result = SYDRA_RESULT(call, int64);

	for (int i = 0; i < call->count; i++)
		result[i] = (x[i] > 0) - (x[i] < 0);
}

void
sydra_math_clamp_int(SydraCall *call)
{
	const int64 *restrict x = SYDRA_ARGUMENT(call, 0, int64);
	const int64 *restrict low = SYDRA_ARGUMENT(call, 1, int64);
	const int64 *restrict high = SYDRA_ARGUMENT(call, 2, int64);
	int64	   *restrict result = SYDRA_RESULT(call, int64);

	for (int i = 0; i < call->count; i++)
		result[i] = x[i] < low[i] ? low[i] : x[i] > high[i] ? high[i] : x[i];
}

/* Floats.  Cheap ones run over all rows, those of the mathematics library over the wanted ones. */
#define FLOAT_KERNEL(name, expression, finish) \
void \
name(SydraCall *call) \
{ \
	const double *restrict x = SYDRA_ARGUMENT(call, 0, double); \
	const double *restrict y = SYDRA_ARGUMENT(call, call->argument_count - 1, double); \
	double	   *restrict result = SYDRA_RESULT(call, double); \
	\
	for (int i = 0; i < call->count; i++) \
	{ \
		double		a = x[i]; \
		double		b = y[i]; \
	\
		(void) b; \
		result[i] = (expression); \
	} \
	finish; \
}

FLOAT_KERNEL(sydra_math_add_float, a + b, check_infinite(call))
FLOAT_KERNEL(sydra_math_subtract_float, a - b, check_infinite(call))
FLOAT_KERNEL(sydra_math_multiply_float, a * b, check_infinite(call))
FLOAT_KERNEL(sydra_math_negate_float, -a, (void) 0)
FLOAT_KERNEL(sydra_math_abs_float, fabs(a), (void) 0)
FLOAT_KERNEL(sydra_math_ceil, ceil(a), (void) 0)
FLOAT_KERNEL(sydra_math_floor, floor(a), (void) 0)
FLOAT_KERNEL(sydra_math_round, rint(a), (void) 0)
FLOAT_KERNEL(sydra_math_trunc, trunc(a), (void) 0)
FLOAT_KERNEL(sydra_math_sign_float, (a > 0) - (a < 0), (void) 0)
FLOAT_KERNEL(sydra_math_radians, a * RADIANS_PER_DEGREE, (void) 0)
FLOAT_KERNEL(sydra_math_degrees, a / RADIANS_PER_DEGREE, check_infinite(call))

void
sydra_math_divide(SydraCall *call)
{
	const double *restrict x = SYDRA_ARGUMENT(call, 0, double);
	const double *restrict y = SYDRA_ARGUMENT(call, 1, double);
	double	   *restrict result = SYDRA_RESULT(call, double);
	int			zero = 0;

	for (int i = 0; i < call->count; i++)
	{
		result[i] = x[i] / y[i];
		zero |= y[i] == 0;
	}
	if (zero)
		for (int i = 0; i < call->count; i++)
			if (y[i] == 0)
				sydra_call_set_null(call, i);
	check_infinite(call);
}

void
sydra_math_clamp_float(SydraCall *call)
{
	const double *restrict x = SYDRA_ARGUMENT(call, 0, double);
	const double *restrict low = SYDRA_ARGUMENT(call, 1, double);
	const double *restrict high = SYDRA_ARGUMENT(call, 2, double);
	double	   *restrict result = SYDRA_RESULT(call, double);

	for (int i = 0; i < call->count; i++)
		result[i] = x[i] < low[i] ? low[i] : x[i] > high[i] ? high[i] : x[i];
}

/* Null where the condition of being outside the domain holds; it is false for NaN. */
#define DOMAIN_KERNEL(name, outside, expression) \
void \
name(SydraCall *call) \
{ \
	const double *x = SYDRA_ARGUMENT(call, 0, double); \
	const double *y = SYDRA_ARGUMENT(call, call->argument_count - 1, double); \
	double	   *result = SYDRA_RESULT(call, double); \
	\
	memset(result, 0, call->count * sizeof(double)); \
	SYDRA_FOR_ROWS(call, row) \
	{ \
		double		a = x[row]; \
		double		b = y[row]; \
	\
		(void) b; \
		if (outside) \
			sydra_call_set_null(call, row); \
		else \
			result[row] = (expression); \
	} \
	check_infinite(call); \
}

/* Powers of the usual bases give whole numbers. */
static double
log_to(double x, double base)
{
	return base == 10 ? log10(x) : base == 2 ? log2(x) : log(x) / log(base);
}

DOMAIN_KERNEL(sydra_math_sqrt, a < 0, sqrt(a))
DOMAIN_KERNEL(sydra_math_exp, false, exp(a))
DOMAIN_KERNEL(sydra_math_ln, a <= 0, log(a))
DOMAIN_KERNEL(sydra_math_log2, a <= 0, log2(a))
DOMAIN_KERNEL(sydra_math_log10, a <= 0, log10(a))
DOMAIN_KERNEL(sydra_math_log_base, a <= 0 || b <= 0 || b == 1, log_to(a, b))
DOMAIN_KERNEL(sydra_math_sin, isinf(a), sin(a))
DOMAIN_KERNEL(sydra_math_cos, isinf(a), cos(a))
DOMAIN_KERNEL(sydra_math_tan, isinf(a), tan(a))
DOMAIN_KERNEL(sydra_math_asin, a < -1 || a > 1, asin(a))
DOMAIN_KERNEL(sydra_math_acos, a < -1 || a > 1, acos(a))
DOMAIN_KERNEL(sydra_math_atan, false, atan(a))
DOMAIN_KERNEL(sydra_math_atan2, false, atan2(a, b))
DOMAIN_KERNEL(sydra_math_mod_float, b == 0 || (isinf(a) && !isnan(b)), fmod(a, b))
DOMAIN_KERNEL(sydra_math_pow, (a == 0 && b < 0) || (a < 0 && floor(b) != b && !isnan(b)), pow(a, b))

/* Halves go away from zero; what is too large to have decimals stays as it is. */
static double
round_to(double x, int64 decimals)
{
	double		scale = pow(10, fabs((double) Min(Max(decimals, -400), 400)));
	double		scaled = decimals < 0 ? x / scale : x * scale;

	if (decimals < 0 && isinf(scale) && isfinite(x))
		return 0;
	if (!isfinite(scaled) || fabs(scaled) > 9007199254740992.0)
		return x;
	return decimals < 0 ? round(scaled) * scale : round(scaled) / scale;
}

void
sydra_math_round_to(SydraCall *call)
{
	const double *x = SYDRA_ARGUMENT(call, 0, double);
	const int64 *decimals = SYDRA_ARGUMENT(call, 1, int64);
	double	   *result = SYDRA_RESULT(call, double);

	memset(result, 0, call->count * sizeof(double));
	SYDRA_FOR_ROWS(call, row)
		result[row] = round_to(x[row], decimals[row]);
	check_infinite(call);
}
