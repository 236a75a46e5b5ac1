-- A fault has its name, its SQLSTATE, its place in the query, and where one can tell, what to write instead.

-- three faults are told at once, each with its line and column
SELECT sydra.tree($$select a b c
from cpu.usage where tag.host == 'ä' and (value > 1)
group by time(1m)$$);
\echo :LAST_ERROR_SQLSTATE

-- ten at the most
SELECT sydra.tree($$select 1w, 2w, 3w, 4w, 5w, 6w, 7w, 8w, 9w, 10w, 11w, 12w$$);

-- literals
SELECT sydra.tree($$select 9223372036854775808$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select 007$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select 1e999$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select 2w$$);
SELECT sydra.tree($$select 30s5m$$);
SELECT sydra.tree($$select 1h1h$$);
SELECT sydra.tree($$select 1mo1d$$);
SELECT sydra.tree($$select 5min$$);
SELECT sydra.tree($$select 5m30$$);
SELECT sydra.tree($$select 1ns$$);
SELECT sydra.tree($$select 1.5h$$);
SELECT sydra.tree($$select 106751992d$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select 2023-02-29$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select 2024-03-01T25:00:00Z$$);
SELECT sydra.tree($$select 2024-03-01T00:00:00.1234567Z$$);
SELECT sydra.tree($$select 2024-03-01T00:00:00+0100$$);
SELECT sydra.tree($$select 2024-03-01 00:00:00$$);
SELECT sydra.tree($$select a =~ /x/q$$);
\echo :LAST_ERROR_SQLSTATE

