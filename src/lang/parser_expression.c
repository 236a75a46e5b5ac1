/*
 * parser_expression.c
 *	  Expressions, by precedence climbing.
 *
 * One function handles all binary operators: it reads an operand, then takes operators as long as
 * they bind at least as tightly as its floor.  A chain of one level is a loop, so its length costs
 * no stack; only nesting does.
 */
#include "lang/parser_state.h"

#include <string.h>

/* How tightly operators bind, loosest first. */
enum
{
	LEVEL_NONE,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARE,
	LEVEL_ADD,
	LEVEL_MULTIPLY
};

static SydraExpr *parse_level(SydraParser *parser, int floor);
static void fail_foreign_operator(SydraParser *parser);

static SydraExpr *
make_expr(SydraParser *parser, SydraExprKind kind, int start)
{
	SydraExpr  *expr = sydra_arena_alloc(parser->arena, sizeof(SydraExpr));

	expr->kind = kind;
	expr->span.start = start;
	expr->span.end = parser->token.end;
	return expr;
}

static void
end_span(SydraParser *parser, SydraExpr *expr)
{
	expr->span = sydra_parser_span(parser, expr->span.start);
}

/* The level of the operator at the current token. */
static int
find_level(SydraParser *parser)
{
	switch (parser->kind)
	{
		case SYDRA_TOKEN_OR:
		case SYDRA_TOKEN_OR_OR:
			return LEVEL_OR;
		case SYDRA_TOKEN_AND:
		case SYDRA_TOKEN_AND_AND:
			return LEVEL_AND;
		case SYDRA_TOKEN_EQ:
		case SYDRA_TOKEN_NE:
		case SYDRA_TOKEN_LT:
		case SYDRA_TOKEN_LE:
		case SYDRA_TOKEN_GT:
		case SYDRA_TOKEN_GE:
		case SYDRA_TOKEN_MATCH:
		case SYDRA_TOKEN_NOT_MATCH:
		case SYDRA_TOKEN_BETWEEN:
		case SYDRA_TOKEN_IN:
		case SYDRA_TOKEN_LIKE:
		case SYDRA_TOKEN_IS:
		case SYDRA_TOKEN_NOT:
			return LEVEL_COMPARE;
		case SYDRA_TOKEN_PLUS:
		case SYDRA_TOKEN_MINUS:
			return LEVEL_ADD;
		case SYDRA_TOKEN_STAR:
		case SYDRA_TOKEN_SLASH:
		case SYDRA_TOKEN_PERCENT:
			return LEVEL_MULTIPLY;
		default:
			return LEVEL_NONE;
	}
}

static SydraOperator
get_operator(SydraTokenKind kind)
{
	switch (kind)
	{
		case SYDRA_TOKEN_PLUS:
			return SYDRA_OP_ADD;
		case SYDRA_TOKEN_MINUS:
			return SYDRA_OP_SUBTRACT;
		case SYDRA_TOKEN_STAR:
			return SYDRA_OP_MULTIPLY;
		case SYDRA_TOKEN_SLASH:
			return SYDRA_OP_DIVIDE;
		case SYDRA_TOKEN_PERCENT:
			return SYDRA_OP_MODULO;
		case SYDRA_TOKEN_NE:
			return SYDRA_OP_NE;
		case SYDRA_TOKEN_LT:
			return SYDRA_OP_LT;
		case SYDRA_TOKEN_LE:
			return SYDRA_OP_LE;
		case SYDRA_TOKEN_GT:
			return SYDRA_OP_GT;
		case SYDRA_TOKEN_GE:
			return SYDRA_OP_GE;
		case SYDRA_TOKEN_MATCH:
			return SYDRA_OP_MATCH;
		case SYDRA_TOKEN_NOT_MATCH:
			return SYDRA_OP_NOT_MATCH;
		default:
			return SYDRA_OP_EQ;
	}
}

