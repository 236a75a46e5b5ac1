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

#endif
