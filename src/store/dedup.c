/*
 * dedup.c
 *	  Finds the rows that later ones of the same series and time replace.
 *
 * Segments are sorted by series and time, so that those whose times and series overlap are compared as
 * lists (key_list.h).  What is not sorted, the head and segments from before other columns became
 * tags, is made sorted first, as runs of keys (key_run.h).
 *
 * A row is replaced when any other list has a later one of its series and time, so that lists are
 * compared two by two and none has to be merged: for the rows of a segment when the segment is read,
 * for those in runs at once.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "store/cursor.h"
#include "store/dedup.h"
#include "store/key_list.h"
#include "store/salvage.h"
#include "store/segment_reader.h"
#include "store/store.h"
#include "store/tombstone.h"

#define BLOCK_WORDS ((MaxHeapTuplesPerPage + 63) / 64)
#define GROUP_BLOCKS 256
#define OPEN_LISTS 8

/* Bits of the rows of neighbouring blocks of the head. */
typedef struct BlockGroup
{
	uint64		bits[GROUP_BLOCKS][BLOCK_WORDS];
} BlockGroup;

struct SydraDedup
{
	MemoryContext context;
	SydraKeySources sources;
	bool		own_snapshot;
	int64		time_min;
	int64		time_last;		/* inclusive */

	int			segment_count;
	int		   *by_segno;
	int			sorted_count;
	int		   *by_time;		/* the segments that are sorted by today's series, by tmin */
	int64	   *reach;			/* the greatest tmax up to there */

	SydraCursor *cursor;		/* that has read what is in the runs; it owns the dictionary */
	uint32		last_source;	/* of the last key that is a segment's */
	uint64	  **unsorted;		/* by segment: rows of those in runs that are replaced, or NULL */
	BlockGroup **head;			/* by group of blocks; NULL: no row of it is replaced */
	uint32		group_count;

	int			open_next;		/* of the lists kept open for _others */
	SydraKeyList *open[OPEN_LISTS];
};

static void sort_segments(SydraDedup *dedup, bool salvage);
static void collect_runs(SydraDedup *dedup, TupleDesc tupdesc);
static void compare_runs(SydraDedup *dedup);

SydraDedup *
sydra_dedup_open(Relation rel, const SydraTable *table, TupleDesc tupdesc, Snapshot snapshot,
				 int64 time_min, int64 time_max, bool salvage)
{
	MemoryContext context;
	MemoryContext caller;
	SydraDedup *dedup;

	if (!sydra_store_keeps_last(rel) || table->time_attnum == InvalidAttrNumber)
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "sydra dedup", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	dedup = palloc0(sizeof(SydraDedup));
	dedup->context = context;
	dedup->sources.rel = rel;
	dedup->sources.table = table;
	dedup->own_snapshot = snapshot == NULL || !IsMVCCSnapshot(snapshot);
	dedup->sources.snapshot = dedup->own_snapshot ? RegisterSnapshot(GetLatestSnapshot()) :
		snapshot;
	dedup->time_min = time_min;
	dedup->time_last = time_max == PG_INT64_MAX ? PG_INT64_MAX : time_max - 1;
	if (dedup->time_min <= dedup->time_last)
	{
		sort_segments(dedup, salvage);
		collect_runs(dedup, tupdesc);
		compare_runs(dedup);
	}
	MemoryContextSwitchTo(caller);
	return dedup;
}

void
sydra_dedup_close(SydraDedup *dedup)
{
	for (int i = 0; i < OPEN_LISTS; i++)
		if (dedup->open[i] != NULL && dedup->open[i]->reader != NULL)
			sydra_segment_close(dedup->open[i]->reader);
	if (dedup->sources.runs != NULL)
		sydra_key_runs_close(dedup->sources.runs);
	if (dedup->cursor != NULL)
		sydra_cursor_close(dedup->cursor);
	if (dedup->own_snapshot)
		UnregisterSnapshot(dedup->sources.snapshot);
	MemoryContextDelete(dedup->context);
}

/* Marking --------------------------------------------------------------------------------------*/

static void
set_bit(uint64 *bits, int number)
{
	bits[number / 64] |= UINT64CONST(1) << (number % 64);
}

