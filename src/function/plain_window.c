/*
 * plain_window.c
 *	  The language's window functions as aggregates of plain SQL, to be called with OVER.
 *
 * In a frame that begins with the partition each row is added once and what the function gives for
 * it is the aggregate's value so far; where the frame's begin moves, rows leave at that end.  As
 * with the scalars one function serves all, and finds its row in the registry by its own name.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/sql_function.h"
#include "function/plain_state.h"
#include "function/window.h"

SYDRA_FUNCTION(sydra_plain_window_add);
SYDRA_FUNCTION(sydra_plain_window_remove);
SYDRA_FUNCTION(sydra_plain_window);

/* A call, found once a query. */
typedef struct Call
{
	const SydraFunction *function;
	SydraKind	result;
	int			time_argument;	/* or -1 */
	int			count;			/* of arguments, the state and the time left out */
	int			places[SYDRA_FUNCTION_ARGUMENTS];
	SydraKind	kinds[SYDRA_FUNCTION_ARGUMENTS];
} Call;

typedef struct State
{
	SydraKind	kind;
	SydraValue	value;			/* of the row added last */
	char		window[FLEXIBLE_ARRAY_MEMBER];
} State;

/* What takes rows off has the name with _remove behind it. */
static char *
get_function_name(Oid function)
{
	char	   *name = get_func_name(function);
	char	   *end = strstr(name, "_remove");

	if (end != NULL)
		*end = '\0';
	return name;
}

/* The time stands second, where the function looks at it. */
static Call *
open_call(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	char	   *name = get_function_name(function);
	Call	   *call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Call));
	Oid		   *types;
	int			count;
	int			position;

	get_func_signature(function, &types, &count);
	call->time_argument = count > 2 && types[2] == TIMESTAMPTZOID ? 2 : -1;
	for (int i = 1; i < count; i++)
	{
		if (i == call->time_argument)
			continue;
		call->places[call->count] = i;
		call->kinds[call->count++] = types[i] == ANYOID ? SYDRA_KIND_NULL :
			sydra_plain_kind(types[i]);
	}
	if (sydra_function_resolve(name, call->count, call->kinds, &call->function, &call->result,
							   &position) != SYDRA_RESOLVED ||
		call->function->class != SYDRA_FUNCTION_WINDOW)
		elog(ERROR, "function %s is not in the registry", name);
	return call;
}

/* Constants must be there and in their range. */
static void
read_argument(FunctionCallInfo fcinfo, const Call *call, int argument, SydraValue *value)
{
	int			place = call->places[argument];

	memset(value, 0, sizeof(*value));
	value->isnull = PG_ARGISNULL(place);
	if (value->isnull)
		return;
	/* Of a value of any type only whether it is null matters. */
	if (get_fn_expr_argtype(fcinfo->flinfo, place) == INT8OID ||
		call->function->arguments[argument] != SYDRA_KIND_NULL)
		sydra_plain_value(call->kinds[argument], PG_GETARG_DATUM(place), value);
	if (sydra_function_wants_constant(call->function, argument))
		sydra_window_check(call->function, argument, value, "", -1);
}

/* The row of a call; false when it has no time, or a constant is null. */
static bool
read_row(FunctionCallInfo fcinfo, const Call *call, SydraValue *arguments, SydraWindowInput *input)
{
	bool		null = false;

	for (int i = 0; i < call->count; i++)
	{
		read_argument(fcinfo, call, i, &arguments[i]);
		null = null || (i > 0 && arguments[i].isnull);
	}
	input->arguments = arguments;
	input->argument_count = call->count;
	if (call->time_argument >= 0)
	{
		null = null || PG_ARGISNULL(call->time_argument);
		input->time = null ? 0 : PG_GETARG_TIMESTAMPTZ(call->time_argument);
	}
	return !null;
}

/* (state internal, value [, time timestamptz] [, constants]) */
Datum
sydra_plain_window_add(PG_FUNCTION_ARGS)
{
	Call	   *call = fcinfo->flinfo->fn_extra;
	SydraValue	arguments[SYDRA_FUNCTION_ARGUMENTS];
	SydraWindowInput input = {.offset = -1,.context = sydra_plain_context(fcinfo)};
	State	   *state;

	if (call == NULL)
		fcinfo->flinfo->fn_extra = call = open_call(fcinfo);
	state = sydra_plain_state(fcinfo, offsetof(State, window) +
							  call->function->window->state_size);
	state->kind = call->result;
	memset(&state->value, 0, sizeof(state->value));
	state->value.isnull = true;
	if (read_row(fcinfo, call, arguments, &input))
		call->function->window->add(state->window, &input, &state->value);
	PG_RETURN_POINTER(state);
}

/* The row that came first leaves; null: the rows that are left are added anew. */
Datum
sydra_plain_window_remove(PG_FUNCTION_ARGS)
{
	Call	   *call = fcinfo->flinfo->fn_extra;
	SydraValue	arguments[SYDRA_FUNCTION_ARGUMENTS];
	SydraWindowInput input = {.offset = -1,.context = sydra_plain_context(fcinfo)};
	State	   *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (call == NULL)
		fcinfo->flinfo->fn_extra = call = open_call(fcinfo);
	if (state == NULL)
		elog(ERROR, "a row leaves that has not come");
	if (read_row(fcinfo, call, arguments, &input) &&
		!call->function->window->remove(state->window, &arguments[0], &state->value))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
sydra_plain_window(PG_FUNCTION_ARGS)
{
	const State *state = SYDRA_PLAIN_ARGUMENT(fcinfo, 0);

	if (state == NULL || state->value.isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(sydra_plain_datum(state->kind, &state->value));
}
