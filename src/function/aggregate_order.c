/*
 * aggregate_order.c
 *	  first last min_time max_time, and min and max of texts.
 *
 * Of a group's rows one is chosen and remembered.  Rows of equal time: the first series by tags; of
 * one series, the row written last, because a correction bears the time of what it corrects.
 */
#include "postgres.h"

#include "function/kernels.h"
#include "function/slice.h"

/* A text that a state keeps, in room that grows. */
typedef struct KeptBytes
{
	char	   *data;
	int32		length;
	int32		room;
} KeptBytes;

static void
keep_bytes(KeptBytes *kept, SydraBytes bytes, MemoryContext context)
{
	if (kept->room < bytes.length || kept->data == NULL)
	{
		if (kept->data != NULL)
			pfree(kept->data);
		kept->room = Max(bytes.length, 32);
		kept->data = MemoryContextAlloc(context, kept->room);
	}
	if (bytes.length > 0)
		memcpy(kept->data, bytes.data, bytes.length);
	kept->length = bytes.length;
}

/* min and max of texts */

typedef struct TextExtreme
{
	bool		found;
	KeptBytes	kept;
} TextExtreme;

static void
update_text(TextExtreme *extreme, const SydraAggregateInput *input, int direction)
{
	const SydraBytes *values = input->arguments[0]->values;
	SydraBytes	best = {extreme->kept.data, extreme->kept.length};
	bool		found = extreme->found;
	bool		changed = false;

	for (int i = input->start; i < input->end; i++)
	{
		SydraBytes	value = values[sydra_slice_row(input, i)];

		if (found && sydra_bytes_compare(value, best) * direction <= 0)
			continue;
		best = value;
		found = changed = true;
	}
	if (changed)
		keep_bytes(&extreme->kept, best, input->context);
	extreme->found = found;
}

static void
update_min_text(void *state, const SydraAggregateInput *input)
{
	update_text(state, input, -1);
}

static void
update_max_text(void *state, const SydraAggregateInput *input)
{
	update_text(state, input, 1);
}

static bool
result_text(const void *state, SydraValue *value)
{
	const TextExtreme *extreme = state;

	value->bytes = (SydraBytes) {extreme->kept.data, extreme->kept.length};
	return extreme->found;
}

const SydraAggregate sydra_aggregate_min_text = {sizeof(TextExtreme), update_min_text, result_text};
const SydraAggregate sydra_aggregate_max_text = {sizeof(TextExtreme), update_max_text, result_text};

/* The place of a row in the order of measuring and writing. */
typedef struct Place
{
	int64		time;
	int64		rank;			/* of the series by tags */
	int64		written;
	int64		batch;			/* see SydraAggregateInput */
} Place;

static inline Place
read_place(const SydraAggregateInput *input, int row)
{
	Place		place = {
		sydra_vector_int64(input->arguments[1], row),
		sydra_vector_int64(input->arguments[2], row),
		sydra_vector_int64(input->arguments[3], row),
		input->place
	};

	return place;
}

/* Whether the newcomer is to be chosen; direction -1: the earlier time, 1: the later one. */
static inline bool
is_better(Place place, Place best, int direction)
{
	if (place.time != best.time)
		return direction < 0 ? place.time < best.time : place.time > best.time;
	if (place.rank != best.rank)
		return place.rank < best.rank;
	if (place.written != best.written)
		return place.written > best.written;
	return place.batch >= best.batch;
}

/*
 * The best row of a slice.  Inside a run times rise, so a slice whose last row is later than all
 * others needs no look at the rest; the times alone are looked at otherwise.
 */
static int
choose_row(const SydraAggregateInput *input, int direction, Place *best)
{
	const int64 *times = input->arguments[1]->values;
	int			best_row = sydra_slice_row(input, input->start);

	*best = read_place(input, best_row);
	for (int i = input->start + 1; i < input->end; i++)
	{
		int			row = sydra_slice_row(input, i);
		Place		place;

		if (direction < 0 ? times[row] > best->time : times[row] < best->time)
			continue;
		place = read_place(input, row);
		if (is_better(place, *best, direction))
		{
			*best = place;
			best_row = row;
		}
	}
	return best_row;
}

typedef struct Chosen
{
	bool		found;
	Place		place;
	int64		value;			/* of the 64-bit kinds, or a boolean */
	KeptBytes	kept;			/* of texts */
} Chosen;

