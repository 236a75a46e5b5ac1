/*
 * tag_predicate.c
 *	  Evaluates tag predicates on series.
 *
 * A pattern runs at most once for each distinct value, and never long: PCRE2 counts its steps and
 * gives up, here and in the code that it compiles to, and its stacks are bounded.
 *
 * What PCRE2 allocates comes from the memory context of the regex.  Compiled code and its stack are
 * not allocated that way, so a callback frees them with the context.
 */
#include "postgres.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/error.h"
#include "series/tag_predicate.h"

#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 10000
#define HEAP_LIMIT_KB 1024
#define JIT_STACK_BYTES (512 * 1024)
#define PATTERN_BYTES_MAX (64 * 1024)

/* Beyond so many values what is known is forgotten. */
#define KNOWN_MAX 100000

typedef struct KnownValue
{
	SydraBytes	value;
	uint32		hash;
	bool		matches;
	char		status;
} KnownValue;

#define SH_PREFIX known
#define SH_ELEMENT_TYPE KnownValue
#define SH_KEY_TYPE SydraBytes
#define SH_KEY value
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).data, (key).length)
#define SH_EQUAL(table, a, b) \
	((a).length == (b).length && memcmp((a).data, (b).data, (a).length) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct SydraRegex
{
	MemoryContext context;
	MemoryContext known_context;
	MemoryContextCallback release;
	const char *source;
	int			offset;
	pcre2_general_context *general;
	pcre2_code *code;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	known_hash *known;
};

static void *
allocate(size_t size, void *context)
{
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_NO_OOM);
}

static void
release(void *pointer, void *context)
{
	if (pointer != NULL)
		pfree(pointer);
}

/* Called just before the context's memory goes. */
static void
free_regex(void *arg)
{
	SydraRegex *regex = arg;

	if (regex->stack != NULL)
		pcre2_jit_stack_free(regex->stack);
	if (regex->code != NULL)
		pcre2_code_free(regex->code);
	regex->stack = NULL;
	regex->code = NULL;
}

static uint32_t
read_flags(const char *flags, const char *source, int offset)
{
	uint32_t	options = PCRE2_NEVER_BACKSLASH_C;

	if (GetDatabaseEncoding() == PG_UTF8)
		options |= PCRE2_UTF;
	for (const char *flag = flags; flag != NULL && *flag != '\0'; flag++)
	{
		switch (*flag)
		{
			case 'i':
				options |= PCRE2_CASELESS;
				break;
			case 'm':
				options |= PCRE2_MULTILINE;
				break;
			case 's':
				options |= PCRE2_DOTALL;
				break;
			case 'x':
				options |= PCRE2_EXTENDED;
				break;
			default:
				ereport(ERROR,
						sydra_errcode(SYDRA_ERR_REGEX_SYNTAX),
						SYDRA_ERRMSG(SYDRA_ERR_REGEX_SYNTAX, "unknown flag \"%c\"", *flag),
						sydra_errposition(SYDRA_ERR_REGEX_SYNTAX, source, offset),
						errhint("The flags are i, m, s and x."));
		}
	}
	return options;
}

static void
raise_out_of_memory(void)
{
	ereport(ERROR,
			errcode(ERRCODE_OUT_OF_MEMORY),
			errmsg("out of memory"),
			errdetail("Failed to prepare a regular expression."));
}

