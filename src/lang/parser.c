/*
 * parser.c
 *	  Statements and their clauses.
 *
 * A rule of the grammar is a function, and its comment is the rule.  The clauses of a SELECT are
 * read in a loop, in whatever order they stand, so that one in the wrong place costs one fault and
 * the rest is still checked.
 */
#include "lang/parser.h"

#include <string.h>

#include "lang/parser_state.h"

/* The order of a SELECT's clauses. */
typedef enum ClauseRank
{
	RANK_SELECT,
	RANK_FROM,
	RANK_JOIN,
	RANK_WHERE,
	RANK_GROUP,
	RANK_HAVING,
	RANK_FILL,
	RANK_ORDER,
	RANK_LIMIT
} ClauseRank;

static const char *const clause_names[] = {
	"SELECT", "FROM", "JOIN", "WHERE", "GROUP BY", "HAVING", "FILL", "ORDER BY", "LIMIT"
};

static SydraSelect *parse_select(SydraParser *parser);

static SydraSpan
get_span(const SydraParser *parser)
{
	SydraSpan	span = {parser->token.start, parser->token.end};

	return span;
}

/* [AS] ident; after JOIN the words of its options are no bare alias */
static void
parse_alias(SydraParser *parser, SydraIdent *alias, bool joined)
{
	if (sydra_parser_accept(parser, SYDRA_TOKEN_AS))
		*alias = sydra_parser_ident(parser);
	else if (sydra_parser_at_name(parser) &&
			 !(joined && (sydra_parser_at_word(parser, "shift") ||
						  sydra_parser_at_word(parser, "match") ||
						  sydra_parser_at_word(parser, "within") ||
						  sydra_parser_at_word(parser, "on"))))
		*alias = sydra_parser_ident(parser);
}

/* '@' (duration | ident) */
static void
parse_rollup(SydraParser *parser, SydraSeries *series)
{
	if (!sydra_parser_accept(parser, SYDRA_TOKEN_AT))
		return;
	series->rollup_span = get_span(parser);
	if (parser->kind == SYDRA_TOKEN_DURATION)
	{
		series->rollup = sydra_arena_copy(parser->arena,
										  parser->lexer.source + parser->token.start,
										  parser->token.end - parser->token.start);
		series->rollup_is_duration = true;
		series->rollup_step = parser->token.value.duration.value;
		sydra_parser_advance(parser);
	}
	else if (sydra_parser_at_name(parser))
	{
		SydraIdent	ident = sydra_parser_ident(parser);

		series->rollup = ident.text;
		series->rollup_quoted = ident.quoted;
	}
	else
		sydra_parser_expected(parser, "a rollup's name or step")->hint =
			"A rollup is written @1m, behind the metric.";
}

/* BY_ID '(' int ')' */
static void
parse_by_id(SydraParser *parser, SydraSeries *series)
{
	SydraToken	open;

	sydra_parser_advance(parser);
	open = parser->token;
	sydra_parser_advance(parser);
	series->kind = SYDRA_SERIES_BY_ID;
	if (parser->kind == SYDRA_TOKEN_INTEGER)
		series->id = sydra_parser_number(parser)->integer;
	else
		sydra_parser_expected(parser, "a series id");
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
}

/* series = ident {'.' ident} ['@' ...] | 'namespace.metric' | BY_ID '(' int ')' */
static void
parse_series(SydraParser *parser, SydraSeries *series)
{
	int			start = parser->token.start;

	if (parser->kind == SYDRA_TOKEN_STRING)
	{
		series->kind = SYDRA_SERIES_STRING;
		series->string = sydra_parser_string(parser);
	}
	else if (sydra_parser_at_word(parser, "by_id") &&
			 sydra_parser_ahead(parser)->kind == SYDRA_TOKEN_LEFT_PAREN)
		parse_by_id(parser, series);
	else if (sydra_parser_at_name(parser) || sydra_parser_at_reserved_name(parser))
	{
		series->kind = SYDRA_SERIES_NAME;
		series->name = sydra_parser_name(parser);
		parse_rollup(parser, series);
	}
	else
		sydra_parser_expected(parser, "a metric")->hint =
			"Write its name: cpu.usage, \"odd name\" or 'cpu.usage'.";
	series->span = sydra_parser_span(parser, start);
}

