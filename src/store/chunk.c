/*
 * chunk.c
 *	  Segment bytes as rows of the TOAST relation.
 *
 * Every change is made by heap_insert(), index_insert() and heap_delete(): WAL, vacuum, checksums, standbys and
 * crash recovery are heapam's.
 *
 * The directory hints at the block of every chunk, and a hint is never trusted: the row found there
 * must name the segment and the sequence number and have the right checksum.  Else the TOAST index
 * tells.  Looking for rows needs no snapshot, because segment numbers are never reused: a chunk of
 * this segment is right whoever else can see it, and the caller's snapshot, which sees the
 * directory row, keeps VACUUM from removing it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/hio.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/toast_internals.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/chunk.h"

#define CHUNK_MAGIC 0x31434453	/* "SDC1" */
#define CHUNKS_MAX (SYDRA_SEGMENT_BYTES_MAX / SYDRA_CHUNK_PAYLOAD + 1)

StaticAssertDecl(sizeof(SydraChunkHdr) == 20, "the chunk header has no padding");
StaticAssertDecl(SYDRA_CHUNK_TUPLE <= MaxHeapTupleSize, "a chunk fits on a page");
StaticAssertDecl(BLCKSZ != 8192 || SYDRA_CHUNK_PAYLOAD == 8064, "the payload is 8064 bytes");

struct SydraChunkReader
{
	const SydraStore *store;
	const SydraSegment *segment;
	Relation	toast;			/* NULL while paused */
	BlockNumber block_count;
	int			chunk_count;	/* as the directory has it, but sane */
	BlockNumber *blocks;		/* where to look for each chunk first */
};

static uint32
compute_crc(const SydraChunkHdr *header, const uint8 *payload, int length)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, payload, length);
	COMP_CRC32C(crc, header, offsetof(SydraChunkHdr, crc));
	FIN_CRC32C(crc);
	return crc;
}

static int64
header_segno(const SydraChunkHdr *header)
{
	return (int64) ((uint64) header->segno_hi << 32 | header->segno_lo);
}

static int
chunk_length(int32 total, int seq)
{
	return Min(SYDRA_CHUNK_PAYLOAD, total - seq * SYDRA_CHUNK_PAYLOAD);
}

/* Adds a block behind the last extent; false when there is no room for another one. */
static bool
add_extent(SydraExtent *extents, int *count, int count_max, BlockNumber block)
{
	if (*count > 0)
	{
		SydraExtent *last = &extents[*count - 1];

		if (last->start + last->length == block)
		{
			last->length++;
			return true;
		}
	}
	if (*count == count_max)
		return false;
	extents[*count].start = block;
	extents[(*count)++].length = 1;
	return true;
}

/*
 * Pages that VACUUM has freed are used first, as every heap_insert() does.
 */
