/*
 * parser_state.c
 *	  Tokens, faults and recovery, below the rules of the grammar.
 */
#include "lang/parser_state.h"

#include <string.h>

static void
take_token(SydraParser *parser, bool json)
{
	if (parser->has_ahead)
	{
		parser->token = parser->ahead;
		parser->has_ahead = false;
	}
	else if (json)
		sydra_lexer_next_json(&parser->lexer, &parser->token);
	else
		sydra_lexer_next(&parser->lexer, &parser->token);

	parser->kind = parser->token.kind;
	if (parser->token.fault != SYDRA_FAULT_NONE)
	{
		sydra_token_report(&parser->token, parser->diagnostics);
		parser->cut |= parser->token.fault == SYDRA_FAULT_STRING_END ||
			parser->token.fault == SYDRA_FAULT_NAME_END ||
			parser->token.fault == SYDRA_FAULT_JSON_END;
		if (parser->kind == SYDRA_TOKEN_ERROR)
			parser->unwinding = true;
	}
}

static void
move_on(SydraParser *parser, bool json)
{
	if (parser->unwinding)
		return;
	if (parser->kind == SYDRA_TOKEN_LEFT_PAREN)
		parser->parens++;
	else if (parser->kind == SYDRA_TOKEN_RIGHT_PAREN)
		parser->parens--;
	parser->previous = parser->kind;
	parser->previous_end = parser->token.end;
	take_token(parser, json);
}

void
sydra_parser_advance(SydraParser *parser)
{
	move_on(parser, false);
}

void
sydra_parser_advance_json(SydraParser *parser)
{
	move_on(parser, true);
}

const SydraToken *
sydra_parser_ahead(SydraParser *parser)
{
	if (!parser->has_ahead)
	{
		sydra_lexer_next(&parser->lexer, &parser->ahead);
		parser->has_ahead = true;
	}
	return &parser->ahead;
}

bool
sydra_parser_accept(SydraParser *parser, SydraTokenKind kind)
{
	if (parser->kind != kind || parser->unwinding)
		return false;
	sydra_parser_advance(parser);
	return true;
}

bool
sydra_parser_expect(SydraParser *parser, SydraTokenKind kind, const char *what)
{
	if (sydra_parser_accept(parser, kind))
		return true;
	sydra_parser_expected(parser, what);
	return false;
}

bool
sydra_parser_close(SydraParser *parser, SydraTokenKind kind, const SydraToken *open)
{
	SydraPosition position = {0, 1, 1};
	SydraDiagnostic *diagnostic;

	if (sydra_parser_accept(parser, kind))
		return true;
	sydra_position_advance(&position, parser->lexer.source, open->start,
						   parser->diagnostics->char_length);
	diagnostic = sydra_parser_expected(parser,
									   kind == SYDRA_TOKEN_RIGHT_PAREN ? "\")\"" : "\"}\"");
	diagnostic->detail = sydra_arena_printf(parser->arena,
											"The \"%c\" at line %d, column %d is open.",
											kind == SYDRA_TOKEN_RIGHT_PAREN ? '(' : '{',
											position.line, position.column);
	return false;
}

bool
sydra_parser_is_word(SydraParser *parser, const SydraToken *token, const char *word)
{
	const char *text = parser->lexer.source + token->start;
	int			length = token->end - token->start;

	if (token->kind != SYDRA_TOKEN_WORD)
		return false;
	for (int i = 0; i < length; i++)
	{
		char		lower = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] | 0x20) : text[i];

		/* A shorter word ends in a zero byte, which no token has. */
		if (lower != word[i])
			return false;
	}
	return word[length] == '\0';
}

bool
sydra_parser_at_word(SydraParser *parser, const char *word)
{
	return !parser->unwinding && sydra_parser_is_word(parser, &parser->token, word);
}

bool
sydra_parser_accept_word(SydraParser *parser, const char *word)
{
	if (!sydra_parser_at_word(parser, word))
		return false;
	sydra_parser_advance(parser);
	return true;
}

