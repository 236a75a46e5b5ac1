\echo Use "CREATE EXTENSION sydraql" to load this file. \quit

-- base

CREATE SCHEMA sydra;
CREATE SCHEMA sydra_catalog;
GRANT USAGE ON SCHEMA sydra TO PUBLIC;

-- series

CREATE FUNCTION sydra_catalog.tags_are_valid(jsonb) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sydra_tags_are_valid'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE DOMAIN sydra.tag AS text;
COMMENT ON DOMAIN sydra.tag IS 'a column that names the series of a row: text';
CREATE DOMAIN sydra.tag_int4 AS int4;
COMMENT ON DOMAIN sydra.tag_int4 IS 'a column that names the series of a row: int4';
CREATE DOMAIN sydra.tag_int8 AS int8;
COMMENT ON DOMAIN sydra.tag_int8 IS 'a column that names the series of a row: int8';
CREATE DOMAIN sydra.tag_bool AS bool;
COMMENT ON DOMAIN sydra.tag_bool IS 'a column that names the series of a row: bool';
CREATE DOMAIN sydra.tag_uuid AS uuid;
COMMENT ON DOMAIN sydra.tag_uuid IS 'a column that names the series of a row: uuid';
CREATE DOMAIN sydra.tags AS jsonb
	CONSTRAINT tags_check CHECK (sydra_catalog.tags_are_valid(VALUE));
COMMENT ON DOMAIN sydra.tags IS
	'all tags of a row: an object of strings, numbers, booleans or nulls';

CREATE TABLE sydra_catalog.series (
	storage_id	int8 NOT NULL,
	series_id	int4 NOT NULL,
	hash		int8 NOT NULL,
	tags		bytea NOT NULL,
	first_seen	timestamptz NOT NULL,
	CONSTRAINT series_pkey PRIMARY KEY (storage_id, series_id)
);
CREATE INDEX series_hash ON sydra_catalog.series (storage_id, hash);

-- store

CREATE SEQUENCE sydra_catalog.storage_seq;
CREATE SEQUENCE sydra_catalog.segno_seq;

CREATE TABLE sydra_catalog.storage (
	storage_id	int8 NOT NULL,
	relid		oid NOT NULL,
	creator		xid8 NOT NULL,
	CONSTRAINT storage_pkey PRIMARY KEY (storage_id)
);

CREATE TABLE sydra_catalog.segment (
	storage_id	int8 NOT NULL,
	segno		int8 NOT NULL,
	tidseg		int4 NOT NULL,
	chunk_id	oid NOT NULL,
	level		int2 NOT NULL,
	kind		"char" NOT NULL,
	nrows		int4 NOT NULL,
	nbytes		int4 NOT NULL,
	nchunks		int4 NOT NULL,
	extents		int4[] NOT NULL,
	tmin		int8 NOT NULL,
	tmax		int8 NOT NULL,
	smin		int4 NOT NULL,
	smax		int4 NOT NULL,
	xid_lo		xid8 NOT NULL,
	xid_hi		xid8 NOT NULL,
	creator		xid8 NOT NULL,
	schema_gen	int4 NOT NULL,
	CONSTRAINT segment_pkey PRIMARY KEY (storage_id, segno),
	CONSTRAINT segment_tidseg UNIQUE (storage_id, tidseg)
);
-- Hints are overwritten in place: no compression, no short header.
ALTER TABLE sydra_catalog.segment ALTER COLUMN extents SET STORAGE PLAIN;
CREATE INDEX segment_time ON sydra_catalog.segment (storage_id, tmax, tmin);

-- Defaults of added columns that VACUUM FULL has cleared and older segments still need.
CREATE TABLE sydra_catalog.missing_value (
	storage_id	int8 NOT NULL,
	attnum		int2 NOT NULL,
	value		bytea NOT NULL,
	CONSTRAINT missing_value_pkey PRIMARY KEY (storage_id, attnum)
);

-- Rows of segments that are deleted, or updated and so replaced by a row of the head.
CREATE TABLE sydra_catalog.tombstone (
	storage_id	int8 NOT NULL,
	segno		int8 NOT NULL,
	rowno		int4 NOT NULL,
	kind		"char" NOT NULL,
	xid			xid8 NOT NULL,
	rows		bytea,
	successor	tid,
	head		oid
);
-- Bits are set in place: no compression, no short header.
ALTER TABLE sydra_catalog.tombstone ALTER COLUMN rows SET STORAGE PLAIN;
CREATE INDEX tombstone_row ON sydra_catalog.tombstone (storage_id, segno, rowno);

