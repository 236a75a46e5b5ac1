/*
 * api_ingest_line.c
 *	  Reads one line of NDJSON with the server's own JSON parser.
 *
 * The parser calls us for every key, scalar, object and array.  Level 0 is the line's object, level
 * 1 its keys, level 2 the keys of "tags" and "fields"; what lies deeper is kept as text.  The
 * parser cannot be stopped from inside, so after a fault everything else is passed over.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/timestamp.h"

#include "api/api_ingest_line.h"
#include "base/compat.h"
#include "base/setting.h"
#include "lang/timestamp.h"

/* Epochs outside these years are taken for a mistake in the unit. */
#define EPOCH_MAX INT64CONST(4102444800)	/* 2100-01-01 in seconds */

#define EPOCH_DIFFERENCE_US \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

typedef enum Key
{
	KEY_SERIES,
	KEY_TS,
	KEY_VALUE,
	KEY_TAGS,
	KEY_FIELDS
} Key;

static const char *const key_names[] = {
	[KEY_SERIES] = "series",
	[KEY_TS] = "ts",
	[KEY_VALUE] = "value",
	[KEY_TAGS] = "tags",
	[KEY_FIELDS] = "fields"
};

typedef struct LineReader
{
	JsonLexContext *lex;
	SydraIngestLine *line;
	SydraIngestFault *fault;
	Key			key;			/* at level 1 */
	SydraIngestItem item;		/* the value being read, at level 1 or 2 */
	bool		has_time;
} LineReader;

static SydraJsonResult begin_field(void *state, char *name, bool isnull);
static SydraJsonResult begin_object(void *state);
static SydraJsonResult end_object(void *state);
static SydraJsonResult begin_array(void *state);
static SydraJsonResult end_array(void *state);
static SydraJsonResult read_scalar(void *state, char *token, JsonTokenType type);
static void read_top_scalar(LineReader *reader, Key key);
static SydraIngestObject *find_object(LineReader *reader);
static void add_item(SydraIngestObject *object, const SydraIngestItem *item);
static void read_time(LineReader *reader, const SydraIngestItem *item);
static void read_epoch(LineReader *reader, const SydraIngestItem *item);
static int	find_offset(LineReader *reader, const char *at);

bool
sydra_ingest_line_read(const char *text, int length, SydraIngestLine *line,
					   SydraIngestFault *fault)
{
	LineReader	reader = {.line = line, .fault = fault};
	JsonSemAction actions = {
		.semstate = &reader,
		.object_start = begin_object,
		.object_end = end_object,
		.array_start = begin_array,
		.array_end = end_array,
		.object_field_start = begin_field,
		.scalar = read_scalar
	};
	JsonParseErrorType error;

	memset(line, 0, sizeof(*line));
	memset(fault, 0, sizeof(*fault));
	line->text = text;
	line->length = length;
	line->json = true;
	reader.lex = makeJsonLexContextCstringLen(NULL, text, length, GetDatabaseEncoding(), true);
	error = pg_parse_json(reader.lex, &actions);
	if (error != JSON_SUCCESS)
	{
		const char *detail = json_errdetail(error, reader.lex);
		int			detail_length = strlen(detail);

		/* A sentence of the server's, which may be a constant, becomes a part of ours. */
		if (detail_length > 0 && detail[detail_length - 1] == '.')
			detail_length--;

		/* The parser's word comes first: what we read before it may have been read wrongly. */
		fault->message = NULL;
		sydra_ingest_fault_set(fault, SYDRA_ERR_SYNTAX, find_offset(&reader, reader.lex->token_start),
							   "not JSON: %.*s", detail_length, detail);
	}
	else if (line->series == NULL)
		sydra_ingest_fault_set(fault, SYDRA_ERR_INVALID_ARGUMENT, 0, "\"series\" is missing");
	else if (!reader.has_time)
		sydra_ingest_fault_set(fault, SYDRA_ERR_INVALID_ARGUMENT, 0, "\"ts\" is missing");
	return fault->message == NULL;
}

void
sydra_ingest_fault_set(SydraIngestFault *fault, SydraErrorName error, int offset,
					   const char *format,...)
{
	StringInfoData message;
	int			needed;

	if (fault->message != NULL)
		return;
	initStringInfo(&message);
	do
	{
		va_list		arguments;

		va_start(arguments, format);
		needed = appendStringInfoVA(&message, format, arguments);
		va_end(arguments);
		if (needed > 0)
			enlargeStringInfo(&message, needed);
	} while (needed > 0);
	fault->error = error;
	fault->message = message.data;
	fault->offset = offset;
}

