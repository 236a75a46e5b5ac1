-- FILL adds rows for the buckets that have none, for every combination of the other keys that has a row, and changes nothing that is there.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE f (time timestamptz NOT NULL, host sydra.tag, v float8, i int8, s text) USING sydra;
INSERT INTO f VALUES ('2024-01-01 00:10Z', 'a', 1, 10, 'x'), ('2024-01-01 01:10Z', 'a', 3, 20, 'y'), ('2024-01-01 04:10Z', 'a', NULL, 50, NULL), ('2024-01-01 06:10Z', 'a', 8, NULL, 'z'),
	('2024-01-01 03:10Z', 'b', 5, 5, 'b'), ('2024-01-02 03:10Z', 'c', 7, 7, 'c');
CREATE FUNCTION filled(fill text, range text DEFAULT 'time >= 2024-01-01 and time < 2024-01-01T08:00:00Z') RETURNS TABLE (b timestamptz, h text, n int8, v float8, i float8, s text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT * FROM sydraql_to_recordset(%L) AS t(b timestamptz, h text, n int8, v float8, i float8, s text)',
		'select time_bucket(1h, time) as b, tag.host, count(v) + 0, avg(v), avg(i), max(s) from f where ' || range || ' group by b, tag.host fill(' || fill || ')');
END $$;
SELECT * FROM filled('none');
SELECT * FROM filled('null');
SELECT * FROM filled('previous');
SELECT * FROM filled('previous within 1h') WHERE h = 'a';

-- LINEAR: numbers become float8, the others are null; WITHIN bounds the way to either neighbour
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*), avg(v), sum(i), max(s) from f where time >= 2024-01-01 and time < 2024-01-01T08:00:00Z and tag.host = ''a'' group by b fill(linear)') AS t(b timestamptz, n float8, v float8, i float8, s text);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, avg(v), sum(i) from f where time >= 2024-01-01 and time < 2024-01-01T08:00:00Z and tag.host = ''a'' group by b fill(linear within 1h)') AS t(b timestamptz, v float8, i float8);

-- a number
SELECT * FROM sydraql_to_recordset('select time_bucket(2h, time) as b, tag.host, count(*), avg(v) from f where time >= 2024-01-01 and time < 2024-01-01T08:00:00Z group by b, tag.host fill(-1)') AS t(b timestamptz, h text, n int8, v float8);
SELECT * FROM sydraql_to_recordset('select time_bucket(4h, time) as b, avg(v) * 2, count(*) from f where time >= 2024-01-01 and time < 2024-01-02 group by b fill(0.5)') AS t(b timestamptz, v float8, n float8);
SELECT * FROM sydraql_to_recordset('select time_bucket(4h, time) as b, max(s) from f where time >= 2024-01-01 and time < 2024-01-02 group by b fill(0)') AS t(b timestamptz, s text);
\echo :LAST_ERROR_SQLSTATE

-- HAVING: what it removes stays out, and nobody sees its values
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, sum(i) from f where time >= 2024-01-01 and time < 2024-01-01T06:00:00Z and tag.host = ''a'' group by b having sum(i) != 20 fill(previous)') AS t(b timestamptz, i int8);

-- every bucket that meets the range, the first and the last too; without rows none
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from f where time >= 2024-01-01T00:05:00Z and time <= 2024-01-01T02:00:00Z group by b fill(null)') AS t(b timestamptz, n int8);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from f where time >= 2024-01-01T00:05:00Z and time < 2024-01-01T02:00:00Z group by b fill(null)') AS t(b timestamptz, n int8);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from f where time >= 2025-01-01 and time < 2025-01-02 group by b fill(0)') AS t(b timestamptz, n int8);
SELECT * FROM sydraql_to_recordset('select time_bucket(1h, time) as b, count(*) from f where time >= 2025-01-02 and time < 2025-01-01 group by b fill(0)') AS t(b timestamptz, n int8);

-- calendar steps, and the days of a zone
SELECT * FROM sydraql_to_recordset('select time_bucket(1mo, time) as b, sum(i) from f where time >= 2023-11-15 and time < 2024-03-01 group by b fill(0)') AS t(b timestamptz, i int8);
SELECT * FROM sydraql_to_recordset('select time_bucket(1d, time, ''Europe/Berlin'') as b, count(*) from f where time >= 2023-12-31 and time < 2024-01-03 group by b fill(0)') AS t(b timestamptz, n int8);
SELECT count(*), min(b), max(b), count(*) FILTER (WHERE extract(hour FROM b) = 22) FROM sydraql_to_recordset('select time_bucket(1d, time, ''Europe/Berlin'') as b, count(*) from f where time >= 2023-12-31T23:00:00Z and time < 2024-12-31T23:00:00Z group by b fill(0)') AS t(b timestamptz, n int8);

-- more than a batch, against generate_series
SELECT count(*) FROM (SELECT * FROM sydraql_to_recordset('select time_bucket(1m, time) as b, sum(i) from f where time >= 2024-01-01 and time < 2024-01-03 group by b fill(null)') AS t(b timestamptz, i int8)
	EXCEPT SELECT b, sum(i)::int8 FROM generate_series('2024-01-01Z'::timestamptz, '2024-01-02 23:59Z', '1 min') b LEFT JOIN f ON date_bin('1 min', time, '2000-01-03Z') = b GROUP BY b) d;
SELECT count(*), count(DISTINCT b), sum(n) FROM sydraql_to_recordset('select time_bucket(1m, time) as b, tag.host, count(*) from f where time >= 2024-01-01 and time < 2024-01-03 group by b, tag.host fill(0)') AS t(b timestamptz, h text, n int8);
-- the number of rows is known before they are made
SELECT * FROM sydraql_to_recordset('select time_bucket(1us, time) as b, count(*) from f where time >= 2024-01-01 and time < 2024-01-03 group by b fill(0)') AS t(b timestamptz, n int8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select avg(v) from f where time >= 2024-01-01 fill(0)') AS t(v float8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select time_bucket(1h, time) as b, count(*) from f where time >= 2024-01-01 group by b fill(previous within 0s)');
DROP TABLE f;
DROP FUNCTION filled;
