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
	dedup text CHECK (dedup IN ('none', 'last')),
	time_column text,
	tags text[]
);
COMMENT ON TABLE sydra.table_config IS 'what sydra.configure() has been told; pg_dump carries it';
COMMENT ON COLUMN sydra.table_config.relid IS 'the table';
COMMENT ON COLUMN sydra.table_config.row_type IS
	'its row type: a row is of no table that has the OID of another one now';
COMMENT ON COLUMN sydra.table_config.dedup IS
	'none: all rows; last: of rows of one series with the same time the last written; null: nothing '
	'was said, which is none, or what the table has that this is a partition of';
COMMENT ON COLUMN sydra.table_config.time_column IS
	'of a table that does not use sydra: the column that is the time for sydraQL; null: not said';
COMMENT ON COLUMN sydra.table_config.tags IS
	'of a table that does not use sydra: the columns that are its tags for sydraQL; null: not said';
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

CREATE FUNCTION sydra_catalog.pair_add(internal, float8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_add(internal, float8, timestamptz, interval) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_remove(internal, float8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_remove(internal, float8, timestamptz, interval) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.pair_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_pair_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.delta(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_delta' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.increase(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_increase' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.integral(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_integral' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.irate(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_irate' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.rate(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_rate' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.time_weighted_avg(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_time_weighted_avg' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.percentile_add(internal, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.percentile_add(internal, float8, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.percentile_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.percentile_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.percentile_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.percentile(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_percentile' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.sketch_add(internal, float8, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_sketch_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.sketch_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_sketch_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.sketch_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_sketch_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.sketch_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_sketch_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.sketch(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_sketch' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.distinct_add(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_distinct_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.distinct_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_distinct_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.distinct_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_distinct_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.distinct_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_distinct_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog."distinct"(internal) RETURNS int8
	AS 'MODULE_PATHNAME', 'sydra_plain_distinct' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.histogram_add(internal, float8, float8, float8, int4) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.histogram_remove(internal, float8, float8, float8, int4) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.histogram_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.histogram_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.histogram_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.histogram(internal) RETURNS int8[]
	AS 'MODULE_PATHNAME', 'sydra_plain_histogram' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.first_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_first_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.last_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_last_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.chosen_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.chosen_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- Each in sydra, and, as a twin, in the schema that the user installs into, where it is not there yet.
DO $do$
DECLARE
	home text := pg_catalog.current_schema();
	object record;
	place text;
	is_there boolean;
	is_ours boolean;
BEGIN
	-- Nothing here is looked up in that schema, where others may have functions and operators.
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	FOR object IN VALUES
		('increase(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.increase(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.increase,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.increase)$$,
		 'how far a counter rose, resets passed over; a group is one series'),
		('rate(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.rate(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.rate,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.rate)$$,
		 'how far a counter rose in a second, from sample to sample; a group is one series'),
		('irate(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.irate(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.irate,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.irate)$$,
		 'rate of the last two samples; a group is one series'),
		('delta(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.delta(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.delta,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.delta)$$,
		 'how far a gauge moved; a group is one series'),
		('integral(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.integral(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.integral,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.integral)$$,
		 'area below the samples, in value times a second; a group is one series'),
		('time_weighted_avg(float8, timestamptz)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.time_weighted_avg(value float8, "time" timestamptz) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.time_weighted_avg,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.time_weighted_avg)$$,
		 'mean over time, each value holding until the next; a group is one series'),
		('integral(float8, timestamptz, interval)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.integral(value float8, "time" timestamptz, unit interval) (
			SFUNC = sydra_catalog.pair_add, STYPE = internal, FINALFUNC = sydra_catalog.integral,
			COMBINEFUNC = sydra_catalog.pair_combine, SERIALFUNC = sydra_catalog.pair_write,
			DESERIALFUNC = sydra_catalog.pair_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.pair_add, MINVFUNC = sydra_catalog.pair_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.integral)$$,
		 'area below the samples, in value times unit; a group is one series'),
		('percentile(float8, float8)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.percentile(value float8, fraction float8) (
			SFUNC = sydra_catalog.percentile_add, STYPE = internal, FINALFUNC = sydra_catalog.percentile,
			COMBINEFUNC = sydra_catalog.percentile_combine, SERIALFUNC = sydra_catalog.percentile_write,
			DESERIALFUNC = sydra_catalog.percentile_read, PARALLEL = SAFE)$$,
		 'exact percentile, fraction from 0 to 1, as percentile_cont has it'),
		('median(float8)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.median(value float8) (
			SFUNC = sydra_catalog.percentile_add, STYPE = internal, FINALFUNC = sydra_catalog.percentile,
			COMBINEFUNC = sydra_catalog.percentile_combine, SERIALFUNC = sydra_catalog.percentile_write,
			DESERIALFUNC = sydra_catalog.percentile_read, PARALLEL = SAFE)$$,
		 'exact percentile at 0.5'),
		('approx_percentile(float8, float8)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.approx_percentile(value float8, fraction float8) (
			SFUNC = sydra_catalog.sketch_add, STYPE = internal, FINALFUNC = sydra_catalog.sketch,
			COMBINEFUNC = sydra_catalog.sketch_combine, SERIALFUNC = sydra_catalog.sketch_write,
			DESERIALFUNC = sydra_catalog.sketch_read, PARALLEL = SAFE)$$,
		 'percentile within 1 %'),
		('approx_count_distinct(anyelement)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.approx_count_distinct(value anyelement) (
			SFUNC = sydra_catalog.distinct_add, STYPE = internal, FINALFUNC = sydra_catalog."distinct",
			COMBINEFUNC = sydra_catalog.distinct_combine, SERIALFUNC = sydra_catalog.distinct_write,
			DESERIALFUNC = sydra_catalog.distinct_read, PARALLEL = SAFE)$$,
		 'about the number of distinct values'),
		('histogram(float8, float8, float8, integer)', 'AGGREGATE',
		 $$CREATE AGGREGATE %I.histogram(value float8, low float8, high float8, ranges int4) (
			SFUNC = sydra_catalog.histogram_add, STYPE = internal, FINALFUNC = sydra_catalog.histogram,
			COMBINEFUNC = sydra_catalog.histogram_combine, SERIALFUNC = sydra_catalog.histogram_write,
			DESERIALFUNC = sydra_catalog.histogram_read, PARALLEL = SAFE,
			MSFUNC = sydra_catalog.histogram_add, MINVFUNC = sydra_catalog.histogram_remove, MSTYPE = internal,
			MFINALFUNC = sydra_catalog.histogram)$$,
		 'counts below low, in each of the equal ranges, and from high on'),
		('first(anyelement, timestamptz)', 'AGGREGATE',
		 $$CREATE OR REPLACE AGGREGATE %I.first(value anyelement, "time" timestamptz) (
			SFUNC = sydra_catalog.first_add, STYPE = internal, FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA,
			COMBINEFUNC = sydra_catalog.first_combine, SERIALFUNC = sydra_catalog.chosen_write,
			DESERIALFUNC = sydra_catalog.chosen_read, PARALLEL = SAFE)$$,
		 'earliest value that is not null'),
		('last(anyelement, timestamptz)', 'AGGREGATE',
		 $$CREATE OR REPLACE AGGREGATE %I.last(value anyelement, "time" timestamptz) (
			SFUNC = sydra_catalog.last_add, STYPE = internal, FINALFUNC = sydra_catalog.chosen, FINALFUNC_EXTRA,
			COMBINEFUNC = sydra_catalog.last_combine, SERIALFUNC = sydra_catalog.chosen_write,
			DESERIALFUNC = sydra_catalog.chosen_read, PARALLEL = SAFE)$$,
		 'latest value that is not null'),
		('time_bucket(interval, timestamptz, text)', 'FUNCTION',
		 $$CREATE FUNCTION %I.time_bucket(step interval, "time" timestamptz, zone text) RETURNS timestamptz
			AS 'MODULE_PATHNAME', 'sydra_plain_time_bucket_zone' LANGUAGE C STABLE STRICT PARALLEL SAFE$$,
		 'start of the bucket that holds the time, days beginning at midnight of a time zone')
	LOOP
		FOREACH place IN ARRAY CASE WHEN home = 'sydra' THEN ARRAY[home] ELSE ARRAY['sydra', home] END LOOP
			-- What version 1.0 has made is replaced, and what it has left out stays so.
			is_there := to_regprocedure(format('%I.', place) || object.column1) IS NOT NULL;
			is_ours := is_there AND EXISTS (
				SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'sydraql'
				WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
					AND d.objid = to_regprocedure(format('%I.', place) || object.column1));
			IF object.column3 LIKE 'CREATE OR REPLACE%' AND NOT is_ours THEN
				CONTINUE;
			ELSIF is_there AND NOT is_ours THEN
				-- CREATE EXTENSION holds notices back.
				PERFORM set_config('client_min_messages', 'notice', true);
				RAISE NOTICE 'function % exists already in schema %, use the one in schema sydra',
					object.column1, place;
				PERFORM set_config('client_min_messages', 'warning', true);
			ELSE
				EXECUTE format(object.column3, place);
				EXECUTE format('COMMENT ON %s %I.%s IS %L', object.column2, place, object.column1, object.column4);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM set_config('search_path', format('%I, pg_temp', home), true);
END
$do$;

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

-- api: ingest and administration

CREATE FUNCTION sydra.ingest_lines(data text, "precision" text DEFAULT 'ns',
								   on_error text DEFAULT 'error',
								   OUT inserted bigint, OUT line_no integer, OUT column_no integer,
								   OUT error text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_ingest_lines' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.ingest_lines(text, text, text) IS
	'writes points given in InfluxDB''s line protocol; a row with their number, and with on_error => ''skip'' before it one for each bad line';

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
CREATE FUNCTION sydra.configure(metric regclass, tags text[] DEFAULT NULL, dedup text DEFAULT NULL,
								time_column name DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME', 'sydra_configure' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.configure(regclass, text[], text, name) IS
	'makes exactly these columns of a table its tags, by ALTER COLUMN TYPE to their domains; dedup '
	'''last'' makes the last written of rows of one series with the same time the only one; of a table '
	'that does not use sydra it is only noted which columns are tags and which is the time';

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

-- api: translation

-- Stable: times are read in the session's time zone.
CREATE FUNCTION sydraql_from_sql(query text) RETURNS text
	AS 'MODULE_PATHNAME', 'sydra_from_sql' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydraql_from_sql(text) IS
	'a SELECT, INSERT or DELETE of SQL in sydraQL; what has no translation is an error';
