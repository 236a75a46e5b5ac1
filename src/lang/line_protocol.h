/*
 * InfluxDB's line protocol, a point a line:
 * measurement,tag=value,... field=value,... timestamp
 *
 * Pure C, without the server.
 */
#ifndef SYDRA_LINE_PROTOCOL_H
#define SYDRA_LINE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error_name.h"
#include "lang/arena.h"

typedef enum SydraLineKind
{
	SYDRA_LINE_STRING,			/* "text"; every tag */
	SYDRA_LINE_FLOAT,			/* 1, 1.5, -2e7 */
	SYDRA_LINE_INTEGER,			/* 1i */
	SYDRA_LINE_UNSIGNED,		/* 1u */
	SYDRA_LINE_TRUE,
	SYDRA_LINE_FALSE
} SydraLineKind;

/* A tag or a field.  Texts are NUL-terminated, and the arena's. */
typedef struct SydraLineItem
{
	const char *key;
	int			key_start;
	SydraLineKind kind;
	const char *text;			/* without quotes, escapes and the letter of the kind */
	int			start;			/* the value as written is [start, end) of the data */
	int			end;
} SydraLineItem;

typedef struct SydraLinePoint
{
	const char *measurement;
	int			start;
	int			tag_count;
	SydraLineItem *tags;		/* as written: no key is there twice */
	int			tags_start;		/* all of them as written are [tags_start, tags_end) */
	int			tags_end;
	int			field_count;	/* one or more */
	SydraLineItem *fields;
	bool		has_time;
	int64_t		time;			/* in whatever unit the writer has used */
	int			time_start;
} SydraLinePoint;

/* What is wrong, and at which byte of the data. */
typedef struct SydraLineFault
{
	SydraErrorName error;
	const char *message;
	int			offset;
} SydraLineFault;

/* To be filled with the data, and zeros. */
typedef struct SydraLineReader
{
	const char *data;
	int			length;
	int			offset;			/* where the next point is looked for */
	int			line;			/* lines before that place */
} SydraLineReader;

typedef enum SydraLineResult
{
	SYDRA_LINE_POINT,
	SYDRA_LINE_FAULT,			/* reading can go on behind the end of the line of the fault */
	SYDRA_LINE_END
} SydraLineResult;

/*
 * Reads the next point; empty lines and comments (#) are passed over.  What it points to is cut
 * from the arena.
 */
extern SydraLineResult sydra_line_protocol_next(SydraLineReader *reader, SydraArena *arena,
												SydraLinePoint *point, SydraLineFault *fault);

/*
 * The line (from 1) of a place at or after reader->offset as it was before the call that found it,
 * and where that line begins.
 */
extern int	sydra_line_protocol_line(const SydraLineReader *before, int offset, int *line_start);

/* How many of the unit s, ms, us or ns make a second; 0: no such unit. */
extern int64_t sydra_line_protocol_per_second(const char *precision);

/*
 * Microseconds since 2000-01-01 of a time since 1970-01-01, rounded down; false when it does not
 * fit into 64 bits.
 */
extern bool sydra_line_protocol_time(int64_t time, int64_t per_second, int64_t *us);

#endif
