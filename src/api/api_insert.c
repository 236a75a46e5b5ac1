/*
 * api_insert.c
 *	  INSERT ... SELECT from arrays: one statement for any number of rows.
 *
 * Constraints, triggers, row security, defaults, generated columns and partitions hold as for any
 * INSERT of the calling user, at little more than the price of a COPY.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/api_insert.h"

static Datum
make_array(const SydraInsertColumn *column, int row_count)
{
	int			dimensions[] = {row_count};
	int			bounds[] = {1};
	int16		length;
	bool		by_value;
	char		alignment;

	get_typlenbyvalalign(column->type, &length, &by_value, &alignment);
	return PointerGetDatum(construct_md_array(column->values, column->nulls, 1, dimensions, bounds,
											  column->type, length, by_value, alignment));
}

int64
sydra_insert_rows(const char *table, const SydraInsertColumn *columns, int column_count,
				  int row_count)
{
	Oid		   *types = palloc(column_count * sizeof(Oid));
	Datum	   *arrays = palloc(column_count * sizeof(Datum));
	StringInfoData names;
	StringInfoData sources;
	int			code;

	initStringInfo(&names);
	initStringInfo(&sources);
	for (int i = 0; i < column_count; i++)
	{
		types[i] = get_array_type(columns[i].type);
		arrays[i] = make_array(&columns[i], row_count);
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", quote_identifier(columns[i].name));
		appendStringInfo(&sources, "%spg_catalog.unnest($%d)", i > 0 ? ", " : "", i + 1);
	}
	code = SPI_execute_with_args(psprintf("INSERT INTO %s (%s) SELECT * FROM ROWS FROM (%s)",
										  table, names.data, sources.data),
								 column_count, types, arrays, NULL, false, 0);
	if (code != SPI_OK_INSERT)
		elog(ERROR, "could not insert into %s: %s", table, SPI_result_code_string(code));
	return SPI_processed;
}
