/*
 * ast_print.c
 *	  Prints a tree as sydraQL.
 *
 * Parentheses are put where the parser's levels need them, and nowhere else.  An alias always gets
 * its AS, so that no word can be taken for a clause.
 */
#include "lang/ast_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lang/lexer.h"
#include "lang/timestamp.h"

/* How tightly an expression binds, as in parser_expression.c. */
enum
{
	BINDS_OR = 1,
	BINDS_AND,
	BINDS_NOT,
	BINDS_COMPARE,
	BINDS_ADD,
	BINDS_MULTIPLY,
	BINDS_UNARY,
	BINDS_PRIMARY
};

static void put_expr(SydraWriter *writer, const SydraExpr *expr, int floor);
static void put_select(SydraWriter *writer, const SydraSelect *select);

const char *
sydra_ast_operator_text(SydraOperator op)
{
	switch (op)
	{
		case SYDRA_OP_ADD:
			return "+";
		case SYDRA_OP_SUBTRACT:
			return "-";
		case SYDRA_OP_MULTIPLY:
			return "*";
		case SYDRA_OP_DIVIDE:
			return "/";
		case SYDRA_OP_MODULO:
			return "%";
		case SYDRA_OP_EQ:
			return "=";
		case SYDRA_OP_NE:
			return "!=";
		case SYDRA_OP_LT:
			return "<";
		case SYDRA_OP_LE:
			return "<=";
		case SYDRA_OP_GT:
			return ">";
		case SYDRA_OP_GE:
			return ">=";
		case SYDRA_OP_MATCH:
			return "=~";
		case SYDRA_OP_NOT_MATCH:
			return "!~";
	}
	return "?";
}

static int
get_operator_level(SydraOperator op)
{
	switch (op)
	{
		case SYDRA_OP_ADD:
		case SYDRA_OP_SUBTRACT:
			return BINDS_ADD;
		case SYDRA_OP_MULTIPLY:
		case SYDRA_OP_DIVIDE:
		case SYDRA_OP_MODULO:
			return BINDS_MULTIPLY;
		case SYDRA_OP_EQ:
		case SYDRA_OP_NE:
		case SYDRA_OP_LT:
		case SYDRA_OP_LE:
		case SYDRA_OP_GT:
		case SYDRA_OP_GE:
		case SYDRA_OP_MATCH:
		case SYDRA_OP_NOT_MATCH:
			return BINDS_COMPARE;
	}
	return BINDS_PRIMARY;
}

static int
get_level(const SydraExpr *expr)
{
	switch (expr->kind)
	{
		case SYDRA_EXPR_OR:
			return BINDS_OR;
		case SYDRA_EXPR_AND:
			return BINDS_AND;
		case SYDRA_EXPR_NOT:
			return BINDS_NOT;
		case SYDRA_EXPR_BETWEEN:
		case SYDRA_EXPR_IN:
		case SYDRA_EXPR_LIKE:
		case SYDRA_EXPR_IS_NULL:
			return BINDS_COMPARE;
		case SYDRA_EXPR_BINARY:
			return get_operator_level(expr->binary.op);
		case SYDRA_EXPR_NEGATE:
			return BINDS_UNARY;
		case SYDRA_EXPR_NULL:
		case SYDRA_EXPR_BOOL:
		case SYDRA_EXPR_INTEGER:
		case SYDRA_EXPR_FLOAT:
		case SYDRA_EXPR_STRING:
		case SYDRA_EXPR_DURATION:
		case SYDRA_EXPR_TIMESTAMP:
		case SYDRA_EXPR_REGEX:
		case SYDRA_EXPR_JSON:
		case SYDRA_EXPR_PARAMETER:
		case SYDRA_EXPR_NAME:
		case SYDRA_EXPR_CALL:
			return BINDS_PRIMARY;
	}
	return BINDS_PRIMARY;
}

/* A reserved word is a name only in quotes, or after a dot. */
static void
put_ident(SydraWriter *writer, const SydraIdent *ident, bool after_dot)
{
	if (ident->quoted || !sydra_lexer_is_plain_name(ident->text) ||
		(!after_dot &&
		 sydra_lexer_keyword(ident->text, (int) strlen(ident->text)) != SYDRA_TOKEN_WORD))
		sydra_writer_put_quoted(writer, ident->text, '"');
	else
		sydra_writer_put(writer, ident->text);
}

