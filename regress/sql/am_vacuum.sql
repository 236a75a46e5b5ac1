-- VACUUM and its kin keep every row and give space back
CREATE FUNCTION differ(a regclass, b regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (
		(SELECT x::text FROM %1$s x EXCEPT ALL SELECT x::text FROM %2$s x) UNION ALL
		(SELECT x::text FROM %2$s x EXCEPT ALL SELECT x::text FROM %1$s x)) d', a, b) INTO n;
	RETURN n;
END $$;
CREATE TABLE vac (time timestamptz NOT NULL, host sydra.tag, v int, t text) USING sydra WITH (autovacuum_enabled = off);
INSERT INTO vac SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'h' || i % 20, i, repeat('t', i % 50)
FROM generate_series(1, 50000) i;
-- values that the head toasts live in the same TOAST relation as segments
INSERT INTO vac SELECT 'infinity', 'wide', i, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 300) j)
FROM generate_series(1, 20) i;
CREATE TABLE vac_twin AS TABLE vac;
SELECT pg_table_size('vac') AS before \gset
CALL sydra.seal('vac');
VACUUM vac;
SELECT differ('vac', 'vac_twin');
VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) vac;
SELECT differ('vac', 'vac_twin');

-- the head's pages are used again
SELECT pg_relation_size('vac') AS head \gset
INSERT INTO vac SELECT '2124-02-01'::timestamptz + i * interval '1 s', 'h' || i % 20, i, repeat('t', i % 50)
FROM generate_series(1, 50000) i;
INSERT INTO vac_twin SELECT '2124-02-01'::timestamptz + i * interval '1 s', 'h' || i % 20, i, repeat('t', i % 50)
FROM generate_series(1, 50000) i;
SELECT pg_relation_size('vac') <= :head * 1.1 AS reused;
CALL sydra.seal('vac');

-- segments move up when values before them have gone
DELETE FROM vac WHERE time = 'infinity' AND v <= 15;
DELETE FROM vac_twin WHERE time = 'infinity' AND v <= 15;
VACUUM FULL vac;
SELECT differ('vac', 'vac_twin');
SELECT pg_table_size('vac') < :before / 4 AS smaller;
-- hints are stale, then fresh
SELECT string_agg(extents::text, ' ' ORDER BY segno) AS stale FROM sydra_catalog.segment \gset
SELECT differ('vac', 'vac_twin');
VACUUM vac;
SELECT string_agg(extents::text, ' ' ORDER BY segno) <> :'stale' AS refreshed FROM sydra_catalog.segment;
SELECT string_agg(extents::text, ' ' ORDER BY segno) AS fresh FROM sydra_catalog.segment \gset
VACUUM vac;
SELECT string_agg(extents::text, ' ' ORDER BY segno) = :'fresh' AS kept FROM sydra_catalog.segment;
SELECT differ('vac', 'vac_twin');
INSERT INTO vac SELECT * FROM vac_twin LIMIT 1000;
INSERT INTO vac_twin SELECT * FROM vac_twin LIMIT 1000;
CALL sydra.seal('vac');
VACUUM FULL vac;
CALL sydra.seal('vac');
SELECT differ('vac', 'vac_twin');

-- columns added before VACUUM FULL are in the segments from before them
ALTER TABLE vac ADD COLUMN a int DEFAULT 7, ADD COLUMN b text DEFAULT 'seven', ADD COLUMN c sydra.tag DEFAULT 'tag',
	ADD COLUMN d uuid DEFAULT '00000000-0000-0000-0000-000000000007', ADD COLUMN e int, ADD COLUMN f numeric DEFAULT 7.00;
ALTER TABLE vac_twin ADD COLUMN a int DEFAULT 7, ADD COLUMN b text DEFAULT 'seven', ADD COLUMN c text DEFAULT 'tag',
	ADD COLUMN d uuid DEFAULT '00000000-0000-0000-0000-000000000007', ADD COLUMN e int, ADD COLUMN f numeric DEFAULT 7.00;
