-- A sealed row is the row that was written, bit for bit: every type, every size of segment and
-- vector, nulls, odd times, the order of writing.
SET client_min_messages = warning;
SET timezone = 'UTC';

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN percent AS numeric CHECK (VALUE <= 100);

CREATE TABLE sealed (
	time timestamptz NOT NULL, id int, host sydra.tag, rack sydra.tag_int4, slot sydra.tag_int8,
	up sydra.tag_bool, unit sydra.tag_uuid,
	b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, num numeric, pct percent,
	txt text, vc varchar(20), bp char(10), c "char", nm name, by bytea,
	d date, ts timestamp, tz timestamptz, tm time, ttz timetz, iv interval,
	u uuid, j json, jb jsonb, ia int[], ta text[], r int4range, mr tstzmultirange,
	ip inet, mac macaddr, pt point, bx box, bits bit(5), vb varbit, o oid, lsn pg_lsn,
	m mood, p pair, cash money, x xml, tsv tsvector, big text
) USING sydra;
CREATE TABLE plain (LIKE sealed);

INSERT INTO plain
SELECT '2024-01-01'::timestamptz + i * interval '1 s', i, 'host' || i % 3, i % 2,
	   9000000000 + i % 2, i % 2 = 0, md5((i % 2)::text)::uuid,
	   i % 3 = 0, i, i * 1000, i * 10000000000, i / 3.0, i / 7.0, i / 9.0, i % 100,
	   'text ' || i, 'vc' || i % 5, 'bp' || i % 7, (i % 100 + 20)::"char", 'name' || i, decode(md5(i::text), 'hex'),
	   '2024-01-01'::date + i, '2024-01-01'::timestamp + i * interval '1 h',
	   '1990-01-01'::timestamptz + i * interval '1 h', time '00:00' + i * interval '1 s',
	   '12:00:00+02'::timetz + i * interval '1 s', i * interval '1 day 1 s',
	   md5(i::text)::uuid, ('{"a": ' || i || '}')::json, jsonb_build_object('a', i, 'b', 'x'),
	   ARRAY[i, NULL, i + 1], ARRAY['a' || i, NULL], int4range(i, i + 5),
	   tstzmultirange(tstzrange('2024-01-01', '2024-02-01')),
	   ('10.0.0.' || i % 250)::inet, '08:00:2b:01:02:03', point(i, -i), box(point(0, 0), point(i, i)),
	   (i % 32)::bit(5), (i % 8)::bit(3)::varbit, i, '0/16B3748'::pg_lsn + i,
	   (enum_range(NULL::mood))[1 + i % 3], ROW(i, 'b' || i)::pair, i::money,
	   '<a/>'::xml, to_tsvector('simple', 'word' || i), repeat(i::text, 3000)
