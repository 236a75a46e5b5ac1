/*
 * api_metric.c
 *	  Making metrics, and saying which columns of a table are tags.
 *
 * All of it is plain DDL run as the calling user: CREATE SCHEMA, CREATE TABLE, ALTER TABLE.  Names
 * are quoted and types are looked up and printed again, so no text of the user's becomes SQL.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "common/hashfn.h"
#include "common/jsonapi.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonfuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "api/api_metric.h"
#include "base/compat.h"
#include "base/error.h"
#include "base/sql_function.h"
#include "series/table.h"
#include "store/bulk.h"
#include "store/table_config.h"

/* Sets this lock apart from others on the same kind of object. */
#define LOCK_CREATION 0xFFF9

/*
 * After ANALYZE the row count covers the segments, so a fraction of it would never be reached by
 * the dead rows of the head alone.
 */
#define VACUUM_OPTIONS "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000"

/* What CREATE TABLE is to say. */
typedef struct Definition
{
	SydraMetricName name;
	ArrayType  *tags;			/* names of tag columns, or NULL */
	text	   *fields;			/* a JSON object, name to type, or NULL */
	const char *owner;			/* or NULL */
	bool		keeps_last;		/* dedup is 'last' */
} Definition;

/* Reading the JSON object of fields. */
typedef struct FieldReader
{
	JsonLexContext *lex;
	StringInfo	sql;
	char	   *name;
} FieldReader;

SYDRA_FUNCTION(sydra_create_metric);
SYDRA_FUNCTION(sydra_configure);

static bool read_dedup(text *dedup);
static void configure_dedup(Oid relid, bool keeps_last);
static void configure_tags(Oid relid, List *tags);
static void configure_time(Oid relid, const char *column);
static Oid	create_table(const Definition *definition);
static void create_schema(const Definition *definition);
static void lock_creation(const char *name);
static void append_columns(StringInfo sql, const Definition *definition);
static void append_fields(StringInfo sql, text *fields);
static SydraJsonResult begin_field(void *state, char *name, bool isnull);
static SydraJsonResult add_field(void *state, char *token, JsonTokenType type);
static SydraJsonResult refuse_nested(void *state);
static void check_column_name(const char *name, const char *what);
static List *read_names(ArrayType *names, const char *what);
static void append_tag_change(StringInfo sql, const SydraTableColumn *column, bool tag);
static const char *tag_domain(Oid type);
static void run_sql(const char *sql);

const char *
sydra_metric_split(const char *text, SydraMetricName *name)
{
	const char *dot = strchr(text, '.');

	name->schema = dot ? pnstrdup(text, dot - text) : NULL;
	name->table = pstrdup(dot ? dot + 1 : text);
	if (name->table[0] == '\0' || (name->schema && name->schema[0] == '\0'))
		return "a metric's name has an empty part";
	if (strlen(name->table) >= NAMEDATALEN ||
		(name->schema && strlen(name->schema) >= NAMEDATALEN))
		return psprintf("a part of a metric's name has more than %d bytes", NAMEDATALEN - 1);
	if (name->schema && (strncmp(name->schema, "pg_", 3) == 0 ||
						 strcmp(name->schema, "information_schema") == 0 ||
						 strncmp(name->schema, "sydra", 5) == 0))
		return psprintf("schema \"%s\" is not for metrics", name->schema);
	return NULL;
}

Oid
sydra_metric_find(const SydraMetricName *name)
{
	return RangeVarGetRelid(makeRangeVar(name->schema, name->table, -1), NoLock, true);
}

Oid
sydra_metric_create(const SydraMetricName *name)
{
	Definition	definition = {.name = *name};
	Oid			relid;

	lock_creation(psprintf("%s.%s", name->schema ? name->schema : "", name->table));
	relid = sydra_metric_find(name);
	return OidIsValid(relid) ? relid : create_table(&definition);
}