CREATE FUNCTION sydra.verify(metric regclass, OUT segment bigint, OUT fault text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_verify'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.verify(regclass) IS
	'reads every byte of a table''s segments and gives a row for each fault; none when all is well';

-- What the views are made of.  They check what the caller may see themselves.
CREATE FUNCTION sydra_catalog.storage_of(metric oid) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sydra_storage_of'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.time_of(microseconds bigint) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_time_of'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.series_of(metric oid, OUT series integer, OUT tags jsonb,
										OUT first_seen timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_series_of'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.columns_of(metric oid, OUT "position" smallint, OUT name name,
										 OUT type regtype, OUT role text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_columns_of'
	LANGUAGE C STABLE STRICT PARALLEL SAFE;

-- am

CREATE FUNCTION sydra.tableam_handler(internal) RETURNS table_am_handler
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'sydra_tableam_handler';
COMMENT ON FUNCTION sydra.tableam_handler(internal) IS 'handler of the access method sydra';

CREATE ACCESS METHOD sydra TYPE TABLE HANDLER sydra.tableam_handler;
COMMENT ON ACCESS METHOD sydra IS 'time series: recent rows as heap, older ones in compressed segments';

-- What sealing has done to each table; sydra.status shows it.
CREATE TABLE sydra_catalog.seal_status (
	relid		oid NOT NULL,
	last_seal	timestamptz,
	rows		int8 NOT NULL,
	segments	int8 NOT NULL,
	refused		text,
	CONSTRAINT seal_status_pkey PRIMARY KEY (relid)
);

CREATE PROCEDURE sydra.seal(metric regclass)
LANGUAGE C AS 'MODULE_PATHNAME', 'sydra_seal';
COMMENT ON PROCEDURE sydra.seal(regclass) IS
	'moves all rows of a sydra table, or of its partitions, into segments; commits batch by batch';

-- lang

CREATE FUNCTION sydra.tokens(query text,
	OUT "position" int, OUT kind text, OUT lexeme text, OUT line int, OUT "column" int,
	OUT start_byte int, OUT end_byte int)
RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sydra_tokens';
COMMENT ON FUNCTION sydra.tokens(text) IS
	'the tokens of a sydraQL query; columns count characters, start_byte and end_byte bytes from 0';

CREATE FUNCTION sydra.tree(query text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sydra_tree';
COMMENT ON FUNCTION sydra.tree(text) IS 'the tree of a sydraQL query, a node a line';

-- function

-- What the language computes, as plain SQL: in sydra, and in the schema of the extension unless
-- another extension has a function of that signature there.

CREATE FUNCTION sydra.time_bucket(step interval, "time" timestamptz) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_plain_time_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.time_bucket(interval, timestamptz) IS
	'start of the bucket that holds the time; buckets are aligned to Monday 2000-01-03 UTC, those of months to 2000-01-01';

CREATE FUNCTION sydra.time_bucket(step interval, "time" timestamptz, origin timestamptz) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_plain_time_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.time_bucket(interval, timestamptz, timestamptz) IS
	'start of the bucket that holds the time; buckets are aligned to the origin';

CREATE FUNCTION sydra_catalog.first_add(internal, anyelement, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_first_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.last_add(internal, anyelement, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_last_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.chosen(internal, anyelement, timestamptz) RETURNS anyelement
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE sydra.first(value anyelement, "time" timestamptz) (
	SFUNC = sydra_catalog.first_add, STYPE = internal,
	FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sydra.first(anyelement, timestamptz) IS 'earliest value that is not null';

CREATE AGGREGATE sydra.last(value anyelement, "time" timestamptz) (
	SFUNC = sydra_catalog.last_add, STYPE = internal,
	FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sydra.last(anyelement, timestamptz) IS 'latest value that is not null';

DO $do$
DECLARE
	home text := pg_catalog.current_schema();
	twin record;
BEGIN
	-- Nothing here is looked up in that schema, where others may have functions and operators.
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	FOR twin IN VALUES
		('time_bucket(interval, timestamptz)', 'FUNCTION',
		 $$CREATE FUNCTION %I.time_bucket(step interval, "time" timestamptz) RETURNS timestamptz
			AS 'MODULE_PATHNAME', 'sydra_plain_time_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE$$),
		('time_bucket(interval, timestamptz, timestamptz)', 'FUNCTION',
		 $$CREATE FUNCTION %I.time_bucket(step interval, "time" timestamptz, origin timestamptz) RETURNS timestamptz
			AS 'MODULE_PATHNAME', 'sydra_plain_time_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE$$),
		('first(anyelement, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.first(value anyelement, "time" timestamptz) (
			SFUNC = sydra_catalog.first_add, STYPE = internal,
			FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA, PARALLEL = SAFE)$$),
		('last(anyelement, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.last(value anyelement, "time" timestamptz) (
			SFUNC = sydra_catalog.last_add, STYPE = internal,
			FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA, PARALLEL = SAFE)$$)
	LOOP
		IF home = 'sydra' THEN
			CONTINUE;
		ELSIF to_regprocedure(format('%I.', home) || twin.column1) IS NOT NULL THEN
			-- CREATE EXTENSION holds notices back.
			PERFORM set_config('client_min_messages', 'notice', true);
			RAISE NOTICE 'function % exists already in schema %, use the one in schema sydra',
				twin.column1, home;
			PERFORM set_config('client_min_messages', 'warning', true);
		ELSE
			EXECUTE format(twin.column3, home);
			EXECUTE format('COMMENT ON %s %I.%s IS %L', twin.column2, home, twin.column1,
				obj_description(to_regprocedure('sydra.' || twin.column1), 'pg_proc'));
		END IF;
	END LOOP;
	PERFORM set_config('search_path', format('%I, pg_temp', home), true);
END
$do$;

-- api: queries

CREATE TYPE sydra.query;

CREATE FUNCTION sydra.query_in(cstring) RETURNS sydra.query
	AS 'MODULE_PATHNAME', 'sydra_query_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra.query_out(sydra.query) RETURNS cstring
	AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra.query_recv(internal) RETURNS sydra.query
	AS 'textrecv' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra.query_send(sydra.query) RETURNS bytea
	AS 'textsend' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.query_in(cstring) IS
	'I/O; describes the columns of a query that stands in FROM';
COMMENT ON FUNCTION sydra.query_out(sydra.query) IS 'I/O';
COMMENT ON FUNCTION sydra.query_recv(internal) IS 'I/O';
COMMENT ON FUNCTION sydra.query_send(sydra.query) IS 'I/O';

CREATE TYPE sydra.query (
	INPUT = sydra.query_in,
	OUTPUT = sydra.query_out,
	RECEIVE = sydra.query_recv,
	SEND = sydra.query_send,
	LIKE = pg_catalog.text
);
COMMENT ON TYPE sydra.query IS 'text of a sydraQL query';

CREATE CAST (text AS sydra.query) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS sydra.query) IS 'lets a text that is not constant be a query';

CREATE TYPE sydra.result AS (row jsonb);
COMMENT ON TYPE sydra.result IS
	'row of a sydraQL query whose text is not a constant; of a constant text the columns are the query''s';

-- Volatile and unsafe in parallel because a query may be an INSERT.

CREATE FUNCTION sydraql(query sydra.query, parameters jsonb DEFAULT '{}')
	RETURNS SETOF sydra.result
	AS 'MODULE_PATHNAME', 'sydra_to_json' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydraql(sydra.query, jsonb) IS
	'rows of a sydraQL query; a constant text in FROM gives the columns of the query';

CREATE FUNCTION sydraql_to_recordset(query text, parameters jsonb DEFAULT '{}')
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_to_recordset' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydraql_to_recordset(text, jsonb) IS
	'rows of a sydraQL query, with a column list';

CREATE FUNCTION sydraql_to_json(query text, parameters jsonb DEFAULT '{}')
	RETURNS SETOF jsonb
	AS 'MODULE_PATHNAME', 'sydra_to_json' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydraql_to_json(text, jsonb) IS
	'rows of a sydraQL query, each as one object';

CREATE FUNCTION sydraql_describe(query text, OUT "position" integer, OUT name text, OUT type regtype)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_describe' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydraql_describe(text) IS
	'columns of a sydraQL query, which is not run';

CREATE FUNCTION sydraql_explain(query text, parameters jsonb DEFAULT '{}', OUT plan text)
	RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'sydra_explain' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydraql_explain(text, jsonb) IS
	'plan of a sydraQL query, which is not run';

-- api: ingest and administration

CREATE FUNCTION sydra.create_metric(name text, tags text[] DEFAULT NULL, fields json DEFAULT NULL,
									owner name DEFAULT NULL)
	RETURNS regclass
	AS 'MODULE_PATHNAME', 'sydra_create_metric' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.create_metric(text, text[], json, name) IS
	'makes the table of a metric: native without tags and fields, else with a column for each';

CREATE FUNCTION sydra.configure(metric regclass, tags text[]) RETURNS void
	AS 'MODULE_PATHNAME', 'sydra_configure' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.configure(regclass, text[]) IS
	'makes exactly these columns of a table its tags, by ALTER COLUMN TYPE to their domains';

CREATE FUNCTION sydra.ingest(data text, on_error text DEFAULT 'error',
							 OUT inserted bigint, OUT line_no integer, OUT column_no integer,
							 OUT error text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_ingest' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.ingest(text, text) IS
	'writes points given as NDJSON; a row with their number, and with on_error => ''skip'' before it one for each bad line';

CREATE FUNCTION sydra.ingest_arrays(metric text, tags jsonb, times timestamptz[],
									"values" float8[])
	RETURNS bigint
	AS 'MODULE_PATHNAME', 'sydra_ingest_arrays' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.ingest_arrays(text, jsonb, timestamptz[], float8[]) IS
	'writes the points of one series and gives their number';

-- worker

-- Its value is the number of times that a worker found no free slot.
CREATE SEQUENCE sydra_catalog.worker_missed;

-- views

CREATE VIEW sydra.segments WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		   s.segno AS segment,
		   CASE s.kind WHEN 'i' THEN 'ingested' WHEN 'c' THEN 'sealed' ELSE 'merged' END AS kind,
		   s.level,
		   s.nrows AS rows,
		   s.nbytes AS bytes,
		   s.nchunks AS chunks,
		   sydra_catalog.time_of(s.tmin) AS time_min,
		   sydra_catalog.time_of(s.tmax) AS time_max,
		   s.smin AS series_min,
		   s.smax AS series_max
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'sydra'
		CROSS JOIN LATERAL sydra_catalog.storage_of(c.oid) AS o(storage_id)
		JOIN sydra_catalog.segment s ON s.storage_id = o.storage_id
	WHERE c.relkind IN ('r', 'm') AND pg_catalog.has_table_privilege(c.oid, 'SELECT');
GRANT SELECT ON sydra.segments TO PUBLIC;
COMMENT ON VIEW sydra.segments IS 'sealed parts of the metrics that the user may read';
COMMENT ON COLUMN sydra.segments.metric IS 'the table';
COMMENT ON COLUMN sydra.segments.segment IS 'number of the segment, unique in the database';
COMMENT ON COLUMN sydra.segments.kind IS 'how it came to be: ingested, sealed or merged';
COMMENT ON COLUMN sydra.segments.level IS 'how often its rows were merged';
COMMENT ON COLUMN sydra.segments.rows IS 'rows in it';
COMMENT ON COLUMN sydra.segments.bytes IS 'bytes of the encoded rows';
COMMENT ON COLUMN sydra.segments.chunks IS 'pages that it takes';
COMMENT ON COLUMN sydra.segments.time_min IS 'earliest time in it';
COMMENT ON COLUMN sydra.segments.time_max IS 'latest time in it';
COMMENT ON COLUMN sydra.segments.series_min IS 'lowest series in it, see sydra.series';
COMMENT ON COLUMN sydra.segments.series_max IS 'highest series in it';

CREATE VIEW sydra.series WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric, s.series, s.tags, s.first_seen
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'sydra'
		CROSS JOIN LATERAL sydra_catalog.series_of(c.oid) s
	WHERE c.relkind IN ('r', 'm');
GRANT SELECT ON sydra.series TO PUBLIC;
COMMENT ON VIEW sydra.series IS
	'series that have sealed rows, of the metrics that the user may read without row security';
COMMENT ON COLUMN sydra.series.metric IS 'the table';
COMMENT ON COLUMN sydra.series.series IS 'number of the series in its table';
COMMENT ON COLUMN sydra.series.tags IS 'its tags as text; a tag that is null or empty is left out';
COMMENT ON COLUMN sydra.series.first_seen IS 'when its first rows were sealed';

CREATE VIEW sydra.columns WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric, t."position", t.name, t.type, t.role
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'sydra'
		CROSS JOIN LATERAL sydra_catalog.columns_of(c.oid) t
	WHERE c.relkind IN ('r', 'm');
GRANT SELECT ON sydra.columns TO PUBLIC;
COMMENT ON VIEW sydra.columns IS 'columns of the metrics that the user may read';
COMMENT ON COLUMN sydra.columns.metric IS 'the table';
COMMENT ON COLUMN sydra.columns."position" IS 'place of the column in the table';
COMMENT ON COLUMN sydra.columns.name IS 'name of the column';
COMMENT ON COLUMN sydra.columns.type IS 'its type';
COMMENT ON COLUMN sydra.columns.role IS
	'time; tag, one that names the series; tags, all tags of a native metric; or field';

CREATE VIEW sydra.metrics WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		pg_catalog.pg_get_userbyid(c.relowner) AS owner,
		pg_catalog.bool_or(t.typname = 'tags') AS native,
		(pg_catalog.array_agg(a.attname ORDER BY a.attnum)
			FILTER (WHERE a.attnotnull
				AND a.atttypid = 'pg_catalog.timestamptz'::pg_catalog.regtype))[1] AS time_column,
		coalesce(pg_catalog.array_agg(a.attname ORDER BY a.attnum)
			FILTER (WHERE t.typname <> 'tags'), '{}') AS tag_columns
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'sydra'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
			AND t.typnamespace = 'sydra'::pg_catalog.regnamespace
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
	GROUP BY c.oid, c.relowner;
COMMENT ON VIEW sydra.metrics IS 'the sydra tables that the current user may read';
COMMENT ON COLUMN sydra.metrics.metric IS 'the table';
COMMENT ON COLUMN sydra.metrics.owner IS 'its owner';
COMMENT ON COLUMN sydra.metrics.native IS 'whether its tags are in one column of type sydra.tags';
COMMENT ON COLUMN sydra.metrics.time_column IS 'the first NOT NULL column of type timestamptz';
COMMENT ON COLUMN sydra.metrics.tag_columns IS 'the columns of the tag domains';
GRANT SELECT ON sydra.metrics TO PUBLIC;

CREATE VIEW sydra.status WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		pg_catalog.pg_relation_size(c.oid)
			/ pg_catalog.current_setting('block_size')::pg_catalog.int8 AS head_pages,
		pg_catalog.pg_stat_get_dead_tuples(c.oid) AS head_dead_rows,
		coalesce(s.rows, 0) AS rows_sealed,
		coalesce(s.segments, 0) AS segments_written,
		s.last_seal,
		s.refused,
		CASE WHEN w.is_called THEN w.last_value ELSE 0 END AS workers_missed
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'sydra'
		LEFT JOIN sydra_catalog.seal_status s ON s.relid = c.oid
		CROSS JOIN sydra_catalog.worker_missed w
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT');
COMMENT ON VIEW sydra.status IS 'how far each sydra table is sealed, and why not further';
COMMENT ON COLUMN sydra.status.metric IS 'the table';
COMMENT ON COLUMN sydra.status.head_pages IS
	'pages of rows that are not in segments, dead rows included';
COMMENT ON COLUMN sydra.status.head_dead_rows IS
	'rows that were sealed or deleted and are not removed yet: many that stay mean an old snapshot';
COMMENT ON COLUMN sydra.status.rows_sealed IS 'rows sealed so far';
COMMENT ON COLUMN sydra.status.segments_written IS 'segments that sealing has written so far';
COMMENT ON COLUMN sydra.status.last_seal IS 'when rows were last sealed';
COMMENT ON COLUMN sydra.status.refused IS 'why the table was not sealed when it was last tried';
COMMENT ON COLUMN sydra.status.workers_missed IS 'how often, in this database, a worker found no free slot';
GRANT SELECT ON sydra.status TO PUBLIC;
