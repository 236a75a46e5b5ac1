/*
 * A tree for people to read: a node a line, indented.  Two trees are the same, spans aside, when
 * their dumps are.
 */
#ifndef SYDRA_AST_DUMP_H
#define SYDRA_AST_DUMP_H

#include "lang/ast.h"

/* The text lives in the arena; it ends without a line end. */
extern const char *sydra_ast_dump(const SydraStatement *statement, SydraArena *arena);

#endif
