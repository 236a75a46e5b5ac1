/*
 * A sequential scan over head and segments, for the callbacks that take part in one.
 */
#ifndef SYDRA_AM_SCAN_H
#define SYDRA_AM_SCAN_H

#include "access/tableam.h"
#include "port/atomics.h"

#include "am/am_row.h"
#include "store/dedup.h"
#include "store/directory.h"
#include "store/store.h"

/* Drawing rows for ANALYZE: am_analyze.c. */
typedef struct SydraAnalyze SydraAnalyze;

typedef struct SydraScan
{
	TableScanDescData base;		/* SYDRA_SCAN_UNION in its flags: else it is heapam's own */
	TableScanDesc heap;			/* the head */
	bool		store_known;
	SydraStore	store;
	MemoryContext context;		/* of all below */

	/* Which rows are replaced by later ones, from the first row on; NULL: none. */
	bool		keeps_last;
	SydraDedup *dedup;

	/* The segments that the snapshot sees, from the first look on. */
	bool		listed;
	Snapshot	snapshot;		/* that it was read with */
	Snapshot	own_snapshot;	/* that, when it is the scan's to unregister, or NULL */
	SydraSegment *segments;
	int			segment_count;
	SydraRowSource *rows;

	/* The position: in the head, or at a row of a segment. */
	bool		started;
	bool		in_segments;
	int			segment;		/* segment_count: after the last row */
	int			row;
	int			turned;			/* the segment that rows has turned to, -1 none */
	bool		salvage;		/* damaged segments are left out */
	bool		left_out;		/* that one is */
	bool		any_dead;		/* some row may have a tombstone */
	uint64	   *dead;			/* rows of that segment that do not count, or NULL */
	MemoryContext dead_context;

	uint64	   *sample_ends;	/* TABLESAMPLE: by segment, the blocks of all up to it; or NULL */
	BlockNumber sample_block;	/* the block being sampled */
	BlockNumber sample_next;	/* the block after it, when every block is visited */
	SydraAnalyze *analyze;
} SydraScan;

/* A bit that ScanOptions leaves free. */
#define SYDRA_SCAN_UNION (1U << 31)

/* NULL when the scan is heapam's own: the table has no segments, or they are not wanted. */
static inline SydraScan *
sydra_am_scan_union(TableScanDesc scan)
{
	return (scan->rs_flags & SYDRA_SCAN_UNION) != 0 ? (SydraScan *) scan : NULL;
}

/* Reads the directory, once; the result is in the same order in every process. */
extern void sydra_am_scan_list(SydraScan *scan, Snapshot snapshot);

/*
 * Prepares to leave out rows that later ones replace, if the table does; rows come in slots like this.
 */
extern void sydra_am_scan_dedup(SydraScan *scan, TupleTableSlot *slot);

/* Whether a row of the head counts. */
static inline bool
sydra_am_scan_counts(const SydraScan *scan, const ItemPointerData *tid)
{
	return scan->dedup == NULL || !sydra_dedup_head(scan->dedup, tid);
}

/* Stores a row of segments[segment]; false when it does not count. */
extern bool sydra_am_scan_store(SydraScan *scan, int segment, int row, TupleTableSlot *slot);

#endif
