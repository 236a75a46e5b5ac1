/*
 * The rules that make a plan cheaper without changing what it gives.
 */
#ifndef SYDRA_OPTIMIZE_H
#define SYDRA_OPTIMIZE_H

#include "plan/plan.h"

/*
 * Applies the rules that sydraql.disabled_rules does not name, in the order of the registry.  Plans
 * are changed in place; the topmost node may become another.  source is the query's text.
 */
extern SydraPlan *sydra_optimize(SydraPlan *plan, const char *source);

/*
 * The rows of a DELETE: its conditions become the range and the tags of the scan, whatever the
 * setting says.
 */
extern SydraPlan *sydra_optimize_deletion(SydraPlan *rows, const char *source);

#endif
