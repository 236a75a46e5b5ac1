/*
 * subquery.c
 *	  The result of a query as a table.
 *
 * The columns have the numbers of the items, from 1.  Rows of the same tags are one series, and they
 * were written in the order in which the query gives them.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "analyze/infer_call.h"
#include "analyze/name.h"
#include "analyze/subquery.h"
#include "analyze/time_range.h"
#include "function/bucket.h"

static bool
is_column(const SydraTerm *term, int column)
{
	return column >= 0 && term->type == SYDRA_TERM_COLUMN && term->column == column;
}

/* The column that FROM's own times, or their buckets, are in. */
static int
time_source(const SydraQuery *inner)
{
	return inner->grouped ? inner->bucket_key : inner->time_input;
}

/* Which item is the time, or -1. */
static int
find_time(const SydraQuery *inner)
{
	ListCell   *cell;

	for (int i = 0; i < inner->column_count; i++)
		if (inner->columns[i].kind == SYDRA_KIND_TIME &&
			strcmp(inner->columns[i].name, "time") == 0)
			return i;
	foreach(cell, inner->items)
		if (is_column(lfirst(cell), time_source(inner)))
			return foreach_current_index(cell);
	return -1;
}

/* Joined rows are of the left's series. */
static bool
is_tag(const SydraQuery *inner, const SydraTerm *item)
{
	const SydraScanColumn *column;
	const SydraTableColumn *attribute;

	if (item->type != SYDRA_TERM_COLUMN || inner->table == NULL)
		return false;
	if (inner->grouped)
		return item->column < list_length(inner->keys) && item->column != inner->bucket_key;
	if (item->column >= list_length(inner->scan_columns))
		return false;
	column = list_nth(inner->scan_columns, item->column);
	attribute = sydra_table_column(inner->table, column->attnum);
	return column->type == SYDRA_SCAN_TAG ||
		(column->type == SYDRA_SCAN_ATTRIBUTE && attribute->role == SYDRA_ROLE_TAG);
}

static void
describe_column(const SydraQuery *inner, int item, SydraTableColumn *column)
{
	const SydraPlanColumn *given = &inner->columns[item];

	column->attnum = item + 1;
	namestrcpy(&column->name, given->name);
	column->kind = given->kind;
	column->typid = column->basetype = given->typid;
	column->typmod = -1;
	get_typlenbyvalalign(given->typid, &column->typlen, &column->typbyval, &column->typalign);
	column->missing_isnull = true;
	column->role = is_tag(inner, list_nth(inner->items, item)) ? SYDRA_ROLE_TAG : SYDRA_ROLE_FIELD;
}

void
sydra_subquery_take(SydraQuery *query, SydraQuery *inner)
{
	SydraTable *table = palloc0(sizeof(SydraTable));
	int			time = find_time(inner);

	table->column_count = inner->column_count;
	table->columns = palloc0(sizeof(SydraTableColumn) * inner->column_count);
	for (int i = 0; i < inner->column_count; i++)
		describe_column(inner, i, &table->columns[i]);
	if (time >= 0)
	{
		table->time_attnum = time + 1;
		table->columns[time].role = SYDRA_ROLE_TIME;
	}
	query->subquery = inner;
	query->table = table;
	query->table_rows = inner->table_rows;
}

/* Within bounds of time there is none that is null. */
static bool
is_bounded(SydraTimeRange range)
{
	return range.min != PG_INT64_MIN || range.max != PG_INT64_MAX;
}

/* Points have times, and so have their buckets; any other expression may be null. */
static bool
may_lack_time(const SydraQuery *inner)
{
	int			time = find_time(inner);

	if (!is_column(list_nth(inner->items, time), time_source(inner)))
		return true;
	return inner->subquery != NULL && !is_bounded(inner->range) && may_lack_time(inner->subquery);
}

SydraTerm *
sydra_subquery_time_test(SydraScope *scope)
{
	const SydraQuery *query = scope->query;
	SydraTerm  *missing;

	if (query->subquery == NULL || query->table->time_attnum == 0 || is_bounded(query->range) ||
		!may_lack_time(query->subquery))
		return NULL;
	missing = sydra_infer_call_operator(scope, "is null", list_make1(sydra_name_time(scope)), -1);
	return sydra_infer_call_operator(scope, "not", list_make1(missing), -1);
}

bool
sydra_subquery_has_text(const SydraTableColumn *tag)
{
	return tag->kind == SYDRA_KIND_TEXT || tag->kind == SYDRA_KIND_INT ||
		tag->kind == SYDRA_KIND_BOOL;
}

SydraTimeRange
sydra_subquery_range(const SydraQuery *inner)
{
	int			time = find_time(inner);
	SydraTimeRange range = inner->range;
	SydraBucket bucket;
	SydraBucketer bucketer;

	if (time < 0 || !is_column(list_nth(inner->items, time), time_source(inner)))
		return sydra_time_range_all();
	if (!inner->grouped || range.min == PG_INT64_MIN || sydra_time_range_is_empty(range))
		return range;
	sydra_bucket_from_term(list_nth(inner->keys, inner->bucket_key), inner->source, &bucket);
	sydra_bucket_open(&bucketer, &bucket);
	range.min = sydra_bucket_start(&bucketer, range.min);
	return range;
}
