/*
 * A point of the line protocol in the form of a line of NDJSON.
 */
#ifndef SYDRA_API_INGEST_PROTOCOL_H
#define SYDRA_API_INGEST_PROTOCOL_H

#include "lang/line_protocol.h"

#include "api/api_ingest_line.h"

/* How the data of one call is read. */
typedef struct SydraIngestProtocol
{
	SydraLineReader reader;
	int64		per_second;		/* of the units of its times */
	TimestampTz now;			/* time of points without one */
} SydraIngestProtocol;

/*
 * Reads the next point: true, and its line, or fault->message when it has one.  False at the end.
 * The line's text begins with the first line of the point, number *number of the data; all offsets
 * count from there.  In the current memory context.
 */
extern bool sydra_ingest_protocol_next(SydraIngestProtocol *protocol, SydraIngestLine *line,
									   int *number, SydraIngestFault *fault);

#endif
