/*
 * table_config.c
 *	  The rows of sydra.table_config.
 *
 * The table is for everybody to read, because pg_dump reads it as the user that it is run by, and
 * its rows may come from COPY.  A trigger tells the sessions that have them cached.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type_d.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/object_id.h"
#include "base/sql_function.h"
#include "store/table_config.h"

typedef enum ConfigColumn
{
	CONFIG_RELID = 1,
	CONFIG_ROW_TYPE,
	CONFIG_DEDUP,
	CONFIG_TIME,
	CONFIG_TAGS,
	CONFIG_COLUMNS = CONFIG_TAGS
} ConfigColumn;

SYDRA_FUNCTION(sydra_table_config_changed);
SYDRA_FUNCTION(sydra_table_config_dedup);

static bool
is_of_table(TupleDesc tupdesc, HeapTuple tuple, Oid row_type)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, CONFIG_ROW_TYPE, tupdesc, &isnull);

	return !isnull && DatumGetObjectId(value) == row_type;
}

/* Another table may have been given the number since: its row type tells. */
bool
sydra_table_config_is_of_no_table(HeapTuple tuple, TupleDesc tupdesc)
{
	bool		isnull;
	Oid			relid = DatumGetObjectId(heap_getattr(tuple, CONFIG_RELID, tupdesc, &isnull));

	return !is_of_table(tupdesc, tuple, get_rel_type_id(relid));
}

static char *
read_text(Relation catalog, HeapTuple tuple, ConfigColumn column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, RelationGetDescr(catalog), &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static void
read_tags(Relation catalog, HeapTuple tuple, SydraTableConfig *config)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, CONFIG_TAGS, RelationGetDescr(catalog), &isnull);
	Datum	   *names;
	int			count;

	config->has_tags = !isnull;
	if (isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &names, NULL,
					  &count);
	for (int i = 0; i < count; i++)
		config->tags = lappend(config->tags, TextDatumGetCString(names[i]));
}

/* Nothing has been said where the table has no row. */
static void
read_config(Relation catalog, Oid relid, Oid row_type, SydraTableConfig *config)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(config, 0, sizeof(*config));
	ScanKeyInit(&key, CONFIG_RELID, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, sydra_object_public("table_config_pkey"), true,
							  SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && is_of_table(RelationGetDescr(catalog), tuple, row_type))
	{
		config->dedup = read_text(catalog, tuple, CONFIG_DEDUP);
		config->time = read_text(catalog, tuple, CONFIG_TIME);
		read_tags(catalog, tuple, config);
	}
	systable_endscan(scan);
}

/* A database may still have the objects of version 1.0, which knew none of this. */
void
sydra_table_config_read(Relation rel, SydraTableConfig *config)
{
	Oid			oid = sydra_object_public("table_config");
	Relation	catalog;

	memset(config, 0, sizeof(*config));
	if (!OidIsValid(oid))
		return;
	catalog = table_open(oid, AccessShareLock);
	read_config(catalog, RelationGetRelid(rel), rel->rd_rel->reltype, config);
	table_close(catalog, AccessShareLock);
}

List *
sydra_table_config_tables(void)
{
	Oid			oid = sydra_object_public("table_config");
	List	   *tables = NIL;
	Relation	catalog;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(oid))
		return NIL;
	catalog = table_open(oid, AccessShareLock);
	scan = systable_beginscan(catalog, InvalidOid, false, SnapshotSelf, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		if (!sydra_table_config_is_of_no_table(tuple, RelationGetDescr(catalog)))
			tables = lappend_oid(tables,
								 DatumGetObjectId(heap_getattr(tuple, CONFIG_RELID,
															   RelationGetDescr(catalog), &isnull)));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	list_sort(tables, list_oid_cmp);
	return tables;
}

