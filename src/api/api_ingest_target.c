/*
 * api_ingest_target.c
 *	  The metrics that points are on their way into.
 *
 * Points are collected by metric, column by column, and written by api_insert.c.  The points of one
 * metric are written in the order in which they come.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "api/api_ingest_target.h"
#include "api/api_insert.h"
#include "api/api_metric.h"
#include "base/error.h"
#include "base/setting.h"
#include "series/table.h"

/* What may wait in memory for one call, over all metrics; of rows as many as COPY collects. */
#define WAITING_ROWS_MAX (256 * 1024)
#define WAITING_BYTES_MAX (32 * 1024 * 1024)

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
	Oid			relid;
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

static Target *find_target(SydraIngest *ingest, const char *series, int offset,
						   SydraIngestFault *fault);
static void describe_target(Target *target, Oid relid);
static int	find_column(const Target *target, const char *name);
static bool fill_row(Target *target, const SydraIngestLine *line, SydraIngest *ingest,
					 SydraIngestFault *fault);
static bool fill_native(Target *target, const SydraIngestLine *line, SydraIngest *ingest,
						SydraIngestFault *fault);
static bool fill_wide(Target *target, const SydraIngestLine *line, SydraIngest *ingest,
					  SydraIngestFault *fault);
static bool fill_items(Target *target, const SydraIngestObject *object, bool untyped,
					   const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault);
static JsonTokenType guess_type(Oid type, const char *text);
static bool set_item(Target *target, int column, const SydraIngestItem *item,
					 const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault);
static bool read_item(const TargetColumn *column, const SydraIngestItem *item,
					  const SydraIngestLine *line, Datum *value, SydraIngest *ingest,
					  SydraIngestFault *fault);
static bool read_float(const SydraIngestItem *item, double *value);
static bool read_integer(const SydraIngestItem *item, int64 min, int64 max, int64 *value);
static Datum find_tag_set(Target *target, const SydraIngestLine *line);
static Datum make_json_scalar(const SydraIngestItem *item);
static Datum make_jsonb(const SydraIngestObject *object);
static Datum read_jsonb(const char *text, int length);
static void set_column(Target *target, int column, Datum value);
static void add_row(SydraIngest *ingest, Target *target);
static bool row_fits(const Target *target);
static void grow_rows(Target *target);
static void flush_target(SydraIngest *ingest, Target *target);
static bool fill_series(SydraIngest *ingest, Target *target, const SydraIngestObject *tags,
						SydraIngestFault *fault);

SydraIngest *
sydra_ingest_target_begin(void)
{
	SydraIngest *ingest = palloc0(sizeof(SydraIngest));
	HASHCTL		control = {
		.keysize = sizeof(((Target *) NULL)->series),
		.entrysize = sizeof(Target),
		.hcxt = CurrentMemoryContext
	};

	ingest->targets = hash_create("sydra ingest metrics", 16, &control,
								  HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return ingest;
}

bool
sydra_ingest_target_add(SydraIngest *ingest, const SydraIngestLine *line, SydraIngestFault *fault)
{
	Target	   *target;

	ingest->offset = line->series_start;
	target = find_target(ingest, line->series, line->series_start, fault);
	if (target == NULL || !fill_row(target, line, ingest, fault))
		return false;
	if (!row_fits(target))
	{
		/* What the row holds lies beside the rows that wait, and goes with them. */
		flush_target(ingest, target);
		fill_row(target, line, ingest, fault);
	}
	ingest->waiting_bytes += line->length;
	add_row(ingest, target);
	return true;
}

bool
sydra_ingest_target_add_series(SydraIngest *ingest, const char *metric,
							   const SydraIngestObject *tags, ArrayType *times,
							   ArrayType *values, SydraIngestFault *fault)
{
	const TimestampTz *time = (const TimestampTz *) ARR_DATA_PTR(times);
	Target	   *target = find_target(ingest, metric, 0, fault);
	Datum	   *numbers;
	bool	   *nulls;
	int			count;

	if (target == NULL)
		return false;
	if (target->value < 0)
	{
		sydra_ingest_fault_set(fault, SYDRA_ERR_UNKNOWN_IDENTIFIER, 0,
							   "metric \"%s\" has no column \"value\"", metric);
		return false;
	}
	/* INSERT casts to what the column is. */
	target->columns[target->value].type = FLOAT8OID;
	deconstruct_array(values, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &numbers, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();

		/* The rows that wait, and the tags with them, may have been written. */
		if (target->row_count == 0 && !fill_series(ingest, target, tags, fault))
			return false;
		set_column(target, target->time, TimestampTzGetDatum(time[i]));
		set_column(target, target->value, numbers[i]);
		target->row_nulls[target->value] = nulls[i];
		add_row(ingest, target);
	}
	return true;
}

/* All columns of a row but time and value. */
static bool
fill_series(SydraIngest *ingest, Target *target, const SydraIngestObject *tags,
			SydraIngestFault *fault)
{
	SydraIngestLine line = {.text = "", .json = true};
	MemoryContext caller = MemoryContextSwitchTo(target->context);
	bool		good = true;

	memset(target->row_given, false, target->column_count * sizeof(bool));
	if (target->tags >= 0)
		set_column(target, target->tags, make_jsonb(tags));
	else
		good = fill_items(target, tags, false, &line, ingest, fault);
	MemoryContextSwitchTo(caller);
	return good;
}

static Target *
find_target(SydraIngest *ingest, const char *series, int offset, SydraIngestFault *fault)
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

	target->relid = relid;
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
				errmsg("table %s has no time column", sydra_metric_quote(relid)),
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
fill_row(Target *target, const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault)
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
fill_native(Target *target, const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault)
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
		set_column(target, target->fields, line->json ?
				   read_jsonb(line->text + line->fields.start,
							  line->fields.end - line->fields.start) :
				   make_jsonb(&line->fields));
	}
	return true;
}

