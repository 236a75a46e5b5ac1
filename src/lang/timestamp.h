/*
 * ISO 8601 timestamps: proleptic Gregorian, years 0001 to 9999, UTC unless an offset says else.
 * Neither locale nor TimeZone matter.
 */
#ifndef SYDRA_TIMESTAMP_H
#define SYDRA_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

typedef enum SydraTimestampError
{
	SYDRA_TIMESTAMP_OK,
	SYDRA_TIMESTAMP_FORM,		/* not YYYY-MM-DD[THH:MM[:SS[.fraction]][Z|+HH:MM]] */
	SYDRA_TIMESTAMP_FIELD,		/* no such month, day, hour, minute, second or offset */
	SYDRA_TIMESTAMP_FRACTION	/* digits past the microsecond that are not 0 */
} SydraTimestampError;

/*
 * Reads a timestamp at the start of text into microseconds since 2000-01-01T00:00:00Z and gives the
 * bytes it took in used, also on errors (how far it was understood).  date says that it was a date
 * alone.  A blank is taken in the T's place if blank is true.
 */
extern SydraTimestampError sydra_timestamp_scan(const char *text, int length, bool blank,
												int64_t *us, bool *date, int *used);

/* Reads all of text, a string given where a timestamp is expected. */
extern SydraTimestampError sydra_timestamp_parse(const char *text, int length, int64_t *us);

#define SYDRA_TIMESTAMP_SIZE 48

/*
 * Writes the literal of a time, NUL-terminated, and gives its length: "2024-03-01T00:00:00Z", with
 * as much of a fraction as needed; a date alone if date is true.  Years past 9999 or before 0001
 * print with more digits or a minus, and cannot be read back.
 */
extern int	sydra_timestamp_print(int64_t us, bool date, char buffer[SYDRA_TIMESTAMP_SIZE]);

#endif
