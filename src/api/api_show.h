/*
 * The rows of a SHOW that no plan gives.
 */
#ifndef SYDRA_API_SHOW_H
#define SYDRA_API_SHOW_H

#include "analyze/query.h"
#include "api/api_result.h"
#include "api/api_stats.h"

/* SHOW METRICS, TAGS and FUNCTIONS.  Privileges on the metric have been checked. */
extern void sydra_show_run(const SydraQuery *query, SydraResult *result, SydraStats *stats);

#endif
