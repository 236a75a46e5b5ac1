/*
 * slow_storage.c
 *	  Preloaded into a server, it makes every read, write and sync of a file take SYDRA_SLOW_US longer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

static void
delay(void)
{
	static long us = -1;
	struct timespec time;

	if (us < 0)
		us = getenv("SYDRA_SLOW_US") != NULL ? atol(getenv("SYDRA_SLOW_US")) : 0;
	time.tv_sec = us / 1000000;
	time.tv_nsec = us % 1000000 * 1000;
	nanosleep(&time, NULL);
}

#define SLOW(result, name, parameters, arguments) \
	result \
	name parameters \
	{ \
		static result (*original) parameters; \
		if (original == NULL) \
			original = (result (*) parameters) dlsym(RTLD_NEXT, #name); \
		delay(); \
		return original arguments; \
	}

SLOW(ssize_t, pread, (int fd, void *buffer, size_t size, off_t offset), (fd, buffer, size, offset))
SLOW(ssize_t, pwrite, (int fd, const void *buffer, size_t size, off_t offset), (fd, buffer, size, offset))
SLOW(ssize_t, preadv, (int fd, const struct iovec *parts, int count, off_t offset), (fd, parts, count, offset))
SLOW(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t offset), (fd, parts, count, offset))
SLOW(int, fsync, (int fd), (fd))
SLOW(int, fdatasync, (int fd), (fd))
