/*
 * segment_encoder.c
 *	  Encodes the rows of one segment, front to back, in memory.
 *
 * Runs of series, vectors of up to 1,024 rows with their times, then column after column in the way
 * that suits its values, with their statistics; the header last, when all lengths are known.
 */
#include "postgres.h"

#include <math.h>

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "common/int128.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "base/wide.h"
#include "codec/codec.h"
#include "store/chunk.h"
#include "store/cursor.h"
#include "store/row_buffer.h"
#include "store/segment_encoder.h"

#define VECTOR_RAW_MAX (8 * 1024 * 1024)

StaticAssertDecl(sizeof(SydraCodecBytes) == sizeof(SydraBytes) &&
				 offsetof(SydraCodecBytes, length) == offsetof(SydraBytes, length),
				 "a codec's bytes are a vector's bytes");
StaticAssertDecl(SYDRA_VECTOR_ROWS == SYDRA_BATCH_ROWS, "a vector fills a batch");

/* One segment being encoded. */
typedef struct Encoder
{
	const SydraRowBuffer *buffer;
	SydraSegmentImage *image;
	StringInfoData lists;
	StringInfoData data;
	int			vector_count;
	int			run_count;
	int64	   *run_series;
	int64	   *run_first;
	int64	   *vector_first;	/* one more than vectors: the end */
	int64	   *vector_run;		/* the run that a vector begins in */
	int64	   *lengths;
	StringInfoData scratch;		/* of the bytes codec */

	/* Of all rows in their order: the times, and a column's values and which are null. */
	int64	   *times;
	void	   *column_values;
	bool	   *column_nulls;

	/* The non-null values of one vector, and where its runs start among them. */
	int			value_count;
	const void *values;
	uint64	   *value_space;
	uint64		valid[SYDRA_VALID_WORDS];
	uint16		starts[SYDRA_VECTOR_ROWS];
	int			start_count;
} Encoder;

/* What of a column is encoded: a field's values, the times or the xids. */
typedef struct Source
{
	SydraStoredKind kind;
	const void *values;			/* in the segment's order */
	const bool *nulls;			/* NULL: none */
	SydraSegmentColumn *column;
} Source;

static void
append_list(StringInfo lists, const int64 *values, int count)
{
	for (int start = 0; start < count; start += SYDRA_VECTOR_ROWS)
	{
		int			block = Min(SYDRA_VECTOR_ROWS, count - start);
		size_t		bound = sydra_codec_bound_int64(block);
		uint32		length;

		enlargeStringInfo(lists, sizeof(uint32) + bound);
		length = sydra_codec_encode_int64(values + start, block, NULL,
										  (uint8 *) lists->data + lists->len + sizeof(uint32),
										  bound);
		if (length == 0)
			elog(ERROR, "could not encode a list");
		memcpy(lists->data + lists->len, &length, sizeof(uint32));
		lists->len += sizeof(uint32) + length;
	}
}

static void
find_runs(Encoder *encoder)
{
	const SydraSegmentImage *image = encoder->image;

	encoder->run_series = palloc(sizeof(int64) * image->count);
	encoder->run_first = palloc(sizeof(int64) * (image->count + 1));
	for (int i = 0; i < image->count; i++)
	{
		if (i > 0 && image->series[i] == image->series[i - 1])
			continue;
		encoder->run_series[encoder->run_count] = image->series[i];
		encoder->run_first[encoder->run_count++] = i;
	}
	encoder->run_first[encoder->run_count] = image->count;
}

static void
add_vector(Encoder *encoder, int first, int run)
{
	encoder->vector_first[encoder->vector_count] = first;
	encoder->vector_run[encoder->vector_count++] = run;
}

/*
 * Adds vectors for rows first .. end, which begin in run: of even length, and shorter where the
 * values are long.
 */
