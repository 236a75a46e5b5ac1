/*
 * plain_many.c
 *	  percentile median approx_percentile approx_count_distinct histogram as aggregates of plain SQL.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/error.h"
#include "base/sql_function.h"
#include "function/distinct.h"
#include "function/histogram.h"
#include "function/plain_state.h"
#include "function/quantile.h"
#include "function/sketch.h"

SYDRA_FUNCTION(sydra_plain_percentile_add);
SYDRA_FUNCTION(sydra_plain_percentile_combine);
SYDRA_FUNCTION(sydra_plain_percentile_write);
SYDRA_FUNCTION(sydra_plain_percentile_read);
SYDRA_FUNCTION(sydra_plain_percentile);
SYDRA_FUNCTION(sydra_plain_sketch_add);
SYDRA_FUNCTION(sydra_plain_sketch_combine);
SYDRA_FUNCTION(sydra_plain_sketch_write);
SYDRA_FUNCTION(sydra_plain_sketch_read);
SYDRA_FUNCTION(sydra_plain_sketch);
SYDRA_FUNCTION(sydra_plain_distinct_add);
SYDRA_FUNCTION(sydra_plain_distinct_combine);
SYDRA_FUNCTION(sydra_plain_distinct_write);
SYDRA_FUNCTION(sydra_plain_distinct_read);
SYDRA_FUNCTION(sydra_plain_distinct);
SYDRA_FUNCTION(sydra_plain_histogram_add);
SYDRA_FUNCTION(sydra_plain_histogram_remove);
SYDRA_FUNCTION(sydra_plain_histogram_combine);
SYDRA_FUNCTION(sydra_plain_histogram_write);
SYDRA_FUNCTION(sydra_plain_histogram_read);
SYDRA_FUNCTION(sydra_plain_histogram);

static double
get_fraction(FunctionCallInfo fcinfo)
{
	double		fraction;

	if (PG_NARGS() < 3)
		return 0.5;
	fraction = PG_ARGISNULL(2) ? -1 : PG_GETARG_FLOAT8(2);
	if (!(fraction >= 0 && fraction <= 1))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "a percentile takes a fraction from 0 to 1"),
				errhint("The 95th percentile is 0.95."));
	return fraction;
}

/* Exact percentiles */

typedef struct Percentile
{
	double		fraction;
	SydraQuantile values;
} Percentile;

