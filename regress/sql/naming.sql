-- Columns have the names and types that the query says, whatever its parameters are.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';
CREATE SCHEMA "Odd";
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE "Odd"."b.c" (ts timestamptz NOT NULL, host sydra.tag, value float4, small int2,
	exact numeric(10, 2), day date, feeling mood, id uuid, doc jsonb, ok bool, "Value" text)
	USING sydra;
INSERT INTO "Odd"."b.c" VALUES ('2024-03-01', 'a', 1.5, 2, 3.25, '2024-02-29', 'glad',
	'00000000-0000-0000-0000-000000000001', '{"k": 1}', true, 'x');

-- metrics: the first part is the schema, the rest the table; strings; search_path
SELECT value FROM sydraql('select value from Odd.b.c where time >= 2024-01-01');
SELECT value FROM sydraql('select value from "Odd"."b.c" where time >= 2024-01-01');
SELECT value FROM sydraql('select value from ''Odd.b.c'' where time >= 2024-01-01');
SET search_path = "Odd", public;
SELECT value FROM sydraql('select value from "b.c" where time >= 2024-01-01');
RESET search_path;

-- star is every column in table order; kinds become SQL types
SELECT * FROM sydraql_describe('select * from Odd.b.c where time >= 2024-01-01');
SELECT * FROM sydraql('select * from Odd.b.c where time >= 2024-01-01');

-- alias, last part, function, column<n>; the second use gets _2
SELECT * FROM sydraql_describe('select value, value, tag.host, host as h, value as value, value + 1, 1, "Value", time from Odd.b.c where time >= 2024-01-01');
SELECT * FROM sydraql_describe('select AVG(value), count(*), count(), Sum(small), min(host), max(ts) as "max", max(day) from Odd.b.c where time >= 2024-01-01');
SELECT * FROM sydraql_describe('select avg(value), count(*), sum(small), sum(value), max(time), first(host), last(ok), time_bucket(1h, time) from Odd.b.c where time >= 2024-01-01 group by time_bucket(1h, time)');
SELECT * FROM sydraql_describe('select u.value, u.tag.host, u.ts from Odd.b.c as u where u.time >= 2024-01-01');

-- filling changes integers to float8 where it can give fractions
SELECT * FROM sydraql_describe('select count(*), sum(value) from Odd.b.c where time >= 2024-01-01 group by time_bucket(1h, time) fill(linear)');
SELECT * FROM sydraql_describe('select count(*) from Odd.b.c where time >= 2024-01-01 group by time_bucket(1h, time) fill(1)');
SELECT * FROM sydraql_describe('select count(*) from Odd.b.c where time >= 2024-01-01 group by time_bucket(1h, time) fill(0.5)');
SELECT * FROM sydraql_describe('select count(*) from Odd.b.c where time >= 2024-01-01 group by time_bucket(1h, time) fill($1)');

-- kinds of parameters come from where they stand
SELECT * FROM sydraql_describe('select $1, small + $2, small > $3, time + $4, coalesce(host, $5), if($6, 1, 2) from Odd.b.c where time >= $7 limit $8');
SELECT * FROM sydraql_to_json('select $1, small + $2, small > $3, time + $4, coalesce(host, $5), if($6, 1, 2) from Odd.b.c where time >= $7 limit $8', '["t", 1, 1.5, "1h", "none", true, "2024-01-01", 5]');
SELECT * FROM sydraql_to_json('select small + :x as a, small + :x as b from Odd.b.c where time >= :t', '{"x": null, "t": 1704067200}');

-- durations, and queries without FROM
SELECT * FROM sydraql_describe('select 1h, now() - 2024-01-01, 1, 1.5, ''a'', null, true, now()');
SELECT * FROM sydraql('select 90m as d, 7 / 2 as q, 7 % 4 as m, 1 / 0 as z, ''a'' as s, null as n');

-- an alias wins over a column in GROUP BY, HAVING and ORDER BY, never inside an aggregate
CREATE TABLE "Odd".t (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
INSERT INTO "Odd".t SELECT timestamptz '2024-03-01' + i * interval '1 m', 'h' || i % 2, i
	FROM generate_series(0, 5) i;
SELECT * FROM sydraql('select time_bucket(2m, time) as time, sum(value) as value from Odd.t where time >= 2024-03-01 group by time having value > 1 order by value desc');
SELECT * FROM sydraql('select -value as value, value as v from Odd.t where time >= 2024-03-01 order by value limit 2');
SELECT * FROM sydraql('select host as h, max(value) from Odd.t where time >= 2024-03-01 group by h order by 2 desc');
SELECT * FROM sydraql('select time as t, value from Odd.t where TIME >= 2024-03-01 order by t desc nulls last limit 1');

-- default order: time, then series, then writing; groups by bucket, then keys
INSERT INTO "Odd".t VALUES ('2024-03-01', 'a', 100), ('2024-03-01', 'h0', 101);
SELECT * FROM sydraql('select * from Odd.t where time < 2024-03-01T00:02:00Z and time >= 2024-03-01');
SELECT * FROM sydraql('select host, time_bucket(3m, time), count(*) from Odd.t where time >= 2024-03-01 group by host, 2');

-- INSERT answers with one number; a native metric is made on first use
SELECT * FROM sydraql('insert into Odd.fresh (host = ''a'', "odd key" = $1) values (2024-03-01, 1.5, {"u": 1}), (''2024-03-02'', null), (1709424000 + 60, 3)', '["x"]');
SELECT * FROM "Odd".fresh ORDER BY 1;
SELECT * FROM sydraql('insert into Odd.b.c (host = ''z'') values (2024-03-05, 2, {"small": 7, "Value": "text", "doc": {"a": [1]}, "ok": false})');
SELECT ts, host, value, small, doc, ok, "Value" FROM "Odd"."b.c" WHERE host = 'z';

SET client_min_messages = warning;
DROP SCHEMA "Odd" CASCADE;
DROP TYPE mood;
