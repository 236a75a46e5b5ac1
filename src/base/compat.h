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

/* As whom a view's range table entry for a function is checked; InvalidOid: as the caller. */
#if PG_VERSION_NUM < 160000
#define sydra_compat_check_as_user(rte) ((rte)->checkAsUser)
#else
#define sydra_compat_check_as_user(rte) InvalidOid
#endif

/* Before 16 the memory is a child of PortalContext. */
#if PG_VERSION_NUM < 160000
#define vacuum(relations, params, strategy, context, top) \
	vacuum(relations, params, strategy, top)
#endif

#endif
