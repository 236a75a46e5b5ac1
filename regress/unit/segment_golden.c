/*
 * Segments that are on disks stay readable for ever: one that version 1 of the format wrote, kept as
 * the bytes of its stream, is read to the values it was written with, and verifies.
 *
 * A segment of a later version joins it as a file of its own; none is ever written anew.
 *
 * Its rows are those of six series, the row n of series k at n * 10 + k seconds, half of each series
 * written by one transaction and half by another: runs of more than a vector, of a vector, and short
 * ones that share a vector.
 */
#include "postgres.h"

#include <glob.h>
#include <math.h>

#include "../fuzz/segment_input.h"
#include "../fuzz/shim.h"
#include "store/cursor.h"
#include "tap.h"

#define VERSION_1 "regress/fuzz/corpus/segment/version_1"

static const int series_rows[] = {1100, 70, 1, 5, 3, 40};

#define ROWS (1100 + 70 + 1 + 5 + 3 + 40)
#define FIRST_SERIES 1
#define EVEN_XID 744
#define ODD_XID 745

#define START INT64CONST(757382400000000)	/* 2024-01-01 UTC */

typedef struct Row
{
	int			series;			/* from 0 */
	int			n;				/* of the series */
} Row;

static Row	rows[ROWS];

/* What a value of a column is to be: null, or of one of these. */
typedef struct Expected
{
	bool		null;
	int64		integer;
	double		number;
	const char *bytes;
	int			length;
} Expected;

static void
make_rows(void)
{
	int			count = 0;

	for (int series = 0; series < (int) lengthof(series_rows); series++)
		for (int n = 0; n < series_rows[series]; n++)
			rows[count++] = (Row){series, n};
}

static double
expected_float(Row row)
{
	return row.n % 50 == 9 ? NAN : row.n == 11 ? INFINITY : row.n == 12 ? -0.0 :
		(row.n * 37 + row.series) % 1000 / 100.0;
}

static Expected
expected_text(Row row)
{
	static char text[32];
	static const char *const words[] = {"", "up", "down"};

	if (row.n % 4 < 3)
		strcpy(text, words[row.n % 4]);
	else
		snprintf(text, sizeof(text), "w\xc3\xb6rd %d", row.n % 10);
	return (Expected){row.series == 2, .bytes = text, .length = (int) strlen(text)};
}

/* As PostgreSQL holds numerics: the length, a word of sign, scale and weight, digits of 10000. */
static Expected
expected_numeric(Row row)
{
	static const uint16 positive[] = {10 << 2, 0, 0x8080, 12, 5000};	/* 12.5 */
	static const uint16 negative[] = {8 << 2, 0, 0xA1FF, 10};	/* -0.001 */

	if (row.n % 3 == 1)
		return (Expected){.bytes = (const char *) positive, .length = sizeof(positive)};
	return (Expected){row.n % 3 == 0, .bytes = (const char *) negative, .length = sizeof(negative)};
}

static Expected
expected_uuid(Row row)
{
	static char uuid[16] = {0, 0, 0, 0, 0, 0, 0x40, 0, (char) 0x80};
	uint32		low = (uint32) row.n * 65537 + row.series;

	for (int i = 0; i < 4; i++)
		uuid[15 - i] = (char) (low >> (8 * i));
	return (Expected){row.n % 6 == 5, .bytes = uuid, .length = sizeof(uuid)};
}

static Expected
expected_value(AttrNumber attnum, Row row)
{
	static const char *const letters[] = {"c0", "c1", "c2"};

	switch (attnum)
	{
		case SYDRA_CURSOR_WRITE_XID:
			return (Expected){.integer = row.n % 2 == 0 ? EVEN_XID : ODD_XID};
		case 1:
			return (Expected){.integer = START + (row.n * 10 + row.series) * INT64CONST(1000000)};
		case 2:
			return (Expected){row.n % 7 == 3, .number = expected_float(row)};
		case 3:
			return (Expected){row.series == 3, .number = row.n % 13 / 4.0};
		case 4:
			return (Expected){row.n % 5 == 0, .integer = row.n * 1000 - row.series};
		case 5:
			return (Expected){row.n % 11 == 4, .integer = row.n / 3 % 2 == 0};
		case 6:
			return expected_text(row);
		case 7:
			return expected_numeric(row);
		case 8:
			return expected_uuid(row);
		case 9:
			return (Expected){.bytes = letters[row.n % 3], .length = 3};
		case 10:
			return (Expected){.integer = row.n * INT64CONST(8000000000000000) * (row.n % 2 == 0 ? 1 : -1)};
		default:
			return (Expected){true};
	}
}

