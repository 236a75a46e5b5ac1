/*
 * op_scan.c
 *	  A table's rows as the language sees them.
 *
 * The cursor gives times and fields in the kinds in which they are stored, and tags by run.  Here
 * they become columns of language kinds.  What depends on the series alone (tags, rank) is looked
 * up once for each series and filled in run by run; where a batch is of the series that the column
 * is filled with already, nothing is done at all.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/error.h"
#include "base/setting.h"
#include "engine/operator.h"
#include "function/eval.h"
#include "store/cursor.h"
#include "vector/valid.h"

/* How a column comes to be. */
typedef enum Source
{
	SOURCE_CURSOR,				/* as the cursor gives it */
	SOURCE_CONVERTED,			/* the cursor's, converted value by value */
	SOURCE_WIDENED,				/* float4 */
	SOURCE_JSON,				/* a key of the cursor's jsonb */
	SOURCE_SERIES,				/* one value for each series */
	SOURCE_RANK,
	SOURCE_PLACE				/* one value for each batch */
} Source;

/* What a series has in a column. */
typedef struct SeriesValue
{
	bool		known;
	SydraValue	value;
} SeriesValue;

typedef struct ScanColumn
{
	Source		source;
	const SydraScanColumn *planned;
	const SydraTableColumn *attribute;	/* or NULL */
	SydraKind	kind;
	int			cursor_column;	/* of the cursor's batch; -1 for what comes by series */
	SeriesValue *by_series;		/* SERIES: by id */
	uint32		series_room;
	uint32		filled_series;	/* 0: none; the series of the first filled_count rows */
	int			filled_count;
	uint64	   *valid_room;
	SydraBytes	common;			/* CURSOR: the element of a row that stands for a segment */
} ScanColumn;

typedef struct OpScan
{
	SydraOp		operator;
	Relation	relation;
	SydraCursor *cursor;
	const int32 *ranks;			/* by series, when a column asks for them; NULL: there are no tags */
	uint8	   *met;			/* by series: whether it had rows */
	uint32		met_room;
	int64		met_count;
	ScanColumn *columns;
	int			time_column;	/* or -1 */
	SydraBatch	batch;
	MemoryContext scratch;		/* of the batch: converted texts */
	MemoryContext kept;			/* of the scan: the values of series */

	int64	   *firsts;			/* by series: times of rows that were seen; or NULL */
	int64	   *lasts;
	uint32		ends_room;		/* of both */
	SydraSummaryTake take_summary;	/* or NULL */
	void	   *take_arg;
} OpScan;

static OpScan *
scan_below(const SydraOp *operator)
{
	while (operator->input != NULL)
		operator = operator->input;
	Assert(operator->plan->type == SYDRA_PLAN_SCAN);
	return (OpScan *) operator;
}

static SydraBytes
bytes_of_cstring(const char *text)
{
	return (SydraBytes) {text, (int32) strlen(text)};
}

static SydraBytes
print_datum(Oid type, Datum datum)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return bytes_of_cstring(OidOutputFunctionCall(output, datum));
}

/* A calendar day as its midnight, UTC. */
static int64
time_of_date(int64 date)
{
	if (DATE_IS_NOBEGIN((DateADT) date))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND((DateADT) date))
		return DT_NOEND;
	return date * USECS_PER_DAY;
}

/* A value held as an integer, in the language's kind. */
static void
convert_integer(const SydraTableColumn *attribute, SydraKind kind, int64 stored, SydraValue *value)
{
	if (kind == SYDRA_KIND_TEXT)
		value->bytes = print_datum(attribute->basetype, Int64GetDatum(stored));
	else if (kind == SYDRA_KIND_DATUM)
	{
		/* As in a tuple: fetch_att() reads it back. */
		int64	   *copy = palloc(sizeof(int64));

		*copy = stored;
		value->bytes = (SydraBytes) {(const char *) copy, attribute->typlen};
	}
	else if (kind == SYDRA_KIND_TIME && attribute->basetype == DATEOID)
		value->integer = time_of_date(stored);
	else if (kind == SYDRA_KIND_FLOAT)
		value->real = (double) stored;
	else if (kind == SYDRA_KIND_BOOL)
		value->boolean = stored != 0;
	else
		value->integer = stored;
}

