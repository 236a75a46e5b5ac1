/*
 * resolve.c
 *	  Metrics by name.
 *
 * The first of several parts is the schema, the rest the table, both spelt exactly.  One part alone
 * goes along search_path, past the server's schemas and ours.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "analyze/by_id.h"
#include "analyze/resolve.h"
#include "store/plain_table.h"
#include "store/table_config.h"

static bool
is_namespace(const char *schema)
{
	return strncmp(schema, "pg_", 3) != 0 && strncmp(schema, "sydra", 5) != 0 &&
		strcmp(schema, "information_schema") != 0;
}

static void
split_name(const SydraSeries *series, SydraMetric *metric)
{
	const SydraName *name = &series->name;
	StringInfoData table;

	if (series->kind == SYDRA_SERIES_STRING)
	{
		const char *dot = strchr(series->string, '.');

		metric->text = series->string;
		metric->schema = dot ? pnstrdup(series->string, dot - series->string) : NULL;
		metric->table = dot ? dot + 1 : series->string;
		return;
	}
	initStringInfo(&table);
	for (int i = name->part_count > 1 ? 1 : 0; i < name->part_count; i++)
		appendStringInfo(&table, "%s%s", table.len > 0 ? "." : "", name->parts[i].text);
	metric->table = table.data;
	metric->schema = name->part_count > 1 ? name->parts[0].text : NULL;
	metric->text = metric->schema ? psprintf("%s.%s", metric->schema, metric->table) :
		metric->table;
}

/* The schema on search_path that has the table, or NULL. */
static const char *
find_on_path(const char *table)
{
	List	   *path = fetch_search_path(true);
	ListCell   *cell;

	foreach(cell, path)
	{
		Oid			namespace = lfirst_oid(cell);
		char	   *schema = get_namespace_name(namespace);

		if (schema != NULL && (is_namespace(schema) || isTempNamespace(namespace)) &&
			OidIsValid(get_relname_relid(table, namespace)))
			return schema;
	}
	return NULL;
}

static Oid
lock_table(const SydraMetric *metric, LOCKMODE lock)
{
	const char *schema = metric->schema;

	if (strlen(metric->table) >= NAMEDATALEN || metric->table[0] == '\0')
		return InvalidOid;
	if (schema == NULL)
		schema = find_on_path(metric->table);
	else if (!is_namespace(schema))
		return InvalidOid;
	if (schema == NULL)
		return InvalidOid;
	return RangeVarGetRelid(makeRangeVar(pstrdup(schema), pstrdup(metric->table), -1), lock, true);
}

static bool
is_table(char relkind)
{
	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_FOREIGN_TABLE || relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW;
}

static void
check_table(SydraScope *scope, const SydraSeries *series, const SydraMetric *metric)
{
	if (is_table(get_rel_relkind(metric->relid)))
		return;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, series->span.start,
							  "\"%s\" is no table", metric->text),
			errhint("sydraQL reads tables, views, materialized views and foreign tables."));
}

SydraTable *
sydra_resolve_table(SydraScope *scope, const SydraSeries *series, const SydraMetric *metric,
					double *rows)
{
	Relation	rel = table_open(metric->relid, NoLock);
	bool		plain = !sydra_table_is_sydra(rel);
	SydraTable *table = plain ? sydra_plain_table_describe(rel) : sydra_table_describe(rel);

	if (rows != NULL)
		*rows = rel->rd_rel->reltuples >= 0 ? rel->rd_rel->reltuples : 1000;
	table_close(rel, NoLock);
	if (table->time_attnum == 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_NOT_SUPPORTED, series->span.start,
								  "\"%s\" has no time column", metric->text),
				plain ? errhint("It is the only column of type timestamptz, or one called time, ts "
								"or timestamp, or the one that sydra.configure('%s', time_column "
								"=> '...') names.", metric->text) :
				errhint("The time is the first column that is timestamptz NOT NULL."));
	return table;
}

void
sydra_resolve_metric(SydraScope *scope, const SydraSeries *series, LOCKMODE lock,
					 SydraMetric *metric)
{
	memset(metric, 0, sizeof(*metric));
	if (series->rollup != NULL)
		sydra_scope_not_supported(scope, series->rollup_span.start, "a rollup after @", NULL);
	if (series->kind == SYDRA_SERIES_BY_ID)
	{
		sydra_by_id_resolve(scope, series, lock, metric);
		return;
	}
	split_name(series, metric);
	metric->relid = lock_table(metric, lock);
	if (OidIsValid(metric->relid))
		check_table(scope, series, metric);
}

