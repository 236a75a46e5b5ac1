/*
 * segment_reader.c
 *	  Decodes segments.
 *
 * Bytes are fetched chunk by chunk as columns ask for them, and stay until the reader is closed.
 * Nothing that is read is believed: lengths, offsets and counts are checked before they are used,
 * and a codec never reads or writes outside what it is given.
 */
#include "postgres.h"

#include <stdarg.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "port/pg_bitutils.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "codec/codec.h"
#include "store/chunk.h"
#include "store/cursor.h"
#include "store/segment_format.h"
#include "store/segment_reader.h"

/* One column as the segment holds it. */
typedef struct ReaderColumn
{
	SydraSegmentColumn stored;
	const SydraTableColumn *column; /* as the table has it now; NULL: dropped, or the xids */
	bool		compatible;		/* the stored values are values of the column's type now */
	int			room;			/* for a varlena header before each value */
	uint32	   *offsets;		/* in the stream, one more than vectors; NULL when all null */
	int			decoded;		/* vector that vector holds; -1 none */
	uint32		source;			/* in the stream: what values were decoded from, if one run alone */
	uint32		source_length;	/* 0: something else */
	int			source_count;
	SydraVector vector;
	void	   *values;
	uint64		valid[SYDRA_VALID_WORDS];
	char	   *bytes;			/* the bytes codec's buffer */
	size_t		bytes_size;
} ReaderColumn;

struct SydraSegmentReader
{
	MemoryContext context;
	const SydraTable *table;
	SydraSegment segment;
	SydraChunkReader *chunks;
	uint8	   *stream;
	bool	   *loaded;			/* by chunk */
	SydraSegmentHeader header;
	SydraRun   *runs;
	int		   *vector_first;	/* one more than vectors */
	int		   *vector_run;		/* the run that a vector begins in */
	int64	   *vector_min;
	int64	   *vector_max;
	int			column_count;
	ReaderColumn *columns;
	uint32		list_offset;	/* where the next list begins while they are read */
	char	   *fault;
	uint64		scratch[SYDRA_VECTOR_ROWS];
	SydraCodecBytes scratch_bytes[SYDRA_VECTOR_ROWS];
};

static bool fail(SydraSegmentReader *reader, const char *format,...) pg_attribute_printf(2, 3);
static bool read_head(SydraSegmentReader *reader);
static bool decode_vector(SydraSegmentReader *reader, ReaderColumn *column, int vector);

/* Notes what is wrong; the caller gives up. */
static bool
fail(SydraSegmentReader *reader, const char *format,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->fault = MemoryContextStrdup(reader->context, text);
	return false;
}

static void
raise_fault(const SydraSegmentReader *reader)
{
	ereport(ERROR,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("segment " INT64_FORMAT " of table %s is damaged: %s",
				   reader->segment.segno, sydra_store_table_name(reader->table->relid),
				   reader->fault));
}

static SydraSegmentReader *
make_reader(const SydraStore *store, const SydraTable *table, const SydraSegment *segment)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraSegmentReader *reader = palloc0(sizeof(SydraSegmentReader));

	reader->context = context;
	reader->table = table;
	reader->segment = *segment;
	reader->chunks = sydra_chunk_open(store, &reader->segment);
	MemoryContextSwitchTo(caller);
	return reader;
}

SydraSegmentReader *
sydra_segment_open(Relation rel, const SydraStore *store, const SydraTable *table,
				   const SydraSegment *segment)
{
	SydraSegmentReader *reader = make_reader(store, table, segment);

	if (!read_head(reader))
		raise_fault(reader);
	return reader;
}

void
sydra_segment_pause(SydraSegmentReader *reader)
{
	sydra_chunk_pause(reader->chunks);
}

void
sydra_segment_close(SydraSegmentReader *reader)
{
	sydra_chunk_close(reader->chunks);
	MemoryContextDelete(reader->context);
}

int
sydra_segment_row_count(const SydraSegmentReader *reader)
{
	return reader->header.row_count;
}

bool
sydra_segment_distinct(const SydraSegmentReader *reader)
{
	return (reader->header.flags & SYDRA_SEGMENT_DISTINCT) != 0;
}

int
sydra_segment_vector_count(const SydraSegmentReader *reader)
{
	return reader->header.vector_count;
}

void
sydra_segment_vector_info(const SydraSegmentReader *reader, int vector, SydraVectorInfo *info)
{
	int			end = reader->vector_first[vector + 1];
	int			run = reader->vector_run[vector];

	info->first_row = reader->vector_first[vector];
	info->count = end - info->first_row;
	info->time_min = reader->vector_min[vector];
	info->time_max = reader->vector_max[vector];
	info->first_run = run;
	while (run < reader->header.run_count && reader->runs[run].first_row < end)
		run++;
	info->run_count = run - info->first_run;
}

