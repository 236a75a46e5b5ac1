/*
 * token.c
 *	  Names of tokens, and what is said about faulty ones.
 */
#include "lang/token.h"

#include <string.h>

#include "lang/timestamp.h"

const char *
sydra_token_kind_name(SydraTokenKind kind)
{
	switch (kind)
	{
		case SYDRA_TOKEN_END:
			return "end";
		case SYDRA_TOKEN_ERROR:
			return "error";
		case SYDRA_TOKEN_WORD:
			return "word";
		case SYDRA_TOKEN_QUOTED:
			return "quoted";
		case SYDRA_TOKEN_INTEGER:
			return "integer";
		case SYDRA_TOKEN_FLOAT:
			return "float";
		case SYDRA_TOKEN_DURATION:
			return "duration";
		case SYDRA_TOKEN_TIMESTAMP:
			return "timestamp";
		case SYDRA_TOKEN_STRING:
			return "string";
		case SYDRA_TOKEN_REGEX:
			return "regex";
		case SYDRA_TOKEN_JSON:
			return "json";
		case SYDRA_TOKEN_PARAMETER:
			return "parameter";
		case SYDRA_TOKEN_LEFT_PAREN:
		case SYDRA_TOKEN_RIGHT_PAREN:
		case SYDRA_TOKEN_LEFT_BRACE:
		case SYDRA_TOKEN_RIGHT_BRACE:
		case SYDRA_TOKEN_COMMA:
		case SYDRA_TOKEN_DOT:
		case SYDRA_TOKEN_SEMICOLON:
		case SYDRA_TOKEN_AT:
			return "punctuation";
		case SYDRA_TOKEN_PLUS:
		case SYDRA_TOKEN_MINUS:
		case SYDRA_TOKEN_STAR:
		case SYDRA_TOKEN_SLASH:
		case SYDRA_TOKEN_PERCENT:
		case SYDRA_TOKEN_EQ:
		case SYDRA_TOKEN_NE:
		case SYDRA_TOKEN_LT:
		case SYDRA_TOKEN_LE:
		case SYDRA_TOKEN_GT:
		case SYDRA_TOKEN_GE:
		case SYDRA_TOKEN_MATCH:
		case SYDRA_TOKEN_NOT_MATCH:
		case SYDRA_TOKEN_BANG:
		case SYDRA_TOKEN_AND_AND:
		case SYDRA_TOKEN_OR_OR:
			return "operator";
		case SYDRA_TOKEN_SELECT:
		case SYDRA_TOKEN_INSERT:
		case SYDRA_TOKEN_INTO:
		case SYDRA_TOKEN_VALUES:
		case SYDRA_TOKEN_DELETE:
		case SYDRA_TOKEN_EXPLAIN:
		case SYDRA_TOKEN_FROM:
		case SYDRA_TOKEN_WHERE:
		case SYDRA_TOKEN_GROUP:
		case SYDRA_TOKEN_BY:
		case SYDRA_TOKEN_HAVING:
		case SYDRA_TOKEN_FILL:
		case SYDRA_TOKEN_ORDER:
		case SYDRA_TOKEN_LIMIT:
		case SYDRA_TOKEN_OFFSET:
		case SYDRA_TOKEN_JOIN:
		case SYDRA_TOKEN_AND:
		case SYDRA_TOKEN_OR:
		case SYDRA_TOKEN_NOT:
		case SYDRA_TOKEN_IN:
		case SYDRA_TOKEN_IS:
		case SYDRA_TOKEN_NULL:
		case SYDRA_TOKEN_BETWEEN:
		case SYDRA_TOKEN_LIKE:
		case SYDRA_TOKEN_AS:
		case SYDRA_TOKEN_WITH:
		case SYDRA_TOKEN_TRUE:
		case SYDRA_TOKEN_FALSE:
			return "keyword";
	}
	return "unknown";
}

static void
report_character(const SydraToken *token, SydraDiagnostics *diagnostics, const char *lexeme)
{
	SydraDiagnostic *diagnostic;

	diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, token->fault_span,
									  "unexpected character \"%s\"", lexeme);
	switch (diagnostics->source[token->start])
	{
		case '`':
		case '[':
		case ']':
			diagnostic->hint = "Names with odd characters stand in double quotes: \"odd name\".";
			break;
		case '^':
			diagnostic->hint = "Write pow(a, b) for a power.";
			break;
		case '?':
			diagnostic->hint = "Parameters are $1, $2, ... or :name.";
			break;
		case ':':
			diagnostic->hint = "There are no casts; parameters are $1, $2, ... or :name.";
			break;
		case '#':
			diagnostic->hint = "Comments begin with two dashes: -- to the end of the line.";
			break;
	}
}