static uint64 *
make_bits(const SydraSegment *segment)
{
	return palloc0(sizeof(uint64) * (segment->nrows / 64 + 1));
}

static void
mark_head(SydraDedup *dedup, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumber(tid);
	uint32		group = block / GROUP_BLOCKS;

	if (dedup->head[group] == NULL)
		dedup->head[group] = MemoryContextAllocZero(dedup->context, sizeof(BlockGroup));
	set_bit(dedup->head[group]->bits[block % GROUP_BLOCKS], ItemPointerGetOffsetNumber(tid) - 1);
}

typedef struct Marking
{
	SydraDedup *dedup;
	uint64	   *bits;			/* of the segment that is compared; NULL: it is a run */
} Marking;

static void
mark_row(void *arg, const SydraKeyList *list)
{
	const Marking *marking = arg;
	SydraDedup *dedup = marking->dedup;

	if (list->reader != NULL)
		set_bit(marking->bits, sydra_key_list_row(list));
	else if (list->key->source == SYDRA_KEY_HEAD)
		mark_head(dedup, &list->key->tid);
	else
	{
		uint64	  **unsorted = &dedup->unsorted[list->key->source];

		if (*unsorted == NULL)
		{
			MemoryContext caller = MemoryContextSwitchTo(dedup->context);

			*unsorted = make_bits(&dedup->sources.segments[list->key->source]);
			MemoryContextSwitchTo(caller);
		}
		set_bit(*unsorted, sydra_key_list_row(list));
	}
}

/* Segments -------------------------------------------------------------------------------------*/

static int
compare_times(const void *a, const void *b, void *arg)
{
	const SydraSegment *segments = arg;
	int64		left = segments[*(const int *) a].tmin;
	int64		right = segments[*(const int *) b].tmin;

	return (left > right) - (left < right);
}

static int
compare_segnos(const void *a, const void *b, void *arg)
{
	const SydraSegment *segments = arg;
	int64		left = segments[*(const int *) a].segno;
	int64		right = segments[*(const int *) b].segno;

	return (left > right) - (left < right);
}

static void
sort_segments(SydraDedup *dedup, bool salvage)
{
	SydraKeySources *sources = &dedup->sources;
	int32		signature = sydra_table_signature(sources->table);
	int64		reach = PG_INT64_MIN;

	if (!sydra_store_find(sources->rel, &sources->store))
		return;
	sources->segments = sydra_directory_read(sources->store.storage_id, dedup->time_min,
											 dedup->time_last, sources->snapshot,
											 &dedup->segment_count);
	if (salvage)
		dedup->segment_count = sydra_salvage_keep_sound(sources->rel, &sources->store,
														sources->table, sources->segments,
														dedup->segment_count, sources->snapshot);
	sources->any_dead = dedup->segment_count > 0 &&
		sydra_tombstone_any(sources->store.storage_id, sources->snapshot);
	dedup->by_segno = palloc(sizeof(int) * Max(dedup->segment_count, 1));
	for (int i = 0; i < dedup->segment_count; i++)
		dedup->by_segno[i] = i;
	qsort_arg(dedup->by_segno, dedup->segment_count, sizeof(int), compare_segnos,
			  sources->segments);
	dedup->by_time = palloc(sizeof(int) * Max(dedup->segment_count, 1));
	dedup->reach = palloc(sizeof(int64) * Max(dedup->segment_count, 1));
	sources->distinct = palloc0(sizeof(bool) * Max(dedup->segment_count, 1));
	dedup->unsorted = palloc0(sizeof(uint64 *) * Max(dedup->segment_count, 1));
	for (int i = 0; i < dedup->segment_count; i++)
		if (sources->segments[i].schema_gen == signature)
			dedup->by_time[dedup->sorted_count++] = i;
	qsort_arg(dedup->by_time, dedup->sorted_count, sizeof(int), compare_times, sources->segments);
	for (int i = 0; i < dedup->sorted_count; i++)
		dedup->reach[i] = reach = Max(reach, sources->segments[dedup->by_time[i]].tmax);
}

/* What a row may share its key with. */
typedef struct Span
{
	int64		time_min;
	int64		time_max;
	int64		series_min;
	int64		series_max;
} Span;