static void
add_vectors(Encoder *encoder, int first, int end, int run)
{
	int			pieces = (end - first + SYDRA_VECTOR_ROWS - 1) / SYDRA_VECTOR_ROWS;
	int			piece = (end - first + pieces - 1) / pieces;
	Size		raw = 0;
	int			length = 0;

	if ((Size) encoder->buffer->bytes_max * piece <= VECTOR_RAW_MAX)
	{
		for (int row = first; row < end; row += piece)
		{
			while (row >= encoder->run_first[run + 1])
				run++;
			add_vector(encoder, row, run);
		}
		return;
	}
	for (int row = first; row < end; row++)
	{
		Size		bytes = encoder->buffer->bytes[encoder->image->rows[row]];

		while (row >= encoder->run_first[run + 1])
			run++;
		if (length == 0 || length == piece || raw + bytes > VECTOR_RAW_MAX)
		{
			add_vector(encoder, row, run);
			length = 0;
			raw = 0;
		}
		length++;
		raw += bytes;
	}
}

static void
find_vectors(Encoder *encoder)
{
	int			run = 0;

	encoder->vector_first = palloc(sizeof(int64) * (encoder->image->count + 1));
	encoder->vector_run = palloc(sizeof(int64) * (encoder->image->count + 1));
	while (run < encoder->run_count)
	{
		int			first = encoder->run_first[run];
		int			last = run;

		/* Short runs together, as many as fit; a long one alone. */
		while (last < encoder->run_count &&
			   encoder->run_first[last + 1] - encoder->run_first[last] < SYDRA_SEGMENT_LONG_RUN &&
			   encoder->run_first[last + 1] - first <= SYDRA_VECTOR_ROWS)
			last++;
		if (last == run)
			last++;
		add_vectors(encoder, first, encoder->run_first[last], run);
		run = last;
	}
	encoder->vector_first[encoder->vector_count] = encoder->image->count;
}

/* Bytes of a value in a column of the buffer. */
static Size
get_width(SydraStoredKind kind)
{
	switch (kind)
	{
		case SYDRA_STORED_INT:
		case SYDRA_STORED_FLOAT8:
			return sizeof(uint64);
		case SYDRA_STORED_FLOAT4:
			return sizeof(uint32);
		case SYDRA_STORED_BOOL:
			return sizeof(uint8);
		case SYDRA_STORED_BYTES:
			return sizeof(SydraBytes);
	}
	elog(ERROR, "unknown stored kind %d", (int) kind);
}

/* Brings a column's values into the order of the segment: the one pass that jumps about. */
static void
order_values(const SydraSegmentImage *image, SydraStoredKind kind, const void *values, void *ordered)
{
	const uint32 *rows = image->rows;
	int			count = image->count;

	switch (get_width(kind))
	{
		case sizeof(uint64):
			for (int i = 0; i < count; i++)
				((uint64 *) ordered)[i] = ((const uint64 *) values)[rows[i]];
			break;
		case sizeof(uint32):
			for (int i = 0; i < count; i++)
				((uint32 *) ordered)[i] = ((const uint32 *) values)[rows[i]];
			break;
		case sizeof(uint8):
			for (int i = 0; i < count; i++)
				((uint8 *) ordered)[i] = ((const uint8 *) values)[rows[i]];
			break;
		default:
			for (int i = 0; i < count; i++)
				((SydraBytes *) ordered)[i] = ((const SydraBytes *) values)[rows[i]];
			break;
	}
}

static void
order_field(Encoder *encoder, Source *source, const SydraBufferColumn *field)
{
	source->kind = field->kind;
	order_values(encoder->image, field->kind, field->values, encoder->column_values);
	source->values = encoder->column_values;
	if (!field->has_nulls)
		return;
	order_values(encoder->image, SYDRA_STORED_BOOL, field->nulls, encoder->column_nulls);
	source->nulls = encoder->column_nulls;
}

/* All rows mostly have one xid. */
static void
order_xids(Encoder *encoder, Source *source)
{
	const SydraRowBuffer *buffer = encoder->buffer;
	uint64	   *ordered = encoder->column_values;

	if (buffer->xid_min != buffer->xid_max)
		order_values(encoder->image, SYDRA_STORED_INT, buffer->xids, ordered);
	else
		for (int i = 0; i < encoder->image->count; i++)
			ordered[i] = buffer->xid_min;
	source->values = ordered;
}

