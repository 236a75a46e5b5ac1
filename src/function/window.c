/*
 * window.c
 *	  lag lead difference derivative moving_avg ema running_* fill_forward row_number.
 *
 * Sums of float8 are compensated.  A moving mean is kept as two stacks: values go onto one, and when
 * the other has none left it is made anew of all, each with the sum from it to the newest.  So
 * nothing is ever subtracted, and neither rounding nor a NaN that has left the window stays behind.
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "base/error.h"
#include "function/float_sum.h"
#include "function/window.h"

pg_noreturn static void raise_overflow(const SydraWindowInput *input, const char *name);

static void
raise_overflow(const SydraWindowInput *input, const char *name)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NUMERIC_OVERFLOW),
			SYDRA_ERRMSG(SYDRA_ERR_NUMERIC_OVERFLOW, "integer out of range in \"%s\"", name),
			sydra_errposition(SYDRA_ERR_NUMERIC_OVERFLOW, input->source, input->offset),
			errhint("Compute with floating point values instead, for example %s(x * 1.0).", name));
}

static void
give_integer(SydraValue *result, int64 value)
{
	result->isnull = false;
	result->integer = value;
}

static void
give_real(SydraValue *result, double value)
{
	result->isnull = false;
	result->real = value;
}

/* Seconds from one time to a later one; they may be infinite ones. */
static double
seconds_between(int64 from, int64 to)
{
	return (double) ((uint64) to - (uint64) from) / 1000000.0;
}

/* A copy of bytes, in room that grows. */
typedef struct Copy
{
	SydraValue	value;			/* its bytes are ours */
	Size		room;
} Copy;

static void
keep_copy(Copy *copy, const SydraValue *value, MemoryContext context)
{
	char	   *data = unconstify(char *, copy->value.bytes.data);

	if (!value->isnull && (Size) value->bytes.length > copy->room)
	{
		if (copy->room > 0)
			pfree(data);
		copy->room = value->bytes.length;
		data = MemoryContextAllocHuge(context, copy->room);
	}
	copy->value.isnull = value->isnull;
	copy->value.bytes.data = data;
	copy->value.bytes.length = value->isnull ? 0 : value->bytes.length;
	if (copy->value.bytes.length > 0)
		memcpy(data, value->bytes.data, value->bytes.length);
}

/* lag, lead */

typedef struct Lag
{
	Copy	   *ring;			/* the newest values */
	int64		count;			/* values so far */
	int64		room;
} Lag;

