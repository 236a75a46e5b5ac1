/*
 * op_aggregate.c
 *	  Groups rows and aggregates the groups.
 *
 * Rows come series by series in time order, so the rows of a group mostly stand side by side.  A
 * batch is therefore cut into pieces at which a key changes, the group is looked up once for each
 * piece, and the kernels take the piece as a slice.  Where the keys change at nearly every row, the
 * rows of the batch are first brought together by group, keeping their order.
 *
 * The time_bucket key is kept as a number beside the group, the other keys together are numbered by
 * a key table, so that a new bucket of the same series costs one small lookup.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "base/wide.h"
#include "engine/group_table.h"
#include "engine/key_table.h"
#include "engine/operator.h"
#include "engine/output.h"
#include "engine/pair_series.h"
#include "function/eval.h"
#include "function/registry.h"
#include "vector/valid.h"

/* Below so many rows a piece on average, rows are brought together by group. */
#define PIECE_ROWS 4

typedef struct Piece
{
	int			start;			/* places among the rows of the batch */
	int			end;
	SydraGroup *group;
} Piece;

typedef struct Call
{
	const SydraAggregate *aggregate;
	int			argument_count;
	SydraEval **arguments;
	const SydraVector **vectors;	/* of the batch at hand */
	SydraEval  *filter;			/* or NULL */
	const SydraVector *filter_vector;
	SydraPairSeries *pairs;		/* of an aggregate of neighbouring samples; or NULL */
	SydraKeyTable *seen;		/* DISTINCT: (group, value) so far; or NULL */
	int			state_offset;
} Call;

typedef struct OpAggregate
{
	SydraOp operator;
	int			key_count;
	int			bucket_key;		/* or -1 */
	SydraEval **keys;
	const SydraVector **key_vectors;	/* of the batch at hand */
	int			call_count;
	Call	   *calls;
	SydraGroupTable *groups;
	SydraKeyTable *prefixes;
	MemoryContext states;		/* what states point to */
	StringInfoData key;

	Piece		pieces[SYDRA_BATCH_ROWS];
	int			piece_count;
	uint16		gathered[SYDRA_BATCH_ROWS];
	uint16		lists[2][SYDRA_BATCH_ROWS];

	SydraBucketer bucketer;		/* of the time_bucket key */
	int			bucketed_time;	/* the column that it is of; -1: it is of something else */
	const int64 *times;			/* of the batch, when they rise: buckets are searched in them */
	bool		distinct;		/* these are finite, and no two are alike */
	SydraBucketSpan span;
	char	   *trial;			/* states, to take whole segments */
	int			states_size;
	bool		of_ends;		/* the scan gives the ends of series, in its own order */
	int64		place;			/* then: of the batch at hand; else 0 */

	bool		consumed;
	uint32		given;			/* groups so far */
	SydraOutput output;
} OpAggregate;

/* Whether a key differs between two rows; -0.0 and 0.0 may, which costs a lookup and no more. */
static inline bool
key_changes(const SydraVector *vector, int row_a, int row_b)
{
	bool		null_a = sydra_vector_is_null(vector, row_a);
	bool		null_b = sydra_vector_is_null(vector, row_b);

	if (null_a || null_b)
		return null_a != null_b;
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			return ((const uint8 *) vector->values)[row_a] !=
				((const uint8 *) vector->values)[row_b];
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			return !sydra_bytes_equal(sydra_vector_bytes(vector, row_a),
									  sydra_vector_bytes(vector, row_b));
		case SYDRA_KIND_INT:
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			return sydra_vector_int64(vector, row_a) != sydra_vector_int64(vector, row_b);
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "kind %d is no key", (int) vector->kind);
}

/* Notes at which of the places 1 .. rows - 1 a key is another than at the place before. */
SYDRA_WIDE static void
mark_changes(const SydraVector *vector, const SydraBatch *batch, uint8 *changes)
{
	int			rows = sydra_batch_rows(batch);

	if (vector->same)
		return;
	if (batch->selected == NULL && vector->valid == NULL &&
		(vector->kind == SYDRA_KIND_TIME || vector->kind == SYDRA_KIND_INT))
	{
		const int64 *restrict values = vector->values;

		for (int i = 1; i < rows; i++)
			changes[i] |= values[i] != values[i - 1];
		return;
	}
	for (int i = 1; i < rows; i++)
		changes[i] |= key_changes(vector, sydra_batch_row(batch, i), sydra_batch_row(batch, i - 1));
}

