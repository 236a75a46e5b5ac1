-- BY_ID(n) is one series, whatever its metric: of that name and those tags in any database.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET sydraql.auto_create_metrics = on;
CREATE SCHEMA byid;
CREATE TABLE byid.wide (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, up sydra.tag_bool, value float8) USING sydra;
CREATE TABLE byid."odd ""name" (time timestamptz NOT NULL, value float8) USING sydra;
INSERT INTO byid.wide SELECT timestamptz '2024-03-01' + i * interval '1 min', 'h' || i % 3, nullif(i % 2, 0), CASE i % 5 WHEN 0 THEN true END, i FROM generate_series(0, 239) i;
INSERT INTO byid."odd ""name" VALUES ('2024-03-01', 7);
SELECT inserted FROM sydra.ingest('{"series":"byid.native","ts":"2024-03-01","value":1,"tags":{"host":"a","port":80}}
{"series":"byid.native","ts":"2024-03-02","value":2,"tags":{"host":"a"}}
{"series":"byid.native","ts":"2024-03-03","value":3,"tags":{"port":"80","host":"a","empty":"","none":null}}
{"series":"byid.native","ts":"2024-03-04","value":4,"tags":{"ünï \"q\"":"it''s"}}
{"series":"byid.native","ts":"2024-03-05","value":5,"tags":{}}');

-- The id is no secret: 63 bits of a hash of the names and the texts of the tags.
CREATE FUNCTION byid.expected(metric text, tags jsonb) RETURNS int8 LANGUAGE sql AS $$
	SELECT (('x' || left(encode(sha256(convert_to(split_part(metric, '.', 1), 'UTF8') || '\x00' || convert_to(split_part(metric, '.', 2), 'UTF8') || '\x00'
		|| coalesce((SELECT string_agg(convert_to(key, 'UTF8') || '\x00' || convert_to(value, 'UTF8') || '\x00', '' ORDER BY convert_to(key, 'UTF8')) FROM jsonb_each_text(tags)), '')
		|| '\xffff'), 'hex'), 16))::bit(64) >> 1)::int8 $$;
SELECT m.metric, s.tags, s.id, s.id = byid.expected(m.metric, s.tags) AS as_expected, s.id = sydra.series_id(m.metric::regclass, s.tags) AS same
	FROM sydraql('show metrics like ''byid.%''') m, sydraql_to_json('show series from ' || m.metric) j, jsonb_to_record(j) AS s(tags jsonb, id int8)
	WHERE m.metric <> 'byid."odd ""name"' ORDER BY 1, 2;
SELECT * FROM sydraql('show series from byid."odd ""name"');
SELECT sydra.series_id('byid.native', '{"port": 80, "host": "a", "empty": ""}') = sydra.series_id('byid.native', '{"host": "a", "port": "80"}') AS same, sydra.series_id(0, '{}');

-- What it says of a series and what its tags, spelt out, say.
CREATE FUNCTION byid.series(OUT metric regclass, OUT tags jsonb, OUT id int8) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT m, s.tags, s.id FROM unnest('{byid.wide,byid.native,"byid.odd \"name"}'::text[]) n, LATERAL (SELECT CASE n WHEN 'byid.odd "name' THEN 'byid."odd ""name"' ELSE n END::regclass) r(m),
		sydraql_to_json('show series from ' || m) j, jsonb_to_record(j) AS s(tags jsonb, id int8) $$;
CREATE FUNCTION byid.rows(query text, OUT count int8, OUT sum float8, OUT first timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), sum(value), min(time) FROM (%s) q', query) INTO count, sum, first;
END $$;
CREATE FUNCTION byid.wrong() RETURNS TABLE (metric regclass, tags jsonb, by_id text, spelt_out text, translated text) LANGUAGE sql AS $$
	SELECT s.metric, s.tags, a::text, b::text, c::text FROM byid.series() s,
		LATERAL (SELECT format('select time, value from by_id(%s) where time >= 2024-01-01', s.id)) q(query),
		LATERAL byid.rows(format('SELECT * FROM sydraql_to_recordset(%L) AS t(time timestamptz, value float8)', query)) a,
		LATERAL byid.rows(format(CASE s.metric WHEN 'byid.wide'::regclass
			THEN 'SELECT time, value FROM %1$s t WHERE jsonb_strip_nulls(jsonb_build_object(''host'', host, ''rack'', rack::text, ''up'', up::text)) = %2$L'
			WHEN 'byid.native'::regclass
			THEN 'SELECT time, value FROM %1$s t WHERE (SELECT coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each_text(t.tags) WHERE value <> '''') = %2$L'
			ELSE 'SELECT time, value FROM %1$s' END, s.metric, s.tags)) b,
		LATERAL byid.rows(sydraql_to_sql(query)) c
	WHERE a IS DISTINCT FROM b OR b IS DISTINCT FROM c $$;
SELECT count(*), count(DISTINCT id) FROM byid.series();
SELECT * FROM byid.wrong();
CALL sydra.seal('byid.wide');
CALL sydra.seal('byid.native');
SELECT * FROM byid.wrong();
INSERT INTO byid.wide SELECT timestamptz '2024-03-02' + i * interval '1 min', 'h' || i % 4, nullif(i % 2, 0), NULL, i FROM generate_series(0, 59) i;
SELECT count(*), count(DISTINCT id) FROM byid.series();
SELECT * FROM byid.wrong();
SELECT count(*) AS wrong FROM sydra.series s WHERE s.id IS DISTINCT FROM sydra.series_id(s.metric, s.tags);
SET sydraql.disabled_rules = 'tag_pushdown';
SELECT * FROM byid.wrong();
RESET sydraql.disabled_rules;
-- A database that has its columns in another order, or tables that were altered, has the same ids.
CREATE TEMP TABLE before AS SELECT * FROM byid.series();
ALTER TABLE byid.wide RENAME TO was;
CREATE TABLE byid.wide (value float8, rack sydra.tag_int4, gone int4, time timestamptz NOT NULL, host sydra.tag) USING sydra;
ALTER TABLE byid.wide DROP gone, ADD up sydra.tag_bool;
INSERT INTO byid.wide SELECT value, rack, time, host, up FROM byid.was;
SELECT * FROM (SELECT tags, id FROM before EXCEPT SELECT tags, id FROM byid.series()) lost;
CALL sydra.seal('byid.wide');
ALTER TABLE byid.wide ADD region sydra.tag;
INSERT INTO byid.wide (time, host, region) VALUES ('2024-03-03', 'h0', 'eu');
SELECT b.tags FROM before b WHERE NOT EXISTS (SELECT FROM byid.series() s WHERE s.id = b.id);
VACUUM FULL byid.wide;
SELECT count(*) FROM before b JOIN byid.series() s USING (id) WHERE b.tags = s.tags;
DROP TABLE byid.was;

-- Everywhere a metric may stand.
SELECT id AS h1, format('by_id(%s)', id) AS h1_series FROM byid.series() WHERE tags = '{"host": "h1"}' \gset
SELECT id AS a, format('by_id(%s)', id) AS a_series FROM byid.series() WHERE tags = '{"host": "a"}' \gset
\set where ' where time >= 2024-03-01 and time < 2024-04-01'
SELECT j FROM sydraql_to_json('select count(*), sum(value), min(tag.host) from ' || :'h1_series' || :'where') j;
SELECT j FROM sydraql_to_json('select * from ' || :'a_series' || :'where') j;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'h1_series' || '{host = ''h1'', rack = ''''}' || :'where') j;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'h1_series' || '{host = ''h2''}' || :'where') j;
SELECT j FROM sydraql_to_json('select count(*), max(w.value) from ' || :'h1_series' || ' as w where host != :no' || :'where', '{"no": "x"}') j;
SELECT j FROM sydraql_to_json('select max(wide.value) from ' || :'h1_series' || :'where') j;
SELECT j FROM sydraql_to_json('select count(*), sum(b.value) from ' || :'h1_series' || ' a join time byid.wide b on host' || :'where') j;
SELECT j FROM sydraql_to_json('select count(*), sum(b.value) from byid.wide a join time ' || :'h1_series' || ' b match nearest on host' || :'where' || ' and a.rack is null and a.up is null and a.region is null') j;
SELECT j FROM sydraql_to_json('select sum(s.value) from (select time, value from ' || :'a_series' || :'where' || ') s') j;
SELECT j FROM sydraql_to_json('show tags from ' || :'h1_series') j;
SELECT j FROM sydraql_to_json('show values of host from ' || :'h1_series' || ' where rack = ''''') j;
SELECT j FROM sydraql_to_json('show series from ' || :'a_series') j;
SELECT * FROM sydraql_explain('select sum(value) from ' || :'a_series' || :'where');
SELECT * FROM sydraql_explain('select sum(value) from ' || :'h1_series' || :'where');
SELECT * FROM sydraql_explain('delete from ' || :'a_series' || :'where');
SELECT sydraql_to_sql('select sum(value) from ' || :'a_series' || :'where');
SELECT sydraql_to_sql('delete from ' || :'a_series' || '{port = ''''}' || :'where');
SELECT sydraql_to_sql('insert into ' || :'h1_series' || ' values (2024-03-07, 1)');
-- Written to, a series of the head and one that is sealed; of equal tags but one more nothing is deleted.
SELECT j FROM sydraql_to_json('insert into ' || :'h1_series' || ' values (2024-03-07, 1), (2024-03-08, null)') j;
SELECT j FROM sydraql_to_json('insert into ' || :'a_series' || ' values (2024-03-07, 1, {"n": 1})') j;
SELECT time, host, rack, up, region, value FROM byid.wide WHERE time >= '2024-03-07';
SELECT time, tags, value, fields FROM byid.native WHERE time >= '2024-03-07';
SELECT j FROM sydraql_to_json('insert into ' || :'a_series' || ' (host = ''b'') values (2024-03-07, 1)') j;
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT j FROM sydraql_to_json('delete from ' || :'a_series' || :'where') j;
SELECT j FROM sydraql_to_json('delete from ' || :'h1_series' || :'where') j;
SELECT time, tags, value FROM byid.native ORDER BY time;
SELECT count(*) FROM byid.wide WHERE host = 'h1' AND rack IS NULL AND up IS NULL AND region IS NULL;
SELECT count(*) FROM byid.wide WHERE host = 'h1';
ROLLBACK;

-- Statements that are kept: a view depends on the metric, and what is prepared follows a change of it.
SELECT 'CREATE VIEW byid.kept AS SELECT * FROM sydraql(''select count(*), sum(value) from ' || :'a_series' || ' where time >= 2024-03-01'')' AS make \gset
:make;
SELECT * FROM byid.kept;
DROP TABLE byid.native;
\echo :LAST_ERROR_SQLSTATE
SELECT 'PREPARE kept AS SELECT * FROM sydraql(''select count(*), sum(value) from ' || :'h1_series' || ' where time >= 2024-03-01'')' AS make \gset
SET plan_cache_mode = force_generic_plan;
:make;
EXECUTE kept;
EXECUTE kept;
ALTER TABLE byid.wide ALTER value TYPE float4;
EXECUTE kept;
ALTER TABLE byid.wide RENAME TO renamed;
EXECUTE kept;
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE byid.renamed RENAME TO wide;
EXECUTE kept;
-- The name of the schema and those of tags are its own too.
ALTER SCHEMA byid RENAME TO "by id";
EXECUTE kept;
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA "by id" RENAME TO byid;
EXECUTE kept;
ALTER TABLE byid.wide RENAME host TO server;
EXECUTE kept;
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE byid.wide RENAME server TO host;
EXECUTE kept;
-- Rows of a table that was emptied are none of the series' any more; new ones are.
TRUNCATE byid.wide;
EXECUTE kept;
\echo :LAST_ERROR_SQLSTATE
INSERT INTO byid.wide (time, host, value) VALUES ('2024-03-09', 'h1', 3), ('2024-03-09', 'h2', 4);
EXECUTE kept;
BEGIN;
DELETE FROM byid.wide WHERE host = 'h1';
SAVEPOINT a;
EXECUTE kept;
ROLLBACK;
CALL sydra.seal('byid.wide');
DELETE FROM byid.wide WHERE host = 'h1';
-- Numbered, it is known without rows.
EXECUTE kept;
DEALLOCATE kept;
RESET plan_cache_mode;

-- Two series of one id: made for this, as nobody meets them by chance.
CREATE TABLE byid.twins (time timestamptz NOT NULL, kkkk sydra.tag, value float8) USING sydra;
INSERT INTO byid.twins VALUES ('2024-03-01', '71bb04fd663faceb', 1), ('2024-03-01', '376fcbdfd173c4e0', 2);
SELECT * FROM sydraql('show series from byid.twins');
SELECT j FROM sydraql_to_json('select * from by_id(146097339346718552) where time >= 2024-03-01') j;
\echo :LAST_ERROR_SQLSTATE
CALL sydra.seal('byid.twins');
SELECT j FROM sydraql_to_json('select * from by_id(146097339346718552) where time >= 2024-03-01') j;
\echo :LAST_ERROR_SQLSTATE
TRUNCATE byid.twins;
INSERT INTO byid.twins VALUES ('2024-03-01', '71bb04fd663faceb', 1);
SELECT j FROM sydraql_to_json('select * from by_id(146097339346718552) where time >= 2024-03-01') j;

-- A temporary table is in no schema; of other tables nobody gives ids.
CREATE TEMP TABLE mine (time timestamptz NOT NULL, host sydra.tag) USING sydra;
INSERT INTO mine VALUES ('2024-03-01', 'x');
SELECT id, id = byid.expected('.mine', tags) AS as_expected FROM sydraql('show series from mine');
SELECT j FROM sydraql_to_json('select host from by_id(' || (SELECT id FROM sydraql('show series from mine')) || ') where time >= 2024-03-01') j;
CREATE TABLE byid.heap (time timestamptz NOT NULL, host text);
INSERT INTO byid.heap VALUES ('2024-03-01', 'x');
SELECT sydra.configure('byid.heap', tags => '{host}');
SELECT * FROM sydraql('show series from byid.heap');
SELECT j FROM sydraql_to_json('select host from by_id(' || sydra.series_id('byid.heap', '{"host": "x"}') || ') where time >= 2024-03-01') j;
\echo :LAST_ERROR_SQLSTATE

-- Only metrics that the caller may read, all of their columns and rows, are looked into; a view shows its owner's.
CREATE ROLE regress_byid;
GRANT USAGE ON SCHEMA byid TO regress_byid;
GRANT SELECT ON byid.kept TO regress_byid;
SET ROLE regress_byid;
SELECT * FROM byid.kept;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'a_series' || :'where') j;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (time, value, tags) ON byid.native TO regress_byid;
SET ROLE regress_byid;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'a_series' || :'where') j;
RESET ROLE;
GRANT SELECT ON byid.native TO regress_byid;
SET ROLE regress_byid;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'a_series' || :'where') j;
SELECT j FROM sydraql_to_json('insert into ' || :'a_series' || ' values (2024-03-07, 1)') j;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE byid.native ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON byid.native TO regress_byid USING (true);
SET ROLE regress_byid;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'a_series' || :'where') j;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM byid.kept;
RESET ROLE;
REVOKE USAGE ON SCHEMA byid FROM regress_byid;
ALTER TABLE byid.native DISABLE ROW LEVEL SECURITY;
SET ROLE regress_byid;
SELECT j FROM sydraql_to_json('select count(*) from ' || :'a_series' || :'where') j;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Errors.
SELECT j FROM sydraql_to_json('select value from by_id(1) where time >= 2024-03-01') j;
SELECT j FROM sydraql_to_json('show series from by_id(9223372036854775807)') j;
SELECT j FROM sydraql_to_json('insert into by_id(1) values (2024-03-01, 1)') j;
SELECT j FROM sydraql_to_json('delete from by_id(1) where time >= 2024-03-01 and time < 2024-03-02') j;
SELECT j FROM sydraql_to_json('select value from by_id(-1) where time >= 2024-03-01') j;
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP SCHEMA byid CASCADE;
DROP ROLE regress_byid;
