/*
 * by_id.c
 *	  The series of an id, looked for among those of all metrics that the caller may read.
 *
 * An id is made of names and tags and kept nowhere, so that each series has to be asked for its own.
 * First those that are numbered, whose tags are known without a row being read, in tables that
 * nobody has locked; when it is none of these, those of the rows that the statement sees.
 *
 * Where a series was found is remembered by the backend, and what is remembered is believed as long
 * as the table does not change; after that this table is asked before all others.  Names of schemas
 * may change without any sign, so that the id is computed anew each time.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "analyze/by_id.h"
#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/infer_call.h"
#include "analyze/name.h"
#include "base/compat.h"
#include "base/error.h"
#include "series/series_id.h"
#include "store/cursor.h"
#include "store/missing.h"

/* So many ids are remembered. */
#define PLACES_MAX 1024

/* Where a series was found. */
typedef struct Place
{
	int64		id;
	Oid			relid;
	bool		valid;			/* the table has not changed since */
	bool		numbered;		/* and the series stays, as it has a number */
	Jsonb	   *tags;
} Place;

typedef struct Search
{
	int64		id;
	int			found;			/* series of that id: 0, 1 or more */
	Oid			relid;			/* of the first */
	Jsonb	   *tags;
	bool		numbered;
} Search;

static HTAB *places;			/* by id; or NULL */
static MemoryContext places_context;
static uint64 changes;			/* of tables, that this backend was told of */

/*
 * What is remembered.
 */

static void
forget_places(Datum argument, Oid relid)
{
	HASH_SEQ_STATUS status;
	Place	   *place;

	changes++;
	if (places == NULL)
		return;
	hash_seq_init(&status, places);
	while ((place = hash_seq_search(&status)) != NULL)
		if (relid == InvalidOid || place->relid == relid)
			place->valid = false;
}

