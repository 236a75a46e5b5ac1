/*
 * catalog_row.c
 *	  Writes rows of the extension's catalogs.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xloginsert.h"
#include "catalog/index.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "base/sql_function.h"

SYDRA_FUNCTION(sydra_refuse_row);

Relation
sydra_catalog_open(const char *name, LOCKMODE mode, const char *const *columns,
				   AttrNumber *attnums, int count)
{
	Relation	rel = table_open(sydra_object_catalog(name), mode);
	TupleDesc	tupdesc = RelationGetDescr(rel);

	for (int i = 0; i < count; i++)
	{
		attnums[i] = InvalidAttrNumber;
		for (int column = 0; column < tupdesc->natts; column++)
		{
			Form_pg_attribute attribute = TupleDescAttr(tupdesc, column);

			if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), columns[i]) == 0)
				attnums[i] = attribute->attnum;
		}
		if (attnums[i] == InvalidAttrNumber)
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("column \"%s\" of sydra_catalog.%s does not exist", columns[i], name));
	}
	return rel;
}

ItemPointerData
sydra_catalog_insert(Relation rel, const AttrNumber *attnums, const Datum *values,
					 const bool *nulls, int count, int options)
{
	return sydra_catalog_insert_as(rel, attnums, values, nulls, count, GetCurrentCommandId(true),
								   options);
}

ItemPointerData
sydra_catalog_insert_as(Relation rel, const AttrNumber *attnums, const Datum *values,
						const bool *nulls, int count, CommandId cid, int options)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	Datum	   *row = palloc0(sizeof(Datum) * tupdesc->natts);
	bool	   *row_nulls = palloc(sizeof(bool) * tupdesc->natts);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(tupdesc, &TTSOpsHeapTuple);
	HeapTuple	tuple;
	ItemPointerData tid;
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;

	memset(row_nulls, true, sizeof(bool) * tupdesc->natts);
	for (int i = 0; i < count; i++)
	{
		row[attnums[i] - 1] = values[i];
		row_nulls[attnums[i] - 1] = nulls != NULL && nulls[i];
	}
	tuple = heap_form_tuple(tupdesc, row, row_nulls);
	heap_insert(rel, tuple, cid, options, NULL);
	ExecStoreHeapTuple(tuple, slot, false);

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);
		IndexInfo  *info = BuildIndexInfo(index);
		Datum		keys[INDEX_MAX_KEYS];
		bool		keys_null[INDEX_MAX_KEYS];

		FormIndexDatum(info, slot, NULL, keys, keys_null);
		index_insert(index, keys, keys_null, &tuple->t_self, rel,
					 index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
					 false, info);
		pfree(info);
		index_close(index, RowExclusiveLock);
	}
	tid = tuple->t_self;
	ExecDropSingleTupleTableSlot(slot);
	list_free(indexes);
	heap_freetuple(tuple);
	pfree(row_nulls);
	pfree(row);
	return tid;
}

/* The page is logged as a whole, once for all its rows. */
void
sydra_catalog_freeze(Relation rel, const ItemPointerData *tids, int count)
{
	for (int i = 0; i < count;)
	{
		BlockNumber block = ItemPointerGetBlockNumber(&tids[i]);
		Buffer		buffer = ReadBuffer(rel, block);
		Page		page;

		CHECK_FOR_INTERRUPTS();
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		page = BufferGetPage(buffer);
		START_CRIT_SECTION();
		for (; i < count && ItemPointerGetBlockNumber(&tids[i]) == block; i++)
		{
			ItemId		item = PageGetItemId(page, ItemPointerGetOffsetNumber(&tids[i]));

			((HeapTupleHeader) PageGetItem(page, item))->t_infomask |= HEAP_XMIN_FROZEN;
		}
		MarkBufferDirty(buffer);
		if (RelationNeedsWAL(rel))
			log_newpage_buffer(buffer, true);
		END_CRIT_SECTION();
		UnlockReleaseBuffer(buffer);
	}
}

void
sydra_catalog_delete(Relation rel, const ItemPointerData *tid)
{
	ItemPointerData target = *tid;
	TM_FailureData failure;

	if (heap_delete(rel, &target, GetCurrentCommandId(true), InvalidSnapshot, false, &failure,
					false) != TM_Ok)
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("row (%u,%u) of relation \"%s\" has been changed by another transaction",
					   ItemPointerGetBlockNumber(tid), ItemPointerGetOffsetNumber(tid),
					   RelationGetRelationName(rel)));
}

void
sydra_catalog_replace(Relation rel, HeapTuple old, const Datum *values, const bool *nulls)
{
	int			count = RelationGetNumberOfAttributes(rel);
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * count);

	for (int i = 0; i < count; i++)
		attnums[i] = i + 1;
	if (HeapTupleIsValid(old))
		sydra_catalog_delete(rel, &old->t_self);
	sydra_catalog_insert(rel, attnums, values, nulls, count, HEAP_INSERT_NO_LOGICAL);
	pfree(attnums);
}

/*
 * Fires where rows come by logical replication, whether a publisher's changes or its first copy: they
 * are about files of the publisher.  Rows written from here fire no trigger.
 */
Datum
sydra_refuse_row(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("sydra_catalog.refuse_row() was not called as a trigger"));
	return PointerGetDatum(NULL);
}