static void
convert_datum(const SydraTableColumn *attribute, SydraKind kind, SydraBytes stored,
			  SydraValue *value)
{
	Datum		datum = PointerGetDatum(stored.data);

	if (kind == SYDRA_KIND_FLOAT && attribute->basetype == NUMERICOID)
		value->real = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, datum));
	else if (kind == SYDRA_KIND_TEXT && attribute->basetype == NAMEOID)
		value->bytes = (SydraBytes) {stored.data, (int32) strnlen(stored.data, NAMEDATALEN)};
	else if (kind == SYDRA_KIND_TEXT)
		value->bytes = print_datum(attribute->basetype, datum);
	else
		value->bytes = stored;
}

/* A value of the kind in which the table holds it becomes one of the column's. */
static void
convert_value(const SydraTableColumn *attribute, SydraKind kind, const SydraVector *stored,
			  int row, SydraValue *value)
{
	memset(value, 0, sizeof(*value));
	value->isnull = sydra_vector_is_null(stored, row);
	if (value->isnull)
		return;
	switch (stored->kind)
	{
		case SYDRA_KIND_BOOL:
			value->boolean = ((const uint8 *) stored->values)[row] != 0;
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			convert_integer(attribute, kind, sydra_vector_int64(stored, row), value);
			return;
		case SYDRA_KIND_FLOAT:
			value->real = sydra_vector_float8(stored, row);
			return;
		case SYDRA_KIND_FLOAT4:
			value->real = ((const float *) stored->values)[row];
			return;
		case SYDRA_KIND_TEXT:
			value->bytes = sydra_vector_bytes(stored, row);
			if (attribute->basetype == BPCHAROID)
				value->bytes.length = bpchartruelen(unconstify(char *, value->bytes.data),
													value->bytes.length);
			return;
		case SYDRA_KIND_DATUM:
			convert_datum(attribute, kind, sydra_vector_bytes(stored, row), value);
			return;
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "unknown kind %d", (int) stored->kind);
}

static void
set_null(ScanColumn *column, SydraVector *vector, int row)
{
	if (vector->valid == NULL)
	{
		vector->valid = column->valid_room;
		sydra_valid_fill(vector->valid, SYDRA_BATCH_ROWS, true);
	}
	sydra_valid_clear(vector->valid, row);
}

static void
convert_column(ScanColumn *column, const SydraBatch *stored, SydraVector *vector)
{
	const SydraVector *source = &stored->columns[column->cursor_column];

	/* Rows that are not selected must not point into the last batch. */
	vector->valid = NULL;
	memset(vector->values, 0, stored->count * sydra_kind_size(column->kind));
	for (int i = 0; i < sydra_batch_rows(stored); i++)
	{
		int			row = sydra_batch_row(stored, i);
		SydraValue	value;

		convert_value(column->attribute, column->kind, source, row, &value);
		sydra_eval_store(vector, row, &value);
		if (value.isnull)
			set_null(column, vector, row);
	}
}

static void
widen_column(ScanColumn *column, const SydraBatch *stored, SydraVector *vector)
{
	const SydraVector *source = &stored->columns[column->cursor_column];
	const float *restrict from = source->values;
	double	   *restrict to = vector->values;

	for (int i = 0; i < stored->count; i++)
		to[i] = from[i];
	vector->valid = source->valid;
}

/* A key of a JSON object; what is there but of another kind reads as null. */
static void
read_json(const SydraScanColumn *planned, SydraKind kind, Datum datum, SydraValue *value)
{
	Jsonb	   *json = DatumGetJsonbP(datum);
	JsonbValue	room;
	JsonbValue *found = NULL;

	memset(value, 0, sizeof(*value));
	if (JB_ROOT_IS_OBJECT(json))
		found = getKeyJsonValueFromContainer(&json->root, planned->key, strlen(planned->key), &room);
	value->isnull = found == NULL || found->type == jbvNull;
	if (value->isnull)
		return;
	if (kind == SYDRA_KIND_FLOAT && found->type == jbvNumeric)
		value->real = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														 NumericGetDatum(found->val.numeric)));
	else if (kind == SYDRA_KIND_BOOL && found->type == jbvBool)
		value->boolean = found->val.boolean;
	else if (kind == SYDRA_KIND_TEXT && found->type == jbvString)
		value->bytes = (SydraBytes) {found->val.string.val, found->val.string.len};
	else if (kind == SYDRA_KIND_TEXT && found->type == jbvNumeric)
		value->bytes = bytes_of_cstring(numeric_normalize(found->val.numeric));
	else if (kind == SYDRA_KIND_TEXT && found->type == jbvBool)
		value->bytes = bytes_of_cstring(found->val.boolean ? "true" : "false");
	else if (kind == SYDRA_KIND_DATUM)
	{
		Jsonb	   *part = JsonbValueToJsonb(found);

		value->bytes = (SydraBytes) {(const char *) part, VARSIZE(part)};
	}
	else
		value->isnull = true;
}

