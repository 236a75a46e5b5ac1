/*
 * am_sample.c
 *	  TABLESAMPLE.
 *
 * A sampling method chooses blocks and rows in them.  It is shown the head's blocks and after them
 * one block for every 256 rows of a segment.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tsmapi.h"
#include "nodes/execnodes.h"
#include "pgstat.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "am/am_scan.h"

#define BLOCK_ROWS 256

static BlockNumber
count_blocks(const SydraSegment *segment)
{
	return (segment->nrows + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

static BlockNumber
head_blocks(const SydraScan *scan)
{
	return ((HeapScanDesc) scan->heap)->rs_nblocks;
}

/* The blocks of all segments; at the first call they are added up. */
static uint64
segment_blocks(SydraScan *scan)
{
	uint64		blocks = 0;

	if (scan->segment_count == 0)
		return 0;
	if (scan->sample_ends == NULL)
	{
		scan->sample_ends = MemoryContextAllocHuge(scan->context,
												   sizeof(uint64) * scan->segment_count);
		for (int i = 0; i < scan->segment_count; i++)
			scan->sample_ends[i] = blocks += count_blocks(&scan->segments[i]);
	}
	return scan->sample_ends[scan->segment_count - 1];
}

/* The segment that a block, counted from the first segment, lies in, and its first row. */
static int
locate_block(const SydraScan *scan, BlockNumber block, int *first_row)
{
	int			low = 0;
	int			high = scan->segment_count - 1;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (scan->sample_ends[middle] <= block)
			low = middle + 1;
		else
			high = middle;
	}
	*first_row = (block - (low > 0 ? scan->sample_ends[low - 1] : 0)) * BLOCK_ROWS;
	return low;
}

/* The heap asks a sampling method which block to read; this one has been told. */
typedef struct ChosenBlock
{
	SampleScanState state;
	BlockNumber block;
} ChosenBlock;

static BlockNumber
give_block(SampleScanState *state, BlockNumber blocks)
{
	return ((ChosenBlock *) state)->block;
}

static TsmRoutine choosing_method = {
	.type = T_TsmRoutine,
	.NextSampleBlock = give_block
};

bool
sydra_am_sample_next_block(TableScanDesc base, struct SampleScanState *state)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	TsmRoutine *method = state->tsmroutine;
	uint64		total;
	BlockNumber block;

	if (scan == NULL)
		return sydra_am_heap()->scan_sample_next_block(base, state);

	sydra_am_scan_list(scan, base->rs_snapshot);
	sydra_am_scan_dedup(scan, state->ss.ss_ScanTupleSlot);
	total = head_blocks(scan) + segment_blocks(scan);
	if (total > MaxBlockNumber)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("table \"%s\" is too large to be sampled",
					   RelationGetRelationName(base->rs_rd)));

	if (method->NextSampleBlock)
		block = method->NextSampleBlock(state, (BlockNumber) total);
	else
		block = scan->sample_next < total ? scan->sample_next++ : InvalidBlockNumber;
	scan->sample_block = block;
	if (!BlockNumberIsValid(block))
		return false;
	if (block < head_blocks(scan))
	{
		ChosenBlock chosen = {.state.tsmroutine = &choosing_method, .block = block};

		sydra_am_heap()->scan_sample_next_block(scan->heap, &chosen.state);
	}
	else
	{
		scan->segment = locate_block(scan, block - head_blocks(scan), &scan->row);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

bool
sydra_am_sample_next_tuple(TableScanDesc base, struct SampleScanState *state,
						   TupleTableSlot *slot)
{
	SydraScan  *scan = sydra_am_scan_union(base);
	OffsetNumber offset;

	if (scan == NULL)
		return sydra_am_heap()->scan_sample_next_tuple(base, state, slot);
	if (scan->sample_block < head_blocks(scan))
	{
		while (sydra_am_heap()->scan_sample_next_tuple(scan->heap, state, slot))
			if (sydra_am_scan_counts(scan, &slot->tts_tid))
				return true;
		return false;
	}

	do
	{
		offset = state->tsmroutine->NextSampleTuple(state, scan->sample_block,
													Min(BLOCK_ROWS,
														scan->segments[scan->segment].nrows -
														scan->row));
		if (!OffsetNumberIsValid(offset))
		{
			ExecClearTuple(slot);
			return false;
		}
	} while (!sydra_am_scan_store(scan, scan->segment, scan->row + offset - 1, slot));
	pgstat_count_heap_getnext(base->rs_rd);
	return true;
}
