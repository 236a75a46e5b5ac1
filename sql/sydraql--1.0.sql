\echo Use "CREATE EXTENSION sydraql" to load this file. \quit

-- base

CREATE SCHEMA sydra;
CREATE SCHEMA sydra_catalog;
GRANT USAGE ON SCHEMA sydra TO PUBLIC;

-- series

-- store

-- am

-- lang

-- function

-- api: queries

-- api: ingest and administration

-- worker

-- views
