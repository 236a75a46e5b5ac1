/*
 * api_insert.c
 *	  Any number of rows by one statement.
 *
 * Few rows are an INSERT ... SELECT from arrays.  Many go the way of COPY, and so into segments
 * where a COPY's rows would.  Either way constraints, triggers, defaults, generated columns and
 * partitions hold as for the calling user's own statement.  Where COPY would do something else than
 * INSERT, or refuse, it is INSERT however many the rows are.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_relation.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "api/api_insert.h"
#include "api/api_metric.h"
#include "base/setting.h"

/* Rows as the binary format of COPY, made as COPY asks for them. */
typedef struct CopySource
{
	const SydraInsertColumn *columns;
	int			column_count;
	int			row_count;
	int			next_row;
	FmgrInfo   *send;			/* of each column's type */
	StringInfoData made;
	int			taken;			/* of made */
	MemoryContext context;		/* of a row's values while they are sent */
} CopySource;

/* COPY's callback has no argument.  A trigger may get here again. */
static CopySource *current_source = NULL;

static bool suits_copy(Relation rel, const SydraInsertColumn *columns, int column_count);
static int64 copy_rows(Relation rel, const SydraInsertColumn *columns, int column_count,
					   int row_count);
static int64 insert_rows(Oid relid, const SydraInsertColumn *columns, int column_count,
						 int row_count);

int64
sydra_insert_rows(Oid relid, const SydraInsertColumn *columns, int column_count, int row_count)
{
	Relation	rel;
	int64		inserted;

	if (!sydra_setting_direct_ingest || row_count < sydra_setting_direct_min_rows)
		return insert_rows(relid, columns, column_count, row_count);
	rel = table_open(relid, RowExclusiveLock);
	inserted = suits_copy(rel, columns, column_count) ?
		copy_rows(rel, columns, column_count, row_count) :
		insert_rows(relid, columns, column_count, row_count);
	table_close(rel, NoLock);
	return inserted;
}

/* INSERT ---------------------------------------------------------------------------------------*/

static Datum
make_array(const SydraInsertColumn *column, int row_count)
{
	int			dimensions[] = {row_count};
	int			bounds[] = {1};
	int16		length;
	bool		by_value;
	char		alignment;

	get_typlenbyvalalign(column->type, &length, &by_value, &alignment);
	return PointerGetDatum(construct_md_array(column->values, column->nulls, 1, dimensions, bounds,
											  column->type, length, by_value, alignment));
}

static int64
insert_rows(Oid relid, const SydraInsertColumn *columns, int column_count, int row_count)
{
	char	   *table = sydra_metric_quote(relid);
	Oid		   *types = palloc(column_count * sizeof(Oid));
	Datum	   *arrays = palloc(column_count * sizeof(Datum));
	StringInfoData names;
	StringInfoData sources;
	int			code;

	initStringInfo(&names);
	initStringInfo(&sources);
	for (int i = 0; i < column_count; i++)
	{
		types[i] = get_array_type(columns[i].type);
		arrays[i] = make_array(&columns[i], row_count);
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", quote_identifier(columns[i].name));
		appendStringInfo(&sources, "%spg_catalog.unnest($%d)", i > 0 ? ", " : "", i + 1);
	}
	code = SPI_execute_with_args(psprintf("INSERT INTO %s (%s) SELECT * FROM ROWS FROM (%s)",
										  table, names.data, sources.data),
								 column_count, types, arrays, NULL, false, 0);
	if (code != SPI_OK_INSERT)
		elog(ERROR, "could not insert into %s: %s", table, SPI_result_code_string(code));
	return SPI_processed;
}

/* COPY -----------------------------------------------------------------------------------------*/

static bool
may_insert(Oid relid, AttrNumber attnum)
{
	return pg_class_aclcheck(relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

static bool
has_binary_form(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool		both;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	both = OidIsValid(form->typsend) && OidIsValid(form->typreceive);
	ReleaseSysCache(tuple);
	return both;
}

/* COPY overrides what GENERATED ALWAYS forbids, casts nothing, and reads by receive functions. */
static bool
suits_column(Relation rel, const SydraInsertColumn *column)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), column->name);
	Form_pg_attribute attribute;

	if (attnum <= 0)
		return false;
	attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	if (attribute->attgenerated != '\0' || attribute->attidentity != '\0' ||
		getBaseType(attribute->atttypid) != column->type ||
		!may_insert(RelationGetRelid(rel), attnum))
		return false;
	return has_binary_form(column->type);
}