/* Takes the values that are not null together; the runs begin among them. */
static void
pack_values(Encoder *encoder, const Source *source, int first, int end, int run)
{
	Size		width = get_width(source->kind);
	const char *from = (const char *) source->values + width * first;
	char	   *to = (char *) encoder->value_space;

	memset(encoder->valid, 0, sizeof(encoder->valid));
	for (int i = first; i < end; i++, from += width)
	{
		if (i == encoder->run_first[run + 1])
		{
			run++;
			encoder->starts[encoder->start_count++] = (to - (char *) encoder->value_space) / width;
		}
		if (source->nulls[i])
			continue;
		encoder->valid[(i - first) / 64] |= UINT64CONST(1) << ((i - first) % 64);
		memcpy(to, from, width);
		to += width;
	}
	encoder->values = encoder->value_space;
	encoder->value_count = (to - (char *) encoder->value_space) / width;
}

/* From a byte each to a bit each. */
static void
pack_bits(Encoder *encoder)
{
	const uint8 *values = encoder->values;
	uint64		bits[SYDRA_VALID_WORDS] = {0};

	for (int i = 0; i < encoder->value_count; i++)
		bits[i / 64] |= (uint64) (values[i] != 0) << (i % 64);
	memcpy(encoder->value_space, bits, sizeof(bits));
	encoder->values = encoder->value_space;
}

static void
gather_values(Encoder *encoder, const Source *source, int vector)
{
	int			first = encoder->vector_first[vector];
	int			end = encoder->vector_first[vector + 1];
	int			run = encoder->vector_run[vector];

	encoder->start_count = 1;
	encoder->starts[0] = 0;
	if (source->nulls != NULL)
		pack_values(encoder, source, first, end, run);
	else
	{
		for (; encoder->run_first[run + 1] < end; run++)
			encoder->starts[encoder->start_count++] = encoder->run_first[run + 1] - first;
		encoder->values = (const char *) source->values + get_width(source->kind) * first;
		encoder->value_count = end - first;
	}
	if (source->kind == SYDRA_STORED_BOOL)
		pack_bits(encoder);
}

static void
append_values(Encoder *encoder, const Source *source)
{
	StringInfo	data = &encoder->data;
	int			count = encoder->value_count;
	SydraCodecRuns runs = {encoder->starts, encoder->start_count};
	size_t		bound = 0;
	size_t		length = 0;
	uint8	   *out;

	switch (source->kind)
	{
		case SYDRA_STORED_INT:
			bound = sydra_codec_bound_int64(count);
			break;
		case SYDRA_STORED_FLOAT8:
			bound = sydra_codec_bound_float64(count);
			break;
		case SYDRA_STORED_FLOAT4:
			bound = sydra_codec_bound_float32(count);
			break;
		case SYDRA_STORED_BOOL:
			bound = sydra_codec_bound_bool(count);
			break;
		case SYDRA_STORED_BYTES:
			bound = sydra_codec_bound_bytes((const SydraCodecBytes *) encoder->values, count);
			resetStringInfo(&encoder->scratch);
			enlargeStringInfo(&encoder->scratch,
							  sydra_codec_scratch_bytes((const SydraCodecBytes *) encoder->values, count));
			break;
	}
	enlargeStringInfo(data, bound);
	out = (uint8 *) data->data + data->len;
	switch (source->kind)
	{
		case SYDRA_STORED_INT:
			length = sydra_codec_encode_int64((const int64 *) encoder->values, count, &runs,
											  out, bound);
			break;
		case SYDRA_STORED_FLOAT8:
			length = sydra_codec_encode_float64((const double *) encoder->values, count, &runs,
												out, bound);
			break;
		case SYDRA_STORED_FLOAT4:
			length = sydra_codec_encode_float32((const float *) encoder->values, count, &runs,
												out, bound);
			break;
		case SYDRA_STORED_BOOL:
			length = sydra_codec_encode_bool((const uint64 *) encoder->values, count, out, bound);
			break;
		case SYDRA_STORED_BYTES:
			length = sydra_codec_encode_bytes((const SydraCodecBytes *) encoder->values, count, encoder->scratch.data,
											  out, bound);
			break;
	}
	if (length == 0)
		elog(ERROR, "could not encode a vector of %d values", count);
	data->len += length;
}

static void
append_validity(Encoder *encoder, int row_count)
{
	StringInfo	data = &encoder->data;
	size_t		bound = sydra_codec_bound_bool(row_count);
	uint16		length;

	enlargeStringInfo(data, sizeof(uint16) + bound);
	length = sydra_codec_encode_bool(encoder->valid, row_count,
									 (uint8 *) data->data + data->len + sizeof(uint16), bound);
	if (length == 0)
		elog(ERROR, "could not encode the validity of a vector");
	memcpy(data->data + data->len, &length, sizeof(uint16));
	data->len += sizeof(uint16) + length;
}

