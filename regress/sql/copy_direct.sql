-- COPY puts many rows into segments at once and few into the head; both are as a heap table's rows
\set SHOW_CONTEXT never
SET sydraql.enable_scan = off;
SET sydraql.direct_min_rows = 2048;
CREATE FUNCTION load(t regclass, first int, last int, extra text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY %s (time, host, v, n, s) FROM PROGRAM %L', t, format(
		$p$ awk 'BEGIN { for (i = %s; i <= %s; i++) { x = i * 7919 %% 86400; printf "2124-01-%%02d %%02d:%%02d:%%02d+00\t%%s\t%%s\t%%s\t%%s\n",
			1 + i %% 9, x / 3600, x / 60 %% 60, x %% 60, i %% 11 ? "h" i %% 37 : "\\N", i %% 13 ? i / 8 : "NaN", i, i %% 5 ? "s" i %% 3 : "\\N" } %s }' $p$,
		first, last, extra));
END $$;
CREATE TABLE direct (time timestamptz NOT NULL, host sydra.tag, v float8, n int, s text) USING sydra;
CREATE TABLE twin (LIKE direct) USING heap;

-- where the rows of a table are
CREATE FUNCTION places(t regclass, OUT head bigint, OUT segments bigint, OUT kinds text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE (ctid::text::point)[0] < 2147483648), count(*) FILTER (WHERE (ctid::text::point)[0] >= 2147483648) FROM %s', t)
		INTO head, segments;
	SELECT string_agg(DISTINCT kind, ' ') INTO kinds FROM sydra.segments WHERE metric = t;
