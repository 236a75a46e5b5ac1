/*
 * One line of NDJSON:
 * {"series": "cpu.usage", "ts": ..., "value": 1.5, "tags": {...}, "fields": {...}}
 */
#ifndef SYDRA_API_INGEST_LINE_H
#define SYDRA_API_INGEST_LINE_H

#include "common/jsonapi.h"
#include "datatype/timestamp.h"

#include "base/error_name.h"

/* What is wrong with a line, and at which byte of it. */
typedef struct SydraIngestFault
{
	SydraErrorName error;
	const char *message;		/* NULL: nothing */
	const char *hint;			/* a sentence, or NULL */
	int			offset;
} SydraIngestFault;

typedef struct SydraIngestItem
{
	const char *key;
	JsonTokenType type;			/* of a scalar; OBJECT_START for what is nested */
	const char *text;			/* of a scalar, without quotes and escapes */
	int			start;			/* the value as written is [start, end) of the line */
	int			end;
} SydraIngestItem;

typedef struct SydraIngestObject
{
	bool		given;
	int			start;			/* as written, as in SydraIngestItem */
	int			end;
	int			item_count;
	SydraIngestItem *items;
} SydraIngestObject;

typedef struct SydraIngestLine
{
	const char *text;
	int			length;
	bool		json;			/* values are written as JSON; else tags have no type */
	const char *series;
	int			series_start;
	TimestampTz time;
	int			time_start;
	bool		has_value;
	SydraIngestItem value;
	SydraIngestObject tags;		/* no item is nested */
	SydraIngestObject fields;
} SydraIngestLine;

/*
 * Reads text[0, length), which is in the database encoding.  What the line holds is allocated in
 * the current memory context.  False: fault says why.
 */
extern bool sydra_ingest_line_read(const char *text, int length, SydraIngestLine *line,
								   SydraIngestFault *fault);

/* Notes a fault, unless there already is one. */
extern void sydra_ingest_fault_set(SydraIngestFault *fault, SydraErrorName error, int offset,
								   const char *format,...) pg_attribute_printf(4, 5);

#endif
