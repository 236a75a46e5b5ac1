/*
 * Typed expressions: what analysis makes of the tree and the engine evaluates, 1024 rows at once.
 */
#ifndef SYDRA_EXPR_H
#define SYDRA_EXPR_H

#include "nodes/pg_list.h"

#include "function/function.h"
#include "vector/vector.h"

typedef enum SydraExprType
{
	SYDRA_EXPR_CONST,
	SYDRA_EXPR_COLUMN,			/* a column of the operator's input batch */
	SYDRA_EXPR_CALL				/* a scalar function or operator */
} SydraExprType;

/* A value outside a vector. */
typedef struct SydraValue
{
	bool		isnull;
	union
	{
		bool		boolean;
		int64		integer;	/* INT, TIME, DURATION */
		double		real;		/* FLOAT */
		SydraBytes	bytes;		/* TEXT, DATUM */
	};
	int32		months;			/* DURATION: calendar months (1y = 12); then integer is 0 */
} SydraValue;

typedef struct SydraExpr
{
	SydraExprType type;
	SydraKind	kind;			/* of the value */
	Oid			typid;			/* the SQL type when kind is DATUM, else the kind's own */
	int			offset;			/* place in the query text, or -1 */
	SydraValue	value;			/* CONST */
	int			column;			/* COLUMN */
	const SydraFunction *function;	/* CALL */
	List	   *arguments;		/* CALL: SydraExpr * */
} SydraExpr;

/*
 * Structural equality, places apart: GROUP BY x and an item x are the same expression.
 */
extern bool sydra_expr_equal(const SydraExpr *a, const SydraExpr *b);

#endif
