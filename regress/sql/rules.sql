-- Every rule gives the same answers as without it, alone and all together.
SET TimeZone = 'UTC';
CREATE TABLE rule (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, value float8, n int8)
	USING sydra;
INSERT INTO rule SELECT timestamptz '2024-03-01' + i * interval '10 s', 'h' || i % 7,
	CASE WHEN i % 3 > 0 THEN 'r' || i % 3 END, CASE WHEN i % 11 > 0 THEN i * 0.25 END, i % 13
	FROM generate_series(0, 999) i;
CALL sydra.seal('rule');
INSERT INTO rule SELECT timestamptz '2024-03-01' + i * interval '10 s', 'h' || i % 7, 'r0', i, NULL
	FROM generate_series(990, 1100) i;

CREATE FUNCTION answers(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rules text[] := '{constant_folding,boolean_simplification,time_merging,time_pushdown,tag_pushdown,value_pushdown,projection_pruning,limit_pushdown,last_point,segment_statistics}';
	rule text;
	expected jsonb;
	found jsonb;
	wrong text := '';
BEGIN
	PERFORM set_config('sydraql.disabled_rules', array_to_string(rules, ','), true);
	SELECT jsonb_agg(r) INTO expected FROM sydraql_to_json(query) r;
	FOREACH rule IN ARRAY rules || ''::text LOOP
		PERFORM set_config('sydraql.disabled_rules', rule, true);
		SELECT jsonb_agg(r) INTO found FROM sydraql_to_json(query) r;
		IF found IS DISTINCT FROM expected THEN
			wrong := wrong || ' differs without ' || rule;
		END IF;
	END LOOP;
	RETURN coalesce(jsonb_array_length(expected), 0) || ' rows' || wrong;
END
$$;

SELECT query, answers(query) FROM (VALUES
	('select * from rule where time >= 2024-03-01 limit 3'),
	('select time, host, value from rule where time >= 2024-03-01 and host = ''h1'' order by value desc limit 5 offset 2'),
	('select host, value from rule where time >= 2024-03-01 and region != ''r1'' and value > 10 + 10 limit 20 by host'),
	('select time, host from rule where (time >= 2024-03-01 + 1m and time < 2024-03-01T00:10:00Z or time >= 2024-03-01T02:00:00Z) and time > 2024-03-01T00:02:00Z and (host in (''h1'', ''h0'') or region is null) and not region = ''x'''),
	('select time_bucket(10m, time) as b, region, avg(value), first(n), last(n) from rule{host =~ /^h[0-4]/} where time between 2024-03-01 and 2024-03-01T02:00:00Z and not (value < 3) group by b, region having count(*) > 3 fill(previous) order by avg(value) desc limit 9'),
	('select host, count(distinct region), count(*) filter (where n > 3) from rule where time >= 2024-03-01 and 1 + 1 = 2 and not not region like ''r%'' group by host'),
	('select count(*), sum(n) from rule where time >= 2024-03-01 and time < 2024-02-01'),
	('select count(*) from rule where time >= 2024-03-01 and time >= 2024-03-01T01:00:00Z and time <= 2024-03-01T02:00:00Z and time < 2024-03-03 and (false or host between ''h2'' and ''h4'')'),
	('select upper(host) u, max(value) from rule where time >= 2024-03-01 and (tag.host = ''h1'' or tag.region = '''') and n in (1, 2, null) group by u order by 2 desc limit 2'),
	('select time from rule where time in (2024-03-01, 2024-03-01T00:00:10Z, 2025-01-01)'),
	('select 1 where 1 > 2 or not true'),
	('select count(*) where null')) v (query);

-- many segments: series in turns, equal times, corrections, nulls, deleted rows, and a head
CREATE TABLE many (time timestamptz NOT NULL, host sydra.tag, dc sydra.tag, f float8, f4 float4, i int4, n numeric, t timestamptz)
	USING sydra;
CREATE FUNCTION fill(part int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO many SELECT timestamptz '2024-03-01' + (part * 900 + i / 5) * interval '1 s', 'h' || i % 5, CASE WHEN i % 5 < 3 THEN 'a' END,
		CASE WHEN i % 7 > 0 THEN (i * 31 + part) % 1000 * 0.5 END, (i % 100) * 0.25, CASE WHEN part <> 2 THEN (i * 17) % 500 + part * 100 END, i,
		timestamptz '2024-01-01' + i % 11 * interval '1 day' FROM generate_series(part, 5999 + part) i
$$;
SELECT fill(0); CALL sydra.seal('many');
SELECT fill(3); CALL sydra.seal('many');
SELECT fill(1); CALL sydra.seal('many');
SELECT fill(2); CALL sydra.seal('many');
INSERT INTO many SELECT time, host, dc, -1, 3, 7, 8, t FROM many WHERE time >= '2024-03-01 00:19:50' AND i % 3 = 0; CALL sydra.seal('many');
INSERT INTO many VALUES ('2024-03-01 05:00', 'z', NULL, 'NaN', 1, 1, 1, NULL), ('2024-03-01 05:00:01', 'z', NULL, 0, 1, 1, 1, NULL);
CALL sydra.seal('many');
INSERT INTO many VALUES ('2024-03-01 06:00', 'y', 'b', '-0', -1, 5, 1, NULL), ('2024-03-01 06:00', 'y', 'b', 3, 2, 6, 2, NULL);
CALL sydra.seal('many');
INSERT INTO many SELECT time, host, dc, f + 1, f4, i, n, t FROM many WHERE time < '2024-03-01 00:00:40';
DELETE FROM many WHERE host = 'h2' AND time > '2024-03-01 01:00' OR time = '2024-03-01 00:00:01';

SELECT query, answers(query) FROM (VALUES
	('select time, host, f, i from many where time >= 2024-03-01 limit 7'),
	('select time, host, f, i, n from many where time >= 2024-03-01 order by time desc limit 7'),
	('select time, host, f from many where time >= 2024-03-01 and f > 490 order by time desc, f limit 2000 offset 90'),
	('select * from many where time >= 2024-03-01T00:19:00Z limit 1500'),
	('select host, f from many where time >= 2024-03-01 and host = ''h2'' order by time desc limit 3'),
	('select f from many where time >= 2024-03-01 and i = 312 order by time limit 4'),
	('select time, f from many where time >= 2024-03-01 order by f desc limit 4'),
	('select time, lag(f) from many where time >= 2024-03-01 and host = ''h1'' limit 4'),
	('select time_bucket(1m, time) as b, count(*) from many where time >= 2024-03-01 and time < 2024-03-02 group by b fill(null) order by b desc limit 3'),
	('select count(*) from many where time >= 2024-03-01 and f > 250 and i <= 300 and 0.5 < f4'),
	('select count(*), sum(i) from many where time >= 2024-03-01 and (f >= 1e300 or f < 3)'),
	('select host, count(*) from many where time >= 2024-03-01 and f = 0.0 and not i > 90 group by host'),
	('select time, n from many where time >= 2024-03-01 and i > 598 and n > 100 and f != 3 limit 50'),
	('select count(*) from many where time >= 2024-03-01 and f > null'),
	('select count(*), count(f), count(i), min(i), max(i), sum(i), avg(i), spread(i), min(f), max(f), spread(f), min(f4), max(f4), max(t), min(time), max(time) from many where time >= 2024-03-01'),
	('select host, count(*), min(i), max(f), sum(i) from many where time >= 2024-03-01 group by host'),
	('select time_bucket(1h, time) as b, host, count(f), min(f), max(i), avg(i) from many where time >= 2024-03-01 group by b, host'),
	('select time_bucket(1h, time) as b, min(time), max(time) from many where time >= 2024-03-01 group by b'),
	('select time_bucket(1d, t) as b, count(*) from many where time >= 2024-03-01 group by b'),
	('select count(*), min(i) from many where time >= 2024-03-01 and host in (''y'', ''z'')'),
	('select min(f), max(f) from many where time >= 2024-03-01T04:00:00Z'),
	('select max(n), count(n) from many where time >= 2024-03-01'),
	('select host, last(f) from many where time >= 2024-03-01 group by host'),
	('select first(f), last(i), last(host), first(time) from many where time >= 2024-03-01'),
	('select dc, first(i), first(f4) from many where time >= 2024-03-01 and i > 120 group by dc'),
	('select upper(host) as u, dc, last(f), first(n), last(t) from many where time >= 2024-03-01 group by u, dc'),
	('select last(f) filter (where i > 3), last(i + 1) from many where time >= 2024-03-01'),
	('select i, last(f) from many where time >= 2024-03-01 and i < 20 group by i')) v (query);

-- and read fewer rows than without the rule
CREATE FUNCTION rows_read(query text, rules text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_stat_get_xact_tuples_returned('many'::regclass);
BEGIN
	PERFORM set_config('sydraql.disabled_rules', rules, true);
	PERFORM FROM sydraql_to_json(query);
	RETURN pg_stat_get_xact_tuples_returned('many'::regclass) - before;
END
$$;
SELECT rule, rows_read(query, '') < 0.7 * rows_read(query, rule) AS fewer FROM (VALUES
	('limit_pushdown', 'select time, f from many where time >= 2024-03-01 limit 9'),
	('limit_pushdown', 'select time, f from many where time >= 2024-03-01 order by time desc limit 9'),
	('limit_pushdown', 'select time, f from many where time >= 2024-03-01 and f > 20 order by time desc limit 1 offset 8'),
	('value_pushdown', 'select avg(f) from many where time >= 2024-03-01 and i > 690'),
	('value_pushdown', 'select avg(f) from many where time >= 2024-03-01 and f = -1'),
	('last_point', 'select host, last(f) from many where time >= 2024-03-01T00:19:00Z group by host'),
	('last_point', 'select first(f) from many where time >= 2024-03-01'),
	('segment_statistics', 'select count(*), sum(i), max(f) from many where time >= 2024-03-01'),
	('segment_statistics', 'select time_bucket(2h, time) as b, count(f) from many where time >= 2024-03-01 group by b')) v (rule, query);
SELECT sydra.configure('many', dedup => 'last');
SELECT query, answers(query) FROM (VALUES
	('select time, host, f, i from many where time >= 2024-03-01 limit 900'),
	('select time, host, f, i, n from many where time >= 2024-03-01 order by time desc limit 2100'),
	('select count(*), min(i), max(f), sum(i) from many where time >= 2024-03-01 and f > -1'),
	('select host, count(*), min(i), max(f), sum(i) from many where time >= 2024-03-01 group by host'),
	('select host, first(i), last(f), last(i) from many where time >= 2024-03-01 group by host')) v (query);

-- which rules fire
SELECT plan FROM (VALUES
	(1, 'select time, f from many where time >= 2024-03-01 and f > 3 order by time desc limit 3'),
	(2, 'select host, count(*), max(i) from many where time >= 2024-03-01 group by host'),
	(3, 'select host, last(f) from many where time >= 2024-03-01 and 3 <= i and n > 1 group by host'),
	(4, 'select host, first(f), last(i) from many where time >= 2024-03-01 and i >= 3 group by host'),
	(5, 'select sum(f) from many where time >= 2024-03-01 and 9 >= f'),
	(6, 'select time, f from many where time >= 2024-03-01 limit 3 by host')) v (number, query), sydraql_explain(query)
	WITH ORDINALITY e (plan, line) ORDER BY number, line;
DROP FUNCTION fill;
DROP FUNCTION rows_read;
DROP TABLE many;

-- the setting knows its rules
SET sydraql.disabled_rules = 'time_pushdown, limit_pushdown';
SELECT plan FROM sydraql_explain('select value from rule where time >= 2024-03-01 limit 3');
SET sydraql.disabled_rules = 'time_pushdwn';
RESET sydraql.disabled_rules;

DROP FUNCTION answers;
DROP TABLE rule;
