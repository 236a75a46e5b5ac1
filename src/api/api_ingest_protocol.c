/*
 * api_ingest_protocol.c
 *	  What a point of the line protocol means.
 *
 * The measurement is the metric, tags are its tags.  Of a native metric the field "value" is the
 * value, and all others are its fields; of a wide one each field is a column.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "api/api_diagnostic.h"
#include "api/api_ingest_protocol.h"

static JsonTokenType
get_type(SydraLineKind kind)
{
	switch (kind)
	{
		case SYDRA_LINE_STRING:
			return JSON_TOKEN_STRING;
		case SYDRA_LINE_FLOAT:
		case SYDRA_LINE_INTEGER:
		case SYDRA_LINE_UNSIGNED:
			return JSON_TOKEN_NUMBER;
		case SYDRA_LINE_TRUE:
			return JSON_TOKEN_TRUE;
		case SYDRA_LINE_FALSE:
			return JSON_TOKEN_FALSE;
	}
	elog(ERROR, "unknown kind %d of a field", (int) kind);
}

static void
set_item(SydraIngestItem *target, const SydraLineItem *source, int base)
{
	target->key = source->key;
	target->type = get_type(source->kind);
	target->text = source->text;
	target->start = source->start - base;
	target->end = source->end - base;
}

static void
set_fields(SydraIngestLine *line, const SydraLinePoint *point, int base)
{
	line->fields.items = palloc(sizeof(SydraIngestItem) * point->field_count);
	for (int i = 0; i < point->field_count; i++)
	{
		SydraIngestItem *item = &line->fields.items[line->fields.item_count];

		set_item(item, &point->fields[i], base);
		if (strcmp(item->key, "value") == 0)
		{
			line->has_value = true;
			line->value = *item;
			continue;
		}
		if (line->fields.item_count++ == 0)
			line->fields.start = point->fields[i].key_start - base;
		line->fields.end = item->end;
		line->fields.given = true;
	}
}

static void
set_tags(SydraIngestLine *line, const SydraLinePoint *point, int base)
{
	line->tags.given = point->tag_count > 0;
	line->tags.start = point->tags_start - base;
	line->tags.end = point->tags_end - base;
	line->tags.items = palloc(sizeof(SydraIngestItem) * Max(point->tag_count, 1));
	line->tags.item_count = point->tag_count;
	for (int i = 0; i < point->tag_count; i++)
		set_item(&line->tags.items[i], &point->tags[i], base);
}

static void
set_time(const SydraIngestProtocol *protocol, SydraIngestLine *line, const SydraLinePoint *point,
		 int base, SydraIngestFault *fault)
{
	int64_t		time = protocol->now;

	line->time_start = point->time_start - base;
	if (point->has_time &&
		(!sydra_line_protocol_time(point->time, protocol->per_second, &time) ||
		 !IS_VALID_TIMESTAMP(time)))
	{
		sydra_ingest_fault_set(fault, SYDRA_ERR_TIME_OUT_OF_RANGE, line->time_start,
							   "the time of the point is out of range");
		fault->hint = "The argument \"precision\" says what times count: 'ns', 'us', 'ms' or 's'.";
	}
	line->time = time;
}

bool
sydra_ingest_protocol_next(SydraIngestProtocol *protocol, SydraIngestLine *line, int *number,
						   SydraIngestFault *fault)
{
	SydraLineReader before = protocol->reader;
	SydraArena	arena = sydra_api_arena();
	SydraLinePoint point;
	SydraLineFault line_fault;
	SydraLineResult result = sydra_line_protocol_next(&protocol->reader, &arena, &point,
													  &line_fault);
	int			base;

	memset(line, 0, sizeof(*line));
	memset(fault, 0, sizeof(*fault));
	if (result == SYDRA_LINE_END)
		return false;
	*number = sydra_line_protocol_line(&before, point.start, &base);
	line->text = before.data + base;
	line->length = protocol->reader.offset - base;
	if (result == SYDRA_LINE_FAULT)
	{
		sydra_ingest_fault_set(fault, line_fault.error, line_fault.offset - base, "%s",
							   line_fault.message);
		return true;
	}
	line->series = point.measurement;
	line->series_start = point.start - base;
	set_tags(line, &point, base);
	set_fields(line, &point, base);
	set_time(protocol, line, &point, base, fault);
	return true;
}