static void
put_name(SydraWriter *writer, const SydraName *name)
{
	for (int i = 0; i < name->part_count; i++)
	{
		if (i > 0)
			sydra_writer_put_char(writer, '.');
		put_ident(writer, &name->parts[i], i > 0);
	}
}

/* The shortest digits that read back to the same number, and never an integer. */
static void
put_float(SydraWriter *writer, double number)
{
	char		text[40];

	for (int digits = 15; digits <= 17; digits++)
	{
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	sydra_writer_put(writer, text);
	if (strpbrk(text, ".e") == NULL)
		sydra_writer_put(writer, ".0");
}

static void
put_duration(SydraWriter *writer, SydraDuration duration)
{
	char		text[SYDRA_DURATION_SIZE];

	sydra_duration_print(duration, text);
	sydra_writer_put(writer, text);
}

static void
put_timestamp(SydraWriter *writer, int64_t us, bool date)
{
	char		text[SYDRA_TIMESTAMP_SIZE];

	sydra_timestamp_print(us, date, text);
	sydra_writer_put(writer, text);
}

/* A slash would end the pattern; a backslash and what follows it stay as they are. */
static void
put_regex(SydraWriter *writer, const char *pattern, const char *flags)
{
	sydra_writer_put_char(writer, '/');
	for (; *pattern != '\0'; pattern++)
	{
		if (*pattern == '/')
			sydra_writer_put_char(writer, '\\');
		else if (*pattern == '\\' && pattern[1] != '\0')
			sydra_writer_put_char(writer, *pattern++);
		sydra_writer_put_char(writer, *pattern);
	}
	sydra_writer_put_char(writer, '/');
	sydra_writer_put(writer, flags);
}

static void
put_list(SydraWriter *writer, SydraExpr *const *list, int count, int floor, const char *separator)
{
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			sydra_writer_put(writer, separator);
		put_expr(writer, list[i], floor);
	}
}

/* Would the text of an argument begin with DISTINCT, which is then no name? */
static bool
begins_with_distinct(const SydraExpr *expr)
{
	for (;;)
	{
		switch (expr->kind)
		{
			case SYDRA_EXPR_BINARY:
				expr = expr->binary.left;
				break;
			case SYDRA_EXPR_AND:
			case SYDRA_EXPR_OR:
				expr = expr->list.args[0];
				break;
			case SYDRA_EXPR_BETWEEN:
				expr = expr->between.operand;
				break;
			case SYDRA_EXPR_IN:
				expr = expr->in.operand;
				break;
			case SYDRA_EXPR_LIKE:
				expr = expr->like.operand;
				break;
			case SYDRA_EXPR_IS_NULL:
				expr = expr->is_null.operand;
				break;
			case SYDRA_EXPR_NAME:
				return !expr->name.parts[0].quoted &&
					strcasecmp(expr->name.parts[0].text, "distinct") == 0;
			case SYDRA_EXPR_CALL:
				return !expr->call.name.quoted &&
					strcasecmp(expr->call.name.text, "distinct") == 0;
			case SYDRA_EXPR_NULL:
			case SYDRA_EXPR_BOOL:
			case SYDRA_EXPR_INTEGER:
			case SYDRA_EXPR_FLOAT:
			case SYDRA_EXPR_STRING:
			case SYDRA_EXPR_DURATION:
			case SYDRA_EXPR_TIMESTAMP:
			case SYDRA_EXPR_REGEX:
			case SYDRA_EXPR_JSON:
			case SYDRA_EXPR_PARAMETER:
			case SYDRA_EXPR_NEGATE:
			case SYDRA_EXPR_NOT:
				return false;
		}
	}
}

/* DISTINCT before NOT reads as a name: distinct NOT IN (...). */
static bool
begins_with_not(const SydraExpr *expr)
{
	while (expr->kind == SYDRA_EXPR_AND || expr->kind == SYDRA_EXPR_OR)
		expr = expr->list.args[0];
	return expr->kind == SYDRA_EXPR_NOT;
}