static void
report_operator(const SydraToken *token, SydraDiagnostics *diagnostics, const char *lexeme)
{
	SydraDiagnostic *diagnostic;

	diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, token->fault_span,
									  "\"%s\" is not an operator", lexeme);
	if (token->kind == SYDRA_TOKEN_EQ)
		diagnostic->hint = "Write = for equal.";
	else if (token->kind == SYDRA_TOKEN_NE)
		diagnostic->hint = "Write != for not equal.";
	else if (token->kind == SYDRA_TOKEN_MATCH)
		diagnostic->hint = "Write =~ to match a regular expression.";
	else if (token->kind == SYDRA_TOKEN_NOT_MATCH)
		diagnostic->hint = "Write !~ for no match.";
	else if (token->kind == SYDRA_TOKEN_AND_AND)
		diagnostic->hint = "Write AND or &&.";
	else
		diagnostic->hint = "Write OR or ||.";
}

/* How weeks are written. */
static const char *
convert_weeks(const SydraToken *token, SydraDiagnostics *diagnostics)
{
	const int	most = 100000;
	int			weeks = 0;

	for (int i = token->fault_span.start; i < token->value.duration.unit.start && weeks < most; i++)
		weeks = weeks * 10 + (diagnostics->source[i] - '0');
	return sydra_arena_printf(diagnostics->arena, "Write weeks in days: %dd.",
							  weeks > 0 && weeks < most ? weeks * 7 : 7);
}

static void
report_duration(const SydraToken *token, SydraDiagnostics *diagnostics, const char *lexeme)
{
	SydraErrorName error = SYDRA_ERR_INVALID_LITERAL;
	SydraSpan	span = token->fault_span;
	SydraSpan	part = token->value.duration.unit;
	const char *what = "";
	const char *detail = NULL;
	const char *hint = NULL;
	SydraDiagnostic *diagnostic;

	switch (token->value.duration.error)
	{
		case SYDRA_DURATION_OK:
			break;
		case SYDRA_DURATION_NOT_ONE:
			part = span;
			what = "has no unit behind";
			hint = "Units are d, h, m, s, ms, us and ns; for time_bucket also y and mo.";
			break;
		case SYDRA_DURATION_UNIT:
			span = token->value.duration.unit;
			what = "has the unknown unit";
			hint = "Units are d, h, m, s, ms, us and ns; for time_bucket also y and mo.";
			break;
		case SYDRA_DURATION_WEEK:
			span = token->value.duration.unit;
			what = "has the unknown unit";
			hint = convert_weeks(token, diagnostics);
			break;
		case SYDRA_DURATION_ORDER:
			what = "has, after a smaller one, the unit";
			hint = "Units fall in size: 1d2h5m30s.";
			break;
		case SYDRA_DURATION_REPEATED:
			what = "has twice the unit";
			break;
		case SYDRA_DURATION_MIXED:
			what = "mixes with others the unit";
			hint = "y and mo have no fixed length and stand alone.";
			break;
		case SYDRA_DURATION_LEADING_ZERO:
			what = "has a leading zero before the unit";
			break;
		case SYDRA_DURATION_FRACTION:
			what = "is no whole number of microseconds in the unit";
			detail = "Times are kept in microseconds.";
			break;
		case SYDRA_DURATION_OVERFLOW:
			error = SYDRA_ERR_LITERAL_RANGE;
			what = "is too long at the unit";
			break;
	}
	diagnostic = sydra_diagnostic_add(diagnostics, error, span, "the duration \"%s\" %s \"%s\"",
									  lexeme, what, sydra_diagnostic_excerpt(diagnostics, part));
	diagnostic->detail = detail;
	diagnostic->hint = hint;
}

static void
report_timestamp(const SydraToken *token, SydraDiagnostics *diagnostics, const char *lexeme)
{
	SydraDiagnostic *diagnostic;

	if (token->value.timestamp.error == SYDRA_TIMESTAMP_FIELD)
	{
		diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_INVALID_LITERAL,
										  token->fault_span, "there is no time \"%s\"", lexeme);
		diagnostic->detail = "A month, day, hour, minute, second or offset is out of range.";
	}
	else if (token->value.timestamp.error == SYDRA_TIMESTAMP_FRACTION)
	{
		diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_INVALID_LITERAL,
										  token->fault_span,
										  "the timestamp \"%s\" is no whole number of microseconds",
										  lexeme);
		diagnostic->hint = "Digits past the sixth must be 0.";
	}
	else
	{
		diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_INVALID_LITERAL,
										  token->fault_span, "\"%s\" is no timestamp", lexeme);
		diagnostic->hint = "Timestamps are written 2024-03-01, 2024-03-01T00:00:00Z or "
			"2024-03-01T00:00:00+01:00.";
	}
}

