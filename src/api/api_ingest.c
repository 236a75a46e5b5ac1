/*
 * api_ingest.c
 *	  sydra.ingest() and sydra.ingest_arrays(): points into metrics.
 *
 * Points are collected by metric, column by column, and written by api_insert.c.
 *
 * The points of one metric are written in the order in which they come.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "api/api_ingest_line.h"
#include "api/api_insert.h"
#include "api/api_metric.h"
#include "base/error.h"
#include "base/setting.h"
#include "base/sql_function.h"
#include "series/table.h"

/* What may wait in memory for one statement, over all metrics. */
#define WAITING_ROWS_MAX 65536
#define WAITING_BYTES_MAX (64 * 1024 * 1024)

typedef struct TargetColumn
{
	char	   *name;
	Oid			type;			/* below domains */
	bool		has_array;		/* without an array type a column cannot be given */
	Oid			input;			/* for types without a reader of their own */
	Oid			input_parameter;
	bool		has_default;	/* a missing value is not null */
	bool		used;			/* stands in the statement to come */
	Datum	   *values;			/* row_max of them, while used */
	bool	   *nulls;
} TargetColumn;

/* One metric, and its rows that wait. */
typedef struct Target
{
	char		series[2 * NAMEDATALEN];	/* hash key */
	char	   *table;			/* quoted */
	int			column_count;
	TargetColumn *columns;
	int			time;			/* indexes of columns, or -1 */
	int			value;
	int			tags;			/* jsonb, of a native metric */
	int			fields;
	MemoryContext context;		/* of the rows */
	HTAB	   *tag_sets;		/* native: the jsonb of tags as they were written */
	int			row_count;
	int			row_max;

	/* The row being put together, by column. */
	bool	   *row_given;
	bool	   *row_nulls;
	Datum	   *row_values;
} Target;

/* Tags of a native metric; points of a series mostly spell them the same way. */
typedef struct TagSet
{
	uint64		hash;			/* key, over the text */
	char	   *text;
	int			length;
	Datum		jsonb;
} TagSet;

typedef struct Ingest
{
	HTAB	   *targets;
	List	   *order;			/* Target *, as they came */
	int64		waiting_rows;
	int64		waiting_bytes;	/* of the lines that they came from */
	int64		inserted;
	int			line;			/* from 1 */
	const char *line_text;
	int			offset;			/* in the line, for errors raised by the types' input functions */
} Ingest;

SYDRA_FUNCTION(sydra_ingest);
SYDRA_FUNCTION(sydra_ingest_arrays);

static void refuse_on_standby(void);
static bool read_on_error(const char *text);
static void ingest_text(Ingest *ingest, const char *data, int length, bool skip,
						ReturnSetInfo *result);
static bool ingest_line(Ingest *ingest, const char *text, int length, SydraIngestFault *fault);
static void report_fault(Ingest *ingest, const SydraIngestFault *fault);
static void return_row(ReturnSetInfo *result, int64 inserted, int line, int column,
					   const char *error);
static int	count_column(const char *text, int offset);
static Ingest *begin_ingest(void);
static Target *find_target(Ingest *ingest, const char *series, int offset,
						   SydraIngestFault *fault);
static void describe_target(Target *target, Oid relid);
static int	find_column(const Target *target, const char *name);
static bool fill_row(Target *target, const SydraIngestLine *line, Ingest *ingest,
					 SydraIngestFault *fault);
static bool fill_native(Target *target, const SydraIngestLine *line, Ingest *ingest,
						SydraIngestFault *fault);
static bool fill_wide(Target *target, const SydraIngestLine *line, Ingest *ingest,
					  SydraIngestFault *fault);
static bool fill_items(Target *target, const SydraIngestObject *object,
					   const SydraIngestLine *line, Ingest *ingest, SydraIngestFault *fault);
static bool set_item(Target *target, int column, const SydraIngestItem *item,
					 const SydraIngestLine *line, Ingest *ingest, SydraIngestFault *fault);