static void
read_json_column(ScanColumn *column, const SydraBatch *stored, SydraVector *vector)
{
	const SydraVector *source = &stored->columns[column->cursor_column];

	vector->valid = NULL;
	memset(vector->values, 0, stored->count * sydra_kind_size(column->kind));
	for (int i = 0; i < sydra_batch_rows(stored); i++)
	{
		int			row = sydra_batch_row(stored, i);
		SydraValue	value = {.isnull = true};

		if (!sydra_vector_is_null(source, row))
			read_json(column->planned, column->kind,
					  PointerGetDatum(sydra_vector_bytes(source, row).data), &value);
		sydra_eval_store(vector, row, &value);
		if (value.isnull)
			set_null(column, vector, row);
	}
}

/* The stored value of a tag column, in the column's kind. */
static void
read_tag_attribute(OpScan *scan, ScanColumn *column, uint32 series, SydraValue *value)
{
	const SydraTableColumn *attribute = column->attribute;
	SydraVector stored = {.kind = attribute->kind,.count = 1};
	SydraBytes	bytes;
	int64		integer;
	uint8		boolean;
	Datum		datum;
	bool		isnull;

	sydra_dictionary_datum(sydra_cursor_dictionary(scan->cursor), series, attribute->attnum, &datum,
						   &isnull);
	if (isnull)
	{
		value->isnull = true;
		return;
	}
	if (attribute->kind == SYDRA_KIND_BOOL)
	{
		boolean = DatumGetBool(datum);
		stored.values = &boolean;
	}
	else if (attribute->typbyval)
	{
		integer = attribute->typlen == sizeof(int32) ? DatumGetInt32(datum) :
			attribute->typlen == sizeof(int16) ? DatumGetInt16(datum) : DatumGetInt64(datum);
		stored.values = &integer;
	}
	else
	{
		if (attribute->typlen == -1)
		{
			struct varlena *varlena = PG_DETOAST_DATUM_COPY(datum);

			if (attribute->kind == SYDRA_KIND_TEXT)
				bytes = (SydraBytes) {VARDATA_ANY(varlena), VARSIZE_ANY_EXHDR(varlena)};
			else
				bytes = (SydraBytes) {(const char *) varlena, VARSIZE_ANY(varlena)};
		}
		else
			bytes = (SydraBytes) {DatumGetPointer(datum), attribute->typlen};
		stored.values = &bytes;
	}
	convert_value(attribute, column->kind, &stored, 0, value);
}

/* BY_ID() does not look into tables that are none of ours. */
static void
read_series_id(OpScan *scan, uint32 series, SydraValue *value)
{
	const SydraPlanScan *planned = (const SydraPlanScan *) scan->operator.plan;

	value->isnull = planned->table->plain;
	if (!value->isnull)
		value->integer = sydra_dictionary_id(sydra_cursor_dictionary(scan->cursor), series);
}

