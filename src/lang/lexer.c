/*
 * lexer.c
 *	  Cuts a query into tokens.
 *
 * One byte decides which reader runs, and each reader ends where its token ends, so the whole is
 * linear.  Three things depend on what came before: a word after a dot is never reserved, a slash
 * after =~ or !~ opens a regular expression, and JSON is read where the parser asks for it.
 */
#include "lang/lexer.h"

#include <stdlib.h>
#include <string.h>

#include "lang/timestamp.h"

/* What a byte may be part of. */
#define CLASS_SPACE 1
#define CLASS_DIGIT 2
#define CLASS_WORD 4			/* letters, digits and _ */
#define CLASS_HIGH 8			/* part of a character outside ASCII */
#define CLASS_COMMENT 16		/* may begin one */
#define CLASS_MORE 32			/* behind an integer may make it something else */

static const unsigned char byte_class[256] = {
	[' '] = CLASS_SPACE, ['\t'] = CLASS_SPACE, ['\n'] = CLASS_SPACE, ['\r'] = CLASS_SPACE,
	['\f'] = CLASS_SPACE, ['\v'] = CLASS_SPACE,
	['0' ... '9'] = CLASS_DIGIT | CLASS_WORD,
	['A' ... 'Z'] = CLASS_WORD | CLASS_MORE, ['a' ... 'z'] = CLASS_WORD | CLASS_MORE,
	['_'] = CLASS_WORD | CLASS_MORE, ['.'] = CLASS_MORE,
	['-'] = CLASS_COMMENT | CLASS_MORE, ['/'] = CLASS_COMMENT,
	[0x80 ... 0xFF] = CLASS_HIGH | CLASS_MORE,
};

/* The bytes that begin no longer operator. */
static const unsigned char single_operator[256] = {
	['('] = SYDRA_TOKEN_LEFT_PAREN, [')'] = SYDRA_TOKEN_RIGHT_PAREN,
	['{'] = SYDRA_TOKEN_LEFT_BRACE, ['}'] = SYDRA_TOKEN_RIGHT_BRACE,
	[','] = SYDRA_TOKEN_COMMA, ['.'] = SYDRA_TOKEN_DOT, [';'] = SYDRA_TOKEN_SEMICOLON,
	['@'] = SYDRA_TOKEN_AT, ['+'] = SYDRA_TOKEN_PLUS, ['-'] = SYDRA_TOKEN_MINUS,
	['*'] = SYDRA_TOKEN_STAR, ['/'] = SYDRA_TOKEN_SLASH, ['%'] = SYDRA_TOKEN_PERCENT,
};

/* The most digits a float is written with; a double needs 17, and 770 at worst. */
#define MAX_FLOAT_LENGTH 1023
#define MAX_PARAMETER 65535

/* So many always fit into 64 bits. */
#define SHORT_DIGITS 18

void
sydra_lexer_init(SydraLexer *lexer, const char *source, int length)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->source = source;
	lexer->length = length;
	lexer->previous = SYDRA_TOKEN_END;
}

/* The byte at an offset, 0 past the end. */
static inline unsigned char
peek(const SydraLexer *lexer, int offset)
{
	return offset < lexer->length ? (unsigned char) lexer->source[offset] : 0;
}

static inline bool
is_class(const SydraLexer *lexer, int offset, int class)
{
	return (byte_class[peek(lexer, offset)] & class) != 0;
}

static int
skip_class(const SydraLexer *lexer, int offset, int class)
{
	while (is_class(lexer, offset, class))
		offset++;
	return offset;
}

/* The first fault of a token is the one that is told. */
static void
set_fault(SydraToken *token, SydraTokenFault fault, int start, int end)
{
	if (token->fault != SYDRA_FAULT_NONE)
		return;
	token->fault = fault;
	token->fault_span.start = start;
	token->fault_span.end = end;
}

