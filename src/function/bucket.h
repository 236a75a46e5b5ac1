/*
 * Time buckets: half-open, [start, next start), aligned to an origin; of a fixed length, of
 * calendar months, or of whole days of a time zone.
 */
#ifndef SYDRA_BUCKET_H
#define SYDRA_BUCKET_H

#include "datatype/timestamp.h"
#include "pgtime.h"

#include "function/term.h"

#define SYDRA_BUCKET_ORIGIN (INT64CONST(2) * USECS_PER_DAY)	/* Monday 2000-01-03 */
#define SYDRA_BUCKET_ORIGIN_MONTHS INT64CONST(0)	/* 2000-01-01 */

/* A time_bucket group. */
typedef struct SydraBucket
{
	int64		step_us;		/* or 0 */
	int32		step_months;	/* or 0 */
	int64		origin;
	const char *zone;			/* NULL: UTC */
} SydraBucket;

/* One ready for work. */
typedef struct SydraBucketer
{
	SydraBucket bucket;
	pg_tz	   *zone;			/* NULL: UTC */
} SydraBucketer;

/*
 * What a call of time_bucket says (a term with constant step and origin or zone).  A step that is
 * no step, an origin past the 28th under months, an unknown zone are ERR_INVALID_ARGUMENT.
 */
extern void sydra_bucket_from_term(const SydraTerm *term, const char *source, SydraBucket *bucket);

extern void sydra_bucket_open(SydraBucketer *bucketer, const SydraBucket *bucket);

/*
 * The start of the bucket that holds a time; an infinite time is its own.  ERR_TIME_OUT_OF_RANGE
 * when the start is no timestamp.
 */
extern int64 sydra_bucket_start(const SydraBucketer *bucketer, int64 time);

/* The bucket that was found last, [start, next); zero at first, which holds nothing. */
typedef struct SydraBucketSpan
{
	int64		start;
	int64		next;
} SydraBucketSpan;

/* As sydra_bucket_start(), quickly where the time is in the span or the bucket after it. */
extern int64 sydra_bucket_find(const SydraBucketer *bucketer, SydraBucketSpan *span, int64 time);

/* The first of times[start .. count), which do not fall, that is not below a bound; or count. */
extern int	sydra_bucket_end(const int64 *times, int start, int count, int64 bound);

/* The start of the next bucket; PG_INT64_MAX when that is no timestamp. */
extern int64 sydra_bucket_next(const SydraBucketer *bucketer, int64 start);

#endif
