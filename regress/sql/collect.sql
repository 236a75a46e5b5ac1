-- What the catalogs hold of tables that are gone is deleted, of others nothing.  (sydra_catalog.collect()
-- does what the workers do; iso_collect has what is open, 021_life what a crash has lost.)
CREATE TABLE source AS SELECT '2124-01-01'::timestamptz + i * interval '1 s' AS time, 'h' || i % 10 AS host, i AS v
	FROM generate_series(1, 5000) i;
-- Rows of a catalog under ids that no table's file carries, and of tables that have none.
CREATE FUNCTION orphans(OUT catalog text, OUT ids bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE live bigint[];
BEGIN
	SELECT array_agg(s) INTO live FROM (SELECT sydra_catalog.storage_of(c.oid) s
		FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'sydra') l WHERE s IS NOT NULL;
	FOREACH catalog IN ARRAY '{storage,segment,series,tombstone,missing_value,merge_status}'::text[] LOOP
		EXECUTE format('SELECT count(DISTINCT storage_id) FROM sydra_catalog.%I WHERE NOT storage_id = ANY ($1)', catalog)
			INTO ids USING coalesce(live, '{}');
		RETURN NEXT;
	END LOOP;
	catalog := 'seal_status';
	SELECT count(*) INTO ids FROM sydra_catalog.seal_status WHERE relid NOT IN (SELECT oid FROM pg_class);
	RETURN NEXT;
END $$;
-- A worker may be collecting.
CREATE FUNCTION collect() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	LOCK TABLE sydra_catalog.storage IN SHARE UPDATE EXCLUSIVE MODE;
	RETURN sydra_catalog.collect() >= 0;
END $$;
SELECT collect();
CREATE FUNCTION make(name text, kind text DEFAULT 'TABLE') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE %s %I (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra', kind, name);
	EXECUTE format('INSERT INTO %I SELECT * FROM source', name);
END $$;
SELECT make('kept'), make('dropped'), make('truncated'), make('rolled_back'), make('rewritten'), make('moved'), make('vacuumed');
CALL sydra.seal('kept');
CALL sydra.seal('dropped');
CALL sydra.seal('truncated');
CALL sydra.seal('rolled_back');
CALL sydra.seal('rewritten');
CALL sydra.seal('moved');
CALL sydra.seal('vacuumed');
DELETE FROM dropped WHERE v % 7 = 0;
DELETE FROM kept WHERE v % 7 = 0;
ALTER TABLE dropped ADD COLUMN w int DEFAULT 5;
ALTER TABLE vacuumed ADD COLUMN w int DEFAULT 5;
VACUUM FULL dropped, vacuumed;
SELECT * FROM orphans();
BEGIN; TRUNCATE rolled_back; SAVEPOINT s; DROP TABLE rolled_back; ROLLBACK;
BEGIN;
LOCK TABLE sydra_catalog.storage IN SHARE UPDATE EXCLUSIVE MODE;
DROP TABLE dropped;
TRUNCATE truncated;
ALTER TABLE rewritten ALTER v TYPE bigint;
ALTER TABLE moved SET ACCESS METHOD heap;
SELECT * FROM orphans();
COMMIT;
SELECT collect();
SELECT * FROM orphans();
-- Whose id goes along keeps its rows, and so does who came back.
SELECT count(*), sum(v) FROM kept;
SELECT count(*), sum(v) FROM rolled_back;
SELECT count(*), sum(v), sum(w) FROM vacuumed;
SELECT count(*) FROM sydra.verify('kept');
SELECT count(*) FROM sydra.verify('rolled_back');
SELECT count(*) FROM sydra.verify('vacuumed');
-- Who lost an id gets another.
INSERT INTO truncated SELECT * FROM source;
CALL sydra.seal('truncated');
CALL sydra.seal('rewritten');
ALTER TABLE moved SET ACCESS METHOD sydra;
CALL sydra.seal('moved');
SELECT collect();
SELECT count(*), sum(v) FROM truncated;
SELECT count(*), sum(v) FROM rewritten;
SELECT count(*), sum(v) FROM moved;
-- Partitions keep theirs attached or not, schemas and matviews take them along.
CREATE TABLE parts (time timestamptz NOT NULL, host sydra.tag, v int) PARTITION BY LIST (v);
ALTER TABLE parts ATTACH PARTITION truncated DEFAULT;
CREATE SCHEMA going;
ALTER TABLE rewritten SET SCHEMA going;
CREATE MATERIALIZED VIEW going.matview USING sydra AS SELECT time, host, v FROM parts;
SELECT collect();
ALTER TABLE parts DETACH PARTITION truncated;
SELECT count(*) FROM truncated;
SET client_min_messages = warning;
BEGIN;
LOCK TABLE sydra_catalog.storage IN SHARE UPDATE EXCLUSIVE MODE;
DROP SCHEMA going CASCADE;
SELECT * FROM orphans();
-- What is rolled back deletes nothing.
SAVEPOINT s;
SELECT sydra_catalog.collect() > 0;
SELECT * FROM orphans() WHERE catalog = 'storage';
ROLLBACK TO s;
SELECT * FROM orphans() WHERE catalog = 'storage';
COMMIT;
SELECT collect();
SELECT * FROM orphans();

-- What the catalogs hold is about this database's files: no row of theirs is sent to subscribers or
-- taken from publishers.
SELECT c.relname, c.relreplident, count(t.tgname) AS refusing
FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'refuse_row' AND t.tgenabled = 'R'
WHERE c.relnamespace = 'sydra_catalog'::regnamespace AND c.relkind = 'r'
GROUP BY 1, 2 HAVING (c.relreplident, count(t.tgname)) <> ('n', 1);
SET session_replication_role = replica;
INSERT INTO sydra_catalog.storage VALUES (1000000000, 1, '3');
RESET session_replication_role;
SELECT count(*) FROM sydra_catalog.storage WHERE storage_id = 1000000000;
DROP TABLE kept, truncated, rolled_back, moved, vacuumed, parts, source CASCADE;
DROP FUNCTION orphans, collect, make;