/* The offset past a nested comment that begins at offset, or -1. */
static int
skip_comment(const SydraLexer *lexer, int offset)
{
	int			depth = 0;

	while (offset < lexer->length)
	{
		unsigned char byte = peek(lexer, offset);

		if (byte == '/' && peek(lexer, offset + 1) == '*')
		{
			depth++;
			offset += 2;
		}
		else if (byte == '*' && peek(lexer, offset + 1) == '/')
		{
			depth--;
			offset += 2;
			if (depth == 0)
				return offset;
		}
		else
			offset++;
	}
	return -1;
}

/* Moves over blanks and comments.  False if a comment has no end: it is the token then. */
static bool
skip_space(SydraLexer *lexer)
{
	while (is_class(lexer, lexer->offset, CLASS_SPACE | CLASS_COMMENT))
	{
		lexer->offset = skip_class(lexer, lexer->offset, CLASS_SPACE);
		if (peek(lexer, lexer->offset) == '-' && peek(lexer, lexer->offset + 1) == '-')
		{
			while (lexer->offset < lexer->length &&
				   lexer->source[lexer->offset] != '\n' && lexer->source[lexer->offset] != '\r')
				lexer->offset++;
		}
		else if (peek(lexer, lexer->offset) == '/' && peek(lexer, lexer->offset + 1) == '*')
		{
			int			after = skip_comment(lexer, lexer->offset);

			if (after < 0)
				return false;
			lexer->offset = after;
		}
		else
			break;
	}
	return true;
}

SydraTokenKind
sydra_lexer_keyword(const char *text, int length)
{
	static const struct
	{
		const char *word;
		SydraTokenKind kind;
	}			keywords[] = {
		{"and", SYDRA_TOKEN_AND},
		{"as", SYDRA_TOKEN_AS},
		{"between", SYDRA_TOKEN_BETWEEN},
		{"by", SYDRA_TOKEN_BY},
		{"delete", SYDRA_TOKEN_DELETE},
		{"explain", SYDRA_TOKEN_EXPLAIN},
		{"false", SYDRA_TOKEN_FALSE},
		{"fill", SYDRA_TOKEN_FILL},
		{"from", SYDRA_TOKEN_FROM},
		{"group", SYDRA_TOKEN_GROUP},
		{"having", SYDRA_TOKEN_HAVING},
		{"in", SYDRA_TOKEN_IN},
		{"insert", SYDRA_TOKEN_INSERT},
		{"into", SYDRA_TOKEN_INTO},
		{"is", SYDRA_TOKEN_IS},
		{"join", SYDRA_TOKEN_JOIN},
		{"like", SYDRA_TOKEN_LIKE},
		{"limit", SYDRA_TOKEN_LIMIT},
		{"not", SYDRA_TOKEN_NOT},
		{"null", SYDRA_TOKEN_NULL},
		{"offset", SYDRA_TOKEN_OFFSET},
		{"or", SYDRA_TOKEN_OR},
		{"order", SYDRA_TOKEN_ORDER},
		{"select", SYDRA_TOKEN_SELECT},
		{"true", SYDRA_TOKEN_TRUE},
		{"values", SYDRA_TOKEN_VALUES},
		{"where", SYDRA_TOKEN_WHERE},
		{"with", SYDRA_TOKEN_WITH},
	};

	/* Where the words of a letter begin; a..y, one past the end closes the last. */
	static const signed char first[] = {
		['a' - 'a'] = 0, ['b' - 'a'] = 2, ['c' - 'a'] = 4, ['d' - 'a'] = 4, ['e' - 'a'] = 5,
		['f' - 'a'] = 6, ['g' - 'a'] = 9, ['h' - 'a'] = 10, ['i' - 'a'] = 11, ['j' - 'a'] = 15,
		['k' - 'a'] = 16, ['l' - 'a'] = 16, ['m' - 'a'] = 18, ['n' - 'a'] = 18, ['o' - 'a'] = 20,
		['p' - 'a'] = 23, ['q' - 'a'] = 23, ['r' - 'a'] = 23, ['s' - 'a'] = 23, ['t' - 'a'] = 24,
		['u' - 'a'] = 25, ['v' - 'a'] = 25, ['w' - 'a'] = 26, ['x' - 'a'] = 28, ['y' - 'a'] = 28,
	};
	char		lower[8];
	int			letter;

	if (length < 2 || length > 7)
		return SYDRA_TOKEN_WORD;
	for (int i = 0; i < length; i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char) (text[i] | 0x20) : text[i];
	lower[length] = '\0';
	letter = lower[0] - 'a';
	if (letter < 0 || letter > 'w' - 'a')
		return SYDRA_TOKEN_WORD;
	for (int i = first[letter]; i < first[letter + 1]; i++)
	{
		if (strcmp(keywords[i].word, lower) == 0)
			return keywords[i].kind;
	}
	return SYDRA_TOKEN_WORD;
}

