/*
 * inspect.c
 *	  What the views sydra.segments, series, columns and status are made of.
 *
 * A table shows to who may read a column of it, and what is told of its values, its series among
 * them, to who may read all of it.
 * A table that is dropped while a view is read counts as gone.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xlog.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "base/sql_function.h"
#include "series/dictionary.h"
#include "store/missing.h"
#include "store/store.h"

SYDRA_FUNCTION(sydra_storage_of);
SYDRA_FUNCTION(sydra_time_of);
SYDRA_FUNCTION(sydra_series_of);
SYDRA_FUNCTION(sydra_columns_of);

/* Opens a sydra table of which the caller may read a column; NULL when it is not that. */
static Relation
open_readable(Oid relid)
{
	Relation	rel;

	if (!sydra_table_may_read(relid))
		return NULL;
	rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL || sydra_table_is_sydra(rel))
		return rel;
	relation_close(rel, AccessShareLock);
	return NULL;
}

/* The files of some tables are not here: unlogged ones on a standby, other sessions' temporary ones. */
static bool
find_store(Relation rel, SydraStore *store)
{
	if (RELATION_IS_OTHER_TEMP(rel) || (RecoveryInProgress() && !RelationIsPermanent(rel)))
		return false;
	return sydra_store_find(rel, store);
}

Datum
sydra_storage_of(PG_FUNCTION_ARGS)
{
	Relation	rel = open_readable(PG_GETARG_OID(0));
	SydraStore	store;
	bool		found;

	if (rel == NULL)
		PG_RETURN_NULL();
	found = find_store(rel, &store);
	relation_close(rel, AccessShareLock);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_INT64(store.storage_id);
}

Datum
sydra_time_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(PG_GETARG_INT64(0));
}

Datum
sydra_series_of(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = open_readable(relid);
	SydraStore	store;

	InitMaterializedSRF(fcinfo, 0);
	if (rel == NULL)
		return (Datum) 0;
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED &&
		find_store(rel, &store))
	{
		const SydraTable *table = sydra_missing_restore(sydra_table_describe(rel), &store);
		SydraDictionary *dictionary = sydra_dictionary_open(table, store.storage_id);
		TimestampTz *first_seen = sydra_dictionary_first_seen(dictionary);
		uint32		max = sydra_dictionary_max(dictionary);

		sydra_dictionary_load(dictionary);
		for (uint32 series = 1; series <= max; series++)
		{
			Datum		values[3];
			bool		nulls[3] = {false, false, false};

			CHECK_FOR_INTERRUPTS();
			if (!sydra_dictionary_has(dictionary, series))
				continue;
			values[0] = Int32GetDatum((int32) series);
			values[1] = JsonbPGetDatum(sydra_dictionary_json(dictionary, series));
			values[2] = TimestampTzGetDatum(first_seen[series]);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}

static const char *
role_name(SydraRole role)
{
	switch (role)
	{
		case SYDRA_ROLE_TIME:
			return "time";
		case SYDRA_ROLE_TAG:
			return "tag";
		case SYDRA_ROLE_TAGS:
			return "tags";
		case SYDRA_ROLE_FIELD:
			return "field";
	}
	elog(ERROR, "unknown role %d", (int) role);
}

Datum
sydra_columns_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = open_readable(PG_GETARG_OID(0));
	SydraTable *table;

	InitMaterializedSRF(fcinfo, 0);
	if (rel == NULL)
		return (Datum) 0;
	table = sydra_table_describe(rel);
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		values[0] = Int16GetDatum(column->attnum);
		values[1] = NameGetDatum(&column->name);
		values[2] = ObjectIdGetDatum(column->typid);
		values[3] = CStringGetTextDatum(role_name(column->role));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}
