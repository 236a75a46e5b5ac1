/*
 * api_to_sql_fill.c
 *	  FILL: every combination of the other keys with every bucket of the range.
 *
 * The groups become a query of WITH; beside them stand their combinations and the buckets.  A row
 * that no group gives takes what the policy says.  A group that HAVING removed has no values, and
 * its bucket no row.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api_to_sql.h"
#include "function/bucket.h"

typedef struct Fill
{
	SydraToSql *writer;
	const SydraSqlGroups *groups;
	SydraSqlLevel *level;
	List	   *names;			/* char *: of keys and calls, as the query of groups has them, quoted */
	const char *kept;			/* whether HAVING keeps a group; NULL: it keeps all */
	const char *from;			/* the groups */
	const char *filled;			/* the name of the query that has a row for every bucket */
	const char *is_new;			/* its column that says whether there was no group */
} Fill;

static const char *
bucket_name(const Fill *fill)
{
	return list_nth(fill->names, fill->writer->query->bucket_key);
}

/* The buckets that meet the range: a query of one column. */
static const char *
write_buckets(const Fill *fill)
{
	const SydraQuery *query = fill->writer->query;
	SydraTerm  *term = list_nth(query->keys, query->bucket_key);
	const char *name = bucket_name(fill);
	SydraBucket bucket;
	SydraSql	low;
	SydraSql	high;

	sydra_bucket_from_term(term, query->source, &bucket);
	sydra_to_sql_bound(query, false, &low);
	if (!sydra_to_sql_bound(query, true, &high))
		high = sydra_to_sql_make(SYDRA_SQL_ATOM, "now()");
	high = sydra_to_sql_shift(high, -1);
	if (bucket.step_months == 0 && (bucket.zone == NULL || bucket.step_us < USECS_PER_DAY))
		return psprintf("generate_series(%s,\n\t\t\t%s, %s) AS buckets (%s)",
						sydra_to_sql_bucket(term, low).text, high.text,
						sydra_to_sql_interval(bucket.step_us, 0), name);
	if (bucket.zone == NULL)
		return psprintf("generate_series(%s AT TIME ZONE 'UTC',\n\t\t\t%s AT TIME ZONE 'UTC', %s) "
						"AS months (month)\n"
						"\t\tCROSS JOIN LATERAL (SELECT month AT TIME ZONE 'UTC') AS buckets (%s)",
						sydra_to_sql_bucket(term, low).text,
						sydra_to_sql_wrap(high, SYDRA_SQL_ZONE),
						sydra_to_sql_interval(0, bucket.step_months), name);
	/* No day of a clock is so short that none of these times is in it. */
	return psprintf("(\n\t\t\tSELECT DISTINCT %s\n\t\t\tFROM (\n"
					"\t\t\t\tSELECT generate_series(%s, %s, interval '12 hours')\n"
					"\t\t\t\tUNION ALL SELECT %s\n\t\t\t\tWHERE %s <= %s\n"
					"\t\t\t) AS times (moment)\n\t\t) AS buckets (%s)",
					sydra_to_sql_bucket(term, sydra_to_sql_make(SYDRA_SQL_ATOM, "moment")).text,
					low.text, high.text, high.text, low.text, high.text, name);
}

static List *
name_other_keys(const Fill *fill, const char *qualifier, bool plain)
{
	List	   *keys = NIL;

	for (int key = 0; key < list_length(fill->groups->keys); key++)
	{
		const char *text = psprintf("%s%s", qualifier, (const char *) list_nth(fill->names, key));

		if (key == fill->writer->query->bucket_key)
			continue;
		keys = lappend(keys, plain ? (void *) text :
					   (void *) sydra_to_sql_copy(sydra_to_sql_make(SYDRA_SQL_ATOM, "%s", text)));
	}
	return keys;
}

/* All rows that there will be, by their keys. */
static const char *
write_grid(Fill *fill)
{
	const SydraQuery *query = fill->writer->query;
	List	   *others = name_other_keys(fill, "", true);
	const char *keys = sydra_to_sql_list(others, ", ");
	const char *bucket = bucket_name(fill);
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfo(&body, "\tSELECT %s%s%s\n\tFROM (SELECT DISTINCT %s FROM %s) AS keys\n"
					 "\t\tCROSS JOIN %s", bucket, others != NIL ? ", " : "", keys,
					 others != NIL ? keys : "true", fill->from, write_buckets(fill));
	/* Without an upper bound groups may lie behind now(). */
	if (query->range.max == PG_INT64_MAX)
		appendStringInfo(&body, "\n\tUNION\n\tSELECT %s%s%s\n\tFROM %s", bucket,
						 others != NIL ? ", " : "", keys, fill->from);
	return sydra_to_sql_add_with(fill->writer, "grid", body.data);
}

