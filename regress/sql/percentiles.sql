-- Percentiles, distinct counts, modes and histograms give what SQL's ordered sets and sorts give, in the head, sealed and both; the approximate ones stay within their bounds.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE q (time timestamptz NOT NULL, host sydra.tag, v float8, i int8, s text, b bool, d float8) USING sydra;
CREATE FUNCTION add(size int, stage int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO q SELECT '1999-12-31 23:00Z'::timestamptz + (k / 3 + stage) * interval '1 s', 'h' || k % 3,
		CASE WHEN k % 11 <> 5 THEN (k::int8 * 7919 % 10007 - 5000) / 8.0 END, k * 31 % 19 - 9, chr(97 + k * 17 % 5), nullif(k % 4, 2) > 2,
		CASE WHEN k % 7 = 3 THEN NULL ELSE exp((k::int8 * 7919 % 10007) / 1000.0 - 5) * CASE WHEN k % 3 = 1 THEN -1 ELSE 1 END END
	FROM generate_series(0, size - 1) k;
$$;
-- As the number of rows that differ.
CREATE FUNCTION compare() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text := '';
	key text;
	plain text;
	differ bigint;
BEGIN
	FOREACH key IN ARRAY ARRAY['', 'host', 'i'] LOOP
		plain := format('SELECT %1$s percentile_cont(0.5) WITHIN GROUP (ORDER BY v), percentile_cont(0) WITHIN GROUP (ORDER BY v), percentile_cont(1) WITHIN GROUP (ORDER BY v),
			percentile_cont(0.95) WITHIN GROUP (ORDER BY v), percentile_cont(0.123) WITHIN GROUP (ORDER BY i), percentile_cont(0.75) WITHIN GROUP (ORDER BY v) FILTER (WHERE i > 0),
			mode() WITHIN GROUP (ORDER BY v), mode() WITHIN GROUP (ORDER BY i), mode() WITHIN GROUP (ORDER BY s COLLATE "C"), mode() WITHIN GROUP (ORDER BY b),
			CASE WHEN count(v) > 0 THEN (SELECT array_agg(coalesce(n, 0) ORDER BY p) FROM generate_series(0, 11) p
				LEFT JOIN (SELECT width_bucket(x, -500, 500, 10) AS w, count(*) AS n FROM unnest(array_agg(v)) x WHERE x IS NOT NULL GROUP BY 1) h ON w = p) END
			FROM q %2$s', key || CASE WHEN key <> '' THEN ', ' ELSE '' END, CASE WHEN key <> '' THEN 'GROUP BY ' || key ELSE '' END);
		EXECUTE format('WITH mine AS (SELECT * FROM sydraql_to_recordset(%L) AS t(%s a float8, b float8, c float8, d float8, e float8, f float8, g float8, h int8, j text, l bool, m int8[])),
			plain AS (%s) SELECT count(*) FROM ((TABLE mine EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE mine)) x',
			format('select %s median(v), percentile(v, 0), percentile(v, 1), percentile(v, 0.95), percentile(i, 0.123), percentile(v, 0.75) filter (where i > 0), mode(v), mode(i), mode(s), mode(b), histogram(v, -500, 500, 10)
				from q where time >= 1999-01-01 %s', key || CASE WHEN key <> '' THEN ', ' ELSE '' END, CASE WHEN key <> '' THEN 'group by ' || key ELSE '' END),
			CASE key WHEN '' THEN '' WHEN 'host' THEN 'k text, ' ELSE 'k int8, ' END, plain) INTO differ;
		result := result || differ;
	END LOOP;
	-- Percentiles of one sign are within 1 %, counts of distinct values within four standard errors.
	SELECT count(*) INTO differ FROM sydraql('select host, approx_percentile(d, 0.01) as a, approx_percentile(d, 0.5) as b, approx_percentile(d, 0.99) as c, approx_count_distinct(v) as n, approx_count_distinct(s) as t, approx_count_distinct(i) as u, approx_count_distinct(b) as w
			from q where time >= 1999-01-01 group by host') m
		FULL JOIN (SELECT host::text, percentile_cont(0.01) WITHIN GROUP (ORDER BY d) AS a, percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS b, percentile_cont(0.99) WITHIN GROUP (ORDER BY d) AS c,
			count(DISTINCT v) AS n, count(DISTINCT s) AS t, count(DISTINCT i) AS u, count(DISTINCT b) AS w FROM q GROUP BY host) p USING (host)
		WHERE (m.t, m.u, m.w) IS DISTINCT FROM (p.t, p.u, p.w) OR abs(m.n - p.n) > 4 * 0.0115 * p.n OR m.n IS NULL OR p.n IS NULL
			OR coalesce(abs(m.a - p.a) > 0.01 * abs(p.a), m.a IS DISTINCT FROM p.a) OR coalesce(abs(m.b - p.b) > 0.01 * abs(p.b), m.b IS DISTINCT FROM p.b) OR coalesce(abs(m.c - p.c) > 0.01 * abs(p.c), m.c IS DISTINCT FROM p.c);
	RETURN result || differ;
END $$;
SELECT unnest(ARRAY['TRUNCATE q', format('SELECT %s AS rows, add(%1$s, 0)', size), format('SELECT ''head'' AS %I, compare()', size), 'CALL sydra.seal(''q'')',
	format('SELECT ''sealed'' AS %I, compare()', size), format('SELECT add(%s, %s)', size, size), format('SELECT ''both'' AS %I, compare()', size)])
FROM unnest(ARRAY[0, 1, 2, 1023, 1024, 1025, 40000]) size
\gexec
SELECT * FROM sydraql('select count(distinct v), count(distinct s) filter (where i > 0), histogram(distinct i, -9, 10, 19), percentile(distinct i, 0.5), mode(distinct i) from q where time >= 1999-01-01');
SELECT * FROM sydraql_describe('select histogram(v, 0, 1, 2), mode(s), mode(time), approx_count_distinct(s), median(i) from q where time >= 1999-01-01');
-- A histogram is filled like any value, but by no number.
SELECT * FROM sydraql('select time_bucket(1h, time) as b, histogram(i, 0, 10, 2), median(i) from q where time >= 1999-12-31T22:00:00Z and time < 2000-01-01T00:00:00Z group by b fill(previous)') LIMIT 2;
SELECT * FROM sydraql('select time_bucket(1h, time) as b, histogram(i, 0, 10, 2) from q where time >= 1999-12-31T22:00:00Z and time < 2000-01-01 group by b fill(0)');
DROP TABLE q;
DROP FUNCTION add, compare;

-- NaN is greatest, infinities have places, two of them no distance.
CREATE TABLE n (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO n SELECT '2024-03-01Z'::timestamptz + k * interval '1 s', chr(97 + k / 4), (ARRAY['NaN', '-Infinity', 'Infinity', '0', '-0', '1e-310', '-1e308', '1e308', 'Infinity', 'Infinity', 'Infinity', 'Infinity', 'NaN', 'NaN', 'NaN', 'NaN'])[k + 1]::float8 FROM generate_series(0, 15) k;
SELECT * FROM sydraql('select host, percentile(v, 0) as p0, median(v), percentile(v, 1) as p1, approx_percentile(v, 0) as a0, approx_percentile(v, 0.4) as a4, approx_percentile(v, 1) as a1, mode(v), approx_count_distinct(v) as n, histogram(v, -1e308, 1.7e308, 2) from n where time >= 2024-03-01 group by host');
SELECT * FROM sydraql('select percentile(v, :p), approx_percentile(v, $1) from n where time >= 2024-03-01', '{"p": 0.25}');
SELECT * FROM sydraql('select percentile(v, :p), approx_percentile(v, :p) from n where time >= 2024-03-01 and v < 5', '{"p": 0.25}');

-- What is wrong is told.
SELECT * FROM sydraql('select percentile(v, 95) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select 1, approx_percentile(v, -0.1) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select percentile(v, v) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select percentile(v, null) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select percentile(v) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select median(host) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select histogram(v, 10, 0, 5) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select histogram(v, 0, 10, 0) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select histogram(v, 0, 10, 2.5) from n where time >= 2024-01-01');
SELECT * FROM sydraql('select v, histogram(v, 0, 1, 2) from n where time >= 2024-01-01 group by v order by histogram(v, 0, 1, 2)');
SET sydraql.query_mem = '1MB';
INSERT INTO n SELECT '2024-03-02Z'::timestamptz + k * interval '1 s', 'a', k FROM generate_series(1, 140000) k;
\set VERBOSITY terse
SELECT * FROM sydraql('select median(v) from n where time >= 2024-03-02');
\set VERBOSITY default
SELECT * FROM sydraql('select approx_percentile(v, 0.5) > 69300, approx_percentile(v, 0.5) < 70700, abs(approx_count_distinct(v) - 140000) < 5000 as near from n where time >= 2024-03-02');
RESET sydraql.query_mem;
SELECT * FROM sydraql('select median(v), percentile(v, 0.999) from n where time >= 2024-03-02');
DROP TABLE n;
