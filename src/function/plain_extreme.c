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
	bool		any;
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

	if (!extremes->any || order > 0 || (order == 0 && other->time < extreme->time))
		*extreme = *other;
}

static void
add_extremes(Extremes *extremes, const Extreme *min, const Extreme *max)
{
	take(extremes, &extremes->min, min, -1);
	take(extremes, &extremes->max, max, 1);
	extremes->any = true;
}

/* (state internal, value [, time timestamptz]); nulls are passed over. */
static Datum
add_value(FunctionCallInfo fcinfo, bool integers)
{
	Extremes   *extremes = sydra_plain_state(fcinfo, sizeof(Extremes));
	Extreme		extreme = {{0}, 0};

	extremes->integers = integers;
	if (PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2)))
		PG_RETURN_POINTER(extremes);
	if (integers)
		extreme.value.integer = PG_GETARG_INT64(1);
	else
		extreme.value.real = PG_GETARG_FLOAT8(1);
	if (PG_NARGS() > 2)
		extreme.time = PG_GETARG_TIMESTAMPTZ(2);
	add_extremes(extremes, &extreme, &extreme);
	PG_RETURN_POINTER(extremes);
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
	if (other->any)
		add_extremes(extremes, &other->min, &other->max);
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

	if (extremes == NULL || !extremes->any)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(extremes->max.value.real - extremes->min.value.real);
}

Datum
sydra_plain_spread_int(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	int64		spread;

	if (extremes == NULL || !extremes->any)
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

	if (extremes == NULL || !extremes->any)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(extremes->min.time);
}

Datum
sydra_plain_max_time(PG_FUNCTION_ARGS)
{
	const Extremes *extremes = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (extremes == NULL || !extremes->any)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(extremes->max.time);
}
