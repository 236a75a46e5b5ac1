/*
 * api_to_sql_window.c
 *	  Window functions, along the buckets of a group or the points of a series.
 *
 * Of points of one series with the same time the functions see the one written last, and what they
 * give is the value of all: where there may be such points, the functions run over the last ones
 * alone, in a query of WITH, beside which the points stand.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/builtins.h"

#include "api/api_to_sql.h"

/* Constants that are looked at by kind. */
static const SydraTerm *
constant_at(const SydraWindowCall *call, int argument)
{
	return argument < list_length(call->arguments) ? list_nth(call->arguments, argument) : NULL;
}

static bool
has_null(const SydraWindowCall *call)
{
	ListCell   *cell;

	foreach(cell, call->arguments)
	{
		const SydraTerm *term = lfirst(cell);

		if (sydra_function_wants_constant(call->function, foreach_current_index(cell)) &&
			term->value.isnull)
			return true;
	}
	return false;
}

static SydraSql
write_neighbour(const SydraWindowCall *call, const char *name, SydraSql x)
{
	const SydraTerm *distance = constant_at(call, 1);

	if (distance == NULL)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s) OVER series", name, x.text);
	return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s, " INT64_FORMAT ") OVER series", name, x.text,
							 distance->value.integer);
}

static SydraSql
write_difference(SydraSql x)
{
	return sydra_to_sql_make(SYDRA_SQL_ADD, "%s - lag(%s) OVER series",
							 sydra_to_sql_wrap(x, SYDRA_SQL_ADD), x.text);
}

static SydraSql
write_derivative(const SydraWindowCall *call, SydraSql x, SydraSql time)
{
	const SydraTerm *unit = constant_at(call, 1);
	SydraSql	slope = sydra_to_sql_make(SYDRA_SQL_MULTIPLY, "(%s) / date_part('epoch', %s)",
										  write_difference(x).text, write_difference(time).text);

	if (unit == NULL || unit->value.integer == USECS_PER_SEC)
		return slope;
	return sydra_to_sql_make(SYDRA_SQL_MULTIPLY, "%s * date_part('epoch', %s)", slope.text,
							 sydra_to_sql_interval(unit->value.integer, 0));
}

/* Of a duration the frame is half-open: times are whole microseconds. */
static SydraSql
write_moving_average(const SydraWindowCall *call, SydraSql x)
{
	const SydraTerm *width = constant_at(call, 1);

	if (width->kind == SYDRA_KIND_INT)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.moving_avg(%s, " INT64_FORMAT
								 ") OVER series", x.text, width->value.integer);
	return sydra_to_sql_make(SYDRA_SQL_ATOM,
							 "avg(%s) OVER (series RANGE %s PRECEDING)", x.text,
							 sydra_to_sql_interval(width->value.integer - 1, 0));
}

/* sum of running_sum and of runsum */
static SydraSql
write_running(const SydraWindowCall *call, const char *name, SydraSql x)
{
	const char *aggregate = name + (strncmp(name, "running_", 8) == 0 ? 8 : 3);
	SydraSql	value = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s) OVER series", aggregate, x.text);

	if (call->kind == SYDRA_KIND_INT && strcmp(aggregate, "sum") == 0)
		return sydra_to_sql_make(SYDRA_SQL_CAST, "(%s)::int8", value.text);
	return value;
}

static SydraSql
write_call(const SydraSqlLevel *level, const SydraWindowCall *call, SydraSql time)
{
	const char *name = sydra_function_name(call->function);
	SydraSql	x = {0};
	SydraSql	value;

	if (call->arguments != NIL)
		x = sydra_to_sql_term(level, linitial(call->arguments));
	if (has_null(call))
	{
		SydraTerm	null = {
			.type = SYDRA_TERM_CONST,.kind = call->kind,.typid = call->typid,.value.isnull = true
		};

		return sydra_to_sql_constant(&null, false);
	}
	if (strcmp(name, "row_number") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "row_number() OVER series");
	if (strcmp(name, "lag") == 0 || strcmp(name, "lead") == 0)
		value = write_neighbour(call, name, x);
	else if (strcmp(name, "difference") == 0 && call->kind == SYDRA_KIND_DURATION &&
			 ((const SydraTerm *) linitial(call->arguments))->kind == SYDRA_KIND_TIME)
		return sydra_to_sql_make(SYDRA_SQL_ATOM,
								 "sydra.time_difference(%1$s, lag(%1$s) OVER series)", x.text);
	else if (strcmp(name, "difference") == 0)
		return write_difference(x);
	else if (strcmp(name, "derivative") == 0)
		return write_derivative(call, x, time);
	else if (strcmp(name, "moving_avg") == 0)
		return write_moving_average(call, x);
	else if (strcmp(name, "ema") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.ema(%s, %s, %s, %s) OVER series", x.text,
								 time.text,
								 sydra_to_sql_interval(constant_at(call, 1)->value.integer, 0),
								 sydra_to_sql_constant(constant_at(call, 2), true).text);
	else if (strcmp(name, "fill_forward") == 0)
		value = sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.fill_forward(%s) OVER series", x.text);
	else
		value = write_running(call, name, x);
	value.collates = x.collates;
	return value;
}

static const char *
write_window(List *keys, SydraSql time)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, keys)
		texts = lappend(texts, unconstify(char *, ((const SydraSql *) lfirst(cell))->text));
	return psprintf("%s%s%sORDER BY %s", keys != NIL ? "PARTITION BY " : "",
					sydra_to_sql_list(texts, ", "), keys != NIL ? " " : "", time.text);
}

