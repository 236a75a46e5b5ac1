-- Whatever needs an index is refused with 0A000 and a hint, and leaves nothing behind
CREATE TABLE reject (time timestamptz NOT NULL, host int, v float8) USING sydra;
CREATE INDEX ON reject (time);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX CONCURRENTLY ON reject (time);
\echo :LAST_ERROR_SQLSTATE
CREATE UNIQUE INDEX ON reject (time);
\echo :LAST_ERROR_SQLSTATE
CREATE INDEX ON reject USING brin (time);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE reject ADD PRIMARY KEY (time);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE reject ADD UNIQUE (host);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE reject ADD EXCLUDE USING btree (host WITH =);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_index WHERE indrelid = 'reject'::regclass;

CREATE TABLE reject_key (a int PRIMARY KEY) USING sydra;
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE reject_unique (a int UNIQUE) USING sydra;
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_class WHERE relname LIKE 'reject\_%';

-- a partition of an indexed table
CREATE TABLE reject_parent (a int PRIMARY KEY) PARTITION BY RANGE (a);
CREATE TABLE reject_part PARTITION OF reject_parent FOR VALUES FROM (0) TO (10) USING sydra;
\echo :LAST_ERROR_SQLSTATE
DROP TABLE reject_parent;

-- an indexed heap table
CREATE TABLE reject_heap (a int PRIMARY KEY);
INSERT INTO reject_heap VALUES (1);
ALTER TABLE reject_heap SET ACCESS METHOD sydra;
\echo :LAST_ERROR_SQLSTATE
SELECT amname, (SELECT count(*) FROM reject_heap) FROM pg_class JOIN pg_am ON pg_am.oid = relam
WHERE relname = 'reject_heap';
DROP TABLE reject_heap;

-- what would need a unique index
INSERT INTO reject VALUES ('2124-01-01', 1, 1) ON CONFLICT (time) DO NOTHING;
\echo :LAST_ERROR_SQLSTATE
INSERT INTO reject VALUES ('2124-01-01', 1, 1) ON CONFLICT DO NOTHING;
SELECT count(*) FROM reject;
DROP TABLE reject;
