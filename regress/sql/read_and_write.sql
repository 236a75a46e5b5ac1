-- Statements that read a table while they, or what they call, write it: as on heap.
CREATE SCHEMA read_and_write;
SET search_path = read_and_write, public;
CREATE TABLE h (time timestamptz NOT NULL, host sydra.tag, v int);
INSERT INTO h SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'h' || i % 7, i FROM generate_series(1, 20000) i;
CREATE TABLE s (LIKE h) USING sydra;
INSERT INTO s SELECT * FROM h WHERE v <= 15000;
CALL sydra.seal('s');
INSERT INTO s SELECT * FROM h WHERE v > 15000;
CREATE FUNCTION differ(a regclass, b regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %2$s) UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s)) d', a, b) INTO n;
	RETURN n;
END $$;

-- CREATE TABLE AS, matviews and INSERT ... SELECT from parallel plans
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) CREATE TABLE made USING sydra AS SELECT * FROM s WHERE v % 2 = 0;
CREATE TABLE made USING sydra AS SELECT * FROM s WHERE v % 2 = 0;
CREATE TABLE made_heap AS SELECT * FROM h WHERE v % 2 = 0;
SELECT differ('made', 'made_heap');
SET sydraql.direct_min_rows = 1;
CREATE MATERIALIZED VIEW seen USING sydra AS SELECT time, host, v FROM s WHERE v % 3 = 0;
CREATE MATERIALIZED VIEW seen_heap AS SELECT time, host, v FROM h WHERE v % 3 = 0;
SELECT differ('seen', 'seen_heap');
DELETE FROM s WHERE v % 9 = 0;
DELETE FROM h WHERE v % 9 = 0;
REFRESH MATERIALIZED VIEW seen;
REFRESH MATERIALIZED VIEW seen_heap;
SELECT differ('seen', 'seen_heap');
INSERT INTO s SELECT time + interval '1 day', host, -v FROM s WHERE v % 5 = 0;
INSERT INTO h SELECT time + interval '1 day', host, -v FROM h WHERE v % 5 = 0;
SELECT differ('s', 'h');
RESET max_parallel_workers_per_gather; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- a volatile function that writes the table the statement reads, and reads it again
CREATE FUNCTION add_one(t regclass, v int) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('INSERT INTO %s VALUES (''2125-01-01'', ''added'', $1)', t) USING v;
	EXECUTE format('DELETE FROM %s WHERE v = $1', t) USING -v;
	EXECUTE format('SELECT count(*) FROM %s WHERE host = ''added''', t) INTO n;
	RETURN n;
END $$;
SELECT count(*), min(n), max(n) FROM (SELECT add_one('h', v) AS n FROM h WHERE v BETWEEN 1001 AND 1100) x;
SELECT count(*), min(n), max(n) FROM (SELECT add_one('s', v) AS n FROM s WHERE v BETWEEN 1001 AND 1100) x;
SELECT differ('s', 'h');
-- one that takes back what it wrote
CREATE FUNCTION add_none(t regclass, v int) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE n bigint;
BEGIN
	BEGIN
		n := add_one(t, v);
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		RETURN n;
	END;
END $$;
SELECT sum(add_none('h', v)) FROM h WHERE v BETWEEN 2001 AND 2100;
SELECT sum(add_none('s', v)) FROM s WHERE v BETWEEN 2001 AND 2100;
SELECT differ('s', 'h');
-- one statement that deletes, writes and changes
WITH gone AS (DELETE FROM h WHERE v BETWEEN 3000 AND 3999 RETURNING *) INSERT INTO h SELECT time, 'again', v FROM gone;
WITH gone AS (DELETE FROM s WHERE v BETWEEN 3000 AND 3999 RETURNING *) INSERT INTO s SELECT time, 'again', v FROM gone;
SELECT differ('s', 'h');
WITH new AS (INSERT INTO h SELECT time, 'new', v FROM h WHERE v BETWEEN 3000 AND 3999 RETURNING v)
	UPDATE h SET host = 'old' FROM new WHERE h.v = new.v;
WITH new AS (INSERT INTO s SELECT time, 'new', v FROM s WHERE v BETWEEN 3000 AND 3999 RETURNING v)
	UPDATE s SET host = 'old' FROM new WHERE s.v = new.v;
SELECT differ('s', 'h');
SELECT * FROM sydra.verify('s');
SET client_min_messages = warning;
DROP SCHEMA read_and_write CASCADE;
