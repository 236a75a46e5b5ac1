/*
 * explain.c
 *	  A plan as text: an operator a line, the topmost first, what it does beneath it.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/float.h"

#include "base/duration.h"
#include "lang/timestamp.h"
#include "plan/explain.h"

/*
 * Expressions.
 */

static void print_term(StringInfo out, const SydraTerm *term, const SydraPlanColumn *columns);

static void
print_text(StringInfo out, SydraBytes text)
{
	appendStringInfoChar(out, '\'');
	for (int i = 0; i < text.length; i++)
	{
		if (text.data[i] == '\'')
			appendStringInfoChar(out, '\'');
		appendStringInfoChar(out, text.data[i]);
	}
	appendStringInfoChar(out, '\'');
}

static void
print_time(StringInfo out, int64 time)
{
	char		buffer[SYDRA_TIMESTAMP_SIZE];

	if (time == PG_INT64_MIN || time == PG_INT64_MAX)
	{
		appendStringInfoString(out, time == PG_INT64_MIN ? "-infinity" : "infinity");
		return;
	}
	sydra_timestamp_print(time, false, buffer);
	appendStringInfoString(out, buffer);
}

static void
print_value(StringInfo out, SydraKind kind, const SydraValue *value)
{
	char		buffer[SYDRA_DURATION_SIZE];

	if (value->isnull)
	{
		appendStringInfoString(out, "null");
		return;
	}
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			appendStringInfoString(out, value->boolean ? "true" : "false");
			return;
		case SYDRA_KIND_INT:
			appendStringInfo(out, INT64_FORMAT, value->integer);
			return;
		case SYDRA_KIND_FLOAT:
			appendStringInfoString(out, float8out_internal(value->real));
			return;
		case SYDRA_KIND_TEXT:
			print_text(out, value->bytes);
			return;
		case SYDRA_KIND_TIME:
			print_time(out, value->integer);
			return;
		case SYDRA_KIND_DURATION:
			sydra_duration_print((SydraDuration) {value->integer, value->months}, buffer);
			appendStringInfoString(out, buffer);
			return;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "no constant is of kind %d", (int) kind);
}

static void
print_list(StringInfo out, List *terms, int first, const char *between,
		   const SydraPlanColumn *columns)
{
	for (int i = first; i < list_length(terms); i++)
	{
		if (i > first)
			appendStringInfoString(out, between);
		print_term(out, list_nth(terms, i), columns);
	}
}

/* Operators stand between their operands, in parentheses. */
static void
print_infix(StringInfo out, const SydraTerm *term, const char *name,
			const SydraPlanColumn *columns)
{
	appendStringInfoChar(out, '(');
	print_list(out, term->arguments, 0, psprintf(" %s ", name), columns);
	appendStringInfoChar(out, ')');
}

