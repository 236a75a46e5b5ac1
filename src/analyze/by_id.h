/*
 * BY_ID(n): the series that has an id, whatever its metric.
 */
#ifndef SYDRA_BY_ID_H
#define SYDRA_BY_ID_H

#include "analyze/resolve.h"

/* The metric of BY_ID, locked, and the tags of its series; ERR_UNKNOWN_METRIC when there is none. */
extern void sydra_by_id_resolve(SydraScope *scope, const SydraSeries *series, LOCKMODE lock,
								SydraMetric *metric);

/* Its table, or InvalidOid. */
extern Oid	sydra_by_id_table(int64 id);

/* The condition that holds for this series of the scope's metric and for no other; NULL: there is none. */
extern SydraTerm *sydra_by_id_condition(SydraScope *scope, const SydraSeries *series,
										Jsonb *tags);

/* A tag of the series as text, NULL when it has none of that key. */
extern char *sydra_by_id_tag(Jsonb *tags, const char *key);

#endif
