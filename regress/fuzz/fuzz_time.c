/*
 * fuzz_time.c
 *	  Timestamps and durations: what is read is in range and prints to a text that reads the same.
 *
 * Input: what to read, a bit each | the text; or, for numbers, the number.
 */
#include "base/duration.h"
#include "fuzz.h"
#include "lang/timestamp.h"

#define DURATION 1
#define BLANK 2
#define NUMBER 4

/* 0001-01-01 and 9999-12-31T23:59:59.999999, give or take an offset from UTC. */
#define DAY_US INT64_C(86400000000)
#define TIME_LEAST (-730119 * DAY_US - DAY_US)
#define TIME_MOST (2921940 * DAY_US + DAY_US)

static void
print_duration(SydraDuration duration)
{
	char		text[SYDRA_DURATION_SIZE];
	int			length = sydra_duration_print(duration, text);
	int			sign = text[0] == '-';
	SydraDuration again;

	require(length > 0 && length < SYDRA_DURATION_SIZE && text[length] == '\0');
	if (duration.us == INT64_MIN || duration.months < -INT32_MAX || duration.months > INT32_MAX)
		return;
	require(sydra_duration_parse(text + sign, length - sign, &again, NULL) == SYDRA_DURATION_OK);
	require(duration.us == (sign ? -again.us : again.us));
	require(duration.months == (sign ? -again.months : again.months));
}

static void
read_duration(const char *text, int length)
{
	SydraDuration duration;
	SydraDurationFault fault;

	if (sydra_duration_parse(text, length, &duration, &fault) == SYDRA_DURATION_OK)
	{
		require(duration.us >= 0 && duration.months >= 0);
		print_duration(duration);
		return;
	}
	require(fault.start >= 0 && fault.length >= 0 && fault.start + fault.length <= length);
	require(fault.unit_start >= 0 && fault.unit_length >= 0 &&
			fault.unit_start + fault.unit_length <= length);
}

static void
read_timestamp(const char *text, int length, bool blank)
{
	int64_t		us;
	int64_t		again;
	bool		date;
	int			used = -1;
	char		printed[SYDRA_TIMESTAMP_SIZE];
	SydraTimestampError error = sydra_timestamp_scan(text, length, blank, &us, &date, &used);

	require(used >= 0 && used <= length);
	if (error == SYDRA_TIMESTAMP_OK)
	{
		require(us >= TIME_LEAST && us <= TIME_MOST);
		require(sydra_timestamp_print(us, date, printed) < SYDRA_TIMESTAMP_SIZE);
	}
	if (sydra_timestamp_parse(text, length, &us) != SYDRA_TIMESTAMP_OK)
		return;
	sydra_timestamp_print(us, false, printed);

	/* An offset may lead past the years that can be read. */
	if (sydra_timestamp_parse(printed, (int) strlen(printed), &again) == SYDRA_TIMESTAMP_OK)
		require(again == us);
	else
		require(us < TIME_LEAST + DAY_US || us > TIME_MOST - DAY_US);
}

static void
print_number(int64_t number, bool duration)
{
	char		text[SYDRA_TIMESTAMP_SIZE];
	int			length;

	if (duration)
	{
		print_duration((SydraDuration) {.us = number});
		print_duration((SydraDuration) {.months = number});
		return;
	}
	length = sydra_timestamp_print(number, false, text);
	require(length > 0 && length < SYDRA_TIMESTAMP_SIZE && text[length] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int			length = (int) size - 1;
	char	   *text;

	if (size < 1)
		return 0;
	text = copy_exact(data + 1, length);
	if (data[0] & NUMBER)
	{
		int64_t		number = 0;

		memcpy(&number, text, length < 8 ? length : 8);
		print_number(number, data[0] & DURATION);
	}
	else if (data[0] & DURATION)
		read_duration(text, length);
	else
		read_timestamp(text, length, data[0] & BLANK);
	free(text);
	return 0;
}
