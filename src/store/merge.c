/*
 * merge.c
 *	  Writes segments anew.
 *
 * One step is one transaction: the live rows of some segments are collected in memory, sorted and
 * published as new segments, and the directory rows of the old ones deleted, with their chunks
 * and their tombstones.  Whatever happens before the commit leaves all as it was.  Snapshots older
 * than the commit see the old segments and their tombstones, later ones the new segments, and
 * VACUUM removes the old ones when nobody needs them.
 *
 * The segments are locked against modifiers first, without waiting; those that somebody has are
 * left out.  The tombstones folded are those that a snapshot sees that was taken under these locks:
 * who had one of them before has ended, and so is seen as a whole.  A modifier that comes later with
 * an older snapshot finds no directory row and fails with 40001.  To make that rare, the gate is
 * closed before anything is written, and a step is given up when somebody waits by then; but not for
 * ever where somebody always does.
 *
 * Of rows of one series and time of which only the last counts (dedup.h) the others are left out: they
 * count for no snapshot that sees the new segments.
 *
 * A damaged segment is left alone, with a warning: it is read to its end before anything of it is
 * taken, and the others are merged without it.
 *
 * Memory is that of a buffer of BUFFER_BYTES, one segment being read and one being encoded.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/object_id.h"
#include "store/cursor.h"
#include "store/directory.h"
#include "store/merge.h"
#include "store/merge_plan.h"
#include "store/merge_status.h"
#include "store/missing.h"
#include "store/row_buffer.h"
#include "store/row_order.h"
#include "store/salvage.h"
#include "store/segment_drop.h"
#include "store/segment_reader.h"
#include "store/segment_writer.h"
#include "store/store.h"
#include "store/tombstone.h"
#include "store/upkeep.h"

#define BUFFER_BYTES (64 * 1024 * 1024)
#define ROWS_MIN 1024			/* in one step, however wide they are */
#define NEWEST 128				/* segments looked at to see whether a merge is due */

typedef struct Merge
{
	Relation	rel;
	SydraStore	store;
	const SydraTable *table;
	bool		by_hand;
	int			count;			/* segments of the store */
	SydraSegment *segments;
	SydraMergeInput *inputs;	/* one each */
	bool		any_busy;		/* some were left out because of their locks */
	Snapshot	snapshot;		/* taken under the locks of the chosen ones */
	SydraDictionary *dictionary;
	SydraMergeWork work;
	SydraMergeResult *result;
} Merge;

/* Reading ---------------------------------------------------------------------------------------*/

/* One segment on its way into the buffer. */
typedef struct Source
{
	const Merge *merge;
	SydraRowBuffer *buffer;
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
	const SydraTable *table = source->merge->table;
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
collect_row(Source *source, int row)
{
	const SydraTable *table = source->merge->table;
	TupleTableSlot *slot = source->slot;
	FullTransactionId xid = FullTransactionIdFromU64((uint64) sydra_vector_int64(&source->xids,
																				 row));

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
	if (source->same_series)
		return sydra_row_buffer_add_to(source->buffer, slot, source->run_series, xid);
	return sydra_row_buffer_add(source->buffer, slot, NULL, xid);
}

static void
read_columns(Source *source, int vector)
{
	const SydraTable *table = source->merge->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];

		if (!sydra_segment_read(source->reader, column->attnum, vector, &source->vectors[i]))
			source->vectors[i].values = NULL;
	}
	if (!sydra_segment_read(source->reader, SYDRA_CURSOR_WRITE_XID, vector, &source->xids))
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s does not tell who wrote its rows",
					   source->segment->segno, sydra_store_table_name(table->relid)));
}

static bool
collect_vector(Source *source, int vector)
{
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(source->reader, &run_count);
	SydraVectorInfo info;
	MemoryContext caller;
	int			run;
	bool		fits = true;

	CHECK_FOR_INTERRUPTS();
	sydra_segment_vector_info(source->reader, vector, &info);
	read_columns(source, vector);
	run = info.first_run;
	source->run_series = 0;
	MemoryContextReset(source->row_context);
	caller = MemoryContextSwitchTo(source->row_context);
	for (int row = 0; fits && row < info.count; row++)
	{
		int			number = info.first_row + row;

		while (run + 1 < run_count && runs[run + 1].first_row <= number)
			run++;
		if (source->dead != NULL && sydra_tombstone_test(source->dead, number))
			continue;
		if (source->run_series != runs[run].series)
			load_run(source, runs[run].series);
		fits = collect_row(source, row);
	}
	MemoryContextSwitchTo(caller);
	return fits;
}

/* Whether another segment's rows may be too many for memory. */
static bool
is_full(const SydraRowBuffer *buffer)
{
	/* Long values are in memory twice more while they are encoded. */
	return sydra_row_buffer_bytes(buffer) + sydra_row_buffer_growth(buffer, 1) +
		2 * buffer->arena_bytes > BUFFER_BYTES;
}

