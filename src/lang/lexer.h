/*
 * Text to tokens.  Allocates nothing: a token is a slice of the source, with the value of a literal
 * beside it.  Joining the slices with what lies between them gives the source back.
 */
#ifndef SYDRA_LEXER_H
#define SYDRA_LEXER_H

#include <stdbool.h>

#include "lang/diagnostic.h"
#include "lang/token.h"

/* An identifier's bytes; more is an error, never cut. */
#define SYDRA_MAX_IDENTIFIER 63

typedef struct SydraLexer
{
	const char *source;
	int			length;
	int			offset;			/* of the next byte to read */
	SydraTokenKind previous;
} SydraLexer;

/* source need not be NUL-terminated; it is borrowed. */
extern void sydra_lexer_init(SydraLexer *lexer, const char *source, int length);

/* At the end of the source, and ever after, the token is END. */
extern void sydra_lexer_next(SydraLexer *lexer, SydraToken *token);

/* Takes {...} as one JSON token; what does not begin with a brace comes as sydra_lexer_next(). */
extern void sydra_lexer_next_json(SydraLexer *lexer, SydraToken *token);

/* A reserved word's kind, or WORD. */
extern SydraTokenKind sydra_lexer_keyword(const char *text, int length);

/* [A-Za-z_][A-Za-z0-9_]* */
extern bool sydra_lexer_is_plain_name(const char *text);

#endif
