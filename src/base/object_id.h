/*
 * OIDs of the extension's own objects, looked up below the schemas that belong to the extension:
 * never by search_path, and never a stranger's object of the same name.
 */
#ifndef SYDRA_OBJECT_ID_H
#define SYDRA_OBJECT_ID_H

/* The extension, or InvalidOid when it is not created in this database. */
extern Oid	sydra_object_extension(void);

/* A table, index or sequence in sydra_catalog; raises when there is none. */
extern Oid	sydra_object_catalog(const char *name);

/* Whether there is one: a later version of the extension may have brought it. */
extern bool sydra_object_has_catalog(const char *name);

/* A table or index in the schema sydra; InvalidOid when there is none. */
extern Oid	sydra_object_public(const char *name);

/* A type in the schema sydra; InvalidOid when there is none. */
extern Oid	sydra_object_type(const char *name);

#endif
