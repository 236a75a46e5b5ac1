/*
 * ast_dump.c
 *	  Draws a tree.
 *
 * A chain of + and - (or of * / %) is one node with its operators before the operands, as long
 * chains lean to the left as deep as they are long.
 */
#include "lang/ast_dump.h"

#include <inttypes.h>

#include "lang/ast_print.h"
#include "lang/writer.h"

typedef struct Dump
{
	SydraWriter writer;
	int			depth;
} Dump;

static void dump_expr(Dump *dump, const char *label, const SydraExpr *expr);
static void dump_select(Dump *dump, const SydraSelect *select);

static void
begin_line(Dump *dump)
{
	if (dump->writer.length > 0)
		sydra_writer_put_char(&dump->writer, '\n');
	for (int i = 0; i < dump->depth; i++)
		sydra_writer_put(&dump->writer, "  ");
}

static void
put_line(Dump *dump, const char *text)
{
	begin_line(dump);
	sydra_writer_put(&dump->writer, text);
}

static void
put_ident(Dump *dump, const SydraIdent *ident)
{
	if (ident->quoted)
		sydra_writer_put_quoted(&dump->writer, ident->text, '"');
	else
		sydra_writer_put(&dump->writer, ident->text);
}

static void
dump_ident(Dump *dump, const char *label, const SydraIdent *ident)
{
	if (ident->text == NULL)
		return;
	put_line(dump, label);
	put_ident(dump, ident);
}

/* A group of children under a label; nothing for none. */
static void
dump_list(Dump *dump, const char *label, SydraExpr *const *list, int count)
{
	if (count == 0)
		return;
	put_line(dump, label);
	dump->depth++;
	for (int i = 0; i < count; i++)
		dump_expr(dump, "", list[i]);
	dump->depth--;
}

static void
dump_child(Dump *dump, const char *label, const SydraExpr *expr)
{
	if (expr == NULL)
		return;
	put_line(dump, label);
	dump->depth++;
	dump_expr(dump, "", expr);
	dump->depth--;
}

static void
dump_chain(Dump *dump, const SydraExpr *expr)
{
	const SydraExpr **links;
	int			count = sydra_ast_unchain(expr, dump->writer.arena, &links);

	sydra_writer_put(&dump->writer, "arithmetic");
	dump->depth++;
	dump_expr(dump, "", links[0]->binary.left);
	for (int i = 0; i < count; i++)
	{
		char		label[] = "? ";

		label[0] = sydra_ast_operator_text(links[i]->binary.op)[0];
		dump_expr(dump, label, links[i]->binary.right);
	}
	dump->depth--;
}

static void
dump_binary(Dump *dump, const SydraExpr *expr)
{
	switch (expr->binary.op)
	{
		case SYDRA_OP_ADD:
		case SYDRA_OP_SUBTRACT:
		case SYDRA_OP_MULTIPLY:
		case SYDRA_OP_DIVIDE:
		case SYDRA_OP_MODULO:
			dump_chain(dump, expr);
			return;
		case SYDRA_OP_EQ:
		case SYDRA_OP_NE:
		case SYDRA_OP_LT:
		case SYDRA_OP_LE:
		case SYDRA_OP_GT:
		case SYDRA_OP_GE:
		case SYDRA_OP_MATCH:
		case SYDRA_OP_NOT_MATCH:
			break;
	}
	sydra_writer_put(&dump->writer, sydra_ast_operator_text(expr->binary.op));
	dump->depth++;
	dump_expr(dump, "", expr->binary.left);
	dump_expr(dump, "", expr->binary.right);
	dump->depth--;
}

static void
dump_call(Dump *dump, const SydraExpr *expr)
{
	sydra_writer_put(&dump->writer, "call ");
	put_ident(dump, &expr->call.name);
	if (expr->call.star)
		sydra_writer_put(&dump->writer, " *");
	if (expr->call.distinct)
		sydra_writer_put(&dump->writer, " distinct");
	dump->depth++;
	for (int i = 0; i < expr->call.arg_count; i++)
		dump_expr(dump, "", expr->call.args[i]);
	dump_child(dump, "filter", expr->call.filter);
	dump->depth--;
}

