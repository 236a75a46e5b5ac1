/*
 * text.c
 *	  Functions of texts.  A text is bytes in the database encoding, without a header.
 */
#include "postgres.h"

#include "catalog/pg_collation_d.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"

#include "base/setting.h"
#include "function/call.h"
#include "series/regex.h"

/* Texts of rows that nobody asked for are empty. */
static SydraBytes *
begin(SydraCall *call)
{
	memset(call->result->values, 0, call->count * sizeof(SydraBytes));
	return SYDRA_RESULT(call, SydraBytes);
}

static void
change_case(SydraCall *call, char *(*change) (const char *, size_t, Oid))
{
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	SydraBytes *result = begin(call);

	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(call->result, row))
			continue;
		result[row].data = change(text[row].data, text[row].length, DEFAULT_COLLATION_OID);
		result[row].length = strlen(result[row].data);
	}
}

void
sydra_text_upper(SydraCall *call)
{
	change_case(call, str_toupper);
}

void
sydra_text_lower(SydraCall *call)
{
	change_case(call, str_tolower);
}

void
sydra_text_of_int(SydraCall *call)
{
	const int64 *integer = SYDRA_ARGUMENT(call, 0, int64);
	SydraBytes *result = begin(call);

	SYDRA_FOR_ROWS(call, row)
	{
		char		digits[MAXINT8LEN + 1];

		if (sydra_vector_is_null(call->result, row))
			continue;
		result[row].length = pg_lltoa(integer[row], digits);
		result[row].data = pnstrdup(digits, result[row].length);
	}
}

void
sydra_text_of_bool(SydraCall *call)
{
	const uint8 *boolean = SYDRA_ARGUMENT(call, 0, uint8);
	SydraBytes *result = begin(call);

	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(call->result, row))
			continue;
		result[row].data = boolean[row] ? "true" : "false";
		result[row].length = strlen(result[row].data);
	}
}

void
sydra_text_length(SydraCall *call)
{
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	int64	   *result = SYDRA_RESULT(call, int64);

	memset(result, 0, call->count * sizeof(int64));
	SYDRA_FOR_ROWS(call, row)
	{
		if (!sydra_vector_is_null(call->result, row))
			result[row] = pg_mbstrlen_with_len(text[row].data, text[row].length);
	}
}

/*
 * Adds a text to what the call has made of a batch.  All of that is held at once, so it is bounded
 * here, before it is there.
 */
static void
take_room(const SydraCall *call, int64 length, int64 *taken)
{
	*taken += length;
	if (length <= MaxAllocSize - VARHDRSZ && *taken <= (int64) sydra_setting_query_mem * 1024)
		return;
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_MEMORY_LIMIT),
			SYDRA_ERRMSG(SYDRA_ERR_MEMORY_LIMIT, "texts of \"%s\" need more than %d kB of memory",
						 call->function->name, sydra_setting_query_mem),
			sydra_errposition(SYDRA_ERR_MEMORY_LIMIT, call->source, call->offset));
}

void
sydra_text_concat(SydraCall *call)
{
	SydraBytes *result = begin(call);
	int64		taken = 0;

	call->result->valid = NULL;
	SYDRA_FOR_ROWS(call, row)
	{
		int64		length = 0;
		char	   *end;

		for (int i = 0; i < call->argument_count; i++)
			if (!sydra_vector_is_null(call->arguments[i], row))
				length += SYDRA_ARGUMENT(call, i, SydraBytes)[row].length;
		take_room(call, length, &taken);
		result[row].data = end = palloc(Max(length, 1));
		result[row].length = length;
		for (int i = 0; i < call->argument_count; i++)
		{
			SydraBytes	part = SYDRA_ARGUMENT(call, i, SydraBytes)[row];

			if (sydra_vector_is_null(call->arguments[i], row) || part.length == 0)
				continue;
			memcpy(end, part.data, part.length);
			end += part.length;
		}
	}
}

/* As SQL's substring: places before the first character count, too. */
static SydraBytes
cut(SydraBytes text, int64 start, int64 count)
{
	SydraBytes	result = {text.data, 0};
	const char *limit = text.data + text.length;
	const char *at = text.data;
	int64		end;

	if (pg_add_s64_overflow(start, count, &end))
		end = PG_INT64_MAX;
	for (int64 place = 1; place < start && at < limit; place++)
		at += pg_mblen(at);
	at = Min(at, limit);
	result.data = at;
	for (int64 place = Max(start, 1); place < end && at < limit; place++)
		at += pg_mblen(at);
	result.length = Min(at, limit) - result.data;
	return result;
}

void
sydra_text_substr(SydraCall *call)
{
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	const int64 *start = SYDRA_ARGUMENT(call, 1, int64);
	const int64 *count = call->argument_count > 2 ? SYDRA_ARGUMENT(call, 2, int64) : NULL;
	SydraBytes *result = begin(call);

	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(call->result, row))
			continue;
		if (count != NULL && count[row] < 0)
			sydra_call_set_null(call, row);
		else
			result[row] = cut(text[row], start[row], count ? count[row] : PG_INT64_MAX);
	}
}

/*
 * Where what begins in [at, limit), or NULL.  The encodings of servers allow search by bytes.  What
 * is looked for may begin nearly everywhere.
 */
