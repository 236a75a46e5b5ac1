/*
 * collect.c
 *	  Deletes what the catalogs hold of stores that are no more.
 *
 * DROP TABLE, TRUNCATE and whatever gives a table new files take segments away with the old ones;
 * the rows about them in sydra_catalog stay, under a storage id that no file carries.  They are in
 * nobody's way, as ids are not used again, and are deleted here, later.
 *
 * An id is an orphan when it is in no table's marker.  Two things could bring one back or have yet to
 * show it, and are waited for:
 *
 *	  - a transaction that has cut or replaced a table's files, and may be rolled back: it holds
 *		AccessExclusiveLock on the table, prepared or not, so that every table is locked to look at
 *		its marker, and one that cannot be locked ends the search;
 *
 *	  - a transaction that has made the table: neither it nor its files can be seen yet, but the row
 *		in sydra_catalog.storage can, being frozen.  It says who wrote it, and is looked at only
 *		when that was over before the search began.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/xid8.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "base/sql_function.h"
#include "series/table.h"
#include "store/collect.h"
#include "store/store.h"
#include "store/table_config.h"

SYDRA_FUNCTION(sydra_collect);

/* What a store's rows are in, the anchor last: until it is deleted, what is left is found again. */
static const struct
{
	const char *catalog;
	const char *index;			/* by storage_id first */
}			stores[] = {
	{"tombstone", "tombstone_row"},
	{"segment", "segment_pkey"},
	{"series", "series_pkey"},
	{"missing_value", "missing_value_pkey"},
	{"merge_status", "merge_status_pkey"},
	{"storage", "storage_pkey"}
};

typedef enum StorageColumn
{
	STORAGE_ID,
	STORAGE_RELID,
	STORAGE_CREATOR,
	STORAGE_COLUMNS
} StorageColumn;

static const char *const storage_columns[] = {"storage_id", "relid", "creator"};

static HTAB *read_candidates(Relation catalog, const AttrNumber *attnums);
static bool strike_live(HTAB *candidates);

/* collect() RETURNS bigint: all of them at once; workers commit in between. */
Datum
sydra_collect(PG_FUNCTION_ARGS)
{
	List	   *orphans;
	int64		count = 0;
	ListCell   *cell;

	if (!sydra_collect_lock())
		PG_RETURN_INT64(0);
	orphans = sydra_collect_find();
	foreach(cell, orphans)
		count += sydra_collect_delete(*(int64 *) lfirst(cell), PG_INT32_MAX);
	PG_RETURN_INT64(count + sydra_collect_status());
}

/* A mode that conflicts with itself alone, and with VACUUM's. */
bool
sydra_collect_lock(void)
{
	return ConditionalLockRelationOid(sydra_object_catalog("storage"), ShareUpdateExclusiveLock);
}

List *
sydra_collect_find(void)
{
	AttrNumber	attnums[STORAGE_COLUMNS];
	Relation	catalog;
	HTAB	   *candidates;
	List	   *orphans = NIL;
	HASH_SEQ_STATUS status;
	int64	   *storage_id;

	catalog = sydra_catalog_open("storage", AccessShareLock, storage_columns, attnums,
								 STORAGE_COLUMNS);
	candidates = read_candidates(catalog, attnums);
	if (hash_get_num_entries(candidates) > 0 && strike_live(candidates))
	{
		hash_seq_init(&status, candidates);
		while ((storage_id = hash_seq_search(&status)) != NULL)
		{
			int64	   *orphan = palloc(sizeof(int64));

			*orphan = *storage_id;
			orphans = lappend(orphans, orphan);
		}
	}
	hash_destroy(candidates);
	table_close(catalog, AccessShareLock);
	return orphans;
}

/* Opens a table of ours; NULL when it is none or cannot be locked, which *locked tells apart. */
static Relation
open_unlocked(Oid relid, bool *locked)
{
	Relation	rel;

	*locked = !ConditionalLockRelationOid(relid, AccessShareLock);
	if (*locked)
		return NULL;
	rel = try_relation_open(relid, NoLock);
	if (rel == NULL)
		UnlockRelationOid(relid, AccessShareLock);
	else if ((rel->rd_rel->relkind != RELKIND_RELATION &&
			  rel->rd_rel->relkind != RELKIND_MATVIEW) || !sydra_table_is_sydra(rel))
	{
		relation_close(rel, AccessShareLock);
		return NULL;
	}
	return rel;
}

/* Whether the table that made an id has it still: most have, and need no search. */
static bool
is_at_home(Oid relid, int64 storage_id)
{
	SydraStore	store;
	bool		locked;
	Relation	rel = open_unlocked(relid, &locked);
	bool		result;

	if (rel == NULL)
		return locked;
	result = sydra_store_find(rel, &store) && store.storage_id == storage_id;
	relation_close(rel, AccessShareLock);
	return result;
}

