/*
 * am_seal.c
 *	  CALL sydra.seal() and sydra.merge(): by hand, everything that is there.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/rel.h"

#include "am/am_callback.h"
#include "base/compat.h"
#include "base/sql_function.h"
#include "store/merge.h"
#include "store/seal.h"
#include "store/store.h"
#include "store/upkeep.h"

SYDRA_FUNCTION(sydra_seal);
SYDRA_FUNCTION(sydra_merge);

/* The table itself, or all below it when it is partitioned. */
static List *
list_tables(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	List	   *tables;

	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		tables = find_all_inheritors(relid, AccessShareLock, NULL);
	else
	{
		if (!sydra_am_is_ours(rel))
			ereport(ERROR,
					errcode(ERRCODE_WRONG_OBJECT_TYPE),
					errmsg("\"%s\" is not a sydra table", RelationGetRelationName(rel)),
					errhint("Only tables made with USING sydra have segments."));
		tables = list_make1_oid(relid);
	}
	table_close(rel, NoLock);
	return tables;
}

/*
 * Transaction after transaction until nothing is left; partitions that are not ours are passed
 * over.
 */
static void
seal_table(Oid relid)
{
	SydraSealOptions options = {.by_hand = true, .time_before = PG_INT64_MAX};
	SydraSealResult result;

	do
	{
		char	   *name;

		CHECK_FOR_INTERRUPTS();
		sydra_seal_table(relid, &options, &result);
		options.start_block = result.outcome == SYDRA_SEAL_MORE ? result.next_block :
			options.start_block;
		name = sydra_store_table_name(relid);
		SPI_commit();
		if (result.outcome == SYDRA_SEAL_REFUSED)
			ereport(ERROR,
					errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("table %s cannot be sealed: %s", name, result.reason));
	} while (result.outcome == SYDRA_SEAL_MORE || result.outcome == SYDRA_SEAL_YIELDED);
}

static void
merge_table(Oid relid)
{
	SydraMergeResult result = {0};

	do
	{
		char	   *name;

		CHECK_FOR_INTERRUPTS();
		sydra_merge_table(relid, true, &result);
		name = sydra_store_table_name(relid);
		SPI_commit();
		if (result.outcome == SYDRA_MERGE_REFUSED)
			ereport(ERROR,
					errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("table %s cannot be merged: %s", name, result.reason));
		if (result.outcome == SYDRA_MERGE_YIELDED)
			sydra_upkeep_pause();
	} while (result.outcome == SYDRA_MERGE_MORE || result.outcome == SYDRA_MERGE_YIELDED);
}

/* Works on each table in transactions of its own. */
static void
run_procedure(FunctionCallInfo fcinfo, const char *name, void (*work) (Oid relid))
{
	char	   *command = psprintf("CALL sydra.%s()", name);
	List	   *tables;
	ListCell   *cell;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("the table to %s is null", name));
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				errmsg("%s cannot run inside a transaction block", command));
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("%s needs the isolation level READ COMMITTED", command));
	PreventCommandDuringRecovery(command);
	PreventCommandIfReadOnly(command);

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	tables = list_tables(PG_GETARG_OID(0));
	SPI_commit();
	foreach(cell, tables)
		work(lfirst_oid(cell));
	SPI_finish();
}

Datum
sydra_seal(PG_FUNCTION_ARGS)
{
	run_procedure(fcinfo, "seal", seal_table);
	PG_RETURN_VOID();
}

Datum
sydra_merge(PG_FUNCTION_ARGS)
{
	run_procedure(fcinfo, "merge", merge_table);
	PG_RETURN_VOID();
}