/* matcher = ident ('='|'!='|'=~'|'!~') (string|regex|parameter) */
static void
parse_matcher(SydraParser *parser, SydraMatcher *matcher)
{
	int			start = parser->token.start;

	memset(matcher, 0, sizeof(*matcher));
	matcher->tag = sydra_parser_ident(parser);
	matcher->op_span = get_span(parser);
	switch (parser->kind)
	{
		case SYDRA_TOKEN_EQ:
			matcher->op = SYDRA_OP_EQ;
			break;
		case SYDRA_TOKEN_NE:
			matcher->op = SYDRA_OP_NE;
			break;
		case SYDRA_TOKEN_MATCH:
			matcher->op = SYDRA_OP_MATCH;
			break;
		case SYDRA_TOKEN_NOT_MATCH:
			matcher->op = SYDRA_OP_NOT_MATCH;
			break;
		case SYDRA_TOKEN_DOT:
			sydra_parser_expected(parser, "=, !=, =~ or !~")->hint =
				"Between braces a tag is named without \"tag.\".";
			break;
		default:
			sydra_parser_expected(parser, "=, !=, =~ or !~")->hint =
				"Other conditions stand in WHERE.";
	}
	sydra_parser_advance(parser);
	if (parser->kind == SYDRA_TOKEN_REGEX || parser->kind == SYDRA_TOKEN_PARAMETER)
		matcher->value = sydra_parser_literal(parser);
	else if (parser->kind == SYDRA_TOKEN_STRING)
		matcher->value = sydra_parser_literal(parser);
	else
		sydra_parser_string(parser);
	matcher->span = sydra_parser_span(parser, start);
}

/* ['{' [matcher {, matcher}] '}'] */
static SydraMatcher *
parse_matchers(SydraParser *parser, int *count)
{
	SydraToken	open = parser->token;
	SydraMatcher *matchers = NULL;

	*count = 0;
	if (!sydra_parser_accept(parser, SYDRA_TOKEN_LEFT_BRACE))
		return NULL;
	if (sydra_parser_accept(parser, SYDRA_TOKEN_RIGHT_BRACE))
		return NULL;
	do
	{
		matchers = sydra_arena_grow(parser->arena, matchers, *count, sizeof(SydraMatcher));
		parse_matcher(parser, &matchers[(*count)++]);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_BRACE, &open);
	return matchers;
}

/* source = (series [matchers] | '(' select ')') [[AS] ident]; its WHERE is the clause loop's */
static void
parse_source(SydraParser *parser, SydraSource *source, bool joined)
{
	SydraToken	open = parser->token;

	memset(source, 0, sizeof(*source));
	if (sydra_parser_accept(parser, SYDRA_TOKEN_LEFT_PAREN))
	{
		if (parser->kind == SYDRA_TOKEN_SELECT)
			source->subquery = parse_select(parser);
		else
			sydra_parser_expected(parser, "SELECT");
		sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	}
	else
	{
		parse_series(parser, &source->series);
		source->matchers = parse_matchers(parser, &source->matcher_count);
	}
	source->span = sydra_parser_span(parser, open.start);
	parse_alias(parser, &source->alias, joined);
}

/* tag = ident | TAG '.' ident */
static void
parse_tag(SydraParser *parser, SydraTag *tag)
{
	int			start = parser->token.start;

	memset(tag, 0, sizeof(*tag));
	if (sydra_parser_at_word(parser, "tag") &&
		sydra_parser_ahead(parser)->kind == SYDRA_TOKEN_DOT)
	{
		sydra_parser_advance(parser);
		sydra_parser_advance(parser);
		tag->prefixed = true;
	}
	tag->name = sydra_parser_ident(parser);
	tag->span = sydra_parser_span(parser, start);
}

/* MATCH (EXACT|PREVIOUS|NEAREST) */
static void
parse_match(SydraParser *parser, SydraJoin *join)
{
	join->has_match = true;
	if (sydra_parser_accept_word(parser, "exact"))
		join->match = SYDRA_MATCH_EXACT;
	else if (sydra_parser_accept_word(parser, "previous"))
		join->match = SYDRA_MATCH_PREVIOUS;
	else if (sydra_parser_accept_word(parser, "nearest"))
		join->match = SYDRA_MATCH_NEAREST;
	else
		sydra_parser_expected(parser, "EXACT, PREVIOUS or NEAREST");
}

/* (duration | parameter) */
static bool
parse_length(SydraParser *parser, const char *clause, SydraDuration *duration,
			 SydraExpr **parameter)
{
	if (parser->kind != SYDRA_TOKEN_PARAMETER)
		return sydra_parser_duration(parser, clause, duration);
	*parameter = sydra_parser_literal(parser);
	return true;
}

static void
fault_repeated(SydraParser *parser, bool seen, const char *clause)
{
	if (seen)
		sydra_parser_fault(parser, get_span(parser), "%s stands twice", clause);
}

