/*
 * time.c
 *	  Functions of times and durations.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/timestamp.h"

#include "function/bucket.h"
#include "function/call.h"

static void
raise_range(const SydraCall *call)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_TIME_OUT_OF_RANGE),
			SYDRA_ERRMSG(SYDRA_ERR_TIME_OUT_OF_RANGE, "timestamp out of range"),
			sydra_errposition(SYDRA_ERR_TIME_OUT_OF_RANGE, call->source, call->offset));
}

/* The same day and time of day so many months later, or the last day that the month has. */
static int64
add_months(const SydraCall *call, int64 time, int32 months)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int64		month;
	int64		result;

	if (timestamp2tm(time, NULL, &tm, &fraction, NULL, NULL) != 0)
		raise_range(call);
	month = (int64) tm.tm_year * MONTHS_PER_YEAR + tm.tm_mon - 1 + months;
	tm.tm_mon = (int) (((month % MONTHS_PER_YEAR) + MONTHS_PER_YEAR) % MONTHS_PER_YEAR) + 1;
	tm.tm_year = (int) ((month - (tm.tm_mon - 1)) / MONTHS_PER_YEAR);
	tm.tm_mday = Min(tm.tm_mday, day_tab[isleap(tm.tm_year)][tm.tm_mon - 1]);
	if (tm2timestamp(&tm, fraction, NULL, &result) != 0)
		raise_range(call);
	return result;
}

static int64
add_duration(const SydraCall *call, int64 time, int64 us, int32 months)
{
	int64		result;

	if (TIMESTAMP_NOT_FINITE(time))
		return time;
	if (months != 0)
		return add_months(call, time, months);
	if (pg_add_s64_overflow(time, us, &result) || !IS_VALID_TIMESTAMP(result))
		raise_range(call);
	return result;
}

static int32
constant_months(const SydraCall *call, int argument)
{
	const SydraValue *value = call->constants[argument];

	return value != NULL && !value->isnull ? value->months : 0;
}

/* sign * duration + time */
static void
move_times(SydraCall *call, int time_argument, int sign)
{
	const int64 *time = SYDRA_ARGUMENT(call, time_argument, int64);
	const int64 *duration = SYDRA_ARGUMENT(call, 1 - time_argument, int64);
	int32		months = constant_months(call, 1 - time_argument) * sign;
	int64	   *result = SYDRA_RESULT(call, int64);

	memset(result, 0, call->count * sizeof(int64));
	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(call->result, row))
			continue;
		if (sign < 0 && duration[row] == PG_INT64_MIN)
			raise_range(call);
		result[row] = add_duration(call, time[row], duration[row] * sign, months);
	}
}

void
sydra_time_plus(SydraCall *call)
{
	move_times(call, call->arguments[0]->kind == SYDRA_KIND_TIME ? 0 : 1, 1);
}

void
sydra_time_minus(SydraCall *call)
{
	move_times(call, 0, -1);
}

/* Nothing is known of how far an infinite time is away. */
void
sydra_time_difference(SydraCall *call)
{
	const int64 *x = SYDRA_ARGUMENT(call, 0, int64);
	const int64 *y = SYDRA_ARGUMENT(call, 1, int64);
	int64	   *result = SYDRA_RESULT(call, int64);

	for (int i = 0; i < call->count; i++)
	{
		if (TIMESTAMP_NOT_FINITE(x[i]) || TIMESTAMP_NOT_FINITE(y[i]) ||
			pg_sub_s64_overflow(x[i], y[i], &result[i]))
		{
			result[i] = 0;
			sydra_call_set_null(call, i);
		}
	}
}

void
sydra_time_ratio(SydraCall *call)
{
	const int64 *x = SYDRA_ARGUMENT(call, 0, int64);
	const int64 *y = SYDRA_ARGUMENT(call, 1, int64);
	double	   *result = SYDRA_RESULT(call, double);

	for (int i = 0; i < call->count; i++)
	{
		result[i] = (double) x[i] / (double) y[i];
		if (y[i] == 0)
			sydra_call_set_null(call, i);
	}
}

void
sydra_time_now(SydraCall *call)
{
	int64	   *result = SYDRA_RESULT(call, int64);

	for (int i = 0; i < call->count; i++)
		result[i] = GetCurrentTransactionStartTimestamp();
}

