/*
 * row_sorter.c
 *	  Sorts rows, stably, by merging the runs in which they come.
 *
 * Segments give series after series, each sorted by time, so the input is mostly a few long runs:
 * they are found while the rows come in, and a sorted input costs one comparison a row.  A run that
 * falls strictly is turned round.  When memory gets short the rows so far are sorted and written to
 * a temporary file, and the files are merged at the end; when only the first rows are wanted the
 * others are dropped on the way.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "engine/output.h"
#include "engine/row_sorter.h"
#include "engine/row_store.h"

/* A limit is applied when so many times more rows are there, and at least so many. */
#define EXCESS_FACTOR 2
#define EXCESS_ROWS SYDRA_BATCH_ROWS

/* Fewer rows than this are not worth a file. */
#define SPILL_ROWS 4096

/* A sorted file, and its next row. */
typedef struct SpilledRun
{
	BufFile    *file;
	int64		left;			/* rows still in the file */
	char	   *row;			/* NULL at the end */
	char	  **texts;			/* by column: room for the row's texts */
	int		   *texts_room;
} SpilledRun;

struct SydraRowSorter
{
	SydraExecution *execution;
	const SydraPlan *plan;		/* of the rows */
	int			key_count;
	const SydraSortKey *keys;
	int64		limit;			/* or -1 */
	SydraRowStore *store;
	MemoryContext pointers;		/* of rows and runs */
	char	  **rows;
	char	  **merged;			/* scratch as large as rows */
	int64		row_count;
	int64		row_room;
	int64	   *runs;			/* where each run begins */
	int64		run_count;
	int64		run_room;
	bool		bounded;		/* the limit has been applied; then the first key of the last row */
	int64		bound;
	int			direction;		/* of the last run: 0 unknown (one row), 1 rises, -1 falls */

	SpilledRun **spilled;		/* in the order of the rows that they hold */
	int			spilled_count;
	int		   *heap;			/* of spilled runs that have a row, the least first */
	int			heap_count;

	bool		sorted;
	int64		given;
	MemoryContext batch_context;
	SydraOutput output;
};

static int
compare_values(const SydraRowStore *store, int column, const char *a, const char *b)
{
	switch (store->kinds[column])
	{
		case SYDRA_KIND_BOOL:
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			{
				int64		x = sydra_row_int64(store, a, column);
				int64		y = sydra_row_int64(store, b, column);

				return (x > y) - (x < y);
			}
		case SYDRA_KIND_FLOAT:
			return sydra_float8_compare(sydra_row_float8(store, a, column),
										sydra_row_float8(store, b, column));
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			return sydra_bytes_compare(sydra_row_bytes(store, a, column),
									   sydra_row_bytes(store, b, column));
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "no order for kind %d", (int) store->kinds[column]);
}

static inline int
compare_rows(const SydraRowSorter *sorter, const char *a, const char *b)
{
	for (int i = 0; i < sorter->key_count; i++)
	{
		const SydraSortKey *key = &sorter->keys[i];
		bool		null_a = sydra_row_is_null(a, key->column);
		bool		null_b = sydra_row_is_null(b, key->column);
		int			order;

		if (null_a || null_b)
		{
			order = null_a - null_b;
			if (key->nulls_first)
				order = -order;
		}
		else
		{
			order = compare_values(sorter->store, key->column, a, b);
			if (key->descending)
				order = -order;
		}
		if (order != 0)
			return order;
	}
	return 0;
}

static void
start_store(SydraRowSorter *sorter)
{
	sorter->store = sydra_row_store_create(sorter->plan);
	sorter->pointers = AllocSetContextCreate(sorter->store->context, "sydra sorted rows",
										   ALLOCSET_DEFAULT_SIZES);
	sorter->row_count = 0;
	sorter->row_room = 4096;
	sorter->rows = MemoryContextAlloc(sorter->pointers, sizeof(char *) * sorter->row_room);
	sorter->run_count = 0;
	sorter->run_room = 64;
	sorter->runs = MemoryContextAlloc(sorter->pointers, sizeof(int64) * sorter->run_room);
	sorter->merged = NULL;
}

static void
start_run(SydraRowSorter *sorter, int64 row)
{
	if (sorter->run_count == sorter->run_room)
	{
		sorter->run_room *= 2;
		sorter->runs = repalloc_huge(sorter->runs, sizeof(int64) * sorter->run_room);
	}
	sorter->runs[sorter->run_count++] = row;
	sorter->direction = 0;
}

