/*
 * The table that a metric's name means.
 */
#ifndef SYDRA_RESOLVE_H
#define SYDRA_RESOLVE_H

#include "storage/lockdefs.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"

#include "analyze/scope.h"
#include "base/compat.h"

typedef struct SydraMetric
{
	const char *schema;			/* NULL: search_path */
	const char *table;
	const char *text;			/* as written */
	Oid			relid;			/* locked; 0: there is no such table */
	Jsonb	   *tags;			/* of BY_ID: its one series; else NULL */
} SydraMetric;

/* A metric that there is, whoever may read it. */
typedef struct SydraKnownMetric
{
	Oid			relid;
	Oid			namespace;
	const char *schema;			/* NULL: a temporary table of the session */
	const char *table;
	char		persistence;
	bool		is_sydra;
} SydraKnownMetric;

/*
 * SydraKnownMetric *: tables of ours, those of others that declare tags, and what sydra.configure() was
 * told of.
 */
extern List *sydra_resolve_all(void);

/* Whether the caller may read anything of it. */
extern bool sydra_resolve_may_read(const SydraKnownMetric *metric);

/*
 * Looks a metric up and locks it.  What the language cannot read (rollups, indexes) raises, and BY_ID
 * of a series that there is not.
 */
extern void sydra_resolve_metric(SydraScope *scope, const SydraSeries *series, LOCKMODE lock,
								 SydraMetric *metric);

/* The columns of a metric that is there, and how many rows it may have; one without a time raises. */
extern SydraTable *sydra_resolve_table(SydraScope *scope, const SydraSeries *series,
									   const SydraMetric *metric, double *rows);

/* Whether a metric of the name may be made: its namespace is one, its name fits. */
extern bool sydra_resolve_may_create(const SydraMetric *metric);

/* The metric whose name a name begins with, or InvalidOid. */
extern Oid	sydra_resolve_metric_of(const SydraName *name);

pg_noreturn extern void sydra_resolve_unknown(SydraScope *scope, const SydraSeries *series,
											  const SydraMetric *metric);

#endif
