/*
 * Numbers for series that grow in the order of their tags, and stay what they are while a scan gets to
 * know more series.
 */
#ifndef SYDRA_SERIES_RANK_H
#define SYDRA_SERIES_RANK_H

#include "series/dictionary.h"

typedef struct SydraSeriesRank SydraSeriesRank;

/* In the current memory context. */
extern SydraSeriesRank *sydra_series_rank_create(void);

/* Numbers the series that the dictionary has learnt since the last call. */
extern void sydra_series_rank_extend(SydraSeriesRank *rank, SydraDictionary *dictionary);

extern int64 sydra_series_rank(const SydraSeriesRank *rank, uint32 series);

#endif
