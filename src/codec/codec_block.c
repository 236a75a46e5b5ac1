/*
 * codec_block.c
 *	  Bytes of values one after another, compressed where that pays.
 *
 * zstd makes the smallest blocks and LZ4 the fastest to read, so LZ4 is taken
 * when it is nearly as small.  Both work in memory that the caller brings.
 *
 *	  encoding byte (plain, lz4, zstd) | lengths, integers |
 *	  [size of the compressed bytes, varint] | the bytes
 */
#define ZSTD_STATIC_LINKING_ONLY	/* contexts in memory of our own */
#include <lz4.h>
#include <zstd.h>

#include "codec/codec_part.h"

#define LEVEL 3
#define WORTH_COMPRESSING 64
#define VARINT_MAX 10

/* Memory for the state of either library, in turn. */
typedef struct Workspace
{
	void	   *memory;
	size_t		size;
} Workspace;

static size_t
align8(size_t size)
{
	return (size + 7) & ~(size_t) 7;
}

static size_t
zstd_workspace(size_t total)
{
	return align8(ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(LEVEL, total, 0)));
}

/* The bytes together, room for LZ4's output, the workspace of either library. */
size_t
sydra_block_scratch(size_t total)
{
	size_t		lz4 = align8((size_t) LZ4_sizeofState());
	size_t		zstd = zstd_workspace(total < WORTH_COMPRESSING ? WORTH_COMPRESSING : total);

	return 2 * align8(total) + (lz4 > zstd ? lz4 : zstd);
}

static size_t
compress_zstd(const SydraCodecBytes *bytes, uint8_t *out, size_t out_size,
			  const Workspace *workspace)
{
	ZSTD_CCtx  *context = ZSTD_initStaticCCtx(workspace->memory, workspace->size);
	size_t		written;

	/* The decoder knows the size, so the frame need not say it. */
	if (!context ||
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)))
		return 0;
	written = ZSTD_compress2(context, out, out_size, bytes->data, (size_t) bytes->length);
	return ZSTD_isError(written) ? 0 : written;
}

static size_t
compress_lz4(const SydraCodecBytes *bytes, char *out, size_t out_size,
			 const Workspace *workspace)
{
	int			written = LZ4_compress_fast_extState(workspace->memory, bytes->data, out,
													 bytes->length, (int) out_size, 1);

	return written > 0 ? (size_t) written : 0;
}

/*
 * Compresses into the writer and returns how, or plain when it does not pay.
 * The size stands before the payload, so zstd writes behind the longest size
 * there is, and its bytes then move up.
 */
static SydraEncoding
write_compressed(SydraWriter *writer, const SydraCodecBytes *bytes, char *lz4,
				 const Workspace *workspace)
{
	SydraEncoding encoding = SYDRA_ENCODING_BYTES_ZSTD;
	uint8_t    *zstd = writer->at + VARINT_MAX;
	size_t		limit = (size_t) bytes->length - (size_t) bytes->length / 16;
	size_t		zstd_size;
	size_t		size;

	if (writer->failed || (size_t) (writer->end - writer->at) < limit + VARINT_MAX)
		return SYDRA_ENCODING_BYTES_PLAIN;

	zstd_size = compress_zstd(bytes, zstd, limit, workspace);
	size = zstd_size > 0 ? zstd_size + zstd_size / 8 : limit;
	size = compress_lz4(bytes, lz4, size < limit ? size : limit, workspace);
	if (size > 0)
		encoding = SYDRA_ENCODING_BYTES_LZ4;
	else if (zstd_size > 0)
		size = zstd_size;
	else
		return SYDRA_ENCODING_BYTES_PLAIN;

	sydra_stream_put_varint(writer, size);
	memmove(writer->at, encoding == SYDRA_ENCODING_BYTES_LZ4 ? (uint8_t *) lz4 : zstd, size);
	writer->at += size;
	return encoding;
}

