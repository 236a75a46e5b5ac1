/*
 * explain.c
 *	  What EXPLAIN tells of a plan: its operators, the topmost first, and what each does.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/float.h"

#include "base/duration.h"
#include "lang/timestamp.h"
#include "plan/explain.h"
#include "plan/explain_writer.h"

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

static List *
name_columns(const SydraPlan *plan)
{
	List	   *names = NIL;

	for (int i = 0; i < plan->column_count; i++)
		names = lappend(names, unconstify(char *, plan->columns[i].name));
	return names;
}

static List *
write_terms(List *terms, const SydraPlanColumn *columns)
{
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, terms)
		texts = lappend(texts, sydra_explain_term(lfirst(cell), columns));
	return texts;
}

static char *
write_time(int64 time)
{
	StringInfoData out;

	initStringInfo(&out);
	print_time(&out, time);
	return out.data;
}

static char *
write_duration(int64 us)
{
	char		buffer[SYDRA_DURATION_SIZE];

	sydra_duration_print((SydraDuration) {us, 0}, buffer);
	return pstrdup(buffer);
}

/* A bound that is none is not told. */
static void
print_range(SydraExplainWriter *writer, const char *label, SydraTimeRange range)
{
	bool		empty = range.min >= range.max;

	if (range.min == PG_INT64_MIN && range.max == PG_INT64_MAX)
		return;
	if (writer->json)
	{
		sydra_explain_writer_object(writer, label);
		if (range.min != PG_INT64_MIN)
			sydra_explain_writer_text(writer, "from", write_time(range.min));
		if (range.max != PG_INT64_MAX)
			sydra_explain_writer_text(writer, "before", write_time(range.max));
		sydra_explain_writer_object_end(writer);
		return;
	}
	sydra_explain_writer_line(writer, label);
	if (empty)
		appendStringInfoString(&writer->out, "none");
	else if (range.min != PG_INT64_MIN)
		appendStringInfo(&writer->out, "from %s", write_time(range.min));
	if (!empty && range.max != PG_INT64_MAX)
		appendStringInfo(&writer->out, "%sbefore %s", range.min != PG_INT64_MIN ? " " : "",
						 write_time(range.max));
}

static void
print_scan(SydraExplainWriter *writer, const SydraPlanScan *scan)
{
	sydra_explain_writer_operator(writer, "Scan");
	sydra_explain_writer_subject(writer, "on", "metric", scan->metric);
	print_range(writer, "Time", scan->range);
	if (scan->reader != NULL)
		sydra_explain_writer_text(writer, scan->table->plain ? "Table" :
								  scan->table->has_virtual ? "Virtual columns" : "Row security",
								  "rows from PostgreSQL's executor");
	sydra_explain_writer_predicates(writer, "Pushed down", scan->predicates);
	if (scan->firsts || scan->lasts)
		sydra_explain_writer_text(writer, "Reads",
								  !scan->lasts ? "the first rows of each series" :
								  !scan->firsts ? "the last rows of each series" :
								  "the first and last rows of each series");
	else if (scan->time_order != 0)
		sydra_explain_writer_text(writer, "Reads", scan->time_order > 0 ?
								  "forwards, until the limit is met" :
								  "backwards, until the limit is met");
	sydra_explain_writer_list(writer, "Columns", name_columns(&scan->plan));
}

static void
print_condition(SydraExplainWriter *writer, const SydraTerm *condition, const char *origin,
				const SydraPlanColumn *columns)
{
	SydraPlanPredicate predicate = {
		.condition = sydra_explain_term(condition, columns),.origin = origin
	};

	sydra_explain_writer_predicates(writer, "Condition", list_make1(&predicate));
}

static char *
write_aggregate_call(const SydraAggregateCall *call, const SydraPlanColumn *columns)
{
	int			visible = list_length(call->arguments);
	StringInfoData out;

	/* The hidden arguments are the order of rows. */
	if (sydra_function_needs_order(call->function))
		visible -= 3;
	initStringInfo(&out);
	appendStringInfo(&out, "%s(%s", sydra_function_name(call->function),
					 call->distinct ? "distinct " : "");
	if (visible == 0 && strcmp(sydra_function_name(call->function), "count") == 0)
		appendStringInfoChar(&out, '*');
	print_list(&out, list_truncate(list_copy(call->arguments), visible), 0, ", ", columns);
	appendStringInfoChar(&out, ')');
	if (call->filter)
		appendStringInfo(&out, " filter (where %s)", sydra_explain_term(call->filter, columns));
	return out.data;
}

