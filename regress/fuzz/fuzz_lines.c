/*
 * fuzz_lines.c
 *	  Line protocol of any bytes: points one after another, whose parts lie in the data, or a fault
 *	  with its place.
 */
#include "blocks.h"
#include "lang/line_protocol.h"

static void
check_items(const SydraLineItem *items, int count, int length)
{
	for (int i = 0; i < count; i++)
	{
		require(items[i].key != NULL && strlen(items[i].key) <= (size_t) length);
		require(items[i].text != NULL && strlen(items[i].text) <= (size_t) length);
		require(items[i].key_start >= 0 && items[i].key_start < items[i].start);
		require(items[i].start <= items[i].end && items[i].end <= length);
	}
}

static void
check_point(const SydraLinePoint *point, int length)
{
	static const int64_t units[] = {1, 1000, 1000000, 1000000000};

	require(point->measurement != NULL && point->start >= 0 && point->start < length);
	require(point->tag_count >= 0 && point->field_count >= 1);
	require(point->tags_start <= point->tags_end && point->tags_end <= length);
	check_items(point->tags, point->tag_count, length);
	check_items(point->fields, point->field_count, length);
	for (int i = 0; point->has_time && i < 4; i++)
	{
		int64_t		us;

		(void) sydra_line_protocol_time(point->time, units[i], &us);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SydraArena	arena = {alloc_block, NULL, NULL, NULL, 0};
	char	   *text = copy_exact(data, size);
	SydraLineReader reader = {text, (int) size, 0, 0};
	SydraLineResult result;

	do
	{
		SydraLineReader before = reader;
		SydraLinePoint point;
		SydraLineFault fault;
		int			line_start;

		result = sydra_line_protocol_next(&reader, &arena, &point, &fault);
		require(reader.offset <= (int) size && reader.line >= before.line);
		if (result == SYDRA_LINE_END)
			break;
		require(reader.offset > before.offset);
		if (result == SYDRA_LINE_POINT)
			check_point(&point, (int) size);
		else
		{
			require(fault.message[0] != '\0');
			require(fault.offset >= before.offset && fault.offset <= (int) size);
			require(sydra_line_protocol_line(&before, fault.offset, &line_start) > before.line);
			require(line_start >= 0 && line_start <= fault.offset);
		}
	} while (result != SYDRA_LINE_END);
	free(text);
	free_blocks();
	return 0;
}
