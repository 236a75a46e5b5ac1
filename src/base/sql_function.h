/*
 * What every function that SQL calls is defined by.
 */
#ifndef SYDRA_SQL_FUNCTION_H
#define SYDRA_SQL_FUNCTION_H

#include "fmgr.h"

/* Defines a function that SQL calls; all other symbols of the library are hidden. */
#define SYDRA_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#endif
