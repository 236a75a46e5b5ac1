-- Rows of the extension's catalogs that were changed by something else: a query gives the right answer
-- or XX001, whatever is in them.
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;

CREATE TABLE damaged (time timestamptz NOT NULL, host sydra.tag, v float8, n int) USING sydra;
INSERT INTO damaged SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 3, i / 7.0, i FROM generate_series(1, 1200) i;
CALL sydra.seal('damaged');
INSERT INTO damaged SELECT '2024-01-02'::timestamptz + i * interval '1 s', 'h' || i % 3, i / 7.0, i FROM generate_series(1, 1200) i;
CALL sydra.seal('damaged');
INSERT INTO damaged SELECT '2024-01-03'::timestamptz + i * interval '1 s', 'late', i / 7.0, i FROM generate_series(1, 1200) i;
CALL sydra.seal('damaged');
INSERT INTO damaged VALUES ('2024-01-04', 'h1', 1, 1);
DELETE FROM damaged WHERE n % 500 = 7;
UPDATE damaged SET n = -n WHERE n % 1000 = 3;
CREATE TABLE twin AS SELECT * FROM damaged;
CREATE VIEW directory AS SELECT s.segno, s.storage_id, row_number() OVER (ORDER BY s.segno) AS place
	FROM sydra_catalog.segment s JOIN sydra.segments v ON v.segment = s.segno AND v.metric = 'damaged'::regclass;

-- What one query says under a change of a catalog: same, or the SQLSTATE.
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	differ bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((%1$s EXCEPT ALL %2$s) UNION ALL (%2$s EXCEPT ALL %1$s)) x', query, replace(query, 'damaged', 'twin')) INTO differ;
	RETURN CASE differ WHEN 0 THEN 'same' ELSE differ || ' rows differ' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || CASE WHEN SQLERRM LIKE '%damaged%' THEN '' ELSE ' ' || SQLERRM END;
END $$;
CREATE FUNCTION language_answer() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	SELECT string_agg(s::text, ' ' ORDER BY s::text) INTO found
	FROM sydraql('select tag.host, count(*), max(n) from public.damaged where time >= 2024-01-01 group by tag.host') s;
	RETURN CASE WHEN found = (SELECT string_agg(s::text, ' ' ORDER BY s::text) FROM (SELECT host, count(*), max(n) FROM twin GROUP BY host) s)
		THEN 'same' ELSE found END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || CASE WHEN SQLERRM LIKE '%damaged%' THEN '' ELSE ' ' || SQLERRM END;
