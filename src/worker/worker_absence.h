/*
 * Databases that were found to be without the extension, as workers tell the launcher.  In shared
 * memory, which is there when the library is preloaded, and only then is there a launcher.
 */
#ifndef SYDRA_WORKER_ABSENCE_H
#define SYDRA_WORKER_ABSENCE_H

#include "utils/timestamp.h"

/* Asks for the memory.  While libraries are being preloaded. */
extern void sydra_worker_absence_init(void);

/* By a worker, of its database. */
extern void sydra_worker_absence_note(Oid database);

/*
 * Whether it was noted not long ago.  That may be of the past by now, or forgotten where there are
 * many such databases: then a worker looks once more.
 */
extern bool sydra_worker_absence_is_known(Oid database, TimestampTz now);

#endif
