/*
 * validate.c
 *	  The rules of grouping and filling.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "analyze/constant.h"
#include "analyze/join.h"
#include "analyze/validate.h"
#include "base/compat.h"
#include "base/setting.h"

static SydraTerm *
make_group_column(const SydraTerm *term, int column)
{
	SydraTerm  *result = palloc(sizeof(SydraTerm));

	*result = *term;
	result->type = SYDRA_TERM_COLUMN;
	result->column = column;
	result->function = NULL;
	result->arguments = NIL;
	return result;
}

pg_noreturn static void raise_ungrouped(SydraScope *scope, const SydraTerm *term);

static void
raise_ungrouped(SydraScope *scope, const SydraTerm *term)
{
	const SydraQuery *source = sydra_join_source(scope->query, term->column);
	const SydraPlanColumn *input = list_nth(source->inputs, term->column % SYDRA_SOURCE_COLUMN);

	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, term->offset,
							  "\"%s\" must stand in GROUP BY or inside an aggregate", input->name),
			errhint("Group by it, or write last(%s) or another aggregate.", input->name));
}

SydraTerm *
sydra_validate_group_term(SydraScope *scope, SydraTerm *term)
{
	SydraQuery *query = scope->query;
	SydraTerm  *result;
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, query->keys)
		if (term->type != SYDRA_TERM_CONST && sydra_term_equal(term, lfirst(cell)))
			return make_group_column(term, foreach_current_index(cell));
	switch (term->type)
	{
		case SYDRA_TERM_CONST:
			return term;
		case SYDRA_TERM_COLUMN:
			if (term->column >= SYDRA_WINDOW_COLUMN)
				return term;
			if (term->column < SYDRA_CALL_COLUMN)
				raise_ungrouped(scope, term);
			return make_group_column(term, list_length(query->keys) +
									 term->column - SYDRA_CALL_COLUMN);
		case SYDRA_TERM_CALL:
			result = palloc(sizeof(SydraTerm));
			*result = *term;
			result->arguments = NIL;
			foreach(cell, term->arguments)
				result->arguments = lappend(result->arguments,
											sydra_validate_group_term(scope, lfirst(cell)));
			return result;
	}
	elog(ERROR, "unknown term %d", (int) term->type);
}

void
sydra_validate_comparable(SydraScope *scope, const SydraTerm *term, int offset,
						  const char *clause)
{
	if (term->kind == SYDRA_KIND_DATUM)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, offset,
								  "%s takes no value of a type that cannot be compared", clause),
				errhint("Name one tag or field: tag.key, field.key."));
}

static bool
is_bucket(const SydraQuery *query, const SydraTerm *term)
{
	const SydraTerm *argument;

	if (!sydra_constant_calls(term, "time_bucket"))
		return false;
	argument = lsecond(term->arguments);
	return argument->type == SYDRA_TERM_COLUMN && argument->column == query->time_input;
}

void
sydra_validate_bucket(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	query->bucket_key = -1;
	foreach(cell, query->keys)
		if (query->bucket_key < 0 && is_bucket(query, lfirst(cell)))
			query->bucket_key = foreach_current_index(cell);
}

static int
count_buckets(const SydraQuery *query)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, query->keys)
		if (is_bucket(query, lfirst(cell)))
			count++;
	return count;
}

/* A number onto a text or a time has no meaning. */
static void
check_constant_kinds(SydraScope *scope, const SydraFill *fill)
{
	ListCell   *cell;

	foreach(cell, scope->query->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		if (call->kind != SYDRA_KIND_INT && call->kind != SYDRA_KIND_FLOAT)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, fill->span.start,
									  "a number cannot fill \"%s\", which is %s",
									  (char *) list_nth(scope->query->call_names,
														foreach_current_index(cell)),
									  call->kind == SYDRA_KIND_DATUM ? "an array" :
									  sydra_kind_name(call->kind)),
					errhint("Write FILL(NULL) or FILL(PREVIOUS)."));
	}
}

void
sydra_validate_fill(SydraScope *scope, const SydraFill *fill)
{
	SydraQuery *query = scope->query;

	if (fill == NULL || fill->policy == SYDRA_FILL_NONE)
		return;
	if (!query->grouped || count_buckets(query) != 1)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNSUPPORTED_FILL, fill->span.start,
								  "FILL needs exactly one time_bucket(..., time) in GROUP BY"),
				errhint("Write GROUP BY time_bucket(5m, time), or leave FILL out."));
	if (query->range.min == PG_INT64_MIN)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNSUPPORTED_FILL, fill->span.start,
								  "FILL needs a lower bound of time"),
				errhint("Write WHERE time >= now() - 1h."));
	if (fill->policy == SYDRA_FILL_CONSTANT)
		check_constant_kinds(scope, fill);
}

