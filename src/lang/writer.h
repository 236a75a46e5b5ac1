/*
 * A text that grows, in an arena.
 */
#ifndef SYDRA_WRITER_H
#define SYDRA_WRITER_H

#include "lang/arena.h"

/* Start with an arena and zeros. */
typedef struct SydraWriter
{
	SydraArena *arena;
	char	   *text;			/* NUL-terminated once something was put */
	size_t		length;
	size_t		capacity;
} SydraWriter;

extern void sydra_writer_put(SydraWriter *writer, const char *text);
extern void sydra_writer_put_char(SydraWriter *writer, char byte);
extern void sydra_writer_printf(SydraWriter *writer, const char *format,...)
			SYDRA_PRINTF_LIKE(2, 3);

/* The text between quotes, those inside doubled. */
extern void sydra_writer_put_quoted(SydraWriter *writer, const char *text, char quote);

#endif
