-- Every error of the analysis names itself, points at its place and says the way out.
SET TimeZone = 'UTC';
CREATE SCHEMA fault;
CREATE TABLE fault.usage (time timestamptz NOT NULL, host sydra.tag, region sydra.tag,
	value float8, n int8, ok bool, note text, doc jsonb) USING sydra;
CREATE TABLE fault.native (time timestamptz NOT NULL, value float8,
	tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
CREATE TABLE fault.plain (seen timestamptz NOT NULL, told timestamptz, value float8);
CREATE SEQUENCE fault.numbers;
CREATE TABLE fault.timeless (value float8) USING sydra;

-- metrics
SELECT * FROM sydraql_to_json('select value from fault.usge where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from Fault.Usage where time > now()');
SELECT * FROM sydraql_to_json('select value from usage where time > now()');
SELECT * FROM sydraql_to_json('select * from pg_class');
SELECT * FROM sydraql_to_json('select * from pg_catalog.pg_class');
SELECT * FROM sydraql_to_json('select * from sydra_catalog.series');
SELECT * FROM sydraql_to_json('select * from fault.plain where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select * from fault.numbers where time > now()');
SELECT * FROM sydraql_to_json('select * from fault.timeless where time > now()');

-- names
SELECT * FROM sydraql_to_json('select vlue from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select host from fault.native where time > now()');
SELECT * FROM sydraql_to_json('select tag.hst from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select field.nn from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select usage.value from fault.usage as u where time > now()');
SELECT * FROM sydraql_to_json('select value');
SELECT * FROM sydraql_to_json('select *');
SELECT * FROM sydraql_to_json('select value as x, n as x from fault.usage where time > now() order by x');
\echo :LAST_ERROR_SQLSTATE

-- functions
SELECT * FROM sydraql_to_json('select avgg(value) from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select clamp(value) from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select sum(note) from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select abs(distinct value) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select date_part(''hur'', time) from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select date_part(note, time) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select time_bucket(0s, time) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select time_bucket(1mo, time, 2024-01-31) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select time_bucket(1d, time, ''Europe/Berln'') from fault.usage where time > now()');

-- kinds
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() and host = 5');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where value');
SELECT * FROM sydraql_to_json('select host || ''a'' from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select value + 1h from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select -note from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select time > n from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select 1mo');
SELECT * FROM sydraql_to_json('select doc = note from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select doc from fault.usage where time > now() order by doc');
SELECT * FROM sydraql_to_json('select 9223372036854775807 + 1');
\echo :LAST_ERROR_SQLSTATE

-- literals that are read as times
SELECT * FROM sydraql_to_json('select value from fault.usage where time > ''yesterday''');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where time > 1709251200000');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where time > -1');

-- grouping
SELECT * FROM sydraql_to_json('select value, count(*) from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select *, count(*) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select * from fault.usage where time > now() group by host');
SELECT * FROM sydraql_to_json('select count(*) from fault.usage where count(*) > 3');
SELECT * FROM sydraql_to_json('select avg(max(value)) from fault.usage where time > now()');
SELECT * FROM sydraql_to_json('select avg(value) a from fault.usage where time > now() group by a');
SELECT * FROM sydraql_to_json('select avg(value) from fault.usage where time > now() group by 2');
SELECT * FROM sydraql_to_json('select avg(value) from fault.usage where time > now() group by doc');
SELECT * FROM sydraql_to_json('select avg(value) from fault.usage where time > now() having value > 3');

-- filling
SELECT * FROM sydraql_to_json('select avg(value) from fault.usage where time > now() fill(0)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() fill(0)');
SELECT * FROM sydraql_to_json('select max(note) from fault.usage where time > now() group by time_bucket(1h, time) fill(0)');
\echo :LAST_ERROR_SQLSTATE
SET sydraql.require_time_range = off;
SELECT * FROM sydraql_to_json('select avg(value) from fault.usage group by time_bucket(1h, time) fill(null)');
RESET sydraql.require_time_range;

-- time range
SELECT * FROM sydraql_to_json('select value from fault.usage');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where time < now() and value > 3');

-- the source's own conditions
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() where value > 3');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage{hst = ''a''} where time > now()');
SELECT * FROM sydraql_to_json('select value from fault.usage{host =~ /a(/} where time > now()');
\echo :LAST_ERROR_SQLSTATE

-- parameters
SELECT * FROM sydraql_to_json('select value from fault.usage where time > $1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage where time > :since', '[1]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > $1', '["2024-13-01"]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > $1', '["2024-03-01", 5]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > :a', '{"a": "2024-03-01", "b": 1}');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() and note = $1', '[3]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() and ok = $1', '["yes"]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() - $1', '["1 hour"]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() limit $1', '[1.5]');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() limit $1', '[-1]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select 1', '5');

-- what a later version runs
SELECT * FROM sydraql_to_json('delete from fault.usage where time > now()');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select value from fault.usage@1m where time > now()');
SELECT * FROM sydraql_to_json('select value from by_id(7) where time > now()');

-- insert
SELECT * FROM sydraql_to_json('insert into fault.usage (hst = ''a'') values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('insert into fault.usage (host = ''a'', host = ''b'') values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('insert into fault.usage values (2024-03-01, ''x'')');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('insert into fault.usage values (null, 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('insert into fault.usage values (2024-03-01, 1, {"nn": 1})');
SELECT * FROM sydraql_to_json('insert into fault.usage values (2024-03-01, 1, {"note": [1]})');
SELECT * FROM sydraql_to_json('insert into fault.plain values (2024-03-01, 1)');
SELECT * FROM sydraql_to_json('insert into sydra.x values (2024-03-01, 1)');
SET sydraql.auto_create_metrics = off;
SELECT * FROM sydraql_to_json('insert into fault.new values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.auto_create_metrics;
BEGIN READ ONLY;
SELECT plan FROM sydraql_explain('insert into fault.usage values (2024-03-01, 1)');
SELECT * FROM sydraql_describe('insert into fault.usage values (2024-03-01, 1)');
SELECT * FROM sydraql_to_json('insert into fault.usage values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT count(*) FROM fault.usage;

-- patterns of LIKE
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() and host like ''a\''');
SELECT * FROM sydraql_to_json('select value from fault.usage where time > now() and host like note');

-- depth and width are bounded; what is long but flat is not
\set VERBOSITY terse
DO $$
BEGIN
	PERFORM sydraql_to_json('select ' || repeat('1+', 100000) || '1');
EXCEPTION WHEN statement_too_complex THEN
	RAISE NOTICE '%', SQLERRM;
END $$;
DO $$
BEGIN
	PERFORM sydraql_to_json('select ' || repeat('1,', 2000) || '1');
EXCEPTION WHEN statement_too_complex THEN
	RAISE NOTICE '%', SQLERRM;
END $$;
\set VERBOSITY default
SELECT * FROM sydraql_to_json('select 7 in (' || repeat('1,', 20000) || '7) as found');
SELECT length(r ->> 'x') FROM sydraql_to_json('select concat(' || (SELECT string_agg('$' || i, ',') FROM generate_series(1, 1000) i)
	|| ') as x', (SELECT jsonb_agg('ab'::text) FROM generate_series(1, 1000))) r;

SET client_min_messages = warning;
DROP SCHEMA fault CASCADE;
