-- Rows come by time, then by the keys, then by tags, then as they were written; ORDER BY is stable on top of that, spilling or not.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE s (time timestamptz NOT NULL, host sydra.tag, v float8, i int8, t text) USING sydra;
INSERT INTO s SELECT '2024-01-01Z'::timestamptz + (k / 4) * interval '1 s', 'h' || (k * 3) % 4, (k * 37) % 101, CASE WHEN k % 10 <> 0 THEN (k * 13) % 7 END, CASE WHEN k % 9 <> 0 THEN 't' || (k * 31) % 23 END FROM generate_series(0, 4999) k;
CALL sydra.seal('s');
INSERT INTO s SELECT '2024-01-01Z'::timestamptz + (k / 4 + 600) * interval '1 s', 'h' || (k * 3) % 5, (k * 37) % 101, CASE WHEN k % 10 <> 0 THEN (k * 13) % 7 END, CASE WHEN k % 9 <> 0 THEN 't' || (k * 31) % 23 END FROM generate_series(0, 2999) k;
-- How many rows do not stand where plain SQL has them.
CREATE FUNCTION misplaced(query text, plain text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT row_number() OVER () AS n, * FROM sydraql_to_recordset(%L) AS t(time timestamptz, host text, v float8, i int8, t text)) a FULL JOIN (SELECT row_number() OVER () AS n, * FROM (%s) q) b USING (n) WHERE (a.time, a.host, a.v, a.i, a.t) IS DISTINCT FROM (b.time, b.host, b.v, b.i, b.t)', query, plain) INTO result;
	RETURN result;
END $$;
CREATE VIEW q AS SELECT time, host::text, v, i, t COLLATE "C" AS t FROM s;
-- before 00:10 no series has two rows of one time
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY time, host');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 order by time desc', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY time DESC, host');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 order by v, t desc', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY v, t DESC, time, host');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 order by i nulls first, t nulls last limit 500 offset 77', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY i NULLS FIRST, t NULLS LAST, time, host LIMIT 500 OFFSET 77');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 order by v desc limit 10', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY v DESC, time, host LIMIT 10');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 limit 1025', 'SELECT time, host, v, i, t FROM q WHERE time < ''2024-01-01 00:10Z'' ORDER BY time, host LIMIT 1025');
SELECT misplaced('select time, tag.host, v, i, t from s where time < 2024-01-01T00:10:00Z and time >= 2024-01-01 order by i limit 3 by tag.host', 'SELECT time, host, v, i, t FROM (SELECT *, row_number() OVER (PARTITION BY host ORDER BY i NULLS LAST, time) AS r FROM q WHERE time < ''2024-01-01 00:10Z'') x WHERE r <= 3 ORDER BY i NULLS LAST, time, host');
SELECT * FROM sydraql_to_recordset('select time, tag.host from s where time >= 2024-01-01 limit 2 by tag.host offset 3') AS t(time timestamptz, host text);
SELECT count(*) FROM sydraql_to_recordset('select time from s where time >= 2024-01-01 limit 0') AS t(time timestamptz);
SELECT count(*) FROM sydraql_to_recordset('select time from s where time >= 2024-01-01 limit 10 offset 7995') AS t(time timestamptz);

-- of one series and time: as written, sealed or not
CREATE TABLE w (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO w VALUES ('2024-01-01Z', 'b', 1), ('2024-01-01Z', 'a', 2), ('2024-01-01Z', 'a', 1);
INSERT INTO w VALUES ('2024-01-01Z', 'a', 0), ('2024-01-01Z', NULL, 9), ('2023-12-31Z', 'b', 5);
SELECT * FROM sydraql_to_recordset('select * from w where time >= 2023-01-01') AS t(time timestamptz, host text, v float8);
CALL sydra.seal('w');
INSERT INTO w VALUES ('2024-01-01Z', 'a', -1);
SELECT * FROM sydraql_to_recordset('select * from w where time >= 2023-01-01') AS t(time timestamptz, host text, v float8);

-- more rows than memory: sorted runs in temporary files
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v float8, t text) USING sydra;
INSERT INTO m SELECT '2024-01-01Z'::timestamptz + k * interval '1 s', 'h' || k % 3, (k * 7919) % 100003, repeat('x', k % 40) || k FROM generate_series(0, 59999) k;
CREATE TEMP TABLE one AS SELECT row_number() OVER () AS n, * FROM sydraql_to_recordset('select time, tag.host, v, t from m where time >= 2024-01-01 order by v') AS t(time timestamptz, host text, v float8, t text);
SET sydraql.query_mem = '4MB';
CREATE TEMP TABLE two AS SELECT row_number() OVER () AS n, * FROM sydraql_to_recordset('select time, tag.host, v, t from m where time >= 2024-01-01 order by v') AS t(time timestamptz, host text, v float8, t text);
RESET sydraql.query_mem;
SELECT count(*), (SELECT count(*) FROM (TABLE one EXCEPT TABLE two) d) AS differing FROM one;
SELECT count(*) FROM (SELECT n, v, lag(v) OVER (ORDER BY n) AS before FROM two) d WHERE before > v;
-- a query that takes too long ends
SET sydraql.max_query_duration = 1;
SELECT count(*) FROM sydraql_to_recordset('select time, tag.host, v, t from m where time >= 2024-01-01 order by t, v') AS t(time timestamptz, host text, v float8, t text);
\echo :LAST_ERROR_SQLSTATE
DROP VIEW q;
DROP TABLE s, w, m, one, two;
DROP FUNCTION misplaced;
