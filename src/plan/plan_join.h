/*
 * The part of a plan that JOIN TIME makes.
 */
#ifndef SYDRA_PLAN_JOIN_H
#define SYDRA_PLAN_JOIN_H

#include "plan/plan.h"

/* The joined rows that the conditions choose.  The terms of the query become terms over these. */
extern SydraPlan *sydra_plan_join_rows(SydraQuery *query);

/* Each source grouped by itself, and the groups joined: the keys, then the aggregates. */
extern SydraPlan *sydra_plan_join_groups(const SydraQuery *query);

#endif