void
sydra_validate_series(const SydraScope *scope, const SydraQuery *source, int offset,
					  const char *what)
{
	if (!source->table->guesses_tags)
		return;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, offset,
							  "%s needs to know the series of \"%s\"", what, source->metric),
			errhint("Say which columns tell them apart: SELECT sydra.configure('%s', tags => "
					"'{...}').", source->metric));
}

void
sydra_validate_windows(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	const SydraWindowCall *window;

	if (query->windows != NIL && !query->grouped && query->table != NULL)
		sydra_validate_series(scope, query,
							  ((const SydraWindowCall *) linitial(query->windows))->offset,
							  "a window function over rows");

	if (query->windows == NIL ||
		(query->grouped ? query->bucket_key >= 0 : query->time_input >= 0))
		return;
	window = linitial(query->windows);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, window->offset,
							  "window function \"%s\" needs %s",
							  sydra_function_name(window->function),
							  query->grouped ? "a time_bucket group" :
							  query->table != NULL ? "rows that have a time" : "a FROM"),
			errhint("It runs along the points of a series, or along the buckets of "
					"GROUP BY time_bucket(5m, time)."));
}

void
sydra_validate_range(SydraScope *scope)
{
	SydraQuery *query = scope->query;

	if (!OidIsValid(query->relid) || !sydra_setting_require_time_range ||
		query->range.min != PG_INT64_MIN)
		return;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TIME_RANGE_REQUIRED,
							  scope->select->where ? scope->select->where->span.start :
							  scope->select->from->span.start,
							  "time must be bounded from below"),
			errhint("Write WHERE time >= now() - 1h, or SET sydraql.require_time_range = off."));
}

bool
sydra_query_fill_widens(const SydraQuery *query, SydraKind kind)
{
	if (kind != SYDRA_KIND_INT)
		return false;
	return query->fill == SYDRA_FILL_LINEAR ||
		(query->fill == SYDRA_FILL_CONSTANT && query->fill_constant_kind == SYDRA_KIND_FLOAT);
}

bool
sydra_query_is_of_series(const SydraTable *table, const SydraScanColumn *column)
{
	const SydraTableColumn *attribute = sydra_table_column(table, column->attnum);

	return column->type == SYDRA_SCAN_TAG || column->type == SYDRA_SCAN_SERIES_ID ||
		(column->type == SYDRA_SCAN_ATTRIBUTE && attribute != NULL &&
		 (attribute->role == SYDRA_ROLE_TAG || attribute->role == SYDRA_ROLE_TAGS));
}

bool
sydra_validate_reads_more(const SydraQuery *query, const SydraTerm *term, const SydraTerm **found)
{
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_COLUMN)
	{
		const SydraScanColumn *column = list_nth(query->scan_columns, term->column);
		const SydraTableColumn *attribute = sydra_table_column(query->table, column->attnum);

		*found = term;
		return !sydra_query_is_of_series(query->table, column) ||
			(attribute != NULL && column->type == SYDRA_SCAN_ATTRIBUTE &&
			 attribute->role == SYDRA_ROLE_TAGS);
	}
	foreach(cell, term->arguments)
		if (sydra_validate_reads_more(query, lfirst(cell), found))
			return true;
	return false;
}

/* time >= constant or time < constant, either way round. */
static bool
is_half_open_bound(const SydraScope *scope, SydraTerm *term)
{
	int			time = scope->query->time_input;
	bool		lower = sydra_constant_calls(term, ">=");
	bool		upper = sydra_constant_calls(term, "<");
	SydraTerm  *left;
	SydraTerm  *right;

	if (term->type != SYDRA_TERM_CALL || list_length(term->arguments) != 2)
		return false;
	left = linitial(term->arguments);
	right = lsecond(term->arguments);
	if ((lower || upper) && left->type == SYDRA_TERM_COLUMN && left->column == time)
		return sydra_constant_evaluate(right, scope->source) != NULL;
	return (sydra_constant_calls(term, "<=") || sydra_constant_calls(term, ">")) &&
		right->type == SYDRA_TERM_COLUMN && right->column == time &&
		sydra_constant_evaluate(left, scope->source) != NULL;
}

void
sydra_validate_deletion(SydraScope *scope, SydraTerm *term)
{
	const SydraTerm *found = NULL;
	ListCell   *cell;

	check_stack_depth();
	if (sydra_constant_calls(term, "and"))
	{
		foreach(cell, term->arguments)
			sydra_validate_deletion(scope, lfirst(cell));
		return;
	}
	if (is_half_open_bound(scope, term) ||
		!sydra_validate_reads_more(scope->query, term, &found))
		return;
	if (found->column == scope->query->time_input)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, found->offset,
								  "DELETE takes time in one form alone"),
				errhint("Write a half-open range: time >= a AND time < b, where b is the first "
						"time that stays."));
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, found->offset,
							  "DELETE takes conditions on time and tags alone"),
			errhint("Use SQL's DELETE on the metric's table."));
}
