/*
 * regex.c
 *	  Patterns on texts.
 *
 * A pattern runs at most once for each distinct text, and never long.  PCRE2 has a limit of steps,
 * but it begins anew at each place of the text where a match may begin, and to run over the whole
 * text is one step.  So a short text is tried within a limit that is low enough for all its places
 * together.  Where that is not enough, and for long texts, the pattern runs once more, compiled to
 * call back before each of its items: this is slower, but counts everything, and can be interrupted.
 *
 * What PCRE2 allocates comes from the memory context of the regex.  Compiled code and its stack are
 * not allocated that way, so a callback frees them with the context.
 */
#include "postgres.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/error.h"
#include "series/regex.h"
#include "vector/vector.h"

/* Steps on one text, doc/language.md: so many, and some more for each byte of it. */
#define STEPS_MAX 1000000
#define STEPS_PER_BYTE 4

/* To move so far is a step. */
#define STEP_BYTES 16

/* The longest text that is tried without counting, and the steps then, at all places together. */
#define QUICK_BYTES_MAX 1024
#define QUICK_STEPS 200000

#define DEPTH_LIMIT 10000
#define HEAP_LIMIT_KB 1024
#define JIT_STACK_BYTES (512 * 1024)
#define PATTERN_BYTES_MAX (64 * 1024)

/* Beyond so many values, or bytes of them, what is known is forgotten. */
#define KNOWN_MAX 100000
#define KNOWN_BYTES_MAX (4 * 1024 * 1024)

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
	SydraBytes	pattern;
	uint32_t	options;
	pcre2_general_context *general;
	pcre2_code *quick;
	pcre2_code *counted;		/* NULL until it is needed */
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	uint64		steps;			/* on this text */
	uint64		steps_max;
	PCRE2_SIZE	place;			/* in the text, at the last step */
	known_hash *known;
	Size		known_bytes;
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
	if (regex->quick != NULL)
		pcre2_code_free(regex->quick);
	if (regex->counted != NULL)
		pcre2_code_free(regex->counted);
	regex->stack = NULL;
	regex->quick = NULL;
	regex->counted = NULL;
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

/* NULL when the pattern is not one, or too large. */
static pcre2_code *
compile_code(SydraRegex *regex, uint32_t options, int *error, PCRE2_SIZE *place)
{
	pcre2_compile_context *compile = pcre2_compile_context_create(regex->general);
	pcre2_code *code;

	if (compile == NULL)
		raise_out_of_memory();
	pcre2_set_max_pattern_length(compile, PATTERN_BYTES_MAX);
	code = pcre2_compile((PCRE2_SPTR) regex->pattern.data, regex->pattern.length, options, error,
						 place, compile);
	pcre2_compile_context_free(compile);

	/* Without machine code, on some machines, the interpreter runs. */
	if (code != NULL)
		(void) pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

static void
prepare_match(SydraRegex *regex)
{
	regex->match = pcre2_match_context_create(regex->general);
	regex->data = pcre2_match_data_create(1, regex->general);
	if (regex->match == NULL || regex->data == NULL)
		raise_out_of_memory();
	pcre2_set_depth_limit(regex->match, DEPTH_LIMIT);
	pcre2_set_heap_limit(regex->match, HEAP_LIMIT_KB);
	regex->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, regex->general);
	if (regex->stack != NULL)
		pcre2_jit_stack_assign(regex->match, NULL, regex->stack);
}

