/*
 * Points on their way into metrics: collected by metric and column, written in large batches.
 */
#ifndef SYDRA_API_INGEST_TARGET_H
#define SYDRA_API_INGEST_TARGET_H

#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/hsearch.h"

#include "api/api_ingest_line.h"

typedef struct SydraIngest
{
	HTAB	   *targets;
	List	   *order;			/* of the targets, as they came */
	int64		waiting_rows;
	int64		waiting_bytes;
	int64		inserted;

	/* Where in the line a value is being read: errors of the types' input functions have no place. */
	int			offset;
} SydraIngest;

/* In the current memory context; SPI is connected until the end. */
extern SydraIngest *sydra_ingest_target_begin(void);

/* Adds a point; false: fault says why. */
extern bool sydra_ingest_target_add(SydraIngest *ingest, const SydraIngestLine *line,
									SydraIngestFault *fault);

/* Adds the points of one series: equally many times and float8 values, none of the times null. */
extern bool sydra_ingest_target_add_series(SydraIngest *ingest, const char *metric,
										   const SydraIngestObject *tags, ArrayType *times,
										   ArrayType *values, SydraIngestFault *fault);

/* Writes what waits. */
extern void sydra_ingest_target_flush(SydraIngest *ingest);

#endif