static bool
is_number(double expected, double found)
{
	return memcmp(&expected, &found, sizeof(double)) == 0 || (isnan(expected) && isnan(found));
}

static bool
is_value(const SydraVector *vector, int i, Expected expected)
{
	SydraBytes	bytes;

	if (expected.null || sydra_vector_is_null(vector, i))
		return expected.null && sydra_vector_is_null(vector, i);
	switch (vector->kind)
	{
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_INT:
			return ((int64 *) vector->values)[i] == expected.integer;
		case SYDRA_KIND_BOOL:
			return ((uint8 *) vector->values)[i] == expected.integer;
		case SYDRA_KIND_FLOAT:
			return is_number(expected.number, ((double *) vector->values)[i]);
		case SYDRA_KIND_FLOAT4:
			return is_number(expected.number, ((float *) vector->values)[i]);
		default:
			bytes = sydra_vector_bytes(vector, i);
			return bytes.length == expected.length &&
				memcmp(bytes.data, expected.bytes, expected.length) == 0;
	}
}

/* All rows of a column. */
static bool
is_column(SydraSegmentReader *reader, AttrNumber attnum)
{
	int			row = 0;

	for (int i = 0; i < sydra_segment_vector_count(reader); i++)
	{
		SydraVector vector;

		if (!sydra_segment_read(reader, attnum, i, &vector))
			return false;
		for (int j = 0; j < vector.count; j++, row++)
		{
			if (row == ROWS || !is_value(&vector, j, expected_value(attnum, rows[row])))
			{
				printf("# column %d, row %d of %d\n", attnum, j, row);
				return false;
			}
		}
	}
	return row == ROWS;
}

/* Series and vectors: those of long runs, and one that short runs share. */
static void
check_structure(SydraSegmentReader *reader)
{
	static const int first_rows[] = {0, 550, 1100, 1170, ROWS};
	int			count;
	const SydraRun *runs = sydra_segment_runs(reader, &count);
	int			first_row = 0;

	OK(sydra_segment_row_count(reader) == ROWS, "rows");
	OK(sydra_segment_distinct(reader), "no two of one series and time");
	OK(count == lengthof(series_rows), "runs");
	for (int i = 0; i < count; i++)
	{
		REQUIRE(runs[i].series == (uint32) (FIRST_SERIES + i) && runs[i].first_row == first_row);
		first_row += series_rows[i];
	}
	OK(sydra_segment_vector_count(reader) == lengthof(first_rows) - 1, "vectors");
	for (int i = 0; i < (int) lengthof(first_rows) - 1; i++)
	{
		SydraVectorInfo info;
		int64		time_min = PG_INT64_MAX;
		int64		time_max = PG_INT64_MIN;

		for (int row = first_rows[i]; row < first_rows[i + 1]; row++)
		{
			time_min = Min(time_min, expected_value(1, rows[row]).integer);
			time_max = Max(time_max, expected_value(1, rows[row]).integer);
		}
		sydra_segment_vector_info(reader, i, &info);
		REQUIRE(info.first_row == first_rows[i] && info.count == first_rows[i + 1] - first_rows[i]);
		REQUIRE(info.time_min == time_min && info.time_max == time_max);
	}
}

