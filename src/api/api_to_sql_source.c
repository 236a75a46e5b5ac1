/*
 * api_to_sql_source.c
 *	  FROM, JOIN TIME and WHERE.
 *
 * A table is read by its own name, its columns brought to the kinds of the language; a query in
 * FROM is one of WITH.  A row of the right of a join is the first that LATERAL finds.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "analyze/constant.h"
#include "analyze/name.h"
#include "analyze/subquery.h"
#include "api/api_metric.h"
#include "api/api_to_sql.h"
#include "store/store.h"

/* One metric, its columns behind a name or bare. */
typedef struct Source
{
	const SydraQuery *query;
	const char *qualifier;		/* "a." or "" */
	const char *from;			/* schema.table [AS alias] */
	const char *alias;			/* behind which its columns can be written */
	bool		keeps_last;
	bool		heap;			/* whose rows tell which transaction wrote them */
	List	   *columns;		/* SydraSql *: of a subquery; else NIL */
} Source;

static void
describe_table(Source *source)
{
	Relation	rel = table_open(source->query->relid, NoLock);

	if (!source->query->table->plain)
		source->keeps_last = sydra_store_keeps_last(rel);
	else
		source->heap = rel->rd_rel->relam == HEAP_TABLE_AM_OID &&
			rel->rd_rel->relkind == RELKIND_RELATION && !rel->rd_rel->relhassubclass;
	table_close(rel, NoLock);
}

/* A query of WITH, its own before it. */
static void
open_subquery(SydraToSql *writer, Source *source)
{
	const SydraQuery *query = source->query;
	SydraToSql	inner = {
		.query = query->subquery,.with = writer->with,.names = writer->names
	};
	const char *body = sydra_to_sql_body(&inner, query->write_input >= 0, 1, &source->columns);

	writer->with = inner.with;
	writer->names = inner.names;
	source->from = sydra_to_sql_add_with(writer, query->name[0] == '(' ? "subquery" : query->name,
										 body);
	source->alias = source->from;
}

static Source
open_source(SydraToSql *writer, const SydraQuery *query, bool qualified)
{
	Source		source = {.query = query,.qualifier = ""};

	if (query->subquery != NULL)
		open_subquery(writer, &source);
	else
	{
		describe_table(&source);
		source.alias = quote_identifier(get_rel_name(query->relid));
		source.from = psprintf("%s%s", !query->table->plain && has_subclass(query->relid) ?
							   "ONLY " : "", sydra_metric_quote(query->relid));
	}
	if (qualified)
	{
		source.alias = quote_identifier(query->name);
		source.from = psprintf("%s AS %s", source.from, source.alias);
		source.qualifier = psprintf("%s.", source.alias);
	}
	return source;
}

/*
 * Columns.
 */

static const char *
column_name(const Source *source, const SydraTableColumn *column)
{
	return psprintf("%s%s", source->qualifier, quote_identifier(NameStr(column->name)));
}

/* Whether its texts have another collation than the database. */
static bool
collates(const Source *source, const SydraTableColumn *column)
{
	if (source->columns != NIL)
		return ((const SydraSql *) list_nth(source->columns, column->attnum - 1))->collates;
	return OidIsValid(column->collation) && column->collation != DEFAULT_COLLATION_OID;
}

static SydraSql
cast_to(const char *name, const SydraTableColumn *column, Oid type, const char *type_name)
{
	if (column->typid == type)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", name);
	return sydra_to_sql_make(SYDRA_SQL_CAST, "%s::%s", name, type_name);
}

