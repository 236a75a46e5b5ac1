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

#define SYDRA_MAX_DIAGNOSTICS 10

typedef struct SydraDiagnostic
{
	SydraErrorName error;
	SydraSpan	span;
	const char *message;		/* without the error's name */
	const char *detail;			/* a sentence, or NULL */
	const char *hint;			/* a sentence, or NULL */
} SydraDiagnostic;

/* Start with zeros and an arena. */
typedef struct SydraDiagnostics
{
	SydraArena *arena;			/* holds the texts */
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

/*
 * Line and column, both from 1, of a byte of the source.  char_length gives the bytes of the
 * character at a position; NULL is UTF-8.
 */
typedef int (*SydraCharLength) (const char *at);

extern void sydra_diagnostic_locate(const char *source, int offset, SydraCharLength char_length,
									int *line, int *column);

#endif
