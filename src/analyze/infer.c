/*
 * infer.c
 *	  Expressions to terms.
 *
 * Some expressions have no kind of their own: parameters, fields of a jsonb, NULL; and some may be
 * read in two ways: a string as a timestamp, an integer beside a time as an epoch.  A call tries
 * the readings of its arguments, the likeliest first, until the registry knows a function of these
 * kinds.  The choice never looks at a parameter's value where a result's kind could depend on it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "base/compat.h"
#include "base/setting.h"
#include "function/bucket.h"
#include "function/registry.h"
#include "lang/ast_print.h"
#include "lang/parser.h"
#include "lang/timestamp.h"
#include "series/tag_predicate.h"

#define READINGS_MAX 8
#define DECIDING_ARGUMENTS 4

/* Terms inside each other: what walks them recurses. */
#define TERM_DEPTH_MAX (2 * SYDRA_MAX_NESTING)

#define EPOCH_1970 (-INT64CONST(946684800000000))
#define EPOCH_2100 INT64CONST(3155760000000000)

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

static SydraTerm *infer(SydraScope *scope, const SydraExpr *expr);
static SydraTerm *coerce(SydraScope *scope, SydraTerm *term, SydraKind kind);
static SydraTerm *build_function(SydraScope *scope, const char *name, List *arguments, int offset);

Oid
sydra_infer_type(SydraKind kind)
{
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			return BOOLOID;
		case SYDRA_KIND_INT:
			return INT8OID;
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			return FLOAT8OID;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_TEXT:
			return TEXTOID;
		case SYDRA_KIND_TIME:
			return TIMESTAMPTZOID;
		case SYDRA_KIND_DURATION:
			return INTERVALOID;
		case SYDRA_KIND_DATUM:
			return InvalidOid;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

/*
 * Times.
 */

static bool
epoch_to_time(int64 epoch, int unit, int64 *time)
{
	int64		us;

	if (epoch < 0)
		return false;
	switch ((SydraEpochUnit) unit)
	{
		case SYDRA_EPOCH_S:
			if (epoch > PG_INT64_MAX / USECS_PER_SEC)
				return false;
			us = epoch * USECS_PER_SEC;
			break;
		case SYDRA_EPOCH_MS:
			if (epoch > PG_INT64_MAX / 1000)
				return false;
			us = epoch * 1000;
			break;
		case SYDRA_EPOCH_US:
			us = epoch;
			break;
		case SYDRA_EPOCH_NS:
			us = epoch / 1000;
			break;
		default:
			elog(ERROR, "unknown epoch unit %d", unit);
	}
	if (us > EPOCH_2100 - EPOCH_1970)
		return false;
	*time = us + EPOCH_1970;
	return true;
}

int64
sydra_infer_epoch(const SydraScope *scope, int64 epoch, int offset)
{
	static const char *const units[] = {"s", "ms", "us", "ns"};
	int64		time;
	const char *fitting = NULL;

	if (epoch_to_time(epoch, sydra_setting_epoch_unit, &time))
		return time;
	for (int unit = 0; unit < lengthof(units) && fitting == NULL; unit++)
		if (epoch_to_time(epoch, unit, &time))
			fitting = units[unit];
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TIME_OUT_OF_RANGE, offset,
							  "epoch " INT64_FORMAT " is outside the years 1970 to 2100", epoch),
			errdetail("Epochs are read in the unit \"%s\".", units[sydra_setting_epoch_unit]),
			fitting ? errhint("It fits the unit \"%s\": SET sydraql.epoch_unit = '%s'.",
							  fitting, fitting) :
			errhint("Write a timestamp such as 2024-03-01T00:00:00Z."));
}

int64
sydra_infer_timestamp(const SydraScope *scope, const char *text, int length, int offset,
					  SydraErrorName error)
{
	int64		us;

	if (sydra_timestamp_parse(text, length, &us) == SYDRA_TIMESTAMP_OK)
		return us;
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, error, offset, "\"%s\" is no timestamp",
							  pnstrdup(text, pg_mbcliplen(text, length, 64))),
			errhint("Write it like 2024-03-01T00:00:00Z."));
}