FROM generate_series(1, 3000) i;
-- Nulls in every column that may have them, alone and in company.
INSERT INTO plain (time, id, host) SELECT '2024-02-01'::timestamptz + i * interval '1 s', 10000 + i, 'nulls'
FROM generate_series(1, 100) i;
INSERT INTO plain (time, id) SELECT time + interval '60 days', id + 20000 FROM plain WHERE id < 200;
UPDATE plain SET txt = NULL, f8 = NULL, i4 = NULL, jb = NULL, b = NULL WHERE id % 10 = 3;
-- Odd numbers and times.
INSERT INTO plain (time, id, host, f8, f4, i8, i2, num, tz, ts, d, iv, txt, ia)
VALUES
	('1970-01-01', 30001, 'odd', 'NaN', 'NaN', 9223372036854775807, 32767, 'NaN', 'infinity', 'infinity', 'infinity', '-178000000 years', '', '{}'),
	('0044-03-15 BC', 30002, 'odd', '-0', '-0', -9223372036854775808, -32768, 'Infinity', '-infinity', '-infinity', '-infinity', '178000000 years', ' ', NULL),
	('294276-12-31 23:59:59.999999', 30003, 'odd', 'Infinity', 'Infinity', 0, 0, '-Infinity', '4713-01-01 BC', NULL, '4713-01-01 BC', '0', E'\t', '{{1,2},{3,4}}'),
	('1999-12-31 23:59:59.999999', 30004, 'odd', '-Infinity', '-Infinity', -1, -1, 1e-100, 'epoch', 'epoch', 'epoch', '1 mon -1 day', 'ä€😀', '[5:6]={1,2}'),
	('2000-01-01', 30005, 'odd', 5e-324, 1e-45, 1, 1, 1e100, NULL, NULL, NULL, NULL, repeat('x', 100000), NULL),
	('1999-12-31', 30006, 'odd', 1.7976931348623157e308, 3.4028235e38, NULL, NULL, 0.00, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO sealed SELECT * FROM plain ORDER BY id;
CALL sydra.seal('sealed');

SELECT count(*) AS in_head FROM sealed WHERE ctid < '(2147483648,0)';
SELECT count(*) AS different
FROM plain FULL JOIN sealed USING (id)
WHERE plain.id IS NULL OR sealed.id IS NULL OR NOT (plain *= sealed);
SELECT * FROM sydra.verify('sealed');

-- Infinite times and values over 1 MB stay in the head, and are read from there.
CREATE TABLE stay (time timestamptz NOT NULL, v text, big sydra.tag) USING sydra;
INSERT INTO stay VALUES
	('infinity', 'a', 'x'), ('-infinity', 'b', 'x'), ('2024-01-01', repeat('c', 1024 * 1024 + 1), 'x'),
	('2024-01-02', repeat('d', 1024 * 1024), 'x'), ('2024-01-03', 'e', repeat('e', 70000)), ('2024-01-04', 'f', 'x');
CALL sydra.seal('stay');
SELECT left(v, 1) AS v, time, ctid < '(2147483648,0)' AS in_head FROM stay ORDER BY v;
SELECT * FROM sydra.verify('stay');

-- Equal times of one series keep the order in which they were written.
CREATE TABLE ties (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO ties SELECT '2024-01-01'::timestamptz + (i % 3) * interval '1 s', 'h' || i % 2, i
FROM generate_series(1, 600) i;
CALL sydra.seal('ties');
SELECT count(*) AS out_of_order
FROM (SELECT v, lag(v) OVER (PARTITION BY host, time ORDER BY ctid) AS before FROM ties) s
WHERE v <= before;

-- Sizes around vectors, runs that share one, and the largest segment.
CREATE TABLE size (n int, series int);
INSERT INTO size SELECT n, s FROM unnest(ARRAY[0, 1, 63, 64, 65, 127, 1023, 1024, 1025, 2049]) n, unnest(ARRAY[1, 2, 40]) s;
INSERT INTO size VALUES (65279, 1), (65280, 1), (65281, 1), (65281, 3), (20000, 20000), (70000, 35000);
SELECT format('CREATE TABLE s_%s_%s (time timestamptz NOT NULL, host sydra.tag_int4, id int, v float8, t text) USING sydra', n, series),
	   format($$INSERT INTO s_%s_%s SELECT '1999-12-31 23:00'::timestamptz + i * interval '1 s', i %% %s, i,
			  CASE WHEN i %% 7 > 0 THEN i / 100.0 END, CASE WHEN i %% 5 = 0 THEN 'text' || i %% 100 END
			  FROM generate_series(1, %s) i$$, n, series, series, n),
	   format('CALL sydra.seal(%L)', 's_' || n || '_' || series)
FROM size \gexec
CREATE FUNCTION compare_size(n int, series int, OUT rows bigint, OUT different bigint, OUT in_head bigint, OUT faults bigint)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$
		SELECT count(s.id), count(*) FILTER (WHERE s.id IS NULL OR p.id IS NULL OR NOT (s *= p)),
			   count(*) FILTER (WHERE s.ctid < '(2147483648,0)')
		FROM s_%1$s_%2$s s FULL JOIN (
			SELECT '1999-12-31 23:00'::timestamptz + i * interval '1 s' AS time, (i %% %2$s)::sydra.tag_int4 AS host, i AS id,
				   (CASE WHEN i %% 7 > 0 THEN i / 100.0 END)::float8 AS v, CASE WHEN i %% 5 = 0 THEN 'text' || i %% 100 END AS t
			FROM generate_series(1, %1$s) i) p USING (id)$q$, n, series)
		INTO rows, different, in_head;
	SELECT count(*) FROM sydra.verify(format('s_%s_%s', n, series)::regclass) INTO faults;
END $$;
SELECT s.n, s.series, c.*, (SELECT count(*) FROM sydra.segments WHERE metric = format('s_%s_%s', s.n, s.series)::regclass) AS segments
FROM size s, compare_size(s.n, s.series) c ORDER BY s.n, s.series;

-- Columns come and go without a rewrite.
CREATE TABLE shape (time timestamptz NOT NULL, a int, host sydra.tag, v varchar, ts timestamp) USING sydra;
INSERT INTO shape SELECT '2024-01-01'::timestamptz + i * interval '1 s', i, 'h' || i % 2, 'v' || i, '2024-01-01'::timestamp + i * interval '1 s'
FROM generate_series(1, 200) i;
CALL sydra.seal('shape');
ALTER TABLE shape DROP COLUMN a;
ALTER TABLE shape ADD COLUMN later int DEFAULT 7;
ALTER TABLE shape ADD COLUMN rack sydra.tag DEFAULT 'r1';
ALTER TABLE shape ADD COLUMN empty text;
ALTER TABLE shape ALTER COLUMN v TYPE text;
ALTER TABLE shape ALTER COLUMN ts TYPE timestamptz;
ALTER TABLE shape RENAME COLUMN host TO machine;
INSERT INTO shape SELECT '2024-01-02'::timestamptz + i * interval '1 s', 'h' || i % 2, 'w' || i, NULL, 8, 'r2', 'e'
FROM generate_series(1, 200) i;
CALL sydra.seal('shape');
SELECT machine, rack, later, empty, count(*), min(v), max(v), min(ts), max(ts) FROM shape GROUP BY 1, 2, 3, 4 ORDER BY 1, 2;
-- A tag becomes a field, a field a tag.
ALTER TABLE shape ALTER COLUMN machine TYPE text;
ALTER TABLE shape ALTER COLUMN v TYPE sydra.tag;
SELECT machine, rack, later, empty, count(*), min(v), max(v) FROM shape GROUP BY 1, 2, 3, 4 ORDER BY 1, 2;
INSERT INTO shape SELECT '2024-01-03'::timestamptz + i * interval '1 s', 'h' || i % 2, 'w' || i, NULL, 9, 'r2', 'e'
FROM generate_series(1, 200) i;
CALL sydra.seal('shape');
SELECT machine, rack, later, empty, count(*), min(v), max(v) FROM shape GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
SELECT * FROM sydra.verify('shape');

-- Segments are chosen by the time column that they were sealed with, so it must be the table's still.
CREATE TABLE clock (time timestamptz NOT NULL, v int, other timestamptz NOT NULL DEFAULT '2020-01-01') USING sydra;
INSERT INTO clock SELECT '2024-01-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 100) i;
CALL sydra.seal('clock');
ALTER TABLE clock ALTER time DROP NOT NULL;
SELECT * FROM sydraql('select count(*) from clock where time >= 2020-01-01 and time < 2021-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM clock;
-- Nor are rows sealed by another column meanwhile: once it is the former one again, they would be left out.
INSERT INTO clock SELECT '2024-02-01'::timestamptz + i * interval '1 s', i FROM generate_series(1, 100) i;
CALL sydra.seal('clock');
\echo :LAST_ERROR_SQLSTATE
SET sydraql.direct_min_rows = 1;
COPY clock (time, v, other) FROM stdin;
2024-02-02	1	2024-02-02
\.
RESET sydraql.direct_min_rows;
SELECT sum(rows) FROM sydra.segments WHERE metric = 'clock'::regclass;
ALTER TABLE clock ALTER time SET NOT NULL;
CALL sydra.seal('clock');
SELECT count(*) FROM sydraql('select * from clock where time >= 2024-02-01 and time < 2024-03-01');
ALTER TABLE clock ALTER time DROP NOT NULL;
ALTER TABLE clock SET ACCESS METHOD heap;
ALTER TABLE clock SET ACCESS METHOD sydra;
SELECT * FROM sydraql('select count(*) from clock where time >= 2020-01-01 and time < 2021-01-01');

-- No tags at all, and nothing but a time.
CREATE TABLE bare (time timestamptz NOT NULL) USING sydra;
INSERT INTO bare SELECT '2024-01-01'::timestamptz + i * interval '1 s' FROM generate_series(1, 3000) i;
CALL sydra.seal('bare');
SELECT count(*), min(time), max(time) FROM bare;
SELECT rows, bytes < 1000 AS small FROM sydra.segments WHERE metric = 'bare'::regclass;

SELECT format('DROP TABLE s_%s_%s', n, series) FROM size \gexec
DROP TABLE sealed, plain, stay, ties, size, shape, clock, bare;
DROP FUNCTION compare_size;
DROP TYPE mood, pair;
DROP DOMAIN percent;
