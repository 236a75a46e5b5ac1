/*
 * SHOW -> query.
 */
#ifndef SYDRA_SHOW_H
#define SYDRA_SHOW_H

#include "analyze/scope.h"

/* The metric, where there is one, is open, and the WHERE among the conditions. */
extern void sydra_show_analyze(SydraScope *scope, const SydraShow *show);

#endif
