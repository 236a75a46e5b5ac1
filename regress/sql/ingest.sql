-- ingest() writes what its lines say, all or nothing; a line that cannot be written is named with
-- line and column.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';

-- Metrics are made on first use.  Times are ISO 8601 or epochs.  Empty lines are no lines.
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-01T00:00:00Z","value":1.5,"tags":{"host":"a","n":1,"b":true,"z":null}}
{"ts":1709251201,"series":"ing.native","value":-0.0,"fields":{"x":[1,{"y":"z"}]}}

   {"series" : "ing.native", "ts" : 1709251202.25, "value" : null}
{"series":"ing.other","ts":"2024-03-01 01:00:00+01:00","value":1e3,"tags":{}}
');
SELECT * FROM ing.native ORDER BY time;
SELECT * FROM ing.other;

-- A wide metric: tags and fields are columns, coerced to their types, with defaults where missing.
SELECT sydra.create_metric('ing.wide', tags => '{host}',
	fields => '{"f8":"float8","f4":"float4","i2":"int2","i8":"int8","t":"text","ok":"bool","d":"numeric(6,2)","j":"jsonb","day":"date"}');
ALTER TABLE ing.wide ADD COLUMN made int DEFAULT 7;
SELECT * FROM sydra.ingest('{"series":"ing.wide","ts":"2024-03-01","tags":{"host":"a"},"fields":{"f8":1,"f4":2.5,"i2":-3,"i8":9007199254740993,"t":"\u00e4","ok":true,"d":1.005,"j":[1],"day":"2024-02-29"}}
{"series":"ing.wide","ts":"2024-03-02","fields":{"f8":"NaN","f4":"-Infinity","t":5,"j":"s"}}
{"series":"ing.wide","ts":"2024-03-03","fields":{"made":8}}
{"series":"ing.wide","ts":"2024-03-04","tags":{"host":null}}');
SELECT * FROM ing.wide ORDER BY time;

-- Epochs in other units.
SET sydraql.epoch_unit = 'ns';
SELECT inserted FROM sydra.ingest('{"series":"ing.other","ts":1709251200123456789,"value":1}');
SET sydraql.epoch_unit = 'ms';
SELECT inserted FROM sydra.ingest('{"series":"ing.other","ts":1709251200123,"value":2}');
RESET sydraql.epoch_unit;
SELECT * FROM ing.other ORDER BY value;

-- Each fault with its line and column; columns count characters.
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-01","value":1}
{"series":"ing.native","ts":"2024-03-01","value":1,}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-01","fields":{}');
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"infinity","value":1}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-01","tags":{"ä":"ä","host":{"a":1}}}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-01","tags":{"host":[1]}}');
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":1709251200000,"value":1}');
SELECT * FROM sydra.ingest('{"series":"ing.wide","ts":"2024-03-01","tags":{"hosts":"a"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest('{"series":"ing.wide","ts":"2024-03-01","tags":{"host":"a"},"fields":{"host":"b"}}');
SELECT * FROM sydra.ingest('{"series":"pg_catalog.x","ts":"2024-03-01","value":1}');
\set SHOW_CONTEXT errors
SELECT * FROM sydra.ingest('{"series":"ing.wide","ts":"2024-03-01","fields":{"day":"someday"}}');
\set SHOW_CONTEXT never
SELECT * FROM sydra.ingest('', on_error => 'ignore');
SET sydraql.auto_create_metrics = off;
SELECT * FROM sydra.ingest('{"series":"ing.unknown","ts":"2024-03-01","value":1}');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.auto_create_metrics;

-- Nothing of the failed calls was written.
SELECT count(*) FROM ing.native;

-- on_error => 'skip': a row for each bad line, the good ones are written.
SELECT * FROM sydra.ingest('{"series":"ing.native","ts":"2024-03-05","value":1}
[1,2]
"x"
{"series":"ing.native","ts":"noon","value":1}
{"series":"ing.native","ts":true,"value":1}
{"series":"ing.native","ts":"2024-03-05","value":"abc"}
{"series":"ing.native","ts":"2024-03-05","value":1e999}
{"series":"ing.native","ts":"2024-03-05","value":{"a":1}}
{"series":"ing.native","ts":"2024-03-05","tags":"a"}
{"series":"ing.wide","ts":"2024-03-05","fields":{"i2":1.5}}
{"series":"ing.wide","ts":"2024-03-05","fields":{"i2":40000}}
{"series":"ing.wide","ts":"2024-03-05","fields":{"ok":1}}
{"series":"ing.wide","ts":"2024-03-05","fields":{"t":{"a":1}}}
{"series":5,"ts":"2024-03-05"}
{"metric":"ing.native"}
{"series":"ing.native"}
{"ts":1}
nonsense
{"series":"ing.native","ts":"2024-03-05","value":"ü
{"series":"ing.native","ts":"2024-03-06","value":2}', on_error => 'skip');
SELECT time, value FROM ing.native WHERE time >= '2024-03-05' ORDER BY time;

-- What holds for an INSERT holds: constraints, triggers, row security, privileges.
CREATE TABLE ing.checked (time timestamptz NOT NULL, value float8 CHECK (value < 100), host sydra.tag);
SELECT * FROM sydra.ingest('{"series":"ing.checked","ts":"2024-03-01","value":1}
{"series":"ing.checked","ts":"2024-03-01","value":101}');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM ing.checked;
CREATE ROLE regress_ing_user;
GRANT USAGE ON SCHEMA ing TO regress_ing_user;
SET ROLE regress_ing_user;
SELECT * FROM sydra.ingest('{"series":"ing.checked","ts":"2024-03-01","value":1}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydra.ingest('{"series":"ing.mine","ts":"2024-03-01","value":1}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT INSERT ON ing.checked TO regress_ing_user;
ALTER TABLE ing.checked ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_a ON ing.checked WITH CHECK (host = 'a');
SET ROLE regress_ing_user;
SELECT inserted FROM sydra.ingest('{"series":"ing.checked","ts":"2024-03-01","value":1,"tags":{"host":"a"}}');
SELECT * FROM sydra.ingest('{"series":"ing.checked","ts":"2024-03-01","value":1,"tags":{"host":"b"}}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- More rows than one statement takes, and the order of one metric's points.
SELECT inserted FROM sydra.ingest((SELECT string_agg(format(
	'{"series":"ing.many%s","ts":"2024-03-01","value":%s}', g % 3, g), E'\n' ORDER BY g)
	FROM generate_series(1, 70000) g));
SELECT count(*), sum(value), bool_and(rising) FROM
	(SELECT value, value > lag(value, 1, 0) OVER (ORDER BY ctid) AS rising FROM ing.many0) AS ordered;

-- ingest_arrays() writes one series.
SELECT sydra.ingest_arrays('ing.arrays', '{"host":"a","n":1}', '{2024-03-01,2024-03-02}', '{1.5,NULL}');
SELECT * FROM ing.arrays ORDER BY time;
ALTER TABLE ing.wide ADD COLUMN value float8;
SELECT sydra.ingest_arrays('ing.wide', '{"host":"q"}', '{2024-03-09}', '{4}');
SELECT time, host, value FROM ing.wide WHERE value IS NOT NULL;
SELECT sydra.ingest_arrays('ing.arrays', '{}', '{}', '{}');
SELECT sydra.ingest_arrays('ing.arrays', '{}', '{2024-03-01,infinity}', '{1,2}');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.ingest_arrays('ing.arrays', '{}', '{2024-03-01}', '{1,2}');
SELECT sydra.ingest_arrays('ing.arrays', '{}', '{NULL}', '{1}');
SELECT sydra.ingest_arrays('ing.arrays', '{"host":["a"]}', '{2024-03-01}', '{1}');
SELECT sydra.ingest_arrays('ing.arrays', '[]', '{2024-03-01}', '{1}');
SELECT sydra.ingest_arrays('ing.wide', '{"nohost":"a"}', '{2024-03-01}', '{1}');

SET client_min_messages = warning;
DROP SCHEMA ing CASCADE;
DROP ROLE regress_ing_user;
