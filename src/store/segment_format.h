/*
 * The bytes of a segment, as one stream (chunk.h cuts it).
 *
 *	header		SydraSegmentHeader
 *	columns		SydraSegmentColumn for each column, by attnum
 *	lists		of integers, one after another, each in blocks of up to 1024: length uint32,
 *				then what sydra_codec_encode_int64() wrote
 *					series of each run, first row of each run
 *					first row of each vector, its least time, its greatest time
 *					for each column that is not all null: bytes of each vector
 *	data		column after column, vector after vector.  A vector of a column with nulls begins
 *				with the length (uint16) of its validity, then the validity; then the values
 *
 * Rows are sorted by (series, time, order of writing).  A vector covers up to 1024 neighbouring
 * rows and never crosses a run of SYDRA_SEGMENT_LONG_RUN rows or more; shorter runs share one.
 * Tags are not here but in the series dictionary.
 *
 * Values that are datums of by-reference types are kept without a varlena header.
 *
 * What a released version has written stays readable for ever: tables are not written anew when the
 * library is replaced.  A change of anything here, of the reserved words too, has another
 * SYDRA_SEGMENT_VERSION, and readers for all before it.  regress/unit/segment_golden.c reads a
 * segment of each.
 */
#ifndef SYDRA_SEGMENT_FORMAT_H
#define SYDRA_SEGMENT_FORMAT_H

#define SYDRA_SEGMENT_MAGIC 0x31475353	/* "SSG1" */
#define SYDRA_SEGMENT_VERSION 1
#define SYDRA_SEGMENT_BYTES_MAX (64 * 1024 * 1024)
#define SYDRA_SEGMENT_LONG_RUN 64
#define SYDRA_SEGMENT_COLUMNS_MAX 1602	/* attributes, and the hidden one */

/* Flags of the header: no two rows have the same series and time. */
#define SYDRA_SEGMENT_DISTINCT 0x01

typedef struct SydraSegmentHeader
{
	uint32		magic;
	uint16		version;
	uint16		column_count;
	uint32		row_count;
	uint32		run_count;
	uint32		vector_count;
	uint32		total_length;
	int64		time_min;
	int64		time_max;
	uint64		xid_min;
	uint64		xid_max;
	uint32		lists_offset;
	uint32		data_offset;
	uint32		schema_gen;
	uint32		flags;
	uint32		crc;			/* crc32c of all before data_offset, this word as 0 */
	uint32		reserved2;
} SydraSegmentHeader;

StaticAssertDecl(sizeof(SydraSegmentHeader) == 80, "the segment header has no padding");

typedef enum SydraColumnClass
{
	SYDRA_COLUMN_TIME = 1,
	SYDRA_COLUMN_FIELD = 2,
	SYDRA_COLUMN_WRITE_XID = 3
} SydraColumnClass;

/* How the values are encoded; on disk, so append only. */
typedef enum SydraStoredKind
{
	SYDRA_STORED_INT = 1,		/* int64 */
	SYDRA_STORED_FLOAT8 = 2,
	SYDRA_STORED_FLOAT4 = 3,
	SYDRA_STORED_BOOL = 4,
	SYDRA_STORED_BYTES = 5
} SydraStoredKind;

#define SYDRA_COLUMN_HAS_NULLS 0x01
#define SYDRA_COLUMN_ALL_NULL 0x02
#define SYDRA_COLUMN_MINMAX 0x04	/* min and max, in the type's own order */
#define SYDRA_COLUMN_SUM 0x08	/* sum is exact */

typedef struct SydraSegmentColumn
{
	int16		attnum;
	uint8		klass;			/* SydraColumnClass */
	uint8		kind;			/* SydraStoredKind */
	uint16		flags;
	int16		typlen;
	Oid			typid;			/* below all domains */
	Oid			collation;
	int32		typmod;
	uint32		null_count;
	uint32		data_offset;	/* in the stream */
	uint32		data_length;
	uint64		min;			/* bit patterns of int64 or double */
	uint64		max;
	uint64		first;			/* of the first and last row that is not null */
	uint64		last;
	int64		sum_high;		/* int128 in halves */
	uint64		sum_low;
	uint64		reserved[2];
} SydraSegmentColumn;

StaticAssertDecl(sizeof(SydraSegmentColumn) == 96, "the column descriptor has no padding");

#endif
