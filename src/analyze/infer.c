/*
 * infer.c
 *	  Expressions to terms.
 *
 * Every operator becomes a call, and infer_call.c finds its function.  Calls of aggregates go into
 * the query, and a column takes their place.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/infer_call.h"
#include "analyze/join.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "analyze/subquery.h"
#include "analyze/validate.h"
#include "base/setting.h"
#include "function/function.h"
#include "function/window.h"
#include "lang/ast_print.h"
#include "lang/parser.h"
#include "lang/timestamp.h"

/* Terms inside each other: what walks them recurses. */
#define TERM_DEPTH_MAX (2 * SYDRA_MAX_NESTING)
#define TERM_COUNT_MAX 262144	/* as many as the longest query has bytes */

#define EPOCH_1970 (-INT64CONST(946684800000000))
#define EPOCH_2100 INT64CONST(3155760000000000)

static SydraTerm *infer(SydraScope *scope, const SydraExpr *expr);

Oid
sydra_infer_type(SydraKind kind)
{
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			return BOOLOID;
		case SYDRA_KIND_INT:
			return INT8OID;
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			return FLOAT8OID;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_TEXT:
			return TEXTOID;
		case SYDRA_KIND_TIME:
			return TIMESTAMPTZOID;
		case SYDRA_KIND_DURATION:
			return INTERVALOID;
		case SYDRA_KIND_DATUM:
			return InvalidOid;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

/*
 * Times.
 */

static bool
epoch_to_time(int64 epoch, int unit, int64 *time)
{
	int64		us;

	if (epoch < 0)
		return false;
	switch ((SydraEpochUnit) unit)
	{
		case SYDRA_EPOCH_S:
			if (epoch > PG_INT64_MAX / USECS_PER_SEC)
				return false;
			us = epoch * USECS_PER_SEC;
			break;
		case SYDRA_EPOCH_MS:
			if (epoch > PG_INT64_MAX / 1000)
				return false;
			us = epoch * 1000;
			break;
		case SYDRA_EPOCH_US:
			us = epoch;
			break;
		case SYDRA_EPOCH_NS:
			us = epoch / 1000;
			break;
		default:
			elog(ERROR, "unknown epoch unit %d", unit);
	}
	if (us > EPOCH_2100 - EPOCH_1970)
		return false;
	*time = us + EPOCH_1970;
	return true;
}

int64
sydra_infer_epoch(const SydraScope *scope, int64 epoch, int offset)
{
	static const char *const units[] = {"s", "ms", "us", "ns"};
	int64		time;
	const char *fitting = NULL;

	if (epoch_to_time(epoch, sydra_setting_epoch_unit, &time))
		return time;
	for (int unit = 0; unit < lengthof(units) && fitting == NULL; unit++)
		if (epoch_to_time(epoch, unit, &time))
			fitting = units[unit];
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TIME_OUT_OF_RANGE, offset,
							  "epoch " INT64_FORMAT " is outside the years 1970 to 2100", epoch),
			errdetail("Epochs are read in the unit \"%s\".", units[sydra_setting_epoch_unit]),
			fitting ? errhint("It fits the unit \"%s\": SET sydraql.epoch_unit = '%s'.",
							  fitting, fitting) :
			errhint("Write a timestamp such as 2024-03-01T00:00:00Z."));
}

int64
sydra_infer_timestamp(const SydraScope *scope, const char *text, int length, int offset,
					  SydraErrorName error)
{
	int64		us;

	if (sydra_timestamp_parse(text, length, &us) == SYDRA_TIMESTAMP_OK)
		return us;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, error, offset, "\"%s\" is no timestamp",
							  pnstrdup(text, pg_mbcliplen(text, length, 64))),
			errhint("Write it like 2024-03-01T00:00:00Z."));
}

/*
 * Comparisons.
 */