/*
 * COPY does not know row security and rules, and receive functions take texts for the client's
 * encoding.
 */
static bool
suits_copy(Relation rel, const SydraInsertColumn *columns, int column_count)
{
	if ((rel->rd_rel->relkind != RELKIND_RELATION &&
		 rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE) ||
		XactReadOnly || rel->rd_rules != NULL ||
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) != RLS_NONE ||
		pg_get_client_encoding() != GetDatabaseEncoding())
		return false;
	for (int i = 0; i < column_count; i++)
		if (!suits_column(rel, &columns[i]))
			return false;
	return true;
}

static void
put_bytes(CopySource *source, const void *bytes, int length)
{
	uint32		sent_length = pg_hton32((uint32) length);

	appendBinaryStringInfo(&source->made, (char *) &sent_length, sizeof(sent_length));
	appendBinaryStringInfo(&source->made, bytes, Max(length, 0));
}

static void
put_value(CopySource *source, const SydraInsertColumn *column, FmgrInfo *send, int row)
{
	if (column->nulls[row])
		put_bytes(source, "", -1);
	else if (column->type == FLOAT8OID || column->type == INT8OID ||
			 column->type == TIMESTAMPTZOID)
	{
		uint64		bits = pg_hton64((uint64) DatumGetInt64(column->values[row]));

		put_bytes(source, &bits, sizeof(bits));
	}
	else
	{
		bytea	   *sent = SendFunctionCall(send, column->values[row]);

		put_bytes(source, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
	}
}

static void
put_row(CopySource *source)
{
	MemoryContext caller = MemoryContextSwitchTo(source->context);
	uint16		count = pg_hton16((uint16) source->column_count);

	MemoryContextReset(source->context);
	appendBinaryStringInfo(&source->made, (char *) &count, sizeof(count));
	for (int i = 0; i < source->column_count; i++)
		put_value(source, &source->columns[i], &source->send[i], source->next_row);
	source->next_row++;
	MemoryContextSwitchTo(caller);
}

/* COPY's callback: gives maxread bytes at most, 0 at the end. */
static int
give_bytes(void *out, int minread, int maxread)
{
	CopySource *source = current_source;
	int			count;

	if (source->taken == source->made.len)
	{
		source->taken = 0;
		resetStringInfo(&source->made);
		while (source->next_row < source->row_count && source->made.len < maxread)
			put_row(source);
	}
	count = Min(maxread, source->made.len - source->taken);
	memcpy(out, source->made.data + source->taken, count);
	source->taken += count;
	return count;
}

static void
begin_source(CopySource *source)
{
	/* Signature, flags, length of the header's extension. */
	static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

	source->context = AllocSetContextCreate(CurrentMemoryContext, "sydra insert row",
											ALLOCSET_DEFAULT_SIZES);
	source->send = palloc(sizeof(FmgrInfo) * source->column_count);
	for (int i = 0; i < source->column_count; i++)
	{
		Oid			send;
		bool		varlena;

		getTypeBinaryOutputInfo(source->columns[i].type, &send, &varlena);
		fmgr_info(send, &source->send[i]);
	}
	initStringInfo(&source->made);
	appendBinaryStringInfo(&source->made, header, sizeof(header) - 1);
}

static int64
copy_rows(Relation rel, const SydraInsertColumn *columns, int column_count, int row_count)
{
	CopySource	source = {.columns = columns, .column_count = column_count, .row_count = row_count};
	CopySource *outer = current_source;
	ParseState *parse = make_parsestate(NULL);
	List	   *names = NIL;
	List	   *options = list_make1(makeDefElem("format", (Node *) makeString("binary"), -1));
	volatile int64 inserted = 0;

	begin_source(&source);
	for (int i = 0; i < column_count; i++)
		names = lappend(names, makeString(pstrdup(columns[i].name)));
	addRangeTableEntryForRelation(parse, rel, RowExclusiveLock, NULL, false, false);
	PG_TRY();
	{
		CopyFromState copy;

		current_source = &source;
		copy = BeginCopyFrom(parse, rel, NULL, NULL, false, give_bytes, names, options);
		inserted = (int64) CopyFrom(copy);
		EndCopyFrom(copy);
	}
	PG_FINALLY();
	{
		current_source = outer;
	}
	PG_END_TRY();
	free_parsestate(parse);
	CommandCounterIncrement();
	return inserted;
}
