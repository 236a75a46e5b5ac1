-- The range of time is read by intervals: AND intersects, OR takes the hull, NOT is pushed down.
SET TimeZone = 'UTC';
CREATE TABLE span (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
INSERT INTO span SELECT timestamptz '2024-03-01' + i * interval '1 minute', 'h' || i % 2, i
	FROM generate_series(0, 59) i;

-- what a condition makes the scan read
CREATE FUNCTION span_read(condition text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(trim(plan), '; '), 'everything')
	FROM sydraql_explain('select value from span where ' || condition)
	WHERE plan ~ '^ *(Time|Condition):'
$$;
SET sydraql.require_time_range = off;
SELECT condition, span_read(condition) FROM (VALUES
	('time >= 2024-03-01'),
	('time > 2024-03-01'),
	('time = 2024-03-01'),
	('time < 2024-03-01'),
	('time <= 2024-03-01'),
	('2024-03-01 <= time'),
	('2024-03-01 > time'),
	('time between 2024-03-01 and 2024-03-02'),
	('time not between 2024-03-01 and 2024-03-02'),
	('time in (2024-03-01, 2024-03-03)'),
	('time not in (2024-03-01, 2024-03-03)'),
	('time != 2024-03-01'),
	('time >= 2024-03-01 and time < 2024-03-02'),
	('time >= 2024-03-01 or time >= 2024-04-01'),
	('time >= 2024-03-01 and time < 2024-03-02 or time >= 2024-03-05 and time < 2024-03-06'),
	('time >= 2024-03-01 or value > 3'),
	('not (time < 2024-03-01 or time >= 2024-03-02)'),
	('not (time < 2024-03-01 and value > 3)'),
	('not not time >= 2024-03-01'),
	('time >= 2024-03-01 + 30m'),
	('time >= 2024-03-31 - 1mo'),
	('time >= ''2024-03-01T01:00:00+01:00'''),
	('time >= 1709251200'),
	('time >= 1709251200 - 60'),
	('time >= 2024-03-02 and time < 2024-03-01'),
	('time >= null'),
	('time + 1h >= 2024-03-01'),
	('value > 3')) v (condition);
RESET sydraql.require_time_range;

SET sydraql.epoch_unit = 'ms';
SELECT span_read('time >= 1709251200000');
RESET sydraql.epoch_unit;

-- the same rows as SQL's
SELECT count(*) FROM sydraql('select value from span where time between 2024-03-01T00:10:00Z and 2024-03-01T00:20:00Z');
SELECT count(*) FROM span WHERE time BETWEEN '2024-03-01 00:10' AND '2024-03-01 00:20';
SELECT count(*) FROM sydraql('select value from span where not (time <= 2024-03-01T00:10:00Z or time > 2024-03-01T00:20:00Z)');
SELECT count(*) FROM sydraql('select value from span where time >= 2024-03-01 and time < 2024-03-01T00:05:00Z or time >= 2024-03-01T00:50:00Z');

-- an empty range gives no rows, and one row without keys
SELECT * FROM sydraql('select value from span where time >= 2024-03-02 and time < 2024-03-01');
SELECT * FROM sydraql('select count(*), sum(value) from span where time >= 2024-03-02 and time < 2024-03-01');

-- now() is the transaction's start
BEGIN;
SELECT * FROM sydraql('select count(*) from span where time = now()');
INSERT INTO span VALUES (now(), 'h', 1);
SELECT * FROM sydraql('select count(*) from span where time = now()');
SELECT * FROM sydraql('select count(*) from span where time >= now() - 1h and time <= now()');
ROLLBACK;

-- infinite times are past every bound
INSERT INTO span VALUES ('infinity', 'i', 1), ('-infinity', 'i', 2);
SELECT * FROM sydraql('select count(*) from span where time >= 2024-03-02');
SET sydraql.require_time_range = off;
SELECT * FROM sydraql('select count(*) from span where time < 2024-03-01');
SELECT * FROM sydraql('select count(*) from span');

DROP FUNCTION span_read;
DROP TABLE span;
