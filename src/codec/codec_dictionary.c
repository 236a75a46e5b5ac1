/*
 * codec_dictionary.c
 *	  Text, tags, anything of bytes: each distinct value once, and codes.
 *
 *	  constant: a block of the one value
 *	  dictionary, run length: entry count, varint | codes, integers | a block
 *	  of the entries
 *	  else a block of all values, whose encoding is the vector's
 *
 * Codes number the entries in the order they first appear.
 */
#include "codec/codec_part.h"

#define SLOTS (2 * SYDRA_VECTOR_ROWS)
#define FALSE_MATCHES_MAX SYDRA_VECTOR_ROWS

typedef struct Dictionary
{
	SydraCodecBytes entries[SYDRA_VECTOR_ROWS];
	uint64_t	hashes[SYDRA_VECTOR_ROWS];
	uint64_t	codes[SYDRA_VECTOR_ROWS];	/* of the values */
	uint16_t	slots[SLOTS];	/* code + 1, 0 when free */
	int			entry_count;
	size_t		entry_bytes;
	int			false_matches;
} Dictionary;

static uint64_t
hash_bytes(const char *data, size_t size)
{
	uint64_t	hash = size * UINT64_C(0x9E3779B97F4A7C15);
	uint64_t	word;

	for (; size >= 8; size -= 8, data += 8)
	{
		memcpy(&word, data, 8);
		hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
	}
	word = 0;
	if (size > 0)
		memcpy(&word, data, size);
	hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
	return hash ^ hash >> 29;
}

static int
find_code(Dictionary *dictionary, const SydraCodecBytes *value)
{
	size_t		length = (size_t) value->length;
	uint64_t	hash = hash_bytes(value->data, length);
	int			slot = (int) (hash % SLOTS);

	while (dictionary->slots[slot] != 0)
	{
		int			code = dictionary->slots[slot] - 1;
		const SydraCodecBytes *entry = &dictionary->entries[code];

		if (dictionary->hashes[code] == hash && entry->length == value->length)
		{
			if (length == 0 || memcmp(entry->data, value->data, length) == 0)
				return code;
			dictionary->false_matches++;
		}
		slot = (slot + 1) % SLOTS;
	}
	dictionary->slots[slot] = (uint16_t) ++dictionary->entry_count;
	dictionary->entries[dictionary->entry_count - 1] = *value;
	dictionary->hashes[dictionary->entry_count - 1] = hash;
	dictionary->entry_bytes += length;
	return dictionary->entry_count - 1;
}

/* False when values were made to collide, which would take for ever. */
static bool
build(Dictionary *dictionary, const SydraCodecBytes *values, int count)
{
	memset(dictionary->slots, 0, sizeof(dictionary->slots));
	dictionary->entry_count = 0;
	dictionary->entry_bytes = 0;
	dictionary->false_matches = 0;
	for (int i = 0; i < count; i++)
	{
		dictionary->codes[i] = (uint64_t) find_code(dictionary, &values[i]);
		if (dictionary->false_matches > FALSE_MATCHES_MAX)
			return false;
	}
	return true;
}

/* The codes must cost clearly less than what they save. */
static bool
pays(const Dictionary *dictionary, const SydraCodecBytes *values, int count,
	 size_t code_bytes)
{
	size_t		all = (size_t) count;
	size_t		distinct = dictionary->entry_bytes + (size_t) dictionary->entry_count;

	for (int i = 0; i < count; i++)
		all += (size_t) values[i].length;
	return distinct + code_bytes < all - all / 4;
}

void
sydra_codec_dictionary_write(SydraWriter *writer, const SydraCodecBytes *values, int count,
							 void *scratch, size_t scratch_size)
{
	Dictionary	dictionary;
	SydraSpans	spans;
	SydraInts	codes = {dictionary.codes, count, &spans};
	SydraIntPlan plan;

	if (count == 0 || !build(&dictionary, values, count))
	{
		sydra_block_write(writer, values, count, scratch, scratch_size);
		return;
	}
	if (dictionary.entry_count == 1)
	{
		sydra_stream_put_byte(writer, SYDRA_ENCODING_BYTES_CONSTANT);
		sydra_block_write(writer, values, 1, scratch, scratch_size);
		return;
	}

	sydra_spans_set_one(&spans, count);
	sydra_int_plan(&codes, &plan);
	if (!pays(&dictionary, values, count, plan.size))
	{
		sydra_block_write(writer, values, count, scratch, scratch_size);
		return;
	}
	sydra_stream_put_byte(writer, plan.encoding == SYDRA_ENCODING_INT_RLE ?
						  SYDRA_ENCODING_BYTES_RLE : SYDRA_ENCODING_BYTES_DICTIONARY);
	sydra_stream_put_varint(writer, (uint64_t) dictionary.entry_count);
	sydra_int_write(writer, &codes, &plan);
	sydra_block_write(writer, dictionary.entries, dictionary.entry_count, scratch,
					  scratch_size);
}

/* Value i is entry codes[i] of the block. */
bool
sydra_codec_dictionary_open(SydraReader *reader, int count, uint64_t *codes, SydraBlock *block)
{
	int			encoding = reader->at < reader->end ? *reader->at : 0;
	uint64_t	entry_count = 1;
	SydraSpans	spans;

	if (encoding == SYDRA_ENCODING_BYTES_CONSTANT)
	{
		sydra_stream_take_byte(reader);
		memset(codes, 0, (size_t) count * sizeof(*codes));
	}
	else if (encoding == SYDRA_ENCODING_BYTES_DICTIONARY ||
			 encoding == SYDRA_ENCODING_BYTES_RLE)
	{
		sydra_stream_take_byte(reader);
		entry_count = sydra_stream_take_varint(reader);
		sydra_spans_set_one(&spans, count);
		if (entry_count == 0 || entry_count > (uint64_t) count ||
			!sydra_int_read(reader, codes, count, &spans))
			return false;
		for (int i = 0; i < count; i++)
			if (codes[i] >= entry_count)
				return false;
	}
	else
	{
		entry_count = (uint64_t) count;
		for (int i = 0; i < count; i++)
			codes[i] = (uint64_t) i;
	}
	return sydra_block_open(reader, (int) entry_count, block);
}
