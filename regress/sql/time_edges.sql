-- Rows without a time, buckets at infinity, months past any time.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA edges;
SET search_path = edges, public;
CREATE TABLE m (time timestamptz NOT NULL, h sydra.tag, value float8) USING sydra;
INSERT INTO m VALUES ('2024-01-01 00:00Z', 'a', 1), ('2024-01-01 00:01Z', 'a', 5), ('2024-01-01 00:05Z', 'a', 7), ('2024-01-01 00:10Z', 'b', 5);
CALL sydra.seal('m');
INSERT INTO m VALUES ('2024-01-01 00:20Z', 'b', 'NaN'), ('2024-01-01 00:30Z', 'b', NULL), ('2024-01-01 00:40Z', 'c', '-0'), ('infinity', 'c', 9);

-- What a query gives, and that its translation gives the same rows.
CREATE FUNCTION with_sql(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	mine text := format('SELECT row_to_json(t)::text AS r FROM sydraql(%L) t', query);
	plain text := format('SELECT row_to_json(t)::text AS r FROM (%s) t', sydraql_to_sql(query));
	differing bigint;
BEGIN
	RETURN QUERY EXECUTE mine;
	EXECUTE format('SELECT count(*) FROM ((%1$s EXCEPT ALL (%2$s)) UNION ALL (%2$s EXCEPT ALL (%1$s))) d', '(' || mine || ')', plain) INTO differing;
	IF differing > 0 THEN
		RETURN NEXT differing || ' rows differ in SQL';
	END IF;
END $$;
\set s '(select tag.h, value as v, if(value > 4, time, null) as time from edges.m where time >= 2024-01-01 and time < 2025-01-01)'

-- A plain select keeps rows without a time; where a time is needed they are no points.
SELECT * FROM sydraql('select time, h, v from ' || :'s');
SELECT with_sql('select count(*), count(time), sum(v), first(v), last(v), min_time(v), max_time(v) filter (where h = ''a'') from ' || :'s');
SELECT with_sql('select h, count(*), first(v), delta(v), integral(v), time_weighted_avg(v) from ' || :'s' || ' group by h');
SELECT with_sql('select time_bucket(10m, time) as b, count(*) from ' || :'s' || ' group by b');
SELECT with_sql('select h, v, lag(v), derivative(v), row_number() from ' || :'s');
SELECT with_sql('select time_bucket(10m, time) as b, count(*), lag(count(*)) from ' || :'s' || ' group by b');
SELECT with_sql('select h, first(x) from (select time, h, v as x from ' || :'s' || ') group by h');
SELECT with_sql('select first(v) from (select lag(time) as time, value as v from edges.m where time >= 2024-01-01 and time < 2025-01-01)');
-- A range of time leaves nothing to ask.
SELECT * FROM sydraql_explain('select first(v) from ' || :'s' || ' where time >= 2024-01-01');
SELECT * FROM sydraql_explain('select first(v) from ' || :'s');

-- On the right of a join they match nothing, on the left nothing matches them.
SELECT with_sql('select a.time, h, a.value, b.v from edges.m a join time ' || :'s' || ' b match previous on h where time >= 2024-01-01 and time < 2025-01-01');
SELECT with_sql('select a.time, h, a.v, b.value from ' || :'s' || ' a join time edges.m b match previous on h');
SELECT with_sql('select a.time, h, a.v, b.value from ' || :'s' || ' a join time edges.m b match nearest within 5m on h');
SELECT with_sql('select a.time, a.v, b.v from ' || :'s' || ' a join time (select time, value as v from edges.m where time >= 2024-01-01 and time < 2025-01-01) b match previous');
SELECT with_sql('select a.v, b.v from (select time, value as v from edges.m where time >= 2024-01-01 and time < 2025-01-01) a join time (select if(value > 4, time, null) as time, value as v from edges.m where time >= 2024-01-01 and time < 2025-01-01) b match previous');
SELECT with_sql('select time_bucket(10m, time) as b, sum(a.v), sum(b.v) from ' || :'s' || ' a join time ' || :'s' || ' b match exact on h group by b');

-- A bucket at infinity is nobody's neighbour.
CREATE TABLE far (time timestamptz NOT NULL, value float8) USING sydra;
INSERT INTO far VALUES ('1985-01-01Z', 4), ('1988-01-01Z', 10), ('infinity', 8), ('infinity', 9);
SELECT * FROM sydraql('select time_bucket(1y, time) as b, sum(value) from edges.far where time >= 1984-01-01 and (value = 4 or value > 7) group by b fill(linear within 1500d) limit 8');
SELECT * FROM sydraql('select time_bucket(1y, time) as b, sum(value) from edges.far where time >= 1984-01-01 and value != 10 group by b fill(linear) limit 4');
SELECT * FROM sydraql('select sum(value) as s from edges.far where time >= 1984-01-01 group by time_bucket(1y, time) fill(previous) order by time_bucket(1y, time) desc limit 2');
SELECT * FROM sydraql('select count(*), count(s), max(b), sum(s) from (select time_bucket(1y, time) as b, sum(value) as s from edges.far where time >= 1984-01-01 and time < 1990-01-01 group by b fill(linear))');
SELECT r FROM with_sql('select time_bucket(1y, time) as b, sum(value) from edges.far where time >= 1984-01-01 group by b fill(linear within 1500d)') r WHERE r < '{"b":"1990' OR r ~ 'differ';
SELECT r FROM with_sql('select time_bucket(1y, time) as b, sum(value) from edges.far where time >= 1984-01-01 group by b fill(linear)') r WHERE r < '{"b":"1990' OR r ~ 'differ';
SELECT r FROM with_sql('select time_bucket(1y, time) as b, sum(value) from edges.far where time >= 1984-01-01 group by b fill(previous)') r WHERE r < '{"b":"1990' OR r ~ 'differ';
-- Neighbours may be further apart than an integer says.
CREATE TABLE wide (time timestamptz NOT NULL, value float8) USING sydra;
INSERT INTO wide VALUES ('4001-01-01Z BC', 1), ('290500-01-01Z', 3);
SELECT count(*), count(s), min(s), max(s), bool_and(s >= before) AS rises FROM (SELECT s, lag(s) OVER (ORDER BY b) AS before
	FROM sydraql('select time_bucket(1000y, time) as b, sum(value) as s from edges.wide where time >= 0001-01-01 - 4001y and time < 2024-01-01 + 289000y group by b fill(linear)')) t;

-- Months.
SELECT * FROM sydraql('select 2024-01-31 + 1mo as a, 2024-03-31 - 1mo as b, 2024-02-29 + 1y as c, 2024-01-15T10:20:30Z - 25mo as d, 2024-05-31 - 24291mo as e, 2024-12-31 + 2mo as f');
SELECT '2024-05-31Z'::timestamptz - interval '24291 mons' AS e;
SELECT sum((t <> u)::int) FROM (SELECT d + interval '7 mons' AS t, (SELECT x FROM sydraql('select $1 + 7mo as x', jsonb_build_array(to_char(d, 'YYYY-MM-DD'))) AS y(x)) AS u FROM generate_series('2023-12-25Z'::timestamptz, '2024-03-05Z', '1 day') d) s;
SELECT * FROM sydraql('select 2024-01-01 + 2147483647y');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select 2024-01-01 - 2147483648mo');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select 2024-01-01 - $1', '["2147483648mo"]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select 2024-01-01 + 2147483647mo');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select time - 2147483647mo from edges.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select time + 1mo as t from edges.m where time > 2025-01-01');
SET client_min_messages = warning;
DROP SCHEMA edges CASCADE;
