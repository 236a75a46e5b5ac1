/*
 * diagnostic.c
 *	  The list of faults, and places in a text.
 */
#include "lang/diagnostic.h"

#include <string.h>

#define MAX_EXCERPT 40			/* characters */

SydraDiagnostic *
sydra_diagnostic_add(SydraDiagnostics *diagnostics, SydraErrorName error, SydraSpan span,
					 const char *format,...)
{
	SydraDiagnostic *diagnostic;
	va_list		args;

	if (diagnostics->count == SYDRA_MAX_DIAGNOSTICS)
		return sydra_arena_alloc(diagnostics->arena, sizeof(SydraDiagnostic));

	diagnostic = &diagnostics->items[diagnostics->count++];
	memset(diagnostic, 0, sizeof(*diagnostic));
	diagnostic->error = error;
	diagnostic->span = span;
	va_start(args, format);
	diagnostic->message = sydra_arena_vprintf(diagnostics->arena, format, args);
	va_end(args);
	return diagnostic;
}

static int
measure_char(const char *at, SydraCharLength char_length)
{
	unsigned char byte = (unsigned char) *at;

	if (byte < 0x80)
		return 1;
	if (char_length != NULL)
		return char_length(at);
	return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

const char *
sydra_diagnostic_excerpt(SydraDiagnostics *diagnostics, SydraSpan span)
{
	int			end = span.start;

	for (int i = 0; i < MAX_EXCERPT && end < span.end; i++)
	{
		int			length = measure_char(diagnostics->source + end, diagnostics->char_length);

		if (length > span.end - end)
			break;
		end += length;
	}
	return sydra_arena_printf(diagnostics->arena, "%.*s%s", end - span.start,
							  diagnostics->source + span.start, end < span.end ? "..." : "");
}

void
sydra_position_advance(SydraPosition *position, const char *source, int offset,
					   SydraCharLength char_length)
{
	while (position->offset < offset)
	{
		const char *at = source + position->offset;
		int			length = 1;

		if (*at == '\n' && position->offset > 0 && at[-1] == '\r')
		{
			/* The second half of \r\n: the line was counted. */
		}
		else if (*at == '\n' || *at == '\r')
		{
			position->line++;
			position->column = 1;
		}
		else if (char_length == NULL)
			position->column += ((unsigned char) *at & 0xC0) != 0x80;
		else
		{
			length = measure_char(at, char_length);
			position->column++;
		}
		position->offset += length;
	}
}
