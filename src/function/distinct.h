/*
 * About how many distinct values there are: HyperLogLog, standard error 1.15 %, exact while they are
 * few.
 */
#ifndef SYDRA_DISTINCT_H
#define SYDRA_DISTINCT_H

#include "lib/stringinfo.h"

/* Zero at first. */
typedef struct SydraDistinct
{
	int32		count;			/* of hashes */
	int32		room;
	uint64	   *hashes;			/* a table of them while they are few; 0: free */
	uint8	   *registers;		/* else */
} SydraDistinct;

extern void sydra_distinct_add(SydraDistinct *distinct, uint64 hash, MemoryContext context);
extern void sydra_distinct_merge(SydraDistinct *distinct, const SydraDistinct *other,
								 MemoryContext context);
extern int64 sydra_distinct_estimate(const SydraDistinct *distinct);

/* Hashes of values that are equal are equal. */
extern uint64 sydra_distinct_hash_word(uint64 value);
extern uint64 sydra_distinct_hash_float(double value);
extern uint64 sydra_distinct_hash_bytes(const char *data, int length);

/* As bytes for another process, and back, in the current memory context. */
extern void sydra_distinct_write(const SydraDistinct *distinct, StringInfo buffer);
extern SydraDistinct *sydra_distinct_read(StringInfo buffer);

#endif
