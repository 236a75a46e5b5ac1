/*
 * plain_row.c
 *	  The order of series and of writing, for queries of plain SQL.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type_d.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/sql_function.h"
#include "series/dictionary.h"
#include "series/series_id.h"
#include "store/cursor.h"
#include "store/segment_reader.h"

SYDRA_FUNCTION(sydra_plain_series_key);
SYDRA_FUNCTION(sydra_plain_series_id);
SYDRA_FUNCTION(sydra_plain_written);

/* series_key(tags jsonb) RETURNS bytea */
Datum
sydra_plain_series_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(sydra_dictionary_key(PG_GETARG_JSONB_P(0)));
}

/* series_id(metric regclass, tags jsonb) RETURNS int8: null when there is no such table */
Datum
sydra_plain_series_id(PG_FUNCTION_ARGS)
{
	int64		id;

	if (!sydra_series_id(PG_GETARG_OID(0), sydra_dictionary_key(PG_GETARG_JSONB_P(1)), &id))
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

/* The transactions that wrote the rows of one vector. */
typedef struct Vector
{
	Oid			relid;
	int32		tidseg;
	int			first_row;
	int			count;
	int64		xids[SYDRA_BATCH_ROWS];
} Vector;

pg_noreturn static void raise_no_row(Oid relid);
static void check_may_read(Oid relid);

static void
raise_no_row(Oid relid)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("relation %u has no such row of a segment", relid));
}

/* Of rows that the caller may not read nothing is told, and their table is not locked. */
static void
check_may_read(Oid relid)
{
	char	   *name;

	if (sydra_table_may_read(relid))
		return;
	name = get_rel_name(relid);
	if (name == NULL)
		raise_no_row(relid);
	aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(relid)), name);
}

static void
read_vector(Vector *vector, Oid relid, int32 tidseg, int row)
{
	Relation	rel;
	SydraStore	store;
	SydraSegment segment;
	SydraSegmentReader *reader;
	SydraVectorInfo info;
	SydraVector xids;
	int			number;

	vector->count = 0;
	check_may_read(relid);
	rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL || !sydra_table_is_sydra(rel) || !sydra_store_find(rel, &store) ||
		!sydra_directory_find(store.storage_id, tidseg, GetActiveSnapshot(), &segment))
		raise_no_row(relid);
	reader = sydra_segment_open(rel, &store, sydra_table_describe(rel), &segment);
	if (row < 0 || row >= sydra_segment_row_count(reader))
		raise_no_row(relid);
	number = sydra_segment_vector_of(reader, row);
	sydra_segment_vector_info(reader, number, &info);
	if (!sydra_segment_read(reader, SYDRA_CURSOR_WRITE_XID, number, &xids))
		elog(ERROR, "a segment of relation \"%s\" has no xids", RelationGetRelationName(rel));
	vector->relid = relid;
	vector->tidseg = tidseg;
	vector->first_row = info.first_row;
	vector->count = info.count;
	for (int i = 0; i < info.count; i++)
		vector->xids[i] = sydra_vector_int64(&xids, i);
	sydra_segment_close(reader);
	relation_close(rel, AccessShareLock);
}

static int64
read_sealed_xid(FunctionCallInfo fcinfo, Oid relid, int32 tidseg, int row)
{
	Vector	   *vector = fcinfo->flinfo->fn_extra;

	if (vector == NULL)
		fcinfo->flinfo->fn_extra = vector = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
																   sizeof(Vector));
	if (vector->count == 0 || vector->relid != relid || vector->tidseg != tidseg ||
		row < vector->first_row || row >= vector->first_row + vector->count)
		read_vector(vector, relid, tidseg, row);
	return vector->xids[row - vector->first_row];
}

/*
 * written(tableoid oid, ctid tid, xmin xid) RETURNS int8[]: the transaction, then the place among
 * the rows that it wrote, those of segments first.
 */
Datum
sydra_plain_written(PG_FUNCTION_ARGS)
{
	ItemPointer tid = (ItemPointer) PG_GETARG_POINTER(1);
	Datum		order[3];
	int32		tidseg;
	int			row;

	if (sydra_tid_is_segment(tid))
	{
		sydra_tid_decode(tid, &tidseg, &row);
		order[0] = Int64GetDatum(read_sealed_xid(fcinfo, PG_GETARG_OID(0), tidseg, row));
		order[1] = Int64GetDatum(tidseg);
		order[2] = Int64GetDatum(row);
	}
	else
	{
		order[0] = Int64GetDatum(U64FromFullTransactionId(
								 sydra_store_widen_xid(PG_GETARG_TRANSACTIONID(2))));
		order[1] = Int64GetDatum(PG_INT64_MAX);
		order[2] = Int64GetDatum(((int64) ItemPointerGetBlockNumberNoCheck(tid) << 16) |
								 ItemPointerGetOffsetNumberNoCheck(tid));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(order, lengthof(order), INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
