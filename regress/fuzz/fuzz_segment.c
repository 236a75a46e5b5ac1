/*
 * fuzz_segment.c
 *	  Segments with right checksums and wrong content.
 *
 * The reader opens the segment, reads every vector of every column and verifies it: XX001, or
 * values that can be looked at.  Its chunks come from the input instead of a relation, and what
 * would end every run early, the checksum and the numbers that the directory has again, is put right
 * unless the first byte says otherwise.
 *
 * Input: what is left as it is, a bit each | the segment.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "port/pg_crc32c.h"

#include "fuzz.h"
#include "series/dictionary.h"
#include "shim.h"
#include "store/chunk.h"
#include "store/cursor.h"
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

/* One column of every kind, as the table that made the corpus had them. */
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
};

static const SydraTable table = {.time_attnum = 1, .column_count = lengthof(columns), .columns = columns};

/* The table, the series and the chunks -----------------------------------------------------------------------------------*/

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

/* The run --------------------------------------------------------------------------------------*/

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

static void
prepare(uint8 keep)
{
	SydraSegmentHeader header;
	SydraSegment *segment = &input.segment;

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
	segment->nchunks = (segment->nbytes + SYDRA_CHUNK_PAYLOAD - 1) / SYDRA_CHUNK_PAYLOAD;
	memcpy(input.bytes, &header, sizeof(header));
}

/* Every byte of a vector is there; all of it has to be read so that the sanitizers look. */
static void
look_at(const SydraVector *vector, bool wants_nul)
{
	if (vector->kind != SYDRA_KIND_TEXT && vector->kind != SYDRA_KIND_DATUM)
		return;
	for (int row = 0; row < vector->count; row++)
	{
		SydraBytes	bytes = sydra_vector_bytes(vector, row);

		if (sydra_vector_is_null(vector, row))
		{
			require(bytes.length == 0);
			continue;
		}
		for (int i = 0; i < bytes.length; i++)
			(void) *(const volatile char *) &bytes.data[i];
		require(!wants_nul || (bytes.length > 0 && bytes.data[bytes.length - 1] == '\0'));
	}
}

static void
read_columns(SydraSegmentReader *reader, int number, const SydraVectorInfo *info)
{
	for (int i = 0; i <= (int) lengthof(columns); i++)
	{
		AttrNumber	attnum = i == 0 ? SYDRA_CURSOR_WRITE_XID : columns[i - 1].attnum;
		SydraVector vector;

		if (!sydra_segment_read(reader, attnum, number, &vector))
			continue;
		require(sydra_segment_has(reader, attnum));
		require(vector.count == info->count);
		look_at(&vector, i > 0 && columns[i - 1].typlen == -2);
	}
}

static void
read_all(void *argument)
{
	SydraStore	store = {0};
	SydraSegmentReader *reader = sydra_segment_open(NULL, &store, &table, &input.segment);
	int			rows = sydra_segment_row_count(reader);
	int			next = 0;
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(reader, &run_count);

	require(runs[0].first_row == 0 && runs[run_count - 1].first_row < rows);
	for (int i = 0; i < sydra_segment_vector_count(reader); i++)
	{
		SydraVectorInfo info;

		sydra_segment_vector_info(reader, i, &info);
		require(info.first_row == next && info.count > 0 && info.count <= SYDRA_BATCH_ROWS);
		require(info.first_run >= 0 && info.run_count > 0 &&
				info.first_run + info.run_count <= run_count);
		require(sydra_segment_vector_of(reader, next) == i);
		next += info.count;
		read_columns(reader, i, &info);
	}
	require(next == rows);
	sydra_segment_close(reader);
}

static void
verify(void *argument)
{
	SydraStore	store = {0};
	List	   *faults = NIL;

	sydra_segment_verify(NULL, &store, &table, NULL, &input.segment, &faults);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int			state;

	if (size < 1)
		return 0;
	input.size = size - 1;
	input.bytes = (uint8 *) copy_exact(data + 1, input.size);
	prepare(data[0]);
	state = shim_run(read_all, NULL);
	require(state == 0 || state == ERRCODE_DATA_CORRUPTED || state == ERRCODE_FEATURE_NOT_SUPPORTED);
	state = shim_run(verify, NULL);
	require(state == 0 || state == ERRCODE_FEATURE_NOT_SUPPORTED);
	free(input.bytes);
	return 0;
}
