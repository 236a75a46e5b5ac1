/*
 * time_range.c
 *	  Reads conditions by intervals: AND intersects, OR takes the hull, NOT is pushed down to the
 *	  comparisons.  What cannot be read bounds nothing.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "analyze/constant.h"
#include "analyze/time_range.h"
#include "function/function.h"

static SydraTimeRange read_range(SydraTerm *term, bool negated, int time, const char *source,
								 bool *exact);

SydraTimeRange
sydra_time_range_all(void)
{
	SydraTimeRange all = {PG_INT64_MIN, PG_INT64_MAX};

	return all;
}

static SydraTimeRange
no_time(void)
{
	SydraTimeRange none = {0, 0};

	return none;
}

bool
sydra_time_range_is_empty(SydraTimeRange range)
{
	return range.min >= range.max;
}

SydraTimeRange
sydra_time_range_intersect(SydraTimeRange a, SydraTimeRange b)
{
	SydraTimeRange both = {Max(a.min, b.min), Min(a.max, b.max)};

	return sydra_time_range_is_empty(both) ? no_time() : both;
}

static SydraTimeRange
hull(SydraTimeRange a, SydraTimeRange b)
{
	SydraTimeRange both = {Min(a.min, b.min), Max(a.max, b.max)};

	if (sydra_time_range_is_empty(a))
		return b;
	return sydra_time_range_is_empty(b) ? a : both;
}

/* The comparison with its sides exchanged, or negated. */
static const char *
flip(const char *operator)
{
	if (operator[0] == '<')
		return operator[1] ? ">=" : ">";
	if (operator[0] == '>')
		return operator[1] ? "<=" : "<";
	return operator;
}

static const char *
negate(const char *operator)
{
	static const char *const pairs[][2] = {
		{"=", "!="}, {"<", ">="}, {"<=", ">"}
	};

	for (int i = 0; i < lengthof(pairs); i++)
	{
		if (strcmp(operator, pairs[i][0]) == 0)
			return pairs[i][1];
		if (strcmp(operator, pairs[i][1]) == 0)
			return pairs[i][0];
	}
	return operator;
}

static bool
is_comparison(const char *operator)
{
	return strcmp(operator, "=") == 0 || strcmp(operator, "!=") == 0 ||
		strcmp(operator, "<") == 0 || strcmp(operator, "<=") == 0 ||
		strcmp(operator, ">") == 0 || strcmp(operator, ">=") == 0;
}

/* time operator at.  An infinite bound is left to the filter. */
static SydraTimeRange
bound(const char *operator, int64 at, bool *exact)
{
	SydraTimeRange range = sydra_time_range_all();

	if (TIMESTAMP_NOT_FINITE(at) || strcmp(operator, "!=") == 0)
	{
		*exact = false;
		return range;
	}
	if (operator[0] == '>' || operator[0] == '=')
		range.min = strcmp(operator, ">") == 0 ? at + 1 : at;
	if (operator[0] == '<' || operator[0] == '=')
		range.max = strcmp(operator, "<") == 0 ? at : at + 1;
	return range;
}

static bool
is_time(const SydraTerm *term, int time)
{
	return term->type == SYDRA_TERM_COLUMN && term->column == time;
}

static SydraTimeRange
read_comparison(SydraTerm *term, const char *operator, int time, const char *source, bool *exact)
{
	SydraTerm  *left = linitial(term->arguments);
	SydraTerm  *right = lsecond(term->arguments);
	SydraTerm  *constant = NULL;

	if (is_time(left, time))
		constant = sydra_constant_evaluate(right, source);
	else if (is_time(right, time))
	{
		operator = flip(operator);
		constant = sydra_constant_evaluate(left, source);
	}
	if (constant == NULL)
	{
		*exact = false;
		return sydra_time_range_all();
	}
	/* A comparison with null is true of no row. */
	if (constant->value.isnull)
		return no_time();
	return bound(operator, constant->value.integer, exact);
}

/* time IN (...) */
static SydraTimeRange
read_in(SydraTerm *term, int time, bool *exact)
{
	SydraTimeRange range = no_time();

	*exact = false;
	if (!is_time(linitial(term->arguments), time))
		return sydra_time_range_all();
	for (int i = 1; i < list_length(term->arguments); i++)
	{
		const SydraTerm *item = list_nth(term->arguments, i);
		bool		one = true;

		if (!item->value.isnull)
			range = hull(range, bound("=", item->value.integer, &one));
	}
	return range;
}

static SydraTimeRange
read_list(SydraTerm *term, bool both, bool negated, int time, const char *source, bool *exact)
{
	SydraTimeRange range = both ? sydra_time_range_all() : no_time();
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraTimeRange part = read_range(lfirst(cell), negated, time, source, exact);

		range = both ? sydra_time_range_intersect(range, part) : hull(range, part);
	}
	/* The hull of two intervals may hold what neither holds. */
	if (!both)
		*exact = false;
	return range;
}

static SydraTimeRange
read_range(SydraTerm *term, bool negated, int time, const char *source, bool *exact)
{
	const char *operator;

	check_stack_depth();
	if (term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_BOOL)
	{
		if (term->value.isnull || term->value.boolean == negated)
			return no_time();
		return sydra_time_range_all();
	}
	if (term->type == SYDRA_TERM_CALL)
	{
		operator = sydra_function_name(term->function);
		if (strcmp(operator, "and") == 0)
			return read_list(term, !negated, negated, time, source, exact);
		if (strcmp(operator, "or") == 0)
			return read_list(term, negated, negated, time, source, exact);
		if (strcmp(operator, "not") == 0)
			return read_range(linitial(term->arguments), !negated, time, source, exact);
		if (is_comparison(operator))
			return read_comparison(term, negated ? negate(operator) : operator, time, source,
								   exact);
		if (strcmp(operator, "in") == 0 && !negated)
			return read_in(term, time, exact);
	}
	*exact = false;
	return sydra_time_range_all();
}

SydraTimeRange
sydra_time_range_of(SydraTerm *condition, int time, const char *source, bool *exact)
{
	bool		ignored;

	if (exact == NULL)
		exact = &ignored;
	*exact = true;
	return read_range(condition, false, time, source, exact);
}
