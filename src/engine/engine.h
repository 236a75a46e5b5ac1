/*
 * Runs a plan.
 */
#ifndef SYDRA_ENGINE_H
#define SYDRA_ENGINE_H

#include "utils/snapshot.h"

#include "plan/plan.h"
#include "vector/batch.h"

typedef struct SydraExecution SydraExecution;

typedef struct SydraEngineUse
{
	int64		rows;			/* given */
	Size		memory;			/* the most that was held, as far as it was looked at */
} SydraEngineUse;

/*
 * Opens every operator.  All memory of the query is in a child of the current context, limited by
 * sydraql.query_mem.  The snapshot is registered by the caller.  source is the query's text, for
 * the places of errors.  Measured: each node's actual, in the memory of the caller, tells what its
 * operator did, once it is closed.
 */
extern SydraExecution *sydra_engine_open(SydraPlan *plan, Snapshot snapshot, const char *source,
										 bool measured);

/* The next batch of the topmost operator; valid until the next call.  False at the end. */
extern bool sydra_engine_next(SydraExecution *execution, SydraBatch **batch);

extern void sydra_engine_close(SydraExecution *execution, SydraEngineUse *use);

#endif
