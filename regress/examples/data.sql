-- What the queries in doc/examples are about: one day of three servers, of the requests that they
-- answered, of what was deployed to them, and of two rooms.  The same rows on every run.
CREATE SCHEMA server;
CREATE SCHEMA room;

-- Every five minutes; web-2 was silent from six to eight, db-1 knows no region.
CREATE TABLE server.load (time timestamptz NOT NULL, host sydra.tag, region sydra.tag, usage float8, memory float8, note text) USING sydra;
INSERT INTO server.load
SELECT t, host, region, (base + (minute * step) % 400) / 8.0, CASE WHEN minute % 35 > 0 THEN (4000 + minute % 997) / 16.0 END,
	CASE WHEN minute % 360 = 0 THEN 'backup' WHEN minute % 495 = 0 THEN 'restart' END
FROM (VALUES ('web-1', 'eu', 80, 7), ('web-2', 'us', 160, 3), ('db-1', NULL, 300, 11)) hosts(host, region, base, step),
	generate_series(0, 1435, 5) minute, LATERAL (SELECT timestamptz '2024-03-01 00:00Z' + minute * interval '1 min') times(t)
WHERE NOT (host = 'web-2' AND minute >= 360 AND minute < 480)
ORDER BY t, host;

-- Counters every minute from eight to twelve; web-1 was restarted at half past nine and began again at 0.
CREATE TABLE server.requests (time timestamptz NOT NULL, host sydra.tag, total int8, errors int4) USING sydra;
INSERT INTO server.requests
SELECT timestamptz '2024-03-01 08:00Z' + minute * interval '1 min', host,
	CASE WHEN host = 'web-1' AND minute >= 90 THEN (minute - 90) * 120 ELSE 50000 + minute * step END, minute / 30
FROM (VALUES ('web-1', 120), ('web-2', 60)) hosts(host, step), generate_series(0, 240) minute
ORDER BY 1, 2;

CREATE TABLE server.deploys (time timestamptz NOT NULL, host sydra.tag, version text) USING sydra;
INSERT INTO server.deploys VALUES
	('2024-03-01 00:30Z', 'web-1', '1.0'), ('2024-03-01 00:31Z', 'web-2', '1.0'), ('2024-03-01 09:29:50Z', 'web-1', '1.1'),
	('2024-03-01 10:02Z', 'web-2', '1.1'), ('2024-03-01 17:00Z', 'db-1', '15.6');

-- A native metric: any tags, any fields.
SELECT FROM sydra.create_metric('room.climate');
INSERT INTO room.climate (time, value, tags, fields)
SELECT timestamptz '2024-03-01 00:00Z' + quarter * interval '15 min', (160 + (quarter * step) % 48) / 8.0,
	jsonb_strip_nulls(jsonb_build_object('room', room, 'floor', floor)),
	CASE WHEN quarter % 8 = 0 THEN jsonb_build_object('battery', 100 - quarter / 4, 'state', CASE WHEN quarter % 16 = 0 THEN 'ok' ELSE 'busy' END) END
FROM (VALUES ('lab', 2, 5), ('hall', NULL, 3)) rooms(room, floor, step), generate_series(0, 95) quarter
ORDER BY 1, 2;

-- Most of it is in segments, the end of the day is not.
CALL sydra.seal('server.requests');
CALL sydra.seal('room.climate');
CALL sydra.seal('server.load');
INSERT INTO room.climate VALUES ('2024-03-02 00:00Z', 21.5, '{"room": "lab", "floor": 2}');
INSERT INTO server.load VALUES ('2024-03-02 00:00Z', 'web-1', 'eu', 12.5, 250, NULL);

-- No metric: a table of heap.
CREATE TABLE server.incidents (opened timestamptz NOT NULL, host text, severity int);
INSERT INTO server.incidents VALUES ('2024-03-01 06:05Z', 'web-2', 2), ('2024-03-01 09:31Z', 'web-1', 1), ('2024-03-01 18:20Z', 'web-1', 3);
