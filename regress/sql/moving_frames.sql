-- Aggregates that take rows off at the begin of a frame give what they give without that.  PostgreSQL does not
-- ask them to where an argument is volatile: then it adds the rows of each frame anew.
SET timezone = 'UTC';
CREATE TEMP TABLE moved AS SELECT k, '2024-03-01Z'::timestamptz + (k * 7 % 401) * interval '10 s' AS time, 'h' || k % 3 AS host,
		CASE WHEN k % 13 NOT IN (5, 6, 7) THEN (CASE k % 97 WHEN 3 THEN 'NaN' WHEN 4 THEN '-0' WHEN 5 THEN '0' WHEN 6 THEN 'Infinity' ELSE (k * 37 % 997 / 50)::text END)::float8 END AS v,
		CASE WHEN k % 11 < 8 THEN nullif(k * 31 % 101, 7) - 50 END::int8 AS n, CASE WHEN k % 7 > 3 THEN repeat('s', k % 40) || k END AS s,
		CASE WHEN k % 5 > 0 THEN '2020-01-01Z'::timestamptz + k % 77 * interval '1 h' END AS at FROM generate_series(0, 599) k;

-- All of them can, but for sums and means of float8, and what keeps no single rows.
SELECT p.proname, count(*), string_agg(DISTINCT coalesce(a.aggminvtransfn::regproc::text, '-'), ' ') FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
	WHERE p.pronamespace = 'sydra'::regnamespace GROUP BY 1 ORDER BY 1;

-- One more frame at a time: of rows, of a time, of nothing at times, that ends before the row or behind it, that loses many rows at once.
CREATE FUNCTION pg_temp.wrong(frame text) RETURNS TABLE (call text, rows int8) LANGUAGE plpgsql AS $$
BEGIN
	FOR call IN SELECT unnest(ARRAY['running_sum(n)', 'runsum(n)', 'running_count(s)', 'runcount(v)', 'running_min(v)', 'running_min(n)', 'running_min(at)', 'runmin(v)', 'runmin(n)', 'runmin(at)',
			'running_max(v)', 'running_max(n)', 'running_max(at)', 'runmax(v)', 'runmax(n)', 'runmax(at)', 'difference(v)', 'difference(n)', 'derivative(v, time)', 'derivative(v, time, ''1 min'')',
			'fill_forward(s)', 'fill_forward(v)', 'fill_forward(n)', 'first(s, time)', 'first(n, at)', 'last(s, time)', 'last(n, at)', 'spread(v)', 'spread(n)', 'min_time(v, at)', 'max_time(v, at)', 'min_time(n, time)',
			'max_time(n, time)', 'increase(v, time)', 'histogram(v, 0, 20, 4)'])
	LOOP
		EXECUTE format('SELECT count(*) FROM (SELECT %s OVER w AS moving, %s OVER w AS still FROM moved WINDOW w AS (PARTITION BY host ORDER BY time, k %s)) x WHERE moving IS DISTINCT FROM still',
			call, regexp_replace(call, '\((\w+)', '(CASE WHEN random() >= 0 THEN \1 END'), frame) INTO rows;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
SELECT * FROM pg_temp.wrong('ROWS BETWEEN 5 PRECEDING AND CURRENT ROW');
SELECT * FROM pg_temp.wrong('ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING');
SELECT * FROM pg_temp.wrong('ROWS BETWEEN 9 PRECEDING AND 7 PRECEDING');
SELECT * FROM pg_temp.wrong('ROWS BETWEEN 4 FOLLOWING AND 4 FOLLOWING');
SELECT * FROM pg_temp.wrong('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING');
SELECT * FROM pg_temp.wrong('ROWS BETWEEN (100) PRECEDING AND 90 PRECEDING');
SELECT * FROM pg_temp.wrong('GROUPS BETWEEN 3 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW');
SELECT count(*) FROM (SELECT running_sum(n) OVER w AS moving, running_sum(CASE WHEN random() >= 0 THEN n END) OVER w AS still, fill_forward(s) OVER w AS moving_2, fill_forward(CASE WHEN random() >= 0 THEN s END) OVER w AS still_2, running_min(v) FILTER (WHERE k % 3 > 0) OVER w AS moving_3,
		running_min(CASE WHEN random() >= 0 THEN v END) FILTER (WHERE k % 3 > 0) OVER w AS still_3
	FROM moved WINDOW w AS (ORDER BY time RANGE BETWEEN interval '55 s' PRECEDING AND interval '15 s' PRECEDING)) x WHERE (moving, moving_2, moving_3) IS DISTINCT FROM (still, still_2, still_3);
-- And frames do move.
SELECT count(*) > 100 AS many FROM (SELECT running_sum(n) OVER (ORDER BY k ROWS 5 PRECEDING) AS moving, running_sum(n) OVER (ORDER BY k) AS so_far FROM moved) x WHERE moving IS DISTINCT FROM so_far;

-- An overflow that only a part of the frame has is none, and one of the frame is.
SELECT runsum(n) OVER (ORDER BY k ROWS 1 PRECEDING) FROM (VALUES (1, 9223372036854775807), (2, -9223372036854775807), (3, -1), (4, 9223372036854775807), (5, -1)) x (k, n);
SELECT runsum(n) OVER (ORDER BY k ROWS 1 PRECEDING) FROM (VALUES (1, 9223372036854775807), (2, -9223372036854775807), (3, -1), (4, -9223372036854775807)) x (k, n);
SELECT difference(n) OVER (ORDER BY k ROWS 1 PRECEDING) FROM (VALUES (1, 9223372036854775807), (2, -2)) x (k, n);

-- The time that they take does not grow with the frame, but where extremes leave it.
SELECT count(*), max(c), max(m) FROM (SELECT running_count(k) OVER w AS c, running_max(k) OVER w AS m FROM generate_series(1, 100000) k WINDOW w AS (ORDER BY k ROWS 20000 PRECEDING)) x;