static void
empty_places(void)
{
	HASHCTL		control = {.keysize = sizeof(int64),.entrysize = sizeof(Place)};

	places = NULL;
	MemoryContextReset(places_context);
	control.hcxt = places_context;
	places = hash_create("sydra series by id", PLACES_MAX, &control,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
open_places(void)
{
	places_context = AllocSetContextCreate(CacheMemoryContext, "sydra series by id",
										   ALLOCSET_SMALL_SIZES);
	CacheRegisterRelcacheCallback(forget_places, (Datum) 0);
}

static Jsonb *
copy_tags(Jsonb *tags)
{
	return (Jsonb *) DatumGetPointer(datumCopy(JsonbPGetDatum(tags), false, -1));
}

static void
remember(const Search *search, bool valid)
{
	MemoryContext caller;
	Jsonb	   *tags;
	Place	   *place;
	bool		known;

	if (places == NULL || hash_get_num_entries(places) >= PLACES_MAX)
		empty_places();
	caller = MemoryContextSwitchTo(places_context);
	tags = copy_tags(search->tags);
	MemoryContextSwitchTo(caller);
	place = hash_search(places, &search->id, HASH_ENTER, &known);
	if (known)
		pfree(place->tags);
	place->tags = tags;
	place->relid = search->relid;
	place->valid = valid;
	place->numbered = search->numbered;
}

/*
 * One table.
 */

static void
take_series(Search *search, SydraDictionary *dictionary, Relation rel, uint32 series)
{
	Jsonb	   *tags;

	if (sydra_dictionary_id(dictionary, series) != search->id)
		return;
	tags = sydra_dictionary_json(dictionary, series);
	if (search->found > 0 && search->relid == RelationGetRelid(rel) &&
		compareJsonbContainers(&search->tags->root, &tags->root) == 0)
		return;
	if (search->found++ > 0)
		return;
	search->relid = RelationGetRelid(rel);
	search->tags = tags;
}

/* A damaged series is none here; whoever reads rows of it tells. */
static void
search_numbered(Search *search, Relation rel, const SydraStore *store, const SydraTable *table)
{
	SydraDictionary *dictionary = sydra_dictionary_open(table, store->storage_id);
	int			before = search->found;
	uint32		max = sydra_dictionary_max(dictionary);

	sydra_dictionary_tolerate(dictionary);
	sydra_dictionary_load(dictionary);
	for (uint32 series = 1; series <= max; series++)
	{
		CHECK_FOR_INTERRUPTS();
		if (sydra_dictionary_has(dictionary, series))
			take_series(search, dictionary, rel, series);
	}
	search->numbered |= search->found > before;
}

static bool
has_id(void *arg, SydraDictionary *dictionary, uint32 series)
{
	return sydra_dictionary_id(dictionary, series) == ((const Search *) arg)->id;
}

static void
search_rows(Search *search, Relation rel, const SydraTable *table)
{
	SydraCursorSpec spec = {
		.table = table,
		.time_min = PG_INT64_MIN,
		.time_max = PG_INT64_MAX,
		.series_filter = has_id,
		.filter_arg = search,
		.one_per_series = true
	};
	Snapshot	snapshot = RegisterSnapshot(ActiveSnapshotSet() ? GetActiveSnapshot() :
											GetTransactionSnapshot());
	SydraCursor *cursor = sydra_cursor_open(rel, snapshot, &spec);
	SydraBatch *batch;

	while (sydra_cursor_next(cursor, &batch))
		for (int i = 0; i < batch->run_count; i++)
			take_series(search, sydra_cursor_dictionary(cursor), rel, batch->runs[i].series);
	sydra_cursor_close(cursor);
	UnregisterSnapshot(snapshot);
}

/* Who may read a part of a metric's rows or columns is not told of its series. */
static bool
may_search(Oid relid)
{
	Oid			user = GetUserId();
	bool		missing = false;
	Oid			namespace = get_rel_namespace(relid);

	return OidIsValid(namespace) &&
		object_aclcheck(NamespaceRelationId, namespace, user, ACL_USAGE) == ACLCHECK_OK &&
		pg_class_aclcheck_ext(relid, user, ACL_SELECT, &missing) == ACLCHECK_OK && !missing &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
}

/* The files of some tables are not here. */
static bool
may_open(Relation rel)
{
	return sydra_table_is_sydra(rel) && !RELATION_IS_OTHER_TEMP(rel) &&
		(RelationIsPermanent(rel) || !RecoveryInProgress()) &&
		RELKIND_HAS_STORAGE(rel->rd_rel->relkind);
}

typedef enum Depth
{
	DEPTH_NUMBERED,				/* without waiting for locks */
	DEPTH_ROWS
} Depth;

static void
search_table(Search *search, Oid relid, Depth depth)
{
	MemoryContext context;
	MemoryContext caller;
	Relation	rel;
	SydraStore	store;
	const SydraTable *table;

	CHECK_FOR_INTERRUPTS();
	if (!may_search(relid))
		return;
	if (depth == DEPTH_ROWS)
		LockRelationOid(relid, AccessShareLock);
	else if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return;
	rel = try_relation_open(relid, NoLock);
	if (rel == NULL)
	{
		UnlockRelationOid(relid, AccessShareLock);
		return;
	}
	context = AllocSetContextCreate(CurrentMemoryContext, "sydra series by id",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	table = sydra_table_describe(rel);
	if (may_open(rel) && table->time_attnum != 0)
	{
		bool		numbered = sydra_store_find(rel, &store);

		if (numbered)
			table = sydra_missing_restore(table, &store);
		if (depth == DEPTH_ROWS)
			search_rows(search, rel, table);
		else if (numbered)
			search_numbered(search, rel, &store, table);
	}
	MemoryContextSwitchTo(caller);
	if (search->found > 0 && search->relid == relid)
		search->tags = copy_tags(search->tags);
	MemoryContextDelete(context);
	relation_close(rel, AccessShareLock);
}

/*
 * All tables.
 */

static void
search_all(Search *search)
{
	List	   *metrics = sydra_resolve_all();
	ListCell   *cell;

	for (Depth depth = DEPTH_NUMBERED; depth <= DEPTH_ROWS && search->found == 0; depth++)
		foreach(cell, metrics)
		{
			const SydraKnownMetric *metric = lfirst(cell);

			if (metric->is_sydra)
				search_table(search, metric->relid, depth);
		}
}

/* Whether what is remembered can be believed. */
static bool
believe(Search *search, const Place *place)
{
	int64		id;

	if (!place->valid || !place->numbered || !may_search(place->relid) ||
		!sydra_series_id(place->relid, sydra_dictionary_key(place->tags), &id) ||
		id != search->id)
		return false;
	search->found = 1;
	search->relid = place->relid;
	search->tags = copy_tags(place->tags);
	return true;
}

static void
run(Search *search)
{
	const Place *place;
	uint64		changes_before;

	if (places_context == NULL)
		open_places();
	place = places ? hash_search(places, &search->id, HASH_FIND, NULL) : NULL;
	if (place != NULL && believe(search, place))
		return;
	changes_before = changes;
	for (Depth depth = DEPTH_NUMBERED; place != NULL && depth <= DEPTH_ROWS && search->found == 0;
		 depth++)
		search_table(search, place->relid, depth);
	if (search->found == 0)
		search_all(search);
	if (search->found == 1)
		remember(search, changes == changes_before);
}

Oid
sydra_by_id_table(int64 id)
{
	Search		search = {.id = id};

	run(&search);
	return search.found == 1 ? search.relid : InvalidOid;
}

/* A table that was renamed before it could be locked has no such series any more. */
void
sydra_by_id_resolve(SydraScope *scope, const SydraSeries *series, LOCKMODE lock,
					SydraMetric *metric)
{
	Search		search = {.id = series->id};
	int64		id;

	run(&search);
	if (search.found > 1)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_AMBIGUOUS, series->span.start,
								  "several series have the id " INT64_FORMAT, series->id),
				errhint("Name the metric and the tags, as in cpu.load{host = 'a'}."));
	if (search.found == 1)
		LockRelationOid(search.relid, lock);
	if (search.found == 0 ||
		!sydra_series_id(search.relid, sydra_dictionary_key(search.tags), &id) || id != series->id)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_METRIC, series->span.start,
								  "no series has the id " INT64_FORMAT, series->id),
				errhint("SHOW SERIES FROM a metric tells the ids of its series."));
	metric->relid = search.relid;
	metric->table = get_rel_name(search.relid);
	metric->schema = get_namespace_name(get_rel_namespace(search.relid));
	metric->text = isTempNamespace(get_rel_namespace(search.relid)) ? metric->table :
		psprintf("%s.%s", metric->schema, metric->table);
	metric->tags = search.tags;
}

