/*
 * api_delete.c
 *	  DELETE as a statement of plain SQL.
 *
 * Privileges, triggers and row security hold as for any DELETE of the calling user, and concurrent
 * changes are seen as by any.  The planner finds range and tags again among the conditions, so that
 * segments are left out, or dropped as a whole.
 *
 * Names of columns are all that is written into the statement; whatever the query says is a
 * parameter.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "analyze/name.h"
#include "api/api_delete.h"
#include "api/api_metric.h"

/* A statement on its way. */
typedef struct Writer
{
	StringInfoData sql;
	const SydraTable *table;
	int			count;			/* of parameters */
	Oid		   *types;
	Datum	   *values;
} Writer;

static void
put_parameter(Writer *writer, Oid type, Datum value)
{
	writer->count++;
	writer->types = writer->count == 1 ? palloc(sizeof(Oid)) :
		repalloc(writer->types, sizeof(Oid) * writer->count);
	writer->values = writer->count == 1 ? palloc(sizeof(Datum)) :
		repalloc(writer->values, sizeof(Datum) * writer->count);
	writer->types[writer->count - 1] = type;
	writer->values[writer->count - 1] = value;
	appendStringInfo(&writer->sql, "$%d", writer->count);
}

static void
put_text(Writer *writer, SydraBytes text)
{
	put_parameter(writer, TEXTOID,
				  PointerGetDatum(cstring_to_text_with_len(text.data, text.length)));
}

/* A tag as text that compares by bytes, '' when it is missing. */
static void
put_tag(Writer *writer, const char *key)
{
	const SydraTable *table = writer->table;

	appendStringInfoString(&writer->sql, "(COALESCE(");
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];

		if (column->role == SYDRA_ROLE_TAGS)
		{
			appendStringInfo(&writer->sql, "%s OPERATOR(pg_catalog.->>) ",
							 quote_identifier(NameStr(column->name)));
			put_parameter(writer, TEXTOID, CStringGetTextDatum(key));
			break;
		}
		if (column->role == SYDRA_ROLE_TAG && strcmp(NameStr(column->name), key) == 0)
		{
			appendStringInfo(&writer->sql, "%s::pg_catalog.text",
							 quote_identifier(NameStr(column->name)));
			break;
		}
	}
	appendStringInfoString(&writer->sql, ", '') COLLATE pg_catalog.\"C\")");
}

static void
put_comparison(Writer *writer, const SydraTagPredicate *predicate, const char *operator)
{
	put_tag(writer, predicate->key);
	appendStringInfo(&writer->sql, " OPERATOR(pg_catalog.%s) ", operator);
	put_text(writer, predicate->values[0]);
}

static void
put_in(Writer *writer, const SydraTagPredicate *predicate)
{
	Datum	   *values = palloc(sizeof(Datum) * predicate->value_count);

	for (int i = 0; i < predicate->value_count; i++)
		values[i] = PointerGetDatum(cstring_to_text_with_len(predicate->values[i].data,
															 predicate->values[i].length));
	put_tag(writer, predicate->key);
	appendStringInfoString(&writer->sql, " OPERATOR(pg_catalog.=) ANY (");
	put_parameter(writer, TEXTARRAYOID,
				  PointerGetDatum(construct_array(values, predicate->value_count, TEXTOID, -1,
												  false, TYPALIGN_INT)));
	appendStringInfoChar(&writer->sql, ')');
}

static void
put_match(Writer *writer, const SydraTagPredicate *predicate)
{
	appendStringInfoString(&writer->sql, "sydra.regex_matches(");
	put_tag(writer, predicate->key);
	appendStringInfoString(&writer->sql, ", ");
	put_text(writer, predicate->values[0]);
	appendStringInfoString(&writer->sql, ", ");
	put_parameter(writer, TEXTOID, CStringGetTextDatum(predicate->flags));
	appendStringInfoChar(&writer->sql, ')');
}

/* Of a native metric: elsewhere what names a series are columns, each compared by itself. */
static void
put_series(Writer *writer, const SydraTagPredicate *predicate)
{
	appendStringInfoString(&writer->sql, "sydra.series_id(");
	put_parameter(writer, REGCLASSOID, ObjectIdGetDatum(writer->table->relid));
	appendStringInfo(&writer->sql, ", %s) OPERATOR(pg_catalog.=) ",
					 quote_identifier(NameStr(sydra_name_tags_column(writer->table)->name)));
	put_parameter(writer, INT8OID, Int64GetDatum(predicate->id));
}

