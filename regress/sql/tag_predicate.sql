-- Tag predicates choose the same rows from sealed series and from the head: a missing tag reads as
-- '', patterns are PCRE2's, and no pattern hangs a query.
SET client_min_messages = warning;
CREATE TABLE tagged (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, up sydra.tag_bool, v int) USING sydra;
INSERT INTO tagged VALUES
	('2024-01-01', 'web-01', 1, true, 1), ('2024-01-01', 'web-02', 2, false, 2), ('2024-01-01', 'DB-01', 1, NULL, 3),
	('2024-01-01', NULL, NULL, NULL, 4), ('2024-01-01', '', 10, true, 5), ('2024-01-01', 'ünï', -1, true, 6),
	('2024-01-01', E'two\nlines', 0, true, 7), ('2024-01-01', '100%_a', 0, true, 8), ('2024-01-01', 'a\b', 0, true, 9);
CREATE FUNCTION chosen(condition text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(row->>'v', ' ' ORDER BY (row->>'v')::int)
	FROM sydraql_to_json('select v from tagged where time >= 2024-01-01 and ' || condition) row
$$;
CREATE TABLE conditions (n int GENERATED ALWAYS AS IDENTITY, condition text);
INSERT INTO conditions (condition) VALUES
	($$tag.host = 'web-01'$$), ($$tag.host != 'web-01'$$), ($$tag.host = ''$$), ($$tag.host != ''$$),
	($$tag.host =~ /^web/$$), ($$tag.host !~ /^web/$$), ($$tag.host =~ /db/$$), ($$tag.host =~ /db/i$$),
	($$tag.host =~ /^$/$$), ($$tag.host =~ /^.n.$/$$), ($$tag.host =~ /Ü/i$$), ($$tag.host =~ /two.lines/$$),
	($$tag.host =~ /two.lines/s$$), ($$tag.host =~ /^lines/$$), ($$tag.host =~ /^lines/m$$), ($$tag.host =~ /w e b/x$$),
	($$tag.host in ('web-01', 'DB-01', '')$$), ($$tag.host not in ('web-01', 'DB-01', '')$$),
	($$tag.host < 'a'$$), ($$tag.host >= 'web-02'$$), ($$tag.host between 'a' and 'web-01'$$),
	($$tag.host like 'web-%'$$), ($$tag.host like '%\%\_%'$$), ($$tag.host not like '%-%'$$), ($$tag.host like '_n_'$$), ($$tag.host like 'a\\b'$$),
	($$tag.host is null$$), ($$tag.host is not null$$),
	($$tag.rack = '1'$$), ($$tag.rack < '2'$$), ($$tag.up = 'true'$$), ($$tag.up != 'true'$$),
	($$(tag.host =~ /web/ or tag.rack = '1') and not tag.up = 'false'$$);
CREATE TABLE from_head AS SELECT n, condition, chosen(condition) FROM conditions;
SELECT * FROM from_head ORDER BY n;
CALL sydra.seal('tagged');
SELECT n, condition, chosen(condition) FROM conditions EXCEPT SELECT * FROM from_head;
-- Half of them sealed, half not.
INSERT INTO tagged SELECT time + interval '1 s', host, rack, up, v FROM tagged WHERE v % 2 = 0;
SELECT count(*) FROM conditions JOIN from_head USING (n)
WHERE ARRAY(SELECT DISTINCT unnest(string_to_array(chosen(conditions.condition), ' ')) ORDER BY 1)
	  <> ARRAY(SELECT unnest(string_to_array(from_head.chosen, ' ')) ORDER BY 1);

-- Bad patterns, and hostile ones.
SELECT chosen('tag.host =~ /(web/');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO tagged VALUES ('2024-01-01', repeat('a', 5000) || '!', 1, true, 10);
SELECT chosen('tag.host =~ /^(a|aa)+$/');
\echo :LAST_ERROR_SQLSTATE
SELECT chosen('tag.host =~ /^(a+)+$/');
\echo :LAST_ERROR_SQLSTATE
SELECT chosen('tag.host =~ /(a*)*(a*)*(a*)*b|^(.*?,){11}P$/');
\echo :LAST_ERROR_SQLSTATE
DO $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	PERFORM chosen('tag.host =~ /^(a|aa)+$/');
EXCEPTION WHEN program_limit_exceeded THEN
	IF clock_timestamp() - began > interval '500 ms' THEN
		RAISE 'the pattern took %', clock_timestamp() - began;
	END IF;
END $$;
CALL sydra.seal('tagged');
SELECT chosen('tag.host =~ /^(a|aa)+$/');
\echo :LAST_ERROR_SQLSTATE

DROP TABLE tagged, conditions, from_head;
DROP FUNCTION chosen;