SydraRegex *
sydra_regex_compile(const char *pattern, int length, const char *flags, const char *source,
					int offset)
{
	uint32_t	options = read_flags(flags, source, offset);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra regex",
												  ALLOCSET_SMALL_SIZES);
	SydraRegex *regex = MemoryContextAllocZero(context, sizeof(SydraRegex));
	pcre2_compile_context *compile;
	int			error;
	PCRE2_SIZE	place;

	regex->context = context;
	regex->source = source;
	regex->offset = offset;
	regex->release.func = free_regex;
	regex->release.arg = regex;
	MemoryContextRegisterResetCallback(context, &regex->release);
	regex->general = pcre2_general_context_create(allocate, release, context);
	if (regex->general == NULL)
		raise_out_of_memory();
	compile = pcre2_compile_context_create(regex->general);
	if (compile == NULL)
		raise_out_of_memory();
	pcre2_set_max_pattern_length(compile, PATTERN_BYTES_MAX);
	regex->code = pcre2_compile((PCRE2_SPTR) pattern, length, options, &error, &place, compile);
	if (regex->code == NULL)
	{
		PCRE2_UCHAR text[256];

		pcre2_get_error_message(error, text, sizeof(text));
		ereport(ERROR,
				sydra_errcode(SYDRA_ERR_REGEX_SYNTAX),
				SYDRA_ERRMSG(SYDRA_ERR_REGEX_SYNTAX, "%s", (char *) text),
				sydra_errposition(SYDRA_ERR_REGEX_SYNTAX, source, offset),
				errdetail("At character %d of the pattern.",
						  pg_mbstrlen_with_len(pattern, Min((int) place, length)) + 1));
	}
	pcre2_compile_context_free(compile);

	/* Without compiled code, on some machines, the interpreter runs. */
	(void) pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	regex->match = pcre2_match_context_create(regex->general);
	regex->data = pcre2_match_data_create(1, regex->general);
	if (regex->match == NULL || regex->data == NULL)
		raise_out_of_memory();
	pcre2_set_match_limit(regex->match, MATCH_LIMIT);
	pcre2_set_depth_limit(regex->match, DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->match, HEAP_LIMIT_KB);
	regex->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, regex->general);
	if (regex->stack != NULL)
		pcre2_jit_stack_assign(regex->match, NULL, regex->stack);
	regex->known_context = AllocSetContextCreate(context, "sydra regex values",
												 ALLOCSET_DEFAULT_SIZES);
	regex->known = known_create(regex->known_context, 64, NULL);
	return regex;
}

static bool
run_regex(SydraRegex *regex, SydraBytes value)
{
	int			result = pcre2_match(regex->code, (PCRE2_SPTR) value.data, value.length, 0, 0,
									 regex->data, regex->match);

	if (result >= 0)
		return true;
	switch (result)
	{
		case PCRE2_ERROR_NOMATCH:
			return false;
		case PCRE2_ERROR_NOMEMORY:
			raise_out_of_memory();
			break;
		case PCRE2_ERROR_MATCHLIMIT:
		case PCRE2_ERROR_DEPTHLIMIT:
		case PCRE2_ERROR_HEAPLIMIT:
		case PCRE2_ERROR_JIT_STACKLIMIT:
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_REGEX_LIMIT),
					SYDRA_ERRMSG(SYDRA_ERR_REGEX_LIMIT,
								 "the pattern takes too many steps on one value"),
					sydra_errposition(SYDRA_ERR_REGEX_LIMIT, regex->source, regex->offset),
					errdetail("The value has %d bytes.", value.length),
					errhint("Nested repetitions, as in (a+)+, are the usual cause."));
			break;
	}
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_REGEX_LIMIT),
			SYDRA_ERRMSG(SYDRA_ERR_REGEX_LIMIT, "the pattern cannot be matched"),
			sydra_errposition(SYDRA_ERR_REGEX_LIMIT, regex->source, regex->offset),
			errdetail("PCRE2 gives error %d.", result));
}

bool
sydra_regex_matches(SydraRegex *regex, const char *text, int length)
{
	SydraBytes	value = {text, length};
	KnownValue *known = known_lookup(regex->known, value);
	bool		matches;
	bool		found;
	char	   *copy;

	if (known != NULL)
		return known->matches;
	CHECK_FOR_INTERRUPTS();
	matches = run_regex(regex, value);
	if (regex->known->members >= KNOWN_MAX)
	{
		MemoryContextReset(regex->known_context);
		regex->known = known_create(regex->known_context, 64, NULL);
	}
	copy = MemoryContextAlloc(regex->known_context, Max(length, 1));
	memcpy(copy, text, length);
	value.data = copy;
	known = known_insert(regex->known, value, &found);
	known->matches = matches;
	return matches;
}

