/*
 * call.c
 *	  What the kernels share.
 */
#include "postgres.h"

#include "function/call.h"

void
sydra_call_set_null(SydraCall *call, int row)
{
	if (call->result->valid == NULL)
		sydra_valid_fill(call->valid_room, call->count, true);
	else if (call->result->valid != call->valid_room)
		memcpy(call->valid_room, call->result->valid,
			   (call->count + 63) / 64 * sizeof(uint64));
	call->result->valid = call->valid_room;
	sydra_valid_clear(call->valid_room, row);
}
