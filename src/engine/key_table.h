/*
 * Tuples of values -> small numbers, in the order of arrival: the groups of an aggregate, the
 * values of count(distinct), the keys of LIMIT BY.
 *
 * A key is bytes: every value with a byte that says whether it is null, texts with their length.
 * Null equals null, 0.0 equals -0.0, NaN equals NaN.
 */
#ifndef SYDRA_KEY_TABLE_H
#define SYDRA_KEY_TABLE_H

#include "lib/stringinfo.h"

#include "vector/vector.h"

typedef struct SydraKeyTable SydraKeyTable;

/* In the current memory context. */
extern SydraKeyTable *sydra_key_table_create(void);

/* The number of a key, from 0; a new one is copied. */
extern uint32 sydra_key_table_add(SydraKeyTable *table, const char *key, int length, bool *is_new);

extern const char *sydra_key_table_key(const SydraKeyTable *table, uint32 number);

/* Adds a value to a key, and takes the values out again, in order; false: null. */
extern void sydra_key_append(StringInfo key, const SydraVector *vector, int row);
extern bool sydra_key_read(const char **key, SydraVector *vector, int row);

#endif
