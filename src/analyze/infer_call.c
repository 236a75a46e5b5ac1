/*
 * infer_call.c
 *	  Which function a call means, and its arguments made to fit.
 *
 * Some arguments have no kind of their own: parameters, fields of a jsonb, NULL; and some may be
 * read in two ways: a string as a timestamp, an integer beside a time as an epoch.  A call tries
 * the readings of its arguments, the likeliest first, until the registry knows a function of these
 * kinds.  The choice never looks at a parameter's value where a result's kind could depend on it.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/infer_call.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "base/compat.h"
#include "function/bucket.h"
#include "function/registry.h"
#include "series/regex.h"

#define READINGS_MAX 8
#define DECIDING_ARGUMENTS 4

/* A call that is being resolved. */
typedef struct Call
{
	const char *name;
	bool		operator;
	bool		comparison;		/* an integer beside a time is an epoch */
	int			offset;
	int			count;
	SydraTerm **arguments;
	SydraKind	preferred;		/* kind of the first argument that has one */

	/* The answer. */
	SydraKind  *chosen;			/* readings of the arguments */
	SydraKind  *wanted;			/* what the function takes */
	const SydraFunction *function;
	SydraKind	result;
	SydraResolution failure;	/* of the likeliest readings */
	int			misfit;
	SydraKind  *given;
} Call;

const char *
sydra_infer_call_kind_text(SydraKind kind)
{
	if (kind == SYDRA_KIND_DATUM)
		return "jsonb or another type without operations";
	return sydra_kind_name(kind);
}

static SydraTerm *
make_call(const SydraFunction *function, SydraKind kind, List *arguments, int offset)
{
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	term->type = SYDRA_TERM_CALL;
	term->kind = kind;
	term->typid = sydra_infer_type(kind);
	term->offset = offset;
	term->function = function;
	term->arguments = arguments;
	return term;
}

static bool
is_literal(const SydraTerm *term, SydraKind kind)
{
	return term->type == SYDRA_TERM_CONST && term->kind == kind;
}

static bool
has_no_kind(const SydraTerm *term)
{
	return term->kind == SYDRA_KIND_NULL;
}

static void
add_reading(SydraKind *readings, int *count, SydraKind kind)
{
	for (int i = 0; i < *count; i++)
		if (readings[i] == kind)
			return;
	readings[(*count)++] = kind;
}

static void
add_readings(SydraKind *readings, int *count, const SydraKind *kinds, int kind_count)
{
	for (int i = 0; i < kind_count; i++)
		add_reading(readings, count, kinds[i]);
}

/* What a parameter beside something of the preferred kind likely is. */
static SydraKind
guess_parameter(SydraScope *scope, const Call *call, const SydraTerm *term)
{
	if (strcmp(call->name, "+") == 0 || strcmp(call->name, "-") == 0)
	{
		if (call->preferred == SYDRA_KIND_TIME)
			return SYDRA_KIND_DURATION;
		if (call->preferred == SYDRA_KIND_DURATION)
			return SYDRA_KIND_TIME;
	}
	/* An origin or a zone: a time either way, so that its value may decide. */
	if (strcmp(call->name, "time_bucket") == 0 && call->count == 3 && term == call->arguments[2])
		return sydra_parameter_is_timestamp(scope, term) ? SYDRA_KIND_TIME : SYDRA_KIND_TEXT;
	/* A duration or a number of rows: the mean is float8 either way. */
	if (strcmp(call->name, "moving_avg") == 0 && call->count == 2 && term == call->arguments[1])
		return sydra_parameter_is_number(scope, term) ? SYDRA_KIND_INT : SYDRA_KIND_DURATION;
	if (call->preferred == SYDRA_KIND_INT &&
		(!call->comparison || sydra_parameter_is_fraction(scope, term)))
		return SYDRA_KIND_FLOAT;
	if (call->preferred == SYDRA_KIND_DATUM || call->preferred == SYDRA_KIND_NULL)
		return SYDRA_KIND_FLOAT;
	return call->preferred;
}

/* Whether there is a time that is not just a text read as one. */
static bool
compares_time(const Call *call)
{
	for (int i = 0; i < call->count; i++)
		if (call->arguments[i]->kind == SYDRA_KIND_TIME)
			return true;
	return false;
}

