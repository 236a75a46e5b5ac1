/*
 * plan_subquery.c
 *	  The rows of a query in FROM as a scan would give them.
 *
 *		(the inner plan) > Project > Number > Sort > Number
 *
 * The Project gives the columns that are asked for.  The first Number tells the order of the rows,
 * the second the series, once they are sorted by their tags; each is there when somebody asks.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "analyze/constant.h"
#include "analyze/infer_call.h"
#include "analyze/subquery.h"
#include "plan/plan_build.h"
#include "plan/plan_subquery.h"

/* As text; one that is '' is missing. */
static SydraTerm *
build_tag(const SydraQuery *query, SydraTerm *column)
{
	SydraScope	scope = {.query = unconstify(SydraQuery *, query),.source = query->source};
	SydraTerm  *empty = sydra_constant_make(SYDRA_KIND_TEXT, -1);

	if (column->kind != SYDRA_KIND_TEXT)
		return sydra_infer_call_operator(&scope, "to_text", list_make1(column), -1);
	empty->typid = TEXTOID;
	empty->value.isnull = false;
	empty->value.bytes = (SydraBytes) {"", 0};
	return sydra_infer_call_function(&scope, "nullif", list_make2(column, empty), -1);
}

/* Filled in by a Number. */
static SydraTerm *
build_number(void)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_INT, -1);

	term->typid = INT8OID;
	term->value.isnull = false;
	return term;
}

static SydraTerm *
build_column(const SydraQuery *query, const SydraScanColumn *column, const SydraPlan *inner)
{
	SydraTerm  *term;

	switch (column->type)
	{
		case SYDRA_SCAN_ATTRIBUTE:
		case SYDRA_SCAN_TAG:
			term = sydra_plan_build_reference(&inner->columns[column->attnum - 1],
											  column->attnum - 1);
			return column->type == SYDRA_SCAN_TAG ? build_tag(query, term) : term;
		case SYDRA_SCAN_SERIES_RANK:
		case SYDRA_SCAN_WRITE_ORDER:
			return build_number();
		case SYDRA_SCAN_TAGS:	/* of SHOW, which takes no subquery */
		case SYDRA_SCAN_SERIES_ID:
		case SYDRA_SCAN_JSON_FIELD:
		case SYDRA_SCAN_PLACE:
			break;
	}
	elog(ERROR, "a subquery has no column of type %d", (int) column->type);
}

/* Without LIMIT the order of rows says nothing but in which order they were written. */
static SydraPlan *
build_inner(const SydraQuery *query)
{
	const SydraQuery *inner = query->subquery;
	SydraPlan  *plan = sydra_plan_build(inner);
	SydraPlan **sort = plan->type == SYDRA_PLAN_PROJECT ? &plan->input : &plan;

	if (query->write_input < 0 && inner->limit < 0 && inner->offset == 0 &&
		inner->limit_by == NIL && *sort != NULL && (*sort)->type == SYDRA_PLAN_SORT)
		*sort = (*sort)->input;
	return plan;
}

static SydraPlan *
build_columns(const SydraQuery *query)
{
	SydraPlan  *inner = build_inner(query);
	SydraPlanProject *project = sydra_plan_build_node(sizeof(SydraPlanProject),
													  SYDRA_PLAN_PROJECT, inner);
	ListCell   *cell;

	foreach(cell, query->scan_columns)
		project->expressions = lappend(project->expressions,
									   build_column(query, lfirst(cell), inner));
	sydra_plan_build_columns(&project->plan, query->inputs);
	return &project->plan;
}

static const char *
input_name(const SydraQuery *query, int input)
{
	return ((const SydraPlanColumn *) list_nth(query->inputs, input))->name;
}

/*
 * The places of the tags among the inputs, by their names: the order that ranks of a table's series
 * are in.  One that has a text is there as that, whatever else is asked of its column.
 */
static int *
find_tags(const SydraQuery *query, int *count)
{
	int		   *places = palloc(sizeof(int) * Max(list_length(query->scan_columns), 1));
	ListCell   *cell;

	*count = 0;
	foreach(cell, query->scan_columns)
	{
		const SydraScanColumn *column = lfirst(cell);
		const SydraTableColumn *tag = sydra_table_column(query->table, column->attnum);
		int			at = *count;

		if (tag == NULL || tag->role != SYDRA_ROLE_TAG ||
			(column->type != SYDRA_SCAN_TAG && sydra_subquery_has_text(tag)))
			continue;
		for (; at > 0 && strcmp(input_name(query, places[at - 1]),
								input_name(query, foreach_current_index(cell))) > 0; at--)
			places[at] = places[at - 1];
		places[at] = foreach_current_index(cell);
		(*count)++;
	}
	return places;
}

static SydraPlanNumber *
number_rows(SydraPlan *input, int column)
{
	SydraPlanNumber *number = sydra_plan_build_node(sizeof(SydraPlanNumber), SYDRA_PLAN_NUMBER,
													input);

	number->column = column;
	return number;
}

static SydraPlan *
number_series(const SydraQuery *query, SydraPlan *plan)
{
	int			count;
	int		   *tags = find_tags(query, &count);
	SydraPlanNumber *number;

	if (count > 0)
	{
		SydraPlanSort *sort = sydra_plan_build_node(sizeof(SydraPlanSort), SYDRA_PLAN_SORT, plan);

		sort->limit = -1;
		sort->keys = palloc(sizeof(SydraSortKey) * count);
		for (int i = 0; i < count; i++)
			sydra_plan_build_sort_key(sort, tags[i], false, false);
		plan = &sort->plan;
	}
	number = number_rows(plan, query->rank_input);
	number->by_keys = true;
	number->key_count = count;
	number->keys = tags;
	return &number->plan;
}

SydraPlan *
sydra_plan_subquery(const SydraQuery *query)
{
	SydraPlan  *plan = build_columns(query);

	if (query->write_input >= 0)
		plan = &number_rows(plan, query->write_input)->plan;
	if (query->rank_input >= 0)
		plan = number_series(query, plan);
	return plan;
}
