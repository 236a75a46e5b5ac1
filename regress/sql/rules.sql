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
	rules text[] := '{constant_folding,boolean_simplification,time_merging,time_pushdown,tag_pushdown,projection_pruning,limit_pushdown}';
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

-- the setting knows its rules
SET sydraql.disabled_rules = 'time_pushdown, limit_pushdown';
SELECT plan FROM sydraql_explain('select value from rule where time >= 2024-03-01 limit 3');
SET sydraql.disabled_rules = 'time_pushdwn';
RESET sydraql.disabled_rules;

DROP FUNCTION answers;
DROP TABLE rule;
