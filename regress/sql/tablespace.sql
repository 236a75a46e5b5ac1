-- A table takes its segments along to another tablespace and is made in one, alone, as a partition, and
-- with the database.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE regress_sydra_space LOCATION '';
RESET allow_in_place_tablespaces;
CREATE TABLE source AS SELECT '2024-01-01'::timestamptz + i * interval '1 s' AS time, 'h' || i % 7 AS host, i AS v
	FROM generate_series(1, 20000) i;
-- Where head, TOAST relation and its index are: in one place.
CREATE FUNCTION place(rel regclass) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(DISTINCT coalesce(spcname, 'default'), ', ')
	FROM pg_class m JOIN pg_class c ON c.oid IN (m.oid, m.reltoastrelid,
			(SELECT indexrelid FROM pg_index WHERE indrelid = m.reltoastrelid))
		LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
	WHERE m.oid = rel $$;
-- Rows that are not as they should be; faults; whether segments have most of them.
CREATE FUNCTION look(rel regclass, OUT place text, OUT differ bigint, OUT faults bigint, OUT sealed boolean) LANGUAGE plpgsql AS $$
BEGIN
	look.place := place(rel);
	EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE %1$s)) x', rel) INTO differ;
	SELECT count(*) INTO faults FROM sydra.verify(rel);
	SELECT sum(rows) > 10000 INTO sealed FROM sydra.segments WHERE metric = rel;
END $$;
CREATE TABLE twin (time timestamptz NOT NULL, host text, v int) USING heap;
CREATE TABLE moved (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO moved SELECT * FROM source;
INSERT INTO twin SELECT * FROM source;
CALL sydra.seal('moved');
INSERT INTO moved SELECT time + interval '1 day', host, v FROM source WHERE v <= 1000;
INSERT INTO twin SELECT time + interval '1 day', host, v FROM source WHERE v <= 1000;
DELETE FROM moved WHERE v % 10 = 3;
DELETE FROM twin WHERE v % 10 = 3;
UPDATE moved SET v = -v WHERE v % 10 = 4;
UPDATE twin SET v = -v WHERE v % 10 = 4;
SELECT * FROM look('moved');
-- Taken back, and for good.
BEGIN;
ALTER TABLE moved SET TABLESPACE regress_sydra_space;
SELECT * FROM look('moved');
INSERT INTO moved VALUES ('2024-03-01', 'x', 1);
ROLLBACK;
SELECT * FROM look('moved');
ALTER TABLE moved SET TABLESPACE regress_sydra_space;
SELECT * FROM look('moved');
-- It is used there as before.
INSERT INTO moved SELECT time + interval '2 days', host, v FROM source WHERE v <= 5000;
INSERT INTO twin SELECT time + interval '2 days', host, v FROM source WHERE v <= 5000;
DELETE FROM moved WHERE v % 10 = 5;
DELETE FROM twin WHERE v % 10 = 5;
CALL sydra.seal('moved');
CALL sydra.merge('moved');
VACUUM moved;
SELECT * FROM look('moved');
VACUUM FULL moved;
SELECT * FROM look('moved');
ALTER TABLE moved ALTER COLUMN v TYPE bigint;
SELECT * FROM look('moved');
TRUNCATE moved;
TRUNCATE twin;
SELECT * FROM look('moved');
-- Made there: by COPY too, and from a heap; the setting, and with all of them.
SET sydraql.direct_min_rows = 100;
CREATE TABLE made (time timestamptz NOT NULL, host sydra.tag, v bigint) USING sydra TABLESPACE regress_sydra_space;
\copy (SELECT * FROM source) TO 'results/tablespace.data'
\copy made FROM 'results/tablespace.data'
INSERT INTO twin SELECT * FROM source;
SELECT * FROM look('made');
ALTER TABLE made SET TABLESPACE pg_default;
SELECT * FROM look('made');
ALTER TABLE made SET ACCESS METHOD heap, SET TABLESPACE regress_sydra_space;
ALTER TABLE made SET ACCESS METHOD sydra;
SELECT * FROM look('made');
ALTER TABLE ALL IN TABLESPACE regress_sydra_space SET TABLESPACE pg_default;
SELECT place('moved'), place('made');
SELECT * FROM look('made');
SET default_tablespace = regress_sydra_space;
CREATE TABLE parts (time timestamptz NOT NULL, host sydra.tag, v bigint) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-01-01 03:00') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts DEFAULT USING sydra TABLESPACE pg_default;
CREATE UNLOGGED TABLE unlogged (time timestamptz NOT NULL, v int) USING sydra;
CREATE TEMP TABLE passing (time timestamptz NOT NULL, v int) USING sydra TABLESPACE regress_sydra_space;
RESET default_tablespace;
\copy parts FROM 'results/tablespace.data'
SELECT place('parts_1'), place('parts_2'), place('unlogged'), place('passing');
SELECT count(*) FROM ((TABLE parts EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE parts)) x;
INSERT INTO unlogged SELECT time, v FROM source;
CALL sydra.seal('unlogged');
ALTER TABLE unlogged SET TABLESPACE pg_default;
ALTER TABLE unlogged SET LOGGED;
SELECT place('unlogged'), count(*), sum(v) FROM unlogged;
INSERT INTO passing SELECT time, v FROM source;
SELECT count(*), sum(v) FROM passing;
-- An index cannot be made there either, nor does the space go while something is in it.
\set VERBOSITY sqlstate
CREATE INDEX ON made (time) TABLESPACE regress_sydra_space;
DROP TABLESPACE regress_sydra_space;
\set VERBOSITY default
DROP TABLE parts, unlogged, passing, made, moved;

-- A database in it, and out of it.
SELECT current_database() AS home \gset
CREATE DATABASE regress_sydra_placed TABLESPACE regress_sydra_space;
\c regress_sydra_placed
SET client_min_messages = warning;
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO m SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 7, i FROM generate_series(1, 20000) i;
CALL sydra.seal('m');
DELETE FROM m WHERE v % 10 = 3;
INSERT INTO m VALUES ('2024-02-01', 'head', 1);
\c :home
ALTER DATABASE regress_sydra_placed SET TABLESPACE pg_default;
DROP TABLESPACE regress_sydra_space;
\c regress_sydra_placed
SELECT count(*), sum(v) FROM m;
SELECT count, sum FROM sydraql('select count(*), sum(v) from public.m where time >= 2024-01-01');
SELECT count(*) FROM sydra.verify('m');
CALL sydra.seal('m');
CALL sydra.merge('m');
SELECT count(*), sum(v) FROM m;
\c :home
DROP DATABASE regress_sydra_placed;
DROP TABLE source, twin;
DROP FUNCTION look, place;
