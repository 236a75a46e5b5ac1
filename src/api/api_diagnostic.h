/*
 * Where a query text enters the server: a tree, or an error with the place in the text.
 */
#ifndef SYDRA_API_DIAGNOSTIC_H
#define SYDRA_API_DIAGNOSTIC_H

#include "lang/arena.h"
#include "lang/ast.h"
#include "lang/diagnostic.h"

/*
 * The tree of a query, in the current memory context, which must outlive it.  Raises the first
 * fault; all are in its detail.  A query over sydraql.max_query_length is refused.
 */
extern SydraStatement *sydra_parse(const char *query, int length);

/* An arena in the current memory context. */
extern SydraArena sydra_api_arena(void);

/* For sydra_position_advance(): what a character is in the database encoding. */
extern SydraCharLength sydra_api_char_length(void);

/* Raises ERR_QUERY_TOO_LONG. */
extern void sydra_api_check_length(int length);

#endif
