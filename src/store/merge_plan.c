/*
 * merge_plan.c
 *	  What to merge next.
 *
 * First whatever has no live row left, which is dropped; then worn segments, a tenth of whose rows are
 * dead; then small segments that are neighbours in time, and last segments that stand in each
 * other's way: many that overlap in time and series, or that have but a few rows of each series.
 *
 * What is rewritten without being worn costs: a segment is joined only with at least seven others of
 * its level, and so grows eightfold, and only up to LEVEL_MAX times.  Rows are written about
 * once or twice more in their lives.  What is full, or does not overlap, is left as it is.
 *
 * The rows of a merge take the place, in the order of writing, of the last of its inputs.  An input
 * must not move past a segment that is left out and may hold a row of the same series, time and
 * transaction: it is left out too.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "store/merge_plan.h"

#define LEVEL_MAX 3				/* of small segments; others are joined at levels below 2 */
#define SMALL_BYTES (2 * 1024 * 1024)
#define GROUP_BYTES (16 * 1024 * 1024)	/* of encoded segments in a step of more than the least */
#define GROUP_MAX 128			/* segments in one step, which are all locked */
#define NEIGHBOURS 128			/* segments looked at for one that overlaps */
#define SEEDS_MAX 256
#define THIN_RUN 64				/* rows of a series, on average */

static int
live_rows(const SydraMergeInput *input)
{
	return Max(input->segment->nrows - input->dead, 0);
}

static bool
ranges_meet(int64 a_min, int64 a_max, int64 b_min, int64 b_max)
{
	return a_min <= b_max && b_min <= a_max;
}

static bool
series_meet(const SydraSegment *a, const SydraSegment *b)
{
	return ranges_meet(a->smin, a->smax, b->smin, b->smax);
}

static bool
times_meet(const SydraSegment *a, const SydraSegment *b)
{
	return ranges_meet(a->tmin, a->tmax, b->tmin, b->tmax);
}

/* Whether two segments may have rows that only the order of writing tells apart. */
static bool
order_matters(const SydraSegment *a, const SydraSegment *b)
{
	return series_meet(a, b) && times_meet(a, b) &&
		ranges_meet((int64) U64FromFullTransactionId(a->xid_lo),
					(int64) U64FromFullTransactionId(a->xid_hi),
					(int64) U64FromFullTransactionId(b->xid_lo),
					(int64) U64FromFullTransactionId(b->xid_hi));
}

/* Whether input i would move past one that is left out. */
static bool
moves_past(const SydraMergeInput *inputs, int count, int i, int64 place)
{
	for (int j = i + 1; j < count && inputs[j].segment->place <= place; j++)
		if (!inputs[j].chosen && order_matters(inputs[i].segment, inputs[j].segment))
			return true;
	return false;
}

int
sydra_merge_plan_keep_order(SydraMergeInput *inputs, int count)
{
	bool		changed = true;
	int			chosen = 0;

	while (changed)
	{
		int64		place = PG_INT64_MIN;

		CHECK_FOR_INTERRUPTS();
		changed = false;
		chosen = 0;
		for (int i = 0; i < count; i++)
			if (inputs[i].chosen)
				place = inputs[i].segment->place;
		for (int i = count - 1; i >= 0; i--)
		{
			if (!inputs[i].chosen)
				continue;
			if (moves_past(inputs, count, i, place))
			{
				inputs[i].chosen = false;
				changed = true;
			}
			else
				chosen++;
		}
	}
	return chosen;
}

/* What a step has taken on so far. */
typedef struct Load
{
	const SydraMergeLimits *limits;
	int			segments;
	int64		rows;
	int64		bytes;
} Load;

/* False, and not chosen, when the step would become too large: the least number never is. */
static bool
choose(SydraMergeInput *input, Load *load)
{
	if (load->segments >= SYDRA_MERGE_FANIN &&
		(load->segments == GROUP_MAX || load->rows + live_rows(input) > load->limits->rows_max ||
		 load->bytes + input->segment->nbytes > GROUP_BYTES))
		return false;
	input->chosen = true;
	load->segments++;
	load->rows += live_rows(input);
	load->bytes += input->segment->nbytes;
	return true;
}

static void
clear_choice(SydraMergeInput *inputs, int count)
{
	for (int i = 0; i < count; i++)
		inputs[i].chosen = false;
}

/* Segments without a live row, or none when they are too few. */
static bool
choose_dead(SydraMergeInput *inputs, int count, const SydraMergeLimits *limits)
{
	int64		rows = 0;
	int			chosen = 0;

	for (int i = 0; i < count && chosen < GROUP_MAX; i++)
	{
		if (inputs[i].left_alone || live_rows(&inputs[i]) > 0)
			continue;
		inputs[i].chosen = true;
		rows += inputs[i].segment->nrows;
		chosen++;
	}
	if (chosen > 0 && (limits->by_hand || rows >= SYDRA_MERGE_DEAD_MIN))
		return true;
	clear_choice(inputs, count);
	return false;
}

/* By hand each segment is written anew once: beside a stream of modifiers it would never end. */
static bool
is_worn(const SydraMergeInput *input, const SydraMergeLimits *limits)
{
	if (input->left_alone || live_rows(input) == 0)
		return false;
	if (limits->by_hand)
		return input->dead > 0 &&
			FullTransactionIdPrecedes(input->segment->creator, limits->started);
	return sydra_merge_plan_is_worn(input->segment->nrows, input->dead);
}

