/*
 * parameter.c
 *	  Parameters and their values.
 *
 * A term carries the place of its parameter in scope->parameters_seen, plus one, in its column.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/parameter.h"
#include "base/compat.h"
#include "base/duration.h"
#include "lang/timestamp.h"

static const char *
spell(const SydraExpr *expr)
{
	if (expr->parameter.name)
		return psprintf(":%s", expr->parameter.name);
	return psprintf("$%d", expr->parameter.position);
}

static JsonbValue *
find_value(SydraScope *scope, const SydraExpr *expr)
{
	JsonbContainer *root = &scope->parameters->root;

	if (expr->parameter.name)
	{
		JsonbValue	key = {.type = jbvString};

		if (!JsonContainerIsObject(root))
			return NULL;
		key.val.string.val = unconstify(char *, expr->parameter.name);
		key.val.string.len = strlen(expr->parameter.name);
		return findJsonbValueFromContainer(root, JB_FOBJECT, &key);
	}
	if (!JsonContainerIsArray(root) || JsonContainerIsScalar(root))
		return NULL;
	return getIthJsonbValueFromContainer(root, expr->parameter.position - 1);
}

SydraTerm *
sydra_parameter_term(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_NULL, expr->span.start);

	if (scope->parameters != NULL && find_value(scope, expr) == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_PARAMETER, expr->span.start,
								  "parameter %s has no value", spell(expr)),
				expr->parameter.name ?
				errhint("Give a second argument such as '{\"%s\": ...}'.", expr->parameter.name) :
				errhint("Give a second argument such as '[...]' with %d values.",
						expr->parameter.position));
	scope->parameters_seen = lappend(scope->parameters_seen, unconstify(SydraExpr *, expr));
	term->column = list_length(scope->parameters_seen);
	return term;
}

bool
sydra_parameter_is(const SydraTerm *term)
{
	return term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_NULL && term->column > 0;
}

pg_noreturn static void raise_kind(SydraScope *scope, const SydraExpr *expr, const char *wanted);

static void
raise_kind(SydraScope *scope, const SydraExpr *expr, const char *wanted)
{
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_PARAMETER, expr->span.start,
							  "parameter %s must be %s", spell(expr), wanted));
}

bool
sydra_parameter_integer(const JsonbValue *json, int64 *value)
{
	Datum		number = NumericGetDatum(json->val.numeric);
	Datum		whole = DirectFunctionCall1(numeric_floor, number);
	Datum		low;
	Datum		high;

	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole)))
		return false;
	low = NumericGetDatum(int64_to_numeric(PG_INT64_MIN));
	high = NumericGetDatum(int64_to_numeric(PG_INT64_MAX));
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, number, low)) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, number, high)))
		return false;
	*value = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	return true;
}

static void
read_duration(SydraScope *scope, const SydraExpr *expr, const JsonbValue *json, SydraValue *value)
{
	SydraDuration duration;

	if (json->type != jbvString ||
		sydra_duration_parse(json->val.string.val, json->val.string.len, &duration, NULL) !=
		SYDRA_DURATION_OK)
		raise_kind(scope, expr, "a duration such as \"5m\"");
	value->integer = duration.us;
	value->months = duration.months;
}

static void
read_time(SydraScope *scope, const SydraExpr *expr, const JsonbValue *json, SydraValue *value)
{
	int64		epoch;

	if (json->type == jbvNumeric && sydra_parameter_integer(json, &epoch))
		value->integer = sydra_infer_epoch(scope, epoch, expr->span.start);
	else if (json->type == jbvString)
		value->integer = sydra_infer_timestamp(scope, json->val.string.val,
											   json->val.string.len, expr->span.start,
											   SYDRA_ERR_PARAMETER);
	else
		raise_kind(scope, expr, "a timestamp");
}

SydraTerm *
sydra_parameter_as(SydraScope *scope, const SydraTerm *term, SydraKind kind)
{
	const SydraExpr *expr = list_nth(scope->parameters_seen, term->column - 1);
	SydraTerm  *result = sydra_constant_make(kind, term->offset);
	SydraValue *value = &result->value;
	JsonbValue *json;

	result->typid = sydra_infer_type(kind);
	if (scope->parameters == NULL)
		return result;
	json = find_value(scope, expr);
	if (json->type == jbvNull)
		return result;
	value->isnull = false;
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			if (json->type != jbvBool)
				raise_kind(scope, expr, "true or false");
			value->boolean = json->val.boolean;
			return result;
		case SYDRA_KIND_INT:
			if (json->type != jbvNumeric || !sydra_parameter_integer(json, &value->integer))
				raise_kind(scope, expr, "an integer");
			return result;
		case SYDRA_KIND_FLOAT:
			if (json->type != jbvNumeric)
				raise_kind(scope, expr, "a number");
			value->real = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
															 NumericGetDatum(json->val.numeric)));
			if (isinf(value->real))
				raise_kind(scope, expr, "a number that float8 can hold");
			return result;
		case SYDRA_KIND_TEXT:
			if (json->type != jbvString)
				raise_kind(scope, expr, "a string");
			value->bytes.data = json->val.string.val;
			value->bytes.length = json->val.string.len;
			return result;
		case SYDRA_KIND_TIME:
			read_time(scope, expr, json, value);
			return result;
		case SYDRA_KIND_DURATION:
			read_duration(scope, expr, json, value);
			return result;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "no parameter is of kind %d", (int) kind);
}

bool
sydra_parameter_is_fraction(SydraScope *scope, const SydraTerm *term)
{
	JsonbValue *json;
	int64		integer;

	if (scope->parameters == NULL)
		return false;
	json = find_value(scope, list_nth(scope->parameters_seen, term->column - 1));
	return json->type == jbvNumeric && !sydra_parameter_integer(json, &integer);
}

bool
sydra_parameter_is_number(SydraScope *scope, const SydraTerm *term)
{
	return scope->parameters != NULL &&
		find_value(scope, list_nth(scope->parameters_seen, term->column - 1))->type == jbvNumeric;
}

bool
sydra_parameter_is_timestamp(SydraScope *scope, const SydraTerm *term)
{
	JsonbValue *json;
	int64		time;

	if (scope->parameters == NULL)
		return false;
	json = find_value(scope, list_nth(scope->parameters_seen, term->column - 1));
	return json->type == jbvNumeric ||
		(json->type == jbvString &&
		 sydra_timestamp_parse(json->val.string.val, json->val.string.len, &time) ==
		 SYDRA_TIMESTAMP_OK);
}

char *
sydra_parameter_json(SydraScope *scope, const SydraExpr *expr)
{
	JsonbValue *json;

	sydra_parameter_term(scope, expr);
	if (scope->parameters == NULL)
		return NULL;
	json = find_value(scope, expr);
	if (json->type == jbvNull)
		return NULL;
	if (json->type != jbvBinary || !JsonContainerIsObject(json->val.binary.data))
		raise_kind(scope, expr, "an object");
	return JsonbToCString(NULL, json->val.binary.data, json->val.binary.len);
}

int64
sydra_parameter_length(SydraScope *scope, const SydraExpr *expr, int64 described)
{
	SydraTerm  *term = sydra_parameter_as(scope, sydra_parameter_term(scope, expr),
										  SYDRA_KIND_DURATION);

	if (scope->parameters == NULL)
		return described;
	if (term->value.isnull || term->value.months != 0 || term->value.integer < 0)
		raise_kind(scope, expr, "a duration of fixed length, such as \"5m\"");
	return term->value.integer;
}

SydraKind
sydra_parameter_likely(SydraScope *scope, const SydraTerm *term)
{
	JsonbValue *json;

	if (scope->parameters == NULL)
		return SYDRA_KIND_FLOAT;
	json = find_value(scope, list_nth(scope->parameters_seen, term->column - 1));
	return json->type == jbvString ? SYDRA_KIND_TEXT :
		json->type == jbvBool ? SYDRA_KIND_BOOL : SYDRA_KIND_FLOAT;
}

static bool
is_seen(const SydraScope *scope, int position, const JsonbValue *name)
{
	ListCell   *cell;

	foreach(cell, scope->parameters_seen)
	{
		const SydraExpr *expr = lfirst(cell);

		if (name == NULL && expr->parameter.name == NULL && expr->parameter.position == position)
			return true;
		if (name != NULL && expr->parameter.name != NULL &&
			strlen(expr->parameter.name) == name->val.string.len &&
			memcmp(expr->parameter.name, name->val.string.val, name->val.string.len) == 0)
			return true;
	}
	return false;
}

/* The parameters of the query, for a message. */
static const char *
list_seen(const SydraScope *scope)
{
	StringInfoData text;
	ListCell   *cell;

	if (scope->parameters_seen == NIL)
		return "no parameters";
	initStringInfo(&text);
	foreach(cell, scope->parameters_seen)
	{
		if (foreach_current_index(cell) == 10)
		{
			appendStringInfoString(&text, " ...");
			break;
		}
		appendStringInfo(&text, "%s%s", text.len > 0 ? " " : "", spell(lfirst(cell)));
	}
	return text.data;
}

void
sydra_parameter_check_unused(SydraScope *scope)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	int			position = 0;

	if (scope->parameters == NULL)
		return;
	if (JsonContainerIsScalar(&scope->parameters->root))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_PARAMETER),
				SYDRA_ERRMSG(SYDRA_ERR_PARAMETER, "parameters must be an array or an object"),
				errdetail("The second argument is a single value."),
				errhint("Write '[...]' for $1, $2 ... or '{\"name\": ...}' for :name."));
	iterator = JsonbIteratorInit(&scope->parameters->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token == WJB_KEY && !is_seen(scope, 0, &value))
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_PARAMETER),
					SYDRA_ERRMSG(SYDRA_ERR_PARAMETER, "parameter :%s is not used",
								 pnstrdup(value.val.string.val, value.val.string.len)),
					errdetail("The query names %s.", list_seen(scope)),
					errhint("Name it in the query, or leave it out."));
		if (token == WJB_ELEM && !is_seen(scope, ++position, NULL))
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_PARAMETER),
					SYDRA_ERRMSG(SYDRA_ERR_PARAMETER, "parameter $%d is not used", position),
					errdetail("The query names %s.", list_seen(scope)),
					errhint("Name it in the query, or leave it out."));
	}
}
