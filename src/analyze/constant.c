/*
 * constant.c
 *	  Constants, and the values of expressions without columns.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "analyze/constant.h"
#include "function/eval.h"

SydraTerm *
sydra_constant_make(SydraKind kind, int offset)
{
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	term->type = SYDRA_TERM_CONST;
	term->kind = kind;
	term->offset = offset;
	term->value.isnull = true;
	return term;
}

SydraTerm *
sydra_constant_text(const char *text, int offset)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_TEXT, offset);

	term->typid = TEXTOID;
	term->value.isnull = false;
	term->value.bytes = (SydraBytes) {text, (int32) strlen(text)};
	return term;
}

SydraTerm *
sydra_constant_bool(bool value, int offset)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_BOOL, offset);

	term->typid = BOOLOID;
	term->value.isnull = false;
	term->value.boolean = value;
	return term;
}

bool
sydra_constant_calls(const SydraTerm *term, const char *operator)
{
	return term->type == SYDRA_TERM_CALL &&
		strcmp(sydra_function_name(term->function), operator) == 0;
}

static bool
has_column(const SydraTerm *term)
{
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_COLUMN)
		return true;
	foreach(cell, term->arguments)
		if (has_column(lfirst(cell)))
			return true;
	return false;
}

SydraTerm *
sydra_constant_evaluate(SydraTerm *term, const char *source)
{
	SydraTerm  *result;
	SydraBytes *bytes;
	MemoryContext scratch;
	MemoryContext previous;

	if (term->type == SYDRA_TERM_CONST)
		return term;
	if (has_column(term))
		return NULL;
	result = sydra_constant_make(term->kind, term->offset);
	result->typid = term->typid;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "sydra constant", ALLOCSET_SMALL_SIZES);
	previous = MemoryContextSwitchTo(scratch);
	sydra_eval_constant(term, source, &result->value);
	MemoryContextSwitchTo(previous);
	bytes = &result->value.bytes;
	if (!result->value.isnull &&
		(term->kind == SYDRA_KIND_TEXT || term->kind == SYDRA_KIND_DATUM))
		bytes->data = memcpy(palloc(Max(bytes->length, 1)), bytes->data, bytes->length);
	MemoryContextDelete(scratch);
	return result;
}
