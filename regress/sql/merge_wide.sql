-- CALL sydra.merge() of full segments that overlap, and whose rows together are too long for memory
CREATE TABLE wide (time timestamptz NOT NULL, host sydra.tag, kind text, v int, a text, b text) USING sydra;
ALTER TABLE wide ALTER COLUMN a SET STORAGE EXTERNAL, ALTER COLUMN b SET STORAGE EXTERNAL;
CREATE TABLE wide_twin (LIKE wide INCLUDING STORAGE) USING heap;
CREATE TABLE kept (LIKE wide INCLUDING STORAGE) USING sydra;
SELECT sydra.configure('kept', dedup => 'last');
CREATE TABLE wide_staging (LIKE wide INCLUDING STORAGE) USING heap;
-- 750 rows of one minute, that go into a segment of more than 2 MB
CREATE PROCEDURE fill(n int) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE wide_staging;
	INSERT INTO wide_staging SELECT '2024-01-01'::timestamptz + i * interval '80 ms' + n * interval '10 ms', 'h' || i % 3,
			'k' || i % 2, i, (SELECT string_agg(encode(sha512(int4send(i * 1000 + j * 10 + n)), 'hex'), '') FROM generate_series(1, 50) j),
			CASE WHEN i % 7 > 0 THEN repeat('b' || i % 10, 2000) END
		FROM generate_series(1, 750) i;
	INSERT INTO wide_twin SELECT * FROM wide_staging;
	INSERT INTO wide SELECT * FROM wide_staging;
	INSERT INTO kept SELECT time - n * interval '10 ms', host, kind, v, a, b FROM wide_staging;
END $$;
CREATE VIEW wide_segments AS
	SELECT metric, string_agg(DISTINCT kind, ' ') AS kinds, max(level) AS level, count(*) > 1 AS several, sum(rows) AS rows,
		sum((time_max - time_min >= '50 s')::int) = count(*) AS overlap
	FROM sydra.segments WHERE metric IN ('wide'::regclass, 'kept'::regclass) GROUP BY metric ORDER BY metric::text;
CALL fill(1); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(2); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(3); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(4); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(5); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(6); CALL sydra.seal('wide'); CALL sydra.seal('kept');
CALL fill(7); CALL sydra.seal('wide'); CALL sydra.seal('kept');
-- seven are too few
CALL sydra.merge('wide');
SELECT * FROM wide_segments;
-- the rows of a segment are of other series than before, and some are dead
ALTER TABLE wide ALTER COLUMN kind TYPE sydra.tag;
ALTER TABLE wide ADD COLUMN added text DEFAULT 'was there';
ALTER TABLE wide_twin ADD COLUMN added text DEFAULT 'was there';
ALTER TABLE wide_staging ADD COLUMN added text DEFAULT 'is new';
CALL fill(8); CALL sydra.seal('wide'); CALL sydra.seal('kept');
DELETE FROM wide WHERE v % 100 = 7;
DELETE FROM wide_twin WHERE v % 100 = 7;
SELECT bool_and(bytes > 2 * 1024 * 1024) AS full, sum(bytes) > 16 * 1024 * 1024 AS many
FROM sydra.segments WHERE metric IN ('wide'::regclass, 'kept'::regclass) GROUP BY metric;

CALL sydra.merge('wide');
CALL sydra.merge('kept');
SELECT * FROM wide_segments;
(SELECT time, host, kind, v, md5(a), md5(b), added FROM wide EXCEPT ALL SELECT time, host, kind, v, md5(a), md5(b), added FROM wide_twin)
UNION ALL
(SELECT time, host, kind, v, md5(a), md5(b), added FROM wide_twin EXCEPT ALL SELECT time, host, kind, v, md5(a), md5(b), added FROM wide);
SELECT count(*) FROM wide_segments s, sydra.segments a, sydra.segments b
WHERE a.metric = s.metric AND b.metric = s.metric AND a.segment < b.segment AND
	a.series_min < b.series_max AND b.series_min < a.series_max;
SELECT rows_deleted, rows_merged FROM sydra.status WHERE metric = 'wide'::regclass;
-- the last of each series and time is that of the last fill
(SELECT time, host, v, a, b FROM kept EXCEPT ALL SELECT time - 8 * interval '10 ms', host, v, a, b FROM wide_staging)
UNION ALL
(SELECT time - 8 * interval '10 ms', host, v, a, b FROM wide_staging EXCEPT ALL SELECT time, host, v, a, b FROM kept);
SELECT * FROM sydra.verify('wide');
SELECT * FROM sydra.verify('kept');
DROP VIEW wide_segments;
DROP PROCEDURE fill;
DROP TABLE wide, wide_twin, wide_staging, kept;

-- a segment has no more than 16 MB of values before encoding: what a seal or merge of it takes is bounded by that
DO $$ BEGIN
	EXECUTE (SELECT format('CREATE TABLE random_wide (time timestamptz NOT NULL, %s) USING sydra', string_agg(format('c%s float8', i), ', ')) FROM generate_series(1, 100) i);
	EXECUTE (SELECT format('INSERT INTO random_wide SELECT timestamptz ''2024-01-01'' + i * interval ''1 s'', %s FROM generate_series(1, 40000) i', string_agg('random()', ', ')) FROM generate_series(1, 100) i);
END $$;
CALL sydra.seal('random_wide');
SELECT count(*), sum(rows), max(bytes) < 17 * 1024 * 1024 AS small FROM sydra.segments WHERE metric = 'random_wide'::regclass;
DROP TABLE random_wide;
-- and one that has them is full, however few rows they are and bytes it takes: a merge leaves it alone
DO $$ BEGIN
	EXECUTE (SELECT format('CREATE TABLE sparse_wide (time timestamptz NOT NULL, %s) USING sydra', string_agg(format('c%s float8', i), ', ')) FROM generate_series(1, 100) i);
END $$;
INSERT INTO sparse_wide (time, c1) SELECT '2024-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 120000) i;
CALL sydra.seal('sparse_wide');
CALL sydra.merge('sparse_wide');
SELECT kind, count(*), max(rows), max(bytes) < 2 * 1024 * 1024 AS few FROM sydra.segments WHERE metric = 'sparse_wide'::regclass GROUP BY kind;
DROP TABLE sparse_wide;
