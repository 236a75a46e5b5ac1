/*
 * What the server gives to code of its own, for fuzz targets that build such code without it.
 */
#ifndef SYDRA_FUZZ_SHIM_H
#define SYDRA_FUZZ_SHIM_H

/*
 * Calls a function with palloc() and ereport() at hand.  0 when it returns, else the SQLSTATE of
 * the error it raised.  What it allocated is freed: each allocation is a malloc(), so that the
 * sanitizers see its ends.  Errors that the server would raise itself abort: nothing that is read
 * may ask for so much.
 */
extern int	shim_run(void (*function) (void *argument), void *argument);

#endif
