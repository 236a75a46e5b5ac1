/*
 * analyze.c
 *	  From tree to query, clause by clause: FROM, WHERE, GROUP BY, FILL, items, HAVING, ORDER BY,
 *	  LIMIT.
 *
 * Every expression is first inferred over the inputs, aggregates standing for themselves; when the
 * query turns out to be grouped, the terms are rewritten over the groups.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "analyze/analyze.h"
#include "analyze/by_id.h"
#include "analyze/infer.h"
#include "analyze/infer_call.h"
#include "analyze/insert_analyze.h"
#include "analyze/join.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "analyze/resolve.h"
#include "analyze/show.h"
#include "analyze/subquery.h"
#include "analyze/time_range.h"
#include "analyze/validate.h"

void
sydra_scope_not_supported(const SydraScope *scope, int offset, const char *what, const char *hint)
{
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, offset,
							  "%s is not supported by this version", what),
			hint ? errhint("%s", hint) : 0);
}

static void analyze_select(SydraScope *scope, const SydraSelect *select);

/*
 * FROM.
 */

static void
open_metric(SydraScope *scope, const SydraSeries *series, LOCKMODE lock)
{
	SydraQuery *query = scope->query;
	SydraMetric metric;

	sydra_resolve_metric(scope, series, lock, &metric);
	query->metric = metric.text;
	if (!OidIsValid(metric.relid))
		sydra_resolve_unknown(scope, series, &metric);
	query->relid = metric.relid;
	query->user = GetUserId();
	query->row_security = check_enable_rls(metric.relid, InvalidOid, true) == RLS_ENABLED;
	query->table = sydra_resolve_table(scope, series, &metric, &query->table_rows);
	if (series->kind == SYDRA_SERIES_NAME)
		scope->range_name = series->name.parts[series->name.part_count - 1].text;
	else
		scope->range_name = metric.table;
	if (metric.tags != NULL)
	{
		SydraTerm  *term = sydra_by_id_condition(scope, series, metric.tags);

		if (term != NULL)
			sydra_query_add_condition(&scope->query->conditions, term, "BY_ID");
	}
}

static SydraQuery *
make_query(const char *source)
{
	SydraQuery *query = palloc0(sizeof(SydraQuery));

	query->source = source;
	query->time_input = query->rank_input = query->write_input = -1;
	query->bucket_key = -1;
	query->limit = -1;
	query->range = sydra_time_range_all();
	return query;
}

/* Nothing of the query around it is known in a subquery but the parameters. */
static void
open_subquery(SydraScope *scope, const SydraSource *source)
{
	SydraScope	inner = {
		.query = make_query(scope->source),
		.source = scope->source,
		.parameters = scope->parameters,
		.parameters_seen = scope->parameters_seen,
		.field_kind = SYDRA_KIND_FLOAT
	};

	if (stack_is_too_deep())
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, source->span.start,
								  "subqueries are nested too deeply"));
	analyze_select(&inner, source->subquery);
	scope->parameters_seen = inner.parameters_seen;
	sydra_subquery_take(scope->query, inner.query);
	scope->query->user = GetUserId();
	scope->query->metric = source->alias.text ? source->alias.text : "(select ...)";
}

static void
open_source(SydraScope *scope, const SydraSource *source)
{
	if (source->subquery)
		open_subquery(scope, source);
	else
		open_metric(scope, &source->series, AccessShareLock);
	if (source->alias.text)
		scope->range_name = source->alias.text;
	scope->query->name = scope->range_name ? scope->range_name : scope->query->metric;
}

static void
analyze_source_where(SydraScope *scope, const SydraExpr *where)
{
	SydraTerm  *term = sydra_infer_as(scope, where, SYDRA_KIND_BOOL, "WHERE");
	const SydraTerm *found = NULL;

	if (sydra_validate_reads_more(scope->query, term, &found))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_SYNTAX, found->offset,
								  "the WHERE of %s takes tags only",
								  scope->query->show ? "SHOW" : "a source"),
				scope->query->show ? errhint("Ask with SELECT for what depends on time or values.") :
				errhint("Conditions on time and values go to the WHERE of the query."));
	sydra_query_add_condition(&scope->query->conditions, term, "WHERE of the source");
}

