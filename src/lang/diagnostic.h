/*
 * What is wrong with a query text: faults in the order they were found, up to ten.
 */
#ifndef SYDRA_DIAGNOSTIC_H
#define SYDRA_DIAGNOSTIC_H

#include "base/error_name.h"
#include "lang/arena.h"

/* Bytes [start, end) of the source. */
typedef struct SydraSpan
{
	int			start;
	int			end;
} SydraSpan;

/* The bytes of the character at a position.  NULL stands for UTF-8. */
typedef int (*SydraCharLength) (const char *at);

#define SYDRA_MAX_DIAGNOSTICS 10

typedef struct SydraDiagnostic
{
	SydraErrorName error;
	SydraSpan	span;
	const char *message;		/* without the error's name */
	const char *detail;			/* a sentence, or NULL */
	const char *hint;			/* a sentence, or NULL */
} SydraDiagnostic;

/* Start with zeros; sydra_parser_parse() sets all but the faults. */
typedef struct SydraDiagnostics
{
	SydraArena *arena;			/* holds the texts */
	const char *source;
	SydraCharLength char_length;
	int			count;
	SydraDiagnostic items[SYDRA_MAX_DIAGNOSTICS];
} SydraDiagnostics;

/*
 * Adds a fault and gives it, for detail and hint to be set; a scratch one when the list is full.
 * Never NULL.
 */
extern SydraDiagnostic *sydra_diagnostic_add(SydraDiagnostics *diagnostics, SydraErrorName error,
											 SydraSpan span, const char *format,...)
			SYDRA_PRINTF_LIKE(4, 5);

/* The source at a span, cut after some 40 characters: for messages. */
extern const char *sydra_diagnostic_excerpt(SydraDiagnostics *diagnostics, SydraSpan span);

/* A place in a source.  Starts at {0, 1, 1}; \n, \r\n and a lone \r end a line. */
typedef struct SydraPosition
{
	int			offset;			/* bytes */
	int			line;
	int			column;			/* characters */
} SydraPosition;

/* Moves on to a later byte, which must not be past the end of the source. */
extern void sydra_position_advance(SydraPosition *position, const char *source, int offset,
								   SydraCharLength char_length);

#endif
