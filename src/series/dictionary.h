/*
 * Tag tuple <-> series id.
 *
 * A tag tuple is the bytes of a row's tag columns (attnum, null or datum bytes, by attnum), equal
 * exactly when the stored values are equal bit for bit.  The persistent dictionary
 * (sydra_catalog.series) is append-only and gives every tuple of a storage id a small id from 1.
 *
 * A SydraDictionary is one scan's or one seal's view of it.  Tuples that only the head knows get
 * ids above all persistent ones, valid in this SydraDictionary alone.
 */
#ifndef SYDRA_DICTIONARY_H
#define SYDRA_DICTIONARY_H

#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"

#include "series/table.h"
#include "vector/vector.h"

typedef struct SydraDictionary SydraDictionary;

/*
 * Lives in the current memory context; the table description must live as long.  Open it after the
 * snapshot was taken: then it knows every series of every segment that the snapshot sees.
 * storage_id 0: the table has no segments, nothing is read.
 */
extern SydraDictionary *sydra_dictionary_open(const SydraTable *table, int64 storage_id);

/* The id of a row's tag tuple, entering it (for this dictionary alone) when new.  The slot's tag
 * columns are deformed. */
extern uint32 sydra_dictionary_resolve_slot(SydraDictionary *dictionary, TupleTableSlot *slot);

/* The same for values given apart; by attnum - 1, only those of tag columns are looked at. */
extern uint32 sydra_dictionary_resolve(SydraDictionary *dictionary, const Datum *values,
									   const bool *isnull);

/* Reads all persistent series at once: cheaper than one by one when most will be asked for. */
extern void sydra_dictionary_load(SydraDictionary *dictionary);

/*
 * From now on a damaged series counts as one that does not exist, instead of raising XX001 when it
 * is read.  For readers that may leave out what is damaged.
 */
extern void sydra_dictionary_tolerate(SydraDictionary *dictionary);

/* Ids run from 1 to this, all known ones included; it grows with _resolve_slot. */
extern uint32 sydra_dictionary_max(const SydraDictionary *dictionary);

/* The highest persistent id when the dictionary was opened: those above are its own. */
extern uint32 sydra_dictionary_persistent_max(const SydraDictionary *dictionary);

/*
 * Gives persistent ids to the named local ids, non-transactionally: frozen rows under the lock
 * SYDRA_LOCK_SERIES; persistent[i] is the id for local[i].  Already persistent ids
 * come back unchanged.  The ids given are for what is written: they mean nothing to this
 * dictionary, whose local ids may be the same numbers.
 */
extern void sydra_dictionary_persist(SydraDictionary *dictionary, Relation rel, int64 storage_id,
									 const uint32 *local, uint32 *persistent, int count);

/* Whether there is a series of this id. */
extern bool sydra_dictionary_has(SydraDictionary *dictionary, uint32 series);

/*
 * A tag of a series as text.  For a native metric key is looked up in the jsonb; for a wide one it
 * is the column's name.  False when the series has no such tag, or has it as null or ''.
 * The bytes live as long as the dictionary.
 */
extern bool sydra_dictionary_tag(SydraDictionary *dictionary, uint32 series, const char *key,
								 SydraBytes *text);

/*
 * What the rows of a series have in a column that their segment does not hold: the value of the tag
 * tuple (wide: the tag; native: the jsonb), or the column's missing value when it was added later.
 * Lives as long as the dictionary or its table, or in the current context.
 */
extern void sydra_dictionary_datum(SydraDictionary *dictionary, uint32 series, AttrNumber attnum,
								   Datum *value, bool *isnull);

/* Proves what is stored of all series: appends a line (char *) a fault to *faults. */
extern void sydra_dictionary_verify(int64 storage_id, List **faults);

/* All tags of a series that have a value, as an object of texts in the current context. */
extern Jsonb *sydra_dictionary_json(SydraDictionary *dictionary, uint32 series);

/*
 * All tags that have a value, as bytes whose order is that of the ranks of series; in the current
 * context.
 */
extern bytea *sydra_dictionary_key(Jsonb *tags);

/* What BY_ID() calls it: see series/series_id.h.  Nothing is kept: all may be asked for theirs. */
extern int64 sydra_dictionary_id(SydraDictionary *dictionary, uint32 series);

/* When each persistent series was first seen, by id; index 0 unused; in the current context. */
extern TimestampTz *sydra_dictionary_first_seen(SydraDictionary *dictionary);

/*
 * Rank of every series in the order of its tags (keys by bytes; values as text by bytes, missing
 * last): series whose tags are all equal as text have the same rank.  Indexed by id; index 0
 * unused.
 */
extern const int32 *sydra_dictionary_ranks(SydraDictionary *dictionary);

/* Whether no two series have the same rank. */
extern bool sydra_dictionary_ranks_differ(SydraDictionary *dictionary);

#endif