char *
sydra_metric_quote(Oid relid)
{
	char	   *table = get_rel_name(relid);

	if (table == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table with OID %u does not exist", relid));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), table);
}

/*
 * create_metric(name text, tags text[], fields json, owner name, dedup text) RETURNS regclass
 *
 * Version 1.0 gives the first four.
 */
Datum
sydra_create_metric(PG_FUNCTION_ARGS)
{
	Definition	definition = {0};
	const char *fault;
	Oid			relid;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "the name of a metric cannot be null"));
	fault = sydra_metric_split(text_to_cstring(PG_GETARG_TEXT_PP(0)), &definition.name);
	if (fault)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "%s", fault));
	definition.tags = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
	definition.fields = PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2);
	definition.owner = PG_ARGISNULL(3) ? NULL : NameStr(*PG_GETARG_NAME(3));
	definition.keeps_last = PG_NARGS() > 4 && !PG_ARGISNULL(4) && read_dedup(PG_GETARG_TEXT_PP(4));

	SPI_connect();
	relid = create_table(&definition);
	SPI_finish();
	PG_RETURN_OID(relid);
}

static Oid
create_table(const Definition *definition)
{
	SydraMetricName name = definition->name;
	StringInfoData sql;
	Oid			relid;

	/* A temporary table or a catalog of the name would be found before the new table. */
	if (name.schema)
		create_schema(definition);
	else
		name.schema = get_namespace_name(RangeVarGetCreationNamespace(makeRangeVar(NULL,
																					name.table,
																					-1)));
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (time pg_catalog.timestamptz NOT NULL",
					 quote_qualified_identifier(name.schema, name.table));
	append_columns(&sql, definition);
	appendStringInfoString(&sql, ") USING sydra WITH (" VACUUM_OPTIONS ")");
	run_sql(sql.data);

	relid = sydra_metric_find(&name);
	if (definition->keeps_last)
		configure_dedup(relid, true);
	if (definition->owner)
		run_sql(psprintf("ALTER TABLE %s OWNER TO %s", sydra_metric_quote(relid),
						 quote_identifier(definition->owner)));
	return relid;
}

static void
create_schema(const Definition *definition)
{
	const char *schema = definition->name.schema;

	if (OidIsValid(get_namespace_oid(schema, true)))
		return;
	lock_creation(schema);
	if (OidIsValid(get_namespace_oid(schema, true)))
		return;
	if (definition->owner)
		run_sql(psprintf("CREATE SCHEMA %s AUTHORIZATION %s", quote_identifier(schema),
						 quote_identifier(definition->owner)));
	else
		run_sql(psprintf("CREATE SCHEMA %s", quote_identifier(schema)));
}

/*
 * Sessions that make the same thing on first use go one after another: CREATE ... IF NOT EXISTS
 * would fail on a catalog's unique index.
 */
static void
lock_creation(const char *name)
{
	LockDatabaseObject(NamespaceRelationId, hash_bytes((const unsigned char *) name, strlen(name)),
					   LOCK_CREATION, ExclusiveLock);
}

static void
append_columns(StringInfo sql, const Definition *definition)
{
	ListCell   *cell;

	if (definition->tags == NULL && definition->fields == NULL)
	{
		appendStringInfoString(sql, ", value pg_catalog.float8, "
							   "tags sydra.tags NOT NULL DEFAULT '{}', fields pg_catalog.jsonb");
		return;
	}
	if (definition->tags)
	{
		foreach(cell, read_names(definition->tags, "tag"))
			appendStringInfo(sql, ", %s sydra.tag", quote_identifier(lfirst(cell)));
	}
	if (definition->fields)
		append_fields(sql, definition->fields);
	else
		appendStringInfoString(sql, ", value pg_catalog.float8");
}

/* In the order in which they are written, which jsonb would not keep. */
static void
append_fields(StringInfo sql, text *fields)
{
	FieldReader reader = {.sql = sql};
	JsonSemAction actions = {
		.semstate = &reader,
		.object_field_start = begin_field,
		.scalar = add_field,
		.array_start = refuse_nested
	};

	reader.lex = makeJsonLexContext(NULL, fields, true);
	pg_parse_json_or_ereport(reader.lex, &actions);
}

static SydraJsonResult
begin_field(void *state, char *name, bool isnull)
{
	FieldReader *reader = state;

	if (reader->lex->lex_level != 1)
		refuse_nested(state);
	check_column_name(name, "field");
	reader->name = name;
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
add_field(void *state, char *token, JsonTokenType type)
{
	FieldReader *reader = state;
	Oid			typid;
	int32		typmod;

	if (reader->name == NULL || type != JSON_TOKEN_STRING)
		refuse_nested(state);
	parseTypeString(token, &typid, &typmod, false);
	appendStringInfo(reader->sql, ", %s %s", quote_identifier(reader->name),
					 format_type_extended(typid, typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	return SYDRA_JSON_SUCCESS;
}

static SydraJsonResult
refuse_nested(void *state)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
			SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
						 "fields must be an object of column names and types"),
			errhint("Write fields such as {\"usage\": \"float8\"}."));
	return SYDRA_JSON_SUCCESS;
}

