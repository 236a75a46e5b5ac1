-- A prepared transaction keeps its sealed rows from others, and ends both ways.  It needs a server with
-- max_prepared_transactions > 0.
CREATE SCHEMA dml_prepared;
SET search_path = dml_prepared, public;
SET client_min_messages = warning;
CREATE TABLE h (time timestamptz NOT NULL, host sydra.tag, v int, note text);
INSERT INTO h SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'host' || i % 3, i, 'note ' || i
	FROM generate_series(1700, 1730) i;
CREATE TABLE s (LIKE h) USING sydra;
INSERT INTO s SELECT * FROM h;
CALL sydra.seal('s');
CREATE FUNCTION differ(OUT missing bigint, OUT extra bigint) LANGUAGE sql VOLATILE AS $$
	SELECT (SELECT count(*) FROM (SELECT * FROM h EXCEPT ALL SELECT * FROM s) x),
		   (SELECT count(*) FROM (SELECT * FROM s EXCEPT ALL SELECT * FROM h) x) $$;
BEGIN;
DELETE FROM s WHERE v BETWEEN 1702 AND 1709;
UPDATE s SET note = 'prepared' WHERE v BETWEEN 1712 AND 1719;
PREPARE TRANSACTION 'dml_prepared';
SELECT count(*), count(*) FILTER (WHERE note = 'prepared') AS prepared FROM s WHERE v BETWEEN 1702 AND 1719;
SELECT v FROM s WHERE v = 1703 FOR UPDATE NOWAIT;
\echo :LAST_ERROR_SQLSTATE
SELECT v FROM s WHERE v = 1703 FOR UPDATE SKIP LOCKED;
ROLLBACK PREPARED 'dml_prepared';
SELECT * FROM differ();
BEGIN;
DELETE FROM s WHERE time < '2124-02-01';
PREPARE TRANSACTION 'dml_prepared';
SELECT count(*) FROM s;
SELECT v FROM s WHERE v = 1703 FOR UPDATE SKIP LOCKED;
ROLLBACK PREPARED 'dml_prepared';
SELECT * FROM differ();
BEGIN;
DELETE FROM s WHERE v BETWEEN 1702 AND 1709;
UPDATE s SET note = 'prepared' WHERE v BETWEEN 1712 AND 1719;
PREPARE TRANSACTION 'dml_prepared';
COMMIT PREPARED 'dml_prepared';
DELETE FROM h WHERE v BETWEEN 1702 AND 1709;
UPDATE h SET note = 'prepared' WHERE v BETWEEN 1712 AND 1719;
SELECT * FROM differ();
BEGIN;
DELETE FROM s WHERE time < '2124-02-01';
PREPARE TRANSACTION 'dml_prepared';
COMMIT PREPARED 'dml_prepared';
SELECT count(*) FROM s;
SELECT * FROM sydra.verify('s');
DROP SCHEMA dml_prepared CASCADE;