SydraExpr **
sydra_parser_expr_list(SydraParser *parser, int *count)
{
	SydraExpr **list = NULL;

	*count = 0;
	do
	{
		list = sydra_arena_grow(parser->arena, list, *count, sizeof(SydraExpr *));
		list[(*count)++] = sydra_parser_expr(parser);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
	return list;
}

/* A pattern without its slashes, and its flags in one order. */
static void
copy_regex(SydraParser *parser, SydraExpr *expr)
{
	const SydraToken *token = &parser->token;
	const char *source = parser->lexer.source;
	char	   *pattern;
	char	   *to;
	char	   *flags;

	pattern = sydra_arena_copy(parser->arena, source + token->start + 1,
							   token->value.pattern_end - token->start - 1);
	to = pattern;
	for (const char *from = pattern; *from != '\0'; from++)
	{
		if (*from == '\\' && from[1] == '/')
			from++;
		else if (*from == '\\' && from[1] != '\0')
			*to++ = *from++;
		*to++ = *from;
	}
	*to = '\0';

	flags = sydra_arena_alloc(parser->arena, sizeof("imsx"));
	expr->regex.pattern = pattern;
	expr->regex.flags = flags;
	for (const char *flag = "imsx"; *flag != '\0'; flag++)
	{
		if (token->end > token->value.pattern_end &&
			memchr(source + token->value.pattern_end, *flag,
				   token->end - token->value.pattern_end) != NULL)
			*flags++ = *flag;
	}
}

static int64_t
take_integer(SydraParser *parser, bool negative)
{
	uint64_t	magnitude = parser->token.value.integer;

	if (negative)
		return (int64_t) (0 - magnitude);
	if (magnitude > INT64_MAX)
	{
		SydraToken	token = parser->token;

		token.fault = SYDRA_FAULT_INTEGER_RANGE;
		token.fault_span.start = token.start;
		token.fault_span.end = token.end;
		sydra_token_report(&token, parser->diagnostics);
		return 0;
	}
	return (int64_t) magnitude;
}

static SydraExpr *
parse_number(SydraParser *parser, int start, bool negative)
{
	SydraExpr  *expr;

	if (parser->kind == SYDRA_TOKEN_INTEGER)
	{
		expr = make_expr(parser, SYDRA_EXPR_INTEGER, start);
		expr->integer = take_integer(parser, negative);
	}
	else
	{
		expr = make_expr(parser, SYDRA_EXPR_FLOAT, start);
		expr->number = negative ? -parser->token.value.number : parser->token.value.number;
	}
	sydra_parser_advance(parser);
	return expr;
}

SydraExpr *
sydra_parser_number(SydraParser *parser)
{
	int			start = parser->token.start;
	bool		negative = sydra_parser_accept(parser, SYDRA_TOKEN_MINUS);

	if (parser->kind == SYDRA_TOKEN_INTEGER || parser->kind == SYDRA_TOKEN_FLOAT)
		return parse_number(parser, start, negative);
	sydra_parser_expected(parser, "a number");
	return make_expr(parser, SYDRA_EXPR_NULL, start);
}

SydraExpr *
sydra_parser_literal(SydraParser *parser)
{
	const SydraToken *token = &parser->token;
	SydraExpr  *expr;

	if (parser->kind == SYDRA_TOKEN_INTEGER || parser->kind == SYDRA_TOKEN_FLOAT)
		return parse_number(parser, token->start, false);
	expr = make_expr(parser, SYDRA_EXPR_NULL, token->start);
	switch (parser->kind)
	{
		case SYDRA_TOKEN_TRUE:
		case SYDRA_TOKEN_FALSE:
			expr->kind = SYDRA_EXPR_BOOL;
			expr->boolean = parser->kind == SYDRA_TOKEN_TRUE;
			break;
		case SYDRA_TOKEN_STRING:
			expr->kind = SYDRA_EXPR_STRING;
			expr->string = sydra_parser_string(parser);
			return expr;
		case SYDRA_TOKEN_DURATION:
			expr->kind = SYDRA_EXPR_DURATION;
			expr->duration = token->value.duration.value;
			break;
		case SYDRA_TOKEN_TIMESTAMP:
			expr->kind = SYDRA_EXPR_TIMESTAMP;
			expr->timestamp.us = token->value.timestamp.us;
			expr->timestamp.date = token->value.timestamp.date;
			break;
		case SYDRA_TOKEN_REGEX:
			expr->kind = SYDRA_EXPR_REGEX;
			copy_regex(parser, expr);
			break;
		case SYDRA_TOKEN_JSON:
			expr->kind = SYDRA_EXPR_JSON;
			expr->string = sydra_arena_copy(parser->arena, parser->lexer.source + token->start,
											token->end - token->start);
			break;
		case SYDRA_TOKEN_PARAMETER:
			expr->kind = SYDRA_EXPR_PARAMETER;
			expr->parameter.position = token->value.position;
			if (token->value.position == 0)
				expr->parameter.name = sydra_arena_copy(parser->arena,
														parser->lexer.source + token->start + 1,
														token->end - token->start - 1);
			break;
		default:				/* NULL */
			break;
	}
	sydra_parser_advance(parser);
	return expr;
}

/* "1 hour 30 minutes" as 1h30m, or NULL. */
static const char *
translate_interval(SydraParser *parser, const char *text)
{
	static const struct
	{
		const char *word;
		const char *unit;
	}			units[] = {
		{"year", "y"}, {"mon", "mo"}, {"month", "mo"}, {"day", "d"}, {"d", "d"}, {"hour", "h"},
		{"hr", "h"}, {"h", "h"}, {"minute", "m"}, {"min", "m"}, {"m", "m"}, {"second", "s"},
		{"sec", "s"}, {"s", "s"}, {"millisecond", "ms"}, {"ms", "ms"}, {"microsecond", "us"},
		{"us", "us"},
	};
	const char *result = "";

	for (;;)
	{
		const char *unit = NULL;
		int			digits;
		int			letters;

		text += strspn(text, " ");
		if (*text == '\0')
			return *result != '\0' ? result : NULL;
		digits = (int) strspn(text, "0123456789");
		if (digits == 0 || digits > 9)
			return NULL;
		result = sydra_arena_printf(parser->arena, "%s%.*s", result, digits, text);
		text += digits;
		text += strspn(text, " ");
		letters = (int) strspn(text, "abcdefghijklmnopqrstuvwxyz");
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		{
			int			length = (int) strlen(units[i].word);
			bool		plural = letters == length + 1 && text[length] == 's';

			if ((letters == length || plural) && memcmp(text, units[i].word, length) == 0)
				unit = units[i].unit;
		}
		if (unit == NULL)
			return NULL;
		result = sydra_arena_printf(parser->arena, "%s%s", result, unit);
		text += letters;
	}
}

/* SQL's INTERVAL '1 hour', TIMESTAMP '...', DATE '...' */
static void
fail_typed_literal(SydraParser *parser, const SydraToken *word)
{
	SydraSpan	span = {word->start, parser->token.end};
	SydraDiagnostic *diagnostic;
	const char *text;

	diagnostic = sydra_parser_fault(parser, span, "a literal has no type name before it");
	if (sydra_parser_is_word(parser, word, "interval"))
	{
		text = translate_interval(parser, sydra_parser_string(parser));
		diagnostic->hint = sydra_arena_printf(parser->arena, "Write the duration as %s.",
											  text != NULL ? text : "1h30m");
		return;
	}
	diagnostic->hint = "Write a time as 2024-03-01T00:00:00Z, without quotes.";
	sydra_parser_advance(parser);
}

static bool
names_literal_type(SydraParser *parser, const SydraToken *word)
{
	return sydra_parser_is_word(parser, word, "interval") ||
		sydra_parser_is_word(parser, word, "timestamp") ||
		sydra_parser_is_word(parser, word, "timestamptz") ||
		sydra_parser_is_word(parser, word, "date") ||
		sydra_parser_is_word(parser, word, "time");
}

/* Is the word DISTINCT before an argument, and not a name? */
static bool
at_distinct(SydraParser *parser)
{
	if (!sydra_parser_at_word(parser, "distinct"))
		return false;
	switch (sydra_parser_ahead(parser)->kind)
	{
		case SYDRA_TOKEN_WORD:
		case SYDRA_TOKEN_QUOTED:
		case SYDRA_TOKEN_INTEGER:
		case SYDRA_TOKEN_FLOAT:
		case SYDRA_TOKEN_DURATION:
		case SYDRA_TOKEN_TIMESTAMP:
		case SYDRA_TOKEN_STRING:
		case SYDRA_TOKEN_PARAMETER:
		case SYDRA_TOKEN_LEFT_PAREN:
		case SYDRA_TOKEN_MINUS:
		case SYDRA_TOKEN_BANG:
		case SYDRA_TOKEN_TRUE:
		case SYDRA_TOKEN_FALSE:
		case SYDRA_TOKEN_NULL:
			return true;
		default:
			return false;
	}
}

/* [FILTER '(' WHERE bool ')'] */
static SydraExpr *
parse_filter(SydraParser *parser)
{
	SydraToken	open;
	SydraExpr  *filter;

	if (!sydra_parser_at_word(parser, "filter") ||
		sydra_parser_ahead(parser)->kind != SYDRA_TOKEN_LEFT_PAREN)
		return NULL;
	sydra_parser_advance(parser);
	open = parser->token;
	sydra_parser_advance(parser);
	sydra_parser_expect(parser, SYDRA_TOKEN_WHERE, "WHERE");
	filter = sydra_parser_expr(parser);
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	return filter;
}

/* InfluxQL's GROUP BY time(1m) */
static void
fault_time_call(SydraParser *parser, const SydraExpr *call)
{
	SydraSpan	step = {0, 0};
	SydraDiagnostic *diagnostic;

	diagnostic = sydra_parser_fault(parser, call->call.name.span, "time is not a function");
	if (call->call.arg_count > 0)
		step = call->call.args[0]->span;
	diagnostic->hint = sydra_arena_printf(parser->arena, "Write time_bucket(%s, time).",
										  step.end > step.start
										  ? sydra_diagnostic_excerpt(parser->diagnostics, step)
										  : "1m");
}

/* ident '(' ['*' | [DISTINCT] expr {, expr}] ')' [FILTER ...]; name is read, "(" is next */
static SydraExpr *
parse_call(SydraParser *parser, SydraIdent name, const SydraToken *word)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_CALL, name.span.start);
	SydraToken	open = parser->token;

	expr->call.name = name;
	sydra_parser_advance(parser);
	if (parser->kind == SYDRA_TOKEN_STAR)
	{
		expr->call.star = true;
		sydra_parser_advance(parser);
	}
	else if (parser->kind != SYDRA_TOKEN_RIGHT_PAREN)
	{
		if (at_distinct(parser))
		{
			expr->call.distinct = true;
			sydra_parser_advance(parser);
		}
		expr->call.args = sydra_parser_expr_list(parser, &expr->call.arg_count);
	}
	if (sydra_parser_is_word(parser, word, "cast") && parser->kind == SYDRA_TOKEN_AS)
		sydra_parser_expected(parser, "\")\"")->hint = "There are no casts.";
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);

	expr->call.filter = parse_filter(parser);
	end_span(parser, expr);
	if (sydra_parser_is_word(parser, word, "time"))
		fault_time_call(parser, expr);
	if (sydra_parser_at_word(parser, "over") &&
		sydra_parser_ahead(parser)->kind == SYDRA_TOKEN_LEFT_PAREN)
		sydra_parser_expected(parser, "the end of the call")->hint =
			"Window functions take no OVER: they run over a series or group in time order.";
	return expr;
}

