-- dedup => 'last': of rows of one series with the same time the last written is the only one, wherever
-- they are and whatever is done to the table.
SET timezone = 'UTC';
CREATE SCHEMA dd;
SELECT sydra.create_metric('dd.wide', tags => '{host}', fields => '{"v": "int4", "note": "text"}', dedup => 'last');
SELECT sydra.create_metric('dd.native', dedup => 'last');
SELECT sydra.create_metric('dd.every', tags => '{host}', fields => '{"v": "int4", "note": "text"}');
SELECT metric, dedup FROM sydra.metrics ORDER BY metric::text;

-- Every road to the rows of dd.wide gives the same, in order; else the roads that differ.
CREATE FUNCTION dd.rows() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plain text[];
	other text[];
	backward refcursor;
	line record;
BEGIN
	SET LOCAL sydraql.enable_scan = on;
	SELECT array_agg(t ORDER BY t) INTO plain
		FROM (SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) FROM dd.wide) x(t);
	SET LOCAL sydraql.enable_scan = off;
	SELECT array_agg(t ORDER BY t) INTO other
		FROM (SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) FROM dd.wide) x(t);
	IF other IS DISTINCT FROM plain THEN RETURN NEXT 'sequential scan: ' || other::text; END IF;
	SELECT array_agg(t ORDER BY t) INTO other
		FROM (SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) FROM dd.wide
			TABLESAMPLE SYSTEM (100)) x(t);
	IF other IS DISTINCT FROM plain THEN RETURN NEXT 'sample: ' || other::text; END IF;
	SELECT array_agg(t ORDER BY t) INTO other
		FROM (SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) FROM dd.wide
			WHERE ctid = ANY (ARRAY(SELECT ctid FROM dd.wide))) x(t);
	IF other IS DISTINCT FROM plain THEN RETURN NEXT 'by address: ' || other::text; END IF;
	other := NULL;
	OPEN backward SCROLL FOR SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) AS t FROM dd.wide;
	MOVE LAST IN backward;
	MOVE FORWARD ALL IN backward;
	LOOP
		FETCH PRIOR FROM backward INTO line;
		EXIT WHEN NOT FOUND;
		other := other || line.t;
	END LOOP;
	CLOSE backward;
	SELECT array_agg(t ORDER BY t) INTO other FROM unnest(other) t;
	IF other IS DISTINCT FROM plain THEN RETURN NEXT 'backward: ' || other::text; END IF;
	SELECT array_agg(t ORDER BY t) INTO other
		FROM (SELECT concat_ws(' ', "time"::text, coalesce(nullif(host, ''), '-'), v)
			FROM sydraql('select time, host, v from dd.wide where time >= 2000-01-01 and time < 2100-01-01') UNION ALL
			SELECT concat_ws(' ', time::text, coalesce(nullif(host, ''), '-'), v) FROM dd.wide
			WHERE NOT isfinite(time)) x(t);
	IF other IS DISTINCT FROM plain THEN RETURN NEXT 'sydraQL: ' || other::text; END IF;
	RETURN QUERY SELECT unnest(plain);
END $$;

-- Both in the head: of one transaction and of two; null and empty tags are series of their own.
INSERT INTO dd.wide VALUES ('2024-01-01', 'a', 1), ('2024-01-01', 'a', 2), ('2024-01-01', 'b', 3),
	('2024-01-01', NULL, 4), ('2024-01-01', '', 5), ('infinity', 'a', 6), ('-infinity', 'a', 7);
INSERT INTO dd.wide VALUES ('2024-01-01', 'b', 8), ('2024-01-01', NULL, 9), ('2024-01-01', NULL, 10),
	('infinity', 'a', 11), ('-infinity', 'a', 12), ('2024-01-02', 'a', 13);
