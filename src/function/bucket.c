/*
 * bucket.c
 *	  The arithmetic of time buckets.
 *
 * All three kinds round down on some axis and come back: microseconds from the origin, months from
 * the origin, or the days of the zone's own clock.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/error.h"
#include "function/bucket.h"

pg_noreturn static void raise_range(void);

static void
raise_range(void)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_TIME_OUT_OF_RANGE),
			SYDRA_ERRMSG(SYDRA_ERR_TIME_OUT_OF_RANGE, "bucket begins before the first timestamp"));
}

/* Days since 2000-01-01 and the time of day. */
static int64
split_day(int64 time, int64 *time_of_day)
{
	int64		day = time / USECS_PER_DAY;

	*time_of_day = time % USECS_PER_DAY;
	if (*time_of_day < 0)
	{
		*time_of_day += USECS_PER_DAY;
		day--;
	}
	return day;
}

/* Months since 2000-01-01, and what is left: the day of the month and the time of day. */
static int64
split_month(int64 time, int *day_in_month, int64 *time_of_day)
{
	int64		day = split_day(time, time_of_day);
	int			year;
	int			month;

	j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, day_in_month);
	return (int64) (year - 2000) * 12 + month - 1;
}

static int
day_of_month(int64 time)
{
	int64		clock;
	int			day;

	split_month(time, &day, &clock);
	return day;
}

static void
raise_argument(const SydraTerm *term, const char *source, const char *message, const char *hint)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
			SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "%s", message),
			sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, source, term->offset),
			hint ? errhint("%s", hint) : 0);
}

static void
check_zone(const SydraTerm *term, const char *source, const SydraBucket *bucket)
{
	if (pg_tzset(bucket->zone) == NULL)
		raise_argument(term, source,
					   psprintf("time zone \"%s\" is not known", bucket->zone), NULL);
	if (bucket->step_us > USECS_PER_DAY && bucket->step_us % USECS_PER_DAY != 0)
		raise_argument(term, source, "bucket of a time zone is no whole number of days",
					   "Write days, or leave the time zone out.");
}

void
sydra_bucket_from_term(const SydraTerm *term, const char *source, SydraBucket *bucket)
{
	const SydraTerm *step = linitial(term->arguments);
	const SydraTerm *third = list_length(term->arguments) > 2 ? lthird(term->arguments) : NULL;

	memset(bucket, 0, sizeof(*bucket));
	if (!step->value.isnull)
	{
		bucket->step_us = step->value.integer;
		bucket->step_months = step->value.months;
	}
	if (bucket->step_us <= 0 && bucket->step_months <= 0)
		raise_argument(step, source, "bucket width must be positive",
					   "Write a duration such as 5m or 1h.");
	bucket->origin = bucket->step_months ? SYDRA_BUCKET_ORIGIN_MONTHS : SYDRA_BUCKET_ORIGIN;
	if (third == NULL)
		return;
	if (third->value.isnull)
		raise_argument(third, source, "third argument of time_bucket must not be null", NULL);
	if (third->kind == SYDRA_KIND_TEXT)
	{
		bucket->zone = pnstrdup(third->value.bytes.data, third->value.bytes.length);
		check_zone(third, source, bucket);
		return;
	}
	bucket->origin = third->value.integer;
	if (TIMESTAMP_NOT_FINITE(bucket->origin))
		raise_argument(third, source, "origin must be finite", NULL);
	if (bucket->step_months && day_of_month(bucket->origin) > 28)
		raise_argument(third, source, "origin of months must not be past the 28th",
					   "Not every month has such a day.");
}

void
sydra_bucket_open(SydraBucketer *bucketer, const SydraBucket *bucket)
{
	bucketer->bucket = *bucket;
	bucketer->zone = NULL;
	/* Below a day the zone's clock does not matter. */
	if (bucket->zone != NULL && (bucket->step_months > 0 || bucket->step_us >= USECS_PER_DAY))
		bucketer->zone = pg_tzset(bucket->zone);
}

/* Fixed lengths.  The origin is reduced below the step first, so that nothing overflows above. */
static int64
floor_fixed(int64 time, int64 step, int64 origin)
{
	int64		offset = origin % step;
	int64		distance;
	int64		rest;
	int64		start;

	if (offset < 0)
		offset += step;
	/* time is a timestamp, so at least MIN_TIMESTAMP; a step may be longer than all of time. */
	if (pg_sub_s64_overflow(time, offset, &distance))
		raise_range();
	rest = distance % step;
	if (rest < 0)
		rest += step;
	if (pg_sub_s64_overflow(time, rest, &start) || start < MIN_TIMESTAMP)
		raise_range();
	return start;
}

/* The instant so many months after 2000-01, with the origin's day and time of day. */
static int64
join_month(int64 months, int day_in_month, int64 time_of_day)
{
	int64		year = 2000 + (months >= 0 ? months / 12 : -((-months + 11) / 12));
	int			month = (int) (months - (year - 2000) * 12) + 1;

	if (year < -4713 || year > 294276)
		return year < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return (int64) (date2j((int) year, month, day_in_month) - POSTGRES_EPOCH_JDATE) *
		USECS_PER_DAY + time_of_day;
}

