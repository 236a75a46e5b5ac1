-- SHOW tells which metrics, tags, values, series and functions there are: of what the caller may read,
-- each once, ordered by bytes, and of rows that the snapshot sees.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET sydraql.auto_create_metrics = on;
CREATE SCHEMA shown;
CREATE SCHEMA "Shown too";
CREATE TABLE shown.wide (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, up sydra.tag_bool, value float8, note text) USING sydra;
CREATE TABLE "Shown too"."odd ""name" (time timestamptz NOT NULL, host sydra.tag) USING sydra;
CREATE TABLE "Shown too"."select" (time timestamptz NOT NULL, host sydra.tag) USING sydra;
CREATE TABLE shown.timeless (host sydra.tag, time timestamptz) USING sydra;
CREATE TABLE shown.heap (time timestamptz NOT NULL);
CREATE TEMP TABLE mine (time timestamptz NOT NULL, host sydra.tag) USING sydra;

-- Metrics.
SELECT * FROM sydraql('show metrics') WHERE metric ~* 'shown|mine';
SELECT * FROM sydraql('show metrics like ''shown.%''');
SELECT * FROM sydraql('SHOW METRICS LIKE ''m_ne'';');
SELECT * FROM sydraql('show metrics like ''none''');
SELECT * FROM sydraql_to_json('show metrics like ''Shown too.odd "name''');

-- Sealed in several segments, some deleted, some in the head; empty tags are none.
INSERT INTO shown.wide SELECT timestamptz '2024-03-01' + i * interval '1 s', 'h' || i % 5, i % 3, NULL, i, 'n' FROM generate_series(0, 4999) i;
CALL sydra.seal('shown.wide');
INSERT INTO shown.wide SELECT timestamptz '2024-03-02' + i * interval '1 s', 'h' || i % 5 + 4, NULL, NULL, i, 'n' FROM generate_series(0, 2999) i;
INSERT INTO shown.wide VALUES ('2024-03-02', '', 7, NULL, 0, NULL), ('2024-03-02', NULL, 7, NULL, 0, NULL), ('2024-03-02', NULL, NULL, NULL, 0, NULL);
CALL sydra.seal('shown.wide');
INSERT INTO shown.wide VALUES ('2024-03-03', 'head', 1, NULL, 0, NULL), ('2024-03-03', 'h1', 1, NULL, 0, NULL);
SELECT * FROM sydraql('show tags from shown.wide');
SELECT * FROM sydraql('show values of host from shown.wide');
SELECT * FROM sydraql('show values of rack from shown.wide');
SELECT * FROM sydraql('show values of up from shown.wide');
SELECT * FROM sydraql('show series from shown.wide where tag.rack = ''1'' or tag.host = ''''');
SELECT * FROM sydraql('show series from shown.wide where rack > 2');
SELECT * FROM sydraql('show tags from shown.wide where host is null');
SELECT * FROM sydraql('show values of rack from shown.wide where host =~ /^h[0-3]$/ and upper(host) != ''H3''');
SELECT * FROM sydraql('show values of "host" from shown.wide where tag.host in (:a, :b)', '{"a": "h1", "b": "h9"}');

-- The same as the points say.
SELECT count(*), count(*) FILTER (WHERE t.tags IS NULL) AS unknown, count(*) FILTER (WHERE s.tags IS NULL) AS missing FROM sydraql('show series from shown.wide') s
	FULL JOIN (SELECT DISTINCT jsonb_strip_nulls(jsonb_build_object('host', nullif(host, ''), 'rack', rack::text)) AS tags FROM shown.wide) t USING (tags);
-- No point is decoded, and of segments no more is looked at than finds all series.
SELECT s -> 'points_scanned' AS points, s -> 'segments_scanned' AS segments, s -> 'rows' AS rows FROM sydraql_last_stats() s;
INSERT INTO shown.wide SELECT timestamptz '2024-03-04' + i * interval '1 s', 'h1', 1, NULL, i, 'n' FROM generate_series(0, 2999) i;
CALL sydra.seal('shown.wide');
SELECT count(*) FROM sydraql('show series from shown.wide where tag.host = ''h1'' and tag.rack = ''1''');
SELECT s -> 'segments_scanned' AS segments, s -> 'segments_pruned' AS pruned FROM sydraql_last_stats() s;

