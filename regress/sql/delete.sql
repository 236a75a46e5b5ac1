-- DELETE of sydraQL: a closed window of time, and tags.
SET timezone = 'UTC';
SET extra_float_digits = 1;
CREATE SCHEMA del;
SELECT sydra.create_metric('del.cpu');
CREATE TABLE del.wide (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, room sydra.tag_int8, up sydra.tag_bool, id sydra.tag_uuid, v float8) USING sydra;
CREATE TABLE del.cpu_twin (LIKE del.cpu);
CREATE TABLE del.wide_twin (LIKE del.wide);
INSERT INTO del.cpu_twin (time, value, tags, fields)
	SELECT '2024-03-01'::timestamptz + i * interval '1 min', i,
		CASE h WHEN 0 THEN '{}' WHEN 1 THEN '{"host": null, "n": 1}' WHEN 2 THEN '{"host": "", "n": true}' ELSE jsonb_build_object('host', 'h' || h, 'n', h) END::jsonb, '{"i": 1}'
	FROM generate_series(0, 199) i, generate_series(0, 5) h;
INSERT INTO del.wide_twin
	SELECT '2024-03-01'::timestamptz + i * interval '1 min', CASE WHEN h > 0 THEN 'h' || h END, CASE WHEN h > 1 THEN h - 3 END, nullif(h, 2) * 10000000000, CASE WHEN h > 0 THEN h % 2 = 0 END,
		CASE WHEN h <> 3 THEN md5('h' || h)::uuid END, i
	FROM generate_series(0, 199) i, generate_series(0, 5) h;
-- the first hundred minutes sealed, the others in the head
INSERT INTO del.cpu SELECT * FROM del.cpu_twin WHERE value < 100;
INSERT INTO del.wide SELECT * FROM del.wide_twin WHERE v < 100;
CALL sydra.seal('del.cpu');
CALL sydra.seal('del.wide');
INSERT INTO del.cpu SELECT * FROM del.cpu_twin WHERE value >= 100;
INSERT INTO del.wide SELECT * FROM del.wide_twin WHERE v >= 100;

