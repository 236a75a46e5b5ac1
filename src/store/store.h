/*
 * A table's segment store: the marker in its TOAST relation, and the locks on it.
 */
#ifndef SYDRA_STORE_H
#define SYDRA_STORE_H

#include "storage/itemptr.h"
#include "access/transam.h"
#include "utils/relcache.h"

#include "base/lock_kind.h"

typedef struct SydraStore
{
	int64		storage_id;
	Oid			toast_relid;
	Oid			toast_index;
} SydraStore;

/*
 * Whether the table has a store, and which.  Positive answers are cached in rd_amcache; a negative
 * one never is, and is right only when the caller's snapshot was taken before the call.  A table
 * without a store has no segments: the catalogs are not touched.
 */
extern bool sydra_store_find(Relation rel, SydraStore *store);

/*
 * Whether of rows of one series with the same time the last-written is the only row of the table:
 * its dedup is 'last' (table_config.h).
 */
extern bool sydra_store_keeps_last(Relation rel);

/* Finds the store or makes it, non-transactionally. */
extern void sydra_store_ensure(Relation rel, SydraStore *store);

/* Forgets what is cached for a relation whose files were cut in this transaction. */
extern void sydra_store_forget(Relation rel);

/* False when conditional and not to be had.  Held until the transaction ends. */
extern bool sydra_store_lock(Oid relid, SydraLockKind kind, uint32 objid, LOCKMODE mode,
							 bool conditional);

/* Whether somebody waits for a lock that this transaction has, in a mode that readers do not take. */
extern bool sydra_store_has_waiters(Oid relid, SydraLockKind kind, uint32 objid, LOCKMODE mode);

/* Says that rows stay in the head because no addresses are left for segments. */
extern void sydra_store_warn_full(Relation rel);

/* Half of the block numbers are the segments': 16 TB of head are the most. */
extern void sydra_store_check_address(Relation rel, const ItemPointerData *tid);

/*
 * 64 bits of a committed xmin.  The xid of a frozen row is still there; it is less than 2^31
 * transactions old, or was never more than a mark.
 */
extern FullTransactionId sydra_store_widen_xid(TransactionId xid);

/* The table behind a relid as errors name it: "schema.table". */
extern char *sydra_store_table_name(Oid relid);

#endif
