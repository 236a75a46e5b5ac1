/*
 * am_index.c
 *	  Refuses indexes, and with them primary keys, unique and exclusion constraints.
 *
 * A sealed row has moved, and an index entry for each row would be several times the row: access
 * goes by time and series instead.  The catalog hook says so first; the two callbacks hold where an
 * index comes to a table without being created, as in SET ACCESS METHOD.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "am/am_index.h"
#include "base/error.h"

static object_access_hook_type previous_hook;

static void
refuse_index(Relation rel, Form_pg_index index)
{
	const char *what = "indexes are";

	if (index->indisprimary)
		what = "primary keys are";
	else if (index->indisexclusion)
		what = "exclusion constraints are";
	else if (index->indisunique)
		what = "unique indexes are";
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
			SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED, "%s not supported on sydra table \"%s\"", what,
						 RelationGetRelationName(rel)),
			errhint("Rows are found by time and by tag: give the table a NOT NULL timestamptz "
					"column and columns of type sydra.tag."));
}

/* The index is not yet visible to the catalog snapshot, so that no cache knows it. */
static void
check_new_relation(Oid relid)
{
	Relation	catalog = table_open(IndexRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_index_indexrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, IndexRelidIndexId, true, SnapshotSelf, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);
		Relation	rel = RelationIdGetRelation(index->indrelid);

		if (RelationIsValid(rel))
		{
			if (sydra_am_is_ours(rel))
				refuse_index(rel, index);
			RelationClose(rel);
		}
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

static void
watch_objects(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *argument)
{
	if (previous_hook)
		previous_hook(access, class_id, object_id, sub_id, argument);
	if (access == OAT_POST_CREATE && class_id == RelationRelationId && sub_id == 0)
		check_new_relation(object_id);
}

void
sydra_am_index_init(void)
{
	previous_hook = object_access_hook;
	object_access_hook = watch_objects;
}

double
sydra_am_index_build(Relation rel, Relation index, struct IndexInfo *info, bool allow_sync,
					 bool anyvisible, bool progress, BlockNumber start_block,
					 BlockNumber block_count, IndexBuildCallback callback, void *callback_state,
					 TableScanDesc scan)
{
	refuse_index(rel, index->rd_index);
	return 0;
}

void
sydra_am_index_validate(Relation rel, Relation index, struct IndexInfo *info, Snapshot snapshot,
						struct ValidateIndexState *state)
{
	refuse_index(rel, index->rd_index);
}
