/*
 * api_translate_call.c
 *	  SQL's functions in sydraQL.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "nodes/nodeFuncs.h"
#include "pgtime.h"
#include "utils/timestamp.h"

#include "api/api_translate.h"

/* Functions that mean the same in both, by SQL's name. */
static const struct
{
	const char *sql;
	const char *name;
	int			required;
	int			allowed;
	bool		aggregate;
}			functions[] = {
	{"count", "count", 0, 1, true},
	{"sum", "sum", 1, 1, true},
	{"avg", "avg", 1, 1, true},
	{"min", "min", 1, 1, true},
	{"max", "max", 1, 1, true},
	{"stddev", "stddev", 1, 1, true},
	{"stddev_samp", "stddev", 1, 1, true},
	{"stddev_pop", "stddev_pop", 1, 1, true},
	{"variance", "variance", 1, 1, true},
	{"var_samp", "variance", 1, 1, true},
	{"var_pop", "var_pop", 1, 1, true},
	{"abs", "abs", 1, 1},
	{"ceil", "ceil", 1, 1},
	{"ceiling", "ceil", 1, 1},
	{"floor", "floor", 1, 1},
	{"round", "round", 1, 2},
	{"trunc", "trunc", 1, 1},
	{"sign", "sign", 1, 1},
	{"pow", "pow", 2, 2},
	{"power", "pow", 2, 2},
	{"sqrt", "sqrt", 1, 1},
	{"exp", "exp", 1, 1},
	{"ln", "ln", 1, 1},
	{"log", "log", 1, 1},
	{"log10", "log10", 1, 1},
	{"sin", "sin", 1, 1},
	{"cos", "cos", 1, 1},
	{"tan", "tan", 1, 1},
	{"asin", "asin", 1, 1},
	{"acos", "acos", 1, 1},
	{"atan", "atan", 1, 1},
	{"atan2", "atan2", 2, 2},
	{"degrees", "degrees", 1, 1},
	{"radians", "radians", 1, 1},
	{"mod", "mod", 2, 2},
	{"upper", "upper", 1, 1},
	{"lower", "lower", 1, 1},
	{"length", "length", 1, 1},
	{"char_length", "length", 1, 1},
	{"concat", "concat", 1, FUNC_MAX_ARGS},
	{"substr", "substr", 2, 3},
	{"substring", "substr", 2, 3},
	{"replace", "replace", 3, 3},
	{"now", "now", 0, 0},
	{"transaction_timestamp", "now", 0, 0},
};

static const struct
{
	const char *name;
	int64		us;
	int			months;
}			units[] = {
	{"millisecond", 1000, 0},
	{"second", USECS_PER_SEC, 0},
	{"minute", USECS_PER_MINUTE, 0},
	{"hour", USECS_PER_HOUR, 0},
	{"day", USECS_PER_DAY, 0},
	{"week", 7 * USECS_PER_DAY, 0},
	{"month", 0, 1},
	{"quarter", 0, 3},
	{"year", 0, 12},
};

static const char *
get_name(const FuncCall *call)
{
	return strVal(llast(call->funcname));
}

static void
check_arity(SydraTranslation *translation, const FuncCall *call, int required, int allowed)
{
	int			count = list_length(call->args);

	if (count < required || count > allowed)
		sydra_translate_refuse(translation, call->location,
							   "Write the query in sydraQL, or keep it in SQL.",
							   "%s() with %d arguments has no translation", get_name(call), count);
}

/* The zone to make buckets in, or NULL for UTC. */
static const char *
get_session_zone(void)
{
	long		offset;

	if (pg_get_timezone_offset(session_timezone, &offset) && offset == 0)
		return NULL;
	return pg_get_timezone_name(session_timezone);
}

static SydraExpr *
make_bucket(SydraTranslation *translation, SydraExpr *step, SydraExpr *time, const char *zone)
{
	if (zone == NULL)
		return sydra_translate_make_call(translation, "time_bucket", 2, step, time);
	return sydra_translate_make_call(translation, "time_bucket", 3, step, time,
									 sydra_translate_make_string(translation, zone));
}

SydraExpr *
sydra_translate_day(SydraTranslation *translation, SydraExpr *time)
{
	return make_bucket(translation, sydra_translate_make_duration(translation, USECS_PER_DAY, 0),
					   time, get_session_zone());
}

/* Do the session's clock and UTC show the same minutes? */
static bool
has_whole_hours(void)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			offset;

	return timestamp2tm(GetCurrentTransactionStartTimestamp(), &offset, &tm, &fraction, NULL,
						NULL) == 0 && offset % SECS_PER_HOUR == 0;
}

