/*
 * api_translate_expr.c
 *	  SQL's expressions in sydraQL.
 *
 * In a condition NOT is moved down to the comparisons, so that it never turns into true what these
 * have as false where SQL has null (api_translate_test.c).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"

#include "api/api_translate.h"

typedef SydraExpr *(*Translate) (SydraTranslation *translation, Node *node, bool negated);

/*
 * Names.
 */

static bool
mentions(Node *node, void *name)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		Node	   *last = llast(((ColumnRef *) node)->fields);

		return IsA(last, String) && strcmp(strVal(last), name) == 0;
	}
	return raw_expression_tree_walker(node, mentions, name);
}

/* Does an item take the name of a column that it is computed from? */
static void
check_alias(SydraTranslation *translation, const char *name, int location)
{
	ListCell   *cell;

	foreach(cell, translation->items)
	{
		ResTarget  *item = lfirst(cell);

		if (item->name != NULL && strcmp(item->name, name) == 0 && !IsA(item->val, ColumnRef) &&
			mentions(item->val, unconstify(char *, name)))
			sydra_translate_refuse(translation, location, "Give the item another alias.",
								   "\"%s\" is a column to SQL here, and the item to sydraQL", name);
	}
}

/* tag.host, field.status */
static SydraExpr *
make_name(SydraTranslation *translation, const char *prefix, SydraIdent ident)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_NAME);

	expr->name.parts = sydra_arena_alloc(&translation->arena, sizeof(SydraIdent) * 2);
	if (prefix != NULL)
		expr->name.parts[expr->name.part_count++].text = prefix;
	expr->name.parts[expr->name.part_count++] = ident;
	return expr;
}

static SydraExpr *
translate_column(SydraTranslation *translation, ColumnRef *column)
{
	Node	   *last = llast(column->fields);
	const char *name;

	if (!IsA(last, String))
		sydra_translate_refuse(translation, column->location, "Name the columns.",
							   "* stands alone or in count(*)");
	name = strVal(last);
	if (list_length(column->fields) > 1)
	{
		const char *table = strVal(list_nth(column->fields, list_length(column->fields) - 2));

		if (translation->table == NULL || strcmp(table, translation->table) != 0)
			sydra_translate_refuse(translation, column->location,
								   "A query of sydraQL has one metric.",
								   "\"%s\" is not what FROM names", table);
	}
	if (translation->takes_aliases)
		check_alias(translation, name, column->location);
	return make_name(translation, NULL, sydra_translate_make_ident(name));
}

/* tags ->> 'host' is tag.host, fields ->> 'status' is field.status. */
static SydraExpr *
translate_arrow(SydraTranslation *translation, A_Expr *expr)
{
	ColumnRef  *column = (ColumnRef *) expr->lexpr;
	const char *key = sydra_translate_string(expr->rexpr);
	SydraIdent	ident = {.text = key};
	const char *name = NULL;
	bool		text = sydra_translate_test_operator(expr, "->>");

	if (column != NULL && IsA(column, ColumnRef) && IsA(llast(column->fields), String))
		name = strVal(llast(column->fields));
	if (key != NULL && name != NULL && text && strcmp(name, "tags") == 0)
		return make_name(translation, "tag", ident);
	if (key != NULL && name != NULL && strcmp(name, "fields") == 0)
		return make_name(translation, "field", ident);
	sydra_translate_refuse(translation, expr->location,
						   "tags ->> 'key' and fields ->> 'key' of a native metric have one.",
						   "this use of jsonb has no translation");
}

bool
sydra_translate_is_arrow(Node *node)
{
	return IsA(node, A_Expr) && ((A_Expr *) node)->kind == AEXPR_OP &&
		(sydra_translate_test_operator((A_Expr *) node, "->>") ||
		 sydra_translate_test_operator((A_Expr *) node, "->"));
}

SydraExpr *
sydra_translate_operand(SydraTranslation *translation, Node *node)
{
	const char *text = sydra_translate_string(node);

	if (text != NULL && sydra_translate_looks_like_time(text))
		return sydra_translate_time(translation, text, "timestamptz", exprLocation(node));
	return sydra_translate_expr(translation, node);
}

/*
 * Booleans.
 */

/* A list within a list of its kind is part of it. */
static void
add_argument(SydraTranslation *translation, SydraExpr *list, SydraExpr *argument)
{
	if (argument->kind == list->kind)
	{
		for (int i = 0; i < argument->list.arg_count; i++)
			add_argument(translation, list, argument->list.args[i]);
		return;
	}
	list->list.args = sydra_arena_grow(&translation->arena, list->list.args,
									   list->list.arg_count, sizeof(SydraExpr *));
	list->list.args[list->list.arg_count++] = argument;
}

