/*
 * constant.c
 *	  Evaluates calls of constants, one row at a time, with the kernels that the engine uses.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "miscadmin.h"

#include "analyze/constant.h"
#include "function/registry.h"

/* Kernels work by words of 64 rows at the finest. */
#define ROOM_ROWS 64

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

static SydraVector *
make_vector(SydraKind kind)
{
	SydraVector *vector = palloc0(sizeof(SydraVector));

	vector->kind = kind;
	vector->count = 1;
	vector->values = palloc0(ROOM_ROWS * sydra_kind_size(kind));
	return vector;
}

static SydraVector *
vector_from_value(SydraKind kind, const SydraValue *value)
{
	SydraVector *vector = make_vector(kind);

	if (value->isnull)
	{
		vector->valid = palloc0(SYDRA_VALID_WORDS * sizeof(uint64));
		return vector;
	}
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			*(uint8 *) vector->values = value->boolean;
			return vector;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			*(int64 *) vector->values = value->integer;
			return vector;
		case SYDRA_KIND_FLOAT:
			*(double *) vector->values = value->real;
			return vector;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			*(SydraBytes *) vector->values = value->bytes;
			return vector;
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "no constant is of kind %d", (int) kind);
}

static void
value_from_vector(const SydraVector *vector, SydraValue *value)
{
	value->isnull = sydra_vector_is_null(vector, 0);
	if (value->isnull)
		return;
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			value->boolean = *(uint8 *) vector->values != 0;
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			value->integer = sydra_vector_int64(vector, 0);
			return;
		case SYDRA_KIND_FLOAT:
			value->real = sydra_vector_float8(vector, 0);
			return;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			value->bytes = sydra_vector_bytes(vector, 0);
			return;
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "no constant is of kind %d", (int) vector->kind);
}

SydraTerm *
sydra_constant_evaluate_call(SydraTerm *term, const char *source)
{
	const SydraFunction *function = term->function;
	SydraTerm  *result = sydra_constant_make(term->kind, term->offset);
	SydraCall	call = {.function = function,.count = 1,.selected_count = 1,.source = source};
	int			count = list_length(term->arguments);
	bool		null_gives_null = (function->flags & SYDRA_FUNCTION_NULLS) == 0;

	result->typid = term->typid;
	call.argument_count = count;
	call.arguments = palloc0(sizeof(SydraVector *) * Max(count, 1));
	call.constants = palloc0(sizeof(SydraValue *) * Max(count, 1));
	call.offset = source ? term->offset : -1;
	for (int i = 0; i < count; i++)
	{
		SydraTerm  *argument = list_nth(term->arguments, i);

		if (argument->type != SYDRA_TERM_CONST)
			return NULL;
		if (argument->value.isnull && null_gives_null)
			return result;
		call.arguments[i] = vector_from_value(argument->kind, &argument->value);
		call.constants[i] = &argument->value;
	}
	if (function->evaluate == NULL)
		return NULL;
	call.result = make_vector(term->kind);
	call.valid_room = palloc0(SYDRA_VALID_WORDS * sizeof(uint64));
	if (function->prepare != NULL)
		call.state = function->prepare(&call);
	function->evaluate(&call);
	value_from_vector(call.result, &result->value);
	return result;
}

SydraTerm *
sydra_constant_evaluate(SydraTerm *term, const char *source)
{
	SydraTerm  *folded;
	ListCell   *cell;

	check_stack_depth();
	if (term->type == SYDRA_TERM_CONST)
		return term;
	if (term->type == SYDRA_TERM_COLUMN)
		return NULL;
	folded = palloc(sizeof(SydraTerm));
	*folded = *term;
	folded->arguments = NIL;
	foreach(cell, term->arguments)
	{
		SydraTerm  *argument = sydra_constant_evaluate(lfirst(cell), source);

		if (argument == NULL)
			return NULL;
		folded->arguments = lappend(folded->arguments, argument);
	}
	return sydra_constant_evaluate_call(folded, source);
}
