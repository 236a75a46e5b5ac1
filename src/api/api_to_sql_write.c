/*
 * api_to_sql_write.c
 *	  INSERT and DELETE.  How many rows they wrote is what the command's tag says.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "api/api_metric.h"
#include "api/api_to_sql.h"

/* A metric that is not there yet is made first, as INSERT of sydraQL does. */
static void
write_table(const SydraInsertion *insertion, StringInfo text)
{
	const char *name;

	if (OidIsValid(insertion->relid))
	{
		appendStringInfo(text, "INSERT INTO %s", sydra_metric_quote(insertion->relid));
		return;
	}
	name = insertion->schema ? quote_qualified_identifier(insertion->schema, insertion->table) :
		quote_identifier(insertion->table);
	appendStringInfo(text, "SELECT sydra.create_metric(%s);\nINSERT INTO %s",
					 quote_literal_cstr(insertion->metric), name);
}

char *
sydra_to_sql_insert(const SydraQuery *query)
{
	const SydraInsertion *insertion = query->insertion;
	StringInfoData text;

	initStringInfo(&text);
	write_table(insertion, &text);
	for (int i = 0; i < insertion->column_count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : " (",
						 quote_identifier(insertion->columns[i].name));
	appendStringInfoString(&text, ")\nVALUES ");
	for (int row = 0; row < insertion->row_count; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (row > 0)
			appendStringInfoString(&text, ",\n\t");
		for (int i = 0; i < insertion->column_count; i++)
		{
			const SydraInsertionColumn *column = &insertion->columns[i];

			appendStringInfo(&text, "%s%s", i > 0 ? ", " : "(",
							 sydra_to_sql_datum(column->type, column->values[row],
												column->nulls[row]));
		}
		appendStringInfoChar(&text, ')');
	}
	return text.data;
}

char *
sydra_to_sql_delete(SydraToSql *writer)
{
	SydraSqlLevel *level = palloc0(sizeof(SydraSqlLevel));

	sydra_to_sql_rows(writer, level);
	return psprintf("DELETE FROM %s\nWHERE %s", level->from,
					sydra_to_sql_list(level->where, "\n\tAND "));
}
