-- Plans as JSON: one object with every operator, what it does, where each predicate came from and who
-- evaluates it, and the rules that fired.
\pset format unaligned
\pset tuples_only on
SET TimeZone = 'UTC';
CREATE SCHEMA plans;
CREATE TABLE plans.load (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, value float8, n int8)
	USING sydra;
CREATE TABLE plans.used (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;

SELECT * FROM sydraql('explain format json select host, value from plans.load{region = ''eu''} where tag.host != '''' where time >= 2024-03-01 and (time < 2024-04-01 or n = 1) and value > 3 order by value desc limit 10 offset 2');
SELECT * FROM sydraql('explain format json select time_bucket(5m, time) as b, host, avg(value), first(n), lag(avg(value)) from plans.load where time between 2024-03-01 and 2024-03-02 and not (host = ''a'' or value < 1 + 1) group by b, host having count(*) > 1 fill(linear within 1h)');
SELECT * FROM sydraql('explain format json select host, rate(value), count(distinct n) filter (where n > 1) from plans.load where time >= 2024-03-02 and time < 2024-03-01 group by host');
SELECT * FROM sydraql('explain format json select a.value, b.value from plans.load a join time plans.used b shift 7d match nearest within 5s where time >= 2024-01-01 and b.value > 20 limit 3 by host');
SELECT * FROM sydraql('explain format json select time, value from plans.load where time >= 2024-03-01 order by time desc limit 5');
SELECT * FROM sydraql('explain format json select host, region, last(value) from plans.load where time >= 2024-03-01 group by host, region');
SELECT * FROM sydraql('explain format json select 1 + 1, ''"quoted\"''');
SELECT * FROM sydraql('explain format json insert into plans.load (host = ''a'') values (2024-03-01, 1), (2024-03-02, null)');
SELECT * FROM sydraql('explain format json insert into plans."odd ""one" values (2024-03-01, 1)');
SELECT * FROM sydraql('explain format json delete from plans.load{host =~ /^w/} where time >= 2024-03-01 and time < 2024-03-02');
SELECT * FROM sydraql('explain format json delete from plans.load where time >= 2024-03-01 and time < 2024-03-02 and tag.host = null');

-- The same through the function; the column is json, of sydraql_to_json() a part of the object.
SELECT plan FROM sydraql_explain('explain format json select 1');
SELECT jsonb_typeof(plan::jsonb -> 'plan') FROM sydraql_explain('explain format json select 1');
SELECT type FROM sydraql_describe('explain format json select 1');
SELECT * FROM sydraql_to_json('explain format json select 1');

SET client_min_messages = warning;
DROP SCHEMA plans CASCADE;
