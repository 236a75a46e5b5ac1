/*
 * op_fill.c
 *	  Rows for the buckets that have none.
 *
 * All groups are kept and put in order: for each combination of the other keys its buckets by time.
 * Then every combination walks along all buckets of the range.  Groups that HAVING removed are kept
 * as places that stay empty; their values are seen by nobody.
 *
 * WITHIN d: PREVIOUS and LINEAR use a value at most d away from the bucket, by bucket starts.  The
 * bucket at infinity is no neighbour of any.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/setting.h"
#include "engine/key_table.h"
#include "engine/operator.h"
#include "engine/output.h"
#include "engine/row_store.h"
#include "function/bucket.h"
#include "function/eval.h"
#include "function/float_sum.h"

typedef struct FillRow
{
	int64		bucket;
	const char *row;			/* in the store */
	bool		removed;		/* by HAVING */
} FillRow;

/* One combination of the other keys. */
typedef struct FillSeries
{
	FillRow    *rows;			/* by bucket, once all are there */
	int			count;
	int			room;
} FillSeries;

typedef struct OpFill
{
	SydraOp		operator;
	const SydraPlanFill *planned;
	SydraBucketer bucketer;
	int64		range_min;
	int64		range_max;
	SydraEval  *having;			/* or NULL */
	SydraRowStore *store;
	SydraKeyTable *keys;
	FillSeries *series;
	int			series_count;
	int			series_room;
	StringInfoData key;

	bool		consumed;
	int			at_series;
	int			at_row;			/* the next of the series' rows */
	int64		at_bucket;		/* the next bucket of the range; PG_INT64_MAX behind the last */
	int		   *previous;		/* by column: the last row with a value, or -1 */
	int		   *following;		/* by column: the next row with a value, or count; or stale */
	SydraOutput output;
} OpFill;

static FillSeries *
find_series(OpFill *fill, const SydraBatch *batch, int row)
{
	uint32		number;
	bool		is_new;

	resetStringInfo(&fill->key);
	for (int i = 0; i < fill->planned->key_count; i++)
		if (i != fill->planned->bucket_key)
			sydra_key_append(&fill->key, &batch->columns[i], row);
	number = sydra_key_table_add(fill->keys, fill->key.data, fill->key.len, &is_new);
	if (is_new)
	{
		if (fill->series_count == fill->series_room)
		{
			fill->series_room *= 2;
			fill->series = repalloc_huge(fill->series, sizeof(FillSeries) * fill->series_room);
		}
		memset(&fill->series[fill->series_count++], 0, sizeof(FillSeries));
	}
	return &fill->series[number];
}

static void
add_row(FillSeries *series, FillRow row)
{
	if (series->count == series->room)
	{
		series->room = Max(series->room * 2, 16);
		series->rows = series->rows == NULL ?
			palloc(sizeof(FillRow) * series->room) :
			repalloc_huge(series->rows, sizeof(FillRow) * series->room);
	}
	series->rows[series->count++] = row;
}

static void
consume_batch(OpFill *fill, const SydraBatch *batch)
{
	const SydraVector *having = fill->having ? sydra_eval_run(fill->having, batch) : NULL;
	const SydraVector *bucket = &batch->columns[fill->planned->bucket_key];
	char	   *first = sydra_row_store_add(fill->store, batch);

	for (int i = 0; i < sydra_batch_rows(batch); i++)
	{
		int			row = sydra_batch_row(batch, i);
		FillRow		fill_row = {.row = first + (Size) i * fill->store->row_size};

		fill_row.bucket = sydra_vector_int64(bucket, row);
		fill_row.removed = having != NULL &&
			(sydra_vector_is_null(having, row) || !((const uint8 *) having->values)[row]);
		add_row(find_series(fill, batch, row), fill_row);
	}
	sydra_execution_check_memory(fill->operator.execution);
}

static int
compare_buckets(const void *a, const void *b)
{
	int64		x = ((const FillRow *) a)->bucket;
	int64		y = ((const FillRow *) b)->bucket;

	return (x > y) - (x < y);
}

static void
sort_series(FillSeries *series)
{
	for (int i = 1; i < series->count; i++)
		if (series->rows[i - 1].bucket > series->rows[i].bucket)
		{
			qsort(series->rows, series->count, sizeof(FillRow), compare_buckets);
			return;
		}
}

/* How many buckets meet the range; counting ends once they are more than most. */
static int64
count_buckets(const OpFill *fill, int64 most)
{
	const SydraBucket *bucket = &fill->bucketer.bucket;
	int64		start;
	int64		count = 0;

	if (fill->range_min >= fill->range_max)
		return 0;
	start = sydra_bucket_start(&fill->bucketer, fill->range_min);
	if (bucket->step_months == 0 && fill->bucketer.zone == NULL)
		return (int64) (((uint64) fill->range_max - 1 - (uint64) start) /
						(uint64) bucket->step_us) + 1;
	for (; start < fill->range_max && count <= most; count++)
	{
		CHECK_FOR_INTERRUPTS();
		start = sydra_bucket_next(&fill->bucketer, start);
	}
	return count;
}

