/*
 * am_rewrite.c
 *	  What happens to a table's files as a whole.
 *
 * Segments live in the TOAST relation, so that every table has one, of heapam's kind.
 */
#include "postgres.h"

#include "catalog/pg_am.h"
#include "catalog/toasting.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "store/bulk.h"
#include "store/missing.h"
#include "store/relocate.h"
#include "store/store.h"

bool
sydra_am_rewrite_needs_toast(Relation rel)
{
	return true;
}

/* heapam's callback would give the table's own access method. */
Oid
sydra_am_rewrite_toast_am(Relation rel)
{
	return HEAP_TABLE_AM_OID;
}

/*
 * SET ACCESS METHOD fills a new table that has a TOAST relation only if the old one had; this is
 * the last call before the two are swapped, and the new table is locked exclusively.
 */
void
sydra_am_rewrite_finish_bulk_insert(Relation rel, int options)
{
	sydra_bulk_finish(RelationGetRelid(rel));
	if (!OidIsValid(rel->rd_rel->reltoastrelid) &&
		CheckRelationLockedByMe(rel, AccessExclusiveLock, false))
		NewHeapCreateToastTable(RelationGetRelid(rel), (Datum) 0, AccessExclusiveLock,
								InvalidOid);
}

/*
 * A table made or emptied in this transaction is cut in place, its TOAST relation with it; no
 * invalidation tells the cache that the marker is gone.
 */
void
sydra_am_rewrite_truncate(Relation rel)
{
	sydra_am_heap()->relation_nontransactional_truncate(rel);
	sydra_store_forget(rel);
	sydra_bulk_discard(RelationGetRelid(rel));
}

/*
 * heapam copies the head, reading it with SnapshotAny, which is the head alone.  The segments go
 * along as they are: directory and row addresses stay, and so do old snapshots.
 */
void
sydra_am_rewrite_copy_for_cluster(Relation old_table, Relation new_table, Relation old_index,
								  bool use_sort, TransactionId oldest_xmin,
								  TransactionId *xid_cutoff, MultiXactId *multi_cutoff,
								  double *tuples, double *vacuumed, double *recently_dead)
{
	SydraStore	store;

	sydra_am_heap()->relation_copy_for_cluster(old_table, new_table, old_index, use_sort,
											   oldest_xmin, xid_cutoff, multi_cutoff, tuples,
											   vacuumed, recently_dead);
	if (!sydra_store_find(old_table, &store))
		return;
	sydra_missing_keep(old_table, &store);
	*tuples += sydra_relocate_segments(old_table, new_table, &store, oldest_xmin);
	sydra_am_vacuum_anchor(new_table);
}