static bool read_item(const TargetColumn *column, const SydraIngestItem *item,
					  const SydraIngestLine *line, Datum *value, Ingest *ingest,
					  SydraIngestFault *fault);
static bool read_float(const SydraIngestItem *item, double *value);
static bool read_integer(const SydraIngestItem *item, int64 min, int64 max, int64 *value);
static Datum find_tag_set(Target *target, const SydraIngestLine *line);
static Datum make_jsonb(const SydraIngestObject *object);
static Datum read_jsonb(const char *text, int length);
static void set_column(Target *target, int column, Datum value);
static void add_row(Ingest *ingest, Target *target);
static bool row_fits(const Target *target);
static void grow_rows(Target *target);
static void flush_all(Ingest *ingest);
static void flush_target(Ingest *ingest, Target *target);
static void add_place(void *argument);
static Target *open_target(Ingest *ingest, const char *metric);
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
	bool		skip = read_on_error(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ErrorContextCallback place = {.callback = add_place};
	Ingest	   *ingest;

	refuse_on_standby();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	ingest = begin_ingest();
	place.arg = ingest;
	place.previous = error_context_stack;
	error_context_stack = &place;
	ingest_text(ingest, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data), skip, result);
	flush_all(ingest);
	error_context_stack = place.previous;
	return_row(result, ingest->inserted, 0, 0, NULL);
	SPI_finish();
	return (Datum) 0;
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

static Ingest *
begin_ingest(void)
{
	Ingest	   *ingest = palloc0(sizeof(Ingest));
	HASHCTL		control = {
		.keysize = sizeof(((Target *) NULL)->series),
		.entrysize = sizeof(Target),
		.hcxt = CurrentMemoryContext
	};

	ingest->targets = hash_create("sydra ingest metrics", 16, &control,
								  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return ingest;
}

static void
ingest_text(Ingest *ingest, const char *data, int length, bool skip, ReturnSetInfo *result)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra ingest line",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext previous = MemoryContextSwitchTo(context);
	const char *end = data + length;

	while (data < end)
	{
		const char *next = memchr(data, '\n', end - data);
		const char *stop = next ? next : end;
		SydraIngestFault fault;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(context);
		ingest->line++;
		if (stop > data && stop[-1] == '\r')
			stop--;
		if (!ingest_line(ingest, data, stop - data, &fault))
		{
			if (!skip)
				report_fault(ingest, &fault);
			return_row(result, 0, ingest->line, count_column(data, fault.offset),
					   psprintf("%s: %s", sydra_error_name(fault.error), fault.message));
		}
		data = next ? next + 1 : end;
	}
	ingest->line_text = NULL;
	MemoryContextSwitchTo(previous);
	MemoryContextDelete(context);
}

static bool
ingest_line(Ingest *ingest, const char *text, int length, SydraIngestFault *fault)
{
	SydraIngestLine line;
	Target	   *target;
	int			blank = 0;

	while (blank < length && strchr(" \t", text[blank]) != NULL)
		blank++;
	if (blank == length)
		return true;
	ingest->line_text = text;
	ingest->offset = 0;
	if (!sydra_ingest_line_read(text, length, &line, fault))
		return false;
	ingest->offset = line.series_start;
	target = find_target(ingest, line.series, line.series_start, fault);
	if (target == NULL || !fill_row(target, &line, ingest, fault))
		return false;
	if (!row_fits(target))
	{
		/* What the row holds lies beside the rows that wait, and goes with them. */
		flush_target(ingest, target);
		fill_row(target, &line, ingest, fault);
	}
	ingest->waiting_bytes += length;
	ingest->line_text = NULL;
	add_row(ingest, target);
	return true;
}

