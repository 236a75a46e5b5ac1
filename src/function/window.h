/*
 * Window functions: a value for each row from the rows of its series or group up to it.
 *
 * They are asked row after row, in the order of time, the state begun anew where another series or
 * group begins.  Of rows with the same time only the one written last is shown to them.
 */
#ifndef SYDRA_WINDOW_H
#define SYDRA_WINDOW_H

#include "function/registry.h"

typedef struct SydraWindowInput
{
	const SydraValue *arguments;	/* constants too, none of these null */
	int			argument_count;
	int64		time;
	const char *source;			/* the query's text, and the call's place there; -1: none */
	int			offset;
	MemoryContext context;		/* what a state points to is allocated here, and freed with it */
} SydraWindowInput;

/* A state is state_size zero bytes at first, aligned to 8. */
struct SydraWindow
{
	int			state_size;
	/* *result comes as null; bytes that it points to hold until the next call. */
	void		(*add) (void *state, const SydraWindowInput *input, SydraValue *result);
	/* NULL, or how many rows before the value belongs */
	int64		(*ahead) (const SydraValue *arguments, int count);

	/*
	 * NULL, or takes the oldest row off the state, and off *result what the function does not give
	 * any more; false when the rows that are left have to be added anew.
	 */
	bool		(*remove) (void *state, const SydraValue *oldest, SydraValue *result);
};

/* ERR_INVALID_ARGUMENT when a constant argument, if it is not null, is out of its range. */
extern void sydra_window_check(const SydraFunction *function, int argument,
							   const SydraValue *value, const char *source, int offset);

#define SYDRA_WINDOW(name) extern const SydraWindow name

SYDRA_WINDOW(sydra_window_derivative);
SYDRA_WINDOW(sydra_window_difference_float);
SYDRA_WINDOW(sydra_window_difference_int);
SYDRA_WINDOW(sydra_window_ema);
SYDRA_WINDOW(sydra_window_fill_forward_bytes);
SYDRA_WINDOW(sydra_window_fill_forward_word);
SYDRA_WINDOW(sydra_window_lag_bytes);
SYDRA_WINDOW(sydra_window_lag_word);
SYDRA_WINDOW(sydra_window_lead);
SYDRA_WINDOW(sydra_window_moving_avg_rows);
SYDRA_WINDOW(sydra_window_moving_avg_time);
SYDRA_WINDOW(sydra_window_row_number);
SYDRA_WINDOW(sydra_window_running_avg);
SYDRA_WINDOW(sydra_window_running_count);
SYDRA_WINDOW(sydra_window_running_max_float);
SYDRA_WINDOW(sydra_window_running_max_int);
SYDRA_WINDOW(sydra_window_running_min_float);
SYDRA_WINDOW(sydra_window_running_min_int);
SYDRA_WINDOW(sydra_window_running_sum_float);
SYDRA_WINDOW(sydra_window_running_sum_int);

#endif
