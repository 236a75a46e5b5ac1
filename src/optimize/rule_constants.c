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

/* What folding a node's expressions needs, and whether it changed any. */
typedef struct Folding
{
	const char *source;
	bool		changed;
} Folding;

static SydraTerm *
fold(SydraTerm *term, void *context)
{
	Folding    *folding = context;
	SydraTerm  *value;

	check_stack_depth();
	if (term->type != SYDRA_TERM_CALL)
		return term;
	value = sydra_constant_evaluate(term, folding->source);
	if (value == NULL)
		return sydra_rule_change_arguments(term, fold, context);
	folding->changed = true;
	return value;
}

SydraPlan *
sydra_rule_constants(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		Folding		folding = {.source = source};

		sydra_rule_change_terms(node, fold, &folding);
		if (folding.changed)
			sydra_rule_fired(node, "constant_folding");
	}
	return plan;
}