/* The last of count ascending numbers that is not above a value. */
static int
find_floor(const int *numbers, int count, int value)
{
	int			low = 0;
	int			high = count;

	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (numbers[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int
sydra_segment_vector_of(const SydraSegmentReader *reader, int row)
{
	return find_floor(reader->vector_first, reader->header.vector_count, row);
}

const SydraRun *
sydra_segment_runs(const SydraSegmentReader *reader, int *count)
{
	*count = reader->header.run_count;
	return reader->runs;
}

/* Head -----------------------------------------------------------------------------------------*/

/* Makes stream[offset, offset + length) available. */
static bool
load_bytes(SydraSegmentReader *reader, uint32 offset, uint32 length)
{
	uint32		total = reader->segment.nbytes;

	if (length == 0)
		return true;
	if (offset > total || length > total - offset)
		return fail(reader, "bytes %u to %u are past its end", offset, offset + length);
	for (uint32 seq = offset / SYDRA_CHUNK_PAYLOAD;
		 seq <= (offset + length - 1) / SYDRA_CHUNK_PAYLOAD; seq++)
	{
		char	   *fault = NULL;

		if (reader->loaded[seq])
			continue;
		if (!sydra_chunk_read(reader->chunks, seq,
							  reader->stream + (Size) seq * SYDRA_CHUNK_PAYLOAD, &fault))
			return fail(reader, "%s", fault);
		reader->loaded[seq] = true;
	}
	return true;
}

static BlockNumber
block_of(const SydraSegmentReader *reader, uint32 offset)
{
	return sydra_chunk_block(reader->chunks, offset / SYDRA_CHUNK_PAYLOAD);
}

static bool
read_header(SydraSegmentReader *reader)
{
	SydraSegmentHeader *header = &reader->header;
	const SydraSegment *segment = &reader->segment;
	SydraSegmentHeader unsigned_header;
	pg_crc32c	crc;

	if (!sydra_chunk_sizes_fit(segment) ||
		segment->nbytes < (int32) sizeof(SydraSegmentHeader))
		return fail(reader, "the directory says %d bytes in %d chunks", segment->nbytes,
					segment->nchunks);
	reader->stream = MemoryContextAlloc(reader->context,
										(Size) segment->nchunks * SYDRA_CHUNK_PAYLOAD);
	reader->loaded = MemoryContextAllocZero(reader->context, sizeof(bool) * segment->nchunks);
	if (!load_bytes(reader, 0, sizeof(SydraSegmentHeader)))
		return false;
	memcpy(header, reader->stream, sizeof(SydraSegmentHeader));
	if (header->magic != SYDRA_SEGMENT_MAGIC)
		return fail(reader, "block %u does not begin a segment", block_of(reader, 0));
	if (header->version > SYDRA_SEGMENT_VERSION)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("segment " INT64_FORMAT
					   " of table %s was written by a newer version of sydraql",
					   segment->segno, sydra_store_table_name(reader->table->relid)));
	if (header->version == 0 || header->total_length != segment->nbytes ||
		header->row_count != segment->nrows || header->row_count == 0 ||
		header->row_count > SYDRA_SEGMENT_ROWS_MAX ||
		header->run_count == 0 || header->run_count > header->row_count ||
		header->vector_count == 0 || header->vector_count > header->row_count ||
		header->column_count > SYDRA_SEGMENT_COLUMNS_MAX ||
		header->lists_offset != sizeof(SydraSegmentHeader) +
		sizeof(SydraSegmentColumn) * header->column_count ||
		header->data_offset < header->lists_offset ||
		header->data_offset > header->total_length)
		return fail(reader, "its header in block %u is not sound", block_of(reader, 0));
	if (!load_bytes(reader, 0, header->data_offset))
		return false;

	unsigned_header = *header;
	unsigned_header.crc = 0;
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, &unsigned_header, sizeof(SydraSegmentHeader));
	COMP_CRC32C(crc, reader->stream + sizeof(SydraSegmentHeader),
				header->data_offset - sizeof(SydraSegmentHeader));
	FIN_CRC32C(crc);
	if (crc != header->crc)
		return fail(reader, "its header from block %u on fails its checksum", block_of(reader, 0));
	return true;
}

/* Reads the next list: count numbers, each least .. most. */
static bool
read_list(SydraSegmentReader *reader, int64 *values, int count, int64 least, int64 most)
{
	for (int start = 0; start < count; start += SYDRA_VECTOR_ROWS)
	{
		int			block = Min(SYDRA_VECTOR_ROWS, count - start);
		uint32		left = reader->header.data_offset - reader->list_offset;
		uint32		length;

		if (left < sizeof(uint32))
			return fail(reader, "its lists end too early");
		memcpy(&length, reader->stream + reader->list_offset, sizeof(uint32));
		if (length > left - sizeof(uint32) ||
			!sydra_codec_decode_int64(reader->stream + reader->list_offset + sizeof(uint32),
									  length, values + start, block, NULL))
			return fail(reader, "a list in block %u does not decode",
						block_of(reader, reader->list_offset));
		reader->list_offset += sizeof(uint32) + length;
	}
	for (int i = 0; i < count; i++)
		if (values[i] < least || values[i] > most)
			return fail(reader, "a list holds " INT64_FORMAT, values[i]);
	return true;
}

/* Whether numbers ascend from 0. */
static bool
starts_ascend(const int64 *starts, int count)
{
	for (int i = 1; i < count; i++)
		if (starts[i] <= starts[i - 1])
			return false;
	return starts[0] == 0;
}

static bool
read_runs(SydraSegmentReader *reader)
{
	int			count = reader->header.run_count;
	int64	   *series = palloc(sizeof(int64) * count);
	int64	   *starts = palloc(sizeof(int64) * count);

	if (!read_list(reader, series, count, 1, PG_INT32_MAX) ||
		!read_list(reader, starts, count, 0, reader->header.row_count - 1))
		return false;
	if (!starts_ascend(starts, count))
		return fail(reader, "its runs do not ascend");
	reader->runs = palloc(sizeof(SydraRun) * count);
	for (int i = 0; i < count; i++)
	{
		if (i > 0 && series[i] <= series[i - 1])
			return fail(reader, "its series do not ascend");
		reader->runs[i].series = series[i];
		reader->runs[i].first_row = starts[i];
	}
	pfree(series);
	pfree(starts);
	return true;
}

static bool
read_vectors(SydraSegmentReader *reader)
{
	int			count = reader->header.vector_count;
	int64	   *starts = palloc(sizeof(int64) * count);
	int			run = 0;

	reader->vector_first = palloc(sizeof(int) * (count + 1));
	reader->vector_run = palloc(sizeof(int) * count);
	reader->vector_min = palloc(sizeof(int64) * count);
	reader->vector_max = palloc(sizeof(int64) * count);
	if (!read_list(reader, starts, count, 0, reader->header.row_count - 1) ||
		!read_list(reader, reader->vector_min, count, PG_INT64_MIN, PG_INT64_MAX) ||
		!read_list(reader, reader->vector_max, count, PG_INT64_MIN, PG_INT64_MAX))
		return false;
	if (!starts_ascend(starts, count))
		return fail(reader, "its vectors do not ascend");
	for (int i = 0; i <= count; i++)
	{
		reader->vector_first[i] = i < count ? starts[i] : reader->header.row_count;
		if (i > 0 && reader->vector_first[i] - reader->vector_first[i - 1] > SYDRA_VECTOR_ROWS)
			return fail(reader, "its vector %d is too long", i - 1);
		if (i == count)
			break;
		while (run + 1 < reader->header.run_count &&
			   reader->runs[run + 1].first_row <= starts[i])
			run++;
		reader->vector_run[i] = run;
	}
	pfree(starts);
	return true;
}

/*
 * Whether values stored as one type are values of the column's type now.  PostgreSQL rewrites the
 * table for every change of type that changes the bytes; where the time zone is UTC, timestamp and
 * timestamptz turn into each other without.
 */
static bool
is_compatible(const SydraSegmentColumn *stored, const SydraTableColumn *column)
{
	SydraStoredKind expected = SYDRA_STORED_BYTES;

	switch (column->kind)
	{
		case SYDRA_KIND_BOOL:
			expected = SYDRA_STORED_BOOL;
			break;
		case SYDRA_KIND_FLOAT:
			expected = SYDRA_STORED_FLOAT8;
			break;
		case SYDRA_KIND_FLOAT4:
			expected = SYDRA_STORED_FLOAT4;
			break;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			expected = SYDRA_STORED_INT;
			break;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			break;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			return false;
	}
	if (stored->kind != expected || stored->typlen != column->typlen)
		return false;
	return stored->typid == column->basetype ||
		(column->kind == SYDRA_KIND_TIME &&
		 (stored->typid == TIMESTAMPOID || stored->typid == TIMESTAMPTZOID)) ||
		IsBinaryCoercible(stored->typid, column->basetype);
}

static bool
read_column(SydraSegmentReader *reader, ReaderColumn *column, int number)
{
	const SydraSegmentHeader *header = &reader->header;
	SydraSegmentColumn *stored = &column->stored;
	int64	   *lengths;
	uint64		total = 0;

	memcpy(stored, reader->stream + sizeof(SydraSegmentHeader) +
		   sizeof(SydraSegmentColumn) * number, sizeof(SydraSegmentColumn));
	if (stored->kind < SYDRA_STORED_INT || stored->kind > SYDRA_STORED_BYTES ||
		stored->null_count > header->row_count ||
		(stored->attnum == SYDRA_CURSOR_WRITE_XID) != (stored->klass == SYDRA_COLUMN_WRITE_XID) ||
		(stored->klass == SYDRA_COLUMN_WRITE_XID && stored->kind != SYDRA_STORED_INT) ||
		(number > 0 && stored->attnum <= column[-1].stored.attnum))
		return fail(reader, "its column %d is not sound", number);
	column->decoded = -1;
	if (stored->klass != SYDRA_COLUMN_WRITE_XID)
		column->column = sydra_table_column(reader->table, stored->attnum);
	column->compatible = column->column == NULL || is_compatible(stored, column->column);
	if (column->column != NULL && column->column->kind == SYDRA_KIND_DATUM &&
		column->column->typlen == -1)
		column->room = VARHDRSZ;
	if (stored->flags & SYDRA_COLUMN_ALL_NULL)
		return true;

	if (stored->data_offset < header->data_offset || stored->data_offset > header->total_length ||
		stored->data_length > header->total_length - stored->data_offset)
		return fail(reader, "its column %d is past its end", number);
	lengths = palloc(sizeof(int64) * header->vector_count);
	if (!read_list(reader, lengths, header->vector_count, 1, stored->data_length))
		return false;
	column->offsets = palloc(sizeof(uint32) * (header->vector_count + 1));
	for (int i = 0; i < header->vector_count; i++)
	{
		column->offsets[i] = stored->data_offset + (uint32) total;
		total += lengths[i];
		if (total > stored->data_length)
			return fail(reader, "the vectors of its column %d are too long", number);
	}
	if (total != stored->data_length)
		return fail(reader, "the vectors of its column %d are too short", number);
	column->offsets[header->vector_count] = stored->data_offset + (uint32) total;
	pfree(lengths);
	return true;
}

/* Scans and locks believe the directory; a row of it that was changed is found out here. */
static bool
check_directory(SydraSegmentReader *reader)
{
	const SydraSegmentHeader *header = &reader->header;
	const SydraSegment *segment = &reader->segment;

	if (header->time_min != segment->tmin || header->time_max != segment->tmax)
		return fail(reader, "its times are not those of the directory");
	if (reader->runs[0].series != segment->smin ||
		reader->runs[header->run_count - 1].series != segment->smax)
		return fail(reader, "its series are not those of the directory");
	if (segment->tidseg != segment->segno % SYDRA_TIDSEG_COUNT)
		return fail(reader, "its row addresses are not those of a segment");
	return true;
}

static bool
read_head(SydraSegmentReader *reader)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	bool		sound;

	sound = read_header(reader);
	reader->list_offset = reader->header.lists_offset;
	sound = sound && read_runs(reader) && read_vectors(reader) && check_directory(reader);
	if (sound)
		reader->columns = palloc0(sizeof(ReaderColumn) * Max(reader->header.column_count, 1));
	for (int i = 0; sound && i < reader->header.column_count; i++)
	{
		sound = read_column(reader, &reader->columns[i], i);
		reader->column_count += sound;
	}
	MemoryContextSwitchTo(caller);
	return sound;
}

