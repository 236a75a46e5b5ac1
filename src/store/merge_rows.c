/*
 * merge_rows.c
 *	  Collects the live rows of segments.
 *
 * As long as they fit, all of them are in memory.  When they do not, their values are forgotten, and
 * only their series, times and transactions are kept, which is enough to sort them and to deal them
 * out to new segments; the values of each of these are then read again.  So what the rows of a merge
 * take is bounded by one segment, however wide they are.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/cursor.h"
#include "store/merge_plan.h"
#include "store/merge_rows.h"
#include "store/row_buffer.h"
#include "store/segment_reader.h"
#include "store/tombstone.h"

#define BUFFER_BYTES (64 * 1024 * 1024)
#define ROWS_MIN 1024

/* A segment whose rows are in the buffer. */
typedef struct Part
{
	const SydraSegment *segment;
	int			first;
	int			count;
} Part;

struct SydraMergeRows
{
	MemoryContext context;
	Relation	rel;
	const SydraStore *store;
	const SydraTable *table;
	Snapshot	snapshot;
	SydraRowBuffer *buffer;
	List	   *parts;			/* Part * */
};

/* The rows that are wanted of a stripped buffer. */
typedef struct Wanted
{
	const uint32 *rows;			/* ascending */
	int			count;
	int			next;			/* the first that has not been loaded */
} Wanted;

/* One segment on its way into a buffer. */
typedef struct Source
{
	SydraMergeRows *rows;
	SydraRowBuffer *buffer;		/* that of rows, or that of the wanted ones */
	Wanted	   *wanted;			/* NULL: all are added */
	int			number;			/* of the next live row in the buffer of rows */
	SydraSegmentReader *reader;
	const SydraSegment *segment;
	bool		same_series;	/* its rows' series are today's */
	const uint64 *dead;			/* or NULL */
	TupleTableSlot *slot;
	SydraVector *vectors;		/* of each column of the table; no values: not in the segment */
	SydraVector xids;
	uint32		run_series;		/* the run that the slot's other columns are of; 0: none */
	MemoryContext run_context;
	MemoryContext row_context;
} Source;

/* What the rows of a run have in the columns that the segment does not hold. */
static void
load_run(Source *source, uint32 series)
{
	const SydraTable *table = source->rows->table;
	SydraDictionary *dictionary = source->buffer->dictionary;
	MemoryContext caller;

	if (series > sydra_dictionary_persistent_max(dictionary))
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s is damaged: series %u does not exist",
					   source->segment->segno, sydra_store_table_name(table->relid), series));
	MemoryContextReset(source->run_context);
	caller = MemoryContextSwitchTo(source->run_context);
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		int			place = column->attnum - 1;
		bool		is_tag = column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS;

		if (source->vectors[i].values == NULL && !(is_tag && source->same_series))
			sydra_dictionary_datum(dictionary, series, column->attnum,
								   &source->slot->tts_values[place],
								   &source->slot->tts_isnull[place]);
	}
	source->run_series = series;
	MemoryContextSwitchTo(caller);
}

/* False when the row cannot stand in a segment as the table is now. */
static bool
add_row(Source *source, int row, int number)
{
	const SydraTable *table = source->rows->table;
	TupleTableSlot *slot = source->slot;
	uint32		series = source->same_series ? source->run_series : 0;

	if (source->wanted != NULL)
		series = source->rows->buffer->series[number];
	ExecClearTuple(slot);
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraVector *vector = &source->vectors[i];
		int			place = table->columns[i].attnum - 1;

		if (vector->values == NULL)
			continue;
		slot->tts_isnull[place] = sydra_vector_is_null(vector, row);
		if (!slot->tts_isnull[place])
			slot->tts_values[place] = sydra_table_vector_to_datum(&table->columns[i], vector, row);
	}
	ExecStoreVirtualTuple(slot);
	return sydra_row_buffer_add_to(source->buffer, slot, series,
								   FullTransactionIdFromU64((uint64)
															sydra_vector_int64(&source->xids, row)));
}

