/*
 * dictionary_text.c
 *	  The tags of series as texts, by key, and the order of series that comes of them.
 *
 * Made when they are first asked for, and kept as long as the dictionary.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "series/dictionary_part.h"
#include "series/series_id.h"

typedef struct TagText
{
	SydraBytes	key;
	SydraBytes	value;
} TagText;

/* The tags of a series that have a value, sorted by key. */
struct SydraSeriesTags
{
	int			count;
	TagText		items[FLEXIBLE_ARRAY_MEMBER];
};

static int
compare_bytes(SydraBytes a, SydraBytes b)
{
	int			order = memcmp(a.data, b.data, Min(a.length, b.length));

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int
compare_keys(const void *a, const void *b)
{
	return compare_bytes(((const TagText *) a)->key, ((const TagText *) b)->key);
}

static SydraBytes
bytes_of(const char *text)
{
	SydraBytes	bytes = {text, strlen(text)};

	return bytes;
}

static SydraBytes
text_of_datum(const SydraTableColumn *column, Datum value)
{
	Oid			output;
	bool		varlena;

	if (column->kind == SYDRA_KIND_BOOL)
		return bytes_of(DatumGetBool(value) ? "true" : "false");
	getTypeOutputInfo(column->basetype, &output, &varlena);
	return bytes_of(OidOutputFunctionCall(output, value));
}

static SydraBytes
text_of_json(const JsonbValue *value)
{
	SydraBytes	bytes = {"", 0};

	switch (value->type)
	{
		case jbvString:
			bytes.data = value->val.string.val;
			bytes.length = value->val.string.len;
			break;
		case jbvNumeric:
			bytes = bytes_of(DatumGetCString(DirectFunctionCall1(numeric_out,
											NumericGetDatum(value->val.numeric))));
			break;
		case jbvBool:
			bytes = bytes_of(value->val.boolean ? "true" : "false");
			break;
		default:
			break;
	}
	return bytes;
}

static void
add_tag(SydraSeriesTags **tags, int *capacity, SydraBytes key, SydraBytes value)
{
	if (value.length == 0)
		return;
	if ((*tags)->count == *capacity)
	{
		*capacity *= 2;
		*tags = repalloc(*tags, offsetof(SydraSeriesTags, items) + sizeof(TagText) * *capacity);
	}
	(*tags)->items[(*tags)->count].key = key;
	(*tags)->items[(*tags)->count++].value = value;
}

static void
add_json_tags(SydraSeriesTags **tags, int *capacity, Jsonb *json)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	SydraBytes	key = {"", 0};

	if (!JB_ROOT_IS_OBJECT(json))
		return;
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			key.data = item.val.string.val;
			key.length = item.val.string.len;
		}
		else if (token == WJB_VALUE)
			add_tag(tags, capacity, key, text_of_json(&item));
	}
}

static void
make_room_for_texts(SydraDictionary *dictionary, uint32 series)
{
	uint32		room = Max(64, dictionary->text_capacity);

	if (series < dictionary->text_capacity)
		return;
	while (room <= Max(series, sydra_dictionary_max(dictionary)))
		room *= 2;
	if (dictionary->text == NULL)
		dictionary->text = MemoryContextAllocHuge(dictionary->context,
												  sizeof(SydraSeriesTags *) * room);
	else
		dictionary->text = repalloc_huge(dictionary->text, sizeof(SydraSeriesTags *) * room);
	memset(dictionary->text + dictionary->text_capacity, 0,
		   sizeof(SydraSeriesTags *) * (room - dictionary->text_capacity));
	dictionary->text_capacity = room;
}

/* In the current context. */
static SydraSeriesTags *
make_tags(const SydraDictionary *dictionary, const SydraSeriesEntry *entry)
{
	int			capacity = 8;
	SydraSeriesTags *tags;

	tags = palloc(offsetof(SydraSeriesTags, items) + sizeof(TagText) * capacity);
	tags->count = 0;
	for (int i = 0; i < dictionary->tag_count; i++)
	{
		const SydraTableColumn *column = dictionary->tags[i];
		SydraBytes	bytes = {NULL, 0};
		bool		isnull = column->missing_isnull;
		bool		found = false;
		AttrNumber	attnum;
		int			offset = 0;

		while (!found && sydra_dictionary_item(entry, &offset, &attnum, &isnull, &bytes))
			found = attnum == column->attnum;
		if (!found)
			isnull = column->missing_isnull;
		if (isnull)
			continue;
		if (column->role == SYDRA_ROLE_TAGS)
			add_json_tags(&tags, &capacity,
						  DatumGetJsonbP(found ? sydra_dictionary_form(column, bytes) : column->missing));
		else if (found && column->kind == SYDRA_KIND_TEXT)
			add_tag(&tags, &capacity, bytes_of(NameStr(column->name)), bytes);
		else
			add_tag(&tags, &capacity, bytes_of(NameStr(column->name)),
					text_of_datum(column, found ? sydra_dictionary_form(column, bytes) : column->missing));
	}
	qsort(tags->items, tags->count, sizeof(TagText), compare_keys);
	return tags;
}

/* There may be very many series: none keeps more room than it needs. */
static const SydraSeriesTags *
read_tags(SydraDictionary *dictionary, uint32 series)
{
	const SydraSeriesEntry *entry = sydra_dictionary_entry(dictionary, series);
	MemoryContext caller;
	SydraSeriesTags *tags;
	Size		size;

	make_room_for_texts(dictionary, series);
	if (dictionary->text[series] != NULL)
		return dictionary->text[series];
	caller = MemoryContextSwitchTo(dictionary->context);
	tags = make_tags(dictionary, entry);
	size = offsetof(SydraSeriesTags, items) + sizeof(TagText) * tags->count;
	dictionary->text[series] = memcpy(palloc(size), tags, size);
	pfree(tags);
	MemoryContextSwitchTo(caller);
	return dictionary->text[series];
}

