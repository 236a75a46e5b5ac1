/*
 * salvage.c
 *	  Leaves damaged segments out.
 *
 * A segment is read from end to end before the first of its rows is returned, so that it is left
 * out as a whole, and by every query alike, whatever columns and times that asks for.  That makes
 * reading twice as dear, in a mode that is for saving what there is.
 */
#include "postgres.h"

#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/setting.h"
#include "store/salvage.h"
#include "store/segment_reader.h"
#include "store/tombstone.h"

/*
 * The locks tell what a scan is for, which it is not told otherwise: who writes to a table, locks
 * its rows, validates a constraint of it or rewrites it has one of these.
 */
bool
sydra_salvage_wanted(Relation rel)
{
	return sydra_setting_skip_damaged && !CheckRelationLockedByMe(rel, RowShareLock, true);
}

static bool
check(Relation rel, const SydraStore *store, const SydraTable *table,
	  SydraDictionary *dictionary, const SydraSegment *segment, Snapshot snapshot, bool warn)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra salvage",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	char	   *fault;
	bool		sound;

	sound = sydra_segment_is_sound(store, table, dictionary, segment, &fault) &&
		sydra_tombstone_is_sound(segment, snapshot, &fault);
	if (!sound && warn)
		ereport(WARNING,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("segment " INT64_FORMAT " of table %s is left out: %s", segment->segno,
					   sydra_store_table_name(RelationGetRelid(rel)), fault));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return sound;
}

bool
sydra_salvage_check(Relation rel, const SydraStore *store, const SydraTable *table,
					SydraDictionary *dictionary, const SydraSegment *segment, Snapshot snapshot)
{
	return check(rel, store, table, dictionary, segment, snapshot, true);
}

int
sydra_salvage_keep_sound(Relation rel, const SydraStore *store, const SydraTable *table,
						 SydraSegment *segments, int count, Snapshot snapshot)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra salvage list",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraDictionary *dictionary = sydra_dictionary_open(table, store->storage_id);
	int			kept = 0;

	sydra_dictionary_tolerate(dictionary);
	for (int i = 0; i < count; i++)
		if (check(rel, store, table, dictionary, &segments[i], snapshot, false))
			segments[kept++] = segments[i];
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return kept;
}
