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
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/catalog_row.h"
#include "base/lock_kind.h"
#include "base/object_id.h"
#include "series/dictionary_part.h"

/* What all caches of the backend may hold together while nobody uses them. */
#define CACHE_BYTES_MAX ((Size) 64 * 1024 * 1024)

/* Places for the entries that rows had, by a hash of their tags; powers of two. */
#define RECENT_MIN 256
#define RECENT_MAX 65536
#define RECENT_NEAR 8			/* so far from its place an entry may stand */

/* So many series are read at once rather than one by one. */
#define LOAD_ALL_MAX 10000

struct SydraSeriesEntry
{
	uint64		hash;
	uint32		id;
	int32		length;
	char		tuple[FLEXIBLE_ARRAY_MEMBER];
};

typedef struct EntrySlot
{
	SydraSeriesEntry *entry;
	char		status;
} EntrySlot;

#define SH_PREFIX entries
#define SH_ELEMENT_TYPE EntrySlot
#define SH_KEY_TYPE SydraSeriesEntry *
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
struct SydraSeriesCache
{
	dlist_node	node;			/* in caches, the last used first */
	Oid			catalog;		/* a new extension begins its storage ids anew */
	int64		storage_id;
	MemoryContext context;
	int			users;
	uint32		loaded;			/* all up to this id have been read */
	uint32		capacity;
	SydraSeriesEntry **by_id;
	entries_hash *by_tuple;
};

/* An entry that is found without laying out a row's tuple. */
struct SydraRecentEntry
{
	SydraSeriesEntry *entry;			/* NULL: free */
	uint32		hash;			/* hash_tags() */
	uint32		next;			/* series mostly take turns in one order: the place of the one after */
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

static SydraSeriesCache *find_cache(int64 storage_id);
static void release_cache(void *arg);
static uint32 read_max(const SydraTable *table, int64 storage_id);
static bool load_range(SydraDictionary *dictionary, uint32 first, uint32 last);
static SydraSeriesEntry *probe_catalog(SydraDictionary *dictionary, Relation rel,
									   const AttrNumber *attnums, const SydraSeriesEntry *probe);

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
		SydraSeriesCache *cache = dlist_container(SydraSeriesCache, node, iter.cur);

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
	SydraSeriesCache *cache = arg;

	cache->users--;
}

static SydraSeriesCache *
find_cache(int64 storage_id)
{
	Oid			catalog = sydra_object_catalog("series");
	MemoryContext context;
	SydraSeriesCache *cache;
	dlist_iter	iter;

	shrink_caches();
	dlist_foreach(iter, &caches)
	{
		cache = dlist_container(SydraSeriesCache, node, iter.cur);
		if (cache->storage_id == storage_id && cache->catalog == catalog)
		{
			dlist_move_head(&caches, &cache->node);
			return cache;
		}
	}
	context = AllocSetContextCreate(CacheMemoryContext, "sydra series", ALLOCSET_SMALL_SIZES);
	cache = MemoryContextAllocZero(context, sizeof(SydraSeriesCache));
	cache->context = context;
	cache->catalog = catalog;
	cache->storage_id = storage_id;
	cache->by_tuple = entries_create(context, 64, NULL);
	dlist_push_head(&caches, &cache->node);
	return cache;
}

static SydraSeriesEntry *
add_to_cache(SydraSeriesCache *cache, uint32 id, uint64 hash, const char *tuple, int32 length)
{
	SydraSeriesEntry *entry;
	bool		found;

	if (id < cache->capacity && cache->by_id[id] != NULL)
		return cache->by_id[id];
	if (id >= cache->capacity)
	{
		uint32		capacity = Max(64, cache->capacity);

		while (capacity <= id)
			capacity *= 2;
		if (cache->by_id == NULL)
			cache->by_id = MemoryContextAllocHuge(cache->context, sizeof(SydraSeriesEntry *) * capacity);
		else
			cache->by_id = repalloc_huge(cache->by_id, sizeof(SydraSeriesEntry *) * capacity);
		memset(cache->by_id + cache->capacity, 0,
			   sizeof(SydraSeriesEntry *) * (capacity - cache->capacity));
		cache->capacity = capacity;
	}
	entry = MemoryContextAlloc(cache->context, offsetof(SydraSeriesEntry, tuple) + length);
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
static SydraSeriesEntry *
add_row(SydraDictionary *dictionary, Relation rel, const AttrNumber *attnums, HeapTuple tuple)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	bool		isnull;
	uint32		id = DatumGetInt32(heap_getattr(tuple, attnums[SERIES_SERIES_ID], tupdesc,
												&isnull));
	uint64		hash = DatumGetInt64(heap_getattr(tuple, attnums[SERIES_HASH], tupdesc, &isnull));
	Datum		stored = heap_getattr(tuple, attnums[SERIES_TAGS], tupdesc, &isnull);
	bytea	   *tags = isnull ? NULL : DatumGetByteaPP(stored);
	SydraSeriesEntry *entry = NULL;

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
static SydraSeriesEntry *
probe_catalog(SydraDictionary *dictionary, Relation rel, const AttrNumber *attnums,
			  const SydraSeriesEntry *probe)
{
	SydraSeriesEntry *found = NULL;
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
		SydraSeriesEntry *entry = add_row(dictionary, rel, attnums, tuple);

		if (entry != NULL && entry->length == probe->length &&
			memcmp(entry->tuple, probe->tuple, probe->length) == 0)
			found = entry;
	}
	systable_endscan(scan);
	return found;
}

