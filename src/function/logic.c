/*
 * logic.c
 *	  and, or, not, in, is null: SQL's three values.
 */
#include "postgres.h"

#include "function/call.h"

/*
 * One value decides, whatever the others are: false for and, true for or.  Rows that an earlier
 * argument decided may hold anything in the later ones.
 */
static void
combine(SydraCall *call, uint8 deciding)
{
	uint8	   *restrict result = SYDRA_RESULT(call, uint8);
	uint8		unknown[SYDRA_BATCH_ROWS];
	bool		nulls = false;

	memset(result, !deciding, call->count);
	memset(unknown, 0, call->count);
	for (int i = 0; i < call->argument_count; i++)
	{
		const uint8 *restrict x = SYDRA_ARGUMENT(call, i, uint8);
		const uint64 *valid = call->arguments[i]->valid;

		if (valid == NULL && deciding)
			for (int row = 0; row < call->count; row++)
				result[row] |= x[row];
		else if (valid == NULL)
			for (int row = 0; row < call->count; row++)
				result[row] &= x[row];
		else
		{
			nulls = true;
			for (int row = 0; row < call->count; row++)
			{
				uint8		known = sydra_valid_get(valid, row);

				unknown[row] |= !known;
				if (deciding)
					result[row] |= x[row] & known;
				else
					result[row] &= x[row] | !known;
			}
		}
	}
	call->result->valid = NULL;
	if (!nulls)
		return;
	sydra_valid_fill(call->valid_room, call->count, true);
	for (int row = 0; row < call->count; row++)
		if (unknown[row] && result[row] != deciding)
			sydra_valid_clear(call->valid_room, row);
	call->result->valid = call->valid_room;
}

void
sydra_logic_and(SydraCall *call)
{
	combine(call, false);
}

void
sydra_logic_or(SydraCall *call)
{
	combine(call, true);
}

void
sydra_logic_not(SydraCall *call)
{
	const uint8 *restrict x = SYDRA_ARGUMENT(call, 0, uint8);
	uint8	   *restrict result = SYDRA_RESULT(call, uint8);

	for (int i = 0; i < call->count; i++)
		result[i] = !x[i];
}

void
sydra_logic_is_null(SydraCall *call)
{
	uint8	   *result = SYDRA_RESULT(call, uint8);
	const uint64 *valid = call->arguments[0]->valid;

	call->result->valid = NULL;
	memset(result, 0, call->count);
	if (valid == NULL)
		return;
	for (int i = 0; i < call->count; i++)
		result[i] = !sydra_valid_get(valid, i);
}

/* Adds the rows that equal one constant. */
static void
add_equal(SydraCall *call, const SydraValue *value)
{
	const SydraVector *argument = call->arguments[0];
	uint8	   *restrict result = SYDRA_RESULT(call, uint8);

	switch (argument->kind)
	{
		case SYDRA_KIND_BOOL:
			for (int i = 0; i < call->count; i++)
				result[i] |= ((const uint8 *) argument->values)[i] == value->boolean;
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			for (int i = 0; i < call->count; i++)
				result[i] |= ((const int64 *) argument->values)[i] == value->integer;
			return;
		case SYDRA_KIND_FLOAT:
			for (int i = 0; i < call->count; i++)
				result[i] |= sydra_float8_compare(sydra_vector_float8(argument, i),
												  value->real) == 0;
			return;
		case SYDRA_KIND_TEXT:
			SYDRA_FOR_ROWS(call, row)
				result[row] |= sydra_bytes_equal(sydra_vector_bytes(argument, row), value->bytes);
			return;
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "no equality for kind %d", (int) argument->kind);
}

void
sydra_logic_in(SydraCall *call)
{
	uint8	   *result = SYDRA_RESULT(call, uint8);
	bool		null_member = false;

	memset(result, 0, call->count);
	call->result->valid = call->arguments[0]->valid;
	for (int i = 1; i < call->argument_count; i++)
	{
		if (call->constants[i]->isnull)
			null_member = true;
		else
			add_equal(call, call->constants[i]);
	}
	if (null_member)
		for (int i = 0; i < call->count; i++)
			if (!result[i])
				sydra_call_set_null(call, i);
}