/* A name, or a call. */
static SydraExpr *
parse_name(SydraParser *parser)
{
	SydraToken	word = parser->token;
	SydraExpr  *expr;
	SydraName	name;

	if (sydra_parser_is_word(parser, &word, "case") &&
		sydra_parser_is_word(parser, sydra_parser_ahead(parser), "when"))
		sydra_parser_fail(parser, "there is no CASE")->hint =
			"Write if(condition, value, otherwise).";
	name = sydra_parser_name(parser);
	if (parser->kind == SYDRA_TOKEN_LEFT_PAREN)
	{
		if (name.part_count > 1)
			sydra_parser_fault(parser, name.span, "a function has no schema");
		return parse_call(parser, name.parts[0], &word);
	}
	expr = make_expr(parser, SYDRA_EXPR_NAME, name.span.start);
	expr->span = name.span;
	expr->name = name;
	if (parser->kind == SYDRA_TOKEN_STRING && name.part_count == 1 &&
		names_literal_type(parser, &word))
		fail_typed_literal(parser, &word);
	return expr;
}

/* '(' expr ')' */
static SydraExpr *
parse_parenthesis(SydraParser *parser)
{
	SydraToken	open = parser->token;
	SydraExpr  *expr;

	sydra_parser_advance(parser);
	if (parser->kind == SYDRA_TOKEN_SELECT)
		sydra_parser_fail(parser, "a subquery stands only in FROM")->hint =
			"Join two queries in SQL: SELECT ... FROM sydraql('...') ...";
	expr = sydra_parser_expr(parser);
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	return expr;
}

