/*
 * op_join.c
 *	  JOIN TIME: to every left row the right row that is nearest in time, by merging.
 *
 * Both sides come sorted by their keys and by time, so that each is read once.  The right's rows are
 * copied into a window, in which numbers name them: the row that was last passed, the row that was
 * read last, and the rows of the batch at hand.  Of right rows with the same keys and time the last
 * is seen: what was read last waits until the next batch tells.  A left row of a subquery may have no
 * time: it matches nothing.  The right's rows all have one.
 *
 * Where a left batch and the window are of the same keys, as mostly, times alone are compared.  The
 * matched values are copied too, but texts stay where the right has them: with texts a batch ends
 * before the right goes on.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "engine/operator.h"
#include "engine/output.h"
#include "vector/valid.h"

/* Numbers of rows in the window. */
#define NONE 0					/* all null */
#define BEFORE 1				/* kept: the last that was passed */
#define WAITING 2				/* kept: the next batch may have another of its time */
#define FIRST 3					/* of the batch */
#define WINDOW_ROWS (FIRST + SYDRA_BATCH_ROWS)

/* A column of the window; values is NULL when nobody looks at it. */
typedef struct WindowColumn
{
	SydraVector vector;
	uint64		valid[(WINDOW_ROWS + 63) / 64];
	bool		nulls;			/* of rows other than NONE */
} WindowColumn;

typedef struct OpJoin
{
	SydraOp		operator;
	const SydraPlanJoin *planned;

	SydraBatch *left;			/* or NULL */
	int			left_next;		/* of its rows */

	bool		ended;			/* the right side */
	WindowColumn *window;		/* by column of the right */
	int			before;			/* the last row that was passed, or NONE */
	int			next;			/* the first row that was not */
	int			end;			/* behind the last row that is seen */
	int			waiting;		/* the row behind these, or NONE */
	bool		one_key;		/* all rows at hand have the same keys */
	bool		has_texts;		/* among what is given of the right */
	MemoryContext kept[2];		/* of the texts of kept rows, in turns */
	int			turn;

	uint16		matches[SYDRA_BATCH_ROWS];	/* by row of the left */
	bool		any_none;		/* of those that were matched last */
	uint16		rows[SYDRA_BATCH_ROWS];	/* 0, 1, 2 ... */
	SydraOutput output;
} OpJoin;

static inline bool
is_bytes(SydraKind kind)
{
	return kind == SYDRA_KIND_TEXT || kind == SYDRA_KIND_DATUM;
}

static const int64 *
window_times(const OpJoin *join)
{
	return join->window[join->planned->right_time].vector.values;
}

/* As the sides are sorted: nulls, which equal each other, are last. */
static int
compare_values(const SydraVector *a, int row_a, const SydraVector *b, int row_b)
{
	bool		null_a = sydra_vector_is_null(a, row_a);
	bool		null_b = sydra_vector_is_null(b, row_b);

	if (null_a || null_b)
		return null_a - null_b;
	if (a->kind == SYDRA_KIND_DATUM)
		return sydra_bytes_compare(sydra_vector_bytes(a, row_a), sydra_vector_bytes(b, row_b));
	return sydra_vector_compare(a, row_a, b, row_b);
}

/* A row of the window and one of the left. */
static int
compare_sides(const OpJoin *join, int number, int row)
{
	const SydraPlanJoin *planned = join->planned;

	for (int i = 0; i < planned->key_count; i++)
	{
		int			order = compare_values(&join->window[planned->right_keys[i]].vector, number,
										   &join->left->columns[planned->left_keys[i]], row);

		if (order != 0)
			return order;
	}
	return 0;
}

/*
 * The right side.
 */

/* Whether rows of the right, of one batch or two, have the same keys. */
static bool
has_same_keys(const SydraPlanJoin *planned, const SydraBatch *a, int row_a, const SydraBatch *b,
			  int row_b)
{
	for (int i = 0; i < planned->key_count; i++)
		if (compare_values(&a->columns[planned->right_keys[i]], row_a,
						   &b->columns[planned->right_keys[i]], row_b) != 0)
			return false;
	return true;
}

/* The row that waits, and one of a batch. */
static bool
is_replaced(const OpJoin *join, const SydraBatch *batch, int row)
{
	const SydraPlanJoin *planned = join->planned;

	if (window_times(join)[WAITING] !=
		sydra_vector_int64(&batch->columns[planned->right_time], row))
		return false;
	for (int i = 0; i < planned->key_count; i++)
		if (compare_values(&join->window[planned->right_keys[i]].vector, WAITING,
						   &batch->columns[planned->right_keys[i]], row) != 0)
			return false;
	return true;
}