static uint32
find_prefix(OpAggregate *aggregate, int row)
{
	bool		is_new;

	resetStringInfo(&aggregate->key);
	for (int i = 0; i < aggregate->key_count; i++)
		if (i != aggregate->bucket_key)
			sydra_key_append(&aggregate->key, aggregate->key_vectors[i], row);
	return sydra_key_table_add(aggregate->prefixes, aggregate->key.data, aggregate->key.len,
							   &is_new);
}

/* Notes where a key other than the bucket changes. */
static void
mark_prefixes(const OpAggregate *aggregate, const SydraBatch *batch, uint8 *changes)
{
	memset(changes, 0, sydra_batch_rows(batch));
	for (int i = 0; i < aggregate->key_count; i++)
		if (i != aggregate->bucket_key)
			mark_changes(aggregate->key_vectors[i], batch, changes);
	changes[0] = 0;
}

/* The same for all rows, in the order of time, where the bucket is of the time: they are searched. */
static void
cut_rising_times(OpAggregate *aggregate, const SydraBatch *batch)
{
	uint8		changes[SYDRA_BATCH_ROWS];
	bool		has_prefix = aggregate->key_count > 1;
	int			key_end = has_prefix ? 0 : batch->count;
	uint32		prefix = 0;

	if (has_prefix)
		mark_prefixes(aggregate, batch, changes);
	aggregate->piece_count = 0;
	for (int start = 0; start < batch->count;)
	{
		Piece	   *piece = &aggregate->pieces[aggregate->piece_count++];
		int64		bucket = sydra_bucket_find(&aggregate->bucketer, &aggregate->span,
											   aggregate->times[start]);

		if (start == key_end)
		{
			const uint8 *change = memchr(changes + start + 1, 1, batch->count - start - 1);

			key_end = change ? change - changes : batch->count;
			prefix = find_prefix(aggregate, start);
		}
		piece->start = start;
		piece->end = sydra_bucket_end(aggregate->times, start + 1, key_end, aggregate->span.next);
		piece->group = sydra_group_table_find(aggregate->groups, prefix, bucket, false);
		start = piece->end;
	}
}

/* Cuts the rows of a batch at every change of a key, and finds the group of each piece. */
static void
cut_pieces(OpAggregate *aggregate, const SydraBatch *batch)
{
	int			rows = sydra_batch_rows(batch);
	uint8		prefix_changes[SYDRA_BATCH_ROWS];
	uint8		changes[SYDRA_BATCH_ROWS];	/* of any key */
	const SydraVector *bucket = NULL;
	uint32		prefix = 0;

	mark_prefixes(aggregate, batch, prefix_changes);
	memcpy(changes, prefix_changes, rows);
	if (aggregate->bucket_key >= 0)
	{
		bucket = aggregate->key_vectors[aggregate->bucket_key];
		mark_changes(bucket, batch, changes);
	}
	prefix_changes[0] = aggregate->key_count > (bucket != NULL);

	aggregate->piece_count = 0;
	for (int start = 0; start < rows;)
	{
		Piece	   *piece = &aggregate->pieces[aggregate->piece_count++];
		int			row = sydra_batch_row(batch, start);
		const uint8 *change = memchr(changes + start + 1, 1, rows - start - 1);
		int			end = change ? change - changes : rows;
		bool		null_bucket = bucket != NULL && sydra_vector_is_null(bucket, row);

		if (prefix_changes[start])
			prefix = find_prefix(aggregate, row);
		piece->start = start;
		piece->end = end;
		piece->group = sydra_group_table_find(aggregate->groups, prefix,
											  bucket != NULL && !null_bucket ?
											  sydra_vector_int64(bucket, row) : 0,
											  null_bucket);
		start = end;
	}
}

/*
 * Makes one piece of all pieces of a group; gives the rows, in which the pieces then stand.
 */
