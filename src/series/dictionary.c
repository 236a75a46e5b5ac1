/*
 * dictionary.c
 *	  Tag tuples and their ids.
 *
 * A tuple is, for each tag column by attnum: attnum int16, null uint8, and when not null length
 * int32 and the bytes of the value (no varlena header, nothing aligned).
 *
 * Series are only ever added, and what an id stands for never changes.  So each backend keeps what
 * it has read, for a storage id at a time, and any number of dictionaries share it.  A dictionary
 * adds what its own scan found in the head.  Series written by others after it was opened count as
 * unknown: their numbers may already be those of its own.
 *
 * The rows are frozen, hence visible to everyone at once: any snapshot would do, and SnapshotSelf
 * needs no registration.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/catalog_row.h"
#include "base/lock_kind.h"
#include "base/object_id.h"
#include "series/dictionary.h"
#include "series/series_id.h"

/* What all caches of the backend may hold together while nobody uses them. */
#define CACHE_BYTES_MAX ((Size) 64 * 1024 * 1024)

/* Places for the entries that rows had, by a hash of their tags; powers of two. */
#define RECENT_MIN 256
#define RECENT_MAX 65536
#define RECENT_NEAR 8			/* so far from its place an entry may stand */

/* So many series are read at once rather than one by one. */
#define LOAD_ALL_MAX 10000

typedef struct SeriesEntry
{
	uint64		hash;
	uint32		id;
	int32		length;
	char		tuple[FLEXIBLE_ARRAY_MEMBER];
} SeriesEntry;

typedef struct EntrySlot
{
	SeriesEntry *entry;
	char		status;
} EntrySlot;

#define SH_PREFIX entries
#define SH_ELEMENT_TYPE EntrySlot
#define SH_KEY_TYPE SeriesEntry *
#define SH_KEY entry
#define SH_HASH_KEY(table, key) ((uint32) (key)->hash)
#define SH_EQUAL(table, a, b) \
	((a)->hash == (b)->hash && (a)->length == (b)->length && \
	 memcmp((a)->tuple, (b)->tuple, (a)->length) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* What this backend knows of one storage id's series. */
typedef struct SeriesCache
{
	dlist_node	node;			/* in caches, the last used first */
	Oid			catalog;		/* a new extension begins its storage ids anew */
	int64		storage_id;
	MemoryContext context;
	int			users;
	uint32		loaded;			/* all up to this id have been read */
	uint32		capacity;
	SeriesEntry **by_id;
	entries_hash *by_tuple;
} SeriesCache;

typedef struct TagText
{
	SydraBytes	key;
	SydraBytes	value;
} TagText;

/* The tags of a series that have a value, sorted by key. */
typedef struct SeriesTags
{
	int			count;
	TagText		items[FLEXIBLE_ARRAY_MEMBER];
} SeriesTags;

/* An entry that is found without laying out a row's tuple. */
typedef struct RecentEntry
{
	SeriesEntry *entry;			/* NULL: free */
	uint32		hash;			/* hash_tags() */
	uint32		next;			/* series mostly take turns in one order: the place of the one after */
} RecentEntry;

struct SydraDictionary
{
	MemoryContext context;
	MemoryContextCallback release;
	const SydraTable *table;
	int			tag_count;
	const SydraTableColumn **tags;
	SeriesCache *cache;			/* NULL without a storage */
	uint32		persistent_max;
	bool		tolerant;		/* damaged series count as unknown */

	uint32		local_count;
	uint32		local_capacity;
	SeriesEntry **local;
	uint32	   *local_persistent;	/* 0: none given yet */
	entries_hash *local_by_tuple;

	SeriesEntry *last;			/* neighbouring rows mostly belong together */
	RecentEntry *recent;		/* NULL before the first row */
	uint32		recent_size;
	uint32		recent_count;
	uint32		last_place;		/* of last, in recent */
	StringInfoData probe;		/* a SeriesEntry in the making */

	uint32		text_capacity;
	SeriesTags **text;			/* by id, made on demand */
	MemoryContext scratch;		/* of what is made and not kept; or NULL */
	int32	   *ranks;
	uint32		ranks_max;
	bool		ranks_differ;
};

typedef enum SeriesColumn
{
	SERIES_STORAGE_ID,
	SERIES_SERIES_ID,
	SERIES_HASH,
	SERIES_TAGS,
	SERIES_FIRST_SEEN,
	SERIES_COLUMNS
} SeriesColumn;

static const char *const series_columns[] = {
	"storage_id", "series_id", "hash", "tags", "first_seen"
};

static dlist_head caches = DLIST_STATIC_INIT(caches);

static SeriesCache *find_cache(int64 storage_id);
static void release_cache(void *arg);
static uint32 read_max(const SydraTable *table, int64 storage_id);
static bool load_range(SydraDictionary *dictionary, uint32 first, uint32 last);
static SeriesEntry *probe_catalog(SydraDictionary *dictionary, Relation rel, const AttrNumber *attnums,
								  const SeriesEntry *probe);
static const SeriesTags *read_tags(SydraDictionary *dictionary, uint32 series);

SydraDictionary *
sydra_dictionary_open(const SydraTable *table, int64 storage_id)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra dictionary",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SydraDictionary *dictionary = palloc0(sizeof(SydraDictionary));

	dictionary->context = context;
	dictionary->table = table;
	dictionary->tags = palloc(sizeof(SydraTableColumn *) * Max(table->column_count, 1));
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAG || table->columns[i].role == SYDRA_ROLE_TAGS)
			dictionary->tags[dictionary->tag_count++] = &table->columns[i];
	dictionary->local_by_tuple = entries_create(context, 64, NULL);
	initStringInfo(&dictionary->probe);
	if (storage_id != 0)
	{
		dictionary->cache = find_cache(storage_id);
		dictionary->cache->users++;
		dictionary->release.func = release_cache;
		dictionary->release.arg = dictionary->cache;
		MemoryContextRegisterResetCallback(context, &dictionary->release);
		dictionary->persistent_max = read_max(table, storage_id);
	}
	MemoryContextSwitchTo(caller);
	return dictionary;
}

