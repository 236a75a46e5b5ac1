/*
 * api_show.c
 *	  SHOW METRICS, SHOW TAGS and SHOW FUNCTIONS.
 *
 * All rows are ordered by bytes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "analyze/resolve.h"
#include "api/api_diagnostic.h"
#include "api/api_query.h"
#include "api/api_show.h"
#include "engine/engine.h"
#include "lang/ast_print.h"
#include "optimize/optimize.h"
#include "plan/plan_build.h"
#include "store/plain_table.h"

/* Texts in the order of their bytes, each once. */
typedef struct TextSet
{
	int			count;
	int			room;
	char	  **texts;
} TextSet;

/* A text that is new is copied into the current context. */
static void
add_text(TextSet *set, const char *text, int length)
{
	int			low = 0;
	int			high = set->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = strncmp(set->texts[middle], text, length);

		if (order == 0 && set->texts[middle][length] != '\0')
			order = 1;
		if (order == 0)
			return;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (set->count == set->room)
	{
		set->room = Max(set->room * 2, 16);
		set->texts = set->texts ? repalloc_huge(set->texts, sizeof(char *) * set->room) :
			palloc(sizeof(char *) * set->room);
	}
	memmove(set->texts + low + 1, set->texts + low, sizeof(char *) * (set->count - low));
	set->texts[low] = pnstrdup(text, length);
	set->count++;
}

static int64
give_texts(const TextSet *set, SydraResult *result)
{
	for (int i = 0; i < set->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		sydra_result_add_text(result, set->texts[i]);
	}
	return set->count;
}

/*
 * Metrics.
 */

/* Nothing is behind the last column, and of a table that has just been dropped nothing is left. */
static bool
has_time_column(Oid relid)
{
	bool		found = false;

	for (int attnum = 1; !found; attnum++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
											Int16GetDatum(attnum));

		if (!HeapTupleIsValid(tuple))
			return false;
		if (((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull)
			found = getBaseType(((Form_pg_attribute) GETSTRUCT(tuple))->atttypid) ==
				TIMESTAMPTZOID;
		ReleaseSysCache(tuple);
	}
	return found;
}

/* FROM takes no table without one.  Of one that somebody is changing it is believed. */
static bool
has_time(const SydraKnownMetric *metric)
{
	Relation	rel;
	bool		found;

	if (metric->is_sydra)
		return has_time_column(metric->relid);
	if (!ConditionalLockRelationOid(metric->relid, AccessShareLock))
		return true;
	rel = try_relation_open(metric->relid, NoLock);
	found = rel != NULL && sydra_plain_table_has_time(rel);
	if (rel != NULL)
		relation_close(rel, NoLock);
	UnlockRelationOid(metric->relid, AccessShareLock);
	return found;
}

/* As FROM takes it. */
static const char *
write_name(const char *schema, const char *table)
{
	SydraArena	arena = sydra_api_arena();
	SydraWriter writer = {.arena = &arena};
	SydraIdent	parts[] = {{.text = schema}, {.text = table}};
	SydraSeries series = {
		.kind = SYDRA_SERIES_NAME,
		.name = {.parts = schema ? parts : parts + 1,.part_count = schema ? 2 : 1}
	};

	sydra_ast_put_series(&writer, &series);
	return writer.text;
}

static bool
is_like(const char *text, const char *pattern)
{
	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID,
												CStringGetTextDatum(text),
												CStringGetTextDatum(pattern)));
}

/*
 * Whether the metric has a series for which the WHERE holds; none of one of which the caller may not
 * read so much, or whose files are not here.
 */
static bool
has_series(const SydraQuery *query, const SydraKnownMetric *metric)
{
	SydraIdent	parts[] = {{.text = metric->schema}, {.text = metric->table}};
	SydraShow	show = {
		.kind = SYDRA_SHOW_METRICS,
		.series = {
			.kind = SYDRA_SERIES_NAME,
			.name = {
				.parts = metric->schema ? parts : parts + 1,
				.part_count = metric->schema ? 2 : 1
			}
		},
		.where = query->show->where
	};
	SydraStatement statement = {.kind = SYDRA_STATEMENT_SHOW,.show = &show};
	SydraQuery *asked;
	Snapshot	snapshot;
	SydraExecution *execution;
	SydraEngineUse use;
	SydraBatch *batch;
	bool		found;

	if (RecoveryInProgress() && metric->persistence != RELPERSISTENCE_PERMANENT)
		return false;
	asked = sydra_analyze(&statement, query->source, query->parameters);
	if (!sydra_query_is_allowed(asked))
		return false;
	snapshot = RegisterSnapshot(GetActiveSnapshot());
	execution = sydra_engine_open(sydra_optimize(sydra_plan_build(asked), query->source), snapshot,
								  query->source, false);
	found = sydra_engine_next(execution, &batch);
	sydra_engine_close(execution, &use);
	UnregisterSnapshot(snapshot);
	return found;
}