/* (state internal, value float8 [, fraction float8]) */
Datum
sydra_plain_percentile_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	Percentile *state = sydra_plain_state(fcinfo, sizeof(Percentile));
	double		value;

	state->fraction = get_fraction(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		value = PG_GETARG_FLOAT8(1);
		sydra_quantile_add(&state->values, &value, 1, context);
	}
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_percentile_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	const Percentile *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	SydraQuantileBlock *block = NULL;
	Percentile *state;
	const double *values;
	int			count;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	state = sydra_plain_state(fcinfo, sizeof(Percentile));
	state->fraction = other->fraction;
	while ((values = sydra_quantile_next(&other->values, &block, &count)) != NULL)
		sydra_quantile_add(&state->values, values, count, context);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_percentile_write(PG_FUNCTION_ARGS)
{
	const Percentile *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	SydraQuantileBlock *block = NULL;
	StringInfoData buffer;
	const double *values;
	int			count;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendfloat8(&buffer, state->fraction);
	while ((values = sydra_quantile_next(&state->values, &block, &count)) != NULL)
		pq_sendbytes(&buffer, (const char *) values, sizeof(double) * count);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_percentile_read(PG_FUNCTION_ARGS)
{
	Percentile *state = palloc0(sizeof(Percentile));
	StringInfoData buffer;
	double		values[128];

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	state->fraction = pq_getmsgfloat8(&buffer);
	while (buffer.cursor < buffer.len)
	{
		int			count = Min(lengthof(values),
								(buffer.len - buffer.cursor) / (int) sizeof(double));

		if (count == 0)
			elog(ERROR, "bytes are no values");
		pq_copymsgbytes(&buffer, (char *) values, sizeof(double) * count);
		sydra_quantile_add(&state->values, values, count, CurrentMemoryContext);
	}
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_percentile(PG_FUNCTION_ARGS)
{
	const Percentile *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (state == NULL || state->values.count == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sydra_quantile_at(&state->values, state->fraction));
}

/* Approximate percentiles */

typedef struct Sketch
{
	double		fraction;
	SydraSketch sketch;
} Sketch;

/* (state internal, value float8, fraction float8) */
Datum
sydra_plain_sketch_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	Sketch	   *state = sydra_plain_state(fcinfo, sizeof(Sketch));
	double		value;

	state->fraction = get_fraction(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		value = PG_GETARG_FLOAT8(1);
		sydra_sketch_add(&state->sketch, &value, 1, context);
	}
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_sketch_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	const Sketch *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	Sketch	   *state;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	state = sydra_plain_state(fcinfo, sizeof(Sketch));
	state->fraction = other->fraction;
	sydra_sketch_merge(&state->sketch, &other->sketch, context);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_sketch_write(PG_FUNCTION_ARGS)
{
	const Sketch *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendfloat8(&buffer, state->fraction);
	sydra_sketch_write(&state->sketch, &buffer);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_sketch_read(PG_FUNCTION_ARGS)
{
	Sketch	   *state = palloc0(sizeof(Sketch));
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	state->fraction = pq_getmsgfloat8(&buffer);
	state->sketch = *sydra_sketch_read(&buffer);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_sketch(PG_FUNCTION_ARGS)
{
	const Sketch *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (state == NULL || state->sketch.count == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sydra_sketch_at(&state->sketch, state->fraction));
}

/* Distinct values, about */

/* How the type hashes its values, looked up once a query. */
static FmgrInfo *
get_hash_function(FunctionCallInfo fcinfo)
{
	TypeCacheEntry *entry = fcinfo->flinfo->fn_extra;

	if (entry == NULL)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);

		entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
		if (!OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_FUNCTION),
					errmsg("could not identify an extended hash function for type %s",
						   format_type_be(type)));
		fcinfo->flinfo->fn_extra = entry;
	}
	return &entry->hash_extended_proc_finfo;
}

/* Values that the language has are hashed as it does, so that the estimates are the same. */
static uint64
hash_argument(FunctionCallInfo fcinfo)
{
	Datum		value = PG_GETARG_DATUM(1);
	text	   *bytes;

	switch (get_fn_expr_argtype(fcinfo->flinfo, 1))
	{
		case BOOLOID:
			return sydra_distinct_hash_word(DatumGetBool(value) + 1);
		case INT2OID:
			return sydra_distinct_hash_word(DatumGetInt16(value));
		case INT4OID:
			return sydra_distinct_hash_word(DatumGetInt32(value));
		case INT8OID:
		case TIMESTAMPTZOID:
			return sydra_distinct_hash_word(DatumGetInt64(value));
		case FLOAT4OID:
			return sydra_distinct_hash_float(DatumGetFloat4(value));
		case FLOAT8OID:
			return sydra_distinct_hash_float(DatumGetFloat8(value));
		case TEXTOID:
		case VARCHAROID:
			if (!get_collation_isdeterministic(PG_GET_COLLATION()))
				break;
			bytes = DatumGetTextPP(value);
			return sydra_distinct_hash_bytes(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		default:
			break;
	}
	return sydra_distinct_hash_word(DatumGetUInt64(FunctionCall2Coll(get_hash_function(fcinfo),
																	 PG_GET_COLLATION(), value,
																	 UInt64GetDatum(0))));
}

/* (state internal, value anyelement) */
Datum
sydra_plain_distinct_add(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	SydraDistinct *state = sydra_plain_state(fcinfo, sizeof(SydraDistinct));

	if (!PG_ARGISNULL(1))
		sydra_distinct_add(state, hash_argument(fcinfo), context);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_distinct_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	SydraDistinct *state;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	state = sydra_plain_state(fcinfo, sizeof(SydraDistinct));
	sydra_distinct_merge(state, SYDRA_PLAIN_ARGUMENT(fcinfo, 1), context);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_distinct_write(PG_FUNCTION_ARGS)
{
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	sydra_distinct_write(SYDRA_PLAIN_ARGUMENT(fcinfo, 0), &buffer);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_distinct_read(PG_FUNCTION_ARGS)
{
	SydraDistinct *state;
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	state = sydra_distinct_read(&buffer);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_distinct(PG_FUNCTION_ARGS)
{
	const SydraDistinct *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	PG_RETURN_INT64(state == NULL ? 0 : sydra_distinct_estimate(state));
}

/* Histograms */

static void
open_histogram(FunctionCallInfo fcinfo, SydraHistogram *state, MemoryContext context)
{
	const char *fault = NULL;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		fault = "bounds and ranges of \"histogram\" must not be null";
	else
		fault = sydra_histogram_fault(PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3), PG_GETARG_INT32(4));
	if (fault != NULL)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "%s", fault),
				errhint("Ten ranges from 0 to 100 are histogram(x, 0, 100, 10)."));
	sydra_histogram_open(state, PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3), PG_GETARG_INT32(4),
						 context);
}

static Datum
count_value(FunctionCallInfo fcinfo, int64 change)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	SydraHistogram *state = sydra_plain_state(fcinfo, sizeof(SydraHistogram));

	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	if (state->counts == NULL)
		open_histogram(fcinfo, state, context);
	else if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4) ||
			 PG_GETARG_FLOAT8(2) != state->low || PG_GETARG_FLOAT8(3) != state->high ||
			 PG_GETARG_INT32(4) != state->ranges)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "bounds and ranges of \"histogram\" must be the same in every row"));
	state->counts[sydra_histogram_place(state, PG_GETARG_FLOAT8(1))] += change;
	PG_RETURN_POINTER(state);
}