static void
put_call(SydraWriter *writer, const SydraExpr *expr)
{
	put_ident(writer, &expr->call.name, false);
	sydra_writer_put_char(writer, '(');
	if (expr->call.star)
		sydra_writer_put_char(writer, '*');
	if (expr->call.distinct)
		sydra_writer_put(writer, "DISTINCT ");
	if (expr->call.arg_count > 0)
	{
		bool		guard = expr->call.distinct ? begins_with_not(expr->call.args[0]) :
			begins_with_distinct(expr->call.args[0]);

		put_expr(writer, expr->call.args[0], guard ? BINDS_PRIMARY + 1 : BINDS_OR);
	}
	for (int i = 1; i < expr->call.arg_count; i++)
	{
		sydra_writer_put(writer, ", ");
		put_expr(writer, expr->call.args[i], BINDS_OR);
	}
	sydra_writer_put_char(writer, ')');
	if (expr->call.filter != NULL)
	{
		sydra_writer_put(writer, " FILTER (WHERE ");
		put_expr(writer, expr->call.filter, BINDS_OR);
		sydra_writer_put_char(writer, ')');
	}
}

int
sydra_ast_unchain(const SydraExpr *expr, SydraArena *arena, const SydraExpr ***links)
{
	int			level = get_operator_level(expr->binary.op);
	int			count = 0;
	const SydraExpr *link = expr;

	for (; link->kind == SYDRA_EXPR_BINARY && get_operator_level(link->binary.op) == level;
		 link = link->binary.left)
		count++;
	*links = sydra_arena_alloc(arena, count * sizeof(SydraExpr *));
	link = expr;
	for (int i = count - 1; i >= 0; i--, link = link->binary.left)
		(*links)[i] = link;
	return count;
}

static void
put_binary(SydraWriter *writer, const SydraExpr *expr)
{
	int			level = get_operator_level(expr->binary.op);
	const SydraExpr **links;
	int			count;

	if (level == BINDS_COMPARE)
	{
		put_expr(writer, expr->binary.left, BINDS_ADD);
		sydra_writer_printf(writer, " %s ", sydra_ast_operator_text(expr->binary.op));
		put_expr(writer, expr->binary.right, BINDS_ADD);
		return;
	}
	count = sydra_ast_unchain(expr, writer->arena, &links);
	put_expr(writer, links[0]->binary.left, level);
	for (int i = 0; i < count; i++)
	{
		sydra_writer_printf(writer, " %s ", sydra_ast_operator_text(links[i]->binary.op));
		put_expr(writer, links[i]->binary.right, level + 1);
	}
}

/* A minus before a number would become the number's, and before a minus a comment. */
static void
put_negate(SydraWriter *writer, const SydraExpr *operand)
{
	bool		guard = operand->kind == SYDRA_EXPR_NEGATE ||
		operand->kind == SYDRA_EXPR_INTEGER || operand->kind == SYDRA_EXPR_FLOAT;

	sydra_writer_put_char(writer, '-');
	put_expr(writer, operand, guard ? BINDS_PRIMARY + 1 : BINDS_UNARY);
}

static void
put_parameter(SydraWriter *writer, const SydraExpr *expr)
{
	if (expr->parameter.position > 0)
		sydra_writer_printf(writer, "$%d", expr->parameter.position);
	else
		sydra_writer_printf(writer, ":%s", expr->parameter.name);
}

