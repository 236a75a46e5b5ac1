/*
 * Rows into a table: what holds for the user's INSERT holds here.
 */
#ifndef SYDRA_API_INSERT_H
#define SYDRA_API_INSERT_H

typedef struct SydraInsertColumn
{
	const char *name;
	Oid			type;			/* of the values; a type that has an array type */
	Datum	   *values;
	bool	   *nulls;
} SydraInsertColumn;

/* Needs SPI; gives the number of rows that were inserted, which triggers may have made fewer. */
extern int64 sydra_insert_rows(Oid relid, const SydraInsertColumn *columns, int column_count,
							   int row_count);

#endif
