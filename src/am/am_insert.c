/*
 * am_insert.c
 *	  New rows go into the head, as heapam puts them; who may have to seal them is told.
 */
#include "postgres.h"

#include "am/am_callback.h"
#include "base/background.h"

void
sydra_am_insert_row(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
					struct BulkInsertStateData *bulk)
{
	sydra_background_note_insert(rel, 1);
	sydra_am_heap()->tuple_insert(rel, slot, cid, options, bulk);
}

void
sydra_am_insert_rows(Relation rel, TupleTableSlot **slots, int count, CommandId cid, int options,
					 struct BulkInsertStateData *bulk)
{
	sydra_background_note_insert(rel, count);
	sydra_am_heap()->multi_insert(rel, slots, count, cid, options, bulk);
}
