/*
 * show.c
 *	  What SHOW asks of a metric, as a query of one row of each series.
 *
 * SHOW VALUES groups by the tag, SHOW SERIES takes one row of each rank: series whose tags read alike
 * are one.  SHOW TAGS takes the tags of all series, whose keys are put together by who runs it.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "analyze/infer_call.h"
#include "analyze/name.h"
#include "analyze/show.h"
#include "analyze/validate.h"

/* A SHOW's columns are texts, but for one. */
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
	query->items = list_make1(sydra_name_all_tags(scope));
	query->orders = list_make1(ordering);
	query->limit = 1;
	query->limit_by = list_make1(rank);
	give_columns(query, (const char *const[]) {"tags"}, 1);
	query->columns->kind = SYDRA_KIND_DATUM;
	query->columns->typid = JSONBOID;
}

static void
show_tags(SydraScope *scope)
{
	SydraQuery *query = scope->query;

	query->type = SYDRA_QUERY_SHOW;
	query->items = list_make1(sydra_name_all_tags(scope));
	give_columns(query, (const char *const[]) {"tag"}, 1);
}

void
sydra_show_analyze(SydraScope *scope, const SydraShow *show)
{
	static const char *const function_columns[] = {"name", "kind", "signature", "description"};
	SydraQuery *query = scope->query;

	if (show->where && query->table == NULL)
		sydra_scope_not_supported(scope, show->where->span.start, "a WHERE of this SHOW",
								  "SHOW SERIES FROM a metric takes one.");
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
			query->type = SYDRA_QUERY_SHOW;
			give_columns(query, (const char *const[]) {"metric"}, 1);
			return;
		case SYDRA_SHOW_FUNCTIONS:
			query->type = SYDRA_QUERY_SHOW;
			give_columns(query, function_columns, lengthof(function_columns));
			return;
	}
	elog(ERROR, "unknown SHOW %d", (int) show->kind);
}
