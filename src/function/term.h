/*
 * Terms: expressions with their kinds, what analysis makes of the tree (lang/ast.h) and the engine
 * evaluates, 1024 rows at once.
 */
#ifndef SYDRA_TERM_H
#define SYDRA_TERM_H

#include "nodes/pg_list.h"

#include "function/function.h"
#include "vector/vector.h"

typedef enum SydraTermType
{
	SYDRA_TERM_CONST,
	SYDRA_TERM_COLUMN,			/* a column of the operator's input batch */
	SYDRA_TERM_CALL				/* a scalar function or operator */
} SydraTermType;

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
	int32		months;			/* DURATION: calendar months (1y = 12); then integer is 0.  Constants
								 * only: the vectors of computed durations hold microseconds */
} SydraValue;

typedef struct SydraTerm
{
	SydraTermType type;
	SydraKind	kind;			/* of the value */
	Oid			typid;			/* the SQL type when kind is DATUM, else the kind's own */
	int			offset;			/* place in the query text, or -1 */
	SydraValue	value;			/* CONST */
	int			column;			/* COLUMN */
	const SydraFunction *function;	/* CALL */
	List	   *arguments;		/* CALL: SydraTerm * */
} SydraTerm;

/*
 * Structural equality, places apart: GROUP BY x and an item x are the same expression.
 */
extern bool sydra_term_equal(const SydraTerm *a, const SydraTerm *b);

/* A term with each COLUMN replaced by what map() gives for it; the term itself when none was. */
typedef SydraTerm *(*SydraTermMap) (SydraTerm *column, void *context);

extern SydraTerm *sydra_term_map(SydraTerm *term, SydraTermMap map, void *context);
extern List *sydra_term_map_list(List *terms, SydraTermMap map, void *context);

#endif