/* (state internal, value float8, low float8, high float8, ranges int4) */
Datum
sydra_plain_histogram_add(PG_FUNCTION_ARGS)
{
	return count_value(fcinfo, 1);
}

Datum
sydra_plain_histogram_remove(PG_FUNCTION_ARGS)
{
	return count_value(fcinfo, -1);
}

Datum
sydra_plain_histogram_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = sydra_plain_context(fcinfo);
	const SydraHistogram *other = SYDRA_PLAIN_ARGUMENT(fcinfo, 1);
	SydraHistogram *state;
	Datum		result;

	if (sydra_plain_combines_nothing(fcinfo, &result))
		return result;
	state = sydra_plain_state(fcinfo, sizeof(SydraHistogram));
	if (other->counts == NULL)
		PG_RETURN_POINTER(state);
	if (state->counts == NULL)
		sydra_histogram_open(state, other->low, other->high, other->ranges, context);
	else if (state->low != other->low || state->high != other->high ||
			 state->ranges != other->ranges)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "bounds and ranges of \"histogram\" must be the same in every row"));
	for (int i = 0; i < other->ranges + 2; i++)
		state->counts[i] += other->counts[i];
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_histogram_write(PG_FUNCTION_ARGS)
{
	const SydraHistogram *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);
	StringInfoData buffer;

	sydra_plain_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendfloat8(&buffer, state->low);
	pq_sendfloat8(&buffer, state->high);
	pq_sendint32(&buffer, state->counts == NULL ? 0 : state->ranges);
	for (int i = 0; state->counts != NULL && i < state->ranges + 2; i++)
		pq_sendint64(&buffer, state->counts[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
sydra_plain_histogram_read(PG_FUNCTION_ARGS)
{
	SydraHistogram *state = palloc0(sizeof(SydraHistogram));
	StringInfoData buffer;
	double		low;
	double		high;
	int32		ranges;

	sydra_plain_context(fcinfo);
	sydra_plain_open(&buffer, PG_GETARG_BYTEA_PP(0));
	low = pq_getmsgfloat8(&buffer);
	high = pq_getmsgfloat8(&buffer);
	ranges = pq_getmsgint(&buffer, sizeof(int32));
	if (ranges != 0)
	{
		if (sydra_histogram_fault(low, high, ranges) != NULL)
			elog(ERROR, "bytes are no histogram");
		sydra_histogram_open(state, low, high, ranges, CurrentMemoryContext);
		for (int i = 0; i < ranges + 2; i++)
			state->counts[i] = pq_getmsgint64(&buffer);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_histogram(PG_FUNCTION_ARGS)
{
	const SydraHistogram *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	int64		total = 0;

	/* All rows may have left a moving frame. */
	for (int i = 0; state != NULL && state->counts != NULL && i < state->ranges + 2; i++)
		total += state->counts[i];
	if (total == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(sydra_histogram_array(state));
}
