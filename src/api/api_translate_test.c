/*
 * api_translate_test.c
 *	  SQL's comparisons in sydraQL.
 *
 * A tag that a series does not have is null to SQL and the empty text to sydraQL's comparisons.  In
 * a condition, where false is as good as null, a comparison that the empty text would satisfy is
 * joined with one that it does not: env <> 'x' is env != 'x' AND env != ''.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "api/api_translate.h"

bool
sydra_translate_test_operator(const A_Expr *expr, const char *name)
{
	return list_length(expr->name) == 1 && strcmp(strVal(linitial(expr->name)), name) == 0;
}

/* One side of a comparison; what is compared with jsonb's text is a text. */
static SydraExpr *
translate_side(SydraTranslation *translation, Node *node, Node *other)
{
	return sydra_translate_is_arrow(other) ? sydra_translate_expr(translation, node)
		: sydra_translate_operand(translation, node);
}

static bool
find_comparison(const A_Expr *expr, SydraOperator *op)
{
	static const struct
	{
		const char *name;
		SydraOperator op;
	}			operators[] = {
		{"=", SYDRA_OP_EQ}, {"<>", SYDRA_OP_NE}, {"<", SYDRA_OP_LT}, {"<=", SYDRA_OP_LE},
		{">", SYDRA_OP_GT}, {">=", SYDRA_OP_GE},
	};

	for (int i = 0; i < lengthof(operators); i++)
		if (sydra_translate_test_operator(expr, operators[i].name))
		{
			*op = operators[i].op;
			return true;
		}
	return false;
}

static SydraOperator
negate(SydraOperator op)
{
	static const SydraOperator opposites[] = {
		[SYDRA_OP_EQ] = SYDRA_OP_NE, [SYDRA_OP_NE] = SYDRA_OP_EQ, [SYDRA_OP_LT] = SYDRA_OP_GE,
		[SYDRA_OP_LE] = SYDRA_OP_GT, [SYDRA_OP_GT] = SYDRA_OP_LE, [SYDRA_OP_GE] = SYDRA_OP_LT,
		[SYDRA_OP_MATCH] = SYDRA_OP_NOT_MATCH, [SYDRA_OP_NOT_MATCH] = SYDRA_OP_MATCH,
	};

	return opposites[op];
}

static SydraOperator
swap_sides(SydraOperator op)
{
	static const SydraOperator swapped[] = {
		[SYDRA_OP_EQ] = SYDRA_OP_EQ, [SYDRA_OP_NE] = SYDRA_OP_NE, [SYDRA_OP_LT] = SYDRA_OP_GT,
		[SYDRA_OP_LE] = SYDRA_OP_GE, [SYDRA_OP_GT] = SYDRA_OP_LT, [SYDRA_OP_GE] = SYDRA_OP_LE,
	};

	return swapped[op];
}

/* Could the name be that of a tag? */
bool
sydra_translate_test_may_be_tag(const SydraExpr *expr)
{
	const char *name;

	if (expr->kind != SYDRA_EXPR_NAME)
		return false;
	name = expr->name.parts[0].text;
	if (expr->name.part_count > 1)
		return strcmp(name, "tag") == 0;
	return strcmp(name, "time") != 0 && strcmp(name, "value") != 0;
}

static SydraExpr *
guard_text(SydraTranslation *translation, SydraExpr *test, SydraExpr *name)
{
	SydraExpr  *empty = sydra_translate_make_string(translation, "");

	return sydra_translate_make_list(translation, SYDRA_EXPR_AND, test,
									 sydra_translate_make_binary(translation, SYDRA_OP_NE, name,
																 empty));
}

/* As guard_text(), where the kind is not known. */
static SydraExpr *
guard_null(SydraTranslation *translation, SydraExpr *test, SydraExpr *name)
{
	return sydra_translate_make_list(translation, SYDRA_EXPR_AND, test,
									 sydra_translate_make_is_null(translation, name, true));
}

/* Could the value, which is no literal, be a text? */
static bool
may_be_text(const SydraExpr *expr)
{
	if (expr->kind == SYDRA_EXPR_CALL)
		return strcmp(expr->call.name.text, "now") != 0 &&
			strcmp(expr->call.name.text, "time_bucket") != 0;
	return expr->kind == SYDRA_EXPR_NAME || expr->kind == SYDRA_EXPR_PARAMETER;
}

pg_noreturn static void refuse_empty(SydraTranslation *translation, int location);

static void
refuse_empty(SydraTranslation *translation, int location)
{
	sydra_translate_refuse(translation, location,
						   "Write the condition in sydraQL, where tag.key = '' finds both.",
						   "sydraQL does not tell an empty tag from a missing one");
}