/* A tag's place in a comparison: a missing one reads as ''. */
static SydraTerm *
compared(SydraScope *scope, SydraTerm *term)
{
	SydraTerm  *empty;
	const SydraScanColumn *column;

	if (term->type != SYDRA_TERM_COLUMN || term->kind == SYDRA_KIND_NULL ||
		term->column >= SYDRA_CALL_COLUMN)
		return term;
	column = list_nth(sydra_join_source(scope->query, term->column)->scan_columns,
					  term->column % SYDRA_SOURCE_COLUMN);
	if (column->type != SYDRA_SCAN_TAG)
		return term;
	empty = sydra_constant_make(SYDRA_KIND_TEXT, term->offset);
	empty->typid = TEXTOID;
	empty->value.isnull = false;
	empty->value.bytes.data = "";
	return sydra_infer_call_function(scope, "coalesce", list_make2(term, empty), term->offset);
}

static SydraTerm *
build_comparison(SydraScope *scope, const char *name, SydraTerm *left, SydraTerm *right, int offset)
{
	return sydra_infer_call_operator(scope, name,
									 list_make2(compared(scope, left), compared(scope, right)),
									 offset);
}

static SydraTerm *
build_not(SydraScope *scope, SydraTerm *term, bool negated, int offset)
{
	return negated ? sydra_infer_call_operator(scope, "not", list_make1(term), offset) : term;
}

/* text =~ /pattern/flags */
static SydraTerm *
build_match(SydraScope *scope, SydraTerm *left, const SydraExpr *right, bool negated, int offset)
{
	List	   *arguments = list_make1(compared(scope, left));

	if (right->kind == SYDRA_EXPR_REGEX)
	{
		arguments = lappend(arguments, sydra_constant_text(right->regex.pattern, right->span.start));
		if (right->regex.flags[0] != '\0')
			arguments = lappend(arguments,
								sydra_constant_text(right->regex.flags, right->span.start));
	}
	else
		arguments = lappend(arguments, infer(scope, right));
	return build_not(scope, sydra_infer_call_operator(scope, "=~", arguments, offset), negated,
					 offset);
}

static SydraTerm *
build_binary(SydraScope *scope, const SydraExpr *expr, SydraTerm *left)
{
	SydraOperator op = expr->binary.op;
	int			offset = expr->binary.op_span.start;

	if (op == SYDRA_OP_MATCH || op == SYDRA_OP_NOT_MATCH)
		return build_match(scope, left, expr->binary.right, op == SYDRA_OP_NOT_MATCH, offset);
	if (op >= SYDRA_OP_EQ && op <= SYDRA_OP_GE)
		return build_comparison(scope, sydra_ast_operator_text(op), left,
								infer(scope, expr->binary.right), offset);
	return sydra_infer_call_operator(scope, sydra_ast_operator_text(op),
									 list_make2(left, infer(scope, expr->binary.right)), offset);
}

/* The left operands of a chain are as deep as the query is long: a list, not recursion. */
static SydraTerm *
infer_binary(SydraScope *scope, const SydraExpr *expr)
{
	List	   *chain = NIL;
	SydraTerm  *term;

	for (; expr->kind == SYDRA_EXPR_BINARY; expr = expr->binary.left)
		chain = lappend(chain, unconstify(SydraExpr *, expr));
	term = infer(scope, expr);
	for (int i = list_length(chain) - 1; i >= 0; i--)
		term = build_binary(scope, list_nth(chain, i), term);
	return term;
}

static SydraTerm *
infer_between(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *operand = infer(scope, expr->between.operand);
	SydraTerm  *low = build_comparison(scope, ">=", operand, infer(scope, expr->between.low),
									   expr->span.start);
	SydraTerm  *high = build_comparison(scope, "<=", operand, infer(scope, expr->between.high),
										expr->span.start);
	SydraTerm  *both = sydra_infer_call_operator(scope, "and", list_make2(low, high),
												 expr->span.start);

	return build_not(scope, both, expr->between.negated, expr->span.start);
}