static void
reverse_run(SydraRowSorter *sorter, int64 start, int64 end)
{
	for (end--; start < end; start++, end--)
	{
		char	   *row = sorter->rows[start];

		sorter->rows[start] = sorter->rows[end];
		sorter->rows[end] = row;
	}
}

/* The last run is over: it rises from now on. */
static void
end_run(SydraRowSorter *sorter)
{
	if (sorter->run_count > 0 && sorter->direction < 0)
		reverse_run(sorter, sorter->runs[sorter->run_count - 1], sorter->row_count);
}

static void
add_row(SydraRowSorter *sorter, char *row)
{
	if (sorter->row_count == sorter->row_room)
	{
		sorter->row_room *= 2;
		sorter->rows = repalloc_huge(sorter->rows, sizeof(char *) * sorter->row_room);
	}
	if (sorter->row_count == 0)
		start_run(sorter, 0);
	else
	{
		int			order = compare_rows(sorter, sorter->rows[sorter->row_count - 1], row);

		if (sorter->direction == 0)
			sorter->direction = order > 0 ? -1 : 1;
		else if (sorter->direction > 0 ? order > 0 : order <= 0)
		{
			end_run(sorter);
			start_run(sorter, sorter->row_count);
		}
	}
	sorter->rows[sorter->row_count++] = row;
}

/* Merges [start, middle) and [middle, end) of rows into merged. */
static void
merge_pair(SydraRowSorter *sorter, int64 start, int64 middle, int64 end)
{
	int64		left = start;
	int64		right = middle;

	/* Often one series ends before the next begins. */
	if (middle < end && compare_rows(sorter, sorter->rows[middle - 1], sorter->rows[middle]) <= 0)
	{
		memcpy(sorter->merged + start, sorter->rows + start, sizeof(char *) * (end - start));
		return;
	}
	for (int64 i = start; i < end; i++)
	{
		if (right == end ||
			(left < middle && compare_rows(sorter, sorter->rows[left], sorter->rows[right]) <= 0))
			sorter->merged[i] = sorter->rows[left++];
		else
			sorter->merged[i] = sorter->rows[right++];
	}
}

/* Merges neighbouring runs, pass by pass, until one is left. */
static void
sort_rows(SydraRowSorter *sorter)
{
	end_run(sorter);
	sorter->direction = 0;
	if (sorter->run_count > 1)
		sorter->merged = MemoryContextAllocHuge(sorter->pointers, sizeof(char *) * sorter->row_room);
	while (sorter->run_count > 1)
	{
		int64		kept = 0;
		char	  **rows = sorter->rows;

		for (int64 i = 0; i < sorter->run_count; i += 2)
		{
			int64		start = sorter->runs[i];
			int64		middle = i + 1 < sorter->run_count ? sorter->runs[i + 1] : sorter->row_count;
			int64		end = i + 2 < sorter->run_count ? sorter->runs[i + 2] : sorter->row_count;

			CHECK_FOR_INTERRUPTS();
			merge_pair(sorter, start, middle, end);
			sorter->runs[kept++] = start;
		}
		sorter->run_count = kept;
		sorter->rows = sorter->merged;
		sorter->merged = rows;
	}
	if (sorter->merged != NULL)
	{
		pfree(sorter->merged);
		sorter->merged = NULL;
	}
}

/* Keeps the first rows in a store of their own. */
static void
drop_excess(SydraRowSorter *sorter)
{
	SydraRowStore *old = sorter->store;
	char	  **rows;
	int64		count = Min(sorter->row_count, sorter->limit);

	sort_rows(sorter);
	rows = sorter->rows;
	start_store(sorter);
	for (int64 i = 0; i < count; i++)
		add_row(sorter, sydra_row_store_copy(sorter->store, rows[i]));
	MemoryContextDelete(old->context);
	sorter->bounded = count > 0 && count == sorter->limit &&
		!sydra_row_is_null(sorter->rows[count - 1], sorter->keys[0].column);
	if (sorter->bounded)
		sorter->bound = sydra_row_int64(sorter->store, sorter->rows[count - 1],
										sorter->keys[0].column);
}