/* The number of rows is known before one is made. */
static void
check_points(const OpFill *fill)
{
	int64		buckets;
	int64		removed = 0;
	int64		total;

	if (fill->series_count == 0)
		return;
	for (int i = 0; i < fill->series_count; i++)
		for (int j = 0; j < fill->series[i].count; j++)
			removed += fill->series[i].rows[j].removed;
	buckets = count_buckets(fill, (sydra_setting_max_points + removed) / fill->series_count);
	if (__builtin_mul_overflow(buckets, (int64) fill->series_count, &total))
		total = PG_INT64_MAX;
	sydra_execution_check_points(total - removed);
}

static void
start_series(OpFill *fill)
{
	fill->at_row = 0;
	fill->at_bucket = PG_INT64_MAX;
	if (fill->range_min < fill->range_max)
		fill->at_bucket = sydra_bucket_start(&fill->bucketer, fill->range_min);
	for (int i = 0; i < fill->operator.plan->column_count; i++)
	{
		fill->previous[i] = -1;
		fill->following[i] = -1;
	}
}

static void
consume(OpFill *fill)
{
	SydraBatch *batch;

	while (sydra_operator_next(fill->operator.input, &batch))
		consume_batch(fill, batch);
	for (int i = 0; i < fill->series_count; i++)
		sort_series(&fill->series[i]);
	if (fill->planned->policy != SYDRA_FILL_NONE)
		check_points(fill);
	start_series(fill);
	fill->consumed = true;
}

/* A column's value in a kept row; false: null. */
static bool
read_value(const OpFill *fill, const char *row, int column, SydraValue *value)
{
	*value = sydra_row_store_value(fill->store, row, column);
	return !value->isnull;
}

/* Numbers of both kinds fit a column of either; a fraction makes its column float8 beforehand. */
static void
convert(SydraValue *value, SydraKind from, SydraKind to)
{
	if (value->isnull || from == to)
		return;
	if (from == SYDRA_KIND_INT && to == SYDRA_KIND_FLOAT)
		value->real = (double) value->integer;
	else if (from == SYDRA_KIND_FLOAT && to == SYDRA_KIND_INT)
		value->integer = (int64) value->real;
	else
		elog(ERROR, "cannot fill kind %d with kind %d", (int) to, (int) from);
}

static void
store_value(OpFill *fill, int column, int row, SydraValue *value, SydraKind kind)
{
	SydraVector *vector = &fill->output.batch.columns[column];

	convert(value, kind, vector->kind);
	sydra_eval_store(vector, row, value);
	if (value->isnull)
		sydra_output_set_null(&fill->output, column, row);
}

/* From one bucket to a later one.  Nothing is between here and infinity. */
static bool
is_within(const OpFill *fill, int64 from, int64 to)
{
	uint64		within_us = fill->planned->within_us;

	return !TIMESTAMP_NOT_FINITE(from) && !TIMESTAMP_NOT_FINITE(to) &&
		(within_us == 0 || (uint64) to - (uint64) from <= within_us);
}

static bool
find_previous(const OpFill *fill, int column, SydraValue *value)
{
	const FillSeries *series = &fill->series[fill->at_series];
	int			previous = fill->previous[column];

	return previous >= 0 &&
		is_within(fill, series->rows[previous].bucket, fill->at_bucket) &&
		read_value(fill, series->rows[previous].row, column, value);
}

/* The next row with a value in the column. */
static bool
find_following(OpFill *fill, int column, SydraValue *value)
{
	const FillSeries *series = &fill->series[fill->at_series];
	int			following = Max(fill->following[column], fill->at_row);

	while (following < series->count &&
		   (series->rows[following].removed ||
			sydra_row_is_null(series->rows[following].row, column)))
		following++;
	fill->following[column] = following;
	return following < series->count &&
		is_within(fill, fill->at_bucket, series->rows[following].bucket) &&
		read_value(fill, series->rows[following].row, column, value);
}

/* Between the neighbours, by bucket starts; false: null. */
static bool
interpolate(OpFill *fill, int column, SydraValue *value)
{
	const FillSeries *series = &fill->series[fill->at_series];
	SydraKind	kind = fill->store->kinds[column];
	SydraValue	before;
	SydraValue	after;
	int64		from;
	int64		to;

	if (kind != SYDRA_KIND_INT && kind != SYDRA_KIND_FLOAT)
		return false;
	if (!find_previous(fill, column, &before) || !find_following(fill, column, &after))
		return false;
	from = series->rows[fill->previous[column]].bucket;
	to = series->rows[fill->following[column]].bucket;
	convert(&before, kind, SYDRA_KIND_FLOAT);
	convert(&after, kind, SYDRA_KIND_FLOAT);
	memset(value, 0, sizeof(*value));
	value->real = sydra_float_between(before.real, after.real,
									  (double) ((uint64) fill->at_bucket - (uint64) from) /
									  (double) ((uint64) to - (uint64) from));
	return true;
}