static void
report_fault(Ingest *ingest, const SydraIngestFault *fault)
{
	int			column = count_column(ingest->line_text, fault->offset);

	ingest->line_text = NULL;
	ereport(ERROR,
			sydra_errcode(fault->error),
			SYDRA_ERRMSG(fault->error, "line %d, column %d: %s", ingest->line, column,
						 fault->message),
			fault->hint ? errhint("%s", fault->hint) : 0);
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

/* In characters, from 1. */
static int
count_column(const char *text, int offset)
{
	return pg_mbstrlen_with_len(text, offset) + 1;
}

/* Errors of the types' input functions and of automatic creation have no place of their own. */
static void
add_place(void *argument)
{
	Ingest	   *ingest = argument;

	if (ingest->line_text)
		errcontext("line %d, column %d of the points", ingest->line,
				   count_column(ingest->line_text, ingest->offset));
}

static Target *
find_target(Ingest *ingest, const char *series, int offset, SydraIngestFault *fault)
{
	SydraMetricName name;
	MemoryContext previous;
	const char *message;
	Target	   *target;
	Oid			relid;

	if (strlen(series) < sizeof(target->series))
	{
		target = hash_search(ingest->targets, series, HASH_FIND, NULL);
		if (target != NULL)
			return target;
	}
	message = sydra_metric_split(series, &name);
	if (message)
	{
		sydra_ingest_fault_set(fault, SYDRA_ERR_INVALID_ARGUMENT, offset, "%s", message);
		return NULL;
	}
	relid = sydra_metric_find(&name);
	if (!OidIsValid(relid))
	{
		if (!sydra_setting_auto_create_metrics)
		{
			sydra_ingest_fault_set(fault, SYDRA_ERR_UNKNOWN_METRIC, offset,
								   "metric \"%s\" does not exist", series);
			return NULL;
		}
		relid = sydra_metric_create(&name);
	}

	target = hash_search(ingest->targets, series, HASH_ENTER, NULL);
	memset((char *) target + sizeof(target->series), 0, sizeof(Target) - sizeof(target->series));
	target->context = AllocSetContextCreate(GetMemoryChunkContext(ingest), "sydra ingest rows",
											ALLOCSET_DEFAULT_SIZES);
	previous = MemoryContextSwitchTo(GetMemoryChunkContext(ingest));
	describe_target(target, relid);
	ingest->order = lappend(ingest->order, target);
	MemoryContextSwitchTo(previous);
	return target;
}

static void
describe_target(Target *target, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	SydraTable *table = sydra_table_describe(rel);

	target->table = sydra_metric_quote(relid);
	target->column_count = table->column_count;
	target->columns = palloc0(table->column_count * sizeof(TargetColumn));
	target->row_given = palloc0(table->column_count * sizeof(bool));
	target->row_nulls = palloc(table->column_count * sizeof(bool));
	target->row_values = palloc(table->column_count * sizeof(Datum));
	target->time = target->tags = -1;
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *source = &table->columns[i];
		TargetColumn *column = &target->columns[i];

		column->name = pstrdup(NameStr(source->name));
		column->type = source->basetype;
		column->has_array = OidIsValid(get_array_type(source->basetype));
		column->has_default = TupleDescAttr(RelationGetDescr(rel),
											source->attnum - 1)->atthasdef;
		getTypeInputInfo(column->type, &column->input, &column->input_parameter);
		if (source->role == SYDRA_ROLE_TIME)
			target->time = i;
		else if (source->role == SYDRA_ROLE_TAGS)
			target->tags = i;
	}
	target->value = find_column(target, "value");
	target->fields = find_column(target, "fields");
	if (target->time < 0)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("table %s has no time column", target->table),
				errhint("The first column of type timestamptz that is NOT NULL is the time."));
	table_close(rel, AccessShareLock);
}

