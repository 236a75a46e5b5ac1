-- Changing sealed rows does what it does on heap: a heap twin gets the same statements.
CREATE SCHEMA dml_rows;
SET search_path = dml_rows, public;
SET client_min_messages = warning;
CREATE TABLE h (time timestamptz NOT NULL, host sydra.tag, v int, note text);
INSERT INTO h SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'host' || i % 3, i, CASE WHEN i % 5 > 0 THEN 'note ' || i END
	FROM generate_series(1, 3000) i;
CREATE TABLE s (LIKE h) USING sydra;
INSERT INTO s SELECT * FROM h;
CALL sydra.seal('s');
SELECT sum(rows) FROM sydra.segments WHERE metric = 's'::regclass;

-- How many rows differ, both ways.
CREATE FUNCTION differ(OUT missing bigint, OUT extra bigint) LANGUAGE sql VOLATILE AS $$
	SELECT (SELECT count(*) FROM (SELECT * FROM h EXCEPT ALL SELECT * FROM s) x),
		   (SELECT count(*) FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM h) x) $$;
-- The same statement for both, %s is the table: how many rows each has touched.
CREATE FUNCTION on_both(statement text, OUT heap bigint, OUT sydra bigint, OUT equal boolean) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format(statement, VARIADIC array_fill('h'::text, ARRAY[10]));
	GET DIAGNOSTICS heap = ROW_COUNT;
	EXECUTE format(statement, VARIADIC array_fill('s'::text, ARRAY[10]));
	GET DIAGNOSTICS sydra = ROW_COUNT;
	SELECT missing = 0 AND extra = 0 INTO equal FROM differ();
END $$;

