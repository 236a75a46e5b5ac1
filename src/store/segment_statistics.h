/*
 * What a segment says of a column in its header.
 */
#ifndef SYDRA_SEGMENT_STATISTICS_H
#define SYDRA_SEGMENT_STATISTICS_H

typedef struct SydraSegmentStatistics
{
	int			count;			/* values that are not null */
	bool		has_range;		/* the least and the greatest of these; NaN is above all numbers */
	bool		has_sum;
	uint64		min;			/* bit patterns of int64 or double */
	uint64		max;
	int64		sum_high;		/* int128 in halves */
	uint64		sum_low;
} SydraSegmentStatistics;

#endif
