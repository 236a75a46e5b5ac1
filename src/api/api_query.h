/*
 * sydraQL from text to rows.
 */
#ifndef SYDRA_API_QUERY_H
#define SYDRA_API_QUERY_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/*
 * The columns that a query gives, in the current memory context.  Nothing is run, and no privilege
 * is needed to be told.
 */
extern TupleDesc sydra_query_describe(const char *source);

/*
 * OIDs of the tables that a query names, as far as they can be found: a text that does not parse or
 * a metric that is not there adds nothing.
 */
extern List *sydra_query_tables(const char *source);

#endif
