/*
 * aggregate_many.c
 *	  percentile median approx_percentile approx_count_distinct mode histogram: aggregates whose
 *	  states keep many values, or counts of them.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"

#include "base/compat.h"
#include "base/error.h"
#include "function/distinct.h"
#include "function/histogram.h"
#include "function/kernels.h"
#include "function/quantile.h"
#include "function/sketch.h"
#include "function/slice.h"

/* Percentiles */

void *
sydra_aggregate_percentile_check(const SydraCall *call)
{
	const SydraValue *fraction = call->constants[1];

	if (fraction->isnull || !(fraction->real >= 0 && fraction->real <= 1))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "\"%s\" takes a fraction from 0 to 1",
							 call->function->name),
				sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, call->source, call->offset),
				errhint("The 95th percentile is 0.95."));
	return NULL;
}

typedef struct PercentileState
{
	double		fraction;
	SydraQuantile values;
} PercentileState;

static void
update_percentile(void *state, const SydraAggregateInput *input)
{
	PercentileState *percentile = state;
	double		room[SYDRA_BATCH_ROWS];

	percentile->fraction = sydra_vector_float8(input->arguments[1], 0);
	sydra_quantile_add(&percentile->values, sydra_slice_float(input, room),
					   input->end - input->start, input->context);
}

static void
update_median(void *state, const SydraAggregateInput *input)
{
	PercentileState *percentile = state;
	double		room[SYDRA_BATCH_ROWS];

	percentile->fraction = 0.5;
	sydra_quantile_add(&percentile->values, sydra_slice_float(input, room),
					   input->end - input->start, input->context);
}

static bool
result_percentile(const void *state, SydraValue *value)
{
	const PercentileState *percentile = state;

	if (percentile->values.count == 0)
		return false;
	value->real = sydra_quantile_at(&percentile->values, percentile->fraction);
	return true;
}

const SydraAggregate sydra_aggregate_percentile = {
	sizeof(PercentileState), update_percentile, result_percentile
};
const SydraAggregate sydra_aggregate_median = {
	sizeof(PercentileState), update_median, result_percentile
};

typedef struct SketchState
{
	double		fraction;
	SydraSketch sketch;
} SketchState;

static void
update_sketch(void *state, const SydraAggregateInput *input)
{
	SketchState *sketch = state;
	double		room[SYDRA_BATCH_ROWS];

	sketch->fraction = sydra_vector_float8(input->arguments[1], 0);
	sydra_sketch_add(&sketch->sketch, sydra_slice_float(input, room), input->end - input->start,
					 input->context);
}

static bool
result_sketch(const void *state, SydraValue *value)
{
	const SketchState *sketch = state;

	if (sketch->sketch.count == 0)
		return false;
	value->real = sydra_sketch_at(&sketch->sketch, sketch->fraction);
	return true;
}

const SydraAggregate sydra_aggregate_approx_percentile = {
	sizeof(SketchState), update_sketch, result_sketch
};

/* Distinct values, about */

static uint64
hash_element(const SydraVector *vector, int row)
{
	SydraBytes	bytes;

	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			return sydra_distinct_hash_word(((const uint8 *) vector->values)[row] + 1);
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			return sydra_distinct_hash_word(sydra_vector_int64(vector, row));
		case SYDRA_KIND_FLOAT:
			return sydra_distinct_hash_float(sydra_vector_float8(vector, row));
		case SYDRA_KIND_TEXT:
			bytes = sydra_vector_bytes(vector, row);
			return sydra_distinct_hash_bytes(bytes.data, bytes.length);
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "kind %d cannot be compared", (int) vector->kind);
}

static void
update_distinct(void *state, const SydraAggregateInput *input)
{
	for (int i = input->start; i < input->end; i++)
		sydra_distinct_add(state, hash_element(input->arguments[0], sydra_slice_row(input, i)),
						   input->context);
}

static bool
result_distinct(const void *state, SydraValue *value)
{
	value->integer = sydra_distinct_estimate(state);
	return true;
}

const SydraAggregate sydra_aggregate_approx_count_distinct = {
	sizeof(SydraDistinct), update_distinct, result_distinct
};

/* The most frequent value; of several the least. */

typedef struct WordCount
{
	int64		value;			/* of doubles the bits, of equal ones the same */
	int64		count;
	char		status;
} WordCount;

#define SH_PREFIX words
#define SH_ELEMENT_TYPE WordCount
#define SH_KEY_TYPE int64
#define SH_KEY value
#define SH_HASH_KEY(table, key) ((uint32) sydra_distinct_hash_word(key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct TextCount
{
	SydraBytes	value;
	int64		count;
	uint32		hash;
	char		status;
} TextCount;

#define SH_PREFIX texts
#define SH_ELEMENT_TYPE TextCount
#define SH_KEY_TYPE SydraBytes
#define SH_KEY value
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).data, (key).length)
#define SH_EQUAL(table, a, b) sydra_bytes_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) ((element)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FIRST_VALUES 8

typedef struct ModeState
{
	words_hash *words;
	texts_hash *texts;
} ModeState;

static void
count_word(ModeState *mode, int64 value, MemoryContext context)
{
	bool		found;
	WordCount  *entry;

	if (mode->words == NULL)
		mode->words = words_create(context, FIRST_VALUES, NULL);
	entry = words_insert(mode->words, value, &found);
	entry->count = found ? entry->count + 1 : 1;
}

static void
update_mode_int(void *state, const SydraAggregateInput *input)
{
	for (int i = input->start; i < input->end; i++)
		count_word(state, sydra_vector_int64(input->arguments[0], sydra_slice_row(input, i)),
				   input->context);
}

