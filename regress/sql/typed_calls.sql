-- sydraql('...') has the columns of its query wherever a table may stand, without a column list,
-- and is refused where it cannot have them.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
\set SHOW_CONTEXT never

SELECT inserted FROM sydra.ingest((SELECT string_agg(format(
	'{"series":"tc.m","ts":"2024-03-01T00:0%s:00Z","value":%s,"tags":{"host":"%s"}}', g, g, chr(97 + g % 2)),
	E'\n') FROM generate_series(0, 5) g));

-- In a fresh session, where nothing has loaded the library yet.
\c -
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SELECT * FROM sydraql('select time, value from tc.m where time >= 2024-03-01') ORDER BY 2 DESC LIMIT 2;
\c -
PREPARE fresh(jsonb) AS SELECT host, avg
	FROM sydraql('select tag.host, avg(value) from tc.m where time >= :since group by 1', $1);
EXECUTE fresh('{"since": "2024-03-01"}');
EXECUTE fresh('{"since": "2024-03-01T00:05:00Z"}');
SET plan_cache_mode = force_generic_plan;
EXECUTE fresh('{"since": "2024-03-01T00:05:00Z"}');
RESET plan_cache_mode;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';

-- The columns have names and types.
SELECT * FROM sydraql('select tag.host, count(*) as n from tc.m where time >= 2024-03-01 group by 1')
\gdesc
SELECT t.host, pg_typeof(n) FROM sydraql('select tag.host, count(*) as n from tc.m where time >= 2024-03-01 group by 1') AS t;
SELECT a, b FROM sydraql('select tag.host, count(*) as n from tc.m where time >= 2024-03-01 group by 1') AS t(a, b);

-- Joins, USING, subqueries, CTEs, set operations, LATERAL, ORDINALITY, ROWS FROM, whole rows.
SELECT * FROM sydraql('select tag.host, max(value) from tc.m where time >= 2024-03-01 group by 1') AS a
	JOIN sydraql('select tag.host, count(*) from tc.m where time >= 2024-03-01 group by 1') AS b USING (host)
	JOIN (VALUES ('a', 1)) AS v(host, one) USING (host);
SELECT (SELECT max(value) FROM sydraql('select value from tc.m where time >= 2024-03-01'));
WITH q AS (SELECT * FROM sydraql('select value from tc.m where time >= 2024-03-01')), m AS MATERIALIZED (
	SELECT t FROM sydraql('select max(value) from tc.m where time >= 2024-03-01') AS t)
SELECT sum(value), (SELECT t FROM m) FROM q;
SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01')
UNION ALL SELECT min FROM sydraql('select max(value), min(value) from tc.m where time >= 2024-03-01');
SELECT h, n FROM (VALUES ('a'), ('b'), ('c')) AS hosts(h), LATERAL
	sydraql('select count(*) as n from tc.m where time >= 2024-03-01 and tag.host = :h',
			jsonb_build_object('h', h));
SELECT * FROM sydraql('select value from tc.m where time >= 2024-03-01 limit 2') WITH ORDINALITY;
SELECT * FROM ROWS FROM (sydraql('select value from tc.m where time >= 2024-03-01 limit 2'),
						 generate_series(1, 3)) AS r(value, g);
