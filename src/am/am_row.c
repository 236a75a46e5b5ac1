/*
 * am_row.c
 *	  Sealed rows as heap tuples.
 *
 * Columns are decoded a vector at a time; a row is then written as a real heap tuple, because a
 * slot of heapam's kind that holds values only loses the row's address when it is copied.  The
 * slot is given the values beside the tuple, by-reference ones pointing into it, so that nobody
 * takes the tuple apart again.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/tupmacs.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "am/am_row.h"
#include "series/dictionary.h"
#include "series/table.h"
#include "store/missing.h"
#include "store/salvage.h"
#include "store/segment_reader.h"

/* GetMemoryChunkSpace() counts the allocator's own part; it is less than this. */
#define CHUNK_HEADER_MAX 64

/* How the values of a column get into a tuple, within one vector. */
typedef enum Writer
{
	WRITE_NULL,					/* a dropped column */
	WRITE_BOOL,
	WRITE_INT1,
	WRITE_INT2,
	WRITE_INT4,
	WRITE_INT8,
	WRITE_FLOAT4,
	WRITE_FLOAT8,
	WRITE_TEXT,					/* bytes that get a varlena header */
	WRITE_VARLENA,
	WRITE_FIXED,				/* by reference, of fixed length or a cstring */
	WRITE_SERIES				/* one value a run: a tag, or what older segments lack */
} Writer;

typedef struct Column
{
	Writer		writer;
	int			align_mask;		/* the column's alignment less one */
	int16		length;
	bool		byval;
	bool		may_be_short;	/* a varlena with a short header */
	bool		isnull;			/* WRITE_NULL, WRITE_SERIES */
	SydraVector vector;
	Datum		value;			/* WRITE_SERIES: of the run */
	const char *bytes;			/* what it is in a tuple */
	Size		size;
} Column;

struct SydraRowSource
{
	Relation	rel;
	TupleDesc	tupdesc;
	SydraStore	store;
	MemoryContext context;
	MemoryContext run_context;	/* of the run's values */
	const SydraTable *table;
	SydraDictionary *dictionary;
	SydraSegment segment;
	SydraSegmentReader *reader;
	int			column_count;	/* attributes, dropped ones included */
	Column	   *columns;
	Size		fixed_size;		/* room for the header and all columns of fixed length */
	int			varying_count;	/* columns of the others */
	int		   *varying;
	HeapTupleHeader header;		/* what is the same in all tuples */

	/* The vector that columns hold, none when empty. */
	int			first_row;
	int			row_count;

	/* The run that the series' values are of, none when empty. */
	const SydraRun *runs;
	int			run_count;
	int			run;
	int			run_first;
	int			run_end;
	bool		any_series;
	bool		any_null;		/* some row of the vector may have one */
};

static void
describe_column(SydraRowSource *source, int index)
{
	Form_pg_attribute attribute = TupleDescAttr(source->tupdesc, index);
	Column	   *column = &source->columns[index];

	column->length = attribute->attlen;
	column->byval = attribute->attbyval;
	column->align_mask = att_align_nominal(1, attribute->attalign) - 1;
	column->may_be_short = attribute->attlen == -1 && attribute->attstorage != TYPSTORAGE_PLAIN;
	source->fixed_size += MAXIMUM_ALIGNOF + Max(attribute->attlen, 0);
	if (attribute->attlen < 0)
		source->varying[source->varying_count++] = index;
}

SydraRowSource *
sydra_am_row_open(Relation rel, TupleDesc tupdesc, const SydraStore *store)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraRowSource *source = palloc0(sizeof(SydraRowSource));

	source->rel = rel;
	source->tupdesc = CreateTupleDescCopyConstr(tupdesc);
	source->store = *store;
	source->context = context;
	source->run_context = AllocSetContextCreate(context, "sydra run", ALLOCSET_SMALL_SIZES);
	source->table = sydra_missing_restore(sydra_table_describe_as(rel, source->tupdesc), store);
	source->dictionary = sydra_dictionary_open(source->table, store->storage_id);
	source->column_count = tupdesc->natts;
	source->columns = palloc0(sizeof(Column) * tupdesc->natts);
	source->varying = palloc(sizeof(int) * tupdesc->natts);
	source->fixed_size = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(tupdesc->natts));
	for (int i = 0; i < tupdesc->natts; i++)
		describe_column(source, i);
	source->header = palloc0(sizeof(HeapTupleHeaderData));
	HeapTupleHeaderSetNatts(source->header, tupdesc->natts);
	source->header->t_infomask = HEAP_XMIN_FROZEN | HEAP_XMAX_INVALID | HEAP_HASVARWIDTH;
	HeapTupleHeaderSetXmin(source->header, FrozenTransactionId);
	MemoryContextSwitchTo(caller);
	return source;
}

