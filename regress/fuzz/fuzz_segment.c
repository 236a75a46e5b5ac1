/*
 * fuzz_segment.c
 *	  Segments with right checksums and wrong content.
 *
 * The reader opens the segment, reads every vector of every column and verifies it: XX001, or
 * values that can be looked at.  The input is segment_input.h's.
 */
#include "postgres.h"

#include "segment_input.h"
#include "shim.h"
#include "store/cursor.h"

/* Every byte of a vector is there; all of it has to be read so that the sanitizers look. */
static void
look_at(const SydraVector *vector, bool wants_nul)
{
	if (vector->kind != SYDRA_KIND_TEXT && vector->kind != SYDRA_KIND_DATUM)
		return;
	for (int row = 0; row < vector->count; row++)
	{
		SydraBytes	bytes = sydra_vector_bytes(vector, row);

		if (sydra_vector_is_null(vector, row))
		{
			require(bytes.length == 0);
			continue;
		}
		for (int i = 0; i < bytes.length; i++)
			(void) *(const volatile char *) &bytes.data[i];
		require(!wants_nul || (bytes.length > 0 && bytes.data[bytes.length - 1] == '\0'));
	}
}

static void
read_columns(SydraSegmentReader *reader, int number, const SydraVectorInfo *info)
{
	for (int i = 0; i <= (int) lengthof(columns); i++)
	{
		AttrNumber	attnum = i == 0 ? SYDRA_CURSOR_WRITE_XID : columns[i - 1].attnum;
		SydraVector vector;

		if (!sydra_segment_read(reader, attnum, number, &vector))
			continue;
		require(sydra_segment_has(reader, attnum));
		require(vector.count == info->count);
		look_at(&vector, i > 0 && columns[i - 1].typlen == -2);
	}
}

static void
read_all(void *argument)
{
	SydraStore	store = {0};
	SydraSegmentReader *reader = sydra_segment_open(NULL, &store, &table, &input.segment);
	int			rows = sydra_segment_row_count(reader);
	int			next = 0;
	int			run_count;
	const SydraRun *runs = sydra_segment_runs(reader, &run_count);

	require(runs[0].first_row == 0 && runs[run_count - 1].first_row < rows);
	for (int i = 0; i < sydra_segment_vector_count(reader); i++)
	{
		SydraVectorInfo info;

		sydra_segment_vector_info(reader, i, &info);
		require(info.first_row == next && info.count > 0 && info.count <= SYDRA_BATCH_ROWS);
		require(info.first_run >= 0 && info.run_count > 0 &&
				info.first_run + info.run_count <= run_count);
		require(sydra_segment_vector_of(reader, next) == i);
		next += info.count;
		read_columns(reader, i, &info);
	}
	require(next == rows);
	sydra_segment_close(reader);
}

static void
verify(void *argument)
{
	SydraStore	store = {0};
	List	   *faults = NIL;

	sydra_segment_verify(NULL, &store, &table, NULL, &input.segment, &faults);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int			state;

	if (size < 1)
		return 0;
	segment_input_set(data, size);
	state = shim_run(read_all, NULL);
	require(state == 0 || state == ERRCODE_DATA_CORRUPTED || state == ERRCODE_FEATURE_NOT_SUPPORTED);
	state = shim_run(verify, NULL);
	require(state == 0 || state == ERRCODE_FEATURE_NOT_SUPPORTED);
	free(input.bytes);
	return 0;
}