static SydraSql
write_attribute(const Source *source, AttrNumber attnum, SydraKind kind)
{
	const SydraTableColumn *column = sydra_table_column(source->query->table, attnum);
	const char *name = column_name(source, column);
	SydraSql	sql;

	switch (kind)
	{
		case SYDRA_KIND_INT:
			return cast_to(name, column, INT8OID, "int8");
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			return cast_to(name, column, FLOAT8OID, "float8");
		case SYDRA_KIND_BOOL:
			return cast_to(name, column, BOOLOID, "bool");
		case SYDRA_KIND_TEXT:
			sql = cast_to(name, column, TEXTOID, "text");
			sql.collates = collates(source, column);
			return sql;
		case SYDRA_KIND_TIME:
			if (column->basetype == DATEOID)
				return sydra_to_sql_make(SYDRA_SQL_ZONE, "%s::timestamp AT TIME ZONE 'UTC'", name);
			if (column->basetype == TIMESTAMPOID)
				return sydra_to_sql_make(SYDRA_SQL_ZONE, "%s AT TIME ZONE 'UTC'", name);
			return cast_to(name, column, TIMESTAMPTZOID, "timestamptz");
		case SYDRA_KIND_DATUM:
			return cast_to(name, column, column->basetype,
						   format_type_with_typemod(column->basetype, column->typmod));
		case SYDRA_KIND_DURATION:
			return cast_to(name, column, INTERVALOID, "interval");
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "no column is of kind %d", (int) kind);
}

/* '' is as good as missing. */
static SydraSql
write_tag(const Source *source, const SydraScanColumn *scan)
{
	const SydraTableColumn *column = sydra_table_column(source->query->table, scan->attnum);
	const char *tag = column_name(source, column);
	SydraSql	sql;

	if (column->role == SYDRA_ROLE_TAGS)
		tag = psprintf("%s ->> %s", tag, quote_literal_cstr(scan->key));
	else if (column->basetype != TEXTOID)
		tag = psprintf("%s::text", tag);
	sql = sydra_to_sql_make(SYDRA_SQL_ATOM, "nullif(%s, '')", tag);
	sql.tag = tag;
	sql.collates = collates(source, column);
	return sql;
}

/* What is of another kind than the one asked for is null. */
static SydraSql
write_json_field(const Source *source, const SydraScanColumn *scan, SydraKind kind)
{
	const char *fields = column_name(source, sydra_table_column(source->query->table,
																scan->attnum));
	const char *key = quote_literal_cstr(scan->key);

	switch (kind)
	{
		case SYDRA_KIND_FLOAT:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, "CASE jsonb_typeof(%1$s -> %2$s) "
									 "WHEN 'number' THEN (%1$s ->> %2$s)::float8 END", fields, key);
		case SYDRA_KIND_BOOL:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, "CASE jsonb_typeof(%1$s -> %2$s) "
									 "WHEN 'boolean' THEN (%1$s -> %2$s)::bool END", fields, key);
		case SYDRA_KIND_TEXT:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, "CASE jsonb_typeof(%1$s -> %2$s) "
									 "WHEN 'number' THEN trim_scale((%1$s ->> %2$s)::numeric)::text "
									 "WHEN 'string' THEN %1$s ->> %2$s "
									 "WHEN 'boolean' THEN %1$s ->> %2$s END", fields, key);
		default:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, "nullif(%s -> %s, 'null')", fields, key);
	}
}

/* A literal, not the row's own tableoid: it is a condition on tags alone. */
static SydraSql
write_series_id(const Source *source)
{
	const SydraQuery *query = source->query;

	return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.series_id(%s::regclass, %s)",
							 quote_literal_cstr(sydra_metric_quote(query->relid)),
							 column_name(source, sydra_name_tags_column(query->table)));
}

static SydraSql
write_input(const Source *source, int input)
{
	const SydraScanColumn *scan = list_nth(source->query->scan_columns, input);
	SydraKind	kind = ((const SydraPlanColumn *) list_nth(source->query->inputs, input))->kind;
	SydraSql	none = {0};

	switch (scan->type)
	{
		case SYDRA_SCAN_ATTRIBUTE:
			return write_attribute(source, scan->attnum, kind);
		case SYDRA_SCAN_TAG:
			return write_tag(source, scan);
		case SYDRA_SCAN_JSON_FIELD:
			return write_json_field(source, scan, kind);
		case SYDRA_SCAN_SERIES_ID:
			return write_series_id(source);
		case SYDRA_SCAN_TAGS:	/* of SHOW */
			break;
		case SYDRA_SCAN_SERIES_RANK:
		case SYDRA_SCAN_WRITE_ORDER:
		case SYDRA_SCAN_PLACE:
			/* Who asks for these knows them by what the level says of its rows. */
			return none;
	}
	elog(ERROR, "unknown scan column %d", (int) scan->type);
}

