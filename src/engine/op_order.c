/*
 * op_order.c
 *	  Gives the rows of every series in the order of time and writing.
 *
 * The series themselves may take turns.  Most rows come in place and are passed on as they are.
 * Those of the head, and those that a later segment may precede, are held by series and merged with
 * the rows to come; when they get too many for memory, all that is left is sorted.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "engine/output.h"
#include "engine/row_sorter.h"
#include "engine/row_store.h"

/* Fewer rows than this are not worth a file. */
#define SORT_ROWS 4096

typedef struct HeldRow
{
	const char *row;
	int64		sequence;		/* of arrival */
} HeldRow;

/* What is held of one series. */
typedef struct HeldSeries
{
	HeldRow    *rows;
	int			count;
	int			room;
	int			given;
	bool		unsorted;
} HeldSeries;

typedef struct OpOrder
{
	SydraOp		operator;
	SydraSortKey keys[4];		/* rank, time, written, place */
	SydraPlan	kept;			/* rows that are kept: the input's, and their place behind them */
	SydraBatch	widened;		/* the input as such */
	int64		places[SYDRA_BATCH_ROWS];
	SydraRowStore *held;
	int64		held_count;		/* rows held and not given */
	HeldSeries *series;			/* by rank */
	int64		series_room;
	int64		sequence;
	bool		ended;			/* the input */
	int64		next_rank;		/* of what is held, then */
	SydraRowSorter *sorter;		/* or NULL: takes all that is left */

	uint16		selected[SYDRA_BATCH_ROWS];	/* rows of the input that are in place */
	SydraRowStore *placed;		/* or NULL: rows of the input that held ones precede */
	const char **ready;			/* to be given */
	int			ready_count;
	int			ready_room;
	int			ready_given;
	MemoryContext batch_context;
	SydraOutput output;
} OpOrder;

/* Of the rows of the input. */
#define RANK(order) ((order)->keys[0].column)
#define TIME(order) ((order)->keys[1].column)

