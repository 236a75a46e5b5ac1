/*
 * What an INSERT writes: rows of column values, ready to be formed into tuples.
 */
#ifndef SYDRA_INSERTION_H
#define SYDRA_INSERTION_H

#include "postgres_ext.h"
#include "access/attnum.h"

/*
 * When relid is 0 the metric does not exist and is to be made as a native one; the attnums are then
 * those of its columns time, value, tags, fields.  Columns that are not named take their defaults.
 */
typedef struct SydraInsertion
{
	Oid			relid;			/* RowExclusiveLock is held */
	const char *schema;			/* NULL: search_path */
	const char *table;
	const char *metric;			/* as written */
	int			column_count;
	AttrNumber *attnums;
	int			row_count;
	Datum	   *values;			/* row after row, column_count each; in the columns' types */
	bool	   *nulls;
} SydraInsertion;

#endif
