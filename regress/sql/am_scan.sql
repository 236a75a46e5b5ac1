-- Head and segments are one table to every way of reading it
SET sydraql.enable_scan = off;
CREATE TABLE scan (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO scan SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'h' || i % 50, i
FROM generate_series(1, 100000) i;
CALL sydra.seal('scan');
INSERT INTO scan SELECT '2124-02-01'::timestamptz + i * interval '1 s', 'h' || i % 50, 100000 + i
FROM generate_series(1, 5000) i;
CREATE TABLE scan_twin AS TABLE scan;

-- in parallel, also with workers that are not to be had
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
EXPLAIN (COSTS OFF) SELECT count(*), sum(v) FROM scan WHERE v % 2 = 0;
SELECT count(*), sum(v) FROM scan WHERE v % 2 = 0;
SET max_parallel_workers = 0;
SELECT count(*), sum(v) FROM scan WHERE v % 2 = 0;
RESET max_parallel_workers;
-- rescanned in parallel
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT g, (SELECT count(*) FROM scan WHERE v % 10 = g) FROM generate_series(0, 3) g;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;

-- rescanned
SELECT g, n FROM generate_series(1, 3) g, LATERAL (SELECT count(*) n FROM scan WHERE v < g * 1000 OFFSET 0) s;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- early end
SELECT count(*) FROM (SELECT * FROM scan LIMIT 5005) s;

-- backward over the boundary, and back again
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT v FROM scan;
MOVE 4999 FROM c;
FETCH 1 FROM c;
FETCH 2 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH 3 FROM c;
MOVE LAST FROM c;
MOVE BACKWARD ALL FROM c;
FETCH 1 FROM c;
MOVE ALL FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;
BEGIN;
DECLARE f SCROLL CURSOR FOR SELECT v FROM scan;
CREATE TEMP TABLE order_seen (n serial, v int);
DO $$
DECLARE
	c refcursor := 'f';
	x int;
BEGIN
	LOOP
		FETCH c INTO x;
		EXIT WHEN NOT FOUND;
		INSERT INTO order_seen (v) VALUES (x);
	END LOOP;
	INSERT INTO order_seen (v) VALUES (NULL);
	LOOP
		FETCH BACKWARD FROM c INTO x;
		EXIT WHEN NOT FOUND;
		INSERT INTO order_seen (v) VALUES (x);
	END LOOP;
END $$;
SELECT count(*), bool_and(a.v = b.v) FROM order_seen a JOIN order_seen b ON b.n = 210002 - a.n WHERE a.n < 105001;
COMMIT;

-- WITH HOLD
BEGIN;
DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT v FROM scan ORDER BY v DESC;
COMMIT;
FETCH 2 FROM h;
FETCH BACKWARD 2 FROM h;
CLOSE h;

-- by address
SELECT count(*) FROM scan s JOIN scan t ON s.ctid = t.ctid WHERE s.v % 1000 = 0;
SELECT v FROM scan WHERE ctid = (SELECT ctid FROM scan WHERE v = 77777);
SELECT v FROM scan WHERE ctid = ANY (ARRAY(SELECT ctid FROM scan WHERE v IN (1, 104999))) ORDER BY v;
SELECT count(*) FROM scan WHERE ctid = '(4294967040,1)';
SELECT count(*) FROM scan WHERE ctid = '(2147483648,300)';
SELECT count(*) FROM scan WHERE ctid >= '(0,0)';
EXPLAIN (COSTS OFF) SELECT count(*) FROM scan WHERE ctid >= '(0,0)';

-- TABLESAMPLE: everything, nothing, the same again, about right
SELECT count(*) FROM scan TABLESAMPLE system (100);
SELECT count(*) FROM scan TABLESAMPLE bernoulli (100);
SELECT count(*) FROM scan TABLESAMPLE bernoulli (0);
SELECT (SELECT sum(v) FROM scan TABLESAMPLE bernoulli (10) REPEATABLE (7)) =
	(SELECT sum(v) FROM scan TABLESAMPLE bernoulli (10) REPEATABLE (7)) AS repeated;
SELECT count(*) BETWEEN 9500 AND 11500 AS near FROM scan TABLESAMPLE bernoulli (10) REPEATABLE (7);
SELECT count(*) BETWEEN 40000 AND 65000 AS near,
	count(*) FILTER (WHERE v > 100000) > 0 AS head, count(*) FILTER (WHERE v <= 100000) > 0 AS sealed
FROM scan TABLESAMPLE system (50) REPEATABLE (1);

-- semijoins, window functions and sorts copy rows
SELECT count(*) FROM (SELECT v, lag(v) OVER (PARTITION BY host ORDER BY time) l FROM scan) s WHERE v - l = 50;
SELECT count(*) FROM scan WHERE v IN (SELECT v FROM scan_twin);
SELECT host, count(*) FROM scan WHERE host IN ('h1', 'h2') GROUP BY host ORDER BY host;

-- columns that came and went after the seal
ALTER TABLE scan ADD COLUMN extra text DEFAULT 'fast', ADD COLUMN later sydra.tag, DROP COLUMN v;
ALTER TABLE scan ADD COLUMN w int;
SELECT count(*), count(extra), min(extra), count(later), count(w) FROM scan;
SELECT * FROM scan ORDER BY time LIMIT 2;
ALTER TABLE scan RENAME COLUMN host TO server;
SELECT server, extra FROM scan ORDER BY time, server LIMIT 1;

-- statistics count the rows read
SELECT count(*) FROM scan;
SELECT pg_stat_force_next_flush();
SELECT seq_tup_read > 100000 AS counted FROM pg_stat_user_tables WHERE relname = 'scan';

-- rows can be locked and changed in the head alone
SELECT count(*) FROM (SELECT FROM scan WHERE time >= '2124-02-01' FOR UPDATE) s;
UPDATE scan SET w = 1 WHERE time >= '2124-02-01';
DELETE FROM scan WHERE time >= '2124-02-01' AND w = 1 AND server = 'h1';
SELECT count(*), count(w) FROM scan;
DROP TABLE scan, scan_twin;