static const SydraValue *
find_series_value(OpScan *scan, ScanColumn *column, uint32 series)
{
	SydraDictionary *dictionary = sydra_cursor_dictionary(scan->cursor);
	SeriesValue *found;

	if (series >= column->series_room)
	{
		uint32		room = Max(sydra_dictionary_max(dictionary) + 1, column->series_room * 2);
		SeriesValue *grown = MemoryContextAllocExtended(scan->kept, sizeof(SeriesValue) * room,
														MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (column->series_room > 0)
		{
			memcpy(grown, column->by_series, sizeof(SeriesValue) * column->series_room);
			pfree(column->by_series);
		}
		column->by_series = grown;
		column->series_room = room;
	}
	found = &column->by_series[series];
	if (!found->known)
	{
		MemoryContext caller_context = MemoryContextSwitchTo(scan->kept);

		found->known = true;
		memset(&found->value, 0, sizeof(found->value));
		if (column->planned->type == SYDRA_SCAN_ATTRIBUTE)
			read_tag_attribute(scan, column, series, &found->value);
		else if (column->planned->type == SYDRA_SCAN_TAGS)
		{
			Jsonb	   *tags = sydra_dictionary_json(dictionary, series);

			found->value.bytes = (SydraBytes) {(const char *) tags, VARSIZE(tags)};
		}
		else if (column->planned->type == SYDRA_SCAN_SERIES_ID)
			read_series_id(scan, series, &found->value);
		else
			found->value.isnull = !sydra_dictionary_tag(dictionary, series, column->planned->key,
														&found->value.bytes);
		MemoryContextSwitchTo(caller_context);
	}
	return &found->value;
}

/* Fills [start, end) with what the series has. */
static void
fill_run(OpScan *scan, ScanColumn *column, SydraVector *vector, uint32 series, int start, int end)
{
	SydraValue	rank = {0};
	const SydraValue *value = &rank;

	if (column->source == SOURCE_RANK)
		rank.integer = scan->ranks ? scan->ranks[series] : 0;
	else
		value = find_series_value(scan, column, series);
	for (int row = start; row < end; row++)
		sydra_eval_store(vector, row, value);
	if (value->isnull)
		for (int row = start; row < end; row++)
			set_null(column, vector, row);
}

static void
fill_series_column(OpScan *scan, ScanColumn *column, const SydraBatch *stored, SydraVector *vector)
{
	if (stored->run_count == 1 && stored->runs[0].series == column->filled_series &&
		stored->count <= column->filled_count)
		return;
	vector->valid = NULL;
	for (int i = 0; i < stored->run_count; i++)
		fill_run(scan, column, vector, stored->runs[i].series, stored->runs[i].first_row,
				 i + 1 < stored->run_count ? stored->runs[i + 1].first_row : stored->count);
	vector->same = stored->run_count == 1;
	column->filled_series = stored->run_count == 1 ? stored->runs[0].series : 0;
	column->filled_count = stored->count;
}

static void
make_column(OpScan *scan, ScanColumn *column, const SydraBatch *stored, SydraVector *vector)
{
	vector->count = stored->count;
	switch (column->source)
	{
		case SOURCE_CURSOR:
			*vector = stored->columns[column->cursor_column];
			/* by-value types and times share their representation */
			vector->kind = column->kind;
			return;
		case SOURCE_CONVERTED:
			convert_column(column, stored, vector);
			return;
		case SOURCE_WIDENED:
			widen_column(column, stored, vector);
			return;
		case SOURCE_JSON:
			read_json_column(column, stored, vector);
			return;
		case SOURCE_SERIES:
		case SOURCE_RANK:
			fill_series_column(scan, column, stored, vector);
			return;
		case SOURCE_PLACE:
			for (int row = 0; row < stored->count; row++)
				((int64 *) vector->values)[row] = stored->place;
			return;
	}
	elog(ERROR, "unknown source %d", (int) column->source);
}

/* Whether a row before end is selected; *next is the first selection that is not before it. */
static bool
selects_before(const SydraBatch *stored, int end, int *next)
{
	int			first = *next;

	if (stored->selected == NULL)
		return true;
	while (*next < stored->selected_count && stored->selected[*next] < end)
		(*next)++;
	return *next > first;
}

static void
meet_series(OpScan *scan, uint32 series)
{
	if (series >= scan->met_room)
	{
		uint32		room = Max(series + 1, scan->met_room * 2);
		uint8	   *grown = MemoryContextAllocExtended(scan->kept, room,
													   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (scan->met_room > 0)
		{
			memcpy(grown, scan->met, scan->met_room);
			pfree(scan->met);
		}
		scan->met = grown;
		scan->met_room = room;
	}
	scan->met_count += !scan->met[series];
	scan->met[series] = 1;
}

static void
check_series(const OpScan *scan)
{
	if (scan->met_count <= sydra_setting_max_series)
		return;
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_TOO_MANY_SERIES),
			SYDRA_ERRMSG(SYDRA_ERR_TOO_MANY_SERIES, "query matches more than %d series",
						 sydra_setting_max_series),
			errdetail("It came to " INT64_FORMAT " series.", scan->met_count),
			errhint("Add tag conditions, or raise sydraql.max_series."));
}

