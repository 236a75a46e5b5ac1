/*
 * The kinds of values that flow through the engine, and how each is held in a vector.
 */
#ifndef SYDRA_KIND_H
#define SYDRA_KIND_H

typedef enum SydraKind
{
	SYDRA_KIND_NULL,			/* an untyped NULL literal; never in a vector */
	SYDRA_KIND_BOOL,			/* uint8, 0 or 1 */
	SYDRA_KIND_INT,				/* int64: int2, int4, int8 and other by-value types of up to 8 bytes */
	SYDRA_KIND_FLOAT,			/* double */
	SYDRA_KIND_FLOAT4,			/* float; storage only, the engine widens it */
	SYDRA_KIND_TEXT,			/* SydraBytes: text, without a varlena header */
	SYDRA_KIND_TIME,			/* int64: microseconds since 2000-01-01 UTC, as timestamptz */
	SYDRA_KIND_DURATION,		/* int64 microseconds; constants only */
	SYDRA_KIND_DATUM			/* SydraBytes: the datum of any other type, detoasted, with its header
								 * when it is a varlena; only moved, never computed with */
} SydraKind;

/* "integer", "float8", "text" ... as errors and EXPLAIN name it. */
extern const char *sydra_kind_name(SydraKind kind);

/* Bytes of one element of a vector of the kind. */
extern size_t sydra_kind_size(SydraKind kind);

#endif
