/*
 * api_to_sql_pair.c
 *	  increase rate irate delta integral time_weighted_avg.
 *
 * Aggregates of the same samples share the queries of WITH that find these: the samples, of equal
 * times the one written last; their neighbours; what each series gives to a group.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/builtins.h"

#include "api/api_to_sql.h"

/* The calls over the same samples, and the names that columns have in the queries. */
typedef struct Samples
{
	const SydraSqlGroups *groups;
	const SydraSqlLevel *level;
	List	   *calls;			/* int */
	List	   *keys;			/* char *: names of the keys, quoted */
	List	   *series;			/* char *: names of the series' columns, quoted */
	List	   *others;			/* char *: those of these that are no keys */
	List	   *other_targets;	/* char *: what these are */
	List	   *names;			/* char *: all names so far, unquoted */
	const char *time;
	const char *sample;
	const char *before;
	const char *seconds;		/* since the sample before */
	const char *held;			/* until the sample after */
} Samples;

static const SydraAggregateCall *
call_at(const SydraSqlGroups *groups, int number)
{
	return list_nth(groups->calls, number);
}

static bool
has_same_samples(const SydraAggregateCall *a, const SydraAggregateCall *b)
{
	if ((a->filter == NULL) != (b->filter == NULL) ||
		!sydra_term_equal(linitial(a->arguments), linitial(b->arguments)))
		return false;
	return a->filter == NULL || sydra_term_equal(a->filter, b->filter);
}

static const char *
take_name(Samples *samples, const char *wanted)
{
	return quote_identifier(sydra_to_sql_name(&samples->names, wanted));
}

static List *
quoted(List *names)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, names)
		texts = lappend(texts, unconstify(char *, quote_identifier(lfirst(cell))));
	return texts;
}

/* The rows that count, with the keys of their groups. */
static const char *
write_samples(SydraToSql *writer, Samples *samples)
{
	const SydraAggregateCall *call = call_at(samples->groups, linitial_int(samples->calls));
	const SydraSqlLevel *points = samples->level;
	SydraSqlLevel level = {.from = points->from};
	SydraSql	value = sydra_to_sql_term(points, linitial(call->arguments));
	List	   *targets = NIL;
	List	   *distinct = NIL;
	List	   *order;
	ListCell   *cell;

	foreach(cell, samples->groups->keys)
		targets = lappend(targets, sydra_to_sql_target(*(const SydraSql *) lfirst(cell),
													   list_nth(samples->names,
																foreach_current_index(cell))));
	targets = list_concat(targets, samples->other_targets);
	targets = lappend(targets, psprintf("%s AS %s", points->time.text, samples->time));
	targets = lappend(targets, psprintf("%s AS %s", value.text, samples->sample));
	level.where = list_make2(psprintf("%s IS NOT NULL", sydra_to_sql_wrap(value,
																		 SYDRA_SQL_OPERATOR)),
							 psprintf("isfinite(%s)", points->time.text));
	if (call->filter != NULL)
		level.where = list_concat(level.where, sydra_to_sql_condition(points, call->filter));
	if (points->written == NULL)
		return sydra_to_sql_add_with(writer, "samples", sydra_to_sql_select(&level, targets, 1));
	foreach(cell, lappend(list_copy(points->series), sydra_to_sql_copy(points->time)))
		distinct = lappend(distinct, psprintf("%s.%s", points->alias,
											  ((const SydraSql *) lfirst(cell))->text));
	linitial(targets) = psprintf("DISTINCT ON (%s) %s", sydra_to_sql_list(distinct, ", "),
								 (char *) linitial(targets));
	order = lappend(distinct, psprintf("%s DESC", points->written));
	return sydra_to_sql_add_with(writer, "samples",
								 psprintf("%s\n\tORDER BY %s",
										  sydra_to_sql_select(&level, targets, 1),
										  sydra_to_sql_list(order, ", ")));
}

static const char *
write_pairs(SydraToSql *writer, Samples *samples, const char *from)
{
	SydraSqlLevel level = {.from = from};
	List	   *targets = list_concat(list_copy(samples->keys), samples->others);

	level.window = psprintf("%s%s%sORDER BY %s", samples->series != NIL ? "PARTITION BY " : "",
							sydra_to_sql_list(samples->series, ", "),
							samples->series != NIL ? " " : "", samples->time);
	targets = lappend(targets, unconstify(char *, samples->time));
	targets = lappend(targets, unconstify(char *, samples->sample));
	targets = lappend(targets, psprintf("lag(%s) OVER series AS %s", samples->sample,
										samples->before));
	targets = lappend(targets,
					  psprintf("date_part('epoch', %1$s - lag(%1$s) OVER series) AS %2$s",
							   samples->time, samples->seconds));
	targets = lappend(targets,
					  psprintf("date_part('epoch', lead(%1$s) OVER series - %1$s) AS %2$s",
							   samples->time, samples->held));
	return sydra_to_sql_add_with(writer, "pairs", sydra_to_sql_select(&level, targets, 1));
}

