# Whatever a session's first statement is, the library comes with the table: nothing is preloaded here, and
# each statement below is a connection's first and only one.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('first');
my $fill = "SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 3, i FROM generate_series(1, 5000) i";

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nmax_prepared_transactions = 2\n");
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
INSERT INTO m $fill;
CREATE TABLE parent (time timestamptz NOT NULL, host sydra.tag, v int) PARTITION BY RANGE (time);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') USING sydra;
INSERT INTO parent $fill;
CREATE TABLE gone (LIKE m) USING sydra;
CREATE TABLE cut (LIKE m) USING sydra;
CREATE TABLE heap (LIKE m) USING heap;
INSERT INTO gone $fill;
INSERT INTO cut $fill;
CREATE VIEW v AS SELECT host, sum(v) FROM m GROUP BY host;
CREATE VIEW lang AS SELECT * FROM sydraql('select tag.host, sum(v) as total from public.m where time >= 2024-01-01 group by tag.host');
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT sum(v) FROM m';
SQL
$node->safe_psql('postgres', "CALL sydra.seal('$_')") for 'm', 'parent', 'gone', 'cut';

# first STATEMENT EXPECTED NAME
sub first
{
	my ($statement, $expected, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $statement);

	is("$status $out$err", "0 $expected", "first statement: $name");
}

first('SELECT count(*), sum(v) FROM m', '5000|12502500', 'SELECT');
first("SELECT * FROM sydraql('select count(*) from public.m where time >= 2024-01-01')", '5000', 'sydraQL');
first('SELECT * FROM v ORDER BY 1', "h0|4165833\nh1|4167500\nh2|4169167", 'SELECT from a view');
first('SELECT * FROM lang ORDER BY 1', "h0|4165833\nh1|4167500\nh2|4169167", 'SELECT from a view over sydraQL');
first('SELECT total()', '12502500', 'a function');
first('DO $$ BEGIN PERFORM sum(v) FROM m; UPDATE m SET v = v WHERE v = 1; END $$', '', 'DO');
first('UPDATE m SET v = v + 1 WHERE v = 5000 RETURNING v', '5001', 'UPDATE');
first('DELETE FROM m WHERE v = 5001 RETURNING v', '5001', 'DELETE');
first('MERGE INTO m USING (VALUES (4999)) s(v) ON m.v = s.v WHEN MATCHED THEN DELETE', '', 'MERGE');
first('SELECT v FROM m WHERE v = 7 FOR UPDATE', '7', 'SELECT FOR UPDATE');
first('TABLE m LIMIT 0', '', 'TABLE');
first("EXPLAIN (COSTS OFF) SELECT v FROM m WHERE time = '2024-01-01 00:00:07Z'",
	"Custom Scan (SydraScan) on m\n  Time Range: (\"time\" = '2024-01-01 00:00:07+00'::timestamp with time zone)", 'EXPLAIN');
first("COPY m FROM PROGRAM 'printf \"2024-02-01\\th9\\t9\\n\"'", '', 'COPY');
first('COPY (SELECT count(*) FROM m) TO STDOUT', '4999', 'COPY TO');
first('PREPARE p AS SELECT count(*) FROM m; EXECUTE p', '4999', 'PREPARE');
first('DECLARE c CURSOR WITH HOLD FOR SELECT count(*) FROM m; FETCH c', '4999', 'a cursor');
first("BEGIN; DELETE FROM m WHERE v = 9 AND host = 'h9'; PREPARE TRANSACTION 'p'", '', 'PREPARE TRANSACTION');
first("COMMIT PREPARED 'p'", '', 'COMMIT PREPARED');
first('SELECT count(*), sum(v) FROM parent', '5000|12502500', 'SELECT from partitions');
first('UPDATE parent SET v = v', '', 'UPDATE of partitions');
first('ANALYZE m', '', 'ANALYZE');
first('VACUUM m', '', 'VACUUM');
first('VACUUM FULL m', '', 'VACUUM FULL');
first("CALL sydra.seal('m')", '', 'sydra.seal');
first("SELECT count(*) FROM sydra.verify('m')", '0', 'sydra.verify');
first("SELECT sum(rows) FROM sydra.segments WHERE metric = 'cut'::regclass", '5000', 'a view of the extension');
first('ALTER TABLE m ADD COLUMN w int DEFAULT 3', '', 'ALTER TABLE ADD COLUMN');
first('ALTER TABLE m ALTER w TYPE bigint', '', 'ALTER TABLE TYPE');
first('SELECT count(*), sum(w) FROM m', '4998|14994', 'SELECT after it');
first('CREATE TABLE copied USING sydra AS SELECT * FROM m', '', 'CREATE TABLE AS');
first('CREATE TABLE fresh (LIKE m) USING sydra', '', 'CREATE TABLE');
first('INSERT INTO fresh SELECT * FROM m', '', 'INSERT');
first('ALTER TABLE fresh SET ACCESS METHOD heap', '', 'SET ACCESS METHOD heap');
first('ALTER TABLE fresh SET ACCESS METHOD sydra', '', 'SET ACCESS METHOD sydra');
first('SELECT count(*) FROM fresh', '4998', 'SELECT from what became of it');
first('BEGIN; LOCK TABLE m; COMMIT', '', 'LOCK');
first('TRUNCATE cut', '', 'TRUNCATE');
first('SELECT count(*) FROM cut', '0', 'SELECT of nothing');
first('DROP TABLE gone', '', 'DROP TABLE');
first('CREATE INDEX ON heap (v)', '', 'an index on a heap table');
my ($status, $out, $err) = $node->psql('postgres', 'CREATE INDEX ON m (v)');

like($err, qr/indexes are not supported/, 'an index on a sydra table is refused to a first statement too');
($status, $out, $err) = $node->psql('postgres', 'DROP EXTENSION sydraql');
like($err, qr/cannot drop extension sydraql because other objects depend on it/, 'DROP EXTENSION says what it would take along');
first('SELECT count(*) FROM m', '4998', 'SELECT after that');
$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP EXTENSION sydraql CASCADE');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname IN ('m', 'cut', 'child', 'fresh', 'copied')"),
	'0', 'DROP EXTENSION CASCADE takes the tables along');
$node->safe_psql('postgres', 'CREATE EXTENSION sydraql');
$node->stop;

done_testing();