static void
dump_operands(Dump *dump, const char *node, bool negated, SydraExpr *const *operands, int count)
{
	if (negated)
		sydra_writer_put(&dump->writer, "not ");
	sydra_writer_put(&dump->writer, node);
	dump->depth++;
	for (int i = 0; i < count; i++)
		dump_expr(dump, "", operands[i]);
	dump->depth--;
}

static void
dump_between(Dump *dump, const SydraExpr *expr)
{
	SydraExpr  *operands[] = {expr->between.operand, expr->between.low, expr->between.high};

	dump_operands(dump, "between", expr->between.negated, operands, 3);
}

static void
dump_like(Dump *dump, const SydraExpr *expr)
{
	SydraExpr  *operands[] = {expr->like.operand, expr->like.pattern};

	dump_operands(dump, "like", expr->like.negated, operands, 2);
}

static void
dump_in(Dump *dump, const SydraExpr *expr)
{
	dump_operands(dump, "in", expr->in.negated, &expr->in.operand, 1);
	dump->depth++;
	dump_list(dump, "list", expr->in.items, expr->in.item_count);
	dump->depth--;
}

/* A literal, name or parameter, as it is written. */
static void
dump_leaf(Dump *dump, const char *kind, const SydraExpr *expr)
{
	sydra_writer_put(&dump->writer, kind);
	sydra_ast_put_expr(&dump->writer, expr);
}

static void
dump_expr(Dump *dump, const char *label, const SydraExpr *expr)
{
	put_line(dump, label);
	switch (expr->kind)
	{
		case SYDRA_EXPR_NULL:
			sydra_writer_put(&dump->writer, "null");
			return;
		case SYDRA_EXPR_BOOL:
			sydra_writer_put(&dump->writer, expr->boolean ? "true" : "false");
			return;
		case SYDRA_EXPR_INTEGER:
			dump_leaf(dump, "integer ", expr);
			return;
		case SYDRA_EXPR_FLOAT:
			dump_leaf(dump, "float ", expr);
			return;
		case SYDRA_EXPR_STRING:
			dump_leaf(dump, "string ", expr);
			return;
		case SYDRA_EXPR_DURATION:
			dump_leaf(dump, "duration ", expr);
			return;
		case SYDRA_EXPR_TIMESTAMP:
			dump_leaf(dump, "timestamp ", expr);
			return;
		case SYDRA_EXPR_REGEX:
			dump_leaf(dump, "regex ", expr);
			return;
		case SYDRA_EXPR_JSON:
			dump_leaf(dump, "json ", expr);
			return;
		case SYDRA_EXPR_PARAMETER:
			dump_leaf(dump, "parameter ", expr);
			return;
		case SYDRA_EXPR_NAME:
			dump_leaf(dump, "name ", expr);
			return;
		case SYDRA_EXPR_CALL:
			dump_call(dump, expr);
			return;
		case SYDRA_EXPR_NEGATE:
			dump_operands(dump, "negate", false, &expr->operand, 1);
			return;
		case SYDRA_EXPR_NOT:
			dump_operands(dump, "not", false, &expr->operand, 1);
			return;
		case SYDRA_EXPR_AND:
			dump_operands(dump, "and", false, expr->list.args, expr->list.arg_count);
			return;
		case SYDRA_EXPR_OR:
			dump_operands(dump, "or", false, expr->list.args, expr->list.arg_count);
			return;
		case SYDRA_EXPR_BINARY:
			dump_binary(dump, expr);
			return;
		case SYDRA_EXPR_BETWEEN:
			dump_between(dump, expr);
			return;
		case SYDRA_EXPR_IN:
			dump_in(dump, expr);
			return;
		case SYDRA_EXPR_LIKE:
			dump_like(dump, expr);
			return;
		case SYDRA_EXPR_IS_NULL:
			dump_operands(dump, expr->is_null.negated ? "is not null" : "is null", false,
						  &expr->is_null.operand, 1);
			return;
	}
}

static void
dump_series(Dump *dump, const SydraSeries *series)
{
	put_line(dump, "series ");
	sydra_ast_put_series(&dump->writer, series);
	if (series->rollup != NULL && series->rollup_is_duration)
		sydra_writer_put(&dump->writer, " (a step)");
}