/* A wide metric: each tag and each field is a column. */
static bool
fill_wide(Target *target, const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault)
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
	return (!line->has_value || fill_items(target, &value, false, line, ingest, fault)) &&
		fill_items(target, &line->tags, !line->json, line, ingest, fault) &&
		fill_items(target, &line->fields, false, line, ingest, fault);
}

static bool
fill_items(Target *target, const SydraIngestObject *object, bool untyped,
		   const SydraIngestLine *line, SydraIngest *ingest, SydraIngestFault *fault)
{
	for (int i = 0; i < object->item_count; i++)
	{
		const SydraIngestItem *item = &object->items[i];
		int			column = find_column(target, item->key);
		SydraIngestItem typed = *item;

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
		if (untyped)
			typed.type = guess_type(target->columns[column].type, item->text);
		if (!set_item(target, column, &typed, line, ingest, fault))
			return false;
	}
	return true;
}

/* What a text is taken for that goes into a column of the type. */
static JsonTokenType
guess_type(Oid type, const char *text)
{
	bool		truth;
	char	   *end;

	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return JSON_TOKEN_NUMBER;
		case FLOAT4OID:
		case FLOAT8OID:
			strtod(text, &end);
			return *text != '\0' && *end == '\0' && isfinite(strtod(text, NULL)) ?
				JSON_TOKEN_NUMBER : JSON_TOKEN_STRING;
		case BOOLOID:
			if (parse_bool(text, &truth))
				return truth ? JSON_TOKEN_TRUE : JSON_TOKEN_FALSE;
			break;
		default:
			break;
	}
	return JSON_TOKEN_STRING;
}

static bool
set_item(Target *target, int column, const SydraIngestItem *item, const SydraIngestLine *line,
		 SydraIngest *ingest, SydraIngestFault *fault)
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
		  Datum *value, SydraIngest *ingest, SydraIngestFault *fault)
{
	bool		nested = item->type == JSON_TOKEN_OBJECT_START;
	bool		boolean = item->type == JSON_TOKEN_TRUE || item->type == JSON_TOKEN_FALSE;
	bool		good = true;
	double		real = 0;
	int64		integer = 0;

	ingest->offset = item->start;
	if (column->type == JSONBOID)
	{
		*value = line->json ?
			read_jsonb(line->text + item->start, item->end - item->start) :
			make_json_scalar(item);
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

static JsonbValue
make_json_value(const SydraIngestItem *item)
{
	JsonbValue	value;

	switch (item->type)
	{
		case JSON_TOKEN_STRING:
			value.type = jbvString;
			value.val.string.val = pstrdup(item->text);
			value.val.string.len = strlen(item->text);
			break;
		case JSON_TOKEN_NUMBER:
			value.type = jbvNumeric;
			value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in,
																	CStringGetDatum(item->text),
																	ObjectIdGetDatum(InvalidOid),
																	Int32GetDatum(-1)));
			break;
		case JSON_TOKEN_NULL:
			value.type = jbvNull;
			break;
		default:
			value.type = jbvBool;
			value.val.boolean = item->type == JSON_TOKEN_TRUE;
			break;
	}
	return value;
}

static Datum
make_json_scalar(const SydraIngestItem *item)
{
	JsonbValue	value = make_json_value(item);

	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}

static Datum
make_jsonb(const SydraIngestObject *object)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < object->item_count; i++)
	{
		const SydraIngestItem *item = &object->items[i];
		JsonbValue	key;
		JsonbValue	value = make_json_value(item);

		key.type = jbvString;
		key.val.string.val = pstrdup(item->key);
		key.val.string.len = strlen(item->key);
		pushJsonbValue(&state, WJB_KEY, &key);
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
add_row(SydraIngest *ingest, Target *target)
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
	ingest->waiting_bytes += target->column_count * (sizeof(Datum) + sizeof(bool));
	if (++ingest->waiting_rows >= WAITING_ROWS_MAX || ingest->waiting_bytes >= WAITING_BYTES_MAX)
		sydra_ingest_target_flush(ingest);
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

void
sydra_ingest_target_flush(SydraIngest *ingest)
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
flush_target(SydraIngest *ingest, Target *target)
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
	ingest->inserted += sydra_insert_rows(target->relid, columns, count, target->row_count);
	ingest->waiting_rows -= target->row_count;

	MemoryContextSwitchTo(previous);
	MemoryContextReset(target->context);
	target->tag_sets = NULL;
	target->row_count = 0;
	target->row_max = 0;
	for (int i = 0; i < target->column_count; i++)
		target->columns[i].used = false;
}

