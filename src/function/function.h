/*
 * The registry of functions: one table gives name, class, arguments, result, hints and doc line.
 *
 * Operators are functions too, so that there is one kind of call and one way to evaluate it, but no
 * user calls them by name: they are found by sydra_operator_resolve() alone.  They are
 *
 *	+ - * / % neg            neg is the unary minus
 *	= != < <= > >=           the nulls of SQL; NaN equals NaN and is greatest; texts by bytes
 *	and or not               and, or take two or more
 *	in                       (x, constant, ...)
 *	like =~                  (text, constant pattern); =~ takes constant flags as a third
 *	is null                  of any kind
 *	to_float                 the one cast that happens by itself, integer to float8
 *	to_text                  an integer or a boolean read as a tag
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
 * caller casts (integer to float8 by to_float; NULL to anything by giving the constant the kind).
 * count(*) is "count" with no arguments.
 */
extern SydraResolution sydra_function_resolve(const char *name, int argument_count,
											  SydraKind *arguments,
											  const SydraFunction **function, SydraKind *result,
											  int *position);

/* Likewise for an operator; never SYDRA_NO_SUCH_FUNCTION for those of the list above. */
extern SydraResolution sydra_operator_resolve(const char *name, int argument_count,
											  SydraKind *arguments,
											  const SydraFunction **function, SydraKind *result,
											  int *position);

extern const char *sydra_function_name(const SydraFunction *function);

/* What is known of a function, for people to read. */
typedef struct SydraFunctionRow
{
	const char *name;
	SydraFunctionClass class;
	int			required;		/* arguments that must be given */
	int			allowed;		/* that may be given; kinds has so many */
	bool		variadic;		/* the last again and again */
	const SydraKind *kinds;		/* NULL: any */
	SydraKind	result;			/* NULL: that of the first argument */
	Oid			result_type;	/* of a result of kind DATUM */
	const char *signature;		/* these three: NULL but at the first row of a name */
	const char *doc;
	const char *example;
} SydraFunctionRow;

/* The at-th combination of a name and its kinds of arguments; false when there are no more. */
extern bool sydra_function_row(int at, SydraFunctionRow *row);

/* "aggregate" ... */
extern const char *sydra_function_class_name(SydraFunctionClass class);

/* By name, whatever the arguments; false when unknown. */
extern bool sydra_function_class_by_name(const char *name, SydraFunctionClass *class);

/* "clamp(x, lo, hi)", for hints; NULL when unknown. */
extern const char *sydra_function_signature(const char *name);

/* The nearest known name, or NULL. */
extern const char *sydra_function_nearest(const char *name);

/*
 * Aggregates that need to know in which order rows were measured and written (first, last ...):
 * the analysis appends three hidden arguments, time, series rank and write order.
 */
extern bool sydra_function_needs_order(const SydraFunction *function);

/* The SQL type of a result of kind DATUM, else InvalidOid. */
extern Oid sydra_function_result_type(const SydraFunction *function);

/* Aggregates of neighbouring samples: they take the rows of each series in order. */
extern bool sydra_function_needs_series(const SydraFunction *function);

/* A scalar that gives the same value for the same arguments: it may be folded. */
extern bool sydra_function_is_immutable(const SydraFunction *function);

/* An argument that must be a constant (the step of time_bucket, the unit of date_part ...). */
extern bool sydra_function_wants_constant(const SydraFunction *function, int argument);

#endif
