/*
 * The live rows of segments that are to be merged.
 */
#ifndef SYDRA_MERGE_ROWS_H
#define SYDRA_MERGE_ROWS_H

#include "store/segment_writer.h"
#include "utils/snapshot.h"

typedef struct SydraMergeRows SydraMergeRows;

/* About as many rows of a table as fit into memory with their values. */
extern int	sydra_merge_rows_max(const SydraTable *table);

/* In a context of its own below the current one. */
extern SydraMergeRows *sydra_merge_rows_open(Relation rel, const SydraStore *store,
											 const SydraTable *table,
											 SydraDictionary *dictionary, Snapshot snapshot);
extern void sydra_merge_rows_close(SydraMergeRows *rows);

/*
 * Adds those of a segment, in its order.  False, and nothing added, when some cannot stand in a
 * segment as the table is now, or when SYDRA_MERGE_FANIN segments have been added already and these
 * are too many for memory.
 */
extern bool sydra_merge_rows_add(SydraMergeRows *rows, const SydraSegment *segment);

/* All of them, to be written. */
extern SydraRowBuffer *sydra_merge_rows_buffer(const SydraMergeRows *rows);

#endif
