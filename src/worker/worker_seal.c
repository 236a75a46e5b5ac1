/*
 * worker_seal.c
 *	  The worker of one database: seals the tables whose heads have grown, has segments merged
 *	  (worker_merge.c), vacuums these tables, and leaves.
 *
 * It is short, because whoever is connected to a database is in the way of dropping and copying it:
 * it leaves when no table has had anything to do for IDLE_MS, and at once when there was nothing to
 * begin with or somebody waits for the database.  Every batch, every step and every vacuum is a
 * transaction of its own.
 *
 * An error ends the work on its table alone: it is logged, noted for sydra.status, and the next
 * table is taken.
 *
 * Between two rounds, now and then, it deletes what the catalogs hold of tables that are gone.
 */
#include "postgres.h"

#include <setjmp.h>
#include <signal.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/bufmgr.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/background.h"
#include "base/compat.h"
#include "base/setting.h"
#include "series/table.h"
#include "store/collect.h"
#include "store/seal.h"
#include "worker/worker.h"
#include "worker/worker_absence.h"

#define IDLE_MS 3000
#define LOOK_MS 1000			/* how often an idle worker looks for work */
#define COLLECT_MS 60000		/* how often a worker collects, beside its first round */
#define COLLECT_ROWS 10000		/* in one transaction */

extern PGDLLEXPORT void sydra_worker_seal_main(Datum database);

/* A table that had nothing to seal is not looked at again until rows are inserted. */
typedef struct QuietTable
{
	Oid			relid;			/* key */
	int64		inserted;		/* rows, as the cumulative statistics have it */
} QuietTable;

/* A table and what there may be to do for it. */
typedef struct DueTable
{
	Oid			relid;
	bool		seal;
	bool		merge;
} DueTable;

/* Some table was left for later in this round: somebody else had or wanted a lock on it. */
static bool postponed;

/* When to collect next. */
static TimestampTz collect_at;
static bool collecting;

/* The table being worked on, and those to leave alone after an error; in TopMemoryContext. */
static Oid	current_table;
static List *failed_tables;
static HTAB *quiet_tables;

static void connect_to(Oid database);
static bool has_extension(void);
static bool wait_for_work(void);
static bool is_wanted_again(Oid database);
static bool work_off(void);
static List *find_tables(void);
static bool is_quiet(Oid relid);
static void note_quiet(Oid relid);
static int64 count_inserted(Oid relid);
static bool seal_table(Oid relid, SydraSealOutcome *outcome);
static bool work_on_table(const DueTable *table);
static void seal_batch(Oid relid, void *arg);
static void vacuum_table(Oid relid);
static void collect(void);
static List *find_orphans(void);
static bool delete_orphan(int64 storage_id);
static void recover(MemoryContext context);

void
sydra_worker_seal_main(Datum argument)
{
	Oid			database = DatumGetObjectId(argument);
	sigjmp_buf	escape;
	MemoryContext context;
	volatile int idle_ms = 0;
	volatile bool worked = false;
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(QuietTable)};

	connect_to(database);

	/* Without the extension it takes no slot of one that has it. */
	if (!has_extension())
	{
		sydra_worker_absence_note(database);
		proc_exit(0);
	}
	if (!sydra_background_enter(database))
		proc_exit(0);
	context = AllocSetContextCreate(TopMemoryContext, "sydra worker", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	quiet_tables = hash_create("sydra quiet tables", 16, &control, HASH_ELEM | HASH_BLOBS);

	if (sigsetjmp(escape, 1) != 0)
		recover(context);
	PG_exception_stack = &escape;

	while (sydra_setting_auto_seal)
	{
		bool		found;

		MemoryContextReset(context);
		found = work_off();
		if (GetCurrentTimestamp() >= collect_at)
			collect();
		if (found)
		{
			worked = true;
			idle_ms = 0;
			continue;
		}
		if (!worked && !postponed)
			break;
		if (idle_ms >= IDLE_MS && !is_wanted_again(database))
			break;
		if (!wait_for_work())
			break;
		idle_ms += LOOK_MS;
	}
	proc_exit(0);
}

/*
 * Leaves and looks again a little later: a modifier that saw us alive, and so started no other worker,
 * may have committed its request after we last looked.
 */
static bool
is_wanted_again(Oid database)
{
	bool		wanted;

	sydra_background_leave();
	if (!wait_for_work())
		return false;
	StartTransactionCommand();
	sydra_worker_merge_begin_round();
	wanted = sydra_worker_merge_is_requested();
	CommitTransactionCommand();
	return wanted && sydra_background_enter(database);
}