static const char *
strip_zeros(const char *digits)
{
	while (digits[0] == '0' && digits[1] != '\0')
		digits++;
	return digits;
}

void
sydra_token_report(const SydraToken *token, SydraDiagnostics *diagnostics)
{
	SydraSpan	whole = {token->start, token->end};
	SydraSpan	span = token->fault_span;
	const char *lexeme = sydra_diagnostic_excerpt(diagnostics, whole);
	SydraDiagnostic *diagnostic;

	switch (token->fault)
	{
		case SYDRA_FAULT_NONE:
			break;
		case SYDRA_FAULT_CHARACTER:
			report_character(token, diagnostics, lexeme);
			break;
		case SYDRA_FAULT_NOT_ASCII:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, span,
											  "the name \"%s\" has letters outside ASCII", lexeme);
			diagnostic->hint = sydra_arena_printf(diagnostics->arena,
												  "Write it in double quotes: \"%s\".", lexeme);
			break;
		case SYDRA_FAULT_OPERATOR:
			report_operator(token, diagnostics, lexeme);
			break;
		case SYDRA_FAULT_PARAMETER:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, span,
											  "\"%s\" is no parameter", lexeme);
			diagnostic->hint = "Parameters are $1, $2, ... or :name.";
			break;
		case SYDRA_FAULT_LONG_NAME:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, span,
											  "the name \"%s\" is too long", lexeme);
			diagnostic->detail = "A name has at most 63 bytes.";
			diagnostic->hint = "Give it a shorter name.";
			break;
		case SYDRA_FAULT_EMPTY_NAME:
			sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, span, "a name is empty");
			break;
		case SYDRA_FAULT_STRING_END:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_UNTERMINATED_STRING, span,
											  "the string has no closing quote");
			diagnostic->hint = "A quote inside a string is doubled: 'it''s'.";
			break;
		case SYDRA_FAULT_NAME_END:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_UNTERMINATED_STRING, span,
											  "the quoted name has no closing quote");
			diagnostic->hint = "A quote inside a name is doubled: \"5\"\" disk\".";
			break;
		case SYDRA_FAULT_COMMENT_END:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_SYNTAX, span,
											  "the comment has no end");
			diagnostic->hint = "Comments nest: every /* needs its own */.";
			break;
		case SYDRA_FAULT_REGEX_END:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_UNTERMINATED_STRING, span,
											  "the pattern has no closing slash on its line");
			diagnostic->hint = "A slash inside is written \\/.";
			break;
		case SYDRA_FAULT_REGEX_FLAG:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_REGEX_SYNTAX, span,
											  "\"%s\" has a flag that is unknown or stands twice",
											  lexeme);
			diagnostic->hint = "Flags are i (case), m (lines), s (dot matches all) and x (blanks).";
			break;
		case SYDRA_FAULT_JSON_END:
			sydra_diagnostic_add(diagnostics, SYDRA_ERR_UNTERMINATED_STRING, span,
								 "the JSON object has no closing brace");
			break;
		case SYDRA_FAULT_LEADING_ZERO:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_INVALID_LITERAL, span,
											  "the number \"%s\" has a leading zero", lexeme);
			if (strspn(lexeme, "0123456789") == strlen(lexeme))
				diagnostic->hint = sydra_arena_printf(diagnostics->arena, "Write %s.",
													  strip_zeros(lexeme));
			break;
		case SYDRA_FAULT_NUMBER_FORM:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_INVALID_LITERAL, span,
											  "\"%s\" is no number", lexeme);
			diagnostic->hint = "Durations are made of whole numbers: 1h30m.";
			break;
		case SYDRA_FAULT_INTEGER_RANGE:
			diagnostic = sydra_diagnostic_add(diagnostics, SYDRA_ERR_LITERAL_RANGE, span,
											  "the integer \"%s\" is out of range", lexeme);
			diagnostic->detail = "Integers go from -9223372036854775808 to 9223372036854775807.";
			diagnostic->hint = "Write it with a decimal point for a float8.";
			break;
		case SYDRA_FAULT_FLOAT_RANGE:
			sydra_diagnostic_add(diagnostics, SYDRA_ERR_LITERAL_RANGE, span,
								 "the number \"%s\" is out of range of a float8", lexeme);
			break;
		case SYDRA_FAULT_DURATION:
			report_duration(token, diagnostics, lexeme);
			break;
		case SYDRA_FAULT_TIMESTAMP:
			report_timestamp(token, diagnostics, lexeme);
			break;
	}
}
