/*
 * The parser takes the whole grammar, prints what it read so that it reads the same again, gives
 * every node its bytes, holds its limits on a stack of 2 MB, and the lexer loses no byte.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast_dump.h"
#include "lang/ast_print.h"
#include "lang/lexer.h"
#include "lang/parser.h"
#include "lang/timestamp.h"
#include "tap.h"

#define SMALL_STACK (2 * 1024 * 1024)
#define LONG_QUERY (256 * 1024)

static const char *const statements[] = {
	/* items */
	"select 1",
	"SELECT 1 AS one, 2 two, 3 \"three 3\", 4 as \"select\"",
	"select * from m",
	"select *, value from m",
	"select null, true, FALSE, 'text', 'it''s', ''",
	"select 0, 123, 9223372036854775807, -9223372036854775808, - 5",
	"select 1.5, 1e-3, 1E+20, 0.1, 123456789.123456789, 4.9e-324, 1.7976931348623157e308, "
	"0.0, -0.0",
	"select 5m30s, 1d2h3m4s5ms6us, 1000ns, 1y2mo, 90s, 0s, 0mo",
	"select 2024-03-01, 2024-03-01T00:00:00Z, 2024-02-29T23:59:59.999999+05:30, "
	"0001-01-01, 9999-12-31",
	"select 2024-03-01T10:15, 2024-03-01t10:15:00z, 2024-03-01T10:15:00.1000000000-01:00",
	"select 2024-03-01 + 30m, 2024-03-01T00:00:00Z-1h, 2024 - 3 - 1, 2024-10-150",
	"select $1, $65535, :since, :_x9",
	"select a, a.b, a.b.c, \"a b\".\"c\"\"d\", tag.order, field.\"odd key\", m.select.from",
	"select time, value, Value, VALUE",
	/* operators */
	"select a + b - c * d / e % f",
	"select (a + b) - (c * (d / e)) % f",
	"select a - (b - c), a / (b / c), (a - b) - c, a - b - c, a * (b * c)",
	"select -a, -(-a), -(1), -(1.5), - -1, -(a + b), -a * b, -(a * b), -f(x)",
	"select a or b and not c, a || b && !c, (a or b) and c, not (a and b), not not a",
	"select (a and b) and c, a and (b and c), a and b and c, (a or b) or c, a or (b or c) or d",
	"select a = b, a != b, a <> b, a < b, a <= b, a > b, a >= b, (a = b) = (c = d)",
	"select not a = b, (not a) = b, (a = b) is null, not a is not null",
	"select a =~ /x/, a !~ /x/i, a =~ 'x', a =~ $1, a =~ /a\\/b/, a =~ /[\\/]/, a =~ /\\\\/msxi",
	"select a =~ //, a =~ /\\d+(\\.\\d*)?$/x",
	"select a between 1 and 2, a not between b + 1 and c * 2, a between 1 and 2 and b",
	"select a in (1), a not in (1, 'x', null, b + 1, (c or d)), a like 'x%', a not like b",
	"select a is null, a is not null, a + 1 is null",
	"select 1+1+1-1-1+1, 2*3*4/5%6, 1+2*3+4*5+6",
	/* calls */
	"select count(*), count(), count(x), count(distinct x), COUNT(DISTINCT a, b), f(a, b, g(c))",
	"select count(distinct), f(distinct, a), f((distinct) - 1), f(distinct + 1), "
	"f((distinct - 1) = 2)",
	"select count(distinct !x), count(distinct (not x) or y), count(distinct !(x and y) and z) from m",
	"select count(distinct -x), f((distinct)), f((distinct(x))), f(distinct.x)",
	"select avg(value) filter (where tag.host = 'a' or value > 1), sum(x) filter",
	"select \"Odd Function\"(1), if(a > 0, a, null), percentile(x, 0.95), round(x, -2)",
	"select time_bucket(1mo, time, 'Europe/Berlin'), time_bucket(1d, time, 2024-03-01)",
	/* sources */
	"select a from cpu.usage",
	"select a from a.b.c",
	"select a from \"My Schema\".\"odd\"\"name\"",
	"select a from 'cpu.usage'",
	"select a from by_id(42)",
	"select a from by_id",
	"select a from BY_ID(0) as s",
	"select a from cpu.usage@1m",
	"select a from cpu@1h30m as x",
	"select a from cpu@daily",
	"select a from cpu@\"odd rollup\" c",
	"select a from cpu.usage{}",
	"select a from cpu.usage{host = 'a', region != 'b', \"odd tag\" =~ /c/i, d !~ 'e', f = "
	"$1, g = :h}",
	"select a from (select b as a from m)",
	"select a from (select b from (select c from m where time > 0 limit 1) x where tag.a = "
	"'b') as y",
	"select a from m c where tag.x = '1'",
	/* JOIN TIME */
	"select a.value from a join time b",
	"select x.value from a as x join time b as y on host",
	"select a.value from a join time b shift 7d match exact within 5s on host, tag.region",
	"select a.value from a join time b match previous join time c match nearest within 1m",
	"select a.value from a where tag.x = '1' join time b where tag.y = '2' shift 1h where time > 0",
	"select a.value from a where tag.x = '1' join time b where tag.y = '2' join time c "
	"where time > 0",
	"select a.value from a where tag.x = '1' where time > 0",
	"select a.value from a join time b where tag.x = '1' where time > 0",
	"select a.value from a join time b where time > 0",
	"select a.value from a join time (select time, value from m where time > 0) s on \"odd tag\"",
	"select a.value from a join time b as shift shift 1d",
	"select a.value from a join time b{host='x'} c within 1500ms",
	/* clauses */
	"select a from m where time >= now() - 1h and time < now()",
	"select a from m where time between 2024-01-01 and 2024-02-01",
	"select a from m group by a",
	"select a from m group by time_bucket(5m, time), tag.host, 3, a + 1",
	"select a from m group by a having count(*) > 1 and avg(x) is not null",
	"select a from m group by a fill(none)",
	"select a from m group by a FILL(NULL)",
	"select a from m group by a fill(previous)",
	"select a from m group by a fill(previous within 1h)",
	"select a from m group by a fill(linear)",
	"select a from m group by a fill(LINEAR WITHIN 10m)",
	"select a from m group by a fill(0)",
	"select a from m group by a fill(-1.5)",
	"select a from m group by a fill(:with)",
	"select a from m order by a",
	"select a from m order by a asc, b desc, c nulls first, d desc nulls last, e asc nulls first",
	"select a from m limit 10",
	"select a from m limit $1 offset :skip",
	"select a from m limit 10 by tag.host, b + 1",
	"select a from m limit 10 by a offset 5",
	"select a, b from m{x='y'} as n where a > 1 group by a, b having a < 2 fill(0) order "
	"by a limit 1 by b offset 2;",
	/* the other statements */
	"insert into cpu.usage values (2024-03-01T00:00:00Z, 1.5)",
	"insert into cpu.usage (host = 'a', tag.region = 'it''s', \"odd tag\" = $1) values "
	"(2024-03-01, 1, {\"a\": \"}\\\"\", \"b\": [1, {}], \"c\": {}}), ('2024-03-01 00:00', "
	"null, $2), (:t, -1)",
	"insert into 'a.b' values (now() - 1h, null, {})",
	"insert into by_id(7) values (0, 1)",
	"delete from cpu.usage where time >= 2024-01-01 and time < 2024-02-01",
	"delete from cpu{host='a', region=~/^eu/} where time >= $1 and time < $2 and tag.x != ''",
	"show metrics",
	"show metrics like 'cpu.%'",
	"SHOW METRICS LIKE 'a' WHERE tag.host = 'b'",
	"show tags from cpu.usage",
	"show values of host from cpu.usage where tag.region in ('eu', 'us')",
	"show values of \"odd tag\" from 'a.b'",
	"show series from by_id(3) where tag.x =~ /y/",
	"show functions",
	"explain select 1",
	"explain analyze select a from m",
	"explain format json select a from m",
	"explain analyze format text delete from m where time > 0 and time < 1",
	"explain insert into m values (0, 1)",
	/* comments and blanks */
	"-- a comment\nselect /* nested /* too */ */ a\r\n\tfrom m -- the end",
	"select a;",
	"select a ; -- and a comment",
	/* words that are reserved nowhere */
	"select shift, match, within, on, filter, over, first, last, nulls, asc, metrics, show "
	"from tags",
	"select distinct, a from m",
	"select case, interval, timestamp, by_id, exact, previous, linear, none, explain_, "
	"format, analyze",
};