/* Counts the series with a row in a batch that were not met before. */
static void
count_series(OpScan *scan, const SydraBatch *stored)
{
	int			next = 0;

	for (int i = 0; i < stored->run_count; i++)
	{
		int			end = i + 1 < stored->run_count ? stored->runs[i + 1].first_row : stored->count;

		if (selects_before(stored, end, &next))
			meet_series(scan, stored->runs[i].series);
	}
	check_series(scan);
}

/*
 * The ends of series.
 */

static void
make_room_for_ends(OpScan *scan, uint32 series)
{
	uint32		room = Max(series + 1, Max(scan->ends_room * 2, 64));

	if (series < scan->ends_room)
		return;
	if (scan->ends_room == 0)
	{
		scan->firsts = MemoryContextAllocHuge(scan->kept, sizeof(int64) * room);
		scan->lasts = MemoryContextAllocHuge(scan->kept, sizeof(int64) * room);
	}
	else
	{
		scan->firsts = repalloc_huge(scan->firsts, sizeof(int64) * room);
		scan->lasts = repalloc_huge(scan->lasts, sizeof(int64) * room);
	}
	for (uint32 i = scan->ends_room; i < room; i++)
	{
		scan->firsts[i] = PG_INT64_MAX;
		scan->lasts[i] = PG_INT64_MIN;
	}
	scan->ends_room = room;
}

/* A row of equal time may be a correction of the one that was seen. */
static bool
wants_span(void *arg, uint32 first, uint32 last, int64 time_min, int64 time_max)
{
	const OpScan *scan = arg;
	const SydraPlanScan *planned = (const SydraPlanScan *) scan->operator.plan;

	if (last >= scan->ends_room)
		return true;
	for (uint32 series = first; series <= last; series++)
		if ((planned->firsts && time_min <= scan->firsts[series]) ||
			(planned->lasts && time_max >= scan->lasts[series]))
			return true;
	return false;
}

static bool
is_chosen(const OpScan *scan, int row)
{
	const SydraPlanScan *planned = (const SydraPlanScan *) scan->operator.plan;
	int			column = -1;

	while ((column = bms_next_member(planned->chosen, column)) >= 0)
		if (sydra_vector_is_null(&scan->batch.columns[column], row))
			return false;
	return true;
}

/* Of the rows of a batch that the aggregates above can choose. */
static void
note_ends(OpScan *scan, const SydraBatch *stored)
{
	const int64 *times = scan->batch.columns[scan->time_column].values;
	int			run = 0;

	for (int i = 0; i < sydra_batch_rows(stored); i++)
	{
		int			row = sydra_batch_row(stored, i);
		uint32		series;

		while (run + 1 < stored->run_count && stored->runs[run + 1].first_row <= row)
			run++;
		if (!is_chosen(scan, row))
			continue;
		series = stored->runs[run].series;
		make_room_for_ends(scan, series);
		scan->firsts[series] = Min(scan->firsts[series], times[row]);
		scan->lasts[series] = Max(scan->lasts[series], times[row]);
	}
}

/*
 * Segments by what is known of them.
 */

/* A row that has what all rows of the segment have in common, if it is of one series. */
static const SydraBatch *
make_common_row(OpScan *scan, const SydraSegment *segment)
{
	SydraRun	run = {(uint32) segment->smin, 0};
	SydraBatch	stored = {.count = 1,.runs = &run,.run_count = 1};

	for (int i = 0; i < scan->batch.column_count; i++)
	{
		ScanColumn *column = &scan->columns[i];
		SydraVector *vector = &scan->batch.columns[i];

		vector->count = 1;
		if (column->source == SOURCE_CURSOR)
		{
			vector->values = &column->common;
			vector->valid = NULL;
		}
		if (i == scan->time_column)
			*(int64 *) vector->values = segment->tmin;
		else if (column->source == SOURCE_SERIES && segment->smin == segment->smax)
			fill_series_column(scan, column, &stored, vector);
	}
	scan->batch.count = 1;
	scan->batch.selected = NULL;
	scan->batch.selected_count = 1;
	return &scan->batch;
}

