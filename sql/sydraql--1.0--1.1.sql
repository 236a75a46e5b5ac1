\echo Use "ALTER EXTENSION sydraql UPDATE TO '1.1'" to load this file. \quit
