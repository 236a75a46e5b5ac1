/*
 * rule_booleans.c
 *	  Boolean simplification: NOT moves to the comparisons and into them, constants leave AND and
 *	  OR, a filter that is always true goes.
 *
 * NaN equals NaN and is greatest, so the order is total and NOT (a < b) is a >= b, nulls included.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "analyze/constant.h"
#include "optimize/rule.h"

static SydraTerm *simplify(SydraTerm *term, void *changed);

static bool
is_bool(const SydraTerm *term, bool value)
{
	return term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_BOOL &&
		!term->value.isnull && term->value.boolean == value;
}

static const char *
opposite(const SydraTerm *term)
{
	static const char *const pairs[][2] = {
		{"=", "!="}, {"<", ">="}, {"<=", ">"}
	};

	for (int i = 0; i < lengthof(pairs); i++)
	{
		if (sydra_constant_calls(term, pairs[i][0]))
			return pairs[i][1];
		if (sydra_constant_calls(term, pairs[i][1]))
			return pairs[i][0];
	}
	return NULL;
}

static SydraTerm *
negate_comparison(SydraTerm *term, const char *operator)
{
	SydraTerm  *negated = palloc(sizeof(SydraTerm));
	SydraKind	kinds[2];
	SydraKind	result;
	int			position;

	*negated = *term;
	for (int i = 0; i < 2; i++)
		kinds[i] = ((SydraTerm *) list_nth(term->arguments, i))->kind;
	if (sydra_operator_resolve(operator, 2, kinds, &negated->function, &result, &position) !=
		SYDRA_RESOLVED)
		elog(ERROR, "operator %s is missing", operator);
	return negated;
}

/* NOT (a OR b) is NOT a AND NOT b, of which each part may move alone. */
static SydraTerm *
negate_list(SydraTerm *term, const char *operator, void *changed)
{
	SydraTerm  *negated = palloc(sizeof(SydraTerm));
	SydraKind	kinds[2] = {SYDRA_KIND_BOOL, SYDRA_KIND_BOOL};
	SydraKind	result;
	int			position;
	const SydraFunction *not;
	ListCell   *cell;

	*negated = *term;
	negated->arguments = NIL;
	if (sydra_operator_resolve("not", 1, kinds, &not, &result, &position) != SYDRA_RESOLVED ||
		sydra_operator_resolve(operator, 2, kinds, &negated->function, &result, &position) !=
		SYDRA_RESOLVED)
		elog(ERROR, "operator %s is missing", operator);
	foreach(cell, term->arguments)
	{
		SydraTerm  *part = palloc(sizeof(SydraTerm));

		*part = *term;
		part->function = not;
		part->arguments = list_make1(lfirst(cell));
		negated->arguments = lappend(negated->arguments, part);
	}
	*(bool *) changed = true;
	return simplify(negated, changed);
}

static SydraTerm *
simplify_not(SydraTerm *term, void *changed)
{
	SydraTerm  *operand = simplify(linitial(term->arguments), changed);
	const char *operator = opposite(operand);

	if (sydra_constant_calls(operand, "not"))
	{
		*(bool *) changed = true;
		return linitial(operand->arguments);
	}
	if (is_bool(operand, true) || is_bool(operand, false))
	{
		*(bool *) changed = true;
		return sydra_constant_bool(!operand->value.boolean, term->offset);
	}
	if (sydra_constant_calls(operand, "and") || sydra_constant_calls(operand, "or"))
		return negate_list(operand, sydra_constant_calls(operand, "and") ? "or" : "and", changed);
	if (operator == NULL)
		return sydra_rule_change_arguments(term, simplify, changed);
	*(bool *) changed = true;
	return negate_comparison(operand, operator);
}

/* AND: neutral is true, deciding is false; OR the other way round. */
static SydraTerm *
simplify_list(SydraTerm *term, const char *operator, bool neutral, void *changed)
{
	List	   *arguments = NIL;
	SydraTerm  *result;
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraTerm  *argument = simplify(lfirst(cell), changed);

		if (is_bool(argument, !neutral))
		{
			*(bool *) changed = true;
			return argument;
		}
		if (is_bool(argument, neutral))
			*(bool *) changed = true;
		else if (sydra_constant_calls(argument, operator))
		{
			*(bool *) changed = true;
			arguments = list_concat(arguments, argument->arguments);
		}
		else
			arguments = lappend(arguments, argument);
	}
	if (arguments == NIL)
		return sydra_constant_bool(neutral, term->offset);
	if (list_length(arguments) == 1)
		return linitial(arguments);
	result = palloc(sizeof(SydraTerm));
	*result = *term;
	result->arguments = arguments;
	return result;
}

static SydraTerm *
simplify(SydraTerm *term, void *changed)
{
	check_stack_depth();
	if (term->type != SYDRA_TERM_CALL)
		return term;
	if (sydra_constant_calls(term, "not"))
		return simplify_not(term, changed);
	if (sydra_constant_calls(term, "and"))
		return simplify_list(term, "and", true, changed);
	if (sydra_constant_calls(term, "or"))
		return simplify_list(term, "or", false, changed);
	return sydra_rule_change_arguments(term, simplify, changed);
}

SydraPlan *
sydra_rule_booleans(SydraPlan *plan, const char *source)
{
	SydraPlan **link = &plan;

	while (*link != NULL)
	{
		SydraPlan  *node = *link;
		bool		changed = false;

		sydra_rule_change_terms(node, simplify, &changed);
		if (changed)
			sydra_rule_fired(node, "boolean_simplification");
		if (node->type == SYDRA_PLAN_FILTER &&
			is_bool(((SydraPlanFilter *) node)->condition, true))
		{
			sydra_rule_fired(node, "boolean_simplification");
			sydra_rule_remove(link);
		}
		else
			link = &node->input;
	}
	return plan;
}
