/*
 * api_ingest.c
 *	  sydra.ingest(), sydra.ingest_lines() and sydra.ingest_arrays(): points into metrics.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "api/api_ingest_protocol.h"
#include "api/api_ingest_target.h"
#include "base/error.h"
#include "base/sql_function.h"

/* One call that reads lines. */
typedef struct Reading
{
	SydraIngest *ingest;
	bool		skip;			/* a bad line becomes a row of the result */
	ReturnSetInfo *result;
	int			line;			/* from 1: where line_text begins */
	const char *line_text;		/* NULL: nothing is being read */
} Reading;

SYDRA_FUNCTION(sydra_ingest);
SYDRA_FUNCTION(sydra_ingest_lines);
SYDRA_FUNCTION(sydra_ingest_arrays);

static void refuse_on_standby(void);
static bool read_on_error(const char *text);
static void begin_reading(Reading *reading, FunctionCallInfo fcinfo, const char *on_error);
static void end_reading(Reading *reading);
static void ingest_json(Reading *reading, const char *data, int length);
static void ingest_protocol(Reading *reading, SydraIngestProtocol *protocol);
static bool is_blank(const char *text, int length);
static void report_fault(Reading *reading, const SydraIngestFault *fault);
static void return_row(ReturnSetInfo *result, int64 inserted, int line, int column,
					   const char *error);
static void find_place(const Reading *reading, int offset, int *line, int *column);
static void add_place(void *argument);
static void check_times(ArrayType *times, ArrayType *numbers);
static SydraIngestObject *read_tags(Jsonb *tags);

/*
 * ingest(data text, on_error text DEFAULT 'error')
 *	RETURNS TABLE (inserted bigint, line_no integer, column_no integer, error text)
 */
Datum
sydra_ingest(PG_FUNCTION_ARGS)
{
	text	   *data = PG_GETARG_TEXT_PP(0);
	Reading		reading;
	ErrorContextCallback place = {error_context_stack, add_place, &reading};

	begin_reading(&reading, fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	error_context_stack = &place;
	ingest_json(&reading, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
	error_context_stack = place.previous;
	end_reading(&reading);
	return (Datum) 0;
}

/*
 * ingest_lines(data text, "precision" text DEFAULT 'ns', on_error text DEFAULT 'error')
 *	RETURNS TABLE (inserted bigint, line_no integer, column_no integer, error text)
 */
Datum
sydra_ingest_lines(PG_FUNCTION_ARGS)
{
	text	   *data = PG_GETARG_TEXT_PP(0);
	char	   *precision = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Reading		reading;
	ErrorContextCallback place = {error_context_stack, add_place, &reading};
	SydraIngestProtocol protocol = {
		.reader = {VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), 0, 0},
		.per_second = sydra_line_protocol_per_second(precision),
		.now = GetCurrentStatementStartTimestamp()
	};

	if (protocol.per_second == 0)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "precision cannot be \"%s\"", precision),
				errhint("Write \"precision\" => 'ns', 'us', 'ms' or 's'."));
	begin_reading(&reading, fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	error_context_stack = &place;
	ingest_protocol(&reading, &protocol);
	error_context_stack = place.previous;
	end_reading(&reading);
	return (Datum) 0;
}

static void
begin_reading(Reading *reading, FunctionCallInfo fcinfo, const char *on_error)
{
	memset(reading, 0, sizeof(*reading));
	reading->skip = read_on_error(on_error);
	refuse_on_standby();
	InitMaterializedSRF(fcinfo, 0);
	reading->result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	reading->ingest = sydra_ingest_target_begin();
}

static void
end_reading(Reading *reading)
{
	sydra_ingest_target_flush(reading->ingest);
	return_row(reading->result, reading->ingest->inserted, 0, 0, NULL);
	SPI_finish();
}

static void
refuse_on_standby(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_READ_ONLY),
				SYDRA_ERRMSG(SYDRA_ERR_READ_ONLY, "points cannot be written during recovery"));
}