/* The rows of a batch that are the last of their keys and time; gives their number. */
static int
find_last(const OpJoin *join, const SydraBatch *batch, uint16 *last)
{
	const int64 *times = batch->columns[join->planned->right_time].values;
	int			rows = sydra_batch_rows(batch);
	int			count = 0;

	if (batch->selected == NULL && !sydra_vector_has_ties(times, rows))
	{
		memcpy(last, join->rows, sizeof(uint16) * rows);
		return rows;
	}
	for (int i = 0; i < rows; i++)
	{
		int			row = sydra_batch_row(batch, i);
		int			next = i + 1 < rows ? sydra_batch_row(batch, i + 1) : -1;

		last[count] = row;
		count += next < 0 || times[row] != times[next] ||
			!has_same_keys(join->planned, batch, row, batch, next);
	}
	return count;
}

static void
set_valid(WindowColumn *column, int number, bool isnull)
{
	if (!isnull)
		sydra_valid_set(column->valid, number);
	else
	{
		sydra_valid_clear(column->valid, number);
		column->nulls = true;
	}
}

/* Two rows of the window go to their places for what is kept, at once, as one may be in the other's. */
static void
keep_rows(OpJoin *join, WindowColumn *column)
{
	SydraVector *vector = &column->vector;
	Size		size = sydra_kind_size(vector->kind);
	int			numbers[] = {join->before, join->waiting};
	SydraBytes	room[2];
	bool		nulls[2];

	for (int i = 0; i < 2; i++)
	{
		memcpy(&room[i], (char *) vector->values + size * numbers[i], size);
		nulls[i] = sydra_vector_is_null(vector, numbers[i]);
		if (is_bytes(vector->kind) && !nulls[i])
		{
			char	   *copy = MemoryContextAllocHuge(join->kept[join->turn],
													  Max(room[i].length, 1));

			memcpy(copy, room[i].data, room[i].length);
			room[i].data = copy;
		}
	}
	for (int i = 0; i < 2; i++)
	{
		memcpy((char *) vector->values + size * (BEFORE + i), &room[i], size);
		set_valid(column, BEFORE + i, nulls[i]);
	}
	/* What is not there makes nothing null. */
	column->nulls = (nulls[0] && join->before != NONE) || (nulls[1] && join->waiting != NONE);
}

static void
copy_rows(WindowColumn *column, const SydraVector *from, const uint16 *rows, int count,
		  bool consecutive)
{
	SydraVector *vector = &column->vector;
	Size		size = sydra_kind_size(vector->kind);

	if (consecutive)
		memcpy((char *) vector->values + size * FIRST, from->values, size * count);
	else
		for (int i = 0; i < count; i++)
			sydra_vector_copy_element(vector, FIRST + i, from, rows[i]);
	column->valid[0] |= ~((UINT64CONST(1) << FIRST) - 1);
	memset(column->valid + 1, 0xff, sizeof(column->valid) - sizeof(uint64));
	for (int i = 0; from->valid != NULL && i < count; i++)
		set_valid(column, FIRST + i, !sydra_valid_get(from->valid, rows[i]));
}

/* Goes on to the next rows of the right; none that was given points into the last ones any more. */
static void
read_right(OpJoin *join)
{
	SydraBatch *batch;
	uint16		last[SYDRA_BATCH_ROWS];
	int			columns = join->operator.second->plan->column_count;
	int			count;

	join->turn = 1 - join->turn;
	MemoryContextReset(join->kept[join->turn]);
	for (int i = 0; i < columns; i++)
		if (join->window[i].vector.values != NULL)
			keep_rows(join, &join->window[i]);
	join->before = join->before == NONE ? NONE : BEFORE;
	join->waiting = join->waiting == NONE ? NONE : WAITING;
	join->ended = !sydra_operator_next(join->operator.second, &batch);
	if (join->ended)
	{
		join->next = WAITING;
		join->end = join->waiting == NONE ? WAITING : FIRST;
		return;
	}
	count = find_last(join, batch, last);
	join->next = join->waiting == NONE || is_replaced(join, batch, last[0]) ? FIRST : WAITING;
	for (int i = 0; i < columns; i++)
		if (join->window[i].vector.values != NULL)
			copy_rows(&join->window[i], &batch->columns[i], last, count,
					  batch->selected == NULL && count == batch->count);
	join->waiting = FIRST + count - 1;
	join->end = join->waiting;
}

/*
 * Matching.
 */

