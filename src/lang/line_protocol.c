/*
 * line_protocol.c
 *	  Reads InfluxDB's line protocol.
 *
 * A backslash takes the meaning of a comma or a blank in a measurement, of these and = in keys and
 * tags, and of " and \ in a string; before anything else it stands for itself.  A string may hold
 * line ends.  Blanks before a point and behind it do not count, nor does a carriage return at the
 * end of a line.
 */
#include <string.h>

#include "lang/line_protocol.h"

/* Microseconds from 1970-01-01 to 2000-01-01. */
#define EPOCH_DIFFERENCE_US INT64_C(946684800000000)

/* Tags, and fields, of a point.  Each is compared with those before it. */
#define ITEMS_MAX 4096

typedef struct PointReader
{
	const char *data;
	int			length;
	int			at;
	SydraArena *arena;
	SydraLinePoint *point;
	SydraLineFault *fault;
} PointReader;

static bool read_point(PointReader *reader);

static bool
set_fault(PointReader *reader, SydraErrorName error, int offset, const char *message)
{
	reader->fault->error = error;
	reader->fault->message = message;
	reader->fault->offset = offset;
	return false;
}

/* 0 at the end. */
static char
peek(const PointReader *reader)
{
	return reader->at < reader->length ? reader->data[reader->at] : '\0';
}

static bool
is_line_end(const PointReader *reader, int at)
{
	return at >= reader->length || reader->data[at] == '\n' ||
		(reader->data[at] == '\r' && (at + 1 >= reader->length || reader->data[at + 1] == '\n'));
}

static void
skip_blanks(PointReader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\t')
		reader->at++;
}

/* To the first place that may begin a point; false at the end of the data. */
static bool
skip_to_point(PointReader *reader)
{
	while (reader->at < reader->length)
	{
		skip_blanks(reader);
		if (peek(reader) == '#')
			while (reader->at < reader->length && peek(reader) != '\n')
				reader->at++;
		if (reader->at < reader->length && !is_line_end(reader, reader->at))
			return true;
		while (reader->at < reader->length && peek(reader) != '\n')
			reader->at++;
		if (reader->at < reader->length)
			reader->at++;
	}
	return false;
}

SydraLineResult
sydra_line_protocol_next(SydraLineReader *state, SydraArena *arena, SydraLinePoint *point,
						 SydraLineFault *fault)
{
	PointReader reader = {
		.data = state->data,
		.length = state->length,
		.at = state->offset,
		.arena = arena,
		.point = point,
		.fault = fault
	};
	int			begin = state->offset;
	bool		good;

	memset(point, 0, sizeof(*point));
	memset(fault, 0, sizeof(*fault));
	if (!skip_to_point(&reader))
	{
		state->offset = state->length;
		return SYDRA_LINE_END;
	}
	point->start = reader.at;
	good = read_point(&reader);
	if (!good)
		reader.at = fault->offset;
	while (reader.at < reader.length && reader.data[reader.at] != '\n')
		reader.at++;
	if (reader.at < reader.length)
		reader.at++;
	for (const char *next = state->data + begin;
		 (next = memchr(next, '\n', state->data + reader.at - next)) != NULL; next++)
		state->line++;
	state->offset = reader.at;
	return good ? SYDRA_LINE_POINT : SYDRA_LINE_FAULT;
}

int
sydra_line_protocol_line(const SydraLineReader *before, int offset, int *line_start)
{
	int			line = before->line + 1;

	*line_start = before->offset;
	for (int at = before->offset; at < offset; at++)
	{
		if (before->data[at] != '\n')
			continue;
		line++;
		*line_start = at + 1;
	}
	return line;
}

/*
 * A copy of the data's [start, at).  A backslash before one of the escapable characters is left
 * out.
 */
static char *
copy_text(PointReader *reader, int start, const char *escapable)
{
	char	   *text = sydra_arena_copy(reader->arena, reader->data + start, reader->at - start);
	char	   *from = strchr(text, '\\');
	char	   *to = from;

	while (from != NULL && *from != '\0')
	{
		if (*from == '\\' && from[1] != '\0' && strchr(escapable, from[1]) != NULL)
			from++;
		*to++ = *from++;
	}
	if (to != NULL)
		*to = '\0';
	return text;
}

/* Whether a backslash and one of the characters come next. */
static bool
is_escape(const PointReader *reader, const char *escapable)
{
	return peek(reader) == '\\' && reader->at + 1 < reader->length &&
		reader->data[reader->at + 1] != '\0' &&
		strchr(escapable, reader->data[reader->at + 1]) != NULL;
}

static bool
refuse_nul(PointReader *reader)
{
	return set_fault(reader, SYDRA_ERR_SYNTAX, reader->at, "a point cannot hold NUL bytes");
}

