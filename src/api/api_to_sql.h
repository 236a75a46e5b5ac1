/*
 * What the parts of sydraql_to_sql() share: SQL is written from the analysed query, level by level.
 *
 * A level is rows that SELECT reads, and what the columns of the query's terms are there.  What is
 * of one SELECT stays in one; a level that the next one must see whole becomes a query of WITH.
 */
#ifndef SYDRA_API_TO_SQL_H
#define SYDRA_API_TO_SQL_H

#include "lib/stringinfo.h"

#include "analyze/query.h"
#include "base/compat.h"

/* How tightly an expression holds together, loosest first, as in PostgreSQL's grammar. */
typedef enum SydraSqlBinding
{
	SYDRA_SQL_OR = 1,
	SYDRA_SQL_AND,
	SYDRA_SQL_NOT,
	SYDRA_SQL_IS,
	SYDRA_SQL_COMPARISON,
	SYDRA_SQL_IN,				/* and LIKE */
	SYDRA_SQL_OPERATOR,			/* -> and others without a place of their own */
	SYDRA_SQL_ADD,
	SYDRA_SQL_MULTIPLY,
	SYDRA_SQL_ZONE,				/* AT TIME ZONE */
	SYDRA_SQL_COLLATE,
	SYDRA_SQL_MINUS,
	SYDRA_SQL_CAST,
	SYDRA_SQL_ATOM
} SydraSqlBinding;

typedef struct SydraSql
{
	const char *text;
	SydraSqlBinding binding;
	const char *tag;			/* of a tag, or NULL: the column, which may be null or '' */
	bool		collates;		/* a text whose collation is not the database's */
} SydraSql;

/* The level of one source, or of several, or of groups. */
typedef struct SydraSqlLevel
{
	const char *from;			/* NULL: none */
	const char *alias;			/* behind which columns without a name in front are; or NULL */
	List	   *where;			/* char * */
	bool		grouped;
	List	   *group_by;		/* SydraSql * */
	const char *having;			/* or NULL */
	SydraSql   *columns[SYDRA_MAX_SOURCES]; /* by place of the source; of groups the first */
	SydraSql   *windows;		/* by number */
	const char *window;			/* what a window w is, or NULL */

	/* Of rows. */
	int			place;			/* of the one source, or -1: all that the query has */
	List	   *series;			/* SydraSql *: what names a series, in the order of series */
	List	   *series_names;	/* char * */
	List	   *series_kinds;	/* int: SydraKind; DATUM: a key of all tags */
	SydraSql	time;
	const char *written;		/* what puts rows in the order of writing; NULL: no two are alike */
	bool		counts_rows;	/* written is a window function, which aggregates do not take */
} SydraSqlLevel;

/* What rows are grouped by, and what is computed of each group. */
typedef struct SydraSqlGroups
{
	List	   *keys;			/* SydraSql * */
	List	   *key_kinds;		/* int: SydraKind */
	List	   *key_names;		/* char * */
	List	   *calls;			/* SydraAggregateCall * */
	List	   *call_names;		/* char * */
} SydraSqlGroups;

typedef struct SydraToSql
{
	const SydraQuery *query;
	StringInfoData with;		/* the queries of WITH so far */
	List	   *names;			/* char *: theirs */
} SydraToSql;

/* api_to_sql.c: statements, and how texts are put together */

extern SydraSql sydra_to_sql_make(SydraSqlBinding binding, const char *format,...)
			pg_attribute_printf(2, 3);

/* Between parentheses when it is bound more loosely. */
extern const char *sydra_to_sql_wrap(SydraSql sql, SydraSqlBinding binding);

/* A name, unquoted, that is no other's in a list of names, which it joins. */
extern const char *sydra_to_sql_name(List **names, const char *wanted);

extern const char *sydra_to_sql_list(List *texts, const char *between);

/* A place of its own in memory. */
extern SydraSql *sydra_to_sql_copy(SydraSql sql);

/* "expression AS name" */
extern char *sydra_to_sql_target(SydraSql sql, const char *name);

/* SELECT ... of a level, its lines behind so many tabs. */
extern const char *sydra_to_sql_select(const SydraSqlLevel *level, List *targets, int depth);

/* SELECT without its WITH, which the writer has; gives its columns. */
extern const char *sydra_to_sql_body(SydraToSql *writer, bool ordered, int depth, List **columns);

/* Adds a query to WITH; gives its name, quoted. */
extern const char *sydra_to_sql_add_with(SydraToSql *writer, const char *wanted, const char *body);

pg_noreturn extern void sydra_to_sql_refuse(const SydraQuery *query, int offset, const char *hint,
											const char *what);

/* api_to_sql_constant.c */