/* Vectors --------------------------------------------------------------------------------------*/

static ReaderColumn *
find_column(const SydraSegmentReader *reader, AttrNumber attnum)
{
	int			low = 0;
	int			high = reader->column_count - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		AttrNumber	found = reader->columns[middle].stored.attnum;

		if (found == attnum)
			return &reader->columns[middle];
		if (found < attnum)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

bool
sydra_segment_has(const SydraSegmentReader *reader, AttrNumber attnum)
{
	return find_column(reader, attnum) != NULL;
}

bool
sydra_segment_statistics(const SydraSegmentReader *reader, AttrNumber attnum,
						 SydraSegmentStatistics *statistics)
{
	const ReaderColumn *column = find_column(reader, attnum);
	const SydraSegmentColumn *stored = &column->stored;

	if (column == NULL || !column->compatible)
		return false;
	statistics->count = (int) (reader->header.row_count - stored->null_count);
	if (stored->flags & SYDRA_COLUMN_ALL_NULL)
		statistics->count = 0;
	statistics->has_range = (stored->flags & SYDRA_COLUMN_MINMAX) != 0 && statistics->count > 0;
	statistics->has_sum = (stored->flags & SYDRA_COLUMN_SUM) != 0 && statistics->count > 0;
	statistics->min = stored->min;
	statistics->max = stored->max;
	statistics->sum_high = stored->sum_high;
	statistics->sum_low = stored->sum_low;
	return true;
}

static Size
element_size(const ReaderColumn *column)
{
	switch ((SydraStoredKind) column->stored.kind)
	{
		case SYDRA_STORED_INT:
		case SYDRA_STORED_FLOAT8:
			return 8;
		case SYDRA_STORED_FLOAT4:
			return 4;
		case SYDRA_STORED_BOOL:
			return 1;
		case SYDRA_STORED_BYTES:
			return sizeof(SydraBytes);
	}
	elog(ERROR, "unknown stored kind %d", column->stored.kind);
}

static SydraKind
vector_kind(const ReaderColumn *column)
{
	if (column->column != NULL && column->compatible)
		return column->column->kind;
	switch ((SydraStoredKind) column->stored.kind)
	{
		case SYDRA_STORED_INT:
			return SYDRA_KIND_INT;
		case SYDRA_STORED_FLOAT8:
			return SYDRA_KIND_FLOAT;
		case SYDRA_STORED_FLOAT4:
			return SYDRA_KIND_FLOAT4;
		case SYDRA_STORED_BOOL:
			return SYDRA_KIND_BOOL;
		case SYDRA_STORED_BYTES:
			return SYDRA_KIND_DATUM;
	}
	elog(ERROR, "unknown stored kind %d", column->stored.kind);
}

/* Where the runs of a vector start among its values that are not null. */
static int
find_starts(const SydraSegmentReader *reader, int vector, const uint64 *valid, uint16 *starts)
{
	int			first = reader->vector_first[vector];
	int			end = reader->vector_first[vector + 1];
	int			run = reader->vector_run[vector] + 1;
	int			count = 1;
	int			before = 0;		/* values in the words before word */
	int			word = 0;

	starts[0] = 0;
	for (; run < reader->header.run_count && reader->runs[run].first_row < end; run++)
	{
		int			row = reader->runs[run].first_row - first;

		if (valid == NULL)
		{
			starts[count++] = row;
			continue;
		}
		while (word < row / 64)
			before += pg_popcount64(valid[word++]);
		starts[count++] = before +
			pg_popcount64(valid[word] & ((UINT64CONST(1) << (row % 64)) - 1));
	}
	return count;
}

/* Decodes count values into out (scratch_bytes for bytes): densely, nulls left out. */
static bool
decode_values(SydraSegmentReader *reader, ReaderColumn *column, const uint8 *in, size_t size,
			  const SydraCodecRuns *runs, int count, void *out)
{
	size_t		buffer_size;

	switch ((SydraStoredKind) column->stored.kind)
	{
		case SYDRA_STORED_INT:
			return sydra_codec_decode_int64(in, size, out, count, runs);
		case SYDRA_STORED_FLOAT8:
			return sydra_codec_decode_float64(in, size, out, count, runs);
		case SYDRA_STORED_FLOAT4:
			return sydra_codec_decode_float32(in, size, out, count, runs);
		case SYDRA_STORED_BOOL:
			return sydra_codec_decode_bool(in, size, out, count);
		case SYDRA_STORED_BYTES:
			if (!sydra_codec_size_bytes(in, size, count, column->room, &buffer_size))
				return false;
			if (column->bytes_size < buffer_size)
			{
				if (column->bytes != NULL)
					pfree(column->bytes);
				column->bytes = NULL;
				column->bytes_size = 0;
				column->bytes = MemoryContextAlloc(reader->context, buffer_size);
				column->bytes_size = buffer_size;
			}
			return sydra_codec_decode_bytes(in, size, count, column->room, column->bytes,
											column->bytes_size, out);
	}
	return false;
}

/* Gives varlenas their headers, and checks the lengths of the others. */
static bool
finish_bytes(const ReaderColumn *column, SydraCodecBytes *values, int count)
{
	int16		typlen = column->stored.typlen;

	for (int i = 0; i < count; i++)
	{
		if (column->room > 0)
		{
			char	   *datum = unconstify(char *, values[i].data) - VARHDRSZ;

			SET_VARSIZE(datum, values[i].length + VARHDRSZ);
			values[i].data = datum;
			values[i].length = VARSIZE(datum);
		}
		else if (typlen > 0 && values[i].length != typlen)
			return false;
		else if (typlen == -2 && (values[i].length == 0 ||
								  values[i].data[values[i].length - 1] != '\0'))
			return false;
	}
	return true;
}

/* Puts dense values of one width where the valid rows are; the others get zeros. */
#define SPREAD(type) \
	do { \
		const type *from = (const type *) dense; \
		type	   *to = (type *) column->values; \
		int			from_row = 0; \
		for (int row = 0; row < count; row++) \
		{ \
			if (valid == NULL || (valid[row / 64] >> (row % 64)) & 1) \
				to[row] = from[from_row++]; \
			else \
				memset(&to[row], 0, sizeof(type)); \
		} \
	} while (0)

static void
spread_values(ReaderColumn *column, const void *dense, const uint64 *valid, int count)
{
	int			next = 0;

	switch ((SydraStoredKind) column->stored.kind)
	{
		case SYDRA_STORED_INT:
		case SYDRA_STORED_FLOAT8:
			SPREAD(uint64);
			break;
		case SYDRA_STORED_FLOAT4:
			SPREAD(uint32);
			break;
		case SYDRA_STORED_BOOL:
			for (int row = 0; row < count; row++)
			{
				uint8	   *to = (uint8 *) column->values + row;

				*to = 0;
				if (valid != NULL && !((valid[row / 64] >> (row % 64)) & 1))
					continue;
				*to = (((const uint64 *) dense)[next / 64] >> (next % 64)) & 1;
				next++;
			}
			break;
		case SYDRA_STORED_BYTES:
			SPREAD(SydraBytes);
			break;
	}
}

static bool
decode_null_vector(ReaderColumn *column, int count)
{
	memset(column->valid, 0, sizeof(column->valid));
	memset(column->values, 0, element_size(column) * count);
	column->vector.valid = column->valid;
	return true;
}

/*
 * Whether the values are there already, decoded from bytes that read the same: those of a constant
 * column, such as the transaction that wrote the rows, are not filled in again for each vector.
 */
static bool
is_repeated(const SydraSegmentReader *reader, const ReaderColumn *column, const uint8 *in,
			uint32 length, int count)
{
	return length > 0 && length == column->source_length && count == column->source_count &&
		memcmp(in, reader->stream + column->source, length) == 0;
}

static bool
decode_stored_vector(SydraSegmentReader *reader, ReaderColumn *column, int vector, int count)
{
	uint32		offset = column->offsets[vector];
	uint32		length = column->offsets[vector + 1] - offset;
	const uint8 *in = reader->stream + offset;
	const uint64 *valid = NULL;
	int			value_count = count;
	uint16		starts[SYDRA_VECTOR_ROWS];
	SydraCodecRuns runs = {starts, 0};
	bool		dense_in_place;
	bool		may_repeat;
	void	   *dense;

	if (!load_bytes(reader, offset, length))
		return false;
	if (column->stored.flags & SYDRA_COLUMN_HAS_NULLS)
	{
		uint16		validity = 0;

		if (length >= sizeof(uint16))
			memcpy(&validity, in, sizeof(uint16));
		if (length < sizeof(uint16) || validity > length - sizeof(uint16) ||
			!sydra_codec_decode_bool(in + sizeof(uint16), validity, column->valid, count))
			return fail(reader, "vector %d of column %d does not decode, in block %u", vector,
						column->stored.attnum, block_of(reader, offset));
		in += sizeof(uint16) + validity;
		length -= sizeof(uint16) + validity;
		value_count = pg_popcount((const char *) column->valid,
								  sizeof(uint64) * ((count + 63) / 64));
		valid = value_count < count ? column->valid : NULL;
	}
	runs.count = find_starts(reader, vector, valid, starts);

	may_repeat = column->stored.kind == SYDRA_STORED_INT && valid == NULL && runs.count == 1;
	if (may_repeat && is_repeated(reader, column, in, length, count))
	{
		column->vector.valid = NULL;
		return true;
	}
	column->source_length = 0;

	/* Without nulls the values are where they belong as soon as they are decoded. */
	dense_in_place = valid == NULL && column->stored.kind != SYDRA_STORED_BOOL;
	if (dense_in_place)
		dense = column->values;
	else
		dense = column->stored.kind == SYDRA_STORED_BYTES ? (void *) reader->scratch_bytes :
			(void *) reader->scratch;
	if (!decode_values(reader, column, in, length, &runs, value_count, dense) ||
		(column->stored.kind == SYDRA_STORED_BYTES &&
		 !finish_bytes(column, dense, value_count)))
		return fail(reader, "vector %d of column %d does not decode, in block %u", vector,
					column->stored.attnum, block_of(reader, offset));
	if (!dense_in_place)
		spread_values(column, dense, valid, count);
	column->vector.valid = valid == NULL ? NULL : column->valid;
	if (may_repeat)
	{
		column->source = in - reader->stream;
		column->source_length = length;
		column->source_count = count;
	}
	return true;
}

static bool
decode_vector(SydraSegmentReader *reader, ReaderColumn *column, int vector)
{
	int			count = reader->vector_first[vector + 1] - reader->vector_first[vector];
	bool		sound;

	if (column->decoded == vector)
		return true;
	column->decoded = -1;
	if (column->values == NULL)
		column->values = MemoryContextAlloc(reader->context,
											element_size(column) * SYDRA_VECTOR_ROWS);
	if (column->offsets == NULL)
		sound = decode_null_vector(column, count);
	else
		sound = decode_stored_vector(reader, column, vector, count);
	if (!sound)
		return false;
	column->vector.kind = vector_kind(column);
	column->vector.count = count;
	column->vector.values = column->values;
	column->decoded = vector;
	return true;
}

/* The column, decoded; NULL when the segment does not hold it. */
static const SydraVector *
get_vector(SydraSegmentReader *reader, AttrNumber attnum, int vector)
{
	ReaderColumn *column = find_column(reader, attnum);

	if (column == NULL)
		return NULL;
	if (!column->compatible)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s holds column \"%s\" in another type",
					   reader->segment.segno, sydra_store_table_name(reader->table->relid),
					   NameStr(column->column->name)));
	if (!decode_vector(reader, column, vector))
		raise_fault(reader);
	return &column->vector;
}

