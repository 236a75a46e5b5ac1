-- A table of as many columns as there can be, 1600, is sealed, verified, changed, merged and read.
CREATE SCHEMA widest;
SET search_path = widest, public;
\set ECHO none
SELECT format('CREATE TABLE twin (time timestamptz NOT NULL, %s) USING heap', string_agg(format('c%s int2', i), ', ' ORDER BY i))
	FROM generate_series(1, 1599) i \gexec
CREATE TABLE wide (LIKE twin) USING sydra;
SELECT format('INSERT INTO twin SELECT ''2024-01-01''::timestamptz + r * interval ''1 s'', %s FROM generate_series(1, 100) r',
		string_agg(format('CASE WHEN (r + %s) %% 7 > 0 THEN r * %s %% 30011 END', i, i), ', ' ORDER BY i))
	FROM generate_series(1, 1599) i \gexec
\set ECHO all
INSERT INTO wide TABLE twin;
CREATE VIEW differences AS
	(SELECT w::text FROM wide w EXCEPT ALL SELECT t::text FROM twin t)
	UNION ALL
	(SELECT t::text FROM twin t EXCEPT ALL SELECT w::text FROM wide w);
CREATE VIEW few AS
	SELECT time, c1, c800, c1598, c1599, (ctid::text::point)[0] >= 2147483648 AS sealed FROM wide WHERE time < '2024-01-01 00:00:05' ORDER BY time;
CALL sydra.seal('wide');
SELECT kind, rows FROM sydra.segments WHERE metric = 'wide'::regclass;
SELECT * FROM sydra.verify('wide');
SELECT * FROM few;
SELECT count(*) FROM differences;
SELECT count(*), count(c1), sum(c800), min(c1599), max(c1599) FROM wide;
SELECT count(*), count(c1), sum(c800), min(c1599), max(c1599) FROM twin;
SELECT * FROM sydraql('select count(*), count(c1), sum(c800), min(c1599), max(c1599) from widest.wide where time >= 2024-01-01');

-- the first, the last, all and some rows
UPDATE wide SET c1 = -1, c1599 = -c1599 WHERE time <= '2024-01-01 00:00:03';
UPDATE twin SET c1 = -1, c1599 = -c1599 WHERE time <= '2024-01-01 00:00:03';
DELETE FROM wide WHERE c800 IS NULL;
DELETE FROM twin WHERE c800 IS NULL;
SELECT * FROM few;
SELECT count(*) FROM differences;
CALL sydra.seal('wide');
CALL sydra.merge('wide');
SELECT kind, rows FROM sydra.segments WHERE metric = 'wide'::regclass;
SELECT * FROM sydra.verify('wide');
SELECT * FROM few;
SELECT count(*) FROM differences;
\set VERBOSITY terse
ALTER TABLE wide ADD COLUMN one_more int2;
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DROP SCHEMA widest CASCADE;
