/*
 * Aggregates of pairs: two samples of one series that follow each other.
 *
 * The pairs of a series that belong to a group are summed first; then each series adds its share to
 * the group's total, which is the aggregate's state.
 */
#ifndef SYDRA_PAIR_H
#define SYDRA_PAIR_H

#include "function/float_sum.h"

typedef struct SydraSample
{
	int64		time;
	double		value;
} SydraSample;

/* Of one series in one group. */
typedef struct SydraPairSum
{
	SydraFloatSum sum;			/* count is that of the pairs */
	int64		time_us;		/* their lengths together */
} SydraPairSum;

typedef struct SydraPairing SydraPairing;

/* Of one group; zero at first. */
typedef struct SydraPairTotal
{
	SydraFloatSum sum;			/* count is that of the series with a pair */
	int64		time_us;
	int64		unit_us;		/* of integral(); 0: a second */
} SydraPairTotal;

struct SydraPairing
{
	bool		of_first;		/* a pair belongs to the group of its first sample, not its second */
	/* The pairs of count samples, times rising, with the sample before them. */
	void		(*add) (SydraPairSum *sum, SydraSample before, const int64 *times,
						const double *values, int count);
	/* A series has no more pairs in the group; it had one at least. */
	void		(*close) (SydraPairTotal *total, const SydraPairSum *sum);
	bool		(*result) (const SydraPairTotal *total, double *value);	/* false: null */
};

extern const SydraPairing sydra_pair_delta;
extern const SydraPairing sydra_pair_increase;
extern const SydraPairing sydra_pair_integral;
extern const SydraPairing sydra_pair_irate;
extern const SydraPairing sydra_pair_rate;
extern const SydraPairing sydra_pair_weighted;

/*
 * Readies the samples of one series, in order, for add: of equal times the last stays, infinite ones
 * go.  Gives the number that is left; they begin at *times and *values, which are changed, or moved
 * to the rooms of as many elements.
 */
extern int	sydra_pair_clean(const int64 **times, const double **values, int count,
							 int64 *time_room, double *value_room);

#endif
