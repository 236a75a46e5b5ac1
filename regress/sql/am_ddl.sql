-- A sydra table is made, changed and moved as a heap table is
SET sydraql.enable_scan = off;
CREATE FUNCTION differ(a regclass, b regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (
		(SELECT x::text FROM %1$s x EXCEPT ALL SELECT x::text FROM %2$s x) UNION ALL
		(SELECT x::text FROM %2$s x EXCEPT ALL SELECT x::text FROM %1$s x)) d', a, b) INTO n;
	RETURN n;
END $$;
CREATE TABLE source AS SELECT '2124-01-01'::timestamptz + i * interval '1 s' AS time, 'h' || i % 10 AS host, i AS v
FROM generate_series(1, 20000) i;

-- CREATE TABLE AS: no column of it is NOT NULL, so it is never sealed
CREATE TABLE made_as USING sydra AS TABLE source;
SELECT differ('made_as', 'source');
CALL sydra.seal('made_as');
\echo :LAST_ERROR_SQLSTATE
SELECT refused FROM sydra_catalog.seal_status WHERE relid = 'made_as'::regclass;
ALTER TABLE made_as ALTER time SET NOT NULL;
CALL sydra.seal('made_as');
SELECT differ('made_as', 'source');
SELECT rows, segments > 0 AS any, refused FROM sydra_catalog.seal_status WHERE relid = 'made_as'::regclass;

-- materialized view
CREATE MATERIALIZED VIEW matview USING sydra AS SELECT * FROM made_as;
SELECT differ('matview', 'source');
REFRESH MATERIALIZED VIEW matview;
SELECT differ('matview', 'source');

-- to another access method and back; the heap table has no TOAST relation
CREATE TABLE narrow (time timestamptz NOT NULL, v int);
INSERT INTO narrow SELECT time, v FROM source;
CREATE TABLE narrow_twin AS TABLE narrow;
ALTER TABLE narrow SET ACCESS METHOD sydra;
SELECT reltoastrelid <> 0 AS toast FROM pg_class WHERE oid = 'narrow'::regclass;
CALL sydra.seal('narrow');
SELECT differ('narrow', 'narrow_twin');
ALTER TABLE narrow ALTER v SET STATISTICS 10;
ALTER TABLE narrow SET ACCESS METHOD heap;
SELECT differ('narrow', 'narrow_twin');
ALTER TABLE narrow SET ACCESS METHOD sydra;
CALL sydra.seal('narrow');
SELECT differ('narrow', 'narrow_twin');
CREATE TABLE empty (time timestamptz NOT NULL);
ALTER TABLE empty SET ACCESS METHOD sydra;
INSERT INTO empty VALUES ('2124-01-01');
CALL sydra.seal('empty');
SELECT count(*) FROM empty;

-- rewrites
ALTER TABLE narrow ALTER v TYPE text USING v || 'x';
ALTER TABLE narrow_twin ALTER v TYPE text USING v || 'x';
SELECT differ('narrow', 'narrow_twin');
CALL sydra.seal('narrow');
ALTER TABLE narrow ADD COLUMN r float8 DEFAULT random();
SELECT count(*), count(r), count(DISTINCT r) > 19000 AS random FROM narrow;
ALTER TABLE narrow DROP COLUMN r;
SELECT differ('narrow', 'narrow_twin');
CALL sydra.seal('narrow');
BEGIN;
ALTER TABLE narrow ALTER v TYPE varchar(3) USING 'abc';
SELECT count(*) FROM narrow WHERE v = 'abc';
ROLLBACK;
SELECT differ('narrow', 'narrow_twin');
-- a change of type that needs no rewrite
CREATE TABLE coerced (time timestamptz NOT NULL, v varchar(10), w varchar) USING sydra;
INSERT INTO coerced SELECT time, v, v FROM source;
CREATE TABLE coerced_twin AS TABLE coerced;
CALL sydra.seal('coerced');
SELECT pg_relation_filenode('coerced') AS node \gset
ALTER TABLE coerced ALTER v TYPE varchar(20), ALTER w TYPE text;
SELECT pg_relation_filenode('coerced') = :node AS kept;
SELECT differ('coerced', 'coerced_twin');

-- unlogged, and to logged
CREATE UNLOGGED TABLE unlogged (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO unlogged SELECT time, v FROM source;
CALL sydra.seal('unlogged');
SELECT count(*), sum(v) FROM unlogged;
ALTER TABLE unlogged SET LOGGED;
SELECT count(*), sum(v) FROM unlogged;
CALL sydra.seal('unlogged');
ALTER TABLE unlogged SET UNLOGGED;
SELECT count(*), sum(v) FROM unlogged;

-- temporary tables are never sealed
CREATE TEMP TABLE temporary (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO temporary SELECT time, v FROM source;
\set VERBOSITY sqlstate
CALL sydra.seal('temporary');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
SELECT count(*), sum(v) FROM temporary;

-- inheritance
CREATE TABLE parent (time timestamptz NOT NULL, v int) USING sydra;
CREATE TABLE child (w int) INHERITS (parent) USING sydra;
INSERT INTO parent SELECT time, v FROM source WHERE v <= 100;
INSERT INTO child SELECT time, v, v FROM source WHERE v > 100;
CALL sydra.seal('parent');
CALL sydra.seal('child');
SELECT tableoid::regclass, count(*), sum(v) FROM parent GROUP BY 1 ORDER BY 1;

-- partitions, with one that is no sydra table
CREATE TABLE parts (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2124-01-01') TO ('2124-01-01 02:00') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2124-01-01 02:00') TO ('2124-01-01 04:00') USING heap;
CREATE TABLE parts_3 PARTITION OF parts DEFAULT USING sydra;
INSERT INTO parts SELECT time, v FROM source;
CALL sydra.seal('parts');
SELECT tableoid::regclass, count(*), sum(v), count(*) FILTER (WHERE (ctid::text::point)[0] >= 2147483648) > 0 AS sealed
FROM parts GROUP BY 1 ORDER BY 1;
-- a row of the head that changes partitions
INSERT INTO parts VALUES ('2124-01-01 00:00:00', -1);
UPDATE parts SET time = '2124-01-01 03:00' WHERE time = '2124-01-01 00:00:00';
SELECT tableoid::regclass FROM parts WHERE v = -1;
ALTER TABLE parts DETACH PARTITION parts_1;
SELECT count(*) FROM parts_1;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM ('2124-01-01') TO ('2124-01-01 02:00');

-- constraints, triggers, row security
CREATE TABLE ruled (time timestamptz NOT NULL, v int CHECK (v > 0), twice int GENERATED ALWAYS AS (v * 2) STORED) USING sydra;
INSERT INTO ruled VALUES ('2124-01-01', -1);
INSERT INTO ruled SELECT time, v FROM source;
CALL sydra.seal('ruled');
SELECT count(*), sum(twice) = 2 * sum(v) AS generated FROM ruled;
ALTER TABLE ruled ADD CONSTRAINT small CHECK (v < 1000) NOT VALID;
ALTER TABLE ruled VALIDATE CONSTRAINT small;
CREATE TABLE hosts (host text PRIMARY KEY);
INSERT INTO hosts SELECT DISTINCT host FROM source;
CREATE TABLE refers (time timestamptz NOT NULL, host text REFERENCES hosts) USING sydra;
INSERT INTO refers SELECT time, host FROM source;
CALL sydra.seal('refers');
INSERT INTO refers VALUES ('2124-01-01', 'nobody');
DELETE FROM hosts WHERE host = 'h1';
INSERT INTO refers VALUES ('2124-01-01', 'h1');
ALTER TABLE refers DROP CONSTRAINT refers_host_fkey;
ALTER TABLE refers ADD FOREIGN KEY (host) REFERENCES hosts;
SELECT count(*) FROM refers;

DROP TABLE refers, hosts, ruled, parts, child, parent, temporary, unlogged, coerced, coerced_twin,
	empty, narrow, narrow_twin, source CASCADE;
DROP TABLE made_as CASCADE;
DROP FUNCTION differ;
