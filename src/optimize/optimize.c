/*
 * optimize.c
 *	  The registry of rules, and the setting that switches them off.
 */
#include "postgres.h"

#include "base/setting.h"
#include "optimize/optimize.h"
#include "optimize/rule.h"

/* In order: what is folded first lets the later ones see more. */
static const struct
{
	const char *name;
	SydraRuleApply apply;
}			rules[] = {
	{"constant_folding", sydra_rule_constants},
	{"boolean_simplification", sydra_rule_booleans},
	{"time_merging", sydra_rule_merge_time},
	{"time_pushdown", sydra_rule_time},
	{"tag_pushdown", sydra_rule_tags},
	{"value_pushdown", sydra_rule_values},
	{"projection_pruning", sydra_rule_columns},
	{"limit_pushdown", sydra_rule_limit},
	{"last_point", sydra_rule_last_point},
	{"segment_statistics", sydra_rule_summaries},
};

StaticAssertDecl(lengthof(rules) == SYDRA_SETTING_RULES, "the setting knows every rule");

/* Below a join the right side is a plan of its own to a rule. */
static SydraPlan *
apply(SydraRuleApply rule, SydraPlan *plan, const char *source)
{
	plan = rule(plan, source);
	for (SydraPlan *node = plan; node != NULL; node = node->input)
		if (node->second != NULL)
			node->second = apply(rule, node->second, source);
	return plan;
}

SydraPlan *
sydra_optimize(SydraPlan *plan, const char *source)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		Assert(strcmp(rules[i].name, sydra_setting_rule_name(i)) == 0);
		if (!sydra_setting_rule_is_disabled(i))
			plan = apply(rules[i].apply, plan, source);
	}
	return plan;
}

SydraPlan *
sydra_optimize_deletion(SydraPlan *rows, const char *source)
{
	rows = sydra_rule_constants(rows, source);
	rows = sydra_rule_booleans(rows, source);
	rows = sydra_rule_time(rows, source);
	return sydra_rule_tags(rows, source);
}
