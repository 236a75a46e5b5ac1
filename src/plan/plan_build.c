/*
 * plan_build.c
 *	  Query to plan.
 *
 *		Scan > Filter ... > Order > Aggregate > Fill or Filter (HAVING) > Windows > Project > Sort >
 *		Limit > Project
 *
 * The first Project computes the items and, behind them, what Sort and LIMIT BY need and no item
 * gives; the second drops these again.  Windows are a Project, a Sort and a Window of their own,
 * where the query has any; the terms above refer to what these give.  Conditions stay Filters here:
 * it is rules that move parts of them into the scan.  Joins are in plan_join.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "analyze/time_range.h"
#include "plan/explain.h"
#include "plan/plan_build.h"
#include "plan/plan_join.h"
#include "plan/plan_subquery.h"

/* What a plan is built of on its way up. */
typedef struct Builder
{
	const SydraQuery *query;
	List	   *expressions;	/* SydraTerm *: items, then hidden columns */
	List	   *columns;		/* SydraPlanColumn * of these */
	const int  *lifted;			/* columns of inputs or groups above the windows; NULL: as below */
	int			window_base;	/* there the first window's value is */
} Builder;

/* Guesses of selectivity: nothing is known before tags are looked up. */
#define CONDITION_KEEPS 0.3
#define GROUPS_OF_ROWS 0.1

void *
sydra_plan_build_node(size_t size, SydraPlanType type, SydraPlan *input)
{
	SydraPlan  *plan = palloc0(size);

	plan->type = type;
	plan->input = input;
	if (input != NULL)
	{
		plan->column_count = input->column_count;
		plan->columns = input->columns;
		plan->rows = input->rows;
	}
	return plan;
}

void
sydra_plan_build_columns(SydraPlan *plan, List *columns)
{
	plan->column_count = list_length(columns);
	plan->columns = palloc(sizeof(SydraPlanColumn) * Max(plan->column_count, 1));
	for (int i = 0; i < plan->column_count; i++)
		plan->columns[i] = *(SydraPlanColumn *) list_nth(columns, i);
}

SydraPlanColumn *
sydra_plan_build_column(const char *name, SydraKind kind, Oid typid)
{
	SydraPlanColumn *column = palloc(sizeof(SydraPlanColumn));

	column->name = name;
	column->kind = kind;
	column->typid = typid;
	return column;
}

static const SydraReader *
build_reader(const SydraQuery *query)
{
	SydraReader *reader;

	if (!query->row_security && !query->table->plain && !query->table->has_virtual)
		return NULL;
	reader = palloc(sizeof(SydraReader));
	reader->user = query->user;
	reader->columns = query->columns_used;
	reader->source = query->source;
	return reader;
}

static SydraPlan *
build_source(const SydraQuery *query)
{
	SydraPlanScan *scan;
	ListCell   *cell;

	if (query->subquery != NULL)
		return sydra_plan_subquery(query);
	if (query->table == NULL)
	{
		SydraPlan  *values = sydra_plan_build_node(sizeof(SydraPlan), SYDRA_PLAN_VALUES, NULL);

		values->rows = 1;
		return values;
	}
	scan = sydra_plan_build_node(sizeof(SydraPlanScan), SYDRA_PLAN_SCAN, NULL);
	scan->relid = query->relid;
	scan->metric = query->metric;
	scan->table = query->table;
	scan->reader = build_reader(query);
	scan->range = sydra_time_range_all();
	scan->one_per_series = query->series_alone;
	scan->plan.rows = query->table_rows;
	sydra_plan_build_columns(&scan->plan, query->inputs);
	scan->scan_columns = palloc(sizeof(SydraScanColumn) * Max(scan->plan.column_count, 1));
	foreach(cell, query->scan_columns)
		scan->scan_columns[foreach_current_index(cell)] = *(SydraScanColumn *) lfirst(cell);
	return &scan->plan;
}