bool
sydra_segment_read(SydraSegmentReader *reader, AttrNumber attnum, int vector, SydraVector *result)
{
	const SydraVector *found = get_vector(reader, attnum, vector);

	if (found != NULL)
		*result = *found;
	return found != NULL;
}

/* Verifying ------------------------------------------------------------------------------------*/

static void
add_fault(List **faults, const char *text)
{
	*faults = lappend(*faults, pstrdup(text));
}

/* What the columns' values say, to be compared with what is written about them. */
typedef struct Findings
{
	int64		nulls;
	int64		min;
	int64		max;
	double		least;
	double		greatest;
	bool		seen;
} Findings;

static void
note_values(Findings *findings, const ReaderColumn *column)
{
	const SydraVector *vector = &column->vector;

	for (int row = 0; row < vector->count; row++)
	{
		if (sydra_vector_is_null(vector, row))
		{
			findings->nulls++;
			continue;
		}
		if (column->stored.kind == SYDRA_STORED_INT)
		{
			int64		value = sydra_vector_int64(vector, row);

			findings->min = findings->seen ? Min(findings->min, value) : value;
			findings->max = findings->seen ? Max(findings->max, value) : value;
		}
		else if (column->stored.kind == SYDRA_STORED_FLOAT8 ||
				 column->stored.kind == SYDRA_STORED_FLOAT4)
		{
			double		value = column->stored.kind == SYDRA_STORED_FLOAT8 ?
				sydra_vector_float8(vector, row) : ((const float *) vector->values)[row];

			if (!findings->seen || float8_lt(value, findings->least))
				findings->least = value;
			if (!findings->seen || float8_gt(value, findings->greatest))
				findings->greatest = value;
		}
		findings->seen = true;
	}
}

