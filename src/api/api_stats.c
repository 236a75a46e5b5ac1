/*
 * api_stats.c
 *	  The figures of the session's last query.
 *
 * A query that fails leaves what is known at its beginning: that it is the last, and not finished.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "api/api_stats.h"
#include "base/sql_function.h"

SYDRA_FUNCTION(sydra_last_stats);

static SydraStats last;			/* trace_id is zero before the first query */

void
sydra_stats_begin(SydraStats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->trace_id[0] = pg_prng_uint64(&pg_global_prng_state);
	stats->trace_id[1] = pg_prng_uint64(&pg_global_prng_state) | 1;
	last = *stats;
	sydra_stats_resume(stats);
}

void
sydra_stats_resume(SydraStats *stats)
{
	stats->read_before = *sydra_cursor_totals();
	INSTR_TIME_SET_CURRENT(stats->since);
}

void
sydra_stats_stage(SydraStats *stats, double *stage_ms)
{
	instr_time	now;
	instr_time	took;

	INSTR_TIME_SET_CURRENT(now);
	took = now;
	INSTR_TIME_SUBTRACT(took, stats->since);
	*stage_ms += INSTR_TIME_GET_MILLISEC(took);
	sydra_cursor_add_since(&stats->read_before, &stats->read);
	stats->read_before = *sydra_cursor_totals();
	stats->since = now;
}

void
sydra_stats_end(SydraStats *stats)
{
	stats->finished = true;
	last = *stats;
}

/* sydraql_last_stats() RETURNS jsonb */
Datum
sydra_last_stats(PG_FUNCTION_ARGS)
{
	const SydraStages *stages = &last.stages;
	const SydraCursorStats *read = &last.read;
	StringInfoData out;

	if (last.trace_id[1] == 0)
		PG_RETURN_NULL();
	initStringInfo(&out);
	appendStringInfoString(&out, "{\"trace_id\": \"");
	for (int i = 0; i < 2; i++)
		appendStringInfo(&out, "%08x%08x", (uint32) (last.trace_id[i] >> 32),
						 (uint32) last.trace_id[i]);
	appendStringInfoChar(&out, '"');
	appendStringInfo(&out, ", \"finished\": %s", last.finished ? "true" : "false");
	if (last.finished)
	{
		appendStringInfo(&out, ", \"parse_ms\": %.3f, \"validate_ms\": %.3f, \"plan_ms\": %.3f, "
						 "\"execute_ms\": %.3f",
						 stages->parse_ms, stages->validate_ms, stages->plan_ms,
						 stages->execute_ms);
		appendStringInfo(&out, ", \"rows\": " INT64_FORMAT ", \"memory_bytes\": %zu",
						 last.rows, last.memory);
		appendStringInfo(&out, ", \"points_scanned\": " INT64_FORMAT ", \"points_pruned\": "
						 INT64_FORMAT, read->rows_segments + read->rows_head, read->rows_pruned);
		appendStringInfo(&out, ", \"segments_scanned\": " INT64_FORMAT ", \"segments_pruned\": "
						 INT64_FORMAT, read->segments_read, read->segments_pruned);
		appendStringInfoString(&out, ", \"rollup\": null, \"rollup_reason\": \"there are none\"");
	}
	appendStringInfoChar(&out, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data));
}
