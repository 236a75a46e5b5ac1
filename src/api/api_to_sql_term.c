/*
 * api_to_sql_term.c
 *	  Terms as expressions of SQL.
 *
 * Where PostgreSQL has a function or an operator that gives the same for every argument it is
 * taken; the others are functions of the schema sydra, which are what the engine computes.  Text
 * is written once for each term, so that what is nested deep does not grow beyond measure.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "analyze/constant.h"
#include "api/api_to_sql.h"
#include "function/bucket.h"

static SydraSql
write_argument(const SydraSqlLevel *level, const SydraTerm *term, bool bare)
{
	if (term->type == SYDRA_TERM_CONST)
		return sydra_to_sql_constant(term, bare);
	return sydra_to_sql_term(level, term);
}

SydraSql
sydra_to_sql_argument(const SydraSqlLevel *level, const SydraTerm *term)
{
	return write_argument(level, term, true);
}

static const SydraTerm *
argument(const SydraTerm *term, int number)
{
	return list_nth(term->arguments, number);
}

static SydraSql
first_of(const SydraSqlLevel *level, const SydraTerm *term)
{
	return sydra_to_sql_term(level, linitial(term->arguments));
}

SydraSql
sydra_to_sql_by_bytes(SydraSql sql)
{
	return sydra_to_sql_make(SYDRA_SQL_COLLATE, "%s COLLATE \"C\"",
							 sydra_to_sql_wrap(sql, SYDRA_SQL_COLLATE));
}

/* x op y; at least one of two constants tells its type. */
static SydraSql
write_binary(const SydraSqlLevel *level, const SydraTerm *term, const char *operator,
			 SydraSqlBinding binding)
{
	const SydraTerm *left = argument(term, 0);
	const SydraTerm *right = argument(term, 1);
	SydraSql	x = write_argument(level, left, right->type != SYDRA_TERM_CONST);
	SydraSql	y = write_argument(level, right, true);

	return sydra_to_sql_make(binding, "%s %s %s", sydra_to_sql_wrap(x, binding), operator,
							 sydra_to_sql_wrap(y, binding + 1));
}

static SydraSql
write_comparison(const SydraSqlLevel *level, const SydraTerm *term, const char *operator)
{
	const SydraTerm *left = argument(term, 0);
	const SydraTerm *right = argument(term, 1);
	SydraSql	x = write_argument(level, left, right->type != SYDRA_TERM_CONST);
	SydraSql	y = write_argument(level, right, true);
	bool		order = operator[0] != '=' && strcmp(operator, "<>") != 0;

	if (left->kind == SYDRA_KIND_TEXT && (order || x.collates || y.collates))
		x = sydra_to_sql_by_bytes(x);
	return sydra_to_sql_make(SYDRA_SQL_COMPARISON, "%s %s %s",
							 sydra_to_sql_wrap(x, SYDRA_SQL_OPERATOR), operator,
							 sydra_to_sql_wrap(y, SYDRA_SQL_OPERATOR));
}

/* Whether a number is a constant other than 0. */
static bool
is_not_zero(const SydraTerm *term)
{
	if (term->type != SYDRA_TERM_CONST || term->value.isnull)
		return false;
	return term->kind == SYDRA_KIND_FLOAT ? term->value.real != 0 : term->value.integer != 0;
}

/* By 0 is null. */
static SydraSql
write_division(const SydraSqlLevel *level, const SydraTerm *term, const char *operator)
{
	const SydraTerm *left = argument(term, 0);
	const SydraTerm *right = argument(term, 1);
	SydraSql	x = write_argument(level, left, right->type != SYDRA_TERM_CONST);
	SydraSql	y = write_argument(level, right, true);

	if (left->kind == SYDRA_KIND_DURATION)
	{
		x = sydra_to_sql_make(SYDRA_SQL_ATOM, "date_part('epoch', %s)", x.text);
		y = sydra_to_sql_make(SYDRA_SQL_ATOM, "date_part('epoch', %s)", y.text);
	}
	if (!is_not_zero(right) || left->kind == SYDRA_KIND_DURATION)
		y = sydra_to_sql_make(SYDRA_SQL_ATOM, "nullif(%s, 0)", y.text);
	return sydra_to_sql_make(SYDRA_SQL_MULTIPLY, "%s %s %s",
							 sydra_to_sql_wrap(x, SYDRA_SQL_MULTIPLY), operator,
							 sydra_to_sql_wrap(y, SYDRA_SQL_MULTIPLY + 1));
}

