/*
 * sydraql.c
 *	  The library's entry point.
 */
#include "postgres.h"

#include "fmgr.h"

#include "am/am.h"
#include "api/api_stream.h"
#include "api/api_typed.h"
#include "base/background.h"
#include "base/setting.h"
#include "planner/planner.h"
#include "store/bulk.h"
#include "worker/worker.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	sydra_setting_define();
	sydra_background_init();
	sydra_bulk_init();
	sydra_worker_init();
	sydra_am_init();
	sydra_planner_init();
	sydra_api_typed_init();
	sydra_api_stream_init();
}
