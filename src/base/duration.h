/*
 * Durations: "5m30s", "1mo".  Microseconds, or months where the length depends on the calendar.
 * Pure C: the language builds outside the server too.
 */
#ifndef SYDRA_DURATION_H
#define SYDRA_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* At most one of the two is not zero. */
typedef struct SydraDuration
{
	int64_t		us;
	int64_t		months;			/* they fit into 32 bits */
} SydraDuration;

typedef enum SydraDurationError
{
	SYDRA_DURATION_OK,
	SYDRA_DURATION_NOT_ONE,		/* does not begin with digits and a unit */
	SYDRA_DURATION_UNIT,		/* unknown unit */
	SYDRA_DURATION_WEEK,		/* w: weeks are written in days */
	SYDRA_DURATION_ORDER,		/* units do not fall in size */
	SYDRA_DURATION_REPEATED,	/* a unit stands twice */
	SYDRA_DURATION_MIXED,		/* y or mo beside the others */
	SYDRA_DURATION_LEADING_ZERO,
	SYDRA_DURATION_FRACTION,	/* ns that are no whole microsecond */
	SYDRA_DURATION_OVERFLOW
} SydraDurationError;

/* What is wrong: text[start, start + length) is the number and unit at fault, unit its unit. */
typedef struct SydraDurationFault
{
	int			start;
	int			length;
	int			unit_start;
	int			unit_length;
} SydraDurationFault;

/*
 * Reads text, all of it.  fault may be NULL; it is set on every error.
 */
extern SydraDurationError sydra_duration_parse(const char *text, int length,
											   SydraDuration *duration,
											   SydraDurationFault *fault);

#define SYDRA_DURATION_SIZE 64

/*
 * Writes the shortest spelling that sydra_duration_parse() reads back ("1h30m", "0s"), with a
 * minus in front when negative, NUL-terminated; gives its length.
 */
extern int	sydra_duration_print(SydraDuration duration, char buffer[SYDRA_DURATION_SIZE]);

#endif
