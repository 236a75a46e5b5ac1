/*
 * insert_analyze.c
 *	  INSERT: rows of the language to values of columns.
 *
 * Tags go to the jsonb of a native metric or to the tag columns of a wide one, the number to the
 * column value, the JSON to the column fields or, key by key, to the field columns.  A value goes
 * into its column through its text and the type's own input function; times are read by the
 * language, which knows no DateStyle and no TimeZone.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "analyze/by_id.h"
#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/insert_analyze.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "analyze/resolve.h"
#include "base/compat.h"
#include "base/setting.h"

/* An INSERT on its way. */
typedef struct Builder
{
	SydraScope *scope;
	const SydraInsert *insert;
	SydraInsertion *insertion;
	SydraTable *table;			/* NULL: to be made */
} Builder;

/* The place of a column, added with nulls when it is new. */
static SydraInsertionColumn *
find_column(Builder *builder, const char *name, Oid type)
{
	SydraInsertion *insertion = builder->insertion;
	SydraInsertionColumn *column;

	for (int i = 0; i < insertion->column_count; i++)
		if (strcmp(insertion->columns[i].name, name) == 0)
			return &insertion->columns[i];
	if (insertion->column_count == 0)
		insertion->columns = palloc(sizeof(SydraInsertionColumn));
	else
		insertion->columns = repalloc(insertion->columns, sizeof(SydraInsertionColumn) *
									  (insertion->column_count + 1));
	column = &insertion->columns[insertion->column_count++];
	column->name = pstrdup(name);
	column->type = type;
	column->values = palloc0(sizeof(Datum) * insertion->row_count);
	column->nulls = palloc(sizeof(bool) * insertion->row_count);
	memset(column->nulls, true, sizeof(bool) * insertion->row_count);
	return column;
}

static void
set_value(SydraInsertionColumn *column, int row, Datum value)
{
	column->values[row] = value;
	column->nulls[row] = false;
}

/* What an input function refuses has a place in the query. */
typedef struct InputPlace
{
	const char *source;
	int			offset;
} InputPlace;

static void
locate_input_error(void *arg)
{
	const InputPlace *place = arg;

	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
		return;
	sydra_errposition(SYDRA_ERR_TYPE_MISMATCH, place->source, place->offset);
	errhint("Write a value that the type of the column takes.");
}

static Datum
read_input(const Builder *builder, Oid type, char *text, int offset)
{
	InputPlace	place = {builder->scope->source, offset};
	ErrorContextCallback callback = {error_context_stack, locate_input_error, &place};
	Oid			input;
	Oid			parameter;
	Datum		value;

	error_context_stack = &callback;
	getTypeInputInfo(type, &input, &parameter);
	value = OidInputFunctionCall(input, text, parameter, -1);
	error_context_stack = callback.previous;
	return value;
}

static const SydraTableColumn *
find_table_column(const Builder *builder, const char *name)
{
	return builder->table ? sydra_table_column_by_name(builder->table, name) : NULL;
}

pg_noreturn static void raise_no_column(Builder *builder, SydraRole role, const char *what,
										const char *name, int offset);

static void
raise_no_column(Builder *builder, SydraRole role, const char *what, const char *name, int offset)
{
	SydraNearest nearest = {.name = name};

	for (int i = 0; i < builder->table->column_count; i++)
		if (builder->table->columns[i].role == role)
			sydra_nearest_add(&nearest, NameStr(builder->table->columns[i].name));
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, offset,
							  "metric %s has no %s \"%s\"", builder->insertion->metric, what, name),
			nearest.nearest ? errhint("Perhaps you meant \"%s\".", nearest.nearest) : 0);
}

/*
 * Tags, the same in every row.
 */

static char *
tag_text(Builder *builder, const SydraTagValue *tag)
{
	SydraTerm  *term = sydra_infer_as(builder->scope, tag->value, SYDRA_KIND_TEXT, "a tag");

	if (term->value.isnull)
		return NULL;
	return pnstrdup(term->value.bytes.data, term->value.bytes.length);
}

static void
check_tags(Builder *builder)
{
	const SydraInsert *insert = builder->insert;

	for (int i = 0; i < insert->tag_count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(insert->tags[i].tag.name.text, insert->tags[j].tag.name.text) == 0)
				ereport(ERROR,
						SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_AMBIGUOUS,
										  insert->tags[i].tag.span.start,
										  "tag \"%s\" is given twice",
										  insert->tags[i].tag.name.text));
}