/* Without parentheses. */
static void
put_bare(SydraWriter *writer, const SydraExpr *expr)
{
	switch (expr->kind)
	{
		case SYDRA_EXPR_NULL:
			sydra_writer_put(writer, "NULL");
			return;
		case SYDRA_EXPR_BOOL:
			sydra_writer_put(writer, expr->boolean ? "TRUE" : "FALSE");
			return;
		case SYDRA_EXPR_INTEGER:
			sydra_writer_printf(writer, "%" PRId64, expr->integer);
			return;
		case SYDRA_EXPR_FLOAT:
			put_float(writer, expr->number);
			return;
		case SYDRA_EXPR_STRING:
			sydra_writer_put_quoted(writer, expr->string, '\'');
			return;
		case SYDRA_EXPR_DURATION:
			put_duration(writer, expr->duration);
			return;
		case SYDRA_EXPR_TIMESTAMP:
			put_timestamp(writer, expr->timestamp.us, expr->timestamp.date);
			return;
		case SYDRA_EXPR_REGEX:
			put_regex(writer, expr->regex.pattern, expr->regex.flags);
			return;
		case SYDRA_EXPR_JSON:
			sydra_writer_put(writer, expr->string);
			return;
		case SYDRA_EXPR_PARAMETER:
			put_parameter(writer, expr);
			return;
		case SYDRA_EXPR_NAME:
			put_name(writer, &expr->name);
			return;
		case SYDRA_EXPR_CALL:
			put_call(writer, expr);
			return;
		case SYDRA_EXPR_NEGATE:
			put_negate(writer, expr->operand);
			return;
		case SYDRA_EXPR_NOT:
			sydra_writer_put(writer, "NOT ");
			put_expr(writer, expr->operand, BINDS_NOT);
			return;
		case SYDRA_EXPR_AND:
			put_list(writer, expr->list.args, expr->list.arg_count, BINDS_NOT, " AND ");
			return;
		case SYDRA_EXPR_OR:
			put_list(writer, expr->list.args, expr->list.arg_count, BINDS_AND, " OR ");
			return;
		case SYDRA_EXPR_BINARY:
			put_binary(writer, expr);
			return;
		case SYDRA_EXPR_BETWEEN:
			put_expr(writer, expr->between.operand, BINDS_ADD);
			sydra_writer_put(writer, expr->between.negated ? " NOT BETWEEN " : " BETWEEN ");
			put_expr(writer, expr->between.low, BINDS_ADD);
			sydra_writer_put(writer, " AND ");
			put_expr(writer, expr->between.high, BINDS_ADD);
			return;
		case SYDRA_EXPR_IN:
			put_expr(writer, expr->in.operand, BINDS_ADD);
			sydra_writer_put(writer, expr->in.negated ? " NOT IN (" : " IN (");
			put_list(writer, expr->in.items, expr->in.item_count, BINDS_OR, ", ");
			sydra_writer_put_char(writer, ')');
			return;
		case SYDRA_EXPR_LIKE:
			put_expr(writer, expr->like.operand, BINDS_ADD);
			sydra_writer_put(writer, expr->like.negated ? " NOT LIKE " : " LIKE ");
			put_expr(writer, expr->like.pattern, BINDS_ADD);
			return;
		case SYDRA_EXPR_IS_NULL:
			put_expr(writer, expr->is_null.operand, BINDS_ADD);
			sydra_writer_put(writer, expr->is_null.negated ? " IS NOT NULL" : " IS NULL");
			return;
	}
}

static void
put_expr(SydraWriter *writer, const SydraExpr *expr, int floor)
{
	bool		parentheses = get_level(expr) < floor;

	if (parentheses)
		sydra_writer_put_char(writer, '(');
	put_bare(writer, expr);
	if (parentheses)
		sydra_writer_put_char(writer, ')');
}

void
sydra_ast_put_expr(SydraWriter *writer, const SydraExpr *expr)
{
	put_expr(writer, expr, BINDS_OR);
}

void
sydra_ast_put_series(SydraWriter *writer, const SydraSeries *series)
{
	switch (series->kind)
	{
		case SYDRA_SERIES_NAME:
			put_name(writer, &series->name);
			break;
		case SYDRA_SERIES_STRING:
			sydra_writer_put_quoted(writer, series->string, '\'');
			break;
		case SYDRA_SERIES_BY_ID:
			sydra_writer_printf(writer, "BY_ID(%" PRId64 ")", series->id);
			break;
	}
	if (series->rollup == NULL)
		return;
	sydra_writer_put_char(writer, '@');
	if (series->rollup_quoted)
		sydra_writer_put_quoted(writer, series->rollup, '"');
	else
		sydra_writer_put(writer, series->rollup);
}

static void
put_matchers(SydraWriter *writer, const SydraMatcher *matchers, int count)
{
	if (count == 0)
		return;
	sydra_writer_put_char(writer, '{');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			sydra_writer_put(writer, ", ");
		put_ident(writer, &matchers[i].tag, false);
		sydra_writer_printf(writer, " %s ", sydra_ast_operator_text(matchers[i].op));
		put_expr(writer, matchers[i].value, BINDS_OR);
	}
	sydra_writer_put_char(writer, '}');
}

static void
put_alias(SydraWriter *writer, const SydraIdent *alias)
{
	if (alias->text == NULL)
		return;
	sydra_writer_put(writer, " AS ");
	put_ident(writer, alias, false);
}

static void
put_source(SydraWriter *writer, const SydraSource *source)
{
	if (source->subquery != NULL)
	{
		sydra_writer_put_char(writer, '(');
		put_select(writer, source->subquery);
		sydra_writer_put_char(writer, ')');
	}
	else
	{
		sydra_ast_put_series(writer, &source->series);
		put_matchers(writer, source->matchers, source->matcher_count);
	}
	put_alias(writer, &source->alias);
	if (source->where != NULL)
	{
		sydra_writer_put(writer, " WHERE ");
		put_expr(writer, source->where, BINDS_OR);
	}
}

