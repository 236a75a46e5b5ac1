/*
 * A tree back to sydraQL.  Parsing the text again gives the same tree, spans aside.
 */
#ifndef SYDRA_AST_PRINT_H
#define SYDRA_AST_PRINT_H

#include "lang/ast.h"
#include "lang/writer.h"

/* The text lives in the arena. */
extern const char *sydra_ast_print(const SydraStatement *statement, SydraArena *arena);

/* Pieces, for others that print */
extern void sydra_ast_put_expr(SydraWriter *writer, const SydraExpr *expr);
extern void sydra_ast_put_series(SydraWriter *writer, const SydraSeries *series);
extern const char *sydra_ast_operator_text(SydraOperator op);

/*
 * The left operands of a chain of + - or of * / %, innermost first: links[0]'s left operand begins
 * it.  Gives their number, 1 or more; expr must be such a BINARY.
 */
extern int	sydra_ast_unchain(const SydraExpr *expr, SydraArena *arena, const SydraExpr ***links);

#endif
