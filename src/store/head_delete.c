/*
 * head_delete.c
 *	  Takes rows of the head away, page by page.
 *
 * heap_delete() looks its page up, locks it and writes WAL for each row, which is most of what moving a
 * page of small rows costs.  So rows that are in the plainest state, committed and with nobody at them,
 * are marked here: all those of a page under one lock, with one image of the page for WAL, which is
 * the image that a first change after a checkpoint writes in any case.  The marks are those that
 * heap_delete() leaves.  Every other row goes through heap_delete() itself, and so do all of a page
 * when they are so few that their own WAL is much shorter than the image, and the first of a page that
 * is all visible: the visibility map is heapam's, here and on a standby.  Of catalogs of logical
 * decoding, which a table can be declared to be, WAL has to tell more.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/xact.h"
#include "access/xloginsert.h"
#include "catalog/catalog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "store/head_delete.h"

/* What heap_delete() writes of a row, without an image. */
#define RECORD_BYTES 56

/* How many times that an image may take. */
#define IMAGE_FACTOR 2

static bool
delete_row(Relation rel, BlockNumber block, OffsetNumber offset)
{
	ItemPointerData tid;
	TM_FailureData failure;

	ItemPointerSet(&tid, block, offset);
	return heap_delete(rel, &tid, GetCurrentCommandId(true), InvalidSnapshot, false, &failure,
					   true) == TM_Ok;
}

static bool
may_take_page(Relation rel, Page page, int count)
{
	Size		image = BLCKSZ - PageGetExactFreeSpace(page);

	if (RelationIsAccessibleInLogicalDecoding(rel))
		return false;
	return !RelationNeedsWAL(rel) || image <= (Size) count * RECORD_BYTES * IMAGE_FACTOR;
}

/* The row, if there is nothing about it that heap_delete() would have to look into. */
static HeapTupleHeader
find_plain_row(Page page, OffsetNumber offset)
{
	ItemId		item = PageGetItemId(page, offset);
	HeapTupleHeader row;

	if (!ItemIdIsNormal(item))
		return NULL;
	row = (HeapTupleHeader) PageGetItem(page, item);
	if ((row->t_infomask & HEAP_XMAX_INVALID) == 0 || !HeapTupleHeaderXminCommitted(row) ||
		(row->t_infomask & (HEAP_MOVED | HEAP_HASEXTERNAL)) != 0)
		return NULL;
	return row;
}

static void
mark_deleted(HeapTupleHeader row, TransactionId xid, CommandId cid)
{
	row->t_infomask &= ~(HEAP_XMAX_BITS | HEAP_MOVED);
	row->t_infomask2 |= HEAP_KEYS_UPDATED;
	HeapTupleHeaderClearHotUpdated(row);
	HeapTupleHeaderSetXmax(row, xid);
	HeapTupleHeaderSetCmax(row, cid, false);
	HeapTupleHeaderSetMovedPartitions(row);
}

/* Marks the plain rows; readers of the page go on beside it, as they do beside heap_delete(). */
static void
mark_plain_rows(Relation rel, Buffer buffer, const OffsetNumber *offsets, int count, bool *deleted)
{
	TransactionId xid = GetCurrentTransactionId();
	CommandId	cid = GetCurrentCommandId(true);
	Page		page = BufferGetPage(buffer);
	int			marked = 0;

	MultiXactIdSetOldestMember();	/* as of whoever puts an xid into a row */
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	if (!PageIsAllVisible(page) && may_take_page(rel, page, count))
	{
		START_CRIT_SECTION();
		for (int i = 0; i < count; i++)
		{
			HeapTupleHeader row = find_plain_row(page, offsets[i]);

			deleted[i] = row != NULL;
			if (row == NULL)
				continue;
			mark_deleted(row, xid, cid);
			marked++;
		}
		if (marked > 0)
		{
			PageSetPrunable(page, xid);
			MarkBufferDirty(buffer);
			if (RelationNeedsWAL(rel))
				log_newpage_buffer(buffer, true);
		}
		END_CRIT_SECTION();
	}
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	for (int i = 0; i < marked; i++)
		pgstat_count_heap_delete(rel);
}

void
sydra_head_delete(Relation rel, BlockNumber block, const OffsetNumber *offsets, int count,
				  bool *deleted)
{
	Buffer		buffer = ReadBuffer(rel, block);
	int			first = 0;

	memset(deleted, false, count);

	/* Asked without the lock: when it has become so since, the rows go one by one. */
	if (PageIsAllVisible(BufferGetPage(buffer)))
		deleted[first] = delete_row(rel, block, offsets[first]), first++;
	mark_plain_rows(rel, buffer, offsets + first, count - first, deleted + first);
	for (int i = first; i < count; i++)
		if (!deleted[i])
			deleted[i] = delete_row(rel, block, offsets[i]);
	ReleaseBuffer(buffer);
}
