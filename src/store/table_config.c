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
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
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
	CONFIG_COLUMNS = CONFIG_DEDUP
} ConfigColumn;

SYDRA_FUNCTION(sydra_table_config_changed);
SYDRA_FUNCTION(sydra_table_config_dedup);

static bool
is_of_table(Relation catalog, HeapTuple tuple, Oid row_type)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, CONFIG_ROW_TYPE, RelationGetDescr(catalog), &isnull);

	return !isnull && DatumGetObjectId(value) == row_type;
}

/* False when the table has no row. */
static bool
find_dedup(Relation catalog, Oid relid, Oid row_type, bool *keeps_last)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found;

	ScanKeyInit(&key, CONFIG_RELID, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, sydra_object_public("table_config_pkey"), true,
							  SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple) && is_of_table(catalog, tuple, row_type);
	if (found)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, CONFIG_DEDUP, RelationGetDescr(catalog), &isnull);

		*keeps_last = !isnull && strcmp(TextDatumGetCString(value), "last") == 0;
	}
	systable_endscan(scan);
	return found;
}

/* A database may still have the objects of version 1.0, which knew none of this. */
bool
sydra_table_config_keeps_last(Relation rel)
{
	Oid			config = sydra_object_public("table_config");
	bool		keeps_last = false;
	Relation	catalog;

	if (!OidIsValid(config))
		return false;
	catalog = table_open(config, AccessShareLock);
	if (!find_dedup(catalog, RelationGetRelid(rel), rel->rd_rel->reltype, &keeps_last) &&
		rel->rd_rel->relispartition)
	{
		ListCell   *cell;

		foreach(cell, get_partition_ancestors(RelationGetRelid(rel)))
			if (find_dedup(catalog, lfirst_oid(cell), get_rel_type_id(lfirst_oid(cell)),
						   &keeps_last))
				break;
	}
	table_close(catalog, AccessShareLock);
	return keeps_last;
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

/* Rows of tables that are gone go too. */
void
sydra_table_config_set(Relation rel, bool keeps_last)
{
	Oid			relid = RelationGetRelid(rel);
	Oid			config = sydra_object_public("table_config");
	Datum		values[CONFIG_COLUMNS];
	bool		nulls[CONFIG_COLUMNS] = {false};
	Relation	catalog;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(config))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation \"sydra.table_config\" does not exist"),
				errhint("Run ALTER EXTENSION sydraql UPDATE."));
	catalog = table_open(config, ShareRowExclusiveLock);
	scan = systable_beginscan(catalog, InvalidOid, false, SnapshotSelf, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Oid			other = DatumGetObjectId(heap_getattr(tuple, CONFIG_RELID,
														  RelationGetDescr(catalog), &isnull));

		if (other == relid || !is_of_table(catalog, tuple, get_rel_type_id(other)))
			CatalogTupleDelete(catalog, &tuple->t_self);
	}
	systable_endscan(scan);
	values[CONFIG_RELID - 1] = ObjectIdGetDatum(relid);
	values[CONFIG_ROW_TYPE - 1] = ObjectIdGetDatum(rel->rd_rel->reltype);
	values[CONFIG_DEDUP - 1] = CStringGetTextDatum(keeps_last ? "last" : "none");
	CatalogTupleInsert(catalog, heap_form_tuple(RelationGetDescr(catalog), values, nulls));
	table_close(catalog, NoLock);
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
