-- Any text is answered with rows or with an error of the language, whatever the parameters, and what
-- is described is what comes: valid queries, a word or two of each changed, by a fixed seed.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA mutation;
SET search_path = mutation, public;
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TABLE native (time timestamptz NOT NULL, value float8, tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
CREATE TABLE wide (time timestamptz NOT NULL, host sydra.tag, port sydra.tag_int4, v float8, i int4, b bool, s text, c colour, d date, j jsonb) USING sydra;
INSERT INTO native SELECT '2024-03-01Z'::timestamptz + n * interval '7 min', nullif(n % 11, 0) / 4.0, CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN '{"host": "a", "port": 80}' ELSE '{"host": "é", "on": true}' END::jsonb,
	CASE n % 3 WHEN 0 THEN '{"n": 1, "s": "k"}' WHEN 1 THEN '{"n": "x", "s": [1]}' END::jsonb FROM generate_series(0, 39) n;
INSERT INTO wide SELECT '2024-03-01Z'::timestamptz + n * interval '7 min', (ARRAY['a', 'b', '', NULL])[1 + n % 4], nullif(n % 3 * 40, 0), CASE n % 9 WHEN 0 THEN NULL WHEN 8 THEN 'NaN' ELSE n / 4.0 END,
	nullif(n % 7, 0) - 3, n % 2 = 0, nullif('t' || n % 5, 't0'), (enum_range(NULL::colour))[1 + n % 2], '2024-01-01'::date + n, jsonb_build_object('x', n) FROM generate_series(0, 39) n;
CALL sydra.seal('wide');
INSERT INTO wide SELECT time + interval '5 h', host, port, v, i, b, s, c, d, j FROM wide;

CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
	('select * from native where time >= 2024-03-01'),
	('select time, value, tag.host, tag."odd key", field.n, field.s from native where time >= 2024-03-01T00:30:00Z and time < 2024-03-01T12:00:00+02:00'),
	('select count(*), sum(value), avg(value), min(value), max(value) from native where time between 2024-03-01 and 2024-03-02'),
	('select time_bucket(1h, time) as b, tag.host, avg(value) from native where time >= 2024-03-01 and time < 2024-03-02 group by b, tag.host order by b desc, 2 nulls first limit 10 offset 2'),
	('select host, avg(v) a from wide where time >= 2024-03-01 and host =~ /^[ab]/i group by host having avg(v) > 1 order by a'),
	('select time_bucket(1d, time, ''Europe/Berlin'') as b, sum(i) from wide where time >= 2024-03-01 and time < 2024-03-05 group by b fill(0)'),
	('select time_bucket(1h, time) as b, sum(i), avg(v) + 1 from wide where time >= 2024-03-01 and time < 2024-03-02 group by b fill(linear within 2h)'),
	('select time_bucket(1h, time) as b, last(s), first(c) from wide where time >= 2024-03-01 and time < 2024-03-02 group by b fill(previous within 30m)'),
	('select time_bucket(1mo, time) b, count(distinct host) from wide where time >= 2024-03-01 - 1mo and time < 2024-03-05 group by b fill(null)'),
	('select * from wide{host = ''a'', port != ''80''} where time >= 2024-03-01 limit 3 by port offset 1'),
	('select host, port, tag.port from wide x where tag.host in (''a'', '''') where time >= 2024-03-01 and x.i > 3'),
	('select i + i * 2 - -3, i / 2, i % 3, -v, v / 0 from wide where time >= 2024-03-01 and i is not null'),
	('select count(*) filter (where v > 3 or not b), stddev(v), variance(i), spread(v) from wide where time > 2024-03-01'),
	('select abs(v), round(v, 1), pow(v, 2), sqrt(v), log(v, 2), atan2(v, 1), mod(i, 3), clamp(i, 0, 5), greatest(i, v, 1.5) from wide where time >= 2024-03-01'),
	('select coalesce(s, host, ''none''), nullif(s, ''t1''), if(b, ''yes'', ''no''), upper(s), length(s), concat(s, ''-'', host, i), substr(s, 1, 1), replace(s, ''t'', ''é'') from wide where time >= 2024-03-01'),
	('select date_part(''hour'', time) as h, count() from wide where time >= 2024-03-01 group by h'),
	('select to_epoch(time), time - 2024-03-01, time + 1h30m, d - 1d from wide where time >= 1709251200 and time <= 1709337600'),
	('select min_time(v), max_time(i), first(time), last(time) from wide where time >= 2024-03-01 and c = ''red'''),
	('select s like ''t_'', s not like ''%1'', s is null, not b, b and true or false, v != 3 from wide where time >= 2024-03-01 and s !~ ''1$'''),
	('select count(*) from native where time >= $1 and tag.host = $2 and value < $3'),
	('select count(*), :x + 1 from native where time >= :since and tag.host != :host limit :n'),
	('select time_bucket(1h, time) b, avg(i) from wide where time >= 2024-03-01 and time < $1 group by b fill($2)'),
	('select * from native{host =~ $1, env != $2} where time >= $3'),
	('select 1, ''x'', true, null, 1.5e3, 2024-03-01, 5m, $1'),
	('select sum(field.n), count(field.s), max(field.s) from native where time >= 2024-03-01 and field.s = ''k'''),
	('select sum(i) * 2 + max(v), sum(i) > 3 from wide where time >= 2024-03-01 and (time < 2024-03-01T10:00:00Z or time > ''2024-03-02'') and not (i < 3 and v > 5)'),
	('show series from wide where tag.host = ''a'' or host =~ /x/'),
	('show values of host from native where tag.env in ($1, ''x'')'),
	('show tags from wide where port > 5'),
	('explain analyze format json select sum(v), first(s) from wide where time >= 2024-03-01 group by tag.host'),
	('explain select avg(v) from wide where time >= 2024-03-01 and v > 1 and tag.host = ''a'''),
	('insert into native (host = ''a'', env = ''x'') values (2024-03-01, 1.5, {"a": [1, {"b": null}]}), (2024-03-02, null)'),
	('select rate(v), lag(v) from wide where time >= 2024-03-01 group by time_bucket(1h, time)'),
	('delete from wide where time >= 2024-03-01 and time < 2024-03-02 and tag.host = ''a''');

-- operands and operators of a language that grew, to put in another's place
CREATE TABLE operands AS SELECT ARRAY['time', 'value', 'v', 'i', 's', 'c', 'b', 'd', 'j', 'host', 'port', 'tag.host', 'tag.port', 'tag.nope', 'field.n', 'field.s', '$1', '$2', ':x', 'now()', 'count(*)', 'sum(i)',
	'avg(v)', 'first(s)', 'max(time)', '(time - 2024-03-01)', '(i > 3)', '5m', '1h', '1mo', '2024-03-01', '5', '1.5', '''a''', '''2024-03-01''', 'null', 'true', 'coalesce(s, host)', '-i', 'not b', 'if(b, 1, 2.5)',
	'(v is null)', 'time_bucket(1h, time)', 'time_bucket(1mo, time)', 'length(s)', 'tags', 'fields', '*', '9223372036854775807', '1e308', '''''', '/(a+)+$/', ''''] AS operand,
	ARRAY['=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'and', 'or', '=~', 'like', 'in', ',', '(', ')', ''] AS operator,
	ARRAY['"a"', '"2024-03-01"', '1709251200', '5', '-1', '1.5', 'true', 'null', '[1]', '{}', '""', '"("', '1e400', '"1h"']::jsonb[] AS value;

CREATE FUNCTION any_of(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS 'SELECT $1[1 + floor(random() * cardinality($1))::int]';
CREATE FUNCTION mutate(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	words text[];
	place int;
	pool operands;
BEGIN
	SELECT * INTO pool FROM operands;
	SELECT array_agg(lexeme ORDER BY position) INTO words FROM sydra.tokens(query) WHERE lexeme != '';
	FOR change IN 1 .. 1 + floor(random() * 1.3)::int LOOP
		FOR try IN 1 .. 20 LOOP
			place := 1 + floor(random() * cardinality(words))::int;
			EXIT WHEN random() < 0.1 OR words[place] !~* '^(select|from|where|group|order|by|having|fill|limit|values|insert|into|explain|[.,(){}])$'
				AND coalesce(words[place + 1], '') NOT IN ('(', '.');
		END LOOP;
		CASE
			WHEN random() < 0.1 THEN words := words[:place - 1] || words[place + 1:];
			WHEN random() < 0.1 THEN words := words[:place] || words[place:];
			WHEN words[place] = ANY (pool.operator) THEN words[place] := any_of(pool.operator);
			ELSE words[place] := any_of(pool.operand);
		END CASE;
	END LOOP;
	RETURN replace(array_to_string(words, ' '), ' . ', '.');
END $$;
CREATE FUNCTION arguments(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	value jsonb[] := (SELECT operands.value FROM operands);
	filled jsonb;
BEGIN
	IF random() < 0.05 THEN
		RETURN any_of(value);
	END IF;
	IF query ~ '\$[1-9]' THEN
		filled := '[]';
		FOR place IN 1 .. (SELECT max(n[1]::int) FROM regexp_matches(query, '\$([1-9])', 'g') n) LOOP
			filled := filled || jsonb_build_array(any_of(value));
		END LOOP;
		RETURN filled;
	END IF;
	RETURN (SELECT coalesce(jsonb_object_agg(n[1], any_of(value)), '{}') FROM regexp_matches(query, ':([a-z]+)', 'g') n);
END $$;

-- One query, rolled back: NULL when all is well, else what is wrong.
CREATE FUNCTION fault_of(query text, parameters jsonb, OUT fault text, OUT answered bool) LANGUAGE plpgsql AS $$
DECLARE
	described text;
	got text;
	detail text;
	hint text;
BEGIN
	BEGIN
		EXECUTE format('CREATE TEMP TABLE answer AS SELECT * FROM sydraql(%L, %L)', query, parameters);
		SELECT string_agg(name || ' ' || type::text, ', ' ORDER BY position) INTO described FROM sydraql_describe(query);
		SELECT string_agg(attname || ' ' || atttypid::regtype::text, ', ' ORDER BY attnum) INTO got FROM pg_attribute WHERE attrelid = 'answer'::regclass AND attnum > 0;
		RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
	EXCEPTION
		WHEN SQLSTATE 'ZZZZZ' THEN
			answered := true;
			IF described IS DISTINCT FROM got THEN
				fault := format('described as (%s), but (%s) came', described, got);
			END IF;
		WHEN query_canceled OR OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			IF SQLERRM !~ '^ERR_' OR SQLSTATE ~ '^XX' OR detail = '' OR hint = '' THEN
				fault := format('%s %s (%s) (%s)', SQLSTATE, SQLERRM, detail, hint);
			END IF;
	END;
END $$;

SELECT count(*) AS faults_of_valid FROM queries, fault_of(query, CASE WHEN query LIKE '%$3%' THEN '["2024-03-01", "a", 3]' ELSE '{}' END::jsonb) WHERE fault IS NOT NULL;
SET sydraql.auto_create_metrics = off;
CREATE TABLE runs (query text, parameters jsonb, fault text, answered bool);
DO $$
DECLARE
	mutated text;
	parameters jsonb;
BEGIN
	PERFORM setseed(0.25);
	FOR round IN 1 .. 3000 LOOP
		SELECT mutate(query) INTO mutated FROM queries WHERE id = 1 + round % 30;
		parameters := arguments(mutated);
		INSERT INTO runs SELECT mutated, parameters, fault, answered FROM fault_of(mutated, parameters);
	END LOOP;
END $$;
SELECT query, parameters, fault FROM runs WHERE fault IS NOT NULL LIMIT 10;
SELECT count(*) AS runs, count(*) FILTER (WHERE answered) > 150 AS many_have_answers FROM runs;
RESET search_path;
DROP SCHEMA mutation CASCADE;