/* Whether a bad line is skipped. */
static bool
read_on_error(const char *text)
{
	if (strcmp(text, "skip") != 0 && strcmp(text, "error") != 0)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "on_error cannot be \"%s\"", text),
				errhint("Write on_error => 'error' or on_error => 'skip'."));
	return strcmp(text, "skip") == 0;
}

static void
ingest_json(Reading *reading, const char *data, int length)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra ingest line",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext previous = MemoryContextSwitchTo(context);
	const char *end = data + length;

	while (data < end)
	{
		const char *next = memchr(data, '\n', end - data);
		const char *stop = next ? next : end;
		SydraIngestLine line;
		SydraIngestFault fault = {0};

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(context);
		reading->line++;
		reading->line_text = data;
		reading->ingest->offset = 0;
		if (stop > data && stop[-1] == '\r')
			stop--;
		if (!is_blank(data, stop - data) &&
			(!sydra_ingest_line_read(data, stop - data, &line, &fault) ||
			 !sydra_ingest_target_add(reading->ingest, &line, &fault)))
			report_fault(reading, &fault);
		reading->line_text = NULL;
		data = next ? next + 1 : end;
	}
	MemoryContextSwitchTo(previous);
	MemoryContextDelete(context);
}

static bool
is_blank(const char *text, int length)
{
	int			blank = 0;

	while (blank < length && strchr(" \t", text[blank]) != NULL)
		blank++;
	return blank == length;
}

static void
ingest_protocol(Reading *reading, SydraIngestProtocol *protocol)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra ingest line",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext previous = MemoryContextSwitchTo(context);
	SydraIngestLine line;
	SydraIngestFault fault;

	while (sydra_ingest_protocol_next(protocol, &line, &reading->line, &fault))
	{
		CHECK_FOR_INTERRUPTS();
		reading->line_text = line.text;
		if (fault.message != NULL || !sydra_ingest_target_add(reading->ingest, &line, &fault))
			report_fault(reading, &fault);
		reading->line_text = NULL;
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(previous);
	MemoryContextDelete(context);
}

/* A row of the result, or an error. */
static void
report_fault(Reading *reading, const SydraIngestFault *fault)
{
	int			line;
	int			column;

	find_place(reading, fault->offset, &line, &column);
	reading->line_text = NULL;
	if (!reading->skip)
		ereport(ERROR,
				sydra_errcode(fault->error),
				SYDRA_ERRMSG(fault->error, "line %d, column %d: %s", line, column, fault->message),
				fault->hint ? errhint("%s", fault->hint) : 0);
	return_row(reading->result, 0, line, column,
			   psprintf("%s: %s", sydra_error_name(fault->error), fault->message));
}

