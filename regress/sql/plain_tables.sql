-- sydraQL reads any table with a timestamptz column through PostgreSQL's own executor: its answers are
-- those of a sydra table with the same rows, and its privileges and policies PostgreSQL's.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA pt;
GRANT USAGE ON SCHEMA pt TO PUBLIC;
CREATE TYPE pt.mood AS ENUM ('sad', 'ok');
CREATE TABLE pt.ours (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, v float8, n int8, note text, mood pt.mood, j jsonb)
	USING sydra;
INSERT INTO pt.ours SELECT '2024-01-01Z'::timestamptz + (i * 37 % 900) * interval '20 s', nullif('h' || i % 4, 'h3'), i % 3,
	CASE WHEN i % 5 > 0 THEN i * 7 % 100 / 4.0 END, i, CASE WHEN i % 7 > 0 THEN 'n' || i % 5 ELSE '' END, 'ok', '{"a": 1}'
	FROM generate_series(0, 2999) i;
-- The same rows: a heap with an index, partitions, a view over it, a materialized view, a file, partitions of ours.
CREATE TABLE pt.heap (ts timestamptz, host text, rack int, v float8, n int8, note text, mood pt.mood, j jsonb, drop_me int);
ALTER TABLE pt.heap DROP drop_me;
INSERT INTO pt.heap SELECT * FROM pt.ours ORDER BY n;
INSERT INTO pt.heap VALUES (NULL, 'h1', 1, 1e9, -1, 'no time', 'sad', NULL);
CREATE INDEX ON pt.heap (host, ts);
CREATE INDEX ON pt.heap (n);
CREATE INDEX ON pt.heap (v);
ANALYZE pt.heap;
CREATE TABLE pt.parts (host text, rack int, ts timestamptz NOT NULL, v float8, n int8, note varchar, mood pt.mood, j jsonb) PARTITION BY RANGE (ts);
CREATE TABLE pt.p1 PARTITION OF pt.parts FOR VALUES FROM (MINVALUE) TO ('2024-01-01 02:00Z');
CREATE TABLE pt.p2 (j jsonb, mood pt.mood, note varchar, n int8, v float8, host text, rack int, ts timestamptz NOT NULL);
ALTER TABLE pt.parts ATTACH PARTITION pt.p2 FOR VALUES FROM ('2024-01-01 02:00Z') TO (MAXVALUE);
INSERT INTO pt.parts (ts, host, rack, v, n, note, mood, j) SELECT * FROM pt.ours ORDER BY n;
CREATE VIEW pt.seen AS SELECT ts AS stamp, upper(host) AS loud, host, rack, v, n, note, mood, j FROM pt.heap WHERE n >= 0;
CREATE MATERIALIZED VIEW pt.kept AS SELECT * FROM pt.seen;
CREATE TABLE pt.mixed (LIKE pt.ours) PARTITION BY LIST (rack);
CREATE TABLE pt.m0 PARTITION OF pt.mixed FOR VALUES IN (0) USING sydra;
CREATE TABLE pt.m1 PARTITION OF pt.mixed FOR VALUES IN (1, 2);
INSERT INTO pt.mixed SELECT * FROM pt.ours ORDER BY n;
CALL sydra.seal('pt.m0');