/* name op 'text' */
static SydraExpr *
guard_constant(SydraTranslation *translation, SydraExpr *test, SydraOperator op, SydraExpr *name,
			   const char *text, int location)
{
	if (*text == '\0' && (op == SYDRA_OP_EQ || op == SYDRA_OP_LE || op == SYDRA_OP_GE))
		refuse_empty(translation, location);
	if (*text != '\0' && (op == SYDRA_OP_NE || op == SYDRA_OP_LT || op == SYDRA_OP_LE))
		return guard_text(translation, test, name);
	return test;
}

static SydraExpr *
guard_comparison(SydraTranslation *translation, SydraExpr *test, int location)
{
	SydraOperator op = test->binary.op;
	SydraExpr  *left = test->binary.left;
	SydraExpr  *right = test->binary.right;

	if (sydra_translate_test_may_be_tag(left) && right->kind == SYDRA_EXPR_STRING)
		return guard_constant(translation, test, op, left, right->string, location);
	if (sydra_translate_test_may_be_tag(right) && left->kind == SYDRA_EXPR_STRING)
		return guard_constant(translation, test, swap_sides(op), right, left->string, location);
	if (op == SYDRA_OP_EQ && (left->kind == SYDRA_EXPR_PARAMETER ||
							  right->kind == SYDRA_EXPR_PARAMETER))
		return test;
	if (sydra_translate_test_may_be_tag(left) && may_be_text(right))
		test = guard_null(translation, test, left);
	if (sydra_translate_test_may_be_tag(right) && may_be_text(left))
		test = guard_null(translation, test, right);
	return test;
}

/* IN, = ANY (ARRAY[...]), <> ALL (ARRAY[...]) */
static SydraExpr *
translate_in(SydraTranslation *translation, A_Expr *expr, List *items, bool negated, bool guard)
{
	SydraExpr  *in = sydra_translate_make(translation, SYDRA_EXPR_IN);
	bool		texts = false;
	bool		empty = false;
	bool		unknown = false;
	ListCell   *cell;

	in->in.operand = sydra_translate_expr(translation, expr->lexpr);
	in->in.negated = negated;
	if (items == NIL)
		sydra_translate_refuse(translation, expr->location, "Give the list a value.",
							   "an empty list has no translation");
	foreach(cell, items)
	{
		SydraExpr  *item = translate_side(translation, lfirst(cell), expr->lexpr);

		texts |= item->kind == SYDRA_EXPR_STRING;
		empty |= item->kind == SYDRA_EXPR_STRING && *item->string == '\0';
		unknown |= may_be_text(item);
		in->in.items = sydra_arena_grow(&translation->arena, in->in.items, in->in.item_count,
										sizeof(SydraExpr *));
		in->in.items[in->in.item_count++] = item;
	}
	if (!guard || !sydra_translate_test_may_be_tag(in->in.operand))
		return in;
	if (unknown && negated)
		return guard_null(translation, in, in->in.operand);
	if (!texts)
		return in;
	if (empty && !negated)
		refuse_empty(translation, expr->location);
	return negated && !empty ? guard_text(translation, in, in->in.operand) : in;
}

static SydraExpr *
translate_like(SydraTranslation *translation, A_Expr *expr, bool negated, bool guard)
{
	SydraExpr  *like = sydra_translate_make(translation, SYDRA_EXPR_LIKE);
	const char *pattern = sydra_translate_string(expr->rexpr);

	negated ^= *strVal(linitial(expr->name)) == '!';
	like->like.operand = sydra_translate_expr(translation, expr->lexpr);
	like->like.pattern = sydra_translate_expr(translation, expr->rexpr);
	like->like.negated = negated;
	if (!guard || !sydra_translate_test_may_be_tag(like->like.operand))
		return like;
	if (pattern == NULL || negated != (pattern[strspn(pattern, "%")] == '\0'))
		return guard_text(translation, like, like->like.operand);
	return like;
}

static SydraExpr *
make_match(SydraTranslation *translation, A_Expr *expr, SydraExpr *pattern, bool negated,
		   bool guard)
{
	SydraExpr  *name = sydra_translate_expr(translation, expr->lexpr);
	SydraExpr  *match = sydra_translate_make_binary(translation, negated ? SYDRA_OP_NOT_MATCH
													: SYDRA_OP_MATCH, name, pattern);

	return guard && sydra_translate_test_may_be_tag(name) ?
		guard_text(translation, match, name) : match;
}

