-- Zeros of either sign, numbers at the end of float8, and functions where they have no easy answer.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
SET extra_float_digits = 1;
CREATE SCHEMA edges;
SET search_path = edges, public;
SELECT * FROM sydraql('select round(5.0, -310) as a, round(5.0, -400) as b, round(-5.0, -9223372036854775807) as c, round(5.0, 310) as d, round(1.5e300, -300) as e, round(2.5, 0) as f, round(-1234.5, -2) as g, round(0.0, 400) as h');
SELECT sydra.round(float8 '5', -310) AS a, sydra.round(float8 'Infinity', -310) AS b, sydra.round(float8 'NaN', -310) AS c;
SELECT * FROM sydraql('select log(1000, 10) as a, log(8, 2) as b, log(81, 3) as c, log(1024, 2) as d, log(1e-5, 10) as e');
SELECT sydra.pow(float8 '-1', float8 'NaN') AS a, pow(float8 '-1', float8 'NaN') AS b, sydra.pow(float8 '-1', float8 '0.5') AS c, sydra.pow(float8 'NaN', float8 '0') AS d;

-- An extreme that is zero is 0, whichever zeros there are and wherever they are stored.
CREATE TABLE zero (time timestamptz NOT NULL, h sydra.tag, value float8) USING sydra;
INSERT INTO zero SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'p', CASE WHEN i % 2 = 0 THEN float8 '-0' ELSE 0 END FROM generate_series(0, 20) i;
INSERT INTO zero SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'q', float8 '-0' FROM generate_series(0, 20) i;
INSERT INTO zero SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'r', CASE WHEN i < 3 THEN float8 '-0' ELSE 10 - i END FROM generate_series(0, 20) i;
CREATE VIEW zeros AS SELECT * FROM sydraql('select h, min(value), max(value), spread(value) from edges.zero where time >= 2024-01-01 group by h');
TABLE zeros;
CALL sydra.seal('zero');
TABLE zeros;
SELECT * FROM sydraql('select min(value), max(value), spread(value) from edges.zero where time >= 2024-01-01 and h != ''r''');
SELECT h, spread(value) FROM zero GROUP BY h ORDER BY h;
-- Segments with such extremes are not read for them.
SELECT * FROM sydraql('select min(value), max(value) from edges.zero where time >= 2024-01-01');
SELECT sydraql_last_stats() -> 'points_scanned' AS points_scanned;

-- Past the end of float8 aggregates are infinite, but no NaN.
CREATE TABLE large (time timestamptz NOT NULL, h sydra.tag, value float8) USING sydra;
INSERT INTO large SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'same', 1.5e308 FROM generate_series(0, 40) i;
INSERT INTO large SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'turns', CASE WHEN i % 2 = 0 THEN -1.5e308 ELSE 1.5e308 END FROM generate_series(0, 41) i;
INSERT INTO large SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'two', CASE WHEN i = 0 THEN -1e308 ELSE 1e308 END FROM generate_series(0, 1) i;
INSERT INTO large SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', 'infinite', CASE WHEN i = 0 THEN float8 'Infinity' ELSE i END FROM generate_series(0, 40) i;
SELECT * FROM sydraql('select h, variance(value), stddev(value), var_pop(value), stddev_pop(value), median(value), percentile(value, 0.25) as q from edges.large where time >= 2024-01-01 group by h');
SELECT * FROM sydraql('select sum(value), avg(value) from edges.large where time >= 2024-01-01 and h = ''same''');
-- The same from one row at a time, as the series take turns.
SELECT * FROM sydraql('select variance(value), stddev_pop(value) from edges.large where time >= 2024-01-01 and h != ''infinite'' and h != ''same''');
CALL sydra.seal('large');
SELECT * FROM sydraql('select h, variance(value), stddev(value), var_pop(value) from edges.large where time >= 2024-01-01 group by h');
SELECT * FROM sydraql('select h, time, difference(value), derivative(value), running_sum(value), ema(value, 1s, 0.5) from edges.large where time >= 2024-01-01 and h = ''two''');
SELECT * FROM sydraql('select time_bucket(1s, time) as b, sum(value) from edges.large where time >= 2024-01-01 and time < 2024-01-01T00:00:05Z and h = ''turns'' and (time = 2024-01-01 or time = 2024-01-01T00:00:03Z) group by b fill(linear)');
-- Scalars say so.
SELECT * FROM sydraql('select value + value from edges.large where time >= 2024-01-01 and h = ''same''');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DROP SCHEMA edges CASCADE;
