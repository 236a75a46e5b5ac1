-- SHOW of tables that are none of ours: heap, partitioned tables, views, materialized and foreign ones.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
CREATE SCHEMA other;
CREATE TYPE other.mood AS ENUM ('ok', 'bad');
CREATE TABLE other.heap (time timestamptz, host text, rack int4, up bool, state other.mood, value float8, note text);
INSERT INTO other.heap SELECT timestamptz '2024-03-01' + i * interval '1 min', 'h' || i % 3, nullif(i % 2, 0), CASE i % 5 WHEN 0 THEN true END, 'ok', i, 'note ' || i FROM generate_series(0, 59) i;
INSERT INTO other.heap VALUES ('2024-03-02', '', NULL, NULL, NULL, 1, NULL), ('2024-03-02', NULL, NULL, NULL, NULL, 2, NULL), (NULL, 'timeless', 9, NULL, NULL, 3, NULL);
CREATE TABLE other.parts (time timestamptz NOT NULL, host text, value float8) PARTITION BY RANGE (time);
CREATE TABLE other.parts_1 PARTITION OF other.parts FOR VALUES FROM ('2024-03-01') TO ('2024-03-02');
CREATE TABLE other.parts_2 (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
ALTER TABLE other.parts_2 ALTER host TYPE text;
ALTER TABLE other.parts ATTACH PARTITION other.parts_2 FOR VALUES FROM ('2024-03-02') TO ('2024-03-03');
INSERT INTO other.parts SELECT timestamptz '2024-03-01 23:30' + i * interval '1 min', 'p' || i / 30, i FROM generate_series(0, 59) i;
CALL sydra.seal('other.parts_2');
CREATE VIEW other.view AS SELECT time AS seen, created, host AS server, value FROM other.heap, LATERAL (SELECT time - interval '1 hour') c (created) WHERE value < 30;
CREATE MATERIALIZED VIEW other.matview AS SELECT time, host, state FROM other.heap WHERE value >= 30;
CREATE TABLE other.timeless (host text, value float8);
CREATE TABLE other.declared (time timestamptz NOT NULL, host sydra.tag, value float8);
INSERT INTO other.declared VALUES ('2024-03-01', 'd', 1);

-- While nobody has said which its tags are, any text can be asked for, and what the series are is not known.
SELECT * FROM sydraql('show metrics like ''other.%''');
SELECT * FROM sydraql('show values of host from other.heap');
SELECT * FROM sydraql('show values of host from other.heap where tag.note = ''note 7''');
SELECT sydraql_to_json('show tags from other.heap');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show series from other.heap');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_json('show values of rack from other.heap');
\echo :LAST_ERROR_SQLSTATE
-- Columns of our domains are tags as they are.
SELECT * FROM sydraql('show series from other.declared');

-- Said, it is a metric like others.
SELECT sydra.configure('other.heap', tags => '{host,rack,up,state}');
SELECT sydra.configure('other.parts', tags => '{host}');
SELECT sydra.configure('other.view', tags => '{server}', time_column => 'seen');
SELECT sydra.configure('other.matview', tags => '{state,host}');
SELECT * FROM sydraql('show metrics like ''other.%''');
SELECT * FROM sydraql('show tags from other.heap');
SELECT * FROM sydraql('show values of rack from other.heap');
SELECT * FROM sydraql('show values of up from other.heap where rack = 1');
SELECT count(*), count(id) FROM sydraql('show series from other.heap');
SELECT * FROM sydraql('show series from other.heap where tag.up = ''true'' and host != ''h1''');
SELECT count(*) FILTER (WHERE t.tags IS NULL) AS unknown, count(*) FILTER (WHERE s.tags IS NULL) AS missing FROM sydraql('show series from other.heap') s
	FULL JOIN (SELECT DISTINCT jsonb_strip_nulls(jsonb_build_object('host', nullif(host, ''), 'rack', rack::text, 'up', up::text, 'state', state)) AS tags FROM other.heap WHERE time IS NOT NULL) t USING (tags);
SELECT * FROM sydraql('show series from other.parts');
SELECT * FROM sydraql('show tags from other.parts');
SELECT * FROM sydraql('show values of host from other.parts where host > ''p0''');
SELECT * FROM sydraql('show series from other.view');
SELECT * FROM sydraql('show values of server from other.view');
SELECT * FROM sydraql('show tags from other.matview');
SELECT * FROM sydraql('show series from other.matview');
SELECT * FROM sydraql('show metrics like ''other.%'' where tag.host = ''h1''');
SELECT * FROM sydraql('show metrics like ''other.%'' where tag.server = ''h1''');
SELECT * FROM sydraql('show metrics like ''other.%'' where host = ''p1''');

-- What cannot be read is no metric: without a time, or a column that was told of.
SELECT sydra.configure('other.timeless', tags => '{host}');
ALTER TABLE other.heap RENAME rack TO shelf;
SELECT * FROM sydraql('show metrics like ''other.%''');
SELECT sydraql_to_json('show tags from other.heap');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('show metrics like ''other.%'' where host = ''h1''');
ALTER TABLE other.heap RENAME shelf TO rack;
ALTER TABLE other.heap ADD seen timestamptz;
SELECT * FROM sydraql('show metrics like ''other.heap''');
ALTER TABLE other.heap RENAME time TO at;
SELECT * FROM sydraql('show metrics like ''other.heap''');
ALTER TABLE other.heap RENAME at TO time;
-- A misspelt name of one is hinted at.
SELECT sydraql_to_json('show tags from other.matvew');

-- Privileges and row security.
CREATE ROLE regress_other;
GRANT USAGE ON SCHEMA other TO regress_other;
GRANT SELECT (time, host) ON other.heap TO regress_other;
GRANT SELECT ON other.view, other.parts TO regress_other;
ALTER TABLE other.parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY late ON other.parts TO regress_other USING (time >= '2024-03-02');
SET ROLE regress_other;
SELECT * FROM sydraql('show metrics like ''other.%''');
SELECT * FROM sydraql('show values of host from other.heap');
SELECT sydraql_to_json('show series from other.heap');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('show series from other.view');
SELECT * FROM sydraql('show series from other.parts');
SELECT * FROM sydraql('show metrics like ''other.%'' where host = ''p0''');
SELECT * FROM sydraql('show metrics like ''other.%'' where host = ''p1''');
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA other CASCADE;
DROP ROLE regress_other;
SELECT * FROM sydraql('show metrics like ''other.%''');
