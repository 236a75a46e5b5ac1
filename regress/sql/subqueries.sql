-- FROM (select ...) asks of the result of a query what it would ask of a table with these rows.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA sub;
SET search_path = sub, public;
CREATE TABLE hm (time timestamptz NOT NULL, host sydra.tag, port sydra.tag_int4, v float8, n int8, state text);
INSERT INTO hm SELECT '2024-01-01Z'::timestamptz + (i * 37 % 600) * interval '20 s', nullif('h' || i % 4, 'h3'), i % 3,
	CASE WHEN i % 5 > 0 THEN i * 7 % 100 / 4.0 END, i, CASE WHEN i % 7 > 0 THEN 's' || i % 5 END FROM generate_series(0, 999) i;
CREATE TABLE m (LIKE hm) USING sydra;
INSERT INTO m SELECT * FROM hm WHERE n < 700 ORDER BY n;
CALL sydra.seal('m');
INSERT INTO m SELECT * FROM hm WHERE n >= 700 ORDER BY n;

-- How many rows one query gives that the other does not, both ways.
CREATE FUNCTION differ(ql text, sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('WITH a AS MATERIALIZED (SELECT * FROM sydraql(%L)), b AS MATERIALIZED (%s) SELECT count(*) FROM (
		(TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', ql, sql) INTO n;
	RETURN n;
END $$;
-- Groups of groups, with HAVING, FILTER and positions.
SELECT differ('select host, max(a) as m, count(*) from (select time_bucket(10m, time) as b, host, avg(v) as a from sub.m where time >= 2024-01-01 group by b, host) s group by host having count(*) > 5',
	$$SELECT host::text, max(a) m, count(*) FROM (SELECT time_bucket('10m', time) b, host, avg(v) a FROM hm GROUP BY 1, 2) s GROUP BY host HAVING count(*) > 5$$);
SELECT differ('select time_bucket(1h, time) as h, min(a) filter (where s.host != ''h1''), max(n) from (select time_bucket(5m, time) as time, host, avg(v) as a, count(*) as n from sub.m where time >= 2024-01-01T01:00:00Z group by 1, host) as s group by 1',
	$$SELECT time_bucket('1h', b), min(a) FILTER (WHERE coalesce(host, '') <> 'h1'), max(n) FROM (SELECT time_bucket('5m', time) b, host, avg(v) a, count(*) n FROM hm WHERE time >= '2024-01-01 01:00Z' GROUP BY 1, 2) s GROUP BY 1$$);
-- Rows of rows: conditions, a LIMIT below, expressions, other kinds.
SELECT differ('select time, host, x, port, d, state from (select time, host, port, v * 2 as x, time - 2024-01-01 as d, state from sub.m where time >= 2024-01-01 and v > 3) where x < 40 and tag.host != ''h1'' and time < 2024-01-01T02:00:00Z',
	$$SELECT time, host::text, v * 2, port::int8, time - '2024-01-01Z'::timestamptz, state FROM hm WHERE v > 3 AND v * 2 < 40 AND coalesce(host, '') <> 'h1' AND time < '2024-01-01 02:00Z'$$);
SELECT differ('select sum(n) from (select n from sub.m where time >= 2024-01-01 order by v desc nulls last, n limit 17 offset 3)',
	$$SELECT sum(n)::int8 FROM (SELECT n FROM hm ORDER BY v DESC NULLS LAST, n LIMIT 17 OFFSET 3) s$$);
SELECT differ('select * from (select * from (select * from sub.m where time >= 2024-01-01) where v > 20) where host = ''h2''',
	$$SELECT time, host::text, port::int8, v, n, state FROM hm WHERE v > 20 AND host = 'h2'$$);
-- The order: time, tags, the order inside; and ORDER BY, LIMIT BY, OFFSET above.
-- Of equal times by the tags in the order of their names, whichever is asked for first.
SELECT count(*), count(b.n) AS in_place FROM sydraql('select port, host, n from (select time_bucket(10m, time) as time, host, port, max(n) as n from sub.m where time >= 2024-01-01 group by 1, host, port) s') WITH ORDINALITY a(port, host, n, at)
	LEFT JOIN (SELECT max(n) AS n, row_number() OVER (ORDER BY time_bucket('10m', time), host, port::text) AS at FROM hm GROUP BY time_bucket('10m', time), host, port) b ON b.at = a.at AND b.n = a.n;
SELECT * FROM sydraql('select time, host, port, n from (select time, host, port, n from sub.m where time >= 2024-01-01 and time < 2024-01-01T00:02:00Z) limit 8');
SELECT * FROM sydraql('select host, n from (select host, max(n) as n from sub.m where time >= 2024-01-01 group by host)');
SELECT * FROM sydraql('select host, n from (select host, port, max(n) as n from sub.m where time >= 2024-01-01 group by host, port) order by n desc limit 1 by host offset 1');
-- Series: what is a tag inside is one outside; what is left out is not.
SELECT differ('select tag.host, tag.port, rate(v), first(v), last(v), increase(v) from (select time, tag.host, tag.port, v from sub.m where time >= 2024-01-01) group by tag.host, tag.port',
	$$SELECT * FROM sydraql('select tag.host, tag.port, rate(v), first(v), last(v), increase(v) from sub.m where time >= 2024-01-01 group by tag.host, tag.port')$$);
SELECT differ('select time, host, port, n, difference(n) as i from (select time, host, port, n from sub.m where time >= 2024-01-01)', $$SELECT * FROM sydraql('select time, host, port, n, difference(n) as i from sub.m where time >= 2024-01-01')$$);
SELECT differ('select host, b, increase(c) from (select time_bucket(10m, time) as b, host, max(n) as c from sub.m where time >= 2024-01-01 group by b, host) group by host, b',
	$$SELECT host::text, b, CASE WHEN c >= lag(c) OVER w THEN c - lag(c) OVER w ELSE CASE WHEN lag(c) OVER w IS NOT NULL THEN c END END::float8 FROM (SELECT time_bucket('10m', time) b, host, max(n) c FROM hm GROUP BY 1, 2) s WINDOW w AS (PARTITION BY host ORDER BY b)$$);
SELECT * FROM sydraql('select time_bucket(1h, time) as t, avg(a), lag(avg(a)) as before from (select time_bucket(30m, time) as time, host, avg(v) as a from sub.m where time >= 2024-01-01 group by 1, host) group by t');
-- The range inside is the one outside: FILL ends and begins with it, at the start of the bucket.
SELECT * FROM sydraql('select time_bucket(30m, time) as t, count(*) as n from (select time_bucket(20m, time) as time, host, avg(v) from sub.m where time >= 2024-01-01T00:50:00Z and time < 2024-01-01T02:30:00Z and host = ''h1'' group by 1, host) group by t fill(0)');
SELECT * FROM sydraql('select time_bucket(30m, time) as t, count(*) as n from (select time as t, v from sub.m where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T04:30:00Z) where t >= 2024-01-01T02:50:00Z group by t fill(null)');
-- JOIN TIME takes them on either side.
SELECT differ('select time, host, a.v, b.a from sub.m a join time (select time_bucket(10m, time) as time, tag.host, avg(v) as a from sub.m where time >= 2024-01-01 group by 1, tag.host) b match previous where time >= 2024-01-01T00:20:00Z',
	$$SELECT m.time, m.host::text, m.v, b.a FROM hm m LEFT JOIN (SELECT time_bucket('10m', time) t, host, avg(v) a FROM hm GROUP BY 1, 2) b ON b.host IS NOT DISTINCT FROM m.host AND b.t = (SELECT max(time_bucket('10m', time)) FROM hm x WHERE x.host IS NOT DISTINCT FROM m.host AND time_bucket('10m', time) <= m.time) WHERE m.time >= '2024-01-01 00:20Z'$$);
SELECT differ('select time, a.host, a.c, b.v from (select time, host, sum(v) as c from sub.m where time >= 2024-01-01 group by time, host) a join time sub.m b on host where time >= 2024-01-01T00:30:00Z',
	$$SELECT a.time, a.host::text, a.c, (SELECT v FROM hm b WHERE b.time = a.time AND b.host IS NOT DISTINCT FROM a.host ORDER BY port, n DESC LIMIT 1) FROM (SELECT time, host, sum(v) c FROM hm GROUP BY 1, 2) a WHERE time >= '2024-01-01 00:30Z'$$);
SELECT differ('select time, a.port, a.x, b.x from (select time, host, port, v as x from sub.m where time >= 2024-01-01T00:30:00Z) a join time (select time, host, port, v as x from sub.m where time >= 2024-01-01T00:27:00Z) b shift 1m match nearest within 2m',
	$$SELECT * FROM sydraql('select time, a.port, a.v, b.v from sub.m a join time sub.m b shift 1m match nearest within 2m where time >= 2024-01-01T00:30:00Z')$$);
SELECT differ('select time, a.x, b.v from (select time, host, port, v as x from sub.m where time >= 2024-01-01T00:30:00Z) a join time sub.m b shift 1m match nearest within 2m on host, tag.port',
	$$SELECT * FROM sydraql('select time, a.v, b.v from sub.m a join time sub.m b shift 1m match nearest within 2m where time >= 2024-01-01T00:30:00Z')$$);
SELECT differ('select time_bucket(1h, time) as t, host, sum(a.x), max(b.v) from (select time, host, v as x from sub.m where time >= 2024-01-01) a join time sub.m b on host where time >= 2024-01-01 group by t, host',
	$$SELECT * FROM (SELECT time_bucket('1h', time), host::text, sum(v), max(v) FROM hm GROUP BY 1, 2) s$$);
-- Without FROM inside; parameters of all levels; nothing of the outside is known inside.
SELECT * FROM sydraql('select x + 1 as y, upper(s) from (select 1 as x, ''a'' as s)');
SELECT * FROM sydraql('select $3 as c, n from (select max(n) as n from sub.m where time >= $1 and host = $2)', '["2024-01-01", "h1", "z"]');
SELECT * FROM sydraql('select max(n) as top from (select n from sub.m where time >= 2024-01-01 and n < top)');
-- What a subquery has not: time, tags, a bound of its own.
SELECT * FROM sydraql('select max(n) from (select host, count(*) as n from sub.m where time >= 2024-01-01 group by host) where time > 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select last(n) from (select host, count(*) as n from sub.m where time >= 2024-01-01 group by host)');
SELECT * FROM sydraql('select lag(n) from (select host, count(*) as n from sub.m where time >= 2024-01-01 group by host)');
SELECT * FROM sydraql('select a.v from sub.m a join time (select host, count(*) as n from sub.m where time >= 2024-01-01 group by host) b where time >= 2024-01-01');
SELECT * FROM sydraql('select tag.state from (select time, state from sub.m where time >= 2024-01-01)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select tag.port, port, count(*) from (select time, port from sub.m where time >= 2024-01-01) where tag.port > ''0'' group by tag.port, port');
SELECT * FROM sydraql('select tag.v from (select v, count(*) from sub.m where time >= 2024-01-01 group by v)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select hots from (select time, host from sub.m where time >= 2024-01-01) s');
SELECT * FROM sydraql('select sum(n) from (select n from sub.m)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select a.x, b.x from (select 1 as x) join time (select 2 as x)');
SELECT * FROM sydraql('select v from (select time, host, v from sub.m where time >= 2024-01-01) s where v > 1 where time > 2024-01-02');
-- Depth is checked.
SELECT * FROM sydraql_describe(repeat('select * from (', 400) || 'select 1 as x' || repeat(')', 400));
\set VERBOSITY terse
SELECT count(*) FROM sydraql_describe(repeat('select * from (', 2000) || 'select 1 as x' || repeat(')', 2000));
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
-- Limits hold inside and outside.
SET sydraql.max_points = 10;
SELECT * FROM sydraql('select count(*) from (select time, v from sub.m where time >= 2024-01-01)');
SELECT * FROM sydraql('select v from (select time, v from sub.m where time >= 2024-01-01)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select count(*) from (select time_bucket(1m, time) as b, count(*) from sub.m where time >= 2024-01-01 and time < 2024-01-02 group by b fill(0))');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_points;
SET sydraql.max_series = 4;
SELECT * FROM sydraql('select count(*) from (select time, v from sub.m where time >= 2024-01-01)');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_series;
-- The plan.
SELECT * FROM sydraql_explain('select host, last(a) from (select time_bucket(10m, time) as b, host, avg(v) as a from sub.m where time >= 2024-01-01 group by b, host) where a > 3 group by host');
-- Privileges and policies are those of each table inside.
CREATE ROLE regress_sub_user;
GRANT USAGE ON SCHEMA sub TO regress_sub_user;
GRANT SELECT (time, v) ON m TO regress_sub_user;
SET ROLE regress_sub_user;
SELECT * FROM sydraql('select count(*) from (select v from sub.m where time >= 2024-01-01)');
SELECT * FROM sydraql('select count(*) from (select v from sub.m where time >= 2024-01-01 and tag.host = ''h1'')');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select count(*) from (select x from (select n as x from sub.m where time >= 2024-01-01))');
SELECT * FROM sydraql('select a.v from (select time, v from sub.m where time >= 2024-01-01) a join time (select time, n from sub.m where time >= 2024-01-01) b');
SELECT * FROM sydraql('select a.x from (select 1 as x) a join time sub.m b where b.n > 1');
RESET ROLE;
GRANT SELECT ON m TO regress_sub_user;
CREATE POLICY p ON m TO regress_sub_user USING (host = 'h1');
ALTER TABLE m ENABLE ROW LEVEL SECURITY;
SET ROLE regress_sub_user;
SELECT * FROM sydraql('select count(*), count_2 from (select count(*), count(*) from sub.m where time >= 2024-01-01) group by count_2');
SELECT * FROM sydraql('select host, count(*) from (select time, host from sub.m where time >= 2024-01-01) group by host');
RESET ROLE;
ALTER TABLE m DISABLE ROW LEVEL SECURITY;
-- A view depends on the metrics inside.
CREATE VIEW inside AS SELECT * FROM sydraql('select x from (select max(v) as x from sub.m where time >= 2024-01-01)');
SELECT * FROM inside;
DROP TABLE m;
SET client_min_messages = warning;
DROP SCHEMA sub CASCADE;
DROP ROLE regress_sub_user;
