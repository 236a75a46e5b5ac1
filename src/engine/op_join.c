/*
 * op_join.c
 *	  JOIN TIME: to every left row the right row that is nearest in time, by merging.
 *
 * Both sides come sorted by their keys and by time, so that each is read once.  Of right rows with
 * the same keys and time the last is seen: the last row of a batch waits until the next one tells.
 * Texts stay where the sides have them, so a batch ends before the right side goes on; the two rows
 * of the right that are still looked at then are copied.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "engine/operator.h"
#include "engine/output.h"

/* A row of a batch; batch NULL: none. */
typedef struct Row
{
	const SydraBatch *batch;
	int			at;
} Row;

/* What is kept of the right side while it goes on. */
typedef struct Kept
{
	SydraOutput output;
	MemoryContext context;		/* of its texts */
} Kept;

typedef struct OpJoin
{
	SydraOp		operator;
	const SydraPlanJoin *planned;

	SydraBatch *left;			/* or NULL */
	int			left_next;		/* of its rows */

	bool		ended;			/* the right side */
	Row			seen[SYDRA_BATCH_ROWS + 1];	/* rows of the right, the last of their time each */
	int64		times[SYDRA_BATCH_ROWS + 1];	/* of these */
	int			seen_count;
	int			next;			/* the first of these that is past the left row */
	Row			before;			/* the one before that */
	int64		before_time;
	bool		one_key;		/* all rows at hand have the same keys */
	Row			waiting;		/* read, but the next batch may have another of its time */
	Kept		kept[2];		/* in turns */
	int			turn;

	Row			matches[SYDRA_BATCH_ROWS];	/* by row of the left */
	uint16		selected[SYDRA_BATCH_ROWS];
	SydraOutput output;
} OpJoin;

static int64
time_of(Row row, int column)
{
	return sydra_vector_int64(&row.batch->columns[column], row.at);
}

/* As the sides are sorted: nulls, which equal each other, are last. */
static int
compare_keys(Row a, const int *keys_a, Row b, const int *keys_b, int count)
{
	for (int i = 0; i < count; i++)
	{
		const SydraVector *vector_a = &a.batch->columns[keys_a[i]];
		const SydraVector *vector_b = &b.batch->columns[keys_b[i]];
		bool		null_a = sydra_vector_is_null(vector_a, a.at);
		bool		null_b = sydra_vector_is_null(vector_b, b.at);
		int			order = null_a - null_b;

		if (order == 0 && !null_a)
			order = vector_a->kind == SYDRA_KIND_DATUM ?
				sydra_bytes_compare(sydra_vector_bytes(vector_a, a.at),
									sydra_vector_bytes(vector_b, b.at)) :
				sydra_vector_compare(vector_a, a.at, vector_b, b.at);
		if (order != 0)
			return order;
	}
	return 0;
}

static bool
is_same_time(const SydraPlanJoin *planned, Row a, Row b)
{
	return time_of(a, planned->right_time) == time_of(b, planned->right_time) &&
		compare_keys(a, planned->right_keys, b, planned->right_keys, planned->key_count) == 0;
}

/*
 * The right side.
 */

/* Copies a row to a place of what is kept, and lets it point there. */
static void
keep_row(Kept *kept, Row *row, int place)
{
	if (row->batch == NULL)
		return;
	for (int i = 0; i < row->batch->column_count; i++)
	{
		const SydraVector *from = &row->batch->columns[i];
		SydraVector *to = &kept->output.batch.columns[i];

		if (sydra_vector_is_null(from, row->at))
		{
			sydra_output_set_null(&kept->output, i, place);
			continue;
		}
		sydra_vector_copy_element(to, place, from, row->at);
		if (to->kind == SYDRA_KIND_TEXT || to->kind == SYDRA_KIND_DATUM)
		{
			SydraBytes *bytes = (SydraBytes *) to->values + place;
			char	   *copy = MemoryContextAllocHuge(kept->context, Max(bytes->length, 1));

			memcpy(copy, bytes->data, bytes->length);
			bytes->data = copy;
		}
	}
	*row = (Row) {&kept->output.batch, place};
}

static void
show_row(OpJoin *join, Row row)
{
	join->times[join->seen_count] = time_of(row, join->planned->right_time);
	join->seen[join->seen_count++] = row;
}

/* Goes on to the next rows of the right; none that was given points into the last ones any more. */
static void
read_right(OpJoin *join)
{
	Kept	   *kept = &join->kept[join->turn];
	SydraBatch *batch;

	join->turn = 1 - join->turn;
	MemoryContextReset(kept->context);
	sydra_output_begin(&kept->output);
	keep_row(kept, &join->before, 0);
	keep_row(kept, &join->waiting, 1);
	sydra_output_end(&kept->output, 2);
	join->seen_count = 0;
	join->next = 0;
	join->ended = !sydra_operator_next(join->operator.second, &batch);
	for (int i = 0; !join->ended && i < sydra_batch_rows(batch); i++)
	{
		Row			row = {batch, sydra_batch_row(batch, i)};

		if (join->waiting.batch != NULL && !is_same_time(join->planned, join->waiting, row))
			show_row(join, join->waiting);
		join->waiting = row;
	}
	if (join->ended && join->waiting.batch != NULL)
		show_row(join, join->waiting);
}

/*
 * Matching.
 */

static int
compare_sides(const OpJoin *join, Row right, Row left)
{
	return compare_keys(right, join->planned->right_keys, left, join->planned->left_keys,
						join->planned->key_count);
}

