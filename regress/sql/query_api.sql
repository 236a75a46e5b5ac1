-- The functions that run, describe and explain a query agree with each other and with SQL.
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'ISO';
\set SHOW_CONTEXT never

CREATE SCHEMA qa;
CREATE TABLE qa.wide (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, f8 float8, f4 float4,
	i2 int2, i4 int4, i8 int8, ok bool, t text, j jsonb, d numeric(6,2), day date) USING sydra;
INSERT INTO qa.wide
	SELECT '2024-03-01T00:00:00Z'::timestamptz + g * interval '1 second', 'h' || g % 3, g % 2,
		CASE g % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE g / 4.0 END, g / 8.0, g % 100, g, g * 10000000000, g % 2 = 0,
		CASE WHEN g % 7 > 0 THEN 'ä' || g END, CASE WHEN g % 4 > 0 THEN jsonb_build_object('g', g) END, g / 10.0, '2024-01-01'::date + g % 28
	FROM generate_series(0, 1999) g;
CALL sydra.seal('qa.wide');
INSERT INTO qa.wide (time, host) VALUES ('2024-03-02T00:00:00Z', NULL);

-- Every type comes as the column has it, or as the language computes it.
SELECT * FROM sydraql_describe('select * from qa.wide where time >= 2024-03-01');
SELECT * FROM sydraql('select * from qa.wide where time >= 2024-03-01 limit 3');
SELECT count(*) FROM (
	SELECT time, host, rack, f8, i4, i8, ok, t, j FROM qa.wide
	EXCEPT SELECT time, host, rack, f8, i4, i8, ok, t, j FROM sydraql('select * from qa.wide where time >= 2024-03-01')) AS d;
SELECT count(*) FROM (
	SELECT time, host, rack, f8, i4, i8, ok, t, j FROM sydraql('select * from qa.wide where time >= 2024-03-01')
	EXCEPT SELECT time, host, rack, f8, i4, i8, ok, t, j FROM qa.wide) AS d;

-- The four calls give the same rows.
SELECT * FROM sydraql('select tag.host, count(*), max(i8) from qa.wide where time >= 2024-03-01 group by 1');
SELECT * FROM sydraql_to_recordset('select tag.host, count(*), max(i8) from qa.wide where time >= 2024-03-01 group by 1')
	AS t(host text, n bigint, most bigint);
SELECT * FROM sydraql_to_json('select tag.host, count(*), max(i8) from qa.wide where time >= 2024-03-01 group by 1');
SELECT sydraql_to_json('select tag.host, count(*), max(i8) from qa.wide where time >= 2024-03-01 group by 1 limit 1');

-- Json: times in UTC, what is no number as text, nulls as null.
SELECT * FROM sydraql_to_json('select time, f8, ok, t, j from qa.wide where time >= 2024-03-01 limit 2');

-- A column list that does not fit is told the one that does.
SELECT * FROM sydraql_to_recordset('select time, f8 as "a b" from qa.wide where time >= 2024-03-01') AS t(time timestamptz);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select count(*) from qa.wide where time >= 2024-03-01') AS t(n int);

-- Nothing is run to describe or explain.
SELECT * FROM sydraql_describe('insert into qa.made values (2024-03-01, 1)');
SELECT * FROM sydraql_describe('explain select count(*) from qa.wide where time >= 2024-03-01');
SELECT * FROM sydraql_describe('select value from qa.wide where time >= :from');
SELECT * FROM sydraql_describe('select f8 from qa.wide where time >= :from');
SELECT count(*) FILTER (WHERE plan LIKE '%Scan on qa.wide%') AS scans, count(*) > 2 AS more
	FROM sydraql_explain('select count(*) from qa.wide where time >= 2024-03-01');
SELECT * FROM sydraql('explain select count(*) from qa.wide where time >= 2024-03-01')
EXCEPT SELECT * FROM sydraql_explain('select count(*) from qa.wide where time >= 2024-03-01');
SELECT count(*) > 0 FROM sydraql_explain('insert into qa.made values (2024-03-01, 1)');
SELECT to_regclass('qa.made');

-- The rows are those of the statement's snapshot: what it inserts itself it does not see.
WITH inserted AS (INSERT INTO qa.wide (time) VALUES ('2024-03-03T00:00:00Z') RETURNING 1)
SELECT count FROM inserted, sydraql('select count(*) from qa.wide where time >= 2024-03-03');
SELECT count FROM sydraql('select count(*) from qa.wide where time >= 2024-03-03');

-- INSERT: the metric is made on first use, constraints and triggers hold, nothing remains of a failure.
SELECT * FROM sydraql('insert into qa.made (host = ''a'', "odd key" = ''b'') values (2024-03-01, 1), (2024-03-02T00:00:00.5Z, null, {"x": [1]})');
SELECT * FROM qa.made ORDER BY time;
ALTER TABLE qa.made ADD CHECK (value < 10);
SELECT * FROM sydraql('insert into qa.made values (2024-03-03, 9), (2024-03-04, 10)');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM qa.made;
SELECT * FROM sydraql('insert into qa.wide (host = ''q'') values (2024-03-05, 1)');
SET sydraql.auto_create_metrics = off;
SELECT * FROM sydraql('insert into qa.other values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.auto_create_metrics;
BEGIN READ ONLY;
SELECT * FROM sydraql('insert into qa.made values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
COMMIT;

-- Errors: the first has the place, all are in the detail; later ones are none of an earlier query.
SELECT * FROM sydraql('select avg(f8 from qa.wide where time > > 2024-03-01 group by order by 1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select f9 from qa.wide where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select f8 from qa.widee where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select f8 from qa.wide');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT * FROM sydraql_to_json('select ' || repeat('(', 262144));
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select ' || repeat('x', 5000) || ' from qa.wide where time >= 2024-03-01');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
SET sydraql.max_points = 10;
SELECT * FROM sydraql('select f8 from qa.wide where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM sydraql('select f8 from qa.wide where time >= 2024-03-01 limit 10');
RESET sydraql.max_points;

SET client_min_messages = warning;
DROP SCHEMA qa CASCADE;

-- a field by itself is what was written, of any kind; in an expression it has one
SELECT sydra.create_metric('qa.fielded');
SELECT inserted FROM sydra.ingest('{"series":"qa.fielded","ts":"2024-03-01T00:00:00Z","value":1,"fields":{"status":"ok","ms":12.5,"hit":true,"x":{"y":[1]},"n":null}}
{"series":"qa.fielded","ts":"2024-03-01T00:01:00Z","value":2,"fields":{"status":"bad","ms":7}}');
SELECT * FROM sydraql('select field.status, field.ms, field.hit, field.x, field.n from qa.fielded where time >= 2024-03-01 order by field.ms');
SELECT * FROM sydraql('select field.status, max(field.ms) as ms from qa.fielded where time >= 2024-03-01 group by field.status');
SELECT * FROM sydraql_describe('select field.ms, field.ms + 1 as more, upper(field.status) as loud from qa.fielded where time >= 2024-03-01');
SET client_min_messages = warning;
DROP TABLE qa.fielded;