/* How many of by_time begin in time. */
static int
count_begun(const SydraDedup *dedup, int64 time)
{
	int			low = 0;
	int			high = dedup->sorted_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (dedup->sources.segments[dedup->by_time[middle]].tmin <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The next segment, before *position of by_time, that meets a span; -1 when there is none.  Begins
 * at count_begun().
 */
static int
next_meeting(const SydraDedup *dedup, const Span *span, int *position)
{
	while (*position > 0 && dedup->reach[*position - 1] >= span->time_min)
	{
		int			index = dedup->by_time[--*position];
		const SydraSegment *segment = &dedup->sources.segments[index];

		if (segment->tmax >= span->time_min && segment->tmin <= span->time_max &&
			segment->smax >= span->series_min && segment->smin <= span->series_max)
			return index;
	}
	return -1;
}

static void
get_run_span(const SydraDedup *dedup, int run, Span *span)
{
	uint32		series_min;
	uint32		series_max;

	sydra_key_runs_span(dedup->sources.runs, run, &span->time_min, &span->time_max, &series_min,
						&series_max);
	span->series_min = series_min;
	span->series_max = series_max;
}

static bool
run_meets(const SydraDedup *dedup, int run, const Span *span)
{
	Span		own;

	get_run_span(dedup, run, &own);
	return own.time_max >= span->time_min && own.time_min <= span->time_max &&
		own.series_max >= span->series_min && own.series_min <= span->series_max;
}

static void
get_segment_span(const SydraDedup *dedup, const SydraSegment *segment, Span *span)
{
	span->time_min = Max(segment->tmin, dedup->time_min);
	span->time_max = Min(segment->tmax, dedup->time_last);
	span->series_min = segment->smin;
	span->series_max = segment->smax;
}

/* -1 when the snapshot does not see it. */
static int
find_segment(const SydraDedup *dedup, int64 segno)
{
	int			low = 0;
	int			high = dedup->segment_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (dedup->sources.segments[dedup->by_segno[middle]].segno < segno)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == dedup->segment_count ||
		dedup->sources.segments[dedup->by_segno[low]].segno != segno)
		return -1;
	return dedup->by_segno[low];
}

/* The rows of a sorted segment that are replaced, in the current context; NULL when none is. */
static uint64 *
compare_segment(SydraDedup *dedup, int index)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "sydra dedup segment",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	uint64	   *bits = make_bits(&dedup->sources.segments[index]);
	Marking		marking = {dedup, bits};
	Span		span;
	SydraKeyList *list;
	int			position;
	int			other;
	bool		any = false;

	MemoryContextSwitchTo(scratch);
	get_segment_span(dedup, &dedup->sources.segments[index], &span);
	list = sydra_key_list_open_segment(&dedup->sources, index);
	if (!dedup->sources.distinct[index])
		sydra_key_list_compare_within(list, mark_row, &marking);
	position = count_begun(dedup, span.time_max);
	while ((other = next_meeting(dedup, &span, &position)) >= 0)
	{
		SydraKeyList *other_list;

		if (other == index)
			continue;
		other_list = sydra_key_list_open_segment(&dedup->sources, other);
		sydra_key_list_compare(list, other_list, mark_row, &marking);
		sydra_key_list_close(other_list);
	}
	for (int run = 0; run < sydra_key_runs_count(dedup->sources.runs); run++)
		if (run_meets(dedup, run, &span))
			sydra_key_list_compare(list, sydra_key_list_open_run(&dedup->sources, run), mark_row,
								   &marking);
	sydra_key_list_close(list);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	for (int word = 0; word <= dedup->sources.segments[index].nrows / 64; word++)
		any = any || bits[word] != 0;
	return any ? bits : NULL;
}

uint64 *
sydra_dedup_segment(SydraDedup *dedup, const SydraSegment *segment, uint64 *dead)
{
	int			index = find_segment(dedup, segment->segno);
	uint64	   *bits;

	if (index < 0)
		return dead;
	if (segment->schema_gen != sydra_table_signature(dedup->sources.table))
		bits = dedup->unsorted[index];
	else
		bits = compare_segment(dedup, index);
	if (bits == NULL)
		return dead;
	if (dead == NULL)
		dead = make_bits(segment);
	for (int word = 0; word <= segment->nrows / 64; word++)
		dead[word] |= bits[word];
	return dead;
}