/*
 * Readings.
 */

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
		if (call->failure == SYDRA_NO_SUCH_FUNCTION || call->failure == SYDRA_NOT_SUPPORTED_YET ||
			call->failure == SYDRA_WRONG_ARITY)
			return false;
	}
	return false;
}

static const char *
kind_text(SydraKind kind)
{
	if (kind == SYDRA_KIND_DATUM)
		return "jsonb or another type without operations";
	return sydra_kind_name(kind);
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
								  kind_text(left)),
				hint ? errhint("%s", hint) : 0);
	if (strcmp(call->name, "and") == 0 || strcmp(call->name, "or") == 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH,
								  call->arguments[Max(call->misfit, 0)]->offset,
								  "\"%s\" takes conditions, not %s", call->name,
								  kind_text(call->given[Max(call->misfit, 0)])),
				hint ? errhint("%s", hint) : 0);
	if (strcmp(call->name, "in") == 0)
		right = call->given[Max(call->misfit, 1)];
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, call->offset,
							  "\"%s\" does not take %s and %s", call->name, kind_text(left),
							  kind_text(right)),
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
	if (call->failure == SYDRA_NOT_SUPPORTED_YET)
		sydra_scope_not_supported(scope, call->offset, psprintf("%s()", call->name), NULL);
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
							  kind_text(call->given[Max(call->misfit, 0)])),
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

