-- Prepared statements and views of sydraQL see a metric as it is when they run: its columns, its tags,
-- its table; custom plans and generic ones alike.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA rp;
CREATE VIEW rp.modes AS SELECT * FROM (VALUES ('auto'), ('force_custom_plan'), ('force_generic_plan')) m(mode);
CREATE FUNCTION rp.fill() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	CREATE TABLE rp.m (time timestamptz NOT NULL, host sydra.tag, a int4, v float8) USING sydra;
	INSERT INTO rp.m SELECT '2024-01-01Z'::timestamptz + i * interval '1 min', 'h' || i % 2, i, i / 2.0 FROM generate_series(1, 10) i;
END $$;
-- What each of three statements gives, or how it fails, in every mode; a second time, so that a plan that was kept is used.
CREATE FUNCTION rp.ask() RETURNS TABLE (statement text, answer text) LANGUAGE plpgsql AS $$
DECLARE answers text[]; m text; got text;
BEGIN
	FOREACH statement IN ARRAY ARRAY['sums', 'hosts', 'star', 'lots', 'TABLE rp.view'] LOOP
		answers := NULL;
		FOR m IN SELECT mode FROM rp.modes LOOP
			PERFORM set_config('plan_cache_mode', m, true);
			FOR i IN 1..2 LOOP
				BEGIN
					IF statement LIKE 'TABLE%' THEN
						SELECT string_agg(v::text, ' ') INTO got FROM rp.view v;
					ELSE
						EXECUTE format('CREATE TEMP TABLE got ON COMMIT DROP AS EXECUTE %I', statement);
						SELECT string_agg(g::text, ' ') INTO got FROM pg_temp.got g;
						DROP TABLE pg_temp.got;
					END IF;
				EXCEPTION WHEN OTHERS THEN
					got := sqlstate || ' ' || sqlerrm;
				END;
				answers := answers || got;
			END LOOP;
		END LOOP;
		SELECT string_agg(DISTINCT coalesce(x, 'nothing'), E'\n') INTO answer FROM unnest(answers) x;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT rp.fill();
CALL sydra.seal('rp.m');
PREPARE sums AS SELECT * FROM sydraql('select count(*), sum(a) as s from rp.m where time >= 2024-01-01');
PREPARE hosts AS SELECT * FROM sydraql('select tag.host as h, count(*) as n from rp.m where time >= 2024-01-01 group by tag.host');
PREPARE star AS SELECT * FROM sydraql('select * from rp.m where time >= 2024-01-01 limit 1');
PREPARE lots AS SELECT * FROM sydraql('select max(x) from (select max(v) as x from rp.m where time >= 2024-01-01 group by tag.host)');
CREATE VIEW rp.view AS SELECT * FROM sydraql('select count(*), max(v) as top from rp.m where time >= 2024-01-01');
SELECT * FROM rp.ask();
-- ADD and DROP COLUMN: all but the * give what they gave.
ALTER TABLE rp.m ADD extra float8 DEFAULT 7;
SELECT * FROM rp.ask();
ALTER TABLE rp.m DROP extra;
SELECT * FROM rp.ask();
-- RENAME: what is named is not there, until it is again.
ALTER TABLE rp.m RENAME a TO b;
SELECT * FROM rp.ask() WHERE statement = 'sums';
ALTER TABLE rp.m RENAME b TO a;
-- SET DATA TYPE changes the kind of a result.
ALTER TABLE rp.m ALTER a TYPE float8;
SELECT * FROM rp.ask() WHERE statement IN ('sums', 'star');
ALTER TABLE rp.m ALTER a TYPE int4;
SELECT * FROM rp.ask() WHERE statement IN ('sums', 'star');
-- Tags that are none any more, and are again.
SELECT sydra.configure('rp.m', tags => '{}');
SELECT * FROM rp.ask() WHERE statement = 'hosts';
SELECT sydra.configure('rp.m', tags => '{host}');
SELECT * FROM rp.ask() WHERE statement = 'hosts';
SELECT sydra.configure('rp.m', dedup => 'last');
INSERT INTO rp.m VALUES ('2024-01-01 00:10Z', 'h0', 10, 50);
SELECT * FROM rp.ask() WHERE statement <> 'star';
-- Another table of that name; the view keeps the first from being dropped.
DROP TABLE rp.m;
DROP VIEW rp.view;
DROP TABLE rp.m;
SELECT * FROM rp.ask() WHERE statement = 'sums';
SELECT rp.fill();
CALL sydra.seal('rp.m');
CREATE VIEW rp.view AS SELECT * FROM sydraql('select count(*), max(v) as top from rp.m where time >= 2024-01-01');
SELECT * FROM rp.ask();
-- A table that takes the metric's place on search_path is asked.
DEALLOCATE ALL;
SET search_path = rp, public;
PREPARE sums AS SELECT * FROM sydraql('select count(*) from m where time >= 2024-01-01');
PREPARE hosts AS SELECT 1;
PREPARE star AS SELECT 1;
PREPARE lots AS SELECT 1;
SELECT * FROM rp.ask() WHERE statement = 'sums';
CREATE SCHEMA rp_first;
CREATE TABLE rp_first.m (time timestamptz NOT NULL, v float8) USING sydra;
SET search_path = rp_first, rp, public;
SELECT * FROM rp.ask() WHERE statement = 'sums';
RESET search_path;
DEALLOCATE ALL;
DROP SCHEMA rp_first, rp CASCADE;