static SydraExpr *
translate_bool(SydraTranslation *translation, BoolExpr *node, bool negated, Translate translate)
{
	bool		conjunction = node->boolop == AND_EXPR;
	SydraExpr  *list;
	ListCell   *cell;

	if (node->boolop == NOT_EXPR)
		return translate(translation, linitial(node->args), !negated);
	list = sydra_translate_make(translation, conjunction != negated ? SYDRA_EXPR_AND
								: SYDRA_EXPR_OR);
	foreach(cell, node->args)
		add_argument(translation, list, translate(translation, lfirst(cell), negated));
	return list;
}

/* x IS [NOT] TRUE and the like, which are never null. */
static SydraExpr *
translate_truth(SydraTranslation *translation, BooleanTest *test)
{
	SydraExpr  *operand = sydra_translate_expr(translation, (Node *) test->arg);
	SydraExpr  *otherwise = sydra_translate_make(translation, SYDRA_EXPR_BOOL);
	SydraExpr  *truth;

	if (test->booltesttype == IS_UNKNOWN || test->booltesttype == IS_NOT_UNKNOWN)
		return sydra_translate_make_is_null(translation, operand, test->booltesttype == IS_NOT_UNKNOWN);
	otherwise->boolean = test->booltesttype == IS_FALSE || test->booltesttype == IS_NOT_FALSE;
	truth = sydra_translate_make_call(translation, "coalesce", 2, operand, otherwise);
	return test->booltesttype == IS_FALSE || test->booltesttype == IS_NOT_TRUE
		? sydra_translate_make_not(translation, truth) : truth;
}

SydraExpr *
sydra_translate_condition(SydraTranslation *translation, Node *node, bool negated)
{
	SydraExpr  *expr = NULL;

	check_stack_depth();
	if (IsA(node, BoolExpr))
		return translate_bool(translation, (BoolExpr *) node, negated, sydra_translate_condition);
	if (IsA(node, A_Expr))
		expr = sydra_translate_test(translation, (A_Expr *) node, negated, true);
	if (expr != NULL)
		return expr;
	expr = sydra_translate_expr(translation, node);
	if (expr->kind == SYDRA_EXPR_IS_NULL && negated)
	{
		expr->is_null.negated = !expr->is_null.negated;
		return expr;
	}
	return negated ? sydra_translate_make_not(translation, expr) : expr;
}

/* Where null is not false. */
static SydraExpr *
translate_value(SydraTranslation *translation, Node *node, bool negated)
{
	SydraExpr  *expr = sydra_translate_expr(translation, node);

	return negated ? sydra_translate_make_not(translation, expr) : expr;
}

/*
 * Arithmetic.
 */

static bool
is_arithmetic(const A_Expr *expr, SydraOperator *op)
{
	static const struct
	{
		const char *name;
		SydraOperator op;
	}			operators[] = {
		{"+", SYDRA_OP_ADD}, {"-", SYDRA_OP_SUBTRACT}, {"*", SYDRA_OP_MULTIPLY},
		{"/", SYDRA_OP_DIVIDE}, {"%", SYDRA_OP_MODULO},
	};

	for (int i = 0; i < lengthof(operators); i++)
		if (expr->kind == AEXPR_OP && sydra_translate_test_operator(expr, operators[i].name))
		{
			*op = operators[i].op;
			return true;
		}
	return false;
}

static bool
is_integer_type(const char *type)
{
	return strcmp(type, "int4") == 0 || strcmp(type, "int8") == 0 || strcmp(type, "int2") == 0;
}

bool
sydra_translate_is_integer(Node *node)
{
	SydraOperator op;

	check_stack_depth();
	if (node == NULL)
		return true;
	if (IsA(node, A_Const))
		return !((A_Const *) node)->isnull && nodeTag(&((A_Const *) node)->val) == T_Integer;
	if (IsA(node, TypeCast))
		return is_integer_type(sydra_translate_type(((TypeCast *) node)->typeName));
	if (IsA(node, FuncCall))
	{
		const char *name = strVal(llast(((FuncCall *) node)->funcname));

		return strcmp(name, "count") == 0 || strcmp(name, "length") == 0;
	}
	return IsA(node, A_Expr) && is_arithmetic((A_Expr *) node, &op) &&
		sydra_translate_is_integer(((A_Expr *) node)->lexpr) &&
		sydra_translate_is_integer(((A_Expr *) node)->rexpr);
}

