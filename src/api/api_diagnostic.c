/*
 * api_diagnostic.c
 *	  Runs the parser inside the server and turns its faults into one error.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "api/api_diagnostic.h"
#include "base/error.h"
#include "base/setting.h"
#include "lang/parser.h"

static void *
alloc_in_context(void *context, size_t size)
{
	return MemoryContextAlloc((MemoryContext) context, size);
}

SydraArena
sydra_api_arena(void)
{
	SydraArena	arena = {.alloc = alloc_in_context, .context = CurrentMemoryContext};

	return arena;
}

SydraCharLength
sydra_api_char_length(void)
{
	return GetDatabaseEncoding() == PG_UTF8 ? NULL : pg_mblen;
}

void
sydra_api_check_length(int length)
{
	if (length > sydra_setting_max_query_length)
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_QUERY_TOO_LONG),
				SYDRA_ERRMSG(SYDRA_ERR_QUERY_TOO_LONG, "the query has %d bytes", length),
				errdetail("The limit is %d bytes.", sydra_setting_max_query_length),
				errhint("Split the query, or raise sydraql.max_query_length."));
}

/* All faults, a line each. */
static char *
list_faults(const SydraDiagnostics *diagnostics, const char *query)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < diagnostics->count; i++)
	{
		const SydraDiagnostic *fault = &diagnostics->items[i];
		SydraPosition position = {0, 1, 1};

		sydra_position_advance(&position, query, fault->span.start, diagnostics->char_length);
		appendStringInfo(&text, "%sline %d, column %d: %s: %s", i > 0 ? "\n" : "",
						 position.line, position.column, sydra_error_name(fault->error),
						 fault->message);
	}
	return text.data;
}

static void
raise_faults(const SydraDiagnostics *diagnostics, const char *query)
{
	const SydraDiagnostic *first = &diagnostics->items[0];
	const char *detail = first->detail;

	if (diagnostics->count > 1)
		detail = list_faults(diagnostics, query);
	ereport(ERROR,
			sydra_errcode(first->error),
			SYDRA_ERRMSG(first->error, "%s", first->message),
			sydra_errposition(first->error, query, first->span.start),
			detail != NULL ? errdetail("%s", detail) : 0,
			first->hint != NULL ? errhint("%s", first->hint) : 0);
}

SydraStatement *
sydra_parse(const char *query, int length)
{
	SydraArena	arena = sydra_api_arena();
	SydraDiagnostics diagnostics = {0};
	SydraParserInput input = {
		.source = query,
		.length = length,
		.arena = &arena,
		.diagnostics = &diagnostics,
		.char_length = sydra_api_char_length(),
		.too_deep = stack_is_too_deep,
	};
	SydraStatement *statement;

	sydra_api_check_length(length);
	statement = sydra_parser_parse(&input);
	if (statement == NULL)
		raise_faults(&diagnostics, pnstrdup(query, length));
	return statement;
}
