-- raw rows of equal time stand in the order of their series' tags, however the series came to be known
CREATE TABLE series_order (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra WITH (autovacuum_enabled = off);
-- falling, inwards and scattered names, none of them sealed
INSERT INTO series_order SELECT '2024-03-01 UTC', 'h' || to_char(9999 - i, 'FM0000'), i FROM generate_series(1, 3000) i;
INSERT INTO series_order SELECT '2024-03-01 UTC', 'h' || to_char(i, 'FM0000') || repeat('a', 500 - i), i FROM generate_series(1, 499) i;
INSERT INTO series_order SELECT '2024-03-01 UTC', md5(i::text), i FROM generate_series(1, 3000) i;
CREATE FUNCTION series_disorder() RETURNS bigint LANGUAGE sql AS $$
	WITH got AS (SELECT row_number() OVER () AS n, host FROM sydraql('select time, host from series_order where time >= 2024-03-01')),
		wanted AS (SELECT row_number() OVER (ORDER BY host COLLATE "C") AS n, host FROM series_order)
	SELECT count(*) FROM got FULL JOIN wanted USING (n) WHERE got.host IS DISTINCT FROM wanted.host
$$;
SELECT series_disorder();
CALL sydra.seal('series_order');
SELECT series_disorder();
INSERT INTO series_order SELECT '2024-03-01 UTC', 'g' || repeat('b', i), i FROM generate_series(1, 300) i;
INSERT INTO series_order SELECT '2024-03-01 UTC', NULL, 0;
SELECT series_disorder();
SELECT * FROM sydraql('select substr(first(host), 1, 6) as first, substr(last(host), 1, 6) as last from series_order where time >= 2024-03-01 and host >= ''h''');
-- a tag that was a field when its rows were sealed
CREATE TABLE series_turned (time timestamptz NOT NULL, host text, v int) USING sydra WITH (autovacuum_enabled = off);
INSERT INTO series_turned SELECT '2024-03-01 UTC', md5(i::text), i FROM generate_series(1, 3000) i;
CALL sydra.seal('series_turned');
ALTER TABLE series_turned ALTER host TYPE sydra.tag;
SELECT count(*) FROM (SELECT host, lag(host) OVER () AS before FROM sydraql('select time, tag.host from series_turned where time >= 2024-03-01')) x
WHERE before COLLATE "C" > host COLLATE "C";
DROP FUNCTION series_disorder;
DROP TABLE series_order, series_turned;
