-- time_bucket is aligned to its origin, rounds down before it, and knows months, years and the days of a time zone.
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT * FROM sydraql_to_recordset('select time_bucket(5m, 2024-03-01T10:07:59.999999Z), time_bucket(5m, 2024-03-01T10:10:00Z), time_bucket(7d, 2024-03-06), time_bucket(7d, 2000-01-02T23:59:59Z), time_bucket(7d, 2000-01-03)') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz, e timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, 1999-12-31T23:59:59Z), time_bucket(1h, 1999-12-31T23:00:00Z), time_bucket(7m, 1970-01-01T00:00:00Z), time_bucket(1d, 1600-02-29T12:00:00Z), time_bucket(1us, 2024-01-01T00:00:00.000001Z)') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz, e timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, 2024-03-01T10:07:00Z, 2024-01-01T00:15:00Z), time_bucket(1h, 2024-03-01T10:20:00Z, 2024-01-01T00:15:00Z), time_bucket(1h, 1990-03-01T10:07:00Z, 2024-01-01T00:15:00Z)') AS t(a timestamptz, b timestamptz, c timestamptz);
-- months and years
SELECT * FROM sydraql_to_recordset('select time_bucket(1mo, 2024-02-29T23:59:59Z), time_bucket(3mo, 2024-02-29), time_bucket(1mo, 1999-12-31T23:59:59Z), time_bucket(5mo, 1999-12-31), time_bucket(1y, 1999-12-31), time_bucket(10y, 2024-05-05), time_bucket(1y6mo, 2024-05-05)') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz, e timestamptz, f timestamptz, g timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(1mo, 2024-02-14T23:59:59Z, 2000-01-15), time_bucket(1mo, 2024-02-15, 2000-01-15), time_bucket(1mo, 2024-02-15T05:59:00Z, 2024-06-15T06:00:00Z), time_bucket(1y, 2024-02-15, 2001-06-28)') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(1mo, 2024-02-14, 2000-01-29)') AS t(a timestamptz);
\echo :LAST_ERROR_SQLSTATE
-- days of a zone: 23 and 25 hours long, midnight that comes twice (Havana) or never (Sao Paulo)
SELECT * FROM sydraql_to_recordset('select time_bucket(1d, 2024-03-31T22:30:00Z, ''Europe/Berlin''), time_bucket(1d, 2024-03-31T21:59:59Z, ''Europe/Berlin''), time_bucket(1d, 2024-10-27T22:59:00Z, ''Europe/Berlin''), time_bucket(1mo, 2024-03-31T22:30:00Z, ''Europe/Berlin''), time_bucket(7d, 2024-03-31T12:00:00Z, ''Europe/Berlin''), time_bucket(1h, 2024-03-31T12:10:00Z, ''Asia/Kolkata'')') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz, e timestamptz, f timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(1d, 2024-11-03T04:30:00Z, ''America/Havana''), time_bucket(1d, 2024-11-03T05:30:00Z, ''America/Havana''), time_bucket(1d, 2018-11-04T03:00:00Z, ''America/Sao_Paulo''), time_bucket(1d, 2018-11-04T02:59:59Z, ''America/Sao_Paulo'')') AS t(a timestamptz, b timestamptz, c timestamptz, d timestamptz);
SELECT * FROM sydraql_to_recordset('select time_bucket(36h, 2024-03-31, ''Europe/Berlin'')') AS t(a timestamptz);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select time_bucket(1d, 2024-03-31, ''Europe/Atlantis'')') AS t(a timestamptz);
\echo :LAST_ERROR_SQLSTATE

-- every row of a table in its bucket, against date_bin and the server's own clock of the zone
CREATE TABLE t (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO t SELECT '1998-01-01Z'::timestamptz + k * interval '37 h 11 min 3.5 s', 'h' || k % 2, k FROM generate_series(0, 2999) k;
CALL sydra.seal('t');
INSERT INTO t SELECT '2024-10-26Z'::timestamptz + k * interval '7 min', 'h' || k % 2, k FROM generate_series(0, 499) k;
CREATE FUNCTION differing(query text, columns text, plain text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	mine text := format('SELECT * FROM sydraql_to_recordset(%L) AS t(%s)', query, columns);
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) d', mine, plain, plain, mine) INTO result;
	RETURN result;
END $$;
SELECT differing('select time, time_bucket(1h, time), time_bucket(7d, time), time_bucket(13m, time, 2010-05-05T05:05:05Z) from t where time >= 1990-01-01', 'a timestamptz, b timestamptz, c timestamptz, d timestamptz',
	'SELECT time, date_bin(''1 h'', time, ''2000-01-03Z''), date_bin(''7 d'', time, ''2000-01-03Z''), date_bin(''13 min'', time, ''2010-05-05 05:05:05Z'') FROM t');
SELECT differing('select time, time_bucket(1d, time, ''Europe/Berlin''), time_bucket(1mo, time), time_bucket(1y, time), time_bucket(1mo, time, ''America/New_York'') from t where time >= 1990-01-01', 'a timestamptz, b timestamptz, c timestamptz, d timestamptz, e timestamptz',
	'SELECT time, date_trunc(''day'', time, ''Europe/Berlin''), date_trunc(''month'', time), date_trunc(''year'', time), date_trunc(''month'', time, ''America/New_York'') FROM t');
SELECT differing('select time_bucket(6h, time) as b, tag.host, count(*), sum(v), first(v), last(v) from t where time >= 1990-01-01 group by b, tag.host', 'a timestamptz, h text, b int8, c float8, d float8, e float8',
	'SELECT date_bin(''6 h'', time, ''2000-01-03Z''), host::text, count(*), sum(v), (array_agg(v ORDER BY time))[1], (array_agg(v ORDER BY time DESC))[1] FROM t GROUP BY 1, 2');
SELECT differing('select time_bucket(1d, time, ''Europe/Berlin'') as b, count(*), avg(v), max(time) from t where time >= 1990-01-01 and v >= 0 group by b', 'a timestamptz, b int8, c float8, d timestamptz',
	'SELECT date_trunc(''day'', time, ''Europe/Berlin''), count(*), avg(v), max(time) FROM t GROUP BY 1');
-- a range within which no bucket has rows, and one that is empty
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from t where time between 2030-01-01 and 2031-01-01 group by b') AS t(a timestamptz, n int8);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from t where time >= 2030-01-01 and time < 2020-01-01 group by b') AS t(a timestamptz, n int8);
DROP TABLE t;
DROP FUNCTION differing;