static void
write_row(const SydraRowSorter *sorter, BufFile *file, char *row)
{
	BufFileWrite(file, row, sorter->store->row_size);
	for (int column = 0; column < sorter->store->column_count; column++)
	{
		SydraBytes	bytes;

		if (!sydra_kind_is_bytes(sorter->store->kinds[column]))
			continue;
		bytes = sydra_row_bytes(sorter->store, row, column);
		if (bytes.length > 0)
			BufFileWrite(file, unconstify(char *, bytes.data), bytes.length);
	}
}

static void
spill(SydraRowSorter *sorter)
{
	SpilledRun *run = palloc0(sizeof(SpilledRun));

	sort_rows(sorter);
	run->file = BufFileCreateTemp(false);
	run->left = sorter->row_count;
	for (int64 i = 0; i < sorter->row_count; i++)
		write_row(sorter, run->file, sorter->rows[i]);
	if (BufFileSeek(run->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				errcode_for_file_access(),
				errmsg("could not rewind temporary file"));
	if (sorter->spilled == NULL)
		sorter->spilled = palloc(sizeof(SpilledRun *) * 8);
	else if (sorter->spilled_count >= 8 && (sorter->spilled_count & (sorter->spilled_count - 1)) == 0)
		sorter->spilled = repalloc(sorter->spilled,
								 sizeof(SpilledRun *) * sorter->spilled_count * 2);
	sorter->spilled[sorter->spilled_count++] = run;
	MemoryContextDelete(sorter->store->context);
	start_store(sorter);
}

static void
read_exactly(BufFile *file, void *target, size_t size)
{
	if (BufFileRead(file, target, size) != size)
		ereport(ERROR,
				errcode_for_file_access(),
				errmsg("could not read temporary file of a sort"));
}

static void
read_row(const SydraRowSorter *sorter, SpilledRun *run)
{
	const SydraRowStore *store = sorter->store;

	if (run->left == 0)
	{
		run->row = NULL;
		return;
	}
	run->left--;
	read_exactly(run->file, run->row, store->row_size);
	for (int column = 0; column < store->column_count; column++)
	{
		SydraBytes *bytes = (SydraBytes *) (run->row + store->offsets[column]);

		if (!sydra_kind_is_bytes(store->kinds[column]))
			continue;
		if (bytes->length > run->texts_room[column])
		{
			if (run->texts[column] != NULL)
				pfree(run->texts[column]);
			run->texts_room[column] = bytes->length;
			run->texts[column] = MemoryContextAllocHuge(CurrentMemoryContext, bytes->length);
		}
		if (bytes->length > 0)
			read_exactly(run->file, run->texts[column], bytes->length);
		bytes->data = run->texts[column] ? run->texts[column] : "";
	}
}

/* Of equal rows those of the earlier file come first. */
static bool
precedes(const SydraRowSorter *sorter, int a, int b)
{
	int			order = compare_rows(sorter, sorter->spilled[a]->row, sorter->spilled[b]->row);

	return order != 0 ? order < 0 : a < b;
}

static void
sift_down(SydraRowSorter *sorter, int place)
{
	for (;;)
	{
		int			child = 2 * place + 1;
		int			run = sorter->heap[place];

		if (child >= sorter->heap_count)
			return;
		if (child + 1 < sorter->heap_count &&
			precedes(sorter, sorter->heap[child + 1], sorter->heap[child]))
			child++;
		if (!precedes(sorter, sorter->heap[child], run))
			return;
		sorter->heap[place] = sorter->heap[child];
		sorter->heap[child] = run;
		place = child;
	}
}

static void
start_merge(SydraRowSorter *sorter)
{
	sorter->heap = palloc(sizeof(int) * sorter->spilled_count);
	for (int i = 0; i < sorter->spilled_count; i++)
	{
		SpilledRun *run = sorter->spilled[i];

		run->row = palloc(sorter->store->row_size);
		run->texts = palloc0(sizeof(char *) * Max(sorter->store->column_count, 1));
		run->texts_room = palloc0(sizeof(int) * Max(sorter->store->column_count, 1));
		read_row(sorter, run);
		sorter->heap[sorter->heap_count++] = i;
	}
	for (int i = sorter->heap_count / 2 - 1; i >= 0; i--)
		sift_down(sorter, i);
}

/* Copies the least row for the batch, texts too, and lets its file go on. */
static char *
take_least(SydraRowSorter *sorter)
{
	SpilledRun *run = sorter->spilled[sorter->heap[0]];
	const SydraRowStore *store = sorter->store;
	char	   *row = MemoryContextAlloc(sorter->batch_context, store->row_size);

	memcpy(row, run->row, store->row_size);
	for (int column = 0; column < store->column_count; column++)
	{
		SydraBytes *bytes = (SydraBytes *) (row + store->offsets[column]);
		char	   *copy;

		if (!sydra_kind_is_bytes(store->kinds[column]))
			continue;
		copy = MemoryContextAllocHuge(sorter->batch_context, Max(bytes->length, 1));
		memcpy(copy, bytes->data, bytes->length);
		bytes->data = copy;
	}
	read_row(sorter, run);
	if (run->row == NULL)
	{
		BufFileClose(run->file);
		run->file = NULL;
		sorter->heap[0] = sorter->heap[--sorter->heap_count];
	}
	sift_down(sorter, 0);
	return row;
}

/* Drops rows that are not wanted, or writes all to a file. */
static void
make_room(SydraRowSorter *sorter)
{
	if (sorter->limit >= 0 && sorter->row_count >= EXCESS_ROWS &&
		sorter->row_count / EXCESS_FACTOR >= sorter->limit)
		drop_excess(sorter);
	if (sorter->row_count >= SPILL_ROWS && sydra_execution_is_half_full(sorter->execution))
		spill(sorter);
}

void
sydra_row_sorter_add(SydraRowSorter *sorter, const SydraBatch *batch)
{
	char	   *first = sydra_row_store_add(sorter->store, batch);

	for (int i = 0; i < sydra_batch_rows(batch); i++)
		add_row(sorter, first + (Size) i * sorter->store->row_size);
	make_room(sorter);
}

void
sydra_row_sorter_copy(SydraRowSorter *sorter, const char *row)
{
	add_row(sorter, sydra_row_store_copy(sorter->store, row));
	if (sorter->row_count % SYDRA_BATCH_ROWS == 0)
	{
		CHECK_FOR_INTERRUPTS();
		make_room(sorter);
	}
}

bool
sydra_row_sorter_bound(const SydraRowSorter *sorter, int64 *bound)
{
	*bound = sorter->bound;
	return sorter->bounded;
}

static void
sort_all(SydraRowSorter *sorter)
{
	if (sorter->spilled_count == 0)
		sort_rows(sorter);
	else
	{
		if (sorter->row_count > 0)
			spill(sorter);
		start_merge(sorter);
	}
	sorter->sorted = true;
}

bool
sydra_row_sorter_next(SydraRowSorter *sorter, SydraBatch **batch)
{
	char	   *taken[SYDRA_BATCH_ROWS];
	char	  **rows = taken;
	int			count = 0;
	int			most = SYDRA_BATCH_ROWS;
	MemoryContext caller_context;

	if (!sorter->sorted)
		sort_all(sorter);
	MemoryContextReset(sorter->batch_context);
	if (sorter->limit >= 0)
		most = Min(most, sorter->limit - sorter->given);
	if (sorter->spilled_count == 0)
	{
		count = Min(most, sorter->row_count - sorter->given);
		rows = sorter->rows + sorter->given;
	}
	else
		while (count < most && sorter->heap_count > 0)
			taken[count++] = take_least(sorter);
	if (count <= 0)
		return false;
	caller_context = MemoryContextSwitchTo(sorter->batch_context);
	sydra_row_store_read(sorter->store, rows, count, &sorter->output.batch);
	MemoryContextSwitchTo(caller_context);
	sorter->given += count;
	*batch = &sorter->output.batch;
	return true;
}

void
sydra_row_sorter_close(SydraRowSorter *sorter)
{
	for (int i = 0; i < sorter->spilled_count; i++)
		if (sorter->spilled[i]->file != NULL)
			BufFileClose(sorter->spilled[i]->file);
}

SydraRowSorter *
sydra_row_sorter_create(SydraExecution *execution, const SydraPlan *plan, int key_count,
						const SydraSortKey *keys, int64 limit)
{
	SydraRowSorter *sorter = palloc0(sizeof(SydraRowSorter));

	sorter->execution = execution;
	sorter->plan = plan;
	sorter->key_count = key_count;
	sorter->keys = keys;
	sorter->limit = limit;
	sydra_output_open(&sorter->output, plan);
	sorter->batch_context = AllocSetContextCreate(CurrentMemoryContext, "sydra batch",
												  ALLOCSET_DEFAULT_SIZES);
	start_store(sorter);
	return sorter;
}
