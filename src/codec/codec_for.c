/*
 * codec_for.c
 *	  Frame of reference: distances from a base, packed; outliers patched.
 *
 * The base is the least value, or the least that is not an outlier, and the
 * width the one that is smallest in all: values that lie outside
 * base .. base + 2^width - 1 are exceptions, stored by position and zigzag
 * distance (PFOR; Zukowski et al., ICDE 2006).
 *
 *	  width byte (high bit: has exceptions) | base, zigzag varint |
 *	  [exception count varint | exception width byte] | packed distances |
 *	  [positions | packed exceptions]
 *
 * No values are no bytes.  With runs, each has its own base: a frame of the
 * bases, then a frame of the distances.
 */
#include "codec/bitpack.h"
#include "codec/codec_part.h"

/* How some values would be written. */
typedef struct Frame
{
	uint64_t	base;
	int			width;
	int			exception_count;
	int			exception_width;
	size_t		size;			/* bytes, all included */
} Frame;

#define HAS_EXCEPTIONS 0x80
#define POSITION_WIDTH 10
#define HISTOGRAMS 4			/* in turn: counting need not wait for the count before */

SYDRA_WIDE static void
find_range(const uint64_t *values, int count, int64_t *min, int64_t *max)
{
	int64_t		low = INT64_MAX;
	int64_t		high = INT64_MIN;

	for (int i = 0; i < count; i++)
	{
		int64_t		value = (int64_t) values[i];

		low = value < low ? value : low;
		high = value > high ? value : high;
	}
	*min = low;
	*max = high;
}

static size_t
measure_frame(const Frame *frame, int count)
{
	size_t		size = 1 + sydra_bitpack_size(count, frame->width);

	size += (size_t) sydra_stream_varint_size(sydra_stream_zigzag(frame->base));
	if (frame->exception_count > 0)
		size += 1 + (size_t) sydra_stream_varint_size((uint64_t) frame->exception_count) +
			sydra_positions_size(frame->exception_count) +
			sydra_bitpack_size(frame->exception_count, frame->exception_width);
	return size;
}

static inline bool
fits(uint64_t value, const Frame *frame)
{
	return frame->width == 64 || (value - frame->base) >> frame->width == 0;
}

/* The width that makes the values smallest over this base, and what it costs. */
static void
plan_over_base(const uint64_t *values, int count, uint64_t base, Frame *frame)
{
	int			histogram[HISTOGRAMS][65] = {0};
	uint64_t	all = 0;
	size_t		best = SIZE_MAX;
	int			wider = 0;
	int			patch_width;

	for (int i = 0; i < count; i++)
		histogram[i % HISTOGRAMS][sydra_stream_bits(values[i] - base)]++;
	for (int i = 0; i < count; i++)
		all |= sydra_stream_zigzag(values[i] - base);
	patch_width = sydra_stream_bits(all);

	frame->base = base;
	for (int width = 64; width >= 0; width--)
	{
		size_t		bits = (size_t) (count * width + wider * (POSITION_WIDTH + patch_width));

		if (bits < best)
		{
			best = bits;
			frame->width = width;
			frame->exception_count = wider;
		}
		for (int i = 0; i < HISTOGRAMS; i++)
			wider += histogram[i][width];
	}

	all = 0;
	for (int i = 0; i < count; i++)
		if (!fits(values[i], frame))
			all |= sydra_stream_zigzag(values[i] - base);
	frame->exception_width = sydra_stream_bits(all);
	frame->size = measure_frame(frame, count);
}

/* Sorts a sample, and gives the least and greatest value of its middle. */
void
sydra_for_middle(int64_t *sample, int count, int64_t *low, int64_t *high)
{
	int			trim = count / 8 > 0 ? count / 8 : count > 2;

	for (int i = 1; i < count; i++)
	{
		int64_t		value = sample[i];
		int			at = i;

		for (; at > 0 && sample[at - 1] > value; at--)
			sample[at] = sample[at - 1];
		sample[at] = value;
	}
	*low = sample[trim];
	*high = sample[count - 1 - trim];
}

/*
 * True when the middle of a sample is much narrower than the whole; then
 * *base is about the least value of that middle.
 */