/* A list of constants is one operator; any other is an OR of equalities. */
static SydraTerm *
infer_in(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *operand = compared(scope, infer(scope, expr->in.operand));
	List	   *items = list_make1(operand);
	List	   *equalities = NIL;
	bool		constant = true;
	SydraTerm  *term;

	for (int i = 0; i < expr->in.item_count; i++)
	{
		SydraTerm  *item = infer(scope, expr->in.items[i]);

		items = lappend(items, item);
		constant = constant && item->type == SYDRA_TERM_CONST;
	}
	if (constant)
		term = sydra_infer_call_operator(scope, "in", items, expr->span.start);
	else
	{
		for (int i = 1; i < list_length(items); i++)
			equalities = lappend(equalities,
								 build_comparison(scope, "=", operand, list_nth(items, i),
												  expr->in.items[i - 1]->span.start));
		term = list_length(equalities) == 1 ? linitial(equalities) :
			sydra_infer_call_operator(scope, "or", equalities, expr->span.start);
	}
	return build_not(scope, term, expr->in.negated, expr->span.start);
}

/* Where any scalar will do a field reads as its text. */
static SydraTerm *
scalar(SydraScope *scope, SydraTerm *term)
{
	if (term->kind == SYDRA_KIND_NULL)
		return sydra_infer_call_coerce(scope, term, SYDRA_KIND_TEXT);
	return term;
}

static SydraTerm *
infer_list(SydraScope *scope, const SydraExpr *expr)
{
	List	   *terms = NIL;

	for (int i = 0; i < expr->list.arg_count; i++)
	{
		SydraTerm  *term = infer(scope, expr->list.args[i]);

		if (term->kind == SYDRA_KIND_NULL)
			term = sydra_infer_call_coerce(scope, term, SYDRA_KIND_BOOL);
		terms = lappend(terms, term);
	}
	return sydra_infer_call_operator(scope, expr->kind == SYDRA_EXPR_AND ? "and" : "or", terms,
									 expr->span.start);
}

static SydraTerm *
infer_negate(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term = infer(scope, expr->operand);

	if (term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_DURATION &&
		term->value.months != 0)
	{
		SydraTerm  *negated = sydra_constant_make(SYDRA_KIND_DURATION, expr->span.start);

		negated->typid = term->typid;
		negated->value = term->value;
		negated->value.months = -term->value.months;
		return negated;
	}
	return sydra_infer_call_operator(scope, "neg", list_make1(term), expr->span.start);
}

/*
 * Calls.
 */

/*
 * A chain of operators is parsed by a loop, but its terms stand inside each other.  The operand of
 * BETWEEN and IN stands in several comparisons, so that terms may be far more than the text has;
 * count is that of the terms so far.
 */
static void
check_terms(SydraScope *scope, const SydraTerm *term, int depth, int *count)
{
	ListCell   *cell;

	if (++*count > TERM_COUNT_MAX)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, term->offset,
								  "an expression holds too many operators"),
				errdetail("The limit is %d, the operand of BETWEEN or IN counted for each comparison.",
						  TERM_COUNT_MAX));
	if (depth > TERM_DEPTH_MAX)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, term->offset,
								  "an expression holds too many operators inside each other"),
				errdetail("The limit is %d levels.", TERM_DEPTH_MAX));
	foreach(cell, term->arguments)
		check_terms(scope, lfirst(cell), depth + 1, count);
}

static void
check_size(SydraScope *scope, const SydraTerm *term)
{
	int			count = 0;

	check_terms(scope, term, 1, &count);
}

static bool
equal_lists(List *a, List *b)
{
	ListCell   *cell_a;
	ListCell   *cell_b;

	if (list_length(a) != list_length(b))
		return false;
	forboth(cell_a, a, cell_b, b)
		if (!sydra_term_equal(lfirst(cell_a), lfirst(cell_b)))
			return false;
	return true;
}

static bool
equal_calls(const SydraAggregateCall *a, const SydraAggregateCall *b)
{
	if (a->function != b->function || a->distinct != b->distinct ||
		(a->filter == NULL) != (b->filter == NULL))
		return false;
	return equal_lists(a->arguments, b->arguments) &&
		(a->filter == NULL || sydra_term_equal(a->filter, b->filter));
}

/* The place of the call among the query's; the same call is made once. */
static int
add_call(SydraScope *scope, SydraAggregateCall *call, const char *name)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	foreach(cell, query->calls)
	{
		CHECK_FOR_INTERRUPTS();
		if (equal_calls(lfirst(cell), call))
			return foreach_current_index(cell);
	}
	if (list_length(query->calls) >= MaxTupleAttributeNumber)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, -1,
								  "a query takes at most %d aggregates", MaxTupleAttributeNumber));
	query->calls = lappend(query->calls, call);
	query->call_names = lappend(query->call_names, pstrdup(name));
	return list_length(query->calls) - 1;
}

