/*
 * object_id.c
 *	  Finds the extension's objects.
 *
 * Only the two schemas are remembered, because proving that they are the extension's takes scans
 * of catalogs that have no cache; what is in them is one probe of the server's own cache away.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/object_id.h"

typedef struct SchemaId
{
	const char *name;
	Oid			schema;			/* InvalidOid: not known */
	Oid			extension;
} SchemaId;

static SchemaId schemas[] = {{"sydra_catalog"}, {"sydra"}};
static SchemaId *const catalog_schema = &schemas[0];
static SchemaId *const public_schema = &schemas[1];

static void
forget_schemas(Datum arg, int cacheid, uint32 hashvalue)
{
	for (int i = 0; i < lengthof(schemas); i++)
		schemas[i].schema = InvalidOid;
}

static bool
find_schema(SchemaId *id)
{
	static bool registered = false;
	Oid			schema;
	Oid			extension;

	if (OidIsValid(id->schema))
		return true;
	if (!registered)
	{
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_schemas, (Datum) 0);
		registered = true;
	}
	schema = get_namespace_oid(id->name, true);
	extension = get_extension_oid("sydraql", true);
	if (!OidIsValid(schema) || !OidIsValid(extension) ||
		getExtensionOfObject(NamespaceRelationId, schema) != extension)
		return false;
	id->schema = schema;
	id->extension = extension;
	return true;
}

Oid
sydra_object_extension(void)
{
	return find_schema(catalog_schema) ? catalog_schema->extension : InvalidOid;
}

Oid
sydra_object_catalog(const char *name)
{
	Oid			oid = InvalidOid;

	if (find_schema(catalog_schema))
		oid = get_relname_relid(name, catalog_schema->schema);
	if (!OidIsValid(oid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation \"sydra_catalog.%s\" does not exist", name),
				errhint("Is the extension sydraql created in this database?"));
	return oid;
}

bool
sydra_object_has_catalog(const char *name)
{
	return find_schema(catalog_schema) &&
		OidIsValid(get_relname_relid(name, catalog_schema->schema));
}

Oid
sydra_object_public(const char *name)
{
	return find_schema(public_schema) ? get_relname_relid(name, public_schema->schema) : InvalidOid;
}

Oid
sydra_object_type(const char *name)
{
	if (!find_schema(public_schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
						   ObjectIdGetDatum(public_schema->schema));
}
