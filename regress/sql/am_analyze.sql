-- ANALYZE is right wherever the rows are
CREATE FUNCTION off_by(t regclass, rows float8) RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN abs(reltuples - rows) <= rows * 0.02 THEN 'right' ELSE reltuples::text END FROM pg_class WHERE oid = t $$;
CREATE TABLE counted (time timestamptz NOT NULL, host sydra.tag, v int, few int) USING sydra;
ALTER TABLE counted SET (autovacuum_enabled = off);
INSERT INTO counted SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'h' || i % 100, i, i % 10
FROM generate_series(1, 200000) i;
ANALYZE counted;
SELECT off_by('counted', 200000);
SELECT attname, CASE WHEN n_distinct BETWEEN -1 AND -0.9 THEN 'unique' ELSE n_distinct::text END
FROM pg_stats WHERE tablename = 'counted' ORDER BY 1;

-- all sealed
CALL sydra.seal('counted');
ANALYZE counted;
SELECT off_by('counted', 200000);
VACUUM counted;
SELECT off_by('counted', 200000);
ANALYZE counted;
SELECT off_by('counted', 200000);
SELECT attname, CASE WHEN n_distinct BETWEEN -1 AND -0.9 THEN 'unique' ELSE n_distinct::text END
FROM pg_stats WHERE tablename = 'counted' ORDER BY 1;
SELECT (histogram_bounds::text::int[])[1] < 2000 AND (histogram_bounds::text::int[])[101] > 198000 AS spans
FROM pg_stats WHERE tablename = 'counted' AND attname = 'v';

-- the head one empty page
VACUUM FULL counted;
SELECT pg_relation_size('counted') = current_setting('block_size')::int AS one_page;
SELECT off_by('counted', 200000);
ANALYZE counted;
SELECT off_by('counted', 200000);

-- both, the head larger than the sample
INSERT INTO counted SELECT '2124-02-01'::timestamptz + i * interval '1 s', 'g' || i % 100, 200000 + i, i % 10
FROM generate_series(1, 100000) i;
ANALYZE counted;
SELECT off_by('counted', 300000);
ALTER TABLE counted ALTER v SET STATISTICS 1, ALTER few SET STATISTICS 1, ALTER host SET STATISTICS 1, ALTER time SET STATISTICS 1;
ANALYZE counted;
SELECT off_by('counted', 300000);
VACUUM counted;
SELECT off_by('counted', 300000);
VACUUM counted;
SELECT off_by('counted', 300000);

-- what the planner makes of it
CREATE FUNCTION estimated(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan->0->'Plan'->>'Plan Rows';
END $$;
SELECT estimated('SELECT * FROM counted') BETWEEN 290000 AND 310000 AS rows,
	estimated('SELECT * FROM counted WHERE few = 3') BETWEEN 15000 AND 50000 AS tenth;

-- partitions
CREATE TABLE parts (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2124-01-01') TO ('2124-01-02') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2124-01-02') TO ('2124-01-03') USING sydra;
INSERT INTO parts SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(0, 172799) i;
CALL sydra.seal('parts');
ANALYZE parts;
SELECT off_by('parts', 172800), off_by('parts_1', 86400);
DROP TABLE counted, parts;
DROP FUNCTION off_by, estimated;