static void
check_like(SydraScope *scope, const SydraTerm *pattern)
{
	SydraBytes	text = pattern->value.bytes;

	for (int i = 0; i < text.length; i += pg_mblen(text.data + i))
	{
		if (text.data[i] == '\\' && ++i >= text.length)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_INVALID_ARGUMENT, pattern->offset,
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
		check_like(scope, lsecond(term->arguments));
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
	else if (sydra_function_wants_constant(term->function, 0))
		term->function->prepare(&call);
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
	call->preferred = SYDRA_KIND_NULL;
	for (int i = call->count - 1; i >= 0; i--)
		if (!has_no_kind(call->arguments[i]))
			call->preferred = call->arguments[i]->kind;
	if (!try_readings(scope, call, 0))
		raise_call(scope, call);
	for (int i = 0; i < call->count; i++)
	{
		SydraTerm  *term = coerce(scope, call->arguments[i], call->chosen[i]);

		term = coerce(scope, term, call->wanted[i]);
		if (sydra_function_wants_constant(call->function, i))
			term = require_constant(scope, call, term);
		check_months(scope, call, term);
		call->arguments[i] = term;
	}
}

static SydraTerm *
build_call(SydraScope *scope, Call *call)
{
	List	   *arguments = NIL;
	SydraTerm  *term;

	resolve_call(scope, call);
	for (int i = 0; i < call->count; i++)
		arguments = lappend(arguments, call->arguments[i]);
	term = make_call(call->function, call->result, arguments, call->offset);
	check_constants(scope, term);
	return term;
}

static SydraTerm *
build_operator(SydraScope *scope, const char *name, List *arguments, int offset)
{
	Call		call = {.name = name,.operator = true,.offset = offset};
	ListCell   *cell;

	call.comparison = strchr("=!<>", name[0]) != NULL || strcmp(name, "in") == 0;
	call.arguments = palloc(sizeof(SydraTerm *) * list_length(arguments));
	foreach(cell, arguments)
		call.arguments[call.count++] = lfirst(cell);
	return build_call(scope, &call);
}

/* NULL when the term cannot be of the kind. */
static SydraTerm *
coerce(SydraScope *scope, SydraTerm *term, SydraKind kind)
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
			return build_operator(scope, "to_float", list_make1(term), term->offset);
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

/*
 * Comparisons.
 */

/* A tag's place in a comparison: a missing one reads as ''. */
static SydraTerm *
compared(SydraScope *scope, SydraTerm *term)
{
	SydraTerm  *empty;
	const SydraScanColumn *column;

	if (term->type != SYDRA_TERM_COLUMN || term->kind == SYDRA_KIND_NULL ||
		term->column >= SYDRA_CALL_COLUMN)
		return term;
	column = list_nth(scope->query->scan_columns, term->column);
	if (column->type != SYDRA_SCAN_TAG)
		return term;
	empty = sydra_constant_make(SYDRA_KIND_TEXT, term->offset);
	empty->typid = TEXTOID;
	empty->value.isnull = false;
	empty->value.bytes.data = "";
	return build_function(scope, "coalesce", list_make2(term, empty), term->offset);
}

static SydraTerm *
build_function(SydraScope *scope, const char *name, List *arguments, int offset)
{
	Call		call = {.name = name,.offset = offset};
	ListCell   *cell;

	call.arguments = palloc(sizeof(SydraTerm *) * Max(list_length(arguments), 1));
	foreach(cell, arguments)
		call.arguments[call.count++] = lfirst(cell);
	return build_call(scope, &call);
}

static SydraTerm *
build_comparison(SydraScope *scope, const char *name, SydraTerm *left, SydraTerm *right, int offset)
{
	return build_operator(scope, name,
						  list_make2(compared(scope, left), compared(scope, right)), offset);
}

static SydraTerm *
build_not(SydraScope *scope, SydraTerm *term, bool negated, int offset)
{
	return negated ? build_operator(scope, "not", list_make1(term), offset) : term;
}

static SydraTerm *
make_text(const char *text, int offset)
{
	SydraTerm  *term = sydra_constant_make(SYDRA_KIND_TEXT, offset);

	term->typid = TEXTOID;
	term->value.isnull = false;
	term->value.bytes.data = text;
	term->value.bytes.length = strlen(text);
	return term;
}

/* text =~ /pattern/flags */
static SydraTerm *
build_match(SydraScope *scope, SydraTerm *left, const SydraExpr *right, bool negated, int offset)
{
	List	   *arguments = list_make1(compared(scope, left));

	if (right->kind == SYDRA_EXPR_REGEX)
	{
		arguments = lappend(arguments, make_text(right->regex.pattern, right->span.start));
		if (right->regex.flags[0] != '\0')
			arguments = lappend(arguments, make_text(right->regex.flags, right->span.start));
	}
	else
		arguments = lappend(arguments, infer(scope, right));
	return build_not(scope, build_operator(scope, "=~", arguments, offset), negated, offset);
}

static SydraTerm *
build_binary(SydraScope *scope, const SydraExpr *expr, SydraTerm *left)
{
	SydraOperator op = expr->binary.op;
	int			offset = expr->binary.op_span.start;

	if (op == SYDRA_OP_MATCH || op == SYDRA_OP_NOT_MATCH)
		return build_match(scope, left, expr->binary.right, op == SYDRA_OP_NOT_MATCH, offset);
	if (op >= SYDRA_OP_EQ && op <= SYDRA_OP_GE)
		return build_comparison(scope, sydra_ast_operator_text(op), left, infer(scope, expr->binary.right),
								offset);
	return build_operator(scope, sydra_ast_operator_text(op),
						  list_make2(left, infer(scope, expr->binary.right)), offset);
}

/* The left operands of a chain are as deep as the query is long: a list, not recursion. */
static SydraTerm *
infer_binary(SydraScope *scope, const SydraExpr *expr)
{
	List	   *chain = NIL;
	SydraTerm  *term;

	for (; expr->kind == SYDRA_EXPR_BINARY; expr = expr->binary.left)
		chain = lappend(chain, unconstify(SydraExpr *, expr));
	term = infer(scope, expr);
	for (int i = list_length(chain) - 1; i >= 0; i--)
		term = build_binary(scope, list_nth(chain, i), term);
	return term;
}

static SydraTerm *
infer_between(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *low = build_comparison(scope, ">=", infer(scope, expr->between.operand),
									   infer(scope, expr->between.low), expr->span.start);
	SydraTerm  *high = build_comparison(scope, "<=", infer(scope, expr->between.operand),
										infer(scope, expr->between.high), expr->span.start);
	SydraTerm  *both = build_operator(scope, "and", list_make2(low, high), expr->span.start);

	return build_not(scope, both, expr->between.negated, expr->span.start);
}

/* A list of constants is one operator; any other is an OR of equalities. */
static SydraTerm *
infer_in(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *operand = compared(scope, infer(scope, expr->in.operand));
	List	   *items = list_make1(operand);
	List	   *equalities = NIL;
	bool		constant = true;
	SydraTerm  *term;

	for (int i = 0; i < expr->in.item_count; i++)
	{
		SydraTerm  *item = infer(scope, expr->in.items[i]);

		items = lappend(items, item);
		constant = constant && item->type == SYDRA_TERM_CONST;
	}
	if (constant)
		term = build_operator(scope, "in", items, expr->span.start);
	else
	{
		for (int i = 1; i < list_length(items); i++)
			equalities = lappend(equalities,
								 build_comparison(scope, "=", operand, list_nth(items, i),
												  expr->in.items[i - 1]->span.start));
		term = list_length(equalities) == 1 ? linitial(equalities) :
			build_operator(scope, "or", equalities, expr->span.start);
	}
	return build_not(scope, term, expr->in.negated, expr->span.start);
}

/* Where any scalar will do a field reads as its text. */
static SydraTerm *
scalar(SydraScope *scope, SydraTerm *term)
{
	if (has_no_kind(term))
		return coerce(scope, term, SYDRA_KIND_TEXT);
	return term;
}

static SydraTerm *
infer_list(SydraScope *scope, const SydraExpr *expr)
{
	List	   *terms = NIL;

	for (int i = 0; i < expr->list.arg_count; i++)
	{
		SydraTerm  *term = infer(scope, expr->list.args[i]);

		if (has_no_kind(term))
			term = coerce(scope, term, SYDRA_KIND_BOOL);
		terms = lappend(terms, term);
	}
	return build_operator(scope, expr->kind == SYDRA_EXPR_AND ? "and" : "or", terms,
						  expr->span.start);
}

static SydraTerm *
infer_negate(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term = infer(scope, expr->operand);

	if (is_literal(term, SYDRA_KIND_DURATION) && term->value.months != 0)
	{
		SydraTerm  *negated = sydra_constant_make(SYDRA_KIND_DURATION, expr->span.start);

		negated->typid = term->typid;
		negated->value = term->value;
		negated->value.months = -term->value.months;
		return negated;
	}
	return build_operator(scope, "neg", list_make1(term), expr->span.start);
}

/*
 * Calls.
 */

/* A chain of operators is parsed by a loop, but its terms stand inside each other. */
static void
check_depth(SydraScope *scope, const SydraTerm *term, int depth)
{
	ListCell   *cell;

	if (depth > TERM_DEPTH_MAX)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, term->offset,
								  "an expression holds too many operators inside each other"),
				errdetail("The limit is %d levels.", TERM_DEPTH_MAX));
	foreach(cell, term->arguments)
		check_depth(scope, lfirst(cell), depth + 1);
}

