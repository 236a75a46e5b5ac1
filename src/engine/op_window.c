/*
 * op_window.c
 *	  Window functions along the rows of each series or group.
 *
 * Rows of the same time are a step: the functions see the last row of it, and what they give is the
 * value of every row of it.  A step is known to be whole when the next one begins, and what lead()
 * gives belongs to steps before: so rows wait until all of their values are there.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine/operator.h"
#include "engine/output.h"
#include "engine/row_store.h"
#include "function/eval.h"
#include "function/window.h"

/* Rows given since the last time are dropped when so many are, and they are most. */
#define ROWS_DROPPED 16384

typedef struct Function
{
	const SydraWindowCall *call;
	SydraKind	kind;
	int			argument_count;
	SydraValue *arguments;
	int		   *columns;		/* by argument: of the input, or -1: the constant stays */
	SydraKind  *kinds;
	bool		null;			/* a constant argument is: so is every value */
	void	   *state;
	int64		ahead;			/* the value belongs so many steps before */
} Function;

typedef struct Step
{
	int64		row_count;
	int			missing;		/* values that are not there yet */
	SydraValue *values;			/* by function; bytes are in the store */
} Step;

typedef struct OpWindow
{
	SydraOp		operator;
	const SydraPlanWindow *planned;
	Function   *functions;
	int			function_count;
	MemoryContext states;		/* of the functions, for one series */

	/* Rows and steps that wait, oldest first; the newest step is open. */
	SydraRowStore *store;
	char	  **rows;
	int64		row_first;
	int64		row_end;
	int64		row_room;
	Step	   *steps;
	int64		step_first;
	int64		step_end;
	int64		step_room;
	int64		series_first;	/* the first step of the series */
	int64		dropped;		/* rows given whose memory is still held */

	bool		ended;
	SydraOutput output;
} OpWindow;

static void
start_store(OpWindow *window)
{
	window->store = sydra_row_store_create(window->operator.input->plan);
	window->dropped = 0;
}

/* A value that outlives its owner. */
static SydraValue
keep_value(OpWindow *window, SydraKind kind, SydraValue value)
{
	char	   *copy;

	if (value.isnull || !sydra_kind_is_bytes(kind))
		return value;
	copy = MemoryContextAllocHuge(window->store->context, Max(value.bytes.length, 1));
	memcpy(copy, value.bytes.data, value.bytes.length);
	value.bytes.data = copy;
	return value;
}

/* What waits moves to a new store, and what has been given goes with the old one. */
static void
drop_given(OpWindow *window)
{
	SydraRowStore *old = window->store;
	int64		waiting = window->row_end - window->row_first;
	int64		steps = window->step_end - window->step_first;

	if (window->dropped < ROWS_DROPPED || window->dropped < waiting)
		return;
	start_store(window);
	for (int64 i = 0; i < waiting; i++)
		window->rows[i] = sydra_row_store_copy(window->store, window->rows[window->row_first + i]);
	for (int64 i = 0; i < steps; i++)
	{
		Step	   *step = &window->steps[i];
		SydraValue *values = MemoryContextAlloc(window->store->context,
												sizeof(SydraValue) * window->function_count);

		*step = window->steps[window->step_first + i];
		for (int j = 0; j < window->function_count; j++)
			values[j] = keep_value(window, window->functions[j].kind, step->values[j]);
		step->values = values;
	}
	window->series_first -= window->step_first;
	window->row_first = window->step_first = 0;
	window->row_end = waiting;
	window->step_end = steps;
	MemoryContextDelete(old->context);
}

static void
start_series(OpWindow *window)
{
	MemoryContextReset(window->states);
	window->series_first = window->step_end;
	for (int i = 0; i < window->function_count; i++)
		window->functions[i].state =
			MemoryContextAllocZero(window->states,
								   Max(window->functions[i].call->function->window->state_size, 1));
}

