/*
 * eval.c
 *	  Evaluates terms, a batch at once.
 *
 * A term becomes a tree of nodes, each with a vector of its own for results; columns are used where
 * they are, and constants are vectors filled once, so that a kernel sees arrays and nothing else.
 * Operands that may turn out not to be needed are evaluated for the rows that need them only.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/error.h"
#include "function/call.h"
#include "function/eval.h"

/* How the need for a later operand follows from the ones before it. */
typedef enum Laziness
{
	EAGER,
	LAZY_AND,					/* rows where no operand was false */
	LAZY_OR,					/* rows where no operand was true */
	LAZY_COALESCE,				/* rows where all operands were null */
	LAZY_IF						/* the second where the first is true, the third elsewhere */
} Laziness;

struct SydraEval
{
	const SydraTerm *term;
	bool		constant;		/* result holds the value in every row */
	SydraEval **arguments;
	SydraCall	call;
	SydraVector result;
	uint64		valid_room[SYDRA_VALID_WORDS];
	Laziness	laziness;
	uint16	   *needed;			/* rows of a lazy operand */
	MemoryContext scratch;		/* of the topmost node: what kernels allocate */
};

void
sydra_eval_read(const SydraVector *vector, int row, SydraValue *value)
{
	memset(value, 0, sizeof(*value));
	value->isnull = sydra_vector_is_null(vector, row);
	if (value->isnull)
		return;
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			value->boolean = ((const uint8 *) vector->values)[row] != 0;
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			value->integer = sydra_vector_int64(vector, row);
			return;
		case SYDRA_KIND_FLOAT:
			value->real = sydra_vector_float8(vector, row);
			return;
		case SYDRA_KIND_FLOAT4:
			value->real = ((const float *) vector->values)[row];
			return;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			value->bytes = sydra_vector_bytes(vector, row);
			return;
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "unknown kind %d", (int) vector->kind);
}

void
sydra_eval_store(SydraVector *vector, int row, const SydraValue *value)
{
	static const SydraValue zero = {.isnull = true};

	if (value->isnull)
		value = &zero;
	switch (vector->kind)
	{
		case SYDRA_KIND_BOOL:
			((uint8 *) vector->values)[row] = value->boolean;
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			((int64 *) vector->values)[row] = value->integer;
			return;
		case SYDRA_KIND_FLOAT:
			((double *) vector->values)[row] = value->real;
			return;
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			((SydraBytes *) vector->values)[row] = value->bytes;
			return;
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "kind %d is not computed with", (int) vector->kind);
}

static void
fill_constant(SydraEval *eval, const SydraValue *value)
{
	eval->constant = true;
	for (int row = 0; row < SYDRA_BATCH_ROWS; row++)
		sydra_eval_store(&eval->result, row, value);
	eval->result.valid = NULL;
	if (value->isnull)
	{
		sydra_valid_fill(eval->valid_room, 0, false);
		eval->result.valid = eval->valid_room;
	}
}

static Laziness
find_laziness(const SydraFunction *function)
{
	if (function->evaluate == sydra_logic_and)
		return LAZY_AND;
	if (function->evaluate == sydra_logic_or)
		return LAZY_OR;
	if (function->evaluate == sydra_choose_coalesce)
		return LAZY_COALESCE;
	if (function->evaluate == sydra_choose_if)
		return LAZY_IF;
	return EAGER;
}

static const SydraVector *run(SydraEval *eval, const SydraBatch *batch, const uint16 *selected,
							  int selected_count);

/* Computes a call of constants once, whose vectors are needed no more then. */
static void
fold(SydraEval *eval)
{
	SydraBatch	one_row = {.count = 1};
	SydraValue	value;

	sydra_eval_read(run(eval, &one_row, NULL, 1), 0, &value);
	for (int i = 0; i < eval->call.argument_count; i++)
		if (eval->arguments[i]->result.values != NULL)
			pfree(eval->arguments[i]->result.values);
	fill_constant(eval, &value);
}

/* Terms that are opened before memory and interrupts are looked at again. */
#define OPENED_MAX 64

typedef struct Opening
{
	const char *source;
	MemoryContext context;		/* bounded by sydraql.query_mem; NULL: somebody else's */
	int			count;			/* of terms so far */
} Opening;

static void
count_opened(Opening *opening)
{
	if (++opening->count % OPENED_MAX != 0)
		return;
	CHECK_FOR_INTERRUPTS();
	if (opening->context != NULL)
		sydra_error_check_memory(MemoryContextMemAllocated(opening->context, true));
}

/* A member of IN (...): looked at as a constant only, and there may be very many. */
static SydraEval *
open_member(const SydraTerm *term)
{
	SydraEval  *eval = palloc0(sizeof(SydraEval));

	eval->term = term;
	eval->constant = true;
	eval->result.kind = term->kind;
	return eval;
}

