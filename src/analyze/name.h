/*
 * Names in expressions -> columns of the scan, which are added as they are asked for.
 */
#ifndef SYDRA_NAME_H
#define SYDRA_NAME_H

#include "analyze/scope.h"

/*
 * time, value, tag.key, field.key, a column, an alias where they are names; ERR_UNKNOWN_IDENTIFIER
 * else.  A field of a jsonb comes without kind: sydra_name_field() gives it one.
 */
extern SydraTerm *sydra_name_resolve(SydraScope *scope, const SydraName *name);

/* NULL when a field cannot be read as the kind. */
extern SydraTerm *sydra_name_field(SydraScope *scope, const SydraTerm *term, SydraKind kind);

/* The column that holds the tags of a table that does not declare them, or NULL. */
extern const SydraTableColumn *sydra_name_tags_column(const SydraTable *table);

/* A table whose tags are a jsonb has any. */
extern bool sydra_name_has_tag(const SydraTable *table, const char *key);

extern SydraTerm *sydra_name_tag(SydraScope *scope, const SydraIdent *key);
extern SydraTerm *sydra_name_column(SydraScope *scope, const SydraTableColumn *column, int offset);

/* All tags of a row's series, as one jsonb. */
extern SydraTerm *sydra_name_all_tags(SydraScope *scope);

/* Its id, which BY_ID() takes. */
extern SydraTerm *sydra_name_series_id(SydraScope *scope);

/* Columns that the order of rows needs. */
extern SydraTerm *sydra_name_time(SydraScope *scope);
extern SydraTerm *sydra_name_rank(SydraScope *scope);
extern SydraTerm *sydra_name_write_order(SydraScope *scope);

/* A table column's kind in the language. */
extern SydraKind sydra_name_kind(const SydraTableColumn *column);

#endif