SELECT dd.rows();
-- In one segment.
CALL sydra.seal('dd.wide');
SELECT dd.rows();
SELECT rows FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
-- Head and segment, then two segments, then three.
INSERT INTO dd.wide VALUES ('2024-01-01', 'a', 20), ('2024-01-01', 'c', 21);
SELECT dd.rows();
CALL sydra.seal('dd.wide');
SELECT dd.rows();
INSERT INTO dd.wide VALUES ('2024-01-01', 'a', 30), ('2024-01-02', 'a', 31), ('infinity', 'a', 32);
CALL sydra.seal('dd.wide');
SELECT dd.rows();
VACUUM dd.wide;
SELECT dd.rows();
VACUUM FULL dd.wide;
SELECT dd.rows();
SELECT count(*), sum(rows) FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
CALL sydra.merge('dd.wide');
SELECT dd.rows();
SELECT count(*), sum(rows) FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
INSERT INTO dd.wide VALUES ('2024-01-02', 'a', 33), ('2024-01-02', 'b', 34);
INSERT INTO dd.wide VALUES ('2024-01-02', 'a', 35);
CALL sydra.seal('dd.wide');
SELECT dd.rows();
SELECT * FROM sydra.verify('dd.wide');

-- An aborted correction is none, one of a savepoint is one.
BEGIN;
INSERT INTO dd.wide VALUES ('2024-01-02', 'a', 40);
SELECT dd.rows();
ROLLBACK;
BEGIN;
SAVEPOINT s;
INSERT INTO dd.wide VALUES ('2024-01-02', 'a', 41);
ROLLBACK TO s;
SELECT v FROM dd.wide WHERE time = '2024-01-02' AND host = 'a';
INSERT INTO dd.wide VALUES ('2024-01-02', 'a', 42);
RELEASE s;
COMMIT;
SELECT dd.rows();

-- An update is written last; a deleted row brings no earlier one back, sealed or not.
BEGIN;
UPDATE dd.wide SET note = 'corrected' WHERE time = '2024-01-01' AND host = 'a';
SELECT dd.rows();
DELETE FROM dd.wide WHERE time = '2024-01-01' AND host = 'a';
SELECT dd.rows();
ROLLBACK;
SELECT dd.rows();
BEGIN;
DELETE FROM dd.wide WHERE host = 'a';
SELECT dd.rows();
INSERT INTO dd.wide VALUES ('2024-01-01', 'a', 50);
SELECT dd.rows();
ROLLBACK;
-- Neither does one whose key changes, and what it changes into is written last.
BEGIN;
UPDATE dd.wide SET host = 'b', v = 60 WHERE time = '2024-01-01' AND host = 'a';
SELECT dd.rows();
DELETE FROM dd.wide WHERE host = 'b';
SELECT dd.rows();
ROLLBACK;
MERGE INTO dd.wide w USING (VALUES ('a', 70), ('c', 71)) AS n(host, v) ON w.host = n.host
	WHEN MATCHED AND w.host = 'c' THEN DELETE
	WHEN MATCHED AND isfinite(w.time) THEN UPDATE SET v = n.v;
SELECT dd.rows();
SELECT v FROM dd.wide WHERE host = 'b' ORDER BY v FOR UPDATE;
WITH gone AS (DELETE FROM dd.wide WHERE host = 'a' AND isfinite(time) RETURNING time, host, v)
	SELECT * FROM gone ORDER BY time;
SELECT dd.rows();
-- It is gone for good: nothing is under it when every row counts.
BEGIN;
SELECT sydra.configure('dd.wide', dedup => 'none');
SELECT time, host, v FROM dd.wide WHERE host = 'a' ORDER BY 1, 3;
ROLLBACK;
SELECT dd.rows();

