/*
 * am_vacuum.c
 *	  VACUUM: heapam's for the head, and what a head before segments needs besides.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/multixact.h"
#include "access/table.h"
#include "access/xloginsert.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "base/compat.h"
#include "store/chunk.h"
#include "store/directory.h"
#include "store/store.h"
#include "store/tombstone.h"

#define HINTS_CHECKED 16

/* Those that are there now, and how many of their rows are. */
static SydraSegment *
list_segments(const SydraStore *store, int *count, double *rows)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SydraSegment *segments;

	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX, snapshot,
									count);
	*rows = 0;
	for (int i = 0; i < *count; i++)
		*rows += segments[i].nrows;
	*rows = Max(*rows - sydra_tombstone_count(store->storage_id, snapshot), 0);
	UnregisterSnapshot(snapshot);
	return segments;
}

/*
 * Only VACUUM FULL makes hints stale, those of all segments at once, so that a few tell.  A stale
 * hint that is missed costs time, no more.
 */
static bool
has_stale_hints(const SydraStore *store, const SydraSegment *segments, int count)
{
	int			step = Max(count / HINTS_CHECKED, 1);

	for (int i = 0; i < count; i += step)
	{
		Size		size = sizeof(SydraExtent) * segments[i].extent_count;
		SydraExtent *extents = palloc(size);
		bool		stale;

		CHECK_FOR_INTERRUPTS();
		sydra_chunk_locate(store, &segments[i], extents, segments[i].extent_count);
		stale = memcmp(extents, segments[i].extents, size) != 0;
		pfree(extents);
		if (stale)
			return true;
	}
	return false;
}

/* heapam has entered the head alone; the rows of a table are all its rows. */
static void
add_sealed_rows(Relation rel, double rows)
{
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	FormData_pg_class form;

	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(rel)));
	scan = systable_beginscan(catalog, ClassOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "pg_class entry for relid %u vanished", RelationGetRelid(rel));
	memcpy(&form, GETSTRUCT(tuple), CLASS_TUPLE_SIZE);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);

	vac_update_relstats(rel, form.relpages, Max(form.reltuples, 0) + rows, form.relallvisible,
						sydra_compat_all_frozen(&form), false, InvalidTransactionId,
						InvalidMultiXactId, NULL, NULL, false);
}

void
sydra_am_vacuum_anchor(Relation rel)
{
	Buffer		buffer;

	if (RelationGetNumberOfBlocks(rel) > 0)
		return;
	LockRelationForExtension(rel, ExclusiveLock);
	if (RelationGetNumberOfBlocks(rel) > 0)
	{
		UnlockRelationForExtension(rel, ExclusiveLock);
		return;
	}
	buffer = ReadBufferExtended(rel, MAIN_FORKNUM, P_NEW, RBM_ZERO_AND_LOCK, NULL);
	UnlockRelationForExtension(rel, ExclusiveLock);

	START_CRIT_SECTION();
	PageInit(BufferGetPage(buffer), BufferGetPageSize(buffer), 0);
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(rel))
		log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

/*
 * Workers and autovacuum leave the empty tail of the head: cutting it off locks out readers,
 * cancels queries of standbys, and the head fills again.  A VACUUM that somebody asked for cuts it,
 * as that of a heap table does.
 *
 * heapam guesses the rows of pages that it skips from what pg_class has a page; without the sealed
 * rows there that is right.
 */
void
sydra_am_vacuum(Relation rel, struct VacuumParams *params, BufferAccessStrategy strategy)
{
	SydraStore	store;
	VacuumParams head_params = *params;
	SydraSegment *segments;
	int			count;
	double		sealed;

	if (!sydra_store_find(rel, &store))
	{
		heap_vacuum_rel(rel, params, strategy);
		return;
	}
	segments = list_segments(&store, &count, &sealed);
	if (rel->rd_rel->reltuples > 0)
		rel->rd_rel->reltuples = Max(rel->rd_rel->reltuples - sealed, 0);
	if (MyBackendType != B_BACKEND)
		head_params.truncate = VACOPTVALUE_DISABLED;
	heap_vacuum_rel(rel, &head_params, strategy);

	add_sealed_rows(rel, sealed);
	sydra_am_vacuum_anchor(rel);
	if (has_stale_hints(&store, segments, count))
		sydra_directory_refresh_hints(rel, store.storage_id);
}