/* Whether row, the best of a slice, is better than what was chosen before. */
static bool
take_place(Chosen *chosen, Place place, int direction)
{
	if (chosen->found && !is_better(place, chosen->place, direction))
		return false;
	chosen->found = true;
	chosen->place = place;
	return true;
}

#define CHOOSE(name, direction, assignment) \
static void \
name(void *state, const SydraAggregateInput *input) \
{ \
	Chosen	   *chosen = state; \
	Place		place; \
	int			row; \
	\
	if (input->start >= input->end) \
		return; \
	row = choose_row(input, direction, &place); \
	if (take_place(chosen, place, direction)) \
		assignment; \
}

#define KEEP_INT chosen->value = sydra_vector_int64(input->arguments[0], row)
#define KEEP_BOOL chosen->value = ((const uint8 *) input->arguments[0]->values)[row]
#define KEEP_BYTES \
	keep_bytes(&chosen->kept, sydra_vector_bytes(input->arguments[0], row), input->context)

CHOOSE(update_first_int, -1, KEEP_INT)
CHOOSE(update_last_int, 1, KEEP_INT)
CHOOSE(update_first_bool, -1, KEEP_BOOL)
CHOOSE(update_last_bool, 1, KEEP_BOOL)
CHOOSE(update_first_bytes, -1, KEEP_BYTES)
CHOOSE(update_last_bytes, 1, KEEP_BYTES)

/* Doubles are kept by their bits. */
static bool
result_int(const void *state, SydraValue *value)
{
	const Chosen *chosen = state;

	value->integer = chosen->value;
	return chosen->found;
}

static bool
result_bool(const void *state, SydraValue *value)
{
	const Chosen *chosen = state;

	value->boolean = chosen->value != 0;
	return chosen->found;
}

static bool
result_bytes(const void *state, SydraValue *value)
{
	const Chosen *chosen = state;

	value->bytes = (SydraBytes) {chosen->kept.data, chosen->kept.length};
	return chosen->found;
}

const SydraAggregate sydra_aggregate_first_int = {sizeof(Chosen), update_first_int, result_int};
const SydraAggregate sydra_aggregate_last_int = {sizeof(Chosen), update_last_int, result_int};
const SydraAggregate sydra_aggregate_first_bool = {sizeof(Chosen), update_first_bool, result_bool};
const SydraAggregate sydra_aggregate_last_bool = {sizeof(Chosen), update_last_bool, result_bool};
const SydraAggregate sydra_aggregate_first_bytes = {
	sizeof(Chosen), update_first_bytes, result_bytes
};
const SydraAggregate sydra_aggregate_last_bytes = {
	sizeof(Chosen), update_last_bytes, result_bytes
};

/* min_time, max_time: the earliest time of the extreme value. */

typedef struct WhenExtreme
{
	bool		found;
	int64		time;
	union
	{
		int64		integer;
		double		real;
	};
} WhenExtreme;

#define WHEN(name, type, member, order) \
static void \
name(void *state, const SydraAggregateInput *input) \
{ \
	WhenExtreme *extreme = state; \
	const type *values = input->arguments[0]->values; \
	const int64 *times = input->arguments[1]->values; \
	\
	for (int i = input->start; i < input->end; i++) \
	{ \
		int			row = sydra_slice_row(input, i); \
		type		a = values[row]; \
		type		b = extreme->member; \
		int			better = (order); \
	\
		if (extreme->found && (better < 0 || (better == 0 && times[row] >= extreme->time))) \
			continue; \
		extreme->found = true; \
		extreme->member = a; \
		extreme->time = times[row]; \
	} \
}

WHEN(update_min_time_int, int64, integer, (a < b) - (a > b))
WHEN(update_max_time_int, int64, integer, (a > b) - (a < b))
WHEN(update_min_time_float, double, real, sydra_float8_compare(b, a))
WHEN(update_max_time_float, double, real, sydra_float8_compare(a, b))

static bool
result_when(const void *state, SydraValue *value)
{
	const WhenExtreme *extreme = state;

	value->integer = extreme->time;
	return extreme->found;
}

const SydraAggregate sydra_aggregate_min_time_int = {
	sizeof(WhenExtreme), update_min_time_int, result_when
};
const SydraAggregate sydra_aggregate_max_time_int = {
	sizeof(WhenExtreme), update_max_time_int, result_when
};
const SydraAggregate sydra_aggregate_min_time_float = {
	sizeof(WhenExtreme), update_min_time_float, result_when
};
const SydraAggregate sydra_aggregate_max_time_float = {
	sizeof(WhenExtreme), update_max_time_float, result_when
};
