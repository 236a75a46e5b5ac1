/*
 * scan_state.c
 *	  A SydraScan: the cursor's batches, row by row.
 *
 * The cursor is opened when the first row is asked for, because only then the parameters of a
 * nested loop and of an InitPlan are known; a rescan opens another.  Range and conditions over tags
 * are the cursor's, which applies them exactly; comparisons of numbers select rows of a batch; what
 * is left is tested by ExecScan().
 *
 * Rows that a statement locks or changes are known by their addresses, and their latest versions come
 * back to be looked at again: in the slots of others, by all the conditions.
 *
 * Of a DELETE the scan drops segments whose rows are all meant, and counts them; these rows nobody
 * sees.
 *
 * A row is a virtual tuple with the needed columns, the others null.  Values by reference are those
 * of the batch, texts are written to a buffer of their column.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "catalog/pg_type_d.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/timestamp.h"

#include "am/am_callback.h"
#include "base/compat.h"
#include "engine/operator.h"
#include "planner/scan_clause.h"
#include "planner/scan_state.h"
#include "store/cursor.h"

typedef struct TimeBound
{
	int			strategy;
	Oid			type;			/* of the value */
	ExprState  *value;
} TimeBound;

typedef struct ValueTest
{
	SydraValueTest test;		/* as planned */
	ExprState  *value;
} ValueTest;

typedef struct ScanColumn
{
	const SydraTableColumn *column;
	bool		is_tag;
	int			cursor_column;	/* of its vector; tags have none */
	Datum		value;			/* a tag's, in the present run */
	bool		isnull;
	struct varlena *text;		/* the buffer, for the kind TEXT */
	int32		text_size;
} ScanColumn;

#define SCAN_COUNTERS (sizeof(SydraCursorStats) / sizeof(int64))

StaticAssertDecl(sizeof(SydraCursorStats) % sizeof(int64) == 0, "the statistics are all int64");

/* In the dynamic shared memory of a parallel scan. */
typedef struct SharedScan
{
	SydraCursorShared cursor;
	pg_atomic_uint64 counters[SCAN_COUNTERS];	/* of workers that are done */
} SharedScan;

typedef struct SydraScanState
{
	CustomScanState custom;
	SydraTable *table;

	int			bound_count;
	TimeBound  *bounds;
	ExprState  *series_qual;	/* NULL: every series */
	ExprContext *series_context;
	TupleTableSlot *series_slot;
	bool		filter_unseen;
	bool		drops_segments;
	TupleTableSlot *slot;		/* of the rows, virtual */
	ExprState  *recheck;		/* all that the scan answers; only for rows of EvalPlanQual() */

	int			test_count;
	ValueTest  *planned_tests;
	SydraValueTest *tests;		/* with the values of this scan */

	int			column_count;	/* those that rows are given with */
	ScanColumn *columns;
	int			attnum_count;	/* what the cursor reads: these without tags, and tested ones */
	AttrNumber *attnums;

	bool		started;
	SydraCursor *cursor;		/* NULL: not started, or nothing can match */
	SydraBatch *batch;
	int			batch_rows;
	int			position;		/* the next row of the batch */
	int			run_end;		/* the first row behind the present run */
	int			run;
	MemoryContext run_context;

	SharedScan *shared;			/* NULL: not in parallel */
	bool		is_worker;
	int64		counters[SCAN_COUNTERS];	/* of cursors that were closed */
} SydraScanState;

/* Beginning ------------------------------------------------------------------------------------*/

static void
add_column(SydraScanState *state, const SydraTableColumn *column)
{
	ScanColumn *added = &state->columns[state->column_count++];

	added->column = column;
	added->is_tag = sydra_table_holds_tags(column);
	if (added->is_tag)
		return;
	added->cursor_column = state->attnum_count;
	state->attnums[state->attnum_count++] = column->attnum;
}

