/*
 * rule_limit.c
 *	  A sort of which only the first rows are wanted need not keep the others.
 */
#include "postgres.h"

#include "common/int.h"

#include "optimize/rule.h"

SydraPlan *
sydra_rule_limit(SydraPlan *plan, const char *source)
{
	for (SydraPlan *node = plan; node != NULL; node = node->input)
	{
		SydraPlanLimit *limit = (SydraPlanLimit *) node;
		int64		wanted;

		if (node->type != SYDRA_PLAN_LIMIT || node->input->type != SYDRA_PLAN_SORT ||
			limit->limit < 0 || limit->by_count > 0 ||
			pg_add_s64_overflow(limit->limit, limit->offset, &wanted))
			continue;
		((SydraPlanSort *) node->input)->limit = wanted;
		sydra_rule_fired(node->input, "limit_pushdown");
	}
	return plan;
}
