/*
 * plan_join.c
 *	  JOIN TIME as nodes.
 *
 *		Scan > Filter ... > Order > Project > Sort \
 *		                                            Join > Filter ...
 *		Scan > Filter ... > Order > Project > Sort /
 *
 * Of a single series Order gives the rows sorted, and Sort is left out; of more it is Order that is
 * left out.  Which it is turns out when the scan is opened.
 *
 * Above the join a column is the place of its source's first column plus its own among those that
 * somebody looks at.  With buckets an Aggregate stands in each source, and one Project above puts
 * the aggregates of all into the order of the query.
 */
#include "postgres.h"

#include "common/int.h"

#include "analyze/time_range.h"
#include "plan/plan_build.h"
#include "plan/plan_join.h"

/* One side on its way to a join. */
typedef struct Side
{
	SydraPlan  *plan;			/* below its Project */
	List	   *expressions;	/* SydraTerm * */
	List	   *columns;		/* SydraPlanColumn * of these */
	int		   *keys;
	int			time;
	bool		ordered_if_one; /* rows that come sorted when they are of a single series */
} Side;

/* Columns that are the same in both sides of a pair. */
typedef struct Keys
{
	List	   *left;			/* SydraTerm * */
	List	   *right;
	bool		seen;			/* one of them, in a condition */
	bool		others;			/* columns that are none */
} Keys;

/* Where the columns of the sources are among the joined ones. */
typedef struct Layout
{
	bool	  **used;			/* by source, by column */
	int		  **numbers;
} Layout;

/*
 * Rows of one source.
 */

static SydraTerm *
move_time(SydraTerm *column, void *context)
{
	const SydraQueryJoin *join = context;

	return column->column == join->right->time_input ? join->time : column;
}

static int64
minus(int64 time, int64 us)
{
	int64		result;

	if (time == PG_INT64_MIN || time == PG_INT64_MAX)
		return time;
	if (pg_sub_s64_overflow(time, us, &result))
		return us > 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return result;
}

/* What of the right can meet a left row; as it is stored, so before the shift. */
static SydraTimeRange
right_range(const SydraQuery *query, const SydraQueryJoin *join)
{
	SydraTimeRange range = query->range;
	int64		within = Max(join->within_us, 0);

	if (join->match != SYDRA_MATCH_EXACT)
		range.min = minus(range.min, within);
	if (join->match == SYDRA_MATCH_NEAREST)
		range.max = join->within_us < 0 ? PG_INT64_MAX : minus(range.max, -within);
	range.min = minus(range.min, join->shift_us);
	range.max = minus(range.max, join->shift_us);
	return range;
}

/* The key of the right in place of the left's; what is no key is noted. */
static SydraTerm *
take_key(SydraTerm *column, void *context)
{
	Keys	   *keys = context;
	ListCell   *left;
	ListCell   *right;

	keys->seen = true;
	forboth(left, keys->left, right, keys->right)
		if (sydra_term_equal(lfirst(left), column))
			return lfirst(right);
	keys->others = true;
	return column;
}

/*
 * The right's own conditions; and those of the left on keys alone: right rows for which they are not
 * true match none that is left.
 */
static SydraPlan *
build_right_rows(const SydraQuery *query, const SydraQueryJoin *join, List *left_keys,
				 List *right_keys)
{
	SydraQuery	right = *join->right;
	SydraPlan  *rows;
	SydraPlan  *bottom;
	ListCell   *cell;

	right.conditions = NIL;
	foreach(cell, join->right->conditions)
	{
		const SydraCondition *condition = lfirst(cell);

		sydra_query_add_condition(&right.conditions,
								  sydra_term_map(condition->term, move_time,
												 unconstify(SydraQueryJoin *, join)),
								  condition->origin);
	}
	foreach(cell, query->conditions)
	{
		const SydraCondition *condition = lfirst(cell);
		Keys		keys = {.left = left_keys,.right = right_keys};
		SydraTerm  *term = sydra_term_map(condition->term, take_key, &keys);

		if (keys.seen && !keys.others)
			sydra_query_add_condition(&right.conditions, term, condition->origin);
	}
	rows = sydra_plan_build_rows(&right);
	/* A subquery says itself which rows there are. */
	if (right.subquery != NULL)
		return rows;
	for (bottom = rows; bottom->input != NULL; bottom = bottom->input)
		continue;
	((SydraPlanScan *) bottom)->range = right_range(query, join);
	return rows;
}

/*
 * Nodes.
 */

/* Of a scan, rows that are sorted already when they are of one series. */
static void
order_one(Side *side, const SydraQuery *source, SydraPlan *rows)
{
	SydraPlanOrder *order;

	side->plan = rows;
	if (source->subquery != NULL)
		return;
	order = sydra_plan_build_order(source, rows);
	order->of_one = true;
	side->plan = &order->plan;
	side->ordered_if_one = true;
}