/* [SHIFT length] [MATCH ...] [WITHIN length] [ON tag {, tag}]; false if none is here */
static bool
parse_join_options(SydraParser *parser, SydraJoin *join)
{
	bool		any = false;

	for (;; any = true)
	{
		if (sydra_parser_at_word(parser, "shift"))
		{
			fault_repeated(parser, join->has_shift, "SHIFT");
			sydra_parser_advance(parser);
			join->has_shift = parse_length(parser, "SHIFT", &join->shift,
										   &join->shift_parameter);
		}
		else if (sydra_parser_at_word(parser, "match"))
		{
			fault_repeated(parser, join->has_match, "MATCH");
			sydra_parser_advance(parser);
			parse_match(parser, join);
		}
		else if (sydra_parser_at_word(parser, "within"))
		{
			fault_repeated(parser, join->has_within, "WITHIN");
			sydra_parser_advance(parser);
			join->has_within = parse_length(parser, "WITHIN", &join->within,
											&join->within_parameter);
		}
		else if (sydra_parser_at_word(parser, "on"))
		{
			fault_repeated(parser, join->on_count > 0, "ON");
			sydra_parser_advance(parser);
			join->on_count = 0;
			do
			{
				join->on = sydra_arena_grow(parser->arena, join->on, join->on_count,
											sizeof(SydraTag));
				parse_tag(parser, &join->on[join->on_count++]);
			} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
			if (parser->kind == SYDRA_TOKEN_EQ)
				sydra_parser_expected(parser, "a clause")->hint =
					"ON names the tags that both sides share: ON host, region.";
		}
		else
			return any;
	}
}

/* Does the WHERE that was just read belong to the source before it? */
static bool
is_source_where(const SydraParser *parser)
{
	return parser->kind == SYDRA_TOKEN_JOIN || parser->kind == SYDRA_TOKEN_WHERE;
}

/*
 * JOIN TIME source [SHIFT ...] ...; the source's WHERE stands before the options.  Gives a WHERE
 * that turned out to be the statement's, or NULL.
 */
static SydraExpr *
parse_join(SydraParser *parser, SydraJoin *join)
{
	int			start = parser->token.start;
	SydraExpr  *where = NULL;

	memset(join, 0, sizeof(*join));
	sydra_parser_advance(parser);
	if (!sydra_parser_accept_word(parser, "time"))
		sydra_parser_expected(parser, "TIME")->hint =
			"Metrics are joined on time: a JOIN TIME b ON host.";
	parse_source(parser, &join->source, true);
	if (sydra_parser_accept(parser, SYDRA_TOKEN_WHERE))
	{
		where = sydra_parser_expr(parser);
		if (parse_join_options(parser, join) || is_source_where(parser))
		{
			join->source.where = where;
			where = NULL;
		}
	}
	else
		parse_join_options(parser, join);
	join->span = sydra_parser_span(parser, start);
	return where;
}

/* item = '*' | expr [[AS] ident] */
static void
parse_item(SydraParser *parser, SydraItem *item)
{
	int			start = parser->token.start;

	memset(item, 0, sizeof(*item));
	if (!sydra_parser_accept(parser, SYDRA_TOKEN_STAR))
	{
		item->expr = sydra_parser_expr(parser);
		parse_alias(parser, &item->alias, false);
	}
	item->span = sydra_parser_span(parser, start);
}

