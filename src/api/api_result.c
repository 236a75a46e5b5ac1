/*
 * api_result.c
 *	  Makes rows of a set-returning function, as records or as JSON.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "api/api_datum.h"
#include "api/api_result.h"

struct SydraResult
{
	ReturnSetInfo *set;
	MemoryContext context;		/* of the caller's query */
	MemoryContext scratch;		/* of one batch */
	Tuplestorestate *rows;
	TupleDesc	columns;		/* of the query */
	TupleDesc	returned;		/* of the rows: with json one column */
	bool		json;
	SydraDatumColumn *batch;	/* one for each column */
};

static void add_row(SydraResult *result, int row, Datum *values, bool *nulls);
static Datum make_object(SydraResult *result, const Datum *values, const bool *nulls);
static void push_datum(JsonbParseState **state, Oid type, Datum value);
static Jsonb *read_json(Datum json);
static void set_string(JsonbValue *item, char *text);

SydraResult *
sydra_result_begin(ReturnSetInfo *set)
{
	MemoryContext context = set->econtext->ecxt_per_query_memory;
	MemoryContext previous = MemoryContextSwitchTo(context);
	SydraResult *result = palloc0(sizeof(SydraResult));

	result->set = set;
	result->context = context;
	result->rows = tuplestore_begin_heap(set->allowedModes & SFRM_Materialize_Random, false,
										 work_mem);
	MemoryContextSwitchTo(previous);
	result->scratch = AllocSetContextCreate(previous, "sydra result", ALLOCSET_DEFAULT_SIZES);
	return result;
}

void
sydra_result_set_columns(SydraResult *result, TupleDesc columns)
{
	MemoryContext previous = MemoryContextSwitchTo(result->context);

	result->columns = CreateTupleDescCopy(columns);
	result->returned = BlessTupleDesc(CreateTupleDescCopy(columns));
	MemoryContextSwitchTo(previous);
	result->batch = sydra_datum_columns(columns);
}

void
sydra_result_as_json(SydraResult *result)
{
	MemoryContext previous = MemoryContextSwitchTo(result->context);

	result->json = true;
	result->returned = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(result->returned, 1, "row", JSONBOID, -1, 0);
	MemoryContextSwitchTo(previous);
}

TupleDesc
sydra_result_columns(const SydraResult *result)
{
	return result->columns;
}

void
sydra_result_add(SydraResult *result, const SydraBatch *batch)
{
	MemoryContext previous = MemoryContextSwitchTo(result->scratch);
	int			column_count = result->columns->natts;
	int			count = batch->selected ? batch->selected_count : batch->count;
	Datum	   *values;
	bool	   *nulls;

	MemoryContextReset(result->scratch);
	values = palloc(column_count * sizeof(Datum));
	nulls = palloc(column_count * sizeof(bool));
	sydra_datum_read(result->batch, column_count, batch);
	for (int i = 0; i < count; i++)
		add_row(result, batch->selected ? batch->selected[i] : i, values, nulls);
	MemoryContextSwitchTo(previous);
}

static void
add_row(SydraResult *result, int row, Datum *values, bool *nulls)
{
	for (int i = 0; i < result->columns->natts; i++)
	{
		values[i] = result->batch[i].values[row];
		nulls[i] = result->batch[i].nulls[row];
	}
	if (result->json)
	{
		Datum		object = make_object(result, values, nulls);
		bool		isnull = false;

		tuplestore_putvalues(result->rows, result->returned, &object, &isnull);
	}
	else
		tuplestore_putvalues(result->rows, result->returned, values, nulls);
}

void
sydra_result_add_texts(SydraResult *result, const char *const *texts)
{
	MemoryContext previous = MemoryContextSwitchTo(result->scratch);
	int			column_count = result->columns->natts;

	MemoryContextReset(result->scratch);
	for (int i = 0; i < column_count; i++)
	{
		result->batch[i].nulls[0] = texts[i] == NULL;
		if (texts[i] != NULL)
			result->batch[i].values[0] = CStringGetTextDatum(texts[i]);
	}
	add_row(result, 0, palloc(column_count * sizeof(Datum)), palloc(column_count * sizeof(bool)));
	MemoryContextSwitchTo(previous);
}

void
sydra_result_add_text(SydraResult *result, const char *line)
{
	sydra_result_add_texts(result, &line);
}

void
sydra_result_add_count(SydraResult *result, int64 count)
{
	result->batch[0].values[0] = Int64GetDatum(count);
	result->batch[0].nulls[0] = false;
	add_row(result, 0, &(Datum){0}, &(bool){false});
}

void
sydra_result_end(SydraResult *result)
{
	result->set->returnMode = SFRM_Materialize;
	result->set->setResult = result->rows;
	result->set->setDesc = result->returned;
	MemoryContextDelete(result->scratch);
}

static Datum
make_object(SydraResult *result, const Datum *values, const bool *nulls)
{
	JsonbParseState *state = NULL;
	JsonbValue	item;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < result->columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(result->columns, i);

		set_string(&item, NameStr(column->attname));
		pushJsonbValue(&state, WJB_KEY, &item);
		if (nulls[i])
		{
			item.type = jbvNull;
			pushJsonbValue(&state, WJB_VALUE, &item);
		}
		else
			push_datum(&state, column->atttypid, values[i]);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* As to_jsonb() would, but for times, which are in UTC whatever TimeZone says. */
static void
push_datum(JsonbParseState **state, Oid type, Datum value)
{
	JsonbValue	item;
	int			utc = 0;
	Oid			output;
	bool		varlena;

	switch (type)
	{
		case BOOLOID:
			item.type = jbvBool;
			item.val.boolean = DatumGetBool(value);
			break;
		case INT2OID:
			item.type = jbvNumeric;
			item.val.numeric = int64_to_numeric(DatumGetInt16(value));
			break;
		case INT4OID:
			item.type = jbvNumeric;
			item.val.numeric = int64_to_numeric(DatumGetInt32(value));
			break;
		case INT8OID:
			item.type = jbvNumeric;
			item.val.numeric = int64_to_numeric(DatumGetInt64(value));
			break;
		case FLOAT8OID:
			set_string(&item, DatumGetCString(DirectFunctionCall1(float8out, value)));
			if (isfinite(DatumGetFloat8(value)))
			{
				item.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in,
																	   CStringGetDatum(item.val.string.val),
																	   ObjectIdGetDatum(InvalidOid),
																	   Int32GetDatum(-1)));
				item.type = jbvNumeric;
			}
			break;
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
			set_string(&item, JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, type, &utc));
			break;
		case JSONOID:
		case JSONBOID:
			{
				Jsonb	   *jsonb = type == JSONBOID ? DatumGetJsonbP(value) : read_json(value);

				if (JB_ROOT_IS_SCALAR(jsonb))
				{
					JsonbIterator *iterator = JsonbIteratorInit(&jsonb->root);

					/* The array around the scalar, then it. */
					JsonbIteratorNext(&iterator, &item, true);
					JsonbIteratorNext(&iterator, &item, true);
				}
				else
				{
					item.type = jbvBinary;
					item.val.binary.data = &jsonb->root;
					item.val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
				}
				break;
			}
		default:
			getTypeOutputInfo(type, &output, &varlena);
			set_string(&item, OidOutputFunctionCall(output, value));
			break;
	}
	pushJsonbValue(state, WJB_VALUE, &item);
}

static Jsonb *
read_json(Datum json)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(TextDatumGetCString(json))));
}

static void
set_string(JsonbValue *item, char *text)
{
	item->type = jbvString;
	item->val.string.val = text;
	item->val.string.len = strlen(text);
}