static bool
equal_lists(List *a, List *b)
{
	ListCell   *cell_a;
	ListCell   *cell_b;

	if (list_length(a) != list_length(b))
		return false;
	forboth(cell_a, a, cell_b, b)
		if (!sydra_term_equal(lfirst(cell_a), lfirst(cell_b)))
			return false;
	return true;
}

static bool
equal_calls(const SydraAggregateCall *a, const SydraAggregateCall *b)
{
	if (a->function != b->function || a->distinct != b->distinct ||
		(a->filter == NULL) != (b->filter == NULL))
		return false;
	return equal_lists(a->arguments, b->arguments) &&
		(a->filter == NULL || sydra_term_equal(a->filter, b->filter));
}

/* The place of the call among the query's; the same call is made once. */
static int
add_call(SydraScope *scope, SydraAggregateCall *call, const char *name)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	foreach(cell, query->calls)
	{
		CHECK_FOR_INTERRUPTS();
		if (equal_calls(lfirst(cell), call))
			return foreach_current_index(cell);
	}
	if (list_length(query->calls) >= MaxTupleAttributeNumber)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, -1,
								  "a query takes at most %d aggregates", MaxTupleAttributeNumber));
	query->calls = lappend(query->calls, call);
	query->call_names = lappend(query->call_names, pstrdup(name));
	return list_length(query->calls) - 1;
}

static void
check_aggregate_place(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	if (scope->in_aggregate)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "aggregate \"%s\" cannot stand inside another aggregate", name));
	if (!scope->takes_aggregates)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "aggregate \"%s\" cannot stand in %s", name, scope->clause),
				strcmp(scope->clause, "WHERE") == 0 ?
				errhint("Conditions on aggregates go to HAVING.") : 0);
}

