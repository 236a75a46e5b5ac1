/*
 * Calls: which function or operator is meant, by the kinds of the arguments, and these made to fit.
 */
#ifndef SYDRA_INFER_CALL_H
#define SYDRA_INFER_CALL_H

#include "analyze/scope.h"

/* The term of a call; what fits no function is raised, with what would. */
extern SydraTerm *sydra_infer_call_function(SydraScope *scope, const char *name, List *arguments,
											int offset);
extern SydraTerm *sydra_infer_call_operator(SydraScope *scope, const char *name, List *arguments,
											int offset);

/* The function alone; *arguments is replaced by what it takes. */
extern const SydraFunction *sydra_infer_call_resolve(SydraScope *scope, const char *name,
													 List **arguments, int offset,
													 SydraKind *result);

/* The term read as a kind; NULL when it cannot be. */
extern SydraTerm *sydra_infer_call_coerce(SydraScope *scope, SydraTerm *term, SydraKind kind);

/* and of terms of kind BOOL, one or more. */
extern SydraTerm *sydra_infer_call_and(List *terms);

/* Raises a pattern of LIKE that ends within an escape. */
extern void sydra_infer_call_check_like(SydraScope *scope, SydraBytes pattern, int offset);

/* A kind as errors name it. */
extern const char *sydra_infer_call_kind_text(SydraKind kind);

#endif