-- What is deleted, rolled back or not yet committed is not there.
DELETE FROM shown.wide WHERE host = 'h2';
DELETE FROM shown.wide WHERE host = 'head';
BEGIN;
COPY shown.wide (time, host) FROM stdin;
2024-03-05	aborted
\.
SELECT * FROM sydraql('show values of host from shown.wide');
ROLLBACK;
SET sydraql.direct_min_rows = 1;
BEGIN;
COPY shown.wide (time, host) FROM stdin;
2024-03-05	aborted
\.
SELECT count(*) FROM sydraql('show values of host from shown.wide where host = ''aborted''');
ROLLBACK;
RESET sydraql.direct_min_rows;
SELECT * FROM sydraql('show values of host from shown.wide');
UPDATE shown.wide SET host = 'moved' WHERE host = 'h8';
SELECT * FROM sydraql('show values of host from shown.wide where host > ''h7''');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM sydraql('show series from shown.wide');
SAVEPOINT a;
DELETE FROM shown.wide;
SELECT count(*) FROM sydraql('show series from shown.wide');
SELECT count(*) FROM sydraql('show tags from shown.wide');
ROLLBACK TO a;
SELECT count(*) FROM sydraql('show series from shown.wide');
ROLLBACK;

-- Columns that become tags, or cease to be.
ALTER TABLE shown.wide ALTER note TYPE sydra.tag;
SELECT * FROM sydraql('show tags from shown.wide');
SELECT * FROM sydraql('show values of note from shown.wide');
ALTER TABLE shown.wide ALTER host TYPE text;
SELECT count(*) FROM sydraql('show series from shown.wide');
SELECT count(DISTINCT (rack, note)) FROM shown.wide;