SELECT * FROM on_both('DELETE FROM %s WHERE v = 1');
SELECT * FROM on_both('DELETE FROM %s WHERE v %% 10 = 0');
SELECT * FROM on_both('UPDATE %s SET v = -v, note = note || ''!'' WHERE v %% 10 = 1');
SELECT * FROM on_both('UPDATE %s SET host = ''moved'' WHERE v %% 100 = 2');
SELECT * FROM on_both('UPDATE %s SET time = time + interval ''1 day'' WHERE host = ''host1''');
SELECT * FROM on_both('DELETE FROM %s WHERE time BETWEEN ''2124-01-01 00:10'' AND ''2124-01-01 00:12''');
SELECT * FROM on_both('DELETE FROM %s t USING (VALUES (13), (14), (14)) w(v) WHERE t.v = w.v');
-- A row matched twice is changed once.
SELECT * FROM on_both('UPDATE %s t SET v = t.v + 100000 FROM %s o WHERE o.v IN (15, 16, 17) AND t.v IN (15, 16)');
SELECT * FROM on_both('MERGE INTO %s t USING generate_series(20, 40) w(v) ON t.v = w.v
	WHEN MATCHED AND t.v < 25 THEN DELETE WHEN MATCHED AND t.v < 30 THEN UPDATE SET note = ''merged''
	WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (''2124-02-01'', ''new'', w.v, NULL)');
SELECT * FROM sydra.verify('s');
-- MERGE must not change a row twice.
MERGE INTO h t USING (VALUES (42), (42)) w(v) ON t.v = w.v WHEN MATCHED THEN UPDATE SET note = 'twice';
MERGE INTO s t USING (VALUES (42), (42)) w(v) ON t.v = w.v WHEN MATCHED THEN UPDATE SET note = 'twice';
MERGE INTO s t USING (VALUES (42), (42)) w(v) ON t.v = w.v WHEN MATCHED THEN DELETE;
SELECT * FROM differ();

-- RETURNING has the old and the new row; the new one is not where the old one was.
DELETE FROM s WHERE v = 43 RETURNING tableoid::regclass, (ctid::text::point)[0] >= 2147483648 AS sealed, *;
UPDATE s SET note = 'new' WHERE v = 44 RETURNING (ctid::text::point)[0] >= 2147483648 AS sealed, *;
DELETE FROM h WHERE v = 43;
UPDATE h SET note = 'new' WHERE v = 44;

-- A command does not see what it has done, the next one does.
WITH gone AS (DELETE FROM s WHERE v < 60 AND v > 0 RETURNING v) SELECT (SELECT count(*) FROM gone), count(*) FROM s WHERE v < 60 AND v > 0;
SELECT count(*) FROM s WHERE v < 60 AND v > 0;
DELETE FROM h WHERE v < 60 AND v > 0;
SELECT * FROM differ();

-- Savepoints.
BEGIN;
DELETE FROM s WHERE v BETWEEN 100 AND 199;
SAVEPOINT a;
DELETE FROM s WHERE v BETWEEN 200 AND 299;
UPDATE s SET v = v + 5000 WHERE v BETWEEN 300 AND 399;
SAVEPOINT b;
DELETE FROM s WHERE v BETWEEN 5300 AND 5350 OR v BETWEEN 400 AND 499;
SELECT count(*) FROM s;
ROLLBACK TO b;
SELECT count(*) FROM s;
RELEASE a;
DELETE FROM s WHERE v BETWEEN 5390 AND 5399;
SAVEPOINT c;
DELETE FROM s;
SELECT count(*) FROM s;
ROLLBACK TO c;
COMMIT;
DELETE FROM h WHERE v BETWEEN 100 AND 299;
UPDATE h SET v = v + 5000 WHERE v BETWEEN 300 AND 399;
DELETE FROM h WHERE v BETWEEN 5390 AND 5399;
SELECT * FROM differ();

-- A block with an exception handler amid a statement: what it takes back is its own only.
CREATE FUNCTION try(v int) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE seen bigint;
BEGIN
	BEGIN
		DELETE FROM s WHERE s.v = try.v + 1;
		SELECT count(*) INTO seen FROM s WHERE s.v BETWEEN 1500 AND 1599;
		IF v % 4 = 0 THEN RAISE division_by_zero; END IF;
	EXCEPTION WHEN division_by_zero THEN NULL;
	END;
	RETURN true;
END $$;
SELECT array_agg(v ORDER BY v) FROM s WHERE v BETWEEN 1500 AND 1519;
DELETE FROM s WHERE v BETWEEN 1500 AND 1519 AND v % 2 = 0 AND try(v);
SELECT array_agg(v ORDER BY v) FROM s WHERE v BETWEEN 1500 AND 1519;
DELETE FROM h WHERE v BETWEEN 1500 AND 1519 AND (v % 2 = 0 OR v % 4 = 3);
SELECT * FROM differ();

-- Cursors: one that is open does not see later changes; WHERE CURRENT OF; backward.
BEGIN;
DECLARE old SCROLL CURSOR FOR SELECT v FROM s WHERE v BETWEEN 800 AND 805;
FETCH 2 FROM old;
DELETE FROM s WHERE v BETWEEN 800 AND 803;
FETCH ALL FROM old;
FETCH BACKWARD ALL FROM old;
CLOSE old;
DECLARE mine CURSOR FOR SELECT v FROM s WHERE v BETWEEN 804 AND 807 ORDER BY v FOR UPDATE;
FETCH 2 FROM mine;
DELETE FROM s WHERE CURRENT OF mine;
FETCH 1 FROM mine;
UPDATE s SET note = 'here' WHERE CURRENT OF mine;
COMMIT;
DELETE FROM h WHERE v BETWEEN 800 AND 803 OR v = 805;
UPDATE h SET note = 'here' WHERE v = 806;
SELECT * FROM differ();

-- Row triggers have the row as it was; what they do meanwhile counts.
CREATE TABLE seen (tab text, what text, old text, new text);
CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seen VALUES (TG_TABLE_NAME, TG_WHEN || ' ' || TG_OP, OLD::text, CASE TG_OP WHEN 'UPDATE' THEN NEW::text END);
	IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
	RETURN OLD;
END $$;
CREATE TRIGGER a AFTER UPDATE OR DELETE ON h FOR EACH ROW EXECUTE FUNCTION note_row();
CREATE TRIGGER a AFTER UPDATE OR DELETE ON s FOR EACH ROW EXECUTE FUNCTION note_row();
CREATE TRIGGER b BEFORE UPDATE OR DELETE ON h FOR EACH ROW EXECUTE FUNCTION note_row();
CREATE TRIGGER b BEFORE UPDATE OR DELETE ON s FOR EACH ROW EXECUTE FUNCTION note_row();
SELECT * FROM on_both('UPDATE %s SET v = v + 1, note = NULL WHERE v BETWEEN 900 AND 902');
SELECT * FROM on_both('DELETE FROM %s WHERE v BETWEEN 910 AND 912');
SELECT what, old, new FROM seen WHERE tab = 'h' EXCEPT ALL SELECT what, old, new FROM seen WHERE tab = 's';
SELECT what, old, new FROM seen WHERE tab = 's' ORDER BY what, old;
DROP TRIGGER a ON h; DROP TRIGGER a ON s; DROP TRIGGER b ON h; DROP TRIGGER b ON s;
-- A BEFORE trigger that deletes the row itself.
CREATE FUNCTION take_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DELETE FROM %I WHERE v = $1', TG_TABLE_NAME) USING OLD.v;
	RETURN OLD;
END $$;
CREATE TRIGGER t BEFORE DELETE ON h FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION take_row();
CREATE TRIGGER t BEFORE DELETE ON s FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION take_row();
DELETE FROM h WHERE v = 920;
DELETE FROM s WHERE v = 920;
DROP TRIGGER t ON h; DROP TRIGGER t ON s;
SELECT * FROM differ();
-- Transition tables.
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seen SELECT TG_TABLE_NAME, 'all', count(*)::text, sum(v)::text FROM gone;
	RETURN NULL;
END $$;
CREATE TRIGGER a AFTER DELETE ON h REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_all();
CREATE TRIGGER a AFTER DELETE ON s REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_all();
SELECT * FROM on_both('DELETE FROM %s WHERE v BETWEEN 930 AND 949');
SELECT tab, old, new FROM seen WHERE what = 'all' ORDER BY tab;
DROP TRIGGER a ON h; DROP TRIGGER a ON s;

-- A foreign key from points.
CREATE TABLE hosts (host text PRIMARY KEY);
INSERT INTO hosts VALUES ('x'), ('y');
CREATE TABLE point (time timestamptz NOT NULL, host text REFERENCES hosts ON DELETE CASCADE ON UPDATE CASCADE, v int) USING sydra;
INSERT INTO point SELECT '2124-01-01'::timestamptz + i * interval '1 s', CASE i % 2 WHEN 0 THEN 'x' ELSE 'y' END, i FROM generate_series(1, 10) i;
CALL sydra.seal('point');
UPDATE hosts SET host = 'z' WHERE host = 'y';
DELETE FROM hosts WHERE host = 'x';
SELECT host, count(*) FROM point GROUP BY host;
UPDATE point SET host = 'nobody';
SELECT host, count(*) FROM point GROUP BY host;
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM hosts;
COMMIT;
SELECT count(*) FROM point;

-- An update moves rows between partitions, each sealed.
CREATE TABLE part (time timestamptz NOT NULL, v int) PARTITION BY RANGE (v);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (100) USING sydra;
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (100) TO (1000) USING sydra;
INSERT INTO part SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 199) i;
CALL sydra.seal('part');
UPDATE part SET v = v + 100 WHERE v BETWEEN 50 AND 59;
SELECT tableoid::regclass, count(*), sum(v) FROM part GROUP BY 1 ORDER BY 1;
CALL sydra.seal('part');
SELECT tableoid::regclass, count(*), sum(v) FROM part GROUP BY 1 ORDER BY 1;
DELETE FROM part;
SELECT count(*) FROM part;