static int
list_readings(SydraScope *scope, const Call *call, SydraTerm *term, SydraKind *readings)
{
	static const SydraKind of_parameter[] = {
		SYDRA_KIND_FLOAT, SYDRA_KIND_INT, SYDRA_KIND_TEXT, SYDRA_KIND_TIME, SYDRA_KIND_DURATION,
		SYDRA_KIND_BOOL
	};
	static const SydraKind of_field[] = {SYDRA_KIND_FLOAT, SYDRA_KIND_TEXT, SYDRA_KIND_BOOL};
	int			count = 0;

	if (sydra_parameter_is(term))
	{
		add_reading(readings, &count, guess_parameter(scope, call, term));
		add_readings(readings, &count, of_parameter, lengthof(of_parameter));
	}
	else if (has_no_kind(term) && term->type == SYDRA_TERM_COLUMN)
	{
		if (call->preferred == SYDRA_KIND_TEXT || call->preferred == SYDRA_KIND_BOOL)
			add_reading(readings, &count, call->preferred);
		add_readings(readings, &count, of_field, lengthof(of_field));
	}
	else
	{
		add_reading(readings, &count, term->kind);
		if (is_literal(term, SYDRA_KIND_TEXT) && !term->value.isnull)
			add_reading(readings, &count, SYDRA_KIND_TIME);
		if (call->comparison && term->kind == SYDRA_KIND_INT && compares_time(call) &&
			sydra_constant_evaluate(term, scope->source) != NULL)
			add_reading(readings, &count, SYDRA_KIND_TIME);
	}
	return count;
}

/*
 * The kind of the first argument that has one.  A comparison's result is a condition either way: of
 * fields and parameters alone the value of the first parameter may decide.  The condition of if()
 * says nothing about the other two.
 */
static SydraKind
find_preferred(SydraScope *scope, const Call *call)
{
	int			first = strcmp(call->name, "if") == 0 ? 1 : 0;

	for (int i = first; i < call->count; i++)
		if (!has_no_kind(call->arguments[i]))
			return call->arguments[i]->kind;
	for (int i = first; call->comparison && i < call->count; i++)
		if (sydra_parameter_is(call->arguments[i]))
			return sydra_parameter_likely(scope, call->arguments[i]);
	return SYDRA_KIND_NULL;
}

static bool
resolve_chosen(Call *call)
{
	SydraKind	kinds_stack[16];
	SydraKind  *kinds = call->count > lengthof(kinds_stack) ?
		palloc(sizeof(SydraKind) * call->count) : kinds_stack;
	SydraResolution resolution;
	int			position;

	memcpy(kinds, call->chosen, sizeof(SydraKind) * call->count);
	if (call->operator)
		resolution = sydra_operator_resolve(call->name, call->count, kinds, &call->function,
											&call->result, &position);
	else
		resolution = sydra_function_resolve(call->name, call->count, kinds, &call->function,
											&call->result, &position);
	if (resolution == SYDRA_RESOLVED)
	{
		memcpy(call->wanted, kinds, sizeof(SydraKind) * call->count);
		return true;
	}
	if (call->failure == SYDRA_RESOLVED)
	{
		call->failure = resolution;
		call->misfit = position;
		memcpy(call->given, call->chosen, sizeof(SydraKind) * call->count);
	}
	return false;
}

/* A long list of arguments follows the first few, which decide. */
static void
choose_rest(SydraScope *scope, Call *call, int first)
{
	SydraKind	readings[READINGS_MAX];
	SydraKind	likely = call->preferred;

	if (likely == SYDRA_KIND_NULL && first > 0)
		likely = call->chosen[first - 1];
	for (int argument = first; argument < call->count; argument++)
	{
		int			count = list_readings(scope, call, call->arguments[argument], readings);

		call->chosen[argument] = readings[0];
		for (int i = 1; i < count; i++)
			if (readings[i] == likely)
				call->chosen[argument] = likely;
	}
}

