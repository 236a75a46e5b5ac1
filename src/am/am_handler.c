/*
 * am_handler.c
 *	  The access method "sydra": heapam with some callbacks replaced.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "utils/rel.h"

#include "am/am.h"
#include "am/am_callback.h"
#include "am/am_gate.h"
#include "am/am_index.h"
#include "base/compat.h"
#include "base/sql_function.h"

/*
 * A callback that a new major adds would be heapam's, which knows of no segment: whoever ports has
 * to look at each before changing the number.
 */
StaticAssertDecl(sizeof(TableAmRoutine) == SYDRA_TABLE_AM_ROUTINE_SIZE,
				 "table access method of an unknown major version");

static TableAmRoutine routine;

SYDRA_FUNCTION(sydra_tableam_handler);

const TableAmRoutine *
sydra_am_heap(void)
{
	return GetHeapamTableAmRoutine();
}

bool
sydra_am_is_ours(Relation rel)
{
	return rel->rd_tableam == &routine;
}

static void
fill_routine(void)
{
	routine = *GetHeapamTableAmRoutine();

	/* NULL: the planner then makes no such paths.  Segment rows have no pages to prefetch. */
	routine.scan_set_tidrange = NULL;
	routine.scan_getnextslot_tidrange = NULL;
	SYDRA_COMPAT_NO_BITMAP_BLOCKS(routine);
	routine.scan_bitmap_next_tuple = NULL;

	routine.tuple_insert = sydra_am_insert_row;
	routine.multi_insert = sydra_am_insert_rows;

	routine.scan_begin = sydra_am_scan_begin;
	routine.scan_end = sydra_am_scan_end;
	routine.scan_rescan = sydra_am_scan_rescan;
	routine.scan_getnextslot = sydra_am_scan_getnextslot;
	routine.parallelscan_estimate = sydra_am_scan_parallel_estimate;
	routine.parallelscan_initialize = sydra_am_scan_parallel_initialize;
	routine.parallelscan_reinitialize = sydra_am_scan_parallel_reinitialize;
	routine.scan_sample_next_block = sydra_am_sample_next_block;
	routine.scan_sample_next_tuple = sydra_am_sample_next_tuple;
	routine.scan_analyze_next_block = sydra_am_analyze_next_block;
	routine.scan_analyze_next_tuple = sydra_am_analyze_next_tuple;

	routine.tuple_fetch_row_version = sydra_am_fetch_row_version;
	routine.tuple_tid_valid = sydra_am_fetch_tid_valid;
	routine.tuple_get_latest_tid = sydra_am_fetch_latest_tid;
	routine.tuple_satisfies_snapshot = sydra_am_fetch_satisfies;

	routine.tuple_delete = sydra_am_modify_delete;
	routine.tuple_update = sydra_am_modify_update;
	routine.tuple_lock = sydra_am_modify_lock;
	routine.finish_bulk_insert = sydra_am_rewrite_finish_bulk_insert;
	routine.relation_nontransactional_truncate = sydra_am_rewrite_truncate;
	routine.relation_copy_for_cluster = sydra_am_rewrite_copy_for_cluster;
	routine.relation_vacuum = sydra_am_vacuum;
	routine.relation_estimate_size = sydra_am_estimate_size;
	routine.relation_needs_toast_table = sydra_am_rewrite_needs_toast;
	routine.relation_toast_am = sydra_am_rewrite_toast_am;
	routine.index_build_range_scan = sydra_am_index_build;
	routine.index_validate_scan = sydra_am_index_validate;
}

Datum
sydra_tableam_handler(PG_FUNCTION_ARGS)
{
	if (routine.type == T_Invalid)
		fill_routine();
	PG_RETURN_POINTER(&routine);
}

void
sydra_am_init(void)
{
	sydra_am_index_init();
	sydra_am_gate_init();
}
