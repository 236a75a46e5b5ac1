/*
 * worker_absence.c
 *	  What workers found out for the launcher, which is connected to no database and so sees none of
 *	  their extensions.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "worker/worker_absence.h"

#define TRANCHE "sydraql"
#define NOTES_MAX 256
#define KNOWN_MS 60000			/* CREATE EXTENSION is seen no later */

typedef struct Note
{
	Oid			database;		/* InvalidOid: a free place */
	TimestampTz noted;
} Note;

static Note *notes;				/* NULL: not preloaded */
static LWLock *notes_lock;
static shmem_request_hook_type next_request;
static shmem_startup_hook_type next_startup;

static void
request(void)
{
	if (next_request)
		next_request();
	RequestAddinShmemSpace(sizeof(Note) * NOTES_MAX);
	RequestNamedLWLockTranche(TRANCHE, 1);
}

static void
startup(void)
{
	bool		found;

	if (next_startup)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	notes = ShmemInitStruct("sydra databases without the extension", sizeof(Note) * NOTES_MAX,
							&found);
	notes_lock = &GetNamedLWLockTranche(TRANCHE)->lock;
	if (!found)
		memset(notes, 0, sizeof(Note) * NOTES_MAX);
	LWLockRelease(AddinShmemInitLock);
}

void
sydra_worker_absence_init(void)
{
	next_request = shmem_request_hook;
	shmem_request_hook = request;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
}

/* The place of a database, else the one to be used for it: a free one or the oldest. */
static Note *
find_place(Oid database)
{
	Note	   *place = &notes[0];

	for (int i = 0; i < NOTES_MAX; i++)
	{
		if (notes[i].database == database)
			return &notes[i];
		if (notes[i].noted < place->noted)
			place = &notes[i];
	}
	return place;
}

void
sydra_worker_absence_note(Oid database)
{
	Note	   *place;

	if (notes == NULL)
		return;
	LWLockAcquire(notes_lock, LW_EXCLUSIVE);
	place = find_place(database);
	place->database = database;
	place->noted = GetCurrentTimestamp();
	LWLockRelease(notes_lock);
}

bool
sydra_worker_absence_is_known(Oid database, TimestampTz now)
{
	Note	   *place;
	bool		known;

	if (notes == NULL)
		return false;
	LWLockAcquire(notes_lock, LW_SHARED);
	place = find_place(database);
	known = place->database == database &&
		!TimestampDifferenceExceeds(place->noted, now, KNOWN_MS);
	LWLockRelease(notes_lock);
	return known;
}
