-- sydra.consume(): each row that is committed is given once, from the head, sealed, merged or copied
CREATE TABLE readings (time timestamptz NOT NULL, host sydra.tag, gone int, value float8, note text) USING sydra;
ALTER TABLE readings DROP COLUMN gone;
CREATE TABLE twin (LIKE readings) USING heap;
CREATE TABLE taken (LIKE readings) USING heap;
CREATE VIEW differences AS
	(SELECT r::text FROM taken r EXCEPT ALL SELECT r::text FROM twin r)
	UNION ALL
	(SELECT r::text FROM twin r EXCEPT ALL SELECT r::text FROM taken r);
CREATE PROCEDURE fill(first int, last int) LANGUAGE sql AS $$
	INSERT INTO twin SELECT '2024-03-01'::timestamptz + i * interval '1 s', CASE WHEN i % 5 > 0 THEN 'h' || i % 3 END, nullif(i % 7, 0),
		CASE WHEN i % 4 > 0 THEN 'note ' || i END FROM generate_series(first, last) i;
	INSERT INTO readings SELECT * FROM twin WHERE time BETWEEN '2024-03-01'::timestamptz + first * interval '1 s' AND '2024-03-01'::timestamptz + last * interval '1 s';
$$;
-- Any transaction that writes in the cluster may hold rows back for a moment.
CREATE PROCEDURE take(expected bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 1000 LOOP
		INSERT INTO taken SELECT * FROM sydra.consume('c', NULL::readings);
		COMMIT;
		EXIT WHEN (SELECT count(*) FROM taken) >= expected;
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;

CREATE PROCEDURE count_of(consumer text, metric regclass, expected bigint, INOUT given bigint DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	FOR i IN 1 .. 1000 LOOP
		EXECUTE format('SELECT count(*) FROM sydra.consume(%L, NULL::%s)', consumer, metric) INTO n;
		given := given + n;
		COMMIT;
		EXIT WHEN given >= expected;
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;

SELECT sydra.create_consumer('c', 'readings');
SELECT * FROM sydra.consume('c', NULL::readings);
CALL fill(1, 1500);
CALL take(1500);
TABLE differences;
CALL sydra.seal('readings');
SELECT * FROM sydra.consume('c', NULL::readings);
CALL fill(1501, 3000);
CALL sydra.seal('readings');
CALL take(3000);
TABLE differences;

-- written in several transactions and merged before it is asked for
CALL fill(3001, 3100);
CALL sydra.seal('readings');
CALL fill(3101, 3200);
CALL sydra.seal('readings');
CALL sydra.merge('readings');
CALL fill(3201, 3300);
CALL take(3300);
TABLE differences;
SELECT count(*) FROM sydra.segments WHERE metric = 'readings'::regclass;

-- segments of which nothing is new are not read
CALL fill(3301, 3301);
BEGIN;
SELECT seq_tup_read AS before FROM pg_stat_xact_user_tables WHERE relname = 'readings' \gset
INSERT INTO taken SELECT * FROM sydra.consume('c', NULL::readings);
SELECT seq_tup_read - :before <= 101 AS few_read FROM pg_stat_xact_user_tables WHERE relname = 'readings';
COMMIT;
CALL take(3301);
TABLE differences;

-- what a subtransaction wrote, if it was not rolled back; nothing that is not committed
BEGIN;
INSERT INTO readings VALUES ('2025-01-01', 'main', 1);
SAVEPOINT a;
INSERT INTO readings VALUES ('2025-01-01', 'rolled back', 2);
ROLLBACK TO a;
SAVEPOINT b;
INSERT INTO readings VALUES ('2025-01-01', 'released', 3);
RELEASE b;
SELECT host, value FROM sydra.consume('c', NULL::readings);
COMMIT;
INSERT INTO twin VALUES ('2025-01-01', 'main', 1), ('2025-01-01', 'released', 3);
CALL take(3303);
TABLE differences;

-- a transaction that fails has not been given anything
CALL fill(3304, 3310);
BEGIN;
SELECT count(*) <= 7 AS some FROM sydra.consume('c', NULL::readings);
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT count(*) <= 7 AS some FROM sydra.consume('c', NULL::readings);
ROLLBACK TO a;
COMMIT;
CALL take(3310);
TABLE differences;

-- rows that go before they are asked for do not come; an update comes as a new row, of a sealed one too
DELETE FROM taken;
DELETE FROM twin;
INSERT INTO readings VALUES ('2025-01-02', 'deleted', 1), ('2025-01-02', 'updated', 2);
CALL sydra.seal('readings');
DELETE FROM readings WHERE host = 'deleted';
UPDATE readings SET value = 20 WHERE host = 'updated';
UPDATE readings SET value = 30 WHERE host = 'updated';
UPDATE readings SET value = 40 WHERE time = '2024-03-01'::timestamptz + interval '1 s';
INSERT INTO twin SELECT * FROM readings WHERE host = 'updated' OR value = 40;
CALL take(2);
TABLE differences;
SELECT * FROM sydra.consume('c', NULL::readings);

-- each consumer for itself, from the first row on; the rewrite of a table writes its rows anew
SELECT sydra.create_consumer('late', 'readings');
CALL count_of('late', 'readings', 3311);
VACUUM FULL readings;
SELECT * FROM sydra.consume('late', NULL::readings);
ALTER TABLE readings ALTER value TYPE numeric;
CALL count_of('late', 'readings', 3311);
TRUNCATE readings;
SELECT * FROM sydra.consume('late', NULL::readings);
SELECT consumer, metric, watermark::text::bigint > 0 AS has_begun FROM sydra.consumer_status ORDER BY consumer;

-- a command is given rows once, however often it asks; a later one of its transaction those that have come since
CALL fill(4001, 4100);
CREATE TABLE asked (n int);
CREATE PROCEDURE ask() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 1000 LOOP
		INSERT INTO asked SELECT 1 FROM sydra.consume('c', NULL::readings) UNION ALL SELECT 2 FROM sydra.consume('c', NULL::readings);
		INSERT INTO asked SELECT 3 FROM sydra.consume('c', NULL::readings);
		COMMIT;
		EXIT WHEN (SELECT count(*) FROM asked) >= 100;
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
CALL ask();
SELECT count(*) FROM asked;
DROP PROCEDURE ask;
DROP TABLE asked;

-- written in a savepoint by COPY, and consumed by a transaction that is prepared
CREATE TABLE few (time timestamptz NOT NULL, v int) USING sydra;
SELECT sydra.create_consumer('few', 'few');
SET sydraql.direct_min_rows = 1;
BEGIN;
SAVEPOINT a;
COPY few FROM STDIN;
2024-01-01	1
2024-01-02	2
\.
RELEASE a;
SAVEPOINT b;
COPY few FROM STDIN;
2024-01-03	3
\.
ROLLBACK TO b;
COMMIT;
RESET sydraql.direct_min_rows;
CREATE TABLE got (v int);
BEGIN;
INSERT INTO got SELECT v FROM sydra.consume('few', NULL::few);
PREPARE TRANSACTION 'regress_consume';
COMMIT PREPARED 'regress_consume';
DO $$
BEGIN
	FOR i IN 1 .. 1000 LOOP
		INSERT INTO got SELECT v FROM sydra.consume('few', NULL::few);
		COMMIT;
		EXIT WHEN (SELECT count(*) FROM got) >= 2;
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
SELECT v FROM got ORDER BY v;
SELECT * FROM sydra.consume('few', NULL::few);

-- a table that is none of ours any more
ALTER TABLE few SET ACCESS METHOD heap;
SELECT * FROM sydra.consume('few', NULL::few);
\echo :LAST_ERROR_SQLSTATE
DROP TABLE few, got;

-- native metrics, and of rows with the same time the last
SELECT sydra.create_metric('public.points', dedup => 'last');
SELECT sydra.create_consumer('p', 'points');
INSERT INTO points (time, value, tags) VALUES ('2024-01-01', 1, '{"a": "x"}'), ('2024-01-01', 2, '{"a": "x"}'), ('2024-01-01', 3, '{"a": "y"}');
CALL sydra.seal('points');
INSERT INTO points (time, value, tags) VALUES ('2024-01-01', 4, '{"a": "x"}');
CREATE TABLE taken_points (LIKE points);
DO $$
BEGIN
	FOR i IN 1 .. 1000 LOOP
		INSERT INTO taken_points SELECT * FROM sydra.consume('p', NULL::points);
		COMMIT;
		EXIT WHEN (SELECT count(*) FROM taken_points) >= 2;
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
SELECT time, value, tags FROM taken_points;

-- mistakes
SELECT sydra.create_consumer('c', 'readings');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_consumer('twin', 'twin');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE parted (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
SELECT sydra.create_consumer('parted', 'parted');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.consume('none', NULL::readings);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.consume(NULL, NULL::readings);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.consume('c', NULL::points);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.consume('c', 1);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.drop_consumer('none');
\echo :LAST_ERROR_SQLSTATE
BEGIN READ ONLY;
SELECT * FROM sydra.consume('c', NULL::readings);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- for the table's owner, as far as its policies let him see
CREATE ROLE regress_consumer;
GRANT ALL ON readings TO regress_consumer;
SET ROLE regress_consumer;
SELECT * FROM sydra.consume('c', NULL::readings);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_consumer('mine', 'readings');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.drop_consumer('c');
\echo :LAST_ERROR_SQLSTATE
SELECT consumer FROM sydra.consumer_status ORDER BY consumer;
RESET ROLE;
ALTER TABLE readings OWNER TO regress_consumer;
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
SET ROLE regress_consumer;
SELECT * FROM sydra.consume('c', NULL::readings);
RESET ROLE;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
SET ROLE regress_consumer;
SELECT * FROM sydra.consume('c', NULL::readings);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- they go with the table, or by themselves
SELECT sydra.drop_consumer('late');
SELECT consumer FROM sydra.consumer_status ORDER BY consumer;
DROP TABLE readings CASCADE;
SELECT consumer FROM sydra.consumer_status ORDER BY consumer;
SELECT * FROM sydra.consume('c', NULL::points);
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_consumer('c', 'points');
CALL count_of('c', 'points', 2);
DROP TABLE points, taken_points, parted, twin, taken CASCADE;
SELECT sydra_catalog.collect() > 0 AS collected;
SELECT count(*) FROM sydra_catalog.consumer;
DROP PROCEDURE fill, take, count_of;
DROP ROLE regress_consumer;
