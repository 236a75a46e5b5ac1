/*
 * api_translate_constant.c
 *	  SQL's literals in sydraQL: numbers, times, intervals, patterns.
 *
 * Times are read by SQL's own input functions, in the session's time zone, and written in UTC.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_collation_d.h"
#include "common/int.h"
#include "regex/regex.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "api/api_translate.h"

/* Days from 2000-01-01 to 0001-01-01 and to 10000-01-01: what a literal can hold. */
#define FIRST_DAY INT64CONST(-730119)
#define END_DAY INT64CONST(2921940)

const char *
sydra_translate_string(Node *node)
{
	A_Const    *constant = (A_Const *) node;

	if (node == NULL || !IsA(node, A_Const) || constant->isnull ||
		nodeTag(&constant->val) != T_String)
		return NULL;
	return strVal(&constant->val);
}

const char *
sydra_translate_type(const TypeName *type)
{
	return strVal(llast(type->names));
}

static SydraExpr *
make_number(SydraTranslation *translation, const char *text, bool integer, int location)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_INTEGER);
	char	   *end;

	errno = 0;
	if (integer)
	{
		expr->integer = strtoll(text, &end, 10);
		if (errno == 0 && end != text && *end == '\0')
			return expr;
	}
	errno = 0;
	expr->kind = SYDRA_EXPR_FLOAT;
	expr->number = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !isfinite(expr->number))
		sydra_translate_refuse(translation, location, "Write a finite decimal number.",
							   "\"%s\" is no number of sydraQL", text);
	return expr;
}

SydraExpr *
sydra_translate_constant(SydraTranslation *translation, A_Const *constant)
{
	SydraExpr  *expr;

	if (constant->isnull)
		return sydra_translate_make(translation, SYDRA_EXPR_NULL);
	switch (nodeTag(&constant->val))
	{
		case T_Integer:
			return sydra_translate_make_integer(translation, intVal(&constant->val));
		case T_Float:
			return make_number(translation, castNode(Float, &constant->val)->fval, true,
							   constant->location);
		case T_String:
			return sydra_translate_make_string(translation, strVal(&constant->val));
		case T_Boolean:
			expr = sydra_translate_make(translation, SYDRA_EXPR_BOOL);
			expr->boolean = boolVal(&constant->val);
			return expr;
		default:
			sydra_translate_refuse(translation, constant->location,
								   "Numbers, strings, times, intervals and booleans have one.",
								   "a bit string has no translation");
	}
}

/*
 * Times.
 */

bool
sydra_translate_looks_like_time(const char *text)
{
	static const char shape[] = "dddd-dd-dd";

	for (int i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return false;
	return text[10] == '\0' || text[10] == ' ' || text[10] == 'T';
}

SydraExpr *
sydra_translate_timestamp(SydraTranslation *translation, int64 us, int location)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_TIMESTAMP);

	if (us < FIRST_DAY * USECS_PER_DAY || us >= END_DAY * USECS_PER_DAY)
		sydra_translate_refuse(translation, location, "Leave a bound out that bounds nothing.",
							   "sydraQL writes times of the years 1 to 9999 alone");
	expr->timestamp.us = us;
	expr->timestamp.date = us % USECS_PER_DAY == 0;
	return expr;
}

SydraExpr *
sydra_translate_time(SydraTranslation *translation, const char *text, const char *type,
					 int location)
{
	Datum		value = CStringGetDatum(text);

	if (strcmp(type, "date") == 0)
		value = DirectFunctionCall1(date_timestamptz, DirectFunctionCall1(date_in, value));
	else if (strcmp(type, "timestamp") == 0)
		value = DirectFunctionCall1(timestamp_timestamptz,
									DirectFunctionCall3(timestamp_in, value, InvalidOid, -1));
	else
		value = DirectFunctionCall3(timestamptz_in, value, InvalidOid, -1);
	return sydra_translate_timestamp(translation, DatumGetTimestampTz(value), location);
}

/* Days are of 24 hours. */
SydraExpr *
sydra_translate_interval(SydraTranslation *translation, const char *text, int32 typmod,
						 int location)
{
	Interval   *interval = DatumGetIntervalP(DirectFunctionCall3(interval_in,
																 CStringGetDatum(text), InvalidOid,
																 Int32GetDatum(typmod)));
	SydraExpr  *expr;
	SydraExpr  *negative;
	int64		us = 0;

	if (interval->month != 0 && (interval->day != 0 || interval->time != 0))
		sydra_translate_refuse(translation, location,
							   "Subtract the months and the rest one after another.",
							   "sydraQL has no duration of months and days");
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, interval->time, &us) ||
		us == PG_INT64_MIN)
		sydra_translate_refuse(translation, location, "Write a shorter interval.",
							   "the interval is too long");
	expr = sydra_translate_make_duration(translation, us < 0 ? -us : us,
										 interval->month < 0 ? -(int64) interval->month
										 : interval->month);
	if (us >= 0 && interval->month >= 0)
		return expr;
	negative = sydra_translate_make(translation, SYDRA_EXPR_NEGATE);
	negative->operand = expr;
	return negative;
}