static void
dump_matchers(Dump *dump, const SydraMatcher *matchers, int count)
{
	for (int i = 0; i < count; i++)
	{
		put_line(dump, "matcher ");
		put_ident(dump, &matchers[i].tag);
		sydra_writer_printf(&dump->writer, " %s ", sydra_ast_operator_text(matchers[i].op));
		sydra_ast_put_expr(&dump->writer, matchers[i].value);
	}
}

static void
dump_source(Dump *dump, const SydraSource *source)
{
	if (source->subquery != NULL)
		dump_select(dump, source->subquery);
	else
		dump_series(dump, &source->series);
	dump_matchers(dump, source->matchers, source->matcher_count);
	dump_ident(dump, "alias ", &source->alias);
	dump_child(dump, "where", source->where);
}

static void
dump_length(Dump *dump, const char *label, bool present, SydraDuration duration,
			const SydraExpr *parameter)
{
	char		text[SYDRA_DURATION_SIZE];

	if (present && parameter != NULL)
		dump_expr(dump, label, parameter);
	if (!present || parameter != NULL)
		return;
	sydra_duration_print(duration, text);
	put_line(dump, label);
	sydra_writer_put(&dump->writer, text);
}

static void
dump_tag(Dump *dump, const char *label, const SydraTag *tag)
{
	put_line(dump, label);
	if (tag->prefixed)
		sydra_writer_put(&dump->writer, "tag.");
	put_ident(dump, &tag->name);
}

static const char *
get_match_line(SydraMatch match)
{
	switch (match)
	{
		case SYDRA_MATCH_EXACT:
			return "match exact";
		case SYDRA_MATCH_PREVIOUS:
			return "match previous";
		case SYDRA_MATCH_NEAREST:
			return "match nearest";
	}
	return "match";
}

static void
dump_join(Dump *dump, const SydraJoin *join)
{
	put_line(dump, "join time");
	dump->depth++;
	dump_source(dump, &join->source);
	dump_length(dump, "shift ", join->has_shift, join->shift, join->shift_parameter);
	if (join->has_match)
		put_line(dump, get_match_line(join->match));
	dump_length(dump, "within ", join->has_within, join->within, join->within_parameter);
	for (int i = 0; i < join->on_count; i++)
		dump_tag(dump, "on ", &join->on[i]);
	dump->depth--;
}

static const char *
get_fill_line(SydraFillPolicy policy)
{
	switch (policy)
	{
		case SYDRA_FILL_NONE:
			return "fill none";
		case SYDRA_FILL_NULL:
			return "fill null";
		case SYDRA_FILL_PREVIOUS:
			return "fill previous";
		case SYDRA_FILL_LINEAR:
			return "fill linear";
		case SYDRA_FILL_CONSTANT:
			return "fill constant";
	}
	return "fill";
}

static void
dump_fill(Dump *dump, const SydraFill *fill)
{
	if (fill == NULL)
		return;
	put_line(dump, get_fill_line(fill->policy));
	dump->depth++;
	dump_length(dump, "within ", fill->has_within, fill->within, fill->within_parameter);
	if (fill->constant != NULL)
		dump_expr(dump, "", fill->constant);
	dump->depth--;
}

static void
dump_order(Dump *dump, const SydraOrder *order)
{
	put_line(dump, "order by");
	if (order->has_direction)
		sydra_writer_put(&dump->writer, order->descending ? " desc" : " asc");
	switch (order->nulls)
	{
		case SYDRA_NULLS_DEFAULT:
			break;
		case SYDRA_NULLS_FIRST:
			sydra_writer_put(&dump->writer, " nulls first");
			break;
		case SYDRA_NULLS_LAST:
			sydra_writer_put(&dump->writer, " nulls last");
			break;
	}
	dump->depth++;
	dump_expr(dump, "", order->expr);
	dump->depth--;
}

static void
dump_item(Dump *dump, const SydraItem *item)
{
	put_line(dump, "item");
	if (item->expr == NULL)
		sydra_writer_put(&dump->writer, " *");
	if (item->alias.text != NULL)
	{
		sydra_writer_put(&dump->writer, " as ");
		put_ident(dump, &item->alias);
	}
	if (item->expr == NULL)
		return;
	dump->depth++;
	dump_expr(dump, "", item->expr);
	dump->depth--;
}