/* Ids whose makers are over, and that are not where they were made. */
static HTAB *
read_candidates(Relation catalog, const AttrNumber *attnums)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(int64)};
	HTAB	   *candidates;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	FullTransactionId horizon = sydra_store_widen_xid(snapshot->xmin);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, snapshot, 0, NULL);
	HeapTuple	tuple;

	control.hcxt = CurrentMemoryContext;
	candidates = hash_create("sydra orphans", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Datum		values[STORAGE_COLUMNS];
		int64		storage_id;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < STORAGE_COLUMNS; i++)
			values[i] = heap_getattr(tuple, attnums[i], RelationGetDescr(catalog), &isnull);
		storage_id = DatumGetInt64(values[STORAGE_ID]);
		if (FullTransactionIdPrecedes(DatumGetFullTransactionId(values[STORAGE_CREATOR]),
									  horizon) &&
			!is_at_home(DatumGetObjectId(values[STORAGE_RELID]), storage_id))
			hash_search(candidates, &storage_id, HASH_ENTER, NULL);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return candidates;
}

/*
 * Takes out what is in the marker of any table; false when one of them cannot be looked at.
 *
 * A table's lock is let go of at once.  No id moves from one table to another, and none that was
 * not in an unlocked table can come back to it.
 */
static bool
strike_live(HTAB *candidates)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	bool		locked = false;

	while (!locked && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		SydraStore	store;
		Relation	rel;

		CHECK_FOR_INTERRUPTS();

		/* Temporary tables have no segments. */
		if ((form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW) ||
			form->relam == HEAP_TABLE_AM_OID || form->relpersistence == RELPERSISTENCE_TEMP)
			continue;
		rel = open_unlocked(form->oid, &locked);
		if (rel == NULL)
			continue;
		if (sydra_store_find(rel, &store))
			hash_search(candidates, &store.storage_id, HASH_REMOVE, NULL);
		relation_close(rel, AccessShareLock);
	}
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	return !locked;
}

/* Deletes rows that an index finds by a key, or, without an index, all that a test is true of. */
static int
delete_rows(Relation catalog, Oid index, ScanKey key, int limit,
			bool (*is_wanted) (HeapTuple tuple, TupleDesc tupdesc))
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	CommandId	cid = GetCurrentCommandId(true);
	SysScanDesc scan = systable_beginscan(catalog, index, OidIsValid(index), snapshot,
										  OidIsValid(index) ? 1 : 0, key);
	HeapTuple	tuple;
	int			count = 0;

	while (count < limit && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		if (is_wanted != NULL && !is_wanted(tuple, RelationGetDescr(catalog)))
			continue;

		/* Another collector may have been here. */
		if (heap_delete(catalog, &tuple->t_self, cid, InvalidSnapshot, true, &failure,
						false) == TM_Ok)
			count++;
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return count;
}

static int
delete_of_store(const char *name, const char *index, int64 storage_id, int limit)
{
	static const char *const keys[] = {"storage_id"};
	AttrNumber	attnum;
	Relation	catalog = sydra_catalog_open(name, RowExclusiveLock, keys, &attnum, 1);
	ScanKeyData key;
	int			count;

	ScanKeyInit(&key, attnum, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(storage_id));
	count = delete_rows(catalog, sydra_object_catalog(index), &key, limit, NULL);
	table_close(catalog, RowExclusiveLock);
	return count;
}

int
sydra_collect_delete(int64 storage_id, int limit)
{
	int			count = 0;

	for (int i = 0; i < lengthof(stores) && count < limit; i++)
		if (sydra_object_has_catalog(stores[i].catalog))
			count += delete_of_store(stores[i].catalog, stores[i].index, storage_id,
									 limit - count);
	return count;
}

/* These begin with the relid, and are written of tables that are there for everybody. */
static const char *const notes[] = {"seal_status", "merge_request", "consumer"};

static bool
is_of_no_table(HeapTuple tuple, TupleDesc tupdesc)
{
	bool		isnull;
	Oid			relid = DatumGetObjectId(heap_getattr(tuple, 1, tupdesc, &isnull));

	return !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

static int
delete_of_no_table(Oid catalog, bool (*is_wanted) (HeapTuple tuple, TupleDesc tupdesc))
{
	Relation	rel = table_open(catalog, RowExclusiveLock);
	int			count = delete_rows(rel, InvalidOid, NULL, PG_INT32_MAX, is_wanted);

	table_close(rel, RowExclusiveLock);
	return count;
}

int
sydra_collect_status(void)
{
	Oid			config = sydra_object_public("table_config");
	int			count = 0;

	for (int i = 0; i < lengthof(notes); i++)
		if (sydra_object_has_catalog(notes[i]))
			count += delete_of_no_table(sydra_object_catalog(notes[i]), is_of_no_table);
	if (OidIsValid(config))
		count += delete_of_no_table(config, sydra_table_config_is_of_no_table);
	return count;
}