/* Predicates -----------------------------------------------------------------------------------*/

static int
compare_bytes(SydraBytes a, SydraBytes b)
{
	int			order = memcmp(a.data, b.data, Min(a.length, b.length));

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool
is_like(SydraBytes text, SydraBytes pattern)
{
	Datum		text_datum = PointerGetDatum(cstring_to_text_with_len(text.data, text.length));
	Datum		pattern_datum = PointerGetDatum(cstring_to_text_with_len(pattern.data,
																		 pattern.length));
	bool		result = DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID, text_datum,
															  pattern_datum));

	pfree(DatumGetPointer(text_datum));
	pfree(DatumGetPointer(pattern_datum));
	return result;
}

static bool
is_one_of(const SydraTagPredicate *predicate, SydraBytes text)
{
	for (int i = 0; i < predicate->value_count; i++)
		if (compare_bytes(text, predicate->values[i]) == 0)
			return true;
	return false;
}

static bool
compare_tag(SydraTagPredicate *predicate, SydraBytes text)
{
	switch (predicate->op)
	{
		case SYDRA_TAG_EQ:
		case SYDRA_TAG_IN:
			return is_one_of(predicate, text);
		case SYDRA_TAG_NE:
		case SYDRA_TAG_NOT_IN:
			return !is_one_of(predicate, text);
		case SYDRA_TAG_MATCH:
			return sydra_regex_matches(predicate->regex, text.data, text.length);
		case SYDRA_TAG_NOT_MATCH:
			return !sydra_regex_matches(predicate->regex, text.data, text.length);
		case SYDRA_TAG_LT:
			return compare_bytes(text, predicate->values[0]) < 0;
		case SYDRA_TAG_LE:
			return compare_bytes(text, predicate->values[0]) <= 0;
		case SYDRA_TAG_GT:
			return compare_bytes(text, predicate->values[0]) > 0;
		case SYDRA_TAG_GE:
			return compare_bytes(text, predicate->values[0]) >= 0;
		case SYDRA_TAG_LIKE:
			if (predicate->regex != NULL)
				return sydra_regex_matches(predicate->regex, text.data, text.length);
			return is_like(text, predicate->values[0]);
		case SYDRA_TAG_NOT_LIKE:
			if (predicate->regex != NULL)
				return !sydra_regex_matches(predicate->regex, text.data, text.length);
			return !is_like(text, predicate->values[0]);
		case SYDRA_TAG_IS_NULL:
		case SYDRA_TAG_IS_NOT_NULL:
		case SYDRA_TAG_AND:
		case SYDRA_TAG_OR:
		case SYDRA_TAG_NOT:
			break;
	}
	elog(ERROR, "tag operator %d compares nothing", (int) predicate->op);
}

bool
sydra_tag_predicate_matches(SydraTagPredicate *predicate, SydraDictionary *dictionary,
							uint32 series)
{
	SydraBytes	text = {"", 0};
	ListCell   *cell;
	bool		present;

	check_stack_depth();
	switch (predicate->op)
	{
		case SYDRA_TAG_AND:
			foreach(cell, predicate->arguments)
				if (!sydra_tag_predicate_matches(lfirst(cell), dictionary, series))
					return false;
			return true;
		case SYDRA_TAG_OR:
			foreach(cell, predicate->arguments)
				if (sydra_tag_predicate_matches(lfirst(cell), dictionary, series))
					return true;
			return false;
		case SYDRA_TAG_NOT:
			return !sydra_tag_predicate_matches(linitial(predicate->arguments), dictionary, series);
		default:
			break;
	}
	present = sydra_dictionary_tag(dictionary, series, predicate->key, &text);
	if (predicate->op == SYDRA_TAG_IS_NULL)
		return !present;
	if (predicate->op == SYDRA_TAG_IS_NOT_NULL)
		return present;
	return compare_tag(predicate, text);
}