static void
print_aggregate(SydraExplainWriter *writer, const SydraPlanAggregate *aggregate)
{
	const SydraPlanColumn *columns = aggregate->plan.input->columns;
	List	   *calls = NIL;
	ListCell   *cell;

	sydra_explain_writer_operator(writer, "Aggregate");
	if (aggregate->keys != NIL)
		sydra_explain_writer_list(writer, "Keys", write_terms(aggregate->keys, columns));
	foreach(cell, aggregate->calls)
		calls = lappend(calls, write_aggregate_call(lfirst(cell), columns));
	if (calls != NIL)
		sydra_explain_writer_list(writer, "Aggregates", calls);
}

static void
print_fill(SydraExplainWriter *writer, const SydraPlanFill *fill)
{
	static const char *const policies[] = {"none", "null", "previous", "linear"};
	StringInfoData policy;

	initStringInfo(&policy);
	if (fill->policy == SYDRA_FILL_CONSTANT)
		print_value(&policy, fill->constant_kind, &fill->constant);
	else
		appendStringInfoString(&policy, policies[fill->policy]);
	if (fill->within_us > 0)
		appendStringInfo(&policy, " within %s", write_duration(fill->within_us));
	sydra_explain_writer_operator(writer, "Fill");
	sydra_explain_writer_text(writer, "Policy", policy.data);
	print_range(writer, "Buckets", fill->range);
	if (fill->having)
		print_condition(writer, fill->having, "HAVING", fill->plan.input->columns);
}

static void
print_window(SydraExplainWriter *writer, const SydraPlanWindow *window)
{
	const SydraPlanColumn *columns = window->plan.input->columns;
	List	   *calls = NIL;
	List	   *partition = NIL;
	ListCell   *cell;

	foreach(cell, window->calls)
	{
		const SydraWindowCall *call = lfirst(cell);
		StringInfoData out;

		initStringInfo(&out);
		appendStringInfo(&out, "%s(", sydra_function_name(call->function));
		print_list(&out, call->arguments, 0, ", ", columns);
		appendStringInfoChar(&out, ')');
		calls = lappend(calls, out.data);
	}
	for (int i = 0; i < window->partition_count; i++)
		partition = lappend(partition, unconstify(char *, columns[window->partition[i]].name));
	sydra_explain_writer_operator(writer, "Window");
	sydra_explain_writer_list(writer, "Calls", calls);
	if (partition != NIL)
		sydra_explain_writer_list(writer, "For each", partition);
	sydra_explain_writer_text(writer, "Along", columns[window->time].name);
}

static void
print_join(SydraExplainWriter *writer, const SydraPlanJoin *join)
{
	static const char *const matches[] = {"exact", "previous", "nearest"};
	List	   *keys = NIL;

	sydra_explain_writer_operator(writer, "Join in time");
	sydra_explain_writer_subject(writer, "with", "metric", join->metric);
	sydra_explain_writer_text(writer, "Match", join->within_us < 0 ? matches[join->match] :
							  psprintf("%s within %s", matches[join->match],
									   write_duration(join->within_us)));
	if (join->shift_us != 0)
		sydra_explain_writer_text(writer, "Shift", write_duration(join->shift_us));
	for (int i = 0; i < join->key_count; i++)
		keys = lappend(keys, unconstify(char *, join->plan.input->columns[join->left_keys[i]].name));
	if (keys != NIL)
		sydra_explain_writer_list(writer, "On", keys);
}

/* What is done only of several series, or only of one; when it has run, whether it was not done. */
static void
print_left_out(SydraExplainWriter *writer, const SydraPlan *plan, bool of_one)
{
	if (plan->actual == NULL)
		sydra_explain_writer_text(writer, "Left out", of_one ? "where there is a single series" :
								  "where there are several series");
	else if (plan->actual->left_out)
		sydra_explain_writer_text(writer, "Left out", of_one ? "there is a single series" :
								  "there are several series");
}

static void
print_sort(SydraExplainWriter *writer, const SydraPlanSort *sort)
{
	List	   *keys = NIL;

	for (int i = 0; i < sort->key_count; i++)
	{
		const SydraSortKey *key = &sort->keys[i];
		const char *nulls = key->nulls_first ? " nulls first" : " nulls last";

		keys = lappend(keys, psprintf("%s%s%s", sort->plan.columns[key->column].name,
									  key->descending ? " desc" : "",
									  key->nulls_first != key->descending ? nulls : ""));
	}
	sydra_explain_writer_operator(writer, "Sort");
	sydra_explain_writer_list(writer, "Keys", keys);
	if (sort->unless_one)
		print_left_out(writer, &sort->plan, true);
	if (sort->limit >= 0)
		sydra_explain_writer_integer(writer, "Rows kept", sort->limit);
}

