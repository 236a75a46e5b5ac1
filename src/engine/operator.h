/*
 * What operators are to each other.
 */
#ifndef SYDRA_OPERATOR_H
#define SYDRA_OPERATOR_H

#include "utils/timestamp.h"

#include "engine/engine.h"
#include "store/segment_reader.h"

struct SydraExecution
{
	const char *source;
	Snapshot	snapshot;
	MemoryContext context;		/* of the query: all that its operators allocate */
	TimestampTz deadline;		/* 0: none */
	TimestampTz paused;			/* when the caller got the last batch */
	int64		rows;			/* given so far */
	Size		memory;			/* the most that was seen held */
	bool		measured;		/* every operator is: plan->actual is filled in */
	struct SydraOp *top;
};

typedef struct SydraOp SydraOp;

/* An operator's own state begins with this. */
struct SydraOp
{
	const SydraPlan *plan;
	SydraExecution *execution;
	SydraOp *input;		/* or NULL */
	SydraOp *second;		/* of a join; or NULL */
	/* Gives a batch with at least one row, valid until the next call, or false; not called again. */
	bool		(*next) (SydraOp *operator, SydraBatch **batch);
	void		(*close) (SydraOp *operator); /* or NULL */
};

/* Each lives in the current memory context, the query's; input is open. */
extern SydraOp *sydra_op_values_open(SydraExecution *execution, const SydraPlan *plan);
extern SydraOp *sydra_op_scan_open(SydraExecution *execution, const SydraPlan *plan);
extern SydraOp *sydra_op_number_open(SydraExecution *execution, const SydraPlan *plan,
									 SydraOp *input);
extern SydraOp *sydra_op_filter_open(SydraExecution *execution, const SydraPlan *plan,
										   SydraOp *input);
extern SydraOp *sydra_op_project_open(SydraExecution *execution, const SydraPlan *plan,
											SydraOp *input);
extern SydraOp *sydra_op_join_open(SydraExecution *execution, const SydraPlan *plan,
								   SydraOp *input, SydraOp *second);
extern SydraOp *sydra_op_aggregate_open(SydraExecution *execution, const SydraPlan *plan,
											  SydraOp *input);
extern SydraOp *sydra_op_order_open(SydraExecution *execution, const SydraPlan *plan,
										  SydraOp *input);
extern SydraOp *sydra_op_fill_open(SydraExecution *execution, const SydraPlan *plan,
										 SydraOp *input);
extern SydraOp *sydra_op_window_open(SydraExecution *execution, const SydraPlan *plan,
										   SydraOp *input);
extern SydraOp *sydra_op_sort_open(SydraExecution *execution, const SydraPlan *plan,
										 SydraOp *input);
extern SydraOp *sydra_op_limit_open(SydraExecution *execution, const SydraPlan *plan,
										  SydraOp *input);

/*
 * Around the opening of an operator that is to be measured: what _begin gives stands in its place
 * from _end on, and plan->actual, which lives as long as the plan, tells of it once it is closed.
 */
extern SydraOp *sydra_op_measured_begin(SydraExecution *execution, SydraPlan *plan);
extern void sydra_op_measured_end(SydraOp *operator, SydraOp *inner);

/* Whether the scan below, through operators of one input, is of one series. */
extern bool sydra_op_scan_is_of_one_series(const SydraOp *operator);

/*
 * Rows of the scan below, likewise found, with time_min <= time < time_max alone are wanted from now
 * on.
 */
extern void sydra_op_scan_narrow(const SydraOp *operator, int64 time_min, int64 time_max);

/*
 * Takes a segment, all of whose rows are wanted, by what is known of it; false: its rows are to be
 * given.  row is one that has the time of the segment's first and, if it is of one series, what the
 * series has; the other columns are not set.
 */
typedef bool (*SydraSummaryTake) (void *arg, const SydraBatch *row, const SydraSegment *segment,
								  const SydraSegmentReader *reader);

/* Offers the segments of the scan below, likewise found, which is planned so. */
extern void sydra_op_scan_summarize(SydraOp *operator, SydraSummaryTake take, void *arg);

/* The next batch of an input; interrupts and the query's time are looked at here. */
extern bool sydra_operator_next(SydraOp *operator, SydraBatch **batch);

/* Whether the query holds half of sydraql.query_mem: rows that wait should go to a file. */
extern bool sydra_execution_is_half_full(const SydraExecution *execution);

/* ERR_MEMORY_LIMIT when the query holds more than sydraql.query_mem. */
extern void sydra_execution_check_memory(SydraExecution *execution);

/* ERR_TOO_MANY_POINTS: a result of that many rows is, or would be, over sydraql.max_points. */
extern void sydra_execution_check_points(int64 rows);

/* Rows that are there, and the at-th of them. */
static inline int
sydra_batch_rows(const SydraBatch *batch)
{
	return batch->selected ? batch->selected_count : batch->count;
}

static inline int
sydra_batch_row(const SydraBatch *batch, int at)
{
	return batch->selected ? batch->selected[at] : at;
}

#endif
