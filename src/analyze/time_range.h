/*
 * The interval of time that a condition implies.
 */
#ifndef SYDRA_TIME_RANGE_H
#define SYDRA_TIME_RANGE_H

#include "analyze/query.h"

/* Everything. */
extern SydraTimeRange sydra_time_range_all(void);

/* From here on min >= max means: no row. */
extern bool sydra_time_range_is_empty(SydraTimeRange range);

extern SydraTimeRange sydra_time_range_intersect(SydraTimeRange a, SydraTimeRange b);

/*
 * A range outside of which the condition is not true.  time is the column that holds the time, -1
 * when the condition cannot speak of it.  exact may be NULL; it is set when inside the range the
 * condition is always true.
 */
extern SydraTimeRange sydra_time_range_of(SydraTerm *condition, int time, const char *source,
										  bool *exact);

#endif
