/*
 * am_insert.c
 *	  New rows go into the head, as heapam puts them; those that come in bulk may go into segments.
 *
 * A BulkInsertState says that finish_bulk_insert will be called: rows come from ALTER TABLE that
 * rewrites the table, or from CREATE TABLE AS or REFRESH MATERIALIZED VIEW.  What these make has no
 * column that is NOT NULL, hence no time and no segments.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "base/background.h"
#include "store/bulk.h"
#include "store/store.h"

void
sydra_am_insert_row(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
					struct BulkInsertStateData *bulk)
{
	TupleConstr *constraints = RelationGetDescr(rel)->constr;

	if (bulk != NULL && constraints != NULL && constraints->has_not_null)
	{
		sydra_bulk_insert(rel, &slot, 1, cid, options, bulk);
		return;
	}
	sydra_background_note_insert(rel, 1);
	sydra_am_heap()->tuple_insert(rel, slot, cid, options, bulk);
	sydra_store_check_address(rel, &slot->tts_tid);
}

void
sydra_am_insert_rows(Relation rel, TupleTableSlot **slots, int count, CommandId cid, int options,
					 struct BulkInsertStateData *bulk)
{
	sydra_bulk_insert(rel, slots, count, cid, options, bulk);
}
