/*
 * Rows of the head, taken apart.
 */
#ifndef SYDRA_HEAD_ROW_H
#define SYDRA_HEAD_ROW_H

#include "executor/tuptable.h"

typedef struct SydraHeadRow SydraHeadRow;

/* For slots of this row type; in the current context. */
extern SydraHeadRow *sydra_head_row_plan(TupleDesc tupdesc);

/* slot_getallattrs() for a slot that heap_getnextslot() has filled. */
extern void sydra_head_row_deform(const SydraHeadRow *row, TupleTableSlot *slot);

#endif