/* Everything stays until the end. */
typedef struct Block
{
	struct Block *next;
	_Alignas(16) char bytes[];
} Block;

static Block *blocks;

static void *
alloc_bytes(void *context, size_t size)
{
	Block	   *block = malloc(sizeof(Block) + size);

	(void) context;
	if (block == NULL)
		abort();
	block->next = blocks;
	blocks = block;
	return block->bytes;
}

static SydraArena arena = {alloc_bytes, NULL, NULL, NULL, 0};
static SydraDiagnostics diagnostics;

static SydraStatement *
parse(const char *text)
{
	SydraParserInput input = {text, (int) strlen(text), &arena, &diagnostics, NULL, NULL};

	memset(&diagnostics, 0, sizeof(diagnostics));
	return sydra_parser_parse(&input);
}

static void
test_round_trip(void)
{
	int			count = (int) (sizeof(statements) / sizeof(statements[0]));
	int			read = 0;

	for (int i = 0; i < count; i++)
	{
		SydraStatement *tree = parse(statements[i]);
		SydraStatement *again;
		const char *printed;

		if (tree == NULL)
		{
			printf("# %s: %s\n", statements[i], diagnostics.items[0].message);
			REQUIRE(tree != NULL);
			continue;
		}
		read++;
		printed = sydra_ast_print(tree, &arena);
		again = parse(printed);
		if (again == NULL ||
			strcmp(sydra_ast_dump(tree, &arena), sydra_ast_dump(again, &arena)) != 0)
		{
			printf("# %s\n# %s\n", statements[i], printed);
			REQUIRE(again == NULL);
			REQUIRE(false);
		}
		else if (strcmp(sydra_ast_print(again, &arena), printed) != 0)
			REQUIRE(false);
	}
	printf("# %d statements\n", read);
	OK(read == count, "statements of every form parse");
	OK(tap_failures == 0, "printing a tree and parsing it gives the same tree and text");
}

