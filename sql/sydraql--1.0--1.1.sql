\echo Use "ALTER EXTENSION sydraql UPDATE TO '1.1'" to load this file. \quit

-- base

COMMENT ON SCHEMA sydra IS 'sydraQL: what is called and looked at';
COMMENT ON SCHEMA sydra_catalog IS 'sydraQL: what its tables and functions are made of, not for use';

-- series

COMMENT ON TABLE sydra_catalog.series IS 'tags of each series of each store; sydra.series shows them';
COMMENT ON FUNCTION sydra_catalog.tags_are_valid(jsonb) IS
	'whether a jsonb may be the tags of a row: an object without arrays and objects in it';

-- store

COMMENT ON SEQUENCE sydra_catalog.storage_seq IS 'gives the next store its number';
COMMENT ON SEQUENCE sydra_catalog.segno_seq IS 'gives the next segment its number';
COMMENT ON TABLE sydra_catalog.storage IS 'stores, the segments of one table''s files each';
COMMENT ON TABLE sydra_catalog.segment IS
	'the directory: a segment is there for whoever sees its row; sydra.segments shows them';
COMMENT ON TABLE sydra_catalog.missing_value IS
	'defaults of added columns that VACUUM FULL has cleared and older segments still need';
COMMENT ON TABLE sydra_catalog.tombstone IS 'marks of rows of segments that are deleted or updated';

COMMENT ON FUNCTION sydra_catalog.storage_of(oid) IS
	'number of a table''s store; null without one, and for who may not read a column of the table';
COMMENT ON FUNCTION sydra_catalog.time_of(bigint) IS 'the time that the directory has as a number';
COMMENT ON FUNCTION sydra_catalog.series_of(oid) IS
	'series of a table that the caller may read without row security';
COMMENT ON FUNCTION sydra_catalog.columns_of(oid) IS
	'columns of a table of which the caller may read one, and their roles';

-- Files of temporary tables are read by their session's own process alone.
ALTER FUNCTION sydra_catalog.storage_of(oid) PARALLEL RESTRICTED;
ALTER FUNCTION sydra_catalog.series_of(oid) PARALLEL RESTRICTED;

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

