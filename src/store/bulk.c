/*
 * bulk.c
 *	  COPY, and ALTER TABLE where it rewrites one, write segments.
 *
 * Rows wait until there are sydraql.direct_min_rows of them; fewer go into the head, where a seal
 * joins them with others.  From then on they are held by column, and become segments when there
 * are BUFFER_ROWS or BUFFER_BYTES of them, or when the bulk insert ends.
 *
 * Rows that only wait here must not get lost, nor be written twice:
 *
 * - Whoever reads the table in this transaction has them written first, with the command id that
 *	 they came with.  Where core keeps rows of a COPY itself, in the buffers of 1,000 that it hands
 *	 over, they are not seen; else they are, as rows of heapam would be.
 * - An abort of the (sub)transaction that they came in discards them.
 * - A reader in a subtransaction below writes them as that subtransaction, which may yet be rolled
 *	 back while ours goes on: they are kept until it has ended, and written again if need be.
 * - A transaction that would commit without them fails.
 *
 * Rows have the xid of the top transaction: it is the one that makes them visible.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/parallel.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_publication.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/reltrigger.h"

#include "base/background.h"
#include "base/setting.h"
#include "store/bulk.h"
#include "store/directory.h"
#include "store/merge.h"
#include "store/merge_status.h"
#include "store/row_buffer.h"
#include "store/row_order.h"
#include "store/segment_writer.h"
#include "store/store.h"

#define BUFFER_ROWS (256 * 1024)
#define BUFFER_BYTES (64 * 1024 * 1024)	/* of all tables together */
#define WAITING_BYTES (4 * 1024 * 1024)	/* with more, rows wait no longer for others */
#define HEAD_BATCH 256

/* The rows of one COPY into one table. */
typedef struct Ingest
{
	dlist_node	node;
	MemoryContext context;		/* of this and all below */

	/* Which rows these are. */
	Oid			relid;
	SubTransactionId subtransaction;
	CommandId	cid;
	const struct BulkInsertStateData *bulk; /* to tell buffers apart, never followed */
	int			options;

	/* First they wait as tuples, then they are in the buffer. */
	MemoryContext rows_context; /* of all below; NULL: no rows */
	const SydraTable *table;
	SydraStore	store;
	FullTransactionId xid;
	MemoryContext waiting_context;	/* of the tuples */
	HeapTuple  *waiting;
	int			waiting_count;
	int			waiting_capacity;
	Size		waiting_bytes;
	SydraRowBuffer *buffer;		/* NULL or empty: they wait */

	/* A subtransaction below ours that has written the rows, and could still be rolled back. */
	SubTransactionId written_by;
} Ingest;

static dlist_head ingests = DLIST_STATIC_INIT(ingests);

/* The last one into a table without a time: asked once, not for each row. */
static struct
{
	Oid			relid;
	CommandId	cid;
	const struct BulkInsertStateData *bulk;
}			timeless;

/* Tables that this transaction has written segments to and that a worker would merge. */
static List *to_merge;

/* Eligibility ----------------------------------------------------------------------------------*/

static bool
has_row_triggers(Relation rel)
{
	const TriggerDesc *triggers = rel->trigdesc;

	return triggers != NULL &&
		(triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
		 triggers->trig_insert_instead_row || triggers->trig_update_before_row ||
		 triggers->trig_update_after_row || triggers->trig_update_instead_row ||
		 triggers->trig_delete_before_row || triggers->trig_delete_after_row ||
		 triggers->trig_delete_instead_row);
}

/* Logical decoding does not see segments. */
static bool
publishes_inserts(Relation rel)
{
	PublicationDesc publication;

	if (!RelationIsLogicallyLogged(rel))
		return false;
	RelationBuildPublicationDesc(rel, &publication);
	return publication.pubactions.pubinsert;
}

/* Without a BulkInsertState nobody promises to call finish_bulk_insert. */
static bool
is_eligible(Relation rel, int options, struct BulkInsertStateData *bulk)
{
	return sydra_setting_direct_ingest && bulk != NULL &&
		(options & TABLE_INSERT_FROZEN) == 0 &&
		rel->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT &&
		OidIsValid(rel->rd_rel->reltoastrelid) &&
		!has_row_triggers(rel) &&
		RelationGetIndexList(rel) == NIL &&
		!publishes_inserts(rel) &&
		!IsInParallelMode();
}

