/*
 * valid.c
 *	  Null bitmaps by the word, and the lists of rows that selections are.
 */
#include "postgres.h"

#include "vector/valid.h"

uint64 *
sydra_valid_and(uint64 *a, uint64 *b, int count, uint64 *room)
{
	int			words = (count + 63) / 64;

	if (a == NULL || a == b)
		return b;
	if (b == NULL)
		return a;
	for (int i = 0; i < words; i++)
		room[i] = a[i] & b[i];
	return room;
}

void
sydra_valid_fill(uint64 *valid, int count, bool value)
{
	memset(valid, 0, SYDRA_VALID_WORDS * sizeof(uint64));
	if (!value)
		return;
	memset(valid, 0xff, count / 64 * sizeof(uint64));
	if (count % 64 != 0)
		valid[count / 64] = (UINT64CONST(1) << (count % 64)) - 1;
}

bool
sydra_valid_all(const uint64 *valid, int start, int end)
{
	int			first = start / 64;
	int			last;
	uint64		first_mask = ~UINT64CONST(0) << (start % 64);
	uint64		last_mask;

	if (start >= end)
		return true;
	last = (end - 1) / 64;
	last_mask = ~UINT64CONST(0) >> (63 - (end - 1) % 64);
	if (first == last)
		return (~valid[first] & first_mask & last_mask) == 0;
	if ((~valid[first] & first_mask) != 0 || (~valid[last] & last_mask) != 0)
		return false;
	for (int i = first + 1; i < last; i++)
		if (valid[i] != ~UINT64CONST(0))
			return false;
	return true;
}

int
sydra_valid_rows(const uint64 *valid, const uint16 *rows, int start, int end, uint16 *list)
{
	int			count = 0;

	for (int i = start; i < end; i++)
	{
		int			row = rows ? rows[i] : i;

		list[count] = row;
		count += sydra_valid_get(valid, row);
	}
	return count;
}

int
sydra_select_true(const SydraVector *condition, const uint16 *rows, int count, uint16 *list)
{
	const uint8 *values = condition->values;
	const uint64 *valid = condition->valid;
	int			found = 0;

	for (int i = 0; i < count; i++)
	{
		int			row = rows ? rows[i] : i;

		list[found] = row;
		found += values[row] & (valid == NULL || sydra_valid_get(valid, row));
	}
	return found;
}

int
sydra_select_not(const SydraVector *condition, bool value, const uint16 *rows, int count,
				 uint16 *list)
{
	const uint8 *values = condition->values;
	const uint64 *valid = condition->valid;
	int			found = 0;

	for (int i = 0; i < count; i++)
	{
		int			row = rows ? rows[i] : i;

		list[found] = row;
		found += values[row] != value || (valid != NULL && !sydra_valid_get(valid, row));
	}
	return found;
}