/* interval '1' hour has its unit as a type modifier. */
static int32
get_interval_typmod(SydraTranslation *translation, const TypeName *type)
{
	A_Const    *fields;

	if (type->typmods == NIL)
		return -1;
	fields = linitial(type->typmods);
	if (list_length(type->typmods) > 1 || !IsA(fields, A_Const) ||
		nodeTag(&fields->val) != T_Integer)
		sydra_translate_refuse(translation, type->location,
							   "Write the interval in one string: '1.5 seconds'.",
							   "an interval with a precision has no translation");
	return INTERVAL_TYPMOD(INTERVAL_FULL_PRECISION, intVal(&fields->val));
}

SydraExpr *
sydra_translate_literal(SydraTranslation *translation, const char *text, const TypeName *type,
						int location)
{
	static const char *const floats[] = {"float8", "numeric", "float4"};
	static const char *const integers[] = {"int2", "int4", "int8", "integer", "bigint"};
	const char *name = sydra_translate_type(type);

	if (type->arrayBounds != NIL)
		return NULL;
	if (strcmp(name, "interval") == 0)
		return sydra_translate_interval(translation, text, get_interval_typmod(translation, type),
										location);
	if (strcmp(name, "text") == 0 || (strcmp(name, "varchar") == 0 && type->typmods == NIL))
		return sydra_translate_make_string(translation, text);
	if (type->typmods != NIL)
		return NULL;
	if (strcmp(name, "timestamptz") == 0 || strcmp(name, "timestamp") == 0 ||
		strcmp(name, "date") == 0)
		return sydra_translate_time(translation, text, name, location);
	for (int i = 0; i < lengthof(floats); i++)
		if (strcmp(name, floats[i]) == 0)
			return make_number(translation, text, false, location);
	for (int i = 0; i < lengthof(integers); i++)
		if (strcmp(name, integers[i]) == 0)
			return make_number(translation, text, true, location);
	return NULL;
}

/*
 * Patterns.
 */

static SydraExpr *
make_pattern(SydraTranslation *translation, const char *pattern, bool any_case)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_REGEX);
	bool		dot = strchr(pattern, '.') != NULL;

	/* SQL's dot takes the end of a line too. */
	expr->regex.pattern = pattern;
	expr->regex.flags = any_case ? (dot ? "is" : "i") : dot ? "s" : "";
	return expr;
}

/* What PCRE2 reads otherwise than PostgreSQL's regular expressions do. */
static bool
means_something_else(const char *pattern)
{
	if (*pattern == '\0' || strncmp(pattern, "***", 3) == 0 ||
		strstr(pattern, "[[:<:]]") != NULL || strstr(pattern, "[[:>:]]") != NULL ||
		strstr(pattern, "[.") != NULL || strstr(pattern, "[=") != NULL)
		return true;
	for (const char *at = pattern; *at != '\0'; at++)
	{
		if (at[0] == '(' && at[1] == '?' && (at[2] == '\0' || strchr(":=!", at[2]) == NULL))
			return true;
		if (at[0] != '\\')
			continue;
		at++;
		if (*at == '\0' || (strchr("dwsDWSntrf", *at) == NULL &&
							(isalnum((unsigned char) *at) || IS_HIGHBIT_SET(*at))))
			return true;
	}
	return false;
}

SydraExpr *
sydra_translate_pattern(SydraTranslation *translation, const char *pattern, bool any_case,
						int location, bool *holds_for_empty)
{
	int			flags = REG_ADVANCED | REG_NOSUB | (any_case ? REG_ICASE : 0);

	if (means_something_else(pattern))
		sydra_translate_refuse(translation, location,
							   "sydraQL has PCRE2: write the query with =~ and such a pattern.",
							   "the pattern has constructs of PostgreSQL's own");
	*holds_for_empty = RE_compile_and_execute(cstring_to_text(pattern), "", 0, flags,
											  C_COLLATION_OID, 0, NULL);
	return make_pattern(translation, pattern, any_case);
}

SydraExpr *
sydra_translate_ilike(SydraTranslation *translation, const char *pattern)
{
	size_t		length = strlen(pattern);
	char	   *text = sydra_arena_alloc(&translation->arena, 2 * length + 4);
	char	   *to = text;

	*to++ = '^';
	for (const char *at = pattern; *at != '\0'; at++)
	{
		if (*at == '%')
		{
			*to++ = '.';
			*to++ = '*';
			continue;
		}
		if (*at == '_')
		{
			*to++ = '.';
			continue;
		}
		if (*at == '\\' && at[1] != '\0')
			at++;
		if (strchr("\\^$.|?*+()[]{}", *at) != NULL)
			*to++ = '\\';
		*to++ = *at;
	}
	memcpy(to, "\\z", 3);
	return make_pattern(translation, text, true);
}