SydraSql
sydra_to_sql_shift(SydraSql time, int64 us)
{
	if (us == 0)
		return time;
	return sydra_to_sql_make(SYDRA_SQL_ADD, "%s %s %s", sydra_to_sql_wrap(time, SYDRA_SQL_ADD),
							 us < 0 ? "-" : "+", sydra_to_sql_interval(us < 0 ? -us : us, 0));
}

/* Months, and days of a difference, are those of UTC. */
static SydraSql
move_time(const SydraSqlLevel *level, const SydraTerm *time, const SydraTerm *duration, int sign)
{
	SydraSql	x = sydra_to_sql_term(level, time);
	SydraSql	d = sydra_to_sql_term(level, duration);

	if (duration->type == SYDRA_TERM_CONST && !duration->value.isnull &&
		duration->value.months == 0)
		return sydra_to_sql_shift(x, duration->value.integer * sign);
	return sydra_to_sql_make(SYDRA_SQL_ZONE, "(%s AT TIME ZONE 'UTC' %s %s) AT TIME ZONE 'UTC'",
							 sydra_to_sql_wrap(x, SYDRA_SQL_ZONE), sign < 0 ? "-" : "+",
							 sydra_to_sql_wrap(d, SYDRA_SQL_MULTIPLY));
}

static SydraSql write_call(const SydraSqlLevel *level, const SydraTerm *term, const char *name,
						   bool typed);

static SydraSql
write_sum(const SydraSqlLevel *level, const SydraTerm *term, const char *operator)
{
	int			sign = operator[0] == '-' ? -1 : 1;

	if (term->kind == SYDRA_KIND_TIME && argument(term, 0)->kind == SYDRA_KIND_TIME)
		return move_time(level, argument(term, 0), argument(term, 1), sign);
	if (term->kind == SYDRA_KIND_TIME)
		return move_time(level, argument(term, 1), argument(term, 0), sign);
	if (argument(term, 0)->kind == SYDRA_KIND_TIME)
		return write_call(level, term, "sydra.time_difference", false);
	return write_binary(level, term, operator, SYDRA_SQL_ADD);
}

/*
 * Conditions.
 */

static SydraSql
write_junction(const SydraSqlLevel *level, const SydraTerm *term, const char *between,
			   SydraSqlBinding binding)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraSql	given = sydra_to_sql_term(level, lfirst(cell));

		texts = lappend(texts, unconstify(char *, sydra_to_sql_wrap(given, binding + 1)));
	}
	return sydra_to_sql_make(binding, "%s", sydra_to_sql_list(texts, between));
}

static SydraSql
write_in(const SydraSqlLevel *level, const SydraTerm *term, SydraSql operand, const char *operator)
{
	List	   *texts = NIL;

	for (int i = 1; i < list_length(term->arguments); i++)
		texts = lappend(texts,
						unconstify(char *, write_argument(level, argument(term, i), true).text));
	if (operand.collates)
		operand = sydra_to_sql_by_bytes(operand);
	return sydra_to_sql_make(SYDRA_SQL_IN, "%s %s (%s)",
							 sydra_to_sql_wrap(operand, SYDRA_SQL_OPERATOR), operator,
							 sydra_to_sql_list(texts, ", "));
}

static SydraSql
write_like(const SydraSqlLevel *level, const SydraTerm *term, const char *operator)
{
	SydraSql	x = first_of(level, term);

	if (x.collates)
		x = sydra_to_sql_by_bytes(x);
	return sydra_to_sql_make(SYDRA_SQL_IN, "%s %s %s", sydra_to_sql_wrap(x, SYDRA_SQL_OPERATOR),
							 operator,
							 sydra_to_sql_wrap(write_argument(level, argument(term, 1), true),
											   SYDRA_SQL_OPERATOR));
}

