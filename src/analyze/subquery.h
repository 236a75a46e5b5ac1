/*
 * FROM (select ...): what a query's result is as the source of another.
 */
#ifndef SYDRA_SUBQUERY_H
#define SYDRA_SUBQUERY_H

#include "analyze/scope.h"

/*
 * Makes an analysed query the source of another.  Its columns are a table's: the time is the one
 * that is called so, else the bucket, else the time itself under another name; tags are what is a
 * tag or a key of its groups; the rest are fields.
 */
extern void sydra_subquery_take(SydraQuery *query, SydraQuery *inner);

/*
 * That a row of the scope's source has a time, where that is a subquery whose rows may have none and
 * its range does not say so already; else NULL.
 */
extern SydraTerm *sydra_subquery_time_test(SydraScope *scope);

/* Whether a tag can be read as text, as those of a table are. */
extern bool sydra_subquery_has_text(const SydraTableColumn *tag);

/* The range of time that the inner query's own bounds imply for the times of its rows. */
extern SydraTimeRange sydra_subquery_range(const SydraQuery *inner);

#endif
