-- The parser takes the whole grammar and shows the tree it made.
\pset tuples_only on
\pset format unaligned

-- a query with every clause
SELECT sydra.tree($$
	select time_bucket(5m, time) as t, tag.host, avg(value) filter (where value >= 0), count(distinct tag.disk)
	from cpu.usage@1m{region = 'eu', host =~ /^web-\d+/i} as c
	where time >= now() - 1h and time < 2024-03-01T12:30:00.25+01:00 and tag."odd key" != ''
	group by t, tag.host having count(*) > 3 fill(previous within 1h30m)
	order by t desc nulls last, 3 limit 10 by tag.host offset $1;
$$);

-- operators, loosest first
SELECT sydra.tree($$select a or b and not c = d + e * -f - 1$$);
SELECT sydra.tree($$select a || b && !c, (a or b) and (c and d), (a = b) = c$$);
SELECT sydra.tree($$select 1 - 2 - 3, 1 - (2 - 3), -5, - (5), - -5, 2*3/4%5$$);
SELECT sydra.tree($$select a between 1 and 2 and b not between 3 and 4, c in (1, 'x', null), d not in (e),
	f like 'x%', g not like h, i is null, j is not null, k =~ /a\/b/xi, l !~ :pattern$$);

-- literals
SELECT sydra.tree($$select null, true, 9223372036854775807, -9223372036854775808, 1e3, 'it''s',
	36h, 14mo, 2024-02-29, 2024-02-29T23:59+05:30, $2, :since$$);

-- names: reserved words in quotes or behind a dot, all others bare
SELECT sydra.tree($$select "select", tag.select, distinct, shift, Time "as", value as first, count(distinct)$$);

-- sources
SELECT sydra.tree($$select * from 'a.b.c'$$);
SELECT sydra.tree($$select * from by_id(42)$$);
SELECT sydra.tree($$select x from (select max(value) as x from m where time > 0) as s where x > 1$$);

-- JOIN TIME; a WHERE before JOIN, an option or another WHERE is its source's
SELECT sydra.tree($$
	select a.value - b.value from cpu a where tag.x = '1'
	join time mem as b where tag.y = '2' shift 7d match nearest within 30s on host, tag.region
	join time disk
	where time > now() - 1d
$$);
SELECT sydra.tree($$select a from m where tag.x = '1' where time > 0$$);
SELECT sydra.tree($$select a from m join time n where time > 0$$);

-- fill
SELECT sydra.tree($$select a from m group by a fill(none)$$);
SELECT sydra.tree($$select a from m group by a fill(-1.5)$$);
SELECT sydra.tree($$select a from m group by a fill(linear)$$);

-- the other statements
SELECT sydra.tree($$insert into cpu.usage (host = 'a', tag.region = $1)
	values (2024-03-01T00:00:00Z, 1.5, {"load": [1, {}], "text": "}\""}), ('2024-03-01', null)$$);
SELECT sydra.tree($$delete from cpu{host = 'a'} where time >= 2024-01-01 and time < 2024-02-01$$);
SELECT sydra.tree($$show metrics like 'cpu.%'$$);
SELECT sydra.tree($$show values of host from cpu.usage where tag.region in ('eu', 'us')$$);
SELECT sydra.tree($$show functions$$);
SELECT sydra.tree($$explain analyze format json select 1$$);

-- comments are blanks, and a statement may end in a semicolon
SELECT sydra.tree(E'select /* a /* b */ */ 1 -- c\n;');