static void
push_json_text(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, token, &value);
}

/* The tags of a native metric as one jsonb. */
static void
add_native_tags(Builder *builder, const char *column_name)
{
	const SydraInsert *insert = builder->insert;
	SydraInsertionColumn *column = find_column(builder, column_name, JSONBOID);
	JsonbParseState *state = NULL;
	Jsonb	   *tags;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < insert->tag_count; i++)
	{
		char	   *text = tag_text(builder, &insert->tags[i]);

		if (text == NULL)
			continue;
		push_json_text(&state, WJB_KEY, insert->tags[i].tag.name.text);
		push_json_text(&state, WJB_VALUE, text);
	}
	tags = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	for (int row = 0; row < insert->row_count; row++)
		set_value(column, row, JsonbPGetDatum(tags));
}

static void
add_wide_tags(Builder *builder)
{
	const SydraInsert *insert = builder->insert;

	for (int i = 0; i < insert->tag_count; i++)
	{
		const char *name = insert->tags[i].tag.name.text;
		const SydraTableColumn *tag = find_table_column(builder, name);
		SydraInsertionColumn *column;
		char	   *text;

		if (tag == NULL || !sydra_table_may_be_tag(builder->table, tag))
			raise_no_column(builder, SYDRA_ROLE_TAG, "tag", name, insert->tags[i].tag.span.start);
		column = find_column(builder, name, tag->basetype);
		text = tag_text(builder, &insert->tags[i]);
		for (int row = 0; row < insert->row_count && text != NULL; row++)
			set_value(column, row, read_input(builder, tag->basetype, text,
											  insert->tags[i].value->span.start));
	}
}

static void
add_tags(Builder *builder)
{
	check_tags(builder);
	if (builder->table == NULL)
	{
		add_native_tags(builder, "tags");
		return;
	}
	for (int i = 0; i < builder->table->column_count; i++)
	{
		const SydraTableColumn *column = &builder->table->columns[i];

		if (column->role != SYDRA_ROLE_TAGS)
			continue;
		add_native_tags(builder, NameStr(column->name));
		return;
	}
	add_wide_tags(builder);
}

/*
 * Rows.
 */

static SydraTerm *
constant_of(Builder *builder, SydraTerm *term, const char *what)
{
	SydraTerm  *constant = sydra_constant_evaluate(term, builder->scope->source);

	if (constant == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_INVALID_ARGUMENT, term->offset,
								  "%s must be a constant", what));
	return constant;
}

static void
add_time(Builder *builder, int row)
{
	const SydraExpr *expr = builder->insert->rows[row].time;
	SydraTerm  *time = constant_of(builder,
								   sydra_infer_as(builder->scope, expr, SYDRA_KIND_TIME,
												  "the time of a row"), "the time of a row");
	const char *name = builder->table ?
		NameStr(sydra_table_column(builder->table, builder->table->time_attnum)->name) : "time";

	if (time->value.isnull)
	{
		if (builder->scope->parameters == NULL)
			return;
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_INVALID_ARGUMENT, expr->span.start,
								  "the time of a row must not be null"));
	}
	if (TIMESTAMP_NOT_FINITE(time->value.integer) || !IS_VALID_TIMESTAMP(time->value.integer))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_TIME_OUT_OF_RANGE, expr->span.start,
								  "the time of a row must be finite"));
	set_value(find_column(builder, name, TIMESTAMPTZOID), row,
			  TimestampTzGetDatum(time->value.integer));
}

static void
add_number(Builder *builder, int row)
{
	const SydraExpr *expr = builder->insert->rows[row].value;
	const SydraTableColumn *column = find_table_column(builder, "value");
	SydraInsertionColumn *target;
	SydraTerm  *number;
	char	   *text;

	/* An integer stays one, for a column that is one. */
	number = expr->kind == SYDRA_EXPR_INTEGER ? sydra_infer(builder->scope, expr) :
		constant_of(builder, sydra_infer_as(builder->scope, expr, SYDRA_KIND_FLOAT,
											"the value of a row"), "the value of a row");
	if (builder->table != NULL && column == NULL)
	{
		if (number->value.isnull)
			return;
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, expr->span.start,
								  "metric %s has no column \"value\"",
								  builder->insertion->metric),
				errhint("Write null, and the fields behind it: (time, null, {\"name\": 1})."));
	}
	if (column != NULL && sydra_name_kind(column) != SYDRA_KIND_FLOAT &&
		sydra_name_kind(column) != SYDRA_KIND_INT)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_TYPE_MISMATCH, expr->span.start,
								  "column \"value\" of metric %s takes no number",
								  builder->insertion->metric));
	target = find_column(builder, "value", column ? column->basetype : FLOAT8OID);
	if (number->value.isnull)
		return;
	text = number->kind == SYDRA_KIND_INT ? psprintf(INT64_FORMAT, number->value.integer) :
		float8out_internal(number->value.real);
	set_value(target, row, read_input(builder, target->type, text, expr->span.start));
}