-- What is left is right by every road, and after sealing, VACUUM and rewriting.
SELECT count(*) = (SELECT count(*) FROM h) AS same, count(*) FILTER (WHERE s.ctid = t.ctid) = count(*) AS by_address
	FROM s JOIN LATERAL (SELECT ctid FROM s t WHERE t.ctid = s.ctid) t ON true;
SELECT (SELECT count(*) FROM s TABLESAMPLE bernoulli (100)) = count(*) AS sample,
	(SELECT count(*) FROM s TABLESAMPLE system (100)) = count(*) AS blocks FROM h;
ANALYZE s;
SELECT reltuples = (SELECT count(*) FROM h) AS counted FROM pg_class WHERE oid = 's'::regclass;
SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT * FROM differ();
BEGIN;
DELETE FROM s WHERE v BETWEEN 1000 AND 1009;
SELECT count(*) FROM s WHERE v BETWEEN 1000 AND 1019;
ROLLBACK;
RESET max_parallel_workers_per_gather;
CALL sydra.seal('s');
SELECT * FROM differ();
VACUUM s;
SELECT reltuples = (SELECT count(*) FROM h) AS counted FROM pg_class WHERE oid = 's'::regclass;
VACUUM FULL s;
SELECT reltuples = (SELECT count(*) FROM h) AS counted FROM pg_class WHERE oid = 's'::regclass;
SELECT * FROM differ();
SELECT * FROM on_both('UPDATE %s SET v = -v WHERE v %% 6 = 0');
SELECT * FROM sydra.verify('s');
SELECT count(*), sum(v) FROM h;
SELECT * FROM sydraql('select count(*), sum(v) from dml_rows.s where time >= 2124-01-01');