static SydraSql *
write_inputs(const Source *source)
{
	int			count = list_length(source->query->inputs);
	SydraSql   *columns = palloc0(sizeof(SydraSql) * Max(count, 1));

	for (int i = 0; i < count; i++)
		columns[i] = write_input(source, i);
	return columns;
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(NameStr(((const SydraTableColumn *) lfirst(a))->name),
				  NameStr(((const SydraTableColumn *) lfirst(b))->name));
}

/* The tags of a subquery by name; one that has a text as that. */
static void
write_subquery_series(const Source *source, SydraSqlLevel *level)
{
	const SydraQuery *query = source->query;
	List	   *tags = NIL;
	ListCell   *cell;

	for (int i = 0; i < query->table->column_count; i++)
		if (query->table->columns[i].role == SYDRA_ROLE_TAG)
			tags = lappend(tags, &query->table->columns[i]);
	list_sort(tags, compare_names);
	foreach(cell, tags)
	{
		const SydraTableColumn *column = lfirst(cell);
		bool		text = sydra_subquery_has_text(column);
		SydraScanColumn scan = {SYDRA_SCAN_TAG, column->attnum, NameStr(column->name)};

		level->series = lappend(level->series,
								sydra_to_sql_copy(text ? write_tag(source, &scan) :
												  write_attribute(source, column->attnum,
																  column->kind)));
		level->series_names = lappend(level->series_names, pstrdup(NameStr(column->name)));
		level->series_kinds = lappend_int(level->series_kinds,
										  text ? SYDRA_KIND_TEXT : column->kind);
	}
}

/* What names a series, so that the order of these is the order of series. */
static void
write_series(const Source *source, SydraSqlLevel *level)
{
	const SydraTable *table = source->query->table;
	List	   *tags = NIL;
	ListCell   *cell;

	level->series = level->series_names = level->series_kinds = NIL;
	if (source->columns != NIL)
	{
		write_subquery_series(source, level);
		return;
	}
	for (int i = 0; i < table->column_count; i++)
	{
		SydraTableColumn *column = &table->columns[i];

		if (column->role == SYDRA_ROLE_TAGS)
		{
			SydraSql	key = sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.series_key(%s)",
												column_name(source, column));

			level->series = list_make1(sydra_to_sql_copy(key));
			level->series_names = list_make1("series");
			level->series_kinds = list_make1_int(SYDRA_KIND_DATUM);
			return;
		}
		if (column->role == SYDRA_ROLE_TAG)
			tags = lappend(tags, column);
	}
	list_sort(tags, compare_names);
	foreach(cell, tags)
	{
		const SydraTableColumn *column = lfirst(cell);
		SydraScanColumn scan = {SYDRA_SCAN_TAG, column->attnum, NameStr(column->name)};

		level->series = lappend(level->series, sydra_to_sql_copy(write_tag(source, &scan)));
		level->series_names = lappend(level->series_names, pstrdup(NameStr(column->name)));
		level->series_kinds = lappend_int(level->series_kinds, SYDRA_KIND_TEXT);
	}
}

/* Of one source: rows, columns, and what is known of rows. */
static void
describe_rows(const Source *source, int place, SydraSqlLevel *level)
{
	const SydraQuery *query = source->query;

	level->columns[place] = write_inputs(source);
	write_series(source, level);
	if (query->time_input >= 0)
		level->time = level->columns[place][query->time_input];
	level->counts_rows = query->subquery != NULL || (query->table->plain && !source->heap);
	level->written = NULL;
	if (level->counts_rows)
		level->written = "row_number() OVER ()";
	else if (!source->keeps_last)
		level->written = psprintf("sydra.written(%1$stableoid, %1$sctid, %1$sxmin)",
								  source->qualifier);
}

