/*
 * A plan as text or JSON, the same for the same plan but for what happened when it ran.
 */
#ifndef SYDRA_EXPLAIN_H
#define SYDRA_EXPLAIN_H

#include "plan/plan.h"

/* How long each stage of a query took. */
typedef struct SydraStages
{
	double		parse_ms;
	double		validate_ms;
	double		plan_ms;
	double		execute_ms;
} SydraStages;

typedef struct SydraExplained
{
	SydraExplainFormat format;
	const SydraPlan *plan;		/* of a DELETE: the rows that it takes, NULL for none */
	const SydraInsertion *insertion;	/* of an INSERT, else NULL */
	const char *deleted_from;	/* the metric of a DELETE, else NULL */
	const SydraPlanActual *actual;	/* of INSERT and DELETE themselves, when they ran; or NULL */
	const SydraStages *stages;	/* of what ran; or NULL */
} SydraExplained;

/* Text: lines separated by \n, none after the last.  JSON: one object. */
extern char *sydra_explain_write(const SydraExplained *explained);

/* An expression over the columns, as the language would write it. */
extern char *sydra_explain_term(const SydraTerm *term, const SydraPlanColumn *columns);

#endif