bool
sydra_lexer_is_plain_name(const char *text)
{
	if ((byte_class[(unsigned char) *text] & (CLASS_WORD | CLASS_DIGIT)) != CLASS_WORD)
		return false;
	while (byte_class[(unsigned char) *text] & CLASS_WORD)
		text++;
	return *text == '\0';
}

static void
read_word(SydraLexer *lexer, SydraToken *token)
{
	int			end = skip_class(lexer, token->start, CLASS_WORD);

	if (is_class(lexer, end, CLASS_HIGH))
	{
		end = skip_class(lexer, end, CLASS_WORD | CLASS_HIGH);
		set_fault(token, SYDRA_FAULT_NOT_ASCII, token->start, end);
	}
	token->end = end;
	token->kind = SYDRA_TOKEN_WORD;
	if (end - token->start > SYDRA_MAX_IDENTIFIER)
		set_fault(token, SYDRA_FAULT_LONG_NAME, token->start, end);
	else if (lexer->previous != SYDRA_TOKEN_DOT)
		token->kind = sydra_lexer_keyword(lexer->source + token->start, end - token->start);
}

/* 'text' or "text"; a doubled quote is the quote.  Gives the bytes of the text itself. */
static int
read_quoted(SydraLexer *lexer, SydraToken *token, char quote, SydraTokenFault unterminated)
{
	int			at = token->start + 1;
	int			doubled = 0;

	for (;;)
	{
		const char *found = memchr(lexer->source + at, quote, lexer->length - at);

		if (found == NULL)
		{
			token->end = lexer->length;
			set_fault(token, unterminated, token->start, token->start + 1);
			return token->end - token->start - 1 - doubled;
		}
		at = (int) (found - lexer->source) + 1;
		if (peek(lexer, at) != (unsigned char) quote)
			break;
		doubled++;
		at++;
		token->flags |= SYDRA_TOKEN_ESCAPED;
	}
	token->end = at;
	return token->end - token->start - 2 - doubled;
}

static void
read_string(SydraLexer *lexer, SydraToken *token)
{
	token->kind = SYDRA_TOKEN_STRING;
	read_quoted(lexer, token, '\'', SYDRA_FAULT_STRING_END);
}

static void
read_quoted_name(SydraLexer *lexer, SydraToken *token)
{
	int			length = read_quoted(lexer, token, '"', SYDRA_FAULT_NAME_END);

	token->kind = SYDRA_TOKEN_QUOTED;
	if (length == 0)
		set_fault(token, SYDRA_FAULT_EMPTY_NAME, token->start, token->end);
	if (length > SYDRA_MAX_IDENTIFIER)
		set_fault(token, SYDRA_FAULT_LONG_NAME, token->start, token->end);
}

/* YYYY-MM-DD at offset, and nothing behind it that would make it arithmetic. */
static bool
is_date(const SydraLexer *lexer, int offset)
{
	static const char form[] = "0000-00-00";

	for (int i = 0; form[i] != '\0'; i++)
	{
		if (form[i] == '0' ? !is_class(lexer, offset + i, CLASS_DIGIT)
			: peek(lexer, offset + i) != '-')
			return false;
	}
	offset += (int) sizeof(form) - 1;
	if ((peek(lexer, offset) | 0x20) == 't')
		return is_class(lexer, offset + 1, CLASS_DIGIT);
	if (peek(lexer, offset) == '.')
		return !is_class(lexer, offset + 1, CLASS_DIGIT);
	return !is_class(lexer, offset, CLASS_WORD);
}

