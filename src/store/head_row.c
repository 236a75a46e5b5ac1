/*
 * head_row.c
 *	  Takes rows of the head apart when each column is wanted.
 *
 * Most rows have a value in every column.  Then the width and alignment of each column is all that
 * has to be known, and the plan has no more.  Rows with nulls, and those that are older than a column,
 * are left to PostgreSQL.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"

#include "base/compat.h"
#include "store/head_row.h"

typedef struct HeadColumn
{
	int16		typlen;
	uint8		alignment;		/* in bytes */
	bool		typbyval;
	bool		is_word;		/* a Datum as it is */
} HeadColumn;

struct SydraHeadRow
{
	int			count;
	HeadColumn	columns[FLEXIBLE_ARRAY_MEMBER];
};

static uint8
get_alignment(char typalign)
{
	switch (typalign)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
	}
	elog(ERROR, "unknown alignment '%c' of a type", typalign);
}

SydraHeadRow *
sydra_head_row_plan(TupleDesc tupdesc)
{
	SydraHeadRow *row = palloc(offsetof(SydraHeadRow, columns) +
							   sizeof(HeadColumn) * tupdesc->natts);

	row->count = tupdesc->natts;
	for (int i = 0; i < row->count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);

		row->columns[i].typlen = attribute->attlen;
		row->columns[i].alignment = get_alignment(attribute->attalign);
		row->columns[i].typbyval = attribute->attbyval;
		row->columns[i].is_word = attribute->attbyval && attribute->attlen == sizeof(Datum) &&
			row->columns[i].alignment == sizeof(Datum);
	}
	return row;
}

/*
 * Takes the value that stands at or after the place, and moves the place behind it.  A short varlena is
 * not aligned, and what pads is zero.
 */
static inline Datum
take_value(const HeadColumn *column, const char **place)
{
	const char *at = *place;

	if (column->typlen != -1 || *at == 0)
		at = (const char *) TYPEALIGN(column->alignment, at);
	if (column->typlen == -1)
		*place = at + VARSIZE_ANY(at);
	else
		*place = at + (column->typlen == -2 ? strlen(at) + 1 : column->typlen);
	return fetch_att(at, column->typbyval, column->typlen);
}

void
sydra_head_row_deform(const SydraHeadRow *row, TupleTableSlot *slot)
{
	HeapTuple	tuple = ((BufferHeapTupleTableSlot *) slot)->base.tuple;
	const char *at = (const char *) tuple->t_data + tuple->t_data->t_hoff;
	const HeadColumn *end = row->columns + row->count;
	Datum	   *value = slot->tts_values;

	Assert(TTS_IS_BUFFERTUPLE(slot) && slot->tts_tupleDescriptor->natts == row->count);
	if (slot->tts_nvalid > 0 || HeapTupleHasNulls(tuple) ||
		HeapTupleHeaderGetNatts(tuple->t_data) != row->count)
	{
		slot_getallattrs(slot);
		return;
	}
	memset(slot->tts_isnull, false, row->count);
	for (const HeadColumn *column = row->columns; column < end; column++, value++)
	{
		/* Most by far, and of one alignment. */
		if (column->is_word)
		{
			at = (const char *) TYPEALIGN(sizeof(Datum), at);
			*value = *(const Datum *) at;
			at += sizeof(Datum);
		}
		else
			*value = take_value(column, &at);
	}
	slot->tts_nvalid = row->count;
}
