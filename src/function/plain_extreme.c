/*
 * plain_extreme.c
 *	  spread min_time max_time as aggregates of plain SQL.
 *
 * All three keep the same: both extremes, and when each was first.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/error.h"
#include "base/sql_function.h"
#include "function/plain_state.h"
#include "vector/vector.h"

SYDRA_FUNCTION(sydra_plain_extremes_add_float);
SYDRA_FUNCTION(sydra_plain_extremes_add_int);
SYDRA_FUNCTION(sydra_plain_extremes_remove_float);
SYDRA_FUNCTION(sydra_plain_extremes_remove_int);
SYDRA_FUNCTION(sydra_plain_extremes_combine);
SYDRA_FUNCTION(sydra_plain_extremes_write);
SYDRA_FUNCTION(sydra_plain_extremes_read);
SYDRA_FUNCTION(sydra_plain_spread_float);
SYDRA_FUNCTION(sydra_plain_spread_int);
SYDRA_FUNCTION(sydra_plain_min_time);
SYDRA_FUNCTION(sydra_plain_max_time);

typedef union Number
{
	int64		integer;
	double		real;
} Number;

typedef struct Extreme
{
	Number		value;
	TimestampTz time;
} Extreme;

typedef struct Extremes
{
	bool		integers;
	int64		count;
	Extreme		min;
	Extreme		max;
} Extremes;

static int
compare(const Extremes *extremes, Number a, Number b)
{
	if (extremes->integers)
		return (a.integer > b.integer) - (a.integer < b.integer);
	return sydra_float8_compare(a.real, b.real);
}

/* Of equal values the earliest. */
static void
take(const Extremes *extremes, Extreme *extreme, const Extreme *other, int direction)
{
	int			order = compare(extremes, other->value, extreme->value) * direction;

	if (extremes->count == 0 || order > 0 || (order == 0 && other->time < extreme->time))
		*extreme = *other;
}

static void
add_extremes(Extremes *extremes, const Extreme *min, const Extreme *max, int64 count)
{
	take(extremes, &extremes->min, min, -1);
	take(extremes, &extremes->max, max, 1);
	extremes->count += count;
}

/* (state internal, value [, time timestamptz]); false for a row that is passed over. */
static bool
read_value(FunctionCallInfo fcinfo, bool integers, Extreme *extreme)
{
	memset(extreme, 0, sizeof(*extreme));
	if (PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2)))
		return false;
	if (integers)
		extreme->value.integer = PG_GETARG_INT64(1);
	else
		extreme->value.real = PG_GETARG_FLOAT8(1);
	if (PG_NARGS() > 2)
		extreme->time = PG_GETARG_TIMESTAMPTZ(2);
	return true;
}

static Datum
add_value(FunctionCallInfo fcinfo, bool integers)
{
	Extremes   *extremes = sydra_plain_state(fcinfo, sizeof(Extremes));
	Extreme		extreme;

	extremes->integers = integers;
	if (read_value(fcinfo, integers, &extreme))
		add_extremes(extremes, &extreme, &extreme, 1);
	PG_RETURN_POINTER(extremes);
}

/* The row that came first leaves; null: the rows that are left are added anew. */
static Datum
remove_value(FunctionCallInfo fcinfo, bool integers)
{
	Extremes   *extremes = sydra_plain_state(fcinfo, sizeof(Extremes));
	Extreme		extreme;

	if (!read_value(fcinfo, integers, &extreme))
		PG_RETURN_POINTER(extremes);
	if (extremes->count > 1 && (compare(extremes, extreme.value, extremes->min.value) == 0 ||
								compare(extremes, extreme.value, extremes->max.value) == 0))
		PG_RETURN_NULL();
	extremes->count--;
	PG_RETURN_POINTER(extremes);
}

Datum
sydra_plain_extremes_remove_float(PG_FUNCTION_ARGS)
{
	return remove_value(fcinfo, false);
}

Datum
sydra_plain_extremes_remove_int(PG_FUNCTION_ARGS)
{
	return remove_value(fcinfo, true);
}

Datum
sydra_plain_extremes_add_float(PG_FUNCTION_ARGS)
{
	return add_value(fcinfo, false);
}

Datum
sydra_plain_extremes_add_int(PG_FUNCTION_ARGS)
{
	return add_value(fcinfo, true);
}

Datum
sydra_plain_extremes_combine(PG_FUNCTION_ARGS)
{
	const Extremes *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	Extremes   *extremes;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	extremes = sydra_plain_state(fcinfo, sizeof(Extremes));
	extremes->integers = other->integers;
	if (other->count > 0)
		add_extremes(extremes, &other->min, &other->max, other->count);
	PG_RETURN_POINTER(extremes);
}

Datum
sydra_plain_extremes_write(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, SYDRA_PLAIN_ARGUMENT(fcinfo, 0), sizeof(Extremes));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_extremes_read(PG_FUNCTION_ARGS)
{
	Extremes   *extremes = palloc(sizeof(Extremes));
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	pq_copymsgbytes(&buffer, (char *) extremes, sizeof(Extremes));
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(extremes);
}

Datum
sydra_plain_spread_float(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (extremes == NULL || extremes->count == 0)
		PG_RETURN_NULL();
	/* Not -0.0, whichever zeros there were. */
	PG_RETURN_FLOAT8(extremes->max.value.real - extremes->min.value.real + 0.0);
}

Datum
sydra_plain_spread_int(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	int64		spread;

	if (extremes == NULL || extremes->count == 0)
		PG_RETURN_NULL();
	if (__builtin_sub_overflow(extremes->max.value.integer, extremes->min.value.integer, &spread))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_NUMERIC_OVERFLOW),
				SYDRA_ERRMSG(SYDRA_ERR_NUMERIC_OVERFLOW, "integer out of range in \"spread\""));
	PG_RETURN_INT64(spread);
}

Datum
sydra_plain_min_time(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (extremes == NULL || extremes->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(extremes->min.time);
}

Datum
sydra_plain_max_time(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (extremes == NULL || extremes->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(extremes->max.time);
}