bool
sydra_dedup_alone(SydraDedup *dedup, const SydraSegment *segment)
{
	int			index = find_segment(dedup, segment->segno);
	int			position;
	int			other;
	Span		span;

	if (index < 0 || segment->schema_gen != sydra_table_signature(dedup->sources.table))
		return false;
	get_segment_span(dedup, segment, &span);
	position = count_begun(dedup, span.time_max);
	while ((other = next_meeting(dedup, &span, &position)) >= 0)
		if (other != index)
			return false;
	for (int run = 0; run < sydra_key_runs_count(dedup->sources.runs); run++)
		if (run_meets(dedup, run, &span))
			return false;
	sydra_key_list_close(sydra_key_list_open_segment(&dedup->sources, index));
	return dedup->sources.distinct[index];
}

bool
sydra_dedup_head(const SydraDedup *dedup, const ItemPointerData *tid)
{
	BlockNumber block = ItemPointerGetBlockNumber(tid);
	uint32		group = block / GROUP_BLOCKS;

	return group < dedup->group_count && dedup->head[group] != NULL &&
		sydra_tombstone_test(dedup->head[group]->bits[block % GROUP_BLOCKS],
							 ItemPointerGetOffsetNumber(tid) - 1);
}

/* Runs -----------------------------------------------------------------------------------------*/

static void
add_key(SydraDedup *dedup, const SydraBatch *batch, int row, uint32 series)
{
	int32		tidseg;
	int			segment_row;
	SydraKey	key;

	memset(&key, 0, sizeof(key));
	key.time = sydra_vector_int64(&batch->columns[0], row);
	key.xid = (uint64) sydra_vector_int64(&batch->columns[1], row);
	key.series = series;
	key.source = SYDRA_KEY_HEAD;
	sydra_cursor_tid(dedup->cursor, row, &key.tid);
	if (sydra_tid_is_segment(&key.tid))
	{
		sydra_tid_decode(&key.tid, &tidseg, &segment_row);
		while (dedup->sources.segments[dedup->last_source].tidseg != tidseg)
			dedup->last_source = (dedup->last_source + 1) % dedup->segment_count;
		key.source = dedup->last_source;
	}
	else
		dedup->group_count = Max(dedup->group_count,
								 ItemPointerGetBlockNumber(&key.tid) / GROUP_BLOCKS + 1);
	sydra_key_runs_add(dedup->sources.runs, &key);
}

static void
collect_runs(SydraDedup *dedup, TupleDesc tupdesc)
{
	AttrNumber	columns[] = {dedup->sources.table->time_attnum, SYDRA_CURSOR_WRITE_XID};
	SydraCursorSpec spec = {
		.table = dedup->sources.table,
		.time_min = dedup->time_min,
		.time_max = dedup->time_last == PG_INT64_MAX ? PG_INT64_MAX : dedup->time_last + 1,
		.tupdesc = tupdesc,
		.unsorted = true,
		.column_count = lengthof(columns),
		.columns = columns
	};
	SydraBatch *batch;

	dedup->sources.runs = sydra_key_runs_create();
	dedup->cursor = sydra_cursor_open(dedup->sources.rel, dedup->sources.snapshot, &spec);
	while (sydra_cursor_next(dedup->cursor, &batch))
	{
		int			run = 0;

		for (int i = 0; i < batch->selected_count; i++)
		{
			int			row = batch->selected ? batch->selected[i] : i;

			while (run + 1 < batch->run_count && batch->runs[run + 1].first_row <= row)
				run++;
			add_key(dedup, batch, row, batch->runs[run].series);
		}
	}
	sydra_key_runs_finish(dedup->sources.runs);
	dedup->head = palloc0(sizeof(BlockGroup *) * Max(dedup->group_count, 1));
}