void
sydra_am_row_close(SydraRowSource *source)
{
	if (source->reader)
		sydra_segment_close(source->reader);
	MemoryContextDelete(source->context);
}

void
sydra_am_row_pause(SydraRowSource *source)
{
	source->rel = NULL;
	if (source->reader)
		sydra_segment_pause(source->reader);
}

bool
sydra_am_row_resume(SydraRowSource *source, Relation rel, TupleDesc tupdesc,
					const SydraStore *store)
{
	if (!equalTupleDescs(source->tupdesc, tupdesc) ||
		source->store.storage_id != store->storage_id ||
		source->store.toast_relid != store->toast_relid)
		return false;
	source->rel = rel;
	return true;
}

void
sydra_am_row_turn(SydraRowSource *source, const SydraSegment *segment)
{
	MemoryContext caller = MemoryContextSwitchTo(source->context);

	if (source->reader)
		sydra_segment_close(source->reader);
	source->reader = NULL;
	source->segment = *segment;
	source->reader = sydra_segment_open(source->rel, &source->store, source->table, segment);
	source->runs = sydra_segment_runs(source->reader, &source->run_count);
	source->row_count = 0;
	source->run = 0;
	source->run_first = source->run_end = 0;
	MemoryContextSwitchTo(caller);
}

bool
sydra_am_row_check(SydraRowSource *source, const SydraSegment *segment, Snapshot snapshot)
{
	sydra_dictionary_tolerate(source->dictionary);
	return sydra_salvage_check(source->rel, &source->store, source->table, source->dictionary,
							   segment, snapshot);
}

static Writer
choose_writer(const Column *column)
{
	switch (column->vector.kind)
	{
		case SYDRA_KIND_BOOL:
			return WRITE_BOOL;
		case SYDRA_KIND_FLOAT:
			return WRITE_FLOAT8;
		case SYDRA_KIND_FLOAT4:
			return WRITE_FLOAT4;
		case SYDRA_KIND_TEXT:
			return WRITE_TEXT;
		case SYDRA_KIND_DATUM:
			return column->length == -1 ? WRITE_VARLENA : WRITE_FIXED;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			switch (column->length)
			{
				case 1:
					return WRITE_INT1;
				case 2:
					return WRITE_INT2;
				case 4:
					return WRITE_INT4;
				case 8:
					return WRITE_INT8;
			}
			break;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			break;
	}
	elog(ERROR, "a vector of kind %d is no column of length %d", column->vector.kind,
		 column->length);
}

/*
 * A column may have been a tag when the segment was written and be a field now, or the other way
 * round: what the segment holds counts.
 */
static void
load_vector(SydraRowSource *source, int row)
{
	MemoryContext caller = MemoryContextSwitchTo(source->context);
	SydraVectorInfo info;
	int			vector;

	CHECK_FOR_INTERRUPTS();
	vector = sydra_segment_vector_of(source->reader, row);
	sydra_segment_vector_info(source->reader, vector, &info);
	source->any_series = false;
	source->any_null = false;
	for (int i = 0; i < source->column_count; i++)
	{
		Column	   *column = &source->columns[i];

		if (TupleDescAttr(source->tupdesc, i)->attisdropped)
		{
			column->writer = WRITE_NULL;
			column->isnull = true;
			source->any_null = true;
		}
		else if (sydra_segment_read(source->reader, i + 1, vector, &column->vector))
		{
			column->writer = choose_writer(column);
			source->any_null |= column->vector.valid != NULL;
		}
		else
		{
			column->writer = WRITE_SERIES;
			source->any_series = true;
		}
	}
	source->first_row = info.first_row;
	source->row_count = info.count;
	source->run_first = source->run_end = 0;
	MemoryContextSwitchTo(caller);
}

