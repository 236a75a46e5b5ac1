/*
 * plain_sql.c
 *	  time_bucket, time_difference, first, last and fill_forward as functions of plain SQL.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/sql_function.h"
#include "function/bucket.h"
#include "function/plain_state.h"

SYDRA_FUNCTION(sydra_plain_time_bucket);
SYDRA_FUNCTION(sydra_plain_first_add);
SYDRA_FUNCTION(sydra_plain_last_add);
SYDRA_FUNCTION(sydra_plain_forward_add);
SYDRA_FUNCTION(sydra_plain_chosen);
SYDRA_FUNCTION(sydra_plain_chosen_remove);
SYDRA_FUNCTION(sydra_plain_first_combine);
SYDRA_FUNCTION(sydra_plain_last_combine);
SYDRA_FUNCTION(sydra_plain_chosen_write);
SYDRA_FUNCTION(sydra_plain_chosen_read);
SYDRA_FUNCTION(sydra_plain_time_bucket_zone);
SYDRA_FUNCTION(sydra_plain_time_difference);

/* A step has months, or days of 24 hours and time. */
static SydraTerm *
make_step(const Interval *interval)
{
	SydraTerm  *step = palloc0(sizeof(SydraTerm));
	int64		days_us;

	step->type = SYDRA_TERM_CONST;
	step->kind = SYDRA_KIND_DURATION;
	step->offset = -1;
	step->value.months = interval->month;
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days_us) ||
		pg_add_s64_overflow(days_us, interval->time, &step->value.integer) ||
		(interval->month != 0 && step->value.integer != 0))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "bucket width must not mix months with days or time"));
	return step;
}

/* (step interval, time timestamptz [, origin timestamptz]) */
Datum
sydra_plain_time_bucket(PG_FUNCTION_ARGS)
{
	const Interval *interval = PG_GETARG_INTERVAL_P(0);
	SydraTerm	origin = {.type = SYDRA_TERM_CONST,.kind = SYDRA_KIND_TIME,.offset = -1};
	SydraTerm	call = {.type = SYDRA_TERM_CALL,.offset = -1};
	SydraBucket bucket;
	SydraBucketer bucketer;

	/* The usual step needs none of the care below. */
	if (PG_NARGS() == 2 && interval->month == 0 && interval->day == 0 && interval->time > 0)
		bucket = (SydraBucket) {.step_us = interval->time,.origin = SYDRA_BUCKET_ORIGIN};
	else
	{
		call.arguments = list_make2(make_step(interval), NULL);
		if (PG_NARGS() > 2)
		{
			origin.value.integer = PG_GETARG_TIMESTAMPTZ(2);
			call.arguments = lappend(call.arguments, &origin);
		}
		sydra_bucket_from_term(&call, "", &bucket);
	}
	sydra_bucket_open(&bucketer, &bucket);
	PG_RETURN_TIMESTAMPTZ(sydra_bucket_start(&bucketer, PG_GETARG_TIMESTAMPTZ(1)));
}

/* The value that first or last has chosen so far, if any. */
typedef struct ChosenDatum
{
	bool		any;
	TimestampTz time;
	Datum		value;
	int16		typlen;
	bool		typbyval;
	int64		place;			/* of the row that it is of, from 1 */
	int64		added;			/* rows, and how many of them have left again */
	int64		removed;
} ChosenDatum;

/* Whether the one that came later takes the place of the other: of equal times the first, the last. */
static bool
takes_place(TimestampTz later, const ChosenDatum *chosen, int direction)
{
	return !chosen->any || (direction < 0 ? later < chosen->time : later >= chosen->time);
}

static void
keep_value(FunctionCallInfo fcinfo, ChosenDatum *chosen)
{
	MemoryContext caller = MemoryContextSwitchTo(sydra_plain_context(fcinfo));

	if (chosen->typlen == 0)
		get_typlenbyval(get_fn_expr_argtype(fcinfo->flinfo, 1), &chosen->typlen,
						&chosen->typbyval);
	if (chosen->any && !chosen->typbyval)
		pfree(DatumGetPointer(chosen->value));
	chosen->value = datumCopy(chosen->typlen == -1 ?
							  PointerGetDatum(PG_DETOAST_DATUM(PG_GETARG_DATUM(1))) :
							  PG_GETARG_DATUM(1),
							  chosen->typbyval, chosen->typlen);
	chosen->any = true;
	MemoryContextSwitchTo(caller);
}

/* (state internal, value anyelement [, time timestamptz]); nulls are passed over. */
static Datum
add_chosen(FunctionCallInfo fcinfo, int direction)
{
	ChosenDatum *chosen = sydra_plain_state(fcinfo, sizeof(ChosenDatum));
	TimestampTz time;

	chosen->added++;
	if (PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2)))
		PG_RETURN_POINTER(chosen);
	time = PG_NARGS() > 2 ? PG_GETARG_TIMESTAMPTZ(2) : 0;
	if (!takes_place(time, chosen, direction))
		PG_RETURN_POINTER(chosen);
	keep_value(fcinfo, chosen);
	chosen->time = time;
	chosen->place = chosen->added;
	PG_RETURN_POINTER(chosen);
}

/*
 * The row that came first leaves.  Null: it was the one, and of the rows that are left, which are
 * added anew, another is.
 */
