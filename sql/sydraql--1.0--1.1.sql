\echo Use "ALTER EXTENSION sydraql UPDATE TO '1.1'" to load this file. \quit

-- store

-- Order of writing where merging has changed that of the segment numbers; null: none has.
ALTER TABLE sydra_catalog.segment ADD COLUMN place int8;

-- What merging has done to each store; sydra.status shows it.
CREATE TABLE sydra_catalog.merge_status (
	storage_id	int8 NOT NULL,
	last_merge	timestamptz,
	rows		int8 NOT NULL,
	segments	int8 NOT NULL,
	bytes		int8 NOT NULL,
	first_bytes	int8 NOT NULL,
	delete_delay	interval,
	CONSTRAINT merge_status_pkey PRIMARY KEY (storage_id)
);
COMMENT ON TABLE sydra_catalog.merge_status IS 'what merging has done to each store';

-- Tables with so many deleted rows in segments that somebody should merge.
CREATE TABLE sydra_catalog.merge_request (
	relid		oid NOT NULL,
	requested	timestamptz NOT NULL
);
COMMENT ON TABLE sydra_catalog.merge_request IS 'tables whose deleted rows are to be taken out of segments';

CREATE FUNCTION sydra_catalog.collect() RETURNS bigint
	AS 'MODULE_PATHNAME', 'sydra_collect'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra_catalog.collect() IS
	'deletes the rows about tables that are gone, as the workers do; gives their number';

CREATE TABLE sydra.table_config (
	relid regclass PRIMARY KEY,
	row_type regtype NOT NULL,
	dedup text NOT NULL CHECK (dedup IN ('none', 'last'))
);
COMMENT ON TABLE sydra.table_config IS 'what sydra.configure() has been told; pg_dump carries it';
COMMENT ON COLUMN sydra.table_config.relid IS 'the table';
COMMENT ON COLUMN sydra.table_config.row_type IS
	'its row type: a row is of no table that has the OID of another one now';
COMMENT ON COLUMN sydra.table_config.dedup IS
	'none: all rows; last: of rows of one series with the same time the last written';
REVOKE ALL ON sydra.table_config FROM PUBLIC;
GRANT SELECT ON sydra.table_config TO PUBLIC;

-- Of tables that are there and last.
SELECT pg_catalog.pg_extension_config_dump('sydra.table_config', $$
	WHERE EXISTS (SELECT FROM pg_catalog.pg_class c
		WHERE c.oid = relid AND c.reltype = row_type AND c.relpersistence <> 't')$$);

CREATE FUNCTION sydra_catalog.table_config_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'sydra_table_config_changed' LANGUAGE C;
COMMENT ON FUNCTION sydra_catalog.table_config_changed() IS
	'tells the sessions that have a row of sydra.table_config cached';
CREATE TRIGGER table_config_changed AFTER INSERT OR UPDATE OR DELETE ON sydra.table_config
	FOR EACH ROW EXECUTE FUNCTION sydra_catalog.table_config_changed();

CREATE FUNCTION sydra_catalog.dedup_of(metric oid) RETURNS text
	AS 'MODULE_PATHNAME', 'sydra_table_config_dedup' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra_catalog.dedup_of(oid) IS
	'the dedup of a table, or of the partitioned table above it';

-- am

CREATE PROCEDURE sydra.merge(metric regclass)
LANGUAGE C AS 'MODULE_PATHNAME', 'sydra_merge';
COMMENT ON PROCEDURE sydra.merge(regclass) IS
	'takes deleted rows out of the segments of a sydra table, or of its partitions, and joins small segments; commits step by step';

-- function

CREATE FUNCTION sydra.regex_matches(value text, pattern text, flags text DEFAULT '') RETURNS boolean
	AS 'MODULE_PATHNAME', 'sydra_plain_regex_matches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.regex_matches(text, text, text) IS
	'whether a pattern of sydraQL''s =~ is found in a text; flags are letters of imsx';

-- views

CREATE OR REPLACE VIEW sydra.status WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		pg_catalog.pg_relation_size(c.oid)
			/ pg_catalog.current_setting('block_size')::pg_catalog.int8 AS head_pages,
		pg_catalog.pg_stat_get_dead_tuples(c.oid) AS head_dead_rows,
		coalesce(s.rows, 0) AS rows_sealed,
		coalesce(s.segments, 0) AS segments_written,
		s.last_seal,
		s.refused,
		CASE WHEN w.is_called THEN w.last_value ELSE 0 END AS workers_missed,
		coalesce(d.rows, 0) AS rows_deleted,
		coalesce(m.rows, 0) AS rows_merged,
		m.last_merge,
		coalesce(g.bytes, 0) + coalesce(m.first_bytes, 0) AS bytes_written,
		coalesce(m.bytes, 0) AS bytes_merged,
		pg_catalog.round((coalesce(g.bytes, 0) + coalesce(m.first_bytes, 0) + coalesce(m.bytes, 0))::pg_catalog.numeric
			/ nullif(coalesce(g.bytes, 0) + coalesce(m.first_bytes, 0), 0), 2) AS write_amplification,
		m.delete_delay
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'sydra'
		LEFT JOIN sydra_catalog.seal_status s ON s.relid = c.oid
		CROSS JOIN sydra_catalog.worker_missed w
		CROSS JOIN LATERAL sydra_catalog.storage_of(c.oid) AS o(storage_id)
		LEFT JOIN sydra_catalog.merge_status m ON m.storage_id = o.storage_id
		LEFT JOIN LATERAL (
			SELECT pg_catalog.sum(CASE WHEN t.rows IS NULL THEN 1 ELSE pg_catalog.bit_count(t.rows) END)::pg_catalog.int8 AS rows
			FROM sydra_catalog.tombstone t WHERE t.storage_id = o.storage_id) d ON true
		LEFT JOIN LATERAL (
			SELECT pg_catalog.sum(x.nbytes) AS bytes
			FROM sydra_catalog.segment x WHERE x.storage_id = o.storage_id AND x.kind <> 'm') g ON true
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT');
COMMENT ON VIEW sydra.status IS 'how far each sydra table is sealed and merged, and why not further';
COMMENT ON COLUMN sydra.status.rows_deleted IS
	'rows of segments that are deleted or updated and still take space there';
