/*
 * table.c
 *	  Reads the roles of a table's columns off their types.
 *
 * A domain over one of ours counts like ours: what matters is that the chain of base types passes
 * through it.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class_d.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/object_id.h"
#include "base/sql_function.h"
#include "series/table.h"

SYDRA_FUNCTION(sydra_tags_are_valid);

static const char *const tag_domains[] = {
	"tag", "tag_int4", "tag_int8", "tag_bool", "tag_uuid"
};

typedef struct TagTypes
{
	Oid			tags;
	Oid			tag[lengthof(tag_domains)];
} TagTypes;

static void
find_tag_types(TagTypes *types)
{
	types->tags = sydra_object_type("tags");
	for (int i = 0; i < lengthof(tag_domains); i++)
		types->tag[i] = sydra_object_type(tag_domains[i]);
}

static SydraRole
find_role(Oid type, const TagTypes *types)
{
	HeapTuple	tuple;

	while (OidIsValid(type))
	{
		if (type == types->tags)
			return SYDRA_ROLE_TAGS;
		for (int i = 0; i < lengthof(types->tag); i++)
			if (type == types->tag[i])
				return SYDRA_ROLE_TAG;
		tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", type);
		type = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
		ReleaseSysCache(tuple);
	}
	return SYDRA_ROLE_FIELD;
}

/* Tables with a column of the type, or of a domain over it; a dependency tells of each. */
static List *
add_users(List *tables, Oid type)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	List	   *domains = NIL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *cell;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(TypeRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(type));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dependency = (Form_pg_depend) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (dependency->classid == RelationRelationId && dependency->objsubid > 0)
			tables = lappend_oid(tables, dependency->objid);
		else if (dependency->classid == TypeRelationId)
			domains = lappend_oid(domains, dependency->objid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	foreach(cell, domains)
		if (get_typtype(lfirst_oid(cell)) == TYPTYPE_DOMAIN)
			tables = add_users(tables, lfirst_oid(cell));
	return tables;
}

List *
sydra_table_declaring(void)
{
	TagTypes	types;
	List	   *tables;

	find_tag_types(&types);
	tables = OidIsValid(types.tags) ? add_users(NIL, types.tags) : NIL;
	for (int i = 0; i < lengthof(types.tag); i++)
		if (OidIsValid(types.tag[i]))
			tables = add_users(tables, types.tag[i]);
	list_sort(tables, list_oid_cmp);
	return tables;
}

static SydraKind
find_kind(const SydraTableColumn *column)
{
	switch (column->basetype)
	{
		case BOOLOID:
			return SYDRA_KIND_BOOL;
		case FLOAT4OID:
			return SYDRA_KIND_FLOAT4;
		case FLOAT8OID:
			return SYDRA_KIND_FLOAT;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return SYDRA_KIND_TEXT;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return SYDRA_KIND_TIME;
		default:
			return column->typbyval ? SYDRA_KIND_INT : SYDRA_KIND_DATUM;
	}
}

SydraTable *
sydra_table_describe(Relation rel)
{
	return sydra_table_describe_as(rel, RelationGetDescr(rel));
}

SydraTable *
sydra_table_describe_as(Relation rel, TupleDesc tupdesc)
{
	SydraTable *table = palloc0(sizeof(SydraTable));
	TagTypes	types;

	find_tag_types(&types);
	table->relid = RelationGetRelid(rel);
	table->columns = palloc0(sizeof(SydraTableColumn) * Max(tupdesc->natts, 1));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(tupdesc, i);
		SydraTableColumn *column = &table->columns[table->column_count];

		if (attribute->attisdropped)
			continue;
		table->column_count++;
		column->attnum = attribute->attnum;
		column->name = attribute->attname;
		column->typid = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		column->basetype = getBaseTypeAndTypmod(attribute->atttypid, &column->typmod);
		column->typlen = attribute->attlen;
		column->typbyval = attribute->attbyval;
		column->typalign = attribute->attalign;
		column->kind = find_kind(column);
		column->role = find_role(attribute->atttypid, &types);
		if (column->role == SYDRA_ROLE_TAGS)
			table->native = true;
		table->has_virtual |= attribute->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
		if (column->basetype == TIMESTAMPTZOID && attribute->attnotnull &&
			attribute->attgenerated != ATTRIBUTE_GENERATED_VIRTUAL && table->time_attnum == 0)
		{
			column->role = SYDRA_ROLE_TIME;
			table->time_attnum = column->attnum;
		}
		column->missing = getmissingattr(tupdesc, column->attnum, &column->missing_isnull);
		if (!column->missing_isnull)
			column->missing = datumCopy(column->missing, column->typbyval, column->typlen);
	}
	return table;
}

const SydraTableColumn *
sydra_table_column(const SydraTable *table, AttrNumber attnum)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].attnum == attnum)
			return &table->columns[i];
	return NULL;
}

const SydraTableColumn *
sydra_table_column_by_name(const SydraTable *table, const char *name)
{
	for (int i = 0; i < table->column_count; i++)
		if (strcmp(NameStr(table->columns[i].name), name) == 0)
			return &table->columns[i];
	return NULL;
}

static bool
is_text(Oid basetype)
{
	return basetype == TEXTOID || basetype == VARCHAROID || basetype == NAMEOID ||
		basetype == UUIDOID || type_is_enum(basetype);
}