static void
fill_aggregate(OpFill *fill, int column, int row)
{
	SydraValue	value = {0};
	SydraKind	kind = fill->store->kinds[column];
	SydraKind	target = fill->operator.plan->columns[column].kind;

	switch (fill->planned->policy)
	{
		case SYDRA_FILL_NONE:
		case SYDRA_FILL_NULL:
			value.isnull = true;
			break;
		case SYDRA_FILL_PREVIOUS:
			value.isnull = !find_previous(fill, column, &value);
			break;
		case SYDRA_FILL_LINEAR:
			value.isnull = !interpolate(fill, column, &value);
			kind = SYDRA_KIND_FLOAT;
			break;
		case SYDRA_FILL_CONSTANT:
			value = fill->planned->constant;
			kind = fill->planned->constant_kind;
			if (target != SYDRA_KIND_INT && target != SYDRA_KIND_FLOAT)
				value.isnull = true;
			break;
	}
	store_value(fill, column, row, &value, kind);
}

/* A row for a bucket that has no group. */
static void
give_filled(OpFill *fill, int row)
{
	const FillSeries *series = &fill->series[fill->at_series];
	SydraValue	value;

	for (int column = 0; column < fill->operator.plan->column_count; column++)
	{
		if (column >= fill->planned->key_count)
			fill_aggregate(fill, column, row);
		else if (column == fill->planned->bucket_key)
			((int64 *) fill->output.batch.columns[column].values)[row] = fill->at_bucket;
		else
		{
			read_value(fill, series->rows[0].row, column, &value);
			store_value(fill, column, row, &value, fill->store->kinds[column]);
		}
	}
}

/* A group as it came. */
static void
give_row(OpFill *fill, int row)
{
	const char *kept = fill->series[fill->at_series].rows[fill->at_row].row;

	for (int column = 0; column < fill->operator.plan->column_count; column++)
	{
		SydraValue	value;

		if (read_value(fill, kept, column, &value))
			fill->previous[column] = fill->at_row;
		store_value(fill, column, row, &value, fill->store->kinds[column]);
	}
}

static void
advance_bucket(OpFill *fill)
{
	fill->at_bucket = sydra_bucket_next(&fill->bucketer, fill->at_bucket);
	if (fill->at_bucket >= fill->range_max)
		fill->at_bucket = PG_INT64_MAX;
}

/* Stores the next row, if the series has one. */
static bool
give_next(OpFill *fill, int row)
{
	const FillSeries *series = &fill->series[fill->at_series];

	while (fill->at_row < series->count)
	{
		const FillRow *next = &series->rows[fill->at_row];

		if (fill->planned->policy != SYDRA_FILL_NONE && fill->at_bucket < next->bucket)
			break;
		if (!next->removed)
			give_row(fill, row);
		if (fill->at_bucket == next->bucket)
			advance_bucket(fill);
		fill->at_row++;
		if (!next->removed)
			return true;
	}
	if (fill->planned->policy == SYDRA_FILL_NONE || fill->at_bucket == PG_INT64_MAX)
		return false;
	give_filled(fill, row);
	advance_bucket(fill);
	return true;
}

static bool
next_filled(SydraOp *operator, SydraBatch **batch)
{
	OpFill	   *fill = (OpFill *) operator;
	int			count = 0;

	if (!fill->consumed)
		consume(fill);
	sydra_output_begin(&fill->output);
	while (count < SYDRA_BATCH_ROWS && fill->at_series < fill->series_count)
	{
		if (give_next(fill, count))
			count++;
		else
		{
			fill->at_series++;
			start_series(fill);
		}
	}
	*batch = sydra_output_end(&fill->output, count);
	return count > 0;
}

SydraOp *
sydra_op_fill_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpFill	   *fill = palloc0(sizeof(OpFill));
	const SydraPlanFill *planned = (const SydraPlanFill *) plan;

	fill->operator.plan = plan;
	fill->operator.execution = execution;
	fill->operator.input = input;
	fill->operator.next = next_filled;
	fill->planned = planned;
	sydra_bucket_open(&fill->bucketer, &planned->bucket);
	fill->range_min = planned->range.min;
	fill->range_max = planned->range.max;
	if (planned->having != NULL)
		fill->having = sydra_eval_open(planned->having, execution->source);
	fill->store = sydra_row_store_create(plan->input);
	fill->keys = sydra_key_table_create();
	fill->series_room = 16;
	fill->series = palloc(sizeof(FillSeries) * fill->series_room);
	initStringInfo(&fill->key);
	fill->previous = palloc(sizeof(int) * Max(plan->column_count, 1));
	fill->following = palloc(sizeof(int) * Max(plan->column_count, 1));
	sydra_output_open(&fill->output, plan);
	return &fill->operator;
}
