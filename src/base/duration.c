/*
 * duration.c
 *	  Reads and prints "5m30s".
 *
 * Units fall in size from left to right, so that every duration has one order and a slip like
 * "30s5m" is seen.  Years and months have no fixed length and stand alone.
 */
#include "base/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Largest first: a unit may only be followed by a later one. */
static const struct
{
	const char *name;
	bool		calendar;
	int64_t		scale;			/* months, or microseconds; 0: nanoseconds */
}			duration_units[] = {
	{"y", true, 12},
	{"mo", true, 1},
	{"d", false, INT64_C(86400000000)},
	{"h", false, INT64_C(3600000000)},
	{"m", false, INT64_C(60000000)},
	{"s", false, 1000000},
	{"ms", false, 1000},
	{"us", false, 1},
	{"ns", false, 0},
};

#define UNIT_COUNT ((int) (sizeof(duration_units) / sizeof(duration_units[0])))
#define NS_PER_US 1000

static int
find_unit(const char *text, int length)
{
	for (int unit = 0; unit < UNIT_COUNT; unit++)
	{
		if (strlen(duration_units[unit].name) == (size_t) length &&
			memcmp(duration_units[unit].name, text, length) == 0)
			return unit;
	}
	return -1;
}

SydraDurationError
sydra_duration_parse(const char *text, int length, SydraDuration *duration,
					 SydraDurationFault *fault)
{
	SydraDurationFault ignored;
	int			previous = -1;
	int			at = 0;

	if (fault == NULL)
		fault = &ignored;
	memset(fault, 0, sizeof(*fault));
	duration->us = duration->months = 0;

	if (length == 0)
		return SYDRA_DURATION_NOT_ONE;
	while (at < length)
	{
		int			start = at;
		int			unit;
		int64_t		amount = 0;
		int64_t    *total;
		bool		overflow = false;

		while (at < length && text[at] >= '0' && text[at] <= '9')
		{
			overflow |= __builtin_mul_overflow(amount, 10, &amount);
			overflow |= __builtin_add_overflow(amount, text[at] - '0', &amount);
			at++;
		}
		fault->start = start;
		fault->unit_start = at;
		if (at == start)
			return SYDRA_DURATION_NOT_ONE;
		while (at < length && !(text[at] >= '0' && text[at] <= '9'))
			at++;
		fault->length = at - start;
		fault->unit_length = at - fault->unit_start;
		if (fault->unit_length == 0)
			return SYDRA_DURATION_NOT_ONE;

		if (fault->unit_length == 1 && text[fault->unit_start] == 'w')
			return SYDRA_DURATION_WEEK;
		unit = find_unit(text + fault->unit_start, fault->unit_length);
		if (unit < 0)
			return SYDRA_DURATION_UNIT;
		if (text[start] == '0' && fault->unit_start - start > 1)
			return SYDRA_DURATION_LEADING_ZERO;
		if (unit == previous)
			return SYDRA_DURATION_REPEATED;
		if (previous >= 0 &&
			duration_units[unit].calendar != duration_units[previous].calendar)
			return SYDRA_DURATION_MIXED;
		if (unit < previous)
			return SYDRA_DURATION_ORDER;
		if (overflow)
			return SYDRA_DURATION_OVERFLOW;

		if (duration_units[unit].scale == 0)
		{
			if (amount % NS_PER_US != 0)
				return SYDRA_DURATION_FRACTION;
			amount /= NS_PER_US;
		}
		else if (__builtin_mul_overflow(amount, duration_units[unit].scale, &amount))
			return SYDRA_DURATION_OVERFLOW;
		total = duration_units[unit].calendar ? &duration->months : &duration->us;
		if (__builtin_add_overflow(*total, amount, total) || duration->months > INT32_MAX)
			return SYDRA_DURATION_OVERFLOW;
		previous = unit;
	}
	return SYDRA_DURATION_OK;
}

int
sydra_duration_print(SydraDuration duration, char buffer[SYDRA_DURATION_SIZE])
{
	bool		calendar = duration.months != 0;
	int64_t		amount = calendar ? duration.months : duration.us;
	uint64_t	left = amount < 0 ? -(uint64_t) amount : (uint64_t) amount;
	int			length = 0;

	if (left == 0)
		return snprintf(buffer, SYDRA_DURATION_SIZE, "0s");
	if (amount < 0)
		buffer[length++] = '-';
	for (int unit = 0; unit < UNIT_COUNT; unit++)
	{
		uint64_t	scale = (uint64_t) duration_units[unit].scale;

		if (duration_units[unit].calendar != calendar || scale == 0 || left < scale)
			continue;
		length += snprintf(buffer + length, SYDRA_DURATION_SIZE - length, "%" PRIu64 "%s",
						   left / scale, duration_units[unit].name);
		left %= scale;
	}
	return length;
}
