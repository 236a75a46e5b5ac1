/*
 * Batches of the engine -> datums.
 */
#ifndef SYDRA_API_DATUM_H
#define SYDRA_API_DATUM_H

#include "access/tupdesc.h"

#include "vector/batch.h"

typedef struct SydraDatumColumn
{
	Oid			type;
	Datum		values[SYDRA_BATCH_ROWS];
	bool		nulls[SYDRA_BATCH_ROWS];
} SydraDatumColumn;

/* One for each of the descriptor's columns. */
extern SydraDatumColumn *sydra_datum_columns(TupleDesc tupdesc);

/*
 * The batch has the kinds that belong to the types of the columns.  Values by reference are
 * the batch's or made in the current memory context.
 */
extern void sydra_datum_read(SydraDatumColumn *columns, int column_count,
							 const SydraBatch *batch);

#endif
