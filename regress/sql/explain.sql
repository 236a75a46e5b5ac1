-- EXPLAIN shows operators, ranges, where every predicate came from, and the rules that fired.
SET TimeZone = 'UTC';
CREATE TABLE load (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, value float8, n int8)
	USING sydra;

SELECT plan FROM sydraql_explain('select * from load where time >= 2024-03-01');
SELECT * FROM sydraql('explain select host, value from load{region = ''eu''} where tag.host != '''' where time >= 2024-03-01 and value > 3 order by value desc limit 10 offset 2');
SELECT plan FROM sydraql_explain('select time_bucket(5m, time) as b, host, avg(value), count(*) filter (where n > 1) from load where time between 2024-03-01 and 2024-03-02 and not (host = ''a'' or value < 1 + 1) group by b, host having count(*) > 1 fill(linear within 1h) order by avg(value)');
SELECT plan FROM sydraql_explain('select count(*) from load where time >= 2024-03-01 and time >= 2024-03-02 and time < 2024-03-05 and time <= 2024-03-04');
SELECT plan FROM sydraql_explain('select first(value), last(n), count(distinct host) from load where time >= 2024-03-01 and (time < 2024-03-02 or host =~ /^w/i)');
SELECT plan FROM sydraql_explain('select host, value from load where time >= 2024-03-01 limit 3 by host offset 1');
SELECT plan FROM sydraql_explain('select 1 + 1, concat(''a'', ''it''''s'')');
SELECT plan FROM sydraql_explain('select value from load where time >= 2024-03-02 and time < 2024-03-01');
SELECT plan FROM sydraql_explain('select upper(host) u from load where time >= $1 and value in (1, 2.5) and n is null and host like ''w%'' order by lower(host) nulls first', '["2024-03-01"]');
SELECT plan FROM sydraql_explain('insert into load (host = ''a'') values (2024-03-01, 1), (2024-03-02, null)');
SELECT plan FROM sydraql_explain('insert into load.fresh values (2024-03-01, 1)');

-- the column of EXPLAIN
SELECT * FROM sydraql_describe('explain select 1');

DROP TABLE load;
