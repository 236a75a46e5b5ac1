/*
 * The registry of functions: one table gives name, class, arguments, result, hints and doc line.
 *
 * Operators are functions too, under their own spelling ("+", "=", "and", "in", "=~" ...), so
 * that there is one kind of call and one way to evaluate it.
 */
#ifndef SYDRA_FUNCTION_REGISTRY_H
#define SYDRA_FUNCTION_REGISTRY_H

#include "vector/kind.h"

typedef enum SydraFunctionClass
{
	SYDRA_FUNCTION_SCALAR,
	SYDRA_FUNCTION_AGGREGATE,
	SYDRA_FUNCTION_WINDOW
} SydraFunctionClass;

typedef struct SydraFunction SydraFunction; /* the row itself: function/registry.h */

typedef enum SydraResolution
{
	SYDRA_RESOLVED,
	SYDRA_NO_SUCH_FUNCTION,
	SYDRA_WRONG_ARITY,
	SYDRA_WRONG_KIND			/* *position is the first argument that does not fit */
} SydraResolution;

/*
 * Finds the function for a call.  On success *result is the kind of the value and arguments[]
 * has been rewritten to the kinds that the function wants: where it differs from what was given the
 * caller casts (integer to float8; NULL to anything).  count(*) is "count" with no arguments.
 */
extern SydraResolution sydra_function_resolve(const char *name, int argument_count,
											  SydraKind *arguments,
											  const SydraFunction **function, SydraKind *result,
											  int *position);

extern const char *sydra_function_name(const SydraFunction *function);
extern SydraFunctionClass sydra_function_class(const SydraFunction *function);

/* "clamp(x, lo, hi)", for hints; NULL when unknown. */
extern const char *sydra_function_signature(const char *name);

/* The nearest known name, or NULL. */
extern const char *sydra_function_nearest(const char *name);

/*
 * Aggregates that need to know in which order rows were measured and written (first, last ...):
 * the analysis appends three hidden arguments, time, series rank and write order.
 */
extern bool sydra_function_needs_order(const SydraFunction *function);

/* A scalar that gives the same value for the same arguments: it may be folded. */
extern bool sydra_function_is_immutable(const SydraFunction *function);

#endif