Oid
sydra_resolve_metric_of(const SydraName *name)
{
	SydraSeries series = {.kind = SYDRA_SERIES_NAME,.name = *name};

	while (--series.name.part_count > 0)
	{
		SydraMetric metric = {0};
		Oid			relid;
		HeapTuple	tuple;
		bool		is_sydra;

		split_name(&series, &metric);
		relid = lock_table(&metric, NoLock);
		tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
		if (!HeapTupleIsValid(tuple))
			continue;
		is_sydra = ((Form_pg_class) GETSTRUCT(tuple))->relam == get_table_am_oid("sydra", true);
		ReleaseSysCache(tuple);
		if (is_sydra)
			return relid;
	}
	return InvalidOid;
}

bool
sydra_resolve_may_create(const SydraMetric *metric)
{
	return strlen(metric->table) > 0 && strlen(metric->table) < NAMEDATALEN &&
		(metric->schema == NULL || is_namespace(metric->schema));
}

static SydraKnownMetric *
make_known(Form_pg_class class, bool is_sydra)
{
	SydraKnownMetric *metric = palloc(sizeof(SydraKnownMetric));

	metric->relid = class->oid;
	metric->namespace = class->relnamespace;
	metric->schema = get_namespace_name(class->relnamespace);
	metric->table = pstrdup(NameStr(class->relname));
	metric->persistence = class->relpersistence;
	metric->is_sydra = is_sydra;
	if (isTempNamespace(class->relnamespace))
		metric->schema = NULL;
	else if (metric->schema == NULL || !is_namespace(metric->schema))
		return NULL;
	return metric;
}

static int
compare_oids(const void *a, const void *b)
{
	return list_oid_cmp(a, b);
}

/* Of a sorted list. */
static bool
is_member(const List *oids, Oid oid)
{
	ListCell	key = {.oid_value = oid};

	return oids != NIL &&
		bsearch(&key, oids->elements, oids->length, sizeof(ListCell), compare_oids) != NULL;
}

/* A view has the columns of a metric that it reads, and is none of its own while nobody says so. */
static bool
is_plain_metric(Form_pg_class class, List *configured, List *declaring)
{
	return is_table(class->relkind) &&
		(is_member(configured, class->oid) ||
		 (class->relkind != RELKIND_VIEW && class->relkind != RELKIND_MATVIEW &&
		  is_member(declaring, class->oid)));
}

List *
sydra_resolve_all(void)
{
	Oid			am = get_table_am_oid("sydra", true);
	List	   *configured = sydra_table_config_tables();
	List	   *declaring = sydra_table_declaring();
	List	   *metrics = NIL;
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);
		bool		is_sydra = OidIsValid(am) && class->relam == am &&
			(class->relkind == RELKIND_RELATION || class->relkind == RELKIND_MATVIEW);
		SydraKnownMetric *metric;

		CHECK_FOR_INTERRUPTS();
		if (!is_sydra && !is_plain_metric(class, configured, declaring))
			continue;
		metric = make_known(class, is_sydra);
		if (metric != NULL)
			metrics = lappend(metrics, metric);
	}
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	return metrics;
}

bool
sydra_resolve_may_read(const SydraKnownMetric *metric)
{
	return sydra_table_may_read(metric->relid) &&
		object_aclcheck(NamespaceRelationId, metric->namespace, GetUserId(),
						ACL_USAGE) == ACLCHECK_OK;
}

/*
 * The known metric nearest to a name, as it is written in a query, or NULL.
 */
static const char *
find_nearest(const SydraMetric *metric)
{
	SydraNearest nearest = {.name = metric->text};
	ListCell   *cell;

	foreach(cell, sydra_resolve_all())
	{
		const SydraKnownMetric *known = lfirst(cell);

		if (known->schema == NULL || !sydra_resolve_may_read(known))
			continue;
		if (metric->schema != NULL)
			sydra_nearest_add(&nearest, psprintf("%s.%s", known->schema, known->table));
		else if (RelationIsVisible(known->relid))
			sydra_nearest_add(&nearest, known->table);
		if (metric->schema == NULL && strcmp(known->table, metric->table) == 0)
			nearest.nearest = psprintf("%s.%s", known->schema, known->table);
	}
	return nearest.nearest;
}

void
sydra_resolve_unknown(SydraScope *scope, const SydraSeries *series, const SydraMetric *metric)
{
	const char *nearest;

	if (metric->schema != NULL && !is_namespace(metric->schema))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_METRIC, series->span.start,
								  "metric \"%s\" does not exist", metric->text),
				errhint("\"%s\" is no namespace of metrics.", metric->schema));
	nearest = find_nearest(metric);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_METRIC, series->span.start,
							  "metric \"%s\" does not exist", metric->text),
			nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
			metric->schema == NULL ?
			errhint("A metric outside search_path is written schema.table.") : 0);
}
