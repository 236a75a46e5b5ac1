-- Every object of the extension says what it is, and the views can be read whatever tables and plans a
-- session has.
SET client_min_messages = warning;

-- Row types and types of arrays are of what they belong to.
CREATE VIEW member AS
	SELECT pg_describe_object(classid, objid, 0) AS object, obj_description(objid, classid::regclass::text::name) AS comment
	FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'sydraql')
		AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.oid = objid
			AND (t.typcategory = 'A' OR t.typrelid IN (SELECT oid FROM pg_class WHERE relkind <> 'c'))));
SELECT count(*) > 250 AS many FROM member;
SELECT object FROM member WHERE comment IS NULL OR comment !~ '^[^ ]+ .' AND comment <> 'I/O' ORDER BY 1;
SELECT object, comment FROM member WHERE object ~ 'sydra_catalog\.(sketch|window_int8|rate|histogram_remove)' ORDER BY object COLLATE "C";

-- Temporary tables can be read by their session's own process alone; views that come to one do so there.
CREATE TABLE kept (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO kept SELECT timestamptz '2024-01-01Z' + i * interval '1 s', 'h' || i % 3, i FROM generate_series(1, 3000) i;
CALL sydra.seal('kept');
CREATE TEMP TABLE passing (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO passing VALUES ('2024-01-01Z', 'a', 1);
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT count(*), sum(rows) FROM sydra.segments WHERE metric = 'kept'::regclass;
SELECT count(*) FROM sydra.segments WHERE metric = 'passing'::regclass;
SELECT metric, rows_sealed, bytes_written > 0 AS wrote FROM sydra.status WHERE metric IN ('kept'::regclass, 'passing'::regclass) ORDER BY metric::text;
SELECT metric, tags FROM sydra.series WHERE metric IN ('kept'::regclass, 'passing'::regclass) ORDER BY tags;
SELECT metric, string_agg(role, ' ' ORDER BY "position") FROM sydra.columns WHERE metric IN ('kept'::regclass, 'passing'::regclass) GROUP BY 1 ORDER BY metric::text;
SELECT count(*) FROM sydra.metrics WHERE metric IN ('kept'::regclass, 'passing'::regclass);
DROP VIEW member;
DROP TABLE kept, passing;
