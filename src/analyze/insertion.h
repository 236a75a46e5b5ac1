/*
 * What an INSERT writes: values by column, in the columns' base types.
 */
#ifndef SYDRA_INSERTION_H
#define SYDRA_INSERTION_H

typedef struct SydraInsertionColumn
{
	const char *name;
	Oid			type;			/* below all domains */
	Datum	   *values;			/* row_count of them */
	bool	   *nulls;
} SydraInsertionColumn;

/*
 * When relid is 0 the metric does not exist and is to be made as a native one; the columns are then
 * its time, value, tags, fields.  Columns that are not here take their defaults.
 */
typedef struct SydraInsertion
{
	Oid			relid;			/* RowExclusiveLock is held, unless read-only */
	const char *schema;			/* NULL: search_path */
	const char *table;
	const char *metric;			/* as written */
	int			row_count;
	int			column_count;
	SydraInsertionColumn *columns;
} SydraInsertion;

#endif
