/*
 * Rows kept side by side, for operators that have to see all of them first.
 *
 * A row is row_size bytes: a bit for each null, then 8 bytes for each number and 16 for each text,
 * whose bytes lie elsewhere in the store.
 */
#ifndef SYDRA_ROW_STORE_H
#define SYDRA_ROW_STORE_H

#include "plan/plan.h"
#include "vector/batch.h"

typedef struct SydraRowStore
{
	MemoryContext context;		/* of the store alone: delete it to be rid of the rows */
	int			column_count;
	SydraKind  *kinds;
	int		   *offsets;		/* of the columns in a row */
	int			row_size;
	char	   *texts;			/* where the next texts go */
	Size		texts_left;
} SydraRowStore;

/* Of rows as the plan gives them, in a child of the current memory context. */
extern SydraRowStore *sydra_row_store_create(const SydraPlan *plan);

/* Copies the rows of a batch; gives the first of them, the others follow at once. */
extern char *sydra_row_store_add(SydraRowStore *store, const SydraBatch *batch);

/* Copies one row of another store (or of its layout). */
extern char *sydra_row_store_copy(SydraRowStore *store, const char *row);

/* Makes a batch of rows, at most SYDRA_BATCH_ROWS; texts stay where they are. */
extern void sydra_row_store_read(const SydraRowStore *store, char *const *rows, int count,
								 SydraBatch *batch);

/* One value; its bytes stay where they are. */
extern SydraValue sydra_row_store_value(const SydraRowStore *store, const char *row, int column);

static inline bool
sydra_row_is_null(const char *row, int column)
{
	return (((const uint8 *) row)[column / 8] >> (column % 8)) & 1;
}

static inline int64
sydra_row_int64(const SydraRowStore *store, const char *row, int column)
{
	return *(const int64 *) (row + store->offsets[column]);
}

static inline double
sydra_row_float8(const SydraRowStore *store, const char *row, int column)
{
	return *(const double *) (row + store->offsets[column]);
}

static inline SydraBytes
sydra_row_bytes(const SydraRowStore *store, const char *row, int column)
{
	return *(const SydraBytes *) (row + store->offsets[column]);
}

static inline bool
sydra_kind_is_bytes(SydraKind kind)
{
	return kind == SYDRA_KIND_TEXT || kind == SYDRA_KIND_DATUM;
}

#endif