/* Tries the readings of the arguments from one on; those before have been chosen. */
static bool
try_readings(SydraScope *scope, Call *call, int argument)
{
	SydraKind	readings[READINGS_MAX];
	int			count;

	if (argument == call->count || argument == DECIDING_ARGUMENTS)
	{
		choose_rest(scope, call, argument);
		return resolve_chosen(call);
	}
	count = list_readings(scope, call, call->arguments[argument], readings);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		call->chosen[argument] = readings[i];
		if (try_readings(scope, call, argument + 1))
			return true;
		if (call->failure == SYDRA_NO_SUCH_FUNCTION || call->failure == SYDRA_WRONG_ARITY)
			return false;
	}
	return false;
}

pg_noreturn static void raise_operator(SydraScope *scope, const Call *call);

static void
raise_operator(SydraScope *scope, const Call *call)
{
	const char *hint = NULL;
	SydraKind	left = call->given[0];
	SydraKind	right = call->given[call->count > 1 ? 1 : 0];
	bool		text = left == SYDRA_KIND_TEXT || right == SYDRA_KIND_TEXT;
	bool		number = left == SYDRA_KIND_INT || left == SYDRA_KIND_FLOAT ||
		right == SYDRA_KIND_INT || right == SYDRA_KIND_FLOAT;

	if (strcmp(call->name, "or") == 0 && text)
		hint = "Use concat(...) to join texts.";
	else if (call->comparison && text && number)
		hint = is_literal(call->arguments[0], SYDRA_KIND_TEXT) ||
			is_literal(call->arguments[1], SYDRA_KIND_TEXT) ?
			"Write a number without quotes." :
			"Write a text between quotes, as in tag.port = '80'.";
	else if (call->comparison && (left == SYDRA_KIND_TIME || right == SYDRA_KIND_TIME))
		hint = "Compare time with a timestamp such as 2024-03-01T00:00:00Z or now() - 1h.";
	if (call->count == 1)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, call->offset,
								  "\"%s\" does not take %s",
								  strcmp(call->name, "neg") == 0 ? "-" : call->name,
								  sydra_infer_call_kind_text(left)),
				hint ? errhint("%s", hint) : 0);
	if (strcmp(call->name, "and") == 0 || strcmp(call->name, "or") == 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH,
								  call->arguments[Max(call->misfit, 0)]->offset,
								  "\"%s\" takes conditions, not %s", call->name,
								  sydra_infer_call_kind_text(call->given[Max(call->misfit, 0)])),
				hint ? errhint("%s", hint) : 0);
	if (strcmp(call->name, "in") == 0)
		right = call->given[Max(call->misfit, 1)];
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, call->offset,
							  "\"%s\" does not take %s and %s", call->name,
							  sydra_infer_call_kind_text(left), sydra_infer_call_kind_text(right)),
			hint ? errhint("%s", hint) : 0);
}

pg_noreturn static void raise_call(SydraScope *scope, const Call *call);

static void
raise_call(SydraScope *scope, const Call *call)
{
	const char *signature = call->operator ? NULL : sydra_function_signature(call->name);
	const char *nearest;

	if (call->failure == SYDRA_NO_SUCH_FUNCTION)
	{
		nearest = sydra_function_nearest(call->name);
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_FUNCTION, call->offset,
								  "function \"%s\" does not exist", call->name),
				nearest ? errhint("Perhaps you meant \"%s\".", nearest) : 0);
	}
	if (call->failure == SYDRA_WRONG_ARITY)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_FUNCTION_ARITY, call->offset,
								  "function \"%s\" does not take %d argument%s", call->name,
								  call->count, call->count == 1 ? "" : "s"),
				signature ? errhint("Write %s.", signature) : 0);
	if (call->operator)
		raise_operator(scope, call);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH,
							  call->arguments[Max(call->misfit, 0)]->offset,
							  "argument %d of \"%s\" must not be %s",
							  Max(call->misfit, 0) + 1, call->name,
							  sydra_infer_call_kind_text(call->given[Max(call->misfit, 0)])),
			signature ? errhint("Write %s.", signature) : 0);
}