static const uint16 *
gather_pieces(OpAggregate *aggregate, const SydraBatch *batch)
{
	int			group_count = 0;
	int			first = 0;
	SydraGroup *groups[SYDRA_BATCH_ROWS];

	for (int i = 0; i < aggregate->piece_count; i++)
		aggregate->pieces[i].group->rows = 0;
	for (int i = 0; i < aggregate->piece_count; i++)
	{
		SydraGroup *group = aggregate->pieces[i].group;

		if (group->rows == 0)
			groups[group_count++] = group;
		group->rows += aggregate->pieces[i].end - aggregate->pieces[i].start;
	}
	for (int i = 0; i < group_count; i++)
	{
		groups[i]->first = first;
		first += groups[i]->rows;
		groups[i]->rows = 0;
	}
	for (int i = 0; i < aggregate->piece_count; i++)
	{
		SydraGroup *group = aggregate->pieces[i].group;

		for (int at = aggregate->pieces[i].start; at < aggregate->pieces[i].end; at++)
			aggregate->gathered[group->first + group->rows++] = sydra_batch_row(batch, at);
	}
	for (int i = 0; i < group_count; i++)
	{
		Piece	   *piece = &aggregate->pieces[i];

		piece->start = groups[i]->first;
		piece->end = groups[i]->first + groups[i]->rows;
		piece->group = groups[i];
	}
	aggregate->piece_count = group_count;
	return aggregate->gathered;
}

/* The rows whose value the group has not had before. */
static int
select_unseen(OpAggregate *aggregate, Call *call, const Piece *piece, const uint16 *rows,
			  int start, int end, uint16 *list)
{
	int			count = 0;

	for (int i = start; i < end; i++)
	{
		int			row = rows ? rows[i] : i;
		bool		is_new;

		resetStringInfo(&aggregate->key);
		appendBinaryStringInfo(&aggregate->key, (const char *) &piece->group,
							   sizeof(piece->group));
		sydra_key_append(&aggregate->key, call->vectors[0], row);
		sydra_key_table_add(call->seen, aggregate->key.data, aggregate->key.len, &is_new);
		list[count] = row;
		count += is_new;
	}
	return count;
}

/* One piece through FILTER, nulls and DISTINCT into one state. */
static void
update_state(OpAggregate *aggregate, Call *call, const Piece *piece, const uint16 *rows)
{
	SydraAggregateInput input = {
		call->vectors, rows, piece->start, piece->end, aggregate->states, aggregate->place
	};

	if (call->filter_vector != NULL)
	{
		int			count = 0;

		/* rows is in lists[0] afterwards, whichever way it came. */
		for (int i = input.start; i < input.end; i++)
		{
			int			row = rows ? rows[i] : i;

			aggregate->lists[0][count] = row;
			count += ((const uint8 *) call->filter_vector->values)[row] &&
				!sydra_vector_is_null(call->filter_vector, row);
		}
		input.rows = aggregate->lists[0];
		input.start = 0;
		input.end = count;
	}
	if (call->argument_count > 0 && call->vectors[0]->valid != NULL &&
		(input.rows != NULL ||
		 !sydra_valid_all(call->vectors[0]->valid, input.start, input.end)))
	{
		input.end = sydra_valid_rows(call->vectors[0]->valid, input.rows, input.start, input.end,
									 aggregate->lists[1]);
		input.rows = aggregate->lists[1];
		input.start = 0;
	}
	if (call->seen != NULL)
	{
		input.end = select_unseen(aggregate, call, piece, input.rows, input.start, input.end,
								  aggregate->lists[0]);
		input.rows = aggregate->lists[0];
		input.start = 0;
	}
	if (input.start >= input.end)
		return;
	if (call->pairs != NULL)
	{
		SydraPairRows added = {
			call->vectors, call->argument_count, input.rows, input.start, input.end,
			aggregate->distinct &&
			call->vectors[call->argument_count - 3]->values == aggregate->times
		};

		sydra_pair_series_add(call->pairs, piece->group, &added);
	}
	else
		call->aggregate->update(piece->group->states + call->state_offset, &input);
}

