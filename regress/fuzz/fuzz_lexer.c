/*
 * fuzz_lexer.c
 *	  Tokens of any bytes: they follow each other, end, and give the source back.
 *
 * Input: 1 in the first byte to take {...} as JSON | the text.
 */
#include "fuzz.h"
#include "lang/lexer.h"

static void
check_token(const SydraToken *token, const char *text, int length)
{
	require(sydra_token_kind_name(token->kind)[0] != '\0');
	if (token->fault != SYDRA_FAULT_NONE)
		require(token->fault_span.start >= token->start && token->fault_span.end <= length &&
				token->fault_span.start <= token->fault_span.end);
	if (token->kind == SYDRA_TOKEN_WORD && token->fault == SYDRA_FAULT_NONE)
		require(token->end - token->start <= SYDRA_MAX_IDENTIFIER);
	if (token->kind >= SYDRA_TOKEN_SELECT)
		require(sydra_lexer_keyword(text + token->start, token->end - token->start) == token->kind);
	if (token->kind == SYDRA_TOKEN_REGEX && token->fault == SYDRA_FAULT_NONE)
		require(token->value.pattern_end > token->start && token->value.pattern_end < token->end &&
				text[token->value.pattern_end] == '/');
}

static void
check_tokens(const char *text, int length, bool json)
{
	SydraLexer	lexer;
	SydraToken	token;
	SydraPosition position = {0, 1, 1};
	int			end = 0;

	sydra_lexer_init(&lexer, text, length);
	do
	{
		if (json)
			sydra_lexer_next_json(&lexer, &token);
		else
			sydra_lexer_next(&lexer, &token);
		require(token.start >= end && token.end >= token.start && token.end <= length);
		require(token.end > token.start || token.kind == SYDRA_TOKEN_END);
		check_token(&token, text, length);
		sydra_position_advance(&position, text, token.start, NULL);
		require(position.offset == token.start && position.line >= 1 && position.column >= 1);
		end = token.end;
	} while (token.kind != SYDRA_TOKEN_END);
	sydra_lexer_next(&lexer, &token);
	require(token.kind == SYDRA_TOKEN_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *text;

	if (size < 1)
		return 0;
	text = copy_exact(data + 1, size - 1);
	check_tokens(text, (int) size - 1, data[0] & 1);
	free(text);
	return 0;
}