static void
encode_column(Encoder *encoder, Source *source)
{
	SydraSegmentColumn *column = source->column;
	int			start = encoder->data.len;

	column->kind = source->kind;
	if (source->nulls != NULL)
		for (int i = 0; i < encoder->image->count; i++)
			column->null_count += source->nulls[i];
	if (column->null_count == 0)
		source->nulls = NULL;
	if (column->null_count == encoder->image->count)
	{
		column->flags |= SYDRA_COLUMN_ALL_NULL;
		return;
	}
	if (column->null_count > 0)
		column->flags |= SYDRA_COLUMN_HAS_NULLS;
	for (int vector = 0; vector < encoder->vector_count; vector++)
	{
		int			vector_start = encoder->data.len;

		CHECK_FOR_INTERRUPTS();
		gather_values(encoder, source, vector);
		if (column->null_count > 0)
			append_validity(encoder, encoder->vector_first[vector + 1] -
							encoder->vector_first[vector]);
		append_values(encoder, source);
		encoder->lengths[vector] = encoder->data.len - vector_start;
	}
	append_list(&encoder->lists, encoder->lengths, encoder->vector_count);
	column->data_offset = start;	/* the stream's head is added when its length is known */
	column->data_length = encoder->data.len - start;
}

/* Statistics -----------------------------------------------------------------------------------*/

/* Whatever is null is left out, if anything is. */
SYDRA_WIDE static void
find_range(const int64 *values, const bool *nulls, int count, int64 *min, int64 *max)
{
	int64		low = PG_INT64_MAX;
	int64		high = PG_INT64_MIN;

	for (int i = 0; nulls == NULL && i < count; i++)
	{
		low = Min(low, values[i]);
		high = Max(high, values[i]);
	}
	for (int i = 0; nulls != NULL && i < count; i++)
	{
		low = nulls[i] ? low : Min(low, values[i]);
		high = nulls[i] ? high : Max(high, values[i]);
	}
	*min = low;
	*max = high;
}

/* Halves of as many values as a segment has do not overflow. */
SYDRA_WIDE static INT128
find_sum(const int64 *values, int count)
{
	const uint64 bias = UINT64CONST(1) << 63;
	uint64		low = 0;
	uint64		high = 0;

	for (int i = 0; i < count; i++)
	{
		uint64		value = (uint64) values[i] ^ bias;

		low += value & PG_UINT32_MAX;
		high += value >> 32;
	}
	return ((INT128) high << 32) + low - (INT128) bias * count;
}

static void
describe_ints(const Encoder *encoder, const Source *source)
{
	SydraSegmentColumn *column = source->column;
	const int64 *values = source->values;
	int			first = 0;
	int			last = encoder->image->count - 1;
	int64		min;
	int64		max;
	INT128		sum = find_sum(values, encoder->image->count);	/* a null is zero */

	/* One value at least is not null. */
	for (; source->nulls != NULL && source->nulls[first]; first++)
		;
	for (; source->nulls != NULL && source->nulls[last]; last--)
		;
	find_range(values, source->nulls, encoder->image->count, &min, &max);
	column->first = (uint64) values[first];
	column->last = (uint64) values[last];
	column->min = (uint64) min;
	column->max = (uint64) max;
	column->sum_high = (int64) (sum >> 64);
	column->sum_low = (uint64) sum;
	column->flags |= SYDRA_COLUMN_MINMAX | SYDRA_COLUMN_SUM;
}