/* The last run that begins at or before the row. */
static int
find_run(const SydraRowSource *source, int row)
{
	int			low = 0;
	int			high = source->run_count - 1;

	while (low < high)
	{
		int			middle = low + (high - low + 1) / 2;

		if (source->runs[middle].first_row <= row)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Writes a varlena, in its short form when it may be; gives where it begins. */
static inline char *
write_varlena(char **position, const Column *column, const char *payload, Size length)
{
	char	   *start = *position;

	if (column->may_be_short && length + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
	{
		SET_VARSIZE_SHORT(start, length + VARHDRSZ_SHORT);
		memcpy(start + VARHDRSZ_SHORT, payload, length);
		*position = start + VARHDRSZ_SHORT + length;
	}
	else
	{
		start = (char *) TYPEALIGN(column->align_mask + 1, start);
		SET_VARSIZE(start, length + VARHDRSZ);
		memcpy(start + VARHDRSZ, payload, length);
		*position = start + VARHDRSZ + length;
	}
	return start;
}

/* What the run's value of a column is in a tuple; made once for all its rows. */
static void
form_series_value(SydraRowSource *source, Column *column, MemoryContext context)
{
	char	   *position;

	column->bytes = DatumGetPointer(column->value);
	if (column->length == -1)
	{
		Size		length = VARSIZE_ANY_EXHDR(column->bytes);

		position = MemoryContextAlloc(context, length + VARHDRSZ + MAXIMUM_ALIGNOF);
		column->bytes = write_varlena(&position, column, VARDATA_ANY(column->bytes), length);
		column->size = position - column->bytes;
	}
	else
		column->size = column->length > 0 ? column->length : strlen(column->bytes) + 1;
}

/*
 * A segment of a table without tags has one run.
 */
static void
load_run(SydraRowSource *source, int row)
{
	MemoryContext caller = MemoryContextSwitchTo(source->run_context);
	uint32		series;

	MemoryContextReset(source->run_context);
	source->run = find_run(source, row);
	source->run_first = source->runs[source->run].first_row;
	source->run_end = source->run + 1 < source->run_count ?
		source->runs[source->run + 1].first_row : sydra_segment_row_count(source->reader);
	series = source->runs[source->run].series;
	for (int i = 0; i < source->column_count; i++)
	{
		Column	   *column = &source->columns[i];

		if (column->writer != WRITE_SERIES)
			continue;
		sydra_dictionary_datum(source->dictionary, series, i + 1, &column->value, &column->isnull);
		if (column->isnull)
			source->any_null = true;
		else if (!column->byval)
			form_series_value(source, column, source->run_context);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Writes a value, from position on, and gives it as a datum; by-value ones as heapam takes them
 * from a tuple, sign extended.  There is room for alignment, and the gap is zero.
 */
static inline Datum
write_value(char **position, const Column *column, int row)
{
	const SydraVector *vector = &column->vector;
	char	   *start;
	SydraBytes	bytes;
	Datum		value;

	memset(*position, 0, MAXIMUM_ALIGNOF);
	start = (char *) TYPEALIGN(column->align_mask + 1, *position);
	switch (column->writer)
	{
		case WRITE_BOOL:
			*position = start + 1;
			*start = ((const uint8 *) vector->values)[row] != 0;
			return BoolGetDatum(*start != 0);
		case WRITE_INT1:
			*position = start + 1;
			*start = (char) ((const int64 *) vector->values)[row];
			return CharGetDatum(*start);
		case WRITE_INT2:
			*position = start + sizeof(int16);
			*(int16 *) start = (int16) ((const int64 *) vector->values)[row];
			return Int16GetDatum(*(int16 *) start);
		case WRITE_INT4:
			*position = start + sizeof(int32);
			*(int32 *) start = (int32) ((const int64 *) vector->values)[row];
			return Int32GetDatum(*(int32 *) start);
		case WRITE_FLOAT4:
			*position = start + sizeof(float);
			value = Float4GetDatum(((const float *) vector->values)[row]);
			*(int32 *) start = DatumGetInt32(value);
			return value;
		case WRITE_INT8:
			*position = start + sizeof(int64);
			value = Int64GetDatum(((const int64 *) vector->values)[row]);
			*(int64 *) start = DatumGetInt64(value);
			return value;
		case WRITE_FLOAT8:
			*position = start + sizeof(double);
			value = Float8GetDatum(((const double *) vector->values)[row]);
			*(int64 *) start = DatumGetInt64(value);
			return value;
		case WRITE_TEXT:
			bytes = sydra_vector_bytes(vector, row);
			return PointerGetDatum(write_varlena(position, column, bytes.data, bytes.length));
		case WRITE_VARLENA:
			{
				int			header;

				bytes = sydra_vector_bytes(vector, row);
				header = VARATT_IS_1B(bytes.data) ? VARHDRSZ_SHORT : VARHDRSZ;
				return PointerGetDatum(write_varlena(position, column, bytes.data + header,
													 bytes.length - header));
			}
		case WRITE_FIXED:
			bytes = sydra_vector_bytes(vector, row);
			memcpy(start, bytes.data, bytes.length);
			*position = start + bytes.length;
			return PointerGetDatum(start);
		case WRITE_SERIES:
			if (column->byval)
			{
				store_att_byval(start, column->value, column->length);
				*position = start + column->length;
				return column->value;
			}
			if (column->length == -1 && VARATT_IS_1B(column->bytes))
				start = *position;
			memcpy(start, column->bytes, column->size);
			*position = start + column->size;
			return PointerGetDatum(start);
		case WRITE_NULL:
			break;
	}
	pg_unreachable();
}

/* Room for a row's values of changing length, with their headers. */
static Size
measure_varying(const SydraRowSource *source, int row)
{
	Size		size = 0;

	for (int i = 0; i < source->varying_count; i++)
	{
		const Column *column = &source->columns[source->varying[i]];

		if (column->writer == WRITE_SERIES)
			size += column->isnull ? 0 : column->size;
		else if (column->writer != WRITE_NULL)
			size += sydra_vector_bytes(&column->vector, row).length + VARHDRSZ;
	}
	return size;
}

/*
 * Memory for a tuple in the slot's context.  The tuple that the slot owns already would be freed
 * now: it is overwritten when it is large enough.
 */
static HeapTuple
allocate_tuple(TupleTableSlot *slot, Size size)
{
	HeapTuple	tuple = ((BufferHeapTupleTableSlot *) slot)->base.tuple;

	if (TTS_SHOULDFREE(slot) &&
		tuple->t_data == (HeapTupleHeader) ((char *) tuple + HEAPTUPLESIZE) &&
		GetMemoryChunkContext(tuple) == slot->tts_mcxt &&
		GetMemoryChunkSpace(tuple) >= size + CHUNK_HEADER_MAX)
		return tuple;
	ExecClearTuple(slot);
	return MemoryContextAlloc(slot->tts_mcxt, size + CHUNK_HEADER_MAX);
}

static bool
mark_nulls(const SydraRowSource *source, int row, bool *isnull, bits8 *bits)
{
	bool		any = false;

	memset(bits, 0, BITMAPLEN(source->column_count));
	for (int i = 0; i < source->column_count; i++)
	{
		const Column *column = &source->columns[i];

		isnull[i] = column->writer == WRITE_NULL || column->writer == WRITE_SERIES ?
			column->isnull : sydra_vector_is_null(&column->vector, row);
		if (isnull[i])
			any = true;
		else
			bits[i >> 3] |= 1 << (i & 7);
	}
	return any;
}

void
sydra_am_row_store(SydraRowSource *source, int row, TupleTableSlot *slot)
{
	BufferHeapTupleTableSlot *buffer_slot = (BufferHeapTupleTableSlot *) slot;
	int			count = source->column_count;
	Datum	   *values = slot->tts_values;
	bool	   *isnull = slot->tts_isnull;
	bool		any_null = false;
	int			index;
	HeapTuple	tuple;
	HeapTupleHeader header;
	char	   *position;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	if (row < source->first_row || row >= source->first_row + source->row_count)
		load_vector(source, row);
	if (source->any_series && (row < source->run_first || row >= source->run_end))
		load_run(source, row);
	index = row - source->first_row;

	tuple = allocate_tuple(slot, HEAPTUPLESIZE + source->fixed_size +
						   measure_varying(source, index));
	header = (HeapTupleHeader) ((char *) tuple + HEAPTUPLESIZE);
	memcpy(header, source->header, sizeof(HeapTupleHeaderData));
	if (source->any_null)
		any_null = mark_nulls(source, index, isnull, header->t_bits);
	else
		memset(isnull, false, count);
	if (any_null)
		header->t_infomask |= HEAP_HASNULL;
	header->t_hoff = MAXALIGN(SizeofHeapTupleHeader + (any_null ? BITMAPLEN(count) : 0));
	position = (char *) header + header->t_hoff;
	for (int i = 0; i < count; i++)
		values[i] = isnull[i] ? (Datum) 0 : write_value(&position, &source->columns[i], index);

	sydra_tid_encode(&tuple->t_self, source->segment.tidseg, row);
	header->t_ctid = tuple->t_self;
	tuple->t_tableOid = RelationGetRelid(source->rel);
	tuple->t_data = header;
	tuple->t_len = position - (char *) header;

	buffer_slot->base.tuple = tuple;
	buffer_slot->base.off = 0;
	buffer_slot->buffer = InvalidBuffer;
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_flags |= TTS_FLAG_SHOULDFREE;
	slot->tts_nvalid = count;
	slot->tts_tid = tuple->t_self;
	slot->tts_tableOid = tuple->t_tableOid;
}
