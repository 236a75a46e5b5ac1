/*
 * SQL to sydraQL: PostgreSQL's raw parse tree to the language's tree.  No catalog is looked at.
 */
#ifndef SYDRA_API_TRANSLATE_H
#define SYDRA_API_TRANSLATE_H

#include "nodes/parsenodes.h"

#include "base/compat.h"
#include "lang/arena.h"
#include "lang/ast.h"

/* A statement on its way. */
typedef struct SydraTranslation
{
	const char *source;
	SydraArena	arena;
	int			at;				/* of the last node that has a place */
	const char *table;			/* what may stand before a column, or NULL */
	const List *items;			/* of a SELECT: ResTarget */
	bool		grouped;		/* a SELECT with GROUP BY */
	bool		takes_aliases;	/* where sydraQL prefers an item's alias to a column, and SQL does not */
} SydraTranslation;

/* Raises 0A000 at a place; location -1 is the last place that was known. */
pg_noreturn extern void sydra_translate_refuse(SydraTranslation *translation, int location,
											   const char *hint, const char *format,...)
			pg_attribute_printf(4, 5);

/* Values, and conditions of which only truth matters: there a missing tag must not be true. */
extern SydraExpr *sydra_translate_expr(SydraTranslation *translation, Node *node);
extern SydraExpr *sydra_translate_condition(SydraTranslation *translation, Node *node,
											bool negated);

/* As sydra_translate_expr(), with a string that looks like a time read as one. */
extern SydraExpr *sydra_translate_operand(SydraTranslation *translation, Node *node);

/* Is the value an integer to SQL, whatever the columns' types are? */
extern bool sydra_translate_is_integer(Node *node);

/* tags ->> 'key' and the like. */
extern bool sydra_translate_is_arrow(Node *node);

extern SydraExpr *sydra_translate_call(SydraTranslation *translation, FuncCall *call);

/*
 * Comparisons.
 */

/* A test, or NULL when the operator gives something else; guard: null must not become true. */
extern SydraExpr *sydra_translate_test(SydraTranslation *translation, A_Expr *expr, bool negated,
									   bool guard);

/* Whether the operator has this name, without a schema. */
extern bool sydra_translate_test_operator(const A_Expr *expr, const char *name);

/* Could the name be that of a tag? */
extern bool sydra_translate_test_may_be_tag(const SydraExpr *expr);

/* The start of the day, in the session's time zone. */
extern SydraExpr *sydra_translate_day(SydraTranslation *translation, SydraExpr *time);

/*
 * Constants.
 */

extern SydraExpr *sydra_translate_constant(SydraTranslation *translation, A_Const *constant);

/* The text of a string constant, or NULL. */
extern const char *sydra_translate_string(Node *node);

/* "timestamptz" of pg_catalog.timestamptz */
extern const char *sydra_translate_type(const TypeName *type);

/* 'text'::type, or NULL when the type has no literals in the language. */
extern SydraExpr *sydra_translate_literal(SydraTranslation *translation, const char *text,
										  const TypeName *type, int location);

extern bool sydra_translate_looks_like_time(const char *text);
extern SydraExpr *sydra_translate_time(SydraTranslation *translation, const char *text,
									   const char *type, int location);
extern SydraExpr *sydra_translate_timestamp(SydraTranslation *translation, int64 us, int location);
extern SydraExpr *sydra_translate_interval(SydraTranslation *translation, const char *text,
										   int32 typmod, int location);

/* A pattern of ~ and ~*; holds_for_empty: the empty text matches. */
extern SydraExpr *sydra_translate_pattern(SydraTranslation *translation, const char *pattern,
										  bool any_case, int location, bool *holds_for_empty);

/* A pattern of ILIKE as a regular expression. */
extern SydraExpr *sydra_translate_ilike(SydraTranslation *translation, const char *pattern);

/*
 * Nodes.
 */

extern SydraExpr *sydra_translate_make(SydraTranslation *translation, SydraExprKind kind);
extern SydraExpr *sydra_translate_make_integer(SydraTranslation *translation, int64 integer);
extern SydraExpr *sydra_translate_make_string(SydraTranslation *translation, const char *text);
extern SydraExpr *sydra_translate_make_duration(SydraTranslation *translation, int64 us,
												int64 months);
extern SydraExpr *sydra_translate_make_binary(SydraTranslation *translation, SydraOperator op,
											  SydraExpr *left, SydraExpr *right);
extern SydraExpr *sydra_translate_make_call(SydraTranslation *translation, const char *name,
											int arg_count,...);
extern SydraExpr *sydra_translate_make_list(SydraTranslation *translation, SydraExprKind kind,
											SydraExpr *left, SydraExpr *right);
extern SydraExpr *sydra_translate_make_not(SydraTranslation *translation, SydraExpr *operand);
extern SydraExpr *sydra_translate_make_is_null(SydraTranslation *translation, SydraExpr *operand,
											   bool negated);
extern SydraIdent sydra_translate_make_ident(const char *text);

#endif