/* The text that a type's input function reads. */
static char *
json_text(Builder *builder, const SydraTableColumn *column, const JsonbValue *json, int offset)
{
	JsonbValue	copy = *json;

	if (column->basetype == JSONBOID || column->basetype == JSONOID)
	{
		Jsonb	   *value = JsonbValueToJsonb(&copy);

		return JsonbToCString(NULL, &value->root, VARSIZE(value));
	}
	switch (json->type)
	{
		case jbvString:
			return pnstrdup(json->val.string.val, json->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(json->val.numeric)));
		case jbvBool:
			return pstrdup(json->val.boolean ? "true" : "false");
		case jbvNull:
		case jbvArray:
		case jbvObject:
		case jbvBinary:
		case jbvDatetime:
			break;
	}
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_TYPE_MISMATCH, offset,
							  "field \"%s\" of metric %s takes no array and no object",
							  NameStr(column->name), builder->insertion->metric));
}

/* A time in JSON: a timestamp as the language writes it, or an epoch. */
static Datum
read_time(Builder *builder, Oid type, const JsonbValue *json, int offset)
{
	int64		us = 0;
	bool		whole = false;

	if (json->type == jbvNumeric)
		whole = sydra_parameter_integer(json, &us);
	if (whole)
		us = sydra_infer_epoch(builder->scope, us, offset);
	else if (json->type == jbvString)
		us = sydra_infer_timestamp(builder->scope, json->val.string.val, json->val.string.len,
								   offset, SYDRA_ERR_INVALID_LITERAL);
	else
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_TYPE_MISMATCH, offset,
								  "a time in JSON is a string or an epoch"),
				errhint("Write it like \"2024-03-01T00:00:00Z\"."));
	if (type == DATEOID)
		return DirectFunctionCall1(timestamp_date, TimestampGetDatum(us));
	return TimestampTzGetDatum(us);
}

static void
add_wide_fields(Builder *builder, int row, Jsonb *fields, int offset)
{
	JsonbIterator *iterator = JsonbIteratorInit(&fields->root);
	JsonbIteratorToken token;
	JsonbValue	json;

	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_DONE)
	{
		const SydraTableColumn *column;
		SydraInsertionColumn *target;
		char	   *text;

		if (token != WJB_KEY)
			continue;
		text = pnstrdup(json.val.string.val, json.val.string.len);
		column = find_table_column(builder, text);
		if (column == NULL || column->role != SYDRA_ROLE_FIELD)
			raise_no_column(builder, SYDRA_ROLE_FIELD, "field", text, offset);

		/* Rows are written from one array a column. */
		if (!OidIsValid(get_array_type(column->basetype)))
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_NOT_SUPPORTED, offset,
									  "field \"%s\" of metric %s is of type %s, which INSERT does "
									  "not take", text, builder->insertion->metric,
									  format_type_be(column->basetype)),
					errhint("Use SQL's INSERT on the metric's table."));
		target = find_column(builder, text, column->basetype);
		token = JsonbIteratorNext(&iterator, &json, true);
		if (json.type == jbvNull && token == WJB_VALUE)
			continue;
		if (sydra_name_kind(column) == SYDRA_KIND_TIME)
			set_value(target, row, read_time(builder, column->basetype, &json, offset));
		else
			set_value(target, row, read_input(builder, column->basetype,
											  json_text(builder, column, &json, offset), offset));
	}
}