/* Rows in between are those of their first and last, as both sides are sorted. */
static void
note_keys(OpJoin *join)
{
	const SydraBatch *left = join->left;
	int			first = sydra_batch_row(left, 0);
	int			last = sydra_batch_row(left, sydra_batch_rows(left) - 1);

	join->one_key = true;
	for (int i = 0; i < join->planned->key_count && join->one_key; i++)
	{
		const SydraVector *key = &left->columns[join->planned->left_keys[i]];

		join->one_key = compare_values(key, first, key, last) == 0;
	}
	join->one_key = join->one_key &&
		(join->before == NONE || compare_sides(join, join->before, first) == 0) &&
		(join->next >= join->end || (compare_sides(join, join->next, first) == 0 &&
									 compare_sides(join, join->end - 1, first) == 0));
}

/* How far a right row is, or -1: it is too far. */
static inline int64
distance_of(const SydraPlanJoin *planned, int64 time, int64 right_time)
{
	int64		distance;

	if (pg_sub_s64_overflow(time, right_time, &distance) || distance == PG_INT64_MIN)
		distance = PG_INT64_MAX;
	distance = distance < 0 ? -distance : distance;
	if (planned->match == SYDRA_MATCH_EXACT ? distance != 0 :
		planned->within_us >= 0 && distance > planned->within_us)
		return -1;
	return distance;
}

/* Of the row before a time and the one after it, either of which may be NONE. */
static inline int
choose_match(const SydraPlanJoin *planned, const int64 *times, int64 time, int before, int after)
{
	int64		before_us = before == NONE ? -1 : distance_of(planned, time, times[before]);
	int64		after_us;

	if (planned->match == SYDRA_MATCH_NEAREST && after != NONE)
	{
		after_us = distance_of(planned, time, times[after]);
		if (after_us >= 0 && (before_us < 0 || after_us < before_us))
			return after;
	}
	return before_us >= 0 ? before : NONE;
}

/*
 * Rows of one key, until the right must be read on.  Compiled for each way to match, and for rows
 * that are all there (selected is NULL).
 */
static pg_attribute_always_inline void
match_rows(OpJoin *join, const uint16 *selected, bool any)
{
	const SydraPlanJoin *planned = join->planned;
	const SydraVector *left_time = &join->left->columns[planned->left_time];
	const int64 *left_times = left_time->values;
	bool		any_null = left_time->valid != NULL;
	const int64 *times = window_times(join);
	uint16	   *matches = join->matches;
	int			count = sydra_batch_rows(join->left);
	int			before = join->before;
	int			next = join->next;
	int			end = join->end;
	bool		ended = join->ended;
	bool		any_none = false;
	int			at = join->left_next;

	for (; at < count; at++)
	{
		int			row = selected ? selected[at] : at;
		int64		time = left_times[row];
		int			match;

		if (any_null && sydra_vector_is_null(left_time, row))
		{
			matches[row] = NONE;
			any_none = true;
			continue;
		}
		while (next < end && times[next] <= time)
			before = next++;
		if (next == end && !ended)
			break;
		match = any ? before :
			choose_match(planned, times, time, before, next < end ? next : NONE);
		matches[row] = match;
		any_none |= match == NONE;
	}
	join->before = before;
	join->next = next;
	join->left_next = at;
	join->any_none = any_none;
}

static void
match_times(OpJoin *join)
{
	const uint16 *selected = join->left->selected;
	bool		any = join->planned->match == SYDRA_MATCH_PREVIOUS && join->planned->within_us < 0;

	if (any && selected == NULL)
		match_rows(join, NULL, true);
	else if (any)
		match_rows(join, selected, true);
	else if (selected == NULL)
		match_rows(join, NULL, false);
	else
		match_rows(join, selected, false);
}

/* Brings before and next to a left row; false: the right must be read on for that. */
static bool
advance(OpJoin *join, int row, int64 time)
{
	for (;; join->before = join->next++)
	{
		int			order;

		if (join->next == join->end)
			return join->ended;
		order = compare_sides(join, join->next, row);
		if (order > 0 || (order == 0 && window_times(join)[join->next] > time))
			return true;
	}
}

/* Rows of any keys, until the right must be read on. */
static void
match_keys(OpJoin *join)
{
	const SydraVector *left_time = &join->left->columns[join->planned->left_time];
	const int64 *left_times = left_time->values;

	join->any_none = false;
	for (; join->left_next < sydra_batch_rows(join->left); join->left_next++)
	{
		int			row = sydra_batch_row(join->left, join->left_next);
		int			before;
		int			after;

		if (sydra_vector_is_null(left_time, row))
		{
			join->matches[row] = NONE;
			join->any_none = true;
			continue;
		}
		if (!advance(join, row, left_times[row]))
			return;
		before = join->before;
		if (before != NONE && compare_sides(join, before, row) != 0)
			before = NONE;
		after = join->next < join->end && compare_sides(join, join->next, row) == 0 ?
			join->next : NONE;
		join->matches[row] = choose_match(join->planned, window_times(join), left_times[row],
										  before, after);
		join->any_none = join->any_none || join->matches[row] == NONE;
	}
}

