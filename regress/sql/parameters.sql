-- Parameters are values: never pasted into the text, each used, each of the kind its place wants.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
\set SHOW_CONTEXT never

SELECT inserted FROM sydra.ingest((SELECT string_agg(format(
	'{"series":"pa.m","ts":"2024-03-01T00:0%s:00Z","value":%s,"tags":{"host":"%s"}}', g, g, chr(97 + g % 2)),
	E'\n') FROM generate_series(0, 5) g));

SELECT * FROM sydraql('select time, value from pa.m where time >= $1 and tag.host = $2', '["2024-03-01T00:03:00Z", "b"]');
SELECT * FROM sydraql('select time, value from pa.m where time >= :since and tag.host = :host and tag.host = :host',
	'{"since": "2024-03-01T00:03:00Z", "host": "b"}');
SELECT * FROM sydraql('select value from pa.m where time >= :since and value > :least limit :n',
	'{"since": 1709251200, "least": 2.5, "n": 2}');
SELECT * FROM sydraql('select count(*) from pa.m{host = $1} where time >= 2024-03-01', '["a"]');
SELECT * FROM sydraql('select count(*) from pa.m where time >= 2024-03-01 and tag.host = $1', '["a'' or true --"]');
SELECT * FROM sydraql_to_recordset('select count(*) from pa.m where time >= 2024-03-01 and tag.host = $1', '["a"]') AS t(n bigint);
SELECT * FROM sydraql_to_json('select count(*) from pa.m where time >= 2024-03-01 and tag.host = $1', '["a"]');
SELECT * FROM sydraql('insert into pa.m (host = $1) values ($2, $3, $4)', '["z", "2024-03-02T00:00:00Z", 7.5, {"k": 1}]');
SELECT * FROM sydraql('select * from pa.m where time >= 2024-03-02');

-- The columns do not depend on the values.
PREPARE p(jsonb) AS SELECT * FROM sydraql('select value, tag.host from pa.m where time >= :t and value >= :v', $1);
EXECUTE p('{"t": "2024-03-01", "v": 5}');
EXECUTE p('{"t": "2024-03-01", "v": 5.5}');

-- Missing, unused, ill-typed.
SELECT * FROM sydraql('select value from pa.m where time >= :since');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select value from pa.m where time >= $2', '["2024-03-01"]');
SELECT * FROM sydraql('select value from pa.m where time >= $1', '["2024-03-01", 1]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select value from pa.m where time >= :t', '{"t": "2024-03-01", "u": 1}');
SELECT * FROM sydraql('select value from pa.m where time >= :t', '{"t": {"a": 1}}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select value from pa.m where time >= :t', '{"t": "noon"}');
SELECT * FROM sydraql('select value from pa.m where time >= 2024-03-01 limit :n', '{"n": "many"}');
SELECT * FROM sydraql('select value from pa.m where time >= 2024-03-01', '5');

-- Wherever a value may stand.
CREATE SCHEMA pp;
CREATE TABLE pp.w (time timestamptz NOT NULL, host sydra.tag, port sydra.tag_int4, v float8, n int8, up bool, note text, at timestamptz) USING sydra;
INSERT INTO pp.w SELECT '2024-03-01Z'::timestamptz + i * interval '1 min', 'h' || i % 3, i % 2, i / 4.0, i, i % 2 = 0, 'note' || i % 4, '2024-03-01Z'::timestamptz + i * interval '1 h' FROM generate_series(0, 99) i;
SELECT inserted FROM sydra.ingest((SELECT string_agg(format('{"series":"pp.m","ts":"2024-03-01T00:%s:00Z","value":%s,"tags":{"host":"h%s"},"fields":{"k":%s,"s":"t%s","b":%s}}',
	to_char(g, 'FM00'), g, g % 2, g, g % 3, CASE g % 2 WHEN 0 THEN 'true' ELSE 'false' END), E'\n') FROM generate_series(0, 19) g));