static SydraTerm *
infer_aggregate(SydraScope *scope, const SydraExpr *expr, const char *name)
{
	SydraScope	inner = *scope;
	SydraAggregateCall *aggregate = palloc0(sizeof(SydraAggregateCall));
	Call		call = {.name = name,.offset = expr->span.start};
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	check_aggregate_place(scope, expr, name);
	inner.in_aggregate = true;
	inner.takes_aliases = false;
	call.arguments = palloc(sizeof(SydraTerm *) * Max(expr->call.arg_count, 1));
	for (int i = 0; i < expr->call.arg_count; i++)
	{
		SydraTerm  *argument = infer(&inner, expr->call.args[i]);

		call.arguments[call.count++] = strcmp(name, "count") == 0 ? scalar(&inner, argument) :
			argument;
	}
	if (expr->call.filter)
		aggregate->filter = sydra_infer_as(&inner, expr->call.filter, SYDRA_KIND_BOOL,
										   "FILTER's condition");
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	resolve_call(scope, &call);
	aggregate->function = call.function;
	aggregate->distinct = expr->call.distinct;
	aggregate->kind = call.result;
	for (int i = 0; i < call.count; i++)
	{
		check_depth(scope, call.arguments[i], 1);
		aggregate->arguments = lappend(aggregate->arguments, call.arguments[i]);
	}
	if (aggregate->distinct &&
		(call.count != 1 || call.arguments[0]->kind == SYDRA_KIND_DATUM))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, expr->span.start,
								  "DISTINCT takes one argument that can be compared"));
	if (sydra_function_needs_order(call.function))
	{
		aggregate->arguments = lappend(aggregate->arguments, sydra_name_time(scope));
		aggregate->arguments = lappend(aggregate->arguments, sydra_name_rank(scope));
		aggregate->arguments = lappend(aggregate->arguments, sydra_name_write_order(scope));
	}
	term->type = SYDRA_TERM_COLUMN;
	term->kind = aggregate->kind;
	if (scope->after_fill && sydra_query_fill_widens(scope->query, aggregate->kind))
		term->kind = SYDRA_KIND_FLOAT;
	term->typid = sydra_infer_type(term->kind);
	term->offset = expr->span.start;
	term->column = SYDRA_CALL_COLUMN + add_call(scope, aggregate, name);
	return term;
}

/* Functions are known in small letters; in a call any case will do. */
static const char *
function_name(const SydraExpr *expr)
{
	SydraFunctionClass class;
	char	   *name = pstrdup(expr->call.name.text);

	if (expr->call.name.quoted || sydra_function_class_by_name(name, &class))
		return name;
	for (char *at = name; *at; at++)
		*at = pg_ascii_tolower(*at);
	return sydra_function_class_by_name(name, &class) ? name : expr->call.name.text;
}

static SydraTerm *
infer_call(SydraScope *scope, const SydraExpr *expr)
{
	const char *name = function_name(expr);
	SydraFunctionClass class;
	bool		known = sydra_function_class_by_name(name, &class);
	SydraScope	inner = *scope;
	List	   *arguments = NIL;

	if (known && class == SYDRA_FUNCTION_AGGREGATE)
		return infer_aggregate(scope, expr, name);
	if (known && class == SYDRA_FUNCTION_WINDOW)
		sydra_scope_not_supported(scope, expr->span.start, psprintf("%s()", name), NULL);
	if (known && (expr->call.star || expr->call.distinct || expr->call.filter))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, expr->span.start,
								  "\"%s\" is no aggregate: *, DISTINCT and FILTER mean nothing to it",
								  name));
	if (strcmp(name, "time_bucket") == 0)
		inner.takes_aliases = false;
	for (int i = 0; i < expr->call.arg_count; i++)
		arguments = lappend(arguments, infer(&inner, expr->call.args[i]));
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	return build_function(scope, name, arguments, expr->span.start);
}

/*
 * Everything.
 */

static SydraTerm *
make_literal(const SydraExpr *expr, SydraKind kind)
{
	SydraTerm  *term = sydra_constant_make(kind, expr->span.start);

	term->typid = sydra_infer_type(kind);
	term->value.isnull = false;
	return term;
}

