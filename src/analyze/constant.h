/*
 * The value of an expression without columns.
 */
#ifndef SYDRA_CONSTANT_H
#define SYDRA_CONSTANT_H

#include "function/term.h"

/*
 * The CONST that a term comes to, NULL when it has a column.  now() counts as constant: neither a
 * query nor its plan outlives its transaction.
 */
extern SydraTerm *sydra_constant_evaluate(SydraTerm *term, const char *source);

extern SydraTerm *sydra_constant_make(SydraKind kind, int offset);
extern SydraTerm *sydra_constant_text(const char *text, int offset);
extern SydraTerm *sydra_constant_bool(bool value, int offset);

/* A term that calls an operator of function/function.h. */
extern bool sydra_constant_calls(const SydraTerm *term, const char *operator);

#endif