static SydraExpr *
translate_arithmetic(SydraTranslation *translation, A_Expr *expr, SydraOperator op)
{
	SydraExpr  *right = sydra_translate_expr(translation, expr->rexpr);
	SydraExpr  *result;

	if (expr->lexpr == NULL)
	{
		if (op == SYDRA_OP_ADD)
			return right;
		result = sydra_translate_make(translation, SYDRA_EXPR_NEGATE);
		result->operand = right;
		return result;
	}
	result = sydra_translate_make_binary(translation, op,
										 sydra_translate_expr(translation, expr->lexpr), right);
	if (op == SYDRA_OP_DIVIDE && sydra_translate_is_integer((Node *) expr))
		return sydra_translate_make_call(translation, "trunc", 1, result);
	return result;
}

/* nullif(fields -> 'key', 'null'): JSON's null is one to sydraQL anyway. */
static bool
is_json_or_null(const A_Expr *expr)
{
	const char *null = sydra_translate_string(expr->rexpr);

	return sydra_translate_is_arrow(expr->lexpr) &&
		sydra_translate_test_operator((const A_Expr *) expr->lexpr, "->") &&
		null != NULL && strcmp(null, "null") == 0;
}

static SydraExpr *
translate_operator(SydraTranslation *translation, A_Expr *expr)
{
	SydraOperator op;
	SydraExpr  *test = sydra_translate_test(translation, expr, false, false);

	if (test != NULL)
		return test;
	if (is_arithmetic(expr, &op))
		return translate_arithmetic(translation, expr, op);
	if (expr->kind == AEXPR_NULLIF && is_json_or_null(expr))
		return sydra_translate_expr(translation, expr->lexpr);
	if (expr->kind == AEXPR_NULLIF)
		return sydra_translate_make_call(translation, "nullif", 2,
										 sydra_translate_expr(translation, expr->lexpr),
										 sydra_translate_expr(translation, expr->rexpr));
	if (sydra_translate_is_arrow((Node *) expr))
		return translate_arrow(translation, expr);
	if (expr->kind == AEXPR_OP && sydra_translate_test_operator(expr, "^") && expr->lexpr != NULL)
		return sydra_translate_make_call(translation, "pow", 2,
										 sydra_translate_expr(translation, expr->lexpr),
										 sydra_translate_expr(translation, expr->rexpr));
	sydra_translate_refuse(translation, expr->location,
						   sydra_translate_test_operator(expr, "||") ?
						   "Write concat(), which leaves nulls out." :
						   "sydraQL has arithmetic, comparisons, IN, BETWEEN, LIKE and =~.",
						   "the operator %s has no translation", strVal(llast(expr->name)));
}

/*
 * Casts and choices.
 */

/* The digits of numeric(10, 2), or -1 for none. */
static int
get_scale(SydraTranslation *translation, const TypeName *type)
{
	A_Const    *scale;

	if (type->typmods == NIL)
		return -1;
	if (list_length(type->typmods) == 1)
		return 0;
	scale = lsecond(type->typmods);
	if (!IsA(scale, A_Const) || nodeTag(&scale->val) != T_Integer || intVal(&scale->val) < 0)
		sydra_translate_refuse(translation, type->location, "Write round(x, digits).",
							   "this precision has no translation");
	return intVal(&scale->val);
}

static SydraExpr *
translate_cast(SydraTranslation *translation, TypeCast *cast)
{
	const char *text = sydra_translate_string(cast->arg);
	const char *type = sydra_translate_type(cast->typeName);
	bool		array = cast->typeName->arrayBounds != NIL;
	SydraExpr  *expr = NULL;

	if (text != NULL)
		expr = sydra_translate_literal(translation, text, cast->typeName, exprLocation(cast->arg));
	if (expr != NULL)
		return expr;
	expr = sydra_translate_expr(translation, cast->arg);
	if (!array && expr->kind != SYDRA_EXPR_STRING)
	{
		bool		tag = sydra_translate_is_arrow(cast->arg) &&
			sydra_translate_test_may_be_tag(expr);

		if (!tag && (strcmp(type, "float8") == 0 || strcmp(type, "numeric") == 0))
		{
			int			scale = strcmp(type, "numeric") == 0 ?
				get_scale(translation, cast->typeName) : -1;

			if (scale >= 0)
				return sydra_translate_make_call(translation, "round", 2, expr,
												 sydra_translate_make_integer(translation, scale));
			return expr;
		}
		if (!tag && is_integer_type(type))
			return sydra_translate_is_integer(cast->arg) ? expr
				: sydra_translate_make_call(translation, "round", 1, expr);
		if (strcmp(type, "text") == 0 && sydra_translate_is_arrow(cast->arg))
			return expr;
		if (!tag && strcmp(type, "date") == 0)
			return sydra_translate_day(translation, expr);
	}
	sydra_translate_refuse(translation, cast->typeName->location,
						   "Numbers can be cast to float8, numeric and integers, times to date.",
						   "this cast to %s%s has no translation", type, array ? "[]" : "");
}

