/*
 * tombstone.c
 *	  The rows of sydra_catalog.tombstone.
 *
 * They are read with the snapshot that head and directory are read with, so that heap's rules for
 * the catalog are the rules for sealed rows: a command does not see what it deletes itself, the
 * next one does, and what is rolled back was never there.
 *
 * An update has a catalog row for each row.  Deletes come in pieces: one catalog row for what one
 * command deletes among 256 neighbouring rows.  It is inserted with the first of them, under the
 * xid and the command that it belongs to; the bits of those that follow are kept in memory and
 * written over it in place, which no other transaction can see before this one commits.  So they
 * can be written at any time, also from within a subtransaction whose abort must not take them
 * back.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "store/tombstone.h"

#define PIECE_ROWS 256
#define PIECE_BYTES (PIECE_ROWS / 8)
#define PIECES_MAX 8192

typedef enum TombstoneColumn
{
	TOMBSTONE_STORAGE_ID,
	TOMBSTONE_SEGNO,
	TOMBSTONE_ROWNO,
	TOMBSTONE_KIND,
	TOMBSTONE_XID,
	TOMBSTONE_ROWS,
	TOMBSTONE_SUCCESSOR,
	TOMBSTONE_HEAD,
	TOMBSTONE_COLUMNS
} TombstoneColumn;

static const char *const tombstone_columns[] = {
	"storage_id", "segno", "rowno", "kind", "xid", "rows", "successor", "head"
};

/* A row of the catalog, taken apart. */
typedef struct StoredTombstone
{
	int64		segno;
	int			rowno;
	char		kind;
	const uint8 *rows;			/* PIECE_BYTES; NULL: the row rowno alone */
	TransactionId xid;
	ItemPointerData successor;
	Oid			head;
	bool		damaged;		/* its rows are not to be read */
} StoredTombstone;

typedef struct PieceKey
{
	int64		storage_id;
	int64		segno;
	int32		first_row;
	SubTransactionId subxact;
	CommandId	cid;
	int32		kind;
} PieceKey;

typedef struct Piece
{
	PieceKey	key;
	HeapTuple	tuple;			/* as it is to be */
	uint8	   *rows;			/* in the tuple */
	bool		dirty;			/* not as it is in the catalog */
	dlist_node	node;			/* in dirty_pieces */
} Piece;

/* Those of this transaction that may still grow. */
static MemoryContext pieces_context;
static HTAB *pieces;
static dlist_head dirty_pieces = DLIST_STATIC_INIT(dirty_pieces);

static Relation
open_tombstones(LOCKMODE mode, AttrNumber *attnums)
{
	return sydra_catalog_open("tombstone", mode, tombstone_columns, attnums, TOMBSTONE_COLUMNS);
}

/* Pieces --------------------------------------------------------------------------------------*/

static void
forget_pieces(void)
{
	if (pieces != NULL)
		MemoryContextDelete(pieces_context);
	pieces = NULL;
	pieces_context = NULL;
	dlist_init(&dirty_pieces);
}

/*
 * Writes a piece over its row, which keeps its length.  The server's way of overwriting a row in
 * place has a record of its own, which replay compares without the hint bits of the page.
 */
static void
write_piece(Relation rel, const Piece *piece)
{
	ItemPointer tid = &piece->tuple->t_self;
	Buffer		buffer = ReadBuffer(rel, ItemPointerGetBlockNumber(tid));
	HeapTupleData stored;
	Page		page;
	ItemId		item;

	LockTuple(rel, tid, InplaceUpdateTupleLock);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	page = BufferGetPage(buffer);
	item = PageGetItemId(page, ItemPointerGetOffsetNumber(&piece->tuple->t_self));
	if (!ItemIdIsNormal(item) || ItemIdGetLength(item) != piece->tuple->t_len)
		elog(ERROR, "row (%u,%u) of relation \"%s\" is not the tombstone written there",
			 ItemPointerGetBlockNumber(&piece->tuple->t_self),
			 ItemPointerGetOffsetNumber(&piece->tuple->t_self), RelationGetRelationName(rel));
	stored.t_self = *tid;
	stored.t_tableOid = RelationGetRelid(rel);
	stored.t_len = ItemIdGetLength(item);
	stored.t_data = (HeapTupleHeader) PageGetItem(page, item);
	heap_inplace_update_and_unlock(rel, &stored, piece->tuple, buffer);
	ReleaseBuffer(buffer);
}