static void
test_lexer(void)
{
	bool		kept = true;
	bool		blank = true;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
	{
		const char *text = statements[i];
		SydraLexer	lexer;
		SydraToken	token;
		int			end = 0;

		sydra_lexer_init(&lexer, text, (int) strlen(text));
		do
		{
			sydra_lexer_next(&lexer, &token);
			kept &= token.start >= end;

			/* Between tokens there are blanks and comments alone. */
			for (int at = end; at < token.start; at++)
			{
				if (strncmp(text + at, "--", 2) == 0 || strncmp(text + at, "/*", 2) == 0)
					break;
				blank &= strchr(" \t\r\n", text[at]) != NULL;
			}
			end = token.end;
		} while (token.kind != SYDRA_TOKEN_END);
		kept &= end == (int) strlen(text);
	}
	OK(kept, "tokens follow each other to the end");
	OK(blank, "nothing but blanks and comments lies between tokens");
}

/* The source of a node. */
static bool
covers(const char *text, SydraSpan span, const char *wanted)
{
	bool		equal = span.end - span.start == (int) strlen(wanted) &&
		memcmp(text + span.start, wanted, strlen(wanted)) == 0;

	if (!equal)
		printf("# \"%.*s\" is not \"%s\"\n", span.end - span.start, text + span.start, wanted);
	return equal;
}

static void
test_spans(void)
{
	const char *text = "select (a + b) * -c as x, f( 1 ) filter (where d) from m.n{h='i'} o "
		"join time p shift 1d where not e = 'f' and g in (1, 2) "
		"group by h order by j desc limit 1 ;";
	SydraSelect *select = parse(text)->select;
	SydraExpr  *product = select->items[0].expr;

	OK(covers(text, select->items[0].span, "(a + b) * -c as x"), "span of an item");
	OK(covers(text, product->span, "(a + b) * -c"), "span of an operation: with its parenthesis");
	OK(covers(text, product->binary.op_span, "*"), "span of an operator");
	OK(covers(text, product->binary.left->span, "a + b"), "span without the parentheses around it");
	OK(covers(text, product->binary.right->span, "-c"), "span of a sign and its operand");
	OK(covers(text, select->items[1].span, "f( 1 ) filter (where d)"), "span of a call");
	OK(covers(text, select->from->span, "m.n{h='i'}"), "span of a source");
	OK(covers(text, select->from->matchers[0].span, "h='i'"), "span of a matcher");
	OK(covers(text, select->from->alias.span, "o"), "span of an alias");
	OK(covers(text, select->joins[0].span, "join time p shift 1d"), "span of a join");
	OK(covers(text, select->where->span, "not e = 'f' and g in (1, 2)"), "span of a list");
	OK(covers(text, select->where->list.args[0]->span, "not e = 'f'"), "span of NOT");
	OK(covers(text, select->where->list.args[1]->span, "g in (1, 2)"), "span of IN");
	OK(covers(text, select->orders[0].span, "j desc"), "span of an order");
	OK(select->span.start == 0 && select->span.end == (int) strlen(text) - 2, "span of a SELECT");
}

/* head, then as many pieces as fit, then last */
static char *
repeat(const char *head, const char *piece, const char *last, int times)
{
	size_t		room = strlen(head) + strlen(piece) * times + strlen(last) + 1;
	char	   *text = sydra_arena_alloc(&arena, room);
	size_t		at = strlen(head);

	memcpy(text, head, at);
	for (int i = 0; i < times; i++, at += strlen(piece))
		memcpy(text + at, piece, strlen(piece));
	memcpy(text + at, last, strlen(last) + 1);
	return text;
}

static bool
is_too_deep(const char *head, const char *piece, const char *last, int times)
{
	char	   *text = repeat(head, piece, last, times);
	bool		deep = parse(text) == NULL && diagnostics.items[0].error == SYDRA_ERR_TOO_COMPLEX;

	return deep && diagnostics.count == 1;
}

