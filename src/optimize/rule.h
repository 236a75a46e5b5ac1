/*
 * What the rules share.  Each looks at the whole plan and gives its topmost node.
 */
#ifndef SYDRA_RULE_H
#define SYDRA_RULE_H

#include "plan/plan.h"

typedef SydraPlan *(*SydraRuleApply) (SydraPlan *plan, const char *source);

extern SydraPlan *sydra_rule_constants(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_booleans(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_merge_time(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_time(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_tags(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_values(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_columns(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_limit(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_last_point(SydraPlan *plan, const char *source);
extern SydraPlan *sydra_rule_summaries(SydraPlan *plan, const char *source);

/* The node remembers what changed it, once. */
extern void sydra_rule_fired(SydraPlan *plan, const char *rule);

/* Remembers a condition of a filter that a scan evaluates by something from now on. */
extern void sydra_rule_pushed(SydraPlanScan *scan, const SydraPlanFilter *filter,
							  const SydraTerm *condition, const char *by);

/* Takes a node out of the plan; what is said of it is said of its input from now on. */
extern void sydra_rule_remove(SydraPlan **link);

/* The scan below a node through filters and an order alone, or NULL. */
extern SydraPlanScan *sydra_rule_scan_below(SydraPlan *plan);

/* The place in a scan's columns of the time, or -1. */
extern int	sydra_rule_time_column(const SydraPlanScan *scan);

/* Whether a term over a scan's columns is the same for all rows of a series. */
extern bool sydra_rule_is_of_series(const SydraTerm *term, const SydraPlanScan *scan);

/* A condition as the list of what must all be true, and back; NIL is NULL: always true. */
extern List *sydra_rule_split(SydraTerm *condition);
extern SydraTerm *sydra_rule_join(List *conditions);

/*
 * Gives push() every filter that stands above a scan, the topmost first, and takes out of the plan
 * those that it leaves without a condition.
 */
typedef void (*SydraRulePush) (SydraPlanFilter *filter, SydraPlanScan *scan, const char *source);

extern SydraPlan *sydra_rule_push_filters(SydraPlan *plan, const char *source, SydraRulePush push);

/* Every expression of a node is replaced by what change() gives for it. */
typedef SydraTerm *(*SydraTermChange) (SydraTerm *term, void *context);

extern void sydra_rule_change_terms(SydraPlan *plan, SydraTermChange change, void *context);

/* A copy of a call with each argument changed; the term itself when none was. */
extern SydraTerm *sydra_rule_change_arguments(SydraTerm *term, SydraTermChange change,
											  void *context);

#endif