/* Nothing here begins an expression. */
static SydraExpr *
fail_expression(SydraParser *parser)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_NULL, parser->token.start);
	SydraTokenKind kind = parser->kind;
	SydraDiagnostic *diagnostic;

	if (parser->unwinding)
		return expr;
	if (sydra_parser_at_reserved_name(parser))
	{
		sydra_parser_ident(parser);
		return expr;
	}
	if (parser->previous == SYDRA_TOKEN_COMMA && kind >= SYDRA_TOKEN_SELECT)
	{
		sydra_parser_expected(parser, "an expression")->hint =
			"There is a comma too many before it.";
		return expr;
	}
	diagnostic = sydra_parser_expected(parser, "an expression");
	if (kind == SYDRA_TOKEN_NOT)
		diagnostic->hint = "NOT binds loosely: put it and its operand in parentheses.";
	else if (kind == SYDRA_TOKEN_PLUS)
		diagnostic->hint = "There is no sign +; leave it out.";
	else if (kind == SYDRA_TOKEN_SLASH)
		diagnostic->hint = "A regular expression stands right after =~ or !~.";
	else if (kind == SYDRA_TOKEN_DOT)
		diagnostic->hint = "A number begins with a digit: 0.5.";
	else if (kind == SYDRA_TOKEN_STAR)
		diagnostic->hint = "* stands alone between SELECT and FROM, or in count(*).";
	return expr;
}