bool
sydra_table_config_keeps_last(Relation rel)
{
	Oid			oid = sydra_object_public("table_config");
	SydraTableConfig config;
	Relation	catalog;

	if (!OidIsValid(oid))
		return false;
	catalog = table_open(oid, AccessShareLock);
	read_config(catalog, RelationGetRelid(rel), rel->rd_rel->reltype, &config);
	if (config.dedup == NULL && rel->rd_rel->relispartition)
	{
		ListCell   *cell;

		foreach(cell, get_partition_ancestors(RelationGetRelid(rel)))
		{
			read_config(catalog, lfirst_oid(cell), get_rel_type_id(lfirst_oid(cell)), &config);
			if (config.dedup != NULL)
				break;
		}
	}
	table_close(catalog, AccessShareLock);
	return config.dedup != NULL && strcmp(config.dedup, "last") == 0;
}

/* Partitions ask the tables above them. */
static void
tell_sessions(Oid relid)
{
	ListCell   *cell;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		return;
	foreach(cell, find_all_inheritors(relid, NoLock, NULL))
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(cell))))
			CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
}

static Datum
form_tags(const SydraTableConfig *config)
{
	Datum	   *names = palloc(sizeof(Datum) * Max(list_length(config->tags), 1));
	ListCell   *cell;

	foreach(cell, config->tags)
		names[foreach_current_index(cell)] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(names, list_length(config->tags), TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* Rows of tables that are gone go too. */
static void
delete_rows(Relation catalog, Oid relid)
{
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, SnapshotSelf, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Oid			other = DatumGetObjectId(heap_getattr(tuple, CONFIG_RELID,
														  RelationGetDescr(catalog), &isnull));

		if (other == relid ||
			sydra_table_config_is_of_no_table(tuple, RelationGetDescr(catalog)))
			CatalogTupleDelete(catalog, &tuple->t_self);
	}
	systable_endscan(scan);
}

void
sydra_table_config_set(Relation rel, const SydraTableConfig *config)
{
	Oid			relid = RelationGetRelid(rel);
	Oid			oid = sydra_object_public("table_config");
	Datum		values[CONFIG_COLUMNS] = {0};
	bool		nulls[CONFIG_COLUMNS] = {false};
	Relation	catalog;

	if (!OidIsValid(oid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation \"sydra.table_config\" does not exist"),
				errhint("Run ALTER EXTENSION sydraql UPDATE."));
	catalog = table_open(oid, ShareRowExclusiveLock);
	delete_rows(catalog, relid);
	values[CONFIG_RELID - 1] = ObjectIdGetDatum(relid);
	values[CONFIG_ROW_TYPE - 1] = ObjectIdGetDatum(rel->rd_rel->reltype);
	nulls[CONFIG_DEDUP - 1] = config->dedup == NULL;
	if (config->dedup != NULL)
		values[CONFIG_DEDUP - 1] = CStringGetTextDatum(config->dedup);
	nulls[CONFIG_TIME - 1] = config->time == NULL;
	if (config->time != NULL)
		values[CONFIG_TIME - 1] = CStringGetTextDatum(config->time);
	nulls[CONFIG_TAGS - 1] = !config->has_tags;
	if (config->has_tags)
		values[CONFIG_TAGS - 1] = form_tags(config);
	CatalogTupleInsert(catalog, heap_form_tuple(RelationGetDescr(catalog), values, nulls));
	table_close(catalog, NoLock);
	/* The same call may say something else. */
	CommandCounterIncrement();
	tell_sessions(relid);
}

/* table_config_changed() RETURNS trigger, after each row */
Datum
sydra_table_config_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "not called as a trigger");
	tell_sessions(DatumGetObjectId(heap_getattr(trigger->tg_trigtuple, CONFIG_RELID,
												RelationGetDescr(trigger->tg_relation), &isnull)));
	return PointerGetDatum(NULL);
}

/* dedup_of(metric oid) RETURNS text: of a table whose AM is sydra, or a partitioned one */
Datum
sydra_table_config_dedup(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	bool		keeps_last;

	if (rel == NULL)
		PG_RETURN_NULL();
	keeps_last = sydra_table_config_keeps_last(rel);
	relation_close(rel, AccessShareLock);
	PG_RETURN_TEXT_P(cstring_to_text(keeps_last ? "last" : "none"));
}