/* The place for the next value.  The ring grows until it holds as many as are wanted. */
static Copy *
next_place(Lag *lag, int64 wanted, MemoryContext context)
{
	if (lag->count == lag->room && lag->room < wanted)
	{
		int64		room = Min(wanted, Max(lag->room * 2, 2));
		Copy	   *ring = MemoryContextAllocExtended(context, sizeof(Copy) * room,
													  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (lag->room > 0)
		{
			memcpy(ring, lag->ring, sizeof(Copy) * lag->room);
			pfree(lag->ring);
		}
		lag->ring = ring;
		lag->room = room;
	}
	return &lag->ring[lag->count++ % lag->room];
}

static int64
distance_of(const SydraValue *arguments, int count)
{
	return count > 1 ? arguments[1].integer : 1;
}

static void
add_lag(Lag *lag, const SydraWindowInput *input, bool bytes, SydraValue *result)
{
	int64		distance = distance_of(input->arguments, input->argument_count);
	Copy	   *place = next_place(lag, distance + 1, input->context);

	if (bytes)
		keep_copy(place, &input->arguments[0], input->context);
	else
		place->value = input->arguments[0];
	if (lag->count > distance)
		*result = lag->ring[(lag->count - 1 - distance) % lag->room].value;
}

static void
add_lag_word(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_lag(state, input, false, result);
}

static void
add_lag_bytes(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_lag(state, input, true, result);
}

static void
add_lead(void *state, const SydraWindowInput *input, SydraValue *result)
{
	*result = input->arguments[0];
}

const SydraWindow sydra_window_lag_word = {sizeof(Lag), add_lag_word, NULL};
const SydraWindow sydra_window_lag_bytes = {sizeof(Lag), add_lag_bytes, NULL};
const SydraWindow sydra_window_lead = {0, add_lead, distance_of};

/* difference, derivative: null unless both rows have a value */

typedef struct Last
{
	bool		any;
	SydraValue	value;
	int64		time;
	int64		rows;
} Last;

static bool
swap_last(Last *last, const SydraWindowInput *input, Last *before)
{
	*before = *last;
	last->any = !input->arguments[0].isnull;
	last->value = input->arguments[0];
	last->time = input->time;
	last->rows++;
	return before->any && last->any;
}

/* What the newest row has with the one before it stays while both are there. */
static bool
remove_row(void *state, const SydraValue *oldest, SydraValue *result)
{
	Last	   *last = state;

	last->rows--;
	if (last->rows < 2)
		result->isnull = true;
	if (last->rows == 0)
		last->any = false;
	return true;
}

static void
add_difference_int(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Last		before;

	if (!swap_last(state, input, &before))
		return;
	result->isnull = false;
	if (__builtin_sub_overflow(input->arguments[0].integer, before.value.integer,
							   &result->integer))
		raise_overflow(input, "difference");
}

static void
add_difference_float(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Last		before;

	if (swap_last(state, input, &before))
		give_real(result, input->arguments[0].real - before.value.real);
}

static void
add_derivative(void *state, const SydraWindowInput *input, SydraValue *result)
{
	double		unit = input->argument_count > 1 ? input->arguments[1].integer / 1000000.0 : 1.0;
	Last		before;

	if (swap_last(state, input, &before))
		give_real(result, (input->arguments[0].real - before.value.real) /
				  (seconds_between(before.time, input->time) / unit));
}

const SydraWindow sydra_window_difference_int = {sizeof(Last), add_difference_int, NULL, remove_row};
const SydraWindow sydra_window_difference_float = {sizeof(Last), add_difference_float, NULL, remove_row};
const SydraWindow sydra_window_derivative = {sizeof(Last), add_derivative, NULL, remove_row};

/* Sums */

typedef struct Sum
{
	double		sum;
	double		rest;			/* what rounding took from sum */
} Sum;

static double
mean_of(const Sum *sum, int64 count)
{
	return sydra_float_total(sum->sum, sum->rest) / (double) count;
}

/* moving_avg */

typedef struct Moving
{
	int64		time;
	double		value;
	Sum			sum;			/* front: from this one to the newest of the front */
} Moving;

/* The front is [first, middle), its sums made; the back is [middle, end). */
typedef struct MovingAverage
{
	Moving	   *values;
	int64		first;
	int64		middle;
	int64		end;
	int64		room;
	Sum			back;
} MovingAverage;

static void
push_value(MovingAverage *moving, const SydraWindowInput *input)
{
	if (moving->end == moving->room)
	{
		int64		count = moving->end - moving->first;
		int64		room = Max(2 * count, 16);
		Moving	   *values = MemoryContextAllocHuge(input->context, sizeof(Moving) * room);

		if (moving->room > 0)
		{
			memcpy(values, moving->values + moving->first, sizeof(Moving) * count);
			pfree(moving->values);
		}
		moving->values = values;
		moving->middle -= moving->first;
		moving->first = 0;
		moving->end = count;
		moving->room = room;
	}
	moving->values[moving->end].time = input->time;
	moving->values[moving->end++].value = input->arguments[0].real;
	SYDRA_FLOAT_ADD(moving->back.sum, moving->back.rest, input->arguments[0].real);
}

static void
drop_first(MovingAverage *moving)
{
	if (moving->first == moving->middle)
	{
		Sum			sum = {0};

		for (int64 i = moving->end - 1; i >= moving->first; i--)
		{
			SYDRA_FLOAT_ADD(sum.sum, sum.rest, moving->values[i].value);
			moving->values[i].sum = sum;
		}
		moving->middle = moving->end;
		memset(&moving->back, 0, sizeof(Sum));
	}
	moving->first++;
}

static void
give_mean(const MovingAverage *moving, SydraValue *result)
{
	Sum			sum = moving->back;

	if (moving->first == moving->end)
		return;
	if (moving->first < moving->middle)
	{
		SYDRA_FLOAT_ADD(sum.sum, sum.rest, moving->values[moving->first].sum.sum);
		sum.rest += moving->values[moving->first].sum.rest;
	}
	give_real(result, mean_of(&sum, moving->end - moving->first));
}

static void
add_moving_time(void *state, const SydraWindowInput *input, SydraValue *result)
{
	MovingAverage *moving = state;

	while (moving->first < moving->end &&
		   (uint64) input->time - (uint64) moving->values[moving->first].time >=
		   (uint64) input->arguments[1].integer)
		drop_first(moving);
	if (!input->arguments[0].isnull)
		push_value(moving, input);
	give_mean(moving, result);
}

static void
add_moving_rows(void *state, const SydraWindowInput *input, SydraValue *result)
{
	MovingAverage *moving = state;

	if (!input->arguments[0].isnull)
	{
		if (moving->end - moving->first == input->arguments[1].integer)
			drop_first(moving);
		push_value(moving, input);
	}
	give_mean(moving, result);
}

const SydraWindow sydra_window_moving_avg_time = {sizeof(MovingAverage), add_moving_time, NULL};
const SydraWindow sydra_window_moving_avg_rows = {sizeof(MovingAverage), add_moving_rows, NULL};

/* ema: e + (1 - (1 - alpha)^(dt / step)) * (x - e) */

typedef struct Ema
{
	bool		any;
	double		value;
	int64		time;			/* of the last value */
} Ema;

static void
add_ema(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Ema		   *ema = state;
	double		value = input->arguments[0].real;

	if (!input->arguments[0].isnull)
	{
		if (!ema->any)
			ema->value = value;
		else
		{
			double		step = input->arguments[1].integer / 1000000.0;
			double		steps = seconds_between(ema->time, input->time) / step;

			ema->value = sydra_float_between(ema->value, value,
											 1 - pow(1 - input->arguments[2].real, steps));
		}
		ema->any = true;
		ema->time = input->time;
	}
	if (ema->any)
		give_real(result, ema->value);
}

const SydraWindow sydra_window_ema = {sizeof(Ema), add_ema, NULL};

/* running_*, fill_forward, row_number */

typedef struct Running
{
	int64		count;
	union
	{
		int64		integer;
		double		real;
		Sum			sum;
	};
} Running;

static void
add_running_sum_int(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Running    *running = state;

	if (!input->arguments[0].isnull)
	{
		running->count++;
		if (__builtin_add_overflow(running->integer, input->arguments[0].integer,
								   &running->integer))
			raise_overflow(input, "running_sum");
	}
	if (running->count > 0)
		give_integer(result, running->integer);
}

static bool
add_running_float(Running *running, const SydraWindowInput *input)
{
	if (!input->arguments[0].isnull)
	{
		running->count++;
		SYDRA_FLOAT_ADD(running->sum.sum, running->sum.rest, input->arguments[0].real);
	}
	return running->count > 0;
}

static void
add_running_sum_float(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Running    *running = state;

	if (add_running_float(running, input))
		give_real(result, sydra_float_total(running->sum.sum, running->sum.rest));
}

static void
add_running_avg(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Running    *running = state;

	if (add_running_float(running, input))
		give_real(result, mean_of(&running->sum, running->count));
}

static void
add_running_count(void *state, const SydraWindowInput *input, SydraValue *result)
{
	Running    *running = state;

	running->count += !input->arguments[0].isnull;
	give_integer(result, running->count);
}

/* wanted: the sign of a comparison of a new extreme with the old one */
static void
add_extreme_int(Running *running, const SydraWindowInput *input, int wanted, SydraValue *result)
{
	int64		value = input->arguments[0].integer;

	if (!input->arguments[0].isnull)
	{
		if (running->count++ == 0 || (wanted < 0 ? value < running->integer :
									  value > running->integer))
			running->integer = value;
	}
	if (running->count > 0)
		give_integer(result, running->integer);
}

static void
add_extreme_float(Running *running, const SydraWindowInput *input, int wanted, SydraValue *result)
{
	double		value = input->arguments[0].real;

	if (!input->arguments[0].isnull)
	{
		if (running->count++ == 0 || sydra_float8_compare(value, running->real) * wanted > 0)
			running->real = value;
	}
	if (running->count > 0)
		give_real(result, running->real);
}

static void
add_running_min_int(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_extreme_int(state, input, -1, result);
}

static void
add_running_max_int(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_extreme_int(state, input, 1, result);
}

static void
add_running_min_float(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_extreme_float(state, input, -1, result);
}

static void
add_running_max_float(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_extreme_float(state, input, 1, result);
}

static void
add_row_number(void *state, const SydraWindowInput *input, SydraValue *result)
{
	give_integer(result, ++((Running *) state)->count);
}

typedef struct Forward
{
	bool		any;
	Copy		last;
} Forward;

static void
add_forward(Forward *forward, const SydraWindowInput *input, bool bytes, SydraValue *result)
{
	if (!input->arguments[0].isnull)
	{
		if (bytes)
			keep_copy(&forward->last, &input->arguments[0], input->context);
		else
			forward->last.value = input->arguments[0];
		forward->any = true;
	}
	if (forward->any)
		*result = forward->last.value;
}

static void
add_forward_word(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_forward(state, input, false, result);
}

static void
add_forward_bytes(void *state, const SydraWindowInput *input, SydraValue *result)
{
	add_forward(state, input, true, result);
}

/*
 * Rows that leave.  Sums of float8 are not told: what rounding took could not be given back.
 */

/* What does not fit may when the rows to come are there, and is an error when not. */
static bool
remove_sum_int(void *state, const SydraValue *oldest, SydraValue *result)
{
	Running    *running = state;

	if (oldest->isnull)
		return true;
	if (__builtin_sub_overflow(running->integer, oldest->integer, &running->integer))
		return false;
	running->count--;
	result->isnull = running->count == 0;
	result->integer = running->integer;
	return true;
}

static bool
remove_count(void *state, const SydraValue *oldest, SydraValue *result)
{
	Running    *running = state;

	running->count -= !oldest->isnull;
	give_integer(result, running->count);
	return true;
}

/* Another extreme is not known. */
static bool
remove_extreme(Running *running, const SydraValue *oldest, bool is_extreme, SydraValue *result)
{
	if (oldest->isnull)
		return true;
	if (is_extreme && running->count > 1)
		return false;
	running->count--;
	result->isnull = running->count == 0;
	return true;
}

static bool
remove_extreme_int(void *state, const SydraValue *oldest, SydraValue *result)
{
	Running    *running = state;

	return remove_extreme(running, oldest, oldest->integer == running->integer, result);
}

static bool
remove_extreme_float(void *state, const SydraValue *oldest, SydraValue *result)
{
	Running    *running = state;

	return remove_extreme(running, oldest,
						  sydra_float8_compare(oldest->real, running->real) == 0, result);
}

const SydraWindow sydra_window_running_sum_int = {
	sizeof(Running), add_running_sum_int, NULL, remove_sum_int
};
const SydraWindow sydra_window_running_sum_float = {sizeof(Running), add_running_sum_float, NULL};
const SydraWindow sydra_window_running_avg = {sizeof(Running), add_running_avg, NULL};
const SydraWindow sydra_window_running_count = {
	sizeof(Running), add_running_count, NULL, remove_count
};
const SydraWindow sydra_window_running_min_int = {
	sizeof(Running), add_running_min_int, NULL, remove_extreme_int
};
const SydraWindow sydra_window_running_max_int = {
	sizeof(Running), add_running_max_int, NULL, remove_extreme_int
};
const SydraWindow sydra_window_running_min_float = {
	sizeof(Running), add_running_min_float, NULL, remove_extreme_float
};
const SydraWindow sydra_window_running_max_float = {
	sizeof(Running), add_running_max_float, NULL, remove_extreme_float
};
const SydraWindow sydra_window_row_number = {sizeof(Running), add_row_number, NULL};
const SydraWindow sydra_window_fill_forward_word = {sizeof(Forward), add_forward_word, NULL};
const SydraWindow sydra_window_fill_forward_bytes = {sizeof(Forward), add_forward_bytes, NULL};

/* Constant arguments */

pg_noreturn static void raise_range(const SydraFunction *function, const char *what,
									const char *source, int offset);

static void
raise_range(const SydraFunction *function, const char *what, const char *source, int offset)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
			SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "\"%s\" takes %s", function->name, what),
			sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, source, offset),
			errhint("Write %s.", sydra_function_signature(function->name)));
}

void
sydra_window_check(const SydraFunction *function, int argument, const SydraValue *value,
				   const char *source, int offset)
{
	const SydraWindow *window = function->window;

	if (value->isnull)
		return;
	if (window == &sydra_window_lag_word || window == &sydra_window_lag_bytes ||
		window == &sydra_window_lead)
	{
		if (value->integer < 0 || value->integer >= PG_INT32_MAX)
			raise_range(function, "a number of rows from 0 to 2147483646", source, offset);
	}
	else if (window == &sydra_window_moving_avg_rows)
	{
		if (value->integer < 1)
			raise_range(function, "one row or more", source, offset);
	}
	else if (argument == 2)
	{
		if (!(value->real >= 0 && value->real <= 1))
			raise_range(function, "an alpha from 0 to 1", source, offset);
	}
	else if (value->months != 0 || value->integer <= 0)
		raise_range(function, "a positive duration of fixed length", source, offset);
}