-- TRUNCATE keeps the setting, and so does a rewrite, which leaves the replaced rows behind.
INSERT INTO dd.wide VALUES ('2024-01-03', 'a', 80);
INSERT INTO dd.wide VALUES ('2024-01-03', 'a', 81);
ALTER TABLE dd.wide ALTER COLUMN v TYPE int8;
SELECT dd.rows();
ALTER TABLE dd.wide SET ACCESS METHOD heap;
SELECT time, host, v FROM dd.wide ORDER BY 1, 2;
INSERT INTO dd.wide VALUES ('2024-01-03', 'a', 82);
SELECT count(*) FROM dd.wide WHERE host = 'a';
ALTER TABLE dd.wide SET ACCESS METHOD sydra;
SELECT dd.rows();
TRUNCATE dd.wide;
INSERT INTO dd.wide VALUES ('2024-01-03', 'a', 83);
INSERT INTO dd.wide VALUES ('2024-01-03', 'a', 84);
SELECT dd.rows();

-- The tags of a native metric; a series is its tags, a missing one is not one of ''.
INSERT INTO dd.native VALUES ('2024-01-01', 1, '{"host": "a"}'), ('2024-01-01', 2, '{"host": "a"}'),
	('2024-01-01', 3, '{}'), ('2024-01-01', 4, '{"host": ""}');
CALL sydra.seal('dd.native');
SELECT sydra.ingest('{"series": "dd.native", "ts": "2024-01-01T00:00:00Z", "value": 5, "tags": {"host": "a"}}
{"series": "dd.native", "ts": "2024-01-01T00:00:00Z", "value": 6, "tags": {}}');
SELECT value, tags FROM dd.native ORDER BY value;
SELECT * FROM sydraql('select sum(value) as s, count(*) as n from dd.native where time >= 2024-01-01');
CALL sydra.seal('dd.native');
SELECT value, tags FROM dd.native ORDER BY value;

-- A wide table has a tag more or less: its rows are of other series, also those of segments.
CREATE TABLE dd.tags (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag, v int4) USING sydra;
SELECT sydra.configure('dd.tags', dedup => 'last');
INSERT INTO dd.tags VALUES ('2024-01-01', 'a', 'r1', 1), ('2024-01-01', 'a', 'r2', 2);
CALL sydra.seal('dd.tags');
SELECT * FROM dd.tags ORDER BY v;
SELECT sydra.configure('dd.tags', tags => '{host}');
SELECT * FROM dd.tags ORDER BY v;
INSERT INTO dd.tags VALUES ('2024-01-01', 'a', 'r1', 3), ('2024-01-01', 'b', 'r1', 4);
SELECT * FROM dd.tags ORDER BY v;
CALL sydra.seal('dd.tags');
SELECT * FROM dd.tags ORDER BY v;
SELECT * FROM sydraql('select v from dd.tags where time >= 2024-01-01 order by v');
SELECT sydra.configure('dd.tags', tags => '{host,rack}');
SELECT * FROM dd.tags ORDER BY v;
DELETE FROM dd.tags WHERE v = 3;
SELECT * FROM dd.tags ORDER BY v;

-- COPY into segments: within one, over what is there, and before what comes after it.
SET sydraql.direct_min_rows = 10;
CREATE TABLE dd.source AS SELECT '2024-01-01'::timestamptz + n % 500 * interval '10 s' AS time,
	'h' || n % 7 AS host, n AS v, NULL::text AS note FROM generate_series(1, 9000) n;
CREATE TABLE dd.expected AS SELECT DISTINCT ON (time, host) time, host, v::int8, note
	FROM dd.source ORDER BY time, host, v DESC;
TRUNCATE dd.wide;
\copy (SELECT * FROM dd.source ORDER BY v) TO 'results/dedup.data'
\copy dd.wide FROM 'results/dedup.data'
SELECT sum(rows) FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
\copy (SELECT time, host, -v, 'again' FROM dd.source WHERE v <= 3000 ORDER BY v) TO 'results/dedup.data'
\copy dd.wide FROM 'results/dedup.data'
UPDATE dd.expected e SET v = s.v, note = 'again'
	FROM (SELECT DISTINCT ON (time, host) time, host, -v AS v FROM dd.source WHERE v <= 3000
		ORDER BY time, host, dd.source.v DESC) s WHERE e.time = s.time AND e.host = s.host;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT * FROM sydraql('select count(*) as n, sum(v) as s from dd.wide where time >= 2024-01-01');
SELECT count(*) AS n, sum(v) AS s FROM dd.expected;
INSERT INTO dd.wide SELECT time, host, 0, 'third' FROM dd.expected WHERE v % 5 = 0;
UPDATE dd.expected SET v = 0, note = 'third' WHERE v % 5 = 0;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
-- Within a range of time, and in parallel.
SELECT count(*), sum(v) FROM dd.wide WHERE time >= '2024-01-01 00:30' AND time < '2024-01-01 00:40';
SELECT count(*), sum(v) FROM dd.expected WHERE time >= '2024-01-01 00:30' AND time < '2024-01-01 00:40';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*), sum(v) FROM dd.wide;
SET sydraql.enable_scan = off;
SELECT count(*), sum(v) FROM dd.wide;
RESET sydraql.enable_scan;
RESET parallel_setup_cost;
SELECT count(*), sum(v) FROM dd.expected;
CALL sydra.seal('dd.wide');
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT sum(rows) > 3500 AS twice FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
CALL sydra.merge('dd.wide');
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT sum(rows) > 3500 AS twice FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
INSERT INTO dd.wide SELECT time, host, v, 'fourth' FROM dd.expected WHERE v % 3 = 0;
UPDATE dd.expected SET note = 'fourth' WHERE v % 3 = 0;
-- Many rows deleted: each takes what it has replaced along.
DELETE FROM dd.wide WHERE v < 0;
DELETE FROM dd.expected WHERE v < 0;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT * FROM sydra.verify('dd.wide');

