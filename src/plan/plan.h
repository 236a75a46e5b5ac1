/*
 * The plan: a tree of operators, each with the columns of the batches it gives.
 *
 * The expressions of a node refer by position to the columns of its input.
 */
#ifndef SYDRA_PLAN_H
#define SYDRA_PLAN_H

#include "nodes/pg_list.h"

#include "function/bucket.h"
#include "function/term.h"
#include "lang/ast.h"
#include "series/table.h"
#include "series/tag_predicate.h"

typedef enum SydraPlanType
{
	SYDRA_PLAN_VALUES,			/* one row without columns: SELECT without FROM */
	SYDRA_PLAN_SCAN,
	SYDRA_PLAN_FILTER,
	SYDRA_PLAN_PROJECT,
	SYDRA_PLAN_AGGREGATE,
	SYDRA_PLAN_FILL,
	SYDRA_PLAN_SORT,
	SYDRA_PLAN_LIMIT
} SydraPlanType;

typedef struct SydraPlanColumn
{
	const char *name;			/* for EXPLAIN and results */
	SydraKind	kind;
	Oid			typid;			/* SQL type of a result column */
} SydraPlanColumn;

typedef struct SydraPlan
{
	SydraPlanType type;
	struct SydraPlan *input;
	int			column_count;
	SydraPlanColumn *columns;
	double		rows;			/* estimate */
	List	   *rules;			/* names of the rules that changed this node */
} SydraPlan;

typedef struct SydraTimeRange
{
	int64		min;			/* inclusive; PG_INT64_MIN: none */
	int64		max;			/* exclusive; PG_INT64_MAX: none */
} SydraTimeRange;

/* What a column of a scan is. */
typedef enum SydraScanColumnType
{
	SYDRA_SCAN_ATTRIBUTE,		/* the table's column attnum, converted to its language kind */
	SYDRA_SCAN_TAG,				/* TEXT: the tag key, null when missing */
	SYDRA_SCAN_JSON_FIELD,		/* key of the jsonb column attnum; kind FLOAT, TEXT or BOOL as asked */
	SYDRA_SCAN_SERIES_RANK,		/* INT: place of the row's series in the order of tags */
	SYDRA_SCAN_WRITE_ORDER		/* INT: grows with the order of writing, 64-bit xid */
} SydraScanColumnType;

typedef struct SydraScanColumn
{
	SydraScanColumnType type;
	AttrNumber	attnum;
	const char *key;
} SydraScanColumn;

typedef struct SydraPlanScan
{
	SydraPlan	plan;
	Oid			relid;
	const char *metric;			/* as written, for EXPLAIN */
	SydraTable *table;
	SydraTimeRange range;
	SydraTagPredicate *tags;	/* NULL: all */
	SydraScanColumn *scan_columns;	/* plan.column_count of them */
	List	   *predicates;		/* const char *: what was pushed down and from which clause */
} SydraPlanScan;

typedef struct SydraPlanFilter
{
	SydraPlan	plan;
	SydraTerm  *condition;
	const char *origin;			/* "WHERE", "HAVING" */
} SydraPlanFilter;

typedef struct SydraPlanProject
{
	SydraPlan	plan;
	List	   *expressions;	/* SydraTerm *, column_count of them */
} SydraPlanProject;

typedef struct SydraAggregateCall
{
	const SydraFunction *function;
	List	   *arguments;		/* SydraTerm * over the input; hidden order arguments last */
	bool		distinct;
	SydraTerm  *filter;			/* or NULL */
	SydraKind	kind;
} SydraAggregateCall;

/* Output: the keys, then the aggregates.  Without keys exactly one row. */
typedef struct SydraPlanAggregate
{
	SydraPlan	plan;
	List	   *keys;			/* SydraTerm * */
	int			bucket_key;		/* which key is the time_bucket, or -1 */
	SydraBucket bucket;
	List	   *calls;			/* SydraAggregateCall * */
} SydraPlanAggregate;

/*
 * Input: the output of an Aggregate (keys, then aggregates).  HAVING has marked, not removed, its groups:
 * when having is not NULL the groups for which it is not true give no row and no filled row for their bucket.
 */
typedef struct SydraPlanFill
{
	SydraPlan	plan;
	int			key_count;
	int			bucket_key;
	SydraBucket bucket;
	SydraTimeRange range;		/* every bucket that meets it */
	SydraFillPolicy policy;
	int64		within_us;		/* 0: no bound */
	SydraValue	constant;
	SydraKind	constant_kind;
	SydraTerm  *having;
} SydraPlanFill;

typedef struct SydraSortKey
{
	int			column;
	bool		descending;
	bool		nulls_first;
} SydraSortKey;

/* Stable. */
typedef struct SydraPlanSort
{
	SydraPlan	plan;
	int			key_count;
	SydraSortKey *keys;
	int64		limit;			/* only the first so many rows are wanted; -1: all */
} SydraPlanSort;

typedef struct SydraPlanLimit
{
	SydraPlan	plan;
	int64		limit;			/* -1: none */
	int64		offset;
	int			by_count;		/* LIMIT n BY: columns */
	int		   *by;
} SydraPlanLimit;

#endif
