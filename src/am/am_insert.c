/*
 * am_insert.c
 *	  New rows go into the head, as heapam puts them; those that come in bulk may go into segments.
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