/* Rows of a table that is none of ours may have no time; such are no points. */
static void
add_time_test(const SydraQuery *query, SydraSqlLevel *level)
{
	if (query->table->plain && query->range.min == PG_INT64_MIN && query->range.max == PG_INT64_MAX)
		level->where = lappend(level->where,
							   psprintf("%s IS NOT NULL",
										sydra_to_sql_wrap(level->time, SYDRA_SQL_OPERATOR)));
}

List *
sydra_to_sql_series_orders(const SydraSqlLevel *level, bool descending)
{
	List	   *orders = NIL;
	ListCell   *cell;

	foreach(cell, level->series)
	{
		const SydraSql *series = lfirst(cell);

		orders = lappend(orders,
						 unconstify(char *, sydra_to_sql_order(*series, list_nth_int(level->series_kinds,
																						foreach_current_index(cell)),
															   descending, descending)));
	}
	if (level->written != NULL)
		orders = lappend(orders, unconstify(char *, level->written));
	return orders;
}

List *
sydra_to_sql_same(List *a, List *b)
{
	List	   *same = NIL;
	ListCell   *x;
	ListCell   *y;

	forboth(x, a, y, b)
		same = lappend(same,
					   psprintf("%s IS NOT DISTINCT FROM %s",
								sydra_to_sql_wrap(*(const SydraSql *) lfirst(x), SYDRA_SQL_OPERATOR),
								sydra_to_sql_wrap(*(const SydraSql *) lfirst(y), SYDRA_SQL_OPERATOR)));
	return same;
}

static void
add_conditions(SydraSqlLevel *level, List *conditions)
{
	ListCell   *cell;

	foreach(cell, conditions)
		level->where = list_concat(level->where,
								   sydra_to_sql_condition(level, ((const SydraCondition *)
																  lfirst(cell))->term));
}

/*
 * The range of time.
 */

/* The expression that a bound was made of, so that now() stays what it is. */
static bool
find_bound(const SydraQuery *query, SydraTerm *term, bool upper, SydraSql *bound)
{
	static const SydraSqlLevel nothing;
	const char *const inclusive[] = {">=", "<="};
	const char *const exclusive[] = {">", "<"};
	ListCell   *cell;
	int64		wanted = upper ? query->range.max : query->range.min;

	if (sydra_constant_calls(term, "and"))
	{
		foreach(cell, term->arguments)
			if (find_bound(query, lfirst(cell), upper, bound))
				return true;
		return false;
	}
	for (int side = 0; side < 2 && term->type == SYDRA_TERM_CALL && list_length(term->arguments) == 2;
		 side++)
	{
		SydraTerm  *time = list_nth(term->arguments, side);
		SydraTerm  *other = list_nth(term->arguments, 1 - side);
		bool		at_most = upper == (side == 0);
		bool		equals = sydra_constant_calls(term, inclusive[at_most]);
		SydraTerm  *value;
		int64		rest = equals == upper ? 1 : 0;

		if (time->type != SYDRA_TERM_COLUMN || time->column != query->time_input ||
			(!equals && !sydra_constant_calls(term, exclusive[at_most])))
			continue;
		value = sydra_constant_evaluate(other, query->source);
		if (value == NULL || value->value.isnull || value->value.integer != wanted - rest)
			continue;
		*bound = sydra_to_sql_shift(sydra_to_sql_term(&nothing, other), rest);
		return true;
	}
	return false;
}

/* A bound that a subquery has, or the bucket that it is in. */
static bool
find_inner_bound(const SydraQuery *inner, bool upper, int64 time, SydraSql *bound)
{
	if (time == (upper ? inner->range.max : inner->range.min))
		return sydra_to_sql_bound(inner, upper, bound);
	if (upper || inner->bucket_key < 0 || !sydra_to_sql_bound(inner, false, bound))
		return false;
	*bound = sydra_to_sql_bucket(list_nth(inner->keys, inner->bucket_key), *bound);
	return true;
}

