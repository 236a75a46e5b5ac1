/*
 * A segment that is bytes in memory, for programs that build its reader without the server: what
 * the reader asks for of a table, its series and its chunks.  Included once a program.
 *
 * Input: what is left as it is, a bit each | the segment.  What else would end every run early, the
 * checksum and the numbers that the directory has again, is put right.
 */
#ifndef SYDRA_FUZZ_SEGMENT_INPUT_H
#define SYDRA_FUZZ_SEGMENT_INPUT_H

#include "catalog/pg_type.h"
#include "port/pg_crc32c.h"

#include "codec/codec.h"
#include "fuzz.h"
#include "series/dictionary.h"
#include "series/table.h"
#include "store/chunk.h"
#include "store/segment_format.h"
#include "store/segment_reader.h"

#define KEEP_CRC 1
#define KEEP_HEADER 2
#define KEEP_LENGTH 4

struct SydraChunkReader
{
	int			unused;
};

typedef struct Input
{
	uint8	   *bytes;
	uint32		size;
	SydraSegment segment;
} Input;

static Input input;

#define COLUMN(number, kind_, type, length) \
	{.attnum = number, .kind = SYDRA_KIND_##kind_, .typid = type, .basetype = type, .typlen = length}

/* One column of every kind and two more, as the tables that made the corpus had them. */
static SydraTableColumn columns[] = {
	COLUMN(1, TIME, TIMESTAMPTZOID, 8),
	COLUMN(2, FLOAT, FLOAT8OID, 8),
	COLUMN(3, FLOAT4, FLOAT4OID, 4),
	COLUMN(4, INT, INT4OID, 4),
	COLUMN(5, BOOL, BOOLOID, 1),
	COLUMN(6, TEXT, TEXTOID, -1),
	COLUMN(7, DATUM, NUMERICOID, -1),
	COLUMN(8, DATUM, UUIDOID, 16),
	COLUMN(9, DATUM, CSTRINGOID, -2),
	COLUMN(10, INT, INT8OID, 8),
	COLUMN(11, FLOAT, FLOAT8OID, 8),
};

static const SydraTable table = {.time_attnum = 1, .column_count = lengthof(columns), .columns = columns};

/* The table, the series and the chunks ----------------------------------------------------------*/

const SydraTableColumn *
sydra_table_column(const SydraTable *described, AttrNumber attnum)
{
	return attnum >= 1 && attnum <= described->column_count ? &columns[attnum - 1] : NULL;
}

AttrNumber
sydra_table_signature_time(int32 signature)
{
	return table.time_attnum;
}

bool
sydra_dictionary_has(SydraDictionary *dictionary, uint32 series)
{
	return false;
}

SydraChunkReader *
sydra_chunk_open(const SydraStore *store, const SydraSegment *segment)
{
	return palloc0(sizeof(SydraChunkReader));
}

bool
sydra_chunk_read(SydraChunkReader *reader, int seq, uint8 *payload, char **fault)
{
	uint32		offset = (uint32) seq * SYDRA_CHUNK_PAYLOAD;

	require(seq >= 0 && seq < input.segment.nchunks);
	if (offset >= input.size)
	{
		*fault = pstrdup("no such chunk");
		return false;
	}
	memcpy(payload, input.bytes + offset, Min(SYDRA_CHUNK_PAYLOAD, input.size - offset));
	return true;
}

BlockNumber
sydra_chunk_block(const SydraChunkReader *reader, int seq)
{
	require(seq >= 0 && seq <= input.segment.nchunks);
	return seq;
}

void
sydra_chunk_pause(SydraChunkReader *reader)
{
}

void
sydra_chunk_close(SydraChunkReader *reader)
{
}

/* The bytes ------------------------------------------------------------------------------------*/

static void
sign(SydraSegmentHeader *header)
{
	pg_crc32c	crc;

	if (header->data_offset < sizeof(SydraSegmentHeader) || header->data_offset > input.size)
		return;
	header->crc = 0;
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, header, sizeof(SydraSegmentHeader));
	COMP_CRC32C(crc, input.bytes + sizeof(SydraSegmentHeader),
				header->data_offset - sizeof(SydraSegmentHeader));
	FIN_CRC32C(crc);
	header->crc = crc;
}

/* The first and the last series of the first list, as far as it can be read. */
static void
find_series(const SydraSegmentHeader *header, SydraSegment *segment)
{
	int64		values[SYDRA_VECTOR_ROWS];
	uint32		offset = header->lists_offset;
	uint32		length;

	for (uint32 done = 0, block; done < header->run_count; done += block)
	{
		block = Min(header->run_count - done, SYDRA_VECTOR_ROWS);
		if (offset > input.size || input.size - offset < sizeof(uint32))
			return;
		memcpy(&length, input.bytes + offset, sizeof(uint32));
		offset += sizeof(uint32);
		if (length > input.size - offset ||
			!sydra_codec_decode_int64(input.bytes + offset, length, values, block, NULL))
			return;
		offset += length;
		if (done == 0)
			segment->smin = values[0];
		segment->smax = values[block - 1];
	}
}

/* The segment of an input, and the row that the directory would have of it. */
static void
segment_input_set(const uint8 *data, size_t size)
{
	uint8		keep = data[0];
	SydraSegmentHeader header;
	SydraSegment *segment = &input.segment;

	input.size = size - 1;
	input.bytes = (uint8 *) copy_exact(data + 1, input.size);
	memset(segment, 0, sizeof(*segment));
	segment->nbytes = input.size;
	if (input.size < sizeof(header))
		return;
	memcpy(&header, input.bytes, sizeof(header));
	if (!(keep & KEEP_HEADER))
	{
		header.magic = SYDRA_SEGMENT_MAGIC;
		header.version = SYDRA_SEGMENT_VERSION;
		header.lists_offset = sizeof(SydraSegmentHeader) +
			sizeof(SydraSegmentColumn) * header.column_count;
	}
	if (keep & KEEP_LENGTH)
		segment->nbytes = header.total_length;
	else
		header.total_length = input.size;
	if (!(keep & KEEP_CRC))
		sign(&header);
	segment->nrows = header.row_count;
	segment->tmin = header.time_min;
	segment->tmax = header.time_max;
	segment->xid_lo = FullTransactionIdFromU64(header.xid_min);
	segment->xid_hi = FullTransactionIdFromU64(header.xid_max);
	find_series(&header, segment);
	segment->nchunks = (segment->nbytes + SYDRA_CHUNK_PAYLOAD - 1) / SYDRA_CHUNK_PAYLOAD;
	memcpy(input.bytes, &header, sizeof(header));
}

#endif