bool
sydra_table_may_be_tag(const SydraTable *table, const SydraTableColumn *column)
{
	return column->role == SYDRA_ROLE_TAG ||
		(table->guesses_tags && column->role == SYDRA_ROLE_FIELD && is_text(column->basetype));
}

bool
sydra_table_is_tag_type(Oid basetype)
{
	return is_text(basetype) || basetype == INT2OID || basetype == INT4OID ||
		basetype == INT8OID || basetype == BOOLOID;
}

/* The attnum of the time takes the low bits, as many as the highest attnum has. */
#define SIGNATURE_TIME_BITS 11

StaticAssertDecl(MaxHeapAttributeNumber < 1 << SIGNATURE_TIME_BITS, "an attnum fits");

int32
sydra_table_signature(const SydraTable *table)
{
	uint32		signature = 0;

	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAG || table->columns[i].role == SYDRA_ROLE_TAGS)
			signature = hash_combine(signature, hash_bytes_uint32(table->columns[i].attnum));
	return (int32) (signature << SIGNATURE_TIME_BITS | (uint32) table->time_attnum);
}

AttrNumber
sydra_table_signature_time(int32 signature)
{
	return (AttrNumber) ((uint32) signature & ((1 << SIGNATURE_TIME_BITS) - 1));
}

int64
sydra_table_datum_to_int(Datum value, int16 typlen)
{
	switch (typlen)
	{
		case 1:
			return (int8) DatumGetChar(value);
		case 2:
			return DatumGetInt16(value);
		case 4:
			return DatumGetInt32(value);
		case 8:
			return DatumGetInt64(value);
	}
	elog(ERROR, "unsupported length %d of a by-value type", typlen);
}

Datum
sydra_table_int_to_datum(int64 value, int16 typlen)
{
	switch (typlen)
	{
		case 1:
			return CharGetDatum((char) value);
		case 2:
			return Int16GetDatum((int16) value);
		case 4:
			return Int32GetDatum((int32) value);
		case 8:
			return Int64GetDatum(value);
	}
	elog(ERROR, "unsupported length %d of a by-value type", typlen);
}

Datum
sydra_table_vector_to_datum(const SydraTableColumn *column, const SydraVector *vector, int row)
{
	SydraBytes	bytes;

	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			return BoolGetDatum(((const uint8 *) vector->values)[row] != 0);
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			return sydra_table_int_to_datum(sydra_vector_int64(vector, row), column->typlen);
		case SYDRA_KIND_FLOAT:
			return Float8GetDatum(sydra_vector_float8(vector, row));
		case SYDRA_KIND_FLOAT4:
			return Float4GetDatum(((const float *) vector->values)[row]);
		case SYDRA_KIND_TEXT:
			bytes = sydra_vector_bytes(vector, row);
			return PointerGetDatum(cstring_to_text_with_len(bytes.data, bytes.length));
		case SYDRA_KIND_DATUM:
			return PointerGetDatum(sydra_vector_bytes(vector, row).data);
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DURATION:
			break;
	}
	elog(ERROR, "kind %s is not stored", sydra_kind_name(vector->kind));
}

SydraBytes
sydra_table_datum_bytes(Datum value, int16 typlen)
{
	SydraBytes	bytes;

	if (typlen == -1)
	{
		struct varlena *flat = PG_DETOAST_DATUM_PACKED(value);

		bytes.data = VARDATA_ANY(flat);
		bytes.length = VARSIZE_ANY_EXHDR(flat);
	}
	else
	{
		bytes.data = DatumGetPointer(value);
		bytes.length = typlen == -2 ? strlen(bytes.data) + 1 : typlen;
	}
	return bytes;
}

Datum
sydra_table_bytes_to_datum(SydraBytes bytes, int16 typlen)
{
	char	   *value;

	if (typlen == -1)
		return PointerGetDatum(cstring_to_text_with_len(bytes.data, bytes.length));
	value = palloc(bytes.length);
	memcpy(value, bytes.data, bytes.length);
	return PointerGetDatum(value);
}

bool
sydra_table_may_read(Oid relid)
{
	Oid			user = GetUserId();
	bool		missing = false;

	if (pg_class_aclcheck_ext(relid, user, ACL_SELECT, &missing) == ACLCHECK_OK)
		return true;
	return !missing &&
		pg_attribute_aclcheck_all_ext(relid, user, ACL_SELECT, ACLMASK_ANY,
									  &missing) == ACLCHECK_OK;
}

bool
sydra_table_is_sydra(Relation rel)
{
	Oid			am;

	if (!OidIsValid(rel->rd_rel->relam) || rel->rd_rel->relam == HEAP_TABLE_AM_OID)
		return false;
	am = GetSysCacheOid1(AMNAME, Anum_pg_am_oid, CStringGetDatum("sydra"));
	return rel->rd_rel->relam == am;
}

/* Whether a jsonb is an object without nested arrays and objects. */
Datum
sydra_tags_are_valid(PG_FUNCTION_ARGS)
{
	Jsonb	   *tags = PG_GETARG_JSONB_P(0);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	bool		valid = true;

	if (!JB_ROOT_IS_OBJECT(tags))
		PG_RETURN_BOOL(false);
	iterator = JsonbIteratorInit(&tags->root);
	while (valid && (token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_VALUE && value.type == jbvBinary)
			valid = false;
	PG_RETURN_BOOL(valid);
}
