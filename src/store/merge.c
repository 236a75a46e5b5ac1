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
 * Memory is that of merge_rows.c, one segment being read and one being encoded.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/object_id.h"
#include "store/directory.h"
#include "store/merge.h"
#include "store/merge_plan.h"
#include "store/merge_rows.h"
#include "store/merge_status.h"
#include "store/missing.h"
#include "store/row_order.h"
#include "store/salvage.h"
#include "store/segment_drop.h"
#include "store/segment_writer.h"
#include "store/store.h"
#include "store/tombstone.h"
#include "store/upkeep.h"

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
write_rows(Merge *merge, const SydraMergeRows *rows)
{
	SydraSegmentOrigin origin = {.kind = 'm', .cid = GetCurrentCommandId(true), .whole = true};
	SydraRowBuffer *buffer = sydra_merge_rows_buffer(rows);
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
 * Replaces the chosen segments, which are locked, by these rows, unless there is a reason not to,
 * now.  Without row addresses nothing is left to merge.
 */
static SydraMergeOutcome
replace_chosen(Merge *merge, const SydraMergeRows *rows)
{
	if (must_yield(merge))
		return SYDRA_MERGE_YIELDED;

	/* Whoever waits for a segment is behind the gate already: waiting for it would be in vain. */
	if (!sydra_upkeep_close_gate(RelationGetRelid(merge->rel), is_waited_for, merge) &&
		must_yield(merge))
		return SYDRA_MERGE_YIELDED;
	if (rows != NULL && !write_rows(merge, rows))
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

/*
 * Collects the rows of the chosen segments in the order of writing, and replaces these by them.
 * Segments that are too much for memory, or hold what cannot stand in a segment any more, are chosen
 * no longer.  When the others cannot be replaced without them nothing is done; they are left alone
 * then.
 */
static SydraMergeOutcome
rewrite_chosen(Merge *merge)
{
	SydraMergeRows *rows = sydra_merge_rows_open(merge->rel, &merge->store, merge->table,
												 merge->dictionary, merge->snapshot);
	SydraMergeOutcome outcome = SYDRA_MERGE_DONE;
	int			chosen = 0;

	for (int i = 0; i < merge->count; i++)
	{
		SydraMergeInput *input = &merge->inputs[i];

		if (!input->chosen)
			continue;
		if (must_yield(merge))
		{
			outcome = SYDRA_MERGE_YIELDED;
			break;
		}
		input->chosen = sydra_merge_rows_add(rows, input->segment);
		input->left_alone = !input->chosen;
		chosen += input->chosen;
	}
	if (outcome == SYDRA_MERGE_DONE && chosen > 0 &&
		sydra_merge_plan_keep_order(merge->inputs, merge->count) == chosen)
		outcome = replace_chosen(merge, rows);
	sydra_merge_rows_close(rows);
	return outcome;
}

/* Steps -----------------------------------------------------------------------------------------*/

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
	SydraMergeLimits limits = {
		merge->by_hand, merge->result->started, sydra_merge_rows_max(merge->table),
		sydra_row_order_full(merge->table)
	};
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SydraMergeOutcome outcome = SYDRA_MERGE_DONE;
	SydraMergeChoice choice;

	read_directory(merge, snapshot);
	merge->dictionary = sydra_dictionary_open(merge->table, merge->store.storage_id);
	sydra_dictionary_tolerate(merge->dictionary);
	while (outcome == SYDRA_MERGE_DONE &&
		   (choice = sydra_merge_plan(merge->inputs, merge->count, &limits)) != SYDRA_MERGE_NOTHING)
	{
		if (!lock_chosen(merge))
			continue;
		merge->snapshot = RegisterSnapshot(GetLatestSnapshot());
		if (!leave_damaged(merge))
			outcome = choice == SYDRA_MERGE_DROP ? replace_chosen(merge, NULL) :
				rewrite_chosen(merge);
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
	SydraMergeLimits limits = {
		.rows_max = sydra_merge_rows_max(table),
		.full_rows = sydra_row_order_full(table)
	};
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
	if (!FullTransactionIdIsValid(result->started))
		result->started = ReadNextFullTransactionId();
	if (rel != NULL && sydra_table_is_sydra(rel) &&
		sydra_store_lock(relid, SYDRA_LOCK_SEAL, 0, ExclusiveLock, !by_hand))
		merge_table(rel, by_hand, result);
	result->yielded = result->outcome == SYDRA_MERGE_YIELDED ? result->yielded + 1 : 0;
	if (rel != NULL)
		relation_close(rel, NoLock);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