static SydraExpr *
parse_primary(SydraParser *parser)
{
	switch (parser->kind)
	{
		case SYDRA_TOKEN_WORD:
		case SYDRA_TOKEN_QUOTED:
			return parse_name(parser);
		case SYDRA_TOKEN_INTEGER:
		case SYDRA_TOKEN_FLOAT:
		case SYDRA_TOKEN_DURATION:
		case SYDRA_TOKEN_TIMESTAMP:
		case SYDRA_TOKEN_STRING:
		case SYDRA_TOKEN_PARAMETER:
		case SYDRA_TOKEN_NULL:
		case SYDRA_TOKEN_TRUE:
		case SYDRA_TOKEN_FALSE:
			return sydra_parser_literal(parser);
		case SYDRA_TOKEN_LEFT_PAREN:
			return parse_parenthesis(parser);
		default:
			return fail_expression(parser);
	}
}

/* '-' operand; a minus right before a number is the number's */
static SydraExpr *
parse_unary(SydraParser *parser)
{
	SydraExpr  *expr;
	int			start = parser->token.start;

	/* What the longest queries are full of. */
	if (parser->kind == SYDRA_TOKEN_INTEGER)
		return parse_number(parser, start, false);
	if (!sydra_parser_accept(parser, SYDRA_TOKEN_MINUS))
		return parse_primary(parser);
	if (parser->kind == SYDRA_TOKEN_INTEGER || parser->kind == SYDRA_TOKEN_FLOAT)
		return parse_number(parser, start, true);

	expr = make_expr(parser, SYDRA_EXPR_NEGATE, start);
	if (!sydra_parser_enter(parser))
		return expr;
	expr->operand = parse_unary(parser);
	sydra_parser_leave(parser);
	end_span(parser, expr);
	return expr;
}

