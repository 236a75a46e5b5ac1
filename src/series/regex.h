/*
 * Patterns on texts: PCRE2, with the steps on one text limited, and run once for each distinct text.
 */
#ifndef SYDRA_REGEX_H
#define SYDRA_REGEX_H

typedef struct SydraRegex SydraRegex;

/*
 * Compiles a pattern in the current memory context (PCRE2 memory included); flags are letters of
 * "imsx".  A bad pattern is ERR_REGEX_SYNTAX at offset in source, with PCRE2's own message.
 */
extern SydraRegex *sydra_regex_compile(const char *pattern, int length, const char *flags,
									   const char *source, int offset);

/* Unanchored; a match over its limits is ERR_REGEX_LIMIT. */
extern bool sydra_regex_matches(SydraRegex *regex, const char *text, int length);

#endif
