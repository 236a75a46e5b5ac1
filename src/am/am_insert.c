/*
 * am_insert.c
 *	  New rows go into the head, as heapam puts them; who may have to seal them is told.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "base/background.h"
#include "store/directory.h"

/* Half of the block numbers are the segments': 16 TB of head are the most. */
static void
check_address(Relation rel, const TupleTableSlot *slot)
{
	if (sydra_tid_is_segment(&slot->tts_tid))
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("the head of table \"%s\" is too large", RelationGetRelationName(rel)),
				errhint("Seal the table."));
}

void
sydra_am_insert_row(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
					struct BulkInsertStateData *bulk)
{
	sydra_background_note_insert(rel, 1);
	sydra_am_heap()->tuple_insert(rel, slot, cid, options, bulk);
	check_address(rel, slot);
}

void
sydra_am_insert_rows(Relation rel, TupleTableSlot **slots, int count, CommandId cid, int options,
					 struct BulkInsertStateData *bulk)
{
	sydra_background_note_insert(rel, count);
	sydra_am_heap()->multi_insert(rel, slots, count, cid, options, bulk);
	for (int i = 0; i < count; i++)
		check_address(rel, slots[i]);
}
