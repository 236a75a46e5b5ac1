/*
 * fuzz_parser.c
 *	  libFuzzer's way into the lexer and the parser.
 *
 * Whatever the bytes are: the lexer's tokens follow each other and end, a text without a tree has a
 * fault to show inside the text, and a tree prints to a text that parses to the same tree.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast_dump.h"
#include "lang/ast_print.h"
#include "lang/lexer.h"
#include "lang/parser.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks of one input, freed together. */
typedef struct Block
{
	struct Block *next;
	_Alignas(16) char bytes[];
} Block;

static Block *blocks;

static void *
alloc_block(void *context, size_t size)
{
	Block	   *block = malloc(sizeof(Block) + size);

	(void) context;
	if (block == NULL)
		abort();
	memset(block->bytes, 0xAA, size);
	block->next = blocks;
	blocks = block;
	return block->bytes;
}

static void
free_blocks(void)
{
	while (blocks != NULL)
	{
		Block	   *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

static void
require(int truth)
{
	if (!truth)
		abort();
}

static void
check_tokens(const char *text, int length)
{
	SydraLexer	lexer;
	SydraToken	token;
	int			end = 0;

	sydra_lexer_init(&lexer, text, length, NULL);
	do
	{
		sydra_lexer_next(&lexer, &token);
		require(token.start >= end && token.end >= token.start && token.end <= length);
		require(token.end > token.start || token.kind == SYDRA_TOKEN_END);
		end = token.end;
	} while (token.kind != SYDRA_TOKEN_END);
}

static SydraStatement *
parse(const char *text, int length, SydraArena *arena, SydraDiagnostics *diagnostics)
{
	SydraParserInput input = {text, length, arena, diagnostics, NULL, NULL};

	memset(diagnostics, 0, sizeof(*diagnostics));
	return sydra_parser_parse(&input);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SydraArena	arena = {alloc_block, NULL, NULL, NULL, 0};
	SydraDiagnostics diagnostics;
	SydraStatement *tree;

	/* A copy of the exact size, so that a byte read past the end is seen. */
	char	   *text = malloc(size > 0 ? size : 1);

	memcpy(text, data, size);
	check_tokens(text, (int) size);
	tree = parse(text, (int) size, &arena, &diagnostics);
	require((tree == NULL) == (diagnostics.count > 0));
	for (int i = 0; i < diagnostics.count; i++)
	{
		SydraSpan	span = diagnostics.items[i].span;

		require(span.start >= 0 && span.end >= span.start && span.end <= (int) size);
		require(diagnostics.items[i].message != NULL && diagnostics.items[i].message[0] != '\0');
	}
	if (tree != NULL)
	{
		const char *printed = sydra_ast_print(tree, &arena);
		SydraStatement *again = parse(printed, (int) strlen(printed), &arena, &diagnostics);

		require(again != NULL);
		require(strcmp(sydra_ast_dump(tree, &arena), sydra_ast_dump(again, &arena)) == 0);
	}
	free(text);
	free_blocks();
	return 0;
}