/*
 * The series as a condition.
 */

char *
sydra_by_id_tag(Jsonb *tags, const char *key)
{
	JsonbValue	room;
	const JsonbValue *value = getKeyJsonValueFromContainer(&tags->root, key, strlen(key), &room);

	return value ? pnstrdup(value->val.string.val, value->val.string.len) : NULL;
}

static SydraTerm *
make_equality(SydraScope *scope, const SydraSeries *series, const char *key, const char *text)
{
	SydraExpr	value = {.kind = SYDRA_EXPR_STRING,.span = series->span,.string = text};
	SydraMatcher matcher = {
		.tag = {.text = key,.quoted = true,.span = series->span},
		.op = SYDRA_OP_EQ,
		.op_span = series->span,
		.value = &value,
		.span = series->span
	};

	return sydra_infer_matcher(scope, &matcher);
}

static SydraTerm *
make_id(SydraScope *scope, const SydraSeries *series)
{
	SydraTerm  *id = sydra_constant_make(SYDRA_KIND_INT, series->span.start);

	id->typid = INT8OID;
	id->value.isnull = false;
	id->value.integer = series->id;
	return sydra_infer_call_operator(scope, "=", list_make2(sydra_name_series_id(scope), id),
									 series->span.start);
}

/* Tags that the series does not have, which others may have, are what the id is asked for. */
static List *
list_native(SydraScope *scope, const SydraSeries *series, Jsonb *tags)
{
	JsonbIterator *iterator = JsonbIteratorInit(&tags->root);
	JsonbIteratorToken token;
	JsonbValue	item;
	List	   *terms = NIL;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		const char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(item.val.string.val, item.val.string.len);
		terms = lappend(terms, make_equality(scope, series, key, sydra_by_id_tag(tags, key)));
	}
	return lappend(terms, make_id(scope, series));
}

static List *
list_wide(SydraScope *scope, const SydraSeries *series, Jsonb *tags)
{
	const SydraTable *table = scope->query->table;
	List	   *terms = NIL;

	for (int i = 0; i < table->column_count; i++)
	{
		const char *key = NameStr(table->columns[i].name);
		const char *text;

		if (table->columns[i].role != SYDRA_ROLE_TAG)
			continue;
		text = sydra_by_id_tag(tags, key);
		terms = lappend(terms, make_equality(scope, series, key, text ? text : ""));
	}
	return terms;
}

SydraTerm *
sydra_by_id_condition(SydraScope *scope, const SydraSeries *series, Jsonb *tags)
{
	List	   *terms = sydra_name_tags_column(scope->query->table) != NULL ?
		list_native(scope, series, tags) : list_wide(scope, series, tags);

	return terms != NIL ? sydra_infer_call_and(terms) : NULL;
}