static void
dump_select(Dump *dump, const SydraSelect *select)
{
	put_line(dump, "select");
	dump->depth++;
	for (int i = 0; i < select->item_count; i++)
		dump_item(dump, &select->items[i]);
	if (select->from != NULL)
	{
		put_line(dump, "from");
		dump->depth++;
		dump_source(dump, select->from);
		dump->depth--;
	}
	for (int i = 0; i < select->join_count; i++)
		dump_join(dump, &select->joins[i]);
	dump_child(dump, "where", select->where);
	dump_list(dump, "group by", select->groups, select->group_count);
	dump_child(dump, "having", select->having);
	dump_fill(dump, select->fill);
	for (int i = 0; i < select->order_count; i++)
		dump_order(dump, &select->orders[i]);
	dump_child(dump, "limit", select->limit);
	dump_list(dump, "limit by", select->limit_by, select->limit_by_count);
	dump_child(dump, "offset", select->offset);
	dump->depth--;
}

static void
dump_insert(Dump *dump, const SydraInsert *insert)
{
	put_line(dump, "insert");
	dump->depth++;
	dump_series(dump, &insert->series);
	for (int i = 0; i < insert->tag_count; i++)
	{
		dump_tag(dump, "tag ", &insert->tags[i].tag);
		sydra_writer_put(&dump->writer, " = ");
		sydra_ast_put_expr(&dump->writer, insert->tags[i].value);
	}
	for (int i = 0; i < insert->row_count; i++)
	{
		put_line(dump, "row");
		dump->depth++;
		dump_expr(dump, "", insert->rows[i].time);
		dump_expr(dump, "", insert->rows[i].value);
		if (insert->rows[i].fields != NULL)
			dump_expr(dump, "", insert->rows[i].fields);
		dump->depth--;
	}
	dump->depth--;
}

static void
dump_delete(Dump *dump, const SydraDelete *delete)
{
	put_line(dump, "delete");
	dump->depth++;
	dump_series(dump, &delete->series);
	dump_matchers(dump, delete->matchers, delete->matcher_count);
	dump_child(dump, "where", delete->where);
	dump->depth--;
}

static void
dump_show(Dump *dump, const SydraShow *show)
{
	static const char *const lines[] = {
		[SYDRA_SHOW_METRICS] = "show metrics",
		[SYDRA_SHOW_TAGS] = "show tags",
		[SYDRA_SHOW_VALUES] = "show values",
		[SYDRA_SHOW_SERIES] = "show series",
		[SYDRA_SHOW_FUNCTIONS] = "show functions",
	};

	put_line(dump, lines[show->kind]);
	dump->depth++;
	if (show->like != NULL)
	{
		put_line(dump, "like ");
		sydra_writer_put_quoted(&dump->writer, show->like, '\'');
	}
	dump_ident(dump, "of ", &show->tag);
	if (show->kind != SYDRA_SHOW_METRICS && show->kind != SYDRA_SHOW_FUNCTIONS)
		dump_series(dump, &show->series);
	dump_child(dump, "where", show->where);
	dump->depth--;
}

static void
dump_statement(Dump *dump, const SydraStatement *statement)
{
	switch (statement->kind)
	{
		case SYDRA_STATEMENT_SELECT:
			dump_select(dump, statement->select);
			break;
		case SYDRA_STATEMENT_INSERT:
			dump_insert(dump, statement->insert);
			break;
		case SYDRA_STATEMENT_DELETE:
			dump_delete(dump, statement->delete);
			break;
		case SYDRA_STATEMENT_SHOW:
			dump_show(dump, statement->show);
			break;
		case SYDRA_STATEMENT_EXPLAIN:
			put_line(dump, "explain");
			if (statement->explain->analyze)
				sydra_writer_put(&dump->writer, " analyze");
			if (statement->explain->format == SYDRA_EXPLAIN_JSON)
				sydra_writer_put(&dump->writer, " json");
			dump->depth++;
			dump_statement(dump, statement->explain->statement);
			dump->depth--;
			break;
	}
}

const char *
sydra_ast_dump(const SydraStatement *statement, SydraArena *arena)
{
	Dump		dump = {{arena, NULL, 0, 0}, 0};

	dump_statement(&dump, statement);
	return dump.writer.text;
}
