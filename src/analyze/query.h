/*
 * A query after analysis: every name resolved, every expression a term with its kind.
 *
 * Terms refer by position to one of two lists of columns: below the grouping to the inputs (what a
 * scan gives), above it to the groups (the keys, then the aggregates).  Without grouping there are
 * only the inputs.  Items, orders and LIMIT BY refer to the values of windows as well.
 *
 * Everything lives in the memory context that sydra_analyze() was called in.
 */
#ifndef SYDRA_QUERY_H
#define SYDRA_QUERY_H

#include "nodes/bitmapset.h"

#include "analyze/analyze.h"
#include "analyze/insertion.h"
#include "function/term.h"
#include "series/table.h"

typedef struct SydraTimeRange
{
	int64		min;			/* inclusive; PG_INT64_MIN: none */
	int64		max;			/* exclusive; PG_INT64_MAX: none */
} SydraTimeRange;

typedef struct SydraPlanColumn
{
	const char *name;			/* for EXPLAIN and results */
	SydraKind	kind;
	Oid			typid;			/* SQL type of a result column */
} SydraPlanColumn;

/* What a column of a scan is. */
typedef enum SydraScanColumnType
{
	SYDRA_SCAN_ATTRIBUTE,		/* the table's column attnum, converted to its language kind */
	SYDRA_SCAN_TAG,				/* TEXT: the tag key, null when missing */
	SYDRA_SCAN_TAGS,			/* DATUM: jsonb of all the tags that the series has, as texts */
	SYDRA_SCAN_JSON_FIELD,		/* key of the jsonb column attnum; FLOAT, TEXT, BOOL, or DATUM: jsonb */
	SYDRA_SCAN_SERIES_ID,		/* INT: the id of the row's series; null where the table is none of ours */
	SYDRA_SCAN_SERIES_RANK,		/* INT: place of the row's series in the order of tags */
	SYDRA_SCAN_WRITE_ORDER,		/* INT: grows with the order of writing, 64-bit xid */
	SYDRA_SCAN_PLACE			/* INT: of rows that are equal in series, time and write order */
} SydraScanColumnType;

typedef struct SydraScanColumn
{
	SydraScanColumnType type;
	AttrNumber	attnum;
	const char *key;
} SydraScanColumn;

typedef struct SydraAggregateCall
{
	const SydraFunction *function;
	List	   *arguments;		/* SydraTerm * over the input; hidden order arguments last */
	bool		distinct;
	SydraTerm  *filter;			/* or NULL */
	SydraKind	kind;
	int			offset;			/* place in the query text */
	int			source;			/* whose rows it takes where buckets are joined; else 0 */
} SydraAggregateCall;

/* A window function over the rows of one series, or of one group but for its bucket. */
typedef struct SydraWindowCall
{
	const SydraFunction *function;
	List	   *arguments;		/* SydraTerm *; those that it wants as constants are CONST */
	SydraKind	kind;
	Oid			typid;
	int			offset;
} SydraWindowCall;

/* The values of windows are COLUMN terms with numbers from here on, until planned. */
#define SYDRA_WINDOW_COLUMN (1 << 25)

/* One condition on the rows, with the clause that it came from. */
typedef struct SydraCondition
{
	SydraTerm  *term;			/* over the inputs */
	const char *origin;			/* "WHERE" ... */
} SydraCondition;

typedef struct SydraOrdering
{
	SydraTerm  *term;
	bool		descending;
	bool		nulls_first;
} SydraOrdering;

/* Columns of the sources behind FROM's are numbered from here on, times their place, until planned. */
#define SYDRA_SOURCE_COLUMN (1 << 16)
#define SYDRA_MAX_SOURCES 64

/*
 * One JOIN TIME.  The right side is a query of its own: its table, inputs, and conditions on these;
 * its terms here are over its own inputs.
 */
typedef struct SydraQueryJoin
{
	struct SydraQuery *right;
	SydraMatch	match;
	int64		within_us;		/* -1: no bound */
	int64		shift_us;
	SydraTerm  *time;			/* of the right's rows, shifted */
	bool		on_all;			/* all the tags, as one value: the keys are the tags columns */
	List	   *on;				/* char *: tags, unless on_all */
	List	   *left_keys;		/* SydraTerm * over the inputs of FROM's source */
	List	   *right_keys;
	List	   *groups;			/* SydraTerm *: the query's keys but for the bucket, on the right */
} SydraQueryJoin;