-- A rewrite of many rows, in segments and head, writes the last ones into segments.
INSERT INTO dd.wide SELECT time, host, v + 1, 'fifth' FROM dd.expected WHERE v % 4 = 0;
UPDATE dd.expected SET v = v + 1, note = 'fifth' WHERE v % 4 = 0;
ALTER TABLE dd.wide ALTER COLUMN v TYPE numeric, ADD COLUMN at timestamptz DEFAULT clock_timestamp();
ALTER TABLE dd.wide DROP COLUMN at;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT sum(rows) = (SELECT count(*) FROM dd.expected) AS alone FROM sydra.segments WHERE metric = 'dd.wide'::regclass;
INSERT INTO dd.wide SELECT time, host, v + 1, 'sixth' FROM dd.expected WHERE v % 6 = 0;
UPDATE dd.expected SET v = v + 1, note = 'sixth' WHERE v % 6 = 0;
ALTER TABLE dd.wide SET ACCESS METHOD heap;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
ALTER TABLE dd.wide SET ACCESS METHOD sydra;
INSERT INTO dd.wide SELECT time, host, v + 1, 'seventh' FROM dd.expected WHERE v % 7 = 0;
UPDATE dd.expected SET v = v + 1, note = 'seventh' WHERE v % 7 = 0;
(SELECT * FROM dd.wide EXCEPT ALL SELECT * FROM dd.expected) UNION ALL
(SELECT * FROM dd.expected EXCEPT ALL SELECT * FROM dd.wide);
SELECT * FROM sydra.verify('dd.wide');

-- sydraql.skip_damaged: what stands in a damaged segment replaces nothing, in every kind of scan.
CREATE TABLE dd.hurt (time timestamptz NOT NULL, host sydra.tag, v int4) USING sydra;
SELECT sydra.configure('dd.hurt', dedup => 'last');
INSERT INTO dd.hurt SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 2, i FROM generate_series(1, 1000) i;
CALL sydra.seal('dd.hurt');
INSERT INTO dd.hurt SELECT time, host, -v FROM dd.hurt WHERE v % 2 = 0;
CALL sydra.seal('dd.hurt');
INSERT INTO dd.hurt SELECT time, host, 10000 + v FROM dd.hurt WHERE v % 10 = 1;
CALL sydra.seal('dd.hurt');
INSERT INTO dd.hurt SELECT time, host, 20000 - v FROM dd.hurt WHERE v < 0 AND v % 10 = 0;
UPDATE sydra_catalog.segment SET nbytes = nbytes - 1
	WHERE segno = (SELECT segment FROM sydra.segments WHERE metric = 'dd.hurt'::regclass ORDER BY segment OFFSET 1 LIMIT 1);
