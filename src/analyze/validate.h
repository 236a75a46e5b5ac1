/*
 * The rules of grouping and filling.
 */
#ifndef SYDRA_VALIDATE_H
#define SYDRA_VALIDATE_H

#include "analyze/scope.h"

/*
 * An expression of a grouped query, over the groups: the keys, then the aggregates.  What is
 * neither in GROUP BY nor inside an aggregate is ERR_GROUPING.
 */
/* Where rows of one series are looked at together: it must have been said which columns are tags. */
extern void sydra_validate_series(const SydraScope *scope, const SydraQuery *source, int offset,
								  const char *what);

extern SydraTerm *sydra_validate_group_term(SydraScope *scope, SydraTerm *term);

/* Finds the time_bucket among the keys; sets bucket_key. */
extern void sydra_validate_bucket(SydraScope *scope);

/* FILL, after the items are known. */
extern void sydra_validate_fill(SydraScope *scope, const SydraFill *fill);

/* Window functions have rows in an order: raw ones, or those of buckets. */
extern void sydra_validate_windows(SydraScope *scope);

/* A lower bound of time, when the settings ask for it. */
extern void sydra_validate_range(SydraScope *scope);

/* Whether a term reads anything but tags; *found is the column. */
extern bool sydra_validate_reads_more(const SydraQuery *query, const SydraTerm *term,
									  const SydraTerm **found);

/* A condition of DELETE: one AND of time >= a, time < b and conditions on tags. */
extern void sydra_validate_deletion(SydraScope *scope, SydraTerm *term);

/* A term that is grouped or ordered by can be compared. */
extern void sydra_validate_comparable(SydraScope *scope, const SydraTerm *term, int offset,
									  const char *clause);

#endif
