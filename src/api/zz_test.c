#include "postgres.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/builtins.h"
#include "base/sql_function.h"
#include "store/segment_reader.h"
#include "store/segment_writer.h"
SYDRA_FUNCTION(test_seal);
SYDRA_FUNCTION(test_rows);
SYDRA_FUNCTION(test_cursor);
#include "store/cursor.h"
Datum
test_cursor(PG_FUNCTION_ARGS)
{
	Relation rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	SydraCursorSpec spec = {0}; SydraCursor *c; SydraBatch *b; int64 n = 0, batches = 0; double sum = 0; AttrNumber cols[2];
	SydraTagPredicate p = {0}; SydraBytes v;
	const SydraCursorStats *st;
	spec.table = sydra_table_describe(rel);
	spec.time_min = PG_ARGISNULL(1) ? PG_INT64_MIN : PG_GETARG_INT64(1); spec.time_max = PG_ARGISNULL(2) ? PG_INT64_MAX : PG_GETARG_INT64(2);
	spec.column_count = 2; spec.columns = cols; cols[0] = spec.table->time_attnum; cols[1] = sydra_table_column_by_name(spec.table, "v")->attnum;
	if (!PG_ARGISNULL(3)) { spec.tags = &p; p.op = SYDRA_TAG_MATCH; p.key = "host"; p.value_count = 1; p.values = &v; v.data = text_to_cstring(PG_GETARG_TEXT_PP(3)); v.length = strlen(v.data); p.regex = sydra_regex_compile(v.data, v.length, "", v.data, 0); }
	c = sydra_cursor_open(rel, GetActiveSnapshot(), &spec);
	while (sydra_cursor_next(c, &b)) {
		batches++;
		n += b->selected ? b->selected_count : b->count;
		for (int i = 0; i < (b->selected ? b->selected_count : b->count); i++) { int r = b->selected ? b->selected[i] : i; if (!sydra_vector_is_null(&b->columns[1], r)) sum += sydra_vector_float8(&b->columns[1], r); }
	}
	st = sydra_cursor_stats(c);
	elog(NOTICE, "rows %ld sum %.3f batches %ld segs %ld pruned %ld vec %ld pruned %ld rseg %ld head %ld series %ld", n, sum, batches, st->segments_total, st->segments_pruned, st->vectors_read, st->vectors_pruned, st->rows_segments, st->rows_head, st->series_matched);
	sydra_cursor_close(c);
	table_close(rel, NoLock);
	PG_RETURN_INT64(n);
}
Datum
test_seal(PG_FUNCTION_ARGS)
{
	Relation rel = table_open(PG_GETARG_OID(0), RowExclusiveLock);
	SydraStore store; SydraTable *table; SydraDictionary *dict; SydraRowBuffer *buf;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsBufferHeapTuple);
	TableScanDesc scan; int skipped = 0; List *images; ListCell *lc; int64 bytes = 0;
	const TableAmRoutine *heap = GetHeapamTableAmRoutine();
	sydra_store_ensure(rel, &store);
	table = sydra_table_describe(rel);
	dict = sydra_dictionary_open(table, store.storage_id);
	buf = sydra_row_buffer_create(table, RelationGetDescr(rel), dict);
	scan = heap->scan_begin(rel, GetActiveSnapshot(), 0, NULL, NULL, SO_TYPE_SEQSCAN | SO_ALLOW_PAGEMODE);
	while (heap->scan_getnextslot(scan, ForwardScanDirection, slot))
		if (!sydra_row_buffer_add(buf, slot, &slot->tts_tid, GetTopFullTransactionId()))
			skipped++;
	heap->scan_end(scan);
	ExecDropSingleTupleTableSlot(slot);
	images = sydra_row_buffer_encode(buf, rel, &store);
	foreach(lc, images)
	{
		sydra_segment_image_write(lfirst(lc), rel, &store, 'c', 0);
		bytes += sydra_segment_image_bytes(lfirst(lc));
	}
	elog(NOTICE, "%d rows %d skipped %d segments %ld bytes %.2f/row", sydra_row_buffer_count(buf), skipped, list_length(images), bytes, (double) bytes / Max(1,sydra_row_buffer_count(buf)));
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}
Datum
test_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation rel = table_open(PG_GETARG_OID(1), AccessShareLock);
	SydraStore store; SydraTable *table; SydraDictionary *dict; SydraSegment *segs; int n;
	Datum *values = palloc0(sizeof(Datum) * RelationGetNumberOfAttributes(rel)); bool *nulls = palloc0(RelationGetNumberOfAttributes(rel));
	MemoryContext tmp = AllocSetContextCreate(CurrentMemoryContext, "t", ALLOCSET_DEFAULT_SIZES), old;
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (!sydra_store_find(rel, &store)) { table_close(rel, NoLock); PG_RETURN_VOID(); }
	table = sydra_table_describe(rel);
	dict = sydra_dictionary_open(table, store.storage_id);
	segs = sydra_directory_read(store.storage_id, PG_INT64_MIN, PG_INT64_MAX, GetActiveSnapshot(), &n);
	for (int i = 0; i < n; i++)
	{
		SydraSegmentReader *r = sydra_segment_open(rel, &store, table, &segs[i]);
		List *faults = NIL; ListCell *lc;
		for (int row = 0; row < sydra_segment_row_count(r); row++)
		{
			MemoryContextReset(tmp);
			old = MemoryContextSwitchTo(tmp);
			sydra_segment_row(r, dict, RelationGetDescr(rel), row, values, nulls);
			MemoryContextSwitchTo(old);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
		sydra_segment_close(r);
		sydra_segment_verify(rel, &store, table, dict, &segs[i], &faults);
		foreach(lc, faults) elog(WARNING, "fault %s", (char *) lfirst(lc));
	}
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}
