-- Plain SQL gives the same rows with SydraScan, without it, and from a heap table
SET client_min_messages = warning;
CREATE SCHEMA plain_scan;
GRANT USAGE ON SCHEMA plain_scan TO PUBLIC;
SET search_path = plain_scan, public;
SET timezone = 'Europe/Berlin';
CREATE TABLE plain (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, up sydra.tag_bool, unit sydra.tag_uuid,
	f float8, r real, i int, s int2, n numeric, t text, b boolean, d date, j jsonb, c "char") USING sydra;

-- Rows of the batch k: some hosts in all batches, some in few; nulls everywhere.
CREATE FUNCTION batch(k int, count int) RETURNS SETOF plain LANGUAGE sql AS $$
	SELECT timestamptz '2024-01-01 00:00+00' + k * interval '10 hours' + x * interval '37 seconds',
		CASE WHEN x % 11 <> 0 THEN 'h' || (x % 7 + k) END, CASE WHEN x % 5 <> 0 THEN (x + k) % 6 END,
		CASE x % 13 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END,
		CASE WHEN x % 3 = 0 THEN ('00000000-0000-0000-0000-00000000000' || x % 2)::uuid END,
		CASE x % 17 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN '-infinity' WHEN 3 THEN '-0' WHEN 4 THEN 0 ELSE (x * 7919 % 1000) / 10.0 END,
		CASE x % 23 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE (x % 100) / 4.0 END, CASE WHEN x % 19 <> 0 THEN x * 31 % 500 - 250 END, x % 300 - 150, (x % 50) / 3.0,
		CASE WHEN x % 4 <> 0 THEN repeat('x', x % 9) || (x % 7 + k) END, x % 2 = 0, date '2024-01-01' + x % 10,
		jsonb_build_object('a', x % 3, 'host', 'h' || x % 5), chr(65 + x % 26)::"char"
	FROM generate_series(0, count - 1) x
$$;
INSERT INTO plain SELECT * FROM batch(0, 1500);
CALL sydra.seal('plain');
INSERT INTO plain SELECT * FROM batch(2, 1100);
CALL sydra.seal('plain');
INSERT INTO plain SELECT * FROM batch(1, 30);
CALL sydra.seal('plain');
INSERT INTO plain SELECT * FROM batch(3, 700);
INSERT INTO plain SELECT (ARRAY['infinity', '-infinity']::timestamptz[])[x], 'h1', 1, true, NULL, x FROM generate_series(1, 2) x;
CREATE TABLE twin USING heap AS SELECT * FROM plain;
DELETE FROM plain WHERE i % 37 = 0 OR host = 'h4' AND s < 0;
DELETE FROM twin WHERE i % 37 = 0 OR host = 'h4' AND s < 0;
SELECT count(*) FROM sydra.segments WHERE metric = 'plain_scan.plain'::regclass;
ANALYZE plain;
ANALYZE twin;

