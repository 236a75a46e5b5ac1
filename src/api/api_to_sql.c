/*
 * api_to_sql.c
 *	  sydraql_to_sql(): a query of plain SQL that gives the same rows.
 *
 *		rows > groups > fill > windows > items, order, limits
 *
 * It is written from the analysed query, so names are resolved, kinds are known and parameters are
 * values.  Every value is a quoted literal, every name a quoted name.  What is one SELECT to SQL
 * stays one; a step that must see the last one whole reads it as a query of WITH.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "analyze/analyze.h"
#include "api/api_diagnostic.h"
#include "api/api_query.h"
#include "api/api_to_sql.h"
#include "base/error.h"
#include "base/sql_function.h"

SYDRA_FUNCTION(sydra_to_sql);

/*
 * Texts.
 */

SydraSql
sydra_to_sql_make(SydraSqlBinding binding, const char *format,...)
{
	StringInfoData text;
	SydraSql	sql = {.binding = binding};

	initStringInfo(&text);
	for (;;)
	{
		va_list		arguments;
		int			more;

		va_start(arguments, format);
		more = appendStringInfoVA(&text, format, arguments);
		va_end(arguments);
		if (more == 0)
			break;
		enlargeStringInfo(&text, more);
	}
	sql.text = text.data;
	return sql;
}

const char *
sydra_to_sql_wrap(SydraSql sql, SydraSqlBinding binding)
{
	return sql.binding < binding ? psprintf("(%s)", sql.text) : sql.text;
}

SydraSql *
sydra_to_sql_copy(SydraSql sql)
{
	SydraSql   *copy = palloc(sizeof(SydraSql));

	*copy = sql;
	return copy;
}

static bool
is_among(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

const char *
sydra_to_sql_name(List **names, const char *wanted)
{
	char	   *name = psprintf("%.*s", NAMEDATALEN - 8, wanted);

	for (int use = 2; is_among(*names, name); use++)
		name = psprintf("%.*s_%d", NAMEDATALEN - 8, wanted, use);
	*names = lappend(*names, name);
	return name;
}

const char *
sydra_to_sql_list(List *texts, const char *between)
{
	StringInfoData list;
	ListCell   *cell;

	initStringInfo(&list);
	foreach(cell, texts)
		appendStringInfo(&list, "%s%s", foreach_current_index(cell) > 0 ? between : "",
						 (char *) lfirst(cell));
	return list.data;
}

char *
sydra_to_sql_target(SydraSql sql, const char *name)
{
	const char *ident = quote_identifier(name);
	const char *last = sql.text + Max((int) strlen(sql.text) - (int) strlen(ident), 0);

	/* A column is called so already. */
	if (sql.binding == SYDRA_SQL_ATOM && strcmp(last, ident) == 0 &&
		(last == sql.text || last[-1] == '.'))
		return pstrdup(sql.text);
	return psprintf("%s AS %s", sql.text, quote_identifier(name));
}

/* A clause on lines of its own. */
static void
add_clause(StringInfo select, const char *word, List *texts, const char *between, int depth)
{
	const char *indent = &"\t\t\t"[3 - Min(depth, 3)];

	if (texts != NIL)
		appendStringInfo(select, "\n%s%s %s", indent, word,
						 sydra_to_sql_list(texts, psprintf("%s\n\t%s%s", between[0] == ',' ? "," : "",
														   indent, between[0] == ',' ? "" : between)));
}

/* The position of a target that is the key, or the key. */
static const char *
write_group(const SydraSql *key, List *targets)
{
	Size		length = strlen(key->text);
	ListCell   *cell;

	foreach(cell, targets)
	{
		const char *target = lfirst(cell);

		if (strncmp(target, key->text, length) == 0 &&
			(target[length] == '\0' || strncmp(target + length, " AS ", 4) == 0))
			return psprintf("%d", foreach_current_index(cell) + 1);
	}
	/* A constant alone is no key to PostgreSQL. */
	if (strcmp(key->text, "true") == 0 || strcmp(key->text, "false") == 0)
		return psprintf("%s::bool", key->text);
	return key->text;
}

const char *
sydra_to_sql_select(const SydraSqlLevel *level, List *targets, int depth)
{
	StringInfoData select;
	List	   *groups = NIL;
	ListCell   *cell;

	initStringInfo(&select);
	add_clause(&select, "SELECT", targets, ",", depth);
	if (level->from != NULL)
		add_clause(&select, "FROM", list_make1(unconstify(char *, level->from)), ",", depth);
	add_clause(&select, "WHERE", level->where, "AND ", depth);
	foreach(cell, level->group_by)
		groups = lappend(groups, unconstify(char *, write_group(lfirst(cell), targets)));
	if (groups != NIL)
		add_clause(&select, "GROUP BY",
				   list_make1(unconstify(char *, sydra_to_sql_list(groups, ", "))), ",", depth);
	if (level->having != NULL)
		add_clause(&select, level->grouped ? "HAVING" : "WHERE",
				   list_make1(unconstify(char *, level->having)), ",", depth);
	if (level->window != NULL)
		add_clause(&select, "WINDOW",
				   list_make1(psprintf("series AS (%s)", level->window)), ",", depth);
	/* The first clause begins a line already. */
	return select.data + 1;
}

const char *
sydra_to_sql_add_with(SydraToSql *writer, const char *wanted, const char *body)
{
	const char *name = quote_identifier(sydra_to_sql_name(&writer->names, wanted));

	appendStringInfo(&writer->with, "%s%s AS (\n%s\n)", writer->with.len > 0 ? ", " : "WITH ", name,
					 body);
	return name;
}

void
sydra_to_sql_refuse(const SydraQuery *query, int offset, const char *hint, const char *what)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
			SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED, "%s has no translation", what),
			sydra_errposition(SYDRA_ERR_NOT_SUPPORTED, query->source, offset),
			errhint("%s", hint));
}