static void
read_timestamp(SydraLexer *lexer, SydraToken *token)
{
	SydraTimestampError error;
	int			used;
	int			end;

	error = sydra_timestamp_scan(lexer->source + token->start, lexer->length - token->start, false,
								 &token->value.timestamp.us, &token->value.timestamp.date, &used);
	token->kind = SYDRA_TOKEN_TIMESTAMP;
	token->value.timestamp.error = error;
	token->end = token->start + used;

	/* What sticks to it belongs to it: letters, more fields, an offset without its colon. */
	end = skip_class(lexer, token->end, CLASS_WORD);
	if (token->value.timestamp.date && peek(lexer, end) == ' ' &&
		is_class(lexer, end + 1, CLASS_DIGIT) && is_class(lexer, end + 2, CLASS_DIGIT) &&
		peek(lexer, end + 3) == ':' && is_class(lexer, end + 4, CLASS_DIGIT))
		end += 3;				/* SQL's blank before the time of day */
	else if (end == token->end && error == SYDRA_TIMESTAMP_OK && !token->value.timestamp.date &&
		(lexer->source[end - 1] | 0x20) != 'z' &&
		(peek(lexer, end) == '+' || peek(lexer, end) == '-'))
	{
		int			after = skip_class(lexer, end + 1, CLASS_DIGIT);

		if ((after == end + 3 || after == end + 5) && !is_class(lexer, after, CLASS_WORD) &&
			lexer->source[token->end - 3] == ':' && peek(lexer, end + 1) <= '1')
			end = after;
	}
	while (end > token->end &&
		   (peek(lexer, end) == ':' || peek(lexer, end) == '.') &&
		   is_class(lexer, end + 1, CLASS_DIGIT))
		end = skip_class(lexer, end + 1, CLASS_WORD);
	if (end > token->end && error == SYDRA_TIMESTAMP_OK)
		token->value.timestamp.error = SYDRA_TIMESTAMP_FORM;
	token->end = end;
	if (token->value.timestamp.error != SYDRA_TIMESTAMP_OK)
		set_fault(token, SYDRA_FAULT_TIMESTAMP, token->start, token->end);
}

static void
read_float(SydraLexer *lexer, SydraToken *token)
{
	char		text[MAX_FLOAT_LENGTH + 1];
	int			length = token->end - token->start;
	bool		zero = true;

	token->kind = SYDRA_TOKEN_FLOAT;
	token->value.number = 0;
	if (length > MAX_FLOAT_LENGTH)
	{
		set_fault(token, SYDRA_FAULT_FLOAT_RANGE, token->start, token->end);
		return;
	}
	memcpy(text, lexer->source + token->start, length);
	text[length] = '\0';
	token->value.number = strtod(text, NULL);

	for (int i = 0; i < length && (text[i] | 0x20) != 'e'; i++)
		zero &= text[i] == '0' || text[i] == '.';
	if (token->value.number > 1.7976931348623157e308 || (token->value.number == 0 && !zero))
	{
		set_fault(token, SYDRA_FAULT_FLOAT_RANGE, token->start, token->end);
		token->value.number = 0;
	}
}

static void
read_integer(SydraLexer *lexer, SydraToken *token)
{
	const uint64_t limit = UINT64_C(1) << 63;
	uint64_t	number = 0;

	token->kind = SYDRA_TOKEN_INTEGER;
	for (int i = token->start; i < token->end; i++)
	{
		unsigned	digit = peek(lexer, i) - '0';

		if (number > (limit - digit) / 10)
		{
			set_fault(token, SYDRA_FAULT_INTEGER_RANGE, token->start, token->end);
			number = 0;
			break;
		}
		number = number * 10 + digit;
	}
	token->value.integer = number;
}