/* The constant that an argument must be. */
static SydraTerm *
require_constant(SydraScope *scope, const Call *call, SydraTerm *term)
{
	SydraTerm  *constant = sydra_constant_evaluate(term, scope->source);

	if (constant == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, term->offset,
								  "argument of \"%s\" must be a constant", call->name));
	return constant;
}

/* Months have no length: they move times and make buckets, nothing else. */
static void
check_months(SydraScope *scope, const Call *call, const SydraTerm *term)
{
	if (term->type != SYDRA_TERM_CONST || term->kind != SYDRA_KIND_DURATION ||
		term->value.months == 0 || call->result == SYDRA_KIND_TIME)
		return;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, term->offset,
							  "a duration of months or years has no fixed length"),
			errhint("Write days, such as 30d."));
}

void
sydra_infer_call_check_like(SydraScope *scope, SydraBytes text, int offset)
{
	for (int i = 0; i < text.length; i += pg_mblen(text.data + i))
	{
		if (text.data[i] == '\\' && ++i >= text.length)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, offset,
									  "LIKE pattern must not end with escape character"),
					errhint("Double the backslash."));
	}
}

/*
 * Constant arguments are looked at once, so that a bad pattern or unit is told before anything
 * runs.  What a description does not know (null) is left to the run.
 */
