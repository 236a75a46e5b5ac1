/*
 * error_name.c
 *	  One table of error names, SQLSTATEs and hints.
 */
#include "base/error_name.h"

static const struct
{
	const char *name;
	const char *sqlstate;
	const char *hint;
}			errors[] = {
	[SYDRA_ERR_SYNTAX] = {"ERR_SYNTAX", "42601",
		"A query is SELECT items FROM metric WHERE time >= now() - 1h, with GROUP BY, "
		"HAVING, FILL, ORDER BY and LIMIT behind it in this order."},
	[SYDRA_ERR_INVALID_LITERAL] = {"ERR_INVALID_LITERAL", "22007",
		"Literals look like 'text', 1.5, 5m30s, 2024-03-01T00:00:00Z."},
	[SYDRA_ERR_LITERAL_RANGE] = {"ERR_INVALID_LITERAL", "22003",
		"Integers have 64 bits; a larger number is written 1e20."},
	[SYDRA_ERR_UNTERMINATED_STRING] = {"ERR_UNTERMINATED_STRING", "42601",
		"What is opened must be closed; a quote inside is doubled."},
	[SYDRA_ERR_UNKNOWN_METRIC] = {"ERR_UNKNOWN_METRIC", "42P01",
		"SELECT metric FROM sydra.metrics shows the metrics."},
	[SYDRA_ERR_UNKNOWN_IDENTIFIER] = {"ERR_UNKNOWN_IDENTIFIER", "42703",
		"SELECT * shows the columns of a metric."},
	[SYDRA_ERR_AMBIGUOUS] = {"ERR_AMBIGUOUS", "42702",
		"Give each a name of its own."},
	[SYDRA_ERR_UNKNOWN_FUNCTION] = {"ERR_UNKNOWN_FUNCTION", "42883",
		"doc/language.md, section 7, lists the functions."},
	[SYDRA_ERR_INVALID_FUNCTION_ARITY] = {"ERR_INVALID_FUNCTION_ARITY", "42883",
		"doc/language.md, section 7, lists the functions."},
	[SYDRA_ERR_TIME_RANGE_REQUIRED] = {"ERR_TIME_RANGE_REQUIRED", "22023",
		"Write WHERE time >= now() - 1h."},
	[SYDRA_ERR_DELETE_REQUIRES_TIME] = {"ERR_DELETE_REQUIRES_TIME", "22023",
		"Write WHERE time >= 2024-03-01 AND time < 2024-03-02."},
	[SYDRA_ERR_TIME_OUT_OF_RANGE] = {"ERR_TIME_OUT_OF_RANGE", "22008",
		"Times lie between 4714-11-24 BC and 294276-12-31."},
	[SYDRA_ERR_GROUPING] = {"ERR_GROUPING", "42803",
		"Name in GROUP BY what stands outside of aggregates, and aggregates in items, HAVING "
		"and ORDER BY."},
	[SYDRA_ERR_NOT_SUPPORTED] = {"ERR_NOT_SUPPORTED", "0A000",
		"doc/language.md, section 12, lists what this version does not run."},
	[SYDRA_ERR_TYPE_MISMATCH] = {"ERR_TYPE_MISMATCH", "42804",
		"Numbers go with numbers, texts with texts, times with times and durations, "
		"conditions with AND, OR and NOT."},
	[SYDRA_ERR_INVALID_ARGUMENT] = {"ERR_INVALID_ARGUMENT", "22023",
		"doc/language.md, sections 6 and 7, tells what each place takes."},
	[SYDRA_ERR_UNSUPPORTED_FILL] = {"ERR_UNSUPPORTED_FILL", "0A000",
		"Write GROUP BY time_bucket(5m, time), or leave FILL out."},
	[SYDRA_ERR_MULTI_SERIES] = {"ERR_MULTI_SERIES", "0A000",
		"Bring metrics together with JOIN TIME."},
	[SYDRA_ERR_REGEX_SYNTAX] = {"ERR_REGEX_SYNTAX", "2201B",
		"Patterns are PCRE2; a backslash takes its meaning from a character."},
	[SYDRA_ERR_REGEX_LIMIT] = {"ERR_REGEX_LIMIT", "54000",
		"Nested repetitions, as in (a+)+, are the usual cause."},
	[SYDRA_ERR_TOO_MANY_POINTS] = {"ERR_TOO_MANY_POINTS", "54000",
		"Narrow the time range, or raise sydraql.max_points."},
	[SYDRA_ERR_TOO_MANY_SERIES] = {"ERR_TOO_MANY_SERIES", "54000",
		"Add tag conditions, or raise sydraql.max_series."},
	[SYDRA_ERR_QUERY_TIMEOUT] = {"ERR_QUERY_TIMEOUT", "57014",
		"Narrow the time range, or raise sydraql.max_query_duration."},
	[SYDRA_ERR_MEMORY_LIMIT] = {"ERR_MEMORY_LIMIT", "53200",
		"Ask for fewer groups, or raise sydraql.query_mem."},
	[SYDRA_ERR_QUERY_TOO_LONG] = {"ERR_QUERY_TOO_LONG", "54000",
		"Split the query, or raise sydraql.max_query_length."},
	[SYDRA_ERR_TOO_COMPLEX] = {"ERR_TOO_COMPLEX", "54001",
		"Split the query."},
	[SYDRA_ERR_NUMERIC_OVERFLOW] = {"ERR_NUMERIC_OVERFLOW", "22003",
		"Calculate in float8: write 1.0 * x."},
	[SYDRA_ERR_PARAMETER] = {"ERR_PARAMETER", "22023",
		"Parameters are JSON: a number, \"text\", true or null; a time is "
		"\"2024-03-01T00:00:00Z\", a duration \"5m\"."},
	[SYDRA_ERR_READ_ONLY] = {"ERR_READ_ONLY", "25006",
		"Write on the primary, in a transaction that is not read-only."},
};

const char *
sydra_error_name(SydraErrorName error)
{
	return errors[error].name;
}

const char *
sydra_error_sqlstate(SydraErrorName error)
{
	return errors[error].sqlstate;
}

const char *
sydra_error_hint(SydraErrorName error)
{
	return errors[error].hint;
}