END $$;
-- Changes a catalog, asks, and takes the change back.
CREATE FUNCTION spoil(change text, OUT scan text, OUT seq text, OUT by_tag text, OUT ql text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	scan := answer('SELECT * FROM damaged');
	SET LOCAL sydraql.enable_scan = off;
	seq := answer('SELECT * FROM damaged');
	SET LOCAL sydraql.enable_scan = on;
	by_tag := answer('SELECT * FROM damaged WHERE host = ''h1''');
	ql := language_answer();
	RAISE EXCEPTION 'undo';
EXCEPTION WHEN raise_exception THEN
END $$;

-- The directory.
SELECT replace(column_name, 'xid', 'x') AS "column", value, (spoil(format(
	'UPDATE sydra_catalog.segment SET %I = %L WHERE segno = (SELECT segno FROM directory WHERE place = 2)', column_name, value))).*
FROM (VALUES (1, 'nrows'), (2, 'nbytes'), (3, 'nchunks'), (4, 'chunk_id'), (5, 'tidseg')) c(i, column_name),
	unnest(CASE column_name WHEN 'chunk_id' THEN '{0,1,4294967295}'::bigint[] ELSE '{-2147483648,-1,0,1000000,2147483647}' END) value
ORDER BY i, value;
SELECT "column", value, (spoil(format(
	'UPDATE sydra_catalog.segment SET %I = %L WHERE segno = (SELECT segno FROM directory WHERE place = 2)', "column", value))).*
FROM (VALUES (1, 'extents', '{}'), (2, 'extents', '{-1,-1}'), (3, 'extents', '{0,2147483647}'), (4, 'extents', '{2147483647,2147483647}'),
	(5, 'extents', '{-2147483648,2147483647,1}'), (6, 'extents', '{{1,2},{3,4}}'), (7, 'extents', '{NULL,1}'), (8, 'extents', '[-5:-4]={0,1}'),
	(9, 'smin', '-2147483648'), (10, 'smax', '2147483647'), (11, 'tmin', '-9223372036854775808'), (12, 'tmax', '9223372036854775807'),
	(13, 'level', '-1'), (14, 'kind', ''), (15, 'creator', '0'), (16, 'schema_gen', '-1')) v(i, "column", value) ORDER BY i;

-- Tombstones.
SELECT "column", left(value, 12) AS value, (spoil(format(
	'UPDATE sydra_catalog.tombstone SET %I = %L WHERE segno = (SELECT segno FROM directory WHERE place = 2) AND rows IS NOT NULL', "column", value))).*
FROM (VALUES (1, 'rowno', '-2147483648'), (2, 'rowno', '-1'), (3, 'rowno', '65279'), (4, 'rowno', '2147483647'),
	(5, 'rows', '\x'), (6, 'rows', '\x' || repeat('ff', 33)), (7, 'rows', '\x' || repeat('ff', 3000))) v(i, "column", value)
ORDER BY i;
SELECT 'again' AS "row", (spoil('INSERT INTO sydra_catalog.tombstone SELECT t.* FROM sydra_catalog.tombstone t JOIN directory d USING (segno)')).*;

-- Series.  A new session each, which has none of them in memory.
\c -
SET client_min_messages = warning;
SELECT (spoil('UPDATE sydra_catalog.series SET tags = ''\x'' WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory)')).*;
\c -
SELECT (spoil('UPDATE sydra_catalog.series SET hash = 1 WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory)')).*;
\c -
SELECT (spoil('DELETE FROM sydra_catalog.series WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory)')).*;
\c -
SELECT (spoil('UPDATE sydra_catalog.series SET series_id = 2147483647 WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory)')).*;
\c -
SELECT (spoil('UPDATE sydra_catalog.series SET series_id = -2 WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory)')).*;
\c -
SELECT (spoil('UPDATE sydra_catalog.series SET tags = tags || ''\xff'' WHERE storage_id = (SELECT min(storage_id) FROM directory)')).*;

-- sydraql.skip_damaged leaves a damaged segment out, as a whole, and warns: in every kind of scan.
\c -
SET client_min_messages = warning;
CREATE FUNCTION warned(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
BEGIN
	EXECUTE query INTO rows;
	RETURN rows::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE kept AS SELECT nbytes AS kept_bytes, nchunks AS kept_chunks FROM sydra_catalog.segment WHERE segno = (SELECT segno FROM directory WHERE place = 3);
UPDATE sydra_catalog.segment SET nbytes = nbytes - 1 WHERE segno = (SELECT segno FROM directory WHERE place = 2);
SELECT warned('SELECT count(*) FROM damaged');
\set VERBOSITY sqlstate
SET sydraql.skip_damaged = on;
SELECT count(*) FROM damaged;
SELECT count(*) FROM damaged WHERE host = 'late';
SELECT count(*) FROM damaged WHERE time >= '2024-01-03';
SELECT count(*) FROM twin WHERE time < '2024-01-02' OR time >= '2024-01-03' OR n < 0;
SELECT count FROM sydraql('select count(*) from public.damaged where time >= 2024-01-01');
SET sydraql.enable_scan = off;
SELECT count(*), sum(n) FROM damaged;
SELECT count(*), sum(n) FROM twin WHERE time < '2024-01-02' OR time >= '2024-01-03' OR n < 0;
RESET sydraql.enable_scan;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*), sum(n) FROM damaged;
SET sydraql.enable_scan = off;
SELECT count(*), sum(n) FROM damaged;
RESET sydraql.enable_scan;
SET max_parallel_workers_per_gather = 0;
-- VACUUM looks for chunks by what the directory says of the newest segment.
UPDATE sydra_catalog.segment SET nbytes = -2147483648, nchunks = 2147483647 WHERE segno = (SELECT segno FROM directory WHERE place = 3);
VACUUM damaged;
UPDATE sydra_catalog.segment SET nbytes = 2147483647, nchunks = -1 WHERE segno = (SELECT segno FROM directory WHERE place = 3);
VACUUM damaged;
VACUUM FULL damaged;
VACUUM damaged;
SELECT count(*) FROM damaged;
UPDATE sydra_catalog.segment SET (nbytes, nchunks) = ROW (kept_bytes, kept_chunks) FROM kept WHERE segno = (SELECT segno FROM directory WHERE place = 3);
SELECT count(*) FROM damaged;
DROP TABLE kept;
\set VERBOSITY default
-- What has been changed or locked is not left out, nor in what depends on every row.
SELECT warned('WITH d AS (DELETE FROM damaged WHERE n = 1 RETURNING 1) SELECT count(*) FROM d');
SELECT warned('WITH d AS (UPDATE damaged SET n = 0 WHERE n = 1 RETURNING 1) SELECT count(*) FROM d');
SELECT warned('SELECT count(*) FROM (SELECT FROM damaged FOR SHARE) s');
SELECT warned('INSERT INTO damaged SELECT * FROM damaged');
SELECT warned('ALTER TABLE damaged ADD CHECK (n > -100000)');
SELECT warned('ALTER TABLE damaged ALTER n TYPE bigint');
SELECT warned('ANALYZE damaged');
SELECT count(*) > 0 AS found FROM sydra.verify('damaged');
UPDATE sydra_catalog.segment SET nbytes = nbytes + 1 WHERE segno = (SELECT segno FROM directory WHERE place = 2);
SELECT answer('SELECT * FROM damaged');
-- Damaged tombstones and series make their segments damaged.
\set VERBOSITY sqlstate
BEGIN;
UPDATE sydra_catalog.tombstone SET rows = '\x' WHERE segno = (SELECT segno FROM directory WHERE place = 1) AND rows IS NOT NULL;
SELECT count(*) FROM damaged;
SELECT count(*) FROM twin WHERE time >= '2024-01-02' OR n < 0;
ROLLBACK;
\c -
SET client_min_messages = warning;
SET sydraql.skip_damaged = on;
\set VERBOSITY sqlstate
BEGIN;
UPDATE sydra_catalog.series SET tags = '\x' WHERE series_id = 2 AND storage_id = (SELECT min(storage_id) FROM directory);
SELECT count(*) FROM damaged;
SELECT count(*) FROM damaged WHERE host = 'late';
SELECT count(*) FROM damaged WHERE host = 'h1';
SELECT count FROM sydraql('select count(*) from public.damaged where time >= 2024-01-01 and tag.host = ''late''');
SELECT count(*) FROM twin WHERE time >= '2024-01-03' OR n < 0;
SET sydraql.skip_damaged = off;
SELECT count(*) FROM damaged WHERE host = 'h1';
ROLLBACK;
SELECT answer('SELECT * FROM damaged');
\set VERBOSITY default
DROP FUNCTION answer;
DROP FUNCTION language_answer;
DROP FUNCTION spoil;
DROP FUNCTION warned;
DROP VIEW directory;
DROP TABLE damaged, twin;