/*
 * Puts the live rows of a segment into the buffer, in the segment's order.  False when they do not
 * fit: the buffer is as it was.
 */
static bool
collect_segment(const Merge *merge, const SydraSegment *segment, SydraRowBuffer *buffer,
				bool must_fit, bool *refused)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge source",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int			before = sydra_row_buffer_count(buffer);
	Source		source = {.merge = merge, .buffer = buffer, .segment = segment};
	bool		fits = true;

	source.reader = sydra_segment_open(merge->rel, &merge->store, merge->table, segment);
	source.same_series = segment->schema_gen == sydra_table_signature(merge->table);
	source.dead = sydra_tombstone_read(segment, merge->snapshot);
	source.slot = MakeSingleTupleTableSlot(RelationGetDescr(merge->rel), &TTSOpsVirtual);
	memset(source.slot->tts_isnull, true, RelationGetNumberOfAttributes(merge->rel));
	source.vectors = palloc0(sizeof(SydraVector) * Max(merge->table->column_count, 1));
	source.run_context = AllocSetContextCreate(context, "sydra merge run",
											   ALLOCSET_DEFAULT_SIZES);
	source.row_context = AllocSetContextCreate(context, "sydra merge rows",
											   ALLOCSET_DEFAULT_SIZES);
	for (int vector = 0; fits && vector < sydra_segment_vector_count(source.reader); vector++)
	{
		fits = collect_vector(&source, vector);
		*refused = !fits;
		if (fits && !must_fit && is_full(buffer))
			fits = false;
	}
	if (!fits)
		sydra_row_buffer_cut(buffer, before);
	ExecDropSingleTupleTableSlot(source.slot);
	sydra_segment_close(source.reader);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return fits;
}

/*
 * Collects the rows of the chosen segments in the order of writing.  Segments that are too much for
 * memory, or hold what cannot stand in a segment any more, are chosen no longer.  NULL when the
 * others cannot be replaced without them; they are left alone then.
 */
static SydraRowBuffer *
collect_rows(Merge *merge)
{
	SydraRowBuffer *buffer;
	bool		full = false;
	int			chosen = 0;

	buffer = sydra_row_buffer_create(merge->table, RelationGetDescr(merge->rel),
									 merge->dictionary);
	for (int i = 0; i < merge->count; i++)
	{
		SydraMergeInput *input = &merge->inputs[i];
		bool		refused = false;

		if (!input->chosen)
			continue;
		if (!full && collect_segment(merge, input->segment, buffer, chosen == 0, &refused))
		{
			chosen++;
			continue;
		}
		input->chosen = false;
		input->left_alone = true;
		full |= !refused;
	}
	if (chosen > 0 && sydra_merge_plan_keep_order(merge->inputs, merge->count) == chosen)
		return buffer;
	MemoryContextDelete(buffer->context);
	return NULL;
}

/* Damage ----------------------------------------------------------------------------------------*/

static bool
is_known_damaged(const SydraMergeResult *result, int64 segno)
{
	for (int i = 0; i < result->damaged_count; i++)
		if (result->damaged[i] == segno)
			return true;
	return false;
}

/* Whether any of the chosen is damaged; these are chosen no longer. */
static bool
leave_damaged(Merge *merge)
{
	SydraMergeResult *result = merge->result;
	bool		any = false;

	for (int i = 0; i < merge->count; i++)
	{
		SydraMergeInput *input = &merge->inputs[i];

		if (!input->chosen ||
			sydra_salvage_check(merge->rel, &merge->store, merge->table, merge->dictionary,
								input->segment, merge->snapshot))
			continue;
		if (result->damaged_count < SYDRA_MERGE_DAMAGED_MAX)
			result->damaged[result->damaged_count++] = input->segment->segno;
		input->chosen = false;
		input->left_alone = true;
		any = true;
	}
	return any;
}

/* Locks -----------------------------------------------------------------------------------------*/

static bool
lock_segment(const Merge *merge, const SydraSegment *segment)
{
	Oid			relid = RelationGetRelid(merge->rel);
	SydraSegment now;

	return sydra_store_lock(relid, SYDRA_LOCK_SEGMENT, (uint32) segment->segno,
							AccessExclusiveLock, true) &&
		sydra_directory_find(merge->store.storage_id, segment->tidseg, SnapshotSelf, &now) &&
		now.segno == segment->segno;
}

