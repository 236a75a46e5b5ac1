-- Window functions run along the points of a series or the buckets of a group, as SQL's do over a heap twin.
CREATE SCHEMA windows;
SET search_path = windows, public;
SET timezone = 'UTC';
CREATE TABLE h (time timestamptz NOT NULL, host sydra.tag, v float8, n int8, s text, b bool);
INSERT INTO h SELECT '2024-01-01Z'::timestamptz + i * interval '10 s', 'h' || i % 7, CASE WHEN i % 5 > 0 THEN (i * 7919 % 1000) / 8.0 END,
	CASE WHEN i % 11 > 0 THEN i * 31 % 97 END, CASE WHEN i % 3 > 0 THEN 's' || i END, i % 4 = 0 FROM generate_series(0, 7999) i;
CREATE TABLE s (LIKE h) USING sydra;
INSERT INTO s SELECT * FROM h WHERE n IS NULL OR n < 50;
CALL sydra.seal('s');
INSERT INTO s SELECT * FROM h WHERE NOT (n IS NULL OR n < 50);

-- How many rows one query gives that the other does not, both ways.
CREATE FUNCTION differ(ql text, sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('WITH a AS (SELECT * FROM sydraql(%L)), b AS (%s) SELECT count(*) FROM (
		(TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', ql, sql) INTO n;
	RETURN n;
END $$;
SELECT differ('select time, tag.host, lag(v), lag(v, 3), lag(s, 2), lag(b), lag(time), lead(v), lead(s, 2), lag(n, 0), lead(n, 0), lag(v, 100000), lead(v, 100000) from windows.s where time >= 2024-01-01',
	'SELECT time, host::text, lag(v) OVER w, lag(v, 3) OVER w, lag(s, 2) OVER w, lag(b) OVER w, lag(time) OVER w, lead(v) OVER w, lead(s, 2) OVER w, n, n, NULL::float8, NULL::float8 FROM h WINDOW w AS (PARTITION BY host ORDER BY time)');
SELECT differ('select time, difference(v), difference(n), difference(time), derivative(v), derivative(n, 1m) from windows.s where time >= 2024-01-01',
	'SELECT time, v - lag(v) OVER w, n - lag(n) OVER w, time - lag(time) OVER w, (v - lag(v) OVER w) / 70, (n - lag(n) OVER w) / (70 / 60.0::float8)
	FROM h WINDOW w AS (PARTITION BY host ORDER BY time)');
SELECT differ('select time, moving_avg(v, 5m), moving_avg(v, 1us), moving_avg(n, 100d), running_sum(v), runsum(n), running_avg(v), runavg(n), running_min(v), runmin(n), running_max(n), runmax(v), running_count(v), runcount(s), runmin(time), row_number() from windows.s where time >= 2024-01-01',
	$$SELECT time, avg(v) OVER (w RANGE BETWEEN '5 min'::interval - '1 us'::interval PRECEDING AND CURRENT ROW), v, (sum(n) OVER w)::float8 / nullif(count(n) OVER w, 0), sum(v) OVER w, (sum(n) OVER w)::int8, avg(v) OVER w,
	(sum(n) OVER w)::float8 / nullif(count(n) OVER w, 0), min(v) OVER w, min(n) OVER w, max(n) OVER w, max(v) OVER w, count(v) OVER w, count(s) OVER w, min(time) OVER w, row_number() OVER w
	FROM h WINDOW w AS (PARTITION BY host ORDER BY time)$$);
-- The last n values, and the last value: nulls are no rows to them.
SELECT differ('select time, moving_avg(v, 3), fill_forward(v), fill_forward(s), fill_forward(b) from windows.s where time >= 2024-01-01 and time < 2024-01-01T01:00:00Z',
	$$SELECT time, (SELECT avg(x) FROM (SELECT o.v FROM h o WHERE o.host = h.host AND o.time <= h.time AND o.v IS NOT NULL ORDER BY o.time DESC LIMIT 3) y(x)),
		(SELECT o.v FROM h o WHERE o.host = h.host AND o.time <= h.time AND o.v IS NOT NULL ORDER BY o.time DESC LIMIT 1),
		(SELECT o.s FROM h o WHERE o.host = h.host AND o.time <= h.time AND o.s IS NOT NULL ORDER BY o.time DESC LIMIT 1), b
	FROM h WHERE time < '2024-01-01 01:00Z'$$);
-- The exponential mean, by its definition.
CREATE FUNCTION ema_add(state float8[], v float8, t timestamptz, step interval, alpha float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN v IS NULL THEN state WHEN state IS NULL THEN ARRAY[v, extract(epoch FROM t)]
		ELSE ARRAY[state[1] + (1 - power(1 - alpha, (extract(epoch FROM t) - state[2]) / extract(epoch FROM step))) * (v - state[1]), extract(epoch FROM t)] END $$;
CREATE AGGREGATE ema(float8, timestamptz, interval, float8) (SFUNC = ema_add, STYPE = float8[]);
SELECT count(*), bool_and(q.e IS NOT DISTINCT FROM r.e OR abs(q.e - r.e) < 1e-9) AS equal
	FROM sydraql('select time, ema(v, 1m, 0.2) as e from windows.s where time >= 2024-01-01') q
	JOIN (SELECT time, (ema(v, time, '1 min', 0.2) OVER (PARTITION BY host ORDER BY time))[1] AS e FROM h) r USING (time);

-- Along buckets, for each combination of the other keys, after FILL.
SELECT differ('select time_bucket(5m, time) as b, tag.host, sum(n) as total, lag(sum(n)), running_sum(sum(n)), difference(avg(v)) as d, row_number() from windows.s where time >= 2024-01-01 group by b, tag.host',
	$$SELECT b, host, total, lag(total) OVER w, (sum(total) OVER w)::int8, mean - lag(mean) OVER w, row_number() OVER w
	FROM (SELECT sydra.time_bucket('5 min', time) AS b, host::text, sum(n)::int8 AS total, avg(v) AS mean FROM h GROUP BY 1, 2) g WINDOW w AS (PARTITION BY host ORDER BY b)$$);
SELECT * FROM sydraql('select time_bucket(1m, time) as b, tag.host, count(*) as c, lag(count(*)), fill_forward(max(n)) as f, running_count(max(n)) as rc, moving_avg(count(*), 2m) as m
	from windows.s where time >= 2024-01-01T00:00:30Z and time < 2024-01-01T00:04:00Z and tag.host in (''h1'', ''h5'') and n > 10 group by b, tag.host fill(null)');
SELECT * FROM sydraql('select time_bucket(1h, time) as b, count(*), lag(count(*), 2), lead(count(*)) + 1 as next from windows.s where time >= 2024-01-01 and time < 2024-01-01T05:00:00Z group by b fill(linear) order by next desc nulls first limit 3');
-- Without other keys than the bucket, and with HAVING: groups that it removed are no rows.
SELECT * FROM sydraql('select time_bucket(6h, time) as b, count(*) as c, lag(count(*)) from windows.s where time >= 2024-01-01 group by b having c > 700');

-- Order, limits and expressions over them; the same call is made once.
SELECT * FROM sydraql('select time, tag.host, difference(n) as d, abs(difference(n)) + 1 as a from windows.s where time >= 2024-01-01 and tag.host = ''h3'' order by d desc nulls last, 1 limit 4 offset 1');
SELECT * FROM sydraql('select tag.host, running_sum(n) as r from windows.s where time >= 2024-01-01 order by r desc nulls last limit 1 by tag.host');
SELECT * FROM sydraql_explain('select time, lag(v) + 1 as x, lag(v), lead(n, 2) from windows.s where time >= 2024-01-01 and tag.host = ''h1'' order by x limit 3');
SELECT * FROM sydraql_explain('select time_bucket(1m, time) as b, tag.host, lag(sum(v) / 2) from windows.s where time >= 2024-01-01 group by b, tag.host');

-- Of points of one series with the same time only the one written last counts; all have its values.
CREATE TABLE tied (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO tied VALUES ('2024-01-01Z', 'a', 1), ('2024-01-01 00:01Z', 'a', 5);
INSERT INTO tied VALUES ('2024-01-01 00:01Z', 'a', 7);
CALL sydra.seal('tied');
INSERT INTO tied VALUES ('2024-01-01 00:01Z', 'b', 100), ('2024-01-01 00:02Z', 'a', 8), ('2024-01-01 00:00Z', 'a', 3);
SELECT * FROM sydraql('select time, tag.host, v, lag(v), lead(v), difference(v), running_sum(v), moving_avg(v, 2), row_number() from windows.tied where time >= 2024-01-01');

-- Batches, and rows that wait for those after them; more than memory for a sort.
CREATE TABLE long (time timestamptz NOT NULL, v int8, s text) USING sydra;
INSERT INTO long SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', i, 'text ' || i FROM generate_series(1, 100000) i;
CALL sydra.seal('long');
SELECT n, count(*), sum(d), count(d), max(r), count(l), count(*) FILTER (WHERE l <> 'text ' || v - 1 OR f <> v + n) AS wrong
	FROM unnest('{0, 1, 2, 1022, 1023, 1024, 1025, 40000}'::int[]) n,
	LATERAL (SELECT * FROM sydraql_to_recordset(format('select v, difference(v), row_number(), lag(s), lead(v, %s) from windows.long where time >= 2024-01-01 and time <= %L', n, to_char('2024-01-01Z'::timestamptz + n * interval '2 s', 'YYYY-MM-DD"T"HH24:MI:SSOF":00"')))
		AS (v int8, d int8, r int8, l text, f int8)) x GROUP BY n ORDER BY n;
SELECT count(*), sum(d), max(r) FROM sydraql('select difference(v) as d, row_number() as r from windows.long where time >= 2024-01-01');
SET sydraql.query_mem = '8MB';
SELECT count(*), sum(d), max(r), count(l) FROM sydraql('select difference(v) as d, row_number() as r, lag(s) as l from windows.long where time >= 2024-01-01');
\set VERBOSITY terse
SELECT count(l) FROM sydraql('select lead(s, 99999) as l from windows.long where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
RESET sydraql.query_mem;
SELECT count(*) FROM sydraql('select lag(v) from windows.long where time >= 2030-01-01');

-- NaN and infinities leave a moving mean as they came; sums are compensated, integers do not wrap.
CREATE TABLE odd (time timestamptz NOT NULL, v float8, n int8) USING sydra;
INSERT INTO odd SELECT '1999-12-31 23:59:57Z'::timestamptz + i * interval '1 s', v, n FROM
	(VALUES (0, 1e16, 9223372036854775806), (1, 1, 1), (2, -1e16, NULL), (3, 'NaN', -5), (4, 2, 4), (5, 'infinity', 0), (6, 4, 0), (7, 6, 0)) t(i, v, n);
SELECT * FROM sydraql('select time, moving_avg(v, 2s), moving_avg(v, 1), running_sum(n), running_max(v), running_min(v) from windows.odd where time >= 1999-01-01');
SELECT * FROM sydraql('select running_sum(v) from windows.odd where time >= 1999-01-01 limit 3');
INSERT INTO odd VALUES ('2000-01-02Z', 0, 9223372036854775807), ('2000-01-03Z', 0, -10);
SELECT * FROM sydraql('select running_sum(n) from windows.odd where time >= 1999-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select difference(n) from windows.odd where time >= 1999-01-01 order by time desc limit 2');
\echo :LAST_ERROR_SQLSTATE

-- Parameters are constants, and may be null.
SELECT count(a), count(b), count(c), count(d) FROM sydraql('select lag(v, $1) as a, moving_avg(v, $2) as b, moving_avg(v, $3) as c, lag(v, $4) as d from windows.tied where time >= 2024-01-01', '[1, "1m", 2, null]');
SELECT * FROM sydraql_describe('select lag(v, $1), lead(tag.host), moving_avg(v, $2), difference(time), running_count(tag.host) from windows.tied where time >= 2024-01-01');

-- Where they cannot stand, and what they do not take.
SELECT * FROM sydraql('select lag(v) from windows.tied where time >= 2024-01-01 and lag(v) > 1');
SELECT * FROM sydraql('select sum(lag(v)) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select lag(lag(v)) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select lag(count(*)) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select tag.host, lag(count(*)) from windows.tied where time >= 2024-01-01 group by tag.host');
SELECT * FROM sydraql('select time_bucket(1m, time) as b, lag(count(*)) as l from windows.tied where time >= 2024-01-01 group by b having l > 1');
SELECT * FROM sydraql('select time_bucket(1m, time) as b, lag(v) from windows.tied where time >= 2024-01-01 group by b');
SELECT * FROM sydraql('select v from windows.tied where time >= 2024-01-01 order by lag(v)');
SELECT * FROM sydraql('select row_number()');
SELECT * FROM sydraql('select lag(v, -1) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select lag(v, v) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select moving_avg(v, 0) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select moving_avg(v, 1mo) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select ema(v, 1m, 1.5) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select derivative(v, 0s) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select running_sum(tag.host) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select lag(distinct v) from windows.tied where time >= 2024-01-01');
SELECT * FROM sydraql('select lag() from windows.tied where time >= 2024-01-01');
SET client_min_messages = warning;
DROP SCHEMA windows CASCADE;