bool
sydra_to_sql_bound(const SydraQuery *query, bool upper, SydraSql *bound)
{
	int64		time = upper ? query->range.max : query->range.min;
	ListCell   *cell;

	if (time == (upper ? PG_INT64_MAX : PG_INT64_MIN))
		return false;
	foreach(cell, query->conditions)
		if (find_bound(query, ((const SydraCondition *) lfirst(cell))->term, upper, bound))
			return true;
	if (query->subquery != NULL && find_inner_bound(query->subquery, upper, time, bound))
		return true;
	*bound = sydra_to_sql_time(time);
	return true;
}

/*
 * JOIN TIME.
 */

/* How the times of a pair stand to each other. */
List *
sydra_to_sql_match(const SydraQueryJoin *join, SydraSql left, SydraSql right)
{
	const char *x = sydra_to_sql_wrap(left, SYDRA_SQL_OPERATOR);
	const char *y = sydra_to_sql_wrap(right, SYDRA_SQL_OPERATOR);
	List	   *conditions = NIL;

	if (join->match == SYDRA_MATCH_EXACT)
		return list_make1(psprintf("%s = %s", y, x));
	if (join->match == SYDRA_MATCH_PREVIOUS)
		conditions = lappend(conditions, psprintf("%s <= %s", y, x));
	if (join->within_us >= 0)
		conditions = lappend(conditions,
							 psprintf("%s >= %s", y,
									  sydra_to_sql_shift(left, -join->within_us).text));
	if (join->within_us >= 0 && join->match == SYDRA_MATCH_NEAREST)
		conditions = lappend(conditions,
							 psprintf("%s <= %s", y,
									  sydra_to_sql_shift(left, join->within_us).text));
	return conditions;
}

/* Which of several is paired comes first. */
List *
sydra_to_sql_match_orders(const SydraQueryJoin *join, SydraSql left, SydraSql right)
{
	if (join->match == SYDRA_MATCH_EXACT)
		return NIL;
	if (join->match == SYDRA_MATCH_PREVIOUS)
		return list_make1(psprintf("%s DESC", right.text));
	return list_make2(psprintf("abs(date_part('epoch', %s - %s))",
							   sydra_to_sql_wrap(left, SYDRA_SQL_ADD),
							   sydra_to_sql_wrap(right, SYDRA_SQL_MULTIPLY)),
					  pstrdup(right.text));
}

/* Right rows before the left's range are seen as far as WITHIN reaches. */
static void
add_lower_bound(const SydraQuery *query, const SydraQueryJoin *join, SydraSql time,
				SydraSqlLevel *level)
{
	SydraSql	bound;

	if (join->match == SYDRA_MATCH_EXACT || join->within_us >= 0 || join->right->subquery != NULL ||
		!sydra_to_sql_bound(query, false, &bound))
		return;
	level->where = lappend(level->where,
						   psprintf("%s >= %s", sydra_to_sql_wrap(time, SYDRA_SQL_OPERATOR),
									sydra_to_sql_wrap(bound, SYDRA_SQL_OPERATOR)));
}

static List *
write_keys(SydraSql *columns, List *keys)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, keys)
		texts = lappend(texts, &columns[((const SydraTerm *) lfirst(cell))->column %
									   SYDRA_SOURCE_COLUMN]);
	return texts;
}

/* The columns of a join's right side, behind its name. */
static SydraSql *
name_columns(const SydraQuery *right, const SydraSql *inside, List **targets)
{
	int			count = list_length(right->inputs);
	SydraSql   *columns = palloc0(sizeof(SydraSql) * Max(count, 1));
	List	   *names = NIL;

	for (int i = 0; i < count; i++)
	{
		const SydraPlanColumn *input = list_nth(right->inputs, i);
		const char *name;

		if (inside[i].text == NULL)
			continue;
		name = sydra_to_sql_name(&names, input->name);
		*targets = lappend(*targets, sydra_to_sql_target(inside[i], name));
		columns[i] = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s.%s", quote_identifier(right->name),
									   quote_identifier(name));
		columns[i].collates = inside[i].collates;
	}
	return columns;
}

