-- JOIN TIME pairs rows as LATERAL ... ORDER BY time DESC LIMIT 1 does over heap twins.
CREATE SCHEMA joins;
SET search_path = joins, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
-- w is the order of writing; every series has times twice, both sides have some in common and hosts of their own, and rows without one.
CREATE TABLE hl (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag, v float8, w int8);
INSERT INTO hl SELECT '2024-01-01Z'::timestamptz + (i * 37 % 500) * interval '20 s', nullif('h' || i % 4, 'h3'), 'r' || i % 2, CASE WHEN i % 5 > 0 THEN i * 7 % 100 / 4.0 END, i
	FROM generate_series(0, 699) i;
CREATE TABLE hr (time timestamptz NOT NULL, zone sydra.tag, host sydra.tag, v float8, s text, b bool, w int8);
INSERT INTO hr SELECT '2024-01-01Z'::timestamptz + (i * 53 % 700) * interval '15 s', 'z' || i % 3, nullif('h' || i % 5, 'h4'), CASE WHEN i % 7 > 0 THEN i * 11 % 1000 / 8.0 END, CASE WHEN i % 3 > 0 THEN 's' || i END, i % 4 = 0, i
	FROM generate_series(0, 1199) i;
UPDATE hr SET host = NULL WHERE host = 'h3';
CREATE TABLE l (LIKE hl) USING sydra;
CREATE TABLE r (LIKE hr) USING sydra;