static void
put_tag(SydraWriter *writer, const SydraTag *tag)
{
	if (tag->prefixed)
		sydra_writer_put(writer, "tag.");
	put_ident(writer, &tag->name, tag->prefixed);
}

static const char *
get_match_text(SydraMatch match)
{
	switch (match)
	{
		case SYDRA_MATCH_EXACT:
			return "EXACT";
		case SYDRA_MATCH_PREVIOUS:
			return "PREVIOUS";
		case SYDRA_MATCH_NEAREST:
			return "NEAREST";
	}
	return "?";
}

static void
put_length(SydraWriter *writer, const char *clause, SydraDuration duration,
		   const SydraExpr *parameter)
{
	sydra_writer_printf(writer, " %s ", clause);
	if (parameter != NULL)
		put_expr(writer, parameter, BINDS_OR);
	else
		put_duration(writer, duration);
}

static void
put_join(SydraWriter *writer, const SydraJoin *join)
{
	sydra_writer_put(writer, " JOIN TIME ");
	put_source(writer, &join->source);
	if (join->has_shift)
		put_length(writer, "SHIFT", join->shift, join->shift_parameter);
	if (join->has_match)
		sydra_writer_printf(writer, " MATCH %s", get_match_text(join->match));
	if (join->has_within)
		put_length(writer, "WITHIN", join->within, join->within_parameter);
	for (int i = 0; i < join->on_count; i++)
	{
		sydra_writer_put(writer, i == 0 ? " ON " : ", ");
		put_tag(writer, &join->on[i]);
	}
}

static void
put_fill(SydraWriter *writer, const SydraFill *fill)
{
	sydra_writer_put(writer, " FILL(");
	switch (fill->policy)
	{
		case SYDRA_FILL_NONE:
			sydra_writer_put(writer, "NONE");
			break;
		case SYDRA_FILL_NULL:
			sydra_writer_put(writer, "NULL");
			break;
		case SYDRA_FILL_PREVIOUS:
			sydra_writer_put(writer, "PREVIOUS");
			break;
		case SYDRA_FILL_LINEAR:
			sydra_writer_put(writer, "LINEAR");
			break;
		case SYDRA_FILL_CONSTANT:
			put_expr(writer, fill->constant, BINDS_OR);
			break;
	}
	if (fill->has_within)
		put_length(writer, "WITHIN", fill->within, fill->within_parameter);
	sydra_writer_put_char(writer, ')');
}

static void
put_order(SydraWriter *writer, const SydraOrder *order)
{
	put_expr(writer, order->expr, BINDS_OR);
	if (order->has_direction)
		sydra_writer_put(writer, order->descending ? " DESC" : " ASC");
	switch (order->nulls)
	{
		case SYDRA_NULLS_DEFAULT:
			break;
		case SYDRA_NULLS_FIRST:
			sydra_writer_put(writer, " NULLS FIRST");
			break;
		case SYDRA_NULLS_LAST:
			sydra_writer_put(writer, " NULLS LAST");
			break;
	}
}

static void
put_clause(SydraWriter *writer, const char *clause, const SydraExpr *expr)
{
	if (expr == NULL)
		return;
	sydra_writer_put(writer, clause);
	put_expr(writer, expr, BINDS_OR);
}

static void
put_items(SydraWriter *writer, const SydraSelect *select)
{
	for (int i = 0; i < select->item_count; i++)
	{
		sydra_writer_put(writer, i == 0 ? "SELECT " : ", ");
		if (select->items[i].expr == NULL)
			sydra_writer_put_char(writer, '*');
		else
			put_expr(writer, select->items[i].expr, BINDS_OR);
		put_alias(writer, &select->items[i].alias);
	}
}

