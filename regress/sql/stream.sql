-- A constant SELECT in FROM gives its rows as they are asked for, and the same rows as a function would.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS sydraql;
CREATE SCHEMA st;
SET timezone = 'UTC';
RESET client_min_messages;
CREATE TABLE st.m (time timestamptz NOT NULL, host sydra.tag, value float8, note text) USING sydra;
INSERT INTO st.m SELECT '2024-03-01 UTC'::timestamptz + i * interval '1 s', 'h' || i % 3, i, 'n' || i
	FROM generate_series(0, 9999) i;
CALL sydra.seal('st.m');
INSERT INTO st.m SELECT '2024-03-02 UTC'::timestamptz + i * interval '1 s', 'h' || i % 3, i, 'n' || i
	FROM generate_series(0, 99) i;

EXPLAIN (COSTS OFF) SELECT value FROM sydraql('select value, note from st.m where time >= 2024-03-01 and tag.host = ''h1''') q WHERE value > 5;
DO $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM sydraql(''select count(*) from st.m where time >= 2024-03-01'')' INTO plan;
	RAISE NOTICE '% % %', plan->0->'Plan'->>'Custom Plan Provider', plan->0->'Plan'->>'sydraQL', left(plan->0->'Plan'->>'sydraQL Plan', 7);
END
$$;

-- The same rows as the function's, which WITH ORDINALITY keeps.
CREATE VIEW st.streamed AS SELECT * FROM sydraql('select time, tag.host, value, note from st.m where time >= 2024-03-01');
CREATE VIEW st.kept AS SELECT time, host, value, note
	FROM sydraql('select time, tag.host, value, note from st.m where time >= 2024-03-01') WITH ORDINALITY;
EXPLAIN (COSTS OFF) SELECT * FROM st.kept;
SELECT count(*), (SELECT count(*) FROM (TABLE st.streamed EXCEPT ALL TABLE st.kept) a) AS more,
	(SELECT count(*) FROM (TABLE st.kept EXCEPT ALL TABLE st.streamed) b) AS fewer FROM st.streamed;

-- A LIMIT outside stops the query before it is over its limit of rows; so does a cursor.
SET sydraql.max_points = 5000;
SELECT count(*) FROM st.streamed;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM (SELECT * FROM st.streamed LIMIT 4000) x;
SELECT value FROM st.streamed LIMIT 2 OFFSET 3;
BEGIN;
DECLARE c CURSOR FOR SELECT value, note FROM st.streamed;
FETCH 2 FROM c;
MOVE 4000 FROM c;
FETCH 1 FROM c;
SAVEPOINT s;
FETCH 1000 FROM c;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
FETCH 1 FROM c;
ROLLBACK;
RESET sydraql.max_points;

