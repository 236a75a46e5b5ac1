/*
 * missing.c
 *	  Defaults of columns that were added after segments were written.
 *
 * ADD COLUMN with a default keeps the value in pg_attribute for the rows that are there.  VACUUM
 * FULL clears it, since it has written all rows anew; segments have gone along as they were.  So it
 * is kept beside the store, before.
 *
 * A column's missing value never changes and segments that lack a column are never written later,
 * so that any snapshot may use what was kept.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/catalog_row.h"
#include "base/object_id.h"
#include "store/missing.h"

typedef enum MissingColumn
{
	MISSING_STORAGE_ID,
	MISSING_ATTNUM,
	MISSING_VALUE,
	MISSING_COLUMNS
} MissingColumn;

static const char *const missing_columns[] = {"storage_id", "attnum", "value"};

static Datum
pack_value(Datum value, const SydraTableColumn *column)
{
	SydraBytes	bytes;

	if (column->typbyval)
	{
		bytes.data = (const char *) &value;
		bytes.length = sizeof(Datum);
	}
	else
		bytes = sydra_table_datum_bytes(value, column->typlen);
	return PointerGetDatum(cstring_to_text_with_len(bytes.data, bytes.length));
}

/* False when the bytes are no value of the column: it is not the one they were kept for. */
static bool
unpack_value(Datum packed, const SydraTableColumn *column, Datum *value)
{
	struct varlena *data = PG_DETOAST_DATUM_PACKED(packed);
	SydraBytes	bytes = {VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data)};

	if (column->typbyval)
	{
		if (bytes.length != sizeof(Datum))
			return false;
		memcpy(value, bytes.data, sizeof(Datum));
		return true;
	}
	if (column->typlen > 0 && bytes.length != column->typlen)
		return false;
	*value = sydra_table_bytes_to_datum(bytes, column->typlen);
	return true;
}

void
sydra_missing_keep(Relation rel, const SydraStore *store)
{
	const SydraTable *table = sydra_table_describe(rel);
	AttrNumber	attnums[MISSING_COLUMNS];
	Relation	catalog = sydra_catalog_open("missing_value", RowExclusiveLock, missing_columns,
											 attnums, MISSING_COLUMNS);

	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		Datum		values[MISSING_COLUMNS];

		if (column->missing_isnull)
			continue;
		values[MISSING_STORAGE_ID] = Int64GetDatum(store->storage_id);
		values[MISSING_ATTNUM] = Int16GetDatum(column->attnum);
		values[MISSING_VALUE] = pack_value(column->missing, column);
		sydra_catalog_insert(catalog, attnums, values, NULL, MISSING_COLUMNS,
							 HEAP_INSERT_NO_LOGICAL);
	}
	table_close(catalog, RowExclusiveLock);
}

const SydraTable *
sydra_missing_restore(const SydraTable *table, const SydraStore *store)
{
	AttrNumber	attnums[MISSING_COLUMNS];
	Relation	catalog = sydra_catalog_open("missing_value", AccessShareLock, missing_columns,
											 attnums, MISSING_COLUMNS);
	SydraTable *copy = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, attnums[MISSING_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(store->storage_id));
	scan = systable_beginscan(catalog, sydra_object_catalog("missing_value_pkey"), true,
							  SnapshotSelf, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TupleDesc	tupdesc = RelationGetDescr(catalog);
		bool		isnull;
		AttrNumber	attnum = DatumGetInt16(heap_getattr(tuple, attnums[MISSING_ATTNUM], tupdesc,
														&isnull));
		Datum		packed = heap_getattr(tuple, attnums[MISSING_VALUE], tupdesc, &isnull);
		const SydraTableColumn *column = sydra_table_column(table, attnum);
		SydraTableColumn *restored;

		if (column == NULL || !column->missing_isnull)
			continue;
		if (copy == NULL)
		{
			copy = palloc(sizeof(SydraTable));
			*copy = *table;
			copy->columns = palloc(sizeof(SydraTableColumn) * table->column_count);
			memcpy(copy->columns, table->columns,
				   sizeof(SydraTableColumn) * table->column_count);
		}
		restored = &copy->columns[column - table->columns];
		restored->missing_isnull = !unpack_value(packed, column, &restored->missing);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return copy ? copy : table;
}