/* Locks the chosen segments; false when some cannot be had, and are left alone from now on. */
static bool
lock_chosen(Merge *merge)
{
	bool		all = true;

	for (int i = 0; i < merge->count; i++)
	{
		if (!merge->inputs[i].chosen || lock_segment(merge, &merge->segments[i]))
			continue;
		merge->inputs[i].left_alone = true;
		merge->any_busy = true;
		all = false;
	}
	return all;
}

static bool
has_waiting_modifier(const Merge *merge)
{
	for (int i = 0; i < merge->count; i++)
		if (merge->inputs[i].chosen &&
			sydra_store_has_waiters(RelationGetRelid(merge->rel), SYDRA_LOCK_SEGMENT,
									(uint32) merge->segments[i].segno, AccessExclusiveLock))
			return true;
	return false;
}

/* Whether somebody waits for a segment, or for the table. */
static bool
is_waited_for(void *arg)
{
	const Merge *merge = arg;

	return has_waiting_modifier(merge) || sydra_upkeep_in_the_way(merge->rel);
}

static bool
must_yield(const Merge *merge)
{
	return (merge->result->yielded < SYDRA_MERGE_PATIENCE && has_waiting_modifier(merge)) ||
		sydra_upkeep_in_the_way(merge->rel);
}

/* Writing ---------------------------------------------------------------------------------------*/

static void
remove_chosen(Merge *merge)
{
	for (int i = 0; i < merge->count; i++)
	{
		const SydraSegment *segment = &merge->segments[i];

		if (!merge->inputs[i].chosen)
			continue;
		CHECK_FOR_INTERRUPTS();
		sydra_segment_drop(&merge->store, segment, GetCurrentCommandId(true), true);
		if (segment->kind != 'm')
			merge->work.first_bytes += segment->nbytes;
	}
}

/* The first place after one that some segment may have. */
static int64
find_next_place(const Merge *merge, int64 place)
{
	int64		next = place - place % SYDRA_DIRECTORY_PLACE_STEP + SYDRA_DIRECTORY_PLACE_STEP;

	for (int i = 0; i < merge->count; i++)
		if (merge->segments[i].place > place && !merge->inputs[i].chosen)
			next = Min(next, merge->segments[i].place);
	return next;
}

/* False, and nothing is written, when there are no row addresses for all of them. */
static bool
write_rows(Merge *merge, SydraRowBuffer *buffer)
{
	SydraSegmentOrigin origin = {.kind = 'm', .cid = GetCurrentCommandId(true), .whole = true};
	SydraSegmentTotals totals;

	for (int i = 0; i < merge->count; i++)
	{
		if (!merge->inputs[i].chosen)
			continue;
		origin.place = merge->segments[i].place;
		origin.level = Max(origin.level, Min(merge->segments[i].level, PG_INT16_MAX - 1) + 1);
	}
	origin.place_end = find_next_place(merge, origin.place);
	if (sydra_store_keeps_last(merge->rel))
		pfree(sydra_row_order_keep_last(buffer));
	totals = sydra_row_buffer_write(buffer, merge->rel, &merge->store, &origin);
	if (totals.left_count > 0)
		return false;
	merge->work.rows += totals.rows;
	merge->work.segments += totals.segments;
	merge->work.bytes += totals.bytes;
	return true;
}

/*
 * Replaces the chosen segments, which are locked, by what the buffer holds, unless there is a reason
 * not to, now.  Without row addresses nothing is left to merge.
 */
static SydraMergeOutcome
replace_chosen(Merge *merge, SydraRowBuffer *buffer)
{
	if (must_yield(merge))
		return SYDRA_MERGE_YIELDED;

	/* Whoever waits for a segment is behind the gate already: waiting for it would be in vain. */
	if (!sydra_upkeep_close_gate(RelationGetRelid(merge->rel), is_waited_for, merge) &&
		must_yield(merge))
		return SYDRA_MERGE_YIELDED;
	if (buffer != NULL && !write_rows(merge, buffer))
	{
		sydra_store_warn_full(merge->rel);
		for (int i = 0; i < merge->count; i++)
			merge->inputs[i].left_alone = true;
		return SYDRA_MERGE_DONE;
	}
	remove_chosen(merge);
	sydra_merge_status_add(merge->store.storage_id, &merge->work);
	return SYDRA_MERGE_MORE;
}

/* Steps -----------------------------------------------------------------------------------------*/

/* The most rows that a buffer can take within its limit. */
static int
count_rows_max(const SydraTable *table)
{
	Size		row = 40;
	int			rows = ROWS_MIN;

	for (int i = 0; i < table->column_count; i++)
		row += table->columns[i].typbyval ? sizeof(int64) + 1 : sizeof(SydraBytes) + 1;
	while (2 * rows * row <= BUFFER_BYTES)
		rows *= 2;
	return rows;
}

