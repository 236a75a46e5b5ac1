-- The counter family and time_weighted_avg give what window functions give over the same samples, wherever the rows are: in the head, sealed, in segments that overlap, with corrections and resets.
SET client_min_messages = warning;
SET timezone = 'UTC';

-- Values are multiples of 1/8 and times of 1/4 s, so that sums are exact in any order; quotients are rounded, a little off the halves.
CREATE TABLE c (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, v float8, grp int8, n int8) USING sydra;
CREATE SEQUENCE written;

-- What each series' samples are: nulls skipped, of equal times the last written.
CREATE VIEW samples AS
	SELECT host, region, time, v, grp, lag(v) OVER w AS p, extract(epoch FROM time - lag(time) OVER w)::float8 AS dt, lead(time) OVER w AS next, NULL::float8 AS filtered
	FROM (SELECT DISTINCT ON (host, region, time) * FROM c WHERE v IS NOT NULL ORDER BY host, region, time, n DESC) x
	WINDOW w AS (PARTITION BY host, region ORDER BY time)
	UNION ALL
	-- What FILTER leaves is neighbours of its own.
	SELECT host, region, time, NULL, grp, NULL, NULL, NULL, CASE WHEN v >= lag(v) OVER w THEN v - lag(v) OVER w WHEN lag(v) OVER w IS NOT NULL THEN v END
	FROM (SELECT DISTINCT ON (host, region, time) * FROM c WHERE v IS NOT NULL AND n % 3 = 0 ORDER BY host, region, time, n DESC) x
	WINDOW w AS (PARTITION BY host, region ORDER BY time);
