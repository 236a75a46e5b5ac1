/*
 * Takes rows of the head away, page by page, without a word to whoever comes upon one but 40001.
 */
#ifndef SYDRA_HEAD_DELETE_H
#define SYDRA_HEAD_DELETE_H

#include "storage/block.h"
#include "storage/off.h"
#include "utils/relcache.h"

/*
 * Deletes rows of one page that a registered snapshot sees, as having moved elsewhere.  deleted[i] is
 * false of a row that somebody has changed or locked since, and that stays.
 */
extern void sydra_head_delete(Relation rel, BlockNumber block, const OffsetNumber *offsets,
							  int count, bool *deleted);

#endif