static bool
equal_column(const OpWindow *window, const char *a, const char *b, int column)
{
	const SydraRowStore *store = window->store;
	bool		null_a = sydra_row_is_null(a, column);
	bool		null_b = sydra_row_is_null(b, column);

	if (null_a || null_b)
		return null_a == null_b;
	if (sydra_kind_is_bytes(store->kinds[column]))
		return sydra_bytes_equal(sydra_row_bytes(store, a, column),
								 sydra_row_bytes(store, b, column));
	/* Keys of groups are told apart by bits, or by being NaN. */
	if (store->kinds[column] == SYDRA_KIND_FLOAT)
		return sydra_float8_compare(sydra_row_float8(store, a, column),
									sydra_row_float8(store, b, column)) == 0;
	return sydra_row_int64(store, a, column) == sydra_row_int64(store, b, column);
}

static bool
is_same_series(const OpWindow *window, const char *a, const char *b)
{
	for (int i = 0; i < window->planned->partition_count; i++)
		if (!equal_column(window, a, b, window->planned->partition[i]))
			return false;
	return true;
}

/* Gives one step what its row makes of one function; null where no step is so far back. */
static void
compute(OpWindow *window, int number, const char *row, int64 time)
{
	Function   *function = &window->functions[number];
	SydraWindowInput input = {
		.arguments = function->arguments,
		.argument_count = function->argument_count,
		.time = time,
		.source = window->operator.execution->source,
		.offset = function->call->offset,
		.context = window->states
	};
	SydraValue	value = {.isnull = true};
	int64		step = window->step_end - 1 - function->ahead;

	for (int i = 0; i < function->argument_count; i++)
		if (function->columns[i] >= 0)
			function->arguments[i] = sydra_row_store_value(window->store, row, function->columns[i]);
	if (!function->null)
		function->call->function->window->add(function->state, &input, &value);
	if (step < window->series_first)
		return;
	window->steps[step].values[number] = keep_value(window, function->kind, value);
	window->steps[step].missing--;
}

/* The newest step is whole. */
static void
end_step(OpWindow *window)
{
	const char *row = window->rows[window->row_end - 1];
	int			time_column = window->planned->time;
	int64		time = sydra_row_is_null(row, time_column) ? 0 :
		sydra_row_int64(window->store, row, time_column);

	for (int i = 0; i < window->function_count; i++)
		compute(window, i, row, time);
}

/* Nothing comes after the newest step: what lead() would have given its last ones is null. */
static void
end_series(OpWindow *window)
{
	end_step(window);
	for (int64 i = window->step_first; i < window->step_end; i++)
		window->steps[i].missing = 0;
}

static void
start_step(OpWindow *window)
{
	Step	   *step;

	if (window->step_end == window->step_room)
	{
		window->step_room *= 2;
		window->steps = repalloc_huge(window->steps, sizeof(Step) * window->step_room);
	}
	step = &window->steps[window->step_end++];
	step->row_count = 0;
	step->missing = window->function_count;
	step->values = MemoryContextAlloc(window->store->context,
									  sizeof(SydraValue) * Max(window->function_count, 1));
	for (int i = 0; i < window->function_count; i++)
		step->values[i] = (SydraValue) {.isnull = true};
}

static void
add_row(OpWindow *window, char *row)
{
	const char *last = window->row_end > window->row_first ? window->rows[window->row_end - 1] : NULL;

	if (last == NULL)
	{
		start_series(window);
		start_step(window);
	}
	else if (!is_same_series(window, last, row))
	{
		end_series(window);
		start_series(window);
		start_step(window);
	}
	else if (!equal_column(window, last, row, window->planned->time))
	{
		end_step(window);
		start_step(window);
	}
	if (window->row_end == window->row_room)
	{
		window->row_room *= 2;
		window->rows = repalloc_huge(window->rows, sizeof(char *) * window->row_room);
	}
	window->rows[window->row_end++] = row;
	window->steps[window->step_end - 1].row_count++;
}