/* Takes characters up to one of the separators that is not escaped, or the line's end. */
static bool
read_name(PointReader *reader, const char *separators, const char **text)
{
	int			start = reader->at;

	while (!is_line_end(reader, reader->at))
	{
		if (peek(reader) == '\0')
			return refuse_nul(reader);
		if (is_escape(reader, separators))
			reader->at++;
		else if (strchr(separators, peek(reader)) != NULL)
			break;
		reader->at++;
	}
	*text = copy_text(reader, start, separators);
	return true;
}

/* string = '"' { character | '\"' | '\\' } '"' */
static bool
read_string(PointReader *reader, SydraLineItem *item)
{
	reader->at++;
	for (; peek(reader) != '"'; reader->at++)
	{
		if (reader->at >= reader->length)
			return set_fault(reader, SYDRA_ERR_UNTERMINATED_STRING, item->start,
							 "a string lacks its closing quote");
		if (peek(reader) == '\0')
			return refuse_nul(reader);
		if (is_escape(reader, "\"\\"))
			reader->at++;
	}
	item->kind = SYDRA_LINE_STRING;
	item->text = copy_text(reader, item->start + 1, "\"\\");
	reader->at++;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Gives the end of the digits at text. */
static const char *
skip_digits(const char *text)
{
	while (is_digit(*text))
		text++;
	return text;
}

/*
 * number = [ "+" | "-" ] digits [ "i" | "u" ]
 *		  | [ "+" | "-" ] ( digits [ "." [ digits ] ] | "." digits ) [ "e" [ "+" | "-" ] digits ]
 */
static bool
read_number(char *text, SydraLineKind *kind)
{
	const char *digits = text + (*text == '+' || *text == '-');
	const char *at = skip_digits(digits);
	bool		whole = at > digits;

	if (whole && (*at == 'i' || *at == 'u') && at[1] == '\0')
	{
		*kind = *at == 'i' ? SYDRA_LINE_INTEGER : SYDRA_LINE_UNSIGNED;
		if (*kind == SYDRA_LINE_UNSIGNED && *text == '-')
			return false;
		text[at - text] = '\0';
		return true;
	}
	*kind = SYDRA_LINE_FLOAT;
	if (*at == '.')
	{
		const char *fraction = at + 1;

		at = skip_digits(fraction);
		whole = whole || at > fraction;
	}
	if (!whole)
		return false;
	if (*at == 'e' || *at == 'E')
	{
		const char *exponent = at + 1 + (at[1] == '+' || at[1] == '-');

		at = skip_digits(exponent);
		if (at == exponent)
			return false;
	}
	return *at == '\0';
}

static bool
read_boolean(const char *text, SydraLineKind *kind)
{
	static const char *const words[2][5] = {
		{"f", "F", "false", "False", "FALSE"},
		{"t", "T", "true", "True", "TRUE"}
	};

	for (int truth = 0; truth < 2; truth++)
		for (int i = 0; i < 5; i++)
			if (strcmp(text, words[truth][i]) == 0)
			{
				*kind = truth ? SYDRA_LINE_TRUE : SYDRA_LINE_FALSE;
				return true;
			}
	return false;
}

static bool
read_field_value(PointReader *reader, SydraLineItem *item)
{
	char	   *text;

	if (peek(reader) == '"')
		return read_string(reader, item);
	while (!is_line_end(reader, reader->at) && peek(reader) != ',' && peek(reader) != ' ' &&
		   peek(reader) != '\0')
		reader->at++;
	if (reader->at == item->start)
		return set_fault(reader, SYDRA_ERR_SYNTAX, item->start, "a field has no value");
	text = copy_text(reader, item->start, "");
	item->text = text;
	if (!read_number(text, &item->kind) && !read_boolean(text, &item->kind))
		return set_fault(reader, SYDRA_ERR_INVALID_LITERAL, item->start,
						 "a field's value is a number, a boolean, or a string in double quotes");
	return true;
}

static bool
is_known(const SydraLineItem *items, int count, const char *key)
{
	for (int i = 0; i < count; i++)
		if (strcmp(items[i].key, key) == 0)
			return true;
	return false;
}

/* Reads "key=" into the items' next element. */
static SydraLineItem *
read_key(PointReader *reader, SydraLineItem **items, int *count, const char *what)
{
	SydraLineItem *item;

	if (*count == ITEMS_MAX)
	{
		set_fault(reader, SYDRA_ERR_TOO_COMPLEX, reader->at,
				  sydra_arena_printf(reader->arena, "a point has more than %d %ss",
									 ITEMS_MAX, what));
		return NULL;
	}
	*items = sydra_arena_grow(reader->arena, *items, *count, sizeof(SydraLineItem));
	item = &(*items)[*count];
	memset(item, 0, sizeof(*item));
	item->key_start = reader->at;
	if (!read_name(reader, ",= ", &item->key))
		return NULL;
	if (item->key[0] == '\0' || peek(reader) != '=')
	{
		set_fault(reader, SYDRA_ERR_SYNTAX, item->key[0] == '\0' ? item->key_start : reader->at,
				  sydra_arena_printf(reader->arena, item->key[0] == '\0' ? "a %s has no name" :
									 "expected = behind the name of a %s", what));
		return NULL;
	}
	if (is_known(*items, *count, item->key))
	{
		set_fault(reader, SYDRA_ERR_AMBIGUOUS, item->key_start,
				  sydra_arena_printf(reader->arena, "%s \"%s\" is given twice", what, item->key));
		return NULL;
	}
	item->start = ++reader->at;
	(*count)++;
	return item;
}

/* tags = { "," key "=" value } */
static bool
read_tags(PointReader *reader)
{
	SydraLinePoint *point = reader->point;

	point->tags_start = point->tags_end = reader->at;
	while (peek(reader) == ',')
	{
		SydraLineItem *item;

		reader->at++;
		item = read_key(reader, &point->tags, &point->tag_count, "tag");
		if (item == NULL || !read_name(reader, ",= ", &item->text))
			return false;
		item->kind = SYDRA_LINE_STRING;
		item->end = point->tags_end = reader->at;
		if (item->text[0] == '\0')
			return set_fault(reader, SYDRA_ERR_SYNTAX, item->start, "a tag has no value");
		if (peek(reader) == '=')
			return set_fault(reader, SYDRA_ERR_SYNTAX, reader->at,
							 "a tag's value holds a = without a backslash");
	}
	return true;
}

/* fields = key "=" value { "," key "=" value } */
static bool
read_fields(PointReader *reader)
{
	SydraLinePoint *point = reader->point;

	do
	{
		SydraLineItem *item;

		if (point->field_count > 0)
			reader->at++;
		item = read_key(reader, &point->fields, &point->field_count, "field");
		if (item == NULL || !read_field_value(reader, item))
			return false;
		item->end = reader->at;
	} while (peek(reader) == ',');
	return true;
}

/* time = [ "+" | "-" ] digits */
static bool
read_time(PointReader *reader)
{
	SydraLinePoint *point = reader->point;
	bool		negative = peek(reader) == '-';
	uint64_t	limit = (uint64_t) INT64_MAX + negative;
	uint64_t	value = 0;

	point->time_start = reader->at;
	if (negative || peek(reader) == '+')
		reader->at++;
	if (!is_digit(peek(reader)))
		return set_fault(reader, SYDRA_ERR_INVALID_LITERAL, point->time_start,
						 "a timestamp is a whole number");
	for (; is_digit(peek(reader)); reader->at++)
	{
		uint64_t	digit = (uint64_t) (peek(reader) - '0');

		if (value > (limit - digit) / 10)
			return set_fault(reader, SYDRA_ERR_TIME_OUT_OF_RANGE, point->time_start,
							 "a timestamp does not fit into 64 bits");
		value = value * 10 + digit;
	}
	point->has_time = true;
	point->time = negative ? (int64_t) (0 - value) : (int64_t) value;
	return true;
}

/* point = measurement tags " " fields [ " " time ] */
static bool
read_point(PointReader *reader)
{
	SydraLinePoint *point = reader->point;

	if (!read_name(reader, ", ", &point->measurement))
		return false;
	if (point->measurement[0] == '\0')
		return set_fault(reader, SYDRA_ERR_SYNTAX, point->start, "a point has no measurement");
	if (!read_tags(reader))
		return false;
	skip_blanks(reader);
	if (is_line_end(reader, reader->at))
		return set_fault(reader, SYDRA_ERR_SYNTAX, reader->at, "a point has no field");
	if (!read_fields(reader))
		return false;
	if (!is_line_end(reader, reader->at) && peek(reader) != ' ')
		return set_fault(reader, SYDRA_ERR_SYNTAX, reader->at,
						 "expected a comma, a blank or the end of the line behind a field");
	skip_blanks(reader);
	if (is_line_end(reader, reader->at))
		return true;
	if (!read_time(reader))
		return false;
	if (!is_line_end(reader, reader->at) && peek(reader) != ' ')
		return set_fault(reader, SYDRA_ERR_INVALID_LITERAL, point->time_start,
						 "a timestamp is a whole number");
	skip_blanks(reader);
	if (!is_line_end(reader, reader->at))
		return set_fault(reader, SYDRA_ERR_SYNTAX, reader->at,
						 "expected the end of the line behind the timestamp");
	return true;
}

int64_t
sydra_line_protocol_per_second(const char *precision)
{
	static const struct
	{
		const char *name;
		int64_t		per_second;
	}			units[] = {
		{"s", 1}, {"ms", 1000}, {"us", 1000000}, {"ns", 1000000000}
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(precision, units[i].name) == 0)
			return units[i].per_second;
	return 0;
}

bool
sydra_line_protocol_time(int64_t time, int64_t per_second, int64_t *us)
{
	if (per_second > 1000000)
	{
		int64_t		per_us = per_second / 1000000;

		*us = time / per_us - (time % per_us < 0);
	}
	else if (__builtin_mul_overflow(time, 1000000 / per_second, us))
		return false;
	return !__builtin_sub_overflow(*us, EPOCH_DIFFERENCE_US, us);
}
