/*
 * What a table is configured to be: sydra.table_config.
 *
 * A row is the table's whose relid and whose row type it names.  Both are dumped by name; two tables
 * that had the same OID one after the other do not have the same pair.
 */
#ifndef SYDRA_TABLE_CONFIG_H
#define SYDRA_TABLE_CONFIG_H

#include "access/htup.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* What has been said of a table, and nothing of what has not. */
typedef struct SydraTableConfig
{
	const char *dedup;			/* "none", "last" or NULL */
	const char *time;			/* of a table that is none of ours: the column, or NULL */
	bool		has_tags;		/* of the same: its tags are these columns */
	List	   *tags;			/* char * */
} SydraTableConfig;

/* In the current context. */
extern void sydra_table_config_read(Relation rel, SydraTableConfig *config);

/* The OIDs, sorted, of the tables of which anything has been said. */
extern List *sydra_table_config_tables(void);

/*
 * Whether the table's dedup is 'last': its own, else that of the nearest partitioned table above
 * which has one.  Not cached: see sydra_store_keeps_last().
 */
extern bool sydra_table_config_keeps_last(Relation rel);

/*
 * Sets it, and tells every session.  Where dedup changes the caller holds AccessExclusiveLock on the
 * table and on its partitions.
 */
extern void sydra_table_config_set(Relation rel, const SydraTableConfig *config);

/* Whether a row's table is gone. */
extern bool sydra_table_config_is_of_no_table(HeapTuple tuple, TupleDesc tupdesc);

#endif
