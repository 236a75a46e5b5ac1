/*
 * Raising sydraQL's errors.
 *
 *	ereport(ERROR,
 *			sydra_errcode(SYDRA_ERR_UNKNOWN_FUNCTION),
 *			SYDRA_ERRMSG(SYDRA_ERR_UNKNOWN_FUNCTION, "function \"%s\" does not exist", name),
 *			sydra_errposition(SYDRA_ERR_UNKNOWN_FUNCTION, source, offset),
 *			nearest ? errhint("Perhaps you meant \"%s\".", nearest) : 0);
 */
#ifndef SYDRA_ERROR_H
#define SYDRA_ERROR_H

#include "base/error_name.h"

/* Auxiliary for ereport(): the SQLSTATE of a named error. */
extern int	sydra_errcode(SydraErrorName error);

/* Auxiliary for ereport(): the message, begun with the error's stable name. */
#define SYDRA_ERRMSG(error, format, ...) \
	errmsg("%s: " format, sydra_error_name(error), ##__VA_ARGS__)

/*
 * Auxiliary for ereport(): the place in a sydraQL text, a detail that tells what stands there, and
 * the error's general hint.  offset counts bytes, clients count characters; a negative offset is no
 * place.  A better detail or hint must come behind it.
 */
extern int	sydra_errposition(SydraErrorName error, const char *source, int offset);

/* ERR_MEMORY_LIMIT when a query that holds so many bytes holds more than sydraql.query_mem. */
extern void sydra_error_check_memory(Size used);

/*
 * The candidate nearest to a misspelt name, or NULL when none is near.  Candidates are compared
 * one after another: start with {.name = "avgg"}, call _add for each, read .nearest.
 */
typedef struct SydraNearest
{
	const char *name;
	const char *nearest;		/* borrowed from the caller of _add */
	int			distance;
} SydraNearest;

extern void sydra_nearest_add(SydraNearest *state, const char *candidate);

#endif
