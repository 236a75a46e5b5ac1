-- CALL sydra.merge(): deleted rows leave the segments, segments become fewer, the rows stay the same
-- (all heads, and all that is deleted at once, are below what workers are started for)
SET sydraql.direct_min_rows = 1;
CREATE TABLE merged (time timestamptz NOT NULL, host sydra.tag, v int, t text) USING sydra;
CREATE TABLE twin (LIKE merged) USING heap;
CREATE VIEW differences AS
	(SELECT r::text FROM merged r EXCEPT ALL SELECT r::text FROM twin r)
	UNION ALL
	(SELECT r::text FROM twin r EXCEPT ALL SELECT r::text FROM merged r);
CREATE VIEW segments AS
	SELECT count(*), string_agg(DISTINCT kind, ' ') AS kinds, max(level) AS level, sum(rows) AS rows
	FROM sydra.segments WHERE metric = 'merged'::regclass;
CREATE VIEW status AS
	SELECT rows_deleted, rows_merged, last_merge IS NOT NULL AS merged, bytes_written > 0 AS written,
		bytes_merged > 0 AS bytes_merged, write_amplification > 1 AS amplified
	FROM sydra.status WHERE metric = 'merged'::regclass;
CREATE PROCEDURE fill(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE staging;
	INSERT INTO staging SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 3, i, 'text ' || i % 10
		FROM generate_series(first, last) i;
	INSERT INTO twin SELECT * FROM staging;
	INSERT INTO merged SELECT * FROM staging;
END $$;
CREATE TABLE staging (LIKE merged) USING heap;

-- small segments are joined into one
CALL fill(1, 400); CALL sydra.seal('merged');
CALL fill(401, 800); CALL sydra.seal('merged');
CALL fill(200, 600); CALL sydra.seal('merged');
SELECT * FROM segments;
CALL sydra.merge('merged');
SELECT * FROM segments;
SELECT series_min, series_max, time_min, time_max FROM sydra.segments WHERE metric = 'merged'::regclass;
SELECT * FROM status;
SELECT * FROM differences;
SELECT * FROM sydra.verify('merged');
-- once is enough
CALL sydra.merge('merged');
SELECT * FROM segments;

-- deleted and updated rows
DELETE FROM merged WHERE v % 4 = 0;
DELETE FROM twin WHERE v % 4 = 0;
UPDATE merged SET t = 'updated' WHERE v % 10 = 1;
UPDATE twin SET t = 'updated' WHERE v % 10 = 1;
SELECT rows_deleted FROM status;
CALL sydra.merge('merged');
SELECT * FROM segments;
SELECT rows_deleted FROM status;
SELECT count(*) FROM sydra_catalog.tombstone WHERE storage_id = sydra_catalog.storage_of('merged'::regclass);
SELECT * FROM differences;
SELECT * FROM sydra.verify('merged');

-- what is written later is last among rows of one time, before the merge as after it
CREATE TABLE late (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO late VALUES ('2024-01-01', 'a', 1), ('2024-01-02', 'a', 1); CALL sydra.seal('late');
INSERT INTO late VALUES ('2024-01-01', 'a', 2), ('2024-01-02', 'a', 2); CALL sydra.seal('late');
INSERT INTO late VALUES ('2024-01-01', 'a', 3); CALL sydra.seal('late');
DELETE FROM late WHERE v = 2 AND time = '2024-01-02';
CALL sydra.merge('late');
INSERT INTO late VALUES ('2024-01-01', 'a', 4); CALL sydra.seal('late');
SELECT * FROM sydraql('select time, v from public.late where time >= 2024-01-01');
SELECT * FROM sydraql('select first(v) as f, last(v) as l from public.late where time >= 2024-01-01');
CALL sydra.merge('late');
SELECT * FROM sydraql('select time, v from public.late where time >= 2024-01-01');
SELECT count(*), max(level) FROM sydra.segments WHERE metric = 'late'::regclass;
DROP TABLE late;

-- a segment whose rows are all deleted goes without being written anew
SELECT rows_merged FROM status;
DELETE FROM merged WHERE time < '2024-01-02';
DELETE FROM twin WHERE time < '2024-01-02';
CALL sydra.merge('merged');
SELECT * FROM segments;
SELECT rows_merged FROM status;
SELECT count(*) FROM sydra_catalog.tombstone WHERE storage_id = sydra_catalog.storage_of('merged'::regclass);
SELECT * FROM differences;
SELECT * FROM sydra.verify('merged');

-- columns that were added, dropped and changed in between; tags that were fields and the other way round
CALL fill(1, 500); CALL sydra.seal('merged');
ALTER TABLE merged ADD COLUMN added int DEFAULT 7;
ALTER TABLE twin ADD COLUMN added int DEFAULT 7;
ALTER TABLE staging ADD COLUMN added int DEFAULT 8;
CALL fill(501, 1000); CALL sydra.seal('merged');
ALTER TABLE merged DROP COLUMN v;
ALTER TABLE twin DROP COLUMN v;
ALTER TABLE staging DROP COLUMN v;
INSERT INTO merged SELECT time + interval '1 day', host, t, added FROM merged;
INSERT INTO twin SELECT time + interval '1 day', host, t, added FROM twin;
CALL sydra.seal('merged');
ALTER TABLE merged ALTER COLUMN t TYPE sydra.tag;
INSERT INTO merged VALUES ('2024-02-01', 'h1', 'text 1', 9);
INSERT INTO twin VALUES ('2024-02-01', 'h1', 'text 1', 9);
CALL sydra.seal('merged');
ALTER TABLE merged ALTER COLUMN host TYPE text;
INSERT INTO merged VALUES ('2024-02-02', 'h2', 'text 1', 10);
INSERT INTO twin VALUES ('2024-02-02', 'h2', 'text 1', 10);
CALL sydra.seal('merged');
DELETE FROM merged WHERE t = 'text 3';
DELETE FROM twin WHERE t = 'text 3';
SELECT * FROM segments;
SELECT * FROM differences;
CALL sydra.merge('merged');
SELECT * FROM segments;
SELECT * FROM differences;
SELECT * FROM sydra.verify('merged');
SELECT * FROM sydraql('select tag.t, count(*) as n from public.merged where time >= 2024-01-01 group by tag.t')
EXCEPT SELECT t, count(*) FROM twin GROUP BY t;
SELECT count(DISTINCT schema_gen) FROM sydra_catalog.segment
WHERE storage_id = sydra_catalog.storage_of('merged'::regclass);

-- a default that VACUUM FULL has cleared; hints that it has made stale
CREATE TABLE cleared (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO cleared SELECT '2024-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 2000) i;
CALL sydra.seal('cleared');
ALTER TABLE cleared ADD COLUMN w text DEFAULT 'was there';
VACUUM FULL cleared;
DELETE FROM cleared WHERE v % 2 = 0;
CALL sydra.merge('cleared');
SELECT w, count(*) FROM cleared GROUP BY w;
SELECT * FROM sydra.verify('cleared');
DROP TABLE cleared;

-- partitions, and tables that have nothing to merge
CREATE TABLE parts (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') USING sydra;
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2024-03-01') TO ('2024-04-01') USING heap;
INSERT INTO parts SELECT '2024-01-01'::timestamptz + i * interval '1 day', i FROM generate_series(0, 80) i;
CALL sydra.merge('parts');
CALL sydra.seal('parts');
DELETE FROM parts WHERE v % 2 = 0;
CALL sydra.merge('parts');
SELECT metric, kind, rows FROM sydra.segments WHERE metric::text LIKE 'parts%' ORDER BY 1;
SELECT count(*), sum(v) FROM parts;
DROP TABLE parts;

-- marks of segments that are not there any more
CREATE TABLE orphans (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO orphans VALUES ('2024-01-01', 1), ('2024-01-02', 2); CALL sydra.seal('orphans');
DELETE FROM orphans WHERE v = 1;
UPDATE sydra_catalog.tombstone SET segno = 1 WHERE storage_id = sydra_catalog.storage_of('orphans'::regclass);
SELECT * FROM sydra.verify('orphans');
CALL sydra.merge('orphans');
SELECT * FROM sydra.verify('orphans');
DROP TABLE orphans;

-- a damaged segment stays as it is, with a warning, and the others are merged: one whose bytes are, one
-- whose marks of deleted rows are, and one all of whose rows are said to be dead
CREATE TABLE hurt (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
CREATE VIEW hurt_segments AS SELECT kind, rows, time_min::date AS day FROM sydra.segments WHERE metric = 'hurt'::regclass;
CREATE PROCEDURE hurt(change text, place int) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change USING
		(SELECT s.segment FROM sydra.segments s WHERE metric = 'hurt'::regclass ORDER BY s.segment OFFSET place - 1 LIMIT 1);
END $$;
INSERT INTO hurt SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'a', i FROM generate_series(1, 300) i; CALL sydra.seal('hurt');
INSERT INTO hurt SELECT '2024-01-02'::timestamptz + i * interval '1 s', 'a', i FROM generate_series(1, 300) i; CALL sydra.seal('hurt');
INSERT INTO hurt SELECT '2024-01-03'::timestamptz + i * interval '1 s', 'a', i FROM generate_series(1, 300) i; CALL sydra.seal('hurt');
INSERT INTO hurt SELECT '2024-01-04'::timestamptz + i * interval '1 s', 'a', i FROM generate_series(1, 300) i; CALL sydra.seal('hurt');
INSERT INTO hurt SELECT '2024-01-05'::timestamptz + i * interval '1 s', 'a', i FROM generate_series(1, 300) i; CALL sydra.seal('hurt');
BEGIN;
DELETE FROM hurt WHERE v % 2 = 0 OR time >= '2024-01-05' AND v < 150;
CALL hurt('UPDATE sydra_catalog.segment SET nbytes = nbytes - 1 WHERE segno = $1', 2);
CALL hurt('INSERT INTO sydra_catalog.tombstone SELECT * FROM sydra_catalog.tombstone WHERE segno = $1', 4);
CALL hurt('UPDATE sydra_catalog.segment SET nrows = 1 WHERE segno = $1', 5);
COMMIT;
\set VERBOSITY sqlstate
CALL sydra.merge('hurt');
\set VERBOSITY default
SELECT * FROM hurt_segments ORDER BY day;
BEGIN;
CALL hurt('UPDATE sydra_catalog.segment SET nbytes = nbytes + 1 WHERE segno = $1', 1);
CALL hurt('UPDATE sydra_catalog.segment SET nrows = 300 WHERE segno = $1', 3);
CALL hurt('DELETE FROM sydra_catalog.tombstone t USING sydra_catalog.tombstone o WHERE t.ctid > o.ctid AND (t.segno, t.rowno, t.rows) = (o.segno, o.rowno, o.rows) AND t.segno = $1', 2);
COMMIT;
SELECT count(*), sum(v) FROM hurt;
CALL sydra.merge('hurt');
SELECT * FROM hurt_segments ORDER BY day;
SELECT count(*), sum(v) FROM hurt;
SELECT * FROM sydra.verify('hurt');
DROP VIEW hurt_segments;
DROP PROCEDURE hurt;
DROP TABLE hurt;

-- row addresses run out: what is there stays, and is merged when some are free again (those drawn first
-- are written last, into new pages, which nothing has to be pruned from)
CREATE TABLE full_up (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO full_up VALUES ('2024-01-01', 1); CALL sydra.seal('full_up');
INSERT INTO full_up VALUES ('2024-01-02', 2); CALL sydra.seal('full_up');
INSERT INTO full_up VALUES ('2024-01-03', 3); CALL sydra.seal('full_up');
ALTER TABLE sydra_catalog.segment SET (autovacuum_enabled = off);
BEGIN;
INSERT INTO sydra_catalog.segment SELECT r.* FROM sydra_catalog.segment s, sydra_catalog.segno_seq,
	generate_series(last_value + 12000, last_value + 1, -1) n,
	jsonb_populate_record(s, jsonb_build_object('segno', n, 'tidseg', n % 8388608)) r
	WHERE s.segno = (SELECT max(segno) FROM sydra_catalog.segment);
ROLLBACK;
CALL sydra.merge('full_up');
SELECT kind, rows FROM sydra.segments WHERE metric = 'full_up'::regclass;
SELECT count(*), sum(v) FROM full_up;
VACUUM sydra_catalog.segment;
ALTER TABLE sydra_catalog.segment RESET (autovacuum_enabled);
CALL sydra.merge('full_up');
SELECT kind, rows FROM sydra.segments WHERE metric = 'full_up'::regclass;
SELECT count(*), sum(v) FROM full_up;
DROP TABLE full_up;

-- a directory of very many segments that nothing is to be done for: it is planned in about as long as it is read
CREATE TABLE many (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO many VALUES ('2024-01-01', 1); CALL sydra.seal('many');
INSERT INTO sydra_catalog.segment (storage_id, segno, tidseg, chunk_id, level, kind, nrows, nbytes, nchunks, extents, tmin, tmax,
		smin, smax, xid_lo, xid_hi, creator, schema_gen)
	SELECT storage_id, segno + n, (segno + n) % 8388608, chunk_id, 0, 'c', 65280, 3000000, 400, extents, tmax + n * 10, tmax + n * 10 + 9,
		smin, smax, xid_lo, xid_hi, creator, schema_gen
	FROM sydra_catalog.segment, generate_series(1, 60000) n WHERE storage_id = sydra_catalog.storage_of('many'::regclass);
DO $$
DECLARE
	began timestamptz := clock_timestamp();
	read interval;
BEGIN
	PERFORM count(*) FROM sydra.segments WHERE metric = 'many'::regclass;
	read := clock_timestamp() - began;
	began := clock_timestamp();
	CALL sydra.merge('many');
	IF clock_timestamp() - began > 10 * read + interval '1 s' THEN
		RAISE 'it took % to read the directory, and % to find nothing to merge', read, clock_timestamp() - began;
	END IF;
END $$;
DELETE FROM sydra_catalog.segment WHERE storage_id = sydra_catalog.storage_of('many'::regclass);
DROP TABLE many;

-- when and for whom
BEGIN;
CALL sydra.merge('merged');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SET default_transaction_isolation = 'repeatable read';
CALL sydra.merge('merged');
\echo :LAST_ERROR_SQLSTATE
RESET default_transaction_isolation;
CREATE ROLE regress_merger;
GRANT ALL ON merged TO regress_merger;
SET ROLE regress_merger;
CALL sydra.merge('merged');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra_catalog.merge_status;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE ALL ON merged FROM regress_merger;
DROP ROLE regress_merger;
CALL sydra.merge('twin');
\echo :LAST_ERROR_SQLSTATE
CALL sydra.merge(NULL);
\echo :LAST_ERROR_SQLSTATE
CREATE TEMP TABLE passing (time timestamptz NOT NULL) USING sydra;
\set VERBOSITY sqlstate
CALL sydra.merge('passing');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE

-- merged segments, VACUUM, and again: the store, which gets 20 pages a round, stops growing (an old snapshot may keep those of one)
CREATE TABLE steady (time timestamptz NOT NULL, v float8) USING sydra;
INSERT INTO steady SELECT '2024-01-01'::timestamptz + i * interval '1 s', sin(i) FROM generate_series(1, 20000) i;
CALL sydra.seal('steady');
CREATE TABLE sizes (n serial, pages bigint) USING heap;
CREATE PROCEDURE measure() LANGUAGE sql AS $$
	INSERT INTO sizes (pages) SELECT pg_relation_size(reltoastrelid) / 8192 FROM pg_class WHERE relname = 'steady' $$;
\set round 'DELETE FROM steady WHERE time IN (SELECT time FROM steady ORDER BY time LIMIT 100); CALL sydra.merge(''steady''); VACUUM steady; CALL measure();'
:round
:round
:round
:round
:round
:round
:round
:round
SELECT count(*), max(pages) FILTER (WHERE n > 3) <= max(pages) FILTER (WHERE n <= 3) + 30 AS steady FROM sizes;
SELECT count(*), round(sum(v)) = (SELECT round(sum(sin(i))) FROM generate_series(801, 20000) i) AS right FROM steady;
SELECT * FROM sydra.verify('steady');
DROP TABLE steady, sizes;
DROP VIEW differences, segments, status;
DROP PROCEDURE fill, measure;
DROP TABLE merged, twin, staging;