/* From the first worn segment on, as many as fit. */
static bool
choose_worn(SydraMergeInput **sorted, int sorted_count, SydraMergeInput *inputs, int count,
			const SydraMergeLimits *limits)
{
	int64		dead = 0;

	for (int i = 0; i < sorted_count; i++)
		if (is_worn(sorted[i], limits))
			dead += sorted[i]->dead;
	if (!limits->by_hand && dead < SYDRA_MERGE_DEAD_MIN)
		return false;
	for (int first = 0; first < Min(sorted_count, SEEDS_MAX); first++)
	{
		Load		load = {limits};

		for (int i = first; i < sorted_count; i++)
			if (is_worn(sorted[i], limits) && !choose(sorted[i], &load))
				break;
		if (load.segments == 0)
			return false;
		if (sydra_merge_plan_keep_order(inputs, count) > 0)
			return true;
		clear_choice(inputs, count);
	}
	return false;
}

static bool
is_small(const SydraMergeInput *input, const SydraMergeLimits *limits)
{
	return !input->left_alone && live_rows(input) < limits->full_rows / 2 &&
		input->segment->nbytes < SMALL_BYTES && input->segment->level < LEVEL_MAX;
}

/* Whether a segment has few rows of each of the series that it spans. */
static bool
is_thin(const SydraSegment *segment)
{
	return segment->nrows < (int64) THIN_RUN * (segment->smax - segment->smin + 1);
}

/* Neighbours in time. */
static bool
choose_small(SydraMergeInput **sorted, int sorted_count, SydraMergeInput *inputs, int count,
			 int level, const SydraMergeLimits *limits)
{
	int			least = limits->by_hand ? 2 : SYDRA_MERGE_FANIN;

	for (int first = 0; first < Min(sorted_count, SEEDS_MAX); first++)
	{
		Load		load = {limits};
		bool		full = false;

		for (int i = first; i < sorted_count && !full; i++)
			if (is_small(sorted[i], limits) && (limits->by_hand || sorted[i]->segment->level == level))
				full = !choose(sorted[i], &load);
		if (load.segments >= least && sydra_merge_plan_keep_order(inputs, count) >= least)
			return true;
		clear_choice(inputs, count);
		if (load.segments < least && !full)
			return false;
	}
	return false;
}

/* Full ones that have much to do with the first of them. */
static bool
choose_entangled(SydraMergeInput **sorted, int sorted_count, SydraMergeInput *inputs, int count,
				 int level, const SydraMergeLimits *limits)
{
	int			tries = 0;

	for (int first = 0; first < sorted_count && tries < SEEDS_MAX; first++)
	{
		const SydraSegment *seed = sorted[first]->segment;
		Load		load = {limits};

		if (sorted[first]->left_alone || seed->level != level)
			continue;
		for (int i = first; i < Min(sorted_count, first + NEIGHBOURS); i++)
		{
			const SydraSegment *other = sorted[i]->segment;

			if (sorted[i]->left_alone || other->level != level || !series_meet(seed, other) ||
				(!times_meet(seed, other) && !(is_thin(seed) && is_thin(other))))
				continue;
			if (!choose(sorted[i], &load))
				break;
		}
		tries += load.segments >= SYDRA_MERGE_FANIN;
		if (load.segments >= SYDRA_MERGE_FANIN &&
			sydra_merge_plan_keep_order(inputs, count) >= SYDRA_MERGE_FANIN)
			return true;
		for (int i = first; i < Min(sorted_count, first + NEIGHBOURS); i++)
			sorted[i]->chosen = false;
	}
	return false;
}

static int
compare_times(const void *a, const void *b)
{
	const SydraSegment *left = (*(SydraMergeInput *const *) a)->segment;
	const SydraSegment *right = (*(SydraMergeInput *const *) b)->segment;

	if (left->tmin != right->tmin)
		return left->tmin < right->tmin ? -1 : 1;
	return sydra_directory_compare(left, right);
}

static bool
choose_any(SydraMergeInput **sorted, int sorted_count, SydraMergeInput *inputs, int count,
		   const SydraMergeLimits *limits)
{
	if (choose_worn(sorted, sorted_count, inputs, count, limits))
		return true;
	for (int level = 0; level < LEVEL_MAX; level++)
		if (choose_small(sorted, sorted_count, inputs, count, level, limits))
			return true;
	for (int level = 0; level < LEVEL_MAX - 1; level++)
		if (choose_entangled(sorted, sorted_count, inputs, count, level, limits))
			return true;
	return false;
}

SydraMergeChoice
sydra_merge_plan(SydraMergeInput *inputs, int count, const SydraMergeLimits *limits)
{
	SydraMergeInput **sorted;
	bool		found;

	clear_choice(inputs, count);
	if (choose_dead(inputs, count, limits))
		return SYDRA_MERGE_DROP;
	sorted = palloc_extended(sizeof(SydraMergeInput *) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
		sorted[i] = &inputs[i];
	qsort(sorted, count, sizeof(SydraMergeInput *), compare_times);
	found = choose_any(sorted, count, inputs, count, limits);
	pfree(sorted);
	return found ? SYDRA_MERGE_REWRITE : SYDRA_MERGE_NOTHING;
}
