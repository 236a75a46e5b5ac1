/*
 * Rows of the extension's catalogs, written by heap_insert() and index_insert() alone: no SPI, no
 * CommandCounterIncrement, so that they can be written from anywhere rows can.
 */
#ifndef SYDRA_CATALOG_ROW_H
#define SYDRA_CATALOG_ROW_H

#include "access/htup.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Opens a catalog with the lock and finds its columns by name: a catalog may have been widened by
 * a later version of the extension, and columns it does not know are left alone.
 */
extern Relation sydra_catalog_open(const char *name, LOCKMODE mode, const char *const *columns,
								   AttrNumber *attnums, int count);

/*
 * Inserts a row: values[i] goes to attnums[i], other columns are null.  options are those of
 * heap_insert().  Gives the row's place.
 */
extern ItemPointerData sydra_catalog_insert(Relation rel, const AttrNumber *attnums, const Datum *values,
								 const bool *nulls, int count, int options);

/* The same as a row of an earlier command of this transaction. */
extern ItemPointerData sydra_catalog_insert_as(Relation rel, const AttrNumber *attnums,
											   const Datum *values, const bool *nulls, int count,
											   CommandId cid, int options);

/*
 * Makes rows that this transaction has inserted everyone's at once, whatever becomes of it.  To be
 * called when their index entries are there: one that had none, because the disk was full, would be
 * seen by whoever builds the index anew, beside the row that was written in its place.
 */
extern void sydra_catalog_freeze(Relation rel, const ItemPointerData *tids, int count);

/*
 * Puts a row of all the table's columns in the place of one, or, when that is NULL, of none.  Not an
 * update: that could not be kept from logical decoding.
 */
extern void sydra_catalog_replace(Relation rel, HeapTuple old, const Datum *values,
								  const bool *nulls);

/* Deletes a row; 40001 when somebody else is at it or has been. */
extern void sydra_catalog_delete(Relation rel, const ItemPointerData *tid);

#endif