-- A native metric: any key is a tag; series whose tags read alike are one.
SELECT inserted FROM sydra.ingest('{"series":"shown.native","ts":"2024-03-01","value":1,"tags":{"host":"a","port":80}}
{"series":"shown.native","ts":"2024-03-02","value":2,"tags":{"host":"b","":"blank"}}
{"series":"shown.native","ts":"2024-03-02","value":2,"tags":{"host":"a","port":"80"}}
{"series":"shown.native","ts":"2024-03-02","value":2,"tags":{"ünï \"q\"":"ß","empty":"","null":null}}');
SELECT * FROM sydraql('show series from shown.native');
CALL sydra.seal('shown.native');
SELECT * FROM sydraql('show tags from shown.native');
SELECT * FROM sydraql('show values of "ünï ""q""" from shown.native');
SELECT * FROM sydraql('show values of nobody from shown.native');
SELECT * FROM sydraql('show series from shown.native');
SELECT * FROM sydraql_to_json('show series from shown.native where host = ''b'' or tag.host = ''b''');
SELECT * FROM sydraql('show tags from shown.native where tag.port = ''80''');
-- Of rows that replace each other too.
SELECT sydra.configure('shown.native', dedup => 'last');
SELECT count(*) FROM sydraql('show series from shown.native');

-- Functions: a row for each name.
SELECT * FROM sydraql('show functions') WHERE name IN ('avg', 'clamp', 'lag', 'runsum');
SELECT count(*) > 80 AS many, count(DISTINCT name) = count(*) AS once, count(description) = count(*) AS told FROM sydraql('show functions');

-- The registry has an example of each, and each runs.
CREATE TABLE shown.example (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
INSERT INTO shown.example SELECT timestamptz '2024-03-01' + i * interval '1 min', 'web' || i % 2, i FROM generate_series(0, 99) i;
SELECT count(*) FILTER (WHERE example IS NULL OR strpos(example, name) = 0) AS missing, count(*) > 150 AS many FROM sydra.functions;
SELECT name, count(*) FROM (SELECT DISTINCT name, example FROM sydra.functions) f,
	LATERAL sydraql_to_json('select ' || example || ' from shown.example where time >= 2024-03-01') GROUP BY name HAVING count(*) NOT IN (1, 100);
SELECT * FROM sydra.functions WHERE name IN ('integral', 'greatest', 'histogram', 'row_number', 'lag') ORDER BY name, arguments;

-- Which metrics have a series: what a metric does not declare reads as empty.
SELECT * FROM sydraql('show metrics like ''shown%'' where tag.host = ''a''');
SELECT * FROM sydraql('show metrics like ''shown%'' where host = $1 or tag.rack = ''7''', '["web1"]');
SELECT * FROM sydraql('show metrics like ''shown%'' where nobody != ''''');
SELECT * FROM sydraql('show metrics like ''shown%'' where nobody = '''' and note = ''n''');
SELECT * FROM sydraql('show functions where kind = ''window'' and name =~ /^l/');
SELECT name FROM sydraql('show functions where tag.signature like ''%unit%'' or description =~ :what', '{"what": "mean over"}');
SELECT sydraql_to_json('show functions where class = ''window''');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show functions where kind');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show metrics where tag.host');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show metrics where a.b.c = ''x''');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show metrics where count(*) > 1');
\echo :LAST_ERROR_SQLSTATE

-- Views, cursors and joins take it as any table; a view depends on the metric.
CREATE VIEW shown.hosts AS SELECT h.value AS host, s.tags ->> 'rack' AS rack FROM sydraql('show values of host from shown.native') h
	LEFT JOIN sydraql('show series from shown.native') s ON s.tags ->> 'host' = h.value;
SELECT * FROM shown.hosts;
DROP TABLE shown.native;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_describe('show functions');
SELECT * FROM sydraql_describe('show values of host from shown.native');
SELECT * FROM sydraql_to_recordset('show tags from shown.native') AS t(tag text);

-- Limits.
SET sydraql.max_series = 2;
SELECT * FROM sydraql('show series from shown.native');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_series;

-- Privileges: a metric of which no column may be read is not there; a tag needs SELECT on its column, the
-- series need it on all tags.
CREATE ROLE regress_shown;
GRANT USAGE ON SCHEMA shown TO regress_shown;
GRANT SELECT (time, rack) ON shown.wide TO regress_shown;
GRANT SELECT ON "Shown too"."select" TO regress_shown;
SET ROLE regress_shown;
SELECT * FROM sydraql('show metrics');
SELECT * FROM sydraql('show metrics where tag.rack = ''1''');
SELECT * FROM sydraql('show metrics where note = ''n''');
SELECT count(*) FROM sydraql('show values of rack from shown.wide');
SELECT count(*) FROM sydraql('show values of rack from shown.wide where note = ''''');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('show values of note from shown.wide');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('show tags from shown.wide');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('show series from shown.wide');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('show tags from shown.native');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Row security: the tags of the rows that the caller may see, no others.
GRANT SELECT ON shown.native TO regress_shown;
ALTER TABLE shown.native ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_b ON shown.native TO regress_shown USING (tags ->> 'host' = 'b' AND value > 0);
SET ROLE regress_shown;
SELECT * FROM sydraql('show metrics');
SELECT * FROM sydraql('show tags from shown.native');
SELECT * FROM sydraql('show values of host from shown.native');
SELECT * FROM sydraql('show series from shown.native');
SELECT * FROM sydraql('show metrics where host = ''a''');
SELECT * FROM sydraql('show metrics where host = ''b''');
SET row_security = off;
SELECT * FROM sydraql('show series from shown.native');
\echo :LAST_ERROR_SQLSTATE
RESET row_security;
RESET ROLE;
-- A view shows what its owner may see.
GRANT SELECT ON shown.hosts TO regress_shown;
CREATE VIEW shown.metrics AS SELECT * FROM sydraql('show metrics like ''shown.%''');
CREATE VIEW shown.tags AS SELECT * FROM sydraql('show tags from shown.native');
GRANT SELECT ON shown.metrics, shown.tags TO regress_shown;
SET ROLE regress_shown;
SELECT * FROM shown.hosts;
SELECT * FROM shown.metrics;
SELECT * FROM shown.tags;
RESET ROLE;

-- Errors.
SELECT sydraql_to_json('show values of nope from shown.wide');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show series from shown.wide where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show series from shown.wide where value = 1 or tag.rack = ''1''');
SELECT sydraql_to_json('show series from shown.wide where count(*) > 1');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show series from shown.wide where rack');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show series from shown.wde');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show tags from shown.timeless');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show tags from shown.wide where note =~ /(/');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show metrics like ''shown.w\''');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show metrics like ''a\''');
SELECT sydraql_to_json('show metrics like ''shown.w\ide''');
SELECT sydraql_to_json('show tags from shown.wide', '{"a": 1}');
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP SCHEMA shown, "Shown too" CASCADE;
DROP ROLE regress_shown;