static SydraExpr *
translate_date_trunc(SydraTranslation *translation, const FuncCall *call)
{
	const char *unit;
	const char *zone;
	int			found = -1;

	check_arity(translation, call, 2, 3);
	unit = sydra_translate_string(linitial(call->args));
	for (int i = 0; unit != NULL && i < lengthof(units); i++)
		if (pg_strcasecmp(unit, units[i].name) == 0)
			found = i;
	if (found < 0)
		sydra_translate_refuse(translation, call->location,
							   "The units are millisecond, second, minute, hour, day, week, month, "
							   "quarter and year.",
							   "date_trunc() of such a unit has no translation");
	zone = list_length(call->args) == 2 ? get_session_zone() :
		sydra_translate_string(lthird(call->args));
	if (list_length(call->args) == 3 && zone == NULL)
		sydra_translate_refuse(translation, call->location, "Write the time zone as a string.",
							   "date_trunc() takes a constant time zone");
	/* A step below a day is the same in all zones, but hours where clocks show other minutes. */
	if (units[found].us > 0 && units[found].us < USECS_PER_DAY && list_length(call->args) == 2 &&
		(units[found].us < USECS_PER_HOUR || has_whole_hours()))
		zone = NULL;
	if (zone != NULL && units[found].us < USECS_PER_DAY)
		sydra_translate_refuse(translation, call->location,
							   "sydraQL has buckets of days in a time zone; set TimeZone to UTC.",
							   "%ss of a time zone have no translation", units[found].name);
	return make_bucket(translation,
					   sydra_translate_make_duration(translation, units[found].us,
													 units[found].months),
					   sydra_translate_expr(translation, lsecond(call->args)), zone);
}

/* A step may be a bare string, as functions take it. */
static SydraExpr *
translate_step(SydraTranslation *translation, Node *node)
{
	const char *text = sydra_translate_string(node);

	if (text != NULL)
		return sydra_translate_interval(translation, text, -1, exprLocation(node));
	return sydra_translate_expr(translation, node);
}

/* time_bucket(step, time [, origin or zone]), date_bin(step, time, origin) */
static SydraExpr *
translate_time_bucket(SydraTranslation *translation, const FuncCall *call, int required)
{
	SydraExpr  *step;
	SydraExpr  *time;

	check_arity(translation, call, required, 3);
	step = translate_step(translation, linitial(call->args));
	time = sydra_translate_operand(translation, lsecond(call->args));
	if (list_length(call->args) == 2)
		return make_bucket(translation, step, time, NULL);
	return sydra_translate_make_call(translation, "time_bucket", 3, step, time,
									 sydra_translate_operand(translation, lthird(call->args)));
}

/* extract(unit from time), date_part('unit', time) */
static SydraExpr *
translate_date_part(SydraTranslation *translation, const FuncCall *call)
{
	const char *unit;
	SydraExpr  *time;

	check_arity(translation, call, 2, 2);
	unit = sydra_translate_string(linitial(call->args));
	time = sydra_translate_operand(translation, lsecond(call->args));
	if (unit != NULL && pg_strcasecmp(unit, "epoch") == 0)
		return sydra_translate_make_call(translation, "to_epoch", 1, time);
	if (unit == NULL || get_session_zone() != NULL)
		sydra_translate_refuse(translation, call->location,
							   "sydraQL reads the fields of a time in UTC; set TimeZone to UTC.",
							   "%s() of a time zone has no translation", get_name(call));
	return sydra_translate_make_call(translation, "date_part", 2,
									 sydra_translate_make_string(translation, unit), time);
}

