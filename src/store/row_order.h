/*
 * Buffered rows in the order of segments: sorted, without those that later ones replace, and cut.
 */
#ifndef SYDRA_ROW_ORDER_H
#define SYDRA_ROW_ORDER_H

#include "store/segment_writer.h"

/*
 * Takes out the rows that later ones of the same series and time replace.  The result says for each
 * row which one is the last of its series and time, itself or another; in the current context.
 */
extern uint32 *sydra_row_order_keep_last(SydraRowBuffer *buffer);

/* All rows in the order of the segments that they are to be in. */
typedef struct SydraRowOrder
{
	uint32	   *persistent;		/* series ids, by those of the dictionary */
	uint32	   *rows;
	int			row_count;
	int			count;			/* of segments */
	int			capacity;
	int		   *starts;			/* of each in rows */
} SydraRowOrder;

/*
 * By (series, time, xid, order added), cut into segments.  Unknown series become persistent.  In the
 * current context.
 */
extern SydraRowOrder *sydra_row_order_cut(SydraRowBuffer *buffer, Relation rel,
										  const SydraStore *store);

/* So many rows a segment of the table has at most. */
extern int	sydra_row_order_full(const SydraTable *table);

/* Where a segment ends in rows. */
extern int	sydra_row_order_end(const SydraRowOrder *order, int segment);

#endif
