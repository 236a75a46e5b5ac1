/*
 * aggregate_pair.c
 *	  The aggregates of pairs as rows of the registry have them.
 */
#include "postgres.h"

#include "base/error.h"
#include "function/kernels.h"
#include "function/pair.h"

#define PAIRED(name, pairs) \
static bool \
result_##name(const void *state, SydraValue *value) \
{ \
	return pairs.result(state, &value->real); \
} \
\
const SydraAggregate sydra_aggregate_##name = { \
	.state_size = sizeof(SydraPairTotal),.result = result_##name,.pairing = &pairs \
}

PAIRED(delta, sydra_pair_delta);
PAIRED(increase, sydra_pair_increase);
PAIRED(integral, sydra_pair_integral);
PAIRED(irate, sydra_pair_irate);
PAIRED(rate, sydra_pair_rate);
PAIRED(time_weighted_avg, sydra_pair_weighted);

void *
sydra_aggregate_integral_check(const SydraCall *call)
{
	const SydraValue *unit = call->constants[1];

	if (unit->isnull || unit->months != 0 || unit->integer <= 0)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
				SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
							 "unit of \"integral\" must be a positive duration of fixed length"),
				sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, call->source, call->offset),
				errhint("Write it in days or shorter units, such as 1s or 1h."));
	return NULL;
}