static void
print_limit(SydraExplainWriter *writer, const SydraPlanLimit *limit)
{
	List	   *by = NIL;

	for (int i = 0; i < limit->by_count; i++)
		by = lappend(by, unconstify(char *, limit->plan.columns[limit->by[i]].name));
	sydra_explain_writer_operator(writer, "Limit");
	if (limit->limit >= 0)
		sydra_explain_writer_integer(writer, "Rows", limit->limit);
	if (by != NIL)
		sydra_explain_writer_list(writer, "For each", by);
	if (limit->offset > 0)
		sydra_explain_writer_integer(writer, "Skipped", limit->offset);
}

static void
print_operator(SydraExplainWriter *writer, const SydraPlan *plan)
{
	switch (plan->type)
	{
		case SYDRA_PLAN_VALUES:
			sydra_explain_writer_operator(writer, "One row");
			return;
		case SYDRA_PLAN_SCAN:
			print_scan(writer, (const SydraPlanScan *) plan);
			return;
		case SYDRA_PLAN_NUMBER:
			sydra_explain_writer_operator(writer, "Number");
			sydra_explain_writer_text(writer, ((const SydraPlanNumber *) plan)->by_keys ?
									  "Series" : "Rows",
									  plan->columns[((const SydraPlanNumber *) plan)->column].name);
			return;
		case SYDRA_PLAN_FILTER:
			sydra_explain_writer_operator(writer, "Filter");
			print_condition(writer, ((const SydraPlanFilter *) plan)->condition,
							((const SydraPlanFilter *) plan)->origin, plan->input->columns);
			return;
		case SYDRA_PLAN_PROJECT:
			sydra_explain_writer_operator(writer, "Project");
			sydra_explain_writer_list(writer, "Items",
									  write_terms(((const SydraPlanProject *) plan)->expressions,
												  plan->input->columns));
			return;
		case SYDRA_PLAN_ORDER:
			sydra_explain_writer_operator(writer, "Order");
			sydra_explain_writer_text(writer, "Rows", "each series by time and writing");
			if (((const SydraPlanOrder *) plan)->of_one)
				print_left_out(writer, plan, false);
			return;
		case SYDRA_PLAN_AGGREGATE:
			print_aggregate(writer, (const SydraPlanAggregate *) plan);
			return;
		case SYDRA_PLAN_FILL:
			print_fill(writer, (const SydraPlanFill *) plan);
			return;
		case SYDRA_PLAN_WINDOW:
			print_window(writer, (const SydraPlanWindow *) plan);
			return;
		case SYDRA_PLAN_JOIN:
			print_join(writer, (const SydraPlanJoin *) plan);
			return;
		case SYDRA_PLAN_SORT:
			print_sort(writer, (const SydraPlanSort *) plan);
			return;
		case SYDRA_PLAN_LIMIT:
			print_limit(writer, (const SydraPlanLimit *) plan);
			return;
	}
	elog(ERROR, "unknown plan node %d", (int) plan->type);
}

/*
 * What happened when it ran.
 */

static void
print_read(SydraExplainWriter *writer, const SydraCursorStats *read)
{
	if (writer->json)
	{
		sydra_explain_writer_integer(writer, "segments_read", read->segments_read);
		sydra_explain_writer_integer(writer, "segments_pruned", read->segments_pruned);
		sydra_explain_writer_integer(writer, "segments_whole", read->segments_taken);
		sydra_explain_writer_integer(writer, "vectors_read", read->vectors_read);
		sydra_explain_writer_integer(writer, "vectors_pruned", read->vectors_pruned);
		sydra_explain_writer_integer(writer, "points_sealed", read->rows_segments);
		sydra_explain_writer_integer(writer, "points_head", read->rows_head);
		return;
	}
	sydra_explain_writer_line(writer, "Segments");
	appendStringInfo(&writer->out, INT64_FORMAT " read, " INT64_FORMAT " pruned",
					 read->segments_read, read->segments_pruned);
	if (read->segments_taken > 0)
		appendStringInfo(&writer->out, ", " INT64_FORMAT " whole", read->segments_taken);
	sydra_explain_writer_line(writer, "Vectors");
	appendStringInfo(&writer->out, INT64_FORMAT " read, " INT64_FORMAT " pruned",
					 read->vectors_read, read->vectors_pruned);
	sydra_explain_writer_line(writer, "Points");
	appendStringInfo(&writer->out, INT64_FORMAT " sealed, " INT64_FORMAT " in the head",
					 read->rows_segments, read->rows_head);
}