/* Rows in between are those of their first and last, as both sides are sorted. */
static void
note_keys(OpJoin *join)
{
	SydraBatch *left = join->left;
	Row			first = {left, sydra_batch_row(left, 0)};
	Row			last = {left, sydra_batch_row(left, sydra_batch_rows(left) - 1)};

	join->one_key = compare_keys(first, join->planned->left_keys, last, join->planned->left_keys,
								 join->planned->key_count) == 0 &&
		(join->before.batch == NULL || compare_sides(join, join->before, first) == 0) &&
		(join->seen_count == 0 ||
		 (compare_sides(join, join->seen[0], first) == 0 &&
		  compare_sides(join, join->seen[join->seen_count - 1], first) == 0));
}

/* Brings before and next to a left row; false: the right must be read on for that. */
static bool
advance(OpJoin *join, Row left, int64 time)
{
	for (;; join->next++)
	{
		int			order;

		if (join->next == join->seen_count)
			return join->ended;
		order = join->one_key ? 0 : compare_sides(join, join->seen[join->next], left);
		if (order > 0 || (order == 0 && join->times[join->next] > time))
			return true;
		join->before = join->seen[join->next];
		join->before_time = join->times[join->next];
	}
}

/* How far a right row is, or -1: it is none of the left row's. */
static int64
distance_of(const OpJoin *join, Row left, int64 time, Row right, int64 right_time)
{
	const SydraPlanJoin *planned = join->planned;
	int64		distance;

	if (right.batch == NULL || (!join->one_key && compare_sides(join, right, left) != 0))
		return -1;
	if (pg_sub_s64_overflow(time, right_time, &distance) || distance == PG_INT64_MIN)
		distance = PG_INT64_MAX;
	distance = distance < 0 ? -distance : distance;
	if (planned->match == SYDRA_MATCH_EXACT ? distance != 0 :
		planned->within_us >= 0 && distance > planned->within_us)
		return -1;
	return distance;
}

static Row
find_match(const OpJoin *join, Row left, int64 time)
{
	Row			none = {NULL, 0};
	int64		before_us = distance_of(join, left, time, join->before, join->before_time);
	int64		after_us;

	if (join->planned->match == SYDRA_MATCH_NEAREST && join->next < join->seen_count)
	{
		after_us = distance_of(join, left, time, join->seen[join->next], join->times[join->next]);
		if (after_us >= 0 && (before_us < 0 || after_us < before_us))
			return join->seen[join->next];
	}
	return before_us >= 0 ? join->before : none;
}

/*
 * Output.
 */

static void
fill_right(OpJoin *join, int count, int column)
{
	int			target = join->left->column_count + column;
	SydraVector *to = &join->output.batch.columns[target];

	/* Rows that are not selected must not point into the last batch. */
	memset(to->values, 0, join->left->count * sydra_kind_size(to->kind));
	for (int i = 0; i < count; i++)
	{
		int			row = join->selected[i];
		Row			match = join->matches[row];

		if (match.batch == NULL || sydra_vector_is_null(&match.batch->columns[column], match.at))
			sydra_output_set_null(&join->output, target, row);
		else
			sydra_vector_copy_element(to, row, &match.batch->columns[column], match.at);
	}
}

/* The left's columns as they are, of which the rows that have been matched exist. */
static SydraBatch *
give_rows(OpJoin *join, int count)
{
	SydraBatch *batch = &join->output.batch;

	sydra_output_begin(&join->output);
	memcpy(batch->columns, join->left->columns, sizeof(SydraVector) * join->left->column_count);
	for (int i = 0; i < join->planned->right_count; i++)
		fill_right(join, count, i);
	for (int i = join->left->column_count; i < batch->column_count; i++)
		batch->columns[i].count = join->left->count;
	batch->count = join->left->count;
	batch->selected = count < join->left->count ? join->selected : NULL;
	batch->selected_count = count;
	return batch;
}

static bool
next_pairs(SydraOp *operator, SydraBatch **batch)
{
	OpJoin	   *join = (OpJoin *) operator;
	int			count = 0;

	for (;;)
	{
		if (join->left == NULL || join->left_next == sydra_batch_rows(join->left))
		{
			if (count > 0)
				break;
			if (!sydra_operator_next(operator->input, &join->left))
				return false;
			join->left_next = 0;
			note_keys(join);
		}
		while (join->left_next < sydra_batch_rows(join->left))
		{
			Row			left = {join->left, sydra_batch_row(join->left, join->left_next)};
			int64		time = time_of(left, join->planned->left_time);

			if (!advance(join, left, time))
				break;
			join->matches[left.at] = find_match(join, left, time);
			join->selected[count++] = left.at;
			join->left_next++;
		}
		if (join->left_next < sydra_batch_rows(join->left))
		{
			if (count > 0)
				break;
			read_right(join);
			note_keys(join);
		}
	}
	*batch = give_rows(join, count);
	return true;
}

SydraOp *
sydra_op_join_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input,
				   SydraOp *second)
{
	OpJoin	   *join = palloc0(sizeof(OpJoin));

	join->operator.plan = plan;
	join->operator.execution = execution;
	join->operator.input = input;
	join->operator.second = second;
	join->operator.next = next_pairs;
	join->planned = (const SydraPlanJoin *) plan;
	sydra_output_open(&join->output, plan);
	for (int i = 0; i < lengthof(join->kept); i++)
	{
		sydra_output_open(&join->kept[i].output, plan->second);
		join->kept[i].context = AllocSetContextCreate(CurrentMemoryContext, "sydra joined rows",
													  ALLOCSET_DEFAULT_SIZES);
	}
	return &join->operator;
}