Datum
sydra_plain_chosen_remove(PG_FUNCTION_ARGS)
{
	ChosenDatum *chosen = sydra_plain_state(fcinfo, sizeof(ChosenDatum));

	chosen->removed++;
	if (chosen->any && chosen->place <= chosen->removed)
	{
		/* Of rows without times the last that came has none before it. */
		if (PG_NARGS() > 2 && chosen->removed < chosen->added)
			PG_RETURN_NULL();
		if (!chosen->typbyval)
			pfree(DatumGetPointer(chosen->value));
		chosen->any = false;
	}
	PG_RETURN_POINTER(chosen);
}

Datum
sydra_plain_first_add(PG_FUNCTION_ARGS)
{
	return add_chosen(fcinfo, -1);
}

Datum
sydra_plain_last_add(PG_FUNCTION_ARGS)
{
	return add_chosen(fcinfo, 1);
}

/* fill_forward(): of rows without times the last that came. */
Datum
sydra_plain_forward_add(PG_FUNCTION_ARGS)
{
	return add_chosen(fcinfo, 1);
}

/* (state internal, anyelement, timestamptz): the other two only tell the type. */
Datum
sydra_plain_chosen(PG_FUNCTION_ARGS)
{
	const ChosenDatum *chosen = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (chosen == NULL || !chosen->any)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(chosen->value);
}

static Datum
combine_chosen(FunctionCallInfo fcinfo, int direction)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	ChosenDatum *chosen = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	const ChosenDatum *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	MemoryContext caller_context;

	if (other != NULL && (chosen == NULL || (other->any && takes_place(other->time, chosen, direction))))
	{
		caller_context = MemoryContextSwitchTo(context);
		chosen = palloc(sizeof(ChosenDatum));
		*chosen = *other;
		if (other->any)
			chosen->value = datumCopy(other->value, other->typbyval, other->typlen);
		MemoryContextSwitchTo(caller_context);
	}
	if (chosen == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(chosen);
}

Datum
sydra_plain_first_combine(PG_FUNCTION_ARGS)
{
	return combine_chosen(fcinfo, -1);
}

Datum
sydra_plain_last_combine(PG_FUNCTION_ARGS)
{
	return combine_chosen(fcinfo, 1);
}

Datum
sydra_plain_chosen_write(PG_FUNCTION_ARGS)
{
	const ChosenDatum *chosen = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	Size		size;
	char	   *at;
	bytea	   *result;

	sydra_plain_context(fcinfo);
	size = datumEstimateSpace(chosen->value, !chosen->any, chosen->typbyval, chosen->typlen);
	result = palloc(VARHDRSZ + sizeof(ChosenDatum) + size);
	SET_VARSIZE(result, VARHDRSZ + sizeof(ChosenDatum) + size);
	at = VARDATA(result);
	memcpy(at, chosen, sizeof(ChosenDatum));
	at += sizeof(ChosenDatum);
	datumSerialize(chosen->value, !chosen->any, chosen->typbyval, chosen->typlen, &at);
	PG_RETURN_BYTEA_P(result);
}

Datum
sydra_plain_chosen_read(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	char	   *at = VARDATA_ANY(bytes);
	ChosenDatum *chosen = palloc(sizeof(ChosenDatum));
	bool		isnull;

	sydra_plain_context(fcinfo);
	if (VARSIZE_ANY_EXHDR(bytes) < sizeof(ChosenDatum))
		elog(ERROR, "bytes are no chosen value");
	memcpy(chosen, at, sizeof(ChosenDatum));
	at += sizeof(ChosenDatum);
	chosen->value = datumRestore(&at, &isnull);
	PG_RETURN_POINTER(chosen);
}

/* A literal that was an origin before there were zones here is one still. */
static bool
is_timestamp(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

/* (step interval, time timestamptz, zone text) */
Datum
sydra_plain_time_bucket_zone(PG_FUNCTION_ARGS)
{
	SydraTerm	zone = {.type = SYDRA_TERM_CONST,.offset = -1};
	SydraTerm	call = {.type = SYDRA_TERM_CALL,.offset = -1};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	SydraBucket bucket;
	SydraBucketer bucketer;

	zone.kind = SYDRA_KIND_TEXT;
	zone.value.bytes = (SydraBytes) {name, (int32) strlen(name)};
	if (is_timestamp(name))
	{
		zone.kind = SYDRA_KIND_TIME;
		zone.value.integer = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
																	 CStringGetDatum(name),
																	 ObjectIdGetDatum(InvalidOid),
																	 Int32GetDatum(-1)));
	}
	call.arguments = list_make3(make_step(PG_GETARG_INTERVAL_P(0)), NULL, &zone);
	sydra_bucket_from_term(&call, "", &bucket);
	sydra_bucket_open(&bucketer, &bucket);
	PG_RETURN_TIMESTAMPTZ(sydra_bucket_start(&bucketer, PG_GETARG_TIMESTAMPTZ(1)));
}

/* (a timestamptz, b timestamptz): without days; null when one is infinite. */
Datum
sydra_plain_time_difference(PG_FUNCTION_ARGS)
{
	TimestampTz a = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz b = PG_GETARG_TIMESTAMPTZ(1);
	Interval   *difference = palloc0(sizeof(Interval));

	if (TIMESTAMP_NOT_FINITE(a) || TIMESTAMP_NOT_FINITE(b) ||
		pg_sub_s64_overflow(a, b, &difference->time))
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(difference);
}