static void
check_aggregate_place(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	if (scope->in_aggregate)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "aggregate \"%s\" cannot stand inside another aggregate", name));
	if (!scope->takes_aggregates)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "aggregate \"%s\" cannot stand in %s", name, scope->clause),
				strcmp(scope->clause, "WHERE") == 0 ?
				errhint("Conditions on aggregates go to HAVING.") : 0);
}

/* Rows of a subquery that have no time are no points; those of a join's right are gone already. */
static void
take_points(SydraScope *source, SydraAggregateCall *aggregate)
{
	SydraTerm  *test = source->source_at == 0 ? sydra_subquery_time_test(source) : NULL;

	if (test != NULL && aggregate->filter != NULL)
		test = sydra_infer_call_and(list_make2(aggregate->filter, test));
	if (test != NULL)
		aggregate->filter = test;
}

static SydraTerm *
infer_aggregate(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	SydraScope	inner = *scope;
	SydraAggregateCall *aggregate = palloc0(sizeof(SydraAggregateCall));
	List	   *arguments = NIL;
	ListCell   *cell;
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	check_aggregate_place(scope, expr, name);
	inner.in_aggregate = true;
	inner.takes_aliases = false;
	for (int i = 0; i < expr->call.arg_count; i++)
	{
		SydraTerm  *argument = infer(&inner, expr->call.args[i]);

		arguments = lappend(arguments,
							strcmp(name, "count") == 0 ? scalar(&inner, argument) : argument);
	}
	if (expr->call.filter)
		aggregate->filter = sydra_infer_as(&inner, expr->call.filter, SYDRA_KIND_BOOL,
										   "FILTER's condition");
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	aggregate->function = sydra_infer_call_resolve(scope, name, &arguments, expr->span.start,
												   &aggregate->kind);
	/* A value that comes again changes none of those that go by time. */
	aggregate->distinct = expr->call.distinct && !sydra_function_needs_order(aggregate->function);
	aggregate->offset = expr->span.start;
	foreach(cell, arguments)
		check_size(scope, lfirst(cell));
	if (expr->call.distinct &&
		(arguments == NIL || ((SydraTerm *) linitial(arguments))->kind == SYDRA_KIND_DATUM))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, expr->span.start,
								  "DISTINCT takes one argument that can be compared"));
	if (expr->call.distinct && sydra_function_needs_series(aggregate->function))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "DISTINCT means nothing to \"%s\", which looks at neighbours",
								  name));
	aggregate->source = sydra_join_source_of_call(scope, arguments, aggregate->filter,
												  expr->span.start);
	if (sydra_function_needs_order(aggregate->function))
	{
		SydraScope	source = sydra_join_scope(scope, aggregate->source);

		if (sydra_function_needs_series(aggregate->function) && source.query->table != NULL)
			sydra_validate_series(scope, source.query, expr->span.start,
								  psprintf("\"%s\"", name));
		take_points(&source, aggregate);
		arguments = lappend(arguments, sydra_name_time(&source));
		arguments = lappend(arguments, sydra_name_rank(&source));
		arguments = lappend(arguments, sydra_name_write_order(&source));
	}
	aggregate->arguments = arguments;
	term->type = SYDRA_TERM_COLUMN;
	term->kind = aggregate->kind;
	if (scope->after_fill && sydra_query_fill_widens(scope->query, aggregate->kind))
		term->kind = SYDRA_KIND_FLOAT;
	term->typid = term->kind == SYDRA_KIND_DATUM ?
		sydra_function_result_type(aggregate->function) : sydra_infer_type(term->kind);
	term->offset = expr->span.start;
	term->column = SYDRA_CALL_COLUMN + add_call(scope, aggregate, name);
	return term;
}

static void
check_window_place(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	if (!scope->takes_windows || scope->in_aggregate)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "window function \"%s\" cannot stand in %s", name,
								  scope->in_aggregate ? "an aggregate" : scope->clause),
				errhint("Window functions stand in items, not inside aggregates or each other."));
}