/* What a series gives, in columns named after the call; and what the group makes of these. */
static char *
write_share(Samples *samples, const SydraAggregateCall *call, const char *name, char **total)
{
	const char *function = sydra_function_name(call->function);
	const char *rise = psprintf("CASE WHEN %1$s >= %2$s THEN %1$s - %2$s ELSE %1$s END",
								samples->sample, samples->before);
	int64		unit_us = USECS_PER_SEC;
	const char *weight;

	*total = psprintf("sum(%s) AS %s", name, name);
	if (strcmp(function, "increase") == 0)
		return psprintf("sum(%s) FILTER (WHERE %s IS NOT NULL) AS %s", rise, samples->seconds,
						name);
	if (strcmp(function, "rate") == 0)
		return psprintf("sum(%s) FILTER (WHERE %s IS NOT NULL) / sum(%s) AS %s", rise,
						samples->seconds, samples->seconds, name);
	if (strcmp(function, "irate") == 0)
		return psprintf("sydra.last((%s) / %s, %s) AS %s", rise, samples->seconds,
						samples->time, name);
	if (strcmp(function, "delta") == 0)
		return psprintf("sum(%s - %s) AS %s", samples->sample, samples->before, name);
	if (strcmp(function, "integral") == 0)
	{
		if (list_length(call->arguments) > 4)
			unit_us = ((const SydraTerm *) lsecond(call->arguments))->value.integer;
		return psprintf("sum((%s * 0.5 + %s * 0.5) * %s)%s AS %s", samples->before,
						samples->sample, samples->seconds,
						unit_us == USECS_PER_SEC ? "" :
						psprintf(" / date_part('epoch', %s)", sydra_to_sql_interval(unit_us, 0)),
						name);
	}
	weight = take_name(samples, "weight");
	*total = psprintf("sum(%s) / sum(%s) AS %s", name, weight, name);
	return psprintf("sum(%s * %s) AS %s,\n\t\tsum(%s) AS %s", samples->sample, samples->held, name,
					samples->held, weight);
}

/* One query of the keys and these calls. */
static const char *
write_calls(SydraToSql *writer, Samples *samples, const char **call_names)
{
	SydraSqlLevel shares = {0};
	SydraSqlLevel totals = {0};
	List	   *share_targets = list_concat(list_copy(samples->keys), samples->others);
	List	   *total_targets = list_copy(samples->keys);
	List	   *by = NIL;
	ListCell   *cell;

	shares.from = write_pairs(writer, samples, write_samples(writer, samples));
	foreach(cell, samples->calls)
	{
		int			number = lfirst_int(cell);
		char	   *total;

		call_names[number] = take_name(samples, list_nth(samples->groups->call_names, number));
		share_targets = lappend(share_targets,
								write_share(samples, call_at(samples->groups, number),
											call_names[number], &total));
		total_targets = lappend(total_targets, total);
	}
	foreach(cell, list_concat(list_copy(samples->keys), samples->others))
		by = lappend(by, sydra_to_sql_copy(sydra_to_sql_make(SYDRA_SQL_ATOM, "%s",
															 (char *) lfirst(cell))));
	shares.group_by = by;
	totals.group_by = list_copy_head(by, list_length(samples->keys));
	totals.from = sydra_to_sql_add_with(writer, "by_series",
										sydra_to_sql_select(&shares, share_targets, 1));
	return sydra_to_sql_add_with(writer, "counters",
								 sydra_to_sql_select(&totals, total_targets, 1));
}

/* A column of the series, which may be a key. */
static void
name_series(Samples *samples, const SydraSql *series, const char *wanted)
{
	const char *name;
	ListCell   *cell;

	foreach(cell, samples->groups->keys)
		if (strcmp(((const SydraSql *) lfirst(cell))->text, series->text) == 0)
		{
			samples->series = lappend(samples->series,
									  list_nth(samples->keys, foreach_current_index(cell)));
			return;
		}
	name = sydra_to_sql_name(&samples->names, wanted);
	samples->series = lappend(samples->series, unconstify(char *, quote_identifier(name)));
	samples->others = lappend(samples->others, unconstify(char *, quote_identifier(name)));
	samples->other_targets = lappend(samples->other_targets, sydra_to_sql_target(*series, name));
}

List *
sydra_to_sql_pairs(SydraToSql *writer, const SydraSqlGroups *groups, const SydraSqlLevel *level,
				   List *key_names, const char **call_names)
{
	List	   *queries = NIL;
	int			count = list_length(groups->calls);
	bool	   *done = palloc0(sizeof(bool) * Max(count, 1));

	for (int first = 0; first < count; first++)
	{
		Samples		samples = {.groups = groups,.level = level};
		SydraSqlPairs *pairs;
		ListCell   *cell;

		if (done[first] || !sydra_function_needs_series(call_at(groups, first)->function))
			continue;
		for (int number = first; number < count; number++)
			if (!done[number] &&
				sydra_function_needs_series(call_at(groups, number)->function) &&
				has_same_samples(call_at(groups, first), call_at(groups, number)))
			{
				samples.calls = lappend_int(samples.calls, number);
				done[number] = true;
			}
		samples.names = list_copy(key_names);
		samples.keys = quoted(key_names);
		foreach(cell, level->series)
			name_series(&samples, lfirst(cell),
						list_nth(level->series_names, foreach_current_index(cell)));
		samples.time = take_name(&samples, "time");
		samples.sample = take_name(&samples, "sample");
		samples.before = take_name(&samples, "before");
		samples.seconds = take_name(&samples, "seconds");
		samples.held = take_name(&samples, "held");
		pairs = palloc(sizeof(SydraSqlPairs));
		pairs->name = write_calls(writer, &samples, call_names);
		pairs->calls = samples.calls;
		queries = lappend(queries, pairs);
	}
	return queries;
}
