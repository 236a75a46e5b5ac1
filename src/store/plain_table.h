/*
 * Tables that are none of ours, as the language sees them: heap, partitioned and foreign tables,
 * views, materialized views.
 */
#ifndef SYDRA_PLAIN_TABLE_H
#define SYDRA_PLAIN_TABLE_H

#include "series/table.h"

/*
 * Its time is the column that sydra.configure() has named, else the only timestamptz column, else
 * one called time, ts or timestamp; its tags those that sydra.configure() has named, else the
 * columns of the domains sydra.tag ..., else table->guesses_tags.
 */
extern SydraTable *sydra_plain_table_describe(Relation rel);

/* Whether it has a time, and all that sydra.configure() was told of: else reading it raises. */
extern bool sydra_plain_table_has_time(Relation rel);

#endif