static void
read_directory(Merge *merge, Snapshot snapshot)
{
	int64		storage_id = merge->store.storage_id;
	int		   *dead;
	int64		orphans;

	if (storage_id == 0)
		return;
	merge->segments = sydra_directory_read(storage_id, PG_INT64_MIN, PG_INT64_MAX, snapshot,
										   &merge->count);
	merge->inputs = palloc0(sizeof(SydraMergeInput) * Max(merge->count, 1));
	dead = palloc(sizeof(int) * Max(merge->count, 1));
	orphans = sydra_tombstone_count_each(storage_id, merge->segments, merge->count, snapshot, dead);
	for (int i = 0; i < merge->count; i++)
	{
		merge->inputs[i].segment = &merge->segments[i];
		merge->inputs[i].dead = dead[i];
		merge->inputs[i].left_alone = is_known_damaged(merge->result, merge->segments[i].segno);
	}
	if (orphans > 0)
		sydra_tombstone_forget_orphans(storage_id, merge->segments, merge->count, snapshot);
	pfree(dead);
}

/*
 * Plans until a group is found whose locks can be had, then replaces it.  Other locks that have been
 * taken by then are kept until the end of the transaction, which is near.
 */
static SydraMergeOutcome
make_step(Merge *merge)
{
	SydraMergeLimits limits = {merge->by_hand, count_rows_max(merge->table)};
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SydraMergeOutcome outcome = SYDRA_MERGE_DONE;
	SydraMergeChoice choice;

	read_directory(merge, snapshot);
	merge->dictionary = sydra_dictionary_open(merge->table, merge->store.storage_id);
	sydra_dictionary_tolerate(merge->dictionary);
	while (outcome == SYDRA_MERGE_DONE &&
		   (choice = sydra_merge_plan(merge->inputs, merge->count, &limits)) != SYDRA_MERGE_NOTHING)
	{
		SydraRowBuffer *buffer = NULL;

		if (!lock_chosen(merge))
			continue;
		merge->snapshot = RegisterSnapshot(GetLatestSnapshot());
		if (!leave_damaged(merge))
		{
			if (choice == SYDRA_MERGE_REWRITE)
				buffer = collect_rows(merge);
			if (choice == SYDRA_MERGE_DROP || buffer != NULL)
				outcome = replace_chosen(merge, buffer);
		}
		UnregisterSnapshot(merge->snapshot);
	}
	if (outcome == SYDRA_MERGE_DONE)
	{
		if (merge->any_busy)
			outcome = SYDRA_MERGE_BUSY;
		else
			sydra_merge_status_settle(RelationGetRelid(merge->rel), merge->store.storage_id,
									  snapshot);
	}
	UnregisterSnapshot(snapshot);
	return outcome;
}

static void
merge_table(Relation rel, bool by_hand, SydraMergeResult *result)
{
	Merge		merge = {.rel = rel, .by_hand = by_hand, .result = result};
	const SydraTable *table = sydra_table_describe(rel);

	result->reason = sydra_upkeep_refusal(rel, table, by_hand);
	if (result->reason != NULL)
		result->outcome = SYDRA_MERGE_REFUSED;

	/* Somebody may have in one lock what stands for those of all segments. */
	else if (sydra_store_lock(RelationGetRelid(rel), SYDRA_LOCK_ESCALATE, 0, RowExclusiveLock, true))
	{
		merge.table = table;
		if (sydra_store_find(rel, &merge.store))
			merge.table = sydra_missing_restore(table, &merge.store);
		else
			merge.store.storage_id = 0;
		result->outcome = make_step(&merge);
	}
}

bool
sydra_merge_is_due(const SydraTable *table, int64 storage_id)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge due",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraMergeLimits limits = {false, count_rows_max(table)};
	int			count;
	SydraSegment *segments = sydra_directory_read_newest(storage_id, NEWEST, SnapshotSelf, &count);
	SydraMergeInput *inputs = palloc0(sizeof(SydraMergeInput) * Max(count, 1));
	bool		due;

	for (int i = 0; i < count; i++)
		inputs[i].segment = &segments[i];
	due = sydra_merge_plan(inputs, count, &limits) != SYDRA_MERGE_NOTHING;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return due;
}

void
sydra_merge_table(Oid relid, bool by_hand, SydraMergeResult *result)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra merge",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Relation	rel = sydra_upkeep_open(relid, by_hand);

	result->outcome = SYDRA_MERGE_BUSY;
	result->reason = NULL;
	if (rel != NULL && sydra_table_is_sydra(rel) &&
		sydra_store_lock(relid, SYDRA_LOCK_SEAL, 0, ExclusiveLock, !by_hand))
		merge_table(rel, by_hand, result);
	result->yielded = result->outcome == SYDRA_MERGE_YIELDED ? result->yielded + 1 : 0;
	if (rel != NULL)
		relation_close(rel, NoLock);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
