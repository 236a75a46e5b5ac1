/*
 * Background workers.
 */
#ifndef SYDRA_WORKER_H
#define SYDRA_WORKER_H

/* Registers the launcher when the library is being preloaded.  Called once, from _PG_init(). */
extern void sydra_worker_init(void);

/*
 * Does work on a table in a transaction of its own, as the table's owner.  False when the table is
 * gone; when somebody waits for the database, the worker leaves.
 */
extern bool sydra_worker_as_owner(Oid relid, const char *what, void (*work) (Oid relid, void *arg),
								  void *arg);

/*
 * A round over the tables begins, in a transaction.  In the first round a merge is due for every
 * table, then for those that a modifier asks it for.
 */
extern void sydra_worker_merge_begin_round(void);
extern void sydra_worker_merge_end_round(void);
extern bool sydra_worker_merge_is_due(Oid relid);
extern bool sydra_worker_merge_is_requested(void);

/*
 * Merges what there is, step after step.  Whether anything was done; *busy: some was left for later,
 * because somebody else had or wanted a lock.
 */
extern bool sydra_worker_merge_table(Oid relid, bool *busy);

#endif