/* The value's first token is the lexer's next one. */
static SydraJsonResult
begin_field(void *state, char *name, bool isnull)
{
	LineReader *reader = state;
	int			level = reader->lex->lex_level;

	if (reader->fault->message || level > 2)
		return SYDRA_JSON_SUCCESS;
	reader->item.key = name;
	reader->item.start = find_offset(reader, reader->lex->token_start);
	if (level == 2)
		return SYDRA_JSON_SUCCESS;
	for (int i = 0; i < lengthof(key_names); i++)
	{
		if (strcmp(name, key_names[i]) == 0)
		{
			reader->key = (Key) i;
			return SYDRA_JSON_SUCCESS;
		}
	}
	sydra_ingest_fault_set(reader->fault, SYDRA_ERR_UNKNOWN_IDENTIFIER, reader->item.start,
						   "unknown key \"%s\"", name);
	reader->fault->hint = "A line has the keys series, ts, value, tags and fields.";
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
begin_object(void *state)
{
	LineReader *reader = state;
	SydraIngestObject *object;

	if (reader->fault->message)
		return SYDRA_JSON_SUCCESS;
	switch (reader->lex->lex_level)
	{
		case 0:
			break;
		case 1:
			object = find_object(reader);
			if (object == NULL)
				sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, reader->item.start,
									   "\"%s\" cannot be an object", key_names[reader->key]);
			else
			{
				memset(object, 0, sizeof(*object));
				object->given = true;
				object->start = reader->item.start;
			}
			break;
		case 2:
			if (reader->key == KEY_TAGS)
				sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, reader->item.start,
									   "tag \"%s\" cannot be an object", reader->item.key);
			break;
		default:
			break;
	}
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
end_object(void *state)
{
	LineReader *reader = state;
	int			level = reader->lex->lex_level;
	int			end = find_offset(reader, reader->lex->prev_token_terminator);

	if (reader->fault->message)
		return SYDRA_JSON_SUCCESS;
	if (level == 1)
		find_object(reader)->end = end;
	else if (level == 2)
	{
		reader->item.type = JSON_TOKEN_OBJECT_START;
		reader->item.text = NULL;
		reader->item.end = end;
		add_item(find_object(reader), &reader->item);
	}
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
begin_array(void *state)
{
	LineReader *reader = state;

	if (reader->fault->message)
		return SYDRA_JSON_SUCCESS;
	switch (reader->lex->lex_level)
	{
		case 0:
			sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, 0,
								   "a line is an object, not an array");
			break;
		case 1:
			sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, reader->item.start,
								   "\"%s\" cannot be an array", key_names[reader->key]);
			break;
		case 2:
			if (reader->key == KEY_TAGS)
				sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, reader->item.start,
									   "tag \"%s\" cannot be an array", reader->item.key);
			break;
		default:
			break;
	}
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
end_array(void *state)
{
	end_object(state);
	return SYDRA_JSON_SUCCESS;
}

/* The lexer has already gone on: the token's end is the previous terminator. */
static SydraJsonResult
read_scalar(void *state, char *token, JsonTokenType type)
{
	LineReader *reader = state;

	if (reader->fault->message || reader->lex->lex_level > 2)
		return SYDRA_JSON_SUCCESS;
	if (reader->lex->lex_level == 0)
	{
		sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, 0,
							   "a line is an object, not a single value");
		return SYDRA_JSON_SUCCESS;
	}
	reader->item.type = type;
	reader->item.text = token;
	reader->item.end = find_offset(reader, reader->lex->prev_token_terminator);
	if (reader->lex->lex_level == 2)
		add_item(find_object(reader), &reader->item);
	else
		read_top_scalar(reader, reader->key);
	return SYDRA_JSON_SUCCESS;
}

static void
read_top_scalar(LineReader *reader, Key key)
{
	SydraIngestLine *line = reader->line;
	const SydraIngestItem *item = &reader->item;

	switch (key)
	{
		case KEY_SERIES:
			line->series = item->text;
			line->series_start = item->start;
			if (item->type != JSON_TOKEN_STRING)
				sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, item->start,
									   "\"series\" must be a string");
			break;
		case KEY_TS:
			reader->has_time = true;
			line->time_start = item->start;
			read_time(reader, item);
			break;
		case KEY_VALUE:
			line->has_value = true;
			line->value = *item;
			break;
		case KEY_TAGS:
		case KEY_FIELDS:
			if (item->type != JSON_TOKEN_NULL)
				sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, item->start,
									   "\"%s\" must be an object", key_names[key]);
			break;
	}
}