static void
check_column_name(const char *name, const char *what)
{
	if (name[0] == '\0')
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "the name of a %s is empty", what));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "the name of a %s has more than %d bytes", what, NAMEDATALEN - 1));
}

static List *
read_names(ArrayType *names, const char *what)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *result = NIL;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
					SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
								 "the name of a %s cannot be null", what));
		name = TextDatumGetCString(values[i]);
		check_column_name(name, what);
		result = lappend(result, name);
	}
	return result;
}

/*
 * configure(metric regclass, tags text[], dedup text, time_column name) RETURNS void
 *
 * Version 1.0 gives the first two.
 */
Datum
sydra_configure(PG_FUNCTION_ARGS)
{
	Oid			relid;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	relid = PG_GETARG_OID(0);
	if (!PG_ARGISNULL(1))
		configure_tags(relid, read_names(PG_GETARG_ARRAYTYPE_P(1), "tag"));
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
		configure_dedup(relid, read_dedup(PG_GETARG_TEXT_PP(2)));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		configure_time(relid, NameStr(*PG_GETARG_NAME(3)));
	PG_RETURN_VOID();
}

static bool
read_dedup(text *dedup)
{
	const char *value = text_to_cstring(dedup);

	if (strcmp(value, "last") != 0 && strcmp(value, "none") != 0)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "dedup cannot be \"%s\"", value),
				errhint("It is none or last."));
	return strcmp(value, "last") == 0;
}

static void
check_dedup_table(Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE && !sydra_table_is_sydra(rel))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("table \"%s\" is not one of the access method sydra",
					   RelationGetRelationName(rel)));
	if (sydra_table_describe(rel)->time_attnum == 0)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("table \"%s\" has no time column", RelationGetRelationName(rel)),
				errhint("The first column of type timestamptz that is NOT NULL is the time."));
}

static void
check_owner(Oid relid)
{
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

static const SydraTableColumn *
find_column(const SydraTable *table, Relation rel, const char *name)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, name);

	if (column == NULL)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_UNKNOWN_IDENTIFIER),
				SYDRA_ERRMSG(SYDRA_ERR_UNKNOWN_IDENTIFIER,
							 "column \"%s\" of table \"%s\" does not exist", name,
							 RelationGetRelationName(rel)));
	return column;
}

static void
check_time(Relation rel, const char *time)
{
	const SydraTableColumn *column = find_column(sydra_table_describe(rel), rel, time);

	if (column->basetype != TIMESTAMPTZOID)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("column \"%s\" of type %s cannot be the time", time,
					   format_type_be(column->typid)),
				errhint("The time is a column of type timestamptz."));
}

static void
check_tags(Relation rel, List *tags)
{
	const SydraTable *table = sydra_table_describe(rel);
	ListCell   *cell;

	foreach(cell, tags)
	{
		const SydraTableColumn *column = find_column(table, rel, lfirst(cell));

		if (!sydra_table_is_tag_type(column->basetype))
			ereport(ERROR,
					errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of type %s cannot be a tag", NameStr(column->name),
						   format_type_be(column->typid)),
					errhint("A tag is text, integer, bigint, boolean or uuid."));
	}
}

/*
 * Nobody may be in the middle of reading the table, or have rows of a COPY into it that are not
 * written yet.
 */
static void
configure_dedup(Oid relid, bool keeps_last)
{
	SydraTableConfig config;
	Relation	rel;
	ListCell   *cell;

	check_owner(relid);
	rel = table_open(relid, AccessExclusiveLock);
	check_dedup_table(rel);
	table_close(rel, NoLock);
	foreach(cell, find_all_inheritors(relid, AccessExclusiveLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(cell), NoLock);

		CheckTableNotInUse(part, "sydra.configure()");
		sydra_bulk_flush(RelationGetRelid(part));
		table_close(part, NoLock);
	}
	rel = table_open(relid, NoLock);
	sydra_table_config_read(rel, &config);
	config.dedup = keeps_last ? "last" : "none";
	sydra_table_config_set(rel, &config);
	table_close(rel, NoLock);
}

