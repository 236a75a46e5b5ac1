-- Aggregates give what SQL gives, over head and segments, at the borders of batches, with nulls, NaN and equal times; sums of float8 are compensated.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE FUNCTION differing(query text, columns text, plain text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	mine text := format('SELECT * FROM sydraql_to_recordset(%L) AS t(%s)', query, columns);
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) d', mine, plain, plain, mine) INTO result;
	RETURN result;
END $$;

-- Tables of so many rows, compared as a head, sealed, and with a head behind the segments.  Values are
-- multiples of 1/8, so that sums are exact in any order.
CREATE TABLE a (time timestamptz NOT NULL, host sydra.tag, v float8, i int8, s text, b bool) USING sydra;
CREATE FUNCTION add(size int, stage int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO a SELECT '1999-12-31 12:00Z'::timestamptz + (k / 3 + stage * 1000000) * interval '10 s', 'h' || k % 3,
		CASE WHEN k % 11 <> 5 THEN (k * 7919 % 10007 - 5000) / 8.0 END, nullif(k * 31 % 1009 - 500, 3),
		chr(97 + k * 17 % 26) || k % 7, nullif(k % 5, 2) > 2
	FROM generate_series(0, size - 1) k;
$$;
CREATE FUNCTION compare() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	result := differing(
		'select count(*), count(v), sum(v), avg(v), min(v), max(v), spread(v), sum(i), avg(i), min(i), max(i), spread(i), min(s), max(s), min(time), max(time), count(distinct i), count(distinct s), sum(distinct i) from a where time >= 1999-01-01',
		'a int8, b int8, c float8, d float8, e float8, f float8, g float8, h int8, i float8, j int8, k int8, l int8, m text, n text, o timestamptz, p timestamptz, q int8, r int8, s int8',
		'SELECT count(*), count(v), sum(v), avg(v), min(v), max(v), max(v) - min(v), sum(i)::int8, avg(i)::float8, min(i), max(i), max(i) - min(i), min(s COLLATE "C"), max(s COLLATE "C"), min(time), max(time), count(DISTINCT i), count(DISTINCT s), sum(DISTINCT i)::int8 FROM a');
	result := result || differing(
		'select tag.host, count(*), count(v), sum(v), min(v), max(i), first(v), last(v), first(i), last(s), first(b), last(b), min_time(v), max_time(i) from a where time >= 1999-01-01 group by tag.host',
		'h text, a int8, b int8, c float8, d float8, e int8, f float8, g float8, i int8, j text, k bool, l bool, m timestamptz, n timestamptz',
		'SELECT host::text, count(*), count(v), sum(v), min(v), max(i), (array_agg(v ORDER BY time) FILTER (WHERE v IS NOT NULL))[1], (array_agg(v ORDER BY time DESC) FILTER (WHERE v IS NOT NULL))[1], (array_agg(i ORDER BY time) FILTER (WHERE i IS NOT NULL))[1], (array_agg(s ORDER BY time DESC))[1], (array_agg(b ORDER BY time) FILTER (WHERE b IS NOT NULL))[1], (array_agg(b ORDER BY time DESC) FILTER (WHERE b IS NOT NULL))[1], (array_agg(time ORDER BY v, time) FILTER (WHERE v IS NOT NULL))[1], (array_agg(time ORDER BY i DESC, time) FILTER (WHERE i IS NOT NULL))[1] FROM a GROUP BY host');
	result := result || differing(
		'select b, i % 10 as r, count(*), sum(v), sum(v) filter (where i > 0), count(distinct s) filter (where v < 100) from a where time >= 1999-01-01 and v > -500 group by b, r having count(*) > 1',
		'b bool, r int8, a int8, c float8, d float8, e int8',
		'SELECT b, i % 10, count(*), sum(v), sum(v) FILTER (WHERE i > 0), count(DISTINCT s) FILTER (WHERE v < 100) FROM a WHERE v > -500 GROUP BY b, i % 10 HAVING count(*) > 1');
	result := result || (SELECT count(*) FROM
		sydraql_to_recordset('select tag.host, stddev(v), stddev_pop(v), variance(i), var_pop(v) from a where time >= 1999-01-01 group by tag.host') AS t(h text, a float8, b float8, c float8, d float8)
		FULL JOIN (SELECT host::text AS h, stddev(v) a, stddev_pop(v) b, variance(i)::float8 c, var_pop(v) d FROM a GROUP BY host) p USING (h)
		WHERE (t.a, t.b, t.c, t.d) IS DISTINCT FROM (p.a, p.b, p.c, p.d)
		AND (coalesce(abs(t.a - p.a) > 1e-12 * p.a, t.a IS DISTINCT FROM p.a) OR coalesce(abs(t.b - p.b) > 1e-12 * p.b, t.b IS DISTINCT FROM p.b)
			OR coalesce(abs(t.c - p.c) > 1e-12 * p.c, t.c IS DISTINCT FROM p.c) OR coalesce(abs(t.d - p.d) > 1e-12 * p.d, t.d IS DISTINCT FROM p.d)));
	RETURN result;
END $$;
SELECT unnest(ARRAY['TRUNCATE a', format('SELECT %s AS rows, add(%1$s, 0)', size), format('SELECT ''head'' AS %I, compare()', size), 'CALL sydra.seal(''a'')',
	format('SELECT ''sealed'' AS %I, compare()', size), format('SELECT add(%s, 1)', size), format('SELECT ''both'' AS %I, compare()', size)])
FROM unnest(ARRAY[0, 1, 2, 1023, 1024, 1025, 3072, 10000]) size
\gexec
DROP TABLE a;

-- nothing, and nothing but nulls
CREATE TABLE n (time timestamptz NOT NULL, host sydra.tag, v float8, i int8, s text) USING sydra;
SELECT * FROM sydraql_to_recordset('select count(*), count(v), sum(v), avg(i), min(s), max(v), first(v), stddev(v), spread(i), min_time(v) from n where time >= 2024-01-01') AS t(a int8, b int8, c float8, d float8, e text, f float8, g float8, h float8, i int8, j timestamptz);
SELECT * FROM sydraql_to_recordset('select tag.host, count(*) from n where time >= 2024-01-01 group by tag.host') AS t(a text, b int8);
INSERT INTO n SELECT '2024-01-01Z'::timestamptz + k * interval '1 s', 'a' FROM generate_series(0, 1024) k;
SELECT * FROM sydraql_to_recordset('select count(*), count(v), sum(v), avg(i), min(s), max(v), first(v), stddev(v), spread(i), min_time(v) from n where time >= 2024-01-01') AS t(a int8, b int8, c float8, d float8, e text, f float8, g float8, h float8, i int8, j timestamptz);
CALL sydra.seal('n');
SELECT * FROM sydraql_to_recordset('select count(*), count(v), sum(v), avg(i), min(s), max(v), first(v), stddev(v), spread(i), min_time(v) from n where time >= 2024-01-01') AS t(a int8, b int8, c float8, d float8, e text, f float8, g float8, h float8, i int8, j timestamptz);

-- NaN is greatest, an infinity makes sums infinite, and deviations NaN
CREATE TABLE x (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO x VALUES ('2024-01-01Z', 'nan', 'NaN'), ('2024-01-02Z', 'nan', 'NaN'), ('2024-01-01Z', 'some', 1), ('2024-01-02Z', 'some', 'NaN'), ('2024-01-03Z', 'some', -1), ('2024-01-01Z', 'inf', 'Infinity'), ('2024-01-02Z', 'inf', 3), ('2024-01-01Z', 'both', 'Infinity'), ('2024-01-02Z', 'both', '-Infinity'), ('2024-01-01Z', 'one', 5);
SELECT * FROM sydraql_to_recordset('select tag.host, min(v), max(v), sum(v), avg(v), stddev(v), var_pop(v), spread(v), max_time(v) from x where time >= 2024-01-01 group by tag.host') AS t(h text, a float8, b float8, c float8, d float8, e float8, f float8, g float8, h_ timestamptz);
SELECT differing('select tag.host, min(v), max(v), sum(v), avg(v), stddev(v), var_pop(v) from x where time >= 2024-01-01 group by tag.host', 'h text, a float8, b float8, c float8, d float8, e float8, f float8', 'SELECT host::text, min(v), max(v), sum(v), avg(v), stddev(v), var_pop(v) FROM x GROUP BY host');

-- compensated: a plain sum loses all of the small values
CREATE TABLE k (time timestamptz NOT NULL, host sydra.tag, v float8, w float8) USING sydra;
INSERT INTO k SELECT '2024-01-01Z'::timestamptz + n * interval '1 s', 'a', CASE n WHEN 0 THEN 1e17 WHEN 3000 THEN -1e17 ELSE 1 END, 1e9 + n % 2 FROM generate_series(0, 3000) n;
SELECT * FROM sydraql_to_recordset('select sum(v), avg(v), variance(w) from k where time >= 2024-01-01') AS t(a float8, b float8, c float8);
CALL sydra.seal('k');
SELECT * FROM sydraql_to_recordset('select sum(v), avg(v), variance(w) from k where time >= 2024-01-01') AS t(a float8, b float8, c float8);

-- of equal times first and last take the first series by tags, and of one series what was written last
CREATE TABLE e (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO e VALUES ('2024-01-01Z', 'b', 1), ('2024-01-01Z', 'a', 2), ('2024-01-02Z', 'b', 3), ('2024-01-02Z', 'a', 4);
INSERT INTO e VALUES ('2024-01-01Z', 'a', 5);
SELECT * FROM sydraql_to_recordset('select first(v), last(v), count(*) from e where time >= 2024-01-01') AS t(a float8, b float8, n int8);
CALL sydra.seal('e');
SELECT * FROM sydraql_to_recordset('select first(v), last(v), count(*) from e where time >= 2024-01-01') AS t(a float8, b float8, n int8);
INSERT INTO e VALUES ('2024-01-02Z', 'a', 6), ('2024-01-02Z', 'a', 7);
SELECT * FROM sydraql_to_recordset('select first(v), last(v), count(*) from e where time >= 2024-01-01') AS t(a float8, b float8, n int8);

-- sums of integers are right on the way to where they fit, and errors where they do not
CREATE TABLE o (time timestamptz NOT NULL, host sydra.tag, i int8) USING sydra;
INSERT INTO o VALUES ('2024-01-01Z', 'a', 9223372036854775807), ('2024-01-02Z', 'a', 9223372036854775807), ('2024-01-03Z', 'a', -9223372036854775808), ('2024-01-04Z', 'a', -5);
SELECT * FROM sydraql_to_recordset('select sum(i), avg(i) from o where time >= 2024-01-01') AS t(a int8, b float8);
SELECT * FROM sydraql_to_recordset('select sum(i) from o where time between 2024-01-01 and 2024-01-02') AS t(a int8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select spread(i) from o where time >= 2024-01-01') AS t(a int8);
\echo :LAST_ERROR_SQLSTATE

-- many groups, in an order that is the same whoever reads: by the keys; too many are an error
CREATE TABLE g (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO g SELECT '2024-01-01Z'::timestamptz + n * interval '1 s', 'h' || n % 10, n FROM generate_series(0, 49999) n;
SELECT differing('select v, count(*) from g where time >= 2024-01-01 group by v', 'v float8, n int8', 'SELECT v, count(*) FROM g GROUP BY v');
SET sydraql.query_mem = '1MB';
\set VERBOSITY terse
SELECT count(*) FROM sydraql_to_recordset('select v, count(*) from g where time >= 2024-01-01 group by v') AS t(v float8, n int8);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
RESET sydraql.query_mem;
SET sydraql.max_points = 1000;
SELECT count(*) FROM sydraql_to_recordset('select v from g where time >= 2024-01-01') AS t(v float8);
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_points;
SET sydraql.max_series = 9;
SELECT count(*) FROM sydraql_to_recordset('select v from g where time >= 2024-01-01') AS t(v float8);
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_series;
DROP TABLE n, x, k, e, o, g;
DROP FUNCTION differing, compare, add;