SydraPlan *
sydra_plan_build_filter(SydraPlan *input, SydraTerm *condition, const char *origin)
{
	SydraPlanFilter *filter = sydra_plan_build_node(sizeof(SydraPlanFilter), SYDRA_PLAN_FILTER,
													input);

	filter->condition = condition;
	filter->origin = origin;
	filter->plan.rows = input->rows * CONDITION_KEEPS;
	return &filter->plan;
}

SydraTerm *
sydra_plan_build_reference(const SydraPlanColumn *column, int number)
{
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	term->type = SYDRA_TERM_COLUMN;
	term->kind = column->kind;
	term->typid = column->typid;
	term->offset = -1;
	term->column = number;
	return term;
}

/* Whether the rows are joined before they are grouped. */
static bool
joins_rows(const SydraQuery *query)
{
	return query->joins != NIL && !sydra_query_joins_buckets(query);
}

/* Rows that no scan orders; of joined ones each is one of the left's series. */
static SydraPlan *
sort_series(const SydraQuery *query, SydraPlan *input)
{
	SydraPlanSort *sort = sydra_plan_build_node(sizeof(SydraPlanSort), SYDRA_PLAN_SORT, input);

	sort->limit = -1;
	sort->keys = palloc(sizeof(SydraSortKey) * 3);
	sydra_plan_build_sort_key(sort, query->rank_input, false, false);
	sydra_plan_build_sort_key(sort, query->time_input, false, false);
	sydra_plan_build_sort_key(sort, query->write_input, false, false);
	return &sort->plan;
}

/* Rows series by series, for whoever looks at neighbours. */
SydraPlanOrder *
sydra_plan_build_order(const SydraQuery *query, SydraPlan *input)
{
	SydraPlanOrder *order = sydra_plan_build_node(sizeof(SydraPlanOrder), SYDRA_PLAN_ORDER, input);
	int			keys[] = {query->rank_input, query->time_input, query->write_input};
	SydraPlan  *scan = input;

	for (int i = 0; i < lengthof(keys); i++)
		order->keys = lappend(order->keys,
							  sydra_plan_build_reference(&input->columns[keys[i]], keys[i]));
	while (scan->type != SYDRA_PLAN_SCAN)
		scan = scan->input;
	((SydraPlanScan *) scan)->series_order = true;
	return order;
}

static bool
needs_series_order(const SydraQuery *query)
{
	ListCell   *cell;

	foreach(cell, query->calls)
		if (sydra_function_needs_series(((SydraAggregateCall *) lfirst(cell))->function))
			return true;
	return false;
}

static const char *
key_name(const SydraQuery *query, int key)
{
	const char *name = list_nth(query->key_names, key);

	return name ? name : psprintf("key%d", key + 1);
}

/* Whether a term reads anything that may change from row to row of a series. */
static bool
changes_in_series(const SydraQuery *query, const SydraTerm *term)
{
	ListCell   *cell;

	if (term->type == SYDRA_TERM_COLUMN)
		return !sydra_query_is_of_series(query->table, list_nth(query->scan_columns, term->column));
	foreach(cell, term->arguments)
		if (changes_in_series(query, lfirst(cell)))
			return true;
	return false;
}

/* Whether the rows of a series may come back to a group after others. */
static bool
revisits_groups(const SydraQuery *query)
{
	ListCell   *cell;

	if (joins_rows(query))
		return true;
	foreach(cell, query->keys)
	{
		if (foreach_current_index(cell) != query->bucket_key &&
			changes_in_series(query, lfirst(cell)))
			return true;
	}
	return false;
}