static SydraIngestObject *
find_object(LineReader *reader)
{
	if (reader->key == KEY_TAGS)
		return &reader->line->tags;
	return reader->key == KEY_FIELDS ? &reader->line->fields : NULL;
}

static void
add_item(SydraIngestObject *object, const SydraIngestItem *item)
{
	int			count = object->item_count;

	/* Full at every power of two from 8. */
	if (count == 0)
		object->items = palloc(8 * sizeof(SydraIngestItem));
	else if (count >= 8 && (count & (count - 1)) == 0)
		object->items = repalloc(object->items, 2 * (Size) count * sizeof(SydraIngestItem));
	object->items[object->item_count++] = *item;
}

static void
read_time(LineReader *reader, const SydraIngestItem *item)
{
	const char *text = item->text;
	const char *unsigned_text = text != NULL && (*text == '-' || *text == '+') ? text + 1 : text;
	int64_t		us;

	if (item->type == JSON_TOKEN_NUMBER)
		read_epoch(reader, item);
	else if (item->type != JSON_TOKEN_STRING)
		sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TYPE_MISMATCH, item->start,
							   "\"ts\" must be a string or a number");
	else if (pg_strcasecmp(unsigned_text, "infinity") == 0 || pg_strcasecmp(unsigned_text, "inf") == 0)
		sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TIME_OUT_OF_RANGE, item->start,
							   "the time of a point cannot be infinite");
	else if (sydra_timestamp_parse(text, strlen(text), &us) != SYDRA_TIMESTAMP_OK)
	{
		sydra_ingest_fault_set(reader->fault, SYDRA_ERR_INVALID_LITERAL, item->start,
							   "\"%s\" is no timestamp", text);
		reader->fault->hint = "Write a timestamp such as 2024-03-01T00:00:00Z.";
	}
	else
		reader->line->time = us;
}

/* Seconds, or what sydraql.epoch_unit says, since 1970. */
static void
read_epoch(LineReader *reader, const SydraIngestItem *item)
{
	static const struct
	{
		const char *name;
		int64		per_second;
	}			units[] = {
		[SYDRA_EPOCH_S] = {"s", INT64CONST(1)},
		[SYDRA_EPOCH_MS] = {"ms", INT64CONST(1000)},
		[SYDRA_EPOCH_US] = {"us", INT64CONST(1000000)},
		[SYDRA_EPOCH_NS] = {"ns", INT64CONST(1000000000)}
	};
	int			unit = sydra_setting_epoch_unit;
	bool		whole = strspn(item->text, "-0123456789") == strlen(item->text);
	double		approximate = strtod(item->text, NULL);
	double		seconds = approximate / units[unit].per_second;

	if (seconds < 0 || seconds >= EPOCH_MAX || isnan(seconds))
	{
		sydra_ingest_fault_set(reader->fault, SYDRA_ERR_TIME_OUT_OF_RANGE, item->start,
							   "%s %s since 1970 is not between the years 1970 and 2100",
							   item->text, units[unit].name);
		for (int i = 0; i < lengthof(units); i++)
		{
			seconds = approximate / units[i].per_second;

			/* The first years after 1970 would fit any wrong unit. */
			if (i != unit && seconds >= EPOCH_MAX / 20 && seconds < EPOCH_MAX)
				reader->fault->hint = psprintf("As %s it would fit: SET sydraql.epoch_unit = '%s'.",
											   units[i].name, units[i].name);
		}
		return;
	}
	if (whole)
	{
		int64		value = strtoll(item->text, NULL, 10);

		/* In range, as seconds has shown. */
		if (unit == SYDRA_EPOCH_NS)
			value /= 1000;
		else
			value *= units[SYDRA_EPOCH_US].per_second / units[unit].per_second;
		reader->line->time = value - EPOCH_DIFFERENCE_US;
	}
	else
		reader->line->time = (int64) rint(seconds * USECS_PER_SEC) - EPOCH_DIFFERENCE_US;
}

static int
find_offset(LineReader *reader, const char *at)
{
	/* The parser is nowhere when the line has ended too early. */
	return at ? at - reader->line->text : reader->line->length;
}
