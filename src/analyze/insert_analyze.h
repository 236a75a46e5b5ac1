/*
 * INSERT.
 */
#ifndef SYDRA_INSERT_ANALYZE_H
#define SYDRA_INSERT_ANALYZE_H

#include "analyze/scope.h"

/* Resolves the metric and computes every value; see analyze/insertion.h. */
extern SydraInsertion *sydra_insert_analyze(SydraScope *scope, const SydraInsert *insert);

#endif
