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

SET client_min_messages = warning;
DROP SCHEMA pa CASCADE;