/* The columns that the target list and the remaining conditions name. */
static void
choose_columns(SydraScanState *state, const CustomScan *plan)
{
	const SydraTable *table = state->table;
	Bitmapset  *needed = NULL;
	int			tests = list_length(lthird(plan->custom_exprs));
	bool		all;

	pull_varattnos((Node *) plan->scan.plan.targetlist, plan->scan.scanrelid, &needed);
	pull_varattnos((Node *) plan->scan.plan.qual, plan->scan.scanrelid, &needed);
	all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, needed);
	state->columns = palloc0(sizeof(ScanColumn) * Max(table->column_count, 1));
	state->attnums = palloc(sizeof(AttrNumber) * (table->column_count + tests + 1));
	for (int i = 0; i < table->column_count; i++)
		if (all || bms_is_member(table->columns[i].attnum - FirstLowInvalidHeapAttributeNumber,
								 needed))
			add_column(state, &table->columns[i]);
}

static void
prepare_bounds(SydraScanState *state, List *comparisons)
{
	ListCell   *cell;

	state->bounds = palloc(sizeof(TimeBound) * Max(list_length(comparisons), 1));
	foreach(cell, comparisons)
	{
		OpExpr	   *comparison = lfirst_node(OpExpr, cell);
		TimeBound  *bound = &state->bounds[state->bound_count++];

		bound->strategy = sydra_scan_clause_strategy(comparison->opno, &bound->type);
		bound->value = ExecInitExpr(lsecond(comparison->args), &state->custom.ss.ps);
	}
}

/* After the columns are chosen: a test uses their vectors. */
static void
prepare_tests(SydraScanState *state, List *comparisons)
{
	ListCell   *cell;

	state->planned_tests = palloc0(sizeof(ValueTest) * Max(list_length(comparisons), 1));
	state->tests = palloc0(sizeof(SydraValueTest) * Max(list_length(comparisons), 1));
	foreach(cell, comparisons)
	{
		OpExpr	   *comparison = lfirst_node(OpExpr, cell);
		AttrNumber	attnum = sydra_scan_clause_column(comparison);
		ValueTest  *planned = &state->planned_tests[state->test_count++];

		planned->test.strategy = sydra_value_test_strategy(comparison->opno, &planned->test.type);
		planned->value = ExecInitExpr(lsecond(comparison->args), &state->custom.ss.ps);
		while (planned->test.column < state->attnum_count &&
			   state->attnums[planned->test.column] != attnum)
			planned->test.column++;
		if (planned->test.column == state->attnum_count)
			state->attnums[state->attnum_count++] = attnum;
	}
}

/*
 * EvalPlanQual() brings rows in slots of its own, or has them fetched into the scan's, which cannot
 * be a virtual one then.
 */
static void
prepare_recheck(SydraScanState *state, const CustomScan *plan)
{
	ScanState  *scan = &state->custom.ss;
	Relation	rel = scan->ss_currentRelation;
	List	   *conditions = NIL;
	ListCell   *cell;

	foreach(cell, plan->custom_exprs)
		conditions = list_concat(conditions, lfirst(cell));
	ExecInitScanTupleSlot(scan->ps.state, scan, RelationGetDescr(rel), table_slot_callbacks(rel));
	scan->ps.scanopsfixed = false;
	scan->ps.qual = ExecInitQual(plan->scan.plan.qual, &scan->ps);
	ExecAssignScanProjectionInfo(scan);
	state->recheck = ExecInitQual(conditions, &scan->ps);
}