/*
 * Output.
 */

static void
begin_output(OpJoin *join)
{
	sydra_output_begin(&join->output);
	/* Rows that are not selected must not point into the last batch. */
	for (int i = 0; i < join->planned->right_count; i++)
	{
		SydraVector *to = &join->output.batch.columns[join->left->column_count + i];

		if (is_bytes(to->kind))
			memset(to->values, 0, join->left->count * sydra_kind_size(to->kind));
	}
}

/* What the left's rows from start on, that have been matched, get of a column. */
static void
copy_matches(OpJoin *join, int column, int start)
{
	const WindowColumn *window = &join->window[column];
	int			target = join->left->column_count + column;
	SydraVector *to = &join->output.batch.columns[target];
	const uint16 *matches = join->matches;
	const uint16 *rows = join->left->selected ? join->left->selected : join->rows;
	int			end = join->left_next;

	if (join->left->selected == NULL && sydra_kind_size(to->kind) == sizeof(int64))
	{
		const int64 *restrict from = window->vector.values;
		int64	   *restrict values = to->values;

		for (int row = start; row < end; row++)
			values[row] = from[matches[row]];
	}
	else
		for (int i = start; i < end; i++)
			sydra_vector_copy_element(to, rows[i], &window->vector, matches[rows[i]]);
	if (!join->any_none && !window->nulls)
		return;
	for (int i = start; i < end; i++)
		if (!sydra_valid_get(window->valid, matches[rows[i]]))
			sydra_output_set_null(&join->output, target, rows[i]);
}

/* The left's columns as they are, of which the rows from start on that have been matched exist. */
static SydraBatch *
give_rows(OpJoin *join, int start)
{
	SydraBatch *batch = &join->output.batch;
	SydraBatch *left = join->left;

	memcpy(batch->columns, left->columns, sizeof(SydraVector) * left->column_count);
	for (int i = left->column_count; i < batch->column_count; i++)
		batch->columns[i].count = left->count;
	batch->count = left->count;
	batch->selected_count = join->left_next - start;
	if (left->selected != NULL)
		batch->selected = left->selected + start;
	else
		batch->selected = batch->selected_count < left->count ? join->rows + start : NULL;
	return batch;
}

static bool
next_pairs(SydraOp *operator, SydraBatch **batch)
{
	OpJoin	   *join = (OpJoin *) operator;
	int			start;

	if (join->left == NULL || join->left_next == sydra_batch_rows(join->left))
	{
		if (!sydra_operator_next(operator->input, &join->left))
			return false;
		join->left_next = 0;
		note_keys(join);
	}
	start = join->left_next;
	begin_output(join);
	for (;;)
	{
		int			from = join->left_next;

		if (join->one_key)
			match_times(join);
		else
			match_keys(join);
		for (int i = 0; i < join->planned->right_count; i++)
			copy_matches(join, i, from);
		if (join->left_next == sydra_batch_rows(join->left) ||
			(join->has_texts && join->left_next > start))
			break;
		read_right(join);
		note_keys(join);
	}
	*batch = give_rows(join, start);
	return true;
}

static void
open_column(WindowColumn *column, SydraKind kind)
{
	if (column->vector.values != NULL)
		return;
	column->vector.kind = kind;
	column->vector.count = WINDOW_ROWS;
	column->vector.valid = column->valid;
	column->vector.values = palloc0(WINDOW_ROWS * sydra_kind_size(kind));
}

/* The columns that are given, and those that are compared. */
static void
open_window(OpJoin *join, const SydraPlan *right)
{
	const SydraPlanJoin *planned = join->planned;

	join->window = palloc0(sizeof(WindowColumn) * Max(right->column_count, 1));
	for (int i = 0; i < planned->right_count; i++)
	{
		open_column(&join->window[i], right->columns[i].kind);
		join->has_texts = join->has_texts || is_bytes(right->columns[i].kind);
	}
	for (int i = 0; i < planned->key_count; i++)
		open_column(&join->window[planned->right_keys[i]],
					right->columns[planned->right_keys[i]].kind);
	open_column(&join->window[planned->right_time], right->columns[planned->right_time].kind);
	/* Nothing has been read yet. */
	join->next = join->end = FIRST;
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
	open_window(join, plan->second);
	for (int i = 0; i < SYDRA_BATCH_ROWS; i++)
		join->rows[i] = i;
	for (int i = 0; i < lengthof(join->kept); i++)
		join->kept[i] = AllocSetContextCreate(CurrentMemoryContext, "sydra joined rows",
											  ALLOCSET_DEFAULT_SIZES);
	return &join->operator;
}
