/*
 * bench_parser.c
 *	  How fast the parser is: typical queries a second, and queries of 256 KiB.  Of processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lang/parser.h"

#define LONG_QUERY (256 * 1024)
#define POOL_SIZE (64 * 1024 * 1024)
#define SECONDS 0.5

static const char *const typical[] = {
	"select avg(value) from cpu.usage where time >= now() - 1h",
	"select time_bucket(5m, time) as t, tag.host, avg(value), max(value) from cpu.usage "
	"where tag.region = 'eu-west-1' and tag.host =~ /^web-[0-9]+$/ and "
	"time >= 2024-03-01T00:00:00Z and time < 2024-03-02T00:00:00Z "
	"group by t, tag.host fill(previous within 1h) order by t limit 1000",
	"select * from disk{host='db-01', device != 'loop0'} where time >= now() - 15m limit 500",
	"select a.value - b.value as diff from cpu.usage as a join time mem.usage as b "
	"match previous within 30s on host where time > now() - 6h and a.value > 0.5 * b.value",
	"select host, sum(errors) / sum(requests) * 100 as percent from web.hits "
	"where time between 2024-03-01 and 2024-03-08 group by host having sum(requests) > 1000 "
	"order by percent desc nulls last limit 10",
};

#define TYPICAL_COUNT ((int) (sizeof(typical) / sizeof(typical[0])))

/* One region, used again for every query: as a server's memory context would be. */
static char *pool;
static size_t pool_used;

static void *
alloc_from_pool(void *context, size_t size)
{
	void	   *bytes = pool + pool_used;

	(void) context;
	pool_used += (size + 15) & ~(size_t) 15;
	if (pool_used > POOL_SIZE)
		abort();
	return bytes;
}

static void
parse(const char *query, int length)
{
	SydraArena	arena = {alloc_from_pool, NULL, NULL, NULL, 0};
	SydraDiagnostics diagnostics = {0};
	SydraParserInput input = {query, length, &arena, &diagnostics, NULL, NULL};

	pool_used = 0;
	if (sydra_parser_parse(&input) == NULL)
	{
		fprintf(stderr, "%s\n", diagnostics.items[0].message);
		exit(1);
	}
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void
measure_typical(void)
{
	double		start = now();
	double		took;
	long		count = 0;

	do
	{
		for (int i = 0; i < TYPICAL_COUNT; i++, count++)
			parse(typical[i], (int) strlen(typical[i]));
		took = now() - start;
	} while (took < SECONDS);
	printf("%-36s %10.0f queries/s\n", "typical queries", (double) count / took);
}

/* A query of head and as many pieces as fit; the best of five. */
static void
measure_long(const char *name, const char *head, const char *piece, const char *last)
{
	char	   *query = malloc(LONG_QUERY + 1);
	size_t		length = strlen(head);
	double		best = 1e9;

	memcpy(query, head, length);
	while (length + strlen(piece) + strlen(last) <= LONG_QUERY)
	{
		memcpy(query + length, piece, strlen(piece));
		length += strlen(piece);
	}
	memcpy(query + length, last, strlen(last));
	length += strlen(last);
	for (int i = 0; i < 5; i++)
	{
		double		start = now();

		parse(query, (int) length);
		if (now() - start < best)
			best = now() - start;
	}
	printf("%-36s %10.2f ms\n", name, best * 1e3);
	free(query);
}

int
main(void)
{
	pool = malloc(POOL_SIZE);
	measure_typical();
	measure_long("256 KiB of 1+1+1...", "select 1", "+1", "");
	measure_long("256 KiB of a and a and a...", "select a", " and a", "");
	measure_long("256 KiB of comparisons", "select a from m where a = 1",
				 " or tag.host = 'web-01'", "");
	measure_long("256 KiB of an IN list", "select a from m where a in ('x'", ",'web-01'", ")");
	measure_long("256 KiB of items", "select a", ", avg(value) as b", "");
	measure_long("256 KiB of comment", "select a", " /* */", "");
	free(pool);
	return 0;
}