static SydraSql
write_is_null(const SydraSqlLevel *level, const SydraTerm *term, const char *operator)
{
	return sydra_to_sql_make(SYDRA_SQL_IS, "%s %s",
							 sydra_to_sql_wrap(first_of(level, term), SYDRA_SQL_OPERATOR),
							 operator);
}

static SydraSql
write_not(const SydraSqlLevel *level, const SydraTerm *term)
{
	const SydraTerm *negated = argument(term, 0);

	if (sydra_constant_calls(negated, "in"))
		return write_in(level, negated, first_of(level, negated), "NOT IN");
	if (sydra_constant_calls(negated, "like"))
		return write_like(level, negated, "NOT LIKE");
	if (sydra_constant_calls(negated, "is null"))
		return write_is_null(level, negated, "IS NOT NULL");
	return sydra_to_sql_make(SYDRA_SQL_NOT, "NOT %s",
							 sydra_to_sql_wrap(sydra_to_sql_term(level, negated),
											   SYDRA_SQL_IS));
}

/*
 * Functions.
 */

/* name(arguments); typed: constants say what they are. */
static SydraSql
write_call(const SydraSqlLevel *level, const SydraTerm *term, const char *name, bool typed)
{
	List	   *texts = NIL;
	SydraSql	call;
	bool		collates = false;
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraSql	given = write_argument(level, lfirst(cell), !typed);

		collates = collates || given.collates;
		texts = lappend(texts, unconstify(char *, given.text));
	}
	call = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s)", name, sydra_to_sql_list(texts, ", "));
	call.collates = collates && term->kind == SYDRA_KIND_TEXT;
	return call;
}

static bool
is_empty_text(const SydraTerm *term)
{
	return term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_TEXT &&
		!term->value.isnull && term->value.bytes.length == 0;
}

/* A tag as it is compared: a missing one reads as ''. */
static SydraSql
write_coalesce(const SydraSqlLevel *level, const SydraTerm *term)
{
	SydraSql	first = first_of(level, term);
	SydraSql	call;

	if (first.tag == NULL || list_length(term->arguments) != 2 ||
		!is_empty_text(argument(term, 1)))
		return write_call(level, term, "coalesce", argument(term, 0)->type == SYDRA_TERM_CONST);
	call = sydra_to_sql_make(SYDRA_SQL_ATOM, "coalesce(%s, '')", first.tag);
	call.tag = first.tag;
	call.collates = first.collates;
	return call;
}

static SydraSql
write_extreme(const SydraSqlLevel *level, const SydraTerm *term, const char *name)
{
	List	   *texts = NIL;
	SydraSql	call;
	ListCell   *cell;

	if (term->kind != SYDRA_KIND_TEXT)
		return write_call(level, term, name, true);
	foreach(cell, term->arguments)
	{
		SydraSql	given = sydra_to_sql_term(level, lfirst(cell));

		if (texts == NIL)
			given = sydra_to_sql_by_bytes(given);
		texts = lappend(texts, unconstify(char *, given.text));
	}
	call = sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s)", name, sydra_to_sql_list(texts, ", "));
	call.collates = true;
	return call;
}

static SydraSql
write_nullif(const SydraSqlLevel *level, const SydraTerm *term)
{
	SydraSql	x = first_of(level, term);
	SydraSql	y = write_argument(level, argument(term, 1), true);
	bool		collates = x.collates || y.collates;

	if (collates && term->kind == SYDRA_KIND_TEXT)
		x = sydra_to_sql_by_bytes(x);
	x = sydra_to_sql_make(SYDRA_SQL_ATOM, "nullif(%s, %s)", x.text, y.text);
	x.collates = collates;
	return x;
}

static SydraSql
write_if(const SydraSqlLevel *level, const SydraTerm *term)
{
	SydraSql	yes = sydra_to_sql_term(level, argument(term, 1));
	SydraSql	no = write_argument(level, argument(term, 2), true);
	SydraSql	choice = sydra_to_sql_make(SYDRA_SQL_ATOM, "CASE WHEN %s THEN %s ELSE %s END",
										   first_of(level, term).text, yes.text, no.text);

	choice.collates = yes.collates || no.collates;
	return choice;
}

