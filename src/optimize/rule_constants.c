/*
 * rule_constants.c
 *	  Constant folding: calls whose arguments are all constants become their value.
 *
 * now() is a constant too: a plan does not outlive its transaction.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "analyze/constant.h"
#include "optimize/rule.h"

static SydraTerm *
fold(SydraTerm *term, void *source)
{
	SydraTerm  *folded;

	check_stack_depth();
	if (term->type != SYDRA_TERM_CALL)
		return term;
	term = sydra_rule_change_arguments(term, fold, source);
	folded = sydra_constant_evaluate_call(term, source);
	return folded ? folded : term;
}

/* Whether folding will change anything, so that only then the node names the rule. */
static SydraTerm *
look(SydraTerm *term, void *found)
{
	bool		constant = true;
	ListCell   *cell;

	if (term->type != SYDRA_TERM_CALL)
		return term;
	foreach(cell, term->arguments)
	{
		look(lfirst(cell), found);
		constant = constant && ((SydraTerm *) lfirst(cell))->type == SYDRA_TERM_CONST;
	}
	if (constant)
		*(bool *) found = true;
	return term;
}

SydraPlan *
sydra_rule_constants(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		bool		found = false;

		sydra_rule_change_terms(node, look, &found);
		if (!found)
			continue;
		sydra_rule_change_terms(node, fold, unconstify(char *, source));
		sydra_rule_fired(node, "constant_folding");
	}
	return plan;
}
