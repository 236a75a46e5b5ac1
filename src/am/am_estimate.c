/*
 * am_estimate.c
 *	  How large the planner takes a table to be.
 */
#include "postgres.h"

#include <math.h>

#include "access/heapam.h"
#include "access/tableam.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "store/directory.h"
#include "store/store.h"

/*
 * pg_class counts the segments' rows too, so that its rows per page say nothing of the head: what
 * it counts above the segments is the head's share, and column widths tell where it has none.
 */
static double
estimate_head_rows(Relation rel, int32 *attr_widths, BlockNumber blocks, double segment_rows)
{
	double		counted = rel->rd_rel->reltuples - segment_rows;
	BlockNumber counted_blocks = rel->rd_rel->relpages;
	int			width;

	if (blocks == 0)
		return 0;
	if (counted > 0 && counted_blocks > 0 && counted / counted_blocks <= MaxHeapTuplesPerPage)
		return counted / counted_blocks * blocks;
	if (rel->rd_rel->reltuples >= 0 && blocks <= counted_blocks)
		return Max(counted, 0);
	width = MAXALIGN(get_rel_data_width(rel, attr_widths)) + MAXALIGN(SizeofHeapTupleHeader) +
		sizeof(ItemIdData);
	return floor((double) (BLCKSZ - SizeOfPageHeaderData) / width) * blocks;
}

void
sydra_am_estimate_size(Relation rel, int32 *attr_widths, BlockNumber *pages, double *tuples,
					   double *allvisfrac)
{
	SydraStore	store;
	double		rows;
	double		chunks;
	BlockNumber blocks;

	sydra_am_heap()->relation_estimate_size(rel, attr_widths, pages, tuples, allvisfrac);
	if (!sydra_store_find(rel, &store))
		return;
	sydra_directory_estimate(store.storage_id, &rows, &chunks);
	blocks = RelationGetNumberOfBlocks(rel);
	*tuples = rint(estimate_head_rows(rel, attr_widths, blocks, rows) + rows);
	*pages = (BlockNumber) Min((double) blocks + chunks, (double) MaxBlockNumber);
}
