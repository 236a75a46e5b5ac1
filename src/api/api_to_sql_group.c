/*
 * api_to_sql_group.c
 *	  GROUP BY and the aggregates; and buckets of several sources, each grouped by itself.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api_to_sql.h"

/*
 * Aggregates.
 */

static SydraSql
first_argument(const SydraSqlLevel *level, const SydraAggregateCall *call)
{
	return sydra_to_sql_term(level, linitial(call->arguments));
}

/* [DISTINCT] x, other arguments */
static const char *
write_arguments(const SydraSqlLevel *level, const SydraAggregateCall *call, int count)
{
	List	   *texts = NIL;

	for (int i = 0; i < count; i++)
	{
		const SydraTerm *term = list_nth(call->arguments, i);
		SydraSql	given = i == 0 ? sydra_to_sql_term(level, term) :
			sydra_to_sql_argument(level, term);

		texts = lappend(texts, unconstify(char *, given.text));
	}
	return psprintf("%s%s", call->distinct ? "DISTINCT " : "", sydra_to_sql_list(texts, ", "));
}

static const char *
write_filter(const SydraSqlLevel *level, const SydraAggregateCall *call)
{
	if (call->filter == NULL)
		return "";
	return psprintf(" FILTER (WHERE %s)",
					sydra_to_sql_list(sydra_to_sql_condition(level, call->filter), " AND "));
}

static bool
is_series_key(const SydraSqlGroups *groups, const SydraSql *series)
{
	ListCell   *cell;

	foreach(cell, groups->keys)
		if (strcmp(((const SydraSql *) lfirst(cell))->text, series->text) == 0)
			return true;
	return false;
}

/* Of equal times the first series by tags; of one series the row written last. */
static const char *
write_choice(const SydraSqlLevel *level, const SydraSqlGroups *groups,
			 const SydraAggregateCall *call, const char *name)
{
	bool		last = strcmp(name, "last") == 0;
	SydraSqlLevel rows = *level;
	List	   *orders;
	ListCell   *cell;

	rows.series = rows.series_kinds = NIL;
	foreach(cell, level->series)
	{
		if (is_series_key(groups, lfirst(cell)))
			continue;
		rows.series = lappend(rows.series, lfirst(cell));
		rows.series_kinds = lappend_int(rows.series_kinds,
										list_nth_int(level->series_kinds,
													 foreach_current_index(cell)));
	}
	orders = sydra_to_sql_series_orders(&rows, last);
	if (rows.written != NULL && !last)
		llast(orders) = psprintf("%s DESC", rows.written);
	return psprintf("sydra.%s(%s, %s%s%s)%s", name, first_argument(level, call).text,
					level->time.text, orders != NIL ? " ORDER BY " : "",
					sydra_to_sql_list(orders, ", "), write_filter(level, call));
}

/* percentile_cont and mode take no DISTINCT. */
static const char *
write_quantile(const SydraSqlLevel *level, const SydraAggregateCall *call, const char *name)
{
	bool		median = strcmp(name, "median") == 0;

	if (call->distinct)
		return psprintf("sydra.%s(%s)%s", name,
						write_arguments(level, call, median ? 1 : 2), write_filter(level, call));
	return psprintf("percentile_cont(%s) WITHIN GROUP (ORDER BY %s)%s",
					median ? "0.5" : sydra_to_sql_argument(level, lsecond(call->arguments)).text,
					first_argument(level, call).text, write_filter(level, call));
}

static SydraSql
write_mode(const SydraSqlLevel *level, const SydraAggregateCall *call)
{
	SydraSql	value = first_argument(level, call);
	SydraSql	mode;

	if (call->kind == SYDRA_KIND_TEXT)
		value = sydra_to_sql_by_bytes(value);
	/* Of distinct values each is there once, and the least is the mode. */
	if (call->distinct && call->kind == SYDRA_KIND_BOOL)
		mode = sydra_to_sql_make(SYDRA_SQL_ATOM, "bool_and(%s)%s", value.text,
								 write_filter(level, call));
	else if (call->distinct)
		mode = sydra_to_sql_make(SYDRA_SQL_ATOM, "min(%s)%s", value.text,
								 write_filter(level, call));
	else
		mode = sydra_to_sql_make(SYDRA_SQL_ATOM, "mode() WITHIN GROUP (ORDER BY %s)%s", value.text,
								 write_filter(level, call));
	mode.collates = call->kind == SYDRA_KIND_TEXT;
	return mode;
}