-- The rows that a condition takes are those that a SELECT with it gives, and no others.
CREATE FUNCTION same(metric text, matchers text, condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place text := ' from ' || metric || matchers || ' where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T02:30:00Z' || condition;
	expected bigint;
	deleted bigint;
	missing bigint;
	total bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s', metric) INTO total;
	SELECT (j->>'count')::bigint INTO expected FROM sydraql_to_json('select count(*)' || place) j;
	BEGIN
		SELECT (j->>'deleted')::bigint INTO deleted FROM sydraql_to_json('delete' || place) j;
		SELECT (j->>'count')::bigint INTO missing FROM sydraql_to_json('select count(*)' || place) j;
		EXECUTE format('SELECT $1 - count(*) FROM %s', metric) INTO total USING total;
		RAISE EXCEPTION 'back' USING ERRCODE = 'P0099';
	EXCEPTION WHEN SQLSTATE 'P0099' THEN NULL;
	END;
	RETURN format('%s of %s, %s left', deleted, expected, missing) || CASE WHEN total <> deleted OR deleted <> expected OR missing <> 0 THEN ' DIFFERS' ELSE '' END;
END $$;
SELECT c, same('del.cpu', '', c) FROM unnest(ARRAY['', ' and tag.host = ''h3''', ' and tag.host != ''h3''', ' and tag.host = ''''', ' and tag.host is null', ' and tag.host is not null',
	' and tag.host in (''h3'', ''h5'', '''')', ' and tag.host not in (''h3'')', ' and tag.host =~ /^H[34]$/i', ' and tag.host !~ /[34]/', ' and tag.host like ''h_''', ' and tag.host not like ''%4''',
	' and tag.host > ''h3''', ' and tag.host between ''h3'' and ''h4''', ' and ''h4'' <= tag.host', ' and (tag.host = ''h3'' or tag.n = ''5'')', ' and not (tag.host = ''h3'' or tag.n = ''5'')', ' and tag.n = ''1''', ' and tag.n = ''true''',
	' and tag.host = null', ' and tag.host != null', ' and not tag.host like null', ' and tag.host = ''h3'' and null', ' and tag.host = ''h3'' and tag.n = ''4''', ' and 1 = 1', ' and 1 = 2']) c;
SELECT c, same('del.wide', '', c) FROM unnest(ARRAY['', ' and host = ''h3''', ' and tag.host != ''h3''', ' and host is null', ' and tag.rack = ''-1''', ' and tag.rack is null', ' and tag.rack =~ /-/', ' and tag.room = ''30000000000''', ' and tag.room < ''4''', ' and tag.up = ''true''', ' and tag.up != ''false''',
	' and tag.id is null', ' and tag.id like ''%e%''', ' and (tag.up = ''true'' or tag.id !~ /a/) and host != ''h5''']) c;
SELECT m, same('del.cpu', m, '') FROM unnest(ARRAY['{host=''h3''}', '{host!=''h3''}', '{host=~/[45]/, n!=''5''}', '{host!~/./}', '{}']) m;

-- what it gives, and to whom
SELECT * FROM sydraql_describe('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02');
SELECT * FROM sydraql('delete from del.cpu{host=''h3''} where time >= 2024-03-01T00:00:00Z and time < 2024-03-01T00:10:00Z');
SELECT * FROM sydraql('delete from del.cpu where time >= :from and time < :to and tag.host = :host', '{"from": "2024-03-01", "to": "2024-03-01T00:10:00Z", "host": "h4"}');
SELECT * FROM sydraql('delete from del.cpu where $1 <= time and $2 > time and tag.host = $3', '["2024-03-01", "2024-03-01T00:10:00Z", null]');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-02 and time < 2024-03-01');
SELECT * FROM sydraql('delete from del.cpu where time >= now() - 1h and time < now()');
SELECT * FROM sydraql_explain('delete from del.cpu{host=~/h/} where time >= 2024-03-01 and time < 2024-03-02 and tag.n != ''1''');
SELECT * FROM sydraql('explain delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02');
SELECT count(*) FROM del.cpu;

-- segments go whole
SELECT count(*) FROM sydra.segments WHERE metric = 'del.cpu'::regclass;
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-01-01 and time < 2024-03-01T01:40:00Z');
SELECT count(*) FROM sydra.segments WHERE metric = 'del.cpu'::regclass;
SELECT count(*), min(value), max(value) FROM del.cpu;
SELECT * FROM sydra.verify('del.cpu');

-- mistakes
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01');
SELECT * FROM sydraql('delete from del.cpu where time < 2024-03-01');
SELECT * FROM sydraql('delete from del.cpu where tag.host = ''h3''');
SELECT * FROM sydraql('delete from del.cpu');
SELECT * FROM sydraql('delete from del.cpu where time between 2024-03-01 and 2024-03-02');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time <= 2024-03-02');
SELECT * FROM sydraql('delete from del.cpu where time = 2024-03-01');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02 and value > 3');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02 and (tag.host = ''h3'' or value > 3)');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02 and upper(tag.host) = ''H3''');
SELECT * FROM sydraql('delete from del.none where time >= 2024-03-01 and time < 2024-03-02');
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-02 and tag.hots = ''h3''');
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02 and tag.host =~ /(/');
BEGIN READ ONLY;
SELECT * FROM sydraql('delete from del.cpu where time >= 2024-03-01 and time < 2024-03-02');
ROLLBACK;
SELECT sydra.regex_matches('web-01', '^WEB', 'i'), sydra.regex_matches('web-01', '^WEB'), sydra.regex_matches(NULL, 'a');
SELECT sydra.regex_matches('a', '(');
SELECT v, sydra.regex_matches(v, p) FROM (VALUES ('a', 'b'), ('b', 'b'), ('c', '[a-c]'), ('', '^$')) x(v, p);

-- privileges, triggers, row security
CREATE ROLE deleter;
GRANT USAGE ON SCHEMA del TO deleter;
SET ROLE deleter;
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-02');
RESET ROLE;
GRANT DELETE ON del.wide TO deleter;
SET ROLE deleter;
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-02');
RESET ROLE;
GRANT SELECT (time) ON del.wide TO deleter;
SET ROLE deleter;
SELECT * FROM sydraql('delete from del.wide{host=''h1''} where time >= 2024-03-01 and time < 2024-03-01T00:01:00Z');
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-01T00:01:00Z');
RESET ROLE;
CREATE FUNCTION del.keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% %', OLD.host, OLD.v;
	RETURN CASE WHEN OLD.host = 'h2' THEN NULL ELSE OLD END;
END $$;
CREATE TRIGGER keep BEFORE DELETE ON del.wide FOR EACH ROW EXECUTE FUNCTION del.keep();
SELECT * FROM sydraql('delete from del.wide{host=~/h[12]/} where time >= 2024-03-01 and time < 2024-03-01T00:02:00Z');
DROP TRIGGER keep ON del.wide;
GRANT SELECT ON del.wide TO deleter;
ALTER TABLE del.wide ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON del.wide TO deleter USING (host <> 'h3');
SET ROLE deleter;
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-02');
RESET ROLE;
SELECT host, count(*) FROM del.wide GROUP BY host;
-- a view deletes as its owner
ALTER TABLE del.wide DISABLE ROW LEVEL SECURITY;
CREATE VIEW del.cleaner AS SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-01T00:10:00Z');
REVOKE ALL ON del.wide FROM deleter;
GRANT SELECT ON del.cleaner TO deleter;
SET ROLE deleter;
TABLE del.cleaner;
RESET ROLE;
SELECT host, count(*) FROM del.wide GROUP BY host;
-- children of a metric are metrics of their own
CREATE TABLE del.child () INHERITS (del.wide) USING sydra;
INSERT INTO del.child (time, host, v) VALUES ('2024-03-01 01:00', 'h9', 1);
SELECT * FROM sydraql('delete from del.wide where time >= 2024-03-01 and time < 2024-03-02');
SELECT tableoid::regclass, count(*) FROM del.wide GROUP BY 1;
SET client_min_messages = warning;
DROP SCHEMA del CASCADE;
DROP FUNCTION same;
DROP ROLE deleter;