static int
place_term(Side *side, SydraTerm *term, const char *name)
{
	ListCell   *cell;

	foreach(cell, side->expressions)
		if (sydra_term_equal(lfirst(cell), term))
			return foreach_current_index(cell);
	side->expressions = lappend(side->expressions, term);
	side->columns = lappend(side->columns, sydra_plan_build_column(name, term->kind, term->typid));
	return list_length(side->expressions) - 1;
}

static int
place_column(Side *side, int column)
{
	const SydraPlanColumn *below = &side->plan->columns[column];

	return place_term(side, sydra_plan_build_reference(below, column), below->name);
}

static void
place_keys(Side *side, List *keys)
{
	ListCell   *cell;

	side->keys = palloc(sizeof(int) * Max(list_length(keys), 1));
	foreach(cell, keys)
	{
		SydraTerm  *key = lfirst(cell);

		side->keys[foreach_current_index(cell)] =
			place_term(side, key, side->plan->columns[key->column].name);
	}
}

static SydraPlan *
project(Side *side)
{
	SydraPlanProject *node = sydra_plan_build_node(sizeof(SydraPlanProject), SYDRA_PLAN_PROJECT,
												   side->plan);

	node->expressions = side->expressions;
	sydra_plan_build_columns(&node->plan, side->columns);
	return &node->plan;
}

static SydraPlanSort *
sort_side(SydraPlan *input, const int *keys, int key_count, int time)
{
	SydraPlanSort *sort = sydra_plan_build_node(sizeof(SydraPlanSort), SYDRA_PLAN_SORT, input);

	sort->limit = -1;
	sort->keys = palloc(sizeof(SydraSortKey) * (key_count + 3));
	for (int i = 0; i < key_count; i++)
		sydra_plan_build_sort_key(sort, keys[i], false, false);
	sydra_plan_build_sort_key(sort, time, false, false);
	return sort;
}

static SydraPlan *
build_join(const SydraQueryJoin *join, SydraPlan *left, const Side *left_side, SydraPlanSort *right,
		   const Side *right_side, int key_count, int right_count)
{
	SydraPlanSort *sort = sort_side(left, left_side->keys, key_count, left_side->time);
	SydraPlanJoin *node = sydra_plan_build_node(sizeof(SydraPlanJoin), SYDRA_PLAN_JOIN,
												&sort->plan);
	List	   *columns = NIL;

	sort->unless_one = left_side->ordered_if_one;
	node->plan.second = &right->plan;
	node->metric = join->right->metric;
	node->match = join->match;
	node->within_us = join->within_us;
	node->shift_us = join->shift_us;
	node->key_count = key_count;
	node->left_keys = left_side->keys;
	node->right_keys = right_side->keys;
	node->left_time = left_side->time;
	node->right_time = right_side->time;
	node->right_count = right_count;
	for (int i = 0; i < left->column_count; i++)
		columns = lappend(columns, &left->columns[i]);
	for (int i = 0; i < right_count; i++)
		columns = lappend(columns, &right->plan.columns[i]);
	sydra_plan_build_columns(&node->plan, columns);
	return &node->plan;
}

/*
 * Rows, joined first and grouped after.
 */

static SydraTerm *
mark_column(SydraTerm *column, void *context)
{
	Layout	   *layout = context;

	if (column->column < SYDRA_WINDOW_COLUMN)
		layout->used[column->column / SYDRA_SOURCE_COLUMN][column->column % SYDRA_SOURCE_COLUMN] =
			true;
	return column;
}

static SydraTerm *
number_column(SydraTerm *column, void *context)
{
	const Layout *layout = context;
	SydraTerm  *copy;

	if (column->column >= SYDRA_WINDOW_COLUMN)
		return column;
	copy = palloc(sizeof(SydraTerm));
	*copy = *column;
	copy->column = layout->numbers[column->column / SYDRA_SOURCE_COLUMN]
		[column->column % SYDRA_SOURCE_COLUMN];
	return copy;
}

static List *
map_calls(List *calls, SydraTermMap map, void *context)
{
	List	   *mapped = NIL;
	ListCell   *cell;

	foreach(cell, calls)
	{
		SydraAggregateCall *call = palloc(sizeof(SydraAggregateCall));

		*call = *(const SydraAggregateCall *) lfirst(cell);
		call->arguments = sydra_term_map_list(call->arguments, map, context);
		if (call->filter != NULL)
			call->filter = sydra_term_map(call->filter, map, context);
		mapped = lappend(mapped, call);
	}
	return mapped;
}