static SydraSql *
write_calls(const SydraQuery *query, const SydraSqlLevel *level, SydraSql time)
{
	SydraSql   *windows = palloc(sizeof(SydraSql) * list_length(query->windows));
	ListCell   *cell;

	foreach(cell, query->windows)
		windows[foreach_current_index(cell)] = write_call(level, lfirst(cell), time);
	return windows;
}

/* A name as a column of what is called so. */
static void
qualify(SydraSql *sql, const char *qualifier)
{
	if (sql->text != NULL)
		sql->text = psprintf("%s.%s", qualifier, sql->text);
}

static List *
texts_of(const SydraSqlLevel *level)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, level->series)
		texts = lappend(texts, unconstify(char *, ((const SydraSql *) lfirst(cell))->text));
	return lappend(texts, unconstify(char *, level->time.text));
}

/* Of the points with the same time of a series the last one. */
static const char *
write_steps(SydraToSql *writer, const SydraSqlLevel *points)
{
	const char *keys = sydra_to_sql_list(texts_of(points), ", ");
	SydraSqlLevel last = {.from = points->from};

	if (points->written == NULL)
		return points->from;
	return sydra_to_sql_add_with(writer, "steps",
								 psprintf("%s\n\tORDER BY %s, %s DESC",
										  sydra_to_sql_select(&last, list_make1(
												  psprintf("DISTINCT ON (%s) *", keys)), 1),
										  keys, points->written));
}

/* Behind what the rows are called from here on. */
static void
qualify_rows(const SydraQuery *query, SydraSqlLevel *level)
{
	const char *points = level->from;
	ListCell   *cell;

	for (int place = 0; place <= list_length(query->joins); place++)
	{
		const SydraQuery *source = place == 0 ? query :
			((const SydraQueryJoin *) list_nth(query->joins, place - 1))->right;

		for (int i = 0; i < list_length(source->inputs); i++)
			qualify(&level->columns[place][i], points);
	}
	foreach(cell, level->series)
		qualify(lfirst(cell), points);
	qualify(&level->time, points);
	if (level->written != NULL)
		level->written = psprintf("%s.%s", points, level->written);
	level->alias = NULL;
}

/* The windows' values, of the last point of every time, beside the points. */
static void
join_windows(SydraToSql *writer, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	SydraSqlLevel steps = {0};
	List	   *names = NIL;
	List	   *targets;
	List	   *same = NIL;
	SydraSql   *windows;
	const char *joined;
	const char *time;
	ListCell   *cell;

	sydra_to_sql_keep_rows(writer, level);
	steps.from = write_steps(writer, level);
	steps.window = write_window(level->series, level->time);
	windows = write_calls(query, level, level->time);
	targets = texts_of(level);
	foreach(cell, level->series_names)
		sydra_to_sql_name(&names, lfirst(cell));
	sydra_to_sql_name(&names, "time");
	for (int i = 0; i < list_length(query->windows); i++)
	{
		const char *name = sydra_to_sql_name(&names, list_nth(query->window_names, i));

		targets = lappend(targets, sydra_to_sql_target(windows[i], name));
		windows[i].text = quote_identifier(name);
		windows[i].binding = SYDRA_SQL_ATOM;
	}
	joined = sydra_to_sql_add_with(writer, "windows", sydra_to_sql_select(&steps, targets, 1));
	for (int i = 0; i < list_length(query->windows); i++)
		qualify(&windows[i], joined);
	foreach(cell, level->series)
	{
		SydraSql	series = *(const SydraSql *) lfirst(cell);

		qualify(&series, joined);
		same = lappend(same, sydra_to_sql_copy(series));
	}
	time = level->time.text;
	qualify_rows(query, level);
	level->from = psprintf("%s\n\tJOIN %s ON %s", level->from, joined,
						   sydra_to_sql_list(lappend(sydra_to_sql_same(same, level->series),
													 psprintf("%s.%s = %s", joined, time,
															  level->time.text)), " AND "));
	level->windows = windows;
}

/* LIMIT BY numbers rows, which is a window itself: the values must be columns by then. */
static void
keep_windows(SydraToSql *writer, const SydraSqlGroups *groups, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	List	   *targets = NIL;

	for (int i = 0; i < list_length(query->windows); i++)
	{
		const char *name = psprintf("window_%d", i + 1);

		targets = lappend(targets, sydra_to_sql_target(level->windows[i], name));
		level->windows[i].text = name;
		level->windows[i].binding = SYDRA_SQL_ATOM;
	}
	sydra_to_sql_keep_groups(writer, groups, "windows", targets, level);
	level->window = NULL;
}

void
sydra_to_sql_windows(SydraToSql *writer, const SydraSqlGroups *groups, SydraSqlLevel *level)
{
	const SydraQuery *query = writer->query;
	List	   *keys = NIL;
	SydraSql	time;

	if (!query->grouped && (level->written != NULL || query->limit_by != NIL))
	{
		join_windows(writer, level);
		return;
	}
	time = query->grouped ? level->columns[0][query->bucket_key] : level->time;
	if (query->grouped)
		for (int key = 0; key < list_length(query->keys); key++)
			if (key != query->bucket_key)
				keys = lappend(keys, &level->columns[0][key]);
	level->window = write_window(query->grouped ? keys : level->series, time);
	level->windows = write_calls(query, level, time);
	if (query->limit_by != NIL)
		keep_windows(writer, groups, level);
}
