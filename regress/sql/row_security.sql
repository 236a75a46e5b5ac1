-- Policies choose the rows of a metric for sydraQL as for SQL, before anything of the query's is
-- asked of a row, and as the calling user or a view's owner.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
CREATE ROLE regress_rs_alice;
CREATE ROLE regress_rs_bob;
CREATE SCHEMA rs;
GRANT USAGE, CREATE ON SCHEMA rs TO regress_rs_alice, regress_rs_bob;
CREATE TABLE rs.m (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, value float8, note text, owner text, n int8)
	USING sydra;
-- Sealed in two segments, then a head; equal times, of which the later written counts.
INSERT INTO rs.m SELECT timestamptz '2024-03-01' + i % 4000 * interval '1 s', 'h' || i % 7, i % 3, i, 'note ' || i % 5,
	CASE i % 2 WHEN 0 THEN 'regress_rs_alice' ELSE 'regress_rs_bob' END, i FROM generate_series(1, 8000) i;
CALL sydra.seal('rs.m');
INSERT INTO rs.m SELECT timestamptz '2024-03-01 01:00' + i % 1000 * interval '1 s', 'h' || i % 7, i % 3, -i, NULL,
	CASE i % 2 WHEN 0 THEN 'regress_rs_alice' ELSE 'regress_rs_bob' END, i FROM generate_series(1, 2000) i;
CALL sydra.seal('rs.m');
UPDATE rs.m SET value = value + 0.5 WHERE time < '2024-03-01 00:00:20';
INSERT INTO rs.m SELECT timestamptz '2024-03-01 00:30' + i % 500 * interval '1 s', 'head' || i % 7, i % 3, i * 10, NULL,
	CASE i % 2 WHEN 0 THEN 'regress_rs_alice' ELSE 'regress_rs_bob' END, i FROM generate_series(1, 1000) i;
ALTER TABLE rs.m ENABLE ROW LEVEL SECURITY;
CREATE TABLE rs.allowed (rack int, reader name);
INSERT INTO rs.allowed VALUES (0, 'regress_rs_alice'), (1, 'regress_rs_alice'), (2, 'regress_rs_bob');
CREATE POLICY mine ON rs.m USING (owner = current_user);
CREATE POLICY racks ON rs.m AS RESTRICTIVE USING (rack IN (SELECT a.rack FROM rs.allowed a WHERE a.reader = current_user));
GRANT SELECT ON rs.m, rs.allowed TO regress_rs_alice, regress_rs_bob;

-- What the policies leave, in a table without any.
CREATE TABLE rs.alices USING sydra AS SELECT * FROM rs.m WHERE owner = 'regress_rs_alice' AND rack IN (0, 1);
ALTER TABLE rs.alices ALTER time SET NOT NULL;
GRANT SELECT ON rs.alices TO regress_rs_alice;

-- The rows of both, whatever is asked; written in order, as equal times show.
CREATE FUNCTION rs.ask(question text, OUT rows bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE theirs ON COMMIT DROP AS SELECT r AS row FROM sydraql_to_json(format(question, 'rs.m')) r;
	CREATE TEMP TABLE plain ON COMMIT DROP AS SELECT r AS row FROM sydraql_to_json(format(question, 'rs.alices')) r;
	SELECT count(*) INTO rows FROM theirs;
	SELECT count(*) INTO differ FROM ((SELECT * FROM theirs EXCEPT ALL SELECT * FROM plain)
		UNION ALL (SELECT * FROM plain EXCEPT ALL SELECT * FROM theirs)) d;
	DROP TABLE theirs, plain;
END $$;
CREATE TABLE rs.questions (id int GENERATED ALWAYS AS IDENTITY, question text);
INSERT INTO rs.questions (question) VALUES
	('select count(*), sum(value), min(value), max(value), count(note) from %s where time >= 2024-03-01'),
	('select * from %s where time >= 2024-03-01 and time < ''2024-03-01T00:10:00Z'''),
	('select tag.host, count(*), avg(value) from %s where time >= 2024-03-01 group by tag.host'),
	('select tag.rack, time_bucket(5m, time), max(value) from %s where time >= 2024-03-01 and time < 2024-03-02 and tag.host =~ ''^h[1-3]'' group by tag.rack, time_bucket(5m, time) fill(previous)'),
	('select time, value from %s where time >= ''2024-03-01T00:30:00Z'' and tag.host != ''h3'' and value > 100 order by time desc, value limit 77'),
	('select count(*) from %s where time >= 2024-03-01 and tag.rack = ''2'''),
	('select count(*) from %s where time >= ''2031-01-01T00:00:00Z''');
GRANT SELECT ON rs.questions TO regress_rs_alice;
GRANT EXECUTE ON FUNCTION rs.ask TO regress_rs_alice;
SET ROLE regress_rs_alice;
SELECT id, a.* FROM rs.questions, rs.ask(question) a ORDER BY id;
-- First and last: of equal times the later written counts, in sealed rows too.
SELECT * FROM sydraql('select tag.rack, first(value), last(value) from rs.m where time >= 2024-03-01 group by tag.rack order by tag.rack');
SELECT rack, (array_agg(value ORDER BY time, value))[1] AS first FROM rs.m GROUP BY 1 ORDER BY 1;
SELECT plan FROM sydraql_explain('select count(*) from rs.m where time >= 2024-03-01 and tag.host = ''h1''');

-- As another role other rows; without a policy for it none.
SET ROLE regress_rs_bob;
SELECT * FROM sydraql('select tag.rack, count(*) from rs.m where time >= 2024-03-01 group by tag.rack');
SELECT rack, count(*) FROM rs.m GROUP BY 1;
RESET ROLE;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');

-- Nothing of a row that is not shown gets out, not even by an error.
CREATE FUNCTION rs.leak(value float8) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN RAISE NOTICE 'saw %', value; RETURN true; END $$;
INSERT INTO rs.m VALUES ('2024-04-01', repeat('e', 40) || '!', 1, 1, 'x', 'nobody', 9223372036854775807),
	('2024-04-01', 'open', 0, 2, 'y', 'regress_rs_alice', 3);
SET ROLE regress_rs_alice;
SELECT * FROM sydraql('select tag.host, value from rs.m where time >= 2024-04-01 and n * 2 > 0');
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-04-01 and tag.host =~ ''^(e+)+$''');
RESET ROLE;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-04-01 and n * 2 > 0');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-04-01 and tag.host =~ ''^(e+)+$''');
\echo :LAST_ERROR_SQLSTATE