COMMENT ON COLUMN sydra.status.rows_merged IS 'rows that merging has written anew so far';
COMMENT ON COLUMN sydra.status.last_merge IS 'when segments were last merged or dropped';
COMMENT ON COLUMN sydra.status.bytes_written IS
	'bytes of the segments that sealing and COPY have written so far, to the table as it is since TRUNCATE or a rewrite';
COMMENT ON COLUMN sydra.status.bytes_merged IS 'bytes of the segments that merging has written so far';
COMMENT ON COLUMN sydra.status.write_amplification IS
	'how often, on average, each of bytes_written has been written: once, and again by merging';
COMMENT ON COLUMN sydra.status.delete_delay IS
	'time from the commit of a DELETE or UPDATE that made a merge worth it until no row was left to take out, when last that was so';

-- Last: what these tables hold is of this database's files alone.  Nothing of it is sent to
-- subscribers, and nothing is taken from publishers, not even with FOR ALL TABLES.

CREATE FUNCTION sydra_catalog.refuse_row() RETURNS trigger
	AS 'MODULE_PATHNAME', 'sydra_refuse_row'
	LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra_catalog.refuse_row() IS 'leaves out a row that logical replication brings';

DO $do$
DECLARE
	path text := pg_catalog.current_setting('search_path');
	catalog pg_catalog.regclass;
BEGIN
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	FOR catalog IN
		SELECT c.oid FROM pg_class c
		WHERE c.relnamespace = 'sydra_catalog'::regnamespace AND c.relkind = 'r'
	LOOP
		EXECUTE format('ALTER TABLE %s REPLICA IDENTITY NOTHING', catalog);
		EXECUTE format('CREATE TRIGGER refuse_row BEFORE INSERT OR UPDATE OR DELETE ON %s
			FOR EACH ROW EXECUTE FUNCTION sydra_catalog.refuse_row()', catalog);
		EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER refuse_row', catalog);
		EXECUTE format('COMMENT ON TRIGGER refuse_row ON %s IS %L', catalog,
			'leaves out a row that logical replication brings');
	END LOOP;
	PERFORM set_config('search_path', path, true);
END
$do$;

-- api: administration

DROP FUNCTION sydra.create_metric(text, text[], json, name);
CREATE FUNCTION sydra.create_metric(name text, tags text[] DEFAULT NULL, fields json DEFAULT NULL,
									owner name DEFAULT NULL, dedup text DEFAULT NULL)
	RETURNS regclass
	AS 'MODULE_PATHNAME', 'sydra_create_metric' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.create_metric(text, text[], json, name, text) IS
	'makes the table of a metric: native without tags and fields, else with a column for each';

DROP FUNCTION sydra.configure(regclass, text[]);
CREATE FUNCTION sydra.configure(metric regclass, tags text[] DEFAULT NULL, dedup text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME', 'sydra_configure' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.configure(regclass, text[], text) IS
	'makes exactly these columns of a table its tags, by ALTER COLUMN TYPE to their domains; dedup '
	'''last'' makes the last written of rows of one series with the same time the only one';

-- api: inspection

CREATE OR REPLACE VIEW sydra.metrics WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		pg_catalog.pg_get_userbyid(c.relowner) AS owner,
		pg_catalog.bool_or(t.typname = 'tags') AS native,
		(pg_catalog.array_agg(a.attname ORDER BY a.attnum)
			FILTER (WHERE a.attnotnull
				AND a.atttypid = 'pg_catalog.timestamptz'::pg_catalog.regtype))[1] AS time_column,
		coalesce(pg_catalog.array_agg(a.attname ORDER BY a.attnum)
			FILTER (WHERE t.typname <> 'tags'), '{}') AS tag_columns,
		sydra_catalog.dedup_of(c.oid) AS dedup
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'sydra'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
			AND t.typnamespace = 'sydra'::pg_catalog.regnamespace
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
	GROUP BY c.oid, c.relowner;
COMMENT ON COLUMN sydra.metrics.dedup IS
	'which rows of one series with the same time are rows of the table: none are left out, or all but '
	'the last written';