typedef enum SydraQueryType
{
	SYDRA_QUERY_SELECT,
	SYDRA_QUERY_INSERT,
	SYDRA_QUERY_DELETE,
	SYDRA_QUERY_SHOW			/* of what no plan gives the rows; else a SHOW is a SELECT */
} SydraQueryType;

struct SydraQuery
{
	SydraQueryType type;
	bool		explain;		/* EXPLAIN of it: one column */
	bool		explain_runs;	/* ANALYZE */
	SydraExplainFormat explain_format;
	const SydraShow *show;		/* of a SHOW, else NULL */
	List	   *shown;			/* of SHOW FUNCTIONS: int, rows of the registry */
	Jsonb	   *parameters;		/* of SHOW METRICS: its WHERE is asked of each metric */
	const char *source;			/* the query's text */
	int			statement_offset;	/* of the statement there */
	SydraInsertion *insertion;	/* INSERT */

	/*
	 * FROM; relid 0 without and with a subquery, which has a table description of its own.
	 * AccessShareLock is held to the end of the transaction.
	 */
	Oid			relid;
	struct SydraQuery *subquery;	/* or NULL */
	const char *metric;			/* as written */
	const char *name;			/* in expressions: the alias, or the last part of the metric's name */
	SydraTable *table;
	double		table_rows;		/* estimate */
	bool		row_security;	/* policies of the table hold for the user */
	bool		series_alone;	/* one row of each series tells all that is asked */
	Oid			user;			/* as whom the query is analysed and checked */
	Bitmapset  *columns_used;	/* attnum - FirstLowInvalidHeapAttributeNumber, as in an RTE */

	/* The inputs, both lists alike long. */
	List	   *inputs;			/* SydraPlanColumn * */
	List	   *scan_columns;	/* SydraScanColumn * */
	int			time_input;		/* these three: -1 when nothing asked for it */
	int			rank_input;
	int			write_input;

	List	   *conditions;		/* SydraCondition *; with JOIN TIME on FROM's source alone */
	SydraTimeRange range;		/* that the conditions imply */

	List	   *joins;			/* SydraQueryJoin *, each with all that stands before it */
	List	   *joined_conditions;	/* SydraCondition *, on what has been joined */

	bool		grouped;
	List	   *keys;			/* SydraTerm * over the inputs */
	List	   *key_names;		/* char * */
	int			bucket_key;		/* which key is the time_bucket, or -1 */
	List	   *calls;			/* SydraAggregateCall * */
	List	   *call_names;		/* char * */
	SydraTerm  *having;			/* over the groups before filling, or NULL */

	SydraFillPolicy fill;		/* NONE also without the clause */
	int64		fill_within_us; /* 0: no bound */
	SydraValue	fill_constant;
	SydraKind	fill_constant_kind;

	/* Over the same as the items are. */
	List	   *windows;		/* SydraWindowCall * */
	List	   *window_names;	/* char * */

	/*
	 * Over the groups (after filling: under LINEAR, and under a fraction, integer aggregates are
	 * float8), or over the inputs when not grouped.
	 */
	List	   *items;			/* SydraTerm * */
	List	   *orders;			/* SydraOrdering * */
	List	   *limit_by;		/* SydraTerm * */
	int64		limit;			/* -1: none */
	int64		offset;

	/* What the statement gives, EXPLAIN left aside. */
	int			column_count;
	SydraPlanColumn *columns;
};

extern void sydra_query_add_condition(List **conditions, SydraTerm *term, const char *origin);

/* The query that a source is, by its place: FROM's is 0. */
extern const SydraQuery *sydra_query_source(const SydraQuery *query, int place);

/* Whether a column is the same in all rows of a series. */
extern bool sydra_query_is_of_series(const SydraTable *table, const SydraScanColumn *column);

/* Whether each source is grouped by itself, and the groups are joined. */
extern bool sydra_query_joins_buckets(const SydraQuery *query);

/* Whether an aggregate's column is float8 after filling though the aggregate is an integer. */
extern bool sydra_query_fill_widens(const SydraQuery *query, SydraKind kind);

#endif
