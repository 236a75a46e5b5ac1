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

CREATE PROCEDURE sydra.seal("table" regclass)
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

-- api: queries

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

-- views
