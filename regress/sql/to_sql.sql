-- sydraql_to_sql(): what it gives for a query is plain SQL with the same columns and rows in the same order, whether rows are
-- in the head, sealed, or both.
SET TimeZone = 'America/New_York';
SET IntervalStyle = 'postgres';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
CREATE SCHEMA shop;
CREATE SCHEMA asked;
SET search_path = asked, public;
-- Gaps, nulls, empty tags, NaN, equal times of a series written in several transactions, and times before 2000.
CREATE TABLE shop.cpu (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, port sydra.tag_int4, usage float8, small float4,
	cores int4, big int8, ok bool, note text, id uuid, exact numeric, local timestamp, day date, extra jsonb) USING sydra;
CREATE TABLE shop.req (time timestamptz NOT NULL, value float8, tags sydra.tags NOT NULL DEFAULT '{}', fields jsonb) USING sydra;
CREATE TABLE shop.mem (time timestamptz NOT NULL, host sydra.tag, used float8, slots int2) USING sydra;
SELECT sydra.create_metric('shop.once', '{host}', '{"usage":"float8", "n":"int8"}', dedup => 'last');
CREATE TABLE shop."Odd Name" (time timestamptz NOT NULL, "Host" sydra.tag, "order" float8, "Time" int4, "a b" text COLLATE "POSIX") USING sydra;
CREATE FUNCTION fill(part int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO shop.cpu SELECT timestamptz '2024-03-01Z' + i * interval '7 min' - CASE WHEN i % 50 = 3 THEN interval '7 min' ELSE '0' END,
			CASE i % 5 WHEN 4 THEN NULL ELSE 'web' || i % 5 END, CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN 'eu' ELSE 'us' END, nullif(80 + i % 2 * 100, 80),
			CASE WHEN i % 11 = 5 THEN NULL WHEN i % 97 = 50 THEN 'NaN' ELSE (i * 37 % 101) / 4.0 END, CASE WHEN i % 5 > 0 THEN i % 13 / 3.0 END, i % 9,
			i * 1000003, CASE WHEN i % 7 > 0 THEN i % 2 = 0 END, CASE WHEN i % 4 > 0 THEN 'Note ' || i % 6 || CASE i % 6 WHEN 3 THEN 'ä%' ELSE '' END END,
			('00000000-0000-0000-0000-0000000000' || lpad((i % 90 + 10)::text, 2, '0'))::uuid, i / 8.0, timestamp '2024-03-01' + i * interval '1 h', date '2024-02-27' + i % 5,
			jsonb_build_object('a', i % 3)
		FROM generate_series(0, 599) i WHERE i % 3 = part OR part < 0;
	INSERT INTO shop.req SELECT timestamptz '2024-03-01Z' + i * interval '11 min' - CASE WHEN i % 40 = 7 THEN interval '11 min' ELSE '0' END, nullif((i * i) % 17, 4),
			jsonb_strip_nulls(jsonb_build_object('path', '/p' || i % 4, 'region', CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 'r1' ELSE '' END,
				'n', CASE i % 4 WHEN 0 THEN to_jsonb(i % 2) ELSE to_jsonb((i % 2)::text) END)),
			CASE WHEN i % 10 > 0 THEN jsonb_build_object('status', 'S' || i % 4, 'bytes', i * 10.50, 'ok', i % 2 = 0, 'null', NULL, 'mixed', CASE i % 3 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb('x' || i) ELSE 'true' END) END
		FROM generate_series(0, 299) i WHERE i % 3 = part OR part < 0;
	INSERT INTO shop.mem SELECT timestamptz '2024-03-01Z' + i * interval '5 min' + i % 4 * interval '10 s', CASE i % 6 WHEN 5 THEN NULL ELSE 'web' || i % 6 END, i * 31 % 57, i % 100
		FROM generate_series(0, 399) i WHERE i % 3 = part OR part < 0;
	INSERT INTO shop.once SELECT timestamptz '2024-03-01Z' + i / 2 * interval '3 min', 'h' || i % 3, i % 23, i FROM generate_series(0, 199) i WHERE i % 3 = part OR part < 0;
	INSERT INTO shop."Odd Name" SELECT timestamptz '1999-12-30Z' + i * interval '5 h', 'H ''' || i % 2, i % 7, i, 'x' || i % 3 FROM generate_series(0, 40) i WHERE i % 3 = part OR part < 0;
$$;

CREATE TABLE shop.heap (time timestamptz, host text, v float8, note varchar(9));
INSERT INTO shop.heap SELECT timestamptz '2024-03-01Z' + i * interval '13 min', 'h' || i % 3, i % 17, 'n' || i % 5 FROM generate_series(0, 99) i;
INSERT INTO shop.heap VALUES (NULL, 'h1', 3, 'x');
SELECT sydra.configure('shop.heap', tags => '{host}');
CREATE VIEW shop.look AS SELECT time AS seen, host, v FROM shop.heap;
CREATE TABLE shop.parts (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM ('2024-03-01Z') TO ('2024-03-02Z');
CREATE TABLE shop.parts_2 PARTITION OF shop.parts FOR VALUES FROM ('2024-03-02Z') TO ('2024-03-09Z');
INSERT INTO shop.parts SELECT timestamptz '2024-03-01Z' + i * interval '1 h', i FROM generate_series(0, 40) i;

CREATE TABLE query (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, query text NOT NULL, parameters jsonb NOT NULL DEFAULT '{}');
INSERT INTO query (query) VALUES
-- rows and items
('select * from shop.cpu where time >= 2024-03-01 and time < 2024-03-01T06:00:00Z'),
('select * from shop.req where time >= 2024-03-01 and time < 2024-03-01T12:00:00Z'),
('select time, tag.host, tag.region, tag.port, port from shop.cpu where time >= 2024-03-01'),
('select time, usage as time_2, usage as "time" from shop.cpu where time >= 2024-03-01 and time < 2024-03-02'),
('select usage as time, cores as usage from shop.cpu where time >= 2024-03-01 and time < 2024-03-02'),
('select small, cores, big, ok, note, id, exact, local, day, extra from shop.cpu where time >= 2024-03-01 and time < 2024-03-02'),
('select time, field.status, field.bytes, field.ok, field.mixed, field."null" from shop.req where time >= 2024-03-01'),
('select field.bytes * 2, upper(field.status), if(field.ok, 1, 0), concat(field.mixed, ''!'') from shop.req where time >= 2024-03-01'),
('select "Host", "order", "Time", "a b" from shop."Odd Name" where time >= 1999-12-31T06:00:00Z and "order" > 2 and "a b" < ''x2'''),
('select host, usage from shop.once where time >= 2024-03-01'),
('select 1, -1, 1.5, -1.5e-7, true, null, ''it''''s'', 2024-03-01, 5m, 9223372036854775807'),
('select 1 + 2, 7 / 2, 7 % 3, 7 % 0, 7 / 0, -7 % 3, 2 * 3 - -4, ''a'' < ''B'', not true, 1 = 1.0'),
('select now() - now(), count(*), sum(2)'),
-- conditions
('select count(*) from shop.cpu where time between 2024-03-01T06:00:00Z and 2024-03-01T07:00:00Z'),
('select count(*) from shop.cpu where time > 1709251200 and time <= 1709337600'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host = ''web1'''),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host != ''web1'''),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.region = '''''),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.region in ('''', ''eu'')'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host in (''web1'', ''web2'', ''none'')'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host not in (''web1'', ''web2'')'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host like ''web%'' and tag.region not like ''e_'''),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host =~ /^WEB[12]$/i and tag.region !~ /us/'),
('select count(*) from shop.cpu{host =~ /^web/, region != ''eu''} where time >= 2024-03-01'),
('select count(*) from shop.cpu where tag.host = ''web0'' where time >= 2024-03-01'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.port = ''180'' and port < 200'),
('select count(*) from shop.cpu where time >= 2024-03-01 and (tag.host = ''web1'' or tag.region = ''us'' and usage > 10)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and not (tag.host = ''web1'' or usage > 10)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host between ''web1'' and ''web3'' and tag.host >= ''web2'''),
('select count(*) from shop.cpu where time >= 2024-03-01 and tag.host is null and usage is not null'),
('select count(*) from shop.cpu where time >= 2024-03-01 and usage > 12 and usage <= 20 and not ok'),
('select count(*) from shop.cpu where time >= 2024-03-01 and (usage between 5 and 10 or usage not between 3 and 20)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and usage in (1, 2.5, null)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and usage not in (1, 2.5)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and cores in (1, usage, big)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and note = ''Note 1'' and note < ''Note 2'' and note != tag.host'),
('select count(*) from shop.cpu where time >= 2024-03-01 and (note like ''%ä\%'' or note =~ /ä/)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and id = ''00000000-0000-0000-0000-000000000042'''),
('select count(*) from shop.cpu where time >= 2024-03-01 and local >= 2024-03-02 and day < 2024-03-01 and exact > 7'),
('select count(*) from shop.cpu where time >= 2024-03-01 and (time < 2024-03-02 and usage > 3 or time >= 2024-03-03)'),
('select count(*) from shop.cpu where time >= 2024-03-01 and time + 1h > 2024-03-02 and 2024-03-03 > time'),
('select count(*) from shop.cpu where time >= 2024-03-01 and time - 2024-03-01 > 90m'),
('select count(*) from shop.cpu where time >= 2024-02-01 + 1mo and time < 2024-05-01 - 1mo'),
('select count(*), min(time), max(time) from shop.cpu where time >= now() - 100000d'),
('select count(*) from shop.cpu where time >= 2025-01-01 and time < 2024-01-01'),
('select count(*) from shop.req where time >= 2024-03-01 and tag.path = ''/p1'' and tag.region != ''r1'''),
('select count(*) from shop.req where time >= 2024-03-01 and tag.n = ''1'' and tag.missing = '''''),
('select count(*) from shop.req where time >= 2024-03-01 and field.bytes > 100 and field.status = ''S1'''),
('select count(*), count(field.mixed) from shop.req where time >= 2024-03-01 and (field.mixed is null or field.ok)'),
('select count(*) from shop."Odd Name" where time >= 1999-12-01 and "Host" = ''H ''''1'' and "a b" = ''x1'''),
-- functions
('select abs(usage - 12), abs(cores - 4), ceil(usage), floor(usage), round(usage), trunc(usage), sign(usage - 5), sign(cores - 3), ceil(cores) from shop.cpu where time >= 2024-03-01'),
('select round(usage / 3, 2), round(usage, -1), sqrt(usage - 5), ln(usage - 5), log(usage), log(usage, 2), log2(usage), log10(usage - 1), exp(usage), exp(-usage * 100) from shop.cpu where time >= 2024-03-01'),
('select sin(usage), cos(usage), tan(usage), asin(usage / 20), acos(usage / 20), atan(usage), atan2(usage, 3), degrees(usage), radians(usage) from shop.cpu where time >= 2024-03-01'),
('select pow(usage - 3, 2), pow(usage - 3, 0.5), pow(0.0, -usage), mod(usage, 7), mod(cores, 4), mod(cores, 0), usage % 3, usage % 0, usage / cores, big % cores from shop.cpu where time >= 2024-03-01'),
('select clamp(usage, 5, 10), clamp(cores, 2, 4), greatest(usage, small, 3), least(usage, small), greatest(tag.host, note), least(note, ''M''), greatest(cores, big) from shop.cpu where time >= 2024-03-01'),
('select coalesce(usage, -1), coalesce(note, tag.host, ''none''), nullif(cores, 3), nullif(note, ''Note 1''), if(usage > 10, ''high'', ''low''), if(ok, cores, 0), if(null, 1.5, 2) from shop.cpu where time >= 2024-03-01'),
('select upper(note), lower(note), length(note), concat(tag.host, ''-'', note), substr(note, 2), substr(note, 2, 3), substr(note, -1, 3), substr(note, 1, cores - 4), replace(note, ''Note'', ''n'') from shop.cpu where time >= 2024-03-01'),
('select upper(greatest(note, ''a'')), lower(concat(note, ''Ä'')) from shop.cpu where time >= 2024-03-01'),
('select date_part(''hour'', time), date_part(''dow'', time), date_part(''doy'', time + 6h), date_part(''week'', time), date_part(''epoch'', time), to_epoch(time) from shop.cpu where time >= 2024-03-01'),
('select time_bucket(5m, time), time_bucket(1h, time, 2024-03-01T00:30:00Z), time_bucket(1mo, time), time_bucket(1y, time), time_bucket(3mo, time, 2020-02-05), time_bucket(1d, time, ''Europe/Berlin''), time_bucket(90s, time) from shop.cpu where time >= 2024-03-01'),
('select time + 1d, time - 36h, time + 1mo, time - 1y, 5m + time, time + (time - 2024-03-01), time - 2024-03-01, (time - 2024-03-01) / 1h, (time - 2024-03-01) * 2, -(time - 2024-03-01), (time - 2024-03-01) + 3m from shop.cpu where time >= 2024-03-01'),
('select usage + cores, usage - 1, usage * 2, -usage, -cores, cores * cores - big, (cores + 1) * 2, 2 - (3 - cores), usage / 2 / 3, usage / (2 / small), 10 - usage from shop.cpu where time >= 2024-03-01'),
('select usage > 10 and cores < 5 or ok, not (usage > 10), (usage > 10) = ok, usage is null, note is not null, (usage > 3) is null, ok != false from shop.cpu where time >= 2024-03-01'),
('select tag.host = ''web1'', tag.host in (''web1'', ''''), tag.region like ''%'', tag.host =~ /b1/, tag.host < ''web2'', tag.host = note from shop.cpu where time >= 2024-03-01'),
-- order and limits
('select time, usage from shop.cpu where time >= 2024-03-01 order by usage desc limit 10'),
('select time, usage from shop.cpu where time >= 2024-03-01 order by usage nulls first, time desc limit 20 offset 3'),
('select time, note from shop.cpu where time >= 2024-03-01 order by note desc nulls last, 1 limit 30'),
('select time, tag.host as h, small from shop.cpu where time >= 2024-03-01 order by h, small desc limit 30'),
('select tag.host, usage from shop.cpu where time >= 2024-03-01 order by usage * -1, tag.region limit 30'),
('select usage from shop.cpu where time >= 2024-03-01 limit 5 offset 590'),
('select usage from shop.cpu where time >= 2024-03-01 limit 0'),
('select tag.host, time, usage from shop.cpu where time >= 2024-03-01 order by usage desc nulls last limit 2 by tag.host'),
('select time, usage from shop.cpu where time >= 2024-03-01 order by time desc limit 1 by tag.host, tag.region offset 2'),
('select tag.host, time, usage from shop.cpu where time >= 2024-03-01 limit 3 by 1'),
('select time, value from shop.req where time >= 2024-03-01 limit 50'),
('select field.bytes as b from shop.req where time >= 2024-03-01 order by field.bytes + 1 desc limit 5'),
('select usage as n, cores from shop.cpu where time >= 2024-03-01 order by n + 1, 2 limit 7'),
-- groups
('select count(*), count(usage), count(distinct tag.host), count(distinct usage), sum(usage), sum(cores), sum(big), avg(usage), avg(cores), min(usage), max(usage) from shop.cpu where time >= 2024-03-01 and usage != 0'),
('select min(note), max(note), min(time), max(time), min(cores), max(big), min(tag.host), max(local - time), min(day) from shop.cpu where time >= 2024-03-01'),
('select stddev(usage), stddev_pop(usage), variance(usage), var_pop(usage), spread(usage), spread(cores), spread(small) from shop.cpu where time >= 2024-03-01 and usage < 1000'),
('select stddev(big), variance(cores), var_pop(cores), stddev(usage) from shop.cpu where time = 2024-03-01T07:00:00Z'),
('select percentile(usage, 0.9), percentile(cores, 0.25), median(usage), median(cores), percentile(small, 0), percentile(small, 1) from shop.cpu where time >= 2024-03-01'),
('select approx_percentile(usage, 0.9), approx_count_distinct(note), approx_count_distinct(usage), approx_count_distinct(cores), approx_count_distinct(big), approx_count_distinct(time), approx_count_distinct(ok) from shop.cpu where time >= 2024-03-01'),
('select mode(cores), mode(note), mode(usage), mode(ok), mode(tag.region), mode(day), mode(distinct cores), mode(distinct note), mode(distinct ok) from shop.cpu where time >= 2024-03-01'),
('select histogram(usage, 0, 25, 5), histogram(cores, 1, 7, 3) from shop.cpu where time >= 2024-03-01'),
('select sum(distinct cores), avg(distinct cores), count(distinct cores), min(distinct usage), spread(distinct usage), percentile(distinct cores, 0.3), median(distinct cores), histogram(distinct cores, 0, 9, 3), stddev(distinct cores), first(distinct usage), last(distinct usage), min_time(distinct cores), max_time(distinct cores) from shop.cpu where time >= 2024-03-01 and usage > 0'),
('select first(usage), last(usage), first(note), last(tag.host), first(cores), last(ok), first(time), min_time(usage), max_time(usage), min_time(cores), max_time(cores) from shop.cpu where time >= 2024-03-01'),
('select tag.host, first(usage), last(usage), last(big) from shop.cpu where time >= 2024-03-01 group by tag.host'),
('select tag.host, tag.region, tag.port, first(big), last(big) from shop.cpu where time >= 2024-03-01 group by tag.host, tag.region, tag.port'),
('select tag.path, first(value), last(value), last(field.status) from shop.req where time >= 2024-03-01 group by tag.path'),
('select last(usage), last(n), first(n) from shop.once where time >= 2024-03-01'),
('select tag.host, count(*), avg(usage) as mean from shop.cpu where time >= 2024-03-01 and usage < 100 group by tag.host order by mean desc'),
('select count(*) as n from shop.cpu where time >= 2024-03-01 group by tag.region, ok order by n, ok'),
('select upper(tag.host) as h, tag.region, max(usage) - min(usage) from shop.cpu where time >= 2024-03-01 and usage < 100 group by h, 2'),
('select if(usage > 12, ''high'', ''low'') as level, count(*), avg(cores) * 2 + 1 from shop.cpu where time >= 2024-03-01 group by level'),
('select usage > 12 as high, cores % 2 as odd, count(*) from shop.cpu where time >= 2024-03-01 group by high, odd having count(*) > 40 and avg(cores) > 1'),
('select sum(usage) / count(*), count(*) / 60, sum(cores) % 7, 100 * count(ok) / count(*) from shop.cpu where time >= 2024-03-01 and usage < 100'),
('select count(*) filter (where usage > 10), avg(usage) filter (where tag.host = ''web1''), sum(cores) filter (where ok), max(note) filter (where cores > 3), percentile(usage, 0.5) filter (where usage < 20), mode(note) filter (where ok), last(usage) filter (where cores = 3), histogram(usage, 0, 20, 2) filter (where ok) from shop.cpu where time >= 2024-03-01'),
('select tag.region, count(*) from shop.cpu where time >= 2024-03-01 group by tag.region having max(usage) > 20 order by tag.region desc nulls last limit 2'),
('select time, mod(clamp(7, 2, 4), 3), clamp(cores, 2, 4) % 3 from shop.cpu where time >= 2024-03-01'),
('select cores, sqrt(cores) as root, length(note) as l, sqrt(length(note)) as root_2, count(*) from shop.cpu where time >= 2024-03-01 group by cores, l having sqrt(cores) < 2.5'),
('select tag.region, count(*), tag.region != ''eu'' as other from shop.cpu where time >= 2024-03-01 group by tag.region having tag.region != ''us'' or max(usage) > 1 order by tag.region >= ''f'', count(*)'),
('select field.status, field.ok, count(*) from shop.req where time >= 2024-03-01 group by field.status, field.ok'),
('select tag.host, count(*) from shop.cpu where time >= 2030-01-01 group by tag.host'),
('select count(*), sum(usage), last(usage) from shop.cpu where time >= 2030-01-01'),
('select date_part(''hour'', time) as hour, count(*) from shop.cpu where time >= 2024-03-01 group by hour order by hour desc'),
('select time, count(*) from shop.cpu where time >= 2024-03-01 and time < 2024-03-02 group by time having count(*) > 1'),
('select "Host", sum("order") as "Sum of it" from shop."Odd Name" where time >= 1999-01-01 group by "Host" order by "Sum of it"'),
('select tag.host, count(*) as c from shop.cpu where time >= 2024-03-01 group by tag.host, tag.region order by c desc limit 1 by tag.host'),
('select max(usage) from shop.cpu where time >= 2024-03-01 having count(*) > 1000000'),
('select count(*) from shop.cpu where time >= 2024-03-01 group by true, ''x'', ok'),
-- buckets
('select time_bucket(1h, time) as bucket, avg(usage) from shop.cpu where time >= 2024-03-01 and usage < 100 group by bucket'),
('select time_bucket(6h, time) as b, tag.host, count(*), max(usage) from shop.cpu where time >= 2024-03-01 group by b, tag.host order by b desc, 4'),
('select time_bucket(1d, time, ''Europe/Berlin'') as day, sum(cores) from shop.cpu where time >= 2024-03-01 group by day'),
('select time_bucket(7d, time) as week, count(*) from shop.cpu where time >= 2024-03-01 group by week'),
('select time_bucket(1mo, time) as month, count(*) from shop.cpu where time >= 2024-03-01 group by month'),
('select time_bucket(1d, time, 2024-03-01T06:00:00Z) as d, count(*) from shop.cpu where time >= 2024-03-01 group by d'),
('select time_bucket(10h, time) as b, count(*) from shop."Odd Name" where time >= 1999-12-01 group by b'),
('select count(*) from shop.cpu where time >= 2024-03-01 group by time_bucket(1d, time)'),
('select time_bucket(1d, time) + 12h as noon, count(*) from shop.cpu where time >= 2024-03-01 group by time_bucket(1d, time)'),
-- filling
('select time_bucket(30m, time, ''Asia/Kolkata'') as b, count(*) from shop.cpu where time >= 2024-03-01T02:00:00Z and time < 2024-03-01T09:00:00Z and usage > 20 group by b fill(0)'),
('select time_bucket(5m, time) as b, avg(usage), count(*) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T03:00:00Z group by b fill(null)'),
('select time_bucket(5m, time) as b, tag.host, count(*), sum(cores), last(note) from shop.cpu where time >= 2024-03-01T01:02:00Z and time < 2024-03-01T03:01:00Z group by b, tag.host fill(previous)'),
('select time_bucket(5m, time) as b, tag.host, avg(usage) as u, sum(cores) from shop.cpu where time >= 2024-03-01T01:00:00Z and time <= 2024-03-01T03:00:00Z group by b, tag.host fill(linear)'),
('select time_bucket(5m, time) as b, max(usage), count(*) from shop.cpu where time > 2024-03-01T01:00:00Z and time < 2024-03-01T03:00:00Z and tag.host = ''web1'' group by b fill(previous within 10m)'),
('select time_bucket(5m, time) as b, max(usage), count(*) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T03:00:00Z and tag.host = ''web1'' group by b fill(linear within 15m)'),
('select time_bucket(5m, time) as b, max(usage), count(*) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T02:00:00Z and tag.host = ''web2'' group by b fill(0)'),
('select time_bucket(5m, time) as b, max(usage), count(*) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T02:00:00Z and tag.host = ''web2'' group by b fill(-1.5)'),
('select time_bucket(5m, time) as b, count(*) * 10 as c, coalesce(avg(usage), -1) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T02:00:00Z and tag.host = ''web2'' group by b fill(null) order by c desc, b limit 9'),
('select time_bucket(1d, time, ''Europe/Berlin'') as d, tag.region, count(*) from shop.cpu where time >= 2024-02-27 and time < 2024-04-02 group by d, tag.region fill(0)'),
('select time_bucket(1mo, time) as m, count(*) from shop.cpu where time >= 2023-11-15 and time < 2024-06-15 group by m fill(previous)'),
('select time_bucket(1y, time, 1999-07-01) as m, count(*) from shop."Odd Name" where time >= 1997-11-15 and time < 2003-06-15 group by m fill(linear)'),
('select time_bucket(20m, time) as b, tag.host, count(*) as c, avg(usage) from shop.cpu where time >= 2024-03-01 and time < 2024-03-01T06:00:00Z group by b, tag.host having count(*) > 0 and max(usage) > 12 fill(previous)'),
('select time_bucket(20m, time) as b, tag.host, count(*) as c, avg(usage) from shop.cpu where time >= 2024-03-01 and time < 2024-03-01T06:00:00Z group by b, tag.host having max(usage) > 12 fill(linear)'),
('select time_bucket(1h, time) as b, count(*) from shop.cpu where time >= 2030-01-01 and time < 2030-01-02 group by b fill(null)'),
('select time_bucket(36500d, time) as b, count(*), max(big) from shop.cpu where time >= 2024-03-01 group by b fill(null)'),
('select time_bucket(5m, time) as b, tag.host, last(usage) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T02:00:00Z group by b, tag.host fill(previous) limit 2 by tag.host'),
('select tag.path, time_bucket(30m, time), sum(value), min(field.bytes) from shop.req where time >= 2024-03-01 and time < 2024-03-02 group by 1, 2 fill(linear)'),
-- counters
('select increase(usage), rate(usage), irate(usage), delta(usage), integral(usage), integral(usage, 1h), time_weighted_avg(usage) from shop.cpu where time >= 2024-03-01 and usage < 100'),
('select tag.host, rate(usage), count(*), sum(cores) from shop.cpu where time >= 2024-03-01 and usage < 100 group by tag.host'),
('select time_bucket(6h, time) as b, tag.host, rate(usage), increase(usage), irate(usage) from shop.cpu where time >= 2024-03-01 and usage < 100 group by b, tag.host'),
('select time_bucket(6h, time) as b, increase(big), delta(cores), time_weighted_avg(usage), integral(cores) from shop.cpu where time >= 2024-03-01 and usage < 100 group by b'),
('select cores, increase(big), time_weighted_avg(big) from shop.cpu where time >= 2024-03-01 group by cores'),
('select increase(usage) filter (where cores > 3), increase(usage), rate(cores) filter (where ok) from shop.cpu where time >= 2024-03-01 and usage < 100'),
('select tag.path, rate(value), time_weighted_avg(value), last(value) from shop.req where time >= 2024-03-01 group by tag.path having rate(value) > 0 order by rate(value) desc'),
('select time_bucket(1h, time) as b, rate(value) * 60, increase(field.bytes) from shop.req where time >= 2024-03-01 and time < 2024-03-02 group by b fill(previous)'),
('select tag.host, rate(usage), increase(n) from shop.once where time >= 2024-03-01 group by tag.host'),
('select rate(usage), irate(usage) from shop.cpu where time >= 2030-01-01'),
('select time, rate(usage) from shop.cpu where time >= 2024-03-01 and time < 2024-03-01T02:00:00Z group by time'),
-- windows
('select time, tag.host, usage, lag(usage), lag(usage, 2), lead(cores), lead(cores, 0), difference(usage), difference(cores), derivative(usage), derivative(usage, 1m) from shop.cpu where time >= 2024-03-01'),
('select time, running_sum(cores), running_sum(usage), running_avg(usage), running_min(usage), running_max(small), running_count(note) from shop.cpu where time >= 2024-03-01'),
('select running_sum(cores), running_sum(usage), running_avg(usage), running_min(usage), running_max(big), running_count(note), running_min(time) from shop.cpu where time >= 2024-03-01 and usage < 100'),
('select runsum(cores), runavg(usage), runmin(cores), runmax(usage), runcount(usage), runmax(time) from shop.cpu where time >= 2024-03-01 and usage < 100'),
('select time, moving_avg(usage, 3), moving_avg(usage, 30m), moving_avg(cores, 1), ema(usage, 10m, 0.3), fill_forward(usage), fill_forward(note), row_number() from shop.cpu where time >= 2024-03-01 and (usage is null or usage < 100)'),
('select time, lag(note), lead(time), lag(ok), fill_forward(tag.region), difference(time) from shop.cpu where time >= 2024-03-01 and time < 2024-03-02'),
('select lag(usage) + 1 as x, usage from shop.cpu where time >= 2024-03-01 order by x desc nulls last, usage limit 20'),
('select tag.host, difference(usage) as d from shop.cpu where time >= 2024-03-01 and usage < 100 order by d desc nulls last limit 1 by tag.host'),
('select time, value, difference(value), lag(tag.path), moving_avg(value, 1h) from shop.req where time >= 2024-03-01'),
('select time, n, lag(n), running_sum(n), ema(usage, 1m, 0.5) from shop.once where time >= 2024-03-01'),
('select n, difference(n) as d from shop.once where time >= 2024-03-01 order by d desc, n limit 2 by tag.host'),
('select time_bucket(6h, time) as b, tag.host, sum(cores), lag(sum(cores)), difference(sum(cores)) as d, running_sum(count(*)), moving_avg(avg(cores), 12h) from shop.cpu where time >= 2024-03-01 group by b, tag.host'),
('select time_bucket(6h, time) as b, tag.host, lag(max(cores)) as l from shop.cpu where time >= 2024-03-01 group by b, tag.host having count(*) > 10 order by l desc limit 1 by tag.host'),
('select time_bucket(5m, time) as b, tag.host, avg(usage), fill_forward(avg(usage)), lead(count(*), 2), ema(avg(usage), 5m, 0.5), derivative(max(cores), 1m) from shop.cpu where time >= 2024-03-01T01:00:00Z and time < 2024-03-01T03:00:00Z group by b, tag.host fill(null)'),
('select time_bucket(20m, time) as b, count(*) as c, row_number(), difference(count(*)) from shop.cpu where time >= 2024-03-01 and time < 2024-03-01T06:00:00Z group by b having max(usage) > 15 fill(0)'),
('select time_bucket(6h, time) as b, rate(usage), difference(rate(usage)), running_max(increase(usage)) from shop.cpu where time >= 2024-03-01 and usage < 100 group by b'),
-- joins
('select time, tag.host, a.usage, b.used from shop.cpu a join time shop.mem b where time >= 2024-03-01'),
('select time, tag.host, a.usage, b.used, b.time from shop.cpu a join time shop.mem b match previous where time >= 2024-03-01'),
('select time, a.usage, b.used, b.slots from shop.cpu a join time shop.mem b match previous within 4m where time >= 2024-03-01 and a.usage > 3'),
('select time, a.usage, b.used, b.time from shop.cpu a join time shop.mem b match nearest where time >= 2024-03-01T02:00:00Z and time < 2024-03-02'),
('select time, a.usage, b.used from shop.cpu a join time shop.mem b match nearest within 90s where time >= 2024-03-01'),
('select time, a.usage, b.usage, b.time from shop.cpu a join time shop.cpu b shift 1d match previous where time >= 2024-03-02'),
('select time, usage, used from shop.cpu join time shop.mem{host != ''web1''} match previous where time >= 2024-03-01 and mem.used > 20 and cpu.usage < mem.used'),
('select time, a.value, b.value from shop.req a join time shop.req b shift 11m on path where time >= 2024-03-01'),
('select * from shop.mem a join time shop.once b match previous on host where time >= 2024-03-01 limit 30'),
('select tag.host, count(*), count(b.used), sum(a.cores * b.slots), last(b.used) from shop.cpu a join time shop.mem b match previous where time >= 2024-03-01 group by tag.host'),
('select tag.host, rate(a.cores), increase(b.used) from shop.cpu a join time shop.mem b match nearest where time >= 2024-03-01 group by tag.host'),
('select time, a.cores, lag(b.used), difference(b.slots) from shop.cpu a join time shop.mem b match previous where time >= 2024-03-01 and time < 2024-03-02'),
('select time_bucket(1h, time) as b, tag.host, avg(a.cores), avg(m.used), count(*) from shop.cpu a join time shop.mem m where time >= 2024-03-01 group by b, tag.host'),
('select time_bucket(1h, time) as b, tag.host, avg(a.cores) as c, max(m.used) as u from shop.cpu a join time shop.mem m match previous within 3h where time >= 2024-03-01T05:00:00Z and time < 2024-03-04 and m.slots > 20 group by b, tag.host having count(*) > 1 order by u desc limit 20'),
('select time_bucket(1h, time) as b, tag.host, count(*), max(m.used), rate(m.used), rate(a.cores) from shop.cpu a join time shop.mem m shift 30m match nearest where time >= 2024-03-01T05:00:00Z and time < 2024-03-02 group by b, tag.host'),
('select time_bucket(30m, time) as b, sum(a.cores), sum(m.slots) from shop.cpu a join time shop.mem m on host match nearest within 30m where time >= 2024-03-01T05:00:00Z and time < 2024-03-01T10:00:00Z group by b fill(0)'),
('select time_bucket(2h, time) as b, avg(a.cores) / avg(b.slots), lag(sum(c.used)) from shop.cpu a join time shop.mem b join time shop.mem c shift 1h where time >= 2024-03-01 group by b');
-- queries in FROM
INSERT INTO query (query) VALUES
('select host, m from (select tag.host, max(usage) as m from shop.cpu where time >= 2024-03-01 and usage < 100 group by tag.host) s where m > 24 order by m'),
('select time, h, usage from (select time, tag.host as h, usage from shop.cpu where time >= 2024-03-01 order by usage limit 50) where usage > 1'),
('select tag.host, avg(c) as a, last(c), count(*) from (select time_bucket(1h, time) as b, tag.host, count(*) as c from shop.cpu where time >= 2024-03-01 group by b, tag.host) s group by tag.host'),
('select b, tag.host, c, lag(c), running_sum(c) from (select time_bucket(6h, time) as b, tag.host, sum(cores) as c from shop.cpu where time >= 2024-03-01 group by b, tag.host) s'),
('select time_bucket(1d, time) as d, tag.host, rate(c), max(c) from (select time_bucket(6h, time) as time, tag.host, sum(cores) as c from shop.cpu where time >= 2024-03-01T03:00:00Z and time < 2024-03-09 group by time_bucket(6h, time), tag.host) s group by d, tag.host fill(0)'),
('select time, a.usage, s.m from shop.cpu a join time (select time_bucket(1h, time) as time, tag.host, max(used) as m from shop.mem where time >= 2024-03-01 group by time_bucket(1h, time), tag.host) s match previous where time >= 2024-03-01'),
('select n, host from (select field.status as n, tag.path as host, value from shop.req where time >= 2024-03-01) s where s.value > 3 limit 2 by host'),
('select sum(x) from (select 1 + 1 as x) s'),
('select * from (select time, usage, lag(usage) as l, tag.host from shop.cpu where time >= 2024-03-01 limit 1 by tag.region) s where l is null'),
-- tables that are none of ours
('select * from shop.heap where time >= 2024-03-01 and host = ''h1'''),
('select tag.host, count(*), last(v), rate(v), max(note) from shop.heap where time >= 2024-03-01 group by tag.host'),
('select time, v, lag(v), fill_forward(v) from shop.heap where time >= 2024-03-01 and v > 3'),
('select time_bucket(1h, time) as b, tag.host, avg(v) from shop.heap where time >= 2024-03-01 and time < 2024-03-01T12:00:00Z group by b, tag.host fill(linear)'),
('select seen, host, v from shop.look where time >= 2024-03-01 and tag.host != ''h1'' order by v limit 9'),
('select count(*), sum(v) from shop.parts where time >= 2024-03-01'),
('select time, a.v, b.used from shop.heap a join time shop.mem b match previous on host where time >= 2024-03-01 and time < 2024-03-02');
INSERT INTO query (query, parameters) VALUES
('select time, usage from shop.cpu where time >= $1 and tag.host = $2 and usage > $3 limit $4', '["2024-03-01", "web1", 3.5, 7]'),
('select time_bucket(:step, time) as b, count(*), sum(usage * :factor) from shop.cpu where time >= :since and time < :until group by b fill(:n)',
	'{"step": "6h", "factor": 2, "since": 1709251200, "until": "2024-03-03", "n": 0.5}'),
('select moving_avg(usage, $1), lag(note, $2) from shop.cpu where time >= 2024-03-01 and note != $3 and usage < 100', '["1h", 2, "it''s"]'),
('select count(*) from shop.cpu where time >= 2024-03-01 and (note = $1 or usage = $2 or ok = $3)', '[null, null, true]');

-- Floats of both are the same to ten digits: sums go another way.
CREATE FUNCTION plain(rows json) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(array_to_string(ARRAY(SELECT CASE WHEN value ~ '^-?[0-9.]+(e[-+]?[0-9]+)?$' AND length(value) > 9 THEN to_char(value::float8, '9.999999999EEEE')
			WHEN json_typeof(r -> key) = 'string' AND value ~ '^-?(\d+ days? ?)?([-+0-9:.]+)?$' AND value ~ '\d:' THEN extract(epoch FROM value::interval)::text
			ELSE value END FROM json_each_text(r) WITH ORDINALITY ORDER BY ordinality), '|', 'null') ORDER BY n)
	FROM json_array_elements(rows) WITH ORDINALITY e (r, n)
$$;
CREATE FUNCTION columns(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	list text;
BEGIN
	EXECUTE format('CREATE TEMP TABLE columns_of AS SELECT * FROM (%s) t LIMIT 0', query);
	SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) INTO list
		FROM pg_attribute WHERE attrelid = 'pg_temp.columns_of'::regclass AND attnum > 0;
	DROP TABLE columns_of;
	RETURN list;
END $$;
CREATE FUNCTION compare(query text, parameters jsonb, with_columns bool, OUT verdict text, OUT rows int) LANGUAGE plpgsql AS $$
DECLARE
	sql text;
	a json;
	b json;
	described text;
	message text;
BEGIN
	sql := sydraql_to_sql(query, parameters);
	EXECUTE format('SELECT json_agg(t) FROM sydraql(%L, %L) t', query, parameters) INTO a;
	EXECUTE format('SELECT json_agg(t) FROM (%s) t', sql) INTO b;
	rows := coalesce(json_array_length(a), 0);
	SELECT string_agg(format('%s %s', name, type), ', ' ORDER BY position) INTO described FROM sydraql_describe(query);
	IF with_columns AND described <> columns(sql) THEN
		verdict := format('columns %s, not %s', columns(sql), described);
	ELSIF plain(a) IS DISTINCT FROM plain(b) THEN
		SELECT format('row %s is %s, not %s', n, y.r, x.r) INTO verdict
			FROM unnest(plain(a)) WITH ORDINALITY x (r, n) FULL JOIN unnest(plain(b)) WITH ORDINALITY y (r, n) USING (n)
			WHERE x.r IS DISTINCT FROM y.r ORDER BY n LIMIT 1;
	END IF;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	verdict := message || E'\n' || coalesce(sql, '');
END $$;

-- In the head, sealed, and both; rows in several transactions.
SELECT fill(0);
SELECT fill(1);
SELECT fill(2);
CREATE TABLE answer AS SELECT id, query, c.* FROM query, compare(query, parameters, true) c;
SELECT count(*) >= 150 AS enough, count(*) FILTER (WHERE rows > 0) > 170 AS with_rows FROM answer;
SELECT id, query, verdict FROM answer WHERE verdict IS NOT NULL ORDER BY id;
CALL sydra.seal('shop.cpu');
CALL sydra.seal('shop.req');
CALL sydra.seal('shop.mem');
CALL sydra.seal('shop.once');
CALL sydra.seal('shop."Odd Name"');
SELECT id, query, verdict FROM query, compare(query, parameters, false) WHERE verdict IS NOT NULL ORDER BY id;
TRUNCATE shop.cpu, shop.req, shop.mem, shop.once, shop."Odd Name";
SELECT fill(2);
SELECT fill(0);
CALL sydra.seal('shop.cpu');
CALL sydra.seal('shop.req');
CALL sydra.seal('shop.mem');
CALL sydra.seal('shop.once');
CALL sydra.seal('shop."Odd Name"');
SELECT fill(1);
SELECT id, query, verdict FROM query, compare(query, parameters, false) WHERE verdict IS NOT NULL ORDER BY id;

-- And back: what sydraql_from_sql() makes of the translation, where it makes something, gives the same rows.
CREATE FUNCTION turn(query text, parameters jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	back text;
	a json;
	b json;
BEGIN
	BEGIN
		back := sydraql_from_sql(sydraql_to_sql(query, parameters));
	EXCEPTION WHEN feature_not_supported THEN
		RETURN 'none';
	END;
	EXECUTE format('SELECT json_agg(t) FROM sydraql(%L, %L) t', query, parameters) INTO a;
	EXECUTE format('SELECT json_agg(t) FROM sydraql(%L) t', back) INTO b;
	RETURN CASE WHEN plain(a) IS NOT DISTINCT FROM plain(b) THEN 'same' ELSE back END;
END $$;
CREATE TABLE turned AS SELECT id, query, turn(query, parameters) FROM query;
SELECT count(*) FILTER (WHERE turn = 'same') >= 45 AS enough FROM turned;
SELECT id, query, turn FROM turned WHERE turn NOT IN ('same', 'none') ORDER BY id;

-- What it reads like.
\pset format unaligned
\pset tuples_only on
SELECT sydraql_to_sql('select time_bucket(5m, time) as bucket, tag.host, avg(usage) from shop.cpu
	where time >= now() - 1h and tag.region = ''eu'' and usage / cores > 2 group by bucket, tag.host having count(*) > 3 order by bucket desc limit 10');
SELECT sydraql_to_sql('select time_bucket(5m, time) as bucket, max(n) as most from shop.once where time >= now() - 1h group by bucket fill(previous)');
SELECT sydraql_to_sql('select tag.host, rate(usage) from shop.once where time >= 2024-03-01 and time < 2024-03-02 group by tag.host');
SELECT sydraql_to_sql('select time, usage, lag(usage) as before, moving_avg(usage, 5m) from shop.once where time >= 2024-03-01');
SELECT sydraql_to_sql('select time, usage, used from shop.once a join time shop.mem b match previous within 30s on host where time >= 2024-03-01');
SELECT sydraql_to_sql('select host, time, usage from shop.once where time >= 2024-03-01 order by usage desc limit 3 by host');
SELECT sydraql_to_sql('insert into shop.once (host = ''it''''s'') values (2024-03-01T00:00:00.5Z, null, {"n": 3, "usage": -1.5e-7}), (1709251200, null)');
SELECT sydraql_to_sql('insert into shop.req (path = ''/new'', "odd key" = ''\'') values (2024-03-01, 1e300, {"a": [1, null], "b": "x''y"})');
SELECT sydraql_to_sql('insert into shop.fresh (a = ''1'') values (2024-03-01, 1)');
SELECT sydraql_to_sql('delete from shop.cpu{host =~ /^web/} where time >= 2024-03-01 and time < $1 and (tag.region != ''eu'' or tag.port = ''180'')', '["2024-03-02"]');

-- INSERT and DELETE write and delete the same.
CREATE FUNCTION write_both(query text) RETURNS TABLE (same bool, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
	of_ql jsonb;
	of_sql jsonb;
	listing text := 'SELECT jsonb_agg(r ORDER BY r::text) FROM (SELECT to_jsonb(c) AS r FROM shop.cpu c UNION ALL SELECT to_jsonb(q) FROM shop.req q UNION ALL SELECT to_jsonb(o) FROM shop.once o) t';
BEGIN
	BEGIN
		EXECUTE sydraql_to_sql(query);
		GET DIAGNOSTICS rows = ROW_COUNT;
		EXECUTE listing INTO of_sql;
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
	END;
	PERFORM FROM sydraql_to_json(query);
	EXECUTE listing INTO of_ql;
	same := of_ql = of_sql;
	RETURN NEXT;
END $$;
SELECT * FROM write_both('insert into shop.once (host = ''it''''s'') values (2024-03-01T00:00:00.5Z, null, {"n": 3, "usage": -1.5e-7}), (1709251200, null)');
SELECT * FROM write_both('insert into shop.cpu (host = ''web1'') values (2024-03-05, null, {"usage": 1e-7, "cores": 3, "exact": 1.50, "ok": true, "note": "a''b\nc", "local": "2024-03-01T12:00:00", "day": "2024-03-02", "id": "00000000-0000-0000-0000-000000000042", "extra": {"x": [1]}})');
SELECT * FROM write_both('insert into shop.req (path = ''/new'', "odd key" = ''\'') values (2024-03-01, 1e300, {"a": [1, null], "b": "x''y"}), (2024-03-02, null)');
SELECT * FROM write_both('delete from shop.cpu{host =~ /^web/} where time >= 2024-03-01 and time < 2024-03-02 and (tag.region != ''eu'' or tag.port = ''180'')');
SELECT * FROM write_both('delete from shop.req where time >= 2024-03-01 and time < 2024-03-02 and tag.path in (''/p1'', '''') and not tag.n = ''0''');
SELECT * FROM write_both('delete from shop.once where time >= 2024-03-01T02:00:00Z and time < 2024-03-09');
\pset format aligned
\pset tuples_only off

-- Whatever the session's settings are.
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET extra_float_digits = 0;
SELECT sydraql_to_sql('insert into shop.cpu (host = ''a'') values (2024-03-05, null, {"local": "2024-03-01T12:00:00", "day": "2024-03-02", "usage": 0.30000000000000004, "exact": 1.50})');
SELECT sydraql_to_sql('select 0.30000000000000004, -90s, 2024-03-05 - 36h');
RESET extra_float_digits;
SET IntervalStyle = 'postgres';
SET DateStyle = 'ISO';
-- Deep and wide.
SELECT length(sydraql_to_sql('select ' || repeat('abs(', 900) || 'usage' || repeat(')', 900) || ' from shop.cpu where time >= 2024-03-01')) AS deep,
	length(sydraql_to_sql('select usage' || repeat(' + 1', 1900) || ' from shop.cpu where time >= 2024-03-01')) AS chained;

-- What has no translation, and what is no query.
SELECT sydraql_to_sql('explain select 1');
\echo :LAST_ERROR_SQLSTATE
SELECT sydraql_to_sql('select avgg(usage) from shop.cpu where time >= 2024-03-01');
SELECT sydraql_to_sql('select usage from shop.cpu where time >= $1');

DROP SCHEMA asked, shop CASCADE;