\set VERBOSITY sqlstate
SELECT count(*) FROM dd.hurt;
SET sydraql.skip_damaged = on;
SELECT count(*), sum(v) FROM dd.hurt;
SELECT count(*), sum(v) FROM sydraql('select v from dd.hurt where time >= 2024-01-01');
SET sydraql.enable_scan = off;
SELECT count(*), sum(v) FROM dd.hurt;
RESET sydraql.enable_scan;
SET parallel_setup_cost = 0;
SELECT count(*), sum(v) FROM dd.hurt;
RESET parallel_setup_cost;
SELECT count(*), sum(CASE WHEN i % 10 = 1 THEN 10000 + i WHEN i % 10 = 0 THEN 20000 + i ELSE i END) FROM generate_series(1, 1000) i;
-- Merged around it, and whole again when it is.
CALL sydra.merge('dd.hurt');
SELECT count(*), sum(v) FROM dd.hurt;
RESET sydraql.skip_damaged;
UPDATE sydra_catalog.segment SET nbytes = nbytes + 1 WHERE kind = 'c' AND segno = (SELECT min(segment) FROM sydra.segments WHERE metric = 'dd.hurt'::regclass);
SELECT count(*), sum(v) FROM dd.hurt;
SELECT count(*), sum(CASE WHEN i % 10 = 1 THEN 10000 + i WHEN i % 10 = 0 THEN 20000 + i WHEN i % 2 = 0 THEN -i ELSE i END) FROM generate_series(1, 1000) i;
\set VERBOSITY default

-- A range of time takes segments whole only where no row is under theirs.
CREATE TABLE dd.ranges (time timestamptz NOT NULL, host sydra.tag, v int4) USING sydra;
SELECT sydra.configure('dd.ranges', dedup => 'last');
INSERT INTO dd.ranges VALUES ('2024-01-04', 'a', 1), ('2024-01-05', 'a', 1), ('2024-01-06', 'a', 1);
CALL sydra.seal('dd.ranges');
INSERT INTO dd.ranges VALUES ('2024-01-05', 'a', 2);
CALL sydra.seal('dd.ranges');
INSERT INTO dd.ranges VALUES ('2024-01-08', 'a', 3);
CALL sydra.seal('dd.ranges');
BEGIN;
DELETE FROM dd.ranges WHERE time >= '2024-01-05' AND time < '2024-01-06';
SELECT * FROM dd.ranges ORDER BY time;
ROLLBACK;
SELECT * FROM sydraql('delete from dd.ranges where time >= 2024-01-05 and time < 2024-01-06');
SELECT * FROM dd.ranges ORDER BY time;
DELETE FROM dd.ranges WHERE time >= '2024-01-07' AND time < '2024-01-09';
SELECT * FROM dd.ranges ORDER BY time;
SELECT sydra.configure('dd.ranges', dedup => 'none');
SELECT * FROM dd.ranges ORDER BY time;

-- Partitions have the setting of the table above, until they have their own.
CREATE TABLE dd.parts (time timestamptz NOT NULL, host sydra.tag, v int4) PARTITION BY RANGE (time);
CREATE TABLE dd.p1 PARTITION OF dd.parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01') USING sydra;
SELECT sydra.configure('dd.parts', dedup => 'last');
CREATE TABLE dd.p2 PARTITION OF dd.parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') USING sydra;
INSERT INTO dd.parts VALUES ('2024-01-01', 'a', 1), ('2024-02-01', 'a', 2);
INSERT INTO dd.parts VALUES ('2024-01-01', 'a', 3), ('2024-02-01', 'a', 4);
SELECT * FROM dd.parts ORDER BY v;
SELECT metric, dedup FROM sydra.metrics WHERE metric::text LIKE 'dd.p_' ORDER BY metric::text;
SELECT sydra.configure('dd.p2', dedup => 'none');
SELECT * FROM dd.parts ORDER BY v;
SELECT sydra.configure('dd.parts', dedup => 'none');
SELECT * FROM dd.parts ORDER BY v;
SELECT sydra.configure('dd.parts', dedup => 'last');
ALTER TABLE dd.parts DETACH PARTITION dd.p1;
SELECT * FROM dd.p1 ORDER BY v;
ALTER TABLE dd.parts ATTACH PARTITION dd.p1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
SELECT * FROM dd.parts ORDER BY v;

