/*
 * The inside of SydraDictionary, for its two files.
 */
#ifndef SYDRA_DICTIONARY_PART_H
#define SYDRA_DICTIONARY_PART_H

#include "lib/stringinfo.h"

#include "series/dictionary.h"

typedef struct SydraSeriesEntry SydraSeriesEntry; /* an id and its tuple */
typedef struct SydraSeriesCache SydraSeriesCache;
typedef struct SydraRecentEntry SydraRecentEntry;
typedef struct SydraSeriesTags SydraSeriesTags;

struct SydraDictionary
{
	MemoryContext context;
	MemoryContextCallback release;
	const SydraTable *table;
	int			tag_count;
	const SydraTableColumn **tags;
	SydraSeriesCache *cache;			/* NULL without a storage */
	uint32		persistent_max;
	bool		tolerant;		/* damaged series count as unknown */

	uint32		local_count;
	uint32		local_capacity;
	SydraSeriesEntry **local;
	uint32	   *local_persistent;	/* 0: none given yet */
	struct entries_hash *local_by_tuple;

	SydraSeriesEntry *last;			/* neighbouring rows mostly belong together */
	SydraRecentEntry *recent;		/* NULL before the first row */
	uint32		recent_size;
	uint32		recent_count;
	uint32		last_place;		/* of last, in recent */
	StringInfoData probe;		/* a SydraSeriesEntry in the making */

	uint32		text_capacity;
	SydraSeriesTags **text;			/* by id, made on demand */
	MemoryContext scratch;		/* of what is made and not kept; or NULL */
	int32	   *ranks;
	uint32		ranks_max;
	bool		ranks_differ;
};

/* XX001 when there is none. */
extern const SydraSeriesEntry *sydra_dictionary_entry(SydraDictionary *dictionary, uint32 series);

/* Steps through an entry's tuple, offset 0 at first; false at its end. */
extern bool sydra_dictionary_item(const SydraSeriesEntry *entry, int *offset, AttrNumber *attnum,
								  bool *isnull, SydraBytes *bytes);

/* The value of such an item. */
extern Datum sydra_dictionary_form(const SydraTableColumn *column, SydraBytes bytes);

#endif