SydraPlan *
sydra_plan_build_aggregate(const SydraQuery *query, SydraPlan *input)
{
	SydraPlanAggregate *aggregate;
	List	   *columns = NIL;
	ListCell   *cell;

	if (needs_series_order(query))
		input = joins_rows(query) || query->subquery != NULL ? sort_series(query, input) :
			&sydra_plan_build_order(query, input)->plan;
	aggregate = sydra_plan_build_node(sizeof(SydraPlanAggregate), SYDRA_PLAN_AGGREGATE, input);

	foreach(cell, query->keys)
	{
		const SydraTerm *key = lfirst(cell);

		columns = lappend(columns,
						  sydra_plan_build_column(key_name(query, foreach_current_index(cell)),
												  key->kind, key->typid));
	}
	foreach(cell, query->calls)
	{
		const SydraAggregateCall *call = lfirst(cell);

		columns = lappend(columns,
						  sydra_plan_build_column(list_nth(query->call_names,
														   foreach_current_index(cell)),
												  call->kind, InvalidOid));
	}
	sydra_plan_build_columns(&aggregate->plan, columns);
	aggregate->keys = query->keys;
	aggregate->calls = query->calls;
	aggregate->bucket_key = query->bucket_key;
	aggregate->revisits = revisits_groups(query);
	if (query->bucket_key >= 0)
		sydra_bucket_from_term(list_nth(query->keys, query->bucket_key), query->source,
							   &aggregate->bucket);
	aggregate->plan.rows = query->keys == NIL ? 1 : Max(1, input->rows * GROUPS_OF_ROWS);
	return &aggregate->plan;
}

/* Filling ends at the upper bound of time, or now. */
static SydraTimeRange
fill_range(const SydraQuery *query)
{
	SydraTimeRange range = query->range;

	if (range.max == PG_INT64_MAX)
		range.max = GetCurrentTransactionStartTimestamp();
	return range;
}

static SydraPlan *
build_fill(const SydraQuery *query, SydraPlan *input)
{
	SydraPlanFill *fill = sydra_plan_build_node(sizeof(SydraPlanFill), SYDRA_PLAN_FILL, input);

	fill->key_count = list_length(query->keys);
	fill->bucket_key = query->bucket_key;
	sydra_bucket_from_term(list_nth(query->keys, query->bucket_key), query->source, &fill->bucket);
	fill->range = fill_range(query);
	fill->policy = query->fill;
	fill->within_us = query->fill_within_us;
	fill->constant = query->fill_constant;
	fill->constant_kind = query->fill_constant_kind;
	fill->having = query->having;
	fill->plan.columns = palloc(sizeof(SydraPlanColumn) * Max(input->column_count, 1));
	for (int i = 0; i < input->column_count; i++)
	{
		fill->plan.columns[i] = input->columns[i];
		if (i >= fill->key_count && sydra_query_fill_widens(query, input->columns[i].kind))
			fill->plan.columns[i].kind = SYDRA_KIND_FLOAT;
	}
	return &fill->plan;
}

static SydraPlan *
build_groups(const SydraQuery *query, SydraPlan *plan)
{
	plan = sydra_query_joins_buckets(query) ? sydra_plan_join_groups(query) :
		sydra_plan_build_aggregate(query, plan);
	if (query->fill != SYDRA_FILL_NONE)
		return build_fill(query, plan);
	if (query->having)
		return sydra_plan_build_filter(plan, query->having, "HAVING");
	return plan;
}

/* The output column that holds a term; a hidden one when no item does. */
static int
place_term(Builder *builder, SydraTerm *term, const char *name)
{
	ListCell   *cell;

	foreach(cell, builder->expressions)
		if (sydra_term_equal(lfirst(cell), term))
			return foreach_current_index(cell);
	builder->expressions = lappend(builder->expressions, term);
	builder->columns = lappend(builder->columns,
							   sydra_plan_build_column(name, term->kind, term->typid));
	return list_length(builder->expressions) - 1;
}

void
sydra_plan_build_sort_key(SydraPlanSort *sort, int column, bool descending, bool nulls_first)
{
	for (int i = 0; i < sort->key_count; i++)
		if (sort->keys[i].column == column)
			return;
	sort->keys[sort->key_count].column = column;
	sort->keys[sort->key_count].descending = descending;
	sort->keys[sort->key_count].nulls_first = nulls_first;
	sort->key_count++;
}

