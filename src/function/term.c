/*
 * term.c
 *	  Whether two terms are the same.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "function/term.h"

static bool
equal_values(SydraKind kind, const SydraValue *a, const SydraValue *b)
{
	if (a->isnull || b->isnull)
		return a->isnull == b->isnull;
	switch (kind)
	{
		case SYDRA_KIND_NULL:
			return true;
		case SYDRA_KIND_BOOL:
			return a->boolean == b->boolean;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			return a->integer == b->integer;
		case SYDRA_KIND_DURATION:
			return a->integer == b->integer && a->months == b->months;
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			/* To the bit: -0.0 is not 0.0 to a division, and NaN is itself. */
			return memcmp(&a->real, &b->real, sizeof(double)) == 0;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			return a->bytes.length == b->bytes.length &&
				memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

bool
sydra_term_equal(const SydraTerm *a, const SydraTerm *b)
{
	ListCell   *cell_a;
	ListCell   *cell_b;

	check_stack_depth();
	if (a->type != b->type || a->kind != b->kind)
		return false;
	switch (a->type)
	{
		case SYDRA_TERM_CONST:
			return equal_values(a->kind, &a->value, &b->value);
		case SYDRA_TERM_COLUMN:
			return a->column == b->column;
		case SYDRA_TERM_CALL:
			if (a->function != b->function ||
				list_length(a->arguments) != list_length(b->arguments))
				return false;
			forboth(cell_a, a->arguments, cell_b, b->arguments)
				if (!sydra_term_equal(lfirst(cell_a), lfirst(cell_b)))
					return false;
			return true;
	}
	elog(ERROR, "unknown term %d", (int) a->type);
}

SydraTerm *
sydra_term_map(SydraTerm *term, SydraTermMap map, void *context)
{
	SydraTerm  *copy;

	check_stack_depth();
	if (term->type == SYDRA_TERM_CONST)
		return term;
	if (term->type == SYDRA_TERM_COLUMN)
		return map(term, context);
	copy = palloc(sizeof(SydraTerm));
	*copy = *term;
	copy->arguments = sydra_term_map_list(term->arguments, map, context);
	return copy;
}

List *
sydra_term_map_list(List *terms, SydraTermMap map, void *context)
{
	List	   *mapped = NIL;
	ListCell   *cell;

	foreach(cell, terms)
		mapped = lappend(mapped, sydra_term_map(lfirst(cell), map, context));
	return mapped;
}