uint32
sydra_dictionary_max(const SydraDictionary *dictionary)
{
	return dictionary->persistent_max + dictionary->local_count;
}

uint32
sydra_dictionary_persistent_max(const SydraDictionary *dictionary)
{
	return dictionary->persistent_max;
}

void
sydra_dictionary_load(SydraDictionary *dictionary)
{
	if (dictionary->cache != NULL && dictionary->cache->loaded < dictionary->persistent_max)
	{
		if (load_range(dictionary, dictionary->cache->loaded + 1, dictionary->persistent_max))
			dictionary->cache->loaded = dictionary->persistent_max;
	}
}

void
sydra_dictionary_tolerate(SydraDictionary *dictionary)
{
	dictionary->tolerant = true;
}

/* Caches ---------------------------------------------------------------------------------------*/

static void
shrink_caches(void)
{
	Size		total = 0;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &caches)
	{
		SeriesCache *cache = dlist_container(SeriesCache, node, iter.cur);

		total += MemoryContextMemAllocated(cache->context, true);
		if (total > CACHE_BYTES_MAX && cache->users == 0)
		{
			total -= MemoryContextMemAllocated(cache->context, true);
			dlist_delete(iter.cur);
			MemoryContextDelete(cache->context);
		}
	}
}

static void
release_cache(void *arg)
{
	SeriesCache *cache = arg;

	cache->users--;
}

static SeriesCache *
find_cache(int64 storage_id)
{
	Oid			catalog = sydra_object_catalog("series");
	MemoryContext context;
	SeriesCache *cache;
	dlist_iter	iter;

	shrink_caches();
	dlist_foreach(iter, &caches)
	{
		cache = dlist_container(SeriesCache, node, iter.cur);
		if (cache->storage_id == storage_id && cache->catalog == catalog)
		{
			dlist_move_head(&caches, &cache->node);
			return cache;
		}
	}
	context = AllocSetContextCreate(CacheMemoryContext, "sydra series", ALLOCSET_SMALL_SIZES);
	cache = MemoryContextAllocZero(context, sizeof(SeriesCache));
	cache->context = context;
	cache->catalog = catalog;
	cache->storage_id = storage_id;
	cache->by_tuple = entries_create(context, 64, NULL);
	dlist_push_head(&caches, &cache->node);
	return cache;
}

static SeriesEntry *
add_to_cache(SeriesCache *cache, uint32 id, uint64 hash, const char *tuple, int32 length)
{
	SeriesEntry *entry;
	bool		found;

	if (id < cache->capacity && cache->by_id[id] != NULL)
		return cache->by_id[id];
	if (id >= cache->capacity)
	{
		uint32		capacity = Max(64, cache->capacity);

		while (capacity <= id)
			capacity *= 2;
		if (cache->by_id == NULL)
			cache->by_id = MemoryContextAllocHuge(cache->context, sizeof(SeriesEntry *) * capacity);
		else
			cache->by_id = repalloc_huge(cache->by_id, sizeof(SeriesEntry *) * capacity);
		memset(cache->by_id + cache->capacity, 0,
			   sizeof(SeriesEntry *) * (capacity - cache->capacity));
		cache->capacity = capacity;
	}
	entry = MemoryContextAlloc(cache->context, offsetof(SeriesEntry, tuple) + length);
	entry->hash = hash;
	entry->id = id;
	entry->length = length;
	memcpy(entry->tuple, tuple, length);
	/* It may run out of memory: the number must not be known without the tuple. */
	entries_insert(cache->by_tuple, entry, &found);
	cache->by_id[id] = entry;
	return entry;
}

/* The catalog ----------------------------------------------------------------------------------*/

/* Numbers are given without gaps; so far above the one before none is believed. */
#define GAP_MAX 1000000

static void
raise_damaged(const SydraTable *table, int32 id, Relation rel, HeapTuple tuple)
{
	ereport(ERROR,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("the tags of series %d of table \"%s\" are damaged, in block %u of relation \"%s\"",
				   id, get_rel_name(table->relid), ItemPointerGetBlockNumber(&tuple->t_self),
				   RelationGetRelationName(rel)));
}