-- How many rows two queries do not have in common.
CREATE FUNCTION differ(a text, b text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('WITH a AS MATERIALIZED (%s), b AS MATERIALIZED (%s) SELECT count(*) FROM
		((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', a, b) INTO n;
	RETURN n;
END
$$;

-- The same query on plain with and without SydraScan, and on its twin; %s is the table.
CREATE FUNCTION check_query(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	with_scan bigint;
	without_scan bigint;
BEGIN
	SET LOCAL sydraql.enable_scan = on;
	with_scan := differ(replace(query, '%s', 'plain'), replace(query, '%s', 'twin'));
	SET LOCAL sydraql.enable_scan = off;
	without_scan := differ(replace(query, '%s', 'plain'), replace(query, '%s', 'twin'));
	RETURN CASE WHEN with_scan > 0 OR without_scan > 0 THEN
		format('%s, without SydraScan %s: %s', with_scan, without_scan, query) END;
END
$$;

-- Random conditions
CREATE TABLE atoms (a text);
INSERT INTO atoms VALUES
	($$time >= '2024-01-01 06:00+00'$$), ($$time > '2024-01-02'$$), ($$time < '2024-01-01 20:00:37+00'$$),
	($$time <= '2024-01-02 03:00'$$), ($$time = '2024-01-01 10:00:00+00'$$), ($$'2024-01-01 12:00+00' < time$$),
	($$time >= date '2024-01-02'$$), ($$date '2024-01-02' > time$$), ($$time < timestamp '2024-01-01 13:00'$$),
	($$timestamp '2024-01-02 01:00' <= time$$), ($$time = timestamp '2024-01-01 01:00:37'$$),
	($$time BETWEEN '2024-01-01 03:00+00' AND '2024-01-01 11:00+00'$$),
	($$time > now() - interval '1000 years'$$), ($$time > now()$$), ($$time < 'infinity'$$),
	($$time >= 'infinity'$$), ($$time <= 'infinity'$$), ($$time > '-infinity'$$), ($$time <= '-infinity'$$),
	($$time = 'infinity'$$), ($$time > 'infinity'$$), ($$time < '-infinity'$$), ($$time < date 'infinity'$$),
	($$time >= date '-infinity'$$), ($$time < date '5874897-12-31'$$), ($$time <= date '5874897-12-31'$$),
	($$time > date '5874897-12-31'$$), ($$time >= date '4714-11-24 BC'$$), ($$time < timestamp '4714-11-24 00:00 BC'$$),
	($$time > NULL::timestamptz$$), ($$time <> '2024-01-01 10:00:00+00'$$), ($$time IS NULL$$),
	($$time IN ('2024-01-01 10:00:00+00', '2024-01-01 00:00:37+00')$$), ($$extract(minute FROM time) < 5$$),
	($$time >= (SELECT min(time) + interval '5 hours' FROM twin WHERE isfinite(time))$$),
	($$host = 'h3'$$), ($$host IN ('h1', 'h4', 'h9')$$), ($$host = ANY ('{h2,NULL}')$$), ($$host <> ALL ('{h2,h3}')$$),
	($$host LIKE 'h%1'$$), ($$host NOT LIKE '%2'$$), ($$host ~ '[135]$'$$), ($$host !~ '^h[12]'$$), ($$host ~* 'H4'$$),
	($$host IS NULL$$), ($$host IS NOT NULL$$), ($$host > 'h3'$$), ($$host COLLATE "C" <= 'h5'$$), ($$upper(host) = 'H2'$$),
	($$host IS DISTINCT FROM 'h1'$$), ($$coalesce(host, '') = ''$$), ($$host = 'h' || rack$$), ($$host = t$$),
	($$host = (SELECT 'h' || max(i % 5) FROM twin)$$), ($$host IN (SELECT j->>'host' FROM twin WHERE i < -200)$$),
	($$EXISTS (SELECT 1 FROM (VALUES ('h2'), ('h6')) v (h) WHERE v.h = host)$$), ($$host = NULL$$),
	($$rack = 3$$), ($$rack < 4::int8$$), ($$rack BETWEEN 1 AND 2$$), ($$rack % 2 = 0$$), ($$rack IN (0, 5)$$),
	($$rack IS NULL$$), ($$rack = i$$), ($$rack > 2.5$$), ($$up$$), ($$NOT up$$), ($$up IS NOT TRUE$$), ($$up IS UNKNOWN$$),
	($$unit = '00000000-0000-0000-0000-000000000001'$$), ($$unit IS NULL$$), ($$unit > '00000000-0000-0000-0000-000000000000'$$),
	($$f > 50$$), ($$f = 'NaN'$$), ($$f < 1e300$$), ($$f IS NULL$$), ($$f < 'NaN'$$), ($$f <= 'NaN'$$), ($$f >= 'NaN'$$), ($$f > 'NaN'$$),
	($$f = 0$$), ($$f >= '-0'$$), ($$f > '-infinity'$$), ($$f <= '-infinity'$$), ($$f < 30::float4$$), ($$f <> 20$$), ($$f < NULL::float8$$), ($$i >= (SELECT NULL::int)$$),
	($$20 > f$$), ($$f > (SELECT avg(i) FROM twin)$$), ($$f > r$$), ($$f BETWEEN 10 AND i$$), ($$-f > 3$$),
	($$r >= 12.5$$), ($$r < 12.1::float4$$), ($$r = 'NaN'$$), ($$r > 1e39::float8$$), ($$r <= 3.25::float8$$),
	($$i > 3000000000$$), ($$i >= -3000000000$$), ($$i <> 3$$), ($$10 <= i$$), ($$i = ANY ('{1,2,3}')$$), ($$s < 40000$$), ($$s = 7::int8$$), ($$i < s$$), ($$i = 3$$), ($$i < 100::int8$$), ($$i IS NULL$$),
	($$s BETWEEN -10 AND 10$$), ($$n > 7.5$$), ($$n = 1$$), ($$t LIKE 'xx%'$$), ($$t IS NULL$$), ($$t = 'x3'$$), ($$b$$), ($$NOT b$$),
	($$d = '2024-01-04'$$), ($$d < time$$), ($$j->>'host' = host$$), ($$j @> '{"a": 1}'$$), ($$c = 'Q'$$),
	($$(time, i) > ('2024-01-01 05:00+00', 3)$$), ($$random() >= 0$$), ($$true$$), ($$false$$), ($$NULL$$);
CREATE FUNCTION any_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
	'SELECT choices[1 + floor(random() * cardinality(choices))::int]';
CREATE FUNCTION any_atom(OUT a text) LANGUAGE sql VOLATILE AS 'SELECT a FROM atoms ORDER BY random() LIMIT 1';
CREATE FUNCTION any_condition(depth int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CASE WHEN depth = 0 OR random() < 0.2 THEN
		RETURN any_atom();
	WHEN random() < 0.1 THEN
		RETURN format('(NOT (%s))', any_condition(depth - 1));
	ELSE
		RETURN format('(%s %s %s)', any_condition(depth - 1), any_of('AND', 'AND', 'AND', 'OR'), any_condition(depth - 1));
	END CASE;
END
$$;
CREATE FUNCTION any_columns() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columns text;
BEGIN
	SELECT string_agg(attname, ', ') INTO columns FROM pg_attribute
	WHERE attrelid = 'plain'::regclass AND attnum > 0 AND random() < 0.3;
	RETURN any_of(coalesce(columns, '1'), coalesce(columns, '1'), 'count(*)', '(p.*)::text', 'avg(i), count(f), max(host), count(rack)');
END
$$;
SELECT check_query(format('SELECT %s FROM %%s p WHERE %s', any_columns(), a)) FROM atoms ORDER BY 1 LIMIT 1;
SELECT setseed(0.5);
SELECT check_query(format('SELECT %s FROM %%s p WHERE %s', any_columns(), any_condition(3)))
FROM generate_series(1, 120) ORDER BY 1 LIMIT 3;

-- what is pushed down, and where to
EXPLAIN (COSTS OFF) SELECT i FROM plain
WHERE time >= '2024-01-01 06:00+00' AND date '2024-01-03' > time AND host IN ('h1', 'h2') AND rack % 2 = 0 AND f > 3 AND host <> t;
EXPLAIN (COSTS OFF, VERBOSE) SELECT count(*) FROM plain p WHERE time > now() - interval '1 hour' AND (host = 'a' OR up);
EXPLAIN (COSTS OFF) SELECT i FROM plain WHERE random() < 2 AND host < random()::text AND host = 'h1';
-- Versions differ in how they print row counts and parameters.
CREATE FUNCTION explain_analyze(query text, format text DEFAULT 'TEXT') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plan text;
	line text;
BEGIN
	FOR plan IN EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF, FORMAT %s) %s',
							   format, query) LOOP
		FOREACH line IN ARRAY string_to_array(plan, E'\n') LOOP
			IF line !~ 'Disabled: false' THEN
				line := regexp_replace(line, '(rows=|Actual Rows: )(\d+)\.\d+', '\1\2', 'i');
				line := replace(line, '(InitPlan 1).col1', '$0');
				RETURN NEXT replace(line, ' (returns $0)', '');
			END IF;
		END LOOP;
	END LOOP;
END $$;
SELECT explain_analyze($$SELECT i FROM plain WHERE time < '2024-01-01 01:00' AND host = 'h1'$$);
SELECT explain_analyze($$SELECT i FROM plain WHERE host = 'h6'$$);
SELECT explain_analyze($$SELECT i FROM plain WHERE i > 246 AND time < '2024-02-01'$$);
SELECT explain_analyze($$SELECT i FROM plain WHERE time < (SELECT NULL::timestamptz)$$);
SELECT explain_analyze($$SELECT i FROM plain WHERE host = 'h1'$$, 'YAML');
SET sydraql.enable_scan = off;
EXPLAIN (COSTS OFF) SELECT i FROM plain WHERE host = 'h1';
RESET sydraql.enable_scan;

-- prepared, with values and without
PREPARE ask (timestamptz, text, int) AS
SELECT count(*), sum(i), min(time) FROM plain WHERE time >= $1 AND host = $2 AND (rack < $3 OR i > $3);
PREPARE ask_twin (timestamptz, text, int) AS
SELECT count(*), sum(i), min(time) FROM twin WHERE time >= $1 AND host = $2 AND (rack < $3 OR i > $3);
SET plan_cache_mode = force_custom_plan;
EXECUTE ask ('2024-01-01 10:00+00', 'h3', 3);
EXECUTE ask_twin ('2024-01-01 10:00+00', 'h3', 3);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE ask ('2024-01-01 10:00+00', 'h3', 3);
EXECUTE ask ('2024-01-01 10:00+00', 'h3', 3);
EXECUTE ask ('2024-01-02 10:00+00', 'h5', 100);
EXECUTE ask_twin ('2024-01-02 10:00+00', 'h5', 100);
EXECUTE ask (NULL, 'h5', 100);
RESET plan_cache_mode;

-- rescans: parameters of subqueries, of LATERAL and of nested loops
SELECT check_query($$SELECT g, (SELECT sum(i) FROM %s WHERE time >= '2024-01-01'::timestamptz + g * interval '1 hour' AND host = 'h' || g) FROM generate_series(0, 9) g$$);
SELECT check_query($$SELECT g, x.* FROM generate_series(0, 9) g, LATERAL (SELECT i, host FROM %s WHERE rack = g AND time < '2024-01-01'::timestamptz + g * interval '90 minutes' ORDER BY i, host, time LIMIT 3) x$$);
EXPLAIN (COSTS OFF) SELECT g, x.* FROM generate_series(0, 9) g, LATERAL (SELECT i, host FROM plain WHERE rack = g AND time < '2024-01-01'::timestamptz + g * interval '90 minutes' LIMIT 3) x;
SELECT check_query($$SELECT g, x.i FROM generate_series(0, 9) g LEFT JOIN LATERAL (SELECT i, g + 1 AS y FROM %s WHERE rack = g AND f > g) x ON true$$);
SELECT check_query($$SELECT a.i, b.i FROM %s a JOIN %s b USING (time, host)$$);
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT check_query($$SELECT v.h, count(*), sum(i) FROM (VALUES ('h1'), ('h2'), (NULL)) v (h) JOIN %s p ON p.host = v.h GROUP BY 1$$);
SELECT check_query($$SELECT v.h, count(*), sum(i) FROM (VALUES ('h1'), ('h2'), (NULL)) v (h) LEFT JOIN %s p ON p.host = v.h AND p.i > 3 GROUP BY 1$$);
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
SELECT check_query($$SELECT * FROM %s p WHERE i > (SELECT avg(i) FROM %s q WHERE q.host = p.host AND q.time < '2024-01-01 06:00+00') AND rack = 1 AND time < '2024-01-01 04:00+00'$$);
SELECT check_query($$WITH x AS MATERIALIZED (SELECT * FROM %s WHERE host = 'h2'), y AS (SELECT * FROM %s WHERE rack = 2) SELECT x.i, y.f FROM x JOIN y USING (time)$$);
SELECT check_query($$SELECT host, count(*), rank() OVER (ORDER BY count(*), host) FROM %s WHERE time > '2024-01-01 08:00' GROUP BY GROUPING SETS (host, ()) HAVING count(*) > 3$$);
SELECT check_query($$SELECT row_to_json(p)::text FROM %s p WHERE host = 'h1'$$);
SELECT check_query($$SELECT DISTINCT tableoid = '%s'::regclass FROM %s$$);

-- in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
EXPLAIN (COSTS OFF) SELECT count(*), sum(i) FROM plain WHERE i % 2 = 0;
SELECT check_query($$SELECT count(*), sum(i), count(t), max(host) FROM %s WHERE i % 2 = 0$$);
SELECT check_query($$SELECT * FROM %s WHERE host ~ '[246]' AND time >= '2024-01-01 06:00+00'$$);
SELECT check_query($$SELECT * FROM %s WHERE time >= (SELECT min(time) + interval '5 hours' FROM %s WHERE isfinite(time))$$);
SELECT check_query($$SELECT g, (SELECT count(*) FROM %s WHERE rack = g) FROM generate_series(0, 3) g$$);
SELECT check_query($$SELECT count(*) FROM (SELECT * FROM %s LIMIT 700) x$$);
SET enable_material = off;
EXPLAIN (COSTS OFF) SELECT g, n FROM generate_series(0, 3) g LEFT JOIN (SELECT count(*) AS n FROM plain WHERE i % 2 = 0) x ON n > g;
SELECT check_query($$SELECT g, n FROM generate_series(0, 3) g LEFT JOIN (SELECT count(*) AS n FROM %s WHERE i % 2 = 0) x ON n > g$$);
RESET enable_material;
SELECT setseed(0.25);
SELECT check_query(format('SELECT %s FROM %%s p WHERE %s', any_columns(), any_condition(2)))
FROM generate_series(1, 30) ORDER BY 1 LIMIT 3;
SET max_parallel_workers = 0;
SELECT check_query($$SELECT count(*), sum(i), count(t), max(host) FROM %s WHERE i % 2 = 0$$);
RESET max_parallel_workers;
BEGIN;
INSERT INTO plain SELECT * FROM batch(9, 10);
SELECT count(*) - (SELECT count(*) FROM twin) FROM plain WHERE i IS NOT NULL OR i IS NULL;
ROLLBACK;
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;

-- cursors
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT i, host FROM plain WHERE time >= '2024-01-02 06:00+00' AND host = 'h4' AND i IS NOT NULL;
FETCH 2 FROM c;
INSERT INTO plain SELECT * FROM batch(4, 10);
MOVE 3 FROM c;
FETCH 1 FROM c;
MOVE ALL FROM c;
FETCH 1 FROM c;
CLOSE c;
-- a row of the head has an address, by which WHERE CURRENT OF finds it
DECLARE c CURSOR FOR SELECT i FROM plain WHERE time >= '2024-01-02 08:00+00' AND host = 'h4' AND i IS NOT NULL;
MOVE 5 FROM c;
UPDATE plain SET i = 12345 WHERE CURRENT OF c;
SELECT host, i FROM plain WHERE i = 12345;
DECLARE s SCROLL CURSOR FOR SELECT i FROM plain WHERE time < '2024-01-01 02:00+00' AND host = 'h4';
MOVE LAST FROM s;
FETCH BACKWARD 2 FROM s;
FETCH FIRST FROM s;
ROLLBACK;

-- rows that are locked or changed; samples and system columns: the sequential scan
EXPLAIN (COSTS OFF) SELECT i FROM plain WHERE host = 'h1' FOR SHARE;
EXPLAIN (COSTS OFF) UPDATE plain SET i = 0 WHERE host = 'h1';
EXPLAIN (COSTS OFF) UPDATE twin SET i = 0 FROM plain WHERE plain.host = 'h1' AND twin.time = plain.time;
-- Versions differ in how they join these.
CREATE FUNCTION scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Scan|Series Filter' THEN
			RETURN NEXT ltrim(line, ' ->');
		END IF;
	END LOOP;
END $$;
SELECT * FROM scans($$DELETE FROM plain WHERE host = 'none' AND time IN (SELECT time FROM plain WHERE host = 'h1')$$) ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT i FROM plain TABLESAMPLE SYSTEM (10) WHERE host = 'h1';
EXPLAIN (COSTS OFF) SELECT i FROM plain WHERE host = 'h1' AND xmin::text = '0';
EXPLAIN (COSTS OFF) SELECT ctid, tableoid FROM plain WHERE host = 'h1';
BEGIN;
SET LOCAL sydraql.enable_scan = off;
CREATE TEMP TABLE addresses AS SELECT ctid AS address, time, host, i FROM plain;
SET LOCAL sydraql.enable_scan = on;
(SELECT ctid, time, host, i FROM plain EXCEPT SELECT * FROM addresses) UNION ALL
(SELECT * FROM addresses EXCEPT SELECT ctid, time, host, i FROM plain);
ROLLBACK;

-- read and write in one statement
BEGIN;
INSERT INTO plain SELECT * FROM plain WHERE host = 'h1';
SELECT count(*) - (SELECT count(*) FROM twin) = (SELECT count(*) FROM twin WHERE host = 'h1') AS doubled FROM plain;
DELETE FROM plain WHERE time > '2024-01-02 08:00+00' AND isfinite(time) AND i < (SELECT avg(i) * 0 FROM plain WHERE host = 'h2');
SELECT count(*) FILTER (WHERE i >= 0) > 0 AS some, min(i) >= 0 AS none FROM plain
WHERE time > '2024-01-02 08:00+00' AND isfinite(time) AND host = 'h5';
ROLLBACK;

-- partitions of either kind, with columns in another order
CREATE TABLE parted (time timestamptz NOT NULL, host sydra.tag, v int) PARTITION BY RANGE (time);
CREATE TABLE parted_1 (junk text, v int, host sydra.tag, time timestamptz NOT NULL) USING sydra;
ALTER TABLE parted_1 DROP COLUMN junk;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES FROM ('2024-01-01 UTC') TO ('2024-02-01 UTC');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2024-02-01 UTC') TO ('2024-03-01 UTC') USING heap;
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM ('2024-03-01 UTC') TO ('2024-04-01 UTC') USING sydra;
CREATE TABLE parted_4 PARTITION OF parted DEFAULT USING sydra;
INSERT INTO parted SELECT timestamptz '2024-01-01 UTC' + x * interval '1 hour', 'h' || x % 3, x FROM generate_series(0, 2400) x;
CALL sydra.seal('parted_1');
CALL sydra.seal('parted_3');
CREATE TABLE parted_twin USING heap AS SELECT * FROM parted;
ANALYZE parted;
EXPLAIN (COSTS OFF) SELECT v FROM parted WHERE time >= '2024-01-31 UTC' AND time < '2024-03-02 UTC' AND host = 'h1';
SELECT differ('SELECT tableoid::regclass IS NOT NULL, p.* FROM parted p WHERE time >= ''2024-01-31 UTC'' AND time < ''2024-03-02 UTC'' AND host = ''h1''',
	'SELECT true, p.* FROM parted_twin p WHERE time >= ''2024-01-31 UTC'' AND time < ''2024-03-02 UTC'' AND host = ''h1''');
SELECT differ('SELECT parted FROM parted WHERE v % 100 = 7', 'SELECT row(time, host, v)::parted FROM parted_twin WHERE v % 100 = 7');
SELECT tableoid::regclass, count(*) FROM parted WHERE host = 'h2' GROUP BY 1 ORDER BY 1;
SET enable_partitionwise_join = on;
SET enable_partitionwise_aggregate = on;
SELECT differ('SELECT a.time, a.v, b.host FROM parted a JOIN parted b USING (time) WHERE a.host = ''h1''',
	'SELECT a.time, a.v, b.host FROM parted_twin a JOIN parted_twin b USING (time) WHERE a.host = ''h1''');
SELECT differ('SELECT a.time, x.v FROM parted a, LATERAL (SELECT b.v, a.v AS w FROM parted b WHERE b.time = a.time AND b.host = a.host OFFSET 0) x WHERE a.v < 30',
	'SELECT a.time, x.v FROM parted_twin a, LATERAL (SELECT b.v, a.v AS w FROM parted_twin b WHERE b.time = a.time AND b.host = a.host OFFSET 0) x WHERE a.v < 30');
RESET enable_partitionwise_join;
RESET enable_partitionwise_aggregate;

-- inheritance
CREATE TABLE parent (time timestamptz NOT NULL, host sydra.tag) USING sydra;
CREATE TABLE child (v int) INHERITS (parent) USING sydra;
INSERT INTO parent SELECT timestamptz '2024-01-01 UTC' + x * interval '1 hour', 'p' || x % 3 FROM generate_series(0, 99) x;
INSERT INTO child SELECT timestamptz '2024-01-01 UTC' + x * interval '1 hour', 'c' || x % 3, x FROM generate_series(0, 99) x;
CALL sydra.seal('child');
SELECT tableoid::regclass, count(*) FROM parent WHERE time >= '2024-01-04 UTC' AND host ~ '[12]' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM ONLY parent WHERE host = 'c1';

-- columns that came, went and changed their role since the seal
CREATE TABLE moving (time timestamptz NOT NULL, host sydra.tag, gone int, kind text, v int) USING sydra;
INSERT INTO moving SELECT timestamptz '2024-01-01 UTC' + x * interval '1 hour', 'h' || x % 3, x, 'k' || x % 2, x FROM generate_series(0, 99) x;
CALL sydra.seal('moving');
ALTER TABLE moving DROP COLUMN gone;
ALTER TABLE moving ADD COLUMN zone sydra.tag DEFAULT 'z0', ADD COLUMN w int DEFAULT 7;
ALTER TABLE moving ALTER COLUMN kind TYPE sydra.tag;
INSERT INTO moving SELECT timestamptz '2024-02-01 UTC' + x * interval '1 hour', 'h' || x % 3, 'k' || x % 3, x, 'z1', NULL FROM generate_series(0, 99) x;
CREATE TABLE moving_twin USING heap AS SELECT * FROM moving;
SELECT condition, differ('SELECT * FROM moving WHERE ' || condition, 'SELECT * FROM moving_twin WHERE ' || condition)
FROM unnest(ARRAY['kind = ''k1''', 'zone = ''z0''', 'zone = ''z0'' AND kind = ''k0''', 'w IS NULL', 'w = 7 AND host = ''h1''', 'kind || host = ''k2h2''']) condition;
CALL sydra.seal('moving');
ALTER TABLE moving ALTER COLUMN host TYPE text;
SELECT differ('SELECT * FROM moving WHERE host = ''h1'' AND kind = ''k1''', 'SELECT * FROM moving_twin WHERE host = ''h1'' AND kind = ''k1''');
-- another column is the time now: nothing may be left out by it
ALTER TABLE moving ALTER COLUMN time DROP NOT NULL, ADD COLUMN at timestamptz NOT NULL DEFAULT '2030-01-01 UTC';
EXPLAIN (COSTS OFF) SELECT count(*) FROM moving WHERE at > '2029-01-01 UTC' AND time < '2024-01-15 UTC' AND zone = 'z0';
SELECT count(*) FROM moving WHERE at > '2029-01-01 UTC' AND time < '2024-01-15 UTC' AND zone = 'z0';

-- a native metric: conditions over the jsonb
SELECT sydra.create_metric('native');
INSERT INTO native (time, value, tags) SELECT timestamptz '2024-01-01 UTC' + x * interval '1 minute', x,
	jsonb_build_object('host', 'h' || x % 7, 'dc', x % 2) FROM generate_series(0, 999) x;
CALL sydra.seal('native');
INSERT INTO native (time, value, tags) SELECT timestamptz '2024-02-01 UTC' + x * interval '1 minute', x,
	jsonb_build_object('host', 'n' || x % 7) FROM generate_series(0, 99) x;
CREATE TABLE native_twin USING heap AS SELECT * FROM native;
EXPLAIN (COSTS OFF) SELECT value FROM native WHERE tags->>'host' = 'h1' AND value > 3 AND time < '2024-01-01 10:00 UTC';
SELECT condition, differ('SELECT * FROM native WHERE ' || condition, 'SELECT * FROM native_twin WHERE ' || condition)
FROM unnest(ARRAY['tags->>''host'' = ''h1''', 'tags @> ''{"dc": 1}''', 'NOT tags ? ''dc''', '(tags->>''dc'')::int = 0 AND value > 500',
	'tags->>''host'' LIKE ''n%'' OR tags->>''dc'' = ''1''', 'tags = ''{"host": "h1", "dc": 1}''']) condition;

-- empty tables, and tables that nothing is ever sealed of
CREATE TABLE empty (time timestamptz NOT NULL, host sydra.tag) USING sydra;
SELECT count(*) FROM empty WHERE host = 'a' AND time > now();
CREATE TABLE timeless (host sydra.tag, v int) USING sydra;
INSERT INTO timeless SELECT 'h' || x % 3, x FROM generate_series(1, 30) x;
SELECT sum(v) FROM timeless WHERE host = 'h1' AND v > 4;
CREATE TABLE bare (v int) USING sydra;
INSERT INTO bare SELECT generate_series(1, 30);
SELECT sum(v) FROM bare WHERE v > 4;
CREATE TABLE no_columns () USING sydra;
SELECT count(*) FROM no_columns;
CREATE MATERIALIZED VIEW viewed USING sydra AS SELECT time, host, i FROM plain WHERE host = 'h1';
SELECT count(*) = (SELECT count(*) FROM twin WHERE host = 'h1') AS same FROM viewed WHERE host = 'h1';

-- row security and security barriers: what a user calls sees only what the user may see
CREATE ROLE regress_plain_scan;
CREATE TABLE guarded (time timestamptz NOT NULL, host sydra.tag, owner text, v int) USING sydra;
INSERT INTO guarded SELECT timestamptz '2024-01-01 UTC' + x * interval '1 hour', 'host ' || x % 4,
	CASE WHEN x % 4 = 2 THEN 'regress_plain_scan' ELSE 'somebody' END, x FROM generate_series(0, 7) x;
CALL sydra.seal('guarded');
INSERT INTO guarded VALUES ('2024-02-01 UTC', 'host 5', 'regress_plain_scan', 5), ('2024-02-01 UTC', 'host 6', 'somebody', 6);
ANALYZE guarded;
CREATE FUNCTION leak(text) RETURNS boolean IMMUTABLE COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'leak: %', $1; RETURN true; END $$;
CREATE FUNCTION leak_time(timestamptz) RETURNS boolean IMMUTABLE COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'leak: %', $1; RETURN true; END $$;
GRANT SELECT ON guarded TO regress_plain_scan;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded USING (owner = current_user);
SET ROLE regress_plain_scan;
EXPLAIN (COSTS OFF) SELECT v FROM guarded WHERE leak(host) AND host <> 'host 0' AND time > '2024-01-01 UTC';
SELECT v FROM guarded WHERE leak(host) AND host <> 'host 0' AND time > '2024-01-01 UTC';
RESET ROLE;
-- a policy over tags: once a series, before what the user calls
DROP POLICY own ON guarded;
CREATE POLICY own ON guarded USING (host IN ('host 1', 'host 6'));
SET ROLE regress_plain_scan;
EXPLAIN (COSTS OFF) SELECT v FROM guarded WHERE leak(host) AND leak_time(time) AND host <> 'host 6';
SELECT v FROM guarded WHERE leak(host) AND leak_time(time) AND host <> 'host 6';
RESET ROLE;
ALTER TABLE guarded DISABLE ROW LEVEL SECURITY;
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM guarded WHERE v IN (1, 6);
EXPLAIN (COSTS OFF) SELECT v FROM barrier WHERE leak(host) AND host > 'host 1';
SELECT v FROM barrier WHERE leak(host) AND host > 'host 1';
-- without either, the function is a condition as any, asked once a series; and of no series that the time leaves out
EXPLAIN (COSTS OFF) SELECT count(*) FROM guarded WHERE leak(host);
SELECT count(*) FROM guarded WHERE leak(host) AND time > '2024-01-15 UTC';
-- nor of one whose rows are all deleted
DELETE FROM guarded WHERE host IN ('host 0', 'host 3', 'host 6');
SELECT count(*) FROM guarded WHERE leak(host);
SELECT sum(v) FROM guarded WHERE 100 / (substr(host, 6)::int % 3) > 0;
-- nor is a tag of such a series taken for a pattern
CREATE TABLE patterns (time timestamptz NOT NULL, host sydra.tag) USING sydra;
INSERT INTO patterns VALUES ('2024-01-01 UTC', 'abc'), ('2024-01-01 UTC', '('), ('2024-01-01 UTC', 'b\');
CALL sydra.seal('patterns');
DELETE FROM patterns WHERE host <> 'abc';
SELECT host FROM patterns WHERE 'abc' ~ host;
SELECT host FROM patterns WHERE 'abc' LIKE host;
SELECT host FROM patterns WHERE 'abc' ~* ANY (ARRAY['x', host]);
DROP OWNED BY regress_plain_scan;
DROP ROLE regress_plain_scan;
DROP SCHEMA plain_scan CASCADE;