static SydraPlan *
build_project(Builder *builder, SydraPlan *input)
{
	SydraPlanProject *project = sydra_plan_build_node(sizeof(SydraPlanProject),
													  SYDRA_PLAN_PROJECT, input);

	project->expressions = builder->expressions;
	sydra_plan_build_columns(&project->plan, builder->columns);
	return &project->plan;
}

/*
 * Windows.
 */

static void
mark_columns(const SydraTerm *term, bool *used)
{
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_COLUMN && term->column < SYDRA_WINDOW_COLUMN)
		used[term->column] = true;
	foreach(cell, term->arguments)
		mark_columns(lfirst(cell), used);
}

/* The columns that the query looks at above its windows, and that their order needs. */
static void
mark_used(const SydraQuery *query, bool *used)
{
	ListCell   *cell;

	foreach(cell, query->items)
		mark_columns(lfirst(cell), used);
	foreach(cell, query->orders)
		mark_columns(((const SydraOrdering *) lfirst(cell))->term, used);
	foreach(cell, query->limit_by)
		mark_columns(lfirst(cell), used);
	if (query->grouped)
		for (int key = 0; key < list_length(query->keys); key++)
			used[key] = true;
	else
		used[query->time_input] = used[query->rank_input] = used[query->write_input] = true;
}

/* Computes the arguments of windows that are no constants, behind the columns that pass. */
static SydraPlanWindow *
build_window_calls(const SydraQuery *query, const SydraPlan *below, Builder *arguments)
{
	SydraPlanWindow *window = sydra_plan_build_node(sizeof(SydraPlanWindow), SYDRA_PLAN_WINDOW,
													NULL);
	ListCell   *cell;
	ListCell   *argument;

	foreach(cell, query->windows)
	{
		SydraWindowCall *call = palloc(sizeof(SydraWindowCall));

		*call = *(const SydraWindowCall *) lfirst(cell);
		call->arguments = NIL;
		foreach(argument, ((const SydraWindowCall *) lfirst(cell))->arguments)
		{
			SydraTerm  *term = lfirst(argument);

			if (term->type != SYDRA_TERM_CONST ||
				!sydra_function_wants_constant(call->function, foreach_current_index(argument)))
			{
				int			place = place_term(arguments, term,
											   sydra_explain_term(term, below->columns));

				term = sydra_plan_build_reference(list_nth(arguments->columns, place), place);
			}
			call->arguments = lappend(call->arguments, term);
		}
		window->calls = lappend(window->calls, call);
	}
	return window;
}

static SydraPlan *
sort_for_window(const SydraQuery *query, SydraPlanWindow *window, const int *lifted,
				SydraPlan *input)
{
	SydraPlanSort *sort = sydra_plan_build_node(sizeof(SydraPlanSort), SYDRA_PLAN_SORT, input);
	int			keys = list_length(query->keys);

	sort->limit = -1;
	sort->keys = palloc(sizeof(SydraSortKey) * (keys + 3));
	window->partition = palloc(sizeof(int) * (keys + 1));
	if (!query->grouped)
		window->partition[window->partition_count++] = lifted[query->rank_input];
	for (int key = 0; key < keys; key++)
		if (key != query->bucket_key)
			window->partition[window->partition_count++] = lifted[key];
	for (int i = 0; i < window->partition_count; i++)
		sydra_plan_build_sort_key(sort, window->partition[i], false, false);
	window->time = lifted[query->grouped ? query->bucket_key : query->time_input];
	sydra_plan_build_sort_key(sort, window->time, false, false);
	if (!query->grouped)
		sydra_plan_build_sort_key(sort, lifted[query->write_input], false, false);
	return &sort->plan;
}