-- How a question is answered of each table but ours: the rows that differ from ours.  Texts in the
-- question name tags, as bare names of plain columns are read as SQL reads them.
CREATE FUNCTION pt.differ(question text) RETURNS TABLE ("table" text, rows bigint, differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH "table" IN ARRAY ARRAY['heap', 'parts', 'seen', 'kept', 'mixed'] LOOP
		CREATE TEMP TABLE theirs ON COMMIT DROP AS SELECT r AS row FROM sydraql_to_json(format(question, 'pt.' || "table")) r;
		CREATE TEMP TABLE ours ON COMMIT DROP AS SELECT r AS row FROM sydraql_to_json(format(question, 'pt.ours')) r;
		SELECT count(*) INTO rows FROM theirs;
		SELECT count(*) INTO differ FROM ((SELECT * FROM theirs EXCEPT ALL SELECT * FROM ours)
			UNION ALL (SELECT * FROM ours EXCEPT ALL SELECT * FROM theirs)) d;
		DROP TABLE theirs, ours;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM pt.differ('select count(*), sum(n), min(v), max(v), count(note), count(j), avg(v) > 1 from %s where time >= 2024-01-01');
SELECT * FROM pt.differ('select time, tag.host, rack, v, n, mood, j from %s where time >= 2024-01-01T01:00:00Z and time < 2024-01-01T01:30:00Z');
SELECT * FROM pt.differ('select tag.host, count(*), max(v) from %s{host =~ /^h[12]/} where time >= 2024-01-01 and v > 3 group by tag.host');
SELECT * FROM pt.differ('select tag.host, time_bucket(10m, time) as b, max(n) from %s where time >= 2024-01-01 and time < 2024-01-02 and tag.host != ''h1'' group by tag.host, b fill(previous within 1h)');
SELECT * FROM pt.differ('select time, n from %s where time >= 2024-01-01 and tag.host in (''h0'', ''h2'') and tag.host = ''h2'' order by v desc nulls first, n limit 20 offset 5');
SELECT * FROM pt.differ('select first(n), last(n), min_time(v), percentile(v, 0.5) from %s where time >= 2024-01-01T02:00:00Z');
SELECT * FROM pt.differ('select tag.host, n from %s where time >= 2024-01-01 limit 3 by tag.host');
SELECT * FROM pt.differ('select count(*) from %s where time >= 2024-01-01 and tag.host = '''' and mood = ''ok''');
SELECT * FROM pt.differ('select t, max(c) from (select time_bucket(1h, time) as t, tag.host, count(*) as c from %s where time >= 2024-01-01 group by t, tag.host) group by t');
SELECT * FROM pt.differ('select time, a.n, b.n from %s a join time pt.ours{rack = ''1''} b match nearest on host where time >= 2024-01-01 and a.n < 300');

-- A bare name is the column as SQL has it, tag.name the tag: '' is missing.
SELECT * FROM sydraql('select note, tag.note, count(*) from pt.heap where time >= 2024-01-01 and note = '''' group by note, tag.note');
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and note != ''n1''');
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and tag.note != ''n1''');
SELECT count(*) FILTER (WHERE note <> 'n1'), count(*) FILTER (WHERE coalesce(note, '') <> 'n1') FROM pt.heap WHERE ts IS NOT NULL;
SELECT * FROM sydraql('select * from pt.seen where time >= 2024-01-01 limit 2');
SELECT * FROM sydraql('select tag.v from pt.heap where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- A text that is no tag in the query makes no series.
SET sydraql.max_series = 5;
SELECT * FROM sydraql('select count(distinct note) from pt.heap where time >= 2024-01-01 and tag.host = ''h1''');
SELECT * FROM sydraql('select tag.host, tag.note from pt.heap where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_series;
-- Rows without a time are no points.
SET sydraql.require_time_range = off;
SELECT * FROM sydraql('select count(*), max(v) from pt.heap');
RESET sydraql.require_time_range;

-- What needs to know the series asks for it to be said.
SELECT * FROM sydraql('select rate(n) from pt.heap where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select lag(n) from pt.heap where time >= 2024-01-01');
SELECT * FROM sydraql('select a.n, b.n from pt.heap a join time pt.heap b where time >= 2024-01-01');
SELECT * FROM sydraql('select time_bucket(1h, time) as b, running_sum(max(n)) from pt.heap where time >= 2024-01-01 group by b');
SELECT sydra.configure('pt.heap', tags => '{host,rack}'), sydra.configure('pt.seen', tags => '{host,rack}'),
	sydra.configure('pt.kept', tags => '{host,rack}'), sydra.configure('pt.parts', tags => '{host,rack}');
SELECT relid, dedup, time_column, tags FROM sydra.table_config WHERE relid::text LIKE 'pt.%' ORDER BY relid::text;
SELECT * FROM pt.differ('select host, tag.rack, rate(n), increase(n), integral(v), time_weighted_avg(v) from %s where time >= 2024-01-01 group by host, tag.rack');
SELECT * FROM pt.differ('select time, host, rack, n, difference(n), ema(v, 1m, 0.5) from %s where time >= 2024-01-01');
SELECT * FROM pt.differ('select time, a.n, b.n from %s a join time pt.ours b shift 1m match previous where time >= 2024-01-01');

-- The time: the only one, one of the usual names, or the one that is said.
CREATE TABLE pt.times (seen timestamptz, told timestamptz, v int);
INSERT INTO pt.times VALUES ('2024-01-01', '2023-01-01', 1), ('2023-01-02', '2024-01-02', 2);
SELECT * FROM sydraql('select v from pt.times where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.configure('pt.times', time_column => 'told');
SELECT * FROM sydraql('select * from pt.times where time >= 2024-01-01');
ALTER TABLE pt.times RENAME told TO ts;
SELECT * FROM sydraql('select * from pt.times where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.configure('pt.times', time_column => 'seen', tags => '{}');
SELECT * FROM sydraql('select *, difference(v) from pt.times where time >= 2023-01-01');
SELECT sydra.configure('pt.times', time_column => 'v');
SELECT sydra.configure('pt.times', time_column => 'none');
SELECT sydra.configure('pt.times', tags => '{seen}');
SELECT sydra.configure('pt.ours', time_column => 'time');

-- An index serves: its scan gives no more rows than the question wants.
SELECT * FROM sydraql_explain('select count(*) from pt.heap where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T02:10:00Z and host = ''h1'' and v > 2');
CREATE FUNCTION pt.read(question text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint := pg_stat_get_xact_tuples_returned('pt.heap_host_ts_idx'::regclass);
BEGIN
	PERFORM sydraql_to_json(question);
	RETURN pg_stat_get_xact_tuples_returned('pt.heap_host_ts_idx'::regclass) - before;
END $$;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT pt.read('select count(*) from pt.heap where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T02:10:00Z and tag.host = ''h1'' and v > 2') AS read,
	count(*) AS there FROM pt.heap WHERE ts >= '2024-01-01 02:00Z' AND ts < '2024-01-01 02:10Z' AND host = 'h1';
SELECT pt.read('select count(*) from pt.heap where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T02:10:00Z and tag.host in (''h1'', ''h2'')') AS read,
	count(*) AS there FROM pt.heap WHERE ts >= '2024-01-01 02:00Z' AND ts < '2024-01-01 02:10Z' AND host IN ('h1', 'h2');
SELECT sydra.configure('pt.heap', tags => '{}');
SELECT pt.read('select count(*) from pt.heap where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T02:10:00Z and host = ''h1''') AS read,
	pt.read('select count(*) from pt.heap where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T02:10:00Z and host in (''h1'', ''h2'', '''')') AS of_more;
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and (host = ''h1'' or host = ''h2'') and note = '''' and host in (''h1'', ''none'')');
SELECT count(*) FROM pt.heap WHERE note = '' AND host = 'h1';
SELECT sydra.configure('pt.heap', tags => '{host,rack}');
CREATE FUNCTION pt.scans(question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE by_n bigint := pg_stat_get_xact_tuples_returned('pt.heap_n_idx'::regclass);
	by_v bigint := pg_stat_get_xact_tuples_returned('pt.heap_v_idx'::regclass);
	answer text;
BEGIN
	SELECT string_agg(q::text, ' ') INTO answer FROM sydraql_to_json(question) q;
	by_n := pg_stat_get_xact_tuples_returned('pt.heap_n_idx'::regclass) - by_n;
	by_v := pg_stat_get_xact_tuples_returned('pt.heap_v_idx'::regclass) - by_v;
	-- The planner looks at the ends of an index, too.
	RETURN format('%s%s%s', answer, CASE WHEN by_n BETWEEN 1 AND 50 THEN ' by n' END, CASE WHEN by_v BETWEEN 10 AND 50 THEN ' by v' END);
END $$;
SELECT pt.scans('select count(*) from pt.heap where time >= 2024-01-01 and n >= 10 and n < 20'), pt.scans('select count(*) from pt.heap where time >= 2024-01-01 and 12 = n'),
	pt.scans('select count(*) from pt.heap where time >= 2024-01-01 and v > 24.5'), pt.scans('select n from pt.heap where time >= 2024-01-01 and n < 0');
RESET enable_seqscan;
RESET enable_bitmapscan;

-- INSERT and DELETE are SQL's.
CREATE TABLE pt.written (ts timestamptz NOT NULL, host text, value float8, note text DEFAULT 'none', n int GENERATED ALWAYS AS IDENTITY) PARTITION BY RANGE (ts);
CREATE TABLE pt.w1 PARTITION OF pt.written FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE VIEW pt.through AS SELECT ts, host, value FROM pt.written WHERE host = 'b' WITH CHECK OPTION;
SELECT * FROM sydraql('insert into pt.written (host = ''a'') values (2024-01-02, 1, {"note": "x"}), (2024-01-03, 2)');
SELECT * FROM sydraql('insert into pt.through (host = ''b'') values (2024-01-02, 3)');
SELECT * FROM sydraql('insert into pt.through (host = ''c'') values (2024-01-02, 3)');
SELECT * FROM sydraql('insert into pt.written values (2024-03-02, 3)');
SELECT * FROM sydraql('insert into pt.kept (host = ''c'') values (2024-03-02, null)');
SELECT * FROM pt.written ORDER BY n;
SELECT * FROM sydraql('explain delete from pt.written{host = ''a''} where time >= 2024-01-01 and time < 2024-01-03');
SELECT * FROM sydraql('delete from pt.written{host = ''a''} where time >= 2024-01-01 and time < 2024-01-03');
SELECT * FROM sydraql('delete from pt.through where time >= 2024-01-01 and time < 2024-01-03 and tag.host != ''a''');
SELECT * FROM sydraql('delete from pt.kept where time >= 2024-01-01 and time < 2024-01-03');
\echo :LAST_ERROR_SQLSTATE
TABLE pt.written;

-- Privileges: on the table for the user, behind a view for its owner.
CREATE ROLE regress_pt_user;
CREATE ROLE regress_pt_owner;
GRANT CREATE ON SCHEMA pt TO regress_pt_owner;
SET ROLE regress_pt_user;
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.configure('pt.heap', tags => '{}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (ts, v) ON pt.heap TO regress_pt_user;
GRANT SELECT ON pt.seen TO regress_pt_user;
GRANT SELECT ON pt.heap TO regress_pt_owner;
SET ROLE regress_pt_user;
SELECT * FROM sydraql('select max(v) from pt.heap where time >= 2024-01-01');
SELECT * FROM sydraql('select max(n) from pt.heap where time >= 2024-01-01');
SELECT * FROM sydraql('select max(n) from pt.seen where time >= 2024-01-01');
RESET ROLE;
ALTER VIEW pt.seen SET (security_invoker);
SET ROLE regress_pt_user;
SELECT * FROM sydraql('select max(n) from pt.seen where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER VIEW pt.seen RESET (security_invoker);
SET ROLE regress_pt_owner;
CREATE VIEW pt.owners AS SELECT * FROM sydraql('select max(n) from pt.heap where time >= 2024-01-01');
GRANT SELECT ON pt.owners TO regress_pt_user;
SET ROLE regress_pt_user;
SELECT * FROM pt.owners;
RESET ROLE;
-- Policies, and barriers: nothing of a row that is not shown is asked, and no error tells of it.
ALTER TABLE pt.heap ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON pt.heap TO regress_pt_user, regress_pt_owner USING (host = 'h1');
INSERT INTO pt.heap VALUES ('2024-02-01', 'h2', 1, 1, 9223372036854775807, 'hidden', 'ok', NULL);
CREATE VIEW pt.barrier WITH (security_barrier) AS SELECT ts, host, v, n FROM pt.heap WHERE n < 10;
GRANT SELECT ON pt.heap, pt.barrier TO regress_pt_user;
SET ROLE regress_pt_user;
SELECT * FROM sydraql('select tag.host, count(*) from pt.heap where time >= 2024-01-01 group by tag.host');
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and tag.host = ''h2''');
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and n * 2 > 0');
SELECT * FROM pt.owners;
SELECT * FROM sydraql('select count(*), max(n) from pt.barrier where time >= 2024-01-01 and n * 922337203685477580 >= 0');
RESET ROLE;
SELECT * FROM sydraql('select count(*) from pt.heap where time >= 2024-01-01 and n * 2 > 0');
\echo :LAST_ERROR_SQLSTATE

-- A foreign table.
CREATE EXTENSION file_fdw;
CREATE SERVER pt_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE pt.remote (at timestamptz, host text, v float8) SERVER pt_files
	OPTIONS (program 'printf ''2024-01-01,a,1\n2024-01-02,b,2\n2024-01-03,a,3\n''', format 'csv');
SELECT * FROM sydraql('select * from pt.remote where time >= 2024-01-02');
SELECT * FROM sydraql('select tag.host, sum(v), last(v) from pt.remote where time >= 2024-01-01 group by tag.host');
SELECT * FROM sydraql('insert into pt.remote (host = ''a'') values (2024-01-01, null)');
\echo :LAST_ERROR_SQLSTATE

-- Plans are made again when columns or what was said of them change, whatever plan_cache_mode says.
PREPARE ask AS SELECT * FROM sydraql('select count(*), count(distinct tag.host) from pt.parts where time >= 2024-01-01');
SET plan_cache_mode = force_generic_plan;
EXECUTE ask;
ALTER TABLE pt.parts RENAME host TO hostname;
EXECUTE ask;
ALTER TABLE pt.parts RENAME hostname TO host;
ALTER TABLE pt.parts ADD told timestamptz;
EXECUTE ask;
ALTER TABLE pt.parts RENAME ts TO "when";
EXECUTE ask;
SELECT sydra.configure('pt.parts', time_column => 'when');
EXECUTE ask;
RESET plan_cache_mode;
DEALLOCATE ask;
SET client_min_messages = warning;
DROP EXTENSION file_fdw CASCADE;
DROP SCHEMA pt CASCADE;
DROP ROLE regress_pt_user, regress_pt_owner;