static SydraTerm *
infer(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term;

	if (stack_is_too_deep())
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TOO_COMPLEX, expr->span.start,
								  "expression is nested too deeply"));
	switch (expr->kind)
	{
		case SYDRA_EXPR_NULL:
			return sydra_constant_make(SYDRA_KIND_NULL, expr->span.start);
		case SYDRA_EXPR_BOOL:
			return sydra_constant_bool(expr->boolean, expr->span.start);
		case SYDRA_EXPR_INTEGER:
			term = make_literal(expr, SYDRA_KIND_INT);
			term->value.integer = expr->integer;
			return term;
		case SYDRA_EXPR_FLOAT:
			term = make_literal(expr, SYDRA_KIND_FLOAT);
			term->value.real = expr->number;
			return term;
		case SYDRA_EXPR_STRING:
			return make_text(expr->string, expr->span.start);
		case SYDRA_EXPR_DURATION:
			term = make_literal(expr, SYDRA_KIND_DURATION);
			term->value.integer = expr->duration.us;
			term->value.months = expr->duration.months;
			return term;
		case SYDRA_EXPR_TIMESTAMP:
			term = make_literal(expr, SYDRA_KIND_TIME);
			term->value.integer = expr->timestamp.us;
			return term;
		case SYDRA_EXPR_REGEX:
		case SYDRA_EXPR_JSON:
			break;
		case SYDRA_EXPR_PARAMETER:
			return sydra_parameter_term(scope, expr);
		case SYDRA_EXPR_NAME:
			return sydra_name_resolve(scope, &expr->name);
		case SYDRA_EXPR_CALL:
			return infer_call(scope, expr);
		case SYDRA_EXPR_NEGATE:
			return infer_negate(scope, expr);
		case SYDRA_EXPR_NOT:
			return build_operator(scope, "not", list_make1(infer(scope, expr->operand)),
								  expr->span.start);
		case SYDRA_EXPR_AND:
		case SYDRA_EXPR_OR:
			return infer_list(scope, expr);
		case SYDRA_EXPR_BINARY:
			return infer_binary(scope, expr);
		case SYDRA_EXPR_BETWEEN:
			return infer_between(scope, expr);
		case SYDRA_EXPR_IN:
			return infer_in(scope, expr);
		case SYDRA_EXPR_LIKE:
			term = compared(scope, infer(scope, expr->like.operand));
			term = build_operator(scope, "like",
								  list_make2(term, infer(scope, expr->like.pattern)),
								  expr->span.start);
			return build_not(scope, term, expr->like.negated, expr->span.start);
		case SYDRA_EXPR_IS_NULL:
			term = scalar(scope, infer(scope, expr->is_null.operand));
			term = build_operator(scope, "is null", list_make1(term), expr->span.start);
			return build_not(scope, term, expr->is_null.negated, expr->span.start);
	}
	elog(ERROR, "expression %d does not stand alone", (int) expr->kind);
}

SydraTerm *
sydra_infer(SydraScope *scope, const SydraExpr *expr)
{
	SydraTerm  *term = infer(scope, expr);

	check_depth(scope, term, 1);
	if (has_no_kind(term))
		return coerce(scope, term, term->type == SYDRA_TERM_COLUMN ? scope->field_kind :
					  SYDRA_KIND_TEXT);
	return term;
}

SydraTerm *
sydra_infer_as(SydraScope *scope, const SydraExpr *expr, SydraKind kind, const char *what)
{
	SydraTerm  *term = infer(scope, expr);
	SydraTerm  *fitting;

	check_depth(scope, term, 1);
	fitting = coerce(scope, term, kind);
	if (fitting == NULL)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, expr->span.start,
								  "%s must be %s, not %s", what, kind_text(kind),
								  kind_text(term->kind)));
	return fitting;
}

SydraTerm *
sydra_infer_matcher(SydraScope *scope, const SydraMatcher *matcher)
{
	SydraTerm  *tag = sydra_name_tag(scope, &matcher->tag);
	int			offset = matcher->op_span.start;

	if (matcher->op == SYDRA_OP_MATCH || matcher->op == SYDRA_OP_NOT_MATCH)
		return build_match(scope, tag, matcher->value, matcher->op == SYDRA_OP_NOT_MATCH, offset);
	return build_comparison(scope, sydra_ast_operator_text(matcher->op), tag, infer(scope, matcher->value),
							offset);
}

SydraTerm *
sydra_infer_and(List *terms)
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
