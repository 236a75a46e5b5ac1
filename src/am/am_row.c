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
#include "store/segment_reader.h"

/* Where the values of a column come from, within one vector. */
typedef enum ColumnSource
{
	FROM_VECTOR,
	FROM_SERIES,				/* one value a run: a tag, or missing when the segment was written */
	FROM_NOWHERE				/* a dropped column */
} ColumnSource;

typedef struct Column
{
	ColumnSource source;
	SydraVector vector;
	Datum		value;			/* of the run */
	bool		isnull;
} Column;

struct SydraRowSource
{
	Relation	rel;
	TupleDesc	tupdesc;
	SydraStore	store;
	MemoryContext context;
	const SydraTable *table;
	SydraDictionary *dictionary;
	const SydraSegment *segment;
	SydraSegmentReader *reader;
	int			column_count;	/* attributes, dropped ones included */
	Column	   *columns;
	Size		fixed_size;		/* room for the header and all columns of fixed length */

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
};

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
	source->table = sydra_table_describe_as(rel, source->tupdesc);
	source->dictionary = sydra_dictionary_open(source->table, store->storage_id);
	source->column_count = tupdesc->natts;
	source->columns = palloc0(sizeof(Column) * tupdesc->natts);
	source->fixed_size = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(tupdesc->natts));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		int			length = TupleDescAttr(tupdesc, i)->attlen;

		source->fixed_size += MAXIMUM_ALIGNOF + Max(length, 0);
	}
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
sydra_am_row_turn(SydraRowSource *source, const SydraSegment *segment)
{
	MemoryContext caller = MemoryContextSwitchTo(source->context);

	if (source->reader)
		sydra_segment_close(source->reader);
	source->segment = segment;
	source->reader = sydra_segment_open(source->rel, &source->store, source->table, segment);
	source->runs = sydra_segment_runs(source->reader, &source->run_count);
	source->row_count = 0;
	source->run = 0;
	source->run_first = source->run_end = 0;
	MemoryContextSwitchTo(caller);
}

/*
 * A column may have been a tag when the segment was written and be a field now, or the other way
 * round: what the segment holds counts.
 */