void
sydra_chunk_write(const SydraStore *store, const uint8 *bytes, int32 length, SydraSegment *segment)
{
	Relation	toast = table_open(store->toast_relid, RowExclusiveLock);
	TupleDesc	tupdesc = RelationGetDescr(toast);
	BulkInsertState bulk = GetBulkInsertState();
	CommandId	cid = GetCurrentCommandId(true);
	bytea	   *data = palloc(VARHDRSZ + sizeof(SydraChunkHdr) + SYDRA_CHUNK_PAYLOAD);
	SydraChunkHdr *header = (SydraChunkHdr *) VARDATA(data);
	uint8	   *payload = (uint8 *) (header + 1);
	bool		extents_full = false;
	Relation   *indexes;
	int			index_count;
	int			valid;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	valid = toast_open_indexes(toast, RowExclusiveLock, &indexes, &index_count);
	segment->chunk_id = GetNewOidWithIndex(toast, RelationGetRelid(indexes[valid]), 1);
	segment->nbytes = length;
	segment->nchunks = (length + SYDRA_CHUNK_PAYLOAD - 1) / SYDRA_CHUNK_PAYLOAD;
	segment->extents = palloc(sizeof(SydraExtent) * SYDRA_EXTENTS_MAX);
	segment->extent_count = 0;
	values[0] = ObjectIdGetDatum(segment->chunk_id);
	values[2] = PointerGetDatum(data);
	header->magic = CHUNK_MAGIC;
	header->segno_lo = (uint32) segment->segno;
	header->segno_hi = (uint32) ((uint64) segment->segno >> 32);

	for (int seq = 0; seq < segment->nchunks; seq++)
	{
		int			used = chunk_length(length, seq);
		HeapTuple	tuple;

		CHECK_FOR_INTERRUPTS();
		memcpy(payload, bytes + (Size) seq * SYDRA_CHUNK_PAYLOAD, used);
		header->seq = seq;
		header->crc = compute_crc(header, payload, used);
		SET_VARSIZE(data, VARHDRSZ + sizeof(SydraChunkHdr) + used);
		values[1] = Int32GetDatum(seq);
		tuple = heap_form_tuple(tupdesc, values, nulls);
		Assert(used < SYDRA_CHUNK_PAYLOAD || tuple->t_len == SYDRA_CHUNK_TUPLE);

		heap_insert(toast, tuple, cid, HEAP_INSERT_NO_LOGICAL, bulk);
		for (int i = 0; i < index_count; i++)
			if (indexes[i]->rd_index->indisready)
				index_insert(indexes[i], values, nulls, &tuple->t_self, toast,
							 indexes[i]->rd_index->indisunique ? UNIQUE_CHECK_YES :
							 UNIQUE_CHECK_NO, false, NULL);
		if (!extents_full)
			extents_full = !add_extent(segment->extents, &segment->extent_count, SYDRA_EXTENTS_MAX,
									   ItemPointerGetBlockNumber(&tuple->t_self));
		heap_freetuple(tuple);
	}

	pfree(data);
	toast_close_indexes(indexes, index_count, NoLock);
	FreeBulkInsertState(bulk);
	table_close(toast, NoLock);
}

SydraChunkReader *
sydra_chunk_open(const SydraStore *store, const SydraSegment *segment)
{
	SydraChunkReader *reader = palloc0(sizeof(SydraChunkReader));
	int			seq = 0;

	reader->store = store;
	reader->segment = segment;
	reader->toast = table_open(store->toast_relid, AccessShareLock);
	reader->block_count = RelationGetNumberOfBlocks(reader->toast);
	reader->chunk_count = Min(Max(segment->nchunks, 0), CHUNKS_MAX);
	reader->blocks = palloc(sizeof(BlockNumber) * Max(reader->chunk_count, 1));
	for (int i = 0; i < segment->extent_count; i++)
		for (int j = 0; j < segment->extents[i].length && seq < reader->chunk_count; j++)
			reader->blocks[seq++] = segment->extents[i].start + j;
	while (seq < reader->chunk_count)
		reader->blocks[seq++] = InvalidBlockNumber;
	return reader;
}

void
sydra_chunk_pause(SydraChunkReader *reader)
{
	if (reader->toast != NULL)
		table_close(reader->toast, AccessShareLock);
	reader->toast = NULL;
}

void
sydra_chunk_close(SydraChunkReader *reader)
{
	sydra_chunk_pause(reader);
	pfree(reader->blocks);
	pfree(reader);
}

typedef enum ChunkState
{
	CHUNK_ABSENT,				/* not at this place */
	CHUNK_DAMAGED,
	CHUNK_COPIED
} ChunkState;

/*
 * Looks whether a row is the chunk wanted, and copies its payload.  The row may be anything: a
 * wrong hint leads to values that the head has toasted.
 */
static ChunkState
copy_row(SydraChunkReader *reader, HeapTupleHeader row, Size size, int seq, uint8 *payload)
{
	const SydraSegment *segment = reader->segment;
	int			used = chunk_length(segment->nbytes, seq);
	Size		data_offset = MAXALIGN(SizeofHeapTupleHeader) + 2 * sizeof(uint32);
	SydraChunkHdr header;
	const char *data;
	Oid			chunk_id;
	int32		chunk_seq;

	if (size != data_offset + VARHDRSZ + sizeof(SydraChunkHdr) + used ||
		row->t_hoff != MAXALIGN(SizeofHeapTupleHeader))
		return CHUNK_ABSENT;
	memcpy(&chunk_id, (char *) row + row->t_hoff, sizeof(Oid));
	memcpy(&chunk_seq, (char *) row + row->t_hoff + sizeof(Oid), sizeof(int32));
	if (chunk_id != segment->chunk_id || chunk_seq != seq)
		return CHUNK_ABSENT;
	data = (char *) row + data_offset;
	if (!VARATT_IS_4B_U(data) ||
		VARSIZE_4B(data) != VARHDRSZ + sizeof(SydraChunkHdr) + used)
		return CHUNK_ABSENT;
	memcpy(&header, data + VARHDRSZ, sizeof(header));
	memcpy(payload, data + VARHDRSZ + sizeof(header), used);
	if (header_segno(&header) != segment->segno)
		return CHUNK_ABSENT;
	if (header.magic != CHUNK_MAGIC || header.seq != seq ||
		header.crc != compute_crc(&header, payload, used))
		return CHUNK_DAMAGED;
	return CHUNK_COPIED;
}