static void
parse_items(SydraParser *parser, SydraSelect *select)
{
	SydraTokenKind ahead = SYDRA_TOKEN_END;

	if (sydra_parser_at_word(parser, "distinct"))
		ahead = sydra_parser_ahead(parser)->kind;
	if (ahead == SYDRA_TOKEN_WORD || ahead == SYDRA_TOKEN_QUOTED)
	{
		sydra_parser_fault(parser, get_span(parser), "there is no SELECT DISTINCT")->hint =
			"GROUP BY the items.";
		sydra_parser_advance(parser);
	}
	do
	{
		select->items = sydra_arena_grow(parser->arena, select->items, select->item_count,
										 sizeof(SydraItem));
		parse_item(parser, &select->items[select->item_count++]);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
}

/* FILL '(' (NONE|NULL|PREVIOUS [WITHIN d]|LINEAR [WITHIN d]|['-'] number|parameter) ')' */
static SydraFill *
parse_fill(SydraParser *parser)
{
	SydraFill  *fill = sydra_arena_alloc(parser->arena, sizeof(SydraFill));
	int			start = parser->token.start;
	SydraToken	open;

	sydra_parser_advance(parser);
	open = parser->token;
	sydra_parser_expect(parser, SYDRA_TOKEN_LEFT_PAREN, "\"(\"");
	if (sydra_parser_accept_word(parser, "none"))
		fill->policy = SYDRA_FILL_NONE;
	else if (sydra_parser_accept(parser, SYDRA_TOKEN_NULL))
		fill->policy = SYDRA_FILL_NULL;
	else if (sydra_parser_at_word(parser, "previous") || sydra_parser_at_word(parser, "linear"))
	{
		fill->policy = sydra_parser_at_word(parser, "linear") ? SYDRA_FILL_LINEAR
			: SYDRA_FILL_PREVIOUS;
		sydra_parser_advance(parser);
		if (sydra_parser_accept_word(parser, "within"))
		{
			fill->within_offset = get_span(parser).start;
			fill->has_within = parse_length(parser, "WITHIN", &fill->within,
											&fill->within_parameter);
		}
	}
	else
	{
		fill->policy = SYDRA_FILL_CONSTANT;
		if (parser->kind == SYDRA_TOKEN_PARAMETER)
			fill->constant = sydra_parser_literal(parser);
		else if (parser->kind == SYDRA_TOKEN_MINUS || parser->kind == SYDRA_TOKEN_INTEGER ||
				 parser->kind == SYDRA_TOKEN_FLOAT)
			fill->constant = sydra_parser_number(parser);
		else
			sydra_parser_expected(parser, "NONE, NULL, PREVIOUS, LINEAR, a number or a parameter");
	}
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	fill->span = sydra_parser_span(parser, start);
	return fill;
}

/* expr [ASC|DESC] [NULLS (FIRST|LAST)] */
static void
parse_order(SydraParser *parser, SydraOrder *order)
{
	int			start = parser->token.start;

	memset(order, 0, sizeof(*order));
	order->expr = sydra_parser_expr(parser);
	if (sydra_parser_accept_word(parser, "asc"))
		order->has_direction = true;
	else if (sydra_parser_accept_word(parser, "desc"))
		order->has_direction = order->descending = true;
	if (sydra_parser_accept_word(parser, "nulls"))
	{
		if (sydra_parser_accept_word(parser, "first"))
			order->nulls = SYDRA_NULLS_FIRST;
		else if (sydra_parser_accept_word(parser, "last"))
			order->nulls = SYDRA_NULLS_LAST;
		else
			sydra_parser_expected(parser, "FIRST or LAST");
	}
	order->span = sydra_parser_span(parser, start);
}

/* count = int | parameter */
static SydraExpr *
parse_count(SydraParser *parser)
{
	if (parser->kind == SYDRA_TOKEN_INTEGER || parser->kind == SYDRA_TOKEN_PARAMETER)
		return sydra_parser_literal(parser);
	sydra_parser_expected(parser, "a whole number or a parameter");
	return NULL;
}

/* LIMIT count [BY expr {, expr}] [OFFSET count] */
static void
parse_limit(SydraParser *parser, SydraSelect *select)
{
	sydra_parser_advance(parser);
	select->limit = parse_count(parser);
	if (sydra_parser_accept(parser, SYDRA_TOKEN_BY))
		select->limit_by = sydra_parser_expr_list(parser, &select->limit_by_count);
	if (parser->kind == SYDRA_TOKEN_COMMA)
		sydra_parser_expected(parser, "a clause or the end of the query")->hint =
			"Write LIMIT count OFFSET count.";
	if (sydra_parser_accept(parser, SYDRA_TOKEN_OFFSET))
		select->offset = parse_count(parser);
}

/* Faults a clause that stands after a later one, or twice. */
static void
begin_clause(SydraParser *parser, SydraSpan span, ClauseRank *rank, ClauseRank clause)
{
	if (clause == *rank && clause != RANK_JOIN)
		sydra_parser_fault(parser, span, "%s stands twice", clause_names[clause]);
	else if (clause < *rank)
		sydra_parser_fault(parser, span, "%s must stand before %s",
						   clause_names[clause], clause_names[*rank]);
	else
		*rank = clause;
}

static void
parse_by(SydraParser *parser)
{
	sydra_parser_advance(parser);
	sydra_parser_expect(parser, SYDRA_TOKEN_BY, "BY");
}

static void
parse_from(SydraParser *parser, SydraSelect *select)
{
	sydra_parser_advance(parser);
	select->from = sydra_arena_alloc(parser->arena, sizeof(SydraSource));
	parse_source(parser, select->from, false);
	if (parser->kind == SYDRA_TOKEN_COMMA)
		sydra_parser_expected(parser, "a clause or the end of the query")->hint =
			"FROM has one source; others are joined: a JOIN TIME b ON host.";
}

/* A WHERE followed by JOIN or another WHERE is its source's. */
static void
parse_where(SydraParser *parser, SydraSelect *select, ClauseRank *rank)
{
	SydraSpan	span = get_span(parser);
	SydraExpr  *where;

	sydra_parser_advance(parser);
	where = sydra_parser_expr(parser);
	if (is_source_where(parser) && *rank == RANK_FROM && select->from->where == NULL)
	{
		select->from->where = where;
		return;
	}
	begin_clause(parser, span, rank, RANK_WHERE);
	select->where = where;
}

static void
parse_orders(SydraParser *parser, SydraSelect *select)
{
	parse_by(parser);
	do
	{
		select->orders = sydra_arena_grow(parser->arena, select->orders, select->order_count,
										  sizeof(SydraOrder));
		parse_order(parser, &select->orders[select->order_count++]);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
}

/* What is here is no clause. */
static void
fail_clause(SydraParser *parser)
{
	SydraTokenKind kind = parser->kind;
	bool		name = sydra_parser_at_name(parser);
	bool		string = kind == SYDRA_TOKEN_STRING;
	SydraDiagnostic *diagnostic;

	diagnostic = sydra_parser_expected(parser, "a clause or the end of the query");
	if (kind == SYDRA_TOKEN_SELECT)
	{
		/* What follows is another query's. */
		diagnostic->hint = "Combine queries in SQL: SELECT * FROM sydraql('...') UNION ALL ...";
		parser->fatal = true;
	}
	else if (kind == SYDRA_TOKEN_LEFT_BRACE)
		diagnostic->hint = "Matchers stand right behind the metric: cpu.usage{host='a'}.";
	else if (string)
		diagnostic->hint = "An alias stands bare or in double quotes.";
	else if (name)
		diagnostic->hint = "Perhaps a comma or an operator is missing before it.";
}

/* The clauses after the items. */
static void
parse_clauses(SydraParser *parser, SydraSelect *select, int base)
{
	ClauseRank	rank = RANK_SELECT;

	for (;;)
	{
		SydraExpr  *where;
		SydraSpan	span;

		if (parser->unwinding && !sydra_parser_recover(parser, base, false))
			return;
		if (parser->kind == SYDRA_TOKEN_RIGHT_PAREN && parser->selects > 1)
			return;
		span = get_span(parser);
		switch (parser->kind)
		{
			case SYDRA_TOKEN_FROM:
				begin_clause(parser, span, &rank, RANK_FROM);
				parse_from(parser, select);
				break;
			case SYDRA_TOKEN_JOIN:
				if (rank == RANK_SELECT)
					sydra_parser_fault(parser, span, "JOIN needs a FROM before it");
				begin_clause(parser, span, &rank, RANK_JOIN);
				select->joins = sydra_arena_grow(parser->arena, select->joins,
												 select->join_count, sizeof(SydraJoin));
				where = parse_join(parser, &select->joins[select->join_count++]);
				if (where != NULL)
				{
					select->where = where;
					rank = RANK_WHERE;
				}
				break;
			case SYDRA_TOKEN_WHERE:
				parse_where(parser, select, &rank);
				break;
			case SYDRA_TOKEN_GROUP:
				begin_clause(parser, span, &rank, RANK_GROUP);
				parse_by(parser);
				select->groups = sydra_parser_expr_list(parser, &select->group_count);
				break;
			case SYDRA_TOKEN_HAVING:
				begin_clause(parser, span, &rank, RANK_HAVING);
				sydra_parser_advance(parser);
				select->having = sydra_parser_expr(parser);
				break;
			case SYDRA_TOKEN_FILL:
				begin_clause(parser, span, &rank, RANK_FILL);
				select->fill = parse_fill(parser);
				break;
			case SYDRA_TOKEN_ORDER:
				begin_clause(parser, span, &rank, RANK_ORDER);
				parse_orders(parser, select);
				break;
			case SYDRA_TOKEN_LIMIT:
				begin_clause(parser, span, &rank, RANK_LIMIT);
				parse_limit(parser, select);
				break;
			case SYDRA_TOKEN_OFFSET:
				sydra_parser_fault(parser, span, "OFFSET stands right behind LIMIT")->hint =
					"Write LIMIT count OFFSET count.";
				sydra_parser_advance(parser);
				parse_count(parser);
				break;
			case SYDRA_TOKEN_END:
			case SYDRA_TOKEN_SEMICOLON:
				return;
			default:
				fail_clause(parser);
				if (!sydra_parser_recover(parser, base, true))
					return;
		}
	}
}

/* select = SELECT item {, item} clauses */
static SydraSelect *
parse_select(SydraParser *parser)
{
	SydraSelect *select = sydra_arena_alloc(parser->arena, sizeof(SydraSelect));
	int			start = parser->token.start;
	int			base = parser->parens;

	if (!sydra_parser_enter(parser))
		return select;
	parser->selects++;
	sydra_parser_advance(parser);
	parse_items(parser, select);
	parse_clauses(parser, select, base);
	parser->selects--;
	sydra_parser_leave(parser);
	select->span = sydra_parser_span(parser, start);
	return select;
}

/* '(' tag '=' string {, ...} ')' */
static void
parse_insert_tags(SydraParser *parser, SydraInsert *insert)
{
	SydraToken	open = parser->token;

	sydra_parser_advance(parser);
	do
	{
		SydraTagValue *tag;

		insert->tags = sydra_arena_grow(parser->arena, insert->tags, insert->tag_count,
										sizeof(SydraTagValue));
		tag = &insert->tags[insert->tag_count++];
		memset(tag, 0, sizeof(*tag));
		parse_tag(parser, &tag->tag);
		if (parser->kind != SYDRA_TOKEN_EQ)
			sydra_parser_expected(parser, "=")->hint =
				"The list holds tags, (host = 'a'); a row is (time, value, {\"field\": 1}).";
		sydra_parser_advance(parser);
		if (parser->kind == SYDRA_TOKEN_PARAMETER || parser->kind == SYDRA_TOKEN_STRING)
			tag->value = sydra_parser_literal(parser);
		else
			sydra_parser_string(parser);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
}

/* row = '(' timestamp ',' number-or-null [',' json] ')' */
static void
parse_row(SydraParser *parser, SydraRow *row)
{
	SydraToken	open = parser->token;

	memset(row, 0, sizeof(*row));
	sydra_parser_expect(parser, SYDRA_TOKEN_LEFT_PAREN, "\"(\"");
	row->time = sydra_parser_expr(parser);
	sydra_parser_expect(parser, SYDRA_TOKEN_COMMA, "\",\"");
	if (parser->kind == SYDRA_TOKEN_LEFT_BRACE)
		sydra_parser_expected(parser, "a value")->hint =
			"The fields stand third: (time, null, {\"field\": 1}).";
	row->value = sydra_parser_expr(parser);
	if (parser->kind == SYDRA_TOKEN_COMMA)
	{
		sydra_parser_advance_json(parser);
		if (parser->kind == SYDRA_TOKEN_JSON || parser->kind == SYDRA_TOKEN_PARAMETER)
			row->fields = sydra_parser_literal(parser);
		else
			sydra_parser_expected(parser, "a JSON object");
	}
	sydra_parser_close(parser, SYDRA_TOKEN_RIGHT_PAREN, &open);
	row->span = sydra_parser_span(parser, open.start);
}

/* insert = INSERT INTO series [tags] VALUES row {, row} */
static SydraInsert *
parse_insert(SydraParser *parser)
{
	SydraInsert *insert = sydra_arena_alloc(parser->arena, sizeof(SydraInsert));

	sydra_parser_advance(parser);
	sydra_parser_expect(parser, SYDRA_TOKEN_INTO, "INTO");
	parse_series(parser, &insert->series);
	if (parser->kind == SYDRA_TOKEN_LEFT_PAREN)
		parse_insert_tags(parser, insert);

	if (parser->unwinding && !sydra_parser_recover(parser, 0, false))
		return insert;
	if (parser->kind == SYDRA_TOKEN_SELECT)
		sydra_parser_fail(parser, "INSERT takes VALUES only")->hint =
			"Insert a query's rows by SQL: INSERT INTO ... SELECT ... FROM sydraql('...').";
	sydra_parser_expect(parser, SYDRA_TOKEN_VALUES, "VALUES");
	do
	{
		insert->rows = sydra_arena_grow(parser->arena, insert->rows, insert->row_count,
										sizeof(SydraRow));
		parse_row(parser, &insert->rows[insert->row_count++]);
	} while (sydra_parser_accept(parser, SYDRA_TOKEN_COMMA));
	return insert;
}

/* delete = DELETE FROM series [matchers] WHERE bool */
static SydraDelete *
parse_delete(SydraParser *parser)
{
	SydraDelete *delete = sydra_arena_alloc(parser->arena, sizeof(SydraDelete));

	sydra_parser_advance(parser);
	sydra_parser_expect(parser, SYDRA_TOKEN_FROM, "FROM");
	parse_series(parser, &delete->series);
	delete->matchers = parse_matchers(parser, &delete->matcher_count);

	if (parser->unwinding && !sydra_parser_recover(parser, 0, false))
		return delete;
	if (parser->kind != SYDRA_TOKEN_WHERE)
		sydra_parser_expected(parser, "WHERE")->hint =
			"A DELETE bounds time from both sides: WHERE time >= a AND time < b.";
	sydra_parser_advance(parser);
	delete->where = sydra_parser_expr(parser);
	return delete;
}

static const char *const show_hint =
	"Write SHOW METRICS [LIKE 'cpu.%'], SHOW TAGS FROM cpu.usage, SHOW VALUES OF host FROM cpu.usage, "
	"SHOW SERIES FROM cpu.usage or SHOW FUNCTIONS.";

/* FROM series */
static void
parse_show_from(SydraParser *parser, SydraShow *show)
{
	bool		prefixed = show->kind == SYDRA_SHOW_VALUES && parser->kind == SYDRA_TOKEN_DOT;

	if (parser->unwinding && !sydra_parser_recover(parser, 0, false))
		return;
	if (parser->kind != SYDRA_TOKEN_FROM)
	{
		sydra_parser_expected(parser, "FROM")->hint = !prefixed ? show_hint :
			"Here a tag is named without \"tag.\".";
		if (!sydra_parser_recover(parser, 0, false))
			return;
	}
	if (sydra_parser_accept(parser, SYDRA_TOKEN_FROM))
		parse_series(parser, &show->series);
}

/* What a SHOW does not take. */
static void
fail_behind_show(SydraParser *parser)
{
	bool		braces = parser->kind == SYDRA_TOKEN_LEFT_BRACE;

	sydra_parser_expected(parser, "the end of the query")->hint = braces ?
		"Conditions on tags stand behind WHERE: SHOW SERIES FROM cpu.usage WHERE tag.host = 'a'." :
		"Choose, order and limit its rows in SQL: SELECT * FROM sydraql('show ...') LIMIT 10.";
}

/*
 * show = SHOW (METRICS [LIKE string] | TAGS FROM series | VALUES OF ident FROM series |
 *		  SERIES FROM series | FUNCTIONS) [WHERE tagbool]
 */
static SydraShow *
parse_show(SydraParser *parser)
{
	SydraShow  *show = sydra_arena_alloc(parser->arena, sizeof(SydraShow));

	sydra_parser_advance(parser);
	if (sydra_parser_accept_word(parser, "metrics"))
	{
		show->kind = SYDRA_SHOW_METRICS;
		if (sydra_parser_accept(parser, SYDRA_TOKEN_LIKE))
		{
			show->like_offset = get_span(parser).start;
			show->like = sydra_parser_string(parser);
		}
	}
	else if (sydra_parser_accept_word(parser, "tags"))
		show->kind = SYDRA_SHOW_TAGS;
	else if (sydra_parser_accept_word(parser, "series"))
		show->kind = SYDRA_SHOW_SERIES;
	else if (sydra_parser_accept_word(parser, "functions"))
		show->kind = SYDRA_SHOW_FUNCTIONS;
	else if (sydra_parser_accept(parser, SYDRA_TOKEN_VALUES))
	{
		show->kind = SYDRA_SHOW_VALUES;
		if (!sydra_parser_accept_word(parser, "of"))
			sydra_parser_expected(parser, "OF")->hint = "Write SHOW VALUES OF host FROM cpu.usage.";
		else if (parser->kind == SYDRA_TOKEN_FROM)
			sydra_parser_expected(parser, "a tag")->hint =
				"Write SHOW VALUES OF host FROM cpu.usage.";
		else
			show->tag = sydra_parser_ident(parser);
	}
	else
		sydra_parser_expected(parser, "METRICS, TAGS, VALUES, SERIES or FUNCTIONS")->hint =
			show_hint;

	if (show->kind == SYDRA_SHOW_TAGS || show->kind == SYDRA_SHOW_SERIES ||
		show->kind == SYDRA_SHOW_VALUES)
		parse_show_from(parser, show);
	if (parser->unwinding && !sydra_parser_recover(parser, 0, false))
		return show;
	if (sydra_parser_accept(parser, SYDRA_TOKEN_WHERE))
		show->where = sydra_parser_expr(parser);
	if (!parser->unwinding && parser->kind != SYDRA_TOKEN_END &&
		parser->kind != SYDRA_TOKEN_SEMICOLON)
		fail_behind_show(parser);
	return show;
}

static SydraStatement *parse_statement(SydraParser *parser, bool explained);

/* EXPLAIN [ANALYZE] [FORMAT (TEXT|JSON)] (select | insert | delete) */
static SydraExplain *
parse_explain(SydraParser *parser)
{
	SydraExplain *explain = sydra_arena_alloc(parser->arena, sizeof(SydraExplain));

	sydra_parser_advance(parser);
	explain->analyze = sydra_parser_accept_word(parser, "analyze");
	if (sydra_parser_accept_word(parser, "format"))
	{
		if (sydra_parser_accept_word(parser, "json"))
			explain->format = SYDRA_EXPLAIN_JSON;
		else if (!sydra_parser_accept_word(parser, "text"))
			sydra_parser_expected(parser, "TEXT or JSON")->hint =
				"Write EXPLAIN FORMAT JSON SELECT ...";
	}
	explain->statement = parse_statement(parser, true);
	return explain;
}

/* Nothing here begins a statement. */
static void
fail_statement(SydraParser *parser, bool explained)
{
	SydraDiagnostic *diagnostic;
	bool		with = parser->kind == SYDRA_TOKEN_WITH;
	bool		options = explained && parser->kind == SYDRA_TOKEN_LEFT_PAREN;
	bool		update = sydra_parser_at_word(parser, "update");
	bool		create = sydra_parser_at_word(parser, "create");

	if (parser->kind == SYDRA_TOKEN_END && !explained && !parser->unwinding &&
		parser->previous == SYDRA_TOKEN_END)
	{
		sydra_parser_fail(parser, "the query is empty");
		return;
	}
	diagnostic = sydra_parser_expected(parser, explained ? "SELECT, INSERT or DELETE"
									   : "SELECT, INSERT, DELETE, EXPLAIN or SHOW");
	if (with)
		diagnostic->hint = "Write WITH in SQL, around sydraql('...').";
	else if (options)
		diagnostic->hint = "Options stand bare: EXPLAIN ANALYZE FORMAT JSON SELECT ...";
	else if (explained)
		diagnostic->hint = "Write EXPLAIN [ANALYZE] [FORMAT JSON] before SELECT, INSERT or DELETE.";
	else if (update)
		diagnostic->hint = "UPDATE the metric's table by SQL.";
	else if (create)
		diagnostic->hint = "Metrics are made by sydra.create_metric('cpu.usage').";
}

/* statement = [EXPLAIN ...] (select | insert | delete) | show */
static SydraStatement *
parse_statement(SydraParser *parser, bool explained)
{
	SydraStatement *statement = sydra_arena_alloc(parser->arena, sizeof(SydraStatement));
	int			start = parser->token.start;

	if (parser->kind == SYDRA_TOKEN_SELECT)
	{
		statement->kind = SYDRA_STATEMENT_SELECT;
		statement->select = parse_select(parser);
	}
	else if (parser->kind == SYDRA_TOKEN_INSERT)
	{
		statement->kind = SYDRA_STATEMENT_INSERT;
		statement->insert = parse_insert(parser);
	}
	else if (parser->kind == SYDRA_TOKEN_DELETE)
	{
		statement->kind = SYDRA_STATEMENT_DELETE;
		statement->delete = parse_delete(parser);
	}
	else if (parser->kind == SYDRA_TOKEN_EXPLAIN && !explained)
	{
		statement->kind = SYDRA_STATEMENT_EXPLAIN;
		statement->explain = parse_explain(parser);
	}
	else if (sydra_parser_at_word(parser, "show") && !explained)
	{
		statement->kind = SYDRA_STATEMENT_SHOW;
		statement->show = parse_show(parser);
	}
	else
		fail_statement(parser, explained);
	statement->span = sydra_parser_span(parser, start);
	return statement;
}

SydraStatement *
sydra_parser_parse(const SydraParserInput *input)
{
	SydraStatement *statement;
	SydraParser parser;
	const char *zero = memchr(input->source, '\0', input->length);

	memset(&parser, 0, sizeof(parser));
	parser.arena = input->arena;
	parser.diagnostics = input->diagnostics;
	parser.too_deep = input->too_deep;
	input->diagnostics->arena = input->arena;
	input->diagnostics->source = input->source;
	input->diagnostics->char_length = input->char_length;

	/* Texts end in a zero byte, so none may hold one. */
	if (zero != NULL)
	{
		SydraSpan	span = {(int) (zero - input->source), (int) (zero - input->source) + 1};

		sydra_diagnostic_add(input->diagnostics, SYDRA_ERR_SYNTAX, span,
							 "the query holds a zero byte");
		return NULL;
	}

	sydra_lexer_init(&parser.lexer, input->source, input->length);
	parser.kind = SYDRA_TOKEN_END;
	sydra_parser_advance(&parser);
	statement = parse_statement(&parser, false);
	if (sydra_parser_accept(&parser, SYDRA_TOKEN_SEMICOLON) && parser.kind != SYDRA_TOKEN_END)
		sydra_parser_expected(&parser, "the end of the query")->hint =
			"A query is one statement.";
	if (parser.kind != SYDRA_TOKEN_END)
		sydra_parser_expected(&parser, "the end of the query");
	return input->diagnostics->count == 0 ? statement : NULL;
}