static void
analyze_matchers(SydraScope *scope, const SydraMatcher *matchers, int count)
{
	List	   *terms = NIL;

	scope->clause = "a matcher";
	for (int i = 0; i < count; i++)
		terms = lappend(terms, sydra_infer_matcher(scope, &matchers[i]));
	if (terms != NIL)
		sydra_query_add_condition(&scope->query->conditions, sydra_infer_call_and(terms), "{...}");
}

static void
analyze_source(SydraScope *scope, const SydraSource *source)
{
	open_source(scope, source);
	analyze_matchers(scope, source->matchers, source->matcher_count);
	scope->clause = "WHERE";
	if (source->where)
		analyze_source_where(scope, source->where);
}

static void
analyze_join(SydraScope *scope, const SydraJoin *join)
{
	SydraScope	right = *scope;

	right.query = make_query(scope->source);
	right.range_name = NULL;
	analyze_source(&right, &join->source);
	scope->parameters_seen = right.parameters_seen;
	scope->json_fields = right.json_fields;
	sydra_join_add(scope, &right, join);
}

static void
analyze_from(SydraScope *scope)
{
	const SydraSelect *select = scope->select;

	if (select->from == NULL)
		return;
	analyze_source(scope, select->from);
	if (select->join_count >= SYDRA_MAX_SOURCES)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, select->joins[0].span.start,
								  "FROM takes at most %d sources", SYDRA_MAX_SOURCES));
	for (int i = 0; i < select->join_count; i++)
		analyze_join(scope, &select->joins[i]);
}

static void
analyze_where(SydraScope *scope, const SydraExpr *where)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	scope->clause = "WHERE";
	if (where)
		sydra_query_add_condition(&query->conditions,
								  sydra_infer_as(scope, where, SYDRA_KIND_BOOL, "WHERE"), "WHERE");
	query->range = query->subquery ? sydra_subquery_range(query->subquery) :
		sydra_time_range_all();
	foreach(cell, query->conditions)
	{
		SydraCondition *condition = lfirst(cell);

		query->range = sydra_time_range_intersect(query->range,
												  sydra_time_range_of(condition->term,
																	  query->time_input,
																	  scope->source, NULL));
	}
}

/*
 * Items, by expression or by position.
 */

/* Rows of PostgreSQL have no more columns than this. */
static void
check_count(SydraScope *scope, int count, int offset, const char *clause)
{
	if (count > MaxTupleAttributeNumber)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, offset,
								  "%s takes at most %d expressions", clause,
								  MaxTupleAttributeNumber));
}

static char *
name_expression(const SydraExpr *expr)
{
	SydraFunctionClass class;
	char	   *name;

	if (expr->kind == SYDRA_EXPR_NAME)
		return pstrdup(expr->name.parts[expr->name.part_count - 1].text);
	if (expr->kind != SYDRA_EXPR_CALL)
		return NULL;
	name = pstrdup(expr->call.name.text);
	if (!sydra_function_class_by_name(name, &class))
		for (char *at = name; *at; at++)
			*at = pg_ascii_tolower(*at);
	return name;
}

/* The item that an integer in GROUP BY or ORDER BY stands for; NULL for any other expression. */
static const SydraExpr *
find_position(SydraScope *scope, const SydraExpr *expr)
{
	const SydraSelect *select = scope->select;

	if (expr->kind != SYDRA_EXPR_INTEGER)
		return NULL;
	if (expr->integer < 1 || expr->integer > select->item_count ||
		select->items[expr->integer - 1].expr == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, expr->span.start,
								  "%s position " INT64_FORMAT " is no item of the query",
								  scope->clause, expr->integer),
				errhint("Positions run from 1 to %d, * left out.", select->item_count));
	return select->items[expr->integer - 1].expr;
}