static void
return_row(ReturnSetInfo *result, int64 inserted, int line, int column, const char *error)
{
	Datum		values[4] = {
		Int64GetDatum(inserted), Int32GetDatum(line), Int32GetDatum(column),
		error ? CStringGetTextDatum(error) : (Datum) 0
	};
	bool		nulls[4] = {false, error == NULL, error == NULL, error == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The column in characters, from 1.  A point may have several lines. */
static void
find_place(const Reading *reading, int offset, int *line, int *column)
{
	const char *text = reading->line_text;
	const char *place = text + offset;

	*line = reading->line;
	for (const char *end; (end = memchr(text, '\n', place - text)) != NULL; text = end + 1)
		(*line)++;
	*column = pg_mbstrlen_with_len(text, place - text) + 1;
}

/* Errors of the types' input functions and of automatic creation have no place of their own. */
static void
add_place(void *argument)
{
	Reading    *reading = argument;
	int			line;
	int			column;

	if (reading->line_text == NULL)
		return;
	find_place(reading, reading->ingest->offset, &line, &column);
	errcontext("line %d, column %d of the points", line, column);
}

/*
 * ingest_arrays(metric text, tags jsonb, times timestamptz[], "values" float8[]) RETURNS bigint
 */
Datum
sydra_ingest_arrays(PG_FUNCTION_ARGS)
{
	char	   *metric = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SydraIngestObject *tags = read_tags(PG_GETARG_JSONB_P(1));
	ArrayType  *times = PG_GETARG_ARRAYTYPE_P(2);
	ArrayType  *numbers = PG_GETARG_ARRAYTYPE_P(3);
	SydraIngestFault fault = {0};
	SydraIngest *ingest;
	int64		inserted;

	refuse_on_standby();
	check_times(times, numbers);
	SPI_connect();
	ingest = sydra_ingest_target_begin();
	if (!sydra_ingest_target_add_series(ingest, metric, tags, times, numbers, &fault))
		ereport(ERROR,
				sydra_errcode(fault.error),
				SYDRA_ERRMSG(fault.error, "%s", fault.message),
				fault.hint ? errhint("%s", fault.hint) : 0);
	sydra_ingest_target_flush(ingest);
	inserted = ingest->inserted;
	SPI_finish();
	PG_RETURN_INT64(inserted);
}

static void
check_times(ArrayType *times, ArrayType *numbers)
{
	int			count = ArrayGetNItems(ARR_NDIM(times), ARR_DIMS(times));
	const TimestampTz *time = (const TimestampTz *) ARR_DATA_PTR(times);

	if (ARR_NDIM(times) > 1 || ARR_NDIM(numbers) > 1 ||
		count != ArrayGetNItems(ARR_NDIM(numbers), ARR_DIMS(numbers)))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "times and values must be arrays of the same length"));
	if (array_contains_nulls(times))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "the time of a point cannot be null"));
	for (int i = 0; i < count; i++)
	{
		if (TIMESTAMP_NOT_FINITE(time[i]))
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_TIME_OUT_OF_RANGE),
					SYDRA_ERRMSG(SYDRA_ERR_TIME_OUT_OF_RANGE,
								 "the time of a point cannot be infinite"),
					errdetail("It is element %d of the times.", i + 1));
	}
}

static SydraIngestObject *
read_tags(Jsonb *tags)
{
	SydraIngestObject *object = palloc0(sizeof(SydraIngestObject));
	JsonbIterator *iterator = JsonbIteratorInit(&tags->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	int			count = JB_ROOT_COUNT(tags);

	if (!JB_ROOT_IS_OBJECT(tags))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_TYPE_MISMATCH),
				SYDRA_ERRMSG(SYDRA_ERR_TYPE_MISMATCH, "tags must be an object"));
	object->items = palloc0(Max(count, 1) * sizeof(SydraIngestItem));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		SydraIngestItem *item = &object->items[object->item_count];

		if (token == WJB_KEY)
			item->key = pnstrdup(value.val.string.val, value.val.string.len);
		if (token != WJB_VALUE)
			continue;
		object->item_count++;
		switch (value.type)
		{
			case jbvString:
				item->type = JSON_TOKEN_STRING;
				item->text = pnstrdup(value.val.string.val, value.val.string.len);
				break;
			case jbvNumeric:
				item->type = JSON_TOKEN_NUMBER;
				item->text = DatumGetCString(DirectFunctionCall1(numeric_out,
																 NumericGetDatum(value.val.numeric)));
				break;
			case jbvBool:
				item->type = value.val.boolean ? JSON_TOKEN_TRUE : JSON_TOKEN_FALSE;
				item->text = value.val.boolean ? "true" : "false";
				break;
			case jbvNull:
				item->type = JSON_TOKEN_NULL;
				break;
			default:
				ereport(ERROR,
						sydra_errcode(SYDRA_ERR_TYPE_MISMATCH),
						SYDRA_ERRMSG(SYDRA_ERR_TYPE_MISMATCH,
									 "tag \"%s\" cannot be an object or array", item->key));
		}
	}
	return object;
}