/* Finds the times that buckets can be searched in. */
static void
find_rising_times(OpAggregate *aggregate, const SydraBatch *batch)
{
	const SydraVector *time;
	const int64 *values;
	bool		ties;

	aggregate->times = NULL;
	aggregate->distinct = false;
	if (aggregate->bucketed_time < 0 || batch->selected != NULL)
		return;
	time = &batch->columns[aggregate->bucketed_time];
	values = time->values;
	if (time->valid != NULL || !sydra_vector_is_rising(values, batch->count, &ties))
		return;
	aggregate->times = values;
	aggregate->distinct = !ties && !TIMESTAMP_NOT_FINITE(values[0]) &&
		!TIMESTAMP_NOT_FINITE(values[batch->count - 1]);
}

static void
evaluate(OpAggregate *aggregate, const SydraBatch *batch)
{
	find_rising_times(aggregate, batch);
	for (int i = 0; i < aggregate->key_count; i++)
		if (i != aggregate->bucket_key || aggregate->times == NULL)
			aggregate->key_vectors[i] = sydra_eval_run(aggregate->keys[i], batch);
	for (int i = 0; i < aggregate->call_count; i++)
	{
		Call	   *call = &aggregate->calls[i];
		SydraBatch	filtered = *batch;
		uint16		selected[SYDRA_BATCH_ROWS];

		/* The arguments of rows that FILTER leaves out must not raise errors. */
		call->filter_vector = NULL;
		if (call->filter != NULL)
		{
			call->filter_vector = sydra_eval_run(call->filter, batch);
			filtered.selected_count = sydra_select_true(call->filter_vector, batch->selected,
														sydra_batch_rows(batch), selected);
			filtered.selected = selected;
		}
		for (int j = 0; j < call->argument_count; j++)
			call->vectors[j] = sydra_eval_run(call->arguments[j], &filtered);
	}
}

/* All pieces through the aggregates of neighbours, or through the others. */
static void
update_calls(OpAggregate *aggregate, const uint16 *rows, bool pairs)
{
	for (int i = 0; i < aggregate->call_count; i++)
	{
		if ((aggregate->calls[i].pairs != NULL) != pairs)
			continue;
		for (int j = 0; j < aggregate->piece_count; j++)
			update_state(aggregate, &aggregate->calls[i], &aggregate->pieces[j], rows);
	}
}

/* Gathering keeps the order of rows inside each group only, and neighbours may be in two. */
static void
consume_batch(OpAggregate *aggregate, const SydraBatch *batch)
{
	const uint16 *rows = batch->selected;

	aggregate->place = aggregate->of_ends ? batch->place : 0;
	evaluate(aggregate, batch);
	if (aggregate->times != NULL)
		cut_rising_times(aggregate, batch);
	else
		cut_pieces(aggregate, batch);
	update_calls(aggregate, rows, true);
	if (aggregate->piece_count > 1 &&
		aggregate->piece_count > sydra_batch_rows(batch) / PIECE_ROWS)
		rows = gather_pieces(aggregate, batch);
	update_calls(aggregate, rows, false);
}

/*
 * Whole segments.
 */

/* What is known of what a call looks at. */
static bool
find_statistics(const OpAggregate *aggregate, const SydraAggregateCall *call,
				const SydraSegment *segment, const SydraSegmentReader *reader,
				SydraSegmentStatistics *statistics)
{
	const SydraPlanScan *scan = (const SydraPlanScan *) aggregate->operator.plan->input;
	const SydraTerm *argument;

	if (call->arguments == NIL)
	{
		*statistics = (SydraSegmentStatistics) {.count = segment->nrows};
		return true;
	}
	argument = linitial(call->arguments);
	return sydra_segment_statistics(reader, scan->scan_columns[argument->column].attnum,
									statistics);
}

/* Adds a segment to the states of a group; false when that cannot be. */
static bool
summarize_calls(OpAggregate *aggregate, char *states, const SydraSegment *segment,
				const SydraSegmentReader *reader)
{
	const SydraPlanAggregate *planned = (const SydraPlanAggregate *) aggregate->operator.plan;

	for (int i = 0; i < aggregate->call_count; i++)
	{
		const Call *call = &aggregate->calls[i];
		SydraSegmentStatistics statistics;

		if (!find_statistics(aggregate, list_nth(planned->calls, i), segment, reader,
							 &statistics) ||
			!call->aggregate->summarize(states + call->state_offset, &statistics))
			return false;
	}
	return true;
}