static SydraPlan *
build_windows(Builder *builder, SydraPlan *below)
{
	const SydraQuery *query = builder->query;
	bool	   *used = palloc0(sizeof(bool) * Max(below->column_count, 1));
	int		   *lifted = palloc0(sizeof(int) * Max(below->column_count, 1));
	Builder		arguments = {.query = query};
	SydraPlanWindow *window;
	SydraPlan  *plan;
	List	   *columns;
	ListCell   *cell;

	mark_used(query, used);
	for (int i = 0; i < below->column_count; i++)
		if (used[i])
			lifted[i] = place_term(&arguments, sydra_plan_build_reference(&below->columns[i], i),
								   below->columns[i].name);
	window = build_window_calls(query, below, &arguments);
	plan = sort_for_window(query, window, lifted, build_project(&arguments, below));
	columns = list_copy(arguments.columns);
	foreach(cell, window->calls)
	{
		const SydraWindowCall *call = lfirst(cell);

		columns = lappend(columns,
						  sydra_plan_build_column(list_nth(query->window_names,
														   foreach_current_index(cell)),
												  call->kind, call->typid));
	}
	window->plan.input = plan;
	window->plan.rows = plan->rows;
	sydra_plan_build_columns(&window->plan, columns);
	builder->lifted = lifted;
	builder->window_base = plan->column_count;
	return &window->plan;
}

/* A term over inputs or groups as one over what stands below the items. */
static SydraTerm *
lift(const Builder *builder, SydraTerm *term)
{
	SydraTerm  *copy;
	ListCell   *cell;

	check_stack_depth();
	if (builder->lifted == NULL || term->type == SYDRA_TERM_CONST)
		return term;
	copy = palloc(sizeof(SydraTerm));
	*copy = *term;
	if (term->type == SYDRA_TERM_COLUMN)
		copy->column = term->column >= SYDRA_WINDOW_COLUMN ?
			builder->window_base + term->column - SYDRA_WINDOW_COLUMN :
			builder->lifted[term->column];
	copy->arguments = NIL;
	foreach(cell, term->arguments)
		copy->arguments = lappend(copy->arguments, lift(builder, lfirst(cell)));
	return copy;
}

/*
 * Items, order, limits.
 */

static void
add_default_key(Builder *builder, SydraPlanSort *sort, const SydraPlan *groups, int column)
{
	SydraTerm  *term;

	if (builder->lifted != NULL)
		column = builder->lifted[column];
	term = sydra_plan_build_reference(&groups->columns[column], column);
	sydra_plan_build_sort_key(sort, place_term(builder, term, groups->columns[column].name), false,
							  false);
}

/* What ORDER BY leaves open: time (or bucket), keys, series, write order. */
static void
add_default_order(Builder *builder, SydraPlanSort *sort, const SydraPlan *below)
{
	const SydraQuery *query = builder->query;

	if (!query->grouped)
	{
		if (query->write_input < 0)
			return;
		if (query->time_input >= 0)
			add_default_key(builder, sort, below, query->time_input);
		add_default_key(builder, sort, below, query->rank_input);
		add_default_key(builder, sort, below, query->write_input);
		return;
	}
	if (query->bucket_key >= 0)
		add_default_key(builder, sort, below, query->bucket_key);
	for (int key = 0; key < list_length(query->keys); key++)
		add_default_key(builder, sort, below, key);
}

static SydraPlanSort *
build_sort(Builder *builder, const SydraPlan *below)
{
	const SydraQuery *query = builder->query;
	SydraPlanSort *sort = sydra_plan_build_node(sizeof(SydraPlanSort), SYDRA_PLAN_SORT, NULL);
	ListCell   *cell;

	sort->limit = -1;
	sort->keys = palloc(sizeof(SydraSortKey) *
						(list_length(query->orders) + list_length(query->keys) + 4));
	foreach(cell, query->orders)
	{
		const SydraOrdering *ordering = lfirst(cell);
		SydraTerm  *term = lift(builder, ordering->term);

		if (term->type == SYDRA_TERM_CONST)
			continue;
		sydra_plan_build_sort_key(sort,
								  place_term(builder, term,
											 sydra_explain_term(term, below->columns)),
								  ordering->descending, ordering->nulls_first);
	}
	add_default_order(builder, sort, below);
	return sort;
}