void
sydra_time_to_epoch(SydraCall *call)
{
	const int64 *time = SYDRA_ARGUMENT(call, 0, int64);
	double	   *result = SYDRA_RESULT(call, double);
	const int64 epoch = SECS_PER_DAY * INT64CONST(10957);	/* 1970-01-01 to 2000-01-01 */

	for (int i = 0; i < call->count; i++)
	{
		if (TIMESTAMP_NOT_FINITE(time[i]))
			result[i] = TIMESTAMP_IS_NOBEGIN(time[i]) ? -get_float8_infinity() :
				get_float8_infinity();
		else if (time[i] <= PG_INT64_MAX - epoch * USECS_PER_SEC)
			result[i] = (time[i] + epoch * USECS_PER_SEC) / 1000000.0;
		else
			result[i] = time[i] / 1000000.0 + epoch;
	}
}

static const char *const date_parts[] = {
	"century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear", "julian",
	"microseconds", "millennium", "milliseconds", "minute", "month", "quarter", "second", "week",
	"year"
};

/* The unit as a text datum; NULL for a null one. */
void *
sydra_time_date_part_prepare(const SydraCall *call)
{
	const SydraValue *unit = call->constants[0];
	char	   *name;
	SydraNearest nearest;

	if (unit->isnull)
		return NULL;
	name = pnstrdup(unit->bytes.data, unit->bytes.length);
	nearest = (SydraNearest) {.name = name};
	for (int i = 0; i < lengthof(date_parts); i++)
	{
		if (pg_strcasecmp(name, date_parts[i]) == 0)
			return cstring_to_text(date_parts[i]);
		sydra_nearest_add(&nearest, date_parts[i]);
	}
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
			SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "unit \"%s\" is not known", name),
			sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, call->source, call->offset),
			nearest.nearest ? errhint("Perhaps you meant \"%s\".", nearest.nearest) : 0);
}

static Datum
call_timestamp_part(text *unit, int64 time, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		result;

	/* An infinite time has no day: PostgreSQL answers null. */
	InitFunctionCallInfoData(*fcinfo, NULL, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = PointerGetDatum(unit);
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = TimestampGetDatum(time);
	fcinfo->args[1].isnull = false;
	result = timestamp_part(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

void
sydra_time_date_part(SydraCall *call)
{
	const int64 *time = SYDRA_ARGUMENT(call, 1, int64);
	double	   *result = SYDRA_RESULT(call, double);

	memset(result, 0, call->count * sizeof(double));
	SYDRA_FOR_ROWS(call, row)
	{
		bool		isnull;

		if (sydra_vector_is_null(call->result, row))
			continue;
		result[row] = DatumGetFloat8(call_timestamp_part(call->state, time[row], &isnull));
		if (isnull)
			sydra_call_set_null(call, row);
	}
}

void *
sydra_time_bucket_prepare(const SydraCall *call)
{
	SydraTerm	step = {.type = SYDRA_TERM_CONST,.kind = SYDRA_KIND_DURATION};
	SydraTerm	third = {.type = SYDRA_TERM_CONST};
	SydraTerm	term = {.type = SYDRA_TERM_CALL,.offset = call->offset};
	SydraBucketer *bucketer = palloc(sizeof(SydraBucketer));
	SydraBucket bucket;

	step.offset = third.offset = call->offset;
	step.value = *call->constants[0];
	term.arguments = list_make2(&step, &step);
	if (call->argument_count > 2)
	{
		third.kind = call->arguments[2]->kind;
		third.value = *call->constants[2];
		term.arguments = lappend(term.arguments, &third);
	}
	sydra_bucket_from_term(&term, call->source, &bucket);
	sydra_bucket_open(bucketer, &bucket);
	return bucketer;
}

void
sydra_time_bucket(SydraCall *call)
{
	const SydraBucketer *bucketer = call->state;
	const int64 *restrict time = SYDRA_ARGUMENT(call, 1, int64);
	int64	   *restrict result = SYDRA_RESULT(call, int64);
	SydraBucketSpan last = {0, 0};

	if (call->selected == NULL && call->result->valid == NULL)
	{
		bool		ties;
		bool		rising = sydra_vector_is_rising(time, call->count, &ties);

		for (int start = 0, end; start < call->count; start = end)
		{
			int64		bucket = sydra_bucket_find(bucketer, &last, time[start]);

			end = rising ? sydra_bucket_end(time, start + 1, call->count, last.next) : start + 1;
			for (int i = start; i < end; i++)
				result[i] = bucket;
		}
		return;
	}
	memset(result, 0, call->count * sizeof(int64));
	SYDRA_FOR_ROWS(call, row)
	{
		if (!sydra_vector_is_null(call->result, row))
			result[row] = sydra_bucket_find(bucketer, &last, time[row]);
	}
}