static void
read_duration(SydraLexer *lexer, SydraToken *token)
{
	SydraDurationFault fault;
	SydraDurationError error;

	token->kind = SYDRA_TOKEN_DURATION;
	error = sydra_duration_parse(lexer->source + token->start, token->end - token->start,
								 &token->value.duration.value, &fault);
	token->value.duration.error = error;
	if (error != SYDRA_DURATION_OK)
	{
		token->value.duration.unit.start = token->start + fault.unit_start;
		token->value.duration.unit.end = token->value.duration.unit.start + fault.unit_length;
		set_fault(token, SYDRA_FAULT_DURATION, token->start + fault.start,
				  token->start + fault.start + fault.length);
	}
}

/* Most numbers are a few digits, with nothing behind them that could be theirs. */
static bool
read_short_integer(SydraLexer *lexer, SydraToken *token)
{
	const unsigned char *text = (const unsigned char *) lexer->source + token->start;
	int			left = lexer->length - token->start;
	int			length = 0;
	uint64_t	number = 0;

	for (; length < left && (byte_class[text[length]] & CLASS_DIGIT); length++)
		number = number * 10 + (text[length] - '0');
	if (length > SHORT_DIGITS || (length > 1 && text[0] == '0') ||
		(length < left && (byte_class[text[length]] & CLASS_MORE)))
		return false;
	token->kind = SYDRA_TOKEN_INTEGER;
	token->value.integer = number;
	token->end = token->start + length;
	return true;
}

/* Integer, float, duration, date or timestamp. */
static void
read_number(SydraLexer *lexer, SydraToken *token)
{
	int			end;
	bool		is_float = false;

	if (read_short_integer(lexer, token))
		return;
	if (is_date(lexer, token->start))
	{
		read_timestamp(lexer, token);
		return;
	}

	end = skip_class(lexer, token->start, CLASS_DIGIT);
	token->end = end;
	if (end - token->start > 1 && peek(lexer, token->start) == '0')
		set_fault(token, SYDRA_FAULT_LEADING_ZERO, token->start, end);
	if (peek(lexer, end) == '.' && is_class(lexer, end + 1, CLASS_DIGIT))
	{
		is_float = true;
		end = skip_class(lexer, end + 1, CLASS_DIGIT);
	}
	if ((peek(lexer, end) | 0x20) == 'e')
	{
		int			exponent = end + 1;

		if (peek(lexer, exponent) == '+' || peek(lexer, exponent) == '-')
			exponent++;
		if (is_class(lexer, exponent, CLASS_DIGIT))
		{
			is_float = true;
			end = skip_class(lexer, exponent, CLASS_DIGIT);
		}
	}

	token->end = skip_class(lexer, end, CLASS_WORD | CLASS_HIGH);
	if (token->end > end)
	{
		/* 5m30s; but 1.5h and 1e5m are nothing */
		if (!is_float)
		{
			token->fault = SYDRA_FAULT_NONE;
			read_duration(lexer, token);
			return;
		}
		token->kind = SYDRA_TOKEN_FLOAT;
		token->value.number = 0;
		set_fault(token, SYDRA_FAULT_NUMBER_FORM, token->start, token->end);
	}
	else if (is_float)
		read_float(lexer, token);
	else
		read_integer(lexer, token);
}

/* /pattern/flags */
static void
read_regex(SydraLexer *lexer, SydraToken *token)
{
	int			at = token->start + 1;
	unsigned	seen = 0;

	token->kind = SYDRA_TOKEN_REGEX;
	for (;; at++)
	{
		unsigned char byte = peek(lexer, at);

		if (at >= lexer->length || byte == '\n' || byte == '\r')
		{
			token->end = at;
			token->value.pattern_end = at;
			set_fault(token, SYDRA_FAULT_REGEX_END, token->start, token->start + 1);
			return;
		}
		if (byte == '/')
			break;
		if (byte == '\\' && at + 1 < lexer->length &&
			peek(lexer, at + 1) != '\n' && peek(lexer, at + 1) != '\r')
		{
			if (peek(lexer, at + 1) == '/')
				token->flags |= SYDRA_TOKEN_ESCAPED;
			at++;
		}
	}
	token->value.pattern_end = at;
	token->end = skip_class(lexer, at + 1, CLASS_WORD | CLASS_HIGH);
	for (at++; at < token->end; at++)
	{
		static const char flags[] = "imsx";
		const char *flag = strchr(flags, peek(lexer, at));

		if (flag == NULL || (seen & (1u << (flag - flags))))
		{
			set_fault(token, SYDRA_FAULT_REGEX_FLAG, at, at + 1);
			break;
		}
		seen |= 1u << (flag - flags);
	}
}