static SydraDiagnostic *add_fault(SydraParser *parser, SydraErrorName error, SydraSpan span,
								  const char *format, va_list args) SYDRA_PRINTF_LIKE(4, 0);

static SydraDiagnostic *
add_fault(SydraParser *parser, SydraErrorName error, SydraSpan span, const char *format,
		  va_list args)
{
	const char *message;

	if (parser->unwinding)
		return sydra_arena_alloc(parser->arena, sizeof(SydraDiagnostic));
	message = sydra_arena_vprintf(parser->arena, format, args);
	return sydra_diagnostic_add(parser->diagnostics, error, span, "%s", message);
}

static void
unwind(SydraParser *parser)
{
	parser->unwinding = true;
	parser->kind = SYDRA_TOKEN_ERROR;
	if (parser->diagnostics->count == SYDRA_MAX_DIAGNOSTICS)
		parser->fatal = true;
}

static SydraSpan
get_token_span(const SydraToken *token)
{
	SydraSpan	span = {token->start, token->end};

	return span;
}

SydraDiagnostic *
sydra_parser_fault(SydraParser *parser, SydraSpan span, const char *format,...)
{
	SydraDiagnostic *diagnostic;
	va_list		args;

	va_start(args, format);
	diagnostic = add_fault(parser, SYDRA_ERR_SYNTAX, span, format, args);
	va_end(args);
	return diagnostic;
}

SydraDiagnostic *
sydra_parser_fail(SydraParser *parser, const char *format,...)
{
	SydraDiagnostic *diagnostic;
	va_list		args;

	/* One fault a place: the token's own, or that the text ended inside a token. */
	if (parser->token.fault != SYDRA_FAULT_NONE ||
		(parser->cut && parser->token.kind == SYDRA_TOKEN_END))
		unwind(parser);
	va_start(args, format);
	diagnostic = add_fault(parser, SYDRA_ERR_SYNTAX, get_token_span(&parser->token), format, args);
	va_end(args);
	unwind(parser);
	return diagnostic;
}

/* The current token as a message names it. */
static const char *
describe_token(SydraParser *parser)
{
	const char *excerpt;
	char	   *upper;

	if (parser->token.kind == SYDRA_TOKEN_END)
		return "the end of the query";
	excerpt = sydra_diagnostic_excerpt(parser->diagnostics, get_token_span(&parser->token));
	if (parser->token.kind == SYDRA_TOKEN_STRING)
		return sydra_arena_printf(parser->arena, "the string %s", excerpt);
	if (parser->token.kind == SYDRA_TOKEN_QUOTED)
		return sydra_arena_printf(parser->arena, "the name %s", excerpt);
	if (parser->token.kind < SYDRA_TOKEN_SELECT)
		return sydra_arena_printf(parser->arena, "\"%s\"", excerpt);
	upper = sydra_arena_copy(parser->arena, excerpt, strlen(excerpt));
	for (char *at = upper; *at != '\0'; at++)
		*at &= ~0x20;
	return upper;
}

SydraDiagnostic *
sydra_parser_expected(SydraParser *parser, const char *what)
{
	if (parser->unwinding)
		return sydra_parser_fail(parser, "unwinding");
	return sydra_parser_fail(parser, "expected %s but found %s", what, describe_token(parser));
}

static bool
is_clause(SydraTokenKind kind)
{
	switch (kind)
	{
		case SYDRA_TOKEN_FROM:
		case SYDRA_TOKEN_WHERE:
		case SYDRA_TOKEN_GROUP:
		case SYDRA_TOKEN_HAVING:
		case SYDRA_TOKEN_FILL:
		case SYDRA_TOKEN_ORDER:
		case SYDRA_TOKEN_LIMIT:
		case SYDRA_TOKEN_OFFSET:
		case SYDRA_TOKEN_JOIN:
		case SYDRA_TOKEN_VALUES:
			return true;
		default:
			return false;
	}
}