CREATE FUNCTION differing(query text, columns text, plain text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	mine text := format('SELECT * FROM sydraql_to_recordset(%L) AS t(%s)', query, columns);
	result bigint;
BEGIN
	EXECUTE format('WITH mine AS (%s), plain AS (%s) SELECT count(*) FROM ((TABLE mine EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE mine)) d', mine, plain) INTO result;
	RETURN result;
END $$;
-- By bucket, by bucket and tag, by tag alone, by nothing, by a column that comes and goes; each as the number of rows that differ.
CREATE FUNCTION compare() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	keys text[] := ARRAY['time_bucket(1m, time)', 'time_bucket(1h, time), tag.host', 'host', '', 'grp', 'time_bucket(7m, time), grp % 2'];
	types text[] := ARRAY['k timestamptz, ', 'k timestamptz, h text, ', 'h text, ', '', 'k int8, ', 'k timestamptz, h int8, '];
	plain_keys text[] := ARRAY['date_bin(''1 m'', time, ''2000-01-03'') AS k1, ', 'date_bin(''1 h'', time, ''2000-01-03'') AS k1, host::text AS k2, ', 'host::text AS k1, ', '', 'grp AS k1, ',
		'date_bin(''7 m'', time, ''2000-01-03'') AS k1, grp % 2 AS k2, '];
	names text[] := ARRAY['k1, ', 'k1, k2, ', 'k1, ', '', 'k1, ', 'k1, k2, '];
	result text := '';
BEGIN
	FOR i IN 1 .. array_length(keys, 1) LOOP
		result := result || differing(
			format('select %s increase(v), delta(v), round(rate(v) + 1.2e-10, 9), round(irate(v) + 1.2e-10, 9), integral(v), integral(v, 64s) * 64, round(time_weighted_avg(v) + 1.2e-10, 9), increase(v) filter (where n %% 3 = 0) from c where time >= 1999-01-01 and v is not null %s',
				keys[i] || CASE WHEN keys[i] <> '' THEN ', ' ELSE '' END, CASE WHEN keys[i] <> '' THEN 'group by ' || keys[i] ELSE '' END),
			types[i] || 'a float8, b float8, c float8, d float8, e float8, f float8, g float8, i float8',
			format('WITH s AS (SELECT %1$s host, region, sum(CASE WHEN v >= p THEN v - p WHEN p IS NOT NULL THEN v END) AS increase, sum(v - p) AS delta,
					sum(CASE WHEN v >= p THEN v - p WHEN p IS NOT NULL THEN v END) / sum(dt) AS rate,
					(array_agg(CASE WHEN v >= p THEN v - p ELSE v END / dt ORDER BY time DESC) FILTER (WHERE p IS NOT NULL))[1] AS irate,
					sum((v + p) / 2 * dt) AS area, sum(filtered) AS filtered, sum(v * extract(epoch FROM next - time)::float8) AS held, sum(extract(epoch FROM next - time)::float8) AS length
				FROM samples GROUP BY %2$s host, region)
			SELECT %2$s sum(increase), sum(delta), round((sum(rate) + 1.2e-10)::numeric, 9)::float8, round((sum(irate) + 1.2e-10)::numeric, 9)::float8, sum(area), sum(area), round((sum(held) / sum(length) + 1.2e-10)::numeric, 9)::float8,
				sum(filtered) FROM s %3$s', plain_keys[i], names[i], CASE WHEN names[i] <> '' THEN 'GROUP BY ' || rtrim(names[i], ', ') ELSE '' END));
	END LOOP;
	RETURN result;
END $$;
-- size rows of 7 series, from a stage on; now and then a null, a correction, a reset.
CREATE FUNCTION add(size int, stage int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO c SELECT '1999-12-31 23:30Z'::timestamptz + (k / 7 - CASE WHEN k % 50 = 49 THEN 7 ELSE 0 END + stage) * interval '2.75 s',
		nullif('h' || k % 7 / 2, 'h3'), 'r' || k % 2, CASE WHEN k % 11 <> 5 THEN (k % 97 * 8 + k % 13) / 8.0 END, k / 10 % 3, nextval('written')
	FROM generate_series(0, size - 1) k;
$$;
SELECT unnest(ARRAY['TRUNCATE c', format('SELECT %s AS rows, add(%1$s, 0)', size), format('SELECT ''head'' AS %I, compare()', size), 'CALL sydra.seal(''c'')',
	format('SELECT ''sealed'' AS %I, compare()', size), format('SELECT add(%s, %s)', size, size / 7 - 3), format('SELECT ''both'' AS %I, compare()', size),
	'CALL sydra.seal(''c'')', format('SELECT ''overlapping'' AS %I, compare()', size), format('SELECT add(%s, 0)', size / 2), 'CALL sydra.seal(''c'')',
	format('SELECT add(%s, 1)', size / 3), format('SELECT ''all over each other'' AS %I, compare()', size)])
FROM unnest(ARRAY[0, 1, 20, 1024, 3000]) size
\gexec

-- The same when what waits no longer fits: all that is left is sorted, in files.
SELECT add(14000, 2000), add(7000, 0);
SET sydraql.query_mem = '3MB';
SELECT compare();
RESET sydraql.query_mem;
DROP TABLE c CASCADE;
DROP FUNCTION add, compare, differing;
DROP SEQUENCE written;

-- What one transaction wrote twice counts as it was written last, whichever segment holds it and is read first.
CREATE TABLE o (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO o SELECT CASE WHEN k < 1024 THEN '2024-03-01 01:00Z'::timestamptz + k * interval '1 s' WHEN k < 1123 THEN '2024-03-01 00:00Z'::timestamptz + k * interval '1 s' ELSE '2024-03-01 01:08:20Z' END,
	'a', CASE k WHEN 500 THEN 1000 WHEN 1123 THEN 7 ELSE 0 END FROM generate_series(0, 1123) k;
SELECT * FROM sydraql('select increase(v), count(*) from o where time >= 2024-03-01');
SET sydraql.seal_batch_rows = 1024;
CALL sydra.seal('o');
RESET sydraql.seal_batch_rows;
SELECT count(*) FROM sydra.segments WHERE metric = 'o'::regclass;
SELECT * FROM sydraql('select increase(v), count(*) from o where time >= 2024-03-01');
DROP TABLE o;

-- By buckets too, where the first row of a vector corrects the last of the one before.
CREATE TABLE o (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO o SELECT '2024-03-01 00:00Z'::timestamptz + (k - (k > 1023)::int) * interval '1 s', 'a', CASE WHEN k = 1023 THEN 1000 ELSE k END
	FROM generate_series(0, 2047) k;
CALL sydra.seal('o');
SELECT * FROM sydraql('select time_bucket(1m, time) as b, increase(v), count(*) from o where time >= 2024-03-01 group by b having increase(v) != 60');
DROP TABLE o;

-- Samples that WHERE drops are no neighbours, nor are those outside of the range; the increases of buckets add up.
CREATE TABLE r (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO r SELECT '2024-03-01Z'::timestamptz + k * interval '10 s', 'a', CASE WHEN k < 6 THEN k * 10 ELSE (k - 6) * 5 END FROM generate_series(0, 11) k;
INSERT INTO r VALUES ('2024-03-01 00:01Z', 'a', 7), ('2024-03-01 00:00:30Z', 'b', 100), ('2024-03-01 00:01:30Z', 'b', 'NaN'), ('2024-03-01 00:02Z', 'b', 3), ('infinity', 'b', 5), ('2024-03-01 00:05Z', 'c', 1);
SELECT * FROM sydraql('select time_bucket(1m, time) as b, increase(v), rate(v), irate(v), delta(v), integral(v), time_weighted_avg(v) from r where time >= 2024-03-01 and tag.host = ''a'' group by b');
SELECT * FROM sydraql('select increase(v), rate(v), integral(v, 1h), time_weighted_avg(v) from r where time >= 2024-03-01 and time < 2024-03-02 and tag.host = ''a''');
SELECT * FROM sydraql('select increase(v) from r where time >= 2024-03-01T00:00:15Z and tag.host = ''a'' and v != 40');
SELECT * FROM sydraql('select host, increase(v), rate(v), delta(v), count(v) from r where time >= 2024-03-01 group by host');
CALL sydra.seal('r');
SELECT * FROM sydraql('select host, increase(v), rate(v), delta(v), count(v) from r where time >= 2024-03-01 group by host');
SELECT * FROM sydraql('explain select host, rate(v) from r where time >= 2024-03-01 and v >= 0 group by host');
-- A parameter as a unit.
SELECT * FROM sydraql('select integral(v, :unit) from r where time >= 2024-03-01 and tag.host = ''a''', '{"unit": "1m"}');
DROP TABLE r;

-- A series is what its tags read as: a number and its text are one, and so are no tag and an empty one.
SELECT sydra.create_metric('public.numbers');
INSERT INTO numbers (time, value, tags) VALUES ('2024-03-01Z', 1, '{"a": 1}');
INSERT INTO numbers (time, value, tags) VALUES ('2024-03-01 00:01Z', 4, '{"a": "1"}'), ('2024-03-01 00:03Z', 1, '{"b": "", "a": 1}');
SELECT * FROM sydraql('select increase(value), rate(value) * 60 as rate from numbers where time >= 2024-03-01');
CALL sydra.seal('numbers');
INSERT INTO numbers (time, value, tags) VALUES ('2024-03-01 00:02Z', 14, '{"a": "1"}');
SELECT * FROM sydraql('select increase(value), rate(value) * 60 as rate from numbers where time >= 2024-03-01');
DROP TABLE numbers;

-- What is wrong is told.
CREATE TABLE w (time timestamptz NOT NULL, host sydra.tag, v float8, s text) USING sydra;
SELECT * FROM sydraql('select rate(s) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select rate(v, 1m) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select increase(distinct v) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select integral(v, 1mo) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select integral(v, 0s) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select 1, integral(v, null) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select integral(v, 5) from w where time >= 2024-01-01');
SELECT * FROM sydraql('select time_weighted_avg(host) from w where time >= 2024-01-01');
DROP TABLE w;