static void
check_json(Builder *builder, const char *text, int offset)
{
	JsonLexContext *lexer = makeJsonLexContextCstringLen(NULL, text, strlen(text),
														 GetDatabaseEncoding(), true);
	JsonParseErrorType error = pg_parse_json(lexer, &nullSemAction);

	if (error != JSON_SUCCESS)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_SYNTAX, offset,
								  "the fields are no JSON"),
				errdetail("%s", json_errdetail(error, lexer)),
				errhint("Write an object: {\"name\": 1, \"other\": \"text\"}."));
}

static void
add_fields(Builder *builder, int row)
{
	const SydraExpr *expr = builder->insert->rows[row].fields;
	const SydraTableColumn *column = find_table_column(builder, "fields");
	char	   *text;
	Jsonb	   *fields;

	if (expr == NULL)
		return;
	text = expr->kind == SYDRA_EXPR_PARAMETER ? sydra_parameter_json(builder->scope, expr) :
		pstrdup(expr->string);
	if (text == NULL)
		return;
	check_json(builder, text, expr->span.start);
	fields = DatumGetJsonbP(read_input(builder, JSONBOID, text, expr->span.start));
	if (builder->table != NULL && !builder->table->native)
	{
		add_wide_fields(builder, row, fields, expr->span.start);
		return;
	}
	if (builder->table != NULL && (column == NULL || column->basetype != JSONBOID))
		raise_no_column(builder, SYDRA_ROLE_FIELD, "jsonb column", "fields", expr->span.start);
	set_value(find_column(builder, "fields", JSONBOID), row, JsonbPGetDatum(fields));
}

/* The INSERT as it is with the tags of the series that BY_ID is. */
static const SydraInsert *
give_tags(Builder *builder, Jsonb *tags)
{
	SydraInsert *insert = palloc(sizeof(SydraInsert));
	SydraSpan	span = builder->insert->series.span;
	JsonbIterator *iterator = JsonbIteratorInit(&tags->root);
	JsonbIteratorToken token;
	JsonbValue	item;

	if (builder->insert->tag_count > 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(builder->scope, SYDRA_ERR_SYNTAX,
								  builder->insert->tags[0].tag.span.start,
								  "INSERT INTO BY_ID takes no tags"),
				errhint("The series has them. To write another one, name the metric."));
	*insert = *builder->insert;
	insert->tags = palloc0(sizeof(SydraTagValue) * Max(JB_ROOT_COUNT(tags), 1));
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		SydraTagValue *tag = &insert->tags[insert->tag_count];

		if (token != WJB_KEY)
			continue;
		tag->tag.name.text = pnstrdup(item.val.string.val, item.val.string.len);
		tag->tag.span = span;
		tag->value = palloc0(sizeof(SydraExpr));
		tag->value->kind = SYDRA_EXPR_STRING;
		tag->value->span = span;
		tag->value->string = sydra_by_id_tag(tags, tag->tag.name.text);
		insert->tag_count++;
	}
	return insert;
}

static void
open_table(Builder *builder, SydraMetric *metric)
{
	SydraScope *scope = builder->scope;

	/* A standby gives no stronger lock, and needs none to describe or explain. */
	sydra_resolve_metric(scope, &builder->insert->series,
						 XactReadOnly ? AccessShareLock : RowExclusiveLock, metric);
	builder->insertion->relid = metric->relid;
	builder->insertion->schema = metric->schema;
	builder->insertion->table = metric->table;
	builder->insertion->metric = metric->text;
	if (!OidIsValid(metric->relid))
	{
		if (!sydra_setting_auto_create_metrics || !sydra_resolve_may_create(metric))
			sydra_resolve_unknown(scope, &builder->insert->series, metric);
		return;
	}
	builder->table = sydra_resolve_table(scope, &builder->insert->series, metric, NULL);
	if (metric->tags != NULL)
		builder->insert = give_tags(builder, metric->tags);
}

SydraInsertion *
sydra_insert_analyze(SydraScope *scope, const SydraInsert *insert)
{
	Builder		builder = {.scope = scope,.insert = insert};
	SydraMetric metric;

	builder.insertion = palloc0(sizeof(SydraInsertion));
	builder.insertion->row_count = insert->row_count;
	scope->clause = "VALUES";
	open_table(&builder, &metric);
	for (int row = 0; row < insert->row_count; row++)
	{
		CHECK_FOR_INTERRUPTS();
		add_time(&builder, row);
		add_number(&builder, row);
		add_fields(&builder, row);
	}
	add_tags(&builder);
	return builder.insertion;
}