static SydraPlan *
build_limit(SydraPlan *input, int64 limit, int64 offset)
{
	SydraPlanLimit *node = sydra_plan_build_node(sizeof(SydraPlanLimit), SYDRA_PLAN_LIMIT, input);

	node->limit = limit;
	node->offset = offset;
	if (limit >= 0)
		node->plan.rows = Min(node->plan.rows, (double) limit);
	return &node->plan;
}

/* LIMIT n BY keeps n rows of each; an OFFSET skips rows of what is left. */
static SydraPlan *
build_limits(Builder *builder, SydraPlan *input, const int *by)
{
	const SydraQuery *query = builder->query;
	SydraPlanLimit *limit;

	if (query->limit_by == NIL)
	{
		if (query->limit < 0 && query->offset == 0)
			return input;
		return build_limit(input, query->limit, query->offset);
	}
	limit = (SydraPlanLimit *) build_limit(input, query->limit, 0);
	limit->by_count = list_length(query->limit_by);
	limit->by = unconstify(int *, by);
	limit->plan.rows = input->rows;
	if (query->offset == 0)
		return &limit->plan;
	return build_limit(&limit->plan, -1, query->offset);
}

static SydraPlan *
drop_hidden(const SydraQuery *query, SydraPlan *input)
{
	SydraPlanProject *project;

	if (input->column_count == query->column_count)
		return input;
	project = sydra_plan_build_node(sizeof(SydraPlanProject), SYDRA_PLAN_PROJECT, input);
	for (int i = 0; i < query->column_count; i++)
		project->expressions = lappend(project->expressions,
									   sydra_plan_build_reference(&query->columns[i], i));
	project->plan.column_count = query->column_count;
	project->plan.columns = query->columns;
	return &project->plan;
}

static SydraPlan *
build_output(const SydraQuery *query, SydraPlan *input)
{
	Builder		builder = {.query = query};
	SydraPlanSort *sort;
	SydraPlan  *plan;
	int		   *by = palloc(sizeof(int) * Max(list_length(query->limit_by), 1));
	ListCell   *cell;

	if (query->windows != NIL)
		input = build_windows(&builder, input);
	foreach(cell, query->items)
		builder.expressions = lappend(builder.expressions, lift(&builder, lfirst(cell)));
	for (int i = 0; i < query->column_count; i++)
		builder.columns = lappend(builder.columns, &query->columns[i]);
	sort = build_sort(&builder, input);
	foreach(cell, query->limit_by)
	{
		SydraTerm  *term = lift(&builder, lfirst(cell));

		by[foreach_current_index(cell)] = place_term(&builder, term,
													 sydra_explain_term(term, input->columns));
	}
	plan = build_project(&builder, input);
	if (sort->key_count > 0)
	{
		sort->plan.input = plan;
		sort->plan.column_count = plan->column_count;
		sort->plan.columns = plan->columns;
		sort->plan.rows = plan->rows;
		plan = &sort->plan;
	}
	return drop_hidden(query, build_limits(&builder, plan, by));
}

SydraPlan *
sydra_plan_build_rows(const SydraQuery *query)
{
	SydraPlan  *plan = build_source(query);
	ListCell   *cell;

	foreach(cell, query->conditions)
	{
		const SydraCondition *condition = lfirst(cell);

		plan = sydra_plan_build_filter(plan, condition->term, condition->origin);
	}
	return plan;
}

SydraPlan *
sydra_plan_build(const SydraQuery *query)
{
	SydraQuery	joined = *query;
	SydraPlan  *plan = NULL;

	if (query->joins == NIL)
		plan = sydra_plan_build_rows(query);
	else if (!sydra_query_joins_buckets(query))
	{
		plan = sydra_plan_join_rows(&joined);
		query = &joined;
	}
	if (query->grouped)
		plan = build_groups(query, plan);
	return build_output(query, plan);
}