/* Nodes that hold one term are copied. */
#define MAP_HOLDERS(list, type) \
	do { \
		List	   *mapped_ = NIL; \
		ListCell   *cell_; \
	\
		foreach(cell_, list) \
		{ \
			type	   *copy_ = palloc(sizeof(type)); \
	\
			*copy_ = *(const type *) lfirst(cell_); \
			copy_->term = sydra_term_map(copy_->term, map, context); \
			mapped_ = lappend(mapped_, copy_); \
		} \
		(list) = mapped_; \
	} while (0)

/* Every term of the query that stands above the join. */
static void
map_query(SydraQuery *query, SydraTermMap map, void *context)
{
	List	   *windows = NIL;
	ListCell   *cell;

	MAP_HOLDERS(query->joined_conditions, SydraCondition);
	query->keys = sydra_term_map_list(query->keys, map, context);
	query->calls = map_calls(query->calls, map, context);
	if (query->grouped)
		return;
	query->items = sydra_term_map_list(query->items, map, context);
	query->limit_by = sydra_term_map_list(query->limit_by, map, context);
	MAP_HOLDERS(query->orders, SydraOrdering);
	foreach(cell, query->windows)
	{
		SydraWindowCall *window = palloc(sizeof(SydraWindowCall));

		*window = *(const SydraWindowCall *) lfirst(cell);
		window->arguments = sydra_term_map_list(window->arguments, map, context);
		windows = lappend(windows, window);
	}
	query->windows = windows;
}

static void
open_layout(Layout *layout, const SydraQuery *query)
{
	int			sources = list_length(query->joins) + 1;

	layout->used = palloc(sizeof(bool *) * sources);
	layout->numbers = palloc(sizeof(int *) * sources);
	for (int i = 0; i < sources; i++)
	{
		int			columns = Max(list_length(sydra_query_source(query, i)->inputs), 1);

		layout->used[i] = palloc0(sizeof(bool) * columns);
		layout->numbers[i] = palloc0(sizeof(int) * columns);
	}
}

static void
mark_left(Layout *layout, const SydraQuery *query)
{
	ListCell   *cell;

	layout->used[0][query->time_input] = true;
	if (query->rank_input >= 0)
		layout->used[0][query->rank_input] = true;
	if (query->write_input >= 0)
		layout->used[0][query->write_input] = true;
	foreach(cell, query->joins)
		sydra_term_map_list(((const SydraQueryJoin *) lfirst(cell))->left_keys, mark_column, layout);
}

static void
place_used(Side *side, const SydraQuery *source, const Layout *layout, int place, int base,
		   SydraTerm *time)
{
	for (int i = 0; i < list_length(source->inputs); i++)
	{
		const SydraPlanColumn *input = list_nth(source->inputs, i);
		SydraTerm  *term = i == source->time_input && time ? time :
			sydra_plan_build_reference(input, i);

		if (layout->used[place][i])
			layout->numbers[place][i] =
				base + place_term(side, term, psprintf("%s.%s", source->name, input->name));
	}
}

static SydraPlanSort *
sort_right(Side *side, const SydraQueryJoin *join)
{
	const SydraQuery *right = join->right;
	SydraPlanSort *sort;
	int			rank;
	int			written;

	place_keys(side, join->right_keys);
	side->time = place_term(side, join->time, "time");
	rank = place_column(side, right->rank_input);
	written = place_column(side, right->write_input);
	sort = sort_side(project(side), side->keys, list_length(join->right_keys), side->time);
	/* Of one time the last is seen: of the first series, the row that was written last. */
	sydra_plan_build_sort_key(sort, rank, true, false);
	sydra_plan_build_sort_key(sort, written, false, false);
	sort->unless_one = side->ordered_if_one;
	return sort;
}

static SydraPlan *
join_right(const SydraQuery *query, int place, SydraPlan *left, Layout *layout)
{
	const SydraQueryJoin *join = list_nth(query->joins, place - 1);
	Side		left_side = {
		.time = layout->numbers[0][query->time_input],
		.ordered_if_one = query->subquery == NULL
	};
	Side		right_side = {0};
	int			right_count;
	SydraPlanSort *sort;
	ListCell   *cell;

	order_one(&right_side, join->right, build_right_rows(query, join, join->left_keys,
														 join->right_keys));
	left_side.keys = palloc(sizeof(int) * Max(list_length(join->left_keys), 1));
	foreach(cell, join->left_keys)
		left_side.keys[foreach_current_index(cell)] =
			layout->numbers[0][((const SydraTerm *) lfirst(cell))->column];
	place_used(&right_side, join->right, layout, place, left->column_count, join->time);
	right_count = list_length(right_side.expressions);
	sort = sort_right(&right_side, join);
	return build_join(join, left, &left_side, sort, &right_side, list_length(join->left_keys),
					  right_count);
}

static int
number_of(const Layout *layout, int input)
{
	return input < 0 ? input : layout->numbers[0][input];
}