static void
put_select(SydraWriter *writer, const SydraSelect *select)
{
	put_items(writer, select);
	if (select->from != NULL)
	{
		sydra_writer_put(writer, " FROM ");
		put_source(writer, select->from);
	}
	for (int i = 0; i < select->join_count; i++)
		put_join(writer, &select->joins[i]);
	put_clause(writer, " WHERE ", select->where);
	if (select->group_count > 0)
	{
		sydra_writer_put(writer, " GROUP BY ");
		put_list(writer, select->groups, select->group_count, BINDS_OR, ", ");
	}
	put_clause(writer, " HAVING ", select->having);
	if (select->fill != NULL)
		put_fill(writer, select->fill);
	for (int i = 0; i < select->order_count; i++)
	{
		sydra_writer_put(writer, i == 0 ? " ORDER BY " : ", ");
		put_order(writer, &select->orders[i]);
	}
	put_clause(writer, " LIMIT ", select->limit);
	if (select->limit_by_count > 0)
	{
		sydra_writer_put(writer, " BY ");
		put_list(writer, select->limit_by, select->limit_by_count, BINDS_OR, ", ");
	}
	put_clause(writer, " OFFSET ", select->offset);
}

static void
put_insert(SydraWriter *writer, const SydraInsert *insert)
{
	sydra_writer_put(writer, "INSERT INTO ");
	sydra_ast_put_series(writer, &insert->series);
	for (int i = 0; i < insert->tag_count; i++)
	{
		sydra_writer_put(writer, i == 0 ? " (" : ", ");
		put_tag(writer, &insert->tags[i].tag);
		put_clause(writer, " = ", insert->tags[i].value);
	}
	sydra_writer_put(writer, insert->tag_count > 0 ? ") VALUES " : " VALUES ");
	for (int i = 0; i < insert->row_count; i++)
	{
		sydra_writer_put(writer, i == 0 ? "(" : ", (");
		put_expr(writer, insert->rows[i].time, BINDS_OR);
		put_clause(writer, ", ", insert->rows[i].value);
		put_clause(writer, ", ", insert->rows[i].fields);
		sydra_writer_put_char(writer, ')');
	}
}

static void
put_delete(SydraWriter *writer, const SydraDelete *delete)
{
	sydra_writer_put(writer, "DELETE FROM ");
	sydra_ast_put_series(writer, &delete->series);
	put_matchers(writer, delete->matchers, delete->matcher_count);
	put_clause(writer, " WHERE ", delete->where);
}

static void
put_show(SydraWriter *writer, const SydraShow *show)
{
	switch (show->kind)
	{
		case SYDRA_SHOW_METRICS:
			sydra_writer_put(writer, "SHOW METRICS");
			if (show->like != NULL)
			{
				sydra_writer_put(writer, " LIKE ");
				sydra_writer_put_quoted(writer, show->like, '\'');
			}
			break;
		case SYDRA_SHOW_TAGS:
			sydra_writer_put(writer, "SHOW TAGS FROM ");
			break;
		case SYDRA_SHOW_VALUES:
			sydra_writer_put(writer, "SHOW VALUES OF ");
			put_ident(writer, &show->tag, false);
			sydra_writer_put(writer, " FROM ");
			break;
		case SYDRA_SHOW_SERIES:
			sydra_writer_put(writer, "SHOW SERIES FROM ");
			break;
		case SYDRA_SHOW_FUNCTIONS:
			sydra_writer_put(writer, "SHOW FUNCTIONS");
			break;
	}
	if (show->kind != SYDRA_SHOW_METRICS && show->kind != SYDRA_SHOW_FUNCTIONS)
		sydra_ast_put_series(writer, &show->series);
	put_clause(writer, " WHERE ", show->where);
}

static void
put_statement(SydraWriter *writer, const SydraStatement *statement)
{
	switch (statement->kind)
	{
		case SYDRA_STATEMENT_SELECT:
			put_select(writer, statement->select);
			break;
		case SYDRA_STATEMENT_INSERT:
			put_insert(writer, statement->insert);
			break;
		case SYDRA_STATEMENT_DELETE:
			put_delete(writer, statement->delete);
			break;
		case SYDRA_STATEMENT_SHOW:
			put_show(writer, statement->show);
			break;
		case SYDRA_STATEMENT_EXPLAIN:
			sydra_writer_put(writer, "EXPLAIN ");
			if (statement->explain->analyze)
				sydra_writer_put(writer, "ANALYZE ");
			if (statement->explain->format == SYDRA_EXPLAIN_JSON)
				sydra_writer_put(writer, "FORMAT JSON ");
			put_statement(writer, statement->explain->statement);
			break;
	}
}

const char *
sydra_ast_print(const SydraStatement *statement, SydraArena *arena)
{
	SydraWriter writer = {arena, NULL, 0, 0};

	put_statement(&writer, statement);
	return writer.text;
}
