-- The rest of the language in plain SQL: window functions with OVER, extremes, scalars that are null outside of their domain, and the
-- orders of series and of writing give what sydraQL gives.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA plainly;
SET search_path = plainly, public;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v float8, n int8, s text, at timestamptz) USING sydra;
INSERT INTO m SELECT '2024-03-01Z'::timestamptz + (k * 7 % 4001) * interval '10 s', 'h' || k % 3, CASE WHEN k % 13 <> 5 THEN (k * 37 % 997) / 8.0 END, nullif(k % 101, 7) - 50, CASE WHEN k % 4 > 0 THEN 's' || k % 9 END,
		CASE WHEN k % 5 > 0 THEN '2020-01-01Z'::timestamptz + k % 77 * interval '1 h' END FROM generate_series(0, 3999) k;
CREATE TABLE p USING heap AS SELECT time, host::text, v, n, s, at FROM m;
ANALYZE p;

-- How many rows one query gives that the other does not, both ways.
CREATE FUNCTION differ(ql text, sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE d bigint;
BEGIN
	EXECUTE format('WITH a AS MATERIALIZED (SELECT * FROM sydraql(%L)), b AS MATERIALIZED (%s) SELECT count(*) FROM (
		(TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', ql, sql) INTO d;
	RETURN d;
END $$;
SELECT differ('select time, host, running_sum(v), running_sum(n), running_avg(v), running_min(v), running_min(n), running_min(at), running_max(v), running_max(n), running_max(at), running_count(s) from plainly.m where time >= 2024-01-01',
	'SELECT time, host, running_sum(v) OVER w, running_sum(n) OVER w, running_avg(v) OVER w, running_min(v) OVER w, running_min(n) OVER w, running_min(at) OVER w, running_max(v) OVER w, running_max(n) OVER w, running_max(at) OVER w, running_count(s) OVER w
	FROM p WINDOW w AS (PARTITION BY host ORDER BY time)');
SELECT differ('select time, host, runsum(v), runsum(n), runavg(v), runmin(v), runmin(n), runmin(at), runmax(v), runmax(n), runmax(at), runcount(v) from plainly.m where time >= 2024-01-01',
	'SELECT time, host, runsum(v) OVER w, runsum(n) OVER w, runavg(v) OVER w, runmin(v) OVER w, runmin(n) OVER w, runmin(at) OVER w, runmax(v) OVER w, runmax(n) OVER w, runmax(at) OVER w, runcount(v) OVER w
	FROM p WINDOW w AS (PARTITION BY host ORDER BY time)');
SELECT differ('select time, host, difference(v), difference(n), derivative(v), derivative(v, 1m), moving_avg(v, 5), moving_avg(v, 95s), ema(v, 1m, 0.25), fill_forward(v), fill_forward(s) from plainly.m where time >= 2024-01-01',
	'SELECT time, host, difference(v) OVER w, difference(n) OVER w, derivative(v, time) OVER w, derivative(v, time, ''1 min'') OVER w, moving_avg(v, 5) OVER w, moving_avg(v, time, ''95 s'') OVER w, ema(v, time, ''1 min'', 0.25) OVER w,
	fill_forward(v) OVER w, fill_forward(s) OVER w FROM p WINDOW w AS (PARTITION BY host ORDER BY time)');
-- Other frames: what leaves is not seen any more.  Types that are widened, and any type at all.
SELECT k, runsum(k) OVER w, runcount(NULL::point) OVER w, runcount(k) OVER w, runavg(k) OVER w, moving_avg(k, 2) OVER w, fill_forward(nullif(k, 3)) OVER w, fill_forward(CASE WHEN k = 2 THEN ARRAY['x', 'yy'] END) OVER w
	FROM generate_series(1, 5) k WINDOW w AS (ORDER BY k ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
SELECT runsum(k ORDER BY k), runmax(k), ema(k, now() + k * interval '1 s', '1 s', 1 ORDER BY k), fill_forward(k ORDER BY k) FROM generate_series(1, 5) k;
SELECT runsum(k), runcount(k), runmin(k), moving_avg(k, 3), fill_forward(k) FROM (VALUES (NULL::float8)) x (k);
SELECT moving_avg(k, 0) OVER () FROM generate_series(1, 2) k;
SELECT moving_avg(k, now(), '-1 s') OVER () FROM generate_series(1, 2) k;
SELECT ema(k, now(), '1 s', 2) OVER () FROM generate_series(1, 2) k;
SELECT derivative(k, now(), '1 mon') OVER () FROM generate_series(1, 2) k;
SELECT ema(k, now(), NULL, 0.5) OVER () FROM generate_series(1, 2) k;
SELECT runsum(9223372036854775807) FROM generate_series(1, 2);

-- Extremes, in one process and in several.
CREATE VIEW plain AS SELECT host, spread(v), spread(n) AS spread_2, min_time(v, time), max_time(v, time), min_time(n, time) AS min_time_2, max_time(n, time) AS max_time_2, approx_count_distinct(v), approx_count_distinct(s) AS s_2,
	approx_count_distinct(time) AS t_2 FROM p GROUP BY host;
CREATE VIEW mine AS SELECT * FROM sydraql('select host, spread(v), spread(n), min_time(v), max_time(v), min_time(n), max_time(n), approx_count_distinct(v), approx_count_distinct(s), approx_count_distinct(time) from plainly.m where time >= 2024-01-01 group by host');
SELECT count(*) FROM ((TABLE plain EXCEPT TABLE mine) UNION ALL (TABLE mine EXCEPT TABLE plain)) d;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_sort = off;
EXPLAIN (COSTS OFF) CREATE TABLE several AS TABLE plain;
CREATE TABLE several AS TABLE plain;
SELECT count(*) FROM ((TABLE several EXCEPT TABLE mine) UNION ALL (TABLE mine EXCEPT TABLE several)) d;
RESET ALL;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = plainly, public;
SELECT spread(v), min_time(v, t), max_time(v, t), spread(v::int8) FROM (VALUES (NULL::float8, now())) x (v, t);
SELECT spread(v), max_time(v, t) = now() AS first FROM (VALUES ('NaN'::float8, now()), (3, now() - interval '1 h'), ('NaN', now() + interval '1 h')) x (v, t);
SELECT spread(v) FROM (VALUES (9223372036854775807), (-2)) x (v);

-- Scalars.  Outside of the domain PostgreSQL's own raise errors.
CREATE TABLE number (x float8, y float8);
INSERT INTO number SELECT x, y FROM unnest('{0,-0,1,-1,0.5,2.5,-2.5,3,10,1e300,-1e300,1e-300,NaN,Infinity,-Infinity}'::float8[]) x, unnest('{0,1,-1,0.5,2,3,10,NaN,Infinity}'::float8[]) y;
CREATE TABLE points (time timestamptz NOT NULL, x float8, y float8) USING sydra;
INSERT INTO points SELECT now(), x, y FROM number;
SELECT differ('select x, y, sqrt(x), ln(x), log(x), log2(x), log10(x), sin(x), cos(x), tan(x), asin(x), acos(x), mod(x, y), log(x, y), clamp(x, -1, y), round(x, 1), round(x, -1) from plainly.points where time > now() - 1h',
	'SELECT x, y, sydra.sqrt(x), sydra.ln(x), sydra.log(x), sydra.log2(x), sydra.log10(x), sydra.sin(x), sydra.cos(x), sydra.tan(x), sydra.asin(x), sydra.acos(x), sydra.mod(x, y), sydra.log(x, y), clamp(x, -1, y), sydra.round(x, 1), sydra.round(x, -1) FROM number');
SELECT sydra.exp(-1000), sydra.pow(-2, 0.5), sydra.pow(2, 10), sydra.mod(7::int8, 0), clamp(5, 1, 3), log2(8), to_epoch('2024-03-01Z'), to_epoch('infinity'), sydra.substr('häuser', 2, 3), sydra.substr('x', 1, -1), sydra.substr('abc', 2), sydra.sqrt(NULL);
SELECT sydra.exp(1000);
SELECT sydra.time_difference('2024-03-03Z', '2024-03-01Z'), sydra.time_difference('infinity', now()), sydra.time_difference('2024-03-01Z', '2024-03-03 00:00:00.5Z');

-- Series are what their tags tell, in the order of their keys and values; missing ones last.
SELECT tags FROM (VALUES ('{"b": "1"}'::jsonb), ('{"a": "2", "b": "1"}'), ('{"a": "2"}'), ('{"a": "10"}'), ('{}'), ('{"A": "z"}'), ('{"a": "1", "c": ""}'), ('{"a": "1", "b": "x"}')) t (tags) ORDER BY sydra.series_key(tags);
SELECT sydra.series_key('{"a": 1, "b": null, "c": ""}') = sydra.series_key('{"a": "1"}') AS same, sydra.series_key('{"ab": "c"}') = sydra.series_key('{"a": "bc"}') AS other;
-- Rows in the order of writing, wherever they are.
CREATE TABLE w (time timestamptz NOT NULL, k int) USING sydra;
INSERT INTO w VALUES ('2024-03-01Z', 1), ('2024-03-01Z', 2);
INSERT INTO w VALUES ('2024-03-01Z', 3);
CALL sydra.seal('w');
INSERT INTO w VALUES ('2024-03-01Z', 4), ('2024-02-01Z', 5);
UPDATE w SET k = 6 WHERE k = 2;
SELECT array_agg(k ORDER BY sydra.written(tableoid, ctid, xmin)) FROM w;
SELECT sydra.written('pg_class'::regclass, ctid, xmin) IS NOT NULL AS any_table FROM pg_class LIMIT 1;
\set VERBOSITY sqlstate
SELECT sydra.written('w'::regclass, '(2147483648,9)', '3');
SELECT sydra.written('pg_class'::regclass, '(2147483648,1)', '3');
SELECT sydra.written('w'::regclass, '(4294967294,1)', '3');
SELECT sydra.written(0, '(2147483648,1)', '3');
\set VERBOSITY default

-- Every function of the language is one of plain SQL: in sydra, or PostgreSQL's own, which is then written here.
CREATE TABLE own (name text, instead text);
INSERT INTO own VALUES ('coalesce', 'syntax'), ('greatest', 'syntax'), ('least', 'syntax'), ('nullif', 'syntax'), ('if', 'CASE');
INSERT INTO own SELECT unnest('{abs,atan,atan2,avg,ceil,concat,count,date_part,degrees,floor,lag,lead,length,lower,max,min,mode,now,radians,replace,row_number,sign,stddev,stddev_pop,sum,trunc,upper,var_pop,variance}'::text[]), 'pg_catalog';
SELECT DISTINCT name FROM sydra.functions f WHERE NOT EXISTS (SELECT FROM own WHERE own.name = f.name)
	AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = f.name AND p.pronamespace = 'sydra'::regnamespace) ORDER BY 1;
SELECT name FROM own WHERE NOT EXISTS (SELECT FROM sydra.functions f WHERE own.name = f.name)
	OR (instead = 'pg_catalog' AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = own.name AND p.pronamespace = 'pg_catalog'::regnamespace)) ORDER BY 1;
-- All can run in parallel, and the aggregates that do not go by the order of rows combine.
SELECT p.oid::regprocedure FROM pg_proc p JOIN sydra.functions f ON f.name = p.proname AND p.pronamespace = 'sydra'::regnamespace WHERE p.proparallel <> 's' GROUP BY 1;
SELECT DISTINCT p.proname FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE p.pronamespace = 'sydra'::regnamespace AND a.aggcombinefn = 0 ORDER BY 1;

DROP SCHEMA plainly CASCADE;