-- Changed columns: an added one, and a type that rewrites the table.
ALTER TABLE s ADD COLUMN w int DEFAULT 7;
ALTER TABLE h ADD COLUMN w int DEFAULT 7;
SELECT * FROM on_both('UPDATE %s SET w = w + v WHERE v %% 9 = 0');
SELECT * FROM on_both('DELETE FROM %s WHERE w > 100');
ALTER TABLE s ALTER COLUMN v TYPE bigint;
ALTER TABLE h ALTER COLUMN v TYPE bigint;
SELECT * FROM differ();

-- TRUNCATE and DELETE of everything.
CALL sydra.seal('s');
BEGIN; TRUNCATE s; SELECT count(*) FROM s; ROLLBACK;
SELECT * FROM differ();
BEGIN; DELETE FROM s; SELECT count(*) FROM s; ROLLBACK;
SELECT * FROM differ();
SELECT * FROM on_both('DELETE FROM %s');
SELECT * FROM sydra.verify('s');

-- A tombstone that means no row is found, and no reader takes it for one.
CREATE TABLE few (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO few SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 10) i;
CALL sydra.seal('few');
DELETE FROM few WHERE v = 5;
INSERT INTO sydra_catalog.tombstone SELECT storage_id, segno, 4, 'd', '3' FROM sydra_catalog.tombstone WHERE storage_id = (SELECT max(storage_id) FROM sydra_catalog.storage);
SELECT replace(fault, segment::text, 'N') FROM (SELECT coalesce(segment, (SELECT max(segno) FROM sydra_catalog.segment)) AS segment, fault FROM sydra.verify('few')) f;
\set VERBOSITY sqlstate
SELECT count(*) FROM few;
\set VERBOSITY default
DELETE FROM sydra_catalog.tombstone WHERE xid = '3';
SELECT count(*) FROM few;

-- More segments than are locked one by one.
CREATE TABLE many (time timestamptz NOT NULL, v int) USING sydra;
DO $$ BEGIN
	FOR i IN 1 .. 300 LOOP
		INSERT INTO many VALUES ('2124-01-01'::timestamptz + i * interval '1 s', i);
		CALL sydra.seal('many');
		COMMIT;
	END LOOP;
END $$;
SELECT count(*) FROM sydra.segments WHERE metric = 'many'::regclass;
BEGIN;
UPDATE many SET v = -v;
SELECT count(*) > 255 AS one_by_one, count(*) < 300 AS escalated FROM pg_locks WHERE locktype = 'object' AND objsubid::int & 65535 = 65535;
SELECT count(*), sum(v) FROM many;
COMMIT;
DELETE FROM many;
SELECT count(*) FROM many;
DROP SCHEMA dml_rows CASCADE;