static uint64
double_bits(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static double
get_float(const Source *source, int row)
{
	return source->kind == SYDRA_STORED_FLOAT8 ? ((const double *) source->values)[row] :
		((const float *) source->values)[row];
}

/* NaN is above all numbers. */
static void
describe_floats(const Encoder *encoder, const Source *source)
{
	SydraSegmentColumn *column = source->column;
	int			last = -1;
	double		min = 0;
	double		max = 0;

	for (int i = 0; i < encoder->image->count; i++)
	{
		double		value = get_float(source, i);

		if (source->nulls != NULL && source->nulls[i])
			continue;
		if (last < 0)
		{
			min = max = value;
			column->first = double_bits(value);
		}
		last = i;
		if (likely(value >= min && value <= max))
			continue;
		if (float8_lt(value, min))
			min = value;
		if (float8_gt(value, max))
			max = value;
	}
	column->last = double_bits(get_float(source, last));
	column->min = double_bits(min);
	column->max = double_bits(max);
	column->flags |= SYDRA_COLUMN_MINMAX;
}

/* Other types that are held as integers have an order of their own, or none. */
static void
describe_column(const Encoder *encoder, const Source *source)
{
	if (source->column->flags & SYDRA_COLUMN_ALL_NULL)
		return;
	switch (source->column->typid)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			describe_ints(encoder, source);
			break;
		case FLOAT4OID:
		case FLOAT8OID:
			describe_floats(encoder, source);
			break;
		default:
			break;
	}
}

/* Putting it together --------------------------------------------------------------------------*/

static void
encode_columns(Encoder *encoder, SydraSegmentColumn *columns)
{
	const SydraRowBuffer *buffer = encoder->buffer;
	int			time_place = 1;

	/* By attnum: the xids, then the time among the fields. */
	while (time_place <= buffer->column_count &&
		   buffer->columns[time_place - 1].column->attnum < buffer->table->time_attnum)
		time_place++;
	for (int i = 0; i < buffer->column_count + 2; i++)
	{
		Source		source = {SYDRA_STORED_INT, NULL, NULL, &columns[i]};
		const SydraTableColumn *column = NULL;

		if (i == 0)
		{
			columns[i].attnum = SYDRA_CURSOR_WRITE_XID;
			columns[i].klass = SYDRA_COLUMN_WRITE_XID;
			columns[i].typid = XID8OID;
			columns[i].typlen = sizeof(int64);
			order_xids(encoder, &source);
		}
		else if (i == time_place)
		{
			column = sydra_table_column(buffer->table, buffer->table->time_attnum);
			columns[i].klass = SYDRA_COLUMN_TIME;
			source.values = encoder->times;
		}
		else
		{
			const SydraBufferColumn *field = &buffer->columns[i < time_place ? i - 1 : i - 2];

			column = field->column;
			columns[i].klass = SYDRA_COLUMN_FIELD;
			order_field(encoder, &source, field);
		}
		if (column != NULL)
		{
			columns[i].attnum = column->attnum;
			columns[i].typid = column->basetype;
			columns[i].typlen = column->typlen;
			columns[i].typmod = column->typmod;
			columns[i].collation = column->collation;
		}
		encode_column(encoder, &source);
		describe_column(encoder, &source);
	}
}

static void
find_xids(const Encoder *encoder, SydraSegmentHeader *header)
{
	const uint32 *rows = encoder->image->rows;

	header->xid_min = PG_UINT64_MAX;
	header->xid_max = 0;
	for (int i = 0; i < encoder->image->count; i++)
	{
		header->xid_min = Min(header->xid_min, encoder->buffer->xids[rows[i]]);
		header->xid_max = Max(header->xid_max, encoder->buffer->xids[rows[i]]);
	}
}

static void
encode_vector_table(Encoder *encoder, SydraSegmentHeader *header)
{
	const SydraRowBuffer *buffer = encoder->buffer;
	int64	   *mins = palloc(sizeof(int64) * encoder->vector_count);
	int64	   *maxs = palloc(sizeof(int64) * encoder->vector_count);

	header->time_min = PG_INT64_MAX;
	header->time_max = PG_INT64_MIN;
	header->xid_min = buffer->xid_min;
	header->xid_max = buffer->xid_max;
	if (buffer->xid_min != buffer->xid_max)
		find_xids(encoder, header);
	for (int vector = 0; vector < encoder->vector_count; vector++)
	{
		mins[vector] = PG_INT64_MAX;
		maxs[vector] = PG_INT64_MIN;
		for (int i = encoder->vector_first[vector]; i < encoder->vector_first[vector + 1]; i++)
		{
			mins[vector] = Min(mins[vector], encoder->times[i]);
			maxs[vector] = Max(maxs[vector], encoder->times[i]);
		}
		header->time_min = Min(header->time_min, mins[vector]);
		header->time_max = Max(header->time_max, maxs[vector]);
	}
	append_list(&encoder->lists, encoder->vector_first, encoder->vector_count);
	append_list(&encoder->lists, mins, encoder->vector_count);
	append_list(&encoder->lists, maxs, encoder->vector_count);
	pfree(mins);
	pfree(maxs);
}

