/*
 * op_sort.c
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

#include "base/setting.h"
#include "engine/operator.h"
#include "engine/output.h"
#include "engine/row_store.h"

/* A limit is applied when so many times more rows are there, and at least so many. */
#define EXCESS_FACTOR 4
#define EXCESS_ROWS 8192

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

typedef struct OpSort
{
	SydraOp operator;
	const SydraPlanSort *planned;
	SydraRowStore *store;
	MemoryContext pointers;		/* of rows and runs */
	char	  **rows;
	char	  **merged;			/* scratch as large as rows */
	int64		row_count;
	int64		row_room;
	int64	   *runs;			/* where each run begins */
	int64		run_count;
	int64		run_room;
	int			direction;		/* of the last run: 0 unknown (one row), 1 rises, -1 falls */

	SpilledRun **spilled;		/* in the order of the rows that they hold */
	int			spilled_count;
	int		   *heap;			/* of spilled runs that have a row, the least first */
	int			heap_count;

	bool		consumed;
	int64		given;
	MemoryContext batch_context;
	SydraOutput output;
} OpSort;

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
compare_rows(const OpSort *sort, const char *a, const char *b)
{
	for (int i = 0; i < sort->planned->key_count; i++)
	{
		const SydraSortKey *key = &sort->planned->keys[i];
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
			order = compare_values(sort->store, key->column, a, b);
			if (key->descending)
				order = -order;
		}
		if (order != 0)
			return order;
	}
	return 0;
}

static void
start_store(OpSort *sort)
{
	sort->store = sydra_row_store_create(sort->operator.plan);
	sort->pointers = AllocSetContextCreate(sort->store->context, "sydra sorted rows",
										   ALLOCSET_DEFAULT_SIZES);
	sort->row_count = 0;
	sort->row_room = 4096;
	sort->rows = MemoryContextAlloc(sort->pointers, sizeof(char *) * sort->row_room);
	sort->run_count = 0;
	sort->run_room = 64;
	sort->runs = MemoryContextAlloc(sort->pointers, sizeof(int64) * sort->run_room);
	sort->merged = NULL;
}

static void
start_run(OpSort *sort, int64 row)
{
	if (sort->run_count == sort->run_room)
	{
		sort->run_room *= 2;
		sort->runs = repalloc_huge(sort->runs, sizeof(int64) * sort->run_room);
	}
	sort->runs[sort->run_count++] = row;
	sort->direction = 0;
}

static void
reverse_run(OpSort *sort, int64 start, int64 end)
{
	for (end--; start < end; start++, end--)
	{
		char	   *row = sort->rows[start];

		sort->rows[start] = sort->rows[end];
		sort->rows[end] = row;
	}
}

/* The last run is over: it rises from now on. */
static void
end_run(OpSort *sort)
{
	if (sort->run_count > 0 && sort->direction < 0)
		reverse_run(sort, sort->runs[sort->run_count - 1], sort->row_count);
}

static void
add_row(OpSort *sort, char *row)
{
	if (sort->row_count == sort->row_room)
	{
		sort->row_room *= 2;
		sort->rows = repalloc_huge(sort->rows, sizeof(char *) * sort->row_room);
	}
	if (sort->row_count == 0)
		start_run(sort, 0);
	else
	{
		int			order = compare_rows(sort, sort->rows[sort->row_count - 1], row);

		if (sort->direction == 0)
			sort->direction = order > 0 ? -1 : 1;
		else if (sort->direction > 0 ? order > 0 : order <= 0)
		{
			end_run(sort);
			start_run(sort, sort->row_count);
		}
	}
	sort->rows[sort->row_count++] = row;
}

/* Merges [start, middle) and [middle, end) of rows into merged. */
static void
merge_pair(OpSort *sort, int64 start, int64 middle, int64 end)
{
	int64		left = start;
	int64		right = middle;

	/* Often one series ends before the next begins. */
	if (middle < end && compare_rows(sort, sort->rows[middle - 1], sort->rows[middle]) <= 0)
	{
		memcpy(sort->merged + start, sort->rows + start, sizeof(char *) * (end - start));
		return;
	}
	for (int64 i = start; i < end; i++)
	{
		if (right == end ||
			(left < middle && compare_rows(sort, sort->rows[left], sort->rows[right]) <= 0))
			sort->merged[i] = sort->rows[left++];
		else
			sort->merged[i] = sort->rows[right++];
	}
}