-- A view reads with its owner's policies, which ask who calls; one that says so with the caller's.
SET ROLE regress_rs_alice;
CREATE VIEW rs.view AS SELECT * FROM sydraql('select tag.rack, count(*) from rs.m where time >= 2024-03-01 group by tag.rack');
CREATE VIEW rs.invoker WITH (security_invoker) AS
	SELECT * FROM sydraql('select tag.rack, count(*) from rs.m where time >= 2024-03-01 group by tag.rack');
CREATE VIEW rs.plain AS SELECT rack, count(*) FROM rs.m WHERE time >= '2024-03-01' GROUP BY rack;
CREATE VIEW rs.barrier WITH (security_barrier) AS
	SELECT * FROM sydraql('select time, value from rs.m where time >= 2024-04-01') WHERE value > 5;
GRANT SELECT ON rs.view, rs.invoker, rs.plain, rs.barrier TO regress_rs_bob;
SELECT * FROM rs.view;
SET ROLE regress_rs_bob;
SELECT * FROM rs.view;
SELECT * FROM rs.plain;
SELECT * FROM rs.invoker;
SELECT * FROM rs.barrier WHERE rs.leak(value);
RESET ROLE;

-- Policies of roles, settings, FORCE and row_security = off.
CREATE POLICY tenant ON rs.m TO regress_rs_bob USING (owner = current_setting('rs.tenant', true));
DROP POLICY racks ON rs.m;
SET ROLE regress_rs_bob;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');
SET rs.tenant = 'nobody';
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');
SELECT count(*) FROM rs.m WHERE time >= '2024-03-01';
SET row_security = off;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
RESET row_security;
RESET ROLE;
ALTER TABLE rs.m OWNER TO regress_rs_alice;
SET ROLE regress_rs_alice;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');
ALTER TABLE rs.m FORCE ROW LEVEL SECURITY;
SELECT * FROM sydraql('select count(*) from rs.m where time >= 2024-03-01');
RESET ROLE;

-- Column privileges hold beside policies, which read what the caller may not.
REVOKE SELECT ON rs.m FROM regress_rs_bob;
GRANT SELECT (time, value) ON rs.m TO regress_rs_bob;
SET ROLE regress_rs_bob;
SELECT * FROM sydraql('select count(*), max(value) from rs.m where time >= 2024-03-01');
SELECT * FROM sydraql('select count(note) from rs.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
-- A policy that reads what the caller may not fails as in SQL.
RESET ROLE;
CREATE TABLE rs.secret ();
CREATE POLICY denied ON rs.m USING (EXISTS (SELECT FROM rs.secret));
SET ROLE regress_rs_bob;
SELECT * FROM sydraql('select max(value) from rs.m where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP POLICY denied ON rs.m;

-- What is written passes the policies as well.
GRANT INSERT ON rs.m TO regress_rs_bob;
ALTER POLICY tenant ON rs.m WITH CHECK (value < 100);
SET ROLE regress_rs_bob;
SELECT * FROM sydraql('insert into rs.m (host = ''h'') values (2024-05-01, 99)');
SELECT * FROM sydraql('insert into rs.m (host = ''h'') values (2024-05-01, 100)');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA rs CASCADE;
DROP ROLE regress_rs_alice;
DROP ROLE regress_rs_bob;
