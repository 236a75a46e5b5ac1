/*
 * Rows out of a table, by the executor's own DELETE: what holds for the user's holds here.
 */
#ifndef SYDRA_API_DELETE_H
#define SYDRA_API_DELETE_H

#include "plan/plan.h"

/*
 * Deletes the rows of a scan that is bounded from both sides.  Needs SPI; gives the number of rows
 * that were deleted, which triggers may have made fewer.
 */
extern int64 sydra_delete_rows(const SydraPlanScan *scan);

#endif
