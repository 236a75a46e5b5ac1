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
	if (!OidIsValid(rel->rd_rel->reltoastrelid) &&
		CheckRelationLockedByMe(rel, AccessExclusiveLock, false))
		NewHeapCreateToastTable(RelationGetRelid(rel), (Datum) 0, AccessExclusiveLock,
								InvalidOid);
}