static bool
find_middle(const uint64_t *values, int count, int range_width, int64_t *base)
{
	int64_t		sample[SYDRA_FOR_SAMPLE];
	int			n = count < SYDRA_FOR_SAMPLE ? count : SYDRA_FOR_SAMPLE;
	int64_t		high;
	uint64_t	middle;

	for (int i = 0; i < n; i++)
		sample[i] = (int64_t) values[(int64_t) i * count / n];
	sydra_for_middle(sample, n, base, &high);
	middle = (uint64_t) high - (uint64_t) *base;
	if (sydra_stream_bits(middle) + 1 >= range_width)
		return false;

	middle /= 4;
	if ((uint64_t) *base - (uint64_t) INT64_MIN > middle)
		*base = (int64_t) ((uint64_t) *base - middle);
	return true;
}

static void
plan_frame(const uint64_t *values, int count, Frame *frame)
{
	int64_t		min;
	int64_t		max;
	int64_t		middle;
	int64_t		low = INT64_MAX;
	Frame		other;

	memset(frame, 0, sizeof(*frame));
	if (count == 0)
		return;

	find_range(values, count, &min, &max);
	frame->base = (uint64_t) min;
	frame->width = sydra_stream_bits((uint64_t) max - (uint64_t) min);
	frame->size = measure_frame(frame, count);
	if (frame->width < 2 || !find_middle(values, count, frame->width, &middle))
		return;

	plan_over_base(values, count, (uint64_t) min, &other);
	if (other.size < frame->size)
		*frame = other;
	for (int i = 0; i < count; i++)
		if ((int64_t) values[i] >= middle && (int64_t) values[i] < low)
			low = (int64_t) values[i];
	if (low != min)
	{
		plan_over_base(values, count, (uint64_t) low, &other);
		if (other.size < frame->size)
			*frame = other;
	}
}

size_t
sydra_for_measure(const uint64_t *values, int count)
{
	Frame		frame;

	plan_frame(values, count, &frame);
	return frame.size;
}

static void
write_exceptions(SydraWriter *writer, const uint64_t *values, int count,
				 const Frame *frame)
{
	uint64_t	distances[SYDRA_VECTOR_ROWS];
	uint16_t	positions[SYDRA_VECTOR_ROWS];
	uint8_t    *out;
	int			n = 0;

	for (int i = 0; i < count; i++)
	{
		if (fits(values[i], frame))
			continue;
		positions[n] = (uint16_t) i;
		distances[n++] = sydra_stream_zigzag(values[i] - frame->base);
	}
	sydra_positions_put(writer, positions, n);
	out = sydra_stream_reserve(writer, sydra_bitpack_size(n, frame->exception_width));
	if (out)
		sydra_bitpack_pack(distances, n, 0, frame->exception_width, out);
}

static void
write_frame(SydraWriter *writer, const uint64_t *values, int count, const Frame *frame)
{
	uint8_t    *out;

	if (count == 0)
		return;

	sydra_stream_put_byte(writer, frame->width |
						  (frame->exception_count > 0 ? HAS_EXCEPTIONS : 0));
	sydra_stream_put_varint(writer, sydra_stream_zigzag(frame->base));
	if (frame->exception_count > 0)
	{
		sydra_stream_put_varint(writer, (uint64_t) frame->exception_count);
		sydra_stream_put_byte(writer, frame->exception_width);
	}
	out = sydra_stream_reserve(writer, sydra_bitpack_size(count, frame->width));
	if (!out)
		return;
	sydra_bitpack_pack(values, count, frame->base, frame->width, out);
	if (frame->exception_count > 0)
		write_exceptions(writer, values, count, frame);
}

void
sydra_for_put(SydraWriter *writer, const uint64_t *values, int count)
{
	Frame		frame;

	plan_frame(values, count, &frame);
	write_frame(writer, values, count, &frame);
}

static bool
read_exceptions(SydraReader *reader, uint64_t *values, int count,
				const Frame *frame)
{
	uint64_t	distances[SYDRA_VECTOR_ROWS];
	uint16_t	positions[SYDRA_VECTOR_ROWS];
	int			n = frame->exception_count;
	const uint8_t *in;

	if (!sydra_positions_read(reader, positions, n, count))
		return false;
	in = sydra_stream_take(reader, sydra_bitpack_size(n, frame->exception_width));
	if (!in)
		return false;
	sydra_bitpack_unpack(in, n, 0, frame->exception_width, distances);
	for (int i = 0; i < n; i++)
		values[positions[i]] = frame->base + sydra_stream_unzigzag(distances[i]);
	return true;
}