-- A constant LIMIT straight above is the query's own, and nothing else is.
CREATE FUNCTION st.limits(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Limit|Rows' THEN RETURN NEXT trim(line); END IF;
	END LOOP;
END
$$;
SELECT st.limits('SELECT value FROM st.streamed LIMIT 3 OFFSET 2');
SELECT st.limits('SELECT value FROM st.streamed ORDER BY value LIMIT 3');
SELECT st.limits('SELECT value FROM st.streamed WHERE value > 5 LIMIT 3');
SELECT st.limits('SELECT count(*) FROM st.streamed LIMIT 3');
SELECT st.limits('SELECT DISTINCT host FROM st.streamed LIMIT 3');
SELECT st.limits('SELECT generate_series(1, value::int) FROM st.streamed LIMIT 3');
SELECT st.limits('SELECT value FROM st.streamed, generate_series(1, 2) LIMIT 3');
SELECT st.limits('SELECT value FROM st.streamed LIMIT (SELECT 3)');
SELECT value FROM st.streamed LIMIT ALL OFFSET 10098;
SELECT value FROM st.streamed LIMIT NULL OFFSET 10099;
SELECT value FROM sydraql('select value from st.m where time >= 2024-03-01 limit 4 offset 2') LIMIT 3 OFFSET 2;
SELECT value, host FROM sydraql('select tag.host, value from st.m where time >= 2024-03-01 limit 1 by tag.host') LIMIT 3;
SELECT value FROM st.streamed FETCH FIRST 2 ROWS ONLY;
SET plan_cache_mode = force_generic_plan;
PREPARE few_of(int) AS SELECT value FROM st.streamed LIMIT $1;
EXECUTE few_of(2);
SET plan_cache_mode = force_custom_plan;
EXECUTE few_of(3);
EXECUTE few_of(1);
RESET plan_cache_mode;

-- What is done with the rows takes none of the query's time.
SET sydraql.max_query_duration = '2s';
BEGIN;
DECLARE c CURSOR FOR SELECT value FROM st.streamed;
FETCH 1 FROM c;
SELECT pg_sleep(2.1);
MOVE 5000 FROM c;
FETCH 1 FROM c;
COMMIT;
RESET sydraql.max_query_duration;

-- While a cursor is open: rows that others write are not seen, the table cannot be dropped.
BEGIN;
DECLARE c CURSOR FOR SELECT count(*) OVER (), value FROM sydraql('select value from st.m where time >= 2024-03-02');
INSERT INTO st.m VALUES ('2024-03-02 12:00 UTC', 'h1', 77, 'late');
FETCH 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT value FROM st.streamed;
FETCH 1 FROM c;
DROP TABLE st.m CASCADE;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT value FROM st.streamed LIMIT 3;
COMMIT;
DECLARE s SCROLL CURSOR WITH HOLD FOR SELECT value FROM st.streamed;
FETCH ALL FROM c;
FETCH ABSOLUTE 10001 FROM s;
FETCH PRIOR FROM s;
CLOSE ALL;

-- Read and written in one statement: the snapshot's rows are read once.
BEGIN;
INSERT INTO st.m SELECT time + interval '1 day', host, value, note FROM st.streamed;
SELECT count(*) FROM st.m;
DELETE FROM st.m USING sydraql('select time, value from st.m where time >= 2024-03-01 and tag.host = ''h0''') q
	WHERE m.time = q.time AND m.value = q.value;
SELECT count(*) FROM st.m;
UPDATE st.m SET value = q.value + 1 FROM sydraql('select time, value from st.m where time >= 2024-03-02 and tag.host = ''h1''') q
	WHERE m.time = q.time;
ROLLBACK;

-- Scanned again and again, with and without rows kept between.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
CREATE TEMP TABLE few AS SELECT generate_series(1, 20) AS n;
ANALYZE few;
SELECT count(*), sum(q.value) FROM few JOIN sydraql('select value from st.m where time >= 2024-03-01 and time < 2024-03-01T01:00:00Z') q ON q.value::int % 21 = few.n;
SET enable_material = off;
SELECT count(*), sum(q.value) FROM few JOIN sydraql('select value from st.m where time >= 2024-03-01 and time < 2024-03-01T01:00:00Z') q ON q.value::int % 21 = few.n;
SELECT n, (SELECT max(value) FROM sydraql('select value from st.m where time >= 2024-03-01 and value < $1', '[100]') q WHERE q.value < few.n * 3) FROM few WHERE n <= 3 ORDER BY n;
SELECT n, value FROM few, LATERAL sydraql('select max(value) as value from st.m where time >= 2024-03-01 and value < $1', jsonb_build_array(n * 10)) q
	WHERE n <= 3 ORDER BY n;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT a.value, b.value FROM st.streamed a JOIN st.streamed b USING (time, host) WHERE a.value = 4999 ORDER BY 1;

-- Parameters that are known when it runs; the function is strict.
PREPARE p(jsonb) AS SELECT value FROM sydraql('select value from st.m where time >= 2024-03-01 and value between $1 and $2', $1);
EXECUTE p('[3, 5]');
SET plan_cache_mode = force_generic_plan;
EXECUTE p('[7, 8]');
EXPLAIN (COSTS OFF) EXECUTE p('[7, 8]');
EXECUTE p(NULL);
EXECUTE p('[1]');
\echo :LAST_ERROR_SQLSTATE
RESET plan_cache_mode;
SELECT value FROM sydraql('select value from st.m where time >= 2024-03-01 and value = $1', (SELECT jsonb_build_array(42)));

-- Whole rows, system columns, nulls by their absence.
SELECT q FROM sydraql('select value, note from st.m where time >= 2024-03-01 and value < 2 and time < 2024-03-02') q;
SELECT count(q) FROM sydraql('select value, note from st.m where time >= 2024-03-01') q;
SELECT count(*) FROM sydraql('select value from st.m where time >= 2024-03-01') q;
SELECT x.value FROM st.streamed x WHERE x IS NOT NULL AND x.value = 9999;
(SELECT value FROM st.streamed LIMIT 1) UNION ALL (SELECT value FROM st.streamed OFFSET 10099);

-- An error in a later batch, and afterwards.
CREATE TABLE st.ints (time timestamptz NOT NULL, n int8) USING sydra;
INSERT INTO st.ints SELECT '2024-03-01 UTC'::timestamptz + i * interval '1 s', CASE i WHEN 4000 THEN 9223372036854775807 ELSE i END
	FROM generate_series(0, 4999) i;
CALL sydra.seal('st.ints');
SELECT count(n) FROM sydraql('select n + 1 as n from st.ints where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
SELECT count(n) FROM sydraql('select n from st.ints where time >= 2024-03-01');

-- Whose privileges: the caller's at the function and, outside a view, at the table; a view's owner's inside.
SET client_min_messages = warning;
DROP ROLE IF EXISTS st_reader;
CREATE ROLE st_reader;
RESET client_min_messages;
GRANT USAGE ON SCHEMA st TO st_reader;
GRANT SELECT ON st.streamed TO st_reader;
SET ROLE st_reader;
SELECT value FROM st.streamed LIMIT 1;
SELECT value FROM sydraql('select value from st.m where time >= 2024-03-01') LIMIT 1;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
BEGIN;
REVOKE EXECUTE ON FUNCTION sydraql_to_recordset(text, jsonb) FROM PUBLIC;
SET ROLE st_reader;
SELECT value FROM st.streamed LIMIT 1;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- INSERT and DELETE run to their end whatever is read of them.
SELECT * FROM sydraql('insert into st.m (host = ''h9'') values (2024-03-03, 1), (2024-03-04, 2)') LIMIT 1;
SELECT count(*) FROM st.m WHERE host = 'h9';
SELECT deleted FROM sydraql('delete from st.m{host=''h9''} where time >= 2024-03-03 and time < 2024-03-05') LIMIT 1;
SELECT count(*) FROM st.m WHERE host = 'h9';

SET client_min_messages = warning;
DROP SCHEMA st CASCADE;
DROP ROLE st_reader;
