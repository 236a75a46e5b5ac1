\echo Use "CREATE EXTENSION sydraql" to load this file. \quit

-- base

CREATE SCHEMA sydra;
CREATE SCHEMA sydra_catalog;
GRANT USAGE ON SCHEMA sydra TO PUBLIC;

-- series

-- store

-- am

CREATE FUNCTION sydra.tableam_handler(internal) RETURNS table_am_handler
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'sydra_tableam_handler';
COMMENT ON FUNCTION sydra.tableam_handler(internal) IS 'handler of the access method sydra';

CREATE ACCESS METHOD sydra TYPE TABLE HANDLER sydra.tableam_handler;
COMMENT ON ACCESS METHOD sydra IS 'time series: recent rows as heap, older ones in compressed segments';

-- lang

-- function

-- api: queries

-- api: ingest and administration

-- worker

-- views