static const char *
cast_of(const Fill *fill, const SydraAggregateCall *call)
{
	return sydra_query_fill_widens(fill->writer->query, call->kind) ? "::float8" : "";
}

/* Every bucket, and what its group has. */
static void
write_filled(Fill *fill)
{
	const char *grid = write_grid(fill);
	const char *groups = fill->from;
	List	   *targets = NIL;
	List	   *used = NIL;
	List	   *same;
	SydraSqlLevel level = {0};
	int			keys = list_length(fill->groups->keys);
	ListCell   *cell;

	for (int key = 0; key < keys; key++)
		targets = lappend(targets, psprintf("%s.%s", grid,
											(const char *) list_nth(fill->names, key)));
	foreach(cell, fill->groups->calls)
	{
		const char *name = list_nth(fill->names, keys + foreach_current_index(cell));
		const char *cast = cast_of(fill, lfirst(cell));

		if (fill->kept != NULL)
			targets = lappend(targets,
							  psprintf("CASE WHEN %1$s.%2$s THEN %1$s.%3$s%4$s END AS %3$s", groups,
									   fill->kept, name, cast));
		else
			targets = lappend(targets, psprintf("%1$s.%2$s%3$s AS %2$s", groups, name, cast));
	}
	foreach(cell, fill->names)
		used = lappend(used, lfirst(cell));
	fill->is_new = quote_identifier(sydra_to_sql_name(&used, "is_new"));
	targets = lappend(targets, psprintf("%s.%s IS NULL AS %s", groups, bucket_name(fill),
										fill->is_new));
	if (fill->kept != NULL)
		targets = lappend(targets, psprintf("%s.%s", groups, fill->kept));
	same = list_concat(list_make1(psprintf("%s.%s = %s.%s", groups, bucket_name(fill), grid,
										   bucket_name(fill))),
					   sydra_to_sql_same(name_other_keys(fill, psprintf("%s.", groups), false),
										 name_other_keys(fill, psprintf("%s.", grid), false)));
	level.from = psprintf("%s\n\t\tLEFT JOIN %s ON %s", grid, groups,
						  sydra_to_sql_list(same, " AND "));
	fill->filled = sydra_to_sql_add_with(fill->writer, "filled",
										 sydra_to_sql_select(&level, targets, 1));
}

/* PARTITION BY other keys ORDER BY bucket */
static const char *
write_window(const Fill *fill, bool backward)
{
	List	   *others = name_other_keys(fill, "", true);

	return psprintf("%s%s%sORDER BY %s%s", others != NIL ? "PARTITION BY " : "",
					sydra_to_sql_list(others, ", "), others != NIL ? " " : "", bucket_name(fill),
					backward ? " DESC" : "");
}

/* The last value before a new bucket, or with backward the next one after it. */
static const char *
write_neighbour(const Fill *fill, const char *name, bool backward)
{
	return psprintf("sydra.fill_forward(%s) OVER (%s)", name, write_window(fill, backward));
}

/* Without an upper bound there may be a bucket at infinity, which is nobody's neighbour. */
static const char *
write_neighbour_time(const Fill *fill, const char *name, bool backward)
{
	bool		infinite = backward && fill->writer->query->range.max == PG_INT64_MAX;

	return psprintf("%s(%s) FILTER (WHERE %s IS NOT NULL%s) OVER (%s)", backward ? "min" : "max",
					bucket_name(fill), name,
					infinite ? psprintf(" AND isfinite(%s)", bucket_name(fill)) : "",
					write_window(fill, backward));
}

static const char *
write_previous(const Fill *fill, const char *name)
{
	int64		within_us = fill->writer->query->fill_within_us;

	if (within_us == 0)
		return write_neighbour(fill, name, false);
	return psprintf("CASE WHEN %s >= %s - %s\n\t\t\tTHEN %s END",
					write_neighbour_time(fill, name, false), bucket_name(fill),
					sydra_to_sql_interval(within_us, 0), write_neighbour(fill, name, false));
}

