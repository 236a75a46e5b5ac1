/*
 * The rows of one segment become its bytes: for the segment writer.
 */
#ifndef SYDRA_SEGMENT_ENCODER_H
#define SYDRA_SEGMENT_ENCODER_H

#include "lib/stringinfo.h"

#include "store/segment_format.h"
#include "store/segment_writer.h"

struct SydraSegmentImage
{
	MemoryContext context;
	int			schema_gen;
	int64		segno;			/* 0: no address yet */
	int32		tidseg;
	int			count;
	uint32	   *rows;			/* of the buffer, in the segment's order */
	uint32	   *series;			/* of each, persistent */
	StringInfoData stream;
	SydraSegmentHeader header;
};

/* Sets header and stream, in the current context, from the rows and their series. */
extern void sydra_segment_encoder_run(SydraSegmentImage *image, const SydraRowBuffer *buffer);

#endif