static SydraTerm *
infer_or_position(SydraScope *scope, const SydraExpr *expr)
{
	const SydraExpr *item = find_position(scope, expr);
	SydraTerm  *term;

	if (item == NULL)
		return sydra_infer(scope, expr);
	scope->takes_aliases = false;
	scope->takes_windows = scope->after_windows;
	term = sydra_infer(scope, item);
	scope->takes_aliases = true;
	scope->takes_windows = false;
	return term;
}

static void
add_key(SydraScope *scope, SydraTerm *key, const char *name)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	foreach(cell, query->keys)
		if (sydra_term_equal(lfirst(cell), key))
			return;
	query->keys = lappend(query->keys, key);
	query->key_names = lappend(query->key_names, name ? pstrdup(name) : NULL);
}

static void
analyze_groups(SydraScope *scope)
{
	const SydraSelect *select = scope->select;

	scope->clause = "GROUP BY";
	scope->field_kind = SYDRA_KIND_TEXT;	/* every value makes a group, not only numbers */
	scope->takes_aliases = true;
	scope->takes_aggregates = false;
	for (int i = 0; i < select->group_count; i++)
	{
		const SydraExpr *expr = select->groups[i];
		SydraTerm  *key = infer_or_position(scope, expr);

		sydra_validate_comparable(scope, key, expr->span.start, "GROUP BY");
		add_key(scope, key, name_expression(expr));
	}
	sydra_validate_bucket(scope);
	scope->takes_aliases = false;
	scope->field_kind = SYDRA_KIND_FLOAT;
}

static void
analyze_fill(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	const SydraFill *fill = scope->select->fill;
	SydraTerm  *constant;

	query->fill = fill ? fill->policy : SYDRA_FILL_NONE;
	if (fill == NULL || fill->policy == SYDRA_FILL_NONE)
		return;
	scope->clause = "FILL";
	if (fill->has_within)
	{
		query->fill_within_us = fill->within_parameter ?
			sydra_parameter_length(scope, fill->within_parameter, 1) : fill->within.us;
		if (fill->within.months != 0 || query->fill_within_us <= 0)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, fill->within_offset,
									  "WITHIN takes a positive duration of fixed length"),
					errhint("Write it in days or shorter units, such as 30d or 10m."));
	}
	if (fill->policy != SYDRA_FILL_CONSTANT)
		return;
	/* A parameter is a fraction whatever its value, so that no kind depends on it. */
	if (fill->constant->kind == SYDRA_EXPR_INTEGER)
		constant = sydra_infer(scope, fill->constant);
	else
		constant = sydra_infer_as(scope, fill->constant, SYDRA_KIND_FLOAT, "FILL");
	query->fill_constant = constant->value;
	query->fill_constant_kind = constant->kind;
}

static void
add_item(SydraScope *scope, SydraTerm *term, const char *name)
{
	SydraQuery *query = scope->query;

	if (query->column_count == 0)
		query->columns = palloc(sizeof(SydraPlanColumn));
	else
		query->columns = repalloc(query->columns,
								  sizeof(SydraPlanColumn) * (query->column_count + 1));
	query->columns[query->column_count].name = name;
	query->columns[query->column_count].kind = term->kind;
	query->columns[query->column_count].typid = term->typid;
	query->column_count++;
	query->items = lappend(query->items, term);
}

static void
add_columns_of(SydraScope *scope, int place, const SydraItem *item)
{
	SydraScope	source = sydra_join_scope(scope, place);
	const SydraTable *table = source.query->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		SydraTerm  *term = column->attnum == table->time_attnum ? sydra_name_time(&source) :
			sydra_name_column(&source, column, item->span.start);

		term->offset = item->span.start;
		add_item(scope, term, pstrdup(NameStr(column->name)));
	}
}

