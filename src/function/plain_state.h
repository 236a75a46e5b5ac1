/*
 * What the aggregates of plain SQL share: states that are pointers, NULL while no row has come.
 */
#ifndef SYDRA_PLAIN_STATE_H
#define SYDRA_PLAIN_STATE_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "function/term.h"

/* The context that a state lives in; an error outside of aggregates. */
extern MemoryContext sydra_plain_context(FunctionCallInfo fcinfo);

/* The state, made of so many zero bytes when there is none. */
extern void *sydra_plain_state(FunctionCallInfo fcinfo, Size size);

#define SYDRA_PLAIN_ARGUMENT(fcinfo, n) \
	((fcinfo)->args[n].isnull ? NULL : (void *) DatumGetPointer((fcinfo)->args[n].value))

/* A serialised state, to be read; its bytes stay where they are. */
extern void sydra_plain_open(StringInfo buffer, bytea *bytes);

/* What combine gives when the other state has seen no row; false: it has. */
extern bool sydra_plain_combines_nothing(FunctionCallInfo fcinfo, Datum *result);

/* Types of SQL, and their values, as the kinds of the language; bytes are borrowed. */
extern SydraKind sydra_plain_kind(Oid type);
extern void sydra_plain_value(SydraKind kind, Datum datum, SydraValue *value);
extern Datum sydra_plain_datum(SydraKind kind, const SydraValue *value);

#endif
