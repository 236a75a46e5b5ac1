/*
 * api_translate_make.c
 *	  Nodes of the language's tree.
 */
#include "postgres.h"

#include "api/api_translate.h"

SydraExpr *
sydra_translate_make(SydraTranslation *translation, SydraExprKind kind)
{
	SydraExpr  *expr = sydra_arena_alloc(&translation->arena, sizeof(SydraExpr));

	expr->kind = kind;
	return expr;
}

SydraExpr *
sydra_translate_make_integer(SydraTranslation *translation, int64 integer)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_INTEGER);

	expr->integer = integer;
	return expr;
}

SydraExpr *
sydra_translate_make_string(SydraTranslation *translation, const char *text)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_STRING);

	expr->string = text;
	return expr;
}

SydraExpr *
sydra_translate_make_duration(SydraTranslation *translation, int64 us, int64 months)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_DURATION);

	expr->duration.us = us;
	expr->duration.months = months;
	return expr;
}

SydraExpr *
sydra_translate_make_binary(SydraTranslation *translation, SydraOperator op, SydraExpr *left,
							SydraExpr *right)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_BINARY);

	expr->binary.op = op;
	expr->binary.left = left;
	expr->binary.right = right;
	return expr;
}

/* Capital letters keep "Time" from being the time. */
SydraIdent
sydra_translate_make_ident(const char *text)
{
	SydraIdent	ident = {.text = text};

	for (const char *at = text; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			ident.quoted = true;
	return ident;
}

SydraExpr *
sydra_translate_make_call(SydraTranslation *translation, const char *name, int arg_count,...)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_CALL);
	va_list		args;

	expr->call.name = sydra_translate_make_ident(name);
	expr->call.arg_count = arg_count;
	if (arg_count > 0)
		expr->call.args = sydra_arena_alloc(&translation->arena, sizeof(SydraExpr *) * arg_count);
	va_start(args, arg_count);
	for (int i = 0; i < arg_count; i++)
		expr->call.args[i] = va_arg(args, SydraExpr *);
	va_end(args);
	return expr;
}

SydraExpr *
sydra_translate_make_list(SydraTranslation *translation, SydraExprKind kind, SydraExpr *left,
						  SydraExpr *right)
{
	SydraExpr  *expr = sydra_translate_make(translation, kind);

	expr->list.args = sydra_arena_alloc(&translation->arena, sizeof(SydraExpr *) * 2);
	expr->list.args[0] = left;
	expr->list.args[1] = right;
	expr->list.arg_count = 2;
	return expr;
}

SydraExpr *
sydra_translate_make_not(SydraTranslation *translation, SydraExpr *operand)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_NOT);

	expr->operand = operand;
	return expr;
}

SydraExpr *
sydra_translate_make_is_null(SydraTranslation *translation, SydraExpr *operand, bool negated)
{
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_IS_NULL);

	expr->is_null.operand = operand;
	expr->is_null.negated = negated;
	return expr;
}
