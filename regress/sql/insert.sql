-- INSERT of sydraQL into wide metrics: every type by its own input function, many rows, tags, fields.
SET timezone = 'UTC';
SET extra_float_digits = 1;
SET client_min_messages = warning;
CREATE SCHEMA ins;
CREATE TABLE ins.w (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, up sydra.tag_bool, value float4, i2 int2, i8 int8,
	n numeric(6, 2), t text, vc varchar(5), b bool, d date, ts timestamp, u uuid, j jsonb, iv interval, arr int[]) USING sydra;
SELECT * FROM sydraql('insert into ins.w (host=''a'', rack=''3'', up=''true'') values
	(2024-03-01, 1.5, {"i2": 7, "i8": 9007199254740993, "n": 12.345, "t": "x", "vc": "abc", "b": true, "d": "2024-03-01", "ts": "2024-03-01T10:00:00Z", "u": "00000000-0000-0000-0000-000000000001", "j": {"a": [1, 2]}, "iv": "1 day"}),
	(2024-03-02, null, {"t": 5, "b": "false", "n": "1.5", "j": 3, "d": 1709251200}), (1709424000, 2)');
SELECT * FROM ins.w ORDER BY time;
SELECT * FROM sydraql('insert into ins.w (host=:h) values (:t, :v, :j)', '{"h": "p", "t": "2024-04-01", "v": 3, "j": {"i2": 4, "t": null}}');
SELECT time, host, value, i2, t FROM ins.w WHERE host = 'p';
SELECT * FROM sydraql('insert into ins.w (host=''a'') values (2024-03-01, 1, {"i2": 70000})');
SELECT * FROM sydraql('insert into ins.w (host=''a'') values (2024-03-01, 1, {"b": 2})');
SELECT * FROM sydraql('insert into ins.w (host=''a'') values (2024-03-01, 1, {"arr": "{1,2}"})');
SELECT * FROM sydraql('insert into ins.w (rack=''x'') values (2024-03-01, 1)');
SELECT (j->>'inserted')::int FROM sydraql_to_json('insert into ins.m (host=''a'') values '
	|| (SELECT string_agg(format('(%s, %s)', 1709251200 + i, i), ', ') FROM generate_series(1, 5000) i)) j;
SELECT count(*), sum(value) FROM ins.m;
DROP SCHEMA ins CASCADE;
