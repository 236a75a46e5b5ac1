-- sydraql_from_sql(): of a hundred queries of SQL at least eighty have a translation, which gives the same rows; the
-- rest are refused with 0A000, a place and a hint.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA shop;
CREATE TABLE shop.cpu (time timestamptz NOT NULL, host sydra.tag, env sydra.tag, usage float8, temp float8, cores int4,
	ok bool, note text) USING sydra;
INSERT INTO shop.cpu SELECT timestamptz '2024-03-01' + i * interval '7 min', 'web' || i % 4,
		CASE WHEN i % 3 > 0 THEN 'env' || i % 3 END, (i * 37 % 101) / 4.0, CASE WHEN i % 5 > 0 THEN i % 13 END, i % 9,
		CASE WHEN i % 7 > 0 THEN i % 2 = 0 END, CASE WHEN i % 4 > 0 THEN 'note ' || i % 6 END
	FROM generate_series(0, 599) i;
INSERT INTO shop.cpu SELECT now() - i * interval '1 min', 'live', 'prod', i, i, i, true, 'Live' FROM generate_series(0, 99) i;
SELECT sydra.seal('shop.cpu') > 0 AS sealed;
INSERT INTO shop.cpu VALUES ('2024-03-05', 'head', NULL, 3.5, NULL, 2, NULL, NULL);
CREATE TABLE shop.req (time timestamptz NOT NULL, value float8, tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
INSERT INTO shop.req SELECT timestamptz '2024-03-01' + i * interval '11 min', i % 17,
		jsonb_strip_nulls(jsonb_build_object('path', '/p' || i % 5, 'region', CASE WHEN i % 3 > 0 THEN 'r' || i % 3 END)),
		jsonb_build_object('status', 'S' || i % 4, 'bytes', i * 10)
	FROM generate_series(0, 299) i;
CREATE TABLE shop."Odd Name" (time timestamptz NOT NULL, "Host" sydra.tag, "order" float8, "Time" int4) USING sydra;
INSERT INTO shop."Odd Name" SELECT timestamptz '2024-03-01' + i * interval '1 h', 'h' || i % 2, i, i FROM generate_series(0, 9) i;

CREATE TABLE query (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sql text NOT NULL);
INSERT INTO query (sql) VALUES
-- ranges of time
($$SELECT time, host, usage FROM shop.cpu WHERE time >= '2024-03-01' AND time < '2024-03-02'$$),
($$SELECT * FROM shop.cpu WHERE time BETWEEN '2024-03-01 06:00' AND '2024-03-01 07:00'$$),
($$SELECT c.host, c.usage FROM shop.cpu c WHERE c.time >= timestamptz '2024-03-01 12:00:00+02' AND c.time < '2024-03-02T00:00:00Z'$$),
($$SELECT count(*) FROM shop.cpu WHERE time > now() - interval '1 hour'$$),
($$SELECT avg(usage) FROM shop.cpu WHERE time > now() - '30 minutes'::interval AND time <= now()$$),
($$SELECT max(usage) FROM shop.cpu WHERE time >= CURRENT_TIMESTAMP - INTERVAL '1' HOUR$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= current_date - interval '10 days'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= date '2024-03-01' AND time < date '2024-03-01' + interval '36 hours'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-01-01'::date AND time < now() - interval '1 month'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= to_timestamp(1709251200) AND time < to_timestamp(1709337600.5)$$),
($$SELECT min(time), max(time) FROM shop.cpu WHERE time >= '2024-03-01' AND NOT time >= '2024-03-02'$$),
($$SELECT usage FROM shop.cpu WHERE time = '2024-03-01 00:07:00' OR time = '2024-03-01 00:14:00'$$),
-- buckets
($$SELECT date_trunc('hour', time), avg(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1 ORDER BY 1$$),
($$SELECT date_trunc('day', time) AS day, host, max(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY day, host ORDER BY day, host$$),
($$SELECT date_trunc('week', time) AS week, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY date_trunc('week', time)$$),
($$SELECT date_trunc('month', time) AS month, sum(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY month$$),
($$SELECT date_trunc('quarter', time) AS q, date_trunc('year', time) AS y, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1, 2$$),
($$SELECT date_trunc('day', time, 'Europe/Berlin') AS day, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1$$),
($$SELECT time_bucket('5 minutes', time) AS bucket, avg(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY bucket ORDER BY bucket$$),
($$SELECT time_bucket(interval '1 day', time, '2024-03-01 06:00') AS bucket, avg(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY bucket$$),
($$SELECT date_bin('15 minutes', time, timestamptz '2001-01-01') AS bucket, min(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY bucket$$),
($$SELECT time::date AS day, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1$$),
($$SELECT extract(hour FROM time) AS hour, avg(temp) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1 ORDER BY 1$$),
($$SELECT host, extract(epoch FROM max(time)) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host$$),
($$SELECT date_part('dow', time) AS d, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1$$),
-- tags
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host = 'web1'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host <> 'web1' AND env != 'env1'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host IN ('web1', 'web2', 'nobody')$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env NOT IN ('env1', 'prod')$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host = ANY (ARRAY['web1', 'web3'])$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env <> ALL (ARRAY['env1'])$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host LIKE 'web%' AND env NOT LIKE '%1'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND note ILIKE '%LIVE'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND note NOT ILIKE 'n_te 1'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host ~ '^web[12]$'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND host ~* 'WEB' AND env !~ '^env1'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env ~ '.*'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND NOT (env = 'env1' OR host LIKE 'web2%')$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND (env < 'env2' OR usage > 20)$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env IS NULL$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env IS NOT NULL AND env BETWEEN 'env1' AND 'env2'$$),
($$SELECT host, env, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host, env$$),
($$SELECT DISTINCT host, env FROM shop.cpu WHERE time >= '2024-03-01' ORDER BY host$$),
($$SELECT upper(host) AS h, length(host) FROM shop.cpu WHERE time >= '2024-03-01' AND lower(env) = 'env2'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env = note$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND env <> lower(note)$$),
-- aggregates
($$SELECT count(*), count(temp), count(DISTINCT host), sum(usage), min(usage), max(usage) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT count(*) FILTER (WHERE usage > 10), avg(usage) FILTER (WHERE host = 'web1') FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT host, round(stddev(usage)::numeric, 3), round(var_pop(usage)::numeric, 3) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host$$),
($$SELECT host, first(usage, time), last(usage, time) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host ORDER BY host$$),
($$SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY usage) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT host, percentile_cont(0.5) WITHIN GROUP (ORDER BY temp) AS median FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host$$),
($$SELECT host, avg(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host HAVING avg(usage) > 12 AND count(*) > 10$$),
($$SELECT host, max(usage) - min(usage) AS range FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host ORDER BY range DESC, host$$),
($$SELECT count(*) / 60 AS a, count(*) % 7 AS b, count(*)::float8 / 60 AS c FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT sum(CASE WHEN usage > 20 THEN 1 ELSE 0 END), sum(CASE host WHEN 'web1' THEN usage END) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT avg(COALESCE(temp, 0)), avg(NULLIF(temp, 0)) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT host, 100.0 * count(*) FILTER (WHERE ok) / count(*) AS share FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host$$),
($$SELECT host, count(*) AS n FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3$$),
-- rows, order and limits
($$SELECT time, usage FROM shop.cpu WHERE time >= '2024-03-01' ORDER BY usage DESC, time LIMIT 10$$),
($$SELECT time, temp FROM shop.cpu WHERE time >= '2024-03-01' ORDER BY temp NULLS FIRST, time LIMIT 5 OFFSET 3$$),
($$SELECT time, temp FROM shop.cpu WHERE time >= '2024-03-01' ORDER BY temp DESC NULLS LAST, time FETCH FIRST 5 ROWS ONLY$$),
($$SELECT DISTINCT ON (host) host, time, usage FROM shop.cpu WHERE time >= '2024-03-01' ORDER BY host, time DESC$$),
($$SELECT host, usage FROM shop.cpu WHERE time >= '2024-03-01' AND host = 'web0' ORDER BY time DESC LIMIT 1$$),
($$SELECT time, usage * 2 + 1 AS double, -usage, usage ^ 2 AS square, abs(usage - 10) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT time, greatest(usage, temp), least(usage, temp), floor(usage), ceil(usage), sqrt(usage) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT time, usage::numeric(10, 1), cores / 2.0 AS half, cores % 4 AS rest FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND ok IS NOT TRUE$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND NOT ok AND usage NOT BETWEEN 5 AND 15$$),
($$SELECT CASE WHEN usage > 20 THEN 'high' WHEN usage > 10 THEN 'middle' ELSE 'low' END AS level, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY 1$$),
($$SELECT substring(note FROM 1 FOR 3), replace(note, 'note', 'n') FROM shop.cpu WHERE time >= '2024-03-01' AND note IS NOT NULL$$),
-- native metrics and odd names
($$SELECT time, value, tags ->> 'path' AS path FROM shop.req WHERE time >= '2024-03-01' AND tags ->> 'region' = 'r1'$$),
($$SELECT tags ->> 'region' AS region, avg(value) FROM shop.req WHERE time >= '2024-03-01' GROUP BY 1$$),
($$SELECT count(*) FROM shop.req WHERE time >= '2024-03-01' AND tags ->> 'region' <> 'r1' AND tags ->> 'path' LIKE '/p%'$$),
($$SELECT avg((fields ->> 'bytes')::float8) FROM shop.req WHERE time >= '2024-03-01' AND (fields ->> 'bytes')::int > 100$$),
($$SELECT fields ->> 'status' AS status, count(*) FROM shop.req WHERE time >= '2024-03-01' GROUP BY fields ->> 'status'$$),
($$SELECT "Host", "order", "Time" FROM shop."Odd Name" WHERE time >= '2024-03-01' AND "order" > 2 AND "Time" < 8$$),
($$SELECT "Odd Name"."Host", sum("Odd Name"."order") AS "Sum of it" FROM shop."Odd Name" WHERE time >= '2024-03-01' GROUP BY "Host" ORDER BY "Sum of it"$$),
-- writing
($$INSERT INTO shop.req (time, value, tags, fields) VALUES ('2025-01-01', 1.5, '{"path": "/new"}', '{"status": "new"}')$$),
($$INSERT INTO shop.req (time, value) VALUES ('2025-01-02 01:00:00+01', 1), (timestamptz '2025-01-03', NULL)$$),
($$INSERT INTO shop.cpu (time, host, env, usage, cores, ok) VALUES ('2025-01-01', 'new', 'it''s', 0.1, 4, true), ('2025-01-02', 'new', 'it''s', NULL, 5, false)$$),
($$INSERT INTO shop.cpu (time, host, usage) VALUES (now() - interval '1 day', 'new', 2)$$),
($$DELETE FROM shop.cpu WHERE time >= '2024-03-01' AND time < '2024-03-02'$$),
($$DELETE FROM shop.cpu WHERE time >= '2024-03-02' AND time < '2024-03-03' AND host = 'web1' AND env <> 'env1'$$),
($$DELETE FROM shop.req WHERE time >= '2024-03-01' AND time < timestamptz '2024-03-02' AND tags ->> 'path' IN ('/p1', '/p2')$$),
-- what sydraQL does not say
($$SELECT host, usage, avg(usage) OVER (PARTITION BY host ORDER BY time) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT c.host, r.value FROM shop.cpu c JOIN shop.req r ON r.time = c.time$$),
($$SELECT avg(u) FROM (SELECT usage AS u FROM shop.cpu) s$$),
($$WITH recent AS (SELECT * FROM shop.cpu) SELECT count(*) FROM recent$$),
($$SELECT host FROM shop.cpu WHERE time >= '2024-03-01' UNION SELECT 'x'$$),
($$SELECT host || ':' || env FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT string_agg(host, ',' ORDER BY host) FROM shop.cpu WHERE time >= '2024-03-01'$$),
($$SELECT count(*) FROM shop.cpu WHERE usage > (SELECT avg(usage) FROM shop.cpu)$$),
($$SELECT host, count(*) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY ROLLUP (host)$$),
($$SELECT host, array_agg(usage) FROM shop.cpu WHERE time >= '2024-03-01' GROUP BY host$$),
($$SELECT date_trunc('hour', time AT TIME ZONE 'Europe/Berlin'), count(*) FROM shop.cpu GROUP BY 1$$),
($$SELECT count(*) FROM shop.cpu WHERE time >= now() - interval '1 month 3 days'$$),
($$INSERT INTO shop.cpu (time, host) VALUES ('2025-01-01', 'a'), ('2025-01-01', 'b')$$),
($$DELETE FROM shop.cpu$$),
($$UPDATE shop.cpu SET usage = 0 WHERE time >= '2024-03-01'$$);

CREATE FUNCTION try_translation(sql text, OUT query text, OUT refusal text) LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
	place text;
BEGIN
	query := sydraql_from_sql(sql);
EXCEPTION WHEN feature_not_supported THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, place = PG_EXCEPTION_DETAIL;
	refusal := message || E'\n' || place || E'\n' || hint;
END $$;
CREATE TABLE translation AS SELECT id, sql, t.query, t.refusal FROM query, try_translation(sql) t;
SELECT count(*), count(query) >= 80 AS enough, count(query) AS translated, count(refusal) AS refused FROM translation;
SELECT id, query FROM translation WHERE query IS NOT NULL ORDER BY id;
SELECT id, refusal FROM translation WHERE refusal IS NOT NULL ORDER BY id;

-- Rows of both, as often and in the order asked for; a number is one whatever its type.
CREATE FUNCTION plain(rows json) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(array_to_string(ARRAY(SELECT CASE WHEN value ~ '^-?[0-9.]+(e[-+]?[0-9]+)?$' THEN round(value::float8::numeric, 6)::text
			WHEN value ~ '^\d{4}-\d\d-\d\d' THEN value::timestamptz::text ELSE value END FROM json_each_text(r) WITH ORDINALITY ORDER BY ordinality),
		'|', 'null') ORDER BY n) FROM json_array_elements(rows) WITH ORDINALITY e (r, n)
$$;
CREATE FUNCTION names(rows json) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(regexp_replace(k, '_\d$', ''), ',') FROM json_object_keys(rows -> 0) k WHERE k NOT LIKE '?column?' AND k NOT LIKE 'column%'
$$;
CREATE FUNCTION run_select(sql text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a json;
	b json;
BEGIN
	EXECUTE format('SELECT json_agg(t) FROM (%s) t', sql) INTO a;
	EXECUTE format('SELECT json_agg(t) FROM sydraql(%L) t', query) INTO b;
	IF names(a) IS DISTINCT FROM names(b) THEN
		RETURN format('names %s and %s', names(a), names(b));
	END IF;
	IF sql LIKE '%ORDER BY%' AND sql NOT LIKE '%WITHIN GROUP%' AND sql NOT LIKE '%DISTINCT host, env%' THEN
		RETURN CASE WHEN plain(a) = plain(b) THEN 'same' ELSE 'other order or rows' END;
	END IF;
	RETURN CASE WHEN a IS NULL THEN 'no rows' WHEN EXISTS (
			(SELECT unnest(plain(a)) EXCEPT ALL SELECT unnest(plain(b))) UNION ALL
			(SELECT unnest(plain(b)) EXCEPT ALL SELECT unnest(plain(a)))) THEN 'other rows' ELSE 'same' END;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;
-- A statement that writes is run twice, and undone each time, with what it left in both tables.
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r::text, E'\n' ORDER BY r::text) FROM (SELECT to_jsonb(c) AS r FROM shop.cpu c UNION ALL SELECT to_jsonb(c) FROM shop.req c) x
$$;
CREATE FUNCTION run_undone(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	BEGIN
		EXECUTE sql;
		result := state();
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		RETURN result;
	END;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;
CREATE FUNCTION run_write(sql text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a text := run_undone(sql);
	b text := run_undone(format('SELECT * FROM sydraql(%L)', query));
BEGIN
	RETURN CASE WHEN a = b AND a <> state() AND length(a) > 300 THEN 'same' WHEN length(b) < 300 THEN b ELSE 'other rows' END;
END $$;
SELECT id, r AS difference, sql, query FROM translation,
		LATERAL (SELECT CASE WHEN sql LIKE 'SELECT%' THEN run_select(sql, query) ELSE run_write(sql, query) END) x (r)
	WHERE query IS NOT NULL AND r <> 'same' ORDER BY id;

-- times are read in the session's time zone
SET TimeZone = 'America/New_York';
SELECT sydraql_from_sql($$SELECT count(*) FROM shop.cpu WHERE time >= '2024-03-01' AND time < '2024-03-02 00:00Z' AND time <> date '2024-03-01'$$);
SELECT sydraql_from_sql($$SELECT date_trunc('day', time), date_trunc('hour', time) FROM shop.cpu GROUP BY 1, 2$$);
SELECT sydraql_from_sql($$SELECT extract(hour FROM time) FROM shop.cpu$$);
SELECT sydraql_from_sql($$SELECT date_trunc('month', time) FROM shop.cpu GROUP BY 1$$);
SET TimeZone = 'Asia/Kolkata';
SELECT sydraql_from_sql($$SELECT date_trunc('minute', time) FROM shop.cpu$$);
SELECT sydraql_from_sql($$SELECT date_trunc('hour', time) FROM shop.cpu$$);
SET TimeZone = 'UTC';

-- more of what is refused, each at its place
\set VERBOSITY default
SELECT sydraql_from_sql('');
SELECT sydraql_from_sql('SELECT 1; SELECT 2');
SELECT sydraql_from_sql('SELEC 1');
SELECT sydraql_from_sql('SELECT usage FROM shop.cpu WHERE time >= ');
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE env = ''$$);
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE host ~ '\mweb'$$);
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE host ~ '('$$);
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE time > 'infinity'::timestamptz$$);
SELECT sydraql_from_sql($$SELECT other.usage FROM shop.cpu$$);
SELECT sydraql_from_sql($$SELECT date_trunc('hour', time) AS time, count(*) FROM shop.cpu GROUP BY time$$);
SELECT sydraql_from_sql($$SELECT fields ->> 'status' FROM shop.req$$);
SELECT sydraql_from_sql($$SELECT usage::text FROM shop.cpu$$);
SELECT sydraql_from_sql($$SELECT last(usage, cores) FROM shop.cpu$$);
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu OFFSET 3$$);
SELECT sydraql_from_sql($$DELETE FROM shop.cpu WHERE time > '2024-03-01' RETURNING *$$);
SELECT sydraql_from_sql($$INSERT INTO shop.cpu VALUES (now(), 'a')$$);

\set VERBOSITY terse
SELECT sydraql_from_sql($$INSERT INTO shop.req (time, fields) VALUES (now(), '{"a": 1}), (2024-01-01, 5')$$);
\set VERBOSITY default
SELECT sydraql_from_sql($$INSERT INTO shop.req (time, fields) VALUES (now(), '[1]')$$);
SELECT sydraql_from_sql($$INSERT INTO shop.req (time, value) VALUES (now(), 1, 2)$$);
SELECT sydraql_from_sql($$SELECT * FROM shop.req WHERE tags ->> 'region' = '/a' OR tags ->> 'it''s "so"' ~ 'a/b\\/c' OR tags ->> 'select' = 'x''; --'$$);

-- parameters stay parameters
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE time >= $1 AND host = $2 AND env <> $3 LIMIT $4$$);
SELECT sydraql_from_sql($$SELECT usage FROM shop.cpu WHERE time >= $1 AND env NOT IN ($2, 'a') AND env <> lower(note) AND host NOT BETWEEN $3 AND 'x'$$);
SELECT sydraql_from_sql($$INSERT INTO shop.req (time, value) VALUES (now(), 1), (now(), 2) LIMIT 1$$);
SELECT sydraql_from_sql($$INSERT INTO shop.req (time, fields['a']) VALUES (now(), 1)$$);

DROP SCHEMA shop CASCADE;
DROP TABLE query, translation;
DROP FUNCTION try_translation, plain, names, run_select, state, run_undone, run_write;
