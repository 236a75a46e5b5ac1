/*
 * The heavyweight locks on a table's store.  All are LOCKTAG_OBJECT(database, relid, objid, kind):
 * held until the transaction ends unless released, seen by the deadlock detector and in pg_locks.
 */
#ifndef SYDRA_LOCK_KIND_H
#define SYDRA_LOCK_KIND_H

#include "miscadmin.h"
#include "storage/lock.h"

typedef enum SydraLockKind
{
	SYDRA_LOCK_SEGMENT = 0xFFFF,	/* objid is the segment's low 32 bits */
	SYDRA_LOCK_GATE = 0xFFFE,	/* modifiers share it, the seal takes it */
	SYDRA_LOCK_SEAL = 0xFFFD,	/* one sealer or merger a table */
	SYDRA_LOCK_STORE = 0xFFFC,	/* making the marker */
	SYDRA_LOCK_SERIES = 0xFFFB, /* adding to the series dictionary */
	SYDRA_LOCK_ESCALATE = 0xFFFA,	/* stands for very many segments, see segment_lock.c */
	SYDRA_LOCK_CONSUMER = 0xFFF9	/* of the catalog of consumers; objid is a hash of the name */
} SydraLockKind;

static inline void
sydra_lock_kind_tag(LOCKTAG *tag, Oid relid, SydraLockKind kind, uint32 objid)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, relid, objid, (uint16) kind);
}

#endif
