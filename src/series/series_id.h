/*
 * The id of a series: a number for its metric's name and its tags.
 *
 * Nothing keeps it.  It is the same wherever a metric of that name has a series whose tags read so,
 * and nobody can make another series that has it.
 */
#ifndef SYDRA_SERIES_ID_H
#define SYDRA_SERIES_ID_H

#include "utils/jsonb.h"

/*
 * The id of the series of a table whose tags have this key (sydra_dictionary_key()); false when there
 * is no such table.  Never negative.
 */
extern bool sydra_series_id(Oid relid, const bytea *key, int64 *id);

#endif
