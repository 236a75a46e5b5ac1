/*
 * series_id.c
 *	  What names a series, as a number.
 *
 * It is the first 63 bits of the SHA-256 of the schema, the table and the tags as text, each tag's
 * key and value in the order of keys, all ended by a zero byte.  A temporary table is in no schema.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "port/pg_bswap.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "series/series_id.h"

static void
check(bool done, pg_cryptohash_ctx *hash)
{
	if (!done)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(hash));
}

/* The zero at the end is a part of it. */
static void
add_name(pg_cryptohash_ctx *hash, const char *name)
{
	check(pg_cryptohash_update(hash, (const uint8 *) name, strlen(name) + 1) == 0, hash);
}

bool
sydra_series_id(Oid relid, const bytea *key, int64 *id)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char	   *table = get_rel_name(relid);
	char	   *schema = table ? get_namespace_name(get_rel_namespace(relid)) : NULL;
	pg_cryptohash_ctx *hash;
	uint64		number;

	if (schema == NULL)
		return false;
	hash = pg_cryptohash_create(PG_SHA256);
	check(hash != NULL && pg_cryptohash_init(hash) == 0, hash);
	add_name(hash, isTempNamespace(get_rel_namespace(relid)) ? "" : schema);
	add_name(hash, table);
	check(pg_cryptohash_update(hash, (const uint8 *) VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key)) == 0,
		  hash);
	check(pg_cryptohash_final(hash, digest, sizeof(digest)) == 0, hash);
	pg_cryptohash_free(hash);
	pfree(schema);
	pfree(table);
	memcpy(&number, digest, sizeof(number));
	*id = (int64) (pg_ntoh64(number) >> 1);
	return true;
}
