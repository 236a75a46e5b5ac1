-- sydraQL gives nobody more than PostgreSQL's own privileges: those of the caller, or of the owner of a
-- view inside it.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';

SELECT inserted FROM sydra.ingest('{"series":"pr.m","ts":"2024-03-01","value":1,"tags":{"host":"a"}}
{"series":"pr.m","ts":"2024-03-02","value":2,"tags":{"host":"b"}}');
CREATE ROLE regress_pr_owner;
CREATE ROLE regress_pr_user;
CREATE SCHEMA pr_views AUTHORIZATION regress_pr_owner;
GRANT USAGE ON SCHEMA pr_views TO regress_pr_user;

-- Nothing without USAGE and SELECT.
SET ROLE regress_pr_user;
SELECT * FROM sydraql('select count(*) from pr.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT USAGE ON SCHEMA pr TO regress_pr_owner, regress_pr_user;
SET ROLE regress_pr_user;
SELECT * FROM sydraql('select count(*) from pr.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select count(*) from pr.m where time >= 2024-03-01');
SELECT * FROM sydraql_explain('select count(*) from pr.m where time >= 2024-03-01');
SELECT * FROM sydraql('explain select count(*) from pr.m where time >= 2024-03-01');
EXPLAIN SELECT * FROM sydraql('select count(*) from pr.m where time >= 2024-03-01');
SELECT * FROM sydraql('explain delete from pr.m where time >= 2024-03-01 and time < 2024-03-02');
SELECT * FROM sydraql('explain insert into pr.m values (2024-03-03, 1)');
-- nor the names of what one may not read
SELECT * FROM sydraql('select count(*) from pr.mm where time >= 2024-03-01');
SELECT * FROM sydraql('insert into pr.m values (2024-03-03, 1)');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Column privileges: exactly the columns that the query uses.
GRANT SELECT (time, value) ON pr.m TO regress_pr_user;
SET ROLE regress_pr_user;
SELECT * FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
SELECT * FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01 and tag.host = ''a''');
SELECT * FROM sydraql('select * from pr.m where time >= 2024-03-01');
SELECT * FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01 group by tag.host');
RESET ROLE;
REVOKE SELECT (time, value) ON pr.m FROM regress_pr_user;

-- Inside a view: its owner's.  Not for a text that is not constant, nor when the view says so.
GRANT SELECT ON pr.m TO regress_pr_owner;
SET ROLE regress_pr_owner;
CREATE VIEW pr_views.constant AS SELECT sum FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
CREATE VIEW pr_views.nested AS SELECT (SELECT max(sum) FROM pr_views.constant), x FROM generate_series(1, 2) AS x;
CREATE VIEW pr_views.unions AS
	SELECT sum FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01')
	UNION ALL SELECT sum + 1 FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
CREATE VIEW pr_views.recordset AS
	SELECT * FROM sydraql_to_recordset('select sum(value) from pr.m where time >= 2024-03-01') AS t(s float8);
CREATE VIEW pr_views.invoker WITH (security_invoker) AS
	SELECT sum FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
CREATE VIEW pr_views.computed AS SELECT "row" FROM sydraql('select sum(value) from pr.m ' || 'where time >= 2024-03-01');
CREATE VIEW pr_views.writing AS SELECT * FROM sydraql('insert into pr.m values (2024-03-04, 4)');
GRANT SELECT ON ALL TABLES IN SCHEMA pr_views TO regress_pr_user;
SELECT * FROM pr_views.computed;
SET ROLE regress_pr_user;
EXPLAIN (COSTS OFF) SELECT * FROM pr_views.constant;
SELECT * FROM pr_views.constant;
SELECT * FROM pr_views.nested;
SELECT * FROM pr_views.unions;
SELECT * FROM pr_views.recordset;
SELECT * FROM pr_views.invoker;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pr_views.computed;
\echo :LAST_ERROR_SQLSTATE

-- A view beside it lends nothing to the user's own call, not even for the same text.
SELECT * FROM pr_views.constant, sydraql('select sum(value) from pr.m where time >= 2024-03-01') AS mine;
\echo :LAST_ERROR_SQLSTATE

-- A view that writes does so as its owner, who may not, whoever reads it.
SELECT * FROM pr_views.writing;
RESET ROLE;
SELECT * FROM pr_views.writing;
\echo :LAST_ERROR_SQLSTATE
SELECT current_user = session_user AS myself, count(*) FROM pr.m;

-- SECURITY DEFINER functions run as their owner, as any statement of theirs.
SET ROLE regress_pr_owner;
CREATE FUNCTION pr_views.definer() RETURNS SETOF float8 LANGUAGE sql SECURITY DEFINER AS
	$$ SELECT sum FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01') $$;
SET ROLE regress_pr_user;
SELECT pr_views.definer();
RESET ROLE;

-- Row security is never passed by; row_security.sql has more.
ALTER TABLE pr.m ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_a ON pr.m USING (tags ->> 'host' = 'a');
SELECT * FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
SET ROLE regress_pr_owner;
SELECT * FROM sydraql('select sum(value) from pr.m where time >= 2024-03-01');
SET ROLE regress_pr_user;
SELECT * FROM pr_views.constant;
RESET ROLE;

-- The views of the extension show a metric to those who may read it.
SELECT metric FROM sydra.metrics WHERE metric = 'pr.m'::regclass;
SELECT metric, rows_sealed FROM sydra.status WHERE metric = 'pr.m'::regclass;
SET ROLE regress_pr_user;
SELECT count(*) FROM sydra.metrics;
SELECT count(*) FROM sydra.status;
SELECT * FROM sydra_catalog.seal_status;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- One rule for all of them: a table shows to who may read a column of it; what is told of its values,
-- its series among them, shows to who may read it all, without row security.
CREATE TABLE pr.seen (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
INSERT INTO pr.seen SELECT timestamptz '2024-03-01Z' + i * interval '1 s', 'h' || i % 2, i FROM generate_series(1, 2000) i;
CALL sydra.seal('pr.seen');
SELECT min(ctid) AS sealed FROM pr.seen \gset
\set shown 'SELECT (SELECT count(*) FROM sydra.metrics WHERE metric = \'pr.seen\'::regclass) AS metrics, (SELECT count(*) FROM sydra.columns WHERE metric = \'pr.seen\'::regclass) AS columns, (SELECT count(*) FROM sydra.series WHERE metric = \'pr.seen\'::regclass) AS series, s.rows_sealed, s.bytes_written > 0 AS wrote, g.rows, g.bytes > 0 AS bytes, g.time_min, g.time_max, g.series_min, g.series_max FROM (VALUES (\'pr.seen\'::regclass)) t (metric) LEFT JOIN sydra.status s USING (metric) LEFT JOIN sydra.segments g USING (metric);'
\set written 'SELECT sydra.written(\'pr.seen\'::regclass, :\'sealed\', \'3\') IS NOT NULL AS written;'
SET ROLE regress_pr_user;
:shown
:written
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (value) ON pr.seen TO regress_pr_user;
SET ROLE regress_pr_user;
:shown
:written
RESET ROLE;
GRANT SELECT ON pr.seen TO regress_pr_user;
SET ROLE regress_pr_user;
:shown
RESET ROLE;
ALTER TABLE pr.seen ENABLE ROW LEVEL SECURITY;
SET ROLE regress_pr_user;
:shown
RESET ROLE;
:shown
SELECT has_function_privilege('regress_pr_user', 'sydra_catalog.collect()', 'EXECUTE') AS collects;

SET client_min_messages = warning;
DROP SCHEMA pr, pr_views CASCADE;
DROP ROLE regress_pr_owner;
DROP ROLE regress_pr_user;
