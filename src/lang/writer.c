/*
 * writer.c
 *	  A text that grows.
 */
#include "lang/writer.h"

#include <string.h>

#define FIRST_CAPACITY 256

static void
append(SydraWriter *writer, const char *text, size_t length)
{
	if (writer->length + length + 1 > writer->capacity)
	{
		char	   *old = writer->text;

		if (writer->capacity == 0)
			writer->capacity = FIRST_CAPACITY;
		while (writer->length + length + 1 > writer->capacity)
			writer->capacity *= 2;
		writer->text = sydra_arena_alloc(writer->arena, writer->capacity);
		if (old != NULL)
			memcpy(writer->text, old, writer->length);
	}
	memcpy(writer->text + writer->length, text, length);
	writer->length += length;
	writer->text[writer->length] = '\0';
}

void
sydra_writer_put(SydraWriter *writer, const char *text)
{
	append(writer, text, strlen(text));
}

void
sydra_writer_put_char(SydraWriter *writer, char byte)
{
	append(writer, &byte, 1);
}

void
sydra_writer_printf(SydraWriter *writer, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	sydra_writer_put(writer, sydra_arena_vprintf(writer->arena, format, args));
	va_end(args);
}

void
sydra_writer_put_quoted(SydraWriter *writer, const char *text, char quote)
{
	sydra_writer_put_char(writer, quote);
	for (; *text != '\0'; text++)
	{
		if (*text == quote)
			sydra_writer_put_char(writer, quote);
		sydra_writer_put_char(writer, *text);
	}
	sydra_writer_put_char(writer, quote);
}