SELECT t, row_to_json(t), (t).value FROM sydraql('select value from tc.m where time >= 2024-03-01 limit 1') AS t;
SELECT t FROM sydraql('select value from tc.m where time >= 2024-03-01 limit 1') AS t
UNION SELECT t FROM sydraql('select value from tc.m where time >= 2024-03-01 limit 1') AS t;
SELECT (s.t).value FROM (SELECT t FROM sydraql('select value from tc.m where time >= 2024-03-01 limit 1') AS t OFFSET 0) AS s;
SELECT value FROM tc.m WHERE value IN (SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01'));

-- Statements that hold queries.
CREATE TABLE tc.copy AS SELECT * FROM sydraql('select time, value from tc.m where time >= 2024-03-01');
INSERT INTO tc.copy SELECT * FROM sydraql('select time, value from tc.m where time >= 2024-03-01');
UPDATE tc.copy SET value = q.value + 100
	FROM sydraql('select time, value from tc.m where time >= 2024-03-01T00:05:00Z') AS q WHERE q.time = copy.time;
DELETE FROM tc.copy USING sydraql('select time from tc.m where time < 2024-03-01T00:04:00Z and time >= 2024-03-01') AS q
	WHERE q.time = copy.time;
SELECT * FROM tc.copy ORDER BY 1, 2;
CREATE MATERIALIZED VIEW tc.mv AS SELECT * FROM sydraql('select tag.host, count(*) from tc.m where time >= 2024-03-01 group by 1');
SELECT * FROM sydraql('insert into tc.m (host = ''c'') values (2024-03-01T00:06:00Z, 6)');
REFRESH MATERIALIZED VIEW tc.mv;
SELECT * FROM tc.mv;
COPY (SELECT * FROM sydraql('select value from tc.m where time >= 2024-03-01T00:05:00Z')) TO STDOUT;
EXPLAIN (COSTS OFF, VERBOSE) SELECT value FROM sydraql('select value from tc.m where time >= 2024-03-01');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT value FROM sydraql('select value from tc.m where time >= 2024-03-01');
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;

-- Functions.
CREATE FUNCTION tc.sql_rows() RETURNS SETOF float8 LANGUAGE sql AS
	$$ SELECT value FROM sydraql('select value from tc.m where time >= 2024-03-01T00:05:00Z') $$;
CREATE FUNCTION tc.sql_one() RETURNS float8 LANGUAGE sql STABLE AS
	$$ SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01') $$;
CREATE FUNCTION tc.plpgsql_one() RETURNS float8 LANGUAGE plpgsql AS
	$$ BEGIN RETURN (SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01')); END $$;
SELECT * FROM tc.sql_rows();
SELECT tc.sql_one(), tc.plpgsql_one();
SELECT tc.sql_one(), "row" FROM sydraql('select 1 as one' || '');
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM sydraql('select tag.host, count(*) from tc.m where time >= 2024-03-01 group by 1') LOOP
		RAISE NOTICE '% %', r.host, r.count;
	END LOOP;
	BEGIN
		PERFORM * FROM sydraql('select wrong from tc.m where time >= 2024-03-01');
	EXCEPTION WHEN undefined_column THEN
		RAISE NOTICE '%', SQLERRM;
	END;
	FOR r IN SELECT * FROM sydraql('select 1' || ' as one') LOOP
		RAISE NOTICE '%', r;
	END LOOP;
END $$;

-- A text that is not constant gives json.
SELECT * FROM sydraql('select value from tc.m ' || 'where time >= 2024-03-01T00:05:00Z');
PREPARE json_rows AS SELECT * FROM sydraql($1);
EXECUTE json_rows('select value, tag.host as h, time from tc.m where time >= 2024-03-01T00:05:00Z');
SELECT * FROM sydraql(NULL);
SELECT 'select 1 as one'::sydra.query;
PREPARE json_join AS SELECT g, r."row" FROM generate_series(1, 2) AS g, sydraql($1) AS r ORDER BY g;
EXECUTE json_join('select 1.5 as one, 2 as two');
SET plan_cache_mode = force_generic_plan;
EXECUTE json_join('select 1.5 as one, 2 as two');
EXECUTE json_join('select ''x'' as one');
RESET plan_cache_mode;
SELECT * FROM sydraql('select 1 as one') AS a, sydraql('select 2 as two' || '') AS b;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select 1 as one') AS a, sydraql_to_json('select 2 as two' || '') AS b;

-- Views: stored as plain SQL that can be read back, dependent on the metric.
CREATE VIEW tc.v AS SELECT q.*, g FROM sydraql('select time as "The time", value from tc.m where time >= 2024-03-01T00:05:00Z') AS q, generate_series(1, 1) AS g;
SELECT pg_get_viewdef('tc.v');
SELECT format('CREATE VIEW tc.again AS %s', pg_get_viewdef('tc.v')) \gexec
SELECT pg_get_viewdef('tc.v') = pg_get_viewdef('tc.again');
SELECT * FROM tc.v EXCEPT SELECT * FROM tc.again;
SELECT * FROM tc.again;
DROP TABLE tc.m;
\echo :LAST_ERROR_SQLSTATE

-- A column of the metric that goes makes the query an error, not a wrong answer.
CREATE TABLE tc.wide (time timestamptz NOT NULL, host sydra.tag, n int8) USING sydra;
INSERT INTO tc.wide VALUES ('2024-03-01', 'a', 1);
CREATE VIEW tc.wide_n AS SELECT * FROM sydraql('select n from tc.wide where time >= 2024-03-01');
PREPARE wide_all AS SELECT * FROM sydraql('select * from tc.wide where time >= 2024-03-01');
EXECUTE wide_all;
SELECT * FROM tc.wide_n;
ALTER TABLE tc.wide ALTER COLUMN n TYPE float8;
SELECT * FROM tc.wide_n;
\echo :LAST_ERROR_SQLSTATE
EXECUTE wide_all;
ALTER TABLE tc.wide DROP COLUMN n;
SELECT * FROM tc.wide_n;
\echo :LAST_ERROR_SQLSTATE

-- Refused, and nothing remains of the attempt.
CREATE FUNCTION tc.atomic() RETURNS float8 LANGUAGE sql
	BEGIN ATOMIC SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01'); END;
\echo :LAST_ERROR_SQLSTATE
CREATE RULE refused AS ON UPDATE TO tc.copy DO ALSO SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
CREATE POLICY refused ON tc.copy USING (value < (SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01')));
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql('select max(value) from tc.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM ROWS FROM (sydraql('select value from tc.m where time >= 2024-03-01'),
						 sydraql('select time from tc.m where time >= 2024-03-01'));
\echo :LAST_ERROR_SQLSTATE
SELECT nope FROM sydraql('select max(value) from tc.m where time >= 2024-03-01');
BEGIN;
SAVEPOINT s;
CREATE FUNCTION tc.atomic() RETURNS float8 LANGUAGE sql
	BEGIN ATOMIC SELECT max FROM sydraql('select max(value) from tc.m where time >= 2024-03-01'); END;
ROLLBACK TO s;
SELECT * FROM sydraql('select max(value) from tc.m where ' || 'time >= 2024-03-01');
COMMIT;

-- In a rule a column list does it.
CREATE RULE accepted AS ON INSERT TO tc.copy DO ALSO
	UPDATE tc.copy SET value = m FROM sydraql_to_recordset('select max(value) as m from tc.m where time >= 2024-03-01') AS q(m float8);
INSERT INTO tc.copy VALUES ('2024-03-02', 0);
SELECT DISTINCT value FROM tc.copy;

-- Errors are placed in the sydraQL text.
SELECT * FROM sydraql('select avgg(value) from tc.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE

SET client_min_messages = warning;
DROP SCHEMA tc CASCADE;
