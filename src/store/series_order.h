/*
 * Reading segments so that the rows of each series come in the order of their times, as far as the
 * segments allow, and telling how far that is.
 */
#ifndef SYDRA_SERIES_ORDER_H
#define SYDRA_SERIES_ORDER_H

#include "store/segment_reader.h"

typedef struct SydraSeriesOrder SydraSeriesOrder;

/*
 * Puts the segments, that come as the directory has them, into the order in which they are to be
 * read, and keeps them.  trusted: every
 * segment is sorted by today's series, and series of different numbers differ to the language.  In
 * the current memory context.
 */
extern SydraSeriesOrder *sydra_series_order_open(Relation rel, const SydraStore *store,
												 const SydraTable *table, SydraSegment *segments,
												 int count, bool trusted);

/*
 * The first time that a series of a vector has in the segments behind the one that is read; what the
 * vector has before is in order.  PG_INT64_MAX: none is that early; PG_INT64_MIN: nothing is in order.
 */
extern int64 sydra_series_order_settled(SydraSeriesOrder *order, int segment,
										const SydraVectorInfo *info, const SydraRun *runs);

/* The place of a segment in the order of writing, that they came in. */
extern int64 sydra_series_order_place(const SydraSeriesOrder *order, int segment);

#endif