static SydraExpr *
translate_ilike(SydraTranslation *translation, A_Expr *expr, bool negated, bool guard)
{
	const char *pattern = sydra_translate_string(expr->rexpr);
	bool		empty;

	if (pattern == NULL)
		sydra_translate_refuse(translation, expr->location, "Write the pattern as a string.",
							   "ILIKE takes a constant pattern alone");
	negated ^= *strVal(linitial(expr->name)) == '!';
	empty = pattern[strspn(pattern, "%")] == '\0';
	return make_match(translation, expr, sydra_translate_ilike(translation, pattern), negated,
					  guard && empty != negated);
}

/* ~ ~* !~ !~* */
static bool
is_match(const A_Expr *expr)
{
	return sydra_translate_test_operator(expr, "~") || sydra_translate_test_operator(expr, "~*") ||
		sydra_translate_test_operator(expr, "!~") || sydra_translate_test_operator(expr, "!~*");
}

static SydraExpr *
translate_match(SydraTranslation *translation, A_Expr *expr, bool negated, bool guard)
{
	const char *name = strVal(linitial(expr->name));
	const char *pattern = sydra_translate_string(expr->rexpr);
	SydraExpr  *regex;
	bool		empty;

	if (pattern == NULL)
		sydra_translate_refuse(translation, expr->location, "Write the pattern as a string.",
							   "%s takes a constant pattern alone", name);
	negated ^= *name == '!';
	regex = sydra_translate_pattern(translation, pattern, name[strlen(name) - 1] == '*',
									exprLocation(expr->rexpr), &empty);
	return make_match(translation, expr, regex, negated, guard && empty != negated);
}

static SydraExpr *
translate_between(SydraTranslation *translation, A_Expr *expr, bool negated, bool guard)
{
	SydraExpr  *between = sydra_translate_make(translation, SYDRA_EXPR_BETWEEN);
	List	   *bounds = (List *) expr->rexpr;

	negated ^= expr->kind == AEXPR_NOT_BETWEEN;
	between->between.operand = sydra_translate_operand(translation, expr->lexpr);
	between->between.low = translate_side(translation, linitial(bounds), expr->lexpr);
	between->between.high = translate_side(translation, lsecond(bounds), expr->lexpr);
	between->between.negated = negated;
	if (!guard || !sydra_translate_test_may_be_tag(between->between.operand))
		return between;
	if (may_be_text(between->between.low) || may_be_text(between->between.high))
		return guard_null(translation, between, between->between.operand);
	if (between->between.low->kind != SYDRA_EXPR_STRING)
		return between;
	if (*between->between.low->string == '\0')
		refuse_empty(translation, expr->location);
	return negated ? guard_text(translation, between, between->between.operand) : between;
}

/* A test, or NULL when the operator gives something else. */
SydraExpr *
sydra_translate_test(SydraTranslation *translation, A_Expr *expr, bool negated, bool guard)
{
	SydraOperator op;
	SydraExpr  *test;

	switch (expr->kind)
	{
		case AEXPR_OP:
			if (is_match(expr))
				return translate_match(translation, expr, negated, guard);
			if (expr->lexpr == NULL || !find_comparison(expr, &op))
				return NULL;
			test = translate_side(translation, expr->lexpr, expr->rexpr);
			test = sydra_translate_make_binary(translation, negated ? negate(op) : op, test,
											   translate_side(translation, expr->rexpr,
															  expr->lexpr));
			return guard ? guard_comparison(translation, test, expr->location) : test;
		case AEXPR_IN:
			return translate_in(translation, expr, (List *) expr->rexpr,
								negated != sydra_translate_test_operator(expr, "<>"), guard);
		case AEXPR_OP_ANY:
		case AEXPR_OP_ALL:
			if (!IsA(expr->rexpr, A_ArrayExpr) ||
				!sydra_translate_test_operator(expr, expr->kind == AEXPR_OP_ANY ? "=" : "<>"))
				sydra_translate_refuse(translation, expr->location,
									   "Write IN, with the values between parentheses.",
									   "this comparison with an array has no translation");
			return translate_in(translation, expr, ((A_ArrayExpr *) expr->rexpr)->elements,
								negated != (expr->kind == AEXPR_OP_ALL), guard);
		case AEXPR_LIKE:
			return translate_like(translation, expr, negated, guard);
		case AEXPR_ILIKE:
			return translate_ilike(translation, expr, negated, guard);
		case AEXPR_BETWEEN:
		case AEXPR_NOT_BETWEEN:
			return translate_between(translation, expr, negated, guard);
		default:
			return NULL;
	}
}