/* A pin would do for reading, but copying takes less than a microsecond under the lock. */
static ChunkState
copy_from_block(SydraChunkReader *reader, BlockNumber block, int seq, uint8 *payload)
{
	ChunkState	state = CHUNK_ABSENT;
	Buffer		buffer;
	Page		page;

	if (block >= reader->block_count)
		return CHUNK_ABSENT;
	buffer = ReadBuffer(reader->toast, block);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	if (!PageIsNew(page))
	{
		OffsetNumber max = PageGetMaxOffsetNumber(page);

		for (OffsetNumber i = FirstOffsetNumber; state == CHUNK_ABSENT && i <= max; i++)
		{
			ItemId		item = PageGetItemId(page, i);

			if (ItemIdIsNormal(item) && ItemIdGetLength(item) <= BLCKSZ - ItemIdGetOffset(item))
				state = copy_row(reader, (HeapTupleHeader) PageGetItem(page, item),
								 ItemIdGetLength(item), seq, payload);
		}
	}
	UnlockReleaseBuffer(buffer);
	return state;
}

/* Takes the places of chunk seq and those after it from the index. */
static void
locate_by_index(SydraChunkReader *reader, int seq)
{
	Relation   *indexes;
	int			index_count;
	int			valid;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	valid = toast_open_indexes(reader->toast, AccessShareLock, &indexes, &index_count);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(reader->segment->chunk_id));
	ScanKeyInit(&keys[1], 2, BTGreaterEqualStrategyNumber, F_INT4GE, Int32GetDatum(seq));
	scan = systable_beginscan_ordered(reader->toast, indexes[valid], SnapshotAny, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool		isnull;
		int32		found = DatumGetInt32(heap_getattr(tuple, 2, RelationGetDescr(reader->toast),
													   &isnull));

		CHECK_FOR_INTERRUPTS();
		if (found >= 0 && found < reader->chunk_count)
			reader->blocks[found] = ItemPointerGetBlockNumber(&tuple->t_self);
	}
	systable_endscan_ordered(scan);
	toast_close_indexes(indexes, index_count, AccessShareLock);
	reader->block_count = RelationGetNumberOfBlocks(reader->toast);
}

bool
sydra_chunk_read(SydraChunkReader *reader, int seq, uint8 *payload, char **fault)
{
	ChunkState	state;

	if (reader->toast == NULL)
		reader->toast = table_open(reader->store->toast_relid, AccessShareLock);
	state = copy_from_block(reader, reader->blocks[seq], seq, payload);
	if (state == CHUNK_ABSENT)
	{
		reader->blocks[seq] = InvalidBlockNumber;
		locate_by_index(reader, seq);
		state = copy_from_block(reader, reader->blocks[seq], seq, payload);
	}
	switch (state)
	{
		case CHUNK_COPIED:
			return true;
		case CHUNK_DAMAGED:
			*fault = psprintf("chunk %d in block %u of relation \"%s\" fails its checksum", seq,
							  reader->blocks[seq], RelationGetRelationName(reader->toast));
			return false;
		case CHUNK_ABSENT:
			break;
	}
	if (reader->blocks[seq] == InvalidBlockNumber)
		*fault = psprintf("chunk %d is not in relation \"%s\"", seq,
						  RelationGetRelationName(reader->toast));
	else
		*fault = psprintf("chunk %d is not in block %u of relation \"%s\"", seq,
						  reader->blocks[seq], RelationGetRelationName(reader->toast));
	return false;
}

BlockNumber
sydra_chunk_block(const SydraChunkReader *reader, int seq)
{
	return reader->blocks[seq];
}

