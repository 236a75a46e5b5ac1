/*
 * The part of a plan that a query in FROM makes.
 */
#ifndef SYDRA_PLAN_SUBQUERY_H
#define SYDRA_PLAN_SUBQUERY_H

#include "plan/plan.h"

/* The rows of query->subquery, their columns the inputs of the query. */
extern SydraPlan *sydra_plan_subquery(const SydraQuery *query);

#endif
