/*
 * upkeep.c
 *	  Working on a table without being in anybody's way.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/procarray.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/setting.h"
#include "store/directory.h"
#include "store/store.h"
#include "store/upkeep.h"

#define PAUSE_MS 10

Relation
sydra_upkeep_open(Oid relid, bool wait)
{
	if (!wait && !ConditionalLockRelationOid(relid, RowExclusiveLock))
		return NULL;
	return try_relation_open(relid, wait ? RowExclusiveLock : NoLock);
}

static bool
has_other_time(Relation rel, const SydraTable *table)
{
	SydraStore	store;

	return sydra_store_find(rel, &store) &&
		sydra_directory_other_time(store.storage_id, table->time_attnum, SnapshotSelf);
}

const char *
sydra_upkeep_refusal(Relation rel, const SydraTable *table, bool by_hand)
{
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		return "it is a temporary table";
	if (table->time_attnum == InvalidAttrNumber)
		return "it has no column of type timestamptz that is NOT NULL";
	if (has_other_time(rel, table))
		return "it has another time column than when its rows were sealed";
	if (!OidIsValid(rel->rd_rel->reltoastrelid))
		return "it has no TOAST relation";
	if (sydra_compat_snapshots_expire())
		return "old_snapshot_threshold is set, so that rows may go while they are being moved";
	if (!by_hand &&
		(int32) (ReadNextTransactionId() - GetOldestNonRemovableTransactionId(rel)) >
		sydra_setting_seal_max_horizon_age)
		return "an old transaction keeps VACUUM from removing what is sealed";
	return NULL;
}

/*
 * LockHasWaiters() does not look where weak locks of relations are kept, and must not be asked about
 * one.
 */
bool
sydra_upkeep_in_the_way(Relation rel)
{
	LockData   *locks = GetLockStatusData();
	bool		found = false;

	for (int i = 0; i < locks->nelements && !found; i++)
	{
		const LockInstanceData *lock = &locks->locks[i];

		found = lock->waitLockMode != NoLock &&
			lock->locktag.locktag_type == LOCKTAG_RELATION &&
			lock->locktag.locktag_field1 == MyDatabaseId &&
			lock->locktag.locktag_field2 == RelationGetRelid(rel) &&
			DoLockModesConflict(lock->waitLockMode, RowExclusiveLock);
	}

	/* A copy of all locks of the cluster, which a wait asks for again and again. */
	pfree(locks->locks);
	pfree(locks);
	return found;
}

void
sydra_upkeep_pause(void)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PAUSE_MS,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

bool
sydra_upkeep_close_gate(Oid relid, bool (*give_up) (void *arg), void *arg)
{
	TimestampTz start = GetCurrentTimestamp();

	while (!sydra_store_lock(relid, SYDRA_LOCK_GATE, 0, ExclusiveLock, true))
	{
		if (give_up != NULL && give_up(arg))
			return false;
		if (TimestampDifferenceExceeds(start, GetCurrentTimestamp(), sydra_setting_seal_max_delay))
			break;
		sydra_upkeep_pause();
	}
	return true;
}
