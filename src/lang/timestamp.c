/*
 * timestamp.c
 *	  ISO 8601 to microseconds and back.
 *
 * Days are counted in years that begin in March, so that the leap day is the last of its year and
 * months have a formula: days before month m (0 is March) are (153 m + 2) / 5.
 */
#include "lang/timestamp.h"

#include <stdio.h>
#include <string.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define DAYS_PER_ERA 146097		/* 400 years */
#define DAYS_TO_2000 730425		/* from 0000-03-01 to 2000-01-01 */

static int64_t
count_days(int year, int month, int day)
{
	int			shifted = month > 2 ? month - 3 : month + 9;
	int			march_year = month > 2 ? year : year - 1;

	/* Years are 1 or more, so march_year is not negative. */
	return INT64_C(365) * march_year + march_year / 4 - march_year / 100 + march_year / 400 +
		(153 * shifted + 2) / 5 + day - 1 - DAYS_TO_2000;
}

static int
count_month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* count digits at text[*at], or -1. */
static int
read_digits(const char *text, int length, int *at, int count)
{
	int			number = 0;

	if (length - *at < count)
		return -1;
	for (int i = 0; i < count; i++)
	{
		char		digit = text[*at + i];

		if (digit < '0' || digit > '9')
			return -1;
		number = number * 10 + (digit - '0');
	}
	*at += count;
	return number;
}

static bool
read_char(const char *text, int length, int *at, char wanted)
{
	if (*at >= length || text[*at] != wanted)
		return false;
	(*at)++;
	return true;
}

/* [Z|+HH:MM]; a sign without HH:MM behind it is an operator, and not ours. */
static SydraTimestampError
read_offset(const char *text, int length, int *at, int64_t *us)
{
	int			after = *at + 1;
	int			hours;
	int			minutes;

	if (*at >= length)
		return SYDRA_TIMESTAMP_OK;
	if (text[*at] == 'Z' || text[*at] == 'z')
	{
		(*at)++;
		return SYDRA_TIMESTAMP_OK;
	}
	if (text[*at] != '+' && text[*at] != '-')
		return SYDRA_TIMESTAMP_OK;

	hours = read_digits(text, length, &after, 2);
	if (hours < 0 || !read_char(text, length, &after, ':'))
		return SYDRA_TIMESTAMP_OK;
	minutes = read_digits(text, length, &after, 2);
	if (minutes < 0)
		return SYDRA_TIMESTAMP_FORM;
	if (hours > 15 || minutes > 59)
		return SYDRA_TIMESTAMP_FIELD;
	*us -= (text[*at] == '-' ? -1 : 1) * (hours * INT64_C(60) + minutes) * 60 * US_PER_SECOND;
	*at = after;
	return SYDRA_TIMESTAMP_OK;
}

/* HH:MM[:SS[.fraction]] */
static SydraTimestampError
read_time(const char *text, int length, int *at, int64_t *us)
{
	int			hour;
	int			minute;
	int			second = 0;
	int			fraction = 0;

	hour = read_digits(text, length, at, 2);
	if (hour < 0 || !read_char(text, length, at, ':'))
		return SYDRA_TIMESTAMP_FORM;
	minute = read_digits(text, length, at, 2);
	if (minute < 0)
		return SYDRA_TIMESTAMP_FORM;
	if (read_char(text, length, at, ':'))
	{
		second = read_digits(text, length, at, 2);
		if (second < 0)
			return SYDRA_TIMESTAMP_FORM;
		if (read_char(text, length, at, '.'))
		{
			int			digits = 0;

			for (; *at < length && text[*at] >= '0' && text[*at] <= '9'; (*at)++, digits++)
			{
				if (digits < 6)
					fraction = fraction * 10 + (text[*at] - '0');
				else if (text[*at] != '0')
					return SYDRA_TIMESTAMP_FRACTION;
			}
			if (digits == 0)
				return SYDRA_TIMESTAMP_FORM;
			for (; digits < 6; digits++)
				fraction *= 10;
		}
	}
	if (hour > 23 || minute > 59 || second > 59)
		return SYDRA_TIMESTAMP_FIELD;
	*us += ((hour * INT64_C(60) + minute) * 60 + second) * US_PER_SECOND + fraction;
	return SYDRA_TIMESTAMP_OK;
}