static bool
is_infix(const char *name)
{
	static const char *const names[] = {
		"+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "and", "or", "like"
	};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A tag reads as '' where it is missing: that goes without saying in a comparison. */
static bool
is_compared_tag(const SydraTerm *term, const char *name)
{
	const SydraTerm *empty = list_length(term->arguments) == 2 ? lsecond(term->arguments) : NULL;

	return strcmp(name, "coalesce") == 0 && empty != NULL && empty->type == SYDRA_TERM_CONST &&
		empty->kind == SYDRA_KIND_TEXT && !empty->value.isnull && empty->value.bytes.length == 0;
}

static void
print_match(StringInfo out, const SydraTerm *term, const SydraPlanColumn *columns)
{
	const SydraTerm *pattern = lsecond(term->arguments);

	appendStringInfoChar(out, '(');
	print_term(out, linitial(term->arguments), columns);
	appendStringInfoString(out, " =~ ");
	if (pattern->type == SYDRA_TERM_CONST && !pattern->value.isnull)
		appendStringInfo(out, "/%.*s/", pattern->value.bytes.length, pattern->value.bytes.data);
	else
		print_term(out, pattern, columns);
	if (list_length(term->arguments) > 2)
	{
		const SydraTerm *flags = lthird(term->arguments);

		appendBinaryStringInfo(out, flags->value.bytes.data, flags->value.bytes.length);
	}
	appendStringInfoChar(out, ')');
}

static void
print_call(StringInfo out, const SydraTerm *term, const SydraPlanColumn *columns)
{
	const char *name = sydra_function_name(term->function);

	if (is_infix(name))
		print_infix(out, term, name, columns);
	else if (is_compared_tag(term, name) || strcmp(name, "to_float") == 0 ||
			 strcmp(name, "to_text") == 0)
		print_term(out, linitial(term->arguments), columns);
	else if (strcmp(name, "=~") == 0)
		print_match(out, term, columns);
	else if (strcmp(name, "neg") == 0 || strcmp(name, "not") == 0)
	{
		appendStringInfoString(out, name[1] == 'e' ? "-" : "not ");
		print_term(out, linitial(term->arguments), columns);
	}
	else if (strcmp(name, "is null") == 0)
	{
		print_term(out, linitial(term->arguments), columns);
		appendStringInfoString(out, " is null");
	}
	else if (strcmp(name, "in") == 0)
	{
		print_term(out, linitial(term->arguments), columns);
		appendStringInfoString(out, " in (");
		print_list(out, term->arguments, 1, ", ", columns);
		appendStringInfoChar(out, ')');
	}
	else
	{
		appendStringInfo(out, "%s(", name);
		print_list(out, term->arguments, 0, ", ", columns);
		appendStringInfoChar(out, ')');
	}
}

static void
print_term(StringInfo out, const SydraTerm *term, const SydraPlanColumn *columns)
{
	check_stack_depth();
	switch (term->type)
	{
		case SYDRA_TERM_CONST:
			print_value(out, term->kind, &term->value);
			return;
		case SYDRA_TERM_COLUMN:
			appendStringInfoString(out, columns[term->column].name);
			return;
		case SYDRA_TERM_CALL:
			print_call(out, term, columns);
			return;
	}
	elog(ERROR, "unknown term %d", (int) term->type);
}

char *
sydra_explain_term(const SydraTerm *term, const SydraPlanColumn *columns)
{
	StringInfoData out;

	initStringInfo(&out);
	print_term(&out, term, columns);
	return out.data;
}

/*
 * Operators.
 */

static void
begin_line(StringInfo out, int depth)
{
	if (out->len > 0)
		appendStringInfoChar(out, '\n');
	appendStringInfoSpaces(out, depth * 2);
}

static void
print_detail(StringInfo out, int depth, const char *label, const char *text)
{
	begin_line(out, depth + 2);
	appendStringInfo(out, "%s: %s", label, text);
}

static const char *
join_names(const SydraPlan *plan)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < plan->column_count; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "", plan->columns[i].name);
	return plan->column_count > 0 ? out.data : "none";
}

static const char *
join_terms(List *terms, const SydraPlanColumn *columns)
{
	StringInfoData out;

	initStringInfo(&out);
	print_list(&out, terms, 0, ", ", columns);
	return out.data;
}

/* A bound that is none is not told. */
static void
print_range(StringInfo out, int depth, SydraTimeRange range)
{
	if (range.min == PG_INT64_MIN && range.max == PG_INT64_MAX)
		return;
	begin_line(out, depth + 2);
	appendStringInfoString(out, "Time:");
	if (range.min >= range.max)
	{
		appendStringInfoString(out, " none");
		return;
	}
	if (range.min != PG_INT64_MIN)
	{
		appendStringInfoString(out, " from ");
		print_time(out, range.min);
	}
	if (range.max != PG_INT64_MAX)
	{
		appendStringInfoString(out, " before ");
		print_time(out, range.max);
	}
}

static void
print_scan(StringInfo out, int depth, const SydraPlanScan *scan)
{
	ListCell   *cell;

	appendStringInfo(out, "Scan on %s", scan->metric);
	print_range(out, depth, scan->range);
	if (scan->reader != NULL)
		print_detail(out, depth, scan->table->plain ? "Table" : "Row security",
					 "rows from PostgreSQL's executor");
	foreach(cell, scan->predicates)
		print_detail(out, depth, "Pushed down", lfirst(cell));
	if (scan->firsts || scan->lasts)
		print_detail(out, depth, "Reads", !scan->lasts ? "the first rows of each series" :
					 !scan->firsts ? "the last rows of each series" :
					 "the first and last rows of each series");
	else if (scan->time_order != 0)
		print_detail(out, depth, "Reads", scan->time_order > 0 ?
					 "forwards, until the limit is met" : "backwards, until the limit is met");
	print_detail(out, depth, "Columns", join_names(&scan->plan));
}

static void
print_filter(StringInfo out, int depth, const SydraPlanFilter *filter)
{
	appendStringInfoString(out, "Filter");
	print_detail(out, depth, "Condition",
				 psprintf("%s from %s",
						  sydra_explain_term(filter->condition, filter->plan.input->columns),
						  filter->origin));
}

