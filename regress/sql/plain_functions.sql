-- time_bucket, first and last are there for plain SQL, in sydra and beside the user's own functions, and agree with sydraQL.
SET timezone = 'UTC';
SELECT time_bucket('5 min', '2024-03-01 10:07Z'), time_bucket('1 mon', '2024-03-15Z'), time_bucket('1 week', '2024-03-06Z'), time_bucket('1 h', '1999-12-31 23:30Z', '2000-01-01 00:20Z'), time_bucket('1 d', 'infinity');
SELECT time_bucket('1 mon 1 day', '2024-03-01Z');
\echo :LAST_ERROR_SQLSTATE
SELECT time_bucket('0', '2024-03-01Z');
\echo :LAST_ERROR_SQLSTATE
SELECT time_bucket('1 mon', '2024-03-01Z', '2000-01-31Z');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM generate_series('1990-01-01Z'::timestamptz, '2010-01-01Z', '47 h 13 min') t
WHERE time_bucket('3 h 7 min', t, '2001-02-03 04:05Z') <> date_bin('3 h 7 min', t, '2001-02-03 04:05Z')
	OR time_bucket('7 d', t) <> date_bin('7 d', t, '2000-01-03Z') OR time_bucket('1 y', t) <> date_trunc('year', t) OR sydra.time_bucket('3 mon', t) <> date_trunc('quarter', t);
SELECT first(v, t), last(v, t), sydra.first(s, t), sydra.last(s, t) FROM (VALUES (1, '2024-01-02Z'::timestamptz, 'a'), (2, '2024-01-01Z', 'b'), (NULL, '2023-01-01Z', 'c'), (4, '2024-01-02Z', NULL), (5, NULL, 'd')) x (v, t, s);
SELECT first(v, t), last(v, t) FROM (VALUES (1, '2024-01-02Z'::timestamptz)) x (v, t) WHERE false;
SELECT k % 3 AS k, last('x' || k, '2024-01-01Z'::timestamptz + k * interval '1 s'), first(ARRAY[k], '2024-01-01Z'::timestamptz - k * interval '1 s') FROM generate_series(1, 5000) k GROUP BY 1 ORDER BY 1;
-- what is there already stays
DROP EXTENSION sydraql;
CREATE FUNCTION first(anyelement, timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE EXTENSION sydraql;
SELECT first(1, now()), last(1, now()), sydra.first(1, now());
DROP FUNCTION first(anyelement, timestamptz);
DROP EXTENSION sydraql;
CREATE SCHEMA elsewhere;
-- what others have put into the schema is not called with the rights of who installs
CREATE FUNCTION elsewhere.format(text, name) RETURNS text LANGUAGE sql AS $$ SELECT 1 / 0 || 'trap' $$;
CREATE FUNCTION elsewhere.format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 1 / 0 || 'trap' $$;
CREATE EXTENSION sydraql SCHEMA elsewhere;
SELECT elsewhere.last(1, now());
DROP EXTENSION sydraql;
DROP FUNCTION elsewhere.format(text, name), elsewhere.format(text, text);
DROP SCHEMA elsewhere;
CREATE EXTENSION sydraql;
