/*
 * output.c
 *	  A batch that an operator fills row by row.
 */
#include "postgres.h"

#include "engine/output.h"
#include "vector/valid.h"

void
sydra_output_open(SydraOutput *output, const SydraPlan *plan)
{
	int			columns = plan->column_count;

	memset(output, 0, sizeof(*output));
	output->batch.column_count = columns;
	output->batch.columns = palloc0(sizeof(SydraVector) * Max(columns, 1));
	output->valid_rooms = palloc(sizeof(uint64 *) * Max(columns, 1));
	for (int i = 0; i < columns; i++)
	{
		output->batch.columns[i].kind = plan->columns[i].kind;
		output->batch.columns[i].values = palloc0(SYDRA_BATCH_ROWS *
												  sydra_kind_size(plan->columns[i].kind));
		output->valid_rooms[i] = palloc(sizeof(uint64) * SYDRA_VALID_WORDS);
	}
}

void
sydra_output_begin(SydraOutput *output)
{
	for (int i = 0; i < output->batch.column_count; i++)
		output->batch.columns[i].valid = NULL;
}

void
sydra_output_set_null(SydraOutput *output, int column, int row)
{
	SydraVector *vector = &output->batch.columns[column];

	if (vector->valid == NULL)
	{
		vector->valid = output->valid_rooms[column];
		sydra_valid_fill(vector->valid, SYDRA_BATCH_ROWS, true);
	}
	sydra_valid_clear(vector->valid, row);
}

SydraBatch *
sydra_output_end(SydraOutput *output, int count)
{
	for (int i = 0; i < output->batch.column_count; i++)
		output->batch.columns[i].count = count;
	output->batch.count = count;
	return &output->batch;
}