bool
sydra_for_read(SydraReader *reader, uint64_t *values, int count)
{
	Frame		frame = {0};
	bool		has_exceptions;
	const uint8_t *in;

	if (count == 0)
		return !reader->failed;

	frame.width = sydra_stream_take_byte(reader);
	has_exceptions = frame.width & HAS_EXCEPTIONS;
	frame.width &= ~HAS_EXCEPTIONS;
	frame.base = sydra_stream_unzigzag(sydra_stream_take_varint(reader));
	if (has_exceptions)
	{
		uint64_t	n = sydra_stream_take_varint(reader);

		frame.exception_width = sydra_stream_take_byte(reader);
		if (n == 0 || n > (uint64_t) count || frame.exception_width > 64)
			return false;
		frame.exception_count = (int) n;
	}
	if (reader->failed || frame.width > 64)
		return false;
	in = sydra_stream_take(reader, sydra_bitpack_size(count, frame.width));
	if (!in)
		return false;
	sydra_bitpack_unpack(in, count, frame.base, frame.width, values);
	return !has_exceptions || read_exceptions(reader, values, count, &frame);
}

/* Splits the values into the least of each run and the distances from it. */
static void
split_runs(const SydraInts *ints, uint64_t *bases, uint64_t *distances)
{
	for (int run = 0; run < ints->spans->count; run++)
	{
		int			start = ints->spans->start[run];
		int			end = ints->spans->start[run + 1];
		int64_t		min;
		int64_t		max;

		find_range(ints->values + start, end - start, &min, &max);
		bases[run] = (uint64_t) min;
		for (int i = start; i < end; i++)
			distances[i] = ints->values[i] - (uint64_t) min;
	}
}

size_t
sydra_for_runs_measure(const SydraInts *ints)
{
	uint64_t	bases[SYDRA_VECTOR_ROWS];
	uint64_t	distances[SYDRA_VECTOR_ROWS];

	if (ints->spans->count < 2)
		return SIZE_MAX;
	split_runs(ints, bases, distances);
	return sydra_for_measure(bases, ints->spans->count) +
		sydra_for_measure(distances, ints->count);
}

void
sydra_for_runs_write(SydraWriter *writer, const SydraInts *ints)
{
	uint64_t	bases[SYDRA_VECTOR_ROWS];
	uint64_t	distances[SYDRA_VECTOR_ROWS];

	split_runs(ints, bases, distances);
	sydra_for_put(writer, bases, ints->spans->count);
	sydra_for_put(writer, distances, ints->count);
}

bool
sydra_for_runs_read(SydraReader *reader, uint64_t *values, const SydraSpans *spans)
{
	uint64_t	bases[SYDRA_VECTOR_ROWS];

	if (!sydra_for_read(reader, bases, spans->count) ||
		!sydra_for_read(reader, values, spans->start[spans->count]))
		return false;
	for (int run = 0; run < spans->count; run++)
		for (int i = spans->start[run]; i < spans->start[run + 1]; i++)
			values[i] += bases[run];
	return true;
}

size_t
sydra_positions_size(int count)
{
	return sydra_bitpack_size(count, POSITION_WIDTH);
}

void
sydra_positions_put(SydraWriter *writer, const uint16_t *positions, int count)
{
	uint64_t	wide[SYDRA_VECTOR_ROWS];
	uint8_t    *out = sydra_stream_reserve(writer, sydra_positions_size(count));

	if (!out)
		return;
	for (int i = 0; i < count; i++)
		wide[i] = positions[i];
	sydra_bitpack_pack(wide, count, 0, POSITION_WIDTH, out);
}

/* False too when they do not ascend or one is not below limit. */
bool
sydra_positions_read(SydraReader *reader, uint16_t *positions, int count, int limit)
{
	uint64_t	wide[SYDRA_VECTOR_ROWS];
	const uint8_t *in = sydra_stream_take(reader, sydra_positions_size(count));

	if (!in)
		return false;
	sydra_bitpack_unpack(in, count, 0, POSITION_WIDTH, wide);
	for (int i = 0; i < count; i++)
	{
		if (wide[i] >= (uint64_t) limit || (i > 0 && wide[i] <= wide[i - 1]))
			return false;
		positions[i] = (uint16_t) wide[i];
	}
	return true;
}
