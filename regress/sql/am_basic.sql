-- A sydra table holds what a heap table holds, before and after sealing
SET sydraql.enable_scan = off;
CREATE FUNCTION differ(a regclass, b regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (
		(SELECT x::text FROM %1$s x EXCEPT ALL SELECT x::text FROM %2$s x) UNION ALL
		(SELECT x::text FROM %2$s x EXCEPT ALL SELECT x::text FROM %1$s x)) d', a, b) INTO n;
	RETURN n;
END $$;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE basic (
	time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, live sydra.tag_bool,
	b bool, c "char", i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text,
	v varchar(20), bp char(5), by bytea, j jsonb, u uuid, d date, ti time, tz timetz,
	iv interval, ts timestamp, o oid, e mood, a int[], p pair, nm name, pt point, r int4range
) USING sydra;
INSERT INTO basic
SELECT '2124-01-01'::timestamptz + i * interval '1 s', 'h' || i % 7, i % 3, i % 2 = 0,
	i % 2 = 1, chr(65 + i % 26)::"char", (i % 100)::int2, -i, i * 10000000000, i / 3.0, i / 7.0,
	i * 1.25, repeat('x', i % 300), 'v' || i, 'c' || i % 9, decode(lpad(to_hex(i), 8, '0'), 'hex'),
	jsonb_build_object('i', i, 's', repeat('y', i % 50)),
	md5(i::text)::uuid, '2124-01-01'::date + i, '00:00'::time + i * interval '1 s',
	'00:00+02'::timetz, i * interval '1 h', '2124-01-01'::timestamp, i::oid,
	(ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood, ARRAY[i, i + 1], (i, 'p' || i)::pair,
	('n' || i)::name, point(i, -i), int4range(i, i + 5)
FROM generate_series(1, 2500) i;
INSERT INTO basic (time) SELECT '2123-06-01'::timestamptz + i * interval '1 ms' FROM generate_series(1, 1500) i;
INSERT INTO basic (time, host, f4, f8, i8, i4, i2, t) VALUES
	('1999-12-31 23:59:59.999999', 'edge', 'NaN', 'NaN', 9223372036854775807, 2147483647, 32767, ''),
	('2000-01-01 00:00:00', 'edge', '-0', '-0', -9223372036854775808, -2147483648, -32768, repeat('ü', 40000)),
	('2000-01-01 00:00:00.000001', '', 'infinity', '-infinity', 0, 0, 0, repeat(md5('1'), 9)),
	('infinity', 'edge', 1, 1, 1, 1, 1, 'never sealed'),
	('-infinity', 'edge', 2, 2, 2, 2, 2, 'never sealed');
CREATE TABLE basic_twin AS TABLE basic;
SELECT differ('basic', 'basic_twin');

CALL sydra.seal('basic');
SELECT differ('basic', 'basic_twin');
SELECT count(*), sum(i8::numeric), round(sum(f8) FILTER (WHERE i4 < 0)::numeric, 6) AS f8, min(time), max(time) FROM basic;
SELECT count(*), sum(i8::numeric), round(sum(f8) FILTER (WHERE i4 < 0)::numeric, 6) AS f8, min(time), max(time) FROM basic_twin;

-- infinite times stay in the head, all else has moved
SELECT time, t FROM basic WHERE (ctid::text::point)[0] < 2147483648;
SELECT count(*), count(DISTINCT ctid) FROM basic WHERE (ctid::text::point)[0] >= 2147483648;

-- system columns
SELECT tableoid::regclass, xmin, xmax, cmin, cmax FROM basic WHERE host = 'h1' LIMIT 1;

-- a row keeps its address when it is copied from slot to slot
SELECT count(*) FROM basic a JOIN LATERAL (SELECT b.ctid AS address, b.i4 FROM basic b WHERE b.host = 'h1' OFFSET 0) s ON a.ctid = s.address AND a.i4 = s.i4;

-- rows inserted after the seal
INSERT INTO basic SELECT * FROM basic_twin WHERE host = 'h2';
INSERT INTO basic_twin SELECT * FROM basic_twin WHERE host = 'h2';
SELECT differ('basic', 'basic_twin');
BEGIN;
INSERT INTO basic SELECT * FROM basic WHERE host = 'h3';
SAVEPOINT s;
INSERT INTO basic SELECT * FROM basic WHERE host = 'h4';
ROLLBACK TO s;
INSERT INTO basic_twin SELECT * FROM basic_twin WHERE host = 'h3';
SELECT differ('basic', 'basic_twin');
COMMIT;
CALL sydra.seal('basic');
SELECT differ('basic', 'basic_twin');
CALL sydra.seal('basic');
SELECT differ('basic', 'basic_twin');

-- the sizes at which vectors begin and end
CREATE TABLE size_1 (time timestamptz NOT NULL, v int) USING sydra;
CREATE TABLE sizes (n int, t text);
CREATE PROCEDURE try_size(n int) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE size_1;
	INSERT INTO size_1 SELECT '2124-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, n) i;
	COMMIT;
	CALL sydra.seal('size_1');
	INSERT INTO sizes SELECT n, count(*) || ' ' || coalesce(sum(v), 0) FROM size_1;
END $$;
CALL try_size(0);
CALL try_size(1);
CALL try_size(63);
CALL try_size(64);
CALL try_size(1023);
CALL try_size(1024);
CALL try_size(1025);
CALL try_size(65279);
CALL try_size(65280);
CALL try_size(65281);
CALL try_size(140000);
SELECT n, t, t = n || ' ' || n::bigint * (n + 1) / 2 AS right FROM sizes ORDER BY n;
DROP TABLE basic, basic_twin, sizes, size_1;
DROP PROCEDURE try_size;
DROP TYPE mood, pair;
DROP FUNCTION differ;