/* $1 or :name */
static void
read_parameter(SydraLexer *lexer, SydraToken *token)
{
	bool		named = peek(lexer, token->start) == ':';
	int			at = token->start + 1;

	token->kind = SYDRA_TOKEN_PARAMETER;
	token->value.position = 0;
	token->end = skip_class(lexer, at, CLASS_WORD | CLASS_HIGH);
	if (named)
	{
		if (at == token->end || is_class(lexer, at, CLASS_DIGIT) ||
			skip_class(lexer, at, CLASS_WORD) != token->end)
			set_fault(token, SYDRA_FAULT_PARAMETER, token->start, token->end);
		else if (token->end - at > SYDRA_MAX_IDENTIFIER)
			set_fault(token, SYDRA_FAULT_LONG_NAME, token->start, token->end);
		return;
	}
	for (; is_class(lexer, at, CLASS_DIGIT) && token->value.position <= MAX_PARAMETER; at++)
		token->value.position = token->value.position * 10 + (peek(lexer, at) - '0');
	if (at != token->end || token->value.position == 0 ||
		token->value.position > MAX_PARAMETER || peek(lexer, token->start + 1) == '0')
	{
		set_fault(token, SYDRA_FAULT_PARAMETER, token->start, token->end);
		token->value.position = 1;
	}
}

/* Bytes that begin no token, taken as one character, or as a name of other letters. */
static void
read_error(SydraLexer *lexer, SydraToken *token)
{
	token->kind = SYDRA_TOKEN_ERROR;
	if (is_class(lexer, token->start, CLASS_HIGH))
	{
		token->end = skip_class(lexer, token->start, CLASS_WORD | CLASS_HIGH);
		token->kind = SYDRA_TOKEN_WORD;
		set_fault(token, SYDRA_FAULT_NOT_ASCII, token->start, token->end);
		return;
	}
	token->end = token->start + 1;
	set_fault(token, SYDRA_FAULT_CHARACTER, token->start, token->end);
}

/* The operators, and those of other languages with the kind that they mean. */
static void
read_operator(SydraLexer *lexer, SydraToken *token)
{
	static const struct
	{
		const char *text;
		SydraTokenKind kind;
		bool		foreign;
	}			operators[] = {
		/* a longer one before those that it begins with */
		{"===", SYDRA_TOKEN_EQ, true},
		{"==", SYDRA_TOKEN_EQ, true},
		{"=~", SYDRA_TOKEN_MATCH, false},
		{"=", SYDRA_TOKEN_EQ, false},
		{"!==", SYDRA_TOKEN_NE, true},
		{"!=~", SYDRA_TOKEN_NOT_MATCH, true},
		{"!=", SYDRA_TOKEN_NE, false},
		{"!~", SYDRA_TOKEN_NOT_MATCH, false},
		{"!", SYDRA_TOKEN_BANG, false},
		{"<=", SYDRA_TOKEN_LE, false},
		{"<>", SYDRA_TOKEN_NE, false},
		{"<", SYDRA_TOKEN_LT, false},
		{">=", SYDRA_TOKEN_GE, false},
		{">", SYDRA_TOKEN_GT, false},
		{"~", SYDRA_TOKEN_MATCH, true},
		{"&&", SYDRA_TOKEN_AND_AND, false},
		{"&", SYDRA_TOKEN_AND_AND, true},
		{"||", SYDRA_TOKEN_OR_OR, false},
		{"|", SYDRA_TOKEN_OR_OR, true},
	};
	const char *text = lexer->source + token->start;
	int			left = lexer->length - token->start;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
	{
		const char *candidate = operators[i].text;
		int			length = candidate[1] == '\0' ? 1 : candidate[2] == '\0' ? 2 : 3;

		if (candidate[0] != text[0] || length > left || memcmp(candidate, text, length) != 0)
			continue;
		token->kind = operators[i].kind;
		token->end = token->start + length;
		if (operators[i].foreign)
			set_fault(token, SYDRA_FAULT_OPERATOR, token->start, token->end);
		return;
	}
	read_error(lexer, token);
}

