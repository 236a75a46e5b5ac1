/*
 * The groups of an aggregate: (number of the other keys, bucket) -> states.
 */
#ifndef SYDRA_GROUP_TABLE_H
#define SYDRA_GROUP_TABLE_H

typedef struct SydraGroup
{
	int64		bucket;			/* 0 when there is no time_bucket key */
	uint32		prefix;			/* number of the other keys; 0 when there are none */
	bool		bucket_null;
	int32		rows;			/* scratch of the operator: rows in the batch at hand */
	int32		first;			/* likewise: where they begin */
	char		states[FLEXIBLE_ARRAY_MEMBER];	/* zero at first */
} SydraGroup;

typedef struct SydraGroupTable SydraGroupTable;

/* In the current memory context; states_size is a multiple of 8. */
extern SydraGroupTable *sydra_group_table_create(int states_size);

extern SydraGroup *sydra_group_table_find(SydraGroupTable *table, uint32 prefix, int64 bucket,
										  bool bucket_null);

extern uint32 sydra_group_table_count(const SydraGroupTable *table);

/* In the order of arrival. */
extern SydraGroup *sydra_group_table_get(const SydraGroupTable *table, uint32 number);

#endif
