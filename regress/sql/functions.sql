-- Scalars and operators give what SQL gives for the same values; a domain error is null, an integer that does not fit is an error.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE FUNCTION differing(query text, columns text, plain text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	mine text := format('SELECT * FROM sydraql_to_recordset(%L) AS t(%s)', query, columns);
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) d', mine, plain, plain, mine) INTO result;
	RETURN result;
END $$;
CREATE TABLE f (time timestamptz NOT NULL, host sydra.tag, x float8, y float8, i int8, j int4, s text, b bool, d date, n numeric, r float4) USING sydra;
INSERT INTO f SELECT '1999-12-31 23:50Z'::timestamptz + k * interval '7 min', 'h' || k % 3,
	(ARRAY[0, -0.0, 1, -1, 0.5, 2.5, -2.5, 3.5, 1e300, -1e300, 123.456, 'NaN', 'Infinity', '-Infinity', NULL])[1 + k % 15],
	(ARRAY[2, 0, -3, 0.5, 'NaN', NULL, 1e-300])[1 + k % 7],
	(ARRAY[0, 1, -1, 7, -7, 1000000007, NULL])[1 + k % 7], (ARRAY[3, -3, 0, NULL])[1 + k % 4],
	(ARRAY['', 'abc', 'äöü€', 'ABC%_\', 'banana', NULL])[1 + k % 6], (ARRAY[true, false, NULL])[1 + k % 3],
	date '2000-01-01' + k % 400, (k % 50) / 8.0, (k % 50) / 8.0
FROM generate_series(0, 1299) k;
CALL sydra.seal('f');
INSERT INTO f SELECT time + interval '10 days', host, x, y, i, j, s, b, d, n, r FROM f WHERE host = 'h1';

-- comparison and three-valued logic
SELECT differing('select x < y, x <= y, x = y, x != y, x > y, x >= y from f where time >= 1999-01-01',
	'a bool, b bool, c bool, d bool, e bool, f bool', 'SELECT x < y, x <= y, x = y, x <> y, x > y, x >= y FROM f');
SELECT differing('select i < j, i = j, i != j, i >= j, s < ''abd'', s >= ''abc'', b = true, b != false from f where time >= 1999-01-01',
	'a bool, b bool, c bool, d bool, e bool, f bool, g bool, h bool',
	'SELECT i < j, i = j, i <> j, i >= j, s COLLATE "C" < ''abd'', s COLLATE "C" >= ''abc'', b = true, b <> false FROM f');
SELECT differing('select (x > 0 and b) or not (i < 0), b and i = 1, b or x is null, not b, s is not null from f where time >= 1999-01-01',
	'a bool, b bool, c bool, d bool, e bool', 'SELECT (x > 0 AND b) OR NOT (i < 0), b AND i = 1, b OR x IS NULL, NOT b, s IS NOT NULL FROM f');
SELECT differing('select i in (1, 7, null), x not in (1, 2.5), s in (''abc'', ''banana''), i between -1 and 7, s like ''a%'', s like ''%n_n%'', s not like ''ABC\%\_%'' from f where time >= 1999-01-01',
	'a bool, b bool, c bool, d bool, e bool, f bool, g bool',
	'SELECT i IN (1, 7, NULL), x NOT IN (1, 2.5), s IN (''abc'', ''banana''), i BETWEEN -1 AND 7, s LIKE ''a%'', s LIKE ''%n_n%'', s NOT LIKE ''ABC\%\_%'' FROM f');
SELECT differing('select s =~ /^a.c$/, s !~ /N/i, s =~ ''n+'' from f where time >= 1999-01-01', 'a bool, b bool, c bool',
	'SELECT s ~ ''^a.c$'', s !~* ''N'', s ~ ''n+'' FROM f');

-- arithmetic
SELECT differing('select i + j, i - j, i * j, i % j, -i, i / j, x + 1, x - y, -x, x / y from f where time >= 1999-01-01 and (x is null or x < 1e299 and x > -1e299)',
	'a int8, b int8, c int8, d int8, e int8, f float8, g float8, h float8, i float8, j float8',
	'SELECT i + j, i - j, i * j, i % nullif(j, 0), -i, i / nullif(j, 0)::float8, x + 1, x - y, -x, x / nullif(y, 0) FROM f WHERE x IS NULL OR x < 1e299 AND x > -1e299');
SELECT differing('select abs(i), abs(x), ceil(x), floor(x), round(x), trunc(x), sign(x), sign(i), mod(i, j) from f where time >= 1999-01-01',
	'a int8, b float8, c float8, d float8, e float8, f float8, g float8, h int8, i int8',
	'SELECT abs(i), abs(x), ceil(x), floor(x), round(x), trunc(x), sign(x), sign(i)::int8, mod(i, nullif(j, 0)) FROM f');
SELECT differing('select mod(x, 2.5), x % 2, mod(x, y) from f where time >= 1999-01-01 and (x > 1e301 or x < -1e301)', 'a float8, b float8, c float8',
	'SELECT CASE WHEN x = ''NaN'' THEN x END, CASE WHEN x = ''NaN'' THEN x END, CASE WHEN y <> 0 AND (x = ''NaN'' OR y = ''NaN'') THEN ''NaN''::float8 END FROM f WHERE x > 1e301 OR x < -1e301');
SELECT differing('select sqrt(x), ln(x), log(x), log10(x), atan(x), asin(x), acos(x), sin(x), cos(x), tan(x), radians(x), exp(j) from f where time >= 1999-01-01',
	'a float8, b float8, c float8, d float8, e float8, f float8, g float8, h float8, i float8, j float8, k float8, l float8',
	'SELECT sqrt(CASE WHEN x >= 0 THEN x END), ln(CASE WHEN x > 0 THEN x END), log(CASE WHEN x > 0 THEN x END), log10(CASE WHEN x > 0 THEN x END), atan(x), asin(CASE WHEN x BETWEEN -1 AND 1 OR x = ''NaN'' THEN x END), acos(CASE WHEN x BETWEEN -1 AND 1 OR x = ''NaN'' THEN x END), sin(CASE WHEN abs(x) < ''Infinity'' OR x = ''NaN'' THEN x END), cos(CASE WHEN abs(x) < ''Infinity'' OR x = ''NaN'' THEN x END), tan(CASE WHEN abs(x) < ''Infinity'' OR x = ''NaN'' THEN x END), radians(x), exp(j::float8) FROM f');
SELECT differing('select pow(i, j), atan2(x, i), degrees(i), log2(j), log(j, 3) from f where time >= 1999-01-01',
	'a float8, b float8, c float8, d float8, e float8',
	'SELECT power(i::float8, CASE WHEN i = 0 AND j < 0 THEN NULL ELSE j END), atan2(x, i), degrees(i), CASE WHEN j > 0 THEN log(3)/log(2) END, CASE WHEN j > 0 THEN 1::float8 END FROM f');
SELECT differing('select round(n, 1), clamp(i, 0, 5), clamp(x, -1, 1), greatest(i, j), least(i, j), greatest(x, y), least(x, y, 0.5), coalesce(x, y, 9), nullif(i, 7), if(b, i, j) from f where time >= 1999-01-01 and x < 1e301',
	'a float8, b int8, c float8, d int8, e int8, f float8, g float8, h float8, i int8, j int8',
	'SELECT round(n, 1)::float8, CASE WHEN i IS NOT NULL THEN least(greatest(i, 0), 5) END, CASE WHEN x = ''NaN'' THEN x ELSE least(greatest(x, -1), 1) END, greatest(i, j), least(i, j), greatest(x, y), least(x, y, 0.5), coalesce(x, y, 9), nullif(i, 7), CASE WHEN b THEN i ELSE j END FROM f WHERE x < 1e301');

-- texts and times
SELECT differing('select upper(s), lower(s), length(s), concat(s, ''-'', host), substr(s, 2), substr(s, 0, 3), substr(s, 2, 2), replace(s, ''an'', ''o''), concat(s) from f where time >= 1999-01-01',
	'a text, b text, c int8, d text, e text, f text, g text, h text, i text',
	'SELECT upper(s), lower(s), length(s)::int8, concat(s, ''-'', host), substr(s, 2), substr(s, 0, 3), substr(s, 2, 2), replace(s, ''an'', ''o''), concat(s) FROM f');
SELECT differing('select time + 90s, time - 1d, time - 2000-01-01, to_epoch(time), date_part(''hour'', time), date_part(''doy'', d), d from f where time >= 1999-01-01',
	'a timestamptz, b timestamptz, c interval, d float8, e float8, f float8, g timestamptz',
	'SELECT time + interval ''90 s'', time - interval ''1 day'', make_interval(secs => extract(epoch FROM time - ''2000-01-01Z''::timestamptz)), date_part(''epoch'', time), date_part(''hour'', time), date_part(''doy'', d), d::timestamptz FROM f');
SELECT differing('select n, r, n * 2, r > 3 from f where time >= 1999-01-01', 'a float8, b float8, c float8, d bool', 'SELECT n::float8, r::float8, (n * 2)::float8, r > 3 FROM f');

-- rows that are not asked for raise nothing
SELECT differing('select i from f where time >= 1999-01-01 and i > 0 and i < 8 and (i = 7 or i + 9223372036854775806 > 0)', 'i int8', 'SELECT i FROM f WHERE i IN (1, 7)');
SELECT * FROM sydraql_to_recordset('select if(i = 1, 9223372036854775806 + i, 0) as a, count(*) from f where time >= 1999-01-01 group by a order by a') AS t(a int8, n int8);
SELECT * FROM sydraql_to_recordset('select i + 9223372036854775807 from f where time >= 1999-01-01') AS t(a int8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select x * 1e300 from f where time >= 1999-01-01') AS t(a float8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select -(-9223372036854775807 - 1)') AS t(a int8);
\echo :LAST_ERROR_SQLSTATE

-- what is wrong with a call is said where it stands
SELECT * FROM sydraql_to_recordset('select avgg(x) from f where time >= 1999-01-01') AS t(a float8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select pow(x) from f where time >= 1999-01-01') AS t(a float8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select upper(x) from f where time >= 1999-01-01') AS t(a text);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select date_part(''yaer'', time) from f where time >= 1999-01-01') AS t(a float8);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select time_bucket(0s, time) from f where time >= 1999-01-01') AS t(a timestamptz);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_recordset('select s like ''a\'' from f where time >= 1999-01-01') AS t(a bool);
\echo :LAST_ERROR_SQLSTATE
DROP TABLE f;
DROP FUNCTION differing;