/* A stripped buffer takes from fields no more than their lengths, which may differ. */
static bool
is_needed(const Source *source, const SydraTableColumn *column)
{
	return source->buffer->loader == NULL || column->role != SYDRA_ROLE_FIELD ||
		!column->typbyval;
}

static void
read_columns(Source *source, int vector)
{
	const SydraTable *table = source->rows->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];

		if (!is_needed(source, column) ||
			!sydra_segment_read(source->reader, column->attnum, vector, &source->vectors[i]))
			source->vectors[i].values = NULL;
	}
	if (!sydra_segment_read(source->reader, SYDRA_CURSOR_WRITE_XID, vector, &source->xids))
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s does not tell who wrote its rows",
					   source->segment->segno, sydra_store_table_name(table->relid)));
	source->run_series = 0;
}

static bool
is_dead(const Source *source, int row)
{
	return source->dead != NULL && sydra_tombstone_test(source->dead, row);
}

static int
count_live(const Source *source, const SydraVectorInfo *info)
{
	int			live = info->count;

	for (int row = 0; row < info->count && source->dead != NULL; row++)
		live -= is_dead(source, info->first_row + row);
	return live;
}

/* Whether any row before one is wanted. */
static bool
is_wanted_before(const Wanted *wanted, int number)
{
	return wanted == NULL ||
		(wanted->next < wanted->count && wanted->rows[wanted->next] < (uint32) number);
}

static bool
add_rows(Source *source, const SydraVectorInfo *info)
{
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(source->reader, &run_count);
	int			run = info->first_run;

	for (int row = 0; row < info->count; row++)
	{
		int			number;

		while (run + 1 < run_count && runs[run + 1].first_row <= info->first_row + row)
			run++;
		if (is_dead(source, info->first_row + row))
			continue;
		number = source->number++;
		if (!is_wanted_before(source->wanted, number + 1))
			continue;
		if (source->run_series != runs[run].series)
			load_run(source, runs[run].series);
		if (!add_row(source, row, number))
			return false;
		if (source->wanted != NULL)
			source->wanted->next++;
	}
	return true;
}

static bool
add_vector(Source *source, int vector)
{
	SydraVectorInfo info;
	int			live;
	MemoryContext caller;
	bool		fits;

	CHECK_FOR_INTERRUPTS();
	sydra_segment_vector_info(source->reader, vector, &info);
	live = count_live(source, &info);
	if (!is_wanted_before(source->wanted, source->number + live))
	{
		source->number += live;
		return true;
	}
	read_columns(source, vector);
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	fits = add_rows(source, &info);
	MemoryContextSwitchTo(caller);
	return fits;
}

static Source *
open_source(SydraMergeRows *rows, const SydraSegment *segment, SydraRowBuffer *buffer)
{
	Source	   *source = palloc0(sizeof(Source));

	source->rows = rows;
	source->segment = segment;
	source->buffer = buffer;
	source->reader = sydra_segment_open(rows->rel, rows->store, rows->table, segment);
	source->same_series = segment->schema_gen == sydra_table_signature(rows->table);
	source->dead = sydra_tombstone_read(segment, rows->snapshot);
	source->slot = MakeSingleTupleTableSlot(RelationGetDescr(rows->rel), &TTSOpsVirtual);
	memset(source->slot->tts_isnull, true, RelationGetNumberOfAttributes(rows->rel));
	source->vectors = palloc0(sizeof(SydraVector) * Max(rows->table->column_count, 1));
	source->run_context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge run",
												ALLOCSET_DEFAULT_SIZES);
	source->row_context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge values",
												ALLOCSET_DEFAULT_SIZES);
	return source;
}

static void
close_source(Source *source)
{
	ExecDropSingleTupleTableSlot(source->slot);
	sydra_segment_close(source->reader);
}

