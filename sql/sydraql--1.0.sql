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

-- worker

-- views