-- A question with parameters gives what it gives with their values written.
CREATE FUNCTION pp.same(question text, parameters jsonb, written text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE a text; b text;
BEGIN
	SELECT string_agg(r::text, E'\n') INTO a FROM sydraql_to_json(question, parameters) r;
	SELECT string_agg(r::text, E'\n') INTO b FROM sydraql_to_json(written) r;
	IF a IS NOT DISTINCT FROM b THEN RETURN 'same, ' || coalesce(length(a), 0) || ' bytes'; END IF;
	RETURN format(E'%s\nis not\n%s', a, b);
EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm;
END $$;
CREATE TABLE pp.places (id int GENERATED ALWAYS AS IDENTITY, place text, question text, parameters jsonb, written text);
INSERT INTO pp.places (place, question, parameters, written) VALUES
('matcher =', 'select n from pp.w{host = $1} where time >= $2', '["h1", "2024-03-01"]', 'select n from pp.w{host = ''h1''} where time >= 2024-03-01'),
('matcher !=', 'select n from pp.w{host != :h} where time >= :t', '{"h": "h1", "t": "2024-03-01"}', 'select n from pp.w{host != ''h1''} where time >= 2024-03-01'),
('matcher =~ !~', 'select n from pp.w{host =~ $1, host !~ $2} where time >= 2024-03-01', '["^h[01]", "0$"]', 'select n from pp.w{host =~ /^h[01]/, host !~ /0$/} where time >= 2024-03-01'),
('matcher of a tag of numbers', 'select n from pp.w{port = $1} where time >= 2024-03-01', '["1"]', 'select n from pp.w{port = ''1''} where time >= 2024-03-01'),
('source''s where', 'select n from pp.w where tag.host = $1 where time >= $2', '["h1", 1709251200]', 'select n from pp.w where tag.host = ''h1'' where time >= 2024-03-01'),
('where, both sides', 'select n from pp.w where $1 <= time and $2 < v and n % $3 = $4 and up = $5', '["2024-03-01", 3, 3, 1, true]', 'select n from pp.w where time >= 2024-03-01 and v > 3 and n % 3.0 = 1 and up = true'),
('added to time', 'select n from pp.w where time >= 2024-03-01 + $1 and time >= $2 + 10m and time < 2024-03-01 + $1 + 5m', '["10m", "2024-03-01"]', 'select n from pp.w where time >= 2024-03-01 + 10m and time < 2024-03-01 + 15m'),
('between', 'select n from pp.w where time between $1 and $2 and v between $3 and $4 and n not between $5 and $6', '["2024-03-01", "2024-03-02", 2, 9.5, 20, 25]', 'select n from pp.w where time between 2024-03-01 and 2024-03-02 and v between 2 and 9.5 and n not between 20 and 25'),
('in', 'select n from pp.w where time >= 2024-03-01 and n in ($1, 5, $2) and tag.host in ($3, $4) and note not in ($5)', '[4, 7, "h1", "h2", "note3"]', 'select n from pp.w where time >= 2024-03-01 and n in (4, 5, 7) and tag.host in (''h1'', ''h2'') and note not in (''note3'')'),
('in of times', 'select n from pp.w where time >= 2024-03-01 and time in ($1, $2)', '["2024-03-01T00:05:00Z", 1709251200]', 'select n from pp.w where time in (2024-03-01T00:05:00Z, 2024-03-01)'),
('like, regex', 'select n from pp.w where time >= 2024-03-01 and note like $1 and note not like $2 and tag.host =~ $3 and note !~ $4', '["note%", "%1", "h[12]", "2"]', 'select n from pp.w where time >= 2024-03-01 and note like ''note%'' and note not like ''%1'' and tag.host =~ /h[12]/ and note !~ /2/'),
('is null', 'select $1 is null as a, $2 is not null as b', '[null, "x"]', 'select null is null as a, ''x'' is not null as b'),
('limit, offset', 'select n from pp.w where time >= 2024-03-01 order by n desc limit $1 offset $2', '[5, 3]', 'select n from pp.w where time >= 2024-03-01 order by n desc limit 5 offset 3'),
('limit by', 'select tag.host, n from pp.w where time >= 2024-03-01 limit $1 by tag.host offset $2', '[2, 1]', 'select tag.host, n from pp.w where time >= 2024-03-01 limit 2 by tag.host offset 1'),
('no limit', 'select n from pp.w where time >= 2024-03-01 limit $1', '[null]', 'select n from pp.w where time >= 2024-03-01'),
('fill', 'select time_bucket(7m, time) as b, sum(v) from pp.w{host = ''h1''} where time >= 2024-03-01 and time < 2024-03-01T03:00:00Z group by b fill($1)', '[-1.5]', 'select time_bucket(7m, time) as b, sum(v) from pp.w{host = ''h1''} where time >= 2024-03-01 and time < 2024-03-01T03:00:00Z group by b fill(-1.5)'),
('step and origin', 'select time_bucket($1, time, $2) as b, max(n) from pp.w where time >= 2024-03-01 group by b', '["15m", "2024-03-01T00:05:00Z"]', 'select time_bucket(15m, time, 2024-03-01T00:05:00Z) as b, max(n) from pp.w where time >= 2024-03-01 group by b'),
('zone', 'select time_bucket(1d, time, $1) as b, max(n) from pp.w where time >= 2024-03-01 group by b', '["Asia/Tokyo"]', 'select time_bucket(1d, time, ''Asia/Tokyo'') as b, max(n) from pp.w where time >= 2024-03-01 group by b'),
('aggregates', 'select percentile(v, $1) as a, approx_percentile(v, $1) as b, histogram(v, $2, $3, $4) as c, integral(v, $5) as d, sum(v * $6) as e, count(*) filter (where v > $7) as f from pp.w where time >= 2024-03-01', '[0.25, 1, 20, 4, "1m", 2, 5]', 'select percentile(v, 0.25) as a, approx_percentile(v, 0.25) as b, histogram(v, 1, 20, 4) as c, integral(v, 1m) as d, sum(v * 2) as e, count(*) filter (where v > 5) as f from pp.w where time >= 2024-03-01'),
('windows', 'select n, lag(n, $1) as a, lead(n, $1) as b, derivative(v, $2) as c, ema(v, $2, $3) as f from pp.w where time >= 2024-03-01', '[2, "5m", 0.5]', 'select n, lag(n, 2) as a, lead(n, 2) as b, derivative(v, 5m) as c, ema(v, 5m, 0.5) as f from pp.w where time >= 2024-03-01'),
('moving_avg', 'select n, moving_avg(v, $1) as a from pp.w where time >= 2024-03-01', '["5m"]', 'select n, moving_avg(v, 5m) as a from pp.w where time >= 2024-03-01'),
('moving_avg of rows', 'select n, moving_avg(v, $1) as a from pp.w where time >= 2024-03-01', '[5]', 'select n, moving_avg(v, 5) as a from pp.w where time >= 2024-03-01'),
('scalars', 'select round($1, $2) as a, clamp(v, $3, $4) as b, substr(note, $5, $6) as c, replace(note, $7, $8) as d, if(up, $9, $10) as e, coalesce(note, $7) as f, concat(note, $8) as g, log(n, $11) as h, date_part($12, time) as i, nullif(n, $13) as j, greatest(v, $3) as k from pp.w where time >= 2024-03-01', '[1.256, 2, 3, 8, 2, 3, "note", "N", 1, 2, 2, "minute", 5]', 'select round(1.256, 2) as a, clamp(v, 3, 8) as b, substr(note, 2, 3) as c, replace(note, ''note'', ''N'') as d, if(up, 1.0, 2.0) as e, coalesce(note, ''note'') as f, concat(note, ''N'') as g, log(n, 2) as h, date_part(''minute'', time) as i, nullif(n, 5.0) as j, greatest(v, 3) as k from pp.w where time >= 2024-03-01'),
('items', 'select $1 as a, $2 as b, -$3 as c, not $4 as d, $5 or up as e from pp.w where time >= 2024-03-01 limit 1', '["x", "y", 3, true, false]', 'select ''x'' as a, ''y'' as b, -3.0 as c, not true as d, up as e from pp.w where time >= 2024-03-01 limit 1'),
('group by, having, order by', 'select n % $1 as k, count(*) as c from pp.w where time >= 2024-03-01 group by n % $1 having count(*) > $2 order by k * $3', '[7, 14, -1]', 'select n % 7.0 as k, count(*) as c from pp.w where time >= 2024-03-01 group by n % 7.0 having count(*) > 14 order by k * -1'),
('fields', 'select sum(field.k) as a from pp.m where time >= 2024-03-01 and field.s = $1 and field.k > $2 and field.b = $3', '["t1", 3, true]', 'select sum(field.k) as a from pp.m where time >= 2024-03-01 and field.s = ''t1'' and field.k > 3 and field.b = true'),
('join', 'select time, a.n, b.n from pp.w{host = $1} a join time pp.w{host = $2} b match previous on port where time >= $3 and b.n > $4', '["h0", "h1", "2024-03-01", 5]', 'select time, a.n, b.n from pp.w{host = ''h0''} a join time pp.w{host = ''h1''} b match previous on port where time >= 2024-03-01 and b.n > 5'),
('within and shift', 'select time, a.n, b.n from pp.w a join time pp.w b shift $1 match previous within $2 on host where time >= 2024-03-01', '["90s", "2m"]', 'select time, a.n, b.n from pp.w a join time pp.w b shift 90s match previous within 2m on host where time >= 2024-03-01'),
('fill within', 'select time_bucket(1m, time) as b, sum(v) from pp.w{host = ''h1''} where time >= 2024-03-01 and time < 2024-03-01T00:10:00Z group by b fill(previous within $1)', '["1m"]', 'select time_bucket(1m, time) as b, sum(v) from pp.w{host = ''h1''} where time >= 2024-03-01 and time < 2024-03-01T00:10:00Z group by b fill(previous within 1m)'),
('subquery', 'select max(c) as m from (select tag.host, count(*) as c from pp.w where time >= $1 and n > $2 group by tag.host limit $3) where c > $4', '["2024-03-01", 10, 2, 3]', 'select max(c) as m from (select tag.host, count(*) as c from pp.w where time >= 2024-03-01 and n > 10 group by tag.host limit 2) where c > 3');
-- And the same columns, whatever the values.
CREATE FUNCTION pp.kinds(question text) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(type::text, ' ' ORDER BY position) FROM sydraql_describe(question) $$;
SELECT place, pp.same(question, parameters, written), pp.kinds(question) = pp.kinds(written) AS kinds FROM pp.places ORDER BY id;
SELECT * FROM sydra.tree('select a.n from pp.w a join time pp.w b shift $1 match previous within :w where time > 1 group by time_bucket(1m, time) fill(linear within $2)');
SELECT * FROM sydraql('select a.n from pp.w a join time pp.w b shift $1 where time >= 2024-03-01', '["1mo"]');
SELECT * FROM sydraql('select a.n from pp.w a join time pp.w b within $1 where time >= 2024-03-01', '[null]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select time_bucket(1m, time) as b, max(n) from pp.w where time >= 2024-03-01 group by b fill(previous within $1)', '["0s"]');

SELECT * FROM sydraql('insert into pp.w (host = $1, port = $2) values ($3, null)', '["a", "x", "2024-04-01"]');
BEGIN;
SELECT * FROM sydraql('insert into pp.w (host = $1, port = $2) values ($3, null, $4), ($3 + 1m, null, {"v": 1})', '["a", "7", "2024-04-01", {"v": 2.5, "n": 3, "up": true, "note": "x", "at": "2024-04-02"}]');
SELECT * FROM sydraql('insert into pp.m (host = :h, "odd key" = :o) values (:t, :v * 2, :f)', '{"h": "a", "o": null, "t": 1711929600, "v": 4, "f": {"k": 1}}');
SELECT * FROM pp.w WHERE host = 'a';
SELECT * FROM pp.m WHERE tags @> '{"host": "a"}';
SELECT * FROM sydraql('delete from pp.w{host = $1} where time >= $2 and time < $3 and tag.port in ($4, $5)', '["a", "2024-04-01", "2024-04-01T00:01:00Z", "7", "8"]');
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA pa, pp CASCADE;