static void
connect_to(Oid database)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	pgstat_report_appname("sydraql worker");

	/* Names are found by OID or with their schema; nobody's search_path or triggers matter. */
	SetConfigOption("search_path", "", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("lock_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("idle_in_transaction_session_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);
}

static bool
has_extension(void)
{
	bool		result;

	StartTransactionCommand();
	result = OidIsValid(get_extension_oid("sydraql", true));
	CommitTransactionCommand();
	return result;
}

/* False: leave. */
static bool
wait_for_work(void)
{
	bool		leave;

	pgstat_report_activity(STATE_IDLE, NULL);
	WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_MS,
			  PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	StartTransactionCommand();
	leave = sydra_background_in_the_way(MyDatabaseId);
	CommitTransactionCommand();
	return !leave;
}

/* One round over all tables.  False: there was nothing to do. */
static bool
work_off(void)
{
	List	   *tables;
	ListCell   *cell;
	bool		worked = false;

	postponed = false;
	tables = find_tables();
	foreach(cell, tables)
	{
		const DueTable *table = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		current_table = table->relid;
		if (work_on_table(table))
		{
			worked = true;

			/* Counted before vacuum counts them. */
			pgstat_report_stat(true);
			vacuum_table(current_table);
		}
		current_table = InvalidOid;
		pgstat_report_stat(true);
	}
	sydra_worker_merge_end_round();
	return worked;
}

/* Whether anything was done. */
static bool
work_on_table(const DueTable *table)
{
	SydraSealOutcome outcome = SYDRA_SEAL_DONE;
	bool		sealed = table->seal && seal_table(table->relid, &outcome);
	bool		busy = outcome == SYDRA_SEAL_BUSY || outcome == SYDRA_SEAL_YIELDED;
	bool		merged = false;

	if (table->seal && !sealed && !busy)
		note_quiet(table->relid);
	postponed |= busy;
	if (sealed || table->merge)
	{
		merged = sydra_worker_merge_table(table->relid, &busy);
		postponed |= busy;
	}
	return sealed || merged;
}

/*
 * Our tables with heads that are big enough or that a merge is due for, without those that have
 * failed: DueTable *.
 */
static List *
find_tables(void)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *tables = NIL;
	Relation	classes;
	SysScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	sydra_worker_merge_begin_round();
	classes = table_open(RelationRelationId, AccessShareLock);
	scan = systable_beginscan(classes, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		MemoryContext transaction = CurrentMemoryContext;
		DueTable	due = {form->oid};
		Relation	rel;

		if ((form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW) ||
			form->relpersistence == RELPERSISTENCE_TEMP || form->relam == HEAP_TABLE_AM_OID ||
			list_member_oid(failed_tables, form->oid) ||
			!ConditionalLockRelationOid(form->oid, AccessShareLock))
			continue;
		rel = try_relation_open(form->oid, NoLock);
		if (rel == NULL)
			continue;
		if (sydra_table_is_sydra(rel))
		{
			due.seal = RelationGetNumberOfBlocks(rel) >=
				(BlockNumber) sydra_setting_seal_min_pages && !is_quiet(form->oid);
			due.merge = sydra_worker_merge_is_due(form->oid);
		}
		if (due.seal || due.merge)
		{
			MemoryContextSwitchTo(context);
			tables = lappend(tables, memcpy(palloc(sizeof(due)), &due, sizeof(due)));
			MemoryContextSwitchTo(transaction);
		}
		relation_close(rel, AccessShareLock);
	}
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return tables;
}

static bool
is_quiet(Oid relid)
{
	QuietTable *table = hash_search(quiet_tables, &relid, HASH_FIND, NULL);

	return table != NULL && table->inserted == count_inserted(relid);
}

static void
note_quiet(Oid relid)
{
	QuietTable *table = hash_search(quiet_tables, &relid, HASH_ENTER, NULL);

	table->inserted = count_inserted(relid);
	pgstat_clear_snapshot();
}

static int64
count_inserted(Oid relid)
{
	PgStat_StatTabEntry *statistics = pgstat_fetch_stat_tabentry(relid);

	return statistics ? statistics->tuples_inserted : 0;
}

typedef struct SealBatch
{
	SydraSealOptions options;
	SydraSealResult result;
} SealBatch;

static void
seal_batch(Oid relid, void *arg)
{
	SealBatch  *batch = arg;

	sydra_seal_table(relid, &batch->options, &batch->result);
}

