-- sydra.verify finds what is wrong, says nothing about what is right, and is for owners. Wrong
-- hints are no fault: rows are found all the same.
SET client_min_messages = warning;

CREATE TABLE checked (time timestamptz NOT NULL, host sydra.tag, v float8, n int) USING sydra;
SELECT * FROM sydra.verify('checked');
INSERT INTO checked SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 3, ('x' || left(md5(i::text), 8))::bit(32)::int / 7.0, CASE WHEN i % 2 = 0 THEN i END
FROM generate_series(1, 30000) i;
SELECT * FROM sydra.verify('checked');
CALL sydra.seal('checked');
SELECT * FROM sydra.verify('checked');

CREATE TABLE ordinary (time timestamptz NOT NULL);
SELECT * FROM sydra.verify('ordinary');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.verify('pg_class');
\echo :LAST_ERROR_SQLSTATE
CREATE ROLE sydra_reader;
GRANT SELECT ON checked TO sydra_reader;
SET ROLE sydra_reader;
SELECT * FROM sydra.verify('checked');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- What a segment says about itself is held against the directory.
CREATE FUNCTION faults() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(fault, '[0-9]+', 'N', 'g')
	FROM sydra.verify('checked')
$$;
CREATE VIEW directory AS SELECT s.* FROM sydra_catalog.segment s JOIN sydra.segments v ON v.segment = s.segno AND v.metric = 'checked'::regclass;
CREATE FUNCTION spoil(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('UPDATE sydra_catalog.segment SET %s WHERE segno IN (SELECT segno FROM directory)', change);
	RETURN QUERY SELECT faults();
END $$;
\set VERBOSITY terse
BEGIN; SELECT spoil('tmin = tmin - 1'); ROLLBACK;
BEGIN; SELECT spoil('smax = smax + 1'); ROLLBACK;
BEGIN; SELECT spoil('xid_lo = ''1'''); ROLLBACK;
BEGIN; SELECT spoil('nrows = nrows + 1'); ROLLBACK;
BEGIN; SELECT spoil('nbytes = nbytes - 1'); ROLLBACK;
BEGIN; SELECT spoil('nbytes = -1'); ROLLBACK;
BEGIN; SELECT spoil('nchunks = nchunks - 1'); ROLLBACK;
BEGIN; SELECT spoil('chunk_id = 12345'); ROLLBACK;
BEGIN; SELECT spoil('segno = segno + 1000000'); ROLLBACK;
BEGIN; DELETE FROM sydra_catalog.segment WHERE segno IN (SELECT segno FROM directory); SELECT faults(); ROLLBACK;
-- A session that has read the series already would not miss one.
\c -
\set VERBOSITY terse
BEGIN; DELETE FROM sydra_catalog.series WHERE series_id = 2 AND storage_id IN (SELECT storage_id FROM directory); SELECT faults(); ROLLBACK;
BEGIN; UPDATE sydra_catalog.series SET tags = '\x' WHERE series_id = 2 AND storage_id IN (SELECT storage_id FROM directory); SELECT faults(); ROLLBACK;
BEGIN; UPDATE sydra_catalog.series SET series_id = -2 WHERE series_id = 2 AND storage_id IN (SELECT storage_id FROM directory); SELECT faults(); ROLLBACK;
\set VERBOSITY sqlstate
BEGIN; UPDATE sydra_catalog.series SET tags = '\x' WHERE series_id = 2 AND storage_id IN (SELECT storage_id FROM directory); SELECT count(host) FROM checked; ROLLBACK;
\set VERBOSITY terse
BEGIN; SELECT spoil('tidseg = -1 - tidseg'); ROLLBACK;
BEGIN; SELECT spoil('schema_gen = 3'); ROLLBACK;
SELECT faults();
-- A reader stops at what it needs.
\set VERBOSITY sqlstate
BEGIN; UPDATE sydra_catalog.segment SET chunk_id = 12345 WHERE segno IN (SELECT segno FROM directory); SELECT count(*) FROM checked; ROLLBACK;
BEGIN; UPDATE sydra_catalog.segment SET nbytes = nbytes - 9000 WHERE segno IN (SELECT segno FROM directory); SELECT count(*) FROM checked; ROLLBACK;
\set VERBOSITY default

-- Hints that lead nowhere, to other rows, past the end.
CREATE TABLE before AS SELECT * FROM checked;
BEGIN; SELECT spoil('extents = ''{}'''); SELECT count(*) FROM (SELECT * FROM checked EXCEPT ALL SELECT * FROM before) s; ROLLBACK;
BEGIN; SELECT spoil('extents = ''{0,1}'''); SELECT count(*) FROM (SELECT * FROM checked EXCEPT ALL SELECT * FROM before) s; ROLLBACK;
BEGIN; SELECT spoil('extents = ''{2000000000,1000000,-1,-1}'''); SELECT count(*) FROM (SELECT * FROM checked EXCEPT ALL SELECT * FROM before) s; ROLLBACK;
BEGIN; SELECT spoil('extents = ''{1,1,0,1,3,1,2,1,9}'''); SELECT count(*) FROM (SELECT * FROM checked EXCEPT ALL SELECT * FROM before) s; ROLLBACK;

-- VACUUM sets them right, in as many pairs as there were.
UPDATE sydra_catalog.segment SET extents = '{5,2}' WHERE segno IN (SELECT segno FROM directory);
VACUUM checked;
SELECT extents[1] <> 5 AS moved, extents[2] > 2 AS longer, array_length(extents, 1) AS numbers FROM directory;

-- Segments share the TOAST relation with values of the head.
ALTER TABLE checked ADD COLUMN t text;
INSERT INTO checked SELECT '2024-01-02'::timestamptz + i * interval '1 s', 'h', i, i, string_agg(md5((i * j)::text), '')
FROM generate_series(1, 50) i, generate_series(1, 400) j GROUP BY i;
SELECT faults();
VACUUM checked;
SELECT faults();
CALL sydra.seal('checked');
SELECT faults();
VACUUM checked;
VACUUM FULL checked;
SELECT faults();
SELECT count(*), sum(length(t)) FROM checked;

DROP FUNCTION faults CASCADE;
DROP FUNCTION spoil;
DROP VIEW directory;
DROP TABLE checked, ordinary, before;
DROP ROLE sydra_reader;
