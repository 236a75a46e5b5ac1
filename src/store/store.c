/*
 * store.c
 *	  Which segment store a table has, and making one.
 *
 * A table's segments are known by a storage id, and that id is kept in the table's TOAST relation,
 * as the row with chunk_id 1.  So it goes wherever the segments' bytes go: away with TRUNCATE, back
 * when that is rolled back, along to another tablespace or cluster.
 *
 * The row is inserted frozen: at once there for everybody, whatever becomes of the transaction.  It
 * says no more than that an id exists, and it precedes, also in the WAL, all that is written under
 * the id.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/toast_internals.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "commands/sequence.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "store/chunk.h"
#include "store/directory.h"
#include "store/store.h"
#include "store/table_config.h"

/* Chunk ids below 100 are never drawn by core, whose OIDs begin at 16384. */
#define MARKER_CHUNK_ID 1
#define MARKER_MAGIC 0x314D4453 /* "SDM1" */
#define MARKER_FORMAT_MAJOR 1
#define MARKER_FORMAT_MINOR 0

typedef struct Marker
{
	uint32		magic;
	uint16		format_major;
	uint16		format_minor;
	int64		storage_id;
	uint64		origin;			/* system identifier of the cluster that made it: for people */
	uint32		reserved;
	uint32		crc;			/* crc32c of all before: a wrong id would be a table without rows */
} Marker;

StaticAssertDecl(sizeof(Marker) == 32, "the marker has no padding");

/* What is kept in rd_amcache. */
typedef struct Cache
{
	SydraStore	store;			/* storage_id 0: not known */
	bool		config_known;
	bool		keeps_last;
} Cache;

static uint32
compute_crc(const Marker *marker)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, marker, offsetof(Marker, crc));
	FIN_CRC32C(crc);
	return crc;
}

/* False when the TOAST relation has no marker. */
static bool
read_marker(Relation rel, SydraStore *store)
{
	Relation	toast = table_open(store->toast_relid, AccessShareLock);
	Relation   *indexes;
	int			index_count;
	int			index;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	bool		found;

	index = toast_open_indexes(toast, AccessShareLock, &indexes, &index_count);
	store->toast_index = RelationGetRelid(indexes[index]);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(MARKER_CHUNK_ID));
	scan = systable_beginscan_ordered(toast, indexes[index], SnapshotSelf, 1, &key);
	tuple = systable_getnext_ordered(scan, ForwardScanDirection);
	found = HeapTupleIsValid(tuple);
	if (found)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, 3, RelationGetDescr(toast), &isnull);
		bytea	   *data = isnull ? NULL : DatumGetByteaPP(value);
		Marker		marker;

		if (data == NULL || VARSIZE_ANY_EXHDR(data) != sizeof(Marker))
			memset(&marker, 0, sizeof(Marker));
		else
			memcpy(&marker, VARDATA_ANY(data), sizeof(Marker));
		if (marker.magic != MARKER_MAGIC || marker.crc != compute_crc(&marker) ||
			marker.storage_id <= 0)
			ereport(ERROR,
					errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("the marker of table \"%s\" is damaged, in block %u of relation \"%s\"",
						   RelationGetRelationName(rel),
						   ItemPointerGetBlockNumber(&tuple->t_self),
						   RelationGetRelationName(toast)));
		if (marker.format_major > MARKER_FORMAT_MAJOR)
			ereport(ERROR,
					errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("table \"%s\" was written by a newer version of sydraql",
						   RelationGetRelationName(rel)));
		store->storage_id = marker.storage_id;
	}
	systable_endscan_ordered(scan);
	toast_close_indexes(indexes, index_count, AccessShareLock);
	table_close(toast, AccessShareLock);
	return found;
}

static Cache *
make_cache(Relation rel)
{
	if (rel->rd_amcache == NULL)
		rel->rd_amcache = MemoryContextAllocZero(CacheMemoryContext, sizeof(Cache));
	return rel->rd_amcache;
}

bool
sydra_store_find(Relation rel, SydraStore *store)
{
	/* Copied before anything else is opened: that may free the cache. */
	if (rel->rd_amcache != NULL)
	{
		*store = ((Cache *) rel->rd_amcache)->store;
		if (store->storage_id != 0 && store->toast_relid == rel->rd_rel->reltoastrelid)
			return true;
	}
	store->storage_id = 0;
	store->toast_relid = rel->rd_rel->reltoastrelid;
	store->toast_index = InvalidOid;
	if (!OidIsValid(store->toast_relid) || !read_marker(rel, store))
		return false;
	make_cache(rel)->store = *store;
	return true;
}

bool
sydra_store_keeps_last(Relation rel)
{
	bool		keeps_last;

	if (rel->rd_amcache != NULL && ((Cache *) rel->rd_amcache)->config_known)
		return ((Cache *) rel->rd_amcache)->keeps_last;
	keeps_last = sydra_table_config_keeps_last(rel);
	make_cache(rel)->keeps_last = keeps_last;
	make_cache(rel)->config_known = true;
	return keeps_last;
}