static void
join_source(SydraToSql *writer, int place, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	SydraQueryJoin *join = list_nth(query->joins, place - 1);
	const SydraQuery *right = join->right;
	Source		source = open_source(writer, right, true);
	SydraSqlLevel *inside = palloc0(sizeof(SydraSqlLevel));
	List	   *targets = NIL;
	List	   *orders;
	SydraSql	time;

	describe_rows(&source, 0, inside);
	time = inside->columns[0][right->time_input] = sydra_to_sql_shift(inside->time, join->shift_us);
	inside->from = source.from;
	inside->where = sydra_to_sql_same(write_keys(inside->columns[0], join->right_keys),
									  write_keys(level->columns[0], join->left_keys));
	inside->where = list_concat(inside->where, sydra_to_sql_match(join, level->time, time));
	add_lower_bound(query, join, time, inside);
	add_conditions(inside, right->conditions);
	add_time_test(right, inside);
	orders = list_concat(sydra_to_sql_match_orders(join, level->time, time),
						 sydra_to_sql_series_orders(inside, false));
	if (inside->written != NULL)
		llast(orders) = psprintf("%s DESC", (char *) llast(orders));
	level->columns[place] = name_columns(right, inside->columns[0], &targets);
	level->from = psprintf("%s\n\tLEFT JOIN LATERAL (\n%s\n"
						   "\t\tORDER BY %s\n\t\tLIMIT 1\n\t) AS %s ON true", level->from,
						   sydra_to_sql_select(inside, targets, 2),
						   orders != NIL ? sydra_to_sql_list(orders, ", ") : "1",
						   quote_identifier(right->name));
}

void
sydra_to_sql_rows(SydraToSql *writer, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	bool		joined = query->joins != NIL;
	Source		source;

	level->place = -1;
	if (query->table == NULL)
		return;
	source = open_source(writer, query, joined);
	describe_rows(&source, 0, level);
	level->from = source.from;
	level->alias = joined ? NULL : source.alias;
	for (int place = 1; place <= list_length(query->joins); place++)
		join_source(writer, place, level);
	add_conditions(level, query->conditions);
	add_conditions(level, query->joined_conditions);
	add_time_test(query, level);
}

void
sydra_to_sql_source(SydraToSql *writer, int place, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	const SydraQueryJoin *join;
	Source		source;
	SydraSql	bound;
	int64		within;

	level->place = place;
	if (place == 0)
	{
		source = open_source(writer, query, false);
		describe_rows(&source, 0, level);
		level->from = source.from;
		level->alias = source.alias;
		add_conditions(level, query->conditions);
		add_time_test(query, level);
		return;
	}
	join = list_nth(query->joins, place - 1);
	within = Max(join->within_us, 0);
	source = open_source(writer, join->right, false);
	describe_rows(&source, place, level);
	level->time = sydra_to_sql_shift(level->time, join->shift_us);
	level->columns[place][join->right->time_input] = level->time;
	level->columns[0] = level->columns[place];
	level->from = source.from;
	level->alias = source.alias;
	add_time_test(join->right, level);
	add_conditions(level, join->right->conditions);
	if (join->right->subquery != NULL)
		return;
	if (sydra_to_sql_bound(query, false, &bound))
		level->where = lappend(level->where,
							   psprintf("%s >= %s", level->time.text,
										sydra_to_sql_shift(bound, join->match == SYDRA_MATCH_EXACT ?
														   0 : -within).text));
	if (sydra_to_sql_bound(query, true, &bound) &&
		!(join->match == SYDRA_MATCH_NEAREST && join->within_us < 0))
		level->where = lappend(level->where,
							   psprintf("%s < %s", level->time.text,
										sydra_to_sql_shift(bound, join->match == SYDRA_MATCH_NEAREST ?
														   within : 0).text));
}

/*
 * Rows as a query of WITH.
 */

/* Which columns the query looks at above its rows. */
typedef struct Used
{
	bool	   *columns[SYDRA_MAX_SOURCES];
} Used;

