/*
 * segment_lock.c
 *	  Locks on segments, and what is known for as long as one holds them.
 *
 * That the segment exists and which of its rows are dead is read once and then kept in step: who
 * deletes a hundred thousand rows looks into the catalogs a few times a segment.  All is
 * forgotten when a subtransaction aborts, which releases its locks and takes back its tombstones.
 *
 * Every locker of segments first takes ESCALATE in a mode that lockers share.  Who has locked
 * very many segments of a table tries to have ESCALATE alone, which then stands for all of them;
 * as that never waits it adds no deadlock.
 */
#include "postgres.h"

#include "access/xact.h"
#include "port/pg_bitutils.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/background.h"
#include "base/setting.h"
#include "store/merge_plan.h"
#include "store/merge_status.h"
#include "store/segment_lock.h"
#include "store/store.h"
#include "store/tombstone.h"

#define ESCALATE_SEGMENTS 256

/* Bits in memory; past it they are forgotten and read again when needed. */
#define BITS_MAX (32 * 1024 * 1024)

typedef struct LockKey
{
	int64		storage_id;
	Oid			relid;
	int32		tidseg;
} LockKey;

struct SydraSegmentLock
{
	LockKey		key;
	LOCKMODE	mode;
	SydraSegment segment;
	bool		gone;			/* deleted, as fate says */
	SydraSegmentFate fate;
	bool		any_dead;		/* some row may be dead */
	uint64	   *dead;			/* NULL: not known, if any_dead */
};

typedef struct TableLock
{
	Oid			relid;
	int			segments;		/* locked one by one */
	bool		escalated;
} TableLock;

static MemoryContext locks_context;
static MemoryContext bits_context;
static HTAB *segment_locks;
static HTAB *table_locks;
static Size bits_size;
static bool bits_forgotten;		/* some, of a lot of segments */

/* Tables worth a merge, and those whose tombstones are not known any more. */
static List *tables_to_merge;

/* What this transaction knows of one table's worn segments. */
typedef struct WornTable
{
	Oid			relid;
	int64		dead;
} WornTable;

static void
forget_locks(void)
{
	if (locks_context != NULL)
		MemoryContextDelete(locks_context);
	locks_context = bits_context = NULL;
	segment_locks = table_locks = NULL;
	bits_size = 0;
	bits_forgotten = false;
}

static void
note_to_merge(Oid relid)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);

	tables_to_merge = list_append_unique_oid(tables_to_merge, relid);
	MemoryContextSwitchTo(caller);
}

/* An aborted subtransaction leaves the tombstones of those around it. */
static void
note_tables(void)
{
	HASH_SEQ_STATUS sequence;
	SydraSegmentLock *lock;

	if (segment_locks == NULL)
		return;
	hash_seq_init(&sequence, segment_locks);
	while ((lock = hash_seq_search(&sequence)) != NULL)
		if (lock->gone || lock->dead != NULL || bits_forgotten)
			note_to_merge(lock->key.relid);
}

static void
add_worn(List **tables, Oid relid, int64 dead)
{
	WornTable  *worn;
	ListCell   *cell;

	foreach(cell, *tables)
	{
		worn = lfirst(cell);
		if (worn->relid == relid)
		{
			worn->dead += dead;
			return;
		}
	}
	worn = palloc(sizeof(WornTable));
	worn->relid = relid;
	worn->dead = dead;
	*tables = lappend(*tables, worn);
}

/* Of the segments whose rows this transaction has locked. */
static List *
find_worn_tables(void)
{
	HASH_SEQ_STATUS sequence;
	SydraSegmentLock *lock;
	List	   *tables = NIL;

	if (segment_locks == NULL)
		return NIL;
	hash_seq_init(&sequence, segment_locks);
	while ((lock = hash_seq_search(&sequence)) != NULL)
	{
		int64		dead = 0;

		if (lock->gone)
			continue;
		if (lock->dead != NULL)
			dead = pg_popcount((const char *) lock->dead,
							   sizeof(uint64) * (lock->segment.nrows / 64 + 1));
		else if (lock->any_dead && bits_forgotten)
			note_to_merge(lock->key.relid);
		if (sydra_merge_plan_is_worn(lock->segment.nrows, dead))
			add_worn(&tables, lock->key.relid, dead);
	}
	return tables;
}

