/*
 * What the parser's files share; for them alone.
 *
 * After a syntax error the parser unwinds: kind is ERROR, which no rule accepts and nothing moves
 * past, so every rule returns by itself and says nothing more.  sydra_parser_recover() ends it at a
 * clause keyword.  Rules always give a node, whose content is of no matter once there is a fault.
 */
#ifndef SYDRA_PARSER_STATE_H
#define SYDRA_PARSER_STATE_H

#include "lang/lexer.h"
#include "lang/parser.h"

typedef struct SydraParser
{
	SydraLexer	lexer;
	SydraArena *arena;
	SydraDiagnostics *diagnostics;
	bool		(*too_deep) (void);

	SydraTokenKind kind;		/* the token's; ERROR while unwinding */
	SydraToken	token;
	SydraToken	ahead;
	bool		has_ahead;
	SydraTokenKind previous;	/* the token before */
	int			previous_end;

	int			nesting;
	int			parens;			/* open ones */
	int			selects;		/* SELECTs inside each other */
	bool		unwinding;
	bool		cut;			/* the last token lacked its end and took the rest of the text */
	bool		fatal;			/* no recovery */
} SydraParser;

/* Moving on */
extern void sydra_parser_advance(SydraParser *parser);
extern void sydra_parser_advance_json(SydraParser *parser);
extern const SydraToken *sydra_parser_ahead(SydraParser *parser);
extern bool sydra_parser_accept(SydraParser *parser, SydraTokenKind kind);
extern bool sydra_parser_expect(SydraParser *parser, SydraTokenKind kind, const char *what);

/* Closes what open opened; the message says where that was. */
extern bool sydra_parser_close(SydraParser *parser, SydraTokenKind kind, const SydraToken *open);

/* A word that is not reserved, in any case. */
extern bool sydra_parser_is_word(SydraParser *parser, const SydraToken *token, const char *word);
extern bool sydra_parser_at_word(SydraParser *parser, const char *word);
extern bool sydra_parser_accept_word(SydraParser *parser, const char *word);

/*
 * Faults.  _fault says one and goes on, _fail and _expected say one at the current token and
 * unwind; while unwinding, or at a token whose own fault was told, they say nothing.  All give the
 * diagnostic, for a hint.
 */
extern SydraDiagnostic *sydra_parser_fault(SydraParser *parser, SydraSpan span,
										   const char *format,...) SYDRA_PRINTF_LIKE(3, 4);
extern SydraDiagnostic *sydra_parser_fail(SydraParser *parser, const char *format,...)
			SYDRA_PRINTF_LIKE(2, 3);
extern SydraDiagnostic *sydra_parser_expected(SydraParser *parser, const char *what);

/*
 * Skips to the next clause keyword, or past at least one token if skip is true, leaving open base
 * parentheses.  False when there is no point in going on.
 */
extern bool sydra_parser_recover(SydraParser *parser, int base, bool skip);

/* One level deeper; false is too deep. */
extern bool sydra_parser_enter(SydraParser *parser);
extern void sydra_parser_leave(SydraParser *parser);

/* Pieces */
extern SydraSpan sydra_parser_span(const SydraParser *parser, int start);
extern bool sydra_parser_at_name(const SydraParser *parser);

/* A reserved word that is meant as a name: what follows does not go on with its clause. */
extern bool sydra_parser_at_reserved_name(SydraParser *parser);

/* A reserved word meant as a name is faulted, and taken. */
extern SydraIdent sydra_parser_ident(SydraParser *parser);
extern SydraName sydra_parser_name(SydraParser *parser);
extern const char *sydra_parser_string(SydraParser *parser);
extern bool sydra_parser_duration(SydraParser *parser, const char *clause,
								  SydraDuration *duration);

/* expression */
extern SydraExpr *sydra_parser_expr(SydraParser *parser);
extern SydraExpr **sydra_parser_expr_list(SydraParser *parser, int *count);

/* A literal or a parameter at the current token, which is one. */
extern SydraExpr *sydra_parser_literal(SydraParser *parser);

/* ['-'] number */
extern SydraExpr *sydra_parser_number(SydraParser *parser);

#endif
