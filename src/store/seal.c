/*
 * seal.c
 *	  Moves rows of the head into segments.
 *
 * One batch is one transaction: rows are collected under a snapshot, encoded in memory, deleted
 * from the head and published as segments.  Whatever happens before the commit leaves the head as
 * it was.
 *
 * A row goes into a segment only if its deletion (head_delete.h) finds the version collected still
 * current and nobody at it; other rows stay heapam's business.  The deletes say that the row moved
 * elsewhere, so that a statement that comes upon one fails with 40001 instead of passing over it in
 * silence.
 *
 * Of rows of one series and time only the last goes into a segment where it is the only one that counts
 * (dedup.h); those that it replaces are deleted from the head, but never without it.
 *
 * Inserters and readers are never in the way of a seal, nor it in theirs.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_publication.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "base/setting.h"
#include "store/directory.h"
#include "store/head_delete.h"
#include "store/head_row.h"
#include "store/row_order.h"
#include "store/seal.h"
#include "store/segment_writer.h"
#include "store/store.h"
#include "store/upkeep.h"

typedef enum StatusColumn
{
	STATUS_RELID,
	STATUS_LAST_SEAL,
	STATUS_ROWS,
	STATUS_SEGMENTS,
	STATUS_REFUSED,
	STATUS_COLUMNS
} StatusColumn;

static const char *const status_columns[] = {
	"relid", "last_seal", "rows", "segments", "refused"
};

/* Whether the row, if there is one, tells the same already. */
static bool
is_told(Relation catalog, HeapTuple old, AttrNumber refused, const SydraSealResult *result)
{
	Datum		stored = (Datum) 0;
	bool		isnull = true;

	if (result->rows > 0)
		return false;
	if (HeapTupleIsValid(old))
		stored = heap_getattr(old, refused, RelationGetDescr(catalog), &isnull);
	if (isnull || result->reason == NULL)
		return isnull && result->reason == NULL;
	return strcmp(TextDatumGetCString(stored), result->reason) == 0;
}

/*
 * Adds what one call did to the table's row.  Only one backend writes it: it holds the SEAL lock.
 */