/* The place of the call among the query's; the same call is made once. */
static int
add_window(SydraScope *scope, SydraWindowCall *call, const char *name)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	foreach(cell, query->windows)
	{
		const SydraWindowCall *other = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (other->function == call->function && equal_lists(other->arguments, call->arguments))
			return foreach_current_index(cell);
	}
	query->windows = lappend(query->windows, call);
	query->window_names = lappend(query->window_names, pstrdup(name));
	return list_length(query->windows) - 1;
}

static SydraTerm *
infer_window(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	SydraScope	inner = *scope;
	SydraWindowCall *window = palloc0(sizeof(SydraWindowCall));
	SydraTerm  *term = palloc0(sizeof(SydraTerm));
	ListCell   *cell;

	check_window_place(scope, expr, name);
	inner.takes_windows = false;
	inner.clause = "a window function";
	for (int i = 0; i < expr->call.arg_count; i++)
	{
		SydraTerm  *argument = infer(&inner, expr->call.args[i]);

		if (strcmp(name, "running_count") == 0 || strcmp(name, "runcount") == 0)
			argument = scalar(&inner, argument);
		window->arguments = lappend(window->arguments, argument);
	}
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	window->function = sydra_infer_call_resolve(scope, name, &window->arguments,
												expr->span.start, &window->kind);
	window->typid = sydra_infer_type(window->kind);
	window->offset = expr->span.start;
	foreach(cell, window->arguments)
	{
		int			argument = foreach_current_index(cell);
		SydraTerm  *given = lfirst(cell);

		check_size(scope, given);
		if (sydra_function_wants_constant(window->function, argument))
			sydra_window_check(window->function, argument, &given->value, scope->source,
							   given->offset);
		else if (window->kind == SYDRA_KIND_DATUM)
			window->typid = given->typid;
	}
	term->type = SYDRA_TERM_COLUMN;
	term->kind = window->kind;
	term->typid = window->typid;
	term->offset = expr->span.start;
	term->column = SYDRA_WINDOW_COLUMN + add_window(scope, window, name);
	return term;
}

/* Functions are known in small letters; in a call any case will do. */
static const char *
function_name(const SydraExpr *expr)
{
	SydraFunctionClass class;
	char	   *name = pstrdup(expr->call.name.text);

	if (expr->call.name.quoted || sydra_function_class_by_name(name, &class))
		return name;
	for (char *at = name; *at; at++)
		*at = pg_ascii_tolower(*at);
	return sydra_function_class_by_name(name, &class) ? name : expr->call.name.text;
}

static SydraTerm *
infer_call(SydraScope *scope, const SydraExpr *expr)
{
	const char *name = function_name(expr);
	SydraFunctionClass class;
	bool		known = sydra_function_class_by_name(name, &class);
	SydraScope	inner = *scope;
	List	   *arguments = NIL;

	if (known && class == SYDRA_FUNCTION_AGGREGATE)
		return infer_aggregate(scope, expr, name);
	if (known && (expr->call.star || expr->call.distinct || expr->call.filter))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "\"%s\" is no aggregate: "
								  "*, DISTINCT and FILTER mean nothing to it", name));
	if (known && class == SYDRA_FUNCTION_WINDOW)
		return infer_window(scope, expr, name);
	if (strcmp(name, "time_bucket") == 0)
		inner.takes_aliases = false;
	for (int i = 0; i < expr->call.arg_count; i++)
		arguments = lappend(arguments, infer(&inner, expr->call.args[i]));
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	return sydra_infer_call_function(scope, name, arguments, expr->span.start);
}

/*
 * Everything.
 */

static SydraTerm *
make_literal(const SydraExpr *expr, SydraKind kind)
{
	SydraTerm  *term = sydra_constant_make(kind, expr->span.start);

	term->typid = sydra_infer_type(kind);
	term->value.isnull = false;
	return term;
}