-- What was written before counts too, and setting it back brings rows back that are still there.
INSERT INTO dd.every VALUES ('2024-01-01', 'a', 1), ('2024-01-01', 'a', 2);
CALL sydra.seal('dd.every');
INSERT INTO dd.every VALUES ('2024-01-01', 'a', 3);
SELECT count(*) FROM dd.every;
SELECT sydra.configure('dd.every', dedup => 'last');
SELECT v FROM dd.every;
SELECT v FROM dd.every WHERE ctid = '(0,1)';
BEGIN;
SELECT sydra.configure('dd.every', dedup => 'none');
SELECT count(*) FROM dd.every;
SAVEPOINT s;
SELECT sydra.configure('dd.every', dedup => 'last');
SELECT count(*) FROM dd.every;
ROLLBACK TO s;
SELECT count(*) FROM dd.every;
ROLLBACK;
SELECT v FROM dd.every;

-- A temporary table is all head.
CREATE TEMP TABLE dd_temporary (time timestamptz NOT NULL, host sydra.tag, v int4) USING sydra;
SELECT sydra.configure('dd_temporary', dedup => 'last');
INSERT INTO dd_temporary VALUES ('2024-01-01', 'a', 1), ('2024-01-01', 'a', 2);
SELECT v FROM dd_temporary;

-- A row of a table that is gone is of no other: it goes with the next one that is written, or is
-- collected.  (No worker collects meanwhile.)
BEGIN;
LOCK TABLE sydra_catalog.storage IN SHARE UPDATE EXCLUSIVE MODE;
DROP TABLE dd.every;
SELECT count(*) FROM sydra.table_config c WHERE NOT EXISTS (SELECT FROM pg_class p WHERE p.oid = c.relid);
SAVEPOINT s;
SELECT sydra.configure('dd.tags', dedup => 'last');
SELECT count(*) FROM sydra.table_config c WHERE NOT EXISTS (SELECT FROM pg_class p WHERE p.oid = c.relid);
ROLLBACK TO s;
SELECT sydra_catalog.collect() > 0 AS collected;
SELECT count(*) FROM sydra.table_config c WHERE NOT EXISTS (SELECT FROM pg_class p WHERE p.oid = c.relid);
SELECT count(*) > 0 AS kept FROM sydra.table_config WHERE relid = 'dd.tags'::regclass AND dedup = 'last';
COMMIT;

-- Refusals.
SELECT sydra.configure('dd.wide', dedup => 'first');
SELECT sydra.configure('dd.source', dedup => 'last');
CREATE TABLE dd.timeless (v int4) USING sydra;
SELECT sydra.configure('dd.timeless', dedup => 'last');
CREATE ROLE regress_dd_user;
GRANT USAGE ON SCHEMA dd TO regress_dd_user;
SET ROLE regress_dd_user;
SELECT sydra.configure('dd.wide', dedup => 'none');
INSERT INTO sydra.table_config VALUES ('dd.wide', 'dd.wide', 'none');
RESET ROLE;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM dd.wide;
FETCH 1 FROM c \g /dev/null
SELECT sydra.configure('dd.wide', dedup => 'none');
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA dd CASCADE;
DROP OWNED BY regress_dd_user;
DROP ROLE regress_dd_user;