static bool
is_of_one_group(const OpAggregate *aggregate, const SydraSegment *segment)
{
	bool		has_bucket = aggregate->bucket_key >= 0;

	if (has_bucket && sydra_bucket_start(&aggregate->bucketer, segment->tmin) !=
		sydra_bucket_start(&aggregate->bucketer, segment->tmax))
		return false;
	return aggregate->key_count == has_bucket || segment->smin == segment->smax;
}

static bool
take_segment(void *arg, const SydraBatch *row, const SydraSegment *segment,
			 const SydraSegmentReader *reader)
{
	OpAggregate *aggregate = arg;
	bool		has_bucket = aggregate->bucket_key >= 0;
	SydraGroup *group;

	memset(aggregate->trial, 0, aggregate->states_size);
	if (!is_of_one_group(aggregate, segment) ||
		!summarize_calls(aggregate, aggregate->trial, segment, reader))
		return false;
	for (int i = 0; i < aggregate->key_count; i++)
		if (i != aggregate->bucket_key)
			aggregate->key_vectors[i] = sydra_eval_run(aggregate->keys[i], row);
	group = sydra_group_table_find(aggregate->groups,
								   aggregate->key_count > has_bucket ? find_prefix(aggregate, 0) : 0,
								   has_bucket ? sydra_bucket_start(&aggregate->bucketer,
																   segment->tmin) : 0,
								   false);
	return summarize_calls(aggregate, group->states, segment, reader);
}

static void
consume(OpAggregate *aggregate)
{
	SydraBatch *batch;

	/* Without keys there is a group even of no rows. */
	if (aggregate->key_count == 0)
		sydra_group_table_find(aggregate->groups, 0, 0, false);
	while (sydra_operator_next(aggregate->operator.input, &batch))
	{
		consume_batch(aggregate, batch);
		sydra_execution_check_memory(aggregate->operator.execution);
	}
	for (int i = 0; i < aggregate->call_count; i++)
		if (aggregate->calls[i].pairs != NULL)
			sydra_pair_series_finish(aggregate->calls[i].pairs);
	aggregate->consumed = true;
}

static void
give_group(OpAggregate *aggregate, const SydraGroup *group, int row)
{
	SydraVector *columns = aggregate->output.batch.columns;
	const char *key = NULL;

	if (aggregate->key_count > (aggregate->bucket_key >= 0))
		key = sydra_key_table_key(aggregate->prefixes, group->prefix);
	for (int i = 0; i < aggregate->key_count; i++)
	{
		if (i == aggregate->bucket_key)
		{
			((int64 *) columns[i].values)[row] = group->bucket;
			if (group->bucket_null)
				sydra_output_set_null(&aggregate->output, i, row);
		}
		else if (!sydra_key_read(&key, &columns[i], row))
			sydra_output_set_null(&aggregate->output, i, row);
	}
	for (int i = 0; i < aggregate->call_count; i++)
	{
		const Call *call = &aggregate->calls[i];
		int			column = aggregate->key_count + i;
		SydraValue	value = {0};

		value.isnull = !call->aggregate->result(group->states + call->state_offset, &value);
		sydra_eval_store(&columns[column], row, &value);
		if (value.isnull)
			sydra_output_set_null(&aggregate->output, column, row);
	}
}

static bool
next_groups(SydraOp *operator, SydraBatch **batch)
{
	OpAggregate *aggregate = (OpAggregate *) operator;
	int			count;

	if (!aggregate->consumed)
		consume(aggregate);
	count = Min(sydra_group_table_count(aggregate->groups) - aggregate->given, SYDRA_BATCH_ROWS);
	if (count == 0)
		return false;
	sydra_output_begin(&aggregate->output);
	for (int i = 0; i < count; i++)
		give_group(aggregate, sydra_group_table_get(aggregate->groups, aggregate->given + i), i);
	aggregate->given += count;
	*batch = sydra_output_end(&aggregate->output, count);
	return true;
}