SydraRegex *
sydra_regex_compile(const char *pattern, int length, const char *flags, const char *source,
					int offset)
{
	uint32_t	options = read_flags(flags, source, offset);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "sydra regex",
												  ALLOCSET_SMALL_SIZES);
	SydraRegex *regex = MemoryContextAllocZero(context, sizeof(SydraRegex));
	char	   *copy = MemoryContextAlloc(context, Max(length, 1));
	int			error;
	PCRE2_SIZE	place;

	memcpy(copy, pattern, length);
	regex->context = context;
	regex->source = source;
	regex->offset = offset;
	regex->pattern.data = copy;
	regex->pattern.length = length;
	regex->options = options;
	regex->release.func = free_regex;
	regex->release.arg = regex;
	MemoryContextRegisterResetCallback(context, &regex->release);
	regex->general = pcre2_general_context_create(allocate, release, context);
	if (regex->general == NULL)
		raise_out_of_memory();
	regex->quick = compile_code(regex, options, &error, &place);
	if (regex->quick == NULL)
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
	prepare_match(regex);
	regex->known_context = AllocSetContextCreate(context, "sydra regex values",
												 ALLOCSET_DEFAULT_SIZES);
	regex->known = known_create(regex->known_context, 64, NULL);
	return regex;
}

static int
run_code(SydraRegex *regex, const pcre2_code *code, uint32_t limit, SydraBytes text)
{
	pcre2_set_match_limit(regex->match, limit);
	return pcre2_match(code, (PCRE2_SPTR) text.data, text.length, 0, 0, regex->data,
					   regex->match);
}

/* Called before each item of the pattern, at every try. */
static int
count_step(pcre2_callout_block *at, void *arg)
{
	SydraRegex *regex = arg;
	PCRE2_SIZE	place = at->current_position;

	regex->steps += 1 + (place > regex->place ? place - regex->place : regex->place - place) /
		STEP_BYTES;
	regex->place = place;
	if (regex->steps > regex->steps_max)
		return PCRE2_ERROR_MATCHLIMIT;

	/* The error is raised when PCRE2 has returned. */
	if ((QueryCancelPending || ProcDiePending) && INTERRUPTS_CAN_BE_PROCESSED())
		return PCRE2_ERROR_CALLOUT;
	return 0;
}

static int
run_counted(SydraRegex *regex, SydraBytes text)
{
	int			result;

	if (regex->counted == NULL)
	{
		PCRE2_SIZE	place;
		int			error;

		regex->counted = compile_code(regex, regex->options | PCRE2_AUTO_CALLOUT, &error, &place);
		if (regex->counted == NULL)
			ereport(ERROR,
					sydra_errcode(SYDRA_ERR_REGEX_LIMIT),
					SYDRA_ERRMSG(SYDRA_ERR_REGEX_LIMIT, "the pattern is too long for such a value"),
					sydra_errposition(SYDRA_ERR_REGEX_LIMIT, regex->source, regex->offset),
					errdetail("The pattern has %d bytes, and the value %d.",
							  regex->pattern.length, text.length),
					errhint("Patterns of more than some 8000 characters are for values of up to "
							"%d bytes.", QUICK_BYTES_MAX));
	}
	regex->steps_max = STEPS_MAX + STEPS_PER_BYTE * (uint64) text.length;
	pcre2_set_callout(regex->match, count_step, regex);
	do
	{
		CHECK_FOR_INTERRUPTS();
		regex->steps = 0;
		regex->place = 0;
		result = run_code(regex, regex->counted, PG_UINT32_MAX, text);
	} while (result == PCRE2_ERROR_CALLOUT);
	pcre2_set_callout(regex->match, NULL, NULL);
	return result;
}

static bool
run_regex(SydraRegex *regex, SydraBytes text)
{
	int			result = PCRE2_ERROR_MATCHLIMIT;

	if (text.length <= QUICK_BYTES_MAX)
		result = run_code(regex, regex->quick, QUICK_STEPS / (text.length + 1), text);
	if (result == PCRE2_ERROR_MATCHLIMIT)
		result = run_counted(regex, text);
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
					errdetail("The value has %d bytes.", text.length),
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
	if (regex->known->members >= KNOWN_MAX || regex->known_bytes > KNOWN_BYTES_MAX)
	{
		MemoryContextReset(regex->known_context);
		regex->known = known_create(regex->known_context, 64, NULL);
		regex->known_bytes = 0;
	}
	regex->known_bytes += length;
	copy = MemoryContextAlloc(regex->known_context, Max(length, 1));
	memcpy(copy, text, length);
	value.data = copy;
	known = known_insert(regex->known, value, &found);
	known->matches = matches;
	return matches;
}
