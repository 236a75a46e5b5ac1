/*
 * choose.c
 *	  Functions that give one of their arguments: greatest least coalesce nullif if.
 */
#include "postgres.h"

#include "function/call.h"

/* Starts with every row null and every element readable. */
static void
begin(SydraCall *call)
{
	sydra_valid_fill(call->valid_room, call->count, false);
	call->result->valid = call->valid_room;
	memset(call->result->values, 0, call->count * sydra_kind_size(call->result->kind));
}

static void
take(SydraCall *call, int row, const SydraVector *argument)
{
	if (sydra_vector_is_null(argument, row))
		return;
	sydra_vector_copy_element(call->result, row, argument, row);
	sydra_valid_set(call->valid_room, row);
}

static void
choose_extreme(SydraCall *call, int direction)
{
	begin(call);
	SYDRA_FOR_ROWS(call, row)
	{
		for (int i = 0; i < call->argument_count; i++)
		{
			const SydraVector *argument = call->arguments[i];

			if (sydra_vector_is_null(call->result, row) ||
				(!sydra_vector_is_null(argument, row) &&
				 sydra_vector_compare(argument, row, call->result, row) * direction > 0))
				take(call, row, argument);
		}
	}
}

void
sydra_choose_greatest(SydraCall *call)
{
	choose_extreme(call, 1);
}

void
sydra_choose_least(SydraCall *call)
{
	choose_extreme(call, -1);
}

void
sydra_choose_coalesce(SydraCall *call)
{
	begin(call);
	SYDRA_FOR_ROWS(call, row)
	{
		for (int i = 0; i < call->argument_count && sydra_vector_is_null(call->result, row); i++)
			take(call, row, call->arguments[i]);
	}
}

void
sydra_choose_nullif(SydraCall *call)
{
	const SydraVector *x = call->arguments[0];
	const SydraVector *y = call->arguments[1];

	begin(call);
	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(x, row) || sydra_vector_is_null(y, row) ||
			sydra_vector_compare(x, row, y, row) != 0)
			take(call, row, x);
	}
}

void
sydra_choose_if(SydraCall *call)
{
	const SydraVector *condition = call->arguments[0];

	begin(call);
	SYDRA_FOR_ROWS(call, row)
	{
		bool		chosen = ((const uint8 *) condition->values)[row] &&
			!sydra_vector_is_null(condition, row);

		take(call, row, call->arguments[chosen ? 1 : 2]);
	}
}