static void put_predicate(Writer *writer, const SydraTagPredicate *predicate);

static void
put_list(Writer *writer, const SydraTagPredicate *predicate, const char *between)
{
	ListCell   *cell;

	appendStringInfoChar(&writer->sql, '(');
	foreach(cell, predicate->arguments)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(&writer->sql, between);
		put_predicate(writer, lfirst(cell));
	}
	appendStringInfoChar(&writer->sql, ')');
}

static void
put_not(Writer *writer, const SydraTagPredicate *predicate, SydraTagOperator of)
{
	SydraTagPredicate positive = *predicate;

	positive.op = of;
	appendStringInfoString(&writer->sql, "(NOT ");
	put_predicate(writer, &positive);
	appendStringInfoChar(&writer->sql, ')');
}

static void
put_predicate(Writer *writer, const SydraTagPredicate *predicate)
{
	check_stack_depth();
	switch (predicate->op)
	{
		case SYDRA_TAG_EQ:
			put_comparison(writer, predicate, "=");
			return;
		case SYDRA_TAG_NE:
			put_comparison(writer, predicate, "<>");
			return;
		case SYDRA_TAG_LT:
			put_comparison(writer, predicate, "<");
			return;
		case SYDRA_TAG_LE:
			put_comparison(writer, predicate, "<=");
			return;
		case SYDRA_TAG_GT:
			put_comparison(writer, predicate, ">");
			return;
		case SYDRA_TAG_GE:
			put_comparison(writer, predicate, ">=");
			return;
		case SYDRA_TAG_LIKE:
			put_comparison(writer, predicate, "~~");
			return;
		case SYDRA_TAG_IN:
			put_in(writer, predicate);
			return;
		case SYDRA_TAG_MATCH:
			put_match(writer, predicate);
			return;
		case SYDRA_TAG_IS_NULL:
			put_tag(writer, predicate->key);
			appendStringInfoString(&writer->sql, " OPERATOR(pg_catalog.=) ''");
			return;
		case SYDRA_TAG_NOT_IN:
			put_not(writer, predicate, SYDRA_TAG_IN);
			return;
		case SYDRA_TAG_NOT_MATCH:
			put_not(writer, predicate, SYDRA_TAG_MATCH);
			return;
		case SYDRA_TAG_NOT_LIKE:
			put_not(writer, predicate, SYDRA_TAG_LIKE);
			return;
		case SYDRA_TAG_IS_NOT_NULL:
			put_not(writer, predicate, SYDRA_TAG_IS_NULL);
			return;
		case SYDRA_TAG_SERIES:
			put_series(writer, predicate);
			return;
		case SYDRA_TAG_AND:
			put_list(writer, predicate, " AND ");
			return;
		case SYDRA_TAG_OR:
			put_list(writer, predicate, " OR ");
			return;
		case SYDRA_TAG_NOT:
			appendStringInfoString(&writer->sql, "(NOT ");
			put_predicate(writer, linitial(predicate->arguments));
			appendStringInfoChar(&writer->sql, ')');
			return;
	}
	elog(ERROR, "unknown tag operator %d", (int) predicate->op);
}

/* ONLY: a metric of ours is the table, as for a SELECT. */
int64
sydra_delete_rows(const SydraPlanScan *scan)
{
	Writer		writer = {.table = scan->table};
	const char *time = quote_identifier(NameStr(sydra_table_column(scan->table,
																   scan->table->time_attnum)->name));
	int			code;

	initStringInfo(&writer.sql);
	appendStringInfo(&writer.sql, "DELETE FROM %s%s WHERE %s OPERATOR(pg_catalog.>=) ",
					 scan->table->plain ? "" : "ONLY ", sydra_metric_quote(scan->relid), time);
	put_parameter(&writer, TIMESTAMPTZOID, TimestampTzGetDatum(scan->range.min));
	appendStringInfo(&writer.sql, " AND %s OPERATOR(pg_catalog.<) ", time);
	put_parameter(&writer, TIMESTAMPTZOID, TimestampTzGetDatum(scan->range.max));
	if (scan->tags != NULL)
	{
		appendStringInfoString(&writer.sql, " AND ");
		put_predicate(&writer, scan->tags);
	}
	code = SPI_execute_with_args(writer.sql.data, writer.count, writer.types, writer.values, NULL,
								 false, 0);
	if (code != SPI_OK_DELETE)
		elog(ERROR, "could not delete from %s: %s", scan->metric, SPI_result_code_string(code));
	return SPI_processed;
}