/* CASE as if() within if(), the last WHEN innermost. */
static SydraExpr *
translate_case(SydraTranslation *translation, CaseExpr *node)
{
	SydraExpr  *result = node->defresult != NULL
		? sydra_translate_expr(translation, (Node *) node->defresult)
		: sydra_translate_make(translation, SYDRA_EXPR_NULL);

	for (int i = list_length(node->args) - 1; i >= 0; i--)
	{
		CaseWhen   *when = list_nth(node->args, i);
		Node	   *test = (Node *) when->expr;

		if (node->arg != NULL)
			test = (Node *) makeSimpleA_Expr(AEXPR_OP, "=", (Node *) node->arg, test,
											 when->location);
		result = sydra_translate_make_call(translation, "if", 3,
										   sydra_translate_condition(translation, test, false),
										   sydra_translate_expr(translation, (Node *) when->result),
										   result);
	}
	return result;
}

static SydraExpr *
translate_variadic(SydraTranslation *translation, const char *name, List *args)
{
	SydraExpr  *expr = sydra_translate_make_call(translation, name, 0);
	ListCell   *cell;

	foreach(cell, args)
	{
		SydraExpr  *argument = sydra_translate_expr(translation, lfirst(cell));

		expr->call.args = sydra_arena_grow(&translation->arena, expr->call.args,
										   expr->call.arg_count, sizeof(SydraExpr *));
		expr->call.args[expr->call.arg_count++] = argument;
	}
	return expr;
}

static SydraExpr *
translate_keyword_value(SydraTranslation *translation, SQLValueFunction *function)
{
	SydraExpr  *now = sydra_translate_make_call(translation, "now", 0);

	if (function->op == SVFOP_CURRENT_TIMESTAMP)
		return now;
	if (function->op == SVFOP_CURRENT_DATE)
		return sydra_translate_day(translation, now);
	sydra_translate_refuse(translation, function->location, "Write now().",
						   "this value has no translation");
}

static SydraExpr *
translate_null_test(SydraTranslation *translation, NullTest *test)
{
	return sydra_translate_make_is_null(translation,
										sydra_translate_expr(translation, (Node *) test->arg),
										test->nulltesttype == IS_NOT_NULL);
}

/* sydraQL compares texts by bytes. */
static SydraExpr *
translate_collation(SydraTranslation *translation, CollateClause *clause)
{
	const char *name = strVal(llast(clause->collname));

	if (strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0)
		sydra_translate_refuse(translation, clause->location,
							   "Texts are compared by bytes, as COLLATE \"C\" has them.",
							   "this collation has no translation");
	return sydra_translate_expr(translation, clause->arg);
}

static SydraExpr *
translate_parameter(SydraTranslation *translation, ParamRef *parameter)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_PARAMETER);

	expr->parameter.position = parameter->number;
	return expr;
}

SydraExpr *
sydra_translate_expr(SydraTranslation *translation, Node *node)
{
	check_stack_depth();
	if (exprLocation(node) >= 0)
		translation->at = exprLocation(node);
	switch (nodeTag(node))
	{
		case T_A_Const:
			return sydra_translate_constant(translation, (A_Const *) node);
		case T_ColumnRef:
			return translate_column(translation, (ColumnRef *) node);
		case T_ParamRef:
			return translate_parameter(translation, (ParamRef *) node);
		case T_A_Expr:
			return translate_operator(translation, (A_Expr *) node);
		case T_BoolExpr:
			return translate_bool(translation, (BoolExpr *) node, false, translate_value);
		case T_NullTest:
			return translate_null_test(translation, (NullTest *) node);
		case T_BooleanTest:
			return translate_truth(translation, (BooleanTest *) node);
		case T_TypeCast:
			return translate_cast(translation, (TypeCast *) node);
		case T_FuncCall:
			return sydra_translate_call(translation, (FuncCall *) node);
		case T_CaseExpr:
			return translate_case(translation, (CaseExpr *) node);
		case T_CoalesceExpr:
			return translate_variadic(translation, "coalesce", ((CoalesceExpr *) node)->args);
		case T_MinMaxExpr:
			return translate_variadic(translation, ((MinMaxExpr *) node)->op == IS_GREATEST
									  ? "greatest" : "least", ((MinMaxExpr *) node)->args);
		case T_CollateClause:
			return translate_collation(translation, (CollateClause *) node);
		case T_SQLValueFunction:
			return translate_keyword_value(translation, (SQLValueFunction *) node);
		case T_SubLink:
			sydra_translate_refuse(translation, exprLocation(node),
								   "Join two queries of sydraQL in SQL.",
								   "a subquery in an expression has no translation");
		default:
			sydra_translate_refuse(translation, exprLocation(node),
								   "Write the query in sydraQL, or keep it in SQL.",
								   "this expression has no translation");
	}
}
