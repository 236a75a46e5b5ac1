-- The aggregates of plain SQL give what the language gives, in one process and in several, and in moving frames what they give over the same rows at rest.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE p (time timestamptz NOT NULL, host text, v float8) USING heap;
INSERT INTO p SELECT '2024-03-01Z'::timestamptz + (k / 4 * 2) * interval '1 s', 'h' || k % 4, CASE WHEN k % 13 <> 5 THEN (k::int8 * 37 % 997) / 8.0 END FROM generate_series(0, 19999) k;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO m SELECT * FROM p;
ANALYZE p;
CREATE VIEW plain AS SELECT host, increase(v, time), delta(v, time), rate(v, time), irate(v, time), integral(v, time), integral(v, time, '1 min') AS integral_2, time_weighted_avg(v, time),
	percentile(v, 0.9), median(v), approx_percentile(v, 0.9), approx_count_distinct(floor(v)), histogram(v, 0, 100, 4), first(v, time), last(v, time), first(host, time) AS first_2 FROM p GROUP BY host;
CREATE VIEW mine AS SELECT * FROM sydraql('select host, increase(v), delta(v), rate(v), irate(v), integral(v), integral(v, 1m), time_weighted_avg(v),
	percentile(v, 0.9), median(v), approx_percentile(v, 0.9), approx_count_distinct(floor(v)), histogram(v, 0, 100, 4), first(v), last(v), first(host) from m where time >= 2024-01-01 group by host');
SELECT count(*) FROM ((TABLE plain EXCEPT TABLE mine) UNION ALL (TABLE mine EXCEPT TABLE plain)) d;
-- Rows in another order.
SELECT count(*) FROM (SELECT host, increase(v, time ORDER BY v), rate(v, time ORDER BY host, v DESC), median(v ORDER BY v) FROM p GROUP BY host EXCEPT SELECT host, increase, rate, median FROM mine) d;
-- Several processes.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_sort = off;
EXPLAIN (COSTS OFF) CREATE TABLE several AS TABLE plain;
CREATE TABLE several AS TABLE plain;
SELECT count(*) FROM ((TABLE several EXCEPT TABLE mine) UNION ALL (TABLE mine EXCEPT TABLE several)) d;
-- Of many different values, of both signs, of those of any width.
CREATE VIEW others AS SELECT approx_percentile(v - 60, 0.1), approx_count_distinct(host || time), approx_count_distinct(v > 3) AS few, first(host || v, time + (host = 'h1')::int * interval '1 s'), last(v > 3, time + (host = 'h1')::int * interval '1 s'),
	histogram(v - 60, -50, 50, 5), percentile(v - 60, 0.1), median(-v), percentile(v, 0.5) FILTER (WHERE v < 0) AS none FROM p;
EXPLAIN (COSTS OFF) CREATE TABLE others_several AS TABLE others;
CREATE TABLE others_several AS TABLE others;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM (TABLE others EXCEPT TABLE others_several) d;
RESET ALL;
SET client_min_messages = warning;
SET timezone = 'UTC';
-- Moving frames, by the inverse and without it.
SELECT count(*) FROM (SELECT host, time, increase(v, time) OVER w AS a, histogram(v, 0, 100, 4) OVER w AS b, rate(v, time) OVER w AS c, (SELECT (increase(x.v, x.time), histogram(x.v, 0, 100, 4), rate(x.v, x.time))
		FROM p x WHERE x.host = p.host AND x.time > p.time - interval '20 s' AND x.time <= p.time) AS still
	FROM p WHERE time < '2024-03-01 00:10Z' WINDOW w AS (PARTITION BY host ORDER BY time RANGE BETWEEN interval '19 s' PRECEDING AND CURRENT ROW)) d
WHERE (a, b, c) IS DISTINCT FROM still;
-- Nothing, nulls alone, equal times: the last to come counts.
SELECT rate(v, t), increase(v, t), time_weighted_avg(v, t), percentile(v, 0.5), approx_percentile(v, 0.5), approx_count_distinct(v), histogram(v, 0, 1, 2), median(v), first(v, t) FROM (VALUES (NULL::float8, now())) x(v, t);
SELECT rate(v, t), increase(v, t), median(v), approx_count_distinct(v), histogram(v, 0, 1, 2) FROM (VALUES (1.0::float8, now())) x(v, t) WHERE false;
SELECT increase(v, t), delta(v, t) FROM (VALUES (1.0::float8, '2024-03-01 00:00Z'::timestamptz), (100, '2024-03-01 00:01Z'), (5, '2024-03-01 00:01Z'), (9, 'infinity'), (3, '2024-03-01 00:02Z')) x(v, t);
SELECT approx_count_distinct(k), approx_count_distinct(k::text), approx_count_distinct(k::numeric) FROM generate_series(1, 500) k;
SELECT approx_count_distinct(point(k, k)) FROM generate_series(1, 5) k;
SELECT percentile(k, 2) FROM generate_series(1, 5) k;
SELECT histogram(k, 5, 1, 2) FROM generate_series(1, 5) k;
SELECT histogram(k, 0, k, 2) FROM generate_series(1, 5) k;
SELECT integral(k, now(), '1 mon') FROM generate_series(1, 5) k;
-- Buckets of a time zone; what looks like a timestamp is an origin, as it was.
SELECT time_bucket('1 day', '2024-03-31 12:00Z', 'Europe/Berlin'), time_bucket('1 day', '2024-03-31 12:00Z', '2000-01-01 06:00Z'), time_bucket('1 day', '2024-03-31 12:00Z', '2000-01-01 06:00Z'::timestamptz);
SELECT time_bucket('1 day', '2024-03-31 12:00Z', 'Europe/Atlantis');
DROP VIEW plain, mine, others;
DROP TABLE p, m, several, others_several;
