/*
 * api_datum.c
 *	  Turns vectors into datums, a column at a time.
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "api/api_datum.h"

static void read_column(SydraDatumColumn *column, const SydraVector *vector);
static void read_nulls(SydraDatumColumn *column, const SydraVector *vector);
static void read_integers(SydraDatumColumn *column, const SydraVector *vector);
static void read_durations(SydraDatumColumn *column, const SydraVector *vector);
static void read_times(SydraDatumColumn *column, const SydraVector *vector);
static void read_floats(SydraDatumColumn *column, const SydraVector *vector);
static void read_texts(SydraDatumColumn *column, const SydraVector *vector);
static void read_datums(SydraDatumColumn *column, const SydraVector *vector);

SydraDatumColumn *
sydra_datum_columns(TupleDesc tupdesc)
{
	SydraDatumColumn *columns = palloc0(tupdesc->natts * sizeof(SydraDatumColumn));

	for (int i = 0; i < tupdesc->natts; i++)
		columns[i].type = TupleDescAttr(tupdesc, i)->atttypid;
	return columns;
}

void
sydra_datum_read(SydraDatumColumn *columns, int column_count, const SydraBatch *batch)
{
	for (int i = 0; i < column_count; i++)
		read_column(&columns[i], &batch->columns[i]);
}

static void
read_column(SydraDatumColumn *column, const SydraVector *vector)
{
	read_nulls(column, vector);
	switch (vector->kind)
	{
		case SYDRA_KIND_NULL:
			memset(column->nulls, true, vector->count);
			break;
		case SYDRA_KIND_BOOL:
			for (int i = 0; i < vector->count; i++)
				column->values[i] = BoolGetDatum(((const uint8 *) vector->values)[i] != 0);
			break;
		case SYDRA_KIND_INT:
			read_integers(column, vector);
			break;
		case SYDRA_KIND_DURATION:
			read_durations(column, vector);
			break;
		case SYDRA_KIND_TIME:
			read_times(column, vector);
			break;
		case SYDRA_KIND_FLOAT:
			read_floats(column, vector);
			break;
		case SYDRA_KIND_FLOAT4:
			for (int i = 0; i < vector->count; i++)
				column->values[i] = Float4GetDatum(((const float *) vector->values)[i]);
			break;
		case SYDRA_KIND_TEXT:
			read_texts(column, vector);
			break;
		case SYDRA_KIND_DATUM:
			read_datums(column, vector);
			break;
	}
}

static void
read_nulls(SydraDatumColumn *column, const SydraVector *vector)
{
	if (vector->valid == NULL)
		memset(column->nulls, false, vector->count);
	else
	{
		for (int i = 0; i < vector->count; i++)
			column->nulls[i] = (vector->valid[i / 64] >> (i % 64) & 1) == 0;
	}
}

static void
read_integers(SydraDatumColumn *column, const SydraVector *vector)
{
	const int64 *values = vector->values;

	switch (column->type)
	{
		case INT2OID:
			for (int i = 0; i < vector->count; i++)
				column->values[i] = Int16GetDatum((int16) values[i]);
			break;
		case INT4OID:
			for (int i = 0; i < vector->count; i++)
				column->values[i] = Int32GetDatum((int32) values[i]);
			break;
		default:
			for (int i = 0; i < vector->count; i++)
				column->values[i] = Int64GetDatum(values[i]);
			break;
	}
}

/* Of the current batch: the rows copy them. */
static void
read_durations(SydraDatumColumn *column, const SydraVector *vector)
{
	Interval   *intervals = palloc0(vector->count * sizeof(Interval));

	for (int i = 0; i < vector->count; i++)
	{
		intervals[i].time = sydra_vector_int64(vector, i);
		column->values[i] = IntervalPGetDatum(&intervals[i]);
	}
}

static void
read_times(SydraDatumColumn *column, const SydraVector *vector)
{
	const int64 *values = vector->values;

	for (int i = 0; i < vector->count; i++)
		column->values[i] = TimestampTzGetDatum(values[i]);
	if (column->type != DATEOID)
		return;
	for (int i = 0; i < vector->count; i++)
	{
		if (!column->nulls[i])
			column->values[i] = DirectFunctionCall1(timestamp_date, column->values[i]);
	}
}

static void
read_floats(SydraDatumColumn *column, const SydraVector *vector)
{
	const double *values = vector->values;

	if (column->type == FLOAT4OID)
	{
		for (int i = 0; i < vector->count; i++)
			column->values[i] = Float4GetDatum((float) values[i]);
		return;
	}
	for (int i = 0; i < vector->count; i++)
		column->values[i] = Float8GetDatum(values[i]);
}

static void
read_texts(SydraDatumColumn *column, const SydraVector *vector)
{
	const SydraBytes *values = vector->values;

	for (int i = 0; i < vector->count; i++)
	{
		if (!column->nulls[i])
			column->values[i] = PointerGetDatum(cstring_to_text_with_len(values[i].data,
																		 values[i].length));
	}
}

/* Copied, for the alignment; values that are passed by value lie there as in a tuple. */
static void
read_datums(SydraDatumColumn *column, const SydraVector *vector)
{
	const SydraBytes *values = vector->values;
	bool		by_value = get_typbyval(column->type);

	for (int i = 0; i < vector->count; i++)
	{
		char	   *copy;

		if (column->nulls[i] || values[i].length == 0)
			continue;
		if (by_value)
		{
			column->values[i] = fetch_att(values[i].data, true, values[i].length);
			continue;
		}
		copy = palloc(values[i].length);
		memcpy(copy, values[i].data, values[i].length);
		column->values[i] = PointerGetDatum(copy);
	}
}
