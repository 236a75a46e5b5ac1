/*
 * codec_rle.c
 *	  Run lengths: values that stay.
 *
 * Only the lengths are written here; the values of the runs are a vector of
 * their own kind.
 *
 *	  number of runs, varint | frame of the lengths, all but the last
 */
#include "base/wide.h"
#include "codec/codec_part.h"

SYDRA_WIDE int
sydra_rle_count(const uint64_t *values, int count)
{
	int			changes = 0;

	for (int i = 1; i < count; i++)
		changes += values[i] != values[i - 1];
	return count > 0 ? changes + 1 : 0;
}

int
sydra_rle_collapse(const uint64_t *values, int count, uint64_t *heads, uint64_t *lengths)
{
	int			run_count = 0;
	int			start = 0;

	for (int i = 1; i <= count; i++)
	{
		if (i < count && values[i] == values[start])
			continue;
		heads[run_count] = values[start];
		lengths[run_count++] = (uint64_t) (i - start);
		start = i;
	}
	return run_count;
}

size_t
sydra_rle_measure(const uint64_t *lengths, int run_count)
{
	return (size_t) sydra_stream_varint_size((uint64_t) run_count) +
		sydra_for_measure(lengths, run_count - 1);
}

/* At least one run. */
void
sydra_rle_write(SydraWriter *writer, const uint64_t *lengths, int run_count)
{
	sydra_stream_put_varint(writer, (uint64_t) run_count);
	sydra_for_put(writer, lengths, run_count - 1);
}

bool
sydra_rle_read(SydraReader *reader, uint64_t *lengths, int *run_count, int count)
{
	uint64_t	n = sydra_stream_take_varint(reader);
	uint64_t	left = (uint64_t) count;

	if (reader->failed || n == 0 || n > (uint64_t) count)
		return false;
	if (!sydra_for_read(reader, lengths, (int) n - 1))
		return false;
	for (uint64_t run = 0; run + 1 < n; run++)
	{
		if (lengths[run] == 0 || lengths[run] >= left)
			return false;
		left -= lengths[run];
	}
	lengths[n - 1] = left;
	*run_count = (int) n;
	return true;
}

void
sydra_rle_expand(const uint64_t *heads, const uint64_t *lengths, int run_count,
				 uint64_t *values)
{
	for (int run = 0; run < run_count; run++)
	{
		uint64_t	head = heads[run];
		uint64_t   *end = values + lengths[run];

		while (values < end)
			*values++ = head;
	}
}
