/*
 * fuzz_parser.c
 *	  libFuzzer's way into the parser.
 *
 * Whatever the bytes are: a text without a tree has a fault to show inside the text, and a tree
 * prints to a text that parses to the same tree.
 */
#include "blocks.h"
#include "lang/ast_dump.h"
#include "lang/ast_print.h"
#include "lang/parser.h"

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
	char	   *text = copy_exact(data, size);

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