static void
load_vector(SydraRowSource *source, int row)
{
	TupleDesc	tupdesc = source->tupdesc;
	MemoryContext caller = MemoryContextSwitchTo(source->context);
	SydraVectorInfo info;
	int			vector;

	CHECK_FOR_INTERRUPTS();
	vector = sydra_segment_vector_of(source->reader, row);
	sydra_segment_vector_info(source->reader, vector, &info);
	source->any_series = false;
	for (int i = 0; i < source->column_count; i++)
	{
		Column	   *column = &source->columns[i];

		if (TupleDescAttr(tupdesc, i)->attisdropped)
		{
			column->source = FROM_NOWHERE;
			column->isnull = true;
		}
		else if (sydra_segment_read(source->reader, i + 1, vector, &column->vector))
			column->source = FROM_VECTOR;
		else
		{
			column->source = FROM_SERIES;
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

/* A segment of a table without tags has one run. */
static void
load_run(SydraRowSource *source, int row)
{
	MemoryContext caller = MemoryContextSwitchTo(source->context);
	uint32		series;

	source->run = find_run(source, row);
	source->run_first = source->runs[source->run].first_row;
	source->run_end = source->run + 1 < source->run_count ?
		source->runs[source->run + 1].first_row : sydra_segment_row_count(source->reader);
	series = source->runs[source->run].series;
	for (int i = 0; i < source->column_count; i++)
	{
		Column	   *column = &source->columns[i];

		if (column->source == FROM_SERIES &&
			!sydra_dictionary_datum(source->dictionary, series, i + 1, &column->value,
									&column->isnull))
			column->value = getmissingattr(source->tupdesc, i + 1, &column->isnull);
	}
	MemoryContextSwitchTo(caller);
}

/* The value of a by-value column; as heapam takes them from a tuple, sign extended. */
static inline Datum
vector_datum(const SydraVector *vector, int row, int16 length)
{
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			return BoolGetDatum(((const uint8 *) vector->values)[row] != 0);
		case SYDRA_KIND_FLOAT4:
			return Float4GetDatum(((const float *) vector->values)[row]);
		case SYDRA_KIND_FLOAT:
			return Float8GetDatum(((const double *) vector->values)[row]);
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			{
				int64		value = ((const int64 *) vector->values)[row];

				switch (length)
				{
					case 1:
						return CharGetDatum((char) value);
					case 2:
						return Int16GetDatum((int16) value);
					case 4:
						return Int32GetDatum((int32) value);
					default:
						return Int64GetDatum(value);
				}
			}
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			break;
	}
	elog(ERROR, "column of kind %d is not held by value", vector->kind);
}

/* Writes a varlena, in its short form when it may be; gives where it begins. */
static char *
write_varlena(char **position, Form_pg_attribute attribute, const char *payload, Size length)
{
	char	   *start;

	if (attribute->attstorage != TYPSTORAGE_PLAIN &&
		length + VARHDRSZ_SHORT <= VARATT_SHORT_MAX)
	{
		start = *position;
		SET_VARSIZE_SHORT(start, length + VARHDRSZ_SHORT);
		memcpy(start + VARHDRSZ_SHORT, payload, length);
		*position = start + VARHDRSZ_SHORT + length;
	}
	else
	{
		start = (char *) att_align_nominal((uintptr_t) *position, attribute->attalign);
		memset(*position, 0, start - *position);
		SET_VARSIZE(start, length + VARHDRSZ);
		memcpy(start + VARHDRSZ, payload, length);
		*position = start + VARHDRSZ + length;
	}
	return start;
}

static Datum
write_value(char **position, Form_pg_attribute attribute, const Column *column, int row)
{
	char	   *start;
	const char *bytes;
	Size		length;

	if (attribute->attlen == -1)
	{
		if (column->source == FROM_VECTOR)
		{
			SydraBytes	value = sydra_vector_bytes(&column->vector, row);

			bytes = value.data;
			length = value.length;
			if (column->vector.kind == SYDRA_KIND_DATUM)
			{
				int			header = VARATT_IS_1B(bytes) ? VARHDRSZ_SHORT : VARHDRSZ;

				bytes += header;
				length -= header;
			}
		}
		else
		{
			const struct varlena *value = (const struct varlena *) DatumGetPointer(column->value);

			bytes = VARDATA_ANY(value);
			length = VARSIZE_ANY_EXHDR(value);
		}
		return PointerGetDatum(write_varlena(position, attribute, bytes, length));
	}

	start = (char *) att_align_nominal((uintptr_t) *position, attribute->attalign);
	if (start != *position)
		memset(*position, 0, start - *position);
	if (attribute->attbyval)
	{
		Datum		value = column->source == FROM_VECTOR ?
			vector_datum(&column->vector, row, attribute->attlen) : column->value;

		store_att_byval(start, value, attribute->attlen);
		*position = start + attribute->attlen;
		return value;
	}
	if (column->source == FROM_VECTOR)
	{
		bytes = sydra_vector_bytes(&column->vector, row).data;
		length = sydra_vector_bytes(&column->vector, row).length;
	}
	else
	{
		bytes = DatumGetPointer(column->value);
		length = attribute->attlen > 0 ? attribute->attlen : strlen(bytes) + 1;
	}
	memcpy(start, bytes, length);
	*position = start + length;
	return PointerGetDatum(start);
}

/* Room for the values of changing length, with their headers. */
static Size
measure_varying(SydraRowSource *source, int row, const bool *isnull)
{
	TupleDesc	tupdesc = source->tupdesc;
	Size		size = 0;

	for (int i = 0; i < source->column_count; i++)
	{
		const Column *column = &source->columns[i];
		int			length = TupleDescAttr(tupdesc, i)->attlen;

		if (length > 0 || isnull[i])
			continue;
		if (column->source == FROM_VECTOR)
			size += sydra_vector_bytes(&column->vector, row).length + VARHDRSZ;
		else if (length == -1)
			size += VARSIZE_ANY(DatumGetPointer(column->value)) + VARHDRSZ;
		else
			size += strlen(DatumGetCString(column->value)) + 1;
	}
	return size;
}

void
sydra_am_row_store(SydraRowSource *source, int row, TupleTableSlot *slot)
{
	TupleDesc	tupdesc = source->tupdesc;
	BufferHeapTupleTableSlot *buffer_slot = (BufferHeapTupleTableSlot *) slot;
	Datum	   *values = slot->tts_values;
	bool	   *isnull = slot->tts_isnull;
	bool		any_null = false;
	int			position_in_vector;
	Size		header_size;
	HeapTuple	tuple;
	HeapTupleHeader header;
	char	   *position;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	if (row < source->first_row || row >= source->first_row + source->row_count)
		load_vector(source, row);
	if (source->any_series && (row < source->run_first || row >= source->run_end))
		load_run(source, row);
	position_in_vector = row - source->first_row;

	ExecClearTuple(slot);
	for (int i = 0; i < source->column_count; i++)
	{
		const Column *column = &source->columns[i];

		isnull[i] = column->source == FROM_VECTOR ?
			sydra_vector_is_null(&column->vector, position_in_vector) : column->isnull;
		any_null |= isnull[i];
	}

	tuple = MemoryContextAlloc(slot->tts_mcxt, HEAPTUPLESIZE + source->fixed_size +
							   measure_varying(source, position_in_vector, isnull));
	header = (HeapTupleHeader) ((char *) tuple + HEAPTUPLESIZE);
	header_size = MAXALIGN(SizeofHeapTupleHeader +
						   (any_null ? BITMAPLEN(source->column_count) : 0));
	memset(header, 0, header_size);
	position = (char *) header + header_size;
	for (int i = 0; i < source->column_count; i++)
	{
		if (isnull[i])
		{
			values[i] = (Datum) 0;
			continue;
		}
		values[i] = write_value(&position, TupleDescAttr(tupdesc, i), &source->columns[i],
								position_in_vector);
		if (any_null)
			header->t_bits[i >> 3] |= 1 << (i & 7);
	}

	header->t_hoff = header_size;
	HeapTupleHeaderSetNatts(header, source->column_count);
	header->t_infomask = HEAP_XMIN_FROZEN | HEAP_XMAX_INVALID | HEAP_HASVARWIDTH |
		(any_null ? HEAP_HASNULL : 0);
	HeapTupleHeaderSetXmin(header, FrozenTransactionId);
	sydra_tid_encode(&tuple->t_self, source->segment->tidseg, row);
	header->t_ctid = tuple->t_self;
	tuple->t_tableOid = RelationGetRelid(source->rel);
	tuple->t_data = header;
	tuple->t_len = position - (char *) header;

	buffer_slot->base.tuple = tuple;
	buffer_slot->base.off = 0;
	buffer_slot->buffer = InvalidBuffer;
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_flags |= TTS_FLAG_SHOULDFREE;
	slot->tts_nvalid = source->column_count;
	slot->tts_tid = tuple->t_self;
	slot->tts_tableOid = tuple->t_tableOid;
}