static SydraExpr *
parse_not(SydraParser *parser)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_NOT, parser->token.start);

	sydra_parser_advance(parser);
	expr->operand = parse_level(parser, LEVEL_NOT);
	end_span(parser, expr);
	return expr;
}

/* left [NOT] IN '(' expr {, expr} ')'; IN is next */
static SydraExpr *
parse_in(SydraParser *parser, SydraExpr *left, bool negated)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_IN, 0);
	SydraToken	open;

	sydra_parser_advance(parser);
	open = parser->token;
	expr->in.operand = left;
	expr->in.negated = negated;
	sydra_parser_expect(parser, SYDRA_TOKEN_LEFT_PAREN, "\"(\"");
	if (parser->kind == SYDRA_TOKEN_SELECT)
		sydra_parser_fail(parser, "a subquery stands only in FROM")->hint =
			"IN takes a list of values.";
	expr->in.items = sydra_parser_expr_list(parser, &expr->in.item_count);
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	return expr;
}

/* left [NOT] BETWEEN low AND high */
static SydraExpr *
parse_between(SydraParser *parser, SydraExpr *left, bool negated)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_BETWEEN, 0);

	sydra_parser_advance(parser);
	expr->between.operand = left;
	expr->between.negated = negated;
	expr->between.low = parse_level(parser, LEVEL_ADD);
	sydra_parser_expect(parser, SYDRA_TOKEN_AND, "AND");
	expr->between.high = parse_level(parser, LEVEL_ADD);
	return expr;
}

/* left IS [NOT] NULL */
static SydraExpr *
parse_is_null(SydraParser *parser, SydraExpr *left)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_IS_NULL, 0);

	sydra_parser_advance(parser);
	expr->is_null.operand = left;
	expr->is_null.negated = sydra_parser_accept(parser, SYDRA_TOKEN_NOT);
	if (!sydra_parser_accept(parser, SYDRA_TOKEN_NULL))
	{
		bool		truth = parser->kind == SYDRA_TOKEN_TRUE || parser->kind == SYDRA_TOKEN_FALSE;
		SydraDiagnostic *diagnostic = sydra_parser_expected(parser, "NULL");

		if (truth)
			diagnostic->hint = "Compare with = true or = false.";
	}
	return expr;
}

/* One comparison; its operator is next. */
static SydraExpr *
parse_comparison(SydraParser *parser, SydraExpr *left)
{
	SydraExpr  *expr;
	bool		negated = sydra_parser_accept(parser, SYDRA_TOKEN_NOT);

	switch (parser->kind)
	{
		case SYDRA_TOKEN_IN:
			expr = parse_in(parser, left, negated);
			break;
		case SYDRA_TOKEN_BETWEEN:
			expr = parse_between(parser, left, negated);
			break;
		case SYDRA_TOKEN_LIKE:
			expr = make_expr(parser, SYDRA_EXPR_LIKE, 0);
			sydra_parser_advance(parser);
			expr->like.operand = left;
			expr->like.negated = negated;
			expr->like.pattern = parse_level(parser, LEVEL_ADD);
			break;
		case SYDRA_TOKEN_IS:
			expr = parse_is_null(parser, left);
			break;
		default:
			if (negated)
			{
				fail_foreign_operator(parser);
				sydra_parser_expected(parser, "IN, BETWEEN or LIKE");
				return left;
			}
			expr = make_expr(parser, SYDRA_EXPR_BINARY, 0);
			expr->binary.op = get_operator(parser->kind);
			expr->binary.op_span.start = parser->token.start;
			expr->binary.op_span.end = parser->token.end;
			sydra_parser_advance(parser);
			expr->binary.left = left;
			if (parser->kind == SYDRA_TOKEN_REGEX)
				expr->binary.right = sydra_parser_literal(parser);
			else
				expr->binary.right = parse_level(parser, LEVEL_ADD);
	}
	return expr;
}

