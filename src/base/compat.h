/*
 * PostgreSQL 15 to 18 behind one spelling, the newest.  No other file asks for the version.
 */
#ifndef SYDRA_COMPAT_H
#define SYDRA_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "sydraql needs PostgreSQL 15 or later"
#endif

/* Asked about relations alone. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(class_id, object_id, role_id) pg_class_ownercheck(object_id, role_id)
#endif

/* sizeof(TableAmRoutine) of every major version whose callbacks were looked at, one by one. */
#if PG_VERSION_NUM < 160000
#define SYDRA_TABLE_AM_ROUTINE_SIZE 368
#endif

#endif