SydraTimestampError
sydra_timestamp_scan(const char *text, int length, bool blank, int64_t *us, bool *date, int *used)
{
	SydraTimestampError error;
	int			at = 0;
	int			year;
	int			month;
	int			day;

	*us = 0;
	*date = true;
	*used = 0;

	year = read_digits(text, length, &at, 4);
	if (year < 0 || !read_char(text, length, &at, '-'))
		return SYDRA_TIMESTAMP_FORM;
	month = read_digits(text, length, &at, 2);
	if (month < 0 || !read_char(text, length, &at, '-'))
		return SYDRA_TIMESTAMP_FORM;
	day = read_digits(text, length, &at, 2);
	if (day < 0)
		return SYDRA_TIMESTAMP_FORM;
	*used = at;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > count_month_days(year, month))
		return SYDRA_TIMESTAMP_FIELD;
	*us = count_days(year, month, day) * US_PER_DAY;

	if (at == length ||
		!(text[at] == 'T' || text[at] == 't' || (blank && text[at] == ' ')))
		return SYDRA_TIMESTAMP_OK;
	at++;
	*date = false;
	error = read_time(text, length, &at, us);
	if (error == SYDRA_TIMESTAMP_OK)
		error = read_offset(text, length, &at, us);
	*used = at;

	/* An offset can lead out of the years that can be written. */
	if (error == SYDRA_TIMESTAMP_OK &&
		(*us < count_days(1, 1, 1) * US_PER_DAY || *us >= count_days(10000, 1, 1) * US_PER_DAY))
		return SYDRA_TIMESTAMP_FIELD;
	return error;
}

SydraTimestampError
sydra_timestamp_parse(const char *text, int length, int64_t *us)
{
	SydraTimestampError error;
	bool		date;
	int			used;

	error = sydra_timestamp_scan(text, length, true, us, &date, &used);
	if (error == SYDRA_TIMESTAMP_OK && used != length)
		return SYDRA_TIMESTAMP_FORM;
	return error;
}

int
sydra_timestamp_print(int64_t us, bool date, char buffer[SYDRA_TIMESTAMP_SIZE])
{
	int64_t		days = us / US_PER_DAY;
	int64_t		rest = us % US_PER_DAY;
	int64_t		era;
	int			era_day;
	int			era_year;
	int			year_day;
	int			shifted;
	int			month;
	int			day;
	int64_t		year;
	int			length;
	int			fraction;

	if (rest < 0)
	{
		rest += US_PER_DAY;
		days--;
	}
	days += DAYS_TO_2000;
	era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	era_day = (int) (days - era * DAYS_PER_ERA);
	era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
	year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
	shifted = (5 * year_day + 2) / 153;
	day = year_day - (153 * shifted + 2) / 5 + 1;
	month = shifted < 10 ? shifted + 3 : shifted - 9;
	year = era_year + era * 400 + (month <= 2);

	length = snprintf(buffer, SYDRA_TIMESTAMP_SIZE, "%04lld-%02d-%02d", (long long) year, month,
					  day);
	if (date)
		return length;

	length += snprintf(buffer + length, SYDRA_TIMESTAMP_SIZE - length, "T%02d:%02d:%02d",
					   (int) (rest / (3600 * US_PER_SECOND)),
					   (int) (rest / (60 * US_PER_SECOND) % 60),
					   (int) (rest / US_PER_SECOND % 60));
	fraction = (int) (rest % US_PER_SECOND);
	if (fraction != 0)
	{
		length += snprintf(buffer + length, SYDRA_TIMESTAMP_SIZE - length, ".%06d", fraction);
		while (buffer[length - 1] == '0')
			length--;
	}
	buffer[length++] = 'Z';
	buffer[length] = '\0';
	return length;
}