static SydraExpr *
parse_arithmetic(SydraParser *parser, SydraExpr *left, int level)
{
	SydraExpr  *expr = make_expr(parser, SYDRA_EXPR_BINARY, 0);

	expr->binary.op = get_operator(parser->kind);
	expr->binary.op_span.start = parser->token.start;
	expr->binary.op_span.end = parser->token.end;
	sydra_parser_advance(parser);
	expr->binary.left = left;
	expr->binary.right = level == LEVEL_ADD ? parse_level(parser, LEVEL_MULTIPLY)
		: parse_unary(parser);
	return expr;
}

/* Adds one operand to a list of AND or OR, or begins one with left. */
static SydraExpr *
parse_list(SydraParser *parser, SydraExpr *left, SydraExpr *list, int level)
{
	SydraExprKind kind = level == LEVEL_AND ? SYDRA_EXPR_AND : SYDRA_EXPR_OR;

	if (list == NULL || list->kind != kind)
	{
		list = make_expr(parser, kind, 0);
		list->list.args = sydra_arena_grow(parser->arena, NULL, 0, sizeof(SydraExpr *));
		list->list.args[list->list.arg_count++] = left;
	}
	sydra_parser_advance(parser);
	list->list.args = sydra_arena_grow(parser->arena, list->list.args, list->list.arg_count,
									   sizeof(SydraExpr *));
	list->list.args[list->list.arg_count++] = parse_level(parser, level + 1);
	return list;
}

/* ILIKE and SIMILAR TO, where an operator could stand. */
static void
fail_foreign_operator(SydraParser *parser)
{
	bool		ilike = sydra_parser_at_word(parser, "ilike") &&
		sydra_parser_ahead(parser)->kind == SYDRA_TOKEN_STRING;

	if (ilike || (sydra_parser_at_word(parser, "similar") &&
				  sydra_parser_is_word(parser, sydra_parser_ahead(parser), "to")))
		sydra_parser_fail(parser, "there is no operator %s", ilike ? "ILIKE" : "SIMILAR TO")->hint =
			"Write =~ /text/i for a match without case.";
}

static SydraExpr *
parse_level(SydraParser *parser, int floor)
{
	SydraExpr  *list = NULL;
	SydraExpr  *left;
	bool		compared = false;
	int			start = parser->token.start;

	if (!sydra_parser_enter(parser))
		return make_expr(parser, SYDRA_EXPR_NULL, parser->token.start);
	if (floor <= LEVEL_NOT &&
		(parser->kind == SYDRA_TOKEN_NOT || parser->kind == SYDRA_TOKEN_BANG))
		left = parse_not(parser);
	else
		left = parse_unary(parser);

	for (;;)
	{
		int			level = find_level(parser);

		if (level == LEVEL_NONE && floor <= LEVEL_COMPARE && parser->kind == SYDRA_TOKEN_WORD)
			fail_foreign_operator(parser);
		if (level == LEVEL_NONE || level < floor)
			break;
		if (level <= LEVEL_AND)
			left = list = parse_list(parser, left, list, level);
		else if (level >= LEVEL_ADD)
			left = parse_arithmetic(parser, left, level);
		else
		{
			if (compared)
			{
				SydraSpan	span = {parser->token.start, parser->token.end};

				sydra_parser_fault(parser, span, "comparisons do not chain")->hint =
					"Write a < b AND b < c, or put one in parentheses.";
			}
			left = parse_comparison(parser, left);
			compared = true;
		}
		/* From the first token on, which may be a parenthesis before the left operand. */
		left->span = sydra_parser_span(parser, start);
	}
	sydra_parser_leave(parser);
	return left;
}

SydraExpr *
sydra_parser_expr(SydraParser *parser)
{
	return parse_level(parser, LEVEL_OR);
}
