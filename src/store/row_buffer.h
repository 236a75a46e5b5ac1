/*
 * The inside of SydraRowBuffer, for the segment writer.
 */
#ifndef SYDRA_ROW_BUFFER_H
#define SYDRA_ROW_BUFFER_H

#include "store/segment_format.h"
#include "store/segment_writer.h"

/* The values of one column, row after row; the element of a null is zero. */
typedef struct SydraBufferColumn
{
	const SydraTableColumn *column;
	SydraStoredKind kind;
	int16		att;			/* attnum - 1 */
	int16		typlen;
	void	   *values;
	bool	   *nulls;
	bool		has_nulls;
} SydraBufferColumn;

struct SydraRowBuffer
{
	MemoryContext context;
	const SydraTable *table;
	SydraDictionary *dictionary;
	int			natts;			/* of the slots that rows come in */
	int			count;
	int			capacity;
	int64	   *times;
	uint64	   *xids;
	uint64		xid_min;
	uint64		xid_max;
	bool		has_tids;		/* false: the rows are nowhere else */
	ItemPointerData *tids;
	uint32	   *series;			/* ids of the dictionary */
	bool	   *excluded;
	uint32	   *bytes;			/* what the row takes before encoding */
	uint32		bytes_max;
	int			column_count;
	SydraBufferColumn *columns;
	Size		fixed_bytes;	/* of a row's values of fixed width, null or not */
	int			reference_count;	/* columns by reference, tags among them */
	const SydraTableColumn **references;
	char	   *arena;			/* the bytes of values; the block that is being filled */
	Size		arena_left;
	MemoryContext arena_context;
	Size		arena_bytes;	/* of all its blocks */
	Size		allocated;		/* all memory of the context */
	SydraRowLoader *loader;		/* or NULL: the values are here */
	void	   *loader_arg;
};

#endif
