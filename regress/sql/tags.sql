-- A tag that a series does not have reads as the empty string in comparisons, and is null elsewhere.
SET TimeZone = 'UTC';
CREATE TABLE wide (time timestamptz NOT NULL, host sydra.tag, env sydra.tag, port sydra.tag_int4,
	value float8) USING sydra;
INSERT INTO wide VALUES
	('2024-03-01', 'a', 'prod', 80, 1),
	('2024-03-01', 'b', 'test', 443, 2),
	('2024-03-01', 'c', '', NULL, 3),
	('2024-03-01', 'd', NULL, 80, 4);
CREATE TABLE native (time timestamptz NOT NULL, value float8,
	tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
INSERT INTO native SELECT time, value,
	jsonb_strip_nulls(jsonb_build_object('host', host, 'env', env, 'port', port)),
	jsonb_build_object('u', value * 10, 's', 'x' || host, 'b', value > 2)
	FROM wide;

-- hosts that a condition keeps: wide, native, and in SQL
CREATE FUNCTION keep(condition text) RETURNS TABLE (wide text, native text) LANGUAGE sql AS $$
	SELECT
		(SELECT string_agg(r ->> 'host', '' ORDER BY r ->> 'host') FROM sydraql_to_json(
			'select tag.host from wide where time >= 2024-03-01 and ' || condition) r),
		(SELECT string_agg(r ->> 'host', '' ORDER BY r ->> 'host') FROM sydraql_to_json(
			'select tag.host from native where time >= 2024-03-01 and ' || condition) r)
$$;
SELECT condition, k.* FROM (VALUES
	('tag.env = ''prod'''),
	('tag.env != ''prod'''),
	('tag.env = '''''),
	('tag.env != '''''),
	('tag.env in (''prod'', '''')'),
	('tag.env not in (''prod'', '''')'),
	('tag.env between '''' and ''q'''),
	('tag.env < ''q'''),
	('''q'' > tag.env'),
	('tag.env >= ''q'''),
	('tag.env like ''%t'''),
	('tag.env not like ''%t'''),
	('tag.env =~ /^pr/'),
	('tag.env =~ /^PR/i'),
	('tag.env !~ /^pr/'),
	('tag.env is null'),
	('tag.env is not null'),
	('not tag.env = ''prod'''),
	('not (tag.env = ''prod'' or tag.env = ''test'')'),
	('tag.env = ''prod'' and value > 3'),
	('(tag.env = ''prod'' or value > 3)'),
	('tag.port = ''80'''),
	('tag.port != ''80'''),
	('tag.env = null'),
	('tag.env = tag.host'),
	('length(tag.env) = 4')) v (condition), keep(condition) k;

-- a matcher between braces means the same
SELECT * FROM sydraql('select host from wide{env != ''prod'', host =~ /[a-c]/} where time >= 2024-03-01');
SELECT * FROM sydraql('select tag.host from native{env != ''prod'', host =~ $1} where time >= 2024-03-01', '["[a-c]"]');
SELECT * FROM sydraql('select tag.host from native where tag.env = ''test'' where time >= 2024-03-01');

-- elsewhere a missing tag is null; groups sort by bytes, nulls last
SELECT * FROM sydraql('select tag.env, count(*), min(tag.host) from wide where time >= 2024-03-01 group by tag.env');
SELECT * FROM sydraql('select tag.env, count(tag.env), coalesce(tag.env, ''none'') from native where time >= 2024-03-01 group by 1');

-- a tag column by its own name is the tag; one of another type has that type, and is a text as tag.x
SELECT * FROM sydraql('select env, port, tag.port as p from wide where time >= 2024-03-01 and port = 80');

-- odd keys
INSERT INTO native VALUES ('2024-03-01', 9, '{"odd key": "x", "n": 1.50, "b": true}');
SELECT * FROM sydraql('select tag."odd key", tag.n, tag.b, tag.none from native where time >= 2024-03-01 and tag."odd key" = ''x''');

-- fields of the jsonb are numbers unless what stands beside them is a text or a condition
SELECT * FROM sydraql('select tag.host, field.u + 1 as u, upper(field.s) as s from native where time >= 2024-03-01 and field.b order by field.u desc');
SELECT * FROM sydraql('select sum(field.u), count(field.s), count(field.none) from native where time >= 2024-03-01');
SELECT * FROM sydraql('select tag.host from native where time >= 2024-03-01 and field.s in (''xa'', ''xb'') and field.u < 15');

SELECT * FROM sydraql('select field.s, upper(field.s) as upper, sum(field.u), count(*) from native where time >= 2024-03-01 group by field.s having field.s != ''xb'' order by field.s desc');

-- a bad pattern is told before anything runs; a hostile one ends
SELECT * FROM sydraql_to_json('select value from wide where time >= 2025-03-01 and host =~ /(/');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO wide VALUES ('2024-03-01', repeat('a', 40) || 'b', NULL, NULL, 5);
SELECT * FROM sydraql_to_json('select value from wide where time >= 2024-03-01 and host =~ /^(a+)+$/');
\echo :LAST_ERROR_SQLSTATE

DROP FUNCTION keep;
DROP TABLE wide, native;

-- Twenty thousand series take no more memory than their tags.
SET client_min_messages = warning;
CREATE TABLE many_tags (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag, value float8) USING sydra;
INSERT INTO many_tags SELECT timestamptz '2024-03-01', 'host-' || i, 'r' || i % 100, i FROM generate_series(1, 20000) i;
CALL sydra.seal('many_tags');
SET sydraql.query_mem = '8MB';
SELECT * FROM sydraql('select value from public.many_tags{host = ''host-777'', rack = ''r77''} where time >= 2024-03-01');
RESET sydraql.query_mem;
DROP TABLE many_tags;
