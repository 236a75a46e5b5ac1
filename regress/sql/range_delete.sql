-- DELETE of ranges: segments whose rows are all meant go as a whole, others row by row.
SET timezone = 'UTC';
SET extra_float_digits = 1;
CREATE TABLE rd (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
CREATE VIEW dropped AS SELECT count(*) AS segments, sum(rows) AS rows FROM sydra.segments WHERE metric = 'rd'::regclass;
CREATE FUNCTION explain_lines(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		CONTINUE WHEN line NOT LIKE '%Segments%' AND line NOT LIKE '%SydraScan%';
		RETURN NEXT regexp_replace(trim(line), ' \(actual.*\)', '');
	END LOOP;
END $$;

CREATE FUNCTION deleted(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE query;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- four days, each sealed by itself: two hosts
CREATE PROCEDURE fill_days() LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE rd;
	FOR d IN 1 .. 4 LOOP
		INSERT INTO rd SELECT '2024-03-01'::timestamptz + (d - 1) * interval '1 day' + i * interval '10 s', h, i
		FROM generate_series(0, 8639) i, unnest(ARRAY['a', 'b']) h;
		COMMIT;
		CALL sydra.seal('rd');
	END LOOP;
END $$;
CALL fill_days();
TABLE dropped;

-- the plan, and what it did
EXPLAIN (COSTS OFF) DELETE FROM rd WHERE time < '2024-03-02' AND host = 'a';
BEGIN;
SELECT * FROM explain_lines($$DELETE FROM rd WHERE time < '2024-03-02' AND host = 'a'$$);
SELECT * FROM explain_lines($$DELETE FROM rd WHERE time < '2024-03-02 12:00'$$);
SELECT * FROM explain_lines($$DELETE FROM rd WHERE time < '2024-03-03' AND v >= 0$$);
SELECT count(*) FROM rd;
ROLLBACK;
SELECT count(*) FROM rd;
TABLE dropped;

-- the count is that of the rows, and those that were gone are not counted again
BEGIN;
SELECT deleted($$DELETE FROM rd WHERE time >= '2024-03-02' AND v % 10 = 0$$);
SELECT deleted($$DELETE FROM rd WHERE time >= '2024-03-02' AND time < '2024-03-03'$$);
SELECT count(*), min(time), max(time) FROM rd WHERE time < '2024-03-04';
TABLE dropped;
SELECT deleted($$DELETE FROM rd WHERE time >= '2024-03-02' AND time < '2024-03-03'$$);
SELECT deleted('DELETE FROM rd');
SELECT count(*) FROM rd;
SELECT * FROM sydra.verify('rd');
ROLLBACK;
SELECT count(*) FROM rd;
SELECT * FROM sydra.verify('rd');

-- savepoints bring segments back; a cursor goes on with what it saw
BEGIN;
DECLARE old CURSOR FOR SELECT count(*) FROM rd WHERE host = 'a';
DECLARE each CURSOR FOR SELECT v FROM rd WHERE host = 'a' AND time < '2024-03-01 00:01';
FETCH 1 FROM each;
SAVEPOINT one;
DELETE FROM rd WHERE host = 'a';
SELECT host, count(*) FROM rd GROUP BY host;
SAVEPOINT two;
DELETE FROM rd WHERE host = 'b';
SELECT host, count(*) FROM rd GROUP BY host;
ROLLBACK TO two;
SELECT host, count(*) FROM rd GROUP BY host;
FETCH ALL FROM each;
FETCH ALL FROM old;
DELETE FROM rd WHERE host = 'b' AND time < '2024-03-02';
ROLLBACK TO one;
SELECT host, count(*) FROM rd GROUP BY host ORDER BY host;
UPDATE rd SET v = -1 WHERE time = '2024-03-01 00:00:10' RETURNING host, v;
COMMIT;
SELECT host, count(*) FROM rd GROUP BY host ORDER BY host;

-- with the rows that updates have left in the head
BEGIN;
SELECT deleted($$DELETE FROM rd WHERE time < '2024-03-02'$$);
SELECT count(*) FROM rd WHERE time < '2024-03-02';
ROLLBACK;

-- one statement that changes a row and drops its segment
BEGIN;
WITH changed AS (UPDATE rd SET v = -2 WHERE time = '2024-03-03 00:00:10' AND host = 'a' RETURNING 1)
DELETE FROM rd WHERE time >= '2024-03-03' AND time < '2024-03-04';
SELECT count(*) FROM rd WHERE time >= '2024-03-03' AND time < '2024-03-04';
ROLLBACK;

-- a cursor stands on a row of a segment that is dropped then
BEGIN;
DECLARE c CURSOR FOR SELECT v FROM rd WHERE time >= '2024-03-03' AND host = 'a' FOR UPDATE;
FETCH 1 FROM c;
DELETE FROM rd WHERE time >= '2024-03-03';
UPDATE rd SET v = 0 WHERE CURRENT OF c;
DELETE FROM rd WHERE CURRENT OF c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT v FROM rd WHERE time >= '2024-03-03' AND host = 'a';
FETCH 3 FROM c;
UPDATE rd SET v = 77 WHERE CURRENT OF c;
FETCH 1 FROM c;
DELETE FROM rd WHERE CURRENT OF c;
SELECT v FROM rd WHERE time >= '2024-03-03' AND time < '2024-03-03 00:00:40' AND host = 'a' ORDER BY time;
ROLLBACK;

-- a condition over tags that holds for all series of a segment
SELECT * FROM explain_lines($$DELETE FROM rd WHERE time < '2024-03-03' AND host IN ('a', 'b', 'c')$$) WHERE explain_lines LIKE '%Dropped%';
CALL fill_days();

-- who wants to see each row sees it
BEGIN;
WITH d AS (DELETE FROM rd WHERE time < '2024-03-02' AND host = 'b' RETURNING v) SELECT count(*), sum(v) FROM d;
ROLLBACK;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_LEVEL = 'STATEMENT' THEN
		RAISE NOTICE '% rows', (SELECT count(*) FROM gone);
	ELSIF OLD.v < 2 THEN
		RAISE NOTICE '% %', OLD.host, OLD.v;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER each_row AFTER DELETE ON rd FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
DELETE FROM rd WHERE time >= '2024-03-04' AND host = 'b';
ROLLBACK;
DROP TRIGGER each_row ON rd;
CREATE TRIGGER whole AFTER DELETE ON rd REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note();
BEGIN;
DELETE FROM rd WHERE time >= '2024-03-04' AND host = 'b';
ROLLBACK;
DROP TRIGGER whole ON rd;

-- row security: what the policy hides stays
CREATE ROLE range_deleter;
GRANT SELECT, DELETE ON rd TO range_deleter;
ALTER TABLE rd ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_a ON rd TO range_deleter USING (host = 'a');
BEGIN;
SET ROLE range_deleter;
DELETE FROM rd WHERE time >= '2024-03-04';
RESET ROLE;
SELECT host, count(*) FROM rd WHERE time >= '2024-03-04' GROUP BY host;
ROLLBACK;
DROP POLICY only_a ON rd;
CREATE POLICY small ON rd TO range_deleter USING (v < 10);
BEGIN;
SET ROLE range_deleter;
DELETE FROM rd WHERE time >= '2024-03-04';
RESET ROLE;
SELECT host, count(*), min(v) FROM rd WHERE time >= '2024-03-04' GROUP BY host ORDER BY host;
ROLLBACK;
ALTER TABLE rd DISABLE ROW LEVEL SECURITY;

-- prepared with parameters, joined, from a view, from partitions
PREPARE gone(timestamptz, text) AS DELETE FROM rd WHERE time >= $1 AND time < $1 + interval '1 day' AND host = $2;
BEGIN;
EXECUTE gone('2024-03-01', 'a');
EXECUTE gone('2024-03-02', 'b');
EXECUTE gone('2024-03-02', NULL);
SELECT host, count(*) FROM rd GROUP BY host ORDER BY host;
ROLLBACK;
BEGIN;
DELETE FROM rd USING (VALUES ('a')) k(host) WHERE rd.host = k.host AND time < '2024-03-02';
DELETE FROM rd WHERE time < '2024-03-03' AND EXISTS (SELECT FROM rd o WHERE o.v < 0);
DELETE FROM rd WHERE time < (SELECT max(time) FROM rd) - interval '1 day';
SELECT host, count(*) FROM rd GROUP BY host ORDER BY host;
ROLLBACK;
CREATE TABLE parted (time timestamptz NOT NULL, host sydra.tag, v int) PARTITION BY RANGE (time);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-03-01') TO ('2024-03-02') USING sydra;
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2024-03-02') TO ('2024-03-03') USING heap;
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM ('2024-03-03') TO ('2024-03-05') USING sydra;
INSERT INTO parted SELECT * FROM rd;
CALL sydra.seal('parted_1');
CALL sydra.seal('parted_3');
CREATE VIEW of_a AS SELECT time, v FROM parted WHERE host = 'a';
BEGIN;
DELETE FROM parted WHERE time >= '2024-03-01 12:00' AND time < '2024-03-04';
SELECT tableoid::regclass, count(*) FROM parted GROUP BY 1 ORDER BY 1;
DELETE FROM of_a WHERE time >= '2024-03-04';
SELECT tableoid::regclass, host, count(*) FROM parted GROUP BY 1, 2 ORDER BY 1, 2;
UPDATE parted SET time = time + interval '2 days' WHERE time < '2024-03-01 00:01' AND host = 'b';
SELECT tableoid::regclass, host, count(*) FROM parted GROUP BY 1, 2 ORDER BY 1, 2;
COMMIT;
SELECT * FROM sydra.verify('parted_3');
DROP TABLE parted CASCADE;

-- tags of another day: a column that was a tag when its rows were sealed
BEGIN;
ALTER TABLE rd ALTER host TYPE text;
DELETE FROM rd WHERE host = 'a' AND time < '2024-03-03';
SELECT host, count(*) FROM rd GROUP BY host ORDER BY host;
ROLLBACK;

-- the chunks go, and with them their space
SELECT deleted($$DELETE FROM rd WHERE time < '2024-03-04'$$);
TABLE dropped;
SELECT count(*) FROM rd;
SELECT count(*) AS orphans FROM sydra_catalog.tombstone t WHERE NOT EXISTS (SELECT FROM sydra_catalog.segment s WHERE s.segno = t.segno);
VACUUM rd;
SELECT * FROM sydra.verify('rd');
VACUUM FULL rd;
SELECT count(*) FROM rd;
SELECT * FROM sydra.verify('rd');
DROP VIEW dropped;
DROP TABLE rd;
DROP OWNED BY range_deleter;
DROP ROLE range_deleter;
DROP FUNCTION explain_lines, note, deleted;
DROP PROCEDURE fill_days;