/* Asks for a merge of the tables where enough rows of segments are dead. */
static void
request_merges(void)
{
	ListCell   *cell;

	if ((segment_locks == NULL && tables_to_merge == NIL) || !sydra_setting_auto_seal ||
		!sydra_merge_status_exists())
		return;
	foreach(cell, find_worn_tables())
	{
		WornTable  *worn = lfirst(cell);

		if (worn->dead >= SYDRA_MERGE_DEAD_MIN)
			note_to_merge(worn->relid);
	}
	foreach(cell, tables_to_merge)
	{
		if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
			sydra_merge_status_request(lfirst_oid(cell));
		sydra_background_want();
	}
}

static void
change_subtransaction(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent,
					  void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	note_tables();
	forget_locks();
}

static void
end_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
	{
		request_merges();
		return;
	}
	forget_locks();
	tables_to_merge = NIL;
}

static void
prepare_locks(void)
{
	static bool registered = false;
	HASHCTL		segments = {.keysize = sizeof(LockKey), .entrysize = sizeof(SydraSegmentLock)};
	HASHCTL		tables = {.keysize = sizeof(Oid), .entrysize = sizeof(TableLock)};

	if (table_locks != NULL)
		return;
	if (!registered)
	{
		RegisterSubXactCallback(change_subtransaction, NULL);
		RegisterXactCallback(end_transaction, NULL);
		registered = true;
	}
	forget_locks();
	locks_context = AllocSetContextCreate(TopTransactionContext, "sydra segment locks",
										  ALLOCSET_DEFAULT_SIZES);
	bits_context = AllocSetContextCreate(locks_context, "sydra dead rows", ALLOCSET_DEFAULT_SIZES);
	segments.hcxt = tables.hcxt = locks_context;
	segment_locks = hash_create("sydra segment locks", 64, &segments,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	table_locks = hash_create("sydra table locks", 16, &tables,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* As heap maps them: two of these conflict exactly when the row locks do. */
static LOCKMODE
map_mode(LockTupleMode mode)
{
	switch (mode)
	{
		case LockTupleKeyShare:
			return AccessShareLock;
		case LockTupleShare:
			return RowShareLock;
		case LockTupleNoKeyExclusive:
			return ExclusiveLock;
		case LockTupleExclusive:
			return AccessExclusiveLock;
	}
	pg_unreachable();
}

/* False when the segment was deleted; the fate tells how. */
static bool
find_directory_row(Relation rel, const LockKey *key, int64 segno, SydraSegment *segment,
				   SydraSegmentFate *fate)
{
	bool		found = sydra_directory_find(key->storage_id, key->tidseg, SnapshotSelf, segment);

	if (!found && sydra_directory_fate(key->storage_id, key->tidseg, fate) && !fate->moved)
		*segment = fate->segment;
	else if (!found)
		segment->segno = -1;
	if (segment->segno < 0 || (segno != 0 && segment->segno != segno))
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row was moved by concurrent compaction, retry"),
				errdetail("The row belongs to table \"%s\".", RelationGetRelationName(rel)));
	segment->extents = NULL;
	segment->extent_count = 0;
	return found;
}

/* False when somebody else is there and wait is false. */
static bool
lock_table(Oid relid, bool wait, TableLock **table)
{
	bool		found;

	*table = hash_search(table_locks, &relid, HASH_FIND, NULL);
	if (*table != NULL)
		return true;
	if (!sydra_store_lock(relid, SYDRA_LOCK_ESCALATE, 0, RowExclusiveLock, !wait))
		return false;
	*table = hash_search(table_locks, &relid, HASH_ENTER, &found);
	(*table)->segments = 0;
	(*table)->escalated = false;
	return true;
}

SydraSegmentLock *
sydra_segment_lock(Relation rel, const ItemPointerData *tid, LockTupleMode tuple_mode, bool wait)
{
	LOCKMODE	mode = map_mode(tuple_mode);
	SydraStore	store = {0};
	SydraSegmentLock *lock;
	TableLock  *table;
	SydraSegment segment;
	SydraSegmentFate fate = {0};
	LockKey		key;
	bool		found;
	bool		there;
	int			row;

	memset(&key, 0, sizeof(key));
	if (sydra_store_find(rel, &store))
		key.storage_id = store.storage_id;
	key.relid = RelationGetRelid(rel);
	sydra_tid_decode(tid, &key.tidseg, &row);

	prepare_locks();
	lock = hash_search(segment_locks, &key, HASH_FIND, NULL);
	if (lock != NULL && lock->mode >= mode)
		return lock;
	if (!lock_table(key.relid, wait, &table))
		return NULL;
	there = find_directory_row(rel, &key, 0, &segment, &fate);
	if (there && !table->escalated)
	{
		if (!sydra_store_lock(key.relid, SYDRA_LOCK_SEGMENT, (uint32) segment.segno, mode, !wait))
			return NULL;
		there = find_directory_row(rel, &key, segment.segno, &segment, &fate);
		if (++table->segments % ESCALATE_SEGMENTS == 0)
			table->escalated = sydra_store_lock(key.relid, SYDRA_LOCK_ESCALATE, 0, ExclusiveLock,
												true);
	}
	lock = hash_search(segment_locks, &key, HASH_ENTER, &found);
	lock->mode = mode;
	lock->segment = segment;
	lock->gone = !there;
	lock->fate = fate;
	lock->any_dead = true;
	lock->dead = NULL;
	return lock;
}

const SydraSegment *
sydra_segment_lock_segment(const SydraSegmentLock *lock)
{
	return &lock->segment;
}

const SydraSegmentFate *
sydra_segment_lock_gone(const SydraSegmentLock *lock)
{
	return lock->gone ? &lock->fate : NULL;
}

void
sydra_segment_lock_note_gone(SydraSegmentLock *lock, CommandId cid)
{
	lock->gone = true;
	lock->fate.segment = lock->segment;
	lock->fate.moved = false;
	lock->fate.xid = GetCurrentTransactionId();
	lock->fate.own = true;
	lock->fate.cid = cid;
}

static void
forget_bits(void)
{
	HASH_SEQ_STATUS sequence;
	SydraSegmentLock *lock;

	hash_seq_init(&sequence, segment_locks);
	while ((lock = hash_seq_search(&sequence)) != NULL)
		lock->dead = NULL;
	MemoryContextReset(bits_context);
	bits_size = 0;
	bits_forgotten = true;
}

static void
read_bits(SydraSegmentLock *lock)
{
	MemoryContext caller;

	if (bits_size >= BITS_MAX)
		forget_bits();
	caller = MemoryContextSwitchTo(bits_context);
	lock->dead = sydra_tombstone_read(&lock->segment, SnapshotSelf);
	MemoryContextSwitchTo(caller);
	lock->any_dead = lock->dead != NULL;
	if (lock->any_dead)
		bits_size += lock->segment.nrows / 8;
}

bool
sydra_segment_lock_is_dead(SydraSegmentLock *lock, int row)
{
	if (lock->mode == AccessShareLock)
		return sydra_tombstone_find(lock->segment.storage_id, lock->segment.segno, row,
									SnapshotSelf, NULL);
	if (lock->any_dead && lock->dead == NULL)
		read_bits(lock);
	return lock->any_dead && sydra_tombstone_test(lock->dead, row);
}

void
sydra_segment_lock_note_dead(SydraSegmentLock *lock, int row)
{
	if (lock->dead == NULL && lock->any_dead)
		return;
	if (lock->dead == NULL)
	{
		lock->dead = MemoryContextAllocZero(bits_context,
											sizeof(uint64) * (lock->segment.nrows / 64 + 1));
		lock->any_dead = true;
		bits_size += lock->segment.nrows / 8;
	}
	lock->dead[row / 64] |= UINT64CONST(1) << (row % 64);
}
