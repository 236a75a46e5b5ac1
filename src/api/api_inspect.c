/*
 * api_inspect.c
 *	  The stages of the language, for people to look at.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "api/api_diagnostic.h"
#include "base/sql_function.h"
#include "function/registry.h"
#include "lang/ast_dump.h"
#include "lang/lexer.h"

#define TOKEN_COLUMNS 7

static void
put_token(ReturnSetInfo *result, const SydraToken *token, const char *source, int number,
		  const SydraPosition *position)
{
	Datum		values[TOKEN_COLUMNS];
	bool		nulls[TOKEN_COLUMNS] = {false};
	const char *kind = sydra_token_kind_name(token->kind);

	values[0] = Int32GetDatum(number);
	values[1] = CStringGetTextDatum(token->fault == SYDRA_FAULT_NONE ? kind : "error");
	values[2] = PointerGetDatum(cstring_to_text_with_len(source + token->start,
														 token->end - token->start));
	values[3] = Int32GetDatum(position->line);
	values[4] = Int32GetDatum(position->column);
	values[5] = Int32GetDatum(token->start);
	values[6] = Int32GetDatum(token->end);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * sydra.tokens(text): the lexer's view.  A faulty token is a row of kind error, so that the rows
 * always cover the text.
 */
SYDRA_FUNCTION(sydra_tokens);

Datum
sydra_tokens(PG_FUNCTION_ARGS)
{
	text	   *query = PG_GETARG_TEXT_PP(0);
	const char *source = VARDATA_ANY(query);
	int			length = VARSIZE_ANY_EXHDR(query);
	SydraTokenKind previous = SYDRA_TOKEN_END;
	SydraPosition position = {0, 1, 1};
	SydraLexer	lexer;
	SydraToken	token;

	sydra_api_check_length(length);
	InitMaterializedSRF(fcinfo, 0);
	sydra_lexer_init(&lexer, source, length);
	for (int number = 1;; number++)
	{
		CHECK_FOR_INTERRUPTS();

		/* Only a row's fields begin with a brace behind a comma: there the parser asks for JSON. */
		if (previous == SYDRA_TOKEN_COMMA)
			sydra_lexer_next_json(&lexer, &token);
		else
			sydra_lexer_next(&lexer, &token);
		if (token.start == token.end)
			break;
		sydra_position_advance(&position, source, token.start, sydra_api_char_length());
		put_token((ReturnSetInfo *) fcinfo->resultinfo, &token, source, number, &position);
		previous = token.kind;
	}
	return (Datum) 0;
}

/* sydra.tree(text): the parser's view. */
SYDRA_FUNCTION(sydra_tree);

Datum
sydra_tree(PG_FUNCTION_ARGS)
{
	text	   *query = PG_GETARG_TEXT_PP(0);
	SydraStatement *statement = sydra_parse(VARDATA_ANY(query), VARSIZE_ANY_EXHDR(query));
	SydraArena	arena = sydra_api_arena();

	PG_RETURN_TEXT_P(cstring_to_text(sydra_ast_dump(statement, &arena)));
}

/* sydra_catalog.functions(): the registry. */
SYDRA_FUNCTION(sydra_functions);

/* ANY is what takes every kind, or what the first argument is. */
static const char *
name_kind(SydraKind kind, Oid type, const char *any)
{
	if (kind == SYDRA_KIND_NULL)
		return any;
	return kind == SYDRA_KIND_DATUM ? format_type_be(type) : sydra_kind_name(kind);
}

static Datum
list_arguments(const SydraFunctionRow *row)
{
	Datum		names[SYDRA_FUNCTION_ARGUMENTS];

	for (int i = 0; i < row->allowed; i++)
	{
		const char *name = name_kind(row->kinds[i], InvalidOid, "any");

		if (i >= row->required)
			name = psprintf("[%s]", name);
		if (row->variadic && i == row->allowed - 1)
			name = psprintf("%s ...", name);
		names[i] = CStringGetTextDatum(name);
	}
	return PointerGetDatum(construct_array(names, row->allowed, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static void
put_text(Datum *value, bool *isnull, const char *text)
{
	*isnull = text == NULL;
	if (text != NULL)
		*value = CStringGetTextDatum(text);
}

/* What is said of a name is said in each of its rows. */
Datum
sydra_functions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SydraFunctionRow row;
	SydraFunctionRow first = {0};

	InitMaterializedSRF(fcinfo, 0);
	for (int at = 0; sydra_function_row(at, &row); at++)
	{
		Datum		values[7];
		bool		nulls[7] = {false};
		bool		known = false;

		/* The two names of one function take turns. */
		for (int i = 0; row.signature == NULL && !known; i++)
		{
			sydra_function_row(i, &first);
			known = strcmp(first.name, row.name) == 0;
		}
		if (row.signature != NULL)
			first = row;
		values[0] = CStringGetTextDatum(row.name);
		values[1] = CStringGetTextDatum(sydra_function_class_name(row.class));
		values[2] = list_arguments(&row);
		values[3] = CStringGetTextDatum(name_kind(row.result, row.result_type,
												  "as the first argument"));
		put_text(&values[4], &nulls[4], first.signature);
		put_text(&values[5], &nulls[5], first.doc);
		put_text(&values[6], &nulls[6], first.example);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