/* Resolving ------------------------------------------------------------------------------------*/

/* Lays out the tuple of a row as an entry in dictionary->probe. */
static SydraSeriesEntry *
form_probe(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	StringInfo	probe = &dictionary->probe;
	SydraSeriesEntry *entry;

	resetStringInfo(probe);
	enlargeStringInfo(probe, offsetof(SydraSeriesEntry, tuple));
	probe->len = offsetof(SydraSeriesEntry, tuple);
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
	entry = (SydraSeriesEntry *) probe->data;
	entry->length = probe->len - offsetof(SydraSeriesEntry, tuple);
	return entry;
}

static SydraSeriesEntry *
add_local(SydraDictionary *dictionary, const SydraSeriesEntry *probe)
{
	MemoryContext caller = MemoryContextSwitchTo(dictionary->context);
	Size		size = offsetof(SydraSeriesEntry, tuple) + probe->length;
	SydraSeriesEntry *entry = palloc(size);
	bool		found;

	memcpy(entry, probe, size);
	if (dictionary->local_count == dictionary->local_capacity)
	{
		uint32		capacity = Max(64, dictionary->local_capacity * 2);

		if (dictionary->local == NULL)
		{
			dictionary->local = palloc(sizeof(SydraSeriesEntry *) * capacity);
			dictionary->local_persistent = palloc(sizeof(uint32) * capacity);
		}
		else
		{
			dictionary->local = repalloc_huge(dictionary->local, sizeof(SydraSeriesEntry *) * capacity);
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

static SydraSeriesEntry *
find_persistent(SydraDictionary *dictionary, SydraSeriesEntry *probe)
{
	SydraSeriesCache *cache = dictionary->cache;
	SydraSeriesEntry *entry = NULL;
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
entry_matches(const SydraDictionary *dictionary, const SydraSeriesEntry *entry, const Datum *values,
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

/* Mostly the same for equal tags, which is all that SydraRecentEntry needs. */
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

static SydraSeriesEntry *
find_entry_of_row(SydraDictionary *dictionary, const Datum *values, const bool *isnull)
{
	SydraSeriesEntry *probe = form_probe(dictionary, values, isnull);
	EntrySlot  *slot;
	SydraSeriesEntry *entry;

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
		const SydraRecentEntry *recent = &dictionary->recent[(hash + i) & mask];

		if (recent->entry == NULL || recent->hash == hash)
			return (hash + i) & mask;
	}
	return hash & mask;
}

/* Who came after whom is learned anew. */
static void
grow_recent(SydraDictionary *dictionary)
{
	SydraRecentEntry *old = dictionary->recent;
	uint32		old_size = dictionary->recent_size;
	uint32		size = old == NULL ? RECENT_MIN : 4 * old_size;

	dictionary->recent = MemoryContextAllocZero(dictionary->context, sizeof(SydraRecentEntry) * size);
	dictionary->recent_size = size;
	dictionary->last_place = 0;
	if (old == NULL)
		return;
	for (uint32 i = 0; i < old_size; i++)
	{
		SydraRecentEntry *recent;

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
	SydraRecentEntry *recent = &dictionary->recent[place];
	SydraSeriesEntry *entry;

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
	const SydraRecentEntry *recent;
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
		   const SydraSeriesEntry *entry)
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
	SydraSeriesCache *cache = NULL;
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
		SydraSeriesEntry *entry;
		SydraSeriesEntry *known;

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
		SydraSeriesEntry *entry = dictionary->local[place];

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
static const SydraSeriesEntry *
find_entry(SydraDictionary *dictionary, uint32 series)
{
	SydraSeriesCache *cache = dictionary->cache;

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

const SydraSeriesEntry *
sydra_dictionary_entry(SydraDictionary *dictionary, uint32 series)
{
	const SydraSeriesEntry *entry = find_entry(dictionary, series);

	if (entry == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("series %u of table \"%s\" does not exist", series,
					   get_rel_name(dictionary->table->relid)));
	return entry;
}

bool
sydra_dictionary_item(const SydraSeriesEntry *entry, int *offset, AttrNumber *attnum,
					  bool *isnull, SydraBytes *bytes)
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

Datum
sydra_dictionary_form(const SydraTableColumn *column, SydraBytes bytes)
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
	const SydraSeriesEntry *entry = sydra_dictionary_entry(dictionary, series);
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
	while (sydra_dictionary_item(entry, &offset, &number, isnull, &bytes))
	{
		if (number != attnum)
			continue;
		if (!*isnull)
			*value = sydra_dictionary_form(column, bytes);
		return;
	}
	*value = column->missing;
	*isnull = column->missing_isnull;
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
