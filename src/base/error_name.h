/*
 * The stable names of sydraQL's errors, the SQLSTATE and the general hint of each (language.md,
 * section 10), in one table.  Pure C: the language builds outside the server too.
 */
#ifndef SYDRA_ERROR_NAME_H
#define SYDRA_ERROR_NAME_H

typedef enum SydraErrorName
{
	SYDRA_ERR_SYNTAX,
	SYDRA_ERR_INVALID_LITERAL,	/* not of the form */
	SYDRA_ERR_LITERAL_RANGE,	/* of the form, too large: ERR_INVALID_LITERAL with 22003 */
	SYDRA_ERR_UNTERMINATED_STRING,
	SYDRA_ERR_UNKNOWN_METRIC,
	SYDRA_ERR_UNKNOWN_IDENTIFIER,
	SYDRA_ERR_AMBIGUOUS,
	SYDRA_ERR_UNKNOWN_FUNCTION,
	SYDRA_ERR_INVALID_FUNCTION_ARITY,
	SYDRA_ERR_TIME_RANGE_REQUIRED,
	SYDRA_ERR_DELETE_REQUIRES_TIME,
	SYDRA_ERR_TIME_OUT_OF_RANGE,
	SYDRA_ERR_GROUPING,
	SYDRA_ERR_NOT_SUPPORTED,
	SYDRA_ERR_TYPE_MISMATCH,
	SYDRA_ERR_INVALID_ARGUMENT,
	SYDRA_ERR_UNSUPPORTED_FILL,
	SYDRA_ERR_MULTI_SERIES,
	SYDRA_ERR_REGEX_SYNTAX,
	SYDRA_ERR_REGEX_LIMIT,
	SYDRA_ERR_TOO_MANY_POINTS,
	SYDRA_ERR_TOO_MANY_SERIES,
	SYDRA_ERR_QUERY_TIMEOUT,
	SYDRA_ERR_MEMORY_LIMIT,
	SYDRA_ERR_QUERY_TOO_LONG,
	SYDRA_ERR_TOO_COMPLEX,
	SYDRA_ERR_NUMERIC_OVERFLOW,
	SYDRA_ERR_PARAMETER,
	SYDRA_ERR_READ_ONLY
} SydraErrorName;

/* "ERR_SYNTAX" */
extern const char *sydra_error_name(SydraErrorName error);

/* "42601" */
extern const char *sydra_error_sqlstate(SydraErrorName error);

/* What to write instead, as far as the name alone tells it. */
extern const char *sydra_error_hint(SydraErrorName error);

#endif