static bool
is_shown(const SydraQuery *query, const SydraKnownMetric *metric)
{
	const char *like = query->show->like;

	if (!sydra_resolve_may_read(metric) || !has_time(metric))
		return false;
	if (like != NULL &&
		!is_like(metric->schema ? psprintf("%s.%s", metric->schema, metric->table) :
				 metric->table, like))
		return false;
	return query->show->where == NULL || has_series(query, metric);
}

static int64
show_metrics(const SydraQuery *query, SydraResult *result)
{
	TextSet		metrics = {0};
	ListCell   *cell;

	foreach(cell, sydra_resolve_all())
	{
		const SydraKnownMetric *metric = lfirst(cell);
		const char *name;

		CHECK_FOR_INTERRUPTS();
		if (!is_shown(query, metric))
			continue;
		name = write_name(metric->schema, metric->table);
		add_text(&metrics, name, strlen(name));
	}
	return give_texts(&metrics, result);
}

/*
 * Tags.
 */

static void
add_keys(TextSet *keys, Jsonb *tags)
{
	JsonbIterator *iterator = JsonbIteratorInit(&tags->root);
	JsonbIteratorToken token;
	JsonbValue	item;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
		if (token == WJB_KEY)
			add_text(keys, item.val.string.val, item.val.string.len);
}

static int64
show_tags(const SydraQuery *query, SydraResult *result, SydraStats *stats)
{
	Snapshot	snapshot = RegisterSnapshot(GetActiveSnapshot());
	SydraPlan  *plan = sydra_optimize(sydra_plan_build(query), query->source);
	SydraExecution *execution = sydra_engine_open(plan, snapshot, query->source, false);
	SydraEngineUse use;
	TextSet		keys = {0};
	SydraBatch *batch;

	while (sydra_engine_next(execution, &batch))
	{
		const SydraBytes *tags = batch->columns[0].values;
		int			count = batch->selected ? batch->selected_count : batch->count;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
			add_keys(&keys, (Jsonb *) tags[batch->selected ? batch->selected[i] : i].data);
	}
	sydra_engine_close(execution, &use);
	UnregisterSnapshot(snapshot);
	stats->memory = use.memory;
	return give_texts(&keys, result);
}

/*
 * Functions.
 */

static int
compare_names(const void *left, const void *right)
{
	return strcmp(((const SydraFunctionRow *) left)->name,
				  ((const SydraFunctionRow *) right)->name);
}

/* A row for each name. */
static int64
show_functions(const SydraQuery *query, SydraResult *result)
{
	int			count = list_length(query->shown);
	SydraFunctionRow *rows = palloc(sizeof(SydraFunctionRow) * Max(count, 1));

	for (int i = 0; i < count; i++)
		sydra_function_row(list_nth_int(query->shown, i), &rows[i]);
	qsort(rows, count, sizeof(SydraFunctionRow), compare_names);
	for (int i = 0; i < count; i++)
	{
		const char *texts[] = {
			rows[i].name, sydra_function_class_name(rows[i].class), rows[i].signature, rows[i].doc
		};

		sydra_result_add_texts(result, texts);
	}
	return count;
}

void
sydra_show_run(const SydraQuery *query, SydraResult *result, SydraStats *stats)
{
	switch (query->show->kind)
	{
		case SYDRA_SHOW_METRICS:
			stats->rows = show_metrics(query, result);
			return;
		case SYDRA_SHOW_TAGS:
			stats->rows = show_tags(query, result, stats);
			return;
		case SYDRA_SHOW_FUNCTIONS:
			stats->rows = show_functions(query, result);
			return;
		case SYDRA_SHOW_VALUES:
		case SYDRA_SHOW_SERIES:
			break;
	}
	elog(ERROR, "unknown SHOW %d", (int) query->show->kind);
}
