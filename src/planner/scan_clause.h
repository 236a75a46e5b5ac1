/*
 * Which conditions of WHERE a SydraScan answers before it forms a row.
 */
#ifndef SYDRA_SCAN_CLAUSE_H
#define SYDRA_SCAN_CLAUSE_H

#include "nodes/pathnodes.h"

/* The columns that conditions may be answered by. */
typedef struct SydraScanColumns
{
	AttrNumber	time;			/* 0: none */
	Bitmapset  *tags;			/* attnum - FirstLowInvalidHeapAttributeNumber, as pull_varattnos() */
} SydraScanColumns;

/* RestrictInfos, each in one list, in the order given. */
typedef struct SydraScanClauses
{
	List	   *time;			/* the time compared with what is constant during a scan */
	List	   *series;			/* over tags alone */
	List	   *values;			/* a number column compared with what is constant during a scan */
	List	   *rows;			/* all others */
	bool		unseen;			/* those in series may be asked of series without a visible row */
} SydraScanClauses;

extern void sydra_scan_clause_sort(PlannerInfo *root, RelOptInfo *rel, List *restrictions,
								   const SydraScanColumns *columns, SydraScanClauses *clauses);

/* The expressions of RestrictInfos in time or in values, the columns at the left. */
extern List *sydra_scan_clause_compare(PlannerInfo *root, RelOptInfo *rel, List *restrictions);

/* The column at the left of such an expression. */
extern AttrNumber sydra_scan_clause_column(const OpExpr *comparison);

/*
 * The btree strategy of a comparison of a timestamptz with a timestamptz, timestamp or date, and
 * the type at its right; 0 when it is none.
 */
extern int	sydra_scan_clause_strategy(Oid opno, Oid *right_type);

#endif