bool
sydra_chunk_hints_hold(const SydraStore *store, const SydraSegment *segment)
{
	SydraChunkReader *reader = sydra_chunk_open(store, segment);
	uint8	   *payload = palloc(SYDRA_CHUNK_PAYLOAD);
	int			hinted = 0;
	bool		hold;

	while (hinted < reader->chunk_count && reader->blocks[hinted] != InvalidBlockNumber)
		hinted++;
	hold = hinted > 0 && sydra_chunk_sizes_fit(segment) &&
		copy_from_block(reader, reader->blocks[0], 0, payload) != CHUNK_ABSENT &&
		copy_from_block(reader, reader->blocks[hinted - 1], hinted - 1, payload) != CHUNK_ABSENT;
	pfree(payload);
	sydra_chunk_close(reader);
	return hold;
}

void
sydra_chunk_locate(const SydraStore *store, const SydraSegment *segment, SydraExtent *extents,
				   int count)
{
	SydraChunkReader *reader = sydra_chunk_open(store, segment);
	int			used = 0;

	for (int seq = 0; seq < reader->chunk_count; seq++)
		reader->blocks[seq] = InvalidBlockNumber;
	locate_by_index(reader, 0);
	for (int seq = 0; seq < reader->chunk_count; seq++)
		if (reader->blocks[seq] == InvalidBlockNumber ||
			!add_extent(extents, &used, count, reader->blocks[seq]))
			break;
	for (int i = used; i < count; i++)
	{
		extents[i].start = 0;
		extents[i].length = 0;
	}
	sydra_chunk_close(reader);
}

/*
 * As heap deletes what it has toasted.  A row under the segment's chunk_id that is none of its
 * chunks stays: what stands there belongs to somebody.
 */
void
sydra_chunk_delete(const SydraStore *store, const SydraSegment *segment, CommandId cid)
{
	Relation	toast = table_open(store->toast_relid, RowExclusiveLock);
	Relation   *indexes;
	int			index_count;
	int			valid = toast_open_indexes(toast, RowExclusiveLock, &indexes, &index_count);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(segment->chunk_id));
	scan = systable_beginscan_ordered(toast, indexes[valid], SnapshotSelf, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		bool		isnull;
		bytea	   *data = (bytea *) DatumGetPointer(heap_getattr(tuple, 3, RelationGetDescr(toast),
																  &isnull));
		SydraChunkHdr header;
		TM_FailureData failure;

		CHECK_FOR_INTERRUPTS();
		if (isnull || VARSIZE_ANY_EXHDR(data) < sizeof(header))
			continue;
		memcpy(&header, VARDATA_ANY(data), sizeof(header));
		if (header.magic != CHUNK_MAGIC || header_segno(&header) != segment->segno)
			continue;
		if (heap_delete(toast, &tuple->t_self, cid, InvalidSnapshot, true, &failure,
						false) != TM_Ok)
			ereport(ERROR,
					errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("segment " INT64_FORMAT " was removed concurrently, retry",
						   segment->segno));
	}
	systable_endscan_ordered(scan);
	toast_close_indexes(indexes, index_count, NoLock);
	table_close(toast, NoLock);
}

void
sydra_chunk_find_orphans(const SydraStore *store, const SydraSegment *segments, int count,
						 Snapshot snapshot, List **faults)
{
	Relation	toast = table_open(store->toast_relid, AccessShareLock);
	TableScanDesc scan = table_beginscan(toast, snapshot, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		bool		isnull;
		bytea	   *data = (bytea *) DatumGetPointer(heap_getattr(tuple, 3, RelationGetDescr(toast),
																  &isnull));
		SydraChunkHdr header;
		int64		segno;
		bool		known = false;

		CHECK_FOR_INTERRUPTS();
		if (isnull || VARSIZE_ANY_EXHDR(data) < sizeof(header))
			continue;
		memcpy(&header, VARDATA_ANY(data), sizeof(header));
		if (header.magic != CHUNK_MAGIC || header.seq != 0)
			continue;
		segno = header_segno(&header);
		for (int i = 0; i < count && !known; i++)
			known = segments[i].segno == segno;
		if (!known)
			*faults = lappend(*faults, psprintf("block %u of relation \"%s\" belongs to segment "
												INT64_FORMAT ", which is not in the directory",
												ItemPointerGetBlockNumber(&tuple->t_self),
												RelationGetRelationName(toast), segno));
	}
	table_endscan(scan);
	table_close(toast, AccessShareLock);
}
