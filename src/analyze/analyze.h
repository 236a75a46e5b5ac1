/*
 * Tree -> query: names resolved, kinds inferred, rules checked.  The query's own structure is
 * analyze/query.h; callers other than plan/ need only this.
 */
#ifndef SYDRA_ANALYZE_H
#define SYDRA_ANALYZE_H

#include "lang/ast.h"
#include "utils/jsonb.h"

typedef struct SydraQuery SydraQuery;

/*
 * Raises the errors of language.md with their place in source.  parameters is the jsonb of the call
 * ('[...]' or '{...}'), or NULL to describe the statement without running it: the columns of a
 * result never depend on parameter values.  Privileges are checked by the caller of the plan.
 */
extern SydraQuery *sydra_analyze(const SydraStatement *statement, const char *source,
								 Jsonb *parameters);

#endif