/* The head -------------------------------------------------------------------------------------*/

/* Half of the block numbers are the segments': 16 TB of head are the most. */
static void
insert_head(Relation rel, TupleTableSlot **slots, int count, CommandId cid, int options,
			struct BulkInsertStateData *bulk)
{
	if (count == 0)
		return;
	sydra_background_note_insert(rel, count);
	heap_multi_insert(rel, slots, count, cid, options, bulk);
	for (int i = 0; i < count; i++)
		sydra_store_check_address(rel, &slots[i]->tts_tid);
}

/*
 * Rows of the buffer, or, without rows, those that wait.  The COPY's BulkInsertState may be gone by
 * now.
 */
static void
write_head(Relation rel, Ingest *ingest, const uint32 *rows, int count)
{
	MemoryContext context = AllocSetContextCreate(ingest->rows_context, "sydra bulk to head",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext batch = AllocSetContextCreate(context, "sydra bulk batch",
												ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	TupleTableSlot *slots[HEAD_BATCH];
	int			slot_count = Min(HEAD_BATCH, count);
	BulkInsertState bulk = GetBulkInsertState();

	for (int i = 0; i < slot_count; i++)
		slots[i] = MakeSingleTupleTableSlot(RelationGetDescr(rel),
											rows ? &TTSOpsVirtual : &TTSOpsHeapTuple);
	MemoryContextSwitchTo(batch);
	for (int first = 0; first < count; first += slot_count)
	{
		int			batch_count = Min(slot_count, count - first);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < batch_count; i++)
			if (rows)
				sydra_row_buffer_form(ingest->buffer, rows[first + i], slots[i]);
			else
				ExecStoreHeapTuple(ingest->waiting[first + i], slots[i], false);
		insert_head(rel, slots, batch_count, ingest->cid, ingest->options, bulk);
		for (int i = 0; i < batch_count; i++)
			ExecClearTuple(slots[i]);
		MemoryContextReset(batch);
	}
	for (int i = 0; i < slot_count; i++)
		ExecDropSingleTupleTableSlot(slots[i]);
	FreeBulkInsertState(bulk);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Segments -------------------------------------------------------------------------------------*/

static int
count_rows(const Ingest *ingest)
{
	int			count = ingest->waiting_count;

	if (ingest->buffer != NULL)
		count += sydra_row_buffer_count(ingest->buffer);
	return count;
}

static bool
is_waiting(const Ingest *ingest)
{
	return ingest->buffer == NULL || sydra_row_buffer_count(ingest->buffer) == 0;
}

static void
forget_waiting(Ingest *ingest)
{
	MemoryContextReset(ingest->waiting_context);
	ingest->waiting_count = 0;
	ingest->waiting_bytes = 0;
}

static void
forget_rows(Ingest *ingest)
{
	if (ingest->rows_context)
		MemoryContextDelete(ingest->rows_context);
	ingest->rows_context = NULL;
	ingest->waiting_context = NULL;
	ingest->table = NULL;
	ingest->waiting = NULL;
	ingest->waiting_count = ingest->waiting_capacity = 0;
	ingest->waiting_bytes = 0;
	ingest->buffer = NULL;
	ingest->written_by = InvalidSubTransactionId;
}

static void
forget_ingest(Ingest *ingest)
{
	dlist_delete(&ingest->node);
	MemoryContextDelete(ingest->context);
}

/* What COPY writes passes no head, whose growth would start a worker: a merge is asked for here. */
static void
note_merge(Relation rel, const Ingest *ingest)
{
	MemoryContext caller;

	if (!sydra_setting_auto_seal || list_member_oid(to_merge, RelationGetRelid(rel)) ||
		!sydra_merge_status_exists() ||
		!sydra_merge_is_due(ingest->table, ingest->store.storage_id))
		return;
	caller = MemoryContextSwitchTo(TopTransactionContext);
	to_merge = lappend_oid(to_merge, RelationGetRelid(rel));
	MemoryContextSwitchTo(caller);
}

static void
write_segments(Relation rel, Ingest *ingest)
{
	SydraSegmentOrigin origin = {.kind = 'i', .cid = ingest->cid, .place = -1};
	SydraSegmentTotals totals;

	if (sydra_store_keeps_last(rel))
		pfree(sydra_row_order_keep_last(ingest->buffer));
	totals = sydra_row_buffer_write(ingest->buffer, rel, &ingest->store, &origin);
	pgstat_count_heap_insert(rel, sydra_row_buffer_count(ingest->buffer) - totals.left_count);
	if (totals.left_count > 0)
	{
		sydra_store_warn_full(rel);
		write_head(rel, ingest, totals.left, totals.left_count);
		pfree(totals.left);
	}
	note_merge(rel, ingest);
}

/* With keep, memory that the next rows will need stays. */
static void
write_rows(Relation rel, Ingest *ingest, bool keep)
{
	SubTransactionId current = GetCurrentSubTransactionId();

	if (ingest->rows_context == NULL || ingest->written_by != InvalidSubTransactionId)
		return;
	if (ingest->waiting_count > 0)
		write_head(rel, ingest, NULL, ingest->waiting_count);
	if (!is_waiting(ingest))
		write_segments(rel, ingest);
	if (current != ingest->subtransaction)
		ingest->written_by = current;
	else if (keep && ingest->buffer != NULL)
	{
		forget_waiting(ingest);
		sydra_row_buffer_clear(ingest->buffer);
	}
	else
		forget_rows(ingest);
}

/*
 * Numbers are encoded a quarter of the buffer at a time, but one segment may have all the long
 * values, twice: as columns and as its stream.
 */
static Size
count_bytes(const Ingest *ingest)
{
	Size		bytes = 0;

	if (ingest->rows_context)
		bytes = MemoryContextMemAllocated(ingest->rows_context, true);
	if (ingest->buffer)
		bytes += 2 * ingest->buffer->arena_bytes;
	return bytes;
}

/* One COPY may fill a buffer for each of many partitions. */
static Size
count_all_bytes(void)
{
	Size		total = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &ingests)
		total += count_bytes(dlist_container(Ingest, node, iter.cur));
	return total;
}

/* Rows that another subtransaction has written take memory until that one has ended. */
static void
limit_bytes(void)
{
	while (count_all_bytes() > BUFFER_BYTES)
	{
		Ingest	   *largest = NULL;
		dlist_iter	iter;
		Relation	rel;

		dlist_foreach(iter, &ingests)
		{
			Ingest	   *ingest = dlist_container(Ingest, node, iter.cur);

			if (ingest->written_by == InvalidSubTransactionId && count_bytes(ingest) > 0 &&
				(largest == NULL || count_bytes(ingest) > count_bytes(largest)))
				largest = ingest;
		}
		if (largest == NULL)
			return;
		rel = table_open(largest->relid, NoLock);
		write_rows(rel, largest, false);
		table_close(rel, NoLock);
	}
}

static void
start_rows(Relation rel, Ingest *ingest)
{
	MemoryContext caller;

	ingest->rows_context = AllocSetContextCreate(ingest->context, "sydra bulk rows",
												 ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(ingest->rows_context);
	ingest->table = sydra_table_describe(rel);
	ingest->waiting_context = AllocSetContextCreate(ingest->rows_context, "sydra bulk waiting",
													ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(caller);
}

static void
open_buffer(Relation rel, Ingest *ingest)
{
	sydra_store_ensure(rel, &ingest->store);
	ingest->xid = GetTopFullTransactionId();
	ingest->buffer = sydra_row_buffer_create(ingest->table, RelationGetDescr(rel),
											 sydra_dictionary_open(ingest->table,
																   ingest->store.storage_id));
}

/* There are enough rows: those that wait move into the buffer, or into the head if they have to. */
static void
fill_buffer(Relation rel, Ingest *ingest)
{
	MemoryContext caller = MemoryContextSwitchTo(ingest->rows_context);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
	int			refused = 0;

	if (ingest->buffer == NULL)
		open_buffer(rel, ingest);
	for (int i = 0; i < ingest->waiting_count; i++)
	{
		ExecStoreHeapTuple(ingest->waiting[i], slot, false);
		if (sydra_row_buffer_add_new(ingest->buffer, &slot, 1, ingest->xid) > 0)
			ingest->waiting[refused++] = ingest->waiting[i];
		ExecClearTuple(slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextSwitchTo(caller);
	ingest->waiting_count = refused;
	if (refused > 0)
		write_head(rel, ingest, NULL, refused);
	forget_waiting(ingest);
}

static void
add_waiting(Ingest *ingest, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(ingest->rows_context);

	if (ingest->waiting_count == ingest->waiting_capacity)
	{
		ingest->waiting_capacity = Max(64, ingest->waiting_capacity * 2);
		ingest->waiting = ingest->waiting == NULL ?
			palloc(sizeof(HeapTuple) * ingest->waiting_capacity) :
			repalloc_huge(ingest->waiting, sizeof(HeapTuple) * ingest->waiting_capacity);
	}
	MemoryContextSwitchTo(ingest->waiting_context);
	ingest->waiting[ingest->waiting_count] = ExecCopySlotHeapTuple(slot);
	ingest->waiting_bytes += ingest->waiting[ingest->waiting_count++]->t_len;
	MemoryContextSwitchTo(caller);
}

/* Moves to the front the slots of rows that have to go into the head, and gives their number. */
static int
add_rows(Relation rel, Ingest *ingest, TupleTableSlot **slots, int count)
{
	MemoryContext caller;
	int			refused;
	int			added = 0;

	if (!is_waiting(ingest) &&
		(sydra_row_buffer_count(ingest->buffer) >= BUFFER_ROWS ||
		 (sydra_row_buffer_growth(ingest->buffer, count) > 0 &&
		  count_all_bytes() + sydra_row_buffer_growth(ingest->buffer, count) > BUFFER_BYTES)))
		write_rows(rel, ingest, sydra_row_buffer_count(ingest->buffer) >= BUFFER_ROWS);
	if (ingest->rows_context == NULL)
		start_rows(rel, ingest);
	for (; is_waiting(ingest) && added < count; added++)
	{
		add_waiting(ingest, slots[added]);
		if (ingest->waiting_count >= sydra_setting_direct_min_rows ||
			ingest->waiting_bytes >= WAITING_BYTES)
			fill_buffer(rel, ingest);
	}
	if (added == count)
		return 0;
	caller = MemoryContextSwitchTo(ingest->rows_context);
	refused = sydra_row_buffer_add_new(ingest->buffer, slots + added, count - added, ingest->xid);
	MemoryContextSwitchTo(caller);
	memmove(slots, slots + added, sizeof(TupleTableSlot *) * refused);
	return refused;
}

static Ingest *
find_ingest(Relation rel, CommandId cid, int options, const struct BulkInsertStateData *bulk)
{
	SubTransactionId current = GetCurrentSubTransactionId();
	MemoryContext context;
	Ingest	   *ingest;
	dlist_iter	iter;

	dlist_foreach(iter, &ingests)
	{
		ingest = dlist_container(Ingest, node, iter.cur);
		if (ingest->relid == RelationGetRelid(rel) && ingest->subtransaction == current &&
			ingest->cid == cid && ingest->bulk == bulk &&
			ingest->written_by == InvalidSubTransactionId)
			return ingest;
	}
	context = AllocSetContextCreate(TopTransactionContext, "sydra bulk insert",
									ALLOCSET_SMALL_SIZES);
	ingest = MemoryContextAllocZero(context, sizeof(Ingest));
	ingest->context = context;
	ingest->relid = RelationGetRelid(rel);
	ingest->subtransaction = current;
	ingest->cid = cid;
	ingest->bulk = bulk;
	ingest->options = options;
	dlist_push_tail(&ingests, &ingest->node);
	return ingest;
}

/*
 * Whether the table has a time column, and the one that its segments were written with.
 */
static bool
has_time(Relation rel, Ingest *ingest)
{
	SydraStore	store;
	AttrNumber	time;

	if (ingest->rows_context == NULL)
		start_rows(rel, ingest);
	time = ingest->table->time_attnum;
	return time != InvalidAttrNumber &&
		(!sydra_store_find(rel, &store) ||
		 !sydra_directory_other_time(store.storage_id, time, SnapshotSelf));
}

void
sydra_bulk_insert(Relation rel, TupleTableSlot **slots, int count, CommandId cid, int options,
				  struct BulkInsertStateData *bulk)
{
	TupleTableSlot **rest;
	int			rest_count;
	Ingest	   *ingest;

	if ((timeless.relid == RelationGetRelid(rel) && timeless.cid == cid && timeless.bulk == bulk) ||
		!is_eligible(rel, options, bulk))
	{
		insert_head(rel, slots, count, cid, options, bulk);
		return;
	}
	ingest = find_ingest(rel, cid, options, bulk);
	if (count_rows(ingest) == 0 && !has_time(rel, ingest))
	{
		forget_ingest(ingest);
		timeless.relid = RelationGetRelid(rel);
		timeless.cid = cid;
		timeless.bulk = bulk;
		insert_head(rel, slots, count, cid, options, bulk);
		return;
	}
	CheckForSerializableConflictIn(rel, NULL, InvalidBlockNumber);
	CHECK_FOR_INTERRUPTS();
	rest = palloc(sizeof(TupleTableSlot *) * count);
	for (int i = 0; i < count; i++)
	{
		slots[i]->tts_tableOid = RelationGetRelid(rel);
		rest[i] = slots[i];
	}
	rest_count = add_rows(rel, ingest, rest, count);
	insert_head(rel, rest, rest_count, cid, options, bulk);
	pfree(rest);
	limit_bytes();
}

/*
 * A parallel plan must have had this done before its workers were started: rows cannot be written
 * any more then.  ExecutorStart is early enough.
 */
static void
flush(Oid relid, bool finish)
{
	dlist_mutable_iter iter;

	if (dlist_is_empty(&ingests) || IsInParallelMode())
		return;
	dlist_foreach_modify(iter, &ingests)
	{
		Ingest	   *ingest = dlist_container(Ingest, node, iter.cur);
		Relation	rel;

		if (ingest->relid != relid)
			continue;
		rel = table_open(relid, NoLock);
		write_rows(rel, ingest, false);
		table_close(rel, NoLock);
		if (finish && ingest->rows_context == NULL)
			forget_ingest(ingest);
	}
}

void
sydra_bulk_flush(Oid relid)
{
	flush(relid, false);
}

void
sydra_bulk_finish(Oid relid)
{
	flush(relid, true);
}

void
sydra_bulk_discard(Oid relid)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &ingests)
	{
		Ingest	   *ingest = dlist_container(Ingest, node, iter.cur);

		if (ingest->relid == relid)
			forget_ingest(ingest);
	}
}

bool
sydra_bulk_pending(void)
{
	return !dlist_is_empty(&ingests);
}

/* Ends of transactions -------------------------------------------------------------------------*/

/* A subtransaction that was rolled back may have left a table here that needs none: no harm. */
static void
request_merges(void)
{
	ListCell   *cell;

	foreach(cell, to_merge)
	{
		sydra_merge_status_request(lfirst_oid(cell));
		sydra_background_want();
	}
	to_merge = NIL;
}

static void
refuse_loss(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &ingests)
	{
		Ingest	   *ingest = dlist_container(Ingest, node, iter.cur);

		if (count_rows(ingest) > 0)
			ereport(ERROR,
					errcode(ERRCODE_INTERNAL_ERROR),
					errmsg("rows of a bulk insert into table %s were not written",
						   sydra_store_table_name(ingest->relid)),
					errdetail("Whoever inserted them did not call finish_bulk_insert."),
					errhint("Set sydraql.direct_ingest to off."));
	}
}

static void
forget_all(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &ingests)
		forget_ingest(dlist_container(Ingest, node, iter.cur));
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			refuse_loss();
			request_merges();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			forget_all();
			to_merge = NIL;
			timeless.relid = InvalidOid;
			break;
	}
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	dlist_mutable_iter iter;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	dlist_foreach_modify(iter, &ingests)
	{
		Ingest	   *ingest = dlist_container(Ingest, node, iter.cur);
		bool		committed = event == SUBXACT_EVENT_COMMIT_SUB;

		if (ingest->subtransaction == mine)
		{
			if (committed)
				ingest->subtransaction = parent;
			else
				forget_ingest(ingest);
		}
		else if (ingest->written_by == mine)
		{
			ingest->written_by = committed ? parent : InvalidSubTransactionId;
			if (ingest->written_by == ingest->subtransaction)
				forget_rows(ingest);
		}
	}
}

void
sydra_bulk_init(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}
