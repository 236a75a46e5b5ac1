/*
 * worker_merge.c
 *	  The worker's part in merging: which tables, and how far.
 *
 * A modifier that leaves much to take out of segments asks for it with its commit, so that the worker
 * need not look for it.  What else there is, small segments and what nobody asked for, is looked for
 * when a worker begins, and in tables that it has sealed.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "store/merge.h"
#include "store/merge_status.h"
#include "store/upkeep.h"
#include "worker/worker.h"

static bool can_merge;
static bool first_round = true;
static List *requested;			/* in TopMemoryContext */

void
sydra_worker_merge_begin_round(void)
{
	MemoryContext caller;
	Snapshot	snapshot;
	List	   *tables;

	can_merge = sydra_merge_status_exists();
	list_free(requested);
	requested = NIL;
	if (!can_merge)
		return;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	tables = sydra_merge_status_requested(snapshot);
	UnregisterSnapshot(snapshot);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	requested = list_copy(tables);
	MemoryContextSwitchTo(caller);
}

void
sydra_worker_merge_end_round(void)
{
	first_round = false;
}

bool
sydra_worker_merge_is_due(Oid relid)
{
	return can_merge && (first_round || list_member_oid(requested, relid));
}

bool
sydra_worker_merge_is_requested(void)
{
	return requested != NIL;
}

static void
merge_step(Oid relid, void *arg)
{
	sydra_merge_table(relid, false, arg);
}

bool
sydra_worker_merge_table(Oid relid, bool *busy)
{
	SydraMergeResult result = {0};
	bool		merged = false;

	*busy = false;
	if (!can_merge)
		return false;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!sydra_worker_as_owner(relid, "merge", merge_step, &result))
			break;
		merged |= result.outcome == SYDRA_MERGE_MORE;
		if (result.outcome == SYDRA_MERGE_YIELDED)
			sydra_upkeep_pause();
	} while (result.outcome == SYDRA_MERGE_MORE ||
			 (result.outcome == SYDRA_MERGE_YIELDED && result.yielded <= SYDRA_MERGE_PATIENCE));
	*busy = result.outcome == SYDRA_MERGE_BUSY || result.outcome == SYDRA_MERGE_YIELDED;
	return merged;
}