/* Batch after batch, as long as nobody waits.  Whether any row was sealed, and how it ended. */
static bool
seal_table(Oid relid, SydraSealOutcome *outcome)
{
	SealBatch	batch = {.options = {
		.time_before = GetCurrentTimestamp() - sydra_setting_seal_delay * USECS_PER_SEC,
		.min_pages = sydra_setting_seal_min_pages
	}};
	bool		sealed = false;

	*outcome = SYDRA_SEAL_DONE;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!sydra_worker_as_owner(relid, "seal", seal_batch, &batch))
			break;
		*outcome = batch.result.outcome;
		sealed |= batch.result.rows > 0;
		batch.options.start_block = batch.result.next_block;
	} while (batch.result.outcome == SYDRA_SEAL_MORE);
	return sealed;
}

bool
sydra_worker_as_owner(Oid relid, const char *what, void (*work) (Oid relid, void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	HeapTuple	tuple;
	Oid			user;
	Oid			owner;
	int			security;
	int			level;
	bool		leave;

	StartTransactionCommand();
	leave = sydra_background_in_the_way(MyDatabaseId);
	tuple = leave ? NULL : SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
	{
		CommitTransactionCommand();
		MemoryContextSwitchTo(context);
		if (leave)
			proc_exit(0);
		return false;
	}
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);

	pgstat_report_activity(STATE_RUNNING, psprintf("%s table %u", what, relid));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_RESTRICTED_OPERATION);
	level = NewGUCNestLevel();
	work(relid, arg);
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, security);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return true;
}

/* As autovacuum would, but it cannot know that rows left the head for a segment. */
static void
vacuum_table(Oid relid)
{
	MemoryContext context = CurrentMemoryContext;
	VacuumParams params = {
		.options = VACOPT_VACUUM | VACOPT_SKIP_LOCKED | VACOPT_PROCESS_TOAST,
		.freeze_min_age = -1,
		.freeze_table_age = -1,
		.multixact_freeze_min_age = -1,
		.multixact_freeze_table_age = -1,
		.log_min_duration = -1,
		.index_cleanup = VACOPTVALUE_UNSPECIFIED,
		.truncate = VACOPTVALUE_UNSPECIFIED
	};

	pgstat_report_activity(STATE_RUNNING, psprintf("vacuum table %u", relid));
	StartTransactionCommand();
	MemoryContextSwitchTo(context);
	PortalContext = context;
	vacuum(list_make1(makeVacuumRelation(NULL, relid, NIL)), &params, NULL, context, true);
	PortalContext = NULL;
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
}

/* In short transactions: an id that was an orphan once stays one. */
static void
collect(void)
{
	List	   *orphans;
	ListCell   *cell;

	collect_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), COLLECT_MS);
	collecting = true;
	pgstat_report_activity(STATE_RUNNING, "collect rows of dropped tables");
	orphans = find_orphans();
	foreach(cell, orphans)
		while (delete_orphan(*(int64 *) lfirst(cell)))
			CHECK_FOR_INTERRUPTS();
	pgstat_report_stat(true);
	collecting = false;
}

static List *
find_orphans(void)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *orphans = NIL;

	StartTransactionCommand();
	MemoryContextSwitchTo(context);
	if (sydra_collect_lock())
	{
		orphans = sydra_collect_find();
		(void) sydra_collect_status();
	}
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return orphans;
}

/* False: nothing is left of it. */
static bool
delete_orphan(int64 storage_id)
{
	MemoryContext context = CurrentMemoryContext;
	bool		more;

	StartTransactionCommand();
	if (sydra_background_in_the_way(MyDatabaseId))
		proc_exit(0);
	more = sydra_collect_delete(storage_id, COLLECT_ROWS) == COLLECT_ROWS;
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return more;
}

/* After an error: the transaction is undone, the table is noted and not taken again. */
static void
recover(MemoryContext context)
{
	Oid			table = current_table;
	char	   *message;

	error_context_stack = NULL;
	HOLD_INTERRUPTS();
	EmitErrorReport();
	MemoryContextSwitchTo(context);
	message = CopyErrorData()->message;
	AbortCurrentTransaction();
	PortalContext = NULL;
	FlushErrorState();
	RESUME_INTERRUPTS();

	current_table = InvalidOid;
	if (collecting)
	{
		collecting = false;
		return;
	}
	if (!OidIsValid(table))
		proc_exit(1);
	MemoryContextSwitchTo(TopMemoryContext);
	failed_tables = lappend_oid(failed_tables, table);

	StartTransactionCommand();
	sydra_seal_note(table, message);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
}
