/*
 * Evaluates terms, a batch at once.
 */
#ifndef SYDRA_EVAL_H
#define SYDRA_EVAL_H

#include "function/term.h"
#include "vector/batch.h"

typedef struct SydraEval SydraEval;

/*
 * Prepares a term, in the current memory context; calls of immutable functions on constants are
 * computed here.  source is the query's text, for the places of errors.
 */
extern SydraEval *sydra_eval_open(const SydraTerm *term, const char *source);

/*
 * The values for a batch, valid until the next call: batch->count of them, those of rows that are
 * not selected unspecified.  No error is raised for such rows, nor for operands that and, or, if,
 * coalesce do not need, unless they are constant.
 */
extern const SydraVector *sydra_eval_run(SydraEval *eval, const SydraBatch *batch);

/* The value of a term without columns, in the current memory context. */
extern void sydra_eval_constant(const SydraTerm *term, const char *source, SydraValue *value);

/* One element as a value; its bytes are borrowed. */
extern void sydra_eval_read(const SydraVector *vector, int row, SydraValue *value);

/* Stores a value as one element; that of a null value becomes zero; validity is the caller's. */
extern void sydra_eval_store(SydraVector *vector, int row, const SydraValue *value);

#endif