/* What the server's own casing follows is the database's collation. */
static SydraSql
write_case(const SydraSqlLevel *level, const SydraTerm *term, const char *name)
{
	SydraSql	x = first_of(level, term);

	if (x.collates)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s COLLATE \"default\")", name,
								 sydra_to_sql_wrap(x, SYDRA_SQL_COLLATE));
	return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s(%s)", name, x.text);
}

static SydraSql
write_substr(const SydraSqlLevel *level, const SydraTerm *term)
{
	bool		plain = true;

	for (int i = 1; i < list_length(term->arguments); i++)
	{
		const SydraTerm *number = argument(term, i);

		plain = plain && number->type == SYDRA_TERM_CONST && !number->value.isnull &&
			number->value.integer >= 0 && number->value.integer <= PG_INT16_MAX;
	}
	return write_call(level, term, plain ? "substr" : "sydra.substr", false);
}

SydraSql
sydra_to_sql_bucket(const SydraTerm *term, SydraSql time)
{
	const SydraTerm *step = linitial(term->arguments);
	const SydraTerm *third = list_length(term->arguments) > 2 ? lthird(term->arguments) : NULL;
	const char *width = sydra_to_sql_step(step->value.integer, step->value.months);

	bool		zone = third != NULL && third->kind == SYDRA_KIND_TEXT;

	/* Below a day a zone's clock does not matter. */
	if (step->value.months == 0 && (!zone || step->value.integer < USECS_PER_DAY))
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "date_bin(%s, %s, %s)", width, time.text,
								 third != NULL && !zone ? sydra_to_sql_constant(third, true).text :
								 sydra_to_sql_time(SYDRA_BUCKET_ORIGIN).text);
	if (third == NULL)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.time_bucket(%s, %s)", width, time.text);
	return sydra_to_sql_make(SYDRA_SQL_ATOM, "sydra.time_bucket(%s, %s, %s)", width, time.text,
							 sydra_to_sql_constant(third, third->kind != SYDRA_KIND_TEXT).text);
}

/* As PostgreSQL has them, of float8 and for every argument the same. */
static const char *const same_functions[] = {
	"abs", "atan", "atan2", "ceil", "concat", "degrees", "floor", "now", "radians", "replace",
	"round", "trunc"
};

/* Null outside of their domain, or of arguments that PostgreSQL's do not take. */
static const char *const own_functions[] = {
	"acos", "asin", "clamp", "cos", "exp", "ln", "log", "log10", "log2", "pow", "sin", "sqrt", "tan"
};