/*
 * Time is the operator's own: what its inputs took is told there.  What INSERT and DELETE hold is not
 * known, being PostgreSQL's.
 */
static void
print_actual(SydraExplainWriter *writer, const SydraPlanActual *actual, double below_ms)
{
	double		ms = Max(actual->ms - below_ms, 0.0);
	int64		memory_kb = (actual->memory + 1023) / 1024;

	if (writer->json)
	{
		sydra_explain_writer_object(writer, "actual");
		sydra_explain_writer_integer(writer, "rows", actual->rows);
		sydra_explain_writer_number(writer, "ms", ms, 3);
		if (memory_kb > 0)
			sydra_explain_writer_integer(writer, "memory_kb", memory_kb);
	}
	else
	{
		sydra_explain_writer_line(writer, "Actual");
		appendStringInfo(&writer->out, INT64_FORMAT " rows, %.3f ms", actual->rows, ms);
		if (memory_kb > 0)
			appendStringInfo(&writer->out, ", " INT64_FORMAT " kB", memory_kb);
	}
	if (actual->reads)
		print_read(writer, &actual->read);
	if (writer->json)
		sydra_explain_writer_object_end(writer);
}

static double
ms_below(const SydraPlan *plan)
{
	double		ms = 0;

	if (plan->input != NULL && plan->input->actual != NULL)
		ms += plan->input->actual->ms;
	if (plan->second != NULL && plan->second->actual != NULL)
		ms += plan->second->actual->ms;
	return ms;
}

static void
print_plan(SydraExplainWriter *writer, const SydraPlan *plan)
{
	check_stack_depth();
	print_operator(writer, plan);
	sydra_explain_writer_lines(writer, "Rule", "rules", plan->rules);
	if (plan->actual != NULL)
		print_actual(writer, plan->actual, ms_below(plan));
	if (plan->input != NULL)
	{
		sydra_explain_writer_inputs(writer);
		print_plan(writer, plan->input);
		if (plan->second != NULL)
			print_plan(writer, plan->second);
	}
	sydra_explain_writer_operator_end(writer, plan->input != NULL);
}

static void
print_insertion(SydraExplainWriter *writer, const SydraExplained *explained)
{
	const SydraInsertion *insertion = explained->insertion;

	sydra_explain_writer_operator(writer, "Insert");
	sydra_explain_writer_subject(writer, "into", "metric", insertion->metric);
	sydra_explain_writer_integer(writer, "Rows", insertion->row_count);
	if (!OidIsValid(insertion->relid))
		sydra_explain_writer_text(writer, "Made", "as a native metric");
	if (explained->actual != NULL)
		print_actual(writer, explained->actual, 0);
	sydra_explain_writer_operator_end(writer, false);
}

static void
print_deletion(SydraExplainWriter *writer, const SydraExplained *explained)
{
	const SydraPlan *rows = explained->plan;

	sydra_explain_writer_operator(writer, "Delete");
	sydra_explain_writer_subject(writer, "from", "metric", explained->deleted_from);
	if (rows == NULL)
		sydra_explain_writer_text(writer, "Left out", "the conditions hold for no row");
	if (explained->actual != NULL)
		print_actual(writer, explained->actual, 0);
	if (rows != NULL)
	{
		sydra_explain_writer_inputs(writer);
		print_plan(writer, rows);
	}
	sydra_explain_writer_operator_end(writer, rows != NULL);
}

static void
print_stages(SydraExplainWriter *writer, const SydraStages *stages)
{
	static const char *const names[] = {"Parse", "Validate", "Plan", "Execute"};
	double		ms[] = {
		stages->parse_ms, stages->validate_ms, stages->plan_ms, stages->execute_ms
	};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (writer->json)
			sydra_explain_writer_number(writer, psprintf("%s_ms", names[i]), ms[i], 3);
		else
			appendStringInfo(&writer->out, "\n%s: %.3f ms", names[i], ms[i]);
	}
}

char *
sydra_explain_write(const SydraExplained *explained)
{
	SydraExplainWriter writer;

	sydra_explain_writer_begin(&writer, explained->format);
	if (explained->insertion != NULL)
		print_insertion(&writer, explained);
	else if (explained->deleted_from != NULL)
		print_deletion(&writer, explained);
	else
		print_plan(&writer, explained->plan);
	if (explained->stages != NULL)
		print_stages(&writer, explained->stages);
	return sydra_explain_writer_end(&writer);
}