END $$;
CREATE FUNCTION differences(a regclass, b regclass) RETURNS TABLE (missing bigint, surplus bigint, faults bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT (SELECT count(*) FROM (TABLE %2$s EXCEPT ALL TABLE %1$s) x),
		(SELECT count(*) FROM (TABLE %1$s EXCEPT ALL TABLE %2$s) x), (SELECT count(*) FROM sydra.verify(%1$L))', a, b);
END $$;

-- few rows, enough rows, many rows
SELECT load('direct', 1, 2047), load('twin', 1, 2047);
SELECT * FROM places('direct');
SELECT load('direct', 2048, 4095), load('twin', 2048, 4095);
SELECT * FROM places('direct');
SELECT load('direct', 4096, 4106), load('twin', 4096, 4106);
SELECT load('direct', 5000, 305000), load('twin', 5000, 305000);
SELECT * FROM places('direct');
SELECT * FROM differences('direct', 'twin');
SET sydraql.enable_scan = on;
SELECT count(*), sum(n) FROM direct WHERE host = 'h7' AND time >= '2124-01-03';
SELECT count(*), sum(n) FROM twin WHERE host = 'h7' AND time >= '2124-01-03';
SET sydraql.enable_scan = off;
SELECT * FROM sydraql('select count(n) from direct where time >= ''2124-01-01'' and tag.host = ''h7''');
-- sealing takes what is in the head and leaves the rest
CALL sydra.seal('direct');
SELECT * FROM places('direct');
SELECT * FROM differences('direct', 'twin');

-- the settings
TRUNCATE direct, twin;
SET sydraql.direct_ingest = off;
SELECT load('direct', 1, 3000), load('twin', 1, 3000);
SELECT * FROM places('direct');
RESET sydraql.direct_ingest;
SET sydraql.direct_min_rows = 10;
SELECT load('direct', 3001, 3010), load('twin', 3001, 3010);
SELECT load('direct', 3011, 3019), load('twin', 3011, 3019);
SELECT * FROM places('direct');
SET sydraql.direct_min_rows = 0;
SET sydraql.direct_min_rows = 2048;

-- rows that cannot stand in a segment go into the head, alone
SELECT load(t, 5000, 9000, 'print "infinity\th1\t1\t1\ta"; print "-infinity\th1\t1\t1\ta"; s = "x"; while (length(s) < 1048577) s = s s; printf "2124-01-01\th1\t1\t1\t%s\n", s')
	FROM unnest('{direct, twin}'::regclass[]) t;
SELECT * FROM places('direct');
SELECT * FROM differences('direct', 'twin');

-- the command that a row came with
TRUNCATE direct, twin;
BEGIN;
DECLARE before CURSOR FOR SELECT count(*) FROM direct;
SELECT load('direct', 1, 5000);
FETCH before;
SELECT count(*) FROM direct;
DECLARE between CURSOR FOR SELECT count(*) FROM direct;
SELECT load('direct', 5001, 10000);
FETCH between;
SELECT count(*) FROM direct;
SELECT * FROM sydraql('select count(n) from direct where time >= ''2124-01-01''');
ROLLBACK;
SELECT count(*) FROM direct;
SELECT count(*) FROM sydra.segments WHERE metric = 'direct'::regclass;

-- savepoints, and a second COPY after each
BEGIN;
SELECT load('direct', 1, 3000);
SAVEPOINT a;
SELECT load('direct', 3001, 6000);
SAVEPOINT b;
SELECT load('direct', 6001, 9000);
ROLLBACK TO a;
SELECT count(*), sum(n) FROM direct;
SELECT load('direct', 9001, 12000);
RELEASE a;
SELECT count(*), sum(n) FROM direct;
COMMIT;
SELECT load('twin', 1, 3000), load('twin', 9001, 12000);
SELECT * FROM differences('direct', 'twin');

-- EXCEPTION around COPY; a row that does not fit after many that do
CREATE FUNCTION try_load(t regclass, first int, last int, extra text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM load(t, first, last, extra);
	RETURN 'loaded';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
ALTER TABLE direct ADD CHECK (n <> 400000);
BEGIN;
SELECT try_load('direct', 20000, 25000);
SELECT try_load('direct', 100000, 400000);
SELECT try_load('direct', 26000, 29000, 'print "2124-01-01\th1"');
SELECT count(*), sum(n) FROM direct;
COMMIT;
SELECT load('direct', 300000, 400000);
\echo :LAST_ERROR_SQLSTATE
SELECT load('twin', 20000, 25000);
SELECT * FROM differences('direct', 'twin');

-- TRUNCATE in the transaction that made the table, in one that did not, and undone
BEGIN;
CREATE TABLE young (LIKE direct) USING sydra;
SELECT load('young', 1, 3000);
TRUNCATE young;
SELECT count(*) FROM young;
SELECT load('young', 3001, 6000);
SELECT count(*), min(n) FROM young;
COMMIT;
SELECT count(*), min(n) FROM young;
BEGIN;
TRUNCATE young;
SELECT load('young', 6001, 9000);
SELECT count(*), min(n) FROM young;
SAVEPOINT a;
TRUNCATE young;
SELECT load('young', 9001, 12000);
SELECT count(*), min(n) FROM young;
ROLLBACK TO a;
SELECT count(*), min(n) FROM young;
ROLLBACK;
SELECT count(*), min(n) FROM young;
SELECT load('young', 12001, 15000);
SELECT count(*), min(n), max(n) FROM young;
SELECT * FROM sydra.verify('young');

-- FREEZE goes into the head
BEGIN;
TRUNCATE young;
COPY young (time, host, n) FROM PROGRAM $$ seq 1 3000 | sed 's/.*/2124-01-01\th1\t&/' $$ (FREEZE);
SELECT * FROM places('young');
COMMIT;
DROP TABLE young;

-- generated columns and defaults
CREATE TABLE made (time timestamptz NOT NULL DEFAULT '2124-05-05', host sydra.tag, v float8, n int, s text,
	twice int GENERATED ALWAYS AS (n * 2) STORED, d int DEFAULT 42) USING sydra;
SELECT load('made', 1, 3000);
SELECT kinds, segments FROM places('made');
SELECT count(*), sum(twice) = sum(n) * 2, sum(d) FROM made;
COPY made (host, n) FROM PROGRAM $$ seq 1 3000 | sed 's/.*/h1\t&/' $$;
SELECT count(*), min(time), max(time), sum(twice) = sum(n) * 2 FROM made WHERE v IS NULL;

-- row triggers and foreign keys: the head
CREATE FUNCTION change_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := -NEW.n; RETURN NEW; END $$;
CREATE TRIGGER change BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION change_row();
SELECT load('made', 10001, 13000);
SELECT head, segments FROM places('made');
DROP TRIGGER change ON made;
CREATE TRIGGER change AFTER INSERT ON made FOR EACH ROW EXECUTE FUNCTION change_row();
SELECT load('made', 10001, 13000);
SELECT head, segments FROM places('made');
DROP TABLE made;
CREATE TABLE hosts (host text PRIMARY KEY);
INSERT INTO hosts SELECT 'h' || i FROM generate_series(0, 35) i;
CREATE TABLE child (time timestamptz NOT NULL, host text REFERENCES hosts, v float8, n int, s text) USING sydra;
SELECT load('child', 1, 35);
SELECT load('child', 36, 3000);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO hosts VALUES ('h36');
SELECT load('child', 36, 3000);
SELECT * FROM places('child');
DROP TABLE child;

-- a trigger for the statement sees the rows: counted, in parallel, in a block that is rolled back, and of the COPY itself
CREATE TABLE told (LIKE direct) USING sydra;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n bigint; m bigint;
BEGIN
	BEGIN
		SELECT count(*) INTO n FROM told;
		RAISE NOTICE 'inside a block: %', n;
		SELECT count(*) INTO n FROM told;
		RAISE NOTICE 'again: %', n;
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		NULL;
	END;
	BEGIN
		SELECT count(*) INTO n FROM told;
		RAISE NOTICE 'in the next block: %', n;
		BEGIN
			SELECT count(*) INTO n FROM told;
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
		INSERT INTO told VALUES ('2124-02-01', 'h1', 1, -1);
	EXCEPTION WHEN division_by_zero THEN
		NULL;
	END;
	SELECT count(*), count(DISTINCT told.n) INTO n, m FROM told;
	RAISE NOTICE 'after it: %, %', n, m;
	SELECT count(*) INTO n FROM came;
	RAISE NOTICE 'came: %', n;
	RETURN NULL;
END $$;
CREATE FUNCTION tell_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'before: %', (SELECT count(*) FROM told);
	RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER INSERT ON told REFERENCING NEW TABLE AS came FOR EACH STATEMENT
	WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tell();
CREATE TRIGGER tell_old BEFORE INSERT ON told FOR EACH STATEMENT
	WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tell_old();
SELECT load('told', 1, 5000);
SELECT load('told', 5001, 5100);
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT load('told', 6001, 9000);
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
SELECT count(*), count(DISTINCT n) FROM told;
SELECT * FROM sydra.verify('told');

-- a constraint that reads the table while COPY fills it loses and doubles nothing
CREATE FUNCTION look(n int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF n % 1500 = 0 THEN
		PERFORM count(*) FROM told;
		IF n % 4500 = 0 THEN RAISE division_by_zero; END IF;
	END IF;
	RETURN true;
EXCEPTION WHEN division_by_zero THEN
	RETURN true;
END $$;
TRUNCATE told, twin;
DROP TRIGGER tell ON told;
DROP TRIGGER tell_old ON told;
ALTER TABLE told ADD CHECK (look(n));
SELECT load('told', 1, 20000), load('twin', 1, 20000);
SELECT * FROM differences('told', 'twin');
DROP TABLE told;

-- partitions: more than COPY keeps buffers for, in turn and one after another
CREATE TABLE parted (time timestamptz NOT NULL, host sydra.tag, v float8, n int, s text) PARTITION BY LIST (n);
DO $$ BEGIN
	FOR i IN 0..39 LOOP
		EXECUTE format('CREATE TABLE parted_%s PARTITION OF parted FOR VALUES IN (%s) USING %s', i, i, CASE WHEN i = 5 THEN 'heap' ELSE 'sydra' END);
	END LOOP;
END $$;
COPY parted (time, host, v, n) FROM PROGRAM $$ seq 1 40000 | awk '{ printf "2124-01-01\th%d\t%d\t%d\n", $1 % 3, $1, $1 % 40 }' $$;
SELECT count(*), sum(v), count(DISTINCT v) FROM parted;
COPY parted (time, host, v, n) FROM PROGRAM $$ seq 40001 140000 | awk '{ printf "2124-01-01\th%d\t%d\t%d\n", $1 % 3, $1, ($1 - 40001) / 2500 }' $$;
SELECT count(*), sum(v), count(DISTINCT v) FROM parted;
SELECT count(*), sum(rows) FROM sydra.segments WHERE metric::text LIKE 'parted%' AND kind = 'ingested';
SELECT sum((SELECT count(*) FROM sydra.verify(c.oid))) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relname LIKE 'parted_%' AND amname = 'sydra';
DROP TABLE parted;

-- what does not last, and what has no time
CREATE TEMP TABLE short (LIKE direct) USING sydra;
SELECT load('short', 1, 3000);
SELECT * FROM places('short');
CREATE UNLOGGED TABLE loose (LIKE direct) USING sydra;
SELECT load('loose', 1, 3000);
SELECT * FROM places('loose');
CREATE TABLE timeless (time timestamptz, host sydra.tag, v float8, n int, s text) USING sydra;
SELECT load('timeless', 1, 3000);
SELECT * FROM places('timeless');

-- statistics of the table know the rows
CREATE TABLE counted (LIKE direct) USING sydra;
SELECT load('counted', 1, 5000);
SELECT load('counted', 5001, 5100);
SELECT pg_stat_force_next_flush();
SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'counted';
VACUUM FULL counted;
SELECT count(*), sum(n) FROM counted;
-- ALTER TABLE that rewrites a table, or makes it one of ours, writes segments too
SET sydraql.direct_min_rows = 2048;
CREATE TABLE rewritten (time timestamptz NOT NULL, host sydra.tag, v float8, n int, s text) USING heap;
CREATE TABLE rewritten_twin (LIKE rewritten) USING heap;
SELECT load('rewritten', 1, 5000), load('rewritten_twin', 1, 5000);
ALTER TABLE rewritten SET ACCESS METHOD sydra;
SELECT * FROM places('rewritten');
SELECT * FROM differences('rewritten', 'rewritten_twin');
SELECT load('rewritten', 5001, 5010), load('rewritten_twin', 5001, 5010);
ALTER TABLE rewritten ALTER n TYPE bigint, ADD made bigint DEFAULT (random() * 0)::bigint + 7, ADD CHECK (v < 1000000 OR v = 'NaN');
ALTER TABLE rewritten_twin ALTER n TYPE bigint, ADD made bigint DEFAULT (random() * 0)::bigint + 7;
SELECT * FROM places('rewritten');
SELECT * FROM differences('rewritten', 'rewritten_twin');
BEGIN;
ALTER TABLE rewritten ALTER n TYPE int;
DELETE FROM rewritten WHERE n % 2 = 0;
SAVEPOINT s;
ALTER TABLE rewritten ALTER n TYPE text;
ROLLBACK TO s;
SELECT count(*), sum(n) FROM rewritten;
ROLLBACK;
SELECT * FROM differences('rewritten', 'rewritten_twin');
-- a row that the new type cannot hold
ALTER TABLE rewritten ALTER n TYPE smallint USING n * 100;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM differences('rewritten', 'rewritten_twin');
-- without a time, and few rows: the head
ALTER TABLE rewritten ALTER time DROP NOT NULL, ALTER n TYPE int, ADD m int NOT NULL DEFAULT 1;
SELECT * FROM places('rewritten');
DROP TABLE rewritten, rewritten_twin;

-- addresses run out: rows go into the head, and stay there
TRUNCATE direct, twin;
SELECT load('direct', 1, 5000), load('twin', 1, 5000);
ALTER TABLE sydra_catalog.segment SET (autovacuum_enabled = off);
BEGIN;
INSERT INTO sydra_catalog.segment SELECT r.* FROM sydra_catalog.segment s, sydra_catalog.segno_seq,
	generate_series(last_value + 22000, last_value + 1, -1) n,
	jsonb_populate_record(s, jsonb_build_object('segno', n, 'tidseg', n % 8388608)) r
	WHERE s.segno = (SELECT max(segno) FROM sydra_catalog.segment);
ROLLBACK;
SELECT load('direct', 5001, 10000), load('twin', 5001, 10000);
SELECT * FROM places('direct');
CALL sydra.seal('direct');
SELECT * FROM places('direct');
SELECT * FROM differences('direct', 'twin');
SELECT refused FROM sydra_catalog.seal_status WHERE relid = 'direct'::regclass;
CALL sydra.seal('direct');
SELECT head FROM places('direct');
ALTER TABLE sydra_catalog.segment RESET (autovacuum_enabled);
SELECT * FROM differences('direct', 'twin');
DROP TABLE direct, twin, short, loose, timeless, counted, hosts;
DROP FUNCTION load, places, differences, try_load, change_row, tell, tell_old, look;
