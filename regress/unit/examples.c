/*
 * Each example of the documentation, printed from its tree, parses to the same tree; what does not
 * parse is one of those that show an error.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast_dump.h"
#include "lang/ast_print.h"
#include "lang/parser.h"
#include "tap.h"

/* All blocks of all trees, until the end. */
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
		exit(1);
	block->next = blocks;
	blocks = block;
	return block->bytes;
}

static SydraStatement *
parse(const char *text, SydraArena *arena)
{
	SydraDiagnostics diagnostics = {0};
	SydraParserInput input = {text, (int) strlen(text), arena, &diagnostics, NULL, NULL};

	return sydra_parser_parse(&input);
}

/* The file as a string, in the arena. */
static char *
read_file(const char *path, SydraArena *arena)
{
	FILE	   *file = fopen(path, "r");
	char	   *text = sydra_arena_alloc(arena, 65536);
	size_t		length = file ? fread(text, 1, 65535, file) : 0;

	if (file)
		fclose(file);
	text[length] = '\0';
	return text;
}

int
main(void)
{
	glob_t		found;
	int			parsed = 0;

	if (glob("doc/examples/*.sydraql", 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
	{
		const char *path = found.gl_pathv[i];
		SydraArena	arena = {alloc_block, NULL, NULL, NULL, 0};
		SydraStatement *tree = parse(read_file(path, &arena), &arena);
		SydraStatement *again = NULL;

		if (tree == NULL)
		{
			OK(strstr(path, "/error_") != NULL, path);
			continue;
		}
		again = parse(sydra_ast_print(tree, &arena), &arena);
		OK(again != NULL && strcmp(sydra_ast_dump(tree, &arena), sydra_ast_dump(again, &arena)) == 0, path);
		parsed++;
	}
	OK(parsed >= 60, "most examples parse");
	if (found.gl_pathc > 0)
		globfree(&found);
	return tap_done();
}
