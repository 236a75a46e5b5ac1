-- Tags: which columns they are, what they may hold, and that each combination is one series, with
-- one number for good.
SET client_min_messages = warning;

-- A native metric's tags are an object of scalars.
CREATE TABLE native (time timestamptz NOT NULL, value float8, tags sydra.tags NOT NULL DEFAULT '{}') USING sydra;
INSERT INTO native VALUES ('2024-01-01', 1, '{"host": "a", "n": 1, "up": true, "none": null, "empty": ""}');
INSERT INTO native VALUES ('2024-01-01', 1, '{"host": ["a"]}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO native VALUES ('2024-01-01', 1, '{"host": {"a": 1}}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO native VALUES ('2024-01-01', 1, '["a"]');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO native VALUES ('2024-01-01', 1, '"a"');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO native VALUES ('2024-01-01', 1, NULL);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO native SELECT '2024-01-01'::timestamptz + i * interval '1 s', i, jsonb_build_object('host', 'h' || i % 3, 'long key', i % 2)
FROM generate_series(1, 60) i;
INSERT INTO native VALUES ('2024-01-02', 1, '{}'), ('2024-01-02', 2, '{"n": 1.50}'), ('2024-01-02', 3, '{"n": 1e3}'), ('2024-01-02', 4, '{"ä": "€"}');
CREATE TABLE native_heap AS SELECT * FROM native;
CALL sydra.seal('native');
SELECT tags FROM sydra.series WHERE metric = 'native'::regclass ORDER BY tags;
SELECT count(*) FROM (SELECT * FROM native EXCEPT ALL SELECT * FROM native_heap) s;
SELECT count(*) FROM (SELECT * FROM native_heap EXCEPT ALL SELECT * FROM native) s;

-- Tags of every type, read as text; null, missing and empty are left out.
CREATE DOMAIN site AS sydra.tag CHECK (VALUE <> 'nowhere');
CREATE TABLE wide (time timestamptz NOT NULL, v int, host sydra.tag, i4 sydra.tag_int4, i8 sydra.tag_int8,
				   b sydra.tag_bool, u sydra.tag_uuid, s site, second timestamptz NOT NULL DEFAULT '2024-01-01') USING sydra;
INSERT INTO wide VALUES
	('2024-01-01', 1, 'a', -1, -9223372036854775808, false, '00000000-0000-0000-0000-00000000000a', 'x'),
	('2024-01-01', 2, 'a', 2147483647, 9223372036854775807, true, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'x'),
	('2024-01-01', 3, NULL, NULL, NULL, NULL, NULL, NULL),
	('2024-01-01', 4, '', NULL, NULL, NULL, NULL, NULL),
	('2024-01-01', 5, 'a', -1, -9223372036854775808, false, '00000000-0000-0000-0000-00000000000a', 'x');
SELECT name, type, role FROM sydra.columns WHERE metric = 'wide'::regclass ORDER BY "position";
CALL sydra.seal('wide');
SELECT series, tags FROM sydra.series WHERE metric = 'wide'::regclass ORDER BY tags::text, series;
SELECT v, host, i4, i8, b, u, s FROM wide ORDER BY v;

-- Numbers stay, and later rows of a known series get no new one.
INSERT INTO wide (time, v, host) VALUES ('2024-01-02', 6, 'new'), ('2024-01-02', 7, NULL), ('2024-01-03', 8, 'new');
CALL sydra.seal('wide');
SELECT count(*), max(series) FROM sydra.series WHERE metric = 'wide'::regclass;

-- Emptied tables begin anew; what is rolled back comes back.
BEGIN;
TRUNCATE wide;
SELECT count(*) FROM sydra.series WHERE metric = 'wide'::regclass;
ROLLBACK;
SELECT count(*) FROM sydra.series WHERE metric = 'wide'::regclass;
TRUNCATE wide;
INSERT INTO wide (time, v, host) VALUES ('2024-01-02', 6, 'other');
CALL sydra.seal('wide');
SELECT series, tags FROM sydra.series WHERE metric = 'wide'::regclass;

-- Many series at once.
CREATE TABLE many (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO many SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'host' || i, i FROM generate_series(1, 15000) i;
CALL sydra.seal('many');
INSERT INTO many SELECT '2024-01-02'::timestamptz + i * interval '1 s', 'host' || i * 2, i FROM generate_series(1, 15000) i;
CALL sydra.seal('many');
SELECT count(*), min(series), max(series), count(DISTINCT tags) FROM sydra.series WHERE metric = 'many'::regclass;
SELECT count(*), count(DISTINCT host) FROM many;

-- Only those who may read a metric see it, and tags only without row security.
CREATE ROLE sydra_reader;
CREATE ROLE sydra_stranger;
GRANT SELECT ON wide TO sydra_reader;
SET ROLE sydra_stranger;
SELECT count(*) FROM sydra.series;
SELECT count(*) FROM sydra.columns;
SELECT count(*) FROM sydra.segments;
SELECT * FROM sydra_catalog.series;
\echo :LAST_ERROR_SQLSTATE
SET ROLE sydra_reader;
SELECT metric, tags FROM sydra.series;
SELECT DISTINCT metric FROM sydra.columns;
SELECT metric, rows FROM sydra.segments;
RESET ROLE;
ALTER TABLE wide ENABLE ROW LEVEL SECURITY;
SET ROLE sydra_reader;
SELECT metric, tags FROM sydra.series;
SELECT DISTINCT metric FROM sydra.columns;
RESET ROLE;

DROP TABLE native, native_heap, wide, many;
DROP DOMAIN site;
DROP ROLE sydra_reader, sydra_stranger;