static void
write_status(Oid relid, const SydraSealResult *result)
{
	AttrNumber	attnums[STATUS_COLUMNS];
	Relation	catalog = sydra_catalog_open("seal_status", RowExclusiveLock, status_columns,
											 attnums, STATUS_COLUMNS);
	TupleDesc	tupdesc = RelationGetDescr(catalog);
	Datum	   *values = palloc0(sizeof(Datum) * tupdesc->natts);
	bool	   *nulls = palloc(sizeof(bool) * tupdesc->natts);
	int			rows = attnums[STATUS_ROWS] - 1;
	int			segments = attnums[STATUS_SEGMENTS] - 1;
	int			refused = attnums[STATUS_REFUSED] - 1;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	old;

	ScanKeyInit(&key, attnums[STATUS_RELID], BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, sydra_object_catalog("seal_status_pkey"), true,
							  SnapshotSelf, 1, &key);
	old = systable_getnext(scan);
	if (!is_told(catalog, old, attnums[STATUS_REFUSED], result))
	{
		memset(nulls, true, sizeof(bool) * tupdesc->natts);
		if (HeapTupleIsValid(old))
			heap_deform_tuple(old, tupdesc, values, nulls);
		values[attnums[STATUS_RELID] - 1] = ObjectIdGetDatum(relid);
		nulls[attnums[STATUS_RELID] - 1] = false;
		values[rows] = Int64GetDatum(DatumGetInt64(values[rows]) + result->rows);
		values[segments] = Int64GetDatum(DatumGetInt64(values[segments]) + result->segments);
		nulls[rows] = nulls[segments] = false;
		if (result->rows > 0)
		{
			values[attnums[STATUS_LAST_SEAL] - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
			nulls[attnums[STATUS_LAST_SEAL] - 1] = false;
		}
		nulls[refused] = result->reason == NULL;
		if (result->reason)
			values[refused] = CStringGetTextDatum(result->reason);
		sydra_catalog_replace(catalog, old, values, nulls);
	}
	systable_endscan(scan);
	table_close(catalog, RowExclusiveLock);
}

/* The deletes of a seal would reach subscribers that can tell which row is meant. */
static bool
publishes_deletes(Relation rel)
{
	PublicationDesc publication;

	if (!RelationIsLogicallyLogged(rel))
		return false;
	if (rel->rd_rel->relreplident != REPLICA_IDENTITY_FULL &&
		!OidIsValid(RelationGetReplicaIndex(rel)))
		return false;
	RelationBuildPublicationDesc(rel, &publication);
	return publication.pubactions.pubdelete;
}

/* Why a table cannot be sealed, or NULL. */
static const char *
find_refusal(Relation rel, const SydraTable *table, const SydraSealOptions *options)
{
	const char *reason = sydra_upkeep_refusal(rel, table, options->by_hand);

	if (reason == NULL && publishes_deletes(rel))
		reason = "it is published with a replica identity, so that subscribers would delete its rows";
	return reason;
}

/* The rows of a batch in memory, whatever maintenance_work_mem allows. */
#define BATCH_KB_MAX (64 * 1024)

/* What a scan of the head has found. */
typedef struct Collection
{
	SydraRowBuffer *buffer;
	const uint32 *lasts;		/* by row: what replaces it, or itself; NULL: each is its own */
	Size		bytes;			/* of the rows, in the head */
	bool		complete;		/* the head's end was reached */
	BlockNumber next_block;		/* else: where to go on */
} Collection;

/* Fills the buffer from the head, from start_block on. */
static void
collect_rows(Relation rel, const SydraTable *table, Snapshot snapshot,
			 const SydraSealOptions *options, Collection *collection)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);
	TupleTableSlot *slot;
	TableScanDesc scan;
	SydraRowBuffer *buffer = collection->buffer;
	SydraHeadRow *row = sydra_head_row_plan(RelationGetDescr(rel));
	int			time = table->time_attnum - 1;
	TransactionId xmin = InvalidTransactionId;
	FullTransactionId xid = InvalidFullTransactionId;

	collection->complete = true;
	if (options->start_block >= blocks)
		return;
	slot = table_slot_create(rel, NULL);
	scan = heap_beginscan(rel, snapshot, 0, NULL, NULL,
						  SO_TYPE_SEQSCAN | SO_ALLOW_STRAT | SO_ALLOW_PAGEMODE);
	heap_setscanlimits(scan, options->start_block, blocks - options->start_block);
	while (heap_getnextslot(scan, ForwardScanDirection, slot))
	{
		HeapTuple	tuple = ((BufferHeapTupleTableSlot *) slot)->base.tuple;

		CHECK_FOR_INTERRUPTS();
		if (sydra_row_buffer_count(buffer) >= sydra_setting_seal_batch_rows ||
			sydra_row_buffer_bytes(buffer) / 1024 >= Min(maintenance_work_mem, BATCH_KB_MAX))
		{
			collection->next_block = ItemPointerGetBlockNumber(&slot->tts_tid);
			collection->complete = false;
			break;
		}
		sydra_head_row_deform(row, slot);
		if (slot->tts_isnull[time] ||
			DatumGetTimestampTz(slot->tts_values[time]) >= options->time_before)
			continue;
		if (HeapTupleHeaderGetRawXmin(tuple->t_data) != xmin)
		{
			xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
			xid = sydra_store_widen_xid(xmin);
		}
		if (sydra_row_buffer_add(buffer, slot, &slot->tts_tid, xid))
			collection->bytes += MAXALIGN(tuple->t_len) + sizeof(ItemIdData);
	}
	heap_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * The head keeps the pages it once needed, so that its size alone does not tell: a worker waits
 * until the rows that may go fill half of what a head must have to be worth it.
 */
static bool
is_worth_sealing(const Collection *collection, const SydraSealOptions *options)
{
	if (sydra_row_buffer_count(collection->buffer) == 0)
		return false;
	return options->by_hand || options->start_block > 0 || !collection->complete ||
		collection->bytes >= (Size) options->min_pages * BLCKSZ / 2;
}

/* Deletes the rows from the head; those that it cannot be done to are taken out of the buffer. */
static int
delete_rows(Relation rel, SydraRowBuffer *buffer, const uint32 *rows, int count)
{
	OffsetNumber offsets[MaxHeapTuplesPerPage];
	bool		deleted[MaxHeapTuplesPerPage];
	int			excluded = 0;

	/* Rows lie in the buffer in the order of the head. */
	for (int first = 0, next; first < count; first = next)
	{
		BlockNumber block = ItemPointerGetBlockNumber(sydra_row_buffer_tid(buffer, rows[first]));

		for (next = first; next < count && next - first < lengthof(offsets); next++)
		{
			const ItemPointerData *tid = sydra_row_buffer_tid(buffer, rows[next]);

			if (ItemPointerGetBlockNumber(tid) != block)
				break;
			offsets[next - first] = ItemPointerGetOffsetNumber(tid);
		}
		CHECK_FOR_INTERRUPTS();
		sydra_head_delete(rel, block, offsets, next - first, deleted);
		for (int i = first; i < next; i++)
			if (!deleted[i - first])
			{
				sydra_row_buffer_exclude(buffer, rows[i]);
				excluded++;
			}
	}
	return excluded;
}

/*
 * Deletes what goes into segments, and then what it replaces: a row that is replaced stays with its
 * last, as that may be about to be deleted, and it with it.
 */
