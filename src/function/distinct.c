/*
 * distinct.c
 *	  HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007) of 2^13 registers and 64-bit hashes, with
 *	  the estimator of Ertl (2017), which needs no corrections for small or large numbers.
 *
 * The hashes of few values are kept as they are, and counted.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "function/distinct.h"

#define REGISTER_BITS 13
#define REGISTERS (1 << REGISTER_BITS)
#define RANKS (64 - REGISTER_BITS)	/* a register holds at most one more */
#define FIRST_ROOM 16
#define MOST_ROOM 1024			/* as large as the registers */

uint64
sydra_distinct_hash_word(uint64 value)
{
	value ^= value >> 33;
	value *= UINT64CONST(0xff51afd7ed558ccd);
	value ^= value >> 33;
	value *= UINT64CONST(0xc4ceb9fe1a85ec53);
	return value ^ (value >> 33);
}

uint64
sydra_distinct_hash_float(double value)
{
	uint64		bits;

	if (value == 0)
		value = 0;
	else if (isnan(value))
		value = NAN;
	memcpy(&bits, &value, sizeof(bits));
	return sydra_distinct_hash_word(bits);
}

uint64
sydra_distinct_hash_bytes(const char *data, int length)
{
	return hash_bytes_extended((const unsigned char *) data, length, 0);
}

static void
count_hash(uint8 *registers, uint64 hash)
{
	uint64		rest = hash << REGISTER_BITS;
	int			rank = rest == 0 ? RANKS + 1 : 64 - pg_leftmost_one_pos64(rest);
	uint8	   *place = &registers[hash >> (64 - REGISTER_BITS)];

	*place = Max(*place, rank);
}

/* False when it was there. */
static bool
insert_hash(uint64 *hashes, int room, uint64 hash)
{
	uint32		slot = (uint32) hash & (room - 1);

	for (; hashes[slot] != 0; slot = (slot + 1) & (room - 1))
		if (hashes[slot] == hash)
			return false;
	hashes[slot] = hash;
	return true;
}

static void
make_registers(SydraDistinct *distinct, MemoryContext context)
{
	distinct->registers = MemoryContextAllocZero(context, REGISTERS);
	for (int i = 0; i < distinct->room; i++)
		if (distinct->hashes[i] != 0)
			count_hash(distinct->registers, distinct->hashes[i]);
	if (distinct->hashes != NULL)
		pfree(distinct->hashes);
	distinct->hashes = NULL;
	distinct->count = distinct->room = 0;
}

static void
grow_hashes(SydraDistinct *distinct, MemoryContext context)
{
	int			room = Max(distinct->room * 2, FIRST_ROOM);
	uint64	   *hashes = MemoryContextAllocZero(context, sizeof(uint64) * room);

	for (int i = 0; i < distinct->room; i++)
		if (distinct->hashes[i] != 0)
			insert_hash(hashes, room, distinct->hashes[i]);
	if (distinct->hashes != NULL)
		pfree(distinct->hashes);
	distinct->hashes = hashes;
	distinct->room = room;
}

void
sydra_distinct_add(SydraDistinct *distinct, uint64 hash, MemoryContext context)
{
	/* 0 marks what is free. */
	if (hash == 0)
		hash = 1;
	if (distinct->registers == NULL && distinct->count >= distinct->room / 4 * 3)
	{
		if (distinct->room < MOST_ROOM)
			grow_hashes(distinct, context);
		else
			make_registers(distinct, context);
	}
	if (distinct->registers != NULL)
		count_hash(distinct->registers, hash);
	else
		distinct->count += insert_hash(distinct->hashes, distinct->room, hash);
}

void
sydra_distinct_merge(SydraDistinct *distinct, const SydraDistinct *other, MemoryContext context)
{
	for (int i = 0; i < other->room; i++)
		if (other->hashes[i] != 0)
			sydra_distinct_add(distinct, other->hashes[i], context);
	if (other->registers == NULL)
		return;
	if (distinct->registers == NULL)
		make_registers(distinct, context);
	for (int i = 0; i < REGISTERS; i++)
		distinct->registers[i] = Max(distinct->registers[i], other->registers[i]);
}

/* The two series of Ertl's estimator, for the registers that are empty and those that are full. */
static double
sigma(double x)
{
	double		power = 1;
	double		sum = x;
	double		before;

	if (x == 1)
		return INFINITY;
	do
	{
		x *= x;
		before = sum;
		sum += x * power;
		power += power;
	} while (sum != before);
	return sum;
}

static double
tau(double x)
{
	double		power = 1;
	double		sum = 1 - x;
	double		before;

	if (x == 0 || x == 1)
		return 0;
	do
	{
		x = sqrt(x);
		before = sum;
		power *= 0.5;
		sum -= (1 - x) * (1 - x) * power;
	} while (sum != before);
	return sum / 3;
}

int64
sydra_distinct_estimate(const SydraDistinct *distinct)
{
	int			counts[RANKS + 2] = {0};
	double		sum;

	if (distinct->registers == NULL)
		return distinct->count;
	for (int i = 0; i < REGISTERS; i++)
		counts[distinct->registers[i]]++;
	sum = REGISTERS * tau(1 - (double) counts[RANKS + 1] / REGISTERS);
	for (int rank = RANKS; rank >= 1; rank--)
		sum = 0.5 * (sum + counts[rank]);
	sum += REGISTERS * sigma((double) counts[0] / REGISTERS);
	return (int64) rint(0.5 / log(2) * REGISTERS * (double) REGISTERS / sum);
}

void
sydra_distinct_write(const SydraDistinct *distinct, StringInfo buffer)
{
	pq_sendint32(buffer, distinct->registers != NULL ? -1 : distinct->count);
	if (distinct->registers != NULL)
		pq_sendbytes(buffer, (const char *) distinct->registers, REGISTERS);
	for (int i = 0; i < distinct->room; i++)
		if (distinct->hashes[i] != 0)
			pq_sendint64(buffer, distinct->hashes[i]);
}

SydraDistinct *
sydra_distinct_read(StringInfo buffer)
{
	SydraDistinct *distinct = palloc0(sizeof(SydraDistinct));
	int32		count = pq_getmsgint(buffer, sizeof(int32));

	if (count < 0)
	{
		distinct->registers = palloc(REGISTERS);
		pq_copymsgbytes(buffer, (char *) distinct->registers, REGISTERS);
		for (int i = 0; i < REGISTERS; i++)
			if (distinct->registers[i] > RANKS + 1)
				elog(ERROR, "bytes are no sketch");
	}
	for (int i = 0; i < count; i++)
		sydra_distinct_add(distinct, pq_getmsgint64(buffer), CurrentMemoryContext);
	return distinct;
}
