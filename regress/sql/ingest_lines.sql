-- ingest_lines() takes InfluxDB's line protocol; large calls write segments as COPY does.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';

-- A native metric: the field "value" is its value, others are its fields.
SELECT * FROM sydra.ingest_lines('# comment
lin.temperature,room=attic,floor=2 value=21.5 1709251200000000000

lin.temperature,room=cellar value=7i,ok=true,note="cold, \"damp\"",n=-1.5e3,u=7u 1709251201000000000
lin.temperature value=-0 1709251202000000001
lin.temperature,room=a\ b\,c\=d state="two
lines" 1709251203000000000
');
SELECT * FROM lin.temperature ORDER BY time;

-- A wide metric: tags and fields are columns, whatever the kind of number.
SELECT sydra.create_metric('lin.cpu', tags => '{host}',
	fields => '{"usage":"float8","n":"int8","small":"int2","ok":"bool","note":"text","j":"jsonb","value":"numeric"}');
ALTER TABLE lin.cpu ADD COLUMN rack sydra.tag_int4, ADD COLUMN made int DEFAULT 7;
SELECT * FROM sydra.ingest_lines('lin.cpu,host=web1,rack=12 usage=5i,n=9007199254740993i,small=3,ok=f,note="x",j="y",value=1.25 1
lin.cpu,host=web\ 2 usage=.5,n=12,note=1.5,j=2,made=9i 2
lin.cpu n=1u,j=true 3', 's');
SELECT * FROM lin.cpu ORDER BY time;

-- Precision, and points without a time.
SELECT inserted FROM sydra.ingest_lines('lin.at value=1 1709251200', "precision" => 's');
SELECT inserted FROM sydra.ingest_lines('lin.at value=2 1709251200001', "precision" => 'ms');
SELECT inserted FROM sydra.ingest_lines('lin.at value=3 1709251200000002', "precision" => 'us');
SELECT inserted FROM sydra.ingest_lines('lin.at value=4 1709251200000003999', "precision" => 'ns');
SELECT inserted FROM sydra.ingest_lines('lin.at value=5 -1');
SELECT * FROM lin.at ORDER BY value;
BEGIN;
SELECT inserted FROM sydra.ingest_lines(E'lin.now value=1\nlin.now value=2');
SELECT count(DISTINCT time), min(time) BETWEEN now() AND clock_timestamp() AS is_now FROM lin.now;
COMMIT;

-- Faults with line and column, and nothing is written.
SELECT * FROM sydra.ingest_lines('lin.at value=6 1
lin.at,ä= value=7 1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest_lines('lin.at value=6 1
lin.at note="two
lines",value=x 1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest_lines('lin.cpu,hots=a usage=1 1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest_lines('lin.at value=6 1709251200000', "precision" => 's');
SELECT * FROM sydra.ingest_lines('lin.at value=6 9223372036854775807', "precision" => 'us');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest_lines('lin.at value=6', "precision" => 'm');
SELECT * FROM sydra.ingest_lines('lin.at value=6', on_error => 'x');
SELECT * FROM sydra.ingest_lines('lin.at value="six"');
SELECT * FROM sydra.ingest_lines('pg_catalog.b value=6');
\set SHOW_CONTEXT errors
ALTER TABLE lin.cpu ADD COLUMN day date;
SELECT * FROM sydra.ingest_lines('lin.cpu day="someday" 1');
\set SHOW_CONTEXT never
SELECT count(*) FROM lin.at;

-- on_error => 'skip': a row for each bad line.
SELECT * FROM sydra.ingest_lines('lin.at value=7 1
lin.at
lin.at value=nan 1
lin.at value=8 x
lin.cpu,rack=a usage=1 1
lin.cpu,rack=99999999999 usage=1 1
lin.cpu ok="maybe" 1
lin.cpu small=40000i 1
lin.cpu n=18446744073709551615u 1
lin.cpu,host=a host="b" 1
lin.at value="open
lin.at value=9 2', on_error => 'skip');
SELECT value FROM lin.at WHERE value > 6 ORDER BY value;

-- Few points go into the head, many into segments; in order, with defaults, all or nothing.
SET sydraql.direct_min_rows = 1000;
CREATE FUNCTION lines(first int, last int) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format(
		E'lin.many,host=h%s,rack=%s usage=%s,n=%si,note="n %s" %s\nlin.native,host=h%s value=%s,extra=%s %s',
		g % 7, g % 3, g / 4.0, g, g % 5, g, g % 7, g / 8.0, g % 2, g), E'\n' ORDER BY g)
	FROM generate_series(first, last) g $$;
CREATE FUNCTION places(t regclass, OUT head bigint, OUT segments bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE (ctid::text::point)[0] < 2147483648), count(*) FILTER (WHERE (ctid::text::point)[0] >= 2147483648) FROM %s', t)
		INTO head, segments;
END $$;
CREATE TABLE lin.many (LIKE lin.cpu INCLUDING DEFAULTS) USING sydra;
SELECT * FROM sydra.ingest_lines(lines(1, 999));
SELECT * FROM places('lin.many') a, places('lin.native') b;
SELECT * FROM sydra.ingest_lines(lines(1000, 5000));
SELECT * FROM places('lin.many') a, places('lin.native') b;
SELECT count(*), sum(n), sum(usage), sum(rack), sum(made), min(note), count(DISTINCT host) FROM lin.many;
SELECT count(*), sum(n), sum(usage), sum(rack) FROM lin.many WHERE host = 'h3' AND time > '1970-01-01 00:00:00.000001';
SELECT count(*), sum(value), sum((fields->>'extra')::int), count(DISTINCT tags) FROM lin.native;
SELECT * FROM sydra.verify('lin.many');
SELECT * FROM sydra.verify('lin.native');
BEGIN;
SAVEPOINT s;
SELECT * FROM sydra.ingest_lines(lines(5001, 7000));
SELECT count(*) FROM lin.many;
ROLLBACK TO s;
SELECT count(*) FROM lin.many;
COMMIT;
SELECT * FROM sydra.ingest_lines(lines(5001, 7000) || E'\nlin.many');
SELECT count(*) FROM lin.many;

-- The other ingest functions do the same.
SELECT inserted FROM sydra.ingest((SELECT string_agg(format(
	'{"series":"lin.json","ts":"2024-03-01","value":%s,"tags":{"a":"%s"}}', g, g % 3), E'\n') FROM generate_series(1, 1500) g));
SELECT sydra.ingest_arrays('lin.json', '{"a":"x"}', (SELECT array_agg('2024-03-01'::timestamptz + g * interval '1s') FROM generate_series(1, 1500) g),
	(SELECT array_agg(NULLIF(g, 7)) FROM generate_series(1, 1500) g));
SELECT * FROM places('lin.json');
SELECT tags, count(*), sum(value), count(value) FROM lin.json GROUP BY tags ORDER BY tags;
-- numbers that have to be cast: the head
SELECT sydra.ingest_arrays('lin.cpu', '{"host":"x"}', array_agg('2024-03-01'::timestamptz + g * interval '1s'), array_agg(g)) FROM generate_series(1, 1500) g;
SELECT * FROM places('lin.cpu');
SELECT count(*), sum(value) FROM lin.cpu WHERE host = 'x';

-- What COPY would not do, INSERT does: policies, rules, GENERATED ALWAYS; checks and triggers hold.
CREATE TABLE lin.checked (time timestamptz NOT NULL, value float8 CHECK (value < 1500), host sydra.tag) USING sydra;
CREATE FUNCTION points(metric text, last int) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s,host=a value=%s %s', metric, g, g), E'\n') FROM generate_series(1, last) g $$;
SELECT * FROM sydra.ingest_lines(points('lin.checked', 1600));
\echo :LAST_ERROR_SQLSTATE
SELECT inserted FROM sydra.ingest_lines(points('lin.checked', 1200));
SELECT * FROM places('lin.checked');
CREATE ROLE regress_lin_user;
GRANT USAGE ON SCHEMA lin TO regress_lin_user;
SET ROLE regress_lin_user;
SELECT * FROM sydra.ingest_lines(points('lin.checked', 1200));
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT INSERT (time, value) ON lin.checked TO regress_lin_user;
SET ROLE regress_lin_user;
SELECT * FROM sydra.ingest_lines(points('lin.checked', 1200));
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT INSERT ON lin.checked TO regress_lin_user;
ALTER TABLE lin.checked ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON lin.checked WITH CHECK (value <= 1100);
SET ROLE regress_lin_user;
SELECT * FROM sydra.ingest_lines(points('lin.checked', 1200));
\echo :LAST_ERROR_SQLSTATE
SELECT inserted FROM sydra.ingest_lines(points('lin.checked', 1100));
RESET ROLE;
SELECT * FROM places('lin.checked');
CREATE TABLE lin.ruled (LIKE lin.checked) USING sydra;
CREATE TABLE lin.told (value float8);
CREATE RULE told AS ON INSERT TO lin.ruled DO ALSO INSERT INTO lin.told VALUES (NEW.value);
SELECT inserted FROM sydra.ingest_lines(points('lin.ruled', 1100));
SELECT (SELECT count(*) FROM lin.ruled), (SELECT count(*) FROM lin.told);
CREATE TABLE lin.parted (LIKE lin.checked) PARTITION BY LIST (host);
CREATE TABLE lin.parted_a PARTITION OF lin.parted FOR VALUES IN ('a') USING sydra;
SELECT inserted FROM sydra.ingest_lines(points('lin.parted', 1100));
SELECT * FROM places('lin.parted_a');

-- A trigger that ingests while rows are being ingested, and fails now and then.
CREATE TABLE lin.inner (time timestamptz NOT NULL, value float8 CHECK (value < 1250), host sydra.tag) USING sydra;
CREATE TABLE lin.outer (LIKE lin.checked) USING sydra;
CREATE FUNCTION lin.nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.value IN (3, 1050) THEN
		PERFORM sydra.ingest_lines(points('lin.inner', 1200));
		BEGIN
			PERFORM sydra.ingest_lines(points('lin.inner', 1300));
		EXCEPTION WHEN check_violation THEN
			NEW.host = 'b';
		END;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER nest BEFORE INSERT ON lin.outer FOR EACH ROW EXECUTE FUNCTION lin.nest();
SELECT inserted FROM sydra.ingest_lines(points('lin.outer', 1100));
SELECT host, count(*), sum(value) FROM lin.outer GROUP BY host ORDER BY host;
SELECT count(*) FROM lin.inner;

SET client_min_messages = warning;
DROP SCHEMA lin CASCADE;
DROP FUNCTION lines, places, points;
DROP ROLE regress_lin_user;
