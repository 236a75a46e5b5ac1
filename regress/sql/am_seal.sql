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

-- Values of every width and alignment; rows with nulls, rows from before a column, and a column that went.
CREATE TABLE widths (c "char", time timestamptz NOT NULL, b bool, host sydra.tag, s int2, i int4, t text, d date, f float4,
	g float8, gone int, n numeric, u uuid, l name, k sydra.tag_int4, a int[], v interval, p char(3), m macaddr, o oid) USING sydra;
INSERT INTO widths SELECT chr(65 + x % 26)::"char", '2024-01-01'::timestamptz + x * interval '1 s', x % 3 = 0, 'h' || x % 700,
	x % 100, x, repeat('y', x % 300), '2024-01-01'::date + x, x / 3.0, x / 7.0, 1, x * 1.5, md5(x::text)::uuid, 'n' || x, x % 5,
	ARRAY[x, NULL, 1], x * interval '1 minute', 'ab', '08:00:2b:01:02:03', x FROM generate_series(1, 3000) x;
INSERT INTO widths (c, time, b, host, s, t) SELECT CASE WHEN x % 2 = 0 THEN 'a'::"char" END,
	'2024-01-02'::timestamptz + x * interval '1 s', CASE WHEN x % 3 = 0 THEN true END, CASE WHEN x % 5 > 0 THEN 'h' || x % 7 END,
	NULLIF(x % 4, 0), CASE WHEN x % 2 = 1 THEN repeat('long', 1000 * (x % 3)) END FROM generate_series(1, 500) x;
ALTER TABLE widths ADD COLUMN later int8 DEFAULT 42, ADD COLUMN note text DEFAULT 'late';
INSERT INTO widths SELECT * FROM widths;
ALTER TABLE widths DROP COLUMN gone;
CREATE TABLE widths_twin AS SELECT * FROM widths;
CALL sydra.seal('widths');
SELECT head('widths'), count(*), sum(later) FROM widths;
SELECT count(*) AS lost FROM (SELECT * FROM widths_twin EXCEPT ALL SELECT * FROM widths) x;
SELECT count(*) AS made FROM (SELECT * FROM widths EXCEPT ALL SELECT * FROM widths_twin) x;
DROP TABLE widths, widths_twin;

DROP TABLE sealed, plain, timeless CASCADE;
DROP FUNCTION head, seal_it;
