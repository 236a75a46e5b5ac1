/*
 * Reads one segment, vector by vector.  Every vector covers up to 1024 neighbouring rows and
 * decodes by itself; a vector never crosses a run of 64 rows or more of one series.
 *
 * Damaged bytes raise XX001 naming table, segment and block.
 */
#ifndef SYDRA_SEGMENT_READER_H
#define SYDRA_SEGMENT_READER_H

#include "series/table.h"
#include "series/dictionary.h"
#include "store/directory.h"
#include "store/segment_statistics.h"
#include "store/store.h"
#include "vector/batch.h"

typedef struct SydraSegmentReader SydraSegmentReader;

/* What a vector covers. */
typedef struct SydraVectorInfo
{
	int			first_row;
	int			count;
	int64		time_min;		/* inclusive */
	int64		time_max;
	int			first_run;		/* of the segment's runs; the first may begin before first_row */
	int			run_count;
} SydraVectorInfo;

/*
 * Reads header, runs and vector table, and checks them.  Memory: a child of the current context,
 * freed by _close; until then the TOAST relation of the table rel is open.
 */
extern SydraSegmentReader *sydra_segment_open(Relation rel, const SydraStore *store,
											  const SydraTable *table, const SydraSegment *segment);
extern void sydra_segment_close(SydraSegmentReader *reader);

/* Lets go of all but memory until the next read: a reader can then outlast its query. */
extern void sydra_segment_pause(SydraSegmentReader *reader);

extern int	sydra_segment_row_count(const SydraSegmentReader *reader);
/* Whether it is known that no two rows have the same series and time. */
extern bool sydra_segment_distinct(const SydraSegmentReader *reader);

extern int	sydra_segment_vector_count(const SydraSegmentReader *reader);
extern void sydra_segment_vector_info(const SydraSegmentReader *reader, int vector,
									  SydraVectorInfo *info);

/* The vector that holds a row. */
extern int	sydra_segment_vector_of(const SydraSegmentReader *reader, int row);

/* The segment's runs: first_row counts from the segment's first row. */
extern const SydraRun *sydra_segment_runs(const SydraSegmentReader *reader, int *count);

/*
 * Decodes one column of one vector: TIME, FIELD or SYDRA_CURSOR_WRITE_XID, also a column that is a
 * tag now and was a field when the segment was written.  False when the segment does not hold the
 * column: the caller takes it from the series' tag tuple, else from the column's missing value.
 * The vector's memory is reused by the next call for the same column (one buffer a column).
 */
extern bool sydra_segment_read(SydraSegmentReader *reader, AttrNumber attnum, int vector,
							   SydraVector *result);

/* Whether the segment holds the column itself, as sydra_segment_read() would find. */
extern bool sydra_segment_has(const SydraSegmentReader *reader, AttrNumber attnum);

/* False when the segment does not hold the column, as with sydra_segment_read(). */
extern bool sydra_segment_statistics(const SydraSegmentReader *reader, AttrNumber attnum,
									 SydraSegmentStatistics *statistics);

/*
 * Whether a scan of the whole segment, tags included, meets no damage; if it does, *fault says which.
 */
extern bool sydra_segment_is_sound(const SydraStore *store, const SydraTable *table,
								   SydraDictionary *dictionary, const SydraSegment *segment,
								   char **fault);

/*
 * Proves a segment: checksums, structure, every vector of every column, statistics.  Appends a line
 * (char *) a fault to *faults instead of raising.  Without a dictionary, what it has is not asked.
 */
extern void sydra_segment_verify(Relation rel, const SydraStore *store, const SydraTable *table,
								 SydraDictionary *dictionary, const SydraSegment *segment,
								 List **faults);

#endif
