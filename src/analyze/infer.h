/*
 * Expressions -> terms: kinds inferred, literals read as what is wanted of them.
 */
#ifndef SYDRA_INFER_H
#define SYDRA_INFER_H

#include "analyze/scope.h"

/*
 * The term of an expression; where nothing says its kind, a field of a jsonb is float8, a parameter
 * and a lone NULL are text.
 */
extern SydraTerm *sydra_infer(SydraScope *scope, const SydraExpr *expr);

/* The term as a kind; what cannot be is ERR_TYPE_MISMATCH: "<what> must be ..., not ...". */
extern SydraTerm *sydra_infer_as(SydraScope *scope, const SydraExpr *expr, SydraKind kind,
								 const char *what);

/* A matcher between braces: host =~ /^web/ */
extern SydraTerm *sydra_infer_matcher(SydraScope *scope, const SydraMatcher *matcher);

/* Microseconds since 2000 of an epoch in sydraql.epoch_unit, between 1970 and 2100. */
extern int64 sydra_infer_epoch(const SydraScope *scope, int64 epoch, int offset);

/* Likewise of a string that stands for a timestamp; what is none is the given error. */
extern int64 sydra_infer_timestamp(const SydraScope *scope, const char *text, int length,
								   int offset, SydraErrorName error);

/* The SQL type of a kind; InvalidOid for DATUM. */
extern Oid	sydra_infer_type(SydraKind kind);

#endif