static SydraTerm *
mark_column(SydraTerm *column, void *context)
{
	Used	   *used = context;

	if (column->column < SYDRA_WINDOW_COLUMN)
		used->columns[column->column / SYDRA_SOURCE_COLUMN][column->column % SYDRA_SOURCE_COLUMN] =
			true;
	return column;
}

static void
mark_used(const SydraQuery *query, Used *used)
{
	ListCell   *cell;

	sydra_term_map_list(query->keys, mark_column, used);
	foreach(cell, query->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		sydra_term_map_list(call->arguments, mark_column, used);
		if (call->filter != NULL)
			sydra_term_map(call->filter, mark_column, used);
	}
	if (query->grouped)
		return;
	sydra_term_map_list(query->items, mark_column, used);
	sydra_term_map_list(query->limit_by, mark_column, used);
	foreach(cell, query->orders)
		sydra_term_map(((const SydraOrdering *) lfirst(cell))->term, mark_column, used);
	foreach(cell, query->windows)
		sydra_term_map_list(((const SydraWindowCall *) lfirst(cell))->arguments, mark_column, used);
}

/* Gives a column a name; the same expression has one already. */
static SydraSql
keep_column(SydraSql sql, const char *wanted, List **texts, List **names, List **targets)
{
	SydraSql	kept;
	ListCell   *cell;
	int			found = -1;

	foreach(cell, *texts)
		if (strcmp(lfirst(cell), sql.text) == 0)
			found = foreach_current_index(cell);
	if (found < 0)
	{
		const char *name = sydra_to_sql_name(names, wanted);

		*texts = lappend(*texts, unconstify(char *, sql.text));
		*targets = lappend(*targets, sydra_to_sql_target(sql, name));
		found = list_length(*names) - 1;
	}
	kept = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", quote_identifier(list_nth(*names, found)));
	kept.collates = sql.collates;
	return kept;
}

static SydraSql *
keep_inputs(const SydraQuery *source, const SydraSql *columns, const bool *used, List **texts,
			List **names, List **targets)
{
	int			count = list_length(source->inputs);
	SydraSql   *kept = palloc0(sizeof(SydraSql) * Max(count, 1));

	for (int i = 0; i < count; i++)
		if (used[i] && columns[i].text != NULL)
			kept[i] = keep_column(columns[i],
								  ((const SydraPlanColumn *) list_nth(source->inputs, i))->name,
								  texts, names, targets);
	return kept;
}

void
sydra_to_sql_keep_rows(SydraToSql *writer, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	Used		used = {0};
	List	   *texts = NIL;
	List	   *names = NIL;
	List	   *targets = NIL;
	SydraSql   *kept[SYDRA_MAX_SOURCES] = {0};
	SydraSql	time = {0};
	const char *written = NULL;
	ListCell   *cell;
	ListCell   *name;

	for (int place = 0; place <= list_length(query->joins); place++)
	{
		used.columns[place] = palloc0(list_length(sydra_query_source(query, place)->inputs) + 1);
		if (place == level->place)
			memset(used.columns[place], true, list_length(sydra_query_source(query, place)->inputs));
	}
	if (level->place < 0)
		mark_used(query, &used);
	if (level->time.text != NULL)
		time = keep_column(level->time, "time", &texts, &names, &targets);
	for (int place = 0; place <= list_length(query->joins); place++)
		kept[place] = keep_inputs(sydra_query_source(query, place), level->columns[place],
								  used.columns[place], &texts, &names, &targets);
	forboth(cell, level->series, name, level->series_names)
	{
		SydraSql   *series = lfirst(cell);

		*series = keep_column(*series, lfirst(name), &texts, &names, &targets);
	}
	if (level->written != NULL)
		written = keep_column(sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", level->written), "written",
							  &texts, &names, &targets).text;
	level->from = sydra_to_sql_add_with(writer, "points", sydra_to_sql_select(level, targets, 1));
	level->alias = level->from;
	level->where = NIL;
	memcpy(level->columns, kept, sizeof(kept));
	if (level->place > 0)
		level->columns[0] = kept[level->place];
	level->time = time;
	level->written = written;
	level->counts_rows = false;
}
