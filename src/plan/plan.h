/*
 * The plan: a tree of operators, each with the columns of the batches it gives.
 *
 * The expressions of a node refer by position to the columns of its input.
 */
#ifndef SYDRA_PLAN_H
#define SYDRA_PLAN_H

#include "nodes/pg_list.h"

#include "analyze/query.h"
#include "function/bucket.h"
#include "function/term.h"
#include "lang/ast.h"
#include "series/table.h"
#include "series/tag_predicate.h"
#include "store/cursor.h"
#include "store/value_test.h"

typedef enum SydraPlanType
{
	SYDRA_PLAN_VALUES,			/* one row without columns: SELECT without FROM */
	SYDRA_PLAN_SCAN,
	SYDRA_PLAN_NUMBER,
	SYDRA_PLAN_FILTER,
	SYDRA_PLAN_PROJECT,
	SYDRA_PLAN_ORDER,
	SYDRA_PLAN_JOIN,
	SYDRA_PLAN_AGGREGATE,
	SYDRA_PLAN_FILL,
	SYDRA_PLAN_WINDOW,
	SYDRA_PLAN_SORT,
	SYDRA_PLAN_LIMIT
} SydraPlanType;

/* What became of an operator when the plan ran under EXPLAIN ANALYZE. */
typedef struct SydraPlanActual
{
	int64		rows;			/* that it gave */
	double		ms;				/* that it took, its inputs included */
	bool		left_out;		/* its input was passed on */
	Size		memory;			/* the most that it held, its inputs left aside */
	bool		reads;			/* it is one that reads a table: */
	SydraCursorStats read;
} SydraPlanActual;

typedef struct SydraPlan
{
	SydraPlanType type;
	struct SydraPlan *input;
	struct SydraPlan *second;	/* JOIN: its right side; else NULL */
	int			column_count;
	SydraPlanColumn *columns;
	double		rows;			/* estimate */
	List	   *rules;			/* names of the rules that changed this node */
	SydraPlanActual *actual;	/* NULL unless it has run and was measured */
} SydraPlan;

/* A condition that an operator evaluates, for EXPLAIN. */
typedef struct SydraPlanPredicate
{
	const char *condition;
	const char *origin;			/* the clause: "WHERE", "HAVING" ... */
	const char *by;				/* how: "time", "series" ...; NULL: the operator itself, row by row */
} SydraPlanPredicate;

/* Compares a stored column with a number. */
typedef struct SydraPlanTest
{
	AttrNumber	attnum;
	SydraValueTest test;
} SydraPlanTest;

typedef struct SydraPlanScan
{
	SydraPlan	plan;
	Oid			relid;
	const char *metric;			/* as written, for EXPLAIN */
	SydraTable *table;
	const SydraReader *reader;	/* whose policies choose among the rows; NULL: all are shown */
	SydraTimeRange range;
	SydraTagPredicate *tags;	/* NULL: all */
	SydraTagPredicate *texts;	/* equalities of columns for an index; a Filter asks them too */
	SydraScanColumn *scan_columns;	/* plan.column_count of them */
	List	   *tests;			/* SydraPlanTest *: all must be passed */
	List	   *predicates;		/* SydraPlanPredicate *: what was pushed down */
	bool		series_order;	/* an Order above needs to know what is in place */
	bool		one_per_series; /* a single row of each series, whichever */
	int			time_order;		/* 1, -1: a Sort above wants the first, the last times first; or 0 */
	bool		firsts;			/* these two: an Aggregate above looks at the first, the last row */
	bool		lasts;			/* of each series alone */
	Bitmapset  *chosen;			/* then: columns without nulls in these rows */
	bool		summarized;		/* an Aggregate above takes segments by what is known of them */
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

/*
 * Over a Scan and its Filters: the same rows, those of each series in the order of time and writing;
 * the series may take turns.
 */
typedef struct SydraPlanOrder
{
	SydraPlan	plan;
	List	   *keys;			/* SydraTerm *, columns: rank of the series, time, write order */
	bool		of_one;			/* only where the scan is of one series; else as they come */
} SydraPlanOrder;

/* The input's rows with a column that counts them, from 0, or the different keys among neighbours. */
typedef struct SydraPlanNumber
{
	SydraPlan	plan;
	int			column;
	bool		by_keys;
	int			key_count;
	int		   *keys;			/* columns */
} SydraPlanNumber;

/*
 * JOIN TIME.  Both inputs are sorted by their keys and by time; of right rows with the same of these
 * the last is the one that is seen.  Output: the left's columns, then the first right_count of the
 * right's, null where no row matches.
 */
typedef struct SydraPlanJoin
{
	SydraPlan	plan;
	const char *metric;			/* of the right side, as written */
	SydraMatch	match;
	int64		within_us;		/* -1: no bound */
	int64		shift_us;		/* that the right's times have been moved by */
	int			key_count;
	int		   *left_keys;
	int		   *right_keys;
	int			left_time;
	int			right_time;
	int			right_count;
} SydraPlanJoin;

/* Output: the keys, then the aggregates.  Without keys exactly one row. */
typedef struct SydraPlanAggregate
{
	SydraPlan	plan;
	List	   *keys;			/* SydraTerm * */
	int			bucket_key;		/* which key is the time_bucket, or -1 */
	SydraBucket bucket;
	List	   *calls;			/* SydraAggregateCall * */
	bool		revisits;		/* a series may come back to a group that it has left */
	bool		summarizes;		/* segments by what the scan below knows of them */
} SydraPlanAggregate;

/*
 * Input: the output of an Aggregate (keys, then aggregates).  HAVING has marked, not removed, its
 * groups: when having is not NULL the groups for which it is not true give no row and no filled row
 * for their bucket.
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

/*
 * Input: sorted by the columns of partition, then by time, then by the order of writing.  Output:
 * the input's columns, then a value for each call.
 */
typedef struct SydraPlanWindow
{
	SydraPlan	plan;
	int			partition_count;
	int		   *partition;		/* columns that tell one series or group from another */
	int			time;			/* column: rows with the same one are one row, the last */
	List	   *calls;			/* SydraWindowCall *, its arguments COLUMN or CONST */
} SydraPlanWindow;

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
	bool		unless_one;		/* of one series the rows come sorted */
	bool		narrows;		/* by the scan's time first: it need not read on past the limit */
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
