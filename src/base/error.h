/*
 * Raising sydraQL's errors.
 *
 *	ereport(ERROR,
 *			sydra_errcode(SYDRA_ERR_UNKNOWN_FUNCTION),
 *			SYDRA_ERRMSG(SYDRA_ERR_UNKNOWN_FUNCTION, "function \"%s\" does not exist", name),
 *			nearest ? errhint("Perhaps you meant \"%s\".", nearest) : 0,
 *			sydra_errposition(source, offset));
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
 * Auxiliary for ereport(): the place in a sydraQL text.  offset counts bytes, clients count
 * characters; a negative offset sets nothing.
 */
extern int	sydra_errposition(const char *source, int offset);

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
