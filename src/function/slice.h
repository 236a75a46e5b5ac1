/*
 * The rows of one aggregate's input, side by side.
 */
#ifndef SYDRA_SLICE_H
#define SYDRA_SLICE_H

#include "function/registry.h"

static inline int
sydra_slice_row(const SydraAggregateInput *input, int place)
{
	return input->rows ? input->rows[place] : place;
}

/* The values of the first argument: in place, or gathered into room for SYDRA_BATCH_ROWS. */
static inline const double *
sydra_slice_float(const SydraAggregateInput *input, double *room)
{
	const double *values = input->arguments[0]->values;
	const uint16 *rows = input->rows + input->start;
	int			count = input->end - input->start;

	if (input->rows == NULL)
		return values + input->start;
	for (int i = 0; i < count; i++)
		room[i] = values[rows[i]];
	return room;
}

static inline const int64 *
sydra_slice_int(const SydraAggregateInput *input, int64 *room)
{
	const int64 *values = input->arguments[0]->values;
	const uint16 *rows = input->rows + input->start;
	int			count = input->end - input->start;

	if (input->rows == NULL)
		return values + input->start;
	for (int i = 0; i < count; i++)
		room[i] = values[rows[i]];
	return room;
}

#endif