SELECT differ('vac', 'vac_twin');
VACUUM FULL vac;
SELECT differ('vac', 'vac_twin');
ALTER TABLE vac ALTER a SET DEFAULT 8, ADD COLUMN g int DEFAULT 9, DROP COLUMN b;
ALTER TABLE vac_twin ALTER a SET DEFAULT 8, ADD COLUMN g int DEFAULT 9, DROP COLUMN b;
INSERT INTO vac (time, host) VALUES ('2124-04-01', 'x');
INSERT INTO vac_twin (time, host) VALUES ('2124-04-01', 'x');
CALL sydra.seal('vac');
VACUUM FULL vac;
VACUUM FULL vac;
SELECT differ('vac', 'vac_twin');
SELECT * FROM sydraql('select c, tag.c as tag, a, count(*) from vac where time >= 2124-01-01 group by c, tag.c, a');
ALTER TABLE vac DROP COLUMN a, DROP COLUMN c, DROP COLUMN d, DROP COLUMN e, DROP COLUMN f, DROP COLUMN g;
ALTER TABLE vac_twin DROP COLUMN a, DROP COLUMN c, DROP COLUMN d, DROP COLUMN e, DROP COLUMN f, DROP COLUMN g;
SELECT differ('vac', 'vac_twin');

-- TRUNCATE and ROLLBACK
BEGIN;
TRUNCATE vac;
SELECT count(*) FROM vac;
INSERT INTO vac VALUES ('2124-03-01', 'new', 1, 'x');
SELECT count(*) FROM vac;
ROLLBACK;
SELECT differ('vac', 'vac_twin');
BEGIN;
SAVEPOINT s;
TRUNCATE vac;
INSERT INTO vac VALUES ('2124-03-01', 'new', 1, 'x');
ROLLBACK TO s;
INSERT INTO vac VALUES ('2124-03-01', 'new', 2, 'x');
COMMIT;
INSERT INTO vac_twin VALUES ('2124-03-01', 'new', 2, 'x');
SELECT differ('vac', 'vac_twin');
TRUNCATE vac;
TRUNCATE vac_twin;
SELECT count(*) FROM vac;
INSERT INTO vac VALUES ('2124-03-01', 'new', 1, 'x');
INSERT INTO vac_twin VALUES ('2124-03-01', 'new', 1, 'x');
CALL sydra.seal('vac');
SELECT differ('vac', 'vac_twin');
TRUNCATE vac;
CALL sydra.seal('vac');
SELECT count(*) FROM vac;

-- emptied in the transaction that made it
BEGIN;
CREATE TABLE made (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO made VALUES ('2124-01-01', 1);
TRUNCATE made;
INSERT INTO made VALUES ('2124-01-01', 2);
COMMIT;
CALL sydra.seal('made');
SELECT * FROM made;
DROP TABLE vac, vac_twin, made;

-- a VACUUM that somebody asked for cuts off the empty tail of the head
CREATE TABLE vac_tail (time timestamptz NOT NULL, v int) USING sydra WITH (autovacuum_enabled = off);
INSERT INTO vac_tail SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 50000) i;
CREATE TABLE vac_tail_twin AS TABLE vac_tail;
CALL sydra.seal('vac_tail');
VACUUM (TRUNCATE off) vac_tail;
SELECT pg_relation_size('vac_tail') > 1000000 AS kept;
VACUUM vac_tail;
SELECT pg_relation_size('vac_tail') / current_setting('block_size')::int AS pages;
SELECT differ('vac_tail', 'vac_tail_twin');
ANALYZE vac_tail;
SELECT reltuples FROM pg_class WHERE relname = 'vac_tail';
INSERT INTO vac_tail SELECT '2124-02-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 1000) i;
SELECT count(*) FROM vac_tail;
DROP TABLE vac_tail, vac_tail_twin;
DROP FUNCTION differ;
