/*
 * plain_state.c
 *	  What the aggregates of plain SQL share.
 */
#include "postgres.h"

#include "base/compat.h"
#include "function/plain_state.h"

MemoryContext
sydra_plain_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called outside an aggregate");
	return context;
}

void *
sydra_plain_state(FunctionCallInfo fcinfo, Size size)
{
	MemoryContext context = sydra_plain_context(fcinfo);

	return SYDRA_PLAIN_ARGUMENT(fcinfo, 0) ? SYDRA_PLAIN_ARGUMENT(fcinfo, 0) :
		MemoryContextAllocZero(context, size);
}

void
sydra_plain_open(StringInfo buffer, bytea *bytes)
{
	buffer->data = VARDATA_ANY(bytes);
	buffer->len = buffer->maxlen = VARSIZE_ANY_EXHDR(bytes);
	buffer->cursor = 0;
}

bool
sydra_plain_combines_nothing(FunctionCallInfo fcinfo, Datum *result)
{
	if (!PG_ARGISNULL(1))
		return false;
	fcinfo->isnull = PG_ARGISNULL(0);
	*result = fcinfo->isnull ? (Datum) 0 : PG_GETARG_DATUM(0);
	return true;
}
