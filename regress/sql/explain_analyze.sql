-- EXPLAIN ANALYZE runs the query, writes what an INSERT or DELETE writes, and tells of each operator how
-- many rows it gave and what it took; sydraql_last_stats() tells the same of a query that was not explained.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET sydraql.direct_ingest = off;
CREATE SCHEMA ran;
CREATE TABLE ran.load (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
INSERT INTO ran.load SELECT timestamptz '2024-03-01' + i * interval '1 s', 'h' || i % 2, i FROM generate_series(0, 3999) i;
CALL sydra.seal('ran.load');
INSERT INTO ran.load SELECT timestamptz '2024-03-02' + i * interval '1 s', 'h' || i % 2, i FROM generate_series(0, 3999) i;
CALL sydra.seal('ran.load');
INSERT INTO ran.load VALUES ('2024-03-03', 'h1', 1), ('2024-03-04', 'h2', 2);

-- Times and memory differ from run to run.
CREATE FUNCTION ran.plan(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(plan, '\d+\.\d+ ms', '<time>'), '\d+ kB', '<memory>') FROM sydraql_explain('explain analyze ' || query)
$$;
SELECT * FROM ran.plan('select time, value from ran.load where time >= 2024-03-02 and tag.host = ''h1'' and value > 1990 order by value limit 3');
SELECT * FROM ran.plan('select host, rate(value) from ran.load where time >= 2024-03-01 group by host');
SELECT * FROM ran.plan('select count(*) from ran.load where time >= 2025-03-01');
SELECT * FROM ran.plan('select a.value, b.value from ran.load a join time ran.load b shift 1d where time >= 2024-03-02 and time < 2024-03-03 and tag.host = ''h0'' limit 1');
-- What is for a single series has run, and what is for several has not, or the other way round.
SELECT btrim(plan) AS plan FROM ran.plan('select a.value from ran.load a join time ran.load b shift 1d where time >= 2024-03-02 and time < 2024-03-03') AS plan WHERE plan ~ 'Order|Sort|Left out';
SELECT * FROM ran.plan('insert into ran.load (host = ''h3'') values (2024-03-05, 1), (2024-03-06, 2)');
SELECT * FROM ran.plan('delete from ran.load{host = ''h3''} where time >= 2024-03-05 and time < 2024-03-06');
SELECT * FROM ran.plan('delete from ran.load where time >= 2024-03-01 and time < 2024-03-02');
SELECT * FROM ran.plan('delete from ran.load where time >= 2024-03-01 and time < 2024-03-02 and tag.host = null');
SELECT time::date, count(*) FROM ran.load GROUP BY 1 ORDER BY 1;

-- In JSON: the numbers are there and add up, an operator's time being its own.
CREATE FUNCTION ran.sum_ms(operator jsonb) RETURNS numeric LANGUAGE sql AS $$
	WITH RECURSIVE every (node) AS (SELECT operator
		UNION ALL SELECT jsonb_array_elements(node -> 'inputs') FROM every WHERE node ? 'inputs')
	SELECT sum((node #>> '{actual,ms}')::numeric) FROM every
$$;
SELECT ran.sum_ms(plan -> 'plan') BETWEEN 0 AND (plan ->> 'execute_ms')::numeric AS sum_is_less,
	jsonb_path_query_array(plan, '$.**.operator') AS operators, jsonb_path_query_array(plan, '$.**.rows') AS rows,
	jsonb_path_exists(plan, '$.**.memory_kb ? (@ > 0)') AS memory,
	(SELECT string_agg(key, ' ' ORDER BY key COLLATE "C") FROM jsonb_object_keys(plan) key) AS keys
FROM (SELECT plan::jsonb FROM sydraql('explain analyze format json select host, sum(value) from ran.load where time >= 2024-03-02 and value >= 0 group by host')) p;

-- The answer is the same while it is measured, and it is the caller's: limits, privileges, read-only.
SELECT sydraql_last_stats() ->> 'rows' AS rows;
SET sydraql.max_points = 10;
SELECT * FROM sydraql('explain analyze select value from ran.load where time >= 2024-03-02');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_points;
SET sydraql.query_mem = '1MB';
\set VERBOSITY terse
SELECT * FROM sydraql('explain analyze select percentile(value, 0.5), count(distinct value + 1), mode(value) from ran.load where time >= 2024-03-02 group by value');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.query_mem;
BEGIN READ ONLY;
SELECT * FROM sydraql('explain analyze insert into ran.load values (2024-03-07, 1)');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT count(*) > 1 AS planned FROM sydraql('explain insert into ran.load values (2024-03-07, 1)');
ROLLBACK;
CREATE ROLE regress_ran_user;
GRANT USAGE ON SCHEMA ran TO regress_ran_user;
SET ROLE regress_ran_user;
SELECT * FROM sydraql('explain analyze select value from ran.load where time >= 2024-03-02');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('explain analyze delete from ran.load where time >= 2024-03-02 and time < 2024-03-03');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Nothing is run to describe, or to explain without ANALYZE.
SELECT * FROM sydraql_describe('explain analyze delete from ran.load where time >= 2024-03-02 and time < 2024-03-03');
SELECT count(*) > 1 AS planned FROM sydraql_explain('delete from ran.load where time >= 2024-03-02 and time < 2024-03-03');
SELECT count(*) FROM ran.load WHERE time >= '2024-03-02' AND time < '2024-03-03';

-- SHOW has no plan.
SELECT * FROM sydraql_explain(E'\n  show metrics');
\echo :LAST_ERROR_SQLSTATE

-- The figures of the last query.
CREATE FUNCTION ran.figures() RETURNS jsonb LANGUAGE sql AS
	$$ SELECT sydraql_last_stats() - '{trace_id,parse_ms,validate_ms,plan_ms,execute_ms,memory_bytes}'::text[] $$;
SELECT * FROM sydraql('select count(*) from ran.load where time >= 2024-03-02 and time < 2024-03-02T00:10:00Z and tag.host = ''h0''');
SELECT ran.figures();
SELECT key, jsonb_typeof(value) FROM jsonb_each(sydraql_last_stats()) ORDER BY key COLLATE "C";
SELECT bool_and((s ->> key)::numeric >= 0) AS stages, (s ->> 'memory_bytes')::int > 10000 AS memory, s ->> 'trace_id' ~ '^[0-9a-f]{32}$' AS trace
	FROM sydraql_last_stats() s, unnest('{parse_ms,validate_ms,plan_ms,execute_ms}'::text[]) key GROUP BY s;
-- Another query has another id; asking for the figures, describing and SQL are none.
SELECT sydraql_last_stats() ->> 'trace_id' AS trace \gset
SELECT count(*) FROM sydraql_describe('select 1');
SELECT count(*) FROM ran.load;
SELECT sydraql_last_stats() ->> 'trace_id' = :'trace' AS same;
SELECT * FROM sydraql('select 1 as one');
SELECT sydraql_last_stats() ->> 'trace_id' = :'trace' AS same, ran.figures();
SELECT * FROM sydraql_to_json('insert into ran.load values (2024-03-08, 1)');
SELECT ran.figures() -> 'rows' AS rows;
SELECT * FROM sydraql('delete from ran.load where time >= 2024-03-02 and time < 2024-03-04');
SELECT ran.figures() - 'segments_pruned' - 'points_pruned' AS figures;
-- Of one that failed is known that it did.
SELECT sydraql_to_json('select value from ran.load where time >= $1');
SELECT sydraql_last_stats() - 'trace_id' AS failed;

SET client_min_messages = warning;
DROP SCHEMA ran CASCADE;
DROP ROLE regress_ran_user;

-- A session that has asked nothing has none.
\c -
SELECT sydraql_last_stats() IS NULL AS none;