bool
sydra_dictionary_tag(SydraDictionary *dictionary, uint32 series, const char *key, SydraBytes *text)
{
	const SydraSeriesTags *tags = read_tags(dictionary, series);
	SydraBytes	wanted = bytes_of(key);

	for (int i = 0; i < tags->count; i++)
	{
		if (tags->items[i].key.length != wanted.length ||
			memcmp(tags->items[i].key.data, wanted.data, wanted.length) != 0)
			continue;
		*text = tags->items[i].value;
		return true;
	}
	return false;
}

static JsonbValue
string_value(SydraBytes bytes)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, bytes.data);
	value.val.string.len = bytes.length;
	return value;
}

/* Behind the last tag is what no key begins with: a series that has more tags comes first. */
static bytea *
write_key(const SydraSeriesTags *tags)
{
	StringInfoData key;

	initStringInfo(&key);
	appendStringInfoSpaces(&key, VARHDRSZ);
	for (int i = 0; i < tags->count; i++)
	{
		appendBinaryStringInfo(&key, tags->items[i].key.data, tags->items[i].key.length);
		appendStringInfoChar(&key, '\0');
		appendBinaryStringInfo(&key, tags->items[i].value.data, tags->items[i].value.length);
		appendStringInfoChar(&key, '\0');
	}
	appendStringInfoString(&key, "\xFF\xFF");
	SET_VARSIZE(key.data, key.len);
	return (bytea *) key.data;
}

bytea *
sydra_dictionary_key(Jsonb *json)
{
	int			capacity = 8;
	SydraSeriesTags *tags = palloc(offsetof(SydraSeriesTags, items) + sizeof(TagText) * capacity);

	tags->count = 0;
	add_json_tags(&tags, &capacity, json);
	qsort(tags->items, tags->count, sizeof(TagText), compare_keys);
	return write_key(tags);
}

int64
sydra_dictionary_id(SydraDictionary *dictionary, uint32 series)
{
	const SydraSeriesEntry *entry = sydra_dictionary_entry(dictionary, series);
	MemoryContext caller;
	int64		id;

	if (dictionary->scratch == NULL)
		dictionary->scratch = AllocSetContextCreate(dictionary->context, "sydra series id",
													ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(dictionary->scratch);
	if (!sydra_series_id(dictionary->table->relid, write_key(make_tags(dictionary, entry)), &id))
		elog(ERROR, "table %u of series %u does not exist", dictionary->table->relid, series);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(dictionary->scratch);
	return id;
}

Jsonb *
sydra_dictionary_json(SydraDictionary *dictionary, uint32 series)
{
	const SydraSeriesTags *tags = read_tags(dictionary, series);
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < tags->count; i++)
	{
		JsonbValue	key = string_value(tags->items[i].key);
		JsonbValue	value = string_value(tags->items[i].value);

		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/*
 * In the order of all keys with the missing ones last, the series that has the smaller key at the
 * first difference comes first: the other one lacks that key.
 */
static int
compare_tags(const SydraSeriesTags *a, const SydraSeriesTags *b)
{
	int			common = Min(a->count, b->count);

	for (int i = 0; i < common; i++)
	{
		int			order = compare_bytes(a->items[i].key, b->items[i].key);

		if (order == 0)
			order = compare_bytes(a->items[i].value, b->items[i].value);
		if (order != 0)
			return order;
	}
	return (a->count < b->count) - (a->count > b->count);
}

typedef struct RankItem
{
	const SydraSeriesTags *tags;
	uint32		series;
} RankItem;

static int
compare_rank_items(const void *a, const void *b)
{
	return compare_tags(((const RankItem *) a)->tags, ((const RankItem *) b)->tags);
}

const int32 *
sydra_dictionary_ranks(SydraDictionary *dictionary)
{
	uint32		max = sydra_dictionary_max(dictionary);
	MemoryContext caller;
	RankItem   *items;
	uint32		count = 0;
	int32		rank = 0;

	if (dictionary->ranks != NULL && dictionary->ranks_max == max)
		return dictionary->ranks;
	caller = MemoryContextSwitchTo(dictionary->context);
	sydra_dictionary_load(dictionary);
	if (dictionary->ranks != NULL)
		pfree(dictionary->ranks);
	dictionary->ranks = MemoryContextAllocHuge(dictionary->context,
											   sizeof(int32) * ((Size) max + 1));
	memset(dictionary->ranks, 0, sizeof(int32) * ((Size) max + 1));
	dictionary->ranks_max = max;
	items = MemoryContextAllocHuge(dictionary->context, sizeof(RankItem) * Max(max, 1));
	for (uint32 series = 1; series <= max; series++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!sydra_dictionary_has(dictionary, series))
			continue;
		items[count].tags = read_tags(dictionary, series);
		items[count++].series = series;
	}
	qsort(items, count, sizeof(RankItem), compare_rank_items);
	dictionary->ranks_differ = true;
	for (uint32 i = 0; i < count; i++)
	{
		if (i > 0 && compare_tags(items[i - 1].tags, items[i].tags) != 0)
			rank++;
		else if (i > 0)
			dictionary->ranks_differ = false;
		dictionary->ranks[items[i].series] = rank;
	}
	pfree(items);
	MemoryContextSwitchTo(caller);
	return dictionary->ranks;
}

bool
sydra_dictionary_ranks_differ(SydraDictionary *dictionary)
{
	sydra_dictionary_ranks(dictionary);
	return dictionary->ranks_differ;
}
