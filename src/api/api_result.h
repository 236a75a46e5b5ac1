/*
 * Batches of the engine -> rows of a set-returning function.
 */
#ifndef SYDRA_API_RESULT_H
#define SYDRA_API_RESULT_H

#include "nodes/execnodes.h"

#include "vector/batch.h"

typedef struct SydraResult SydraResult;

/* The rows go into a tuplestore of the caller's query. */
extern SydraResult *sydra_result_begin(ReturnSetInfo *set);

/* Before the first row. */
extern void sydra_result_set_columns(SydraResult *result, TupleDesc columns);
extern void sydra_result_as_json(SydraResult *result);

extern TupleDesc sydra_result_columns(const SydraResult *result);

/* The batch has the kinds that belong to the types of the columns. */
extern void sydra_result_add(SydraResult *result, const SydraBatch *batch);

/* A row of texts, one for each column; NULL is null. */
extern void sydra_result_add_texts(SydraResult *result, const char *const *texts);

/* A row of one column. */
extern void sydra_result_add_text(SydraResult *result, const char *line);
extern void sydra_result_add_count(SydraResult *result, int64 count);

/* Hands the rows over. */
extern void sydra_result_end(SydraResult *result);

#endif