/* Those that analysis did not know, being parameters, may be null now. */
static void
check_constants(const SydraAggregateCall *planned, const char *source)
{
	SydraCall	call = {.function = planned->function,.source = source,.offset = planned->offset};

	if (planned->function->prepare == NULL)
		return;
	call.argument_count = list_length(planned->arguments);
	call.constants = palloc0(sizeof(SydraValue *) * call.argument_count);
	for (int i = 0; i < call.argument_count; i++)
	{
		const SydraTerm *argument = list_nth(planned->arguments, i);

		if (argument->type == SYDRA_TERM_CONST)
			call.constants[i] = &argument->value;
	}
	planned->function->prepare(&call);
}

static void
open_call(OpAggregate *aggregate, Call *call, const SydraAggregateCall *planned,
		  int state_offset)
{
	const char *source = aggregate->operator.execution->source;
	const SydraPlanAggregate *plan = (const SydraPlanAggregate *) aggregate->operator.plan;

	check_constants(planned, source);
	call->aggregate = planned->function->aggregate;
	call->state_offset = state_offset;
	call->argument_count = list_length(planned->arguments);
	call->arguments = palloc(sizeof(SydraEval *) * Max(call->argument_count, 1));
	call->vectors = palloc0(sizeof(SydraVector *) * Max(call->argument_count, 1));
	for (int i = 0; i < call->argument_count; i++)
		call->arguments[i] = sydra_eval_open(list_nth(planned->arguments, i), source);
	if (planned->filter != NULL)
		call->filter = sydra_eval_open(planned->filter, source);
	if (call->aggregate->pairing != NULL)
		call->pairs = sydra_pair_series_create(call->aggregate->pairing, state_offset,
											   plan->revisits);
	if (planned->distinct)
		call->seen = sydra_key_table_create();
}

static int
find_bucketed_time(const SydraPlanAggregate *planned)
{
	const SydraTerm *key;
	const SydraTerm *time;

	if (planned->bucket_key < 0)
		return -1;
	key = list_nth(planned->keys, planned->bucket_key);
	time = lsecond(key->arguments);
	return time->type == SYDRA_TERM_COLUMN && time->kind == SYDRA_KIND_TIME ? time->column : -1;
}

SydraOp *
sydra_op_aggregate_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpAggregate *aggregate = palloc0(sizeof(OpAggregate));
	const SydraPlanAggregate *planned = (const SydraPlanAggregate *) plan;
	int			states_size = 0;

	aggregate->operator.plan = plan;
	aggregate->operator.execution = execution;
	aggregate->operator.input = input;
	aggregate->operator.next = next_groups;
	aggregate->key_count = list_length(planned->keys);
	aggregate->bucket_key = planned->bucket_key;
	aggregate->keys = palloc(sizeof(SydraEval *) * Max(aggregate->key_count, 1));
	aggregate->key_vectors = palloc0(sizeof(SydraVector *) * Max(aggregate->key_count, 1));
	for (int i = 0; i < aggregate->key_count; i++)
		aggregate->keys[i] = sydra_eval_open(list_nth(planned->keys, i), execution->source);
	aggregate->call_count = list_length(planned->calls);
	aggregate->calls = palloc0(sizeof(Call) * Max(aggregate->call_count, 1));
	for (int i = 0; i < aggregate->call_count; i++)
	{
		open_call(aggregate, &aggregate->calls[i], list_nth(planned->calls, i), states_size);
		states_size += MAXALIGN(aggregate->calls[i].aggregate->state_size);
	}
	aggregate->groups = sydra_group_table_create(states_size);
	aggregate->prefixes = sydra_key_table_create();
	aggregate->states = AllocSetContextCreate(CurrentMemoryContext, "sydra aggregate states",
											  ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&aggregate->key);
	sydra_output_open(&aggregate->output, plan);
	aggregate->bucketed_time = find_bucketed_time(planned);
	if (planned->bucket_key >= 0)
		sydra_bucket_open(&aggregate->bucketer, &planned->bucket);
	if (planned->summarizes)
	{
		aggregate->trial = palloc(Max(states_size, 1));
		aggregate->states_size = states_size;
		sydra_op_scan_summarize(input, take_segment, aggregate);
	}
	aggregate->of_ends = plan->input->type == SYDRA_PLAN_SCAN &&
		((const SydraPlanScan *) plan->input)->chosen != NULL;
	return &aggregate->operator;
}
