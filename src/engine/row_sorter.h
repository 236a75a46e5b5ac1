/*
 * Sorts rows, stably; past half of sydraql.query_mem into temporary files.
 */
#ifndef SYDRA_ROW_SORTER_H
#define SYDRA_ROW_SORTER_H

#include "engine/operator.h"

typedef struct SydraRowSorter SydraRowSorter;

/*
 * Of rows as the plan gives them, in the current memory context.  The keys are the caller's.  limit:
 * only the first so many are wanted; -1: all.
 */
extern SydraRowSorter *sydra_row_sorter_create(SydraExecution *execution, const SydraPlan *plan,
											   int key_count, const SydraSortKey *keys,
											   int64 limit);

/* Takes in the rows of a batch, or one of a row store of the same plan. */
extern void sydra_row_sorter_add(SydraRowSorter *sorter, const SydraBatch *batch);
extern void sydra_row_sorter_copy(SydraRowSorter *sorter, const char *row);

/*
 * With a limit: the first key, an integer or a time, of the last row that is wanted of those that are
 * in.  False when nothing can be told.
 */
extern bool sydra_row_sorter_bound(const SydraRowSorter *sorter, int64 *bound);

/* Once all are in: the next batch, valid until the next call; false at the end. */
extern bool sydra_row_sorter_next(SydraRowSorter *sorter, SydraBatch **batch);

extern void sydra_row_sorter_close(SydraRowSorter *sorter);

#endif
