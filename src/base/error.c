/*
 * error.c
 *	  sydraQL's errors as ereport() sees them, and the nearest name for a hint.
 */
#include "postgres.h"

#include <ctype.h>

#include "mb/pg_wchar.h"
#include "utils/varlena.h"

#include "base/error.h"
#include "base/setting.h"

#define EXCERPT_BYTES 64

int
sydra_errcode(SydraErrorName error)
{
	const char *state = sydra_error_sqlstate(error);

	return errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]));
}

/* The line of a place, and its column in characters, from 1. */
static int
find_line(const char *source, int offset, int *column)
{
	int			line = 1;
	int			start = 0;

	for (int i = 0; i < offset; i++)
	{
		if (source[i] != '\n' && (source[i] != '\r' || source[i + 1] == '\n'))
			continue;
		line++;
		start = i + 1;
	}
	*column = pg_mbstrlen_with_len(source + start, offset - start) + 1;
	return line;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char) c) || IS_HIGHBIT_SET(c) || strchr("_.:$", c) != NULL;
}

/* The word, the quoted text or the sign that begins at a place, in bytes. */
static int
measure_word(const char *text)
{
	int			length = 1;

	if (*text == '\'' || *text == '"')
	{
		const char *end = strchr(text + 1, *text);

		return end ? (int) (end - text) + 1 : (int) strlen(text);
	}
	/* A timestamp is one word too. */
	if (is_word(*text))
		while (text[length] != '\0' &&
			   (is_word(text[length]) ||
				(text[length] == '-' && isdigit((unsigned char) *text))))
			length++;
	else if (strchr("<>=!~|&", *text) != NULL)
		length = strspn(text, "<>=!~|&");
	return length;
}

static void
detail_place(const char *source, int offset)
{
	const char *text = source + offset;
	int			word;
	int			shown;
	int			column;
	int			line = find_line(source, offset, &column);

	if (*text == '\0')
	{
		errdetail("The query ends at line %d, column %d.", line, column);
		return;
	}
	word = measure_word(text);
	shown = pg_mbcliplen(text, word, EXCERPT_BYTES);
	errdetail("Found \"%.*s%s\" at line %d, column %d.", shown, text, shown < word ? "..." : "", line,
			  column);
}

int
sydra_errposition(SydraErrorName error, const char *source, int offset)
{
	errhint("%s", sydra_error_hint(error));
	if (offset < 0)
		return 0;
	detail_place(source, offset);
	internalerrquery(source);
	return internalerrposition(pg_mbstrlen_with_len(source, offset) + 1);
}

void
sydra_error_check_memory(Size used)
{
	if (used <= (Size) sydra_setting_query_mem * 1024)
		return;
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_MEMORY_LIMIT),
			SYDRA_ERRMSG(SYDRA_ERR_MEMORY_LIMIT, "query needs more than %d kB of memory",
						 sydra_setting_query_mem),
			errdetail("It holds %zu kB.", used / 1024),
			errhint("Ask for fewer groups or series, or raise sydraql.query_mem."));
}

void
sydra_nearest_add(SydraNearest *state, const char *candidate)
{
	int			length = strlen(state->name);
	int			candidate_length = strlen(candidate);
	/* Two letters that changed places are a distance of two. */
	int			most = state->nearest ? state->distance - 1 : Min(3, Max(1, length / 2));
	int			distance;

	if (length < 2 || most < 1 || length > NAMEDATALEN || candidate_length > NAMEDATALEN)
		return;
	distance = varstr_levenshtein_less_equal(state->name, length, candidate, candidate_length,
											 1, 1, 1, most, true);
	if (distance <= most)
	{
		state->nearest = candidate;
		state->distance = distance;
	}
}
