/*
 * PostgreSQL 15 to 18 behind one spelling, the newest.  No other file asks for the version.
 */
#ifndef SYDRA_COMPAT_H
#define SYDRA_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "sydraql needs PostgreSQL 15 or later"
#endif

/* sizeof(TableAmRoutine) of every major version whose callbacks were looked at, one by one. */
#if PG_VERSION_NUM < 160000
#define SYDRA_TABLE_AM_ROUTINE_SIZE 368
#endif

#endif
