/*
 * sydraQL from text to rows.
 */
#ifndef SYDRA_API_QUERY_H
#define SYDRA_API_QUERY_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/snapshot.h"

#include "analyze/query.h"
#include "api/api_stats.h"
#include "engine/engine.h"

/* A SELECT that runs. */
typedef struct SydraSelection
{
	Snapshot	snapshot;		/* registered */
	SydraExecution *execution;
	SydraStats	stats;
} SydraSelection;

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

/* Whether the user may SELECT what the query names of its one table. */
extern bool sydra_query_is_allowed(const SydraQuery *query);

/* Whether it is a SELECT that parses. */
extern bool sydra_query_is_select(const char *source);

/*
 * Opens a SELECT in the current memory context.  Of its rows the first wanted alone are asked for, -1
 * is all.  Privileges are checked as user's, or the caller's where that is InvalidOid; columns other
 * than those expected are ERR_TYPE_MISMATCH.
 */
extern void sydra_query_open(SydraSelection *selection, const char *source, Jsonb *parameters,
							 int64 wanted, Oid user, TupleDesc expected, Snapshot snapshot);

/* The next batch, valid until the next call.  False at the end. */
extern bool sydra_query_next(SydraSelection *selection, SydraBatch **batch);

extern void sydra_query_close(SydraSelection *selection);

/* The plan of a SELECT, as EXPLAIN prints it. */
extern char *sydra_query_explain(const char *source, Jsonb *parameters, int64 wanted, Oid user);

#endif