static void
print_aggregate_call(StringInfo out, const SydraAggregateCall *call,
					 const SydraPlanColumn *columns)
{
	int			visible = list_length(call->arguments);

	/* The hidden arguments are the order of rows. */
	if (sydra_function_needs_order(call->function))
		visible -= 3;
	appendStringInfo(out, "%s(%s", sydra_function_name(call->function),
					 call->distinct ? "distinct " : "");
	if (visible == 0 && strcmp(sydra_function_name(call->function), "count") == 0)
		appendStringInfoChar(out, '*');
	print_list(out, list_truncate(list_copy(call->arguments), visible), 0, ", ", columns);
	appendStringInfoChar(out, ')');
	if (call->filter)
		appendStringInfo(out, " filter (where %s)", sydra_explain_term(call->filter, columns));
}

static void
print_aggregate(StringInfo out, int depth, const SydraPlanAggregate *aggregate)
{
	const SydraPlanColumn *columns = aggregate->plan.input->columns;
	StringInfoData calls;
	ListCell   *cell;

	appendStringInfoString(out, "Aggregate");
	if (aggregate->keys != NIL)
		print_detail(out, depth, "Keys", join_terms(aggregate->keys, columns));
	if (aggregate->calls == NIL)
		return;
	initStringInfo(&calls);
	foreach(cell, aggregate->calls)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(&calls, ", ");
		print_aggregate_call(&calls, lfirst(cell), columns);
	}
	print_detail(out, depth, "Aggregates", calls.data);
}

static void
print_fill(StringInfo out, int depth, const SydraPlanFill *fill)
{
	static const char *const policies[] = {"none", "null", "previous", "linear"};
	char		buffer[SYDRA_DURATION_SIZE];

	appendStringInfoString(out, "Fill");
	begin_line(out, depth + 2);
	appendStringInfoString(out, "Policy: ");
	if (fill->policy == SYDRA_FILL_CONSTANT)
		print_value(out, fill->constant_kind, &fill->constant);
	else
		appendStringInfoString(out, policies[fill->policy]);
	if (fill->within_us > 0)
	{
		sydra_duration_print((SydraDuration) {fill->within_us, 0}, buffer);
		appendStringInfo(out, " within %s", buffer);
	}
	begin_line(out, depth + 2);
	appendStringInfoString(out, "Buckets: from ");
	print_time(out, fill->range.min);
	appendStringInfoString(out, " before ");
	print_time(out, fill->range.max);
	if (fill->having)
		print_detail(out, depth, "Condition",
					 psprintf("%s from HAVING",
							  sydra_explain_term(fill->having, fill->plan.input->columns)));
}

static void
print_window(StringInfo out, int depth, const SydraPlanWindow *window)
{
	const SydraPlanColumn *columns = window->plan.input->columns;
	StringInfoData calls;
	StringInfoData partition;
	ListCell   *cell;

	initStringInfo(&calls);
	initStringInfo(&partition);
	foreach(cell, window->calls)
	{
		const SydraWindowCall *call = lfirst(cell);

		appendStringInfo(&calls, "%s%s(%s)", foreach_current_index(cell) > 0 ? ", " : "",
						 sydra_function_name(call->function), join_terms(call->arguments, columns));
	}
	for (int i = 0; i < window->partition_count; i++)
		appendStringInfo(&partition, "%s%s", i > 0 ? ", " : "",
						 columns[window->partition[i]].name);
	appendStringInfoString(out, "Window");
	print_detail(out, depth, "Calls", calls.data);
	if (window->partition_count > 0)
		print_detail(out, depth, "For each", partition.data);
	print_detail(out, depth, "Along", columns[window->time].name);
}

static void
print_join(StringInfo out, int depth, const SydraPlanJoin *join)
{
	static const char *const matches[] = {"exact", "previous", "nearest"};
	char		buffer[SYDRA_DURATION_SIZE];
	StringInfoData keys;

	appendStringInfo(out, "Join in time with %s", join->metric);
	begin_line(out, depth + 2);
	appendStringInfo(out, "Match: %s", matches[join->match]);
	if (join->within_us >= 0)
	{
		sydra_duration_print((SydraDuration) {join->within_us, 0}, buffer);
		appendStringInfo(out, " within %s", buffer);
	}
	if (join->shift_us != 0)
	{
		sydra_duration_print((SydraDuration) {join->shift_us, 0}, buffer);
		print_detail(out, depth, "Shift", buffer);
	}
	if (join->key_count == 0)
		return;
	initStringInfo(&keys);
	for (int i = 0; i < join->key_count; i++)
		appendStringInfo(&keys, "%s%s", i > 0 ? ", " : "",
						 join->plan.input->columns[join->left_keys[i]].name);
	print_detail(out, depth, "On", keys.data);
}

