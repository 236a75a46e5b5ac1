/*
 * error.c
 *	  sydraQL's errors as ereport() sees them, and the nearest name for a hint.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/varlena.h"

#include "base/error.h"

int
sydra_errcode(SydraErrorName error)
{
	const char *state = sydra_error_sqlstate(error);

	return errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]));
}

int
sydra_errposition(const char *source, int offset)
{
	if (offset < 0)
		return 0;
	internalerrquery(source);
	return internalerrposition(pg_mbstrlen_with_len(source, offset) + 1);
}

void
sydra_nearest_add(SydraNearest *state, const char *candidate)
{
	int			length = strlen(state->name);
	int			candidate_length = strlen(candidate);
	int			most = state->nearest ? state->distance - 1 : Max(1, length / 3);
	int			distance;

	if (length < 2 || most < 1 || length > NAMEDATALEN || candidate_length > NAMEDATALEN)
		return;
	distance = varstr_levenshtein_less_equal(state->name, length, candidate, candidate_length,
											 1, 1, 1, most, true);
	if (distance <= most)
	{
		state->nearest = candidate;
		state->distance = distance;
	}
}