void
sydra_tombstone_flush(void)
{
	Relation	rel;

	if (dlist_is_empty(&dirty_pieces))
		return;
	rel = table_open(sydra_object_catalog("tombstone"), RowExclusiveLock);
	while (!dlist_is_empty(&dirty_pieces))
	{
		Piece	   *piece = dlist_container(Piece, node, dlist_head_node(&dirty_pieces));

		CHECK_FOR_INTERRUPTS();
		write_piece(rel, piece);
		dlist_delete(&piece->node);
		piece->dirty = false;
	}
	table_close(rel, RowExclusiveLock);
}

/* Pieces end with the transaction that they belong to; its subtransactions have their own. */
static void
change_subtransaction(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent,
				   void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		sydra_tombstone_flush();
	if (event != SUBXACT_EVENT_COMMIT_SUB)
		forget_pieces();
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		sydra_tombstone_flush();
	forget_pieces();
}

static void
prepare_pieces(void)
{
	static bool registered = false;
	HASHCTL		control = {.keysize = sizeof(PieceKey), .entrysize = sizeof(Piece)};

	if (pieces != NULL && hash_get_num_entries(pieces) >= PIECES_MAX)
	{
		sydra_tombstone_flush();
		forget_pieces();
	}
	if (pieces != NULL)
		return;
	if (!registered)
	{
		RegisterSubXactCallback(change_subtransaction, NULL);
		RegisterXactCallback(end_transaction, NULL);
		registered = true;
	}
	pieces_context = AllocSetContextCreate(TopTransactionContext, "sydra tombstones",
										   ALLOCSET_DEFAULT_SIZES);
	control.hcxt = pieces_context;
	pieces = hash_create("sydra tombstones", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Writing --------------------------------------------------------------------------------------*/

/* The catalog row of a tombstone, inserted for the command cid; in the current context. */
static HeapTuple
insert_tombstone(const SydraSegment *segment, int rowno, char kind, CommandId cid,
				 const uint8 *rows, const ItemPointerData *successor, Oid head)
{
	AttrNumber	attnums[TOMBSTONE_COLUMNS];
	Relation	rel = open_tombstones(RowExclusiveLock, attnums);
	Relation	index = index_open(sydra_object_catalog("tombstone_row"), RowExclusiveLock);
	int			natts = RelationGetNumberOfAttributes(rel);
	Datum	   *values = palloc0(sizeof(Datum) * natts);
	bool	   *nulls = palloc(sizeof(bool) * natts);
	Datum		given[TOMBSTONE_COLUMNS] = {0};
	Datum		keys[3];
	bool		key_nulls[3] = {false, false, false};
	HeapTuple	tuple;

	given[TOMBSTONE_STORAGE_ID] = keys[0] = Int64GetDatum(segment->storage_id);
	given[TOMBSTONE_SEGNO] = keys[1] = Int64GetDatum(segment->segno);
	given[TOMBSTONE_ROWNO] = keys[2] = Int32GetDatum(rowno);
	given[TOMBSTONE_KIND] = CharGetDatum(kind);
	given[TOMBSTONE_XID] = FullTransactionIdGetDatum(GetCurrentFullTransactionId());
	if (rows != NULL)
		given[TOMBSTONE_ROWS] = PointerGetDatum(cstring_to_text_with_len((const char *) rows,
																		 PIECE_BYTES));
	if (successor != NULL)
	{
		given[TOMBSTONE_SUCCESSOR] = PointerGetDatum(successor);
		given[TOMBSTONE_HEAD] = ObjectIdGetDatum(head);
	}
	memset(nulls, true, sizeof(bool) * natts);
	for (int i = 0; i < TOMBSTONE_COLUMNS; i++)
	{
		values[attnums[i] - 1] = given[i];
		nulls[attnums[i] - 1] = (i == TOMBSTONE_ROWS && rows == NULL) ||
			((i == TOMBSTONE_SUCCESSOR || i == TOMBSTONE_HEAD) && successor == NULL);
	}
	tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	heap_insert(rel, tuple, cid, HEAP_INSERT_NO_LOGICAL, NULL);
	index_insert(index, keys, key_nulls, &tuple->t_self, rel, UNIQUE_CHECK_NO, false, NULL);
	pfree(values);
	pfree(nulls);
	index_close(index, RowExclusiveLock);

	/* Until the transaction ends nobody may move the row: it may be written over. */
	table_close(rel, NoLock);
	return tuple;
}

/* Where the bits of a piece are in its tuple. */
static uint8 *
find_bits(HeapTuple tuple)
{
	AttrNumber	attnums[TOMBSTONE_COLUMNS];
	Relation	rel = open_tombstones(AccessShareLock, attnums);
	bool		isnull;
	Datum		rows = heap_getattr(tuple, attnums[TOMBSTONE_ROWS], RelationGetDescr(rel), &isnull);

	table_close(rel, AccessShareLock);
	return (uint8 *) VARDATA_ANY(DatumGetPointer(rows));
}

void
sydra_tombstone_delete(const SydraSegment *segment, int row, CommandId cid, char kind)
{
	PieceKey	key;
	Piece	   *piece;
	bool		found;
	int			bit = row % PIECE_ROWS;

	memset(&key, 0, sizeof(key));
	key.storage_id = segment->storage_id;
	key.segno = segment->segno;
	key.first_row = row - bit;
	key.subxact = GetCurrentSubTransactionId();
	key.cid = cid;
	key.kind = kind;
	prepare_pieces();
	piece = hash_search(pieces, &key, HASH_FIND, NULL);
	if (piece == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(pieces_context);
		uint8		rows[PIECE_BYTES] = {0};
		HeapTuple	tuple;

		rows[bit / 8] |= 1 << (bit % 8);
		tuple = insert_tombstone(segment, key.first_row, kind, cid, rows, NULL, InvalidOid);
		piece = hash_search(pieces, &key, HASH_ENTER, &found);
		piece->tuple = tuple;
		piece->rows = find_bits(tuple);
		piece->dirty = false;
		MemoryContextSwitchTo(caller);
		return;
	}
	piece->rows[bit / 8] |= 1 << (bit % 8);
	if (!piece->dirty)
		dlist_push_tail(&dirty_pieces, &piece->node);
	piece->dirty = true;
}

void
sydra_tombstone_update(const SydraSegment *segment, int row, CommandId cid,
					   const ItemPointerData *successor, Oid head)
{
	heap_freetuple(insert_tombstone(segment, row, SYDRA_TOMBSTONE_UPDATED, cid, NULL, successor,
									head));
}

/* Reading --------------------------------------------------------------------------------------*/

/* The parts point into the tuple. */
static void
take_apart(Relation rel, const AttrNumber *attnums, HeapTuple tuple, StoredTombstone *stored)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	Datum		values[TOMBSTONE_COLUMNS];
	bool		nulls[TOMBSTONE_COLUMNS];

	for (int i = 0; i < TOMBSTONE_COLUMNS; i++)
		values[i] = heap_getattr(tuple, attnums[i], tupdesc, &nulls[i]);
	stored->segno = DatumGetInt64(values[TOMBSTONE_SEGNO]);
	stored->rowno = DatumGetInt32(values[TOMBSTONE_ROWNO]);
	stored->kind = DatumGetChar(values[TOMBSTONE_KIND]);
	stored->xid = XidFromFullTransactionId(DatumGetFullTransactionId(values[TOMBSTONE_XID]));
	stored->rows = NULL;
	stored->damaged = false;
	if (!nulls[TOMBSTONE_ROWS])
	{
		const struct varlena *rows = (const struct varlena *)
			DatumGetPointer(values[TOMBSTONE_ROWS]);

		stored->damaged = VARATT_IS_EXTENDED(rows) || VARSIZE(rows) != VARHDRSZ + PIECE_BYTES;
		if (!stored->damaged)
			stored->rows = (const uint8 *) VARDATA(rows);
	}
	ItemPointerSetInvalid(&stored->successor);
	if (!nulls[TOMBSTONE_SUCCESSOR])
		stored->successor = *(ItemPointer) DatumGetPointer(values[TOMBSTONE_SUCCESSOR]);
	stored->head = nulls[TOMBSTONE_HEAD] ? InvalidOid : DatumGetObjectId(values[TOMBSTONE_HEAD]);
}

static char *
describe_damage(Relation rel, HeapTuple tuple, int64 segno)
{
	return psprintf("a tombstone of segment " INT64_FORMAT " is damaged, in block %u of relation "
					"\"%s\"", segno, ItemPointerGetBlockNumber(&tuple->t_self),
					RelationGetRelationName(rel));
}

/*
 * A dirty snapshot would take an uncommitted tombstone for one that counts.  Who reads with one
 * locks the row next and waits there.
 */
static Snapshot
choose_snapshot(Snapshot snapshot)
{
	return snapshot->snapshot_type == SNAPSHOT_DIRTY ? SnapshotSelf : snapshot;
}

/* Goes through tombstones. */
typedef struct StoneScan
{
	Relation	rel;
	AttrNumber	attnums[TOMBSTONE_COLUMNS];
	SysScanDesc scan;
	HeapTuple	tuple;			/* the one that was found last, and its parts */
	StoredTombstone stored;
} StoneScan;

/*
 * With key_count 1 those of the storage, with 2 of the segment, with 3 those that begin at rowno.
 */
static void
begin_scan(StoneScan *scan, LOCKMODE mode, int64 storage_id, int64 segno, int rowno, int key_count,
		   Snapshot snapshot)
{
	ScanKeyData keys[3];

	sydra_tombstone_flush();
	scan->rel = open_tombstones(mode, scan->attnums);
	ScanKeyInit(&keys[0], scan->attnums[TOMBSTONE_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	ScanKeyInit(&keys[1], scan->attnums[TOMBSTONE_SEGNO], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(segno));
	ScanKeyInit(&keys[2], scan->attnums[TOMBSTONE_ROWNO], BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(rowno));
	scan->scan = systable_beginscan(scan->rel, sydra_object_catalog("tombstone_row"), true,
									choose_snapshot(snapshot), key_count, keys);
}

static bool
next_stone(StoneScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	scan->tuple = systable_getnext(scan->scan);
	if (!HeapTupleIsValid(scan->tuple))
		return false;
	take_apart(scan->rel, scan->attnums, scan->tuple, &scan->stored);
	return true;
}

static void
end_scan(StoneScan *scan, LOCKMODE mode)
{
	systable_endscan(scan->scan);
	table_close(scan->rel, mode);
}

bool
sydra_tombstone_any(int64 storage_id, Snapshot snapshot)
{
	StoneScan	scan;
	bool		found;

	if (!IsMVCCSnapshot(snapshot))
		return true;
	begin_scan(&scan, AccessShareLock, storage_id, 0, 0, 1, snapshot);
	found = next_stone(&scan);
	end_scan(&scan, AccessShareLock);
	return found;
}

/*
 * Sets the bits of a tombstone's rows; false when one is not below nrows, or set already, or when
 * they begin where no piece does.
 */
static bool
mark_rows(const StoredTombstone *stored, int nrows, uint64 *dead)
{
	bool		good = !stored->damaged &&
		(stored->rows == NULL || stored->rowno % PIECE_ROWS == 0);

	for (int i = 0; i < (stored->rows ? PIECE_ROWS : 1); i++)
	{
		int64		row = (int64) stored->rowno + i;

		if (stored->rows && (stored->rows[i / 8] >> (i % 8) & 1) == 0)
			continue;
		if (row < 0 || row >= nrows || sydra_tombstone_test(dead, row))
			good = false;
		else
			dead[row / 64] |= UINT64CONST(1) << (row % 64);
	}
	return good;
}

static void
raise_damage(const StoneScan *scan, int64 segno)
{
	ereport(ERROR,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg_internal("%s", describe_damage(scan->rel, scan->tuple, segno)));
}

static uint64 *
read_segment(const SydraSegment *segment, Snapshot snapshot, char **fault)
{
	uint64	   *dead = NULL;
	StoneScan	scan;

	begin_scan(&scan, AccessShareLock, segment->storage_id, segment->segno, 0, 2, snapshot);
	while (next_stone(&scan))
	{
		if (dead == NULL)
			dead = palloc0(sizeof(uint64) * (segment->nrows / 64 + 1));
		if (mark_rows(&scan.stored, segment->nrows, dead))
			continue;
		if (fault == NULL)
			raise_damage(&scan, segment->segno);
		*fault = describe_damage(scan.rel, scan.tuple, segment->segno);
	}
	end_scan(&scan, AccessShareLock);
	return dead;
}

uint64 *
sydra_tombstone_read(const SydraSegment *segment, Snapshot snapshot)
{
	return read_segment(segment, snapshot, NULL);
}

bool
sydra_tombstone_is_sound(const SydraSegment *segment, Snapshot snapshot, char **fault)
{
	*fault = NULL;
	read_segment(segment, snapshot, fault);
	return *fault == NULL;
}

/* Whether the tombstone of a segment that was dropped since has ever counted. */
static bool
has_counted(HeapTuple tuple)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

	return TransactionIdIsCurrentTransactionId(xmin) || TransactionIdDidCommit(xmin);
}

static void
fill_stone(const StoneScan *scan, SydraTombstone *stone)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(scan->tuple->t_data);

	stone->kind = scan->stored.kind;
	stone->xid = scan->stored.xid;
	stone->own = TransactionIdIsCurrentTransactionId(xmin);
	stone->cid = stone->own ? HeapTupleHeaderGetCmin(scan->tuple->t_data) : InvalidCommandId;
	stone->successor = scan->stored.successor;
	stone->head = scan->stored.head;
}

/* Of those that begin at rowno, the one of a row. */
static bool
find_beginning(int64 storage_id, int64 segno, int rowno, int row, Snapshot snapshot,
			   SydraTombstone *stone)
{
	int			bit = row - rowno;
	bool		found = false;
	StoneScan	scan;

	begin_scan(&scan, AccessShareLock, storage_id, segno, rowno, 3, snapshot);
	while (!found && next_stone(&scan))
	{
		if (snapshot == SnapshotAny && !has_counted(scan.tuple))
			continue;
		if (scan.stored.damaged)
			raise_damage(&scan, segno);
		found = scan.stored.rows ? (scan.stored.rows[bit / 8] >> (bit % 8) & 1) != 0 : bit == 0;
		if (found && stone != NULL)
			fill_stone(&scan, stone);
	}
	end_scan(&scan, AccessShareLock);
	return found;
}

bool
sydra_tombstone_find(int64 storage_id, int64 segno, int row, Snapshot snapshot,
					 SydraTombstone *stone)
{
	int			first = row - row % PIECE_ROWS;

	return find_beginning(storage_id, segno, first, row, snapshot, stone) ||
		(row != first && find_beginning(storage_id, segno, row, row, snapshot, stone));
}

/* The caller has the segment alone: nobody adds or removes one. */
void
sydra_tombstone_remove(const SydraSegment *segment, CommandId cid)
{
	StoneScan	scan;

	begin_scan(&scan, RowExclusiveLock, segment->storage_id, segment->segno, 0, 2, SnapshotSelf);
	while (next_stone(&scan))
	{
		TM_FailureData failure;

		if (heap_delete(scan.rel, &scan.tuple->t_self, cid, InvalidSnapshot, true, &failure,
						false) != TM_Ok)
			ereport(ERROR,
					errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("segment " INT64_FORMAT " was removed concurrently, retry",
						   segment->segno));
	}
	end_scan(&scan, RowExclusiveLock);
}

static int
count_rows(const StoredTombstone *stored)
{
	return stored->rows ? (int) pg_popcount((const char *) stored->rows, PIECE_BYTES) : 1;
}

double
sydra_tombstone_count(int64 storage_id, Snapshot snapshot)
{
	double		count = 0;
	StoneScan	scan;

	begin_scan(&scan, AccessShareLock, storage_id, 0, 0, 1, snapshot);
	while (next_stone(&scan))
		count += count_rows(&scan.stored);
	end_scan(&scan, AccessShareLock);
	return count;
}

static int
compare_segnos(const void *a, const void *b)
{
	int64		left = (*(const SydraSegment *const *) a)->segno;
	int64		right = (*(const SydraSegment *const *) b)->segno;

	return (left > right) - (left < right);
}

static const SydraSegment **
sort_by_segno(const SydraSegment *segments, int count)
{
	const SydraSegment **sorted = palloc_extended(sizeof(SydraSegment *) * Max(count, 1),
												  MCXT_ALLOC_HUGE);

	for (int i = 0; i < count; i++)
		sorted[i] = &segments[i];
	qsort(sorted, count, sizeof(SydraSegment *), compare_segnos);
	return sorted;
}

static const SydraSegment *
find_segment(const SydraSegment *const *sorted, int count, int64 segno)
{
	int			low = 0;

	while (low < count)
	{
		int			middle = low + (count - low) / 2;

		if (sorted[middle]->segno == segno)
			return sorted[middle];
		if (sorted[middle]->segno < segno)
			low = middle + 1;
		else
			count = middle;
	}
	return NULL;
}

int64
sydra_tombstone_count_each(int64 storage_id, const SydraSegment *segments, int count,
						   Snapshot snapshot, int *dead)
{
	const SydraSegment **sorted = sort_by_segno(segments, count);
	const SydraSegment *segment = NULL;
	int64		orphans = 0;
	StoneScan	scan;

	memset(dead, 0, sizeof(int) * count);
	begin_scan(&scan, AccessShareLock, storage_id, 0, 0, 1, snapshot);
	while (next_stone(&scan))
	{
		if (segment == NULL || segment->segno != scan.stored.segno)
			segment = find_segment(sorted, count, scan.stored.segno);
		if (segment == NULL)
			orphans++;
		else
			dead[segment - segments] += count_rows(&scan.stored);
	}
	end_scan(&scan, AccessShareLock);
	pfree(sorted);
	return orphans;
}

void
sydra_tombstone_forget_orphans(int64 storage_id, const SydraSegment *segments, int count,
							   Snapshot snapshot)
{
	const SydraSegment **sorted = sort_by_segno(segments, count);
	StoneScan	scan;

	begin_scan(&scan, RowExclusiveLock, storage_id, 0, 0, 1, snapshot);
	while (next_stone(&scan))
		if (find_segment(sorted, count, scan.stored.segno) == NULL)
			sydra_catalog_delete(scan.rel, &scan.tuple->t_self);
	end_scan(&scan, RowExclusiveLock);
	pfree(sorted);
}

void
sydra_tombstone_verify(int64 storage_id, const SydraSegment *segments, int count,
					   Snapshot snapshot, List **faults)
{
	const SydraSegment **sorted = sort_by_segno(segments, count);
	const SydraSegment *segment = NULL;
	uint64	   *dead = palloc(sizeof(uint64) * (SYDRA_SEGMENT_ROWS_MAX / 64 + 1));
	StoneScan	scan;

	begin_scan(&scan, AccessShareLock, storage_id, 0, 0, 1, snapshot);
	while (next_stone(&scan))
	{
		const StoredTombstone *stored = &scan.stored;

		if (segment == NULL || segment->segno != stored->segno)
		{
			segment = find_segment(sorted, count, stored->segno);
			memset(dead, 0, sizeof(uint64) * (SYDRA_SEGMENT_ROWS_MAX / 64 + 1));
		}
		if (segment == NULL)
			*faults = lappend(*faults, psprintf("a tombstone means row %d of segment "
												INT64_FORMAT ", which is not there",
												stored->rowno, stored->segno));
		else if (!mark_rows(stored, Min(segment->nrows, SYDRA_SEGMENT_ROWS_MAX), dead))
			*faults = lappend(*faults, psprintf("a tombstone from row %d of segment "
												INT64_FORMAT " means a row that is not there or "
												"dead already", stored->rowno, stored->segno));
		if (stored->kind != SYDRA_TOMBSTONE_DELETED && stored->kind != SYDRA_TOMBSTONE_MOVED &&
			(stored->kind != SYDRA_TOMBSTONE_UPDATED || !ItemPointerIsValid(&stored->successor)))
			*faults = lappend(*faults, psprintf("a tombstone from row %d of segment "
												INT64_FORMAT " is of no kind",
												stored->rowno, stored->segno));
	}
	end_scan(&scan, AccessShareLock);
	pfree(dead);
	pfree(sorted);
}
