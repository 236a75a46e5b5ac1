-- Where two readings of a query are possible the documented one holds.
SET TimeZone = 'UTC';
CREATE SCHEMA edge;
CREATE TABLE edge.field (time timestamptz NOT NULL, value float8, tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
INSERT INTO edge.field VALUES ('2024-03-01', 1, '{"value": "tagged"}', '{"value": 7}');
CREATE TABLE edge.tag (LIKE edge.field INCLUDING ALL) USING sydra;
INSERT INTO edge.tag SELECT * FROM edge.field;

-- tag.k and field.k are the tag and the field, whatever the metric is called
SELECT * FROM sydraql('select tag.value, field.value, field.field.value as f from edge.field where time >= 2024-03-01');
SELECT * FROM sydraql('select tag.value, field.value, tag.tag.value as t from edge.tag where time >= 2024-03-01');

-- an integer is an epoch beside a time, not beside a string that could be one
SELECT * FROM sydraql('select 2024-03-01 > 1709251200, 2024-03-01 = ''2024-03-01'', 1709251200 in (2024-03-01)');
SELECT * FROM sydraql('select ''2024-03-01'' > 3');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select ''2024-03-01'' in (1709251200)');
\echo :LAST_ERROR_SQLSTATE

-- a parameter is an origin or a zone, as its value says
SELECT * FROM sydraql('select time_bucket($1, time, $2) as b from edge.tag where time >= 2024-03-01', '["1d", "Europe/Berlin"]');
SELECT * FROM sydraql('select time_bucket(1d, time, $1) as b from edge.tag where time >= 2024-03-01', '["Europe/Berlin"]');
SELECT * FROM sydraql('select time_bucket(1d, time, $1) as b from edge.tag where time >= 2024-03-01', '["2024-01-01T06:00:00Z"]');
SELECT * FROM sydraql('select time_bucket($1, time, $2) as b from edge.tag where time >= 2024-03-01', '["1d", 21600]');

-- letters that changed places are near enough for a hint
SELECT * FROM sydraql('select vaule from edge.field where time >= 2024-03-01');
SELECT * FROM sydraql('select exp(1000)');
\echo :LAST_ERROR_SQLSTATE

-- max_series counts the series that match, not their neighbours in the same batch
CREATE TABLE edge.many (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO edge.many SELECT '2024-03-01Z'::timestamptz + i * interval '1 s', 'h' || i % 20, i FROM generate_series(0, 999) i;
SET sydraql.max_series = 2;
SELECT * FROM sydraql('select tag.host, count(*) from edge.many{host =~ /^h1?2$/} where time >= 2024-03-01 group by tag.host');
CALL sydra.seal('edge.many');
SELECT * FROM sydraql('select tag.host, count(*) from edge.many{host =~ /^h1?2$/} where time >= 2024-03-01 group by tag.host');
SELECT * FROM sydraql('select count(*) from edge.many{host =~ /2$|3/} where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_series;

-- expressions name a source by one name, not by its schema
SELECT * FROM sydraql('select edge.many.v from edge.many where time >= 2024-03-01');
\echo :LAST_ERROR_SQLSTATE

-- times in the JSON of an INSERT are the language's, whatever the session thinks of dates; what a type
-- refuses has its place
CREATE TABLE edge.typed (time timestamptz NOT NULL, port sydra.tag_int4, value int4, seen timestamptz, local timestamp, day date, n int2, u uuid, j jsonb) USING sydra;
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Tokyo';
SELECT * FROM sydraql('insert into edge.typed (port = ''80'') values (2024-03-01, 5, {"seen": "2024-02-03T12:00:00", "local": "2024-02-03", "day": "2024-02-03", "n": "7", "j": {"a": null}}), (2024-03-02, null, {"seen": 1709251200, "day": null})');
RESET DateStyle;
SET TimeZone = 'UTC';
SELECT * FROM edge.typed;
SELECT * FROM sydraql('insert into edge.typed values (2024-03-01, 5, {"seen": "03/02/2024"})');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.typed values (2024-03-01, 5, {"day": true})');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.typed values (2024-03-01, 5, {"n": 70000})');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.typed values (2024-03-01, 1.5)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.typed (port = ''http'') values (2024-03-01, 1)');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.typed values (2024-03-01, 5, {"n": })');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('insert into edge.field values (2024-03-01, 5, {"n": 1e999999})');
\echo :LAST_ERROR_SQLSTATE

-- what is asked of one operand again and again ends while it is looked at, not in memory
CREATE FUNCTION edge.nested(condition text, levels int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	term text := 'value';
BEGIN
	FOR i IN 1 .. levels LOOP
		term := format('if(' || condition || ', 1.0, 2.0)', term);
	END LOOP;
	RETURN 'select count(*) from edge.field where time >= 2024-01-01 and ' || term || ' = 1.0';
END $$;
INSERT INTO edge.field (time, value) VALUES ('2024-01-01Z', 1.5);
SET statement_timeout = '60s';
\set VERBOSITY terse
SELECT * FROM sydraql(edge.nested('%s between 1 and 2', 6));
SELECT * FROM sydraql(edge.nested('%s between 1 and 2', 30));
SELECT * FROM sydraql(edge.nested('%s in (value, value)', 30));
SELECT * FROM sydraql('select count(*) from edge.field where time >= 2024-01-01 and value * 2 in (value + 1' || repeat(', value + 2', 10000) || ')');
\set VERBOSITY default
-- as many items as a result has columns are computed, and named
SELECT count(*), max(name) FROM sydraql_describe('select ' || repeat('value + 1.5 as v, ', 1663) || 'value from edge.field where time >= 2024-01-01');
SELECT count(*) FROM sydraql_to_json('select ' || repeat('value + 1.5 as v, ', 1599) || 'value from edge.field where time >= 2024-01-01 limit 1');
-- buckets that nobody gets are not counted, others only as far as it matters
SELECT * FROM sydraql('select time_bucket(1d, time, ''Europe/Berlin'') as b, count(*) from edge.field where time >= 0001-01-01 and time < 9999-01-01 and tag.host = ''none'' group by b fill(0)');
SELECT * FROM sydraql('select time_bucket(1d, time, ''Europe/Berlin'') as b, count(*) from edge.field where time >= 2000-01-01 and time < 2024-01-01 + 60000000d group by b fill(0)');
RESET statement_timeout;
-- a long search in a text can be cancelled
CREATE TABLE edge.texts (time timestamptz NOT NULL, s text) USING sydra;
INSERT INTO edge.texts VALUES ('2024-01-01Z', repeat('a', 300000));
SET statement_timeout = '100ms';
SELECT * FROM sydraql_to_recordset('select count(*) from edge.texts where time >= 2024-01-01 and s like :p', jsonb_build_object('p', '%' || repeat('a', 60000) || 'b')) AS t (count int8);
RESET statement_timeout;
-- what a pattern knows of long texts is bounded
TRUNCATE edge.texts;
INSERT INTO edge.texts SELECT '2024-01-01Z'::timestamptz + i * interval '1 s', i || repeat('a', 1500) FROM generate_series(1, 20000) i;
CALL sydra.seal('edge.texts');
SET sydraql.query_mem = '24MB';
SELECT * FROM sydraql('select count(*) from edge.texts where time >= 2024-01-01 and s =~ /7a/');
RESET sydraql.query_mem;

SET client_min_messages = warning;
DROP SCHEMA edge CASCADE;
