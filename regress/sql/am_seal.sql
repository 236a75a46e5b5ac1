-- CALL sydra.seal() moves what it may, when it may, for whom it may
SET sydraql.enable_scan = off;
CREATE TABLE sealed (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO sealed SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 5000) i;
CREATE FUNCTION head(t regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s WHERE (ctid::text::point)[0] < 2147483648', t) INTO n;
	RETURN n;
END $$;

BEGIN;
CALL sydra.seal('sealed');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DO $$ BEGIN CALL sydra.seal('sealed'); END $$;
SELECT head('sealed'), count(*), sum(v) FROM sealed;
CREATE FUNCTION seal_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL sydra.seal('sealed'); END $$;
SELECT seal_it();
\echo :LAST_ERROR_SQLSTATE
SET default_transaction_isolation = 'repeatable read';
CALL sydra.seal('sealed');
\echo :LAST_ERROR_SQLSTATE
RESET default_transaction_isolation;
SET default_transaction_read_only = on;
CALL sydra.seal('sealed');
\echo :LAST_ERROR_SQLSTATE
RESET default_transaction_read_only;

-- not for everybody
CREATE ROLE regress_sealer;
GRANT ALL ON sealed TO regress_sealer;
SET ROLE regress_sealer;
CALL sydra.seal('sealed');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra_catalog.seal_status;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- but for an owner without other rights
ALTER TABLE sealed OWNER TO regress_sealer;
INSERT INTO sealed SELECT '2124-01-02'::timestamptz + i * interval '1 s', i FROM generate_series(1, 5000) i;
SET ROLE regress_sealer;
CALL sydra.seal('sealed');
RESET ROLE;
SELECT head('sealed'), count(*), sum(v) FROM sealed;
ALTER TABLE sealed OWNER TO CURRENT_USER;
REVOKE ALL ON sealed FROM regress_sealer;
DROP ROLE regress_sealer;

-- what is no sydra table
CREATE TABLE plain (time timestamptz NOT NULL);
CALL sydra.seal('plain');
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW seen AS TABLE plain;
CALL sydra.seal('seen');
\echo :LAST_ERROR_SQLSTATE
CALL sydra.seal('nowhere');
\echo :LAST_ERROR_SQLSTATE
CALL sydra.seal(NULL);
\echo :LAST_ERROR_SQLSTATE
-- no time column
CREATE TABLE timeless (a int) USING sydra;
INSERT INTO timeless VALUES (1);
CALL sydra.seal('timeless');
\echo :LAST_ERROR_SQLSTATE
SELECT relid::regclass, rows, refused FROM sydra_catalog.seal_status
WHERE relid IN ('timeless'::regclass, 'sealed'::regclass) ORDER BY refused;

-- batches
SET sydraql.seal_batch_rows = 1024;
INSERT INTO sealed SELECT '2124-01-03'::timestamptz + i * interval '1 s', i FROM generate_series(1, 5000) i;
CALL sydra.seal('sealed');
SELECT head('sealed'), count(*), sum(v) FROM sealed;
RESET sydraql.seal_batch_rows;

-- deleted, aborted and updated rows
INSERT INTO sealed SELECT '2124-01-04'::timestamptz + i * interval '1 s', i FROM generate_series(1, 100) i;
DELETE FROM sealed WHERE time > '2124-01-04' AND v % 2 = 0;
UPDATE sealed SET v = v + 1000000 WHERE time > '2124-01-04' AND v % 5 = 0;
BEGIN;
INSERT INTO sealed SELECT '2124-01-05'::timestamptz + i * interval '1 s', i FROM generate_series(1, 100) i;
ROLLBACK;
CALL sydra.seal('sealed');
SELECT head('sealed'), count(*), sum(v) FROM sealed;

DROP TABLE sealed, plain, timeless CASCADE;
DROP FUNCTION head, seal_it;