static void
check_findings(const Findings *findings, const ReaderColumn *column, List **faults)
{
	const SydraSegmentColumn *stored = &column->stored;
	double		least;
	double		greatest;
	bool		right = true;

	if (findings->nulls != stored->null_count)
		add_fault(faults, psprintf("column %d has " INT64_FORMAT " nulls instead of %u",
								   stored->attnum, findings->nulls, stored->null_count));
	if (!(stored->flags & SYDRA_COLUMN_MINMAX) || !findings->seen)
		return;
	memcpy(&least, &stored->min, sizeof(double));
	memcpy(&greatest, &stored->max, sizeof(double));
	if (stored->kind == SYDRA_STORED_INT)
		right = findings->min == (int64) stored->min && findings->max == (int64) stored->max;
	else if (stored->kind == SYDRA_STORED_FLOAT8 || stored->kind == SYDRA_STORED_FLOAT4)
		right = float8_eq(findings->least, least) && float8_eq(findings->greatest, greatest);
	if (!right)
		add_fault(faults, psprintf("column %d has values outside its bounds", stored->attnum));
}

static void
verify_column(SydraSegmentReader *reader, ReaderColumn *column, List **faults)
{
	Findings	findings = {0};

	for (int vector = 0; vector < reader->header.vector_count; vector++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!decode_vector(reader, column, vector))
		{
			add_fault(faults, reader->fault);
			return;
		}
		note_values(&findings, column);
	}
	check_findings(&findings, column, faults);
	if (!column->compatible)
		add_fault(faults, psprintf("column %d is of another type than the table's",
								   column->stored.attnum));
}

