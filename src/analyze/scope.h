/*
 * What the parts of the analysis share while they look at one statement.
 */
#ifndef SYDRA_SCOPE_H
#define SYDRA_SCOPE_H

#include "analyze/query.h"
#include "base/compat.h"
#include "base/error.h"

/* Above the grouping aggregates are COLUMN terms with numbers from here on, until regrouped. */
#define SYDRA_CALL_COLUMN (1 << 24)

/* A key of a fields column that has no kind yet. */
typedef struct SydraJsonField
{
	const char *key;
	int			source;			/* place of its metric in FROM */
} SydraJsonField;

/* A name that means a text, where there is no table. */
typedef struct SydraGiven
{
	const char *name;
	const char *text;
} SydraGiven;

typedef struct SydraScope
{
	SydraQuery *query;
	const char *source;
	const SydraSelect *select;	/* or NULL */
	Jsonb	   *parameters;		/* NULL: described, not run */
	List	   *parameters_seen;	/* const SydraExpr * */
	List	   *json_fields;	/* SydraJsonField *, of the native metrics' fields columns */
	const char *range_name;		/* the source's alias or last name part, or NULL */

	/* Set while a name is looked up in one source of several. */
	const SydraQuery *joined;	/* the query whose source query is; or NULL */
	int			source_at;		/* its place */

	/* In SHOW METRICS and SHOW FUNCTIONS. */
	const SydraGiven *given;
	int			given_count;

	/* The clause that is being looked at. */
	const char *clause;			/* "WHERE" ... as errors name it */
	bool		takes_aliases;	/* items' aliases are names here */
	bool		takes_aggregates;
	bool		in_aggregate;
	bool		takes_windows;
	bool		after_windows;	/* an alias or a position may stand for one */
	SydraKind	field_kind;		/* of a field of a jsonb to which nothing gives a kind */
	bool		after_fill;		/* aggregates have the kinds that filling gives them */
} SydraScope;

/* ereport()'s errcode, message and place in one; a better detail and hint go behind it. */
#define SYDRA_SCOPE_ERROR(scope, error, at, ...) \
	sydra_errcode(error), SYDRA_ERRMSG(error, __VA_ARGS__), \
	sydra_errposition(error, (scope)->source, at)

/* Something that the language has and a later version runs. */
pg_noreturn extern void sydra_scope_not_supported(const SydraScope *scope, int offset,
												  const char *what, const char *hint);

#endif
