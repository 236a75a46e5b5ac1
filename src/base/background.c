/*
 * background.c
 *	  When a background worker is started, and how workers count themselves.
 *
 * A transaction that writes asks before its commit whether the head of a table has grown past
 * sydraql.seal_min_pages, and starts a worker after it.  A backend asks at most every two seconds,
 * and never while the database's worker lives.
 *
 * No free slot is no error: the rows stay in the head, a later commit tries again, and the miss is
 * counted for sydra.status.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/background.h"
#include "base/compat.h"
#include "base/object_id.h"
#include "base/setting.h"

/*
 * Advisory locks, as only these outlive an error and end with the process; what SQL can take has
 * another class.  Slot 0 of a database is its worker's, slots from 1 of no database are the
 * cluster's.
 */
#define LOCK_WORKER 0xFFF8

#define WRITTEN_MAX 16
#define PAUSE_MS 2000
#define PAGE_ROWS 32			/* fewer than a page of the head has room for */

/*
 * Tables that this backend has written to since it last asked, transactions that failed included;
 * past WRITTEN_MAX the others wait for their turn.
 */
static struct
{
	Oid			relid;
	int64		rows;
}			written[WRITTEN_MAX];
static int	written_count;
static bool wanted;				/* by what was written */
static bool asked_for;			/* by sydra_background_want() */
static TimestampTz last_asked;

/*
 * A worker could not be started: to be counted in a transaction to come, as this one has ended and
 * there may be no shared memory.  A backend that writes no more does not count it.
 */
static bool missed;

static void end_transaction(XactEvent event, void *argument);
static void look_at_heads(void);
static bool is_worth_sealing(Oid relid, int64 rows);
static bool has_grown(Oid relid, int64 rows);
static bool worker_lives(void);
static void start_worker(void);
static void count_miss(void);
static bool try_lock(Oid database, uint32 slot, bool session);

void
sydra_background_init(void)
{
	RegisterXactCallback(end_transaction, NULL);
}

void
sydra_background_note_insert(Relation rel, int rows)
{
	Oid			relid = RelationGetRelid(rel);

	for (int i = written_count - 1; i >= 0; i--)
	{
		if (written[i].relid == relid)
		{
			written[i].rows += rows;
			return;
		}
	}
	if (written_count < WRITTEN_MAX && !RelationUsesLocalBuffers(rel))
	{
		written[written_count].relid = relid;
		written[written_count++].rows = rows;
	}
}

static void
end_transaction(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			if (written_count > 0 && !XactReadOnly &&
				TransactionIdIsValid(GetTopTransactionIdIfAny()))
				look_at_heads();
			break;
		case XACT_EVENT_COMMIT:
			if (wanted || asked_for)
				start_worker();
			wanted = asked_for = false;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			wanted = asked_for = false;
			break;
		default:
			break;
	}
}

void
sydra_background_want(void)
{
	if (sydra_setting_auto_seal && sydra_setting_max_workers > 0 && !asked_for && !worker_lives())
		asked_for = true;
}

static void
look_at_heads(void)
{
	TimestampTz now = GetCurrentTransactionStopTimestamp();

	wanted = false;
	if (missed)
		count_miss();
	if (!sydra_setting_auto_seal || sydra_setting_max_workers == 0 ||
		!TimestampDifferenceExceeds(last_asked, now, PAUSE_MS))
		return;
	last_asked = now;
	for (int i = 0; i < written_count && !wanted; i++)
		wanted = is_worth_sealing(written[i].relid, written[i].rows);
	written_count = 0;
	if (wanted && worker_lives())
		wanted = false;
}

static bool
is_worth_sealing(Oid relid, int64 rows)
{
	Relation	rel;
	bool		worth;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	rel = try_relation_open(relid, NoLock);
	if (rel == NULL)
		return false;
	worth = RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind) &&
		RelationGetNumberOfBlocks(rel) >= (BlockNumber) sydra_setting_seal_min_pages &&
		has_grown(relid, rows);
	relation_close(rel, AccessShareLock);
	return worth;
}

/*
 * The head keeps its size when its rows are sealed, so the rows that came since it was last
 * vacuumed, as the worker does after sealing, must be worth a worker too.
 */
static bool
has_grown(Oid relid, int64 rows)
{
	PgStat_StatTabEntry *statistics = pgstat_fetch_stat_tabentry(relid);

	/* The statistics do not have this transaction's rows yet. */
	if (statistics)
		rows += sydra_compat_inserts_since_vacuum(statistics);
	return !pgstat_track_counts || rows >= (int64) sydra_setting_seal_min_pages * PAGE_ROWS;
}

static bool
worker_lives(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, DatabaseRelationId, 0, LOCK_WORKER);
	if (!try_lock(MyDatabaseId, 0, false))
		return true;
	LockRelease(&tag, ExclusiveLock, false);
	return false;
}

static void
start_worker(void)
{
	BackgroundWorker worker;

	sydra_background_describe(&worker, "sydra_worker_seal_main", "sydraql worker", MyDatabaseId);
	missed |= !RegisterDynamicBackgroundWorker(&worker, NULL);
}

static void
count_miss(void)
{
	missed = false;
	if (OidIsValid(sydra_object_extension()))
		nextval_internal(sydra_object_catalog("worker_missed"), false);
}

void
sydra_background_describe(BackgroundWorker *worker, const char *function, const char *name,
						  Oid database)
{
	memset(worker, 0, sizeof(*worker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	worker->bgw_main_arg = ObjectIdGetDatum(database);
	strlcpy(worker->bgw_library_name, "$libdir/sydraql", BGW_MAXLEN);
	strlcpy(worker->bgw_function_name, function, BGW_MAXLEN);
	strlcpy(worker->bgw_name, name, BGW_MAXLEN);
	strlcpy(worker->bgw_type, name, BGW_MAXLEN);
}

bool
sydra_background_enter(Oid database)
{
	if (!try_lock(database, 0, true))
		return false;
	for (int slot = 1; slot <= sydra_setting_max_workers; slot++)
	{
		if (try_lock(InvalidOid, slot, true))
			return true;
	}
	StartTransactionCommand();
	count_miss();
	CommitTransactionCommand();
	return false;
}

void
sydra_background_leave(void)
{
	LockReleaseSession(USER_LOCKMETHOD);
}

int
sydra_background_free_slots(void)
{
	int			count = 0;

	for (int slot = 1; slot <= sydra_setting_max_workers; slot++)
	{
		LOCKTAG		tag;

		if (!try_lock(InvalidOid, slot, false))
			continue;
		SET_LOCKTAG_ADVISORY(tag, InvalidOid, DatabaseRelationId, slot, LOCK_WORKER);
		LockRelease(&tag, ExclusiveLock, false);
		count++;
	}
	return count;
}

static bool
try_lock(Oid database, uint32 slot, bool session)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, database, DatabaseRelationId, slot, LOCK_WORKER);
	return LockAcquire(&tag, ExclusiveLock, session, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* DROP DATABASE and CREATE DATABASE ... TEMPLATE hold this lock while they wait for us to leave. */
bool
sydra_background_in_the_way(Oid database)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, database, 0);
	if (LockAcquire(&tag, RowExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, false);
	return false;
}
