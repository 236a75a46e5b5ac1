/*
 * first.c
 *	  Brings AddressSanitizer up before anything else.
 *
 * It comes up with the first malloc().  In the server that is one of libgnutls' constructor, under
 * a lock of the C library that is then never free again.  Linked with -z initfirst.
 */
#include <stdlib.h>

static void __attribute__((constructor))
allocate(void)
{
	free(malloc(1));
}