static void
verify_times(SydraSegmentReader *reader, ReaderColumn *column, List **faults)
{
	int64		least = PG_INT64_MAX;
	int64		greatest = PG_INT64_MIN;
	int64		last = 0;
	int			run = 0;

	for (int vector = 0; vector < reader->header.vector_count; vector++)
	{
		int64		min = PG_INT64_MAX;
		int64		max = PG_INT64_MIN;

		if (!decode_vector(reader, column, vector))
			return;
		for (int row = 0; row < column->vector.count; row++)
		{
			int			number = reader->vector_first[vector] + row;
			int64		time = sydra_vector_int64(&column->vector, row);

			if (run < reader->header.run_count && reader->runs[run].first_row == number)
				run++;
			else if (time < last)
			{
				add_fault(faults, psprintf("row %d is not in the order of time", number));
				return;
			}
			else if (time == last && sydra_segment_distinct(reader))
				add_fault(faults, psprintf("row %d is of the same series and time as the one before",
										   number));
			last = time;
			min = Min(min, time);
			max = Max(max, time);
		}
		if (min != reader->vector_min[vector] || max != reader->vector_max[vector])
			add_fault(faults, psprintf("vector %d has times outside its bounds", vector));
		least = Min(least, min);
		greatest = Max(greatest, max);
	}
	if (least != reader->header.time_min || greatest != reader->header.time_max)
		add_fault(faults, "its times are not those of the directory");
	if (sydra_table_signature_time(reader->segment.schema_gen) != column->stored.attnum)
		add_fault(faults, "its time column is not that of the directory");
}