static int
delete_collected(Relation rel, const Collection *collection)
{
	SydraRowBuffer *buffer = collection->buffer;
	int			count = sydra_row_buffer_count(buffer);
	uint32	   *rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint32) * count);
	int			chosen = 0;
	int			excluded;

	for (int row = 0; row < count; row++)
		if (!sydra_row_buffer_is_excluded(buffer, row))
			rows[chosen++] = row;
	excluded = delete_rows(rel, buffer, rows, chosen);
	chosen = 0;
	for (int row = 0; collection->lasts != NULL && row < count; row++)
		if (collection->lasts[row] != row &&
			!sydra_row_buffer_is_excluded(buffer, collection->lasts[row]))
			rows[chosen++] = row;
	(void) delete_rows(rel, buffer, rows, chosen);
	pfree(rows);
	return excluded;
}

/* Chunks are written after the deletes: a command cannot take back what it wrote itself. */
static void
publish(Relation rel, const SydraStore *store, SydraRowBuffer *buffer, List *images,
		bool any_excluded, SydraSealResult *result)
{
	SydraSegmentOrigin origin = {.kind = 'c', .cid = GetCurrentCommandId(true), .place = -1};
	ListCell   *cell;

	foreach(cell, images)
	{
		SydraSegmentImage *image = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (any_excluded && !sydra_segment_image_refresh(image, buffer))
			continue;
		sydra_segment_image_write(image, rel, store, &origin);
		result->rows += sydra_segment_image_rows(image);
		result->segments++;
	}
}

/* Before any row is deleted. */
static bool
reserve_addresses(Relation rel, const SydraStore *store, List *images)
{
	ListCell   *cell;

	foreach(cell, images)
	{
		if (sydra_segment_image_reserve(lfirst(cell), store))
			continue;
		sydra_store_warn_full(rel);
		return false;
	}
	return true;
}

static void
seal_batch(Relation rel, const SydraTable *table, const SydraSealOptions *options,
		   SydraSealResult *result)
{
	SydraStore	store;
	Snapshot	snapshot;
	Collection	collection = {0};

	sydra_store_ensure(rel, &store);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	collection.buffer = sydra_row_buffer_create(table, RelationGetDescr(rel),
												sydra_dictionary_open(table, store.storage_id));
	collect_rows(rel, table, snapshot, options, &collection);
	if (is_worth_sealing(&collection, options))
	{
		List	   *images;

		if (sydra_store_keeps_last(rel))
			collection.lasts = sydra_row_order_keep_last(collection.buffer);
		images = sydra_row_buffer_encode(collection.buffer, rel, &store);
		if (sydra_upkeep_in_the_way(rel))
			result->outcome = SYDRA_SEAL_YIELDED;
		else if (!reserve_addresses(rel, &store, images))
			result->reason = "no row addresses are left for its segments";
		else
		{
			int			excluded;

			sydra_upkeep_close_gate(RelationGetRelid(rel), NULL, NULL);
			excluded = delete_collected(rel, &collection);
			publish(rel, &store, collection.buffer, images, excluded > 0, result);
		}
	}
	UnregisterSnapshot(snapshot);

	/* Rows that cannot be sealed now must not be asked for again and again. */
	if (result->outcome == SYDRA_SEAL_DONE && result->reason == NULL && !collection.complete &&
		(result->rows > 0 || collection.next_block != options->start_block))
	{
		result->outcome = SYDRA_SEAL_MORE;
		result->next_block = collection.next_block;
	}
}

void
sydra_seal_table(Oid relid, const SydraSealOptions *options, SydraSealResult *result)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra seal",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Relation	rel = sydra_upkeep_open(relid, options->by_hand);

	memset(result, 0, sizeof(SydraSealResult));
	result->outcome = SYDRA_SEAL_BUSY;
	if (rel != NULL && sydra_table_is_sydra(rel) &&
		sydra_store_lock(relid, SYDRA_LOCK_SEAL, 0, ExclusiveLock, !options->by_hand))
	{
		const SydraTable *table = sydra_table_describe(rel);
		BlockNumber blocks = RelationGetNumberOfBlocks(rel);

		result->outcome = SYDRA_SEAL_DONE;
		result->reason = find_refusal(rel, table, options);
		if (result->reason)
			result->outcome = SYDRA_SEAL_REFUSED;
		else if (blocks > 0 && blocks >= options->min_pages)
			seal_batch(rel, table, options, result);
		if (result->outcome != SYDRA_SEAL_YIELDED)
			write_status(relid, result);
	}
	if (rel != NULL)
		relation_close(rel, NoLock);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
sydra_seal_note(Oid relid, const char *reason)
{
	SydraSealResult result = {.outcome = SYDRA_SEAL_REFUSED, .reason = reason};

	if (sydra_store_lock(relid, SYDRA_LOCK_SEAL, 0, ExclusiveLock, true) &&
		SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		write_status(relid, &result);
}