static const char *
find(const char *at, const char *limit, SydraBytes what)
{
	while (limit - at >= what.length)
	{
		CHECK_FOR_INTERRUPTS();
		at = memchr(at, what.data[0], limit - at - what.length + 1);
		if (at == NULL || memcmp(at, what.data, what.length) == 0)
			return at;
		at++;
	}
	return NULL;
}

static SydraBytes
replace(const SydraCall *call, SydraBytes text, SydraBytes from, SydraBytes to, int64 *taken)
{
	const char *limit = text.data + text.length;
	int64		found = 0;
	int64		length;
	const char *at = text.data;
	const char *next;
	char	   *end;
	SydraBytes	result;

	if (from.length == 0)
		return text;
	for (; (next = find(at, limit, from)) != NULL; at = next + from.length)
		found++;
	if (found == 0)
		return text;
	length = text.length + found * ((int64) to.length - from.length);
	take_room(call, length, taken);
	result.data = end = palloc(Max(length, 1));
	result.length = length;
	for (at = text.data; (next = find(at, limit, from)) != NULL; at = next + from.length)
	{
		memcpy(end, at, next - at);
		end += next - at;
		if (to.length > 0)
			memcpy(end, to.data, to.length);
		end += to.length;
	}
	memcpy(end, at, limit - at);
	return result;
}

void
sydra_text_replace(SydraCall *call)
{
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	const SydraBytes *from = SYDRA_ARGUMENT(call, 1, SydraBytes);
	const SydraBytes *to = SYDRA_ARGUMENT(call, 2, SydraBytes);
	SydraBytes *result = begin(call);
	int64		taken = 0;

	SYDRA_FOR_ROWS(call, row)
	{
		if (!sydra_vector_is_null(call->result, row))
			result[row] = replace(call, text[row], from[row], to[row], &taken);
	}
}

static void
raise_escape(const SydraCall *call)
{
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_INVALID_ARGUMENT),
			SYDRA_ERRMSG(SYDRA_ERR_INVALID_ARGUMENT,
						 "LIKE pattern must not end with escape character"),
			sydra_errposition(SYDRA_ERR_INVALID_ARGUMENT, call->source, call->offset));
}

/*
 * % any characters, _ one, \ takes the next literally.  On a mismatch the last % takes one more
 * character: a match found further left by an earlier % is never better.
 */
static bool
matches_like(const SydraCall *call, SydraBytes text, SydraBytes pattern)
{
	const char *t = text.data;
	const char *t_limit = text.data + text.length;
	const char *p = pattern.data;
	const char *p_limit = pattern.data + pattern.length;
	const char *retry_t = NULL;
	const char *retry_p = NULL;

	for (;;)
	{
		bool		fits = false;

		if (p < p_limit && *p == '%')
		{
			retry_p = ++p;
			retry_t = t;
			continue;
		}
		if (p < p_limit && *p == '\\' && p + 1 == p_limit)
			raise_escape(call);
		if (p == p_limit && t == t_limit)
			return true;
		if (p < p_limit && t < t_limit)
		{
			bool		escaped = *p == '\\';
			const char *literal = p + escaped;

			if (*p == '_')
			{
				fits = true;
				p++;
				t += pg_mblen(t);
				t = Min(t, t_limit);
			}
			else if (*literal == *t)
			{
				fits = true;
				p = literal + 1;
				t++;
			}
		}
		if (fits)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (retry_p == NULL || retry_t >= t_limit)
			return false;
		retry_t += pg_mblen(retry_t);
		t = retry_t = Min(retry_t, t_limit);
		p = retry_p;
	}
}

void
sydra_text_like(SydraCall *call)
{
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	const SydraBytes *pattern = SYDRA_ARGUMENT(call, 1, SydraBytes);
	uint8	   *result = SYDRA_RESULT(call, uint8);

	memset(result, 0, call->count);
	SYDRA_FOR_ROWS(call, row)
	{
		if (!sydra_vector_is_null(call->result, row))
			result[row] = matches_like(call, text[row], pattern[row]);
	}
}

/* NULL for a null pattern, with which every result is null. */
void *
sydra_text_matches_prepare(const SydraCall *call)
{
	const SydraValue *pattern = call->constants[1];
	const char *flags = "";

	if (call->argument_count > 2)
	{
		if (call->constants[2]->isnull)
			return NULL;
		flags = pnstrdup(call->constants[2]->bytes.data, call->constants[2]->bytes.length);
	}
	if (pattern->isnull)
		return NULL;
	return sydra_regex_compile(pattern->bytes.data, pattern->bytes.length, flags,
							   call->source, call->offset);
}

void
sydra_text_matches(SydraCall *call)
{
	SydraRegex *regex = call->state;
	const SydraBytes *text = SYDRA_ARGUMENT(call, 0, SydraBytes);
	uint8	   *result = SYDRA_RESULT(call, uint8);
	SydraBytes	last = {NULL, -1};
	bool		last_matches = false;

	memset(result, 0, call->count);
	if (regex == NULL)
		return;
	SYDRA_FOR_ROWS(call, row)
	{
		if (sydra_vector_is_null(call->result, row))
			continue;
		/* Rows of one series share their texts. */
		if (text[row].data != last.data || text[row].length != last.length)
		{
			last = text[row];
			last_matches = sydra_regex_matches(regex, last.data, last.length);
		}
		result[row] = last_matches;
	}
}
