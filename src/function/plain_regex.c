/*
 * plain_regex.c
 *	  =~ as a function of plain SQL.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/sql_function.h"
#include "series/regex.h"

/* The pattern of the calls so far; mostly it is that of all. */
typedef struct Pattern
{
	text	   *pattern;
	text	   *flags;
	SydraRegex *regex;
} Pattern;

SYDRA_FUNCTION(sydra_plain_regex_matches);

static bool
is_same(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static Pattern *
compile(const text *pattern, const text *flags)
{
	Pattern    *compiled = palloc(sizeof(Pattern));

	compiled->pattern = cstring_to_text_with_len(VARDATA_ANY(pattern),
												 VARSIZE_ANY_EXHDR(pattern));
	compiled->flags = cstring_to_text_with_len(VARDATA_ANY(flags), VARSIZE_ANY_EXHDR(flags));
	compiled->regex = sydra_regex_compile(VARDATA(compiled->pattern),
										  VARSIZE_ANY_EXHDR(compiled->pattern),
										  text_to_cstring(compiled->flags), "", -1);
	return compiled;
}

/* (value text, pattern text, flags text) */
Datum
sydra_plain_regex_matches(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	text	   *pattern = PG_GETARG_TEXT_PP(1);
	text	   *flags = PG_GETARG_TEXT_PP(2);
	Pattern    *known = fcinfo->flinfo->fn_extra;
	MemoryContext context;
	MemoryContext caller;

	if (known == NULL || !is_same(known->pattern, pattern) || !is_same(known->flags, flags))
	{
		if (known != NULL)
			MemoryContextDelete(GetMemoryChunkContext(known));
		fcinfo->flinfo->fn_extra = NULL;
		context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "sydra pattern",
										ALLOCSET_SMALL_SIZES);
		caller = MemoryContextSwitchTo(context);
		known = compile(pattern, flags);
		MemoryContextSwitchTo(caller);
		fcinfo->flinfo->fn_extra = known;
	}
	PG_RETURN_BOOL(sydra_regex_matches(known->regex, VARDATA_ANY(value),
									   VARSIZE_ANY_EXHDR(value)));
}
