/*
 * Text to tree: recursive descent over the tokens of lexer.h.
 */
#ifndef SYDRA_PARSER_H
#define SYDRA_PARSER_H

#include <stdbool.h>

#include "lang/arena.h"
#include "lang/ast.h"
#include "lang/diagnostic.h"

/* Parentheses, calls, subqueries and operators inside each other; more is ERR_TOO_COMPLEX. */
#define SYDRA_MAX_NESTING 1000

typedef struct SydraParserInput
{
	const char *source;			/* need not be NUL-terminated */
	int			length;
	SydraArena *arena;			/* holds the tree and the diagnostics' texts */
	SydraDiagnostics *diagnostics;
	SydraCharLength char_length;	/* NULL for UTF-8 */
	bool		(*too_deep) (void); /* asked at every level; NULL for SYDRA_MAX_NESTING alone */
} SydraParserInput;

/* The statement, or NULL with at least one diagnostic.  Keeps no pointer into source. */
extern SydraStatement *sydra_parser_parse(const SydraParserInput *input);

#endif