bool
sydra_parser_recover(SydraParser *parser, int base, bool skip)
{
	int			opened = 0;

	if (parser->diagnostics->count == SYDRA_MAX_DIAGNOSTICS)
		parser->fatal = true;
	if (parser->fatal)
		return false;

	for (;; skip = false)
	{
		SydraTokenKind kind = parser->token.kind;

		if (kind == SYDRA_TOKEN_END)
			break;
		if (!skip && opened == 0)
		{
			if (kind == SYDRA_TOKEN_SEMICOLON)
				break;

			/* Inside a parenthesis that the rules had opened too: it may lack its end. */
			if (is_clause(kind))
			{
				parser->parens = base;
				break;
			}
			if (kind == SYDRA_TOKEN_RIGHT_PAREN)
			{
				if (parser->parens > base)
					parser->parens--;
				else if (base > 0)
					break;
			}
		}
		else if (kind == SYDRA_TOKEN_RIGHT_PAREN && opened > 0)
			opened--;
		if (kind == SYDRA_TOKEN_LEFT_PAREN)
			opened++;
		parser->previous_end = parser->token.end;
		take_token(parser, false);
	}
	parser->unwinding = false;
	parser->kind = parser->token.kind;
	parser->previous = SYDRA_TOKEN_ERROR;
	return true;
}

bool
sydra_parser_enter(SydraParser *parser)
{
	SydraDiagnostic *diagnostic;

	if (parser->unwinding)
		return false;
	if (parser->nesting < SYDRA_MAX_NESTING &&
		(parser->too_deep == NULL || !parser->too_deep()))
	{
		parser->nesting++;
		return true;
	}

	diagnostic = sydra_diagnostic_add(parser->diagnostics, SYDRA_ERR_TOO_COMPLEX,
									  get_token_span(&parser->token),
									  "the query nests too deeply");
	diagnostic->detail = sydra_arena_printf(parser->arena, "The limit is %d levels.",
											SYDRA_MAX_NESTING);
	unwind(parser);
	parser->fatal = true;
	return false;
}

void
sydra_parser_leave(SydraParser *parser)
{
	parser->nesting--;
}

SydraSpan
sydra_parser_span(const SydraParser *parser, int start)
{
	SydraSpan	span = {start, parser->previous_end};

	/* Only while unwinding can a rule have taken nothing. */
	if (span.end < start)
		span.end = start;
	return span;
}

bool
sydra_parser_at_name(const SydraParser *parser)
{
	return parser->kind == SYDRA_TOKEN_WORD || parser->kind == SYDRA_TOKEN_QUOTED;
}

bool
sydra_parser_at_reserved_name(SydraParser *parser)
{
	SydraTokenKind ahead;

	if (parser->kind < SYDRA_TOKEN_SELECT)
		return false;
	ahead = sydra_parser_ahead(parser)->kind;
	switch (parser->kind)
	{
		case SYDRA_TOKEN_GROUP:
		case SYDRA_TOKEN_ORDER:
			return ahead != SYDRA_TOKEN_BY;
		case SYDRA_TOKEN_FILL:
		case SYDRA_TOKEN_VALUES:
			return ahead != SYDRA_TOKEN_LEFT_PAREN;
		case SYDRA_TOKEN_LIMIT:
		case SYDRA_TOKEN_OFFSET:
			return ahead != SYDRA_TOKEN_INTEGER && ahead != SYDRA_TOKEN_PARAMETER;
		case SYDRA_TOKEN_JOIN:
			return ahead != SYDRA_TOKEN_WORD;
		case SYDRA_TOKEN_INSERT:
		case SYDRA_TOKEN_INTO:
		case SYDRA_TOKEN_DELETE:
		case SYDRA_TOKEN_EXPLAIN:
			return true;
		default:
			return ahead == SYDRA_TOKEN_COMMA || ahead == SYDRA_TOKEN_DOT ||
				(ahead == SYDRA_TOKEN_FROM && parser->kind != SYDRA_TOKEN_SELECT);
	}
}