/* Merges neighbouring runs, pass by pass, until one is left. */
static void
sort_rows(OpSort *sort)
{
	end_run(sort);
	sort->direction = 0;
	if (sort->run_count > 1)
		sort->merged = MemoryContextAllocHuge(sort->pointers, sizeof(char *) * sort->row_room);
	while (sort->run_count > 1)
	{
		int64		kept = 0;
		char	  **rows = sort->rows;

		for (int64 i = 0; i < sort->run_count; i += 2)
		{
			int64		start = sort->runs[i];
			int64		middle = i + 1 < sort->run_count ? sort->runs[i + 1] : sort->row_count;
			int64		end = i + 2 < sort->run_count ? sort->runs[i + 2] : sort->row_count;

			CHECK_FOR_INTERRUPTS();
			merge_pair(sort, start, middle, end);
			sort->runs[kept++] = start;
		}
		sort->run_count = kept;
		sort->rows = sort->merged;
		sort->merged = rows;
	}
	if (sort->merged != NULL)
	{
		pfree(sort->merged);
		sort->merged = NULL;
	}
}

/* Keeps the first rows in a store of their own. */
static void
drop_excess(OpSort *sort)
{
	SydraRowStore *old = sort->store;
	char	  **rows;
	int64		count = Min(sort->row_count, sort->planned->limit);

	sort_rows(sort);
	rows = sort->rows;
	start_store(sort);
	for (int64 i = 0; i < count; i++)
		add_row(sort, sydra_row_store_copy(sort->store, rows[i]));
	MemoryContextDelete(old->context);
}

static void
write_row(const OpSort *sort, BufFile *file, char *row)
{
	BufFileWrite(file, row, sort->store->row_size);
	for (int column = 0; column < sort->store->column_count; column++)
	{
		SydraBytes	bytes;

		if (!sydra_kind_is_bytes(sort->store->kinds[column]))
			continue;
		bytes = sydra_row_bytes(sort->store, row, column);
		if (bytes.length > 0)
			BufFileWrite(file, unconstify(char *, bytes.data), bytes.length);
	}
}