/* From an opening brace to the one that closes it; braces in strings do not count. */
static void
read_json(SydraLexer *lexer, SydraToken *token)
{
	bool		in_string = false;
	int			depth = 0;

	token->kind = SYDRA_TOKEN_JSON;
	for (int at = token->start; at < lexer->length; at++)
	{
		char		byte = lexer->source[at];

		if (in_string && byte == '\\')
			at++;
		else if (byte == '"')
			in_string = !in_string;
		else if (!in_string && byte == '{')
			depth++;
		else if (!in_string && byte == '}' && --depth == 0)
		{
			token->end = at + 1;
			return;
		}
	}
	token->end = lexer->length;
	set_fault(token, SYDRA_FAULT_JSON_END, token->start, token->start + 1);
}

static void
read_token(SydraLexer *lexer, SydraToken *token, bool json)
{
	bool		comment_ends = skip_space(lexer);
	unsigned char byte = peek(lexer, lexer->offset);

	token->fault = SYDRA_FAULT_NONE;
	token->flags = 0;
	token->start = lexer->offset;

	if (!comment_ends)
	{
		token->kind = SYDRA_TOKEN_END;
		token->end = lexer->length;
		set_fault(token, SYDRA_FAULT_COMMENT_END, token->start, token->start + 2);
	}
	else if (lexer->offset >= lexer->length)
	{
		token->kind = SYDRA_TOKEN_END;
		token->end = token->start;
	}
	else if (byte_class[byte] & CLASS_DIGIT)
		read_number(lexer, token);
	else if (byte_class[byte] & CLASS_WORD)
		read_word(lexer, token);
	else if (json && byte == '{')
		read_json(lexer, token);
	else if (byte == '\'')
		read_string(lexer, token);
	else if (byte == '"')
		read_quoted_name(lexer, token);
	else if (byte == '/' && (lexer->previous == SYDRA_TOKEN_MATCH ||
							 lexer->previous == SYDRA_TOKEN_NOT_MATCH))
		read_regex(lexer, token);
	else if (single_operator[byte] != 0)
	{
		token->kind = single_operator[byte];
		token->end = token->start + 1;
	}
	else if ((byte == '$' || byte == ':') &&
			 is_class(lexer, lexer->offset + 1, CLASS_WORD | CLASS_HIGH))
		read_parameter(lexer, token);
	else
		read_operator(lexer, token);

	lexer->offset = token->end;
	lexer->previous = token->kind;
}

/* An operator of one byte or a short integer, without a blank before it: what long queries are made of. */
static bool
read_plain(SydraLexer *lexer, SydraToken *token)
{
	unsigned char byte = peek(lexer, lexer->offset);

	token->fault = SYDRA_FAULT_NONE;
	token->flags = 0;
	token->start = lexer->offset;
	if (single_operator[byte] != 0 && (byte_class[byte] & CLASS_COMMENT) == 0)
	{
		token->kind = single_operator[byte];
		token->end = token->start + 1;
	}
	else if ((byte_class[byte] & CLASS_DIGIT) == 0 || !read_short_integer(lexer, token))
		return false;
	lexer->offset = token->end;
	lexer->previous = token->kind;
	return true;
}

void
sydra_lexer_next(SydraLexer *lexer, SydraToken *token)
{
	if (!read_plain(lexer, token))
		read_token(lexer, token, false);
}

void
sydra_lexer_next_json(SydraLexer *lexer, SydraToken *token)
{
	read_token(lexer, token, true);
}
