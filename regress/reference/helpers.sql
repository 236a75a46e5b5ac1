-- What the language says of single values and of lists of values, in SQL and plpgsql alone: nothing of
-- the extension is called here.  Sessions have TimeZone = 'UTC'.
CREATE SCHEMA ref;
SET search_path = ref;

-- Outside of its domain a function is null.
CREATE FUNCTION ref_sqrt(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN x >= 0 THEN sqrt(x) END';
CREATE FUNCTION ref_ln(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN x > 0 THEN ln(x) END';
CREATE FUNCTION ref_log(x float8, base float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT CASE WHEN x > 0 AND base > 0 AND base <> 1 THEN ln(x) / ln(base) END';
CREATE FUNCTION ref_asin(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT CASE WHEN abs(x) <= 1 OR x = 'NaN' THEN asin(x) END$$;
CREATE FUNCTION ref_acos(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT CASE WHEN abs(x) <= 1 OR x = 'NaN' THEN acos(x) END$$;
CREATE FUNCTION ref_sin(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN abs(x) <> 'Infinity' THEN sin(x) END$$;
CREATE FUNCTION ref_cos(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN abs(x) <> 'Infinity' THEN cos(x) END$$;
CREATE FUNCTION ref_tan(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN abs(x) <> 'Infinity' THEN tan(x) END$$;
CREATE FUNCTION ref_pow(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT CASE WHEN NOT (x = 0 AND y < 0) AND NOT (x < 0 AND y <> floor(y)) THEN power(x, y) END';
CREATE FUNCTION ref_mod(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT CASE WHEN y = 0 OR abs(x) = 'Infinity' AND y <> 'NaN' THEN NULL WHEN abs(y) = 'Infinity' THEN x ELSE x - y * trunc(x / y) END$$;
CREATE FUNCTION ref_clamp(x float8, low float8, high float8) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS
	$$SELECT CASE WHEN x = 'NaN' THEN x ELSE least(greatest(x, low), high) END$$;
CREATE FUNCTION ref_round(x float8, places int8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT round(x::numeric, places::int)::float8';
CREATE FUNCTION ref_substr(s text, start int8, count int8) RETURNS text LANGUAGE sql IMMUTABLE AS
	'SELECT CASE WHEN count >= 0 THEN substr(s, start::int, count::int) END';

-- The difference of two times is a number of microseconds.
CREATE FUNCTION ref_span(a timestamptz, b timestamptz) RETURNS interval LANGUAGE sql IMMUTABLE AS
	$$SELECT (extract(epoch FROM a) - extract(epoch FROM b)) * 1000000 * interval '1 microsecond'$$;

-- Calendar buckets.  A day of a zone begins when its clock first shows midnight, or jumps over it.
CREATE FUNCTION ref_midnight(day date, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS
	$$SELECT CASE WHEN (x - interval '1 hour') AT TIME ZONE zone = day::timestamp THEN x - interval '1 hour' ELSE x END
		FROM (SELECT day::timestamp AT TIME ZONE zone AS x) t$$;
CREATE FUNCTION ref_zone_days(n int, t timestamptz, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS
	$$SELECT ref.ref_midnight('2000-01-03'::date + (floor(((t AT TIME ZONE zone)::date - '2000-01-03'::date)::numeric / n) * n)::int, zone)$$;
CREATE FUNCTION ref_months(n int, t timestamp, origin timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
	$$SELECT origin + (floor((m - CASE WHEN origin + m * interval '1 month' > t THEN 1 ELSE 0 END)::numeric / n) * n)::int * interval '1 month'
		FROM (SELECT ((extract(year FROM t) - extract(year FROM origin)) * 12 + extract(month FROM t) - extract(month FROM origin))::int AS m) x$$;
CREATE FUNCTION ref_zone_months(n int, t timestamptz, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS
	$$SELECT ref.ref_midnight(ref.ref_months(n, t AT TIME ZONE zone, '2000-01-01')::date, zone)$$;

-- The value at fraction p of the order, on the line between its neighbours, and the greatest size of those.
CREATE FUNCTION ref_percentile(x float8[], p float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT percentile_cont(p) WITHIN GROUP (ORDER BY v) FROM unnest(x) v';
CREATE FUNCTION ref_percentile_size(x float8[], p float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT max(abs(v)) FROM (SELECT v, row_number() OVER (ORDER BY v) - 1 AS at, p * (count(*) OVER () - 1) AS place FROM unnest(x) v) o
		WHERE at IN (floor(place), ceil(place))$$;
CREATE FUNCTION ref_histogram(x float8[], low float8, high float8, n int) RETURNS int8[] LANGUAGE sql IMMUTABLE AS
	$$SELECT array_agg((SELECT count(*) FROM unnest(x) v WHERE CASE WHEN v = 'NaN' THEN n + 1 ELSE width_bucket(v, low, high, n) END = b) ORDER BY b)
		FROM generate_series(0, n + 1) b WHERE x IS NOT NULL$$;
CREATE FUNCTION ref_last_avg(x float8[], n int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT avg(v) FROM unnest(x[greatest(cardinality(x) - n + 1, 1):]) v';

-- The exponential mean, by its definition.
CREATE FUNCTION ref_ema_add(state float8[], x float8, t timestamptz, step float8, alpha float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN x IS NULL THEN state WHEN state IS NULL THEN ARRAY[x, extract(epoch FROM t)]
		ELSE ARRAY[state[1] + (1 - CASE WHEN alpha = 1 OR ln(1 - alpha) * (extract(epoch FROM t) - state[2])::float8 / step < -700 THEN 0
			ELSE power(1 - alpha, (extract(epoch FROM t) - state[2])::float8 / step) END) * (x - state[1]), extract(epoch FROM t)] END $$;
CREATE AGGREGATE ref_ema(float8, timestamptz, float8, float8) (SFUNC = ref_ema_add, STYPE = float8[]);

-- The id of a series: names and tags, each ended by a zero byte, and their hash.
CREATE FUNCTION ref_series_id(name_of_schema text, name_of_table text, tags jsonb) RETURNS int8 LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || left(encode(sha256(convert_to(name_of_schema, 'UTF8') || '\x00' || convert_to(name_of_table, 'UTF8') || '\x00'
		|| coalesce((SELECT string_agg(convert_to(key, 'UTF8') || '\x00' || convert_to(value, 'UTF8') || '\x00', '' ORDER BY convert_to(key, 'UTF8')) FROM jsonb_each_text(tags)), '')
		|| '\xffff'), 'hex'), 16))::bit(64) >> 1)::int8 $$;
RESET search_path;