static SydraTerm *
infer(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term;

	if (stack_is_too_deep())
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, expr->span.start,
								  "expression is nested too deeply"));
	switch (expr->kind)
	{
		case SYDRA_EXPR_NULL:
			return sydra_constant_make(SYDRA_KIND_NULL, expr->span.start);
		case SYDRA_EXPR_BOOL:
			return sydra_constant_bool(expr->boolean, expr->span.start);
		case SYDRA_EXPR_INTEGER:
			term = make_literal(expr, SYDRA_KIND_INT);
			term->value.integer = expr->integer;
			return term;
		case SYDRA_EXPR_FLOAT:
			term = make_literal(expr, SYDRA_KIND_FLOAT);
			term->value.real = expr->number;
			return term;
		case SYDRA_EXPR_STRING:
			return sydra_constant_text(expr->string, expr->span.start);
		case SYDRA_EXPR_DURATION:
			term = make_literal(expr, SYDRA_KIND_DURATION);
			term->value.integer = expr->duration.us;
			term->value.months = expr->duration.months;
			return term;
		case SYDRA_EXPR_TIMESTAMP:
			term = make_literal(expr, SYDRA_KIND_TIME);
			term->value.integer = expr->timestamp.us;
			return term;
		case SYDRA_EXPR_REGEX:
		case SYDRA_EXPR_JSON:
			break;
		case SYDRA_EXPR_PARAMETER:
			return sydra_parameter_term(scope, expr);
		case SYDRA_EXPR_NAME:
			return sydra_name_resolve(scope, &expr->name);
		case SYDRA_EXPR_CALL:
			return infer_call(scope, expr);
		case SYDRA_EXPR_NEGATE:
			return infer_negate(scope, expr);
		case SYDRA_EXPR_NOT:
			return sydra_infer_call_operator(scope, "not", list_make1(infer(scope, expr->operand)),
											 expr->span.start);
		case SYDRA_EXPR_AND:
		case SYDRA_EXPR_OR:
			return infer_list(scope, expr);
		case SYDRA_EXPR_BINARY:
			return infer_binary(scope, expr);
		case SYDRA_EXPR_BETWEEN:
			return infer_between(scope, expr);
		case SYDRA_EXPR_IN:
			return infer_in(scope, expr);
		case SYDRA_EXPR_LIKE:
			term = compared(scope, infer(scope, expr->like.operand));
			term = sydra_infer_call_operator(scope, "like",
											 list_make2(term, infer(scope, expr->like.pattern)),
											 expr->span.start);
			return build_not(scope, term, expr->like.negated, expr->span.start);
		case SYDRA_EXPR_IS_NULL:
			term = scalar(scope, infer(scope, expr->is_null.operand));
			term = sydra_infer_call_operator(scope, "is null", list_make1(term), expr->span.start);
			return build_not(scope, term, expr->is_null.negated, expr->span.start);
	}
	elog(ERROR, "expression %d does not stand alone", (int) expr->kind);
}

SydraTerm *
sydra_infer(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term = infer(scope, expr);

	check_size(scope, term);
	if (term->kind == SYDRA_KIND_NULL)
		return sydra_infer_call_coerce(scope, term,
									   term->type == SYDRA_TERM_COLUMN ? scope->field_kind :
									   SYDRA_KIND_TEXT);
	return term;
}

SydraTerm *
sydra_infer_as(SydraScope *scope, const SydraExpr *expr, SydraKind kind, const char *what)
{
	SydraTerm  *term = infer(scope, expr);
	SydraTerm  *fitting;

	check_size(scope, term);
	fitting = sydra_infer_call_coerce(scope, term, kind);
	if (fitting == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, expr->span.start,
								  "%s must be %s, not %s", what, sydra_infer_call_kind_text(kind),
								  sydra_infer_call_kind_text(term->kind)));
	return fitting;
}

SydraTerm *
sydra_infer_matcher(SydraScope *scope, const SydraMatcher *matcher)
{
	SydraTerm  *tag = sydra_name_tag(scope, &matcher->tag);
	int			offset = matcher->op_span.start;

	if (matcher->op == SYDRA_OP_MATCH || matcher->op == SYDRA_OP_NOT_MATCH)
		return build_match(scope, tag, matcher->value, matcher->op == SYDRA_OP_NOT_MATCH, offset);
	return build_comparison(scope, sydra_ast_operator_text(matcher->op), tag,
							infer(scope, matcher->value), offset);
}
