/*
 * am_analyze.c
 *	  The sample of ANALYZE, drawn evenly from head and segments.
 *
 * ANALYZE visits some of the head's blocks and multiplies by what part of them they were.  So every
 * block stands for a slice of the sealed rows, all slices together for all: of block and slice each
 * row is taken with the same probability, and the slice's rows are counted whole.  However many
 * blocks are visited, the sample is even, and a table whose head is one empty page is counted
 * exactly.
 *
 * Rows that later ones of the same series and time replace are taken for rows: to tell them would
 * cost more than the estimates are worth.
 */
#include "postgres.h"

#include <math.h>

#include "access/heapam.h"
#include "catalog/pg_attribute.h"
#include "common/pg_prng.h"
#include "commands/vacuum.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "am/am_callback.h"
#include "am/am_scan.h"
#include "base/compat.h"
#include "store/tombstone.h"

struct SydraAnalyze
{
	double		rate;			/* probability of a row to be taken */
	BlockNumber blocks;			/* of the head */
	double		segment_rows;
	double		live_part;		/* of the segments' rows: without tombstone */
	bool		in_head;		/* the block's heap rows are not all returned yet */
	int64		next;			/* of the slice: the next row taken, counted over all segments */
	int64		start;
	int64		end;
	int			segment;		/* where next lies */
	int64		segment_start;	/* rows in the segments before that */
};

/* As many rows as ANALYZE asks for at least one of the columns. */
static int
wanted_rows(Relation rel)
{
	int			target = default_statistics_target;

	for (int i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(RelationGetRelid(rel)),
											Int16GetDatum(i));
		Datum		own;
		bool		isnull;

		if (!HeapTupleIsValid(tuple))
			continue;

		/* Wider than 16 bits in some versions, but never beyond 10000. */
		own = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attstattarget, &isnull);
		if (!isnull)
			target = Max(target, DatumGetInt16(own));
		ReleaseSysCache(tuple);
	}
	return Max(300 * target, 100);
}

static SydraAnalyze *
begin_analyze(SydraScan *scan)
{
	Relation	rel = scan->base.rs_rd;
	SydraAnalyze *analyze = MemoryContextAllocZero(scan->context, sizeof(SydraAnalyze));
	int			wanted = wanted_rows(rel);
	BlockNumber pages;
	double		rows;
	double		allvisfrac;
	double		head_rows;
	double		visited;
	double		dead = 0;

	scan->own_snapshot = RegisterSnapshot(GetLatestSnapshot());
	sydra_am_scan_list(scan, scan->own_snapshot);
	for (int i = 0; i < scan->segment_count; i++)
		analyze->segment_rows += scan->segments[i].nrows;
	if (scan->any_dead)
		dead = sydra_tombstone_count(scan->store.storage_id, scan->own_snapshot);
	analyze->live_part = 1.0 - dead / Max(analyze->segment_rows, 1);
	analyze->blocks = RelationGetNumberOfBlocks(rel);
	sydra_am_estimate_size(rel, NULL, &pages, &rows, &allvisfrac);
	head_rows = Max(rows - analyze->segment_rows * analyze->live_part, 0);
	visited = Min((double) analyze->blocks, wanted) / Max(analyze->blocks, 1);
	analyze->rate = Min(1.0, 2.0 * wanted / Max(visited *
								  (head_rows + analyze->segment_rows * analyze->live_part), 1));
	return analyze;
}

/* How many rows are passed over before the next one taken. */
static int64
draw_gap(const SydraAnalyze *analyze)
{
	double		gap;

	if (analyze->rate >= 1.0)
		return 0;
	gap = floor(log(1.0 - pg_prng_double(&pg_global_prng_state)) / log1p(-analyze->rate));
	return gap < (double) PG_INT32_MAX ? (int64) gap : PG_INT32_MAX;
}

bool
sydra_am_analyze_next_block(TableScanDesc base, SYDRA_COMPAT_ANALYZE_PARAMETERS)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	SydraAnalyze *analyze;
	BlockNumber block;

	if (scan == NULL)
		return sydra_am_heap()->scan_analyze_next_block(base, SYDRA_COMPAT_ANALYZE_ARGUMENTS);
	if (scan->analyze == NULL)
		scan->analyze = begin_analyze(scan);
	analyze = scan->analyze;
	if (!sydra_am_heap()->scan_analyze_next_block(scan->heap, SYDRA_COMPAT_ANALYZE_ARGUMENTS))
		return false;
	analyze->in_head = true;
	block = Min(((HeapScanDesc) scan->heap)->rs_cblock, analyze->blocks);
	analyze->start = (int64) (analyze->segment_rows * block / analyze->blocks);
	analyze->end = block < analyze->blocks ?
		(int64) (analyze->segment_rows * (block + 1.0) / analyze->blocks) : analyze->start;
	analyze->next = analyze->start + draw_gap(analyze);
	return true;
}

static bool
take_sealed_row(SydraScan *scan, TupleTableSlot *slot)
{
	SydraAnalyze *analyze = scan->analyze;

	while (analyze->next < analyze->end)
	{
		int64		row = analyze->next;

		while (row - analyze->segment_start >= scan->segments[analyze->segment].nrows)
			analyze->segment_start += scan->segments[analyze->segment++].nrows;
		analyze->next = row + 1 + draw_gap(analyze);
		if (sydra_am_scan_store(scan, analyze->segment, row - analyze->segment_start, slot))
			return true;
	}
	return false;
}

bool
sydra_am_analyze_next_tuple(TableScanDesc base, TransactionId oldest_xmin, double *live_rows,
							double *dead_rows, TupleTableSlot *slot)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	SydraAnalyze *analyze;

	if (scan == NULL)
		return sydra_am_heap()->scan_analyze_next_tuple(base, oldest_xmin, live_rows, dead_rows,
														slot);
	analyze = scan->analyze;
	while (analyze->in_head)
	{
		if (!sydra_am_heap()->scan_analyze_next_tuple(scan->heap, oldest_xmin, live_rows,
													  dead_rows, slot))
		{
			analyze->in_head = false;
			*live_rows += (analyze->end - analyze->start) * analyze->live_part;
		}
		else if (analyze->rate >= 1.0 ||
				 pg_prng_double(&pg_global_prng_state) < analyze->rate)
			return true;
	}
	if (take_sealed_row(scan, slot))
		return true;
	ExecClearTuple(slot);
	return false;
}
