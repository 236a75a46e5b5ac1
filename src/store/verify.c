/*
 * verify.c
 *	  sydra.verify(): proves what is stored for a table.
 *
 * Directory against chunks, checksums, structure, every value decoded, statistics, order; row
 * addresses used once; series; tombstones of rows that exist; no chunks without a directory row.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/sql_function.h"
#include "store/chunk.h"
#include "store/segment_reader.h"
#include "store/tombstone.h"

SYDRA_FUNCTION(sydra_verify);

static void
put_faults(ReturnSetInfo *result, const int64 *segno, List *faults)
{
	ListCell   *cell;

	foreach(cell, faults)
	{
		Datum		values[2];
		bool		nulls[2] = {segno == NULL, false};

		values[0] = segno == NULL ? (Datum) 0 : Int64GetDatum(*segno);
		values[1] = CStringGetTextDatum(lfirst(cell));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static int
compare_tidsegs(const void *a, const void *b)
{
	int32		left = ((const SydraSegment *) a)->tidseg;
	int32		right = ((const SydraSegment *) b)->tidseg;

	return (left > right) - (left < right);
}

static void
verify_addresses(const SydraSegment *segments, int count, List **faults)
{
	SydraSegment *sorted = palloc(sizeof(SydraSegment) * Max(count, 1));

	memcpy(sorted, segments, sizeof(SydraSegment) * count);
	qsort(sorted, count, sizeof(SydraSegment), compare_tidsegs);
	for (int i = 1; i < count; i++)
		if (sorted[i].tidseg == sorted[i - 1].tidseg)
			*faults = lappend(*faults, psprintf("segments " INT64_FORMAT " and " INT64_FORMAT
												" share their row addresses",
												sorted[i - 1].segno, sorted[i].segno));
	pfree(sorted);
}

static void
verify_store(Relation rel, const SydraStore *store, ReturnSetInfo *result)
{
	SydraTable *table = sydra_table_describe(rel);
	SydraDictionary *dictionary = NULL;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra verify",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	List	   *faults = NIL;
	SydraSegment *segments;
	int			count;

	/* One damaged series would end the reading of all. */
	sydra_dictionary_verify(store->storage_id, &faults);
	if (faults == NIL)
		dictionary = sydra_dictionary_open(table, store->storage_id);
	segments = sydra_directory_read(store->storage_id, PG_INT64_MIN, PG_INT64_MAX,
									GetActiveSnapshot(), &count);
	for (int i = 0; i < count; i++)
	{
		List	   *segment_faults = NIL;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(context);
		MemoryContextSwitchTo(context);
		sydra_segment_verify(rel, store, table, dictionary, &segments[i], &segment_faults);
		put_faults(result, &segments[i].segno, segment_faults);
		MemoryContextSwitchTo(caller);
	}
	verify_addresses(segments, count, &faults);
	sydra_tombstone_verify(store->storage_id, segments, count, GetActiveSnapshot(), &faults);
	sydra_chunk_find_orphans(store, segments, count, GetActiveSnapshot(), &faults);
	put_faults(result, NULL, faults);
}

Datum
sydra_verify(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel = relation_open(relid, AccessShareLock);
	SydraStore	store;

	if (!sydra_table_is_sydra(rel))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("\"%s\" is not a sydra table", RelationGetRelationName(rel)),
				errhint("Only tables made with USING sydra have segments."));
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, RelationGetRelationName(rel));
	InitMaterializedSRF(fcinfo, 0);
	if (sydra_store_find(rel, &store))
		verify_store(rel, &store, (ReturnSetInfo *) fcinfo->resultinfo);
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}