-- what has no end
SELECT sydra.tree($$select 'größe$$);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.tree($$select "höhe$$);
SELECT sydra.tree($$select a /* b /* c */$$);
SELECT sydra.tree($$select a =~ /b$$);
SELECT sydra.tree($$select f(a, (b) from c$$);
SELECT sydra.tree($$select a from m{host = 'b' where c$$);
SELECT sydra.tree($$insert into m values (0, 1, {"a": 1)$$);

-- names: quoted where reserved or not ASCII, 63 bytes at most, never cut
SELECT sydra.tree($$select order, limit from m$$);
SELECT sydra.tree($$select a from order$$);
SELECT sydra.tree($$select größe from m$$);
SELECT sydra.tree($$select a as 'b'$$);
SELECT sydra.tree($$select a as order from m$$);
SELECT sydra.tree($$select a from$$);
SELECT sydra.tree($$select ""$$);
SELECT sydra.tree('select ' || repeat('x', 63)) IS NOT NULL AS fits;
SELECT sydra.tree('select ' || repeat('x', 64));
DO $do$
BEGIN
	PERFORM sydra.tree('select ' || repeat('x', 5 * 1024) || ' from m');
EXCEPTION WHEN syntax_error THEN
	RAISE NOTICE '%', SQLERRM;
END
$do$;

-- the habits of other languages
SELECT sydra.tree($$select a from m group by time(5m)$$);
SELECT sydra.tree($$select a !=~ b$$);
SELECT sydra.tree($$select a ilike 'x%'$$);
SELECT sydra.tree($$select now() - interval '1 hour 30 minutes'$$);
SELECT sydra.tree($$select timestamp '2024-01-01'$$);
SELECT sydra.tree($$select a::int$$);
SELECT sydra.tree($$select cast(a as int)$$);
SELECT sydra.tree($$select case when a then b end$$);
SELECT sydra.tree($$select distinct a from m$$);
SELECT sydra.tree($$select a from m, n$$);
SELECT sydra.tree($$select a from m join n$$);
SELECT sydra.tree($$select a from m limit 5, 10$$);
SELECT sydra.tree($$select a from m offset 5$$);
SELECT sydra.tree($$select a from m group by a where b$$);
SELECT sydra.tree($$select a from m where b where c where d$$);
SELECT sydra.tree($$select a, from m$$);
SELECT sydra.tree($$select a = b = c$$);
SELECT sydra.tree($$select (select a)$$);
SELECT sydra.tree($$select a in (select b)$$);
SELECT sydra.tree($$select a from m union select b from n$$);
SELECT sydra.tree($$select lag(a) over (order by time)$$);
SELECT sydra.tree($$select a from m{host like 'b'}$$);
SELECT sydra.tree($$select a from m{host = "b"}$$);
SELECT sydra.tree($$select a from m where b = [1]$$);
SELECT sydra.tree($$select a from m group by b fill(zero)$$);
SELECT sydra.tree($$select a from m join time n within 5$$);
SELECT sydra.tree($$select a from m join time n within 1mo$$);
SELECT sydra.tree($$insert into m (time, value) values (0, 1)$$);
SELECT sydra.tree($$insert into m select a$$);
SELECT sydra.tree($$delete from m$$);
SELECT sydra.tree($$with a as (select b) select c$$);
SELECT sydra.tree($$update m set a = b$$);
SELECT sydra.tree($$explain (analyze) select a$$);
SELECT sydra.tree($$show tables$$);
SELECT sydra.tree($$explain$$);
SELECT sydra.tree($$explain analyze$$);
SELECT sydra.tree($$explain analyze analyze select a$$);
SELECT sydra.tree($$explain format select a$$);
SELECT sydra.tree($$explain format xml select a$$);
SELECT sydra.tree($$explain format json analyze select a$$);
SELECT sydra.tree($$explain explain select a$$);
SELECT sydra.tree($$explain show metrics$$);
SELECT sydra.tree($$explain json select a$$);
SELECT sydra.tree($$show$$);
SELECT sydra.tree($$show metrics like m$$);
SELECT sydra.tree($$show metrics from m$$);
SELECT sydra.tree($$show metrics where$$);
SELECT sydra.tree($$show tags$$);
SELECT sydra.tree($$show tags of m$$);
SELECT sydra.tree($$show values host from m$$);
SELECT sydra.tree($$show values of from m$$);
SELECT sydra.tree($$show values of host$$);
SELECT sydra.tree($$show values of tag.host from m$$);
SELECT sydra.tree($$show series m$$);
SELECT sydra.tree($$show series from m{host = 'a'}$$);
SELECT sydra.tree($$show series from m where tag.a = 'b' limit 3$$);
SELECT sydra.tree($$show functions like 'a'$$);
SELECT sydra.tree($$show metrics; show functions$$);
SELECT sydra.tree($$select a; select b$$);
SELECT sydra.tree('');
SELECT sydra.tree(NULL) IS NULL AS null;

-- length and nesting: 256 KiB parse, a byte more is refused, and no nesting breaks the server
SELECT length(sydra.tree(rpad('select 1', 256 * 1024, '+1'))) > 256 * 1024 AS long_sum;
SELECT length(sydra.tree('select a' || repeat(' and a = 1 or b', 17000))) > 256 * 1024 AS long_condition;
SELECT sydra.tree(rpad('select 1', 256 * 1024 + 1, '+1'));
\echo :LAST_ERROR_SQLSTATE
DO $do$
DECLARE
	query text;
BEGIN
	FOREACH query IN ARRAY ARRAY[repeat('(', 200000), repeat('not ', 60000), repeat('- ', 100000),
		repeat('f(', 100000), repeat('a in (', 40000), repeat('a = (b or ', 20000)]
	LOOP
		BEGIN
			PERFORM sydra.tree('select ' || query);
		EXCEPTION WHEN statement_too_complex THEN
			RAISE NOTICE '%...: %', left(query, 10), SQLERRM;
		END;
	END LOOP;
	PERFORM sydra.tree(repeat('select a from (', 10000));
EXCEPTION WHEN statement_too_complex THEN
	RAISE NOTICE 'select a from (...: %', SQLERRM;
END
$do$;
SELECT sydra.tree('select ' || repeat('(', 300) || 'a' || repeat(')', 300)) IS NOT NULL AS nested;

-- a query with a token lost, doubled or swapped with the next is a tree or an error of ours
CREATE TEMP TABLE mutation (code text, error text);
DO $do$
DECLARE
	query text;
	tokens text[];
	mutant text[];
BEGIN
	FOREACH query IN ARRAY ARRAY[
		$$select 1$$,
		$$select * from m where time > 0$$,
		$$select a as b, c d from e.f g where h = 1$$,
		$$select avg(value) from cpu.usage where time >= now() - 1h$$,
		$$select time_bucket(5m, time) as t, max(v) from m group by t, tag.host$$,
		$$select count(*), count(distinct a) filter (where b > 1) from m$$,
		$$select a from m{host = 'a', b =~ /c/i} where d$$,
		$$select a from m{} as b$$,
		$$select a from m@1m b$$,
		$$select a from m@daily$$,
		$$select a from 'b.c'$$,
		$$select a from by_id(42)$$,
		$$select a from (select b from c) d where e$$,
		$$select a from m where b join time n where c shift 1h match exact within 5s on d, tag.e where f$$,
		$$select a from m group by a having b fill(previous within 1h)$$,
		$$select a from m group by a fill(-1)$$,
		$$select a from m group by a fill(null)$$,
		$$select a from m order by a asc, b desc nulls first limit 1 by c offset $1$$,
		$$select not a or b and c = d + e * -f$$,
		$$select a between 1 and 2 and b in (1, 2)$$,
		$$select a not like 'b' or c is not null$$,
		$$select a =~ 'b' and c !~ /d/$$,
		$$select (a + (b * (c - d)))$$,
		$$select f(g(h(1, 2), 3), 4)$$,
		$$select null, true, 1.5, 'a', 5m30s, 2024-03-01, :p$$,
		$$select "a b"."c", tag.select, field."d"$$,
		$$select -9223372036854775808$$,
		$$insert into m values (0, 1)$$,
		$$insert into m (a = 'b', tag.c = 'd') values (2024-03-01, null), (:t, 2)$$,
		$$delete from m{a = 'b'} where time >= 1 and time < 2$$,
		$$show metrics like 'a'$$,
		$$show tags from m where tag.a = 'b'$$,
		$$show values of a from m$$,
		$$show series from by_id(1)$$,
		$$show functions$$,
		$$explain select a from m$$,
		$$explain analyze format json delete from m where time > 0$$,
		$$explain insert into m values (0, 1)$$,
		$$select if(a > 0, b, c) from m where tag.d != '' limit 10;$$,
		$$select a from m where time between 2024-01-01 and 2024-02-01T12:00:00Z$$]
	LOOP
		SELECT array_agg(lexeme ORDER BY "position") INTO tokens FROM sydra.tokens(query);
		PERFORM sydra.tree(query);
		FOR i IN 1 .. array_length(tokens, 1) LOOP
			FOR kind IN 1 .. 3 LOOP
				mutant := CASE kind
					WHEN 1 THEN tokens[:i - 1] || tokens[i + 1:]
					WHEN 2 THEN tokens[:i] || tokens[i:]
					ELSE tokens[:i - 1] || tokens[i + 1:i + 1] || tokens[i] || tokens[i + 2:]
				END;
				BEGIN
					PERFORM sydra.tree(array_to_string(mutant, ' '));
					INSERT INTO mutation VALUES ('00000', NULL);
				EXCEPTION WHEN OTHERS THEN
					INSERT INTO mutation VALUES (SQLSTATE, SQLERRM);
				END;
			END LOOP;
		END LOOP;
	END LOOP;
END
$do$;
SELECT count(*) > 1000 AS mutants,
	count(*) FILTER (WHERE code = '00000') > 100 AS trees,
	count(*) FILTER (WHERE code = '42601') > 500 AS faults,
	count(*) FILTER (WHERE error !~ '^ERR_(SYNTAX|INVALID_LITERAL|UNTERMINATED_STRING): ') AS strange
FROM mutation;
SELECT DISTINCT code FROM mutation WHERE code NOT IN ('00000', '42601', '22007', '22003');