/* The SydraRowLoader of the buffer. */
static void
load_wanted(void *arg, const uint32 *numbers, int count, SydraRowBuffer *values)
{
	SydraMergeRows *rows = arg;
	Wanted		wanted = {numbers, count};
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge source",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ListCell   *cell;

	foreach(cell, rows->parts)
	{
		const Part *part = lfirst(cell);
		Source	   *source;

		if (!is_wanted_before(&wanted, part->first + part->count))
			continue;
		MemoryContextReset(context);
		source = open_source(rows, part->segment, values);
		source->wanted = &wanted;
		source->number = part->first;
		for (int vector = 0; is_wanted_before(&wanted, part->first + part->count); vector++)
			if (!add_vector(source, vector))
				elog(ERROR, "a row cannot stand in a segment any more");
		close_source(source);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Whether so many rows more may be too many for memory. */
static bool
is_full(const SydraRowBuffer *buffer, int count)
{
	/* Long values are in memory twice more while they are encoded. */
	return sydra_row_buffer_bytes(buffer) + sydra_row_buffer_growth(buffer, count) +
		2 * buffer->arena_bytes > BUFFER_BYTES;
}

/* Public ----------------------------------------------------------------------------------------*/

int
sydra_merge_rows_max(const SydraTable *table)
{
	Size		row = 40;
	int			rows = ROWS_MIN;

	for (int i = 0; i < table->column_count; i++)
		row += table->columns[i].typbyval ? sizeof(int64) + 1 : sizeof(SydraBytes) + 1;
	while (2 * rows * row <= BUFFER_BYTES)
		rows *= 2;
	return rows;
}

SydraMergeRows *
sydra_merge_rows_open(Relation rel, const SydraStore *store, const SydraTable *table,
					  SydraDictionary *dictionary, Snapshot snapshot)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraMergeRows *rows = palloc0(sizeof(SydraMergeRows));

	rows->context = context;
	rows->rel = rel;
	rows->store = store;
	rows->table = table;
	rows->snapshot = snapshot;
	rows->buffer = sydra_row_buffer_create(table, RelationGetDescr(rel), dictionary);
	MemoryContextSwitchTo(caller);
	return rows;
}

void
sydra_merge_rows_close(SydraMergeRows *rows)
{
	MemoryContextDelete(rows->context);
}

SydraRowBuffer *
sydra_merge_rows_buffer(const SydraMergeRows *rows)
{
	return rows->buffer;
}

/* Makes room for rows of the next vector; false when there is none. */
static bool
make_room(SydraMergeRows *rows)
{
	bool		many = list_length(rows->parts) >= SYDRA_MERGE_FANIN;

	if (rows->buffer->loader != NULL)
		return !many;
	if (!is_full(rows->buffer, SYDRA_BATCH_ROWS))
		return true;
	if (!many)
		sydra_row_buffer_strip(rows->buffer, load_wanted, rows);
	return !many;
}

static void
add_part(SydraMergeRows *rows, const SydraSegment *segment, int first)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->context);
	Part	   *part = palloc(sizeof(Part));

	part->segment = segment;
	part->first = first;
	part->count = sydra_row_buffer_count(rows->buffer) - first;
	rows->parts = lappend(rows->parts, part);
	MemoryContextSwitchTo(caller);
}

bool
sydra_merge_rows_add(SydraMergeRows *rows, const SydraSegment *segment)
{
	MemoryContext context = AllocSetContextCreate(rows->context, "sydra merge source",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Source	   *source = open_source(rows, segment, rows->buffer);
	int			vector_count = sydra_segment_vector_count(source->reader);
	int			first = sydra_row_buffer_count(rows->buffer);
	bool		fits = true;

	source->number = first;
	for (int vector = 0; fits && vector < vector_count; vector++)
		fits = make_room(rows) && add_vector(source, vector);
	close_source(source);
	if (fits)
		add_part(rows, segment, first);
	else
		sydra_row_buffer_cut(rows->buffer, first);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return fits;
}