static void
check_statistics(SydraSegmentReader *reader)
{
	SydraSegmentStatistics found;
	int128		sum = 0;
	int			count = 0;
	int64		least = PG_INT64_MAX;
	int64		greatest = PG_INT64_MIN;

	for (int i = 0; i < ROWS; i++)
	{
		int64		value = expected_value(10, rows[i]).integer;

		sum += value;
		least = Min(least, value);
		greatest = Max(greatest, value);
		count += !expected_value(4, rows[i]).null;
	}
	OK(sydra_segment_statistics(reader, 10, &found) && found.count == ROWS && found.has_range &&
	   (int64) found.min == least && (int64) found.max == greatest, "least and greatest integer");
	OK(found.has_sum && found.sum_high == (int64) (sum >> 64) && found.sum_low == (uint64) sum,
	   "sum of integers");
	OK(sydra_segment_statistics(reader, 4, &found) && found.count == count, "values that are not null");
	OK(sydra_segment_statistics(reader, 11, &found) && found.count == 0, "none in a column of nulls");
	OK(sydra_segment_statistics(reader, 3, &found) && found.has_range &&
	   found.min == 0 && found.max == UINT64CONST(0x4008000000000000), "least and greatest number");
}

static void
read_segment(void *argument)
{
	SydraStore	store = {0};
	SydraSegmentReader *reader = sydra_segment_open(NULL, &store, &table, &input.segment);

	check_structure(reader);
	check_statistics(reader);
	OK(is_column(reader, SYDRA_CURSOR_WRITE_XID), "transactions that wrote the rows");
	for (int i = 0; i < (int) lengthof(columns); i++)
		OK(is_column(reader, columns[i].attnum), psprintf("column %d", columns[i].attnum));
	sydra_segment_close(reader);
}

static void
verify_segment(void *argument)
{
	SydraStore	store = {0};
	List	   *faults = NIL;

	sydra_segment_verify(NULL, &store, &table, NULL, &input.segment, &faults);
	OK(faults == NIL, "verified");
}

/* As inputs of the fuzzer are, or with nothing put right; false when there is none. */
static bool
read_file(const char *path, bool as_it_is)
{
	FILE	   *file = fopen(path, "rb");
	uint8	   *bytes = malloc(1024 * 1024);
	size_t		size = file ? fread(bytes, 1, 1024 * 1024, file) : 0;

	if (file)
		fclose(file);
	if (as_it_is)
		bytes[0] = KEEP_CRC | KEEP_HEADER | KEEP_LENGTH;
	if (size > 0)
		segment_input_set(bytes, size);
	free(bytes);
	return size > 0;
}

/* What is in the directory for it is not taken from it here. */
static void
test_version_1(void)
{
	if (!OK(read_file(VERSION_1, true), VERSION_1))
		return;
	input.segment = (SydraSegment){
		.nbytes = 12397, .nchunks = 2, .nrows = ROWS, .smin = FIRST_SERIES,
		.smax = FIRST_SERIES + lengthof(series_rows) - 1, .tmin = START,
		.tmax = START + INT64CONST(10990000000),
		.xid_lo = FullTransactionIdFromU64(EVEN_XID), .xid_hi = FullTransactionIdFromU64(ODD_XID)
	};
	OK(shim_run(read_segment, NULL) == 0, "read to the end");
	OK(shim_run(verify_segment, NULL) == 0, "verified to the end");
	free(input.bytes);
}

static void
open_segment(void *argument)
{
	SydraStore	store = {0};

	sydra_segment_close(sydra_segment_open(NULL, &store, &table, &input.segment));
}

/* What the fuzzer starts from can be opened, so that it gets as far as there is to go. */
static void
test_corpus(void)
{
	glob_t		found;

	if (glob("regress/fuzz/corpus/segment/*", 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	OK(found.gl_pathc > 1, "a corpus");
	for (size_t i = 0; i < found.gl_pathc; i++)
	{
		OK(read_file(found.gl_pathv[i], false) && shim_run(open_segment, NULL) == 0,
		   found.gl_pathv[i]);
		free(input.bytes);
		input.bytes = NULL;
	}
	if (found.gl_pathc > 0)
		globfree(&found);
}

int
main(void)
{
	make_rows();
	test_version_1();
	test_corpus();
	return tap_done();
}
