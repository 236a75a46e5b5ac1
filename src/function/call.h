/*
 * What the kernels share.
 */
#ifndef SYDRA_CALL_H
#define SYDRA_CALL_H

#include "base/error.h"
#include "function/kernels.h"
#include "vector/valid.h"

/* The at-th of the rows that are asked for. */
static inline int
sydra_call_row(const SydraCall *call, int at)
{
	return call->selected ? call->selected[at] : at;
}

/* The rows that are asked for, one after another. */
#define SYDRA_FOR_ROWS(call, row) \
	for (int at_ = 0, row; \
		 at_ < (call)->selected_count && ((row) = sydra_call_row(call, at_), true); at_++)

#define SYDRA_ARGUMENT(call, n, type) ((const type *) (call)->arguments[n]->values)
#define SYDRA_RESULT(call, type) ((type *) (call)->result->values)

#endif