static void
write_storage_row(Relation rel, int64 storage_id)
{
	static const char *const columns[] = {"storage_id", "relid", "creator"};
	AttrNumber	attnums[lengthof(columns)];
	Datum		values[lengthof(columns)];
	ItemPointerData tid;
	Relation	catalog = sydra_catalog_open("storage", RowExclusiveLock, columns, attnums,
											 lengthof(columns));

	values[0] = Int64GetDatum(storage_id);
	values[1] = ObjectIdGetDatum(RelationGetRelid(rel));
	values[2] = FullTransactionIdGetDatum(GetTopFullTransactionId());
	tid = sydra_catalog_insert(catalog, attnums, values, NULL, lengthof(columns),
							   HEAP_INSERT_NO_LOGICAL);
	sydra_catalog_freeze(catalog, &tid, 1);
	table_close(catalog, RowExclusiveLock);
}

static void
write_marker(SydraStore *store)
{
	Marker		marker = {MARKER_MAGIC, MARKER_FORMAT_MAJOR, MARKER_FORMAT_MINOR};
	Relation	toast = table_open(store->toast_relid, RowExclusiveLock);
	Relation   *indexes;
	int			index_count;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};
	HeapTuple	tuple;

	marker.storage_id = store->storage_id;
	marker.origin = GetSystemIdentifier();
	marker.crc = compute_crc(&marker);
	values[0] = ObjectIdGetDatum(MARKER_CHUNK_ID);
	values[1] = Int32GetDatum(0);
	values[2] = PointerGetDatum(cstring_to_text_with_len((char *) &marker, sizeof(marker)));
	tuple = heap_form_tuple(RelationGetDescr(toast), values, nulls);
	toast_open_indexes(toast, RowExclusiveLock, &indexes, &index_count);
	heap_insert(toast, tuple, GetCurrentCommandId(true), HEAP_INSERT_NO_LOGICAL, NULL);
	for (int i = 0; i < index_count; i++)
		if (indexes[i]->rd_index->indisready)
			index_insert(indexes[i], values, nulls, &tuple->t_self, toast,
						 indexes[i]->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
						 false, NULL);
	sydra_catalog_freeze(toast, &tuple->t_self, 1);
	toast_close_indexes(indexes, index_count, NoLock);
	table_close(toast, NoLock);
}

static void
unlock_store(Oid relid)
{
	LOCKTAG		tag;

	sydra_lock_kind_tag(&tag, relid, SYDRA_LOCK_STORE, 0);
	LockRelease(&tag, ExclusiveLock, false);
}

void
sydra_store_ensure(Relation rel, SydraStore *store)
{
	Oid			relid = RelationGetRelid(rel);

	if (sydra_store_find(rel, store))
		return;
	if (!OidIsValid(store->toast_relid))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table \"%s\" has no TOAST relation", RelationGetRelationName(rel)));

	sydra_store_lock(relid, SYDRA_LOCK_STORE, 0, ExclusiveLock, false);
	if (!sydra_store_find(rel, store))
	{
		store->storage_id = nextval_internal(sydra_object_catalog("storage_seq"), false);
		write_storage_row(rel, store->storage_id);
		write_marker(store);
		make_cache(rel)->store = *store;
	}
	unlock_store(relid);
}

void
sydra_store_forget(Relation rel)
{
	if (rel->rd_amcache != NULL)
		pfree(rel->rd_amcache);
	rel->rd_amcache = NULL;
}

bool
sydra_store_lock(Oid relid, SydraLockKind kind, uint32 objid, LOCKMODE mode, bool conditional)
{
	LOCKTAG		tag;

	sydra_lock_kind_tag(&tag, relid, kind, objid);
	return LockAcquire(&tag, mode, false, conditional) != LOCKACQUIRE_NOT_AVAIL;
}

bool
sydra_store_has_waiters(Oid relid, SydraLockKind kind, uint32 objid, LOCKMODE mode)
{
	LOCKTAG		tag;

	sydra_lock_kind_tag(&tag, relid, kind, objid);
	return LockHasWaiters(&tag, mode, false);
}

void
sydra_store_check_address(Relation rel, const ItemPointerData *tid)
{
	if (sydra_tid_is_segment(tid))
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("the head of table \"%s\" is too large", RelationGetRelationName(rel)),
				errhint("Seal the table."));
}

void
sydra_store_warn_full(Relation rel)
{
	ereport(WARNING,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("table \"%s\" has no row addresses left for more segments",
				   RelationGetRelationName(rel)),
			errdetail("Rows go into the head, or stay where they are."),
			errhint("Addresses are free again when VACUUM has removed what segments left behind."));
}

char *
sydra_store_table_name(Oid relid)
{
	char	   *name = get_rel_name(relid);
	char	   *schema = name ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	return name == NULL || schema == NULL ? psprintf("%u", relid) :
		quote_qualified_identifier(schema, name);
}

FullTransactionId
sydra_store_widen_xid(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	uint32		epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return FullTransactionIdFromEpochAndXid(0, xid);
	if (xid > XidFromFullTransactionId(next) && epoch > 0)
		epoch--;
	return FullTransactionIdFromEpochAndXid(epoch, xid);
}