static uint32
find_flags(const Encoder *encoder)
{
	const SydraSegmentImage *image = encoder->image;

	for (int i = 1; i < image->count; i++)
		if (encoder->times[i] == encoder->times[i - 1] && image->series[i] == image->series[i - 1])
			return 0;
	return SYDRA_SEGMENT_DISTINCT;
}

/* Puts the head before the data, which becomes the stream: a copy of it would be as large again. */
static void
assemble(Encoder *encoder, SydraSegmentHeader *header, SydraSegmentColumn *columns)
{
	StringInfo	stream = &encoder->data;
	pg_crc32c	crc;

	header->magic = SYDRA_SEGMENT_MAGIC;
	header->version = SYDRA_SEGMENT_VERSION;
	header->column_count = encoder->buffer->column_count + 2;
	header->row_count = encoder->image->count;
	header->run_count = encoder->run_count;
	header->vector_count = encoder->vector_count;
	header->schema_gen = encoder->image->schema_gen;
	header->flags = find_flags(encoder);
	header->lists_offset = sizeof(SydraSegmentHeader) +
		sizeof(SydraSegmentColumn) * header->column_count;
	header->data_offset = header->lists_offset + encoder->lists.len;
	header->total_length = header->data_offset + encoder->data.len;
	if (header->total_length > SYDRA_SEGMENT_BYTES_MAX)
		elog(ERROR, "a segment of %d rows takes %u bytes", encoder->image->count,
			 header->total_length);
	for (int i = 0; i < header->column_count; i++)
		if (!(columns[i].flags & SYDRA_COLUMN_ALL_NULL))
			columns[i].data_offset += header->data_offset;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, header, sizeof(SydraSegmentHeader));
	COMP_CRC32C(crc, columns, sizeof(SydraSegmentColumn) * header->column_count);
	COMP_CRC32C(crc, encoder->lists.data, encoder->lists.len);
	FIN_CRC32C(crc);
	header->crc = crc;

	enlargeStringInfo(stream, header->data_offset);
	memmove(stream->data + header->data_offset, stream->data, stream->len);
	memcpy(stream->data, header, sizeof(SydraSegmentHeader));
	memcpy(stream->data + sizeof(SydraSegmentHeader), columns,
		   sizeof(SydraSegmentColumn) * header->column_count);
	memcpy(stream->data + header->lists_offset, encoder->lists.data, encoder->lists.len);
	stream->len = header->total_length;
	encoder->image->stream = *stream;
}

void
sydra_segment_encoder_run(SydraSegmentImage *image, const SydraRowBuffer *buffer)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra segment encoder",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	Encoder    *encoder = MemoryContextAllocZero(context, sizeof(Encoder));
	SydraSegmentColumn *columns;

	initStringInfo(&encoder->data);
	MemoryContextSwitchTo(context);
	columns = palloc0(sizeof(SydraSegmentColumn) * (buffer->column_count + 2));
	encoder->buffer = buffer;
	encoder->image = image;
	initStringInfo(&encoder->lists);
	initStringInfo(&encoder->scratch);
	find_runs(encoder);
	find_vectors(encoder);
	encoder->lengths = palloc(sizeof(int64) * encoder->vector_count);
	encoder->times = palloc(sizeof(int64) * image->count);
	encoder->column_values = palloc(sizeof(SydraBytes) * image->count);
	encoder->column_nulls = palloc(sizeof(bool) * image->count);
	encoder->value_space = palloc(sizeof(SydraBytes) * SYDRA_VECTOR_ROWS);
	order_values(image, SYDRA_STORED_INT, buffer->times, encoder->times);
	memset(&image->header, 0, sizeof(image->header));
	append_list(&encoder->lists, encoder->run_series, encoder->run_count);
	append_list(&encoder->lists, encoder->run_first, encoder->run_count);
	encode_vector_table(encoder, &image->header);
	encode_columns(encoder, columns);

	MemoryContextSwitchTo(caller);
	assemble(encoder, &image->header, columns);
	MemoryContextDelete(context);
}