static void
check_constants(SydraScope *scope, SydraTerm *term)
{
	SydraCall	call = {.function = term->function,.count = 0,.source = scope->source};
	int			count = list_length(term->arguments);

	if (term->function->prepare == NULL && !sydra_constant_calls(term, "like"))
		return;
	call.offset = term->offset;
	call.argument_count = count;
	call.constants = palloc0(sizeof(SydraValue *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		SydraTerm  *argument = list_nth(term->arguments, i);

		if (argument->type == SYDRA_TERM_CONST && argument->value.isnull)
			return;
		if (argument->type == SYDRA_TERM_CONST)
			call.constants[i] = &argument->value;
	}
	if (sydra_constant_calls(term, "like"))
	{
		const SydraTerm *pattern = lsecond(term->arguments);

		sydra_infer_call_check_like(scope, pattern->value.bytes, pattern->offset);
	}
	else if (sydra_constant_calls(term, "time_bucket"))
	{
		SydraBucket bucket;

		sydra_bucket_from_term(term, scope->source, &bucket);
	}
	else if (sydra_constant_calls(term, "=~"))
	{
		const SydraValue *pattern = call.constants[1];
		const char *flags = count > 2 ?
			pnstrdup(call.constants[2]->bytes.data, call.constants[2]->bytes.length) : "";

		sydra_regex_compile(pattern->bytes.data, pattern->bytes.length, flags, scope->source,
							((SydraTerm *) lsecond(term->arguments))->offset);
	}
	else
		term->function->prepare(&call);
}

static Call
open_call(const char *name, List *arguments, int offset)
{
	Call		call = {.name = name,.offset = offset};
	ListCell   *cell;

	call.arguments = palloc(sizeof(SydraTerm *) * Max(list_length(arguments), 1));
	foreach(cell, arguments)
		call.arguments[call.count++] = lfirst(cell);
	return call;
}

static List *
list_arguments(const Call *call)
{
	List	   *arguments = NIL;

	for (int i = 0; i < call->count; i++)
		arguments = lappend(arguments, call->arguments[i]);
	return arguments;
}

/* Resolves a call; the arguments of *call are replaced by what the function takes. */
static void
resolve_call(SydraScope *scope, Call *call)
{
	int			count = Max(call->count, 1);

	call->chosen = palloc0(sizeof(SydraKind) * count);
	call->wanted = palloc0(sizeof(SydraKind) * count);
	call->given = palloc0(sizeof(SydraKind) * count);
	call->failure = SYDRA_RESOLVED;
	call->misfit = -1;
	call->preferred = find_preferred(scope, call);
	if (!try_readings(scope, call, 0))
		raise_call(scope, call);
	for (int i = 0; i < call->count; i++)
	{
		SydraTerm  *term = sydra_infer_call_coerce(scope, call->arguments[i], call->chosen[i]);

		term = sydra_infer_call_coerce(scope, term, call->wanted[i]);
		if (sydra_function_wants_constant(call->function, i))
			term = require_constant(scope, call, term);
		check_months(scope, call, term);
		call->arguments[i] = term;
	}
}

static SydraTerm *
build_call(SydraScope *scope, Call *call)
{
	SydraTerm  *term;

	resolve_call(scope, call);
	term = make_call(call->function, call->result, list_arguments(call), call->offset);
	check_constants(scope, term);
	return term;
}

SydraTerm *
sydra_infer_call_function(SydraScope *scope, const char *name, List *arguments, int offset)
{
	Call		call = open_call(name, arguments, offset);

	return build_call(scope, &call);
}

SydraTerm *
sydra_infer_call_operator(SydraScope *scope, const char *name, List *arguments, int offset)
{
	Call		call = open_call(name, arguments, offset);

	call.operator = true;
	call.comparison = strchr("=!<>", name[0]) != NULL || strcmp(name, "in") == 0;
	return build_call(scope, &call);
}

const SydraFunction *
sydra_infer_call_resolve(SydraScope *scope, const char *name, List **arguments, int offset,
						 SydraKind *result)
{
	Call		call = open_call(name, *arguments, offset);

	resolve_call(scope, &call);
	*arguments = list_arguments(&call);
	*result = call.result;
	check_constants(scope, make_call(call.function, call.result, *arguments, offset));
	return call.function;
}

SydraTerm *
sydra_infer_call_coerce(SydraScope *scope, SydraTerm *term, SydraKind kind)
{
	SydraTerm  *constant;

	if (term->kind == kind || kind == SYDRA_KIND_NULL)
		return term;
	if (sydra_parameter_is(term))
		return kind == SYDRA_KIND_DATUM ? NULL : sydra_parameter_as(scope, term, kind);
	if (has_no_kind(term) && term->type == SYDRA_TERM_COLUMN)
		return sydra_name_field(scope, term, kind);
	if (has_no_kind(term))
	{
		constant = sydra_constant_make(kind, term->offset);
		constant->typid = sydra_infer_type(kind);
		return constant;
	}
	if (kind == SYDRA_KIND_FLOAT && term->kind == SYDRA_KIND_INT)
	{
		if (term->type != SYDRA_TERM_CONST)
			return sydra_infer_call_operator(scope, "to_float", list_make1(term), term->offset);
		constant = sydra_constant_make(kind, term->offset);
		constant->typid = FLOAT8OID;
		constant->value.isnull = term->value.isnull;
		if (!term->value.isnull)
			constant->value.real = (double) term->value.integer;
		return constant;
	}
	if (kind == SYDRA_KIND_TIME && is_literal(term, SYDRA_KIND_TEXT) && !term->value.isnull)
	{
		constant = sydra_constant_make(kind, term->offset);
		constant->typid = TIMESTAMPTZOID;
		constant->value.isnull = false;
		constant->value.integer = sydra_infer_timestamp(scope, term->value.bytes.data,
														term->value.bytes.length, term->offset,
														SYDRA_ERR_INVALID_LITERAL);
		return constant;
	}
	if (kind == SYDRA_KIND_TIME && term->kind == SYDRA_KIND_INT)
	{
		SydraTerm  *epoch = sydra_constant_evaluate(term, scope->source);

		if (epoch == NULL)
			return NULL;
		constant = sydra_constant_make(kind, term->offset);
		constant->typid = TIMESTAMPTZOID;
		constant->value.isnull = epoch->value.isnull;
		if (!epoch->value.isnull)
			constant->value.integer = sydra_infer_epoch(scope, epoch->value.integer, term->offset);
		return constant;
	}
	return NULL;
}

SydraTerm *
sydra_infer_call_and(List *terms)
{
	SydraKind	kinds[2] = {SYDRA_KIND_BOOL, SYDRA_KIND_BOOL};
	const SydraFunction *function;
	SydraKind	result;
	int			position;

	if (list_length(terms) == 1)
		return linitial(terms);
	if (sydra_operator_resolve("and", 2, kinds, &function, &result, &position) != SYDRA_RESOLVED)
		elog(ERROR, "operator and is missing");
	return make_call(function, result, terms, ((SydraTerm *) linitial(terms))->offset);
}