-- Who is given the rows of a table as they come, and up to which transaction they have been given.
CREATE TABLE sydra_catalog.consumer (
	relid		oid NOT NULL,
	name		text COLLATE "C" NOT NULL,
	watermark	xid8 NOT NULL,
	CONSTRAINT consumer_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE sydra_catalog.consumer IS 'consumers of tables; sydra.consumer_status shows them';

CREATE FUNCTION sydra_catalog.collect() RETURNS bigint
	AS 'MODULE_PATHNAME', 'sydra_collect'
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra_catalog.collect() IS
	'deletes the rows about tables that are gone, as the workers do; gives their number';
REVOKE EXECUTE ON FUNCTION sydra_catalog.collect() FROM PUBLIC;

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

COMMENT ON TABLE sydra_catalog.seal_status IS 'what sealing has done to each table';

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

CREATE FUNCTION sydra_catalog.forward_add(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_forward_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.first_remove(internal, anyelement, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.last_remove(internal, anyelement, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.forward_remove(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen_remove' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.chosen(internal, anyelement) RETURNS anyelement
	AS 'MODULE_PATHNAME', 'sydra_plain_chosen' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.extremes_add(internal, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_add_float' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_add(internal, float8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_add_float' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_add(internal, int8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_add_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_add(internal, int8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_add_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_remove(internal, float8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_remove_float' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_remove(internal, float8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_remove_float' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_remove(internal, int8) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_remove_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_remove(internal, int8, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_remove_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_write(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_write' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.extremes_read(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'sydra_plain_extremes_read' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.spread_float8(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_spread_float' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.spread_int8(internal) RETURNS int8
	AS 'MODULE_PATHNAME', 'sydra_plain_spread_int' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.min_time(internal) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_plain_min_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.max_time(internal) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_plain_max_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra_catalog.window_float8(internal) RETURNS float8
	AS 'MODULE_PATHNAME', 'sydra_plain_window' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.window_int8(internal) RETURNS int8
	AS 'MODULE_PATHNAME', 'sydra_plain_window' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION sydra_catalog.window_timestamptz(internal) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'sydra_plain_window' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION sydra.time_difference(a timestamptz, b timestamptz) RETURNS interval
	AS 'MODULE_PATHNAME', 'sydra_plain_time_difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.time_difference(timestamptz, timestamptz) IS
	'first less second, as hours however many; null when one is infinite';

CREATE FUNCTION sydra.series_key(tags jsonb) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sydra_plain_series_key' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.series_key(jsonb) IS
	'what names the series of these tags, empty ones left out; in order as series are';

CREATE FUNCTION sydra.series_id(metric regclass, tags jsonb) RETURNS int8
	AS 'MODULE_PATHNAME', 'sydra_plain_series_id' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.series_id(regclass, jsonb) IS
	'number of the series of these tags, empty ones left out, in the metric as it is called now: what BY_ID() takes';

CREATE FUNCTION sydra.written(tableoid oid, ctid tid, xmin xid) RETURNS int8[]
	AS 'MODULE_PATHNAME', 'sydra_plain_written' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydra.written(oid, tid, xid) IS
	'when a row of a sydra table was written, in order as rows were';

-- Each in sydra, and, as a twin, in the schema that the user installs into, where it is not there yet;
-- but for those whose name PostgreSQL has for other arguments, as there they could be taken for its own.
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

	-- A function of the language's registry finds itself there by its name.
	FOR object IN VALUES
		('running_sum', 'float8'), ('running_sum', 'int8'), ('running_avg', 'float8'), ('running_min', 'float8'),
		('running_min', 'int8'), ('running_min', 'timestamptz'), ('running_max', 'float8'), ('running_max', 'int8'),
		('running_max', 'timestamptz'), ('running_count', '"any"'), ('runsum', 'float8'), ('runsum', 'int8'),
		('runavg', 'float8'), ('runmin', 'float8'), ('runmin', 'int8'), ('runmin', 'timestamptz'), ('runmax', 'float8'),
		('runmax', 'int8'), ('runmax', 'timestamptz'), ('runcount', '"any"'), ('difference', 'float8'), ('difference', 'int8'),
		('derivative', 'float8, timestamptz'), ('derivative', 'float8, timestamptz, interval'), ('moving_avg', 'float8, int8'),
		('moving_avg', 'float8, timestamptz, interval'), ('ema', 'float8, timestamptz, interval, float8')
	LOOP
		EXECUTE format('CREATE FUNCTION sydra_catalog.%I(internal, %s) RETURNS internal
			AS ''MODULE_PATHNAME'', ''sydra_plain_window_add'' LANGUAGE C IMMUTABLE PARALLEL SAFE', object.column1, object.column2);
		-- What rounding took from a sum cannot be given back.
		CONTINUE WHEN object.column1 ~ 'avg|ema' OR (object.column1 ~ 'sum' AND object.column2 = 'float8');
		EXECUTE format('CREATE FUNCTION sydra_catalog.%I(internal, %s) RETURNS internal
			AS ''MODULE_PATHNAME'', ''sydra_plain_window_remove'' LANGUAGE C IMMUTABLE PARALLEL SAFE',
			object.column1 || '_remove', object.column2);
	END LOOP;

	FOR object IN
		SELECT format('%s(%s)', name, regexp_replace(arguments, '("time"|\m[a-z]+) (?=[a-z0-9"])', '', 'g')) AS signature,
			'AGGREGATE' AS kind,
			format('CREATE %sAGGREGATE %%I.%s(%s) (SFUNC = sydra_catalog.%s, STYPE = internal, FINALFUNC = sydra_catalog.%s%s, PARALLEL = SAFE',
				CASE WHEN name IN ('first', 'last') THEN 'OR REPLACE ' END, name, arguments, add, quote_ident(final),
				CASE WHEN final = 'chosen' THEN ', FINALFUNC_EXTRA' END) ||
			CASE WHEN combine IS NULL THEN '' ELSE format(', COMBINEFUNC = sydra_catalog.%s, SERIALFUNC = sydra_catalog.%s_write,
				DESERIALFUNC = sydra_catalog.%s_read', combine, state, state) END ||
			CASE WHEN remove IS NULL THEN '' ELSE format(', MSFUNC = sydra_catalog.%s, MINVFUNC = sydra_catalog.%s, MSTYPE = internal,
				MFINALFUNC = sydra_catalog.%s%s', add, remove, quote_ident(final),
				CASE WHEN final = 'chosen' THEN ', MFINALFUNC_EXTRA' ELSE '' END) END || ')' AS definition,
			doc, true AS everywhere
		FROM (
			SELECT name, arguments, 'pair_add', final, 'pair_combine', 'pair', 'pair_remove', doc || '; a group is one series'
			FROM (VALUES
				('increase', '', 'how far a counter rose, resets passed over'),
				('rate', '', 'how far a counter rose in a second, from sample to sample'),
				('irate', '', 'rate of the last two samples'),
				('delta', '', 'how far a gauge moved'),
				('integral', '', 'area below the samples, in value times a second'),
				('integral', ', unit interval', 'area below the samples, in value times unit'),
				('time_weighted_avg', '', 'mean over time, each value holding until the next')) pair (final, more, doc),
				LATERAL (SELECT final, 'value float8, "time" timestamptz' || more) x (name, arguments)
			UNION ALL VALUES
			('percentile', 'value float8, fraction float8', 'percentile_add', 'percentile', 'percentile_combine', 'percentile', NULL,
				'exact percentile, fraction from 0 to 1, as percentile_cont has it'),
			('median', 'value float8', 'percentile_add', 'percentile', 'percentile_combine', 'percentile', NULL,
				'exact percentile at 0.5'),
			('approx_percentile', 'value float8, fraction float8', 'sketch_add', 'sketch', 'sketch_combine', 'sketch', NULL,
				'percentile within 1 %'),
			('approx_count_distinct', 'value anyelement', 'distinct_add', 'distinct', 'distinct_combine', 'distinct', NULL,
				'about the number of distinct values'),
			('histogram', 'value float8, low float8, high float8, ranges integer', 'histogram_add', 'histogram',
				'histogram_combine', 'histogram', 'histogram_remove', 'counts below low, in each of the equal ranges, and from high on'),
			('first', 'value anyelement, "time" timestamptz', 'first_add', 'chosen', 'first_combine', 'chosen', 'first_remove',
				'earliest value that is not null'),
			('last', 'value anyelement, "time" timestamptz', 'last_add', 'chosen', 'last_combine', 'chosen', 'last_remove',
				'latest value that is not null'),
			('fill_forward', 'value anyelement', 'forward_add', 'chosen', NULL, NULL, 'forward_remove',
				'last value so far that is not null; with OVER'),
			('spread', 'value float8', 'extremes_add', 'spread_float8', 'extremes_combine', 'extremes', 'extremes_remove',
				'greatest value less the least'),
			('spread', 'value int8', 'extremes_add', 'spread_int8', 'extremes_combine', 'extremes', 'extremes_remove',
				'greatest value less the least')
			UNION ALL
			SELECT name, format('value %s, "time" timestamptz', type), 'extremes_add', name, 'extremes_combine', 'extremes', 'extremes_remove', doc
			FROM (VALUES ('min_time', 'earliest time of the least value'), ('max_time', 'earliest time of the greatest value')) extreme (name, doc),
				(VALUES ('float8'), ('int8')) type (type)
			UNION ALL
			SELECT name, format('value %s', type), name, 'window_' || type, NULL, NULL,
				CASE WHEN suffix <> 'avg' AND (suffix <> 'sum' OR type = 'int8') THEN name || '_remove' END, doc || '; with OVER'
			FROM (VALUES
				('sum', '{float8,int8}'::text[], 'sum so far'), ('avg', '{float8}', 'mean so far'),
				('min', '{float8,int8,timestamptz}', 'least value so far'),
				('max', '{float8,int8,timestamptz}', 'greatest value so far')) running (suffix, types, doc),
				(VALUES ('running_'), ('run')) prefix (prefix), unnest(types) type,
				LATERAL (SELECT prefix || suffix) x (name)
			UNION ALL VALUES
			('running_count', 'value "any"', 'running_count', 'window_int8', NULL, NULL, 'running_count_remove',
				'number of values so far that are not null; with OVER'),
			('runcount', 'value "any"', 'runcount', 'window_int8', NULL, NULL, 'runcount_remove',
				'number of values so far that are not null; with OVER'),
			('difference', 'value float8', 'difference', 'window_float8', NULL, NULL, 'difference_remove',
				'value less that of the row before; with OVER'),
			('difference', 'value int8', 'difference', 'window_int8', NULL, NULL, 'difference_remove',
				'value less that of the row before; with OVER'),
			('derivative', 'value float8, "time" timestamptz', 'derivative', 'window_float8', NULL, NULL, 'derivative_remove',
				'difference by the time between the rows, in a second; with OVER'),
			('derivative', 'value float8, "time" timestamptz, unit interval', 'derivative', 'window_float8', NULL, NULL, 'derivative_remove',
				'difference by the time between the rows, in unit; with OVER'),
			('moving_avg', 'value float8, rows int8', 'moving_avg', 'window_float8', NULL, NULL, NULL,
				'mean of the last values that are not null, so many; with OVER'),
			('moving_avg', 'value float8, "time" timestamptz, width interval', 'moving_avg', 'window_float8', NULL, NULL, NULL,
				'mean of the values of a time that ends with the row; with OVER'),
			('ema', 'value float8, "time" timestamptz, step interval, alpha float8', 'ema', 'window_float8', NULL, NULL, NULL,
				'exponential moving average, that alpha of each value enters in a step; with OVER')
		) aggregate (name, arguments, add, final, combine, state, remove, doc)
		UNION ALL
		SELECT format('%s(%s)', name, regexp_replace(arguments, '("time"|\m[a-z]+) (?=[a-z0-9"])', '', 'g')), 'FUNCTION',
			format('CREATE FUNCTION %%I.%s(%s) RETURNS %s AS ''MODULE_PATHNAME'', ''%s'' LANGUAGE C %s STRICT PARALLEL SAFE', name,
				arguments, result, symbol, CASE WHEN symbol LIKE '%zone' THEN 'STABLE' ELSE 'IMMUTABLE' END), doc, everywhere
		FROM (VALUES
			('time_bucket', 'step interval, "time" timestamptz, zone text', 'timestamptz', 'sydra_plain_time_bucket_zone', true,
				'start of the bucket that holds the time, days beginning at midnight of a time zone'),
			('acos', 'float8', 'float8', 'sydra_plain_scalar', false, 'angle in radians; null outside [-1, 1]'),
			('asin', 'float8', 'float8', 'sydra_plain_scalar', false, 'angle in radians; null outside [-1, 1]'),
			('clamp', 'float8, float8, float8', 'float8', 'sydra_plain_scalar', true, 'value, but at least the second and at most the third'),
			('clamp', 'int8, int8, int8', 'int8', 'sydra_plain_scalar', true, 'value, but at least the second and at most the third'),
			('cos', 'float8', 'float8', 'sydra_plain_scalar', false, 'cosine; null of infinity'),
			('exp', 'float8', 'float8', 'sydra_plain_scalar', false, 'e raised to a power; 0 when too small to be held'),
			('ln', 'float8', 'float8', 'sydra_plain_scalar', false, 'natural logarithm; null unless above 0'),
			('log', 'float8', 'float8', 'sydra_plain_scalar', false, 'logarithm to base 10; null unless above 0'),
			('log', 'float8, float8', 'float8', 'sydra_plain_scalar', false, 'logarithm to a base; null unless above 0'),
			('log10', 'float8', 'float8', 'sydra_plain_scalar', false, 'logarithm to base 10; null unless above 0'),
			('log2', 'float8', 'float8', 'sydra_plain_scalar', true, 'logarithm to base 2; null unless above 0'),
			('mod', 'float8, float8', 'float8', 'sydra_plain_scalar', false, 'remainder, with the sign of the first; null by 0'),
			('mod', 'int8, int8', 'int8', 'sydra_plain_scalar', false, 'remainder, with the sign of the first; null by 0'),
			('pow', 'float8, float8', 'float8', 'sydra_plain_scalar', false, 'first raised to the power of the second; null where it is no number'),
			('round', 'float8, int8', 'float8', 'sydra_plain_scalar', false, 'nearest value of so many decimals, halves away from 0'),
			('sin', 'float8', 'float8', 'sydra_plain_scalar', false, 'sine; null of infinity'),
			('sqrt', 'float8', 'float8', 'sydra_plain_scalar', false, 'square root; null below 0'),
			('substr', 'text, int8', 'text', 'sydra_plain_scalar', false, 'characters from a place on'),
			('substr', 'text, int8, int8', 'text', 'sydra_plain_scalar', false, 'characters from a place on, so many; null when these are below 0'),
			('tan', 'float8', 'float8', 'sydra_plain_scalar', false, 'tangent; null of infinity'),
			('to_epoch', 'timestamptz', 'float8', 'sydra_plain_scalar', true, 'seconds since 1970-01-01 00:00 UTC')
		) scalar (name, arguments, result, symbol, everywhere, doc)
	LOOP
		FOREACH place IN ARRAY CASE WHEN home = 'sydra' OR NOT object.everywhere THEN ARRAY['sydra'] ELSE ARRAY['sydra', home] END LOOP
			-- What version 1.0 has made is replaced, and what it has left out stays so.
			is_there := to_regprocedure(format('%I.', place) || object.signature) IS NOT NULL;
			is_ours := is_there AND EXISTS (
				SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'sydraql'
				WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
					AND d.objid = to_regprocedure(format('%I.', place) || object.signature));
			IF object.definition LIKE 'CREATE OR REPLACE%' AND NOT is_ours THEN
				CONTINUE;
			ELSIF is_there AND NOT is_ours THEN
				-- CREATE EXTENSION holds notices back.
				PERFORM set_config('client_min_messages', 'notice', true);
				RAISE NOTICE 'function % exists already in schema %, use the one in schema sydra',
					object.signature, place;
				PERFORM set_config('client_min_messages', 'warning', true);
			ELSE
				EXECUTE format(object.definition, place);
				EXECUTE format('COMMENT ON %s %I.%s IS %L', object.kind, place, object.signature, object.doc);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM set_config('search_path', format('%I, pg_temp', home), true);
END
$do$;

-- What the aggregates are made of says of which.
DO $do$
DECLARE
	path text := pg_catalog.current_setting('search_path');
	part record;
BEGIN
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	FOR part IN
		SELECT step.function, step.does, string_agg(DISTINCT p.proname, ', ' ORDER BY p.proname) AS aggregates
		FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid,
			LATERAL (VALUES
				(a.aggtransfn, 'takes a row into the state of'), (a.aggmtransfn, 'takes a row into the state of'),
				(a.aggminvtransfn, 'takes a row out of the state of'), (a.aggcombinefn, 'joins two states of'),
				(a.aggserialfn, 'writes the state of'), (a.aggdeserialfn, 'reads the state of'),
				(a.aggfinalfn, 'makes a result of the state of'), (a.aggmfinalfn, 'makes a result of the state of')) step (function, does)
			JOIN pg_proc f ON f.oid = step.function AND f.pronamespace = 'sydra_catalog'::regnamespace
		GROUP BY 1, 2
	LOOP
		EXECUTE format('COMMENT ON FUNCTION %s IS %L', part.function::regprocedure, part.does || ' ' || part.aggregates);
	END LOOP;
	PERFORM set_config('search_path', path, true);
END
$do$;

-- worker

COMMENT ON SEQUENCE sydra_catalog.worker_missed IS 'counts how often a worker found no free slot';

-- views

-- A table shows to who may read a column of it, what is told of its values to who may read it all.
CREATE OR REPLACE VIEW sydra.segments WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric,
		s.segno AS segment,
		CASE s.kind WHEN 'i' THEN 'ingested' WHEN 'c' THEN 'sealed' ELSE 'merged' END AS kind,
		s.level,
		s.nrows AS rows,
		s.nbytes AS bytes,
		s.nchunks AS chunks,
		CASE WHEN u.reads_all THEN sydra_catalog.time_of(s.tmin) END AS time_min,
		CASE WHEN u.reads_all THEN sydra_catalog.time_of(s.tmax) END AS time_max,
		CASE WHEN u.reads_all THEN s.smin END AS series_min,
		CASE WHEN u.reads_all THEN s.smax END AS series_max
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'sydra'
		CROSS JOIN LATERAL sydra_catalog.storage_of(c.oid) AS o(storage_id)
		CROSS JOIN LATERAL (SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT')
			AND NOT pg_catalog.row_security_active(c.oid) AS reads_all) u
		JOIN sydra_catalog.segment s ON s.storage_id = o.storage_id
	WHERE c.relkind IN ('r', 'm') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT');
COMMENT ON COLUMN sydra.segments.time_min IS
	'earliest time in it; of a table that the user may read in full, without row security, else null as the next three';

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
		coalesce(d.rows, u.none) AS rows_deleted,
		coalesce(m.rows, u.none) AS rows_merged,
		m.last_merge,
		coalesce(g.bytes, u.none) + coalesce(m.first_bytes, 0) AS bytes_written,
		coalesce(m.bytes, u.none) AS bytes_merged,
		pg_catalog.round((coalesce(g.bytes, 0) + coalesce(m.first_bytes, 0) + coalesce(m.bytes, 0))::pg_catalog.numeric
			/ nullif(coalesce(g.bytes, 0) + coalesce(m.first_bytes, 0), 0), 2) AS write_amplification,
		m.delete_delay
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'sydra'
		LEFT JOIN sydra_catalog.seal_status s ON s.relid = c.oid
		CROSS JOIN sydra_catalog.worker_missed w
		CROSS JOIN LATERAL sydra_catalog.storage_of(c.oid) AS o(storage_id)
		-- What a standby has of an unlogged table does not tell its store.
		CROSS JOIN LATERAL (SELECT
			CASE WHEN c.relpersistence <> 'u' OR NOT pg_catalog.pg_is_in_recovery() THEN 0 END AS none) u
		LEFT JOIN sydra_catalog.merge_status m ON m.storage_id = o.storage_id
		LEFT JOIN LATERAL (
			SELECT pg_catalog.sum(CASE WHEN t.rows IS NULL THEN 1 ELSE pg_catalog.bit_count(t.rows) END)::pg_catalog.int8 AS rows
			FROM sydra_catalog.tombstone t WHERE t.storage_id = o.storage_id) d ON true
		LEFT JOIN LATERAL (
			SELECT pg_catalog.sum(x.nbytes) AS bytes
			FROM sydra_catalog.segment x WHERE x.storage_id = o.storage_id AND x.kind <> 'm') g ON true
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT');
COMMENT ON VIEW sydra.status IS 'how far each sydra table is sealed and merged, and why not further';
COMMENT ON COLUMN sydra.status.workers_missed IS
	'how often, in this database, a worker found no free slot; of those that a session could not even start, each is counted when that session writes again, and so never when it ends before';
COMMENT ON COLUMN sydra.status.rows_deleted IS
	'rows of segments that are deleted or updated and still take space there; null, as what follows, where it is not known: of unlogged tables on a standby';
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

CREATE FUNCTION sydra.create_consumer(name text, metric regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'sydra_create_consumer' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.create_consumer(text, regclass) IS
	'makes a consumer of a sydra table, which sydra.consume() then gives all its rows';
CREATE FUNCTION sydra.drop_consumer(name text) RETURNS void
	AS 'MODULE_PATHNAME', 'sydra_drop_consumer' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.drop_consumer(text) IS 'forgets a consumer';
CREATE FUNCTION sydra.consume(consumer text, metric anyelement) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'sydra_consume' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydra.consume(text, anyelement) IS
	'the rows that were committed since the consumer last asked, each once, if the transaction commits; metric is a null of the table''s row type: NULL::usage';

CREATE VIEW sydra.consumer_status WITH (security_barrier) AS
	SELECT n.name AS consumer,
		c.oid::pg_catalog.regclass AS metric,
		n.watermark,
		(SELECT pg_catalog.min(x.start) FROM (
			SELECT a.xact_start FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL
			UNION ALL
			SELECT p.prepared FROM pg_catalog.pg_prepared_xacts p) AS x(start)) AS held_back_since
	FROM sydra_catalog.consumer n
		JOIN pg_catalog.pg_class c ON c.oid = n.relid
	WHERE pg_catalog.has_any_column_privilege(c.oid, 'SELECT');
GRANT SELECT ON sydra.consumer_status TO PUBLIC;
COMMENT ON VIEW sydra.consumer_status IS 'how far each consumer has been given the rows of its table';
COMMENT ON COLUMN sydra.consumer_status.watermark IS
	'rows that transactions before this one wrote have been given';
COMMENT ON COLUMN sydra.consumer_status.held_back_since IS
	'when the oldest of the writing transactions that are open began, or was prepared, of those that the reader may see: what was written since is given only after it ends';

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

CREATE OR REPLACE VIEW sydra.series WITH (security_barrier) AS
	SELECT c.oid::pg_catalog.regclass AS metric, s.series, s.tags, s.first_seen, sydra.series_id(c.oid, s.tags) AS id
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'sydra'
		CROSS JOIN LATERAL sydra_catalog.series_of(c.oid) s
	WHERE c.relkind IN ('r', 'm');
COMMENT ON COLUMN sydra.series.id IS
	'number of the series for BY_ID() of the language, the same after dump and restore; of the metric''s name and the tags alone';

-- api: queries

-- With ANALYZE the query runs.
ALTER FUNCTION sydraql_explain(text, jsonb) VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydraql_explain(text, jsonb) IS
	'plan of a sydraQL query, which is not run unless EXPLAIN ANALYZE stands before it';

CREATE FUNCTION sydraql_last_stats() RETURNS jsonb
	AS 'MODULE_PATHNAME', 'sydra_last_stats' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION sydraql_last_stats() IS
	'how the last sydraQL query of the session went: times of its stages, what it read and left out, rows, memory';

CREATE FUNCTION sydra_catalog.functions(OUT name text, OUT kind text, OUT arguments text[], OUT result text,
										OUT signature text, OUT description text, OUT example text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'sydra_functions' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sydra_catalog.functions() IS 'the registry of sydraQL''s functions';

CREATE VIEW sydra.functions AS SELECT * FROM sydra_catalog.functions();
GRANT SELECT ON sydra.functions TO PUBLIC;
COMMENT ON VIEW sydra.functions IS
	'sydraQL''s functions, a row for each combination of a name and the kinds that it takes';
COMMENT ON COLUMN sydra.functions.name IS 'name of the function';
COMMENT ON COLUMN sydra.functions.kind IS 'scalar, aggregate or window';
COMMENT ON COLUMN sydra.functions.arguments IS 'kinds of its arguments; one in brackets may be left out, one with ... be repeated';
COMMENT ON COLUMN sydra.functions.result IS 'kind of its result';
COMMENT ON COLUMN sydra.functions.signature IS 'how it is written';
COMMENT ON COLUMN sydra.functions.description IS 'what it gives';
COMMENT ON COLUMN sydra.functions.example IS 'a call, in a metric with a value and a tag host';

-- api: translation

-- Stable: times are read in the session's time zone.
CREATE FUNCTION sydraql_from_sql(query text) RETURNS text
	AS 'MODULE_PATHNAME', 'sydra_from_sql' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydraql_from_sql(text) IS
	'a SELECT, INSERT or DELETE of SQL in sydraQL; what has no translation is an error';

CREATE FUNCTION sydraql_to_sql(query text, parameters jsonb DEFAULT '{}') RETURNS text
	AS 'MODULE_PATHNAME', 'sydra_to_sql' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sydraql_to_sql(text, jsonb) IS
	'a query of plain SQL that gives the same rows as a sydraQL query, its parameters as values';
