/*
 * What flows between storage and engine, and from operator to operator.
 */
#ifndef SYDRA_BATCH_H
#define SYDRA_BATCH_H

#include "vector/vector.h"

/* Neighbouring rows of one series; a run ends where the next begins, the last at the batch's end. */
typedef struct SydraRun
{
	uint32		series;			/* id in the scan's SydraDictionary */
	int32		first_row;
} SydraRun;

/*
 * Up to SYDRA_BATCH_ROWS rows.  Valid until its maker is asked for the next one.
 *
 * When selected is not NULL only the rows it names (ascending, selected_count of them) exist; the
 * others hold values that must not be looked at for their meaning.
 *
 * runs is set by the cursor; operators above the scan look at the values instead.
 */
typedef struct SydraBatch
{
	int			count;
	int			column_count;
	SydraVector *columns;
	uint16	   *selected;
	int			selected_count;
	SydraRun   *runs;
	int			run_count;
	int64		settled;		/* these two: of a cursor with an order, see store/cursor.h */
	int64		place;
} SydraBatch;

#endif