static SydraExpr *
translate_to_timestamp(SydraTranslation *translation, const FuncCall *call)
{
	A_Const    *constant;
	SydraExpr  *seconds;
	double		us;

	check_arity(translation, call, 1, 1);
	constant = linitial(call->args);
	seconds = IsA(constant, A_Const) ? sydra_translate_constant(translation, constant) : NULL;
	if (seconds == NULL ||
		(seconds->kind != SYDRA_EXPR_INTEGER && seconds->kind != SYDRA_EXPR_FLOAT))
		sydra_translate_refuse(translation, call->location,
							   "sydraQL compares time with epochs itself.",
							   "to_timestamp() takes a constant number alone");
	us = seconds->kind == SYDRA_EXPR_INTEGER ? (double) seconds->integer : seconds->number;
	us = rint((us - (double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY) *
			  USECS_PER_SEC);
	if (!(fabs(us) < 9e18))
		us = 9e18;
	return sydra_translate_timestamp(translation, (int64) us, call->location);
}

static SydraExpr *
add_filter(SydraTranslation *translation, const FuncCall *call, SydraExpr *expr)
{
	expr->call.distinct = call->agg_distinct;
	if (call->agg_filter != NULL)
		expr->call.filter = sydra_translate_condition(translation, call->agg_filter, false);
	return expr;
}

/* first(value, time): by the time of the metric. */
static SydraExpr *
translate_first(SydraTranslation *translation, const FuncCall *call)
{
	Node	   *by;

	check_arity(translation, call, 2, 2);
	by = lsecond(call->args);
	if (!IsA(by, ColumnRef) || !IsA(llast(((ColumnRef *) by)->fields), String) ||
		strcmp(strVal(llast(((ColumnRef *) by)->fields)), "time") != 0)
		sydra_translate_refuse(translation, call->location,
							   "sydraQL goes by the metric's time, which it calls \"time\".",
							   "%s() by another column than \"time\" has no translation",
							   get_name(call));
	return add_filter(translation, call,
					  sydra_translate_make_call(translation, get_name(call), 1,
												sydra_translate_expr(translation,
																	 linitial(call->args))));
}

/* percentile_cont(p) WITHIN GROUP (ORDER BY x) is percentile(x, p). */
static SydraExpr *
translate_percentile(SydraTranslation *translation, const FuncCall *call)
{
	SortBy	   *sort = linitial(call->agg_order);
	SydraExpr  *share;

	if (strcmp(get_name(call), "percentile_cont") != 0 || list_length(call->args) != 1 ||
		sort->sortby_dir == SORTBY_DESC || sort->sortby_dir == SORTBY_USING)
		sydra_translate_refuse(translation, call->location,
							   "percentile_cont(p) WITHIN GROUP (ORDER BY x) has one.",
							   "this %s() WITHIN GROUP has no translation", get_name(call));
	share = sydra_translate_expr(translation, linitial(call->args));
	return add_filter(translation, call,
					  sydra_translate_make_call(translation, "percentile", 2,
												sydra_translate_expr(translation, sort->node),
												share));
}

/* log(base, x) is log(x, base). */
static SydraExpr *
translate_log(SydraTranslation *translation, const FuncCall *call)
{
	SydraExpr  *base = sydra_translate_expr(translation, linitial(call->args));

	return sydra_translate_make_call(translation, "log", 2,
									 sydra_translate_expr(translation, lsecond(call->args)), base);
}

static SydraExpr *
translate_same(SydraTranslation *translation, const FuncCall *call, int function)
{
	SydraExpr  *expr = sydra_translate_make_call(translation, functions[function].name, 0);
	ListCell   *cell;

	check_arity(translation, call, functions[function].required, functions[function].allowed);
	expr->call.star = call->agg_star;
	foreach(cell, call->args)
	{
		expr->call.args = sydra_arena_grow(&translation->arena, expr->call.args,
										   expr->call.arg_count, sizeof(SydraExpr *));
		expr->call.args[expr->call.arg_count++] = sydra_translate_expr(translation, lfirst(cell));
	}
	return functions[function].aggregate ? add_filter(translation, call, expr) : expr;
}

static SydraExpr *
translate_by_name(SydraTranslation *translation, const FuncCall *call)
{
	const char *name = get_name(call);

	if (call->agg_within_group)
		return translate_percentile(translation, call);
	if (strcmp(name, "date_trunc") == 0)
		return translate_date_trunc(translation, call);
	if (strcmp(name, "time_bucket") == 0)
		return translate_time_bucket(translation, call, 2);
	if (strcmp(name, "date_bin") == 0)
		return translate_time_bucket(translation, call, 3);
	if (strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0)
		return translate_date_part(translation, call);
	if (strcmp(name, "to_timestamp") == 0)
		return translate_to_timestamp(translation, call);
	if (strcmp(name, "first") == 0 || strcmp(name, "last") == 0)
		return translate_first(translation, call);
	if (strcmp(name, "log") == 0 && list_length(call->args) == 2)
		return translate_log(translation, call);
	for (int i = 0; i < lengthof(functions); i++)
		if (strcmp(name, functions[i].sql) == 0)
			return translate_same(translation, call, i);
	if (strcmp(name, "timezone") == 0)
		sydra_translate_refuse(translation, call->location,
							   "Give time_bucket() or date_trunc() the zone as third argument.",
							   "AT TIME ZONE has no translation");
	sydra_translate_refuse(translation, call->location,
						   "Section 7 of doc/language.md has the functions that there are.",
						   "function %s() has no translation", name);
}

SydraExpr *
sydra_translate_call(SydraTranslation *translation, FuncCall *call)
{
	bool		takes_aliases = translation->takes_aliases;
	SydraExpr  *expr;

	if (call->over != NULL)
		sydra_translate_refuse(translation, call->location,
							   "sydraQL has lag(), difference(), moving_avg() and others, which "
							   "run along each series in the order of time.",
							   "OVER has no translation");
	if ((call->agg_order != NIL && !call->agg_within_group) || call->func_variadic)
		sydra_translate_refuse(translation, call->location,
							   "first(), last(), min_time() and max_time() go by time.",
							   "%s() with an order of its own has no translation", get_name(call));
	translation->takes_aliases = false;
	expr = translate_by_name(translation, call);
	translation->takes_aliases = takes_aliases;
	return expr;
}