static void
begin_scan(CustomScanState *node, EState *estate, int eflags)
{
	SydraScanState *state = (SydraScanState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	List	   *series_clauses = lsecond(plan->custom_exprs);

	state->slot = slot;
	state->table = sydra_table_describe(node->ss.ss_currentRelation);
	state->table->time_attnum = list_nth_int(plan->custom_private, SYDRA_SCAN_TIME);
	state->filter_unseen = list_nth_int(plan->custom_private, SYDRA_SCAN_UNSEEN) != 0;
	state->drops_segments = list_nth_int(plan->custom_private, SYDRA_SCAN_WHOLE) != 0 &&
		estate->es_epq_active == NULL && estate->es_crosscheck_snapshot == InvalidSnapshot;
	if (estate->es_epq_active != NULL)
		prepare_recheck(state, plan);
	choose_columns(state, plan);
	prepare_bounds(state, linitial(plan->custom_exprs));
	prepare_tests(state, lthird(plan->custom_exprs));
	if (series_clauses != NIL)
	{
		state->series_qual = ExecInitQual(series_clauses, &node->ss.ps);
		state->series_context = CreateExprContext(estate);
		state->series_slot = ExecInitExtraTupleSlot(estate, slot->tts_tupleDescriptor,
													&TTSOpsVirtual);
		memset(state->series_slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	}
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	slot->tts_tableOid = RelationGetRelid(node->ss.ss_currentRelation);
	state->run_context = AllocSetContextCreate(CurrentMemoryContext, "sydra scan run",
											   ALLOCSET_SMALL_SIZES);
}

/* Range ----------------------------------------------------------------------------------------*/

/*
 * The value as a timestamptz that compares with every other as the value itself does.  What is out
 * of range is greater, or less, than all finite times, and not infinite.
 */
static int64
convert_time(Datum value, Oid type)
{
	int			overflow = 0;
	int64		time;

	if (type == TIMESTAMPTZOID)
		return DatumGetTimestampTz(value);
	if (type == DATEOID)
		time = date2timestamptz_opt_overflow(DatumGetDateADT(value), &overflow);
	else
		time = timestamp2timestamptz_opt_overflow(DatumGetTimestamp(value), &overflow);
	if (overflow != 0)
		return overflow > 0 ? DT_NOEND - 2 : DT_NOBEGIN + 2;
	return time;
}

/*
 * Narrows [time_min, time_max) of the spec; false when nothing is left.  A time_max of PG_INT64_MAX
 * is no bound, so that infinity is excluded by the number before it, which is no time.
 */
static bool
apply_bound(SydraCursorSpec *spec, int strategy, int64 time)
{
	if (strategy == BTGreaterEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		spec->time_min = Max(spec->time_min, time);
	if (strategy == BTGreaterStrategyNumber)
	{
		if (time == DT_NOEND)
			return false;
		spec->time_min = Max(spec->time_min, time + 1);
	}
	if (strategy == BTLessStrategyNumber)
		spec->time_max = Min(spec->time_max, time == DT_NOEND ? DT_NOEND - 1 : time);
	if ((strategy == BTLessEqualStrategyNumber || strategy == BTEqualStrategyNumber) &&
		time != DT_NOEND)
		spec->time_max = Min(spec->time_max, time + 1);
	return spec->time_max == PG_INT64_MAX || spec->time_min < spec->time_max;
}

static bool
evaluate_bounds(SydraScanState *state, SydraCursorSpec *spec)
{
	ExprContext *context = state->custom.ss.ps.ps_ExprContext;

	for (int i = 0; i < state->bound_count; i++)
	{
		TimeBound  *bound = &state->bounds[i];
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(bound->value, context, &isnull);

		if (isnull || !apply_bound(spec, bound->strategy, convert_time(value, bound->type)))
			return false;
	}
	return true;
}

/* False when no value passes. */
static bool
evaluate_tests(SydraScanState *state)
{
	ExprContext *context = state->custom.ss.ps.ps_ExprContext;

	for (int i = 0; i < state->test_count; i++)
	{
		ValueTest  *planned = &state->planned_tests[i];
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(planned->value, context, &isnull);

		if (isnull)
			return false;
		state->tests[i] = planned->test;
		sydra_value_test_set(&state->tests[i], value);
	}
	return true;
}

/* Series ---------------------------------------------------------------------------------------*/

static bool
series_passes(void *arg, SydraDictionary *dictionary, uint32 series)
{
	SydraScanState *state = arg;
	ExprContext *context = state->series_context;
	TupleTableSlot *slot = state->series_slot;
	MemoryContext caller;

	ResetExprContext(context);
	ExecClearTuple(slot);
	caller = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	for (int i = 0; i < state->table->column_count; i++)
	{
		const SydraTableColumn *column = &state->table->columns[i];

		if (sydra_table_holds_tags(column))
			sydra_dictionary_datum(dictionary, series, column->attnum,
								   &slot->tts_values[column->attnum - 1],
								   &slot->tts_isnull[column->attnum - 1]);
	}
	MemoryContextSwitchTo(caller);
	ExecStoreVirtualTuple(slot);
	context->ecxt_scantuple = slot;
	return ExecQual(state->series_qual, context);
}

/* Rows -----------------------------------------------------------------------------------------*/

static bool
drop_segment(void *arg, const SydraSegment *segment)
{
	SydraScanState *state = arg;
	EState	   *estate = state->custom.ss.ps.state;
	int64		rows;

	if (!sydra_am_modify_delete_segment(state->custom.ss.ss_currentRelation, segment,
										estate->es_snapshot, estate->es_output_cid, &rows))
		return false;
	estate->es_processed += rows;
	return true;
}

static void
start_scan(SydraScanState *state)
{
	EState	   *estate = state->custom.ss.ps.state;
	SydraCursorSpec spec = {
		.table = state->table,
		.time_min = PG_INT64_MIN,
		.time_max = PG_INT64_MAX,
		.series_filter = state->series_qual ? series_passes : NULL,
		.filter_arg = state,
		.filter_unseen = state->filter_unseen,
		.take_whole = state->drops_segments ? drop_segment : NULL,
		.take_arg = state,
		.shared = state->shared ? &state->shared->cursor : NULL,
		.test_count = state->test_count,
		.tests = state->tests,
		.column_count = state->attnum_count,
		.columns = state->attnums
	};
	MemoryContext caller;

	state->started = true;
	if (!evaluate_bounds(state, &spec) || !evaluate_tests(state))
		return;
	caller = MemoryContextSwitchTo(estate->es_query_cxt);
	state->cursor = sydra_cursor_open(state->custom.ss.ss_currentRelation, estate->es_snapshot,
									  &spec);
	MemoryContextSwitchTo(caller);
}

static void
end_scan(SydraScanState *state)
{
	if (state->cursor != NULL)
	{
		const int64 *counters = (const int64 *) sydra_cursor_stats(state->cursor);

		for (int i = 0; i < SCAN_COUNTERS; i++)
			state->counters[i] += counters[i];
		sydra_cursor_close(state->cursor);
	}
	state->cursor = NULL;
	state->batch_rows = 0;
	state->position = 0;
	state->started = false;
}

static bool
next_batch(SydraScanState *state)
{
	if (!state->started)
		start_scan(state);
	state->batch_rows = 0;
	state->position = 0;
	if (state->cursor == NULL || !sydra_cursor_next(state->cursor, &state->batch))
		return false;
	state->batch_rows = sydra_batch_rows(state->batch);
	state->run = -1;
	state->run_end = 0;
	return true;
}

/* Moves to the run of a row, and takes its tags. */
static void
enter_run(SydraScanState *state, int row)
{
	const SydraBatch *batch = state->batch;
	MemoryContext caller;

	do
	{
		state->run++;
		state->run_end = state->run + 1 < batch->run_count ?
			batch->runs[state->run + 1].first_row : batch->count;
	} while (row >= state->run_end);
	MemoryContextReset(state->run_context);
	caller = MemoryContextSwitchTo(state->run_context);
	for (int i = 0; i < state->column_count; i++)
	{
		ScanColumn *column = &state->columns[i];

		if (column->is_tag)
			sydra_dictionary_datum(sydra_cursor_dictionary(state->cursor),
								   batch->runs[state->run].series, column->column->attnum,
								   &column->value, &column->isnull);
	}
	MemoryContextSwitchTo(caller);
}

static Datum
form_text(SydraScanState *state, ScanColumn *column, SydraBytes bytes)
{
	int32		size = bytes.length + VARHDRSZ;

	if (size > column->text_size)
	{
		if (column->text != NULL)
			pfree(column->text);
		column->text = NULL;
		column->text_size = 0;
		column->text = MemoryContextAlloc(state->custom.ss.ps.state->es_query_cxt,
										  Max(size, 64) * (Size) 2);
		column->text_size = Max(size, 64) * 2;
	}
	SET_VARSIZE(column->text, size);
	memcpy(VARDATA(column->text), bytes.data, bytes.length);
	return PointerGetDatum(column->text);
}

static Datum
form_value(SydraScanState *state, ScanColumn *column, const SydraVector *vector, int row)
{
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			return BoolGetDatum(((const uint8 *) vector->values)[row] != 0);
		case SYDRA_KIND_TIME:
			return Int64GetDatum(sydra_vector_int64(vector, row));
		case SYDRA_KIND_INT:
			return sydra_table_int_to_datum(sydra_vector_int64(vector, row),
											column->column->typlen);
		case SYDRA_KIND_FLOAT:
			return Float8GetDatum(sydra_vector_float8(vector, row));
		case SYDRA_KIND_FLOAT4:
			return Float4GetDatum(((const float *) vector->values)[row]);
		case SYDRA_KIND_TEXT:
			return form_text(state, column, sydra_vector_bytes(vector, row));
		case SYDRA_KIND_DATUM:
			return PointerGetDatum(sydra_vector_bytes(vector, row).data);
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			break;
	}
	elog(ERROR, "kind %s is not stored", sydra_kind_name(vector->kind));
}

static TupleTableSlot *
next_row(ScanState *node)
{
	SydraScanState *state = (SydraScanState *) node;
	TupleTableSlot *slot = state->slot;
	int			row;

	ExecClearTuple(slot);
	if (state->position >= state->batch_rows && !next_batch(state))
		return slot;
	row = sydra_batch_row(state->batch, state->position++);
	if (row >= state->run_end)
		enter_run(state, row);
	for (int i = 0; i < state->column_count; i++)
	{
		ScanColumn *column = &state->columns[i];
		int			place = column->column->attnum - 1;

		if (column->is_tag)
		{
			slot->tts_values[place] = column->value;
			slot->tts_isnull[place] = column->isnull;
		}
		else
		{
			const SydraVector *vector = &state->batch->columns[column->cursor_column];

			slot->tts_isnull[place] = sydra_vector_is_null(vector, row);
			if (!slot->tts_isnull[place])
				slot->tts_values[place] = form_value(state, column, vector, row);
		}
	}
	sydra_cursor_tid(state->cursor, row, &slot->tts_tid);
	return ExecStoreVirtualTuple(slot);
}

/* A row that EvalPlanQual() has put in the place of the scan's. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	ExprContext *context = node->ps.ps_ExprContext;

	context->ecxt_scantuple = slot;
	return ExecQualAndReset(((SydraScanState *) node)->recheck, context);
}

static TupleTableSlot *
run_scan(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
restart_scan(CustomScanState *node)
{
	end_scan((SydraScanState *) node);
	ExecScanReScan(&node->ss);
}

static void
finish_scan(CustomScanState *node)
{
	end_scan((SydraScanState *) node);
}

/* Parallel -------------------------------------------------------------------------------------*/

static Size
estimate_shared(CustomScanState *node, ParallelContext *parallel)
{
	return sizeof(SharedScan);
}

static void
initialize_shared(CustomScanState *node, ParallelContext *parallel, void *coordinate)
{
	SharedScan *shared = coordinate;

	sydra_cursor_share(&shared->cursor, node->ss.ss_currentRelation);
	for (int i = 0; i < SCAN_COUNTERS; i++)
		pg_atomic_init_u64(&shared->counters[i], 0);
	((SydraScanState *) node)->shared = shared;
}

static void
reinitialize_shared(CustomScanState *node, ParallelContext *parallel, void *coordinate)
{
	sydra_cursor_share_again(&((SharedScan *) coordinate)->cursor, node->ss.ss_currentRelation);
}

static void
initialize_worker(CustomScanState *node, shm_toc *toc, void *coordinate)
{
	SydraScanState *state = (SydraScanState *) node;

	state->shared = coordinate;
	state->is_worker = true;
}

/* The memory goes away: a worker leaves its counters there, the leader takes them all. */
static void
shut_down_scan(CustomScanState *node)
{
	SydraScanState *state = (SydraScanState *) node;

	if (state->shared == NULL)
		return;
	end_scan(state);
	state->started = true;
	for (int i = 0; i < SCAN_COUNTERS; i++)
		if (state->is_worker)
			pg_atomic_fetch_add_u64(&state->shared->counters[i], state->counters[i]);
		else
			state->counters[i] += pg_atomic_read_u64(&state->shared->counters[i]);
	state->shared = NULL;
}

/* EXPLAIN --------------------------------------------------------------------------------------*/

static void
explain_clauses(const char *label, List *clauses, CustomScanState *node, List *ancestors,
				ExplainState *es)
{
	List	   *context;

	if (clauses == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	ExplainPropertyText(label,
						deparse_expression((Node *) make_ands_explicit(clauses), context,
										   es->verbose, false),
						es);
}

static void
explain_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	SydraScanState *state = (SydraScanState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	SydraCursorStats stats;
	int64	   *counters = (int64 *) &stats;

	explain_clauses("Time Range", linitial(plan->custom_exprs), node, ancestors, es);
	explain_clauses("Series Filter", lsecond(plan->custom_exprs), node, ancestors, es);
	explain_clauses("Vector Filter", lthird(plan->custom_exprs), node, ancestors, es);
	if (!es->analyze)
		return;
	memcpy(&stats, state->counters, sizeof(stats));
	if (state->cursor != NULL)
		for (int i = 0; i < SCAN_COUNTERS; i++)
			counters[i] += ((const int64 *) sydra_cursor_stats(state->cursor))[i];
	ExplainPropertyInteger("Segments Read", NULL, stats.segments_read, es);
	ExplainPropertyInteger("Segments Pruned", NULL, stats.segments_pruned, es);
	if (state->drops_segments)
		ExplainPropertyInteger("Segments Dropped", NULL, stats.segments_taken, es);
	ExplainPropertyInteger("Vectors Read", NULL, stats.vectors_read, es);
	ExplainPropertyInteger("Vectors Pruned", NULL, stats.vectors_pruned, es);
	ExplainPropertyInteger("Head Rows", NULL, stats.rows_head, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "SydraScan",
	.BeginCustomScan = begin_scan,
	.ExecCustomScan = run_scan,
	.EndCustomScan = finish_scan,
	.ReScanCustomScan = restart_scan,
	.EstimateDSMCustomScan = estimate_shared,
	.InitializeDSMCustomScan = initialize_shared,
	.ReInitializeDSMCustomScan = reinitialize_shared,
	.InitializeWorkerCustomScan = initialize_worker,
	.ShutdownCustomScan = shut_down_scan,
	.ExplainCustomScan = explain_scan
};

static Node *
create_state(CustomScan *plan)
{
	SydraScanState *state = palloc0(sizeof(SydraScanState));

	NodeSetTag(state, T_CustomScanState);
	state->custom.methods = &exec_methods;
	return (Node *) state;
}

const CustomScanMethods sydra_scan_state_methods = {
	.CustomName = "SydraScan",
	.CreateCustomScanState = create_state
};