static void
read_input(OpWindow *window)
{
	SydraBatch *batch;
	char	   *first;

	drop_given(window);
	if (!sydra_operator_next(window->operator.input, &batch))
	{
		if (window->row_end > window->row_first)
			end_series(window);
		window->ended = true;
		return;
	}
	first = sydra_row_store_add(window->store, batch);
	for (int i = 0; i < sydra_batch_rows(batch); i++)
		add_row(window, first + (Size) i * window->store->row_size);
	sydra_execution_check_memory(window->operator.execution);
}

static void
give_value(OpWindow *window, int column, int row, const SydraValue *value)
{
	sydra_eval_store(&window->output.batch.columns[column], row, value);
	if (value->isnull)
		sydra_output_set_null(&window->output, column, row);
}

static void
give_row(OpWindow *window, int row)
{
	const char *kept = window->rows[window->row_first++];
	Step	   *step = &window->steps[window->step_first];
	int			columns = window->store->column_count;

	for (int column = 0; column < columns; column++)
	{
		SydraValue	value = sydra_row_store_value(window->store, kept, column);

		give_value(window, column, row, &value);
	}
	for (int i = 0; i < window->function_count; i++)
		give_value(window, columns + i, row, &step->values[i]);
	if (--step->row_count == 0)
		window->step_first++;
	window->dropped++;
}

static bool
next_rows(SydraOp *operator, SydraBatch **batch)
{
	OpWindow   *window = (OpWindow *) operator;
	int			count = 0;

	while (!window->ended &&
		   (window->step_first == window->step_end || window->steps[window->step_first].missing > 0))
		read_input(window);
	sydra_output_begin(&window->output);
	while (count < SYDRA_BATCH_ROWS && window->step_first < window->step_end &&
		   window->steps[window->step_first].missing == 0)
		give_row(window, count++);
	*batch = sydra_output_end(&window->output, count);
	return count > 0;
}

static void
open_function(Function *function, const SydraWindowCall *call)
{
	ListCell   *cell;

	function->call = call;
	function->kind = call->kind;
	function->argument_count = list_length(call->arguments);
	function->arguments = palloc0(sizeof(SydraValue) * Max(function->argument_count, 1));
	function->columns = palloc(sizeof(int) * Max(function->argument_count, 1));
	foreach(cell, call->arguments)
	{
		const SydraTerm *term = lfirst(cell);
		int			argument = foreach_current_index(cell);

		function->columns[argument] = term->type == SYDRA_TERM_COLUMN ? term->column : -1;
		if (term->type == SYDRA_TERM_CONST)
		{
			function->arguments[argument] = term->value;
			function->null = function->null || term->value.isnull;
		}
	}
	if (!function->null && call->function->window->ahead != NULL)
		function->ahead = call->function->window->ahead(function->arguments,
														function->argument_count);
}

SydraOp *
sydra_op_window_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpWindow   *window = palloc0(sizeof(OpWindow));
	const SydraPlanWindow *planned = (const SydraPlanWindow *) plan;
	ListCell   *cell;

	window->operator.plan = plan;
	window->operator.execution = execution;
	window->operator.input = input;
	window->operator.next = next_rows;
	window->planned = planned;
	window->function_count = list_length(planned->calls);
	window->functions = palloc0(sizeof(Function) * Max(window->function_count, 1));
	foreach(cell, planned->calls)
		open_function(&window->functions[foreach_current_index(cell)], lfirst(cell));
	window->states = AllocSetContextCreate(CurrentMemoryContext, "sydra window states",
										   ALLOCSET_DEFAULT_SIZES);
	window->row_room = SYDRA_BATCH_ROWS;
	window->rows = palloc(sizeof(char *) * window->row_room);
	window->step_room = SYDRA_BATCH_ROWS;
	window->steps = palloc(sizeof(Step) * window->step_room);
	start_store(window);
	sydra_output_open(&window->output, plan);
	return &window->operator;
}
