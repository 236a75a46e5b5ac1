/*
 * plain_scalar.c
 *	  Scalars of the language as functions of plain SQL.
 *
 * One function serves all: it finds its row in the registry by its own name and the types of its
 * arguments, and evaluates a batch of one row.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/sql_function.h"
#include "function/call.h"
#include "function/eval.h"
#include "function/plain_state.h"

SYDRA_FUNCTION(sydra_plain_scalar);

/* A call, made ready once a query. */
typedef struct Scalar
{
	SydraVector arguments[SYDRA_FUNCTION_ARGUMENTS];
	const SydraVector *vectors[SYDRA_FUNCTION_ARGUMENTS];
	const SydraValue *constants[SYDRA_FUNCTION_ARGUMENTS];
	SydraBytes	room[SYDRA_FUNCTION_ARGUMENTS + 1]; /* for one element of any kind */
	uint64		valid_room[SYDRA_VALID_WORDS];
	SydraVector result;
	SydraCall	call;
} Scalar;

SydraKind
sydra_plain_kind(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return SYDRA_KIND_BOOL;
		case INT8OID:
			return SYDRA_KIND_INT;
		case FLOAT8OID:
			return SYDRA_KIND_FLOAT;
		case TEXTOID:
			return SYDRA_KIND_TEXT;
		case TIMESTAMPTZOID:
			return SYDRA_KIND_TIME;
		case INTERVALOID:
			return SYDRA_KIND_DURATION;
		default:
			elog(ERROR, "type %u is no argument of this function", type);
	}
}

void
sydra_plain_value(SydraKind kind, Datum datum, SydraValue *value)
{
	text	   *bytes;
	const Interval *interval;

	memset(value, 0, sizeof(*value));
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			value->boolean = DatumGetBool(datum);
			return;
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			value->integer = DatumGetInt64(datum);
			return;
		case SYDRA_KIND_FLOAT:
			value->real = DatumGetFloat8(datum);
			return;
		case SYDRA_KIND_TEXT:
			bytes = DatumGetTextPP(datum);
			value->bytes = (SydraBytes) {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
			return;
		case SYDRA_KIND_DURATION:
			interval = DatumGetIntervalP(datum);
			value->months = interval->month;
			if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &value->integer) ||
				pg_add_s64_overflow(value->integer, interval->time, &value->integer))
				ereport(ERROR,
						errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("interval out of range"));
			return;
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

Datum
sydra_plain_datum(SydraKind kind, const SydraValue *value)
{
	Interval   *interval;

	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			return BoolGetDatum(value->boolean);
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
			return Int64GetDatum(value->integer);
		case SYDRA_KIND_FLOAT:
			return Float8GetDatum(value->real);
		case SYDRA_KIND_TEXT:
			return PointerGetDatum(cstring_to_text_with_len(value->bytes.data,
															value->bytes.length));
		case SYDRA_KIND_DURATION:
			interval = palloc0(sizeof(Interval));
			interval->time = value->integer;
			return IntervalPGetDatum(interval);
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_FLOAT4:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

static Scalar *
open_scalar(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	char	   *name = get_func_name(function);
	Scalar	   *scalar = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Scalar));
	SydraKind	kinds[SYDRA_FUNCTION_ARGUMENTS];
	Oid		   *types;
	int			count;
	int			position;

	get_func_signature(function, &types, &count);
	for (int i = 0; i < count; i++)
		kinds[i] = sydra_plain_kind(types[i]);
	if (sydra_function_resolve(name, count, kinds, &scalar->call.function, &scalar->result.kind,
							   &position) != SYDRA_RESOLVED ||
		scalar->call.function->class != SYDRA_FUNCTION_SCALAR)
		elog(ERROR, "function %s is not in the registry", name);
	for (int i = 0; i < count; i++)
	{
		scalar->arguments[i].kind = kinds[i];
		scalar->arguments[i].count = 1;
		scalar->arguments[i].values = &scalar->room[i];
		scalar->vectors[i] = &scalar->arguments[i];
	}
	scalar->result.count = 1;
	scalar->result.values = &scalar->room[count];
	scalar->call.argument_count = count;
	scalar->call.arguments = scalar->vectors;
	scalar->call.constants = scalar->constants;
	scalar->call.count = scalar->call.selected_count = 1;
	scalar->call.result = &scalar->result;
	scalar->call.valid_room = scalar->valid_room;
	scalar->call.source = "";
	scalar->call.offset = -1;
	return scalar;
}

/* Strict, as the functions are that it serves. */
Datum
sydra_plain_scalar(PG_FUNCTION_ARGS)
{
	Scalar	   *scalar = fcinfo->flinfo->fn_extra;
	SydraValue	value;

	if (scalar == NULL)
		fcinfo->flinfo->fn_extra = scalar = open_scalar(fcinfo);
	for (int i = 0; i < scalar->call.argument_count; i++)
	{
		sydra_plain_value(scalar->arguments[i].kind, PG_GETARG_DATUM(i), &value);
		sydra_eval_store(&scalar->arguments[i], 0, &value);
	}
	scalar->result.valid = NULL;
	scalar->call.function->evaluate(&scalar->call);
	sydra_eval_read(&scalar->result, 0, &value);
	if (value.isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(sydra_plain_datum(scalar->result.kind, &value));
}