-- How many rows one query gives that the other does not, both ways.
CREATE FUNCTION differ(ql text, sql text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('WITH a AS MATERIALIZED (SELECT * FROM sydraql(%L)), b AS MATERIALIZED (%s) SELECT count(*) FROM (
		(TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) x', ql, sql) INTO n;
	RETURN n;
END $$;
-- The right row of each left one, by the definition.
CREATE FUNCTION reference(match text, within interval, shift interval, key text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT l.time, l.host::text, l.rack::text, l.v, l.w, r.v, r.s, r.b, r.w, r.time FROM hl l LEFT JOIN LATERAL (
		SELECT r.time + %2$L::interval AS time, r.v, r.s, r.b, r.w FROM hr r WHERE %3$s AND r.time + %2$L >= ''2024-01-01 00:30Z''::timestamptz - %1$L::interval AND %4$s ORDER BY %5$s zone, w DESC LIMIT 1) r ON true
		WHERE l.time >= ''2024-01-01 00:30Z'' AND l.time < ''2024-01-01 02:30Z''', coalesce(CASE WHEN match <> 'exact' THEN within END, '0 s'), shift, key,
		CASE match WHEN 'exact' THEN format('r.time + %L = l.time', shift)
			WHEN 'previous' THEN format('r.time + %L <= l.time AND l.time - (r.time + %1$L) <= %L', shift, coalesce(within, '1 y'))
			ELSE format('abs(extract(epoch FROM l.time - (r.time + %L))) <= %s', shift, extract(epoch FROM coalesce(within, '1 y'))) END,
		CASE match WHEN 'nearest' THEN format('abs(extract(epoch FROM l.time - (r.time + %L))), r.time,', shift) ELSE 'r.time DESC,' END) $$;
CREATE FUNCTION check_joins() RETURNS TABLE (options text, on_tags text, differing bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR options, on_tags, differing IN SELECT concat_ws(' ', 'match', m, 'shift ' || s, 'within ' || w), o,
		differ(format('select time, a.host, rack, a.v, a.w, b.v, s, b, b.w, b.time from joins.l a join time joins.r b %s match %s %s %s where time >= 2024-01-01T00:30:00Z and time < 2024-01-01T02:30:00Z',
				'shift ' || s, m, 'within ' || w, o),
			reference(m, w::interval, coalesce(s, '0 s')::interval, k))
		FROM (VALUES ('exact'), ('previous'), ('nearest')) m(m), (VALUES (NULL), ('25s')) w(w), (VALUES (NULL), ('7m10s')) s(s),
			(VALUES ('', 'r.host IS NOT DISTINCT FROM l.host'), ('on tag.host, host', 'r.host IS NOT DISTINCT FROM l.host')) o(o, k)
		WHERE o = '' OR s IS NULL
	LOOP RETURN NEXT; END LOOP;
END $$;

-- Nothing on either side, on one, on the other.
SELECT * FROM sydraql('select a.v, b.v from joins.l a join time joins.r b match nearest where time >= 2024-01-01');
INSERT INTO r SELECT * FROM hr ORDER BY w;
SELECT * FROM sydraql('select a.v, b.v from joins.l a join time joins.r b match nearest where time >= 2024-01-01');
INSERT INTO l SELECT * FROM hl ORDER BY w;
SELECT count(*), count(bw) FROM sydraql('select a.w, b.w as bw from joins.l a join time joins.r b match nearest where time >= 2024-01-02');
SELECT count(*), count(bw) FROM sydraql('select a.w, b.w as bw from joins.l a join time joins.r{host = ''none''} b match nearest where time >= 2024-01-01');
-- In the head, sealed, and both.
SELECT * FROM check_joins();
CALL sydra.seal('r');
SELECT count(*), sum(differing) FROM check_joins();
TRUNCATE l, r;
INSERT INTO l SELECT * FROM hl WHERE w < 400 ORDER BY w;
INSERT INTO r SELECT * FROM hr WHERE w < 1000 ORDER BY w;
CALL sydra.seal('l');
CALL sydra.seal('r');
INSERT INTO l SELECT * FROM hl WHERE w >= 400 ORDER BY w;
INSERT INTO r SELECT * FROM hr WHERE w >= 1000 ORDER BY w;
SELECT count(*), sum(differing) FROM check_joins();
-- Rules make no difference.
SET sydraql.disabled_rules = 'tag_pushdown, time_pushdown, projection_pruning';
SELECT count(*), sum(differing) FROM check_joins();
RESET sydraql.disabled_rules;

-- Other tags, conditions on either side, aggregates over joined rows, several joins, parameters.
SELECT differ('select a.w, b.w from joins.l a join time joins.r b match previous on host where time >= 2024-01-01 and tag.host = ''h1'' and rack != ''r0'' and a.v > 5',
	$$SELECT l.w, (SELECT w FROM hr r WHERE r.host = l.host AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1) FROM hl l WHERE host = 'h1' AND rack = 'r1' AND v > 5$$);
SELECT differ('select a.w, b.w from joins.l a join time joins.r b match previous where time >= 2024-01-01 and b.v > 50 and a.v < b.v',
	$$SELECT l.w, r.w FROM hl l, LATERAL (SELECT v, w FROM hr r WHERE r.host IS NOT DISTINCT FROM l.host AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1) r WHERE r.v > 50 AND l.v < r.v$$);
SELECT differ('select a.w, b.w from joins.l{rack = ''r1''} a where host =~ /^h/ join time joins.r{zone = ''z1''} b where zone != ''z2'' match previous where time >= 2024-01-01',
	$$SELECT l.w, (SELECT w FROM hr r WHERE r.host = l.host AND zone = 'z1' AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1) FROM hl l WHERE rack = 'r1' AND host IS NOT NULL$$);
SELECT differ('select tag.host, count(*), count(b.v), sum(a.v - b.v) as d, last(b.w) from joins.l a join time joins.r b match previous where time >= 2024-01-01 and tag.host = ''h0'' group by tag.host',
	$$SELECT host::text, count(*), count(rv), sum(v - rv), (array_agg(rw ORDER BY time DESC, w DESC) FILTER (WHERE rw IS NOT NULL))[1] FROM (
		SELECT l.*, r.v AS rv, r.w AS rw FROM hl l LEFT JOIN LATERAL (SELECT v, w FROM hr r WHERE r.host IS NOT DISTINCT FROM l.host AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1) r ON true) x WHERE host = 'h0' GROUP BY 1$$);
SELECT differ('select a.w, b.w, c.w, c.time from joins.l a join time joins.r b match previous join time joins.l as c shift 20s match exact on host, rack where time >= 2024-01-01',
	$$SELECT l.w, (SELECT w FROM hr r WHERE r.host IS NOT DISTINCT FROM l.host AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1), c.w, c.time + '20 s'
	FROM hl l LEFT JOIN LATERAL (SELECT w, time FROM hl c WHERE c.host IS NOT DISTINCT FROM l.host AND c.rack = l.rack AND c.time = l.time - interval '20 s' ORDER BY w DESC LIMIT 1) c ON true$$);
SELECT count(*), count(bw) FROM sydraql('select a.w, b.w as bw from joins.l{host = $1} a join time joins.r{zone = $2} b match previous where time >= $3 and b.v < $4', '["h1", "z1", "2024-01-01", 60]');
SELECT * FROM sydraql('select * from joins.l a join time joins.r b match previous within 1m where time >= 2024-01-01T01:00:00Z and time < 2024-01-01T01:02:00Z');
SELECT * FROM sydraql('select time, a.w as aw, lag(b.w), b.v - a.v as d from joins.l a join time joins.r b match nearest where time >= 2024-01-01 and tag.host = ''h2'' order by d desc nulls last, aw limit 3');

-- With a time_bucket each source is grouped by itself, and the buckets are joined.
SELECT differ('select time_bucket(10m, time) as t, host, sum(a.w), sum(b.w), count(*), count(b.v), last(b.w), sum(a.w) + sum(b.w) as both from joins.l a join time joins.r b where time >= 2024-01-01 and time < 2024-01-01T02:00:00Z group by t, host',
	$$SELECT x.t, x.host, x.sum, y.sum, x.n, y.n, y.last, x.sum + y.sum FROM
		(SELECT date_bin('10 min', time, '2024-01-01Z') AS t, host::text, sum(w)::int8, count(*) AS n FROM hl WHERE time < '2024-01-01 02:00Z' GROUP BY 1, 2) x LEFT JOIN
		(SELECT date_bin('10 min', time, '2024-01-01Z') AS t, host::text, sum(w)::int8, count(v) AS n, (array_agg(w ORDER BY time DESC, zone, w DESC))[1] AS last FROM hr WHERE time < '2024-01-01 02:00Z' GROUP BY 1, 2) y
		ON x.t = y.t AND x.host IS NOT DISTINCT FROM y.host$$);
SELECT differ('select time_bucket(10m, time) as t, max(b.w) filter (where b.v > 10), max(a.w), min(c.w) from joins.l a join time joins.r b match previous within 20m join time joins.r c shift 30m match nearest on host where time >= 2024-01-01 and b.v > 3 and a.v > 20 and c.time < 2024-01-01T01:00:00Z group by t having max(a.w) > 10',
	$$SELECT x.t, (SELECT y.m FROM (SELECT date_bin('10 min', time, '2024-01-01Z') AS t, max(w) FILTER (WHERE v > 10) AS m FROM hr WHERE v > 3 GROUP BY 1) y WHERE y.t <= x.t AND y.t >= x.t - interval '20 min' ORDER BY y.t DESC LIMIT 1), x.m,
		(SELECT z.m FROM (SELECT date_bin('10 min', time + '30 min', '2024-01-01Z') AS t, min(w) AS m FROM hr WHERE time + '30 min' < '2024-01-01 01:00Z' GROUP BY 1) z ORDER BY abs(extract(epoch FROM x.t - z.t)), z.t LIMIT 1)
	FROM (SELECT date_bin('10 min', time, '2024-01-01Z') AS t, max(w) AS m FROM hl WHERE v > 20 GROUP BY 1 HAVING max(w) > 10) x$$);
SELECT * FROM sydraql('select time_bucket(20m, time) as t, tag.host, count(a.w) as ca, count(b.w) as cb, lag(count(b.w)) as before from joins.l a join time joins.r b where time >= 2024-01-01T02:00:00Z and time < 2024-01-01T04:00:00Z and tag.host in (''h0'', ''h1'') group by t, tag.host fill(null)');

-- Aggregates of neighbours: of the left's series over joined rows, of each source's own in buckets.
SELECT differ('select tag.host, delta(b.w), increase(a.w) from joins.l a join time joins.r b match previous where time >= 2024-01-01 and tag.host = ''h1'' group by tag.host',
	$$SELECT host, sum(d)::float8, sum(i)::float8 FROM (SELECT host::text, rw - lag(rw) OVER (PARTITION BY rack ORDER BY time) AS d, CASE WHEN w >= lag(w) OVER p THEN w - lag(w) OVER p WHEN lag(w) OVER p IS NOT NULL THEN w END AS i
		FROM (SELECT DISTINCT ON (time, host, rack) l.*, r.w AS rw FROM hl l LEFT JOIN LATERAL (SELECT w FROM hr r WHERE r.host IS NOT DISTINCT FROM l.host AND r.time <= l.time ORDER BY r.time DESC, zone, w DESC LIMIT 1) r ON true
			WHERE l.host = 'h1' ORDER BY time, host, rack, l.w DESC) x WINDOW p AS (PARTITION BY rack ORDER BY time)) y GROUP BY 1$$);
SELECT differ('select time_bucket(1h, time) as t, host, delta(b.w), sum(a.w) from joins.l a join time joins.r b shift 10m where time >= 2024-01-01 and tag.host = ''h1'' group by t, host',
	$$SELECT x.t, x.host, y.d, x.s FROM (SELECT date_trunc('hour', time) AS t, host::text, sum(w)::int8 AS s FROM hl WHERE host = 'h1' GROUP BY 1, 2) x LEFT JOIN
		(SELECT date_trunc('hour', time + '10 min') AS t, sum(d)::float8 AS d FROM (SELECT time, w - lag(w) OVER (PARTITION BY zone ORDER BY time) AS d
			FROM (SELECT DISTINCT ON (time, zone) * FROM hr WHERE host = 'h1' AND time >= '2023-12-31 23:50Z' ORDER BY time, zone, w DESC) o) p GROUP BY 1) y ON x.t = y.t$$);

-- Whole batches, and one row more or less, on both sides; times that all are one.
CREATE TABLE x (time timestamptz NOT NULL, v int8) USING sydra;
CREATE TABLE y (time timestamptz NOT NULL, v int8) USING sydra;
CREATE FUNCTION check_sizes(same boolean) RETURNS TABLE (rows_left int, rows_right int, pairs bigint, matched bigint, total bigint, nearest bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH rows_left IN ARRAY ARRAY[1, 1023, 1024, 1025] LOOP
		FOREACH rows_right IN ARRAY ARRAY[1, 1023, 1024, 1025, 2049] LOOP
			TRUNCATE x, y;
			INSERT INTO x SELECT '2024-01-01Z'::timestamptz + i * 2 * interval '1 s', i FROM generate_series(1, rows_left) i;
			INSERT INTO y SELECT '2024-01-01Z'::timestamptz + CASE WHEN same THEN 2 ELSE i * 2 - 1 END * interval '1 s', i FROM generate_series(1, rows_right) i;
			SELECT q.p, q.m, q.t INTO pairs, matched, total FROM sydraql('select count(*) as p, count(b.v) as m, sum(b.v) as t from joins.x a join time joins.y b match previous where time >= 2024-01-01') q;
			SELECT q.t INTO nearest FROM sydraql('select sum(b.v) as t from joins.x a join time joins.y b match nearest within 1s where time >= 2024-01-01') q;
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;
SELECT *, matched = rows_left AND total = least(rows_left, rows_right) * (least(rows_left, rows_right) + 1) / 2 + greatest(rows_left - rows_right, 0) * rows_right AS right_ones FROM check_sizes(false);
SELECT bool_and(pairs = rows_left AND matched = rows_left AND total = rows_left * rows_right AND nearest = rows_right) FROM check_sizes(true);
-- Rows that the memory does not hold.
TRUNCATE x, y;
INSERT INTO x SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', i FROM generate_series(1, 60000) i;
INSERT INTO y SELECT '2024-01-01Z'::timestamptz + (i * 7919 % 60000) * interval '1 s', i FROM generate_series(1, 60000) i;
SET sydraql.query_mem = '4MB';
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v) from joins.x a join time joins.y b match previous where time >= 2024-01-01');
CREATE TABLE z (time timestamptz NOT NULL, host sydra.tag, v int8) USING sydra;
INSERT INTO z SELECT time, 'h' || v % 3, v FROM y;
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v) from joins.z a join time joins.z b match previous shift 1s where time >= 2024-01-01');
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v) from joins.x a join time joins.z b match previous where time >= 2024-01-01');
CALL sydra.seal('x');
CALL sydra.seal('y');
CALL sydra.seal('z');
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v) from joins.x a join time joins.y b match previous where time >= 2024-01-01');
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v) from joins.x a join time joins.z b match previous where time >= 2024-01-01');
SELECT * FROM sydraql('select count(*), count(b.v), sum(b.v), sum(c.v) from joins.x a join time joins.y b match previous join time joins.z{host = ''h1''} c shift 5s match nearest within 10s where time >= 2024-01-01');
RESET sydraql.query_mem;
SELECT count(*), count(p), sum(p) FROM (SELECT lag(v) OVER (PARTITION BY host ORDER BY time, v) AS p FROM z) q;
SELECT count(*), count(p.v), sum(p.v) FROM x a LEFT JOIN LATERAL (SELECT v FROM y WHERE y.time = CASE WHEN a.v = 60000 THEN '2024-01-01 16:39:59Z' ELSE a.time END) p ON true;

-- Native metrics: all their tags as one, or those of ON; fields of either.
SELECT sydra.create_metric('joins.cpu');
SELECT sydra.create_metric('joins.mem');
INSERT INTO cpu VALUES ('2024-01-01 00:00:10Z', 1, '{"host": "a", "core": "0"}', '{"x": 1.5}'), ('2024-01-01 00:00:10Z', 2, '{"host": "b"}', '{"x": 2.5}'), ('2024-01-01 00:00:20Z', 3, '{}', NULL);
INSERT INTO mem VALUES ('2024-01-01 00:00:05Z', 10, '{"host": "a"}', '{"y": "m"}'), ('2024-01-01 00:00:06Z', 20, '{"host": "b"}', '{"y": "n", "x": 4}'), ('2024-01-01 00:00:07Z', 30, '{}', NULL);
SELECT * FROM sydraql('select time, tag.host, cpu.value, mem.value, cpu.field.x, mem.field.y from joins.cpu join time joins.mem match previous where time >= 2024-01-01');
SELECT * FROM sydraql('select time, tag.core, cpu.value, mem.value, cpu.field.x + mem.field.x as x, mem.tag.host from joins.cpu join time joins.mem match previous on host where time >= 2024-01-01 and mem.value > 5');
SELECT * FROM sydraql('select time_bucket(1m, time) as t, tag.host, sum(cpu.value), sum(mem.field.x) from joins.cpu join time joins.mem where time >= 2024-01-01 group by t, tag.host');
SELECT * FROM sydraql('select mem.field.y, count(*) from joins.cpu join time joins.mem match previous on host where time >= 2024-01-01 group by mem.field.y');

-- The plan.
SELECT * FROM sydraql_explain('select a.v, b.v from joins.l a join time joins.r b shift 7d match nearest within 5s where time >= 2024-01-01 and b.v > 20 and tag.host = ''h1''');
SELECT * FROM sydraql_explain('select time_bucket(1m, time) as t, host, sum(a.v), sum(b.v), count(*) from joins.l a join time joins.r b where time >= 2024-01-01 and tag.host = ''h1'' group by t, host');

-- Privileges on both tables, policies of both.
CREATE ROLE regress_joins_reader;
GRANT USAGE ON SCHEMA joins TO regress_joins_reader;
GRANT SELECT ON l TO regress_joins_reader;
SET ROLE regress_joins_reader;
SELECT count(*) FROM sydraql('select a.w, b.v from joins.l a join time joins.r b where time >= 2024-01-01');
RESET ROLE;
GRANT SELECT (time, host, v) ON r TO regress_joins_reader;
SET ROLE regress_joins_reader;
SELECT count(*) FROM sydraql('select a.w, b.v from joins.l a join time joins.r b match previous where time >= 2024-01-01');
SELECT count(*) FROM sydraql('select a.w, b.s from joins.l a join time joins.r b match previous where time >= 2024-01-01');
RESET ROLE;
ALTER TABLE r ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_h1 ON r USING (host = 'h1');
SET ROLE regress_joins_reader;
SELECT count(*), count(bv) FROM sydraql('select a.w, b.v as bv from joins.l a join time joins.r b match previous where time >= 2024-01-01');
RESET ROLE;
ALTER TABLE r DISABLE ROW LEVEL SECURITY;
SELECT count(*), count(bv) FROM sydraql('select a.w, b.v as bv from joins.l a join time joins.r b match previous where time >= 2024-01-01');
DROP OWNED BY regress_joins_reader;
DROP ROLE regress_joins_reader;

-- Errors, where they are.
CREATE FUNCTION raises(ql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text;
BEGIN
	PERFORM * FROM sydraql_to_json(ql);
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN format('%s %s | %s', SQLSTATE, message, hint);
END $$;
SELECT raises('select v from joins.l a join time joins.r b where time > 2024-01-01');
SELECT raises('select a.v from joins.l a join time joins.r a where time > 2024-01-01');
SELECT raises('select c.v from joins.l a join time joins.r b where time > 2024-01-01');
SELECT raises('select a.vv from joins.l a join time joins.r b where time > 2024-01-01');
SELECT raises('select zonee from joins.l a join time joins.r b where time > 2024-01-01');
SELECT raises('select b.rack from joins.l a join time joins.r b where time > 2024-01-01');
SELECT raises('select a.v from joins.l a join time joins.r b on rack where time > 2024-01-01');
SELECT raises('select a.v from joins.l a join time joins.nothing b where time > 2024-01-01');
SELECT raises('select a.v from joins.l a join time joins.r b where v > 1 match exact where time > 2024-01-01');
SELECT raises('select a.v from joins.l a join time joins.r b');
SELECT raises('select a.v from joins.l a join time joins.r b where b.time > 2024-01-01');
SELECT raises('select field.x from joins.cpu join time joins.mem where time > 2024-01-01');
SELECT raises('select time_bucket(1m, time) as t, sum(a.v - b.v) from joins.l a join time joins.r b where time > 2024-01-01 group by t');
SELECT raises('select time_bucket(1m, time) as t, sum(a.v) from joins.l a join time joins.r b where time > 2024-01-01 and a.v > b.v group by t');
SELECT raises('select time_bucket(1m, time) as t, rack, sum(b.v) from joins.l a join time joins.r b where time > 2024-01-01 group by t, rack');
SELECT raises('select time_bucket(1m, time) as t, b.host, sum(b.v) from joins.l a join time joins.r b where time > 2024-01-01 group by t, b.host');
SELECT raises('select value + joins.r.v from joins.cpu where time > 2024-01-01');
SELECT raises('select v from joins.l where time > 2024-01-01 and joins.r.tag.host = ''a''');
SELECT * FROM sydraql('select time_bucket(1m, time) as t, sum(a.v - b.v) from joins.l a join time joins.r b where time > 2024-01-01 group by t');
SELECT * FROM sydraql('select v from joins.l a join time joins.r b where time > 2024-01-01');
SELECT count(*) FROM sydraql('select a.w from joins.l a join time joins.r b shift 300000d where time > 2024-01-01');
-- A call is prepared for the tables of both sides.
PREPARE pairs AS SELECT count(*), count(bw) FROM sydraql('select a.w, b.w as bw from joins.l a join time joins.r b match previous where time >= 2024-01-01');
EXECUTE pairs;
ALTER TABLE r DROP COLUMN s;
EXECUTE pairs;
ALTER TABLE r ALTER COLUMN w TYPE float8;
EXECUTE pairs;
SET client_min_messages = warning;
DROP SCHEMA joins CASCADE;
