/*
 * Parameters: $1 and :name, values from the jsonb of the call, typed by where they stand.
 */
#ifndef SYDRA_PARAMETER_H
#define SYDRA_PARAMETER_H

#include "analyze/scope.h"

/* A CONST term of kind NULL that knows its parameter.  A missing one is ERR_PARAMETER. */
extern SydraTerm *sydra_parameter_term(SydraScope *scope, const SydraExpr *expr);

extern bool sydra_parameter_is(const SydraTerm *term);

/*
 * The value as a kind, null when described; ERR_PARAMETER when it is not of the kind.
 */
extern SydraTerm *sydra_parameter_as(SydraScope *scope, const SydraTerm *term, SydraKind kind);

/* The integer that a number of JSON is, or false. */
extern bool sydra_parameter_integer(const JsonbValue *json, int64 *value);

/* Whether the value is a number with a fraction, or past an integer. */
extern bool sydra_parameter_is_fraction(SydraScope *scope, const SydraTerm *term);

/* Whether the value is a number. */
extern bool sydra_parameter_is_number(SydraScope *scope, const SydraTerm *term);

/* Whether the value can be read as a time. */
extern bool sydra_parameter_is_timestamp(SydraScope *scope, const SydraTerm *term);

/* A parameter that stands for an object, as JSON text; NULL when null or described. */
extern char *sydra_parameter_json(SydraScope *scope, const SydraExpr *expr);

/* A parameter that stands for a duration of fixed length, or what is to stand for it when described. */
extern int64 sydra_parameter_length(SydraScope *scope, const SydraExpr *expr, int64 described);

/*
 * What a parameter beside nothing that has a kind is likely to be: text, a condition or a number, by
 * its value; a number when described.
 */
extern SydraKind sydra_parameter_likely(SydraScope *scope, const SydraTerm *term);

/* Raises ERR_PARAMETER when one that was given is not used. */
extern void sydra_parameter_check_unused(SydraScope *scope);

#endif
