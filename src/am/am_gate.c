/*
 * am_gate.c
 *	  Keeps modifiers and the seal out of each other's way.
 *
 * UPDATE, DELETE, MERGE and row locks share the gate of each table from the start of the statement
 * to the end of the transaction; a seal takes it alone while it deletes rows of the head.  Without
 * the gate such a statement could fail with 40001; nothing is lost either way.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/executor.h"
#include "nodes/plannodes.h"
#include "parser/parsetree.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "am/am_callback.h"
#include "am/am_gate.h"
#include "store/bulk.h"
#include "store/store.h"
#include "store/tombstone.h"

static ExecutorStart_hook_type previous_hook;

/*
 * Whether the gate was closed, and the statement's snapshot may be older than the seal behind it.
 */
static bool
enter_gate(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	bool		ours;

	if (!RelationIsValid(rel))
		return false;
	ours = sydra_am_is_ours(rel);
	RelationClose(rel);
	if (!ours || sydra_store_lock(relid, SYDRA_LOCK_GATE, 0, ShareLock, true))
		return false;
	sydra_store_lock(relid, SYDRA_LOCK_GATE, 0, ShareLock, false);
	return true;
}

static bool
enter_gates_of_plan(PlannedStmt *statement, Plan *plan)
{
	bool		waited = false;

	if (plan && IsA(plan, ModifyTable) && ((ModifyTable *) plan)->operation != CMD_INSERT)
	{
		ListCell   *cell;

		foreach(cell, ((ModifyTable *) plan)->resultRelations)
			waited |= enter_gate(rt_fetch(lfirst_int(cell), statement->rtable)->relid);
	}
	return waited;
}

/* A ModifyTable is the top of a plan or of a WITH query's. */
static bool
enter_gates(PlannedStmt *statement)
{
	bool		waited = enter_gates_of_plan(statement, statement->planTree);
	ListCell   *cell;

	foreach(cell, statement->subplans)
		waited |= enter_gates_of_plan(statement, lfirst(cell));
	foreach(cell, statement->rowMarks)
	{
		PlanRowMark *mark = lfirst(cell);
		RangeTblEntry *entry = rt_fetch(mark->rti, statement->rtable);

		if (!mark->isParent && RowMarkRequiresRowShareLock(mark->markType) &&
			entry->rtekind == RTE_RELATION)
			waited |= enter_gate(entry->relid);
	}
	return waited;
}

/* Rows of a COPY that is still running: parallel workers could not write them any more. */
static void
flush_bulk_inserts(PlannedStmt *statement)
{
	ListCell   *cell;

	if (!sydra_bulk_pending())
		return;
	foreach(cell, statement->rtable)
	{
		RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_RELATION)
			sydra_bulk_flush(entry->relid);
	}
}

/*
 * In READ COMMITTED a statement that has waited starts on what the seal has left, as if it had
 * come later.
 *
 * A query may have parallel workers, which see of this transaction's tombstones those in the
 * catalog.
 */
static void
start_executor(QueryDesc *query, int flags)
{
	sydra_tombstone_flush();
	if ((flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
		flush_bulk_inserts(query->plannedstmt);
	if ((flags & EXEC_FLAG_EXPLAIN_ONLY) == 0 && !RecoveryInProgress() &&
		enter_gates(query->plannedstmt) && !IsolationUsesXactSnapshot() &&
		query->crosscheck_snapshot == InvalidSnapshot)
	{
		UnregisterSnapshot(query->snapshot);
		query->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	}
	if (previous_hook)
		previous_hook(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

void
sydra_am_gate_init(void)
{
	previous_hook = ExecutorStart_hook;
	ExecutorStart_hook = start_executor;
}