static HeldSeries *
get_series(OpOrder *order, int64 rank)
{
	if (rank >= order->series_room)
	{
		int64		room = Max(rank + 1, Max(order->series_room * 2, 64));
		HeldSeries *grown = palloc_extended(sizeof(HeldSeries) * room,
											MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (order->series_room > 0)
		{
			memcpy(grown, order->series, sizeof(HeldSeries) * order->series_room);
			pfree(order->series);
		}
		order->series = grown;
		order->series_room = room;
	}
	return &order->series[rank];
}

/* Rows of one series. */
static int
compare_held(const OpOrder *order, const HeldRow *a, const HeldRow *b)
{
	for (int i = 1; i < lengthof(order->keys); i++)
	{
		int64		x = sydra_row_int64(order->held, a->row, order->keys[i].column);
		int64		y = sydra_row_int64(order->held, b->row, order->keys[i].column);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static int
compare_held_arg(const void *a, const void *b, void *order)
{
	return compare_held(order, a, b);
}

static void
hold_row(OpOrder *order, const char *row, int64 sequence)
{
	HeldSeries *series = get_series(order, sydra_row_int64(order->held, row, RANK(order)));
	HeldRow		held = {row, sequence};

	if (series->count == series->room)
	{
		series->room = Max(series->room * 2, 8);
		series->rows = series->rows == NULL ?
			palloc(sizeof(HeldRow) * series->room) :
			repalloc_huge(series->rows, sizeof(HeldRow) * series->room);
	}
	if (series->count > series->given &&
		compare_held(order, &series->rows[series->count - 1], &held) > 0)
		series->unsorted = true;
	series->rows[series->count++] = held;
	order->held_count++;
}

/* The batch with the place of its rows as a last column. */
static const SydraBatch *
widen(OpOrder *order, const SydraBatch *batch)
{
	SydraVector *columns = order->widened.columns;

	order->widened = *batch;
	order->widened.columns = columns;
	order->widened.column_count = batch->column_count + 1;
	memcpy(columns, batch->columns, sizeof(SydraVector) * batch->column_count);
	columns[batch->column_count] = (SydraVector) {
		.kind = SYDRA_KIND_INT,.count = batch->count,.values = order->places
	};
	for (int i = 0; i < batch->count; i++)
		order->places[i] = batch->place;
	return &order->widened;
}

/* Rows that a segment to come may precede. */
static void
hold_batch(OpOrder *order, const SydraBatch *batch)
{
	char	   *first = sydra_row_store_add(order->held, widen(order, batch));

	for (int i = 0; i < sydra_batch_rows(batch); i++)
		hold_row(order, first + (Size) i * order->held->row_size, order->sequence++);
}

/* What is held of a series and not given, in order. */
static void
sort_series(OpOrder *order, HeldSeries *series)
{
	if (series->unsorted)
		qsort_arg(series->rows + series->given, series->count - series->given, sizeof(HeldRow),
				  compare_held_arg, order);
	series->unsorted = false;
}

static void
make_ready(OpOrder *order, const char *row)
{
	if (order->ready_count == order->ready_room)
	{
		order->ready_room *= 2;
		order->ready = repalloc_huge(order->ready, sizeof(char *) * order->ready_room);
	}
	order->ready[order->ready_count++] = row;
}

/* Whether anything held precedes a row of the batch. */
static bool
is_preceded(OpOrder *order, const SydraBatch *batch)
{
	const int64 *ranks = batch->columns[RANK(order)].values;
	const int64 *times = batch->columns[TIME(order)].values;
	int			rows = sydra_batch_rows(batch);

	if (order->held_count == 0)
		return false;
	for (int start = 0, end; start < rows; start = end)
	{
		int64		rank = ranks[sydra_batch_row(batch, start)];
		HeldSeries *series = get_series(order, rank);

		for (end = start + 1; end < rows && ranks[sydra_batch_row(batch, end)] == rank;)
			end++;
		if (series->given == series->count)
			continue;
		sort_series(order, series);
		if (sydra_row_int64(order->held, series->rows[series->given].row, TIME(order)) <=
			times[sydra_batch_row(batch, end - 1)])
			return true;
	}
	return false;
}

/* Puts what is held before each row that it precedes. */
static void
merge_held(OpOrder *order, const SydraBatch *batch)
{
	char	   *first;

	order->placed = sydra_row_store_create(&order->kept);
	first = sydra_row_store_add(order->placed, widen(order, batch));
	for (int i = 0; i < sydra_batch_rows(batch); i++)
	{
		HeldRow		placed = {first + (Size) i * order->placed->row_size, order->sequence++};
		HeldSeries *series = get_series(order, sydra_row_int64(order->placed, placed.row,
															   RANK(order)));

		sort_series(order, series);
		while (series->given < series->count &&
			   compare_held(order, &series->rows[series->given], &placed) < 0)
		{
			make_ready(order, series->rows[series->given++].row);
			order->held_count--;
		}
		make_ready(order, placed.row);
	}
}

/* The rows of a batch that are in place; the others are held.  False when none is. */
static bool
select_placed(OpOrder *order, SydraBatch *batch)
{
	const int64 *times = batch->columns[TIME(order)].values;
	uint16		waiting[SYDRA_BATCH_ROWS];
	uint16	   *placed = order->selected;
	SydraBatch	rest = *batch;
	int			placed_count = 0;
	int			waiting_count = 0;

	if (batch->settled == PG_INT64_MAX)
		return true;
	for (int i = 0; i < sydra_batch_rows(batch); i++)
	{
		int			row = sydra_batch_row(batch, i);
		bool		waits = times[row] >= batch->settled;

		waiting[waiting_count] = row;
		placed[placed_count] = row;
		waiting_count += waits;
		placed_count += !waits;
	}
	if (waiting_count == 0)
		return true;
	rest.selected = waiting;
	rest.selected_count = waiting_count;
	hold_batch(order, &rest);
	batch->selected = placed;
	batch->selected_count = placed_count;
	return placed_count > 0;
}

/* Sorts what is held together with all that is to come. */
static void
sort_rest(OpOrder *order)
{
	SydraBatch *batch;

	order->sorter = sydra_row_sorter_create(order->operator.execution, &order->kept,
											lengthof(order->keys), order->keys, -1);
	for (int64 rank = 0; rank < order->series_room; rank++)
	{
		HeldSeries *series = &order->series[rank];

		sort_series(order, series);
		for (int i = series->given; i < series->count; i++)
			sydra_row_sorter_copy(order->sorter, series->rows[i].row);
		if (series->rows != NULL)
			pfree(series->rows);
	}
	pfree(order->series);
	MemoryContextDelete(order->held->context);
	while (sydra_operator_next(order->operator.input, &batch))
		sydra_row_sorter_add(order->sorter, widen(order, batch));
}

static void
give_ready(OpOrder *order, SydraBatch **batch)
{
	int			count = Min(order->ready_count - order->ready_given, SYDRA_BATCH_ROWS);
	MemoryContext caller_context;

	MemoryContextReset(order->batch_context);
	caller_context = MemoryContextSwitchTo(order->batch_context);
	sydra_row_store_read(order->held, (char *const *) order->ready + order->ready_given, count,
						 &order->output.batch);
	MemoryContextSwitchTo(caller_context);
	order->ready_given += count;
	*batch = &order->output.batch;
}

/* The rows that were ready have been given. */
static void
clear_ready(OpOrder *order)
{
	order->ready_count = order->ready_given = 0;
	if (order->placed != NULL)
		MemoryContextDelete(order->placed->context);
	order->placed = NULL;
}

/* What is held of the next series that has any. */
static bool
release_series(OpOrder *order)
{
	for (; order->next_rank < order->series_room; order->next_rank++)
	{
		HeldSeries *series = &order->series[order->next_rank];

		CHECK_FOR_INTERRUPTS();
		if (series->given == series->count)
			continue;
		sort_series(order, series);
		while (series->given < series->count && order->ready_count < order->ready_room)
			make_ready(order, series->rows[series->given++].row);
		return true;
	}
	return false;
}

static bool
next_ordered(SydraOp *operator, SydraBatch **batch)
{
	OpOrder    *order = (OpOrder *) operator;

	for (;;)
	{
		if (order->ready_given < order->ready_count)
		{
			give_ready(order, batch);
			return true;
		}
		clear_ready(order);
		if (order->sorter != NULL)
			return sydra_row_sorter_next(order->sorter, batch);
		if (order->ended)
		{
			if (!release_series(order))
				return false;
			continue;
		}
		if (order->held_count >= SORT_ROWS && sydra_execution_is_half_full(operator->execution))
		{
			sort_rest(order);
			continue;
		}
		order->ended = !sydra_operator_next(operator->input, batch);
		if (order->ended || !select_placed(order, *batch))
			continue;
		if (!is_preceded(order, *batch))
			return true;
		merge_held(order, *batch);
	}
}

static void
close_sorter(SydraOp *operator)
{
	OpOrder    *order = (OpOrder *) operator;

	if (order->sorter != NULL)
		sydra_row_sorter_close(order->sorter);
}

SydraOp *
sydra_op_order_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	const SydraPlanOrder *planned = (const SydraPlanOrder *) plan;
	OpOrder    *order;

	if (planned->of_one && !sydra_op_scan_is_of_one_series(input))
		return input;
	order = palloc0(sizeof(OpOrder));
	order->operator.plan = plan;
	order->operator.execution = execution;
	order->operator.input = input;
	order->operator.next = next_ordered;
	order->operator.close = close_sorter;
	for (int i = 0; i < list_length(planned->keys); i++)
		order->keys[i].column = ((SydraTerm *) list_nth(planned->keys, i))->column;
	order->keys[list_length(planned->keys)].column = plan->column_count;
	order->kept = *plan;
	order->kept.column_count++;
	order->kept.columns = palloc(sizeof(SydraPlanColumn) * order->kept.column_count);
	memcpy(order->kept.columns, plan->columns, sizeof(SydraPlanColumn) * plan->column_count);
	order->kept.columns[plan->column_count] = (SydraPlanColumn) {"place", SYDRA_KIND_INT, INT8OID};
	order->widened.columns = palloc(sizeof(SydraVector) * order->kept.column_count);
	order->held = sydra_row_store_create(&order->kept);
	order->ready_room = SYDRA_BATCH_ROWS;
	order->ready = palloc(sizeof(char *) * order->ready_room);
	order->batch_context = AllocSetContextCreate(CurrentMemoryContext, "sydra batch",
												 ALLOCSET_DEFAULT_SIZES);
	sydra_output_open(&order->output, &order->kept);
	return &order->operator;
}
