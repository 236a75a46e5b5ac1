/*
 * JOIN TIME: several sources in one query.
 *
 * FROM's own source is the query itself, at place 0; every JOIN TIME adds a query of its own.
 */
#ifndef SYDRA_JOIN_H
#define SYDRA_JOIN_H

#include "analyze/scope.h"

/* A scope in which names mean what they mean in one source, its columns carrying the place. */
extern SydraScope sydra_join_scope(const SydraScope *scope, int place);

/* The source of a column. */
extern const SydraQuery *sydra_join_source(const SydraQuery *query, int column);

/* Adds a source whose own conditions are known to the query. */
extern void sydra_join_add(SydraScope *scope, SydraScope *right, const SydraJoin *join);

/* After GROUP BY: what the keys are on the right, where each condition belongs. */
extern void sydra_join_divide(SydraScope *scope);

/* Where each source is grouped by itself: which one an aggregate is of, else 0. */
extern int	sydra_join_source_of_call(SydraScope *scope, List *arguments, const SydraTerm *filter,
									  int offset);

#endif
