/*
 * Query -> plan, in the order that language.md gives: scan, filter, aggregate, fill, having, items,
 * order, limit.  Right as it is; src/optimize only makes it cheaper.
 */
#ifndef SYDRA_PLAN_BUILD_H
#define SYDRA_PLAN_BUILD_H

#include "plan/plan.h"

/* For a SELECT.  The columns of the topmost node are exactly the columns of the result. */
extern SydraPlan *sydra_plan_build(const SydraQuery *query);

/* The rows that the conditions choose, for a DELETE: Filters over a Scan. */
extern SydraPlan *sydra_plan_build_rows(const SydraQuery *query);

/* A node with the columns of its input, and what is put into nodes. */
extern void *sydra_plan_build_node(size_t size, SydraPlanType type, SydraPlan *input);
extern void sydra_plan_build_columns(SydraPlan *plan, List *columns);
extern SydraPlanColumn *sydra_plan_build_column(const char *name, SydraKind kind, Oid typid);
extern SydraTerm *sydra_plan_build_reference(const SydraPlanColumn *column, int number);
extern SydraPlan *sydra_plan_build_filter(SydraPlan *input, SydraTerm *condition,
										  const char *origin);
extern SydraPlanOrder *sydra_plan_build_order(const SydraQuery *query, SydraPlan *input);
extern SydraPlan *sydra_plan_build_aggregate(const SydraQuery *query, SydraPlan *input);
extern void sydra_plan_build_sort_key(SydraPlanSort *sort, int column, bool descending,
									  bool nulls_first);

#endif