static bool
take_known(void *arg, const SydraSegment *segment, const SydraSegmentReader *reader)
{
	OpScan	   *scan = arg;
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(reader, &run_count);

	if (!scan->take_summary(scan->take_arg, make_common_row(scan, segment), segment, reader))
		return false;
	for (int i = 0; i < run_count; i++)
		meet_series(scan, runs[i].series);
	check_series(scan);
	return true;
}

void
sydra_op_scan_summarize(SydraOp *operator, SydraSummaryTake take, void *arg)
{
	OpScan	   *scan = scan_below(operator);

	scan->take_summary = take;
	scan->take_arg = arg;
}

static bool
next_rows(SydraOp *operator, SydraBatch **batch)
{
	OpScan	   *scan = (OpScan *) operator;
	SydraBatch *stored;
	MemoryContext caller_context;

	if (!sydra_cursor_next(scan->cursor, &stored))
		return false;
	count_series(scan, stored);
	sydra_execution_check_memory(operator->execution);
	MemoryContextReset(scan->scratch);
	caller_context = MemoryContextSwitchTo(scan->scratch);
	for (int i = 0; i < scan->batch.column_count; i++)
		make_column(scan, &scan->columns[i], stored, &scan->batch.columns[i]);
	MemoryContextSwitchTo(caller_context);
	if (((const SydraPlanScan *) operator->plan)->chosen != NULL)
		note_ends(scan, stored);
	scan->batch.count = stored->count;
	scan->batch.selected = stored->selected;
	scan->batch.selected_count = stored->selected_count;
	scan->batch.settled = stored->settled;
	scan->batch.place = stored->place;
	*batch = &scan->batch;
	return true;
}

/* Whether the cursor's vector may be used as it is. */
static bool
is_same_kind(const SydraTableColumn *attribute, SydraKind kind)
{
	if (attribute->kind == SYDRA_KIND_INT && kind == SYDRA_KIND_TIME)
		return attribute->basetype != DATEOID;
	/* The blanks at the end of character(n) are no part of it as a text. */
	return attribute->kind == kind && attribute->basetype != BPCHAROID;
}

static void
open_column(ScanColumn *column, const SydraScanColumn *planned, const SydraTable *table,
			SydraKind kind)
{
	column->planned = planned;
	column->kind = kind;
	column->cursor_column = -1;
	column->valid_room = palloc(sizeof(uint64) * SYDRA_VALID_WORDS);
	switch (planned->type)
	{
		case SYDRA_SCAN_ATTRIBUTE:
			column->attribute = sydra_table_column(table, planned->attnum);
			if (column->attribute == NULL)
				elog(ERROR, "scan of an unknown column %d", planned->attnum);
			if (column->attribute->role == SYDRA_ROLE_TAG ||
				column->attribute->role == SYDRA_ROLE_TAGS)
				column->source = SOURCE_SERIES;
			else if (is_same_kind(column->attribute, kind))
				column->source = SOURCE_CURSOR;
			else if (column->attribute->kind == SYDRA_KIND_FLOAT4 && kind == SYDRA_KIND_FLOAT)
				column->source = SOURCE_WIDENED;
			else
				column->source = SOURCE_CONVERTED;
			return;
		case SYDRA_SCAN_TAG:
		case SYDRA_SCAN_TAGS:
		case SYDRA_SCAN_SERIES_ID:
			column->source = SOURCE_SERIES;
			return;
		case SYDRA_SCAN_JSON_FIELD:
			column->source = SOURCE_JSON;
			return;
		case SYDRA_SCAN_SERIES_RANK:
			column->source = SOURCE_RANK;
			return;
		case SYDRA_SCAN_WRITE_ORDER:
			column->source = SOURCE_CURSOR;
			return;
		case SYDRA_SCAN_PLACE:
			column->source = SOURCE_PLACE;
			return;
	}
	elog(ERROR, "unknown scan column %d", (int) planned->type);
}

/* The cursor's column for an attribute, asked for once however often it is used. */
static int
find_cursor_column(AttrNumber *attnums, int *count, AttrNumber attnum)
{
	for (int i = 0; i < *count; i++)
		if (attnums[i] == attnum)
			return i;
	attnums[*count] = attnum;
	return (*count)++;
}

static bool
has_tags(const SydraTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAG || table->columns[i].role == SYDRA_ROLE_TAGS)
			return true;
	return false;
}