static void
spill(OpSort *sort)
{
	SpilledRun *run = palloc0(sizeof(SpilledRun));

	sort_rows(sort);
	run->file = BufFileCreateTemp(false);
	run->left = sort->row_count;
	for (int64 i = 0; i < sort->row_count; i++)
		write_row(sort, run->file, sort->rows[i]);
	if (BufFileSeek(run->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				errcode_for_file_access(),
				errmsg("could not rewind temporary file"));
	if (sort->spilled == NULL)
		sort->spilled = palloc(sizeof(SpilledRun *) * 8);
	else if (sort->spilled_count >= 8 && (sort->spilled_count & (sort->spilled_count - 1)) == 0)
		sort->spilled = repalloc(sort->spilled,
								 sizeof(SpilledRun *) * sort->spilled_count * 2);
	sort->spilled[sort->spilled_count++] = run;
	MemoryContextDelete(sort->store->context);
	start_store(sort);
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
read_row(const OpSort *sort, SpilledRun *run)
{
	const SydraRowStore *store = sort->store;

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
precedes(const OpSort *sort, int a, int b)
{
	int			order = compare_rows(sort, sort->spilled[a]->row, sort->spilled[b]->row);

	return order != 0 ? order < 0 : a < b;
}

static void
sift_down(OpSort *sort, int place)
{
	for (;;)
	{
		int			child = 2 * place + 1;
		int			run = sort->heap[place];

		if (child >= sort->heap_count)
			return;
		if (child + 1 < sort->heap_count &&
			precedes(sort, sort->heap[child + 1], sort->heap[child]))
			child++;
		if (!precedes(sort, sort->heap[child], run))
			return;
		sort->heap[place] = sort->heap[child];
		sort->heap[child] = run;
		place = child;
	}
}

static void
start_merge(OpSort *sort)
{
	sort->heap = palloc(sizeof(int) * sort->spilled_count);
	for (int i = 0; i < sort->spilled_count; i++)
	{
		SpilledRun *run = sort->spilled[i];

		run->row = palloc(sort->store->row_size);
		run->texts = palloc0(sizeof(char *) * Max(sort->store->column_count, 1));
		run->texts_room = palloc0(sizeof(int) * Max(sort->store->column_count, 1));
		read_row(sort, run);
		sort->heap[sort->heap_count++] = i;
	}
	for (int i = sort->heap_count / 2 - 1; i >= 0; i--)
		sift_down(sort, i);
}

/* Copies the least row for the batch, texts too, and lets its file go on. */
static char *
take_least(OpSort *sort)
{
	SpilledRun *run = sort->spilled[sort->heap[0]];
	const SydraRowStore *store = sort->store;
	char	   *row = MemoryContextAlloc(sort->batch_context, store->row_size);

	memcpy(row, run->row, store->row_size);
	for (int column = 0; column < store->column_count; column++)
	{
		SydraBytes *bytes = (SydraBytes *) (row + store->offsets[column]);
		char	   *copy;

		if (!sydra_kind_is_bytes(store->kinds[column]))
			continue;
		copy = MemoryContextAllocHuge(sort->batch_context, Max(bytes->length, 1));
		memcpy(copy, bytes->data, bytes->length);
		bytes->data = copy;
	}
	read_row(sort, run);
	if (run->row == NULL)
	{
		BufFileClose(run->file);
		run->file = NULL;
		sort->heap[0] = sort->heap[--sort->heap_count];
	}
	sift_down(sort, 0);
	return row;
}

/* Half the memory of the query is for the rows; the rest is for what gives them. */
static bool
is_full(const OpSort *sort)
{
	return sort->row_count >= SPILL_ROWS &&
		MemoryContextMemAllocated(sort->operator.execution->context, true) >
		(Size) sydra_setting_query_mem * 1024 / 2;
}

static void
consume(OpSort *sort)
{
	SydraBatch *batch;
	int64		limit = sort->planned->limit;

	start_store(sort);
	while (sydra_operator_next(sort->operator.input, &batch))
	{
		char	   *first = sydra_row_store_add(sort->store, batch);

		for (int i = 0; i < sydra_batch_rows(batch); i++)
			add_row(sort, first + (Size) i * sort->store->row_size);
		if (limit >= 0 && sort->row_count >= EXCESS_ROWS &&
			sort->row_count / EXCESS_FACTOR >= limit)
			drop_excess(sort);
		if (is_full(sort))
			spill(sort);
	}
	if (sort->spilled_count == 0)
		sort_rows(sort);
	else
	{
		if (sort->row_count > 0)
			spill(sort);
		start_merge(sort);
	}
	sort->consumed = true;
}

static bool
next_sorted(SydraOp *operator, SydraBatch **batch)
{
	OpSort	   *sort = (OpSort *) operator;
	int64		limit = sort->planned->limit;
	char	   *taken[SYDRA_BATCH_ROWS];
	char	  **rows = taken;
	int			count = 0;
	int			most = SYDRA_BATCH_ROWS;
	MemoryContext caller_context;

	if (!sort->consumed)
		consume(sort);
	MemoryContextReset(sort->batch_context);
	if (limit >= 0)
		most = Min(most, limit - sort->given);
	if (sort->spilled_count == 0)
	{
		count = Min(most, sort->row_count - sort->given);
		rows = sort->rows + sort->given;
	}
	else
		while (count < most && sort->heap_count > 0)
			taken[count++] = take_least(sort);
	if (count <= 0)
		return false;
	caller_context = MemoryContextSwitchTo(sort->batch_context);
	sydra_row_store_read(sort->store, rows, count, &sort->output.batch);
	MemoryContextSwitchTo(caller_context);
	sort->given += count;
	*batch = &sort->output.batch;
	return true;
}

static void
close_files(SydraOp *operator)
{
	OpSort	   *sort = (OpSort *) operator;

	for (int i = 0; i < sort->spilled_count; i++)
		if (sort->spilled[i]->file != NULL)
			BufFileClose(sort->spilled[i]->file);
}

SydraOp *
sydra_op_sort_open(SydraExecution *execution, const SydraPlan *plan, SydraOp *input)
{
	OpSort	   *sort = palloc0(sizeof(OpSort));

	sort->operator.plan = plan;
	sort->operator.execution = execution;
	sort->operator.input = input;
	sort->operator.next = next_sorted;
	sort->operator.close = close_files;
	sort->planned = (const SydraPlanSort *) plan;
	sydra_output_open(&sort->output, plan);
	sort->batch_context = AllocSetContextCreate(CurrentMemoryContext, "sydra batch",
												ALLOCSET_DEFAULT_SIZES);
	return &sort->operator;
}