/* Marks the rows of a run that others replace. */
static void
compare_run(SydraDedup *dedup, int run)
{
	Marking		marking = {dedup};
	SydraKeyList *list = sydra_key_list_open_run(&dedup->sources, run);
	Span		span;
	int			position;
	int			segment;

	get_run_span(dedup, run, &span);
	sydra_key_list_compare_within(list, mark_row, &marking);
	for (int other = 0; other < sydra_key_runs_count(dedup->sources.runs); other++)
		if (other != run && run_meets(dedup, other, &span))
			sydra_key_list_compare(list, sydra_key_list_open_run(&dedup->sources, other), mark_row,
								   &marking);
	position = count_begun(dedup, span.time_max);
	while ((segment = next_meeting(dedup, &span, &position)) >= 0)
	{
		SydraKeyList *other = sydra_key_list_open_segment(&dedup->sources, segment);

		sydra_key_list_compare(list, other, mark_row, &marking);
		sydra_key_list_close(other);
	}
}

static void
compare_runs(SydraDedup *dedup)
{
	MemoryContext scratch = AllocSetContextCreate(dedup->context, "sydra dedup runs",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	for (int run = 0; run < sydra_key_runs_count(dedup->sources.runs); run++)
	{
		MemoryContextReset(scratch);
		compare_run(dedup, run);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
}

/* One row's others -----------------------------------------------------------------------------*/

static SydraKeyList *
find_open(SydraDedup *dedup, int segment)
{
	MemoryContext caller;
	SydraKeyList **place;

	for (int i = 0; i < OPEN_LISTS; i++)
		if (dedup->open[i] != NULL && dedup->open[i]->segment == segment)
			return dedup->open[i];
	place = &dedup->open[dedup->open_next++ % OPEN_LISTS];
	if (*place != NULL)
	{
		SydraKeyList *list = *place;

		*place = NULL;
		MemoryContextDelete(list->context);
	}
	caller = MemoryContextSwitchTo(AllocSetContextCreate(dedup->context, "sydra dedup list",
														 ALLOCSET_DEFAULT_SIZES));
	*place = sydra_key_list_open_segment(&dedup->sources, segment);
	MemoryContextSwitchTo(caller);
	return *place;
}

typedef struct Others
{
	ItemPointerData own;
	bool		seen;			/* the row itself was met */
	SydraKeyOrder order;		/* its place, then */
	int			count;
	int			capacity;
	SydraDedupRow *rows;
	SydraKeyOrder *orders;
} Others;

static void
add_others(SydraKeyList *list, uint32 series, int64 time, Others *others)
{
	sydra_key_list_rewind(list);
	if (!list->end)
		sydra_key_list_leap(list, series, time);
	for (; !list->end && list->series == series && list->time == time; sydra_key_list_next(list))
	{
		ItemPointerData tid;
		SydraKeyOrder order;

		if (!sydra_key_list_is_live(list))
			continue;
		sydra_key_list_tid(list, &tid);
		sydra_key_list_order(list, &order);
		if (ItemPointerEquals(&tid, &others->own))
		{
			others->seen = true;
			others->order = order;
			continue;
		}
		if (others->count == others->capacity)
		{
			others->capacity = Max(8, others->capacity * 2);
			others->rows = others->rows == NULL ?
				palloc(sizeof(SydraDedupRow) * others->capacity) :
				repalloc(others->rows, sizeof(SydraDedupRow) * others->capacity);
			others->orders = others->orders == NULL ?
				palloc(sizeof(SydraKeyOrder) * others->capacity) :
				repalloc(others->orders, sizeof(SydraKeyOrder) * others->capacity);
		}
		others->rows[others->count].tid = tid;
		others->orders[others->count++] = order;
	}
	if (list->reader != NULL)
		sydra_segment_pause(list->reader);
}

bool
sydra_dedup_others(SydraDedup *dedup, TupleTableSlot *slot, SydraDedupRow **rows, int *count)
{
	Others		others = {.own = slot->tts_tid};
	bool		isnull;
	uint32		series;
	int64		time;
	Span		span;
	int			position;
	int			segment;

	slot_getallattrs(slot);
	time = DatumGetInt64(slot_getattr(slot, dedup->sources.table->time_attnum, &isnull));
	series = sydra_dictionary_resolve_slot(sydra_cursor_dictionary(dedup->cursor), slot);
	span = (Span) {time, time, series, series};
	position = count_begun(dedup, time);
	while ((segment = next_meeting(dedup, &span, &position)) >= 0)
		add_others(find_open(dedup, segment), series, time, &others);
	for (int run = 0; run < sydra_key_runs_count(dedup->sources.runs); run++)
		if (run_meets(dedup, run, &span))
		{
			SydraKeyList *list = sydra_key_list_open_run(&dedup->sources, run);

			add_others(list, series, time, &others);
			if (list->keys.room != NULL)
				pfree(list->keys.room);
			pfree(list);
		}
	for (int i = 0; i < others.count; i++)
		others.rows[i].newer = others.seen &&
			sydra_key_list_is_earlier(&others.order, &others.orders[i]);
	*rows = others.rows;
	*count = others.count;
	return others.seen;
}

/* Sharing --------------------------------------------------------------------------------------*/

typedef struct Shared
{
	Oid			relid;
	int64		storage_id;
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
	SubTransactionId subtransaction;	/* whose memory and files it has */
	MemoryContext context;
	SydraDedup *dedup;			/* NULL: there is none */
} Shared;

static Shared shared;

static void
close_shared(void)
{
	SydraDedup *dedup = shared.dedup;

	shared.dedup = NULL;
	if (dedup == NULL)
		return;
	sydra_dedup_close(dedup);
	MemoryContextDelete(shared.context);
}

/*
 * After an error: what a segment's reader had open is let go of by its owner.  The file's may be a
 * transaction that goes on.
 */
static void
drop_shared(void)
{
	SydraDedup *dedup = shared.dedup;

	shared.dedup = NULL;
	if (dedup == NULL)
		return;
	sydra_key_runs_close(dedup->sources.runs);
	MemoryContextDelete(shared.context);
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		close_shared();
	else if (event == XACT_EVENT_ABORT)
		drop_shared();
}

/* A snapshot after a rollback to a savepoint may look like one before. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent,
				   void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		drop_shared();
	else if (event == SUBXACT_EVENT_PRE_COMMIT_SUB && shared.subtransaction == subxact)
		close_shared();
}

SydraDedup *
sydra_dedup_share(Relation rel, Snapshot snapshot)
{
	static bool registered = false;
	Shared		wanted = {
		.relid = RelationGetRelid(rel),
		.xmin = snapshot->xmin,
		.xmax = snapshot->xmax,
		.xcnt = snapshot->xcnt,
		.subxcnt = snapshot->subxcnt,
		.curcid = snapshot->curcid,
		.subtransaction = GetCurrentSubTransactionId()
	};
	SydraStore	store;

	if (!sydra_store_keeps_last(rel))
		return NULL;
	if (sydra_store_find(rel, &store))
		wanted.storage_id = store.storage_id;
	if (shared.dedup == NULL || shared.relid != wanted.relid ||
		shared.storage_id != wanted.storage_id || shared.xmin != wanted.xmin ||
		shared.xmax != wanted.xmax || shared.xcnt != wanted.xcnt ||
		shared.subxcnt != wanted.subxcnt || shared.curcid != wanted.curcid)
	{
		MemoryContext caller;
		ResourceOwner owner = CurrentResourceOwner;

		close_shared();
		if (!registered)
		{
			RegisterXactCallback(end_transaction, NULL);
			RegisterSubXactCallback(end_subtransaction, NULL);
			registered = true;
		}
		wanted.context = AllocSetContextCreate(CurTransactionContext, "sydra shared dedup",
											   ALLOCSET_SMALL_SIZES);
		caller = MemoryContextSwitchTo(wanted.context);
		CurrentResourceOwner = CurTransactionResourceOwner;
		wanted.dedup = sydra_dedup_open(rel, sydra_table_describe(rel), NULL, snapshot,
										PG_INT64_MIN, PG_INT64_MAX, false);
		CurrentResourceOwner = owner;
		MemoryContextSwitchTo(caller);
		shared = wanted;
	}
	if (shared.dedup != NULL)
	{
		shared.dedup->sources.rel = rel;
		shared.dedup->sources.snapshot = snapshot;
	}
	return shared.dedup;
}
