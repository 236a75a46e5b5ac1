/*
 * What merging has done to each store, and who asks for it: sydra_catalog.merge_status and
 * merge_request.  A database whose extension is still of version 1.0 has neither, and merges nothing.
 */
#ifndef SYDRA_MERGE_STATUS_H
#define SYDRA_MERGE_STATUS_H

#include "nodes/pg_list.h"
#include "utils/snapshot.h"

/* What a step has done, to be added to what was done before. */
typedef struct SydraMergeWork
{
	int64		rows;			/* written anew */
	int64		segments;		/* written */
	int64		bytes;			/* of these */
	int64		first_bytes;	/* of the segments replaced that no merge had written */
} SydraMergeWork;

/* Whether this database can merge. */
extern bool sydra_merge_status_exists(void);

extern void sydra_merge_status_add(int64 storage_id, const SydraMergeWork *work);

/*
 * This transaction, which is about to commit, has left tombstones or small segments of a table that
 * are worth a merge.
 */
extern void sydra_merge_status_request(Oid relid);

/*
 * The tables that requests, visible to the snapshot, are for; requests for dropped tables are taken
 * out.
 */
extern List *sydra_merge_status_requested(Snapshot snapshot);

/*
 * Takes a table's requests out that the snapshot sees: nothing is left to do for them.  How long the
 * oldest has waited is entered for its store, unless that is 0: there is none.
 */
extern void sydra_merge_status_settle(Oid relid, int64 storage_id, Snapshot snapshot);

#endif
