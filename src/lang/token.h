/*
 * Tokens, the lexer's words to the parser.
 *
 * A faulty token still has the kind that was probably meant, so that the parser can report the
 * fault and go on.
 */
#ifndef SYDRA_TOKEN_H
#define SYDRA_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/duration.h"
#include "lang/diagnostic.h"

typedef enum SydraTokenKind
{
	SYDRA_TOKEN_END,
	SYDRA_TOKEN_ERROR,			/* bytes that begin no token */

	SYDRA_TOKEN_WORD,			/* a name, or a word with a meaning of its place */
	SYDRA_TOKEN_QUOTED,			/* "name" */
	SYDRA_TOKEN_INTEGER,
	SYDRA_TOKEN_FLOAT,
	SYDRA_TOKEN_DURATION,
	SYDRA_TOKEN_TIMESTAMP,
	SYDRA_TOKEN_STRING,
	SYDRA_TOKEN_REGEX,
	SYDRA_TOKEN_JSON,
	SYDRA_TOKEN_PARAMETER,

	SYDRA_TOKEN_LEFT_PAREN,
	SYDRA_TOKEN_RIGHT_PAREN,
	SYDRA_TOKEN_LEFT_BRACE,
	SYDRA_TOKEN_RIGHT_BRACE,
	SYDRA_TOKEN_COMMA,
	SYDRA_TOKEN_DOT,
	SYDRA_TOKEN_SEMICOLON,
	SYDRA_TOKEN_AT,
	SYDRA_TOKEN_PLUS,
	SYDRA_TOKEN_MINUS,
	SYDRA_TOKEN_STAR,
	SYDRA_TOKEN_SLASH,
	SYDRA_TOKEN_PERCENT,
	SYDRA_TOKEN_EQ,
	SYDRA_TOKEN_NE,				/* != or <> */
	SYDRA_TOKEN_LT,
	SYDRA_TOKEN_LE,
	SYDRA_TOKEN_GT,
	SYDRA_TOKEN_GE,
	SYDRA_TOKEN_MATCH,			/* =~ */
	SYDRA_TOKEN_NOT_MATCH,		/* !~ */
	SYDRA_TOKEN_BANG,			/* ! */
	SYDRA_TOKEN_AND_AND,
	SYDRA_TOKEN_OR_OR,

	/* The reserved words; from SELECT on every kind is one. */
	SYDRA_TOKEN_SELECT,
	SYDRA_TOKEN_INSERT,
	SYDRA_TOKEN_INTO,
	SYDRA_TOKEN_VALUES,
	SYDRA_TOKEN_DELETE,
	SYDRA_TOKEN_EXPLAIN,
	SYDRA_TOKEN_FROM,
	SYDRA_TOKEN_WHERE,
	SYDRA_TOKEN_GROUP,
	SYDRA_TOKEN_BY,
	SYDRA_TOKEN_HAVING,
	SYDRA_TOKEN_FILL,
	SYDRA_TOKEN_ORDER,
	SYDRA_TOKEN_LIMIT,
	SYDRA_TOKEN_OFFSET,
	SYDRA_TOKEN_JOIN,
	SYDRA_TOKEN_AND,
	SYDRA_TOKEN_OR,
	SYDRA_TOKEN_NOT,
	SYDRA_TOKEN_IN,
	SYDRA_TOKEN_IS,
	SYDRA_TOKEN_NULL,
	SYDRA_TOKEN_BETWEEN,
	SYDRA_TOKEN_LIKE,
	SYDRA_TOKEN_AS,
	SYDRA_TOKEN_WITH,
	SYDRA_TOKEN_TRUE,
	SYDRA_TOKEN_FALSE
} SydraTokenKind;

typedef enum SydraTokenFault
{
	SYDRA_FAULT_NONE,
	SYDRA_FAULT_CHARACTER,		/* begins no token */
	SYDRA_FAULT_NOT_ASCII,		/* a name with other letters, without quotes */
	SYDRA_FAULT_OPERATOR,		/* another language's operator */
	SYDRA_FAULT_PARAMETER,		/* $ or : without a number or name behind it */
	SYDRA_FAULT_LONG_NAME,
	SYDRA_FAULT_EMPTY_NAME,
	SYDRA_FAULT_STRING_END,
	SYDRA_FAULT_NAME_END,
	SYDRA_FAULT_COMMENT_END,
	SYDRA_FAULT_REGEX_END,
	SYDRA_FAULT_REGEX_FLAG,
	SYDRA_FAULT_JSON_END,
	SYDRA_FAULT_LEADING_ZERO,
	SYDRA_FAULT_NUMBER_FORM,
	SYDRA_FAULT_INTEGER_RANGE,
	SYDRA_FAULT_FLOAT_RANGE,
	SYDRA_FAULT_DURATION,		/* value.duration.error says which */
	SYDRA_FAULT_TIMESTAMP		/* value.timestamp.error says which */
} SydraTokenFault;

/* An escape in the text: '' "" or \/ */
#define SYDRA_TOKEN_ESCAPED 1

typedef struct SydraToken
{
	SydraTokenKind kind;
	SydraTokenFault fault;
	int			start;			/* bytes [start, end) of the source */
	int			end;
	unsigned	flags;
	SydraSpan	fault_span;		/* the part at fault */
	union
	{
		uint64_t	integer;	/* up to 2^63, which is for the parser to take or refuse */
		double		number;
		struct
		{
			SydraDuration value;
			SydraDurationError error;
			SydraSpan	unit;	/* at fault */
		}			duration;
		struct
		{
			int64_t		us;
			bool		date;
			int			error;	/* SydraTimestampError */
		}			timestamp;
		int			position;	/* PARAMETER: $1 is 1; 0 when named */
		int			pattern_end;	/* REGEX: where the closing slash is */
	}			value;
} SydraToken;

/* "word", "integer", "keyword", "operator" ... */
extern const char *sydra_token_kind_name(SydraTokenKind kind);

/* Adds the diagnostic of a token that has a fault. */
extern void sydra_token_report(const SydraToken *token, SydraDiagnostics *diagnostics);

#endif
