/*
 * worker_launcher.c
 *	  With shared_preload_libraries: starts workers also where nobody writes any more.
 *
 * The launcher is connected to no database, so it is in nobody's way.  Which databases may have
 * something to seal, or rows of dropped tables to delete, it reads from the cumulative statistics: one
 * that has had rows inserted or deleted, in catalogs too, is looked into soon, and once more when they
 * are old enough to be sealed.
 *
 * When more of them are due than workers may be started, those come first that have waited longest
 * since their last one; and one that a worker found without the extension is left alone for a while.
 */
#include "postgres.h"

#include <signal.h>

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/background.h"
#include "base/compat.h"
#include "base/setting.h"
#include "worker/worker.h"
#include "worker/worker_absence.h"

#define NAP_MS 5000

extern PGDLLEXPORT void sydra_worker_launcher_main(Datum argument);

typedef struct DatabaseState
{
	Oid			database;		/* key */
	bool		present;
	int64		changed;		/* rows, when we last looked */
	TimestampTz again;			/* when to look once more; 0: no need */
	TimestampTz served;			/* when a worker was last started; 0: never */
} DatabaseState;

static HTAB *databases;

static void look_at_databases(void);
static List *find_databases(void);
static DatabaseState *find_state(Oid database);
static int	compare_served(const ListCell *a, const ListCell *b);
static bool look_at_database(DatabaseState *state, TimestampTz now);
static void forget_dropped(void);

void
sydra_worker_init(void)
{
	BackgroundWorker worker;

	if (!process_shared_preload_libraries_in_progress)
		return;
	sydra_background_describe(&worker, "sydra_worker_launcher_main", "sydraql launcher",
							  InvalidOid);
	worker.bgw_restart_time = 10;
	RegisterBackgroundWorker(&worker);
	sydra_worker_absence_init();
}

void
sydra_worker_launcher_main(Datum argument)
{
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(DatabaseState)};

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	databases = hash_create("sydra databases", 16, &control, HASH_ELEM | HASH_BLOBS);

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (sydra_setting_auto_seal && sydra_setting_max_workers > 0)
			look_at_databases();
		pgstat_report_activity(STATE_IDLE, NULL);
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, NAP_MS,
				  PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

static void
look_at_databases(void)
{
	TimestampTz now;
	List	   *states;
	ListCell   *cell;
	int			free_slots;

	StartTransactionCommand();
	GetTransactionSnapshot();
	free_slots = sydra_background_free_slots();
	now = GetCurrentTransactionStartTimestamp();
	states = find_databases();
	list_sort(states, compare_served);
	foreach(cell, states)
	{
		if (free_slots == 0)
			break;
		if (look_at_database(lfirst(cell), now))
			free_slots--;
	}
	pgstat_clear_snapshot();
	CommitTransactionCommand();
	forget_dropped();
}

/* Those that a worker could be connected to: DatabaseState *, marked as present. */
static List *
find_databases(void)
{
	Relation	rel = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(rel, 0, NULL);
	List	   *states = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);

		if (form->datallowconn && !form->datistemplate)
			states = lappend(states, find_state(form->oid));
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	return states;
}

static DatabaseState *
find_state(Oid database)
{
	bool		found;
	DatabaseState *state = hash_search(databases, &database, HASH_ENTER, &found);

	if (!found)
	{
		state->changed = -1;
		state->again = 0;
		state->served = 0;
	}
	state->present = true;
	return state;
}

static int
compare_served(const ListCell *a, const ListCell *b)
{
	const DatabaseState *left = lfirst(a);
	const DatabaseState *right = lfirst(b);

	if (left->served != right->served)
		return left->served < right->served ? -1 : 1;
	return left->database < right->database ? -1 : left->database > right->database;
}

/* Whether a worker was started. */
static bool
look_at_database(DatabaseState *state, TimestampTz now)
{
	PgStat_StatDBEntry *statistics;
	int64		changed;
	BackgroundWorker worker;

	if (sydra_worker_absence_is_known(state->database, now))
		return false;
	statistics = pgstat_fetch_stat_dbentry(state->database);
	changed = statistics ? sydra_compat_tuples_changed(statistics) : 0;
	if (changed != state->changed)
		state->again = TimestampTzPlusMilliseconds(now, INT64CONST(1000) *
												   (sydra_setting_seal_delay + 1));
	else if (state->again == 0 || now < state->again)
		return false;
	else
		state->again = 0;
	state->changed = changed;

	/* Without a free slot the next round tries again. */
	sydra_background_describe(&worker, "sydra_worker_seal_main", "sydraql worker",
							  state->database);
	if (RegisterDynamicBackgroundWorker(&worker, NULL))
	{
		state->served = now;
		return true;
	}
	state->changed = -1;
	return false;
}

static void
forget_dropped(void)
{
	HASH_SEQ_STATUS status;
	DatabaseState *state;

	hash_seq_init(&status, databases);
	while ((state = hash_seq_search(&status)) != NULL)
	{
		if (!state->present)
			hash_search(databases, &state->database, HASH_REMOVE, NULL);
		else
			state->present = false;
	}
}