static void
print_sort(StringInfo out, int depth, const SydraPlanSort *sort)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < sort->key_count; i++)
	{
		const SydraSortKey *key = &sort->keys[i];

		appendStringInfo(&keys, "%s%s%s", i > 0 ? ", " : "",
						 sort->plan.columns[key->column].name, key->descending ? " desc" : "");
		if (key->nulls_first != key->descending)
			appendStringInfoString(&keys, key->nulls_first ? " nulls first" : " nulls last");
	}
	appendStringInfoString(out, "Sort");
	print_detail(out, depth, "Keys", keys.data);
	if (sort->unless_one)
		print_detail(out, depth, "Left out", "of a single series");
	if (sort->limit >= 0)
		print_detail(out, depth, "Rows kept", psprintf(INT64_FORMAT, sort->limit));
}

static void
print_limit(StringInfo out, int depth, const SydraPlanLimit *limit)
{
	appendStringInfoString(out, "Limit");
	if (limit->limit >= 0)
		print_detail(out, depth, "Rows", psprintf(INT64_FORMAT, limit->limit));
	for (int i = 0; i < limit->by_count; i++)
		print_detail(out, depth, "For each", limit->plan.columns[limit->by[i]].name);
	if (limit->offset > 0)
		print_detail(out, depth, "Skipped", psprintf(INT64_FORMAT, limit->offset));
}

static void
print_operator(StringInfo out, int depth, const SydraPlan *plan)
{
	switch (plan->type)
	{
		case SYDRA_PLAN_VALUES:
			appendStringInfoString(out, "One row");
			return;
		case SYDRA_PLAN_SCAN:
			print_scan(out, depth, (const SydraPlanScan *) plan);
			return;
		case SYDRA_PLAN_NUMBER:
			appendStringInfoString(out, "Number");
			print_detail(out, depth, ((const SydraPlanNumber *) plan)->by_keys ?
						 "Series" : "Rows",
						 plan->columns[((const SydraPlanNumber *) plan)->column].name);
			return;
		case SYDRA_PLAN_FILTER:
			print_filter(out, depth, (const SydraPlanFilter *) plan);
			return;
		case SYDRA_PLAN_PROJECT:
			appendStringInfoString(out, "Project");
			print_detail(out, depth, "Items",
						 join_terms(((const SydraPlanProject *) plan)->expressions,
									plan->input->columns));
			return;
		case SYDRA_PLAN_ORDER:
			appendStringInfoString(out, "Order");
			print_detail(out, depth, "Rows", ((const SydraPlanOrder *) plan)->of_one ?
						 "a single series by time and writing" :
						 "each series by time and writing");
			return;
		case SYDRA_PLAN_AGGREGATE:
			print_aggregate(out, depth, (const SydraPlanAggregate *) plan);
			return;
		case SYDRA_PLAN_FILL:
			print_fill(out, depth, (const SydraPlanFill *) plan);
			return;
		case SYDRA_PLAN_WINDOW:
			print_window(out, depth, (const SydraPlanWindow *) plan);
			return;
		case SYDRA_PLAN_JOIN:
			print_join(out, depth, (const SydraPlanJoin *) plan);
			return;
		case SYDRA_PLAN_SORT:
			print_sort(out, depth, (const SydraPlanSort *) plan);
			return;
		case SYDRA_PLAN_LIMIT:
			print_limit(out, depth, (const SydraPlanLimit *) plan);
			return;
	}
	elog(ERROR, "unknown plan node %d", (int) plan->type);
}

static void
print_plan(StringInfo out, int depth, const SydraPlan *plan)
{
	ListCell   *cell;

	check_stack_depth();
	begin_line(out, depth);
	if (depth > 0)
		appendStringInfoString(out, "-> ");
	print_operator(out, depth, plan);
	foreach(cell, plan->rules)
		print_detail(out, depth, "Rule", lfirst(cell));
	if (plan->input != NULL)
		print_plan(out, depth + 1, plan->input);
	if (plan->second != NULL)
		print_plan(out, depth + 1, plan->second);
}

char *
sydra_explain_text(const SydraPlan *plan)
{
	StringInfoData out;

	initStringInfo(&out);
	print_plan(&out, 0, plan);
	return out.data;
}

char *
sydra_explain_deletion(const SydraPlan *rows, const char *metric)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "Delete from %s", metric);
	print_plan(&out, 1, rows);
	return out.data;
}

char *
sydra_explain_insertion(const SydraInsertion *insertion)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "Insert into %s", insertion->metric);
	print_detail(&out, 0, "Rows", psprintf("%d", insertion->row_count));
	if (!OidIsValid(insertion->relid))
		print_detail(&out, 0, "Metric", "made as a native one");
	return out.data;
}