/* The text between quotes, doubled ones made one. */
static const char *
copy_quoted(SydraParser *parser)
{
	const SydraToken *token = &parser->token;
	const char *text = parser->lexer.source + token->start + 1;
	int			length = token->end - token->start - 2;
	char	   *copy;
	char	   *to;

	/* Without its closing quote it is faulty, and may be empty. */
	if (token->fault == SYDRA_FAULT_STRING_END || token->fault == SYDRA_FAULT_NAME_END)
		length++;
	copy = sydra_arena_copy(parser->arena, text, length);
	if (!(token->flags & SYDRA_TOKEN_ESCAPED))
		return copy;
	to = copy;
	for (int i = 0; i < length; i++)
	{
		*to++ = text[i];
		if (text[i] == text[-1])
			i++;
	}
	*to = '\0';
	return copy;
}

SydraIdent
sydra_parser_ident(SydraParser *parser)
{
	SydraIdent	ident = {"", false, {parser->token.start, parser->token.end}};
	SydraDiagnostic *diagnostic;

	if (parser->kind == SYDRA_TOKEN_WORD)
		ident.text = sydra_arena_copy(parser->arena, parser->lexer.source + parser->token.start,
									  parser->token.end - parser->token.start);
	else if (parser->kind == SYDRA_TOKEN_QUOTED)
	{
		ident.text = copy_quoted(parser);
		ident.quoted = true;
	}
	else if (sydra_parser_at_reserved_name(parser))
	{
		const char *word = sydra_diagnostic_excerpt(parser->diagnostics, ident.span);

		diagnostic = sydra_parser_fault(parser, ident.span, "\"%s\" is a reserved word", word);
		diagnostic->hint =
			sydra_arena_printf(parser->arena, "As a name it stands in quotes: \"%s\".", word);
	}
	else
	{
		bool		string = parser->kind == SYDRA_TOKEN_STRING;

		diagnostic = sydra_parser_expected(parser, "a name");
		if (string)
			diagnostic->hint = "Names stand bare or in double quotes; single quotes make strings.";
		return ident;
	}
	sydra_parser_advance(parser);
	return ident;
}

SydraName
sydra_parser_name(SydraParser *parser)
{
	SydraName	name = {NULL, 1, {parser->token.start, parser->token.end}};
	SydraIdent	first = sydra_parser_ident(parser);

	/* Most names have one part. */
	if (parser->kind != SYDRA_TOKEN_DOT)
	{
		name.parts = sydra_arena_alloc(parser->arena, sizeof(SydraIdent));
		name.parts[0] = first;
		return name;
	}
	name.parts = sydra_arena_grow(parser->arena, NULL, 0, sizeof(SydraIdent));
	name.parts[0] = first;
	while (sydra_parser_accept(parser, SYDRA_TOKEN_DOT))
	{
		name.parts = sydra_arena_grow(parser->arena, name.parts, name.part_count,
									  sizeof(SydraIdent));
		if (parser->kind == SYDRA_TOKEN_STAR)
		{
			sydra_parser_expected(parser, "a name")->hint =
				"All columns are a bare *; columns of one source are named one by one.";
			break;
		}
		name.parts[name.part_count++] = sydra_parser_ident(parser);
	}
	name.span = sydra_parser_span(parser, name.span.start);
	return name;
}

const char *
sydra_parser_string(SydraParser *parser)
{
	const char *text = "";

	if (parser->kind == SYDRA_TOKEN_STRING)
	{
		text = copy_quoted(parser);
		sydra_parser_advance(parser);
	}
	else
	{
		bool		name = sydra_parser_at_name(parser);
		SydraDiagnostic *diagnostic = sydra_parser_expected(parser, "a string");

		if (name)
			diagnostic->hint = "Strings stand in single quotes: 'text'.";
	}
	return text;
}

bool
sydra_parser_duration(SydraParser *parser, const char *clause, SydraDuration *duration)
{
	if (parser->kind != SYDRA_TOKEN_DURATION)
	{
		sydra_parser_expected(parser, "a duration")->hint =
			sydra_arena_printf(parser->arena, "Write %s 1h30m.", clause);
		return false;
	}
	*duration = parser->token.value.duration.value;
	if (duration->months != 0)
		sydra_parser_fault(parser, get_token_span(&parser->token),
						   "%s takes a duration of fixed length", clause)->hint =
			"Months and years have none; write days.";
	sydra_parser_advance(parser);
	return true;
}