static SydraEval *
open(const SydraTerm *term, Opening *opening)
{
	SydraEval  *eval = palloc0(sizeof(SydraEval));
	bool		foldable;

	check_stack_depth();
	count_opened(opening);
	eval->term = term;
	if (term->type == SYDRA_TERM_COLUMN)
		return eval;
	eval->result.kind = term->kind;
	eval->result.values = palloc0(SYDRA_BATCH_ROWS * sydra_kind_size(term->kind));
	if (term->type == SYDRA_TERM_CONST)
	{
		fill_constant(eval, &term->value);
		return eval;
	}

	foldable = sydra_function_is_immutable(term->function);
	eval->call.function = term->function;
	eval->call.argument_count = list_length(term->arguments);
	eval->call.source = opening->source;
	eval->call.offset = term->offset;
	eval->call.result = &eval->result;
	eval->call.valid_room = eval->valid_room;
	eval->arguments = palloc0(sizeof(SydraEval *) * Max(eval->call.argument_count, 1));
	eval->call.arguments = palloc0(sizeof(SydraVector *) * Max(eval->call.argument_count, 1));
	eval->call.constants = palloc0(sizeof(SydraValue *) * Max(eval->call.argument_count, 1));
	for (int i = 0; i < eval->call.argument_count; i++)
	{
		SydraTerm  *argument = list_nth(term->arguments, i);

		if (i > 0 && argument->type == SYDRA_TERM_CONST && term->function->evaluate == sydra_logic_in)
			eval->arguments[i] = open_member(argument);
		else
			eval->arguments[i] = open(argument, opening);
		if (argument->type == SYDRA_TERM_CONST)
			eval->call.constants[i] = &argument->value;
		else if (eval->arguments[i]->constant)
		{
			SydraValue *value = palloc(sizeof(SydraValue));

			sydra_eval_read(&eval->arguments[i]->result, 0, value);
			eval->call.constants[i] = value;
		}
		eval->call.arguments[i] = &eval->arguments[i]->result;
		foldable = foldable && eval->arguments[i]->constant;
	}
	eval->laziness = find_laziness(term->function);
	if (eval->laziness != EAGER)
		eval->needed = palloc(sizeof(uint16) * SYDRA_BATCH_ROWS);
	if (term->function->prepare != NULL)
		eval->call.state = term->function->prepare(&eval->call);
	if (foldable)
		fold(eval);
	return eval;
}

SydraEval *
sydra_eval_open(const SydraTerm *term, const char *source)
{
	Opening		opening = {source, CurrentMemoryContext};
	SydraEval  *eval = open(term, &opening);

	/* A select list may have well over a thousand. */
	eval->scratch = AllocSetContextCreate(CurrentMemoryContext, "sydra expression",
										  ALLOCSET_START_SMALL_SIZES);
	return eval;
}

/* The rows of selected for which the next operand matters, given the last one. */
static int
narrow(SydraEval *eval, int argument, const uint16 *selected, int selected_count)
{
	const SydraVector *last = eval->call.arguments[argument - 1];

	switch (eval->laziness)
	{
		case LAZY_AND:
			return sydra_select_not(last, false, selected, selected_count, eval->needed);
		case LAZY_OR:
			return sydra_select_not(last, true, selected, selected_count, eval->needed);
		case LAZY_IF:
			if (argument == 1)
				return sydra_select_true(last, selected, selected_count, eval->needed);
			return sydra_select_not(eval->call.arguments[0], true, selected, selected_count,
									eval->needed);
		case LAZY_COALESCE:
			{
				int			count = 0;

				for (int i = 0; i < selected_count; i++)
				{
					int			row = selected ? selected[i] : i;

					eval->needed[count] = row;
					count += sydra_vector_is_null(last, row);
				}
				return count;
			}
		case EAGER:
			break;
	}
	elog(ERROR, "unknown laziness %d", (int) eval->laziness);
}

static void
run_arguments(SydraEval *eval, const SydraBatch *batch, const uint16 *selected, int selected_count)
{
	const uint16 *needed = selected;
	int			needed_count = selected_count;

	for (int i = 0; i < eval->call.argument_count; i++)
	{
		SydraEval  *argument = eval->arguments[i];

		if (eval->laziness != EAGER && i > 0)
		{
			/* if starts anew for its third operand, the others narrow what is left. */
			if (eval->laziness == LAZY_IF)
				needed_count = narrow(eval, i, selected, selected_count);
			else
				needed_count = narrow(eval, i, needed, needed_count);
			needed = eval->needed;
		}
		if (needed_count > 0 || argument->constant || argument->term->type != SYDRA_TERM_CALL)
			eval->call.arguments[i] = run(argument, batch, needed, needed_count);
		else
		{
			/* No row's value matters, but which are null was said of a batch that is gone. */
			argument->result.valid = NULL;
			eval->call.arguments[i] = &argument->result;
		}
	}
}

static const SydraVector *
run(SydraEval *eval, const SydraBatch *batch, const uint16 *selected, int selected_count)
{
	SydraCall  *call = &eval->call;
	uint64	   *valid = NULL;

	if (eval->term->type == SYDRA_TERM_COLUMN)
		return &batch->columns[eval->term->column];
	eval->result.count = batch->count;
	if (eval->constant)
		return &eval->result;

	run_arguments(eval, batch, selected, selected_count);
	call->count = batch->count;
	call->selected = selected;
	call->selected_count = selected_count;
	if ((call->function->flags & SYDRA_FUNCTION_NULLS) == 0)
		for (int i = 0; i < call->argument_count; i++)
			valid = sydra_valid_and(valid, call->arguments[i]->valid, batch->count,
									eval->valid_room);
	eval->result.valid = valid;
	call->function->evaluate(call);
	return &eval->result;
}

const SydraVector *
sydra_eval_run(SydraEval *eval, const SydraBatch *batch)
{
	MemoryContext caller_context;
	const SydraVector *result;

	MemoryContextReset(eval->scratch);
	caller_context = MemoryContextSwitchTo(eval->scratch);
	result = run(eval, batch, batch->selected,
				 batch->selected ? batch->selected_count : batch->count);
	MemoryContextSwitchTo(caller_context);
	return result;
}

void
sydra_eval_constant(const SydraTerm *term, const char *source, SydraValue *value)
{
	Opening		opening = {source};
	SydraEval  *eval;
	SydraBatch	one_row = {.count = 1};

	if (term->type == SYDRA_TERM_CONST)
	{
		*value = term->value;
		return;
	}
	eval = open(term, &opening);
	sydra_eval_read(run(eval, &one_row, NULL, 1), 0, value);
}