static SydraSql
write_extreme(const SydraSqlLevel *level, const SydraAggregateCall *call, const char *name)
{
	SydraSql	value = first_argument(level, call);
	SydraSql	extreme;

	if (call->kind == SYDRA_KIND_TEXT)
		value = sydra_to_sql_by_bytes(value);
	extreme = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s)%s", name, value.text,
								write_filter(level, call));
	extreme.collates = call->kind == SYDRA_KIND_TEXT;
	return extreme;
}

static SydraSql
write_plain(const SydraSqlLevel *level, const SydraAggregateCall *call, const char *name,
			int arguments, const char *cast)
{
	return sydra_to_sql_make(cast[0] != '\0' ? SYDRA_SQL_CAST : SYDRA_SQL_ATOM, "%s(%s)%s%s", name,
							 write_arguments(level, call, arguments), write_filter(level, call),
							 cast);
}

static SydraSql
write_aggregate(const SydraSqlLevel *level, const SydraSqlGroups *groups,
				const SydraAggregateCall *call)
{
	const char *name = sydra_function_name(call->function);
	bool		integer = call->arguments != NIL &&
		((const SydraTerm *) linitial(call->arguments))->kind == SYDRA_KIND_INT;

	if (strcmp(name, "count") == 0 && call->arguments == NIL)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "count(*)%s", write_filter(level, call));
	if (strcmp(name, "sum") == 0)
		return write_plain(level, call, name, 1, integer ? "::int8" : "");
	if (strcmp(name, "avg") == 0)
		return write_plain(level, call, name, 1, integer ? "::float8" : "");
	if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
		return write_extreme(level, call, name);
	if (strcmp(name, "first") == 0 || strcmp(name, "last") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", write_choice(level, groups, call, name));
	if (strcmp(name, "min_time") == 0 || strcmp(name, "max_time") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.%s(%s, %s)%s", name,
								 first_argument(level, call).text, level->time.text,
								 write_filter(level, call));
	if (strcmp(name, "percentile") == 0 || strcmp(name, "median") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", write_quantile(level, call, name));
	if (strcmp(name, "mode") == 0)
		return write_mode(level, call);
	if (strcmp(name, "spread") == 0 || strcmp(name, "approx_percentile") == 0 ||
		strcmp(name, "approx_count_distinct") == 0)
		return write_plain(level, call, psprintf("sydra.%s", name), list_length(call->arguments),
						   "");
	if (strcmp(name, "histogram") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.histogram(%s)%s",
								 write_arguments(level, call, 4), write_filter(level, call));
	/* count(x), stddev, stddev_pop, variance, var_pop */
	return write_plain(level, call, name, 1, "");
}

/*
 * Groups.
 */

/* The name of the item that a column of the groups is, else its own. */
static const char *
name_column(const SydraQuery *query, int column, const char *own)
{
	ListCell   *cell;

	foreach(cell, query->items)
	{
		const SydraTerm *item = lfirst(cell);

		if (item->type == SYDRA_TERM_COLUMN && item->column == column)
			return query->columns[foreach_current_index(cell)].name;
	}
	return own;
}

/* Names of the keys, then of the calls. */
static List *
name_groups(const SydraQuery *query, const SydraSqlGroups *groups)
{
	List	   *names = NIL;
	int			keys = list_length(groups->keys);

	for (int i = 0; i < keys; i++)
	{
		const char *own = list_nth(groups->key_names, i);

		sydra_to_sql_name(&names, name_column(query, i, own != NULL ? own : "key"));
	}
	for (int i = 0; i < list_length(groups->calls); i++)
		sydra_to_sql_name(&names, name_column(query, keys + i, list_nth(groups->call_names, i)));
	return names;
}

static SydraSql
qualify(const char *qualifier, const char *name, bool collates)
{
	SydraSql	sql = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s.%s", qualifier, name);

	sql.collates = collates;
	return sql;
}

static List *
qualify_keys(const SydraSqlGroups *groups, const char *qualifier, List *names)
{
	List	   *keys = NIL;

	for (int i = 0; i < list_length(groups->keys); i++)
		keys = lappend(keys,
					   sydra_to_sql_copy(qualify(qualifier, quote_identifier(list_nth(names, i)),
												 ((const SydraSql *) list_nth(groups->keys, i))->collates)));
	return keys;
}

static bool
has_pairs(const SydraSqlGroups *groups)
{
	ListCell   *cell;

	foreach(cell, groups->calls)
		if (sydra_function_needs_series(((const SydraAggregateCall *) lfirst(cell))->function))
			return true;
	return false;
}

static bool
has_orders(const SydraSqlGroups *groups)
{
	ListCell   *cell;

	foreach(cell, groups->calls)
		if (sydra_function_needs_order(((const SydraAggregateCall *) lfirst(cell))->function))
			return true;
	return false;
}

/* Keys and calls of one SELECT; those of pairs are none of it. */
static SydraSql *
write_columns(const SydraToSql *writer, const SydraSqlGroups *groups, const SydraSqlLevel *level)
{
	SydraSql   *columns = palloc0(sizeof(SydraSql) *
								  (list_length(groups->keys) + list_length(groups->calls) + 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, groups->keys)
	{
		columns[count] = *(const SydraSql *) lfirst(cell);
		/* What it is made of is not known above the groups. */
		columns[count++].tag = NULL;
	}
	foreach(cell, groups->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		if (!sydra_function_needs_series(call->function))
			columns[count] = write_aggregate(level, groups, call);
		count++;
	}
	return columns;
}

/* The groups of pairs stand beside the others. */
static void
join_pairs(SydraToSql *writer, const SydraSqlGroups *groups, SydraSqlLevel *level)
{
	List	   *names = name_groups(writer->query, groups);
	int			keys = list_length(groups->keys);
	int			count = list_length(names);
	const char **call_names = palloc0(sizeof(char *) * Max(list_length(groups->calls), 1));
	List	   *queries = sydra_to_sql_pairs(writer, groups, level, list_copy_head(names, keys),
											 call_names);
	SydraSql   *columns = write_columns(writer, groups, level);
	List	   *targets = NIL;
	const char *base;
	StringInfoData from;
	ListCell   *cell;

	for (int i = 0; i < count; i++)
		if (columns[i].text != NULL)
			targets = lappend(targets, sydra_to_sql_target(columns[i], list_nth(names, i)));
	if (targets == NIL)
		targets = list_make1("count(*)");
	level->grouped = true;
	level->group_by = groups->keys;
	base = sydra_to_sql_add_with(writer, "groups", sydra_to_sql_select(level, targets, 1));
	for (int i = 0; i < count; i++)
		columns[i] = qualify(base, quote_identifier(list_nth(names, i)), columns[i].collates);
	initStringInfo(&from);
	appendStringInfoString(&from, base);
	foreach(cell, queries)
	{
		const SydraSqlPairs *pairs = lfirst(cell);
		List	   *same = sydra_to_sql_same(qualify_keys(groups, pairs->name, names),
											 qualify_keys(groups, base, names));
		ListCell   *call;

		appendStringInfo(&from, "\n\tLEFT JOIN %s ON %s", pairs->name,
						 same != NIL ? sydra_to_sql_list(same, " AND ") : "true");
		foreach(call, pairs->calls)
			columns[keys + lfirst_int(call)] = qualify(pairs->name, call_names[lfirst_int(call)],
													   false);
	}
	level->from = from.data;
	level->alias = NULL;
	level->grouped = false;
	level->group_by = NIL;
	level->columns[0] = columns;
}

void
sydra_to_sql_group(SydraToSql *writer, const SydraSqlGroups *groups, SydraSqlLevel *level)
{
	level->where = list_copy(level->where);
	if (has_pairs(groups))
	{
		join_pairs(writer, groups, level);
		return;
	}
	level->columns[0] = write_columns(writer, groups, level);
	level->grouped = true;
	level->group_by = groups->keys;
}

void
sydra_to_sql_keep_groups(SydraToSql *writer, const SydraSqlGroups *groups, const char *name,
						 List *more, SydraSqlLevel *level)
{
	List	   *names = name_groups(writer->query, groups);
	List	   *targets = NIL;
	SydraSql   *kept = palloc0(sizeof(SydraSql) * (list_length(names) + 1));

	for (int i = 0; i < list_length(names); i++)
	{
		targets = lappend(targets, sydra_to_sql_target(level->columns[0][i], list_nth(names, i)));
		kept[i] = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", quote_identifier(list_nth(names, i)));
		kept[i].collates = level->columns[0][i].collates;
	}
	level->from = sydra_to_sql_add_with(writer, name,
										sydra_to_sql_select(level, list_concat(targets, more), 1));
	level->alias = level->from;
	level->where = NIL;
	level->grouped = false;
	level->group_by = NIL;
	level->having = NULL;
	level->columns[0] = kept;
}

/*
 * The groups of a query.
 */

static SydraSqlGroups
describe_groups(const SydraQuery *query)
{
	SydraSqlGroups groups = {
		.key_names = query->key_names,.calls = query->calls,.call_names = query->call_names
	};
	ListCell   *cell;

	foreach(cell, query->keys)
		groups.key_kinds = lappend_int(groups.key_kinds, ((const SydraTerm *) lfirst(cell))->kind);
	return groups;
}

/* A source's own keys and calls. */
static SydraSqlGroups
describe_source(const SydraQuery *query, int place, const SydraSqlLevel *level)
{
	SydraSqlGroups groups = describe_groups(query);
	int			other = 0;
	ListCell   *cell;

	groups.calls = groups.call_names = NIL;
	foreach(cell, query->calls)
	{
		if (((const SydraAggregateCall *) lfirst(cell))->source != place)
			continue;
		groups.calls = lappend(groups.calls, lfirst(cell));
		groups.call_names = lappend(groups.call_names,
									list_nth(query->call_names, foreach_current_index(cell)));
	}
	foreach(cell, query->keys)
	{
		SydraTerm  *key = lfirst(cell);
		const SydraQueryJoin *join = place > 0 ? list_nth(query->joins, place - 1) : NULL;

		if (foreach_current_index(cell) == query->bucket_key)
			groups.keys = lappend(groups.keys,
								  sydra_to_sql_copy(sydra_to_sql_bucket(key, level->time)));
		else
			groups.keys = lappend(groups.keys,
								  sydra_to_sql_copy(sydra_to_sql_term(level, join == NULL ? key :
																	  list_nth(join->groups,
																			   other++))));
	}
	return groups;
}

/* Names of a source's groups, which no item of the query gives. */
static const char *
keep_source(SydraToSql *writer, int place, const char *wanted, List **names)
{
	SydraSqlLevel *level = palloc0(sizeof(SydraSqlLevel));
	SydraSqlGroups groups;
	List	   *targets = NIL;

	sydra_to_sql_source(writer, place, level);
	groups = describe_source(writer->query, place, level);
	if (has_pairs(&groups) || (has_orders(&groups) && level->counts_rows))
	{
		sydra_to_sql_keep_rows(writer, level);
		groups = describe_source(writer->query, place, level);
	}
	sydra_to_sql_group(writer, &groups, level);
	*names = NIL;
	for (int i = 0; i < list_length(groups.keys); i++)
	{
		const char *own = list_nth(groups.key_names, i);

		sydra_to_sql_name(names, own != NULL ? own : "key");
	}
	for (int i = 0; i < list_length(groups.calls); i++)
		sydra_to_sql_name(names, list_nth(groups.call_names, i));
	for (int i = 0; i < list_length(*names); i++)
		targets = lappend(targets, sydra_to_sql_target(level->columns[0][i], list_nth(*names, i)));
	return sydra_to_sql_add_with(writer, wanted, sydra_to_sql_select(level, targets, 1));
}

/* Buckets of the right beside those of the left. */
static void
join_source(SydraToSql *writer, int place, const char *left, List *left_names, List **right_names,
			StringInfo from, const char **alias)
{
	const SydraQuery *query = writer->query;
	const SydraQueryJoin *join = list_nth(query->joins, place - 1);
	const char *right = keep_source(writer, place, join->right->name, right_names);
	List	   *left_keys = NIL;
	List	   *right_keys = NIL;
	List	   *conditions;
	List	   *orders;
	SydraSql	left_time = {0};
	SydraSql	right_time = {0};

	for (int i = 0; i < list_length(query->keys); i++)
	{
		SydraSql	x = qualify(left, quote_identifier(list_nth(left_names, i)), false);
		SydraSql	y = qualify(right, quote_identifier(list_nth(*right_names, i)), false);

		if (i == query->bucket_key)
		{
			left_time = x;
			right_time = y;
			continue;
		}
		left_keys = lappend(left_keys, sydra_to_sql_copy(x));
		right_keys = lappend(right_keys, sydra_to_sql_copy(y));
	}
	conditions = list_concat(sydra_to_sql_same(right_keys, left_keys),
							 sydra_to_sql_match(join, left_time, right_time));
	orders = sydra_to_sql_match_orders(join, left_time, right_time);
	*alias = right;
	if (orders == NIL)
		appendStringInfo(from, "\n\tLEFT JOIN %s ON %s", right,
						 sydra_to_sql_list(conditions, " AND "));
	else
		appendStringInfo(from,
						 "\n\tLEFT JOIN LATERAL (\n\t\tSELECT *\n\t\tFROM %s\n\t\tWHERE %s\n"
						 "\t\tORDER BY %s\n\t\tLIMIT 1\n\t) AS %s ON true", right,
						 conditions != NIL ? sydra_to_sql_list(conditions, "\n\t\t\tAND ") : "true",
						 sydra_to_sql_list(orders, ", "), right);
}

static void
join_groups(SydraToSql *writer, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	int			sources = list_length(query->joins) + 1;
	int			keys = list_length(query->keys);
	List	  **names = palloc0(sizeof(List *) * sources);
	const char **aliases = palloc0(sizeof(char *) * sources);
	int		   *next = palloc(sizeof(int) * sources);
	SydraSql   *columns = palloc0(sizeof(SydraSql) * (keys + list_length(query->calls) + 1));
	StringInfoData from;
	ListCell   *cell;

	initStringInfo(&from);
	aliases[0] = keep_source(writer, 0, query->name, &names[0]);
	appendStringInfoString(&from, aliases[0]);
	for (int place = 1; place < sources; place++)
		join_source(writer, place, aliases[0], names[0], &names[place], &from, &aliases[place]);
	for (int place = 0; place < sources; place++)
		next[place] = keys;
	for (int key = 0; key < keys; key++)
		columns[key] = qualify(aliases[0], quote_identifier(list_nth(names[0], key)), false);
	foreach(cell, query->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		columns[keys + foreach_current_index(cell)] =
			qualify(aliases[call->source],
					quote_identifier(list_nth(names[call->source], next[call->source]++)),
					call->kind == SYDRA_KIND_TEXT);
	}
	level->from = from.data;
	level->columns[0] = columns;
}

SydraSqlGroups
sydra_to_sql_groups(SydraToSql *writer, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	SydraSqlGroups groups = describe_groups(query);
	ListCell   *cell;

	if (sydra_query_joins_buckets(query))
		join_groups(writer, level);
	else
	{
		sydra_to_sql_rows(writer, level);
		if (has_pairs(&groups) || (has_orders(&groups) && level->counts_rows))
			sydra_to_sql_keep_rows(writer, level);
		foreach(cell, query->keys)
			groups.keys = lappend(groups.keys,
								  sydra_to_sql_copy(sydra_to_sql_term(level, lfirst(cell))));
		sydra_to_sql_group(writer, &groups, level);
	}
	if (sydra_query_joins_buckets(query))
		for (int key = 0; key < list_length(query->keys); key++)
			groups.keys = lappend(groups.keys, sydra_to_sql_copy(level->columns[0][key]));
	if (query->fill != SYDRA_FILL_NONE)
		sydra_to_sql_fill(writer, &groups, level);
	else if (query->having != NULL)
		level->having = sydra_to_sql_list(sydra_to_sql_condition(level, query->having),
										  level->grouped ? "\n\tAND " : " AND ");
	return groups;
}
