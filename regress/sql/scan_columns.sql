-- sydraQL reads columns of every type as SQL does, from head and segments alike, tags and keys of jsonb among them.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE w (time timestamptz NOT NULL, host sydra.tag, ti sydra.tag_int4, tb sydra.tag_bool, tu sydra.tag_uuid, a int2, b int4, c int8, d float4, e float8, f numeric, g text, h varchar(5), i name, j mood, k uuid,
	l date, m timestamp, n bool, o jsonb, p interval, q bytea, r oid, s time, t "char", u money, v char(4), x int[]) USING sydra;
INSERT INTO w SELECT '2024-01-01Z'::timestamptz + k * interval '1 s', 'h' || k % 2, k % 3, k % 2 = 0, ('00000000-0000-0000-0000-00000000000' || k % 2)::uuid, k, k, k, k / 4.0, k / 4.0, k / 4.0,
	'g' || k, 'h' || k, 'i' || k, CASE WHEN k % 2 = 0 THEN 'sad' ELSE 'ok' END::mood, md5(k::text)::uuid, '2024-01-01'::date + k, '2024-01-01'::timestamp + k * interval '1 h', k % 2 = 0, jsonb_build_object('k', k, 's', 's' || k, 'b', k % 2 = 0),
	k * interval '1 min', ('x' || k)::bytea, k, '10:00'::time + k * interval '1 s', 'c', k, 'v', ARRAY[k] FROM generate_series(1, 1500) k;
INSERT INTO w (time) VALUES ('2024-02-01Z'), ('2024-02-02Z');
INSERT INTO w (time, e, f, l, m) VALUES ('2024-02-03Z', '-Infinity', 'NaN', 'infinity', '-infinity');
CREATE VIEW plain AS SELECT time, host::text, ti::int8, tb::bool, tu::text, a::int8, b::int8, c, d::float8, e, f::float8, g, h::text, i::text, j::text, k::text, l::timestamptz AS l, m::timestamptz AS m, n, o, p, q, r, s, t, u, v::text, x FROM w;
CREATE VIEW mine AS SELECT * FROM sydraql('select * from w where time >= 2024-01-01');
SELECT * FROM sydraql_describe('select * from w where time >= 2024-01-01');
SELECT count(*) FROM ((TABLE mine EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE mine)) d;
CALL sydra.seal('w');
SELECT count(*) FROM ((TABLE mine EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE mine)) d;
INSERT INTO w SELECT time + interval '100 days', host, ti, tb, tu, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, x FROM w;
SELECT count(*) FROM ((TABLE mine EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE mine)) d;
-- rows that a condition leaves out do not come back with what their neighbours had
SELECT count(*) FROM (SELECT * FROM sydraql('select j, k, v, o, s from w where time >= 2024-01-01 and a % 7 = 3 and g != ''g10''') EXCEPT SELECT j::text, k::text, v::text, o, s FROM w WHERE a % 7 = 3 AND g <> 'g10') d;
SELECT * FROM sydraql('select j, count(*), min(k), max(l), min(m), sum(f), avg(d), min(i), count(distinct h), max(v) from w where time >= 2024-01-01 group by j');
SELECT * FROM sydraql('select tag.ti, tag.tb, tag.tu, ti + 1 as n, count(*) from w where time >= 2024-01-01 group by tag.ti, tag.tb, tag.tu, n order by tag.ti, tag.tb');
-- native metrics: all tags in one jsonb, fields in another
SELECT sydra.create_metric('cpu.usage');
INSERT INTO cpu.usage (time, value, tags, fields) VALUES ('2024-01-01 00:00Z', 1.5, '{"host": "a", "dc": "x"}', '{"q": 1, "s": "text", "b": true}'), ('2024-01-01 00:01Z', 2.5, '{"host": "a"}', '{"q": 2.5, "s": null}'),
	('2024-01-01 00:02Z', NULL, '{"host": "b", "n": 5}', NULL), ('2024-01-01 00:02Z', 7, '{}', '{"q": "no number"}');
SELECT * FROM sydraql('select * from cpu.usage where time >= 2024-01-01');
SELECT * FROM sydraql('select time, value, tag.host, tag.dc, tag.n, field.q, field.q * 2 as d from cpu.usage where time >= 2024-01-01');
CALL sydra.seal('cpu.usage');
SELECT * FROM sydraql('select time, value, tag.host, tag.dc, tag.n, field.q, field.q * 2 as d from cpu.usage where time >= 2024-01-01');
SELECT * FROM sydraql('select tag.host, avg(value), avg(field.q), last(value), count(*) from cpu.usage where time >= 2024-01-01 group by tag.host');
DROP VIEW mine, plain;
DROP TABLE w;
DROP TYPE mood;
DROP SCHEMA cpu CASCADE;