static void
add_all_columns(SydraScope *scope, const SydraItem *item)
{
	SydraQuery *query = scope->query;

	if (query->table == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_SYNTAX, item->span.start,
								  "* needs a FROM"));
	if (scope->select->group_count > 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, item->span.start,
								  "* cannot stand in a grouped query"),
				errhint("Name the keys and aggregates."));
	for (int place = 0; place <= list_length(query->joins); place++)
		add_columns_of(scope, place, item);
}

typedef struct TakenName
{
	char		name[NAMEDATALEN];
	int			next_use;
} TakenName;

/* The second use of a name gets _2, and so on. */
static void
make_names_unique(SydraQuery *query)
{
	HASHCTL		control = {
		.keysize = NAMEDATALEN,.entrysize = sizeof(TakenName),.hcxt = CurrentMemoryContext
	};
	HTAB	   *taken = hash_create("sydra column names", 64, &control,
									HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);

	for (int i = 0; i < query->column_count; i++)
	{
		const char *wanted = query->columns[i].name;
		bool		found;
		TakenName  *first = hash_search(taken, wanted, HASH_ENTER, &found);

		if (!found)
			first->next_use = 2;
		while (found)
		{
			char	   *suffix = psprintf("_%d", first->next_use++);
			int			room = NAMEDATALEN - 1 - (int) strlen(suffix);
			char	   *name = psprintf("%.*s%s", pg_mbcliplen(wanted, strlen(wanted), room),
										wanted, suffix);
			TakenName  *other = hash_search(taken, name, HASH_ENTER, &found);

			if (!found)
				other->next_use = 2;
			query->columns[i].name = name;
		}
	}
	hash_destroy(taken);
}

static void
check_item_kind(SydraScope *scope, const SydraTerm *term)
{
	if (term->type == SYDRA_TERM_CONST && term->kind == SYDRA_KIND_DURATION &&
		term->value.months != 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, term->offset,
								  "a duration of months or years has no fixed length"));
}

static void
analyze_items(SydraScope *scope)
{
	const SydraSelect *select = scope->select;

	scope->clause = "an item";
	scope->takes_aggregates = true;
	scope->takes_windows = true;
	scope->after_fill = true;
	scope->field_kind = SYDRA_KIND_DATUM;	/* shown as it is */
	for (int i = 0; i < select->item_count; i++)
	{
		const SydraItem *item = &select->items[i];
		const char *name = item->alias.text;
		SydraTerm  *term;

		if (item->expr == NULL)
		{
			add_all_columns(scope, item);
			continue;
		}
		term = sydra_infer(scope, item->expr);
		check_item_kind(scope, term);
		if (name == NULL)
			name = name_expression(item->expr);
		add_item(scope, term, name ? pstrdup(name) :
				 psprintf("column%d", scope->query->column_count + 1));
	}
	scope->field_kind = SYDRA_KIND_FLOAT;
	scope->takes_windows = false;
	check_count(scope, scope->query->column_count, select->span.start, "SELECT");
	make_names_unique(scope->query);
}

static void
analyze_having(SydraScope *scope)
{
	scope->clause = "HAVING";
	scope->takes_aliases = true;
	scope->after_fill = false;
	if (scope->select->having)
		scope->query->having = sydra_infer_as(scope, scope->select->having, SYDRA_KIND_BOOL,
											  "HAVING");
	scope->after_fill = true;
}