static bool
is_among(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static SydraSql
write_function(const SydraSqlLevel *level, const SydraTerm *term, const char *name)
{
	if (strcmp(name, "coalesce") == 0)
		return write_coalesce(level, term);
	if (strcmp(name, "greatest") == 0 || strcmp(name, "least") == 0)
		return write_extreme(level, term, name);
	if (strcmp(name, "nullif") == 0)
		return write_nullif(level, term);
	if (strcmp(name, "if") == 0)
		return write_if(level, term);
	if (strcmp(name, "upper") == 0 || strcmp(name, "lower") == 0)
		return write_case(level, term, name);
	if (strcmp(name, "substr") == 0)
		return write_substr(level, term);
	if (strcmp(name, "length") == 0)
		return sydra_to_sql_make(SYDRA_SQL_CAST, "length(%s)::int8", first_of(level, term).text);
	if (strcmp(name, "sign") == 0)
		return sydra_to_sql_make(SYDRA_SQL_CAST, term->kind == SYDRA_KIND_INT ?
								 "sign(%s)::int8" : "sign(%s)", first_of(level, term).text);
	if (strcmp(name, "mod") == 0)
		return term->kind == SYDRA_KIND_INT ? write_division(level, term, "%") :
			write_call(level, term, "sydra.mod", false);
	if (strcmp(name, "time_bucket") == 0)
		return sydra_to_sql_bucket(term, sydra_to_sql_term(level, argument(term, 1)));
	if (strcmp(name, "date_part") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "date_part(%s, %s AT TIME ZONE 'UTC')",
								 write_argument(level, argument(term, 0), true).text,
								 sydra_to_sql_wrap(sydra_to_sql_term(level, argument(term, 1)),
												   SYDRA_SQL_ZONE));
	if (strcmp(name, "to_epoch") == 0)
		return sydra_to_sql_make(SYDRA_SQL_ATOM, "date_part('epoch', %s)",
								 first_of(level, term).text);
	if (term->kind == SYDRA_KIND_INT &&
		(strcmp(name, "ceil") == 0 || strcmp(name, "floor") == 0 || strcmp(name, "round") == 0 ||
		 strcmp(name, "trunc") == 0))
		return first_of(level, term);
	if (strcmp(name, "round") == 0 && list_length(term->arguments) == 2)
		return write_call(level, term, "sydra.round", false);
	if (is_among(name, same_functions, lengthof(same_functions)))
		return write_call(level, term, name, true);
	if (is_among(name, own_functions, lengthof(own_functions)))
		/* Bare integers alone would be of float8 to it. */
		return write_call(level, term, psprintf("sydra.%s", name),
						  term->kind == SYDRA_KIND_INT &&
						  argument(term, 0)->type == SYDRA_TERM_CONST);
	elog(ERROR, "function \"%s\" is not written in SQL", name);
}

/* A column goes from its own type to float8 at once; the key of a group stays as GROUP BY has it. */
static SydraSql
write_float(const SydraSqlLevel *level, const SydraTerm *term)
{
	SydraSql	x = sydra_to_sql_term(level, term);
	int			length = (int) strlen(x.text) - (int) strlen("::int8");

	if (term->type == SYDRA_TERM_COLUMN && !level->grouped && x.binding == SYDRA_SQL_CAST &&
		length > 0 && strcmp(x.text + length, "::int8") == 0)
		return sydra_to_sql_make(SYDRA_SQL_CAST, "%.*s::float8", length, x.text);
	return sydra_to_sql_make(SYDRA_SQL_CAST, "%s::float8", sydra_to_sql_wrap(x, SYDRA_SQL_CAST));
}

static SydraSql
write_operator(const SydraSqlLevel *level, const SydraTerm *term, const char *name)
{
	if (strcmp(name, "+") == 0 || strcmp(name, "-") == 0)
		return write_sum(level, term, name);
	if (strcmp(name, "*") == 0)
		return write_binary(level, term, name, SYDRA_SQL_MULTIPLY);
	if (strcmp(name, "/") == 0)
		return write_division(level, term, name);
	if (strcmp(name, "%") == 0)
		return term->kind == SYDRA_KIND_INT ? write_division(level, term, name) :
			write_call(level, term, "sydra.mod", false);
	if (strcmp(name, "neg") == 0)
		return sydra_to_sql_make(SYDRA_SQL_MINUS, "-%s",
								 sydra_to_sql_wrap(first_of(level, term), SYDRA_SQL_CAST));
	if (strcmp(name, "!=") == 0)
		return write_comparison(level, term, "<>");
	if (strchr("=<>", name[0]) != NULL && strcmp(name, "=~") != 0)
		return write_comparison(level, term, name);
	if (strcmp(name, "and") == 0)
		return write_junction(level, term, " AND ", SYDRA_SQL_AND);
	if (strcmp(name, "or") == 0)
		return write_junction(level, term, " OR ", SYDRA_SQL_OR);
	if (strcmp(name, "not") == 0)
		return write_not(level, term);
	if (strcmp(name, "is null") == 0)
		return write_is_null(level, term, "IS NULL");
	if (strcmp(name, "in") == 0)
		return write_in(level, term, first_of(level, term), "IN");
	if (strcmp(name, "like") == 0)
		return write_like(level, term, "LIKE");
	if (strcmp(name, "=~") == 0)
		return write_call(level, term, "sydra.regex_matches", false);
	if (strcmp(name, "to_float") == 0)
		return write_float(level, linitial(term->arguments));
	if (strcmp(name, "to_text") == 0)
		return sydra_to_sql_make(SYDRA_SQL_CAST, "%s::text",
								 sydra_to_sql_wrap(first_of(level, term), SYDRA_SQL_CAST));
	return write_function(level, term, name);
}

SydraSql
sydra_to_sql_term(const SydraSqlLevel *level, const SydraTerm *term)
{
	check_stack_depth();
	switch (term->type)
	{
		case SYDRA_TERM_CONST:
			return sydra_to_sql_constant(term, false);
		case SYDRA_TERM_COLUMN:
			if (term->column >= SYDRA_WINDOW_COLUMN)
				return level->windows[term->column - SYDRA_WINDOW_COLUMN];
			return level->columns[term->column / SYDRA_SOURCE_COLUMN]
				[term->column % SYDRA_SOURCE_COLUMN];
		case SYDRA_TERM_CALL:
			return write_operator(level, term, sydra_function_name(term->function));
	}
	elog(ERROR, "unknown term %d", (int) term->type);
}

/*
 * Conditions that choose rows.
 */

static bool
is_some_text(const SydraTerm *term)
{
	return term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_TEXT &&
		!term->value.isnull && term->value.bytes.length > 0;
}

/* The tag, when a condition says that it is one of some texts that are not empty. */
static const char *
find_equal_tag(const SydraSqlLevel *level, const SydraTerm *term)
{
	if (!sydra_constant_calls(term, "=") && !sydra_constant_calls(term, "in"))
		return NULL;
	for (int i = 1; i < list_length(term->arguments); i++)
		if (!is_some_text(argument(term, i)))
			return NULL;
	return sydra_constant_calls(argument(term, 0), "coalesce") ? first_of(level, term).tag : NULL;
}

static SydraSql
write_condition(const SydraSqlLevel *level, const SydraTerm *term)
{
	const char *tag = find_equal_tag(level, term);
	SydraSql	operand = {tag, SYDRA_SQL_OPERATOR, NULL, false};
	List	   *texts = NIL;
	ListCell   *cell;

	check_stack_depth();
	if (tag != NULL)
		operand.collates = first_of(level, term).collates;
	if (tag != NULL && sydra_constant_calls(term, "in"))
		return write_in(level, term, operand, "IN");
	if (tag != NULL)
		return sydra_to_sql_make(SYDRA_SQL_COMPARISON, "%s = %s",
								 operand.collates ? sydra_to_sql_by_bytes(operand).text : tag,
								 write_argument(level, argument(term, 1), true).text);
	if (!sydra_constant_calls(term, "or"))
		return sydra_to_sql_term(level, term);
	foreach(cell, term->arguments)
	{
		List	   *all = sydra_to_sql_condition(level, lfirst(cell));

		texts = lappend(texts, unconstify(char *, sydra_to_sql_list(all, " AND ")));
	}
	return sydra_to_sql_make(SYDRA_SQL_OR, "%s", sydra_to_sql_list(texts, " OR "));
}

List *
sydra_to_sql_condition(const SydraSqlLevel *level, const SydraTerm *term)
{
	List	   *texts = NIL;
	ListCell   *cell;

	check_stack_depth();
	if (!sydra_constant_calls(term, "and"))
		return list_make1(unconstify(char *, sydra_to_sql_wrap(write_condition(level, term),
															   SYDRA_SQL_NOT)));
	foreach(cell, term->arguments)
		texts = list_concat(texts, sydra_to_sql_condition(level, lfirst(cell)));
	return texts;
}

const char *
sydra_to_sql_order(SydraSql sql, SydraKind kind, bool descending, bool nulls_first)
{
	if (kind == SYDRA_KIND_TEXT)
		sql = sydra_to_sql_by_bytes(sql);
	return psprintf("%s%s%s", sql.text, descending ? " DESC" : "",
					descending == nulls_first ? "" : nulls_first ? " NULLS FIRST" : " NULLS LAST");
}