static int64
move_months(int64 start, int64 months)
{
	int			day;
	int64		clock;
	int64		month = split_month(start, &day, &clock);

	return join_month(month + months, day, clock);
}

static int64
floor_months(int64 time, int64 step, int64 origin)
{
	int			day;
	int			origin_day;
	int64		clock;
	int64		origin_clock;
	int64		month = split_month(time, &day, &clock);
	int64		origin_month = split_month(origin, &origin_day, &origin_clock);
	int64		distance = month - origin_month;
	int64		rest;
	int64		start;

	/* The month has begun only once its day and time of day are reached. */
	if (day < origin_day || (day == origin_day && clock < origin_clock))
		distance--;
	rest = distance % step;
	if (rest < 0)
		rest += step;
	start = join_month(origin_month + distance - rest, origin_day, origin_clock);
	if (start < MIN_TIMESTAMP)
		raise_range();
	return start;
}

/* What the zone's clock shows. */
static int64
to_local(int64 time, pg_tz *zone)
{
	pg_time_t	seconds = timestamptz_to_time_t(time);
	struct pg_tm *local = pg_localtime(&seconds, zone);

	if (local == NULL)
		raise_range();
	return time + (int64) local->tm_gmtoff * USECS_PER_SEC;
}

/*
 * The first instant when the zone's clock shows a time, or has jumped over it.
 */
static int64
from_local(int64 local, pg_tz *zone)
{
	/* No clock is a whole day off, so a change that matters here comes after this. */
	pg_time_t	before = timestamptz_to_time_t(local) - SECS_PER_DAY;
	pg_time_t	change;
	long int	offset_before;
	long int	offset_after;
	int			summer_before;
	int			summer_after;
	int64		instant;
	int64		change_us;
	int			found;

	found = pg_next_dst_boundary(&before, &offset_before, &summer_before, &change,
								 &offset_after, &summer_after, zone);
	if (found < 0)
		raise_range();
	instant = local - (int64) offset_before * USECS_PER_SEC;
	if (found == 0)
		return instant;
	change_us = time_t_to_timestamptz(change);
	if (instant < change_us)
		return instant;
	return Max(local - (int64) offset_after * USECS_PER_SEC, change_us);
}

static int64
floor_step(const SydraBucket *bucket, int64 time)
{
	if (bucket->step_months > 0)
		return floor_months(time, bucket->step_months, bucket->origin);
	return floor_fixed(time, bucket->step_us, bucket->origin);
}

int64
sydra_bucket_start(const SydraBucketer *bucketer, int64 time)
{
	if (TIMESTAMP_NOT_FINITE(time))
		return time;
	if (bucketer->zone == NULL)
		return floor_step(&bucketer->bucket, time);
	return from_local(floor_step(&bucketer->bucket, to_local(time, bucketer->zone)),
					  bucketer->zone);
}

static int64
move_step(const SydraBucket *bucket, int64 start)
{
	int64		next;

	if (bucket->step_months > 0)
		return move_months(start, bucket->step_months);
	if (pg_add_s64_overflow(start, bucket->step_us, &next))
		return PG_INT64_MAX;
	return next;
}

int64
sydra_bucket_next(const SydraBucketer *bucketer, int64 start)
{
	const SydraBucket *bucket = &bucketer->bucket;
	int64		next;

	if (TIMESTAMP_NOT_FINITE(start))
		return TIMESTAMP_IS_NOBEGIN(start) ? start + 1 : PG_INT64_MAX;
	if (bucketer->zone == NULL)
		next = move_step(bucket, start);
	else
	{
		/* Where the clock jumped over midnight the bucket began later than it shows. */
		next = move_step(bucket, floor_step(bucket, to_local(start, bucketer->zone)));
		if (next < END_TIMESTAMP)
			next = from_local(next, bucketer->zone);
	}
	return next < END_TIMESTAMP ? next : PG_INT64_MAX;
}

static inline bool
is_in_span(const SydraBucketSpan *span, int64 time)
{
	return time >= span->start && time < span->next;
}

/* Times mostly come sorted: a row is mostly in the last bucket, else in the one after it. */
int64
sydra_bucket_find(const SydraBucketer *bucketer, SydraBucketSpan *span, int64 time)
{
	if (is_in_span(span, time))
		return span->start;
	if (time >= span->next && span->start < span->next && !TIMESTAMP_NOT_FINITE(span->start))
	{
		span->start = span->next;
		span->next = sydra_bucket_next(bucketer, span->start);
		if (is_in_span(span, time))
			return span->start;
	}
	span->start = sydra_bucket_start(bucketer, time);
	span->next = sydra_bucket_next(bucketer, span->start);
	return span->start;
}

/* Near to start, as buckets are mostly short: the steps grow until one is too long. */
int
sydra_bucket_end(const int64 *times, int start, int count, int64 bound)
{
	int			step = 8;
	int			end;

	while (start + step < count && times[start + step] < bound)
	{
		start += step;
		step *= 2;
	}
	end = Min(start + step, count);
	while (start < end)
	{
		int			middle = (start + end) / 2;

		if (times[middle] < bound)
			start = middle + 1;
		else
			end = middle;
	}
	return start;
}