/*
 * Items, order, limits.
 */

/* Orders on their way. */
typedef struct Orders
{
	const SydraQuery *query;
	const SydraSqlLevel *level;
	List	   *items;			/* SydraSql *: an order may be the position of one */
	List	   *seen;			/* char * */
	List	   *orders;			/* char * */
} Orders;

/* A name alone behind ORDER BY is an item's before it is a column's. */
static const char *
find_place(const Orders *orders, const char *text)
{
	const SydraQuery *query = orders->query;
	ListCell   *cell;

	foreach(cell, orders->items)
		if (strcmp(((const SydraSql *) lfirst(cell))->text, text) == 0)
			return psprintf("%d", foreach_current_index(cell) + 1);
	for (int i = 0; i < query->column_count && orders->items != NIL; i++)
		if (orders->level->alias != NULL &&
			strcmp(text, quote_identifier(query->columns[i].name)) == 0)
			return psprintf("%s.%s", orders->level->alias, text);
	return text;
}

static void
add_order(Orders *orders, SydraSql sql, SydraKind kind, bool descending, bool nulls_first)
{
	if (is_among(orders->seen, sql.text))
		return;
	orders->seen = lappend(orders->seen, unconstify(char *, sql.text));
	if (kind != SYDRA_KIND_TEXT)
		sql.text = find_place(orders, sql.text);
	orders->orders = lappend(orders->orders,
							 unconstify(char *, sydra_to_sql_order(sql, kind, descending,
																   nulls_first)));
}

/* ORDER BY, then what it leaves open: time or bucket, keys, series, writing. */
static List *
write_orders(const SydraQuery *query, const SydraSqlLevel *level, List *items)
{
	Orders		orders = {.query = query,.level = level,.items = items};
	ListCell   *cell;

	foreach(cell, query->orders)
	{
		const SydraOrdering *ordering = lfirst(cell);

		if (ordering->term->type != SYDRA_TERM_CONST)
			add_order(&orders, sydra_to_sql_term(level, ordering->term), ordering->term->kind,
					  ordering->descending, ordering->nulls_first);
	}
	if (query->grouped)
	{
		for (int i = -1; i < list_length(query->keys); i++)
		{
			int			key = i < 0 ? query->bucket_key : i;
			const SydraTerm *term = key < 0 ? NULL : list_nth(query->keys, key);

			if (term != NULL && term->type != SYDRA_TERM_CONST)
				add_order(&orders, level->columns[0][key], term->kind, false, false);
		}
		return orders.orders;
	}
	if (query->table == NULL)
		return orders.orders;
	if (query->time_input >= 0)
		add_order(&orders, level->time, SYDRA_KIND_TIME, false, false);
	return list_concat(orders.orders, sydra_to_sql_series_orders(level, false));
}

static List *
write_targets(const SydraQuery *query, List *items)
{
	List	   *targets = NIL;

	for (int i = 0; i < query->column_count; i++)
		targets = lappend(targets, sydra_to_sql_target(*(const SydraSql *) list_nth(items, i),
													   query->columns[i].name));
	return targets;
}