/* On the line between the neighbours, by bucket starts. */
static const char *
write_linear(const Fill *fill, const SydraAggregateCall *call, const char *name)
{
	const char *before = write_neighbour(fill, name, false);
	const char *after = write_neighbour(fill, name, true);
	const char *from = write_neighbour_time(fill, name, false);
	const char *to = write_neighbour_time(fill, name, true);
	const char *bucket = bucket_name(fill);
	int64		within_us = fill->writer->query->fill_within_us;
	const char *line;

	if (call->kind != SYDRA_KIND_INT && call->kind != SYDRA_KIND_FLOAT)
		return "NULL";
	line = psprintf("%s\n\t\t\t+ (%s\n\t\t\t- %s)\n\t\t\t* (date_part('epoch', %s - %s)\n"
					"\t\t\t/ date_part('epoch', %s - %s))", before, after, before, bucket, from,
					to, from);
	if (within_us == 0)
		return line;
	return psprintf("CASE WHEN %1$s >= %2$s - %3$s\n\t\t\tAND %4$s <= %2$s + %3$s\n"
					"\t\t\tTHEN %5$s END",
					from, bucket, sydra_to_sql_interval(within_us, 0), to, line);
}

/* What an aggregate has in a bucket without a group. */
static const char *
write_value(const Fill *fill, const SydraAggregateCall *call, const char *name)
{
	const SydraQuery *query = fill->writer->query;
	SydraTerm	constant = {
		.type = SYDRA_TERM_CONST,.kind = query->fill_constant_kind,.value = query->fill_constant
	};

	switch (query->fill)
	{
		case SYDRA_FILL_NONE:
		case SYDRA_FILL_NULL:
			return NULL;
		case SYDRA_FILL_PREVIOUS:
			return write_previous(fill, name);
		case SYDRA_FILL_LINEAR:
			return write_linear(fill, call, name);
		case SYDRA_FILL_CONSTANT:
			if (query->fill_constant.isnull)
				return NULL;
			return sydra_to_sql_constant(&constant, true).text;
	}
	elog(ERROR, "unknown fill policy %d", (int) query->fill);
}

/* No column of the query is called so. */
static const char *
name_kept(const SydraQuery *query)
{
	List	   *names = NIL;

	for (int i = 0; i < query->column_count; i++)
		names = lappend(names, unconstify(char *, query->columns[i].name));
	return sydra_to_sql_name(&names, "is_kept");
}

void
sydra_to_sql_fill(SydraToSql *writer, const SydraSqlGroups *groups, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	Fill		fill = {.writer = writer,.groups = groups,.level = level};
	List	   *more = NIL;
	List	   *targets = NIL;
	SydraSqlLevel filled = {0};
	int			keys = list_length(groups->keys);
	int			count = keys + list_length(groups->calls);
	SydraSql   *columns = level->columns[0];

	if (query->having != NULL)
	{
		fill.kept = name_kept(query);
		more = list_make1(psprintf("(%s) IS TRUE AS %s",
								   sydra_to_sql_term(level, query->having).text, fill.kept));
	}
	sydra_to_sql_keep_groups(writer, groups, "groups", more, level);
	fill.from = level->from;
	for (int i = 0; i < count; i++)
		fill.names = lappend(fill.names, unconstify(char *, level->columns[0][i].text));
	write_filled(&fill);

	columns = level->columns[0];
	for (int i = 0; i < count; i++)
	{
		const char *name = columns[i].text;
		const char *value = i < keys ? NULL :
			write_value(&fill, list_nth(groups->calls, i - keys), name);

		targets = lappend(targets, value == NULL ? unconstify(char *, name) :
						  psprintf("CASE WHEN %s THEN %s ELSE %s END AS %s", fill.is_new, value,
								   name, name));
	}
	filled.from = fill.filled;
	if (fill.kept != NULL)
	{
		targets = lappend(targets, unconstify(char *, fill.kept));
		level->from = sydra_to_sql_add_with(writer, "rows",
											sydra_to_sql_select(&filled, targets, 1));
		level->where = list_make1(psprintf("%s IS NOT FALSE", fill.kept));
	}
	else if (query->fill == SYDRA_FILL_NULL ||
			 (query->fill == SYDRA_FILL_CONSTANT && query->fill_constant.isnull))
		level->from = fill.filled;
	else
		level->from = sydra_to_sql_add_with(writer, "rows",
											sydra_to_sql_select(&filled, targets, 1));
	level->alias = level->from;
}
