-- Each error by its name: its SQLSTATE, its place in the query where it has one, what was found there and what to write instead.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA er;
CREATE TABLE er.m (time timestamptz NOT NULL, host sydra.tag, v float8, n int8, note text) USING sydra;
CREATE TABLE er.other (time timestamptz NOT NULL, host sydra.tag, v float8) USING sydra;
INSERT INTO er.m SELECT '2024-01-01Z'::timestamptz + i * interval '1 min', 'h' || i % 3, i, i, CASE i WHEN 5 THEN repeat('a', 40) || '!' END FROM generate_series(1, 9) i;
INSERT INTO er.m VALUES ('2024-01-02', 'big', 1, 9223372036854775807, NULL);
-- ERR_SYNTAX
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 und n > 3');
\echo :LAST_ERROR_SQLSTATE
-- ERR_INVALID_LITERAL
SELECT * FROM sydraql('select v from er.m where time >= 2024-13-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 and n > 9223372036854775808');
\echo :LAST_ERROR_SQLSTATE
-- ERR_UNTERMINATED_STRING
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 and note = ''x');
\echo :LAST_ERROR_SQLSTATE
-- ERR_UNKNOWN_METRIC
SELECT * FROM sydraql('select v from er.mm where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_UNKNOWN_IDENTIFIER
SELECT * FROM sydraql('select nope from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_AMBIGUOUS
SELECT * FROM sydraql('select v from er.m a join time er.other b where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_UNKNOWN_FUNCTION
SELECT * FROM sydraql('select avgg(v) from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_INVALID_FUNCTION_ARITY
SELECT * FROM sydraql('select avg(v, n) from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_TIME_RANGE_REQUIRED
SELECT * FROM sydraql('select v from er.m where time < 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_DELETE_REQUIRES_TIME
SELECT * FROM sydraql('delete from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_TIME_OUT_OF_RANGE
SELECT * FROM sydraql('select v from er.m where time >= 1704067200000');
\echo :LAST_ERROR_SQLSTATE
-- ERR_GROUPING
SELECT * FROM sydraql('select host, avg(v) from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_NOT_SUPPORTED
SELECT * FROM sydraql('select v from er.m@1m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_TYPE_MISMATCH
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 and v > ''high''');
\echo :LAST_ERROR_SQLSTATE
-- ERR_INVALID_ARGUMENT
SELECT * FROM sydraql('select percentile(v, 2) from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_UNSUPPORTED_FILL
SELECT * FROM sydraql('select host, avg(v) from er.m where time >= 2024-01-01 group by host fill(0)');
\echo :LAST_ERROR_SQLSTATE
-- ERR_MULTI_SERIES
SELECT * FROM sydraql('select time_bucket(1m, time) as b, sum(a.v - b.v) from er.m a join time er.other b where time >= 2024-01-01 group by b');
\echo :LAST_ERROR_SQLSTATE
-- ERR_REGEX_SYNTAX
SELECT * FROM sydraql('select v from er.m{host =~ /h[/} where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
-- ERR_REGEX_LIMIT, soon, on a column, a tag and a parameter
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 and note =~ /^(a+)+$/');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01 and note =~ $1', '["(*LIMIT_MATCH=4000000000)^(a|aa)+$"]');
-- The limit is one of steps: a million, where 1200 letters take 770,000 and 1500 take 1,200,000; at all places of the value together; of moves
-- over it too; and it grows with the value.
SELECT sydra.regex_matches(repeat('a', 1200) || '!', '.*.*[xy]');
\set VERBOSITY terse
SELECT sydra.regex_matches(repeat('a', 1500) || '!', '.*.*[xy]');
SELECT sydra.regex_matches(repeat('a', 23) || '!', '^(a|aa)+$'), sydra.regex_matches(repeat('a', 200) || '!', '(?:(?=.*).)*[xy]');
SELECT sydra.regex_matches(repeat('a', 26) || '!', '^(a|aa)+$');
SELECT sydra.regex_matches(repeat('a', 5000) || '!', '(?:(?=.*).)*[xy]');
SELECT sydra.regex_matches(repeat('a', 5000) || '!', '(.*)\1[xy]');
SELECT sydra.regex_matches(repeat('a', 1000000), '(*NO_START_OPT)a[rst]'), sydra.regex_matches(repeat('a', 1000000) || 'r', 'a[rst]');
-- The same in whatever order: what one value took is not counted for the next.
SELECT v, sydra.regex_matches(repeat('a', v) || '!', '.*.*[xy]') FROM generate_series(900, 1200, 100) v;
-- A pattern of so many names that it cannot be counted.
SELECT sydra.regex_matches('server-1999', p), sydra.regex_matches(repeat('x', 1013) || 'server-1999', p) FROM (SELECT '^.*(' || string_agg('server-' || i, '|') || ')$' AS p FROM generate_series(1000, 1999) i) x;
SELECT sydra.regex_matches(repeat('x', 1014) || 'server-1999', p) FROM (SELECT '^.*(' || string_agg('server-' || i, '|') || ')$' AS p FROM generate_series(1000, 1999) i) x;
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
-- ERR_TOO_MANY_POINTS: of raw rows, filled ones, joined ones, those above a subquery
SET sydraql.max_points = 5;
SELECT * FROM sydraql('select v from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select time_bucket(1s, time) as b, max(v) from er.m where time >= 2024-01-01 and time < 2024-01-02 group by b fill(null)');
SELECT * FROM sydraql('select a.v, b.v from er.m a join time er.other b where time >= 2024-01-01');
SELECT * FROM sydraql('select lag(v) from (select time, v from er.m where time >= 2024-01-01)');
SELECT * FROM sydraql('select sum(v) from (select lag(v) as v from er.m where time >= 2024-01-01)');
RESET sydraql.max_points;
-- ERR_TOO_MANY_SERIES: of one metric, of the right side, inside a subquery
SET sydraql.max_series = 3;
SELECT * FROM sydraql('select count(*) from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select count(*) from er.m{host =~ /h/} where time >= 2024-01-01');
SELECT * FROM sydraql('select count(*) from er.m{host = ''h1''} a join time er.m b match previous on host where time >= 2024-01-01');
SELECT * FROM sydraql('select count(*) from (select v from er.m where time >= 2024-01-01)');
RESET sydraql.max_series;
-- ERR_QUERY_TIMEOUT: of buckets, joined rows, windows, a subquery
SET sydraql.max_query_duration = 1;
SELECT * FROM sydraql('select count(*) from (select time_bucket(1s, time) as b, max(v) from er.m where time >= 2024-01-01 and time < 2024-01-11 group by b fill(0))');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select sum(x) from (select b, lag(m) as x from (select time_bucket(1s, time) as b, max(v) as m from er.m where time >= 2024-01-01 and time < 2024-01-11 group by b fill(0)))');
SELECT * FROM sydraql('select count(*), count(y) from (select time, x.m, y.m as y from (select time_bucket(1s, time) as time, max(v) as m from er.m where time >= 2024-01-01 and time < 2024-01-11 group by 1 fill(0)) x join time (select time_bucket(1s, time) as time, max(v) as m from er.m where time >= 2024-01-01 and time < 2024-01-11 group by 1 fill(0)) y)');
RESET sydraql.max_query_duration;
-- ERR_MEMORY_LIMIT: what cannot go to a file, in a query, a join and a subquery
SET sydraql.query_mem = '1MB';
\set VERBOSITY terse
SELECT * FROM sydraql('select percentile(m, 0.5) from (select time_bucket(1s, time) as b, max(v) as m from er.m where time >= 2024-01-01 and time < 2024-01-06 group by b fill(0))');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.query_mem;
-- ERR_QUERY_TOO_LONG
SET sydraql.max_query_length = 1024;
SELECT * FROM sydraql_to_json(repeat(' ', 1000) || 'select v from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
RESET sydraql.max_query_length;
-- ERR_TOO_COMPLEX: parentheses, a chain, subqueries, sources
SELECT * FROM sydraql_to_json('select ' || repeat('(', 5000) || '1' || repeat(')', 5000));
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql_to_json('select 1' || repeat(' + 1', 5000));
SELECT * FROM sydraql_to_json('select sum(v' || repeat(' + v', 5000) || ') from er.m where time >= 2024-01-01');
SELECT * FROM sydraql_to_json('select lag(v' || repeat(' + v', 5000) || ') from er.m where time >= 2024-01-01');
SELECT * FROM sydraql_to_json(repeat('select * from (', 5000) || 'select 1' || repeat(')', 5000));
SELECT * FROM sydraql_to_json('select a0.v from er.m a0' || (SELECT string_agg(' join time er.m a' || i, '') FROM generate_series(1, 100) i) || ' where time >= 2024-01-01');
SELECT * FROM sydraql_to_json('select ' || (SELECT string_agg('v', ', ') FROM generate_series(1, 1700)) || ' from er.m where time >= 2024-01-01');
\set VERBOSITY default
-- ERR_NUMERIC_OVERFLOW
SELECT * FROM sydraql('select n + 1 from er.m where time >= 2024-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM sydraql('select sum(n) from er.m where time >= 2024-01-01');
-- ERR_PARAMETER
SELECT * FROM sydraql('select v from er.m where time >= :since', '{"until": 1}');
\echo :LAST_ERROR_SQLSTATE
-- ERR_READ_ONLY
BEGIN READ ONLY;
SELECT * FROM sydraql('insert into er.m values (2024-01-01, null)');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA er CASCADE;
