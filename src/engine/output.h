/*
 * A batch that an operator fills row by row.
 */
#ifndef SYDRA_OUTPUT_H
#define SYDRA_OUTPUT_H

#include "plan/plan.h"
#include "vector/batch.h"

typedef struct SydraOutput
{
	SydraBatch	batch;			/* room for SYDRA_BATCH_ROWS of the plan's columns */
	uint64	  **valid_rooms;	/* by column */
} SydraOutput;

/* In the current memory context. */
extern void sydra_output_open(SydraOutput *output, const SydraPlan *plan);

/* Starts a batch: no row is null. */
extern void sydra_output_begin(SydraOutput *output);

extern void sydra_output_set_null(SydraOutput *output, int column, int row);

/* So many rows have been stored. */
extern SydraBatch *sydra_output_end(SydraOutput *output, int count);

#endif