/* Of a table that is none of ours the types of its columns are left alone. */
static void
configure_plain(Oid relid, const char *time, List *tags, bool has_tags)
{
	Relation	rel;
	SydraTableConfig config;

	check_owner(relid);
	rel = table_open(relid, ShareUpdateExclusiveLock);
	sydra_table_config_read(rel, &config);
	if (time != NULL)
	{
		check_time(rel, time);
		config.time = time;
	}
	if (has_tags)
	{
		check_tags(rel, tags);
		config.has_tags = true;
		config.tags = tags;
	}
	sydra_table_config_set(rel, &config);
	table_close(rel, NoLock);
}

static void
configure_time(Oid relid, const char *column)
{
	Relation	rel = table_open(relid, AccessShareLock);

	if (sydra_table_is_sydra(rel))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("the time of table \"%s\" cannot be chosen",
					   RelationGetRelationName(rel)),
				errhint("Of the access method sydra it is the first column of type timestamptz that "
						"is NOT NULL."));
	table_close(rel, AccessShareLock);
	configure_plain(relid, column, NIL, false);
}

/* Afterwards the tags are exactly these columns.  Partitions of ours have their parent's types. */
static void
configure_tags(Oid relid, List *tags)
{
	Relation	rel = table_open(relid, AccessShareLock);
	SydraTable *table = sydra_table_describe(rel);
	StringInfoData sql;
	ListCell   *cell;

	if (!sydra_table_is_sydra(rel) && rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
	{
		table_close(rel, AccessShareLock);
		configure_plain(relid, NULL, tags, true);
		return;
	}
	if (table->time_attnum == 0)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("table \"%s\" has no time column", RelationGetRelationName(rel)),
				errhint("The first column of type timestamptz that is NOT NULL is the time."));
	if (table->native)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("the tags of table \"%s\" are in one column",
					   RelationGetRelationName(rel)),
				errhint("Make a table with a column for each tag: "
						"sydra.create_metric(name, tags => ...)."));

	initStringInfo(&sql);
	foreach(cell, tags)
	{
		const SydraTableColumn *column = find_column(table, rel, lfirst(cell));

		if (column->role == SYDRA_ROLE_TIME)
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
					SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT, "the time column cannot be a tag"));
		if (column->role == SYDRA_ROLE_FIELD)
			append_tag_change(&sql, column, true);
	}
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		bool		listed = false;

		foreach(cell, tags)
			listed |= strcmp(lfirst(cell), NameStr(column->name)) == 0;
		if (column->role == SYDRA_ROLE_TAG && !listed)
			append_tag_change(&sql, column, false);
	}
	if (sydra_table_is_sydra(rel))
		appendStringInfoString(&sql, sql.len > 0 ? ", SET (" VACUUM_OPTIONS ")" :
							   "SET (" VACUUM_OPTIONS ")");
	table_close(rel, AccessShareLock);

	if (sql.len > 0)
	{
		SPI_connect();
		run_sql(psprintf("ALTER TABLE %s %s", sydra_metric_quote(relid), sql.data));
		SPI_finish();
	}
}

static void
append_tag_change(StringInfo sql, const SydraTableColumn *column, bool tag)
{
	const char *domain = tag_domain(column->basetype);

	if (domain == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("column \"%s\" of type %s cannot be a tag", NameStr(column->name),
					   format_type_be(column->typid)),
				errhint("A tag is text, integer, bigint, boolean or uuid."));
	appendStringInfo(sql, "%sALTER COLUMN %s TYPE %s", sql->len > 0 ? ", " : "",
					 quote_identifier(NameStr(column->name)),
					 tag ? domain : format_type_be_qualified(column->basetype));
}

static const char *
tag_domain(Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			return "sydra.tag";
		case INT4OID:
			return "sydra.tag_int4";
		case INT8OID:
			return "sydra.tag_int8";
		case BOOLOID:
			return "sydra.tag_bool";
		case UUIDOID:
			return "sydra.tag_uuid";
		default:
			return NULL;
	}
}

static void
run_sql(const char *sql)
{
	int			code = SPI_execute(sql, false, 0);

	if (code < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(code));
}
