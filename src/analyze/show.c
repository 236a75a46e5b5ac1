/*
 * show.c
 *	  What SHOW asks of a metric, as a query of one row of each series.
 *
 * SHOW VALUES groups by the tag, SHOW SERIES takes one row of each rank: series whose tags read alike
 * are one.  SHOW TAGS takes the tags of all series, whose keys are put together by who runs it.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/infer_call.h"
#include "analyze/name.h"
#include "analyze/show.h"
#include "analyze/validate.h"

/* A SHOW's columns are texts, but for two. */
static void
give_columns(SydraQuery *query, const char *const *names, int count)
{
	query->column_count = count;
	query->columns = palloc0(sizeof(SydraPlanColumn) * count);
	for (int i = 0; i < count; i++)
	{
		query->columns[i].name = names[i];
		query->columns[i].kind = SYDRA_KIND_TEXT;
		query->columns[i].typid = TEXTOID;
	}
}

/* A row is all that is asked for. */
static SydraTerm *
make_text_item(void)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_TEXT, -1);

	term->typid = TEXTOID;
	return term;
}

static void
show_values(SydraScope *scope, const SydraShow *show)
{
	SydraQuery *query = scope->query;
	SydraTerm  *tag = sydra_name_tag(scope, &show->tag);
	SydraTerm  *missing = sydra_infer_call_operator(scope, "is null", list_make1(tag), -1);
	SydraTerm  *present = sydra_infer_call_operator(scope, "not", list_make1(missing), -1);

	query->grouped = true;
	query->keys = list_make1(tag);
	query->key_names = list_make1("value");
	query->having = sydra_validate_group_term(scope, present);
	query->items = list_make1(sydra_validate_group_term(scope, tag));
	give_columns(query, (const char *const[]) {"value"}, 1);
}

static void
show_series(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	SydraTerm  *rank = sydra_name_rank(scope);
	SydraOrdering *ordering = palloc0(sizeof(SydraOrdering));

	ordering->term = rank;
	query->items = list_make2(sydra_name_all_tags(scope), sydra_name_series_id(scope));
	query->orders = list_make1(ordering);
	query->limit = 1;
	query->limit_by = list_make1(rank);
	give_columns(query, (const char *const[]) {"tags", "id"}, 2);
	query->columns[0].kind = SYDRA_KIND_DATUM;
	query->columns[0].typid = JSONBOID;
	query->columns[1].kind = SYDRA_KIND_INT;
	query->columns[1].typid = INT8OID;
}

static void
show_tags(SydraScope *scope)
{
	SydraQuery *query = scope->query;

	query->type = SYDRA_QUERY_SHOW;
	query->items = list_make1(sydra_name_all_tags(scope));
	give_columns(query, (const char *const[]) {"tag"}, 1);
}

/* Without a metric the list of them; with one, whose WHERE is known, whether it has any series. */
static void
show_metrics(SydraScope *scope, const SydraShow *show)
{
	SydraQuery *query = scope->query;

	query->type = SYDRA_QUERY_SHOW;
	query->parameters = scope->parameters;
	if (show->like != NULL)
		sydra_infer_call_check_like(scope, (SydraBytes) {show->like, (int32) strlen(show->like)},
									show->like_offset);
	give_columns(query, (const char *const[]) {"metric"}, 1);
	if (query->table != NULL)
	{
		query->items = list_make1(make_text_item());
		query->limit = 1;
	}
	else if (show->where)
		sydra_infer_as(scope, show->where, SYDRA_KIND_BOOL, "WHERE");
}

/* The WHERE is asked of each, its columns being tags. */
static void
show_functions(SydraScope *scope, const SydraShow *show)
{
	static const char *const names[] = {"name", "kind", "signature", "description"};
	SydraQuery *query = scope->query;
	SydraFunctionRow row;

	query->type = SYDRA_QUERY_SHOW;
	give_columns(query, names, lengthof(names));
	for (int at = 0; sydra_function_row(at, &row); at++)
	{
		SydraGiven	given[] = {
			{names[0], row.name}, {names[1], sydra_function_class_name(row.class)},
			{names[2], row.signature}, {names[3], row.doc}
		};
		SydraTerm  *value = NULL;

		if (row.signature == NULL)
			continue;
		scope->given = given;
		scope->given_count = lengthof(given);
		if (show->where)
			value = sydra_constant_evaluate(sydra_infer_as(scope, show->where, SYDRA_KIND_BOOL,
														   "WHERE"), scope->source);
		if (show->where == NULL ||
			(value != NULL && !value->value.isnull && value->value.boolean))
			query->shown = lappend_int(query->shown, at);
	}
	scope->given = NULL;
}

void
sydra_show_analyze(SydraScope *scope, const SydraShow *show)
{
	SydraQuery *query = scope->query;

	query->series_alone = true;
	if (show->kind == SYDRA_SHOW_TAGS || show->kind == SYDRA_SHOW_SERIES)
		sydra_validate_series(scope, query, show->series.span.start, "SHOW");
	switch (show->kind)
	{
		case SYDRA_SHOW_VALUES:
			show_values(scope, show);
			return;
		case SYDRA_SHOW_SERIES:
			show_series(scope);
			return;
		case SYDRA_SHOW_TAGS:
			show_tags(scope);
			return;
		case SYDRA_SHOW_METRICS:
			show_metrics(scope, show);
			return;
		case SYDRA_SHOW_FUNCTIONS:
			show_functions(scope, show);
			return;
	}
	elog(ERROR, "unknown SHOW %d", (int) show->kind);
}