static void
verify_head(SydraSegmentReader *reader, SydraDictionary *dictionary, List **faults)
{
	int			run_count = reader->header.run_count;

	if (reader->header.xid_min != U64FromFullTransactionId(reader->segment.xid_lo) ||
		reader->header.xid_max != U64FromFullTransactionId(reader->segment.xid_hi))
		add_fault(faults, "its transactions are not those of the directory");
	for (int i = 0; dictionary != NULL && i < run_count; i++)
		if (!sydra_dictionary_has(dictionary, reader->runs[i].series))
			add_fault(faults, psprintf("its series %u does not exist", reader->runs[i].series));
}

void
sydra_segment_verify(Relation rel, const SydraStore *store, const SydraTable *table,
					 SydraDictionary *dictionary, const SydraSegment *segment, List **faults)
{
	SydraSegmentReader *reader = make_reader(store, table, segment);

	if (!read_head(reader))
		add_fault(faults, reader->fault);
	else
	{
		verify_head(reader, dictionary, faults);
		for (int i = 0; i < reader->column_count; i++)
		{
			verify_column(reader, &reader->columns[i], faults);
			if (reader->columns[i].stored.klass == SYDRA_COLUMN_TIME)
				verify_times(reader, &reader->columns[i], faults);
		}
	}
	sydra_segment_close(reader);
}

bool
sydra_segment_is_sound(const SydraStore *store, const SydraTable *table,
					   SydraDictionary *dictionary, const SydraSegment *segment, char **fault)
{
	SydraSegmentReader *reader = make_reader(store, table, segment);
	bool		sound = read_head(reader);

	for (int i = 0; sound && i < reader->header.run_count; i++)
		sound = sydra_dictionary_has(dictionary, reader->runs[i].series) ||
			fail(reader, "its series %u does not exist", reader->runs[i].series);
	for (int i = 0; sound && i < reader->column_count; i++)
	{
		ReaderColumn *column = &reader->columns[i];

		for (int vector = 0; sound && vector < reader->header.vector_count; vector++)
		{
			CHECK_FOR_INTERRUPTS();
			sound = decode_vector(reader, column, vector);
		}
		sound = sound && (column->compatible ||
						  fail(reader, "column %d is of another type than the table's",
							   column->stored.attnum));
	}
	if (!sound)
		*fault = pstrdup(reader->fault);
	sydra_segment_close(reader);
	return sound;
}