static void
open_cursor(OpScan *scan, const SydraPlanScan *planned)
{
	int			columns = planned->plan.column_count;
	int			tests = list_length(planned->tests);
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * (columns + tests + 1));
	SydraValueTest *applied = palloc(sizeof(SydraValueTest) * Max(tests, 1));
	SydraCursorSpec spec = {
		.table = planned->table,
		.time_min = planned->range.min,
		.time_max = planned->range.max,
		.tags = planned->tags,
		.texts = planned->texts,
		.reader = planned->reader,
		.series_order = planned->series_order,
		.time_order = planned->time_order,
		.take_known = planned->summarized ? take_known : NULL,
		.wants_span = planned->chosen != NULL ? wants_span : NULL,
		.reading_arg = scan,
		.test_count = tests,
		.tests = applied,
		.one_per_series = planned->one_per_series,
		.columns = attnums
	};
	ListCell   *cell;

	for (int i = 0; i < columns; i++)
	{
		ScanColumn *column = &scan->columns[i];

		if (column->source == SOURCE_RANK)
			spec.all_series = has_tags(planned->table);
		if (column->source == SOURCE_SERIES || column->source == SOURCE_RANK ||
			column->source == SOURCE_PLACE)
			continue;
		column->cursor_column =
			find_cursor_column(attnums, &spec.column_count,
							   column->planned->type == SYDRA_SCAN_WRITE_ORDER ?
							   SYDRA_CURSOR_WRITE_XID : column->planned->attnum);
	}
	foreach(cell, planned->tests)
	{
		const SydraPlanTest *test = lfirst(cell);

		applied[foreach_current_index(cell)] = test->test;
		applied[foreach_current_index(cell)].column =
			find_cursor_column(attnums, &spec.column_count, test->attnum);
	}
	scan->cursor = sydra_cursor_open(scan->relation, scan->operator.execution->snapshot, &spec);
	if (spec.all_series)
		scan->ranks = sydra_dictionary_ranks(sydra_cursor_dictionary(scan->cursor));
}

static void
close_cursor(SydraOp *operator)
{
	OpScan	   *scan = (OpScan *) operator;

	sydra_cursor_close(scan->cursor);
	table_close(scan->relation, NoLock);
}

bool
sydra_op_scan_is_of_one_series(const SydraOp *operator)
{
	const OpScan *scan = scan_below(operator);

	return scan->ranks == NULL || sydra_cursor_has_one_series(scan->cursor);
}

void
sydra_op_scan_narrow(const SydraOp *operator, int64 time_min, int64 time_max)
{
	sydra_cursor_narrow(scan_below(operator)->cursor, time_min, time_max);
}

SydraOp *
sydra_op_scan_open(SydraExecution *execution, const SydraPlan *plan)
{
	OpScan	   *scan = palloc0(sizeof(OpScan));
	const SydraPlanScan *planned = (const SydraPlanScan *) plan;

	scan->operator.plan = plan;
	scan->operator.execution = execution;
	scan->operator.next = next_rows;
	scan->operator.close = close_cursor;
	scan->scratch = AllocSetContextCreate(CurrentMemoryContext, "sydra batch",
										  ALLOCSET_DEFAULT_SIZES);
	scan->kept = AllocSetContextCreate(CurrentMemoryContext, "sydra series values",
									   ALLOCSET_DEFAULT_SIZES);
	scan->batch.column_count = plan->column_count;
	scan->batch.columns = palloc0(sizeof(SydraVector) * Max(plan->column_count, 1));
	scan->columns = palloc0(sizeof(ScanColumn) * Max(plan->column_count, 1));
	for (int i = 0; i < plan->column_count; i++)
	{
		SydraKind	kind = plan->columns[i].kind;

		open_column(&scan->columns[i], &planned->scan_columns[i], planned->table, kind);
		scan->batch.columns[i].kind = kind;
		if (scan->columns[i].source != SOURCE_CURSOR)
			scan->batch.columns[i].values = palloc0(SYDRA_BATCH_ROWS * sydra_kind_size(kind));
	}
	scan->time_column = -1;
	for (int i = 0; i < plan->column_count; i++)
		if (planned->scan_columns[i].type == SYDRA_SCAN_ATTRIBUTE &&
			planned->scan_columns[i].attnum == planned->table->time_attnum)
			scan->time_column = i;
	scan->relation = table_open(planned->relid, AccessShareLock);
	open_cursor(scan, planned);
	return &scan->operator;
}