/* A long chain parses, and prints to what parses. */
static bool
takes_chain(const char *head, const char *piece)
{
	int			times = (LONG_QUERY - (int) strlen(head)) / (int) strlen(piece);
	char	   *text = repeat(head, piece, "", times);
	SydraStatement *tree = parse(text);
	const char *dump;
	bool		same = false;

	if (tree != NULL)
	{
		dump = sydra_ast_dump(tree, &arena);
		tree = parse(sydra_ast_print(tree, &arena));
		same = tree != NULL && strcmp(dump, sydra_ast_dump(tree, &arena)) == 0;
	}
	return same;
}

static void *
test_limits(void *context)
{
	char	   *text;

	OK(takes_chain("select 1", "+1"), "256 KiB of 1+1+1...");
	OK(takes_chain("select 2", "*2/3"), "256 KiB of 2*2/3...");
	OK(takes_chain("select a", " and b=1"), "256 KiB of a and b=1 and ...");
	OK(takes_chain("select a", "||b&&c"), "256 KiB of a||b&&c...");
	OK(takes_chain("select a", ",f(b)c"), "256 KiB of items");

	OK(is_too_deep("select ", "(", "", LONG_QUERY - 7), "256 KiB of ( is too complex");
	OK(is_too_deep("select ", "- ", "1", LONG_QUERY / 2 - 7), "so is - - -");
	OK(is_too_deep("select ", "not ", "a", LONG_QUERY / 4 - 7), "so is not not not");
	OK(is_too_deep("select ", "f(", "", LONG_QUERY / 2 - 7), "so is f(f(f(");
	OK(is_too_deep("select ", "a=(b and ", "", 20000), "so is a=(b and a=(");
	OK(is_too_deep("", "select a from (", "", 10000), "so are subqueries");
	OK(is_too_deep("select ", "a in (", "", 20000), "so is a in (a in (");

	text = repeat("select ", "(", "", 300);
	text = repeat(text, "a", "", 1);
	text = repeat(text, ")", "", 300);
	OK(parse(text) != NULL, "300 parentheses are not");
	return context;
}

static void
test_timestamps(void)
{
	bool		same = true;
	char		text[SYDRA_TIMESTAMP_SIZE];
	int64_t		us;

	/* From 0001-01-01 to 9999-12-31, a day at a time. */
	for (int64_t day = -730119; day < 2921940; day++)
	{
		int			length = sydra_timestamp_print(day * INT64_C(86400000000), true, text);

		same &= sydra_timestamp_parse(text, length, &us) == SYDRA_TIMESTAMP_OK &&
			us == day * INT64_C(86400000000);
	}
	OK(same, "every day prints and reads back");
	OK(sydra_timestamp_parse("1970-01-01", 10, &us) == SYDRA_TIMESTAMP_OK &&
	   us == INT64_C(-946684800000000), "the epoch of PostgreSQL");
	OK(sydra_timestamp_parse("2023-02-29", 10, &us) == SYDRA_TIMESTAMP_FIELD &&
	   sydra_timestamp_parse("1900-02-29", 10, &us) == SYDRA_TIMESTAMP_FIELD &&
	   sydra_timestamp_parse("2000-02-29", 10, &us) == SYDRA_TIMESTAMP_OK, "leap years");
}

static void
test_durations(void)
{
	static const int64_t samples[] = {
		0, 1, 999, 1000, 1001, 60000000, 86400000000, INT64_C(123456789123456789), INT64_MAX
	};
	bool		same = true;
	char		text[SYDRA_DURATION_SIZE];
	SydraDuration duration;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
	{
		SydraDuration us = {samples[i], 0};
		SydraDuration months = {0, samples[i] % INT32_MAX};

		sydra_duration_print(us, text);
		same &= sydra_duration_parse(text, (int) strlen(text), &duration,
									 NULL) == SYDRA_DURATION_OK &&
			duration.us == samples[i] && duration.months == 0;
		sydra_duration_print(months, text);
		same &= sydra_duration_parse(text, (int) strlen(text), &duration,
									 NULL) == SYDRA_DURATION_OK &&
			duration.months == samples[i] % INT32_MAX && duration.us == 0;
	}
	same &= sydra_duration_parse("2147483648mo", 12, &duration, NULL) == SYDRA_DURATION_OVERFLOW;
	OK(same, "durations print and read back");
}

int
main(void)
{
	pthread_attr_t attributes;
	pthread_t	thread;

	test_round_trip();
	test_lexer();
	test_spans();
	test_timestamps();
	test_durations();

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, SMALL_STACK);
	OK(pthread_create(&thread, &attributes, test_limits, NULL) == 0 &&
	   pthread_join(thread, NULL) == 0, "a stack of 2 MB is enough");
	return tap_done();
}