/* The highest number given; 0 when there is none. */
static uint32
read_max(const SydraTable *table, int64 storage_id)
{
	AttrNumber	attnums[SERIES_COLUMNS];
	Relation	rel = sydra_catalog_open("series", AccessShareLock, series_columns, attnums,
										 SERIES_COLUMNS);
	Relation	index = index_open(sydra_object_catalog("series_pkey"), AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	bool		isnull;
	int32		max = 0;

	ScanKeyInit(&key, attnums[SERIES_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	scan = systable_beginscan_ordered(rel, index, SnapshotSelf, 1, &key);
	tuple = systable_getnext_ordered(scan, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
	{
		HeapTuple	last = heap_copytuple(tuple);
		int32		before = 0;

		max = DatumGetInt32(heap_getattr(last, attnums[SERIES_SERIES_ID], RelationGetDescr(rel),
										 &isnull));
		tuple = systable_getnext_ordered(scan, BackwardScanDirection);
		if (HeapTupleIsValid(tuple))
			before = DatumGetInt32(heap_getattr(tuple, attnums[SERIES_SERIES_ID],
												RelationGetDescr(rel), &isnull));
		if (max <= before || max - Max(before, 0) > GAP_MAX)
			raise_damaged(table, max, rel, last);
		heap_freetuple(last);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return max;
}

static uint64
hash_tuple(const char *tuple, int32 length)
{
	return hash_bytes_extended((const unsigned char *) tuple, length, 0);
}

/*
 * What a wrong tuple leads to may be right in form: the hash tells.  NULL for a damaged row, if that
 * is tolerated.
 */
static SeriesEntry *
add_row(SydraDictionary *dictionary, Relation rel, const AttrNumber *attnums, HeapTuple tuple)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	bool		isnull;
	uint32		id = DatumGetInt32(heap_getattr(tuple, attnums[SERIES_SERIES_ID], tupdesc,
												&isnull));
	uint64		hash = DatumGetInt64(heap_getattr(tuple, attnums[SERIES_HASH], tupdesc, &isnull));
	Datum		stored = heap_getattr(tuple, attnums[SERIES_TAGS], tupdesc, &isnull);
	bytea	   *tags = isnull ? NULL : DatumGetByteaPP(stored);
	SeriesEntry *entry = NULL;

	/* Others may have given numbers since the dictionary was opened. */
	if (tags != NULL && id != 0 && id < (uint64) dictionary->persistent_max + GAP_MAX &&
		hash == hash_tuple(VARDATA_ANY(tags), VARSIZE_ANY_EXHDR(tags)))
		entry = add_to_cache(dictionary->cache, id, hash, VARDATA_ANY(tags),
							 VARSIZE_ANY_EXHDR(tags));
	else if (!dictionary->tolerant)
		raise_damaged(dictionary->table, (int32) id, rel, tuple);
	if (tags != NULL && (Pointer) tags != DatumGetPointer(stored))
		pfree(tags);
	return entry;
}

/* Reads series first .. last into the cache; false when it had to leave one out. */
static bool
load_range(SydraDictionary *dictionary, uint32 first, uint32 last)
{
	AttrNumber	attnums[SERIES_COLUMNS];
	Relation	rel = sydra_catalog_open("series", AccessShareLock, series_columns, attnums,
										 SERIES_COLUMNS);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		whole = true;

	ScanKeyInit(&keys[0], attnums[SERIES_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(dictionary->cache->storage_id));
	ScanKeyInit(&keys[1], attnums[SERIES_SERIES_ID], BTGreaterEqualStrategyNumber, F_INT4GE,
				Int32GetDatum(first));
	ScanKeyInit(&keys[2], attnums[SERIES_SERIES_ID], BTLessEqualStrategyNumber, F_INT4LE,
				Int32GetDatum(last));
	scan = systable_beginscan(rel, sydra_object_catalog("series_pkey"), true, SnapshotSelf,
							  3, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (add_row(dictionary, rel, attnums, tuple) == NULL)
			whole = false;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return whole;
}

void
sydra_dictionary_verify(int64 storage_id, List **faults)
{
	AttrNumber	attnums[SERIES_COLUMNS];
	Relation	rel = sydra_catalog_open("series", AccessShareLock, series_columns, attnums,
										 SERIES_COLUMNS);
	TupleDesc	tupdesc = RelationGetDescr(rel);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, attnums[SERIES_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(storage_id));
	scan = systable_beginscan(rel, sydra_object_catalog("series_pkey"), true, SnapshotSelf, 1,
							  &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		int32		id = DatumGetInt32(heap_getattr(tuple, attnums[SERIES_SERIES_ID], tupdesc,
													&isnull));
		int64		hash = DatumGetInt64(heap_getattr(tuple, attnums[SERIES_HASH], tupdesc,
													  &isnull));
		Datum		stored = heap_getattr(tuple, attnums[SERIES_TAGS], tupdesc, &isnull);
		bytea	   *tags = isnull ? NULL : DatumGetByteaP(stored);

		CHECK_FOR_INTERRUPTS();
		if (id <= 0)
			*faults = lappend(*faults, psprintf("%d is no number of a series", id));
		if (tags == NULL ||
			(uint64) hash != hash_tuple(VARDATA(tags), VARSIZE(tags) - VARHDRSZ))
			*faults = lappend(*faults, psprintf("the tags of series %d are damaged", id));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* Finds a tuple by its hash; NULL when it has no id. */
static SeriesEntry *
probe_catalog(SydraDictionary *dictionary, Relation rel, const AttrNumber *attnums,
			  const SeriesEntry *probe)
{
	SeriesEntry *found = NULL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], attnums[SERIES_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(dictionary->cache->storage_id));
	ScanKeyInit(&keys[1], attnums[SERIES_HASH], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum((int64) probe->hash));
	scan = systable_beginscan(rel, sydra_object_catalog("series_hash"), true, SnapshotSelf,
							  2, keys);
	while (found == NULL && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		SeriesEntry *entry = add_row(dictionary, rel, attnums, tuple);

		if (entry != NULL && entry->length == probe->length &&
			memcmp(entry->tuple, probe->tuple, probe->length) == 0)
			found = entry;
	}
	systable_endscan(scan);
	return found;
}

/* Resolving ------------------------------------------------------------------------------------*/

/* Lays out the tuple of a row as an entry in dictionary->probe. */
static SeriesEntry *
form_probe(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	StringInfo	probe = &dictionary->probe;
	SeriesEntry *entry;

	resetStringInfo(probe);
	enlargeStringInfo(probe, offsetof(SeriesEntry, tuple));
	probe->len = offsetof(SeriesEntry, tuple);
	for (int i = 0; i < dictionary->tag_count; i++)
	{
		const SydraTableColumn *column = dictionary->tags[i];
		Datum		value = values[column->attnum - 1];
		uint8		null = isnull[column->attnum - 1];
		SydraBytes	bytes;
		int64		number;
		int32		length;
		Pointer		copied = NULL;

		appendBinaryStringInfo(probe, (const char *) &column->attnum, sizeof(int16));
		appendBinaryStringInfo(probe, (const char *) &null, sizeof(uint8));
		if (null)
			continue;
		if (column->typbyval)
		{
			/* The low bytes first, as many as the type has: little endian on every machine. */
			number = sydra_table_datum_to_int(value, column->typlen);
			length = column->typlen;
			appendBinaryStringInfo(probe, (const char *) &length, sizeof(int32));
			for (int byte = 0; byte < length; byte++)
				appendStringInfoCharMacro(probe, (char) ((uint64) number >> (8 * byte)));
			continue;
		}
		bytes = sydra_table_datum_bytes(value, column->typlen);
		if (column->typlen == -1 && VARATT_IS_EXTENDED(DatumGetPointer(value)) &&
			!VARATT_IS_SHORT(DatumGetPointer(value)))
			copied = (Pointer) bytes.data;
		appendBinaryStringInfo(probe, (const char *) &bytes.length, sizeof(int32));
		appendBinaryStringInfo(probe, bytes.data, bytes.length);
		if (copied != NULL)
			pfree(copied - VARHDRSZ);
	}
	entry = (SeriesEntry *) probe->data;
	entry->length = probe->len - offsetof(SeriesEntry, tuple);
	return entry;
}

static SeriesEntry *
add_local(SydraDictionary *dictionary, const SeriesEntry *probe)
{
	MemoryContext caller = MemoryContextSwitchTo(dictionary->context);
	Size		size = offsetof(SeriesEntry, tuple) + probe->length;
	SeriesEntry *entry = palloc(size);
	bool		found;

	memcpy(entry, probe, size);
	if (dictionary->local_count == dictionary->local_capacity)
	{
		uint32		capacity = Max(64, dictionary->local_capacity * 2);

		if (dictionary->local == NULL)
		{
			dictionary->local = palloc(sizeof(SeriesEntry *) * capacity);
			dictionary->local_persistent = palloc(sizeof(uint32) * capacity);
		}
		else
		{
			dictionary->local = repalloc_huge(dictionary->local, sizeof(SeriesEntry *) * capacity);
			dictionary->local_persistent = repalloc_huge(dictionary->local_persistent,
														 sizeof(uint32) * capacity);
		}
		dictionary->local_capacity = capacity;
	}
	if (dictionary->persistent_max + dictionary->local_count >= PG_INT32_MAX)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("table \"%s\" has too many series",
					   get_rel_name(dictionary->table->relid)));
	dictionary->local[dictionary->local_count] = entry;
	dictionary->local_persistent[dictionary->local_count] = 0;
	entry->id = dictionary->persistent_max + ++dictionary->local_count;
	entries_insert(dictionary->local_by_tuple, entry, &found);
	MemoryContextSwitchTo(caller);
	return entry;
}

static SeriesEntry *
find_persistent(SydraDictionary *dictionary, SeriesEntry *probe)
{
	SeriesCache *cache = dictionary->cache;
	SeriesEntry *entry = NULL;
	EntrySlot  *slot;

	if (cache == NULL || dictionary->persistent_max == 0)
		return NULL;
	if (cache->loaded < dictionary->persistent_max &&
		dictionary->persistent_max - cache->loaded <= LOAD_ALL_MAX)
		sydra_dictionary_load(dictionary);
	slot = entries_lookup(cache->by_tuple, probe);
	if (slot != NULL)
		entry = slot->entry;
	else if (cache->loaded < dictionary->persistent_max)
	{
		AttrNumber	attnums[SERIES_COLUMNS];
		Relation	rel = sydra_catalog_open("series", AccessShareLock, series_columns, attnums,
											 SERIES_COLUMNS);

		entry = probe_catalog(dictionary, rel, attnums, probe);
		table_close(rel, AccessShareLock);
	}
	return entry != NULL && entry->id <= dictionary->persistent_max ? entry : NULL;
}

/* The bytes of a value, as they lie in a tag tuple; false when they are not at hand. */
static inline bool
peek_bytes(const SydraTableColumn *column, Datum value, SydraBytes *bytes, uint64 *number)
{
	Pointer		at = DatumGetPointer(value);

	if (column->typbyval)
	{
		*number = (uint64) sydra_table_datum_to_int(value, column->typlen);
#ifdef WORDS_BIGENDIAN
		return false;
#endif
		bytes->data = (const char *) number;
		bytes->length = column->typlen;
		return true;
	}
	if (column->typlen != -1)
	{
		*bytes = sydra_table_datum_bytes(value, column->typlen);
		return true;
	}
	if (VARATT_IS_EXTENDED(at) && !VARATT_IS_SHORT(at))
		return false;
	bytes->data = VARDATA_ANY(at);
	bytes->length = VARSIZE_ANY_EXHDR(at);
	return true;
}

/* Tags are mostly short. */
static inline bool
same_bytes(const char *a, const char *b, int32 length)
{
	if (length > 16)
		return memcmp(a, b, length) == 0;
	if (length >= 8)
		return memcmp(a, b, 8) == 0 && memcmp(a + length - 8, b + length - 8, 8) == 0;
	if (length >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + length - 4, b + length - 4, 4) == 0;
	for (int i = 0; i < length; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Whether the entry is that of a row, found without laying out the row's tuple; false may be wrong. */
static bool
entry_matches(const SydraDictionary *dictionary, const SeriesEntry *entry, const Datum *values,
			  const bool *isnull)
{
	const char *at = entry->tuple;
	const char *end = at + entry->length;

	for (int i = 0; i < dictionary->tag_count; i++)
	{
		const SydraTableColumn *column = dictionary->tags[i];
		SydraBytes	bytes;
		uint64		number;
		int16		attnum;
		int32		length;

		if (end - at < 3)
			return false;
		memcpy(&attnum, at, sizeof(int16));
		if (attnum != column->attnum || (at[2] != 0) != isnull[attnum - 1])
			return false;
		at += 3;
		if (isnull[attnum - 1])
			continue;
		if (end - at < 4)
			return false;
		memcpy(&length, at, sizeof(int32));
		at += 4;
		if (!peek_bytes(column, values[attnum - 1], &bytes, &number) || bytes.length != length ||
			end - at < length || !same_bytes(at, bytes.data, length))
			return false;
		at += length;
	}
	return at == end;
}

/* Mostly the same for equal tags, which is all that RecentEntry needs. */
static uint32
hash_tags(const SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	uint64		hash = 0;

	for (int i = 0; i < dictionary->tag_count; i++)
	{
		const SydraTableColumn *column = dictionary->tags[i];
		SydraBytes	bytes;
		uint64		number;
		uint64		word = 0;
		int			at = 0;

		if (isnull[column->attnum - 1] ||
			!peek_bytes(column, values[column->attnum - 1], &bytes, &number))
			continue;
		for (; bytes.length - at >= 8; at += 8)
		{
			memcpy(&word, bytes.data + at, 8);
			hash = (hash ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
			hash ^= hash >> 32;
		}
		word = (uint64) bytes.length << 56;
		for (int shift = 0; at < bytes.length; at++, shift += 8)
			word ^= (uint64) (uint8) bytes.data[at] << shift;
		hash = (hash ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
		hash ^= hash >> 32;
	}
	/* Low bits of a product know nothing of high ones. */
	return (uint32) (hash * UINT64CONST(0x9E3779B97F4A7C15) >> 32);
}

static SeriesEntry *
find_entry_of_row(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	SeriesEntry *probe = form_probe(dictionary, values, isnull);
	EntrySlot  *slot;
	SeriesEntry *entry;

	probe->hash = hash_tuple(probe->tuple, probe->length);
	slot = entries_lookup(dictionary->local_by_tuple, probe);
	entry = slot != NULL ? slot->entry : find_persistent(dictionary, probe);
	return entry != NULL ? entry : add_local(dictionary, probe);
}

/* The place of a hash, or where it may go: nowhere are two of one hash. */
static uint32
place_recent(const SydraDictionary *dictionary, uint32 hash)
{
	uint32		mask = dictionary->recent_size - 1;

	for (uint32 i = 0; i < RECENT_NEAR; i++)
	{
		const RecentEntry *recent = &dictionary->recent[(hash + i) & mask];

		if (recent->entry == NULL || recent->hash == hash)
			return (hash + i) & mask;
	}
	return hash & mask;
}

/* Who came after whom is learned anew. */
static void
grow_recent(SydraDictionary *dictionary)
{
	RecentEntry *old = dictionary->recent;
	uint32		old_size = dictionary->recent_size;
	uint32		size = old == NULL ? RECENT_MIN : 4 * old_size;

	dictionary->recent = MemoryContextAllocZero(dictionary->context, sizeof(RecentEntry) * size);
	dictionary->recent_size = size;
	dictionary->last_place = 0;
	if (old == NULL)
		return;
	for (uint32 i = 0; i < old_size; i++)
	{
		RecentEntry *recent;

		if (old[i].entry == NULL)
			continue;
		recent = &dictionary->recent[place_recent(dictionary, old[i].hash)];
		recent->entry = old[i].entry;
		recent->hash = old[i].hash;
	}
	pfree(old);
}

/* Where the row's entry is in recent. */
static uint32
find_recent(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	uint32		hash = hash_tags(dictionary, values, isnull);
	uint32		place = place_recent(dictionary, hash);
	RecentEntry *recent = &dictionary->recent[place];
	SeriesEntry *entry;

	if (recent->entry != NULL && recent->hash == hash &&
		entry_matches(dictionary, recent->entry, values, isnull))
		return place;
	entry = find_entry_of_row(dictionary, values, isnull);
	if (recent->entry == NULL && ++dictionary->recent_count > dictionary->recent_size / 2 &&
		dictionary->recent_size < RECENT_MAX)
	{
		grow_recent(dictionary);
		place = place_recent(dictionary, hash);
		recent = &dictionary->recent[place];
	}
	recent->entry = entry;
	recent->hash = hash;
	return place;
}

uint32
sydra_dictionary_resolve(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	const RecentEntry *recent;
	uint32		place;

	if (dictionary->recent == NULL)
		grow_recent(dictionary);
	place = dictionary->recent[dictionary->last_place].next;
	recent = &dictionary->recent[place];
	if (recent->entry == NULL || !entry_matches(dictionary, recent->entry, values, isnull))
	{
		if (dictionary->last != NULL &&
			entry_matches(dictionary, dictionary->last, values, isnull))
			return dictionary->last->id;
		place = find_recent(dictionary, values, isnull);
		dictionary->recent[dictionary->last_place].next = place;
	}
	dictionary->last = dictionary->recent[place].entry;
	dictionary->last_place = place;
	return dictionary->last->id;
}

uint32
sydra_dictionary_resolve_slot(SydraDictionary *dictionary, TupleTableSlot *slot)
{
	return sydra_dictionary_resolve(dictionary, slot->tts_values, slot->tts_isnull);
}

static ItemPointerData
insert_row(Relation rel, const AttrNumber *attnums, int64 storage_id, uint32 id,
		   const SeriesEntry *entry)
{
	Datum		values[SERIES_COLUMNS];
	bytea	   *tags = (bytea *) cstring_to_text_with_len(entry->tuple, entry->length);
	ItemPointerData tid;

	values[SERIES_STORAGE_ID] = Int64GetDatum(storage_id);
	values[SERIES_SERIES_ID] = Int32GetDatum((int32) id);
	values[SERIES_HASH] = Int64GetDatum((int64) entry->hash);
	values[SERIES_TAGS] = PointerGetDatum(tags);
	values[SERIES_FIRST_SEEN] = TimestampTzGetDatum(GetCurrentTimestamp());
	tid = sydra_catalog_insert(rel, attnums, values, NULL, SERIES_COLUMNS,
							   HEAP_INSERT_NO_LOGICAL);
	pfree(tags);
	return tid;
}

/*
 * Frozen rows stay whatever becomes of this transaction: a series that nobody uses is harmless,
 * and others who seal the same new series need not wait for our commit.  The lock keeps two from
 * giving one tuple two ids; the primary key backs it.  The local ids are different ones.
 */
void
sydra_dictionary_persist(SydraDictionary *dictionary, Relation rel, int64 storage_id,
						 const uint32 *local, uint32 *persistent, int count)
{
	SeriesCache *cache = NULL;
	AttrNumber	attnums[SERIES_COLUMNS];
	Relation	catalog = NULL;
	LOCKTAG		tag;
	uint32		max = 0;
	ItemPointerData *fresh = NULL;	/* the rows inserted, and where in local their series are */
	int		   *fresh_places = NULL;
	int			fresh_count = 0;

	sydra_lock_kind_tag(&tag, RelationGetRelid(rel), SYDRA_LOCK_SERIES, 0);
	for (int i = 0; i < count; i++)
	{
		uint32		place = local[i] - dictionary->persistent_max - 1;
		SeriesEntry *entry;
		SeriesEntry *known;

		CHECK_FOR_INTERRUPTS();
		if (local[i] <= dictionary->persistent_max)
		{
			persistent[i] = local[i];
			continue;
		}
		Assert(place < dictionary->local_count);
		if (dictionary->local_persistent[place] != 0)
		{
			persistent[i] = dictionary->local_persistent[place];
			continue;
		}
		if (catalog == NULL)
		{
			LockAcquire(&tag, ExclusiveLock, false, false);
			catalog = sydra_catalog_open("series", RowExclusiveLock, series_columns, attnums,
										 SERIES_COLUMNS);
			if (dictionary->cache == NULL)
			{
				dictionary->cache = find_cache(storage_id);
				dictionary->cache->users++;
				dictionary->release.func = release_cache;
				dictionary->release.arg = dictionary->cache;
				MemoryContextRegisterResetCallback(dictionary->context, &dictionary->release);
			}
			cache = dictionary->cache;
			Assert(cache->storage_id == storage_id);
			max = read_max(dictionary->table, storage_id);
			fresh = palloc_extended(sizeof(ItemPointerData) * (count - i), MCXT_ALLOC_HUGE);
			fresh_places = palloc_extended(sizeof(int) * (count - i), MCXT_ALLOC_HUGE);
		}
		entry = dictionary->local[place];
		known = probe_catalog(dictionary, catalog, attnums, entry);
		if (known == NULL)
		{
			if (max >= PG_INT32_MAX)
				ereport(ERROR,
						errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("table \"%s\" has too many series", RelationGetRelationName(rel)));
			fresh_places[fresh_count] = i;
			fresh[fresh_count++] = insert_row(catalog, attnums, storage_id, ++max, entry);
			persistent[i] = max;
			continue;
		}
		dictionary->local_persistent[place] = known->id;
		persistent[i] = known->id;
	}

	/* They are not remembered before it is certain that they stay. */
	if (fresh_count > 0)
		sydra_catalog_freeze(catalog, fresh, fresh_count);
	for (int j = 0; j < fresh_count; j++)
	{
		uint32		place = local[fresh_places[j]] - dictionary->persistent_max - 1;
		SeriesEntry *entry = dictionary->local[place];

		add_to_cache(cache, persistent[fresh_places[j]], entry->hash, entry->tuple, entry->length);
		dictionary->local_persistent[place] = persistent[fresh_places[j]];
	}
	if (catalog != NULL)
	{
		pfree(fresh);
		pfree(fresh_places);
		table_close(catalog, RowExclusiveLock);
		LockRelease(&tag, ExclusiveLock, false);
	}
}

/* Reading tuples -------------------------------------------------------------------------------*/

/* NULL when the catalog has no such series. */
static const SeriesEntry *
find_entry(SydraDictionary *dictionary, uint32 series)
{
	SeriesCache *cache = dictionary->cache;

	if (series > dictionary->persistent_max)
	{
		uint32		place = series - dictionary->persistent_max - 1;

		return place < dictionary->local_count ? dictionary->local[place] : NULL;
	}
	if (cache == NULL || series == 0)
		return NULL;
	if (series >= cache->capacity || cache->by_id[series] == NULL)
	{
		if (cache->loaded < dictionary->persistent_max &&
			dictionary->persistent_max - cache->loaded <= LOAD_ALL_MAX)
			sydra_dictionary_load(dictionary);
		else
			load_range(dictionary, series, series);
	}
	return series < cache->capacity ? cache->by_id[series] : NULL;
}

bool
sydra_dictionary_has(SydraDictionary *dictionary, uint32 series)
{
	return find_entry(dictionary, series) != NULL;
}

static const SeriesEntry *
get_entry(SydraDictionary *dictionary, uint32 series)
{
	const SeriesEntry *entry = find_entry(dictionary, series);

	if (entry == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("series %u of table \"%s\" does not exist", series,
					   get_rel_name(dictionary->table->relid)));
	return entry;
}

/* Steps through the tuple; false at its end. */
static bool
next_item(const SeriesEntry *entry, int *offset, AttrNumber *attnum, bool *isnull,
		  SydraBytes *bytes)
{
	int			left = entry->length - *offset;
	const char *at = entry->tuple + *offset;
	int16		number;
	int32		length;

	if (left == 0)
		return false;
	if (left < 3)
		goto damaged;
	memcpy(&number, at, sizeof(int16));
	*attnum = number;
	*isnull = at[2] != 0;
	*offset += 3;
	if (*isnull)
		return true;
	if (left < 7)
		goto damaged;
	memcpy(&length, at + 3, sizeof(int32));
	if (length < 0 || length > left - 7)
		goto damaged;
	bytes->data = at + 7;
	bytes->length = length;
	*offset += 4 + length;
	return true;

damaged:
	ereport(ERROR,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("tags of series %u are damaged", entry->id));
}

static Datum
form_datum(const SydraTableColumn *column, SydraBytes bytes)
{
	uint64		number = 0;

	if (column->typlen >= 0 && bytes.length != column->typlen)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("tag \"%s\" has %d bytes instead of %d", NameStr(column->name),
					   bytes.length, column->typlen));
	if (!column->typbyval)
		return sydra_table_bytes_to_datum(bytes, column->typlen);
	for (int byte = 0; byte < bytes.length; byte++)
		number |= (uint64) (uint8) bytes.data[byte] << (8 * byte);
	return sydra_table_int_to_datum((int64) number, column->typlen);
}

void
sydra_dictionary_datum(SydraDictionary *dictionary, uint32 series, AttrNumber attnum,
					   Datum *value, bool *isnull)
{
	const SeriesEntry *entry = get_entry(dictionary, series);
	const SydraTableColumn *column = sydra_table_column(dictionary->table, attnum);
	SydraBytes	bytes;
	AttrNumber	number;
	int			offset = 0;

	*value = (Datum) 0;
	if (column == NULL)
	{
		*isnull = true;
		return;
	}
	while (next_item(entry, &offset, &number, isnull, &bytes))
	{
		if (number != attnum)
			continue;
		if (!*isnull)
			*value = form_datum(column, bytes);
		return;
	}
	*value = column->missing;
	*isnull = column->missing_isnull;
}

/* Tags as text ---------------------------------------------------------------------------------*/

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
add_tag(SeriesTags **tags, int *capacity, SydraBytes key, SydraBytes value)
{
	if (value.length == 0)
		return;
	if ((*tags)->count == *capacity)
	{
		*capacity *= 2;
		*tags = repalloc(*tags, offsetof(SeriesTags, items) + sizeof(TagText) * *capacity);
	}
	(*tags)->items[(*tags)->count].key = key;
	(*tags)->items[(*tags)->count++].value = value;
}

static void
add_json_tags(SeriesTags **tags, int *capacity, Jsonb *json)
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
												  sizeof(SeriesTags *) * room);
	else
		dictionary->text = repalloc_huge(dictionary->text, sizeof(SeriesTags *) * room);
	memset(dictionary->text + dictionary->text_capacity, 0,
		   sizeof(SeriesTags *) * (room - dictionary->text_capacity));
	dictionary->text_capacity = room;
}

/* In the current context. */
static SeriesTags *
make_tags(const SydraDictionary *dictionary, const SeriesEntry *entry)
{
	int			capacity = 8;
	SeriesTags *tags;

	tags = palloc(offsetof(SeriesTags, items) + sizeof(TagText) * capacity);
	tags->count = 0;
	for (int i = 0; i < dictionary->tag_count; i++)
	{
		const SydraTableColumn *column = dictionary->tags[i];
		SydraBytes	bytes = {NULL, 0};
		bool		isnull = column->missing_isnull;
		bool		found = false;
		AttrNumber	attnum;
		int			offset = 0;

		while (!found && next_item(entry, &offset, &attnum, &isnull, &bytes))
			found = attnum == column->attnum;
		if (!found)
			isnull = column->missing_isnull;
		if (isnull)
			continue;
		if (column->role == SYDRA_ROLE_TAGS)
			add_json_tags(&tags, &capacity,
						  DatumGetJsonbP(found ? form_datum(column, bytes) : column->missing));
		else if (found && column->kind == SYDRA_KIND_TEXT)
			add_tag(&tags, &capacity, bytes_of(NameStr(column->name)), bytes);
		else
			add_tag(&tags, &capacity, bytes_of(NameStr(column->name)),
					text_of_datum(column, found ? form_datum(column, bytes) : column->missing));
	}
	qsort(tags->items, tags->count, sizeof(TagText), compare_keys);
	return tags;
}

/* There may be very many series: none keeps more room than it needs. */
static const SeriesTags *
read_tags(SydraDictionary *dictionary, uint32 series)
{
	const SeriesEntry *entry = get_entry(dictionary, series);
	MemoryContext caller;
	SeriesTags *tags;
	Size		size;

	make_room_for_texts(dictionary, series);
	if (dictionary->text[series] != NULL)
		return dictionary->text[series];
	caller = MemoryContextSwitchTo(dictionary->context);
	tags = make_tags(dictionary, entry);
	size = offsetof(SeriesTags, items) + sizeof(TagText) * tags->count;
	dictionary->text[series] = memcpy(palloc(size), tags, size);
	pfree(tags);
	MemoryContextSwitchTo(caller);
	return dictionary->text[series];
}

bool
sydra_dictionary_tag(SydraDictionary *dictionary, uint32 series, const char *key, SydraBytes *text)
{
	const SeriesTags *tags = read_tags(dictionary, series);
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
write_key(const SeriesTags *tags)
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
	SeriesTags *tags = palloc(offsetof(SeriesTags, items) + sizeof(TagText) * capacity);

	tags->count = 0;
	add_json_tags(&tags, &capacity, json);
	qsort(tags->items, tags->count, sizeof(TagText), compare_keys);
	return write_key(tags);
}

int64
sydra_dictionary_id(SydraDictionary *dictionary, uint32 series)
{
	const SeriesEntry *entry = get_entry(dictionary, series);
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
	const SeriesTags *tags = read_tags(dictionary, series);
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

TimestampTz *
sydra_dictionary_first_seen(SydraDictionary *dictionary)
{
	AttrNumber	attnums[SERIES_COLUMNS];
	Relation	rel = sydra_catalog_open("series", AccessShareLock, series_columns, attnums,
										 SERIES_COLUMNS);
	Size		size = sizeof(TimestampTz) * ((Size) dictionary->persistent_max + 1);
	TimestampTz *times = MemoryContextAllocHuge(CurrentMemoryContext, size);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(times, 0, size);
	ScanKeyInit(&key, attnums[SERIES_STORAGE_ID], BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(dictionary->cache != NULL ? dictionary->cache->storage_id : 0));
	scan = systable_beginscan(rel, sydra_object_catalog("series_pkey"), true, SnapshotSelf,
							  1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		uint32		id = DatumGetInt32(heap_getattr(tuple, attnums[SERIES_SERIES_ID],
													RelationGetDescr(rel), &isnull));

		CHECK_FOR_INTERRUPTS();
		if (id <= dictionary->persistent_max)
			times[id] = DatumGetTimestampTz(heap_getattr(tuple, attnums[SERIES_FIRST_SEEN],
														 RelationGetDescr(rel), &isnull));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return times;
}

/*
 * In the order of all keys with the missing ones last, the series that has the smaller key at the
 * first difference comes first: the other one lacks that key.
 */
static int
compare_tags(const SeriesTags *a, const SeriesTags *b)
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
	const SeriesTags *tags;
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
		if (find_entry(dictionary, series) == NULL)
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