/* bare: something beside it tells its type. */
extern SydraSql sydra_to_sql_constant(const SydraTerm *term, bool bare);
extern SydraSql sydra_to_sql_time(int64 time);

/* Hours at most, so that a day has 24 of them whatever the time zone. */
extern const char *sydra_to_sql_interval(int64 us, int32 months);

/* Days where it is a number of days: for functions to which a day has 24 hours. */
extern const char *sydra_to_sql_step(int64 us, int32 months);

/* A value of a column as a literal of its type. */
extern const char *sydra_to_sql_datum(Oid type, Datum value, bool isnull);

/* api_to_sql_term.c */

extern SydraSql sydra_to_sql_term(const SydraSqlLevel *level, const SydraTerm *term);

/* As an argument of a function that tells its type. */
extern SydraSql sydra_to_sql_argument(const SydraSqlLevel *level, const SydraTerm *term);

/* What chooses rows, so that null is as good as false: a list of char *, all of which must hold. */
extern List *sydra_to_sql_condition(const SydraSqlLevel *level, const SydraTerm *term);

/* A call of time_bucket, of this time. */
extern SydraSql sydra_to_sql_bucket(const SydraTerm *bucket, SydraSql time);

/* time + us */
extern SydraSql sydra_to_sql_shift(SydraSql time, int64 us);

/* Behind ORDER BY: texts go by bytes. */
extern const char *sydra_to_sql_order(SydraSql sql, SydraKind kind, bool descending,
									  bool nulls_first);

/* As it is compared: texts by bytes. */
extern SydraSql sydra_to_sql_by_bytes(SydraSql sql);

/* api_to_sql_source.c */

/* The rows of FROM, joined, past WHERE. */
extern void sydra_to_sql_rows(SydraToSql *writer, SydraSqlLevel *level);

/* The rows of one source by itself, for buckets that are joined. */
extern void sydra_to_sql_source(SydraToSql *writer, int place, SydraSqlLevel *level);

/* A bound of the query's range of time, the upper one exclusive; false: there is none. */

extern bool sydra_to_sql_bound(const SydraQuery *query, bool upper, SydraSql *bound);

/* Makes a query of WITH of a level of rows, with whatever the query looks at. */
extern void sydra_to_sql_keep_rows(SydraToSql *writer, SydraSqlLevel *level);

/* Behind ORDER BY: the series, then the order of writing. */
extern List *sydra_to_sql_series_orders(const SydraSqlLevel *level, bool descending);

/* Conditions that two lists of expressions are the same, nulls too. */
extern List *sydra_to_sql_same(List *a, List *b);

/* How the times, or buckets, of a pair of JOIN TIME stand to each other; and which comes first. */
extern List *sydra_to_sql_match(const SydraQueryJoin *join, SydraSql left, SydraSql right);
extern List *sydra_to_sql_match_orders(const SydraQueryJoin *join, SydraSql left, SydraSql right);

/* api_to_sql_group.c */

/* Groups the rows of a level, which becomes that of the groups. */
extern void sydra_to_sql_group(SydraToSql *writer, const SydraSqlGroups *groups,
							   SydraSqlLevel *level);

/* Makes a query of WITH of a level of groups. */
extern void sydra_to_sql_keep_groups(SydraToSql *writer, const SydraSqlGroups *groups,
									 const char *name, List *more, SydraSqlLevel *level);

/* The groups of the query: of its rows, or of each source, joined. */
extern SydraSqlGroups sydra_to_sql_groups(SydraToSql *writer, SydraSqlLevel *level);

/* api_to_sql_pair.c */

/* A query of WITH that gives aggregates of the same neighbouring samples by the groups' keys. */
typedef struct SydraSqlPairs
{
	const char *name;
	List	   *calls;			/* int */
} SydraSqlPairs;

/*
 * SydraSqlPairs of all such calls, for the groups of a level of kept rows.  The keys have the names
 * given, and of each such call call_names[] is set, quoted.
 */
extern List *sydra_to_sql_pairs(SydraToSql *writer, const SydraSqlGroups *groups,
								const SydraSqlLevel *level, List *key_names,
								const char **call_names);

/* api_to_sql_fill.c */

extern void sydra_to_sql_fill(SydraToSql *writer, const SydraSqlGroups *groups,
							  SydraSqlLevel *level);

/* api_to_sql_window.c */

extern void sydra_to_sql_windows(SydraToSql *writer, const SydraSqlGroups *groups,
								 SydraSqlLevel *level);

/* api_to_sql_write.c */

extern char *sydra_to_sql_insert(const SydraQuery *query);
extern char *sydra_to_sql_delete(SydraToSql *writer);

#endif
