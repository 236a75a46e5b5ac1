/*
 * What a table is configured to be: sydra.table_config.
 *
 * A row is the table's whose relid and whose row type it names.  Both are dumped by name; two tables
 * that had the same OID one after the other do not have the same pair.
 */
#ifndef SYDRA_TABLE_CONFIG_H
#define SYDRA_TABLE_CONFIG_H

#include "utils/relcache.h"

/*
 * Whether the table's dedup is 'last': its own, else that of the nearest partitioned table above
 * which has one.  Not cached: see sydra_store_keeps_last().
 */
extern bool sydra_table_config_keeps_last(Relation rel);

/*
 * Sets it, and tells every session.  The caller holds AccessExclusiveLock on the table and on its
 * partitions.
 */
extern void sydra_table_config_set(Relation rel, bool keeps_last);

#endif