SydraPlan *
sydra_plan_join_rows(SydraQuery *query)
{
	Layout		layout;
	Side		left = {0};
	SydraPlan  *plan;
	ListCell   *cell;

	order_one(&left, query, sydra_plan_build_rows(query));
	open_layout(&layout, query);
	mark_left(&layout, query);
	map_query(query, mark_column, &layout);
	place_used(&left, query, &layout, 0, 0, NULL);
	plan = project(&left);
	for (int place = 1; place <= list_length(query->joins); place++)
		plan = join_right(query, place, plan, &layout);
	map_query(query, number_column, &layout);
	query->time_input = number_of(&layout, query->time_input);
	query->rank_input = number_of(&layout, query->rank_input);
	query->write_input = number_of(&layout, query->write_input);
	foreach(cell, query->joined_conditions)
	{
		const SydraCondition *condition = lfirst(cell);

		plan = sydra_plan_build_filter(plan, condition->term, condition->origin);
	}
	return plan;
}

/*
 * Groups of buckets, joined.
 */

static SydraTerm *
take_right(SydraTerm *column, void *context)
{
	SydraTerm  *copy = palloc(sizeof(SydraTerm));

	*copy = *column;
	copy->column %= SYDRA_SOURCE_COLUMN;
	return move_time(copy, context);
}

/* The left's time is the right's in the key that is the bucket. */
static SydraTerm *
take_bucket(SydraTerm *column, void *context)
{
	return ((const SydraQueryJoin *) context)->time;
}

static void
take_calls(SydraQuery *source, const SydraQuery *query, int place)
{
	ListCell   *cell;

	source->calls = NIL;
	source->call_names = NIL;
	foreach(cell, query->calls)
	{
		if (((const SydraAggregateCall *) lfirst(cell))->source != place)
			continue;
		source->calls = lappend(source->calls, lfirst(cell));
		source->call_names = lappend(source->call_names,
									 list_nth(query->call_names, foreach_current_index(cell)));
	}
}

/* A source's keys, its bucket left out; and the bucket as its time. */
static void
place_groups(Side *side, const SydraQuery *query)
{
	int			count = 0;

	side->keys = palloc(sizeof(int) * list_length(query->keys));
	for (int key = 0; key < list_length(query->keys); key++)
	{
		int			place = place_column(side, key);

		if (key == query->bucket_key)
			side->time = place;
		else
			side->keys[count++] = place;
	}
}

static SydraPlan *
join_right_groups(const SydraQuery *query, SydraQueryJoin *join, int place, SydraPlan *left,
				  const Side *left_side)
{
	SydraQuery	right = *join->right;
	Side		side = {0};
	int			other = 0;
	int			key_count = list_length(query->keys);

	take_calls(&right, query, place);
	right.calls = map_calls(right.calls, take_right, join);
	right.bucket_key = query->bucket_key;
	right.key_names = query->key_names;
	for (int key = 0; key < key_count; key++)
		right.keys = lappend(right.keys, key != query->bucket_key ? list_nth(join->groups, other++) :
							 sydra_term_map(list_nth(query->keys, key), take_bucket, join));
	side.plan = sydra_plan_build_aggregate(&right, build_right_rows(query, join, query->keys,
																  right.keys));
	for (int i = key_count; i < side.plan->column_count; i++)
		place_column(&side, i);
	place_groups(&side, query);
	return build_join(join, left, left_side,
					  sort_side(project(&side), side.keys, key_count - 1, side.time), &side,
					  key_count - 1, list_length(right.calls));
}

/* The keys, then the calls of all sources as the query has them. */
static SydraPlan *
put_in_order(const SydraQuery *query, SydraPlan *plan)
{
	int			sources = list_length(query->joins) + 1;
	int		   *next = palloc(sizeof(int) * sources);
	Side		side = {.plan = plan};
	int			column = list_length(query->keys);
	ListCell   *cell;

	for (int place = 0; place < sources; place++)
	{
		next[place] = column;
		foreach(cell, query->calls)
			column += ((const SydraAggregateCall *) lfirst(cell))->source == place;
	}
	for (int key = 0; key < list_length(query->keys); key++)
		place_column(&side, key);
	foreach(cell, query->calls)
		place_column(&side, next[((const SydraAggregateCall *) lfirst(cell))->source]++);
	return project(&side);
}

SydraPlan *
sydra_plan_join_groups(const SydraQuery *query)
{
	SydraQuery	left = *query;
	Side		side = {0};
	SydraPlan  *plan;

	take_calls(&left, query, 0);
	side.plan = plan = sydra_plan_build_aggregate(&left, sydra_plan_build_rows(query));
	place_groups(&side, query);
	for (int place = 1; place <= list_length(query->joins); place++)
		plan = join_right_groups(query, list_nth(query->joins, place - 1), place, plan, &side);
	return put_in_order(query, plan);
}
