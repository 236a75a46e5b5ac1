/*
 * Test output for the programs of this folder: one TAP line a check.
 *
 *	OK(count == 3, "three values");
 *	return tap_done();
 *
 * In a loop over many inputs check with REQUIRE, which prints only a failure, and say OK once after.
 */
#ifndef SYDRA_TAP_H
#define SYDRA_TAP_H

#include <stdbool.h>
#include <stdio.h>

static int	tap_count;
static int	tap_failures;

static inline bool
tap_check(bool passed, const char *file, int line, const char *text)
{
	tap_count++;
	if (!passed)
		tap_failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, text);
	if (!passed)
		printf("# at %s line %d\n", file, line);
	fflush(stdout);
	return passed;
}

static inline bool
tap_require(bool passed, const char *file, int line, const char *text)
{
	return passed || tap_check(false, file, line, text);
}

#define OK(condition, text) tap_check((condition), __FILE__, __LINE__, (text))
#define REQUIRE(condition) tap_require((condition), __FILE__, __LINE__, #condition)

/* The plan, and the exit code of main(). */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures > 0;
}

#endif
