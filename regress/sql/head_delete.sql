-- a seal deletes whole pages of the head, and leaves what heap_delete() would
CREATE EXTENSION pageinspect;
CREATE EXTENSION pg_walinspect;
SET sydraql.enable_scan = off;
CREATE TABLE gone (time timestamptz NOT NULL, host sydra.tag, value float8, note text) USING sydra
	WITH (autovacuum_enabled = off);

-- what was written of the table's own pages
CREATE FUNCTION written(t regclass, start pg_lsn, stop pg_lsn, OUT deletes bigint, OUT images bigint) LANGUAGE sql AS $$
	SELECT count(*) FILTER (WHERE record_type = 'DELETE'), count(*) FILTER (WHERE record_type = 'FPI')
	FROM pg_get_wal_records_info(start, stop)
	WHERE block_ref LIKE '%/' || pg_relation_filenode(t) || ' %'
$$;

-- the first row of a page that is all visible is left to heap_delete(), the others are not: no mark differs
INSERT INTO gone SELECT '2024-03-01'::timestamptz + i * interval '1 s', 'h' || i % 3, i FROM generate_series(1, 3000) i;
VACUUM gone;
SELECT pg_sleep(0.2);
VACUUM gone;
SELECT pg_current_wal_insert_lsn() AS start, pg_relation_size('gone') / 8192 AS pages \gset
CALL sydra.seal('gone');
SELECT pg_current_wal_flush_lsn() AS stop \gset
SELECT count(*) AS rows, count(DISTINCT (t_infomask, t_infomask2, t_xmax::text, t_field3, t_ctid)) AS kinds, min(t_ctid::text) AS moved
FROM generate_series(0, :pages - 1) page, heap_page_items(get_raw_page('gone', page::int)) WHERE lp_flags = 1;
SELECT deletes = :pages AS one_a_page, images = :pages AS one_image_a_page FROM written('gone', :'start', :'stop');
SELECT count(*), sum(value) FROM gone;
VACUUM gone;

-- pages that were never vacuumed need no record of a row
INSERT INTO gone SELECT '2024-03-02'::timestamptz + i * interval '1 s', 'h' || i % 3, i FROM generate_series(1, 3000) i;
SELECT pg_current_wal_insert_lsn() AS start, pg_relation_size('gone') / 8192 AS pages \gset
CALL sydra.seal('gone');
SELECT pg_current_wal_flush_lsn() AS stop \gset
SELECT deletes, images = :pages AS one_image_a_page FROM written('gone', :'start', :'stop');

-- a page of which little goes is not written whole
VACUUM gone;
INSERT INTO gone SELECT '2024-03-03'::timestamptz + i * interval '1 s', 'few', i FROM generate_series(1, 120) i;
DELETE FROM gone WHERE host = 'few' AND value > 10;
SELECT pg_current_wal_insert_lsn() AS start \gset
CALL sydra.seal('gone');
SELECT pg_current_wal_flush_lsn() AS stop \gset
SELECT * FROM written('gone', :'start', :'stop');

-- values outside the row go with it
VACUUM gone;
ALTER TABLE gone ALTER note SET STORAGE EXTERNAL;
INSERT INTO gone SELECT '2024-03-04'::timestamptz + i * interval '1 s', 'long', i, CASE WHEN i % 2 = 0 THEN repeat('x', 9000) END
FROM generate_series(1, 100) i;
CALL sydra.seal('gone');
VACUUM gone;
SELECT reltoastrelid::regclass AS toast FROM pg_class WHERE oid = 'gone'::regclass \gset
SELECT count(DISTINCT chunk_id) - 1 = (SELECT count(*) FROM sydra.segments WHERE metric = 'gone'::regclass) AS segments_alone FROM :toast;
SELECT count(*), sum(value), sum(length(note)) FROM gone;

-- rows that were updated in the head
INSERT INTO gone SELECT '2024-03-05'::timestamptz + i * interval '1 s', 'new', i FROM generate_series(1, 100) i;
UPDATE gone SET value = -value WHERE host = 'new' AND value > 50;
BEGIN;
UPDATE gone SET value = 0 WHERE host = 'new' AND value BETWEEN 1 AND 10;
ROLLBACK;
CALL sydra.seal('gone');
SELECT count(*), sum(value) FROM gone WHERE host = 'new';
SELECT bool_and((ctid::text::point)[0] >= 2147483648) AS sealed FROM gone;
SELECT * FROM sydra.verify('gone');
DROP TABLE gone;
DROP FUNCTION written;
DROP EXTENSION pg_walinspect;
DROP EXTENSION pageinspect;