static void
analyze_orders(SydraScope *scope)
{
	const SydraSelect *select = scope->select;

	scope->clause = "ORDER BY";
	scope->takes_aliases = true;
	scope->after_windows = true;
	for (int i = 0; i < select->order_count; i++)
	{
		const SydraOrder *order = &select->orders[i];
		SydraOrdering *ordering = palloc0(sizeof(SydraOrdering));

		ordering->term = infer_or_position(scope, order->expr);
		sydra_validate_comparable(scope, ordering->term, order->expr->span.start, "ORDER BY");
		ordering->descending = order->descending;
		/* As in SQL nulls are greater than anything. */
		ordering->nulls_first = order->nulls == SYDRA_NULLS_DEFAULT ? order->descending :
			order->nulls == SYDRA_NULLS_FIRST;
		scope->query->orders = lappend(scope->query->orders, ordering);
	}
}

static int64
count_of(SydraScope *scope, const SydraExpr *expr, int64 none)
{
	SydraTerm  *term;

	if (expr == NULL)
		return none;
	term = sydra_infer_as(scope, expr, SYDRA_KIND_INT, scope->clause);
	if (term->value.isnull)
		return none;
	if (term->value.integer < 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, expr->span.start,
								  "%s must not be negative", scope->clause),
				errhint("Write a number of rows, 0 or more."));
	return term->value.integer;
}

static void
analyze_limit(SydraScope *scope)
{
	const SydraSelect *select = scope->select;

	scope->clause = "LIMIT";
	scope->query->limit = count_of(scope, select->limit, -1);
	scope->clause = "LIMIT BY";
	scope->takes_aliases = true;
	for (int i = 0; i < select->limit_by_count; i++)
	{
		SydraTerm  *term = infer_or_position(scope, select->limit_by[i]);

		sydra_validate_comparable(scope, term, select->limit_by[i]->span.start, "LIMIT BY");
		scope->query->limit_by = lappend(scope->query->limit_by, term);
	}
	scope->clause = "OFFSET";
	scope->query->offset = count_of(scope, select->offset, 0);
}

static void
rewrite_over_groups(SydraScope *scope, List *terms)
{
	ListCell   *cell;

	foreach(cell, terms)
		lfirst(cell) = sydra_validate_group_term(scope, lfirst(cell));
}

static void
group_everything(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	query->grouped = query->keys != NIL || query->calls != NIL || query->having != NULL;
	if (!query->grouped)
		return;
	rewrite_over_groups(scope, query->items);
	rewrite_over_groups(scope, query->limit_by);
	foreach(cell, query->windows)
		rewrite_over_groups(scope, ((SydraWindowCall *) lfirst(cell))->arguments);
	if (query->having)
		query->having = sydra_validate_group_term(scope, query->having);
	foreach(cell, query->orders)
	{
		SydraOrdering *ordering = lfirst(cell);

		ordering->term = sydra_validate_group_term(scope, ordering->term);
	}
}

/* Window functions run along points: rows of a subquery that have no time are none. */
static void
add_time_test(SydraScope *scope)
{
	SydraTerm  *test = scope->query->windows != NIL ? sydra_subquery_time_test(scope) : NULL;

	if (test != NULL)
		sydra_query_add_condition(&scope->query->conditions, test, "window functions");
}

/* The order of raw rows: by time, series, write order. */
static void
add_row_order(SydraScope *scope)
{
	SydraQuery *query = scope->query;

	if (query->grouped || query->table == NULL)
		return;
	sydra_name_rank(scope);
	sydra_name_write_order(scope);
}

static void
check_counts(SydraScope *scope, const SydraSelect *select)
{
	check_count(scope, select->item_count, select->span.start, "SELECT");
	if (select->group_count > 0)
		check_count(scope, select->group_count, select->groups[0]->span.start, "GROUP BY");
	if (select->order_count > 0)
		check_count(scope, select->order_count, select->orders[0].span.start, "ORDER BY");
	if (select->limit_by_count > 0)
		check_count(scope, select->limit_by_count, select->limit_by[0]->span.start, "LIMIT BY");
}

