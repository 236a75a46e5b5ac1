/*
 * How the last sydraQL query of the session went: sydraql_last_stats().
 */
#ifndef SYDRA_API_STATS_H
#define SYDRA_API_STATS_H

#include "portability/instr_time.h"

#include "plan/explain.h"
#include "store/cursor.h"

/* One query on its way; the caller fills in rows and memory. */
typedef struct SydraStats
{
	uint64		trace_id[2];
	instr_time	since;			/* here its clock was started */
	SydraCursorStats read_before;
	SydraStages stages;
	bool		finished;
	int64		rows;			/* given, inserted or deleted */
	Size		memory;			/* the most that its plan held */
	SydraCursorStats read;
} SydraStats;

/* From here on this is the session's last query, until another begins. */
extern void sydra_stats_begin(SydraStats *stats);

/*
 * A stage, a member of stats->stages, or a part of it is at its end; the clock goes on.  Where others
 * worked meanwhile it is started anew.
 */
extern void sydra_stats_stage(SydraStats *stats, double *stage_ms);
extern void sydra_stats_resume(SydraStats *stats);

extern void sydra_stats_end(SydraStats *stats);

#endif