void
sydra_block_write(SydraWriter *writer, const SydraCodecBytes *values, int count,
				  void *scratch, size_t scratch_size)
{
	uint64_t	lengths[SYDRA_VECTOR_ROWS];
	SydraSpans	spans;
	SydraInts	ints = {lengths, count, &spans};
	SydraIntPlan plan;
	SydraEncoding encoding = SYDRA_ENCODING_BYTES_PLAIN;
	uint8_t    *encoding_at = sydra_stream_reserve(writer, 1);
	SydraCodecBytes bytes = {scratch, 0};
	char	   *end = scratch;

	for (int i = 0; i < count; i++)
	{
		lengths[i] = (uint64_t) values[i].length;
		if (values[i].length > 0)
			memcpy(end, values[i].data, (size_t) values[i].length);
		end += values[i].length;
	}
	bytes.length = (int32_t) (end - bytes.data);
	sydra_spans_set_one(&spans, count);
	sydra_int_plan(&ints, &plan);
	sydra_int_write(writer, &ints, &plan);

	if (bytes.length >= WORTH_COMPRESSING)
	{
		size_t		size = align8((size_t) bytes.length);
		Workspace	workspace = {(char *) scratch + 2 * size, scratch_size - 2 * size};

		encoding = write_compressed(writer, &bytes, (char *) scratch + size, &workspace);
	}
	if (encoding == SYDRA_ENCODING_BYTES_PLAIN)
	{
		uint8_t    *out = sydra_stream_reserve(writer, (size_t) bytes.length);

		if (out)
			memcpy(out, bytes.data, (size_t) bytes.length);
	}
	if (encoding_at)
		*encoding_at = (uint8_t) encoding;
}

bool
sydra_block_open(SydraReader *reader, int count, SydraBlock *block)
{
	SydraSpans	spans;

	block->encoding = (SydraEncoding) sydra_stream_take_byte(reader);
	block->count = count;
	block->total = 0;
	sydra_spans_set_one(&spans, count);
	if (!sydra_int_read(reader, block->lengths, count, &spans))
		return false;
	for (int i = 0; i < count; i++)
	{
		if (block->lengths[i] > SYDRA_CODEC_BYTES_MAX - block->total)
			return false;
		block->total += (size_t) block->lengths[i];
	}

	switch ((int) block->encoding)
	{
		case SYDRA_ENCODING_BYTES_PLAIN:
			block->payload_size = block->total;
			break;
		case SYDRA_ENCODING_BYTES_LZ4:
		case SYDRA_ENCODING_BYTES_ZSTD:
			{
				uint64_t	size = sydra_stream_take_varint(reader);

				/* Only made when smaller, so this is no place to spare. */
				if (size == 0 || size >= block->total)
					return false;
				block->payload_size = (size_t) size;
				break;
			}
		default:
			return false;
	}
	block->payload = sydra_stream_take(reader, block->payload_size);
	return block->payload != NULL;
}

size_t
sydra_block_workspace(const SydraBlock *block)
{
	return block->encoding == SYDRA_ENCODING_BYTES_ZSTD ? align8(ZSTD_estimateDCtxSize()) : 0;
}

/* out takes total bytes; workspace is what sydra_block_workspace() asked for. */
bool
sydra_block_unpack(const SydraBlock *block, char *out, void *workspace)
{
	ZSTD_DCtx  *context;

	switch ((int) block->encoding)
	{
		case SYDRA_ENCODING_BYTES_PLAIN:
			if (block->total > 0)
				memcpy(out, block->payload, block->total);
			return true;
		case SYDRA_ENCODING_BYTES_LZ4:
			return LZ4_decompress_safe((const char *) block->payload, out,
									   (int) block->payload_size,
									   (int) block->total) == (int) block->total;
		case SYDRA_ENCODING_BYTES_ZSTD:
			context = ZSTD_initStaticDCtx(workspace, sydra_block_workspace(block));
			return context != NULL &&
				ZSTD_decompressDCtx(context, out, block->total, block->payload,
									block->payload_size) == block->total;
	}
	return false;
}
