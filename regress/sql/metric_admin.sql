-- create_metric() makes what it is asked for and nothing else, whatever the names; configure() makes
-- columns tags and back.
\set SHOW_CONTEXT never

-- A native metric, and a wide one with its fields in the order in which they are written.
SELECT sydra.create_metric('adm.native');
SELECT sydra.create_metric('adm.wide', tags => '{host,region}',
	fields => '{"usage": "float8", "a": "numeric(10,2)", "n": "pg_catalog.int4"}');
SELECT sydra.create_metric('adm.tagged', tags => '{host}');
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
	pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'adm'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
ORDER BY 1, a.attnum;
SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE c.oid = 'adm.native'::regclass;

-- The first part is the schema, the rest the table; nothing is folded, and quotes are letters.
SELECT sydra.create_metric('adm.b.C"; DROP TABLE adm.native; --');
SELECT sydra.create_metric('adm."q"', tags => ARRAY['odd "tag"', 'select'], fields => '{"x''y": "text"}');
SELECT relname FROM pg_class
WHERE relnamespace = 'adm'::regnamespace AND relkind = 'r' ORDER BY relname COLLATE "C";
SELECT sydra.create_metric('here');
SELECT 'public.here'::regclass;

-- What cannot be is refused, and nothing is left behind.
SELECT sydra.create_metric(NULL);
SELECT sydra.create_metric('');
SELECT sydra.create_metric('left.');
SELECT sydra.create_metric('.left');
SELECT sydra.create_metric('pg_left.x');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_metric('sydra.x');
SELECT sydra.create_metric('left.' || repeat('x', 64));
SELECT sydra.create_metric('left.x', tags => '{a,NULL}');
SELECT sydra.create_metric('left.x', tags => '{time}');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_metric('left.x', fields => '{"a": "float8); DROP TABLE adm.native; --"}');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.create_metric('left.x', fields => '{"a": "no_such_type"}');
SELECT sydra.create_metric('left.x', fields => '{"a": {"b": "text"}}');
SELECT sydra.create_metric('left.x', fields => '["a"]');
SELECT sydra.create_metric('adm.native');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%left%';

-- Who may not create a schema may not make a metric; an owner is given what is made for him.
CREATE ROLE regress_adm_user;
SET ROLE regress_adm_user;
\set VERBOSITY sqlstate
SELECT sydra.create_metric('theirs.x');
\set VERBOSITY default
RESET ROLE;
SELECT sydra.create_metric('theirs.x', owner => 'regress_adm_user');
SELECT relowner::regrole, nspowner::regrole
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = 'theirs.x'::regclass;

-- configure(): afterwards the tags are exactly these.
CREATE TABLE adm.plain (t timestamptz NOT NULL, host text, n int, big int8, up bool, id uuid,
	x float8) USING sydra;
INSERT INTO adm.plain VALUES ('2024-03-01', 'a', 1, 2, true, NULL, 1.5);
CREATE VIEW adm.types AS
	SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
	WHERE attrelid = 'adm.plain'::regclass AND attnum > 0 ORDER BY attnum;
SELECT sydra.configure('adm.plain', '{host,n,big,up,id}');
SELECT * FROM adm.types;
SELECT sydra.configure('adm.plain', '{host}');
SELECT * FROM adm.types;
SELECT reloptions FROM pg_class WHERE oid = 'adm.plain'::regclass;
SELECT t, host, x FROM adm.plain;
SELECT sydra.configure('adm.plain', '{x}');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.configure('adm.plain', '{none}');
\echo :LAST_ERROR_SQLSTATE
SELECT sydra.configure('adm.plain', '{t}');
SELECT sydra.configure('adm.native', '{value}');
CREATE TABLE adm.timeless (time timestamptz, a text) USING sydra;
SELECT sydra.configure('adm.timeless', '{a}');
SET ROLE regress_adm_user;
SELECT sydra.configure('adm.plain', '{host}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- A name without a schema is that of a new table, whatever else has it: a catalog, a temporary table.
SELECT sydra.create_metric('pg_class');
CREATE TEMP TABLE shadow (a int);
SELECT sydra.create_metric('shadow', dedup => 'last');
SELECT dedup FROM sydra.table_config WHERE relid = 'public.shadow'::regclass;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP TABLE public.pg_class, public.shadow, pg_temp.shadow;
DROP SCHEMA adm CASCADE;
DROP SCHEMA theirs CASCADE;
DROP TABLE here;
DROP ROLE regress_adm_user;
