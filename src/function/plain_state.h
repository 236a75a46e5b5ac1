/*
 * What the aggregates of plain SQL share: states that are pointers, NULL while no row has come.
 */
#ifndef SYDRA_PLAIN_STATE_H
#define SYDRA_PLAIN_STATE_H

#include "fmgr.h"
#include "lib/stringinfo.h"

/* The context that a state lives in; an error outside of aggregates. */
extern MemoryContext sydra_plain_context(FunctionCallInfo fcinfo);

/* The state, made of so many zero bytes when there is none. */
extern void *sydra_plain_state(FunctionCallInfo fcinfo, Size size);

#define SYDRA_PLAIN_ARGUMENT(fcinfo, n) \
	((fcinfo)->args[n].isnull ? NULL : (void *) DatumGetPointer((fcinfo)->args[n].value))

/* A serialised state, to be read; its bytes stay where they are. */
extern void sydra_plain_open(StringInfo buffer, bytea *bytes);

#endif
