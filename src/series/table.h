/*
 * What a table's column types say about it: which column is the time, which are tags, which are
 * fields, and how the values of each are held.
 *
 * The first NOT NULL timestamptz column is the time.  Columns of the domains sydra.tag,
 * sydra.tag_int4, sydra.tag_int8, sydra.tag_bool, sydra.tag_uuid are tags (a wide metric); a column
 * of the domain sydra.tags (jsonb) holds all the tags of a native metric.  Of a table that is not
 * USING sydra sydra.configure() may have been told the time and the tags (guesses_tags otherwise).
 */
#ifndef SYDRA_TABLE_H
#define SYDRA_TABLE_H

#include "access/tupdesc.h"
#include "utils/relcache.h"

#include "vector/vector.h"

typedef enum SydraRole
{
	SYDRA_ROLE_TIME,
	SYDRA_ROLE_TAG,				/* one tag; the column's name is its key */
	SYDRA_ROLE_TAGS,			/* the jsonb column of a native metric: all its tags */
	SYDRA_ROLE_FIELD
} SydraRole;

typedef struct SydraTableColumn
{
	AttrNumber	attnum;
	NameData	name;
	SydraRole	role;
	SydraKind	kind;			/* how a segment and a cursor hold the values */
	Oid			typid;			/* the column's declared type, maybe a domain */
	Oid			basetype;		/* below all domains */
	int32		typmod;
	Oid			collation;
	int16		typlen;			/* of basetype */
	bool		typbyval;
	char		typalign;
	bool		missing_isnull; /* what rows from before ADD COLUMN have in this column */
	Datum		missing;
} SydraTableColumn;

typedef struct SydraTable
{
	Oid			relid;
	bool		native;			/* tags live in one jsonb column */
	bool		plain;			/* none of ours: PostgreSQL's executor gives the rows */
	bool		has_virtual;	/* columns that no row holds: PostgreSQL's executor computes them */
	bool		guesses_tags;	/* plain, and nobody said which its tags are: any text may be one */
	AttrNumber	time_attnum;	/* 0: the table has no time column */
	int			column_count;	/* dropped columns are left out; generated ones are in */
	SydraTableColumn *columns;	/* by attnum */
} SydraTable;

/* Allocated in the current context. */
extern SydraTable *sydra_table_describe(Relation rel);

/* The same for a row type that the relation had: ALTER TABLE reads old rows when the new is entered. */
extern SydraTable *sydra_table_describe_as(Relation rel, TupleDesc tupdesc);

/* NULL when there is no such live column. */
extern const SydraTableColumn *sydra_table_column(const SydraTable *table, AttrNumber attnum);
extern const SydraTableColumn *sydra_table_column_by_name(const SydraTable *table, const char *name);

/* Whether its values come by series. */
static inline bool
sydra_table_holds_tags(const SydraTableColumn *column)
{
	return column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS;
}

/* Whether a column is a tag or may be asked for as one: of text, where tags are guessed. */
extern bool sydra_table_may_be_tag(const SydraTable *table, const SydraTableColumn *column);

/* Whether values of a type can be tags of a table that is none of ours. */
extern bool sydra_table_is_tag_type(Oid basetype);

/*
 * A number that says which column is the time and which are tags: equal when they are the same.
 * sydra_table_signature_time() gives the attnum of the time back.
 */
extern int32 sydra_table_signature(const SydraTable *table);
extern AttrNumber sydra_table_signature_time(int32 signature);

/*
 * By-value datums as segments and cursors hold them, SYDRA_KIND_INT: sign-extended from typlen
 * bytes, and back to the datum that a heap row would give.
 */
extern int64 sydra_table_datum_to_int(Datum value, int16 typlen);
extern Datum sydra_table_int_to_datum(int64 value, int16 typlen);

/*
 * A value, not null, of a column's vector as a datum: in the current context when it is a text, else
 * it may point into the vector.
 */
extern Datum sydra_table_vector_to_datum(const SydraTableColumn *column, const SydraVector *vector,
										 int row);

/*
 * The bytes of a by-reference value as segments and tag tuples keep them: flat, and without the
 * header when it is a varlena.  In the current context when they had to be detoasted.
 */
extern SydraBytes sydra_table_datum_bytes(Datum value, int16 typlen);

/* The other way: a datum in the current context. */
extern Datum sydra_table_bytes_to_datum(SydraBytes bytes, int16 typlen);

/* The OIDs, sorted, of the relations of any kind that have a column of our domains. */
extern List *sydra_table_declaring(void);

/* Whether the current user may read a column of a relation, and the relation is there. */
extern bool sydra_table_may_read(Oid relid);

/* Whether a relation uses the access method sydra. */
extern bool sydra_table_is_sydra(Relation rel);

#endif
