/*
 * segment_writer.c
 *	  Turns buffered rows into segments: cut (row_order.h), encoded (segment_encoder.h), written.
 *
 * A segment is encoded in memory and written by sydra_segment_image_write(); until
 * sydra_directory_add() there no reader can reach it, so a crash or an abort leaves only dead rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "store/chunk.h"
#include "store/row_buffer.h"
#include "store/row_order.h"
#include "store/segment_encoder.h"

static int
compare_uint64(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return (left > right) - (left < right);
}

/* Loads the values of an image's rows, which are those of values from now on. */
static void
load_values(const SydraRowBuffer *buffer, SydraSegmentImage *image, SydraRowBuffer *values)
{
	uint64	   *sorted = palloc(sizeof(uint64) * image->count);
	uint32	   *rows = palloc(sizeof(uint32) * image->count);

	for (int i = 0; i < image->count; i++)
		sorted[i] = (uint64) image->rows[i] << 32 | i;
	qsort(sorted, image->count, sizeof(uint64), compare_uint64);
	for (int i = 0; i < image->count; i++)
	{
		rows[i] = sorted[i] >> 32;
		image->rows[(uint32) sorted[i]] = i;
	}
	sydra_row_buffer_clear(values);
	buffer->loader(buffer->loader_arg, rows, image->count, values);
	if (values->count != image->count)
		elog(ERROR, "%d of %d rows were loaded", values->count, image->count);
	pfree(rows);
	pfree(sorted);
}

/* values is for those of a stripped buffer. */
static SydraSegmentImage *
make_image(const SydraRowBuffer *buffer, const SydraRowOrder *order, int segment,
		   SydraRowBuffer *values)
{
	SydraSegmentImage *image = palloc0(sizeof(SydraSegmentImage));
	const uint32 *rows = order->rows + order->starts[segment];
	int			count = sydra_row_order_end(order, segment) - order->starts[segment];

	image->context = CurrentMemoryContext;
	image->schema_gen = sydra_table_signature(buffer->table);
	image->count = count;
	image->rows = palloc(sizeof(uint32) * count);
	image->series = palloc(sizeof(uint32) * count);
	memcpy(image->rows, rows, sizeof(uint32) * count);
	for (int i = 0; i < count; i++)
		image->series[i] = order->persistent[buffer->series[rows[i]]];
	if (buffer->loader != NULL)
		load_values(buffer, image, values);
	sydra_segment_encoder_run(image, buffer->loader != NULL ? values : buffer);
	return image;
}

List *
sydra_row_buffer_encode(SydraRowBuffer *buffer, Relation rel, const SydraStore *store)
{
	SydraRowOrder *order = sydra_row_order_cut(buffer, rel, store);
	List	   *images = NIL;

	Assert(buffer->loader == NULL);
	for (int i = 0; i < order->count; i++)
		images = lappend(images, make_image(buffer, order, i, NULL));
	return images;
}

/* What a segment's rows are found by. */
typedef struct Address
{
	int64		segno;
	int32		tidseg;
} Address;

/* For all segments, or as many as there are; gives their number. */
static int
draw_addresses(const SydraStore *store, Address *addresses, int count)
{
	for (int i = 0; i < count; i++)
		if (!sydra_directory_draw(store->storage_id, &addresses[i].segno, &addresses[i].tidseg))
			return i;
	return count;
}

/* The first segments, each in memory alone. */
static void
write_first(const SydraRowBuffer *buffer, Relation rel, const SydraStore *store,
			const SydraRowOrder *order, const Address *addresses, int count,
			const SydraSegmentOrigin *origin, SydraSegmentTotals *totals)
{
	SydraRowBuffer *values = buffer->loader == NULL ? NULL :
		sydra_row_buffer_create(buffer->table, RelationGetDescr(rel), buffer->dictionary);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra segment image",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraSegmentOrigin next = *origin;

	for (int i = 0; i < count; i++)
	{
		SydraSegmentImage *image;

		MemoryContextReset(context);
		image = make_image(buffer, order, i, values);
		image->segno = addresses[i].segno;
		image->tidseg = addresses[i].tidseg;
		sydra_segment_image_write(image, rel, store, &next);
		if (next.place >= 0 && next.place + 1 < next.place_end)
			next.place++;
		totals->segments++;
		totals->rows += image->count;
		totals->bytes += image->stream.len;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

SydraSegmentTotals
sydra_row_buffer_write(SydraRowBuffer *buffer, Relation rel, const SydraStore *store,
					   const SydraSegmentOrigin *origin)
{
	MemoryContext context = AllocSetContextCreate(buffer->context, "sydra bulk write",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraSegmentTotals totals = {0};
	SydraRowOrder *order = sydra_row_order_cut(buffer, rel, store);
	Address    *addresses = palloc(sizeof(Address) * Max(order->count, 1));
	int			drawn = draw_addresses(store, addresses, order->count);

	if (drawn < order->count && origin->whole)
		drawn = 0;
	write_first(buffer, rel, store, order, addresses, drawn, origin, &totals);
	MemoryContextSwitchTo(caller);
	if (drawn < order->count)
	{
		Size		size;

		totals.left_count = order->row_count - order->starts[drawn];
		size = sizeof(uint32) * totals.left_count;
		totals.left = palloc_extended(size, MCXT_ALLOC_HUGE);
		memcpy(totals.left, order->rows + order->starts[drawn], size);
	}
	MemoryContextDelete(context);
	return totals;
}

bool
sydra_segment_image_refresh(SydraSegmentImage *image, SydraRowBuffer *buffer)
{
	MemoryContext caller;
	int			kept = 0;

	for (int i = 0; i < image->count; i++)
	{
		if (buffer->excluded[image->rows[i]])
			continue;
		image->rows[kept] = image->rows[i];
		image->series[kept++] = image->series[i];
	}
	if (kept == image->count)
		return true;
	image->count = kept;
	pfree(image->stream.data);
	image->stream.data = NULL;
	if (kept == 0)
		return false;
	caller = MemoryContextSwitchTo(image->context);
	sydra_segment_encoder_run(image, buffer);
	MemoryContextSwitchTo(caller);
	return true;
}

bool
sydra_segment_image_reserve(SydraSegmentImage *image, const SydraStore *store)
{
	return sydra_directory_draw(store->storage_id, &image->segno, &image->tidseg);
}

void
sydra_segment_image_write(SydraSegmentImage *image, Relation rel, const SydraStore *store,
						  const SydraSegmentOrigin *origin)
{
	SydraSegment segment = {.segno = image->segno, .tidseg = image->tidseg};

	Assert(image->segno != 0);
	segment.storage_id = store->storage_id;
	segment.place = origin->place >= 0 ? origin->place : sydra_directory_place(segment.segno);
	segment.kind = origin->kind;
	segment.level = origin->level;
	segment.nrows = image->count;
	segment.tmin = image->header.time_min;
	segment.tmax = image->header.time_max;
	segment.smin = (int32) image->series[0];
	segment.smax = (int32) image->series[image->count - 1];
	segment.xid_lo = FullTransactionIdFromU64(image->header.xid_min);
	segment.xid_hi = FullTransactionIdFromU64(image->header.xid_max);
	segment.creator = GetTopFullTransactionId();
	segment.schema_gen = image->schema_gen;
	sydra_chunk_write(store, (const uint8 *) image->stream.data, image->stream.len, &segment);
	sydra_directory_add(&segment, origin->cid);
}

int
sydra_segment_image_rows(const SydraSegmentImage *image)
{
	return image->count;
}