/* LIMIT n BY: rows are numbered for each key, in their order. */
static void
number_rows(SydraToSql *writer, SydraSqlLevel *level, List **items, List **orders)
{
	const SydraQuery *query = writer->query;
	List	   *by = NIL;
	List	   *targets = write_targets(query, *items);
	List	   *names = NIL;
	List	   *numbers = NIL;
	List	   *columns = NIL;
	const char *nth;
	ListCell   *cell;

	foreach(cell, query->limit_by)
		by = lappend(by, unconstify(char *, sydra_to_sql_term(level, lfirst(cell)).text));
	foreach(cell, *items)
		columns = lappend(columns,
						  sydra_to_sql_copy(sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", quote_identifier(
											query->columns[foreach_current_index(cell)].name))));
	for (int i = 0; i < query->column_count; i++)
		names = lappend(names, unconstify(char *, query->columns[i].name));
	nth = sydra_to_sql_name(&names, "nth");
	targets = lappend(targets,
					  psprintf("row_number() OVER (PARTITION BY %s ORDER BY %s) AS %s",
							   sydra_to_sql_list(by, ", "), sydra_to_sql_list(*orders, ", "),
							   quote_identifier(nth)));
	numbers = lappend(numbers, psprintf("row_number() OVER (ORDER BY %s) AS %s",
										sydra_to_sql_list(*orders, ", "),
										quote_identifier(sydra_to_sql_name(&names, "place"))));
	targets = list_concat(targets, numbers);
	level->from = sydra_to_sql_add_with(writer, "numbered", sydra_to_sql_select(level, targets, 1));
	level->where = list_make1(psprintf("%s <= " INT64_FORMAT, quote_identifier(nth), query->limit));
	level->grouped = false;
	level->group_by = NIL;
	level->having = level->window = NULL;
	*items = columns;
	*orders = list_make1(pstrdup(quote_identifier(llast(names))));
}

const char *
sydra_to_sql_body(SydraToSql *writer, bool ordered, int depth, List **columns)
{
	const SydraQuery *query = writer->query;
	const char *indent = depth > 0 ? "\t" : "";
	SydraSqlLevel *level = palloc0(sizeof(SydraSqlLevel));
	SydraSqlGroups groups = {0};
	List	   *items = NIL;
	List	   *orders;
	StringInfoData text;
	ListCell   *cell;

	if (query->grouped)
		groups = sydra_to_sql_groups(writer, level);
	else
	{
		sydra_to_sql_rows(writer, level);
		if (level->counts_rows && query->limit_by != NIL && query->windows == NIL)
			sydra_to_sql_keep_rows(writer, level);
	}
	if (query->windows != NIL)
		sydra_to_sql_windows(writer, &groups, level);
	foreach(cell, query->items)
		items = lappend(items, sydra_to_sql_copy(sydra_to_sql_term(level, lfirst(cell))));
	orders = write_orders(query, level, query->limit_by != NIL ? NIL : items);
	if (query->limit_by != NIL)
		number_rows(writer, level, &items, &orders);

	initStringInfo(&text);
	appendStringInfoString(&text, sydra_to_sql_select(level, write_targets(query, items), depth));
	if (orders != NIL &&
		(ordered || query->limit >= 0 || query->offset > 0 || query->limit_by != NIL))
		appendStringInfo(&text, "\n%sORDER BY %s", indent, sydra_to_sql_list(orders, ", "));
	if (query->limit >= 0 && query->limit_by == NIL)
		appendStringInfo(&text, "\n%sLIMIT " INT64_FORMAT, indent, query->limit);
	if (query->offset > 0)
		appendStringInfo(&text, "\n%sOFFSET " INT64_FORMAT, indent, query->offset);
	*columns = items;
	return text.data;
}

static const char *
write_select(SydraToSql *writer)
{
	List	   *columns;
	const char *body = sydra_to_sql_body(writer, true, 0, &columns);

	return writer->with.len > 0 ? psprintf("%s\n%s", writer->with.data, body) : body;
}

/* sydraql_to_sql(query text, parameters jsonb) RETURNS text */
Datum
sydra_to_sql(PG_FUNCTION_ARGS)
{
	const char *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SydraStatement *statement = sydra_parse(source, strlen(source));
	SydraToSql	writer = {0};
	const char *sql = NULL;

	writer.query = sydra_analyze(statement, source, PG_GETARG_JSONB_P(1));
	if (writer.query->explain)
		sydra_to_sql_refuse(writer.query, statement->span.start,
							"Translate the query, and write EXPLAIN in front of what it gives.",
							"EXPLAIN");
	if (writer.query->show != NULL)
		sydra_to_sql_refuse(writer.query, statement->span.start,
							"Ask sydra.metrics, sydra.series and sydra.functions, or SELECT DISTINCT the tags.",
							"SHOW");
	initStringInfo(&writer.with);
	switch (writer.query->type)
	{
		case SYDRA_QUERY_SELECT:
			sql = write_select(&writer);
			break;
		case SYDRA_QUERY_INSERT:
			sql = sydra_to_sql_insert(writer.query);
			break;
		case SYDRA_QUERY_DELETE:
			sql = sydra_to_sql_delete(&writer);
			break;
		case SYDRA_QUERY_SHOW:
			break;
	}
	PG_RETURN_TEXT_P(cstring_to_text(sql));
}