static void
update_mode_bool(void *state, const SydraAggregateInput *input)
{
	const uint8 *values = input->arguments[0]->values;

	for (int i = input->start; i < input->end; i++)
		count_word(state, values[sydra_slice_row(input, i)], input->context);
}

static void
update_mode_float(void *state, const SydraAggregateInput *input)
{
	for (int i = input->start; i < input->end; i++)
	{
		double		value = sydra_vector_float8(input->arguments[0], sydra_slice_row(input, i));
		int64		bits;

		if (value == 0)
			value = 0;
		else if (isnan(value))
			value = NAN;
		memcpy(&bits, &value, sizeof(bits));
		count_word(state, bits, input->context);
	}
}

static void
update_mode_text(void *state, const SydraAggregateInput *input)
{
	ModeState  *mode = state;

	if (mode->texts == NULL)
		mode->texts = texts_create(input->context, FIRST_VALUES, NULL);
	for (int i = input->start; i < input->end; i++)
	{
		SydraBytes	value = sydra_vector_bytes(input->arguments[0], sydra_slice_row(input, i));
		bool		found;
		TextCount  *entry = texts_insert(mode->texts, value, &found);
		char	   *copy;

		if (found)
		{
			entry->count++;
			continue;
		}
		copy = MemoryContextAlloc(input->context, Max(value.length, 1));
		if (value.length > 0)
			memcpy(copy, value.data, value.length);
		entry->value.data = copy;
		entry->count = 1;
	}
}

/* The entry counted most, of several the one that is least; NULL without any. */
#define MOST_FREQUENT(name, prefix, type, compare) \
static const type * \
name(const ModeState *mode) \
{ \
	prefix##_iterator iterator; \
	const type *best = NULL; \
	type	   *entry; \
	\
	if (mode->prefix == NULL) \
		return NULL; \
	prefix##_start_iterate(mode->prefix, &iterator); \
	while ((entry = prefix##_iterate(mode->prefix, &iterator)) != NULL) \
		if (best == NULL || entry->count > best->count || \
			(entry->count == best->count && (compare) < 0)) \
			best = entry; \
	return best; \
}

MOST_FREQUENT(find_int, words, WordCount,
			  (entry->value > best->value) - (entry->value < best->value))
MOST_FREQUENT(find_float, words, WordCount,
			  sydra_float8_compare(sydra_float8_of_bits(entry->value),
								   sydra_float8_of_bits(best->value)))
MOST_FREQUENT(find_text, texts, TextCount, sydra_bytes_compare(entry->value, best->value))

static bool
result_mode_int(const void *state, SydraValue *value)
{
	const WordCount *best = find_int(state);

	value->integer = best ? best->value : 0;
	return best != NULL;
}

static bool
result_mode_bool(const void *state, SydraValue *value)
{
	const WordCount *best = find_int(state);

	value->boolean = best && best->value != 0;
	return best != NULL;
}

static bool
result_mode_float(const void *state, SydraValue *value)
{
	const WordCount *best = find_float(state);

	value->real = best ? sydra_float8_of_bits(best->value) : 0;
	return best != NULL;
}

static bool
result_mode_text(const void *state, SydraValue *value)
{
	const TextCount *best = find_text(state);

	if (best != NULL)
		value->bytes = best->value;
	return best != NULL;
}

const SydraAggregate sydra_aggregate_mode_int = {
	sizeof(ModeState), update_mode_int, result_mode_int
};
const SydraAggregate sydra_aggregate_mode_bool = {
	sizeof(ModeState), update_mode_bool, result_mode_bool
};
const SydraAggregate sydra_aggregate_mode_float = {
	sizeof(ModeState), update_mode_float, result_mode_float
};
const SydraAggregate sydra_aggregate_mode_text = {
	sizeof(ModeState), update_mode_text, result_mode_text
};

/* Histograms */

void *
sydra_aggregate_histogram_check(const SydraCall *call)
{
	const SydraValue *const *bounds = call->constants + 1;
	const char *fault = NULL;

	if (bounds[0]->isnull || bounds[1]->isnull || bounds[2]->isnull)
		fault = "bounds and ranges of \"histogram\" must not be null";
	else
		fault = sydra_histogram_fault(bounds[0]->real, bounds[1]->real, bounds[2]->integer);
	if (fault != NULL)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "%s", fault),
				sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, call->source, call->offset),
				errhint("Ten ranges from 0 to 100 are histogram(x, 0, 100, 10)."));
	return NULL;
}

static void
update_histogram(void *state, const SydraAggregateInput *input)
{
	SydraHistogram *histogram = state;
	double		room[SYDRA_BATCH_ROWS];
	const double *values = sydra_slice_float(input, room);

	if (histogram->counts == NULL)
		sydra_histogram_open(histogram, sydra_vector_float8(input->arguments[1], 0),
							 sydra_vector_float8(input->arguments[2], 0),
							 sydra_vector_int64(input->arguments[3], 0), input->context);
	for (int i = 0; i < input->end - input->start; i++)
		histogram->counts[sydra_histogram_place(histogram, values[i])]++;
}

static bool
result_histogram(const void *state, SydraValue *value)
{
	const SydraHistogram *histogram = state;
	char	   *array;

	if (histogram->counts == NULL)
		return false;
	array = DatumGetPointer(sydra_histogram_array(histogram));
	value->bytes = (SydraBytes) {array, VARSIZE(array)};
	return true;
}

const SydraAggregate sydra_aggregate_histogram = {
	sizeof(SydraHistogram), update_histogram, result_histogram
};