static int
find_column(const Target *target, const char *name)
{
	for (int i = 0; i < target->column_count; i++)
	{
		if (strcmp(target->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* By-reference values go into the target's context. */
static bool
fill_row(Target *target, const SydraIngestLine *line, Ingest *ingest, SydraIngestFault *fault)
{
	MemoryContext previous = MemoryContextSwitchTo(target->context);
	SydraIngestFault found = {0};
	bool		good;

	memset(target->row_given, false, target->column_count * sizeof(bool));
	good = target->tags >= 0 ? fill_native(target, line, ingest, &found) :
		fill_wide(target, line, ingest, &found);
	MemoryContextSwitchTo(previous);
	if (!good)
	{
		*fault = found;
		fault->message = pstrdup(found.message);
		fault->hint = found.hint ? pstrdup(found.hint) : NULL;
	}
	return good;
}

/* A native metric: tags and fields are jsonb. */
static bool
fill_native(Target *target, const SydraIngestLine *line, Ingest *ingest, SydraIngestFault *fault)
{
	set_column(target, target->time, TimestampTzGetDatum(line->time));
	set_column(target, target->tags, find_tag_set(target, line));
	if (line->has_value)
	{
		if (target->value < 0)
		{
			sydra_ingest_fault_set(fault, SYDRA_ERR_UNKNOWN_IDENTIFIER, line->value.start,
								   "metric \"%s\" has no column \"value\"", target->series);
			return false;
		}
		if (!set_item(target, target->value, &line->value, line, ingest, fault))
			return false;
	}
	if (line->fields.given)
	{
		if (target->fields < 0 || target->columns[target->fields].type != JSONBOID)
		{
			sydra_ingest_fault_set(fault, SYDRA_ERR_UNKNOWN_IDENTIFIER, line->fields.start,
								   "metric \"%s\" has no jsonb column \"fields\"",
								   target->series);
			return false;
		}
		ingest->offset = line->fields.start;
		set_column(target, target->fields,
				   read_jsonb(line->text + line->fields.start,
							  line->fields.end - line->fields.start));
	}
	return true;
}

/* A wide metric: each tag and each field is a column. */
static bool
fill_wide(Target *target, const SydraIngestLine *line, Ingest *ingest, SydraIngestFault *fault)
{
	SydraIngestObject value = {
		.item_count = 1,
		.items = &(SydraIngestItem)
		{
			.key = "value",
			.type = line->value.type,
			.text = line->value.text,
			.start = line->value.start,
			.end = line->value.end
		}
	};

	set_column(target, target->time, TimestampTzGetDatum(line->time));
	return (!line->has_value || fill_items(target, &value, line, ingest, fault)) &&
		fill_items(target, &line->tags, line, ingest, fault) &&
		fill_items(target, &line->fields, line, ingest, fault);
}

static bool
fill_items(Target *target, const SydraIngestObject *object, const SydraIngestLine *line,
		   Ingest *ingest, SydraIngestFault *fault)
{
	for (int i = 0; i < object->item_count; i++)
	{
		const SydraIngestItem *item = &object->items[i];
		int			column = find_column(target, item->key);

		if (column < 0)
		{
			SydraNearest nearest = {.name = item->key};

			for (int j = 0; j < target->column_count; j++)
				sydra_nearest_add(&nearest, target->columns[j].name);
			sydra_ingest_fault_set(fault, SYDRA_ERR_UNKNOWN_IDENTIFIER, item->start,
								   "metric \"%s\" has no column \"%s\"", target->series,
								   item->key);
			if (nearest.nearest)
				fault->hint = psprintf("Perhaps you meant \"%s\".", nearest.nearest);
			return false;
		}
		if (target->row_given[column])
		{
			sydra_ingest_fault_set(fault, SYDRA_ERR_AMBIGUOUS, item->start,
								   "column \"%s\" is given twice", item->key);
			return false;
		}
		if (!set_item(target, column, item, line, ingest, fault))
			return false;
	}
	return true;
}

static bool
set_item(Target *target, int column, const SydraIngestItem *item, const SydraIngestLine *line,
		 Ingest *ingest, SydraIngestFault *fault)
{
	Datum		value = (Datum) 0;

	if (item->type == JSON_TOKEN_NULL)
	{
		target->row_given[column] = true;
		target->row_nulls[column] = true;
		return true;
	}
	if (!read_item(&target->columns[column], item, line, &value, ingest, fault))
		return false;
	set_column(target, column, value);
	return true;
}

static bool
read_item(const TargetColumn *column, const SydraIngestItem *item, const SydraIngestLine *line,
		  Datum *value, Ingest *ingest, SydraIngestFault *fault)
{
	bool		nested = item->type == JSON_TOKEN_OBJECT_START;
	bool		boolean = item->type == JSON_TOKEN_TRUE || item->type == JSON_TOKEN_FALSE;
	bool		good = true;
	double		real = 0;
	int64		integer = 0;

	ingest->offset = item->start;
	if (column->type == JSONBOID)
	{
		*value = read_jsonb(line->text + item->start, item->end - item->start);
		return true;
	}
	switch (column->type)
	{
		case FLOAT8OID:
			good = read_float(item, &real);
			*value = Float8GetDatum(real);
			break;
		case FLOAT4OID:
			good = read_float(item, &real) &&
				(isinf(real) || isnan(real) || !isinf((float) real));
			*value = Float4GetDatum((float) real);
			break;
		case INT2OID:
			good = read_integer(item, PG_INT16_MIN, PG_INT16_MAX, &integer);
			*value = Int16GetDatum(integer);
			break;
		case INT4OID:
			good = read_integer(item, PG_INT32_MIN, PG_INT32_MAX, &integer);
			*value = Int32GetDatum(integer);
			break;
		case INT8OID:
			good = read_integer(item, PG_INT64_MIN, PG_INT64_MAX, &integer);
			*value = Int64GetDatum(integer);
			break;
		case BOOLOID:
			good = boolean;
			*value = BoolGetDatum(item->type == JSON_TOKEN_TRUE);
			break;
		default:
			good = !nested && column->has_array;
			if (good)
				*value = OidInputFunctionCall(column->input, unconstify(char *, item->text),
											  column->input_parameter, -1);
			break;
	}
	if (!good)
		sydra_ingest_fault_set(fault, SYDRA_ERR_TYPE_MISMATCH, item->start,
							   "%s is no value for column \"%s\" of type %s",
							   nested ? "an object or array" :
							   pnstrdup(line->text + item->start, item->end - item->start),
							   column->name, format_type_be(column->type));
	return good;
}

/* JSON has no way to write what is no number but in strings. */
static bool
read_float(const SydraIngestItem *item, double *value)
{
	if (item->type == JSON_TOKEN_NUMBER)
	{
		*value = strtod(item->text, NULL);
		return !isinf(*value);
	}
	if (item->type != JSON_TOKEN_STRING)
		return false;
	if (pg_strcasecmp(item->text, "NaN") == 0)
		*value = get_float8_nan();
	else if (pg_strcasecmp(item->text, "Infinity") == 0)
		*value = get_float8_infinity();
	else if (pg_strcasecmp(item->text, "-Infinity") == 0)
		*value = -get_float8_infinity();
	else
		return false;
	return true;
}

static bool
read_integer(const SydraIngestItem *item, int64 min, int64 max, int64 *value)
{
	char	   *end;

	if (item->type != JSON_TOKEN_NUMBER)
		return false;
	errno = 0;
	*value = strtoll(item->text, &end, 10);
	return errno == 0 && *end == '\0' && *value >= min && *value <= max;
}

static Datum
find_tag_set(Target *target, const SydraIngestLine *line)
{
	const char *text = line->text + line->tags.start;
	int			length = line->tags.end - line->tags.start;
	uint64		hash = hash_bytes_extended((const unsigned char *) text, length, 0);
	TagSet	   *set;
	bool		found;

	if (target->tag_sets == NULL)
	{
		HASHCTL		control = {
			.keysize = sizeof(uint64),
			.entrysize = sizeof(TagSet),
			.hcxt = target->context
		};

		target->tag_sets = hash_create("sydra ingest tags", 64, &control,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	set = hash_search(target->tag_sets, &hash, HASH_ENTER, &found);
	if (!found || set->length != length || memcmp(set->text, text, length) != 0)
	{
		set->text = pnstrdup(text, length);
		set->length = length;
		set->jsonb = make_jsonb(&line->tags);
	}
	return set->jsonb;
}

static Datum
make_jsonb(const SydraIngestObject *object)
{
	JsonbParseState *state = NULL;
	JsonbValue	value;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < object->item_count; i++)
	{
		const SydraIngestItem *item = &object->items[i];

		value.type = jbvString;
		value.val.string.val = pstrdup(item->key);
		value.val.string.len = strlen(item->key);
		pushJsonbValue(&state, WJB_KEY, &value);
		if (item->type == JSON_TOKEN_STRING)
		{
			value.val.string.val = pstrdup(item->text);
			value.val.string.len = strlen(item->text);
		}
		else if (item->type == JSON_TOKEN_NUMBER)
		{
			value.type = jbvNumeric;
			value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in,
																	CStringGetDatum(item->text),
																	ObjectIdGetDatum(InvalidOid),
																	Int32GetDatum(-1)));
		}
		else if (item->type == JSON_TOKEN_NULL)
			value.type = jbvNull;
		else
		{
			value.type = jbvBool;
			value.val.boolean = item->type == JSON_TOKEN_TRUE;
		}
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

static Datum
read_jsonb(const char *text, int length)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(text, length)));
}

static void
set_column(Target *target, int column, Datum value)
{
	target->row_given[column] = true;
	target->row_nulls[column] = false;
	target->row_values[column] = value;
}

static void
add_row(Ingest *ingest, Target *target)
{
	if (target->row_count == target->row_max)
		grow_rows(target);
	for (int i = 0; i < target->column_count; i++)
	{
		TargetColumn *column = &target->columns[i];

		if (target->row_given[i] && !column->used)
		{
			MemoryContext previous = MemoryContextSwitchTo(target->context);

			column->used = true;
			column->values = palloc(target->row_max * sizeof(Datum));
			column->nulls = palloc(target->row_max * sizeof(bool));
			memset(column->nulls, true, target->row_count * sizeof(bool));
			MemoryContextSwitchTo(previous);
		}
		if (!column->used)
			continue;
		column->nulls[target->row_count] = !target->row_given[i] || target->row_nulls[i];
		column->values[target->row_count] = target->row_values[i];
	}
	target->row_count++;
	if (++ingest->waiting_rows >= WAITING_ROWS_MAX || ingest->waiting_bytes >= WAITING_BYTES_MAX)
		flush_all(ingest);
}

/* A column with a default is given by all rows of a statement or by none. */
static bool
row_fits(const Target *target)
{
	for (int i = 0; target->row_count > 0 && i < target->column_count; i++)
	{
		if (target->columns[i].has_default && target->columns[i].used != target->row_given[i])
			return false;
	}
	return true;
}

static void
grow_rows(Target *target)
{
	target->row_max = target->row_max == 0 ? 64 : 2 * target->row_max;
	for (int i = 0; i < target->column_count; i++)
	{
		TargetColumn *column = &target->columns[i];

		if (column->used)
		{
			column->values = repalloc(column->values, target->row_max * sizeof(Datum));
			column->nulls = repalloc(column->nulls, target->row_max * sizeof(bool));
		}
	}
}

static void
flush_all(Ingest *ingest)
{
	ListCell   *cell;

	foreach(cell, ingest->order)
	{
		Target	   *target = lfirst(cell);

		if (target->row_count > 0)
			flush_target(ingest, target);
	}
	ingest->waiting_rows = 0;
	ingest->waiting_bytes = 0;
}

static void
flush_target(Ingest *ingest, Target *target)
{
	MemoryContext previous = MemoryContextSwitchTo(target->context);
	SydraInsertColumn *columns = palloc(target->column_count * sizeof(SydraInsertColumn));
	int			count = 0;

	for (int i = 0; i < target->column_count; i++)
	{
		const TargetColumn *column = &target->columns[i];

		if (column->used)
		{
			columns[count].name = column->name;
			columns[count].type = column->type;
			columns[count].values = column->values;
			columns[count].nulls = column->nulls;
			count++;
		}
	}
	ingest->inserted += sydra_insert_rows(target->table, columns, count, target->row_count);
	ingest->waiting_rows -= target->row_count;

	MemoryContextSwitchTo(previous);
	MemoryContextReset(target->context);
	target->tag_sets = NULL;
	target->row_count = 0;
	target->row_max = 0;
	for (int i = 0; i < target->column_count; i++)
		target->columns[i].used = false;
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
	Ingest	   *ingest;
	Target	   *target;
	SydraIngestLine line = {.text = ""};
	SydraIngestFault fault = {0};
	StringInfoData names;
	StringInfoData selected;
	Oid		   *types;
	Datum	   *values;
	char	   *nulls;
	int64		inserted;
	int			count = 2;

	refuse_on_standby();
	check_times(times, numbers);
	SPI_connect();
	ingest = begin_ingest();
	target = open_target(ingest, metric);
	if (target->value < 0)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_UNKNOWN_IDENTIFIER),
				SYDRA_ERRMSG(SYDRA_ERR_UNKNOWN_IDENTIFIER,
							 "metric \"%s\" has no column \"value\"", metric));
	if (target->tags >= 0)
		set_column(target, target->tags, make_jsonb(tags));
	else if (!fill_items(target, tags, &line, ingest, &fault))
		ereport(ERROR,
				sydra_errcode(fault.error),
				SYDRA_ERRMSG(fault.error, "%s", fault.message),
				fault.hint ? errhint("%s", fault.hint) : 0);

	types = palloc((target->column_count + 2) * sizeof(Oid));
	values = palloc((target->column_count + 2) * sizeof(Datum));
	nulls = palloc(target->column_count + 2);
	initStringInfo(&names);
	initStringInfo(&selected);
	types[0] = TIMESTAMPTZARRAYOID;
	values[0] = PointerGetDatum(times);
	types[1] = FLOAT8ARRAYOID;
	values[1] = PointerGetDatum(numbers);
	nulls[0] = nulls[1] = ' ';
	for (int i = 0; i < target->column_count; i++)
	{
		if (!target->row_given[i])
			continue;
		appendStringInfo(&names, ", %s", quote_identifier(target->columns[i].name));
		appendStringInfo(&selected, ", $%d", count + 1);
		types[count] = target->columns[i].type;
		values[count] = target->row_values[i];
		nulls[count] = target->row_nulls[i] ? 'n' : ' ';
		count++;
	}
	if (SPI_execute_with_args(psprintf("INSERT INTO %s (%s, %s%s) SELECT point.time, point.value%s "
									   "FROM ROWS FROM (pg_catalog.unnest($1), "
									   "pg_catalog.unnest($2)) AS point(time, value)",
									   target->table,
									   quote_identifier(target->columns[target->time].name),
									   quote_identifier(target->columns[target->value].name),
									   names.data, selected.data),
							  count, types, values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert into %s", target->table);
	inserted = SPI_processed;
	SPI_finish();
	PG_RETURN_INT64(inserted);
}

static Target *
open_target(Ingest *ingest, const char *metric)
{
	SydraIngestFault fault = {0};
	Target	   *target = find_target(ingest, metric, 0, &fault);

	if (target == NULL)
		ereport(ERROR,
				sydra_errcode(fault.error),
				SYDRA_ERRMSG(fault.error, "%s", fault.message));
	return target;
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