static void
analyze_select(SydraScope *scope, const SydraSelect *select)
{
	scope->select = select;
	check_counts(scope, select);
	analyze_from(scope);
	if (scope->query->table != NULL && scope->query->table->time_attnum != 0)
		sydra_name_time(scope);
	analyze_where(scope, select->where);
	sydra_validate_range(scope);
	analyze_groups(scope);
	sydra_join_divide(scope);
	analyze_fill(scope);
	analyze_items(scope);
	analyze_having(scope);
	analyze_orders(scope);
	analyze_limit(scope);
	group_everything(scope);
	sydra_validate_fill(scope, select->fill);
	sydra_validate_windows(scope);
	add_time_test(scope);
	add_row_order(scope);
}

/* One row: how many rows were written. */
static void
give_count(SydraQuery *query, const char *name)
{
	query->column_count = 1;
	query->columns = palloc0(sizeof(SydraPlanColumn));
	query->columns->name = name;
	query->columns->kind = SYDRA_KIND_INT;
	query->columns->typid = INT8OID;
}

static void
analyze_insert(SydraScope *scope, const SydraInsert *insert)
{
	SydraQuery *query = scope->query;

	query->type = SYDRA_QUERY_INSERT;
	query->insertion = sydra_insert_analyze(scope, insert);
	query->relid = query->insertion->relid;
	query->metric = query->insertion->metric;
	give_count(query, "inserted");
}

/* A standby gives no stronger lock, and needs none to describe or explain. */
static void
analyze_delete(SydraScope *scope, const SydraDelete *delete)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	query->type = SYDRA_QUERY_DELETE;
	open_metric(scope, &delete->series, XactReadOnly ? AccessShareLock : RowExclusiveLock);
	analyze_matchers(scope, delete->matchers, delete->matcher_count);
	sydra_name_time(scope);
	analyze_where(scope, delete->where);
	if (query->range.min == PG_INT64_MIN || query->range.max == PG_INT64_MAX)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_DELETE_REQUIRES_TIME, delete->where->span.start,
								  "DELETE needs a lower and an upper bound of time"),
				errhint("Write WHERE time >= a AND time < b."));
	foreach(cell, query->conditions)
		sydra_validate_deletion(scope, ((SydraCondition *) lfirst(cell))->term);
	give_count(query, "deleted");
}

static void
analyze_show(SydraScope *scope, const SydraShow *show)
{
	SydraSource source = {.span = show->series.span,.series = show->series};

	scope->query->show = show;
	scope->clause = "WHERE";
	/* That of SHOW METRICS is asked of each metric by itself, which is then named. */
	if (show->series.kind != SYDRA_SERIES_NAME || show->series.name.part_count > 0)
	{
		open_source(scope, &source);
		if (show->where)
			analyze_source_where(scope, show->where);
	}
	sydra_show_analyze(scope, show);
}

static void
analyze_statement(SydraScope *scope, const SydraStatement *statement)
{
	switch (statement->kind)
	{
		case SYDRA_STATEMENT_SELECT:
			analyze_select(scope, statement->select);
			return;
		case SYDRA_STATEMENT_INSERT:
			analyze_insert(scope, statement->insert);
			return;
		case SYDRA_STATEMENT_DELETE:
			analyze_delete(scope, statement->delete);
			return;
		case SYDRA_STATEMENT_SHOW:
			analyze_show(scope, statement->show);
			return;
		case SYDRA_STATEMENT_EXPLAIN:
			scope->query->explain = true;
			scope->query->explain_runs = statement->explain->analyze;
			scope->query->explain_format = statement->explain->format;
			analyze_statement(scope, statement->explain->statement);
			return;
	}
}

SydraQuery *
sydra_analyze(const SydraStatement *statement, const char *source, Jsonb *parameters)
{
	SydraQuery *query = make_query(source);
	SydraScope	scope = {.query = query,.source = source,.parameters = parameters,
		.field_kind = SYDRA_KIND_FLOAT};

	query->statement_offset = statement->span.start;
	analyze_statement(&scope, statement);
	sydra_parameter_check_unused(&scope);
	return query;
}
