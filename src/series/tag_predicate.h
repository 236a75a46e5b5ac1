/*
 * Tag predicates -> the set of series that satisfy them.
 *
 * A missing tag reads as ''.
 */
#ifndef SYDRA_TAG_PREDICATE_H
#define SYDRA_TAG_PREDICATE_H

#include "nodes/bitmapset.h"

#include "series/dictionary.h"
#include "series/regex.h"

typedef enum SydraTagOperator
{
	SYDRA_TAG_EQ,
	SYDRA_TAG_NE,
	SYDRA_TAG_MATCH,			/* =~ */
	SYDRA_TAG_NOT_MATCH,		/* !~ */
	SYDRA_TAG_IN,
	SYDRA_TAG_NOT_IN,
	SYDRA_TAG_LT,
	SYDRA_TAG_LE,
	SYDRA_TAG_GT,
	SYDRA_TAG_GE,
	SYDRA_TAG_LIKE,
	SYDRA_TAG_NOT_LIKE,
	SYDRA_TAG_IS_NULL,
	SYDRA_TAG_IS_NOT_NULL,
	SYDRA_TAG_SERIES,			/* the series has this id */
	SYDRA_TAG_AND,				/* over arguments */
	SYDRA_TAG_OR,
	SYDRA_TAG_NOT
} SydraTagOperator;

typedef struct SydraTagPredicate
{
	SydraTagOperator op;
	const char *key;			/* NULL for SERIES, AND, OR, NOT */
	int			value_count;	/* 1; more for IN */
	SydraBytes *values;			/* compared by bytes */
	SydraRegex *regex;			/* for MATCH, NOT_MATCH, LIKE (translated) */
	const char *flags;			/* of the regex of a MATCH */
	int64		id;				/* for SERIES */
	List	   *arguments;		/* SydraTagPredicate *, for AND, OR, NOT */
	int			offset;			/* place in the query text, or -1 */
} SydraTagPredicate;

/* Whether one series satisfies it. */
extern bool sydra_tag_predicate_matches(SydraTagPredicate *predicate, SydraDictionary *dictionary,
										uint32 series);

#endif
